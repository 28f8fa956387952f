/*
 * Our Hyperliquid client against the venue model: what the client tells is held against what the
 * floor did.
 */
#include "tests/support/hyperliquid_duo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct hyperliquid_duo duo;

static const struct account_event *order_event(uint32_t client_id)
{
	const struct account_event *event = hyperliquid_duo_order(&duo, client_id);
	if (event == NULL)
		fail_msg("nothing was told of order %u", client_id);
	return event;
}

static const struct read_result *read_of(enum read_kind kind, const char *coin)
{
	struct read_request request = {.kind = kind};
	if (coin != NULL)
		request.instrument = hyperliquid_world_instrument(&duo.world, coin);
	return hyperliquid_world_read(&duo.world, &request);
}

/* ---- the good days ----------------------------------------------------------------------------
 */

static void start_stream_and_reads_agree_with_the_floor(void **state)
{
	(void)state;
	hyperliquid_duo_start(&duo);
	instrument_id eth = hyperliquid_world_instrument(&duo.world, "ETH");
	assert_true(market_state_book(duo.world.market, eth)->synced);
	assert_true(market_state_bbo(duo.world.market, eth)->known);
	assert_int_equal(market_state_bbo(duo.world.market, eth)->ask.price.units, 283170);
	const struct mark_state *mark = market_state_mark(duo.world.market, eth);
	assert_true(mark->mark.e18 == (i128)28314 * MONEY_ONE / 10);
	assert_true(mark->oracle.e18 == (i128)28311 * MONEY_ONE / 10);
	assert_int_equal(market_state_funding(duo.world.market, eth)->rate.e18,
			 INT64_C(12500000000000));
	const struct read_result *read = read_of(READ_DEPTH, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.depth.bids[1].quantity.units, 1000000);
	read = read_of(READ_BALANCES, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_true(read->u.balances.values[0].total.e18 == 1000 * MONEY_ONE);
	read = read_of(READ_FEES, "ETH");
	assert_int_equal(read->u.fees.taker.e18, RATE_ONE / 100000 * 45);
	hyperliquid_world_run(&duo.world, 60 * NS_PER_SECOND);
	read = read_of(READ_ACCESS, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.access.may_trade, ANSWER_YES);
	assert_int_equal(read->u.access.may_withdraw, ANSWER_NO);
	assert_int_equal(read->u.access.mode_fits, ANSWER_YES);
	assert_true(read->u.access.budget_known);
	hyperliquid_duo_close(&duo);
}

static void an_ioc_fills_and_everything_tells_the_same(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	assert_int_equal(hyperliquid_duo_filled(&duo, id), 456);
	const struct account_event *fill = hyperliquid_world_last(&duo.world, ACCOUNT_FILL, 0);
	const struct floor_fill *truth = trading_floor_fill(duo.floor, duo.account, 0);
	assert_int_equal(fill->u.fill.price.units, truth->price.units);
	assert_true(fill->u.fill.fee.e18 == truth->fee.e18);
	assert_false(fill->u.fill.maker);
	assert_int_equal(hyperliquid_duo_position_told(&duo), 456);
	assert_int_equal(hyperliquid_duo_position(&duo), 456);
	const struct read_result *read = read_of(READ_FILLS, NULL);
	assert_int_equal(read->u.events.count, 1);
	assert_string_equal(read->u.events.events[0].u.fill.trade_id, fill->u.fill.trade_id);
	assert_int_equal(read->u.events.events[0].u.fill.client_id, id);
	struct read_request request = {.kind = READ_ORDER,
				       .instrument =
					       hyperliquid_world_instrument(&duo.world, "ETH"),
				       .client_id = id};
	read = hyperliquid_world_read(&duo.world, &request);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.events.events[0].u.order.state, ORDER_STATE_FILLED);
	request.client_id = id + 77;
	assert_int_equal(hyperliquid_world_read(&duo.world, &request)->outcome, READ_ABSENT);
	read = read_of(READ_POSITIONS, "ETH");
	assert_int_equal(read->u.positions.values[0].quantity.units, 456);
	hyperliquid_duo_close(&duo);
}

static void an_ioc_that_finds_less_or_nothing_ends_with_what_it_found(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_fault(&duo, "ioc.fill_pct=50,nth=1");
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 400, 283170, false, &id);
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 200);
	assert_int_equal(hyperliquid_duo_filled(&duo, id), 200);
	result = hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 400, 283000, false, &id);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_PRICE_BAND);
	assert_int_equal(hyperliquid_duo_position(&duo), 200);
	hyperliquid_duo_close(&duo);
}

static void a_post_only_order_rests_is_listed_and_cancelled(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_POST_ONLY, SIDE_BUY, 1000, 283000, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_OPEN);
	const struct read_result *read = read_of(READ_OPEN_ORDERS, NULL);
	assert_int_equal(read->u.events.count, 1);
	assert_int_equal(read->u.events.events[0].u.order.client_id, id);
	uint32_t crossing;
	result = hyperliquid_duo_place(&duo, ORDER_POST_ONLY, SIDE_BUY, 1000, 283180, false,
				       &crossing);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_WOULD_CROSS);
	const struct command_request cancel = {
		.kind = COMMAND_CANCEL,
		.u.cancel = {hyperliquid_world_instrument(&duo.world, "ETH"), id}};
	result = hyperliquid_world_command(&duo.world, &cancel);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&duo.world, NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 0);
	result = hyperliquid_world_command(&duo.world, &cancel);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_NOT_FOUND);
	hyperliquid_duo_close(&duo);
}

static void reduce_only_closes_and_never_turns(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_SELL, 456, 283000, true, &id);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_REDUCE_ONLY);
	hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, NULL);
	/* Larger than the position: shrunk to it. */
	result = hyperliquid_duo_place(&duo, ORDER_MARKET, SIDE_SELL, 1000, 0, true, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&duo.world, 2 * NS_PER_SECOND);
	assert_int_equal(hyperliquid_duo_position(&duo), 0);
	assert_int_equal(hyperliquid_duo_position_told(&duo), 0);
	assert_int_equal(hyperliquid_duo_filled(&duo, id), -456);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	hyperliquid_duo_close(&duo);
}

static void refusals_have_their_reasons(void **state)
{
	(void)state;
	hyperliquid_duo_start(&duo);
	assert_int_equal(
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 10, 283200, false, NULL)->reason,
		REJECT_MINIMUM_NOTIONAL);
	assert_int_equal(
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 100000, 283200, false, NULL)
			->reason,
		REJECT_MARGIN);
	/* Six figures: our own rules would not have made it. */
	assert_int_equal(
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283175, false, NULL)->reason,
		REJECT_TICK);
	assert_int_equal(hyperliquid_duo_position(&duo), 0);
	hyperliquid_duo_close(&duo);
}

static void a_batch_goes_in_two_actions_and_comes_back_in_order(void **state)
{
	(void)state;
	hyperliquid_duo_start(&duo);
	struct order_request orders[3];
	for (size_t i = 0; i < 3; i++) {
		orders[i] = hyperliquid_world_order(&duo.world,
						    i == 1 ? ORDER_POST_ONLY : ORDER_IOC, SIDE_BUY);
		orders[i].limit.units = i == 1 ? 283000 : i == 2 ? 282000 : 283200;
	}
	struct command_request request = {.kind = COMMAND_PLACE_BATCH,
					  .u.batch = {.orders = orders, .count = 3}};
	exchange_command(duo.world.client, &request,
			 scheduler_now(duo.world.scheduler) + 5 * NS_PER_SECOND,
			 hyperliquid_world_note_result, &duo.world);
	hyperliquid_world_run(&duo.world, 2 * NS_PER_SECOND);
	assert_int_equal(duo.world.result_count, 3);
	assert_int_equal(duo.world.results[0].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(duo.world.results[1].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(duo.world.results[2].outcome, COMMAND_REJECTED);
	assert_int_equal(hyperliquid_duo_position(&duo), 456);
	const struct command_request all = {.kind = COMMAND_CANCEL_ALL};
	assert_int_equal(hyperliquid_world_command(&duo.world, &all)->outcome,
			 COMMAND_ACKNOWLEDGED);
	hyperliquid_world_run(&duo.world, NS_PER_SECOND);
	assert_int_equal(order_event(orders[1].client_id)->u.order.state, ORDER_STATE_CANCELLED);
	hyperliquid_duo_close(&duo);
}

static void leverage_and_the_dead_mans_switch_are_set(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	instrument_id eth = hyperliquid_world_instrument(&duo.world, "ETH");
	const struct command_request leverage = {.kind = COMMAND_SET_LEVERAGE,
						 .u.leverage = {eth, 3}};
	/* Never set: the venue tells its default. */
	const struct read_result *read = read_of(READ_LEVERAGE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.leverage.leverage,
			 trading_floor_leverage(duo.floor, duo.account, duo.eth));
	assert_int_not_equal(read->u.leverage.leverage, 3);
	const struct command_result *result = hyperliquid_world_command(&duo.world, &leverage);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(trading_floor_leverage(duo.floor, duo.account, duo.eth), 3);
	read = read_of(READ_LEVERAGE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.leverage.leverage, 3);
	assert_int_equal(read->u.leverage.mode, MARGIN_CROSS);
	hyperliquid_duo_place(&duo, ORDER_POST_ONLY, SIDE_BUY, 1000, 283000, false, &id);
	const struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
					    .u.dead_man = {6 * NS_PER_SECOND}};
	result = hyperliquid_world_command(&duo.world, &arm);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&duo.world, 10 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	hyperliquid_duo_close(&duo);
}

static void funding_is_paid_and_told_with_rate_position_and_oracle(void **state)
{
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 1000, 283200, false, NULL);
	hyperliquid_world_run(&duo.world, 3 * DUO_INTERVAL_NS);
	size_t payments = trading_floor_payment_count(duo.floor, duo.account);
	assert_true(payments >= 2);
	assert_int_equal(hyperliquid_world_count(&duo.world, ACCOUNT_FUNDING), payments);
	const struct account_event *event = hyperliquid_world_last(&duo.world, ACCOUNT_FUNDING, 0);
	const struct floor_payment *truth =
		trading_floor_payment(duo.floor, duo.account, payments - 1);
	assert_int_equal(event->u.funding.boundary_ns, truth->boundary_ns);
	assert_int_equal(event->u.funding.position.units, 1000);
	assert_int_equal(event->u.funding.rate.e18, truth->rate.e18);
	assert_true(event->u.funding.amount.e18 == truth->amount.e18);
	assert_true(event->u.funding.price.e18 == (i128)28311 * MONEY_ONE / 10);
	const struct read_result *read = read_of(READ_FUNDING_PAYMENTS, NULL);
	assert_int_equal(read->u.events.count, payments);
	/* Settled rates are read after each boundary. */
	size_t settled = 0;
	for (size_t i = 0; i < duo.world.market_count; i++)
		settled += duo.world.market_events[i].kind == EVENT_FUNDING &&
			   duo.world.market_events[i].u.funding.kind == FUNDING_SETTLED;
	assert_true(settled >= 2);
	read = read_of(READ_FUNDING_EVIDENCE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_true(read->u.evidence.count >= 2);
	for (size_t i = 0; i < read->u.evidence.count; i++) {
		const struct funding_evidence *row = &read->u.evidence.rows[i];
		assert_true(row->derived_known);
		assert_true(llabs(row->rate.e18 - row->derived.e18) <= row->tolerance.e18);
	}
	hyperliquid_duo_close(&duo);
}

/* ---- the bad days -----------------------------------------------------------------------------
 */

static void a_lost_answer_of_an_executed_order_is_found(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_fault(&duo, "ord.resp=drop,nth=1");
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_run(&duo.world, 10 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	assert_int_equal(hyperliquid_duo_filled(&duo, id), 456);
	assert_int_equal(hyperliquid_duo_position(&duo), 456);
	hyperliquid_duo_close(&duo);
}

static void a_lost_order_is_proven_never_executed(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_fault(&duo, "ord.lost,nth=1");
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_run(&duo.world, 3 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_REJECTED);
	assert_int_equal(order_event(id)->u.order.reason, REJECT_NEVER_SENT);
	assert_int_equal(hyperliquid_duo_position(&duo), 0);
	/* And the next order goes through as if nothing had been. */
	assert_int_equal(
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id)->outcome,
		COMMAND_ACKNOWLEDGED);
	assert_int_equal(hyperliquid_duo_position(&duo), 456);
	hyperliquid_duo_close(&duo);
}

/* Whatever strikes an order: once it is quiet, what was told is what the venue has. */
static void after_any_fault_the_truth_is_told(void **state)
{
	static const char *const rules[] = {
		"ord.resp=drop,nth=1",
		"ord.exec_then=close,nth=1",
		"ord.exec_then=rst,nth=1",

		"ord.lost,nth=1",

		"ord.http=503:unknown,nth=1",
		"ord.http=503:unavail,nth=1",
		"ord.http=502:html,nth=1",
		"ord.body=trunc,nth=1",
		"ord.body=html,nth=1",
		"ord.body=type,nth=1",
		"ord.body=empty,nth=1",
		"ord.swap_reply,nth=1",
		"rate.429,nth=1",
		"ws.before_ack,nth=1",
		"ws.dup,p=0.5",
		"ws.reorder,p=0.5",
		"ws.gap_private,nth=1",
		"ws.kick,nth=1",
		"ws.cut,nth=1",
		"ord.delay_ms=1500,nth=1",
		"qry.lag_ms=1500,count=3",
		"qry.fail=3",
		"json.bigid",
		"ord.code=margin,nth=1",
		"ord.code=internal,nth=1",
		"nonce=dup,nth=1",
		"nonce=old,nth=1",
		"rate.orders,nth=1",
		"fill.fee_late,nth=1",
		"ord.ack_then=reject,nth=1",
		"ord.stp,nth=1",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint32_t id;
		hyperliquid_duo_start(&duo);
		hyperliquid_duo_fault(&duo, rules[i]);
		const struct command_result *result =
			hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
		enum command_outcome outcome = result->outcome;
		fault_plan_clear(duo.faults);
		hyperliquid_world_run(&duo.world, 60 * NS_PER_SECOND);
		int64_t truth = hyperliquid_duo_position(&duo);
		if (hyperliquid_duo_filled(&duo, id) != truth)
			fail_msg("%s: fills of %lld told, %lld true", rules[i],
				 (long long)hyperliquid_duo_filled(&duo, id), (long long)truth);
		if (outcome == COMMAND_REJECTED && truth != 0)
			fail_msg("%s: called refused, yet executed", rules[i]);
		if (outcome != COMMAND_REJECTED) {
			const struct account_event *event = order_event(id);
			if (event->u.order.state == ORDER_STATE_OPEN ||
			    event->u.order.executed.units != truth)
				fail_msg("%s: told as %d with %lld, %lld true", rules[i],
					 (int)event->u.order.state,
					 (long long)event->u.order.executed.units,
					 (long long)truth);
		}
		const struct read_result *read = read_of(READ_POSITIONS, "ETH");
		assert_int_equal(read->outcome, READ_VALUE);
		assert_int_equal(read->u.positions.values[0].quantity.units, truth);
		hyperliquid_duo_close(&duo);
	}
}

static void an_order_into_a_half_open_socket_is_settled_over_rest(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_start(&duo);
	virtual_link_freeze(duo.link, true);
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_run(&duo.world, NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_REJECTED);
	/* The next goes over REST at once. */
	result = hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	/* What was held in the old socket arrives now, and is refused for its nonce. */
	virtual_link_freeze(duo.link, false);
	hyperliquid_world_run(&duo.world, 60 * NS_PER_SECOND);
	assert_int_equal(hyperliquid_duo_position(&duo), 456);
	assert_int_equal(hyperliquid_duo_position_told(&duo), 456);
	hyperliquid_duo_close(&duo);
}

static void a_cut_stream_comes_back_and_misses_nothing(void **state)
{
	uint32_t resting;
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_place(&duo, ORDER_LIMIT, SIDE_BUY, 1000, 283000, false, &resting);
	virtual_link_freeze(duo.link, true);
	/* Half open: the fill happens, and nobody tells. */
	static const struct book_level BIDS[] = {{{282900}, {142000}}};
	static const struct book_level ASKS[] = {{{282950}, {88000}}};
	hyperliquid_duo_show(&duo, BIDS, ASKS, 1);
	hyperliquid_world_run(&duo.world, 100 * NS_PER_SECOND);
	assert_int_equal(hyperliquid_duo_position(&duo), 1000);
	virtual_link_freeze(duo.link, false);
	hyperliquid_world_run(&duo.world, 60 * NS_PER_SECOND);
	assert_int_equal(order_event(resting)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(hyperliquid_duo_filled(&duo, resting), 1000);
	assert_int_equal(hyperliquid_duo_position_told(&duo), 1000);
	instrument_id eth = hyperliquid_world_instrument(&duo.world, "ETH");
	assert_true(market_state_book(duo.world.market, eth)->synced);
	hyperliquid_duo_close(&duo);
}

static void a_venue_with_another_clock_is_traded_in_its_time(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_duo_open(&duo, "default", 0);
	hyperliquid_duo_fault(&duo, "clock.skew_ms=-40000");
	hyperliquid_world_run(&duo.world, 2 * NS_PER_SECOND);
	hyperliquid_world_start(&duo.world);
	if (!duo.world.ok)
		fail_msg("%s", duo.world.why);
	exchange_subscribe_account(duo.world.client, hyperliquid_world_note_done, &duo.world);
	hyperliquid_world_run(&duo.world, 5 * NS_PER_SECOND);
	const struct clock_state clock = market_state_clock(duo.world.market, duo.world.venue);
	assert_true(clock.known);
	assert_true(llabs(clock.offset_ns + 40 * NS_PER_SECOND) < NS_PER_SECOND);
	const struct command_result *result =
		hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(hyperliquid_duo_filled(&duo, id), 456);
	/* Traded too little for a scheduled cancel. */
	const struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
					    .u.dead_man = {60 * NS_PER_SECOND}};
	result = hyperliquid_world_command(&duo.world, &arm);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_false(duo.world.client->capabilities & CAN_DEAD_MANS_SWITCH);
	hyperliquid_duo_close(&duo);
}

static void accounts_that_cannot_be_traded_are_refused(void **state)
{
	struct error err = {0};
	(void)state;
	hyperliquid_duo_open(&duo, "unifiedAccount", 0);
	hyperliquid_world_start(&duo.world);
	assert_false(duo.world.ok);
	assert_non_null(strstr(duo.world.why, "standard"));
	hyperliquid_duo_close(&duo);
	/* A key that nobody approved. */
	hyperliquid_duo_open(&duo, "default", 0);
	assert_true(hyperliquid_key_load(
		"0x1111111111111111111111111111111111111111111111111111111111111111",
		&duo.world.options.key, &err));
	hyperliquid_world_start(&duo.world);
	assert_false(duo.world.ok);
	assert_non_null(strstr(duo.world.why, "approve"));
	hyperliquid_duo_close(&duo);
}

static void a_liquidation_is_told(void **state)
{
	(void)state;
	hyperliquid_duo_start(&duo);
	hyperliquid_duo_place(&duo, ORDER_IOC, SIDE_BUY, 1000, 283200, false, NULL);
	hyperliquid_duo_fault(&duo, "liq=0.05");
	hyperliquid_world_run(&duo.world, 5 * NS_PER_SECOND);
	assert_int_equal(hyperliquid_duo_position(&duo), 500);
	assert_int_equal(hyperliquid_duo_position_told(&duo), 500);
	assert_int_equal(hyperliquid_world_count(&duo.world, ACCOUNT_LIQUIDATION), 1);
	assert_int_equal(hyperliquid_world_last(&duo.world, ACCOUNT_LIQUIDATION, 0)
				 ->u.liquidation.quantity.units,
			 -500);
	hyperliquid_duo_close(&duo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_stream_and_reads_agree_with_the_floor),
		cmocka_unit_test(an_ioc_fills_and_everything_tells_the_same),
		cmocka_unit_test(an_ioc_that_finds_less_or_nothing_ends_with_what_it_found),
		cmocka_unit_test(a_post_only_order_rests_is_listed_and_cancelled),
		cmocka_unit_test(reduce_only_closes_and_never_turns),
		cmocka_unit_test(refusals_have_their_reasons),
		cmocka_unit_test(a_batch_goes_in_two_actions_and_comes_back_in_order),
		cmocka_unit_test(leverage_and_the_dead_mans_switch_are_set),
		cmocka_unit_test(funding_is_paid_and_told_with_rate_position_and_oracle),
		cmocka_unit_test(a_lost_answer_of_an_executed_order_is_found),
		cmocka_unit_test(a_lost_order_is_proven_never_executed),
		cmocka_unit_test(after_any_fault_the_truth_is_told),
		cmocka_unit_test(an_order_into_a_half_open_socket_is_settled_over_rest),
		cmocka_unit_test(a_cut_stream_comes_back_and_misses_nothing),
		cmocka_unit_test(a_venue_with_another_clock_is_traded_in_its_time),
		cmocka_unit_test(accounts_that_cannot_be_traded_are_refused),
		cmocka_unit_test(a_liquidation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
