#include "exchanges/hyperliquid/margin_formulas.h"

#include "core/base/decimal.h"

#include <assert.h>

static bool tiers_are_sound(const struct hyperliquid_margin_tier *tiers, size_t count)
{
	if (count < 1 || count > HYPERLIQUID_MARGIN_TIERS_MAX || tiers[0].lower_bound.e18 != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (tiers[i].max_leverage == 0)
			return false;
		if (i > 0 && tiers[i].lower_bound.e18 <= tiers[i - 1].lower_bound.e18)
			return false;
	}
	return true;
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

/* One denominator for all tiers, so that the sum is exact and rounded once. */
static bool common_leverage(const struct hyperliquid_margin_tier *tiers, size_t count, i128 *common)
{
	*common = 1;
	for (size_t i = 0; i < count; i++) {
		i128 leverage = tiers[i].max_leverage;
		if (!i128_mul(*common, leverage / greatest_common_divisor(*common, leverage),
			      common))
			return false;
	}
	return true;
}

bool hyperliquid_maintenance_margin(const struct hyperliquid_margin_tier *tiers, size_t count,
				    struct money notional, unsigned decimals,
				    enum rounding rounding, i128 *units)
{
	i128 common, sum = 0;
	assert(decimals <= MONEY_DECIMALS);
	if (notional.e18 < 0 || !tiers_are_sound(tiers, count) ||
	    !common_leverage(tiers, count, &common))
		return false;
	for (size_t i = 0; i < count && notional.e18 > tiers[i].lower_bound.e18; i++) {
		bool is_last = i + 1 == count || notional.e18 <= tiers[i + 1].lower_bound.e18;
		i128 upper = is_last ? notional.e18 : tiers[i + 1].lower_bound.e18;
		i128 part;
		if (!i128_mul(upper - tiers[i].lower_bound.e18, common / tiers[i].max_leverage,
			      &part) ||
		    !i128_add(sum, part, &sum))
			return false;
	}
	const i128 numerators[] = {sum};
	const i128 denominators[] = {2, common, DECIMAL_POWERS[MONEY_DECIMALS - decimals]};
	return exact_ratio(numerators, 1, denominators, 3, rounding, units);
}
