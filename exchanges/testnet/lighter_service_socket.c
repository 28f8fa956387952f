/* The WebSocket door: greeting, keepalive, subscriptions and who hears what (§2.1, §2.2). */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_NS       (30 * NS_PER_SECOND)
#define PING_EVERY_NS  NS_PER_MINUTE
#define PONG_WITHIN_NS (30 * NS_PER_SECOND)
#define SILENCE_NS     (2 * NS_PER_MINUTE)
#define CLOSE_POLICY   1008

static const struct channel_row {
	const char *name;
	enum served_channel channel;
	bool has_market, has_account;
	bool needs_token;
} CHANNELS[SERVED_CHANNELS] = {
	{"order_book", STREAM_ORDER_BOOK, true, false, false},
	{"ticker", STREAM_TICKER, true, false, false},
	{"market_stats", STREAM_MARKET_STATS, true, false, false},
	{"trade", STREAM_TRADE, true, false, false},
	{"account_all", STREAM_ACCOUNT_ALL, false, true, true},
	{"account_all_orders", STREAM_ACCOUNT_ALL_ORDERS, false, true, true},
	{"account_orders", STREAM_ACCOUNT_ORDERS, true, true, true},
	{"account_all_trades", STREAM_ACCOUNT_ALL_TRADES, false, true, true},
	{"account_all_positions", STREAM_ACCOUNT_ALL_POSITIONS, false, true, true},
	{"account_all_assets", STREAM_ACCOUNT_ALL_ASSETS, false, true, true},
	{"account_market", STREAM_ACCOUNT_MARKET, true, true, true},
	{"user_stats", STREAM_USER_STATS, false, true, false},
	{"account_tx", STREAM_ACCOUNT_TX, false, true, true},
	{"notification", STREAM_NOTIFICATION, false, true, true},
};

/* Channels of the venue that this model does not have. */
static const char *const NOT_SERVED[] = {"spot_market_stats", "height", "candle", "pool_data",
					 "pool_info"};

static bool is_private(enum served_channel channel)
{
	return CHANNELS[channel].has_account;
}

const char *served_channel_name(const struct lighter_service *service,
				const struct served_subscription *subscription, char *buffer,
				size_t size)
{
	const struct channel_row *row = &CHANNELS[subscription->channel];
	int64_t account = row->has_account ? service->accounts[subscription->account].index : 0;
	if (subscription->channel == STREAM_MARKET_STATS && subscription->market == SERVED_PERP_NIL)
		snprintf(buffer, size, "%s:all", row->name);
	else if (subscription->channel == STREAM_ACCOUNT_MARKET)
		snprintf(buffer, size, "%s:%u:%" PRId64, row->name, subscription->market, account);
	else if (row->has_market)
		/* account_orders names its market alone (§2.2). */
		snprintf(buffer, size, "%s:%u", row->name, subscription->market);
	else
		snprintf(buffer, size, "%s:%" PRId64, row->name, account);
	return buffer;
}

/* ---- sockets --------------------------------------------------------------------------------- */

struct served_socket *served_socket_find(struct lighter_service *service,
					 const struct service_socket *peer)
{
	struct served_socket *socket = service->sockets;
	while (socket != NULL && (socket->peer != peer || socket->doomed))
		socket = socket->next;
	return socket;
}

/* Takes it out of the list, or leaves that to the end of the walk that goes on. */
void served_sockets_bury(struct lighter_service *service)
{
	if (service->walking > 0)
		return;
	struct served_socket **at = &service->sockets;
	while (*at != NULL) {
		struct served_socket *socket = *at;
		if (!socket->doomed) {
			at = &socket->next;
			continue;
		}
		*at = socket->next;
		served_text_free(&socket->delayed);
		served_text_free(&socket->waiting);
		free(socket);
	}
}

static void doom(struct served_socket *socket)
{
	struct lighter_service *service = socket->service;
	if (socket->doomed)
		return;
	socket->doomed = true;
	service->socket_count--;
	scheduler_cancel(service->scheduler, socket->watch);
	socket->watch = 0;
	for (size_t i = 0; i < socket->subscription_count; i++) {
		if (socket->subscriptions[i].channel == STREAM_ORDER_BOOK ||
		    socket->subscriptions[i].channel == STREAM_TICKER)
			service->markets[socket->subscriptions[i].market].book_subscribers--;
	}
	socket->subscription_count = 0;
}

void served_socket_close(struct served_socket *socket, int code)
{
	struct lighter_service *service = socket->service;
	if (socket->doomed)
		return;
	socket->host->close(socket->peer, code);
	doom(socket);
	served_sockets_bury(service);
}

void served_socket_text(struct served_socket *socket, const char *text, size_t length)
{
	/* False: the host closes it and says so with socket_closed. */
	if (!socket->doomed)
		(void)!socket->host->send(socket->peer, text, length);
}

void served_socket_send(struct served_socket *socket, const struct served_text *text)
{
	if (!text->failed && text->length > 0)
		served_socket_text(socket, text->bytes, text->length);
}

void served_socket_error(struct served_socket *socket, int code, const char *message)
{
	struct served_text text = {0};
	reply_open(&text, NULL, '{');
	reply_open(&text, "error", '{');
	reply_integer(&text, "code", code);
	reply_text(&text, "message", message != NULL ? message : served_message(code));
	reply_close(&text, '}');
	reply_close(&text, '}');
	served_socket_send(socket, &text);
	served_text_free(&text);
}

/* Faults that end a connection, and the rules of §2.1. */
static void watch_socket(void *user)
{
	struct served_socket *socket = user;
	struct lighter_service *service = socket->service;
	int64_t now_ns = scheduler_now(service->scheduler);
	socket->watch = 0;
	if (now_ns - socket->heard_ns >= SILENCE_NS ||
	    (socket->pinged_ns != 0 && now_ns - socket->pinged_ns >= PONG_WITHIN_NS)) {
		served_socket_close(socket, CLOSE_POLICY);
		return;
	}
	if (socket->pinged_ns == 0 && now_ns - socket->greeted_ns >= PING_EVERY_NS) {
		static const char PING[] = "{\"type\":\"ping\"}";
		socket->pinged_ns = socket->greeted_ns = now_ns;
		served_socket_text(socket, PING, sizeof(PING) - 1);
	}
	if (!socket->doomed)
		socket->watch = scheduler_after(service->scheduler, WATCH_NS, SCHEDULE_TIMER,
						watch_socket, socket);
}

void served_socket_opened(void *user, const struct service_host *host, struct service_socket *peer,
			  const char *target)
{
	struct lighter_service *service = user;
	size_t path = strcspn(target, "?");
	bool stream = path == strlen("/stream") && memcmp(target, "/stream", path) == 0;
	struct served_socket *socket = stream && service->socket_count < SERVED_SOCKETS_MAX &&
						       !trading_floor_down(service->floor)
					       ? calloc(1, sizeof(*socket))
					       : NULL;
	if (socket == NULL) {
		host->close(peer, stream ? CLOSE_POLICY : 0);
		return;
	}
	int64_t now_ns = scheduler_now(service->scheduler);
	socket->service = service;
	socket->host = host;
	socket->peer = peer;
	socket->heard_ns = socket->greeted_ns = now_ns;
	socket->next = service->sockets;
	service->sockets = socket;
	service->socket_count++;
	socket->watch =
		scheduler_after(service->scheduler, WATCH_NS, SCHEDULE_TIMER, watch_socket, socket);
	char greeting[96];
	int length = snprintf(greeting, sizeof(greeting),
			      "{\"session_id\":\"00000000-0000-4000-8000-%012" PRIx64
			      "\",\"type\":\"connected\"}",
			      ++service->sessions);
	served_socket_text(socket, greeting, (size_t)length);
}

void served_socket_closed(void *user, struct service_socket *peer)
{
	struct lighter_service *service = user;
	struct served_socket *socket = served_socket_find(service, peer);
	if (socket == NULL)
		return;
	doom(socket);
	served_sockets_bury(service);
}

void served_sockets_free(struct lighter_service *service)
{
	for (struct served_socket *socket = service->sockets; socket != NULL; socket = socket->next)
		doom(socket);
	served_sockets_bury(service);
}

/* ---- publishing ------------------------------------------------------------------------------ */

static bool matches(const struct served_subscription *subscription, enum served_channel channel,
		    unsigned market, unsigned account)
{
	return subscription->channel == channel &&
	       (!CHANNELS[channel].has_market || subscription->market == market) &&
	       (!CHANNELS[channel].has_account || subscription->account == account);
}

static bool has_subscription(const struct served_socket *socket, enum served_channel channel,
			     unsigned market, unsigned account)
{
	for (size_t i = 0; i < socket->subscription_count; i++) {
		if (matches(&socket->subscriptions[i], channel, market, account))
			return true;
	}
	return false;
}

bool served_subscribed(const struct lighter_service *service, enum served_channel channel,
		       unsigned market, unsigned account)
{
	for (const struct served_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		if (!socket->doomed && has_subscription(socket, channel, market, account))
			return true;
	}
	return false;
}

/* One account frame to one socket, as the faults of the stream want it. */
static void send_private(struct served_socket *socket, unsigned market,
			 const struct served_text *frame)
{
	struct lighter_service *service = socket->service;
	if (served_strikes_in(service, "ws.gap_private", market, FAULT_ANY_SIDE, NULL))
		return;
	if (socket->delayed.length == 0 &&
	    served_strikes_in(service, "ws.reorder", market, FAULT_ANY_SIDE, NULL)) {
		reply_raw(&socket->delayed, frame->bytes, frame->length);
		return;
	}
	served_socket_send(socket, frame);
	if (served_strikes_in(service, "ws.dup", market, FAULT_ANY_SIDE, NULL))
		served_socket_send(socket, frame);
	if (socket->delayed.length > 0) {
		served_socket_send(socket, &socket->delayed);
		served_text_clear(&socket->delayed);
	}
}

void served_sockets_cut(struct lighter_service *service)
{
	service->walking++;
	for (struct served_socket *socket = service->sockets; socket != NULL; socket = socket->next)
		served_socket_close(socket, 0);
	service->walking--;
	served_sockets_bury(service);
}

/* Whether the socket is there to be told, after the faults that end it. */
static bool survives(struct served_socket *socket)
{
	if (served_strikes(socket->service, "ws.kick", NULL))
		served_socket_close(socket, SERVED_CLOSE_AWAY);
	else if (served_strikes(socket->service, "ws.cut", NULL))
		served_socket_close(socket, 0);
	return !socket->doomed;
}

void served_publish(struct lighter_service *service, enum served_channel channel, unsigned market,
		    unsigned account, const struct served_text *frame)
{
	bool private = is_private(channel);
	if (served_strikes(service, "net.down", NULL)) {
		served_sockets_cut(service);
		return;
	}
	if (frame->failed || served_strikes_in(service, private ? "ws.private_silent" : "ws.silent",
					       market, FAULT_ANY_SIDE, NULL))
		return;
	service->walking++;
	for (struct served_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		if (socket->doomed || !has_subscription(socket, channel, market, account) ||
		    !survives(socket))
			continue;
		if (private)
			send_private(socket, market, frame);
		else if (channel != STREAM_ORDER_BOOK ||
			 !served_strikes_in(service, "ws.gap", market, FAULT_ANY_SIDE, NULL))
			served_socket_send(socket, frame);
	}
	service->walking--;
	served_sockets_bury(service);
}

/* ---- subscribing ----------------------------------------------------------------------------- */

int served_channel_read(struct lighter_service *service, const char *text,
			struct served_subscription *out)
{
	char parts[SERVED_CHANNEL_MAX + 1], *at = parts;
	size_t length = strlen(text);
	if (length > SERVED_CHANNEL_MAX)
		return 30005;
	memcpy(parts, text, length + 1);
	const char *name = strsep(&at, "/");
	const struct channel_row *row = NULL;
	for (size_t i = 0; i < sizeof(NOT_SERVED) / sizeof(NOT_SERVED[0]); i++) {
		if (strcmp(NOT_SERVED[i], name) == 0)
			return 30006;
	}
	for (size_t i = 0; i < SERVED_CHANNELS; i++) {
		if (strcmp(CHANNELS[i].name, name) == 0)
			row = &CHANNELS[i];
	}
	if (row == NULL)
		return 30005;
	*out = (struct served_subscription){row->channel, SERVED_PERP_NIL, 0};
	if (row->has_market) {
		const char *market = strsep(&at, "/");
		int64_t index;
		if (market == NULL)
			return 30005;
		if (strcmp(market, "all") != 0) {
			if (!served_integer(market, 0, (int64_t)service->market_count - 1, &index))
				return 30005;
			out->market = (unsigned)index;
		} else if (row->channel != STREAM_MARKET_STATS) {
			return 30005;
		}
	}
	if (row->has_account) {
		const char *account = strsep(&at, "/");
		int64_t index;
		if (account == NULL || !served_integer(account, 0, INT64_MAX, &index) ||
		    !served_find_account(service, index, &out->account))
			return 30005;
	}
	return at == NULL ? 0 : 30005;
}

static void put_unsubscribed(struct served_socket *socket,
			     const struct served_subscription *subscription)
{
	struct served_text text = {0};
	char name[SERVED_CHANNEL_MAX + 1];
	reply_open(&text, NULL, '{');
	reply_text(&text, "type", "unsubscribed");
	reply_text(&text, "channel",
		   served_channel_name(socket->service, subscription, name, sizeof(name)));
	reply_close(&text, '}');
	served_socket_send(socket, &text);
	served_text_free(&text);
}

void served_unsubscribe(struct served_socket *socket, const struct served_subscription *wanted)
{
	for (size_t i = 0; i < socket->subscription_count; i++) {
		if (!matches(&socket->subscriptions[i], wanted->channel, wanted->market,
			     wanted->account))
			continue;
		socket->subscriptions[i] = socket->subscriptions[--socket->subscription_count];
		if (wanted->channel == STREAM_ORDER_BOOK || wanted->channel == STREAM_TICKER)
			socket->service->markets[wanted->market].book_subscribers--;
		put_unsubscribed(socket, wanted);
		return;
	}
	served_socket_error(socket, 30002, NULL);
}

void served_subscribe(struct served_socket *socket, const struct served_subscription *wanted,
		      const char *token)
{
	struct lighter_service *service = socket->service;
	const struct channel_row *row = &CHANNELS[wanted->channel];
	unsigned account;
	if (row->needs_token) {
		int code = served_token_check(service, token, &account);
		if (code == 0 && account != wanted->account)
			code = 20013;
		if (code != 0) {
			served_socket_error(socket, code,
					    code == 20001 ? "auth field is required" : NULL);
			return;
		}
	}
	if (served_strikes(service, "ws.sub_reject", NULL)) {
		served_socket_error(socket, 30012, NULL);
		return;
	}
	if (has_subscription(socket, wanted->channel, wanted->market, wanted->account)) {
		served_socket_error(socket, 30003, NULL);
		return;
	}
	if (socket->subscription_count == SERVED_SUBSCRIPTIONS_MAX) {
		served_socket_error(socket, 23001, NULL);
		return;
	}
	/* Those already there get what changed first: then all are at the same nonce. */
	if (wanted->channel == STREAM_ORDER_BOOK || wanted->channel == STREAM_TICKER) {
		served_book_flush(&service->markets[wanted->market]);
		if (socket->doomed)
			return;
		service->markets[wanted->market].book_subscribers++;
	}
	socket->subscriptions[socket->subscription_count++] = *wanted;
	served_channel_begin(socket, wanted);
}
