/*
 * The inside of AtomicMultiOrderExecutor, shared by its rooms:
 *
 *   atomic_multi_order_executor.c  executor, trades, routing, results (one exit point)
 *   atomic_gather.c                PLANNED: what must be known before an order may be sent
 *   atomic_commit.c                pricing first orders, preflight, leverage, intents, sending
 *   atomic_account.c               what a leg's orders add up to
 *   atomic_working.c               WORKING: first orders, resting tactics, the leg that follows
 *   atomic_repair.c                HEDGING: completes or trims, one order at a time
 *   atomic_reduce.c                UNWINDING and closing: a leg driven to its target
 *
 * A trade never acts inside an event: everything that happens pokes it, and one step per instant
 * looks at the whole of it and does what is due. Nobody outside execution/atomic_* includes this.
 */
#ifndef FUNDARB_EXECUTION_ATOMIC_TRADE_H
#define FUNDARB_EXECUTION_ATOMIC_TRADE_H

#include "execution/atomic_multi_order_executor.h"
#include "execution/exposure_meter.h"
#include "execution/hedge.h"
#include "execution/order_executor.h"
#include "execution/volatility.h"

/* Orders of one leg looked at one by one; older finished ones are folded into a sum. */
#define LEG_ORDERS_MAX 8

struct trade;

/* The user pointer of calls that concern one leg. */
struct trade_call {
	struct trade *trade;
	unsigned leg;
};

/* What the orders of a leg add up to. Net: in the leg's direction minus against it. */
struct leg_sum {
	struct quantity net;	 /* executed */
	struct money tokens;	 /* exposure of net, fees taken in base deducted */
	struct money value;	 /* settle asset, fills */
	struct money paid;	 /* quote notional of the fills in the leg's direction */
	struct quantity towards; /* quantity of those fills */
	struct money fee_base;	 /* base asset */
	uint32_t fills;
	int64_t first_match_ns, last_match_ns;
	struct quantity open_towards; /* may still execute */
	struct quantity open_against;
};

enum leg_role {
	ROLE_TAKER,    /* one IOC for everything */
	ROLE_MAKER,    /* rests */
	ROLE_FOLLOWER, /* takes what the maker's fills ask for, as they happen */
};

/* An order on its way: what it will be is known, the price or the commit is awaited. */
enum leg_stage { LEG_IDLE, LEG_PRICING, LEG_PRICED, LEG_COMMITTING };

struct leg {
	struct trade_leg wanted;
	const struct instrument *instrument;
	const struct instrument_revision *revision;
	struct exchange_client *client;
	struct trade_call call;
	enum leg_role role;

	/* Gathered before the start. */
	struct preflight_leg facts;
	bool base_known; /* spot: the account's balance of the base asset before */
	struct money base_before;
	int64_t answered_ns; /* when the quote came */
	struct price decision_touch;
	const char *price_source;

	/* Orders. */
	struct live_order *orders[LEG_ORDERS_MAX];
	size_t order_count;
	struct leg_sum folded;
	struct live_order *committing; /* prepared, its intent not yet durable */
	int64_t later_ns;	       /* how much after the other leg it is sent */

	/* The order being made ready. */
	enum leg_stage stage;
	bool walk_known;
	struct leg_liquidity walk;
	int64_t walk_ns;

	/* Resting tactics. */
	unsigned attempts;
	int64_t attempt_until_ns;
	bool maker_done, taking_remainder;

	/* Driving a leg to its target (atomic_reduce.c); also the follower's failures. */
	struct live_order *last_order; /* whose end has not been judged yet */
	struct quantity priced;	       /* what the walk is for */
	enum side priced_side;
	struct money reference;	    /* what the cost of last_order is measured against, 0 = not */
	unsigned tries, idle_tries; /* in all; since something executed */
	int64_t next_try_ns;
	bool suspect; /* refused as if nothing were there: the position decides */
	bool reading_position;
	unsigned position_reads; /* that agreed */
	int64_t position_asked_ns;
	struct quantity position_seen;
	unsigned verify_reads;
	bool verified;
	struct quantity vanished; /* gone without an order of ours */
	struct quantity dust;	  /* refused as too small to be ordered */
};

struct account_call {
	struct trade *trade;
	unsigned index;
	venue_id venue;
};

/* Where a trade stands inside its state. */
enum trade_stage {
	STAGE_START,
	STAGE_GATHERING,
	STAGE_PRICING,
	STAGE_LEVERAGE,
	STAGE_COMMITTING,
	STAGE_RUNNING,
};

struct trade {
	struct atomic_executor *executor;
	struct trade *next, *previous;
	struct trade_request request;
	trade_done done;
	void *user;
	uint64_t step, timer; /* scheduled */
	int64_t timer_ns;
	unsigned calls; /* that will still come back to us */
	bool ended;	/* the result is fixed */
	bool delivered;

	enum trade_state state;
	enum trade_stage stage;
	unsigned awaited; /* answers the stage waits for */
	int64_t started_ns, deadline_ns;
	struct leg legs[TRADE_LEGS_MAX];
	struct account_call accounts[TRADE_LEGS_MAX];
	size_t account_count;
	size_t fund_count;
	struct preflight_funds funds[PREFLIGHT_FUNDS_MAX];
	struct preflight_report report;
	bool leverage_asked;
	bool durable;	   /* what the commit said */
	bool nothing_sent; /* a closing whose first intents failed: it tries again */

	int64_t work_until_ns;
	struct money budget; /* quote; what repair may cost */
	struct money spent;
	int64_t naked_since_ns; /* 0 = equal */
	unsigned repair_tries, market_tries;
	bool repairing;	   /* prices for a repair step are being fetched */
	bool gap_accepted; /* what is left of the gap could only be completed, and not in budget */
	bool alarmed;
	int64_t next_repair_ns;
	struct exposure_meter meter;
	struct trade_result result;
};

struct tracked_position {
	struct quantity quantity;
	struct price last_price;
	int64_t changed_ns;
};

struct atomic_executor {
	struct atomic_executor_options options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	const struct intent_sink *intents;
	struct order_executor *orders;
	struct volatility volatility;
	struct tracked_position *tracked; /* INSTRUMENTS_MAX + 1: what our fills add up to */
	int32_t *leverage_set;		  /* acknowledged, 0 = not yet */
	struct trade *trades;		  /* running, and ended ones with calls under way */
	size_t running;
};

/* ---- atomic_multi_order_executor.c ---- */
int64_t trade_now(const struct trade *trade);
/* A step of this trade follows at this instant, after what is being dispatched. */
void trade_poke(struct trade *trade);
/* A step at the latest at at_ns. */
void trade_wake(struct trade *trade, int64_t at_ns);
void trade_enter(struct trade *trade, enum trade_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trade_note(struct trade *trade, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trade_alarm(struct trade *trade, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Fixes the result; done follows in a completion of its own. The reason is cut to its field. */
void trade_end(struct trade *trade, enum trade_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Counts a call out and in again; false: the trade has ended, nothing is to be done. */
void trade_call_out(struct trade *trade);
bool trade_call_in(struct trade *trade);

/* ---- atomic_gather.c ---- */
void gather_begin(struct trade *trade);

/* ---- atomic_commit.c ---- */
void first_orders_price(struct trade *trade);  /* after gathering */
void first_orders_judge(struct trade *trade);  /* after pricing: preflight */
void first_orders_commit(struct trade *trade); /* after leverage */
void first_orders_send(struct trade *trade);   /* after the commit */
/* Fetches depth for `quantity` on `side`; the leg is LEG_PRICED when it is there (or is not). */
void leg_price(struct trade *trade, unsigned leg, enum side side, struct quantity quantity);
/* One order of one leg, its intent first; the leg is LEG_COMMITTING until it is sent. */
void leg_commit(struct trade *trade, unsigned leg, enum intent_purpose purpose,
		const struct order_request *order);
/* Worst price of an opening order by the loss budget, 0 = none. */
struct money leg_bound(const struct trade *trade, unsigned leg);
/* Touch of the side that an order of `side` takes. */
struct price touch_taken(const struct price_quote *quote, enum side side);
/* The furthest limit the venue's price band admits, 0 = none. */
struct money band_bound(const struct trade *trade, const struct leg *leg, enum side side);
/* The tighter of two bounds, 0 = none. */
struct money tighter_bound(enum side side, struct money a, struct money b);

/* ---- atomic_account.c ---- */
struct leg_sum leg_sum(const struct leg *leg);
/* The order of the leg that may still execute, or NULL. */
struct live_order *leg_live(const struct leg *leg);
/* Live, and its outcome unknown. */
bool leg_unknown(const struct leg *leg);
/* Every order's figures are final. */
bool leg_finished(const struct leg *leg);
/* Everything that was asked for has executed, nothing against it. */
bool leg_as_wanted(const struct leg *leg);
/* What is held of the leg, fees taken in base deducted, floored to quantity units. */
struct quantity leg_held(const struct leg *leg);
/* Makes room for one more order, folding the oldest finished one. False: none is finished. */
bool leg_make_room(struct leg *leg);
/* Why the venue refused an order of this trade, NULL if none was. */
const char *trade_refusal(const struct trade *trade);
void trade_release_orders(struct trade *trade);
void trade_fill_result(struct trade *trade);
/* Books what the order executed since last time: exposure meter and tracked position. */
void order_note_fills(struct trade *trade, struct live_order *order);

/* ---- atomic_working.c ---- */
/* False: the tactic cannot be had on these venues. */
bool assign_roles(struct trade *trade);
void work_step(struct trade *trade);
/* BALANCED: waits for the last fills, verifies a closing, ends the trade. */
void balanced_step(struct trade *trade);

/* ---- atomic_repair.c ---- */
/* Legs are as wanted, or differ by less than can be traded. */
bool legs_equal(struct trade *trade);
void naked_watch(struct trade *trade);
void hedge_step(struct trade *trade);

/* ---- atomic_reduce.c ---- */
/* UNWINDING: every leg back to zero. */
void unwind_step(struct trade *trade);
/* Closing, after the first orders: every leg to the end of what was asked. */
void close_step(struct trade *trade);
/* An IOC's limit for the depth that was fetched: capped, inside band and bound (0 = none). */
struct price leg_limit(const struct trade *trade, const struct leg *leg, enum side side,
		       struct money bound);
/* Realised cost of a repair order against the reference, fee included, in quote. */
struct money repair_cost(const struct leg *leg, const struct live_order *order,
			 struct money reference);
/* Reads the account's position of the leg: what could still be reduced with `side`. */
void leg_read_position(struct trade *trade, unsigned leg, enum side side);

#endif
