/*
 * WebSocket frames of Hyperliquid (venues/hyperliquid.md §5): which channel a text belongs to, and
 * its `data` as a span for the other codecs.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_FRAMES_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_FRAMES_H

#include "exchanges/hyperliquid/hyperliquid_codec.h"

enum hyperliquid_channel {
	HYPERLIQUID_CHANNEL_GREETING, /* plain text after the handshake */
	HYPERLIQUID_CHANNEL_UNSOUND,  /* no JSON, or no frame */
	HYPERLIQUID_CHANNEL_OTHER,    /* a frame of a channel that nobody reads */
	HYPERLIQUID_CHANNEL_PONG,
	HYPERLIQUID_CHANNEL_ERROR, /* data: a text */
	HYPERLIQUID_CHANNEL_SUBSCRIPTION,
	HYPERLIQUID_CHANNEL_POST,
	HYPERLIQUID_CHANNEL_BBO,
	HYPERLIQUID_CHANNEL_BOOK,
	HYPERLIQUID_CHANNEL_CONTEXT,
	HYPERLIQUID_CHANNEL_TRADES,
	HYPERLIQUID_CHANNEL_ORDER_UPDATES,
	HYPERLIQUID_CHANNEL_USER_FILLS,
	HYPERLIQUID_CHANNEL_USER_FUNDINGS,
	HYPERLIQUID_CHANNEL_CLEARINGHOUSE,
};
struct hyperliquid_frame {
	enum hyperliquid_channel channel;
	struct hyperliquid_value data; /* absent where the frame has none */
};
struct hyperliquid_frame hyperliquid_decode_frame(const char *text, size_t length);

/* The subscriptions that this program makes, by `type`. */
enum hyperliquid_feed {
	HYPERLIQUID_FEED_BBO,
	HYPERLIQUID_FEED_BOOK,
	HYPERLIQUID_FEED_CONTEXT,
	HYPERLIQUID_FEED_TRADES,
	HYPERLIQUID_FEED_ORDER_UPDATES, /* from here on of a user, not of a coin */
	HYPERLIQUID_FEED_USER_FILLS,
	HYPERLIQUID_FEED_USER_FUNDINGS,
	HYPERLIQUID_FEED_CLEARINGHOUSE,
	HYPERLIQUID_FEEDS,
};
const char *hyperliquid_feed_name(enum hyperliquid_feed feed); /* "l2Book", ... */

enum hyperliquid_ack {
	HYPERLIQUID_ACK_SUBSCRIBED, /* or "Already subscribed" */
	HYPERLIQUID_ACK_UNSUBSCRIBED,
	HYPERLIQUID_ACK_REFUSED,
	HYPERLIQUID_ACK_NONE, /* speaks of no subscription of ours */
};
struct hyperliquid_subscription {
	enum hyperliquid_feed feed;
	struct hyperliquid_coin coin; /* "" for feeds of a user */
};
/* Of a SUBSCRIPTION or ERROR frame's data: what it says about which subscription. */
enum hyperliquid_ack hyperliquid_decode_ack(const struct hyperliquid_frame *frame,
					    struct hyperliquid_subscription *subscription);

struct hyperliquid_post_answer {
	uint64_t id;
	bool is_action;			  /* payload: the action's answer */
	bool is_error;			  /* payload: a text such as "429: ..." */
	struct hyperliquid_value payload; /* for `info` the answer itself (payload.data) */
};
bool hyperliquid_decode_post(const struct hyperliquid_value *data,
			     struct hyperliquid_post_answer *answer);

/* {coin, ctx} of activeAssetCtx. */
bool hyperliquid_decode_context_frame(const struct hyperliquid_value *data,
				      struct hyperliquid_coin *coin,
				      struct hyperliquid_context *context);
/* userFills and userFundings: {user, isSnapshot?, fills | fundings}. */
struct hyperliquid_user_rows {
	bool snapshot;
	uint8_t user[20];
	struct hyperliquid_value rows;
};
bool hyperliquid_decode_user_rows(const struct hyperliquid_value *data, const char *name,
				  struct hyperliquid_user_rows *rows);

#endif
