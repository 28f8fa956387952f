/*
 * Random schedules against a plain list that is searched from end to end. The list runs in step:
 * at every call it says whose turn it is. Seed: FUNDARB_SEED in the environment, else a fixed one.
 */
#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED	    20240808
#define ENTRIES_MAX 400
#define EVENTS_MAX  24

struct entry {
	int64_t at_ns;
	enum schedule_class class;
	schedule_id id;
	bool waits;
	struct world *world;
};

struct world {
	struct random random;
	struct scheduler *scheduler;
	struct entry entries[ENTRIES_MAX]; /* in the order of scheduling */
	size_t count;
	int64_t now_ns, source_ns; /* source_ns: its last event, at first the start */
	bool with_source, stopped;
	int64_t events[EVENTS_MAX + 1];
	size_t event;
	int64_t until_ns;
	uint64_t calls;
};

static uint64_t seed_of_run(void)
{
	const char *given = getenv("FUNDARB_SEED");
	return given ? strtoull(given, NULL, 10) : SEED;
}

static bool source_ended(const struct world *world)
{
	return world->with_source && world->events[world->event] == INT64_MAX;
}

/* The entry whose turn it is; NULL: the source's, or (if *ends) nobody's. */
static struct entry *whose_turn(struct world *world, bool *ends)
{
	struct entry *best = NULL;
	for (size_t i = 0; i < world->count; i++) {
		struct entry *entry = &world->entries[i];
		bool in_flight =
			entry->class != SCHEDULE_TIMER && entry->class != SCHEDULE_VENUE_SETTLEMENT;
		bool beyond_data = source_ended(world) && entry->at_ns > world->source_ns;
		if (!entry->waits || (beyond_data && !in_flight))
			continue;
		if (!best || entry->at_ns < best->at_ns ||
		    (entry->at_ns == best->at_ns && entry->class < best->class))
			best = entry;
	}
	bool source = world->with_source && !source_ended(world);
	int64_t event_ns = source ? world->events[world->event] : 0;
	if (source && best &&
	    (event_ns < best->at_ns ||
	     (event_ns == best->at_ns && best->class >= SCHEDULE_MARKET_EVENT)))
		best = NULL;
	*ends = best ? best->at_ns > world->until_ns : !source || event_ns > world->until_ns;
	return best;
}

static void entry_called(void *user);

static int64_t draw_time(struct world *world)
{
	switch (random_below(&world->random, 12)) {
	case 0:
		return INT64_MAX - (int64_t)random_below(&world->random, 2);
	case 1:
		return INT64_MIN + (int64_t)random_below(&world->random, 2);
	case 2:
		return world->now_ns;
	}
	return random_between(&world->random, -10, 60);
}

static void schedule_one(struct world *world)
{
	if (world->count == ENTRIES_MAX)
		return;
	struct entry *entry = &world->entries[world->count++];
	entry->world = world;
	entry->waits = true;
	entry->class = (enum schedule_class)random_below(&world->random, SCHEDULE_TIMER + 1);
	if (random_below(&world->random, 2) != 0) {
		entry->at_ns = draw_time(world);
		entry->id = scheduler_at(world->scheduler, entry->at_ns, entry->class, entry_called,
					 entry);
	} else {
		int64_t delay = draw_time(world);
		if (world->now_ns > 0 && delay > INT64_MAX - world->now_ns)
			entry->at_ns = INT64_MAX;
		else
			entry->at_ns = delay < 0 ? world->now_ns : world->now_ns + delay;
		entry->id =
			scheduler_after(world->scheduler, delay, entry->class, entry_called, entry);
	}
	if (entry->at_ns < world->now_ns)
		entry->at_ns = world->now_ns;
	assert_true(entry->id != 0);
	for (size_t i = 0; i + 1 < world->count; i++)
		assert_true(world->entries[i].id != entry->id);
}

static void do_something(struct world *world)
{
	for (uint64_t n = random_below(&world->random, 4); n > 0; n--)
		schedule_one(world);
	for (uint64_t n = random_below(&world->random, 3); n > 0 && world->count > 0; n--) {
		struct entry *entry = &world->entries[random_below(&world->random, world->count)];
		scheduler_cancel(world->scheduler, entry->id);
		entry->waits = false;
	}
	if (random_below(&world->random, 40) == 0) {
		scheduler_stop(world->scheduler);
		world->stopped = true;
	}
}

static void check_turn(struct world *world, struct entry *entry, int64_t at_ns)
{
	bool ends;
	assert_false(world->stopped);
	assert_ptr_equal(whose_turn(world, &ends), entry);
	assert_false(ends);
	assert_true(scheduler_now(world->scheduler) == at_ns);
	world->now_ns = at_ns;
	world->calls++;
}

static void entry_called(void *user)
{
	struct entry *entry = user;
	assert_true(entry->waits);
	check_turn(entry->world, entry, entry->at_ns);
	entry->waits = false;
	do_something(entry->world);
}

static int64_t source_next(void *user)
{
	struct world *world = user;
	return world->events[world->event];
}

static void source_dispatch(void *user)
{
	struct world *world = user;
	check_turn(world, NULL, world->events[world->event]);
	world->source_ns = world->events[world->event++];
	do_something(world);
}

static size_t waiting(const struct world *world)
{
	size_t count = 0;
	for (size_t i = 0; i < world->count; i++)
		count += world->entries[i].waits;
	return count;
}

static void run_until(struct world *world, int64_t until_ns)
{
	const struct stream_source source = {source_next, source_dispatch, world};
	bool ends;
	world->until_ns = until_ns;
	world->stopped = false;
	scheduler_run(world->scheduler, world->with_source ? &source : NULL, until_ns);
	assert_true(scheduler_stopped(world->scheduler) == world->stopped);
	if (!world->stopped) {
		whose_turn(world, &ends);
		assert_true(ends);
	}
	assert_int_equal(scheduler_pending(world->scheduler), waiting(world));
}

static uint64_t one_round(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));
	assert_non_null(world);
	random_seed(&world->random, seed);
	world->now_ns = random_between(&world->random, -3, 3);
	world->source_ns = world->now_ns;
	world->scheduler = scheduler_create(world->now_ns);
	assert_non_null(world->scheduler);
	world->with_source = random_below(&world->random, 3) != 0;
	size_t events = random_below(&world->random, EVENTS_MAX + 1);
	int64_t at_ns = world->now_ns;
	for (size_t i = 0; i < events; i++)
		world->events[i] = at_ns += random_between(&world->random, 0, 4);
	world->events[events] = INT64_MAX;
	for (uint64_t n = random_below(&world->random, 40); n > 0; n--)
		schedule_one(world);
	for (uint64_t n = random_below(&world->random, 4); n > 0; n--) {
		run_until(world, random_between(&world->random, -5, 80));
		do_something(world);
	}
	run_until(world, INT64_MAX - (int64_t)random_below(&world->random, 2));
	uint64_t calls = world->calls;
	scheduler_free(world->scheduler);
	free(world);
	return calls;
}

static void calls_come_in_the_order_of_the_list(void **state)
{
	(void)state;
	uint64_t seed = seed_of_run(), calls = 0;
	unsigned rounds = effort(4000, "rounds of random entries");
	printf("seed %llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < rounds; round++)
		calls += one_round(seed + round);
	printf("%llu calls\n", (unsigned long long)calls);
	assert_true(calls > 10 * rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_come_in_the_order_of_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
