/*
 * The real client against the real server over loopback: an adapter's way to the local testnet.
 */
#include "core/base/random.h"
#include "core/net/stream_link.h"
#include "tests/support/local_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static struct local_server world;
static struct endpoint *endpoint;

/* What the client heard last. */
static unsigned completions, opened_count, closed_count, messages;
static struct http_response last;
static char body[2048], why[256];
static char *text; /* owned: the last message */
static size_t length;

static struct endpoint *endpoint_for(const char *ca_file)
{
	char rest[64], stream[64];
	snprintf(rest, sizeof(rest), "%s://localhost:%d", world.tls ? "https" : "http", world.port);
	snprintf(stream, sizeof(stream), "%s://localhost:%d/stream", world.tls ? "wss" : "ws",
		 world.port);
	const struct endpoint_options options = {.name = "venue",
						 .rest_url = rest,
						 .socket_url = stream,
						 .ca_file = ca_file,
						 .proxy = "",
						 .keep_warm_target = "/echo"};
	struct error err = {0};
	struct endpoint *made = network_endpoint(world.network, &options, &err);
	if (!made)
		fail_msg("%s", err.text);
	return made;
}

static int set_up(bool tls, bool compression)
{
	local_server_start(&world, tls, compression);
	completions = opened_count = closed_count = messages = 0;
	text = NULL;
	endpoint = endpoint_for(tls ? local_server_ca_file() : "");
	return 0;
}

static int set_up_plain(void **state)
{
	(void)state;
	return set_up(false, true);
}

static int set_up_tls(void **state)
{
	(void)state;
	return set_up(true, true);
}

static int set_up_tls_uncompressed(void **state)
{
	(void)state;
	return set_up(true, false);
}

static int tear_down(void **state)
{
	(void)state;
	endpoint_free(endpoint);
	local_server_stop(&world);
	free(text);
	return 0;
}

static void idle(void)
{
	network_run(world.network, network_now_ns(world.network) + MS);
}

#define eventually(condition)                                                                      \
	do {                                                                                       \
		for (int tries = 0; !(condition); tries++) {                                       \
			assert_true(tries < 5000);                                                 \
			idle();                                                                    \
		}                                                                                  \
	} while (0)

static void done(void *user, const struct http_response *response)
{
	(void)user;
	completions++;
	last = *response;
	size_t shown = response->length < sizeof(body) - 1 ? response->length : sizeof(body) - 1;
	memcpy(body, response->body ? response->body : "", shown);
	body[shown] = '\0';
	snprintf(why, sizeof(why), "%s", response->why ? response->why : "");
}

static void ask(struct endpoint *of, const char *target, const char *content, bool one_shot)
{
	unsigned before = completions;
	endpoint_request(of,
			 &(struct http_request){.method = content ? HTTP_POST : HTTP_GET,
						.target = target,
						.content_type = content ? "application/json" : NULL,
						.authorization = "key",
						.body = content,
						.body_length = content ? strlen(content) : 0,
						.one_shot = one_shot},
			 network_now_ns(world.network) + 3000 * MS, done, NULL);
	assert_int_equal(completions, before);
}

static void requests_are_answered(void **state)
{
	(void)state;
	ask(endpoint, "/echo?market_id=1", NULL, false);
	eventually(completions == 1);
	assert_int_equal(last.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(last.status, 200);
	assert_string_equal(body, "GET /echo?market_id=1 [] [key] 0:");
	ask(endpoint, "/echo", "{\"a\":1}", true);
	eventually(completions == 2);
	assert_string_equal(body, "POST /echo [application/json] [key] 7:{\"a\":1}");
	ask(endpoint, "/retry", NULL, false);
	eventually(completions == 3);
	assert_int_equal(last.status, 429);
	assert_int_equal(last.retry_after_s, 7);
	assert_true(last.received_ns >= last.sent_ns);
}

static void big_bodies_and_answers_pass(void **state)
{
	(void)state;
	char *big = malloc(HTTP_BODY_MAX + 1);
	assert_non_null(big);
	memset(big, 'x', HTTP_BODY_MAX);
	big[HTTP_BODY_MAX] = '\0';
	ask(endpoint, "/echo", big, true);
	eventually(completions == 1);
	assert_int_equal(last.status, 200);
	assert_true(last.length > HTTP_BODY_MAX);
	ask(endpoint, "/big/8388608", NULL, false);
	eventually(completions == 2);
	assert_int_equal(last.outcome, TRANSPORT_ANSWERED);
	assert_int_equal(last.length, HTTP_RESPONSE_MAX);
	ask(endpoint, "/big/8388609", NULL, false);
	eventually(completions == 3);
	assert_int_equal(last.outcome, TRANSPORT_UNKNOWN);
	free(big);
}

static void dropped_and_reset_requests_end_unknown_and_were_executed_once(void **state)
{
	(void)state;
	static const char *const targets[] = {"/drop", "/reset"};
	for (unsigned i = 0; i < 2; i++) {
		ask(endpoint, "/echo", "{}", true); /* a connection to use again */
		eventually(completions == 2 * i + 1);
		ask(endpoint, targets[i], "{}", true);
		eventually(completions == 2 * i + 2);
		assert_int_equal(last.outcome, TRANSPORT_UNKNOWN);
	}
	assert_int_equal(world.service.requests, 4);
}

static void a_late_answer_arrives_and_a_client_that_leaves_is_told(void **state)
{
	(void)state;
	ask(endpoint, "/later", "{}", true);
	eventually(world.service.waiting_count == 1);
	scripted_service_answer_all(&world.service);
	eventually(completions == 1);
	assert_string_equal(body, "{\"late\":1}");
	ask(endpoint, "/later", "{}", true);
	eventually(world.service.waiting_count == 1);
	endpoint_free(endpoint);
	endpoint = NULL;
	assert_int_equal(completions, 2);
	assert_int_equal(last.outcome, TRANSPORT_UNKNOWN);
	eventually(world.service.gone == 1);
}

static void a_server_that_stops_leaves_requests_unknown(void **state)
{
	(void)state;
	ask(endpoint, "/later", "{}", true);
	eventually(world.service.waiting_count == 1);
	server_stop(world.server);
	world.server = NULL;
	eventually(completions == 1);
	assert_int_equal(last.outcome, TRANSPORT_UNKNOWN);
	ask(endpoint, "/echo", "{}", true);
	eventually(completions == 2);
	assert_int_equal(last.outcome, TRANSPORT_NEVER_SENT);
}

static void without_the_authority_nothing_is_sent(void **state)
{
	(void)state;
	struct endpoint *stranger = endpoint_for("");
	ask(stranger, "/echo", "{}", true);
	eventually(completions == 1);
	assert_int_equal(last.outcome, TRANSPORT_NEVER_SENT);
	assert_int_equal(world.service.requests, 0);
	endpoint_free(stranger);
}

/* ---- sockets --------------------------------------------------------------------------------- */

static void on_opened(void *user)
{
	(void)user;
	opened_count++;
}

static void on_message(void *user, const char *received, size_t size, int64_t received_ns)
{
	(void)user;
	assert_true(received_ns > 0);
	messages++;
	free(text);
	text = malloc(size + 1);
	assert_non_null(text);
	memcpy(text, received, size);
	text[size] = '\0';
	length = size;
}

static void on_closed(void *user, const char *reason)
{
	(void)user;
	closed_count++;
	snprintf(why, sizeof(why), "%s", reason);
}

static const struct web_socket_events events = {on_opened, on_message, on_closed};

static struct web_socket *open_socket(void)
{
	unsigned before = opened_count;
	struct web_socket *socket = endpoint_connect(endpoint, &events, NULL);
	assert_non_null(socket);
	eventually(opened_count == before + 1);
	return socket;
}

static void say(struct web_socket *socket, const char *what)
{
	assert_true(web_socket_send(socket, what, strlen(what)));
}

static void sockets_carry_messages_of_any_size(void **state)
{
	(void)state;
	struct web_socket *socket = open_socket();
	assert_string_equal(world.service.last_target, "/stream");
	say(socket, "{\"type\":\"ping\"}");
	eventually(messages == 1);
	assert_string_equal(text, "{\"type\":\"ping\"}");
	/* Easy to compress, then hard. */
	struct random random;
	random_seed(&random, 3);
	static char big[1000001];
	for (size_t i = 0; i < sizeof(big) - 1; i++)
		big[i] = (char)('a' + (i < 700000 ? i * i % 23 : random_below(&random, 26)));
	static const size_t sizes[] = {100, 5000, 65536, 70000, 300000, 700000, 1000000};
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_true(web_socket_send(socket, big, sizes[i]));
		eventually(messages == i + 2);
		assert_int_equal(length, sizes[i]);
		assert_memory_equal(text, big, sizes[i]);
	}
	web_socket_close(socket);
	eventually(world.service.closed == 1);
	assert_int_equal(closed_count, 0);
}

static void a_snapshot_that_compresses_well_arrives(void **state)
{
	(void)state;
	struct web_socket *socket = open_socket();
	world.service.echoes = false;
	say(socket, "wait");
	eventually(world.service.messages == 1);
	static char snapshot[3000000];
	memset(snapshot, '7', sizeof(snapshot));
	assert_true(world.service.host->send(world.service.sockets[0], snapshot, sizeof(snapshot)));
	eventually(messages == 1);
	assert_int_equal(length, sizeof(snapshot));
	web_socket_close(socket);
}

static void closes_tell_their_code_and_cuts_are_seen(void **state)
{
	(void)state;
	struct web_socket *socket = open_socket();
	say(socket, "last words");
	say(socket, "close 1008");
	eventually(closed_count == 1);
	assert_string_equal(text, "last words");
	assert_non_null(strstr(why, "1008"));
	socket = open_socket();
	say(socket, "cut");
	eventually(closed_count == 2);
	assert_int_equal(world.service.closed, 0);
	assert_int_equal(world.service.socket_count, 0);
}

static void a_flood_arrives_in_order_and_whole(void **state)
{
	(void)state;
	struct web_socket *socket = open_socket();
	say(socket, "flood 5000");
	eventually(messages == 5000);
	say(socket, "after it");
	eventually(messages == 5001);
	assert_string_equal(text, "after it");
	web_socket_close(socket);
}

/* ---- a stream that comes back ---------------------------------------------------------------- */

static unsigned ups, downs;

static void stream_up(void *user)
{
	(void)user;
	ups++;
}

static void stream_message(void *user, const char *received, size_t size, int64_t received_ns)
{
	on_message(user, received, size, received_ns);
}

static void stream_down(void *user, const char *reason)
{
	(void)user;
	snprintf(why, sizeof(why), "%s", reason);
	downs++;
}

static void a_stream_comes_back_after_every_kind_of_end(void **state)
{
	(void)state;
	static const struct stream_link_events stream_events = {stream_up, stream_message,
								stream_down};
	ups = downs = 0;
	struct stream_link *link =
		stream_link_create(world.scheduler, endpoint,
				   &(struct stream_link_options){.name = "venue",
								 .backoff_first_ns = 5 * MS,
								 .backoff_max_ns = 50 * MS,
								 .open_timeout_ns = 2000 * MS,
								 .ping_after_ns = 20 * MS,
								 .ping_text = "ping",
								 .silent_after_ns = 300 * MS,
								 .connects_per_minute = 60},
				   &stream_events, NULL, 1);
	assert_non_null(link);
	eventually(ups == 1 && messages > 2);
	static const char *const ends[] = {"close 1001", "cut", "flood 30000"};
	for (unsigned i = 0; i < 3; i++) {
		assert_true(stream_link_send(link, ends[i], strlen(ends[i])));
		eventually(ups == i + 2);
		assert_int_equal(downs, i + 1);
	}
	world.service.echoes = false; /* silence */
	eventually(downs == 4);
	assert_non_null(strstr(why, "nothing received"));
	world.service.echoes = true;
	eventually(ups == 5 && stream_link_is_up(link));
	stream_link_free(link);
	eventually(world.service.socket_count == 0);
}

#define PLAIN(name) cmocka_unit_test_setup_teardown(name, set_up_plain, tear_down)
#define TLS(name)                                                                                  \
	{                                                                                          \
#name " over TLS", name, set_up_tls, tear_down, NULL                               \
	}
#define UNCOMPRESSED(name)                                                                         \
	{                                                                                          \
#name " over TLS, uncompressed", name, set_up_tls_uncompressed, tear_down, NULL    \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(requests_are_answered),
		TLS(requests_are_answered),
		TLS(big_bodies_and_answers_pass),
		PLAIN(dropped_and_reset_requests_end_unknown_and_were_executed_once),
		TLS(dropped_and_reset_requests_end_unknown_and_were_executed_once),
		TLS(a_late_answer_arrives_and_a_client_that_leaves_is_told),
		TLS(a_server_that_stops_leaves_requests_unknown),
		TLS(without_the_authority_nothing_is_sent),
		PLAIN(sockets_carry_messages_of_any_size),
		TLS(sockets_carry_messages_of_any_size),
		UNCOMPRESSED(sockets_carry_messages_of_any_size),
		PLAIN(a_snapshot_that_compresses_well_arrives),
		TLS(a_snapshot_that_compresses_well_arrives),
		UNCOMPRESSED(a_snapshot_that_compresses_well_arrives),
		PLAIN(closes_tell_their_code_and_cuts_are_seen),
		TLS(closes_tell_their_code_and_cuts_are_seen),
		TLS(a_flood_arrives_in_order_and_whole),
		PLAIN(a_stream_comes_back_after_every_kind_of_end),
		TLS(a_stream_comes_back_after_every_kind_of_end),
	};
	return cmocka_run_group_tests_name("endpoint_with_server", tests,
					   local_server_make_certificates,
					   local_server_remove_certificates);
}
