#include "exchanges/simulated/venue_state.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <stdarg.h>
#include <stdio.h>

struct venue_text {
	char text[DECIMAL_TEXT_MAX];
};

static struct venue_text number(i128 units, unsigned decimals)
{
	struct venue_text out;
	decimal_format_short(units, decimals, out.text, sizeof(out.text));
	return out;
}

bool venue_refuse(struct venue_refusal *refusal, enum reject_reason reason, const char *format, ...)
{
	va_list arguments;
	refusal->reason = reason;
	va_start(arguments, format);
	vsnprintf(refusal->text, refusal->text_size, format, arguments);
	va_end(arguments);
	return false;
}

static unsigned significant_digits(int64_t units)
{
	unsigned digits = 0;
	while (units != 0 && units % 10 == 0)
		units /= 10;
	for (; units != 0; units /= 10)
		digits++;
	return digits;
}

static bool obeys_price_grid(const struct venue_market *market, const struct order_rules *rules,
			     struct price limit, struct venue_refusal *refusal)
{
	unsigned decimals = market->instrument->price_decimals;
	if (limit.units % rules->tick.units != 0)
		return venue_refuse(refusal, REJECT_TICK,
				    "price %s is not a multiple of the tick %s",
				    number(limit.units, decimals).text,
				    number(rules->tick.units, decimals).text);
	bool whole = limit.units % i128_power_of_ten(decimals) == 0;
	unsigned digits = significant_digits(limit.units);
	if (rules->significant_figures != 0 && digits > rules->significant_figures &&
	    !(whole && rules->integer_prices_always))
		return venue_refuse(
			refusal, REJECT_TICK, "price %s has %u significant figures, limit %u",
			number(limit.units, decimals).text, digits, rules->significant_figures);
	return true;
}

static bool obeys_quantity(const struct venue_market *market, const struct order_rules *rules,
			   struct quantity quantity, struct venue_refusal *refusal)
{
	unsigned decimals = market->instrument->quantity_decimals;
	struct venue_text text = number(quantity.units, decimals);
	if (quantity.units <= 0 || quantity.units % rules->lot.units != 0)
		return venue_refuse(refusal, REJECT_LOT,
				    "quantity %s is not a multiple of the lot %s", text.text,
				    number(rules->lot.units, decimals).text);
	if (quantity.units < rules->minimum_quantity.units)
		return venue_refuse(refusal, REJECT_MINIMUM_QUANTITY, "quantity %s, minimum %s",
				    text.text,
				    number(rules->minimum_quantity.units, decimals).text);
	if (rules->maximum_quantity.units != 0 && quantity.units > rules->maximum_quantity.units)
		return venue_refuse(refusal, REJECT_MAXIMUM_QUANTITY, "quantity %s, maximum %s",
				    text.text,
				    number(rules->maximum_quantity.units, decimals).text);
	return true;
}

static bool obeys_band(const struct simulated_venue *venue, const struct venue_market *market,
		       const struct order_rules *rules, struct price limit,
		       struct venue_refusal *refusal)
{
	const struct mark_state *mark = market_state_mark(venue->books, market->id);
	if (rules->price_band.e18 == 0 || !(mark->fields & MARK_HAS_MARK) || mark->mark.e18 <= 0)
		return true;
	struct money price = venue_price_e18(market->instrument, limit);
	i128 away = price.e18 - mark->mark.e18;
	if (away < 0)
		away = -away;
	i128 fraction;
	if (mul_div(away, MONEY_ONE, mark->mark.e18, ROUND_CEILING, &fraction) &&
	    fraction <= rules->price_band.e18)
		return true;
	return venue_refuse(refusal, REJECT_PRICE_BAND, "price %s is outside %s of the mark %s",
			    number(price.e18, MONEY_DECIMALS).text,
			    number(rules->price_band.e18, MONEY_DECIMALS).text,
			    number(mark->mark.e18, MONEY_DECIMALS).text);
}

/* Notional in quote: an inverse contract's face value does not depend on the price. */
static bool notional(const struct venue_market *market, struct quantity quantity,
		     struct price limit, struct money *out)
{
	const struct instrument *instrument = market->instrument;
	if (instrument->kind == INSTRUMENT_INVERSE)
		return mul_div(quantity.units, instrument->contract_size.e18,
			       i128_power_of_ten(instrument->quantity_decimals), ROUND_HALF_EVEN,
			       &out->e18);
	return venue_value(instrument, quantity, venue_price_e18(instrument, limit), out);
}

static bool obeys_notional(const struct venue_market *market, const struct order_rules *rules,
			   const struct order_request *order, struct venue_refusal *refusal)
{
	if (order->reduce_only)
		return true;
	struct money value;
	if (!notional(market, order->quantity, order->limit, &value))
		return venue_refuse(refusal, REJECT_MAXIMUM_QUANTITY,
				    "the order's value passes what money can hold");
	if (value.e18 < rules->minimum_notional.e18)
		return venue_refuse(refusal, REJECT_MINIMUM_NOTIONAL, "notional %s, minimum %s",
				    number(value.e18, MONEY_DECIMALS).text,
				    number(rules->minimum_notional.e18, MONEY_DECIMALS).text);
	return true;
}

static bool obeys_status(const struct simulated_venue *venue, const struct venue_market *market,
			 const struct order_rules *rules, const struct order_request *order,
			 struct venue_refusal *refusal)
{
	if (instrument_is_retired(venue->instruments, market->id))
		return venue_refuse(refusal, REJECT_MARKET_STATUS, "the instrument is retired");
	switch (rules->status) {
	case MARKET_TRADING:
		return true;
	case MARKET_REDUCE_ONLY:
		return order->reduce_only ||
		       venue_refuse(refusal, REJECT_MARKET_STATUS, "the market is reduce-only");
	case MARKET_HALTED:
		return venue_refuse(refusal, REJECT_MARKET_STATUS, "the market is halted");
	case MARKET_DELISTED:
		return venue_refuse(refusal, REJECT_MARKET_STATUS, "the market is delisted");
	}
	return false;
}

/* Spot: what is owned of the base coin, in quantity units, deposits included. */
static int64_t owned_units(const struct simulated_venue *venue, const struct venue_market *market)
{
	const struct instrument *instrument = market->instrument;
	i128 units;
	if (!mul_div(venue->account.balances[instrument->base].e18,
		     i128_power_of_ten(instrument->quantity_decimals),
		     instrument->contract_size.e18, ROUND_FLOOR, &units) ||
	    units < 0)
		return 0;
	return units > INT64_MAX ? INT64_MAX : (int64_t)units;
}

struct quantity venue_reducible(const struct simulated_venue *venue,
				const struct venue_market *market, enum side side)
{
	int64_t held = market->position.quantity.units;
	if (market->instrument->kind == INSTRUMENT_SPOT)
		held = owned_units(venue, market);
	int64_t left = side == SIDE_SELL ? held : -held;
	for (uint32_t i = 0; i < market->working_count && left > 0; i++) {
		const struct venue_order *order = market->working[i];
		if (order->request.reduce_only && order->request.side == side)
			left -= order->open.units;
	}
	return (struct quantity){left > 0 ? left : 0};
}

static bool reduces(const struct simulated_venue *venue, const struct venue_market *market,
		    const struct order_rules *rules, const struct order_request *order,
		    struct quantity *open, struct venue_refusal *refusal)
{
	*open = order->quantity;
	if (!order->reduce_only)
		return true;
	struct quantity left = venue_reducible(venue, market, order->side);
	if (market->instrument->kind == INSTRUMENT_SPOT) /* dust below the lot stays */
		left.units -= left.units % rules->lot.units;
	if (left.units == 0)
		return venue_refuse(refusal, REJECT_REDUCE_ONLY,
				    "%s would not reduce the position of %s",
				    side_text(order->side),
				    number(market->position.quantity.units,
					   market->instrument->quantity_decimals)
					    .text);
	if (open->units > left.units)
		*open = left;
	return true;
}

bool venue_rules_admit(const struct simulated_venue *venue, const struct venue_market *market,
		       const struct order_request *order, struct quantity *open,
		       struct venue_refusal *refusal)
{
	const struct order_rules *rules = &venue_terms(venue, market)->rules;
	int64_t venue_ns = venue_time(venue);
	if (order->venue_expiry_ns != 0 && venue_ns > order->venue_expiry_ns) {
		char expiry[UTC_TEXT_MAX], now[UTC_TEXT_MAX];
		utc_format(order->venue_expiry_ns, 3, expiry, sizeof(expiry));
		utc_format(venue_ns, 3, now, sizeof(now));
		return venue_refuse(refusal, REJECT_EXPIRED, "expired at %s, arrived at %s", expiry,
				    now);
	}
	if (!obeys_status(venue, market, rules, order, refusal))
		return false;
	if (order->type == ORDER_MARKET) {
		if (!order->reduce_only)
			return venue_refuse(refusal, REJECT_REDUCE_ONLY,
					    "a market order must be reduce-only");
	} else if (order->limit.units <= 0) {
		return venue_refuse(
			refusal, REJECT_TICK, "price %s is not above 0",
			number(order->limit.units, market->instrument->price_decimals).text);
	} else if (!obeys_price_grid(market, rules, order->limit, refusal)) {
		return false;
	}
	if (!obeys_quantity(market, rules, order->quantity, refusal) ||
	    (order->type != ORDER_MARKET &&
	     !obeys_band(venue, market, rules, order->limit, refusal)) ||
	    !reduces(venue, market, rules, order, open, refusal) ||
	    !obeys_notional(market, rules, order, refusal))
		return false;
	if (market->working_count == WORKING_ORDERS_MAX)
		return venue_refuse(refusal, REJECT_RATE_LIMITED, "%u working orders, limit %u",
				    market->working_count, WORKING_ORDERS_MAX);
	return true;
}
