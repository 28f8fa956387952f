/*
 * The inside of FundingArbitrageStrategy, shared by its three phases (strategy_monitor.c,
 * strategy_exit.c, strategy_scan.c) and by the clockwork that calls them in that order
 * (funding_arbitrage_strategy.c). Nobody else includes it.
 */
#ifndef FUNDARB_STRATEGY_STRATEGY_STATE_H
#define FUNDARB_STRATEGY_STRATEGY_STATE_H

#include "strategy/exit_rules.h"

/* What the executor runs at once bounds what is held at once. */
#define OPEN_POSITIONS_MAX ATOMIC_TRADES_MAX

/* Both legs of a pair about to be opened, being walked. */
struct opening_check {
	struct funding_arbitrage_strategy *strategy;
	struct pair *pair;
	instrument_id legs[TRADE_LEGS_MAX];
	unsigned outstanding;
	bool known[TRADE_LEGS_MAX];
	struct leg_liquidity liquidity[TRADE_LEGS_MAX];
	char why[TRADE_LEGS_MAX][SENTENCE_MAX];
	struct opening_check *next;
};

/* The part of a funding statement that a decision depends on. */
struct funding_seen {
	bool known;
	int64_t rate_e18, boundary_ns;
	bool settled_known;
	int64_t settled_e18, settled_boundary_ns;
};

struct funding_arbitrage_strategy {
	struct strategy_options options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct atomic_executor *executor;
	const struct ledger *ledger; /* may be NULL */
	struct strategy_observer observer;
	struct leg_outlook *outlook;
	struct opportunity_finder *finder;

	/* In the order of opening; each is owned. */
	struct tracked_position *positions[POSITIONS_REMEMBERED + OPEN_POSITIONS_MAX];
	size_t position_count;
	struct opening_check *checks; /* owned */
	size_t check_count;
	uint32_t next_trade;
	bool opening_stopped;
	uint64_t refusals[GATES];

	int64_t next_monitor_ns, next_scan_ns;
	schedule_id tick_timer, decide_timer, event_timer;
	bool tick_monitors, tick_scans; /* what the pending decision belongs to */

	bool list_stale;
	size_t instruments_listed;
	bool dirty[INSTRUMENTS_MAX + 1]; /* funding changed since its pairs were looked at */
	bool any_dirty;
	struct funding_seen seen[INSTRUMENTS_MAX + 1];
	struct tracked_position *holders[INSTRUMENTS_MAX + 1]; /* not closed; NULL: none */
	size_t held;					       /* positions that are not closed */

	struct venue_watch {
		struct funding_arbitrage_strategy *strategy;
		venue_id venue;
		bool reading;
		int64_t started_ns, next_ns;
	} venues[VENUES_MAX + 1];
};

/* Phase 1: a price of every open leg, the venues' positions, identity samples. Starts I/O only. */
void strategy_monitor(struct funding_arbitrage_strategy *strategy);
/* Phase 2: what must be closed is closed. count: economic rules count this check. */
void strategy_exit(struct funding_arbitrage_strategy *strategy, bool count);
/* Phase 3: what may be opened is checked and opened. all: else only pairs whose funding changed. */
void strategy_scan(struct funding_arbitrage_strategy *strategy, bool all);

/* Arms one immediate pass of exit and scan. */
void strategy_wake(struct funding_arbitrage_strategy *strategy);
/* A position is over: its pair is free again after a rest. */
void strategy_release_pair(struct funding_arbitrage_strategy *strategy,
			   struct tracked_position *tracked, bool opening_failed);
/* The position not yet closed that uses the instrument, or NULL. */
const struct tracked_position *strategy_holder(const struct funding_arbitrage_strategy *strategy,
					       instrument_id instrument);
/* Counts the refusal in pair->candidate and tells the observer if the gate changed. */
void strategy_note_refusal(struct funding_arbitrage_strategy *strategy, struct pair *pair);

#endif
