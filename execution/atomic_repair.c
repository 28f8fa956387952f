/*
 * HEDGING: two legs of an opening that are not equal. One repair order at a time, decided anew with
 * fresh depth after every fill. While an outcome is unknown nothing more is ordered on that leg;
 * when the other leg has been naked for too long meanwhile, the trade is undone.
 */
#include "execution/atomic_trade.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "execution/exposure.h"
#include <inttypes.h>

#define MARKET_TRIES_BEFORE_ALARM 3
/* A small trim could spend the whole budget on few units: no further from the price than this. */
#define WIDEST_BUDGETS	5
#define REPAIR_AGAIN_NS (50 * NS_PER_MS)
#define HALT_FIRST_NS	(5 * NS_PER_SECOND)
#define HALT_LONGEST_NS (60 * NS_PER_SECOND)
/* An hour of one try a minute; then somebody must look. */
#define HALT_TRIES_MAX 64

struct gap {
	bool unequal;
	unsigned ahead, behind;
	struct money tokens;
	struct quantity complete; /* on the leg that is behind; 0 = not possible */
	struct quantity trim;	  /* on the leg that is ahead */
};

static bool large_enough(const struct leg *leg, struct quantity quantity, bool opening)
{
	const struct order_rules *rules = &leg->revision->rules;
	struct money notional;

	if (quantity.units <= 0 || quantity.units < rules->minimum_quantity.units)
		return false;
	if (!opening && leg->instrument->kind != INSTRUMENT_SPOT)
		return true; /* reduce-only is exempt from the minimum notional */
	return rules->minimum_notional.e18 == 0 ||
	       (contract_notional(leg->instrument, quantity, leg->decision_touch, &notional) &&
		notional.e18 >= rules->minimum_notional.e18);
}

/* A market that refused an opening order for a lasting reason is not asked again. */
static bool refuses_more(const struct leg *leg)
{
	for (size_t i = 0; i < leg->order_count; i++) {
		const struct order_life *life = &leg->orders[i]->life;
		if (life->phase != ORDER_REFUSED || life->request.side != leg->wanted.side)
			continue;
		switch (life->reason) {
		case REJECT_NONE:
		case REJECT_NEVER_SENT:
		case REJECT_PRICE_BAND:
		case REJECT_WOULD_CROSS:
		case REJECT_EXPIRED:
		case REJECT_RATE_LIMITED:
		case REJECT_NOT_SYNCED:
		case REJECT_DUPLICATE_ID:
			continue;
		case REJECT_MARGIN:
		case REJECT_TICK:
		case REJECT_LOT:
		case REJECT_MINIMUM_QUANTITY:
		case REJECT_MAXIMUM_QUANTITY:
		case REJECT_MINIMUM_NOTIONAL:
		case REJECT_REDUCE_ONLY:
		case REJECT_NO_SHORT:
		case REJECT_LEVERAGE:
		case REJECT_MARKET_STATUS:
		case REJECT_NOT_FOUND:
		case REJECT_AUTH:
		case REJECT_MAINTENANCE:
		case REJECT_OTHER:
			return true;
		}
	}
	return false;
}

static struct gap gap_of(const struct trade *trade)
{
	struct leg_sum sums[2] = {leg_sum(&trade->legs[0]), leg_sum(&trade->legs[1])};
	struct gap gap = {0};

	if (leg_as_wanted(&trade->legs[0]) && leg_as_wanted(&trade->legs[1]))
		return gap; /* preflight judged what was asked for */
	gap.ahead = sums[0].tokens.e18 >= sums[1].tokens.e18 ? 0 : 1;
	gap.behind = 1 - gap.ahead;
	gap.tokens.e18 = sums[gap.ahead].tokens.e18 - sums[gap.behind].tokens.e18;
	const struct leg *ahead = &trade->legs[gap.ahead], *behind = &trade->legs[gap.behind];

	gap.complete = exposure_quantity(behind->instrument, behind->revision,
					 behind->decision_touch, gap.tokens);
	int64_t room = behind->wanted.quantity.units - sums[gap.behind].net.units;
	if (gap.complete.units > room)
		gap.complete.units = room;
	if (!large_enough(behind, gap.complete, true) || refuses_more(behind))
		gap.complete.units = 0;

	gap.trim = exposure_quantity(ahead->instrument, ahead->revision, ahead->decision_touch,
				     gap.tokens);
	struct quantity held = quantity_floor_to_lot(&ahead->revision->rules, leg_held(ahead));
	/* A leg without its counterpart goes whole, the odd contract included. */
	if (gap.trim.units > held.units || sums[gap.behind].net.units <= 0)
		gap.trim = held;
	if (!large_enough(ahead, gap.trim, false))
		gap.trim.units = 0;
	gap.unequal = gap.trim.units > 0 || (gap.complete.units > 0 && !trade->gap_accepted);
	return gap;
}

bool legs_equal(struct trade *trade)
{
	return trade->request.leg_count < 2 || !gap_of(trade).unequal;
}

void naked_watch(struct trade *trade)
{
	if (trade->request.closing || legs_equal(trade)) {
		trade->naked_since_ns = 0;
		return;
	}
	if (trade->naked_since_ns == 0)
		trade->naked_since_ns = trade_now(trade);
	int64_t limit_ns = trade->naked_since_ns + trade->executor->options.naked_limit_ns;
	if (limit_ns > trade_now(trade))
		trade_wake(trade, limit_ns);
}

struct money repair_cost(const struct leg *leg, const struct live_order *order,
			 struct money reference)
{
	const struct order_life *life = &order->life;
	struct money at_reference, fee, cost = {0};

	if (reference.e18 <= 0 ||
	    !exact_ratio((i128[]){life->tokens.e18, reference.e18}, 2,
			 (i128[]){leg->instrument->multiplier, MONEY_ONE}, 2, ROUND_HALF_EVEN,
			 &at_reference.e18) ||
	    !money_times_rate(life->notional, leg->revision->fees.taker, &fee))
		return cost;
	cost.e18 = life->notional.e18 - at_reference.e18;
	if (life->request.side == SIDE_SELL)
		cost.e18 = -cost.e18;
	cost.e18 += fee.e18;
	return cost;
}

/* What repair orders that have ended cost goes off the budget. */
static void settle_repairs(struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (!leg->last_order || !order_phase_is_terminal(leg->last_order->life.phase))
			continue;
		trade->spent.e18 += repair_cost(leg, leg->last_order, leg->reference).e18;
		if (leg->last_order->life.executed.units > 0) {
			trade->market_tries = 0;
		} else if (leg->last_order->purpose != INTENT_OPEN) {
			/* Tries wait for the market to move, they are not used up in an instant. */
			unsigned doublings = trade->repair_tries < 4 ? trade->repair_tries : 4;
			int64_t again_ns = trade_now(trade) + (REPAIR_AGAIN_NS << doublings);
			if (again_ns > trade->next_repair_ns)
				trade->next_repair_ns = again_ns;
		}
		leg->last_order = NULL;
	}
}

/* Average price paid in the leg's direction, quote at scale 18. */
static struct money average_paid(const struct leg *leg)
{
	struct leg_sum sum = leg_sum(leg);
	struct money average = price_e18(leg->instrument, leg->decision_touch), tokens;

	if (sum.towards.units <= 0)
		return average;
	if (leg->instrument->kind == INSTRUMENT_INVERSE) {
		tokens = sum.tokens; /* coins, while nothing was trimmed; good enough after */
		if (sum.value.e18 > 0 && sum.net.units == sum.towards.units)
			mul_div(sum.paid.e18, MONEY_ONE, sum.value.e18, ROUND_HALF_EVEN,
				&average.e18);
	} else if (contract_tokens(leg->instrument, sum.towards, leg->decision_touch, &tokens) &&
		   tokens.e18 > 0) {
		exact_ratio((i128[]){sum.paid.e18, MONEY_ONE, leg->instrument->multiplier}, 3,
			    (i128[]){tokens.e18}, 1, ROUND_HALF_EVEN, &average.e18);
	}
	return average;
}

static struct hedge_way way_of(const struct trade *trade, unsigned index, bool complete,
			       struct quantity quantity)
{
	const struct leg *leg = &trade->legs[index];
	const struct atomic_executor *executor = trade->executor;
	int64_t delay_ns =
		match_delay(order_executor_delays(executor->orders), leg->instrument->venue);
	struct hedge_way way = {
		.possible = quantity.units > 0 && !leg_live(leg),
		.instrument = leg->instrument,
		.revision = leg->revision,
		.side = complete ? leg->wanted.side : side_opposite(leg->wanted.side),
		.quantity = quantity,
		.reference = complete ? price_e18(leg->instrument, leg->decision_touch)
				      : average_paid(leg),
		.risk_e18 =
			volatility_move(&executor->volatility, leg->wanted.instrument, delay_ns),
	};

	way.priced = leg->stage == LEG_PRICED && leg->walk_known &&
		     leg->priced.units == quantity.units && leg->priced_side == way.side;
	if (way.priced)
		way.walk = leg->walk.entry;
	return way;
}

static void order_repair(struct trade *trade, const struct hedge_way *way, unsigned index,
			 const struct hedge_step *step, enum intent_purpose purpose)
{
	struct leg *leg = &trade->legs[index];
	struct order_request order = {
		.instrument = leg->wanted.instrument,
		.side = way->side,
		.type = step->type,
		.quantity = step->quantity,
		.limit = step->type == ORDER_MARKET
				 ? step->limit
				 : hedge_limit(leg->instrument, &leg->revision->rules, way->side,
					       step->limit, 0, band_bound(trade, leg, way->side)),
		.reduce_only =
			purpose != INTENT_HEDGE &&
			(leg->instrument->kind != INSTRUMENT_SPOT || step->type == ORDER_MARKET),
	};

	if (order.type != ORDER_MARKET && order.limit.units <= 0) {
		if (purpose == INTENT_HEDGE) { /* no legal price inside budget and band */
			trade->next_repair_ns = trade_now(trade) + NS_PER_SECOND;
			trade_wake(trade, trade->next_repair_ns);
			return;
		}
		order.type = ORDER_MARKET;
		order.reduce_only = true;
	}
	leg->reference = way->reference;
	trade->result.repair_orders++;
	leg_commit(trade, index, purpose, &order);
}

/* HALT: the alarm is raised once; tries go on every 5 s, then less often. */
static bool halted_too_long(struct trade *trade)
{
	unsigned halts = trade->market_tries - MARKET_TRIES_BEFORE_ALARM;
	int64_t wait_ns = HALT_FIRST_NS;

	if (!trade->result.halted) {
		trade->result.halted = true;
		trade_alarm(trade, "HALT: legs cannot be made equal; trying on");
	}
	if (halts >= HALT_TRIES_MAX) {
		trade_end(trade, trade->state, "halted: legs cannot be made equal");
		return true;
	}
	while (halts-- > 0 && wait_ns < HALT_LONGEST_NS)
		wait_ns *= 2;
	trade->next_repair_ns =
		trade_now(trade) + (wait_ns < HALT_LONGEST_NS ? wait_ns : HALT_LONGEST_NS);
	return false;
}

static void decide(struct trade *trade, const struct gap *gap)
{
	const struct atomic_executor_options *options = &trade->executor->options;
	struct leg *ahead = &trade->legs[gap->ahead], *behind = &trade->legs[gap->behind];
	bool nothing_behind = leg_sum(behind).net.units <= 0;
	struct hedge_situation situation = {
		.complete = way_of(trade, gap->behind, true, gap->complete),
		.trim = way_of(trade, gap->ahead, false, gap->trim),
		.budget = {trade->budget.e18 - trade->spent.e18},
		.tries = trade->repair_tries,
		.tries_max = options->repair_tries,
		.naked_ns = trade_now(trade) - trade->naked_since_ns,
		.naked_limit_ns = options->naked_limit_ns,
		.price_cap_bp = options->price_cap_bp,
		.widest_e18 = WIDEST_BUDGETS * (i128)options->limits.loss_budget.e18,
	};
	struct hedge_step step = hedge_decide(&situation);
	char cost[DECIMAL_TEXT_MAX];

	ahead->stage = behind->stage = LEG_IDLE;
	trade->repairing = false;
	if (step.choice != HEDGE_IMPOSSIBLE)
		trade->repair_tries++;
	money_format(step.expected_cost, cost, sizeof(cost));
	trade_note(trade, "repair %u: %s, quantity %" PRId64 " units, expected cost %s",
		   trade->repair_tries, hedge_choice_text(step.choice), step.quantity.units, cost);
	switch (step.choice) {
	case HEDGE_COMPLETE:
		order_repair(trade, &situation.complete, gap->behind, &step, INTENT_HEDGE);
		return;
	case HEDGE_TRIM_MARKET:
		trade->market_tries++;
		if (trade->market_tries > MARKET_TRIES_BEFORE_ALARM && halted_too_long(trade))
			return;
		break;
	case HEDGE_TRIM:
	case HEDGE_TRIM_WHOLE_BUDGET:
		break;
	case HEDGE_IMPOSSIBLE:
		if (gap->trim.units == 0) {
			/* Too small to trim and too dear to complete: dust, booked and not chased.
			 */
			trade->gap_accepted = true;
			trade_poke(trade);
			return;
		}
		trade->next_repair_ns = trade_now(trade) + NS_PER_SECOND;
		trade_wake(trade, trade->next_repair_ns);
		return;
	}
	if (nothing_behind)
		trade_enter(trade, TRADE_UNWINDING, "the other leg has nothing");
	order_repair(trade, &situation.trim, gap->ahead, &step,
		     nothing_behind ? INTENT_UNWIND : INTENT_TRIM);
}

/* Starts fetching what the decision needs; true if something is fetched. */
static bool fetch_depth(struct trade *trade, const struct gap *gap)
{
	struct leg *ahead = &trade->legs[gap->ahead], *behind = &trade->legs[gap->behind];
	bool fetching = false;

	if (gap->complete.units > 0 && !leg_live(behind)) {
		leg_price(trade, gap->behind, behind->wanted.side, gap->complete);
		fetching = true;
	}
	if (gap->trim.units > 0 && !leg_live(ahead)) {
		leg_price(trade, gap->ahead, side_opposite(ahead->wanted.side), gap->trim);
		fetching = true;
	}
	return fetching;
}

static bool still_the_same(const struct trade *trade, const struct gap *gap)
{
	const struct leg *ahead = &trade->legs[gap->ahead], *behind = &trade->legs[gap->behind];

	return (ahead->stage != LEG_PRICED || ahead->priced.units == gap->trim.units) &&
	       (behind->stage != LEG_PRICED || behind->priced.units == gap->complete.units);
}

void hedge_step(struct trade *trade)
{
	int64_t now_ns = trade_now(trade);
	int64_t limit_ns = trade->executor->options.naked_limit_ns;
	bool unknown = false, waiting = false, silent = false, nothing = true;

	settle_repairs(trade);
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		const struct live_order *live = leg_live(leg);
		waiting = waiting || (live && live->life.phase != ORDER_UNKNOWN) ||
			  leg->stage == LEG_PRICING || leg->stage == LEG_COMMITTING;
		unknown = unknown || (live && live->life.phase == ORDER_UNKNOWN);
		silent =
			silent || (live && live->sent_ns && now_ns - live->sent_ns >= limit_ns / 2);
		nothing = nothing && leg_sum(leg).net.units == 0;
	}
	naked_watch(trade);
	if (silent && trade->naked_since_ns && now_ns - trade->naked_since_ns >= limit_ns) {
		trade_alarm(trade, "naked for %" PRId64 " ms while an order gives no answer",
			    (now_ns - trade->naked_since_ns) / NS_PER_MS);
		trade_enter(trade, TRADE_UNWINDING, "naked for too long");
		trade_poke(trade);
		return;
	}
	if (waiting || unknown)
		trade_wake(trade, now_ns + limit_ns / 2);
	if (waiting)
		return;
	struct gap gap = gap_of(trade);
	if (!gap.unequal) {
		trade->legs[0].stage = trade->legs[1].stage = LEG_IDLE;
		trade->repairing = false;
		if (unknown)
			return; /* the truth pokes us */
		trade->result.halted = false;
		if (nothing)
			trade_end(trade, TRADE_FLAT, "nothing filled");
		else
			trade_enter(trade, TRADE_BALANCED, "after %u repair orders",
				    trade->result.repair_orders);
		trade_poke(trade);
		return;
	}
	if (leg_unknown(&trade->legs[gap.behind]))
		return; /* it may have executed: found, proven absent, or naked for too long */
	if (now_ns < trade->next_repair_ns) {
		trade_wake(trade, trade->next_repair_ns);
		return;
	}
	if (!trade->repairing || !still_the_same(trade, &gap)) {
		trade->legs[0].stage = trade->legs[1].stage = LEG_IDLE;
		trade->repairing = true;
		if (fetch_depth(trade, &gap))
			return;
	}
	decide(trade, &gap);
}
