/*
 * A network inside the process, on the scheduler's clock: endpoints on one side, a `struct service`
 * on the other, bytes in between, delayed as configured. The whole program runs against the venue
 * models through it, deterministically.
 */
#ifndef FUNDARB_CORE_NET_VIRTUAL_NETWORK_H
#define FUNDARB_CORE_NET_VIRTUAL_NETWORK_H

#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "core/net/service.h"

struct virtual_link_options {
	int64_t up_ns;	   /* client -> service */
	int64_t down_ns;   /* service -> client */
	int64_t jitter_ns; /* each delay grows by a uniform 0..jitter; order within a connection
			      is kept */
	uint64_t seed;
	const char *socket_target; /* path that sockets ask for; NULL: "/". Borrowed */
};

struct virtual_link;

/*
 * Joins a service (borrowed; outlives the link) with any number of endpoints. What arrives, at
 * either end, comes before the timers of the same instant; an answer at the very instant of its
 * give-up counts. A request whose client gave up still reaches the service, which then hears
 * request_gone; so does every message sent before a close. At most 1,024 requests (beyond:
 * NEVER_SENT) and 256 sockets at a time. NULL: no memory; later, no memory aborts.
 */
struct virtual_link *virtual_link_create(struct scheduler *scheduler,
					 const struct virtual_link_options *options,
					 const struct service *service);
/* Silence towards clients; the service hears request_gone and socket_closed from inside. Callable
 * from inside any callback of the link; so is endpoint_free. */
void virtual_link_free(struct virtual_link *link);
/* An endpoint of this link; freed with endpoint_free before the link. */
struct endpoint *virtual_link_endpoint(struct virtual_link *link);

/* Faults, acting on bytes. */
/* Down: connects fail, sockets close, requests in flight end UNKNOWN, new ones NEVER_SENT. */
void virtual_link_set_down(struct virtual_link *link, bool down);
/* The next `count` one_shot requests reach the service, their answers are lost (UNKNOWN at
 * give-up). */
void virtual_link_lose_answers(struct virtual_link *link, unsigned count);
/* The next `count` requests are lost on the way up (UNKNOWN at give-up). */
void virtual_link_lose_requests(struct virtual_link *link, unsigned count);
/* From now on sockets stay open and carry nothing (half-open), new ones never open / carry again,
 * first what was held. REST goes on. Down is stronger than frozen. */
void virtual_link_freeze(struct virtual_link *link, bool frozen);

#endif
