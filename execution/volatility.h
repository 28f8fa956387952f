/*
 * How far a price is likely to move while an order is under way: a running estimate of the mid's
 * variance per second, per instrument, from samples at least a second apart. Integers only, because
 * it decides which repair order is sent.
 */
#ifndef FUNDARB_EXECUTION_VOLATILITY_H
#define FUNDARB_EXECUTION_VOLATILITY_H

#include "core/market/market_event.h"

/* Taken until two samples are there: 1 bp in a second. */
#define VOLATILITY_DEFAULT_VARIANCE UINT64_C(10000)

struct volatility_sample {
	int64_t at_ns;	   /* 0 = none yet */
	int64_t twice_mid; /* bid + ask, price units */
	uint64_t variance; /* (1/100 bp)^2 per second; 0 = unknown */
};

struct volatility {
	struct volatility_sample *samples; /* INSTRUMENTS_MAX + 1, owned */
};

bool volatility_begin(struct volatility *volatility);
void volatility_end(struct volatility *volatility);
/* True if a sample of this instrument is due: callers on hot paths ask first. */
static inline bool volatility_due(const struct volatility *volatility, instrument_id instrument,
				  int64_t now_ns)
{
	return now_ns - volatility->samples[instrument].at_ns >= INT64_C(1000000000);
}
void volatility_observe(struct volatility *volatility, instrument_id instrument, struct price bid,
			struct price ask, int64_t now_ns);
/* One standard deviation over the delay, as a fraction at scale 18. */
i128 volatility_move(const struct volatility *volatility, instrument_id instrument,
		     int64_t delay_ns);

#endif
