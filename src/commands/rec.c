/* fundarb rec: what is in a recording, whether it is sound, and its events as text. */
#include "src/commands/rec.h"
#include "src/commands/commands.h"
#include <stdio.h>
#include <string.h>

const char *rec_kind_text(unsigned kind)
{
	static const char *const texts[REC_KINDS] = {
		[EVENT_BOOK] = "book",
		[EVENT_BBO] = "bbo",
		[EVENT_TRADE] = "trade",
		[EVENT_MARK] = "mark",
		[EVENT_FUNDING] = "funding",
		[EVENT_OPEN_INTEREST] = "open_interest",
		[EVENT_CANDLE] = "candle",
		[EVENT_INSTRUMENT] = "instrument",
		[EVENT_CONNECTION] = "connection",
		[EVENT_FRAME] = "frame",
		[EVENT_CLOCK] = "clock",
	};
	return kind < REC_KINDS ? texts[kind] : NULL;
}

const char *rec_connection_text(enum connection_state state)
{
	switch (state) {
	case CONNECTION_UP:
		return "up";
	case CONNECTION_DOWN:
		return "down";
	case CONNECTION_GAP:
		return "gap";
	case CONNECTION_SYNCED:
		return "synced";
	}
	return "?";
}

void rec_print_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		putchar(byte < 0x20 || byte == 0x7f || byte == ',' ? '?' : byte);
	}
}

void rec_print_json(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte < 0x20)
			printf("\\u%04x", byte);
		else if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

int64_t rec_event_ns(const struct market_event *event)
{
	return event->flags & EVENT_FLAG_VENUE_TIME ? event->exch_ns : event->local_ns;
}

int rec_fail(const struct error *err)
{
	fprintf(stderr, "fundarb rec: %s\n", err->text);
	return EXIT_FAILED;
}

/* ---- the parts ------------------------------------------------------------------------------- */

struct info_arguments {
	bool json;
};

static const struct command_option INFO_TABLE[] = {
	{"json", OPTION_FLAG, offsetof(struct info_arguments, json), NULL,
	 .meaning = "the same as JSON"},
};

/* The last of the two counts. */
static bool take_csv(void *to, const char *value)
{
	(void)value;
	((struct rec_dump_options *)to)->format = REC_CSV;
	return true;
}

static bool take_json(void *to, const char *value)
{
	(void)value;
	((struct rec_dump_options *)to)->format = REC_JSON;
	return true;
}

static const struct command_option DUMP_TABLE[] = {
	{"csv", OPTION_OTHER, 0, NULL, .meaning = "events as lines of CSV", .take = take_csv},
	{"json", OPTION_OTHER, 0, NULL, .meaning = "as lines of JSON", .take = take_json},
	{"from", OPTION_TIME, offsetof(struct rec_dump_options, from_ns), "TIME",
	 .meaning = "from then on, included"},
	{"to", OPTION_TIME, offsetof(struct rec_dump_options, to_ns), "TIME",
	 .meaning = "up to then, included"},
	{"venue", OPTION_TEXT, offsetof(struct rec_dump_options, venue), "VENUE",
	 .meaning = "of one venue"},
	{"symbol", OPTION_TEXT, offsetof(struct rec_dump_options, symbol), "SYMBOL",
	 .meaning = "of one instrument"},
	{"limit", OPTION_COUNT, offsetof(struct rec_dump_options, limit), "N",
	 .meaning = "so many and no more", .low = 0, .high = INT64_MAX},
	{"keyframes", OPTION_FLAG, offsetof(struct rec_dump_options, keyframes), NULL,
	 .meaning = "also the books that the recorder repeats"},
};

#define PATH_NOTE "PATH is a recording's directory or one of its segments (*.far).\n"
#define TIME_NOTE "TIME is UTC, 2024-08-08T23:56:00[.n]Z, in recorder time (both ends included).\n"

static const struct command_options INFO_OPTIONS = {
	.name = "rec info",
	.options = INFO_TABLE,
	.count = sizeof(INFO_TABLE) / sizeof(INFO_TABLE[0]),
	.operand = "PATH",
	.note = PATH_NOTE,
	.meaning = "what is in a recording",
	.after = PATH_NOTE,
};

static const struct command_options SOUND_OPTIONS = {
	.name = "rec check",
	.operand = "PATH",
	.note = PATH_NOTE,
	.meaning = "prove a recording sound",
	.after = PATH_NOTE,
};

static const struct command_options DUMP_OPTIONS = {
	.name = "rec dump",
	.options = DUMP_TABLE,
	.count = sizeof(DUMP_TABLE) / sizeof(DUMP_TABLE[0]),
	.operand = "PATH",
	.note = PATH_NOTE TIME_NOTE,
	.meaning = "print its events",
	.after = PATH_NOTE TIME_NOTE,
};

static const struct command_options *const PARTS[] = {&INFO_OPTIONS, &SOUND_OPTIONS, &DUMP_OPTIONS};

const struct command_options REC_OPTIONS = {
	.name = "rec",
	.parts = PARTS,
	.part_count = sizeof(PARTS) / sizeof(PARTS[0]),
	.note = PATH_NOTE TIME_NOTE,
	.meaning = "look into a recording, prove it sound, print its events",
	.after = PATH_NOTE TIME_NOTE "docs/recording-format.md says what is in one.\n",
};

static int info_command(int argc, char **argv)
{
	struct info_arguments arguments = {0};
	int code, path = command_options_parse(&INFO_OPTIONS, argc, argv, &arguments, &code);
	return path ? rec_info(argv[path], arguments.json) : code;
}

static int sound_command(int argc, char **argv)
{
	int code, path = command_options_parse(&SOUND_OPTIONS, argc, argv, NULL, &code);
	return path ? rec_check(argv[path]) : code;
}

static int dump_command(int argc, char **argv)
{
	struct rec_dump_options options = {
		.from_ns = INT64_MIN,
		.to_ns = INT64_MAX,
		.limit = INT64_MAX,
	};
	int code, path = command_options_parse(&DUMP_OPTIONS, argc, argv, &options, &code);
	return path ? rec_dump(argv[path], &options) : code;
}

int command_rec(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} COMMANDS[] = {{"info", info_command}, {"check", sound_command}, {"dump", dump_command}};
	const char *part = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
		if (strcmp(part, COMMANDS[i].name) == 0)
			return COMMANDS[i].run(argc - 1, argv + 1);
	if (part[0] && part[0] != '-')
		return command_options_refuse(&REC_OPTIONS, "unknown part %s", part);
	int code;
	if (!command_options_parse(&REC_OPTIONS, argc, argv, NULL, &code))
		return code;
	return command_options_refuse(&REC_OPTIONS,
				      "a part (info, check, dump) and a path are needed");
}
