/*
 * A world of real venues (paper, testnet, live): the network, the venues coming up one by one, what
 * is subscribed, and the way out. One venue down disables only its pairs; it is tried again, and
 * what is held elsewhere is looked after meanwhile.
 */
#ifndef FUNDARB_SRC_WORLD_LIVE_H
#define FUNDARB_SRC_WORLD_LIVE_H

#include "src/venue_registry.h"
#include "src/world.h"

struct world_live_options {
	int64_t run_ns; /* leave after that; INT64_MAX: when a signal comes */
	/* Where the run is told in plain words; borrowed. NULL: nowhere. */
	FILE *narration;
	/*
	 * The clock that everything runs on and how venues are reached, both borrowed. NULL: a real
	 * network of the world's own.
	 */
	struct scheduler *scheduler;
	const struct connector *connector;
	/* Borrowed: the real network behind the connector, which runs the scheduler. NULL with a
	 * connector: the scheduler runs by itself, in virtual time. */
	struct network *network;
};

/*
 * Connects everything; nothing was sent to a venue yet. ERROR_CONFIGURATION: nothing was started
 * (bad key, unknown venue, mode = live without the order journal, ...).
 */
struct world *world_create_live(const struct config *config,
				const struct world_live_options *options, struct error *err);
/*
 * Runs until the time is over or a signal came, then stops opening, closes what is held (if so
 * configured) and returns. False: positions remain that should have been closed; err says which.
 */
bool world_run_live(struct world *world, struct error *err);

#endif
