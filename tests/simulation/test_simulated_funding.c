/* Funding by crossing the schedule in venue time: once, with the position before any match. */
#include "core/base/utc.h"
#include "tests/support/venue_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define B	 FIXTURE_BOUNDARY
#define NEXT_B	 (FIXTURE_BOUNDARY + 8 * NS_PER_HOUR)
#define PATIENCE (30 * NS_PER_MINUTE)

static struct venue_fixture f;

static int open_fixture(void **state)
{
	(void)state;
	venue_fixture_open(&f);
	struct instrument_revision terms = market_fixture_terms(&f.market, f.market.linear);
	terms.fees = (struct fee_terms){0};
	market_fixture_revise(&f.market, terms, f.market.linear);
	market_fixture_mark(&f.market, f.market.linear, "60000", FIXTURE_START);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.0001", B);
	venue_fixture_forget(&f);
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	venue_fixture_close(&f);
	return 0;
}

static void buy(const char *quantity)
{
	assert_true(
		venue_fixture_place(&f, f.market.linear, ORDER_IOC, SIDE_BUY, quantity, "60000.2")
			.accepted);
}

static void sell(const char *quantity)
{
	assert_true(
		venue_fixture_place(&f, f.market.linear, ORDER_IOC, SIDE_SELL, quantity, "59999.9")
			.accepted);
}

/* The message after the boundary names the next one: now the rate of B is known. */
static void name_next_boundary(void)
{
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.0003", NEXT_B);
}

static const struct account_event *payment(size_t n)
{
	return venue_fixture_event(&f, ACCOUNT_FUNDING, n);
}

static size_t payments(void)
{
	return venue_fixture_count(&f, ACCOUNT_FUNDING);
}

static void settle_at(int64_t local_ns)
{
	f.market.now_ns = local_ns;
	simulated_venue_settle(f.venue, local_ns);
}

static void a_position_bought_one_ms_before_pays(void **state)
{
	(void)state;
	f.market.now_ns = B - NS_PER_MS;
	buy("1");
	settle_at(B);
	f.market.now_ns = B + 10 * NS_PER_MS;
	name_next_boundary();
	assert_int_equal(payments(), 1);
	assert_int_equal(payment(0)->u.funding.boundary_ns, B);
	assert_int_equal(payment(0)->u.funding.position.units, 1000);
	venue_fixture_expect_money(payment(0)->u.funding.price, "60000");
	assert_string_equal(payment(0)->u.funding.price_label, "mark");
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-6");
	venue_fixture_expect_balance(&f, f.market.usdt, "999994");
}

static void a_position_bought_at_the_boundary_does_not(void **state)
{
	(void)state;
	f.market.now_ns = B;
	buy("1");
	f.market.now_ns = B + 10 * NS_PER_MS;
	name_next_boundary();
	assert_int_equal(payments(), 0);
}

static void a_position_bought_one_ms_after_does_not(void **state)
{
	(void)state;
	f.market.now_ns = B + NS_PER_MS;
	buy("1");
	name_next_boundary();
	assert_int_equal(payments(), 0);
}

static void a_position_sold_at_the_boundary_still_pays(void **state)
{
	(void)state;
	buy("1");
	f.market.now_ns = B; /* nobody called settle: the match itself crosses first */
	sell("1");
	f.market.now_ns = B + 10 * NS_PER_MS;
	name_next_boundary();
	assert_int_equal(payments(), 1);
	assert_int_equal(payment(0)->u.funding.position.units, 1000);
}

static void a_position_sold_one_ms_before_does_not(void **state)
{
	(void)state;
	buy("1");
	f.market.now_ns = B - NS_PER_MS;
	sell("1");
	settle_at(B);
	name_next_boundary();
	assert_int_equal(payments(), 0);
}

static void shorts_receive_a_positive_rate(void **state)
{
	(void)state;
	sell("2");
	settle_at(B);
	name_next_boundary();
	venue_fixture_expect_money(payment(0)->u.funding.amount, "12");
	assert_int_equal(payment(0)->u.funding.position.units, -2000);
}

static void payment_waits_until_the_rate_is_known(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	assert_int_equal(payments(), 0);
	/* Another word about the same boundary changes what it will have paid. */
	f.market.now_ns = B + 5 * NS_PER_MS;
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.0002", B);
	assert_int_equal(payments(), 0);
	sell("1"); /* what is held later does not matter */
	f.market.now_ns = B + 1050 * NS_PER_MS;
	name_next_boundary();
	assert_int_equal(payments(), 1);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-12");
	assert_int_equal(payment(0)->local_ns, B + 1050 * NS_PER_MS);
}

static void a_late_settled_record_wins(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	f.market.now_ns = B + 29 * NS_PER_MINUTE;
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "-0.0005", B + 7);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "30");
}

static void a_known_rate_is_paid_at_once(void **state)
{
	(void)state;
	buy("1");
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0002", B);
	settle_at(B);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-12");
}

static void the_mark_is_the_last_one_at_or_before_the_boundary(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	f.market.now_ns = B + 3 * NS_PER_MS;
	market_fixture_mark(&f.market, f.market.linear, "61000", B);
	f.market.now_ns = B + 4 * NS_PER_MS;
	market_fixture_mark(&f.market, f.market.linear, "62000", B + NS_PER_MS);
	name_next_boundary();
	venue_fixture_expect_money(payment(0)->u.funding.price, "61000");
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-6.1");
}

static void the_boundary_is_crossed_by_the_venues_clock(void **state)
{
	(void)state;
	market_fixture_clock(&f.market, 20 * NS_PER_MS); /* venue 20 ms ahead */
	buy("1");
	assert_int_equal(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns),
			 B - 20 * NS_PER_MS);
	settle_at(B - 21 * NS_PER_MS);
	sell("0.5");
	settle_at(B - 20 * NS_PER_MS);
	sell("0.5");
	name_next_boundary();
	assert_int_equal(payment(0)->u.funding.position.units, 500);
}

static void a_clock_that_steps_back_does_not_settle_twice(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	market_fixture_clock(&f.market, -500 * NS_PER_MS);
	settle_at(B + 100 * NS_PER_MS);
	settle_at(B + 600 * NS_PER_MS);
	name_next_boundary();
	settle_at(B + 700 * NS_PER_MS);
	name_next_boundary();
	assert_int_equal(payments(), 1);
	assert_int_equal(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns),
			 NEXT_B + 500 * NS_PER_MS);
}

static void a_clock_that_steps_forward_misses_no_boundary(void **state)
{
	(void)state;
	buy("1");
	market_fixture_clock(&f.market, 9 * NS_PER_HOUR + 10 * NS_PER_MINUTE);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0001", B);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0002", NEXT_B);
	assert_int_equal(payments(), 2);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-6");
	venue_fixture_expect_money(payment(1)->u.funding.amount, "-12");
}

/* As HTX did at 03:00, between 00:00 and 08:00: the venue's word counts, once. */
static void a_settlement_off_the_schedule_is_paid_once(void **state)
{
	(void)state;
	int64_t extra = B - 30 * NS_PER_MINUTE;
	f.market.now_ns = extra - NS_PER_MINUTE;
	buy("1");
	f.market.now_ns = extra + NS_PER_MS;
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0002", extra);
	assert_int_equal(payments(), 1);
	assert_int_equal(payment(0)->u.funding.boundary_ns, extra);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-12");
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0002", extra);
	assert_int_equal(payments(), 1);
	/* The scheduled one is paid too. */
	settle_at(B);
	f.market.now_ns = B + 10 * NS_PER_MS;
	name_next_boundary();
	assert_int_equal(payments(), 2);
	assert_int_equal(payment(1)->u.funding.boundary_ns, B);
}

static void repeated_records_pay_once(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0001", B);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_SETTLED, "0.0001", B);
	settle_at(B);
	settle_at(B + 1);
	assert_int_equal(payments(), 1);
	assert_int_equal(simulated_venue_statistics(f.venue)->settlements, 1);
}

static void each_boundary_pays_the_position_held_at_it(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	buy("1");
	f.market.now_ns = B + NS_PER_SECOND;
	name_next_boundary();
	settle_at(NEXT_B);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.0004",
			       NEXT_B + 8 * NS_PER_HOUR);
	assert_int_equal(payments(), 2);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-6");
	venue_fixture_expect_money(payment(1)->u.funding.amount, "-36");
}

static void without_a_recorded_mark_the_mid_at_the_crossing_is_used_and_says_so(void **state)
{
	(void)state;
	assert_true(venue_fixture_place(&f, f.market.inverse, ORDER_IOC, SIDE_BUY, "3", "60000.2")
			    .accepted);
	market_fixture_funding(&f.market, f.market.inverse, FUNDING_ESTIMATE, "0.0001", B);
	market_fixture_book(&f.market, f.market.inverse, "61000.0x1 | 61000.1x1");
	settle_at(B);
	market_fixture_book(&f.market, f.market.inverse, "70000.0x1 | 70000.1x1");
	market_fixture_funding(&f.market, f.market.inverse, FUNDING_ESTIMATE, "0.0001", NEXT_B);
	assert_string_equal(payment(0)->u.funding.price_label, "mark=mid");
	venue_fixture_expect_money(payment(0)->u.funding.price, "61000.05");
	/* -300 USD / 61000.05 x 0.0001 BTC = -0.000000491802..., posted at 8 decimals. */
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-0.00000049");
	assert_int_equal(payment(0)->u.funding.asset, f.market.btc);
}

static void without_mark_and_book_the_payment_stays_pending(void **state)
{
	(void)state;
	assert_true(venue_fixture_place(&f, f.market.inverse, ORDER_IOC, SIDE_BUY, "3", "60000.2")
			    .accepted);
	market_fixture_funding(&f.market, f.market.inverse, FUNDING_SETTLED, "0.0001", B);
	market_fixture_gap(&f.market, f.market.inverse);
	settle_at(B);
	assert_int_equal(payments(), 0);
	struct error err = {0};
	assert_true(simulated_venue_settlement_overdue(f.venue, B + PATIENCE, PATIENCE, &err));
	assert_non_null(strstr(err.text, "no price is recorded"));
	/* A mark that comes late, but speaks of the time before, completes it. */
	f.market.now_ns = B + NS_PER_SECOND;
	market_fixture_mark(&f.market, f.market.inverse, "60000", B - 1);
	assert_int_equal(payments(), 1);
	assert_string_equal(payment(0)->u.funding.price_label, "mark");
}

static void the_price_label_follows_the_terms(void **state)
{
	(void)state;
	struct instrument_revision terms = market_fixture_terms(&f.market, f.market.linear);
	terms.funding.paid_on = FUNDING_PAID_ON_ORACLE;
	market_fixture_revise(&f.market, terms, f.market.linear);
	buy("1");
	struct market_event event = {
		.kind = EVENT_MARK, .instrument = f.market.linear, .exch_ns = FIXTURE_START + 1};
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark = market_fixture_money("60000");
	event.u.mark.oracle = market_fixture_money("59000");
	market_fixture_event(&f.market, event);
	settle_at(B);
	name_next_boundary();
	assert_string_equal(payment(0)->u.funding.price_label, "oracle");
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-5.9");
}

static void a_fixed_rate_pays_what_was_announced_one_period_ahead(void **state)
{
	(void)state;
	struct instrument_revision terms = market_fixture_terms(&f.market, f.market.linear);
	terms.funding.settle_mode = SETTLE_FIXED_ONE_PERIOD_AHEAD;
	market_fixture_revise(&f.market, terms, f.market.linear);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_NEXT, "0.0007", B);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.0009", NEXT_B);
	buy("1");
	settle_at(B);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-42");
}

static void overdue_names_venue_symbol_and_boundary(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	struct error err = {0};
	assert_false(simulated_venue_settlement_overdue(f.venue, B + PATIENCE - 1, PATIENCE, &err));
	assert_true(simulated_venue_settlement_overdue(f.venue, B + PATIENCE, PATIENCE, &err));
	assert_int_equal(err.category, ERROR_MISSING_DATA);
	assert_non_null(strstr(err.text, "testvenue:BTCUSDT"));
	assert_non_null(strstr(err.text, "2024-08-09T00:00:00Z"));
	assert_non_null(strstr(err.text, "no rate is recorded"));
	/* At the end of the data nothing may be pending. */
	assert_true(simulated_venue_settlement_overdue(f.venue, B, 0, &err));
	name_next_boundary();
	assert_false(simulated_venue_settlement_overdue(f.venue, B + PATIENCE, PATIENCE, &err));
	assert_false(simulated_venue_settlement_overdue(f.venue, B, 0, &err));
}

static void a_flat_account_needs_no_rate(void **state)
{
	(void)state;
	buy("1");
	sell("1");
	assert_true(venue_fixture_place(&f, f.market.linear, ORDER_LIMIT, SIDE_BUY, "1", "50000")
			    .accepted);
	assert_int_equal(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns), B);
	settle_at(B);
	struct error err = {0};
	assert_false(simulated_venue_settlement_overdue(f.venue, B + PATIENCE, 0, &err));
	simulated_venue_cancel_all(f.venue, 0, f.market.now_ns);
	assert_true(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns) == INT64_MAX);
}

static void spot_has_no_funding_and_misses_none(void **state)
{
	(void)state;
	assert_true(venue_fixture_place(&f, f.market.spot, ORDER_IOC, SIDE_BUY, "1", "60000.1")
			    .accepted);
	assert_true(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns) == INT64_MAX);
	settle_at(B + NS_PER_HOUR);
	struct error err = {0};
	assert_false(simulated_venue_settlement_overdue(f.venue, B + NS_PER_HOUR, 0, &err));
}

static void a_changed_interval_moves_the_next_boundary(void **state)
{
	(void)state;
	buy("1");
	struct instrument_revision terms = market_fixture_terms(&f.market, f.market.linear);
	terms.effective_from_ns = FIXTURE_START + NS_PER_MINUTE;
	terms.funding.interval_ns = NS_PER_HOUR / 2;
	market_fixture_revise(&f.market, terms, f.market.linear);
	market_fixture_event(&f.market, (struct market_event){.kind = EVENT_INSTRUMENT,
							      .instrument = f.market.linear});
	assert_int_equal(simulated_venue_next_boundary_ns(f.venue, f.market.now_ns),
			 FIXTURE_START + NS_PER_HOUR / 2);
}

static void too_many_unknown_boundaries_are_overdue_whatever_the_patience(void **state)
{
	(void)state;
	buy("1");
	settle_at(B + 40 * 8 * NS_PER_HOUR);
	struct error err = {0};
	assert_true(simulated_venue_settlement_overdue(f.venue, f.market.now_ns, 1000 * NS_PER_DAY,
						       &err));
}

static void the_mark_price_case_of_april_2023(void **state)
{
	(void)state;
	/* 0.1 BTC over 2023-04-05 00:00: 28157.1 x 0.00002760, not the estimate before. */
	venue_fixture_close(&f);
	venue_fixture_open(&f);
	int64_t boundary = INT64_C(1680652800) * NS_PER_SECOND;
	f.market.now_ns = boundary - NS_PER_MINUTE;
	market_fixture_book(&f.market, f.market.linear, "28157.0x1 | 28157.1x1");
	market_fixture_mark(&f.market, f.market.linear, "28157.1", boundary - 990 * NS_PER_MS);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.00002754",
			       boundary);
	assert_true(venue_fixture_place(&f, f.market.linear, ORDER_IOC, SIDE_BUY, "0.1", "28157.1")
			    .accepted);
	settle_at(boundary);
	f.market.now_ns = boundary + 50 * NS_PER_MS;
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.00002760",
			       boundary);
	assert_int_equal(payments(), 0);
	f.market.now_ns = boundary + 1050 * NS_PER_MS;
	market_fixture_mark(&f.market, f.market.linear, "28150", boundary + NS_PER_SECOND);
	market_fixture_funding(&f.market, f.market.linear, FUNDING_ESTIMATE, "0.00002800",
			       boundary + 8 * NS_PER_HOUR);
	venue_fixture_expect_money(payment(0)->u.funding.amount, "-0.0777136");
}

static void payments_are_kept_for_reads(void **state)
{
	(void)state;
	buy("1");
	settle_at(B);
	name_next_boundary();
	struct account_event out[4];
	assert_int_equal(simulated_venue_history(f.venue, ACCOUNT_FUNDING, 0, B, out, 4), 1);
	assert_int_equal(simulated_venue_history(f.venue, ACCOUNT_FUNDING, 0, B + 1, out, 4), 0);
	assert_int_equal(
		simulated_venue_history(f.venue, ACCOUNT_FUNDING, f.market.inverse, B, out, 4), 0);
	assert_int_equal(simulated_venue_history(f.venue, ACCOUNT_FILL, 0, 0, out, 4), 1);
	assert_int_equal(simulated_venue_history(f.venue, ACCOUNT_ORDER, 0, 0, out, 4), 1);
	assert_int_equal(simulated_venue_history(f.venue, ACCOUNT_BALANCE, 0, 0, out, 4), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(a_position_bought_one_ms_before_pays),
		T(a_position_bought_at_the_boundary_does_not),
		T(a_position_bought_one_ms_after_does_not),
		T(a_position_sold_at_the_boundary_still_pays),
		T(a_position_sold_one_ms_before_does_not),
		T(shorts_receive_a_positive_rate),
		T(payment_waits_until_the_rate_is_known),
		T(a_late_settled_record_wins),
		T(a_known_rate_is_paid_at_once),
		T(the_mark_is_the_last_one_at_or_before_the_boundary),
		T(the_boundary_is_crossed_by_the_venues_clock),
		T(a_clock_that_steps_back_does_not_settle_twice),
		T(a_clock_that_steps_forward_misses_no_boundary),
		T(a_settlement_off_the_schedule_is_paid_once),
		T(repeated_records_pay_once),
		T(each_boundary_pays_the_position_held_at_it),
		T(without_a_recorded_mark_the_mid_at_the_crossing_is_used_and_says_so),
		T(without_mark_and_book_the_payment_stays_pending),
		T(the_price_label_follows_the_terms),
		T(a_fixed_rate_pays_what_was_announced_one_period_ahead),
		T(overdue_names_venue_symbol_and_boundary),
		T(a_flat_account_needs_no_rate),
		T(spot_has_no_funding_and_misses_none),
		T(a_changed_interval_moves_the_next_boundary),
		T(too_many_unknown_boundaries_are_overdue_whatever_the_patience),
		T(the_mark_price_case_of_april_2023),
		T(payments_are_kept_for_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
