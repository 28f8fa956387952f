#include "tests/support/raw_client.h"

#include "core/net/network.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define PATIENCE_NS  INT64_C(10000000000)
#define MS	     INT64_C(1000000)
#define BYTES_MAX    (64 * 1024 * 1024)
#define INFLATED_MAX (4 * 1024 * 1024)

struct raw_client {
	struct network *network;
	int socket;
	SSL_CTX *context;
	SSL *tls;
	enum raw_end end;
	char *received; /* owned */
	size_t capacity, length, taken;
	char *message; /* owned: of the last answer or message */
	size_t message_capacity;
	z_stream deflate, inflate;
	bool deflating;
};

void raw_client_idle(struct network *network, int64_t milliseconds)
{
	network_run(network, network_now_ns(network) + milliseconds * MS);
}

static void wait_a_little(struct raw_client *client, int64_t *until_ns)
{
	if (*until_ns == 0)
		*until_ns = network_now_ns(client->network) + PATIENCE_NS;
	assert(network_now_ns(client->network) < *until_ns);
	network_run(client->network, network_now_ns(client->network) + MS / 5);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool handshake(struct raw_client *client, const char *ca_file)
{
	client->context = SSL_CTX_new(TLS_client_method());
	assert(client->context);
	assert(SSL_CTX_load_verify_locations(client->context, ca_file, NULL) == 1);
	SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
	client->tls = SSL_new(client->context);
	assert(client->tls && SSL_set1_host(client->tls, "localhost") == 1);
	SSL_set_fd(client->tls, client->socket);
	int64_t until_ns = 0;
	for (;;) {
		int result = SSL_connect(client->tls);
		if (result == 1)
			return true;
		int why = SSL_get_error(client->tls, result);
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			return false;
		wait_a_little(client, &until_ns);
	}
}

struct raw_client *raw_client_connect(struct network *network, int port, const char *ca_file)
{
	struct raw_client *client = calloc(1, sizeof(*client));
	assert(client);
	client->network = network;
	client->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(client->socket >= 0);
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int connected = connect(client->socket, (struct sockaddr *)&address, sizeof(address));
	assert(connected == 0);
	assert(fcntl(client->socket, F_SETFL, O_NONBLOCK) == 0);
	if (ca_file && !handshake(client, ca_file)) {
		raw_client_free(client);
		return NULL;
	}
	return client;
}

void raw_client_free(struct raw_client *client)
{
	if (!client)
		return;
	SSL_free(client->tls);
	SSL_CTX_free(client->context);
	close(client->socket);
	if (client->deflating) {
		deflateEnd(&client->deflate);
		inflateEnd(&client->inflate);
	}
	free(client->received);
	free(client->message);
	free(client);
}

void raw_client_hang_up(struct raw_client *client, bool reset)
{
	if (reset)
		setsockopt(client->socket, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
			   sizeof(struct linger));
	raw_client_free(client);
}

size_t raw_client_write_some(struct raw_client *client, const void *bytes, size_t length)
{
	ssize_t written;
	if (client->tls)
		written = SSL_write(client->tls, bytes, (int)length);
	else
		written = send(client->socket, bytes, length, MSG_NOSIGNAL);
	return written > 0 ? (size_t)written : 0;
}

void raw_client_write(struct raw_client *client, const void *bytes, size_t length)
{
	const char *at = bytes;
	int64_t until_ns = 0;
	while (length > 0) {
		size_t written = raw_client_write_some(client, at, length);
		at += written;
		length -= written;
		if (written == 0)
			wait_a_little(client, &until_ns);
	}
}

void raw_client_text(struct raw_client *client, const char *text)
{
	raw_client_write(client, text, strlen(text));
}

static void grow(char **bytes, size_t *capacity, size_t needed)
{
	if (needed <= *capacity)
		return;
	assert(needed <= BYTES_MAX);
	*bytes = realloc(*bytes, needed);
	assert(*bytes);
	*capacity = needed;
}

/* Takes what is there; true if there was anything. */
static bool receive(struct raw_client *client)
{
	if (client->end != RAW_OPEN)
		return false;
	if (client->taken > 0) {
		memmove(client->received, client->received + client->taken,
			client->length - client->taken);
		client->length -= client->taken;
		client->taken = 0;
	}
	if (client->capacity - client->length < 64 * 1024)
		grow(&client->received, &client->capacity, 2 * client->capacity + 128 * 1024);
	size_t room = client->capacity - client->length;
	char *at = client->received + client->length;
	ssize_t got;
	errno = 0;
	if (client->tls) {
		got = SSL_read(client->tls, at, room > 1 << 20 ? 1 << 20 : (int)room);
		if (got <= 0) {
			int why = SSL_get_error(client->tls, (int)got);
			if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
				return false;
			client->end = errno == ECONNRESET ? RAW_RESET : RAW_CLOSED;
			return false;
		}
	} else {
		got = recv(client->socket, at, room, 0);
		if (got < 0 && errno == EAGAIN)
			return false;
		if (got <= 0) {
			client->end = got < 0 ? RAW_RESET : RAW_CLOSED;
			return false;
		}
	}
	client->length += (size_t)got;
	return true;
}

enum raw_end raw_client_end(struct raw_client *client)
{
	int64_t until_ns = 0;
	while (client->end == RAW_OPEN) {
		client->taken = client->length;
		if (!receive(client) && client->end == RAW_OPEN)
			wait_a_little(client, &until_ns);
	}
	return client->end;
}

/* The bytes not yet taken, once there are at least `needed`. */
static const char *waited_for(struct raw_client *client, size_t needed)
{
	int64_t until_ns = 0;
	while (client->length - client->taken < needed) {
		if (receive(client))
			continue;
		if (client->end != RAW_OPEN)
			return NULL;
		wait_a_little(client, &until_ns);
	}
	return client->received + client->taken;
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

bool raw_client_answer(struct raw_client *client, struct raw_answer *answer)
{
	const char *start, *end;
	size_t needed = 1;
	for (;;) {
		start = waited_for(client, needed);
		if (!start)
			return false;
		size_t there = client->length - client->taken;
		end = memmem(start, there, "\r\n\r\n", 4);
		if (end)
			break;
		needed = there + 1;
	}
	size_t head = (size_t)(end - start) + 4;
	assert(head < sizeof(answer->head));
	memcpy(answer->head, start, head);
	answer->head[head] = '\0';
	client->taken += head;
	assert(sscanf(answer->head, "HTTP/1.%*1[01] %d", &answer->status) == 1);
	const char *length = strcasestr(answer->head, "content-length:");
	answer->length = length ? strtoul(length + 15, NULL, 10) : 0;
	start = waited_for(client, answer->length);
	if (!start)
		return false;
	grow(&client->message, &client->message_capacity, answer->length + 1);
	memcpy(client->message, start, answer->length);
	client->message[answer->length] = '\0';
	answer->body = client->message;
	client->taken += answer->length;
	return true;
}

/* ---- WebSocket ------------------------------------------------------------------------------- */

bool raw_client_upgrade(struct raw_client *client, const char *target, bool deflate)
{
	char request[1024];
	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		 "Sec-WebSocket-Version: 13\r\n%s\r\n",
		 target,
		 deflate ? "Sec-WebSocket-Extensions: permessage-deflate; "
			   "client_max_window_bits\r\n"
			 : "");
	raw_client_text(client, request);
	struct raw_answer answer;
	assert(raw_client_answer(client, &answer));
	if (answer.status != 101)
		return false;
	/* The accept key of RFC 6455 §1.3. */
	assert(strstr(answer.head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	client->deflating = strcasestr(answer.head, "permessage-deflate") != NULL;
	if (client->deflating) {
		z_stream *stream = &client->deflate;
		assert(deflateInit2(stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
		assert(inflateInit2(&client->inflate, -15) == Z_OK);
	}
	return deflate ? client->deflating : !client->deflating;
}

static size_t deflated(struct raw_client *client, const void *text, size_t length, char *out,
		       size_t size)
{
	z_stream *stream = &client->deflate;
	if (length == 0) { /* RFC 7692 §7.2.3.6 */
		out[0] = 0;
		return 1;
	}
	stream->next_in = (unsigned char *)(uintptr_t)text;
	stream->avail_in = (unsigned)length;
	stream->next_out = (unsigned char *)out;
	stream->avail_out = (unsigned)size;
	assert(deflate(stream, Z_SYNC_FLUSH) == Z_OK && stream->avail_out > 0);
	return size - stream->avail_out - 4;
}

void raw_client_frame(struct raw_client *client, unsigned opcode, bool final, bool compressed,
		      const void *payload, size_t length)
{
	char *packed = NULL;
	if (compressed) {
		assert(client->deflating);
		packed = malloc(length + 1024);
		assert(packed);
		length = deflated(client, payload, length, packed, length + 1024);
		payload = packed;
	}
	unsigned char *frame = malloc(length + 14);
	assert(frame);
	size_t at = 0;
	frame[at++] = (unsigned char)((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode);
	if (length < 126) {
		frame[at++] = (unsigned char)(0x80 | length);
	} else {
		unsigned size = length < 65536 ? 2 : 8;
		frame[at++] = (unsigned char)(0x80 | (size == 2 ? 126 : 127));
		for (unsigned i = size; i-- > 0;)
			frame[at++] = (unsigned char)(length >> (8 * i));
	}
	static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
	memcpy(frame + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < length; i++)
		frame[at + i] = ((const unsigned char *)payload)[i] ^ mask[i % 4];
	raw_client_write(client, frame, at + length);
	free(frame);
	free(packed);
}

void raw_client_say(struct raw_client *client, const char *text)
{
	raw_client_frame(client, 1, true, false, text, strlen(text));
}

static size_t inflated(struct raw_client *client, size_t length)
{
	static const char tail[4] = {0, 0, (char)0xff, (char)0xff};
	char *packed = malloc(length + 4);
	assert(packed);
	memcpy(packed, client->message, length);
	memcpy(packed + length, tail, 4);
	z_stream *stream = &client->inflate;
	stream->next_in = (unsigned char *)packed;
	stream->avail_in = (unsigned)length + 4;
	grow(&client->message, &client->message_capacity, INFLATED_MAX + 1);
	stream->next_out = (unsigned char *)client->message;
	stream->avail_out = INFLATED_MAX;
	int result = inflate(stream, Z_SYNC_FLUSH);
	assert((result == Z_OK || result == Z_BUF_ERROR) && stream->avail_in == 0);
	free(packed);
	return INFLATED_MAX - stream->avail_out;
}

bool raw_client_message(struct raw_client *client, struct raw_message *message)
{
	size_t length = 0;
	message->opcode = 0;
	message->compressed = false;
	for (bool final = false; !final;) {
		const unsigned char *head = (const unsigned char *)waited_for(client, 2);
		if (!head)
			return false;
		final = head[0] & 0x80;
		assert(!(head[1] & 0x80)); /* a server never masks */
		if (head[0] & 0x0f)
			message->opcode = head[0] & 0x0f;
		if (head[0] & 0x40)
			message->compressed = true;
		size_t size = head[1] & 0x7f, extra = size == 126 ? 2 : size == 127 ? 8 : 0;
		head = (const unsigned char *)waited_for(client, 2 + extra);
		if (!head)
			return false;
		for (size_t i = 0; i < extra; i++)
			size = (i == 0 ? 0 : size << 8) | head[2 + i];
		const char *payload = waited_for(client, 2 + extra + size);
		if (!payload)
			return false;
		grow(&client->message, &client->message_capacity, length + size + 1);
		memcpy(client->message + length, payload + 2 + extra, size);
		length += size;
		client->taken += 2 + extra + size;
	}
	if (message->compressed)
		length = inflated(client, length);
	client->message[length] = '\0';
	message->text = client->message;
	message->length = length;
	return true;
}
