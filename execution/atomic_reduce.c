/*
 * A leg driven to its target: closing to the end of what was asked, unwinding to zero. A
 * controller, not a procedure: it looks at what is left, sends one reduce-only order, and looks
 * again, until nothing is left or the venue says that nothing is there. Each leg for itself.
 */
#include "execution/atomic_trade.h"

#include "core/base/utc.h"
#include <inttypes.h>

#define TRY_AGAIN_NS		  (100 * NS_PER_MS)
#define MARKET_TRIES_BEFORE_ALARM 3
#define HALT_FIRST_NS		  (5 * NS_PER_SECOND)
#define HALT_LONGEST_NS		  (60 * NS_PER_SECOND)
#define HALT_TRIES_MAX		  64
/* Position reports lag behind fills: one that says less counts when the last fill is that old. */
#define REPORTS_LAG_NS (60 * NS_PER_SECOND)
/* Two position reads must agree before a leg counts as gone. */
#define POSITION_READS 2

struct price leg_limit(const struct trade *trade, const struct leg *leg, enum side side,
		       struct money bound)
{
	return hedge_limit(leg->instrument, &leg->revision->rules, side,
			   leg->walk.entry.worst_price, trade->executor->options.price_cap_bp,
			   tighter_bound(side, bound, band_bound(trade, leg, side)));
}

static enum side reducing_side(const struct trade *trade, const struct leg *leg)
{
	return trade->request.closing ? leg->wanted.side : side_opposite(leg->wanted.side);
}

static struct quantity left_to_reduce(const struct trade *trade, const struct leg *leg)
{
	struct quantity left =
		trade->request.closing
			? (struct quantity){leg->wanted.quantity.units - leg_sum(leg).net.units}
			: leg_held(leg);

	left.units -= leg->vanished.units + leg->dust.units;
	if (left.units <= 0)
		return (struct quantity){0};
	return quantity_floor_to_lot(&leg->revision->rules, left);
}

/* ---- what the venue says is there --------------------------------------------------------------
 */

static struct quantity reducible(const struct leg *leg, const struct read_result *result,
				 enum side side)
{
	struct quantity found = {0};

	if (result->outcome != READ_VALUE)
		return found;
	if (leg->instrument->kind == INSTRUMENT_SPOT) {
		for (size_t i = 0; i < result->u.balances.count; i++) {
			i128 units;
			if (result->u.balances.values[i].asset == leg->instrument->base &&
			    mul_div(result->u.balances.values[i].total.e18,
				    i128_power_of_ten(leg->instrument->quantity_decimals),
				    leg->instrument->contract_size.e18, ROUND_FLOOR, &units) &&
			    units <= INT64_MAX)
				found.units = (int64_t)units;
		}
		return found;
	}
	for (size_t i = 0; i < result->u.positions.count; i++)
		if (result->u.positions.values[i].instrument == leg->wanted.instrument)
			found = result->u.positions.values[i].quantity;
	if (side == SIDE_BUY)
		found.units = -found.units;
	return found.units > 0 ? found : (struct quantity){0};
}

static void on_position(void *user, const struct read_result *result)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct leg *leg = &trade->legs[call->leg];
	leg->reading_position = false;
	if (result->outcome != READ_UNKNOWN) {
		struct quantity found = reducible(leg, result, leg->priced_side);
		bool agrees = leg->position_reads > 0 && found.units == leg->position_seen.units;
		leg->position_reads = agrees ? leg->position_reads + 1 : 1;
		leg->position_seen = found;
	}
	trade_poke(trade);
}

void leg_read_position(struct trade *trade, unsigned index, enum side side)
{
	struct leg *leg = &trade->legs[index];
	bool spot = leg->instrument->kind == INSTRUMENT_SPOT;
	struct read_request request = {
		.kind = spot ? READ_BALANCES : READ_POSITIONS,
		.instrument = spot ? 0 : leg->wanted.instrument,
		.urgent = true,
	};

	leg->reading_position = true;
	leg->priced_side = side;
	leg->position_asked_ns = trade_now(trade);
	trade_call_out(trade);
	exchange_read(leg->client, &request,
		      trade_now(trade) + trade->executor->options.order_give_up_ns, on_position,
		      &leg->call);
}

/* The venue refused as if nothing were there: two reads a second apart decide. */
static void investigate(struct trade *trade, struct leg *leg)
{
	int64_t again_ns = leg->position_asked_ns + NS_PER_SECOND;

	if (leg->reading_position)
		return;
	if (leg->position_reads >= POSITION_READS) {
		struct quantity left = left_to_reduce(trade, leg);
		int64_t changed_ns = trade->executor->tracked[leg->wanted.instrument].changed_ns;
		leg->suspect = false;
		leg->position_reads = 0;
		if (leg->position_seen.units >= left.units) {
			leg->idle_tries++; /* it is there, and cannot be reduced */
		} else if (trade_now(trade) - changed_ns < REPORTS_LAG_NS) {
			/* The report may be older than our last fill: it proves nothing yet. */
			leg->next_try_ns = trade_now(trade) + NS_PER_SECOND;
		} else {
			leg->vanished.units += left.units - leg->position_seen.units;
			trade_alarm(trade,
				    "leg %u: the venue holds %" PRId64 " units where %" PRId64
				    " were expected",
				    leg->call.leg + 1, leg->position_seen.units, left.units);
		}
		trade_poke(trade);
		return;
	}
	if (leg->position_asked_ns && trade_now(trade) < again_ns) {
		trade_wake(trade, again_ns);
		return;
	}
	leg_read_position(trade, leg->call.leg, reducing_side(trade, leg));
}

/* ---- one leg -----------------------------------------------------------------------------------
 */

static unsigned before_halt(const struct trade *trade)
{
	return trade->executor->options.repair_tries + MARKET_TRIES_BEFORE_ALARM;
}

static bool below_minimum(const struct trade *trade, const struct leg *leg)
{
	return left_to_reduce(trade, leg).units < leg->revision->rules.minimum_quantity.units;
}

static int64_t wait_after(const struct trade *trade, const struct leg *leg)
{
	unsigned doublings = leg->idle_tries;
	int64_t wait_ns = TRY_AGAIN_NS, longest_ns = NS_PER_SECOND;

	if (leg->idle_tries >= before_halt(trade)) {
		doublings = leg->idle_tries - before_halt(trade);
		wait_ns = HALT_FIRST_NS;
		longest_ns = HALT_LONGEST_NS;
	}
	while (doublings-- > 0 && wait_ns < longest_ns)
		wait_ns *= 2;
	return wait_ns < longest_ns ? wait_ns : longest_ns;
}

/* Looks once at how the last order ended. */
static void judge_last(struct trade *trade, struct leg *leg)
{
	const struct live_order *order = leg->last_order;

	if (!order || !order_phase_is_terminal(order->life.phase))
		return;
	leg->last_order = NULL;
	trade->spent.e18 += repair_cost(leg, order, leg->reference).e18;
	leg->tries++;
	if (order->life.executed.units > 0) {
		leg->idle_tries = 0;
		leg->next_try_ns = trade_now(trade);
		return;
	}
	leg->next_try_ns = trade_now(trade) + wait_after(trade, leg);
	if (order->life.phase != ORDER_REFUSED) {
		leg->idle_tries++;
		return;
	}
	trade_note(trade, "leg %u: refused: %s", leg->call.leg + 1,
		   reject_reason_text(order->life.reason));
	if (order->life.reason == REJECT_REDUCE_ONLY || order->life.reason == REJECT_NO_SHORT) {
		leg->suspect = true;
		leg->position_reads = 0;
		leg->position_asked_ns = 0;
		return;
	}
	leg->idle_tries++;
	if ((order->life.reason == REJECT_MINIMUM_QUANTITY ||
	     order->life.reason == REJECT_MINIMUM_NOTIONAL) &&
	    (leg->idle_tries >= before_halt(trade) || below_minimum(trade, leg))) {
		/* Below the smallest order: dust, booked and not chased. */
		leg->dust = left_to_reduce(trade, leg);
		trade_note(trade, "leg %u: %" PRId64 " units are dust", leg->call.leg + 1,
			   leg->dust.units);
	}
}

static void order_reduction(struct trade *trade, struct leg *leg, struct quantity left,
			    enum intent_purpose purpose)
{
	enum side side = reducing_side(trade, leg);
	bool market = leg->idle_tries >= trade->executor->options.repair_tries || !leg->walk_known;
	struct hedge_way way = {
		.instrument = leg->instrument,
		.revision = leg->revision,
		.side = side,
		.quantity = left,
		.reference = price_e18(leg->instrument, leg->decision_touch),
	};
	struct money bound = {0}, budget = {trade->budget.e18 - trade->spent.e18};
	struct order_request order = {
		.instrument = leg->wanted.instrument,
		.side = side,
		.type = ORDER_IOC,
		.quantity = left,
		.reduce_only = leg->instrument->kind != INSTRUMENT_SPOT,
	};

	leg->stage = LEG_IDLE;
	leg->reference = trade->request.closing ? (struct money){0} : way.reference;
	if (!trade->request.closing && way.reference.e18 > 0 &&
	    !hedge_bound(&way, budget, 0, &bound))
		bound.e18 = 0;
	if (!market)
		order.limit = leg_limit(trade, leg, side, bound);
	if (order.limit.units <= 0) {
		order.type = ORDER_MARKET;
		order.reduce_only = true;
	}
	if (purpose == INTENT_UNWIND || leg->tries > 0)
		trade->result.repair_orders++;
	leg_commit(trade, leg->call.leg, purpose, &order);
}

static void raise_halt(struct trade *trade, const struct leg *leg)
{

	if (leg->idle_tries < before_halt(trade) || trade->result.halted)
		return;
	trade->result.halted = true;
	trade_alarm(trade, "HALT: leg %u cannot be reduced; trying on", leg->call.leg + 1);
}

/* True when the leg is where it should be, its figures final. */
static bool reduce_leg(struct trade *trade, unsigned index, enum intent_purpose purpose)
{
	struct leg *leg = &trade->legs[index];

	if (leg->stage == LEG_PRICING || leg->stage == LEG_COMMITTING || leg_live(leg))
		return false;
	judge_last(trade, leg);
	if (leg->suspect) {
		investigate(trade, leg);
		return false;
	}
	struct quantity left = left_to_reduce(trade, leg);
	if (left.units <= 0) {
		leg->stage = LEG_IDLE;
		return leg_finished(leg);
	}
	raise_halt(trade, leg);
	if (trade_now(trade) < leg->next_try_ns) {
		trade_wake(trade, leg->next_try_ns);
		return false;
	}
	bool market = leg->idle_tries >= trade->executor->options.repair_tries;
	if (!market && (leg->stage != LEG_PRICED || leg->priced.units != left.units ||
			leg->priced_side != reducing_side(trade, leg))) {
		leg->stage = LEG_IDLE;
		leg_price(trade, index, reducing_side(trade, leg), left);
		return false;
	}
	order_reduction(trade, leg, left, purpose);
	return false;
}

/* Ends a trade that could not be brought where it should be in an hour of trying. */
static bool given_up(struct trade *trade)
{
	unsigned most =
		trade->executor->options.repair_tries + MARKET_TRIES_BEFORE_ALARM + HALT_TRIES_MAX;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		if (trade->legs[i].idle_tries < most)
			continue;
		trade_end(trade, trade->state, "halted: leg %zu cannot be reduced", i + 1);
		return true;
	}
	return false;
}

void unwind_step(struct trade *trade)
{
	bool flat = true;

	/* What was being prepared for a repair is of no use any more. */
	for (unsigned i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		struct live_order *live = leg_live(leg);
		if (live && live->life.request.side == leg->wanted.side &&
		    live->life.phase != ORDER_PREPARED)
			order_executor_cancel(live);
		flat = reduce_leg(trade, i, INTENT_UNWIND) && flat;
	}
	if (given_up(trade) || !flat)
		return;
	trade->result.halted = false;
	const char *refusal = trade_refusal(trade);
	trade_end(trade, TRADE_FLAT, "undone by %u repair orders%s%s", trade->result.repair_orders,
		  refusal ? ", refused: " : "", refusal ? refusal : "");
}

void close_step(struct trade *trade)
{
	bool closed = true;

	for (unsigned i = 0; i < trade->request.leg_count; i++)
		closed = reduce_leg(trade, i, INTENT_CLOSE) && closed;
	if (given_up(trade) || !closed)
		return;
	trade->result.halted = false;
	trade_enter(trade, TRADE_BALANCED, "every leg closed");
	trade_poke(trade);
}
