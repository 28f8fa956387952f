/*
 * A world round the AtomicMultiOrderExecutor: three hostile venues, the real scheduler, market
 * state, PriceProvider (streams off unless said) and LiquidityAnalyzer, an intent sink that
 * remembers every line, and a check of the invariants after every event.
 *
 * Instruments: a:BTCUSDT and b:BTCUSDT (linear, tick 0.1, lot 0.001), c:BTCUSD (inverse, 100 USD),
 * c:BTCUSDT-SPOT (spot, lot 0.00001, buy fee in base). Touch everywhere 60000.0 / 60000.1, taker
 * 5 bp, maker 2 bp.
 */
#ifndef FUNDARB_TESTS_SUPPORT_TRADE_WORLD_H
#define FUNDARB_TESTS_SUPPORT_TRADE_WORLD_H

#include "core/base/utc.h"
#include "execution/atomic_multi_order_executor.h"
#include "tests/support/hostile_exchange.h"

#define TRADE_WORLD_START (1700000000 * NS_PER_SECOND)
#define TRADE_WORLD_BID	  600000
#define TRADE_WORLD_ASK	  600001
#define TRADE_WORLD_ENDS  4096

struct trade_end {
	unsigned completions;
	int64_t at_ns;
	struct trade_result result; /* its preflight points below */
	struct preflight_report preflight;
	struct trade_world *world;
};

#define TRADE_WORLD_COMMITS 128
struct commit_call {
	struct trade_world *world;
	intent_done done; /* NULL = free */
	void *user;
};

struct trade_world {
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct market_state *market;
	struct exchange_clients clients;
	struct hostile_exchange *a, *b, *c;
	instrument_id btc_a, btc_b, inverse, spot;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct atomic_executor *executor;
	struct intent_sink sink;
	int64_t run_to_ns;
	uint32_t next_id;
	bool ids_fail, commits_fail;
	int64_t commit_ns;
	unsigned commits;
	struct commit_call calls[TRADE_WORLD_COMMITS];
	size_t most_in_one_commit;
	char log[65536]; /* newest notes and intents, one a line */
	size_t log_length;
	uint64_t event_hash; /* of every note: equal runs have equal hashes */
	size_t end_count;
	struct trade_end ends[TRADE_WORLD_ENDS];
	struct quantity wanted[HOSTILE_INSTRUMENTS + 1]; /* bound of |position|, invariant I4 */
	struct quantity before[HOSTILE_INSTRUMENTS + 1]; /* positions when the trade started */
	bool over_position;
	const char *broken; /* the first invariant that did not hold */
};

struct trade_world_options {
	struct atomic_executor_options executor;
	int64_t read_ns, entry_ns, response_ns;
	bool no_clock; /* the venues' clocks were never measured */
};
struct trade_world_options trade_world_defaults(void);

/* NULL: the defaults, 50 ms reads and 10 ms each way. */
struct trade_world *trade_world_create(const struct trade_world_options *options);
void trade_world_free(struct trade_world *world);
void trade_world_run(struct trade_world *world, int64_t milliseconds);
/* Runs until the trade has ended, at the most so long; fails the test otherwise. */
void trade_world_finish(struct trade_world *world, struct trade_end *end, int64_t milliseconds);
int64_t trade_world_now(const struct trade_world *world);

struct trade_leg leg_of(instrument_id instrument, enum side side, int64_t units);
/* One leg if second.instrument is 0. The end is filled in when it comes. */
struct trade_end *trade_world_open(struct trade_world *world, enum order_tactic tactic,
				   struct trade_leg first, struct trade_leg second);
struct trade_end *trade_world_close(struct trade_world *world, enum order_tactic tactic,
				    struct trade_leg first, struct trade_leg second);
struct trade_end *trade_world_start(struct trade_world *world, const struct trade_request *request);
struct hostile_exchange *trade_world_venue(struct trade_world *world, instrument_id instrument);
int64_t position_of(struct trade_world *world, instrument_id instrument);
bool trade_world_logged(const struct trade_world *world, const char *text);

#endif
