/* Streams: whole messages in both directions, and how they end. */
#include "core/base/utc.h"
#include "tests/support/network_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

/* Upgrades, then runs the test's own part. */
struct part {
	void (*run)(struct raw_connection *connection);
	const char *extra; /* lines of the handshake's answer */
	const char *refusal;
	char head[RAW_HEAD_MAX];
	_Atomic bool go, ended;
	_Atomic unsigned pings;
	char seen[256]; /* of what ended it */
};

static void stream_server(struct raw_connection *connection)
{
	struct part *part = connection->user;
	struct raw_request request;
	if (!raw_read_request(connection, &request))
		return;
	snprintf(part->head, sizeof(part->head), "%s", request.head);
	if (part->refusal)
		raw_text(connection, part->refusal);
	else if (raw_upgrade(connection, &request, part->extra ? part->extra : ""))
		part->run(connection);
	raw_request_free(&request);
	part->ended = true;
}

static void echo(struct raw_connection *connection)
{
	struct part *part = connection->user;
	for (;;) {
		int first;
		size_t length;
		char *text = raw_read_frame(connection, &first, &length);
		if (!text)
			return;
		if ((first & 0x0f) == RAW_CLOSE) {
			int code = (unsigned char)text[0] << 8 | (unsigned char)text[1];
			snprintf(part->seen, sizeof(part->seen), "%d", length >= 2 ? code : 0);
			raw_write_frame(connection, first, text, length);
		} else if ((first & 0x0f) == RAW_PONG) {
			part->pings++;
		} else if (!raw_write_frame(connection, first, text, length)) {
			first = RAW_CLOSE;
		}
		free(text);
		if ((first & 0x0f) == RAW_CLOSE)
			return;
	}
}

static struct network_world *at(void **state, struct part *part)
{
	struct network_world *world = *state;
	world_serve(world, stream_server, part, NULL);
	world_endpoint(world, &(struct world_options){0});
	return world;
}

static void a_message_goes_out_and_comes_back(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	assert_non_null(strstr(part.head, "GET /stream?a=b HTTP/1.1\r\n"));
	char host[64];
	snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", raw_server_port(world->server));
	assert_non_null(strcasestr(part.head, host));
	assert_non_null(strcasestr(part.head, "Sec-WebSocket-Extensions: permessage-deflate"));
	int64_t before_ns = network_now_ns(world->network);
	stream_send(&stream, "{\"method\":\"ping\"}");
	stream_wait_message(&stream);
	assert_string_equal(stream.last, "{\"method\":\"ping\"}");
	assert_true(stream.received_ns >= before_ns &&
		    stream.received_ns <= network_now_ns(world->network));
	struct network_statistics statistics = network_endpoint_statistics(world->endpoint);
	assert_int_equal(statistics.sockets_opened, 1);
	assert_int_equal(statistics.messages_received, 1);
	assert_int_equal(statistics.bytes_received, 17);
	stream_free(&stream);
}

static void messages_of_every_length_survive(void **state)
{
	static const size_t LENGTHS[] = {0,	1,     125,   126,    127,     4096,	   65535,
					 65536, 65537, 70000, 131072, 1000000, 1024 * 1024};
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	char *text = malloc(1024 * 1024 + 1);
	for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
		for (size_t c = 0; c < LENGTHS[i]; c++)
			text[c] = (char)('a' + (c * 7 + i) % 26);
		assert_true(web_socket_send(stream.socket, text, LENGTHS[i]));
		stream_wait_message(&stream);
		assert_int_equal(stream.length, LENGTHS[i]);
		assert_memory_equal(stream.last, text, LENGTHS[i]);
	}
	free(text);
	stream_free(&stream);
}

/* ---- what comes in pieces -------------------------------------------------------------------- */

static void pieces(struct raw_connection *connection)
{
	struct part *part = connection->user;
	while (!part->go)
		usleep(500);
	raw_write_frame(connection, RAW_TEXT, "{\"a\":", 5);
	raw_write_frame(connection, 0x80 | RAW_PING, "p", 1);
	raw_write_frame(connection, RAW_CONTINUATION, "", 0);
	usleep(10000);
	raw_write_frame(connection, RAW_CONTINUATION, "12", 2);
	raw_write_frame(connection, 0x80 | RAW_CONTINUATION, "}", 1);
	/* Two messages and half a head in one piece, the rest later, byte by byte. */
	raw_write(connection, "\x81\x03one\x81\x03two\x81", 11);
	static const char REST[] = "\x7e\x00\x80";
	char last[3 + 128];
	memcpy(last, REST, 3);
	memset(last + 3, 'x', 128);
	for (size_t i = 0; i < sizeof(last); i++) {
		usleep(100);
		raw_write(connection, last + i, 1);
	}
	echo(connection);
}

static char joined[1024];

static void join(struct stream *stream, const char *text, size_t length)
{
	(void)stream;
	size_t at = strlen(joined);
	snprintf(joined + at, sizeof(joined) - at, "[%.*s]", (int)length, text);
}

static bool four_came(void *user)
{
	return ((struct stream *)user)->messages >= 4;
}

static void a_message_in_fragments_is_one_message(void **state)
{
	static struct part part;
	part = (struct part){.run = pieces};
	struct network_world *world = at(state, &part);
	struct stream stream = {.on_message = join};
	joined[0] = '\0';
	world_stream(world, &stream);
	part.go = true;
	world_run_until(world, four_came, &stream);
	char expected[1024];
	char xs[129];
	memset(xs, 'x', 128);
	xs[128] = '\0';
	snprintf(expected, sizeof(expected), "[{\"a\":12}][one][two][%s]", xs);
	assert_string_equal(joined, expected);
	/* The ping among the fragments was answered. */
	stream_send(&stream, "x");
	stream_wait_message(&stream);
	assert_int_equal(part.pings, 1);
	stream_free(&stream);
}

/* As much as may be, and one byte more. */
static void largest(struct raw_connection *connection)
{
	char *text = malloc(WEB_SOCKET_MESSAGE_MAX + 1);
	memset(text, 'z', WEB_SOCKET_MESSAGE_MAX + 1);
	raw_write_frame(connection, 0x80 | RAW_TEXT, text, WEB_SOCKET_MESSAGE_MAX);
	raw_write_frame(connection, 0x80 | RAW_TEXT, text, WEB_SOCKET_MESSAGE_MAX + 1);
	free(text);
	echo(connection);
}

static void a_message_beyond_the_bound_closes_the_stream(void **state)
{
	static struct part part;
	part = (struct part){.run = largest};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	stream_wait_close(&stream);
	assert_int_equal(stream.messages, 1);
	assert_int_equal(stream.length, WEB_SOCKET_MESSAGE_MAX);
	assert_non_null(strstr(stream.why, "more than 4 MiB"));
	stream_free(&stream);
}

static void sends_binary(struct raw_connection *connection)
{
	raw_write_frame(connection, 0x80 | RAW_BINARY, "\x01", 1);
	echo(connection);
}

static void a_binary_message_closes_the_stream(void **state)
{
	static struct part part;
	part = (struct part){.run = sends_binary};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	stream_wait_close(&stream);
	assert_int_equal(stream.messages, 0);
	assert_non_null(strstr(stream.why, "binary"));
	stream_free(&stream);
}

static void garbage(struct raw_connection *connection)
{
	/* Reserved bits, a masked frame of a server, an unknown opcode. */
	raw_write(connection, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10);
	echo(connection);
}

static void garbage_closes_the_stream(void **state)
{
	static struct part part;
	part = (struct part){.run = garbage};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	stream_wait_close(&stream);
	assert_int_equal(stream.messages, 0);
	stream_free(&stream);
}

/* ---- compression ----------------------------------------------------------------------------- */

/* One compressed message as RFC 7692 has it, in frames of `frame` bytes, context kept. */
static void send_deflated(struct raw_connection *connection, z_stream *deflater, const char *text,
			  size_t length, size_t frame)
{
	size_t room = length + length / 100 + 64;
	unsigned char *bytes = malloc(room);
	deflater->next_in = (Bytef *)(uintptr_t)text;
	deflater->avail_in = (uInt)length;
	deflater->next_out = bytes;
	deflater->avail_out = (uInt)room;
	deflate(deflater, Z_SYNC_FLUSH);
	size_t total = room - deflater->avail_out - 4;
	for (size_t at = 0; at == 0 || at < total; at += frame) {
		size_t part = total - at < frame ? total - at : frame;
		int first = at == 0 ? 0x40 | RAW_TEXT : RAW_CONTINUATION;
		if (at + part == total)
			first |= 0x80;
		raw_write_frame(connection, first, bytes + at, part);
	}
	free(bytes);
}

/* Message i: its own length and content, some that compress well and some that do not. */
static size_t make_text(char *text, unsigned i)
{
	size_t length = i % 5 == 0 ? i * 37 : (size_t)i * i * 11 % 300000 + i % 3;
	unsigned seed = i;
	for (size_t c = 0; c < length; c++) {
		seed = seed * 1103515245 + 12345;
		text[c] = i % 3 == 0 ? (char)('0' + (seed >> 16) % 64)
				     : "{\"price\":\"64321.5\",\"size\":\"0.25\"},"[c % 34];
	}
	return length;
}

#define COMPRESSED 150

static void sends_compressed(struct raw_connection *connection)
{
	z_stream deflater = {0};
	char *text = malloc(310000);
	deflateInit2(&deflater, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
	for (unsigned i = 0; i < COMPRESSED; i++) {
		size_t length = make_text(text, i);
		size_t frame = i % 4 == 0 ? 7 + length / 50 : i % 4 == 1 ? 65536 : 1 << 30;
		if (i % 10 == 9) /* may stay uncompressed */
			raw_write_frame(connection, 0x80 | RAW_TEXT, text, length);
		else
			send_deflated(connection, &deflater, text, length, frame);
	}
	deflateEnd(&deflater);
	free(text);
	echo(connection);
}

static unsigned compared, wrong;
static char *expected_text;

static void compare(struct stream *stream, const char *text, size_t length)
{
	(void)stream;
	size_t expected = make_text(expected_text, compared);
	if (length != expected || memcmp(text, expected_text, length) != 0) {
		if (wrong++ == 0)
			print_message("message %u has %zu bytes instead of %zu, or others\n",
				      compared, length, expected);
	}
	compared++;
}

static bool all_compared(void *user)
{
	return compared == COMPRESSED || ((struct stream *)user)->closed > 0;
}

static void compressed_messages_arrive_whole(void **state)
{
	static struct part part;
	part = (struct part){.run = sends_compressed,
			     .extra = "Sec-WebSocket-Extensions: permessage-deflate\r\n"};
	struct network_world *world = at(state, &part);
	struct stream stream = {.on_message = compare};
	compared = wrong = 0;
	expected_text = malloc(310000);
	world_stream(world, &stream);
	world_run_until(world, all_compared, &stream);
	assert_int_equal(wrong, 0);
	assert_int_equal(compared, COMPRESSED);
	stream.on_message = NULL;
	/* What we send is not compressed, and whole. */
	stream_send(&stream, "{\"method\":\"subscribe\"}");
	stream_wait_message(&stream);
	assert_string_equal(stream.last, "{\"method\":\"subscribe\"}");
	stream_free(&stream);
	free(expected_text);
}

static void bombs(struct raw_connection *connection)
{
	z_stream deflater = {0};
	char *zeros = calloc(1, 64 * 1024 * 1024);
	deflateInit2(&deflater, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
	send_deflated(connection, &deflater, zeros, 64 * 1024 * 1024, 1 << 30);
	deflateEnd(&deflater);
	free(zeros);
	echo(connection);
}

static void a_message_that_inflates_without_end_closes_the_stream(void **state)
{
	static struct part part;
	part = (struct part){.run = bombs,
			     .extra = "Sec-WebSocket-Extensions: permessage-deflate\r\n"};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	stream_wait_close(&stream);
	assert_int_equal(stream.messages, 0);
	assert_true(network_endpoint_statistics(world->endpoint).bytes_received < 8 * 1024 * 1024);
	stream_free(&stream);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void says_goodbye(struct raw_connection *connection)
{
	raw_write_frame(connection, 0x80 | RAW_CLOSE, "\x03\xf0too many\ntopics", 18);
	echo(connection);
}

static void the_reason_of_the_venue_is_told(void **state)
{
	static struct part part;
	part = (struct part){.run = says_goodbye};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	stream_wait_close(&stream);
	assert_string_equal(stream.why,
			    "testvenue: the venue closed it with code 1008: too many topics");
	stream_free(&stream);
}

static void cuts(struct raw_connection *connection)
{
	struct part *part = connection->user;
	while (!part->go)
		usleep(500);
	raw_reset(connection);
}

static void a_cut_is_told_once(void **state)
{
	static struct part part;
	part = (struct part){.run = cuts};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	part.go = true;
	stream_wait_close(&stream);
	world_run_ms(world, 20);
	assert_int_equal(stream.closed, 1);
	assert_true(strlen(stream.why) > strlen("testvenue: "));
	stream_free(&stream);
}

static bool part_ended(void *user)
{
	return ((struct part *)user)->ended;
}

static void closing_says_goodbye_and_is_silent(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	web_socket_close(stream.socket);
	stream.socket = NULL;
	world_run_until(world, part_ended, &part);
	world_run_ms(world, 20);
	assert_string_equal(part.seen, "1000");
	assert_int_equal(stream.closed, 0);
	stream_free(&stream);
}

static void close_inside(struct stream *stream, const char *text, size_t length)
{
	(void)text, (void)length;
	web_socket_close(stream->socket);
	stream->socket = NULL;
}

static void a_stream_can_be_closed_from_inside_its_message(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {.on_message = close_inside};
	world_stream(world, &stream);
	stream_send(&stream, "one");
	stream_send(&stream, "two");
	stream_wait_message(&stream);
	world_run_until(world, part_ended, &part);
	assert_int_equal(stream.messages, 1);
	assert_int_equal(stream.closed, 0);
	stream_free(&stream);
}

static void free_endpoint_inside(struct stream *stream, const char *text, size_t length)
{
	endpoint_free(stream->world->endpoint);
	stream->world->endpoint = NULL;
	stream->socket = NULL;
	assert_memory_equal(text, "one", length); /* borrowed until this returns */
}

static void an_endpoint_can_be_freed_from_inside_a_message(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {.on_message = free_endpoint_inside}, other = {0};
	world_stream(world, &other);
	world_stream(world, &stream);
	stream_send(&stream, "one");
	stream_wait_message(&stream);
	world_run_ms(world, 20);
	assert_int_equal(stream.closed + other.closed, 0);
	other.socket = NULL;
	stream_free(&stream);
	stream_free(&other);
}

static void closing_while_connecting_is_silent(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	static const struct web_socket_events EVENTS = {0}; /* a call would crash */
	for (int i = 0; i < 3; i++) {
		struct web_socket *socket = endpoint_connect(world->endpoint, &EVENTS, NULL);
		assert_non_null(socket);
		if (i > 0)
			network_run(world->network, network_now_ns(world->network));
		web_socket_close(socket);
		world_run_ms(world, 10);
	}
}

#define WRONG_ACCEPT                                                                               \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: wrong\r\n\r\n"

static void what_is_no_web_socket_is_told(void **state)
{
	static const char *const REFUSALS[] = {
		"",
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		WRONG_ACCEPT,
		"\x16\x03\x01 nonsense\r\n\r\n",
	};
	struct network_world *world = *state;
	for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
		static struct part part;
		part = (struct part){.refusal = REFUSALS[i]};
		struct stream stream = {0};
		world_serve(world, stream_server, &part, NULL);
		world_endpoint(world, &(struct world_options){0});
		world_stream_fails(world, &stream);
		assert_non_null(strstr(stream.why, "no connection"));
		if (i == 1)
			assert_non_null(strstr(stream.why, "403"));
		stream_free(&stream);
		endpoint_free(world->endpoint);
		world->endpoint = NULL;
		raw_server_stop(world->server);
		world->server = NULL;
	}
}

static void nobody_listening_is_told(void **state)
{
	struct network_world *world = *state;
	struct raw_server *server = raw_server_start(stream_server, NULL, NULL);
	int port = raw_server_port(server);
	raw_server_stop(server);
	struct stream stream = {0};
	world_endpoint(world, &(struct world_options){.port = port});
	world_stream_fails(world, &stream);
	stream_free(&stream);
}

/* ---- a peer that does not read --------------------------------------------------------------- */

static void sleeps(struct raw_connection *connection)
{
	struct part *part = connection->user;
	while (!part->go)
		usleep(1000);
	echo(connection);
}

static bool nine_hundred_came(void *user)
{
	return ((struct stream *)user)->messages >= 900;
}

static void a_peer_that_does_not_read_fills_the_queue_and_no_more(void **state)
{
	static struct part part;
	part = (struct part){.run = sleeps};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	static char text[16 * 1024];
	memset(text, 'q', sizeof(text));
	unsigned taken = 0;
	while (taken < 5000 && web_socket_send(stream.socket, text, sizeof(text)))
		taken++;
	assert_true(taken > 64 && taken < 5000); /* kernel buffers and the queue */
	assert_false(web_socket_send(stream.socket, text, sizeof(text)));
	/* Nothing of what was taken is lost or out of order once it reads. */
	part.go = true;
	unsigned refused = 0;
	for (unsigned i = taken; i < 900; i++) {
		while (!web_socket_send(stream.socket, text, sizeof(text))) {
			refused++;
			world_run_ms(world, 1);
		}
	}
	if (taken < 900)
		world_run_until(world, nine_hundred_came, &stream);
	assert_int_equal(stream.closed, 0);
	stream_free(&stream);
}

static void a_message_that_is_too_long_is_not_sent(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	char *text = malloc(WEB_SOCKET_QUEUE_MAX + 1);
	memset(text, 'a', WEB_SOCKET_QUEUE_MAX + 1);
	assert_false(web_socket_send(stream.socket, text, WEB_SOCKET_QUEUE_MAX + 1));
	stream_send(&stream, "short");
	stream_wait_message(&stream);
	assert_string_equal(stream.last, "short");
	free(text);
	stream_free(&stream);
}

static void sending_before_it_is_open_is_refused(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	static const struct web_socket_events EVENTS = {0};
	struct web_socket *socket = endpoint_connect(world->endpoint, &EVENTS, NULL);
	assert_false(web_socket_send(socket, "x", 1));
	web_socket_close(socket);
}

static void streams_are_bounded(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	static const struct web_socket_events EVENTS = {0};
	struct web_socket *sockets[64];
	for (int i = 0; i < 64; i++) {
		sockets[i] = endpoint_connect(world->endpoint, &EVENTS, NULL);
		assert_non_null(sockets[i]);
	}
	assert_null(endpoint_connect(world->endpoint, &EVENTS, NULL));
	for (int i = 0; i < 64; i++)
		web_socket_close(sockets[i]);
}

/* The point of sending at once: the peer has the bytes before the loop runs again. */
static void a_message_is_with_the_kernel_when_send_returns(void **state)
{
	static struct part part;
	part = (struct part){.run = echo};
	struct network_world *world = at(state, &part);
	struct stream stream = {0};
	world_stream(world, &stream);
	int fd = -1;
	/* Our end of the stream: the descriptor connected to the server's port. */
	for (int candidate = 3; candidate < 64 && fd < 0; candidate++) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof(peer);
		if (getpeername(candidate, (struct sockaddr *)&peer, &size) == 0 &&
		    peer.ss_family == AF_INET &&
		    ntohs(((struct sockaddr_in *)&peer)->sin_port) ==
			    raw_server_port(world->server))
			fd = candidate;
	}
	assert_true(fd >= 0);
	stream_send(&stream, "order 1");
	stream_send(&stream, "order 2");
	/* Both echoes come back though the loop does not run. */
	char bytes[64];
	size_t got = 0;
	for (int tries = 0; tries < 2000 && got < 18; tries++) {
		ssize_t part_length = recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
		got = part_length > 0 ? (size_t)part_length : 0;
		usleep(1000);
	}
	assert_int_equal(got, 18);
	assert_memory_equal(bytes, "\x81\x07order 1\x81\x07order 2", 18);
	stream_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
		TEST(a_message_goes_out_and_comes_back),
		TEST(messages_of_every_length_survive),
		TEST(a_message_in_fragments_is_one_message),
		TEST(a_message_beyond_the_bound_closes_the_stream),
		TEST(a_binary_message_closes_the_stream),
		TEST(garbage_closes_the_stream),
		TEST(compressed_messages_arrive_whole),
		TEST(a_message_that_inflates_without_end_closes_the_stream),
		TEST(the_reason_of_the_venue_is_told),
		TEST(a_cut_is_told_once),
		TEST(closing_says_goodbye_and_is_silent),
		TEST(a_stream_can_be_closed_from_inside_its_message),
		TEST(an_endpoint_can_be_freed_from_inside_a_message),
		TEST(closing_while_connecting_is_silent),
		TEST(what_is_no_web_socket_is_told),
		TEST(nobody_listening_is_told),
		TEST(a_peer_that_does_not_read_fills_the_queue_and_no_more),
		TEST(a_message_that_is_too_long_is_not_sent),
		TEST(sending_before_it_is_open_is_refused),
		TEST(streams_are_bounded),
		TEST(a_message_is_with_the_kernel_when_send_returns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
