#include "core/net/virtual_network.h"

#include "tests/support/scripted_service.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

struct world {
	struct scheduler *scheduler;
	struct scripted_service service;
	struct virtual_link *link;
	struct endpoint *endpoint;
	/* Of the answers, in order of completion. */
	unsigned completions;
	struct http_response last;
	char body[256];
	size_t length;
	char why[96];
	unsigned stamps;
	char log[4096]; /* what the client's sockets heard */
	size_t messages;
	int64_t last_message_ns;
};

static struct world world;

static void set_up_link(struct virtual_link_options options)
{
	world.link = virtual_link_create(world.scheduler, &options, &world.service.face);
	world.endpoint = virtual_link_endpoint(world.link);
	assert_non_null(world.endpoint);
}

static int set_up(void **state)
{
	(void)state;
	world = (struct world){.scheduler = scheduler_create(1000 * MS)};
	scripted_service_init(&world.service);
	set_up_link((struct virtual_link_options){
		.up_ns = 10 * MS, .down_ns = 20 * MS, .socket_target = "/stream"});
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	endpoint_free(world.endpoint);
	virtual_link_free(world.link);
	assert_int_equal(scheduler_pending(world.scheduler), 0);
	assert_int_equal(world.service.socket_count, 0);
	assert_int_equal(world.service.waiting_count, 0);
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

static void done(void *user, const struct http_response *response)
{
	(void)user;
	world.completions++;
	world.last = *response;
	world.length = response->length;
	snprintf(world.body, sizeof(world.body), "%.*s", (int)response->length,
		 response->body ? response->body : "");
	snprintf(world.why, sizeof(world.why), "%s", response->why);
	assert_int_equal(response->received_ns, scheduler_now(world.scheduler));
}

static void ask(const char *target, bool one_shot)
{
	endpoint_request(world.endpoint,
			 &(struct http_request){.method = HTTP_POST,
						.target = target,
						.content_type = "application/json",
						.authorization = "key",
						.body = "{\"a\":1}",
						.body_length = 7,
						.one_shot = one_shot},
			 1500 * MS, done, NULL);
}

static void note(const char *what, const char *detail)
{
	size_t used = strlen(world.log);
	snprintf(world.log + used, sizeof(world.log) - used, "%s%s@%d ", what, detail,
		 (int)(scheduler_now(world.scheduler) / MS));
}

static void opened(void *user)
{
	note(user, "+");
}

static void message(void *user, const char *text, size_t length, int64_t received_ns)
{
	char start[24];
	assert_int_equal(received_ns, scheduler_now(world.scheduler));
	snprintf(start, sizeof(start), ":%.*s", (int)(length < 16 ? length : 16), text);
	world.messages++;
	world.last_message_ns = received_ns;
	if (world.messages < 20)
		note(user, start);
}

static void closed(void *user, const char *why)
{
	snprintf(world.why, sizeof(world.why), "%s", why);
	note(user, "-");
}

static const struct web_socket_events socket_events = {opened, message, closed};

static char names[128][2];
static struct web_socket *open_socket(char letter)
{
	char *name = names[(unsigned char)letter];
	name[0] = letter;
	return endpoint_connect(world.endpoint, &socket_events, name);
}

static void send_text(struct web_socket *socket, const char *text)
{
	assert_true(web_socket_send(socket, text, strlen(text)));
}

/* ---- requests -------------------------------------------------------------------------------- */

static void a_request_travels_up_and_its_answer_down(void **state)
{
	(void)state;
	ask("/echo?x=1", false);
	assert_int_equal(world.completions, 0);
	run_until_ms(1029);
	assert_int_equal(world.service.requests, 1);
	assert_int_equal(world.completions, 0);
	run_until_ms(1030);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(world.last.status, 200);
	assert_int_equal(world.last.sent_ns, 1000 * MS);
	assert_int_equal(world.last.received_ns, 1030 * MS);
	assert_int_equal(world.last.retry_after_s, -1);
	assert_string_equal(world.body, "POST /echo?x=1 [application/json] [key] 7:{\"a\":1}");
	run_until_ms(3000);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.service.gone, 0);
}

static void statuses_and_retry_after_are_carried(void **state)
{
	(void)state;
	ask("/status/503", false);
	run_until_ms(1030);
	assert_int_equal(world.last.status, 503);
	assert_int_equal(world.length, 0);
	ask("/retry", false);
	run_until_ms(1060);
	assert_int_equal(world.last.status, 429);
	assert_int_equal(world.last.retry_after_s, 7);
}

static void a_silent_service_ends_unknown_at_give_up_and_hears_that_the_client_left(void **state)
{
	(void)state;
	ask("/later", false);
	run_until_ms(1499);
	assert_int_equal(world.completions, 0);
	run_until_ms(1500);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.service.gone, 0);
	run_until_ms(1510);
	assert_int_equal(world.service.gone, 1);
	assert_int_equal(world.completions, 1);
}

static void answer_all(void *user)
{
	(void)user;
	scripted_service_answer_all(&world.service);
}

static void an_answer_at_the_instant_of_the_give_up_counts(void **state)
{
	(void)state;
	ask("/later", false);
	scheduler_at(world.scheduler, 1480 * MS, SCHEDULE_TIMER, answer_all, NULL);
	run_until_ms(2000);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
}

static void an_answer_just_after_the_give_up_is_not_told(void **state)
{
	(void)state;
	ask("/later", false);
	scheduler_at(world.scheduler, 1480 * MS + 1, SCHEDULE_TIMER, answer_all, NULL);
	run_until_ms(2000);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.service.gone, 0);
}

static void a_request_given_up_on_its_way_is_still_executed(void **state)
{
	(void)state;
	endpoint_request(world.endpoint, &(struct http_request){.target = "/later"}, 1005 * MS,
			 done, NULL);
	run_until_ms(1009);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.service.requests, 0);
	run_until_ms(1010);
	assert_int_equal(world.service.requests, 1);
	run_until_ms(1015);
	assert_int_equal(world.service.gone, 1);
}

static void drops_are_unknown(void **state)
{
	(void)state;
	ask("/drop", true);
	run_until_ms(1030);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_string_equal(world.why, "connection closed by the venue before the answer");
	ask("/reset", true);
	run_until_ms(1060);
	assert_int_equal(world.completions, 2);
	assert_string_equal(world.why, "connection reset by the venue");
}

static void an_answer_beyond_the_bound_is_unknown(void **state)
{
	(void)state;
	ask("/big/8388608", false);
	run_until_ms(1030);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(world.length, HTTP_RESPONSE_MAX);
	ask("/big/8388609", false);
	run_until_ms(1060);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.length, 0);
}

static void what_cannot_leave_was_never_sent(void **state)
{
	(void)state;
	char target[HTTP_TARGET_MAX + 2];
	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	endpoint_request(world.endpoint, &(struct http_request){.target = target}, 1500 * MS, done,
			 NULL);
	assert_int_equal(world.completions, 0);
	run_until_ms(1001);
	assert_int_equal(world.last.outcome, TRANSPORT_NEVER_SENT);
	/* now is 1000 still: a give-up of now has passed */
	endpoint_request(world.endpoint, &(struct http_request){.target = "/echo"},
			 scheduler_now(world.scheduler), done, NULL);
	run_until_ms(1001);
	assert_int_equal(world.completions, 2);
	assert_int_equal(world.last.outcome, TRANSPORT_NEVER_SENT);
	virtual_link_set_down(world.link, true);
	ask("/echo", true);
	run_until_ms(1100);
	assert_int_equal(world.completions, 3);
	assert_int_equal(world.last.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(world.service.requests, 0);
}

static void lost_answers_are_executed_once_and_unknown(void **state)
{
	(void)state;
	virtual_link_lose_answers(world.link, 1);
	ask("/echo", false); /* not one_shot: not this one */
	run_until_ms(1030);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
	ask("/echo", true);
	run_until_ms(1499);
	assert_int_equal(world.service.requests, 2);
	assert_int_equal(world.completions, 1);
	run_until_ms(1500);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
}

static void lost_requests_never_arrive_and_are_unknown(void **state)
{
	(void)state;
	virtual_link_lose_requests(world.link, 1);
	ask("/echo", true);
	run_until_ms(1500);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.service.requests, 0);
	run_until_ms(1700);
	endpoint_request(world.endpoint, &(struct http_request){.target = "/echo"}, 1900 * MS, done,
			 NULL);
	run_until_ms(1900);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
}

static void a_link_that_goes_down_ends_what_is_in_flight_unknown(void **state)
{
	(void)state;
	ask("/later", true);
	run_until_ms(1010);
	ask("/echo", true); /* on its way up */
	virtual_link_set_down(world.link, true);
	assert_int_equal(world.completions, 0);
	assert_int_equal(world.service.gone, 0);
	run_until_ms(1011);
	assert_int_equal(world.completions, 2);
	assert_int_equal(world.last.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(world.service.gone, 1);
	assert_int_equal(world.service.requests, 1);
	virtual_link_set_down(world.link, false);
	ask("/echo", true);
	run_until_ms(1100);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
}

static void requests_beyond_the_bound_are_never_sent(void **state)
{
	(void)state;
	virtual_link_lose_requests(world.link, 1024);
	for (unsigned i = 0; i < 1025; i++)
		ask("/later", false);
	run_until_ms(1001);
	assert_int_equal(world.completions, 1);
	assert_int_equal(world.last.outcome, TRANSPORT_NEVER_SENT);
	run_until_ms(1500);
	assert_int_equal(world.completions, 1025);
}

/* ---- sockets --------------------------------------------------------------------------------- */

static void a_socket_opens_carries_and_closes(void **state)
{
	(void)state;
	struct web_socket *socket = open_socket('a');
	assert_false(web_socket_send(socket, "early", 5));
	run_until_ms(1030);
	assert_string_equal(world.log, "a+@1030 ");
	assert_string_equal(world.service.last_target, "/stream");
	send_text(socket, "one");
	send_text(socket, "two");
	run_until_ms(1060);
	assert_string_equal(world.log, "a+@1030 a:one@1060 a:two@1060 ");
	send_text(socket, "last");
	web_socket_close(socket);
	run_until_ms(2000);
	assert_string_equal(world.log, "a+@1030 a:one@1060 a:two@1060 ");
	assert_int_equal(world.service.messages, 3);
	assert_int_equal(world.service.closed, 1);
}

static void a_greeting_comes_after_the_opening(void **state)
{
	(void)state;
	endpoint_free(world.endpoint);
	virtual_link_free(world.link);
	set_up_link((struct virtual_link_options){
		.up_ns = 1 * MS, .down_ns = 1 * MS, .socket_target = "/greet"});
	open_socket('a');
	run_until_ms(1100);
	assert_string_equal(world.log, "a+@1002 a:hello@1002 ");
}

static void the_service_closes_with_a_code_or_cuts(void **state)
{
	(void)state;
	struct web_socket *a = open_socket('a'), *b = open_socket('b');
	run_until_ms(1030);
	send_text(a, "first");
	send_text(a, "close 1008");
	run_until_ms(1060);
	assert_string_equal(world.log, "a+@1030 b+@1030 a:first@1060 a-@1060 ");
	assert_string_equal(world.why, "closed by the venue with code 1008");
	send_text(b, "cut");
	run_until_ms(1090);
	assert_string_equal(world.why, "connection cut by the venue");
	assert_int_equal(world.service.closed, 0);
}

static void order_within_a_socket_survives_jitter(void **state)
{
	(void)state;
	endpoint_free(world.endpoint);
	virtual_link_free(world.link);
	set_up_link((struct virtual_link_options){
		.up_ns = 5 * MS, .down_ns = 5 * MS, .jitter_ns = 50 * MS, .seed = 7});
	struct web_socket *socket = open_socket('a');
	run_until_ms(1120);
	assert_non_null(strchr(world.log, '+'));
	for (char i = '0'; i <= '9'; i++)
		assert_true(web_socket_send(socket, &i, 1));
	run_until_ms(1400);
	char digits[11] = "";
	for (const char *at = world.log; (at = strchr(at, ':')) != NULL; at++)
		digits[strlen(digits)] = at[1];
	assert_string_equal(digits, "0123456789");
}

static void a_frozen_link_is_silent_and_loses_nothing_when_it_thaws(void **state)
{
	(void)state;
	struct web_socket *a = open_socket('a');
	run_until_ms(1030);
	send_text(a, "1");
	virtual_link_freeze(world.link, true);
	send_text(a, "2");
	struct web_socket *b = open_socket('b');
	run_until_ms(5000);
	assert_string_equal(world.log, "a+@1030 ");
	assert_int_equal(world.service.messages, 0);
	virtual_link_freeze(world.link, false);
	send_text(a, "3");
	run_until_ms(6000);
	assert_non_null(strstr(world.log, "a:1@"));
	assert_non_null(strstr(world.log, "a:2@"));
	assert_true(strstr(world.log, "a:1@") < strstr(world.log, "a:2@"));
	assert_true(strstr(world.log, "a:2@") < strstr(world.log, "a:3@"));
	assert_non_null(strstr(world.log, "b+@"));
	web_socket_close(b);
	run_until_ms(7000);
	assert_int_equal(world.service.socket_count, 1);
}

static void rest_goes_on_while_sockets_are_frozen(void **state)
{
	(void)state;
	virtual_link_freeze(world.link, true);
	ask("/echo", false);
	run_until_ms(1030);
	assert_int_equal(world.last.outcome, TRANSPORT_ANSWERED);
}

static void a_link_that_goes_down_closes_sockets_even_frozen_ones(void **state)
{
	(void)state;
	open_socket('a');
	run_until_ms(1030);
	virtual_link_freeze(world.link, true);
	open_socket('b');
	virtual_link_set_down(world.link, true);
	assert_string_equal(world.log, "a+@1030 ");
	run_until_ms(1040);
	assert_non_null(strstr(world.log, "a-@"));
	assert_non_null(strstr(world.log, "b-@"));
	assert_string_equal(world.why, "connection lost");
	assert_int_equal(world.service.opened, 1);
	assert_int_equal(world.service.closed, 1);
	virtual_link_freeze(world.link, false);
	open_socket('c');
	run_until_ms(1041);
	assert_string_equal(world.why, "connection refused");
}

static void the_queues_of_a_socket_are_bounded(void **state)
{
	(void)state;
	static char text[64 * 1024];
	memset(text, 't', sizeof(text));
	world.service.echoes = false;
	struct web_socket *a = open_socket('a');
	run_until_ms(1030);
	unsigned taken = 0;
	while (web_socket_send(a, text, sizeof(text)))
		taken++;
	assert_int_equal(taken, WEB_SOCKET_QUEUE_MAX / sizeof(text) - 1);
	run_until_ms(1040);
	assert_true(web_socket_send(a, text, sizeof(text)));
	send_text(a, "flood 100000");
	run_until_ms(2000);
	assert_int_equal(world.service.refused_sends, 1);
	assert_string_equal(world.why, "connection reset by the venue: too slow");
	assert_int_equal(world.service.closed, 1);
}

static void sockets_are_bounded(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++)
		assert_non_null(open_socket('a'));
	assert_null(open_socket('a'));
	run_until_ms(1100);
	assert_int_equal(world.service.opened, 256);
}

static void news_that_cross_on_the_way_are_harmless(void **state)
{
	(void)state;
	struct web_socket *a = open_socket('a');
	run_until_ms(1030);
	send_text(a, "close 1000");
	scheduler_run(world.scheduler, NULL, 1045 * MS); /* the close is on its way down */
	send_text(a, "into the void");
	web_socket_close(a);
	struct web_socket *b = open_socket('b');
	run_until_ms(1050);
	web_socket_close(b); /* before its opening arrives */
	run_until_ms(2000);
	assert_string_equal(world.log, "a+@1030 ");
	assert_int_equal(world.service.messages, 1);
	assert_int_equal(world.service.opened, 2);
	assert_int_equal(world.service.closed, 1);
}

/* ---- freeing --------------------------------------------------------------------------------- */

static void endpoint_free_completes_requests_and_hushes_sockets(void **state)
{
	(void)state;
	open_socket('a');
	ask("/later", true);
	run_until_ms(1030);
	ask("/later", true);
	virtual_link_set_down(world.link, true);
	ask("/later", true);
	endpoint_free(world.endpoint);
	assert_int_equal(world.completions, 3);
	world.endpoint = NULL;
	run_until_ms(2000);
	assert_int_equal(world.completions, 3);
	assert_string_equal(world.log, "a+@1030 ");
}

static void endpoint_goes(void *user)
{
	(void)user;
	endpoint_free(world.endpoint);
	world.endpoint = NULL;
}

static void everything_goes(void *user)
{
	if (!world.endpoint)
		return;
	endpoint_goes(user);
	virtual_link_free(world.link);
	world.link = NULL;
}

static unsigned countdown;
static void (*when_zero)(void *user);
static bool passed(void)
{
	return countdown > 0 && --countdown == 0;
}

static void maybe_inside_service(void *user)
{
	if (passed())
		when_zero(user);
}

static void maybe_done(void *user, const struct http_response *response)
{
	done(user, response);
	if (passed())
		when_zero(user);
}

static void maybe_opened(void *user)
{
	opened(user);
	if (passed())
		when_zero(user);
}

static void maybe_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	message(user, text, length, received_ns);
	if (passed())
		when_zero(user);
}

static void maybe_closed(void *user, const char *why)
{
	closed(user, why);
	if (passed())
		when_zero(user);
}

/* A little of everything; every callback of it is once the place where all is freed. */
static void play(void)
{
	const struct web_socket_events events = {maybe_opened, maybe_message, maybe_closed};
	world.service.inside = maybe_inside_service;
	struct web_socket *sockets[4];
	for (unsigned i = 0; i < 4; i++)
		sockets[i] = endpoint_connect(world.endpoint, &events, names[0]);
	static const char *const targets[] = {"/echo", "/later", "/drop", "/reset", "/later"};
	for (unsigned i = 0; i < 5; i++)
		endpoint_request(world.endpoint, &(struct http_request){.target = targets[i]},
				 (1005 + 20 * (int64_t)i) * MS, maybe_done, NULL);
	run_until_ms(1030);
	if (world.endpoint) {
		send_text(sockets[0], "hello");
		send_text(sockets[1], "close 1000");
		send_text(sockets[2], "cut");
		send_text(sockets[2], "late");
		send_text(sockets[3], "flood 10");
	}
	run_until_ms(1055);
	if (world.endpoint)
		virtual_link_set_down(world.link, true);
	run_until_ms(3000);
}

static void play_with_end(void (*end)(void *user))
{
	for (unsigned n = 1;; n++) {
		assert_int_equal(tear_down(NULL), 0);
		assert_int_equal(set_up(NULL), 0);
		countdown = n;
		when_zero = end;
		play();
		if (countdown > 0) {
			assert_true(n > 25);
			break;
		}
		assert_null(world.endpoint);
		assert_true(world.completions == 5);
	}
}

static void an_endpoint_may_be_freed_inside_any_callback(void **state)
{
	(void)state;
	play_with_end(endpoint_goes);
}

static void everything_may_be_freed_inside_any_callback(void **state)
{
	(void)state;
	play_with_end(everything_goes);
}

static void freeing_a_link_tells_the_service(void **state)
{
	(void)state;
	open_socket('a');
	ask("/later", true);
	run_until_ms(1030);
	everything_goes(NULL);
	assert_int_equal(world.service.gone, 1);
	assert_int_equal(world.service.closed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_travels_up_and_its_answer_down),
		TEST(statuses_and_retry_after_are_carried),
		TEST(a_silent_service_ends_unknown_at_give_up_and_hears_that_the_client_left),
		TEST(an_answer_at_the_instant_of_the_give_up_counts),
		TEST(an_answer_just_after_the_give_up_is_not_told),
		TEST(a_request_given_up_on_its_way_is_still_executed),
		TEST(drops_are_unknown),
		TEST(an_answer_beyond_the_bound_is_unknown),
		TEST(what_cannot_leave_was_never_sent),
		TEST(lost_answers_are_executed_once_and_unknown),
		TEST(lost_requests_never_arrive_and_are_unknown),
		TEST(a_link_that_goes_down_ends_what_is_in_flight_unknown),
		TEST(requests_beyond_the_bound_are_never_sent),
		TEST(a_socket_opens_carries_and_closes),
		TEST(a_greeting_comes_after_the_opening),
		TEST(the_service_closes_with_a_code_or_cuts),
		TEST(order_within_a_socket_survives_jitter),
		TEST(a_frozen_link_is_silent_and_loses_nothing_when_it_thaws),
		TEST(rest_goes_on_while_sockets_are_frozen),
		TEST(a_link_that_goes_down_closes_sockets_even_frozen_ones),
		TEST(the_queues_of_a_socket_are_bounded),
		TEST(sockets_are_bounded),
		TEST(news_that_cross_on_the_way_are_harmless),
		TEST(endpoint_free_completes_requests_and_hushes_sockets),
		TEST(an_endpoint_may_be_freed_inside_any_callback),
		TEST(everything_may_be_freed_inside_any_callback),
		TEST(freeing_a_link_tells_the_service),
	};
	return cmocka_run_group_tests_name("virtual_network", tests, NULL, NULL);
}
