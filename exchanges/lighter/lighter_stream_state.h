/* Inside of lighter_stream.c and lighter_stream_market.c. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STREAM_STATE_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STREAM_STATE_H

#include "core/net/rate_limiter.h"
#include "exchanges/lighter/lighter_stream.h"

#define STREAM_MARKET_ENTRIES (LIGHTER_MARKETS * LIGHTER_MARKET_CHANNELS)
#define STREAM_ENTRIES	      (STREAM_MARKET_ENTRIES + LIGHTER_CHANNELS - LIGHTER_MARKET_CHANNELS)

struct subscription {
	bool wanted;
	enum lighter_subscription state;
	int64_t asked_ns; /* when the message that it waits for was sent; 0 = not sent */
	uint64_t turn;	  /* of that message: errors name no channel, the oldest is meant */
};

struct market_stream {
	bool known;
	instrument_id instrument;
	struct lighter_scale scale;
	/* The book's chain. */
	struct order_book *book; /* owned; made with the first snapshot */
	uint64_t begin_nonce, nonce;
	/* The newest of ticker and book. */
	struct price bid, ask;
	bool stats_wanted;
	bool marked, estimated, boundary_marked, interest_told;
	struct money mark, boundary_mark;
	int64_t mark_ns, boundary_ns; /* venue time */
	struct rate estimate;
	int64_t estimate_boundary_ns, estimate_received_ns;
	int64_t settled_ns;
	int64_t interest_units;
	uint64_t last_trade;
};

struct lighter_stream {
	struct lighter_stream_options options;
	struct lighter_stream_sink sink;
	void *user;
	bool up;
	bool restless;
	int64_t data_ns; /* when a channel last said something */
	bool emitted;	 /* a market event came of the message at hand */
	uint64_t turn;
	unsigned wanted;
	struct subscription entries[STREAM_ENTRIES];
	struct market_stream markets[LIGHTER_MARKETS];
	struct rate_limiter own_budget;
	struct rate_limiter *budget;
	struct book_level *bids, *asks; /* owned: the levels of the message at hand */
	struct lighter_stream_counts counts;
};

static inline bool stream_of_market(enum lighter_channel channel)
{
	return channel < LIGHTER_MARKET_CHANNELS;
}

void stream_enter(struct subscription *entry, enum lighter_subscription state);
/* Unsubscribes what is subscribed; what is wanted all the same is asked for again afterwards. */
void stream_leave(struct subscription *entry);
/* The first data frame of what was asked for. */
void stream_live(struct lighter_stream *stream, struct subscription *entry,
		 enum lighter_channel channel, int64_t market);

void stream_emit(struct lighter_stream *stream, const struct market_event *event);
struct market_event stream_event(const struct lighter_stream *stream, int64_t local_ns,
				 int64_t exch_ns, instrument_id instrument,
				 enum market_event_kind kind);
void stream_emit_connection(struct lighter_stream *stream, int64_t local_ns,
			    instrument_id instrument, enum connection_state state);

/* The book is of no use until the next snapshot, which is asked for. */
void stream_gap(struct lighter_stream *stream, struct market_stream *market,
		struct subscription *entry, int64_t received_ns, const char *why);
void stream_on_book(struct lighter_stream *stream, const struct lighter_frame *frame,
		    struct market_stream *market, struct subscription *entry, int64_t received_ns);
/* Ticker, trades (of `market`) and statistics (of all). */
void stream_on_market(struct lighter_stream *stream, const struct lighter_frame *frame,
		      struct market_stream *market, int64_t received_ns);

#endif
