#include "core/base/log.h"
#include "src/commands/commands.h"
#include "src/report.h"
#include "src/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *config, *script, *json;
};

static const struct command_option TABLE[] = {
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the configuration; `fundarb --config FILE` is the same", .needed = true},
	{"script", OPTION_TEXT, offsetof(struct arguments, script), "FILE",
	 .meaning = "drive the executor by a script instead of the strategy:\n"
		    "2024-08-08T23:56:00Z open NAME long=VENUE:SYMBOL:QTY short=...\n"
		    "2024-08-08T23:59:59Z close NAME"},
	{"json", OPTION_TEXT, offsetof(struct arguments, json), "FILE",
	 .meaning = "also write the report as JSON, numbers as text; - for standard output"},
};

const struct command_options BACKTEST_OPTIONS = {
	.name = "backtest",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "trade recorded order books and report every unit",
	.after = "Exit code 0: ran to the end, and the accounts add up; 1: a script could not be\n"
		 "carried out, or they do not; 2: bad configuration; 3: the run had to stop.\n",
};

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
	if (!command_options_parse(&BACKTEST_OPTIONS, argc, argv, &arguments, &code))
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
