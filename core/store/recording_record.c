#include "core/store/recording_record.h"
#include <assert.h>
#include <stdlib.h>

/*
 * record = type (1 byte, enum market_event_kind) | length (varint) | stream (varint) | shape (1
 * byte) | local time | exchange time | ids | body
 */
#define SHAPE_FLAGS	 0x0f /* enum market_event_flags 1..8 */
#define SHAPE_EXCH	 0x30
#define SHAPE_EXCH_NONE	 0x00
#define SHAPE_EXCH_NS	 0x10
#define SHAPE_EXCH_MS	 0x20 /* delta in whole milliseconds, as most venues stamp */
#define SHAPE_IDS	 0xc0
#define SHAPE_IDS_NONE	 0x00
#define SHAPE_IDS_BOTH	 0x40
#define SHAPE_IDS_LAST	 0x80 /* first_id is 0 */
#define NS_PER_WIRE_MS	 1000000
#define RECORD_SMALL_MAX 256 /* bound of every record but BOOK */

void record_coder_begin(struct record_coder *coder, int64_t first_ns)
{
	coder->local_ns = first_ns;
	coder->exch_ns = first_ns;
	if (++coder->generation == 0) {
		for (uint32_t i = 0; i < coder->stream_count; i++)
			coder->streams[i].generation = 0;
		coder->generation = 1;
	}
}

static struct record_stream *current_stream(struct record_coder *coder, uint32_t number)
{
	struct record_stream *stream = &coder->streams[number];
	if (stream->generation != coder->generation) {
		stream->generation = coder->generation;
		stream->bid = 0;
		stream->ask = 0;
		stream->trade_price = 0;
		stream->trade_id = 0;
		stream->update_id = 0;
	}
	return stream;
}

size_t record_bound(const struct market_event *event)
{
	if (event->kind != EVENT_BOOK)
		return RECORD_SMALL_MAX;
	size_t levels = (size_t)event->u.book.bid_count + event->u.book.ask_count;
	return RECORD_SMALL_MAX + levels * (size_t)2 * VARINT_BYTES_MAX;
}

static uint8_t *encode_levels(const struct book_level *levels, uint32_t count, int64_t reference,
			      uint8_t *at)
{
	for (uint32_t i = 0; i < count; i++) {
		at = write_zigzag(at, wrapping_sub(levels[i].price.units, reference));
		at = write_varint(at, (uint64_t)levels[i].quantity.units);
		reference = levels[i].price.units;
	}
	return at;
}

static uint8_t *encode_body(struct record_coder *coder, struct record_stream *stream,
			    const struct market_event *event, uint8_t *at)
{
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		at = write_varint(at, event->u.book.bid_count);
		at = write_varint(at, event->u.book.ask_count);
		at = encode_levels(event->u.book.bids, event->u.book.bid_count, stream->bid, at);
		at = encode_levels(event->u.book.asks, event->u.book.ask_count, stream->ask, at);
		if (event->u.book.bid_count > 0)
			stream->bid = event->u.book.bids[0].price.units;
		if (event->u.book.ask_count > 0)
			stream->ask = event->u.book.asks[0].price.units;
		return at;
	case EVENT_BBO:
		at = encode_levels(&event->u.bbo.bid, 1, stream->bid, at);
		at = encode_levels(&event->u.bbo.ask, 1, stream->ask, at);
		stream->bid = event->u.bbo.bid.price.units;
		stream->ask = event->u.bbo.ask.price.units;
		return at;
	case EVENT_TRADE:
		at = write_zigzag(at,
				  wrapping_sub(event->u.trade.price.units, stream->trade_price));
		at = write_varint(at, (uint64_t)event->u.trade.quantity.units);
		at = write_varint(at, event->u.trade.taker_side);
		at = write_zigzag(at, (int64_t)(event->u.trade.id - stream->trade_id));
		stream->trade_price = event->u.trade.price.units;
		stream->trade_id = event->u.trade.id;
		return at;
	case EVENT_MARK:
		at = write_varint(at, event->u.mark.fields);
		if (event->u.mark.fields & MARK_HAS_MARK)
			at = write_i128(at, event->u.mark.mark.e18);
		if (event->u.mark.fields & MARK_HAS_INDEX)
			at = write_i128(at, event->u.mark.index.e18);
		if (event->u.mark.fields & MARK_HAS_ORACLE)
			at = write_i128(at, event->u.mark.oracle.e18);
		return at;
	case EVENT_FUNDING:
		at = write_varint(at, event->u.funding.kind);
		at = write_zigzag(at, event->u.funding.rate.e18);
		at = write_zigzag(at, wrapping_sub(event->u.funding.boundary_ns, coder->exch_ns));
		return write_zigzag(at, event->u.funding.interval_ns);
	case EVENT_OPEN_INTEREST:
		return write_zigzag(at, event->u.open_interest.quantity.units);
	case EVENT_CANDLE: {
		int64_t open = event->u.candle.open.units;
		at = write_zigzag(at, wrapping_sub(event->u.candle.start_ns, coder->exch_ns));
		at = write_zigzag(at,
				  wrapping_sub(event->u.candle.end_ns, event->u.candle.start_ns));
		at = write_zigzag(
			at, wrapping_sub(event->u.candle.available_ns, event->u.candle.end_ns));
		at = write_zigzag(at, open);
		at = write_zigzag(at, wrapping_sub(event->u.candle.high.units, open));
		at = write_zigzag(at, wrapping_sub(event->u.candle.low.units, open));
		at = write_zigzag(at, wrapping_sub(event->u.candle.close.units, open));
		return write_i128(at, event->u.candle.volume.e18);
	}
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
		return at;
	case EVENT_CONNECTION:
		return write_varint(at, event->u.connection.state);
	case EVENT_CLOCK:
		at = write_zigzag(at, event->u.clock.offset_ns);
		return write_zigzag(at, event->u.clock.uncertainty_ns);
	}
	abort(); /* an event of no kind is a bug of whoever made it */
}

uint8_t *record_encode(struct record_coder *coder, uint32_t number,
		       const struct market_event *event, uint8_t *out)
{
	assert(number < coder->stream_count);
	struct record_stream *stream = current_stream(coder, number);
	uint8_t *start = out + 2; /* type and a length of one byte; moved if it needs more */
	uint8_t *at = write_varint(start, number);
	uint8_t *shape = at++;
	assert((event->flags & ~SHAPE_FLAGS) == 0);
	*shape = event->flags;

	/* Imported histories have no local time: it stays out of the chain of deltas. */
	if (event->flags & EVENT_FLAG_VENUE_TIME) {
		at = write_zigzag(at, event->local_ns);
	} else {
		at = write_zigzag(at, wrapping_sub(event->local_ns, coder->local_ns));
		coder->local_ns = event->local_ns;
	}
	if (event->exch_ns != 0) {
		int64_t delta = wrapping_sub(event->exch_ns, coder->exch_ns);
		if (delta % NS_PER_WIRE_MS == 0) {
			*shape |= SHAPE_EXCH_MS;
			at = write_zigzag(at, delta / NS_PER_WIRE_MS);
		} else {
			*shape |= SHAPE_EXCH_NS;
			at = write_zigzag(at, delta);
		}
		coder->exch_ns = event->exch_ns;
	}
	if (event->first_id != 0) {
		*shape |= SHAPE_IDS_BOTH;
		at = write_zigzag(at, (int64_t)(event->first_id - stream->update_id));
		at = write_zigzag(at, (int64_t)(event->last_id - event->first_id));
		stream->update_id = event->last_id;
	} else if (event->last_id != 0) {
		*shape |= SHAPE_IDS_LAST;
		at = write_zigzag(at, (int64_t)(event->last_id - stream->update_id));
		stream->update_id = event->last_id;
	}
	at = encode_body(coder, stream, event, at);

	size_t length = (size_t)(at - start);
	uint8_t prefix[1 + VARINT_BYTES_MAX];
	prefix[0] = event->kind;
	size_t prefix_length = (size_t)(write_varint(prefix + 1, length) - prefix);
	if (prefix_length > 2)
		memmove(out + prefix_length, start, length);
	memcpy(out, prefix, prefix_length);
	return out + prefix_length + length;
}

/* --- reading ------------------------------------------------------------------------------- */

/*
 * The hot loop of every backtest. Price and quantity of a level nearly always fit one 8-byte word,
 * so one load finds both stop bits; the longer ones take the general path.
 */
static bool decode_levels(struct cursor *cursor, struct book_level *levels, uint32_t count,
			  int64_t reference)
{
	const uint8_t *at = cursor->at;
	const uint8_t *end = cursor->end;
	for (uint32_t i = 0; i < count; i++) {
		if (__builtin_expect(at >= end, 0))
			return false;
		uint64_t word = load_word(at);
		uint64_t stops = ~word & VARINT_STOP_BITS;
		uint64_t second = stops & (stops - 1);
		uint64_t delta;
		uint64_t quantity;
		if (__builtin_expect(second != 0, 1)) {
			unsigned price_bits = (unsigned)__builtin_ctzll(stops) + 1;
			delta = varint_close_up(word & (stops ^ (stops - 1)));
			quantity = varint_close_up((word & (second ^ (second - 1))) >> price_bits);
			at += (__builtin_ctzll(second) + 1) >> 3;
		} else {
			cursor->at = at;
			delta = read_varint(cursor);
			quantity = read_varint(cursor);
			if (cursor->bad)
				return false;
			at = cursor->at;
		}
		reference = wrapping_add(reference, unzigzag(delta));
		levels[i].price.units = reference;
		levels[i].quantity.units = (int64_t)quantity;
	}
	cursor->at = at;
	return at <= end;
}

static bool levels_reserve(struct record_levels *levels, uint32_t count)
{
	if (levels->at != NULL && count <= levels->capacity)
		return true;
	uint32_t capacity = levels->capacity < 1024 ? 1024 : levels->capacity;
	while (capacity < count)
		capacity *= 2;
	struct book_level *grown = realloc(levels->at, capacity * sizeof *grown);
	if (grown == NULL)
		return false;
	levels->at = grown;
	levels->capacity = capacity;
	return true;
}

static bool decode_book(struct record_stream *stream, struct cursor *cursor,
			struct record_levels *levels, struct market_event *event)
{
	uint32_t bids = read_below(cursor, RECORD_LEVELS_MAX + 1);
	uint32_t asks = read_below(cursor, RECORD_LEVELS_MAX + 1);
	if (!cursor_sound(cursor) || bids + asks > RECORD_LEVELS_MAX ||
	    bids + asks > (size_t)(cursor->end - cursor->at) / 2 ||
	    !levels_reserve(levels, bids + asks))
		return false;
	if (!decode_levels(cursor, levels->at, bids, stream->bid) ||
	    !decode_levels(cursor, levels->at + bids, asks, stream->ask))
		return false;
	event->u.book.bids = levels->at;
	event->u.book.bid_count = bids;
	event->u.book.asks = levels->at + bids;
	event->u.book.ask_count = asks;
	if (bids > 0)
		stream->bid = levels->at[0].price.units;
	if (asks > 0)
		stream->ask = levels->at[bids].price.units;
	return true;
}

static void decode_candle(const struct record_coder *coder, struct cursor *cursor,
			  struct market_event *event)
{
	event->u.candle.start_ns = wrapping_add(read_zigzag(cursor), coder->exch_ns);
	event->u.candle.end_ns = wrapping_add(read_zigzag(cursor), event->u.candle.start_ns);
	event->u.candle.available_ns = wrapping_add(read_zigzag(cursor), event->u.candle.end_ns);
	int64_t open = read_zigzag(cursor);
	event->u.candle.open.units = open;
	event->u.candle.high.units = wrapping_add(read_zigzag(cursor), open);
	event->u.candle.low.units = wrapping_add(read_zigzag(cursor), open);
	event->u.candle.close.units = wrapping_add(read_zigzag(cursor), open);
	event->u.candle.volume.e18 = read_i128(cursor);
}

static bool decode_body(struct record_coder *coder, struct record_stream *stream,
			struct cursor *cursor, struct record_levels *levels,
			struct market_event *event)
{
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		return decode_book(stream, cursor, levels, event);
	case EVENT_BBO:
		if (!decode_levels(cursor, &event->u.bbo.bid, 1, stream->bid) ||
		    !decode_levels(cursor, &event->u.bbo.ask, 1, stream->ask))
			return false;
		stream->bid = event->u.bbo.bid.price.units;
		stream->ask = event->u.bbo.ask.price.units;
		return true;
	case EVENT_TRADE:
		stream->trade_price = wrapping_add(read_zigzag(cursor), stream->trade_price);
		event->u.trade.price.units = stream->trade_price;
		event->u.trade.quantity.units = (int64_t)read_varint(cursor);
		event->u.trade.taker_side = (enum side)read_below(cursor, SIDE_SELL + 1);
		stream->trade_id += (uint64_t)read_zigzag(cursor);
		event->u.trade.id = stream->trade_id;
		return true;
	case EVENT_MARK:
		event->u.mark.fields =
			read_below(cursor, (MARK_HAS_MARK | MARK_HAS_INDEX | MARK_HAS_ORACLE) + 1);
		if (event->u.mark.fields & MARK_HAS_MARK)
			event->u.mark.mark.e18 = read_i128(cursor);
		if (event->u.mark.fields & MARK_HAS_INDEX)
			event->u.mark.index.e18 = read_i128(cursor);
		if (event->u.mark.fields & MARK_HAS_ORACLE)
			event->u.mark.oracle.e18 = read_i128(cursor);
		return true;
	case EVENT_FUNDING:
		event->u.funding.kind = (enum funding_kind)read_below(cursor, FUNDING_SETTLED + 1);
		event->u.funding.rate.e18 = read_zigzag(cursor);
		event->u.funding.boundary_ns = wrapping_add(read_zigzag(cursor), coder->exch_ns);
		event->u.funding.interval_ns = read_zigzag(cursor);
		return true;
	case EVENT_OPEN_INTEREST:
		event->u.open_interest.quantity.units = read_zigzag(cursor);
		return true;
	case EVENT_CANDLE:
		decode_candle(coder, cursor, event);
		return true;
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
		return true;
	case EVENT_CONNECTION:
		event->u.connection.state =
			(enum connection_state)read_below(cursor, CONNECTION_SYNCED + 1);
		return true;
	case EVENT_CLOCK:
		event->u.clock.offset_ns = read_zigzag(cursor);
		event->u.clock.uncertainty_ns = read_zigzag(cursor);
		return true;
	}
	return false;
}

/* Kinds that say nothing without an instrument: consumers index by it. */
static bool needs_instrument(uint8_t kind)
{
	return kind <= EVENT_INSTRUMENT;
}

enum record_result record_decode(struct record_coder *coder, struct cursor *block,
				 struct record_levels *levels, struct market_event *event)
{
	if (block->at >= block->end)
		return RECORD_DAMAGED;
	uint8_t kind = *block->at++;
	uint64_t length = read_varint(block);
	if (!cursor_sound(block) || length > (uint64_t)(block->end - block->at))
		return RECORD_DAMAGED;
	struct cursor record = {.at = block->at, .end = block->at + length};
	block->at = record.end;
	if (kind < EVENT_BOOK || kind > EVENT_CLOCK)
		return RECORD_OTHER;

	uint64_t number = read_varint(&record);
	if (!cursor_sound(&record) || record.at == record.end || number >= coder->stream_count)
		return RECORD_DAMAGED;
	struct record_stream *stream = current_stream(coder, (uint32_t)number);
	if (stream->instrument == 0 && needs_instrument(kind))
		return RECORD_DAMAGED;
	uint8_t shape = *record.at++;
	/* Every field of the kind is set below; clearing the whole union would cost an eighth of
	 * all decoding. */
	event->exch_ns = 0;
	event->first_id = 0;
	event->last_id = 0;
	event->kind = kind;
	event->flags = shape & SHAPE_FLAGS;
	event->instrument = stream->instrument;
	event->venue = stream->venue;
	event->connection = stream->connection;
	event->local_ns = read_zigzag(&record);
	if (!(shape & EVENT_FLAG_VENUE_TIME)) {
		event->local_ns = wrapping_add(event->local_ns, coder->local_ns);
		coder->local_ns = event->local_ns;
	}
	if ((shape & SHAPE_EXCH) != SHAPE_EXCH_NONE) {
		uint64_t delta = (uint64_t)read_zigzag(&record);
		if ((shape & SHAPE_EXCH) == SHAPE_EXCH_MS)
			delta *= NS_PER_WIRE_MS;
		event->exch_ns = (int64_t)(delta + (uint64_t)coder->exch_ns);
		coder->exch_ns = event->exch_ns;
	}
	if ((shape & SHAPE_IDS) == SHAPE_IDS_BOTH) {
		event->first_id = stream->update_id + (uint64_t)read_zigzag(&record);
		event->last_id = event->first_id + (uint64_t)read_zigzag(&record);
		stream->update_id = event->last_id;
	} else if ((shape & SHAPE_IDS) == SHAPE_IDS_LAST) {
		event->last_id = stream->update_id + (uint64_t)read_zigzag(&record);
		stream->update_id = event->last_id;
	}
	if ((shape & SHAPE_IDS) == SHAPE_IDS || (shape & SHAPE_EXCH) == SHAPE_EXCH ||
	    !decode_body(coder, stream, &record, levels, event) || !cursor_sound(&record))
		return RECORD_DAMAGED;
	return RECORD_EVENT;
}
