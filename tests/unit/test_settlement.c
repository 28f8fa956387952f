#include "core/base/utc.h"
#include "core/market/market_state.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS    NS_PER_MS
#define HOURS NS_PER_HOUR
/* 2023-04-05 00:00:00 UTC, a settlement of Binance USD-M BTCUSDT. */
#define BOUNDARY (INT64_C(1680652800000) * MS)
#define NEXT	 (INT64_C(1680681600000) * MS)

struct scene {
	struct market_terms m;
	struct market_state *state;
	instrument_id id;
	int64_t latency_ns; /* local minus exchange time */
};

static int set_up(void **state)
{
	static struct scene scene;
	scene.m = market_terms_create();
	scene.state = market_state_create(scene.m.table);
	scene.id = scene.m.usdm;
	scene.latency_ns = MS;
	*state = &scene;
	return scene.state == NULL;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	market_state_free(s->state);
	market_terms_free(&s->m);
	return 0;
}

static struct market_event event_at(struct scene *s, enum market_event_kind kind, int64_t exch_ns)
{
	return (struct market_event){.local_ns = exch_ns + s->latency_ns,
				     .exch_ns = exch_ns,
				     .instrument = s->id,
				     .venue = instrument_get(s->m.table, s->id)->venue,
				     .connection = 1,
				     .kind = (uint8_t)kind};
}

static void apply_funding(struct scene *s, int64_t exch_ns, enum funding_kind kind,
			  const char *rate, int64_t boundary_ns)
{
	struct market_event event = event_at(s, EVENT_FUNDING, exch_ns);
	event.u.funding.kind = kind;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = boundary_ns;
	market_state_apply(s->state, &event);
}

static void estimate(struct scene *s, int64_t exch_ns, const char *rate, int64_t boundary_ns)
{
	apply_funding(s, exch_ns, FUNDING_ESTIMATE, rate, boundary_ns);
}

static void apply_mark(struct scene *s, int64_t exch_ns, const char *price)
{
	struct market_event event = event_at(s, EVENT_MARK, exch_ns);
	event.u.mark.fields = MARK_HAS_MARK;
	event.u.mark.mark = money_of(price);
	market_state_apply(s->state, &event);
}

static struct settlement read(struct scene *s, int64_t boundary_ns)
{
	return market_state_settlement(s->state, s->id, boundary_ns);
}

static void assert_rate(struct scene *s, int64_t boundary_ns, const char *rate)
{
	struct settlement settlement = read(s, boundary_ns);
	assert_true(settlement.rate_known);
	assert_int_equal(settlement.rate.e18, rate_of(rate).e18);
}

static void assert_price(struct scene *s, int64_t boundary_ns, const char *price)
{
	struct settlement settlement = read(s, boundary_ns);
	assert_true(settlement.price_known);
	assert_money(settlement.price, price);
}

/* One markPriceUpdate of Binance is both. */
static void mark_price_update(struct scene *s, int64_t exch_ms, const char *mark, const char *rate,
			      int64_t next_ns)
{
	apply_mark(s, exch_ms * MS, mark);
	estimate(s, exch_ms * MS, rate, next_ns);
}

static void the_settled_rate_is_the_one_published_ten_ms_after_the_boundary(void **state)
{
	struct scene *s = *state;
	mark_price_update(s, 1680652798000, "28156.9", "0.00002754", BOUNDARY);
	mark_price_update(s, 1680652799001, "28157.1", "0.00002754", BOUNDARY);
	assert_false(read(s, BOUNDARY).rate_known);
	mark_price_update(s, 1680652800010, "28158.3", "0.00002760", BOUNDARY);
	assert_false(read(s, BOUNDARY).rate_known);
	assert_price(s, BOUNDARY, "28157.1");
	assert_false(market_state_funding(s->state, s->id)->settled_known);

	mark_price_update(s, 1680652801000, "28159", "0.00002760", NEXT);
	assert_rate(s, BOUNDARY, "0.0000276");
	assert_price(s, BOUNDARY, "28157.1");
	const struct funding_state *funding = market_state_funding(s->state, s->id);
	assert_true(funding->settled_known);
	assert_int_equal(funding->settled_boundary_ns, BOUNDARY);
	assert_int_equal(funding->settled_rate.e18, rate_of("0.0000276").e18);
	assert_int_equal(funding->boundary_ns, NEXT);
	assert_int_equal(funding->kind, FUNDING_ESTIMATE);

	/* The first real estimate of the next period changes nothing behind it. */
	mark_price_update(s, 1680652860000, "28160", "0.00002813", NEXT);
	assert_rate(s, BOUNDARY, "0.0000276");
	assert_false(read(s, NEXT).rate_known);
}

static void a_settled_record_wins_whenever_it_comes(void **state)
{
	struct scene *s = *state;
	estimate(s, BOUNDARY - MS, "0.0001", BOUNDARY);
	apply_funding(s, BOUNDARY + 5 * MS, FUNDING_SETTLED, "0.0002", BOUNDARY + 3 * MS);
	assert_rate(s, BOUNDARY, "0.0002");
	estimate(s, BOUNDARY + 10 * MS, "0.0003", BOUNDARY);
	estimate(s, BOUNDARY + 20 * MS, "0.0004", NEXT);
	assert_rate(s, BOUNDARY, "0.0002");
	assert_int_equal(market_state_funding(s->state, s->id)->settled_rate.e18,
			 rate_of("0.0002").e18);

	estimate(s, NEXT + 20 * MS, "0.0005", NEXT + 8 * HOURS);
	assert_rate(s, NEXT, "0.0004");
	apply_funding(s, NEXT + 600 * 1000 * MS, FUNDING_SETTLED, "0.0006", NEXT);
	assert_rate(s, NEXT, "0.0006");
	assert_int_equal(market_state_funding(s->state, s->id)->settled_rate.e18,
			 rate_of("0.0006").e18);
}

static void an_irregular_settlement_is_its_own_boundary(void **state)
{
	struct scene *s = *state;
	int64_t extra_ns = BOUNDARY + 5 * HOURS;
	apply_funding(s, extra_ns + MS, FUNDING_SETTLED, "0.0002", extra_ns);
	assert_rate(s, extra_ns, "0.0002");
	assert_false(read(s, BOUNDARY).rate_known);
	/* A record that names its own interval is snapped by that interval. */
	struct market_event event = event_at(s, EVENT_FUNDING, BOUNDARY + 12 * HOURS + 9 * MS);
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = rate_of("0.0007");
	event.u.funding.boundary_ns = BOUNDARY + 12 * HOURS + 9 * MS;
	event.u.funding.interval_ns = 4 * HOURS;
	market_state_apply(s->state, &event);
	assert_rate(s, BOUNDARY + 12 * HOURS, "0.0007");
}

static void older_settlements_do_not_displace_the_newest(void **state)
{
	struct scene *s = *state;
	apply_funding(s, NEXT, FUNDING_SETTLED, "0.0002", NEXT);
	apply_funding(s, NEXT + MS, FUNDING_SETTLED, "0.0001", BOUNDARY);
	const struct funding_state *funding = market_state_funding(s->state, s->id);
	assert_int_equal(funding->settled_boundary_ns, NEXT);
	assert_rate(s, BOUNDARY, "0.0001");
}

static void a_straggler_naming_the_past_changes_nothing(void **state)
{
	struct scene *s = *state;
	estimate(s, BOUNDARY + 10 * MS, "0.0001", BOUNDARY);
	estimate(s, BOUNDARY + 1000 * MS, "0.0001", NEXT);
	estimate(s, BOUNDARY + 1100 * MS, "0.0009", BOUNDARY);
	assert_rate(s, BOUNDARY, "0.0001");
	assert_int_equal(market_state_funding(s->state, s->id)->boundary_ns, NEXT);
}

static void a_schedule_shortened_before_the_boundary_settles_nothing_early(void **state)
{
	struct scene *s = *state;
	int64_t nearer_ns = NEXT - 4 * HOURS;
	estimate(s, BOUNDARY + HOURS, "0.0001", NEXT);
	estimate(s, BOUNDARY + 2 * HOURS, "0.0002", nearer_ns);
	assert_false(read(s, nearer_ns).rate_known);
	assert_false(read(s, NEXT).rate_known);
	estimate(s, nearer_ns + 10 * MS, "0.0003", nearer_ns);
	estimate(s, nearer_ns + 20 * MS, "0.0004", NEXT);
	assert_rate(s, nearer_ns, "0.0003");
	assert_false(read(s, NEXT).rate_known);
	estimate(s, NEXT + 20 * MS, "0.0005", NEXT + 4 * HOURS);
	assert_rate(s, NEXT, "0.0004");
}

static void a_later_time_named_too_early_is_taken_back(void **state)
{
	struct scene *s = *state;
	estimate(s, BOUNDARY + HOURS, "0.0001", NEXT);
	estimate(s, BOUNDARY + 2 * HOURS, "0.0002", NEXT + 8 * HOURS);
	assert_false(market_state_funding(s->state, s->id)->settled_known);
	estimate(s, BOUNDARY + 3 * HOURS, "0.0003", NEXT);
	assert_false(read(s, NEXT).rate_known);
	estimate(s, NEXT + MS, "0.0004", NEXT + 8 * HOURS);
	assert_rate(s, NEXT, "0.0003");
}

static void no_statement_means_no_rate_not_zero(void **state)
{
	struct scene *s = *state;
	estimate(s, BOUNDARY + 10 * MS, "0.0001", NEXT);
	struct settlement settlement = read(s, BOUNDARY);
	assert_false(settlement.rate_known);
	assert_int_equal(settlement.rate.e18, 0);
	assert_false(read(s, NEXT).rate_known);
}

static void use_fixed_rates(struct scene *s)
{
	struct instrument_revision revision = market_terms_revision();
	revision.funding.settle_mode = SETTLE_FIXED_ONE_PERIOD_AHEAD;
	assert_true(instrument_table_revise(s->m.table, s->id, &revision, NULL));
}

static void a_rate_fixed_ahead_is_known_before_its_boundary(void **state)
{
	struct scene *s = *state;
	use_fixed_rates(s);
	apply_funding(s, BOUNDARY + MS, FUNDING_NEXT, "0.0003", NEXT);
	assert_rate(s, NEXT, "0.0003");
	/* Running estimates of the period after are neither payment nor the statement to go by. */
	estimate(s, BOUNDARY + 2 * MS, "0.0009", NEXT + 8 * HOURS);
	estimate(s, BOUNDARY + 3 * MS, "0.0008", NEXT);
	assert_rate(s, NEXT, "0.0003");
	const struct funding_state *funding = market_state_funding(s->state, s->id);
	assert_int_equal(funding->kind, FUNDING_NEXT);
	assert_int_equal(funding->boundary_ns, NEXT);
	assert_false(funding->settled_known);
	assert_false(read(s, NEXT + 8 * HOURS).rate_known);
	apply_funding(s, NEXT + MS, FUNDING_NEXT, "0.0004", NEXT + 8 * HOURS);
	assert_true(funding->settled_known);
	assert_int_equal(funding->settled_boundary_ns, NEXT);
	assert_int_equal(funding->settled_rate.e18, rate_of("0.0003").e18);
	apply_funding(s, NEXT + HOURS, FUNDING_SETTLED, "0.0005", NEXT);
	assert_rate(s, NEXT, "0.0005");
}

static void a_fixed_rate_has_settled_only_when_its_boundary_has_passed(void **state)
{
	struct scene *s = *state;
	use_fixed_rates(s);
	const struct funding_state *funding = market_state_funding(s->state, s->id);
	apply_funding(s, BOUNDARY - MS, FUNDING_NEXT, "0.0003", BOUNDARY);
	apply_funding(s, BOUNDARY - MS, FUNDING_NEXT, "0.0004", NEXT);
	assert_false(funding->settled_known);
	apply_funding(s, BOUNDARY + MS, FUNDING_NEXT, "0.0005", NEXT);
	assert_true(funding->settled_known);
	assert_int_equal(funding->settled_boundary_ns, BOUNDARY);
}

static void an_estimate_informs_once_the_fixed_rate_lies_behind(void **state)
{
	struct scene *s = *state;
	use_fixed_rates(s);
	apply_funding(s, BOUNDARY - MS, FUNDING_NEXT, "0.0003", BOUNDARY);
	estimate(s, BOUNDARY - 1, "0.0007", NEXT);
	const struct funding_state *funding = market_state_funding(s->state, s->id);
	assert_int_equal(funding->boundary_ns, BOUNDARY);
	estimate(s, BOUNDARY, "0.0008", NEXT);
	assert_int_equal(funding->boundary_ns, NEXT);
	assert_int_equal(funding->kind, FUNDING_ESTIMATE);
}

static void with_running_estimates_a_prediction_further_ahead_settles_nothing(void **state)
{
	struct scene *s = *state;
	estimate(s, BOUNDARY - HOURS, "0.0001", BOUNDARY);
	apply_funding(s, BOUNDARY - HOURS + MS, FUNDING_NEXT, "0.0009", NEXT);
	assert_false(read(s, BOUNDARY).rate_known);
	assert_false(read(s, NEXT).rate_known);
	assert_int_equal(market_state_funding(s->state, s->id)->kind, FUNDING_ESTIMATE);
	assert_int_equal(market_state_funding(s->state, s->id)->rate.e18, rate_of("0.0001").e18);
	apply_funding(s, NEXT + MS, FUNDING_NEXT, "0.0008", NEXT + 8 * HOURS);
	assert_false(market_state_funding(s->state, s->id)->settled_known);
}

static void the_price_is_the_last_mark_not_after_the_boundary(void **state)
{
	struct scene *s = *state;
	assert_false(read(s, BOUNDARY).price_known);
	apply_mark(s, BOUNDARY - 1000 * MS, "100");
	assert_price(s, BOUNDARY, "100");
	apply_mark(s, BOUNDARY, "101");
	assert_price(s, BOUNDARY, "101");
	apply_mark(s, BOUNDARY + 1, "102");
	assert_price(s, BOUNDARY, "101");
	apply_mark(s, NEXT - MS, "103");
	apply_mark(s, NEXT + MS, "104");
	assert_price(s, BOUNDARY, "101");
	assert_price(s, NEXT, "103");
}

static void no_mark_before_the_boundary_is_no_price(void **state)
{
	struct scene *s = *state;
	apply_mark(s, BOUNDARY + MS, "100");
	assert_false(read(s, BOUNDARY).price_known);
	assert_price(s, NEXT, "100");
}

static void a_late_mark_newer_than_the_frozen_one_replaces_it(void **state)
{
	struct scene *s = *state;
	apply_mark(s, BOUNDARY - 1000 * MS, "100");
	apply_mark(s, BOUNDARY + 1000 * MS, "105");
	apply_mark(s, BOUNDARY - 500 * MS, "101");
	assert_price(s, BOUNDARY, "101");
	apply_mark(s, BOUNDARY - 700 * MS, "99");
	assert_price(s, BOUNDARY, "101");
	assert_price(s, NEXT, "105");
}

static void a_late_mark_is_the_first_one_of_its_boundary(void **state)
{
	struct scene *s = *state;
	apply_mark(s, NEXT + 1000 * MS, "105");
	apply_mark(s, BOUNDARY - 500 * MS, "101");
	assert_price(s, BOUNDARY, "101");
	assert_price(s, NEXT, "101");
}

static void a_silence_over_several_boundaries_leaves_them_the_last_mark(void **state)
{
	struct scene *s = *state;
	apply_mark(s, BOUNDARY - MS, "100");
	apply_mark(s, BOUNDARY + 3 * 8 * HOURS + MS, "200");
	for (int i = 0; i <= 3; i++)
		assert_price(s, BOUNDARY + i * 8 * HOURS, "100");
	assert_price(s, BOUNDARY + 4 * 8 * HOURS, "200");
}

static void the_last_eight_boundaries_are_remembered(void **state)
{
	struct scene *s = *state;
	for (int i = 0; i < 20; i++) {
		int64_t boundary_ns = BOUNDARY + i * 8 * HOURS;
		estimate(s, boundary_ns - MS, i % 2 ? "0.0001" : "0.0002", boundary_ns);
		apply_mark(s, boundary_ns - MS, i % 2 ? "100" : "200");
	}
	int64_t last_ns = BOUNDARY + 19 * 8 * HOURS;
	apply_mark(s, last_ns + MS, "300");
	estimate(s, last_ns + MS, "0.0005", last_ns + 8 * HOURS);
	for (int i = 13; i < 20; i++) {
		assert_rate(s, BOUNDARY + i * 8 * HOURS, i % 2 ? "0.0001" : "0.0002");
		assert_price(s, BOUNDARY + i * 8 * HOURS, i % 2 ? "100" : "200");
	}
	assert_false(read(s, BOUNDARY + 3 * 8 * HOURS).rate_known);
	assert_false(read(s, BOUNDARY + 3 * 8 * HOURS).price_known);
}

static void a_nonsense_stamp_costs_no_endless_walk_and_does_not_stay(void **state)
{
	struct scene *s = *state;
	apply_mark(s, BOUNDARY - MS, "100");
	apply_mark(s, INT64_MAX - HOURS, "7");
	apply_mark(s, INT64_MAX - HOURS, "7");
	apply_mark(s, BOUNDARY - 1, "101");
	assert_price(s, BOUNDARY, "101");
	assert_false(read(s, BOUNDARY - 8 * HOURS).price_known);
	assert_money(market_state_mark(s->state, s->id)->mark, "101");
	for (int i = 1; i < 20; i++) {
		int64_t boundary_ns = BOUNDARY + i * 8 * HOURS;
		apply_mark(s, boundary_ns - MS, i % 2 ? "102" : "103");
		apply_mark(s, boundary_ns + MS, "104");
		assert_price(s, boundary_ns, i % 2 ? "102" : "103");
		assert_price(s, boundary_ns + 8 * HOURS, "104");
	}
}

static void marks_without_exchange_time_are_stamped_by_the_venues_clock(void **state)
{
	struct scene *s = *state;
	struct market_event clock = event_at(s, EVENT_CLOCK, 0);
	clock.instrument = 0;
	clock.u.clock.offset_ns = 1270 * MS;
	market_state_apply(s->state, &clock);
	struct market_event mark = event_at(s, EVENT_MARK, 0);
	mark.u.mark.fields = MARK_HAS_MARK;
	mark.u.mark.mark = money_of("100");
	mark.local_ns = BOUNDARY - 1270 * MS;
	market_state_apply(s->state, &mark);
	mark.u.mark.mark = money_of("101");
	mark.local_ns = BOUNDARY - 1269 * MS;
	market_state_apply(s->state, &mark);
	assert_price(s, BOUNDARY, "100");
}

static void the_price_is_of_the_kind_that_pays(void **state)
{
	struct scene *s = *state;
	static const enum funding_price kinds[] = {FUNDING_PAID_ON_ORACLE, FUNDING_PAID_ON_INDEX};
	static const char *const prices[] = {"300", "200"};
	for (int i = 0; i < 2; i++) {
		struct instrument_revision revision = market_terms_revision();
		revision.funding.paid_on = kinds[i];
		struct instrument terms = market_terms_linear(&s->m, i ? "B" : "A");
		s->id = instrument_table_add(s->m.table, &terms, &revision, NULL);
		struct market_event event = event_at(s, EVENT_MARK, BOUNDARY - 2 * MS);
		event.u.mark.fields = MARK_HAS_MARK;
		event.u.mark.mark = money_of("100");
		market_state_apply(s->state, &event);
		assert_false(read(s, BOUNDARY).price_known);
		event.exch_ns = BOUNDARY - MS;
		event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX | MARK_HAS_ORACLE;
		event.u.mark.index = money_of("200");
		event.u.mark.oracle = money_of("300");
		market_state_apply(s->state, &event);
		assert_price(s, BOUNDARY, prices[i]);
	}
}

static void a_changed_schedule_freezes_prices_at_its_new_boundaries(void **state)
{
	struct scene *s = *state;
	apply_mark(s, BOUNDARY + HOURS, "100");
	struct instrument_revision revision = market_terms_revision();
	revision.effective_from_ns = BOUNDARY + HOURS;
	revision.funding.interval_ns = 4 * HOURS;
	assert_true(instrument_table_revise(s->m.table, s->id, &revision, NULL));
	apply_mark(s, BOUNDARY + 4 * HOURS + MS, "101");
	apply_mark(s, BOUNDARY + 8 * HOURS + MS, "102");
	assert_price(s, BOUNDARY + 4 * HOURS, "100");
	assert_price(s, BOUNDARY + 8 * HOURS, "101");
}

static void spot_marks_settle_nothing(void **state)
{
	struct scene *s = *state;
	s->id = s->m.spot;
	apply_mark(s, BOUNDARY - MS, "100");
	apply_mark(s, BOUNDARY + MS, "101");
	assert_false(read(s, BOUNDARY).price_known);
	assert_money(market_state_mark(s->state, s->id)->mark, "101");
}

static void funding_that_begins_later_is_followed_from_then_on(void **state)
{
	struct scene *s = *state;
	struct instrument_revision revision = market_terms_revision();
	revision.funding.pays = false;
	struct instrument terms = market_terms_linear(&s->m, "NEW");
	s->id = instrument_table_add(s->m.table, &terms, &revision, NULL);
	apply_mark(s, BOUNDARY - MS, "100");
	revision = market_terms_revision();
	revision.effective_from_ns = BOUNDARY;
	assert_true(instrument_table_revise(s->m.table, s->id, &revision, NULL));
	apply_mark(s, BOUNDARY + MS, "101");
	apply_mark(s, NEXT + MS, "102");
	assert_price(s, NEXT, "101");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_settled_rate_is_the_one_published_ten_ms_after_the_boundary),
		TEST(a_settled_record_wins_whenever_it_comes),
		TEST(an_irregular_settlement_is_its_own_boundary),
		TEST(older_settlements_do_not_displace_the_newest),
		TEST(a_straggler_naming_the_past_changes_nothing),
		TEST(a_schedule_shortened_before_the_boundary_settles_nothing_early),
		TEST(a_later_time_named_too_early_is_taken_back),
		TEST(no_statement_means_no_rate_not_zero),
		TEST(a_rate_fixed_ahead_is_known_before_its_boundary),
		TEST(a_fixed_rate_has_settled_only_when_its_boundary_has_passed),
		TEST(an_estimate_informs_once_the_fixed_rate_lies_behind),
		TEST(with_running_estimates_a_prediction_further_ahead_settles_nothing),
		TEST(the_price_is_the_last_mark_not_after_the_boundary),
		TEST(no_mark_before_the_boundary_is_no_price),
		TEST(a_late_mark_newer_than_the_frozen_one_replaces_it),
		TEST(a_late_mark_is_the_first_one_of_its_boundary),
		TEST(a_silence_over_several_boundaries_leaves_them_the_last_mark),
		TEST(the_last_eight_boundaries_are_remembered),
		TEST(a_nonsense_stamp_costs_no_endless_walk_and_does_not_stay),
		TEST(marks_without_exchange_time_are_stamped_by_the_venues_clock),
		TEST(the_price_is_of_the_kind_that_pays),
		TEST(a_changed_schedule_freezes_prices_at_its_new_boundaries),
		TEST(spot_marks_settle_nothing),
		TEST(funding_that_begins_later_is_followed_from_then_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
