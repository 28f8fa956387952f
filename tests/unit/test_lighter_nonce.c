/* The nonces of one API key: forward only, never twice while it may matter. */
#include "exchanges/lighter/lighter_nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_nonces nonces;

static void begin(int64_t next)
{
	lighter_nonces_init(&nonces);
	lighter_nonces_resync(&nonces, 0, next);
}

static int64_t take(int64_t dead_ns)
{
	int64_t nonce = -1;
	return lighter_nonces_take(&nonces, dead_ns, &nonce) ? nonce : -1;
}

static void nothing_is_given_out_before_the_venue_named_its_nonce(void **state)
{
	(void)state;
	lighter_nonces_init(&nonces);
	assert_int_equal(take(10), -1);
	assert_int_equal(lighter_nonces_resync_at(&nonces), INT64_MIN);
	lighter_nonces_resync(&nonces, 0, 722);
	assert_int_equal(take(10), 722);
}

static void accepted_nonces_count_forward(void **state)
{
	(void)state;
	begin(5);
	for (int64_t n = 5; n < 40; n++) {
		assert_int_equal(take(10), n);
		lighter_nonces_accepted(&nonces, n);
	}
	assert_int_equal(lighter_nonces_resync_at(&nonces), INT64_MAX);
}

static void a_refused_nonce_is_used_again(void **state)
{
	(void)state;
	begin(5);
	assert_int_equal(take(10), 5);
	lighter_nonces_refused(&nonces, 5);
	assert_int_equal(take(10), 5);
}

static void a_run_of_nonces_ends_at_a_gap(void **state)
{
	(void)state;
	lighter_nonces_init(&nonces);
	assert_int_equal(lighter_nonces_run(&nonces, 8), 0);
	begin(5);
	assert_int_equal(lighter_nonces_run(&nonces, 8), 8);
	assert_int_equal(lighter_nonces_run(&nonces, 100), LIGHTER_NONCES_AHEAD);
	for (int i = 0; i < 4; i++)
		take(10);
	assert_int_equal(lighter_nonces_run(&nonces, 100), LIGHTER_NONCES_AHEAD - 4);
	lighter_nonces_refused(&nonces, 5);
	lighter_nonces_refused(&nonces, 6);
	assert_int_equal(lighter_nonces_run(&nonces, 8), 2); /* 5, 6, then 9 */
	assert_int_equal(lighter_nonces_run(&nonces, 1), 1);
	assert_int_equal(take(10), 5); /* asking gave nothing out */
}

static void a_hole_is_filled_before_counting_on(void **state)
{
	(void)state;
	begin(5);
	for (int i = 0; i < 4; i++)
		take(10);
	lighter_nonces_refused(&nonces, 6);
	assert_int_equal(take(10), 6);
	assert_int_equal(take(10), 9);
}

static void refused_ones_at_the_end_fall_back_together(void **state)
{
	(void)state;
	begin(5);
	for (int i = 0; i < 3; i++)
		take(10);
	lighter_nonces_refused(&nonces, 6);
	lighter_nonces_refused(&nonces, 7);
	assert_int_equal(nonces.free_count, 0);
	assert_int_equal(take(10), 6);
}

static void an_unknown_nonce_is_never_given_to_other_bytes(void **state)
{
	(void)state;
	begin(5);
	assert_int_equal(take(10), 5);
	lighter_nonces_unknown(&nonces, 5);
	assert_int_equal(take(10), 6);
	lighter_nonces_refused(&nonces, 5); /* too late to be believed */
	lighter_nonces_accepted(&nonces, 6);
	assert_int_equal(take(10), 7);
}

static void after_invalid_nonce_all_wait_for_the_last_end(void **state)
{
	(void)state;
	begin(5);
	take(100);
	take(300);
	take(200);
	assert_false(lighter_nonces_invalid(&nonces, 5));
	assert_int_equal(take(400), -1);
	assert_int_equal(lighter_nonces_resync_at(&nonces), 300);
	lighter_nonces_unknown(&nonces, 6);
	lighter_nonces_unknown(&nonces, 7);
	lighter_nonces_resync(&nonces, 299, 6); /* asked while one could still land */
	assert_int_equal(take(400), -1);
	lighter_nonces_resync(&nonces, 300, 6);
	assert_int_equal(take(400), 6);
}

static void invalid_behind_a_refused_one_is_no_surprise(void **state)
{
	(void)state;
	begin(5);
	for (int i = 0; i < 3; i++)
		take(10);
	lighter_nonces_refused(&nonces, 5);
	assert_true(lighter_nonces_invalid(&nonces, 6));
	/* 5 goes out again before the answer to 7 is there. */
	assert_int_equal(take(10), 5);
	assert_true(lighter_nonces_invalid(&nonces, 7));
	lighter_nonces_accepted(&nonces, 5);
	assert_int_equal(take(10), 6);
	/* Now nothing below it is missing: a surprise. */
	assert_false(lighter_nonces_invalid(&nonces, 6));
	assert_int_equal(take(10), -1);
}

static void never_more_than_sixteen_ahead(void **state)
{
	(void)state;
	begin(100);
	for (int i = 0; i < LIGHTER_NONCES_AHEAD; i++)
		assert_int_equal(take(10), 100 + i);
	assert_int_equal(take(10), -1);
	lighter_nonces_accepted(&nonces, 105); /* the first is still open */
	assert_int_equal(take(10), -1);
	lighter_nonces_accepted(&nonces, 100);
	assert_int_equal(take(10), 116);
	assert_int_equal(take(10), -1);
}

static void a_doubt_is_settled_once_everything_is_dead(void **state)
{
	(void)state;
	begin(5);
	take(100);
	lighter_nonces_unknown(&nonces, 5);
	assert_int_equal(lighter_nonces_resync_at(&nonces), 100);
	lighter_nonces_resync(&nonces, 100, 5); /* it never arrived */
	assert_int_equal(lighter_nonces_resync_at(&nonces), INT64_MAX);
	assert_int_equal(take(300), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_given_out_before_the_venue_named_its_nonce),
		cmocka_unit_test(accepted_nonces_count_forward),
		cmocka_unit_test(a_refused_nonce_is_used_again),
		cmocka_unit_test(a_run_of_nonces_ends_at_a_gap),
		cmocka_unit_test(a_hole_is_filled_before_counting_on),
		cmocka_unit_test(refused_ones_at_the_end_fall_back_together),
		cmocka_unit_test(an_unknown_nonce_is_never_given_to_other_bytes),
		cmocka_unit_test(after_invalid_nonce_all_wait_for_the_last_end),
		cmocka_unit_test(invalid_behind_a_refused_one_is_no_surprise),
		cmocka_unit_test(never_more_than_sixteen_ahead),
		cmocka_unit_test(a_doubt_is_settled_once_everything_is_dead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
