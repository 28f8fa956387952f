#include "tests/support/wire_tap.h"

#include <stdio.h>
#include <stdlib.h>

struct tap_endpoint;
struct tap_socket {
	struct web_socket base;
	struct tap_endpoint *endpoint;
	struct web_socket *inner;
	struct web_socket_events events;
	void *user;
	struct tap_socket *next, **link;
};
struct tap_endpoint {
	struct endpoint base;
	struct wire_tap *tap;
	struct endpoint *inner;
	char name[WIRE_TAP_NAME_MAX + 1];
	struct tap_socket *sockets;
};

static const struct endpoint_functions functions;

static void forget(struct tap_socket *socket)
{
	*socket->link = socket->next;
	if (socket->next)
		socket->next->link = socket->link;
	free(socket);
}

static void on_opened(void *user)
{
	struct tap_socket *socket = user;
	socket->events.opened(socket->user);
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct tap_socket *socket = user;
	struct tap_endpoint *endpoint = socket->endpoint;
	const struct wire_tap_listener *listener = &endpoint->tap->listener;
	char name[WIRE_TAP_NAME_MAX + 1];
	/* The program may close the socket, or free the endpoint, from inside. */
	snprintf(name, sizeof(name), "%s", endpoint->name);
	if (listener->message)
		listener->message(listener->user, name, text, length);
	socket->events.message(socket->user, text, length, received_ns);
	if (listener->taken)
		listener->taken(listener->user, name);
}

static void on_closed(void *user, const char *why)
{
	struct tap_socket *socket = user;
	struct web_socket_events events = socket->events;
	void *owner = socket->user;
	forget(socket);
	events.closed(owner, why);
}

static void tap_request(struct endpoint *base, const struct http_request *request,
			int64_t give_up_ns, http_done done, void *user)
{
	struct tap_endpoint *endpoint = (struct tap_endpoint *)base;
	const struct wire_tap_listener *listener = &endpoint->tap->listener;
	if (listener->request)
		listener->request(listener->user, endpoint->name, request);
	endpoint_request(endpoint->inner, request, give_up_ns, done, user);
}

static struct web_socket *tap_connect(struct endpoint *base, const struct web_socket_events *events,
				      void *user)
{
	static const struct web_socket_events ours = {on_opened, on_message, on_closed};
	struct tap_endpoint *endpoint = (struct tap_endpoint *)base;
	struct tap_socket *socket = calloc(1, sizeof(*socket));
	if (!socket)
		abort();
	socket->base.functions = &functions;
	socket->endpoint = endpoint;
	socket->events = *events;
	socket->user = user;
	socket->inner = endpoint_connect(endpoint->inner, &ours, socket);
	if (!socket->inner) {
		free(socket);
		return NULL;
	}
	socket->next = endpoint->sockets;
	socket->link = &endpoint->sockets;
	if (socket->next)
		socket->next->link = &socket->next;
	endpoint->sockets = socket;
	return &socket->base;
}

static bool tap_send(struct web_socket *base, const char *text, size_t length)
{
	struct tap_socket *socket = (struct tap_socket *)base;
	struct tap_endpoint *endpoint = socket->endpoint;
	const struct wire_tap_listener *listener = &endpoint->tap->listener;
	if (listener->sending)
		listener->sending(listener->user, endpoint->name, text, length);
	bool ok = web_socket_send(socket->inner, text, length);
	if (listener->sent)
		listener->sent(listener->user, endpoint->name, text, length, ok);
	return ok;
}

static void tap_close(struct web_socket *base)
{
	struct tap_socket *socket = (struct tap_socket *)base;
	web_socket_close(socket->inner);
	forget(socket);
}

static void tap_free(struct endpoint *base)
{
	struct tap_endpoint *endpoint = (struct tap_endpoint *)base;
	endpoint_free(endpoint->inner);
	while (endpoint->sockets)
		forget(endpoint->sockets);
	free(endpoint);
}

static const struct endpoint_functions functions = {tap_request, tap_connect, tap_send, tap_close,
						    tap_free};

static struct endpoint *tap_endpoint(void *user, const struct endpoint_options *options,
				     struct error *err)
{
	struct wire_tap *tap = user;
	struct tap_endpoint *endpoint = calloc(1, sizeof(*endpoint));
	if (!endpoint)
		abort();
	endpoint->base.functions = &functions;
	endpoint->tap = tap;
	snprintf(endpoint->name, sizeof(endpoint->name), "%s", options->name);
	endpoint->inner = tap->inner.endpoint(tap->inner.user, options, err);
	if (endpoint->inner)
		return &endpoint->base;
	free(endpoint);
	return NULL;
}

struct connector wire_tap_connector(struct wire_tap *tap)
{
	return (struct connector){tap_endpoint, tap};
}
