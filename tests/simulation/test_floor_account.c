/* The testnet's floor: funding, what is really paid, liquidation, figures of the account. */
#include "core/base/utc.h"
#include "exchanges/testnet/funding_formula.h"
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

static void buy_one(void)
{
	floor_fixture_place(&f, f.a, ORDER_IOC, SIDE_BUY, "1", "60000.1", "");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "1");
}

/* Crosses the boundary `minute` minutes after the start and tells its rate. */
static void settle(int64_t minute, const char *rate)
{
	int64_t boundary_ns = FLOOR_FIXTURE_START + minute * NS_PER_MINUTE;
	int64_t ms = (boundary_ns - scheduler_now(f.scheduler)) / NS_PER_MS + 50;
	floor_fixture_pass(&f, ms);
	floor_fixture_settle(&f, boundary_ns, rate);
}

static void a_settlement_pays_position_times_price_times_rate(void **state)
{
	(void)state;
	buy_one();
	floor_fixture_mark(&f, "60100.5");
	settle(1, "0.0000125");
	assert_int_equal(f.payment_count, 1);
	const struct floor_payment *paid = &f.payments[0];
	assert_int_equal(paid->position.units, 1000);
	assert_int_equal(paid->boundary_ns, FLOOR_FIXTURE_START + NS_PER_MINUTE);
	assert_money(paid->price, "60100.5");
	assert_money(paid->amount, "-0.751256");
	/* 100000 - 30.00005 of fee - the payment. */
	floor_fixture_expect_balance(&f, f.a, "99969.248694");
	floor_fixture_expect_balance(&f, f.b, "100000");
	assert_int_equal(trading_floor_payment_count(f.floor, f.a), 1);
	assert_int_equal(trading_floor_payment_count(f.floor, f.b), 0);
}

static void the_settled_history_keeps_price_rate_and_premium(void **state)
{
	(void)state;
	trading_floor_set_premium(f.floor, f.btc, FLOOR_FIXTURE_START + NS_PER_MINUTE,
				  rate_of("0.0013"));
	settle(1, "0.0001");
	floor_fixture_mark(&f, "61000");
	settle(2, "-0.00000875");
	settle(3, "0.0000125");
	assert_int_equal(trading_floor_settled_count(f.floor, f.btc), 3);
	const struct floor_settled *first = trading_floor_settled(f.floor, f.btc, 0);
	assert_money(first->price, "60000");
	assert_int_equal(first->premium.e18, rate_of("0.0013").e18);
	const struct floor_settled *second = trading_floor_settled(f.floor, f.btc, 1);
	assert_money(second->price, "61000");
	/* The venue document's own row: -0.00057 gives -0.00000875. */
	assert_int_equal(second->premium.e18, rate_of("-0.00057").e18);
	for (size_t i = 0; i < 3; i++) {
		const struct floor_settled *settled = trading_floor_settled(f.floor, f.btc, i);
		assert_int_equal(funding_rate_of(settled->premium).e18, settled->rate.e18);
	}
	assert_null(trading_floor_settled(f.floor, f.btc, 3));
}

static void a_settlement_told_twice_counts_once(void **state)
{
	(void)state;
	buy_one();
	settle(1, "0.0001");
	floor_fixture_settle(&f, FLOOR_FIXTURE_START + NS_PER_MINUTE, "0.0002");
	assert_int_equal(trading_floor_settled_count(f.floor, f.btc), 1);
	assert_int_equal(f.payment_count, 1);
}

static void what_is_held_at_the_boundary_is_paid_for(void **state)
{
	(void)state;
	/* Arrives before the boundary, is matched after it. */
	floor_fixture_pass(&f, 59800);
	floor_fixture_place(&f, f.a, ORDER_IOC, SIDE_BUY, "1", "60000.1", "");
	settle(1, "0.0001");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "1");
	assert_int_equal(f.payment_count, 0);
	settle(2, "0.0001");
	assert_int_equal(f.payment_count, 1);
}

static void a_pay_knob_scales_what_is_paid_and_not_the_rate(void **state)
{
	(void)state;
	static const struct {
		const char *knob, *amount;
	} CASES[] = {
		/* -60000 x 0.0000125 = -0.75 */
		{"funding.pay=8", "-6"},	  {"funding.pay=1/8", "-0.09375"},
		{"funding.pay=100", "-75"},	  {"funding.pay=1.3", "-0.975"},
		{"funding.pay=-1", "0.75"},	  {"funding.pay=1/3", "-0.25"},
		{"funding.pay=1/7", "-0.107143"}, {"funding.pay=0", "0"},
	};
	buy_one();
	int64_t expected = 0;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct money before = trading_floor_balance(f.floor, f.a).balance;
		fault_plan_clear(f.faults);
		floor_fixture_fault(&f, CASES[i].knob);
		settle((int64_t)i + 1, "0.0000125");
		assert_int_equal(f.payment_count, i + 1);
		assert_money(f.payments[i].amount, CASES[i].amount);
		assert_int_equal(f.payments[i].rate.e18, rate_of("0.0000125").e18);
		struct money after = trading_floor_balance(f.floor, f.a).balance;
		assert_true(after.e18 - before.e18 == f.payments[i].amount.e18);
		expected++;
	}
	assert_int_equal(trading_floor_settled_count(f.floor, f.btc), expected);
}

static void a_pay_knob_of_another_symbol_or_side_does_nothing(void **state)
{
	(void)state;
	buy_one();
	floor_fixture_fault(&f, "funding.pay=8,symbol=ETH");
	floor_fixture_fault(&f, "funding.pay=8,side=sell");
	floor_fixture_fault(&f, "funding.pay=8,venue=elsewhere");
	settle(1, "0.0000125");
	assert_money(f.payments[0].amount, "-0.75");
}

static void an_account_below_maintenance_is_liquidated_at_the_mark(void **state)
{
	(void)state;
	char why[96];
	assert_true(trading_floor_set_leverage(f.floor, f.a, f.btc, 50, why, sizeof(why)));
	floor_fixture_level(&f, SIDE_SELL, "60000.5", "100");
	floor_fixture_place(&f, f.a, ORDER_IOC, SIDE_BUY, "50", "60000.5", "");
	const struct floor_order *resting =
		floor_fixture_place(&f, f.a, ORDER_LIMIT, SIDE_BUY, "0.1", "50000", "");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "50");
	struct floor_position position = trading_floor_position(f.floor, f.a, f.btc);
	assert_true(position.liquidation_known);
	size_t before = f.fill_count;
	/* 100,000 of equity less fees against 50 coins and 2 % of maintenance: about 59,180. */
	assert_true(position.liquidation.e18 > money_of("59200").e18);
	assert_true(position.liquidation.e18 < money_of("59300").e18);
	floor_fixture_mark(&f, "59300");
	assert_int_equal(f.fill_count, before);
	floor_fixture_mark(&f, "59200");
	assert_int_equal(f.fill_count, before + 1);
	const struct floor_fill *fill = &f.fills[before];
	assert_null(fill->order);
	assert_true(fill->liquidation);
	assert_money(fill->mark, "59200");
	assert_int_equal(fill->position_before.units, 50000);
	assert_int_equal(resting->state, ORDER_STATE_CANCELLED);
	floor_fixture_expect_position(&f, f.a, "0");
	floor_fixture_expect_position(&f, f.b, "0");
}

static void adl_closes_a_part_at_the_mark_and_says_so(void **state)
{
	(void)state;
	buy_one();
	floor_fixture_mark(&f, "60500");
	floor_fixture_forget(&f);
	floor_fixture_fault(&f, "adl=0.4,symbol=BTC");
	floor_fixture_mark(&f, "60600");
	floor_fixture_mark(&f, "60700");
	assert_int_equal(f.fill_count, 1);
	const struct floor_fill *fill = &f.fills[0];
	assert_null(fill->order);
	assert_false(fill->liquidation);
	assert_money(fill->mark, "60600");
	assert_int_equal(fill->quantity.units, 400);
	assert_int_equal(fill->side, SIDE_SELL);
	/* (60600 - 60000.1) x 0.4 */
	assert_money(fill->realised, "239.96");
	floor_fixture_expect_position(&f, f.a, "0.6");
}

static void a_fill_tells_position_before_and_realised_profit(void **state)
{
	(void)state;
	buy_one();
	assert_int_equal(f.fills[0].position_before.units, 0);
	assert_money(f.fills[0].realised, "0");
	assert_money(f.fills[0].fee, "30.00005");
	floor_fixture_level(&f, SIDE_BUY, "60100.1", "5");
	floor_fixture_place(&f, f.a, ORDER_IOC, SIDE_SELL, "1.5", "60100.1", "");
	floor_fixture_pass(&f, 300);
	assert_int_equal(f.fills[1].position_before.units, 1000);
	assert_money(f.fills[1].realised, "100");
	floor_fixture_expect_position(&f, f.a, "-0.5");
}

static void position_and_balance_figures_agree(void **state)
{
	(void)state;
	buy_one();
	floor_fixture_mark(&f, "60500.1");
	struct floor_position position = trading_floor_position(f.floor, f.a, f.btc);
	assert_money(position.entry, "60000.1");
	assert_money(position.value, "60500.1");
	assert_money(position.unrealised, "500");
	assert_money(position.margin_used, "12000.02");
	assert_money(position.maintenance, "1210.002");
	struct floor_balance balance = trading_floor_balance(f.floor, f.a);
	assert_money(balance.balance, "99969.99995");
	assert_money(balance.equity, "100469.99995");
	assert_money(balance.available, "88469.97995");
	assert_money(balance.notional, "60500.1");
}

static void money_is_conserved_but_for_the_outside(void **state)
{
	(void)state;
	/* Two accounts trade with each other only: fees apart, nothing is made or lost. */
	floor_fixture_level(&f, SIDE_SELL, "60000.1", "0");
	floor_fixture_place(&f, f.a, ORDER_POST_ONLY, SIDE_SELL, "1", "60000.1", "");
	floor_fixture_pass(&f, 300);
	floor_fixture_place(&f, f.b, ORDER_IOC, SIDE_BUY, "1", "60000.1", "");
	floor_fixture_pass(&f, 300);
	floor_fixture_expect_position(&f, f.a, "-1");
	floor_fixture_expect_position(&f, f.b, "1");
	floor_fixture_mark(&f, "61234.5");
	settle(1, "0.0003");
	struct floor_balance a = trading_floor_balance(f.floor, f.a);
	struct floor_balance b = trading_floor_balance(f.floor, f.b);
	i128 fees = 0;
	for (size_t i = 0; i < f.fill_count; i++)
		fees += f.fills[i].fee.e18;
	assert_true(a.equity.e18 + b.equity.e18 + fees == 200000 * MONEY_ONE);
}

static void the_venues_clock_moves_boundaries_and_stamps(void **state)
{
	(void)state;
	buy_one();
	floor_fixture_fault(&f, "clock.skew_ms=5000");
	floor_fixture_mark(&f, "60000");
	assert_int_equal(trading_floor_venue_time(f.floor),
			 scheduler_now(f.scheduler) + 5 * NS_PER_SECOND);
	/* The venue's minute ends 5 s before ours: what is bought in between pays nothing for it.
	 */
	floor_fixture_pass(&f, 54800);
	floor_fixture_settle(&f, FLOOR_FIXTURE_START + NS_PER_MINUTE, "0.0001");
	assert_int_equal(f.payment_count, 1);
}

int main(void)
{
#define FLOOR_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		FLOOR_TEST(a_settlement_pays_position_times_price_times_rate),
		FLOOR_TEST(the_settled_history_keeps_price_rate_and_premium),
		FLOOR_TEST(a_settlement_told_twice_counts_once),
		FLOOR_TEST(what_is_held_at_the_boundary_is_paid_for),
		FLOOR_TEST(a_pay_knob_scales_what_is_paid_and_not_the_rate),
		FLOOR_TEST(a_pay_knob_of_another_symbol_or_side_does_nothing),
		FLOOR_TEST(an_account_below_maintenance_is_liquidated_at_the_mark),
		FLOOR_TEST(adl_closes_a_part_at_the_mark_and_says_so),
		FLOOR_TEST(a_fill_tells_position_before_and_realised_profit),
		FLOOR_TEST(position_and_balance_figures_agree),
		FLOOR_TEST(money_is_conserved_but_for_the_outside),
		FLOOR_TEST(the_venues_clock_moves_boundaries_and_stamps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
