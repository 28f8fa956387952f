/*
 * Frames of Lighter's WebSocket (venues/lighter.md §2): one text -> what it is about, and its
 * payload as slots that point into the text. Pure. What is not understood is FRAME_OTHER and says
 * only that the connection lives.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_FRAME_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_FRAME_H

#include "exchanges/lighter/lighter_codec.h"

enum lighter_channel {
	LIGHTER_BOOK,	    /* order_book/{market} */
	LIGHTER_TICKER,	    /* ticker/{market} */
	LIGHTER_TRADES,	    /* trade/{market} */
	LIGHTER_STATS,	    /* market_stats/all */
	LIGHTER_ORDERS,	    /* account_all_orders/{account} */
	LIGHTER_FILLS,	    /* account_all_trades/{account} */
	LIGHTER_POSITIONS,  /* account_all_positions/{account} */
	LIGHTER_USER_STATS, /* user_stats/{account} */
	LIGHTER_CHANNELS,
};
#define LIGHTER_MARKET_CHANNELS 3 /* the first three are per market */
/* "order_book", ... */
const char *lighter_channel_name(enum lighter_channel channel);

enum lighter_frame_kind {
	FRAME_OTHER,
	FRAME_CONNECTED,
	FRAME_PING, /* the server's: to be answered at once */
	FRAME_PONG,
	FRAME_UNSUBSCRIBED,
	FRAME_CHANNEL, /* data of a channel */
	FRAME_ANSWER,  /* of jsonapi/sendtx or sendtxbatch */
	FRAME_ERROR,   /* {"error":{..}} without more */
};

struct lighter_frame {
	enum lighter_frame_kind kind;
	bool known_channel; /* CHANNEL, UNSUBSCRIBED: `channel` is one of ours */
	enum lighter_channel channel;
	bool snapshot;	/* CHANNEL: subscribed/..., the first frame after subscribing */
	int64_t number; /* of the channel: market or account; -1 = "all" or none */
	int64_t time_ns;
	uint64_t nonce;		      /* 0 = none */
	struct lighter_slot payload;  /* order_book, ticker, market_stats, trades, orders, ... */
	struct lighter_slot payload2; /* liquidation_trades; funding_histories */
	/* ANSWER, ERROR */
	bool has_id;
	uint64_t id;
	bool has_code;
	int64_t code;
	char message[160];
	struct lighter_slot tx_hash;
};
/* False: not one sound JSON object. */
bool lighter_frame_read(const char *text, size_t length, struct lighter_frame *frame);

struct lighter_book_frame {
	uint64_t nonce, begin_nonce;
	bool has_begin;
	int64_t time_ns; /* last_updated_at; 0 = not said */
	uint32_t bid_count, ask_count;
};
/* The payload of an order_book frame; levels go into the caller's buffers, `capacity` a side. */
enum lighter_result lighter_book_read(const struct lighter_frame *frame,
				      const struct lighter_scale *scale, struct book_level *bids,
				      struct book_level *asks, uint32_t capacity,
				      struct lighter_book_frame *book);

struct lighter_ticker_frame {
	struct book_level bid, ask; /* 0 and 0: that side is empty */
	int64_t time_ns;
};
enum lighter_result lighter_ticker_read(const struct lighter_frame *frame,
					const struct lighter_scale *scale,
					struct lighter_ticker_frame *ticker);

/* One market of a market_stats frame. */
struct lighter_stats {
	int64_t market;
	unsigned mark_fields;
	struct money mark, index;
	bool estimate_known, settled_known, open_interest_known;
	struct rate estimate;	    /* of the coming payment, per interval */
	struct rate settled;	    /* of the last payment */
	int64_t settled_ns;	    /* made then */
	struct money open_interest; /* USDC */
};
enum lighter_result lighter_stats_read(const struct lighter_slot *object,
				       struct lighter_stats *stats);

/* user_stats: collateral and what is free. */
enum lighter_result lighter_user_stats_read(const struct lighter_frame *frame,
					    struct money *collateral, struct money *available);

#endif
