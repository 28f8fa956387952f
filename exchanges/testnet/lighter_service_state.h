/*
 * What the parts of lighter_service share: accounts with their keys and nonces, markets, orders and
 * transactions as the venue knows them, sockets. Internal to lighter_service*.c.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_STATE_H
#define FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_STATE_H

#include "core/base/utc.h"
#include "exchanges/testnet/lighter_service.h"
#include "exchanges/testnet/lighter_service_form.h"
#include "exchanges/testnet/service_text.h"
#include "exchanges/testnet/lighter_service_transaction.h"

#define SERVED_MARKETS_MAX	 255
#define SERVED_ORDERS_MAX	 1000000 /* of all accounts since the start; beyond: 21506 */
#define SERVED_TRANSACTIONS_MAX	 1000000
#define SERVED_ACTIVE_MAX	 1500 /* per account, §3.9 */
#define SERVED_ACTIVE_MARKET_MAX 1000
#define SERVED_BATCH_MAX	 15 /* §1.10 */
#define SERVED_SOCKETS_MAX	 200
#define SERVED_SUBSCRIPTIONS_MAX 100  /* per socket, §2.1 */
#define SERVED_BOOK_LEVELS	 1000 /* a side */
#define SERVED_CANDLES		 1500 /* minutes kept per market */
#define SERVED_HELD_MAX		 1024 /* requests whose answer waits */
#define SERVED_CHANNEL_MAX	 63   /* of a channel's name */
#define SERVED_CLOSE_AWAY	 1001
#define SERVED_PERP_NIL		 255 /* market index for "all" */

/* Account indices below 2^48 are clients' orders by their own index, above the venue's (§3.7). */
#define SERVED_SERVER_INDEX (INT64_C(1) << 48)
#define SERVED_BIG_INDEX    (INT64_C(1) << 59)

enum served_order_phase {
	PHASE_SUBMITTED, /* acknowledged; no look-up knows it yet */
	PHASE_OPEN,	 /* rests */
	PHASE_FINAL,
	PHASE_DROPPED, /* vanished: nobody will ever hear of it */
};

struct served_order {
	int64_t index; /* the venue's, 2^48.. */
	int64_t client_index;
	unsigned account;
	unsigned market;
	enum served_order_phase phase;
	const char *status; /* the wire's word, static */
	bool is_ask, reduce_only;
	int64_t type, time_in_force, expiry_ms, base, price, expired_at_ms; /* as on the wire */
	uint64_t floor_number; /* 0: not on the floor */
	/* Of floor orders that a modify has replaced. */
	struct quantity earlier;
	struct money earlier_quote;
	struct quantity executed; /* all of it */
	struct money executed_quote;
	bool replacing; /* cancelled for a modify: goes on with new_base and new_price */
	int64_t new_base, new_price;
	int64_t created_ns, updated_ns; /* venue time */
	int64_t engine_nonce;		/* of the last change */
	int64_t local_ns;		/* scheduler time of the last change, for qry.lag_ms */
	size_t transaction;		/* place in transactions[] */
	struct served_order *next_same; /* bucket of by_client */
};

enum served_transaction_state { TX_STATE_FAILED, TX_STATE_PENDING, TX_STATE_EXECUTED };

struct served_record {
	char hash[TX_HASH_HEX + 1];
	enum served_transaction_state state;
	int error; /* application error of a failed one */
	int type;
	unsigned account;
	int64_t nonce, api_key_index;
	int64_t accepted_ns; /* venue time */
	int64_t local_ns;
	struct served_order *order; /* that it created, or NULL */
	size_t next;		    /* bucket chain: place + 1, 0 ends */
};

struct served_key_state {
	int64_t index;
	uint8_t public_key[40];
	int64_t next_nonce;
	int64_t changed_ns;
};

/* Requests of one rolling minute, by second. */
struct served_minute {
	int64_t seconds[60];
	int64_t weight[60];
};

/* What a position was after its last changes, for pos.lag_ms. */
#define SERVED_PASTS 16
struct served_past {
	int64_t local_ns;
	struct floor_position position;
};

/* What an account did in one market. */
struct served_tally {
	bool touched;
	struct served_past *pasts; /* a ring of SERVED_PASTS; owned, NULL until a change */
	uint64_t past_count;
	struct money realised, funding; /* funding > 0: received */
	unsigned open_orders;
	int64_t margin_fraction; /* as UpdateLeverage set it, 1/10 000; 0: never */
};

struct served_account {
	int64_t index;
	char l1_address[43];
	bool premium;
	struct served_key_state keys[4];
	unsigned key_count;
	unsigned open_orders;
	int64_t cancel_all_ms; /* scheduled; 0 none */
	uint64_t trades;
	struct money volume;
	struct served_minute reads, transactions;
	struct served_tally tallies[SERVED_MARKETS_MAX];
};

struct served_candle {
	int64_t start_ns;
	struct price open, high, low, close;
	struct money base, quote;
	uint64_t last_trade;
};

struct served_market {
	instrument_id instrument;
	int64_t nonce;	    /* grows with every change of the displayed book */
	int64_t sent_nonce; /* as of `bids` and `asks` */
	int64_t offset;
	struct book_level bids[SERVED_BOOK_LEVELS], asks[SERVED_BOOK_LEVELS]; /* as told */
	size_t bid_count, ask_count;
	int64_t flushed_ns;
	schedule_id flush, stats;
	unsigned book_subscribers;
	struct price last_trade;
	struct served_candle *candles; /* owned; oldest first */
	size_t candle_count;
	struct lighter_service *service;
};

enum served_channel {
	STREAM_ORDER_BOOK,
	STREAM_TICKER,
	STREAM_MARKET_STATS,
	STREAM_TRADE,
	STREAM_ACCOUNT_ALL,
	STREAM_ACCOUNT_ALL_ORDERS,
	STREAM_ACCOUNT_ORDERS,
	STREAM_ACCOUNT_ALL_TRADES,
	STREAM_ACCOUNT_ALL_POSITIONS,
	STREAM_ACCOUNT_ALL_ASSETS,
	STREAM_ACCOUNT_MARKET,
	STREAM_USER_STATS,
	STREAM_ACCOUNT_TX,
	STREAM_NOTIFICATION,
};
#define SERVED_CHANNELS (STREAM_NOTIFICATION + 1)

struct served_subscription {
	enum served_channel channel;
	unsigned market;  /* SERVED_PERP_NIL: all, or the channel has none */
	unsigned account; /* where the channel has one */
};

struct served_socket {
	struct lighter_service *service;
	const struct service_host *host;
	struct service_socket *peer;
	struct served_socket *next;
	struct served_subscription subscriptions[SERVED_SUBSCRIPTIONS_MAX];
	size_t subscription_count;
	int64_t heard_ns;   /* scheduler time of the last message from there */
	int64_t greeted_ns; /* of the last ping to there, or of the opening */
	int64_t pinged_ns;  /* of a ping that no pong has answered yet; 0 none */
	schedule_id watch;
	struct served_minute messages;
	struct served_text delayed; /* an account frame that ws.reorder holds back */
	struct served_text waiting; /* an answer that waits for the frames of an order */
	const struct served_order *waits_for;
	char last_id[65]; /* of the last transaction, for ord.swap_reply */
	bool doomed;	  /* closed: waits to be freed after the walk over all */
};

/* A request that is answered later, or never. */
struct served_held {
	struct lighter_service *service;
	const struct service_host *host;
	struct service_request *request;
	schedule_id due; /* 0: when `after` has spoken, or never */
	struct served_order *after;
	int status;
	const char *content_type;
	struct served_text body;
	struct served_held *next;
};

#define SERVED_BUCKETS 4096

struct lighter_service {
	struct service face;
	struct scheduler *scheduler;
	struct trading_floor *floor;
	struct fault_plan *faults; /* may be NULL */
	const struct instrument_table *instruments;
	const char *venue_name;
	uint32_t chain_id;
	int64_t book_interval_ns;
	bool rate_limits;
	struct served_account accounts[FLOOR_ACCOUNTS_MAX];
	unsigned account_count;
	struct served_market *markets; /* by market index; owned */
	unsigned market_count;
	struct served_order **orders; /* owned, by sequence */
	size_t order_count, order_capacity;
	struct served_order *by_client[SERVED_BUCKETS];
	/* By growing number, found by halving. */
	struct served_floor_link {
		uint64_t number;
		struct served_order *order;
	} * links;
	size_t link_count, link_capacity;
	struct served_record *records;
	size_t record_count, record_capacity;
	size_t by_hash[SERVED_BUCKETS]; /* place + 1 */
	int64_t engine_nonce;
	struct served_minute anonymous; /* requests without an account: "per IP" */
	struct served_socket *sockets;
	unsigned socket_count;
	unsigned walking; /* depth of walks over sockets: no frees meanwhile */
	struct served_held *held;
	unsigned held_count;
	uint64_t sessions;
	int64_t stale_ns; /* ws.stale_ts: venue time at which it began; 0 none */
	char last_hash[TX_HASH_HEX + 1];
};

/* ---- lighter_service.c: time, markets, faults ------------------------------------------------ */

int64_t served_now_ns(const struct lighter_service *service); /* venue time */
int64_t served_now_ms(const struct lighter_service *service);
const struct instrument *served_instrument(const struct lighter_service *service, unsigned market);
/* False: the venue has no such market. */
bool served_find_market(const struct lighter_service *service, instrument_id instrument,
			unsigned *market);
bool served_find_account(const struct lighter_service *service, int64_t index, unsigned *account);
unsigned served_quote_decimals(const struct instrument *instrument);
struct fault_occasion served_occasion(const struct lighter_service *service);
/* A fault that strikes the venue as a whole: rules that select a symbol do not match. */
bool served_strikes(struct lighter_service *service, const char *knob, char *value);
/* A fault in one market (SERVED_PERP_NIL: none); `side` a FAULT_BUY, FAULT_SELL or FAULT_ANY_SIDE.
 */
bool served_strikes_in(struct lighter_service *service, const char *knob, unsigned market, int side,
		       char *value);

/* ---- lighter_service_rest.c ------------------------------------------------------------------ */

/* One request being answered. */
struct served_call {
	struct lighter_service *service;
	const struct service_host *host;
	struct service_request *request;
	const struct service_request_view *view;
	const struct served_form *form;
	bool authenticated;
	unsigned account; /* the token's, where authenticated */
	int status;
	const char *content_type;
	struct served_text body;
	bool taken; /* a handler answers, drops or holds it itself */
};
void served_rest_request(void *user, const struct service_host *host,
			 struct service_request *request, const struct service_request_view *view);
void served_rest_gone(void *user, struct service_request *request);
void served_rest_free(struct lighter_service *service);
/* The error envelope of §1.3. */
void served_refuse(struct served_call *call, int status, int code);
void served_refuse_because(struct served_call *call, int status, int code, const char *message);
/* Answers with what the call holds, after a delay or once `order` has spoken; both 0: never. */
void served_hold(struct served_call *call, int64_t delay_ns, struct served_order *after);
/* The order's frames are out: answers that waited for them follow. */
void served_release_held(struct lighter_service *service, const struct served_order *order);
/* Parameters of a request, 20001 if wrong. */
bool served_want_account(struct served_call *call, const char *name, unsigned *account);
bool served_want_limit(struct served_call *call, int64_t most, int64_t otherwise, int64_t *limit);
/* Absent: SERVED_PERP_NIL. */
bool served_want_market(struct served_call *call, bool needed, unsigned *market);
/* Whether a fault says that this account's read fails or is empty. */
bool served_read_struck(struct served_call *call);

typedef void (*served_handler)(struct served_call *call);
/* lighter_service_market_data.c */
void served_get_root(struct served_call *call);
void served_get_info(struct served_call *call);
void served_get_order_books(struct served_call *call);
void served_get_order_book_details(struct served_call *call);
void served_get_order_book_orders(struct served_call *call);
void served_get_recent_trades(struct served_call *call);
void served_get_candles(struct served_call *call);
void served_get_fundings(struct served_call *call);
void served_get_funding_rates(struct served_call *call);
void served_candle_trade(struct served_market *market, const struct market_event *event);
/* lighter_service_account_data.c */
void served_get_accounts_by_l1(struct served_call *call);
void served_get_account(struct served_call *call);
void served_get_api_keys(struct served_call *call);
void served_get_next_nonce(struct served_call *call);
void served_get_account_limits(struct served_call *call);
void served_get_active_orders(struct served_call *call);
void served_get_inactive_orders(struct served_call *call);
void served_get_account_orders(struct served_call *call);
void served_get_trades(struct served_call *call);
void served_get_position_funding(struct served_call *call);
void served_get_tx(struct served_call *call);
/* lighter_service_submit.c */
void served_post_send_tx(struct served_call *call);
void served_post_send_tx_batch(struct served_call *call);

/* ---- lighter_service_auth.c ------------------------------------------------------------------ */

/* 0 and the account, or the venue's code (20001 no token, 20013 not valid). */
int served_token_check(struct lighter_service *service, const char *token, unsigned *account);
/* False: the limit of §1.4 is used up. account NULL: counted for the address alone. */
bool served_spend_read(struct lighter_service *service, struct served_account *account,
		       int64_t weight);
bool served_spend_transaction(struct lighter_service *service, struct served_account *account);
bool served_minute_spend(struct served_minute *minute, int64_t now_ns, int64_t weight,
			 int64_t limit);

/* ---- lighter_service_submit.c: what REST and WebSocket share --------------------------------- */

struct served_submission {
	struct served_transaction transaction;
	uint8_t hash[TX_HASH_BYTES];
	char hash_hex[TX_HASH_HEX + 1];
	struct served_account *account;
	struct served_key_state *key;
};
/* How an answer is spoiled; the executed part was done already. */
enum served_spoil {
	SPOIL_NOTHING,
	SPOIL_DROP,
	SPOIL_CLOSE,
	SPOIL_RESET,
	SPOIL_STATUS,
	SPOIL_TRUNCATED,
	SPOIL_PAGE,
	SPOIL_TYPE,
	SPOIL_EMPTY,
};
struct served_receipt {
	int status; /* HTTP */
	int code;
	const char *message; /* of a refusal */
	char hashes[SERVED_BATCH_MAX][TX_HASH_HEX + 1];
	unsigned count;
	bool batch;
	int64_t predicted_ms;
	bool quota;
	enum served_spoil spoil;
	const char *spoil_page;
	struct served_order *answer_after; /* ws.before_ack */
	bool swapped;			   /* ord.swap_reply */
};
struct served_payload {
	int64_t type;
	const char *info;
	size_t length;
};
/* Judges all, then executes all; faults included. */
void served_submit(struct lighter_service *service, const struct served_payload *payloads,
		   unsigned count, bool batch, bool price_protection,
		   struct served_receipt *receipt);
/* The two texts of sendTxBatch (§1.10) as payloads; room is owned by the caller. 0 or a code. */
struct served_batch {
	struct served_payload payloads[SERVED_BATCH_MAX];
	unsigned count;
	char *room;
};
int served_batch_read(const char *types, const char *infos, struct served_batch *batch);
/* Members of the answer, without its brackets. */
void served_put_receipt(struct served_text *text, const struct served_receipt *receipt);

/* ---- lighter_service_orders.c ---------------------------------------------------------------- */

/* 0 or the code with which the API refuses the order (margin of resting orders included). */
int served_order_judge(struct lighter_service *service, unsigned account, const int64_t *values,
		       bool price_protection);
/* NULL: no room. The record must exist already. */
struct served_order *served_order_create(struct lighter_service *service, unsigned account,
					 const struct served_transaction *transaction,
					 size_t record);
/* By the client's index (< 2^48) or the venue's; live ones first. NULL: none. */
struct served_order *served_order_find(struct lighter_service *service, unsigned account,
				       int64_t index);
struct served_order *served_order_live(struct lighter_service *service, unsigned account,
				       int64_t client_index);
struct served_order *served_order_by_floor(struct lighter_service *service, uint64_t number);
void served_order_cancel(struct lighter_service *service, struct served_order *order);
void served_orders_cancel_all(struct lighter_service *service, unsigned account,
			      unsigned market /* SERVED_PERP_NIL: all */);
/* 0 or the code. */
int served_order_modify_judge(struct lighter_service *service, const struct served_order *order,
			      const int64_t *values);
void served_order_modify(struct lighter_service *service, struct served_order *order,
			 const int64_t *values);
/* A fill of it: its amounts are brought up to date. NULL: no room for somebody else's order. */
struct served_order *served_orders_filled(struct lighter_service *service,
					  const struct floor_order *from);
void served_orders_changed(struct lighter_service *service, const struct floor_order *order);
bool served_order_visible(const struct lighter_service *service, const struct served_order *order,
			  int64_t lag_ns);
size_t served_record_add(struct lighter_service *service, const struct served_submission *from);
struct served_record *served_record_find(struct lighter_service *service, const char *hash);

/* ---- lighter_service_shapes.c ---------------------------------------------------------------- */

void served_put_order(struct lighter_service *service, struct served_text *text,
		      const struct served_order *order, bool spoilable);
void served_put_fill(struct lighter_service *service, struct served_text *text,
		     const struct floor_fill *fill, bool with_fees);
void served_put_public_trade(struct lighter_service *service, struct served_text *text,
			     unsigned market, const struct market_event *event);
void served_put_position(struct lighter_service *service, struct served_text *text, const char *key,
			 unsigned account, unsigned market, int64_t lag_ns);
/* The position as reads show it: that of lag_ns ago (as far back as is remembered). */
struct floor_position served_position(const struct lighter_service *service, unsigned account,
				      unsigned market, int64_t lag_ns);
void served_remember_position(struct lighter_service *service, unsigned account, unsigned market);
/* Whether `account` shows a row for it: it was traded, ordered or configured there. */
bool served_has_position_row(const struct lighter_service *service, unsigned account,
			     unsigned market);
void served_put_asset(struct lighter_service *service, struct served_text *text, const char *key,
		      unsigned account);
void served_put_market_stats(struct lighter_service *service, struct served_text *text,
			     const char *key, unsigned market);
void served_put_user_stats(struct lighter_service *service, struct served_text *text,
			   unsigned account);
int64_t served_fill_trade_id(const struct lighter_service *service, const struct floor_fill *fill);
/*
 * A funding rate as the wire has it: percent of notional for one settlement, which at the venue is
 * one hour; where the testnet settles more often, each pays what an hour would. Signed, with the
 * venue's usual four decimals or as many as it needs.
 */
void served_put_funding_rate(struct served_text *text, const char *key, struct rate rate);

/* ---- lighter_service_socket.c, _message.c, _book.c, _channels.c
 * -------------------------------------------
 */

void served_socket_opened(void *user, const struct service_host *host, struct service_socket *peer,
			  const char *target);
void served_socket_message(void *user, struct service_socket *peer, const char *text,
			   size_t length);
void served_socket_closed(void *user, struct service_socket *peer);
/* The order's frames are out: answers over sockets that waited for them follow. */
void served_sockets_release(struct lighter_service *service, const struct served_order *order);
void served_sockets_free(struct lighter_service *service);
/* NULL: not one of ours, or closed already. */
struct served_socket *served_socket_find(struct lighter_service *service,
					 const struct service_socket *peer);
void served_socket_text(struct served_socket *socket, const char *text, size_t length);
/* Closes with a code, 0: cuts. The socket is gone unless service->walking. */
void served_socket_close(struct served_socket *socket, int code);
/* As a line that breaks: every socket ends without a word. */
void served_sockets_cut(struct lighter_service *service);
/* Frees closed sockets, unless somebody walks over them. */
void served_sockets_bury(struct lighter_service *service);
/* "order_book/1", "market_stats/all", "account_orders/1/5501". 0, or the code. */
int served_channel_read(struct lighter_service *service, const char *text,
			struct served_subscription *out);
void served_subscribe(struct served_socket *socket, const struct served_subscription *wanted,
		      const char *token);
void served_unsubscribe(struct served_socket *socket, const struct served_subscription *wanted);
void served_socket_send(struct served_socket *socket, const struct served_text *text);
void served_socket_error(struct served_socket *socket, int code, const char *message);
/* Sends the frame to every socket that has such a subscription. Market frames and account frames
 * meet different faults. market: what the frame is about, SERVED_PERP_NIL if about all. */
void served_publish(struct lighter_service *service, enum served_channel channel, unsigned market,
		    unsigned account, const struct served_text *frame);
bool served_subscribed(const struct lighter_service *service, enum served_channel channel,
		       unsigned market, unsigned account);
/* The snapshot that a subscription begins with. */
void served_channel_begin(struct served_socket *socket,
			  const struct served_subscription *subscription);
/* "order_book:1" as answers name it; returns buffer. */
const char *served_channel_name(const struct lighter_service *service,
				const struct served_subscription *subscription, char *buffer,
				size_t size);

void served_book_changed(struct lighter_service *service, unsigned market);
/* Sends what changed to those subscribed, so that `bids` and `asks` are the book now. */
void served_book_flush(struct served_market *market);
void served_book_snapshot(struct served_market *market, struct served_text *text);
void served_ticker(struct lighter_service *service, unsigned market, struct served_text *text,
		   bool first);
/* Time in frames: stuck under ws.stale_ts. */
int64_t served_frame_ns(struct lighter_service *service);

void served_tell_order(struct lighter_service *service, const struct served_order *order);
void served_tell_fill(struct lighter_service *service, const struct floor_fill *fill);
void served_tell_account(struct lighter_service *service, unsigned account, unsigned market);
void served_tell_trade(struct lighter_service *service, unsigned market,
		       const struct market_event *event);
void served_tell_stats(struct lighter_service *service, unsigned market);
void served_tell_tx(struct lighter_service *service, const struct served_record *record);

#endif
