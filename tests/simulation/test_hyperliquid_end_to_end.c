/*
 * Our Hyperliquid client against the venue model, over a virtual network: both written from the
 * same reference, neither knows the other. What the client tells is held against what the floor
 * did.
 */
#include "core/base/utc.h"
#include "exchanges/testnet/hyperliquid_service.h"
#include "tests/support/hyperliquid_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define INTERVAL_NS NS_PER_MINUTE

static struct hyperliquid_world world;
static struct {
	struct instrument_table *table;
	venue_id venue;
	asset_id usdc;
	instrument_id btc, eth;
	struct fault_plan *faults;
	struct trading_floor *floor;
	floor_account account;
	struct hyperliquid_service *service;
	struct virtual_link *link;
	bool feeding;
	int64_t settled_ns;
} venue;

/* ---- the venue --------------------------------------------------------------------------------
 */

static instrument_id add_market(const char *coin, unsigned size_decimals, int32_t leverage)
{
	struct error err = {0};
	struct instrument terms = {.venue = venue.venue,
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(venue.table, coin),
				   .canonical = instrument_table_asset(venue.table, coin),
				   .quote = instrument_table_asset(venue.table, "USDT"),
				   .settle = venue.usdc,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 6 - size_decimals,
				   .quantity_decimals = size_decimals};
	struct instrument_revision revision = {
		.rules = {.tick = {1},
			  .significant_figures = 5,
			  .integer_prices_always = true,
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  .maintenance_margin = {RATE_ONE / (2 * leverage)},
			  .maximum_leverage = leverage},
		.fees = {.maker = {RATE_ONE / 100000 * 15}, .taker = {RATE_ONE / 100000 * 45}},
		.funding = {.pays = true,
			    .interval_ns = INTERVAL_NS,
			    .paid_on = FUNDING_PAID_ON_ORACLE,
			    .cap = {RATE_ONE / 25}}};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", coin);
	instrument_id id = instrument_table_add(venue.table, &terms, &revision, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	return id;
}

static struct market_event market_event(enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(world.scheduler),
				     .instrument = venue.eth,
				     .venue = venue.venue,
				     .kind = (uint8_t)kind};
}

/* ETH: 2831.6x14.2 2831.5x100 | 2831.7x8.8 2831.9x100; mark 2831.4, oracle 2831.1. */
static void show_market(void)
{
	static const struct book_level BIDS[] = {{{283160}, {142000}}, {{283150}, {1000000}}};
	static const struct book_level ASKS[] = {{{283170}, {88000}}, {{283190}, {1000000}}};
	struct market_event event = market_event(EVENT_BOOK);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.u.book.bids = BIDS;
	event.u.book.asks = ASKS;
	event.u.book.bid_count = event.u.book.ask_count = 2;
	trading_floor_market(venue.floor, &event);
}

static void feed(void *user)
{
	struct market_event event = market_event(EVENT_MARK);
	(void)user;
	if (!venue.feeding)
		return;
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark.e18 = (i128)28314 * MONEY_ONE / 10;
	event.u.mark.oracle.e18 = (i128)28311 * MONEY_ONE / 10;
	trading_floor_market(venue.floor, &event);
	int64_t now_ns = trading_floor_venue_time(venue.floor);
	event = market_event(EVENT_FUNDING);
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate.e18 = INT64_C(12500000000000);
	event.u.funding.boundary_ns = (now_ns / INTERVAL_NS + 1) * INTERVAL_NS;
	event.u.funding.interval_ns = INTERVAL_NS;
	trading_floor_market(venue.floor, &event);
	int64_t last_ns = now_ns / INTERVAL_NS * INTERVAL_NS;
	if (last_ns > venue.settled_ns) {
		venue.settled_ns = last_ns;
		event.u.funding.kind = FUNDING_SETTLED;
		event.u.funding.boundary_ns = last_ns;
		trading_floor_market(venue.floor, &event);
	}
	scheduler_after(world.scheduler, NS_PER_SECOND, SCHEDULE_MARKET_EVENT, feed, NULL);
}

static void open_venue(const char *mode, int64_t traded_usd)
{
	memset(&venue, 0, sizeof(venue));
	venue.table = instrument_table_create();
	assert_non_null(venue.table);
	venue.venue = instrument_table_venue(venue.table, "hyperliquid");
	venue.usdc = instrument_table_asset(venue.table, "USDC");
	instrument_table_set_posting_decimals(venue.table, venue.usdc, 6);
	venue.btc = add_market("BTC", 5, 40);
	venue.eth = add_market("ETH", 4, 25);
	venue.faults = fault_plan_create(1, scheduler_now(world.scheduler));
	const struct trading_floor_options floor = {.venue = venue.venue,
						    .taker_delay_ns = 200 * NS_PER_MS,
						    .maker_delay_ns = 100 * NS_PER_MS,
						    .cancel_delay_ns = 100 * NS_PER_MS,
						    .default_leverage = 5};
	venue.floor = trading_floor_create(&floor, world.scheduler, venue.table, venue.faults);
	assert_non_null(venue.floor);
	venue.account = trading_floor_add_account(venue.floor);
	assert_true(trading_floor_deposit(venue.floor, venue.account, venue.usdc,
					  (struct money){1000 * MONEY_ONE}));
	struct hyperliquid_service_account account = {.agent_count = 1, .traded_usd = traded_usd};
	memcpy(account.address, world.options.account, 20);
	memcpy(account.agents[0].address, world.options.key.address, 20);
	snprintf(account.agents[0].name, sizeof(account.agents[0].name), "fundarb");
	snprintf(account.mode, sizeof(account.mode), "%s", mode);
	const struct hyperliquid_service_options service = {
		.accounts = &account,
		.account_count = 1,
		.fast_book_interval_ns = NS_PER_SECOND / 2,
		.slow_book_interval_ns = 5 * NS_PER_SECOND,
		.rate_limits = true};
	venue.service =
		hyperliquid_service_create(&service, world.scheduler, venue.floor, venue.faults);
	assert_non_null(venue.service);
	const struct virtual_link_options link = {
		.up_ns = WORLD_DELAY, .down_ns = WORLD_DELAY, .seed = 3, .socket_target = "/ws"};
	venue.link = virtual_link_create(world.scheduler, &link,
					 hyperliquid_service_face(venue.service));
	assert_non_null(venue.link);
	venue.feeding = true;
	show_market();
	feed(NULL);
	world.link = venue.link;
	world.options.funding_interval_ns = INTERVAL_NS;
}

static void fault(const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(venue.faults, rule, &err))
		fail_msg("%s", err.text);
}

static void start(void)
{
	hyperliquid_world_open(&world);
	open_venue("default", 2000000);
	hyperliquid_world_start(&world);
	if (!world.ok)
		fail_msg("%s", world.why);
	world.done = false;
	exchange_subscribe_account(world.client, hyperliquid_world_note_done, &world);
	hyperliquid_world_run(&world, 5 * NS_PER_SECOND);
	assert_true(world.done && world.ok);
	hyperliquid_world_subscribe(&world, "ETH",
				    CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_FUNDING | CHANNEL_TRADES);
	if (!world.ok)
		fail_msg("%s", world.why);
	hyperliquid_world_run(&world, 2 * NS_PER_SECOND);
}

static void stop(void)
{
	venue.feeding = false;
	exchange_client_free(world.client);
	virtual_link_free(venue.link);
	hyperliquid_service_free(venue.service);
	trading_floor_free(venue.floor);
	fault_plan_free(venue.faults);
	instrument_table_free(venue.table);
	fake_hyperliquid_close(&world.fake);
	market_state_free(world.market);
	instrument_table_free(world.instruments);
	scheduler_free(world.scheduler);
}

static const struct command_result *place(enum order_type type, enum side side, int64_t quantity,
					  int64_t limit, bool reduce_only, uint32_t *client_id)
{
	struct order_request order = hyperliquid_world_order(&world, type, side);
	order.quantity.units = quantity;
	order.limit.units = limit;
	order.reduce_only = reduce_only;
	order.venue_expiry_ns = trading_floor_venue_time(venue.floor) + 2 * NS_PER_SECOND;
	if (client_id)
		*client_id = order.client_id;
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	hyperliquid_world_run(&world, NS_PER_SECOND);
	return result;
}

/* The last order event of an id. */
static const struct account_event *order_event(uint32_t client_id)
{
	for (size_t i = world.account_count; i > 0; i--) {
		const struct account_event *event = &world.account_events[i - 1];
		if (event->kind == ACCOUNT_ORDER && event->u.order.client_id == client_id)
			return event;
	}
	fail_msg("nothing was told of order %u", client_id);
	abort();
}

static int64_t filled(uint32_t client_id)
{
	int64_t sum = 0;
	for (size_t i = 0; i < world.account_count; i++)
		if (world.account_events[i].kind == ACCOUNT_FILL &&
		    world.account_events[i].u.fill.client_id == client_id)
			sum += world.account_events[i].u.fill.quantity.units;
	return sum;
}

static int64_t position_told(void)
{
	return hyperliquid_world_last(&world, ACCOUNT_POSITION, 0)->u.position.quantity.units;
}

static int64_t position_at_venue(void)
{
	return trading_floor_position(venue.floor, venue.account, venue.eth).quantity.units;
}

static const struct read_result *read_of(enum read_kind kind, const char *coin)
{
	struct read_request request = {.kind = kind};
	if (coin != NULL)
		request.instrument = hyperliquid_world_instrument(&world, coin);
	return hyperliquid_world_read(&world, &request);
}

/* ---- the good days ----------------------------------------------------------------------------
 */

static void start_stream_and_reads_agree_with_the_floor(void **state)
{
	(void)state;
	start();
	instrument_id eth = hyperliquid_world_instrument(&world, "ETH");
	assert_true(market_state_book(world.market, eth)->synced);
	assert_true(market_state_bbo(world.market, eth)->known);
	assert_int_equal(market_state_bbo(world.market, eth)->ask.price.units, 283170);
	const struct mark_state *mark = market_state_mark(world.market, eth);
	assert_true(mark->mark.e18 == (i128)28314 * MONEY_ONE / 10);
	assert_true(mark->oracle.e18 == (i128)28311 * MONEY_ONE / 10);
	assert_int_equal(market_state_funding(world.market, eth)->rate.e18,
			 INT64_C(12500000000000));
	const struct read_result *read = read_of(READ_DEPTH, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.depth.bids[1].quantity.units, 1000000);
	read = read_of(READ_BALANCES, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_true(read->u.balances.values[0].total.e18 == 1000 * MONEY_ONE);
	read = read_of(READ_FEES, "ETH");
	assert_int_equal(read->u.fees.taker.e18, RATE_ONE / 100000 * 45);
	hyperliquid_world_run(&world, 60 * NS_PER_SECOND);
	read = read_of(READ_ACCESS, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.access.may_trade, ANSWER_YES);
	assert_int_equal(read->u.access.may_withdraw, ANSWER_NO);
	assert_int_equal(read->u.access.mode_fits, ANSWER_YES);
	assert_true(read->u.access.budget_known);
	stop();
}

static void an_ioc_fills_and_everything_tells_the_same(void **state)
{
	uint32_t id;
	(void)state;
	start();
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	assert_int_equal(filled(id), 456);
	const struct account_event *fill = hyperliquid_world_last(&world, ACCOUNT_FILL, 0);
	const struct floor_fill *truth = trading_floor_fill(venue.floor, venue.account, 0);
	assert_int_equal(fill->u.fill.price.units, truth->price.units);
	assert_true(fill->u.fill.fee.e18 == truth->fee.e18);
	assert_false(fill->u.fill.maker);
	assert_int_equal(position_told(), 456);
	assert_int_equal(position_at_venue(), 456);
	const struct read_result *read = read_of(READ_FILLS, NULL);
	assert_int_equal(read->u.events.count, 1);
	assert_string_equal(read->u.events.events[0].u.fill.trade_id, fill->u.fill.trade_id);
	assert_int_equal(read->u.events.events[0].u.fill.client_id, id);
	struct read_request request = {.kind = READ_ORDER,
				       .instrument = hyperliquid_world_instrument(&world, "ETH"),
				       .client_id = id};
	read = hyperliquid_world_read(&world, &request);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.events.events[0].u.order.state, ORDER_STATE_FILLED);
	request.client_id = id + 77;
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_ABSENT);
	read = read_of(READ_POSITIONS, "ETH");
	assert_int_equal(read->u.positions.values[0].quantity.units, 456);
	stop();
}

static void an_ioc_that_finds_less_or_nothing_ends_with_what_it_found(void **state)
{
	uint32_t id;
	(void)state;
	start();
	fault("ioc.fill_pct=50,nth=1");
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, 400, 283170, false, &id);
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 200);
	assert_int_equal(filled(id), 200);
	result = place(ORDER_IOC, SIDE_BUY, 400, 283000, false, &id);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_PRICE_BAND);
	assert_int_equal(position_at_venue(), 200);
	stop();
}

static void a_post_only_order_rests_is_listed_and_cancelled(void **state)
{
	uint32_t id;
	(void)state;
	start();
	const struct command_result *result =
		place(ORDER_POST_ONLY, SIDE_BUY, 1000, 283000, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_OPEN);
	const struct read_result *read = read_of(READ_OPEN_ORDERS, NULL);
	assert_int_equal(read->u.events.count, 1);
	assert_int_equal(read->u.events.events[0].u.order.client_id, id);
	uint32_t crossing;
	result = place(ORDER_POST_ONLY, SIDE_BUY, 1000, 283180, false, &crossing);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_WOULD_CROSS);
	const struct command_request cancel = {
		.kind = COMMAND_CANCEL,
		.u.cancel = {hyperliquid_world_instrument(&world, "ETH"), id}};
	result = hyperliquid_world_command(&world, &cancel);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&world, NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 0);
	result = hyperliquid_world_command(&world, &cancel);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_NOT_FOUND);
	stop();
}

static void reduce_only_closes_and_never_turns(void **state)
{
	uint32_t id;
	(void)state;
	start();
	const struct command_result *result = place(ORDER_IOC, SIDE_SELL, 456, 283000, true, &id);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_REDUCE_ONLY);
	place(ORDER_IOC, SIDE_BUY, 456, 283200, false, NULL);
	/* Larger than the position: shrunk to it. */
	result = place(ORDER_MARKET, SIDE_SELL, 1000, 0, true, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&world, 2 * NS_PER_SECOND);
	assert_int_equal(position_at_venue(), 0);
	assert_int_equal(position_told(), 0);
	assert_int_equal(filled(id), 456);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	stop();
}

static void refusals_have_their_reasons(void **state)
{
	(void)state;
	start();
	assert_int_equal(place(ORDER_IOC, SIDE_BUY, 10, 283200, false, NULL)->reason,
			 REJECT_MINIMUM_NOTIONAL);
	assert_int_equal(place(ORDER_IOC, SIDE_BUY, 100000, 283200, false, NULL)->reason,
			 REJECT_MARGIN);
	/* Six figures: our own rules would not have made it. */
	assert_int_equal(place(ORDER_IOC, SIDE_BUY, 456, 283175, false, NULL)->reason, REJECT_TICK);
	assert_int_equal(position_at_venue(), 0);
	stop();
}

static void a_batch_goes_in_two_actions_and_comes_back_in_order(void **state)
{
	(void)state;
	start();
	struct order_request orders[3];
	for (size_t i = 0; i < 3; i++) {
		orders[i] = hyperliquid_world_order(&world, i == 1 ? ORDER_POST_ONLY : ORDER_IOC,
						    SIDE_BUY);
		orders[i].limit.units = i == 1 ? 283000 : i == 2 ? 282000 : 283200;
	}
	struct command_request request = {.kind = COMMAND_PLACE_BATCH,
					  .u.batch = {.orders = orders, .count = 3}};
	exchange_command(world.client, &request, scheduler_now(world.scheduler) + 5 * NS_PER_SECOND,
			 hyperliquid_world_note_result, &world);
	hyperliquid_world_run(&world, 2 * NS_PER_SECOND);
	assert_int_equal(world.result_count, 3);
	assert_int_equal(world.results[0].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(world.results[1].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(world.results[2].outcome, COMMAND_REJECTED);
	assert_int_equal(position_at_venue(), 456);
	const struct command_request all = {.kind = COMMAND_CANCEL_ALL};
	assert_int_equal(hyperliquid_world_command(&world, &all)->outcome, COMMAND_ACKNOWLEDGED);
	hyperliquid_world_run(&world, NS_PER_SECOND);
	assert_int_equal(order_event(orders[1].client_id)->u.order.state, ORDER_STATE_CANCELLED);
	stop();
}

static void leverage_and_the_dead_mans_switch_are_set(void **state)
{
	uint32_t id;
	(void)state;
	start();
	instrument_id eth = hyperliquid_world_instrument(&world, "ETH");
	const struct command_request leverage = {.kind = COMMAND_SET_LEVERAGE,
						 .u.leverage = {eth, 3}};
	const struct command_result *result = hyperliquid_world_command(&world, &leverage);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(trading_floor_leverage(venue.floor, venue.account, venue.eth), 3);
	place(ORDER_POST_ONLY, SIDE_BUY, 1000, 283000, false, &id);
	const struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
					    .u.dead_man = {6 * NS_PER_SECOND}};
	result = hyperliquid_world_command(&world, &arm);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	hyperliquid_world_run(&world, 10 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_CANCELLED);
	stop();
}

static void funding_is_paid_and_told_with_rate_position_and_oracle(void **state)
{
	(void)state;
	start();
	place(ORDER_IOC, SIDE_BUY, 1000, 283200, false, NULL);
	hyperliquid_world_run(&world, 3 * INTERVAL_NS);
	size_t payments = trading_floor_payment_count(venue.floor, venue.account);
	assert_true(payments >= 2);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FUNDING), payments);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_FUNDING, 0);
	const struct floor_payment *truth =
		trading_floor_payment(venue.floor, venue.account, payments - 1);
	assert_int_equal(event->u.funding.boundary_ns, truth->boundary_ns);
	assert_int_equal(event->u.funding.position.units, 1000);
	assert_int_equal(event->u.funding.rate.e18, truth->rate.e18);
	assert_true(event->u.funding.amount.e18 == truth->amount.e18);
	assert_true(event->u.funding.price.e18 == (i128)28311 * MONEY_ONE / 10);
	const struct read_result *read = read_of(READ_FUNDING_PAYMENTS, NULL);
	assert_int_equal(read->u.events.count, payments);
	/* Settled rates are read after each boundary. */
	size_t settled = 0;
	for (size_t i = 0; i < world.market_count; i++)
		settled += world.market_events[i].kind == EVENT_FUNDING &&
			   world.market_events[i].u.funding.kind == FUNDING_SETTLED;
	assert_true(settled >= 2);
	read = read_of(READ_FUNDING_EVIDENCE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_true(read->u.evidence.count >= 2);
	for (size_t i = 0; i < read->u.evidence.count; i++) {
		const struct funding_evidence *row = &read->u.evidence.rows[i];
		assert_true(row->derived_known);
		assert_true(llabs(row->rate.e18 - row->derived.e18) <= row->tolerance.e18);
	}
	stop();
}

/* ---- the bad days -----------------------------------------------------------------------------
 */

static void a_lost_answer_of_an_executed_order_is_found(void **state)
{
	uint32_t id;
	(void)state;
	start();
	fault("ord.resp=drop,nth=1");
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_run(&world, 10 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order_event(id)->u.order.executed.units, 456);
	assert_int_equal(filled(id), 456);
	assert_int_equal(position_at_venue(), 456);
	stop();
}

static void a_lost_order_is_proven_never_executed(void **state)
{
	uint32_t id;
	(void)state;
	start();
	fault("ord.lost,nth=1");
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	assert_int_equal(result->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_run(&world, 3 * NS_PER_SECOND);
	assert_int_equal(order_event(id)->u.order.state, ORDER_STATE_REJECTED);
	assert_int_equal(order_event(id)->u.order.reason, REJECT_NEVER_SENT);
	assert_int_equal(position_at_venue(), 0);
	/* And the next order goes through as if nothing had been. */
	assert_int_equal(place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id)->outcome,
			 COMMAND_ACKNOWLEDGED);
	assert_int_equal(position_at_venue(), 456);
	stop();
}

/* Whatever strikes an order: once it is quiet, what was told is what the venue has. */
static void after_any_fault_the_truth_is_told(void **state)
{
	static const char *const rules[] = {
		"ord.resp=drop,nth=1",
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
		start();
		fault(rules[i]);
		const struct command_result *result =
			place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
		enum command_outcome outcome = result->outcome;
		fault_plan_clear(venue.faults);
		hyperliquid_world_run(&world, 60 * NS_PER_SECOND);
		int64_t truth = position_at_venue();
		if (filled(id) != truth)
			fail_msg("%s: fills of %lld told, %lld true", rules[i],
				 (long long)filled(id), (long long)truth);
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
		stop();
	}
}

static void a_cut_stream_comes_back_and_misses_nothing(void **state)
{
	uint32_t resting;
	(void)state;
	start();
	place(ORDER_LIMIT, SIDE_BUY, 1000, 283000, false, &resting);
	virtual_link_freeze(venue.link, true);
	/* Half open: the fill happens, and nobody tells. */
	static const struct book_level BIDS[] = {{{282900}, {142000}}};
	static const struct book_level ASKS[] = {{{282950}, {88000}}};
	struct market_event event = market_event(EVENT_BOOK);
	event.flags = EVENT_FLAG_SNAPSHOT;
	event.u.book.bids = BIDS;
	event.u.book.asks = ASKS;
	event.u.book.bid_count = event.u.book.ask_count = 1;
	trading_floor_market(venue.floor, &event);
	hyperliquid_world_run(&world, 100 * NS_PER_SECOND);
	assert_int_equal(position_at_venue(), 1000);
	virtual_link_freeze(venue.link, false);
	hyperliquid_world_run(&world, 60 * NS_PER_SECOND);
	assert_int_equal(order_event(resting)->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(filled(resting), 1000);
	assert_int_equal(position_told(), 1000);
	instrument_id eth = hyperliquid_world_instrument(&world, "ETH");
	assert_true(market_state_book(world.market, eth)->synced);
	stop();
}

static void a_venue_with_another_clock_is_traded_in_its_time(void **state)
{
	uint32_t id;
	(void)state;
	hyperliquid_world_open(&world);
	open_venue("default", 0);
	fault("clock.skew_ms=-40000");
	hyperliquid_world_run(&world, 2 * NS_PER_SECOND);
	hyperliquid_world_start(&world);
	if (!world.ok)
		fail_msg("%s", world.why);
	exchange_subscribe_account(world.client, hyperliquid_world_note_done, &world);
	hyperliquid_world_run(&world, 5 * NS_PER_SECOND);
	const struct clock_state clock = market_state_clock(world.market, world.venue);
	assert_true(clock.known);
	assert_true(llabs(clock.offset_ns + 40 * NS_PER_SECOND) < NS_PER_SECOND);
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, 456, 283200, false, &id);
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
	assert_int_equal(filled(id), 456);
	/* Traded too little for a scheduled cancel. */
	const struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
					    .u.dead_man = {60 * NS_PER_SECOND}};
	result = hyperliquid_world_command(&world, &arm);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_false(world.client->capabilities & CAN_DEAD_MANS_SWITCH);
	stop();
}

static void accounts_that_cannot_be_traded_are_refused(void **state)
{
	struct error err = {0};
	(void)state;
	hyperliquid_world_open(&world);
	open_venue("unifiedAccount", 0);
	hyperliquid_world_start(&world);
	assert_false(world.ok);
	assert_non_null(strstr(world.why, "standard"));
	stop();
	/* A key that nobody approved. */
	hyperliquid_world_open(&world);
	open_venue("default", 0);
	assert_true(hyperliquid_key_load(
		"0x1111111111111111111111111111111111111111111111111111111111111111",
		&world.options.key, &err));
	hyperliquid_world_start(&world);
	assert_false(world.ok);
	assert_non_null(strstr(world.why, "approve"));
	stop();
}

static void a_liquidation_is_told(void **state)
{
	(void)state;
	start();
	place(ORDER_IOC, SIDE_BUY, 1000, 283200, false, NULL);
	fault("liq=0.05");
	hyperliquid_world_run(&world, 5 * NS_PER_SECOND);
	assert_int_equal(position_at_venue(), 500);
	assert_int_equal(position_told(), 500);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_LIQUIDATION), 1);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_LIQUIDATION, 0)
				 ->u.liquidation.quantity.units,
			 -500);
	stop();
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
		cmocka_unit_test(a_cut_stream_comes_back_and_misses_nothing),
		cmocka_unit_test(a_venue_with_another_clock_is_traded_in_its_time),
		cmocka_unit_test(accounts_that_cannot_be_traded_are_refused),
		cmocka_unit_test(a_liquidation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
