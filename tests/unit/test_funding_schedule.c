#include "core/base/utc.h"
#include "core/market/funding_schedule.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define H NS_PER_HOUR

static const struct funding_terms eight_hours = {.pays = true, .interval_ns = 8 * H};
static const struct funding_terms no_funding = {.pays = false};

static void the_boundary_itself_is_the_last_one_and_not_the_next(void **state)
{
	(void)state;
	assert_int_equal(funding_next_boundary(&eight_hours, 8 * H - 1), 8 * H);
	assert_int_equal(funding_next_boundary(&eight_hours, 8 * H), 16 * H);
	assert_int_equal(funding_last_boundary(&eight_hours, 8 * H), 8 * H);
	assert_int_equal(funding_last_boundary(&eight_hours, 8 * H - 1), 0);
	assert_int_equal(funding_next_boundary(&eight_hours, -1), 0);
	assert_int_equal(funding_last_boundary(&eight_hours, -1), -8 * H);
}

static void the_phase_shifts_the_boundaries(void **state)
{
	(void)state;
	struct funding_terms terms = eight_hours;
	terms.phase_ns = 4 * H;
	assert_int_equal(funding_next_boundary(&terms, 0), 4 * H);
	assert_int_equal(funding_last_boundary(&terms, 0), -4 * H);
	assert_int_equal(funding_next_boundary(&terms, 4 * H), 12 * H);
}

static void what_pays_no_funding_has_no_boundary(void **state)
{
	(void)state;
	assert_int_equal(funding_next_boundary(&no_funding, 5), INT64_MAX);
	assert_int_equal(funding_last_boundary(&no_funding, 5), INT64_MIN);
}

static void the_ends_of_time_saturate(void **state)
{
	(void)state;
	assert_int_equal(funding_next_boundary(&eight_hours, INT64_MAX - 1), INT64_MAX);
	assert_int_equal(funding_last_boundary(&eight_hours, INT64_MIN), INT64_MIN);
}

static int set_up(void **state)
{
	static struct market_terms terms;
	terms = market_terms_create();
	*state = &terms;
	return 0;
}

static int tear_down(void **state)
{
	market_terms_free(*state);
	return 0;
}

static void revise(struct market_terms *m, int64_t from_ns, struct funding_terms funding)
{
	struct instrument_revision revision = market_terms_revision();
	revision.effective_from_ns = from_ns;
	revision.funding = funding;
	struct error err;
	assert_true(instrument_table_revise(m->table, m->usdm, &revision, &err));
}

static void a_boundary_belongs_to_the_revision_in_force_at_it(void **state)
{
	struct market_terms *m = *state;
	revise(m, 18 * H, (struct funding_terms){.pays = true, .interval_ns = 4 * H});
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 8 * H), 16 * H);
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 16 * H), 20 * H);
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 20 * H), 24 * H);
}

static void the_change_instant_is_a_boundary_only_of_the_new_schedule(void **state)
{
	struct market_terms *m = *state;
	/* 16:00 is a boundary of the old schedule, not of the new one, which starts there. */
	revise(m, 16 * H,
	       (struct funding_terms){.pays = true, .interval_ns = 8 * H, .phase_ns = 3 * H});
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 8 * H), 19 * H);
	/* 30:00 is one of the new schedule of 30:00, not of the old one. */
	revise(m, 30 * H, (struct funding_terms){.pays = true, .interval_ns = 6 * H});
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 27 * H), 30 * H);
}

static void funding_may_end_and_begin(void **state)
{
	struct market_terms *m = *state;
	revise(m, 10 * H, no_funding);
	revise(m, 100 * H, no_funding);
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 0), 8 * H);
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 8 * H), INT64_MAX);
	revise(m, 200 * H, (struct funding_terms){.pays = true, .interval_ns = H});
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 8 * H), 200 * H);
	assert_int_equal(instrument_next_boundary(m->table, m->spot, 8 * H), INT64_MAX);
}

static void of_two_revisions_at_one_instant_the_later_counts(void **state)
{
	struct market_terms *m = *state;
	revise(m, 10 * H, (struct funding_terms){.pays = true, .interval_ns = H});
	revise(m, 10 * H, (struct funding_terms){.pays = true, .interval_ns = 4 * H});
	assert_int_equal(instrument_next_boundary(m->table, m->usdm, 9 * H), 12 * H);
}

static void late_and_early_stamps_snap_to_their_boundary(void **state)
{
	(void)state;
	int64_t boundary;
	static const int64_t lateness[] = {0, 47 * NS_PER_MS, 90 * NS_PER_SECOND, 4 * H - 1,
					   -NS_PER_SECOND};
	for (size_t i = 0; i < sizeof(lateness) / sizeof(lateness[0]); i++) {
		boundary = -1;
		assert_true(funding_snap(&eight_hours, 16 * H + lateness[i], &boundary));
		assert_int_equal(boundary, 16 * H);
	}
}

static void irregular_stamps_are_their_own_boundary(void **state)
{
	(void)state;
	int64_t boundary = 0;
	assert_false(funding_snap(&eight_hours, 20 * H, &boundary));
	assert_int_equal(boundary, 20 * H);
	assert_false(funding_snap(&eight_hours, 16 * H - NS_PER_SECOND - 1, &boundary));
	assert_int_equal(boundary, 16 * H - NS_PER_SECOND - 1);
	assert_false(funding_snap(&no_funding, 7, &boundary));
	assert_int_equal(boundary, 7);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_boundary_itself_is_the_last_one_and_not_the_next),
		cmocka_unit_test(the_phase_shifts_the_boundaries),
		cmocka_unit_test(what_pays_no_funding_has_no_boundary),
		cmocka_unit_test(the_ends_of_time_saturate),
		TEST(a_boundary_belongs_to_the_revision_in_force_at_it),
		TEST(the_change_instant_is_a_boundary_only_of_the_new_schedule),
		TEST(funding_may_end_and_begin),
		TEST(of_two_revisions_at_one_instant_the_later_counts),
		cmocka_unit_test(late_and_early_stamps_snap_to_their_boundary),
		cmocka_unit_test(irregular_stamps_are_their_own_boundary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
