/*
 * rec check: reads everything, keeps the books, and says what is not as a recording should be.
 * Damage, disorder, crossed books and keyframes that differ from the book are wrong; gaps that the
 * recorder noted, restarts and a missing footer are facts of a session and only counted.
 */
#include "core/base/utc.h"
#include "core/store/keyframe.h"
#include "src/commands/commands.h"
#include "src/commands/rec.h"
#include <stdio.h>
#include <stdlib.h>

#define FINDINGS_SHOWN 10 /* of each sort */

struct check {
	const struct instrument_table *table;
	struct market_state *state;
	uint32_t depth_cap;
	bool any_local, any_venue;
	int64_t local_ns, venue_ns;
	uint64_t disorder;
	uint64_t crossed;
	uint64_t keyframes_compared;
	uint64_t keyframes_different;
	uint64_t gaps_recorded;
};

static void found(const struct check *check, uint64_t *count, const struct market_event *event,
		  const char *what)
{
	if (++*count > FINDINGS_SHOWN)
		return;
	char time[UTC_TEXT_MAX];
	char name[INSTRUMENT_NAME_MAX] = "";
	utc_format(rec_event_ns(event), 9, time, sizeof time);
	if (event->instrument != 0)
		instrument_name(check->table, event->instrument, name, sizeof name);
	printf("%s  ", time);
	rec_print_plain(name);
	printf("  %s: %s\n", rec_kind_text(event->kind), what);
}

static void check_order(struct check *check, const struct market_event *event)
{
	bool venue = (event->flags & EVENT_FLAG_VENUE_TIME) != 0;
	bool *any = venue ? &check->any_venue : &check->any_local;
	int64_t *newest = venue ? &check->venue_ns : &check->local_ns;
	int64_t ns = rec_event_ns(event);
	if (*any && ns < *newest)
		found(check, &check->disorder, event, "time runs backwards");
	*any = true;
	*newest = ns;
}

static void check_event(struct check *check, const struct market_event *event)
{
	check_order(check, event);
	if (event->flags & EVENT_FLAG_KEYFRAME) {
		const struct book_state *book = market_state_book(check->state, event->instrument);
		if (book->synced) {
			check->keyframes_compared++;
			if (!keyframe_equals_book(event, book->book, check->depth_cap))
				found(check, &check->keyframes_different, event,
				      "keyframe differs from the book");
		}
	}
	if (event->kind == EVENT_CONNECTION && (event->u.connection.state == CONNECTION_GAP ||
						event->u.connection.state == CONNECTION_DOWN))
		check->gaps_recorded++;
	market_state_apply(check->state, event);
	if (event->kind == EVENT_BOOK) {
		const struct book_state *book = market_state_book(check->state, event->instrument);
		if (book->synced && order_book_crossed(book->book))
			found(check, &check->crossed, event, "the book is crossed");
	}
}

/* Records of a session stand among the events, in the same order of time. */
static void check_entry(struct check *check, const struct recording_entry *entry)
{
	struct rec_entry head = rec_entry_of(entry);
	const struct market_event place = {.local_ns = head.ns,
					   .instrument = head.instrument,
					   .venue = head.venue,
					   .kind = EVENT_FRAME};
	check_order(check, &place);
}

static void print_count(const char *what, uint64_t count, bool wrong)
{
	printf("%-28s %12llu%s\n", what, (unsigned long long)count,
	       wrong && count > 0 ? "  WRONG" : "");
}

static bool report(const struct check *check, const struct recording_statistics *statistics)
{
	print_count("segments", statistics->segments, false);
	print_count("  without footer", statistics->unclosed_segments, false);
	print_count("blocks", statistics->blocks, false);
	print_count("  damaged or lost", statistics->damaged_blocks, true);
	print_count("bytes", statistics->bytes, false);
	print_count("  damaged", statistics->damaged_bytes, true);
	print_count("events", statistics->events, false);
	print_count("  out of order", check->disorder, true);
	print_count("  of unknown type", statistics->unknown_records, false);
	if (statistics->session_marks > 0) {
		print_count("session marks", statistics->session_marks, false);
		print_count("  answers of reads", statistics->answers, false);
		print_count("  answers of commands", statistics->commands, false);
		print_count("  account events", statistics->account_events, false);
	}
	print_count("keyframes", statistics->keyframes, false);
	print_count("  compared with books", check->keyframes_compared, false);
	print_count("  different", check->keyframes_different, true);
	print_count("crossed books", check->crossed, true);
	print_count("gap and down events", check->gaps_recorded, false);
	print_count("gaps by damage or restart", statistics->gaps, false);
	bool sound = statistics->damaged_blocks == 0 && statistics->damaged_bytes == 0 &&
		     check->disorder == 0 && check->keyframes_different == 0 && check->crossed == 0;
	puts(sound ? "sound" : "NOT sound");
	return sound;
}

int rec_check(const char *path)
{
	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	if (table == NULL)
		abort();
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	if (reader == NULL) {
		instrument_table_free(table);
		/* A file that is no recording at all is the worst finding, not a failure. */
		rec_fail(&err);
		return err.category == ERROR_IO ? EXIT_FAILED : EXIT_FOUND_WRONG;
	}
	struct check check = {.table = table, .state = market_state_create(table)};
	if (check.state == NULL)
		abort();
	struct recording_entry entry;
	enum recording_read read;
	while ((read = recording_reader_next_entry(reader, &entry, &err)) == RECORDING_EVENT) {
		check.depth_cap = recording_reader_depth_cap(reader);
		if (entry.kind == RECORDED_EVENT)
			check_event(&check, &entry.u.event);
		else
			check_entry(&check, &entry);
	}
	bool sound = report(&check, recording_reader_statistics(reader));
	int code = sound ? EXIT_OK : EXIT_FOUND_WRONG;
	if (read == RECORDING_FAILED)
		code = rec_fail(&err);
	market_state_free(check.state);
	recording_reader_free(reader);
	instrument_table_free(table);
	return code;
}
