/* The smallest spread, held against the strategy's own forecast: it passes, a little less fails. */
#include "src/funding_threshold.h"

#include "core/base/utc.h"
#include "strategy/funding_forecast.h"
#include "tests/support/market_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define BP	   INT64_C(100000000000000)
#define HORIZON_NS (168 * NS_PER_HOUR)
#define WINDOW_NS  (60 * NS_PER_SECOND)

static struct threshold_terms terms_of(const struct market_fixture *fixture, instrument_id a,
				       instrument_id b, int64_t edge_bp)
{
	const struct instrument_revision *one = instrument_latest(fixture->instruments, a);
	const struct instrument_revision *two = instrument_latest(fixture->instruments, b);
	return (struct threshold_terms){
		.funding = {one->funding, two->funding},
		.taker = {one->fees.taker, two->fees.taker},
		.horizon_ns = HORIZON_NS,
		.settlement_window_ns = WINDOW_NS,
		.minimum_edge_e18 = edge_bp * BP,
	};
}

static void set_interval(struct market_fixture *fixture, instrument_id id, int64_t hours)
{
	struct instrument_revision revision = market_fixture_terms(fixture, id);
	revision.funding.interval_ns = hours * NS_PER_HOUR;
	revision.effective_from_ns = 0;
	market_fixture_revise(fixture, revision, id);
}

/* States a rate per hour for an instrument, now; rounded down per its interval. */
static void state_rate(struct market_fixture *fixture, instrument_id id, i128 per_hour_e18)
{
	int64_t interval = instrument_latest(fixture->instruments, id)->funding.interval_ns;
	struct market_event event = {
		.local_ns = fixture->now_ns,
		.exch_ns = fixture->now_ns,
		.instrument = id,
		.venue = fixture->venue,
		.kind = EVENT_FUNDING,
		.u.funding = {.kind = FUNDING_ESTIMATE,
			      .rate = {(int64_t)(per_hour_e18 * (interval / NS_PER_HOUR))},
			      .boundary_ns = instrument_next_boundary(fixture->instruments, id,
								      fixture->now_ns),
			      .interval_ns = interval},
	};
	market_fixture_event(fixture, event);
}

/* What the strategy would expect, net of fees, of a spread carried in equal parts. */
static i128 expected_edge(struct market_fixture *fixture, instrument_id long_leg,
			  instrument_id short_leg, i128 spread_e18, i128 fees_e18)
{
	state_rate(fixture, long_leg, -(spread_e18 / 2));
	state_rate(fixture, short_leg, spread_e18 - spread_e18 / 2);
	struct leg_forecast one = funding_forecast(fixture->instruments, fixture->state, long_leg,
						   fixture->now_ns, HORIZON_NS);
	struct leg_forecast two = funding_forecast(fixture->instruments, fixture->state, short_leg,
						   fixture->now_ns, HORIZON_NS);
	assert_true(one.known && two.known);
	return two.expected_e18 - one.expected_e18 - fees_e18;
}

static void smallest_spread_is_what_the_strategy_asks_for(void **state)
{
	(void)state;
	static const int64_t hours[][2] = {{8, 8}, {1, 1}, {1, 8}, {8, 4}, {4, 1}};
	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		struct market_fixture fixture;
		struct spread_threshold found;
		market_fixture_open(&fixture);
		set_interval(&fixture, fixture.linear, hours[i][0]);
		set_interval(&fixture, fixture.inverse, hours[i][1]);
		struct threshold_terms terms =
			terms_of(&fixture, fixture.linear, fixture.inverse, 2);
		assert_true(spread_threshold(&terms, &found));
		assert_true(found.reachable);
		assert_true(found.fees_e18 == 20 * BP);
		/* The best moment: just outside the shorter of the settlement windows. */
		fixture.now_ns = FIXTURE_BOUNDARY - WINDOW_NS - 1;
		i128 edge = expected_edge(&fixture, fixture.linear, fixture.inverse,
					  found.smallest.e18, found.fees_e18);
		/* Rates are whole 10^-18: up to 8 of them x 170 settlements are lost. */
		assert_true(edge >= 2 * BP - 4000 && edge <= 2 * BP + 4000);
		edge = expected_edge(&fixture, fixture.linear, fixture.inverse,
				     found.smallest.e18 - found.smallest.e18 / 100000,
				     found.fees_e18);
		assert_true(edge < 2 * BP - 4000);
		market_fixture_close(&fixture);
	}
}

static void no_allowed_moment_needs_less(void **state)
{
	(void)state;
	struct market_fixture fixture;
	struct spread_threshold found;
	market_fixture_open(&fixture);
	set_interval(&fixture, fixture.linear, 4);
	struct threshold_terms terms = terms_of(&fixture, fixture.linear, fixture.inverse, 0);
	assert_true(spread_threshold(&terms, &found));
	for (int64_t minute = 0; minute < 8 * 60; minute++) {
		fixture.now_ns = FIXTURE_BOUNDARY + minute * NS_PER_MINUTE;
		int64_t since = fixture.now_ns % (4 * NS_PER_HOUR);
		if (since <= WINDOW_NS || 4 * NS_PER_HOUR - since <= WINDOW_NS)
			continue;
		assert_true(expected_edge(&fixture, fixture.linear, fixture.inverse,
					  found.smallest.e18 - found.smallest.e18 / 10000,
					  found.fees_e18) < 0);
	}
	market_fixture_close(&fixture);
}

static void spot_leaves_the_whole_spread_to_the_perpetual(void **state)
{
	(void)state;
	struct market_fixture fixture;
	struct spread_threshold with_spot, with_perp;
	market_fixture_open(&fixture);
	struct threshold_terms terms = terms_of(&fixture, fixture.spot, fixture.linear, 2);
	assert_true(spread_threshold(&terms, &with_spot));
	terms.funding[0] = terms.funding[1];
	assert_true(spread_threshold(&terms, &with_perp));
	assert_true(with_spot.reachable && with_spot.smallest.e18 > 0);
	/* Two halves on the same schedule bring what one whole brings. */
	i128 difference = with_spot.smallest.e18 - with_perp.smallest.e18;
	assert_true(difference >= -1 && difference <= 1);
	terms = terms_of(&fixture, fixture.spot, fixture.spot, 2);
	assert_true(spread_threshold(&terms, &with_spot));
	assert_false(with_spot.reachable);
	market_fixture_close(&fixture);
}

static struct threshold_terms hourly_terms(void)
{
	struct funding_terms hourly = {.pays = true, .interval_ns = NS_PER_HOUR};
	return (struct threshold_terms){
		.funding = {hourly, hourly},
		.taker = {{5 * BP}, {5 * BP}},
		.horizon_ns = NS_PER_HOUR,
		.minimum_edge_e18 = 2 * BP,
	};
}

static void one_settlement_must_pay_it_all_by_hand(void **state)
{
	(void)state;
	/* One settlement, 1 ns away: retention 1 - 0.42 / 28800e9, so 22 bp and a trace. */
	struct threshold_terms terms = hourly_terms();
	struct spread_threshold found;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.smallest.e18 >= 22 * BP && found.smallest.e18 <= 22 * BP + 100);
	assert_int_equal(found.break_even_ns, 1);
	/* Two settlements, 1 ns and an hour away, keep 1 and 0.9475: 22 bp / 1.9475. */
	terms.horizon_ns = NS_PER_HOUR + 1;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.smallest.e18 / 1000000 == (i128)22 * BP * 10000 / 19475 / 1000000);
	/* 11.2965 bp and 10.7035 bp of 20 bp fees. */
	assert_int_equal(found.break_even_ns, NS_PER_HOUR + 1);
	/* An entry inside the window is not allowed: the settlement is a minute away. */
	terms.settlement_window_ns = WINDOW_NS;
	terms.horizon_ns = NS_PER_HOUR;
	assert_true(spread_threshold(&terms, &found));
	/* Retention after 60 s: 1 - 0.42 x 60 / 28800 = 0.999125. */
	assert_true(found.smallest.e18 / 1000000 == (i128)22 * BP * 1000000 / 999125 / 1000000);
}

static void caps_of_the_rates_bound_what_can_be_reached(void **state)
{
	(void)state;
	struct threshold_terms terms = hourly_terms();
	struct spread_threshold found;
	terms.funding[0].cap.e18 = 11 * BP;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.reachable); /* the other cap is unknown */
	terms.funding[1].cap.e18 = 10 * BP;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.capped && !found.reachable);
	terms.funding[1].cap.e18 = 12 * BP;
	assert_true(spread_threshold(&terms, &found));
	assert_true(!found.capped && found.reachable);
}

static void edge_below_the_fees_needs_no_spread(void **state)
{
	(void)state;
	struct threshold_terms terms = hourly_terms();
	struct spread_threshold found;
	terms.minimum_edge_e18 = -20 * BP;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.reachable && found.smallest.e18 == 0);
	assert_int_equal(found.break_even_ns, INT64_MAX);
	terms.taker[0].e18 = terms.taker[1].e18 = 0;
	terms.minimum_edge_e18 = 0;
	assert_true(spread_threshold(&terms, &found));
	assert_int_equal(found.break_even_ns, 0);
}

static void interval_no_venue_has_is_refused(void **state)
{
	(void)state;
	struct threshold_terms terms = hourly_terms();
	struct spread_threshold found;
	terms.funding[1].interval_ns = 1;
	assert_false(spread_threshold(&terms, &found));
	terms.funding[1].interval_ns = INT64_MAX;
	assert_false(spread_threshold(&terms, &found));
	terms.funding[1].interval_ns = NS_PER_MINUTE;
	terms.horizon_ns = HORIZON_NS;
	assert_true(spread_threshold(&terms, &found));
	assert_true(found.reachable);
}

static void thresholds_in_bp_become_steady_rates(void **state)
{
	(void)state;
	struct rate_per_hour rate;
	assert_true(threshold_per_hour(2, HORIZON_NS, &rate));
	assert_int_equal((int64_t)rate.e18, 2 * BP / 168);
	/* Half-even rounding of the rate moves 924 h by less than a second. */
	assert_in_range(threshold_break_even_ns(rate, 11 * BP), 924 * NS_PER_HOUR - NS_PER_SECOND,
			924 * NS_PER_HOUR + NS_PER_SECOND);
	assert_true(threshold_per_hour(1, 8 * NS_PER_HOUR, &rate));
	assert_int_equal((int64_t)rate_per_hour_as_per_8h_e18(rate), BP);
	assert_int_equal(threshold_break_even_ns(rate, 11 * BP), 88 * NS_PER_HOUR);
	assert_int_equal(threshold_break_even_ns(rate, 0), 0);
	assert_true(threshold_per_hour(-5, HORIZON_NS, &rate));
	assert_int_equal(threshold_break_even_ns(rate, 11 * BP), INT64_MAX);
	assert_int_equal(threshold_break_even_ns((struct rate_per_hour){0}, 11 * BP), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_spread_is_what_the_strategy_asks_for),
		cmocka_unit_test(no_allowed_moment_needs_less),
		cmocka_unit_test(spot_leaves_the_whole_spread_to_the_perpetual),
		cmocka_unit_test(one_settlement_must_pay_it_all_by_hand),
		cmocka_unit_test(caps_of_the_rates_bound_what_can_be_reached),
		cmocka_unit_test(edge_below_the_fees_needs_no_spread),
		cmocka_unit_test(interval_no_venue_has_is_refused),
		cmocka_unit_test(thresholds_in_bp_become_steady_rates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
