#include "execution/hedge.h"

#include <stdlib.h>
#include <string.h>

const char *hedge_choice_text(enum hedge_choice choice)
{
	switch (choice) {
	case HEDGE_COMPLETE:
		return "complete";
	case HEDGE_TRIM:
		return "trim";
	case HEDGE_TRIM_WHOLE_BUDGET:
		return "trim inside the whole budget";
	case HEDGE_TRIM_MARKET:
		return "trim at market";
	case HEDGE_IMPOSSIBLE:
		return "impossible now";
	}
	abort();
	return "";
}

struct price hedge_limit(const struct instrument *instrument, const struct order_rules *rules,
			 enum side side, struct price worst, int32_t cap_bp, struct money bound)
{
	bool buy = side == SIDE_BUY;
	struct price limit, most;
	i128 units, scale = i128_power_of_ten(MONEY_DECIMALS - instrument->price_decimals);

	if (!mul_div(worst.units, 10000 + (buy ? cap_bp : -cap_bp), 10000,
		     buy ? ROUND_CEILING : ROUND_FLOOR, &units) ||
	    units > INT64_MAX || units <= 0)
		return (struct price){0};
	limit = price_round(rules, instrument->price_decimals, (struct price){(int64_t)units},
			    buy ? ROUND_CEILING : ROUND_FLOOR);
	if (bound.e18 <= 0)
		return limit;
	if (!i128_div_round(bound.e18, scale, buy ? ROUND_FLOOR : ROUND_CEILING, &units) ||
	    units > INT64_MAX)
		return limit; /* a bound beyond all prices */
	most = price_round(rules, instrument->price_decimals, (struct price){(int64_t)units},
			   buy ? ROUND_FLOOR : ROUND_CEILING);
	if (buy ? most.units < limit.units : most.units > limit.units)
		limit = most;
	return limit.units > 0 ? limit : (struct price){0};
}

/* Notional of the step at its reference price, quote. */
static bool step_notional(const struct hedge_way *way, struct money *notional)
{
	if (way->instrument->kind == INSTRUMENT_INVERSE)
		return contract_notional(way->instrument, way->quantity, (struct price){1},
					 notional);
	return way->reference.e18 > 0 &&
	       contract_value_e18(way->instrument, way->quantity, way->reference, notional);
}

bool hedge_bound(const struct hedge_way *way, struct money budget, i128 widest_e18,
		 struct money *bound)
{
	struct money notional, fee, rest;
	i128 distance, widest;

	if (!step_notional(way, &notional) || notional.e18 <= 0 ||
	    !money_times_rate(notional, way->revision->fees.taker, &fee) ||
	    !money_sub(budget, fee, &rest) ||
	    !mul_div(way->reference.e18, rest.e18, notional.e18, ROUND_FLOOR, &distance))
		return false;
	if (widest_e18 > 0 &&
	    mul_div(way->reference.e18, widest_e18, MONEY_ONE, ROUND_FLOOR, &widest) &&
	    distance > widest)
		distance = widest;
	bound->e18 = way->side == SIDE_BUY ? way->reference.e18 + distance
					   : way->reference.e18 - distance;
	if (bound->e18 <= 0)
		bound->e18 = 1;
	return true;
}

/* Expected cost of a priced way in quote: price against the reference, fee, and one sigma. */
static bool way_cost(const struct hedge_way *way, struct money *price_and_fee, struct money *cost)
{
	struct money notional, fee, risk;
	i128 adverse = way->walk.expected_average_price.e18 - way->reference.e18;

	if (!way->possible || !way->priced || !way->walk.depth_sufficient ||
	    !step_notional(way, &notional))
		return false;
	if (way->side == SIDE_SELL)
		adverse = -adverse;
	return mul_div(notional.e18, adverse, way->reference.e18, ROUND_CEILING,
		       &price_and_fee->e18) &&
	       money_times_rate(notional, way->revision->fees.taker, &fee) &&
	       money_add(*price_and_fee, fee, price_and_fee) &&
	       mul_div(notional.e18, way->risk_e18, MONEY_ONE, ROUND_CEILING, &risk.e18) &&
	       money_add(*price_and_fee, risk, cost);
}

static bool affordable(const struct hedge_situation *situation, const struct hedge_way *way,
		       struct money *cost, struct price *limit)
{
	struct money price_and_fee, bound;

	if (!way_cost(way, &price_and_fee, cost) || price_and_fee.e18 > situation->budget.e18 ||
	    !hedge_bound(way, situation->budget, situation->widest_e18, &bound))
		return false;
	*limit = hedge_limit(way->instrument, &way->revision->rules, way->side,
			     way->walk.worst_price, situation->price_cap_bp, bound);
	return limit->units > 0;
}

struct hedge_step hedge_decide(const struct hedge_situation *situation)
{
	const struct hedge_way *trim = &situation->trim, *complete = &situation->complete;
	struct money complete_cost = {0}, trim_cost = {0}, bound;
	struct price complete_limit = {0}, trim_limit = {0};
	bool early = situation->tries < situation->tries_max &&
		     situation->naked_ns < situation->naked_limit_ns / 2;

	if (early) {
		bool can_complete =
			affordable(situation, complete, &complete_cost, &complete_limit);
		bool can_trim = affordable(situation, trim, &trim_cost, &trim_limit);
		if (can_complete && (!can_trim || complete_cost.e18 <= trim_cost.e18))
			return (struct hedge_step){HEDGE_COMPLETE, complete->quantity, ORDER_IOC,
						   complete_limit, complete_cost};
		if (can_trim)
			return (struct hedge_step){HEDGE_TRIM, trim->quantity, ORDER_IOC,
						   trim_limit, trim_cost};
	}
	if (!trim->possible)
		return (struct hedge_step){.choice = HEDGE_IMPOSSIBLE};
	if (situation->tries <= situation->tries_max &&
	    situation->naked_ns < situation->naked_limit_ns &&
	    hedge_bound(trim, situation->budget, situation->widest_e18, &bound)) {
		/* Any price inside the budget: the bound itself is the limit. */
		struct price limit =
			hedge_limit(trim->instrument, &trim->revision->rules, trim->side,
				    trim->side == SIDE_BUY ? (struct price){INT64_MAX / 20000}
							   : (struct price){1},
				    0, bound);
		if (limit.units > 0)
			return (struct hedge_step){HEDGE_TRIM_WHOLE_BUDGET, trim->quantity,
						   ORDER_IOC, limit, situation->budget};
	}
	return (struct hedge_step){HEDGE_TRIM_MARKET, trim->quantity, ORDER_MARKET, {0}, {0}};
}
