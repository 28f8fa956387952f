#include "src/leaving.h"

#include "core/base/utc.h"

#define LEAVE_LOOK_NS (200 * NS_PER_MS)

size_t leaving_held(const struct world *world)
{
	size_t count = 0;
	if (!world->strategy)
		return 0;
	for (size_t i = 0; i < funding_arbitrage_strategy_positions(world->strategy); i++)
		count += funding_arbitrage_strategy_position(world->strategy, i)->state !=
			 POSITION_CLOSED;
	return count;
}

static void close_all(const struct world *world)
{
	for (size_t i = 0; i < funding_arbitrage_strategy_positions(world->strategy); i++) {
		const struct position *position =
			funding_arbitrage_strategy_position(world->strategy, i);
		if (position->state == POSITION_OPEN)
			funding_arbitrage_strategy_close(world->strategy, position->trade);
	}
}

static void look_whether_flat(void *user)
{
	struct leaving *leaving = user;
	struct world *world = leaving->world;
	leaving->look_timer = 0;
	size_t left = world->config->close_on_exit ? leaving_held(world) : 0;
	if (left == 0 || scheduler_now(world->scheduler) >= leaving->leave_by_ns) {
		leaving->done(leaving->user, left);
		return;
	}
	close_all(world);
	leaving->look_timer = scheduler_after(world->scheduler, LEAVE_LOOK_NS, SCHEDULE_TIMER,
					      look_whether_flat, leaving);
}

void leaving_begin(struct leaving *leaving, struct world *world,
		   void (*done)(void *user, size_t left), void *user)
{
	*leaving = (struct leaving){world, scheduler_now(world->scheduler) + LEAVE_PATIENCE_NS, 0,
				    done, user};
	if (world->strategy)
		funding_arbitrage_strategy_stop_opening(world->strategy);
	look_whether_flat(leaving);
}
