/*
 * An endpoint of the real network, as its two halves (network_http.c, network_socket.c) share it.
 * Private to core/net.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_ENDPOINT_H
#define FUNDARB_CORE_NET_NETWORK_ENDPOINT_H

#include "core/net/network_internal.h"
#include "core/net/network_resolve.h"
#include "core/net/network_url.h"

#include <openssl/ssl.h>

#define NETWORK_NAME_MAX     64
#define NETWORK_SENTENCE_MAX 512
#define NETWORK_SOCKETS_MAX  64 /* WebSockets of one endpoint */

struct network_http;
struct network_socket;

struct network_endpoint {
	struct endpoint base;
	struct network *network;
	struct scheduler *scheduler;
	char name[NETWORK_NAME_MAX];
	bool has_rest, has_socket, has_proxy;
	struct network_url rest, socket, proxy;
	SSL_CTX *tls; /* NULL: nothing of it uses TLS */
	struct network_statistics statistics;
	struct network_peer peer; /* what changes with each connection */
	struct network_http *http;
	struct lws_vhost *vhost; /* of the streams; NULL if none */
	struct network_socket *sockets;
	unsigned socket_count;
	unsigned address_turn; /* which address the next stream tries */
	/* Callbacks of the user that are under way: the endpoint may be freed from inside one. */
	unsigned inside;
	bool dead;
};

/* Around every call of the user. After leave the endpoint may be gone. */
void network_endpoint_enter(struct network_endpoint *endpoint);
void network_endpoint_leave(struct network_endpoint *endpoint);

/* The host that is really connected to: the proxy's if there is one. */
const char *network_peer_host(const struct network_endpoint *endpoint,
			      const struct network_url *url);

/* network_http.c. keep_warm_target may be NULL when warm_connections is 0. */
struct network_http *network_http_create(struct network_endpoint *endpoint,
					 const struct endpoint_options *options);
void network_http_request(struct endpoint *endpoint, const struct http_request *request,
			  int64_t give_up_ns, http_done done, void *user);
/* Completes everything from inside. */
void network_http_close(struct network_http *http);
void network_http_free(struct network_http *http);

/* network_socket.c */
bool network_sockets_prepare(struct network_endpoint *endpoint, struct error *err);
struct web_socket *network_socket_connect(struct endpoint *endpoint,
					  const struct web_socket_events *events, void *user);
bool network_socket_send(struct web_socket *socket, const char *text, size_t length);
void network_socket_close(struct web_socket *socket);
/* Closes all silently. */
void network_sockets_close(struct network_endpoint *endpoint);

#endif
