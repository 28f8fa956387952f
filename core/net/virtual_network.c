#include "core/net/virtual_network.h"

#include "core/net/virtual_link.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void endpoint_end(struct endpoint *endpoint);

const struct endpoint_functions virtual_endpoint_functions = {
	.request = virtual_request_start,
	.connect = virtual_socket_connect,
	.send = virtual_socket_send,
	.close = virtual_socket_close,
	.free = endpoint_end,
};

const struct service_host virtual_service_host = {
	.answer = virtual_request_answer,
	.drop = virtual_request_drop,
	.send = virtual_socket_service_send,
	.close = virtual_socket_service_close,
};

struct virtual_link *virtual_link_create(struct scheduler *scheduler,
					 const struct virtual_link_options *options,
					 const struct service *service)
{
	assert(options->up_ns >= 0 && options->down_ns >= 0 && options->jitter_ns >= 0);
	assert(service->request && service->request_gone && service->socket_opened &&
	       service->socket_message && service->socket_closed);
	struct virtual_link *link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->scheduler = scheduler;
	link->options = *options;
	link->service = service;
	random_seed(&link->random, options->seed);
	return link;
}

static void destroy(struct virtual_link *link)
{
	virtual_requests_free(link);
	virtual_sockets_free(link);
	free(link);
}

void virtual_link_free(struct virtual_link *link)
{
	if (!link)
		return;
	assert(link->endpoints == 0 && !link->dying);
	link->dying = true;
	link->inside++; /* the service may call the host from inside what it hears now */
	virtual_requests_hush(link);
	virtual_sockets_hush(link);
	virtual_link_leave(link);
}

void virtual_link_enter(struct virtual_link *link)
{
	link->inside++;
}

void virtual_link_leave(struct virtual_link *link)
{
	assert(link->inside > 0);
	if (--link->inside == 0 && link->dying)
		destroy(link);
}

int64_t virtual_link_delay(struct virtual_link *link, int64_t base_ns)
{
	int64_t jitter_ns = link->options.jitter_ns;
	return jitter_ns > 0 ? base_ns + random_between(&link->random, 0, jitter_ns) : base_ns;
}

void virtual_link_no_memory(void)
{
	fputs("virtual_network: no memory\n", stderr);
	abort();
}

struct endpoint *virtual_link_endpoint(struct virtual_link *link)
{
	struct virtual_endpoint *endpoint = calloc(1, sizeof(*endpoint));
	if (!endpoint)
		return NULL;
	endpoint->base.functions = &virtual_endpoint_functions;
	endpoint->link = link;
	link->endpoints++;
	return &endpoint->base;
}

static void endpoint_end(struct endpoint *base)
{
	struct virtual_endpoint *endpoint = (struct virtual_endpoint *)base;
	struct virtual_link *link = endpoint->link;
	assert(!endpoint->closing);
	endpoint->closing = true;
	virtual_link_enter(link);
	virtual_sockets_end(endpoint);
	virtual_requests_end(endpoint);
	link->endpoints--;
	free(endpoint);
	virtual_link_leave(link);
}

/* ---- faults ---------------------------------------------------------------------------------- */

void virtual_link_set_down(struct virtual_link *link, bool down)
{
	if (down && !link->down) {
		virtual_requests_cut(link);
		virtual_sockets_cut(link);
	}
	link->down = down;
}

void virtual_link_lose_answers(struct virtual_link *link, unsigned count)
{
	link->lose_answers = count;
}

void virtual_link_lose_requests(struct virtual_link *link, unsigned count)
{
	link->lose_requests = count;
}

void virtual_link_freeze(struct virtual_link *link, bool frozen)
{
	bool thawed = link->frozen && !frozen;
	link->frozen = frozen;
	if (thawed)
		virtual_sockets_thaw(link);
}
