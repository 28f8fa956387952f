#include "core/market/contract.h"

#include "core/base/decimal.h"
#include <assert.h>

const char *side_text(enum side side)
{
	switch (side) {
	case SIDE_BUY:
		return "buy";
	case SIDE_SELL:
		return "sell";
	}
	assert(false && "side");
	return "";
}

bool contract_value_e18(const struct instrument *instrument, struct quantity quantity,
			struct money price, struct money *out)
{
	if (price.e18 <= 0)
		return false;
	i128 size = instrument->contract_size.e18;
	i128 quantity_scale = i128_power_of_ten(instrument->quantity_decimals);
	switch (instrument->kind) {
	case INSTRUMENT_LINEAR:
	case INSTRUMENT_SPOT:
		return exact_ratio((i128[]){quantity.units, size, price.e18}, 3,
				   (i128[]){quantity_scale, MONEY_ONE}, 2, ROUND_HALF_EVEN,
				   &out->e18);
	case INSTRUMENT_INVERSE:
		return exact_ratio((i128[]){quantity.units, size, MONEY_ONE}, 3,
				   (i128[]){quantity_scale, price.e18}, 2, ROUND_HALF_EVEN,
				   &out->e18);
	}
	return false;
}

bool contract_value(const struct instrument *instrument, struct quantity quantity,
		    struct price price, struct money *out)
{
	/* The price at scale 18 is exact, so this is still one rounding. */
	return contract_value_e18(instrument, quantity, price_e18(instrument, price), out);
}

bool contract_notional(const struct instrument *instrument, struct quantity quantity,
		       struct price price, struct money *out)
{
	if (instrument->kind != INSTRUMENT_INVERSE)
		return contract_value(instrument, quantity, price, out);
	if (price.units <= 0)
		return false;
	return mul_div(quantity.units, instrument->contract_size.e18,
		       i128_power_of_ten(instrument->quantity_decimals), ROUND_HALF_EVEN,
		       &out->e18);
}

bool contract_tokens(const struct instrument *instrument, struct quantity quantity,
		     struct price price, struct money *out)
{
	if (price.units <= 0)
		return false;
	i128 size = instrument->contract_size.e18;
	i128 quantity_scale = i128_power_of_ten(instrument->quantity_decimals);
	switch (instrument->kind) {
	case INSTRUMENT_LINEAR:
	case INSTRUMENT_SPOT:
		return exact_ratio((i128[]){quantity.units, size, instrument->multiplier}, 3,
				   (i128[]){quantity_scale}, 1, ROUND_HALF_EVEN, &out->e18);
	case INSTRUMENT_INVERSE:
		return exact_ratio((i128[]){quantity.units, size, instrument->multiplier,
					    i128_power_of_ten(instrument->price_decimals)},
				   4, (i128[]){quantity_scale, price.units}, 2, ROUND_HALF_EVEN,
				   &out->e18);
	}
	return false;
}

bool contract_value_times_rate(const struct instrument *instrument, struct quantity quantity,
			       struct money price, struct rate rate, struct money *out)
{
	if (price.e18 <= 0)
		return false;
	i128 size = instrument->contract_size.e18;
	i128 quantity_scale = i128_power_of_ten(instrument->quantity_decimals);
	switch (instrument->kind) {
	case INSTRUMENT_LINEAR:
	case INSTRUMENT_SPOT:
		return exact_ratio((i128[]){quantity.units, size, price.e18, rate.e18}, 4,
				   (i128[]){quantity_scale, MONEY_ONE, RATE_ONE}, 3,
				   ROUND_HALF_EVEN, &out->e18);
	case INSTRUMENT_INVERSE:
		/* size / price at scale 18 and the rate's own scale cancel. */
		return exact_ratio((i128[]){quantity.units, size, rate.e18}, 3,
				   (i128[]){quantity_scale, price.e18}, 2, ROUND_HALF_EVEN,
				   &out->e18);
	}
	return false;
}

struct money price_e18(const struct instrument *instrument, struct price price)
{
	return (struct money){.e18 = price.units * i128_power_of_ten(MONEY_DECIMALS -
								     instrument->price_decimals)};
}

struct money mid_e18(const struct instrument *instrument, struct price bid, struct price ask)
{
	assert(instrument->price_decimals < MONEY_DECIMALS);
	i128 half = 5 * i128_power_of_ten(MONEY_DECIMALS - 1 - instrument->price_decimals);
	return (struct money){.e18 = ((i128)bid.units + ask.units) * half};
}

bool price_per_base(const struct instrument *instrument, struct price price, struct money *out)
{
	if (price.units <= 0)
		return false;
	return i128_div_round(price_e18(instrument, price).e18, instrument->multiplier,
			      ROUND_HALF_EVEN, &out->e18);
}

static i128 greatest_common_divisor(i128 a, i128 b)
{
	while (b != 0) {
		i128 rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Valid prices as large as this one are multiples of the step. */
static i128 price_step(const struct order_rules *rules, unsigned price_decimals, i128 price)
{
	i128 tick = rules->tick.units;
	if (rules->significant_figures == 0)
		return tick;
	i128 figures = 1;
	i128 limit = i128_power_of_ten(rules->significant_figures);
	for (i128 rest = price < 0 ? -price : price; rest >= limit; rest /= 10)
		figures *= 10;
	i128 whole = i128_power_of_ten(price_decimals);
	if (rules->integer_prices_always && figures > whole)
		figures = whole;
	return tick / greatest_common_divisor(tick, figures) * figures;
}

bool price_obeys(const struct order_rules *rules, unsigned price_decimals, struct price price)
{
	return price.units > 0 && price.units % price_step(rules, price_decimals, price.units) == 0;
}

struct price price_round(const struct order_rules *rules, unsigned price_decimals,
			 struct price price, enum rounding rounding)
{
	i128 rounded = price.units;
	/* Rounding up may reach the next power of ten, where the step is coarser: once more. */
	for (int pass = 0; pass < 2; pass++) {
		i128 step = price_step(rules, price_decimals, rounded);
		i128 steps;
		bool exact = i128_div_round(rounded, step, rounding, &steps);
		assert(exact);
		rounded = steps * step;
	}
	if (rounded > INT64_MAX || rounded < INT64_MIN) {
		/* No such price can be written: the nearest that can lies towards zero. */
		i128 step = price_step(rules, price_decimals, price.units);
		rounded = price.units / step * step;
	}
	return (struct price){.units = (int64_t)rounded};
}

struct quantity quantity_floor_to_lot(const struct order_rules *rules, struct quantity quantity)
{
	return (struct quantity){.units = quantity.units / rules->lot.units * rules->lot.units};
}

size_t price_format(const struct instrument *instrument, struct price price, char *buffer,
		    size_t size)
{
	return decimal_format(price.units, instrument->price_decimals, buffer, size);
}

size_t quantity_format(const struct instrument *instrument, struct quantity quantity, char *buffer,
		       size_t size)
{
	return decimal_format_short(quantity.units, instrument->quantity_decimals, buffer, size);
}
