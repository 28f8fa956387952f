#include "strategy/funding_units.h"
#include "strategy/strategy_state.h"

#include "core/base/log.h"
#include "core/base/utc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A monitored price may be as old as the tick that asked for it, and its answer's own age. */
#define PRICE_SLACK_NS (5 * NS_PER_SECOND)
/* Venues pay some milliseconds after the boundary: only then has a settlement passed. */
#define SETTLEMENT_PASSED_NS NS_PER_SECOND

/* ---- closing --------------------------------------------------------------------------------- */

static void closing_ended(void *user, const struct trade_result *result)
{
	struct tracked_position *tracked = user;
	struct funding_arbitrage_strategy *strategy = tracked->strategy;
	position_closing_ended(tracked, result, strategy->instruments,
			       scheduler_now(strategy->scheduler));
	bool closed = tracked->position.state == POSITION_CLOSED;
	if (!closed)
		log_write(LOG_ALARM, "strategy", "trade %u %s is not closed after %u tries: %s",
			  tracked->position.trade, tracked->position.name, tracked->attempts,
			  result->reason);
	if (closed)
		strategy_release_pair(strategy, tracked, false);
	if (strategy->observer.trade)
		strategy->observer.trade(strategy->observer.user, &tracked->position, result);
	strategy_wake(strategy);
}

/* Never sells what the venue says is gone: held shrinks to what two reads agree on. */
static void believe_venue(struct tracked_position *tracked)
{
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		struct quantity seen;
		if (!risk_agreed_quantity(tracked, leg, &seen))
			continue;
		int64_t there = leg == 0 ? seen.units : -seen.units;
		if (there < 0)
			there = 0;
		if (there < tracked->position.held[leg].units)
			tracked->position.held[leg].units = there;
	}
}

static void send_closing(struct funding_arbitrage_strategy *strategy,
			 struct tracked_position *tracked)
{
	struct trade_request request;
	believe_venue(tracked);
	if (!position_closing_request(tracked, strategy->instruments,
				      scheduler_now(strategy->scheduler), &request)) {
		strategy_release_pair(strategy, tracked, false);
		return;
	}
	atomic_executor_start(strategy->executor, &request, closing_ended, tracked);
}

/* ---- the view of one position ---------------------------------------------------------------- */

static i128 per_8h(const struct leg_forecast *forecast)
{
	struct rate_per_hour hourly;
	if (forecast->interval_ns <= 0 ||
	    !rate_to_per_hour(forecast->rate, forecast->interval_ns, &hourly))
		return 0;
	return rate_per_hour_as_per_8h_e18(hourly);
}

/* True between the boundary and the moment from which the settlement has surely passed. */
static bool settles_right_now(const struct funding_arbitrage_strategy *strategy, instrument_id id,
			      venue_id venue, int64_t venue_now)
{
	const struct funding_terms *terms =
		&instrument_revision_at(strategy->instruments, id, venue_now)->funding;
	int64_t last = funding_last_boundary(terms, venue_now);
	int64_t passed =
		SETTLEMENT_PASSED_NS + market_state_clock(strategy->market, venue).uncertainty_ns;
	return last != INT64_MIN && venue_now - last < passed;
}

static void view_funding(struct funding_arbitrage_strategy *strategy,
			 const struct tracked_position *tracked, struct exit_view *view)
{
	i128 due = 0;
	view->funding_known = true;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = tracked->position.legs[leg];
		venue_id venue = instrument_get(strategy->instruments, id)->venue;
		const struct leg_forecast *forecast = leg_outlook_forecast(strategy->outlook, id);
		int64_t venue_now = market_state_venue_time(strategy->market, venue, view->now_ns);
		int sign = leg == 0 ? -1 : 1; /* a positive rate is paid by the long */
		if (!leg_outlook_fresh(strategy->outlook, forecast, NULL, NULL))
			view->funding_known = false;
		view->spread_per_8h_e18 += sign * per_8h(forecast);
		view->remaining_e18 += sign * forecast->expected_e18;
		if (forecast->known && forecast->next_boundary_ns != INT64_MAX &&
		    forecast->next_boundary_ns - venue_now <=
			    strategy->options.hold_for_settlement_ns)
			due += sign * forecast->next_e18;
		if (forecast->known && settles_right_now(strategy, id, venue, venue_now))
			due += sign * (i128)forecast->rate.e18;
	}
	view->receives_soon = due > 0;
}

/* Fees of leaving, and half the spread of each leg where it is known. */
static i128 exit_cost(const struct funding_arbitrage_strategy *strategy,
		      const struct tracked_position *tracked)
{
	i128 cost = 0;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		const struct leg_watch *watch = &tracked->watches[leg];
		i128 half = 0;
		cost += instrument_latest(strategy->instruments, tracked->position.legs[leg])
				->fees.taker.e18;
		if (watch->price_known &&
		    mul_div(watch->ask.units - watch->bid.units, MONEY_ONE,
			    (i128)watch->ask.units + watch->bid.units, ROUND_HALF_EVEN, &half))
			cost += half;
	}
	return cost;
}

static bool frees(const struct funding_arbitrage_strategy *strategy,
		  const struct tracked_position *tracked, instrument_id instrument)
{
	const struct tracked_position *holder = strategy_holder(strategy, instrument);
	return !holder || holder == tracked;
}

/* The best pair that only waits for this position's slot or instruments. */
static void view_better_pair(struct funding_arbitrage_strategy *strategy,
			     const struct tracked_position *tracked, struct exit_view *view)
{
	size_t count = opportunity_finder_count(strategy->finder);
	for (size_t i = 0; i < count; i++) {
		const struct pair *pair = opportunity_finder_pair(strategy->finder, i);
		const struct candidate *candidate = &pair->candidate;
		if (!pair->eligible || pair == tracked->pair ||
		    !frees(strategy, tracked, pair->first) ||
		    !frees(strategy, tracked, pair->second))
			continue;
		i128 net = candidate->expected_funding_e18 - candidate->costs_e18;
		if (view->better_known && net <= view->better_net_e18)
			continue;
		char name[INSTRUMENT_NAME_MAX];
		view->better_known = true;
		view->better_net_e18 = net;
		instrument_name(strategy->instruments, candidate->short_instrument, name,
				sizeof(name));
		snprintf(view->better_name, sizeof(view->better_name), "short %.41s", name);
	}
	view->exit_cost_e18 = exit_cost(strategy, tracked);
}

/* ---- the phase ------------------------------------------------------------------------------- */

static void examine(struct funding_arbitrage_strategy *strategy, struct tracked_position *tracked,
		    bool count)
{
	struct exit_view view = {.now_ns = scheduler_now(strategy->scheduler),
				 .close_requested = tracked->close_requested};
	struct money pnl, notional;
	view.pnl_known =
		risk_price_pnl(tracked, strategy->instruments, strategy->ledger, view.now_ns,
			       strategy->options.monitor_interval_ns + PRICE_SLACK_NS, &pnl,
			       &notional) &&
		mul_div(pnl.e18, MONEY_ONE, notional.e18, ROUND_HALF_EVEN, &view.pnl_e18);
	struct risk_finding risk =
		risk_examine(tracked, &strategy->options, strategy->instruments, strategy->market,
			     view.now_ns, view.pnl_known ? &pnl : NULL);
	if (risk.reason != EXIT_RISK)
		funding_units_find_quarantine(&strategy->options, strategy->instruments,
					      &tracked->position, &risk);
	view.risk = &risk;
	view.probe_done = tracked->position.probe && tracked->pair->eligible &&
			  funding_units_full(&strategy->options, strategy->instruments,
					     tracked->position.legs);
	view_funding(strategy, tracked, &view);
	view_better_pair(strategy, tracked, &view);
	struct exit_decision decision = exit_rules_decide(&strategy->options, &tracked->position,
							  &view, count, tracked->confirmations);
	if (decision.reason == EXIT_NONE)
		return;
	memcpy(tracked->position.exit_number, decision.number, SENTENCE_MAX);
	memcpy(tracked->position.exit_limit, decision.limit, SENTENCE_MAX);
	position_begin_closing(tracked, decision.reason);
	log_write(LOG_INFO, "strategy", "trade %u %s closes: %s, %s (limit %s)",
		  tracked->position.trade, tracked->position.name,
		  exit_reason_text(decision.reason), decision.number, decision.limit);
	if (strategy->observer.closing)
		strategy->observer.closing(strategy->observer.user, &tracked->position);
	send_closing(strategy, tracked);
}

void strategy_exit(struct funding_arbitrage_strategy *strategy, bool count)
{
	int64_t now = scheduler_now(strategy->scheduler);
	for (size_t i = 0; i < strategy->position_count; i++) {
		struct tracked_position *tracked = strategy->positions[i];
		switch (tracked->position.state) {
		case POSITION_OPENING:
		case POSITION_CLOSED:
			break;
		case POSITION_OPEN:
			examine(strategy, tracked, count);
			break;
		case POSITION_CLOSING:
			if (!tracked->trade_running && now >= tracked->retry_ns)
				send_closing(strategy, tracked);
			break;
		}
	}
}
