/* Public market data by REST: §1.1 and §1.5 to §1.7. */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF_ADDRESS "0x0000000000000000000000000000000000000001"

void served_get_root(struct served_call *call)
{
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "status", 200);
	reply_integer(&call->body, "network_id", 1);
	reply_integer(&call->body, "timestamp", served_now_ns(call->service) / NS_PER_SECOND);
	reply_close(&call->body, '}');
}

void served_get_info(struct served_call *call)
{
	reply_open(&call->body, NULL, '{');
	reply_text(&call->body, "contract_address", TEXT_OF_ADDRESS);
	reply_close(&call->body, '}');
}

/* ---- orderBooks, orderBookDetails ------------------------------------------------------------ */

struct filter {
	unsigned market; /* SERVED_PERP_NIL: all */
	bool perps;
};

static bool want_filter(struct served_call *call, struct filter *filter)
{
	const char *kind = served_form_text(call->form, "filter");
	if (!served_want_market(call, false, &filter->market))
		return false;
	filter->perps = kind == NULL || strcmp(kind, "spot") != 0;
	if (kind == NULL || strcmp(kind, "all") == 0 || strcmp(kind, "perp") == 0 ||
	    strcmp(kind, "spot") == 0)
		return true;
	served_refuse(call, 400, 20001);
	return false;
}

static const char *status_word(enum market_status status)
{
	switch (status) {
	case MARKET_TRADING:
	case MARKET_REDUCE_ONLY:
		return "active";
	case MARKET_HALTED:
		return "frozen";
	case MARKET_DELISTED:
		return "inactive";
	}
	return "inactive";
}

/* A fraction as percent, 4 decimals. */
static void put_percent(struct served_text *text, const char *key, struct rate rate)
{
	reply_decimal(text, key, served_rounded((i128)rate.e18 * 100, 4), 4);
}

static void put_market(struct lighter_service *service, struct served_text *text, unsigned market)
{
	const struct instrument *instrument = served_instrument(service, market);
	const struct instrument_revision *revision =
		instrument_latest(service->instruments, instrument->id);
	const struct order_rules *rules = &revision->rules;
	unsigned quote_decimals = served_quote_decimals(instrument);
	struct money quote_limit = {(i128)INT64_C(281474976710655) *
				    i128_power_of_ten(MONEY_DECIMALS - 6)};
	reply_text(text, "symbol", instrument->symbol);
	reply_integer(text, "market_id", market);
	reply_text(text, "market_type", "perp");
	reply_integer(text, "base_asset_id", 0);
	reply_integer(text, "quote_asset_id", 0);
	reply_text(text, "status", status_word(rules->status));
	put_percent(text, "taker_fee", revision->fees.taker);
	reply_bool(text, "is_taker_fee_enabled", true);
	put_percent(text, "maker_fee", revision->fees.maker);
	reply_bool(text, "is_maker_fee_enabled", true);
	reply_text(text, "liquidation_fee", "1.0000");
	reply_decimal(text, "min_base_amount", rules->minimum_quantity.units,
		      instrument->quantity_decimals);
	reply_money(text, "min_quote_amount", rules->minimum_notional, quote_decimals);
	reply_money(text, "order_quote_limit", quote_limit, 6);
	reply_integer(text, "supported_size_decimals", instrument->quantity_decimals);
	reply_integer(text, "supported_price_decimals", instrument->price_decimals);
	reply_integer(text, "supported_quote_decimals", quote_decimals);
	reply_text(text, "created_at", "1736900000000");
	reply_text(text, "multiplier", "1.000000000000000000");
}

/* 10 000 / leverage, up: the smallest fraction that is allowed. */
static int64_t margin_fraction(int32_t leverage)
{
	return (10000 + leverage - 1) / leverage;
}

static void put_day(struct served_text *text, const struct floor_day *day, struct money last)
{
	i128 change = 0;
	reply_money_number(text, "daily_base_token_volume", day->base_volume, 8);
	reply_money_number(text, "daily_quote_token_volume", day->quote_volume, 6);
	reply_money_number(text, "daily_price_low", day->low, 8);
	reply_money_number(text, "daily_price_high", day->high, 8);
	if (day->open.e18 > 0 && !mul_div(last.e18 - day->open.e18, MONEY_ONE * 100, day->open.e18,
					  ROUND_HALF_EVEN, &change))
		change = 0;
	reply_number(text, "daily_price_change", served_rounded(change, 4), 4);
}

static void put_details(struct lighter_service *service, struct served_text *text, unsigned index)
{
	const struct served_market *market = &service->markets[index];
	const struct instrument *instrument = served_instrument(service, index);
	const struct order_rules *rules =
		&instrument_latest(service->instruments, instrument->id)->rules;
	const struct mark_state *mark =
		market_state_mark(trading_floor_books(service->floor), instrument->id);
	struct floor_day day = trading_floor_day(service->floor, instrument->id);
	struct money last = price_e18(instrument, market->last_trade);
	i128 maintenance = served_rounded(rules->maintenance_margin.e18, 4);
	reply_integer(text, "size_decimals", instrument->quantity_decimals);
	reply_integer(text, "price_decimals", instrument->price_decimals);
	reply_integer(text, "quote_multiplier", 1);
	reply_integer(text, "default_initial_margin_fraction",
		      margin_fraction(rules->maximum_leverage < 20 ? rules->maximum_leverage : 20));
	reply_integer(text, "min_initial_margin_fraction",
		      margin_fraction(rules->maximum_leverage));
	reply_integer(text, "maintenance_margin_fraction", (int64_t)maintenance);
	reply_integer(text, "closeout_margin_fraction", (int64_t)(maintenance * 2 / 3));
	reply_money(text, "mark_price", mark->mark, instrument->price_decimals);
	reply_money(text, "index_price", mark->index, instrument->price_decimals);
	reply_number(text, "last_trade_price", market->last_trade.units,
		     instrument->price_decimals);
	reply_integer(text, "daily_trades_count", 0);
	put_day(text, &day, last);
	reply_number(text, "open_interest", day.open_interest.units, instrument->quantity_decimals);
	reply_open(text, "daily_chart", '{');
	reply_close(text, '}');
	reply_open(text, "market_config", '{');
	reply_integer(text, "market_margin_mode", 0);
	reply_integer(text, "insurance_fund_account_index", 281474976710655);
	reply_integer(text, "liquidation_mode", 0);
	reply_bool(text, "force_reduce_only", rules->status == MARKET_REDUCE_ONLY);
	reply_text(text, "trading_hours", "");
	reply_bool(text, "hidden", false);
	reply_bool(text, "rfq_enabled", false);
	reply_close(text, '}');
	reply_integer(text, "strategy_index", 0);
	reply_text(text, "funding_premium_multiplier", "1.00");
	reply_text(text, "funding_clamp_small", "0.0500");
	reply_text(text, "funding_clamp_big", "4.0000");
	reply_text(text, "base_interest_rate", "0.0100");
}

static void put_markets(struct served_call *call, const char *key, const struct filter *filter,
			bool details)
{
	reply_open(&call->body, key, '[');
	for (unsigned i = 0; filter->perps && i < call->service->market_count; i++) {
		if (filter->market != SERVED_PERP_NIL && filter->market != i)
			continue;
		reply_open(&call->body, NULL, '{');
		put_market(call->service, &call->body, i);
		if (details)
			put_details(call->service, &call->body, i);
		reply_close(&call->body, '}');
	}
	reply_close(&call->body, ']');
}

static void begin(struct served_call *call)
{
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "code", 200);
}

void served_get_order_books(struct served_call *call)
{
	struct filter filter;
	if (!want_filter(call, &filter))
		return;
	begin(call);
	put_markets(call, "order_books", &filter, false);
	reply_close(&call->body, '}');
}

void served_get_order_book_details(struct served_call *call)
{
	struct filter filter;
	if (!want_filter(call, &filter))
		return;
	begin(call);
	put_markets(call, "order_book_details", &filter, true);
	reply_open(&call->body, "spot_order_book_details", '[');
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

/* ---- orderBookOrders ------------------------------------------------------------------------- */

/* One resting order of somebody; which of them an order is follows from its level. */
static void put_book_order(struct served_call *call, const struct instrument *instrument,
			   int64_t index, int64_t owner, struct quantity initial,
			   struct quantity remaining, struct price price)
{
	struct served_text *text = &call->body;
	int64_t now_ns = served_now_ns(call->service);
	reply_open(text, NULL, '{');
	reply_integer(text, "order_index", index);
	reply_integer_text(text, "order_id", index);
	reply_integer(text, "owner_account_index", owner);
	reply_decimal(text, "initial_base_amount", initial.units, instrument->quantity_decimals);
	reply_decimal(text, "remaining_base_amount", remaining.units,
		      instrument->quantity_decimals);
	reply_decimal(text, "price", price.units, instrument->price_decimals);
	reply_integer(text, "order_expiry", (now_ns + 28 * NS_PER_DAY) / NS_PER_MS);
	reply_integer(text, "transaction_time", now_ns / NS_PER_US);
	reply_close(text, '}');
}

/* Two invented orders a level, where it is divisible: clients must sum per price. */
static size_t put_level(struct served_call *call, const struct instrument *instrument,
			unsigned market, enum side side, struct book_level level, size_t room)
{
	int64_t index = (INT64_C(1) << 57) + ((int64_t)market << 34) +
			((int64_t)(side == SIDE_SELL) << 33) + level.price.units * 2;
	int64_t lot =
		instrument_latest(call->service->instruments, instrument->id)->rules.lot.units;
	struct quantity first = {level.quantity.units / 3 / lot * lot};
	struct quantity second = {level.quantity.units - first.units};
	if (first.units == 0 || room < 2) {
		put_book_order(call, instrument, index, 281474976700077, level.quantity,
			       level.quantity, level.price);
		return 1;
	}
	put_book_order(call, instrument, index, 281474976700077, first, first, level.price);
	struct quantity initial = {second.units + lot};
	put_book_order(call, instrument, index + 1, 281474976700091, initial, second, level.price);
	return 2;
}

static void put_side(struct served_call *call, unsigned market, enum side side, int64_t limit)
{
	static const char *const NAMES[][2] = {{"total_bids", "bids"}, {"total_asks", "asks"}};
	const struct instrument *instrument = served_instrument(call->service, market);
	struct book_level levels[250];
	struct served_text list = {0};
	size_t count = trading_floor_depth(call->service->floor, instrument->id, side, levels,
					   (size_t)limit);
	size_t written = 0;
	struct served_text body = call->body;
	call->body = list;
	for (size_t i = 0; i < count && written < (size_t)limit; i++)
		written += put_level(call, instrument, market, side, levels[i],
				     (size_t)limit - written);
	list = call->body;
	call->body = body;
	reply_integer(&call->body, NAMES[side][0], (int64_t)written);
	reply_open(&call->body, NAMES[side][1], '[');
	reply_raw(&call->body, list.length > 0 ? list.bytes : "", list.length);
	reply_close(&call->body, ']');
	if (list.failed)
		call->body.failed = true;
	served_text_free(&list);
}

void served_get_order_book_orders(struct served_call *call)
{
	unsigned market;
	int64_t limit;
	if (!served_want_market(call, true, &market) || !served_want_limit(call, 250, 0, &limit))
		return;
	begin(call);
	put_side(call, market, SIDE_SELL, limit);
	put_side(call, market, SIDE_BUY, limit);
	reply_close(&call->body, '}');
}

/* ---- recentTrades ---------------------------------------------------------------------------- */

void served_get_recent_trades(struct served_call *call)
{
	struct market_event trades[100];
	unsigned market;
	int64_t limit;
	if (!served_want_market(call, true, &market) || !served_want_limit(call, 100, 0, &limit))
		return;
	size_t count = trading_floor_trades(call->service->floor,
					    call->service->markets[market].instrument, trades,
					    (size_t)limit);
	begin(call);
	if (count == 0)
		reply_null(&call->body, "trades");
	else
		reply_open(&call->body, "trades", '[');
	for (size_t i = 0; i < count; i++)
		served_put_public_trade(call->service, &call->body, market, &trades[i]);
	if (count > 0)
		reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

/* ---- fundings, funding-rates ----------------------------------------------------------------- */

static void put_funding_row(struct served_call *call, const struct floor_settled *settled)
{
	struct rate magnitude = {settled->rate.e18 < 0 ? -settled->rate.e18 : settled->rate.e18};
	i128 value = 0;
	if (!mul_div(settled->price.e18, magnitude.e18, RATE_ONE, ROUND_HALF_EVEN, &value))
		value = 0;
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "timestamp", settled->boundary_ns / NS_PER_SECOND);
	reply_decimal(&call->body, "value", served_rounded(value, 8), 8);
	served_put_funding_rate(&call->body, "rate", magnitude);
	reply_text(&call->body, "direction", settled->rate.e18 < 0 ? "short" : "long");
	reply_close(&call->body, '}');
}

/* Seconds or milliseconds: the document has seen both. */
static bool want_time(struct served_call *call, const char *name, int64_t *ns)
{
	int64_t value;
	if (served_form_integer(call->form, name, 0, INT64_C(5000000000000), &value) !=
	    FORM_VALUE) {
		served_refuse(call, 400, 20001);
		return false;
	}
	if (value >= INT64_C(1000000000000))
		*ns = value * NS_PER_MS;
	else
		*ns = value < INT64_MAX / NS_PER_SECOND ? value * NS_PER_SECOND : INT64_MAX;
	return true;
}

static bool want_range(struct served_call *call, int64_t *from_ns, int64_t *to_ns, int64_t most,
		       int64_t *count)
{
	*count = most;
	if (!want_time(call, "start_timestamp", from_ns) ||
	    !want_time(call, "end_timestamp", to_ns))
		return false;
	if (served_form_integer(call->form, "count_back", 0, INT64_MAX, count) == FORM_VALUE) {
		if (*count == 0 || *count > most)
			*count = most;
		return true;
	}
	served_refuse(call, 400, 20001);
	return false;
}

#define FUNDING_ROWS_MAX 100

void served_get_fundings(struct served_call *call)
{
	const char *resolution = served_form_text(call->form, "resolution");
	int64_t from_ns, to_ns, count;
	unsigned index;
	if (!served_want_market(call, true, &index) ||
	    !want_range(call, &from_ns, &to_ns, FUNDING_ROWS_MAX, &count))
		return;
	if (resolution == NULL ||
	    (strcmp(resolution, "1h") != 0 && strcmp(resolution, "1d") != 0)) {
		served_refuse(call, 400, 20001);
		return;
	}
	const struct instrument *instrument = served_instrument(call->service, index);
	size_t total = trading_floor_settled_count(call->service->floor, instrument->id);
	size_t first = total;
	while (first > 0 && (int64_t)(total - first) < INT64_MAX) {
		const struct floor_settled *settled =
			trading_floor_settled(call->service->floor, instrument->id, first - 1);
		if (settled->boundary_ns < from_ns)
			break;
		first--;
	}
	/* The newest `count` within the range, oldest first. */
	size_t last = total;
	while (last > first &&
	       trading_floor_settled(call->service->floor, instrument->id, last - 1)->boundary_ns >
		       to_ns)
		last--;
	if (last - first > (size_t)count)
		first = last - (size_t)count;
	begin(call);
	reply_text(&call->body, "resolution", resolution);
	reply_open(&call->body, "fundings", '[');
	for (size_t i = first; i < last; i++) {
		const struct floor_settled *settled =
			trading_floor_settled(call->service->floor, instrument->id, i);
		put_funding_row(call, settled);
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

void served_get_funding_rates(struct served_call *call)
{
	struct lighter_service *service = call->service;
	begin(call);
	reply_open(&call->body, "funding_rates", '[');
	for (unsigned i = 0; i < service->market_count; i++) {
		const struct instrument *instrument = served_instrument(service, i);
		const struct funding_state *funding =
			market_state_funding(trading_floor_books(service->floor), instrument->id);
		i128 eight_hours = (i128)funding->rate.e18 * 8;
		if (!funding->rate_known)
			continue;
		/* Another venue's row first: clients must look at `exchange`. */
		reply_open(&call->body, NULL, '{');
		reply_integer(&call->body, "market_id", i);
		reply_text(&call->body, "exchange", "binance");
		reply_text(&call->body, "symbol", instrument->symbol);
		reply_number(&call->body, "rate", 1, 4);
		reply_close(&call->body, '}');
		reply_open(&call->body, NULL, '{');
		reply_integer(&call->body, "market_id", i);
		reply_text(&call->body, "exchange", "lighter");
		reply_text(&call->body, "symbol", instrument->symbol);
		reply_number(&call->body, "rate", eight_hours, MONEY_DECIMALS);
		reply_close(&call->body, '}');
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

/* ---- candles --------------------------------------------------------------------------------- */

void served_candle_trade(struct served_market *market, const struct market_event *event)
{
	int64_t start_ns = event->exch_ns - event->exch_ns % NS_PER_MINUTE;
	const struct instrument *instrument =
		instrument_get(market->service->instruments, event->instrument);
	struct price price = event->u.trade.price;
	if (market->candles == NULL)
		market->candles = calloc(SERVED_CANDLES, sizeof(*market->candles));
	if (market->candles == NULL)
		abort();
	struct served_candle *candle =
		market->candle_count > 0 ? &market->candles[market->candle_count - 1] : NULL;
	if (candle == NULL || candle->start_ns < start_ns) {
		if (market->candle_count == SERVED_CANDLES) {
			memmove(market->candles, market->candles + SERVED_CANDLES / 2,
				SERVED_CANDLES / 2 * sizeof(*market->candles));
			market->candle_count = SERVED_CANDLES / 2;
		}
		candle = &market->candles[market->candle_count++];
		*candle = (struct served_candle){start_ns, price, price, price, price, {0}, {0}, 0};
	}
	struct money value,
		base = {event->u.trade.quantity.units *
			i128_power_of_ten(MONEY_DECIMALS - instrument->quantity_decimals)};
	candle->close = price;
	if (price.units > candle->high.units)
		candle->high = price;
	if (price.units < candle->low.units)
		candle->low = price;
	candle->last_trade = event->u.trade.id;
	(void)!money_add(candle->base, base, &candle->base);
	if (contract_value(instrument, event->u.trade.quantity, price, &value))
		(void)!money_add(candle->quote, value, &candle->quote);
}

static int64_t resolution_ns(const char *text)
{
	static const struct {
		const char *text;
		int64_t minutes;
	} RESOLUTIONS[] = {{"1m", 1},  {"5m", 5},   {"15m", 15},  {"30m", 30},
			   {"1h", 60}, {"4h", 240}, {"12h", 720}, {"1d", 1440}};
	for (size_t i = 0; text != NULL && i < sizeof(RESOLUTIONS) / sizeof(RESOLUTIONS[0]); i++) {
		if (strcmp(RESOLUTIONS[i].text, text) == 0)
			return RESOLUTIONS[i].minutes * NS_PER_MINUTE;
	}
	return 0;
}

static void put_candle(struct served_text *text, const struct instrument *instrument,
		       const struct served_candle *candle)
{
	reply_open(text, NULL, '{');
	reply_integer(text, "t", candle->start_ns / NS_PER_MS);
	reply_number(text, "o", candle->open.units, instrument->price_decimals);
	reply_number(text, "h", candle->high.units, instrument->price_decimals);
	reply_number(text, "l", candle->low.units, instrument->price_decimals);
	reply_number(text, "c", candle->close.units, instrument->price_decimals);
	reply_money_number(text, "v", candle->base, 8);
	reply_money_number(text, "V", candle->quote, 6);
	reply_integer(text, "i", (int64_t)candle->last_trade);
	reply_close(text, '}');
}

static void candle_merge(struct served_candle *into, const struct served_candle *minute)
{
	into->close = minute->close;
	if (minute->high.units > into->high.units)
		into->high = minute->high;
	if (minute->low.units < into->low.units)
		into->low = minute->low;
	into->last_trade = minute->last_trade;
	(void)!money_add(into->base, minute->base, &into->base);
	(void)!money_add(into->quote, minute->quote, &into->quote);
}

#define CANDLE_ROWS_MAX 500

/* Of the time before the first trade only the prices of settlements are known: each is the close of
 * the candle that ends there. */
static size_t past_candles(const struct lighter_service *service, unsigned index,
			   struct served_candle *rows, int64_t step_ns, int64_t from_ns,
			   int64_t to_ns)
{
	const struct served_market *market = &service->markets[index];
	const struct instrument *instrument = served_instrument(service, index);
	int64_t first_ns = market->candle_count > 0 ? market->candles[0].start_ns : INT64_MAX;
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - instrument->price_decimals);
	size_t count = 0, known = trading_floor_settled_count(service->floor, instrument->id);
	for (size_t i = 0; i < known && count < SERVED_CANDLES; i++) {
		const struct floor_settled *settled =
			trading_floor_settled(service->floor, instrument->id, i);
		int64_t start_ns = settled->boundary_ns - step_ns;
		struct price price = {(int64_t)(settled->price.e18 / unit)};
		start_ns -= start_ns % step_ns;
		if (start_ns < from_ns || start_ns > to_ns || start_ns + step_ns > first_ns ||
		    (count > 0 && rows[count - 1].start_ns == start_ns))
			continue;
		rows[count++] =
			(struct served_candle){start_ns, price, price, price, price, {0}, {0}, 0};
	}
	return count;
}

void served_get_candles(struct served_call *call)
{
	const char *resolution = served_form_text(call->form, "resolution");
	int64_t step_ns = resolution_ns(resolution), from_ns, to_ns, count;
	unsigned index;
	if (!served_want_market(call, true, &index) ||
	    !want_range(call, &from_ns, &to_ns, CANDLE_ROWS_MAX, &count))
		return;
	struct served_candle *rows = step_ns > 0 ? calloc(SERVED_CANDLES, sizeof(*rows)) : NULL;
	if (rows == NULL) {
		served_refuse(call, 400, 20001);
		return;
	}
	const struct served_market *market = &call->service->markets[index];
	const struct instrument *instrument = served_instrument(call->service, index);
	size_t row_count = past_candles(call->service, index, rows, step_ns, from_ns, to_ns);
	for (size_t i = 0; i < market->candle_count && row_count < SERVED_CANDLES; i++) {
		struct served_candle row = market->candles[i];
		row.start_ns -= row.start_ns % step_ns;
		if (row.start_ns < from_ns || row.start_ns > to_ns)
			continue;
		if (row_count > 0 && rows[row_count - 1].start_ns == row.start_ns)
			candle_merge(&rows[row_count - 1], &row);
		else
			rows[row_count++] = row;
	}
	begin(call);
	reply_text(&call->body, "r", resolution);
	reply_open(&call->body, "c", '[');
	for (size_t i = row_count > (size_t)count ? row_count - (size_t)count : 0; i < row_count;
	     i++)
		put_candle(&call->body, instrument, &rows[i]);
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
	free(rows);
}
