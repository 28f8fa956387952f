/* Resting tactics: one leg makes, the other follows its fills as they happen. */
#include "tests/support/trade_world.h"

#include "core/base/log.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct trade_leg NO_LEG = {0};

#define assert_state(end, expected)                                                                \
	assert_string_equal(trade_state_text((end)->result.state), trade_state_text(expected))

static struct trade_end *open_pair(struct trade_world *world, enum order_tactic tactic)
{
	return trade_world_open(world, tactic, leg_of(world->btc_a, SIDE_BUY, 100),
				leg_of(world->btc_b, SIDE_SELL, 100));
}

static void assert_held(struct trade_world *world, int64_t a, int64_t b)
{
	assert_int_equal(position_of(world, world->btc_a), a);
	assert_int_equal(position_of(world, world->btc_b), b);
}

/* Saving by making decides which leg rests: equal here, so the first. */
static void post_only_rests_at_the_near_touch_and_the_other_leg_follows(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_POST_ONLY);

	(void)state;
	trade_world_run(world, 500);
	assert_int_equal(world->a->order_count, 1);
	assert_int_equal(world->a->orders[0].request.type, ORDER_POST_ONLY);
	assert_int_equal(world->a->orders[0].request.limit.units, TRADE_WORLD_BID);
	assert_int_equal(world->b->order_count, 0);
	/* every fill is hedged while the rest still rests */
	assert_true(hostile_fill_resting(world->a, world->btc_a, 30));
	trade_world_run(world, 500);
	assert_held(world, 30, -30);
	assert_int_equal(world->b->orders[0].request.type, ORDER_IOC);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 70));
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "");
	assert_held(world, 100, -100);
	trade_world_free(world);
}

static void post_only_that_is_not_filled_is_cancelled_in_time(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_POST_ONLY);

	(void)state;
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_FLAT);
	assert_string_equal(end->result.reason, "nothing filled");
	assert_held(world, 0, 0);
	assert_int_equal(world->a->commands[COMMAND_CANCEL], 1);
	assert_true(end->at_ns - world->a->orders[0].sent_ns >= 5 * NS_PER_SECOND);
	trade_world_free(world);
}

static void post_only_that_would_cross_is_priced_again_a_bounded_number_of_times(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "cccccccccccccccc";
	struct trade_end *end = open_pair(world, TACTIC_POST_ONLY);
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_FLAT);
	assert_int_equal(world->a->order_count, 8);
	trade_world_free(world);

	world = trade_world_create(NULL);
	world->a->fates = "c";
	end = open_pair(world, TACTIC_POST_ONLY);
	trade_world_run(world, 1000);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 100));
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	trade_world_free(world);
}

static void post_only_needs_a_venue_that_has_it(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->client.capabilities &= ~(unsigned)CAN_POST_ONLY;
	struct trade_end *end = open_pair(world, TACTIC_POST_ONLY);
	trade_world_run(world, 1000);
	assert_int_equal(world->b->order_count, 1); /* the other leg rests */
	assert_true(hostile_fill_resting(world->b, world->btc_b, 100));
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	trade_world_free(world);

	world = trade_world_create(NULL);
	world->a->client.capabilities &= ~(unsigned)CAN_POST_ONLY;
	world->b->client.capabilities &= ~(unsigned)CAN_POST_ONLY;
	end = open_pair(world, TACTIC_POST_ONLY);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_FLAT);
	assert_non_null(strstr(end->result.reason, "post-only"));
	trade_world_free(world);
}

static void the_leg_that_saves_most_by_making_rests(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct instrument_revision dear = *instrument_latest(world->instruments, world->btc_b);

	(void)state;
	dear.fees.taker.e18 = RATE_ONE / 1250;
	assert_true(instrument_table_revise(world->instruments, world->btc_b, &dear, NULL));
	struct trade_end *end = open_pair(world, TACTIC_LIMIT);
	trade_world_run(world, 1000);
	assert_int_equal(world->b->order_count, 1);
	assert_int_equal(world->b->orders[0].request.type, ORDER_LIMIT);
	assert_int_equal(world->b->orders[0].request.limit.units, TRADE_WORLD_ASK);
	assert_int_equal(world->a->order_count, 0);
	assert_true(hostile_fill_resting(world->b, world->btc_b, 40));
	trade_world_finish(world, end, 10000);
	/* the limit's rest is not taken */
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "filled in part");
	assert_held(world, 40, -40);
	trade_world_free(world);
}

static void limit_then_ioc_takes_the_remainder_only(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_LIMIT_THEN_IOC);

	(void)state;
	trade_world_run(world, 500);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 37));
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "");
	assert_held(world, 100, -100);
	assert_int_equal(world->a->order_count, 2);
	assert_int_equal(world->a->orders[1].request.type, ORDER_IOC);
	assert_int_equal(world->a->orders[1].request.quantity.units, 63);
	trade_world_free(world);
}

static void a_cancel_that_races_a_fill_loses_no_fill(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->cancel_fates = "f";
	struct trade_end *end = open_pair(world, TACTIC_LIMIT_THEN_IOC);
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->a->order_count, 1);
	trade_world_free(world);
}

static void a_lost_cancel_is_sent_again_until_the_order_is_terminal(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->cancel_fates = "uun";
	struct trade_end *end = open_pair(world, TACTIC_LIMIT_THEN_IOC);
	trade_world_finish(world, end, 30000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->a->commands[COMMAND_CANCEL], 4);
	/* no IOC before the resting order had its end */
	assert_int_equal(world->a->order_count, 2);
	trade_world_free(world);
}

static void aggressive_limit_walks_to_the_far_touch_in_bounded_steps(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	hostile_book(world->a, world->btc_a, 600000, 600030, 100000, 4);
	struct trade_end *end = open_pair(world, TACTIC_AGGRESSIVE_LIMIT);
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->a->order_count, 4);
	assert_int_equal(world->a->orders[0].request.limit.units, 600000);
	assert_int_equal(world->a->orders[1].request.limit.units, 600010);
	assert_int_equal(world->a->orders[2].request.limit.units, 600020);
	assert_int_equal(world->a->orders[3].request.limit.units, 600030);
	assert_int_equal(world->a->orders[3].request.type, ORDER_IOC);
	trade_world_free(world);
}

static void a_follower_that_cannot_fill_stops_the_maker(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_LIMIT);

	(void)state;
	trade_world_run(world, 500);
	world->b->fates = "zzzzz";
	assert_true(hostile_fill_resting(world->a, world->btc_a, 30));
	trade_world_finish(world, end, 20000);
	/* three tries, then the maker is cancelled, and repair makes the legs equal */
	assert_state(end, TRADE_DONE);
	assert_held(world, 30, -30);
	assert_int_equal(world->a->commands[COMMAND_CANCEL], 1);
	trade_world_free(world);
}

static void a_follower_without_depth_tries_again_and_gives_up(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_LIMIT);

	(void)state;
	trade_world_run(world, 500);
	world->b->fail_reads[READ_DEPTH] = 100;
	assert_true(hostile_fill_resting(world->a, world->btc_a, 30));
	trade_world_finish(world, end, 30000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void fills_below_the_smallest_order_wait_for_more(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct instrument_revision coarse = *instrument_latest(world->instruments, world->btc_b);

	(void)state;
	coarse.rules.lot.units = 10;
	coarse.rules.minimum_quantity.units = 20;
	assert_true(instrument_table_revise(world->instruments, world->btc_b, &coarse, NULL));
	struct trade_end *end = open_pair(world, TACTIC_LIMIT);
	trade_world_run(world, 500);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 15));
	trade_world_run(world, 500);
	assert_int_equal(world->b->order_count, 0);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 14));
	trade_world_run(world, 500);
	assert_int_equal(world->b->orders[0].request.quantity.units, 20);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 71));
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	trade_world_free(world);
}

static void a_resting_order_of_unknown_outcome_is_found_and_ended(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "S";
	struct trade_end *end = open_pair(world, TACTIC_POST_ONLY);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	assert_int_equal(world->a->orders[0].state, ORDER_STATE_CANCELLED);
	trade_world_free(world);
}

static void a_resting_leg_alone_needs_no_follower(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = trade_world_open(world, TACTIC_LIMIT_THEN_IOC,
						 leg_of(world->btc_a, SIDE_SELL, 10), NO_LEG);

	(void)state;
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), -10);
	trade_world_free(world);
}

static void a_closing_may_rest_and_is_finished_by_iocs(void **state)
{
	const enum order_tactic tactics[] = {TACTIC_POST_ONLY, TACTIC_LIMIT, TACTIC_LIMIT_THEN_IOC,
					     TACTIC_AGGRESSIVE_LIMIT};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct trade_world *world = trade_world_create(NULL);
		struct trade_end *end = open_pair(world, TACTIC_IOC);
		trade_world_finish(world, end, 5000);
		end = trade_world_close(world, tactics[i], leg_of(world->btc_a, SIDE_SELL, 100),
					leg_of(world->btc_b, SIDE_BUY, 100));
		trade_world_run(world, 500);
		assert_true(hostile_fill_resting(world->a, world->btc_a, 25));
		trade_world_run(world, 500);
		assert_held(world, 75, -75);
		trade_world_finish(world, end, 20000);
		assert_state(end, TRADE_DONE);
		assert_held(world, 0, 0);
		for (size_t j = 1; j < world->a->order_count; j++)
			assert_true(world->a->orders[j].request.reduce_only);
		trade_world_free(world);
	}
}

static void a_maker_that_loses_its_prices_leaves_the_rest(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, TACTIC_LIMIT_THEN_IOC);

	(void)state;
	trade_world_run(world, 500);
	assert_true(hostile_fill_resting(world->a, world->btc_a, 30));
	trade_world_run(world, 1000);
	world->a->fail_reads[READ_DEPTH] = 100;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "filled in part");
	assert_held(world, 30, -30);
	trade_world_free(world);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(post_only_rests_at_the_near_touch_and_the_other_leg_follows),
		TEST(post_only_that_is_not_filled_is_cancelled_in_time),
		TEST(post_only_that_would_cross_is_priced_again_a_bounded_number_of_times),
		TEST(post_only_needs_a_venue_that_has_it),
		TEST(the_leg_that_saves_most_by_making_rests),
		TEST(limit_then_ioc_takes_the_remainder_only),
		TEST(a_cancel_that_races_a_fill_loses_no_fill),
		TEST(a_lost_cancel_is_sent_again_until_the_order_is_terminal),
		TEST(aggressive_limit_walks_to_the_far_touch_in_bounded_steps),
		TEST(a_follower_that_cannot_fill_stops_the_maker),
		TEST(a_follower_without_depth_tries_again_and_gives_up),
		TEST(fills_below_the_smallest_order_wait_for_more),
		TEST(a_resting_order_of_unknown_outcome_is_found_and_ended),
		TEST(a_resting_leg_alone_needs_no_follower),
		TEST(a_closing_may_rest_and_is_finished_by_iocs),
		TEST(a_maker_that_loses_its_prices_leaves_the_rest),
	};
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere)
		log_configure(nowhere, LOG_ALARM);
	return cmocka_run_group_tests_name("atomic tactics", tests, NULL, NULL);
}
