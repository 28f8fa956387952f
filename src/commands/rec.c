/* fundarb rec: what is in a recording, whether it is sound, and its events as text. */
#include "src/commands/rec.h"
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: fundarb rec info PATH [--json]\n"
	"       fundarb rec check PATH\n"
	"       fundarb rec dump PATH [--csv | --json] [--from TIME] [--to TIME] [--venue VENUE]\n"
	"                             [--symbol SYMBOL] [--limit N] [--keyframes]\n"
	"PATH is a recording's directory or one of its segments (*.far).\n"
	"TIME is UTC, 2024-08-08T23:56:00[.n]Z, in recorder time (both ends included).\n";

static int wrong_usage(const char *what, const char *argument)
{
	fprintf(stderr, "fundarb rec: %s%s%s\n%s", what, argument != NULL ? ": " : "",
		argument != NULL ? argument : "", usage);
	return EXIT_USAGE;
}

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

static bool parse_limit(const char *text, uint64_t *limit)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text < '0' || *text > '9')
		return false;
	*limit = value;
	return true;
}

static int dump_command(const char *path, int argc, char **argv)
{
	struct rec_dump_options options = {
		.from_ns = INT64_MIN,
		.to_ns = INT64_MAX,
		.limit = UINT64_MAX,
	};
	for (int i = 0; i < argc; i++) {
		const char *name = argv[i];
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(name, "--csv") == 0) {
			options.format = REC_CSV;
			continue;
		}
		if (strcmp(name, "--json") == 0) {
			options.format = REC_JSON;
			continue;
		}
		if (strcmp(name, "--keyframes") == 0) {
			options.keyframes = true;
			continue;
		}
		bool from = strcmp(name, "--from") == 0;
		bool to = strcmp(name, "--to") == 0;
		bool venue = strcmp(name, "--venue") == 0;
		bool symbol = strcmp(name, "--symbol") == 0;
		bool limit = strcmp(name, "--limit") == 0;
		if (!from && !to && !venue && !symbol && !limit)
			return wrong_usage("unknown option", name);
		if (value == NULL)
			return wrong_usage("a value is missing after", name);
		i++;
		if (venue)
			options.venue = value;
		if (symbol)
			options.symbol = value;
		if ((from && !utc_parse(value, strlen(value), &options.from_ns)) ||
		    (to && !utc_parse(value, strlen(value), &options.to_ns)))
			return wrong_usage("not a UTC time like 2024-08-08T23:56:00Z", value);
		if (limit && !parse_limit(value, &options.limit))
			return wrong_usage("not a count", value);
	}
	return rec_dump(path, &options);
}

int command_rec(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	if (argc < 3)
		return wrong_usage("a part (info, check, dump) and a path are needed", NULL);
	const char *part = argv[1];
	const char *path = argv[2];
	if (strcmp(part, "info") == 0) {
		if (argc > 4 || (argc == 4 && strcmp(argv[3], "--json") != 0))
			return wrong_usage("unknown option", argv[argc - 1]);
		return rec_info(path, argc == 4);
	}
	if (strcmp(part, "check") == 0) {
		if (argc > 3)
			return wrong_usage("unknown option", argv[3]);
		return rec_check(path);
	}
	if (strcmp(part, "dump") == 0)
		return dump_command(path, argc - 3, argv + 3);
	return wrong_usage("unknown part", part);
}
