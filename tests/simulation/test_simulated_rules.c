/* Everything the simulated venue refuses, by name, with the number and the limit. */
#include "tests/support/venue_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct venue_fixture f;
static struct instrument_revision terms;

static int open_fixture(void **state)
{
	(void)state;
	venue_fixture_open(&f);
	terms = market_fixture_terms(&f.market, f.market.linear);
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	venue_fixture_close(&f);
	return 0;
}

static void revise(void)
{
	market_fixture_revise(&f.market, terms, f.market.linear);
}

/* The order is refused for that reason with those words, and leaves no trace but its record. */
static void expect_refusal(struct simulated_answer answer, enum reject_reason reason,
			   const char *text)
{
	assert_false(answer.accepted);
	assert_string_equal(reject_reason_text(answer.reason), reject_reason_text(reason));
	assert_string_equal(answer.text, text);
	assert_int_equal(venue_fixture_count(&f, ACCOUNT_FILL), 0);
	assert_int_equal(simulated_venue_open_orders(f.venue, 0, f.events + 100, 1), 0);
	const struct simulated_statistics *statistics = simulated_venue_statistics(f.venue);
	assert_int_equal(statistics->rejects_by_reason[reason], 1);
	assert_int_equal(statistics->rejected, 1);
}

static struct simulated_answer buy(enum order_type type, const char *quantity, const char *limit)
{
	return venue_fixture_place(&f, f.market.linear, type, SIDE_BUY, quantity, limit);
}

static void tick(void **state)
{
	(void)state;
	terms.rules.tick.units = 5;
	revise();
	expect_refusal(buy(ORDER_IOC, "1", "60000.3"), REJECT_TICK,
		       "price 60000.3 is not a multiple of the tick 0.5");
	venue_fixture_expect_order(&f, ORDER_STATE_REJECTED, REJECT_TICK, "0");
}

static void significant_figures(void **state)
{
	(void)state;
	terms.rules.significant_figures = 5;
	revise();
	expect_refusal(buy(ORDER_IOC, "1", "60000.1"), REJECT_TICK,
		       "price 60000.1 has 6 significant figures, limit 5");
	assert_true(buy(ORDER_IOC, "1", "60000").accepted);
	assert_true(buy(ORDER_IOC, "1", "100010").accepted);
}

static void whole_prices_may_have_more_figures_where_the_venue_says_so(void **state)
{
	(void)state;
	terms.rules.significant_figures = 4;
	revise();
	assert_false(buy(ORDER_IOC, "0.1", "60001").accepted);
	terms.rules.integer_prices_always = true;
	revise();
	assert_true(buy(ORDER_IOC, "0.1", "60001").accepted);
	assert_false(buy(ORDER_IOC, "0.1", "60001.5").accepted);
}

static void lot(void **state)
{
	(void)state;
	terms.rules.lot.units = 10;
	revise();
	expect_refusal(buy(ORDER_IOC, "1.005", "60000.1"), REJECT_LOT,
		       "quantity 1.005 is not a multiple of the lot 0.01");
}

static void minimum_quantity(void **state)
{
	(void)state;
	terms.rules.minimum_quantity.units = 100;
	revise();
	expect_refusal(buy(ORDER_IOC, "0.099", "60000.1"), REJECT_MINIMUM_QUANTITY,
		       "quantity 0.099, minimum 0.1");
	assert_true(buy(ORDER_IOC, "0.1", "60000.1").accepted);
}

static void maximum_quantity(void **state)
{
	(void)state;
	terms.rules.maximum_quantity.units = 2000;
	revise();
	expect_refusal(buy(ORDER_IOC, "2.001", "60000.1"), REJECT_MAXIMUM_QUANTITY,
		       "quantity 2.001, maximum 2");
	assert_true(buy(ORDER_IOC, "2", "60000.1").accepted);
}

static void minimum_notional(void **state)
{
	(void)state;
	terms.rules.minimum_notional = market_fixture_money("100");
	revise();
	expect_refusal(buy(ORDER_IOC, "0.001", "60000.1"), REJECT_MINIMUM_NOTIONAL,
		       "notional 60.0001, minimum 100");
	assert_true(buy(ORDER_IOC, "0.002", "60000.1").accepted);
}

static void minimum_notional_does_not_bind_reduce_only(void **state)
{
	(void)state;
	assert_true(buy(ORDER_IOC, "0.001", "60000.1").accepted);
	terms.rules.minimum_notional = market_fixture_money("100");
	revise();
	assert_true(
		venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "0.001", "60000.0")
			.accepted);
	venue_fixture_expect_position(&f, f.market.linear, "0");
}

static void minimum_notional_of_an_inverse_contract_is_its_face_value(void **state)
{
	(void)state;
	terms = market_fixture_terms(&f.market, f.market.inverse);
	terms.rules.minimum_notional = market_fixture_money("300");
	market_fixture_revise(&f.market, terms, f.market.inverse);
	expect_refusal(
		venue_fixture_place(&f, f.market.inverse, ORDER_IOC, SIDE_BUY, "2", "60000.1"),
		REJECT_MINIMUM_NOTIONAL, "notional 200, minimum 300");
	assert_true(venue_fixture_place(&f, f.market.inverse, ORDER_IOC, SIDE_BUY, "3", "60000.1")
			    .accepted);
}

static void price_band(void **state)
{
	(void)state;
	terms.rules.price_band.e18 = RATE_ONE / 100;
	revise();
	/* Without a mark there is nothing to measure from. */
	assert_true(buy(ORDER_LIMIT, "0.001", "100").accepted);
	simulated_venue_cancel_all(f.venue, 0, f.market.now_ns);
	market_fixture_mark(&f.market, f.market.linear, "60000", FIXTURE_START);
	expect_refusal(buy(ORDER_LIMIT, "0.001", "59399.9"), REJECT_PRICE_BAND,
		       "price 59399.9 is outside 0.01 of the mark 60000");
	assert_true(buy(ORDER_LIMIT, "0.001", "59400").accepted);
	assert_false(buy(ORDER_IOC, "0.001", "60600.1").accepted);
}

static void halted_market(void **state)
{
	(void)state;
	terms.rules.status = MARKET_HALTED;
	revise();
	expect_refusal(buy(ORDER_IOC, "1", "60000.1"), REJECT_MARKET_STATUS,
		       "the market is halted");
}

static void delisted_market(void **state)
{
	(void)state;
	terms.rules.status = MARKET_DELISTED;
	revise();
	expect_refusal(buy(ORDER_IOC, "1", "60000.1"), REJECT_MARKET_STATUS,
		       "the market is delisted");
}

static void retired_instrument(void **state)
{
	(void)state;
	instrument_table_retire(f.market.instruments, f.market.linear);
	expect_refusal(buy(ORDER_IOC, "1", "60000.1"), REJECT_MARKET_STATUS,
		       "the instrument is retired");
}

static void reduce_only_market_takes_only_reducing_orders(void **state)
{
	(void)state;
	assert_true(buy(ORDER_IOC, "1", "60000.1").accepted);
	terms.rules.status = MARKET_REDUCE_ONLY;
	revise();
	venue_fixture_forget(&f);
	expect_refusal(buy(ORDER_IOC, "1", "60000.2"), REJECT_MARKET_STATUS,
		       "the market is reduce-only");
	assert_true(venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "1", "60000.0")
			    .accepted);
}

static void post_only_that_would_cross(void **state)
{
	(void)state;
	expect_refusal(buy(ORDER_POST_ONLY, "1", "60000.1"), REJECT_WOULD_CROSS,
		       "post-only buy at 60000.1 would cross 60000.1");
}

static void post_only_sees_the_displayed_touch_even_if_own_fills_took_it(void **state)
{
	(void)state;
	buy(ORDER_IOC, "1", "60000.1");
	assert_int_equal(buy(ORDER_POST_ONLY, "1", "60000.1").reason, REJECT_WOULD_CROSS);
}

static void reduce_only_without_a_position(void **state)
{
	(void)state;
	expect_refusal(venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "1", "1"),
		       REJECT_REDUCE_ONLY, "sell would not reduce the position of 0");
}

static void reduce_only_on_the_side_of_the_position(void **state)
{
	(void)state;
	buy(ORDER_IOC, "1", "60000.1");
	venue_fixture_forget(&f);
	expect_refusal(
		venue_fixture_reduce(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1", "60000.2"),
		REJECT_REDUCE_ONLY, "buy would not reduce the position of 1");
}

static void market_order_that_is_not_reduce_only(void **state)
{
	(void)state;
	expect_refusal(buy(ORDER_MARKET, "1", NULL), REJECT_REDUCE_ONLY,
		       "a market order must be reduce-only");
}

static void margin(void **state)
{
	(void)state;
	/* 100 BTC at 60000.1 / 3 + 5 bp fee = 2,000,003.33 + 3,000.005. */
	expect_refusal(buy(ORDER_LIMIT, "100", "60000.1"), REJECT_MARGIN,
		       "needs 2003003.338333333333333334 USDT, available 1000000");
}

static void spot_sell_beyond_what_is_owned(void **state)
{
	(void)state;
	expect_refusal(
		venue_fixture_place(&f, f.market.spot, ORDER_IOC, SIDE_SELL, "100.00001", "60000"),
		REJECT_NO_SHORT, "needs 100.00001 BTC, available 100");
	assert_true(venue_fixture_place(&f, f.market.spot, ORDER_LIMIT, SIDE_SELL, "100", "61000")
			    .accepted);
	/* What a working order holds back is not there twice. */
	assert_int_equal(
		venue_fixture_place(&f, f.market.spot, ORDER_IOC, SIDE_SELL, "0.00001", "60000")
			.reason,
		REJECT_NO_SHORT);
}

static void spot_buy_beyond_the_quote_balance(void **state)
{
	(void)state;
	expect_refusal(venue_fixture_place(&f, f.market.spot, ORDER_IOC, SIDE_BUY, "17", "60000"),
		       REJECT_MARGIN, "needs 1020000 USDT, available 1000000");
	assert_true(venue_fixture_place(&f, f.market.spot, ORDER_LIMIT, SIDE_BUY, "16", "59000")
			    .accepted);
	assert_int_equal(
		venue_fixture_place(&f, f.market.spot, ORDER_LIMIT, SIDE_BUY, "1", "59000").reason,
		REJECT_MARGIN);
}

static void spot_buy_needs_the_fee_too_where_it_is_taken_in_quote(void **state)
{
	(void)state;
	terms = market_fixture_terms(&f.market, f.market.spot);
	terms.fees.buy_fee_in_base = false;
	market_fixture_revise(&f.market, terms, f.market.spot);
	expect_refusal(venue_fixture_place(&f, f.market.spot, ORDER_IOC, SIDE_BUY, "20", "50000"),
		       REJECT_MARGIN, "needs 1000500 USDT, available 1000000");
}

static void spot_cannot_be_bought_reduce_only(void **state)
{
	(void)state;
	expect_refusal(venue_fixture_reduce(&f, f.market.spot, ORDER_IOC, SIDE_BUY, "1", "60000.1"),
		       REJECT_REDUCE_ONLY, "buy would not reduce the position of 0");
}

static void duplicate_client_id_for_ever(void **state)
{
	(void)state;
	struct order_request request =
		venue_fixture_request(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	assert_true(simulated_venue_place(f.venue, &request, f.market.now_ns).accepted);
	venue_fixture_forget(&f);
	request.instrument = f.market.inverse;
	expect_refusal(simulated_venue_place(f.venue, &request, f.market.now_ns),
		       REJECT_DUPLICATE_ID, "client id 1 was used before");
	/* The first order's record is untouched and nothing was said about the second. */
	assert_int_equal(f.event_count, 0);
	struct account_event order;
	assert_true(simulated_venue_order(f.venue, 1, &order));
	assert_int_equal(order.u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order.instrument, f.market.linear);
}

static void rejected_ids_are_used_up_too(void **state)
{
	(void)state;
	struct order_request request =
		venue_fixture_request(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1000", "60000.1");
	assert_int_equal(simulated_venue_place(f.venue, &request, f.market.now_ns).reason,
			 REJECT_MARGIN);
	request.quantity.units = 1;
	assert_int_equal(simulated_venue_place(f.venue, &request, f.market.now_ns).reason,
			 REJECT_DUPLICATE_ID);
}

static void many_ids_are_remembered(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		struct order_request request = venue_fixture_request(
			&f, f.market.linear, ORDER_POST_ONLY, SIDE_BUY, "1", "60000.1");
		request.client_id = 1 + i * 7919;
		assert_int_equal(simulated_venue_place(f.venue, &request, f.market.now_ns).reason,
				 REJECT_WOULD_CROSS);
		venue_fixture_forget(&f);
	}
	struct account_event order;
	for (uint32_t i = 0; i < 5000; i++)
		assert_true(simulated_venue_order(f.venue, 1 + i * 7919, &order));
	assert_false(simulated_venue_order(f.venue, 2, &order));
}

static void client_id_out_of_range(void **state)
{
	(void)state;
	struct order_request request =
		venue_fixture_request(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	request.client_id = 0;
	expect_refusal(simulated_venue_place(f.venue, &request, f.market.now_ns), REJECT_OTHER,
		       "the client id is not in 1..2^31-1");
}

static void expired_on_arrival_by_the_venues_clock(void **state)
{
	(void)state;
	market_fixture_clock(&f.market, 250000000);
	struct order_request request =
		venue_fixture_request(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	request.venue_expiry_ns = FIXTURE_START + 249000000;
	expect_refusal(simulated_venue_place(f.venue, &request, f.market.now_ns), REJECT_EXPIRED,
		       "expired at 2024-08-08T23:00:00.249Z, arrived at 2024-08-08T23:00:00.250Z");
	request.client_id++;
	request.venue_expiry_ns = FIXTURE_START + 250000000;
	assert_true(simulated_venue_place(f.venue, &request, f.market.now_ns).accepted);
}

static void book_not_synced(void **state)
{
	(void)state;
	market_fixture_gap(&f.market, f.market.linear);
	expect_refusal(buy(ORDER_LIMIT, "1", "59000"), REJECT_NOT_SYNCED,
		       "the order book is not synced");
	assert_int_equal(buy(ORDER_IOC, "1", "60000.1").reason, REJECT_NOT_SYNCED);
	market_fixture_book(&f.market, f.market.linear, "60000.0x2 | 60000.1x1");
	assert_true(buy(ORDER_IOC, "1", "60000.1").accepted);
}

static void foreign_instrument(void **state)
{
	(void)state;
	struct order_request request =
		venue_fixture_request(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "1", "60000.1");
	request.instrument = 99;
	expect_refusal(simulated_venue_place(f.venue, &request, f.market.now_ns), REJECT_NOT_FOUND,
		       "no such instrument at this venue");
}

static void leverage(void **state)
{
	(void)state;
	struct simulated_answer answer =
		simulated_venue_set_leverage(f.venue, f.market.linear, 21, f.market.now_ns);
	assert_int_equal(answer.reason, REJECT_LEVERAGE);
	assert_string_equal(answer.text, "leverage 21, limit 1 to 20");
	assert_int_equal(
		simulated_venue_set_leverage(f.venue, f.market.linear, 0, f.market.now_ns).reason,
		REJECT_LEVERAGE);
	assert_int_equal(
		simulated_venue_set_leverage(f.venue, f.market.spot, 2, f.market.now_ns).reason,
		REJECT_LEVERAGE);
	assert_int_equal(simulated_venue_set_leverage(f.venue, 99, 2, f.market.now_ns).reason,
			 REJECT_NOT_FOUND);
	assert_true(simulated_venue_set_leverage(f.venue, f.market.linear, 20, f.market.now_ns)
			    .accepted);
	assert_int_equal(simulated_venue_position(f.venue, f.market.linear).leverage, 20);
}

static void leverage_cannot_be_lowered_below_what_the_account_can_carry(void **state)
{
	(void)state;
	simulated_venue_set_leverage(f.venue, f.market.linear, 20, f.market.now_ns);
	market_fixture_book(&f.market, f.market.linear, "60000.0x200 | 60000.1x200");
	assert_true(buy(ORDER_IOC, "100", "60000.1").accepted);
	struct simulated_answer answer =
		simulated_venue_set_leverage(f.venue, f.market.linear, 5, f.market.now_ns);
	assert_int_equal(answer.reason, REJECT_MARGIN);
	assert_int_equal(simulated_venue_position(f.venue, f.market.linear).leverage, 20);
	assert_true(simulated_venue_set_leverage(f.venue, f.market.linear, 10, f.market.now_ns)
			    .accepted);
}

static void a_lower_maximum_caps_the_leverage_that_was_set(void **state)
{
	(void)state;
	simulated_venue_set_leverage(f.venue, f.market.linear, 20, f.market.now_ns);
	terms.rules.maximum_leverage = 5;
	revise();
	assert_int_equal(simulated_venue_position(f.venue, f.market.linear).leverage, 5);
}

static void working_orders_are_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++)
		assert_true(buy(ORDER_LIMIT, "0.001", "59000").accepted);
	struct simulated_answer answer = buy(ORDER_LIMIT, "0.001", "59000");
	assert_int_equal(answer.reason, REJECT_RATE_LIMITED);
	assert_string_equal(answer.text, "256 working orders, limit 256");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(tick),
		T(significant_figures),
		T(whole_prices_may_have_more_figures_where_the_venue_says_so),
		T(lot),
		T(minimum_quantity),
		T(maximum_quantity),
		T(minimum_notional),
		T(minimum_notional_does_not_bind_reduce_only),
		T(minimum_notional_of_an_inverse_contract_is_its_face_value),
		T(price_band),
		T(halted_market),
		T(delisted_market),
		T(retired_instrument),
		T(reduce_only_market_takes_only_reducing_orders),
		T(post_only_that_would_cross),
		T(post_only_sees_the_displayed_touch_even_if_own_fills_took_it),
		T(reduce_only_without_a_position),
		T(reduce_only_on_the_side_of_the_position),
		T(market_order_that_is_not_reduce_only),
		T(margin),
		T(spot_sell_beyond_what_is_owned),
		T(spot_buy_beyond_the_quote_balance),
		T(spot_buy_needs_the_fee_too_where_it_is_taken_in_quote),
		T(spot_cannot_be_bought_reduce_only),
		T(duplicate_client_id_for_ever),
		T(rejected_ids_are_used_up_too),
		T(many_ids_are_remembered),
		T(client_id_out_of_range),
		T(expired_on_arrival_by_the_venues_clock),
		T(book_not_synced),
		T(foreign_instrument),
		T(leverage),
		T(leverage_cannot_be_lowered_below_what_the_account_can_carry),
		T(a_lower_maximum_caps_the_leverage_that_was_set),
		T(working_orders_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
