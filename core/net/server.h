/*
 * Serves a `struct service` on loopback: HTTP/1.1 and WebSocket (permessage-deflate) on one port,
 * TLS or plain, on the network's loop. Nothing but 127.0.0.1 is ever bound.
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

struct server *server_start(struct network *network, const struct server_options *options,
			    const struct service *service, struct error *err);
int server_port(const struct server *server);
/* Closes everything; the service hears request_gone and socket_closed. NULL is fine. */
void server_stop(struct server *server);

#endif
