/* The WebSocket door: greeting, subscriptions, keepalive, transactions (§2.1, §2.2, §2.6, §2.8). */
#include "exchanges/testnet/lighter_service_state.h"

#include "core/base/json_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_NS	    (30 * NS_PER_SECOND)
#define PING_EVERY_NS	    NS_PER_MINUTE
#define PONG_WITHIN_NS	    (30 * NS_PER_SECOND)
#define SILENCE_NS	    (2 * NS_PER_MINUTE)
#define MESSAGES_PER_MINUTE 200
#define CLOSE_POLICY	    1008
#define CLOSE_GOING_AWAY    1001
#define CHANNEL_TEXT_MAX    63

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

/* ---- sockets -----------------------------------------------------------------------------------
 */

static struct served_socket *find_socket(struct lighter_service *service,
					 const struct service_socket *peer)
{
	struct served_socket *socket = service->sockets;
	while (socket != NULL && (socket->peer != peer || socket->doomed))
		socket = socket->next;
	return socket;
}

/* Takes it out of the list, or leaves that to the end of the walk that goes on. */
static void bury(struct lighter_service *service)
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

static void close_socket(struct served_socket *socket, int code)
{
	struct lighter_service *service = socket->service;
	if (socket->doomed)
		return;
	socket->host->close(socket->peer, code);
	doom(socket);
	bury(service);
}

static void send_text(struct served_socket *socket, const char *text, size_t length)
{
	/* False: the host closes it and says so with socket_closed. */
	if (!socket->doomed)
		(void)!socket->host->send(socket->peer, text, length);
}

void served_socket_send(struct served_socket *socket, const struct served_text *text)
{
	if (!text->failed && text->length > 0)
		send_text(socket, text->bytes, text->length);
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
		close_socket(socket, CLOSE_POLICY);
		return;
	}
	if (socket->pinged_ns == 0 && now_ns - socket->greeted_ns >= PING_EVERY_NS) {
		static const char PING[] = "{\"type\":\"ping\"}";
		socket->pinged_ns = socket->greeted_ns = now_ns;
		send_text(socket, PING, sizeof(PING) - 1);
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
	send_text(socket, greeting, (size_t)length);
}

void served_socket_closed(void *user, struct service_socket *peer)
{
	struct lighter_service *service = user;
	struct served_socket *socket = find_socket(service, peer);
	if (socket == NULL)
		return;
	doom(socket);
	bury(service);
}

void served_sockets_free(struct lighter_service *service)
{
	for (struct served_socket *socket = service->sockets; socket != NULL; socket = socket->next)
		doom(socket);
	bury(service);
}

/* ---- publishing --------------------------------------------------------------------------------
 */

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
static void send_private(struct served_socket *socket, const struct served_text *frame)
{
	struct lighter_service *service = socket->service;
	if (served_strikes(service, "ws.gap_private", NULL))
		return;
	if (socket->delayed.length == 0 && served_strikes(service, "ws.reorder", NULL)) {
		reply_raw(&socket->delayed, frame->bytes, frame->length);
		return;
	}
	served_socket_send(socket, frame);
	if (served_strikes(service, "ws.dup", NULL))
		served_socket_send(socket, frame);
	if (socket->delayed.length > 0) {
		served_socket_send(socket, &socket->delayed);
		served_text_clear(&socket->delayed);
	}
}

void served_publish(struct lighter_service *service, enum served_channel channel, unsigned market,
		    unsigned account, const struct served_text *frame)
{
	bool private = is_private(channel);
	if (frame->failed || served_strikes(service, "net.down", NULL) ||
	    served_strikes(service, private ? "ws.private_silent" : "ws.silent", NULL))
		return;
	service->walking++;
	for (struct served_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		if (socket->doomed || !has_subscription(socket, channel, market, account))
			continue;
		if (served_strikes(service, "ws.kick", NULL)) {
			close_socket(socket, CLOSE_GOING_AWAY);
			continue;
		}
		if (served_strikes(service, "ws.cut", NULL)) {
			close_socket(socket, 0);
			continue;
		}
		if (private)
			send_private(socket, frame);
		else if (channel != STREAM_ORDER_BOOK || !served_strikes(service, "ws.gap", NULL))
			served_socket_send(socket, frame);
	}
	service->walking--;
	bury(service);
}

/* ---- subscribing -------------------------------------------------------------------------------
 */

/* "order_book/1", "market_stats/all", "account_orders/1/5501". 0, or the code. */
static int read_channel(struct lighter_service *service, const char *text,
			struct served_subscription *out)
{
	char parts[CHANNEL_TEXT_MAX + 1], *at = parts;
	size_t length = strlen(text);
	if (length > CHANNEL_TEXT_MAX)
		return 30005;
	memcpy(parts, text, length + 1);
	const char *name = strsep(&at, "/");
	const struct channel_row *row = NULL;
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
	char name[CHANNEL_TEXT_MAX + 1];
	reply_open(&text, NULL, '{');
	reply_text(&text, "type", "unsubscribed");
	reply_text(&text, "channel",
		   served_channel_name(socket->service, subscription, name, sizeof(name)));
	reply_close(&text, '}');
	served_socket_send(socket, &text);
	served_text_free(&text);
}

static void unsubscribe(struct served_socket *socket, const struct served_subscription *wanted)
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

static void subscribe(struct served_socket *socket, const struct served_subscription *wanted,
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

/* ---- messages ----------------------------------------------------------------------------------
 */

#define TOKEN_TEXT_MAX 511
#define ID_TEXT_MAX    64

/* The members of every message that this door understands; texts are NUL-terminated copies. */
struct message {
	char type[32];
	char channel[CHANNEL_TEXT_MAX + 1];
	char auth[TOKEN_TEXT_MAX + 1];
	bool has_data;
	const char *data; /* the object, raw */
	size_t data_length;
};

static bool take_text(const struct json_token *token, char *out, size_t size)
{
	return token->type == JSON_STRING && json_unescape(token, out, size);
}

/* 0, 30000 (no JSON) or 30007 (a member of a wrong kind). */
static int read_message(const char *text, size_t length, struct message *message)
{
	struct json_reader reader;
	struct json_token token;
	enum json_type type;
	int code = 0;
	json_reader_init(&reader, text, length);
	*message = (struct message){.has_data = false};
	if (json_next(&reader, &token) != JSON_OBJECT_BEGIN)
		return 30000;
	while ((type = json_next(&reader, &token)) == JSON_KEY) {
		struct json_token key = token;
		if (json_is(&key, "data")) {
			message->data = text + json_offset(&reader);
			if (!json_skip_value(&reader))
				return 30000;
			message->data_length =
				(size_t)(text + json_offset(&reader) - message->data);
			message->has_data = true;
			continue;
		}
		char *out = json_is(&key, "type")      ? message->type
			    : json_is(&key, "channel") ? message->channel
			    : json_is(&key, "auth")    ? message->auth
						       : NULL;
		size_t size = out == message->type	? sizeof(message->type)
			      : out == message->channel ? sizeof(message->channel)
							: sizeof(message->auth);
		if (out == NULL) {
			if (!json_skip_value(&reader))
				return 30000;
			continue;
		}
		type = json_next(&reader, &token);
		if (type == JSON_ERROR)
			return 30000;
		if (!take_text(&token, out, size)) {
			code = 30007;
			if ((type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN) &&
			    !json_skip_container(&reader))
				return 30000;
		}
	}
	if (type != JSON_OBJECT_END || json_next(&reader, &token) != JSON_END)
		return 30000;
	return code;
}

struct transaction_message {
	char id[ID_TEXT_MAX + 1];
	int64_t tx_type;
	const char *info; /* sendtx: the object, raw */
	size_t info_length;
	char *types, *infos; /* sendtxbatch: unescaped; owned */
};

static bool read_transaction_member(struct json_reader *reader, const struct json_token *key,
				    struct transaction_message *out)
{
	struct json_token token;
	if (json_is(key, "tx_info")) {
		struct json_reader before = *reader;
		if (!json_skip_value(reader))
			return false;
		out->info = before.at;
		out->info_length = (size_t)(reader->at - before.at);
		return true;
	}
	if (json_next(reader, &token) == JSON_NUMBER && json_is(key, "tx_type"))
		return json_to_i64(&token, &out->tx_type);
	if (json_is(key, "id"))
		return take_text(&token, out->id, sizeof(out->id));
	char **text = json_is(key, "tx_types")	 ? &out->types
		      : json_is(key, "tx_infos") ? &out->infos
						 : NULL;
	if (text == NULL)
		return token.type != JSON_OBJECT_BEGIN && token.type != JSON_ARRAY_BEGIN;
	if (token.type != JSON_STRING || *text != NULL)
		return false;
	*text = malloc(token.length + 1);
	return *text != NULL && json_unescape(&token, *text, token.length + 1);
}

static bool read_transaction(const struct message *message, struct transaction_message *out)
{
	struct json_reader reader;
	struct json_token token;
	enum json_type type;
	*out = (struct transaction_message){.tx_type = -1};
	if (!message->has_data)
		return false;
	json_reader_init(&reader, message->data, message->data_length);
	if (json_next(&reader, &token) != JSON_OBJECT_BEGIN)
		return false;
	while ((type = json_next(&reader, &token)) == JSON_KEY) {
		struct json_token key = token;
		if (!read_transaction_member(&reader, &key, out))
			return false;
	}
	return type == JSON_OBJECT_END;
}

/* The answer as one frame, spoiled as the receipt says. */
static void answer_transaction(struct served_socket *socket, const char *type, const char *id,
			       const struct served_receipt *receipt)
{
	struct served_text text = {0};
	const char *told = receipt->swapped && socket->last_id[0] != '\0' ? socket->last_id : id;
	if (receipt->code != 200 && id[0] == '\0') {
		served_socket_error(socket, receipt->code, receipt->message);
		return;
	}
	reply_open(&text, NULL, '{');
	reply_text(&text, "type", type);
	if (id[0] != '\0')
		reply_text(&text, "id", told);
	served_put_receipt(&text, receipt);
	reply_close(&text, '}');
	switch (receipt->spoil) {
	case SPOIL_NOTHING:
	case SPOIL_TYPE:
		served_socket_send(socket, &text);
		break;
	case SPOIL_DROP:
		break;
	case SPOIL_CLOSE:
		close_socket(socket, CLOSE_GOING_AWAY);
		break;
	case SPOIL_RESET:
		close_socket(socket, 0);
		break;
	case SPOIL_STATUS:
		served_socket_error(socket, 29500, NULL);
		break;
	case SPOIL_TRUNCATED:
		send_text(socket, text.bytes, text.length / 2);
		break;
	case SPOIL_PAGE:
		send_text(socket, "<html><body>OK</body></html>", 28);
		break;
	case SPOIL_EMPTY:
		send_text(socket, "{}", 2);
		break;
	}
	served_text_free(&text);
}

/* An answer that waits for its order's frames (ws.before_ack) goes out with the first of them. */
static void answer_or_wait(struct served_socket *socket, const char *type, const char *id,
			   const struct served_receipt *receipt)
{
	if (receipt->answer_after == NULL || receipt->spoil != SPOIL_NOTHING) {
		answer_transaction(socket, type, id, receipt);
		return;
	}
	served_text_clear(&socket->waiting);
	reply_open(&socket->waiting, NULL, '{');
	reply_text(&socket->waiting, "type", type);
	if (id[0] != '\0')
		reply_text(&socket->waiting, "id", id);
	served_put_receipt(&socket->waiting, receipt);
	reply_close(&socket->waiting, '}');
	socket->waits_for = receipt->answer_after;
}

void served_sockets_release(struct lighter_service *service, const struct served_order *order)
{
	for (struct served_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		if (socket->waits_for != order)
			continue;
		socket->waits_for = NULL;
		served_socket_send(socket, &socket->waiting);
	}
}

static void take_transaction(struct served_socket *socket, const struct message *message,
			     bool batch)
{
	struct lighter_service *service = socket->service;
	struct transaction_message wanted;
	struct served_receipt receipt = {.status = 400, .code = 21501, .batch = batch};
	struct served_batch several = {.count = 0};
	bool well = read_transaction(message, &wanted);
	receipt.message = served_message(21501);
	if (well && batch && wanted.types != NULL && wanted.infos != NULL) {
		receipt.code = served_batch_read(wanted.types, wanted.infos, &several);
		receipt.message = served_message(receipt.code);
		if (receipt.code == 0)
			served_submit(service, several.payloads, several.count, true, true,
				      &receipt);
	} else if (well && !batch && wanted.info != NULL && wanted.tx_type >= 0) {
		const struct served_payload payload = {wanted.tx_type, wanted.info,
						       wanted.info_length};
		served_submit(service, &payload, 1, false, true, &receipt);
	}
	answer_or_wait(socket, batch ? "jsonapi/sendtxbatch" : "jsonapi/sendtx", wanted.id,
		       &receipt);
	memcpy(socket->last_id, wanted.id, sizeof(socket->last_id));
	free(several.room);
	free(wanted.types);
	free(wanted.infos);
}

static void take_message(struct served_socket *socket, const struct message *message)
{
	static const char PONG[] = "{\"type\":\"pong\"}";
	struct served_subscription wanted;
	if (strcmp(message->type, "ping") == 0) {
		send_text(socket, PONG, sizeof(PONG) - 1);
	} else if (strcmp(message->type, "pong") == 0) {
		socket->pinged_ns = 0;
	} else if (strcmp(message->type, "jsonapi/sendtx") == 0) {
		take_transaction(socket, message, false);
	} else if (strcmp(message->type, "jsonapi/sendtxbatch") == 0) {
		take_transaction(socket, message, true);
	} else if (strcmp(message->type, "subscribe") == 0 ||
		   strcmp(message->type, "unsubscribe") == 0) {
		int code = read_channel(socket->service, message->channel, &wanted);
		if (code != 0) {
			char text[CHANNEL_TEXT_MAX + 40];
			snprintf(text, sizeof(text), "Invalid Channel:  (%s)", message->channel);
			served_socket_error(socket, code, text);
		} else if (message->type[0] == 's') {
			subscribe(socket, &wanted, message->auth);
		} else {
			unsubscribe(socket, &wanted);
		}
	} else {
		served_socket_error(socket, 30001, NULL);
	}
}

void served_socket_message(void *user, struct service_socket *peer, const char *text, size_t length)
{
	struct lighter_service *service = user;
	struct served_socket *socket = find_socket(service, peer);
	struct message message;
	if (socket == NULL)
		return;
	int64_t now_ns = scheduler_now(service->scheduler);
	socket->heard_ns = now_ns;
	if (served_strikes(service, "net.down", NULL))
		return;
	int code = read_message(text, length, &message);
	if (code != 0) {
		served_socket_error(socket, code, NULL);
		return;
	}
	bool transaction = strncmp(message.type, "jsonapi/", 8) == 0;
	if (service->rate_limits && !transaction &&
	    !served_minute_spend(&socket->messages, now_ns, 1, MESSAGES_PER_MINUTE)) {
		served_socket_error(socket, 30009, NULL);
		return;
	}
	/* Closing from inside must not free what is in use. */
	service->walking++;
	take_message(socket, &message);
	service->walking--;
	bury(service);
}
