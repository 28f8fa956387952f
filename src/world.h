/*
 * One world, wired: scheduler, venues, market state, PriceProvider, executors, strategy, logs. This
 * is the only place that knows which world it is; everything it wires does not.
 */
#ifndef FUNDARB_SRC_WORLD_H
#define FUNDARB_SRC_WORLD_H

#include "config/config.h"
#include "core/market/ledger.h"
#include "exchanges/simulated/replay.h"
#include "exchanges/simulated/simulated_client.h"
#include "src/decision_log.h"
#include "src/progress.h"
#include "src/trade_log.h"
#include "strategy/funding_arbitrage_strategy.h"

struct market_reader;
struct script;

/* What was seen of one instrument's data. */
struct data_quality {
	uint64_t events, trades, off_market_trades;
	uint64_t gaps;		 /* times its whole book was lost */
	int64_t synced_ns;	 /* total time its book was synced, up to synced_since */
	int64_t synced_since_ns; /* 0 = not synced now */
	int64_t first_ns, last_ns;
};

struct funding_payment {
	struct account_event event;
	uint32_t trade; /* 0: of none */
};

struct world {
	const struct config *config;
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	/* The venues' side of the market. With streams the trading side reads the same one. */
	struct market_state *external;
	struct market_state *local; /* == external, or fed by reads alone */
	struct replay *replay;
	struct exchange_clients clients;
	struct client_id_counter *ids;
	struct decision_log *decisions;
	struct intent_sink intents;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct atomic_executor *executor;
	struct funding_arbitrage_strategy *strategy; /* NULL when a script drives */
	struct market_reader *reader;		     /* NULL with streams */
	struct ledger *ledger;
	struct trade_log *trades;
	struct funding_payment *funding; /* every one, in order */
	size_t funding_count, funding_capacity;
	struct data_quality *quality; /* by instrument id, INSTRUMENTS_MAX + 1 */
	size_t instruments_seen;
	bool running; /* false while events before the run's first instant are applied */
	uint64_t events, levels;
	int64_t first_ns, last_ns, started_ns;
	struct progress progress;
	struct error stopped; /* category != ERROR_NONE: why the run ended early */
};

/* Wires a backtest as configured; nothing has run yet. script may be NULL. */
struct world *world_create_backtest(const struct config *config, struct script *script,
				    struct error *err);
void world_free(struct world *world);
/* Runs to the end of the data; false with err (also kept in world->stopped) if it ended early. */
bool world_run(struct world *world, struct error *err);

#endif
