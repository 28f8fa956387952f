/*
 * The real network: libcurl (REST) and libwebsockets (streams, and the local testnet's server) on
 * one libuv loop, driven by the scheduler. A live wake-up at T: entries of the scheduler's heap
 * that are due before T run; then I/O callbacks, which push entries stamped T into the heap or call
 * the transport callbacks with received_ns = T; then the heap drains to T inclusive. The wait for
 * the next wake-up ends at the top of the heap, to the microsecond.
 *
 * Live time is realtime at the start plus elapsed CLOCK_MONOTONIC: it never steps. This file and
 * its room are the seam: nobody else reads a clock (tests/house_rules.sh).
 */
#ifndef FUNDARB_CORE_NET_NETWORK_H
#define FUNDARB_CORE_NET_NETWORK_H

#include "core/base/error.h"
#include "core/base/scheduler.h"
#include "core/net/transport.h"

struct network;

/* Local time now, for scheduler_create before a network exists: CLOCK_REALTIME in ns. */
int64_t network_realtime_ns(void);

/* The scheduler must have been created with network_realtime_ns() just before. Proxy variables of
 * the environment are unset, SIGPIPE is ignored. */
struct network *network_create(struct scheduler *scheduler, struct error *err);
void network_free(struct network *network);

/*
 * Runs until scheduler_stop, `until_ns` has passed or a stop signal came (network_stop_on_signals).
 * May be called again.
 */
void network_run(struct network *network, int64_t until_ns);
/* The monotonic live clock, for stamps within one wake-up and for benchmarks. */
int64_t network_now_ns(const struct network *network);
/* SIGINT and SIGTERM call on_signal(user, signal) on the loop; the second of them ends the process
 * at once. */
void network_stop_on_signals(struct network *network, void (*on_signal)(void *user, int signal),
			     void *user);

struct endpoint_options {
	const char *name;	/* the venue, for messages */
	const char *rest_url;	/* "https://host[:port]"; http:// only where host is loopback */
	const char *socket_url; /* "wss://host[:port]/path"; ws:// only where host is loopback */
	const char *ca_file;	/* PEM trusted besides the system's; "" = none */
	const char *proxy;	/* "http://host:port" for both; "" = none. socks: refused */
	/* REST connections kept open for one-shot requests, 0..4; orders need 2. One more than
	 * asked for is opened: at any time one may be under refreshment. */
	unsigned warm_connections;
	/* The GET that keeps each open: every 50 s in which no order used it, and when the venue
	 * has closed it. Its own bucket of the venue's rate is the caller's to mind. */
	const char *keep_warm_target;
};
/*
 * All endpoints are freed before the network. An address of rest_url or socket_url may be missing
 * (NULL or ""), not both. False urls, a proxy that cannot carry both, an unreadable ca_file or a
 * host that is neither loopback nor resolvable in form are ERROR_CONFIGURATION. TLS peer and host
 * are always verified. Names are resolved off the loop (uv_getaddrinfo) and cached for 60 s.
 */
struct endpoint *network_endpoint(struct network *network, const struct endpoint_options *options,
				  struct error *err);

/* Counters since the start, of one endpoint. */
struct network_statistics {
	uint64_t requests, handshakes;	/* TCP/TLS connections made for REST */
	uint64_t order_path_handshakes; /* of those, begun because a one_shot request waited */
	uint64_t sockets_opened;
	uint64_t bytes_received, messages_received;
};
struct network_statistics network_endpoint_statistics(const struct endpoint *endpoint);

#define NETWORK_PEER_TEXT_MAX 128

/* How the REST host (behind a proxy: the proxy, but for the certificate) was reached last: for a
 * person who asks why it is not, or how long its certificate is good. */
struct network_peer {
	char host[NETWORK_PEER_TEXT_MAX];
	int port;
	bool proxied, tls; /* as configured */
	bool resolved;
	int64_t resolve_ns; /* the last lookup took so long; 0: the host is an address */
	bool connected;
	char address[64]; /* of the last connection */
	int64_t connect_ns;
	bool shook_hands; /* the last TLS handshake was completed */
	int64_t handshake_ns;
	/* The host's certificate as it was shown last, whether believed or not; "" none yet. */
	char issuer[NETWORK_PEER_TEXT_MAX];
	int64_t valid_until_ns;
};
struct network_peer network_endpoint_peer(const struct endpoint *endpoint);

#endif
