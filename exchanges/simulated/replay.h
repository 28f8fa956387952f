/*
 * Turns recordings into the scheduler's stream of market events: one source merged by (local_ns,
 * position in the configuration, record number). Records without a local time
 * (EVENT_FLAG_VENUE_TIME: imported rate histories, candles) become visible when the venue's clock,
 * as known at that moment from the recorded CLOCK events, passes their exch_ns (candles: their
 * available_ns) - not earlier. They are looked for no further than the next event with a local time
 * of the same recording: one that comes after events later than itself is delivered late.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_REPLAY_H
#define FUNDARB_EXCHANGES_SIMULATED_REPLAY_H

#include "core/base/scheduler.h"
#include "core/store/recording.h"

struct replay;

/* `deliver` gets every event with local_ns set to the delivery time. */
typedef void (*replay_deliver)(void *user, const struct market_event *event);

/* Gets what a session recorded beside its market events, at its place and time among them. */
typedef void (*replay_deliver_entry)(void *user, const struct recording_entry *entry);

/* Opens the recordings; their instruments are added to the table. */
struct replay *replay_open(const char *const *paths, size_t count,
			   struct instrument_table *instruments, struct error *err);
/*
 * One recording with the records of its session: `deliver` gets them from the calls that deliver
 * events. Events of one instant that follow each other without another record between them are
 * delivered as one, as a live wake-up does: nothing else runs between them.
 */
struct replay *replay_open_session(const char *path, struct instrument_table *instruments,
				   replay_deliver_entry deliver, void *user, struct error *err);
void replay_free(struct replay *replay);
/*
 * clocks: the market state that applies the delivered events (venue clocks come from it). from_ns
 * and to_ns bound the delivered local times (INT64_MIN / INT64_MAX: all). Events before from_ns,
 * and records without a local time that are due before the first event with one, are delivered
 * from inside this call: `deliver` then applies them to the market state, so that books are whole
 * at from_ns, and hides them from the trading side. Where recordings hold events with a local time,
 * the last of those is the end: records that would be due later are not delivered.
 */
void replay_start(struct replay *replay, const struct market_state *clocks, int64_t from_ns,
		  int64_t to_ns, replay_deliver deliver, void *user);
struct stream_source replay_source(struct replay *replay);
/* First and last local time of all recordings together; false if they hold no event with one. */
bool replay_range(struct replay *replay, int64_t *first_ns, int64_t *last_ns);
/* After the run: an I/O error that ended it early (false), and the sum of all statistics. */
bool replay_finished_well(const struct replay *replay, struct error *err);
struct recording_statistics replay_statistics(const struct replay *replay);

#endif
