/*
 * From gathered facts to orders on the wire: price, judge, set leverage, make the intents durable,
 * send. Also the same way for every later order of one leg.
 */
#include "execution/atomic_trade.h"

#include "core/base/utc.h"
#include <inttypes.h>

/* Depth for a later order is waited for so long; without it the order goes at market. */
#define WALK_DEADLINE_NS NS_PER_SECOND

struct price touch_taken(const struct price_quote *quote, enum side side)
{
	return side == SIDE_BUY ? quote->ask.price : quote->bid.price;
}

static bool is_opening(const struct trade *trade)
{
	return !trade->request.closing;
}

/* ---- prices ------------------------------------------------------------------------------------
 */

static void on_quote(void *user, enum price_answer answer, const struct price_quote *quote,
		     const char *why)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct leg *leg = &trade->legs[call->leg];
	leg->facts.quote_known = answer == PRICE_OK;
	if (answer == PRICE_OK) {
		leg->facts.quote = *quote;
		leg->answered_ns = trade_now(trade);
		leg->decision_touch = touch_taken(quote, leg->wanted.side);
		leg->price_source = price_source_text(quote->source);
		volatility_observe(&trade->executor->volatility, leg->wanted.instrument,
				   quote->bid.price, quote->ask.price, trade_now(trade));
	} else {
		trade_note(trade, "leg %u: no price: %s, %s", call->leg + 1,
			   price_answer_text(answer), why);
	}
	assert(trade->awaited > 0);
	if (--trade->awaited == 0)
		trade_poke(trade);
}

void first_orders_price(struct trade *trade)
{
	trade->stage = STAGE_PRICING;
	trade->started_ns = trade_now(trade);
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		trade->awaited++;
		trade_call_out(trade);
		price_provider_get_bbo(
			trade->executor->prices, trade->legs[i].wanted.instrument, PRICE_FOR_LIMIT,
			trade->started_ns + trade->executor->options.order_give_up_ns, on_quote,
			&trade->legs[i].call);
	}
}

/*
 * An answer that was asked for and waited for counts from its arrival (a slow venue has no younger
 * one); every other price from when it was confirmed.
 */
static int64_t price_age(const struct trade *trade, const struct leg *leg)
{
	int64_t since_ns = leg->facts.quote.confirmed_ns;
	if (since_ns >= trade->started_ns)
		since_ns = leg->answered_ns;
	return trade_now(trade) - since_ns;
}

struct money leg_bound(const struct trade *trade, unsigned index)
{
	const struct leg *leg = &trade->legs[index];
	struct money touch = price_e18(leg->instrument, leg->decision_touch), part, bound = {0};
	struct rate budget = trade->executor->options.limits.loss_budget;

	if (!is_opening(trade) || !money_times_rate(touch, budget, &part))
		return bound;
	bound.e18 = leg->wanted.side == SIDE_BUY ? touch.e18 + part.e18 : touch.e18 - part.e18;
	return bound;
}

struct money tighter_bound(enum side side, struct money a, struct money b)
{
	if (a.e18 <= 0)
		return b;
	if (b.e18 <= 0)
		return a;
	return (side == SIDE_BUY) == (a.e18 < b.e18) ? a : b;
}

struct money band_bound(const struct trade *trade, const struct leg *leg, enum side side)
{
	const struct mark_state *mark =
		market_state_mark(trade->executor->market, leg->wanted.instrument);
	struct rate band = leg->revision->rules.price_band;
	struct money part;

	if (band.e18 == 0 || !(mark->fields & MARK_HAS_MARK) ||
	    !money_times_rate(mark->mark, band, &part))
		return (struct money){0};
	return (struct money){side == SIDE_BUY ? mark->mark.e18 + part.e18
					       : mark->mark.e18 - part.e18};
}

/* Worst price of the walk, moved by what the touch moved since. */
static struct price worst_now(const struct leg *leg)
{
	const struct liquidity_report *entry = &leg->facts.liquidity.entry;
	struct price touch = leg->decision_touch;
	i128 scale = i128_power_of_ten(MONEY_DECIMALS - leg->instrument->price_decimals);
	struct money walked = leg->wanted.side == SIDE_BUY ? entry->best_ask : entry->best_bid;

	if (!leg->facts.liquidity_known || entry->worst_price.units <= 0)
		return touch;
	return (struct price){touch.units + entry->worst_price.units -
			      (int64_t)(walked.e18 / scale)};
}

static int64_t venue_expiry(const struct trade *trade, const struct leg *leg, int64_t sent_ns)
{
	venue_id venue = leg->instrument->venue;

	if (!market_state_clock(trade->executor->market, venue).known)
		return 0;
	return market_state_venue_time(trade->executor->market, venue, sent_ns) +
	       trade->executor->options.order_expiry_ns;
}

static enum order_type maker_type(const struct trade *trade)
{
	return trade->request.tactic == TACTIC_POST_ONLY ? ORDER_POST_ONLY : ORDER_LIMIT;
}

/* The leg's first order; false without a price. */
static bool price_first_order(struct trade *trade, struct leg *leg)
{
	const struct order_rules *rules = &leg->revision->rules;
	struct order_request *order = &leg->facts.order;
	enum side side = leg->wanted.side;

	*order = (struct order_request){
		.instrument = leg->wanted.instrument,
		.side = side,
		.type = ORDER_IOC,
		.quantity = leg->wanted.quantity,
		.reduce_only = trade->request.closing && leg->instrument->kind != INSTRUMENT_SPOT,
	};
	if (leg->facts.quote_known && leg->role == ROLE_MAKER) {
		struct price near = touch_taken(&leg->facts.quote, side_opposite(side));
		order->type = maker_type(trade);
		order->limit = price_round(rules, leg->instrument->price_decimals, near,
					   side == SIDE_BUY ? ROUND_FLOOR : ROUND_CEILING);
	} else if (leg->facts.quote_known) {
		order->limit = hedge_limit(leg->instrument, rules, side, worst_now(leg),
					   trade->executor->options.price_cap_bp,
					   tighter_bound(side, leg_bound(trade, leg->call.leg),
							 band_bound(trade, leg, side)));
	}
	if (order->limit.units > 0 || is_opening(trade))
		return order->limit.units > 0;
	/* A closing goes ahead without a price. */
	order->type = ORDER_MARKET;
	order->reduce_only = true;
	leg->role = ROLE_TAKER;
	leg->price_source = "none";
	return true;
}

/* ---- preflight ---------------------------------------------------------------------------------
 */

static struct money exposure_of(const struct atomic_executor *executor, venue_id venue)
{
	struct money total = {0};

	for (instrument_id id = 1; id <= instrument_count(executor->instruments); id++) {
		const struct tracked_position *held = &executor->tracked[id];
		const struct instrument *instrument = instrument_get(executor->instruments, id);
		struct quantity size = {held->quantity.units < 0 ? -held->quantity.units
								 : held->quantity.units};
		struct money notional;
		if (size.units == 0 || (venue && instrument->venue != venue))
			continue;
		if (contract_notional(instrument, size, held->last_price, &notional))
			total.e18 += notional.e18;
	}
	return total;
}

static bool used_by_another(const struct trade *trade, instrument_id instrument)
{
	for (const struct trade *other = trade->executor->trades; other; other = other->next) {
		if (other == trade || other->ended)
			continue;
		for (size_t i = 0; i < other->request.leg_count; i++)
			if (other->legs[i].wanted.instrument == instrument)
				return true;
	}
	return false;
}

static void evaluate(struct trade *trade)
{
	struct atomic_executor *executor = trade->executor;
	struct preflight_input input = {
		.instruments = executor->instruments,
		.limits = &executor->options.limits,
		.closing = trade->request.closing,
		.leg_count = trade->request.leg_count,
		.fund_count = trade->fund_count,
		.total_exposure = exposure_of(executor, 0),
	};

	for (size_t i = 0; i < trade->fund_count; i++)
		input.funds[i] = trade->funds[i];
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		struct preflight_leg *facts = &leg->facts;
		instrument_id id = leg->wanted.instrument;

		facts->instrument = leg->instrument;
		facts->revision = leg->revision;
		facts->retired = instrument_is_retired(executor->instruments, id);
		facts->side = leg->wanted.side;
		facts->quantity = leg->wanted.quantity;
		facts->price_age_ns = facts->quote_known ? price_age(trade, leg) : 0;
		facts->tracked = executor->tracked[id].quantity;
		facts->in_use = used_by_another(trade, id);
		facts->clock = market_state_clock(executor->market, leg->instrument->venue);
		facts->venue_exposure = exposure_of(executor, leg->instrument->venue);
		input.legs[i] = *facts;
	}
	preflight_evaluate(&input, &trade->report);
}

static bool refused(struct trade *trade)
{
	evaluate(trade);
	if (!is_opening(trade) || trade->report.may_open)
		return false;
	const struct preflight_item *item = preflight_first_refusal(&trade->report);
	trade_end(trade, TRADE_FLAT, "preflight %s: %s, limit %s",
		  preflight_check_text(item->check), item->number, item->limit);
	return true;
}

/* Loss budget of the trade: of the smaller leg, so that neither leg's repair exceeds its share. */
static void fix_budget(struct trade *trade)
{
	bool first = true;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		const struct leg *leg = &trade->legs[i];
		struct money notional, part;
		if (!contract_notional(leg->instrument, leg->wanted.quantity, leg->decision_touch,
				       &notional) ||
		    !money_times_rate(notional, trade->executor->options.limits.loss_budget, &part))
			continue;
		if (first || part.e18 < trade->budget.e18)
			trade->budget = part;
		first = false;
	}
}

static void on_leverage(void *user, const struct command_result *result)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct leg *leg = &trade->legs[call->leg];
	if (result->outcome == COMMAND_ACKNOWLEDGED)
		trade->executor->leverage_set[leg->wanted.instrument] =
			trade->executor->options.limits.leverage;
	else
		leg->facts.leverage_refused = true; /* unknown is no */
	assert(trade->awaited > 0);
	if (--trade->awaited == 0)
		trade_poke(trade);
}

void first_orders_judge(struct trade *trade)
{
	struct atomic_executor *executor = trade->executor;
	int32_t leverage = executor->options.limits.leverage;

	if (!assign_roles(trade)) {
		trade_end(trade, TRADE_FLAT, "no venue of this trade has post-only orders");
		return;
	}
	for (size_t i = 0; i < trade->request.leg_count; i++)
		trade->legs[i].facts.order_priced = price_first_order(trade, &trade->legs[i]);
	if (refused(trade))
		return;
	fix_budget(trade);
	if (is_opening(trade))
		trade_enter(trade, TRADE_CHECKED, "all %d checks pass", PREFLIGHT_CHECKS);
	else
		trade_enter(trade, TRADE_CHECKED, "a closing is not refused");
	trade->stage = STAGE_LEVERAGE;
	for (size_t i = 0; i < trade->request.leg_count && is_opening(trade); i++) {
		struct leg *leg = &trade->legs[i];
		if (leg->instrument->kind == INSTRUMENT_SPOT ||
		    !(leg->client->capabilities & CAN_SET_LEVERAGE) ||
		    executor->leverage_set[leg->wanted.instrument] == leverage)
			continue;
		struct command_request request = {
			.kind = COMMAND_SET_LEVERAGE,
			.u.leverage = {leg->wanted.instrument, leverage},
		};
		trade->awaited++;
		trade->leverage_asked = true;
		trade_call_out(trade);
		exchange_command(leg->client, &request,
				 trade_now(trade) + executor->options.order_give_up_ns, on_leverage,
				 &leg->call);
	}
	if (trade->awaited == 0)
		first_orders_commit(trade);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void order_changed(void *user, struct live_order *order)
{
	struct trade *trade = user;

	order_note_fills(trade, order);
	trade_poke(trade);
}

/* The account as it would be had this order never existed. */
static bool position_agrees(void *user, const struct live_order *order,
			    const struct read_result *read)
{
	const struct trade *trade = user;
	const struct leg *leg = &trade->legs[order->leg];
	struct quantity net = leg_sum(leg).net;
	int64_t direction = leg->wanted.side == SIDE_BUY ? 1 : -1;
	struct quantity found = {0};

	if (leg->instrument->kind == INSTRUMENT_SPOT) {
		struct quantity held = leg_held(leg);
		struct money change, total = {0}, expected, lot;
		for (size_t i = 0; read->outcome == READ_VALUE && i < read->u.balances.count; i++)
			if (read->u.balances.values[i].asset == leg->instrument->base)
				total = read->u.balances.values[i].total;
		held.units *= direction;
		if (!leg->base_known)
			return true; /* selling what is owned: nothing can have been enlarged */
		if (!mul_div(held.units, leg->instrument->contract_size.e18,
			     i128_power_of_ten(leg->instrument->quantity_decimals), ROUND_HALF_EVEN,
			     &change.e18) ||
		    !mul_div(leg->revision->rules.lot.units, leg->instrument->contract_size.e18,
			     i128_power_of_ten(leg->instrument->quantity_decimals), ROUND_HALF_EVEN,
			     &lot.e18) ||
		    !money_add(leg->base_before, change, &expected))
			return false;
		/* Fees are rounded by the venue: equal means within less than a lot. */
		return total.e18 - expected.e18 < lot.e18 && expected.e18 - total.e18 < lot.e18;
	}
	for (size_t i = 0; read->outcome == READ_VALUE && i < read->u.positions.count; i++)
		if (read->u.positions.values[i].instrument == leg->wanted.instrument)
			found = read->u.positions.values[i].quantity;
	return found.units == leg->facts.position.units + direction * net.units;
}

static struct live_order *prepare(struct trade *trade, struct leg *leg, enum intent_purpose purpose,
				  struct order_request *request)
{
	struct atomic_executor *executor = trade->executor;
	const struct order_owner owner = {order_changed, position_agrees, trade};
	struct live_order *order;

	/* One order at a time on a leg: an order of unknown outcome may still be one. */
	assert(!leg_live(leg) && !leg->committing);
	request->client_id = executor->intents->next_client_id(executor->intents->self);
	if (request->client_id == 0 || !leg_make_room(leg))
		return NULL;
	order = order_executor_prepare(executor->orders, request, trade->request.trade, &owner);
	if (!order)
		return NULL;
	order->leg = leg->call.leg;
	order->purpose = (int)purpose;
	leg->committing = order;
	leg->stage = LEG_COMMITTING;
	return order;
}

static void drop_committing(struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (!leg->committing)
			continue;
		order_executor_drop(leg->committing);
		leg->committing = NULL;
		leg->stage = LEG_IDLE;
	}
}

static void send_committed(struct trade *trade, struct leg *leg, int64_t at_ns)
{
	leg->orders[leg->order_count++] = leg->committing;
	leg->last_order = leg->committing;
	leg->committing = NULL;
	leg->stage = LEG_IDLE;
	order_executor_send(leg->orders[leg->order_count - 1], at_ns);
	trade_poke(trade);
}

static void on_first_commit(void *user, bool durable)
{
	struct trade *trade = user;

	if (!trade_call_in(trade))
		return;
	trade->durable = durable;
	assert(trade->awaited == 1);
	trade->awaited = 0;
	trade_poke(trade);
}

static struct intent_order intent_of(const struct trade *trade, const struct leg *leg)
{
	return (struct intent_order){
		.leg = leg->call.leg,
		.order = leg->committing->life.request,
		.price_age_ns = leg->facts.quote_known
					? trade_now(trade) - leg->facts.quote.confirmed_ns
					: 0,
		.price_source = leg->price_source,
	};
}

static void commit(struct trade *trade, enum intent_purpose purpose,
		   const struct intent_order *orders, size_t count, intent_done done, void *user)
{
	const struct intent_sink *sink = trade->executor->intents;
	const struct intent_trade head = {
		.trade = trade->request.trade,
		.name = trade->request.name,
		.purpose = purpose,
		.local_ns = trade_now(trade),
	};

	trade_call_out(trade);
	sink->commit(sink->self, &head, orders, count, done, user);
}

/* Nothing was sent: an opening ends, a closing tries again leg by leg. */
static void give_up_first(struct trade *trade, const char *why)
{
	drop_committing(trade);
	if (is_opening(trade)) {
		trade_end(trade, TRADE_FLAT, "%s", why);
		return;
	}
	trade_alarm(trade, "closing: %s", why);
	trade->nothing_sent = true;
	trade->stage = STAGE_RUNNING;
	trade_enter(trade, TRADE_HEDGING, "first orders not sent");
	for (size_t i = 0; i < trade->request.leg_count; i++)
		trade->legs[i].next_try_ns = trade_now(trade) + NS_PER_SECOND;
	trade_poke(trade);
}

void first_orders_commit(struct trade *trade)
{
	struct intent_order intents[TRADE_LEGS_MAX];
	venue_id venues[TRADE_LEGS_MAX];
	int64_t later_ns[TRADE_LEGS_MAX];
	enum intent_purpose purpose = is_opening(trade) ? INTENT_OPEN : INTENT_CLOSE;
	size_t count = 0;

	trade->stage = STAGE_COMMITTING;
	/* Leverage may have been refused, and time has gone by. */
	if (is_opening(trade) && trade->leverage_asked && refused(trade))
		return;
	for (size_t i = 0; i < trade->request.leg_count; i++)
		venues[i] = trade->legs[i].instrument->venue;
	match_stagger(order_executor_delays(trade->executor->orders), venues,
		      trade->request.leg_count, later_ns);
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (leg->role == ROLE_FOLLOWER)
			continue;
		struct order_request request = leg->facts.order;
		if (leg->role == ROLE_TAKER)
			leg->later_ns = later_ns[i];
		if (is_opening(trade))
			request.venue_expiry_ns =
				venue_expiry(trade, leg, trade_now(trade) + leg->later_ns);
		if (!prepare(trade, leg, purpose, &request)) {
			give_up_first(trade, "no order id could be made durable");
			return;
		}
		intents[count++] = intent_of(trade, leg);
	}
	trade->awaited = 1;
	commit(trade, purpose, intents, count, on_first_commit, trade);
}

/* The price must still be young when the order is handed over; waiting for the slower venue less.
 */
static bool price_is_young(struct trade *trade)
{
	int64_t limit_ns = trade->executor->options.limits.maximum_price_age_ns;

	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		int64_t age_ns = price_age(trade, leg);
		if (age_ns > limit_ns) {
			drop_committing(trade);
			trade_end(trade, TRADE_FLAT,
				  "price_age %" PRId64 " ms when the intent was durable, limit "
				  "%" PRId64 " ms",
				  age_ns / NS_PER_MS, limit_ns / NS_PER_MS);
			return false;
		}
		if (age_ns + leg->later_ns > limit_ns)
			leg->later_ns = limit_ns - age_ns;
	}
	return true;
}

void first_orders_send(struct trade *trade)
{
	if (!trade->durable) {
		give_up_first(trade, "the intent could not be made durable");
		return;
	}
	if (is_opening(trade) && !price_is_young(trade))
		return;
	trade->stage = STAGE_RUNNING;
	trade->work_until_ns = trade_now(trade) + trade->request.work_ns;
	trade_enter(trade, TRADE_WORKING, "%zu legs", trade->request.leg_count);
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (!leg->committing)
			continue;
		if (leg->role == ROLE_MAKER) {
			leg->attempts = 1;
			leg->attempt_until_ns = trade->work_until_ns;
		}
		send_committed(trade, leg, trade_now(trade) + leg->later_ns);
	}
}

/* ---- later orders of one leg -------------------------------------------------------------------
 */

static void on_walk(void *user, bool known, const struct leg_liquidity *walk, const char *why)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct leg *leg = &trade->legs[call->leg];
	leg->stage = LEG_PRICED;
	leg->walk_known = known;
	leg->walk_ns = trade_now(trade);
	if (known) {
		leg->walk = *walk;
		leg->price_source = price_source_text(walk->source);
		leg->facts.quote.confirmed_ns = walk->confirmed_ns;
	} else {
		leg->price_source = "none";
		trade_note(trade, "leg %u: no depth: %s", call->leg + 1, why);
	}
	trade_poke(trade);
}

void leg_price(struct trade *trade, unsigned index, enum side side, struct quantity quantity)
{
	struct leg *leg = &trade->legs[index];

	assert(leg->stage == LEG_IDLE);
	leg->stage = LEG_PRICING;
	leg->priced = quantity;
	leg->priced_side = side;
	trade_call_out(trade);
	/* Depth of before the first order is no guide any more: an order that filled too little has
	 * shown that the book is another one. */
	price_provider_invalidate(trade->executor->prices, leg->wanted.instrument);
	liquidity_analyzer_check(trade->executor->liquidity, leg->wanted.instrument, side, quantity,
				 trade_now(trade) + WALK_DEADLINE_NS, on_walk, &leg->call);
}

static void on_leg_commit(void *user, bool durable)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct leg *leg = &trade->legs[call->leg];
	if (!leg->committing)
		return;
	if (durable) {
		send_committed(trade, leg, trade_now(trade));
		return;
	}
	order_executor_drop(leg->committing);
	leg->committing = NULL;
	leg->stage = LEG_IDLE;
	leg->tries++;
	leg->next_try_ns = trade_now(trade) + NS_PER_SECOND;
	trade_alarm(trade, "leg %u: the intent of a %s order could not be made durable",
		    call->leg + 1, order_type_text(ORDER_IOC));
	trade_poke(trade);
}

void leg_commit(struct trade *trade, unsigned index, enum intent_purpose purpose,
		const struct order_request *order)
{
	struct leg *leg = &trade->legs[index];
	struct order_request request = *order;

	if (!request.reduce_only)
		request.venue_expiry_ns = venue_expiry(trade, leg, trade_now(trade));
	if (!prepare(trade, leg, purpose, &request)) {
		leg->stage = LEG_IDLE;
		leg->next_try_ns = trade_now(trade) + NS_PER_SECOND;
		trade_alarm(trade, "leg %u: no order id could be made durable", index + 1);
		trade_wake(trade, leg->next_try_ns);
		return;
	}
	struct intent_order intent = intent_of(trade, leg);
	commit(trade, purpose, &intent, 1, on_leg_commit, &leg->call);
}
