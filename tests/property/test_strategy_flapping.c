/*
 * Random funding series against the strategy: whatever rates do, it does not flap, and the same
 * events give the same decisions.
 */
#include "core/base/random.h"
#include "tests/simulation/strategy_world.h"
#include "tests/support/effort.h"

#define FIRST_SEED UINT64_C(20240808)
#define DAYS	   6
#define STEP	   (10 * NS_PER_MINUTE)

/* Rates walk round a level that itself jumps now and then, across the thresholds of entry and exit.
 */
struct walk {
	int64_t level_e18, rate_e18;
};

static void step(struct random *random, struct walk *walk, int64_t widest_e18)
{
	if (random_below(random, 40) == 0)
		walk->level_e18 = random_between(random, -widest_e18, widest_e18);
	walk->rate_e18 += (walk->level_e18 - walk->rate_e18) / 4 +
			  random_between(random, -widest_e18 / 10, widest_e18 / 10);
}

static void estimate(struct world *world, instrument_id id, int64_t rate_e18)
{
	venue_id venue = instrument_get(world->terms.table, id)->venue;
	struct market_event event = {.kind = EVENT_FUNDING, .instrument = id};
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate.e18 = rate_e18;
	event.u.funding.boundary_ns = instrument_next_boundary(
		world->terms.table, id,
		market_state_venue_time(world->market, venue, world_now(world)));
	world_market(world, &event);
}

static struct world *run_series(uint64_t seed, bool outages)
{
	struct random random;
	struct walk usdm = {0}, coinm = {0}, hourly = {0};
	struct world *world = world_create("2024-08-08T12:10:00Z");
	random_seed(&random, seed);
	world->options.maximum_positions = 1 + (unsigned)random_below(&random, 2);
	world->options.monitor_interval_ns = 30 * NS_PER_SECOND;
	world->options.scan_interval_ns = 30 * NS_PER_SECOND;
	world_start(world);
	for (int64_t at = 0; at < DAYS * 24 * NS_PER_HOUR; at += STEP) {
		int64_t price = random_between(&random, 59990, 60010);
		char bid[32], ask[32];
		snprintf(bid, sizeof(bid), "%lld.0", (long long)price);
		snprintf(ask, sizeof(ask), "%lld.5", (long long)price);
		world_book(world, world->usdm, bid, ask, "5.000");
		world_book(world, world->coinm, bid, ask, "5000");
		world_book(world, world->hourly, bid, ask, "5.000");
		step(&random, &usdm, RATE_ONE / 1000);
		step(&random, &coinm, RATE_ONE / 1000);
		step(&random, &hourly, RATE_ONE / 8000);
		/* Sometimes a venue says nothing for a while. */
		if (!outages || random_below(&random, 10) != 0) {
			estimate(world, world->usdm, usdm.rate_e18);
			estimate(world, world->coinm, coinm.rate_e18);
		}
		if (!outages || random_below(&random, 10) != 0)
			estimate(world, world->hourly, hourly.rate_e18);
		world_run_for(world, STEP);
	}
	return world;
}

static bool is_economic(enum exit_reason reason)
{
	return reason == EXIT_FUNDING_FLIP || reason == EXIT_EDGE_GONE ||
	       reason == EXIT_BETTER_PAIR || reason == EXIT_BASIS_TAKE_PROFIT;
}

static bool same_pair(const struct position *a, const struct position *b)
{
	return (a->legs[0] == b->legs[0] && a->legs[1] == b->legs[1]) ||
	       (a->legs[0] == b->legs[1] && a->legs[1] == b->legs[0]);
}

static void check_series(const struct world *world, uint64_t seed, unsigned *opened,
			 unsigned *closed)
{
	const struct strategy_options *options = &world->options;
	size_t count = funding_arbitrage_strategy_positions(world->strategy);
	for (size_t i = 0; i < count; i++) {
		const struct position *one = world_position(world, i);
		++*opened;
		*closed += one->state == POSITION_CLOSED;
		/* Entry: all costs and the minimum are covered by what is expected. */
		if (one->expected_funding_e18 <
		    one->expected_costs_e18 + options->minimum_net_edge_bp * BASIS_POINT_E18)
			fail_msg("seed %llu: %s opened below its costs", (unsigned long long)seed,
				 one->name);
		if (one->state == POSITION_CLOSED && is_economic(one->exit_reason) &&
		    one->closed_ns - one->opened_ns < options->minimum_hold_ns)
			fail_msg("seed %llu: %s closed too early", (unsigned long long)seed,
				 one->name);
		for (size_t j = i + 1; j < count; j++) {
			const struct position *two = world_position(world, j);
			bool overlaps =
				one->state != POSITION_CLOSED || two->opened_ns < one->closed_ns;
			if (same_pair(one, two) &&
			    (one->state != POSITION_CLOSED ||
			     two->opened_ns - one->closed_ns < options->cool_down_ns))
				fail_msg("seed %llu: %s reopened without a rest as %s",
					 (unsigned long long)seed, one->name, two->name);
			for (int leg = 0; overlaps && leg < 4; leg++)
				if (one->legs[leg / 2] == two->legs[leg % 2])
					fail_msg("seed %llu: %s and %s share an instrument",
						 (unsigned long long)seed, one->name, two->name);
		}
	}
}

static void random_funding_never_makes_it_flap(void **state)
{
	unsigned opened = 0, closed = 0;
	unsigned seeds = effort(12, "random funding series");
	(void)state;
	for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
		struct world *world = run_series(seed, seed % 2);
		check_series(world, seed, &opened, &closed);
		world_free(world);
	}
	print_message("seeds %llu..%llu: %u opened, %u closed\n", (unsigned long long)FIRST_SEED,
		      (unsigned long long)(FIRST_SEED + seeds - 1), opened, closed);
	/* The series must have given it reasons, or nothing was tested. */
	assert_true(opened >= 2 * seeds);
	assert_true(closed >= seeds);
}

static void same_events_give_the_same_decisions(void **state)
{
	(void)state;
	struct world *one = run_series(FIRST_SEED + 3, true);
	size_t count = one->line_count;
	char(*lines)[320] = malloc(sizeof(one->lines));
	assert_non_null(lines);
	memcpy(lines, one->lines, sizeof(one->lines));
	world_free(one);
	struct world *two = run_series(FIRST_SEED + 3, true);
	print_message("seed %llu: %zu observer calls\n", (unsigned long long)FIRST_SEED + 3, count);
	assert_true(count > 20);
	assert_int_equal(two->line_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(two->lines[i], lines[i]);
	free(lines);
	world_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_funding_never_makes_it_flap),
		cmocka_unit_test(same_events_give_the_same_decisions),
	};
	return world_run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
