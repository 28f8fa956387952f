#include "tests/support/raw_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#define BUFFER_SIZE (64 * 1024)

struct raw_server {
	raw_script script;
	void *user;
	SSL_CTX *tls;
	int fd, port;
	pthread_t acceptor;
	_Atomic unsigned count;
	_Atomic bool stopping;
	struct {
		pthread_t thread;
		struct raw_connection connection;
	} peers[RAW_CONNECTIONS_MAX];
	pthread_mutex_t lock; /* of every connection's fd */
};

static void cut(struct raw_connection *connection)
{
	pthread_mutex_lock(&connection->server->lock);
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	pthread_mutex_unlock(&connection->server->lock);
}

void raw_close(struct raw_connection *connection)
{
	if (connection->tls && connection->fd >= 0)
		SSL_shutdown(connection->tls);
	cut(connection);
}

void raw_reset(struct raw_connection *connection)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};
	if (connection->fd >= 0)
		setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	cut(connection);
}

static void *serve(void *argument)
{
	struct raw_connection *connection = argument;
	struct raw_server *server = connection->server;
	bool ready = true;
	if (server->tls) {
		connection->tls = SSL_new(server->tls);
		SSL_set_fd(connection->tls, connection->fd);
		ready = SSL_accept(connection->tls) == 1;
	}
	if (ready)
		server->script(connection);
	raw_close(connection);
	SSL_free(connection->tls);
	free(connection->buffer);
	return NULL;
}

static void *accept_all(void *argument)
{
	struct raw_server *server = argument;
	while (server->count < RAW_CONNECTIONS_MAX) {
		int fd = accept(server->fd, NULL, NULL);
		if (fd < 0)
			break;
		int on = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		unsigned number = server->count;
		struct raw_connection *connection = &server->peers[number].connection;
		*connection = (struct raw_connection){
			.server = server, .user = server->user, .number = number, .fd = fd};
		connection->buffer = malloc(BUFFER_SIZE);
		pthread_create(&server->peers[number].thread, NULL, serve, connection);
		server->count = number + 1;
		if (server->stopping)
			break;
	}
	return NULL;
}

struct raw_server *raw_server_start(raw_script script, void *user, SSL_CTX *tls)
{
	struct raw_server *server = calloc(1, sizeof(*server));
	assert(server);
	server->script = script;
	server->user = user;
	server->tls = tls;
	pthread_mutex_init(&server->lock, NULL);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	int bound = bind(server->fd, (struct sockaddr *)&at, sizeof(at));
	int listening = listen(server->fd, 64);
	int named = getsockname(server->fd, (struct sockaddr *)&at, &size);
	assert(bound == 0 && listening == 0 && named == 0);
	server->port = ntohs(at.sin_port);
	pthread_create(&server->acceptor, NULL, accept_all, server);
	return server;
}

int raw_server_port(const struct raw_server *server)
{
	return server->port;
}

unsigned raw_server_connections(const struct raw_server *server)
{
	return server->count;
}

void raw_server_stop(struct raw_server *server)
{
	if (!server)
		return;
	server->stopping = true;
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	close(server->fd);
	for (unsigned i = 0; i < server->count; i++) {
		struct raw_connection *connection = &server->peers[i].connection;
		pthread_mutex_lock(&server->lock);
		if (connection->fd >= 0)
			shutdown(connection->fd, SHUT_RDWR);
		pthread_mutex_unlock(&server->lock);
		pthread_join(server->peers[i].thread, NULL);
	}
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool fill(struct raw_connection *connection)
{
	if (connection->fd < 0)
		return false;
	connection->begin = 0;
	long got = connection->tls ? SSL_read(connection->tls, connection->buffer, BUFFER_SIZE)
				   : recv(connection->fd, connection->buffer, BUFFER_SIZE, 0);
	connection->end = got > 0 ? (size_t)got : 0;
	return got > 0;
}

bool raw_read(struct raw_connection *connection, void *bytes, size_t length)
{
	unsigned char *to = bytes;
	while (length > 0) {
		if (connection->begin == connection->end && !fill(connection))
			return false;
		size_t part = connection->end - connection->begin;
		part = part < length ? part : length;
		memcpy(to, connection->buffer + connection->begin, part);
		connection->begin += part;
		to += part;
		length -= part;
	}
	return true;
}

bool raw_write(struct raw_connection *connection, const void *bytes, size_t length)
{
	const char *from = bytes;
	while (length > 0) {
		if (connection->fd < 0)
			return false;
		int part = length > 1 << 30 ? 1 << 30 : (int)length;
		long sent = connection->tls
				    ? SSL_write(connection->tls, from, part)
				    : send(connection->fd, from, (size_t)part, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		from += sent;
		length -= (size_t)sent;
	}
	return true;
}

bool raw_text(struct raw_connection *connection, const char *text)
{
	return raw_write(connection, text, strlen(text));
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

const char *raw_header(const struct raw_request *request, const char *name, char *value,
		       size_t size)
{
	size_t length = strlen(name);
	snprintf(value, size, "%s", "");
	for (const char *line = strstr(request->head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " ");
		snprintf(value, size, "%.*s", (int)strcspn(line, "\r"), line);
		break;
	}
	return value;
}

bool raw_read_request(struct raw_connection *connection, struct raw_request *request)
{
	size_t at = 0;
	char length[32];
	*request = (struct raw_request){0};
	while (at < 4 || memcmp(request->head + at - 4, "\r\n\r\n", 4) != 0) {
		if (at == RAW_HEAD_MAX - 1 || !raw_read(connection, request->head + at, 1))
			return false;
		at++;
	}
	if (sscanf(request->head, "%15s %4095s", request->method, request->target) != 2)
		return false;
	request->body_length =
		strtoul(raw_header(request, "Content-Length", length, sizeof(length)), NULL, 10);
	if (request->body_length > RAW_BODY_MAX)
		return false;
	request->body = calloc(1, request->body_length + 1);
	if (raw_read(connection, request->body, request->body_length))
		return true;
	raw_request_free(request);
	return false;
}

void raw_request_free(struct raw_request *request)
{
	free(request->body);
	request->body = NULL;
}

bool raw_answer(struct raw_connection *connection, int status, const char *extra, const char *body)
{
	char head[1024];
	snprintf(head, sizeof(head),
		 "HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n%s"
		 "Content-Length: %zu\r\n\r\n",
		 status, extra, strlen(body));
	return raw_text(connection, head) && raw_text(connection, body);
}

/* ---- WebSocket ------------------------------------------------------------------------------- */

bool raw_upgrade(struct raw_connection *connection, const struct raw_request *request,
		 const char *extra)
{
	char key[128], joined[256], answer[1024];
	unsigned char hash[SHA_DIGEST_LENGTH], accept[64];
	raw_header(request, "Sec-WebSocket-Key", key, sizeof(key));
	snprintf(joined, sizeof(joined), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	SHA1((const unsigned char *)joined, strlen(joined), hash);
	EVP_EncodeBlock(accept, hash, sizeof(hash));
	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		 (char *)accept, extra);
	return raw_text(connection, answer);
}

bool raw_write_frame(struct raw_connection *connection, int first, const void *bytes, size_t length)
{
	unsigned char head[10] = {(unsigned char)first};
	size_t size = 2;
	if (length < 126) {
		head[1] = (unsigned char)length;
	} else {
		size_t digits = length < 65536 ? 2 : 8;
		head[1] = digits == 2 ? 126 : 127;
		for (size_t i = 0; i < digits; i++)
			head[2 + i] = (unsigned char)((uint64_t)length >> 8 * (digits - 1 - i));
		size = 2 + digits;
	}
	return raw_write(connection, head, size) && raw_write(connection, bytes, length);
}

char *raw_read_frame(struct raw_connection *connection, int *first, size_t *length)
{
	unsigned char head[2], more[8], mask[4];
	if (!raw_read(connection, head, 2) || !(head[1] & 0x80))
		return NULL;
	*first = head[0];
	*length = head[1] & 0x7f;
	if (*length >= 126) {
		size_t digits = *length == 126 ? 2 : 8;
		if (!raw_read(connection, more, digits))
			return NULL;
		*length = 0;
		for (size_t i = 0; i < digits; i++)
			*length = *length << 8 | more[i];
	}
	if (*length > 64 * 1024 * 1024 || !raw_read(connection, mask, 4))
		return NULL;
	char *text = calloc(1, *length + 1);
	if (!raw_read(connection, text, *length)) {
		free(text);
		return NULL;
	}
	for (size_t i = 0; i < *length; i++)
		text[i] = (char)(text[i] ^ mask[i & 3]);
	return text;
}
