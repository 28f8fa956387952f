/* The WebSocket door: greeting, subscriptions, requests, keepalive, limits (§5). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_NS	    (5 * NS_PER_SECOND)
#define SILENCE_NS	    NS_PER_MINUTE /* we have sent nothing for so long: closed */
#define CONNECTIONS_MAX	    10
#define OPENED_PER_MINUTE   30
#define SUBSCRIPTIONS_MAX   1000
#define USERS_MAX	    10
#define MESSAGES_PER_MINUTE 2000
#define POSTS_MAX	    100
#define CLOSE_NORMAL	    1000
#define CLOSE_GOING_AWAY    1001
#define CLOSE_POLICY	    1008

/* ---- sockets -----------------------------------------------------------------------------------
 */

static struct hyper_socket *find_socket(struct hyperliquid_service *service,
					const struct service_socket *peer)
{
	struct hyper_socket *socket = service->sockets;
	while (socket != NULL && (socket->peer != peer || socket->doomed))
		socket = socket->next;
	return socket;
}

/* Takes the doomed out of the list, or leaves that to the end of the walk that goes on. */
static void bury(struct hyperliquid_service *service)
{
	if (service->walking > 0)
		return;
	struct hyper_socket **at = &service->sockets;
	while (*at != NULL) {
		struct hyper_socket *socket = *at;
		if (!socket->doomed) {
			at = &socket->next;
			continue;
		}
		*at = socket->next;
		served_text_free(&socket->delayed);
		free(socket->subscriptions);
		free(socket);
	}
}

static void doom(struct hyper_socket *socket)
{
	struct hyperliquid_service *service = socket->service;
	if (socket->doomed)
		return;
	socket->doomed = true;
	service->socket_count--;
	scheduler_cancel(service->scheduler, socket->watch);
	socket->watch = 0;
	for (size_t i = 0; i < socket->subscription_count; i++)
		service->subscribers[socket->subscriptions[i].channel]--;
	socket->subscription_count = 0;
	hyper_answers_socket_gone(service, socket);
}

static void close_socket(struct hyper_socket *socket, int code)
{
	if (socket->doomed)
		return;
	socket->host->close(socket->peer, code);
	doom(socket);
	bury(socket->service);
}

void hyper_socket_condemn(struct hyper_socket *socket)
{
	socket->condemned = true;
	hyper_flush_later(socket->service);
}

void hyper_sockets_cut_condemned(struct hyperliquid_service *service)
{
	service->walking++;
	for (struct hyper_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		if (socket->condemned)
			close_socket(socket, 0);
	}
	service->walking--;
	bury(service);
}

static void send_bytes(struct hyper_socket *socket, const char *bytes, size_t length)
{
	if (socket->doomed)
		return;
	socket->sent_ns = scheduler_now(socket->service->scheduler);
	/* False: the host closes it and says so with socket_closed. */
	(void)!socket->host->send(socket->peer, bytes, length);
}

void hyper_socket_send(struct hyper_socket *socket, const struct served_text *text)
{
	if (!text->failed && text->length > 0)
		send_bytes(socket, text->bytes, text->length);
}

void hyper_socket_error(struct hyper_socket *socket, const char *message)
{
	struct served_text frame = {0};
	reply_open(&frame, NULL, '{');
	reply_text(&frame, "channel", "error");
	reply_text(&frame, "data", message);
	reply_close(&frame, '}');
	hyper_socket_send(socket, &frame);
	served_text_free(&frame);
}

static void watch_socket(void *user)
{
	struct hyper_socket *socket = user;
	struct hyperliquid_service *service = socket->service;
	socket->watch = 0;
	if (scheduler_now(service->scheduler) - socket->sent_ns >= SILENCE_NS) {
		close_socket(socket, CLOSE_NORMAL);
		return;
	}
	socket->watch =
		scheduler_after(service->scheduler, WATCH_NS, SCHEDULE_TIMER, watch_socket, socket);
}

static bool may_open(struct hyperliquid_service *service)
{
	if (service->socket_count >= HYPER_SOCKETS_MAX || trading_floor_down(service->floor))
		return false;
	return !service->options.rate_limits ||
	       (service->socket_count < CONNECTIONS_MAX &&
		hyper_minute_spend(&service->opened, scheduler_now(service->scheduler), 1,
				   OPENED_PER_MINUTE));
}

void hyper_socket_opened(void *user, const struct service_host *host, struct service_socket *peer,
			 const char *target)
{
	static const char GREETING[] = "Websocket connection established.";
	struct hyperliquid_service *service = user;
	struct hyper_socket *socket =
		strcmp(target, "/ws") == 0 && may_open(service) ? calloc(1, sizeof(*socket)) : NULL;
	if (socket == NULL) {
		host->close(peer, CLOSE_POLICY);
		return;
	}
	socket->service = service;
	socket->host = host;
	socket->peer = peer;
	socket->next = service->sockets;
	service->sockets = socket;
	service->socket_count++;
	socket->watch =
		scheduler_after(service->scheduler, WATCH_NS, SCHEDULE_TIMER, watch_socket, socket);
	send_bytes(socket, GREETING, sizeof(GREETING) - 1);
}

void hyper_socket_closed(void *user, struct service_socket *peer)
{
	struct hyperliquid_service *service = user;
	struct hyper_socket *socket = find_socket(service, peer);
	if (socket == NULL)
		return;
	doom(socket);
	bury(service);
}

void hyper_sockets_free(struct hyperliquid_service *service)
{
	for (struct hyper_socket *socket = service->sockets; socket != NULL; socket = socket->next)
		doom(socket);
	bury(service);
}

/* ---- publishing --------------------------------------------------------------------------------
 */

/* One account frame to one socket, as the faults of the stream want it. */
static void send_private(struct hyper_socket *socket, unsigned market,
			 const struct served_text *frame)
{
	struct hyperliquid_service *service = socket->service;
	if (hyper_strikes_in(service, "ws.gap_private", market, false, false, NULL))
		return;
	if (socket->delayed.length == 0 &&
	    hyper_strikes_in(service, "ws.reorder", market, false, false, NULL)) {
		reply_raw(&socket->delayed, frame->bytes, frame->length);
		return;
	}
	hyper_socket_send(socket, frame);
	if (hyper_strikes_in(service, "ws.dup", market, false, false, NULL))
		hyper_socket_send(socket, frame);
	if (socket->delayed.length > 0) {
		hyper_socket_send(socket, &socket->delayed);
		served_text_clear(&socket->delayed);
	}
}

void hyper_sockets_cut(struct hyperliquid_service *service)
{
	service->walking++;
	for (struct hyper_socket *socket = service->sockets; socket != NULL; socket = socket->next)
		close_socket(socket, 0);
	service->walking--;
	bury(service);
}

bool hyper_subscription_same(const struct hyper_subscription *a, const struct hyper_subscription *b)
{
	return a->channel == b->channel && a->market == b->market && a->account == b->account &&
	       a->view.figures == b->view.figures && a->view.mantissa == b->view.mantissa &&
	       a->view.fast == b->view.fast && strcmp(a->interval, b->interval) == 0 &&
	       strcmp(a->user, b->user) == 0;
}

static void send_frame(struct hyper_socket *socket, const struct hyper_subscription *about,
		       const struct served_text *frame)
{
	struct hyperliquid_service *service = socket->service;
	if (hyper_strikes(service, "ws.kick", NULL))
		close_socket(socket, CLOSE_GOING_AWAY);
	else if (hyper_strikes(service, "ws.cut", NULL))
		close_socket(socket, 0);
	else if (hyper_channel_is_private(about->channel))
		send_private(socket, about->market, frame);
	else if (about->channel != HYPER_L2_BOOK ||
		 !hyper_strikes_in(service, "ws.gap", about->market, false, false, NULL))
		hyper_socket_send(socket, frame);
}

void hyper_publish(struct hyperliquid_service *service, const struct hyper_subscription *about,
		   const struct served_text *frame)
{
	bool private = hyper_channel_is_private(about->channel);
	if (hyper_strikes(service, "net.down", NULL)) {
		hyper_sockets_cut(service);
		return;
	}
	if (frame->failed || frame->length == 0 ||
	    hyper_strikes_in(service, private ? "ws.private_silent" : "ws.silent", about->market,
			     false, false, NULL))
		return;
	service->walking++;
	for (struct hyper_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		for (size_t i = 0; !socket->doomed && i < socket->subscription_count; i++) {
			if (!hyper_subscription_same(&socket->subscriptions[i], about))
				continue;
			send_frame(socket, about, frame);
			break;
		}
	}
	service->walking--;
	bury(service);
}

/* ---- subscribing -------------------------------------------------------------------------------
 */

static void acknowledge(struct hyper_socket *socket, const char *method,
			const struct hyper_subscription *subscription)
{
	struct served_text frame = {0};
	reply_open(&frame, NULL, '{');
	reply_text(&frame, "channel", "subscriptionResponse");
	reply_open(&frame, "data", '{');
	reply_text(&frame, "method", method);
	hyper_subscription_put(socket->service, &frame, "subscription", subscription);
	reply_close(&frame, '}');
	reply_close(&frame, '}');
	hyper_socket_send(socket, &frame);
	served_text_free(&frame);
}

/* "Already subscribed: {..}" */
static void complain(struct hyper_socket *socket, const char *what, const struct served_text *about)
{
	struct served_text message = {0};
	reply_raw(&message, what, strlen(what));
	reply_raw(&message, about->bytes != NULL ? about->bytes : "", about->length);
	hyper_socket_error(socket, message.bytes != NULL ? message.bytes : what);
	served_text_free(&message);
}

static void complain_of(struct hyper_socket *socket, const char *what,
			const struct hyper_subscription *subscription)
{
	struct served_text echo = {0};
	hyper_subscription_put(socket->service, &echo, NULL, subscription);
	complain(socket, what, &echo);
	served_text_free(&echo);
}

/* What was sent, written again. */
static void put_json(struct served_text *text, const char *key, const struct hyper_json *node)
{
	switch (node->type) {
	case JSON_OBJECT_BEGIN:
	case JSON_ARRAY_BEGIN:
		reply_open(text, key, node->type == JSON_OBJECT_BEGIN ? '{' : '[');
		for (const struct hyper_json *at = node->first; at != NULL; at = at->next)
			put_json(text, at->key, at);
		reply_close(text, node->type == JSON_OBJECT_BEGIN ? '}' : ']');
		break;
	case JSON_STRING:
		reply_text(text, key, node->text);
		break;
	case JSON_NUMBER:
		reply_value(text, key, node->text);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		reply_bool(text, key, node->type == JSON_TRUE);
		break;
	case JSON_NULL:
		reply_null(text, key);
		break;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		break;
	}
}

static struct hyper_subscription *find_subscription(struct hyper_socket *socket,
						    const struct hyper_subscription *wanted)
{
	for (size_t i = 0; i < socket->subscription_count; i++) {
		if (hyper_subscription_same(&socket->subscriptions[i], wanted))
			return &socket->subscriptions[i];
	}
	return NULL;
}

/* Distinct users over all user subscriptions, this one included. */
static size_t users_with(const struct hyperliquid_service *service, const char *user)
{
	char seen[USERS_MAX + 1][HYPER_ADDRESS_TEXT];
	size_t count = 1;
	memcpy(seen[0], user, HYPER_ADDRESS_TEXT);
	for (const struct hyper_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		for (size_t i = 0; i < socket->subscription_count; i++) {
			const char *other = socket->subscriptions[i].user;
			size_t k = 0;
			while (k < count && strcmp(seen[k], other) != 0)
				k++;
			if (other[0] == '\0' || k < count)
				continue;
			if (count == USERS_MAX)
				return USERS_MAX + 1;
			memcpy(seen[count++], other, HYPER_ADDRESS_TEXT);
		}
	}
	return count;
}

static size_t subscriptions_of_all(const struct hyperliquid_service *service)
{
	size_t count = 0;
	for (size_t i = 0; i < HYPER_CHANNELS; i++)
		count += service->subscribers[i];
	return count;
}

static bool within_limits(struct hyper_socket *socket, const struct hyper_subscription *wanted)
{
	char text[64];
	struct hyperliquid_service *service = socket->service;
	if (!service->options.rate_limits)
		return socket->subscription_count < HYPER_SUBSCRIPTIONS_MAX;
	if (subscriptions_of_all(service) >= SUBSCRIPTIONS_MAX) {
		hyper_socket_error(socket, "Cannot track more than 1000 total subscriptions.");
		return false;
	}
	if (wanted->user[0] != '\0' && users_with(service, wanted->user) > USERS_MAX) {
		snprintf(text, sizeof(text), "Cannot track more than %d total users.", USERS_MAX);
		hyper_socket_error(socket, text);
		return false;
	}
	return true;
}

static void subscribe(struct hyper_socket *socket, const struct hyper_subscription *wanted)
{
	struct hyperliquid_service *service = socket->service;
	if (find_subscription(socket, wanted) != NULL) {
		complain_of(socket, "Already subscribed: ", wanted);
		return;
	}
	if (hyper_strikes(service, "ws.sub_reject", NULL)) {
		complain_of(socket, "Invalid subscription ", wanted);
		return;
	}
	if (!within_limits(socket, wanted))
		return;
	socket->subscriptions =
		hyper_grow(socket->subscriptions, socket->subscription_count,
			   &socket->subscription_capacity, sizeof(*socket->subscriptions));
	socket->subscriptions[socket->subscription_count++] = *wanted;
	service->subscribers[wanted->channel]++;
	acknowledge(socket, "subscribe", wanted);
	hyper_channel_begin(socket, wanted);
	hyper_channels_arm(service);
}

static void unsubscribe(struct hyper_socket *socket, const struct hyper_subscription *wanted)
{
	struct hyper_subscription *there = find_subscription(socket, wanted);
	if (there == NULL) {
		complain_of(socket, "Already unsubscribed: ", wanted);
		return;
	}
	*there = socket->subscriptions[--socket->subscription_count];
	socket->service->subscribers[wanted->channel]--;
	acknowledge(socket, "unsubscribe", wanted);
}

static void take_subscription(struct hyper_socket *socket, const struct hyper_json *node, bool on)
{
	struct hyper_subscription wanted;
	struct served_text echo = {0};
	if (hyper_subscription_read(socket->service, node, &wanted)) {
		if (on)
			subscribe(socket, &wanted);
		else
			unsubscribe(socket, &wanted);
		return;
	}
	put_json(&echo, NULL, node);
	complain(socket, "Invalid subscription ", &echo);
	served_text_free(&echo);
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static bool take_post(struct hyper_socket *socket, const struct hyper_json *message)
{
	const struct hyper_json *request = hyper_json_given(message, "request");
	const struct hyper_json *payload = hyper_json_given(request, "payload");
	const char *type = hyper_json_text(hyper_json_member(request, "type"));
	struct hyper_address_of_answer to = {.host = socket->host, .socket = socket};
	char text[80];
	if (!hyper_json_u64(hyper_json_member(message, "id"), &to.post_id) || payload == NULL ||
	    type == NULL)
		return false;
	if (socket->posts >= POSTS_MAX) {
		snprintf(text, sizeof(text), "too many pending post requests id=%" PRIu64,
			 to.post_id);
		hyper_socket_error(socket, text);
		return true;
	}
	if (strcmp(type, "info") == 0)
		hyper_info(socket->service, &to, payload);
	else if (strcmp(type, "action") == 0)
		hyper_exchange(socket->service, &to, payload);
	else
		return false;
	return true;
}

static bool take_message(struct hyper_socket *socket, const struct hyper_json *message)
{
	static const char PONG[] = "{\"channel\":\"pong\"}";
	const char *method = hyper_json_text(hyper_json_member(message, "method"));
	const struct hyper_json *subscription = hyper_json_given(message, "subscription");
	if (method == NULL)
		return false;
	if (strcmp(method, "ping") == 0) {
		send_bytes(socket, PONG, sizeof(PONG) - 1);
		return true;
	}
	if (strcmp(method, "post") == 0)
		return take_post(socket, message);
	bool on = strcmp(method, "subscribe") == 0;
	if ((!on && strcmp(method, "unsubscribe") != 0) || subscription == NULL ||
	    subscription->type != JSON_OBJECT_BEGIN)
		return false;
	take_subscription(socket, subscription, on);
	return true;
}

void hyper_socket_message(void *user, struct service_socket *peer, const char *text, size_t length)
{
	struct hyperliquid_service *service = user;
	struct hyper_socket *socket = find_socket(service, peer);
	struct hyper_document document;
	if (socket == NULL)
		return;
	if (hyper_strikes(service, "net.down", NULL)) {
		hyper_sockets_cut(service);
		return;
	}
	if (service->options.rate_limits &&
	    !hyper_minute_spend(&service->messages, scheduler_now(service->scheduler), 1,
				MESSAGES_PER_MINUTE)) {
		close_socket(socket, CLOSE_POLICY);
		return;
	}
	/* Closing from inside must not free what is in use. */
	service->walking++;
	bool parsed = hyper_document_parse(&document, text, length);
	if (!parsed || !take_message(socket, document.nodes)) {
		struct served_text echo = {0};
		if (length <= 1000)
			reply_raw(&echo, text, length);
		complain(socket, "Error parsing JSON into valid websocket request: ", &echo);
		served_text_free(&echo);
	}
	if (parsed)
		hyper_document_free(&document);
	service->walking--;
	bury(service);
}
