/* Checks of what the market shows: age, book, depth, spread, basis, the price of undoing a leg. */
#include "execution/preflight_checks.h"

#include <inttypes.h>

enum verdict check_price_age(const struct preflight_input *input, struct preflight_item *item)
{
	char figure[FIGURE_MAX];
	int64_t oldest = 0;

	item_limit(item, "%s s", figure_seconds(input->limits->maximum_price_age_ns, figure));
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!input->legs[i].quote_known) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (input->legs[i].price_age_ns > oldest)
			oldest = input->legs[i].price_age_ns;
	}
	item_number(item, "%s s", figure_seconds(oldest, figure));
	return oldest <= input->limits->maximum_price_age_ns ? VERDICT_PASS : VERDICT_FAIL;
}

static bool quote_is_whole(const struct price_quote *quote)
{
	return quote->bid.price.units > 0 && quote->bid.quantity.units > 0 &&
	       quote->ask.quantity.units > 0 && quote->bid.price.units < quote->ask.price.units;
}

enum verdict check_book_valid(const struct preflight_input *input, struct preflight_item *item)
{
	item_limit(item, "bid below ask, depth on both sides");
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		if (!leg->quote_known || !leg->liquidity_known) {
			item_number(item, "no usable book of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (!quote_is_whole(&leg->quote)) {
			item_number(item, "leg %zu crossed or one-sided", i + 1);
			return VERDICT_FAIL;
		}
	}
	item_number(item, "%zu of %zu", input->leg_count, input->leg_count);
	return VERDICT_PASS;
}

enum verdict check_liquidity_leg(const struct preflight_input *input, struct preflight_item *item)
{
	enum verdict worst = VERDICT_PASS;

	item_limit(item, "acceptable");
	item_number(item, "acceptable");
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		const struct liquidity_report *entry = &leg->liquidity.entry;
		char figure[FIGURE_MAX];
		if (!leg->liquidity_known || entry->recommendation == LIQUIDITY_ANALYSIS_FAILED) {
			if (worst == VERDICT_PASS)
				item_number(item, "leg %zu: no usable book", i + 1);
			worst = verdict_worst(worst, VERDICT_UNKNOWN);
		} else if (!entry->acceptable) {
			if (worst != VERDICT_FAIL)
				item_number(item, "leg %zu: %s, slippage %s bp", i + 1,
					    liquidity_recommendation_text(entry->recommendation),
					    figure_bp(entry->expected_slippage, figure));
			worst = VERDICT_FAIL;
		}
	}
	return worst;
}

enum verdict check_liquidity_pair(const struct preflight_input *input, struct preflight_item *item)
{
	struct leg_liquidity legs[PREFLIGHT_LEGS_MAX];
	char figure[FIGURE_MAX];
	i128 cost;
	int32_t limit = input->limits->maximum_round_trip_bp;

	if (limit)
		item_limit(item, "%" PRId32 " bp", limit);
	else
		item_limit(item, "off");
	for (size_t i = 0; i < input->leg_count; i++) {
		if (!input->legs[i].liquidity_known) {
			item_number(item, "leg %zu: no usable book", i + 1);
			return limit ? VERDICT_UNKNOWN : VERDICT_PASS;
		}
		legs[i] = input->legs[i].liquidity;
	}
	if (!liquidity_round_trip_cost(input->instruments, legs, input->leg_count, &cost)) {
		item_number(item, "not enough depth to enter and leave");
		return limit ? VERDICT_FAIL : VERDICT_PASS;
	}
	item_number(item, "%s bp", figure_bp(cost, figure));
	return !limit || cost <= limit * (MONEY_ONE / 10000) ? VERDICT_PASS : VERDICT_FAIL;
}

enum verdict check_spread(const struct preflight_input *input, struct preflight_item *item)
{
	char figure[FIGURE_MAX];
	i128 widest = 0;

	item_limit(item, "%" PRId32 " bp", input->limits->maximum_spread_bp);
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct price_quote *quote = &input->legs[i].quote;
		i128 spread;
		if (!input->legs[i].quote_known) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
		/* (ask - bid) / mid, in units of 10^-18 */
		if (!quote_is_whole(quote) ||
		    !mul_div(2 * ((i128)quote->ask.price.units - quote->bid.price.units), MONEY_ONE,
			     (i128)quote->ask.price.units + quote->bid.price.units, ROUND_CEILING,
			     &spread)) {
			item_number(item, "leg %zu crossed or one-sided", i + 1);
			return VERDICT_FAIL;
		}
		if (spread > widest)
			widest = spread;
	}
	item_number(item, "%s bp", figure_bp(widest, figure));
	return widest <= input->limits->maximum_spread_bp * (MONEY_ONE / 10000) ? VERDICT_PASS
										: VERDICT_FAIL;
}

/* Expected price per canonical token: the touch now, and the slippage of the walk for the size. */
static bool expected_price(const struct preflight_leg *leg, struct money *price)
{
	const struct liquidity_report *entry = &leg->liquidity.entry;
	bool buy = leg->side == SIDE_BUY;
	struct money touch =
		price_e18(leg->instrument, buy ? leg->quote.ask.price : leg->quote.bid.price);
	struct money walked_touch = buy ? entry->best_ask : entry->best_bid;
	struct money total;

	return money_add(touch, entry->expected_average_price, &total) &&
	       money_sub(total, walked_touch, &total) &&
	       i128_div_round(total.e18, leg->instrument->multiplier, ROUND_HALF_EVEN,
			      &price->e18) &&
	       price->e18 > 0;
}

enum verdict check_entry_basis(const struct preflight_input *input, struct preflight_item *item)
{
	struct money paid = {0}, received = {0};
	char figure[FIGURE_MAX];
	i128 basis;

	item_limit(item, "%" PRId32 " bp", input->limits->maximum_adverse_basis_bp);
	if (input->leg_count == 1) {
		item_number(item, "one leg, as asked");
		return VERDICT_PASS;
	}
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		struct money *price = leg->side == SIDE_BUY ? &paid : &received;
		if (!leg->quote_known || !leg->liquidity_known || !expected_price(leg, price)) {
			item_number(item, "no price of leg %zu", i + 1);
			return VERDICT_UNKNOWN;
		}
	}
	if (!paid.e18 || !received.e18) {
		item_number(item, "both legs on the same side");
		return VERDICT_FAIL;
	}
	if (!mul_div(2 * (paid.e18 - received.e18), MONEY_ONE, paid.e18 + received.e18,
		     ROUND_CEILING, &basis)) {
		item_number(item, "out of range");
		return VERDICT_UNKNOWN;
	}
	item_number(item, "%s bp", figure_bp(basis, figure));
	return basis <= input->limits->maximum_adverse_basis_bp * (MONEY_ONE / 10000)
		       ? VERDICT_PASS
		       : VERDICT_FAIL;
}

/* Buying and selling this leg now: spread and slippage of both walks, and the taker fee twice. */
static bool cost_of_undoing(const struct preflight_leg *leg, i128 *cost)
{
	const struct leg_liquidity *walks = &leg->liquidity;
	i128 between = leg->side == SIDE_BUY ? walks->entry.expected_average_price.e18 -
						       walks->exit.expected_average_price.e18
					     : walks->exit.expected_average_price.e18 -
						       walks->entry.expected_average_price.e18;

	if (!mul_div(between, MONEY_ONE, walks->entry.mid_price.e18, ROUND_CEILING, cost))
		return false;
	*cost += 2 * (i128)leg->revision->fees.taker.e18;
	return true;
}

enum verdict check_loss_budget(const struct preflight_input *input, struct preflight_item *item)
{
	char figure[FIGURE_MAX];
	i128 worst = 0;

	item_limit(item, "%s bp", figure_bp(input->limits->loss_budget.e18, figure));
	if (input->closing) {
		item_number(item, "closing");
		return VERDICT_PASS;
	}
	for (size_t i = 0; i < input->leg_count; i++) {
		const struct preflight_leg *leg = &input->legs[i];
		i128 cost;
		if (!leg->liquidity_known || !cost_of_undoing(leg, &cost)) {
			item_number(item, "leg %zu: no usable book", i + 1);
			return VERDICT_UNKNOWN;
		}
		if (!leg->liquidity.entry.depth_sufficient ||
		    !leg->liquidity.exit.depth_sufficient) {
			item_number(item, "leg %zu: not enough depth to undo it", i + 1);
			return VERDICT_FAIL;
		}
		if (cost > worst)
			worst = cost;
	}
	item_number(item, "%s bp", figure_bp(worst, figure));
	return worst <= input->limits->loss_budget.e18 ? VERDICT_PASS : VERDICT_FAIL;
}
