/*
 * A small world round a PriceProvider and a LiquidityAnalyzer: two venues behind fake clients, one
 * linear instrument each (a:BTCUSDT, b:BTCUSDT; prices in 0.1, quantities in 0.001), an inverse one
 * (a:BTCUSD; 100 USD contracts) and the scheduler's time, which starts at PRICE_WORLD_START.
 */
#ifndef FUNDARB_TESTS_SUPPORT_PRICE_WORLD_H
#define FUNDARB_TESTS_SUPPORT_PRICE_WORLD_H

#include "core/base/utc.h"
#include "execution/liquidity_analyzer.h"
#include "tests/support/fake_client.h"

#define PRICE_WORLD_START (1700000000 * NS_PER_SECOND)
#define PRICE_WORLD_CALLS 8192
/* The touch every instrument starts with: 60000.0 / 60000.5. */
#define PRICE_WORLD_BID 600000
#define PRICE_WORLD_ASK 600005

/* One call of get_bbo and what came of it. */
struct price_call {
	unsigned completions;
	enum price_answer answer;
	struct price_quote quote;
	char why[128];
	int64_t asked_ns, answered_ns, deadline_ns;
	enum price_use use;
	struct price_world *world;
};

/* One liquidity check and what came of it. */
struct check_call {
	unsigned completions;
	bool known;
	struct leg_liquidity leg;
	char why[128];
	int64_t answered_ns;
	struct price_world *world;
};

struct price_world {
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct market_state *market;
	struct exchange_clients clients;
	struct fake_client *a, *b;
	venue_id venue_a, venue_b;
	instrument_id btc_a, btc_b, inverse;
	struct price_provider *prices;
	struct liquidity_analyzer *analyzer;
	size_t call_count;
	struct price_call calls[PRICE_WORLD_CALLS];
	size_t check_count;
	struct check_call checks[64];
	uint64_t next_update_id;
};

/* options NULL: the defaults with streams off. delay_ns: of both venues' answers. */
struct price_world *price_world_create(const struct price_provider_options *options,
				       int64_t delay_ns);
void price_world_free(struct price_world *world);

int64_t price_world_now(const struct price_world *world);
/* Lets everything happen up to PRICE_WORLD_START + milliseconds, inclusive. */
void price_world_run_to(struct price_world *world, int64_t milliseconds);

/* Asks now with a deadline so many milliseconds ahead; the answer comes while the world runs. */
struct price_call *price_world_ask(struct price_world *world, instrument_id instrument,
				   enum price_use use, int64_t deadline_milliseconds);
/* Asks and runs until it is answered. */
struct price_call *price_world_get(struct price_world *world, instrument_id instrument,
				   enum price_use use);
struct check_call *price_world_check(struct price_world *world, instrument_id instrument,
				     enum side side, int64_t quantity_units,
				     int64_t deadline_milliseconds);

/* Market events of now, applied to the market state and told to the provider. */
void price_world_market(struct price_world *world, struct market_event *event);
/* A snapshot with one level a side, and SYNCED. */
void price_world_snapshot(struct price_world *world, instrument_id instrument, int64_t bid_units,
			  int64_t ask_units);
void price_world_bbo(struct price_world *world, instrument_id instrument, int64_t bid_units,
		     int64_t ask_units);
/* Any other frame of the connection. */
void price_world_frame(struct price_world *world, instrument_id instrument);
void price_world_connection(struct price_world *world, instrument_id instrument,
			    enum connection_state state);
void price_world_trade(struct price_world *world, instrument_id instrument, int64_t price_units,
		       int64_t quantity_units, unsigned flags);
void price_world_fill(struct price_world *world, instrument_id instrument, int64_t price_units,
		      int64_t quantity_units);

#endif
