/*
 * One function per command of the program. argv[0] is the command's own name. Each prints its
 * result on standard output, what went wrong on standard error, and returns the exit code.
 */
#ifndef FUNDARB_SRC_COMMANDS_COMMANDS_H
#define FUNDARB_SRC_COMMANDS_COMMANDS_H

#include "src/commands/command_options.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_FOUND_WRONG = 1, /* it ran, and the answer is bad news */
	EXIT_USAGE = 2,	      /* bad arguments or configuration: nothing was started */
	EXIT_FAILED = 3,      /* it started and could not finish */
};

int command_run(int argc, char **argv); /* fundarb --config FILE */
int command_backtest(int argc, char **argv);
int command_import(int argc, char **argv);
int command_rec(int argc, char **argv);
int command_check(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_scan(int argc, char **argv);
int command_record(int argc, char **argv);
int command_history(int argc, char **argv);
int command_help(int argc, char **argv);
int command_testnet(int argc, char **argv);
int command_version(int argc, char **argv);

/* What they take and how they are explained, each beside its command. */
extern const struct command_options BACKTEST_OPTIONS, CHECK_OPTIONS, GENERATE_OPTIONS, HELP_OPTIONS,
	HISTORY_OPTIONS, IMPORT_OPTIONS, REC_OPTIONS, RECORD_OPTIONS, SCAN_OPTIONS, TESTNET_OPTIONS,
	VERSION_OPTIONS;

#endif
