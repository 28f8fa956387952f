#include "src/import/scale_inference.h"

#define ODD_VALUES_IN 100 /* one in so many may be off the step */

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static void see(struct decimals_seen *seen, int64_t units)
{
	unsigned decimals = SCALE_INFERENCE_DECIMALS;
	if (units <= 0)
		return;
	for (int64_t rest = units; decimals > 0 && rest % 10 == 0; rest /= 10)
		decimals--;
	seen[decimals].values++;
	seen[decimals].step = common_divisor(units, seen[decimals].step);
}

void scale_inference_price(struct scale_inference *inference, int64_t units)
{
	see(inference->prices, units);
}

void scale_inference_quantity(struct scale_inference *inference, int64_t units)
{
	see(inference->quantities, units);
}

static void add(struct decimals_seen *seen, const struct decimals_seen *other)
{
	for (unsigned i = 0; i <= SCALE_INFERENCE_DECIMALS; i++) {
		seen[i].values += other[i].values;
		seen[i].step = common_divisor(other[i].step, seen[i].step);
	}
}

void scale_inference_add(struct scale_inference *inference, const struct scale_inference *other)
{
	add(inference->prices, other->prices);
	add(inference->quantities, other->quantities);
}

static int64_t power_of_ten(unsigned exponent)
{
	int64_t power = 1;
	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* The step of nearly all values, in units of 10^-SCALE_INFERENCE_DECIMALS; 0 = none seen. */
static int64_t usual_step(const struct decimals_seen *seen, unsigned *decimals_needed)
{
	uint64_t values = 0, covered = 0;
	int64_t step = 0;
	*decimals_needed = 0;
	for (unsigned i = 0; i <= SCALE_INFERENCE_DECIMALS; i++) {
		values += seen[i].values;
		if (seen[i].values > 0)
			*decimals_needed = i;
	}
	for (unsigned i = 0; i <= SCALE_INFERENCE_DECIMALS; i++) {
		if (values - covered <= values / ODD_VALUES_IN)
			break;
		covered += seen[i].values;
		step = common_divisor(seen[i].step, step);
	}
	return step;
}

/* known_step is in units of 10^-known_decimals; 0 = not known. */
static void conclude(const struct decimals_seen *seen, unsigned known_decimals, int64_t known_step,
		     int fixed_decimals, unsigned *decimals, int64_t *step_units)
{
	unsigned needed;
	int64_t step = usual_step(seen, &needed);
	unsigned step_decimals = SCALE_INFERENCE_DECIMALS;
	*decimals = needed > known_decimals ? needed : known_decimals;
	if (fixed_decimals >= 0)
		*decimals = (unsigned)fixed_decimals;
	if (known_step != 0) {
		step = known_step;
		step_decimals = known_decimals;
	}
	while (step_decimals > *decimals && step % 10 == 0) {
		step /= 10;
		step_decimals--;
	}
	if (step == 0 || step_decimals > *decimals ||
	    __builtin_mul_overflow(step, power_of_ten(*decimals - step_decimals), step_units))
		*step_units = 1;
}

struct scale_terms scale_inference_terms(const struct scale_inference *inference,
					 const struct scale_terms *known, int price_decimals,
					 int quantity_decimals)
{
	struct scale_terms terms;
	conclude(inference->prices, known->price_decimals, known->tick_units, price_decimals,
		 &terms.price_decimals, &terms.tick_units);
	conclude(inference->quantities, known->quantity_decimals, known->lot_units,
		 quantity_decimals, &terms.quantity_decimals, &terms.lot_units);
	return terms;
}
