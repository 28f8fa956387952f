/* Openings and closings of the AtomicMultiOrderExecutor when venues behave. */
#include "tests/support/trade_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct trade_leg NO_LEG = {0};

#define assert_state(end, expected)                                                                \
	assert_string_equal(trade_state_text((end)->result.state), trade_state_text(expected))

static void two_legs_filled_whole_are_done(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 100),
				 leg_of(world->btc_b, SIDE_SELL, 100));

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "");
	assert_int_equal(end->result.legs[0].held.units, 100);
	assert_int_equal(end->result.legs[1].held.units, 100);
	assert_int_equal(position_of(world, world->btc_a), 100);
	assert_int_equal(position_of(world, world->btc_b), -100);
	/* both intents were one commit */
	assert_int_equal(world->commits, 1);
	assert_int_equal(world->most_in_one_commit, 2);
	assert_int_equal(end->result.repair_orders, 0);
	assert_true(end->result.preflight->may_open);
	trade_world_free(world);
}

static void closing_brings_both_legs_to_zero(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 100),
				 leg_of(world->btc_b, SIDE_SELL, 100));

	(void)state;
	trade_world_finish(world, end, 2000);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 100),
				leg_of(world->btc_b, SIDE_BUY, 100));
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 0);
	assert_int_equal(position_of(world, world->btc_b), 0);
	assert_true(trade_world_logged(world, "reduce-only"));
	trade_world_free(world);
}

static void one_leg_is_opened_and_closed_as_asked(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 7), NO_LEG);

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), -7);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 7), NO_LEG);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 0);
	trade_world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_legs_filled_whole_are_done),
		cmocka_unit_test(closing_brings_both_legs_to_zero),
		cmocka_unit_test(one_leg_is_opened_and_closed_as_asked),
	};
	return cmocka_run_group_tests_name("atomic opening", tests, NULL, NULL);
}
