#include "execution/atomic_multi_order_executor.h"

#include "execution/exposure.h"
#include <string.h>

struct sizing {
	const struct instrument_table *table;
	struct exposure_leg legs[TRADE_LEGS_MAX];
	instrument_id ids[TRADE_LEGS_MAX];
};

static bool within_rules(const struct sizing *sizing, unsigned index, struct error *err)
{
	const struct exposure_leg *leg = &sizing->legs[index];
	const struct order_rules *rules = &leg->revision->rules;
	char name[INSTRUMENT_NAME_MAX];
	struct money notional;

	instrument_name(sizing->table, sizing->ids[index], name, sizeof(name));
	if (leg->quantity.units <= 0)
		return error_set(err, ERROR_LIMIT, "%s: the notional is less than one lot", name);
	if (leg->quantity.units < rules->minimum_quantity.units)
		return error_set(err, ERROR_LIMIT, "%s: below the minimum quantity", name);
	if (rules->maximum_quantity.units && leg->quantity.units > rules->maximum_quantity.units)
		return error_set(err, ERROR_LIMIT, "%s: above the maximum quantity", name);
	if (!contract_notional(leg->instrument, leg->quantity, leg->price, &notional))
		return error_set(err, ERROR_LIMIT, "%s: notional out of range", name);
	if (notional.e18 < rules->minimum_notional.e18)
		return error_set(err, ERROR_LIMIT, "%s: below the minimum notional", name);
	return true;
}

/* Tokens that the notional buys of that leg. */
static bool tokens_of_notional(const struct exposure_leg *leg, struct money notional,
			       struct money *tokens)
{
	struct money price;

	return price_per_base(leg->instrument, leg->price, &price) &&
	       mul_div(notional.e18, MONEY_ONE, price.e18, ROUND_HALF_EVEN, &tokens->e18);
}

static bool common_lot(i128 a, i128 b, i128 *out)
{
	i128 x = a, y = b;

	while (y != 0) {
		i128 rest = x % y;
		x = y;
		y = rest;
	}
	return i128_mul(a / x, b, out);
}

/* Linear and spot legs without a fee in base: the multiple of both lots nearest the target. */
static bool size_on_common_lot(struct sizing *sizing, struct money target)
{
	struct money lots[2], tokens;
	i128 step, steps;

	for (int i = 0; i < 2; i++)
		if (!exposure_lot_tokens(sizing->legs[i].instrument, sizing->legs[i].revision,
					 sizing->legs[i].price, &lots[i]))
			return false;
	if (!common_lot(lots[0].e18, lots[1].e18, &step) ||
	    !i128_div_round(target.e18, step, ROUND_HALF_EVEN, &steps) ||
	    !i128_mul(steps, step, &tokens.e18))
		return false;
	for (int i = 0; i < 2; i++)
		sizing->legs[i].quantity =
			exposure_quantity(sizing->legs[i].instrument, sizing->legs[i].revision,
					  sizing->legs[i].price, tokens);
	return true;
}

/* The perpetual is floored to its lot; spot buys what leaves at least that after its fee. */
static bool size_spot_after_fee(struct sizing *sizing, unsigned spot, struct money target)
{
	struct exposure_leg *perpetual = &sizing->legs[1 - spot];
	struct exposure_leg *bought = &sizing->legs[spot];
	struct money hedge, lot;
	i128 gross, lots;
	int64_t units;

	perpetual->quantity = exposure_quantity(perpetual->instrument, perpetual->revision,
						perpetual->price, target);
	if (perpetual->quantity.units <= 0)
		return true;
	if (!exposure_tokens(perpetual, &hedge) ||
	    !exposure_lot_tokens(bought->instrument, bought->revision, bought->price, &lot) ||
	    !mul_div(hedge.e18, RATE_ONE, RATE_ONE - bought->revision->fees.taker.e18,
		     ROUND_CEILING, &gross) ||
	    !i128_div_round(gross, lot.e18, ROUND_CEILING, &lots) || lots > INT64_MAX ||
	    __builtin_mul_overflow((int64_t)lots, bought->revision->rules.lot.units, &units))
		return false;
	bought->quantity.units = units;
	return true;
}

/* The other leg is floored to its lot; contracts nearest what it then exposes. */
static bool size_with_inverse(struct sizing *sizing, unsigned inverse, struct money target)
{
	struct exposure_leg *other = &sizing->legs[1 - inverse];
	struct exposure_leg *contracts = &sizing->legs[inverse];
	struct money tokens;

	other->quantity =
		exposure_quantity(other->instrument, other->revision, other->price, target);
	if (other->quantity.units <= 0)
		return true;
	if (!exposure_tokens(other, &tokens))
		return false;
	contracts->quantity = exposure_quantity(contracts->instrument, contracts->revision,
						contracts->price, tokens);
	return true;
}

bool equal_exposure_quantities(const struct instrument_table *instruments,
			       const instrument_id legs[TRADE_LEGS_MAX],
			       const struct price prices[TRADE_LEGS_MAX], struct money notional,
			       struct quantity quantities[TRADE_LEGS_MAX], struct error *err)
{
	struct sizing sizing = {.table = instruments};
	struct money target;
	bool sized;

	for (unsigned i = 0; i < TRADE_LEGS_MAX; i++) {
		sizing.ids[i] = legs[i];
		sizing.legs[i] = (struct exposure_leg){
			.instrument = instrument_get(instruments, legs[i]),
			.revision = instrument_latest(instruments, legs[i]),
			.side = i == 0 ? SIDE_BUY : SIDE_SELL,
			.price = prices[i],
		};
		/* Spot is only ever bought, whichever place it is named in. */
		if (sizing.legs[i].instrument->kind == INSTRUMENT_SPOT)
			sizing.legs[i].side = SIDE_BUY;
	}
	if (notional.e18 <= 0 || !tokens_of_notional(&sizing.legs[0], notional, &target))
		return error_set(err, ERROR_LIMIT, "no quantity: notional or price not positive");

	if (sizing.legs[1].instrument->kind == INSTRUMENT_INVERSE)
		sized = size_with_inverse(&sizing, 1, target);
	else if (sizing.legs[0].instrument->kind == INSTRUMENT_INVERSE)
		sized = size_with_inverse(&sizing, 0, target);
	else if (exposure_fee_in_base(&sizing.legs[0]))
		sized = size_spot_after_fee(&sizing, 0, target);
	else if (exposure_fee_in_base(&sizing.legs[1]))
		sized = size_spot_after_fee(&sizing, 1, target);
	else
		sized = size_on_common_lot(&sizing, target);
	if (!sized)
		return error_set(err, ERROR_LIMIT, "no quantity: out of range");

	for (unsigned i = 0; i < TRADE_LEGS_MAX; i++)
		if (!within_rules(&sizing, i, err))
			return false;
	for (unsigned i = 0; i < TRADE_LEGS_MAX; i++)
		quantities[i] = sizing.legs[i].quantity;
	return true;
}
