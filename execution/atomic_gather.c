/*
 * PLANNED: depth of every leg (which also fills the price cache), balances, positions and request
 * budget of every venue, open orders of every instrument, all asked at once. A closing waits for
 * depth alone and reads nothing of the account: it goes ahead whatever that would say.
 */
#include "execution/atomic_trade.h"

#include <stdio.h>

static void answered(struct trade *trade)
{
	assert(trade->awaited > 0);
	if (--trade->awaited == 0)
		trade_poke(trade);
}

static void on_liquidity(void *user, bool known, const struct leg_liquidity *liquidity,
			 const char *why)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct preflight_leg *facts = &trade->legs[call->leg].facts;
	facts->liquidity_known = known;
	if (known)
		facts->liquidity = *liquidity;
	else
		trade_note(trade, "leg %u: no depth: %s", call->leg + 1, why);
	answered(trade);
}

static void on_balances(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	for (size_t i = 0; i < trade->fund_count; i++) {
		struct preflight_funds *funds = &trade->funds[i];
		if (funds->venue != call->venue || result->outcome == READ_UNKNOWN)
			continue;
		funds->known = true; /* a complete answer: what it does not list is not there */
		for (size_t j = 0; result->outcome == READ_VALUE && j < result->u.balances.count;
		     j++)
			if (result->u.balances.values[j].asset == funds->asset)
				funds->available = result->u.balances.values[j].available;
	}
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (leg->instrument->venue != call->venue || result->outcome == READ_UNKNOWN)
			continue;
		leg->base_known = true;
		for (size_t j = 0; result->outcome == READ_VALUE && j < result->u.balances.count;
		     j++)
			if (result->u.balances.values[j].asset == leg->instrument->base)
				leg->base_before = result->u.balances.values[j].total;
	}
	answered(trade);
}

static void on_positions(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (leg->instrument->venue != call->venue || result->outcome == READ_UNKNOWN)
			continue;
		leg->facts.position_known = true;
		for (size_t j = 0; result->outcome == READ_VALUE && j < result->u.positions.count;
		     j++)
			if (result->u.positions.values[j].instrument == leg->wanted.instrument)
				leg->facts.position = result->u.positions.values[j].quantity;
	}
	answered(trade);
}

static void on_order_room(void *user, const struct read_result *result)
{
	struct account_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		if (leg->instrument->venue != call->venue || result->outcome != READ_VALUE)
			continue;
		leg->facts.order_room_known = true;
		leg->facts.order_room = result->u.order_room;
	}
	answered(trade);
}

static void on_open_orders(void *user, const struct read_result *result)
{
	struct trade_call *call = user;
	struct trade *trade = call->trade;

	if (!trade_call_in(trade))
		return;
	struct preflight_leg *facts = &trade->legs[call->leg].facts;
	facts->open_orders_known = result->outcome != READ_UNKNOWN;
	facts->open_orders = result->outcome == READ_VALUE ? result->u.events.count : 0;
	answered(trade);
}

static void read_account(struct trade *trade, struct exchange_client *client, enum read_kind kind,
			 instrument_id instrument, read_done done, void *user)
{
	/* What every fill and order event passed through is as good as a read, and is there now. */
	struct read_request request = {
		.kind = kind, .instrument = instrument, .streamed_is_enough = true};

	trade->awaited++;
	trade_call_out(trade);
	exchange_read(client, &request, trade->deadline_ns, done, user);
}

static void add_fund(struct trade *trade, venue_id venue, asset_id asset)
{
	for (size_t i = 0; i < trade->fund_count; i++)
		if (trade->funds[i].venue == venue && trade->funds[i].asset == asset)
			return;
	assert(trade->fund_count < PREFLIGHT_FUNDS_MAX);
	trade->funds[trade->fund_count++] =
		(struct preflight_funds){.venue = venue, .asset = asset};
}

static void read_accounts(struct trade *trade)
{
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		venue_id venue = leg->instrument->venue;
		bool asked = false;

		add_fund(trade, venue, preflight_fund_asset(leg->instrument));
		read_account(trade, leg->client, READ_OPEN_ORDERS, leg->wanted.instrument,
			     on_open_orders, &leg->call);
		for (size_t j = 0; j < trade->account_count; j++)
			asked = asked || trade->accounts[j].venue == venue;
		if (asked)
			continue;
		struct account_call *call = &trade->accounts[trade->account_count];
		*call = (struct account_call){trade, (unsigned)trade->account_count, venue};
		trade->account_count++;
		read_account(trade, leg->client, READ_BALANCES, 0, on_balances, call);
		read_account(trade, leg->client, READ_POSITIONS, 0, on_positions, call);
		read_account(trade, leg->client, READ_ORDER_ROOM, 0, on_order_room, call);
	}
}

void gather_begin(struct trade *trade)
{
	struct atomic_executor *executor = trade->executor;

	trade->stage = STAGE_GATHERING;
	for (size_t i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		trade->awaited++;
		trade_call_out(trade);
		liquidity_analyzer_check(executor->liquidity, leg->wanted.instrument,
					 leg->wanted.side, leg->wanted.quantity, trade->deadline_ns,
					 on_liquidity, &leg->call);
	}
	if (!trade->request.closing)
		read_accounts(trade);
}
