/*
 * Gets n legs done, or undone: one state machine per trade,
 *
 *   PLANNED -> CHECKED -> WORKING -> HEDGING -> BALANCED -> DONE
 *                            \----------> UNWINDING -> FLAT
 *
 * every transition noted in the intent sink. Fills are hedged as they happen, in quantity, never in
 * dollars. Each repair step takes the cheaper of completing the missing leg or trimming the filled
 * one at executable prices (fees and sigma*sqrt(delay) included) and never spends beyond the loss
 * budget fixed in preflight. Unwinding is a controller towards a target, repeated until the venue
 * confirms. Unknown refuses an opening and never blocks a closing.
 */
#ifndef FUNDARB_EXECUTION_ATOMIC_MULTI_ORDER_EXECUTOR_H
#define FUNDARB_EXECUTION_ATOMIC_MULTI_ORDER_EXECUTOR_H

#include "execution/intent_sink.h"
#include "execution/preflight.h"

enum trade_state {
	TRADE_PLANNED,
	TRADE_CHECKED,
	TRADE_WORKING,
	TRADE_HEDGING,
	TRADE_BALANCED,
	TRADE_DONE,
	TRADE_UNWINDING,
	TRADE_FLAT,
};
const char *trade_state_text(enum trade_state state);

enum order_tactic {
	TACTIC_IOC,		 /* IOC with a price cap */
	TACTIC_POST_ONLY,	 /* rests at the touch until the deadline */
	TACTIC_LIMIT,		 /* limit at the touch, may take */
	TACTIC_LIMIT_THEN_IOC,	 /* then IOC for the remainder */
	TACTIC_AGGRESSIVE_LIMIT, /* repriced towards the far touch a bounded number of times */
};

#define TRADE_LEGS_MAX 2
#define TRADE_NAME_MAX 31

struct trade_leg {
	instrument_id instrument;
	enum side side;		  /* of this action: closing a long is SIDE_SELL */
	struct quantity quantity; /* > 0 */
};

struct trade_request {
	char name[TRADE_NAME_MAX + 1];
	uint32_t trade;	  /* 1..; tags intents, ledger lines and reports; same for open and close */
	bool closing;	  /* legs are reduce-only and always go ahead */
	size_t leg_count; /* 1..TRADE_LEGS_MAX */
	struct trade_leg legs[TRADE_LEGS_MAX];
	enum order_tactic tactic;
	int64_t work_ns; /* how long resting tactics may work before they are cancelled */
};

struct trade_leg_result {
	struct quantity filled; /* net in the direction of the leg, repairs included */
	struct quantity held;	/* opening: what this trade now owns (spot: after fees in base) */
	struct money value;	/* settle asset, sum over fills */
	uint32_t fills;
	int64_t first_match_ns, last_match_ns; /* venue's match time, mapped to local */
	struct price decision_touch; /* touch of the side taken when the order was priced */
};

struct trade_result {
	uint32_t trade;
	bool closing;
	/* TRADE_DONE: as wanted; TRADE_FLAT: undone or refused; halted: the state it stands in */
	enum trade_state state;
	bool halted; /* could not be repaired: positions remain, alarm raised */
	const struct preflight_report *preflight; /* NULL if refused before; until done returns */
	char reason[128];			  /* empty when DONE as planned */
	size_t leg_count;
	struct trade_leg_result legs[TRADE_LEGS_MAX];
	int64_t match_gap_ns;	       /* |last match of leg 0 - last match of leg 1| */
	int32_t match_gap_bp_e2;       /* price move of the second leg meanwhile, 1/100 bp */
	struct money exposure_seconds; /* integral of |unhedged notional| over time, USD*s */
	unsigned repair_orders;
};
typedef void (*trade_done)(void *user, const struct trade_result *result);

struct atomic_executor;

struct atomic_executor_options {
	struct preflight_limits limits;
	int64_t order_give_up_ns;   /* ours: an unanswered order is UNKNOWN after that: 3 s */
	int64_t order_expiry_ns;    /* venue-side end of every opening order: <= 2 s */
	int64_t proof_allowance_ns; /* faults.md 2.2: added before absence may be proven: 15 s */
	int64_t naked_limit_ns; /* T_naked: longest unhedged time before the other leg is trimmed */
	int32_t price_cap_bp;	/* IOC cap beyond the touch the size needs */
	unsigned repair_tries;	/* rungs before the market order: 3 */
};
struct atomic_executor_options atomic_executor_defaults(void);

struct atomic_executor *atomic_executor_create(
	const struct atomic_executor_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct price_provider *prices,
	struct liquidity_analyzer *liquidity, const struct intent_sink *intents);
void atomic_executor_free(struct atomic_executor *executor);

/*
 * Starts a trade; the request is copied. done is called exactly once, later, however it ends. At
 * most ATOMIC_TRADES_MAX run at once: beyond, and for an instrument another running trade uses, the
 * result is TRADE_FLAT with the reason.
 */
#define ATOMIC_TRADES_MAX 64
void atomic_executor_start(struct atomic_executor *executor, const struct trade_request *request,
			   trade_done done, void *user);

/* Order and fill events of all venues come through here, after the ledger. */
void atomic_executor_account_event(struct atomic_executor *executor,
				   const struct account_event *event);
void atomic_executor_market_event(struct atomic_executor *executor,
				  const struct market_event *event);
/* The trade whose order that is, 0 if not ours. */
uint32_t atomic_executor_trade_of(const struct atomic_executor *executor, venue_id venue,
				  uint32_t client_id);
struct order_counts;
/* What became of the orders sent to a venue (order_executor.h). */
const struct order_counts *atomic_executor_counts(const struct atomic_executor *executor,
						  venue_id venue);
size_t atomic_executor_running(const struct atomic_executor *executor);

/*
 * Quantities that give equal token exposure nearest `notional` (quote, one leg): linear and spot
 * against linear: the common lot, exactly equal; with an inverse leg: contracts nearest the target
 * and the other leg floored to its lot. prices: touch each leg would take. False if no quantity
 * satisfies both venues' rules.
 */
bool equal_exposure_quantities(const struct instrument_table *instruments,
			       const instrument_id legs[TRADE_LEGS_MAX],
			       const struct price prices[TRADE_LEGS_MAX], struct money notional,
			       struct quantity quantities[TRADE_LEGS_MAX], struct error *err);

#endif
