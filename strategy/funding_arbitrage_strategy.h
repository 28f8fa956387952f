/*
 * FundingArbitrageStrategy: monitor -> exit -> scan, on a timer and on funding, fill and risk
 * events, never per tick. It decides what to hold; how to trade safely is the executor's matter.
 * It cannot tell which world it runs in. It owns its positions: everybody else sends requests.
 */
#ifndef FUNDARB_STRATEGY_FUNDING_ARBITRAGE_STRATEGY_H
#define FUNDARB_STRATEGY_FUNDING_ARBITRAGE_STRATEGY_H

#include "execution/atomic_multi_order_executor.h"
#include "core/market/ledger.h"
#include "strategy/figure_text.h"
#include "strategy/funding_forecast.h"

/*
 * Why a candidate was refused, in the order the gates are asked. LIQUIDITY and the second NET_EDGE
 * walk real books, so they are asked only of candidates that everything before PREFLIGHT lets pass.
 */
enum gate {
	GATE_MARKET_STATUS, /* first: of a market that is not trading nothing else is known */
	GATE_FUNDING_KNOWN,
	GATE_FUNDING_AGE,
	GATE_NET_EDGE,	    /* first from fees alone, then again with slippage and basis */
	GATE_FUNDING_UNITS, /* unproven, quarantined, or no size small enough for a probe */
	GATE_IDENTITY,
	GATE_PRICE,
	GATE_ENTRY_BASIS,
	GATE_LIQUIDITY,
	GATE_SETTLEMENT_WINDOW,
	GATE_CAPACITY, /* positions, instruments in use, no tradable size */
	GATE_COOL_DOWN,
	GATE_PREFLIGHT, /* the executor refused: number and limit name the check */
};
#define GATES 13
const char *gate_text(enum gate gate); /* "funding_known", "net_edge", ... */

enum exit_reason {
	EXIT_NONE,
	EXIT_FUNDING_FLIP,
	EXIT_EDGE_GONE,
	EXIT_BETTER_PAIR,
	EXIT_MAXIMUM_AGE,
	EXIT_BASIS_TAKE_PROFIT,
	EXIT_LIQUIDATION_DISTANCE,
	EXIT_RISK, /* leg missing, unequal, loss limit, funding in quarantine */
	EXIT_REQUESTED,
	EXIT_PROBE_DONE, /* a probe whose funding is proven makes room for the full size */
};
#define EXIT_REASONS 10
const char *exit_reason_text(enum exit_reason reason);

struct funding_proofs; /* exchanges/funding_proofs.h */

enum pair_kind { PAIR_PERP_PERP, PAIR_SPOT_PERP };

struct strategy_options {
	int64_t monitor_interval_ns; /* 1 s */
	int64_t scan_interval_ns;    /* 1 s */
	struct money notional;	     /* per leg, quote */
	unsigned maximum_positions;
	int64_t horizon_ns;	     /* 168 h */
	int32_t minimum_net_edge_bp; /* expected net over the horizon that an entry must reach */
	int32_t maximum_basis_bp;    /* adverse entry basis */
	int64_t maximum_funding_age_ns;
	/* No opening within min(this, interval / 20) of a leg's settlement: 60 s. */
	int64_t settlement_window_ns;
	int64_t hold_for_settlement_ns; /* a receiving leg is not closed that shortly before */
	int32_t exit_edge_bp;	      /* remaining expected funding below which a pair is closed */
	int32_t flip_margin_bp;	      /* per 8 h, against us, before a flip counts */
	unsigned exit_confirmations;  /* consecutive checks an economic exit must hold */
	int64_t maximum_age_ns;	      /* 168 h; 0 = off */
	int64_t minimum_hold_ns;      /* economic exits wait that long */
	int32_t basis_take_profit_bp; /* close when price P&L net of exit costs reaches it; 0 = off
				       */
	int32_t switch_margin_bp;     /* a better pair must beat this one by that, after costs */
	struct rate
		liquidation_distance; /* |mark / liquidation - 1| below which it is closed: 0.10 */
	struct money maximum_loss;    /* of one position, quote, before it is closed; 0 = off */
	int64_t cool_down_ns;	      /* per pair after a failed opening; doubles per failure */
	bool identity_required;	      /* two symbols must be proven the same coin */
	bool pair_listed;	      /* only the listed pairs instead of all that share a coin */
	size_t listed_count;
	instrument_id listed[64][2];
	bool maker_entry; /* open with TACTIC_LIMIT_THEN_IOC instead of IOC */
	int64_t work_ns;  /* how long its limit orders may work: 10 s */
	/* What is known of the units of funding; NULL (backtest, paper): nothing is held back.
	 * Borrowed.
	 */
	const struct funding_proofs *funding_proofs;
};
struct strategy_options strategy_defaults(void);

/* A candidate as the last scan saw it. refused == false: it was (or is being) opened. */
struct candidate {
	instrument_id long_instrument, short_instrument;
	enum pair_kind kind;
	bool refused;
	enum gate gate;
	/* With units, e.g. "0.54 bp a settlement, 3.2 bp expected in 168 h". */
	char number[SENTENCE_MAX];
	char limit[SENTENCE_MAX];
	bool expected_known;
	i128 expected_funding_e18; /* fraction of notional over the horizon */
	i128 costs_e18; /* fees; after the liquidity check also slippage, spreads, basis */
	int64_t local_ns;
};

enum position_state { POSITION_OPENING, POSITION_OPEN, POSITION_CLOSING, POSITION_CLOSED };

struct position {
	uint32_t trade; /* tag in ledger and log */
	char name[TRADE_NAME_MAX + 1];
	enum position_state state;
	enum pair_kind kind;
	instrument_id legs[TRADE_LEGS_MAX];   /* 0 = long, 1 = short */
	struct quantity held[TRADE_LEGS_MAX]; /* >= 0; while OPENING: what was asked for */
	bool probe; /* its size is a probe's: its funding was not proven in full */
	int64_t opened_ns, closed_ns;
	enum exit_reason exit_reason;
	char exit_number[SENTENCE_MAX], exit_limit[SENTENCE_MAX];
	i128 expected_funding_e18; /* at entry */
	i128 expected_costs_e18;
};

/* Told of everything that is decided, for report and log; all optional (NULL). */
struct strategy_observer {
	void (*refused)(void *user, const struct candidate *candidate); /* when gate changes */
	void (*opening)(void *user, const struct position *position);
	void (*trade)(void *user, const struct position *position,
		      const struct trade_result *result);
	void (*closing)(void *user, const struct position *position);
	void *user;
};

struct funding_arbitrage_strategy;

/* Everything is borrowed; ledger may be NULL: then no exit looks at price P&L. */
struct funding_arbitrage_strategy *funding_arbitrage_strategy_create(
	const struct strategy_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct price_provider *prices,
	struct liquidity_analyzer *liquidity, struct atomic_executor *executor,
	const struct ledger *ledger, const struct strategy_observer *observer);
/* Only when nothing it asked for can complete any more (the scheduler runs no more). */
void funding_arbitrage_strategy_free(struct funding_arbitrage_strategy *strategy);
/* Arms the timers; first_trade numbers its trades from there. */
void funding_arbitrage_strategy_start(struct funding_arbitrage_strategy *strategy,
				      uint32_t first_trade);
/* Instruments may appear later (a recording's dictionary, a listing). */
void funding_arbitrage_strategy_market_event(struct funding_arbitrage_strategy *strategy,
					     const struct market_event *event);
void funding_arbitrage_strategy_account_event(struct funding_arbitrage_strategy *strategy,
					      const struct account_event *event);
/* No new positions; existing ones are still looked after. */
void funding_arbitrage_strategy_stop_opening(struct funding_arbitrage_strategy *strategy);
/*
 * A person's word: closes at the next instant, settlement or not. False if it holds no such trade.
 */
bool funding_arbitrage_strategy_close(struct funding_arbitrage_strategy *strategy, uint32_t trade);

/*
 * Positions in the order of their opening; of the closed ones the last POSITIONS_REMEMBERED. The
 * pointers stay valid until the next scheduler entry.
 */
#define POSITIONS_REMEMBERED 256
size_t funding_arbitrage_strategy_positions(const struct funding_arbitrage_strategy *strategy);
const struct position *funding_arbitrage_strategy_position(
	const struct funding_arbitrage_strategy *strategy, size_t index);
/* Ordered by the two instrument ids; at most CANDIDATES_MAX, the rest is cut and logged once. */
#define CANDIDATES_MAX 4096
size_t funding_arbitrage_strategy_candidates(const struct funding_arbitrage_strategy *strategy);
const struct candidate *funding_arbitrage_strategy_candidate(
	const struct funding_arbitrage_strategy *strategy, size_t index);
/* Refusals by gate: each scan counts every candidate it refused once. */
const uint64_t *funding_arbitrage_strategy_refusals(
	const struct funding_arbitrage_strategy *strategy);

#endif
