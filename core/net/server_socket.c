#include "core/net/server_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_PER_TURN	 64
#define CLOSE_PATIENCE_S 5
#define NOT_CLOSING	 (-1)
#define CODE_NOT_TEXT	 1003
#define CODE_TOO_LONG	 1009

/* As a power of two, bytes (SERVER_PIECE_MAX says why). */
#define DEFLATED_PIECE "16"

struct frame {
	struct frame *next;
	size_t length;
	unsigned char bytes[]; /* LWS_PRE, then the text */
};

struct service_socket {
	struct server *server;
	struct lws *wsi;
	struct service_socket *previous, *next;
	struct frame *first, *last; /* owned */
	/* Owned: written, but the extension may still read its bytes. It has done so when the next
	 * writeable callback comes. */
	struct frame *written;
	size_t queued; /* bytes, with the frames themselves */
	char *message; /* owned; what has arrived of the message */
	size_t message_length, message_capacity;
	bool silent; /* closed by the service, or it has heard that it is closed */
	bool lost;   /* too slow or out of memory: being cut */
	int closing; /* code to close with when the queue is empty; NOT_CLOSING */
};

int server_socket_opened(struct server_connection *connection)
{
	struct server *server = connection->server;
	struct lws *wsi = connection->wsi;
	char target[HTTP_TARGET_MAX + 1];
	if (!server_target(wsi, target, sizeof(target)))
		return -1;
	struct service_socket *socket = calloc(1, sizeof(*socket));
	if (!socket)
		return -1;
	socket->server = server;
	socket->wsi = wsi;
	socket->closing = NOT_CLOSING;
	socket->next = server->sockets;
	if (socket->next)
		socket->next->previous = socket;
	server->sockets = socket;
	server->socket_count++;
	connection->socket = socket;
	lws_set_extension_option(wsi, "permessage-deflate", "rx_buf_size", SERVER_PIECE_POWER);
	lws_set_extension_option(wsi, "permessage-deflate", "tx_buf_size", DEFLATED_PIECE);
	server->service->socket_opened(server->service->user, &server_host, socket, target);
	return 0;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static bool keep(struct service_socket *socket, const char *bytes, size_t length)
{
	size_t needed = socket->message_length + length;
	if (needed > socket->message_capacity) {
		size_t capacity = socket->message_capacity ? socket->message_capacity : 4096;
		while (capacity < needed)
			capacity *= 2;
		char *message = realloc(socket->message, capacity);
		if (!message)
			return false;
		socket->message = message;
		socket->message_capacity = capacity;
	}
	if (length)
		memcpy(socket->message + socket->message_length, bytes, length);
	socket->message_length = needed;
	return true;
}

static int close_now(struct lws *wsi, int code)
{
	lws_close_reason(wsi, (enum lws_close_status)code, NULL, 0);
	return -1;
}

int server_socket_received(struct server_connection *connection, const char *bytes, size_t length)
{
	struct lws *wsi = connection->wsi;
	struct service_socket *socket = connection->socket;
	if (!socket)
		return -1;
	if (socket->silent || socket->lost)
		return 0;
	if (lws_frame_is_binary(wsi))
		return close_now(wsi, CODE_NOT_TEXT);
	if (lws_is_first_fragment(wsi))
		socket->message_length = 0;
	if (socket->message_length + length > SERVER_MESSAGE_MAX)
		return close_now(wsi, CODE_TOO_LONG);
	if (!keep(socket, bytes, length))
		return -1;
	if (!lws_is_final_fragment(wsi))
		return 0;
	const struct service *service = socket->server->service;
	service->socket_message(service->user, socket, socket->message, socket->message_length);
	return 0;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void drop_queue(struct service_socket *socket)
{
	while (socket->first) {
		struct frame *frame = socket->first;
		socket->first = frame->next;
		free(frame);
	}
	socket->last = NULL;
	socket->queued = 0;
}

bool server_socket_send(struct service_socket *socket, const char *text, size_t length)
{
	assert(!socket->silent);
	if (socket->lost)
		return false;
	size_t size = sizeof(struct frame) + LWS_PRE + length;
	struct frame *frame = NULL;
	if (size <= SERVER_QUEUE_MAX - socket->queued)
		frame = malloc(size);
	if (!frame) {
		socket->lost = true;
		drop_queue(socket);
		server_cut(socket->wsi, true);
		return false;
	}
	frame->next = NULL;
	frame->length = length;
	if (length)
		memcpy(frame->bytes + LWS_PRE, text, length);
	if (socket->last)
		socket->last->next = frame;
	else
		socket->first = frame;
	socket->last = frame;
	socket->queued += size;
	lws_callback_on_writable(socket->wsi);
	return true;
}

int server_socket_time(const struct server_connection *connection)
{
	const struct service_socket *socket = connection->socket;
	return socket && socket->closing != NOT_CLOSING ? close_now(socket->wsi, socket->closing)
							: 0;
}

int server_socket_writeable(struct server_connection *connection)
{
	struct lws *wsi = connection->wsi;
	struct service_socket *socket = connection->socket;
	if (!socket)
		return -1;
	for (unsigned i = 0; socket->first && i < FRAMES_PER_TURN; i++) {
		free(socket->written);
		struct frame *frame = socket->first;
		socket->written = NULL;
		int written = lws_write(wsi, frame->bytes + LWS_PRE, frame->length, LWS_WRITE_TEXT);
		if (written < (int)frame->length)
			return -1;
		socket->first = frame->next;
		if (!socket->first)
			socket->last = NULL;
		socket->queued -= sizeof(*frame) + LWS_PRE + frame->length;
		socket->written = frame;
		if (lws_send_pipe_choked(wsi))
			break;
	}
	if (socket->first) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	/* Where a writeable callback asks for the close, libwebsockets forgets the code. */
	if (socket->closing != NOT_CLOSING)
		lws_set_timer_usecs(wsi, 1);
	return 0;
}

void server_socket_close(struct service_socket *socket, int code)
{
	assert(!socket->silent);
	socket->silent = true;
	if (code == 0 || socket->lost) {
		drop_queue(socket);
		server_cut(socket->wsi, false);
		return;
	}
	socket->closing = code;
	lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_PATIENCE_S);
	lws_callback_on_writable(socket->wsi);
	lws_cancel_service_pt(socket->wsi); /* else the patience begins with the next event */
}

/* ---- ends ------------------------------------------------------------------------------------ */

void server_socket_closed(struct server_connection *connection)
{
	struct service_socket *socket = connection->socket;
	if (!socket)
		return;
	struct server *server = connection->server;
	connection->socket = NULL;
	if (!socket->silent) {
		socket->silent = true;
		server->service->socket_closed(server->service->user, socket);
	}
	if (socket->previous)
		socket->previous->next = socket->next;
	else
		server->sockets = socket->next;
	if (socket->next)
		socket->next->previous = socket->previous;
	server->socket_count--;
	drop_queue(socket);
	free(socket->written);
	free(socket->message);
	free(socket);
}

void server_sockets_hush(struct server *server)
{
	for (struct service_socket *socket = server->sockets; socket; socket = socket->next) {
		if (!socket->silent) {
			socket->silent = true;
			server->service->socket_closed(server->service->user, socket);
		}
		drop_queue(socket);
	}
}
