/*
 * The seam between a venue's adapter and the wire. An endpoint is one venue's REST and WebSocket
 * address; behind it stands the real network (core/net/network.h) or, in tests and in deterministic
 * simulation, a venue model in the same process on the same scheduler (core/net/virtual_network.h).
 * An adapter cannot tell which.
 *
 * Every request completes exactly once, never from inside the call that started it. Bytes are
 * borrowed until the callback returns. All times are scheduler times.
 */
#ifndef FUNDARB_CORE_NET_TRANSPORT_H
#define FUNDARB_CORE_NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- HTTP ------------------------------------------------------------------------------------ */

enum http_method { HTTP_GET, HTTP_POST };

#define HTTP_TARGET_MAX	       2048 /* path and query */
#define HTTP_AUTHORIZATION_MAX 512
#define HTTP_BODY_MAX	       (256 * 1024)	 /* of a request */
#define HTTP_RESPONSE_MAX      (8 * 1024 * 1024) /* of an answer; beyond: UNKNOWN */

struct http_request {
	enum http_method method;
	const char *target;	   /* "/api/v1/orderBooks?market_id=1"; copied */
	const char *content_type;  /* of the body; NULL with GET */
	const char *authorization; /* value of that header, NULL = none; never logged */
	const char *body;	   /* copied */
	size_t body_length;
	/*
	 * The request may change the venue (an order): its body is handed out at most once, it is
	 * never sent again by any layer, and it leaves over a connection that is already open
	 * where there is one (a handshake for it is counted: network_statistics).
	 */
	bool one_shot;
};

enum transport_outcome {
	TRANSPORT_ANSWERED,   /* a whole HTTP answer, whatever its status */
	TRANSPORT_NEVER_SENT, /* proven: no byte of the request was handed to a socket */
	TRANSPORT_UNKNOWN,    /* anything else: timeout, reset, cut, too long, redirect, ... */
};

struct http_response {
	enum transport_outcome outcome;
	int status;		  /* when ANSWERED; redirects are answers, never followed */
	const char *content_type; /* "" if none */
	int64_t retry_after_s;	  /* of the Retry-After header; -1 = none */
	const char *body;
	size_t length;
	int64_t sent_ns;     /* when it was handed to the transport */
	int64_t received_ns; /* when the last byte was there */
	const char *why;     /* when not ANSWERED: a sentence for a person */
};
typedef void (*http_done)(void *user, const struct http_response *response);

/* ---- WebSocket ------------------------------------------------------------------------------- */

#define WEB_SOCKET_MESSAGE_MAX (4 * 1024 * 1024) /* received; beyond: closed */
#define WEB_SOCKET_QUEUE_MAX   (1024 * 1024)	 /* bytes waiting to be sent */

struct web_socket_events {
	void (*opened)(void *user);
	/* One whole text message; received_ns is when its last byte was read. */
	void (*message)(void *user, const char *text, size_t length, int64_t received_ns);
	/* Once, also when it never opened; the socket is gone when it returns. */
	void (*closed)(void *user, const char *why);
};

struct web_socket;

/* ---- the seam -------------------------------------------------------------------------------- */

struct endpoint;

struct endpoint_functions {
	void (*request)(struct endpoint *endpoint, const struct http_request *request,
			int64_t give_up_ns, http_done done, void *user);
	struct web_socket *(*connect)(struct endpoint *endpoint,
				      const struct web_socket_events *events, void *user);
	bool (*send)(struct web_socket *socket, const char *text, size_t length);
	void (*close)(struct web_socket *socket);
	void (*free)(struct endpoint *endpoint);
};
/* First member of every implementation's endpoint. */
struct endpoint {
	const struct endpoint_functions *functions;
};
/* First member of every implementation's socket. */
struct web_socket {
	const struct endpoint_functions *functions;
};

static inline void endpoint_request(struct endpoint *endpoint, const struct http_request *request,
				    int64_t give_up_ns, http_done done, void *user)
{
	endpoint->functions->request(endpoint, request, give_up_ns, done, user);
}

/* Starts a connection; opened or closed follows, never from inside. NULL: no memory or too many
 * sockets; nothing follows. */
static inline struct web_socket *endpoint_connect(struct endpoint *endpoint,
						  const struct web_socket_events *events,
						  void *user)
{
	return endpoint->functions->connect(endpoint, events, user);
}

/*
 * Queues one text message behind those before it; when nothing waits it is handed to the kernel
 * before the call returns. False: not open, or the queue is full; proven never sent. After true,
 * nobody knows whether it arrived.
 */
static inline bool web_socket_send(struct web_socket *socket, const char *text, size_t length)
{
	return socket->functions->send(socket, text, length);
}

/* Promises silence afterwards: `closed` is not called. What is queued may be lost. */
static inline void web_socket_close(struct web_socket *socket)
{
	if (socket)
		socket->functions->close(socket);
}

/* Requests in flight complete UNKNOWN (from inside), sockets close silently. NULL is fine. */
static inline void endpoint_free(struct endpoint *endpoint)
{
	if (endpoint)
		endpoint->functions->free(endpoint);
}

#endif
