#include "src/commands/commands.h"

#include "core/base/decimal.h"
#include "src/import/import.h"
#include "src/import/import_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHARE_DECIMALS 18

struct arguments {
	struct import_options options;
	int64_t price_decimals, quantity_decimals;
	int64_t max_dropped_e18; /* share of rows, not percent */
	bool json;
};

static bool take_kind(void *to, const char *value)
{
	struct arguments *arguments = to;
	return import_kind_of_name(value, &arguments->options.kind);
}

/* Percent -> share. */
static bool take_share(void *to, const char *value)
{
	struct arguments *arguments = to;
	int64_t percent;
	if (decimal_parse_i64(value, strlen(value), SHARE_DECIMALS - 2, &percent) != DECIMAL_OK ||
	    percent < 0 || percent > RATE_ONE)
		return false;
	arguments->max_dropped_e18 = percent;
	return true;
}

static const struct command_option TABLE[] = {
	{"from", OPTION_OTHER, 0, "KIND",
	 .meaning = "binance-raw, candles-funding, funding-csv or\nhyperliquid-funding-csv",
	 .needed = true,
	 .expected = "binance-raw, candles-funding, funding-csv or hyperliquid-funding-csv",
	 .take = take_kind},
	{"venue", OPTION_TEXT, offsetof(struct arguments, options.venue), "V",
	 .meaning = "binance-usdm, binance-coinm or binance-spot; else by the file's\n"
		    "name (usdm_, coinm_, spot_); CSV rows name their venue"},
	{"out", OPTION_TEXT, offsetof(struct arguments, options.out), "DIR",
	 .meaning = "where the recording goes; must not hold one yet", .needed = true},
	{"price-decimals", OPTION_COUNT, offsetof(struct arguments, price_decimals), "N",
	 .meaning = "instead of what is inferred, 0..12", .low = 0, .high = 12},
	{"quantity-decimals", OPTION_COUNT, offsetof(struct arguments, quantity_decimals), "N",
	 .meaning = "the same for quantities", .low = 0, .high = 12},
	{"terms-from", OPTION_TEXT, offsetof(struct arguments, options.terms_from), "DIR",
	 .meaning = "take the instruments' terms from that recording"},
	{"max-dropped", OPTION_OTHER, 0, "PERCENT",
	 .meaning = "exit code 1 above this share of dropped rows (default 0.1)",
	 .expected = "a percentage 0..100", .take = take_share},
	{"json", OPTION_FLAG, offsetof(struct arguments, json), NULL,
	 .meaning = "print the report as JSON"},
};

const struct command_options IMPORT_OPTIONS = {
	.name = "import",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.operand = "FILE",
	.number = OPERAND_MORE,
	.note = "`fundarb help import` explains them.\n",
	.meaning = "turn captures and histories of others into a recording",
	.after = "FILE may be gzip or plain, - is standard input. Files of one market, in the\n"
		 "order named, are one stream; streams are merged by receive time. docs/import.md\n"
		 "says the rest.\n",
};

static int exit_code_of(enum error_category category)
{
	switch (category) {
	case ERROR_CONFIGURATION:
	case ERROR_INPUT:
		return EXIT_USAGE;
	case ERROR_NONE:
	case ERROR_IO:
	case ERROR_MISSING_DATA:
	case ERROR_LIMIT:
	case ERROR_VENUE:
		return EXIT_FAILED;
	}
	return EXIT_FAILED;
}

/* What in the report is bad news. */
static int judge(const struct import_report *report, int64_t max_dropped_e18)
{
	uint64_t dropped = import_dropped(&report->total);
	int code = EXIT_OK;
	for (size_t i = 0; i < report->file_count; i++) {
		if (!report->files[i].damaged)
			continue;
		fprintf(stderr, "fundarb import: %s\n", report->files[i].damage.text);
		code = EXIT_FOUND_WRONG;
	}
	if ((i128)dropped * RATE_ONE > (i128)report->total.lines * max_dropped_e18) {
		char percent[DECIMAL_TEXT_MAX];
		decimal_format_short(max_dropped_e18, SHARE_DECIMALS - 2, percent, sizeof(percent));
		fprintf(stderr,
			"fundarb import: %" PRIu64 " of %" PRIu64 " rows were dropped, more than "
			"--max-dropped %s %%; the report names the reasons\n",
			dropped, report->total.lines, percent);
		code = EXIT_FOUND_WRONG;
	}
	return code;
}

int command_import(int argc, char **argv)
{
	struct arguments arguments = {
		.options = import_defaults(),
		.price_decimals = -1,
		.quantity_decimals = -1,
		.max_dropped_e18 = RATE_ONE / 1000,
	};
	struct import_options *options = &arguments.options;
	int code, first = command_options_parse(&IMPORT_OPTIONS, argc, argv, &arguments, &code);
	if (!first)
		return code;
	options->files = (const char *const *)argv + first;
	options->file_count = (size_t)(argc - first);
	options->price_decimals = (int)arguments.price_decimals;
	options->quantity_decimals = (int)arguments.quantity_decimals;
	options->progress = true;
	struct import_report *report;
	struct error error = {0};
	if (!import_run(options, &report, &error)) {
		fprintf(stderr, "fundarb import: %s\n", error.text);
		return exit_code_of(error.category);
	}
	if (arguments.json)
		import_report_print_json(report, stdout);
	else
		import_report_print(report, stdout);
	code = judge(report, arguments.max_dropped_e18);
	import_report_free(report);
	return code;
}
