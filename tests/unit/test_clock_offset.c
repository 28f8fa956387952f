#include "core/net/clock_offset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS	 INT64_C(1000000)
#define START_NS (INT64_C(1700000000) * 1000 * MS)

static int64_t offset_ns, uncertainty_ns;

static bool estimate(const struct clock_offset *clock, int64_t now_ns)
{
	return clock_offset_estimate(clock, now_ns, &offset_ns, &uncertainty_ns);
}

/* A request at at_ns that takes up + down; the venue is ahead by ahead_ns. */
static void sample(struct clock_offset *clock, int64_t at_ns, int64_t up_ns, int64_t down_ns,
		   int64_t ahead_ns)
{
	int64_t venue_ns = at_ns + up_ns + ahead_ns;
	clock_offset_sample(clock, at_ns, at_ns + up_ns + down_ns, venue_ns - venue_ns % MS, MS);
}

static void without_samples_nothing_is_known(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	assert_false(estimate(&clock, START_NS));
}

static void one_sample_bounds_by_its_round_trip_and_resolution(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	sample(&clock, START_NS, 10 * MS, 30 * MS, 500 * MS);
	assert_true(estimate(&clock, START_NS + 40 * MS));
	/* Within [470, 511] ms. */
	assert_int_equal(offset_ns, 470 * MS + 41 * MS / 2);
	assert_int_equal(uncertainty_ns, 41 * MS / 2);
}

static void the_narrowest_bound_wins(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	sample(&clock, START_NS, 1 * MS, 1 * MS, -200 * MS);
	sample(&clock, START_NS + 1000 * MS, 100 * MS, 20 * MS, -200 * MS);
	assert_true(estimate(&clock, START_NS + 1200 * MS));
	assert_true(uncertainty_ns < 2 * MS);
	assert_in_range(offset_ns + 300 * MS, 98 * MS, 102 * MS);
}

static void an_old_bound_widens_until_a_new_one_is_narrower(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	sample(&clock, START_NS, 1 * MS, 1 * MS, 0);
	assert_true(estimate(&clock, START_NS + 1000000 * MS)); /* 1000 s: 50 ms each way */
	assert_in_range(uncertainty_ns, 51 * MS, 52 * MS);
	sample(&clock, START_NS + 1000000 * MS, 5 * MS, 5 * MS, 0);
	assert_true(estimate(&clock, START_NS + 1000010 * MS));
	assert_in_range(uncertainty_ns, 5 * MS, 6 * MS);
}

static void a_step_of_the_venue_is_believed_at_once(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	for (int64_t i = 0; i < 20; i++)
		sample(&clock, START_NS + i * 1000 * MS, 1 * MS, 1 * MS, 0);
	sample(&clock, START_NS + 20000 * MS, 50 * MS, 50 * MS, 3000 * MS);
	assert_true(estimate(&clock, START_NS + 20100 * MS));
	assert_in_range(offset_ns, 2900 * MS, 3100 * MS);
	/* One more that agrees with the step: the narrower of the two. */
	sample(&clock, START_NS + 21000 * MS, 1 * MS, 1 * MS, 3000 * MS);
	sample(&clock, START_NS + 22000 * MS, 50 * MS, 50 * MS, 3000 * MS);
	assert_true(estimate(&clock, START_NS + 22100 * MS));
	assert_true(uncertainty_ns < 2 * MS);
	assert_in_range(offset_ns, 2998 * MS, 3002 * MS);
}

static void samples_that_prove_nothing_are_ignored(void **state)
{
	(void)state;
	struct clock_offset clock = {0};
	clock_offset_sample(&clock, START_NS, START_NS - 1, START_NS, MS);
	clock_offset_sample(&clock, START_NS, START_NS + 5000 * MS + 1, START_NS, MS);
	clock_offset_sample(&clock, START_NS, START_NS + MS, INT64_MIN, MS);
	clock_offset_sample(&clock, START_NS, START_NS + MS, INT64_MAX, INT64_MAX);
	clock_offset_sample(&clock, START_NS, START_NS + MS, START_NS, -1);
	assert_false(estimate(&clock, START_NS));
	clock_offset_sample(&clock, START_NS, START_NS + 5000 * MS, START_NS, MS);
	assert_true(estimate(&clock, START_NS));
	assert_true(estimate(&clock, INT64_MAX));
	assert_true(estimate(&clock, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_samples_nothing_is_known),
		cmocka_unit_test(one_sample_bounds_by_its_round_trip_and_resolution),
		cmocka_unit_test(the_narrowest_bound_wins),
		cmocka_unit_test(an_old_bound_widens_until_a_new_one_is_narrower),
		cmocka_unit_test(a_step_of_the_venue_is_believed_at_once),
		cmocka_unit_test(samples_that_prove_nothing_are_ignored),
	};
	return cmocka_run_group_tests_name("clock_offset", tests, NULL, NULL);
}
