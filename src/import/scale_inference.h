/*
 * Decimals, tick and lot of a market from the prices and quantities seen in it. Decimals hold every
 * value that was seen; tick and lot are the step of all but the odd one in a hundred, because books
 * keep resting orders from before a step was made coarser.
 */
#ifndef FUNDARB_SRC_IMPORT_SCALE_INFERENCE_H
#define FUNDARB_SRC_IMPORT_SCALE_INFERENCE_H

#include "src/import/instrument_terms.h"

/* Values are offered in units of 10^-SCALE_INFERENCE_DECIMALS, what Binance writes at most. */
#define SCALE_INFERENCE_DECIMALS 8

/* Of values that need exactly so many decimals: how many, and what divides all of them. */
struct decimals_seen {
	uint64_t values;
	int64_t step; /* 0 = none seen */
};

struct scale_inference {
	struct decimals_seen prices[SCALE_INFERENCE_DECIMALS + 1];
	struct decimals_seen quantities[SCALE_INFERENCE_DECIMALS + 1];
};

void scale_inference_price(struct scale_inference *inference, int64_t units);
void scale_inference_quantity(struct scale_inference *inference, int64_t units);

/* Adds what another survey of the same market saw. */
void scale_inference_add(struct scale_inference *inference, const struct scale_inference *other);

/*
 * What is `known` of the market, widened by what was seen; a known step stands. price_decimals and
 * quantity_decimals
 * >= 0 override the decimals (a step that they cannot express becomes one unit).
 */
struct scale_terms scale_inference_terms(const struct scale_inference *inference,
					 const struct scale_terms *known, int price_decimals,
					 int quantity_decimals);

#endif
