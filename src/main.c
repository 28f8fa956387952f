/* fundarb: the command table, and nothing else. */
#include "src/commands/commands.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} COMMANDS[] = {
	{"backtest", command_backtest}, {"check", command_check},
	{"generate", command_generate}, {"help", command_help},
	{"history", command_history},	{"import", command_import},
	{"rec", command_rec},		{"record", command_record},
	{"scan", command_scan},		{"testnet", command_testnet},
	{"version", command_version},
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return command_help(1, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return command_help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0)
		return command_version(argc - 1, argv + 1);
	if (strncmp(argv[1], "--", 2) == 0)
		return command_run(argc, argv);
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
		if (strcmp(argv[1], COMMANDS[i].name) == 0)
			return COMMANDS[i].run(argc - 1, argv + 1);
	fprintf(stderr, "fundarb: there is no command '%s'; `fundarb help` lists what there is\n",
		argv[1]);
	return EXIT_USAGE;
}
