/*
 * What prices, sizes and asset numbers Hyperliquid accepts (venues/hyperliquid.md §3): at most 5
 * significant figures and 6 - szDecimals decimals (spot: 8 - szDecimals), every integer allowed;
 * sizes of szDecimals decimals. Exact integers throughout.
 *
 * A value is `units` of 10^-decimals, decimals 0..18. Results count units of the market's own
 * decimals: hyperliquid_price_decimals, szDecimals.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_PRICE_RULES_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_PRICE_RULES_H

#include "core/base/exact_ratio.h"
#include <stdbool.h>
#include <stdint.h>

#define HYPERLIQUID_SIGNIFICANT_FIGURES 5

enum hyperliquid_market { HYPERLIQUID_PERPETUAL, HYPERLIQUID_SPOT };

/* Decimals that a price may have at most: 6 (spot 8) - size_decimals, never below 0. */
unsigned hyperliquid_price_decimals(enum hyperliquid_market market, unsigned size_decimals);

/* True if the venue takes this price as it is. */
bool hyperliquid_price_is_valid(enum hyperliquid_market market, unsigned size_decimals,
				int64_t units, unsigned decimals);

/*
 * To the nearest valid price in the direction of `rounding`: a buy limit that must not cross rounds
 * ROUND_FLOOR, one that must reach ROUND_CEILING, sells the other way. *out is always valid.
 * False: units <= 0, the result would be 0 or does not fit.
 */
bool hyperliquid_price_round(enum hyperliquid_market market, unsigned size_decimals, int64_t units,
			     unsigned decimals, enum rounding rounding, int64_t *out);

/* Down to size_decimals. False: units <= 0, nothing is left, or it does not fit. */
bool hyperliquid_size_floor(unsigned size_decimals, int64_t units, unsigned decimals, int64_t *out);

/*
 * The number that actions name a market by. `index` is the place in the universe of its dex, the
 * index of the spot pair, or the encoding of the outcome. False: no such number.
 */
bool hyperliquid_perpetual_asset(uint32_t dex_index, uint32_t index, uint32_t *asset);
bool hyperliquid_spot_asset(uint32_t index, uint32_t *asset);
bool hyperliquid_outcome_asset(uint32_t index, uint32_t *asset);

#endif
