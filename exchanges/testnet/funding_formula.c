#include "exchanges/testnet/funding_formula.h"

#define INTEREST_E18 INT64_C(100000000000000)	/* 0.0001 per 8 h */
#define CLAMP_E18    INT64_C(500000000000000)	/* 0.0005 */
#define CAP_E18	     INT64_C(40000000000000000) /* 4 % an hour */
#define HOURS	     8

static int64_t clamp(int64_t value, int64_t most)
{
	return value > most ? most : value < -most ? -most : value;
}

struct rate funding_rate_of(struct rate premium)
{
	int64_t eight_hours = premium.e18 + clamp(INTEREST_E18 - premium.e18, CLAMP_E18);
	i128 rate;
	if (!i128_div_round(eight_hours, HOURS, ROUND_HALF_EVEN, &rate))
		rate = 0;
	return (struct rate){clamp((int64_t)rate, CAP_E18)};
}

struct rate funding_premium_for(struct rate rate)
{
	int64_t eight_hours = clamp(rate.e18, CAP_E18) * HOURS;
	if (eight_hours == INTEREST_E18)
		return (struct rate){INTEREST_E18};
	return (struct rate){eight_hours > INTEREST_E18 ? eight_hours + CLAMP_E18
							: eight_hours - CLAMP_E18};
}
