/*
 * One world, wired: scheduler, venues, market state, PriceProvider, executors, strategy, logs. This
 * is the only place that knows which world it is; everything it wires does not. world.c wires what
 * all worlds share, world_backtest.c and world_live.c what stands around it.
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

struct funding_prover;
struct market_reader;
struct narrator;
struct network;
struct script;
struct session_recorder;
struct session_replay;
struct world_live;

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
	bool scheduler_borrowed;
	struct instrument_table *instruments;
	/* The venues' side of the market. With streams the trading side reads the same one. */
	struct market_state *external;
	struct market_state *local; /* == external, or fed by reads alone */
	struct replay *replay;	    /* backtest */
	struct world_live *live;    /* real venues; owns the network */
	struct exchange_clients clients;
	/* The simulated account behind a client (backtest, paper); NULL where orders are real. */
	struct exchange_client *simulated[VENUES_MAX + 1];
	struct client_id_counter *ids;
	struct decision_log *decisions;
	struct intent_sink intents;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct atomic_executor *executor;
	struct funding_arbitrage_strategy *strategy; /* NULL when a script drives */
	struct market_reader *reader;		     /* NULL with streams */
	struct session_recorder *recorder;	     /* NULL: nothing is recorded */
	struct session_replay *session;		     /* NULL: no session is played again */
	struct narrator *narrator;		     /* NULL: nobody listens */
	struct funding_proofs *proofs;		     /* NULL in a backtest, as is the prover */
	struct funding_prover *prover;
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
	/* Balances that real venues named at the end, for the identity. */
	struct {
		bool known;
		asset_id asset;
		struct money total;
	} final_balance[VENUES_MAX + 1];
};

/* Wires a backtest as configured; nothing has run yet. script may be NULL. */
struct world *world_create_backtest(const struct config *config, struct script *script,
				    struct error *err);
void world_free(struct world *world);
/* Runs to the end of the data; false with err (also kept in world->stopped) if it ended early. */
bool world_run(struct world *world, struct error *err);

/*
 * What the account of a venue holds of an asset now: the simulated venue's own figure, or what a
 * real venue said last. False: it has not said.
 */
bool world_balance(const struct world *world, venue_id venue, asset_id asset, struct money *total);

/* ---- for world_backtest.c and world_live.c ---- */

struct world *world_create(const struct config *config, struct error *err);
/* After scheduler, external and local exist: logs under state_directory/FOLDER, executors, prices.
 * first_client_id: ids start at 1 again (a backtest's account is born with the run). */
bool world_open_logs(struct world *world, const char *folder, bool ids_anew, struct error *err);
bool world_create_trading_side(struct world *world, struct error *err);
/* The proofs of funding units and who brings them about, after the trading side; adapters
 * (borrowed) are asked. Worlds of real venues only. */
bool world_create_prover(struct world *world, const struct exchange_clients *adapters,
			 struct error *err);
/* Reads of the market begin (without streams), then the strategy, if one is configured. */
bool world_begin_deciding(struct world *world, struct error *err);
bool world_begin_reading(struct world *world, struct error *err);
/* Instruments of the table that were not looked at yet: configured overrides. */
void world_meet_new_instruments(struct world *world);
/* One event of the external market, in the fixed order of docs/architecture.md. */
void world_market_event(void *world, const struct market_event *event);
void world_account_event(void *world, const struct account_event *event);
/* A backtest ends; a world of real venues opens nothing more, goes on looking after what it holds
 * and raises the alarm. */
void world_fail(struct world *world, const struct error *err);
void world_finish_quality(struct world *world);
/* world_live.c */
void world_live_free(struct world_live *live);

#endif
