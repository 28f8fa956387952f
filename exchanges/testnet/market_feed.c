#include "exchanges/testnet/feed_state.h"

#include "core/base/utc.h"
#include "exchanges/testnet/funding_formula.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRID_TENTH_BP	   5 /* usual distance of two levels */
#define CHANGES_A_MESSAGE  3 /* levels whose size changes besides those that come and go */
#define MARKS_PER_INTEREST 8 /* open interest is told with every so many marks */

const char *feed_regime_text(enum feed_regime regime)
{
	switch (regime) {
	case FEED_CALM:
		return "calm";
	case FEED_ONE_SIDED:
		return "one-sided";
	case FEED_FLIPPING:
		return "flipping";
	case FEED_MIXED:
		return "mixed";
	}
	return "";
}

struct market_feed_options market_feed_defaults(void)
{
	return (struct market_feed_options){.seed = 1,
					    .book_interval_ns = 200 * NS_PER_MS,
					    .mark_interval_ns = NS_PER_SECOND,
					    .levels = 20,
					    .thin_percent = 100,
					    .volatility_bp = 4,
					    .gap_bp = 50,
					    .trades_per_minute = 60,
					    .regime = FEED_MIXED};
}

/* ---- life --------------------------------------------------------------------------------------
 */

struct market_feed *market_feed_create(const struct market_feed_options *options,
				       struct scheduler *scheduler,
				       const struct instrument_table *instruments,
				       struct fault_plan *faults)
{
	assert(options->book_interval_ns >= 10 * NS_PER_MS && options->levels >= 1 &&
	       options->levels <= FEED_LEVELS_MAX);
	struct market_feed *feed = calloc(1, sizeof(*feed));
	if (feed == NULL)
		return NULL;
	feed->options = *options;
	feed->scheduler = scheduler;
	feed->instruments = instruments;
	feed->faults = faults;
	feed->coins = calloc(FEED_COINS_MAX, sizeof(*feed->coins));
	feed->markets = calloc(FEED_MARKETS_MAX, sizeof(*feed->markets));
	if (feed->coins == NULL || feed->markets == NULL) {
		market_feed_free(feed);
		return NULL;
	}
	random_seed(&feed->random, options->seed);
	feed->sigma = feed_step_sigma(options);
	return feed;
}

void market_feed_free(struct market_feed *feed)
{
	if (feed == NULL)
		return;
	scheduler_cancel(feed->scheduler, feed->step);
	recorded_feed_free(feed->recording);
	free(feed->coins);
	free(feed->markets);
	free(feed);
}

static struct feed_coin *find_coin(const struct market_feed *feed, const char *name)
{
	for (size_t i = 0; i < feed->coin_count; i++)
		if (strcmp(feed->coins[i].name, name) == 0)
			return &feed->coins[i];
	return NULL;
}

static bool token_price(struct money price, int64_t *out)
{
	i128 value;
	if (price.e18 <= 0 ||
	    !i128_div_round(price.e18, i128_power_of_ten(MONEY_DECIMALS - TOKEN_PRICE_DIGITS),
			    ROUND_HALF_EVEN, &value) ||
	    value < 1000 || value > INT64_MAX / 4)
		return false;
	*out = (int64_t)value;
	return true;
}

bool market_feed_add_coin(struct market_feed *feed, const char *name, struct money price,
			  unsigned level_usd)
{
	int64_t start;
	if (feed->coin_count == FEED_COINS_MAX || find_coin(feed, name) != NULL ||
	    strlen(name) > NAME_MAX_LENGTH || level_usd == 0 || !token_price(price, &start))
		return false;
	struct feed_coin *coin = &feed->coins[feed->coin_count++];
	memcpy(coin->name, name, strlen(name) + 1);
	coin->canonical = instrument_table_find_asset(feed->instruments, name);
	coin->start = coin->price = start;
	coin->level_usd = level_usd;
	return true;
}

/* Levels stand on multiples of the grid, wherever the price may go: a whole number of ticks that
 * obeys the significant figures of the highest price. */
static int64_t grid_of(const struct market_feed *feed, const struct feed_market *market)
{
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	const struct feed_coin *coin = &feed->coins[market->coin];
	int64_t price = feed_price_units(market->instrument, coin->start, 0);
	int64_t highest = price * 16 / 10;
	int64_t step = rules->tick.units;
	if (rules->significant_figures > 0) {
		int64_t figures = 1,
			whole = (int64_t)i128_power_of_ten(market->instrument->price_decimals);
		for (unsigned i = 0; i < rules->significant_figures; i++)
			figures *= 10;
		for (;
		     highest / step >= figures && !(rules->integer_prices_always && step >= whole);)
			step *= 10;
	}
	int64_t wanted = price * GRID_TENTH_BP / 100000;
	return wanted > step ? wanted / step * step : step;
}

static int64_t lots_of(const struct market_feed *feed, const struct feed_market *market)
{
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	const struct feed_coin *coin = &feed->coins[market->coin];
	struct price price = {feed_price_units(market->instrument, coin->start, 0)};
	struct money lot;
	i128 lots;
	if (!contract_value(market->instrument, rules->lot, price, &lot) || lot.e18 <= 0 ||
	    !exact_ratio((i128[]){coin->level_usd, MONEY_ONE, feed->options.thin_percent}, 3,
			 (i128[]){lot.e18, 100}, 2, ROUND_HALF_EVEN, &lots))
		return 1;
	return lots < 1 ? 1 : lots > INT32_MAX ? INT32_MAX : (int64_t)lots;
}

static void add_market(struct market_feed *feed, size_t coin, instrument_id id)
{
	assert(feed->market_count < FEED_MARKETS_MAX);
	struct feed_market *market = &feed->markets[feed->market_count++];
	*market = (struct feed_market){.coin = coin,
				       .venue = feed->venue_count - 1,
				       .id = id,
				       .instrument = instrument_get(feed->instruments, id)};
	market->grid = grid_of(feed, market);
	market->lots = lots_of(feed, market);
	market->open_interest.units = market->lots * 500;
}

size_t market_feed_add_venue(struct market_feed *feed, struct trading_floor *floor,
			     const struct feed_venue_options *options)
{
	assert(feed->venue_count < FEED_VENUES_MAX && feed->step == 0);
	size_t before = feed->market_count;
	feed->venues[feed->venue_count++] = (struct feed_venue){floor, *options};
	for (instrument_id id = 1; id <= instrument_count(feed->instruments); id++) {
		const struct instrument *instrument = instrument_get(feed->instruments, id);
		enum market_status status = instrument_latest(feed->instruments, id)->rules.status;
		if (instrument->venue != trading_floor_venue(floor) || status == MARKET_DELISTED ||
		    instrument_is_retired(feed->instruments, id))
			continue;
		for (size_t c = 0; c < feed->coin_count; c++)
			if (feed->coins[c].canonical == instrument->canonical)
				add_market(feed, c, id);
	}
	return feed->market_count - before;
}

/* ---- what is told ------------------------------------------------------------------------------
 */

void feed_tell(struct market_feed *feed, const struct feed_market *market,
	       struct market_event *event)
{
	struct trading_floor *floor = feed->venues[market->venue].floor;
	event->local_ns = scheduler_now(feed->scheduler);
	event->instrument = market->id;
	event->venue = market->instrument->venue;
	trading_floor_market(floor, event);
}

static struct money units_e18(const struct feed_market *market, int64_t units)
{
	return price_e18(market->instrument, (struct price){units});
}

static int64_t fraction_of(const struct feed_coin *coin, size_t venue)
{
	return coin->premiums[venue].now + coin->basis[venue];
}

/* Both sorted from the best outwards: what is new or changed, and what is gone. */
static uint32_t difference(enum side side, const struct feed_ladder *before,
			   const struct feed_ladder *after, struct book_level *out)
{
	uint32_t count = 0, b = 0, a = 0;
	while (b < before->count || a < after->count) {
		const struct book_level *old = &before->levels[b], *new = &after->levels[a];
		bool only_old = a == after->count;
		bool only_new = b == before->count;
		if (!only_old && !only_new && old->price.units != new->price.units) {
			bool old_first =
				(old->price.units > new->price.units) == (side == SIDE_BUY);
			only_old = old_first;
			only_new = !old_first;
		}
		if (only_old) {
			out[count++] = (struct book_level){old->price, {0}};
			b++;
		} else if (only_new) {
			out[count++] = *new;
			a++;
		} else {
			if (old->quantity.units != new->quantity.units)
				out[count++] = *new;
			a++;
			b++;
		}
	}
	return count;
}

static void tell_book(struct market_feed *feed, struct feed_market *market,
		      const struct feed_ladder after[2])
{
	struct book_level changes[2][2 * FEED_LEVELS_MAX];
	struct market_event event = {.kind = EVENT_BOOK,
				     .flags = market->started ? 0 : EVENT_FLAG_SNAPSHOT};
	event.u.book.bid_count =
		difference(SIDE_BUY, &market->sides[SIDE_BUY], &after[SIDE_BUY], changes[SIDE_BUY]);
	event.u.book.ask_count = difference(SIDE_SELL, &market->sides[SIDE_SELL], &after[SIDE_SELL],
					    changes[SIDE_SELL]);
	event.u.book.bids = changes[SIDE_BUY];
	event.u.book.asks = changes[SIDE_SELL];
	market->sides[SIDE_BUY] = after[SIDE_BUY];
	market->sides[SIDE_SELL] = after[SIDE_SELL];
	if (market->started && event.u.book.bid_count + event.u.book.ask_count == 0)
		return;
	market->started = true;
	feed_tell(feed, market, &event);
}

/* ---- the made-up book --------------------------------------------------------------------------
 */

static struct quantity level_size(struct market_feed *feed, const struct feed_market *market,
				  uint32_t depth)
{
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	int64_t usual = market->lots * (2 + depth) / 2;
	int64_t lots = usual + random_between(&feed->random, -usual / 2, usual / 2);
	return (struct quantity){(lots < 1 ? 1 : lots) * rules->lot.units};
}

/* The levels from `top` outwards: those that stood before keep their size, some change. */
static void make_side(struct market_feed *feed, const struct feed_market *market, enum side side,
		      int64_t top, struct feed_ladder *out)
{
	const struct feed_ladder *before = &market->sides[side];
	int64_t step = side == SIDE_BUY ? -market->grid : market->grid;
	uint32_t b = 0;
	out->count = 0;
	for (uint32_t i = 0; i < feed->options.levels; i++) {
		int64_t price = top + step * i;
		if (price <= 0)
			break;
		while (b < before->count &&
		       (side == SIDE_BUY ? before->levels[b].price.units > price
					 : before->levels[b].price.units < price))
			b++;
		struct book_level level = {{price}, {0}};
		if (b < before->count && before->levels[b].price.units == price)
			level.quantity = before->levels[b].quantity;
		if (level.quantity.units == 0)
			level.quantity = level_size(feed, market, i);
		out->levels[out->count++] = level;
	}
	for (int i = 0; i < CHANGES_A_MESSAGE && out->count > 0; i++) {
		uint32_t at = (uint32_t)random_below(&feed->random, out->count);
		out->levels[at].quantity = level_size(feed, market, at);
	}
}

static int64_t floor_to(int64_t value, int64_t grid)
{
	return value / grid * grid - (value % grid < 0 ? grid : 0);
}

static void make_book(struct market_feed *feed, const struct feed_market *market,
		      struct feed_ladder sides[2])
{
	const struct feed_coin *coin = &feed->coins[market->coin];
	int64_t mid =
		feed_price_units(market->instrument, coin->price, fraction_of(coin, market->venue));
	int64_t half =
		(int64_t)((i128)mid * feed->venues[market->venue].options.spread_tenth_bp / 200000);
	int64_t bid = floor_to(mid - half, market->grid);
	int64_t ask = floor_to(mid + half, market->grid) + market->grid;
	make_side(feed, market, SIDE_BUY, bid, &sides[SIDE_BUY]);
	make_side(feed, market, SIDE_SELL, ask, &sides[SIDE_SELL]);
}

/* Other participants trade at the touch; what they took is gone from the next book. */
static void trade_at_touch(struct market_feed *feed, struct feed_market *market,
			   struct feed_ladder sides[2])
{
	uint64_t minute = (uint64_t)(NS_PER_MINUTE / feed->options.book_interval_ns);
	if (random_below(&feed->random, minute > 0 ? minute : 1) >= feed->options.trades_per_minute)
		return;
	enum side taker = random_below(&feed->random, 2) == 0 ? SIDE_BUY : SIDE_SELL;
	struct feed_ladder *side = &sides[side_opposite(taker)];
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	if (side->count == 0)
		return;
	struct book_level *touch = &side->levels[0];
	int64_t lots = touch->quantity.units / rules->lot.units;
	if (lots <= 1)
		return;
	struct market_event trade = {.kind = EVENT_TRADE};
	trade.u.trade.price = touch->price;
	trade.u.trade.taker_side = taker;
	trade.u.trade.quantity.units =
		random_between(&feed->random, 1, (lots + 1) / 2) * rules->lot.units;
	touch->quantity.units -= trade.u.trade.quantity.units;
	feed_tell(feed, market, &trade);
}

static void step_book(struct market_feed *feed, struct feed_market *market)
{
	struct feed_ladder sides[2];
	if (market->recorded != NULL) {
		if (recorded_feed_ladders(feed, market, sides))
			tell_book(feed, market, sides);
		return;
	}
	make_book(feed, market, sides);
	if (market->started)
		trade_at_touch(feed, market, sides);
	tell_book(feed, market, sides);
}

/* ---- marks and funding -------------------------------------------------------------------------
 */

static struct rate to_step(struct rate rate, struct rate step)
{
	i128 steps;
	if (step.e18 == 0 || !i128_div_round(rate.e18, step.e18, ROUND_HALF_EVEN, &steps))
		return rate;
	return (struct rate){(int64_t)steps * step.e18};
}

/* The rate so far of the running interval, and the premium behind it. */
static struct rate rate_of(struct market_feed *feed, const struct feed_market *market,
			   struct rate *premium)
{
	struct rate step = feed->venues[market->venue].options.rate_step, rate;
	if (market->recorded != NULL && recorded_feed_rate(feed, market, &rate)) {
		*premium = funding_premium_for(rate);
		return to_step(rate, step);
	}
	*premium = feed_coin_premium(&feed->coins[market->coin], market->venue);
	return to_step(funding_rate_of(*premium), step);
}

static void tell_funding(struct market_feed *feed, const struct feed_market *market,
			 enum funding_kind kind, int64_t boundary_ns)
{
	struct rate premium;
	struct market_event event = {.kind = EVENT_FUNDING};
	event.u.funding.kind = kind;
	event.u.funding.rate = rate_of(feed, market, &premium);
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns =
		instrument_latest(feed->instruments, market->id)->funding.interval_ns;
	trading_floor_set_premium(feed->venues[market->venue].floor, market->id, boundary_ns,
				  premium);
	feed_tell(feed, market, &event);
}

static void invent_past(struct market_feed *feed, const struct feed_market *market)
{
	const struct feed_coin *coin = &feed->coins[market->coin];
	const struct feed_premium *premium = &coin->premiums[market->venue];
	int64_t interval_ns = instrument_latest(feed->instruments, market->id)->funding.interval_ns;
	struct rate step = feed->venues[market->venue].options.rate_step;
	if (market->boundary_ns == INT64_MAX || market->recorded != NULL)
		return;
	for (int64_t back = FEED_PAST_SETTLEMENTS; back > 0; back--) {
		int64_t average = premium->target +
				  premium->target / 100 * random_between(&feed->random, -5, 5);
		int64_t e18 = average * (RATE_ONE / FRACTION_ONE);
		struct floor_settled settled = {
			.boundary_ns = market->boundary_ns - back * interval_ns,
			.premium = {e18 / FUNDING_PREMIUM_STEP_E18 * FUNDING_PREMIUM_STEP_E18},
			.price = units_e18(market, feed_price_units(market->instrument, coin->price,
								    back * (FRACTION_ONE / 20000))),
		};
		settled.rate = to_step(funding_rate_of(settled.premium), step);
		trading_floor_add_past(feed->venues[market->venue].floor, market->id, &settled);
	}
}

static void tell_marks(struct market_feed *feed, const struct feed_market *market)
{
	const struct feed_coin *coin = &feed->coins[market->coin];
	struct market_event event = {.kind = EVENT_MARK};
	struct money mark, index;
	if (market->recorded == NULL || !recorded_feed_marks(feed, market, &mark, &index)) {
		mark = units_e18(market, feed_price_units(market->instrument, coin->price,
							  fraction_of(coin, market->venue)));
		index = units_e18(market, feed_price_units(market->instrument, coin->price, 0));
	}
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX | MARK_HAS_ORACLE;
	event.u.mark.mark = mark;
	event.u.mark.index = event.u.mark.oracle = index;
	feed_tell(feed, market, &event);
}

static void tell_interest(struct market_feed *feed, struct feed_market *market)
{
	int64_t lot = instrument_latest(feed->instruments, market->id)->rules.lot.units;
	struct market_event event = {.kind = EVENT_OPEN_INTEREST};
	market->open_interest.units += random_between(&feed->random, -market->lots, market->lots);
	if (market->open_interest.units < market->lots)
		market->open_interest.units = market->lots;
	event.u.open_interest.quantity.units = market->open_interest.units * lot;
	feed_tell(feed, market, &event);
}

static void step_marks(struct market_feed *feed, struct feed_market *market)
{
	int64_t now_ns = scheduler_now(feed->scheduler);
	int64_t venue_ns = trading_floor_venue_time(feed->venues[market->venue].floor);
	if (market->boundary_ns != INT64_MAX && venue_ns >= market->boundary_ns) {
		tell_funding(feed, market, FUNDING_SETTLED, market->boundary_ns);
		feed_coin_settled(feed, &feed->coins[market->coin], market->venue);
		market->boundary_ns =
			instrument_next_boundary(feed->instruments, market->id, venue_ns);
	}
	if (now_ns < market->next_mark_ns)
		return;
	market->next_mark_ns = now_ns + feed->options.mark_interval_ns;
	tell_marks(feed, market);
	if (market->boundary_ns != INT64_MAX)
		tell_funding(feed, market, FUNDING_ESTIMATE, market->boundary_ns);
	if (random_below(&feed->random, MARKS_PER_INTEREST) == 0)
		tell_interest(feed, market);
}

/* ---- steps -------------------------------------------------------------------------------------
 */

/* All markets of a coin step together, so that venues' prices belong to the same moment. */
static void step_slot(struct market_feed *feed, size_t slot)
{
	for (size_t c = slot; c < feed->coin_count; c += FEED_SLOTS) {
		struct feed_coin *coin = &feed->coins[c];
		feed_coin_step(feed, coin);
		for (size_t i = 0; i < coin->market_count; i++) {
			step_book(feed, &feed->markets[coin->first_market + i]);
			step_marks(feed, &feed->markets[coin->first_market + i]);
		}
	}
}

static void step_due(void *user)
{
	struct market_feed *feed = user;
	step_slot(feed, feed->slot);
	feed->slot = (feed->slot + 1) % FEED_SLOTS;
	feed->step = scheduler_after(feed->scheduler, feed->options.book_interval_ns / FEED_SLOTS,
				     SCHEDULE_MARKET_EVENT, step_due, feed);
}

/* The invented day before: a few hundred times what stands in the book. */
static void invent_day(struct market_feed *feed, const struct feed_market *market)
{
	struct floor_day day = {.open_interest = market->open_interest};
	const struct order_rules *rules = &instrument_latest(feed->instruments, market->id)->rules;
	int64_t price = feed_price_units(market->instrument, feed->coins[market->coin].price, 0);
	struct quantity volume = {market->lots * rules->lot.units * 2000};
	day.open_interest.units *= rules->lot.units;
	contract_value(market->instrument, volume, (struct price){price}, &day.quote_volume);
	day.base_volume.e18 =
		volume.units *
		i128_power_of_ten(MONEY_DECIMALS - market->instrument->quantity_decimals);
	day.open = units_e18(market, price);
	day.high = units_e18(market, price + price / 100);
	day.low = units_e18(market, price - price / 100);
	trading_floor_set_day(feed->venues[market->venue].floor, market->id, &day);
}

static void sort_by_coin(struct market_feed *feed)
{
	for (size_t i = 1; i < feed->market_count; i++) {
		struct feed_market market = feed->markets[i];
		size_t at = i;
		for (; at > 0 && feed->markets[at - 1].coin > market.coin; at--)
			feed->markets[at] = feed->markets[at - 1];
		feed->markets[at] = market;
	}
	for (size_t i = feed->market_count; i-- > 0;) {
		struct feed_coin *coin = &feed->coins[feed->markets[i].coin];
		coin->first_market = i;
		coin->market_count++;
	}
}

void market_feed_start(struct market_feed *feed)
{
	assert(feed->step == 0);
	sort_by_coin(feed);
	for (size_t c = 0; c < feed->coin_count; c++)
		feed_coin_begin(feed, &feed->coins[c]);
	for (size_t i = 0; i < feed->market_count; i++) {
		struct feed_market *market = &feed->markets[i];
		market->boundary_ns = instrument_next_boundary(
			feed->instruments, market->id,
			trading_floor_venue_time(feed->venues[market->venue].floor));
		invent_day(feed, market);
		invent_past(feed, market);
	}
	if (feed->recording != NULL)
		recorded_feed_start(feed->recording);
	for (size_t slot = 0; slot < FEED_SLOTS; slot++)
		step_slot(feed, slot);
	feed->step = scheduler_after(feed->scheduler, feed->options.book_interval_ns / FEED_SLOTS,
				     SCHEDULE_MARKET_EVENT, step_due, feed);
}

/* ---- by hand -----------------------------------------------------------------------------------
 */

bool market_feed_set_price(struct market_feed *feed, const char *name, struct money price)
{
	struct feed_coin *coin = find_coin(feed, name);
	int64_t value;
	if (coin == NULL || !token_price(price, &value))
		return false;
	coin->price = value;
	/* Where it was put is where it is drawn to. */
	coin->start = value;
	return true;
}

struct money market_feed_price(const struct market_feed *feed, const char *name)
{
	const struct feed_coin *coin = find_coin(feed, name);
	if (coin == NULL)
		return (struct money){0};
	return (struct money){coin->price * i128_power_of_ten(MONEY_DECIMALS - TOKEN_PRICE_DIGITS)};
}

bool market_feed_set_premium(struct market_feed *feed, const char *name, size_t venue,
			     struct rate premium)
{
	struct feed_coin *coin = find_coin(feed, name);
	int64_t most = RATE_ONE / 2;
	if (coin == NULL || venue >= feed->venue_count || premium.e18 > most || premium.e18 < -most)
		return false;
	struct feed_premium *of_venue = &coin->premiums[venue];
	of_venue->fixed = true;
	of_venue->target = of_venue->now = premium.e18 / (RATE_ONE / FRACTION_ONE);
	return true;
}
