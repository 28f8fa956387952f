/*
 * What a run of weeks or a broken source does to the scheduler. Its file is included, because 2^32
 * entries are too many to schedule one by one.
 */
#include "core/base/scheduler.c"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void nothing(void *user)
{
	(void)user;
}

static void an_old_id_never_names_a_later_entry_of_its_place(void **state)
{
	(void)state;
	struct scheduler *scheduler = scheduler_create(0);
	assert_non_null(scheduler);
	schedule_id old = scheduler_at(scheduler, 1, SCHEDULE_TIMER, nothing, NULL);
	scheduler_cancel(scheduler, old);
	scheduler->next_sequence += UINT32_MAX; /* as many entries have come and gone */
	schedule_id later = scheduler_at(scheduler, 1, SCHEDULE_TIMER, nothing, NULL);
	assert_int_equal(later & SLOT_MASK, old & SLOT_MASK);
	assert_int_equal((uint32_t)(later >> SLOT_BITS), (uint32_t)(old >> SLOT_BITS));
	assert_true(later != old);
	scheduler_cancel(scheduler, old);
	assert_int_equal(scheduler_pending(scheduler), 1);
	scheduler_cancel(scheduler, later);
	assert_int_equal(scheduler_pending(scheduler), 0);
	scheduler_free(scheduler);
}

static int64_t next_of_disordered_source(void *user)
{
	return *(const int64_t *)user;
}

static void go_back(void *user)
{
	*(int64_t *)user -= 3;
}

static void run_disordered_source(void)
{
	int64_t next_ns = 1000;
	struct stream_source source = {next_of_disordered_source, go_back, &next_ns};
	scheduler_run(scheduler_create(0), &source, INT64_MAX);
}

static void schedule_one_too_many(void)
{
	struct scheduler *scheduler = scheduler_create(0);
	for (size_t i = 0; i < SCHEDULER_ENTRIES_MAX; i++)
		scheduler_at(scheduler, 1, SCHEDULE_TIMER, nothing, NULL);
	if (scheduler_pending(scheduler) != SCHEDULER_ENTRIES_MAX)
		_exit(1);
	scheduler_at(scheduler, 1, SCHEDULE_TIMER, nothing, NULL);
}

static void pass_over_an_entry(void)
{
	struct scheduler *scheduler = scheduler_create(0);
	scheduler_at(scheduler, 7, SCHEDULE_TIMER, nothing, NULL);
	scheduler_advance(scheduler, 8);
}

/* Runs it in a child and expects an abort whose words on standard error contain `words`. */
static void expect_abort(void (*run)(void), const char *words)
{
	int ends[2];
	char text[512];
	size_t length = 0;
	ssize_t got;
	int status;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		run();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, words));
}

static void a_source_that_goes_back_in_time_aborts_and_says_both_times(void **state)
{
	(void)state;
	expect_abort(run_disordered_source, "next event is at 997 ns, before now, 1000 ns");
}

static void one_entry_beyond_the_bound_aborts_and_names_the_bound(void **state)
{
	(void)state;
	expect_abort(schedule_one_too_many, "more than 1000000 entries wait");
}

static void moving_now_past_an_entry_aborts_and_says_both_times(void **state)
{
	(void)state;
	expect_abort(pass_over_an_entry, "cannot move to 8 ns: an entry at 7 ns still waits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_id_never_names_a_later_entry_of_its_place),
		cmocka_unit_test(a_source_that_goes_back_in_time_aborts_and_says_both_times),
		cmocka_unit_test(one_entry_beyond_the_bound_aborts_and_names_the_bound),
		cmocka_unit_test(moving_now_past_an_entry_aborts_and_says_both_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
