/*
 * The Lighter client when the venue misbehaves: each fault of the catalogue that reaches an adapter
 * ends in the outcome that its rules name, and the client goes on working afterwards.
 */
#include "core/base/log.h"
#include "core/base/utc.h"
#include "tests/support/lighter_world.h"
#include "tests/support/market_terms.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_world world;

static void ready(bool account, bool rate_limits)
{
	lighter_world_open(&world, account, rate_limits);
	if (!lighter_world_start(&world))
		fail_msg("%s", world.why);
	if (!lighter_world_subscribe(&world, world.eth,
				     CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_FUNDING))
		fail_msg("%s", world.why);
	if (account && !lighter_world_subscribe_account(&world))
		fail_msg("%s", world.why);
}

static int open_world(void **state)
{
	(void)state;
	ready(true, false);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	lighter_world_close(&world);
	return 0;
}

static const struct floor_order *at_the_venue(uint32_t id)
{
	char tag[24];
	snprintf(tag, sizeof(tag), "%" PRIu32, id);
	return trading_floor_tagged(world.testnet.floor, 0, tag);
}

static uint32_t rest(void)
{
	return lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "1", "3020.00",
				   false);
}

static enum read_outcome look_up(uint32_t id)
{
	struct read_request read = {.kind = READ_ORDER, .instrument = world.eth, .client_id = id};
	return lighter_world_read(&world, &read);
}

/* Within 10 s the client takes and sends orders again. */
static void expect_recovery(void)
{
	fault_plan_clear(world.testnet.faults);
	lighter_world_pass(&world, 10000);
	uint32_t id = rest();
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_non_null(at_the_venue(id));
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static void a_lost_answer_is_unknown_and_the_order_is_found(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.resp=drop,nth=1");
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	lighter_world_expect(&world, id, COMMAND_UNKNOWN, REJECT_NONE);
	assert_int_equal(look_up(id), READ_VALUE);
	assert_int_equal(world.read_events[0].u.order.state, ORDER_STATE_OPEN);
	expect_recovery();
}

static void a_lost_request_is_unknown_and_then_absent(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.lost,nth=1");
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	lighter_world_expect(&world, id, COMMAND_UNKNOWN, REJECT_NONE);
	assert_null(at_the_venue(id));
	assert_int_equal(look_up(id), READ_ABSENT);
	expect_recovery();
}

static void after_a_lost_connection_the_same_bytes_go_once_more(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.exec_then=close,nth=1");
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	/* The first copy was executed, so the second is refused for its nonce: not known. */
	lighter_world_expect(&world, id, COMMAND_UNKNOWN, REJECT_NONE);
	assert_int_equal(lighter_client_statistics(world.client).resends, 1);
	assert_non_null(at_the_venue(id));
	assert_int_equal(look_up(id), READ_VALUE);
	size_t orders = 0;
	for (uint64_t n = UINT64_MAX;
	     (n = trading_floor_next_order(world.testnet.floor, 0, n)) != 0;)
		orders++;
	assert_int_equal(orders, 1);
	expect_recovery();
}

static void a_copy_that_arrives_first_is_acknowledged(void **state)
{
	(void)state;
	/* The socket dies with the message on its way up: it was never read. */
	uint32_t id = rest();
	virtual_link_set_down(world.testnet.link, true);
	virtual_link_set_down(world.testnet.link, false);
	lighter_world_pass(&world, 3500);
	assert_int_equal(world.answers[id].times, 1);
	assert_true(world.answers[id].outcome != COMMAND_REJECTED);
	if (world.answers[id].outcome == COMMAND_ACKNOWLEDGED)
		assert_non_null(at_the_venue(id));
	expect_recovery();
}

static void codes_decide_between_refused_and_unknown(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		enum command_outcome outcome;
		enum reject_reason reason;
	} cases[] = {
		{"ord.code=21739,nth=1", COMMAND_REJECTED, REJECT_MARGIN},
		{"ord.code=21702,nth=1", COMMAND_REJECTED, REJECT_TICK},
		{"ord.code=21734,nth=1", COMMAND_REJECTED, REJECT_PRICE_BAND},
		{"ord.code=21601,nth=1", COMMAND_REJECTED, REJECT_OTHER},
		{"ord.code=21799,nth=1", COMMAND_REJECTED, REJECT_OTHER},
		{"ord.code=21120,nth=1", COMMAND_REJECTED, REJECT_AUTH},
		{"ord.code=21728,nth=1", COMMAND_UNKNOWN, REJECT_NONE},
		{"ord.code=29500,nth=1", COMMAND_UNKNOWN, REJECT_NONE},
		{"ord.code=29501,nth=1", COMMAND_UNKNOWN, REJECT_NONE},
		{"ord.code=99999,nth=1", COMMAND_UNKNOWN, REJECT_NONE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lighter_testnet_fault(&world.testnet, cases[i].rule);
		uint32_t id = rest();
		lighter_world_pass(&world, 6000);
		lighter_world_expect(&world, id, cases[i].outcome, cases[i].reason);
		fault_plan_clear(world.testnet.faults);
		lighter_world_pass(&world, 4000);
	}
	expect_recovery();
}

static void the_venues_own_checks_are_refusals(void **state)
{
	(void)state;
	uint32_t small = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "0.0001",
					     "3020.00", false);
	uint32_t far =
		lighter_world_place(&world, world.eth, ORDER_LIMIT, SIDE_BUY, "1", "1.00", false);
	uint32_t large = lighter_world_place(&world, world.eth, ORDER_POST_ONLY, SIDE_BUY, "100000",
					     "3020.00", false);
	lighter_world_pass(&world, 4000);
	uint32_t ids[] = {small, far, large};
	for (size_t i = 0; i < 3; i++) {
		const struct account_event *order = lighter_world_order(&world, ids[i]);
		assert_int_equal(world.answers[ids[i]].times, 1);
		if (world.answers[ids[i]].outcome != COMMAND_REJECTED &&
		    (order == NULL || order->u.order.state == ORDER_STATE_OPEN))
			fail_msg("order %u was not refused", ids[i]);
	}
	assert_int_equal(world.answers[large].outcome == COMMAND_REJECTED
				 ? world.answers[large].reason
				 : lighter_world_order(&world, large)->u.order.reason,
			 REJECT_MARGIN);
	expect_recovery();
}

static void odd_bodies_are_unknown(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"ord.body=trunc,nth=1", "ord.body=html,nth=1",	   "ord.body=type,nth=1",
		"ord.body=empty,nth=1", "ord.http=503:html,nth=1", "ord.http=500:unknown,nth=1"};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		lighter_testnet_fault(&world.testnet, rules[i]);
		uint32_t id = rest();
		lighter_world_pass(&world, 6000);
		if (world.answers[id].times != 1 || world.answers[id].outcome != COMMAND_UNKNOWN)
			fail_msg("%s: outcome %d", rules[i], world.answers[id].outcome);
		fault_plan_clear(world.testnet.faults);
		lighter_world_pass(&world, 4000);
	}
	expect_recovery();
}

static void swapped_answers_are_unknown_for_both(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.swap_reply,count=2");
	uint32_t one = rest(), two = rest();
	lighter_world_pass(&world, 4000);
	assert_int_equal(world.answers[one].times, 1);
	assert_int_equal(world.answers[two].times, 1);
	assert_int_not_equal(world.answers[one].outcome, COMMAND_REJECTED);
	assert_int_not_equal(world.answers[two].outcome, COMMAND_REJECTED);
	assert_true(world.answers[one].outcome == COMMAND_UNKNOWN ||
		    world.answers[two].outcome == COMMAND_UNKNOWN);
	expect_recovery();
}

static void an_invalid_nonce_refuses_that_order_alone(void **state)
{
	(void)state;
	static const char *const rules[] = {"nonce=dup,nth=1", "nonce=gap,nth=1",
					    "nonce=old,nth=1"};
	for (size_t i = 0; i < 3; i++) {
		lighter_testnet_fault(&world.testnet, rules[i]);
		uint32_t id = rest();
		lighter_world_pass(&world, 1000);
		lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_OTHER);
		assert_string_equal(world.answers[id].code, "21104");
		/* Nothing is signed before the first one's end; an opening does not wait. */
		uint32_t soon = rest();
		lighter_world_pass(&world, 100);
		lighter_world_expect(&world, soon, COMMAND_REJECTED, REJECT_NEVER_SENT);
		fault_plan_clear(world.testnet.faults);
		lighter_world_pass(&world, 4000);
	}
	assert_true(lighter_client_statistics(world.client).nonce_resyncs >= 3);
	expect_recovery();
}

static void a_second_user_of_the_key_costs_one_order_not_the_client(void **state)
{
	(void)state;
	struct lighter_transaction other = lighter_testnet_create(
		&world.testnet, 0, LIGHTER_TESTNET_ETH, 900, false, 10000, 300000, LIGHTER_GTT);
	assert_int_equal(lighter_testnet_send(&world.testnet, 0, &other), 200);
	uint32_t id = rest();
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_OTHER);
	expect_recovery();
}

static void silence_after_the_ack_is_found_out_by_looking(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "lt.silent_drop,nth=1");
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_null(lighter_world_order(&world, id));
	enum read_outcome outcome = look_up(id);
	assert_true(outcome == READ_ABSENT || outcome == READ_UNKNOWN);
	expect_recovery();
}

static void an_unknown_status_is_never_guessed(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ord.status=ALIEN");
	uint32_t id = rest();
	lighter_world_pass(&world, 1500);
	assert_null(lighter_world_order(&world, id));
	assert_int_equal(look_up(id), READ_UNKNOWN);
	fault_plan_clear(world.testnet.faults);
	assert_int_equal(look_up(id), READ_VALUE);
}

static void what_waits_too_long_was_never_sent(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "nonce=gap,nth=1");
	rest();
	lighter_world_pass(&world, 1000);
	/* A cancel waits for the nonces; its time is up before they are known. */
	struct command_request cancel = {.kind = COMMAND_CANCEL, .u.cancel = {world.eth, 300}};
	lighter_world_command(&world, &cancel, 200);
	lighter_world_pass(&world, 500);
	lighter_world_expect(&world, 300, COMMAND_REJECTED, REJECT_NEVER_SENT);
	expect_recovery();
}

static void an_expired_fence_is_not_sent(void **state)
{
	(void)state;
	struct order_request order = {.instrument = world.eth,
				      .client_id = 200,
				      .side = SIDE_BUY,
				      .type = ORDER_IOC,
				      .quantity = {10000},
				      .limit = {302410},
				      .venue_expiry_ns = LIGHTER_TESTNET_START};
	struct command_request request = {.kind = COMMAND_PLACE, .u.place = order};
	lighter_world_command(&world, &request, 3000);
	lighter_world_pass(&world, 1000);
	lighter_world_expect(&world, 200, COMMAND_REJECTED, REJECT_EXPIRED);
	assert_null(at_the_venue(200));
}

static void without_the_stream_orders_go_by_rest(void **state)
{
	(void)state;
	virtual_link_freeze(world.testnet.link, true);
	lighter_world_pass(&world, 100000); /* half-open sockets are noticed by their silence */
	assert_false(market_state_book(world.state, world.eth)->synced);
	uint32_t id = rest();
	lighter_world_pass(&world, 1500);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_non_null(at_the_venue(id));
	virtual_link_freeze(world.testnet.link, false);
	lighter_world_pass(&world, 60000);
	assert_true(market_state_book(world.state, world.eth)->synced);
	/* The order, made while nothing was heard, is told by the sync. */
	assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_OPEN);
	expect_recovery();
}

static void a_lost_rest_answer_is_unknown(void **state)
{
	(void)state;
	virtual_link_freeze(world.testnet.link, true);
	lighter_world_pass(&world, 100000);
	virtual_link_lose_answers(world.testnet.link, 1);
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	lighter_world_expect(&world, id, COMMAND_UNKNOWN, REJECT_NONE);
	assert_non_null(at_the_venue(id));
	virtual_link_freeze(world.testnet.link, false);
	lighter_world_pass(&world, 40000);
	expect_recovery();
}

/* ---- streams --------------------------------------------------------------------------------- */

static void move_the_book(unsigned times)
{
	char size[32];
	for (unsigned i = 0; i < times; i++) {
		snprintf(size, sizeof(size), "%u.%u", 3 + i % 7, i % 10);
		lighter_testnet_level(&world.testnet, world.testnet.eth, SIDE_BUY, "3023.00", size);
		lighter_world_pass(&world, 100);
	}
}

static void a_gap_is_declared_and_healed(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ws.gap,nth=2");
	move_the_book(6);
	assert_true(lighter_client_statistics(world.client).book_gaps >= 1);
	assert_int_equal(world.last[EVENT_CONNECTION].u.connection.state, CONNECTION_SYNCED);
	move_the_book(3);
	lighter_world_expect_same_book(&world, world.eth, world.testnet.eth);
}

static void a_crossed_book_is_no_book(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "book=cross");
	move_the_book(3);
	struct book_level bid, ask;
	const struct book_state *book = market_state_book(world.state, world.eth);
	if (book->synced && order_book_best(book->book, SIDE_BUY, &bid) &&
	    order_book_best(book->book, SIDE_SELL, &ask))
		assert_true(bid.price.units < ask.price.units);
}

static void after_a_cut_everything_is_there_again(void **state)
{
	(void)state;
	static const char *const rules[] = {"ws.cut,nth=1", "ws.kick,nth=1"};
	for (size_t i = 0; i < 2; i++) {
		uint32_t id = rest();
		lighter_world_pass(&world, 1000);
		lighter_testnet_fault(&world.testnet, rules[i]);
		lighter_world_pass(&world, 50);
		/* Filled while nobody listens. */
		lighter_testnet_trade(&world.testnet, world.testnet.eth, SIDE_SELL, "3019.00",
				      "500");
		move_the_book(2);
		lighter_world_pass(&world, 20000);
		assert_int_equal(lighter_world_filled(&world, id), 10000);
		move_the_book(2);
		lighter_world_expect_same_book(&world, world.eth, world.testnet.eth);
		assert_int_equal(
			lighter_world_newest(&world, ACCOUNT_POSITION)->u.position.quantity.units,
			10000 * (int64_t)(i + 1));
		lighter_testnet_level(&world.testnet, world.testnet.eth, SIDE_BUY, "3024.00", "10");
	}
	assert_true(world.market_events[EVENT_CONNECTION] > 4);
	expect_recovery();
}

static void doubled_and_disordered_account_frames_count_once(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ws.dup");
	lighter_testnet_fault(&world.testnet, "ws.reorder,p=0.3");
	uint32_t id =
		lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 3000);
	assert_int_equal(lighter_world_filled(&world, id), 20000);
	fault_plan_clear(world.testnet.faults);
	expect_recovery();
}

static void a_fill_may_come_before_its_answer(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ws.before_ack");
	uint32_t id =
		lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 3000);
	lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	assert_int_equal(lighter_world_filled(&world, id), 20000);
}

static void a_silent_feed_is_opened_anew(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ws.silent");
	uint64_t before = world.market_events[EVENT_CONNECTION];
	int64_t confirmed_ns = market_state_confirmed_ns(world.state, world.eth);
	lighter_world_pass(&world, 80000);
	/* Pongs confirm nothing. */
	assert_true(market_state_confirmed_ns(world.state, world.eth) <=
		    confirmed_ns + NS_PER_SECOND);
	lighter_world_pass(&world, 20000);
	assert_true(world.market_events[EVENT_CONNECTION] > before);
}

static void a_refused_subscription_says_so(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "ws.sub_reject,count=1");
	assert_false(lighter_world_subscribe(&world, world.btc, CHANNEL_BOOK));
	assert_true(lighter_world_subscribe(&world, world.btc, CHANNEL_BOOK));
}

/* ---- reads ----------------------------------------------------------------------------------- */

static void failed_reads_are_unknown_never_empty(void **state)
{
	(void)state;
	static const enum read_kind kinds[] = {READ_POSITIONS, READ_OPEN_ORDERS, READ_ORDER,
					       READ_FILLS, READ_BALANCES};
	lighter_testnet_fault(&world.testnet, "qry.fail=forever");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct read_request read = {
			.kind = kinds[i], .instrument = world.eth, .client_id = 77};
		assert_int_equal(lighter_world_read(&world, &read), READ_UNKNOWN);
	}
}

static void an_empty_list_of_positions_is_not_flat(void **state)
{
	(void)state;
	lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 2000);
	lighter_testnet_fault(&world.testnet, "pos.empty");
	struct read_request read = {.kind = READ_POSITIONS, .instrument = world.eth};
	assert_int_equal(lighter_world_read(&world, &read), READ_UNKNOWN);
	fault_plan_clear(world.testnet.faults);
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
	assert_int_equal(world.read_positions[0].quantity.units, 20000);
}

static void big_ids_stay_exact(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "json.bigid");
	uint32_t id = rest();
	lighter_world_pass(&world, 1500);
	const struct account_event *order = lighter_world_order(&world, id);
	assert_non_null(order);
	assert_true(strlen(order->u.order.venue_order_id) >= 16);
	struct command_request cancel = {.kind = COMMAND_CANCEL, .u.cancel = {world.eth, id}};
	world.answers[id].times = 0;
	lighter_world_command(&world, &cancel, 3000);
	lighter_world_pass(&world, 1500);
	assert_int_equal(lighter_world_order(&world, id)->u.order.state, ORDER_STATE_CANCELLED);
}

/* ---- budget, clock, key ---------------------------------------------------------------------- */

static void a_429_is_obeyed_by_all(void **state)
{
	(void)state;
	lighter_testnet_fault(&world.testnet, "rate.429,nth=1");
	struct read_request read = {.kind = READ_BALANCES};
	assert_int_equal(lighter_world_read(&world, &read), READ_UNKNOWN);
	uint64_t requests = lighter_client_statistics(world.client).requests;
	uint32_t id = rest();
	lighter_world_pass(&world, 200);
	lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_RATE_LIMITED);
	assert_int_equal(lighter_client_statistics(world.client).requests, requests);
	lighter_world_pass(&world, 70000);
	expect_recovery();
}

static void the_clock_of_the_venue_counts(void **state)
{
	(void)state;
	static const int64_t skews[] = {-20000, 20000};
	for (size_t i = 0; i < 2; i++) {
		char rule[64];
		lighter_world_close(&world);
		lighter_world_open(&world, true, false);
		snprintf(rule, sizeof(rule), "clock.skew_ms=%" PRId64, skews[i]);
		lighter_testnet_fault(&world.testnet, rule);
		lighter_testnet_mark(&world.testnet, world.testnet.eth, "3024.05");
		lighter_world_pass(&world, 1500);
		if (!lighter_world_start(&world))
			fail_msg("%s", world.why);
		assert_true(lighter_world_subscribe(&world, world.eth, CHANNEL_BOOK));
		struct clock_state clock = market_state_clock(world.state, world.venue);
		assert_true(clock.known);
		assert_true(llabs(clock.offset_ns - skews[i] * NS_PER_MS) <= clock.uncertainty_ns);
		uint32_t id = rest();
		lighter_world_pass(&world, 1500);
		lighter_world_expect(&world, id, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	}
}

static void a_wrong_key_is_found_at_the_start(void **state)
{
	(void)state;
	struct lighter_client_options options = lighter_world_options(&world);
	options.key = world.testnet.keys[1];
	lighter_world_renew(&world, &options);
	assert_false(lighter_world_start(&world));
	assert_non_null(strstr(world.why, "private key"));
	options = lighter_world_options(&world);
	options.api_key_index = 9;
	lighter_world_renew(&world, &options);
	assert_false(lighter_world_start(&world));
}

static void a_wrong_chain_is_refused_for_its_signature(void **state)
{
	(void)state;
	struct lighter_client_options options = lighter_world_options(&world);
	options.chain_id = LIGHTER_CHAIN_MAINNET;
	lighter_world_renew(&world, &options);
	assert_true(lighter_world_start(&world));
	uint32_t id = rest();
	lighter_world_pass(&world, 3500);
	lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_AUTH);
}

static void a_venue_that_is_down_may_be_started_again(void **state)
{
	(void)state;
	struct lighter_client_options options = lighter_world_options(&world);
	lighter_world_renew(&world, &options);
	virtual_link_set_down(world.testnet.link, true);
	assert_false(lighter_world_start(&world));
	virtual_link_set_down(world.testnet.link, false);
	assert_true(lighter_world_start(&world));
	assert_true(lighter_world_subscribe_account(&world));
	expect_recovery();
}

static void without_an_account_there_is_the_market_alone(void **state)
{
	(void)state;
	lighter_world_close(&world);
	ready(false, false);
	assert_int_equal(world.client->capabilities, CAN_STREAM_BOOK);
	lighter_world_expect_same_book(&world, world.eth, world.testnet.eth);
	uint32_t id = rest();
	lighter_world_pass(&world, 100);
	lighter_world_expect(&world, id, COMMAND_REJECTED, REJECT_AUTH);
	struct read_request read = {.kind = READ_BALANCES};
	assert_int_equal(lighter_world_read(&world, &read), READ_UNKNOWN);
	assert_false(lighter_world_subscribe_account(&world));
}

static void a_standard_account_stays_inside_its_sixty_a_minute(void **state)
{
	(void)state;
	struct lighter_client_options options;
	lighter_world_close(&world);
	lighter_world_open(&world, true, true);
	options = lighter_world_options(&world);
	options.premium = false;
	lighter_world_renew(&world, &options);
	assert_true(lighter_world_start(&world));
	assert_true(lighter_world_subscribe_account(&world));
	unsigned taken = 0, refused = 0, cancelled = 0;
	for (unsigned i = 0; i < 120; i++) {
		uint32_t id = rest();
		lighter_world_pass(&world, 1000);
		taken += world.answers[id].outcome == COMMAND_ACKNOWLEDGED;
		refused += world.answers[id].reason == REJECT_RATE_LIMITED;
		if (i % 8 == 7) {
			struct command_request cancel = {.kind = COMMAND_CANCEL_ALL};
			world.answers[0].times = 0;
			lighter_world_command(&world, &cancel, 1000);
			lighter_world_pass(&world, 100);
			cancelled += world.answers[0].times == 1 &&
				     world.answers[0].outcome == COMMAND_ACKNOWLEDGED;
		}
	}
	assert_int_equal(lighter_client_statistics(world.client).rate_limited, 0);
	assert_true(taken > 40);
	assert_true(refused > 0);
	/* What ends exposure always finds room. */
	assert_int_equal(cancelled, 15);
}

static void the_token_is_renewed_before_it_ends(void **state)
{
	(void)state;
	for (unsigned hour = 0; hour < 17; hour++) {
		lighter_testnet_mark(&world.testnet, world.testnet.eth,
				     hour % 2 ? "3024.10" : "3024.20");
		for (unsigned i = 0; i < 60; i++) {
			lighter_world_pass(&world, 60000);
			lighter_testnet_mark(&world.testnet, world.testnet.eth,
					     i % 2 ? "3024.15" : "3024.25");
		}
	}
	uint32_t id =
		lighter_world_place(&world, world.eth, ORDER_IOC, SIDE_BUY, "2", "3024.10", false);
	lighter_world_pass(&world, 2000);
	assert_int_equal(lighter_world_filled(&world, id), 20000);
	struct read_request read = {.kind = READ_OPEN_ORDERS};
	assert_int_equal(lighter_world_read(&world, &read), READ_VALUE);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void stopping_keeps_resting_orders_and_may_start_again(void **state)
{
	(void)state;
	uint32_t id = rest();
	lighter_world_pass(&world, 1000);
	assert_true(lighter_world_stop(&world));
	uint32_t late = rest();
	lighter_world_pass(&world, 1000);
	lighter_world_expect(&world, late, COMMAND_REJECTED, REJECT_NEVER_SENT);
	assert_true(at_the_venue(id)->resting);
	assert_true(lighter_world_start(&world));
	assert_true(lighter_world_subscribe_account(&world));
	expect_recovery();
}

static void freed_with_everything_under_way_it_is_silent(void **state)
{
	(void)state;
	rest();
	struct read_request read = {.kind = READ_FILLS};
	world.read_told = false;
	exchange_read(world.client, &read, INT64_MAX, NULL, NULL);
	exchange_client_free(world.client);
	world.client = NULL;
	lighter_world_pass(&world, 5000);
	assert_int_equal(world.answered_count, 0);
}

int main(void)
{
	log_configure(stderr, getenv("LOG") ? LOG_DEBUG : LOG_ALARM);
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(a_lost_answer_is_unknown_and_the_order_is_found),
		TEST(a_lost_request_is_unknown_and_then_absent),
		TEST(after_a_lost_connection_the_same_bytes_go_once_more),
		TEST(a_copy_that_arrives_first_is_acknowledged),
		TEST(codes_decide_between_refused_and_unknown),
		TEST(the_venues_own_checks_are_refusals),
		TEST(odd_bodies_are_unknown),
		TEST(swapped_answers_are_unknown_for_both),
		TEST(an_invalid_nonce_refuses_that_order_alone),
		TEST(a_second_user_of_the_key_costs_one_order_not_the_client),
		TEST(silence_after_the_ack_is_found_out_by_looking),
		TEST(an_unknown_status_is_never_guessed),
		TEST(what_waits_too_long_was_never_sent),
		TEST(an_expired_fence_is_not_sent),
		TEST(without_the_stream_orders_go_by_rest),
		TEST(a_lost_rest_answer_is_unknown),
		TEST(a_gap_is_declared_and_healed),
		TEST(a_crossed_book_is_no_book),
		TEST(after_a_cut_everything_is_there_again),
		TEST(doubled_and_disordered_account_frames_count_once),
		TEST(a_fill_may_come_before_its_answer),
		TEST(a_silent_feed_is_opened_anew),
		TEST(a_refused_subscription_says_so),
		TEST(failed_reads_are_unknown_never_empty),
		TEST(an_empty_list_of_positions_is_not_flat),
		TEST(big_ids_stay_exact),
		TEST(a_429_is_obeyed_by_all),
		TEST(the_clock_of_the_venue_counts),
		TEST(a_wrong_key_is_found_at_the_start),
		TEST(a_wrong_chain_is_refused_for_its_signature),
		TEST(a_venue_that_is_down_may_be_started_again),
		TEST(without_an_account_there_is_the_market_alone),
		TEST(a_standard_account_stays_inside_its_sixty_a_minute),
		TEST(the_token_is_renewed_before_it_ends),
		TEST(stopping_keeps_resting_orders_and_may_start_again),
		TEST(freed_with_everything_under_way_it_is_silent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
