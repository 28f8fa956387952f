/*
 * The loop. libuv is embedded: we wait on its backend ourselves, so that T can be stamped and
 * earlier entries can run between the end of the wait and the first I/O callback, and so that a
 * timer of 300 us does not become one of 1 ms.
 */
#include "core/net/network_internal.h"
#include "core/net/network_resolve.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <assert.h>
#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Connections of libwebsockets, both sides; its table is allocated at once. */
#define LWS_SOCKETS_MAX 1024

struct retired_vhost {
	struct retired_vhost *next;
	struct lws_vhost *vhost;
	void (*gone)(void *user);
	void *user;
	unsigned passes; /* of the loop since it was destroyed */
};

/* libuv closes the vhost's connections in the pass after, and lws speaks of each once more. */
#define PASSES_UNTIL_GONE 2

struct network {
	struct scheduler *scheduler;
	uv_loop_t loop;
	struct lws_context *lws;
	int64_t offset_ns; /* live time - monotonic clock */
	struct network_resolver *resolver;
	struct retired_vhost *retired;
	uv_signal_t signals[2];
	bool signals_armed;
	unsigned signals_seen;
	bool stop_requested;
	void (*on_signal)(void *user, int signal);
	void *on_signal_user;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec at;
	clock_gettime(clock, &at);
	return (int64_t)at.tv_sec * NS_PER_SECOND + at.tv_nsec;
}

int64_t network_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t network_now_ns(const struct network *network)
{
	return clock_ns(CLOCK_MONOTONIC) + network->offset_ns;
}

uv_loop_t *network_loop(struct network *network)
{
	return &network->loop;
}

struct scheduler *network_scheduler(struct network *network)
{
	return network->scheduler;
}

struct lws_context *network_lws(struct network *network)
{
	return network->lws;
}

struct network_resolver *network_names(struct network *network)
{
	return network->resolver;
}

static void lws_speaks(int level, const char *line)
{
	(void)level;
	size_t length = strcspn(line, "\n");
	log_write(LOG_DEBUG, "libwebsockets", "%.*s", (int)length, line);
}

/* libcurl and libwebsockets read these by themselves; a proxy is what the configuration says. */
static void forget_proxies(void)
{
	static const char *const NAMES[] = {"http_proxy", "https_proxy", "all_proxy",  "no_proxy",
					    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",  "NO_PROXY",
					    "ws_proxy",	  "wss_proxy",	 "socks_proxy"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		unsetenv(NAMES[i]);
}

static bool start_lws(struct network *network)
{
	void *loops[1] = {&network->loop};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBUV |
			   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.count_threads = 1,
		.fd_limit_per_thread = LWS_SOCKETS_MAX,
		.pt_serv_buf_size = NETWORK_READ_SIZE,
		.pcontext = &network->lws,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, lws_speaks);
	network->lws = lws_create_context(&info);
	return network->lws != NULL;
}

struct network *network_create(struct scheduler *scheduler, struct error *err)
{
	struct network *network = calloc(1, sizeof(*network));
	if (!network)
		goto out_of_memory;
	network->scheduler = scheduler;
	int64_t start_ns = network_realtime_ns();
	if (start_ns < scheduler_now(scheduler))
		start_ns = scheduler_now(scheduler);
	network->offset_ns = start_ns - clock_ns(CLOCK_MONOTONIC);
	forget_proxies();
	signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto out_of_memory;
	if (uv_loop_init(&network->loop) != 0) {
		error_set(err, ERROR_IO, "no event loop: the system is out of file descriptors");
		goto no_loop;
	}
	network->resolver = network_resolver_create(&network->loop, scheduler);
	if (!network->resolver) {
		error_set(err, ERROR_IO, "out of memory");
		goto no_resolver;
	}
	if (!start_lws(network)) {
		error_set(err, ERROR_IO,
			  "libwebsockets does not start: is its libuv plugin installed (package "
			  "libwebsockets-evlib-uv)?");
		goto no_lws;
	}
	return network;
no_lws:
	network_resolver_free(network->resolver);
no_resolver:
	uv_run(&network->loop, UV_RUN_DEFAULT);
	uv_loop_close(&network->loop);
no_loop:
	curl_global_cleanup();
	free(network);
	return NULL;
out_of_memory:
	error_set(err, ERROR_IO, "out of memory");
	free(network);
	return NULL;
}

void network_retire_vhost(struct network *network, struct lws_vhost *vhost,
			  void (*gone)(void *user), void *user)
{
	struct retired_vhost *retired = malloc(sizeof(*retired));
	if (!retired)
		abort(); /* neither keeping nor dropping it now is safe */
	*retired = (struct retired_vhost){network->retired, vhost, gone, user, 0};
	network->retired = retired;
}

static struct retired_vhost *not_destroyed(struct network *network)
{
	struct retired_vhost *retired = network->retired;
	while (retired && !retired->vhost)
		retired = retired->next;
	return retired;
}

/* Once in each pass of the loop. What connections say, and gone, may retire others meanwhile. */
static void destroy_retired(struct network *network)
{
	for (struct retired_vhost *retired; (retired = not_destroyed(network));) {
		struct lws_vhost *vhost = retired->vhost;
		retired->vhost = NULL;
		lws_vhost_destroy(vhost);
	}
	struct retired_vhost *over = NULL, **link = &network->retired;
	while (*link) {
		struct retired_vhost *retired = *link;
		if (++retired->passes <= PASSES_UNTIL_GONE) {
			link = &retired->next;
			continue;
		}
		*link = retired->next;
		retired->next = over;
		over = retired;
	}
	while (over) {
		struct retired_vhost *retired = over;
		over = retired->next;
		if (retired->gone)
			retired->gone(retired->user);
		free(retired);
	}
}

void network_free(struct network *network)
{
	if (!network)
		return;
	for (destroy_retired(network); network->retired; destroy_retired(network))
		uv_run(&network->loop, UV_RUN_NOWAIT);
	if (network->signals_armed)
		for (int i = 0; i < 2; i++)
			uv_close((uv_handle_t *)&network->signals[i], NULL);
	network_resolver_free(network->resolver);
	/* The first call closes its connections and handles, which needs the loop; the second frees
	 * the rest and clears our pointer. */
	lws_context_destroy(network->lws);
	uv_run(&network->loop, UV_RUN_DEFAULT);
	lws_context_destroy(network->lws);
	assert(network->lws == NULL);
	uv_run(&network->loop, UV_RUN_DEFAULT);
	int open = uv_loop_close(&network->loop);
	assert(open == 0);
	curl_global_cleanup();
	free(network);
}

/* ---- signals --------------------------------------------------------------------------------- */

static void signal_came(uv_signal_t *handle, int number)
{
	struct network *network = handle->data;
	if (++network->signals_seen > 1)
		_exit(128 + number);
	network->stop_requested = true;
	network->on_signal(network->on_signal_user, number);
}

void network_stop_on_signals(struct network *network, void (*on_signal)(void *user, int signal),
			     void *user)
{
	static const int NUMBERS[2] = {SIGINT, SIGTERM};
	network->on_signal = on_signal;
	network->on_signal_user = user;
	if (network->signals_armed)
		return;
	network->signals_armed = true;
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&network->loop, &network->signals[i]);
		network->signals[i].data = network;
		uv_signal_start(&network->signals[i], signal_came, NUMBERS[i]);
	}
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Until libuv or the heap has something to do. uv_backend_timeout is 0 while libuv has work that
 * its descriptor does not show. */
static void wait_for_work(struct network *network, int64_t until_ns)
{
	int timeout_ms = uv_backend_timeout(&network->loop);
	if (timeout_ms == 0)
		return;
	int64_t wait_ns = INT64_MAX;
	int64_t next_ns = scheduler_next_ns(network->scheduler);
	if (next_ns > until_ns)
		next_ns = until_ns;
	if (next_ns != INT64_MAX)
		wait_ns = next_ns - network_now_ns(network);
	if (wait_ns <= 0)
		return;
	if (timeout_ms > 0 && wait_ns > timeout_ms * NS_PER_MS)
		wait_ns = timeout_ms * NS_PER_MS;
	struct timespec timeout = {wait_ns / NS_PER_SECOND, wait_ns % NS_PER_SECOND};
	struct pollfd backend = {.fd = uv_backend_fd(&network->loop), .events = POLLIN};
	ppoll(&backend, 1, wait_ns == INT64_MAX ? NULL : &timeout, NULL);
}

/* False: stop. */
static bool wake_up(struct network *network, int64_t at_ns)
{
	struct scheduler *scheduler = network->scheduler;
	scheduler_run(scheduler, NULL, at_ns - 1);
	if (scheduler_stopped(scheduler))
		return false;
	scheduler_advance(scheduler, at_ns);
	uv_run(&network->loop, UV_RUN_NOWAIT);
	if (scheduler_stopped(scheduler))
		return false;
	scheduler_run(scheduler, NULL, at_ns);
	return !scheduler_stopped(scheduler);
}

void network_run(struct network *network, int64_t until_ns)
{
	network->stop_requested = false;
	for (;;) {
		int64_t now_ns = network_now_ns(network);
		bool last = now_ns >= until_ns;
		bool go_on = wake_up(network, last ? until_ns : now_ns);
		destroy_retired(network);
		if (last || !go_on || network->stop_requested)
			return;
		wait_for_work(network, until_ns);
	}
}
