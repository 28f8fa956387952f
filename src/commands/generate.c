/* fundarb generate --out DIR [--seed N] [--hours N] */
#include "core/base/decimal.h"
#include "src/commands/commands.h"
#include "src/market_generator.h"

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb generate: %s\n", problem);
	fprintf(stderr, "usage: fundarb generate --out DIR [--seed NUMBER] [--hours 1..240]\n");
	return EXIT_USAGE;
}

static bool number(const char *text, int64_t low, int64_t high, int64_t *out)
{
	return decimal_parse_i64(text, strlen(text), 0, out) == DECIMAL_OK && *out >= low &&
	       *out <= high;
}

static bool holds_recording(const char *directory)
{
	DIR *folder = opendir(directory);
	bool found = false;
	if (!folder)
		return false;
	for (const struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) {
		size_t length = strlen(entry->d_name);
		found = length > 4 && strcmp(entry->d_name + length - 4, ".far") == 0;
	}
	closedir(folder);
	return found;
}

int command_generate(int argc, char **argv)
{
	static const struct option OPTIONS[] = {{"out", required_argument, NULL, 'o'},
						{"seed", required_argument, NULL, 's'},
						{"hours", required_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	struct generator_options options = generator_defaults();
	const char *out = NULL;
	int64_t value;
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'o') {
			out = optarg;
		} else if (option == 's' && number(optarg, 0, INT64_MAX, &value)) {
			options.seed = (uint64_t)value;
		} else if (option == 'h' && number(optarg, 1, 240, &value)) {
			options.hours = (unsigned)value;
		} else {
			return usage("unknown option, or a value out of range");
		}
	}
	if (!out || optind < argc)
		return usage("--out DIR is needed, and nothing after the options");
	if (holds_recording(out)) {
		fprintf(stderr,
			"fundarb generate: %s holds a recording already; name an empty folder\n",
			out);
		return EXIT_USAGE;
	}
	struct generator_result result;
	struct error err = {0};
	if (!market_generate(out, &options, &result, &err)) {
		fprintf(stderr, "fundarb generate: %s\n", err.text);
		return EXIT_FAILED;
	}
	printf("A made-up market (seed %llu): 2 venues, 5 coins, %u hours, %llu events, %u "
	       "settlements, written to %s\n",
	       (unsigned long long)options.seed, options.hours, (unsigned long long)result.events,
	       result.settlements, out);
	return EXIT_OK;
}
