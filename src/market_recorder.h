/*
 * Records what venues stream, for as long as it lives: chooses the markets, subscribes, writes
 * every event in the order in which it came, starts venues again that failed, and asks for settled
 * funding rates that no stream brought. A venue's absence is itself an event (CONNECTION, down).
 */
#ifndef FUNDARB_SRC_MARKET_RECORDER_H
#define FUNDARB_SRC_MARKET_RECORDER_H

#include "src/public_venues.h"

#define RECORD_COINS_MAX 256

struct market_recorder_options {
	const char *folder; /* there and locked: recording_folder_lock */
	/* Canonical coins to record at every venue that has them; count 0: the `most` largest (by
	 * the smaller one of two venues' open interest) that two venues share. Borrowed. */
	const char *const *coins;
	size_t coin_count;
	size_t most;
	bool trades;
};

struct market_recorder_status {
	uint64_t events;
	uint64_t gaps;	    /* books lost, connections lost */
	uint64_t bytes;	    /* on disk, of this run */
	size_t instruments; /* subscribed */
	bool lag_known;
	int64_t lag_ns; /* the largest of a book event since the last call, by the venue's clock */
};

struct market_recorder;

/* The venues are open and not started: it hears their first event. NULL with err. */
struct market_recorder *market_recorder_create(struct public_venues *venues,
					       const struct market_recorder_options *options,
					       struct error *err);
/* True once nothing more can be written; err says why. */
bool market_recorder_failed(const struct market_recorder *recorder, struct error *err);
struct market_recorder_status market_recorder_status(struct market_recorder *recorder);
/* Closes the file with its footer. False: not all is on disk; err says why. Frees in every case;
 * the venues are silent afterwards. */
bool market_recorder_close(struct market_recorder *recorder, struct error *err);

/* ---- market_choice.c ---- */

/* What an overview said of an instrument. */
struct market_size {
	struct money mark, interest; /* quote per coin; base coins */
};
/*
 * Adds to `chosen` (by asset, ASSETS_MAX + 1) the coins with the largest open interest that at
 * least two venues trade, until `most` are chosen. sizes by instrument; `usable` says which
 * instruments may be recorded now.
 */
void market_choose_shared(const struct instrument_table *instruments,
			  const struct market_size *sizes, const bool *usable, size_t most,
			  bool *chosen);

#endif
