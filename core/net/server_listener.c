#include "core/net/server_listener.h"

#include "core/net/network_internal.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG		 256
#define ACCEPTS_PER_TURN 64
#define PAUSE_NS	 INT64_C(100000000)

struct server_listener {
	uv_poll_t poll; /* first */
	struct scheduler *scheduler;
	int descriptor, port;
	void (*accepted)(void *user, int descriptor);
	void *user;
	schedule_id resume;
};

static void readable(uv_poll_t *poll, int status, int events);

static void resume(void *user)
{
	struct server_listener *listener = user;
	listener->resume = 0;
	uv_poll_start(&listener->poll, UV_READABLE, readable);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct server_listener *listener = (struct server_listener *)poll;
	(void)status;
	(void)events;
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
		int yes = 1, descriptor = accept4(listener->descriptor, NULL, NULL,
						  SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (descriptor >= 0) {
			setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
			listener->accepted(listener->user, descriptor);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* Out of descriptors: who waits would be offered again at once, for ever.
			 */
			uv_poll_stop(poll);
			listener->resume = scheduler_after(listener->scheduler, PAUSE_NS,
							   SCHEDULE_TIMER, resume, listener);
			return;
		}
	}
}

static bool bind_and_listen(struct server_listener *listener, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int yes = 1;
	if (setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(listener->descriptor, (struct sockaddr *)&address, length) != 0 ||
	    listen(listener->descriptor, BACKLOG) != 0 ||
	    getsockname(listener->descriptor, (struct sockaddr *)&address, &length) != 0)
		return false;
	listener->port = ntohs(address.sin_port);
	return true;
}

struct server_listener *server_listener_open(struct network *network, int port,
					     void (*accepted)(void *user, int descriptor),
					     void *user, struct error *err)
{
	struct server_listener *listener = calloc(1, sizeof(*listener));
	if (!listener) {
		error_set(err, ERROR_LIMIT, "no memory for a server");
		return NULL;
	}
	listener->scheduler = network_scheduler(network);
	listener->accepted = accepted;
	listener->user = user;
	listener->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->descriptor < 0 || !bind_and_listen(listener, port)) {
		error_set(err, errno == EADDRINUSE ? ERROR_CONFIGURATION : ERROR_IO,
			  "127.0.0.1:%d: %s", port, strerror(errno));
		goto failed;
	}
	if (uv_poll_init(network_loop(network), &listener->poll, listener->descriptor) != 0) {
		error_set(err, ERROR_IO, "127.0.0.1:%d: the event loop does not take it", port);
		goto failed;
	}
	resume(listener);
	return listener;
failed:
	if (listener->descriptor >= 0)
		close(listener->descriptor);
	free(listener);
	return NULL;
}

int server_listener_port(const struct server_listener *listener)
{
	return listener->port;
}

static void closed(uv_handle_t *handle)
{
	free(handle);
}

void server_listener_close(struct server_listener *listener)
{
	if (!listener)
		return;
	scheduler_cancel(listener->scheduler, listener->resume);
	uv_close((uv_handle_t *)&listener->poll, closed);
	close(listener->descriptor);
}
