#include "src/market_generator.h"

#include "core/base/random.h"
#include "core/base/utc.h"
#include "core/store/recording.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COINS		 5
#define VENUES		 2
#define LEVELS		 8
#define RUN_NUMBER	 0x67656e00u
#define FUNDING_EVERY_NS (30 * NS_PER_SECOND)
#define CLOCK_OFFSET_NS	 (40 * NS_PER_MS)

/* e-18 per hour: 0.00125 % per hour is the usual interest component. */
#define BASE_RATE_E18 INT64_C(12500000000000)
/* One step of the spread's walk, once a minute, and the pull back towards zero (1/1200 a minute).
 */
#define SPREAD_STEP_E18 INT64_C(20000000000000)
#define SPREAD_PULL	1200

static const struct coin {
	const char *base;
	int64_t price; /* start, in ticks */
	int64_t walk;  /* largest step of the mid per book message, in ticks */
	unsigned price_decimals, quantity_decimals;
	int64_t typical_quantity; /* in lots, at one level */
} COIN_TABLE[COINS] = {
	{"BTC", 617500, 12, 1, 3, 1500},   {"ETH", 268250, 7, 2, 2, 3000},
	{"SOL", 143900, 6, 3, 1, 9000},	   {"LINK", 10250, 4, 3, 1, 12000},
	{"DOGE", 102300, 8, 6, 0, 200000},
};

static const struct venue_terms {
	const char *name, *quote, *suffix;
	int64_t taker_e18, maker_e18; /* fee fractions */
	int64_t delay_ns;	      /* venue -> recorder */
} VENUE_TABLE[VENUES] = {
	{"demo-alpha", "USDC", "-PERP", INT64_C(350000000000000), INT64_C(100000000000000),
	 8 * NS_PER_MS},
	{"demo-beta", "USDT", "USDT", INT64_C(200000000000000), INT64_C(50000000000000),
	 14 * NS_PER_MS},
};

struct side_levels {
	struct book_level levels[LEVELS];
	uint32_t count;
};

struct market {
	const struct coin *coin;
	const struct venue_terms *venue;
	venue_id venue_id;
	instrument_id id;
	struct side_levels bids, asks;
	uint64_t update_id, trade_id;
};

struct generator {
	const struct generator_options *options;
	struct instrument_table *instruments;
	struct market_state *state;
	struct recording_writer *writer;
	struct random random;
	bool diverged;
	int64_t mid[COINS];	   /* ticks */
	int64_t basis[COINS];	   /* beta minus alpha, ticks */
	int64_t spread_e18[COINS]; /* funding of beta minus alpha, per hour */
	struct market markets[VENUES][COINS];
	struct generator_result *result;
	struct error *err;
};

struct generator_options generator_defaults(void)
{
	struct recording_options recording = recording_defaults();
	return (struct generator_options){
		.seed = 7,
		.start_ns = INT64_C(1704067200) * NS_PER_SECOND, /* 2024-01-01T00:00:00Z */
		.hours = 24,
		.book_interval_ns = 6 * NS_PER_SECOND,
		.block_bytes = recording.block_bytes,
		.diverge_ns = INT64_MAX,
		.stop_ns = INT64_MAX,
	};
}

static bool emit(struct generator *generator, struct market_event *event)
{
	if (event->local_ns >= generator->options->stop_ns)
		return true;
	if (!generator->diverged && event->local_ns >= generator->options->diverge_ns) {
		/* This event is still the old one's: what was drawn before was drawn before. */
		random_seed(&generator->random, generator->options->seed ^ 0xd1f);
		generator->diverged = true;
	}
	market_state_apply(generator->state, event);
	generator->result->events++;
	generator->result->last_ns = event->local_ns;
	return recording_writer_event(generator->writer, event, generator->err);
}

static struct market_event event_of(const struct market *market, enum market_event_kind kind,
				    int64_t local_ns)
{
	return (struct market_event){
		.local_ns = local_ns,
		.exch_ns = local_ns - market->venue->delay_ns + CLOCK_OFFSET_NS,
		.instrument = market->id,
		.venue = market->venue_id,
		.connection = 1,
		.kind = (uint8_t)kind,
	};
}

static bool add_instrument(struct generator *generator, struct market *market)
{
	struct instrument_table *table = generator->instruments;
	struct instrument terms = {
		.venue = market->venue_id,
		.kind = INSTRUMENT_LINEAR,
		.base = instrument_table_asset(table, market->coin->base),
		.canonical = instrument_table_asset(table, market->coin->base),
		.quote = instrument_table_asset(table, market->venue->quote),
		.settle = instrument_table_asset(table, market->venue->quote),
		.multiplier = 1,
		.contract_size = {MONEY_ONE},
		.price_decimals = market->coin->price_decimals,
		.quantity_decimals = market->coin->quantity_decimals,
	};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s%s", market->coin->base,
		 market->venue->suffix);
	struct instrument_revision revision = {
		.rules = {.tick = {1},
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  .maintenance_margin = {RATE_ONE / 100},
			  .maximum_leverage = 20},
		.fees = {.maker = {market->venue->maker_e18}, .taker = {market->venue->taker_e18}},
		.funding = {.pays = true,
			    .interval_ns = NS_PER_HOUR,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_MARK,
			    .cap = {RATE_ONE / 100}},
	};
	market->id = instrument_table_add(table, &terms, &revision, generator->err);
	return market->id != 0;
}

/* The touch and a ladder behind it; quantities grow with the distance. */
static void make_side(struct generator *generator, const struct market *market, int64_t touch,
		      int direction, struct side_levels *out)
{
	int64_t price = touch;
	out->count = LEVELS;
	for (uint32_t i = 0; i < LEVELS; i++) {
		int64_t quantity = market->coin->typical_quantity * (2 + i) / 2;
		quantity += random_between(&generator->random, -quantity / 2, quantity / 2);
		out->levels[i] = (struct book_level){{price}, {quantity > 0 ? quantity : 1}};
		price += direction * random_between(&generator->random, 1, 4);
	}
}

/* What turns `before` into `after`: deletions, then all levels of `after`. */
static uint32_t difference(const struct side_levels *before, const struct side_levels *after,
			   struct book_level *out)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < before->count; i++) {
		bool kept = false;
		for (uint32_t k = 0; k < after->count && !kept; k++)
			kept = after->levels[k].price.units == before->levels[i].price.units;
		if (!kept)
			out[count++] = (struct book_level){before->levels[i].price, {0}};
	}
	memcpy(&out[count], after->levels, after->count * sizeof(*out));
	return count + after->count;
}

static int64_t mid_of(const struct generator *generator, const struct market *market)
{
	size_t coin = (size_t)(market->coin - COIN_TABLE);
	bool beta = market->venue == &VENUE_TABLE[1];
	return generator->mid[coin] + (beta ? generator->basis[coin] : 0);
}

static bool emit_book(struct generator *generator, struct market *market, int64_t local_ns)
{
	struct side_levels bids, asks;
	struct book_level bid_changes[2 * LEVELS], ask_changes[2 * LEVELS];
	int64_t mid = mid_of(generator, market);
	bool first = market->update_id == 0;
	make_side(generator, market, mid - 1, -1, &bids);
	make_side(generator, market, mid + 1, 1, &asks);
	struct market_event event = event_of(market, EVENT_BOOK, local_ns);
	event.first_id = market->update_id + 1;
	event.last_id = market->update_id += 2;
	event.u.book.bids = bid_changes;
	event.u.book.asks = ask_changes;
	event.u.book.bid_count = difference(&market->bids, &bids, bid_changes);
	event.u.book.ask_count = difference(&market->asks, &asks, ask_changes);
	market->bids = bids;
	market->asks = asks;
	if (!first)
		return emit(generator, &event);
	event.flags = EVENT_FLAG_SNAPSHOT;
	if (!emit(generator, &event))
		return false;
	struct market_event synced = event_of(market, EVENT_CONNECTION, local_ns);
	synced.u.connection.state = CONNECTION_SYNCED;
	return emit(generator, &synced);
}

static bool emit_trade(struct generator *generator, struct market *market, int64_t local_ns)
{
	bool buy = random_below(&generator->random, 2) == 0;
	const struct book_level *touch = buy ? &market->asks.levels[0] : &market->bids.levels[0];
	struct market_event event = event_of(market, EVENT_TRADE, local_ns);
	event.u.trade.price = touch->price;
	event.u.trade.quantity.units = random_between(&generator->random, 1, touch->quantity.units);
	event.u.trade.taker_side = buy ? SIDE_BUY : SIDE_SELL;
	event.u.trade.id = ++market->trade_id;
	return emit(generator, &event);
}

static int64_t rate_of(const struct generator *generator, const struct market *market)
{
	size_t coin = (size_t)(market->coin - COIN_TABLE);
	int64_t half = generator->spread_e18[coin] / 2;
	return BASE_RATE_E18 + (market->venue == &VENUE_TABLE[1] ? half : -half);
}

/* Estimates for the settlement to come; right after a boundary, first the settled record. */
static bool emit_funding(struct generator *generator, struct market *market, int64_t local_ns)
{
	struct market_event mark = event_of(market, EVENT_MARK, local_ns);
	const struct instrument *instrument = instrument_get(generator->instruments, market->id);
	struct money price = price_e18(instrument, (struct price){mid_of(generator, market)});
	mark.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX;
	mark.u.mark.mark = price;
	mark.u.mark.index = price;
	if (!emit(generator, &mark))
		return false;
	struct market_event funding = event_of(market, EVENT_FUNDING, local_ns);
	int64_t passed = funding.exch_ns / NS_PER_HOUR * NS_PER_HOUR;
	funding.u.funding.interval_ns = NS_PER_HOUR;
	funding.u.funding.rate.e18 = rate_of(generator, market);
	if (funding.exch_ns - passed < FUNDING_EVERY_NS && passed > generator->options->start_ns) {
		struct market_event settled = funding;
		settled.u.funding.kind = FUNDING_SETTLED;
		settled.u.funding.boundary_ns = passed;
		generator->result->settlements++;
		if (!emit(generator, &settled))
			return false;
	}
	funding.u.funding.kind = FUNDING_ESTIMATE;
	funding.u.funding.boundary_ns = passed + NS_PER_HOUR;
	return emit(generator, &funding);
}

static void walk_prices(struct generator *generator)
{
	for (size_t i = 0; i < COINS; i++) {
		const struct coin *coin = &COIN_TABLE[i];
		generator->mid[i] += random_between(&generator->random, -coin->walk, coin->walk);
		if (generator->mid[i] < coin->price / 2)
			generator->mid[i] = coin->price / 2;
		generator->basis[i] += random_between(&generator->random, -2, 2);
		generator->basis[i] -= generator->basis[i] / 16;
	}
}

static void walk_funding(struct generator *generator)
{
	for (size_t i = 0; i < COINS; i++) {
		generator->spread_e18[i] +=
			random_between(&generator->random, -SPREAD_STEP_E18, SPREAD_STEP_E18);
		generator->spread_e18[i] -= generator->spread_e18[i] / SPREAD_PULL;
	}
}

static bool emit_start(struct generator *generator, int64_t local_ns)
{
	for (size_t v = 0; v < VENUES; v++) {
		const struct market *first = &generator->markets[v][0];
		struct market_event up = event_of(first, EVENT_CONNECTION, local_ns);
		up.instrument = 0;
		up.u.connection.state = CONNECTION_UP;
		struct market_event clock = event_of(first, EVENT_CLOCK, local_ns);
		clock.instrument = 0;
		clock.u.clock.offset_ns = CLOCK_OFFSET_NS;
		clock.u.clock.uncertainty_ns = 20 * NS_PER_MS;
		if (!emit(generator, &up) || !emit(generator, &clock))
			return false;
	}
	return true;
}

static bool emit_round(struct generator *generator, int64_t round_ns, int64_t elapsed_ns)
{
	for (size_t v = 0; v < VENUES; v++) {
		for (size_t c = 0; c < COINS; c++) {
			struct market *market = &generator->markets[v][c];
			int64_t at_ns = round_ns + (int64_t)(v * COINS + c + 1) * 50 * NS_PER_MS;
			if (!emit_book(generator, market, at_ns))
				return false;
			if (random_below(&generator->random, 3) == 0 &&
			    !emit_trade(generator, market, at_ns))
				return false;
			if (elapsed_ns % FUNDING_EVERY_NS < generator->options->book_interval_ns &&
			    !emit_funding(generator, market, at_ns))
				return false;
		}
	}
	return true;
}

static bool run(struct generator *generator)
{
	const struct generator_options *options = generator->options;
	int64_t end_ns = options->start_ns + options->hours * NS_PER_HOUR;
	int64_t funding_ns = options->start_ns;
	generator->result->first_ns = options->start_ns;
	if (!emit_start(generator, options->start_ns))
		return false;
	for (int64_t now = options->start_ns; now < end_ns; now += options->book_interval_ns) {
		walk_prices(generator);
		for (; funding_ns <= now; funding_ns += NS_PER_MINUTE)
			walk_funding(generator);
		if (!emit_round(generator, now, now - options->start_ns))
			return false;
	}
	return true;
}

static bool add_markets(struct generator *generator)
{
	for (size_t v = 0; v < VENUES; v++) {
		for (size_t c = 0; c < COINS; c++) {
			struct market *market = &generator->markets[v][c];
			market->coin = &COIN_TABLE[c];
			market->venue = &VENUE_TABLE[v];
			market->venue_id =
				instrument_table_venue(generator->instruments, VENUE_TABLE[v].name);
			if (!add_instrument(generator, market))
				return false;
		}
	}
	return true;
}

bool market_generate(const char *directory, const struct generator_options *options,
		     struct generator_result *result, struct error *err)
{
	struct generator *generator = calloc(1, sizeof(*generator));
	bool ok = false;
	if (!generator)
		return error_set(err, ERROR_LIMIT, "out of memory");
	*result = (struct generator_result){0};
	generator->options = options;
	generator->result = result;
	generator->err = err;
	generator->instruments = instrument_table_create();
	random_seed(&generator->random, options->seed);
	for (size_t i = 0; i < COINS; i++)
		generator->mid[i] = COIN_TABLE[i].price;
	if (generator->instruments)
		generator->state = market_state_create(generator->instruments);
	if (!generator->state) {
		error_set(err, ERROR_LIMIT, "out of memory");
		goto done;
	}
	struct recording_options recording = recording_defaults();
	recording.block_bytes = options->block_bytes;
	recording.codec = options->compress ? RECORDING_ZLIB : RECORDING_RAW;
	if (!add_markets(generator))
		goto done;
	generator->writer =
		recording_writer_create(directory, options->start_ns, RUN_NUMBER,
					generator->instruments, generator->state, &recording, err);
	if (!generator->writer)
		goto done;
	ok = run(generator);
	ok = recording_writer_close(generator->writer, ok ? err : NULL) && ok;
done:
	market_state_free(generator->state);
	instrument_table_free(generator->instruments);
	free(generator);
	return ok;
}
