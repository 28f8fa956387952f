/*
 * Hyperliquid's funding formula (venues/hyperliquid.md §6.2), on the testnet's side: hourly rate
 * from the hour's average premium P: (P + clamp(0.0001 - P, -0.0005, 0.0005)) / 8, capped at 4 %.
 * Lighter's is the same in form (venues/lighter.md §1.7), so one premium serves both floors.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_FUNDING_FORMULA_H
#define FUNDARB_EXCHANGES_TESTNET_FUNDING_FORMULA_H

#include "core/base/money.h"

/* Premiums that are multiples of this give rates with 10 decimals: nothing is ever rounded. */
#define FUNDING_PREMIUM_STEP_E18 INT64_C(800000000)

struct rate funding_rate_of(struct rate premium);
/* A premium that gives the rate: 0.0001 for the rate of a calm market, else the only one. */
struct rate funding_premium_for(struct rate rate);

#endif
