/*
 * BaseExchangeClient in front of a simulated venue: adds latency and answers reads. An order acts
 * on the book as it is at send + entry latency (class SCHEDULE_SIMULATED_MATCH); its events arrive
 * response latency after the match (SCHEDULE_ORDER_EVENT), its completion too
 * (SCHEDULE_COMPLETION). A read samples the external book at send + read entry latency. Latencies
 * may be drawn from a seeded source. It also crosses the venue's funding boundaries on time.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_SIMULATED_CLIENT_H
#define FUNDARB_EXCHANGES_SIMULATED_SIMULATED_CLIENT_H

#include "core/base/random.h"
#include "exchanges/simulated/venue.h"

struct latency_model {
	int64_t order_entry_ns;	   /* order or cancel: send -> matching engine */
	int64_t order_response_ns; /* matching engine -> here */
	int64_t read_entry_ns;	   /* read: send -> sampled */
	int64_t read_response_ns;
	int64_t jitter_ns; /* each delay grows by a uniform 0..jitter */
};

struct simulated_client_options {
	struct simulated_venue_options venue;
	struct latency_model latency;
	uint64_t seed;		     /* for jitter */
	int64_t funding_patience_ns; /* 30 minutes: see on_overdue */
};

/* Called once when a settlement is overdue; the world stops the run with this error. */
typedef void (*settlement_overdue)(void *user, const struct error *err);

/* The returned client owns the venue; `books` is the external market's state. */
struct exchange_client *simulated_client_create(const struct simulated_client_options *options,
						struct scheduler *scheduler,
						const struct instrument_table *instruments,
						const struct market_state *books,
						settlement_overdue on_overdue, void *user);
/* Hands an external market event to the venue, after `books` applied it. */
void simulated_client_market(struct exchange_client *client, const struct market_event *event);
/* The venue behind it, for deposits, the identity check and statistics. */
struct simulated_venue *simulated_client_venue(struct exchange_client *client);
/* Reads sent, by kind: what the tests of the PriceProvider count. */
uint64_t simulated_client_reads(const struct exchange_client *client, enum read_kind kind);
/* Test and drill seam: the next `count` reads of that kind complete UNKNOWN. */
void simulated_client_fail_reads(struct exchange_client *client, enum read_kind kind,
				 unsigned count);
/*
 * Test and drill seam: what happens to the next commands, one letter each: 'u' lost before the
 * venue (completes UNKNOWN at give_up), 'U' executed but the answer is lost (UNKNOWN), 'r' rejected
 * REJECT_OTHER, 'm' rejected REJECT_MARGIN, '.' normal. NULL clears.
 */
void simulated_client_script_commands(struct exchange_client *client, const char *outcomes);

#endif
