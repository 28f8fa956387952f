#include "exchanges/hyperliquid/hyperliquid_stream.h"

#include "core/base/utc.h"
#include "core/market/funding_schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A book older than the last is a repetition; much older, the venue's clock was set back. */
#define DISORDER_NS (10 * NS_PER_SECOND)

struct followed {
	unsigned watch;
	bool synced;
	int64_t book_ns, bbo_ns;    /* venue time of the newest told; 0 = none on this connection */
	struct book_level bid, ask; /* newest of both; quantity 0: side empty or unknown */
	/* Trades up to here were told: the first frame after a subscription repeats recent ones. */
	int64_t trades_since_ns;
	uint64_t last_trade;
	int64_t newest_ns;
	uint64_t newest_trade;
	bool mark_known;
	struct money mark;
	/* The oracle now, and as it was at the last boundary that passed. */
	bool oracle_known;
	int64_t oracle_ns;
	struct money oracle;
	int64_t boundary_ns; /* 0 = none */
	struct money boundary_oracle;
};

struct hyperliquid_stream {
	const struct hyperliquid_markets *markets;
	uint16_t connection;
	hyperliquid_emit emit;
	void *user;
	struct followed *followed; /* owned, by asset */
	struct hyperliquid_stream_counts counts;
	int64_t local_ns; /* of the frame being read */
};

struct hyperliquid_stream *hyperliquid_stream_create(const struct hyperliquid_markets *markets,
						     uint16_t connection, hyperliquid_emit emit,
						     void *user)
{
	struct hyperliquid_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->followed = calloc(HYPERLIQUID_UNIVERSE_MAX, sizeof(*stream->followed));
	if (stream->followed == NULL) {
		free(stream);
		return NULL;
	}
	stream->markets = markets;
	stream->connection = connection;
	stream->emit = emit;
	stream->user = user;
	return stream;
}

void hyperliquid_stream_free(struct hyperliquid_stream *stream)
{
	if (stream == NULL)
		return;
	free(stream->followed);
	free(stream);
}

void hyperliquid_stream_watch(struct hyperliquid_stream *stream, uint32_t asset, unsigned watch,
			      int64_t since_ns)
{
	assert(asset < HYPERLIQUID_UNIVERSE_MAX);
	struct followed *followed = &stream->followed[asset];
	if ((watch & HYPERLIQUID_WATCH_TRADES) && !(followed->watch & HYPERLIQUID_WATCH_TRADES))
		followed->trades_since_ns = since_ns;
	if (!(watch & HYPERLIQUID_WATCH_BOOK))
		followed->synced = false;
	followed->watch = watch;
}

/* ---- events ------------------------------------------------------------------------------------
 */

static struct market_event event_of(const struct hyperliquid_stream *stream,
				    instrument_id instrument, enum market_event_kind kind,
				    int64_t exch_ns)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = stream->local_ns;
	event.exch_ns = exch_ns;
	event.instrument = instrument;
	event.venue = stream->markets->venue;
	event.connection = stream->connection;
	event.kind = (uint8_t)kind;
	return event;
}

static void emit_connection(struct hyperliquid_stream *stream, instrument_id instrument,
			    enum connection_state state)
{
	struct market_event event = event_of(stream, instrument, EVENT_CONNECTION, 0);
	event.u.connection.state = state;
	stream->emit(stream->user, &event);
}

static void emit_frame(struct hyperliquid_stream *stream)
{
	struct market_event event = event_of(stream, 0, EVENT_FRAME, 0);
	stream->emit(stream->user, &event);
}

static void forget_prices(struct followed *followed)
{
	followed->synced = false;
	followed->book_ns = followed->bbo_ns = 0;
	followed->bid = followed->ask = (struct book_level){0};
}

/* A frame of this market was unsound: its book and its touch are no longer known. */
static void gap(struct hyperliquid_stream *stream, const struct hyperliquid_listing *listing)
{
	stream->counts.unsound++;
	stream->counts.gaps++;
	forget_prices(&stream->followed[listing->asset]);
	emit_connection(stream, listing->instrument, CONNECTION_GAP);
}

/* Whose frame it was is not known. */
static void gap_everywhere(struct hyperliquid_stream *stream)
{
	stream->counts.unsound++;
	stream->counts.gaps++;
	for (uint32_t asset = 0; asset < stream->markets->count; asset++)
		forget_prices(&stream->followed[asset]);
	emit_connection(stream, 0, CONNECTION_GAP);
}

void hyperliquid_stream_up(struct hyperliquid_stream *stream, int64_t local_ns)
{
	stream->local_ns = local_ns;
	emit_connection(stream, 0, CONNECTION_UP);
}

void hyperliquid_stream_down(struct hyperliquid_stream *stream, int64_t local_ns)
{
	stream->local_ns = local_ns;
	for (uint32_t asset = 0; asset < stream->markets->count; asset++) {
		forget_prices(&stream->followed[asset]);
		stream->followed[asset].mark_known = false;
	}
	emit_connection(stream, 0, CONNECTION_DOWN);
}

/* ---- books -------------------------------------------------------------------------------------
 */

/* NULL: nobody watches it (the frame is counted and confirmed). */
static const struct hyperliquid_listing *watched(struct hyperliquid_stream *stream,
						 const struct hyperliquid_coin *coin,
						 unsigned watch)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(stream->markets, coin->name);
	if (listing != NULL && listing->instrument != 0 &&
	    (stream->followed[listing->asset].watch & watch) != 0)
		return listing;
	stream->counts.foreign++;
	emit_frame(stream);
	return NULL;
}

static bool crossed(const struct book_level *bid, const struct book_level *ask)
{
	return bid->quantity.units > 0 && ask->quantity.units > 0 &&
	       bid->price.units >= ask->price.units;
}

static void take_book(struct hyperliquid_stream *stream, const struct hyperliquid_value *data)
{
	struct book_level bids[HYPERLIQUID_LEVELS_MAX], asks[HYPERLIQUID_LEVELS_MAX];
	struct hyperliquid_book book;
	uint32_t bid_count, ask_count;
	if (!hyperliquid_decode_book(data, &book)) {
		gap_everywhere(stream);
		return;
	}
	const struct hyperliquid_listing *listing =
		watched(stream, &book.coin, HYPERLIQUID_WATCH_BOOK);
	if (listing == NULL)
		return;
	struct followed *followed = &stream->followed[listing->asset];
	if (!hyperliquid_decode_levels(&book.bids, &listing->scale, SIDE_BUY, bids, &bid_count) ||
	    !hyperliquid_decode_levels(&book.asks, &listing->scale, SIDE_SELL, asks, &ask_count) ||
	    (bid_count > 0 && ask_count > 0 && crossed(&bids[0], &asks[0]))) {
		gap(stream, listing);
		return;
	}
	if (book.time_ns < followed->book_ns && followed->book_ns - book.time_ns < DISORDER_NS) {
		stream->counts.repeated++;
		emit_frame(stream);
		return;
	}
	followed->book_ns = book.time_ns;
	if (book.time_ns >= followed->bbo_ns) {
		followed->bid = bid_count > 0 ? bids[0] : (struct book_level){0};
		followed->ask = ask_count > 0 ? asks[0] : (struct book_level){0};
	}
	struct market_event event = event_of(stream, listing->instrument, EVENT_BOOK, book.time_ns);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = bid_count;
	event.u.book.ask_count = ask_count;
	stream->counts.books++;
	stream->emit(stream->user, &event);
	if (followed->synced)
		return;
	followed->synced = true;
	stream->counts.syncs++;
	emit_connection(stream, listing->instrument, CONNECTION_SYNCED);
}

static void take_bbo(struct hyperliquid_stream *stream, const struct hyperliquid_value *data)
{
	struct hyperliquid_bbo bbo;
	struct book_level bid, ask;
	if (!hyperliquid_decode_bbo(data, &bbo)) {
		gap_everywhere(stream);
		return;
	}
	const struct hyperliquid_listing *listing =
		watched(stream, &bbo.coin, HYPERLIQUID_WATCH_BBO);
	if (listing == NULL)
		return;
	struct followed *followed = &stream->followed[listing->asset];
	if (!hyperliquid_decode_level(&bbo.bid, &listing->scale, &bid) ||
	    !hyperliquid_decode_level(&bbo.ask, &listing->scale, &ask) || crossed(&bid, &ask)) {
		gap(stream, listing);
		return;
	}
	if (bbo.time_ns < followed->bbo_ns && followed->bbo_ns - bbo.time_ns < DISORDER_NS) {
		stream->counts.repeated++;
		emit_frame(stream);
		return;
	}
	followed->bbo_ns = bbo.time_ns;
	if (bbo.time_ns >= followed->book_ns) {
		followed->bid = bid;
		followed->ask = ask;
	}
	struct market_event event = event_of(stream, listing->instrument, EVENT_BBO, bbo.time_ns);
	event.u.bbo.bid = bid;
	event.u.bbo.ask = ask;
	stream->counts.bbos++;
	stream->emit(stream->user, &event);
}

/* ---- contexts ----------------------------------------------------------------------------------
 */

static void note_oracle(struct followed *followed, const struct funding_terms *terms,
			int64_t venue_ns, struct money oracle)
{
	int64_t boundary_ns = funding_last_boundary(terms, venue_ns);
	if (followed->oracle_known && followed->oracle_ns < boundary_ns &&
	    boundary_ns - followed->oracle_ns < DISORDER_NS) {
		followed->boundary_ns = boundary_ns;
		followed->boundary_oracle = followed->oracle;
	}
	followed->oracle_known = true;
	followed->oracle_ns = venue_ns;
	followed->oracle = oracle;
}

static void take_context(struct hyperliquid_stream *stream, const struct hyperliquid_value *data,
			 int64_t venue_ns)
{
	struct hyperliquid_coin coin;
	struct hyperliquid_context context;
	if (!hyperliquid_decode_context_frame(data, &coin, &context)) {
		/* Figures that are stale, not a book that is wrong. */
		stream->counts.unsound++;
		emit_frame(stream);
		return;
	}
	const struct hyperliquid_listing *listing =
		watched(stream, &coin, HYPERLIQUID_WATCH_CONTEXT);
	if (listing == NULL)
		return;
	struct followed *followed = &stream->followed[listing->asset];
	const struct funding_terms *terms =
		&instrument_latest(stream->markets->instruments, listing->instrument)->funding;
	followed->mark_known = true;
	followed->mark = context.mark;
	note_oracle(followed, terms, venue_ns, context.oracle);
	stream->counts.contexts++;

	struct market_event event = event_of(stream, listing->instrument, EVENT_MARK, 0);
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark = context.mark;
	event.u.mark.oracle = context.oracle;
	stream->emit(stream->user, &event);

	event = event_of(stream, listing->instrument, EVENT_FUNDING, 0);
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate = context.funding;
	event.u.funding.boundary_ns = funding_next_boundary(terms, venue_ns);
	event.u.funding.interval_ns = terms->interval_ns;
	stream->emit(stream->user, &event);

	i128 units;
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - listing->scale.quantity_decimals);
	if (!i128_div_round(context.open_interest.e18, unit, ROUND_HALF_EVEN, &units) ||
	    units > INT64_MAX)
		return;
	event = event_of(stream, listing->instrument, EVENT_OPEN_INTEREST, 0);
	event.u.open_interest.quantity.units = (int64_t)units;
	stream->emit(stream->user, &event);
}

/* ---- trades ------------------------------------------------------------------------------------
 */

static void note_coin(void *user, const struct hyperliquid_trade *trade)
{
	struct hyperliquid_coin *coin = user;
	*coin = trade->coin;
}

static void take_trade(void *user, const struct hyperliquid_trade *trade)
{
	struct hyperliquid_stream *stream = user;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(stream->markets, trade->coin.name);
	if (listing == NULL || listing->instrument == 0 ||
	    !(stream->followed[listing->asset].watch & HYPERLIQUID_WATCH_TRADES)) {
		stream->counts.foreign++;
		return;
	}
	struct followed *followed = &stream->followed[listing->asset];
	/* Trade ids are hashes without order: what was told already is known by its time. */
	if (trade->time_ns < followed->trades_since_ns ||
	    (trade->time_ns == followed->trades_since_ns &&
	     trade->trade_id == followed->last_trade)) {
		stream->counts.repeated++;
		return;
	}
	struct market_event event =
		event_of(stream, listing->instrument, EVENT_TRADE, trade->time_ns);
	if (!hyperliquid_to_units(trade->price, listing->scale.price_decimals,
				  &event.u.trade.price.units) ||
	    !hyperliquid_to_units(trade->size, listing->scale.quantity_decimals,
				  &event.u.trade.quantity.units)) {
		stream->counts.unsound++;
		return;
	}
	event.u.trade.taker_side = trade->taker_side;
	event.u.trade.id = trade->trade_id;
	stream->counts.trades++;
	if (trade->time_ns >= followed->newest_ns) {
		followed->newest_ns = trade->time_ns;
		followed->newest_trade = trade->trade_id;
	}
	stream->emit(stream->user, &event);
}

/* The whole frame was told, in whatever order it came. */
static void close_trades(struct hyperliquid_stream *stream, const struct hyperliquid_coin *coin)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(stream->markets, coin->name);
	if (listing == NULL)
		return;
	struct followed *followed = &stream->followed[listing->asset];
	if (followed->newest_ns < followed->trades_since_ns)
		return;
	followed->trades_since_ns = followed->newest_ns;
	followed->last_trade = followed->newest_trade;
}

static void take_trades(struct hyperliquid_stream *stream, const struct hyperliquid_value *data)
{
	struct hyperliquid_coin coin = {""};
	uint64_t told = stream->counts.trades;
	/* Read once to see that all of it is sound, then told. */
	if (!hyperliquid_decode_trades(data, note_coin, &coin)) {
		stream->counts.unsound++;
	} else if (coin.name[0] != '\0') {
		hyperliquid_decode_trades(data, take_trade, stream);
		close_trades(stream, &coin);
	}
	if (stream->counts.trades == told)
		emit_frame(stream);
}

/* ---- frames ------------------------------------------------------------------------------------
 */

void hyperliquid_stream_frame(struct hyperliquid_stream *stream,
			      const struct hyperliquid_frame *frame, int64_t local_ns,
			      int64_t venue_ns)
{
	stream->local_ns = local_ns;
	switch (frame->channel) {
	case HYPERLIQUID_CHANNEL_BBO:
		take_bbo(stream, &frame->data);
		return;
	case HYPERLIQUID_CHANNEL_BOOK:
		take_book(stream, &frame->data);
		return;
	case HYPERLIQUID_CHANNEL_CONTEXT:
		take_context(stream, &frame->data, venue_ns);
		return;
	case HYPERLIQUID_CHANNEL_TRADES:
		take_trades(stream, &frame->data);
		return;
	case HYPERLIQUID_CHANNEL_UNSOUND:
		gap_everywhere(stream);
		return;
	case HYPERLIQUID_CHANNEL_GREETING:
	case HYPERLIQUID_CHANNEL_OTHER:
	case HYPERLIQUID_CHANNEL_PONG:
	case HYPERLIQUID_CHANNEL_ERROR:
	case HYPERLIQUID_CHANNEL_SUBSCRIPTION:
	case HYPERLIQUID_CHANNEL_POST:
	case HYPERLIQUID_CHANNEL_ORDER_UPDATES:
	case HYPERLIQUID_CHANNEL_USER_FILLS:
	case HYPERLIQUID_CHANNEL_USER_FUNDINGS:
	case HYPERLIQUID_CHANNEL_CLEARINGHOUSE:
		emit_frame(stream);
		return;
	}
}

bool hyperliquid_stream_touch(const struct hyperliquid_stream *stream, uint32_t asset,
			      enum side side, struct price *touch)
{
	const struct followed *followed = &stream->followed[asset];
	const struct book_level *level = side == SIDE_BUY ? &followed->ask : &followed->bid;
	*touch = level->price;
	return level->quantity.units > 0;
}

bool hyperliquid_stream_mark(const struct hyperliquid_stream *stream, uint32_t asset,
			     struct money *mark)
{
	*mark = stream->followed[asset].mark;
	return stream->followed[asset].mark_known;
}

bool hyperliquid_stream_oracle_at(const struct hyperliquid_stream *stream, uint32_t asset,
				  int64_t boundary_ns, struct money *oracle)
{
	const struct followed *followed = &stream->followed[asset];
	if (followed->boundary_ns == boundary_ns && boundary_ns != 0) {
		*oracle = followed->boundary_oracle;
		return true;
	}
	*oracle = followed->oracle;
	return followed->oracle_known && followed->oracle_ns <= boundary_ns &&
	       boundary_ns - followed->oracle_ns < DISORDER_NS;
}

const struct hyperliquid_stream_counts *hyperliquid_stream_counts(
	const struct hyperliquid_stream *stream)
{
	return &stream->counts;
}
