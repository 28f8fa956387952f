/* The parts of `fundarb rec`; each prints its answer and returns the exit code. */
#ifndef FUNDARB_SRC_COMMANDS_REC_H
#define FUNDARB_SRC_COMMANDS_REC_H

#include "core/store/recording.h"

enum rec_format { REC_TEXT, REC_CSV, REC_JSON };

struct rec_dump_options {
	enum rec_format format;
	int64_t from_ns, to_ns;
	const char *venue;  /* NULL: all */
	const char *symbol; /* NULL: all */
	int64_t limit;
	bool keyframes; /* show the books that the recorder repeats, too */
};

int rec_info(const char *path, bool json);
int rec_check(const char *path);
int rec_dump(const char *path, const struct rec_dump_options *options);

#define REC_KINDS (EVENT_CLOCK + 1)
/* "book", "bbo", ...; NULL for a number that is no kind. */
const char *rec_kind_text(unsigned kind);
/* "up", "down", "gap", "synced". */
const char *rec_connection_text(enum connection_state state);
/* Prints text of a foreign file: control characters never reach the terminal. */
void rec_print_plain(const char *text);
/* Prints it as a JSON string, quotes included. */
void rec_print_json(const char *text);
/* An event's time: local, or venue time where no local time exists. */
int64_t rec_event_ns(const struct market_event *event);
/* Whose record it is, and when it was made. */
struct rec_entry {
	const char *kind; /* as rec_kind_text, or "answer", "command", "account", "session" */
	int64_t ns;
	venue_id venue;
	instrument_id instrument;
};
struct rec_entry rec_entry_of(const struct recording_entry *entry);
/* One record of a session, which is no market event, as a line. */
void rec_dump_entry(enum rec_format format, const struct instrument_table *table,
		    const struct recording_entry *entry);
/* Prints err with the command's name; returns the exit code for it. */
int rec_fail(const struct error *err);

#endif
