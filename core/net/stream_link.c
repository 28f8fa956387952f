#include "core/net/stream_link.h"

#include "core/base/log.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND_NS INT64_C(1000000)
#define SECOND_NS      INT64_C(1000000000)
#define MINUTE_NS      (60 * SECOND_NS)

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_UP };

struct stream_link {
	struct scheduler *scheduler;
	struct endpoint *endpoint; /* borrowed */
	struct stream_link_options options;
	char *name, *ping_text; /* owned; options point here */
	struct stream_link_events events;
	void *user;
	struct random random;
	enum link_state state;
	struct web_socket *socket; /* NULL while waiting */
	int64_t backoff_ns;	   /* whole of the next wait */
	int64_t opened_ns, sent_ns, received_ns;
	uint64_t opened;
	/* While waiting: the next attempt. While connecting: its time-out. */
	schedule_id attempt;
	schedule_id ping, silence; /* while up */
	unsigned inside;
	bool dying;
	/* Ring of the last connects_per_minute attempts. */
	unsigned attempt_count, attempt_next;
	int64_t attempts_ns[];
};

static void connect_now(void *user);

static int64_t now_of(const struct stream_link *link)
{
	return scheduler_now(link->scheduler);
}

static void cancel(struct stream_link *link, schedule_id *entry)
{
	scheduler_cancel(link->scheduler, *entry);
	*entry = 0;
}

static void destroy(struct stream_link *link)
{
	free(link->name);
	free(link->ping_text);
	free(link);
}

static void leave(struct stream_link *link)
{
	if (--link->inside == 0 && link->dying)
		destroy(link);
}

/* ---- waiting and connecting ------------------------------------------------------------------ */

/* When the bound on attempts lets the next one go. */
static int64_t allowed_ns(const struct stream_link *link)
{
	if (link->attempt_count < link->options.connects_per_minute)
		return INT64_MIN;
	return link->attempts_ns[link->attempt_next] + MINUTE_NS;
}

static void note_attempt(struct stream_link *link)
{
	link->attempts_ns[link->attempt_next] = now_of(link);
	link->attempt_next = (link->attempt_next + 1) % link->options.connects_per_minute;
	if (link->attempt_count < link->options.connects_per_minute)
		link->attempt_count++;
}

static void wait_for_next(struct stream_link *link)
{
	int64_t whole_ns = link->backoff_ns;
	int64_t wait_ns = random_between(&link->random, whole_ns / 2, whole_ns);
	link->backoff_ns = whole_ns <= link->options.backoff_max_ns / 2
				   ? 2 * whole_ns
				   : link->options.backoff_max_ns;
	int64_t at_ns = now_of(link) + wait_ns;
	if (at_ns < allowed_ns(link))
		at_ns = allowed_ns(link);
	link->state = LINK_WAITING;
	link->attempt = scheduler_at(link->scheduler, at_ns, SCHEDULE_TIMER, connect_now, link);
}

/* The socket is gone or going: all of this connection ends here, down included. */
static void end_connection(struct stream_link *link, const char *why)
{
	bool was_up = link->state == LINK_UP;
	link->socket = NULL;
	cancel(link, &link->attempt);
	cancel(link, &link->ping);
	cancel(link, &link->silence);
	if (was_up && now_of(link) - link->opened_ns >= link->options.backoff_max_ns)
		link->backoff_ns = link->options.backoff_first_ns;
	wait_for_next(link);
	if (log_enabled(was_up ? LOG_WARNING : LOG_INFO))
		log_write(was_up ? LOG_WARNING : LOG_INFO, "stream_link", "%s: %s: %s", link->name,
			  was_up ? "stream lost" : "stream could not be opened", why);
	if (!was_up)
		return;
	link->inside++;
	link->events.down(link->user, why);
	leave(link);
}

static void close_connection(struct stream_link *link, const char *why)
{
	web_socket_close(link->socket);
	end_connection(link, why);
}

static void open_timed_out(void *user)
{
	struct stream_link *link = user;
	link->attempt = 0;
	close_connection(link, "no connection in time");
}

/* ---- while up -------------------------------------------------------------------------------- */

static void ping_due(void *user)
{
	struct stream_link *link = user;
	int64_t due_ns = link->sent_ns + link->options.ping_after_ns;
	if (due_ns <= now_of(link)) {
		/* Where the queue is full, bytes wait to leave: that is not silence of ours. */
		web_socket_send(link->socket, link->ping_text, strlen(link->ping_text));
		link->sent_ns = now_of(link);
		due_ns = link->sent_ns + link->options.ping_after_ns;
	}
	link->ping = scheduler_at(link->scheduler, due_ns, SCHEDULE_TIMER, ping_due, link);
}

static void silence_due(void *user)
{
	struct stream_link *link = user;
	int64_t due_ns = link->received_ns + link->options.silent_after_ns;
	link->silence = 0;
	if (due_ns > now_of(link)) {
		link->silence =
			scheduler_at(link->scheduler, due_ns, SCHEDULE_TIMER, silence_due, link);
		return;
	}
	char why[64];
	snprintf(why, sizeof(why), "nothing received for %" PRId64 " ms",
		 (now_of(link) - link->received_ns) / MILLISECOND_NS);
	close_connection(link, why);
}

static void opened(void *user)
{
	struct stream_link *link = user;
	link->state = LINK_UP;
	link->opened++;
	link->opened_ns = link->sent_ns = link->received_ns = now_of(link);
	cancel(link, &link->attempt);
	if (link->options.ping_after_ns > 0)
		link->ping = scheduler_after(link->scheduler, link->options.ping_after_ns,
					     SCHEDULE_TIMER, ping_due, link);
	if (link->options.silent_after_ns > 0)
		link->silence = scheduler_after(link->scheduler, link->options.silent_after_ns,
						SCHEDULE_TIMER, silence_due, link);
	link->inside++;
	link->events.up(link->user);
	leave(link);
}

static void message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct stream_link *link = user;
	link->received_ns = now_of(link);
	link->inside++;
	link->events.message(link->user, text, length, received_ns);
	leave(link);
}

static void closed(void *user, const char *why)
{
	end_connection(user, why);
}

static void connect_now(void *user)
{
	static const struct web_socket_events events = {opened, message, closed};
	struct stream_link *link = user;
	link->attempt = 0;
	note_attempt(link);
	link->socket = endpoint_connect(link->endpoint, &events, link);
	if (!link->socket) {
		end_connection(link, "no memory or too many sockets");
		return;
	}
	link->state = LINK_CONNECTING;
	link->attempt = scheduler_after(link->scheduler, link->options.open_timeout_ns,
					SCHEDULE_TIMER, open_timed_out, link);
}

/* ---- the public side ------------------------------------------------------------------------- */

static bool valid(const struct stream_link_options *options)
{
	return options->name && options->backoff_first_ns > 0 &&
	       options->backoff_max_ns >= options->backoff_first_ns &&
	       options->open_timeout_ns > 0 && options->silent_after_ns >= 0 &&
	       options->ping_after_ns >= 0 && (options->ping_after_ns == 0 || options->ping_text) &&
	       options->connects_per_minute >= 1 &&
	       options->connects_per_minute <= STREAM_CONNECTS_MAX;
}

struct stream_link *stream_link_create(struct scheduler *scheduler, struct endpoint *endpoint,
				       const struct stream_link_options *options,
				       const struct stream_link_events *events, void *user,
				       uint64_t seed)
{
	assert(valid(options) && events->up && events->message && events->down);
	struct stream_link *link = calloc(1, sizeof(*link) + options->connects_per_minute *
								     sizeof(link->attempts_ns[0]));
	if (!link)
		return NULL;
	link->name = strdup(options->name);
	link->ping_text = strdup(options->ping_text ? options->ping_text : "");
	if (!link->name || !link->ping_text) {
		destroy(link);
		return NULL;
	}
	link->scheduler = scheduler;
	link->endpoint = endpoint;
	link->options = *options;
	link->options.name = link->name;
	link->options.ping_text = link->ping_text;
	link->events = *events;
	link->user = user;
	random_seed(&link->random, seed);
	link->backoff_ns = options->backoff_first_ns;
	connect_now(link);
	return link;
}

void stream_link_free(struct stream_link *link)
{
	if (!link)
		return;
	assert(!link->dying);
	cancel(link, &link->attempt);
	cancel(link, &link->ping);
	cancel(link, &link->silence);
	web_socket_close(link->socket);
	link->socket = NULL;
	link->state = LINK_WAITING;
	if (link->inside == 0)
		destroy(link);
	else
		link->dying = true;
}

bool stream_link_is_up(const struct stream_link *link)
{
	return link->state == LINK_UP;
}

bool stream_link_send(struct stream_link *link, const char *text, size_t length)
{
	if (link->state != LINK_UP || !web_socket_send(link->socket, text, length))
		return false;
	link->sent_ns = now_of(link);
	return true;
}

void stream_link_reconnect(struct stream_link *link, const char *why)
{
	if (link->state != LINK_WAITING)
		close_connection(link, why);
}

uint64_t stream_link_opened(const struct stream_link *link)
{
	return link->opened;
}
