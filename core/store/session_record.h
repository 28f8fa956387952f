/*
 * One session entry <-> one record of an EVENTS block. These records neither use nor change the
 * running values of market events, so that a reader that skips them loses nothing.
 */
#ifndef FUNDARB_CORE_STORE_SESSION_RECORD_H
#define FUNDARB_CORE_STORE_SESSION_RECORD_H

#include "core/store/recorded_entry.h"
#include "core/store/recording_dictionary.h"

enum session_record_type {
	SESSION_RECORD_ANSWER = 32,
	SESSION_RECORD_COMMAND = 33,
	SESSION_RECORD_ACCOUNT = 34,
	SESSION_RECORD_MARK = 35,
};
static inline bool session_record_is(uint8_t type)
{
	return type >= SESSION_RECORD_ANSWER && type <= SESSION_RECORD_MARK;
}

/* --- writing ------------------------------------------------------------------------------- */

/* Local time of an entry that is no market event. */
int64_t session_entry_ns(const struct recording_entry *entry);
/* Enters every stream the entry names; false if there is no more room. */
bool session_record_enter(struct dictionary_writer *dictionary,
			  const struct instrument_table *instruments,
			  const struct recording_entry *entry);
/* Bytes that session_record_encode may need at most. */
size_t session_record_bound(const struct recording_entry *entry);
/* After session_record_enter. Returns the position behind the record. */
uint8_t *session_record_encode(struct dictionary_writer *dictionary,
			       const struct instrument_table *instruments,
			       const struct recording_entry *entry, uint8_t *out);

/* --- reading ------------------------------------------------------------------------------- */

/* What a decoded entry points into; all zero is an empty one. */
struct session_record_room {
	struct record_levels levels;
	struct market_event *events;
	struct account_event *account;
	struct recorded_row *rows;
	size_t events_capacity, account_capacity, rows_capacity;
	char texts[RECORDED_TEXTS][RECORDED_TEXT_MAX + 1];
};
void session_record_room_free(struct session_record_room *room);
/* Of the record at the cursor, whose type says it is one of these: its local time. */
bool session_record_time(const struct cursor *record, int64_t *local_ns);
/*
 * Reads the record at the cursor, which moves behind it. Assets that its figures name are entered
 * into `instruments`. False: malformed (the cursor is then anywhere).
 */
bool session_record_decode(const struct record_coder *coder, struct instrument_table *instruments,
			   struct cursor *cursor, struct session_record_room *room,
			   struct recording_entry *entry);

#endif
