#include "exchanges/hyperliquid/hyperliquid_codec_frames.h"

#include "exchanges/hyperliquid/hyperliquid_codec_account.h"

#include <string.h>

/* Echoed subscriptions are small; longer texts speak of none of ours. */
#define ERROR_TEXT_MAX 1023

static enum hyperliquid_channel channel_of(const struct hyperliquid_value *name)
{
	static const struct {
		const char *name;
		enum hyperliquid_channel channel;
	} channels[] = {
		{"bbo", HYPERLIQUID_CHANNEL_BBO},
		{"l2Book", HYPERLIQUID_CHANNEL_BOOK},
		{"activeAssetCtx", HYPERLIQUID_CHANNEL_CONTEXT},
		{"trades", HYPERLIQUID_CHANNEL_TRADES},
		{"post", HYPERLIQUID_CHANNEL_POST},
		{"orderUpdates", HYPERLIQUID_CHANNEL_ORDER_UPDATES},
		{"userFills", HYPERLIQUID_CHANNEL_USER_FILLS},
		{"userFundings", HYPERLIQUID_CHANNEL_USER_FUNDINGS},
		{"clearinghouseState", HYPERLIQUID_CHANNEL_CLEARINGHOUSE},
		{"subscriptionResponse", HYPERLIQUID_CHANNEL_SUBSCRIPTION},
		{"error", HYPERLIQUID_CHANNEL_ERROR},
		{"pong", HYPERLIQUID_CHANNEL_PONG},
	};
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (hyperliquid_is(name, channels[i].name))
			return channels[i].channel;
	return HYPERLIQUID_CHANNEL_OTHER;
}

struct hyperliquid_frame hyperliquid_decode_frame(const char *text, size_t length)
{
	static const char greeting[] = "Websocket connection established";
	static const char *const names[] = {"channel", "data"};
	struct hyperliquid_frame frame = {.channel = HYPERLIQUID_CHANNEL_UNSOUND,
					  .data = {.type = JSON_ERROR, .text = ""}};
	struct hyperliquid_value document, values[2];
	if (length >= sizeof(greeting) - 1 && memcmp(text, greeting, sizeof(greeting) - 1) == 0) {
		frame.channel = HYPERLIQUID_CHANNEL_GREETING;
		return frame;
	}
	if (!hyperliquid_document(text, length, &document) ||
	    !hyperliquid_members(&document, names, 2, values) || values[0].type != JSON_STRING)
		return frame;
	frame.channel = channel_of(&values[0]);
	frame.data = values[1];
	return frame;
}

const char *hyperliquid_feed_name(enum hyperliquid_feed feed)
{
	static const char *const names[HYPERLIQUID_FEEDS] = {
		[HYPERLIQUID_FEED_BBO] = "bbo",
		[HYPERLIQUID_FEED_BOOK] = "l2Book",
		[HYPERLIQUID_FEED_CONTEXT] = "activeAssetCtx",
		[HYPERLIQUID_FEED_TRADES] = "trades",
		[HYPERLIQUID_FEED_ORDER_UPDATES] = "orderUpdates",
		[HYPERLIQUID_FEED_USER_FILLS] = "userFills",
		[HYPERLIQUID_FEED_USER_FUNDINGS] = "userFundings",
		[HYPERLIQUID_FEED_CLEARINGHOUSE] = "clearinghouseState",
	};
	return feed < HYPERLIQUID_FEEDS ? names[feed] : "";
}

static bool read_subscription(const struct hyperliquid_value *value,
			      struct hyperliquid_subscription *subscription)
{
	static const char *const names[] = {"type", "coin"};
	struct hyperliquid_value values[2];
	if (!hyperliquid_members(value, names, 2, values))
		return false;
	for (int feed = 0; feed < HYPERLIQUID_FEEDS; feed++) {
		if (!hyperliquid_is(&values[0], hyperliquid_feed_name((enum hyperliquid_feed)feed)))
			continue;
		subscription->feed = (enum hyperliquid_feed)feed;
		subscription->coin.name[0] = '\0';
		return hyperliquid_missing(&values[1]) ||
		       hyperliquid_copy(&values[1], subscription->coin.name,
					sizeof(subscription->coin.name));
	}
	return false;
}

/* "Already subscribed: {...}", "Invalid subscription {...}": the JSON inside the text. */
static enum hyperliquid_ack read_error(const struct hyperliquid_value *data,
				       struct hyperliquid_subscription *subscription)
{
	char text[ERROR_TEXT_MAX + 1];
	struct hyperliquid_value inner;
	if (!hyperliquid_copy(data, text, sizeof(text)))
		return HYPERLIQUID_ACK_NONE;
	const char *json = strchr(text, '{');
	if (json == NULL || !hyperliquid_document(json, strlen(json), &inner) ||
	    !read_subscription(&inner, subscription))
		return HYPERLIQUID_ACK_NONE;
	if (strncmp(text, "Already subscribed", strlen("Already subscribed")) == 0)
		return HYPERLIQUID_ACK_SUBSCRIBED;
	if (strncmp(text, "Already unsubscribed", strlen("Already unsubscribed")) == 0)
		return HYPERLIQUID_ACK_UNSUBSCRIBED;
	return HYPERLIQUID_ACK_REFUSED;
}

enum hyperliquid_ack hyperliquid_decode_ack(const struct hyperliquid_frame *frame,
					    struct hyperliquid_subscription *subscription)
{
	static const char *const names[] = {"method", "subscription"};
	struct hyperliquid_value values[2];
	if (frame->channel == HYPERLIQUID_CHANNEL_ERROR)
		return read_error(&frame->data, subscription);
	if (frame->channel != HYPERLIQUID_CHANNEL_SUBSCRIPTION ||
	    !hyperliquid_members(&frame->data, names, 2, values) ||
	    !read_subscription(&values[1], subscription))
		return HYPERLIQUID_ACK_NONE;
	if (hyperliquid_is(&values[0], "subscribe"))
		return HYPERLIQUID_ACK_SUBSCRIBED;
	return hyperliquid_is(&values[0], "unsubscribe") ? HYPERLIQUID_ACK_UNSUBSCRIBED
							 : HYPERLIQUID_ACK_NONE;
}

bool hyperliquid_decode_post(const struct hyperliquid_value *data,
			     struct hyperliquid_post_answer *answer)
{
	static const char *const outer[] = {"id", "response"};
	static const char *const inner[] = {"type", "payload"};
	static const char *const info[] = {"data"};
	struct hyperliquid_value values[2], parts[2];
	memset(answer, 0, sizeof(*answer));
	if (!hyperliquid_members(data, outer, 2, values) ||
	    !hyperliquid_u64(&values[0], &answer->id) ||
	    !hyperliquid_members(&values[1], inner, 2, parts))
		return false;
	answer->payload = parts[1];
	answer->is_action = hyperliquid_is(&parts[0], "action");
	answer->is_error = hyperliquid_is(&parts[0], "error");
	if (hyperliquid_is(&parts[0], "info"))
		return hyperliquid_members(&parts[1], info, 1, &answer->payload);
	return answer->is_action || answer->is_error;
}

bool hyperliquid_decode_context_frame(const struct hyperliquid_value *data,
				      struct hyperliquid_coin *coin,
				      struct hyperliquid_context *context)
{
	static const char *const names[] = {"coin", "ctx"};
	struct hyperliquid_value values[2];
	return hyperliquid_members(data, names, 2, values) &&
	       hyperliquid_copy(&values[0], coin->name, sizeof(coin->name)) &&
	       hyperliquid_decode_context(&values[1], context);
}

bool hyperliquid_decode_user_rows(const struct hyperliquid_value *data, const char *name,
				  struct hyperliquid_user_rows *rows)
{
	const char *const names[] = {"user", "isSnapshot", name};
	struct hyperliquid_value values[3];
	if (!hyperliquid_members(data, names, 3, values) ||
	    !hyperliquid_address(&values[0], rows->user) ||
	    !hyperliquid_flag(&values[1], &rows->snapshot))
		return false;
	rows->rows = values[2];
	return rows->rows.type == JSON_ARRAY_BEGIN;
}
