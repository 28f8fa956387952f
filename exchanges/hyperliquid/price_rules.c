#include "exchanges/hyperliquid/price_rules.h"

#include "core/base/decimal.h"

#include <assert.h>

#define DECIMALS_MAX 18

#define SPOT_FIRST	  10000
#define BUILDER_DEX_FIRST 100000
#define BUILDER_DEX_SPAN  10000
#define OUTCOME_FIRST	  100000000

unsigned hyperliquid_price_decimals(enum hyperliquid_market market, unsigned size_decimals)
{
	unsigned most = market == HYPERLIQUID_SPOT ? 8 : 6;
	return size_decimals < most ? most - size_decimals : 0;
}

/*
 * Decimals of the tick at this price: 5 figures less those before the point, within
 * 0..most_decimals. Each zero behind the point gives one decimal more: 0.0943 has 5 figures at 6.
 */
static unsigned tick_decimals(int64_t units, unsigned decimals, unsigned most_decimals)
{
	int figures = 0;
	for (int64_t rest = units; rest > 0; rest /= 10)
		figures++;
	int tick = HYPERLIQUID_SIGNIFICANT_FIGURES - (figures - (int)decimals);
	if (tick < 0)
		return 0;
	return (unsigned)tick < most_decimals ? (unsigned)tick : most_decimals;
}

/* units * 10^(to - from), rounded once. */
static bool rescale(int64_t units, unsigned from, unsigned to, enum rounding rounding, int64_t *out)
{
	i128 result;
	assert(from <= DECIMALS_MAX && to <= DECIMALS_MAX);
	if (!mul_div(units, DECIMAL_POWERS[to], DECIMAL_POWERS[from], rounding, &result) ||
	    result > INT64_MAX || result < INT64_MIN)
		return false;
	*out = (int64_t)result;
	return true;
}

bool hyperliquid_price_round(enum hyperliquid_market market, unsigned size_decimals, int64_t units,
			     unsigned decimals, enum rounding rounding, int64_t *out)
{
	unsigned most_decimals = hyperliquid_price_decimals(market, size_decimals);
	int64_t ticks, result;
	if (units <= 0)
		return false;
	/* Rounding up may reach the next power of ten, where the tick is larger: it is on it. */
	unsigned tick = tick_decimals(units, decimals, most_decimals);
	if (!rescale(units, decimals, tick, rounding, &ticks) || ticks == 0 ||
	    !rescale(ticks, tick, most_decimals, ROUND_TOWARD_ZERO, &result))
		return false;
	*out = result;
	return true;
}

bool hyperliquid_price_is_valid(enum hyperliquid_market market, unsigned size_decimals,
				int64_t units, unsigned decimals)
{
	unsigned most_decimals = hyperliquid_price_decimals(market, size_decimals);
	assert(decimals <= DECIMALS_MAX);
	if (units <= 0)
		return false;
	unsigned tick = tick_decimals(units, decimals, most_decimals);
	return tick >= decimals || units % DECIMAL_POWERS[decimals - tick] == 0;
}

bool hyperliquid_size_floor(unsigned size_decimals, int64_t units, unsigned decimals, int64_t *out)
{
	int64_t result;
	if (units <= 0 || !rescale(units, decimals, size_decimals, ROUND_FLOOR, &result) ||
	    result == 0)
		return false;
	*out = result;
	return true;
}

static bool asset_number(uint64_t first, uint64_t index, uint32_t *asset)
{
	if (first + index > UINT32_MAX)
		return false;
	*asset = (uint32_t)(first + index);
	return true;
}

bool hyperliquid_perpetual_asset(uint32_t dex_index, uint32_t index, uint32_t *asset)
{
	if (dex_index == 0)
		return index < SPOT_FIRST && asset_number(0, index, asset);
	uint64_t first = BUILDER_DEX_FIRST + (uint64_t)dex_index * BUILDER_DEX_SPAN;
	return index < BUILDER_DEX_SPAN && first < OUTCOME_FIRST &&
	       asset_number(first, index, asset);
}

bool hyperliquid_spot_asset(uint32_t index, uint32_t *asset)
{
	return index < BUILDER_DEX_FIRST - SPOT_FIRST && asset_number(SPOT_FIRST, index, asset);
}

bool hyperliquid_outcome_asset(uint32_t index, uint32_t *asset)
{
	return asset_number(OUTCOME_FIRST, index, asset);
}
