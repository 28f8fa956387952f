/*
 * Addresses as a configuration may give them. Strict: what is not plainly right is refused with a
 * sentence, and nothing of a refused address that could be a password is repeated.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_URL_H
#define FUNDARB_CORE_NET_NETWORK_URL_H

#include "core/base/error.h"
#include <stdbool.h>

#define NETWORK_HOST_MAX   90 /* libwebsockets puts it twice into a CONNECT of 256 bytes */
#define NETWORK_TARGET_MAX 1024

enum network_url_kind {
	NETWORK_URL_REST,   /* http:// or https://, host, port; no path but "/" */
	NETWORK_URL_SOCKET, /* ws:// or wss://, host, port, path and query */
	NETWORK_URL_PROXY,  /* http://, host and port, both given; no path but "/" */
};

struct network_url {
	bool tls;
	bool loopback;			     /* localhost or 127.0.0.0/8 */
	bool literal;			     /* an IPv4 address, not a name */
	char host[NETWORK_HOST_MAX + 1];     /* lower case */
	int port;			     /* 1..65535; 80 or 443 if not given */
	char target[NETWORK_TARGET_MAX + 1]; /* "/" if not given */
};

/*
 * ERROR_CONFIGURATION: another scheme, user information, a fragment, a host that is no name and no
 * IPv4 address, an odd port, plain text (http, ws) to a host that is not loopback. The text of the
 * error begins with `what`.
 */
bool network_url_parse(const char *what, const char *text, enum network_url_kind kind,
		       struct network_url *url, struct error *err);

/* "a.b.c.d", each 0..255 without leading zeros: how an address and nothing else is written. */
bool network_is_ipv4(const char *text);

#endif
