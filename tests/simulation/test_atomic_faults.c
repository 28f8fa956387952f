/*
 * The fault catalogue's groups A, B and C at the AtomicMultiOrderExecutor: ambiguous outcomes, the
 * order's life, two legs.
 */
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

/* One pair with these fates of b's orders. */
static struct trade_world *pair_with(const char *fates, struct trade_end **end)
{
	struct trade_world *world = trade_world_create(NULL);

	world->b->fates = fates;
	*end = open_pair(world, 100);
	return world;
}

/* ---- A: ambiguous outcomes ---------------------------------------------------------------------
 */

static void A01_a_lost_request_is_proven_absent_and_the_other_leg_flattened(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("u", &end);

	(void)state;
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	/* nothing more was ordered on the leg of unknown outcome */
	assert_int_equal(world->b->order_count, 1);
	/* flattened when T_naked had passed, long before absence could be proven */
	assert_true(world->a->orders[1].sent_ns - world->a->orders[0].sent_ns < 17 * NS_PER_SECOND);
	assert_true(world->a->orders[1].request.reduce_only);
	/* absence: expiry 2 s (give-up 3 s) + clock error + 15 s allowance + two answers */
	assert_true(end->at_ns - world->b->orders[0].sent_ns > 18 * NS_PER_SECOND);
	trade_world_free(world);
}

static void A05_a_lost_answer_is_found_by_its_client_id(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("S", &end);

	(void)state;
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->b->order_count, 1);
	assert_int_equal(end->result.legs[1].fills, 1);
	assert_true(end->at_ns - TRADE_WORLD_START < 6 * NS_PER_SECOND);
	trade_world_free(world);
}

static void A05_events_resolve_what_the_answer_did_not(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("U", &end);

	(void)state;
	trade_world_finish(world, end, 1000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	trade_world_free(world);
}

static void A07_an_acknowledged_order_that_vanished_is_proven_absent(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("a", &end);

	(void)state;
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	assert_int_equal(world->b->order_count, 1);
	trade_world_free(world);
}

static void A08_no_such_order_for_ten_seconds_is_not_believed(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("S", &end);

	(void)state;
	world->b->look_up_lag_ns = 10 * NS_PER_SECOND;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->b->order_count, 1);
	trade_world_free(world);
}

static void A09_failing_look_ups_prove_nothing(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("S", &end);

	(void)state;
	world->b->fail_reads[READ_ORDER] = 100000;
	trade_world_run(world, 120000);
	assert_int_equal(end->completions, 0);
	/* the leg is frozen, the other one flattened */
	assert_int_equal(world->b->order_count, 1);
	assert_held(world, 0, -100);
	world->b->fail_reads[READ_ORDER] = 0;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void A10_an_order_that_comes_late_meets_its_expiry(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("d", &end);

	(void)state;
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void A10_an_order_that_executes_late_after_all_is_found_and_flattened(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.executor.naked_limit_ns = 5 * NS_PER_SECOND;
	struct trade_world *world = trade_world_create(&options);

	(void)state;
	world->b->fates = "D";
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	assert_int_equal(world->b->fill_count, 2); /* it did execute, and was undone */
	assert_true(world->b->orders[1].request.reduce_only);
	trade_world_free(world);
}

static void A12_a_duplicate_id_means_that_the_order_exists(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("q", &end);

	(void)state;
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->b->order_count, 1);
	trade_world_free(world);
}

static void A13_a_fill_before_the_answer_is_ours(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("e", &end);

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[1].fills, 1);
	/* done did not wait for the answer */
	assert_true(end->at_ns - world->b->orders[0].sent_ns < 100 * NS_PER_MS);
	trade_world_free(world);
}

static void an_unknown_single_leg_waits_for_the_truth(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "u";
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 10), NO_LEG);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_string_equal(end->result.reason, "nothing filled");
	world->a->fates = "S";
	end = trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 10), NO_LEG);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 10);
	trade_world_free(world);
}

static void absence_needs_a_position_that_agrees(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "u";
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 10), NO_LEG);
	trade_world_run(world, 2000);
	/* somebody trades on our instrument: the position does not say that nothing happened */
	hostile_move_position(world->a, world->btc_a, 4);
	trade_world_run(world, 90000);
	assert_int_equal(end->completions, 0);
	hostile_move_position(world->a, world->btc_a, -4);
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_FLAT);
	trade_world_free(world);
}

static void absence_of_a_spot_purchase_is_proven_by_the_balance(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->c->base_total.e18 = 3 * MONEY_ONE; /* savings */
	world->c->fates = "u";
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_BUY, 1000), NO_LEG);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	world->c->fates = "u";
	end = trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_BUY, 1000), NO_LEG);
	trade_world_run(world, 2000);
	world->c->base_total.e18 += MONEY_ONE;
	trade_world_run(world, 60000);
	assert_int_equal(end->completions, 0);
	world->c->base_total.e18 -= MONEY_ONE;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_FLAT);
	trade_world_free(world);
}

/* ---- B: life of an order -----------------------------------------------------------------------
 */

static void B03_quantities_not_states_say_what_filled(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("p", &end);

	(void)state;
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100); /* completed: cheaper than trimming */
	assert_int_equal(end->result.repair_orders, 1);
	assert_int_equal(world->b->orders[1].request.quantity.units, 50);
	assert_true(trade_world_logged(world, "complete"));
	trade_world_free(world);
}

static void B04_an_ioc_that_filled_nothing_is_not_a_fill(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "z";
	world->b->fates = "z";
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_FLAT);
	assert_string_equal(end->result.reason, "nothing filled");
	assert_int_equal(world->a->order_count + world->b->order_count, 2);
	trade_world_free(world);
}

static void B05_repeated_fills_count_once(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("x", &end);

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[1].filled.units, 100);
	assert_int_equal(end->result.legs[1].fills, 1);
	/* a replay after the trade has ended counts nothing either: the closing goes through, and
	 * the next opening sees no position */
	hostile_repeat_fills(world->b);
	trade_world_run(world, 1000);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 100),
				leg_of(world->btc_b, SIDE_BUY, 100));
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	hostile_repeat_fills(world->b);
	trade_world_run(world, 1000);
	end = open_pair(world, 50);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	trade_world_free(world);
}

static void B06_a_terminal_event_before_its_fills_ends_nothing_early(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("o", &end);

	(void)state;
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[1].fills, 1);
	assert_true(end->result.legs[1].value.e18 > 0);
	assert_int_equal(end->result.repair_orders, 0);
	trade_world_free(world);
}

static void fills_that_no_event_brought_are_read(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("s", &end);

	(void)state;
	world->b->fail_reads[READ_FILLS] = 2;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[1].fills, 1);
	assert_true(world->b->reads[READ_FILLS] >= 3);
	trade_world_free(world);
}

static void fills_that_cannot_be_read_do_not_hold_a_trade_for_ever(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("s", &end);

	(void)state;
	world->b->fail_reads[READ_FILLS] = 100;
	trade_world_finish(world, end, 120000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.legs[1].filled.units, 100); /* by the order's own total */
	assert_int_equal(end->result.legs[1].fills, 0);
	trade_world_free(world);
}

/* ---- C: two legs -------------------------------------------------------------------------------
 */

static void C01_a_leg_refused_for_margin_undoes_the_other(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("m", &end);

	(void)state;
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_FLAT);
	assert_non_null(strstr(end->result.reason, "margin"));
	assert_held(world, 0, 0);
	/* it is not asked again on the leg that has no margin */
	assert_int_equal(world->b->order_count, 1);
	assert_true(world->a->orders[1].request.reduce_only);
	assert_int_equal(end->result.repair_orders, 1);
	trade_world_free(world);
}

static void C02_both_legs_are_sized_before_either_is_sent(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct instrument_revision coarse = *instrument_latest(world->instruments, world->btc_b);

	(void)state;
	coarse.rules.lot.units = 1000; /* one whole coin */
	assert_true(instrument_table_revise(world->instruments, world->btc_b, &coarse, NULL));
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_FLAT);
	assert_non_null(
		strstr(end->result.reason, "preflight rules: quantity 0.1, limit a multiple of 1"));
	assert_int_equal(world->a->order_count, 0);
	trade_world_free(world);
}

static void C03_unequal_partial_fills_are_made_equal(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "p"; /* 50 */
	world->b->fates = "1"; /* 1 */
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "filled in part");
	assert_held(world, 50, -50);
	trade_world_free(world);
}

static void the_cheaper_way_is_trimming_when_the_missing_leg_ran_away(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->fates = "z";
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 85);
	/* selling at b is now 15 bp worse than decided; a can be sold where it was bought */
	hostile_book(world->b, world->btc_b, 599100, 599101, 100000, 4);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	assert_true(trade_world_logged(world, "repair 1: trim,"));
	trade_world_free(world);
}

static void C04_an_empty_book_leads_to_a_trim_without_a_price(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->fates = "m";
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 85);
	world->a->ask_count[world->btc_a] = 0; /* one-sided: no usable book */
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	/* first a limit inside the budget, not a market order */
	assert_int_equal(world->a->orders[1].request.type, ORDER_IOC);
	trade_world_free(world);
}

static void C05_a_venue_that_goes_down_between_the_legs_lets_the_other_be_flattened(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 65); /* leverage is being set; the orders are sent at 70 */
	world->b->down_from_ns = trade_world_now(world) + 10 * NS_PER_MS;
	world->b->down_until_ns = world->b->down_from_ns + 60 * NS_PER_SECOND;
	trade_world_run(world, 30000);
	assert_int_equal(position_of(world, world->btc_a), 0);
	assert_int_equal(end->completions, 0); /* b is not proven yet */
	trade_world_finish(world, end, 120000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void C06_a_hedge_whose_answer_is_lost_is_not_sent_again(void **state)
{
	struct trade_end *end;
	struct trade_world *world = pair_with("pS", &end);

	(void)state;
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->b->order_count, 2);
	trade_world_free(world);
}

static void C06_a_hedge_that_was_lost_is_proven_absent_first(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.executor.naked_limit_ns = 60 * NS_PER_SECOND;
	struct trade_world *world = trade_world_create(&options);

	(void)state;
	world->b->fates = "pu";
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 100, -100);
	assert_int_equal(world->b->order_count, 3);
	assert_true(world->b->orders[2].sent_ns - world->b->orders[1].sent_ns > 18 * NS_PER_SECOND);
	trade_world_free(world);
}

static void C07_an_unwind_that_fails_is_repeated_until_the_position_is_gone(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->fates = "m";
	world->a->fates = ".zbrSp"; /* the opening fills, then everything goes wrong */
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 60000);
	assert_state(end, TRADE_FLAT);
	assert_held(world, 0, 0);
	assert_false(end->result.halted);
	trade_world_free(world);
}

static void an_unwind_that_cannot_be_done_raises_the_alarm_and_goes_on(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->fates = "m";
	world->a->fates = ".zzzzzzzzzzzzzzz";
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 15000);
	assert_true(trade_world_logged(world, "ALARM HALT"));
	assert_int_equal(end->completions, 0);
	/* market orders at the end of the ladder, then every 5 s and less often */
	assert_int_equal(world->a->orders[world->a->order_count - 1].request.type, ORDER_MARKET);
	trade_world_finish(world, end, 600000);
	assert_state(end, TRADE_FLAT);
	assert_false(end->result.halted); /* it was done at last */
	assert_held(world, 0, 0);
	trade_world_free(world);
}

static void a_trade_that_stays_halted_ends_as_halted(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	static char nothing[256];

	(void)state;
	memset(nothing, 'z', sizeof(nothing) - 1);
	nothing[0] = '.';
	world->b->fates = "m";
	world->a->fates = nothing;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 5 * 3600 * 1000);
	assert_true(end->result.halted);
	assert_state(end, TRADE_UNWINDING);
	assert_int_equal(end->result.legs[0].held.units, 100);
	assert_int_equal(position_of(world, world->btc_a), 100);
	trade_world_free(world);
}

static void a_partial_trim_that_stays_impossible_ends_as_halted(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	static char nothing[256], less[256];

	(void)state;
	memset(nothing, 'z', sizeof(nothing) - 1);
	memset(less, 'z', sizeof(less) - 1);
	nothing[0] = '.';
	less[0] = 'p';
	world->a->fates = nothing;
	world->b->fates = less;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 5 * 3600 * 1000);
	assert_true(end->result.halted);
	assert_state(end, TRADE_HEDGING);
	assert_held(world, 100, -50);
	trade_world_free(world);
}

static void repair_spends_no_more_than_the_budget(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->fates = "p";
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 85);
	/* both markets are now 40 bp away: neither way fits into 20 bp of the notional for half */
	hostile_book(world->a, world->btc_a, 597000, 597001, 100000, 4);
	hostile_book(world->b, world->btc_b, 597000, 597001, 100000, 4);
	trade_world_run(world, 300);
	for (size_t i = 1; i < world->a->order_count; i++)
		if (world->a->orders[i].request.type == ORDER_IOC)
			/* 12 USDT on 0.05 BTC less the fee: 39 - 5 bp below what was paid */
			assert_true(world->a->orders[i].request.limit.units >= 597900);
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_held(world, 50, -50);
	assert_true(trade_world_logged(world, "trim at market"));
	trade_world_free(world);
}

static void equal_partial_fills_need_no_repair(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;

	world->a->fates = "p";
	world->b->fates = "p";
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "filled in part");
	assert_held(world, 50, -50);
	assert_int_equal(end->result.repair_orders, 0);
	trade_world_free(world);
}

static void inverse_and_linear_legs_are_balanced_within_half_a_contract(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->fates = "p";
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 100),
				 leg_of(world->inverse, SIDE_SELL, 60));
	/* a must trim or complete in lots of 0.001, c in contracts of 100 USD */
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 100);
	assert_int_equal(position_of(world, world->inverse), -60);
	trade_world_free(world);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(A01_a_lost_request_is_proven_absent_and_the_other_leg_flattened),
		TEST(A05_a_lost_answer_is_found_by_its_client_id),
		TEST(A05_events_resolve_what_the_answer_did_not),
		TEST(A07_an_acknowledged_order_that_vanished_is_proven_absent),
		TEST(A08_no_such_order_for_ten_seconds_is_not_believed),
		TEST(A09_failing_look_ups_prove_nothing),
		TEST(A10_an_order_that_comes_late_meets_its_expiry),
		TEST(A10_an_order_that_executes_late_after_all_is_found_and_flattened),
		TEST(A12_a_duplicate_id_means_that_the_order_exists),
		TEST(A13_a_fill_before_the_answer_is_ours),
		TEST(an_unknown_single_leg_waits_for_the_truth),
		TEST(absence_needs_a_position_that_agrees),
		TEST(absence_of_a_spot_purchase_is_proven_by_the_balance),
		TEST(B03_quantities_not_states_say_what_filled),
		TEST(B04_an_ioc_that_filled_nothing_is_not_a_fill),
		TEST(B05_repeated_fills_count_once),
		TEST(B06_a_terminal_event_before_its_fills_ends_nothing_early),
		TEST(fills_that_no_event_brought_are_read),
		TEST(fills_that_cannot_be_read_do_not_hold_a_trade_for_ever),
		TEST(C01_a_leg_refused_for_margin_undoes_the_other),
		TEST(C02_both_legs_are_sized_before_either_is_sent),
		TEST(C03_unequal_partial_fills_are_made_equal),
		TEST(the_cheaper_way_is_trimming_when_the_missing_leg_ran_away),
		TEST(C04_an_empty_book_leads_to_a_trim_without_a_price),
		TEST(C05_a_venue_that_goes_down_between_the_legs_lets_the_other_be_flattened),
		TEST(C06_a_hedge_whose_answer_is_lost_is_not_sent_again),
		TEST(C06_a_hedge_that_was_lost_is_proven_absent_first),
		TEST(C07_an_unwind_that_fails_is_repeated_until_the_position_is_gone),
		TEST(an_unwind_that_cannot_be_done_raises_the_alarm_and_goes_on),
		TEST(a_trade_that_stays_halted_ends_as_halted),
		TEST(a_partial_trim_that_stays_impossible_ends_as_halted),
		TEST(repair_spends_no_more_than_the_budget),
		TEST(equal_partial_fills_need_no_repair),
		TEST(inverse_and_linear_legs_are_balanced_within_half_a_contract),
	};
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere)
		log_configure(nowhere, LOG_ALARM);
	return cmocka_run_group_tests_name("atomic faults", tests, NULL, NULL);
}
