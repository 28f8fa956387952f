/* fundarb scan [--config FILE] [--size USD] [--horizon 168h] [--depth N] [--json] [--watch [S]] */
#include "core/base/decimal.h"
#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/progress.h"
#include "src/scan.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_PATIENCE_NS (8 * NS_PER_SECOND)
#define WATCH_DEFAULT_NS  (30 * NS_PER_SECOND)
#define WATCH_MINIMUM_NS  (5 * NS_PER_SECOND)

struct arguments {
	const char *config;
	bool json, watch;
	int64_t watch_ns;
	struct scan_options options;
};

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb scan: %s\n", problem);
	fprintf(stderr, "usage: fundarb scan [--config FILE] [--size USD] [--horizon 168h] "
			"[--depth ROWS] [--json] [--watch[=30s]]\n");
	return EXIT_USAGE;
}

static bool take(struct arguments *arguments, int option, const char *value)
{
	int64_t rows;
	switch (option) {
	case 'c':
		arguments->config = value;
		return true;
	case 's':
		return decimal_parse_i128(value, strlen(value), MONEY_DECIMALS,
					  &arguments->options.size.e18) == DECIMAL_OK &&
		       arguments->options.size.e18 > 0 &&
		       arguments->options.size.e18 <= 1000000000 * MONEY_ONE;
	case 'h':
		return duration_parse(value, &arguments->options.horizon_ns);
	case 'd':
		if (decimal_parse_i64(value, strlen(value), 0, &rows) != DECIMAL_OK || rows < 0 ||
		    rows > 200)
			return false;
		arguments->options.depth_rows = (size_t)rows;
		return true;
	case 'j':
		return arguments->json = true;
	case 'w':
		arguments->watch = true;
		return !value || (duration_parse(value, &arguments->watch_ns) &&
				  arguments->watch_ns >= WATCH_MINIMUM_NS);
	default:
		return false;
	}
}

static bool parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct option OPTIONS[] = {
		{"config", required_argument, NULL, 'c'},
		{"size", required_argument, NULL, 's'},
		{"horizon", required_argument, NULL, 'h'},
		{"depth", required_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'},
		{"watch", optional_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;)
		if (!take(arguments, option, optarg)) {
			usage("unknown option, or a value out of range");
			return false;
		}
	if (optind < argc) {
		usage("unexpected argument");
		return false;
	}
	return true;
}

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
		if (!arguments->watch)
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
		.watch_ns = WATCH_DEFAULT_NS,
		.options = {.size = {1000 * MONEY_ONE},
			    .horizon_ns = 168 * NS_PER_HOUR,
			    .depth_rows = 10},
	};
	struct error err = {0};
	if (!parse(argc, argv, &arguments))
		return EXIT_USAGE;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	int code = EXIT_USAGE;
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
