/*
 * What the rooms of hyperliquid_service share: the service itself, its accounts, orders, sockets
 * and waiting answers. Paragraphs (§) are those of venues/hyperliquid.md.
 *
 * Time on the wire is the venue's (trading_floor_venue_time), in milliseconds. An account's stream
 * frames of one instant leave together, like those of a block, after the answers of that instant.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_STATE_H
#define FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_STATE_H

#include "core/base/utc.h"
#include "exchanges/testnet/hyperliquid_service.h"
#include "exchanges/testnet/hyperliquid_service_action.h"
#include "exchanges/testnet/hyperliquid_service_signature.h"
#include "exchanges/testnet/service_text.h"

#define HYPER_MARKETS_MAX	1024
#define HYPER_SOCKETS_MAX	256
#define HYPER_SUBSCRIPTIONS_MAX 1000 /* §5.3, of one connection */
#define HYPER_AGENTS_MAX	4    /* 1 unnamed, 3 named (§2.6) */
#define HYPER_NONCES_KEPT	100  /* §4.6 */
#define HYPER_SIGNERS_MAX	(FLOOR_ACCOUNTS_MAX * 16)
#define HYPER_SLOTS_MAX		200	   /* orders or cancels in one action (§2.3) */
#define HYPER_PENDING_MAX	4096	   /* actions and answers waiting */
#define HYPER_ORDERS_MAX	(1u << 20) /* of all accounts; beyond, none is taken */
#define HYPER_CLOID_MAX		34	   /* "0x" and 32 digits */
#define HYPER_STATUS_MAX	320
#define HYPER_REMEMBERED	2000 /* orders that a look-up still knows (§1.4) */
#define HYPER_NO_ACCOUNT	UINT_MAX
#define HYPER_NO_MARKET		UINT_MAX
#define HYPER_BUCKETS		4096

/* ---- orders ------------------------------------------------------------------------------------
 */

enum hyper_tif { HYPER_ALO, HYPER_IOC, HYPER_GTC };

struct hyper_pending;

struct hyper_order {
	uint64_t oid;
	unsigned account, market;
	const struct floor_order *floor; /* NULL: refused before it came to the floor */
	bool buy, reduce_only;
	enum hyper_tif tif;
	struct price limit;
	struct quantity size;
	char cloid[HYPER_CLOID_MAX + 1]; /* "" none */
	const char *status;		 /* of §1.4; static */
	const char *error;		 /* why it was refused; static */
	int64_t placed_ms, status_ms;
	int64_t seen_ms; /* when it came into a block: look-ups know it from then on; 0 not yet */
	bool lost;	 /* nobody ever hears of it again: a fault, killed, or expired before */
	bool foreign;	 /* not placed over this wire */
	bool cancel_asked, live;
	bool displaced; /* by a newer reduce-only order */
	unsigned waiters;
	size_t place; /* in its account's list */
	struct hyper_order *older_in_bucket;
};

struct hyper_account {
	struct hyperliquid_service *service;
	unsigned number;
	uint8_t address[HYPER_ADDRESS_BYTES];
	char address_text[HYPER_ADDRESS_TEXT];
	struct hyper_agent {
		uint8_t address[HYPER_ADDRESS_BYTES];
		char name[32];
		int64_t valid_until_ms;
	} agents[HYPER_AGENTS_MAX];
	unsigned agent_count;
	char mode[24];
	struct money volume;	/* traded, in USD */
	struct money today[2];	/* of it since the start: taken, made */
	uint64_t requests_used; /* §6.1 */
	int64_t last_free_ns;	/* of the one action per 10 s beyond the budget */
	int64_t armed_ms;	/* scheduleCancel; 0 not */
	int64_t triggers_day;	/* how often it went off that day */
	unsigned triggers;
	struct hyper_order **orders; /* by age */
	size_t order_count, order_capacity;
	struct hyper_order **live;
	size_t live_count, live_capacity;
	struct hyper_tally {
		struct money funding_all, funding_open, funding_change; /* paid > 0 */
	} * tallies;							/* by market */
	/* Of this instant, until the frames leave. */
	struct served_text updates, cancels; /* rows of orderUpdates, nonUserCancel */
	size_t fills_told, payments_told;
	bool changed; /* position, balance or open orders */
};

/* ---- markets -----------------------------------------------------------------------------------
 */

struct hyper_candle {
	int64_t open_ns; /* of the minute */
	struct price open, high, low, close;
	struct quantity volume;
	unsigned trades;
};
#define HYPER_CANDLES_KEPT 5000

struct hyper_market {
	instrument_id instrument;
	const struct instrument *terms;
	struct price last_trade;
	struct book_level best[2]; /* as last told: bid, ask */
	bool best_dirty, context_dirty;
	struct served_text trades;    /* rows of this instant */
	struct hyper_candle *candles; /* minutes, a ring; owned */
	size_t candle_count, candle_next;
	bool candle_dirty;
};

/* ---- answers -----------------------------------------------------------------------------------
 */

/* Where an answer goes: an HTTP request or a `post` over a socket. */
struct hyper_address_of_answer {
	const struct service_host *host;
	struct service_request *request;
	struct hyper_socket *socket;
	uint64_t post_id;
	bool action; /* of a post: its type */
};

/* How an answer is spoiled; the executed part was done already. */
enum hyper_spoil {
	HYPER_SPOIL_NOTHING,
	HYPER_SPOIL_DROP,
	HYPER_SPOIL_CLOSE,
	HYPER_SPOIL_RESET,
	HYPER_SPOIL_STATUS,
	HYPER_SPOIL_TRUNCATED,
	HYPER_SPOIL_PAGE,
	HYPER_SPOIL_TYPE,
	HYPER_SPOIL_EMPTY,
};

/* An action under way, or an answer that comes later. */
struct hyper_pending {
	struct hyperliquid_service *service;
	struct hyper_address_of_answer to;
	unsigned account;
	size_t signer; /* place in service->signers */
	uint64_t nonce;
	const char *kind; /* "order", "cancel", "default" */
	struct hyper_slot {
		enum hyper_slot_kind {
			HYPER_SLOT_DONE,
			HYPER_SLOT_PLACE,  /* until the order is matched */
			HYPER_SLOT_CANCEL, /* until it has ended */
			HYPER_SLOT_MODIFY, /* until it has ended, then the new one is placed */
		} kind;
		struct hyper_order *order;
		struct hyper_order *replacement; /* of a modify, not placed yet */
		char status[HYPER_STATUS_MAX];	 /* JSON */
	} * slots;
	unsigned slot_count, open_slots;
	int64_t expires_ns;
	const char *refusal; /* found out late: the whole action is refused */
	char refusal_room[HYPER_STATUS_MAX];
	bool always_place; /* of a modify: flag `a` */
	bool forced;	   /* a fault has said what the statuses are */
	enum hyper_spoil spoil;
	int spoil_status;
	const char *spoil_page;
	bool swapped;
	int64_t delay_ns; /* of the answer */
	schedule_id due;
	int status; /* of a held HTTP answer */
	const char *content_type;
	struct served_text body;
	struct hyper_pending *next;
};

/* ---- sockets -----------------------------------------------------------------------------------
 */

enum hyper_channel {
	HYPER_BBO,
	HYPER_L2_BOOK,
	HYPER_ACTIVE_ASSET_CTX,
	HYPER_ALL_MIDS,
	HYPER_TRADES,
	HYPER_CANDLE,
	HYPER_ALL_CTXS,
	HYPER_ORDER_UPDATES,
	HYPER_USER_EVENTS,
	HYPER_USER_FILLS,
	HYPER_USER_FUNDINGS,
	HYPER_CLEARINGHOUSE,
	HYPER_OPEN_ORDERS,
	HYPER_ACTIVE_ASSET_DATA,
	HYPER_WEB_DATA,
	HYPER_NOTIFICATION,
};
#define HYPER_CHANNELS (HYPER_NOTIFICATION + 1)

struct hyper_book_view {
	int figures;  /* nSigFigs; 0 full */
	int mantissa; /* 1, 2, 5; 0 none given */
	bool fast;
};
struct hyper_subscription {
	enum hyper_channel channel;
	unsigned market;
	unsigned account; /* HYPER_NO_ACCOUNT: an address that nobody has here */
	char user[HYPER_ADDRESS_TEXT];
	struct hyper_book_view view;
	char interval[4];
	/* Told back in answers, without effect: dex "" and aggregateByTime where they were given.
	 */
	bool echoes_dex, echoes_aggregation, aggregates;
};

struct hyper_socket {
	struct hyperliquid_service *service;
	const struct service_host *host;
	struct service_socket *peer;
	struct hyper_subscription *subscriptions;
	size_t subscription_count, subscription_capacity;
	int64_t sent_ns; /* the last thing we sent */
	schedule_id watch;
	unsigned posts;		    /* in flight */
	struct served_text delayed; /* an account frame that ws.reorder holds back */
	uint64_t last_post;
	bool condemned; /* to be cut with the frames of this instant */
	bool doomed;	/* closed: waits to be freed after the walk over all */
	struct hyper_socket *next;
};

/* ---- limits ------------------------------------------------------------------------------------
 */

/* Units spent within the last minute. */
#define HYPER_SECONDS 60
struct hyper_minute {
	int64_t seconds[HYPER_SECONDS], weight[HYPER_SECONDS];
};

struct hyper_signer {
	uint8_t address[HYPER_ADDRESS_BYTES];
	uint64_t nonces[HYPER_NONCES_KEPT]; /* growing */
	size_t count;
};

struct hyperliquid_service {
	struct service face;
	struct scheduler *scheduler;
	struct trading_floor *floor;
	struct fault_plan *faults; /* may be NULL */
	const struct instrument_table *instruments;
	const char *venue_name;
	struct hyperliquid_service_options options; /* without the accounts */
	struct hyper_account accounts[FLOOR_ACCOUNTS_MAX];
	unsigned account_count;
	struct hyper_market *markets; /* by asset number; owned */
	unsigned market_count;
	struct hyper_order **orders; /* by age; owned */
	size_t order_count, order_capacity;
	struct hyper_order *by_cloid[HYPER_BUCKETS];
	struct hyper_order **by_floor; /* by the floor's number - 1 */
	size_t by_floor_count, by_floor_capacity;
	struct hyper_signer *signers; /* HYPER_SIGNERS_MAX; owned */
	size_t signer_count;
	struct hyper_pending *pending;
	unsigned pending_count;
	struct hyper_socket *sockets;
	unsigned socket_count;
	unsigned walking; /* depth of walks over sockets: no frees meanwhile */
	unsigned subscribers[HYPER_CHANNELS];
	schedule_id flush;		/* the frames of this instant */
	schedule_id fast, slow, second; /* books, books, what is told once a second */
	struct hyper_minute weight, messages, opened;
	int64_t stale_ns; /* ws.stale_ts: venue time at which it began; 0 none */
};

/* ---- hyperliquid_service.c: time, markets, faults ----------------------------------------------
 */

int64_t hyper_now_ns(const struct hyperliquid_service *service); /* venue time */
int64_t hyper_now_ms(const struct hyperliquid_service *service);
/* A client's time as venue time; a far one is cut where nothing overflows. */
int64_t hyper_ns_of_ms(uint64_t ms);
/* Time in frames: stuck under ws.stale_ts. */
int64_t hyper_frame_ms(struct hyperliquid_service *service);
bool hyper_find_market(const struct hyperliquid_service *service, instrument_id instrument,
		       unsigned *market);
bool hyper_find_coin(const struct hyperliquid_service *service, const char *coin, unsigned *market);
/* By the master's address. */
struct hyper_account *hyper_account_of(struct hyperliquid_service *service,
				       const uint8_t address[HYPER_ADDRESS_BYTES]);
/* By a signer's: the master's or an agent's. */
struct hyper_account *hyper_account_of_signer(struct hyperliquid_service *service,
					      const uint8_t address[HYPER_ADDRESS_BYTES]);
struct fault_occasion hyper_occasion(const struct hyperliquid_service *service);
bool hyper_strikes(struct hyperliquid_service *service, const char *knob, char *value);
/* The same for one market (HYPER_NO_MARKET: none) and, if `sided`, a side. */
bool hyper_strikes_in(struct hyperliquid_service *service, const char *knob, unsigned market,
		      bool sided, bool buy, char *value);
int64_t hyper_fault_number(struct hyperliquid_service *service, const char *knob,
			   int64_t otherwise);
bool hyper_minute_spend(struct hyper_minute *minute, int64_t now_ns, int64_t weight, int64_t limit);
/* Once per instant: the frames that are due. */
void hyper_flush_later(struct hyperliquid_service *service);
/* element_size bytes each; aborts without memory. */
void *hyper_grow(void *array, size_t count, size_t *capacity, size_t element_size);

/* ---- hyperliquid_service_shapes.c --------------------------------------------------------------
 */

/* "1015.0", "0.0456": quoted, without trailing zeros but one. */
void hyper_put_decimal(struct served_text *text, const char *key, i128 units, unsigned decimals);
/* Rounded half-even to `decimals` first. */
void hyper_put_money(struct served_text *text, const char *key, struct money amount,
		     unsigned decimals);
void hyper_put_price(struct served_text *text, const char *key, const struct hyper_market *market,
		     struct price price);
void hyper_put_size(struct served_text *text, const char *key, const struct hyper_market *market,
		    struct quantity size);
void hyper_put_hash(struct served_text *text, uint64_t number);
/* Members of a row of openOrders; detailed: of frontendOpenOrders. */
void hyper_put_order(struct hyperliquid_service *service, struct served_text *text, const char *key,
		     const struct hyper_order *order, bool detailed);
void hyper_put_fill(struct hyperliquid_service *service, struct served_text *text,
		    const struct floor_fill *fill, bool with_fee);
void hyper_put_payment(struct hyperliquid_service *service, struct served_text *text,
		       const struct floor_payment *payment, bool wrapped);
int64_t hyper_payment_ms(const struct floor_payment *payment);
void hyper_put_context(struct hyperliquid_service *service, struct served_text *text,
		       const char *key, unsigned market);
void hyper_put_trade(struct served_text *text, struct hyperliquid_service *service, unsigned market,
		     const struct market_event *event);
/* empty: fault pos.empty; lag_ms: positions as they were then (pos.lag_ms). */
void hyper_put_clearinghouse(struct hyperliquid_service *service, struct served_text *text,
			     const char *key, unsigned account, bool empty, int64_t lag_ms);
void hyper_put_open_orders(struct hyperliquid_service *service, struct served_text *text,
			   const char *key, unsigned account, bool detailed, int64_t lag_ms);
void hyper_put_asset_data(struct hyperliquid_service *service, struct served_text *text,
			  const char *key, const char *user, unsigned account, unsigned market);
/* Mid of the displayed book, else the last trade or the mark; false: nothing is known. */
bool hyper_mid(struct hyperliquid_service *service, unsigned market, struct money *mid,
	       bool *from_book);
void hyper_put_mids(struct hyperliquid_service *service, struct served_text *text, const char *key);

/* ---- hyperliquid_service_books.c ---------------------------------------------------------------
 */

/* Members nSigFigs, mantissa and fast of a request. */
bool hyper_book_view_read(const struct hyper_json *node, struct hyper_book_view *view);
/* {coin, time, levels, ..}; limit: levels a side. */
void hyper_put_book(struct hyperliquid_service *service, struct served_text *text, const char *key,
		    unsigned market, const struct hyper_book_view *view, size_t limit);
void hyper_put_bbo(struct hyperliquid_service *service, struct served_text *text, const char *key,
		   unsigned market);
/* True: the best bid or offer is not what was last told (and is noted). */
bool hyper_bbo_changed(struct hyperliquid_service *service, unsigned market);
void hyper_candle_trade(struct hyper_market *market, const struct market_event *event);
/* Minutes of an interval such as "1m"; 0: no such interval. */
int64_t hyper_interval_ns(const char *interval);
/* The one under way, or null. */
void hyper_put_last_candle(struct served_text *text, const char *key,
			   const struct hyper_market *market, const char *interval);
void hyper_put_candles(struct served_text *text, const struct hyperliquid_service *service,
		       unsigned market, const char *interval, int64_t from_ns, int64_t to_ns);

/* ---- hyperliquid_service_judging.c, _orders.c
 * --------------------------------------------------------------
 */

/* Why an order is refused: the answer's text (§2.8) and the order's state (§1.4). */
struct hyper_verdict {
	const char *text, *state;
};
extern const struct hyper_verdict HYPER_CROSSES, HYPER_NO_MATCH, HYPER_NO_ROOM;
const struct hyper_verdict *hyper_verdict_of(enum reject_reason reason);
/* "0x" and 32 digits, either case. */
bool hyper_is_cloid(const char *text);

struct hyper_wanted {
	uint64_t asset;
	bool buy, reduce_only, trigger;
	enum hyper_tif tif;
	const char *price, *size, *cloid; /* cloid NULL: none */
};
/* False: a member is missing or of a wrong kind (the packer found nothing wrong with it). */
bool hyper_wanted_read(const struct hyper_json *node, struct hyper_wanted *wanted);
/* Judges it and notes it. NULL: it is refused, slot->status says why. amends: it takes the place
 * of a resting order, whose margin it may use. */
struct hyper_order *hyper_order_prepare(struct hyperliquid_service *service, unsigned account,
					const struct hyper_wanted *wanted, bool amends,
					struct hyper_slot *slot);
/* As the floor takes it. */
struct order_request hyper_order_request(const struct hyperliquid_service *service,
					 const struct hyper_order *order);
/* NULL: no room. cloid NULL: none. */
struct hyper_order *hyper_order_note(struct hyperliquid_service *service, unsigned account,
				     const char *cloid);
/* It ends before it came to the floor; the slot says so. */
void hyper_order_refuse(struct hyperliquid_service *service, struct hyper_order *order,
			const struct hyper_verdict *verdict, struct hyper_slot *slot);
/* Gives a prepared order to the floor; the slot then waits for its match. */
void hyper_order_send(struct hyperliquid_service *service, struct hyper_order *order,
		      struct hyper_slot *slot, int64_t expires_ns);
/* What an order that came into a block is answered with. */
void hyper_order_answer(const struct hyperliquid_service *service, const struct hyper_order *order,
			char status[HYPER_STATUS_MAX]);
/* Not those that are lost. */
struct hyper_order *hyper_order_by_oid(struct hyperliquid_service *service, unsigned account,
				       uint64_t oid);
struct hyper_order *hyper_order_by_cloid(struct hyperliquid_service *service, unsigned account,
					 const char *cloid);
/* Seen lag_ms ago at least (fault qry.lag_ms), and not forgotten. */
bool hyper_order_known(const struct hyperliquid_service *service, const struct hyper_order *order,
		       int64_t lag_ms);
struct quantity hyper_order_filled(const struct hyper_order *order);
void hyper_order_changed(struct hyperliquid_service *service, const struct floor_order *floor);
struct hyper_order *hyper_order_of(struct hyperliquid_service *service,
				   const struct floor_order *floor);
/* {"error":"text asset=n"} */
void hyper_slot_error(struct hyper_slot *slot, const char *text, uint64_t asset);
struct fault_occasion hyper_order_occasion(const struct hyperliquid_service *service,
					   const struct hyper_wanted *wanted, const char *kind);

/* ---- hyperliquid_service_exchange.c, _actions.c, _answers.c ------------------------------------
 */

/* The body of POST /exchange or of a post of type action; answers now or later. */
void hyper_exchange(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		    const struct hyper_json *envelope);
/* One action being judged; its pending answer exists already. */
struct hyper_call {
	struct hyperliquid_service *service;
	struct hyper_account *account;
	struct hyper_pending *pending;
	const struct hyper_json *action;
	enum hyper_action_type type;
	int64_t expires_ns; /* 0 none */
	uint8_t signer[HYPER_ADDRESS_BYTES];
	char refusal[256]; /* "" none: the whole action is refused with it */
};
/* How many units of the budget the action costs, and its slots. */
unsigned hyper_action_length(const struct hyper_call *call);
bool hyper_slots_make(struct hyper_call *call);
/* False: it packs, but no action of the venue looks like that. */
bool hyper_action_readable(const struct hyper_call *call);
void hyper_execute(struct hyper_call *call);
/* All of it is decided: answers. */
void hyper_actions_modified(struct hyper_pending *pending);
void hyper_modify_verdict(struct hyper_pending *pending);
#define HYPER_NEVER_PLACED  "Order was never placed, already canceled, or filled."
#define HYPER_CANNOT_MODIFY "Cannot modify canceled or filled order"
bool hyper_refuse(struct hyper_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* An order changed: answers that waited for it. */
void hyper_pending_order_changed(struct hyperliquid_service *service, struct hyper_order *order);

/* NULL: too many wait. */
struct hyper_pending *hyper_pending_create(struct hyperliquid_service *service,
					   const struct hyper_address_of_answer *to);
void hyper_pending_free(struct hyper_pending *pending);
/* All slots are decided: answers, spoiled as the faults want it, and frees it. */
void hyper_pending_answer(struct hyper_pending *pending);
/* {"status":"err","response":text} and frees it. */
void hyper_pending_refuse(struct hyper_pending *pending, const char *text);
/* Answers with body as it is after delay_ns; an HTTP status other than 200 becomes an error over a
 * socket. */
void hyper_answer(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		  int status, const char *content_type, const struct served_text *body,
		  int64_t delay_ns);
void hyper_answers_gone(void *user, struct service_request *request);
void hyper_answers_socket_gone(struct hyperliquid_service *service,
			       const struct hyper_socket *socket);
void hyper_answers_free(struct hyperliquid_service *service);

/* ---- hyperliquid_service_info.c, _market_info.c, _account_info.c -------------------------------
 */

struct hyper_query {
	struct hyperliquid_service *service;
	const struct hyper_json *body;
	struct served_text *text; /* of the answer */
	unsigned account;	  /* HYPER_NO_ACCOUNT: nobody has that address, or none is asked */
	char user[HYPER_ADDRESS_TEXT];
	bool wrong; /* cannot be deserialised */
	int status; /* other than 200: a fault */
	size_t rows;
};
void hyper_info(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		const struct hyper_json *body);
/* Common parameters. */
bool hyper_want_coin(struct hyper_query *query, unsigned *market, bool *known);
/* startTime and endTime in ms; absent end: now. */
bool hyper_want_span(struct hyper_query *query, const struct hyper_json *from, bool needed,
		     int64_t *start_ms, int64_t *end_ms);

void hyper_info_meta(struct hyper_query *query);
void hyper_info_meta_and_contexts(struct hyper_query *query);
void hyper_info_all_metas(struct hyper_query *query);
void hyper_info_dexs(struct hyper_query *query);
void hyper_info_spot_meta(struct hyper_query *query);
void hyper_info_spot_meta_and_contexts(struct hyper_query *query);
void hyper_info_book(struct hyper_query *query);
void hyper_info_mids(struct hyper_query *query);
void hyper_info_funding_history(struct hyper_query *query);
void hyper_info_predicted(struct hyper_query *query);
void hyper_info_status(struct hyper_query *query);
void hyper_info_market_limits(struct hyper_query *query);
void hyper_info_margin_table(struct hyper_query *query);
void hyper_info_capped(struct hyper_query *query);
void hyper_info_trades(struct hyper_query *query);
void hyper_info_candles(struct hyper_query *query);
void hyper_info_clearinghouse(struct hyper_query *query);
void hyper_info_spot_clearinghouse(struct hyper_query *query);
void hyper_info_abstraction(struct hyper_query *query);
void hyper_info_open_orders(struct hyper_query *query);
void hyper_info_frontend_orders(struct hyper_query *query);
void hyper_info_order_status(struct hyper_query *query);
void hyper_info_history(struct hyper_query *query);
void hyper_info_fills(struct hyper_query *query);
void hyper_info_fills_by_time(struct hyper_query *query);
void hyper_info_funding(struct hyper_query *query);
void hyper_info_fees(struct hyper_query *query);
void hyper_info_rate_limit(struct hyper_query *query);
void hyper_info_asset_data(struct hyper_query *query);
void hyper_info_role(struct hyper_query *query);
void hyper_info_agents(struct hyper_query *query);
void hyper_info_no_sub_accounts(struct hyper_query *query);
void hyper_info_empty_list(struct hyper_query *query);
void hyper_info_referral(struct hyper_query *query);

/* Actions an address may send for its volume (§6.1). */
uint64_t hyper_request_cap(const struct hyper_account *account);

/* ---- hyperliquid_service_socket.c, _channels.c -------------------------------------------------
 */

void hyper_socket_opened(void *user, const struct service_host *host, struct service_socket *peer,
			 const char *target);
void hyper_socket_message(void *user, struct service_socket *peer, const char *text, size_t length);
void hyper_socket_closed(void *user, struct service_socket *peer);
void hyper_sockets_cut(struct hyperliquid_service *service);
void hyper_sockets_free(struct hyperliquid_service *service);
void hyper_socket_send(struct hyper_socket *socket, const struct served_text *text);
void hyper_socket_error(struct hyper_socket *socket, const char *message);
/* Closes it without a word, once the answers of this instant are out. */
void hyper_socket_condemn(struct hyper_socket *socket);
void hyper_sockets_cut_condemned(struct hyperliquid_service *service);
bool hyper_channel_is_private(enum hyper_channel channel);
/* Of one frame to all who have that very subscription. */
void hyper_publish(struct hyperliquid_service *service, const struct hyper_subscription *about,
		   const struct served_text *frame);
void hyper_subscription_put(const struct hyperliquid_service *service, struct served_text *text,
			    const char *key, const struct hyper_subscription *subscription);
/* False: no such subscription. */
bool hyper_subscription_read(struct hyperliquid_service *service, const struct hyper_json *node,
			     struct hyper_subscription *out);
bool hyper_subscription_same(const struct hyper_subscription *a,
			     const struct hyper_subscription *b);
/* What a subscription begins with. */
void hyper_channel_begin(struct hyper_socket *socket,
			 const struct hyper_subscription *subscription);
/* Timers of the channels that somebody has subscribed to. */
void hyper_channels_arm(struct hyperliquid_service *service);
void hyper_channels_flush(struct hyperliquid_service *service);

#endif
