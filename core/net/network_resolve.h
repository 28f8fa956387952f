/*
 * Names to addresses, off the loop (uv_getaddrinfo), cached for 60 s. Neither libcurl nor
 * libwebsockets ever resolves a name: both are given addresses. Private to core/net.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_RESOLVE_H
#define FUNDARB_CORE_NET_NETWORK_RESOLVE_H

#include "core/net/network_url.h"
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define NETWORK_ADDRESSES_MAX	 8  /* of one name; more are ignored */
#define NETWORK_NAMES_MAX	 64 /* names known at once */
#define NETWORK_ADDRESS_TEXT	 46
#define NETWORK_NAME_CACHE_NS	 60000000000
#define NETWORK_NAME_WAITERS_MAX 1024

struct network_addresses {
	unsigned count; /* 0: none known */
	char text[NETWORK_ADDRESSES_MAX][NETWORK_ADDRESS_TEXT];
	int64_t at_ns; /* when they were learned */
};

struct network_resolver;
struct network_lookup;
struct scheduler;

struct network_resolver *network_resolver_create(uv_loop_t *loop, struct scheduler *scheduler);
/* Lookups under way end silently; the loop must run once more. */
void network_resolver_free(struct network_resolver *resolver);

/*
 * The addresses of a host that were learned last; count is 0 if none ever were. Borrowed until the
 * resolver is freed. *fresh: they need no new lookup. An IPv4 literal is its own address,
 * "localhost" is 127.0.0.1: always fresh. NULL: more than NETWORK_NAMES_MAX names, or no memory.
 */
const struct network_addresses *network_addresses(struct network_resolver *resolver,
						  const char *host, bool *fresh);

/* why: NULL, or why the lookup failed (addresses learned before still stand). */
typedef void (*network_resolved)(void *user, const char *why);
/*
 * Looks the host up (several at once share one lookup) and calls back once, never from inside.
 * NULL: no memory or too many; nothing follows.
 */
struct network_lookup *network_look_up(struct network_resolver *resolver, const char *host,
				       network_resolved done, void *user);
/* Promises silence; not after `done`. NULL is fine. */
void network_look_up_cancel(struct network_lookup *lookup);

#endif
