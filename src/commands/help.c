/* fundarb help [COMMAND | config], and the table of what there is. */
#include "config/config.h"
#include "config/schema.h"
#include "src/commands/commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *usage, *meaning, *more;
} HELP[] = {
	{"backtest", "fundarb backtest --config FILE [--script FILE] [--json FILE]",
	 "trade recorded order books and report every unit",
	 "  --config FILE  the configuration; `fundarb --config FILE` is the same\n"
	 "  --script FILE  drive the executor by a script instead of the strategy:\n"
	 "                 2024-08-08T23:56:00Z open NAME long=VENUE:SYMBOL:QTY short=...\n"
	 "                 2024-08-08T23:59:59Z close NAME\n"
	 "  --json FILE    also write the report as JSON, numbers as text; - for standard output\n"
	 "Exit code 0: ran to the end, and the accounts add up; 1: a script could not be carried\n"
	 "out, or they do not; 2: bad configuration; 3: the run had to stop.\n"},
	{"check", "fundarb check --config FILE [--json]",
	 "say what a configuration means, and what it could never do",
	 "Reads the file and its recordings, trades nothing. For each pair of venues: the "
	 "smallest\n"
	 "spread of funding rates that could pass all gates; each threshold in %/hour, %/year and\n"
	 "hours to break even. What is wrong gets a cross and what to do about it.\n"
	 "  --json  the same as JSON, figures as text\n"
	 "Exit code 0: all is well; 1: something is wrong; 2: the configuration is not "
	 "understood.\n"},
	{"generate", "fundarb generate --out DIR [--seed N] [--hours N]",
	 "invent a two-venue market, for the demo and for trying things out",
	 "  --out DIR  a folder without a recording; made if missing\n"
	 "  --seed N   the same seed gives the same bytes on every machine\n"
	 "  --hours N  1 to 240\n"},
	{"help", "fundarb help [COMMAND | config]", "this, a command, or all keys of the file",
	 "  fundarb help config             every key with unit, default and range\n"
	 "  fundarb help config --markdown  the same as docs/configuration.md\n"},
	{"import", "fundarb import --from KIND [--venue V] --out DIR FILE...",
	 "turn captures and histories of others into a recording",
	 "KIND is binance-raw, candles-funding, funding-csv or hyperliquid-funding-csv;\n"
	 "docs/import.md has all options.\n"},
	{"rec", "fundarb rec info|check|dump PATH",
	 "look into a recording, prove it sound, print its events",
	 "docs/recording-format.md says what is in one.\n"},
	{"testnet", "fundarb testnet --config FILE [--plain] [--for 90s]",
	 "serve Lighter and Hyperliquid on this machine, with a market and faults of their own",
	 "Prints one line of JSON with addresses and test keys, then serves on 127.0.0.1 until "
	 "SIGINT.\n"
	 "  --config FILE  the testnet's own file, e.g. config/testnet.ini (docs/testnet.md)\n"
	 "  --plain        without TLS\n"
	 "  --for TIME     end by itself: 90s, 15m, 2h\n"},
	{"version", "fundarb version", "version of the program and of what it is built on", ""},
};
#define HELP_COUNT (sizeof(HELP) / sizeof(HELP[0]))

static void overview(void)
{
	printf("fundarb trades the difference between the funding rates of two venues:\n"
	       "long where funding is low, short where it is high, equal size.\n\n"
	       "  fundarb --config bot.ini        the main job, as the file says\n"
	       "  fundarb check --config bot.ini  what the file means, before you run it\n\n"
	       "Commands\n");
	for (size_t i = 0; i < HELP_COUNT; i++)
		printf("  %-9s %s\n", HELP[i].name, HELP[i].meaning);
	printf("\n`fundarb help COMMAND` tells more; `fundarb help config` explains every key.\n");
}

int command_help(int argc, char **argv)
{
	if (argc < 2) {
		overview();
		return EXIT_OK;
	}
	if (strcmp(argv[1], "config") == 0) {
		bool markdown = argc > 2 && strcmp(argv[2], "--markdown") == 0;
		if (markdown)
			config_write_reference(stdout);
		else
			config_write_help(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < HELP_COUNT; i++) {
		if (strcmp(argv[1], HELP[i].name) == 0) {
			printf("%s\n\n%s.\n%s", HELP[i].usage, HELP[i].meaning, HELP[i].more);
			return EXIT_OK;
		}
	}
	const char *names[HELP_COUNT];
	for (size_t i = 0; i < HELP_COUNT; i++)
		names[i] = HELP[i].name;
	const char *nearest = nearest_name(argv[1], names, HELP_COUNT);
	fprintf(stderr, "fundarb help: there is no command '%s'; %s%s%s`fundarb help` lists them\n",
		argv[1], nearest ? "nearest: " : "", nearest ? nearest : "", nearest ? "; " : "");
	return EXIT_USAGE;
}
