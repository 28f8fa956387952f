/*
 * The result of a read as a recording keeps it, and back. Numbers of kinds and outcomes in a
 * recording are those of the enums here: new ones are added at the end.
 */
#ifndef FUNDARB_EXCHANGES_RECORDED_READ_H
#define FUNDARB_EXCHANGES_RECORDED_READ_H

#include "core/store/recorded_entry.h"
#include "exchanges/exchange_client.h"

/* What a converted answer or result points into; all zero is an empty one. */
struct recorded_read {
	struct market_event event;
	void *values; /* owned; grows, never shrinks */
	size_t capacity;
	char texts[2][RECORDED_TEXT_MAX + 1];
};
void recorded_read_clear(struct recorded_read *room);

/* Points into `result` and `room`. Fills kind, outcome, instrument and payload. */
void recorded_read_pack(const struct read_result *result, venue_id venue,
			struct recorded_read *room, struct recorded_answer *answer);
/*
 * Copies everything: `result` points into `room` alone. False: the payload is not one of this kind
 * (of a foreign file); the result is then UNKNOWN.
 */
bool recorded_read_unpack(const struct recorded_answer *answer, struct recorded_read *room,
			  struct read_result *result);

#endif
