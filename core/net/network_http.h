/*
 * The REST half of an endpoint. Reads share a pool of connections. Requests of which only one may
 * ever happen (orders) have lanes: each lane is one connection with a libcurl handle of its own, so
 * that an order never waits behind a read, a handshake is made only when no lane is open, and a
 * connection whose peer has said goodbye is seen and replaced before an order is put on it. Private
 * to core/net.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_HTTP_H
#define FUNDARB_CORE_NET_NETWORK_HTTP_H

#include "core/net/network_curl.h"
#include "core/net/network_endpoint.h"

#define NETWORK_CALLS_MAX      96 /* requests of one endpoint under way; beyond: NEVER_SENT */
#define NETWORK_LANES_MAX      32 /* one-shot requests among them */
#define NETWORK_POOL_IDLE_MAX  8
#define NETWORK_CONNECT_MAX_MS 4000 /* TCP and TLS of one connection */

struct http_lane;

enum call_state { CALL_FREE, CALL_WAITS_FOR_NAME, CALL_RUNS, CALL_ENDED, CALL_TOLD };

struct http_call {
	struct http_call *next; /* all of the endpoint, free ones too */
	struct network_http *http;
	enum call_state state;
	CURL *easy;
	struct curl_loop *curl; /* where it runs */
	struct http_lane *lane; /* NULL: the pool */
	bool keeps_warm;	/* not the user's: of its lane */
	http_done done;
	void *user;
	schedule_id deadline, delivery;
	struct network_lookup *lookup;
	/* the request */
	bool one_shot;
	enum http_method method;
	char target[HTTP_TARGET_MAX + 1];
	struct curl_slist *headers;
	char *body;
	size_t body_length, body_given;
	/* libcurl was about to send: nothing is proven from here on. */
	bool handed_out;
	int64_t sent_ns, received_ns;
	/* the answer */
	bool head_complete, too_long;
	enum transport_outcome outcome;
	int status;
	int64_t retry_after_s;
	char content_type[128];
	char *answer;
	size_t length, capacity;
	char why[NETWORK_SENTENCE_MAX];
	char curl_error[CURL_ERROR_SIZE];
};

struct http_lane {
	struct network_http *http;
	struct curl_loop *curl;
	struct http_call *call; /* NULL: idle */
	curl_socket_t socket;	/* open and idle, else CURL_SOCKET_BAD */
	uv_poll_t *watch;	/* tells when the peer says goodbye on it */
	bool stale;		/* it has */
	int64_t used_ns;
	/* of a lane that is kept warm */
	struct http_call *keeper; /* NULL: it is not */
	schedule_id timer;
	int64_t interval_ns; /* until the next refresh */
};

struct network_http {
	struct network_endpoint *endpoint;
	struct curl_loop *pool;
	struct http_call *calls;
	unsigned under_way;
	struct curl_slist *resolve; /* "host:port:address,..." for libcurl */
	int64_t resolve_at_ns;
	unsigned lane_count, kept_lanes;
	struct http_lane *lanes[NETWORK_LANES_MAX];
	char keep_warm_target[HTTP_TARGET_MAX + 1];
};

/* network_http.c, for lanes: starts a prepared call on its lane. */
struct http_call *http_call_take(struct network_http *http);
void http_call_begin(struct http_call *call);
/* A libcurl transfer of any lane or the pool has ended. */
void http_call_finished(void *user, CURLcode code, curl_socket_t open);

/* network_lane.c */
/* Opens the first `count` lanes and keeps them open. */
bool http_lanes_keep_warm(struct network_http *http, unsigned count);
/* A lane for a one-shot request, an open one if there is one. NULL: all are busy, or no memory. */
struct http_lane *http_lane_take(struct network_http *http, struct http_call *call);
/* Its transfer begins now. False: it has no connection that may be used, it must make one. */
bool http_lane_begins(struct http_lane *lane);
/* The transfer has ended and left `open`. */
void http_lane_ended(struct http_lane *lane, curl_socket_t open);
/* The call came to nothing before its transfer began. */
void http_lane_release(struct http_lane *lane);
void http_lanes_free(struct network_http *http);
/* CURLOPT_CLOSESOCKETFUNCTION of every transfer; lane may be NULL. */
int http_lane_socket_closes(void *lane, curl_socket_t socket);

#endif
