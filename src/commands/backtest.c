/* fundarb backtest --config FILE [--script FILE] [--json FILE] */
#include "core/base/log.h"
#include "src/commands/commands.h"
#include "src/report.h"
#include "src/script.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *config, *script, *json;
};

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb backtest: %s\n", problem);
	fprintf(stderr, "usage: fundarb backtest --config FILE [--script FILE] [--json FILE]\n");
	return EXIT_USAGE;
}

static bool parse(int argc, char **argv, struct arguments *arguments, int *code)
{
	static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
						{"script", required_argument, NULL, 's'},
						{"json", required_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	*code = EXIT_USAGE;
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'c')
			arguments->config = optarg;
		else if (option == 's')
			arguments->script = optarg;
		else if (option == 'j')
			arguments->json = optarg;
		else {
			usage("unknown option or missing value");
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

/* The run, its report, and one exit code for both. */
static int run_and_report(struct world *world, const struct script *script,
			  const struct arguments *arguments)
{
	struct error err = {0};
	bool completed = world_run(world, &err);
	struct report *report = report_create(world, completed);
	if (!report)
		abort();
	if (!arguments->json || strcmp(arguments->json, "-") != 0)
		report_write_text(report, stdout);
	int code = EXIT_OK;
	if (!report->identity_exact) {
		fprintf(stderr, "fundarb: the venues' balances and the ledger differ: do not trust "
				"this report\n");
		code = EXIT_FOUND_WRONG;
	}
	struct error script_failure = {0};
	if (completed && script && !script_carried_out(script, &script_failure)) {
		fprintf(stderr, "fundarb: %s\n", script_failure.text);
		code = EXIT_FOUND_WRONG;
	}
	if (!completed)
		code = fail(&err);
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

int command_backtest(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct error err = {0};
	int code;
	if (!parse(argc, argv, &arguments, &code))
		return code;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	if (!config_load(arguments.config, config, &err)) {
		free(config);
		return fail(&err);
	}
	if (config->mode != CONFIG_BACKTEST) {
		fprintf(stderr,
			"fundarb backtest: %s has mode = %s; `fundarb --config %s` runs it\n",
			arguments.config, config_mode_text(config->mode), arguments.config);
		free(config);
		return EXIT_USAGE;
	}
	log_configure(stderr, (enum log_level)config->log_level);
	struct script *script = NULL;
	if (arguments.script && !(script = script_load(arguments.script, &err))) {
		free(config);
		return fail(&err);
	}
	struct world *world = world_create_backtest(config, script, &err);
	code = world ? run_and_report(world, script, &arguments) : fail(&err);
	world_free(world);
	script_free(script);
	free(config);
	return code;
}
