#include "core/base/scheduler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CALLS_MAX 64

struct calls {
	struct scheduler *scheduler;
	char text[CALLS_MAX * 8]; /* "a@10 b@20 " */
	size_t length;
	/* The source's events; INT64_MAX ends them. */
	const int64_t *source;
	schedule_id victim;
	unsigned repeats;
};

struct call {
	struct calls *calls;
	char name;
};

static void note(struct calls *calls, char name)
{
	calls->length +=
		(size_t)snprintf(calls->text + calls->length, sizeof(calls->text) - calls->length,
				 "%c@%lld ", name, (long long)scheduler_now(calls->scheduler));
}

static void called(void *user)
{
	struct call *call = user;
	note(call->calls, call->name);
}

static struct calls calls;
static struct call a = {&calls, 'a'}, b = {&calls, 'b'}, c = {&calls, 'c'}, d = {&calls, 'd'},
		   e = {&calls, 'e'}, f = {&calls, 'f'}, g = {&calls, 'g'};

static int64_t source_next(void *user)
{
	return *((struct calls *)user)->source;
}

static void source_dispatch(void *user)
{
	struct calls *of = user;
	of->source++;
	note(of, 's');
}

static int set_up(void **state)
{
	calls = (struct calls){.scheduler = scheduler_create(0)};
	*state = calls.scheduler;
	return calls.scheduler ? 0 : -1;
}

static int tear_down(void **state)
{
	scheduler_free(*state);
	return 0;
}

static void entries_run_in_order_of_time(void **state)
{
	struct scheduler *s = *state;
	scheduler_at(s, 30, SCHEDULE_TIMER, called, &c);
	scheduler_at(s, 10, SCHEDULE_TIMER, called, &a);
	scheduler_after(s, 20, SCHEDULE_TIMER, called, &b);
	assert_int_equal(scheduler_pending(s), 3);
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "a@10 b@20 c@30 ");
	assert_int_equal(scheduler_pending(s), 0);
	assert_int_equal(scheduler_now(s), 30);
	assert_int_equal(scheduler_log_clock(s), 30);
	assert_false(scheduler_stopped(s));
}

static void at_one_time_classes_decide_then_the_order_of_scheduling(void **state)
{
	struct scheduler *s = *state;
	static const int64_t SOURCE[] = {5, INT64_MAX};
	const struct stream_source source = {source_next, source_dispatch, &calls};
	calls.source = SOURCE;
	scheduler_at(s, 5, SCHEDULE_COMPLETION, called, &d);
	scheduler_at(s, 5, SCHEDULE_ORDER_EVENT, called, &c);
	scheduler_at(s, 5, SCHEDULE_COMPLETION, called, &e);
	scheduler_at(s, 5, SCHEDULE_SIMULATED_MATCH, called, &b);
	scheduler_at(s, 5, SCHEDULE_VENUE_SETTLEMENT, called, &a);
	scheduler_run(s, &source, INT64_MAX);
	assert_string_equal(calls.text, "a@5 b@5 s@5 c@5 d@5 e@5 ");
}

static void the_past_means_now_and_time_never_runs_backwards(void **state)
{
	struct scheduler *s = *state;
	scheduler_at(s, -100, SCHEDULE_TIMER, called, &b);
	scheduler_at(s, INT64_MIN, SCHEDULE_VENUE_SETTLEMENT, called, &a);
	scheduler_after(s, -5, SCHEDULE_TIMER, called, &c);
	scheduler_run(s, NULL, 0);
	assert_string_equal(calls.text, "a@0 b@0 c@0 ");
	scheduler_free(s);
	*state = calls.scheduler = s = scheduler_create(-3);
	scheduler_after(s, INT64_MIN, SCHEDULE_TIMER, called, &d);
	scheduler_run(s, NULL, 0);
	assert_string_equal(calls.text, "a@0 b@0 c@0 d@-3 ");
}

static void schedules_now(void *user)
{
	struct calls *of = user;
	note(of, '(');
	scheduler_at(of->scheduler, 0, SCHEDULE_VENUE_SETTLEMENT, called, &a);
	note(of, ')');
}

static void an_entry_is_never_called_from_inside_another(void **state)
{
	scheduler_at(*state, 7, SCHEDULE_TIMER, schedules_now, &calls);
	scheduler_run(*state, NULL, INT64_MAX);
	assert_string_equal(calls.text, "(@7 )@7 a@7 ");
}

static void cancels_victim(void *user)
{
	struct calls *of = user;
	note(of, 'x');
	scheduler_cancel(of->scheduler, of->victim);
}

static void a_cancelled_entry_is_silent(void **state)
{
	struct scheduler *s = *state;
	schedule_id first = scheduler_at(s, 10, SCHEDULE_TIMER, called, &a);
	scheduler_at(s, 20, SCHEDULE_TIMER, cancels_victim, &calls);
	calls.victim = scheduler_at(s, 20, SCHEDULE_TIMER, called, &b);
	scheduler_at(s, 30, SCHEDULE_TIMER, called, &c);
	assert_true(first != 0);
	scheduler_cancel(s, first);
	assert_int_equal(scheduler_pending(s), 3);
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "x@20 c@30 ");
}

static void ids_that_are_over_cancel_nothing(void **state)
{
	struct scheduler *s = *state;
	schedule_id ran = scheduler_at(s, 1, SCHEDULE_TIMER, called, &a);
	scheduler_run(s, NULL, INT64_MAX);
	/* These entries may live where the earlier one lived. */
	schedule_id kept = scheduler_at(s, 2, SCHEDULE_TIMER, called, &b);
	assert_true(ran != kept);
	scheduler_cancel(s, ran);
	scheduler_cancel(s, 0);
	scheduler_cancel(s, UINT64_MAX);
	schedule_id gone = scheduler_at(s, 2, SCHEDULE_TIMER, called, &c);
	scheduler_cancel(s, gone);
	scheduler_cancel(s, gone);
	scheduler_at(s, 2, SCHEDULE_TIMER, called, &d);
	scheduler_cancel(s, gone);
	calls.victim = scheduler_at(s, 3, SCHEDULE_TIMER, cancels_victim, &calls);
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "a@1 b@2 d@2 x@3 ");
}

static void a_run_ends_after_until_and_goes_on_later(void **state)
{
	struct scheduler *s = *state;
	static const int64_t SOURCE[] = {4, 10, 11, INT64_MAX};
	const struct stream_source source = {source_next, source_dispatch, &calls};
	calls.source = SOURCE;
	scheduler_at(s, 10, SCHEDULE_ORDER_EVENT, called, &a);
	scheduler_at(s, 11, SCHEDULE_ORDER_EVENT, called, &b);
	scheduler_run(s, &source, 10);
	assert_string_equal(calls.text, "s@4 s@10 a@10 ");
	scheduler_run(s, &source, 10);
	assert_int_equal(scheduler_pending(s), 1);
	scheduler_run(s, &source, 11);
	assert_string_equal(calls.text, "s@4 s@10 a@10 s@11 b@11 ");
}

static void after_the_sources_end_only_what_is_in_flight_lands(void **state)
{
	struct scheduler *s = *state;
	static const int64_t SOURCE[] = {5, INT64_MAX};
	const struct stream_source source = {source_next, source_dispatch, &calls};
	calls.source = SOURCE;
	scheduler_at(s, 4, SCHEDULE_TIMER, called, &a);
	scheduler_at(s, 5, SCHEDULE_TIMER, called, &b);
	scheduler_at(s, 9, SCHEDULE_COMPLETION, called, &e);
	scheduler_at(s, 8, SCHEDULE_TIMER, called, &c);
	scheduler_at(s, 8, SCHEDULE_SIMULATED_MATCH, called, &d);
	scheduler_at(s, 8, SCHEDULE_VENUE_SETTLEMENT, called, &g);
	scheduler_at(s, 20, SCHEDULE_ORDER_EVENT, called, &f);
	scheduler_run(s, &source, 15);
	assert_string_equal(calls.text, "a@4 s@5 b@5 d@8 e@9 ");
	assert_int_equal(scheduler_pending(s), 3);
	scheduler_run(s, &source, INT64_MAX);
	assert_string_equal(calls.text, "a@4 s@5 b@5 d@8 e@9 f@20 ");
	/* Without a source every entry runs. */
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "a@4 s@5 b@5 d@8 e@9 f@20 g@20 c@20 ");
}

static void stops(void *user)
{
	note(user, '!');
	scheduler_stop(calls.scheduler);
}

static void stopping_ends_the_run_after_the_running_entry(void **state)
{
	struct scheduler *s = *state;
	scheduler_at(s, 1, SCHEDULE_TIMER, stops, &calls);
	scheduler_at(s, 1, SCHEDULE_TIMER, called, &a);
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "!@1 ");
	assert_true(scheduler_stopped(s));
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "!@1 a@1 ");
	assert_false(scheduler_stopped(s));
}

static void the_last_instant_is_an_instant_like_any_other(void **state)
{
	struct scheduler *s = *state;
	scheduler_at(s, INT64_MAX, SCHEDULE_TIMER, called, &b);
	scheduler_at(s, INT64_MAX, SCHEDULE_SIMULATED_MATCH, called, &a);
	scheduler_run(s, NULL, INT64_MAX - 1);
	assert_string_equal(calls.text, "");
	scheduler_run(s, NULL, INT64_MAX);
	assert_int_equal(scheduler_pending(s), 0);
	/* A delay past the end of time means the end of time. */
	scheduler_after(s, 1, SCHEDULE_TIMER, called, &c);
	scheduler_after(s, INT64_MAX, SCHEDULE_TIMER, called, &d);
	scheduler_run(s, NULL, INT64_MAX);
	assert_string_equal(calls.text, "a@9223372036854775807 b@9223372036854775807 "
					"c@9223372036854775807 d@9223372036854775807 ");
}

static void repeats(void *user)
{
	struct calls *of = user;
	if (of->repeats++ < 100000)
		scheduler_after(of->scheduler, 1, SCHEDULE_TIMER, repeats, of);
}

static void places_are_used_again(void **state)
{
	struct scheduler *s = *state;
	schedule_id earlier = 0;
	for (int i = 0; i < 100000; i++) {
		schedule_id id = scheduler_at(s, 1, SCHEDULE_TIMER, called, &a);
		assert_true(id != 0 && id != earlier);
		scheduler_cancel(s, id);
		earlier = id;
	}
	scheduler_at(s, 1, SCHEDULE_TIMER, repeats, &calls);
	scheduler_run(s, NULL, INT64_MAX);
	assert_int_equal(calls.repeats, 100001);
	assert_int_equal(scheduler_now(s), 100001);
}

static void a_live_loop_learns_what_is_next_and_moves_now(void **state)
{
	struct scheduler *s = *state;
	assert_true(scheduler_next_ns(s) == INT64_MAX);
	schedule_id later = scheduler_at(s, 30, SCHEDULE_TIMER, called, &b);
	scheduler_at(s, 10, SCHEDULE_TIMER, called, &a);
	assert_true(scheduler_next_ns(s) == 10);
	scheduler_run(s, NULL, 19);
	assert_true(scheduler_next_ns(s) == 30);
	assert_true(scheduler_now(s) == 10);
	scheduler_advance(s, 20);
	assert_true(scheduler_now(s) == 20);
	scheduler_advance(s, 15); /* the past changes nothing */
	assert_true(scheduler_now(s) == 20);
	scheduler_after(s, 0, SCHEDULE_COMPLETION, called, &c);
	assert_true(scheduler_next_ns(s) == 20);
	scheduler_advance(s, 20);
	scheduler_run(s, NULL, 20);
	scheduler_advance(s, 30); /* what is due then has not run, and is not late */
	assert_true(scheduler_next_ns(s) == 30);
	scheduler_cancel(s, later);
	assert_true(scheduler_next_ns(s) == INT64_MAX);
	assert_string_equal(calls.text, "a@10 c@20 ");
}

static void freeing_calls_nothing(void **state)
{
	(void)state;
	struct scheduler *s = scheduler_create(0);
	scheduler_at(s, 1, SCHEDULE_TIMER, called, &a);
	scheduler_free(s);
	scheduler_free(NULL);
	assert_string_equal(calls.text, "");
}

#define SCHEDULER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHEDULER_TEST(entries_run_in_order_of_time),
		SCHEDULER_TEST(at_one_time_classes_decide_then_the_order_of_scheduling),
		SCHEDULER_TEST(the_past_means_now_and_time_never_runs_backwards),
		SCHEDULER_TEST(an_entry_is_never_called_from_inside_another),
		SCHEDULER_TEST(a_cancelled_entry_is_silent),
		SCHEDULER_TEST(ids_that_are_over_cancel_nothing),
		SCHEDULER_TEST(a_run_ends_after_until_and_goes_on_later),
		SCHEDULER_TEST(after_the_sources_end_only_what_is_in_flight_lands),
		SCHEDULER_TEST(stopping_ends_the_run_after_the_running_entry),
		SCHEDULER_TEST(the_last_instant_is_an_instant_like_any_other),
		SCHEDULER_TEST(places_are_used_again),
		SCHEDULER_TEST(a_live_loop_learns_what_is_next_and_moves_now),
		SCHEDULER_TEST(freeing_calls_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
