#include "exchanges/hyperliquid/funding_formulas.h"

#include <assert.h>

#define INTEREST_8H_E18	   (RATE_ONE / 10000)	  /* 0.01% */
#define CLAMP_E18	   (RATE_ONE / 10000 * 5) /* 0.05% */
#define HOUR_CAP_E18	   (RATE_ONE / 100 * 4)	  /* 4% */
#define HOURS_OF_BASE_RATE 8

static i128 clamped(i128 value, i128 most)
{
	if (value > most)
		return most;
	return value < -most ? -most : value;
}

bool hyperliquid_premium(struct money impact_bid, struct money impact_ask, struct money oracle,
			 struct rate *premium)
{
	i128 above, below, difference, ratio;
	if (oracle.e18 <= 0 || !i128_sub(impact_bid.e18, oracle.e18, &above) ||
	    !i128_sub(oracle.e18, impact_ask.e18, &below))
		return false;
	if (above < 0)
		above = 0;
	if (below < 0)
		below = 0;
	if (!i128_sub(above, below, &difference) ||
	    !mul_div(difference, RATE_ONE, oracle.e18, ROUND_HALF_EVEN, &ratio) ||
	    ratio > INT64_MAX || ratio < INT64_MIN)
		return false;
	premium->e18 = (int64_t)ratio;
	return true;
}

struct rate hyperliquid_funding_rate_hour(struct rate average_premium)
{
	i128 premium = average_premium.e18, hourly;
	i128 rate_8h = premium + clamped(INTEREST_8H_E18 - premium, CLAMP_E18);
	bool fits = i128_div_round(rate_8h, HOURS_OF_BASE_RATE, ROUND_HALF_EVEN, &hourly);
	assert(fits);
	(void)fits;
	return (struct rate){.e18 = (int64_t)clamped(hourly, HOUR_CAP_E18)};
}
