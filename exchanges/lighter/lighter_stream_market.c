/* What the frames of market channels become: books, best prices, trades, marks, funding. */
#include "exchanges/lighter/lighter_stream_state.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <string.h>

#define AREA		  "lighter"
#define BOUNDARY_MARK_AGE NS_PER_MINUTE /* a mark older than that is not the boundary's */

void stream_emit(struct lighter_stream *stream, const struct market_event *event)
{
	stream->emitted = true;
	stream->sink.market(stream->user, event);
}

struct market_event stream_event(const struct lighter_stream *stream, int64_t local_ns,
				 int64_t exch_ns, instrument_id instrument,
				 enum market_event_kind kind)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = local_ns;
	event.exch_ns = exch_ns;
	event.instrument = instrument;
	event.venue = stream->options.venue;
	event.connection = stream->options.connection;
	event.kind = (uint8_t)kind;
	return event;
}

void stream_emit_connection(struct lighter_stream *stream, int64_t local_ns,
			    instrument_id instrument, enum connection_state state)
{
	struct market_event event = stream_event(stream, local_ns, 0, instrument, EVENT_CONNECTION);
	event.u.connection.state = state;
	stream_emit(stream, &event);
}

/* ---- books ----------------------------------------------------------------------------------- */

void stream_gap(struct lighter_stream *stream, struct market_stream *market,
		struct subscription *entry, int64_t received_ns, const char *why)
{
	stream->counts.gaps++;
	stream->restless = true;
	market->bid.units = market->ask.units = 0;
	stream_leave(entry);
	if (log_enabled(LOG_INFO))
		log_write(LOG_INFO, AREA, "book of instrument %u: %s; asking for a new one",
			  (unsigned)market->instrument, why);
	stream_emit_connection(stream, received_ns, market->instrument, CONNECTION_GAP);
}

static void remember_touch(struct market_stream *market)
{
	struct book_level bid, ask;
	if (order_book_best(market->book, SIDE_BUY, &bid) &&
	    order_book_best(market->book, SIDE_SELL, &ask)) {
		market->bid = bid.price;
		market->ask = ask.price;
	}
}

static void emit_book(struct lighter_stream *stream, const struct market_stream *market,
		      const struct lighter_book_frame *book, int64_t received_ns, bool snapshot)
{
	struct market_event event =
		stream_event(stream, received_ns, book->time_ns, market->instrument, EVENT_BOOK);
	event.flags = snapshot ? EVENT_FLAG_SNAPSHOT : 0;
	event.first_id = book->begin_nonce;
	event.last_id = book->nonce;
	event.u.book.bids = stream->bids;
	event.u.book.asks = stream->asks;
	event.u.book.bid_count = book->bid_count;
	event.u.book.ask_count = book->ask_count;
	stream_emit(stream, &event);
	if (snapshot)
		stream_emit_connection(stream, received_ns, market->instrument, CONNECTION_SYNCED);
}

void stream_live(struct lighter_stream *stream, struct subscription *entry,
		 enum lighter_channel channel, int64_t market)
{
	if (entry->state != SUBSCRIPTION_ASKED)
		return;
	stream_enter(entry, SUBSCRIPTION_LIVE);
	stream->sink.subscribed(stream->user, channel, market, true, "");
}

static bool start_book(struct lighter_stream *stream, struct market_stream *market)
{
	if (market->book == NULL)
		market->book = order_book_create(1);
	if (market->book == NULL) {
		log_write(LOG_ALARM, AREA, "no memory for the book of instrument %u",
			  (unsigned)market->instrument);
		return false;
	}
	order_book_clear(market->book);
	(void)stream;
	return true;
}

void stream_on_book(struct lighter_stream *stream, const struct lighter_frame *frame,
		    struct market_stream *market, struct subscription *entry, int64_t received_ns)
{
	struct lighter_book_frame book;
	bool live = entry->state == SUBSCRIPTION_LIVE;
	if (!live && (entry->state != SUBSCRIPTION_ASKED || !frame->snapshot)) {
		stream->counts.early++;
		return;
	}
	if (lighter_book_read(frame, &market->scale, stream->bids, stream->asks, LIGHTER_LEVELS_MAX,
			      &book) != LIGHTER_OK) {
		stream->counts.unreadable++;
		stream_gap(stream, market, entry, received_ns, "a message cannot be read");
		return;
	}
	if (frame->snapshot) {
		if (!start_book(stream, market))
			return;
		if (!live && frame->time_ns != 0)
			stream->sink.clock_sample(stream->user, entry->asked_ns, received_ns,
						  frame->time_ns);
		stream->counts.snapshots++;
	} else {
		if (book.has_begin && book.begin_nonce == market->begin_nonce &&
		    book.nonce == market->nonce && book.begin_nonce != book.nonce)
			return; /* the last one again */
		if (!book.has_begin || book.begin_nonce != market->nonce ||
		    book.nonce < book.begin_nonce) {
			stream_gap(stream, market, entry, received_ns,
				   "the chain of updates broke");
			return;
		}
		stream->counts.updates++;
	}
	order_book_apply(market->book, stream->bids, book.bid_count, stream->asks, book.ask_count);
	if (order_book_crossed(market->book)) {
		stream->counts.crossed++;
		stream_gap(stream, market, entry, received_ns, "it is crossed");
		return;
	}
	market->begin_nonce = book.begin_nonce;
	market->nonce = book.nonce;
	remember_touch(market);
	emit_book(stream, market, &book, received_ns, frame->snapshot);
	stream_live(stream, entry, LIGHTER_BOOK, frame->number);
}

/* ---- other market channels ------------------------------------------------------------------- */

static void on_ticker(struct lighter_stream *stream, const struct lighter_frame *frame,
		      struct market_stream *market, int64_t received_ns)
{
	struct lighter_ticker_frame ticker;
	if (lighter_ticker_read(frame, &market->scale, &ticker) != LIGHTER_OK) {
		stream->counts.unreadable++;
		return;
	}
	struct market_event event =
		stream_event(stream, received_ns, ticker.time_ns ? ticker.time_ns : frame->time_ns,
			     market->instrument, EVENT_BBO);
	event.last_id = frame->nonce;
	event.u.bbo.bid = ticker.bid;
	event.u.bbo.ask = ticker.ask;
	if (ticker.bid.quantity.units > 0 && ticker.ask.quantity.units > 0 &&
	    ticker.bid.price.units < ticker.ask.price.units) {
		market->bid = ticker.bid.price;
		market->ask = ticker.ask.price;
	}
	stream_emit(stream, &event);
}

static void emit_trade(struct lighter_stream *stream, const struct lighter_trade *trade,
		       const struct market_stream *market, int64_t received_ns)
{
	struct market_event event =
		stream_event(stream, received_ns, trade->time_ns, market->instrument, EVENT_TRADE);
	/* Deleverage and settlement meet no order of the book. */
	if (trade->type != LIGHTER_TRADE && trade->type != LIGHTER_LIQUIDATION)
		event.flags = EVENT_FLAG_OFF_MARKET;
	event.first_id = event.last_id = trade->id;
	event.u.trade.price = trade->price;
	event.u.trade.quantity = trade->size;
	event.u.trade.taker_side = trade->maker_is_ask ? SIDE_BUY : SIDE_SELL;
	event.u.trade.id = trade->id;
	stream_emit(stream, &event);
}

#define TRADES_OF_A_FRAME 256

/* Lists come newest first: collected, then told oldest first. The snapshot's are history. */
static void on_trades(struct lighter_stream *stream, const struct lighter_frame *frame,
		      struct market_stream *market, int64_t received_ns)
{
	const struct lighter_slot *payloads[] = {&frame->payload, &frame->payload2};
	struct lighter_scales scales;
	struct lighter_trade trades[TRADES_OF_A_FRAME];
	size_t count = 0;
	uint64_t newest = market->last_trade;
	memset(&scales, 0, sizeof(scales));
	scales.market[frame->number] = market->scale;
	for (size_t p = 0; p < 2; p++) {
		struct lighter_list list;
		struct lighter_slot object;
		lighter_list_begin(&list, payloads[p]);
		while (lighter_list_next(&list, &object) && count < TRADES_OF_A_FRAME) {
			enum lighter_result result =
				lighter_trade_read(&object, &scales, &trades[count]);
			if (result == LIGHTER_UNUSABLE)
				stream->counts.unreadable++;
			if (result != LIGHTER_OK || trades[count].id <= market->last_trade)
				continue;
			if (trades[count].id > newest)
				newest = trades[count].id;
			count++;
		}
		if (list.unsound)
			stream->counts.unreadable++;
	}
	/* Insertion by id: nearly always a short list in one of two orders. */
	for (size_t i = 1; i < count; i++) {
		struct lighter_trade moved = trades[i];
		size_t at = i;
		for (; at > 0 && trades[at - 1].id > moved.id; at--)
			trades[at] = trades[at - 1];
		trades[at] = moved;
	}
	market->last_trade = newest;
	for (size_t i = 0; i < count && !frame->snapshot; i++)
		if (i == 0 || trades[i].id != trades[i - 1].id)
			emit_trade(stream, &trades[i], market, received_ns);
}

static int64_t floor_to(int64_t ns, int64_t interval_ns)
{
	return ns - ns % interval_ns;
}

static void note_mark(struct lighter_stream *stream, struct market_stream *market,
		      struct money mark, int64_t venue_ns)
{
	int64_t boundary_ns = floor_to(venue_ns, stream->options.funding_interval_ns);
	if (market->marked && market->mark_ns < boundary_ns &&
	    boundary_ns - market->mark_ns <= BOUNDARY_MARK_AGE) {
		market->boundary_marked = true;
		market->boundary_ns = boundary_ns;
		market->boundary_mark = market->mark;
	}
	if (market->marked && venue_ns < market->mark_ns)
		return;
	market->marked = true;
	market->mark = mark;
	market->mark_ns = venue_ns;
}

static void emit_funding(struct lighter_stream *stream, struct market_stream *market,
			 const struct lighter_stats *stats, int64_t venue_ns, int64_t received_ns)
{
	int64_t interval_ns = stream->options.funding_interval_ns;
	struct market_event event =
		stream_event(stream, received_ns, venue_ns, market->instrument, EVENT_FUNDING);
	event.u.funding.interval_ns = interval_ns;
	if (stats->settled_known && stats->settled_ns != market->settled_ns) {
		/* Stamps are a little late; one that fits no boundary stands for itself. */
		int64_t boundary_ns = floor_to(stats->settled_ns + NS_PER_SECOND, interval_ns);
		market->settled_ns = stats->settled_ns;
		if (stats->settled_ns - boundary_ns > interval_ns / 2)
			boundary_ns = stats->settled_ns;
		event.u.funding.kind = FUNDING_SETTLED;
		event.u.funding.rate = stats->settled;
		event.u.funding.boundary_ns = boundary_ns;
		if (market->stats_wanted)
			stream_emit(stream, &event);
	}
	if (!stats->estimate_known)
		return;
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate = stats->estimate;
	event.u.funding.boundary_ns = floor_to(venue_ns, interval_ns) + interval_ns;
	market->estimated = true;
	market->estimate = stats->estimate;
	market->estimate_boundary_ns = event.u.funding.boundary_ns;
	market->estimate_received_ns = received_ns;
	if (market->stats_wanted)
		stream_emit(stream, &event);
}

/* The stream's open interest is USDC; ours counts base units. */
static void emit_interest(struct lighter_stream *stream, struct market_stream *market,
			  const struct lighter_stats *stats, int64_t venue_ns, int64_t received_ns)
{
	i128 units;
	if (!stats->open_interest_known || !(stats->mark_fields & MARK_HAS_MARK) ||
	    !mul_div(stats->open_interest.e18, i128_power_of_ten(market->scale.size_decimals),
		     stats->mark.e18, ROUND_HALF_EVEN, &units) ||
	    units > INT64_MAX)
		return;
	if (market->interest_told && market->interest_units == (int64_t)units)
		return;
	market->interest_told = true;
	market->interest_units = (int64_t)units;
	struct market_event event = stream_event(stream, received_ns, venue_ns, market->instrument,
						 EVENT_OPEN_INTEREST);
	event.u.open_interest.quantity.units = (int64_t)units;
	stream_emit(stream, &event);
}

static void on_stats_of(struct lighter_stream *stream, const struct lighter_slot *object,
			int64_t venue_ns, int64_t received_ns)
{
	struct lighter_stats stats;
	if (lighter_stats_read(object, &stats) != LIGHTER_OK) {
		stream->counts.unreadable++;
		return;
	}
	if (stats.market >= LIGHTER_MARKETS || !stream->markets[stats.market].known)
		return;
	struct market_stream *market = &stream->markets[stats.market];
	if (stats.mark_fields & MARK_HAS_MARK)
		note_mark(stream, market, stats.mark, venue_ns);
	if (stats.mark_fields != 0 && market->stats_wanted) {
		struct market_event event =
			stream_event(stream, received_ns, venue_ns, market->instrument, EVENT_MARK);
		event.u.mark.fields = stats.mark_fields;
		event.u.mark.mark = stats.mark;
		event.u.mark.index = stats.index;
		stream_emit(stream, &event);
	}
	emit_funding(stream, market, &stats, venue_ns, received_ns);
	if (market->stats_wanted)
		emit_interest(stream, market, &stats, venue_ns, received_ns);
}

static void on_stats(struct lighter_stream *stream, const struct lighter_frame *frame,
		     int64_t received_ns)
{
	int64_t venue_ns = frame->time_ns ? frame->time_ns : received_ns;
	struct lighter_list list;
	struct lighter_slot object;
	if (frame->number >= 0) { /* of one market: the payload is its object */
		on_stats_of(stream, &frame->payload, venue_ns, received_ns);
		return;
	}
	lighter_list_begin(&list, &frame->payload);
	while (lighter_list_next(&list, &object))
		on_stats_of(stream, &object, venue_ns, received_ns);
	if (list.unsound)
		stream->counts.unreadable++;
}

void stream_on_market(struct lighter_stream *stream, const struct lighter_frame *frame,
		      struct market_stream *market, int64_t received_ns)
{
	switch (frame->channel) {
	case LIGHTER_TICKER:
		on_ticker(stream, frame, market, received_ns);
		break;
	case LIGHTER_TRADES:
		on_trades(stream, frame, market, received_ns);
		break;
	case LIGHTER_STATS:
		on_stats(stream, frame, received_ns);
		break;
	case LIGHTER_BOOK:
	case LIGHTER_ORDERS:
	case LIGHTER_FILLS:
	case LIGHTER_POSITIONS:
	case LIGHTER_USER_STATS:
	case LIGHTER_CHANNELS:
		break;
	}
}

/* ---- what was seen last ---------------------------------------------------------------------- */

static const struct market_stream *known_market(const struct lighter_stream *stream, int64_t market)
{
	return market >= 0 && market < LIGHTER_MARKETS && stream->markets[market].known
		       ? &stream->markets[market]
		       : NULL;
}

bool lighter_stream_touch(const struct lighter_stream *stream, int64_t market, struct price *bid,
			  struct price *ask)
{
	const struct market_stream *known = known_market(stream, market);
	if (known == NULL || known->bid.units <= 0 || known->ask.units <= 0)
		return false;
	*bid = known->bid;
	*ask = known->ask;
	return true;
}

bool lighter_stream_mark(const struct lighter_stream *stream, int64_t market, struct money *mark,
			 int64_t *venue_ns)
{
	const struct market_stream *known = known_market(stream, market);
	if (known == NULL || !known->marked)
		return false;
	*mark = known->mark;
	*venue_ns = known->mark_ns;
	return true;
}

bool lighter_stream_estimate(const struct lighter_stream *stream, int64_t market, struct rate *rate,
			     int64_t *boundary_ns, int64_t *received_ns)
{
	const struct market_stream *known = known_market(stream, market);
	if (known == NULL || !known->estimated)
		return false;
	*rate = known->estimate;
	*boundary_ns = known->estimate_boundary_ns;
	*received_ns = known->estimate_received_ns;
	return true;
}

bool lighter_stream_mark_at(const struct lighter_stream *stream, int64_t market,
			    int64_t boundary_ns, struct money *mark)
{
	const struct market_stream *known = known_market(stream, market);
	if (known == NULL)
		return false;
	if (known->boundary_marked && known->boundary_ns == boundary_ns) {
		*mark = known->boundary_mark;
		return true;
	}
	/* No frame since: the last one is the boundary's if it is young enough. */
	if (known->marked && known->mark_ns <= boundary_ns &&
	    boundary_ns - known->mark_ns <= BOUNDARY_MARK_AGE) {
		*mark = known->mark;
		return true;
	}
	return false;
}
