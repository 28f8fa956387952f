/*
 * What a pair of instruments must be paid before it can be worth opening: the smallest spread of
 * funding rates that meets fees and minimum edge, at the best moment an entry is allowed. Slippage
 * and basis are left out, so a real entry needs at least this much.
 */
#ifndef FUNDARB_SRC_FUNDING_THRESHOLD_H
#define FUNDARB_SRC_FUNDING_THRESHOLD_H

#include "core/market/instrument.h"

#define THRESHOLD_LEGS 2

struct threshold_terms {
	struct funding_terms funding[THRESHOLD_LEGS];
	struct rate taker[THRESHOLD_LEGS];
	int64_t horizon_ns;
	int64_t settlement_window_ns; /* as [strategy] has it */
	i128 minimum_edge_e18;	      /* fraction of one leg's notional, after fees */
};

struct spread_threshold {
	i128 fees_e18;	/* four taker fees, fraction of one leg's notional */
	bool reachable; /* false: no settlement in the horizon, or the caps forbid it */
	bool capped;	/* the caps of the rates forbid it */
	/* Short leg minus long leg, carried by both in equal parts; by the one that pays, alone,
	 * where the other pays no funding. 0: the edge asks for nothing. */
	struct rate_per_hour smallest;
	/* From that entry until retained funding has paid the fees; INT64_MAX: not in the horizon.
	 */
	int64_t break_even_ns;
};

/*
 * Retention as strategy/funding_forecast.h, each leg summed at its own settlements, the entry just
 * outside the settlement window. False: a funding interval below a minute or above a day, or
 * figures out of range.
 */
bool spread_threshold(const struct threshold_terms *terms, struct spread_threshold *out);

/* A threshold in bp that is meant over a span, as a steady rate; false: out of range. */
bool threshold_per_hour(int32_t bp, int64_t span_ns, struct rate_per_hour *out);
/* Time in which a steady rate has paid these fees; INT64_MAX: never. */
int64_t threshold_break_even_ns(struct rate_per_hour rate, i128 fees_e18);

#endif
