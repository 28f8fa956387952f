/*
 * Several orders in one message to Lighter: one sendTxBatch, an outcome of its own for each, and
 * nonces that go on afterwards; over the WebSocket and over REST.
 */
#include "core/base/log.h"
#include "tests/support/lighter_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define FIRST_ID 10

static struct lighter_world world;
static struct order_request orders[BATCH_ORDERS_MAX];

static int open_world(void **state)
{
	(void)state;
	lighter_world_open(&world, true, false);
	if (!lighter_world_start(&world) || !lighter_world_subscribe_account(&world))
		fail_msg("%s", world.why);
	/* Ids from FIRST_ID on; all of them rest. */
	for (uint32_t i = 0; i < BATCH_ORDERS_MAX; i++)
		orders[i] = (struct order_request){.instrument = world.eth,
						   .client_id = FIRST_ID + i,
						   .side = SIDE_BUY,
						   .type = ORDER_POST_ONLY,
						   .quantity = {10000},
						   .limit = {302000 + i}};
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	lighter_world_close(&world);
	return 0;
}

static void send(size_t count, int64_t ms)
{
	struct command_request batch = {.kind = COMMAND_PLACE_BATCH, .u.batch = {orders, count}};
	lighter_world_command(&world, &batch, 3000);
	lighter_world_pass(&world, ms);
}

/* Answered once each in the order of the request, all with this outcome. */
static void expect(size_t count, enum command_outcome outcome, enum reject_reason reason)
{
	for (uint32_t i = 0; i < count; i++)
		lighter_world_expect(&world, FIRST_ID + i, outcome, reason);
	assert_int_equal(world.answered_count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(world.answered[i], FIRST_ID + i);
}

static bool is_at_the_venue(uint32_t id)
{
	char tag[24];
	snprintf(tag, sizeof(tag), "%" PRIu32, id);
	return trading_floor_tagged(world.testnet.floor, 0, tag) != NULL;
}

/* How often the only rule of the plan struck: once a message, unless it selects. */
static uint64_t strikes(void)
{
	uint64_t count = 0;
	assert_int_equal(fault_plan_count(world.testnet.faults), 1);
	fault_plan_rule(world.testnet.faults, 0, &count);
	return count;
}

static enum read_outcome look_up(uint32_t id)
{
	struct read_request read = {.kind = READ_ORDER, .instrument = world.eth, .client_id = id};
	return lighter_world_read(&world, &read);
}

/* A single order is taken now: no nonce is missing. */
static void expect_nonces_go_on(void)
{
	fault_plan_clear(world.testnet.faults);
	uint32_t id = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					  "3010.00", false);
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_true(is_at_the_venue(id));
}

static void stream_is_silent(void)
{
	virtual_link_freeze(world.testnet.link, true);
	lighter_world_pass(&world, 100000); /* half-open sockets are noticed by their silence */
}

/* ---- taken ----------------------------------------------------------------------------------- */

static void two_orders_in_one_message_both_rest(void **state)
{
	(void)state;
	uint64_t sent = lighter_client_statistics(world.client).transactions;
	lighter_testnet_fault(&world.testnet, "ord.code=99999,nth=2");
	send(2, 1000);
	expect(2, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(strikes(), 0); /* there was no second message */
	assert_int_equal(lighter_client_statistics(world.client).transactions - sent, 2);
	for (uint32_t id = FIRST_ID; id < FIRST_ID + 2; id++)
		assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_OPEN);
	expect_nonces_go_on();
}

static void the_largest_batch_is_one_message(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.code=99999,nth=2");
	send(BATCH_ORDERS_MAX, 1000);
	expect(BATCH_ORDERS_MAX, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(strikes(), 0);
	expect_nonces_go_on();
}

static void without_the_stream_it_is_one_rest_request(void **state)
{
	(void)state;
	stream_is_silent();
	lighter_testnet_fault(&world.testnet, "ord.code=99999,nth=2");
	send(BATCH_ORDERS_MAX, 1500);
	expect(BATCH_ORDERS_MAX, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(strikes(), 0);
	for (uint32_t id = FIRST_ID; id < FIRST_ID + BATCH_ORDERS_MAX; id++)
		assert_true(is_at_the_venue(id));
	expect_nonces_go_on();
}

/* Taken by the venue and cancelled by its engine: the others are not touched. */
static void one_that_would_cross_leaves_the_others_at_rest(void **state)
{
	(void)state;
	orders[1].limit.units = 302450;
	send(3, 1500);
	expect(3, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	const struct account_event *crossing = lighter_world_order(&world, FIRST_ID + 1);
	assert_int_equal(crossing->u.order.state, ORDER_STATE_REJECTED);
	assert_int_equal(crossing->u.order.reason, REJECT_WOULD_CROSS);
	assert_int_equal(lighter_world_order(&world, FIRST_ID)->u.order.state, ORDER_STATE_OPEN);
	assert_int_equal(lighter_world_order(&world, FIRST_ID + 2)->u.order.state,
			 ORDER_STATE_OPEN);
	expect_nonces_go_on();
}

/* ---- refused --------------------------------------------------------------------------------- */

static void what_cannot_be_signed_or_is_too_late_is_left_out(void **state)
{
	(void)state;
	orders[1].limit.units = 0;
	orders[2].venue_expiry_ns = LIGHTER_TESTNET_START;
	lighter_testnet_fault(&world.testnet, "ord.code=99999,nth=2");
	send(4, 1000);
	assert_int_equal(world.answered_count, 4);
	lighter_world_expect(&world, FIRST_ID, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	lighter_world_expect(&world, FIRST_ID + 1, COMMAND_REJECTED, REJECT_OTHER);
	lighter_world_expect(&world, FIRST_ID + 2, COMMAND_REJECTED, REJECT_EXPIRED);
	lighter_world_expect(&world, FIRST_ID + 3, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(strikes(), 0);
	expect_nonces_go_on();
}

/* A refusal names no order, nor what became of those before it: looking tells. */
static void one_that_the_venue_refuses_leaves_all_unknown(void **state)
{
	(void)state;
	for (int rest = 0; rest < 2; rest++) {
		if (rest)
			stream_is_silent();
		orders[1].quantity.units = 1;
		for (uint32_t i = 0; i < 3; i++)
			world.answers[FIRST_ID + i].times = 0;
		world.answered_count = 0;
		send(3, 1000);
		expect(3, COMMAND_UNKNOWN, REJECT_NONE);
		assert_string_equal(world.answers[FIRST_ID].code, "21706");
		for (uint32_t id = FIRST_ID; id < FIRST_ID + 3; id++)
			assert_int_equal(look_up(id), READ_ABSENT);
		lighter_world_pass(&world, 6000);
		expect_nonces_go_on();
	}
	assert_int_equal(lighter_client_statistics(world.client).nonce_resyncs, 2);
}

/* An exit is not refused for what is wrong with an opening. */
static void what_only_reduces_goes_apart(void **state)
{
	(void)state;
	lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 1500);
	orders[0].quantity.units = 1;
	orders[1].side = SIDE_SELL;
	orders[1].reduce_only = true;
	orders[1].limit.units = 303000;
	send(2, 1500);
	assert_int_equal(world.answers[FIRST_ID].outcome, COMMAND_REJECTED); /* alone now */
	lighter_world_expect(&world, FIRST_ID + 1, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(lighter_world_order(&world, FIRST_ID + 1)->u.order.state,
			 ORDER_STATE_OPEN);
	expect_nonces_go_on();
}

static void behind_a_refused_order_it_is_signed_anew(void **state)
{
	(void)state;
	uint32_t small = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "0.0001",
					     "3020.00", false);
	lighter_testnet_fault(&world.testnet, "ord.code=99999,nth=4");
	send(3, 2500);
	assert_int_equal(world.answers[small].outcome, COMMAND_REJECTED);
	for (uint32_t id = FIRST_ID; id < FIRST_ID + 3; id++) {
		lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
		assert_true(is_at_the_venue(id));
	}
	assert_int_equal(strikes(), 0); /* the small one, the batch, the batch with other nonces */
	assert_int_equal(lighter_client_statistics(world.client).nonce_resyncs, 0);
	expect_nonces_go_on();
}

static void an_invalid_nonce_leaves_all_unknown_until_the_nonces_are_settled(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "nonce=old,nth=1");
	send(3, 1000);
	expect(3, COMMAND_UNKNOWN, REJECT_NONE);
	assert_string_equal(world.answers[FIRST_ID + 2].code, "21104");
	uint32_t soon = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1",
					    "3010.00", false);
	lighter_world_pass(&world, 100);
	lighter_world_expect(&world, soon, COMMAND_REJECTED, REJECT_NEVER_SENT);
	lighter_world_pass(&world, 4000);
	assert_int_equal(lighter_client_statistics(world.client).nonce_resyncs, 1);
	expect_nonces_go_on();
}

/* ---- unknown --------------------------------------------------------------------------------- */

static void a_lost_answer_is_unknown_for_all_and_looking_finds_them(void **state)
{
	(void)state;
	for (int rest = 0; rest < 2; rest++) {
		if (rest)
			stream_is_silent();
		for (uint32_t i = 0; i < 3; i++) {
			orders[i].client_id = FIRST_ID + i + 50 * (unsigned)rest;
			world.answers[orders[i].client_id].times = 0;
		}
		lighter_testnet_fault(&world.testnet, "ord.resp=drop");
		send(3, 3500);
		assert_int_equal(strikes(), 1);
		fault_plan_clear(world.testnet.faults);
		for (uint32_t i = 0; i < 3; i++) {
			lighter_world_expect(&world, orders[i].client_id, COMMAND_UNKNOWN,
					     REJECT_NONE);
			assert_int_equal(look_up(orders[i].client_id), READ_VALUE);
			assert_int_equal(world.read_events[0].u.order.state, ORDER_STATE_OPEN);
		}
		lighter_world_pass(&world, 4000);
		expect_nonces_go_on();
	}
	assert_int_equal(lighter_client_statistics(world.client).resends, 0);
}

static void a_lost_message_is_unknown_for_all_and_then_absent(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.lost");
	send(3, 3500);
	expect(3, COMMAND_UNKNOWN, REJECT_NONE);
	assert_int_equal(strikes(), 1);
	for (uint32_t id = FIRST_ID; id < FIRST_ID + 3; id++)
		assert_int_equal(look_up(id), READ_ABSENT);
	lighter_world_pass(&world, 4000);
	expect_nonces_go_on();
}

/* A single order's bytes would go once more. */
static void after_a_lost_connection_it_is_not_sent_again(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.exec_then=close");
	send(3, 3500);
	expect(3, COMMAND_UNKNOWN, REJECT_NONE);
	assert_int_equal(strikes(), 1);
	assert_int_equal(lighter_client_statistics(world.client).resends, 0);
	for (uint32_t id = FIRST_ID; id < FIRST_ID + 3; id++)
		assert_int_equal(look_up(id), READ_VALUE);
	lighter_world_pass(&world, 10000);
	expect_nonces_go_on();
}

static void answers_that_prove_nothing_are_unknown_for_all(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"ord.code=29500", "ord.code=21506:executed", "ord.body=type",	  "ord.body=trunc",
		"ord.body=html",  "ord.body=empty",	     "ord.http=503:html",
	};
	for (uint32_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		lighter_testnet_fault(&world.testnet, rules[i]);
		for (uint32_t n = 0; n < 2; n++)
			orders[n].client_id = 20 + 2 * i + n;
		send(2, 6000);
		for (uint32_t n = 0; n < 2; n++)
			lighter_world_expect(&world, orders[n].client_id, COMMAND_UNKNOWN,
					     REJECT_NONE);
		assert_int_equal(strikes(), 1);
		fault_plan_clear(world.testnet.faults);
		lighter_world_pass(&world, 6000);
		expect_nonces_go_on();
	}
}

/* ---- budget ---------------------------------------------------------------------------------- */

/* A standard account has sixty requests a minute; a batch is one of them. */
static void it_weighs_as_much_as_one_order(void **state)
{
	(void)state;
	lighter_world_close(&world);
	lighter_world_open(&world, true, true);
	struct lighter_client_options options = lighter_world_options(&world);
	options.premium = false;
	lighter_world_renew(&world, &options);
	assert_true(lighter_world_start(&world));
	assert_true(lighter_world_subscribe_account(&world));
	struct read_request room = {.kind = READ_ORDER_ROOM};
	lighter_world_pass(&world, 60000);
	assert_int_equal(lighter_world_read(&world, &room), READ_VALUE);
	int64_t before = world.read_order_room;
	assert_true(before > 1);
	send(BATCH_ORDERS_MAX, 10);
	assert_int_equal(lighter_world_read(&world, &room), READ_VALUE);
	assert_int_equal(world.read_order_room, before - 1);
	lighter_world_pass(&world, 1000);
	expect(BATCH_ORDERS_MAX, COMMAND_ACKNOWLEDGED, REJECT_NONE);
}

int main(void)
{
	log_configure(stderr, getenv("LOG") ? LOG_DEBUG : LOG_ALARM);
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(two_orders_in_one_message_both_rest),
		TEST(the_largest_batch_is_one_message),
		TEST(without_the_stream_it_is_one_rest_request),
		TEST(one_that_would_cross_leaves_the_others_at_rest),
		TEST(what_cannot_be_signed_or_is_too_late_is_left_out),
		TEST(one_that_the_venue_refuses_leaves_all_unknown),
		TEST(what_only_reduces_goes_apart),
		TEST(behind_a_refused_order_it_is_signed_anew),
		TEST(an_invalid_nonce_leaves_all_unknown_until_the_nonces_are_settled),
		TEST(a_lost_answer_is_unknown_for_all_and_looking_finds_them),
		TEST(a_lost_message_is_unknown_for_all_and_then_absent),
		TEST(after_a_lost_connection_it_is_not_sent_again),
		TEST(answers_that_prove_nothing_are_unknown_for_all),
		TEST(it_weighs_as_much_as_one_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
