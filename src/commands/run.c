/* fundarb --config FILE [--for DURATION] [--live] [--json FILE]: the main job, whatever the mode.
 */
#include "core/base/decimal.h"
#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "src/report.h"
#include "src/secret.h"
#include "src/world_live.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *config, *json, *script;
	int64_t run_ns;
	bool live;
};

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb: %s\n", problem);
	fprintf(stderr, "usage: fundarb --config FILE [--for 90s|15m|72h] [--json FILE] [--live]\n"
			"       fundarb help\n");
	return EXIT_USAGE;
}

bool duration_parse(const char *text, int64_t *ns)
{
	static const struct {
		char letter;
		int64_t ns;
	} UNITS[] = {{'s', NS_PER_SECOND}, {'m', NS_PER_MINUTE}, {'h', NS_PER_HOUR}};
	size_t length = strlen(text);
	int64_t count;
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]) && length > 1; i++) {
		if (text[length - 1] != UNITS[i].letter ||
		    decimal_parse_i64(text, length - 1, 0, &count) != DECIMAL_OK || count < 1 ||
		    count > INT64_C(31536000))
			continue;
		*ns = count * UNITS[i].ns;
		return true;
	}
	return false;
}

static bool parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct option OPTIONS[] = {
		{"config", required_argument, NULL, 'c'}, {"for", required_argument, NULL, 'f'},
		{"json", required_argument, NULL, 'j'},	  {"live", no_argument, NULL, 'l'},
		{"script", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
	};
	*arguments = (struct arguments){.run_ns = INT64_MAX};
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'c')
			arguments->config = optarg;
		else if (option == 'j')
			arguments->json = optarg;
		else if (option == 's')
			arguments->script = optarg;
		else if (option == 'l')
			arguments->live = true;
		else if (option != 'f' || !duration_parse(optarg, &arguments->run_ns)) {
			usage(option == 'f' ? "--for takes a duration like 90s, 15m or 72h"
					    : "unknown option or missing value");
			return false;
		}
	}
	if (optind < argc || !arguments->config) {
		usage(arguments->config ? "unexpected argument" : "--config FILE is needed");
		return false;
	}
	return true;
}

static int fail(const struct error *err)
{
	fprintf(stderr, "fundarb: %s\n", err->text);
	return err->category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
}

static int run_and_report(struct world *world, const struct arguments *arguments)
{
	struct error err = {0};
	int code = EXIT_OK;
	bool completed = world_run_live(world, &err);
	if (!completed)
		code = fail(&err);
	struct report *report = report_create(world, completed);
	if (!report)
		abort();
	bool to_stdout = arguments->json && strcmp(arguments->json, "-") == 0;
	if (!to_stdout)
		report_write_text(report, stdout);
	if (arguments->json && !report_write_json(report, arguments->json, &err))
		code = fail(&err);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "fundarb: the report could not be written to standard output\n");
		code = EXIT_FAILED;
	}
	if (!decision_log_flush(world->decisions, &err))
		code = fail(&err);
	report_free(report);
	return code;
}

static int run_live(const struct config *config, const struct arguments *arguments)
{
	struct error err = {0};
	bool to_stdout = arguments->json && strcmp(arguments->json, "-") == 0;
	struct world_live_options options = {.run_ns = arguments->run_ns,
					     .narration = to_stdout ? NULL : stdout};
	struct world *world = world_create_live(config, &options, &err);
	int code = world ? run_and_report(world, arguments) : fail(&err);
	world_free(world);
	return code;
}

int command_run(int argc, char **argv)
{
	struct arguments arguments;
	struct error err = {0};
	secrets_harden_process();
	if (!parse(argc, argv, &arguments))
		return EXIT_USAGE;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	int code;
	if (!config_load(arguments.config, config, &err)) {
		code = fail(&err);
	} else if (config->mode == CONFIG_BACKTEST) {
		code = arguments.live || arguments.run_ns != INT64_MAX
			       ? usage("--for and --live are for real venues; this is a backtest")
			       : command_backtest(argc, argv);
	} else if (arguments.script) {
		code = usage("scripts drive backtests; this file's mode is another");
	} else {
		log_configure(stderr, (enum log_level)config->log_level);
		code = run_live(config, &arguments);
	}
	free(config);
	return code;
}
