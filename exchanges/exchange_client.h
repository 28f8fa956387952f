/*
 * BaseExchangeClient: the one interface to a venue. A client is one account at one venue; a const
 * table of functions stands behind it, callers use only the inline wrappers below.
 *
 * Every call has the form (client, const request *, give_up_ns, done, user) and completes exactly
 * once, never from inside the call that started it; the request is copied, the result is borrowed
 * until `done` returns. give_up_ns is ours (local time): when it passes first, the call completes
 * UNKNOWN. venue_expiry_ns is the venue's own fence (venue time, on the wire). The two never mix.
 *
 * A *command* ends ACKNOWLEDGED (the venue took the request; not acceptance: order state comes only
 * from account events and queries), REJECTED (a definite refusal from the venue's list, or
 * REJECT_NEVER_SENT) or UNKNOWN (everything else; never "not filled"). A *read* ends VALUE
 * (explicitly complete), ABSENT (explicitly nothing there) or UNKNOWN.
 */
#ifndef FUNDARB_EXCHANGES_EXCHANGE_CLIENT_H
#define FUNDARB_EXCHANGES_EXCHANGE_CLIENT_H

#include "core/base/scheduler.h"
#include "core/market/account_event.h"
#include "core/market/market_event.h"
#include <assert.h>

/* ---- orders ---------------------------------------------------------------------------------- */

enum order_type {
	ORDER_LIMIT,	 /* rests if it does not fill */
	ORDER_POST_ONLY, /* rests or is rejected REJECT_WOULD_CROSS */
	ORDER_IOC,	 /* fills inside its limit at once, the rest is cancelled */
	ORDER_MARKET,	 /* IOC without a price: last rung of an unwind, reduce-only */
};
const char *order_type_text(enum order_type type);

/* Client order ids: from the caller's durable counter, 1..2^31-1, unique per account for ever. */
#define CLIENT_ID_MAX UINT32_C(0x7fffffff)

struct order_request {
	instrument_id instrument;
	uint32_t client_id;
	enum side side;
	enum order_type type;
	struct quantity quantity; /* > 0 */
	struct price limit;	  /* > 0; 0 for ORDER_MARKET */
	bool reduce_only;
	int64_t venue_expiry_ns; /* venue time; 0 = none */
};

enum command_outcome { COMMAND_ACKNOWLEDGED, COMMAND_REJECTED, COMMAND_UNKNOWN };

struct command_result {
	enum command_outcome outcome;
	enum reject_reason reason;  /* when REJECTED */
	uint32_t client_id;	    /* of the order concerned, 0 if none */
	const char *venue_order_id; /* "" if the venue gave none */
	const char *venue_code;	    /* the venue's own code and text, "" if none */
	const char *venue_text;
};
typedef void (*command_done)(void *user, const struct command_result *result);

enum command_kind {
	COMMAND_PLACE,
	COMMAND_PLACE_BATCH, /* done is called once per order, in request order */
	COMMAND_CANCEL,
	COMMAND_CANCEL_ALL, /* of one instrument, or all with instrument 0 */
	COMMAND_SET_LEVERAGE,
	COMMAND_SET_MARGIN_MODE,
	COMMAND_DEAD_MANS_SWITCH,
};
enum margin_mode { MARGIN_CROSS, MARGIN_ISOLATED };

#define BATCH_ORDERS_MAX 8

struct command_request {
	enum command_kind kind;
	union {
		struct order_request place;
		struct {
			const struct order_request *orders; /* copied by the call */
			size_t count;			    /* 1..BATCH_ORDERS_MAX */
		} batch;
		struct {
			instrument_id instrument;
			uint32_t client_id;
		} cancel;
		struct {
			instrument_id instrument;
		} cancel_all;
		struct {
			instrument_id instrument;
			int32_t leverage; /* >= 1 */
		} leverage;
		struct {
			instrument_id instrument;
			enum margin_mode mode;
		} margin;
		struct {
			int64_t after_ns; /* cancel everything unless re-armed; 0 = disarm */
		} dead_man;
	} u;
};

/* ---- reads ----------------------------------------------------------------------------------- */

enum read_kind {
	READ_INSTRUMENTS,
	READ_FUNDING,	      /* now: estimate or next, with boundary and interval */
	READ_FUNDING_HISTORY, /* settled rates since a time */
	READ_DEPTH,
	READ_BBO,
	READ_MARK,
	READ_OPEN_INTEREST,
	READ_VOLUME, /* 24 h, quote */
	READ_BALANCES,
	READ_POSITIONS,
	READ_OPEN_ORDERS,
	READ_ORDER,	       /* by client id */
	READ_FILLS,	       /* since a time */
	READ_FUNDING_PAYMENTS, /* since a time */
	READ_FEES,
	READ_SERVER_TIME,
	READ_OVERVIEW,	       /* of all markets at once: FUNDING, MARK, OPEN_INTEREST events */
	READ_FUNDING_EVIDENCE, /* settled rates beside what the venue's own figures make of them */
	READ_ACCESS,	       /* what our key may do, the account's mode, the request budget */
	READ_ORDER_ROOM,       /* openings that our own request budget lets go now; asks no venue */
	READ_LEVERAGE,	       /* what our account's orders in one market are margined with */
};
#define READ_KINDS (READ_LEVERAGE + 1)
/* READ_ORDER_ROOM of a venue without a budget. */
#define ORDER_ROOM_UNLIMITED INT64_MAX

struct read_request {
	enum read_kind kind;
	instrument_id instrument; /* 0 where the read is about the whole account */
	uint32_t depth;		  /* READ_DEPTH: levels a side, 0 = all the venue gives */
	uint32_t client_id;	  /* READ_ORDER */
	int64_t since_ns;	  /* histories: venue time, inclusive */
	int64_t until_ns;	  /* READ_FUNDING_HISTORY: venue time, inclusive; 0 = now */
	/*
	 * READ_BALANCES, READ_POSITIONS, READ_OPEN_ORDERS: what the account's streams have said is
	 * enough, while they are synced and their connection delivers. Never for a proof.
	 */
	bool streamed_is_enough;
	/* An order or an exposure hangs on the answer: before reads that merely watch, where the
	 * venue grants few requests. */
	bool urgent;
};

enum read_outcome { READ_VALUE, READ_ABSENT, READ_UNKNOWN };

struct depth_value {
	const struct book_level *bids; /* best first */
	const struct book_level *asks;
	uint32_t bid_count, ask_count;
	uint64_t last_id;
	int64_t exch_ns;      /* 0 = unknown */
	int64_t requested_ns; /* local: when the request was handed to the transport */
};
struct balance_value {
	asset_id asset;
	struct money total;	/* what the ledger is compared with */
	struct money available; /* free for new margin, after unrealised P&L and what is in use */
};
struct position_value {
	instrument_id instrument;
	struct quantity quantity; /* signed */
	struct money cost;	  /* settle asset, as ledger_position.cost */
	bool liquidation_known;
	struct money liquidation_price; /* scale 18 */
	int32_t leverage;
};

/* One settlement twice: the rate the venue names, and the rate that its other public figures give
 * (Lighter: value / price; Hyperliquid: from the premium). */
struct funding_evidence {
	int64_t boundary_ns;
	struct rate rate; /* per interval, as our adapter understood it */
	bool derived_known;
	struct rate derived;
	struct rate tolerance; /* half a last digit of every input, as a rate */
	bool value_known;
	struct money value; /* quote paid per one base coin, signed as the rate (Lighter) */
	struct money value_tolerance;
};
enum yes_no_unknown { ANSWER_UNKNOWN, ANSWER_YES, ANSWER_NO };
struct access_value {
	enum yes_no_unknown may_trade, may_withdraw;
	enum yes_no_unknown mode_fits; /* the account's mode is one that we can trade in */
	const char *mode;	       /* the venue's word for it; "" unknown */
	const char *advice;	       /* what to do where an answer is not as needed; "" nothing */
	int64_t key_expires_ns;	       /* 0 = never or unknown */
	bool budget_known;	       /* requests or actions the venue still grants */
	int64_t budget_left, budget_limit;
};

/* What our orders in a market are margined with: as set, else the venue's default. ABSENT: never
 * set, and the venue tells no default. */
struct leverage_value {
	int32_t leverage; /* >= 1; to the nearest whole one */
	enum margin_mode mode;
};

/* Which member of the union holds the value follows from the request's kind. */
struct read_result {
	enum read_outcome outcome;
	enum read_kind kind;
	instrument_id instrument;
	union {
		struct {
			const instrument_id *ids;
			size_t count;
		} instruments;
		struct {
			const struct market_event *events; /* EVENT_FUNDING, oldest first */
			size_t count;
		} funding;		  /* READ_FUNDING, READ_FUNDING_HISTORY, READ_OVERVIEW */
		struct depth_value depth; /* READ_DEPTH, READ_BBO (one level a side) */
		struct market_event mark; /* READ_MARK: EVENT_MARK */
		struct quantity open_interest;
		struct money volume;
		struct {
			const struct balance_value *values;
			size_t count;
		} balances;
		struct {
			const struct position_value *values;
			size_t count;
		} positions;
		struct {
			const struct account_event *events; /* ACCOUNT_ORDER / FILL / FUNDING */
			size_t count;
		} events; /* READ_OPEN_ORDERS, READ_ORDER (one), READ_FILLS, READ_FUNDING_PAYMENTS
			   */
		struct fee_terms fees;
		int64_t server_time_ns;
		struct {
			const struct funding_evidence *rows; /* oldest first */
			size_t count;
		} evidence;
		struct access_value access;
		int64_t order_room; /* >= 0; what is kept for exits is not in it */
		struct leverage_value leverage;
	} u;
};
typedef void (*read_done)(void *user, const struct read_result *result);

/* ---- streams and life cycle ------------------------------------------------------------------ */

enum channel {
	CHANNEL_BOOK = 1,
	CHANNEL_BBO = 2,
	CHANNEL_TRADES = 4,
	CHANNEL_FUNDING = 8, /* with marks */
};

/* What a venue can do; what is missing is never silently emulated, except reduce-only. */
enum capability {
	CAN_BATCH = 1,
	CAN_POST_ONLY = 2,
	CAN_REDUCE_ONLY = 4,
	CAN_DEAD_MANS_SWITCH = 8,
	CAN_SET_LEVERAGE = 16,
	CAN_SET_MARGIN_MODE = 32,
	CAN_ORDER_EXPIRY = 64,
	CAN_STREAM_BOOK = 128,
	CAN_STREAM_ACCOUNT = 256,
};

struct exchange_sink {
	void (*market)(void *user, const struct market_event *event);
	void (*account)(void *user, const struct account_event *event);
	void *user;
};
/* ok: the thing asked for is there (subscribed, first account sync complete). */
typedef void (*lifecycle_done)(void *user, bool ok, const char *why);

struct exchange_client;

struct exchange_client_functions {
	void (*start)(struct exchange_client *client, const struct exchange_sink *sink,
		      lifecycle_done done, void *user);
	void (*stop)(struct exchange_client *client, lifecycle_done done, void *user);
	void (*subscribe)(struct exchange_client *client, instrument_id instrument,
			  unsigned channels, lifecycle_done done, void *user);
	void (*unsubscribe)(struct exchange_client *client, instrument_id instrument,
			    unsigned channels, lifecycle_done done, void *user);
	void (*subscribe_account)(struct exchange_client *client, lifecycle_done done, void *user);
	void (*command)(struct exchange_client *client, const struct command_request *request,
			int64_t give_up_ns, command_done done, void *user);
	void (*read)(struct exchange_client *client, const struct read_request *request,
		     int64_t give_up_ns, read_done done, void *user);
	void (*free)(struct exchange_client *client);
};

/* Embedded first in every adapter's own struct. */
struct exchange_client {
	const struct exchange_client_functions *functions;
	venue_id venue;
	unsigned capabilities; /* enum capability */
};

/* Connected venues by id; NULL where none. Borrowed by everybody, owned by src/world. */
struct exchange_clients {
	struct exchange_client *by_venue[VENUES_MAX + 1];
};

static inline void exchange_start(struct exchange_client *client, const struct exchange_sink *sink,
				  lifecycle_done done, void *user)
{
	client->functions->start(client, sink, done, user);
}

/* Resting orders stay; call COMMAND_CANCEL_ALL first if they should not. */
static inline void exchange_stop(struct exchange_client *client, lifecycle_done done, void *user)
{
	client->functions->stop(client, done, user);
}

static inline void exchange_subscribe(struct exchange_client *client, instrument_id instrument,
				      unsigned channels, lifecycle_done done, void *user)
{
	client->functions->subscribe(client, instrument, channels, done, user);
}

static inline void exchange_unsubscribe(struct exchange_client *client, instrument_id instrument,
					unsigned channels, lifecycle_done done, void *user)
{
	client->functions->unsubscribe(client, instrument, channels, done, user);
}

/* Completes at the first full sync of orders, positions and balances. */
static inline void exchange_subscribe_account(struct exchange_client *client, lifecycle_done done,
					      void *user)
{
	client->functions->subscribe_account(client, done, user);
}

static inline void exchange_command(struct exchange_client *client,
				    const struct command_request *request, int64_t give_up_ns,
				    command_done done, void *user)
{
	assert(request->kind != COMMAND_PLACE_BATCH ||
	       (request->u.batch.count >= 1 && request->u.batch.count <= BATCH_ORDERS_MAX));
	client->functions->command(client, request, give_up_ns, done, user);
}

/* An order command cannot be taken back once started; cancelling an order is its own command. */
static inline void exchange_place(struct exchange_client *client, const struct order_request *order,
				  int64_t give_up_ns, command_done done, void *user)
{
	assert(order->client_id >= 1 && order->client_id <= CLIENT_ID_MAX);
	assert(order->quantity.units > 0);
	assert(order->type == ORDER_MARKET ? order->reduce_only : order->limit.units > 0);
	struct command_request request = {.kind = COMMAND_PLACE, .u.place = *order};
	exchange_command(client, &request, give_up_ns, done, user);
}

static inline void exchange_cancel(struct exchange_client *client, instrument_id instrument,
				   uint32_t client_id, int64_t give_up_ns, command_done done,
				   void *user)
{
	struct command_request request = {.kind = COMMAND_CANCEL,
					  .u.cancel = {instrument, client_id}};
	exchange_command(client, &request, give_up_ns, done, user);
}

static inline void exchange_read(struct exchange_client *client, const struct read_request *request,
				 int64_t give_up_ns, read_done done, void *user)
{
	client->functions->read(client, request, give_up_ns, done, user);
}

static inline void exchange_client_free(struct exchange_client *client)
{
	if (client)
		client->functions->free(client);
}

#endif
