#include "core/market/ledger_cost.h"

#include <assert.h>

static bool add_quantity(struct quantity a, struct quantity b, struct quantity *out)
{
	return !__builtin_add_overflow(a.units, b.units, &out->units);
}

/* What a closed part earned: its worth at the exit beside its cost, both signed like the position.
 * Inverse contracts are worth less coin the higher the price. */
static bool realise(const struct instrument *instrument, struct money cost, struct money worth,
		    struct money *out)
{
	if (instrument->kind == INSTRUMENT_INVERSE)
		return money_sub(cost, worth, out);
	return money_sub(worth, cost, out);
}

/* The part of the cost that `part` of `whole` carries: all of it, to the last digit, with the last
 * unit. */
static bool released_cost(struct money cost, i128 part, i128 whole, struct money *out)
{
	return mul_div(cost.e18, part, whole, ROUND_HALF_EVEN, &out->e18);
}

static bool close_part(const struct instrument *instrument, struct quantity closed,
		       struct price price, struct cost_change *change)
{
	struct ledger_position *position = &change->after;
	struct money released, worth;
	if (!released_cost(position->cost, closed.units, position->quantity.units, &released) ||
	    !contract_value(instrument, closed, price, &worth) ||
	    !realise(instrument, released, worth, &change->realised) ||
	    !money_sub(position->cost, released, &position->cost))
		return false;
	position->quantity.units -= closed.units;
	change->reduces = true;
	return true;
}

static bool open_part(const struct instrument *instrument, struct quantity opened,
		      struct price price, struct ledger_position *position)
{
	struct money worth;
	return contract_value(instrument, opened, price, &worth) &&
	       money_add(position->cost, worth, &position->cost) &&
	       add_quantity(position->quantity, opened, &position->quantity);
}

bool ledger_cost_trade(const struct instrument *instrument, struct ledger_position before,
		       struct quantity signed_quantity, struct price price,
		       struct cost_change *change)
{
	assert(instrument->kind != INSTRUMENT_SPOT && signed_quantity.units != 0);
	*change = (struct cost_change){.after = before};
	int64_t held = before.quantity.units;
	int64_t traded = signed_quantity.units;
	struct quantity closed = {0};
	if (held > 0 && traded < 0)
		closed.units = -traded < held ? -traded : held;
	else if (held < 0 && traded > 0)
		closed.units = -traded > held ? -traded : held;
	if (closed.units != 0 && !close_part(instrument, closed, price, change))
		return false;
	struct quantity opened = {.units = traded + closed.units};
	return opened.units == 0 || open_part(instrument, opened, price, &change->after);
}

/* Orders are counted in quantity units: what is owned below one of them cannot be sold. */
static bool floor_quantity(const struct instrument *instrument, struct ledger_position *position)
{
	assert(instrument->contract_size.e18 == MONEY_ONE);
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - instrument->quantity_decimals);
	i128 units;
	if (!i128_div_round(position->owned.e18, unit, ROUND_FLOOR, &units) || units > INT64_MAX ||
	    units < INT64_MIN)
		return false;
	position->quantity.units = (int64_t)units;
	return true;
}

bool ledger_cost_exchange(const struct instrument *instrument, struct ledger_position before,
			  struct money base, struct money value, struct ledger_position *after)
{
	assert(instrument->kind == INSTRUMENT_SPOT && base.e18 != 0);
	*after = before;
	if (base.e18 > 0) {
		if (!money_add(before.cost, value, &after->cost))
			return false;
	} else {
		struct money released;
		assert(-base.e18 <= before.owned.e18);
		if (!released_cost(before.cost, -base.e18, before.owned.e18, &released) ||
		    !money_sub(before.cost, released, &after->cost))
			return false;
	}
	return money_add(before.owned, base, &after->owned) && floor_quantity(instrument, after);
}

bool ledger_cost_base_fee(const struct instrument *instrument, struct ledger_position before,
			  struct money fee, struct ledger_position *after)
{
	*after = before;
	return money_add(before.owned, fee, &after->owned) && floor_quantity(instrument, after);
}

bool ledger_cost_unrealised(const struct instrument *instrument, struct ledger_position position,
			    struct money price, struct money *out)
{
	struct money worth;
	if (instrument->kind == INSTRUMENT_SPOT) {
		if (price.e18 <= 0)
			return false;
		return mul_div(position.owned.e18, price.e18, MONEY_ONE, ROUND_HALF_EVEN,
			       &worth.e18) &&
		       money_sub(worth, position.cost, out);
	}
	return contract_value_e18(instrument, position.quantity, price, &worth) &&
	       realise(instrument, position.cost, worth, out);
}
