#include "core/base/log.h"
#include "src/commands/check.h"
#include "src/commands/commands.h"
#include "src/secret.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void check_say(struct check *check, bool good, const char *remedy, const char *format, ...)
{
	va_list arguments;
	if (check->line_count == check->line_capacity) {
		check->line_capacity = check->line_capacity ? 2 * check->line_capacity : 32;
		check->lines = realloc(check->lines, check->line_capacity * sizeof(*check->lines));
		if (!check->lines)
			abort();
	}
	struct check_line *line = &check->lines[check->line_count++];
	line->good = good;
	snprintf(line->remedy, sizeof(line->remedy), "%s", remedy);
	va_start(arguments, format);
	vsnprintf(line->text, sizeof(line->text), format, arguments);
	va_end(arguments);
}

bool check_all_good(const struct check *check)
{
	for (size_t i = 0; i < check->line_count; i++)
		if (!check->lines[i].good)
			return false;
	return true;
}

static void check_backtest(struct check *check)
{
	check_recordings(check);
	/* Without a single instrument the rest would only repeat that. */
	if (instrument_count(check->instruments) > 0) {
		check_names(check);
		check_pairs(check);
		check_money(check);
		check_thresholds(check);
	}
}

static int check_loaded(const struct config *config, bool offline, bool json)
{
	struct check check = {.config = config};
	check.instruments = instrument_table_create();
	check.seen = calloc(INSTRUMENTS_MAX + 1, sizeof(*check.seen));
	check.venues = calloc(VENUES_MAX * VENUES_MAX, sizeof(*check.venues));
	if (!check.instruments || !check.seen || !check.venues)
		abort();
	check_say(&check, true, "", "%s is understood", config->path);
	if (config->mode == CONFIG_BACKTEST) {
		check_backtest(&check);
	} else {
		check_live(&check, offline);
		check_funding_proofs(&check);
	}
	if (json)
		check_write_json(&check, stdout);
	else
		check_write_text(&check, stdout);
	int code = check_all_good(&check) ? EXIT_OK : EXIT_FOUND_WRONG;
	free(check.venues);
	free(check.seen);
	free(check.lines);
	instrument_table_free(check.instruments);
	return code;
}

struct arguments {
	const char *config;
	bool offline, json;
};

static const struct command_option TABLE[] = {
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the configuration", .needed = true},
	{"offline", OPTION_FLAG, offsetof(struct arguments, offline), NULL,
	 .meaning = "only what needs no network: the file, keys, folders, addresses"},
	{"json", OPTION_FLAG, offsetof(struct arguments, json), NULL,
	 .meaning = "the same as JSON, figures as text"},
};

const struct command_options CHECK_OPTIONS = {
	.name = "check",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "say what a configuration means, and what it could never do",
	.before = "Trades nothing; a line each, with a tick, or a cross and what to do about it.\n"
		  "Backtests: the recordings; for each pair of venues the smallest spread of\n"
		  "funding rates that could pass all gates; each threshold in %/hour, %/year and\n"
		  "hours to break even.\n"
		  "Paper, testnet, live: DNS, TLS, REST and WebSocket of every venue, clocks,\n"
		  "what the key may do (one that can withdraw is refused), the account's mode,\n"
		  "balances, open positions and orders, request budgets, symbols, the same coin\n"
		  "by price, smallest orders, thresholds.\n",
	.after = "Exit code 0: all is well; 1: something is wrong; 2: the configuration is not\n"
		 "understood.\n",
};

int command_check(int argc, char **argv)
{
	struct arguments arguments = {0};
	int code;
	if (!command_options_parse(&CHECK_OPTIONS, argc, argv, &arguments, &code))
		return code;
	struct config *config = calloc(1, sizeof(*config));
	struct error err = {0};
	if (!config)
		abort();
	secrets_harden_process();
	log_configure(stderr, LOG_ALARM);
	code = EXIT_USAGE;
	if (config_load(arguments.config, config, &err))
		code = check_loaded(config, arguments.offline, arguments.json);
	else
		fprintf(stderr, "fundarb: %s\n", err.text);
	free(config);
	return code;
}
