/*
 * The clockwork: a timer that runs monitor, then exit, then scan, and events that bring the next
 * pass forward. Monitoring starts reads whose answers, where a cache or a stream has them, arrive
 * in the same instant; the decision is a timer entry of that instant, so it comes after them.
 */
#include "strategy/strategy_state.h"

#include "core/base/utc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct funding_arbitrage_strategy *funding_arbitrage_strategy_create(
	const struct strategy_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct price_provider *prices,
	struct liquidity_analyzer *liquidity, struct atomic_executor *executor,
	const struct ledger *ledger, const struct strategy_observer *observer)
{
	struct funding_arbitrage_strategy *strategy = calloc(1, sizeof(*strategy));
	if (!strategy)
		return NULL;
	assert(options->monitor_interval_ns > 0 && options->scan_interval_ns > 0);
	assert(options->listed_count <= sizeof(options->listed) / sizeof(options->listed[0]));
	strategy->options = *options;
	strategy->scheduler = scheduler;
	strategy->instruments = instruments;
	strategy->market = market;
	strategy->clients = clients;
	strategy->prices = prices;
	strategy->liquidity = liquidity;
	strategy->executor = executor;
	strategy->ledger = ledger;
	if (observer)
		strategy->observer = *observer;
	strategy->list_stale = true;
	strategy->outlook =
		leg_outlook_create(&strategy->options, scheduler, instruments, market, prices);
	if (strategy->outlook)
		strategy->finder =
			opportunity_finder_create(&strategy->options, scheduler, instruments,
						  market, clients, strategy->outlook);
	if (!strategy->finder) {
		leg_outlook_free(strategy->outlook);
		free(strategy);
		return NULL;
	}
	return strategy;
}

void funding_arbitrage_strategy_free(struct funding_arbitrage_strategy *strategy)
{
	if (!strategy)
		return;
	scheduler_cancel(strategy->scheduler, strategy->tick_timer);
	scheduler_cancel(strategy->scheduler, strategy->decide_timer);
	scheduler_cancel(strategy->scheduler, strategy->event_timer);
	while (strategy->checks) {
		struct opening_check *check = strategy->checks;
		strategy->checks = check->next;
		free(check);
	}
	for (size_t i = 0; i < strategy->position_count; i++)
		free(strategy->positions[i]);
	opportunity_finder_free(strategy->finder);
	leg_outlook_free(strategy->outlook);
	free(strategy);
}

/* ---- clockwork ------------------------------------------------------------------------------- */

static int64_t next_tick_ns(const struct funding_arbitrage_strategy *strategy)
{
	return strategy->next_monitor_ns < strategy->next_scan_ns ? strategy->next_monitor_ns
								  : strategy->next_scan_ns;
}

static void decide(void *user)
{
	struct funding_arbitrage_strategy *strategy = user;
	strategy->decide_timer = 0;
	strategy_exit(strategy, strategy->tick_monitors);
	if (strategy->tick_scans || strategy->any_dirty)
		strategy_scan(strategy, strategy->tick_scans);
}

static void tick(void *user)
{
	struct funding_arbitrage_strategy *strategy = user;
	int64_t now = scheduler_now(strategy->scheduler);
	strategy->tick_monitors = now >= strategy->next_monitor_ns;
	strategy->tick_scans = now >= strategy->next_scan_ns;
	if (strategy->tick_monitors) {
		strategy->next_monitor_ns = now + strategy->options.monitor_interval_ns;
		strategy_monitor(strategy);
	}
	if (strategy->tick_scans)
		strategy->next_scan_ns = now + strategy->options.scan_interval_ns;
	strategy->decide_timer =
		scheduler_at(strategy->scheduler, now, SCHEDULE_TIMER, decide, strategy);
	strategy->tick_timer = scheduler_at(strategy->scheduler, next_tick_ns(strategy),
					    SCHEDULE_TIMER, tick, strategy);
}

static void pass_after_event(void *user)
{
	struct funding_arbitrage_strategy *strategy = user;
	strategy->event_timer = 0;
	/* The tick of this instant does it all, in its own order. */
	if (strategy->decide_timer != 0 ||
	    next_tick_ns(strategy) <= scheduler_now(strategy->scheduler))
		return;
	strategy_exit(strategy, false);
	if (strategy->any_dirty)
		strategy_scan(strategy, false);
}

void strategy_wake(struct funding_arbitrage_strategy *strategy)
{
	if (strategy->tick_timer != 0 && strategy->event_timer == 0)
		strategy->event_timer = scheduler_after(strategy->scheduler, 0, SCHEDULE_TIMER,
							pass_after_event, strategy);
}

void funding_arbitrage_strategy_start(struct funding_arbitrage_strategy *strategy,
				      uint32_t first_trade)
{
	assert(strategy->tick_timer == 0 && first_trade > 0);
	strategy->next_trade = first_trade;
	strategy->next_monitor_ns = scheduler_now(strategy->scheduler);
	strategy->next_scan_ns = strategy->next_monitor_ns;
	strategy->tick_timer =
		scheduler_after(strategy->scheduler, 0, SCHEDULE_TIMER, tick, strategy);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* Venues repeat their estimate every second or so: only what differs is news. */
static bool funding_is_news(struct funding_arbitrage_strategy *strategy, instrument_id instrument)
{
	const struct funding_state *funding = market_state_funding(strategy->market, instrument);
	struct funding_seen *seen = &strategy->seen[instrument];
	bool same = seen->known == funding->rate_known && seen->rate_e18 == funding->rate.e18 &&
		    seen->boundary_ns == funding->boundary_ns &&
		    seen->settled_known == funding->settled_known &&
		    seen->settled_e18 == funding->settled_rate.e18 &&
		    seen->settled_boundary_ns == funding->settled_boundary_ns;
	*seen = (struct funding_seen){
		.known = funding->rate_known,
		.rate_e18 = funding->rate.e18,
		.boundary_ns = funding->boundary_ns,
		.settled_known = funding->settled_known,
		.settled_e18 = funding->settled_rate.e18,
		.settled_boundary_ns = funding->settled_boundary_ns,
	};
	return !same;
}

void funding_arbitrage_strategy_market_event(struct funding_arbitrage_strategy *strategy,
					     const struct market_event *event)
{
	if (event->kind == EVENT_INSTRUMENT) {
		strategy->list_stale = true;
		leg_outlook_forget(strategy->outlook, event->instrument);
		return;
	}
	if (event->kind == EVENT_CLOCK)
		leg_outlook_forget_all(strategy->outlook);
	if (event->kind != EVENT_FUNDING)
		return;
	leg_outlook_forget(strategy->outlook, event->instrument);
	if (!funding_is_news(strategy, event->instrument))
		return;
	strategy->dirty[event->instrument] = true;
	strategy->any_dirty = true;
	strategy_wake(strategy);
}

void funding_arbitrage_strategy_account_event(struct funding_arbitrage_strategy *strategy,
					      const struct account_event *event)
{
	switch (event->kind) {
	case ACCOUNT_ORDER:
	case ACCOUNT_BALANCE:
		return;
	case ACCOUNT_POSITION:
	case ACCOUNT_LIQUIDATION:
		/* The venue moved a position: its word is due now, not in a few seconds. */
		strategy->venues[event->venue].next_ns = 0;
		break;
	case ACCOUNT_FILL:
	case ACCOUNT_FUNDING:
		break;
	}
	if (strategy_holder(strategy, event->instrument))
		strategy_wake(strategy);
}

/* ---- what others ask ------------------------------------------------------------------------- */

void funding_arbitrage_strategy_stop_opening(struct funding_arbitrage_strategy *strategy)
{
	strategy->opening_stopped = true;
}

bool funding_arbitrage_strategy_close(struct funding_arbitrage_strategy *strategy, uint32_t trade)
{
	for (size_t i = 0; i < strategy->position_count; i++) {
		struct tracked_position *tracked = strategy->positions[i];
		if (tracked->position.trade != trade || tracked->position.state == POSITION_CLOSED)
			continue;
		tracked->close_requested = true;
		strategy_wake(strategy);
		return true;
	}
	return false;
}

size_t funding_arbitrage_strategy_positions(const struct funding_arbitrage_strategy *strategy)
{
	return strategy->position_count;
}

const struct position *funding_arbitrage_strategy_position(
	const struct funding_arbitrage_strategy *strategy, size_t index)
{
	assert(index < strategy->position_count);
	return &strategy->positions[index]->position;
}

size_t funding_arbitrage_strategy_candidates(const struct funding_arbitrage_strategy *strategy)
{
	return opportunity_finder_count(strategy->finder);
}

const struct candidate *funding_arbitrage_strategy_candidate(
	const struct funding_arbitrage_strategy *strategy, size_t index)
{
	return &opportunity_finder_pair(strategy->finder, index)->candidate;
}

const uint64_t *funding_arbitrage_strategy_refusals(
	const struct funding_arbitrage_strategy *strategy)
{
	return strategy->refusals;
}

/* ---- shared by the phases -------------------------------------------------------------------- */

const struct tracked_position *strategy_holder(const struct funding_arbitrage_strategy *strategy,
					       instrument_id instrument)
{
	const struct tracked_position *tracked = strategy->holders[instrument];
	return tracked && tracked->position.state != POSITION_CLOSED ? tracked : NULL;
}

/* Failures in a row double the rest up to this many times. */
#define COOL_DOWN_DOUBLINGS 6

void strategy_release_pair(struct funding_arbitrage_strategy *strategy,
			   struct tracked_position *tracked, bool opening_failed)
{
	struct pair *pair = tracked->pair;
	assert(pair && tracked->position.state == POSITION_CLOSED);
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
		strategy->holders[tracked->position.legs[leg]] = NULL;
	strategy->held--;
	tracked->pair = NULL;
	pair->holding = false;
	pair->cool_down_ns = strategy->options.cool_down_ns;
	if (opening_failed) {
		for (unsigned i = 0; i < pair->failures && i < COOL_DOWN_DOUBLINGS; i++)
			pair->cool_down_ns *= 2;
		pair->failures++;
	} else {
		pair->failures = 0;
		/* It was closed to be opened again. */
		if (tracked->position.exit_reason == EXIT_PROBE_DONE)
			pair->cool_down_ns = 0;
	}
	pair->cool_down_until_ns = scheduler_now(strategy->scheduler) + pair->cool_down_ns;
}
