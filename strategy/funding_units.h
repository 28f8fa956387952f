/*
 * How far a pair may be traded while the units of its funding are being proven
 * (exchanges/funding_proof.h): not at all, at probe size, in full; and what must go. Without proofs
 * (backtest, paper) nothing is held back.
 */
#ifndef FUNDARB_STRATEGY_FUNDING_UNITS_H
#define FUNDARB_STRATEGY_FUNDING_UNITS_H

#include "strategy/risk_limits.h"

/* A probe's legs are each worth at most so many times the smallest notional of that leg. */
#define PROBE_MINIMUM_NOTIONALS 3

/* The gate FUNDING_UNITS: false, with number and limit printed, if a leg is unproven or
 * quarantined.
 */
bool funding_units_allow(const struct strategy_options *options,
			 const struct instrument_table *instruments, struct candidate *candidate);

/* True if a leg of the two is good for probe size only. */
bool funding_units_probe(const struct strategy_options *options,
			 const struct instrument_table *instruments,
			 const instrument_id legs[TRADE_LEGS_MAX]);
/* True if both are proven in full. */
bool funding_units_full(const struct strategy_options *options,
			const struct instrument_table *instruments,
			const instrument_id legs[TRADE_LEGS_MAX]);

/*
 * What a leg of a probe may be worth, in quote: PROBE_MINIMUM_NOTIONALS times its minimum notional,
 * where the venue names none that of its minimum quantity (or lot). False: out of range.
 */
bool funding_units_cap(const struct instrument_table *instruments, instrument_id leg,
		       struct price price, struct money *cap);
/*
 * The largest equal quantities of at most `notional` a leg of which neither is worth more than its
 * cap, legal at both venues. False: there are none; the candidate says why.
 */
bool funding_units_probe_size(const struct instrument_table *instruments,
			      const struct price prices[TRADE_LEGS_MAX], struct money notional,
			      struct candidate *candidate,
			      struct quantity quantities[TRADE_LEGS_MAX]);

/* A leg in quarantine: finding becomes EXIT_RISK and names it. */
bool funding_units_find_quarantine(const struct strategy_options *options,
				   const struct instrument_table *instruments,
				   const struct position *position, struct risk_finding *finding);

#endif
