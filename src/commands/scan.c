#include "core/base/decimal.h"
#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/progress.h"
#include "src/scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_PATIENCE_NS (8 * NS_PER_SECOND)
#define WATCH_DEFAULT_NS  (30 * NS_PER_SECOND)
#define WATCH_MINIMUM_NS  (5 * NS_PER_SECOND)

struct arguments {
	const char *config;
	bool json;
	int64_t watch_ns; /* 0: once */
	int64_t depth_rows;
	struct scan_options options;
};

static bool take_size(void *to, const char *value)
{
	i128 *e18 = &((struct arguments *)to)->options.size.e18;
	return decimal_parse_i128(value, strlen(value), MONEY_DECIMALS, e18) == DECIMAL_OK &&
	       *e18 > 0 && *e18 <= 1000000000 * MONEY_ONE;
}

static const struct command_option TABLE[] = {
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the venues of that configuration"},
	{"size", OPTION_OTHER, 0, "USD",
	 .meaning = "of one leg, 1000 if not given: slippage is read from the books",
	 .expected = "USD, more than 0 and at most 1000000000", .take = take_size},
	{"horizon", OPTION_DURATION, offsetof(struct arguments, options.horizon_ns), "168h",
	 .meaning = "over which `net` is summed"},
	{"depth", OPTION_COUNT, offsetof(struct arguments, depth_rows), "ROWS",
	 .meaning = "so many of the best rows get their books read, 10 if not given", .low = 0,
	 .high = 200},
	{"json", OPTION_FLAG, offsetof(struct arguments, json), NULL,
	 .meaning = "the same as JSON"},
	{"watch", OPTION_DURATION, offsetof(struct arguments, watch_ns), "30s",
	 .meaning = "again and again, every 30 s or as said", .low = WATCH_MINIMUM_NS,
	 .without = WATCH_DEFAULT_NS, .expected = "a duration of 5s or more"},
};

const struct command_options SCAN_OPTIONS = {
	.name = "scan",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "all venues' funding side by side, with what it costs to earn it",
	.before = "Without --config: every venue's public data; no key is needed.\n",
};

/* The first rows appear before depth is read: that may take a while. */
static void first_rows(void *user, const struct scan *scan)
{
	bool *shown = user;
	if (*shown)
		return;
	*shown = true;
	scan_write_table(scan, stdout);
	fputs("... reading depth for the best of them\n", stdout);
	fflush(stdout);
}

static bool never(void *user)
{
	(void)user;
	return false;
}

static void watch_or_once(struct scan *scan, const struct arguments *arguments)
{
	bool terminal = isatty(STDOUT_FILENO) == 1;
	bool shown = !terminal || arguments->json;
	scan->on_rows = first_rows;
	scan->user = &shown;
	while (scan_pass(scan)) {
		if (terminal && !arguments->json)
			fputs("\033[H\033[2J", stdout);
		if (arguments->json)
			scan_write_json(scan, stdout);
		else
			scan_write_table(scan, stdout);
		if (arguments->watch_ns == 0)
			return;
		public_venues_wait(scan->venues, never, NULL, arguments->watch_ns);
	}
}

static int scan_with(const struct config *config, const struct arguments *arguments)
{
	struct error err = {0};
	struct public_venues *venues = public_venues_open(config, false, &err);
	if (!venues) {
		fprintf(stderr, "fundarb scan: %s\n", err.text);
		return err.category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
	}
	size_t up = public_venues_start(venues, START_PATIENCE_NS);
	struct scan *scan = scan_create(venues, &arguments->options);
	if (!scan)
		abort();
	int code = EXIT_OK;
	if (up > 0)
		watch_or_once(scan, arguments);
	if (up < 2) {
		for (size_t i = 0; i < venues->count; i++)
			if (venues->venues[i].phase != PUBLIC_VENUE_UP)
				fprintf(stderr, "fundarb scan: %s: %s\n",
					venues->venues[i].config->name, venues->venues[i].why);
		code = EXIT_FAILED;
	}
	public_venues_close(venues);
	scan_free(scan);
	return code;
}

int command_scan(int argc, char **argv)
{
	struct arguments arguments = {
		.depth_rows = 10,
		.options = {.size = {1000 * MONEY_ONE}, .horizon_ns = 168 * NS_PER_HOUR},
	};
	struct error err = {0};
	int code;
	if (!command_options_parse(&SCAN_OPTIONS, argc, argv, &arguments, &code))
		return code;
	arguments.options.depth_rows = (size_t)arguments.depth_rows;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	code = EXIT_USAGE;
	if (!arguments.config)
		public_venues_default_config(config);
	if (arguments.config && !config_load(arguments.config, config, &err)) {
		fprintf(stderr, "fundarb scan: %s\n", err.text);
	} else {
		log_configure(stderr, LOG_ALARM);
		code = scan_with(config, &arguments);
	}
	free(config);
	return code;
}
