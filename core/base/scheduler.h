/*
 * The only source of time and of order in all worlds (docs/architecture.md, "Time").
 *
 * One heap of entries keyed (time, class, sequence); `now` is the time of the entry being
 * dispatched and never runs backwards. Entries are one-shot. A stream source (the replay of a
 * recording) feeds market events without passing through the heap: it states the time of its next
 * event, which competes with the heap under class SCHEDULE_MARKET_EVENT (ahead of heap entries of
 * that class and time).
 */
#ifndef FUNDARB_CORE_BASE_SCHEDULER_H
#define FUNDARB_CORE_BASE_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At equal times a lower class runs first; within a class the order of scheduling decides. */
enum schedule_class {
	SCHEDULE_VENUE_SETTLEMENT,
	SCHEDULE_SIMULATED_MATCH,
	SCHEDULE_MARKET_EVENT,
	SCHEDULE_ORDER_EVENT,
	SCHEDULE_COMPLETION,
	SCHEDULE_TIMER,
};

struct scheduler;
typedef void (*scheduler_callback)(void *user);
/* 0 is never a valid id. */
typedef uint64_t schedule_id;

/* start_ns: first value of now. Returns NULL only when memory is out. */
struct scheduler *scheduler_create(int64_t start_ns);
/* Entries that never ran are dropped without being called. */
void scheduler_free(struct scheduler *scheduler);

int64_t scheduler_now(const struct scheduler *scheduler);
/* scheduler_now with the signature of log_set_clock. */
int64_t scheduler_log_clock(void *scheduler);

/*
 * Calls callback(user) once at `at_ns`; a time in the past means now (still after the running
 * entry). Never calls it from inside. Aborts if memory is out or more than SCHEDULER_ENTRIES_MAX
 * entries wait: an unbounded queue is a bug.
 */
#define SCHEDULER_ENTRIES_MAX 1000000
schedule_id scheduler_at(struct scheduler *scheduler, int64_t at_ns, enum schedule_class class,
			 scheduler_callback callback, void *user);
schedule_id scheduler_after(struct scheduler *scheduler, int64_t delay_ns,
			    enum schedule_class class, scheduler_callback callback, void *user);
/* Promises silence afterwards; an id that has run, was cancelled or is 0 is ignored. */
void scheduler_cancel(struct scheduler *scheduler, schedule_id id);

/* A merged stream of market events in time order, e.g. exchanges/simulated/replay. */
struct stream_source {
	/* Time of the next event, or INT64_MAX at the end. May change between calls. */
	int64_t (*next_ns)(void *user);
	/* Delivers that event; scheduler_now is its time. */
	void (*dispatch)(void *user);
	void *user;
};

/*
 * Runs entries and the source (may be NULL) in key order until both are exhausted, `until_ns`
 * (inclusive) is passed, or scheduler_stop is called. Once a source that was given has ended,
 * timers and settlements later than the last event it ever delivered are no longer dispatched
 * (nobody knows what a boundary beyond the data paid): what is in flight (matches, order events,
 * completions) still lands, then the run returns.
 */
void scheduler_run(struct scheduler *scheduler, const struct stream_source *source,
		   int64_t until_ns);
void scheduler_stop(struct scheduler *scheduler);
bool scheduler_stopped(const struct scheduler *scheduler);
size_t scheduler_pending(const struct scheduler *scheduler);

/*
 * For a live loop (core/net/network.h), which learns the time from outside. scheduler_next_ns: time
 * of the entry that runs next, INT64_MAX if none waits. scheduler_advance moves now to at_ns, so
 * that what happens next happens then; no entry may wait that is due before (aborts), and a time
 * in the past changes nothing.
 */
int64_t scheduler_next_ns(const struct scheduler *scheduler);
void scheduler_advance(struct scheduler *scheduler, int64_t at_ns);

#endif
