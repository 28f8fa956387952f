#include "exchanges/binance/binance_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct kept_diff {
	int64_t exch_ns;
	uint64_t first_id, last_id, previous_id;
	uint32_t level_offset; /* bids first, then asks */
	uint32_t bid_count, ask_count;
};

struct held_snapshot {
	int64_t exch_ns;
	uint64_t last_id;
	uint32_t bid_count, ask_count;
	struct book_level *levels; /* bids, then asks; NULL while none is held */
};

struct binance_stream {
	enum binance_market market;
	venue_id venue;
	instrument_id instrument;
	uint16_t connection;
	binance_emit emit;
	void *user;

	bool synced;
	bool followed;	  /* once synced, every hole in the chain is told, also while not synced */
	uint64_t last_id; /* u of the last diff */
	struct held_snapshot snapshot;
	struct binance_stream_counts counts;

	struct kept_diff *kept; /* while not synced; oldest first */
	uint32_t kept_count;
	struct book_level *kept_levels;
	uint32_t kept_level_count;
};

struct binance_stream *binance_stream_create(enum binance_market market, venue_id venue,
					     instrument_id instrument, uint16_t connection,
					     binance_emit emit, void *user)
{
	struct binance_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->market = market;
	stream->venue = venue;
	stream->instrument = instrument;
	stream->connection = connection;
	stream->emit = emit;
	stream->user = user;
	stream->kept = malloc(BINANCE_KEPT_DIFFS_MAX * sizeof(*stream->kept));
	stream->kept_levels = malloc(BINANCE_KEPT_LEVELS_MAX * sizeof(*stream->kept_levels));
	if (stream->kept == NULL || stream->kept_levels == NULL) {
		binance_stream_free(stream);
		return NULL;
	}
	return stream;
}

void binance_stream_free(struct binance_stream *stream)
{
	if (stream == NULL)
		return;
	free(stream->kept);
	free(stream->kept_levels);
	free(stream->snapshot.levels);
	free(stream);
}

static struct market_event event_of(const struct binance_stream *stream, int64_t local_ns,
				    int64_t exch_ns, enum market_event_kind kind)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = local_ns;
	event.exch_ns = exch_ns;
	event.instrument = stream->instrument;
	event.venue = stream->venue;
	event.connection = stream->connection;
	event.kind = (uint8_t)kind;
	return event;
}

static void emit_connection(struct binance_stream *stream, int64_t local_ns,
			    enum connection_state state)
{
	struct market_event event = event_of(stream, local_ns, 0, EVENT_CONNECTION);
	event.u.connection.state = state;
	stream->emit(stream->user, &event);
}

static void emit_diff(struct binance_stream *stream, int64_t local_ns, const struct kept_diff *diff,
		      const struct book_level *bids, const struct book_level *asks)
{
	struct market_event event = event_of(stream, local_ns, diff->exch_ns, EVENT_BOOK);
	event.first_id = diff->first_id;
	event.last_id = diff->last_id;
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = diff->bid_count;
	event.u.book.ask_count = diff->ask_count;
	stream->emit(stream->user, &event);
}

static void emit_snapshot(struct binance_stream *stream, int64_t local_ns)
{
	const struct held_snapshot *snapshot = &stream->snapshot;
	struct market_event event = event_of(stream, local_ns, snapshot->exch_ns, EVENT_BOOK);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.last_id = snapshot->last_id;
	event.u.book.bids = snapshot->levels;
	event.u.book.asks = snapshot->levels + snapshot->bid_count;
	event.u.book.bid_count = snapshot->bid_count;
	event.u.book.ask_count = snapshot->ask_count;
	stream->emit(stream->user, &event);
}

static void drop_snapshot(struct binance_stream *stream)
{
	free(stream->snapshot.levels);
	stream->snapshot.levels = NULL;
}

static void forget_oldest(struct binance_stream *stream, uint32_t diffs)
{
	uint32_t levels = stream->kept_level_count;
	if (diffs < stream->kept_count)
		levels = stream->kept[diffs].level_offset;
	stream->kept_count -= diffs;
	stream->kept_level_count -= levels;
	memmove(stream->kept, stream->kept + diffs, stream->kept_count * sizeof(*stream->kept));
	memmove(stream->kept_levels, stream->kept_levels + levels,
		stream->kept_level_count * sizeof(*stream->kept_levels));
	for (uint32_t i = 0; i < stream->kept_count; i++)
		stream->kept[i].level_offset -= levels;
}

static void keep(struct binance_stream *stream, const struct kept_diff *diff,
		 const struct book_level *bids, const struct book_level *asks)
{
	uint32_t levels = diff->bid_count + diff->ask_count;
	while (stream->kept_count == BINANCE_KEPT_DIFFS_MAX ||
	       (stream->kept_count > 0 &&
		stream->kept_level_count + levels > BINANCE_KEPT_LEVELS_MAX)) {
		/* A quarter at a time: moving the rest up for every single diff would cost. */
		uint32_t oldest = (stream->kept_count + 3) / 4;
		stream->counts.forgotten += oldest;
		forget_oldest(stream, oldest);
	}
	if (levels > BINANCE_KEPT_LEVELS_MAX) {
		stream->counts.forgotten++;
		return;
	}
	struct kept_diff *place = &stream->kept[stream->kept_count++];
	struct book_level *level = &stream->kept_levels[stream->kept_level_count];
	*place = *diff;
	place->level_offset = stream->kept_level_count;
	memcpy(level, bids, diff->bid_count * sizeof(*level));
	memcpy(level + diff->bid_count, asks, diff->ask_count * sizeof(*level));
	stream->kept_level_count += levels;
}

static void gap(struct binance_stream *stream, int64_t local_ns)
{
	stream->counts.gaps++;
	stream->synced = false;
	emit_connection(stream, local_ns, CONNECTION_GAP);
}

static bool is_stale(const struct binance_stream *stream, const struct kept_diff *diff,
		     uint64_t snapshot_id)
{
	return stream->market == BINANCE_SPOT ? diff->last_id <= snapshot_id
					      : diff->last_id < snapshot_id;
}

static bool straddles(const struct binance_stream *stream, const struct kept_diff *diff,
		      uint64_t snapshot_id)
{
	if (stream->market == BINANCE_SPOT)
		return diff->first_id <= snapshot_id + 1 && snapshot_id + 1 <= diff->last_id;
	return (diff->first_id <= snapshot_id && snapshot_id <= diff->last_id) ||
	       diff->previous_id == snapshot_id;
}

static bool continues(const struct binance_stream *stream, const struct kept_diff *diff)
{
	return stream->market == BINANCE_SPOT ? diff->first_id == stream->last_id + 1
					      : diff->previous_id == stream->last_id;
}

static void become_synced(struct binance_stream *stream, int64_t local_ns)
{
	emit_snapshot(stream, local_ns);
	drop_snapshot(stream);
	stream->counts.syncs++;
	stream->synced = true;
	stream->followed = true;
	emit_connection(stream, local_ns, CONNECTION_SYNCED);
}

/* Joins the held snapshot and the kept diffs, if there is already a diff that goes beyond it. */
static void join(struct binance_stream *stream, int64_t local_ns)
{
	uint32_t first = 0;
	while (first < stream->kept_count &&
	       is_stale(stream, &stream->kept[first], stream->snapshot.last_id))
		first++;
	stream->counts.stale += first;
	forget_oldest(stream, first);
	if (stream->kept_count == 0)
		return;
	if (!straddles(stream, &stream->kept[0], stream->snapshot.last_id)) {
		drop_snapshot(stream);
		stream->counts.snapshots_too_old++;
		gap(stream, local_ns);
		return;
	}
	become_synced(stream, local_ns);
	uint32_t applied = 0;
	for (; applied < stream->kept_count; applied++) {
		const struct kept_diff *diff = &stream->kept[applied];
		const struct book_level *levels = stream->kept_levels + diff->level_offset;
		if (applied > 0 && !continues(stream, diff))
			break;
		stream->last_id = diff->last_id;
		stream->counts.repeated++;
		emit_diff(stream, local_ns, diff, levels, levels + diff->bid_count);
	}
	forget_oldest(stream, applied);
	if (stream->kept_count > 0) {
		gap(stream, local_ns);
		stream->last_id = stream->kept[stream->kept_count - 1].last_id;
	}
}

static void take_depth(struct binance_stream *stream, int64_t local_ns,
		       const struct binance_message *message, const struct binance_levels *levels)
{
	const struct kept_diff diff = {
		.exch_ns = message->exch_ns,
		.first_id = message->first_id,
		.last_id = message->last_id,
		.previous_id = message->previous_id,
		.bid_count = message->u.levels.bid_count,
		.ask_count = message->u.levels.ask_count,
	};
	stream->counts.depth++;
	stream->counts.depth_levels += diff.bid_count + diff.ask_count;
	if (stream->followed && !continues(stream, &diff)) {
		/* Nothing kept from before the hole can join what comes after it. */
		forget_oldest(stream, stream->kept_count);
		drop_snapshot(stream);
		gap(stream, local_ns);
	}
	stream->last_id = diff.last_id;
	bool held = stream->snapshot.levels != NULL;
	if (held && !is_stale(stream, &diff, stream->snapshot.last_id) && stream->synced) {
		/* A newer snapshot beside a whole book: it takes over where the chain meets it. */
		if (straddles(stream, &diff, stream->snapshot.last_id))
			become_synced(stream, local_ns);
		else
			drop_snapshot(stream);
	}
	if (stream->synced) {
		emit_diff(stream, local_ns, &diff, levels->bids, levels->asks);
		return;
	}
	if (!held) {
		keep(stream, &diff, levels->bids, levels->asks);
		emit_diff(stream, local_ns, &diff, levels->bids, levels->asks);
		return;
	}
	if (is_stale(stream, &diff, stream->snapshot.last_id)) {
		stream->counts.stale++;
		emit_diff(stream, local_ns, &diff, levels->bids, levels->asks);
		return;
	}
	if (straddles(stream, &diff, stream->snapshot.last_id)) {
		become_synced(stream, local_ns);
	} else {
		drop_snapshot(stream);
		stream->counts.snapshots_too_old++;
		gap(stream, local_ns);
		keep(stream, &diff, levels->bids, levels->asks);
	}
	emit_diff(stream, local_ns, &diff, levels->bids, levels->asks);
}

static void take_snapshot(struct binance_stream *stream, int64_t local_ns,
			  const struct binance_message *message,
			  const struct binance_levels *levels)
{
	uint32_t bids = message->u.levels.bid_count, asks = message->u.levels.ask_count;
	stream->counts.snapshots++;
	stream->counts.snapshot_levels += bids + asks;
	if (stream->synced && message->last_id < stream->last_id) {
		stream->counts.snapshots_not_needed++;
		return;
	}
	drop_snapshot(stream);
	/* One more place, so that an empty snapshot is held too. */
	struct book_level *copy = malloc((bids + asks + (size_t)1) * sizeof(*copy));
	if (copy == NULL)
		abort();
	memcpy(copy, levels->bids, bids * sizeof(*copy));
	memcpy(copy + bids, levels->asks, asks * sizeof(*copy));
	stream->snapshot = (struct held_snapshot){
		.exch_ns = message->exch_ns,
		.last_id = message->last_id,
		.bid_count = bids,
		.ask_count = asks,
		.levels = copy,
	};
	if (!stream->synced)
		join(stream, local_ns);
}

static void take_mark(struct binance_stream *stream, int64_t local_ns,
		      const struct binance_message *message)
{
	struct market_event event = event_of(stream, local_ns, message->exch_ns, EVENT_MARK);
	event.u.mark.fields = message->u.mark.fields;
	event.u.mark.mark = message->u.mark.mark;
	event.u.mark.index = message->u.mark.index;
	stream->emit(stream->user, &event);
	if (!message->u.mark.has_rate)
		return;
	event = event_of(stream, local_ns, message->exch_ns, EVENT_FUNDING);
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate = message->u.mark.rate;
	event.u.funding.boundary_ns = message->u.mark.next_funding_ns;
	stream->emit(stream->user, &event);
}

void binance_stream_message(struct binance_stream *stream, int64_t local_ns,
			    const struct binance_message *message,
			    const struct binance_levels *levels)
{
	struct market_event event;
	switch (message->kind) {
	case BINANCE_DEPTH:
		take_depth(stream, local_ns, message, levels);
		return;
	case BINANCE_SNAPSHOT:
		take_snapshot(stream, local_ns, message, levels);
		return;
	case BINANCE_BOOK_TICKER:
		event = event_of(stream, local_ns, message->exch_ns, EVENT_BBO);
		event.last_id = message->last_id;
		event.u.bbo.bid = message->u.ticker.bid;
		event.u.bbo.ask = message->u.ticker.ask;
		break;
	case BINANCE_TRADE:
		event = event_of(stream, local_ns, message->exch_ns, EVENT_TRADE);
		event.flags = message->u.trade.off_market ? EVENT_FLAG_OFF_MARKET : 0;
		event.u.trade.price = message->u.trade.price;
		event.u.trade.quantity = message->u.trade.quantity;
		event.u.trade.taker_side = message->u.trade.taker_side;
		event.u.trade.id = message->last_id;
		break;
	case BINANCE_MARK_PRICE:
		take_mark(stream, local_ns, message);
		return;
	case BINANCE_OTHER:
		event = event_of(stream, local_ns, message->exch_ns, EVENT_FRAME);
		break;
	}
	stream->emit(stream->user, &event);
}

void binance_stream_lost(struct binance_stream *stream, int64_t local_ns)
{
	bool usable = stream->synced || stream->snapshot.levels != NULL;
	drop_snapshot(stream);
	forget_oldest(stream, stream->kept_count);
	stream->followed = false; /* the hole it leaves has been told here */
	if (usable)
		gap(stream, local_ns);
}

enum binance_book binance_stream_book(const struct binance_stream *stream)
{
	if (stream->synced)
		return BINANCE_BOOK_SYNCED;
	return stream->snapshot.levels != NULL ? BINANCE_BOOK_SNAPSHOT_HELD
					       : BINANCE_BOOK_NO_SNAPSHOT;
}

uint64_t binance_stream_last_id(const struct binance_stream *stream)
{
	return stream->last_id;
}

const struct binance_stream_counts *binance_stream_counts(const struct binance_stream *stream)
{
	return &stream->counts;
}
