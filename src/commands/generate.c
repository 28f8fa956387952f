#include "src/commands/commands.h"
#include "src/market_generator.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

struct arguments {
	const char *out;
	int64_t seed, hours;
};

static const struct command_option TABLE[] = {
	{"out", OPTION_TEXT, offsetof(struct arguments, out), "DIR",
	 .meaning = "a folder without a recording; made if missing", .needed = true},
	{"seed", OPTION_COUNT, offsetof(struct arguments, seed), "NUMBER",
	 .meaning = "the same seed gives the same bytes on every machine", .low = 0,
	 .high = INT64_MAX},
	{"hours", OPTION_COUNT, offsetof(struct arguments, hours), "1..240",
	 .meaning = "how long the market lasts", .low = 1, .high = 240},
};

const struct command_options GENERATE_OPTIONS = {
	.name = "generate",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "invent a two-venue market, for the demo and for trying things out",
};

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
	struct generator_options options = generator_defaults();
	struct arguments arguments = {.seed = (int64_t)options.seed, .hours = options.hours};
	int code;
	if (!command_options_parse(&GENERATE_OPTIONS, argc, argv, &arguments, &code))
		return code;
	options.seed = (uint64_t)arguments.seed;
	options.hours = (unsigned)arguments.hours;
	const char *out = arguments.out;
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
