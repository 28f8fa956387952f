/* What the orders of a leg add up to, in quantity and tokens; dollars are for the report. */
#include "execution/atomic_trade.h"

#include "execution/exposure.h"

static void must(bool fits)
{
	assert(fits); /* preflight bounded every quantity and price that is summed here */
}

static void sum_add(struct leg_sum *sum, const struct leg *leg, const struct live_order *order)
{
	const struct order_life *life = &order->life;
	bool towards = life->request.side == leg->wanted.side;
	struct money tokens = order_life_tokens(life, leg->decision_touch);
	struct quantity open = order_life_open(life);

	if (towards) {
		sum->net.units += life->executed.units;
		sum->open_towards.units += open.units;
		sum->towards.units += life->filled.units;
		must(money_add(sum->tokens, tokens, &sum->tokens) &&
		     money_add(sum->value, life->value, &sum->value) &&
		     money_add(sum->paid, life->notional, &sum->paid));
	} else {
		sum->net.units -= life->executed.units;
		sum->open_against.units += open.units;
		must(money_sub(sum->tokens, tokens, &sum->tokens) &&
		     money_sub(sum->value, life->value, &sum->value));
	}
	must(money_sub(sum->tokens, life->fee_tokens, &sum->tokens) &&
	     money_add(sum->fee_base, life->fee_base, &sum->fee_base));
	sum->fills += life->fills;
	if (life->first_match_ns &&
	    (!sum->first_match_ns || life->first_match_ns < sum->first_match_ns))
		sum->first_match_ns = life->first_match_ns;
	if (life->last_match_ns > sum->last_match_ns)
		sum->last_match_ns = life->last_match_ns;
}

struct leg_sum leg_sum(const struct leg *leg)
{
	struct leg_sum sum = leg->folded;

	for (size_t i = 0; i < leg->order_count; i++)
		sum_add(&sum, leg, leg->orders[i]);
	return sum;
}

struct live_order *leg_live(const struct leg *leg)
{
	for (size_t i = 0; i < leg->order_count; i++)
		if (!order_phase_is_terminal(leg->orders[i]->life.phase))
			return leg->orders[i];
	return NULL;
}

bool leg_unknown(const struct leg *leg)
{
	const struct live_order *order = leg_live(leg);
	return order && order->life.phase == ORDER_UNKNOWN;
}

bool leg_finished(const struct leg *leg)
{
	for (size_t i = 0; i < leg->order_count; i++)
		if (!order_executor_finished(leg->orders[i]))
			return false;
	return leg->stage == LEG_IDLE;
}

bool leg_as_wanted(const struct leg *leg)
{
	return leg_sum(leg).net.units == leg->wanted.quantity.units;
}

struct quantity leg_held(const struct leg *leg)
{
	struct leg_sum sum = leg_sum(leg);
	struct quantity held = sum.net;
	i128 fee_units;

	/* Rounded up: what is held is never overstated. */
	if (sum.fee_base.e18 > 0 &&
	    mul_div(sum.fee_base.e18, i128_power_of_ten(leg->instrument->quantity_decimals),
		    leg->instrument->contract_size.e18, ROUND_CEILING, &fee_units))
		held.units -= (int64_t)fee_units;
	return held;
}

bool leg_make_room(struct leg *leg)
{
	if (leg->order_count < LEG_ORDERS_MAX)
		return true;
	for (size_t i = 0; i < leg->order_count; i++) {
		struct live_order *order = leg->orders[i];
		if (!order_executor_finished(order))
			continue;
		sum_add(&leg->folded, leg, order);
		order_executor_release(order);
		for (size_t j = i + 1; j < leg->order_count; j++)
			leg->orders[j - 1] = leg->orders[j];
		leg->order_count--;
		return true;
	}
	return false;
}

const char *trade_refusal(const struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++)
		for (size_t j = 0; j < trade->legs[i].order_count; j++)
			if (trade->legs[i].orders[j]->life.phase == ORDER_REFUSED)
				return reject_reason_text(trade->legs[i].orders[j]->life.reason);
	return NULL;
}

void trade_release_orders(struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		for (size_t j = 0; j < leg->order_count; j++) {
			sum_add(&leg->folded, leg, leg->orders[j]);
			order_executor_release(leg->orders[j]);
		}
		leg->order_count = 0;
	}
}

static void track(struct trade *trade, struct live_order *order)
{
	const struct order_life *life = &order->life;
	struct leg *leg = &trade->legs[order->leg];
	struct tracked_position *tracked = &trade->executor->tracked[life->request.instrument];
	int64_t units = life->executed.units - order->counted.units;
	i128 fee = life->fee_base.e18 - order->counted_fee.e18, fee_units = 0;

	order->counted = life->executed;
	order->counted_fee = life->fee_base;
	if (fee > 0)
		must(mul_div(fee, i128_power_of_ten(leg->instrument->quantity_decimals),
			     leg->instrument->contract_size.e18, ROUND_CEILING, &fee_units));
	tracked->quantity.units += life->request.side == SIDE_BUY ? units : -units;
	tracked->quantity.units -= (int64_t)fee_units;
	if (units != 0)
		tracked->changed_ns = trade_now(trade);
	tracked->last_price =
		leg->decision_touch.units > 0 ? leg->decision_touch : life->request.limit;
}

void order_note_fills(struct trade *trade, struct live_order *order)
{
	const struct order_life *life = &order->life;
	struct money tokens, notional;

	track(trade, order);
	must(money_sub(life->tokens, order->counted_tokens, &tokens) &&
	     money_sub(life->notional, order->counted_notional, &notional));
	if (tokens.e18 == 0)
		return;
	order->counted_tokens = life->tokens;
	order->counted_notional = life->notional;
	if (life->request.side == SIDE_SELL)
		tokens = money_negate(tokens);
	exposure_meter_fill(&trade->meter, order->leg, life->last_match_ns, tokens, notional);
}

/* Move of the later leg's price from the decision to its fills, against us, in 1/100 bp. */
static int32_t gap_in_price(const struct leg *later, const struct leg_sum *sum)
{
	const struct instrument *instrument = later->instrument;
	struct money touch = price_e18(instrument, later->decision_touch);
	struct money tokens, at_touch;
	i128 move;

	if (touch.e18 <= 0 || sum->towards.units <= 0 ||
	    !contract_value(instrument, sum->towards, later->decision_touch, &at_touch) ||
	    !contract_tokens(instrument, sum->towards, later->decision_touch, &tokens) ||
	    at_touch.e18 <= 0)
		return 0;
	if (instrument->kind == INSTRUMENT_INVERSE) {
		/* Coins received for the same contracts: fewer coins is a higher price. */
		if (!mul_div(at_touch.e18 - sum->value.e18, 1000000, at_touch.e18, ROUND_HALF_EVEN,
			     &move))
			return 0;
	} else if (!mul_div(sum->paid.e18 - at_touch.e18, 1000000, at_touch.e18, ROUND_HALF_EVEN,
			    &move)) {
		return 0;
	}
	if (later->wanted.side == SIDE_SELL)
		move = -move;
	return move > INT32_MAX ? INT32_MAX : move < -INT32_MAX ? -INT32_MAX : (int32_t)move;
}

void trade_fill_result(struct trade *trade)
{
	struct trade_result *result = &trade->result;
	struct leg_sum sums[TRADE_LEGS_MAX];

	result->leg_count = trade->request.leg_count;
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		const struct leg *leg = &trade->legs[i];
		struct trade_leg_result *out = &result->legs[i];
		sums[i] = leg_sum(leg);
		out->filled = sums[i].net;
		out->held = trade->request.closing ? (struct quantity){0} : leg_held(leg);
		out->value = sums[i].value;
		out->fills = sums[i].fills;
		out->first_match_ns = sums[i].first_match_ns;
		out->last_match_ns = sums[i].last_match_ns;
		out->decision_touch = leg->decision_touch;
	}
	if (trade->request.leg_count < 2)
		return; /* one leg is not exposed against anything */
	result->exposure_seconds = exposure_meter_seconds(&trade->meter);
	if (!sums[0].fills || !sums[1].fills)
		return;
	int64_t gap = sums[0].last_match_ns - sums[1].last_match_ns;
	result->match_gap_ns = gap < 0 ? -gap : gap;
	result->match_gap_bp_e2 = gap == 0  ? 0
				  : gap > 0 ? gap_in_price(&trade->legs[0], &sums[0])
					    : gap_in_price(&trade->legs[1], &sums[1]);
}
