/*
 * The inside of the simulated venue, shared by its rooms: venue.c (commands), venue_rules.c (what
 * is refused), matching.c (walk, consume, queue), margin.c (margin, liquidation), settlement.c
 * (funding), venue_orders.c (order records and the account events), venue_account.c (money).
 * Nobody outside exchanges/simulated includes this.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_VENUE_STATE_H
#define FUNDARB_EXCHANGES_SIMULATED_VENUE_STATE_H

#include "exchanges/simulated/venue.h"
#include "exchanges/simulated/venue_account.h"

#define WORKING_ORDERS_MAX	256   /* resting orders of one instrument */
#define CONSUMED_LEVELS_MAX	1024  /* remembered levels a side; beyond, nothing more is taken */
#define PENDING_SETTLEMENTS_MAX 32    /* crossed boundaries of one instrument not yet paid */
#define HISTORY_EVENTS_MAX	65536 /* newest fills, and newest payments, kept for reads */
#define ORDERS_MAX		(1u << 24)

struct venue_order {
	struct order_request request;
	uint64_t number; /* the venue's order id */
	enum order_state state;
	enum reject_reason reason;
	struct quantity open; /* still working; reduce-only orders are trimmed to the position */
	struct quantity executed;
	struct quantity ahead; /* displayed quantity that stands before it in the queue */
	int64_t changed_ns;    /* venue time */
};

/* What own fills took from a displayed level, as long as its displayed size stays the same. */
struct consumed_level {
	struct price price;
	struct quantity displayed;
	struct quantity taken;
};
struct consumption {
	struct consumed_level *levels; /* owned; CONSUMED_LEVELS_MAX once used */
	uint32_t count;
};

/* A boundary crossed with a position and not paid yet. */
struct pending_settlement {
	int64_t boundary_ns;
	struct quantity position;
	bool mid_known;
	struct money mid; /* of the book at the crossing */
};

/* One instrument as this account uses it; made when it is first touched. */
struct venue_market {
	instrument_id id;
	const struct instrument *instrument;
	struct venue_position position;
	int32_t leverage; /* as set; the instrument's maximum caps it */
	struct venue_order *working[WORKING_ORDERS_MAX]; /* in order of arrival */
	uint32_t working_count;
	struct consumption consumed[2]; /* by enum side: bids, asks */
	int64_t judged_ns;		/* boundaries up to this venue time are dealt with */
	int64_t off_schedule_ns;	/* last settlement that no schedule named */
	struct pending_settlement pending[PENDING_SETTLEMENTS_MAX];
	uint32_t pending_count;
	bool boundary_lost; /* more were due than can wait: overdue whatever the patience */
	int64_t lost_boundary_ns;
	struct price judged_bid, judged_ask; /* touch already judged, where no mark is known */
};

/* Newest events of one kind, oldest first from `first`. */
struct venue_history {
	struct account_event *events; /* owned; a ring once it is full */
	size_t count, capacity, first;
	int64_t forgotten_ns; /* exch_ns of the newest event no longer kept; INT64_MIN: none */
};

#define ORDERS_PER_BLOCK 1024
struct venue_orders {
	struct venue_order **blocks; /* owned, each ORDERS_PER_BLOCK long; never move */
	size_t block_count;
	size_t count;
	uint32_t *slots; /* open addressing by client id: order number, 0 = free */
	size_t slot_count;
};

struct simulated_venue {
	struct simulated_venue_options options;
	const struct instrument_table *instruments;
	const struct market_state *books;
	simulated_venue_output output;
	void *output_user;
	int64_t now_ns; /* local time of the call being served */
	struct venue_account account;
	struct venue_market **by_id;   /* by instrument handle; owned, sparse */
	struct venue_market **markets; /* in order of first use */
	size_t market_count;
	struct venue_orders orders;
	struct venue_history fills, payments, liquidations;
	uint64_t last_trade_id;
	int64_t due_ns;	     /* venue time of the next boundary of any active market */
	int64_t dead_man_ns; /* local; INT64_MAX: disarmed */
	struct simulated_statistics statistics;
};

/* ---- venue.c ---- */
int64_t venue_time(const struct simulated_venue *venue);
/* Makes the market on first use; NULL if the instrument is not this venue's. */
struct venue_market *venue_market_open(struct simulated_venue *venue, instrument_id id);
struct venue_market *venue_market_find(const struct simulated_venue *venue, instrument_id id);
const struct instrument_revision *venue_terms(const struct simulated_venue *venue,
					      const struct venue_market *market);
bool venue_market_active(const struct venue_market *market);
__attribute__((noreturn)) void venue_abort_without_memory(void);

/* As simulated_venue_place, but the venue refuses, whatever the order: a drill. */
struct simulated_answer simulated_venue_refuse(struct simulated_venue *venue,
					       const struct order_request *request,
					       enum reject_reason reason, int64_t now_ns);

/* ---- venue_orders.c ---- */
struct venue_order *venue_orders_find(const struct venue_orders *orders, uint32_t client_id);
/* NULL when ORDERS_MAX is reached. */
struct venue_order *venue_orders_add(struct venue_orders *orders,
				     const struct order_request *request);
struct venue_order *venue_orders_at(const struct venue_orders *orders, size_t index);
void venue_orders_clear(struct venue_orders *orders);
void venue_history_clear(struct venue_history *history);
/* False if events at or after since_ns are no longer kept. */
bool venue_history_complete(const struct simulated_venue *venue, enum account_event_kind kind,
			    int64_t since_ns);
void venue_order_event(const struct simulated_venue *venue, const struct venue_order *order,
		       struct account_event *out);
void venue_emit_order(struct simulated_venue *venue, const struct venue_order *order);
void venue_emit_fill(struct simulated_venue *venue, const struct venue_market *market,
		     uint32_t client_id, const struct venue_execution *execution);
void venue_emit_funding(struct simulated_venue *venue, const struct venue_market *market,
			const struct pending_settlement *pending, struct money price,
			const char *label, struct rate rate, struct money amount);
void venue_emit_liquidation(struct simulated_venue *venue, const struct venue_market *market,
			    struct quantity change, struct money mark);
/* Position and balances of a market after they changed. */
void venue_emit_account(struct simulated_venue *venue, const struct venue_market *market);
/* Ends a working order: out of the book, state and reason set, event sent. */
void venue_order_finish(struct simulated_venue *venue, struct venue_market *market,
			struct venue_order *order, enum order_state state,
			enum reject_reason reason);

/* ---- venue_rules.c ---- */
struct venue_refusal {
	enum reject_reason reason; /* REJECT_NONE: admitted */
	char *text;		   /* of a struct simulated_answer */
	size_t text_size;
};
bool venue_refuse(struct venue_refusal *refusal, enum reject_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* All checks that do not need a price of the book; *open is the quantity that may work. */
bool venue_rules_admit(const struct simulated_venue *venue, const struct venue_market *market,
		       const struct order_request *order, struct quantity *open,
		       struct venue_refusal *refusal);
/* Quantity by which an order on `side` may reduce what is held, after other reduce-only orders. */
struct quantity venue_reducible(const struct simulated_venue *venue,
				const struct venue_market *market, enum side side);

/* ---- matching.c ---- */
/* False: no usable book, or a post-only order would cross. */
bool matching_admits(const struct simulated_venue *venue, const struct venue_market *market,
		     const struct order_request *order, struct venue_refusal *refusal);
/* Executes what crosses, then rests or ends the order. */
void matching_execute(struct simulated_venue *venue, struct venue_market *market,
		      struct venue_order *order);
void matching_book(struct simulated_venue *venue, struct venue_market *market,
		   const struct market_event *event);
/* The whole book may have changed. */
void matching_resync(struct simulated_venue *venue, struct venue_market *market);
void matching_trade(struct simulated_venue *venue, struct venue_market *market,
		    const struct market_event *event);
/* Books one execution of an order (NULL: of the venue itself); false: figures do not fit. */
bool matching_fill(struct simulated_venue *venue, struct venue_market *market,
		   struct venue_order *order, struct venue_execution *execution);
/* Trims or ends reduce-only orders that no longer reduce. */
void matching_trim_reduce_only(struct simulated_venue *venue, struct venue_market *market);

/* ---- margin.c ---- */
/* Mark, else the mid of a synced book; false: neither is known. */
bool margin_price(const struct simulated_venue *venue, const struct venue_market *market,
		  struct money *price);
bool margin_mid(const struct simulated_venue *venue, const struct venue_market *market,
		struct money *mid);
int32_t margin_leverage(const struct simulated_venue *venue, const struct venue_market *market);
struct money margin_available(const struct simulated_venue *venue, asset_id asset);
/* Has the account the means for this order? */
bool margin_admits(const struct simulated_venue *venue, const struct venue_market *market,
		   const struct order_request *order, struct quantity open,
		   struct venue_refusal *refusal);
/* Liquidates while equity is below maintenance in the market's settle asset. */
void margin_judge(struct simulated_venue *venue, struct venue_market *market);
bool margin_liquidation_price(const struct simulated_venue *venue,
			      const struct venue_market *market, struct money *price);

/* ---- settlement.c ---- */
void settlement_refresh_due(struct simulated_venue *venue);
void settlement_cross(struct simulated_venue *venue);
void settlement_complete(struct simulated_venue *venue, struct venue_market *market);
void settlement_off_schedule(struct simulated_venue *venue, struct venue_market *market,
			     const struct market_event *event);
/* Oldest boundary crossed and not paid, venue time; INT64_MAX: none. */
int64_t simulated_venue_oldest_pending(const struct simulated_venue *venue);

#endif
