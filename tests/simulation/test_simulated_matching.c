/* How orders meet the displayed book and the printed trades. */
#include "tests/support/venue_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct venue_fixture f;

static int open_fixture(void **state)
{
	(void)state;
	venue_fixture_open(&f);
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	venue_fixture_close(&f);
	return 0;
}

static struct simulated_answer place(enum order_type type, enum side side, const char *quantity,
				     const char *limit)
{
	return venue_fixture_place(&f, f.market.linear, type, side, quantity, limit);
}

static void trade(enum side taker, const char *price, const char *quantity)
{
	market_fixture_trade(&f.market, f.market.linear, taker, price, quantity);
}

static size_t fills(void)
{
	return venue_fixture_count(&f, ACCOUNT_FILL);
}

static void ioc_walks_levels_inside_its_limit_and_the_rest_is_cancelled(void **state)
{
	(void)state;
	assert_true(place(ORDER_IOC, SIDE_BUY, "5", "60000.2").accepted);
	assert_int_equal(fills(), 2);
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "1", "60000.1");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "2", "60000.2");
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_NONE, "3");
	venue_fixture_expect_position(&f, f.market.linear, "3");
	assert_false(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.maker);
}

static void each_fill_has_a_trade_id_of_its_own(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "3", "60000.2");
	assert_string_equal(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.trade_id, "1");
	assert_string_equal(venue_fixture_event(&f, ACCOUNT_FILL, 1)->u.fill.trade_id, "2");
}

static void ioc_outside_the_book_is_accepted_and_ends_unfilled(void **state)
{
	(void)state;
	assert_true(place(ORDER_IOC, SIDE_BUY, "1", "60000.0").accepted);
	assert_int_equal(fills(), 0);
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_NONE, "0");
}

static void sells_walk_bids_downwards(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_SELL, "4", "59999.9");
	venue_fixture_expect_fill(&f, 0, SIDE_SELL, "2", "60000.0");
	venue_fixture_expect_fill(&f, 1, SIDE_SELL, "2", "59999.9");
	venue_fixture_expect_order(&f, ORDER_STATE_FILLED, REJECT_NONE, "4");
	venue_fixture_expect_position(&f, f.market.linear, "-4");
}

static void events_come_as_order_fills_order_position_balance(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.2");
	enum account_event_kind expected[] = {ACCOUNT_ORDER, ACCOUNT_FILL, ACCOUNT_ORDER,
					      ACCOUNT_POSITION, ACCOUNT_BALANCE};
	assert_int_equal(f.event_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(f.events[i].kind, expected[i]);
	assert_int_equal(f.events[0].u.order.state, ORDER_STATE_OPEN);
	assert_int_equal(f.events[2].u.order.state, ORDER_STATE_FILLED);
}

static void own_fills_stay_taken_until_the_displayed_size_changes(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_int_equal(fills(), 1);
	/* The same size said again is no change; another level's change neither. */
	market_fixture_diff(&f.market, f.market.linear, "| 60000.1x1 60000.2x7");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_int_equal(fills(), 1);
	market_fixture_diff(&f.market, f.market.linear, "| 60000.1x1.5");
	place(ORDER_IOC, SIDE_BUY, "2", "60000.1");
	assert_int_equal(fills(), 2);
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "1.5", "60000.1");
}

static void a_size_that_changed_and_came_back_is_a_new_level(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	market_fixture_diff(&f.market, f.market.linear, "| 60000.1x4");
	market_fixture_diff(&f.market, f.market.linear, "| 60000.1x1");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_int_equal(fills(), 2);
}

static void a_snapshot_keeps_what_was_taken_from_unchanged_levels(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "3", "60000.2");
	market_fixture_book(&f.market, f.market.linear, "60000.0x2 | 60000.1x1 60000.2x3");
	venue_fixture_forget(&f);
	place(ORDER_IOC, SIDE_BUY, "9", "60000.2");
	assert_int_equal(fills(), 1);
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "3", "60000.2");
}

static void a_partly_taken_level_gives_its_rest(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "0.4", "60000.1");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.6", "60000.1");
}

static void plain_walk_leaves_no_trace(void **state)
{
	(void)state;
	venue_fixture_close(&f);
	venue_fixture_open_with(&f, (struct simulated_venue_options){.taker_model = TAKER_WALK,
								     .default_leverage = 3});
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_int_equal(fills(), 2);
}

static void more_levels_than_can_be_remembered_are_not_taken(void **state)
{
	(void)state;
	char levels[64];
	for (int i = 0; i < 1100; i++) {
		snprintf(levels, sizeof(levels), "| %d.%dx0.001", 60100 + i / 10, i % 10);
		market_fixture_diff(&f.market, f.market.linear, levels);
	}
	place(ORDER_IOC, SIDE_BUY, "12", "60300");
	assert_int_equal(fills(), 1024);
	place(ORDER_IOC, SIDE_BUY, "12", "60300");
	assert_int_equal(fills(), 1024);
}

static void a_crossing_limit_takes_first_and_the_rest_rests(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1.5", "60000.1");
	assert_int_equal(fills(), 1);
	venue_fixture_expect_order(&f, ORDER_STATE_OPEN, REJECT_NONE, "1");
	struct account_event open;
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, &open, 1), 1);
	assert_int_equal(open.u.order.executed.units, 1000);
	/* Nothing is displayed before it: the next print at its price is its own. */
	trade(SIDE_SELL, "60000.1", "0.2");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.2", "60000.1");
	assert_true(venue_fixture_event(&f, ACCOUNT_FILL, 1)->u.fill.maker);
}

static void a_resting_order_waits_behind_what_was_displayed(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	trade(SIDE_SELL, "60000.0", "1.5");
	assert_int_equal(fills(), 0);
	trade(SIDE_SELL, "60000.0", "0.7");
	assert_int_equal(fills(), 1);
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "0.2", "60000.0");
	trade(SIDE_SELL, "60000.0", "5");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.8", "60000.0");
	venue_fixture_expect_order(&f, ORDER_STATE_FILLED, REJECT_NONE, "1");
}

static void prints_of_the_other_side_do_not_advance_the_queue(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	trade(SIDE_BUY, "60000.0", "50");
	trade(SIDE_SELL, "60000.1", "50");
	assert_int_equal(fills(), 0);
}

static void a_trade_through_the_price_fills_up_to_its_quantity(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	trade(SIDE_SELL, "59999.9", "0.3");
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "0.3", "60000.0");
	trade(SIDE_SELL, "59999.8", "7");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.7", "60000.0");
}

static void sells_are_reached_by_taker_buys_at_or_above(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_SELL, "1", "60000.1");
	trade(SIDE_BUY, "60000.1", "1.25");
	venue_fixture_expect_fill(&f, 0, SIDE_SELL, "0.25", "60000.1");
	trade(SIDE_BUY, "60000.3", "9");
	venue_fixture_expect_fill(&f, 1, SIDE_SELL, "0.75", "60000.1");
}

static void off_market_prints_fill_nothing(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	struct market_event event = {
		.kind = EVENT_TRADE, .instrument = f.market.linear, .flags = EVENT_FLAG_OFF_MARKET};
	event.u.trade.price.units = 590000;
	event.u.trade.quantity.units = 99000;
	event.u.trade.taker_side = SIDE_SELL;
	market_fixture_event(&f.market, event);
	assert_int_equal(fills(), 0);
}

static void a_book_that_crosses_a_resting_order_fills_nothing(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	market_fixture_book(&f.market, f.market.linear, "59000.0x2 | 59000.1x9");
	assert_int_equal(fills(), 0);
}

static void a_bbo_frame_fills_nothing(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	struct market_event event = {.kind = EVENT_BBO, .instrument = f.market.linear};
	event.u.bbo.bid = (struct book_level){{500000}, {1000}};
	event.u.bbo.ask = (struct book_level){{500001}, {1000}};
	market_fixture_event(&f.market, event);
	assert_int_equal(fills(), 0);
	place(ORDER_IOC, SIDE_BUY, "1", "50001");
	assert_int_equal(fills(), 0);
}

static void the_queue_ahead_never_exceeds_what_is_displayed(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	market_fixture_diff(&f.market, f.market.linear, "60000.0x0.5 |");
	market_fixture_diff(&f.market, f.market.linear, "60000.0x9 |");
	trade(SIDE_SELL, "60000.0", "0.6");
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "0.1", "60000.0");
}

static void cancels_behind_do_not_advance_the_queue(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	market_fixture_diff(&f.market, f.market.linear, "60000.0x9 |");
	market_fixture_diff(&f.market, f.market.linear, "60000.0x4 |");
	trade(SIDE_SELL, "60000.0", "2");
	assert_int_equal(fills(), 0);
	trade(SIDE_SELL, "60000.0", "0.1");
	assert_int_equal(fills(), 1);
}

static void one_print_is_shared_by_price_then_arrival_and_never_fills_twice(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "59999.5");	/* id 1: nothing ahead */
	place(ORDER_LIMIT, SIDE_BUY, "0.4", "59999.7"); /* id 2: better price */
	place(ORDER_LIMIT, SIDE_BUY, "0.4", "59999.5"); /* id 3: behind id 1 */
	trade(SIDE_SELL, "59999.5", "1.5");
	assert_int_equal(fills(), 3);
	assert_int_equal(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.client_id, 2);
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "0.4", "59999.7");
	assert_int_equal(venue_fixture_event(&f, ACCOUNT_FILL, 1)->u.fill.client_id, 1);
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "1", "59999.5");
	assert_int_equal(venue_fixture_event(&f, ACCOUNT_FILL, 2)->u.fill.client_id, 3);
	venue_fixture_expect_fill(&f, 2, SIDE_BUY, "0.1", "59999.5");
}

static void the_queue_between_two_own_orders_counts_once(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0"); /* 2 ahead */
	market_fixture_diff(&f.market, f.market.linear, "60000.0x3 |");
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0"); /* 3 ahead, of which 2 before the first */
	trade(SIDE_SELL, "60000.0", "3.5");
	/* 2 to those before, 1 to the first, 0.5 of the third unit in between. */
	assert_int_equal(fills(), 1);
	venue_fixture_expect_fill(&f, 0, SIDE_BUY, "1", "60000.0");
	trade(SIDE_SELL, "60000.0", "0.75");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.25", "60000.0");
}

static void consumed_quantity_is_not_ahead_of_a_resting_order(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_SELL, "1.5", "60000.0");
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	trade(SIDE_SELL, "60000.0", "0.6");
	venue_fixture_expect_fill(&f, 1, SIDE_BUY, "0.1", "60000.0");
}

static void nothing_fills_while_the_book_is_not_synced(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	market_fixture_gap(&f.market, f.market.linear);
	trade(SIDE_SELL, "59000.0", "9");
	assert_int_equal(fills(), 0);
	market_fixture_book(&f.market, f.market.linear, "59000.0x2 | 59000.1x9");
	trade(SIDE_SELL, "59000.0", "9");
	assert_int_equal(fills(), 1);
}

static void what_a_gap_shows_changes_neither_queue_nor_consumption(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	market_fixture_gap(&f.market, f.market.linear);
	market_fixture_diff(&f.market, f.market.linear, "60000.0x0.1 | 60000.1x0.1");
	market_fixture_book(&f.market, f.market.linear, "60000.0x2 | 60000.1x1");
	trade(SIDE_SELL, "60000.0", "2");
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_int_equal(fills(), 1);
}

static void the_model_never_fills_no_resting_order(void **state)
{
	(void)state;
	venue_fixture_close(&f);
	venue_fixture_open_with(&f, (struct simulated_venue_options){.maker_model = MAKER_NEVER,
								     .default_leverage = 3});
	place(ORDER_LIMIT, SIDE_BUY, "1", "60000.0");
	trade(SIDE_SELL, "50000.0", "99");
	assert_int_equal(fills(), 0);
}

static void post_only_rests_inside_the_spread(void **state)
{
	(void)state;
	market_fixture_diff(&f.market, f.market.linear, "| 60000.1x0");
	assert_true(place(ORDER_POST_ONLY, SIDE_BUY, "1", "60000.1").accepted);
	venue_fixture_expect_order(&f, ORDER_STATE_OPEN, REJECT_NONE, "0");
	trade(SIDE_SELL, "60000.1", "0.5");
	const struct account_event *fill = venue_fixture_event(&f, ACCOUNT_FILL, 0);
	assert_true(fill->u.fill.maker);
	venue_fixture_expect_money(fill->u.fill.fee, "6.00001"); /* 30000.05 x 2 bp */
}

static void a_market_order_walks_all_that_is_displayed_and_only_reduces(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "7", "61000");
	venue_fixture_forget(&f);
	venue_fixture_reduce(&f, f.market.linear, ORDER_MARKET, SIDE_SELL, "7", NULL);
	assert_int_equal(fills(), 2);
	venue_fixture_expect_fill(&f, 1, SIDE_SELL, "3", "59999.9");
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_NONE, "5");
	venue_fixture_expect_position(&f, f.market.linear, "2");
}

static void reduce_only_is_capped_to_the_position(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "3", "59999");
	venue_fixture_expect_position(&f, f.market.linear, "0");
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_REDUCE_ONLY, "1");
}

static void working_reduce_only_orders_count_against_the_position(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_true(
		venue_fixture_reduce(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "0.7", "60100")
			.accepted);
	venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "1", "59999");
	venue_fixture_expect_position(&f, f.market.linear, "0.7");
	struct simulated_answer answer =
		venue_fixture_reduce(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "0.1", "60100");
	assert_int_equal(answer.reason, REJECT_REDUCE_ONLY);
}

static void a_resting_reduce_only_order_ends_when_nothing_is_left_to_reduce(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	venue_fixture_reduce(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "1", "60100");
	place(ORDER_IOC, SIDE_SELL, "0.4", "59999");
	venue_fixture_forget(&f);
	trade(SIDE_BUY, "60200", "5");
	venue_fixture_expect_fill(&f, 0, SIDE_SELL, "0.6", "60100");
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_REDUCE_ONLY, "0.6");
	venue_fixture_expect_position(&f, f.market.linear, "0");
}

static void closing_by_another_order_cancels_resting_reduce_only(void **state)
{
	(void)state;
	place(ORDER_IOC, SIDE_BUY, "1", "60000.1");
	venue_fixture_reduce(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "1", "60100");
	place(ORDER_IOC, SIDE_SELL, "1.5", "59999");
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_REDUCE_ONLY, "0");
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, f.events, 9), 0);
}

static void a_cancelled_order_keeps_what_it_executed(void **state)
{
	(void)state;
	place(ORDER_LIMIT, SIDE_BUY, "1.5", "60000.1");
	uint32_t id = f.next_client_id - 1;
	assert_true(simulated_venue_cancel(f.venue, f.market.linear, id, f.market.now_ns).accepted);
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_NONE, "1");
	trade(SIDE_SELL, "59000", "9");
	assert_int_equal(fills(), 1);
	struct simulated_answer again =
		simulated_venue_cancel(f.venue, f.market.linear, id, f.market.now_ns);
	assert_false(again.accepted);
	assert_int_equal(again.reason, REJECT_NOT_FOUND);
}

static void cancel_all_can_be_kept_to_one_instrument(void **state)
{
	(void)state;
	struct account_event open[4];
	place(ORDER_LIMIT, SIDE_BUY, "1", "59000");
	place(ORDER_LIMIT, SIDE_BUY, "1", "59001");
	venue_fixture_place(&f, f.market.inverse, ORDER_LIMIT, SIDE_BUY, "1", "59000");
	simulated_venue_cancel_all(f.venue, f.market.linear, f.market.now_ns);
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, open, 4), 1);
	assert_int_equal(open[0].instrument, f.market.inverse);
	simulated_venue_cancel_all(f.venue, 0, f.market.now_ns);
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, open, 4), 0);
}

static void the_dead_mans_switch_cancels_everything_unless_rearmed(void **state)
{
	(void)state;
	struct account_event open[4];
	place(ORDER_LIMIT, SIDE_BUY, "1", "59000");
	simulated_venue_dead_man(f.venue, 1000, f.market.now_ns);
	f.market.now_ns += 900;
	simulated_venue_dead_man(f.venue, 1000, f.market.now_ns);
	f.market.now_ns += 900;
	simulated_venue_pass_time(f.venue, f.market.now_ns);
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, open, 4), 1);
	f.market.now_ns += 100;
	trade(SIDE_SELL, "58000", "9"); /* what is due goes before what happens now */
	assert_int_equal(fills(), 0);
	venue_fixture_expect_order(&f, ORDER_STATE_CANCELLED, REJECT_NONE, "0");
	place(ORDER_LIMIT, SIDE_BUY, "1", "59000");
	simulated_venue_dead_man(f.venue, 1000, f.market.now_ns);
	simulated_venue_dead_man(f.venue, 0, f.market.now_ns);
	f.market.now_ns += 5000;
	simulated_venue_pass_time(f.venue, f.market.now_ns);
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, open, 4), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(ioc_walks_levels_inside_its_limit_and_the_rest_is_cancelled),
		T(each_fill_has_a_trade_id_of_its_own),
		T(ioc_outside_the_book_is_accepted_and_ends_unfilled),
		T(sells_walk_bids_downwards),
		T(events_come_as_order_fills_order_position_balance),
		T(own_fills_stay_taken_until_the_displayed_size_changes),
		T(a_size_that_changed_and_came_back_is_a_new_level),
		T(a_snapshot_keeps_what_was_taken_from_unchanged_levels),
		T(a_partly_taken_level_gives_its_rest),
		T(plain_walk_leaves_no_trace),
		T(more_levels_than_can_be_remembered_are_not_taken),
		T(a_crossing_limit_takes_first_and_the_rest_rests),
		T(a_resting_order_waits_behind_what_was_displayed),
		T(prints_of_the_other_side_do_not_advance_the_queue),
		T(a_trade_through_the_price_fills_up_to_its_quantity),
		T(sells_are_reached_by_taker_buys_at_or_above),
		T(off_market_prints_fill_nothing),
		T(a_book_that_crosses_a_resting_order_fills_nothing),
		T(a_bbo_frame_fills_nothing),
		T(the_queue_ahead_never_exceeds_what_is_displayed),
		T(cancels_behind_do_not_advance_the_queue),
		T(one_print_is_shared_by_price_then_arrival_and_never_fills_twice),
		T(the_queue_between_two_own_orders_counts_once),
		T(consumed_quantity_is_not_ahead_of_a_resting_order),
		T(nothing_fills_while_the_book_is_not_synced),
		T(what_a_gap_shows_changes_neither_queue_nor_consumption),
		T(the_model_never_fills_no_resting_order),
		T(post_only_rests_inside_the_spread),
		T(a_market_order_walks_all_that_is_displayed_and_only_reduces),
		T(reduce_only_is_capped_to_the_position),
		T(working_reduce_only_orders_count_against_the_position),
		T(a_resting_reduce_only_order_ends_when_nothing_is_left_to_reduce),
		T(closing_by_another_order_cancels_resting_reduce_only),
		T(a_cancelled_order_keeps_what_it_executed),
		T(cancel_all_can_be_kept_to_one_instrument),
		T(the_dead_mans_switch_cancels_everything_unless_rearmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
