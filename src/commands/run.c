/* The main job, whatever the mode. */
#include "core/base/log.h"
#include "src/commands/commands.h"
#include "src/report.h"
#include "src/secret.h"
#include "src/world_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *config, *json, *script;
	int64_t run_ns;
	bool live;
};

static const struct command_option TABLE[] = {
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the configuration, with the mode", .needed = true},
	{"for", OPTION_DURATION, offsetof(struct arguments, run_ns), "90s|15m|72h",
	 .meaning = "end by itself; not for backtests"},
	{"json", OPTION_TEXT, offsetof(struct arguments, json), "FILE",
	 .meaning = "also write the report as JSON, numbers as text; - for standard output"},
	{"live", OPTION_FLAG, offsetof(struct arguments, live), NULL,
	 .meaning = "with `confirm_live = yes` in the file: real money; not for backtests"},
	{"script", OPTION_TEXT, offsetof(struct arguments, script), "FILE",
	 .meaning = "backtests: drive the executor by a script instead of the strategy"},
};

static const struct command_options OPTIONS = {
	.name = "",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.note = "       fundarb help\n",
	.meaning = "the main job, as the file says",
	.after = "`fundarb help` lists the other commands.\n",
};

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
	struct arguments arguments = {.run_ns = INT64_MAX};
	struct error err = {0};
	secrets_harden_process();
	int code;
	if (!command_options_parse(&OPTIONS, argc, argv, &arguments, &code))
		return code;
	struct config *config = calloc(1, sizeof(*config));
	if (!config)
		abort();
	if (!config_load(arguments.config, config, &err)) {
		code = fail(&err);
	} else if (config->mode == CONFIG_BACKTEST) {
		code = arguments.live || arguments.run_ns != INT64_MAX
			       ? command_options_refuse(
					 &OPTIONS,
					 "--for and --live are for real venues; this is a backtest")
			       : command_backtest(argc, argv);
	} else if (arguments.script) {
		code = command_options_refuse(
			&OPTIONS, "scripts drive backtests; this file's mode is another");
	} else {
		log_configure(stderr, (enum log_level)config->log_level);
		code = run_live(config, &arguments);
	}
	free(config);
	return code;
}
