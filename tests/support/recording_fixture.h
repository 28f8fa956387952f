/* Events to record, and recordings read back whole: shared by the tests of core/store. */
#ifndef FUNDARB_TESTS_SUPPORT_RECORDING_FIXTURE_H
#define FUNDARB_TESTS_SUPPORT_RECORDING_FIXTURE_H

#include "core/base/random.h"
#include "core/store/recording.h"

struct event_list {
	struct market_event *at; /* BOOK arrays are owned by the list */
	size_t count, capacity;
};
void event_list_add(struct event_list *list, const struct market_event *event);
void event_list_free(struct event_list *list);
/* All fields of the kind equal, levels included; instruments compared by symbol if tables differ.
 */
bool events_equal(const struct market_event *a, const struct market_event *b);

#define FIXTURE_INSTRUMENTS 3
/* Two venues, a linear perpetual, an inverse one and a spot market: handles 1..3. */
struct instrument_table *fixture_instruments(void);

/* Any values that the struct can hold, times non-decreasing: not fit for a market state. */
struct event_list random_wild_events(struct random *random, size_t count, bool venue_time);
/*
 * A small market: snapshots and SYNCED first, then diffs, BBOs, trades, marks, funding and frames,
 * step_ns apart on average; books stay uncrossed. Starts at start_ns.
 */
struct event_list random_market(struct random *random, size_t count, int64_t start_ns,
				int64_t step_ns);

/* Writes events as one run; fails the test on any error. */
void fixture_record(const char *directory, const struct event_list *events, int64_t start_ns,
		    uint32_t run, const struct recording_options *options);
/* Reads a recording to its end with a table of its own, keyframes and gaps included. */
struct event_list fixture_read(const char *path, struct recording_statistics *statistics);
/* The whole file; *length is its size. */
unsigned char *fixture_file(const char *path, size_t *length);
/* Path of the n-th segment of a directory, in name order; false if there is none. */
bool fixture_segment(const char *directory, size_t n, char *path, size_t size);

#endif
