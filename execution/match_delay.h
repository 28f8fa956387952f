/*
 * How long each venue takes from our send to its match, learnt from our own fills: legs are sent so
 * that their expected match times coincide.
 */
#ifndef FUNDARB_EXECUTION_MATCH_DELAY_H
#define FUNDARB_EXECUTION_MATCH_DELAY_H

#include "core/market/instrument.h"

/* The faster venue's order never waits longer than this for the slower one. */
#define MATCH_STAGGER_MAX_NS INT64_C(500000000)

struct match_delays {
	struct {
		bool known;
		int64_t delay_ns; /* running average, newest sample weighs 1/8 */
	} venues[VENUES_MAX + 1];
};

/* Samples below 0 (clock error) count as 0. */
void match_delays_sample(struct match_delays *delays, venue_id venue, int64_t sent_ns,
			 int64_t match_ns);
/* 0 until the venue has filled an order of ours. */
int64_t match_delay(const struct match_delays *delays, venue_id venue);
/* How much later than the others each of `count` venues' orders is sent. */
void match_stagger(const struct match_delays *delays, const venue_id *venues, size_t count,
		   int64_t *later_ns);

#endif
