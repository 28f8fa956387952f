/*
 * Funding as Hyperliquid documents it (venues/hyperliquid.md §6.2): a premium against the oracle,
 * averaged over the hour, made an hourly rate. What the venue publishes is checked against this;
 * what it publishes is what is paid.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_FUNDING_FORMULAS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_FUNDING_FORMULAS_H

#include "core/base/money.h"

/*
 * (max(impact_bid - oracle, 0) - max(oracle - impact_ask, 0)) / oracle, half-even. Not for markets
 * of builder-deployed dexes, which use the mid. False: oracle <= 0 or the result does not fit.
 */
bool hyperliquid_premium(struct money impact_bid, struct money impact_ask, struct money oracle,
			 struct rate *premium);

/*
 * (P + clamp(0.0001 - P, -0.0005, 0.0005)) / 8, at most 4% either way, half-even: the rate of one
 * hour for an average premium P.
 */
struct rate hyperliquid_funding_rate_hour(struct rate average_premium);

#endif
