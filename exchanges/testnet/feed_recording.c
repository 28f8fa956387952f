#include "exchanges/testnet/feed_state.h"

#include "core/base/utc.h"
#include "exchanges/simulated/replay.h"
#include <assert.h>
#include <stdlib.h>

struct recorded_feed {
	struct market_feed *feed;
	struct instrument_table *table; /* the recording's own; owned */
	struct market_state *books;	/* owned */
	struct replay *replay;		/* owned */
	struct feed_recorded *markets;	/* by recorded handle; owned */
	int64_t shift_ns;		/* scheduler time = recorded time + shift */
	schedule_id next;
};

void recorded_feed_free(struct recorded_feed *recording)
{
	if (recording == NULL)
		return;
	scheduler_cancel(recording->feed->scheduler, recording->next);
	replay_free(recording->replay);
	market_state_free(recording->books);
	instrument_table_free(recording->table);
	free(recording->markets);
	free(recording);
}

/* ---- which recorded market feeds which ---------------------------------------------------------
 */

/* The recorded instrument of a coin at the n-th recorded venue; contracts before spot. */
static instrument_id recorded_of(const struct recorded_feed *recording, venue_id venue,
				 const char *coin)
{
	instrument_id found = 0;
	for (instrument_id id = 1; id <= instrument_count(recording->table); id++) {
		const struct instrument *instrument = instrument_get(recording->table, id);
		asset_id canonical = instrument_table_find_asset(recording->table, coin);
		if (instrument->venue != venue || canonical == 0 ||
		    instrument->canonical != canonical || instrument->kind == INSTRUMENT_INVERSE)
			continue;
		if (instrument->kind == INSTRUMENT_LINEAR)
			return id;
		if (found == 0)
			found = id;
	}
	return found;
}

static void join_markets(struct recorded_feed *recording)
{
	struct market_feed *feed = recording->feed;
	size_t venues = venue_count(recording->table);
	for (size_t i = 0; i < feed->market_count; i++) {
		struct feed_market *market = &feed->markets[i];
		size_t venue = venues == 1 ? 0 : market->venue;
		if (venue >= venues)
			continue;
		instrument_id id = recorded_of(recording, (venue_id)(venue + 1),
					       feed->coins[market->coin].name);
		if (id != 0)
			market->recorded = &recording->markets[id];
	}
}

bool market_feed_use_recording(struct market_feed *feed, const char *const *paths, size_t count,
			       struct error *err)
{
	assert(feed->recording == NULL && feed->step == 0);
	struct recorded_feed *recording = calloc(1, sizeof(*recording));
	if (recording == NULL)
		return error_set(err, ERROR_LIMIT, "market feed: out of memory");
	recording->feed = feed;
	recording->table = instrument_table_create();
	if (recording->table != NULL)
		recording->replay = replay_open(paths, count, recording->table, err);
	else
		error_set(err, ERROR_LIMIT, "market feed: out of memory");
	if (recording->replay != NULL) {
		size_t instruments = instrument_count(recording->table);
		recording->books = market_state_create(recording->table);
		recording->markets = calloc(instruments + 1, sizeof(*recording->markets));
		if (recording->books == NULL || recording->markets == NULL)
			error_set(err, ERROR_LIMIT, "market feed: out of memory");
	}
	if (recording->replay == NULL || recording->books == NULL || recording->markets == NULL) {
		recorded_feed_free(recording);
		return false;
	}
	for (instrument_id id = 1; id <= instrument_count(recording->table); id++)
		recording->markets[id] = (struct feed_recorded){
			.id = id, .instrument = instrument_get(recording->table, id)};
	feed->recording = recording;
	join_markets(recording);
	return true;
}

/* ---- figures of another instrument -------------------------------------------------------------
 */

static bool convert_price(const struct feed_market *market, struct price price,
			  enum rounding rounding, struct price *out)
{
	const struct instrument *from = market->recorded->instrument, *to = market->instrument;
	i128 units;
	if (!exact_ratio(
		    (i128[]){price.units, to->multiplier, i128_power_of_ten(to->price_decimals)}, 3,
		    (i128[]){from->multiplier, i128_power_of_ten(from->price_decimals)}, 2,
		    rounding, &units) ||
	    units <= 0 || units > INT64_MAX)
		return false;
	out->units = (int64_t)units;
	return true;
}

static bool convert_quantity(const struct feed_market *market, i128 units, struct quantity *out)
{
	const struct instrument *from = market->recorded->instrument, *to = market->instrument;
	i128 converted, scale;
	if (!mul_div(from->contract_size.e18, from->multiplier, to->multiplier, ROUND_TOWARD_ZERO,
		     &scale) ||
	    !exact_ratio((i128[]){units, scale, i128_power_of_ten(to->quantity_decimals)}, 3,
			 (i128[]){i128_power_of_ten(from->quantity_decimals), MONEY_ONE}, 2,
			 ROUND_TOWARD_ZERO, &converted) ||
	    converted > INT64_MAX)
		return false;
	out->units = (int64_t)converted;
	return true;
}

/* ---- books -------------------------------------------------------------------------------------
 */

struct gathering {
	const struct feed_market *market;
	const struct order_rules *rules;
	enum side side;
	uint32_t limit;
	struct feed_ladder *out;
	struct price price; /* of the level being gathered; 0: none */
	i128 units;	    /* recorded units at it */
};

static void close_level(struct gathering *gathering)
{
	struct quantity quantity;
	if (gathering->price.units == 0 ||
	    !convert_quantity(gathering->market, gathering->units, &quantity))
		return;
	quantity = quantity_floor_to_lot(gathering->rules, quantity);
	if (quantity.units > 0)
		gathering->out->levels[gathering->out->count++] =
			(struct book_level){gathering->price, quantity};
}

/* Away from the touch, so that what is shown is never better than what was recorded. */
static bool gather(void *user, struct book_level level)
{
	struct gathering *gathering = user;
	enum rounding away = gathering->side == SIDE_BUY ? ROUND_FLOOR : ROUND_CEILING;
	struct price price;
	if (!convert_price(gathering->market, level.price, away, &price))
		return true;
	price = price_round(gathering->rules, gathering->market->instrument->price_decimals, price,
			    away);
	if (price.units == gathering->price.units) {
		gathering->units += level.quantity.units;
		return true;
	}
	close_level(gathering);
	gathering->price = price;
	gathering->units = level.quantity.units;
	return gathering->out->count < gathering->limit;
}

bool recorded_feed_ladders(const struct market_feed *feed, const struct feed_market *market,
			   struct feed_ladder sides[2])
{
	const struct book_state *state =
		market_state_book(feed->recording->books, market->recorded->id);
	if (state->book == NULL || !state->synced)
		return false;
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct gathering gathering = {
			.market = market,
			.rules = &instrument_latest(feed->instruments, market->id)->rules,
			.side = side,
			.limit = feed->options.levels,
			.out = &sides[side]};
		sides[side].count = 0;
		order_book_walk(state->book, side, gather, &gathering);
		if (sides[side].count < gathering.limit)
			close_level(&gathering);
	}
	return true;
}

bool recorded_feed_marks(const struct market_feed *feed, const struct feed_market *market,
			 struct money *mark, struct money *index)
{
	const struct mark_state *known =
		market_state_mark(feed->recording->books, market->recorded->id);
	const struct instrument *from = market->recorded->instrument;
	if (!(known->fields & MARK_HAS_MARK) || known->mark.e18 <= 0)
		return false;
	struct money base = known->fields & MARK_HAS_INDEX    ? known->index
			    : known->fields & MARK_HAS_ORACLE ? known->oracle
							      : known->mark;
	return mul_div(known->mark.e18, market->instrument->multiplier, from->multiplier,
		       ROUND_HALF_EVEN, &mark->e18) &&
	       mul_div(base.e18, market->instrument->multiplier, from->multiplier, ROUND_HALF_EVEN,
		       &index->e18);
}

bool recorded_feed_rate(const struct market_feed *feed, const struct feed_market *market,
			struct rate *rate)
{
	(void)feed;
	*rate = market->recorded->rate;
	return market->recorded->rate_known;
}

/* ---- recorded time -----------------------------------------------------------------------------
 */

static void pass_trade(struct market_feed *feed, const struct feed_market *market,
		       const struct market_event *recorded)
{
	struct market_event trade = {.kind = EVENT_TRADE,
				     .flags = recorded->flags & EVENT_FLAG_OFF_MARKET};
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	trade.u.trade.taker_side = recorded->u.trade.taker_side;
	if (!convert_price(market, recorded->u.trade.price, ROUND_HALF_EVEN,
			   &trade.u.trade.price) ||
	    !convert_quantity(market, recorded->u.trade.quantity.units, &trade.u.trade.quantity))
		return;
	trade.u.trade.quantity = quantity_floor_to_lot(rules, trade.u.trade.quantity);
	if (trade.u.trade.quantity.units > 0)
		feed_tell(feed, market, &trade);
}

static void note_rate(struct recorded_feed *recording, const struct market_event *event)
{
	struct feed_recorded *market = &recording->markets[event->instrument];
	struct rate_per_hour hourly;
	int64_t interval_ns = event->u.funding.interval_ns;
	if (interval_ns <= 0)
		interval_ns =
			instrument_latest(recording->table, event->instrument)->funding.interval_ns;
	if (interval_ns <= 0 || !rate_to_per_hour(event->u.funding.rate, interval_ns, &hourly) ||
	    hourly.e18 > RATE_ONE || hourly.e18 < -RATE_ONE)
		return;
	market->rate_known = true;
	market->rate = (struct rate){(int64_t)hourly.e18};
}

static void deliver(void *user, const struct market_event *event)
{
	struct recorded_feed *recording = user;
	struct market_feed *feed = recording->feed;
	market_state_apply(recording->books, event);
	if (event->kind == EVENT_FUNDING)
		note_rate(recording, event);
	for (size_t i = 0; event->kind == EVENT_TRADE && i < feed->market_count; i++)
		if (feed->markets[i].started && feed->markets[i].recorded != NULL &&
		    feed->markets[i].recorded->id == event->instrument)
			pass_trade(feed, &feed->markets[i], event);
}

static void arm(struct recorded_feed *recording);

static void event_due(void *user)
{
	struct recorded_feed *recording = user;
	struct stream_source source = replay_source(recording->replay);
	int64_t until_ns = scheduler_now(recording->feed->scheduler) - recording->shift_ns;
	recording->next = 0;
	while (source.next_ns(source.user) <= until_ns)
		source.dispatch(source.user);
	arm(recording);
}

static void arm(struct recorded_feed *recording)
{
	struct stream_source source = replay_source(recording->replay);
	int64_t next_ns = source.next_ns(source.user), at_ns;
	if (next_ns == INT64_MAX || __builtin_add_overflow(next_ns, recording->shift_ns, &at_ns))
		return;
	recording->next = scheduler_at(recording->feed->scheduler, at_ns, SCHEDULE_MARKET_EVENT,
				       event_due, recording);
}

void recorded_feed_start(struct recorded_feed *recording)
{
	struct stream_source source = replay_source(recording->replay);
	int64_t now_ns = scheduler_now(recording->feed->scheduler);
	replay_start(recording->replay, recording->books, INT64_MIN, INT64_MAX, deliver, recording);
	int64_t first_ns = source.next_ns(source.user);
	recording->shift_ns = first_ns == INT64_MAX ? 0 : now_ns - first_ns;
	/* What happened at the first moment is there for the first books. */
	event_due(recording);
}
