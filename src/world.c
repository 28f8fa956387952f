/*
 * The way of the data, in the one fixed order of docs/architecture.md: market state first, then the
 * simulated venues, then PriceProvider, executors, strategy. Account events go to the ledger
 * before anybody acts on them.
 */
#include "src/world.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/funding_prover.h"
#include "src/market_reader.h"
#include "src/narrator.h"
#include "src/session_recorder.h"
#include "src/session_replay.h"
#include "src/world_options.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_EVERY_EVENTS 4096
#define READER_INTERVAL_NS    INT64_C(1000000000)

void world_fail(struct world *world, const struct error *err)
{
	if (world->live) {
		/* Leaving open legs to themselves would be worse than any wrong line. */
		log_write(LOG_ALARM, "world", "%s; nothing more is opened", err->text);
		if (world->strategy)
			funding_arbitrage_strategy_stop_opening(world->strategy);
		return;
	}
	if (world->stopped.category == ERROR_NONE)
		world->stopped = *err;
	scheduler_stop(world->scheduler);
}

/* Handles are given out in order, so a longer table means new instruments at its end. */
void world_meet_new_instruments(struct world *world)
{
	size_t count = instrument_count(world->instruments);
	for (size_t id = world->instruments_seen + 1; id <= count; id++) {
		struct error err = {0};
		if (!apply_overrides(world->config, world->instruments, (instrument_id)id, &err))
			world_fail(world, &err);
	}
	world->instruments_seen = count;
}

static void watch_quality(struct world *world, const struct market_event *event)
{
	struct data_quality *quality = &world->quality[event->instrument];
	quality->events++;
	if (quality->first_ns == 0)
		quality->first_ns = event->local_ns;
	quality->last_ns = event->local_ns;
	if (event->kind == EVENT_TRADE) {
		quality->trades++;
		if (event->flags & EVENT_FLAG_OFF_MARKET)
			quality->off_market_trades++;
	}
	if (event->kind == EVENT_BOOK)
		world->levels += event->u.book.bid_count + event->u.book.ask_count;
}

static void watch_sync(struct world *world, instrument_id id, int64_t now_ns, bool gap)
{
	struct data_quality *quality = &world->quality[id];
	bool synced = market_state_book(world->external, id)->synced;
	/* A connection that goes down tells of all its markets, once each. */
	if (gap && quality->synced_since_ns != 0 && !synced)
		quality->gaps++;
	if (synced && quality->synced_since_ns == 0)
		quality->synced_since_ns = now_ns;
	if (!synced && quality->synced_since_ns != 0) {
		quality->synced_ns += now_ns - quality->synced_since_ns;
		quality->synced_since_ns = 0;
	}
}

static void watch_connection(struct world *world, const struct market_event *event)
{
	enum connection_state state = event->u.connection.state;
	bool gap = state == CONNECTION_GAP || state == CONNECTION_DOWN;
	if (event->instrument != 0) {
		watch_sync(world, event->instrument, event->local_ns, gap);
		return;
	}
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++)
		if (instrument_get(world->instruments, id)->venue == event->venue)
			watch_sync(world, id, event->local_ns, gap);
}

/* What the trading side sees, from a stream or from a read. */
static void trading_side(struct world *world, const struct market_event *event)
{
	price_provider_market(world->prices, event);
	atomic_executor_market_event(world->executor, event);
	if (world->strategy)
		funding_arbitrage_strategy_market_event(world->strategy, event);
}

static void read_event(void *user, const struct market_event *event)
{
	struct world *world = user;
	market_state_apply(world->local, event);
	trading_side(world, event);
}

void world_market_event(void *user, const struct market_event *event)
{
	struct world *world = user;
	if (instrument_count(world->instruments) != world->instruments_seen ||
	    event->kind == EVENT_INSTRUMENT)
		world_meet_new_instruments(world);
	market_state_apply(world->external, event);
	watch_quality(world, event);
	if (event->kind == EVENT_CONNECTION || (event->flags & EVENT_FLAG_KEYFRAME))
		watch_connection(world, event);
	if (world->recorder)
		session_recorder_market(world->recorder, event);
	struct exchange_client *simulated = world->simulated[event->venue];
	if (simulated)
		simulated_client_market(simulated, event);
	if (!world->running) {
		/* Before the run's first instant: the market is made whole, nobody trades on it. */
	} else if (world->local == world->external) {
		trading_side(world, event);
	} else if (event->kind == EVENT_CLOCK || event->kind == EVENT_INSTRUMENT) {
		read_event(world, event); /* a venue's clock and rules are known without streams */
	}
	if (world->events++ % PROGRESS_EVERY_EVENTS == 0)
		progress_at(&world->progress, (uint64_t)(event->local_ns - world->started_ns));
}

static uint32_t trade_of(const struct world *world, const struct account_event *event)
{
	uint32_t trade = 0;
	if (event->kind == ACCOUNT_FILL && event->u.fill.client_id != 0)
		trade = atomic_executor_trade_of(world->executor, event->venue,
						 event->u.fill.client_id);
	if (trade == 0 && event->kind == ACCOUNT_FUNDING)
		trade = trade_log_holder(world->trades, event->instrument,
					 event->u.funding.boundary_ns);
	/* A fill that no order of ours asked for (a liquidation) is of the trade that holds now. */
	if (trade == 0 && event->kind == ACCOUNT_FILL)
		trade = trade_log_holder(world->trades, event->instrument, INT64_MAX);
	return trade;
}

static void keep_funding(struct world *world, const struct account_event *event, uint32_t trade)
{
	if (world->funding_count == world->funding_capacity) {
		world->funding_capacity =
			world->funding_capacity ? world->funding_capacity * 2 : 64;
		world->funding =
			realloc(world->funding, world->funding_capacity * sizeof(*world->funding));
		if (!world->funding)
			abort();
	}
	world->funding[world->funding_count++] = (struct funding_payment){*event, trade};
}

void world_account_event(void *user, const struct account_event *event)
{
	struct world *world = user;
	struct error err = {0};
	bool booked = true;
	if (world->recorder)
		session_recorder_account(world->recorder, event);
	if (event->kind == ACCOUNT_FILL) {
		uint32_t trade = trade_of(world, event);
		booked = ledger_book_fill(world->ledger, event, trade, &err);
		trade_log_fill(world->trades, trade, event);
		price_provider_fill(world->prices, event);
	} else if (event->kind == ACCOUNT_FUNDING) {
		uint32_t trade = trade_of(world, event);
		booked = ledger_book_funding(world->ledger, event, trade, &err);
		keep_funding(world, event, trade);
		if (world->narrator)
			narrator_funding(world->narrator, event, trade);
		if (world->prover)
			funding_prover_account_event(world->prover, event);
	}
	if (!booked)
		world_fail(world, &err);
	atomic_executor_account_event(world->executor, event);
	if (world->strategy)
		funding_arbitrage_strategy_account_event(world->strategy, event);
}

/* ---- what the strategy decides ------------------------------------------------------------- */

static void observe_refused(void *user, const struct candidate *candidate)
{
	struct world *world = user;
	char long_name[INSTRUMENT_NAME_MAX], short_name[INSTRUMENT_NAME_MAX];
	instrument_name(world->instruments, candidate->long_instrument, long_name,
			sizeof(long_name));
	instrument_name(world->instruments, candidate->short_instrument, short_name,
			sizeof(short_name));
	decision_log_line(world->decisions, "refused long %s short %s gate %s: %s, limit %s",
			  long_name, short_name, gate_text(candidate->gate), candidate->number,
			  candidate->limit);
	if (world->prover && candidate->gate == GATE_FUNDING_UNITS) {
		funding_prover_hurry(world->prover, candidate->long_instrument);
		funding_prover_hurry(world->prover, candidate->short_instrument);
	}
}

static void observe_opening(void *user, const struct position *position)
{
	struct world *world = user;
	struct trade_record *record = trade_log_add(world->trades, position->trade, position->name,
						    scheduler_now(world->scheduler));
	record->leg_count = TRADE_LEGS_MAX;
	for (size_t i = 0; i < TRADE_LEGS_MAX; i++) {
		record->legs[i].instrument = position->legs[i];
		record->legs[i].side = i == 0 ? SIDE_BUY : SIDE_SELL;
		record->legs[i].wanted = position->held[i];
	}
	record->expectation_known = true;
	record->expected_funding_e18 = position->expected_funding_e18;
	record->expected_costs_e18 = position->expected_costs_e18;
	decision_log_line(world->decisions, "trade %u %s decided: open", position->trade,
			  position->name);
	if (world->narrator)
		narrator_opening(world->narrator, position);
}

static void observe_trade(void *user, const struct position *position,
			  const struct trade_result *result)
{
	struct world *world = user;
	(void)position;
	trade_log_result(world->trades, result, scheduler_now(world->scheduler));
	if (world->narrator)
		narrator_result(world->narrator, result);
}

static void observe_closing(void *user, const struct position *position)
{
	struct world *world = user;
	struct trade_record *record = trade_log_find(world->trades, position->trade);
	if (record) {
		record->status = TRADE_STATUS_CLOSING;
		snprintf(record->exit_reason, sizeof(record->exit_reason), "%s",
			 exit_reason_text(position->exit_reason));
		snprintf(record->exit_number, sizeof(record->exit_number), "%s",
			 position->exit_number);
		snprintf(record->exit_limit, sizeof(record->exit_limit), "%s",
			 position->exit_limit);
	}
	decision_log_line(world->decisions, "trade %u %s decided: close, %s: %s, limit %s",
			  position->trade, position->name, exit_reason_text(position->exit_reason),
			  position->exit_number, position->exit_limit);
	if (world->narrator)
		narrator_closing(world->narrator, position);
}

/* ---- wiring ---------------------------------------------------------------------------------- */

bool world_open_logs(struct world *world, const char *name, bool ids_anew, struct error *err)
{
	/*
	 * Every mode keeps to a folder of its own, so that no counter of a real account is ever
	 * touched by another. A backtest's account is born with the run: its ids start at 1 and the
	 * same input gives the same bytes.
	 */
	char folder[CONFIG_TEXT_MAX + 16], path[CONFIG_TEXT_MAX + 32];
	snprintf(folder, sizeof(folder), "%s/%s", world->config->state_directory, name);
	snprintf(path, sizeof(path), "%s/client_ids", folder);
	if (mkdir(world->config->state_directory, 0700) != 0 && errno != EEXIST)
		return error_set(err, ERROR_IO, "%s: state directory cannot be made: %s",
				 world->config->state_directory, strerror(errno));
	if (ids_anew && unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
		return error_set(err, ERROR_IO, "%s: cannot be removed: %s", path, strerror(errno));
	world->ids = client_id_counter_open(folder, err);
	if (!world->ids)
		return false;
	world->decisions = decision_log_create(world->config->decision_log, world->scheduler,
					       world->instruments, world->ids, err);
	if (!world->decisions)
		return false;
	world->intents = decision_log_sink(world->decisions);
	return true;
}

bool world_create_trading_side(struct world *world, struct error *err)
{
	const struct config *config = world->config;
	struct price_provider_options prices = options_of_prices(config);
	struct liquidity_limits liquidity = options_of_liquidity(config);
	struct atomic_executor_options execution = options_of_execution(config);
	world->prices = price_provider_create(&prices, world->scheduler, world->instruments,
					      world->local, &world->clients);
	if (!world->prices)
		return error_set(err, ERROR_LIMIT, "out of memory");
	world->liquidity =
		liquidity_analyzer_create(&liquidity, world->scheduler, world->instruments,
					  world->local, &world->clients, world->prices);
	if (!world->liquidity)
		return error_set(err, ERROR_LIMIT, "out of memory");
	world->executor = atomic_executor_create(&execution, world->scheduler, world->instruments,
						 world->local, &world->clients, world->prices,
						 world->liquidity, &world->intents);
	return world->executor || error_set(err, ERROR_LIMIT, "out of memory");
}

bool world_begin_reading(struct world *world, struct error *err)
{
	if (world->config->streams)
		return true;
	world->reader = market_reader_create(world->scheduler, world->instruments, &world->clients,
					     READER_INTERVAL_NS, read_event, world);
	return world->reader || error_set(err, ERROR_LIMIT, "out of memory");
}

static void observe_proof(void *user, instrument_id instrument, const struct funding_proof *proof,
			  bool alarm)
{
	struct world *world = user;
	char name[INSTRUMENT_NAME_MAX], sentence[FUNDING_SENTENCE_MAX];
	instrument_name(world->instruments, instrument, name, sizeof(name));
	funding_proof_sentence(proof, sentence, sizeof(sentence));
	/* On paper it decides nothing, and a session must play again to the byte. */
	if (world->config->mode != CONFIG_PAPER)
		decision_log_line(world->decisions, "funding of %s is %s: %s", name,
				  funding_proof_state_text(funding_proof_state(proof)), sentence);
	if (world->narrator)
		narrator_proof(world->narrator, instrument, proof, alarm);
}

bool world_create_prover(struct world *world, const struct exchange_clients *adapters,
			 struct error *err)
{
	struct funding_prover_options options = funding_prover_defaults();
	char path[FUNDING_PROOFS_PATH_MAX];
	options.path = funding_proofs_path(world->config, path, sizeof(path));
	options.payments = world->config->mode != CONFIG_PAPER;
	world->proofs = funding_proofs_create();
	if (!world->proofs)
		return error_set(err, ERROR_LIMIT, "out of memory");
	world->prover = funding_prover_create(&options, world->scheduler, world->instruments,
					      world->external, adapters, world->proofs,
					      observe_proof, world, err);
	return world->prover != NULL;
}

static bool create_strategy(struct world *world, struct error *err)
{
	struct strategy_options options;
	struct strategy_observer observer = {observe_refused, observe_opening, observe_trade,
					     observe_closing, world};
	if (!options_of_strategy(world->config, world->instruments, &options, err))
		return false;
	/* Paper money needs no proof, and its payments could never give one. */
	options.funding_proofs = world->config->mode == CONFIG_PAPER ? NULL : world->proofs;
	world->strategy = funding_arbitrage_strategy_create(
		&options, world->scheduler, world->instruments, world->local, &world->clients,
		world->prices, world->liquidity, world->executor, world->ledger, &observer);
	if (!world->strategy)
		return error_set(err, ERROR_LIMIT, "out of memory");
	funding_arbitrage_strategy_start(world->strategy, 1);
	return true;
}

bool world_begin_deciding(struct world *world, struct error *err)
{
	if (!world_begin_reading(world, err))
		return false;
	return !world->config->strategy_enabled || create_strategy(world, err);
}

/* Reverse order of wiring: nobody outlives what it borrows. */
void world_free(struct world *world)
{
	if (!world)
		return;
	log_set_clock(NULL, NULL);
	funding_arbitrage_strategy_free(world->strategy);
	market_reader_free(world->reader);
	atomic_executor_free(world->executor);
	liquidity_analyzer_free(world->liquidity);
	price_provider_free(world->prices);
	for (size_t i = 0; i <= VENUES_MAX; i++)
		exchange_client_free(world->clients.by_venue[i]);
	funding_prover_free(world->prover);
	funding_proofs_free(world->proofs);
	world_live_free(world->live);
	decision_log_close(world->decisions);
	client_id_counter_close(world->ids);
	replay_free(world->replay);
	session_replay_free(world->session);
	session_recorder_free(world->recorder);
	if (world->local != world->external)
		market_state_free(world->local);
	market_state_free(world->external);
	ledger_free(world->ledger);
	if (!world->scheduler_borrowed)
		scheduler_free(world->scheduler);
	trade_log_free(world->trades);
	narrator_free(world->narrator);
	instrument_table_free(world->instruments);
	free(world->funding);
	free(world->quality);
	free(world);
}

struct world *world_create(const struct config *config, struct error *err)
{
	struct world *world = calloc(1, sizeof(*world));
	if (world) {
		world->config = config;
		world->instruments = instrument_table_create();
		world->trades = trade_log_create();
		world->quality = calloc(INSTRUMENTS_MAX + 1, sizeof(*world->quality));
	}
	if (world && world->instruments && world->trades && world->quality)
		return world;
	error_set(err, ERROR_LIMIT, "out of memory");
	world_free(world);
	return NULL;
}

void world_finish_quality(struct world *world)
{
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
		struct data_quality *quality = &world->quality[id];
		if (quality->synced_since_ns != 0)
			quality->synced_ns +=
				scheduler_now(world->scheduler) - quality->synced_since_ns;
	}
}

bool world_balance(const struct world *world, venue_id venue, asset_id asset, struct money *total)
{
	if (world->simulated[venue]) {
		*total = simulated_venue_balance(simulated_client_venue(world->simulated[venue]),
						 asset);
		return true;
	}
	*total = world->final_balance[venue].total;
	return world->final_balance[venue].known && world->final_balance[venue].asset == asset;
}
