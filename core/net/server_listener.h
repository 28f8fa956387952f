/*
 * A port of 127.0.0.1 and what is accepted there. Our own, because libwebsockets 4.1 shares a port
 * between two vhosts of a process and does not close a listening socket with its vhost.
 */
#ifndef FUNDARB_CORE_NET_SERVER_LISTENER_H
#define FUNDARB_CORE_NET_SERVER_LISTENER_H

#include "core/net/network.h"

struct server_listener;

/* accepted gets every connection's descriptor, non-blocking, and owns it. port 0: any free one.
 * NULL: err says why (ERROR_CONFIGURATION where the port is taken). */
struct server_listener *server_listener_open(struct network *network, int port,
					     void (*accepted)(void *user, int descriptor),
					     void *user, struct error *err);
int server_listener_port(const struct server_listener *listener);
/* The port is free when it returns, nothing is accepted any more. NULL is fine. */
void server_listener_close(struct server_listener *listener);

#endif
