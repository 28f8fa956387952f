/*
 * The way out of a run: nothing more is opened; if so configured, what is held is closed, as long
 * as that takes, but not for ever. A session that is played again leaves as it did.
 */
#ifndef FUNDARB_SRC_LEAVING_H
#define FUNDARB_SRC_LEAVING_H

#include "src/world.h"

#define LEAVE_PATIENCE_NS (180 * INT64_C(1000000000))

struct leaving {
	struct world *world;
	int64_t leave_by_ns;
	schedule_id look_timer;
	/* Once; left: positions that should have been closed and are not. */
	void (*done)(void *user, size_t left);
	void *user;
};

/* Positions that are not closed. */
size_t leaving_held(const struct world *world);
/* done may be called from inside. */
void leaving_begin(struct leaving *leaving, struct world *world,
		   void (*done)(void *user, size_t left), void *user);

#endif
