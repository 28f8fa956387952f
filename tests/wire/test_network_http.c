/* REST requests and what is known of them afterwards, against servers made of bytes. */
#include "core/base/utc.h"
#include "tests/support/network_world.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What every script here knows and counts. */
struct script {
	_Atomic unsigned requests, executed; /* executed: whole POSTs that were read */
	_Atomic bool hold;
	const char *answer;	 /* of a raw script: bytes */
	char last[RAW_HEAD_MAX]; /* written under last_lock: connections have threads */
};
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

/* Answers by the target, as a venue would. */
static void venue(struct raw_connection *connection)
{
	struct script *script = connection->user;
	struct raw_request request;
	while (raw_read_request(connection, &request)) {
		script->requests++;
		if (strcmp(request.method, "POST") == 0)
			script->executed++;
		pthread_mutex_lock(&last_lock);
		snprintf(script->last, sizeof(script->last), "%s", request.head);
		pthread_mutex_unlock(&last_lock);
		char body[RAW_BODY_MAX / 64];
		int status = 200;
		const char *extra = "";
		if (sscanf(request.target, "/status/%d", &status) == 1)
			extra = status == 429 ? "Retry-After: 7\r\n" : "";
		if (strcmp(request.target, "/moved") == 0) {
			status = 307;
			extra = "Location: /elsewhere\r\n";
		}
		if (strcmp(request.target, "/dated") == 0)
			extra = "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n";
		snprintf(body, sizeof(body), "%s %s %s", request.method, request.target,
			 request.body_length < 1000 ? request.body : "(long)");
		while (script->hold)
			usleep(1000);
		raw_answer(connection, status, extra, body);
		raw_request_free(&request);
	}
}

static struct network_world *at(void **state, raw_script what, struct script *script, unsigned warm)
{
	struct network_world *world = *state;
	world_serve(world, what, script, NULL);
	world_endpoint(world, &(struct world_options){.warm = warm});
	return world;
}

static void a_request_is_answered_whatever_the_status(void **state)
{
	static const int STATUSES[] = {200, 201, 400, 401, 404, 418, 429, 500, 503, 599};
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
		struct heard heard;
		char target[32];
		snprintf(target, sizeof(target), "/status/%d", STATUSES[i]);
		world_get(world, target, &heard);
		world_wait(world);
		if (heard.outcome != TRANSPORT_ANSWERED)
			print_message("%s: %s\n", target, heard.why);
		assert_int_equal(heard.outcome, TRANSPORT_ANSWERED);
		assert_int_equal(heard.status, STATUSES[i]);
		assert_string_equal(heard.content_type, "application/json");
		assert_true(heard.retry_after_s == (STATUSES[i] == 429 ? 7 : -1));
		assert_true(heard.received_ns >= heard.sent_ns);
		heard_free(&heard);
	}
	assert_int_equal(script.requests, 10);
	/* One connection served all. */
	assert_int_equal(network_endpoint_statistics(world->endpoint).handshakes, 1);
	assert_int_equal(network_endpoint_statistics(world->endpoint).requests, 10);
}

static void the_request_arrives_as_it_was_given(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	struct heard heard;
	struct http_request request = {.method = HTTP_POST,
				       .target = "/a/../b?x=%20y&z=1",
				       .content_type = "application/x-www-form-urlencoded",
				       .authorization = "0123:secret",
				       .body = "tx=1&y=2",
				       .body_length = 8};
	for (int one_shot = 0; one_shot < 2; one_shot++) {
		request.one_shot = one_shot;
		world_ask(world, &request, NS_PER_SECOND * 10, &heard);
		world_wait(world);
		assert_int_equal(heard.outcome, TRANSPORT_ANSWERED);
		assert_string_equal(heard.body, "POST /a/../b?x=%20y&z=1 tx=1&y=2");
		assert_non_null(strstr(script.last, "\r\nAuthorization: 0123:secret\r\n"));
		assert_non_null(strstr(script.last, "application/x-www-form-urlencoded\r\n"));
		assert_null(strstr(script.last, "Expect"));
		assert_null(strstr(script.last, "chunked"));
		heard_free(&heard);
	}
	/* Nothing of it stays behind for the next. */
	world_get(world, "/next", &heard);
	world_wait(world);
	assert_string_equal(heard.body, "GET /next ");
	assert_null(strstr(script.last, "Authorization"));
	assert_null(strstr(script.last, "Content-"));
	heard_free(&heard);
}

static void a_redirect_is_an_answer_and_is_not_followed(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	struct heard heard;
	world_get(world, "/moved", &heard);
	world_wait(world);
	assert_int_equal(heard.status, 307);
	assert_int_equal(script.requests, 1);
	heard_free(&heard);
}

static void a_date_in_retry_after_is_no_number_of_seconds(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	struct heard heard;
	world_get(world, "/dated", &heard);
	world_wait(world);
	assert_true(heard.retry_after_s == -1);
	heard_free(&heard);
}

/* A port on which nobody listens. */
static int dead_port(void)
{
	struct raw_server *server = raw_server_start(venue, NULL, NULL);
	int port = raw_server_port(server);
	raw_server_stop(server);
	return port;
}

static void a_refused_connection_proves_that_nothing_was_sent(void **state)
{
	struct network_world *world = *state;
	struct heard get, order;
	world_endpoint(world, &(struct world_options){.port = dead_port()});
	world_get(world, "/x", &get);
	world_order(world, "{}", &order);
	world_wait(world);
	assert_int_equal(get.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(order.outcome, TRANSPORT_NEVER_SENT);
	assert_non_null(strstr(order.why, "testvenue: "));
	heard_free(&get);
	heard_free(&order);
}

static void a_name_that_does_not_exist_proves_that_nothing_was_sent(void **state)
{
	struct network_world *world = *state;
	struct heard get, order;
	struct error err;
	struct endpoint_options options = {.name = "nowhere",
					   .rest_url = "https://no-such-name.invalid"};
	world->endpoint = network_endpoint(world->network, &options, &err);
	assert_non_null(world->endpoint);
	struct http_request request = {.method = HTTP_GET, .target = "/"};
	world_ask(world, &request, 2 * NS_PER_SECOND, &get);
	request = (struct http_request){HTTP_POST, "/", NULL, NULL, "{}", 2, true};
	world_ask(world, &request, 2 * NS_PER_SECOND, &order);
	world_wait(world);
	assert_int_equal(get.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(order.outcome, TRANSPORT_NEVER_SENT);
	heard_free(&get);
	heard_free(&order);
}

static void what_cannot_be_a_request_is_never_sent(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	char *large = calloc(1, HTTP_BODY_MAX + 1);
	char longest[HTTP_TARGET_MAX + 2];
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	const struct http_request WRONG[] = {
		{.method = HTTP_GET, .target = "no/path"},
		{.method = HTTP_GET, .target = "/a b"},
		{.method = HTTP_GET, .target = "/a\r\nX: y"},
		{.method = HTTP_GET, .target = longest},
		{.method = HTTP_GET, .target = "/", .authorization = "a\r\nX: y"},
		{
			.method = HTTP_POST,
			.target = "/",
			.content_type = "a\nb",
			.body = "",
		},
		{.method = HTTP_POST,
		 .target = "/",
		 .body = large,
		 .body_length = HTTP_BODY_MAX + 1},
		/* Only a body can be kept from going out twice. */
		{.method = HTTP_GET, .target = "/", .one_shot = true},
		{.method = HTTP_POST, .target = "/", .body = "", .one_shot = true},
	};
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		struct heard heard;
		world_ask(world, &WRONG[i], NS_PER_SECOND, &heard);
		world_wait(world);
		assert_int_equal(heard.outcome, TRANSPORT_NEVER_SENT);
		heard_free(&heard);
	}
	struct heard late;
	world_ask(world, &(struct http_request){.target = "/"}, 0, &late);
	world_wait(world);
	assert_int_equal(late.outcome, TRANSPORT_NEVER_SENT);
	heard_free(&late);
	free(large);
	assert_int_equal(script.requests, 0);
}

static void a_body_of_the_greatest_length_arrives(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	char *large = malloc(HTTP_BODY_MAX + 1);
	memset(large, 'x', HTTP_BODY_MAX);
	large[HTTP_BODY_MAX] = '\0';
	struct heard heard;
	world_order(world, large, &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(script.executed, 1);
	heard_free(&heard);
	free(large);
}

/* ---- answers that are not whole -------------------------------------------------------------- */

/* Executes, then writes the bytes of script->answer and closes. */
static void odd(struct raw_connection *connection)
{
	struct script *script = connection->user;
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	script->executed++;
	raw_request_free(&request);
	raw_text(connection, script->answer);
}

static void an_answer_that_is_not_whole_leaves_the_order_unknown(void **state)
{
	static const char *const ANSWERS[] = {
		"",
		"H",
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n12345\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n",
		"HTTP/9.1 200 OK\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n",
		"{\"status\":\"ok\"}",
	};
	struct network_world *world = *state;
	for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
		static struct script script;
		script = (struct script){.answer = ANSWERS[i]};
		struct heard heard;
		world_serve(world, odd, &script, NULL);
		world_endpoint(world, &(struct world_options){0});
		world_order(world, "{}", &heard);
		world_wait(world);
		if (heard.outcome != TRANSPORT_UNKNOWN)
			fail_msg("'%s' was taken for an answer", ANSWERS[i]);
		assert_int_equal(script.executed, 1);
		assert_int_equal(heard.length, 0);
		heard_free(&heard);
		endpoint_free(world->endpoint);
		world->endpoint = NULL;
		raw_server_stop(world->server);
		world->server = NULL;
	}
}

static void resets(struct raw_connection *connection)
{
	struct script *script = connection->user;
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	script->executed++;
	raw_request_free(&request);
	raw_reset(connection);
}

static void an_order_whose_connection_is_reset_is_unknown(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, resets, &script, 0);
	struct heard heard;
	world_order(world, "{}", &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(script.executed, 1);
	heard_free(&heard);
}

static void is_silent(struct raw_connection *connection)
{
	struct script *script = connection->user;
	struct raw_request request;
	while (raw_read_request(connection, &request)) {
		script->executed++;
		raw_request_free(&request);
	}
}

static void a_request_is_given_up_in_time(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, is_silent, &script, 0);
	struct heard heard;
	struct http_request request = {HTTP_POST, "/order", NULL, NULL, "{}", 2, true};
	world_ask(world, &request, 80 * NS_PER_MS, &heard);
	int64_t due_ns = scheduler_now(world->scheduler) + 80 * NS_PER_MS;
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_UNKNOWN);
	assert_true(heard.received_ns == due_ns);
	assert_int_equal(script.executed, 1);
	heard_free(&heard);
}

static void an_order_that_never_got_a_connection_was_never_sent(void **state)
{
	struct network_world *world = *state;
	static struct script script;
	script = (struct script){0};
	/* The peer takes the connection and says nothing to our TLS greeting. */
	world_serve(world, is_silent, &script, NULL);
	world_endpoint(world, &(struct world_options){.tls = true});
	struct heard heard;
	struct http_request request = {HTTP_POST, "/order", NULL, NULL, "{}", 2, true};
	world_ask(world, &request, 60 * NS_PER_MS, &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_NEVER_SENT);
	heard_free(&heard);
}

static void drips(struct raw_connection *connection)
{
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	raw_request_free(&request);
	if (!raw_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
		return;
	while (raw_text(connection, "."))
		usleep(5000);
}

static void an_answer_that_drips_is_given_up_in_time(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, drips, &script, 0);
	struct heard heard;
	struct http_request request = {.method = HTTP_GET, .target = "/"};
	world_ask(world, &request, 100 * NS_PER_MS, &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_UNKNOWN);
	assert_true(heard.received_ns - heard.sent_ns <= 100 * NS_PER_MS);
	heard_free(&heard);
}

static void floods(struct raw_connection *connection)
{
	struct script *script = connection->user;
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	raw_request_free(&request);
	raw_text(connection, script->answer);
	static const char PIECE[64 * 1024];
	for (size_t sent = 0; sent <= HTTP_RESPONSE_MAX; sent += sizeof(PIECE))
		if (!raw_write(connection, PIECE, sizeof(PIECE)))
			return;
}

static void an_answer_without_end_is_cut_off(void **state)
{
	static struct script script;
	script = (struct script){.answer = "HTTP/1.1 200 OK\r\n\r\n"};
	struct network_world *world = at(state, floods, &script, 0);
	struct heard heard;
	world_get(world, "/", &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_UNKNOWN);
	assert_non_null(strstr(heard.why, "longer than"));
	heard_free(&heard);
}

static void a_head_without_end_is_cut_off(void **state)
{
	static struct script script;
	script = (struct script){.answer = "HTTP/1.1 200 OK\r\nX: "};
	struct network_world *world = at(state, floods, &script, 0);
	struct heard heard;
	world_get(world, "/", &heard);
	world_wait(world);
	assert_int_equal(heard.outcome, TRANSPORT_UNKNOWN);
	heard_free(&heard);
}

/* ---- how many, and from where ---------------------------------------------------------------- */

static void requests_beyond_the_bound_are_never_sent(void **state)
{
	enum { MANY = 120 };
	static struct script script;
	script = (struct script){.hold = true};
	struct network_world *world = at(state, venue, &script, 0);
	struct heard heard[MANY];
	for (int i = 0; i < MANY; i++)
		world_get(world, "/", &heard[i]);
	world_run_ms(world, 50);
	script.hold = false;
	world_wait(world);
	unsigned answered = 0, never = 0;
	for (int i = 0; i < MANY; i++) {
		answered += heard[i].outcome == TRANSPORT_ANSWERED;
		never += heard[i].outcome == TRANSPORT_NEVER_SENT;
		heard_free(&heard[i]);
	}
	assert_int_equal(answered + never, MANY);
	assert_int_equal(never, MANY - 96);
}

static void free_inside(void *user, const struct http_response *response)
{
	struct network_world *world = user;
	assert_int_equal(response->outcome, TRANSPORT_ANSWERED);
	endpoint_free(world->endpoint);
	world->endpoint = NULL;
	/* The bytes are borrowed until this returns. */
	assert_memory_equal(response->body, "GET /first ", response->length);
	if (--world->awaited == 0)
		scheduler_stop(world->scheduler);
}

static void an_endpoint_can_be_freed_from_inside_and_ends_what_is_under_way(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 2);
	struct heard second;
	world_run_ms(world, 20);
	struct http_request first = {.method = HTTP_GET, .target = "/first"};
	endpoint_request(world->endpoint, &first,
			 scheduler_now(world->scheduler) + NS_PER_SECOND * 10, free_inside, world);
	world->awaited++;
	/* It is given a connection of its own and answered later or never. */
	struct http_request slow = {HTTP_POST, "/order", NULL, NULL, "{}", 2, true};
	world_ask(world, &slow, 10 * NS_PER_SECOND, &second);
	world_wait(world);
	assert_true(second.outcome == TRANSPORT_ANSWERED || second.outcome == TRANSPORT_UNKNOWN);
	assert_null(world->endpoint);
	heard_free(&second);
}

static void freeing_an_endpoint_tells_what_is_proven(void **state)
{
	static struct script script;
	script = (struct script){.hold = true};
	struct network_world *world = at(state, venue, &script, 0);
	struct heard order, refused;
	world_order(world, "{}", &order);
	world_run_ms(world, 30);
	world_ask(world, &(struct http_request){.target = "x"}, NS_PER_SECOND, &refused);
	endpoint_free(world->endpoint);
	world->endpoint = NULL;
	assert_int_equal(order.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(refused.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(world->awaited, 0);
	script.hold = false;
	heard_free(&order);
	heard_free(&refused);
}

/* ---- time ------------------------------------------------------------------------------------ */

struct ticks {
	struct network_world *world;
	unsigned count;
	int64_t worst_ns, due_ns;
	bool out_of_order;
	int64_t last_ns;
};

static void tick(void *user)
{
	struct ticks *ticks = user;
	int64_t now_ns = scheduler_now(ticks->world->scheduler);
	ticks->out_of_order |= now_ns < ticks->last_ns || now_ns != ticks->due_ns;
	ticks->last_ns = now_ns;
	int64_t late_ns = network_now_ns(ticks->world->network) - ticks->due_ns;
	if (late_ns > ticks->worst_ns)
		ticks->worst_ns = late_ns;
	ticks->count++;
	ticks->due_ns = now_ns + NS_PER_MS;
	scheduler_at(ticks->world->scheduler, ticks->due_ns, SCHEDULE_TIMER, tick, ticks);
}

static void timers_keep_time_and_order_while_bytes_flow(void **state)
{
	static struct script script;
	script = (struct script){0};
	struct network_world *world = at(state, venue, &script, 0);
	struct ticks ticks = {.world = world, .due_ns = scheduler_now(world->scheduler)};
	scheduler_at(world->scheduler, ticks.due_ns, SCHEDULE_TIMER, tick, &ticks);
	for (int round = 0; round < 20; round++) {
		struct heard heard[10];
		for (int i = 0; i < 10; i++)
			world_get(world, "/", &heard[i]);
		world_wait(world);
		for (int i = 0; i < 10; i++) {
			/* Completions are in the scheduler's order with the ticks. */
			assert_true(heard[i].received_ns <= scheduler_now(world->scheduler));
			heard_free(&heard[i]);
		}
	}
	world_run_ms(world, 20);
	assert_false(ticks.out_of_order);
	assert_true(ticks.count >= 20);
	print_message("%u ticks of 1 ms among 200 requests, the latest %lld us late\n", ticks.count,
		      (long long)(ticks.worst_ns / NS_PER_US));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
		TEST(a_request_is_answered_whatever_the_status),
		TEST(the_request_arrives_as_it_was_given),
		TEST(a_redirect_is_an_answer_and_is_not_followed),
		TEST(a_date_in_retry_after_is_no_number_of_seconds),
		TEST(a_refused_connection_proves_that_nothing_was_sent),
		TEST(a_name_that_does_not_exist_proves_that_nothing_was_sent),
		TEST(what_cannot_be_a_request_is_never_sent),
		TEST(a_body_of_the_greatest_length_arrives),
		TEST(an_answer_that_is_not_whole_leaves_the_order_unknown),
		TEST(an_order_whose_connection_is_reset_is_unknown),
		TEST(a_request_is_given_up_in_time),
		TEST(an_order_that_never_got_a_connection_was_never_sent),
		TEST(an_answer_that_drips_is_given_up_in_time),
		TEST(an_answer_without_end_is_cut_off),
		TEST(a_head_without_end_is_cut_off),
		TEST(requests_beyond_the_bound_are_never_sent),
		TEST(an_endpoint_can_be_freed_from_inside_and_ends_what_is_under_way),
		TEST(freeing_an_endpoint_tells_what_is_proven),
		TEST(timers_keep_time_and_order_while_bytes_flow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
