#include "src/commands/commands.h"

#include "core/base/decimal.h"
#include "src/import/import.h"
#include "src/import/import_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_DECIMALS 18

static const char USAGE[] =
	"usage: fundarb import --from KIND [--venue V] --out DIR [options] FILE...\n"
	"  --from KIND             binance-raw, candles-funding, funding-csv or\n"
	"                          hyperliquid-funding-csv\n"
	"  --venue V               binance-usdm, binance-coinm or binance-spot; else by the "
	"file's\n"
	"                          name (usdm_, coinm_, spot_); CSV rows name their venue\n"
	"  --out DIR               where the recording goes; must not hold one yet\n"
	"  --price-decimals N      instead of what is inferred, 0..12\n"
	"  --quantity-decimals N   the same for quantities\n"
	"  --terms-from DIR        take the instruments' terms from that recording\n"
	"  --max-dropped PERCENT   exit code 1 above this share of dropped rows (default 0.1)\n"
	"  --json                  print the report as JSON\n"
	"FILE may be gzip or plain, - is standard input. Files of one market, in the order named, "
	"are\n"
	"one stream; streams are merged by receive time. docs/import.md says the rest.\n";

struct import_arguments {
	struct import_options options;
	bool kind_given, json;
	int64_t max_dropped_e18; /* share of rows, not percent */
};

static bool parse_decimals(const char *text, int *decimals)
{
	int64_t value;
	if (decimal_parse_i64(text, strlen(text), 0, &value) != DECIMAL_OK || value < 0 ||
	    value > 12)
		return false;
	*decimals = (int)value;
	return true;
}

/* Percent -> share. */
static bool parse_share(const char *text, int64_t *e18)
{
	int64_t percent;
	if (decimal_parse_i64(text, strlen(text), SHARE_DECIMALS - 2, &percent) != DECIMAL_OK ||
	    percent < 0 || percent > RATE_ONE)
		return false;
	*e18 = percent;
	return true;
}

/* An option with its value; false after a message. */
static bool take_option(struct import_arguments *arguments, const char *name, const char *value)
{
	struct import_options *options = &arguments->options;
	bool good = true;
	const char *expected = "";
	if (strcmp(name, "--from") == 0) {
		good = import_kind_of_name(value, &options->kind);
		arguments->kind_given = true;
		expected = "binance-raw, candles-funding, funding-csv or hyperliquid-funding-csv";
	} else if (strcmp(name, "--venue") == 0) {
		options->venue = value;
	} else if (strcmp(name, "--out") == 0) {
		options->out = value;
	} else if (strcmp(name, "--terms-from") == 0) {
		options->terms_from = value;
	} else if (strcmp(name, "--price-decimals") == 0) {
		good = parse_decimals(value, &options->price_decimals);
		expected = "a whole number 0..12";
	} else if (strcmp(name, "--quantity-decimals") == 0) {
		good = parse_decimals(value, &options->quantity_decimals);
		expected = "a whole number 0..12";
	} else if (strcmp(name, "--max-dropped") == 0) {
		good = parse_share(value, &arguments->max_dropped_e18);
		expected = "a percentage 0..100";
	} else {
		fprintf(stderr, "fundarb import: unknown option %s\n%s", name, USAGE);
		return false;
	}
	if (!good)
		fprintf(stderr, "fundarb import: %s %s: expected %s\n", name, value, expected);
	return good;
}

/* Puts the file names into files; false after a message. */
static bool parse_arguments(int argc, char **argv, struct import_arguments *arguments,
			    const char **files)
{
	bool names_only = false;
	arguments->options.files = files;
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		if (names_only || argument[0] != '-' || argument[1] == '\0') {
			files[arguments->options.file_count++] = argument;
		} else if (strcmp(argument, "--") == 0) {
			names_only = true;
		} else if (strcmp(argument, "--json") == 0) {
			arguments->json = true;
		} else if (i + 1 == argc) {
			fprintf(stderr, "fundarb import: %s: unknown, or its value is missing\n%s",
				argument, USAGE);
			return false;
		} else if (!take_option(arguments, argument, argv[++i])) {
			return false;
		}
	}
	const char *missing = !arguments->kind_given		   ? "--from KIND"
			      : arguments->options.out == NULL	   ? "--out DIR"
			      : arguments->options.file_count == 0 ? "FILE"
								   : NULL;
	if (missing != NULL)
		fprintf(stderr, "fundarb import: %s is missing\n%s", missing, USAGE);
	return missing == NULL;
}

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
	struct import_arguments arguments = {
		.options = import_defaults(),
		.max_dropped_e18 = RATE_ONE / 1000,
	};
	arguments.options.progress = true;
	const char **files = calloc((size_t)argc + 1, sizeof(*files));
	if (files == NULL)
		abort();
	int code = EXIT_USAGE;
	struct import_report *report;
	struct error error = {0};
	if (!parse_arguments(argc, argv, &arguments, files)) {
		code = EXIT_USAGE;
	} else if (!import_run(&arguments.options, &report, &error)) {
		fprintf(stderr, "fundarb import: %s\n", error.text);
		code = exit_code_of(error.category);
	} else {
		if (arguments.json)
			import_report_print_json(report, stdout);
		else
			import_report_print(report, stdout);
		code = judge(report, arguments.max_dropped_e18);
		import_report_free(report);
	}
	free(files);
	return code;
}
