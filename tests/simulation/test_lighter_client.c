/* The Lighter client against the venue's model: orders, outcomes, account, reads. */
#include "core/base/log.h"
#include "core/base/utc.h"
#include "tests/support/lighter_world.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_world world;

static int open_world(void **state)
{
	(void)state;
	lighter_world_open(&world, true, false);
	if (!lighter_world_start(&world))
		fail_msg("%s", world.why);
	if (!lighter_world_subscribe(&world, world.eth,
				     CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_TRADES | CHANNEL_FUNDING))
		fail_msg("%s", world.why);
	if (!lighter_world_subscribe_account(&world))
		fail_msg("%s", world.why);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	lighter_world_close(&world);
	return 0;
}

static void start_fills_the_instrument_table(void **state)
{
	(void)state;
	const struct instrument *eth = instrument_get(world.table, world.eth);
	const struct instrument_revision *revision = instrument_latest(world.table, world.eth);
	assert_int_equal(eth->kind, INSTRUMENT_LINEAR);
	assert_int_equal(eth->price_decimals, 2);
	assert_int_equal(eth->quantity_decimals, 4);
	assert_string_equal(asset_name(world.table, eth->quote), "USDC");
	assert_int_equal(eth->settle, eth->quote);
	assert_int_equal(revision->rules.status, MARKET_TRADING);
	assert_int_equal(revision->rules.minimum_quantity.units, 50);
	assert_money(revision->rules.minimum_notional, "10");
	assert_int_equal(revision->rules.maximum_leverage, 50);
	assert_int_equal(revision->funding.interval_ns, NS_PER_HOUR);
	assert_true(world.market_events[EVENT_CLOCK] > 0);
}

static void streams_tell_the_whole_market(void **state)
{
	(void)state;
	lighter_world_expect_same_book(&world, world.eth, world.testnet.eth);
	lighter_testnet_level(&world.testnet, world.testnet.eth, SIDE_BUY, "3024.00", "7.5");
	lighter_testnet_level(&world.testnet, world.testnet.eth, SIDE_SELL, "3024.10", "0");
	lighter_testnet_trade(&world.testnet, world.testnet.eth, SIDE_BUY, "3024.10", "0.5");
	lighter_testnet_mark(&world.testnet, world.testnet.eth, "3025.00");
	lighter_world_pass(&world, 3000);
	lighter_world_expect_same_book(&world, world.eth, world.testnet.eth);
	const struct bbo_state *bbo = market_state_bbo(world.state, world.eth);
	assert_true(bbo->known);
	assert_int_equal(bbo->ask.price.units, 302460);
	assert_true(world.market_events[EVENT_TRADE] > 0);
	assert_int_equal(world.last[EVENT_TRADE].u.trade.taker_side, SIDE_BUY);
	assert_money(market_state_mark(world.state, world.eth)->mark, "3025");
	assert_true(market_state_confirmed_ns(world.state, world.eth) > 0);
}

static void a_resting_order_is_taken_filled_and_told_once(void **state)
{
	(void)state;
	uint32_t id = lighter_world_place(&world, world.eth, ORDER_LIMIT, SIDE_BUY, "1", "3023.90",
					  false);
	lighter_world_pass(&world, 1000);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	const struct account_event *order = lighter_world_order(&world, id);
	assert_non_null(order);
	assert_int_equal(order->u.order.state, ORDER_STATE_OPEN);
	/* Somebody sells into it. */
	lighter_testnet_trade(&world.testnet, world.testnet.eth, SIDE_SELL, "3023.80", "50");
	lighter_world_pass(&world, 1000);
	order = lighter_world_order(&world, id);
	assert_int_equal(order->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(order->u.order.executed.units, 10000);
	assert_int_equal(lighter_world_filled(&world, id), 10000);
	const struct account_event *fill = lighter_world_newest(&world, ACCOUNT_FILL);
	assert_true(fill->u.fill.maker);
	assert_int_equal(fill->u.fill.side, SIDE_BUY);
	assert_int_equal(lighter_world_newest(&world, ACCOUNT_POSITION)->u.position.quantity.units,
			 10000);
}

static void an_ioc_fills_inside_its_limit_and_the_rest_is_cancelled(void **state)
{
	(void)state;
	uint32_t id =
		lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "6", "3024.10", false);
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	const struct account_event *order = lighter_world_order(&world, id);
	assert_int_equal(order->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(order->u.order.executed.units, 50000);
	assert_int_equal(lighter_world_filled(&world, id), 50000);
	const struct account_event *fill = lighter_world_newest(&world, ACCOUNT_FILL);
	assert_false(fill->u.fill.maker);
	assert_true(fill->u.fill.fee.e18 > 0);
}

static void post_only_that_would_cross_is_rejected(void **state)
{
	(void)state;
	uint32_t id = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					  "3024.50", false);
	lighter_world_pass(&world, 1500);
	assert_int_equal(world.answers[id].times, 1);
	const struct account_event *order = lighter_world_order(&world, id);
	if (world.answers[id].outcome == COMMAND_ACKNOWLEDGED) {
		assert_non_null(order);
		assert_int_equal(order->u.order.state, ORDER_STATE_REJECTED);
		assert_int_equal(order->u.order.reason, REJECT_WOULD_CROSS);
	} else {
		lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_WOULD_CROSS);
	}
	assert_int_equal(lighter_world_filled(&world, id), 0);
}

static void a_market_order_closes_what_is_held(void **state)
{
	(void)state;
	lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 1500);
	uint32_t close =
		lighter_world_place(&world, world.eth, ORDER_MARKET, SIDE_SELL, "2", NULL, true);
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, close, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(lighter_world_filled(&world, close), 20000);
	assert_int_equal(lighter_world_newest(&world, ACCOUNT_POSITION)->u.position.quantity.units,
			 0);
}

static void a_market_order_finds_its_price_without_a_stream(void **state)
{
	(void)state;
	lighter_world_place(&world, world.btc, ORDER_IOC, SIDE_BUY, "0.1", "64010.5", false);
	lighter_world_pass(&world, 1500);
	uint32_t close =
		lighter_world_place(&world, world.btc, ORDER_MARKET, SIDE_SELL, "0.1", NULL, true);
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, close, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(lighter_world_filled(&world, close), 10000);
}

static void cancel_ends_a_resting_order(void **state)
{
	(void)state;
	uint32_t id = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					  "3020.00", false);
	lighter_world_pass(&world, 1000);
	struct command_request cancel = {.kind = COMMAND_CANCEL, .u.cancel = {world.eth, id}};
	world.answers[id].times = 0;
	lighter_world_command(&world, &cancel, 3000);
	lighter_world_pass(&world, 1000);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(lighter_world_order(&world, id)->u.order.reason, REJECT_NONE);
}

static void cancel_all_takes_one_market_or_all(void **state)
{
	(void)state;
	uint32_t eth = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					   "3020.00", false);
	uint32_t btc = lighter_world_place(&world, world.btc, ORDER_POST_ONLY, SIDE_BUY, "0.01",
					   "63900.0", false);
	lighter_world_pass(&world, 1000);
	struct command_request all = {.kind = COMMAND_CANCEL_ALL, .u.cancel_all = {world.eth}};
	lighter_world_command(&world, &all, 3000);
	lighter_world_pass(&world, 1000);
	assert_int_equal(world.answers[0].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(lighter_world_order(&world, eth)->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(lighter_world_order(&world, btc)->u.order.state, ORDER_STATE_OPEN);
	all.u.cancel_all.instrument = 0;
	lighter_world_command(&world, &all, 3000);
	lighter_world_pass(&world, 1000);
	assert_int_equal(world.answers[0].times, 2);
	assert_int_equal(lighter_world_order(&world, btc)->u.order.state, ORDER_STATE_CANCELLED);
}

static void leverage_and_margin_mode_are_set(void **state)
{
	(void)state;
	struct command_request request = {.kind = COMMAND_SET_LEVERAGE,
					  .u.leverage = {world.eth, 10}};
	struct read_request setting = {.kind = READ_LEVERAGE, .instrument = world.eth};
	/* Never set: the market's default. */
	assert_int_equal(lighter_world_read(&world, &setting), READ_VALUE);
	assert_int_equal(world.read_leverage.leverage, 20);
	assert_int_equal(world.read_leverage.mode, MARGIN_CROSS);
	lighter_world_command(&world, &request, 3000);
	lighter_world_pass(&world, 1000);
	if (world.answers[0].outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s %s", world.answers[0].code, world.answers[0].text);
	assert_int_equal(lighter_world_read(&world, &setting), READ_VALUE); /* without a position */
	assert_int_equal(world.read_leverage.leverage, 10);
	assert_int_equal(world.read_leverage.mode, MARGIN_CROSS);
	setting.instrument = world.btc;
	assert_int_equal(lighter_world_read(&world, &setting), READ_VALUE);
	assert_int_equal(world.read_leverage.leverage, 20);
	setting.instrument = 99;
	assert_int_equal(lighter_world_read(&world, &setting), READ_ABSENT);
	lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 1500);
	struct read_request read = {.kind = READ_POSITIONS, .instrument = world.eth};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 1);
	assert_int_equal(world.read_positions[0].quantity.units, 20000);
	assert_int_equal(world.read_positions[0].leverage, 10);
	assert_money(world.read_positions[0].cost, "6048.2");
}

/* 10 000 / 3 is floored on the wire: 33.33 percent. */
static void leverage_that_divides_unevenly_is_read_as_it_was_set(void **state)
{
	(void)state;
	struct command_request request = {.kind = COMMAND_SET_LEVERAGE};
	struct read_request read = {.kind = READ_LEVERAGE, .instrument = world.btc};
	request.u.leverage.instrument = world.btc;
	for (int32_t leverage = 3; leverage <= 13; leverage += 5) {
		request.u.leverage.leverage = leverage;
		lighter_world_command(&world, &request, 3000);
		lighter_world_pass(&world, 8000);
		assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
		assert_int_equal(world.read_leverage.leverage, leverage);
	}
}

static void the_dead_mans_switch_cancels_later(void **state)
{
	(void)state;
	struct command_request request = {.kind = COMMAND_DEAD_MANS_SWITCH,
					  .u.dead_man = {4 * NS_PER_MINUTE}};
	lighter_world_command(&world, &request, 3000);
	lighter_world_pass(&world, 100);
	assert_int_equal(world.answers[0].outcome, COMMAND_REJECTED);
	uint32_t id = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					  "3020.00", false);
	request.u.dead_man.after_ns = 5 * NS_PER_MINUTE;
	lighter_world_command(&world, &request, 3000);
	lighter_world_pass(&world, 1000);
	assert_int_equal(world.answers[0].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_OPEN);
	lighter_world_pass(&world, 6 * 60 * 1000);
	assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_CANCELLED);
}

static void reads_agree_with_the_floor(void **state)
{
	(void)state;
	uint32_t resting = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					       "3020.00", false);
	uint32_t taken = lighter_world_place(&world, world.btc, ORDER_IOC, SIDE_SELL, "0.5",
					     "64009.9", false);
	lighter_world_pass(&world, 1500);
	struct read_request read = {.kind = READ_OPEN_ORDERS};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 1);
	assert_int_equal(world.read_events[0].u.order.client_id, resting);
	read = (struct read_request){
		.kind = READ_ORDER, .instrument = world.btc, .client_id = taken};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_events[0].u.order.executed.units, 50000);
	assert_int_equal(world.read_events[0].u.order.state, ORDER_STATE_FILLED);
	read.client_id = 400;
	assert_int_equal(lighter_world_read(&world, &read), READ_ABSENT);
	read = (struct read_request){.kind = READ_FILLS, .since_ns = LIGHTER_TESTNET_START};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_true(world.read_count >= 1);
	assert_int_equal(world.read_events[0].u.fill.client_id, taken);
	read = (struct read_request){.kind = READ_BALANCES};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	struct floor_balance balance = trading_floor_balance(world.testnet.floor, 0);
	assert_true(world.read_balance.total.e18 == balance.balance.e18);
	assert_true(world.read_balance.available.e18 == balance.available.e18);
	read = (struct read_request){.kind = READ_DEPTH, .instrument = world.eth};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_bid.price.units, 302400);
	assert_int_equal(world.read_ask.quantity.units, 50000);
	read.kind = READ_MARK;
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_money(world.read_mark.u.mark.mark, "3024.05");
	read.kind = READ_VOLUME;
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	read.kind = READ_OPEN_INTEREST;
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	read.kind = READ_FEES;
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	read.kind = READ_FUNDING;
	enum read_outcome outcome = lighter_world_read(&world, &read);
	assert_true(outcome == READ_VALUE || outcome == READ_UNKNOWN);
	read = (struct read_request){.kind = READ_SERVER_TIME};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_true(llabs(world.read_time_ns - trading_floor_venue_time(world.testnet.floor)) <
		    NS_PER_SECOND);
	read = (struct read_request){.kind = READ_ACCESS};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_access.may_trade, ANSWER_YES);
	assert_int_equal(world.read_access.may_withdraw, ANSWER_UNKNOWN);
	read = (struct read_request){.kind = READ_ORDER_ROOM};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_true(world.read_order_room > 0);
	read = (struct read_request){.kind = READ_OVERVIEW};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_true(world.read_count >= 4);
	read = (struct read_request){.kind = READ_INSTRUMENTS};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 2);
	read = (struct read_request){.kind = READ_DEPTH, .instrument = 99};
	assert_int_equal(lighter_world_read(&world, &read), READ_ABSENT);
}

static void funding_is_paid_told_and_read(void **state)
{
	(void)state;
	int64_t boundary_ns =
		LIGHTER_TESTNET_START - LIGHTER_TESTNET_START % NS_PER_HOUR + NS_PER_HOUR;
	lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_SELL, "2", "3024.00", false);
	int64_t wait_ms = (boundary_ns - scheduler_now(world.testnet.scheduler)) / NS_PER_MS;
	lighter_world_pass(&world, wait_ms - 2000);
	lighter_testnet_mark(&world.testnet, world.testnet.eth, "3000.00");
	lighter_world_pass(&world, 2100);
	lighter_testnet_settle(&world.testnet, world.testnet.eth, boundary_ns, "0.000012");
	lighter_world_pass(&world, 60000);
	const struct account_event *paid = lighter_world_newest(&world, ACCOUNT_FUNDING);
	assert_non_null(paid);
	assert_int_equal(lighter_world_count(&world, ACCOUNT_FUNDING), 1);
	assert_int_equal(paid->u.funding.boundary_ns, boundary_ns);
	assert_int_equal(paid->u.funding.position.units, -20000);
	assert_money(paid->u.funding.amount, "0.072");
	assert_int_equal(paid->u.funding.rate.e18, INT64_C(12000000000000));
	assert_money(paid->u.funding.price, "3000");
	assert_string_equal(paid->u.funding.price_label, "mark");
	struct read_request read = {.kind = READ_FUNDING_PAYMENTS,
				    .since_ns = LIGHTER_TESTNET_START};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 1);
	read = (struct read_request){.kind = READ_FUNDING_HISTORY,
				     .instrument = world.eth,
				     .since_ns = LIGHTER_TESTNET_START};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 1);
	assert_int_equal(world.read_markets[0].u.funding.boundary_ns, boundary_ns);
	assert_int_equal(world.read_markets[0].u.funding.rate.e18, INT64_C(12000000000000));
	read.kind = READ_FUNDING_EVIDENCE;
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_count, 1);
	assert_true(world.read_evidence[0].value_known);
	const struct funding_state *funding = market_state_funding(world.state, world.eth);
	assert_true(funding->settled_known);
	assert_int_equal(funding->settled_boundary_ns, boundary_ns);
}

int main(void)
{
	log_configure(stderr, getenv("LOG") ? LOG_DEBUG : LOG_ALARM);
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(start_fills_the_instrument_table),
		TEST(streams_tell_the_whole_market),
		TEST(a_resting_order_is_taken_filled_and_told_once),
		TEST(an_ioc_fills_inside_its_limit_and_the_rest_is_cancelled),
		TEST(post_only_that_would_cross_is_rejected),
		TEST(a_market_order_closes_what_is_held),
		TEST(a_market_order_finds_its_price_without_a_stream),
		TEST(cancel_ends_a_resting_order),
		TEST(cancel_all_takes_one_market_or_all),
		TEST(leverage_and_margin_mode_are_set),
		TEST(leverage_that_divides_unevenly_is_read_as_it_was_set),
		TEST(the_dead_mans_switch_cancels_later),
		TEST(reads_agree_with_the_floor),
		TEST(funding_is_paid_told_and_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
