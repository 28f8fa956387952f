/*
 * Follows one instrument's funding statements and marks, and tells what each of its last
 * SETTLEMENTS_REMEMBERED boundaries paid: the rule at `struct settlement` (market_state.h).
 * Internal to core/market; all times are venue time.
 */
#ifndef FUNDARB_CORE_MARKET_SETTLEMENT_TRACKER_H
#define FUNDARB_CORE_MARKET_SETTLEMENT_TRACKER_H

#include "core/market/market_state.h"

struct settlement_record {
	bool used;
	int64_t boundary_ns;
	bool candidate_known; /* an estimate named this boundary */
	bool closed;	      /* and a later one was named after it */
	struct rate candidate;
	bool fixed_known; /* FUNDING_NEXT */
	struct rate fixed;
	bool settled_known; /* FUNDING_SETTLED: wins over all */
	struct rate settled;
	bool price_known; /* frozen when a price after the boundary arrived */
	int64_t price_ns;
	struct money price;
};

/* All zero is a tracker that has seen nothing. */
struct settlement_tracker {
	struct settlement_record records[SETTLEMENTS_REMEMBERED];
	struct funding_state statement;
	/* The newest price of the kind that pays. */
	bool price_known;
	int64_t price_ns;
	struct money price;
	/* The schedule as of revision_number; 0 = not looked at. */
	uint32_t revision_number;
	bool scheduled;	     /* some boundary is still to come */
	int64_t upcoming_ns; /* first boundary >= price_ns */
	enum funding_price paid_on;
};

/* A FUNDING event; venue_ns is its exchange time, or its local time on the venue's clock. */
void settlement_tracker_funding(struct settlement_tracker *tracker,
				const struct instrument_table *table,
				const struct market_event *event, int64_t venue_ns);
/* A MARK event. */
void settlement_tracker_mark(struct settlement_tracker *tracker,
			     const struct instrument_table *table, const struct market_event *event,
			     int64_t venue_ns);
struct settlement settlement_tracker_read(const struct settlement_tracker *tracker,
					  const struct instrument_table *table, instrument_id id,
					  int64_t boundary_ns);

#endif
