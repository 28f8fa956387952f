/*
 * One venue's stream connection that comes back by itself: jittered exponential backoff, a bound on
 * connections per minute, a ping when we have been silent, and a close when the venue has been. It
 * knows nothing of what is subscribed: `up` is the moment to subscribe everything again.
 */
#ifndef FUNDARB_CORE_NET_STREAM_LINK_H
#define FUNDARB_CORE_NET_STREAM_LINK_H

#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "core/net/transport.h"

struct stream_link;

#define STREAM_CONNECTS_MAX 256

struct stream_link_options { /* strings are copied */
	const char *name;
	/* Waits grow from first to max by doubling, each is uniform in half..whole. A connection
	 * that was up for backoff_max_ns begins again with the first. */
	int64_t backoff_first_ns; /* 250 ms */
	int64_t backoff_max_ns;	  /* 30 s */
	int64_t open_timeout_ns;  /* 10 s from connect to opened */
	int64_t ping_after_ns;	  /* nothing sent for so long: send ping_text; 0 = never */
	const char *ping_text;
	int64_t silent_after_ns; /* nothing received for so long: reconnect; 0 = never */
	/* Attempts in any minute, 1..STREAM_CONNECTS_MAX; a further one waits. */
	unsigned connects_per_minute;
};

struct stream_link_events {
	void (*up)(void *user);
	void (*message)(void *user, const char *text, size_t length, int64_t received_ns);
	/* Was up and is no more; a new attempt follows by itself. */
	void (*down)(void *user, const char *why);
};

/* Starts connecting at once; events never come from inside. The endpoint outlives the link. NULL:
 * out of memory. */
struct stream_link *stream_link_create(struct scheduler *scheduler, struct endpoint *endpoint,
				       const struct stream_link_options *options,
				       const struct stream_link_events *events, void *user,
				       uint64_t seed);
/* Silence afterwards; callable from inside an event. NULL is fine. */
void stream_link_free(struct stream_link *link);
bool stream_link_is_up(const struct stream_link *link);
/* As web_socket_send; false while down. */
bool stream_link_send(struct stream_link *link, const char *text, size_t length);
/* Closes now (down is called from inside if it was up) and connects again with backoff. */
void stream_link_reconnect(struct stream_link *link, const char *why);
/* Connections opened so far. */
uint64_t stream_link_opened(const struct stream_link *link);

#endif
