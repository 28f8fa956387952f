/*
 * Maintenance margin by tiers as Hyperliquid documents it (venues/hyperliquid.md §6.4): half the
 * initial margin at the tier's leverage, each part of a notional at the rate of its own tier.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_MARGIN_FORMULAS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_MARGIN_FORMULAS_H

#include "core/base/money.h"
#include <stddef.h>
#include <stdint.h>

#define HYPERLIQUID_MARGIN_TIERS_MAX 16

struct hyperliquid_margin_tier {
	struct money lower_bound; /* of the notional; the first tier's is 0, then ascending */
	uint32_t max_leverage;
};

/*
 * The documented notional * rate_n - deduction_n, which is the same as the sum of each tier's own
 * part, in units of 10^-decimals (0..18) USD, rounded once. False: not 1..16 tiers, bounds that do
 * not begin at 0 and ascend, a leverage of 0, a notional < 0, or it does not fit.
 */
bool hyperliquid_maintenance_margin(const struct hyperliquid_margin_tier *tiers, size_t count,
				    struct money notional, unsigned decimals,
				    enum rounding rounding, i128 *units);

#endif
