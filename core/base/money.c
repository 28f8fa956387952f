#include "core/base/money.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <assert.h>

bool money_add(struct money a, struct money b, struct money *out)
{
	return i128_add(a.e18, b.e18, &out->e18);
}

bool money_sub(struct money a, struct money b, struct money *out)
{
	return i128_sub(a.e18, b.e18, &out->e18);
}

struct money money_negate(struct money a)
{
	assert(a.e18 != I128_MIN);
	return (struct money){-a.e18};
}

bool money_times_rate(struct money amount, struct rate rate, struct money *out)
{
	return mul_div(amount.e18, rate.e18, MONEY_ONE, ROUND_HALF_EVEN, &out->e18);
}

bool money_posting(struct money amount, unsigned asset_decimals, struct money *posting,
		   struct money *rounding)
{
	assert(asset_decimals <= MONEY_DECIMALS);
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - asset_decimals);
	i128 units, booked;
	if (!i128_div_round(amount.e18, unit, ROUND_HALF_EVEN, &units) ||
	    !i128_mul(units, unit, &booked))
		return false;
	if (!i128_sub(booked, amount.e18, &rounding->e18))
		return false;
	posting->e18 = booked;
	return true;
}

size_t money_format(struct money amount, char *buffer, size_t size)
{
	return decimal_format_short(amount.e18, MONEY_DECIMALS, buffer, size);
}

bool rate_to_per_hour(struct rate rate, int64_t interval_ns, struct rate_per_hour *out)
{
	assert(interval_ns > 0);
	return mul_div(rate.e18, NS_PER_HOUR, interval_ns, ROUND_HALF_EVEN, &out->e18);
}

bool rate_per_hour_to_interval(struct rate_per_hour rate, int64_t interval_ns, struct rate *out)
{
	i128 e18;
	assert(interval_ns > 0);
	if (!mul_div(rate.e18, interval_ns, NS_PER_HOUR, ROUND_HALF_EVEN, &e18) ||
	    e18 > INT64_MAX || e18 < INT64_MIN)
		return false;
	out->e18 = (int64_t)e18;
	return true;
}

/* Rates fit int64 per interval, so 8,760 times one hour's fits 128 bits with room to spare. */
i128 rate_per_hour_as_per_8h_e18(struct rate_per_hour rate)
{
	i128 out = 0;
	bool fits = i128_mul(rate.e18, 8, &out);
	assert(fits);
	return out;
}

i128 rate_per_hour_as_per_year_e18(struct rate_per_hour rate)
{
	i128 out = 0;
	bool fits = i128_mul(rate.e18, 8760, &out);
	assert(fits);
	return out;
}
