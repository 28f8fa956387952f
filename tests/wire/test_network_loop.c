/* The live loop: time, order, and how it ends. */
#include "core/base/utc.h"
#include "core/net/network.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct scheduler *scheduler;
	struct network *network;
};

static int set_up(void **state)
{
	static struct world world;
	struct error err = {0};
	world.scheduler = scheduler_create(network_realtime_ns());
	world.network = network_create(world.scheduler, &err);
	*state = &world;
	return world.network ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	network_free(world->network);
	scheduler_free(world->scheduler);
	return 0;
}

struct fired {
	struct world *world;
	int64_t due_ns, at_ns, late_ns;
	unsigned count;
};

static void fires(void *user)
{
	struct fired *fired = user;
	fired->at_ns = scheduler_now(fired->world->scheduler);
	fired->late_ns = network_now_ns(fired->world->network) - fired->due_ns;
	fired->count++;
}

static void live_time_is_the_real_time_and_never_runs_backwards(void **state)
{
	struct world *world = *state;
	int64_t last = scheduler_now(world->scheduler);
	for (int i = 0; i < 1000; i++) {
		int64_t now = network_now_ns(world->network);
		assert_true(now >= last);
		last = now;
	}
	int64_t apart = last - network_realtime_ns();
	assert_true(apart < 100 * NS_PER_MS && apart > -100 * NS_PER_MS);
}

static void a_timer_fires_at_its_time_and_not_before(void **state)
{
	struct world *world = *state;
	int64_t now = scheduler_now(world->scheduler), best = INT64_MAX;
	struct fired fired[20] = {0};
	for (int i = 0; i < 20; i++) {
		fired[i].world = world;
		fired[i].due_ns = now + (i + 1) * 2300 * NS_PER_US;
		scheduler_at(world->scheduler, fired[i].due_ns, SCHEDULE_TIMER, fires, &fired[i]);
	}
	network_run(world->network, now + 60 * NS_PER_MS);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(fired[i].count, 1);
		assert_true(fired[i].at_ns == fired[i].due_ns);
		assert_true(fired[i].late_ns >= 0);
		if (fired[i].late_ns < best)
			best = fired[i].late_ns;
	}
	/* Microseconds on an idle machine; the bound is for one that is not. */
	print_message("the most punctual timer was %lld us late\n", (long long)(best / NS_PER_US));
	assert_true(best < 20 * NS_PER_MS);
}

static void a_run_ends_at_its_time_and_leaves_later_entries(void **state)
{
	struct world *world = *state;
	int64_t now = scheduler_now(world->scheduler);
	struct fired early = {.world = world}, late = {.world = world};
	scheduler_at(world->scheduler, now + 10 * NS_PER_MS, SCHEDULE_TIMER, fires, &early);
	scheduler_at(world->scheduler, now + 30 * NS_PER_MS, SCHEDULE_TIMER, fires, &late);
	network_run(world->network, now + 10 * NS_PER_MS);
	assert_int_equal(early.count, 1);
	assert_int_equal(late.count, 0);
	assert_true(network_now_ns(world->network) >= now + 10 * NS_PER_MS);
	network_run(world->network, now + 30 * NS_PER_MS);
	assert_int_equal(late.count, 1);
}

static void stops(void *user)
{
	scheduler_stop(user);
}

static void stop_ends_the_run_at_once_and_it_can_go_on(void **state)
{
	struct world *world = *state;
	struct fired after = {.world = world};
	int64_t now = scheduler_now(world->scheduler);
	scheduler_at(world->scheduler, now, SCHEDULE_TIMER, stops, world->scheduler);
	scheduler_at(world->scheduler, now, SCHEDULE_TIMER, fires, &after);
	network_run(world->network, INT64_MAX);
	assert_int_equal(after.count, 0);
	network_run(world->network, now + NS_PER_MS);
	assert_int_equal(after.count, 1);
}

struct caught {
	int number;
	unsigned count;
};

static void catches(void *user, int number)
{
	struct caught *caught = user;
	caught->number = number;
	caught->count++;
}

static void raises(void *user)
{
	(void)user;
	raise(SIGTERM);
}

static void a_signal_is_told_on_the_loop_and_ends_the_run(void **state)
{
	struct world *world = *state;
	struct caught caught = {0};
	network_stop_on_signals(world->network, catches, &caught);
	scheduler_after(world->scheduler, 0, SCHEDULE_TIMER, raises, NULL);
	network_run(world->network, INT64_MAX);
	assert_int_equal(caught.count, 1);
	assert_int_equal(caught.number, SIGTERM);
}

static void the_second_signal_ends_the_process(void **state)
{
	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct caught caught = {0};
		struct scheduler *scheduler = scheduler_create(network_realtime_ns());
		struct network *network = network_create(scheduler, NULL);
		network_stop_on_signals(network, catches, &caught);
		for (int i = 0; i < 2; i++) {
			scheduler_after(scheduler, 0, SCHEDULE_TIMER, raises, NULL);
			network_run(network, INT64_MAX);
		}
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM);
}

static void proxies_of_the_environment_are_forgotten(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
	struct scheduler *scheduler = scheduler_create(network_realtime_ns());
	struct network *network = network_create(scheduler, NULL);
	assert_non_null(network);
	assert_null(getenv("http_proxy"));
	assert_null(getenv("HTTPS_PROXY"));
	network_free(network);
	scheduler_free(scheduler);
}

static void a_dead_pipe_does_not_kill(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(live_time_is_the_real_time_and_never_runs_backwards),
		TEST(a_timer_fires_at_its_time_and_not_before),
		TEST(a_run_ends_at_its_time_and_leaves_later_entries),
		TEST(stop_ends_the_run_at_once_and_it_can_go_on),
		TEST(a_signal_is_told_on_the_loop_and_ends_the_run),
		TEST(the_second_signal_ends_the_process),
		TEST(proxies_of_the_environment_are_forgotten),
		TEST(a_dead_pipe_does_not_kill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
