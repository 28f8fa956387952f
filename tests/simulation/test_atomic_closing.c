/* Closings: each leg to its own end, whatever the venues do. */
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

static struct trade_end *open_pair(struct trade_world *world, int64_t units)
{
	return trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, units),
				leg_of(world->btc_b, SIDE_SELL, units));
}

static void assert_held(struct trade_world *world, int64_t a, int64_t b)
{
	assert_int_equal(position_of(world, world->btc_a), a);
	assert_int_equal(position_of(world, world->btc_b), b);
}

static struct trade_end *close_pair(struct trade_world *world, int64_t units)
{
	return trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, units),
				 leg_of(world->btc_b, SIDE_BUY, units));
}

static struct trade_world *opened(int64_t units)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, units);

	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	return world;
}

static void C10_a_leg_that_does_not_close_is_tried_until_it_does(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	world->b->fates = "zzRrz";
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	assert_string_equal(end->result.reason, "");
	trade_world_free(world);
}

static void C10_a_leg_that_is_gone_counts_as_closed_with_the_reason(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	trade_world_run(world, 61000); /* the last fill is older than any report */
	hostile_move_position(world->b, world->btc_b, 100); /* liquidated unseen */
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	assert_string_equal(end->result.reason, "closed; less was there than asked");
	/* two reads a second apart said so */
	assert_true(end->at_ns - world->b->orders[1].sent_ns >= NS_PER_SECOND);
	trade_world_free(world);
}

static void a_position_report_older_than_the_last_fill_proves_nothing(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	/* b fills nothing; the unwinding of a is refused although a holds what it bought, and the
	 * venue's position report does not show it yet */
	world->b->fates = "m";
	world->a->fates = ".R";
	world->a->position_lag_ns = 10 * NS_PER_SECOND;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 90000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void a_leg_of_which_half_is_gone_closes_the_rest(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	hostile_move_position(world->b, world->btc_b, 60);
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 90000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	assert_int_equal(end->result.legs[1].filled.units, 40);
	trade_world_free(world);
}

static void closing_goes_ahead_without_prices_at_market(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	world->a->bid_count[world->btc_a] = world->a->ask_count[world->btc_a] = 1;
	world->a->fail_reads[READ_DEPTH] = 100;
	world->b->fail_reads[READ_DEPTH] = 100;
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	assert_int_equal(world->a->orders[1].request.type, ORDER_MARKET);
	assert_true(world->a->orders[1].request.reduce_only);
	assert_false(end->result.preflight->may_open); /* advised, not blocked */
	trade_world_free(world);
}

static void spot_is_closed_at_market_without_a_price(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_BUY, 1000), NO_LEG);

	(void)state;
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	world->c->fail_reads[READ_DEPTH] = 100;
	world->c->fates = "rR";
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->spot, SIDE_SELL, 999), NO_LEG);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[0].filled.units, 999);
	trade_world_free(world);
}

static void a_closing_whose_intents_fail_tries_again(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	world->commits_fail = true;
	struct trade_end *end = close_pair(world, 100);
	trade_world_run(world, 3000);
	world->commits_fail = false;
	world->ids_fail = true;
	trade_world_run(world, 3000);
	assert_int_equal(end->completions, 0);
	assert_held(world, 100, -100);
	world->ids_fail = false;
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void a_closing_of_unknown_outcome_is_resolved_before_it_is_repeated(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	world->a->fates = "u";
	world->b->fates = "S";
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, 0);
	assert_int_equal(world->a->order_count, 3);
	assert_true(world->a->orders[2].sent_ns - world->a->orders[1].sent_ns > 18 * NS_PER_SECOND);
	assert_int_equal(world->b->order_count, 2);
	trade_world_free(world);
}

static void what_is_too_small_to_be_ordered_is_dust(void **state)
{
	struct trade_world *world = opened(100);
	struct instrument_revision coarse = *instrument_latest(world->instruments, world->btc_b);

	(void)state;
	coarse.rules.minimum_quantity.units = 20;
	assert_true(instrument_table_revise(world->instruments, world->btc_b, &coarse, NULL));
	hostile_book(world->b, world->btc_b, 600000, 600001, 90, 1); /* 90 of 100 fill */
	world->b->fates = ".k";
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 0, -10);
	assert_true(trade_world_logged(world, "10 units are dust"));
	trade_world_free(world);
}

static void a_closing_that_the_venue_does_not_confirm_is_reported(void **state)
{
	struct trade_world *world = opened(100);

	(void)state;
	world->a->position_lag_ns = 100 * NS_PER_SECOND;
	trade_world_run(world, 101000);
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_true(trade_world_logged(world, "does not confirm that it is closed"));
	trade_world_free(world);
}

static void a_closing_that_stays_impossible_ends_as_halted(void **state)
{
	struct trade_world *world = opened(100);
	static char nothing[256];

	(void)state;
	memset(nothing, 'z', sizeof(nothing) - 1);
	world->b->fates = nothing;
	struct trade_end *end = close_pair(world, 100);
	trade_world_finish(world, end, 5 * 3600 * 1000);
	assert_true(end->result.halted);
	assert_held(world, 0, -100);
	assert_int_equal(end->result.legs[1].filled.units, 0);
	trade_world_free(world);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(C10_a_leg_that_does_not_close_is_tried_until_it_does),
		TEST(C10_a_leg_that_is_gone_counts_as_closed_with_the_reason),
		TEST(a_position_report_older_than_the_last_fill_proves_nothing),
		TEST(a_leg_of_which_half_is_gone_closes_the_rest),
		TEST(closing_goes_ahead_without_prices_at_market),
		TEST(spot_is_closed_at_market_without_a_price),
		TEST(a_closing_whose_intents_fail_tries_again),
		TEST(a_closing_of_unknown_outcome_is_resolved_before_it_is_repeated),
		TEST(what_is_too_small_to_be_ordered_is_dust),
		TEST(a_closing_that_the_venue_does_not_confirm_is_reported),
		TEST(a_closing_that_stays_impossible_ends_as_halted),
	};
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere)
		log_configure(nowhere, LOG_ALARM);
	return cmocka_run_group_tests_name("atomic closing", tests, NULL, NULL);
}
