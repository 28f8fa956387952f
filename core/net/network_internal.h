/*
 * What the files of the real network share, its client side (network_*.c) and the local testnet's
 * server (server.c): one libuv loop, one libwebsockets context on it, one scheduler. Private to
 * core/net.
 *
 * Every callback of libuv, libwebsockets and libcurl runs inside a wake-up: scheduler_now is its T
 * when the callback begins, entries earlier than T have run, and the heap drains to T afterwards.
 * A callback therefore needs no stamp and no wake of its own: it calls the user, or
 * scheduler_at(now) where the user must not be called from inside.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_INTERNAL_H
#define FUNDARB_CORE_NET_NETWORK_INTERNAL_H

#include "core/net/network.h"

#include <libwebsockets.h>
#include <uv.h>

uv_loop_t *network_loop(struct network *network);
struct scheduler *network_scheduler(struct network *network);
struct network_resolver *network_names(struct network *network);

/*
 * The one context, made with LWS_SERVER_OPTION_EXPLICIT_VHOSTS: it has no vhost of its own. Each
 * client endpoint and each server makes its own with lws_create_vhost, its own `protocols` table
 * (static) and its own TLS context; `info.user` of the vhost is its maker's. A vhost that listens
 * sets info.port, info.iface = "127.0.0.1"; a client's sets CONTEXT_PORT_NO_LISTEN. Nothing of one
 * is visible to another.
 *
 * pt_serv_buf_size is NETWORK_READ_SIZE: a protocol's rx_buffer_size should not be larger, and its
 * tx_packet_size should be set (else lws cuts writes at rx_buffer_size).
 */
#define NETWORK_READ_SIZE (64 * 1024)
struct lws_context *network_lws(struct network *network);

/*
 * Destroys a vhost and its connections outside of all callbacks (lws dies when a callback destroys
 * its own vhost), at the latest in network_free; then calls gone(user), which may free what the
 * vhost's callbacks use. Until gone, callbacks of its connections may still come.
 */
void network_retire_vhost(struct network *network, struct lws_vhost *vhost,
			  void (*gone)(void *user), void *user);

#endif
