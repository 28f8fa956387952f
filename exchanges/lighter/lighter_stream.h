/*
 * What is subscribed on one Lighter WebSocket, and what its frames mean (venues/lighter.md §2): a
 * pure state machine of texts and times. It keeps the order books' chains, asks again where a chain
 * broke, spreads its messages over the venue's allowance, and turns frames into market events.
 *
 *             want                ask                first frame
 *   IDLE ──────────► TO_ASK ──────────► ASKED ──────────► LIVE
 *                      ▲   <- acknowledged   │ gap, unwanted, renewed
 *                      └────────── LEAVING ◄─┘
 *
 * A book update applies iff its begin_nonce is the last nonce (§2.3). Anything else, a crossed
 * book and an unreadable frame are a GAP: nothing of the book counts until the next snapshot, which
 * is asked for after the venue acknowledged the end of the old subscription. Account frames and
 * answers to transactions are handed on as they are.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STREAM_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STREAM_H

#include "core/market/order_book.h"
#include "core/net/rate_limiter.h"
#include "exchanges/lighter/lighter_frame.h"

/* The smaller ones of the documented limits (§2.1). */
#define LIGHTER_SUBSCRIPTIONS_MAX 100
#define LIGHTER_IN_FLIGHT_MAX	  40
#define LIGHTER_MESSAGE_BURST	  60  /* at once, and so many ... */
#define LIGHTER_MESSAGES_A_MINUTE 120 /* ... regained in a minute: under 200 in any */
#define LIGHTER_ANSWER_WITHIN_NS  INT64_C(5000000000)
/* Pongs prove a socket, not a feed: without any data for so long it is opened anew. */
#define LIGHTER_SILENCE_NS INT64_C(90000000000)
/* Levels a side of one message; a message with more is unreadable. */
#define LIGHTER_LEVELS_MAX 32768

struct lighter_stream;

struct lighter_stream_options {
	/* Of client messages, where several connections of one IP share it; NULL: its own. */
	struct rate_limiter *budget;
	unsigned in_flight; /* subscriptions unanswered at once; 0: LIGHTER_IN_FLIGHT_MAX */
	venue_id venue;
	uint16_t connection;
	int64_t account_index;	     /* of the account channels */
	int64_t funding_interval_ns; /* > 0 */
};

enum lighter_subscription {
	SUBSCRIPTION_IDLE,
	SUBSCRIPTION_TO_ASK,
	SUBSCRIPTION_ASKED,
	SUBSCRIPTION_LIVE,
	SUBSCRIPTION_LEAVING,
	SUBSCRIPTION_REFUSED, /* by the venue; asked again after the next connect */
};

struct lighter_stream_sink {
	/* Borrowed until it returns. */
	void (*market)(void *user, const struct market_event *event);
	/* False: not sent, the connection cannot take it. */
	bool (*send)(void *user, const char *text, size_t length);
	/* A token for account channels; NULL: none to be had now. */
	const char *(*auth)(void *user);
	/* Data of an account channel; borrowed. */
	void (*account)(void *user, const struct lighter_frame *frame, int64_t received_ns);
	/* An answer to a transaction, or an error that may be one (§2.6). */
	void (*answer)(void *user, const struct lighter_frame *frame, int64_t received_ns);
	/* A subscription became LIVE or REFUSED. */
	void (*subscribed)(void *user, enum lighter_channel channel, int64_t market, bool live,
			   const char *why);
	/* The venue read its clock between these two local times. */
	void (*clock_sample)(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns);
};

/* As LIGHTER_MESSAGE_BURST and LIGHTER_MESSAGES_A_MINUTE say. */
void lighter_stream_budget_init(struct rate_limiter *budget, int64_t now_ns);
/* NULL: out of memory. */
struct lighter_stream *lighter_stream_create(const struct lighter_stream_options *options,
					     const struct lighter_stream_sink *sink, void *user,
					     int64_t now_ns);
void lighter_stream_free(struct lighter_stream *stream);

/* Makes a market known (again: its instrument or decimals changed; a live book starts anew). */
void lighter_stream_market(struct lighter_stream *stream, int64_t market, instrument_id instrument,
			   struct lighter_scale scale);
/*
 * Wants or no longer wants a channel; market is ignored for the channels that have none. False:
 * LIGHTER_SUBSCRIPTIONS_MAX are wanted already, or the market is not known.
 */
bool lighter_stream_want(struct lighter_stream *stream, enum lighter_channel channel,
			 int64_t market, bool wanted);
/* Subscriptions that may still be wanted here, and those that are. */
unsigned lighter_stream_room(const struct lighter_stream *stream);
unsigned lighter_stream_wanted(const struct lighter_stream *stream);
enum lighter_subscription lighter_stream_state(const struct lighter_stream *stream,
					       enum lighter_channel channel, int64_t market);
/* Account channels are left and asked for again: a new token. */
void lighter_stream_renew_account(struct lighter_stream *stream);

void lighter_stream_up(struct lighter_stream *stream, int64_t now_ns);
void lighter_stream_down(struct lighter_stream *stream, int64_t now_ns);
void lighter_stream_message(struct lighter_stream *stream, const char *text, size_t length,
			    int64_t received_ns);
/*
 * Sends what is due and may be sent; returns when it wants to be called again (INT64_MAX: after
 * the next change). *overdue: the venue left a subscription unanswered, or sends
 * no data any more; connect anew.
 */
int64_t lighter_stream_poll(struct lighter_stream *stream, int64_t now_ns, bool *overdue);

/* A frame made something to send: poll now. */
bool lighter_stream_restless(const struct lighter_stream *stream);

/* The newest touch known of a market, book or ticker, and its mark; false where nothing is. */
bool lighter_stream_touch(const struct lighter_stream *stream, int64_t market, struct price *bid,
			  struct price *ask);
bool lighter_stream_mark(const struct lighter_stream *stream, int64_t market, struct money *mark,
			 int64_t *venue_ns);
/* The last estimate for the coming settlement, local time of its frame. */
bool lighter_stream_estimate(const struct lighter_stream *stream, int64_t market, struct rate *rate,
			     int64_t *boundary_ns, int64_t *received_ns);
/* The mark that stood when `boundary_ns` passed; false if none was seen just before it. */
bool lighter_stream_mark_at(const struct lighter_stream *stream, int64_t market,
			    int64_t boundary_ns, struct money *mark);

struct lighter_stream_counts {
	uint64_t frames, unreadable, gaps, crossed, snapshots, updates, early;
};
const struct lighter_stream_counts *lighter_stream_counts(const struct lighter_stream *stream);

#endif
