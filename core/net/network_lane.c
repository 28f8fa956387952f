#include "core/net/network_http.h"

#include "core/base/utc.h"

#include <stdlib.h>
#include <unistd.h>

/* libcurl forgets a connection that idled for 118 s; common proxies close one after 60 s. */
#define KEEP_WARM_EVERY_NS (50 * NS_PER_SECOND)
#define IDLE_MAX_NS	   (100 * NS_PER_SECOND)
/* When the connection broke or could not be made; also between two refreshes. */
#define OPEN_AGAIN_NS (5 * NS_PER_SECOND)
#define AFTER_BYE_NS  NS_PER_SECOND

static int64_t now_ns(const struct http_lane *lane)
{
	return scheduler_now(lane->http->endpoint->scheduler);
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void unwatch(struct http_lane *lane)
{
	if (!lane->watch)
		return;
	uv_poll_stop(lane->watch);
	uv_close((uv_handle_t *)lane->watch, free_handle);
	lane->watch = NULL;
}

static bool is_kept(const struct http_lane *lane)
{
	return lane->keeper != NULL;
}

static void refresh(void *user);

static void refresh_in(struct http_lane *lane, int64_t delay_ns)
{
	struct scheduler *scheduler = lane->http->endpoint->scheduler;
	scheduler_cancel(scheduler, lane->timer);
	lane->timer = scheduler_after(scheduler, delay_ns, SCHEDULE_TIMER, refresh, lane);
}

/* Whatever an idle connection has to say, it is not the answer to a request: over TLS it is the
 * peer's close_notify, which libcurl would take for life. */
static void peer_spoke(uv_poll_t *watch, int status, int events)
{
	(void)status;
	(void)events;
	struct http_lane *lane = watch->data;
	unwatch(lane);
	lane->stale = true;
	if (is_kept(lane))
		refresh_in(lane, AFTER_BYE_NS);
}

static void watch(struct http_lane *lane)
{
	uv_loop_t *loop = network_loop(lane->http->endpoint->network);
	uv_poll_t *poll = malloc(sizeof(*poll));
	if (!poll || uv_poll_init_socket(loop, poll, lane->socket) != 0) {
		free(poll);
		lane->stale = true; /* unseen, it is not to be trusted */
		return;
	}
	poll->data = lane;
	lane->watch = poll;
	uv_poll_start(poll, UV_READABLE | UV_DISCONNECT, peer_spoke);
}

int http_lane_socket_closes(void *user, curl_socket_t socket)
{
	struct http_lane *lane = user;
	if (lane && lane->socket == socket) {
		unwatch(lane);
		lane->socket = CURL_SOCKET_BAD;
	}
	return close(socket);
}

static bool is_open(const struct http_lane *lane)
{
	return lane->socket != CURL_SOCKET_BAD && !lane->stale &&
	       now_ns(lane) - lane->used_ns < IDLE_MAX_NS;
}

static struct http_lane *add_lane(struct network_http *http)
{
	if (http->lane_count == NETWORK_LANES_MAX)
		return NULL;
	struct http_lane *lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	lane->http = http;
	lane->socket = CURL_SOCKET_BAD;
	lane->curl = curl_loop_create(network_loop(http->endpoint->network), 1, http_call_finished);
	if (!lane->curl) {
		free(lane);
		return NULL;
	}
	http->lanes[http->lane_count++] = lane;
	return lane;
}

struct http_lane *http_lane_take(struct network_http *http, struct http_call *call)
{
	struct http_lane *best = NULL;
	for (unsigned i = 0; i < http->lane_count; i++) {
		struct http_lane *lane = http->lanes[i];
		if (!lane->call && (!best || (is_open(lane) && !is_open(best))))
			best = lane;
	}
	if (!best)
		best = add_lane(http);
	if (best)
		best->call = call;
	return best;
}

bool http_lane_begins(struct http_lane *lane)
{
	bool usable = is_open(lane);
	unwatch(lane);
	lane->socket = CURL_SOCKET_BAD;
	lane->stale = false;
	lane->used_ns = now_ns(lane);
	return usable;
}

void http_lane_ended(struct http_lane *lane, curl_socket_t open)
{
	bool answered = is_kept(lane) && lane->keeper->outcome == TRANSPORT_ANSWERED;
	lane->call = NULL;
	lane->used_ns = now_ns(lane);
	lane->socket = open;
	if (open != CURL_SOCKET_BAD)
		watch(lane);
	if (!is_kept(lane))
		return;
	int64_t interval_ns = lane->interval_ns;
	if (open == CURL_SOCKET_BAD && !answered)
		interval_ns = OPEN_AGAIN_NS;
	else
		lane->interval_ns = KEEP_WARM_EVERY_NS;
	refresh_in(lane, interval_ns);
}

void http_lane_release(struct http_lane *lane)
{
	lane->call = NULL;
	if (is_kept(lane))
		refresh_in(lane, OPEN_AGAIN_NS);
}

/* Of the lanes that are open, one at a time is refreshed: the others stay free for orders. */
static bool another_is_refreshed(const struct http_lane *lane)
{
	for (unsigned i = 0; i < lane->http->kept_lanes; i++) {
		const struct http_lane *other = lane->http->lanes[i];
		if (other != lane && other->call && other->call->keeps_warm)
			return true;
	}
	return false;
}

static void refresh(void *user)
{
	struct http_lane *lane = user;
	lane->timer = 0;
	if (lane->call)
		return; /* http_lane_ended arms the timer again */
	if (is_open(lane) && another_is_refreshed(lane)) {
		refresh_in(lane, OPEN_AGAIN_NS);
		return;
	}
	struct http_call *call = lane->keeper;
	call->lane = lane;
	lane->call = call;
	http_call_begin(call);
}

bool http_lanes_keep_warm(struct network_http *http, unsigned count)
{
	http->kept_lanes = count;
	for (unsigned i = 0; i < count; i++) {
		struct http_lane *lane = add_lane(http);
		struct http_call *call = lane ? http_call_take(http) : NULL;
		if (!call)
			return false;
		call->keeps_warm = true;
		call->method = HTTP_GET;
		for (size_t c = 0; http->keep_warm_target[c] != '\0'; c++)
			call->target[c] = http->keep_warm_target[c];
		lane->keeper = call;
		/* Spread over the interval, so that refreshes do not meet. */
		lane->interval_ns = KEEP_WARM_EVERY_NS * (i + 1) / count;
		refresh_in(lane, 0);
	}
	return true;
}

void http_lanes_free(struct network_http *http)
{
	for (unsigned i = 0; i < http->lane_count; i++) {
		struct http_lane *lane = http->lanes[i];
		scheduler_cancel(http->endpoint->scheduler, lane->timer);
		unwatch(lane);
		curl_loop_free(lane->curl);
		free(lane);
	}
	http->lane_count = 0;
}
