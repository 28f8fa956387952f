#include "core/net/virtual_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum frame_kind {
	FRAME_OPEN,
	FRAME_TEXT,
	FRAME_CLOSE, /* text: the sentence, when it goes down */
};

/* Something on its way; owned by its channel. */
struct frame {
	struct service_socket *socket;
	struct frame *next;
	enum frame_kind kind;
	bool up;
	bool through_freeze;
	int64_t due_ns;
	schedule_id entry; /* 0: due, held by a freeze */
	size_t length;
	char text[];
};

/* One direction: first in, first out, whatever the jitter. */
struct channel {
	struct frame *first, *last;
	size_t bytes;	/* with the frames themselves, so that many small ones are bounded too */
	int64_t due_ns; /* of the last frame ever queued */
};

enum service_side {
	SERVICE_COMING, /* the opening is on its way up */
	SERVICE_THERE,
	SERVICE_GONE,
};

/* Both ends of one connection. The memory goes when neither end knows it any more. */
struct service_socket {
	struct web_socket base; /* the client's face; first */
	struct virtual_link *link;
	struct virtual_endpoint *endpoint; /* NULL: the client's end is gone */
	struct service_socket *previous, *next;
	struct web_socket_events events;
	void *user;
	bool open; /* the client has been told so */
	enum service_side service;
	bool lost; /* cut: nothing is queued any more, both ends are being told */
	unsigned inside;
	struct channel up, down;
};

static void drop_frames(struct virtual_link *link, struct channel *channel)
{
	while (channel->first) {
		struct frame *frame = channel->first;
		channel->first = frame->next;
		scheduler_cancel(link->scheduler, frame->entry);
		free(frame);
	}
	channel->last = NULL;
	channel->bytes = 0;
}

static void release_when_over(struct service_socket *socket)
{
	struct virtual_link *link = socket->link;
	if (!socket->endpoint)
		drop_frames(link, &socket->down);
	if (socket->service == SERVICE_GONE)
		drop_frames(link, &socket->up);
	if (link->dying || socket->endpoint || socket->service != SERVICE_GONE ||
	    socket->inside > 0)
		return;
	if (socket->previous)
		socket->previous->next = socket->next;
	else
		link->sockets = socket->next;
	if (socket->next)
		socket->next->previous = socket->previous;
	link->socket_count--;
	free(socket);
}

static void enter(struct service_socket *socket)
{
	virtual_link_enter(socket->link);
	socket->inside++;
}

static void leave(struct service_socket *socket)
{
	struct virtual_link *link = socket->link;
	socket->inside--;
	release_when_over(socket);
	virtual_link_leave(link);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void due(void *user);

/* False: no memory. */
static bool put(struct service_socket *socket, bool up, enum frame_kind kind, bool through_freeze,
		int64_t delay_ns, const char *text, size_t length)
{
	struct scheduler *scheduler = socket->link->scheduler;
	struct channel *channel = up ? &socket->up : &socket->down;
	struct frame *frame = malloc(sizeof(*frame) + length + 1);
	if (!frame)
		return false;
	int64_t at_ns = scheduler_now(scheduler) + delay_ns;
	if (at_ns < channel->due_ns)
		at_ns = channel->due_ns;
	channel->due_ns = at_ns;
	*frame = (struct frame){.socket = socket,
				.kind = kind,
				.up = up,
				.through_freeze = through_freeze,
				.due_ns = at_ns,
				.length = length};
	if (length)
		memcpy(frame->text, text, length);
	frame->text[length] = '\0';
	if (channel->last)
		channel->last->next = frame;
	else
		channel->first = frame;
	channel->last = frame;
	channel->bytes += sizeof(*frame) + length;
	frame->entry = scheduler_at(scheduler, at_ns, SCHEDULE_MARKET_EVENT, due, frame);
	return true;
}

static void put_surely(struct service_socket *socket, bool up, enum frame_kind kind,
		       bool through_freeze, int64_t delay_ns, const char *text)
{
	if (!put(socket, up, kind, through_freeze, delay_ns, text, strlen(text)))
		virtual_link_no_memory();
}

static int64_t up_delay(struct virtual_link *link)
{
	return virtual_link_delay(link, link->options.up_ns);
}

static int64_t down_delay(struct virtual_link *link)
{
	return virtual_link_delay(link, link->options.down_ns);
}

/* The connection is no more: what was queued is lost, both ends are told. On a frozen link the
 * client hears of it only when the link is down. */
static void cut(struct service_socket *socket, const char *why, bool through_freeze)
{
	struct virtual_link *link = socket->link;
	socket->lost = true;
	drop_frames(link, &socket->up);
	drop_frames(link, &socket->down);
	socket->up.due_ns = socket->down.due_ns = scheduler_now(link->scheduler);
	if (socket->service == SERVICE_COMING)
		socket->service = SERVICE_GONE;
	if (socket->service == SERVICE_THERE)
		put_surely(socket, true, FRAME_CLOSE, true, 0, "");
	if (socket->endpoint)
		put_surely(socket, false, FRAME_CLOSE, through_freeze, 0, why);
	release_when_over(socket);
}

/* ---- arrivals -------------------------------------------------------------------------------- */

static void at_service(struct service_socket *socket, const struct frame *frame)
{
	struct virtual_link *link = socket->link;
	const struct service *service = link->service;
	switch (frame->kind) {
	case FRAME_OPEN:
		socket->service = SERVICE_THERE;
		/* First the client's news on its way: what the service sends comes behind. */
		if (socket->endpoint)
			put_surely(socket, false, FRAME_OPEN, false, down_delay(link), "");
		service->socket_opened(service->user, &virtual_service_host, socket, frame->text);
		return;
	case FRAME_TEXT:
		service->socket_message(service->user, socket, frame->text, frame->length);
		return;
	case FRAME_CLOSE:
		if (socket->service == SERVICE_THERE) {
			socket->service = SERVICE_GONE;
			service->socket_closed(service->user, socket);
		}
		return;
	}
}

static void at_client(struct service_socket *socket, const struct frame *frame)
{
	switch (frame->kind) {
	case FRAME_OPEN:
		socket->open = true;
		socket->events.opened(socket->user);
		return;
	case FRAME_TEXT:
		if (frame->length > WEB_SOCKET_MESSAGE_MAX) {
			cut(socket, "the venue sent a message that is too long", true);
			return;
		}
		socket->events.message(socket->user, frame->text, frame->length,
				       scheduler_now(socket->link->scheduler));
		return;
	case FRAME_CLOSE:
		socket->endpoint = NULL;
		socket->open = false;
		socket->events.closed(socket->user, frame->text);
		return;
	}
}

static void due(void *user)
{
	struct frame *frame = user;
	struct service_socket *socket = frame->socket;
	struct channel *channel = frame->up ? &socket->up : &socket->down;
	frame->entry = 0;
	if (socket->link->frozen && !frame->through_freeze)
		return;
	assert(channel->first == frame);
	channel->first = frame->next;
	if (!channel->first)
		channel->last = NULL;
	channel->bytes -= sizeof(*frame) + frame->length;
	enter(socket);
	if (frame->up)
		at_service(socket, frame);
	else
		at_client(socket, frame);
	free(frame);
	leave(socket);
}

/* What a freeze held goes on its way again, and what was queued behind it stays behind it. */
static void thaw(struct service_socket *socket, struct channel *channel, int64_t delay_ns)
{
	struct scheduler *scheduler = socket->link->scheduler;
	if (!channel->first || channel->first->entry)
		return;
	int64_t at_ns = scheduler_now(scheduler) + delay_ns;
	for (struct frame *frame = channel->first; frame; frame = frame->next) {
		scheduler_cancel(scheduler, frame->entry);
		if (frame->due_ns > at_ns)
			at_ns = frame->due_ns;
		frame->due_ns = at_ns;
		frame->entry = scheduler_at(scheduler, at_ns, SCHEDULE_MARKET_EVENT, due, frame);
	}
	channel->due_ns = at_ns;
}

void virtual_sockets_thaw(struct virtual_link *link)
{
	for (struct service_socket *socket = link->sockets; socket; socket = socket->next) {
		thaw(socket, &socket->up, up_delay(link));
		thaw(socket, &socket->down, down_delay(link));
	}
}

/* ---- the client's face ----------------------------------------------------------------------- */

struct web_socket *virtual_socket_connect(struct endpoint *base,
					  const struct web_socket_events *events, void *user)
{
	struct virtual_endpoint *endpoint = (struct virtual_endpoint *)base;
	struct virtual_link *link = endpoint->link;
	if (endpoint->closing || link->socket_count >= VIRTUAL_SOCKETS_MAX)
		return NULL;
	struct service_socket *socket = calloc(1, sizeof(*socket));
	if (!socket)
		return NULL;
	socket->base.functions = &virtual_endpoint_functions;
	socket->link = link;
	socket->endpoint = endpoint;
	socket->events = *events;
	socket->user = user;
	socket->up.due_ns = socket->down.due_ns = scheduler_now(link->scheduler);
	socket->next = link->sockets;
	if (socket->next)
		socket->next->previous = socket;
	link->sockets = socket;
	link->socket_count++;
	if (link->down)
		cut(socket, "connection refused", true);
	else
		put_surely(socket, true, FRAME_OPEN, false, up_delay(link),
			   link->options.socket_target ? link->options.socket_target : "/");
	return &socket->base;
}

bool virtual_socket_send(struct web_socket *base, const char *text, size_t length)
{
	struct service_socket *socket = (struct service_socket *)base;
	assert(socket->endpoint);
	if (!socket->open || socket->lost ||
	    socket->up.bytes + sizeof(struct frame) + length > WEB_SOCKET_QUEUE_MAX)
		return false;
	/* The service has closed and the news is still on its way: the bytes go nowhere. */
	if (socket->service == SERVICE_GONE)
		return true;
	return put(socket, true, FRAME_TEXT, false, up_delay(socket->link), text, length);
}

static void client_leaves(struct service_socket *socket)
{
	socket->endpoint = NULL;
	socket->open = false;
	if (socket->service != SERVICE_GONE && !socket->lost)
		put_surely(socket, true, FRAME_CLOSE, false, up_delay(socket->link), "");
	release_when_over(socket);
}

void virtual_socket_close(struct web_socket *base)
{
	struct service_socket *socket = (struct service_socket *)base;
	assert(socket->endpoint);
	client_leaves(socket);
}

/* ---- the service's face ---------------------------------------------------------------------- */

bool virtual_socket_service_send(struct service_socket *socket, const char *text, size_t length)
{
	assert(socket->service == SERVICE_THERE);
	if (socket->link->dying || socket->lost)
		return false;
	/* The client has closed and the news is still on its way: the bytes go nowhere. */
	if (!socket->endpoint)
		return true;
	if (socket->down.bytes + sizeof(struct frame) + length > VIRTUAL_DOWN_BYTES_MAX) {
		cut(socket, "connection reset by the venue: too slow", false);
		return false;
	}
	return put(socket, false, FRAME_TEXT, false, down_delay(socket->link), text, length);
}

void virtual_socket_service_close(struct service_socket *socket, int code)
{
	assert(socket->service == SERVICE_THERE);
	socket->service = SERVICE_GONE;
	if (socket->endpoint && !socket->lost && !socket->link->dying) {
		char why[64] = "connection cut by the venue";
		if (code != 0)
			snprintf(why, sizeof(why), "closed by the venue with code %d", code);
		put_surely(socket, false, FRAME_CLOSE, false, down_delay(socket->link), why);
	}
	release_when_over(socket);
}

/* ---- ends ------------------------------------------------------------------------------------ */

void virtual_sockets_cut(struct virtual_link *link)
{
	struct service_socket *next;
	for (struct service_socket *socket = link->sockets; socket; socket = next) {
		next = socket->next;
		cut(socket, "connection lost", true);
	}
}

void virtual_sockets_end(struct virtual_endpoint *endpoint)
{
	struct service_socket *next;
	for (struct service_socket *socket = endpoint->link->sockets; socket; socket = next) {
		next = socket->next;
		if (socket->endpoint == endpoint)
			client_leaves(socket);
	}
}

void virtual_sockets_hush(struct virtual_link *link)
{
	for (struct service_socket *socket = link->sockets; socket; socket = socket->next) {
		drop_frames(link, &socket->up);
		drop_frames(link, &socket->down);
	}
	for (struct service_socket *socket = link->sockets; socket; socket = socket->next) {
		if (socket->service != SERVICE_THERE)
			continue;
		socket->service = SERVICE_GONE;
		link->service->socket_closed(link->service->user, socket);
	}
}

void virtual_sockets_free(struct virtual_link *link)
{
	while (link->sockets) {
		struct service_socket *socket = link->sockets;
		link->sockets = socket->next;
		drop_frames(link, &socket->up);
		drop_frames(link, &socket->down);
		free(socket);
	}
}
