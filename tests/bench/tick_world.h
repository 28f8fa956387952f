/*
 * The program as it trades live, against the local testnet in another process: TLS on loopback, no
 * delays at the venues, pairs that are opened and closed again one after the other. For the
 * benchmarks of what happens between a frame and the orders it makes.
 */
#ifndef FUNDARB_TESTS_BENCH_TICK_WORLD_H
#define FUNDARB_TESTS_BENCH_TICK_WORLD_H

#include "src/world_live.h"
#include "tests/bench/workspace.h"
#include "tests/support/wire_tap.h"
#include <sys/types.h>

#define TICK_CORES 2 /* the program's and the testnet's */

struct tick_world {
	struct workspace workspace;
	pid_t testnet, loops[TICK_CORES];
	struct config config;
	struct scheduler *scheduler;
	struct network *network;
	struct wire_tap tap;
	struct connector connector;
	struct world *world;
	int64_t until_ns;
	/* A second connection of the same kind to Lighter, for the baseline; open when `ready`. */
	struct endpoint *idle_endpoint;
	struct web_socket *idle;
	bool idle_ready;
	/* Called ten times a second; closes what is open by itself. Return false: enough. */
	bool (*again)(void *user);
	void *user;
};

/* maker: openings rest first, and the other leg follows their fills. Aborts if it cannot start. */
void tick_world_open(struct tick_world *world, bool maker, const struct wire_tap_listener *listener,
		     bool (*again)(void *user), void *user);
/* Runs until `again` has enough, or limit_s is over. */
void tick_world_run(struct tick_world *world, int limit_s);
void tick_world_close(struct tick_world *world);

#endif
