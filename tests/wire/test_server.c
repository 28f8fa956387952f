#include "core/net/server.h"

#include "core/base/random.h"
#include "core/net/local_authority.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_service.h"
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct scheduler *scheduler;
	struct network *network;
	struct scripted_service service;
	struct server *server;
	int port;
	const char *ca_file; /* NULL: plain */
};

static struct world world;
static char folder[] = "/tmp/fundarb-server-XXXXXX";
static char ca_file[64], certificate_file[64], key_file[64];

static int make_certificates(void **state)
{
	(void)state;
	struct error err;
	assert_non_null(mkdtemp(folder));
	if (!local_authority_prepare(folder, network_realtime_ns(), &err))
		fail_msg("%s", err.text);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	snprintf(certificate_file, sizeof(certificate_file), "%s/server.pem", folder);
	snprintf(key_file, sizeof(key_file), "%s/server.key", folder);
	return 0;
}

static int removed(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int remove_certificates(void **state)
{
	(void)state;
	return nftw(folder, removed, 8, FTW_DEPTH | FTW_PHYS);
}

static int set_up(bool tls)
{
	struct error err = {0};
	world = (struct world){.scheduler = scheduler_create(network_realtime_ns())};
	world.network = network_create(world.scheduler, &err);
	if (!world.network)
		fail_msg("%s", err.text);
	scripted_service_init(&world.service);
	struct server_options options = {.name = "venue", .compression = true};
	if (tls) {
		options.certificate_file = certificate_file;
		options.key_file = key_file;
		world.ca_file = ca_file;
	}
	world.server = server_start(world.network, &options, &world.service.face, &err);
	if (!world.server)
		fail_msg("%s", err.text);
	world.port = server_port(world.server);
	assert_in_range(world.port, 1024, 65535);
	return 0;
}

static int set_up_plain(void **state)
{
	(void)state;
	return set_up(false);
}

static int set_up_tls(void **state)
{
	(void)state;
	return set_up(true);
}

static int tear_down(void **state)
{
	(void)state;
	server_stop(world.server);
	assert_int_equal(world.service.socket_count, 0);
	assert_int_equal(world.service.waiting_count, 0);
	network_free(world.network);
	scheduler_free(world.scheduler);
	return 0;
}

static struct raw_client *client(void)
{
	struct raw_client *connected = raw_client_connect(world.network, world.port, world.ca_file);
	assert_non_null(connected);
	return connected;
}

static void ask(struct raw_client *of, const char *head, const char *body)
{
	char request[4096];
	snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: localhost\r\n", head);
	raw_client_text(of, request);
	if (body) {
		snprintf(request, sizeof(request),
			 "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
		raw_client_text(of, request);
	}
	raw_client_text(of, "\r\n");
	if (body)
		raw_client_text(of, body);
}

/* Until the condition holds; the test fails if it does not within seconds. */
#define eventually(condition)                                                                      \
	do {                                                                                       \
		for (int tries = 0; !(condition); tries++) {                                       \
			assert_true(tries < 5000);                                                 \
			raw_client_idle(world.network, 1);                                         \
		}                                                                                  \
	} while (0)

/* ---- requests -------------------------------------------------------------------------------- */

static void requests_on_one_connection_are_answered_in_turn(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_answer answer;
	ask(one, "GET /echo?x=1&y=a%20b%26c", NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "GET /echo?x=1&y=a%20b%26c [] [] 0:");
	assert_non_null(strcasestr(answer.head, "content-type: text/plain\r\n"));
	ask(one, "POST /echo", "{\"a\":1}");
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "POST /echo [application/json] [] 7:{\"a\":1}");
	ask(one, "POST /echo", "");
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "POST /echo [application/json] [] 0:");
	ask(one, "GET /status/503", NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer.length, 0);
	ask(one, "GET /retry\r\n", NULL);
	raw_client_free(one);
	assert_int_equal(world.service.gone, 0);
}

static void headers_that_the_service_needs_arrive(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_answer answer;
	ask(one, "GET /echo HTTP/1.1\r\nAuthorization: 17:5:7:ab\r\nX-Other: 1\r\nIgnored: x",
	    NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "GET /echo [] [17:5:7:ab] 0:");
	ask(one, "GET /retry", NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.status, 429);
	assert_non_null(strcasestr(answer.head, "retry-after: 7\r\n"));
	assert_non_null(strcasestr(answer.head, "content-type: application/json\r\n"));
	assert_string_equal(answer.body, "{}");
	raw_client_free(one);
}

static void a_form_of_several_parts_passes_as_it_is(void **state)
{
	(void)state;
	static const char form[] =
		"--xx\r\nContent-Disposition: form-data; name=\"tx_type\"\r\n\r\n"
		"14\r\n--xx--\r\n";
	struct raw_client *one = client();
	struct raw_answer answer;
	char head[256];
	snprintf(head, sizeof(head),
		 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; "
		 "boundary=xx\r\nContent-Length: %zu\r\n\r\n",
		 strlen(form));
	raw_client_text(one, head);
	raw_client_text(one, form);
	assert_true(raw_client_answer(one, &answer));
	char expected[512];
	snprintf(expected, sizeof(expected),
		 "POST /echo [multipart/form-data; boundary=xx] [] %zu:%s", strlen(form), form);
	assert_string_equal(answer.body, expected);
	raw_client_free(one);
}

static void big_bodies_and_answers_arrive_whole_and_beyond_the_bound_are_refused(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_answer answer;
	char head[128];
	char *body = malloc(SERVER_REQUEST_BODY_MAX);
	assert_non_null(body);
	for (size_t i = 0; i < SERVER_REQUEST_BODY_MAX; i++)
		body[i] = (char)(i * 7 % 251);
	snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
		 SERVER_REQUEST_BODY_MAX);
	raw_client_text(one, head);
	raw_client_write(one, body, SERVER_REQUEST_BODY_MAX);
	assert_true(raw_client_answer(one, &answer));
	assert_true(answer.length > SERVER_REQUEST_BODY_MAX);
	assert_memory_equal(answer.body + answer.length - SERVER_REQUEST_BODY_MAX, body,
			    SERVER_REQUEST_BODY_MAX);
	ask(one, "GET /big/8000000", NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.length, 8000000);
	assert_int_equal(answer.body[7999999], 'b');
	snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
		 SERVER_REQUEST_BODY_MAX + 1);
	raw_client_text(one, head);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.status, 413);
	assert_int_equal(world.service.requests, 2);
	raw_client_free(one);
	free(body);
}

static void an_answer_may_come_later_while_others_are_served(void **state)
{
	(void)state;
	struct raw_client *slow = client(), *fast = client();
	struct raw_answer answer;
	ask(slow, "POST /later", "{}");
	eventually(world.service.waiting_count == 1);
	for (unsigned i = 0; i < 3; i++) {
		ask(fast, "GET /echo", NULL);
		assert_true(raw_client_answer(fast, &answer));
	}
	scripted_service_answer_all(&world.service);
	assert_true(raw_client_answer(slow, &answer));
	assert_string_equal(answer.body, "{\"late\":1}");
	assert_int_equal(world.service.gone, 0);
	raw_client_free(slow);
	raw_client_free(fast);
}

static void requests_sent_ahead_are_answered_in_order(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_answer answer;
	raw_client_text(one, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
			     "GET /echo?second HTTP/1.1\r\nHost: x\r\n\r\n"
			     "GET /echo?third HTTP/1.1\r\nHost: x\r\n\r\n");
	eventually(world.service.waiting_count == 1);
	raw_client_idle(world.network, 20);
	assert_int_equal(world.service.requests, 1);
	scripted_service_answer_all(&world.service);
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "{\"late\":1}");
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "GET /echo?second [] [] 0:");
	assert_true(raw_client_answer(one, &answer));
	assert_string_equal(answer.body, "GET /echo?third [] [] 0:");
	raw_client_free(one);
}

static void a_peer_that_leaves_before_the_answer_is_told(void **state)
{
	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		struct raw_client *one = client();
		ask(one, "POST /later", "{}");
		eventually(world.service.waiting_count == 1);
		raw_client_hang_up(one, reset);
		eventually(world.service.gone == (unsigned)reset + 1);
		assert_int_equal(world.service.waiting_count, 0);
	}
}

static void a_request_that_never_ends_reaches_nobody(void **state)
{
	(void)state;
	struct raw_client *one = client();
	raw_client_text(one, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
	raw_client_idle(world.network, 20);
	raw_client_free(one);
	raw_client_idle(world.network, 20);
	assert_int_equal(world.service.requests, 0);
	assert_int_equal(world.service.gone, 0);
}

static void drops_close_or_reset(void **state)
{
	(void)state;
	struct raw_client *one = client();
	ask(one, "POST /drop", "{}");
	assert_int_equal(raw_client_end(one), RAW_CLOSED);
	raw_client_free(one);
	one = client();
	ask(one, "POST /reset", "{}");
	assert_int_equal(raw_client_end(one), RAW_RESET);
	raw_client_free(one);
}

static void what_is_no_http_ends_the_connection(void **state)
{
	(void)state;
	static const char *const nonsense[] = {
		"\r\n\r\n\r\n",
		"EHLO\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n{}",
		"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
	};
	for (unsigned i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		struct raw_client *one = client();
		raw_client_text(one, nonsense[i]);
		raw_client_end(one);
		raw_client_free(one);
	}
	assert_int_equal(world.service.requests, 0);
}

/* ---- sockets --------------------------------------------------------------------------------- */

static void messages_are_carried_both_ways(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_message message;
	assert_true(raw_client_upgrade(one, "/stream?greet&readonly=true", false));
	assert_true(raw_client_message(one, &message));
	assert_string_equal(message.text, "hello");
	assert_string_equal(world.service.last_target, "/stream?greet&readonly=true");
	raw_client_say(one, "{\"type\":\"ping\"}");
	assert_true(raw_client_message(one, &message));
	assert_int_equal(message.opcode, 1);
	assert_false(message.compressed);
	assert_string_equal(message.text, "{\"type\":\"ping\"}");
	/* In three fragments with a ping between them. */
	raw_client_frame(one, 1, false, false, "ab", 2);
	raw_client_frame(one, 0, false, false, "cd", 2);
	raw_client_frame(one, 9, true, false, "p", 1);
	raw_client_frame(one, 0, true, false, "ef", 2);
	assert_true(raw_client_message(one, &message));
	assert_int_equal(message.opcode, 10);
	assert_true(raw_client_message(one, &message));
	assert_string_equal(message.text, "abcdef");
	raw_client_frame(one, 1, true, false, "", 0);
	assert_true(raw_client_message(one, &message));
	assert_int_equal(message.length, 0);
	raw_client_frame(one, 8, true, false, "\x03\xe8", 2);
	assert_true(raw_client_message(one, &message));
	assert_int_equal(message.opcode, 8);
	assert_int_equal(raw_client_end(one), RAW_CLOSED);
	raw_client_free(one);
	eventually(world.service.closed == 1);
}

static void compressed_messages_are_carried_both_ways(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_message message;
	/* First easy to compress, then hard. */
	static char text[1000000];
	struct random random;
	random_seed(&random, 1);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + (i < 700000 ? i * i % 23 : random_below(&random, 26)));
	assert_true(raw_client_upgrade(one, "/stream", true));
	for (unsigned i = 0; i < 3; i++) {
		raw_client_frame(one, 1, true, true, text, sizeof(text) - 1 - i);
		assert_true(raw_client_message(one, &message));
		assert_true(message.compressed);
		assert_int_equal(message.length, sizeof(text) - 1 - i);
		assert_memory_equal(message.text, text, message.length);
		raw_client_frame(one, 1, true, true, "short", 5);
		assert_true(raw_client_message(one, &message));
		assert_string_equal(message.text, "short");
		raw_client_say(one, "plain");
		assert_true(raw_client_message(one, &message));
		assert_string_equal(message.text, "plain");
	}
	raw_client_free(one);
}

static unsigned close_code(struct raw_client *of)
{
	struct raw_message message;
	assert_true(raw_client_message(of, &message));
	assert_int_equal(message.opcode, 8);
	assert_true(message.length >= 2);
	return (unsigned)(unsigned char)message.text[0] << 8 | (unsigned char)message.text[1];
}

static void the_service_closes_with_a_code_behind_what_it_said(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_message message;
	assert_true(raw_client_upgrade(one, "/stream", false));
	raw_client_say(one, "last words");
	raw_client_say(one, "close 1008");
	assert_true(raw_client_message(one, &message));
	assert_string_equal(message.text, "last words");
	assert_int_equal(close_code(one), 1008);
	raw_client_frame(one, 8, true, false, "\x03\xf0", 2);
	assert_int_equal(raw_client_end(one), RAW_CLOSED);
	raw_client_free(one);
	one = client();
	assert_true(raw_client_upgrade(one, "/stream", false));
	raw_client_say(one, "cut");
	assert_false(raw_client_message(one, &message));
	raw_client_free(one);
	assert_int_equal(world.service.closed, 0);
}

static void binary_and_endless_messages_are_refused_with_their_codes(void **state)
{
	(void)state;
	struct raw_client *one = client();
	assert_true(raw_client_upgrade(one, "/stream", false));
	raw_client_frame(one, 2, true, false, "\x01\x02", 2);
	assert_int_equal(close_code(one), 1003);
	raw_client_free(one);
	eventually(world.service.closed == 1);
	char *text = malloc(1024 * 1024 + 1);
	assert_non_null(text);
	memset(text, 'x', 1024 * 1024 + 1);
	one = client();
	struct raw_message message;
	assert_true(raw_client_upgrade(one, "/stream", false));
	raw_client_frame(one, 1, true, false, text, 1024 * 1024);
	assert_true(raw_client_message(one, &message));
	assert_int_equal(message.length, 1024 * 1024);
	raw_client_frame(one, 1, true, false, text, 1024 * 1024 + 1);
	assert_int_equal(close_code(one), 1009);
	raw_client_free(one);
	free(text);
	eventually(world.service.closed == 2);
}

static void many_sockets_at_a_time_up_to_the_bound(void **state)
{
	(void)state;
	static struct raw_client *many[SERVER_SOCKETS_MAX + 1];
	struct raw_message message;
	for (unsigned i = 0; i < SERVER_SOCKETS_MAX; i++) {
		many[i] = client();
		assert_true(raw_client_upgrade(many[i], "/stream", false));
		raw_client_say(many[i], "all of us");
	}
	for (unsigned i = 0; i < SERVER_SOCKETS_MAX; i++) {
		assert_true(raw_client_message(many[i], &message));
		assert_string_equal(message.text, "all of us");
	}
	many[SERVER_SOCKETS_MAX] = client();
	raw_client_text(many[SERVER_SOCKETS_MAX],
			"GET /stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
			"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			"Sec-WebSocket-Version: 13\r\n\r\n");
	raw_client_end(many[SERVER_SOCKETS_MAX]);
	assert_int_equal(world.service.opened, SERVER_SOCKETS_MAX);
	for (unsigned i = 0; i <= SERVER_SOCKETS_MAX; i++)
		raw_client_free(many[i]);
	eventually(world.service.closed == SERVER_SOCKETS_MAX);
}

static void a_reader_that_is_too_slow_is_cut(void **state)
{
	(void)state;
	struct raw_client *slow = client(), *quick = client();
	struct raw_message message;
	assert_true(raw_client_upgrade(slow, "/stream", false));
	assert_true(raw_client_upgrade(quick, "/stream", false));
	raw_client_say(slow, "flood 30000"); /* 30 MB at once */
	eventually(world.service.refused_sends == 1);
	eventually(world.service.closed == 1);
	assert_int_equal(raw_client_end(slow), RAW_RESET);
	raw_client_say(quick, "still here");
	assert_true(raw_client_message(quick, &message));
	assert_string_equal(message.text, "still here");
	raw_client_free(slow);
	raw_client_free(quick);
}

static void a_flood_within_the_bound_arrives_whole(void **state)
{
	(void)state;
	struct raw_client *one = client();
	struct raw_message message;
	assert_true(raw_client_upgrade(one, "/stream", false));
	raw_client_say(one, "flood 5000");
	for (unsigned i = 0; i < 5000; i++) {
		assert_true(raw_client_message(one, &message));
		assert_int_equal(message.length, 1000);
	}
	assert_int_equal(world.service.refused_sends, 0);
	raw_client_free(one);
}

/* ---- the server ------------------------------------------------------------------------------ */

static void a_client_without_the_authority_is_refused(void **state)
{
	(void)state;
	assert_null(raw_client_connect(world.network, world.port,
				       "/etc/ssl/certs/ca-certificates.crt"));
	struct raw_client *plain = raw_client_connect(world.network, world.port, NULL);
	raw_client_text(plain, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
	raw_client_end(plain);
	raw_client_free(plain);
	assert_int_equal(world.service.requests, 0);
}

static void stopping_with_open_connections_tells_the_service_and_ends_them(void **state)
{
	(void)state;
	struct raw_client *socket = client(), *request = client(), *idle = client(),
			  *half = client();
	assert_true(raw_client_upgrade(socket, "/stream", false));
	ask(request, "POST /later", "{}");
	raw_client_text(half, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
	eventually(world.service.waiting_count == 1);
	server_stop(world.server);
	world.server = NULL;
	assert_int_equal(world.service.gone, 1);
	assert_int_equal(world.service.closed, 1);
	assert_int_not_equal(raw_client_end(socket), RAW_OPEN);
	assert_int_not_equal(raw_client_end(request), RAW_OPEN);
	assert_int_not_equal(raw_client_end(half), RAW_OPEN);
	assert_int_not_equal(raw_client_end(idle), RAW_OPEN);
	raw_client_free(socket);
	raw_client_free(request);
	raw_client_free(half);
	raw_client_free(idle);
}

static void two_servers_serve_side_by_side_and_a_taken_port_is_an_error(void **state)
{
	(void)state;
	struct error err = {0};
	struct scripted_service other;
	scripted_service_init(&other);
	struct server_options options = {.name = "other"};
	struct server *second = server_start(world.network, &options, &other.face, &err);
	assert_non_null(second);
	assert_int_not_equal(server_port(second), world.port);
	struct raw_client *one = raw_client_connect(world.network, server_port(second), NULL);
	struct raw_answer answer;
	ask(one, "GET /echo", NULL);
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(other.requests, 1);
	assert_int_equal(world.service.requests, 0);
	options.port = world.port;
	assert_null(server_start(world.network, &options, &other.face, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	options.port = 0;
	options.certificate_file = "/nowhere/server.pem";
	options.key_file = key_file;
	assert_null(server_start(world.network, &options, &other.face, &err));
	assert_non_null(strstr(err.text, "/nowhere/server.pem"));
	server_stop(second);
	raw_client_free(one);
}

#define PLAIN(name) cmocka_unit_test_setup_teardown(name, set_up_plain, tear_down)
#define TLS(name)                                                                                  \
	{                                                                                          \
#name " over TLS", name, set_up_tls, tear_down, NULL                               \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(requests_on_one_connection_are_answered_in_turn),
		TLS(requests_on_one_connection_are_answered_in_turn),
		PLAIN(headers_that_the_service_needs_arrive),
		PLAIN(a_form_of_several_parts_passes_as_it_is),
		PLAIN(big_bodies_and_answers_arrive_whole_and_beyond_the_bound_are_refused),
		TLS(big_bodies_and_answers_arrive_whole_and_beyond_the_bound_are_refused),
		PLAIN(an_answer_may_come_later_while_others_are_served),
		TLS(an_answer_may_come_later_while_others_are_served),
		PLAIN(requests_sent_ahead_are_answered_in_order),
		PLAIN(a_peer_that_leaves_before_the_answer_is_told),
		TLS(a_peer_that_leaves_before_the_answer_is_told),
		PLAIN(a_request_that_never_ends_reaches_nobody),
		PLAIN(drops_close_or_reset),
		TLS(drops_close_or_reset),
		PLAIN(what_is_no_http_ends_the_connection),
		PLAIN(messages_are_carried_both_ways),
		TLS(messages_are_carried_both_ways),
		PLAIN(compressed_messages_are_carried_both_ways),
		TLS(compressed_messages_are_carried_both_ways),
		PLAIN(the_service_closes_with_a_code_behind_what_it_said),
		PLAIN(binary_and_endless_messages_are_refused_with_their_codes),
		PLAIN(many_sockets_at_a_time_up_to_the_bound),
		PLAIN(a_reader_that_is_too_slow_is_cut),
		PLAIN(a_flood_within_the_bound_arrives_whole),
		TLS(a_flood_within_the_bound_arrives_whole),
		TLS(a_client_without_the_authority_is_refused),
		PLAIN(stopping_with_open_connections_tells_the_service_and_ends_them),
		TLS(stopping_with_open_connections_tells_the_service_and_ends_them),
		PLAIN(two_servers_serve_side_by_side_and_a_taken_port_is_an_error),
	};
	return cmocka_run_group_tests_name("server", tests, make_certificates, remove_certificates);
}
