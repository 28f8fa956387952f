/*
 * WORKING: the first orders. Takers send one IOC and wait for its end. With a resting tactic one
 * leg makes (the one whose maker fee saves most) and the other follows its fills with IOCs, so that
 * never more than one increment is unhedged.
 */
#include "execution/atomic_trade.h"

#include "core/base/utc.h"

/* Prices of TACTIC_AGGRESSIVE_LIMIT from the near touch to the far one; the last one takes. */
#define AGGRESSIVE_ATTEMPTS 4
/* A post-only order that would have crossed is priced again so often. */
#define POST_ONLY_ATTEMPTS 8
#define FOLLOW_AGAIN_NS	   (100 * NS_PER_MS)

/* ---- roles -------------------------------------------------------------------------------------
 */

static int64_t maker_saving(const struct leg *leg)
{
	return leg->revision->fees.taker.e18 - leg->revision->fees.maker.e18;
}

bool assign_roles(struct trade *trade)
{
	bool post_only = trade->request.tactic == TACTIC_POST_ONLY;
	struct leg *maker = NULL;
	bool can = false;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		leg->role = ROLE_TAKER;
		if (post_only && !(leg->client->capabilities & CAN_POST_ONLY))
			continue;
		can = true;
		if (trade->request.tactic == TACTIC_IOC || !leg->facts.quote_known)
			continue;
		if (!maker || maker_saving(leg) > maker_saving(maker))
			maker = leg;
	}
	if (!maker)
		return can || trade->request.closing;
	for (size_t i = 0; i < trade->request.leg_count; i++)
		trade->legs[i].role = ROLE_FOLLOWER;
	maker->role = ROLE_MAKER;
	return true;
}

/* ---- the resting leg ---------------------------------------------------------------------------
 */

static struct quantity left_of(const struct leg *leg)
{
	struct quantity left = {leg->wanted.quantity.units - leg_sum(leg).net.units};
	return quantity_floor_to_lot(&leg->revision->rules, left);
}

static unsigned attempts_max(const struct trade *trade)
{
	switch (trade->request.tactic) {
	case TACTIC_POST_ONLY:
		return POST_ONLY_ATTEMPTS;
	case TACTIC_AGGRESSIVE_LIMIT:
		return AGGRESSIVE_ATTEMPTS;
	case TACTIC_IOC:
	case TACTIC_LIMIT:
	case TACTIC_LIMIT_THEN_IOC:
		break;
	}
	return 1;
}

/* Near touch for the first attempt, far touch for the last; between, in equal steps. */
static struct price attempt_price(const struct trade *trade, const struct leg *leg)
{
	const struct liquidity_report *entry = &leg->walk.entry;
	bool buy = leg->wanted.side == SIDE_BUY;
	i128 scale = i128_power_of_ten(MONEY_DECIMALS - leg->instrument->price_decimals);
	int64_t bid = (int64_t)(entry->best_bid.e18 / scale);
	int64_t ask = (int64_t)(entry->best_ask.e18 / scale);
	int64_t near = buy ? bid : ask, far = buy ? ask : bid;

	if (trade->request.tactic == TACTIC_AGGRESSIVE_LIMIT)
		near += (far - near) * (int64_t)leg->attempts / (AGGRESSIVE_ATTEMPTS - 1);
	return price_round(&leg->revision->rules, leg->instrument->price_decimals,
			   (struct price){near}, buy ? ROUND_FLOOR : ROUND_CEILING);
}

static struct order_request leg_order(const struct trade *trade, const struct leg *leg,
				      enum order_type type, struct quantity quantity,
				      struct price limit)
{
	return (struct order_request){
		.instrument = leg->wanted.instrument,
		.side = leg->wanted.side,
		.type = type,
		.quantity = quantity,
		.limit = limit,
		.reduce_only = trade->request.closing && leg->instrument->kind != INSTRUMENT_SPOT,
	};
}

static enum intent_purpose first_purpose(const struct trade *trade)
{
	return trade->request.closing ? INTENT_CLOSE : INTENT_OPEN;
}

/* The next order of the resting leg; the walk is there. False: the leg is done. */
static bool place_again(struct trade *trade, struct leg *leg)
{
	struct quantity left = left_of(leg);
	struct order_request order;

	leg->stage = LEG_IDLE;
	if (!leg->walk_known)
		return false; /* no price: what is left is a matter of repair or of closing */
	if (leg->taking_remainder) {
		struct price limit =
			leg_limit(trade, leg, leg->wanted.side, leg_bound(trade, leg->call.leg));
		order = leg_order(trade, leg, ORDER_IOC, left, limit);
		leg->attempts = UINT32_MAX;
	} else {
		bool last = trade->request.tactic == TACTIC_AGGRESSIVE_LIMIT &&
			    leg->attempts + 1 == AGGRESSIVE_ATTEMPTS;
		enum order_type type = last					   ? ORDER_IOC
				       : trade->request.tactic == TACTIC_POST_ONLY ? ORDER_POST_ONLY
										   : ORDER_LIMIT;
		order = leg_order(trade, leg, type, left, attempt_price(trade, leg));
		leg->attempts++;
	}
	if (order.limit.units <= 0 || left.units <= 0)
		return false;
	leg_commit(trade, leg->call.leg, first_purpose(trade), &order);
	return true;
}

/* How long this attempt may rest. */
static int64_t attempt_end(const struct trade *trade, const struct leg *leg)
{
	if (trade->request.tactic != TACTIC_AGGRESSIVE_LIMIT)
		return trade->work_until_ns;
	int64_t started_ns = trade->work_until_ns - trade->request.work_ns;
	return started_ns +
	       trade->request.work_ns * (int64_t)leg->attempts / (AGGRESSIVE_ATTEMPTS - 1);
}

/* After one order of the resting leg ended: is there another one? */
static bool maker_goes_on(struct trade *trade, struct leg *leg)
{
	const struct live_order *last = leg->order_count ? leg->orders[leg->order_count - 1] : NULL;
	int64_t now_ns = trade_now(trade);
	bool refused = last && last->life.phase == ORDER_REFUSED &&
		       last->life.reason != REJECT_WOULD_CROSS;

	if (left_of(leg).units <= 0 || leg->attempts == UINT32_MAX || leg->maker_done)
		return false;
	if (trade->request.tactic == TACTIC_LIMIT_THEN_IOC && !refused) {
		leg->taking_remainder = true;
		return true;
	}
	if (refused || leg->attempts >= attempts_max(trade))
		return false;
	return trade->request.tactic == TACTIC_AGGRESSIVE_LIMIT || now_ns < trade->work_until_ns;
}

/* True while the resting leg is at work. */
static bool maker_step(struct trade *trade, struct leg *leg)
{
	struct live_order *live = leg_live(leg);

	if (leg->maker_done)
		return live != NULL && live->life.phase != ORDER_UNKNOWN;
	if (leg->stage == LEG_PRICING || leg->stage == LEG_COMMITTING)
		return true;
	if (leg->stage == LEG_PRICED) {
		if (place_again(trade, leg))
			return true;
		leg->maker_done = true;
		return false;
	}
	if (!live) {
		if (!maker_goes_on(trade, leg)) {
			leg->maker_done = true;
			return false;
		}
		leg_price(trade, leg->call.leg, leg->wanted.side, left_of(leg));
		return true;
	}
	if (live->life.request.type == ORDER_IOC)
		return live->life.phase != ORDER_UNKNOWN;
	leg->attempt_until_ns = attempt_end(trade, leg);
	if (trade_now(trade) < leg->attempt_until_ns)
		trade_wake(trade, leg->attempt_until_ns);
	else if (live->life.phase != ORDER_PREPARED)
		order_executor_cancel(live);
	/* A resting order whose outcome is unknown is cancelled at its time and proven, not left.
	 */
	return live->life.phase != ORDER_UNKNOWN || !live->cancel_wanted;
}

/* ---- the following leg -------------------------------------------------------------------------
 */

/* What the follower should have executed for what the maker has. */
static struct quantity follow_target(const struct leg *maker, const struct leg *follower)
{
	int64_t done = leg_sum(maker).net.units, whole = maker->wanted.quantity.units;
	i128 units;

	if (done >= whole)
		return follower->wanted.quantity;
	if (!mul_div(follower->wanted.quantity.units, done, whole, ROUND_FLOOR, &units))
		return (struct quantity){0};
	return quantity_floor_to_lot(&follower->revision->rules, (struct quantity){(int64_t)units});
}

/* Large enough for the venue: lot, minimum quantity and minimum notional. */
static bool may_be_ordered(const struct trade *trade, const struct leg *leg,
			   struct quantity quantity)
{
	const struct order_rules *rules = &leg->revision->rules;
	struct money notional;

	if (quantity.units <= 0 || quantity.units < rules->minimum_quantity.units)
		return false;
	return trade->request.closing || rules->minimum_notional.e18 == 0 ||
	       (contract_notional(leg->instrument, quantity, leg->decision_touch, &notional) &&
		notional.e18 >= rules->minimum_notional.e18);
}

/* True while it is at work. */
static bool follower_step(struct trade *trade, struct leg *maker, struct leg *leg)
{
	struct live_order *live = leg_live(leg);
	struct quantity missing = {follow_target(maker, leg).units - leg_sum(leg).net.units};

	if (live)
		return live->life.phase != ORDER_UNKNOWN;
	if (leg->stage == LEG_PRICING || leg->stage == LEG_COMMITTING)
		return true;
	if (leg->last_order && order_phase_is_terminal(leg->last_order->life.phase)) {
		leg->tries = leg->last_order->life.executed.units > 0 ? 0 : leg->tries + 1;
		leg->next_try_ns = leg->tries ? trade_now(trade) + FOLLOW_AGAIN_NS : 0;
		leg->last_order = NULL;
	}
	if (leg->tries >= trade->executor->options.repair_tries) {
		/* It cannot be had: no more of the other leg; repair decides what becomes of it. */
		maker->maker_done = true;
		struct live_order *resting = leg_live(maker);
		if (resting && resting->life.phase != ORDER_PREPARED)
			order_executor_cancel(resting);
		leg->stage = LEG_IDLE;
		return false;
	}
	if (!may_be_ordered(trade, leg, missing)) {
		leg->stage = LEG_IDLE;
		return false;
	}
	if (trade_now(trade) < leg->next_try_ns) {
		trade_wake(trade, leg->next_try_ns);
		return true;
	}
	if (leg->stage == LEG_IDLE || leg->priced.units != missing.units) {
		leg->stage = LEG_IDLE;
		leg_price(trade, leg->call.leg, leg->wanted.side, missing);
		return true;
	}
	leg->stage = LEG_IDLE;
	struct price limit = leg->walk_known ? leg_limit(trade, leg, leg->wanted.side,
							 leg_bound(trade, leg->call.leg))
					     : (struct price){0};
	if (limit.units <= 0) {
		leg->tries++;
		leg->next_try_ns = trade_now(trade) + FOLLOW_AGAIN_NS;
		trade_wake(trade, leg->next_try_ns);
		return true;
	}
	struct order_request order = leg_order(trade, leg, ORDER_IOC, missing, limit);
	leg_commit(trade, leg->call.leg, trade->request.closing ? INTENT_CLOSE : INTENT_HEDGE,
		   &order);
	return true;
}

/* ---- the state ---------------------------------------------------------------------------------
 */

static bool taker_step(const struct trade *trade, const struct leg *leg)
{
	const struct live_order *live = leg_live(leg);

	if (leg->stage == LEG_COMMITTING)
		return true;
	/* One leg alone has nobody to hedge with: it waits for the truth. */
	return live && (live->life.phase != ORDER_UNKNOWN || trade->request.leg_count == 1);
}

static bool any_live(const struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++)
		if (leg_live(&trade->legs[i]))
			return true;
	return false;
}

static bool nothing_executed(const struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++)
		if (leg_sum(&trade->legs[i]).net.units != 0)
			return false;
	return true;
}

static void first_orders_over(struct trade *trade)
{
	if (trade->request.closing) {
		trade_enter(trade, TRADE_HEDGING, "first orders ended");
	} else if (nothing_executed(trade) && !any_live(trade)) {
		const char *why = trade_refusal(trade);
		trade_end(trade, TRADE_FLAT,
			  why ? "nothing filled, refused: %s" : "nothing filled%s", why ? why : "");
	} else if (!any_live(trade) && legs_equal(trade)) {
		trade_enter(trade, TRADE_BALANCED, "by the first orders");
	} else {
		trade_enter(trade, TRADE_HEDGING, "legs differ");
		for (size_t i = 0; i < trade->request.leg_count; i++) {
			trade->legs[i].tries = 0;
			trade->legs[i].last_order = NULL;
		}
	}
	trade_poke(trade);
}

void work_step(struct trade *trade)
{
	struct leg *maker = NULL, *follower = NULL;
	bool busy = false;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		switch (leg->role) {
		case ROLE_TAKER:
			busy = taker_step(trade, leg) || busy;
			break;
		case ROLE_MAKER:
			maker = leg;
			break;
		case ROLE_FOLLOWER:
			follower = leg;
			break;
		}
	}
	if (maker)
		busy = maker_step(trade, maker) || busy;
	if (follower)
		busy = follower_step(trade, maker, follower) || busy;
	naked_watch(trade);
	if (busy && trade->naked_since_ns && !trade->request.closing &&
	    trade_now(trade) - trade->naked_since_ns >= trade->executor->options.naked_limit_ns) {
		trade_alarm(trade, "a first order gives no answer while the other leg is filled");
		trade_enter(trade, TRADE_UNWINDING, "naked for too long");
		trade_poke(trade);
		return;
	}
	if (!busy)
		first_orders_over(trade);
}

/* ---- BALANCED ----------------------------------------------------------------------------------
 */

#define VERIFY_READS_MAX 3

/* True when the venue confirms that nothing more than expected is left. */
static bool leg_verified(struct trade *trade, struct leg *leg)
{
	int64_t tracked = trade->executor->tracked[leg->wanted.instrument].quantity.units;
	int64_t expected = leg->wanted.side == SIDE_SELL ? tracked : -tracked;

	if (leg->verified || leg->instrument->kind == INSTRUMENT_SPOT)
		return true;
	if (leg->reading_position)
		return false;
	if (leg->verify_reads > 0 && leg->position_reads > 0) {
		if (leg->position_seen.units <= (expected > 0 ? expected : 0)) {
			leg->verified = true;
			return true;
		}
	}
	if (leg->verify_reads >= VERIFY_READS_MAX) {
		trade_alarm(trade, "leg %u: the venue does not confirm that it is closed",
			    leg->call.leg + 1);
		leg->verified = true;
		return true;
	}
	if (leg->verify_reads > 0 && trade_now(trade) < leg->position_asked_ns + NS_PER_SECOND) {
		trade_wake(trade, leg->position_asked_ns + NS_PER_SECOND);
		return false;
	}
	leg->verify_reads++;
	leg->position_reads = 0;
	leg_read_position(trade, leg->call.leg, leg->wanted.side);
	return false;
}

void balanced_step(struct trade *trade)
{
	bool ready = true, whole = true;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (!leg_finished(leg))
			return; /* its fills are being read */
		ready = (!trade->request.closing || leg_verified(trade, leg)) && ready;
		whole = whole && leg_as_wanted(leg);
	}
	/* Late words may have changed what was equal. */
	if (!trade->request.closing && !legs_equal(trade)) {
		trade_enter(trade, TRADE_HEDGING, "a late fill changed a leg");
		trade_poke(trade);
		return;
	}
	if (!ready)
		return;
	if (whole)
		trade_end(trade, TRADE_DONE, "%s", "");
	else if (trade->request.closing)
		trade_end(trade, TRADE_DONE, "closed; less was there than asked");
	else
		trade_end(trade, TRADE_DONE, "filled in part");
}
