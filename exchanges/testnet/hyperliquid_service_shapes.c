/* What the venue's answers and frames are made of (§1.3, §1.4, §5.4). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"
#include "core/base/keccak256.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define DERIVED_DECIMALS 10 /* prices and sizes that are computed */
#define USD_DECIMALS	 6
#define RATE_DECIMALS	 10
#define IMPACT_LEVELS	 100
#define BIG_ID		 (UINT64_C(1) << 60)
#define TID_BITS	 50

/* ---- numbers -----------------------------------------------------------------------------------
 */

void hyper_put_decimal(struct served_text *text, const char *key, i128 units, unsigned decimals)
{
	char digits[DECIMAL_TEXT_MAX + 2];
	size_t length = decimal_format_short(units, decimals, digits, DECIMAL_TEXT_MAX);
	if (strchr(digits, '.') == NULL)
		memcpy(digits + length, ".0", 3);
	reply_text(text, key, digits);
}

void hyper_put_money(struct served_text *text, const char *key, struct money amount,
		     unsigned decimals)
{
	hyper_put_decimal(text, key, served_rounded(amount.e18, decimals), decimals);
}

void hyper_put_price(struct served_text *text, const char *key, const struct hyper_market *market,
		     struct price price)
{
	hyper_put_decimal(text, key, price.units, market->terms->price_decimals);
}

void hyper_put_size(struct served_text *text, const char *key, const struct hyper_market *market,
		    struct quantity size)
{
	hyper_put_decimal(text, key, size.units, market->terms->quantity_decimals);
}

/* A hash like any other, the same for the same number. */
void hyper_put_hash(struct served_text *text, uint64_t number)
{
	uint8_t hash[KECCAK256_BYTES];
	char digits[2 + 2 * KECCAK256_BYTES + 1] = "0x";
	keccak256(&number, sizeof(number), hash);
	for (size_t i = 0; i < KECCAK256_BYTES; i++)
		snprintf(digits + 2 + 2 * i, 3, "%02x", hash[i]);
	reply_text(text, "hash", digits);
}

/* A number of 50 bits, as from a hash, one to one with the trade's. */
static uint64_t trade_id(uint64_t trade_number)
{
	const uint64_t mask = (UINT64_C(1) << TID_BITS) - 1;
	uint64_t id = trade_number & mask;
	/* Odd factors and shifts can be undone: no two numbers meet. */
	id = id * UINT64_C(0x2545f4914f6cdd1d) & mask;
	id ^= id >> 23;
	return id * UINT64_C(0x9e3779b97f4a7c15) & mask;
}

static void put_unsigned(struct served_text *text, const char *key, uint64_t value)
{
	reply_integer(text, key, (int64_t)value);
}

static i128 magnitude(i128 value)
{
	return value < 0 ? -value : value;
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static struct quantity left_of(struct hyperliquid_service *service, const struct hyper_order *order)
{
	const struct hyper_market *market = &service->markets[order->market];
	int64_t filled = hyper_order_filled(order).units;
	if (filled > 0 &&
	    hyper_strikes_in(service, "ord.cum_shrink", order->market, true, order->buy, NULL))
		filled = 0;
	int64_t left = order->size.units - filled;
	if (!order->reduce_only || !order->live)
		return (struct quantity){left};
	int64_t held = trading_floor_position(service->floor, order->account, market->instrument)
			       .quantity.units;
	held = held < 0 ? -held : held;
	return (struct quantity){left < held ? left : held};
}

void hyper_put_order(struct hyperliquid_service *service, struct served_text *text, const char *key,
		     const struct hyper_order *order, bool detailed)
{
	static const char *const TIFS[] = {
		[HYPER_ALO] = "Alo", [HYPER_IOC] = "Ioc", [HYPER_GTC] = "Gtc"};
	const struct hyper_market *market = &service->markets[order->market];
	reply_open(text, key, '{');
	reply_text(text, "coin", market->terms->symbol);
	reply_text(text, "side", order->buy ? "B" : "A");
	hyper_put_price(text, "limitPx", market, order->limit);
	hyper_put_size(text, "sz", market, left_of(service, order));
	put_unsigned(text, "oid", order->oid);
	reply_integer(text, "timestamp", order->placed_ms);
	if (detailed) {
		reply_text(text, "triggerCondition", "N/A");
		reply_bool(text, "isTrigger", false);
		reply_text(text, "triggerPx", "0.0");
		reply_open(text, "children", '[');
		reply_close(text, ']');
		reply_bool(text, "isPositionTpsl", false);
		reply_bool(text, "reduceOnly", order->reduce_only);
		reply_text(text, "orderType", "Limit");
	}
	hyper_put_size(text, "origSz", market, order->size);
	if (detailed)
		reply_text(text, "tif", TIFS[order->tif]);
	if (order->cloid[0] != '\0')
		reply_text(text, "cloid", order->cloid);
	else if (detailed)
		reply_null(text, "cloid");
	if (!detailed && order->reduce_only)
		reply_bool(text, "reduceOnly", true);
	reply_close(text, '}');
}

void hyper_put_open_orders(struct hyperliquid_service *service, struct served_text *text,
			   const char *key, unsigned account, bool detailed, int64_t lag_ms)
{
	reply_open(text, key, '[');
	if (account != HYPER_NO_ACCOUNT) {
		const struct hyper_account *owner = &service->accounts[account];
		for (size_t i = owner->live_count; i-- > 0;) {
			if (hyper_order_known(service, owner->live[i], lag_ms))
				hyper_put_order(service, text, NULL, owner->live[i], detailed);
		}
	}
	reply_close(text, ']');
}

/* ---- fills and payments ------------------------------------------------------------------------
 */

static const char *direction_of(const struct floor_fill *fill)
{
	int64_t before = fill->position_before.units;
	int64_t change = fill->side == SIDE_BUY ? fill->quantity.units : -fill->quantity.units;
	int64_t after = before + change;
	if (fill->order == NULL && !fill->liquidation)
		return "Auto-Deleveraging";
	if (fill->order == NULL)
		return before > 0 ? "Liquidated Cross Long" : "Liquidated Cross Short";
	if (before > 0 && after < 0)
		return "Long > Short";
	if (before < 0 && after > 0)
		return "Short > Long";
	if (fill->side == SIDE_BUY)
		return before < 0 ? "Close Short" : "Open Long";
	return before > 0 ? "Close Long" : "Open Short";
}

static void put_liquidation(struct hyperliquid_service *service, struct served_text *text,
			    const struct floor_fill *fill)
{
	reply_open(text, "liquidation", '{');
	reply_text(text, "liquidatedUser", service->accounts[fill->account].address_text);
	hyper_put_money(text, "markPx", fill->mark, DERIVED_DECIMALS);
	reply_text(text, "method", "market");
	reply_close(text, '}');
}

void hyper_put_fill(struct hyperliquid_service *service, struct served_text *text,
		    const struct floor_fill *fill, bool with_fee)
{
	unsigned index;
	if (!hyper_find_market(service, fill->instrument, &index))
		return;
	const struct hyper_market *market = &service->markets[index];
	const struct hyper_order *order =
		fill->order != NULL ? hyper_order_of(service, fill->order) : NULL;
	uint64_t tid = trade_id(fill->trade_number);
	uint64_t oid = order != NULL ? order->oid : UINT64_C(1000000000) + fill->trade_number;
	reply_open(text, NULL, '{');
	reply_text(text, "coin", market->terms->symbol);
	hyper_put_price(text, "px", market, fill->price);
	hyper_put_size(text, "sz", market, fill->quantity);
	reply_text(text, "side", fill->side == SIDE_BUY ? "B" : "A");
	reply_integer(text, "time", fill->venue_ns / NS_PER_MS);
	hyper_put_size(text, "startPosition", market, fill->position_before);
	reply_text(text, "dir", direction_of(fill));
	hyper_put_money(text, "closedPnl", fill->realised, USD_DECIMALS);
	hyper_put_hash(text, fill->trade_number);
	put_unsigned(text, "oid", oid);
	reply_bool(text, "crossed", !fill->maker);
	if (with_fee)
		hyper_put_money(text, "fee", fill->fee, USD_DECIMALS);
	put_unsigned(text, "tid", oid >= BIG_ID ? tid | BIG_ID : tid);
	if (order != NULL && order->cloid[0] != '\0')
		reply_text(text, "cloid", order->cloid);
	if (fill->order == NULL && fill->liquidation)
		put_liquidation(service, text, fill);
	reply_text(text, "feeToken", "USDC");
	reply_null(text, "twapId");
	reply_close(text, '}');
}

/* A few milliseconds late, as there (§1.3); the same for the same payment. */
int64_t hyper_payment_ms(const struct floor_payment *payment)
{
	return payment->boundary_ns / NS_PER_MS + 20 + (int64_t)(payment->number % 60);
}

void hyper_put_payment(struct hyperliquid_service *service, struct served_text *text,
		       const struct floor_payment *payment, bool wrapped)
{
	static const char ZERO_HASH[] =
		"0x0000000000000000000000000000000000000000000000000000000000000000";
	unsigned index;
	if (!hyper_find_market(service, payment->instrument, &index))
		return;
	const struct hyper_market *market = &service->markets[index];
	reply_open(text, NULL, '{');
	reply_integer(text, "time", hyper_payment_ms(payment));
	if (wrapped) {
		reply_text(text, "hash", ZERO_HASH);
		reply_open(text, "delta", '{');
		reply_text(text, "type", "funding");
	}
	reply_text(text, "coin", market->terms->symbol);
	hyper_put_money(text, "usdc", payment->amount, USD_DECIMALS);
	hyper_put_size(text, "szi", market, payment->position);
	hyper_put_decimal(text, "fundingRate", served_rounded(payment->rate.e18, RATE_DECIMALS),
			  RATE_DECIMALS);
	reply_null(text, "nSamples");
	reply_close(text, '}');
	if (wrapped)
		reply_close(text, '}');
}

void hyper_put_trade(struct served_text *text, struct hyperliquid_service *service, unsigned market,
		     const struct market_event *event)
{
	const struct hyper_market *row = &service->markets[market];
	reply_open(text, NULL, '{');
	reply_text(text, "coin", row->terms->symbol);
	reply_text(text, "side", event->u.trade.taker_side == SIDE_BUY ? "B" : "A");
	hyper_put_price(text, "px", row, event->u.trade.price);
	hyper_put_size(text, "sz", row, event->u.trade.quantity);
	reply_integer(text, "time", event->exch_ns / NS_PER_MS);
	hyper_put_hash(text, event->u.trade.id);
	put_unsigned(text, "tid", trade_id(event->u.trade.id));
	reply_open(text, "users", '[');
	/* Who trades is told of nobody here. */
	reply_text(text, NULL, "0x0000000000000000000000000000000000000b0b");
	reply_text(text, NULL, "0x00000000000000000000000000000000000a11ce");
	reply_close(text, ']');
	reply_close(text, '}');
}

/* ---- markets -----------------------------------------------------------------------------------
 */

bool hyper_mid(struct hyperliquid_service *service, unsigned market, struct money *mid,
	       bool *from_book)
{
	const struct hyper_market *row = &service->markets[market];
	struct book_level bid, ask;
	*from_book = trading_floor_depth(service->floor, row->instrument, SIDE_BUY, &bid, 1) == 1 &&
		     trading_floor_depth(service->floor, row->instrument, SIDE_SELL, &ask, 1) == 1;
	if (*from_book)
		*mid = mid_e18(row->terms, bid.price, ask.price);
	else if (row->last_trade.units > 0)
		*mid = price_e18(row->terms, row->last_trade);
	else
		return false;
	return true;
}

void hyper_put_mids(struct hyperliquid_service *service, struct served_text *text, const char *key)
{
	reply_open(text, key, '{');
	for (unsigned i = 0; i < service->market_count; i++) {
		struct money mid;
		bool from_book;
		if (hyper_mid(service, i, &mid, &from_book))
			hyper_put_money(text, service->markets[i].terms->symbol, mid,
					DERIVED_DECIMALS);
	}
	reply_close(text, '}');
}

/* Average price at which the impact notional trades (§6.2); false: nothing stands there. */
static bool impact_price(const struct hyperliquid_service *service,
			 const struct hyper_market *market, enum side side, struct money *price)
{
	bool large = strcmp(market->terms->symbol, "BTC") == 0 ||
		     strcmp(market->terms->symbol, "ETH") == 0;
	i128 left = (large ? 20000 : 6000) * MONEY_ONE, spent = 0, size_e18 = 0;
	struct book_level levels[IMPACT_LEVELS];
	size_t count = trading_floor_depth(service->floor, market->instrument, side, levels,
					   IMPACT_LEVELS);
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - market->terms->quantity_decimals);
	for (size_t i = 0; i < count && left > 0; i++) {
		struct money value, level = price_e18(market->terms, levels[i].price);
		i128 size = levels[i].quantity.units * unit;
		if (!contract_value(market->terms, levels[i].quantity, levels[i].price, &value))
			break;
		if (value.e18 > left) {
			if (!mul_div(left, MONEY_ONE, level.e18, ROUND_HALF_EVEN, &size))
				break;
			value.e18 = left;
		}
		left -= value.e18;
		spent += value.e18;
		size_e18 += size;
	}
	return size_e18 > 0 && mul_div(spent, MONEY_ONE, size_e18, ROUND_HALF_EVEN, &price->e18);
}

/* (max(bid - oracle, 0) - max(oracle - ask, 0)) / oracle */
static i128 premium_of(struct money bid, struct money ask, struct money oracle)
{
	i128 over = bid.e18 > oracle.e18 ? bid.e18 - oracle.e18 : 0;
	i128 under = oracle.e18 > ask.e18 ? oracle.e18 - ask.e18 : 0;
	i128 premium = 0;
	(void)!mul_div(over - under, MONEY_ONE, oracle.e18, ROUND_HALF_EVEN, &premium);
	return premium;
}

void hyper_put_context(struct hyperliquid_service *service, struct served_text *text,
		       const char *key, unsigned market)
{
	const struct hyper_market *row = &service->markets[market];
	const struct market_state *books = trading_floor_books(service->floor);
	const struct mark_state *mark = market_state_mark(books, row->instrument);
	const struct funding_state *funding = market_state_funding(books, row->instrument);
	const struct floor_day day = trading_floor_day(service->floor, row->instrument);
	struct money bid, ask, mid;
	bool from_book = false;
	bool two_sided = impact_price(service, row, SIDE_BUY, &bid) &&
			 impact_price(service, row, SIDE_SELL, &ask);
	bool oracle = (mark->fields & MARK_HAS_ORACLE) && mark->oracle.e18 > 0;
	struct money oracle_price = oracle ? mark->oracle : mark->mark;
	reply_open(text, key, '{');
	hyper_put_decimal(
		text, "funding",
		served_rounded(funding->rate_known ? funding->rate.e18 : 0, RATE_DECIMALS),
		RATE_DECIMALS);
	hyper_put_size(text, "openInterest", row, day.open_interest);
	hyper_put_money(text, "prevDayPx", day.open, DERIVED_DECIMALS);
	hyper_put_money(text, "dayNtlVlm", day.quote_volume, DERIVED_DECIMALS);
	if (two_sided && oracle_price.e18 > 0)
		hyper_put_decimal(text, "premium",
				  served_rounded(premium_of(bid, ask, oracle_price), RATE_DECIMALS),
				  RATE_DECIMALS);
	else
		reply_null(text, "premium");
	hyper_put_money(text, "oraclePx", oracle_price, DERIVED_DECIMALS);
	hyper_put_money(text, "markPx", mark->mark, DERIVED_DECIMALS);
	if (hyper_mid(service, market, &mid, &from_book) && from_book)
		hyper_put_money(text, "midPx", mid, DERIVED_DECIMALS);
	else
		reply_null(text, "midPx");
	if (two_sided) {
		reply_open(text, "impactPxs", '[');
		hyper_put_money(text, NULL, bid, DERIVED_DECIMALS);
		hyper_put_money(text, NULL, ask, DERIVED_DECIMALS);
		reply_close(text, ']');
	} else {
		reply_null(text, "impactPxs");
	}
	hyper_put_money(text, "dayBaseVlm", day.base_volume, DERIVED_DECIMALS);
	reply_close(text, '}');
}

/* ---- the account -------------------------------------------------------------------------------
 */

static i128 divided(i128 amount, i128 by)
{
	i128 quotient = 0;
	(void)!i128_div_round(amount, by, ROUND_HALF_EVEN, &quotient);
	return quotient;
}

/* What was held lag_ms ago: before the first fill since then. */
static int64_t held_then(const struct hyperliquid_service *service, unsigned account,
			 instrument_id instrument, int64_t lag_ms, int64_t now_units)
{
	int64_t since_ns = hyper_now_ns(service) - lag_ms * NS_PER_MS;
	int64_t held = now_units;
	for (size_t i = trading_floor_fill_count(service->floor, account); i-- > 0;) {
		const struct floor_fill *fill = trading_floor_fill(service->floor, account, i);
		if (fill->venue_ns <= since_ns)
			break;
		if (fill->instrument == instrument)
			held = fill->position_before.units;
	}
	return held;
}

static void put_leverage(struct served_text *text, int32_t leverage)
{
	reply_open(text, "leverage", '{');
	reply_text(text, "type", "cross");
	reply_integer(text, "value", leverage);
	reply_close(text, '}');
}

static void put_position(struct hyperliquid_service *service, struct served_text *text,
			 unsigned account, unsigned market, int64_t held)
{
	const struct hyper_market *row = &service->markets[market];
	struct floor_position position =
		trading_floor_position(service->floor, account, row->instrument);
	const struct hyper_tally *tally = &service->accounts[account].tallies[market];
	const struct order_rules *rules =
		&instrument_latest(service->instruments, row->instrument)->rules;
	i128 cost, equity = 0;
	reply_open(text, NULL, '{');
	reply_text(text, "type", "oneWay");
	reply_open(text, "position", '{');
	reply_text(text, "coin", row->terms->symbol);
	hyper_put_size(text, "szi", row, (struct quantity){held});
	put_leverage(text, position.leverage);
	hyper_put_money(text, "entryPx", position.entry, DERIVED_DECIMALS);
	hyper_put_money(text, "positionValue", position.value, DERIVED_DECIMALS);
	hyper_put_money(text, "unrealizedPnl", position.unrealised, USD_DECIMALS);
	if (mul_div(position.entry.e18, magnitude(position.quantity.units),
		    i128_power_of_ten(row->terms->quantity_decimals), ROUND_HALF_EVEN, &cost) &&
	    cost > 0)
		(void)!mul_div(position.unrealised.e18, MONEY_ONE * position.leverage, cost,
			       ROUND_HALF_EVEN, &equity);
	hyper_put_money(text, "returnOnEquity", (struct money){equity}, DERIVED_DECIMALS);
	if (position.liquidation_known)
		hyper_put_money(text, "liquidationPx", position.liquidation, DERIVED_DECIMALS);
	else
		reply_null(text, "liquidationPx");
	hyper_put_money(text, "marginUsed",
			(struct money){divided(position.value.e18, position.leverage)},
			USD_DECIMALS);
	reply_integer(text, "maxLeverage", rules->maximum_leverage);
	reply_open(text, "cumFunding", '{');
	hyper_put_money(text, "allTime", tally->funding_all, USD_DECIMALS);
	hyper_put_money(text, "sinceOpen", tally->funding_open, USD_DECIMALS);
	hyper_put_money(text, "sinceChange", tally->funding_change, USD_DECIMALS);
	reply_close(text, '}');
	reply_close(text, '}');
	reply_close(text, '}');
}

struct summary {
	struct money equity, notional, raw, margin, maintenance;
};

static struct summary summary_of(const struct hyperliquid_service *service, unsigned account)
{
	struct summary summary = {{0}, {0}, {0}, {0}, {0}};
	if (account == HYPER_NO_ACCOUNT)
		return summary;
	struct floor_balance balance = trading_floor_balance(service->floor, account);
	summary.equity = summary.raw = balance.equity;
	summary.notional = balance.notional;
	summary.maintenance = balance.maintenance;
	for (unsigned i = 0; i < service->market_count; i++) {
		struct floor_position position = trading_floor_position(
			service->floor, account, service->markets[i].instrument);
		if (position.quantity.units == 0)
			continue;
		summary.raw.e18 -=
			position.quantity.units > 0 ? position.value.e18 : -position.value.e18;
		summary.margin.e18 += divided(position.value.e18, position.leverage);
	}
	return summary;
}

static void put_summary(struct served_text *text, const char *key, const struct summary *summary)
{
	reply_open(text, key, '{');
	hyper_put_money(text, "accountValue", summary->equity, USD_DECIMALS);
	hyper_put_money(text, "totalNtlPos", summary->notional, USD_DECIMALS);
	hyper_put_money(text, "totalRawUsd", summary->raw, USD_DECIMALS);
	hyper_put_money(text, "totalMarginUsed", summary->margin, USD_DECIMALS);
	reply_close(text, '}');
}

void hyper_put_clearinghouse(struct hyperliquid_service *service, struct served_text *text,
			     const char *key, unsigned account, bool empty, int64_t lag_ms)
{
	const struct summary summary = summary_of(service, account);
	i128 kept = divided(summary.notional.e18, 10);
	if (kept < summary.margin.e18)
		kept = summary.margin.e18;
	i128 withdrawable = summary.equity.e18 > kept ? summary.equity.e18 - kept : 0;
	reply_open(text, key, '{');
	put_summary(text, "marginSummary", &summary);
	put_summary(text, "crossMarginSummary", &summary);
	hyper_put_money(text, "crossMaintenanceMarginUsed", summary.maintenance, USD_DECIMALS);
	hyper_put_money(text, "withdrawable", (struct money){withdrawable}, USD_DECIMALS);
	reply_open(text, "assetPositions", '[');
	for (unsigned i = 0; account != HYPER_NO_ACCOUNT && !empty && i < service->market_count;
	     i++) {
		instrument_id id = service->markets[i].instrument;
		int64_t held = trading_floor_position(service->floor, account, id).quantity.units;
		if (lag_ms > 0)
			held = held_then(service, account, id, lag_ms, held);
		if (held != 0)
			put_position(service, text, account, i, held);
	}
	reply_close(text, ']');
	reply_integer(text, "time", hyper_frame_ms(service));
	reply_close(text, '}');
}

void hyper_put_asset_data(struct hyperliquid_service *service, struct served_text *text,
			  const char *key, const char *user, unsigned account, unsigned market)
{
	const struct hyper_market *row = &service->markets[market];
	const struct mark_state *mark =
		market_state_mark(trading_floor_books(service->floor), row->instrument);
	struct money free_margin = {0}, size = {0};
	int32_t leverage = 1;
	if (account != HYPER_NO_ACCOUNT) {
		free_margin = trading_floor_balance(service->floor, account).available;
		leverage = trading_floor_leverage(service->floor, account, row->instrument);
	}
	if (free_margin.e18 < 0)
		free_margin.e18 = 0;
	if (mark->mark.e18 > 0)
		(void)!mul_div(free_margin.e18 * leverage, MONEY_ONE, mark->mark.e18,
			       ROUND_TOWARD_ZERO, &size.e18);
	reply_open(text, key, '{');
	reply_text(text, "user", user);
	reply_text(text, "coin", row->terms->symbol);
	put_leverage(text, leverage);
	reply_open(text, "maxTradeSzs", '[');
	for (int side = 0; side < 2; side++)
		hyper_put_money(text, NULL, size, row->terms->quantity_decimals);
	reply_close(text, ']');
	reply_open(text, "availableToTrade", '[');
	for (int side = 0; side < 2; side++)
		hyper_put_money(text, NULL, free_margin, USD_DECIMALS);
	reply_close(text, ']');
	hyper_put_money(text, "markPx", mark->mark, DERIVED_DECIMALS);
	reply_close(text, '}');
}
