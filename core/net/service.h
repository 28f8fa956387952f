/*
 * The other side of the wire: what a server does with requests and sockets, as bytes in and bytes
 * out. The local testnet's venue models implement `struct service`; core/net/server.h serves one
 * over TLS on loopback, core/net/virtual_network.h in the same process. Time comes from the
 * scheduler only.
 */
#ifndef FUNDARB_CORE_NET_SERVICE_H
#define FUNDARB_CORE_NET_SERVICE_H

#include "core/net/transport.h"

/* One request waiting for its answer; owned by the host until answered. */
struct service_request;
/* One client's socket. */
struct service_socket;

struct service_request_view {
	enum http_method method;
	const char *target;	   /* path and query, NUL-terminated */
	const char *content_type;  /* "" if none */
	const char *authorization; /* "" if none */
	const char *body;
	size_t body_length;
};

struct service_answer {
	int status;
	const char *content_type; /* NULL: application/json */
	const char *body;
	size_t length;
	int64_t retry_after_s; /* header Retry-After; 0: none */
};

/* What the host offers to the service. */
struct service_host {
	/* Answers once, now or later; after it the request is gone. */
	void (*answer)(struct service_request *request, const struct service_answer *answer);
	/* Never answers: the connection is closed; reset: with RST (a fault). */
	void (*drop)(struct service_request *request, bool reset);
	/* False: the peer is too slow (its queue is full); it is closed and `socket_closed` comes
	 * later. */
	bool (*send)(struct service_socket *socket, const char *text, size_t length);
	/* Closes with a status code (1000, 1008, ...); 0: cut without a word. `socket_closed` is
	 * not called. */
	void (*close)(struct service_socket *socket, int code);
};

struct service {
	void *user;
	/* The view is borrowed until it returns; the request lives until answered or dropped. The
	 * service must answer or drop it unless request_gone comes first. */
	void (*request)(void *user, const struct service_host *host,
			struct service_request *request, const struct service_request_view *view);
	/* The peer went away before the answer: forget the request. */
	void (*request_gone)(void *user, struct service_request *request);
	void (*socket_opened)(void *user, const struct service_host *host,
			      struct service_socket *socket, const char *target);
	void (*socket_message)(void *user, struct service_socket *socket, const char *text,
			       size_t length);
	void (*socket_closed)(void *user, struct service_socket *socket);
};

#endif
