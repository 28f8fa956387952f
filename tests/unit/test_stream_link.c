#include "core/net/stream_link.h"

#include "core/base/log.h"
#include "core/net/virtual_network.h"
#include "tests/support/effort.h"
#include "tests/support/scripted_service.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS	     INT64_C(1000000)
#define ATTEMPTS_MAX 4096

/* An endpoint between the link under test and the virtual one: it notes every attempt. */
struct counted_endpoint {
	struct endpoint base;
	struct endpoint *inner;
	unsigned attempts;
	int64_t attempts_ns[ATTEMPTS_MAX];
	bool refuses; /* connect returns NULL */
};

struct world {
	struct scheduler *scheduler;
	struct scripted_service service;
	struct virtual_link *wire;
	struct counted_endpoint endpoint;
	struct stream_link *link;
	unsigned ups, downs, messages;
	char why[128], text[64];
	/* What to do inside the next event of a kind. */
	void (*inside_up)(void), (*inside_message)(void), (*inside_down)(void);
};

static struct world world;

static struct web_socket *counted_connect(struct endpoint *base,
					  const struct web_socket_events *events, void *user)
{
	struct counted_endpoint *endpoint = (struct counted_endpoint *)base;
	assert_true(endpoint->attempts < ATTEMPTS_MAX);
	endpoint->attempts_ns[endpoint->attempts++] = scheduler_now(world.scheduler);
	return endpoint->refuses ? NULL : endpoint_connect(endpoint->inner, events, user);
}

static const struct endpoint_functions counted_functions = {.connect = counted_connect};

static void on_up(void *user)
{
	assert_ptr_equal(user, &world);
	assert_true(stream_link_is_up(world.link));
	world.ups++;
	if (world.inside_up)
		world.inside_up();
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	assert_ptr_equal(user, &world);
	assert_int_equal(received_ns, scheduler_now(world.scheduler));
	world.messages++;
	snprintf(world.text, sizeof(world.text), "%.*s", (int)(length < 60 ? length : 60), text);
	if (world.inside_message)
		world.inside_message();
}

static void on_down(void *user, const char *why)
{
	assert_ptr_equal(user, &world);
	assert_false(stream_link_is_up(world.link));
	world.downs++;
	snprintf(world.why, sizeof(world.why), "%s", why);
	if (world.inside_down)
		world.inside_down();
}

static const struct stream_link_events events = {on_up, on_message, on_down};

static const struct stream_link_options usual = {
	.name = "venue",
	.backoff_first_ns = 250 * MS,
	.backoff_max_ns = 30000 * MS,
	.open_timeout_ns = 10000 * MS,
	.ping_after_ns = 20000 * MS,
	.ping_text = "ping",
	.silent_after_ns = 65000 * MS,
	.connects_per_minute = 30,
};

static void start(const struct stream_link_options *options, uint64_t seed)
{
	world.link = stream_link_create(world.scheduler, &world.endpoint.base, options, &events,
					&world, seed);
	assert_non_null(world.link);
}

static int set_up(void **state)
{
	(void)state;
	log_configure(stderr, LOG_ALARM);
	world = (struct world){.scheduler = scheduler_create(0)};
	scripted_service_init(&world.service);
	world.wire = virtual_link_create(
		world.scheduler, &(struct virtual_link_options){.up_ns = 5 * MS, .down_ns = 5 * MS},
		&world.service.face);
	world.endpoint.base.functions = &counted_functions;
	world.endpoint.inner = virtual_link_endpoint(world.wire);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stream_link_free(world.link);
	endpoint_free(world.endpoint.inner);
	virtual_link_free(world.wire);
	assert_int_equal(scheduler_pending(world.scheduler), 0);
	scheduler_free(world.scheduler);
	return 0;
}

static void nothing(void *user)
{
	(void)user;
}

/* now is that time afterwards, whatever happens in it. */
static void run_until_ms(int64_t ms)
{
	scheduler_at(world.scheduler, ms * MS, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world.scheduler, NULL, ms * MS);
}

static void send_text(const char *text)
{
	assert_true(stream_link_send(world.link, text, strlen(text)));
}

static void comes_up_at_once_and_carries(void **state)
{
	(void)state;
	start(&usual, 1);
	assert_int_equal(world.endpoint.attempts, 1);
	assert_int_equal(world.ups, 0);
	assert_false(stream_link_send(world.link, "x", 1));
	run_until_ms(10);
	assert_int_equal(world.ups, 1);
	assert_int_equal(stream_link_opened(world.link), 1);
	send_text("hello");
	run_until_ms(20);
	assert_string_equal(world.text, "hello");
	assert_int_equal(world.downs, 0);
}

static void a_closed_stream_comes_back_within_half_to_whole_of_the_first_wait(void **state)
{
	(void)state;
	start(&usual, 1);
	run_until_ms(10);
	send_text("close 1001");
	run_until_ms(20);
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "closed by the venue with code 1001");
	run_until_ms(1000);
	assert_int_equal(world.endpoint.attempts, 2);
	assert_in_range(world.endpoint.attempts_ns[1], (20 + 125) * MS, (20 + 250) * MS);
	assert_int_equal(world.ups, 2);
	assert_int_equal(stream_link_opened(world.link), 2);
}

/* Every wait lies in half..whole of a whole that doubles up to the greatest. */
static void assert_backoff(int64_t silent_part_ns, unsigned from)
{
	int64_t whole_ns = usual.backoff_first_ns;
	for (unsigned i = from; i < world.endpoint.attempts; i++) {
		int64_t wait_ns = world.endpoint.attempts_ns[i] -
				  world.endpoint.attempts_ns[i - 1] - silent_part_ns;
		assert_in_range(wait_ns, whole_ns / 2, whole_ns);
		whole_ns =
			2 * whole_ns > usual.backoff_max_ns ? usual.backoff_max_ns : 2 * whole_ns;
	}
}

static void waits_double_up_to_the_greatest_and_differ_by_seed(void **state)
{
	(void)state;
	virtual_link_set_down(world.wire, true);
	int64_t third_ns = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		world.endpoint.attempts = 0;
		start(&usual, seed);
		run_until_ms(scheduler_now(world.scheduler) / MS + 600000);
		assert_true(world.endpoint.attempts > 20);
		assert_backoff(0, 1);
		int64_t since_ns = world.endpoint.attempts_ns[2] - world.endpoint.attempts_ns[0];
		assert_true(since_ns != third_ns);
		third_ns = since_ns;
		stream_link_free(world.link);
		world.link = NULL;
	}
	assert_int_equal(world.ups, 0);
	assert_int_equal(world.downs, 0);
}

static void a_connection_that_never_opens_is_given_up(void **state)
{
	(void)state;
	virtual_link_freeze(world.wire, true);
	start(&usual, 3);
	run_until_ms(9999);
	assert_int_equal(world.endpoint.attempts, 1);
	run_until_ms(300000);
	assert_true(world.endpoint.attempts > 5);
	assert_backoff(usual.open_timeout_ns, 1);
	virtual_link_freeze(world.wire, false);
	run_until_ms(400000);
	assert_int_equal(world.ups, 1);
	assert_int_equal(world.service.socket_count, 1);
}

static void a_long_life_resets_the_wait_and_a_short_one_does_not(void **state)
{
	(void)state;
	virtual_link_set_down(world.wire, true);
	start(&usual, 4);
	run_until_ms(200000);
	virtual_link_set_down(world.wire, false);
	run_until_ms(240000);
	assert_int_equal(world.ups, 1);
	/* Short: up for at most 40 s less the wait, cut before 30 s. */
	int64_t up_ns = world.endpoint.attempts_ns[world.endpoint.attempts - 1];
	run_until_ms(up_ns / MS + 10000);
	unsigned before = world.endpoint.attempts;
	virtual_link_set_down(world.wire, true);
	virtual_link_set_down(world.wire, false);
	int64_t cut_ns = scheduler_now(world.scheduler);
	run_until_ms(cut_ns / MS + 31000);
	assert_int_equal(world.endpoint.attempts, before + 1);
	assert_in_range(world.endpoint.attempts_ns[before] - cut_ns, 15000 * MS, 30000 * MS);
	/* Long. */
	run_until_ms(cut_ns / MS + 100000);
	virtual_link_set_down(world.wire, true);
	virtual_link_set_down(world.wire, false);
	cut_ns = scheduler_now(world.scheduler);
	run_until_ms(cut_ns / MS + 1000);
	assert_in_range(world.endpoint.attempts_ns[before + 1] - cut_ns, 125 * MS, 250 * MS);
}

static void attempts_in_any_minute_are_bounded(void **state)
{
	(void)state;
	struct stream_link_options options = usual;
	options.backoff_max_ns = options.backoff_first_ns = 10 * MS;
	options.connects_per_minute = 7;
	world.endpoint.refuses = true;
	start(&options, 5);
	run_until_ms(600000);
	assert_in_range(world.endpoint.attempts, 69, 78);
	for (unsigned i = 7; i < world.endpoint.attempts; i++)
		assert_true(world.endpoint.attempts_ns[i] - world.endpoint.attempts_ns[i - 7] >=
			    60000 * MS);
}

static void we_ping_only_when_we_have_been_silent(void **state)
{
	(void)state;
	start(&usual, 6);
	run_until_ms(15000);
	send_text("busy");
	run_until_ms(34999);
	assert_int_equal(world.service.messages, 1);
	run_until_ms(35010);
	assert_int_equal(world.service.messages, 2);
	assert_string_equal(world.text, "ping");
	run_until_ms(55010);
	assert_int_equal(world.service.messages, 3);
	run_until_ms(3600000);
	assert_int_equal(world.downs, 0);
	assert_int_equal(world.ups, 1);
}

static void a_silent_venue_is_left_and_tried_again(void **state)
{
	(void)state;
	start(&usual, 7);
	world.service.echoes = false;
	run_until_ms(65009);
	assert_int_equal(world.downs, 0);
	run_until_ms(65010);
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "nothing received for 65000 ms");
	run_until_ms(66000);
	assert_int_equal(world.ups, 2);
	assert_int_equal(world.service.socket_count, 1);
}

static void a_half_open_connection_is_noticed_by_its_silence(void **state)
{
	(void)state;
	start(&usual, 8);
	run_until_ms(40010); /* the second pong has just arrived */
	assert_int_equal(world.messages, 2 - 1);
	run_until_ms(41000);
	virtual_link_freeze(world.wire, true);
	int64_t last_ms = 40000 + 20;
	run_until_ms(last_ms + 64000);
	assert_int_equal(world.downs, 0);
	run_until_ms(last_ms + 65000);
	assert_int_equal(world.downs, 1);
	virtual_link_freeze(world.wire, false);
	run_until_ms(last_ms + 80000);
	assert_true(stream_link_is_up(world.link));
	assert_int_equal(world.service.socket_count, 1);
}

static void without_limits_of_silence_nothing_is_sent_and_nothing_expected(void **state)
{
	(void)state;
	struct stream_link_options options = usual;
	options.ping_after_ns = options.silent_after_ns = 0;
	options.ping_text = NULL;
	start(&options, 9);
	run_until_ms(86400000);
	assert_int_equal(world.ups, 1);
	assert_int_equal(world.downs, 0);
	assert_int_equal(world.service.messages, 0);
	assert_int_equal(scheduler_pending(world.scheduler), 0);
}

static void reconnect_closes_now_and_tells(void **state)
{
	(void)state;
	start(&usual, 10);
	stream_link_reconnect(world.link, "too early"); /* while connecting: not a down */
	assert_int_equal(world.downs, 0);
	stream_link_reconnect(world.link, "waiting"); /* no effect */
	run_until_ms(1000);
	assert_int_equal(world.ups, 1);
	assert_int_equal(world.endpoint.attempts, 2);
	stream_link_reconnect(world.link, "a subscription was lost");
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "a subscription was lost");
	run_until_ms(3000);
	assert_int_equal(world.ups, 2);
	assert_int_equal(world.service.socket_count, 1);
}

static void reconnects(void)
{
	world.inside_up = world.inside_message = NULL;
	stream_link_reconnect(world.link, "from inside");
}

static void sends_and_reconnects_in_down(void)
{
	assert_false(stream_link_send(world.link, "x", 1));
	stream_link_reconnect(world.link, "again");
}

static void reconnect_works_from_inside_every_event(void **state)
{
	(void)state;
	world.inside_up = reconnects;
	world.inside_down = sends_and_reconnects_in_down;
	start(&usual, 11);
	run_until_ms(2000);
	assert_int_equal(world.ups, 2);
	assert_int_equal(world.downs, 1);
	world.inside_message = reconnects;
	send_text("hello");
	run_until_ms(4000);
	assert_int_equal(world.ups, 3);
	assert_int_equal(world.downs, 2);
	assert_int_equal(world.endpoint.attempts, 3);
}

static void frees(void)
{
	stream_link_free(world.link);
	world.link = NULL;
}

static void it_may_be_freed_from_inside_every_event(void **state)
{
	(void)state;
	world.inside_up = frees;
	start(&usual, 12);
	run_until_ms(1000);
	assert_int_equal(world.ups, 1);
	world.inside_up = NULL;
	world.inside_message = frees;
	start(&usual, 12);
	run_until_ms(2000);
	send_text("hello");
	run_until_ms(3000);
	assert_int_equal(world.messages, 1);
	world.inside_message = NULL;
	world.inside_down = frees;
	start(&usual, 12);
	run_until_ms(4000);
	send_text("cut");
	run_until_ms(5000);
	start(&usual, 12);
	run_until_ms(6000);
	stream_link_reconnect(world.link, "why not");
	assert_null(world.link);
	run_until_ms(90000);
	assert_int_equal(world.downs, 2);
	assert_int_equal(world.ups, 4);
	assert_int_equal(world.service.socket_count, 0);
}

/* Whatever happens to the wire, ups and downs alternate and it is up again when there is peace. */
static void after_any_trouble_it_is_up_again(void **state)
{
	unsigned seeds = effort(200, "troubles");
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct random random;
		random_seed(&random, seed);
		start(&usual, seed);
		for (unsigned step = 0; step < 60; step++) {
			run_until_ms(scheduler_now(world.scheduler) / MS +
				     random_between(&random, 0, 20000));
			virtual_link_set_down(world.wire, random_below(&random, 3) == 0);
			virtual_link_freeze(world.wire, random_below(&random, 3) == 0);
			world.service.echoes = random_below(&random, 3) != 0;
			if (random_below(&random, 4) == 0)
				stream_link_send(world.link, "close 1012", 10);
			assert_int_equal(world.ups - world.downs, stream_link_is_up(world.link));
		}
		virtual_link_set_down(world.wire, false);
		virtual_link_freeze(world.wire, false);
		world.service.echoes = true;
		run_until_ms(scheduler_now(world.scheduler) / MS + 65000 + 30000 + 10020);
		if (!stream_link_is_up(world.link))
			print_error("seed %llu\n", (unsigned long long)seed);
		assert_true(stream_link_is_up(world.link));
		for (unsigned i = 30; i < world.endpoint.attempts; i++)
			assert_true(world.endpoint.attempts_ns[i] -
					    world.endpoint.attempts_ns[i - 30] >=
				    60000 * MS);
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_up_at_once_and_carries),
		TEST(a_closed_stream_comes_back_within_half_to_whole_of_the_first_wait),
		TEST(waits_double_up_to_the_greatest_and_differ_by_seed),
		TEST(a_connection_that_never_opens_is_given_up),
		TEST(a_long_life_resets_the_wait_and_a_short_one_does_not),
		TEST(attempts_in_any_minute_are_bounded),
		TEST(we_ping_only_when_we_have_been_silent),
		TEST(a_silent_venue_is_left_and_tried_again),
		TEST(a_half_open_connection_is_noticed_by_its_silence),
		TEST(without_limits_of_silence_nothing_is_sent_and_nothing_expected),
		TEST(reconnect_closes_now_and_tells),
		TEST(reconnect_works_from_inside_every_event),
		TEST(it_may_be_freed_from_inside_every_event),
		TEST(after_any_trouble_it_is_up_again),
	};
	return cmocka_run_group_tests_name("stream_link", tests, NULL, NULL);
}
