/* fundarb check --config FILE [--offline] [--json] */
#include "core/base/log.h"
#include "src/commands/check.h"
#include "src/commands/commands.h"
#include "src/secret.h"

#include <getopt.h>
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

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb check: %s\n", problem);
	fprintf(stderr, "usage: fundarb check --config FILE [--offline] [--json]\n");
	return EXIT_USAGE;
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

int command_check(int argc, char **argv)
{
	static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"offline", no_argument, NULL, 'o'},
						{NULL, 0, NULL, 0}};
	const char *path = NULL;
	bool json = false, offline = false;
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'c')
			path = optarg;
		else if (option == 'j')
			json = true;
		else if (option == 'o')
			offline = true;
		else
			return usage("unknown option or missing value");
	}
	if (optind < argc || !path)
		return usage(path ? "unexpected argument" : "--config FILE is needed");
	struct config *config = calloc(1, sizeof(*config));
	struct error err = {0};
	if (!config)
		abort();
	secrets_harden_process();
	log_configure(stderr, LOG_ALARM);
	int code = EXIT_USAGE;
	if (config_load(path, config, &err))
		code = check_loaded(config, offline, json);
	else
		fprintf(stderr, "fundarb: %s\n", err.text);
	free(config);
	return code;
}
