/*
 * Inside of core/net/server: what its files share. Nobody else includes it.
 *
 * libwebsockets owns connections and calls back. A request lives until its answer is written, a
 * socket as long as its connection; when the connection ends first, the service is told of a
 * request that it holds and of a socket that is not `silent`.
 */
#ifndef FUNDARB_CORE_NET_SERVER_INTERNAL_H
#define FUNDARB_CORE_NET_SERVER_INTERNAL_H

#include "core/net/server.h"

#include <libwebsockets.h>

#define SERVER_REQUESTS_MAX 1024
/* Received; beyond: closed with 1009. */
#define SERVER_MESSAGE_MAX WEB_SOCKET_QUEUE_MAX
/*
 * libwebsockets hands out an inflated message by pieces of the least of two sizes: the extension's
 * (1 KB unless told) and the protocol's. On a foreign loop it stops after a few pieces until
 * something else happens on the connection. So a piece is larger than a message may be; memory
 * that is not touched costs nothing.
 */
#define SERVER_PIECE_MAX   (2 * 1024 * 1024)
#define SERVER_PIECE_POWER "21"
_Static_assert(SERVER_MESSAGE_MAX < SERVER_PIECE_MAX, "a message fits a piece");
/* Waiting to be sent to one client; beyond: too slow, cut. */
#define SERVER_QUEUE_MAX (8 * 1024 * 1024)

struct server {
	struct network *network;
	const struct service *service; /* borrowed */
	char name[64];
	struct lws_vhost *vhost;
	struct server_listener *listener;
	bool started, stopped;
	struct server_connection *connections; /* all that libwebsockets knows */
	struct service_request *requests;      /* all that have memory */
	struct service_socket *sockets;
	unsigned request_count, socket_count;
};

/* From the accept to the end; libwebsockets keeps the pointer to it. */
struct server_connection {
	struct server *server;
	struct lws *wsi;
	struct server_connection *previous, *next;
	struct service_request *request; /* NULL between requests */
	struct service_socket *socket;	 /* NULL unless upgraded */
};

extern const struct service_host server_host;

/* The request line's target, put together from what libwebsockets took apart and decoded. False:
 * longer than size. */
bool server_target(struct lws *wsi, char *target, size_t size);
/* Ends a connection from outside of its callbacks; reset: with RST. */
void server_cut(struct lws *wsi, bool reset);

/* ---- server_request.c: what the callbacks return is what libwebsockets is told ---- */
int server_request_begins(struct server_connection *connection);
int server_request_body(struct server_connection *connection, const char *bytes, size_t length);
int server_request_arrived(struct server_connection *connection);
int server_request_writeable(struct server_connection *connection);
void server_request_closed(struct server_connection *connection);
void server_requests_hush(struct server *server);
void server_request_answer(struct service_request *request, const struct service_answer *answer);
void server_request_drop(struct service_request *request, bool reset);

/* ---- server_socket.c ---- */
int server_socket_opened(struct server_connection *connection);
int server_socket_received(struct server_connection *connection, const char *bytes, size_t length);
int server_socket_writeable(struct server_connection *connection);
int server_socket_time(const struct server_connection *connection);
void server_socket_closed(struct server_connection *connection);
void server_sockets_hush(struct server *server);
bool server_socket_send(struct service_socket *socket, const char *text, size_t length);
void server_socket_close(struct service_socket *socket, int code);

#endif
