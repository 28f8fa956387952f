/*
 * What a leg is expected to pay or receive. Until statistical forecasts exist, the spread now known
 * is retained by elapsed time: 1 at 0 h, 0.58 at 8 h, 0.42 at 24 h, 0.26 at 72 h, 0.11 at 168 h,
 * linear between, 0 after (source: three years of public data, docs/strategy.md). "The current rate
 * persists" is never assumed. Elapsed time counts from the moment the rate speaks of: an estimate
 * from when it was learnt, a settled or fixed rate from its boundary.
 */
#ifndef FUNDARB_STRATEGY_FUNDING_FORECAST_H
#define FUNDARB_STRATEGY_FUNDING_FORECAST_H

#include "core/market/market_state.h"

/* Retention at an elapsed time, scale 18 (0..1). Negative elapsed counts as 0. */
i128 funding_retention_e18(int64_t elapsed_ns);
/* The sum of it at first, first + interval, ... (count values, interval > 0), rounded per segment.
 */
i128 funding_retention_sum_e18(int64_t first_ns, int64_t interval_ns, int64_t count);

struct leg_forecast {
	bool known;	     /* false: no rate is known; not the same as a rate of zero */
	struct rate rate;    /* the statement used, per its own interval */
	int64_t interval_ns; /* that interval; 0: pays no funding */
	enum funding_kind kind;
	int64_t known_since_ns;	  /* local; a settled rate: its boundary */
	int64_t next_boundary_ns; /* venue time; INT64_MAX: pays no funding */
	unsigned settlements;	  /* within the horizon */
	i128 expected_e18; /* sum of rate x retention over own settlements, fraction of notional;
			      > 0: longs pay */
	i128 next_e18;	   /* the part due at next_boundary_ns */
	/* Venue time up to which (exclusive) the same statement gives the same forecast. */
	int64_t unchanged_until_ns;
};

/*
 * Sums the instrument's own settlements in (now, now + horizon]. An instrument that pays no funding
 * is known, with zeros. A rate fixed one period ahead is certain for the boundary it names. After a
 * change of schedule a settlement counts by the length of its own interval.
 */
struct leg_forecast funding_forecast(const struct instrument_table *instruments,
				     const struct market_state *market, instrument_id instrument,
				     int64_t now_local_ns, int64_t horizon_ns);

#endif
