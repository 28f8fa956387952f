/* `fundarb help`: every command by its own table, and the keys of the configuration. */
#include "config/config.h"
#include "config/schema.h"
#include "src/commands/commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct command_options *const COMMANDS[] = {
	&BACKTEST_OPTIONS, &CHECK_OPTIONS,   &GENERATE_OPTIONS, &HELP_OPTIONS,
	&HISTORY_OPTIONS,  &IMPORT_OPTIONS,  &REC_OPTIONS,	&RECORD_OPTIONS,
	&SCAN_OPTIONS,	   &TESTNET_OPTIONS, &VERSION_OPTIONS,
};
#define COMMANDS_COUNT (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

struct arguments {
	bool markdown;
};

static const struct command_option TABLE[] = {
	{"markdown", OPTION_FLAG, offsetof(struct arguments, markdown), NULL,
	 .meaning = "of `config`: the same as docs/configuration.md"},
};

const struct command_options HELP_OPTIONS = {
	.name = "help",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.operand = "COMMAND | config",
	.number = OPERAND_MAYBE,
	.meaning = "this, a command, or all keys of the file",
	.before = "`fundarb help config` explains every key with unit, default and range.\n",
};

static void overview(void)
{
	printf("fundarb trades the difference between the funding rates of two venues:\n"
	       "long where funding is low, short where it is high, equal size.\n\n"
	       "  fundarb --config bot.ini        the main job, as the file says\n"
	       "  fundarb check --config bot.ini  what the file means, before you run it\n\n"
	       "Commands\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		printf("  %-9s %s\n", COMMANDS[i]->name, COMMANDS[i]->meaning);
	printf("\n`fundarb help COMMAND` tells more; `fundarb help config` explains every key.\n");
}

static int explain(const char *name)
{
	const char *names[COMMANDS_COUNT];
	for (size_t i = 0; i < COMMANDS_COUNT; i++) {
		names[i] = COMMANDS[i]->name;
		if (strcmp(name, names[i]) == 0) {
			command_options_write_help(COMMANDS[i], stdout);
			return EXIT_OK;
		}
	}
	const char *nearest = nearest_name(name, names, COMMANDS_COUNT);
	fprintf(stderr, "fundarb help: there is no command '%s'; %s%s%s`fundarb help` lists them\n",
		name, nearest ? "nearest: " : "", nearest ? nearest : "", nearest ? "; " : "");
	return EXIT_USAGE;
}

int command_help(int argc, char **argv)
{
	struct arguments arguments = {0};
	int code, first = command_options_parse(&HELP_OPTIONS, argc, argv, &arguments, &code);
	if (!first)
		return code;
	const char *name = first < argc ? argv[first] : NULL;
	bool config = name && strcmp(name, "config") == 0;
	if (arguments.markdown && !config)
		return command_options_refuse(&HELP_OPTIONS, "--markdown goes with config");
	if (!name)
		overview();
	else if (!config)
		return explain(name);
	else if (arguments.markdown)
		config_write_reference(stdout);
	else
		config_write_help(stdout);
	return EXIT_OK;
}
