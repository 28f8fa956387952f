/*
 * One market event <-> one record of an EVENTS or KEYFRAME block. Deltas refer to earlier records
 * of the same block only; writer and reader walk the same coder state.
 */
#ifndef FUNDARB_CORE_STORE_RECORDING_RECORD_H
#define FUNDARB_CORE_STORE_RECORDING_RECORD_H

#include "core/market/market_event.h"
#include "core/store/recording_format.h"

/* What a record's short stream number stands for, and the last values it carried in this block. */
struct record_stream {
	instrument_id instrument; /* 0: the venue as a whole */
	venue_id venue;
	uint16_t connection;
	uint32_t generation; /* of the values below; older than the coder's: they count as 0 */
	int64_t bid;	     /* price units of the first bid / ask of the last BOOK or BBO record */
	int64_t ask;
	int64_t trade_price;
	uint64_t trade_id;
	uint64_t update_id;
};

struct record_coder {
	struct record_stream
		*streams; /* numbered 0.. in the dictionary's order; owned by the user */
	uint32_t stream_count;
	uint32_t generation;
	int64_t local_ns;
	int64_t exch_ns;
};

/* Starts a block whose header says first_ns. */
void record_coder_begin(struct record_coder *coder, int64_t first_ns);

/* Levels decoded for one event; grown as needed, freed with free(at). */
struct record_levels {
	struct book_level *at;
	uint32_t capacity;
};

/* Bytes that record_encode may need at most. */
size_t record_bound(const struct market_event *event);
/* Writes the event as carried by streams[stream]; returns the position behind it. A BOOK event has
 * at most RECORD_LEVELS_MAX levels. */
uint8_t *record_encode(struct record_coder *coder, uint32_t stream,
		       const struct market_event *event, uint8_t *out);

enum record_result { RECORD_EVENT, RECORD_OTHER, RECORD_DAMAGED };
/*
 * Reads the record at the cursor and moves it to the next one. The event's arrays live in `levels`
 * until the next call. RECORD_OTHER: no market event, skipped. RECORD_DAMAGED:
 * the rest of the block is unusable.
 */
enum record_result record_decode(struct record_coder *coder, struct cursor *cursor,
				 struct record_levels *levels, struct market_event *event);

#endif
