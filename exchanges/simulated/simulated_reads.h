/*
 * What a read of the simulated venue answers: the external market from market_state, the account
 * from the venue, sampled at one instant into buffers that the caller keeps and uses again.
 * Internal to exchanges/simulated.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_SIMULATED_READS_H
#define FUNDARB_EXCHANGES_SIMULATED_SIMULATED_READS_H

#include "exchanges/simulated/venue.h"

#define READ_DEPTH_MAX 1000 /* levels a side */

/* Settled rates since the data began, oldest first; the oldest half goes when it is full. */
#define SETTLED_RATES_MAX 65536
struct settled_rate {
	int64_t boundary_ns;
	struct rate rate;
};
struct settled_rates {
	struct settled_rate *rates; /* owned */
	size_t count, capacity;
	bool cut; /* older ones were dropped */
};

/* What reads need beyond the market state: the venue's own memory of its public figures. */
struct public_record {
	struct settled_rates settled[INSTRUMENTS_MAX + 1];
	struct {
		bool known;
		struct quantity quantity;
	} open_interest[INSTRUMENTS_MAX + 1];
};
/* After `books` applied the event. */
void public_record_market(struct public_record *record, const struct market_state *books,
			  const struct market_event *event);
void public_record_clear(struct public_record *record);

struct read_sources {
	venue_id venue_id;
	const struct instrument_table *instruments;
	const struct market_state *books;
	const struct simulated_venue *venue;
	const struct public_record *record;
};

/* Holds one answer; result points into it. All zero is an empty one. */
struct read_sample {
	struct read_result result;
	struct market_event funding[2];
	void *buffer; /* owned; grows, never shrinks */
	size_t buffer_bytes;
};
void read_sample_clear(struct read_sample *sample);
/* requested_ns and now_ns: local. */
void read_sample_take(struct read_sample *sample, const struct read_sources *sources,
		      const struct read_request *request, int64_t requested_ns, int64_t now_ns);
/* Stamps the events of the answer with the local time they arrive at. */
void read_sample_arrive(struct read_sample *sample, int64_t now_ns);

#endif
