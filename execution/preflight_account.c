/* Checks of what rules, accounts and our own limits allow. */
#include "execution/preflight_checks.h"

#include "execution/exposure.h"
#include <inttypes.h>

enum verdict check_market_status(const struct preflight_input *input, struct preflight_item *item)
{
	item_limit(item, input->closing ? "trading or reduce-only" : "trading");
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		enum market_status status = leg->revision->rules.status;
		if (leg->retired) {
			item_number(item, "leg %zu: retired", i + 1);
			return VERDICT_FAIL;
		}
		if (status == MARKET_TRADING || (input->closing && status == MARKET_REDUCE_ONLY))
			continue;
		item_number(item, "leg %zu: %s", i + 1, market_status_text(status));
		return VERDICT_FAIL;
	}
	item_number(item, "trading");
	return VERDICT_PASS;
}

/* True if the rule is kept; otherwise number and limit say which one is not. */
static bool order_obeys(const struct preflight_input *input, const struct preflight_leg *leg,
			struct preflight_item *item)
{
	const struct order_rules *rules = &leg->revision->rules;
	const struct instrument *instrument = leg->instrument;
	const struct order_request *order = &leg->order;
	char text[FIGURE_MAX], limit[FIGURE_MAX];
	struct money notional;

	if (instrument->kind == INSTRUMENT_SPOT && leg->side == SIDE_SELL && !input->closing) {
		item_number(item, "spot sold short");
		item_limit(item, "spot is long only");
		return false;
	}
	quantity_format(instrument, order->quantity, text, sizeof(text));
	if (order->quantity.units <= 0 || order->quantity.units % rules->lot.units != 0) {
		quantity_format(instrument, rules->lot, limit, sizeof(limit));
		item_number(item, "quantity %s", text);
		item_limit(item, "a multiple of %s", limit);
		return false;
	}
	if (order->quantity.units < rules->minimum_quantity.units) {
		quantity_format(instrument, rules->minimum_quantity, limit, sizeof(limit));
		item_number(item, "quantity %s", text);
		item_limit(item, "at least %s", limit);
		return false;
	}
	if (rules->maximum_quantity.units &&
	    order->quantity.units > rules->maximum_quantity.units) {
		quantity_format(instrument, rules->maximum_quantity, limit, sizeof(limit));
		item_number(item, "quantity %s", text);
		item_limit(item, "at most %s", limit);
		return false;
	}
	if (order->type == ORDER_MARKET)
		return true;
	if (!price_obeys(rules, instrument->price_decimals, order->limit)) {
		price_format(instrument, order->limit, text, sizeof(text));
		price_format(instrument, rules->tick, limit, sizeof(limit));
		item_number(item, "price %s", text);
		item_limit(item, "a multiple of %s", limit);
		return false;
	}
	if (!order->reduce_only &&
	    (!contract_notional(instrument, order->quantity, order->limit, &notional) ||
	     notional.e18 < rules->minimum_notional.e18)) {
		item_number(item, "notional %s", figure_money(notional, text));
		item_limit(item, "at least %s", figure_money(rules->minimum_notional, limit));
		return false;
	}
	return true;
}

enum verdict check_rules(const struct preflight_input *input, struct preflight_item *item)
{
	item_limit(item, "tick, lot, minimum and maximum");
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!input->legs[i].order_priced) {
			item_number(item, "leg %zu: no price, no order", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (!order_obeys(input, &input->legs[i], item))
			return VERDICT_FAIL;
	}
	item_number(item, "%zu orders", input->leg_count);
	return VERDICT_PASS;
}

static struct exposure_leg exposure_of(const struct preflight_leg *leg)
{
	return (struct exposure_leg){
		.instrument = leg->instrument,
		.revision = leg->revision,
		.side = leg->side,
		.quantity = leg->quantity,
		.price = leg->side == SIDE_BUY ? leg->quote.ask.price : leg->quote.bid.price,
	};
}

enum verdict check_equal_exposure(const struct preflight_input *input, struct preflight_item *item)
{
	struct exposure_leg legs[2];
	struct exposure_comparison comparison;
	char figure[FIGURE_MAX];

	if (input->leg_count == 1) {
		item_number(item, "one leg, as asked");
		item_limit(item, "none");
		return VERDICT_PASS;
	}
	item_limit(item, "opposite sides of one coin");
	if (input->legs[0].side == input->legs[1].side) {
		item_number(item, "both legs %s", side_text(input->legs[0].side));
		return VERDICT_FAIL;
	}
	if (input->legs[0].instrument->canonical != input->legs[1].instrument->canonical) {
		item_number(item, "two different coins");
		return VERDICT_FAIL;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!input->legs[i].quote_known) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
		legs[i] = exposure_of(&input->legs[i]);
	}
	if (!exposure_compare(legs, input->limits->maximum_exposure_difference, &comparison)) {
		item_number(item, "out of range");
		return VERDICT_FAIL;
	}
	item_number(item, "differ by %s tokens", figure_money(comparison.difference, figure));
	item_limit(item, "%s tokens (%s)", figure_money(comparison.allowed, figure),
		   comparison.because);
	return comparison.difference.e18 <= comparison.allowed.e18 ? VERDICT_PASS : VERDICT_FAIL;
}

enum verdict check_leverage(const struct preflight_input *input, struct preflight_item *item)
{
	int32_t wanted = input->limits->leverage;

	item_number(item, "%" PRId32 "x", wanted);
	item_limit(item, "at least 1x");
	if (input->closing)
		return VERDICT_PASS;
	if (wanted < 1)
		return VERDICT_FAIL;
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		if (leg->instrument->kind == INSTRUMENT_SPOT)
			continue;
		item_limit(item, "at most %" PRId32 "x", leg->revision->rules.maximum_leverage);
		if (wanted > leg->revision->rules.maximum_leverage)
			return VERDICT_FAIL;
		if (leg->leverage_refused) {
			item_limit(item, "leg %zu: acknowledged by the venue", i + 1);
			return VERDICT_FAIL;
		}
	}
	return VERDICT_PASS;
}

/* Margin with its buffer and the taker fee (perpetual), or the whole cost (spot). */
static bool leg_requirement(const struct preflight_input *input, const struct preflight_leg *leg,
			    struct money *required)
{
	struct money value, fee, buffer;

	if (!contract_value(leg->instrument, leg->order.quantity, leg->order.limit, &value) ||
	    !money_times_rate(value, leg->revision->fees.taker, &fee))
		return false;
	if (leg->instrument->kind == INSTRUMENT_SPOT) {
		*required = value;
		return leg->revision->fees.buy_fee_in_base || money_add(value, fee, required);
	}
	return i128_div_round(value.e18, input->limits->leverage, ROUND_CEILING, &required->e18) &&
	       money_add(*required, fee, required) &&
	       money_times_rate(*required, input->limits->margin_buffer, &buffer) &&
	       money_add(*required, buffer, required);
}

static enum verdict check_funds(const struct preflight_input *input,
				const struct preflight_funds *funds, struct preflight_item *item)
{
	struct money required = {0};
	char number[FIGURE_MAX], limit[FIGURE_MAX];
	const char *asset = asset_name(input->instruments, funds->asset);

	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		struct money part;
		if (leg->instrument->venue != funds->venue ||
		    preflight_fund_asset(leg->instrument) != funds->asset)
			continue;
		if (!leg->order_priced || leg->order.type == ORDER_MARKET ||
		    !leg_requirement(input, leg, &part) || !money_add(required, part, &required)) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
	}
	item_limit(item, "%s %s needed", figure_money(required, limit), asset);
	if (!funds->known) {
		item_number(item, "balance of %s unknown",
			    venue_name(input->instruments, funds->venue));
		return VERDICT_UNKNOWN;
	}
	item_number(item, "%s %s free", figure_money(funds->available, number), asset);
	return required.e18 <= funds->available.e18 ? VERDICT_PASS : VERDICT_FAIL;
}

enum verdict check_margin(const struct preflight_input *input, struct preflight_item *item)
{
	if (input->closing) {
		item_number(item, "closing");
		item_limit(item, "none");
		return VERDICT_PASS;
	}
	if (input->limits->leverage < 1) {
		item_number(item, "leverage below 1x");
		return VERDICT_UNKNOWN;
	}
	for (size_t i = 0; i < input->fund_count; i++) {
		enum verdict verdict = check_funds(input, &input->funds[i], item);
		if (verdict != VERDICT_PASS)
			return verdict;
	}
	return VERDICT_PASS;
}

static bool leg_notional(const struct preflight_leg *leg, struct money *notional)
{
	struct price touch = leg->side == SIDE_BUY ? leg->quote.ask.price : leg->quote.bid.price;
	return leg->quote_known &&
	       contract_notional(leg->instrument, leg->quantity, touch, notional);
}

static bool over_cap(const char *what, struct money amount, struct money cap,
		     struct preflight_item *item)
{
	char figure[FIGURE_MAX];

	if (cap.e18 == 0 || amount.e18 <= cap.e18)
		return false;
	item_number(item, "%s %s", what, figure_money(amount, figure));
	item_limit(item, "%s %s", what, figure_money(cap, figure));
	return true;
}

enum verdict check_exposure_caps(const struct preflight_input *input, struct preflight_item *item)
{
	const struct preflight_limits *limits = input->limits;
	struct money notional[PREFLIGHT_LEGS_MAX] = {0}, total = input->total_exposure;
	char figure[FIGURE_MAX];

	item_number(item, "closing");
	item_limit(item, "caps per trade, venue and total");
	if (input->closing)
		return VERDICT_PASS;
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!leg_notional(&input->legs[i], &notional[i]) ||
		    !money_add(total, notional[i], &total)) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (over_cap("per trade", notional[i], limits->maximum_notional_per_trade, item))
			return VERDICT_FAIL;
	}
	for (size_t i = 0; i < input->leg_count; i++) {
		struct money venue = input->legs[i].venue_exposure;
		for (size_t j = 0; j < input->leg_count; j++)
			if (input->legs[j].instrument->venue == input->legs[i].instrument->venue &&
			    !money_add(venue, notional[j], &venue))
				return VERDICT_UNKNOWN;
		if (over_cap("per venue", venue, limits->maximum_notional_per_venue, item))
			return VERDICT_FAIL;
	}
	if (over_cap("total", total, limits->maximum_notional_total, item))
		return VERDICT_FAIL;
	item_number(item, "total %s", figure_money(total, figure));
	return VERDICT_PASS;
}

enum verdict check_open_orders(const struct preflight_input *input, struct preflight_item *item)
{
	item_limit(item, "0 open orders");
	item_number(item, "0 open orders");
	for (size_t i = 0; i < input->leg_count; i++) {
		if (input->legs[i].open_orders > 0) {
			item_number(item, "leg %zu: %zu open orders", i + 1,
				    input->legs[i].open_orders);
			return VERDICT_FAIL;
		}
	}
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!input->legs[i].open_orders_known) {
			item_number(item, "leg %zu: unknown", i + 1);
			return VERDICT_UNKNOWN;
		}
	}
	return VERDICT_PASS;
}

/* Spot below one lot cannot be sold: dust, not a position. */
static bool holds(const struct preflight_leg *leg, struct quantity quantity)
{
	int64_t units = quantity.units < 0 ? -quantity.units : quantity.units;
	return leg->instrument->kind == INSTRUMENT_SPOT ? units >= leg->revision->rules.lot.units
							: units > 0;
}

static enum verdict closing_position(const struct preflight_input *input,
				     struct preflight_item *item)
{
	item_limit(item, "a position to close");
	item_number(item, "held");
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		if (leg->instrument->kind == INSTRUMENT_SPOT)
			continue;
		if (!leg->position_known) {
			item_number(item, "leg %zu: unknown", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (!holds(leg, leg->position)) {
			item_number(item, "leg %zu: none", i + 1);
			return VERDICT_FAIL;
		}
	}
	return VERDICT_PASS;
}

enum verdict check_existing_position(const struct preflight_input *input,
				     struct preflight_item *item)
{
	char text[FIGURE_MAX];

	if (input->closing)
		return closing_position(input, item);
	item_limit(item, "no position, no other trade");
	item_number(item, "none");
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		bool spot = leg->instrument->kind == INSTRUMENT_SPOT;
		if (leg->in_use) {
			item_number(item, "leg %zu: another trade runs", i + 1);
			return VERDICT_FAIL;
		}
		/* Coins in a spot account may be anybody's savings: only ours count. */
		if (holds(leg, leg->tracked) ||
		    (!spot && leg->position_known && holds(leg, leg->position))) {
			quantity_format(leg->instrument,
					leg->position_known && !spot ? leg->position : leg->tracked,
					text, sizeof(text));
			item_number(item, "leg %zu: %s held", i + 1, text);
			return VERDICT_FAIL;
		}
	}
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!input->legs[i].position_known) {
			item_number(item, "leg %zu: unknown", i + 1);
			return VERDICT_UNKNOWN;
		}
	}
	return VERDICT_PASS;
}

enum verdict check_clock(const struct preflight_input *input, struct preflight_item *item)
{
	int64_t worst = 0;
	char figure[FIGURE_MAX];

	item_limit(item, "%s s",
		   figure_seconds(input->limits->maximum_clock_uncertainty_ns, figure));
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct clock_state *clock = &input->legs[i].clock;
		if (!clock->known) {
			item_number(
				item, "%s: never measured",
				venue_name(input->instruments, input->legs[i].instrument->venue));
			return VERDICT_UNKNOWN;
		}
		if (clock->uncertainty_ns > worst)
			worst = clock->uncertainty_ns;
	}
	item_number(item, "+-%s s", figure_seconds(worst, figure));
	return worst <= input->limits->maximum_clock_uncertainty_ns ? VERDICT_PASS : VERDICT_FAIL;
}

/* Of each leg its order, and one request more: leverage that is still to be set, or a repair. */
#define REQUESTS_PER_LEG 2

enum verdict check_request_budget(const struct preflight_input *input, struct preflight_item *item)
{
	item_number(item, "closing");
	item_limit(item, "none");
	if (input->closing)
		return VERDICT_PASS;
	item_number(item, "enough");
	item_limit(item, "%d requests for each leg", REQUESTS_PER_LEG);
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		venue_id venue = leg->instrument->venue;
		const char *name = venue_name(input->instruments, venue);
		int64_t needed = 0;
		for (size_t j = 0; j < input->leg_count; j++)
			if (input->legs[j].instrument->venue == venue)
				needed += REQUESTS_PER_LEG;
		if (!leg->order_room_known) {
			item_number(item, "%s: unknown", name);
			return VERDICT_UNKNOWN;
		}
		if (leg->order_room < needed) {
			item_number(item, "%s: %" PRId64 " requests now", name, leg->order_room);
			item_limit(item, "%" PRId64 " requests", needed);
			return VERDICT_FAIL;
		}
	}
	return VERDICT_PASS;
}
