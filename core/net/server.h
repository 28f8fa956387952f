/*
 * Serves a `struct service` on loopback: HTTP/1.1 and WebSocket (permessage-deflate) on one port,
 * TLS or plain, on the network's loop. Nothing but 127.0.0.1 is ever bound.
 *
 * A request's target comes decoded and encoded again: of the same meaning ("+" in a query is a
 * blank), not of the same bytes. Bodies are passed as they are, whatever their type; GET and POST
 * with Content-Length only. Requests on one connection are answered in turn. What a client gets
 * from the server itself: 405 other methods, 411 a chunked body, 413 a body over the bound, 414
 * headers over the bounds of transport.h, 503 more than 1,024 requests; 1003 a binary message, 1009
 * one of more than 1 MB; a reset when more than 8 MB wait for it to read.
 */
#ifndef FUNDARB_CORE_NET_SERVER_H
#define FUNDARB_CORE_NET_SERVER_H

#include "core/net/network.h"
#include "core/net/service.h"

struct server;

struct server_options {
	const char *name;
	int port; /* 0: any free one */
	/* PEM files of certificate and key (core/net/local_authority.h); NULL: plain. */
	const char *certificate_file;
	const char *key_file;
	bool compression; /* permessage-deflate */
};
#define SERVER_SOCKETS_MAX	256
#define SERVER_REQUEST_BODY_MAX (1024 * 1024)

/*
 * The service is borrowed and outlives the server. NULL: err is ERROR_CONFIGURATION for a port that
 * is taken and for files that cannot be read or do not belong together.
 */
struct server *server_start(struct network *network, const struct server_options *options,
			    const struct service *service, struct error *err);
int server_port(const struct server *server);
/* Closes everything; the service hears request_gone and socket_closed from inside, then nothing.
 * The port is free again. Before network_free; callable from inside the service. NULL is fine. */
void server_stop(struct server *server);

#endif
