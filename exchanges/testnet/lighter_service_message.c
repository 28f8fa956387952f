/* What clients say over the WebSocket: requests, transactions, errors (§2.2, §2.6, §2.8). */
#include "exchanges/testnet/lighter_service_state.h"

#include "core/base/json_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_PER_MINUTE 200

#define TOKEN_TEXT_MAX 511
#define ID_TEXT_MAX    64

/* The members of every message that this door understands; texts are NUL-terminated copies. */
struct message {
	char type[32];
	char channel[SERVED_CHANNEL_MAX + 1];
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
		served_socket_close(socket, SERVED_CLOSE_AWAY);
		break;
	case SPOIL_RESET:
		served_socket_close(socket, 0);
		break;
	case SPOIL_STATUS:
		served_socket_error(socket, 29500, NULL);
		break;
	case SPOIL_TRUNCATED:
		served_socket_text(socket, text.bytes, text.length / 2);
		break;
	case SPOIL_PAGE:
		served_socket_text(socket, "<html><body>OK</body></html>", 28);
		break;
	case SPOIL_EMPTY:
		served_socket_text(socket, "{}", 2);
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
		served_socket_text(socket, PONG, sizeof(PONG) - 1);
	} else if (strcmp(message->type, "pong") == 0) {
		socket->pinged_ns = 0;
	} else if (strcmp(message->type, "jsonapi/sendtx") == 0) {
		take_transaction(socket, message, false);
	} else if (strcmp(message->type, "jsonapi/sendtxbatch") == 0) {
		take_transaction(socket, message, true);
	} else if (strcmp(message->type, "subscribe") == 0 ||
		   strcmp(message->type, "unsubscribe") == 0) {
		int code = served_channel_read(socket->service, message->channel, &wanted);
		if (code == 30006) {
			served_socket_error(socket, code, NULL);
		} else if (code != 0) {
			char text[SERVED_CHANNEL_MAX + 40];
			snprintf(text, sizeof(text), "Invalid Channel:  (%s)", message->channel);
			served_socket_error(socket, code, text);
		} else if (message->type[0] == 's') {
			served_subscribe(socket, &wanted, message->auth);
		} else {
			served_unsubscribe(socket, &wanted);
		}
	} else {
		served_socket_error(socket, 30001, NULL);
	}
}

void served_socket_message(void *user, struct service_socket *peer, const char *text, size_t length)
{
	struct lighter_service *service = user;
	struct served_socket *socket = served_socket_find(service, peer);
	struct message message;
	if (socket == NULL)
		return;
	int64_t now_ns = scheduler_now(service->scheduler);
	socket->heard_ns = now_ns;
	if (served_strikes(service, "net.down", NULL)) {
		served_sockets_cut(service);
		return;
	}
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
	served_sockets_bury(service);
}
