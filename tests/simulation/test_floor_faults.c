/* The testnet's floor: faults that act where orders are matched and books are shown. */
#include "core/base/utc.h"
#include "tests/support/floor_fixture.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define WHOLE "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5"

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

static const struct floor_order *buy(enum order_type type, const char *quantity, const char *limit)
{
	return floor_fixture_place(&f, f.a, type, SIDE_BUY, quantity, limit, "tag");
}

static void a_delayed_order_executes_late(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ord.delay_ms=15000,nth=2");
	const struct floor_order *first = buy(ORDER_IOC, "0.1", "60000.1");
	const struct floor_order *second = buy(ORDER_IOC, "0.1", "60000.1");
	floor_fixture_pass(&f, 14999);
	assert_int_equal(first->state, ORDER_STATE_FILLED);
	assert_int_equal(second->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 1);
	assert_int_equal(second->state, ORDER_STATE_FILLED);
}

static void an_ioc_finds_a_part_only(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ioc.fill_pct=40,count=1");
	const struct floor_order *order = buy(ORDER_IOC, "2.5", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_int_equal(order->executed.units, 1000);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x2 60000.5x5");
	floor_fixture_fault(&f, "ioc.fill_pct=0,count=1");
	order = buy(ORDER_IOC, "1", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_int_equal(order->executed.units, 0);
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 | 60000.2x2 60000.5x5");
	order = buy(ORDER_IOC, "1", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_FILLED);
}

static void a_part_may_be_below_every_minimum(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ioc.fill_pct=1");
	const struct floor_order *order = buy(ORDER_IOC, "0.15", "60000.2");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->executed.units, 1);
}

static void an_acknowledged_order_is_refused_or_vanishes(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ord.ack_then=reject,nth=1");
	floor_fixture_fault(&f, "ord.ack_then=silence,nth=2");
	const struct floor_order *refused = buy(ORDER_IOC, "1", "60000.1");
	uint64_t vanished = buy(ORDER_IOC, "1", "60000.1")->number;
	assert_null(trading_floor_order(f.floor, vanished));
	assert_int_equal(trading_floor_tagged(f.floor, f.a, "tag")->number, refused->number);
	assert_int_equal(trading_floor_next_order(f.floor, f.a, UINT64_MAX), refused->number);
	assert_false(trading_floor_cancel(f.floor, vanished));
	floor_fixture_pass(&f, 60000);
	assert_int_equal(refused->state, ORDER_STATE_REJECTED);
	assert_int_equal(f.order_count, 1);
	assert_int_equal(f.fill_count, 0);
	floor_fixture_fault(&f, "lt.silent_drop");
	assert_null(trading_floor_order(f.floor, buy(ORDER_IOC, "1", "60000.1")->number));
}

static void a_stuck_order_waits_for_its_cancel(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ord.stuck,count=1");
	const struct floor_order *order = buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 100000);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	assert_true(trading_floor_cancel(f.floor, order->number));
	floor_fixture_pass(&f, 200);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_int_equal(order->executed.units, 0);
}

static void self_trade_prevention_cancels_without_a_fill(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ord.stp");
	const struct floor_order *order = buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
	assert_string_equal(order->text, "self-trade prevention");
}

static void a_reduce_only_order_can_be_refused_at_the_match(void **state)
{
	(void)state;
	buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	floor_fixture_fault(&f, "ro.reject,count=1");
	const struct floor_order *order =
		floor_fixture_reduce(&f, f.a, ORDER_IOC, SIDE_SELL, "1", "60000.0");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_REJECTED);
	assert_int_equal(order->reason, REJECT_REDUCE_ONLY);
	order = floor_fixture_reduce(&f, f.a, ORDER_IOC, SIDE_SELL, "1", "60000.0");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_FILLED);
}

static void a_cancel_races_a_fill(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "cxl.fill_race=30,count=1");
	const struct floor_order *part = buy(ORDER_LIMIT, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	trading_floor_cancel(f.floor, part->number);
	floor_fixture_pass(&f, 200);
	assert_int_equal(part->state, ORDER_STATE_CANCELLED);
	assert_int_equal(part->executed.units, 300);
	assert_int_equal(f.fills[0].price.units, 599990);
	floor_fixture_fault(&f, "cxl.fill_race=100,count=1");
	const struct floor_order *whole = buy(ORDER_LIMIT, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	trading_floor_cancel(f.floor, whole->number);
	floor_fixture_pass(&f, 200);
	assert_int_equal(whole->state, ORDER_STATE_FILLED);
	floor_fixture_expect_book(&f, WHOLE);
}

static void a_cancel_can_be_slow(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "cxl.delay_ms=5000");
	const struct floor_order *order = buy(ORDER_LIMIT, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	trading_floor_cancel(f.floor, order->number);
	floor_fixture_pass(&f, 4999);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 1);
	assert_int_equal(order->state, ORDER_STATE_CANCELLED);
}

static void the_book_can_be_empty_crossed_or_gapped_and_comes_back(void **state)
{
	(void)state;
	floor_fixture_level(&f, SIDE_BUY, "57000.0", "9");
	floor_fixture_fault(&f, "book=empty,to_ms=1000");
	floor_fixture_fault(&f, "book=cross,from_ms=1000,to_ms=2000");
	floor_fixture_fault(&f, "book=gap,from_ms=2000,to_ms=3000");
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.1");
	floor_fixture_expect_book(&f, "|");
	const struct floor_order *order = buy(ORDER_IOC, "1", "60000.2");
	floor_fixture_pass(&f, 1000);
	assert_int_equal(order->executed.units, 0);
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.2");
	floor_fixture_expect_book(&f, "60000.2x2 60000.1x3 57000.2x9 | 60000.1x1.2 60000.2x2 "
				      "60000.5x5");
	floor_fixture_pass(&f, 1000);
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.3");
	floor_fixture_expect_book(&f, "57000.0x9 |");
	floor_fixture_pass(&f, 1000);
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.4");
	floor_fixture_expect_book(&f, "60000.0x2 59999.9x3 57000.0x9 | 60000.1x1.4 60000.2x2 "
				      "60000.5x5");
}

static void own_orders_stay_displayed_in_an_empty_book(void **state)
{
	(void)state;
	buy(ORDER_LIMIT, "1", "59999.0");
	floor_fixture_pass(&f, 300);
	floor_fixture_fault(&f, "book=empty");
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "1.1");
	floor_fixture_expect_book(&f, "59999.0x1 |");
}

static void somebody_else_trades_on_the_account(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "pos.foreign=-0.25,symbol=BTC");
	floor_fixture_mark(&f, "60000");
	floor_fixture_mark(&f, "60000");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "-0.25");
	floor_fixture_expect_position(&f, f.b, "0");
	assert_string_equal(f.orders[0].tag, "");
}

static void a_venue_that_is_down_matches_when_it_is_back(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "venue.down_ms=5000,from_ms=1000");
	assert_false(trading_floor_down(f.floor));
	floor_fixture_pass(&f, 900);
	const struct floor_order *order = buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 5000);
	assert_true(trading_floor_down(f.floor));
	assert_int_equal(order->state, ORDER_STATE_OPEN);
	floor_fixture_pass(&f, 200);
	assert_false(trading_floor_down(f.floor));
	assert_int_equal(order->state, ORDER_STATE_FILLED);
}

static void a_market_can_become_reduce_only(void **state)
{
	(void)state;
	buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	floor_fixture_fault(&f, "sym.status=reduce-only,symbol=BTC");
	floor_fixture_mark(&f, "60000");
	const struct floor_order *opening = buy(ORDER_IOC, "1", "60000.2");
	const struct floor_order *closing =
		floor_fixture_reduce(&f, f.a, ORDER_IOC, SIDE_SELL, "1", "60000.0");
	floor_fixture_pass(&f, 300);
	assert_int_equal(opening->state, ORDER_STATE_REJECTED);
	assert_int_equal(opening->reason, REJECT_MARKET_STATUS);
	assert_int_equal(closing->state, ORDER_STATE_FILLED);
}

static void faults_choose_by_side_and_kind(void **state)
{
	(void)state;
	floor_fixture_fault(&f, "ord.stuck,side=sell");
	floor_fixture_fault(&f, "ord.stuck,kind=unwind");
	const struct floor_order *order = buy(ORDER_IOC, "1", "60000.1");
	floor_fixture_pass(&f, 300);
	assert_int_equal(order->state, ORDER_STATE_FILLED);
	order = floor_fixture_reduce(&f, f.a, ORDER_IOC, SIDE_SELL, "1", "60000.0");
	floor_fixture_pass(&f, 1000);
	assert_int_equal(order->state, ORDER_STATE_OPEN);
}

int main(void)
{
#define FLOOR_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		FLOOR_TEST(a_delayed_order_executes_late),
		FLOOR_TEST(an_ioc_finds_a_part_only),
		FLOOR_TEST(a_part_may_be_below_every_minimum),
		FLOOR_TEST(an_acknowledged_order_is_refused_or_vanishes),
		FLOOR_TEST(a_stuck_order_waits_for_its_cancel),
		FLOOR_TEST(self_trade_prevention_cancels_without_a_fill),
		FLOOR_TEST(a_reduce_only_order_can_be_refused_at_the_match),
		FLOOR_TEST(a_cancel_races_a_fill),
		FLOOR_TEST(a_cancel_can_be_slow),
		FLOOR_TEST(the_book_can_be_empty_crossed_or_gapped_and_comes_back),
		FLOOR_TEST(own_orders_stay_displayed_in_an_empty_book),
		FLOOR_TEST(somebody_else_trades_on_the_account),
		FLOOR_TEST(a_venue_that_is_down_matches_when_it_is_back),
		FLOOR_TEST(a_market_can_become_reduce_only),
		FLOOR_TEST(faults_choose_by_side_and_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
