/* Books and candles on the wire: whole books, grouped if wanted (§1.3, §5.4). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"

#include <string.h>

#define BOOK_LEVELS 20
#define BOOK_LOOK   400 /* levels that one grouped book is made from */

/* ---- grouping ----------------------------------------------------------------------------------
 */

/* Width of a bucket at `price`: the place of its figures-th digit, times the mantissa. */
static int64_t bucket_width(int64_t price, const struct hyper_book_view *view)
{
	int64_t width = 1, most = i128_power_of_ten((unsigned)view->figures) <= INT64_MAX
					  ? (int64_t)i128_power_of_ten((unsigned)view->figures)
					  : INT64_MAX;
	while (price / width >= most)
		width *= 10;
	return width * (view->mantissa > 1 ? view->mantissa : 1);
}

/* Bids are rounded down, asks up. */
static int64_t bucket_of(int64_t price, enum side side, const struct hyper_book_view *view)
{
	int64_t width = bucket_width(price, view);
	int64_t down = price / width * width;
	return side == SIDE_BUY || down == price ? down : down + width;
}

static size_t group(struct book_level *levels, size_t count, enum side side,
		    const struct hyper_book_view *view, unsigned *orders)
{
	size_t out = 0;
	for (size_t i = 0; i < count; i++) {
		struct book_level level = levels[i];
		if (view->figures > 0)
			level.price.units = bucket_of(level.price.units, side, view);
		if (out > 0 && levels[out - 1].price.units == level.price.units) {
			levels[out - 1].quantity.units += level.quantity.units;
			orders[out - 1]++;
			continue;
		}
		orders[out] = 1;
		levels[out++] = level;
	}
	return out;
}

static void put_level(struct served_text *text, const struct hyper_market *market,
		      struct book_level level, unsigned orders)
{
	reply_open(text, NULL, '{');
	hyper_put_price(text, "px", market, level.price);
	hyper_put_size(text, "sz", market, level.quantity);
	reply_integer(text, "n", orders);
	reply_close(text, '}');
}

static void put_side(struct hyperliquid_service *service, struct served_text *text,
		     const struct hyper_market *market, enum side side,
		     const struct hyper_book_view *view, size_t limit)
{
	struct book_level levels[BOOK_LOOK];
	unsigned orders[BOOK_LOOK];
	size_t look = view->figures > 0 ? BOOK_LOOK : limit;
	size_t count = trading_floor_depth(service->floor, market->instrument, side, levels, look);
	count = group(levels, count, side, view, orders);
	reply_open(text, NULL, '[');
	for (size_t i = 0; i < count && i < limit; i++)
		put_level(text, market, levels[i], orders[i]);
	reply_close(text, ']');
}

void hyper_put_book(struct hyperliquid_service *service, struct served_text *text, const char *key,
		    unsigned market, const struct hyper_book_view *view, size_t limit)
{
	const struct hyper_market *row = &service->markets[market];
	struct book_level bid, ask;
	reply_open(text, key, '{');
	reply_text(text, "coin", row->terms->symbol);
	reply_integer(text, "time", hyper_frame_ms(service));
	reply_open(text, "levels", '[');
	put_side(service, text, row, SIDE_BUY, view, limit);
	put_side(service, text, row, SIDE_SELL, view, limit);
	reply_close(text, ']');
	if (view->fast)
		reply_bool(text, "fast", true);
	if (view->figures > 0 &&
	    trading_floor_depth(service->floor, row->instrument, SIDE_BUY, &bid, 1) == 1 &&
	    trading_floor_depth(service->floor, row->instrument, SIDE_SELL, &ask, 1) == 1)
		hyper_put_price(text, "spread", row,
				(struct price){ask.price.units - bid.price.units});
	reply_close(text, '}');
}

/* ---- best bid and offer ------------------------------------------------------------------------
 */

static struct book_level best_of(const struct hyperliquid_service *service,
				 const struct hyper_market *market, enum side side)
{
	struct book_level level = {{0}, {0}};
	(void)!trading_floor_depth(service->floor, market->instrument, side, &level, 1);
	return level;
}

bool hyper_bbo_changed(struct hyperliquid_service *service, unsigned market)
{
	struct hyper_market *row = &service->markets[market];
	bool changed = false;
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct book_level level =
			best_of(service, row, side == SIDE_BUY ? SIDE_BUY : SIDE_SELL);
		changed = changed || level.price.units != row->best[side].price.units ||
			  level.quantity.units != row->best[side].quantity.units;
		row->best[side] = level;
	}
	return changed;
}

void hyper_put_bbo(struct hyperliquid_service *service, struct served_text *text, const char *key,
		   unsigned market)
{
	const struct hyper_market *row = &service->markets[market];
	reply_open(text, key, '{');
	reply_text(text, "coin", row->terms->symbol);
	reply_integer(text, "time", hyper_frame_ms(service));
	reply_open(text, "bbo", '[');
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct book_level level =
			best_of(service, row, side == SIDE_BUY ? SIDE_BUY : SIDE_SELL);
		if (level.quantity.units > 0)
			put_level(text, row, level, 1);
		else
			reply_null(text, NULL);
	}
	reply_close(text, ']');
	reply_close(text, '}');
}

/* ---- candles -----------------------------------------------------------------------------------
 */

void hyper_candle_trade(struct hyper_market *market, const struct market_event *event)
{
	int64_t open_ns = event->exch_ns - event->exch_ns % NS_PER_MINUTE;
	struct price price = event->u.trade.price;
	struct hyper_candle *candle =
		&market->candles[(market->candle_next + HYPER_CANDLES_KEPT - 1) %
				 HYPER_CANDLES_KEPT];
	if (market->candle_count == 0 || candle->open_ns != open_ns) {
		candle = &market->candles[market->candle_next];
		*candle = (struct hyper_candle){open_ns, price, price, price, price, {0}, 0};
		market->candle_next = (market->candle_next + 1) % HYPER_CANDLES_KEPT;
		if (market->candle_count < HYPER_CANDLES_KEPT)
			market->candle_count++;
	}
	candle->close = price;
	if (price.units > candle->high.units)
		candle->high = price;
	if (price.units < candle->low.units)
		candle->low = price;
	candle->volume.units += event->u.trade.quantity.units;
	candle->trades++;
}

int64_t hyper_interval_ns(const char *interval)
{
	static const struct {
		const char *name;
		int64_t minutes;
	} INTERVALS[] = {{"1m", 1},    {"3m", 3},    {"5m", 5},	   {"15m", 15}, {"30m", 30},
			 {"1h", 60},   {"2h", 120},  {"4h", 240},  {"8h", 480}, {"12h", 720},
			 {"1d", 1440}, {"3d", 4320}, {"1w", 10080}};
	for (size_t i = 0; i < sizeof(INTERVALS) / sizeof(INTERVALS[0]); i++) {
		if (strcmp(INTERVALS[i].name, interval) == 0)
			return INTERVALS[i].minutes * NS_PER_MINUTE;
	}
	return 0;
}

static void merge(struct hyper_candle *into, const struct hyper_candle *minute)
{
	into->close = minute->close;
	if (minute->high.units > into->high.units)
		into->high = minute->high;
	if (minute->low.units < into->low.units)
		into->low = minute->low;
	into->volume.units += minute->volume.units;
	into->trades += minute->trades;
}

static void put_candle(struct served_text *text, const char *key, const struct hyper_market *market,
		       const char *interval, int64_t interval_ns, const struct hyper_candle *candle)
{
	reply_open(text, key, '{');
	reply_integer(text, "t", candle->open_ns / NS_PER_MS);
	reply_integer(text, "T", (candle->open_ns + interval_ns) / NS_PER_MS - 1);
	reply_text(text, "s", market->terms->symbol);
	reply_text(text, "i", interval);
	hyper_put_price(text, "o", market, candle->open);
	hyper_put_price(text, "c", market, candle->close);
	hyper_put_price(text, "h", market, candle->high);
	hyper_put_price(text, "l", market, candle->low);
	hyper_put_size(text, "v", market, candle->volume);
	reply_integer(text, "n", candle->trades);
	reply_close(text, '}');
}

/* Minutes of one candle put together. */
static bool candle_at(const struct hyper_market *market, int64_t open_ns, int64_t interval_ns,
		      struct hyper_candle *whole)
{
	whole->trades = 0;
	for (size_t i = market->candle_count; i > 0; i--) {
		const struct hyper_candle *minute =
			&market->candles[(market->candle_next + HYPER_CANDLES_KEPT - i) %
					 HYPER_CANDLES_KEPT];
		if (minute->open_ns < open_ns || minute->open_ns >= open_ns + interval_ns)
			continue;
		if (whole->trades > 0)
			merge(whole, minute);
		else
			*whole = *minute;
	}
	whole->open_ns = open_ns;
	return whole->trades > 0;
}

void hyper_put_last_candle(struct served_text *text, const char *key,
			   const struct hyper_market *market, const char *interval)
{
	int64_t interval_ns = hyper_interval_ns(interval);
	struct hyper_candle whole = {.trades = 0};
	if (market->candle_count == 0) {
		reply_null(text, key);
		return;
	}
	const struct hyper_candle *last =
		&market->candles[(market->candle_next + HYPER_CANDLES_KEPT - 1) %
				 HYPER_CANDLES_KEPT];
	(void)!candle_at(market, last->open_ns - last->open_ns % interval_ns, interval_ns, &whole);
	put_candle(text, key, market, interval, interval_ns, &whole);
}

/* Of the time before the first trade only the prices of settlements are known: each is the close of
 * the candle that ends there. */
static void put_past_candles(struct served_text *text, const struct hyperliquid_service *service,
			     const struct hyper_market *market, const char *interval,
			     int64_t from_ns, int64_t to_ns)
{
	int64_t interval_ns = hyper_interval_ns(interval), last_ns = INT64_MIN;
	int64_t first_ns = INT64_MAX;
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - market->terms->price_decimals);
	size_t count = trading_floor_settled_count(service->floor, market->instrument);
	if (market->candle_count > 0)
		first_ns = market->candles[(market->candle_next + HYPER_CANDLES_KEPT -
					    market->candle_count) %
					   HYPER_CANDLES_KEPT]
				   .open_ns;
	for (size_t i = 0; i < count; i++) {
		const struct floor_settled *settled =
			trading_floor_settled(service->floor, market->instrument, i);
		struct price price = {(int64_t)(settled->price.e18 / unit)};
		int64_t open_ns = settled->boundary_ns - interval_ns;
		open_ns -= open_ns % interval_ns;
		if (open_ns < from_ns || open_ns > to_ns || open_ns + interval_ns > first_ns ||
		    open_ns == last_ns || price.units <= 0)
			continue;
		last_ns = open_ns;
		const struct hyper_candle candle = {open_ns, price, price, price, price, {0}, 0};
		put_candle(text, NULL, market, interval, interval_ns, &candle);
	}
}

void hyper_put_candles(struct served_text *text, const struct hyperliquid_service *service,
		       unsigned index, const char *interval, int64_t from_ns, int64_t to_ns)
{
	const struct hyper_market *market = &service->markets[index];
	int64_t interval_ns = hyper_interval_ns(interval);
	struct hyper_candle whole = {.trades = 0};
	reply_open(text, NULL, '[');
	put_past_candles(text, service, market, interval, from_ns, to_ns);
	for (size_t i = market->candle_count; i > 0; i--) {
		const struct hyper_candle *minute =
			&market->candles[(market->candle_next + HYPER_CANDLES_KEPT - i) %
					 HYPER_CANDLES_KEPT];
		int64_t open_ns = minute->open_ns - minute->open_ns % interval_ns;
		if (open_ns < from_ns - interval_ns || open_ns > to_ns)
			continue;
		if (whole.trades > 0 && whole.open_ns == open_ns) {
			merge(&whole, minute);
			continue;
		}
		if (whole.trades > 0)
			put_candle(text, NULL, market, interval, interval_ns, &whole);
		whole = *minute;
		whole.open_ns = open_ns;
	}
	if (whole.trades > 0)
		put_candle(text, NULL, market, interval, interval_ns, &whole);
	reply_close(text, ']');
}
