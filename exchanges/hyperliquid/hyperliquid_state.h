/*
 * Inside of the Hyperliquid client: what its parts share. hyperliquid_client.c puts it together,
 *
 *   _requests.c  bytes out and answers in: budget, nonce, signature, correlation, one answer each
 *   _start.c     what has to be true before anything is traded
 *   _session.c   clock, budget, rules and fees, settled rates
 *   _link.c      connection, subscriptions
 *   _commands.c  a command's life and what its answer proves as a whole; _placing.c,
 *                _cancelling.c, _settings.c the rest of it
 *   _doubts.c    what to do about an order whose outcome is not known
 *   _lookups.c   how one order stands
 *   _events.c    rows of the account as account events
 *   _account.c   the account's feeds
 *   _sync.c      how the account's picture is made whole after a gap, and kept so
 *   _reads.c     reads of markets; _account_reads.c reads of the account; _streamed.c those that
 *                the streams can answer
 *
 * Nothing here is for other rooms.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_STATE_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_STATE_H

#include "core/base/random.h"
#include "core/base/utc.h"
#include "core/net/clock_offset.h"
#include "core/net/rate_limiter.h"
#include "core/net/stream_link.h"
#include "exchanges/hyperliquid/hyperliquid_client.h"
#include "exchanges/hyperliquid/hyperliquid_codec_account.h"
#include "exchanges/hyperliquid/hyperliquid_codec_answers.h"
#include "exchanges/hyperliquid/hyperliquid_codec_frames.h"
#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"
#include "exchanges/hyperliquid/hyperliquid_markets.h"
#include "exchanges/hyperliquid/hyperliquid_nonce.h"
#include "exchanges/hyperliquid/hyperliquid_orders.h"
#include "exchanges/hyperliquid/hyperliquid_stream.h"
#include "exchanges/streamed_account.h"

#define HYPERLIQUID_CONNECTION	 1    /* the one WebSocket, as events name it */
#define HYPERLIQUID_REQUESTS_MAX 1024 /* under way or waiting for budget; more is a bug */
#define HYPERLIQUID_POSTS_MAX	 80   /* of 100 that may be in flight (§5.3) */
#define HYPERLIQUID_CALLS_MAX	 1024 /* commands and reads under way; more is a bug */
#define HYPERLIQUID_DOUBTS_MAX	 64   /* further ones are left to the absence proof */
#define HYPERLIQUID_WAITERS_MAX	 512  /* subscriptions not acknowledged yet */
#define HYPERLIQUID_BODY_TEXT	 256
/* A state whose newest word is older answers no read (streamed_is_enough). */
#define HYPERLIQUID_STREAMED_AGE_NS (5 * NS_PER_SECOND)
#define HYPERLIQUID_BUDGET_RESERVE  500 /* actions kept for exits (§6.1) */
/* Requests of the client's own, e.g. at start, give up after this (§1.1: at least 10 s). */
#define HYPERLIQUID_PATIENCE_NS (10 * NS_PER_SECOND)

struct hyperliquid_client;

/* ---- requests -------------------------------------------------------------------------------- */

enum hyperliquid_reply_outcome {
	HYPERLIQUID_REPLY_ANSWERED,   /* value: JSON of a 200, or of a post */
	HYPERLIQUID_REPLY_NEVER_SENT, /* proven */
	HYPERLIQUID_REPLY_UNKNOWN,
};
struct hyperliquid_reply {
	enum hyperliquid_reply_outcome outcome;
	struct hyperliquid_value value;
	int64_t sent_ns, received_ns;
	int64_t nonce_ms; /* of an action */
	const char *why;  /* when not ANSWERED: a sentence for a person */
};
typedef void (*hyperliquid_replied)(void *user, const struct hyperliquid_reply *reply);

/* POST /info; the body is copied. Waits for budget until give_up_ns. Completes once, later. */
void hyperliquid_ask(struct hyperliquid_client *client, enum request_priority priority,
		     int64_t weight, int64_t give_up_ns, hyperliquid_replied done, void *user,
		     const char *format, ...) __attribute__((format(printf, 7, 8)));
/* The venue counts a unit more for every 20 rows of a list (§6.1). */
void hyperliquid_charge_rows(struct hyperliquid_client *client, size_t rows);

/* Openings that the budgets let go now, if nothing else takes of them. */
int64_t hyperliquid_order_room(const struct hyperliquid_client *client);

struct hyperliquid_act_options {
	enum request_priority priority;
	unsigned members;	  /* of the batch: what it costs the address budget */
	int64_t nonce_ms;	  /* 0: a new one */
	int64_t expires_after_ms; /* 0 = none */
	int64_t give_up_ns;
};
/*
 * Signs and sends one action: a post while the socket is up, else POST /exchange. Never waits: what
 * finds no budget is NEVER_SENT. Completes once, later.
 */
void hyperliquid_act(struct hyperliquid_client *client, const struct hyperliquid_action *action,
		     const struct hyperliquid_act_options *options, hyperliquid_replied done,
		     void *user);
/* A frame of the `post` channel. */
void hyperliquid_post_answered(struct hyperliquid_client *client,
			       const struct hyperliquid_value *data, int64_t received_ns);
/* The socket is gone: every post under way is UNKNOWN. */
void hyperliquid_posts_lost(struct hyperliquid_client *client, const char *why);
/* One message over the socket, within its budget; false: not sent. */
bool hyperliquid_send(struct hyperliquid_client *client, const char *text, size_t length);
void hyperliquid_requests_free(struct hyperliquid_client *client);

/* ---- commands and doubts --------------------------------------------------------------------- */

void hyperliquid_command(struct hyperliquid_client *client, const struct command_request *request,
			 int64_t give_up_ns, command_done done, void *user);
void hyperliquid_commands_free(struct hyperliquid_client *client);
/* Learns from the text of any refusal: budget, nonces, the switch that this account has not. */
void hyperliquid_take_notice(struct hyperliquid_client *client, const char *text);

struct hyperliquid_doubted {
	uint32_t client_id;
	instrument_id instrument;
};
/* processed: its nonce is used up for certain, only the orders' states are to be found out. */
void hyperliquid_doubt(struct hyperliquid_client *client, int64_t nonce_ms, bool processed,
		       const struct hyperliquid_doubted *orders, size_t count);
void hyperliquid_doubts_stop(struct hyperliquid_client *client);

/* ---- account --------------------------------------------------------------------------------- */

/* READ_ORDER's way: orderStatus, and the fills where only they tell what was filled. On VALUE the
 * event is the order's state. */
typedef void (*hyperliquid_looked_up)(void *user, enum read_outcome outcome,
				      const struct account_event *event);
void hyperliquid_look_up(struct hyperliquid_client *client, uint32_t client_id, int64_t give_up_ns,
			 hyperliquid_looked_up done, void *user);
void hyperliquid_lookups_free(struct hyperliquid_client *client);

/* To the sink, once per fact, if the account is subscribed. */
void hyperliquid_tell_order(struct hyperliquid_client *client, const struct account_event *event);
/* False: of a market that is not ours. */
bool hyperliquid_fill_event(struct hyperliquid_client *client, const struct hyperliquid_fill *fill,
			    struct account_event *event);
bool hyperliquid_payment_event(struct hyperliquid_client *client,
			       const struct hyperliquid_payment *payment,
			       struct account_event *event);
/* *exact false: what was executed cannot be told from this row alone (reduce-only). */
bool hyperliquid_order_event(struct hyperliquid_client *client,
			     const struct hyperliquid_order_row *row, struct account_event *event,
			     bool *exact);
/* What the ledger is compared with: equity less what is not realised. */
struct money hyperliquid_cash(const struct hyperliquid_clearinghouse *state);
/* Free for a new cross position (§1.4); `withdrawable` is something else. */
struct money hyperliquid_free_margin(const struct hyperliquid_clearinghouse *state);

/* A sound clearinghouseState, of the stream or read, for reads that the streams answer. */
void hyperliquid_state_said(struct hyperliquid_client *client,
			    const struct hyperliquid_value *value);
/* False: too large. */
bool hyperliquid_position_value(const struct hyperliquid_listing *listing,
				const struct hyperliquid_position *position,
				struct position_value *value);

/* All of a list, told; false: it is unsound, nothing was taken. count: its rows. */
bool hyperliquid_take_open_orders(struct hyperliquid_client *client,
				  const struct hyperliquid_value *rows);
bool hyperliquid_take_fills(struct hyperliquid_client *client, const struct hyperliquid_value *rows,
			    size_t *count);
bool hyperliquid_take_payments(struct hyperliquid_client *client,
			       const struct hyperliquid_value *rows);
bool hyperliquid_take_state(struct hyperliquid_client *client,
			    const struct hyperliquid_value *value);
/* Something of the account was said and not understood: all of it is read anew. */
void hyperliquid_account_unsound(struct hyperliquid_client *client, const char *what);
void hyperliquid_account_frame(struct hyperliquid_client *client,
			       const struct hyperliquid_frame *frame);
void hyperliquid_account_begin(struct hyperliquid_client *client, lifecycle_done done, void *user);
/* Something of the account may have gone untold: it is read in a moment. */
void hyperliquid_check_soon(struct hyperliquid_client *client);
/* The connection is new; its feeds are acknowledged; it is gone. */
void hyperliquid_account_up(struct hyperliquid_client *client);
void hyperliquid_account_feeds_up(struct hyperliquid_client *client);
void hyperliquid_account_down(struct hyperliquid_client *client);
void hyperliquid_account_end(struct hyperliquid_client *client, const char *why);

/* ---- reads ----------------------------------------------------------------------------------- */

void hyperliquid_read(struct hyperliquid_client *client, const struct read_request *request,
		      int64_t give_up_ns, read_done done, void *user);
void hyperliquid_reads_free(struct hyperliquid_client *client);

/* ---- session --------------------------------------------------------------------------------- */

void hyperliquid_session_start(struct hyperliquid_client *client, lifecycle_done done, void *user);
/* The steps of the start are through. */
void hyperliquid_session_begin(struct hyperliquid_client *client);
void hyperliquid_session_stop(struct hyperliquid_client *client);
/* An exchangeStatus or userRateLimit answer; false: it cannot be read. */
bool hyperliquid_take_status(struct hyperliquid_client *client,
			     const struct hyperliquid_reply *reply);
bool hyperliquid_take_budget(struct hyperliquid_client *client,
			     const struct hyperliquid_value *value);
/* A `meta` answer into the instrument table; changes are told to the sink. */
bool hyperliquid_take_meta(struct hyperliquid_client *client, const struct hyperliquid_value *value,
			   struct error *err);
/* The venue has other rules than we know: they are read again, at most once a minute. */
void hyperliquid_refresh_soon(struct hyperliquid_client *client);
/* A market's funding is streamed from now on: its settled rates are read after each boundary. */
void hyperliquid_settled_wanted(struct hyperliquid_client *client);
void hyperliquid_laters_free(struct hyperliquid_client *client);
void hyperliquid_link_open(struct hyperliquid_client *client);
void hyperliquid_link_close(struct hyperliquid_client *client);
void hyperliquid_subscribe(struct hyperliquid_client *client, instrument_id instrument,
			   unsigned channels, lifecycle_done done, void *user);
void hyperliquid_unsubscribe(struct hyperliquid_client *client, instrument_id instrument,
			     unsigned channels, lifecycle_done done, void *user);
/* Wants the account's feeds; they are subscribed as soon as the socket is up. */
void hyperliquid_want_account_feeds(struct hyperliquid_client *client);
bool hyperliquid_account_feeds_acknowledged(const struct hyperliquid_client *client);
/* done(ok, why) at once, but not from inside. */
void hyperliquid_later(struct hyperliquid_client *client, bool ok, const char *why,
		       lifecycle_done done, void *user);
void hyperliquid_clock_sample(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply, int64_t venue_ns);

/* ---- the client ------------------------------------------------------------------------------ */

struct hyperliquid_request;
struct hyperliquid_command_call;
struct hyperliquid_read_call;
struct hyperliquid_lookup_call;
struct hyperliquid_later_call;

/* A feed of one coin, or one of the account (asset is not used). */
struct hyperliquid_feed_state {
	bool wanted, sent, acknowledged, refused;
	int64_t sent_ns;
};
struct hyperliquid_waiter { /* for an acknowledgement */
	bool used;
	uint32_t asset;
	unsigned feeds; /* bits of enum hyperliquid_feed */
	int64_t deadline_ns;
	lifecycle_done done;
	void *user;
};
struct hyperliquid_setting { /* leverage, as far as it is known; by asset */
	bool known, cross;
	int32_t leverage;
	int64_t market_missed_ns; /* when an ORDER_MARKET last found nothing; 0 = never */
	unsigned market_misses;
	int64_t position_units; /* as last told */
	bool position_seen;	/* in the state being read */
	int64_t settled_ns;	/* newest boundary whose settled rate was told */
};
enum hyperliquid_user_feed_index { /* the account's feeds, behind those of coins */
				   HYPERLIQUID_USER_FEEDS =
					   HYPERLIQUID_FEEDS - HYPERLIQUID_FEED_ORDER_UPDATES,
};

struct hyperliquid_client {
	struct exchange_client base;
	struct hyperliquid_client_options options;
	char account_text[HYPERLIQUID_ADDRESS_TEXT];
	struct scheduler *scheduler;
	struct exchange_sink sink;
	struct random random;
	bool started, freeing;

	struct rate_limiter limiter;
	int64_t backoff_429_ns;
	struct clock_offset clock;
	struct hyperliquid_nonce nonce;
	struct hyperliquid_markets markets;
	struct hyperliquid_stream *stream;
	struct hyperliquid_orders *orders;
	struct hyperliquid_setting *settings; /* owned, by asset */
	struct fee_terms fees;

	/* Requests. */
	struct hyperliquid_request *requests; /* owned, HYPERLIQUID_REQUESTS_MAX */
	struct hyperliquid_request *free_requests;
	struct hyperliquid_request *posts[HYPERLIQUID_POSTS_MAX];
	unsigned post_count;
	uint64_t next_post;
	struct hyperliquid_signed *signature; /* owned: room for one body */
	char *post_text;		      /* owned: room for one post */

	/* Address budget: what userRateLimit said, less what was spent since. */
	bool budget_known;
	int64_t budget_left, budget_limit;
	bool dead_man_refused; /* the account has not traded enough for it */
	char dead_man_text[HYPERLIQUID_TEXT_MAX + 1];

	/* Calls under way; each list owns its members. */
	struct hyperliquid_command_call *commands;
	struct hyperliquid_read_call *reads;
	struct hyperliquid_lookup_call *lookups;
	struct hyperliquid_later_call *laters;
	unsigned call_count;
	struct hyperliquid_doubt_state *doubts; /* owned, HYPERLIQUID_DOUBTS_MAX */

	/* Session. */
	struct stream_link *link;
	schedule_id silence_timer;
	uint64_t market_frames;	 /* at the last look */
	int64_t market_moved_ns; /* when there were more of them, or the link came up */
	unsigned start_step, start_attempts;
	lifecycle_done start_done;
	void *start_user;
	schedule_id start_timer, clock_timer, budget_timer, feed_timer, settled_timer,
		refresh_timer;
	int64_t refreshed_ns;
	uint8_t agent_owner[20];
	/* When a start last found the key and the account fit to trade; 0: never. */
	int64_t fit_ns;
	char mode[HYPERLIQUID_MODE_MAX + 1]; /* of the account, as that start read it */
	struct hyperliquid_feed_state (
		*feeds)[HYPERLIQUID_FEED_ORDER_UPDATES]; /* owned, by asset */
	struct hyperliquid_feed_state user_feeds[HYPERLIQUID_USER_FEEDS];
	struct hyperliquid_waiter waiters[HYPERLIQUID_WAITERS_MAX];
	unsigned subscriptions;
	uint32_t settled_asset;	 /* whose settled rate is read next */
	bool settled_pending;	 /* a fundingHistory request is under way */
	bool settled_left;	 /* a market without its newest rate was seen in this round */
	unsigned settled_rounds; /* since the boundary */
	unsigned unsound_in_a_row;
	int64_t last_frame_ns;

	/* Account. */
	bool account_wanted, account_synced;
	int64_t account_since_ns; /* venue time: what happened before is history */
	lifecycle_done account_done;
	void *account_user;
	unsigned sync_left;	/* parts of the sync still missing */
	unsigned sync_attempts; /* in a row that failed */
	int64_t sync_began_ns;	/* answers to what was asked before are not of this sync */
	schedule_id sync_timer;
	/* The cross-check of what the stream told. */
	schedule_id check_timer;
	int64_t next_check_ns, check_at_ns;		/* local time */
	int64_t fills_asked_ns, fills_checked_ns;	/* venue time */
	int64_t payments_asked_ns, payments_checked_ns; /* boundaries */
	bool balance_told;
	struct money balance;
	asset_id usdc;
	struct streamed_account said; /* the venue's clock */
	int64_t state_heard_ns;	      /* ours: newest clearinghouseState */
};

static inline struct hyperliquid_client *hyperliquid_self(struct exchange_client *client)
{
	return (struct hyperliquid_client *)client;
}

static inline int64_t hyperliquid_now(const struct hyperliquid_client *client)
{
	return scheduler_now(client->scheduler);
}

/* 0 while the clock is not known. */
static inline int64_t hyperliquid_clock_error(const struct hyperliquid_client *client)
{
	int64_t offset_ns, uncertainty_ns;
	return clock_offset_estimate(&client->clock, hyperliquid_now(client), &offset_ns,
				     &uncertainty_ns)
		       ? offset_ns
		       : 0;
}

static inline int64_t hyperliquid_venue_now(const struct hyperliquid_client *client)
{
	return hyperliquid_now(client) + hyperliquid_clock_error(client);
}

#endif
