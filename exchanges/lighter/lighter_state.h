/* Inside of lighter_client: what its parts share. Nobody else includes it. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STATE_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_STATE_H

#include "core/base/random.h"
#include "core/base/utc.h"
#include "core/net/clock_offset.h"
#include "core/net/rate_limiter.h"
#include "core/net/stream_link.h"
#include "exchanges/lighter/lighter_client.h"
#include "exchanges/lighter/lighter_codes.h"
#include "exchanges/lighter/lighter_nonce.h"
#include "exchanges/lighter/lighter_seen.h"
#include "exchanges/lighter/lighter_stream.h"
#include "exchanges/lighter/lighter_write.h"
#include "exchanges/streamed_account.h"

#define LIGHTER_AREA	      "lighter"
#define LIGHTER_CALLS_MAX     128  /* REST requests waiting or in flight */
#define LIGHTER_READS_MAX     256  /* reads of the interface at once */
#define LIGHTER_COMMANDS_MAX  1024 /* commands at once */
#define LIGHTER_FLIGHTS_MAX   64   /* transactions that may still land */
#define LIGHTER_LIFECYCLE_MAX 512  /* subscriptions, starts, stops waiting for their end */
#define LIGHTER_TARGET_MAX    1024
/* A stream whose newest frame is older answers no read (streamed_is_enough). */
#define LIGHTER_STREAMED_AGE_NS (5 * NS_PER_SECOND)
/* How long after its ExpiredAt a transaction may still be on its way into a block. */
#define LIGHTER_LANDING_NS (500 * NS_PER_MS)

struct lighter_client;

/* One timer that is moved about. */
struct lighter_timer {
	schedule_id entry;
	int64_t at_ns;
};

/* ---- REST: lighter_rest.c ---------------------------------------------------------------------
 */

enum lighter_answer_kind {
	ANSWER_VALUE,	   /* HTTP 200 and the venue's code, where there is one, is 200 */
	ANSWER_ERROR,	   /* the venue's own error: code and message */
	ANSWER_FAILED,	   /* anything else: nothing is known */
	ANSWER_NEVER_SENT, /* proven: no byte left */
};
struct lighter_answer {
	enum lighter_answer_kind kind;
	int64_t code;		    /* ERROR */
	const char *message;	    /* ERROR, FAILED, NEVER_SENT; "" none */
	int status;		    /* HTTP; 0 = none */
	struct lighter_reply reply; /* VALUE, ERROR */
	int64_t sent_ns, received_ns;
};
typedef void (*lighter_answered)(void *user, const struct lighter_answer *answer);

struct lighter_call {
	struct lighter_client *client;
	enum { CALL_FREE, CALL_WAITING, CALL_SENT } state;
	enum request_priority priority;
	uint64_t sequence;
	int64_t weight;
	int64_t give_up_ns;
	schedule_id give_up;
	char target[LIGHTER_TARGET_MAX];
	lighter_answered done;
	void *user;
};

/* Weights of a premium account's reads (§1.4). */
#define WEIGHT_NONCE	6
#define WEIGHT_INACTIVE 100
#define WEIGHT_KEYS	150
#define WEIGHT_TRADES	600
#define WEIGHT_OTHER	300

/* A GET that waits for its share of the budget; false: too many are waiting (done is not called).
 */
bool lighter_get(struct lighter_client *client, enum request_priority priority, int64_t weight,
		 int64_t give_up_ns, lighter_answered done, void *user, const char *format, ...)
	__attribute__((format(printf, 7, 8)));
/* POST sendTx, of several sendTxBatch, at once (its share is taken already); false: not even begun.
 */
bool lighter_post(struct lighter_client *client, const struct lighter_signed *const *transactions,
		  size_t count, int64_t give_up_ns, lighter_answered done, void *user);
/* Takes the share of a transaction, or of a batch, which weighs the same (§1.4); 0 = taken, else
 * when to try again. */
int64_t lighter_take_transaction(struct lighter_client *client, enum request_priority priority,
				 bool leverage);
/* Openings that the budget lets go now, if nothing else takes of it. */
int64_t lighter_order_room(const struct lighter_client *client);
/* The venue refused for rate. retry_after_s -1: it did not say for how long. */
void lighter_rate_limited(struct lighter_client *client, int64_t retry_after_s, int64_t least_ns);
void lighter_rest_begin(struct lighter_client *client);
/* Waiting calls end in silence. */
void lighter_rest_end(struct lighter_client *client);
/* "" when there is none to be had. */
const char *lighter_token(struct lighter_client *client);

/* ---- transactions in flight: lighter_flight.c -------------------------------------------------
 */

struct lighter_command;

/* A batch is a chain of them, and its first stands for all: it alone awaits the answer and ends. */
struct lighter_flight {
	struct lighter_client *client;
	struct lighter_flight *next; /* behind it in its batch */
	bool used, awaiting;	     /* an answer is expected */
	bool by_socket, resent;
	uint64_t id; /* on the WebSocket */
	int64_t nonce;
	int64_t expired_ns; /* our clock: ExpiredAt, earliest */
	int64_t dead_ns;    /* our clock: cannot land after it, nor its batch */
	int64_t give_up_ns;
	enum request_priority priority;
	bool leverage;
	schedule_id end;
	struct lighter_command *command; /* who waits; NULL: nobody any more */
	struct lighter_signed bytes;
};

/*
 * Numbers and signs all, then sends them as one message, whose limiter share is taken. The
 * transactions' nonces and account are filled in here. Each command, none of them waiting any more,
 * is in flight afterwards, or decided by its failure.
 */
void lighter_flight_launch(struct lighter_command *const *commands,
			   struct lighter_transaction *transactions, size_t count);
/* How many could be launched now as one message: places, and nonces in a row; at most `most`. */
size_t lighter_launch_room(const struct lighter_client *client, size_t most);
void lighter_flight_frame(struct lighter_client *client, const struct lighter_frame *frame);
/* The WebSocket is gone: a single transaction that waits for its answer on it is sent once more, by
 * REST. */
void lighter_flights_disconnected(struct lighter_client *client);
void lighter_flights_end(struct lighter_client *client);
void lighter_resync_when_due(struct lighter_client *client);
/* The hash under which an order of this run was sent, among the newest; "" if it is not known. */
#define LIGHTER_SENT_MAX 512
const char *lighter_sent_hash(const struct lighter_client *client, uint32_t client_id);
/* Whether the transaction that made it can no longer land; false if that is not known. */
bool lighter_sent_is_dead(const struct lighter_client *client, uint32_t client_id);

/* ---- commands: lighter_command.c --------------------------------------------------------------
 */

struct lighter_command {
	struct lighter_client *client;
	struct lighter_command *next; /* free, or waiting */
	enum { COMMAND_FREE, COMMAND_WAITING, COMMAND_FLYING, COMMAND_DECIDED } state;
	enum command_kind kind;
	union {
		struct order_request place;
		struct {
			instrument_id instrument;
			uint32_t client_id;
		} cancel;
		instrument_id instrument;
		struct {
			instrument_id instrument;
			int32_t leverage;
			enum margin_mode mode;
			bool mode_only;
		} leverage;
		int64_t after_ns;
	} u;
	enum request_priority priority;
	bool waits; /* for budget, nonce and price; otherwise it is refused at once */
	bool asking_price, behind;
	struct lighter_command *follower; /* the next one of its batch; stays until this is told */
	struct price worst;		  /* of a market order; 0 = not known yet */
	int64_t give_up_ns;
	schedule_id give_up, deliver;
	struct lighter_flight *flight;
	command_done done;
	void *user;
	enum command_outcome outcome;
	enum reject_reason reason;
	uint32_t client_id;
	char code[16];
	char text[128];
};

void lighter_command(struct exchange_client *base, const struct command_request *request,
		     int64_t give_up_ns, command_done done, void *user);
/* Ends it; told in an entry of its own. */
void lighter_decide(struct lighter_command *command, enum command_outcome outcome,
		    enum reject_reason reason, int64_t code, const char *text);
/* Out of its flight, whose transaction was definitely refused, back before those that wait. */
void lighter_command_again(struct lighter_command *command);
/* Something that commands wait for may have come. */
void lighter_pump(struct lighter_client *client);
void lighter_commands_end(struct lighter_client *client);

/* ---- markets: lighter_market.c ----------------------------------------------------------------
 */

struct lighter_market {
	instrument_id instrument; /* 0 = not there */
	/* The connection of its books, once there is one (for good); NULL: the first. */
	struct lighter_side *side;
	bool placed;
	bool listed; /* in the newest answer */
	struct lighter_market_terms terms;
	int64_t initial_margin; /* of our account, 1/10 000; 0 = not known */
	int64_t margin_mode;	/* of our account; -1 = not known */
};

/* Takes orderBookDetails in: new instruments and revisions, told as EVENT_INSTRUMENT. False with
 * err: not usable, nothing was changed that matters. */
bool lighter_markets_take(struct lighter_client *client, const struct lighter_reply *reply,
			  struct error *err);
/* Fees of the account's own tier, 1e-6 of notional; for all markets from then on. */
void lighter_markets_set_fees(struct lighter_client *client, int64_t maker_tick,
			      int64_t taker_tick);
/* -1: no market of ours. */
int64_t lighter_market_of(const struct lighter_client *client, instrument_id instrument);
void lighter_markets_refresh_soon(struct lighter_client *client);

/* ---- reads: lighter_read*.c -------------------------------------------------------------------
 */

struct lighter_read;
void lighter_read(struct exchange_client *base, const struct read_request *request,
		  int64_t give_up_ns, read_done done, void *user);
void lighter_reads_end(struct lighter_client *client);

/* ---- account: lighter_account.c ---------------------------------------------------------------
 */

struct lighter_account_watch {
	bool wanted;
	bool synced;	  /* since the last connect */
	unsigned syncing; /* reads under way */
	bool sync_failed;
	bool sync_stale; /* the connection was lost while it was under way */
	int64_t sync_began_ns;
	unsigned attempt;	/* of this connection */
	int64_t fills_since_ns; /* venue time: fills before it have been told */
	lifecycle_done done;	/* the first sync; NULL once told */
	void *user;
	struct lighter_seen trades, payments;
	struct quantity position[LIGHTER_MARKETS];
	bool position_known[LIGHTER_MARKETS];
	bool streamed[LIGHTER_MARKETS]; /* told by the stream since the last connect */
	struct streamed_account said;	/* our clock */
	int64_t told_ns;		/* newest frame of the account */
	int64_t ordered_ns;		/* newest transaction about orders: a frame must follow */
	bool balance_known;
	struct money balance;
	struct lighter_timer again; /* a sync that failed */
	struct lighter_timer recheck;
	uint64_t rechecked; /* transactions sent when the fills were read last */
	unsigned rechecks_left;
	struct lighter_timer funding;
	int64_t funding_boundary_ns; /* venue time: whose payments are asked for next */
	unsigned funding_tries;
	bool held; /* something, since the last boundary that was looked at */
	int64_t paid_ns[LIGHTER_MARKETS]; /* the newest boundary that was paid */
	struct lighter_timer renew;
};

void lighter_account_subscribe(struct exchange_client *base, lifecycle_done done, void *user);
void lighter_account_frame(struct lighter_client *client, const struct lighter_frame *frame,
			   int64_t received_ns);
void lighter_account_live(struct lighter_client *client, enum lighter_channel channel, bool live,
			  const char *why);
void lighter_account_disconnected(struct lighter_client *client);
/* Fills that were read: those not told yet, told. */
void lighter_account_take_fills(struct lighter_client *client, const struct read_result *result);
void lighter_account_end(struct lighter_client *client);
/* Synced, connected, and heard of so lately that what was said stands for a read. */
bool lighter_account_delivers(const struct lighter_client *client);
/* As ledger_position.cost: quantity x average entry, signed as the quantity; false: too large. */
bool lighter_position_value(const struct lighter_client *client,
			    const struct lighter_position *position, struct position_value *value);
/* lighter_recheck.c: fills are read once more after transactions were sent. */
void lighter_recheck_begin(struct lighter_client *client);
void lighter_recheck_end(struct lighter_client *client);
/* One order, trade, payment as an event; false: not ours to tell. */
bool lighter_order_event(const struct lighter_client *client,
			 const struct lighter_order_report *order, int64_t local_ns,
			 struct account_event *event);
bool lighter_fill_event(const struct lighter_client *client, const struct lighter_trade *trade,
			int64_t local_ns, struct account_event *event);
bool lighter_payment_event(const struct lighter_client *client,
			   const struct lighter_payment *payment, int64_t local_ns,
			   struct account_event *event);

/* ---- further connections: lighter_side.c ------------------------------------------------------
 *
 * One connection carries 100 subscriptions. The first has the account, the statistics and as many
 * markets as fit; each of these has the book, ticker and trades of some more.
 */

#define LIGHTER_SIDES_MAX 5 /* all markets, with all their channels but a few */
/* Unanswered at once by the first and by each other: under 50 of this IP. */
#define LIGHTER_FIRST_IN_FLIGHT 14
#define LIGHTER_SIDE_IN_FLIGHT	7
#define LIGHTER_MARKET_ROOM	3			  /* book, ticker, trades stay together */
#define LIGHTER_FIRST_ROOM	(LIGHTER_MARKET_ROOM + 5) /* account, statistics */

struct lighter_side {
	struct lighter_client *client;
	unsigned number; /* 2..: the connection, as events name it */
	struct stream_link *link;
	struct lighter_stream *stream;
	schedule_id poll;
	int64_t poll_ns;
};
/* As lighter_stream_want, on the connection that has or gets this market. */
bool lighter_want(struct lighter_client *client, enum lighter_channel channel, int64_t market,
		  bool wanted);
/* Whose book, ticker and trades these are. */
struct lighter_stream *lighter_stream_of(const struct lighter_client *client, int64_t market);
enum lighter_subscription lighter_subscribed(const struct lighter_client *client,
					     enum lighter_channel channel, int64_t market);
/* Tells every connection of a market. */
void lighter_sides_market(struct lighter_client *client, int64_t market, instrument_id instrument,
			  struct lighter_scale scale);
/* Connects those that are there; at the start. False: no memory. */
bool lighter_sides_open(struct lighter_client *client);
void lighter_sides_poll_soon(struct lighter_client *client);
/* Disconnects; what is wanted stays wanted. */
void lighter_sides_close(struct lighter_client *client);
void lighter_sides_free(struct lighter_client *client);

/* ---- the client -------------------------------------------------------------------------------
 */

/* A subscription (or start, stop) that is to be told its end. */
struct lighter_lifecycle {
	struct lighter_client *client;
	bool used;
	instrument_id instrument;
	unsigned channels; /* LIVE is awaited for these; 0: told at `entry` */
	int64_t since_ns;
	schedule_id entry;
	bool ok;
	char why[96];
	lifecycle_done done;
	void *user;
};

struct lighter_client {
	struct exchange_client base;
	struct lighter_client_options options;
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct endpoint *endpoint;
	struct random random;
	struct exchange_sink sink;
	bool started, starting;
	bool dying;
	unsigned inside; /* callbacks of ours running now */
	struct lighter_client_statistics statistics;

	asset_id usdc;
	struct lighter_scales scales;
	struct lighter_market markets[LIGHTER_MARKETS];
	int16_t *market_of; /* owned; by instrument handle, -1 = none */
	bool key_fits;	    /* the venue has our public key: tokens are sent */
	bool own_fees;
	struct rate maker_fee, taker_fee;
	struct lighter_timer refresh;
	bool refreshing;

	struct clock_offset clock;
	bool clock_told;
	int64_t told_offset_ns, told_uncertainty_ns;
	struct lighter_timer clock_check;

	struct rate_limiter limiter;
	struct lighter_call calls[LIGHTER_CALLS_MAX];
	uint64_t sequence;
	struct lighter_timer queue;
	char token[LIGHTER_AUTH_TOKEN_MAX];
	int64_t token_renew_ns; /* our clock; 0 = none yet */

	struct lighter_nonces nonces;
	bool resyncing;
	struct lighter_timer resync;
	struct lighter_flight flights[LIGHTER_FLIGHTS_MAX];
	uint64_t flight_id;
	struct {
		uint32_t client_id;
		char hash[LIGHTER_HASH_TEXT];
		int64_t dead_ns;	  /* our clock: its transaction cannot land after it */
	} sent[LIGHTER_SENT_MAX];	  /* by client id, modulo */
	struct lighter_command *commands; /* owned, LIGHTER_COMMANDS_MAX */
	struct lighter_command *free_commands;
	struct lighter_command *waiting; /* in order of arrival */
	struct lighter_timer pump;

	struct lighter_read *reads; /* all there are */
	unsigned read_count;

	struct rate_limiter messages; /* of all connections */
	struct stream_link *link;     /* the first one: account, transactions, statistics */
	int64_t heard_ns;	      /* its newest frame */
	struct lighter_stream *stream;
	struct lighter_side *sides[LIGHTER_SIDES_MAX]; /* owned; in order, NULL: none yet */
	struct lighter_timer poll;
	struct lighter_account_watch account;
	struct lighter_lifecycle lifecycles[LIGHTER_LIFECYCLE_MAX];

	/* The start under way. */
	lifecycle_done start_done;
	void *start_user;
};

static inline struct lighter_client *lighter_self(struct exchange_client *base)
{
	return (struct lighter_client *)base;
}

static inline int64_t lighter_now(const struct lighter_client *client)
{
	return scheduler_now(client->scheduler);
}

/* Around everything that comes from outside; enter is false once the client was freed. */
bool lighter_enter(struct lighter_client *client);
void lighter_leave(struct lighter_client *client);

/* Moves the timer; INT64_MAX: off. */
void lighter_arm(struct lighter_client *client, struct lighter_timer *timer, int64_t at_ns,
		 scheduler_callback callback);

/* The venue's clock by the newest estimate, and how far it may be off (500 ms while unknown). */
int64_t lighter_venue_now(const struct lighter_client *client);
int64_t lighter_clock_error(const struct lighter_client *client);
int64_t lighter_local_of(const struct lighter_client *client, int64_t venue_ns);
void lighter_clock_sample(struct lighter_client *client, int64_t sent_ns, int64_t received_ns,
			  int64_t venue_ns, int64_t resolution_ns);

void lighter_tell_market(struct lighter_client *client, const struct market_event *event);
void lighter_tell_account(struct lighter_client *client, const struct account_event *event);
/* Completes a life cycle call in an entry of its own. */
void lighter_complete_later(struct lighter_client *client, bool ok, const char *why,
			    lifecycle_done done, void *user);
void lighter_poll_soon(struct lighter_client *client);
/* lighter_client.c, for every connection. */
void lighter_channel_changed(struct lighter_client *client, enum lighter_channel channel,
			     int64_t market, bool live, const char *why);
void lighter_clock_by_stream(struct lighter_client *client, int64_t sent_ns, int64_t received_ns,
			     int64_t venue_ns);
struct lighter_stream_options lighter_stream_options_of(struct lighter_client *client,
							unsigned connection, unsigned in_flight);
/* lighter_start.c: clock, markets, key, fees, nonce, in this order. */
void lighter_start(struct exchange_client *base, const struct exchange_sink *sink,
		   lifecycle_done done, void *user);
/* lighter_client.c: the stream begins once the start has ended well. */
bool lighter_open_stream(struct lighter_client *client);

#endif
