/* The simulated account: postings, carried cost, margin, liquidation, and the ledger's second
 * opinion. */
#include "core/base/decimal.h"
#include "core/market/ledger.h"
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

static void ioc(instrument_id id, enum side side, const char *quantity, const char *limit)
{
	struct simulated_answer answer =
		venue_fixture_place(&f, id, ORDER_IOC, side, quantity, limit);
	if (!answer.accepted)
		fail_msg("%s", answer.text);
}

/* All that was said so far, booked by the other arithmetic, gives the same balances. */
static void expect_ledger_to_agree(void)
{
	struct error err = {0};
	struct ledger *ledger = ledger_create(f.market.instruments);
	ledger_book_transfer(ledger, f.market.venue, f.market.usdt, market_fixture_money("1000000"),
			     FIXTURE_START, &err);
	ledger_book_transfer(ledger, f.market.venue, f.market.btc, market_fixture_money("100"),
			     FIXTURE_START, &err);
	for (size_t i = 0; i < f.event_count; i++)
		if (f.events[i].kind == ACCOUNT_FILL &&
		    !ledger_book_fill(ledger, &f.events[i], 0, &err))
			fail_msg("%s", err.text);
	asset_id assets[] = {f.market.usdt, f.market.btc};
	for (size_t i = 0; i < 2; i++)
		assert_true(ledger_balance_change(ledger, f.market.venue, assets[i]).e18 ==
			    simulated_venue_balance(f.venue, assets[i]).e18);
	instrument_id ids[] = {f.market.linear, f.market.inverse, f.market.spot};
	for (size_t i = 0; i < 3; i++) {
		struct position_value position = simulated_venue_position(f.venue, ids[i]);
		struct ledger_position booked = ledger_position(ledger, ids[i]);
		assert_int_equal(position.quantity.units, booked.quantity.units);
		assert_true(position.cost.e18 == booked.cost.e18);
	}
	for (size_t i = 0; i < ledger_line_count(ledger); i++)
		assert_int_not_equal(ledger_line_at(ledger, i)->kind, LEDGER_FEE_CORRECTION);
	ledger_free(ledger);
}

static void linear_round_trip_posts_pnl_and_both_fees(void **state)
{
	(void)state;
	ioc(f.market.linear, SIDE_BUY, "1", "60000.1");
	venue_fixture_expect_balance(&f, f.market.usdt, "999969.99995");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.linear).cost,
				   "60000.1");
	ioc(f.market.linear, SIDE_SELL, "1", "60000.0");
	/* -0.1 P&L, fees 30.00005 and 30. */
	venue_fixture_expect_balance(&f, f.market.usdt, "999939.89995");
	venue_fixture_expect_position(&f, f.market.linear, "0");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.linear).cost, "0");
	expect_ledger_to_agree();
}

static void a_partial_close_releases_cost_in_proportion(void **state)
{
	(void)state;
	ioc(f.market.linear, SIDE_BUY, "3", "60000.2"); /* 60000.1 + 2 x 60000.2 */
	ioc(f.market.linear, SIDE_SELL, "1", "60000.0");
	/* Cost 180000.5, released a third of it, half-even at 18 decimals. */
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.linear).cost,
				   "120000.333333333333333333");
	ioc(f.market.linear, SIDE_SELL, "2", "59999.9");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.linear).cost, "0");
	expect_ledger_to_agree();
}

static void a_flip_closes_then_opens_at_the_fill_price(void **state)
{
	(void)state;
	ioc(f.market.linear, SIDE_BUY, "1", "60000.1");
	ioc(f.market.linear, SIDE_SELL, "1.5", "60000.0");
	venue_fixture_expect_position(&f, f.market.linear, "-0.5");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.linear).cost,
				   "-30000");
	/* Fees 30.00005 + 45, P&L -0.1. */
	venue_fixture_expect_balance(&f, f.market.usdt, "999924.89995");
	ioc(f.market.linear, SIDE_BUY, "2", "60000.5");
	venue_fixture_expect_position(&f, f.market.linear, "1.5");
	expect_ledger_to_agree();
}

static void inverse_pnl_and_fees_are_in_coin(void **state)
{
	(void)state;
	market_fixture_book(&f.market, f.market.inverse, "50000.0x999 | 50000.1x999");
	ioc(f.market.inverse, SIDE_BUY, "500", "50000.1");
	market_fixture_book(&f.market, f.market.inverse, "55000.0x999 | 55000.1x999");
	ioc(f.market.inverse, SIDE_SELL, "500", "55000.0");
	/*
	 * 50000 USD: 50000/50000.1 = 0.999998000003999992 in, 50000/55000 = 0.909090909090909091
	 * out: P&L 0.09090709 (0.090907090913090901), fees 0.00050000 (0.000499999000002) and
	 * 0.00045455 (0.000454545454545).
	 */
	venue_fixture_expect_balance(&f, f.market.btc, "100.08995254");
	venue_fixture_expect_balance(&f, f.market.usdt, "1000000");
	expect_ledger_to_agree();
}

static void an_inverse_short_loses_coin_as_the_price_rises(void **state)
{
	(void)state;
	market_fixture_book(&f.market, f.market.inverse, "50000.0x999 | 50000.1x999");
	ioc(f.market.inverse, SIDE_SELL, "500", "50000.0");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.inverse).cost, "-1");
	market_fixture_book(&f.market, f.market.inverse, "62499.9x999 | 62500.0x999");
	ioc(f.market.inverse, SIDE_BUY, "750", "62500.0");
	/* -1 + 0.8 P&L; fees 0.0005, 0.0006; 250 contracts long at 62500. */
	venue_fixture_expect_balance(&f, f.market.btc, "99.7989");
	venue_fixture_expect_money(simulated_venue_position(f.venue, f.market.inverse).cost, "0.4");
	expect_ledger_to_agree();
}

static void spot_buy_takes_its_fee_in_base(void **state)
{
	(void)state;
	market_fixture_book(&f.market, f.market.spot, "61640.20x1 | 61832.40x1");
	ioc(f.market.spot, SIDE_BUY, "0.162", "61832.40");
	venue_fixture_expect_balance(&f, f.market.usdt, "989983.1512");
	venue_fixture_expect_balance(&f, f.market.btc, "100.161919");
	venue_fixture_expect_position(&f, f.market.spot, "0.161919");
	venue_fixture_expect_money(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.fee,
				   "0.000081");
	assert_int_equal(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.fee_asset, f.market.btc);
	ioc(f.market.spot, SIDE_SELL, "0.16191", "61640.20");
	venue_fixture_expect_position(&f, f.market.spot, "0.000009");
	/* 9980.164782 (0.16191 x 61640.20) - fee 4.990082391, posted 4.99008239. */
	venue_fixture_expect_balance(&f, f.market.usdt, "999958.32589961");
	assert_int_equal(venue_fixture_event(&f, ACCOUNT_FILL, 1)->u.fill.fee_asset, f.market.usdt);
	expect_ledger_to_agree();
}

static void a_maker_rebate_is_received(void **state)
{
	(void)state;
	struct instrument_revision terms = market_fixture_terms(&f.market, f.market.linear);
	terms.fees.maker.e18 = -RATE_ONE / 10000;
	market_fixture_revise(&f.market, terms, f.market.linear);
	venue_fixture_place(&f, f.market.linear, ORDER_LIMIT, SIDE_BUY, "1", "59000");
	market_fixture_trade(&f.market, f.market.linear, SIDE_SELL, "58000", "1");
	venue_fixture_expect_balance(&f, f.market.usdt, "1000005.9");
	venue_fixture_expect_money(venue_fixture_event(&f, ACCOUNT_FILL, 0)->u.fill.fee, "-5.9");
	expect_ledger_to_agree();
}

static void coarse_assets_post_at_their_own_unit(void **state)
{
	(void)state;
	assert_true(instrument_table_set_posting_decimals(f.market.instruments, f.market.usdt, 2));
	ioc(f.market.linear, SIDE_BUY, "0.123", "60000.1");
	/* Fee 3.69000615 posts as 3.69. */
	venue_fixture_expect_balance(&f, f.market.usdt, "999996.31");
	expect_ledger_to_agree();
}

static void available_counts_unrealised_pnl_and_initial_margin(void **state)
{
	(void)state;
	ioc(f.market.linear, SIDE_BUY, "3", "60000.2");
	market_fixture_mark(&f.market, f.market.linear, "61000", FIXTURE_START);
	/* Balance 999909.99975; unrealised 183000 - 180000.5; margin 180000.5 / 3. */
	venue_fixture_expect_money(simulated_venue_available(f.venue, f.market.usdt),
				   "942909.333083333333333333");
	/* A resting buy at 58000 is margined at the higher mark; sells that only close are not. */
	venue_fixture_place(&f, f.market.linear, ORDER_LIMIT, SIDE_BUY, "3", "58000");
	venue_fixture_place(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "3", "62000");
	venue_fixture_expect_money(simulated_venue_available(f.venue, f.market.usdt),
				   "881909.333083333333333333");
}

static void closing_orders_need_no_margin(void **state)
{
	(void)state;
	market_fixture_book(&f.market, f.market.linear, "60000.0x90 | 60000.1x90");
	ioc(f.market.linear, SIDE_BUY, "49", "60000.1");
	assert_int_equal(
		venue_fixture_place(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "5", "60000.1")
			.reason,
		REJECT_MARGIN);
	ioc(f.market.linear, SIDE_SELL, "49", "60000.0");
}

static void a_flip_needs_margin_for_what_it_opens_less_what_it_frees(void **state)
{
	(void)state;
	market_fixture_book(&f.market, f.market.linear, "60000.0x190 | 60000.1x190");
	ioc(f.market.linear, SIDE_BUY, "40", "60000.1");
	assert_int_equal(
		venue_fixture_place(&f, f.market.linear, ORDER_IOC, SIDE_SELL, "95", "60000.0")
			.reason,
		REJECT_MARGIN);
	ioc(f.market.linear, SIDE_SELL, "80", "60000.0");
	venue_fixture_expect_position(&f, f.market.linear, "-40");
}

/* Moves at 3x, 0.4 % maintenance, collateral of a third of the notional, in 0.1 %. */
static void expect_liquidation_move(instrument_id id, enum side side, const char *quantity,
				    const char *deposit, asset_id asset, int64_t per_mille)
{
	struct money all = simulated_venue_balance(f.venue, asset);
	struct instrument_revision terms = market_fixture_terms(&f.market, id);
	terms.fees = (struct fee_terms){0};
	market_fixture_revise(&f.market, terms, id);
	market_fixture_book(&f.market, id, "50000.0x9999 | 50000.1x9999");
	ioc(id, side, quantity, side == SIDE_BUY ? "50000.1" : "50000.0");
	struct money rest;
	assert_true(money_sub(market_fixture_money(deposit), all, &rest));
	assert_true(simulated_venue_deposit(f.venue, asset, rest, f.market.now_ns));
	struct position_value position = simulated_venue_position(f.venue, id);
	assert_true(position.liquidation_known);
	i128 entry = side == SIDE_BUY ? market_fixture_money("50000.1").e18
				      : market_fixture_money("50000").e18;
	i128 move;
	assert_true(mul_div(position.liquidation_price.e18 - entry, 1000, entry, ROUND_HALF_EVEN,
			    &move));
	assert_int_equal((int64_t)move, per_mille);
}

static void liquidation_price_of_a_linear_long_is_33_1_percent_below(void **state)
{
	(void)state;
	expect_liquidation_move(f.market.linear, SIDE_BUY, "3", "50000.1", f.market.usdt, -331);
}

static void liquidation_price_of_a_linear_short_is_32_8_percent_above(void **state)
{
	(void)state;
	expect_liquidation_move(f.market.linear, SIDE_SELL, "3", "50000", f.market.usdt, 328);
}

static void liquidation_price_of_an_inverse_long_is_24_7_percent_below(void **state)
{
	(void)state;
	expect_liquidation_move(f.market.inverse, SIDE_BUY, "1500", "0.999998", f.market.btc, -247);
}

static void liquidation_price_of_an_inverse_short_is_49_4_percent_above(void **state)
{
	(void)state;
	expect_liquidation_move(f.market.inverse, SIDE_SELL, "1500", "1", f.market.btc, 494);
}

static void a_position_that_nothing_can_liquidate_has_no_liquidation_price(void **state)
{
	(void)state;
	ioc(f.market.linear, SIDE_BUY, "1", "60000.1");
	assert_false(simulated_venue_position(f.venue, f.market.linear).liquidation_known);
	ioc(f.market.spot, SIDE_BUY, "1", "60000.1");
	assert_false(simulated_venue_position(f.venue, f.market.spot).liquidation_known);
}

/* 3 BTC long at 60000.1 and 60000.2 with about 60,000 USDT. */
static void open_with_little_collateral(void)
{
	assert_true(simulated_venue_deposit(f.venue, f.market.usdt, market_fixture_money("-939800"),
					    f.market.now_ns));
	ioc(f.market.linear, SIDE_BUY, "3", "60000.2");
	assert_true(venue_fixture_place(&f, f.market.linear, ORDER_LIMIT, SIDE_SELL, "1", "70000")
			    .accepted);
	venue_fixture_forget(&f);
}

static void the_venue_liquidates_at_the_mark_after_cancelling_orders(void **state)
{
	(void)state;
	open_with_little_collateral();
	struct money before = simulated_venue_balance(f.venue, f.market.usdt);
	struct money threshold =
		simulated_venue_position(f.venue, f.market.linear).liquidation_price;
	char above[DECIMAL_TEXT_MAX];
	money_format((struct money){threshold.e18 + 1000000}, above, sizeof(above));
	market_fixture_mark(&f.market, f.market.linear, above, FIXTURE_START);
	assert_int_equal(f.event_count, 0);
	market_fixture_mark(&f.market, f.market.linear, "40000.05", FIXTURE_START);
	assert_int_equal(f.events[0].kind, ACCOUNT_ORDER);
	assert_int_equal(f.events[0].u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(f.events[1].kind, ACCOUNT_LIQUIDATION);
	assert_int_equal(f.events[1].u.liquidation.quantity.units, -3000);
	venue_fixture_expect_money(f.events[1].u.liquidation.mark, "40000.05");
	/* The mark lies between two ticks: the worse one, taker fee, nobody's order. */
	venue_fixture_expect_fill(&f, 0, SIDE_SELL, "3", "40000.0");
	const struct account_event *fill = venue_fixture_event(&f, ACCOUNT_FILL, 0);
	assert_int_equal(fill->u.fill.client_id, 0);
	venue_fixture_expect_money(fill->u.fill.fee, "60");
	venue_fixture_expect_position(&f, f.market.linear, "0");
	struct money after = simulated_venue_balance(f.venue, f.market.usdt);
	venue_fixture_expect_money((struct money){before.e18 - after.e18}, "60060.5");
	assert_int_equal(simulated_venue_statistics(f.venue)->liquidations, 1);
}

static void without_any_mark_the_mid_liquidates(void **state)
{
	(void)state;
	open_with_little_collateral();
	market_fixture_book(&f.market, f.market.linear, "45000.0x9 | 45000.1x9");
	assert_int_equal(venue_fixture_count(&f, ACCOUNT_LIQUIDATION), 0);
	market_fixture_gap(&f.market, f.market.linear);
	market_fixture_diff(&f.market, f.market.linear, "45000.0x0 | 39000.0x9");
	assert_int_equal(venue_fixture_count(&f, ACCOUNT_LIQUIDATION), 0);
	market_fixture_book(&f.market, f.market.linear, "40000.0x9 | 40000.1x9");
	assert_int_equal(venue_fixture_count(&f, ACCOUNT_LIQUIDATION), 1);
	venue_fixture_expect_position(&f, f.market.linear, "0");
}

static void where_a_mark_is_known_the_mid_liquidates_nothing(void **state)
{
	(void)state;
	open_with_little_collateral();
	market_fixture_mark(&f.market, f.market.linear, "60000", FIXTURE_START);
	market_fixture_book(&f.market, f.market.linear, "30000.0x9 | 30000.1x9");
	venue_fixture_expect_position(&f, f.market.linear, "3");
}

static void an_inverse_short_is_liquidated_on_the_way_up(void **state)
{
	(void)state;
	assert_true(simulated_venue_deposit(f.venue, f.market.btc, market_fixture_money("-99"),
					    f.market.now_ns));
	market_fixture_book(&f.market, f.market.inverse, "50000.0x9999 | 50000.1x9999");
	ioc(f.market.inverse, SIDE_SELL, "1490", "50000.0");
	market_fixture_mark(&f.market, f.market.inverse, "74000", FIXTURE_START);
	venue_fixture_expect_position(&f, f.market.inverse, "-1490");
	market_fixture_mark(&f.market, f.market.inverse, "76000", FIXTURE_START);
	venue_fixture_expect_position(&f, f.market.inverse, "0");
	assert_true(simulated_venue_balance(f.venue, f.market.btc).e18 < MONEY_ONE / 10);
	venue_fixture_expect_balance(&f, f.market.usdt, "1000000");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(linear_round_trip_posts_pnl_and_both_fees),
		T(a_partial_close_releases_cost_in_proportion),
		T(a_flip_closes_then_opens_at_the_fill_price),
		T(inverse_pnl_and_fees_are_in_coin),
		T(an_inverse_short_loses_coin_as_the_price_rises),
		T(spot_buy_takes_its_fee_in_base),
		T(a_maker_rebate_is_received),
		T(coarse_assets_post_at_their_own_unit),
		T(available_counts_unrealised_pnl_and_initial_margin),
		T(closing_orders_need_no_margin),
		T(a_flip_needs_margin_for_what_it_opens_less_what_it_frees),
		T(liquidation_price_of_a_linear_long_is_33_1_percent_below),
		T(liquidation_price_of_a_linear_short_is_32_8_percent_above),
		T(liquidation_price_of_an_inverse_long_is_24_7_percent_below),
		T(liquidation_price_of_an_inverse_short_is_49_4_percent_above),
		T(a_position_that_nothing_can_liquidate_has_no_liquidation_price),
		T(the_venue_liquidates_at_the_mark_after_cancelling_orders),
		T(without_any_mark_the_mid_liquidates),
		T(where_a_mark_is_known_the_mid_liquidates_nothing),
		T(an_inverse_short_is_liquidated_on_the_way_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
