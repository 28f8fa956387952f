#include "exchanges/simulated/venue_state.h"

#include "core/base/decimal.h"
#include <assert.h>

/*
 * Cross margin, per settle asset. Initial margin = value / leverage: a position at the prices it
 * was entered at, a working order at the worse of its limit and the mark. Maintenance margin =
 * value at the mark x the instrument's rate.
 */

#define UNIT_MARGIN_MAX I128_MAX

static i128 magnitude(i128 value)
{
	return value < 0 ? -value : value;
}

bool margin_mid(const struct simulated_venue *venue, const struct venue_market *market,
		struct money *mid)
{
	const struct book_state *state = market_state_book(venue->books, market->id);
	struct book_level bid, ask;
	if (state->book == NULL || !state->synced ||
	    !order_book_best(state->book, SIDE_BUY, &bid) ||
	    !order_book_best(state->book, SIDE_SELL, &ask))
		return false;
	mid->e18 = (venue_price_e18(market->instrument, bid.price).e18 +
		    venue_price_e18(market->instrument, ask.price).e18) /
		   2;
	return true;
}

bool margin_price(const struct simulated_venue *venue, const struct venue_market *market,
		  struct money *price)
{
	const struct mark_state *mark = market_state_mark(venue->books, market->id);
	if (!(mark->fields & MARK_HAS_MARK) || mark->mark.e18 <= 0)
		return margin_mid(venue, market, price);
	*price = mark->mark;
	return true;
}

int32_t margin_leverage(const struct simulated_venue *venue, const struct venue_market *market)
{
	int32_t most = venue_terms(venue, market)->rules.maximum_leverage;
	return market->leverage < most ? market->leverage : most;
}

/* ---- initial margin ----------------------------------------------------------------------------
 */

/* An order as the margin sees it. */
struct opening {
	enum side side;
	struct quantity open;
	struct price limit;
};

/* The price at which an order may need most margin. */
static struct money demanding_price(const struct simulated_venue *venue,
				    const struct venue_market *market, struct price limit)
{
	struct money at_limit = venue_price_e18(market->instrument, limit);
	struct money price;
	if (!margin_price(venue, market, &price))
		return at_limit;
	bool inverse = market->instrument->kind == INSTRUMENT_INVERSE;
	return (price.e18 > at_limit.e18) == inverse ? at_limit : price;
}

/* Value of the part of `order` that opens, once `held` (signed) was moved by orders before it. */
static bool opening_value(const struct simulated_venue *venue, const struct venue_market *market,
			  const struct opening *order, int64_t *held, i128 *sum)
{
	int64_t change = order->side == SIDE_BUY ? order->open.units : -order->open.units;
	int64_t after;
	if (__builtin_add_overflow(*held, change, &after))
		return false;
	int64_t opened = change;
	if (*held != 0 && (*held > 0) != (change > 0))
		opened = (after > 0) == (change > 0) ? after : 0;
	*held = after;
	struct money value;
	if (opened == 0)
		return true;
	return venue_value(market->instrument, (struct quantity){opened > 0 ? opened : -opened},
			   demanding_price(venue, market, order->limit), &value) &&
	       i128_add(*sum, value.e18, sum);
}

/* Value to be margined if all working orders of one side (and `extra`, may be NULL) fill. */
static bool side_value(const struct simulated_venue *venue, const struct venue_market *market,
		       enum side side, const struct opening *extra, i128 *sum)
{
	int64_t before = market->position.quantity.units;
	int64_t held = before;
	*sum = 0;
	for (uint32_t i = 0; i < market->working_count; i++) {
		const struct venue_order *order = market->working[i];
		struct opening opening = {side, order->open, order->request.limit};
		if (order->request.side == side && !order->request.reduce_only &&
		    !opening_value(venue, market, &opening, &held, sum))
			return false;
	}
	if (extra && extra->side == side && !opening_value(venue, market, extra, &held, sum))
		return false;
	/* What is left of the position itself. */
	int64_t kept = before;
	if (before != 0 && (before > 0) != (side == SIDE_BUY))
		kept = (held > 0) == (before > 0) ? held : 0;
	i128 cost = 0;
	if (kept != 0 &&
	    !mul_div(magnitude(market->position.cost.e18), kept, before, ROUND_HALF_EVEN, &cost))
		return false;
	return i128_add(*sum, cost, sum);
}

static bool initial_margin(const struct simulated_venue *venue, const struct venue_market *market,
			   const struct opening *extra, i128 *margin)
{
	i128 buys, sells;
	if (!side_value(venue, market, SIDE_BUY, extra, &buys) ||
	    !side_value(venue, market, SIDE_SELL, extra, &sells))
		return false;
	i128 most = buys > sells ? buys : sells;
	i128 held = magnitude(market->position.cost.e18);
	if (held > most)
		most = held;
	return i128_div_round(most, margin_leverage(venue, market), ROUND_AWAY_FROM_ZERO, margin);
}

/* ---- spot --------------------------------------------------------------------------------------
 */

/* What a working spot order holds back, and of which asset. */
static bool spot_reserve(const struct simulated_venue *venue, const struct venue_market *market,
			 const struct opening *order, asset_id *asset, i128 *reserve)
{
	const struct instrument *instrument = market->instrument;
	const struct fee_terms *fees = &venue_terms(venue, market)->fees;
	if (order->side == SIDE_SELL) {
		*asset = instrument->base;
		return mul_div(order->open.units, instrument->contract_size.e18,
			       i128_power_of_ten(instrument->quantity_decimals), ROUND_CEILING,
			       reserve);
	}
	*asset = instrument->quote;
	struct money price = venue_price_e18(instrument, order->limit);
	struct money value, fee = {0};
	struct rate rate = fees->taker.e18 > fees->maker.e18 ? fees->taker : fees->maker;
	if (rate.e18 < 0 || fees->buy_fee_in_base)
		rate.e18 = 0;
	return venue_value(instrument, order->open, price, &value) &&
	       venue_value_times_rate(instrument, order->open, price, rate, &fee) &&
	       i128_add(value.e18, fee.e18, reserve);
}

static i128 reserved_by_spot(const struct simulated_venue *venue, const struct venue_market *market,
			     asset_id asset)
{
	i128 sum = 0;
	for (uint32_t i = 0; i < market->working_count; i++) {
		const struct venue_order *order = market->working[i];
		struct opening opening = {order->request.side, order->open, order->request.limit};
		asset_id reserved;
		i128 reserve;
		if (!spot_reserve(venue, market, &opening, &reserved, &reserve))
			return UNIT_MARGIN_MAX;
		if (reserved == asset && !i128_add(sum, reserve, &sum))
			return UNIT_MARGIN_MAX;
	}
	return sum;
}

/* ---- available ---------------------------------------------------------------------------------
 */

static struct money unrealised(const struct simulated_venue *venue,
			       const struct venue_market *market)
{
	struct money price, out;
	if (!margin_price(venue, market, &price) ||
	    !venue_unrealised(market->instrument, &market->position, price, &out))
		return (struct money){0};
	return out;
}

struct money margin_available(const struct simulated_venue *venue, asset_id asset)
{
	struct money available = venue->account.balances[asset];
	for (size_t i = 0; i < venue->market_count; i++) {
		const struct venue_market *market = venue->markets[i];
		i128 in_use = 0;
		if (market->instrument->kind == INSTRUMENT_SPOT) {
			in_use = reserved_by_spot(venue, market, asset);
		} else if (market->instrument->settle == asset && venue_market_active(market)) {
			if (!initial_margin(venue, market, NULL, &in_use) ||
			    !money_add(available, unrealised(venue, market), &available))
				return (struct money){0};
		}
		/* What cannot be computed is not available. */
		if (!i128_sub(available.e18, in_use, &available.e18))
			return (struct money){0};
	}
	return available;
}

static bool refuse_funds(struct venue_refusal *refusal, enum reject_reason reason, i128 needed,
			 struct money available, const char *asset)
{
	char need[DECIMAL_TEXT_MAX], have[DECIMAL_TEXT_MAX];
	money_format((struct money){needed}, need, sizeof(need));
	money_format(available, have, sizeof(have));
	return venue_refuse(refusal, reason, "needs %s %s, available %s", need, asset, have);
}

static bool spot_admits(const struct simulated_venue *venue, const struct venue_market *market,
			const struct opening *opening, struct venue_refusal *refusal)
{
	asset_id asset;
	i128 needed = 0;
	if (!spot_reserve(venue, market, opening, &asset, &needed))
		return venue_refuse(refusal, REJECT_MARGIN,
				    "the order's value passes what money can hold");
	struct money available = margin_available(venue, asset);
	if (needed <= available.e18)
		return true;
	return refuse_funds(refusal, opening->side == SIDE_BUY ? REJECT_MARGIN : REJECT_NO_SHORT,
			    needed, available, asset_name(venue->instruments, asset));
}

static bool fee_allowance(const struct simulated_venue *venue, const struct venue_market *market,
			  const struct order_request *order, struct quantity open, i128 *fee)
{
	const struct fee_terms *fees = &venue_terms(venue, market)->fees;
	struct rate rate = order->type == ORDER_POST_ONLY ? fees->maker : fees->taker;
	struct money out = {0};
	if (rate.e18 > 0 &&
	    !venue_value_times_rate(market->instrument, open,
				    demanding_price(venue, market, order->limit), rate, &out))
		return false;
	*fee = out.e18;
	return true;
}

bool margin_admits(const struct simulated_venue *venue, const struct venue_market *market,
		   const struct order_request *order, struct quantity open,
		   struct venue_refusal *refusal)
{
	struct opening opening = {order->side, open, order->limit};
	if (market->instrument->kind == INSTRUMENT_SPOT) {
		if (order->type == ORDER_MARKET)
			return true; /* a sell of what is owned: venue_reducible saw to it */
		return spot_admits(venue, market, &opening, refusal);
	}
	if (order->reduce_only)
		return true;
	i128 before = 0, after = 0, fee = 0, needed = 0;
	if (!initial_margin(venue, market, NULL, &before) ||
	    !initial_margin(venue, market, &opening, &after) ||
	    !fee_allowance(venue, market, order, open, &fee))
		return venue_refuse(refusal, REJECT_MARGIN,
				    "the order's value passes what money can hold");
	if (after == before)
		return true; /* it opens nothing */
	struct money available = margin_available(venue, market->instrument->settle);
	if (i128_add(after - before, fee, &needed) && needed <= available.e18)
		return true;
	return refuse_funds(refusal, REJECT_MARGIN, needed, available,
			    asset_name(venue->instruments, market->instrument->settle));
}

struct simulated_answer simulated_venue_set_leverage(struct simulated_venue *venue,
						     instrument_id instrument, int32_t leverage,
						     int64_t now_ns)
{
	struct simulated_answer answer = {0};
	struct venue_refusal refusal = {REJECT_NONE, answer.text, sizeof(answer.text)};
	venue->now_ns = now_ns;
	struct venue_market *market = venue_market_open(venue, instrument);
	if (market == NULL) {
		venue_refuse(&refusal, REJECT_NOT_FOUND, "no such instrument at this venue");
		answer.reason = refusal.reason;
		return answer;
	}
	int32_t most = market->instrument->kind == INSTRUMENT_SPOT
			       ? 1
			       : venue_terms(venue, market)->rules.maximum_leverage;
	int32_t before = market->leverage;
	asset_id settle = market->instrument->settle;
	if (leverage < 1 || leverage > most) {
		venue_refuse(&refusal, REJECT_LEVERAGE, "leverage %d, limit 1 to %d", leverage,
			     most);
	} else {
		market->leverage = leverage;
		struct money available = margin_available(venue, settle);
		if (leverage < before && venue_market_active(market) && available.e18 < 0) {
			market->leverage = before;
			refuse_funds(&refusal, REJECT_MARGIN, -available.e18,
				     margin_available(venue, settle),
				     asset_name(venue->instruments, settle));
		}
	}
	answer.reason = refusal.reason;
	answer.accepted = refusal.reason == REJECT_NONE;
	return answer;
}

/* ---- maintenance and liquidation ---------------------------------------------------------------
 */

static bool maintenance(const struct simulated_venue *venue, const struct venue_market *market,
			struct money *out)
{
	struct money price;
	struct quantity size = {market->position.quantity.units};
	*out = (struct money){0};
	if (size.units == 0 || !margin_price(venue, market, &price))
		return true;
	if (size.units < 0)
		size.units = -size.units;
	return venue_value_times_rate(market->instrument, size, price,
				      venue_terms(venue, market)->rules.maintenance_margin, out);
}

/* Equity less maintenance of all positions in `asset`, `but` left out (NULL: none is). */
static bool headroom(const struct simulated_venue *venue, asset_id asset,
		     const struct venue_market *but, struct money *out)
{
	*out = venue->account.balances[asset];
	for (size_t i = 0; i < venue->market_count; i++) {
		const struct venue_market *market = venue->markets[i];
		struct money needed = {0};
		if (market == but || market->instrument->kind == INSTRUMENT_SPOT ||
		    market->instrument->settle != asset || market->position.quantity.units == 0)
			continue;
		if (!maintenance(venue, market, &needed) ||
		    !money_add(*out, unrealised(venue, market), out) ||
		    !money_sub(*out, needed, out))
			return false;
	}
	return true;
}

static struct venue_market *largest_position(const struct simulated_venue *venue, asset_id asset)
{
	struct venue_market *largest = NULL;
	struct money most = {-1};
	for (size_t i = 0; i < venue->market_count; i++) {
		struct venue_market *market = venue->markets[i];
		struct money needed = {0}, price;
		if (market->instrument->kind == INSTRUMENT_SPOT ||
		    market->instrument->settle != asset || market->position.quantity.units == 0 ||
		    !margin_price(venue, market, &price) || !maintenance(venue, market, &needed))
			continue;
		if (needed.e18 > most.e18) {
			most = needed;
			largest = market;
		}
	}
	return largest;
}

/* The mark on the price grid of the instrument, rounded against the account. */
static struct price grid_price(const struct instrument *instrument, struct money mark,
			       enum side side)
{
	i128 units;
	bool fits = i128_div_round(mark.e18,
				   i128_power_of_ten(MONEY_DECIMALS - instrument->price_decimals),
				   side == SIDE_SELL ? ROUND_FLOOR : ROUND_CEILING, &units);
	assert(fits && units <= INT64_MAX);
	return (struct price){units > 0 ? (int64_t)units : 1};
}

static bool close_at_mark(struct simulated_venue *venue, struct venue_market *market,
			  struct quantity most)
{
	struct money mark;
	if (!margin_price(venue, market, &mark))
		return false;
	int64_t held = market->position.quantity.units;
	int64_t size = held > 0 ? held : -held;
	struct venue_execution execution = {.side = held > 0 ? SIDE_SELL : SIDE_BUY,
					    .quantity = {size < most.units ? size : most.units}};
	int64_t closed = execution.quantity.units;
	execution.price = grid_price(market->instrument, mark, execution.side);
	venue_emit_liquidation(venue, market, (struct quantity){held > 0 ? -closed : closed}, mark);
	if (!matching_fill(venue, market, NULL, &execution))
		return false;
	venue->statistics.liquidations++;
	venue_emit_account(venue, market);
	return true;
}

static void cancel_in_asset(struct simulated_venue *venue, asset_id asset)
{
	for (size_t i = 0; i < venue->market_count; i++) {
		struct venue_market *market = venue->markets[i];
		while (market->instrument->settle == asset && market->working_count > 0)
			venue_order_finish(venue, market, market->working[0], ORDER_STATE_CANCELLED,
					   REJECT_MARGIN);
	}
}

void margin_judge(struct simulated_venue *venue, struct venue_market *market)
{
	if (market->position.quantity.units == 0 || market->instrument->kind == INSTRUMENT_SPOT)
		return;
	asset_id asset = market->instrument->settle;
	struct money left;
	if (!headroom(venue, asset, NULL, &left) || left.e18 >= 0)
		return;
	cancel_in_asset(venue, asset);
	while (headroom(venue, asset, NULL, &left) && left.e18 < 0) {
		struct venue_market *largest = largest_position(venue, asset);
		if (largest == NULL || !close_at_mark(venue, largest, (struct quantity){INT64_MAX}))
			return;
	}
}

bool simulated_venue_close_at_mark(struct simulated_venue *venue, instrument_id instrument,
				   struct quantity most, int64_t now_ns)
{
	struct venue_market *market = venue_market_find(venue, instrument);
	venue->now_ns = now_ns;
	if (market == NULL || market->position.quantity.units == 0 || most.units <= 0 ||
	    market->instrument->kind == INSTRUMENT_SPOT || !close_at_mark(venue, market, most))
		return false;
	matching_trim_reduce_only(venue, market);
	settlement_refresh_due(venue);
	return true;
}

/*
 * Solves equity(P) = maintenance(P) for one position, the rest of the account as it is now:
 * linear  W + s (N P - C) = m N P        ->  P = (C - s W) / (N (1 - s m))
 * inverse W + s (C - V/P) = m V/P        ->  P = V (1 + s m) / (C + s W)
 * with W the headroom without it, C > 0 its cost, N its coins, V its face value, s = +-1.
 */
bool margin_liquidation_price(const struct simulated_venue *venue,
			      const struct venue_market *market, struct money *price)
{
	const struct instrument *instrument = market->instrument;
	int64_t held = market->position.quantity.units;
	struct money rest;
	if (held == 0 || instrument->kind == INSTRUMENT_SPOT ||
	    !headroom(venue, instrument->settle, market, &rest))
		return false;
	i128 sign = held > 0 ? 1 : -1;
	i128 rate = sign * venue_terms(venue, market)->rules.maintenance_margin.e18;
	i128 cost = magnitude(market->position.cost.e18);
	i128 size = instrument->contract_size.e18;
	i128 one = i128_power_of_ten(instrument->quantity_decimals);
	i128 base;
	bool solved;
	if (instrument->kind == INSTRUMENT_INVERSE)
		solved = i128_add(cost, sign * rest.e18, &base) && base > 0 &&
			 exact_ratio((i128[]){sign * held, size, MONEY_ONE + rate}, 3,
				     (i128[]){one, base}, 2, ROUND_HALF_EVEN, &price->e18);
	else
		solved = i128_sub(cost, sign * rest.e18, &base) && base > 0 &&
			 exact_ratio((i128[]){base, one, MONEY_ONE, MONEY_ONE}, 4,
				     (i128[]){sign * held, size, MONEY_ONE - rate}, 3,
				     ROUND_HALF_EVEN, &price->e18);
	return solved && price->e18 > 0;
}
