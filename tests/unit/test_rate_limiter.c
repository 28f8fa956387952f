#include "core/net/rate_limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND_NS INT64_C(1000000000)
#define HOUR_NS	  (3600 * SECOND_NS)
#define START_NS  (1700000000 * SECOND_NS)

static int64_t take(struct rate_limiter *limiter, enum request_priority priority, int64_t weight,
		    int64_t now_ns)
{
	const int64_t weights[RATE_BUCKETS_MAX] = {weight};
	return rate_limiter_take(limiter, priority, weights, now_ns);
}

static struct rate_limiter one_bucket(int64_t capacity, int64_t refill_per_hour)
{
	struct rate_limiter limiter;
	const struct rate_bucket_options options = {.name = "ip minute",
						    .capacity = capacity,
						    .refill_per_hour = refill_per_hour,
						    .reserve_percent = {0, 0, 30, 40}};
	rate_limiter_init(&limiter, &options, 1, START_NS);
	return limiter;
}

static void a_full_bucket_is_spent_at_once_and_then_says_when(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(30, 1800);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS), 0);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS), 0);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS), START_NS + 2 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 3, START_NS), START_NS + 6 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS + 2 * SECOND_NS - 1),
			 START_NS + 2 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS + 2 * SECOND_NS), 0);
}

static void less_important_requests_leave_a_reserve(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(100, 3600);
	assert_int_equal(take(&limiter, PRIORITY_READ, 61, START_NS), INT64_MAX);
	assert_int_equal(take(&limiter, PRIORITY_READ, 60, START_NS), 0);
	assert_int_equal(take(&limiter, PRIORITY_READ, 1, START_NS), START_NS + SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_OPEN, 10, START_NS), 0);
	assert_int_equal(take(&limiter, PRIORITY_OPEN, 1, START_NS), START_NS + SECOND_NS);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS), 30);
	assert_int_equal(take(&limiter, PRIORITY_HEDGE, 15, START_NS), 0);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 15, START_NS), 0);
}

static void all_buckets_give_or_none(void **state)
{
	(void)state;
	struct rate_limiter limiter;
	const struct rate_bucket_options options[] = {
		{.name = "ip", .capacity = 10, .refill_per_hour = 36000},
		{.name = "address", .capacity = 5},
	};
	rate_limiter_init(&limiter, options, 2, START_NS);
	const int64_t heavy[RATE_BUCKETS_MAX] = {1, 6}, fits[RATE_BUCKETS_MAX] = {8, 5};
	const int64_t late[RATE_BUCKETS_MAX] = {8, 0};
	assert_int_equal(rate_limiter_take(&limiter, PRIORITY_CANCEL, heavy, START_NS), INT64_MAX);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS), 10);
	assert_int_equal(rate_limiter_take(&limiter, PRIORITY_CANCEL, fits, START_NS), 0);
	/* The empty lifetime bucket is not asked for weight 0. */
	assert_int_equal(rate_limiter_take(&limiter, PRIORITY_READ, late, START_NS),
			 START_NS + 6 * SECOND_NS / 10);
	assert_int_equal(rate_limiter_take(&limiter, PRIORITY_READ, fits, START_NS), INT64_MAX);
}

static void more_than_a_bucket_holds_never_comes_by_itself(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(100, 3600);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 101, START_NS), INT64_MAX);
	assert_int_equal(take(&limiter, PRIORITY_OPEN, 71, START_NS), INT64_MAX);
	assert_int_equal(take(&limiter, PRIORITY_OPEN, 70, START_NS), 0);
}

static void a_block_holds_even_cancels_and_is_never_shortened(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(100, 3600);
	rate_limiter_block(&limiter, START_NS + 10 * SECOND_NS);
	rate_limiter_block(&limiter, START_NS + 5 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS), START_NS + 10 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS + 10 * SECOND_NS - 1),
			 START_NS + 10 * SECOND_NS);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS + 10 * SECOND_NS), 0);
}

static void the_venue_knows_better_what_is_left(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(100, 3600);
	rate_limiter_set_left(&limiter, 0, -5, START_NS);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS), -5);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS + SECOND_NS / 2), -5);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS), START_NS + 6 * SECOND_NS);
	rate_limiter_set_left(&limiter, 0, 1000, START_NS);
	assert_int_equal(rate_limiter_left(&limiter, 0, START_NS), 100);

	struct rate_limiter lifetime = one_bucket(10000, 0);
	rate_limiter_set_left(&lifetime, 0, 25000, START_NS);
	assert_int_equal(rate_limiter_left(&lifetime, 0, START_NS + HOUR_NS), 25000);
	assert_int_equal(take(&lifetime, PRIORITY_OPEN, 22000, START_NS), 0);
	assert_int_equal(take(&lifetime, PRIORITY_OPEN, 1, START_NS), INT64_MAX);
	assert_int_equal(take(&lifetime, PRIORITY_HEDGE, 3000, START_NS), 0);
}

static void asking_every_nanosecond_loses_no_weight(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(10, 60);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 10, START_NS), 0);
	/* 60 an hour is one in 60 s; the division by 3600 would lose it all. */
	for (int64_t ns = 1; ns <= 100000; ns++)
		take(&limiter, PRIORITY_CANCEL, 1, START_NS + ns);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS + 100001),
			 START_NS + 60 * SECOND_NS);
}

static void a_clock_that_stands_or_a_bucket_that_waits_for_years_is_harmless(void **state)
{
	(void)state;
	struct rate_limiter limiter = one_bucket(4000000000, 4000000000);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 4000000000, START_NS), 0);
	assert_int_equal(take(&limiter, PRIORITY_CANCEL, 1, START_NS - HOUR_NS), START_NS + 900);
	assert_int_equal(rate_limiter_left(&limiter, 0, INT64_MAX), 4000000000);
}

/* The oracle is the taking itself. */
static void room_is_how_often_it_can_be_taken(void **state)
{
	(void)state;
	const struct rate_bucket_options options[] = {
		{"requests", 30, 1800, {0, 0, 30, 40}},
		{"actions", 50, 0, {0, 0, 10, 10}},
	};
	for (int priority = PRIORITY_CANCEL; priority <= PRIORITY_READ; priority++)
		for (int64_t first = 0; first <= 3; first++)
			for (int64_t spent = 0; spent <= 30; spent++) {
				struct rate_limiter limiter;
				const int64_t weights[RATE_BUCKETS_MAX] = {first, 2};
				const int64_t before[RATE_BUCKETS_MAX] = {spent, spent};
				int64_t now_ns = START_NS + 3 * SECOND_NS, taken = 0;
				rate_limiter_init(&limiter, options, 2, START_NS);
				rate_limiter_take(&limiter, PRIORITY_CANCEL, before, START_NS);
				int64_t room = rate_limiter_room(
					&limiter, (enum request_priority)priority, weights, now_ns);
				while (rate_limiter_take(&limiter, (enum request_priority)priority,
							 weights, now_ns) == 0)
					taken++;
				assert_int_equal(room, taken);
			}
	struct rate_limiter limiter = one_bucket(30, 1800);
	const int64_t nothing[RATE_BUCKETS_MAX] = {0}, one[RATE_BUCKETS_MAX] = {1};
	assert_true(rate_limiter_room(&limiter, PRIORITY_OPEN, nothing, START_NS) == INT64_MAX);
	rate_limiter_block(&limiter, START_NS + 1);
	assert_int_equal(rate_limiter_room(&limiter, PRIORITY_CANCEL, one, START_NS), 0);
	assert_int_equal(rate_limiter_room(&limiter, PRIORITY_CANCEL, one, START_NS + 1), 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_bucket_is_spent_at_once_and_then_says_when),
		cmocka_unit_test(less_important_requests_leave_a_reserve),
		cmocka_unit_test(all_buckets_give_or_none),
		cmocka_unit_test(more_than_a_bucket_holds_never_comes_by_itself),
		cmocka_unit_test(a_block_holds_even_cancels_and_is_never_shortened),
		cmocka_unit_test(the_venue_knows_better_what_is_left),
		cmocka_unit_test(room_is_how_often_it_can_be_taken),
		cmocka_unit_test(asking_every_nanosecond_loses_no_weight),
		cmocka_unit_test(a_clock_that_stands_or_a_bucket_that_waits_for_years_is_harmless),
	};
	return cmocka_run_group_tests_name("rate_limiter", tests, NULL, NULL);
}
