#include "core/net/server.h"

#include "core/base/random.h"
#include "tests/support/effort.h"
#include "tests/support/local_server.h"
#include "tests/support/raw_client.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct local_server world;

static int set_up_plain(void **state)
{
	(void)state;
	local_server_start(&world, false, true);
	return 0;
}

static int set_up_tls(void **state)
{
	(void)state;
	local_server_start(&world, true, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	local_server_stop(&world);
	return 0;
}

static struct raw_client *client(void)
{
	struct raw_client *connected = raw_client_connect(
		world.network, world.port, world.tls ? local_server_ca_file() : NULL);
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

/* libwebsockets takes targets apart; what the service gets is of the same meaning. */
static void targets_keep_their_meaning(void **state)
{
	(void)state;
	static const struct {
		const char *sent, *received;
	} targets[] = {
		{"/echo?by=index&value=5501", "/echo?by=index&value=5501"},
		{"/echo?auth=1787925600:5501:7:ab", "/echo?auth=1787925600:5501:7:ab"},
		{"/echo?auth=17%3A5%3a7", "/echo?auth=17:5:7"},
		{"/echo?q=a+b%2Bc%26d%3De&f=%22%25%22", "/echo?q=a%20b%2Bc%26d=e&f=%22%25%22"},
		{"/echo?flag&b=&c=1", "/echo?flag&b=&c=1"},
		{"/echo/a%20b/%C3%A9", "/echo/a%20b/%C3%A9"},
	};
	struct raw_client *one = client();
	struct raw_answer answer;
	char text[256];
	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		snprintf(text, sizeof(text), "GET %s", targets[i].sent);
		ask(one, text, NULL);
		assert_true(raw_client_answer(one, &answer));
		snprintf(text, sizeof(text), "GET %s [] [] 0:", targets[i].received);
		assert_string_equal(answer.body, text);
	}
	raw_client_free(one);
}

static void a_target_that_is_too_long_is_refused(void **state)
{
	(void)state;
	static char head[HTTP_TARGET_MAX + 2 + 4];
	memset(head, 'a', sizeof(head) - 1);
	memcpy(head, "GET /echo/", 10);
	struct raw_client *one = client();
	char request[HTTP_TARGET_MAX + 64];
	snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: x\r\n\r\n", head);
	raw_client_text(one, request);
	struct raw_answer answer;
	assert_true(raw_client_answer(one, &answer));
	assert_int_equal(answer.status, 414);
	raw_client_end(one);
	assert_int_equal(world.service.requests, 0);
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

static void what_is_not_served_is_refused_and_ends_the_connection(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int status; /* 0: none need be said */
	} requests[] = {
		{"\r\n\r\n\r\n", 0},
		{"EHLO\r\n\r\n", 0},
		{"GET /echo?x=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 403},
		{"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 413},
		{"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n{}", 413},
		{"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0\r\n\r\n",
		 411},
		{"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 405},
		{"DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	};
	for (unsigned i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct raw_client *one = client();
		struct raw_answer answer;
		raw_client_text(one, requests[i].text);
		if (requests[i].status != 0) {
			assert_true(raw_client_answer(one, &answer));
			assert_int_equal(answer.status, requests[i].status);
		}
		raw_client_end(one);
		raw_client_free(one);
	}
	assert_int_equal(world.service.requests, 0);
}

static void stop_here(void *user)
{
	(void)user;
	world.service.inside = NULL;
	server_stop(world.server);
	world.server = NULL;
}

static void the_server_may_be_stopped_from_inside_the_service(void **state)
{
	(void)state;
	struct raw_client *one = client(), *other = client(), *socket = client();
	ask(other, "POST /later", "{}");
	assert_true(raw_client_upgrade(socket, "/stream", false));
	eventually(world.service.waiting_count == 1);
	world.service.inside = stop_here;
	ask(one, "GET /echo", NULL);
	eventually(!world.server);
	assert_int_equal(world.service.gone, 1);
	assert_int_equal(world.service.closed, 1);
	assert_int_not_equal(raw_client_end(one), RAW_OPEN);
	assert_int_not_equal(raw_client_end(socket), RAW_OPEN);
	raw_client_free(one);
	raw_client_free(other);
	raw_client_free(socket);
}

/* Bytes of good requests and frames, damaged: whatever they do to their own connection, others are
 * served. */
static void damaged_bytes_harm_nobody_else(void **state)
{
	(void)state;
	static const char *const good[] = {
		"GET /echo?a=1 HTTP/1.1\r\nHost: x\r\nAuthorization: y\r\n\r\n",
		"POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"POST /echo HTTP/1.1\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabcGET /x",
		("GET /stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		 "Sec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
		 "\x81\x82\x01\x02\x03\x04\x60\x60\xc1\x82\x01\x02\x03\x04\x60\x60"),
		("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
		 "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	};
	struct random random;
	random_seed(&random, 5);
	struct raw_client *witness = client();
	unsigned runs = effort(400, "damaged connections");
	for (unsigned run = 0; run < runs; run++) {
		char bytes[512];
		const char *from = good[run % (sizeof(good) / sizeof(good[0]))];
		size_t length = strlen(from);
		memcpy(bytes, from, length);
		for (unsigned changes = (unsigned)random_below(&random, 4); changes > 0; changes--)
			bytes[random_below(&random, length)] = (char)random_below(&random, 256);
		struct raw_client *one = client();
		raw_client_write(one, bytes, length - random_below(&random, 3));
		raw_client_idle(world.network, 1);
		raw_client_hang_up(one, random_below(&random, 2));
		if (run % 20 == 0) {
			struct raw_answer answer;
			ask(witness, "GET /echo", NULL);
			assert_true(raw_client_answer(witness, &answer));
			assert_string_equal(answer.body, "GET /echo [] [] 0:");
		}
	}
	raw_client_free(witness);
	eventually(world.service.waiting_count == 0 && world.service.socket_count == 0);
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

static void an_uncompressed_message_among_compressed_ones_is_told_once(void **state)
{
	(void)state;
	static char big[100000];
	memset(big, 'u', sizeof(big) - 1);
	const char *const texts[] = {"first", "", big, "last"};
	world.service.echoes = false;
	struct raw_client *one = client();
	assert_true(raw_client_upgrade(one, "/stream", true));
	for (unsigned i = 0; i < 4; i++) {
		raw_client_say(one, texts[i]);
		eventually(world.service.messages > 2 * i);
		raw_client_idle(world.network, 10);
		assert_int_equal(world.service.messages, 2 * i + 1);
		raw_client_frame(one, 1, true, true, texts[i], strlen(texts[i]));
		eventually(world.service.messages > 2 * i + 1);
		raw_client_idle(world.network, 10);
		assert_int_equal(world.service.messages, 2 * i + 2);
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
	/* The port is free again. */
	struct error err = {0};
	const struct server_options options = {.name = "venue", .port = world.port};
	world.server = server_start(world.network, &options, &world.service.face, &err);
	assert_non_null(world.server);
	assert_int_equal(server_port(world.server), world.port);
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
	options.key_file = local_server_key_file();
	assert_null(server_start(world.network, &options, &other.face, &err));
	assert_non_null(strstr(err.text, "/nowhere/server.pem"));
	options.certificate_file = local_server_ca_file();
	assert_null(server_start(world.network, &options, &other.face, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
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
		PLAIN(targets_keep_their_meaning),
		PLAIN(a_target_that_is_too_long_is_refused),
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
		PLAIN(what_is_not_served_is_refused_and_ends_the_connection),
		PLAIN(the_server_may_be_stopped_from_inside_the_service),
		PLAIN(damaged_bytes_harm_nobody_else),
		PLAIN(messages_are_carried_both_ways),
		TLS(messages_are_carried_both_ways),
		PLAIN(compressed_messages_are_carried_both_ways),
		TLS(compressed_messages_are_carried_both_ways),
		PLAIN(an_uncompressed_message_among_compressed_ones_is_told_once),
		TLS(an_uncompressed_message_among_compressed_ones_is_told_once),
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
	return cmocka_run_group_tests_name("server", tests, local_server_make_certificates,
					   local_server_remove_certificates);
}
