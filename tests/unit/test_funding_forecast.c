#include "core/base/random.h"
#include "core/base/utc.h"
#include "strategy/figure_text.h"
#include "strategy/funding_forecast.h"
#include "tests/support/market_terms.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#define HORIZON (168 * NS_PER_HOUR)

static void assert_e18(i128 actual, const char *expected)
{
	assert_money((struct money){actual}, expected);
}

/* ---- retention ------------------------------------------------------------------------------- */

static void retention_holds_at_the_points_of_the_table(void **state)
{
	(void)state;
	assert_e18(funding_retention_e18(0), "1");
	assert_e18(funding_retention_e18(8 * NS_PER_HOUR), "0.58");
	assert_e18(funding_retention_e18(24 * NS_PER_HOUR), "0.42");
	assert_e18(funding_retention_e18(72 * NS_PER_HOUR), "0.26");
	assert_e18(funding_retention_e18(168 * NS_PER_HOUR), "0.11");
}

static void retention_is_linear_between_the_points(void **state)
{
	(void)state;
	assert_e18(funding_retention_e18(NS_PER_HOUR), "0.9475");
	assert_e18(funding_retention_e18(4 * NS_PER_HOUR), "0.79");
	assert_e18(funding_retention_e18(16 * NS_PER_HOUR), "0.5");
	assert_e18(funding_retention_e18(32 * NS_PER_HOUR), "0.393333333333333333");
	assert_e18(funding_retention_e18(48 * NS_PER_HOUR), "0.34");
	assert_e18(funding_retention_e18(120 * NS_PER_HOUR), "0.185");
	/* One nanosecond of the first slope: 0.42 / 28,800,000,000,000. */
	assert_true(MONEY_ONE - funding_retention_e18(1) == 14583);
}

static void nothing_is_retained_after_a_week_and_all_before_now(void **state)
{
	(void)state;
	assert_e18(funding_retention_e18(168 * NS_PER_HOUR + 1), "0");
	assert_e18(funding_retention_e18(INT64_MAX), "0");
	assert_e18(funding_retention_e18(-1), "1");
	assert_e18(funding_retention_e18(INT64_MIN), "1");
}

static void retention_never_grows_with_time(void **state)
{
	(void)state;
	i128 before = MONEY_ONE;
	for (int64_t minute = 0; minute < 170 * 60; minute++) {
		i128 kept = funding_retention_e18(minute * NS_PER_MINUTE);
		assert_true(kept <= before);
		before = kept;
	}
}

static void sum_of_retention_is_the_sum_of_its_values(void **state)
{
	struct random random;
	(void)state;
	random_seed(&random, 7);
	for (int i = 0; i < 3000; i++) {
		int64_t first = random_between(&random, -10 * NS_PER_HOUR, 180 * NS_PER_HOUR);
		int64_t interval = random_between(&random, NS_PER_MINUTE, 24 * NS_PER_HOUR);
		int64_t count = random_between(&random, 0, 200);
		i128 sum = 0;
		for (int64_t k = 0; k < count; k++)
			sum += funding_retention_e18(first + k * interval);
		i128 off = funding_retention_sum_e18(first, interval, count) - sum;
		/* Each value is rounded by half a unit, each of four segments too. */
		if (off > count / 2 + 2 || off < -(count / 2 + 2))
			fail_msg("seed 7, round %d: off by %lld", i, (long long)off);
	}
}

/* ---- forecasts ------------------------------------------------------------------------------- */

struct market {
	struct market_terms terms;
	struct market_state *state;
	instrument_id hourly, shifted, ahead;
};

static instrument_id add(struct market *market, const char *symbol, struct funding_terms funding)
{
	struct error err = {0};
	struct instrument instrument = market_terms_linear(&market->terms, symbol);
	struct instrument_revision revision = market_terms_revision();
	revision.funding = funding;
	instrument_id id = instrument_table_add(market->terms.table, &instrument, &revision, &err);
	assert_int_not_equal(id, 0);
	return id;
}

static struct market market_create(void)
{
	struct market market = {.terms = market_terms_create()};
	market.hourly = add(&market, "HOURLY",
			    (struct funding_terms){.pays = true, .interval_ns = NS_PER_HOUR});
	market.shifted = add(&market, "SHIFTED",
			     (struct funding_terms){.pays = true,
						    .interval_ns = 8 * NS_PER_HOUR,
						    .phase_ns = 4 * NS_PER_HOUR});
	market.ahead = add(&market, "AHEAD",
			   (struct funding_terms){.pays = true,
						  .interval_ns = 8 * NS_PER_HOUR,
						  .settle_mode = SETTLE_FIXED_ONE_PERIOD_AHEAD});
	market.state = market_state_create(market.terms.table);
	return market;
}

static void market_free(struct market *market)
{
	market_state_free(market->state);
	market_terms_free(&market->terms);
}

static void say(struct market *market, instrument_id id, enum funding_kind kind, const char *rate,
		const char *boundary, const char *local)
{
	struct market_event event = {.kind = EVENT_FUNDING,
				     .instrument = id,
				     .venue = instrument_get(market->terms.table, id)->venue,
				     .local_ns = time_of(local)};
	event.u.funding.kind = kind;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = time_of(boundary);
	market_state_apply(market->state, &event);
}

static struct leg_forecast forecast_at(const struct market *market, instrument_id id,
				       const char *local, int64_t horizon_ns)
{
	return funding_forecast(market->terms.table, market->state, id, time_of(local), horizon_ns);
}

static void without_a_rate_nothing_is_known_and_nothing_assumed(void **state)
{
	(void)state;
	struct market market = market_create();
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T12:00:00Z", HORIZON);
	assert_false(leg.known);
	assert_e18(leg.expected_e18, "0");
	assert_true(leg.next_boundary_ns == time_of("2024-08-08T16:00:00Z"));
	market_free(&market);
}

static void spot_is_known_to_pay_nothing(void **state)
{
	(void)state;
	struct market market = market_create();
	struct leg_forecast leg =
		forecast_at(&market, market.terms.spot, "2024-08-08T12:00:00Z", HORIZON);
	assert_true(leg.known);
	assert_e18(leg.expected_e18, "0");
	assert_true(leg.next_boundary_ns == INT64_MAX);
	assert_int_equal(leg.settlements, 0);
	market_free(&market);
}

static void estimate_counts_fully_at_once_and_fades_from_when_it_was_learnt(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.terms.usdm, FUNDING_ESTIMATE, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T12:00:00Z");
	/* Settlements 4 h, 12 h, 20 h, 28 h away. */
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T12:00:00Z", 30 * NS_PER_HOUR);
	assert_true(leg.known);
	assert_int_equal(leg.settlements, 4);
	assert_e18(leg.next_e18, "0.00079");
	/* 0.001 x (0.79 + 0.54 + 0.46 + 0.406666666666666667) */
	assert_e18(leg.expected_e18, "0.002196666666666667");
	/* Two hours on, with no newer word, it has faded by two hours more. */
	leg = forecast_at(&market, market.terms.usdm, "2024-08-08T14:00:00Z", 2 * NS_PER_HOUR);
	assert_e18(leg.expected_e18, "0.00079");
	assert_int_equal(leg.settlements, 1);
	market_free(&market);
}

static void settlements_are_counted_in_an_open_closed_span(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.terms.usdm, FUNDING_ESTIMATE, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T08:00:00Z");
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T08:00:00Z", 8 * NS_PER_HOUR);
	assert_int_equal(leg.settlements, 1); /* 16:00 yes, 08:00 no */
	leg = forecast_at(&market, market.terms.usdm, "2024-08-08T08:00:00Z", 8 * NS_PER_HOUR - 1);
	assert_int_equal(leg.settlements, 0);
	leg = forecast_at(&market, market.terms.usdm, "2024-08-08T08:00:00Z", HORIZON);
	assert_int_equal(leg.settlements, 21);
	/* 0.001 x 5.605, the retention summed at 8, 16, ..., 168 h. */
	assert_e18(leg.expected_e18, "0.005605");
	market_free(&market);
}

static void hourly_leg_settles_at_its_own_hours(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.hourly, FUNDING_ESTIMATE, "0.0001", "2024-08-08T13:00:00Z",
	    "2024-08-08T12:00:00Z");
	struct leg_forecast leg =
		forecast_at(&market, market.hourly, "2024-08-08T12:00:00Z", 8 * NS_PER_HOUR);
	assert_int_equal(leg.settlements, 8);
	/* 0.0001 x (8 - 0.0525 x 36) */
	assert_e18(leg.expected_e18, "0.000611");
	assert_true(leg.interval_ns == NS_PER_HOUR);
	leg = forecast_at(&market, market.hourly, "2024-08-08T12:00:00Z", HORIZON);
	assert_int_equal(leg.settlements, 168);
	market_free(&market);
}

static void phase_shifts_the_settlements(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.shifted, FUNDING_ESTIMATE, "0.001", "2024-08-08T20:00:00Z",
	    "2024-08-08T16:00:00Z");
	struct leg_forecast leg =
		forecast_at(&market, market.shifted, "2024-08-08T16:00:00Z", 8 * NS_PER_HOUR);
	assert_true(leg.next_boundary_ns == time_of("2024-08-08T20:00:00Z"));
	assert_e18(leg.expected_e18, "0.00079");
	market_free(&market);
}

static void settled_rate_fades_from_its_boundary_and_never_gains_by_waiting(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.terms.usdm, FUNDING_SETTLED, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T16:00:01Z");
	const char *times[] = {"2024-08-08T16:00:01Z", "2024-08-08T20:00:00Z",
			       "2024-08-08T23:59:00Z"};
	for (size_t i = 0; i < 3; i++) {
		struct leg_forecast leg =
			forecast_at(&market, market.terms.usdm, times[i], 8 * NS_PER_HOUR);
		assert_true(leg.known);
		assert_int_equal(leg.kind, FUNDING_SETTLED);
		assert_e18(leg.next_e18, "0.00058");
		assert_true(leg.known_since_ns == time_of("2024-08-08T16:00:00Z"));
	}
	market_free(&market);
}

static void newer_estimate_outranks_a_settled_rate_and_the_reverse(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.terms.usdm, FUNDING_SETTLED, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T16:00:01Z");
	say(&market, market.terms.usdm, FUNDING_ESTIMATE, "-0.002", "2024-08-09T00:00:00Z",
	    "2024-08-08T20:00:00Z");
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T20:00:00Z", 8 * NS_PER_HOUR);
	assert_int_equal(leg.kind, FUNDING_ESTIMATE);
	assert_e18(leg.next_e18, "-0.00158");
	say(&market, market.terms.usdm, FUNDING_SETTLED, "0.003", "2024-08-09T00:00:00Z",
	    "2024-08-09T00:00:01Z");
	leg = forecast_at(&market, market.terms.usdm, "2024-08-09T00:00:01Z", 8 * NS_PER_HOUR);
	assert_int_equal(leg.kind, FUNDING_SETTLED);
	assert_e18(leg.next_e18, "0.00174");
	market_free(&market);
}

static void rate_fixed_ahead_is_certain_for_its_boundary_and_fades_after_it(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.ahead, FUNDING_NEXT, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T08:00:01Z");
	struct leg_forecast leg =
		forecast_at(&market, market.ahead, "2024-08-08T08:00:01Z", 20 * NS_PER_HOUR);
	assert_true(leg.known);
	assert_int_equal(leg.kind, FUNDING_NEXT);
	assert_e18(leg.next_e18, "0.001");
	assert_int_equal(leg.settlements, 2);
	assert_e18(leg.expected_e18, "0.00158");
	market_free(&market);
}

static void change_of_schedule_scales_a_settlement_by_its_interval(void **state)
{
	(void)state;
	struct market market = market_create();
	struct error err;
	struct instrument_revision revision =
		*instrument_latest(market.terms.table, market.terms.usdm);
	revision.funding.interval_ns = 4 * NS_PER_HOUR;
	revision.effective_from_ns = time_of("2024-08-08T17:00:00Z");
	assert_true(
		instrument_table_revise(market.terms.table, market.terms.usdm, &revision, &err));
	say(&market, market.terms.usdm, FUNDING_ESTIMATE, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T16:00:00Z");
	/* 20:00 pays half of what eight hours would: 0.79 / 2. */
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T16:00:00Z", 5 * NS_PER_HOUR);
	assert_int_equal(leg.settlements, 1);
	assert_e18(leg.expected_e18, "0.000395");
	market_free(&market);
}

static void boundaries_are_judged_in_venue_time(void **state)
{
	(void)state;
	struct market market = market_create();
	struct market_event clock = {.kind = EVENT_CLOCK, .venue = market.terms.usdm_venue};
	clock.u.clock.offset_ns = 2 * NS_PER_SECOND;
	market_state_apply(market.state, &clock);
	say(&market, market.terms.usdm, FUNDING_SETTLED, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T15:59:59Z");
	struct leg_forecast leg =
		forecast_at(&market, market.terms.usdm, "2024-08-08T15:59:59Z", 8 * NS_PER_HOUR);
	assert_true(leg.next_boundary_ns == time_of("2024-08-09T00:00:00Z"));
	assert_true(leg.known_since_ns == time_of("2024-08-08T15:59:58Z"));
	market_free(&market);
}

static void long_horizon_adds_nothing_after_a_week(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.terms.usdm, FUNDING_ESTIMATE, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T08:00:00Z");
	struct leg_forecast week =
		forecast_at(&market, market.terms.usdm, "2024-08-08T08:00:00Z", HORIZON);
	struct leg_forecast year =
		forecast_at(&market, market.terms.usdm, "2024-08-08T08:00:00Z", 52 * HORIZON);
	assert_true(week.expected_e18 == year.expected_e18);
	market_free(&market);
}

static void huge_rate_is_summed_exactly(void **state)
{
	(void)state;
	struct market market = market_create();
	say(&market, market.hourly, FUNDING_ESTIMATE, "9.2", "2024-08-08T13:00:00Z",
	    "2024-08-08T12:00:00Z");
	struct leg_forecast leg =
		forecast_at(&market, market.hourly, "2024-08-08T12:00:00Z", HORIZON);
	/* 9.2 a settlement, 168 times: still exact at scale 18. */
	assert_true(leg.known);
	assert_true(leg.expected_e18 > 300 * MONEY_ONE);
	market_free(&market);
}

/* What leg_outlook relies on: the same forecast at every instant before unchanged_until_ns. */
static void forecast_says_how_long_it_stays(void **state)
{
	(void)state;
	struct market market = market_create();
	const instrument_id ids[] = {market.terms.usdm, market.hourly, market.ahead,
				     market.terms.spot};
	say(&market, ids[0], FUNDING_ESTIMATE, "0.001", "2024-08-08T16:00:00Z",
	    "2024-08-08T12:00:00Z");
	say(&market, ids[1], FUNDING_SETTLED, "0.0001", "2024-08-08T12:00:00Z",
	    "2024-08-08T12:00:01Z");
	say(&market, ids[2], FUNDING_NEXT, "0.001", "2024-08-08T16:00:00Z", "2024-08-08T12:00:00Z");
	for (size_t i = 0; i < 4; i++) {
		int64_t now = time_of("2024-08-08T12:00:01Z");
		int64_t end = now + 40 * NS_PER_HOUR;
		struct leg_forecast before = {0};
		for (unsigned step = 0; now < end; now += 7 * NS_PER_MINUTE, step++) {
			struct leg_forecast leg = funding_forecast(market.terms.table, market.state,
								   ids[i], now, HORIZON);
			if (step > 0 && now < before.unchanged_until_ns) {
				assert_true(leg.expected_e18 == before.expected_e18);
				assert_true(leg.next_e18 == before.next_e18);
				assert_int_equal(leg.settlements, before.settlements);
			}
			assert_true(leg.unchanged_until_ns > now);
			before = leg;
		}
	}
	market_free(&market);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void figures_are_told_with_their_units(void **state)
{
	(void)state;
	assert_string_equal(figure_text_bp(54080000000000, 2).text, "0.54 bp");
	assert_string_equal(figure_text_bp(-20 * BASIS_POINT_E18, 1).text, "-20.0 bp");
	assert_string_equal(figure_text_bp(0, 0).text, "0 bp");
	assert_string_equal(figure_text_duration(0).text, "0 s");
	assert_string_equal(figure_text_duration(90 * NS_PER_SECOND).text, "90 s");
	assert_string_equal(figure_text_duration(2 * NS_PER_MINUTE).text, "2 min");
	assert_string_equal(figure_text_duration(15 * NS_PER_MINUTE).text, "15 min");
	assert_string_equal(figure_text_duration(168 * NS_PER_HOUR).text, "168 h");
	assert_string_equal(figure_text_amount(money_of("-109.655")).text, "-109.66");
	char sentence[SENTENCE_MAX];
	char name[200];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sentence_print(sentence, "%s", name);
	assert_int_equal(strlen(sentence), SENTENCE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retention_holds_at_the_points_of_the_table),
		cmocka_unit_test(retention_is_linear_between_the_points),
		cmocka_unit_test(nothing_is_retained_after_a_week_and_all_before_now),
		cmocka_unit_test(retention_never_grows_with_time),
		cmocka_unit_test(sum_of_retention_is_the_sum_of_its_values),
		cmocka_unit_test(without_a_rate_nothing_is_known_and_nothing_assumed),
		cmocka_unit_test(spot_is_known_to_pay_nothing),
		cmocka_unit_test(estimate_counts_fully_at_once_and_fades_from_when_it_was_learnt),
		cmocka_unit_test(settlements_are_counted_in_an_open_closed_span),
		cmocka_unit_test(hourly_leg_settles_at_its_own_hours),
		cmocka_unit_test(phase_shifts_the_settlements),
		cmocka_unit_test(settled_rate_fades_from_its_boundary_and_never_gains_by_waiting),
		cmocka_unit_test(newer_estimate_outranks_a_settled_rate_and_the_reverse),
		cmocka_unit_test(rate_fixed_ahead_is_certain_for_its_boundary_and_fades_after_it),
		cmocka_unit_test(change_of_schedule_scales_a_settlement_by_its_interval),
		cmocka_unit_test(boundaries_are_judged_in_venue_time),
		cmocka_unit_test(long_horizon_adds_nothing_after_a_week),
		cmocka_unit_test(huge_rate_is_summed_exactly),
		cmocka_unit_test(forecast_says_how_long_it_stays),
		cmocka_unit_test(figures_are_told_with_their_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
