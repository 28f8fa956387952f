#include "tests/support/session_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct session_figures session_figures(const char *path)
{
	struct session_figures figures = {0};
	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	struct recording_entry entry;
	if (!reader)
		fail_msg("%s", err.text);
	while (recording_reader_next_entry(reader, &entry, &err) == RECORDING_EVENT) {
		switch (entry.kind) {
		case RECORDED_EVENT:
			figures.kinds[entry.u.event.kind] +=
				!(entry.u.event.flags & EVENT_FLAG_KEYFRAME);
			figures.downs += entry.u.event.kind == EVENT_CONNECTION &&
					 entry.u.event.u.connection.state == CONNECTION_DOWN;
			break;
		case RECORDED_ANSWER:
			figures.answers[entry.u.answer.kind % 32]++;
			figures.values += entry.u.answer.outcome == 0;
			break;
		case RECORDED_COMMAND:
			figures.commands++;
			break;
		case RECORDED_ACCOUNT:
			figures.account[entry.u.account.kind]++;
			break;
		case RECORDED_SESSION:
			figures.marks[entry.u.session.phase]++;
			break;
		}
	}
	const struct recording_statistics *statistics = recording_reader_statistics(reader);
	assert_int_equal(statistics->damaged_bytes, 0);
	assert_int_equal(statistics->unknown_records, 0);
	recording_reader_free(reader);
	instrument_table_free(table);
	return figures;
}

static bool copy_event(struct recording_writer *writer, struct market_state *state,
		       const struct market_event *event, struct error *err)
{
	market_state_apply(state, event);
	return (event->flags & EVENT_FLAG_KEYFRAME) || recording_writer_event(writer, event, err);
}

static bool copy_entry(struct recording_writer *writer, struct market_state *state,
		       struct recording_entry *entry,
		       void (*change)(void *user, struct recorded_answer *answer), void *user,
		       struct error *err)
{
	switch (entry->kind) {
	case RECORDED_EVENT:
		return copy_event(writer, state, &entry->u.event, err);
	case RECORDED_ANSWER:
		if (change)
			change(user, &entry->u.answer);
		return recording_writer_answer(writer, &entry->u.answer, err);
	case RECORDED_COMMAND:
		return recording_writer_command(writer, &entry->u.command, err);
	case RECORDED_ACCOUNT:
		return recording_writer_account(writer, &entry->u.account, err);
	case RECORDED_SESSION:
		return recording_writer_session(writer, &entry->u.session, err);
	}
	return false;
}

void session_copy(const char *from, const char *to,
		  void (*change)(void *user, struct recorded_answer *answer), void *user)
{
	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	struct recording_reader *reader = recording_reader_open(from, table, &err);
	struct market_state *state = market_state_create(table);
	struct recording_options options = recording_defaults();
	struct recording_writer *writer =
		reader ? recording_writer_create(to, INT64_C(1700000000000000000), 1, table, state,
						 &options, &err)
		       : NULL;
	struct recording_entry entry;
	bool good = writer != NULL;
	while (good && recording_reader_next_entry(reader, &entry, &err) == RECORDING_EVENT)
		good = copy_entry(writer, state, &entry, change, user, &err);
	good = writer && recording_writer_close(writer, &err) && good;
	if (!good)
		fail_msg("%s", err.text);
	recording_reader_free(reader);
	market_state_free(state);
	instrument_table_free(table);
}
