#include "tests/support/trade_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void log_line(struct trade_world *world, const char *text)
{
	size_t length = strlen(text);

	for (const char *c = text; *c; c++)
		world->event_hash = (world->event_hash ^ (unsigned char)*c) * 0x100000001b3u;
	if (world->log_length + length + 2 > sizeof(world->log))
		world->log_length = 0; /* the newest lines count */
	memcpy(world->log + world->log_length, text, length);
	world->log_length += length;
	world->log[world->log_length++] = '\n';
	world->log[world->log_length] = '\0';
}

/* ---- the intent sink ---------------------------------------------------------------------------
 */

static void on_committed(void *user)
{
	struct commit_call *call = user;
	intent_done done = call->done;
	void *to = call->user;
	call->done = NULL;
	done(to, !call->world->commits_fail);
}

static void sink_commit(void *self, const struct intent_trade *trade,
			const struct intent_order *orders, size_t count, intent_done done,
			void *user)
{
	struct trade_world *world = self;
	struct commit_call *call = NULL;
	char line[256];

	for (size_t i = 0; i < TRADE_WORLD_COMMITS && !call; i++)
		if (!world->calls[i].done)
			call = &world->calls[i];
	assert_non_null(call);
	*call = (struct commit_call){world, done, user};
	world->commits++;
	if (count > world->most_in_one_commit)
		world->most_in_one_commit = count;
	for (size_t i = 0; i < count; i++) {
		const struct order_request *order = &orders[i].order;
		snprintf(line, sizeof(line),
			 "intent %u %s leg %u id %u %s %s %" PRId64 " at %" PRId64 "%s",
			 trade->trade, intent_purpose_text(trade->purpose), orders[i].leg + 1,
			 order->client_id, side_text(order->side), order_type_text(order->type),
			 order->quantity.units, order->limit.units,
			 order->reduce_only ? " reduce-only" : "");
		log_line(world, line);
	}
	scheduler_after(world->scheduler, world->commit_ns, SCHEDULE_COMPLETION, on_committed,
			call);
}

static void sink_note(void *self, uint32_t trade, const char *text)
{
	struct trade_world *world = self;
	char line[400];

	snprintf(line, sizeof(line), "%" PRId64 " trade %u %s",
		 (scheduler_now(world->scheduler) - TRADE_WORLD_START) / NS_PER_MS, trade, text);
	log_line(world, line);
}

static uint32_t sink_next_id(void *self)
{
	struct trade_world *world = self;
	return world->ids_fail ? 0 : ++world->next_id;
}

/* ---- invariants --------------------------------------------------------------------------------
 */

static void break_with(struct trade_world *world, const char *which)
{
	if (!world->broken)
		world->broken = which;
}

static void check_invariants(struct trade_world *world)
{
	struct hostile_exchange *venues[] = {world->a, world->b, world->c};

	for (size_t i = 0; i < 3; i++) {
		if (venues[i]->duplicate_id_seen)
			break_with(world, "I2: a client id was sent twice");
		if (venues[i]->two_live_orders)
			break_with(world, "I3: two live orders on one leg");
	}
	for (instrument_id id = 1; id <= world->spot; id++) {
		int64_t held = position_of(world, id);
		/* Spot positions are gross of the fee taken in base: dust adds up there. */
		if (id != world->spot && world->wanted[id].units &&
		    (held < 0 ? -held : held) > world->wanted[id].units)
			break_with(world, "I4: a position beyond its target");
	}
}

static void on_account(void *user, const struct account_event *event)
{
	struct trade_world *world = user;

	if (event->kind == ACCOUNT_FILL)
		price_provider_fill(world->prices, event);
	atomic_executor_account_event(world->executor, event);
	check_invariants(world);
}

/* ---- setting up --------------------------------------------------------------------------------
 */

static instrument_id add(struct trade_world *world, const char *venue, const char *symbol,
			 enum instrument_kind kind, int64_t contract_size, unsigned price_decimals,
			 unsigned quantity_decimals)
{
	struct instrument_table *table = world->instruments;
	struct instrument terms = {
		.venue = instrument_table_venue(table, venue),
		.kind = kind,
		.base = instrument_table_asset(table, "BTC"),
		.canonical = instrument_table_asset(table, "BTC"),
		.quote = instrument_table_asset(table, kind == INSTRUMENT_INVERSE ? "USD" : "USDT"),
		.multiplier = 1,
		.contract_size = {contract_size * MONEY_ONE},
		.price_decimals = price_decimals,
		.quantity_decimals = quantity_decimals,
	};
	struct instrument_revision first = {
		.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 20},
		.fees = {.maker = {RATE_ONE / 5000},
			 .taker = {RATE_ONE / 2000},
			 .buy_fee_in_base = kind == INSTRUMENT_SPOT},
		.funding = {.pays = kind != INSTRUMENT_SPOT, .interval_ns = 8 * NS_PER_HOUR},
	};
	struct error err = {0};

	snprintf(terms.symbol, sizeof(terms.symbol), "%s", symbol);
	terms.settle = kind == INSTRUMENT_INVERSE ? terms.base : terms.quote;
	instrument_id id = instrument_table_add(table, &terms, &first, &err);
	if (!id)
		fail_msg("%s", err.text);
	return id;
}

struct trade_world_options trade_world_defaults(void)
{
	return (struct trade_world_options){
		.executor = atomic_executor_defaults(),
		.read_ns = 50 * NS_PER_MS,
		.entry_ns = 10 * NS_PER_MS,
		.response_ns = 10 * NS_PER_MS,
	};
}

static struct hostile_exchange *venue(struct trade_world *world,
				      const struct trade_world_options *options, const char *name)
{
	venue_id id = instrument_table_find_venue(world->instruments, name);
	struct hostile_exchange *exchange = hostile_exchange_create(
		world->scheduler, world->instruments, world->market, id, on_account, world);

	exchange->read_ns = options->read_ns;
	exchange->entry_ns = options->entry_ns;
	exchange->response_ns = options->response_ns;
	for (instrument_id i = 1; i <= world->spot; i++)
		hostile_book(exchange, i, TRADE_WORLD_BID, TRADE_WORLD_ASK, 100000000, 4);
	world->clients.by_venue[id] = &exchange->client;
	if (!options->no_clock) {
		struct market_event clock = {
			.local_ns = TRADE_WORLD_START,
			.venue = id,
			.kind = EVENT_CLOCK,
			.u.clock = {.offset_ns = 250 * NS_PER_MS, .uncertainty_ns = 10 * NS_PER_MS},
		};
		market_state_apply(world->market, &clock);
	}
	return exchange;
}

struct trade_world *trade_world_create(const struct trade_world_options *options)
{
	struct trade_world_options defaults = trade_world_defaults();
	struct price_provider_options prices = price_provider_defaults();
	struct liquidity_limits limits = liquidity_defaults();
	struct trade_world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	if (!options)
		options = &defaults;
	prices.streams = false;
	prices.price_jump_limit_bp = 0;
	world->scheduler = scheduler_create(TRADE_WORLD_START);
	world->run_to_ns = TRADE_WORLD_START;
	world->instruments = instrument_table_create();
	world->btc_a = add(world, "a", "BTCUSDT", INSTRUMENT_LINEAR, 1, 1, 3);
	world->btc_b = add(world, "b", "BTCUSDT", INSTRUMENT_LINEAR, 1, 1, 3);
	world->inverse = add(world, "c", "BTCUSD", INSTRUMENT_INVERSE, 100, 1, 0);
	world->spot = add(world, "c", "BTCUSDT-SPOT", INSTRUMENT_SPOT, 1, 1, 5);
	world->market = market_state_create(world->instruments);
	world->a = venue(world, options, "a");
	world->b = venue(world, options, "b");
	world->c = venue(world, options, "c");
	world->prices = price_provider_create(&prices, world->scheduler, world->instruments,
					      world->market, &world->clients);
	world->liquidity = liquidity_analyzer_create(&limits, world->scheduler, world->instruments,
						     world->market, &world->clients, world->prices);
	world->sink = (struct intent_sink){sink_commit, sink_note, sink_next_id, world};
	world->executor = atomic_executor_create(&options->executor, world->scheduler,
						 world->instruments, world->market, &world->clients,
						 world->prices, world->liquidity, &world->sink);
	assert_non_null(world->executor);
	world->event_hash = 0xcbf29ce484222325u;
	return world;
}

void trade_world_free(struct trade_world *world)
{
	/* Nothing may be under way that would call back: let everything land. */
	world->a->down_until_ns = world->b->down_until_ns = world->c->down_until_ns = 0;
	atomic_executor_free(world->executor);
	liquidity_analyzer_free(world->liquidity);
	price_provider_free(world->prices);
	hostile_exchange_free(world->a);
	hostile_exchange_free(world->b);
	hostile_exchange_free(world->c);
	market_state_free(world->market);
	instrument_table_free(world->instruments);
	scheduler_free(world->scheduler);
	free(world);
}

int64_t trade_world_now(const struct trade_world *world)
{
	return scheduler_now(world->scheduler);
}

static void nothing(void *user)
{
	(void)user;
}

void trade_world_run(struct trade_world *world, int64_t milliseconds)
{
	world->run_to_ns += milliseconds * NS_PER_MS;
	/* Time passes even where nothing happens. */
	scheduler_at(world->scheduler, world->run_to_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, world->run_to_ns);
}

void trade_world_finish(struct trade_world *world, struct trade_end *end, int64_t milliseconds)
{
	for (int64_t waited = 0; waited < milliseconds && !end->completions; waited += 10)
		trade_world_run(world, 10);
	if (!end->completions)
		fail_msg("the trade has not ended after %" PRId64 " ms:\n%s", milliseconds,
			 world->log);
	trade_world_run(world, 10000); /* everything under way lands */
	if (end->completions != 1)
		fail_msg("done was called %u times", end->completions);
	if (world->broken)
		fail_msg("%s:\n%s", world->broken, world->log);
}

/* ---- trades ------------------------------------------------------------------------------------
 */

struct trade_leg leg_of(instrument_id instrument, enum side side, int64_t units)
{
	return (struct trade_leg){instrument, side, {units}};
}

static void on_done(void *user, const struct trade_result *result)
{
	struct trade_end *end = user;

	end->completions++;
	end->at_ns = scheduler_now(end->world->scheduler);
	end->result = *result;
	if (result->preflight) {
		end->preflight = *result->preflight;
		end->result.preflight = &end->preflight;
	}
}

struct trade_end *trade_world_start(struct trade_world *world, const struct trade_request *request)
{
	struct trade_end *end = &world->ends[world->end_count++];

	assert_true(world->end_count < TRADE_WORLD_ENDS);
	*end = (struct trade_end){.world = world};
	for (size_t i = 0; i < request->leg_count && i < TRADE_LEGS_MAX && !request->closing; i++)
		world->wanted[request->legs[i].instrument] = request->legs[i].quantity;
	atomic_executor_start(world->executor, request, on_done, end);
	assert_int_equal(end->completions, 0);
	return end;
}

static struct trade_end *start(struct trade_world *world, bool closing, enum order_tactic tactic,
			       struct trade_leg first, struct trade_leg second)
{
	struct trade_request request = {
		.name = "pair",
		.trade = (uint32_t)world->end_count + 1,
		.closing = closing,
		.leg_count = second.instrument ? 2 : 1,
		.legs = {first, second},
		.tactic = tactic,
		.work_ns = 5 * NS_PER_SECOND,
	};
	return trade_world_start(world, &request);
}

struct trade_end *trade_world_open(struct trade_world *world, enum order_tactic tactic,
				   struct trade_leg first, struct trade_leg second)
{
	return start(world, false, tactic, first, second);
}

struct trade_end *trade_world_close(struct trade_world *world, enum order_tactic tactic,
				    struct trade_leg first, struct trade_leg second)
{
	return start(world, true, tactic, first, second);
}

struct hostile_exchange *trade_world_venue(struct trade_world *world, instrument_id instrument)
{
	venue_id id = instrument_get(world->instruments, instrument)->venue;
	return (struct hostile_exchange *)world->clients.by_venue[id];
}

int64_t position_of(struct trade_world *world, instrument_id instrument)
{
	return trade_world_venue(world, instrument)->position[instrument].units;
}

bool trade_world_logged(const struct trade_world *world, const char *text)
{
	return strstr(world->log, text) != NULL;
}
