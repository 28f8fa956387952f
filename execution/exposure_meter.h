/*
 * How long and how much a trade was exposed: the fills of its legs by match time, their price gap,
 * and the integral of |unhedged notional| over time. Pure.
 */
#ifndef FUNDARB_EXECUTION_EXPOSURE_METER_H
#define FUNDARB_EXECUTION_EXPOSURE_METER_H

#include "core/base/money.h"
#include <stddef.h>

/* Points kept; beyond, later fills are added to the last one. */
#define EXPOSURE_POINTS_MAX 256

struct exposure_point {
	int64_t match_ns;
	unsigned leg;
	struct money tokens;   /* signed: bought > 0 */
	struct money notional; /* quote of those tokens, unsigned */
};

struct exposure_meter {
	struct exposure_point points[EXPOSURE_POINTS_MAX];
	size_t count;
};

void exposure_meter_fill(struct exposure_meter *meter, unsigned leg, int64_t match_ns,
			 struct money tokens, struct money notional);
/*
 * Integral of |sum of tokens| x price of the last fill, from the first to the last fill, in quote
 * times seconds. A closing starts and ends hedged like an opening: only differences count.
 */
struct money exposure_meter_seconds(struct exposure_meter *meter);

#endif
