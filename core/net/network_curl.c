#include "core/net/network_curl.h"

#include <assert.h>
#include <stdlib.h>

struct curl_loop {
	CURLM *multi;
	uv_loop_t *loop;
	uv_timer_t *timer; /* outlives this until libuv has closed it */
	curl_finished finished;
};

struct watched_socket {
	uv_poll_t poll;
	struct curl_loop *curl;
	curl_socket_t socket;
};

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void tell_finished(struct curl_loop *curl)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(curl->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		void *user = NULL;
		curl_socket_t open = CURL_SOCKET_BAD;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &user);
		curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &open); /* not after the removal */
		curl_multi_remove_handle(curl->multi, easy);
		curl->finished(user, code, open);
	}
}

static void act(struct curl_loop *curl, curl_socket_t socket, int events)
{
	int running;
	curl_multi_socket_action(curl->multi, socket, events, &running);
	tell_finished(curl);
}

static void timer_fired(uv_timer_t *timer)
{
	act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	struct watched_socket *watched = poll->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(watched->curl, watched->socket, flags);
}

static struct watched_socket *watch(struct curl_loop *curl, curl_socket_t socket)
{
	struct watched_socket *watched = malloc(sizeof(*watched));
	if (!watched)
		return NULL;
	if (uv_poll_init_socket(curl->loop, &watched->poll, socket) != 0) {
		free(watched);
		return NULL;
	}
	watched->poll.data = watched;
	watched->curl = curl;
	watched->socket = socket;
	curl_multi_assign(curl->multi, socket, watched);
	return watched;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *known)
{
	(void)easy;
	struct curl_loop *curl = user;
	struct watched_socket *watched = known;
	if (what == CURL_POLL_REMOVE) {
		if (watched) {
			curl_multi_assign(curl->multi, socket, NULL);
			uv_poll_stop(&watched->poll);
			uv_close((uv_handle_t *)&watched->poll, free_handle);
		}
		return 0;
	}
	if (!watched)
		watched = watch(curl, socket);
	if (!watched)
		return -1; /* libcurl ends the transfer */
	int events =
		(what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	uv_poll_start(&watched->poll, events, socket_ready);
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
	(void)multi;
	struct curl_loop *curl = user;
	if (timeout_ms < 0) {
		uv_timer_stop(curl->timer);
		return 0;
	}
	uv_update_time(curl->loop);
	uv_timer_start(curl->timer, timer_fired, (uint64_t)timeout_ms, 0);
	return 0;
}

struct curl_loop *curl_loop_create(uv_loop_t *loop, long connections_max, curl_finished finished)
{
	struct curl_loop *curl = calloc(1, sizeof(*curl));
	if (!curl)
		return NULL;
	curl->loop = loop;
	curl->finished = finished;
	curl->multi = curl_multi_init();
	curl->timer = malloc(sizeof(*curl->timer));
	if (!curl->multi || !curl->timer) {
		curl_multi_cleanup(curl->multi);
		free(curl->timer);
		free(curl);
		return NULL;
	}
	uv_timer_init(loop, curl->timer);
	curl->timer->data = curl;
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
	curl_multi_setopt(curl->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS, connections_max);
	return curl;
}

void curl_loop_free(struct curl_loop *curl)
{
	if (!curl)
		return;
	CURLMcode code = curl_multi_cleanup(curl->multi);
	assert(code == CURLM_OK);
	uv_timer_stop(curl->timer);
	uv_close((uv_handle_t *)curl->timer, free_handle);
	free(curl);
}

bool curl_loop_start(struct curl_loop *curl, CURL *easy)
{
	if (curl_multi_add_handle(curl->multi, easy) != CURLM_OK)
		return false;
	act(curl, CURL_SOCKET_TIMEOUT, 0);
	return true;
}

void curl_loop_abandon(struct curl_loop *curl, CURL *easy)
{
	curl_multi_remove_handle(curl->multi, easy);
}
