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
	{"check", "fundarb check --config FILE [--offline] [--json]",
	 "say what a configuration means, and what it could never do",
	 "Trades nothing; a line each, with a tick, or a cross and what to do about it.\n"
	 "Backtests: the recordings; for each pair of venues the smallest spread of funding rates\n"
	 "that could pass all gates; each threshold in %/hour, %/year and hours to break even.\n"
	 "Paper, testnet, live: DNS, TLS, REST and WebSocket of every venue, clocks, what the key\n"
	 "may do (one that can withdraw is refused), the account's mode, balances, open positions\n"
	 "and orders, request budgets, symbols, the same coin by price, smallest orders, "
	 "thresholds.\n"
	 "  --offline  only what needs no network: the file, keys, folders, addresses\n"
	 "  --json     the same as JSON, figures as text\n"
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
	{"history",
	 "fundarb history --out DIR [--config FILE] [--venues A,B] [--coins BTC,ETH] [--from "
	 "TIME]\n"
	 "                [--to TIME]",
	 "download the funding rates that venues paid, into a recording",
	 "Without --config: every venue's public data; no key is needed.\n"
	 "  --out DIR      a folder of its own; what it holds already is not asked for again\n"
	 "  --coins LIST   canonical coins (PEPE for 1000PEPE and kPEPE); otherwise all\n"
	 "  --from TIME    2026-01-31T00:00:00Z, or how long ago: 2160h; 720h if not given\n"
	 "  --to TIME      now if not given\n"
	 "The venues' request budgets are kept, so a year of every market takes hours. "
	 "Interrupted,\n"
	 "it keeps what it has; run it again to go on. A backtest takes the folder as a second\n"
	 "`recording`.\n"
	 "Exit code 0: complete; 2: bad arguments; 3: something is missing, standard error says "
	 "what.\n"},
	{"import", "fundarb import --from KIND [--venue V] --out DIR FILE...",
	 "turn captures and histories of others into a recording",
	 "KIND is binance-raw, candles-funding, funding-csv or hyperliquid-funding-csv;\n"
	 "docs/import.md has all options.\n"},
	{"rec", "fundarb rec info|check|dump PATH",
	 "look into a recording, prove it sound, print its events",
	 "docs/recording-format.md says what is in one.\n"},
	{"record",
	 "fundarb record --out DIR [--config FILE] [--venues A,B] [--coins BTC,ETH] [--most N]\n"
	 "               [--trades] [--for 72h] [--keep-days N]",
	 "record the order books and rates of venues, for days",
	 "Without --config: every venue's public streams; no key is needed.\n"
	 "  --out DIR      made if missing; one recorder at a time\n"
	 "  --coins LIST   canonical coins (PEPE for 1000PEPE and kPEPE); otherwise the largest "
	 "by\n"
	 "                 open interest that two venues share\n"
	 "  --most N       how many of those, 30 if not given\n"
	 "  --trades       other people's trades too: needed to simulate resting orders\n"
	 "  --for TIME     90s, 15m, 72h; until SIGTERM or Ctrl-C if not given\n"
	 "  --keep-days N  delete segments older than that\n"
	 "A venue that goes is asked again until it is back; its absence is in the recording.\n"
	 "docs/recording.md has a recipe for the first three days.\n"
	 "Exit code 0: ended as asked; 2: bad arguments, or the folder is in use; 3: the disk is\n"
	 "full or fails, what is written is kept.\n"},
	{"scan",
	 "fundarb scan [--config FILE] [--size USD] [--horizon 168h] [--depth ROWS] [--json]\n"
	 "             [--watch[=30s]]",
	 "all venues' funding side by side, with what it costs to earn it",
	 "Without --config: every venue's public data; no key is needed.\n"
	 "  --size USD      of one leg, 1000 if not given: slippage is read from the books\n"
	 "  --horizon TIME  over which `net` is summed\n"
	 "  --depth ROWS    so many of the best rows get their books read, 10 if not given\n"
	 "  --watch         again and again, every 30 s or as said\n"},
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
