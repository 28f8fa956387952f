/* The testnet's floor: an order's way from the gate to its end, and the book that others see. */
#include "core/base/utc.h"
#include "tests/support/floor_fixture.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct floor_fixture f;

static int open_fixture(void **state)
{
	(void)state;
	floor_fixture_open(&f);
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	floor_fixture_close(&f);
	return 0;
}

static const struct floor_order *place(floor_account account, enum order_type type, enum side side,
				       const char *quantity, const char *limit)
{
	return floor_fixture_place(&f, account, type, side, quantity, limit, "");
}

static void an_order_is_matched_after_the_venues_delay(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_IOC, SIDE_BUY, "2", "60000.2");
	floor_fixture_pass(&f, 299);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	assert_int_equal(f.fill_count, 0);
	floor_fixture_pass(&f, 1);
	assert_int_equal(order->state, ORDER_STATE_FILLED);
	assert_int_equal(f.fill_count, 2);
	assert_int_equal(order->executed.units, 2000);
	assert_money(order->executed_quote, "120000.3");
	assert_int_equal(order->updated_ns, FLOOR_FIXTURE_START + 300 * NS_PER_MS);
	floor_fixture_expect_position(&f, f.a, "2");
	floor_fixture_expect_position(&f, f.b, "0");
}

static void what_a_taker_took_is_gone_for_everybody_until_the_feed_changes_the_level(void **state)
{
	(void)state;
	place(f.a, ORDER_IOC, SIDE_BUY, "2", "60000.2");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x1 60000.5x5");
	/* The same size again says nothing new. */
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1");
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x1 60000.5x5");
	const struct floor_order *other = place(f.b, ORDER_IOC, SIDE_BUY, "3", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(other->state, ORDER_STATE_CANCELLED);
	assert_int_equal(other->executed.units, 1000);
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.5");
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.1x1.5 60000.5x5");
}

static void a_takers_fill_is_a_public_trade_with_the_same_number(void **state)
{
	(void)state;
	place(f.a, ORDER_IOC, SIDE_SELL, "3", "59999.9");
	floor_fixture_pass(&f, 300);
	assert_int_equal(f.trade_count, 2);
	assert_int_equal(f.fill_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(f.trades[i].u.trade.id, f.fills[i].trade_number);
		assert_int_equal(f.trades[i].u.trade.price.units, f.fills[i].price.units);
		assert_int_equal(f.trades[i].u.trade.quantity.units, f.fills[i].quantity.units);
		assert_int_equal(f.trades[i].u.trade.taker_side, SIDE_SELL);
	}
	struct market_event trades[4];
	assert_int_equal(trading_floor_trades(f.floor, f.btc, trades, 4), 2);
	assert_int_equal(trades[0].u.trade.id, f.fills[1].trade_number);
}

static void a_resting_order_is_displayed_and_fills_behind_the_queue(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_POST_ONLY, SIDE_BUY, "1", "60000.0");
	floor_fixture_pass(&f, 200);
	assert_true(order->resting);
	floor_fixture_expect_book(&f, "60000.0x3 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5");
	floor_fixture_trade(&f, SIDE_SELL, "60000.0", "2.4");
	assert_int_equal(order->executed.units, 400);
	assert_int_equal(f.fill_count, 1);
	assert_true(f.fills[0].maker);
	floor_fixture_expect_book(&f, "60000.0x2.6 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5");
	floor_fixture_trade(&f, SIDE_SELL, "60000.0", "0.6");
	assert_int_equal(order->state, ORDER_STATE_FILLED);
	assert_false(order->resting);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5");
}

static void two_accounts_trade_with_each_other(void **state)
{
	(void)state;
	const struct floor_order *maker = place(f.a, ORDER_LIMIT, SIDE_SELL, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.1x2 60000.2x2 60000.5x5");
	const struct floor_order *taker = place(f.b, ORDER_IOC, SIDE_BUY, "1.5", "60000.1");
	floor_fixture_pass(&f, 300);
	/* The other participants' 1 went first. */
	assert_int_equal(taker->state, ORDER_STATE_FILLED);
	assert_int_equal(maker->executed.units, 500);
	floor_fixture_expect_position(&f, f.a, "-0.5");
	floor_fixture_expect_position(&f, f.b, "1.5");
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.1x0.5 60000.2x2 60000.5x5");
}

static void an_account_inside_the_spread_is_met_first_by_another(void **state)
{
	(void)state;
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "0");
	place(f.a, ORDER_POST_ONLY, SIDE_SELL, "0.3", "60000.1");
	floor_fixture_pass(&f, 300);
	const struct floor_order *taker = place(f.b, ORDER_IOC, SIDE_BUY, "0.5", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(taker->state, ORDER_STATE_FILLED);
	floor_fixture_expect_position(&f, f.a, "-0.3");
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x1.8 60000.5x5");
}

static void a_post_only_order_that_meets_another_account_is_refused(void **state)
{
	(void)state;
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "0");
	place(f.a, ORDER_POST_ONLY, SIDE_SELL, "0.3", "60000.1");
	floor_fixture_pass(&f, 300);
	const struct floor_order *order = place(f.b, ORDER_POST_ONLY, SIDE_BUY, "0.5", "60000.1");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_REJECTED);
	assert_int_equal(order->reason, REJECT_WOULD_CROSS);
	assert_string_not_equal(order->text, "");
}

static void own_resting_orders_give_way_to_an_own_taker(void **state)
{
	(void)state;
	const struct floor_order *resting = place(f.a, ORDER_POST_ONLY, SIDE_SELL, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	const struct floor_order *taker = place(f.a, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	assert_int_equal(resting->state, ORDER_STATE_CANCELLED);
	assert_string_equal(resting->text, "self trade");
	assert_int_equal(taker->state, ORDER_STATE_FILLED);
	floor_fixture_expect_position(&f, f.a, "1");
}

static void an_order_that_the_market_comes_to_cross_fills_at_its_own_price(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_POST_ONLY, SIDE_BUY, "1", "60000.0");
	floor_fixture_pass(&f, 200);
	floor_fixture_level(&f, SIDE_BUY, "60000.0", "0");
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_level(&f, SIDE_BUY, "59999.9", "0");
	floor_fixture_level(&f, SIDE_SELL, "59999.9", "4");
	assert_int_equal(order->state, ORDER_STATE_FILLED);
	assert_int_equal(f.fills[0].price.units, 600000);
}

static void a_cancel_acts_after_its_delay(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	assert_true(trading_floor_cancel(f.floor, order->number));
	floor_fixture_pass(&f, 199);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 1);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_false(trading_floor_cancel(f.floor, order->number));
	assert_false(trading_floor_cancel(f.floor, 999));
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5");
}

static void a_cancel_may_overtake_the_match(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "60000.1");
	assert_true(trading_floor_cancel(f.floor, order->number));
	floor_fixture_pass(&f, 1000);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_int_equal(order->executed.units, 0);
}

static void cancel_all_takes_the_account_and_the_market(void **state)
{
	(void)state;
	const struct floor_order *mine = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	const struct floor_order *other = place(f.b, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	assert_int_equal(trading_floor_cancel_all(f.floor, f.a, f.btc), 1);
	floor_fixture_pass(&f, 200);
	assert_int_equal(mine->state, ORDER_STATE_CANCELLED);
	assert_int_equal(other->state, ORDER_STATE_OPEN);
}

static void the_dead_mans_switch_cancels_at_its_time(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	trading_floor_dead_man(f.floor, f.a, FLOOR_FIXTURE_START + 5 * NS_PER_SECOND);
	floor_fixture_pass(&f, 2000);
	trading_floor_dead_man(f.floor, f.a, FLOOR_FIXTURE_START + 9 * NS_PER_SECOND);
	floor_fixture_pass(&f, 6699);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 1);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	order = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	trading_floor_dead_man(f.floor, f.a, FLOOR_FIXTURE_START + 12 * NS_PER_SECOND);
	trading_floor_dead_man(f.floor, f.a, 0);
	floor_fixture_pass(&f, 10000);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
}

static void an_order_ends_at_its_expiry(void **state)
{
	(void)state;
	const struct floor_order *order = place(f.a, ORDER_LIMIT, SIDE_BUY, "1", "59999.0");
	trading_floor_expire(f.floor, order->number, FLOOR_FIXTURE_START + 2 * NS_PER_SECOND);
	floor_fixture_pass(&f, 1999);
	assert_true(order->resting);
	floor_fixture_pass(&f, 1);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_string_equal(order->text, "expired");
}

static void orders_are_found_by_tag_and_listed_newest_first(void **state)
{
	(void)state;
	floor_fixture_place(&f, f.a, ORDER_LIMIT, SIDE_BUY, "1", "59990.0", "one");
	floor_fixture_place(&f, f.b, ORDER_LIMIT, SIDE_BUY, "1", "59990.0", "one");
	floor_fixture_place(&f, f.a, ORDER_LIMIT, SIDE_BUY, "1", "59990.0", "two");
	floor_fixture_place(&f, f.a, ORDER_LIMIT, SIDE_BUY, "1", "59990.0", "one");
	assert_int_equal(trading_floor_tagged(f.floor, f.a, "one")->number, 4);
	assert_int_equal(trading_floor_tagged(f.floor, f.b, "one")->number, 2);
	assert_null(trading_floor_tagged(f.floor, f.b, "two"));
	assert_null(trading_floor_tagged(f.floor, f.b, ""));
	assert_int_equal(trading_floor_next_order(f.floor, f.a, UINT64_MAX), 4);
	assert_int_equal(trading_floor_next_order(f.floor, f.a, 4), 3);
	assert_int_equal(trading_floor_next_order(f.floor, f.a, 3), 1);
	assert_int_equal(trading_floor_next_order(f.floor, f.a, 1), 0);
}

static void what_the_rules_refuse_is_refused_at_once_if_asked(void **state)
{
	(void)state;
	struct order_request request = {.instrument = f.btc,
					.side = SIDE_BUY,
					.type = ORDER_IOC,
					.quantity = {900000},
					.limit = {600000}};
	char text[96];
	assert_int_equal(trading_floor_judge(f.floor, f.a, &request, text, sizeof(text)),
			 REJECT_MARGIN);
	assert_string_not_equal(text, "");
	const struct floor_order *order = trading_floor_place(f.floor, f.a, &request, "x", true);
	assert_int_equal(order->state, ORDER_STATE_REJECTED);
	assert_int_equal(order->reason, REJECT_MARGIN);
	assert_string_equal(order->text, text);
	floor_fixture_pass(&f, 1000);
	assert_int_equal(f.order_count, 0);
	/* Unasked, the match says it. */
	order = trading_floor_place(f.floor, f.a, &request, "y", false);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_REJECTED);
	assert_int_equal(f.order_count, 1);
	request.instrument = 99;
	assert_null(trading_floor_place(f.floor, f.a, &request, "", false));
}

static void an_order_past_its_fence_is_refused_by_the_venues_clock(void **state)
{
	(void)state;
	struct order_request request = {.instrument = f.btc,
					.side = SIDE_BUY,
					.type = ORDER_IOC,
					.quantity = {1000},
					.limit = {600001},
					.venue_expiry_ns = FLOOR_FIXTURE_START + 299 * NS_PER_MS};
	const struct floor_order *order = trading_floor_place(f.floor, f.a, &request, "", false);
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_REJECTED);
	assert_int_equal(order->reason, REJECT_EXPIRED);
}

static void leverage_is_set_and_bounded(void **state)
{
	(void)state;
	char why[96];
	assert_int_equal(trading_floor_leverage(f.floor, f.a, f.btc), 5);
	assert_true(trading_floor_set_leverage(f.floor, f.a, f.btc, 20, why, sizeof(why)));
	assert_int_equal(trading_floor_leverage(f.floor, f.a, f.btc), 20);
	assert_int_equal(trading_floor_leverage(f.floor, f.b, f.btc), 5);
	assert_false(trading_floor_set_leverage(f.floor, f.a, f.btc, 101, why, sizeof(why)));
	assert_string_not_equal(why, "");
}

static void a_reduce_only_order_is_displayed_with_what_it_can_reduce(void **state)
{
	(void)state;
	place(f.a, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	const struct floor_order *order =
		floor_fixture_reduce(&f, f.a, ORDER_POST_ONLY, SIDE_SELL, "3", "60000.3");
	floor_fixture_pass(&f, 300);
	assert_true(order->resting);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x2 60000.3x1 60000.5x5");
	floor_fixture_reduce(&f, f.a, ORDER_MARKET, SIDE_SELL, "1", NULL);
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "1");
}

int main(void)
{
#define FLOOR_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		FLOOR_TEST(an_order_is_matched_after_the_venues_delay),
		FLOOR_TEST(
			what_a_taker_took_is_gone_for_everybody_until_the_feed_changes_the_level),
		FLOOR_TEST(a_takers_fill_is_a_public_trade_with_the_same_number),
		FLOOR_TEST(a_resting_order_is_displayed_and_fills_behind_the_queue),
		FLOOR_TEST(two_accounts_trade_with_each_other),
		FLOOR_TEST(an_account_inside_the_spread_is_met_first_by_another),
		FLOOR_TEST(a_post_only_order_that_meets_another_account_is_refused),
		FLOOR_TEST(own_resting_orders_give_way_to_an_own_taker),
		FLOOR_TEST(an_order_that_the_market_comes_to_cross_fills_at_its_own_price),
		FLOOR_TEST(a_cancel_acts_after_its_delay),
		FLOOR_TEST(a_cancel_may_overtake_the_match),
		FLOOR_TEST(cancel_all_takes_the_account_and_the_market),
		FLOOR_TEST(the_dead_mans_switch_cancels_at_its_time),
		FLOOR_TEST(an_order_ends_at_its_expiry),
		FLOOR_TEST(orders_are_found_by_tag_and_listed_newest_first),
		FLOOR_TEST(what_the_rules_refuse_is_refused_at_once_if_asked),
		FLOOR_TEST(an_order_past_its_fence_is_refused_by_the_venues_clock),
		FLOOR_TEST(leverage_is_set_and_bounded),
		FLOOR_TEST(a_reduce_only_order_is_displayed_with_what_it_can_reduce),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
