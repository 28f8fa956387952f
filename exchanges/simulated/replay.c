#include "exchanges/simulated/replay.h"

#include "exchanges/simulated/venue_time_rows.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NO_SOURCE SIZE_MAX

struct replay_source_state {
	struct recording_reader *reader;
	char *path;		     /* owned */
	struct recording_entry head; /* a market event, except in a session */
	uint64_t revisions;	     /* read before head */
	int64_t at_ns;		     /* of head; INT64_MAX: no more events with a local time */
};

struct replay {
	struct replay_source_state *sources;
	size_t count;
	struct venue_time_rows rows;
	const struct market_state *clocks;
	int64_t to_ns;
	replay_deliver deliver;
	void *user;
	replay_deliver_entry deliver_entry; /* NULL: market events alone */
	void *entry_user;
	int64_t last_ns; /* of the last delivery */
	bool any_local;	 /* some recording holds an event with a local time */
	int64_t first_local_ns;
	/* What comes next. */
	int64_t next_ns;
	size_t next_source; /* NO_SOURCE: the first of `rows` */
	bool failed;
	struct error failure;
};

static enum recording_read read_head(struct replay *replay, struct replay_source_state *source)
{
	if (replay->deliver_entry != NULL)
		return recording_reader_next_entry(source->reader, &source->head, &replay->failure);
	return recording_reader_next(source->reader, &source->head.u.event, &replay->failure);
}

static int64_t local_time_of(const struct recording_entry *entry)
{
	switch (entry->kind) {
	case RECORDED_EVENT:
		return entry->u.event.local_ns;
	case RECORDED_ANSWER:
		return entry->u.answer.received_ns;
	case RECORDED_COMMAND:
		return entry->u.command.received_ns;
	case RECORDED_ACCOUNT:
		return entry->u.account.local_ns;
	case RECORDED_SESSION:
		return entry->u.session.local_ns;
	}
	return INT64_MAX;
}

/* Reads on to the next record with a local time; what has none waits among the rows. */
static void advance(struct replay *replay, size_t number)
{
	struct replay_source_state *source = &replay->sources[number];
	int64_t before_ns = source->at_ns;
	for (;;) {
		enum recording_read read = read_head(replay, source);
		if (read != RECORDING_EVENT) {
			replay->failed = replay->failed || read == RECORDING_FAILED;
			source->at_ns = INT64_MAX;
			return;
		}
		if (source->head.kind != RECORDED_EVENT ||
		    !(source->head.u.event.flags & EVENT_FLAG_VENUE_TIME))
			break;
		if (!venue_time_rows_add(&replay->rows, &source->head.u.event, number,
					 recording_reader_revisions(source->reader),
					 &replay->failure)) {
			replay->failed = true;
			source->at_ns = INT64_MAX;
			return;
		}
	}
	source->revisions = recording_reader_revisions(source->reader);
	/* Time never runs backwards within a recording, whatever its stamps say. */
	int64_t local_ns = local_time_of(&source->head);
	source->at_ns = local_ns > before_ns ? local_ns : before_ns;
}

static void choose(struct replay *replay)
{
	int64_t next_ns = INT64_MAX;
	size_t next_source = NO_SOURCE;
	for (size_t i = 0; i < replay->count; i++) {
		if (replay->sources[i].at_ns < next_ns) {
			next_ns = replay->sources[i].at_ns;
			next_source = i;
		}
	}
	if (replay->rows.count > 0) {
		int64_t due_ns = venue_time_rows_due(&replay->rows, replay->clocks);
		if (due_ns < replay->last_ns)
			due_ns = replay->last_ns;
		/* The last event with a local time is the end; what was due by then still comes. */
		bool beyond =
			next_source == NO_SOURCE && replay->any_local && due_ns > replay->last_ns;
		/* At the same time a record of the venue's past goes before what happens now. */
		if (due_ns <= next_ns && !beyond) {
			next_ns = due_ns;
			next_source = NO_SOURCE;
		}
	}
	replay->next_source = next_source;
	replay->next_ns = replay->failed || next_ns > replay->to_ns ? INT64_MAX : next_ns;
}

/* What the recording says of the instrument's terms is known when its next event is. */
static void release(struct replay *replay, size_t number, instrument_id instrument,
		    uint64_t revisions)
{
	if (!recording_reader_release(replay->sources[number].reader, instrument, revisions,
				      &replay->failure))
		replay->failed = true;
}

static void deliver_head(struct replay *replay, size_t number)
{
	struct replay_source_state *source = &replay->sources[number];
	if (source->head.kind == RECORDED_EVENT) {
		struct market_event *event = &source->head.u.event;
		event->local_ns = replay->next_ns;
		release(replay, number, event->instrument, source->revisions);
		replay->deliver(replay->user, event);
	} else {
		replay->deliver_entry(replay->entry_user, &source->head);
	}
	advance(replay, number);
}

static void dispatch(void *user)
{
	struct replay *replay = user;
	assert(replay->next_ns != INT64_MAX);
	replay->last_ns = replay->next_ns;
	if (replay->next_source == NO_SOURCE) {
		struct venue_time_row row = venue_time_rows_take(&replay->rows);
		row.event.local_ns = replay->next_ns;
		release(replay, row.recording, row.event.instrument, row.revisions);
		replay->deliver(replay->user, &row.event);
	} else {
		const struct replay_source_state *source = &replay->sources[replay->next_source];
		bool event;
		do {
			event = source->head.kind == RECORDED_EVENT;
			deliver_head(replay, replay->next_source);
		} while (replay->deliver_entry != NULL && event && !replay->failed &&
			 source->head.kind == RECORDED_EVENT && source->at_ns == replay->next_ns &&
			 replay->rows.count == 0);
	}
	choose(replay);
}

static int64_t next_ns(void *user)
{
	return ((const struct replay *)user)->next_ns;
}

static struct replay *open_all(const char *const *paths, size_t count,
			       struct instrument_table *instruments, replay_deliver_entry deliver,
			       void *user, struct error *err)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	if (replay != NULL)
		replay->sources = calloc(count + 1, sizeof(*replay->sources));
	if (replay == NULL || replay->sources == NULL) {
		free(replay);
		error_set(err, ERROR_LIMIT, "replay: out of memory");
		return NULL;
	}
	replay->deliver_entry = deliver;
	replay->entry_user = user;
	replay->next_ns = INT64_MAX;
	replay->first_local_ns = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		struct replay_source_state *source = &replay->sources[replay->count];
		source->reader = recording_reader_open(paths[i], instruments, err);
		if (source->reader == NULL) {
			replay_free(replay);
			return NULL;
		}
		/* What stands in the first dictionary is where the recording begins. */
		recording_reader_hold_revisions(source->reader);
		replay->count++;
		source->path = strdup(paths[i]);
		source->at_ns = INT64_MIN;
		advance(replay, i);
		if (source->path == NULL || replay->failed) {
			error_set(err, replay->failed ? replay->failure.category : ERROR_LIMIT,
				  "%s: %s", paths[i],
				  replay->failed ? replay->failure.text : "out of memory");
			replay_free(replay);
			return NULL;
		}
		if (source->at_ns < replay->first_local_ns)
			replay->first_local_ns = source->at_ns;
	}
	replay->any_local = replay->first_local_ns != INT64_MAX;
	return replay;
}

struct replay *replay_open(const char *const *paths, size_t count,
			   struct instrument_table *instruments, struct error *err)
{
	return open_all(paths, count, instruments, NULL, NULL, err);
}

struct replay *replay_open_session(const char *path, struct instrument_table *instruments,
				   replay_deliver_entry deliver, void *user, struct error *err)
{
	assert(deliver != NULL);
	return open_all(&path, 1, instruments, deliver, user, err);
}

void replay_free(struct replay *replay)
{
	if (replay == NULL)
		return;
	for (size_t i = 0; i < replay->count; i++) {
		recording_reader_free(replay->sources[i].reader);
		free(replay->sources[i].path);
	}
	free(replay->sources);
	venue_time_rows_clear(&replay->rows);
	free(replay);
}

void replay_start(struct replay *replay, const struct market_state *clocks, int64_t from_ns,
		  int64_t to_ns, replay_deliver deliver, void *user)
{
	assert(deliver != NULL && replay->deliver == NULL);
	replay->clocks = clocks;
	replay->to_ns = to_ns;
	replay->deliver = deliver;
	replay->user = user;
	replay->last_ns = INT64_MIN;
	if (replay->any_local && from_ns < replay->first_local_ns)
		from_ns = replay->first_local_ns;
	choose(replay);
	while (replay->next_ns < from_ns)
		dispatch(replay);
}

struct stream_source replay_source(struct replay *replay)
{
	return (struct stream_source){next_ns, dispatch, replay};
}

/* Reads from `reader` to its end; false if it holds no event with a local time. */
static bool read_last(struct recording_reader *reader, int64_t *last_ns)
{
	struct market_event event;
	bool any = false;
	while (recording_reader_next(reader, &event, NULL) == RECORDING_EVENT) {
		if (event.flags & EVENT_FLAG_VENUE_TIME)
			continue;
		if (!any || event.local_ns > *last_ns)
			*last_ns = event.local_ns;
		any = true;
	}
	/* A session may end behind its last event. */
	int64_t end_ns = recording_reader_statistics(reader)->last_ns;
	if (any && end_ns > *last_ns)
		*last_ns = end_ns;
	return any;
}

/* The end of a recording, by its index where it has one, else by reading all of it. */
static bool find_last(const char *path, bool by_index, int64_t *last_ns)
{
	struct instrument_table *scratch = instrument_table_create();
	struct recording_reader *reader =
		scratch ? recording_reader_open(path, scratch, NULL) : NULL;
	bool found = reader != NULL &&
		     (!by_index || recording_reader_seek(reader, INT64_MAX, NULL)) &&
		     read_last(reader, last_ns);
	recording_reader_free(reader);
	instrument_table_free(scratch);
	return found;
}

bool replay_range(struct replay *replay, int64_t *first_ns, int64_t *last_ns)
{
	if (!replay->any_local)
		return false;
	*first_ns = replay->first_local_ns;
	*last_ns = replay->first_local_ns;
	for (size_t i = 0; i < replay->count; i++) {
		const struct replay_source_state *source = &replay->sources[i];
		int64_t end_ns;
		if (source->at_ns == INT64_MAX)
			continue;
		if ((find_last(source->path, true, &end_ns) ||
		     find_last(source->path, false, &end_ns)) &&
		    end_ns > *last_ns)
			*last_ns = end_ns;
	}
	return true;
}

bool replay_finished_well(const struct replay *replay, struct error *err)
{
	if (!replay->failed)
		return true;
	return error_set(err, replay->failure.category, "%s", replay->failure.text);
}

static void add(struct recording_statistics *sum, const struct recording_statistics *one)
{
	bool first = sum->blocks == 0;
	sum->events += one->events;
	sum->levels += one->levels;
	sum->keyframes += one->keyframes;
	sum->segments += one->segments;
	sum->unclosed_segments += one->unclosed_segments;
	sum->blocks += one->blocks;
	sum->bytes += one->bytes;
	sum->damaged_blocks += one->damaged_blocks;
	sum->damaged_bytes += one->damaged_bytes;
	sum->gaps += one->gaps;
	sum->unknown_records += one->unknown_records;
	sum->answers += one->answers;
	sum->commands += one->commands;
	sum->account_events += one->account_events;
	sum->session_marks += one->session_marks;
	if (one->blocks == 0)
		return;
	if (first || one->first_ns < sum->first_ns)
		sum->first_ns = one->first_ns;
	if (first || one->last_ns > sum->last_ns)
		sum->last_ns = one->last_ns;
}

struct recording_statistics replay_statistics(const struct replay *replay)
{
	struct recording_statistics sum = {0};
	for (size_t i = 0; i < replay->count; i++)
		add(&sum, recording_reader_statistics(replay->sources[i].reader));
	return sum;
}
