/* Orders at Hyperliquid: what goes out, and what each kind of answer proves. */
#include "tests/support/hyperliquid_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static struct hyperliquid_world world;

#define OK_RESTING                                                                                 \
	"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["             \
	"{\"resting\":{\"oid\":245678901234}}]}}}"
#define OK_FILLED                                                                                  \
	"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["             \
	"{\"filled\":{\"totalSz\":\"0.0456\",\"avgPx\":\"2831.7\",\"oid\":245678901235}}]}}}"
#define OK_ERROR(text)                                                                             \
	"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":[{\"error\":"  \
	"\"" text "\"}]}}}"
#define REFUSED(text) "{\"status\":\"err\",\"response\":\"" text "\"}"
#define DEFAULT	      "{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}"
#define DUPLICATE     REFUSED("Invalid nonce: duplicate nonce 1764000000123")

static const struct command_result *place(enum order_type type, enum side side, const char *answer)
{
	struct order_request order = hyperliquid_world_order(&world, type, side);
	fake_hyperliquid_script(&world.fake, answer);
	return hyperliquid_world_place(&world, &order);
}

static void an_order_goes_out_as_a_post_in_the_venues_words(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, OK_FILLED);
	const struct fake_action *action = fake_hyperliquid_action(&world.fake, "order");
	char wanted[512];
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_string_equal(result->venue_order_id, "245678901235");
	assert_non_null(action);
	assert_true(action->posted);
	snprintf(wanted, sizeof(wanted),
		 "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2831.7\",\"s\":\"0."
		 "0456\","
		 "\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}},\"c\":\"%s\"}],\"grouping\":"
		 "\"na\"}",
		 hyperliquid_world_cloid(1000));
	assert_non_null(strstr(action->body, wanted));
	assert_non_null(strstr(action->body, "\"expiresAfter\":"));
	assert_null(strstr(action->body, "vaultAddress\":\""));
	hyperliquid_world_close(&world);
}

static void order_types_have_their_time_in_force_and_side(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	place(ORDER_POST_ONLY, SIDE_SELL, OK_RESTING);
	const char *body = fake_hyperliquid_action(&world.fake, "order")->body;
	assert_non_null(strstr(body, "\"tif\":\"Alo\""));
	assert_non_null(strstr(body, "\"b\":false"));
	place(ORDER_LIMIT, SIDE_BUY, OK_RESTING);
	body = fake_hyperliquid_action(&world.fake, "order")->body;
	assert_non_null(strstr(body, "\"tif\":\"Gtc\""));
	hyperliquid_world_close(&world);
}

static void a_market_order_is_an_ioc_five_percent_beyond_the_touch_rounded_to_reach(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	/* No stream: the book is read first. 2831.7 * 1.05 = 2973.285 -> 2973.3 (5 figures, up). */
	const struct command_result *result = place(ORDER_MARKET, SIDE_BUY, OK_FILLED);
	const char *body = fake_hyperliquid_action(&world.fake, "order")->body;
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "l2Book"), 1);
	assert_non_null(strstr(body, "\"p\":\"2973.3\""));
	assert_non_null(strstr(body, "\"tif\":\"Ioc\""));
	assert_non_null(strstr(body, "\"r\":true"));
	/* 2831.6 * 0.95 = 2690.02 -> 2690 (down). */
	place(ORDER_MARKET, SIDE_SELL, OK_FILLED);
	assert_non_null(
		strstr(fake_hyperliquid_action(&world.fake, "order")->body, "\"p\":\"2690\""));
	hyperliquid_world_close(&world);
}

static void a_market_order_that_found_nothing_reaches_further_the_next_time(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	const struct command_result *result = place(
		ORDER_MARKET, SIDE_BUY,
		OK_ERROR("Order could not immediately match against any resting orders. asset=1"));
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	place(ORDER_MARKET, SIDE_BUY, OK_FILLED);
	/* 2831.7 * 1.1 = 3114.87 */
	assert_non_null(
		strstr(fake_hyperliquid_action(&world.fake, "order")->body, "\"p\":\"3114.9\""));
	place(ORDER_MARKET, SIDE_BUY, OK_FILLED);
	assert_non_null(
		strstr(fake_hyperliquid_action(&world.fake, "order")->body, "\"p\":\"2973.3\""));
	hyperliquid_world_close(&world);
}

static void a_market_order_too_far_from_the_oracle_reaches_no_further(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	place(ORDER_MARKET, SIDE_BUY, OK_ERROR("Price too far from oracle asset=1"));
	place(ORDER_MARKET, SIDE_BUY, OK_FILLED);
	assert_non_null(
		strstr(fake_hyperliquid_action(&world.fake, "order")->body, "\"p\":\"2973.3\""));
	hyperliquid_world_close(&world);
}

static void the_answer_of_an_ioc_ends_it_with_its_total(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	place(ORDER_IOC, SIDE_BUY,
	      "{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":[{"
	      "\"filled\":"
	      "{\"totalSz\":\"0.01\",\"avgPx\":\"2831.7\",\"oid\":245678901235}}]}}}");
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
	assert_int_equal(event->u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(event->u.order.executed.units, 100);
	place(ORDER_IOC, SIDE_BUY, OK_FILLED);
	event = hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
	assert_int_equal(event->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(event->u.order.executed.units, 456);
	/* A resting order is not over, whatever filled of it at once. */
	size_t told = hyperliquid_world_count(&world, ACCOUNT_ORDER);
	place(ORDER_LIMIT, SIDE_BUY, OK_FILLED);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_ORDER), told);
	hyperliquid_world_close(&world);
}

static void a_refused_tick_makes_the_rules_be_read_again(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	hyperliquid_world_run(&world, 120 * SECOND);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "meta"), 1);
	for (int i = 0; i < 3; i++)
		place(ORDER_IOC, SIDE_BUY, OK_ERROR("Price must be divisible by tick size."));
	hyperliquid_world_run(&world, SECOND);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "meta"), 2);
	hyperliquid_world_run(&world, 3700 * SECOND);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "meta"), 3);
	hyperliquid_world_close(&world);
}

static void known_refusals_are_definite_and_say_why(void **state)
{
	static const struct {
		const char *answer;
		enum reject_reason reason;
	} cases[] = {
		{OK_ERROR("Price must be divisible by tick size. asset=1"), REJECT_TICK},
		{OK_ERROR("Order must have minimum value of $10. asset=1"),
		 REJECT_MINIMUM_NOTIONAL},
		{OK_ERROR("Insufficient margin to place order. asset=1"), REJECT_MARGIN},
		{OK_ERROR("Reduce only order would increase position. asset=1"),
		 REJECT_REDUCE_ONLY},
		{OK_ERROR("Post only order would have immediately matched, bbo was 2831.6@2831.7. "
			  "asset=1"),
		 REJECT_WOULD_CROSS},
		{OK_ERROR("ORDER COULD NOT IMMEDIATELY MATCH against any resting orders."),
		 REJECT_PRICE_BAND},
		{OK_ERROR("Only post-only orders allowed immediately after a network upgrade."),
		 REJECT_MAINTENANCE},
		{REFUSED("User or API Wallet 0x14791697260e4c9a71f18484c9f997b308e59325 does not "
			 "exist."),
		 REJECT_AUTH},
		{REFUSED("Action already expired"), REJECT_EXPIRED},
		{REFUSED("Too many cumulative requests sent (10001 > 10000) for cumulative volume "
			 "traded $0.0. Place taker orders to free up 1 request per USDC traded."),
		 REJECT_RATE_LIMITED},
		{REFUSED("Insufficient margin to place order."), REJECT_MARGIN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hyperliquid_world_trade(&world);
		const struct command_result *result = place(ORDER_IOC, SIDE_BUY, cases[i].answer);
		if (result->outcome != COMMAND_REJECTED || result->reason != cases[i].reason)
			fail_msg("%s: outcome %d, %s", cases[i].answer, (int)result->outcome,
				 reject_reason_text(result->reason));
		assert_true(strlen(result->venue_text) > 10);
		assert_null(fake_hyperliquid_action(&world.fake, "noop"));
		hyperliquid_world_close(&world);
	}
}

static void whatever_is_not_known_is_unknown(void **state)
{
	static const char *const answers[] = {
		OK_ERROR("A text that nobody has seen before. asset=1"),
		REFUSED("Something new"),
		"#429",
		"#503",
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":[]}}}",
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"resting\":{\"oid\":1}},{\"resting\":{\"oid\":2}}]}}}",
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"\"success\"]}}}",
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"resting\":{\"oid\":1,\"cloid\":\"0x00f00d00000000010000000000000001\"}}]}}}",
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"resting\":{\"oid\":1},\"error\":\"Insufficient margin to place order.\"}]}}}",
		"{\"status\":\"err\"}",
		"{\"status\":\"maybe\",\"response\":\"Insufficient margin to place order.\"}",
		"null",
		"[]",
		DUPLICATE,
	};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		hyperliquid_world_trade(&world);
		const struct command_result *result = place(ORDER_IOC, SIDE_BUY, answers[i]);
		if (result->outcome != COMMAND_UNKNOWN)
			fail_msg("%s: outcome %d", answers[i], (int)result->outcome);
		hyperliquid_world_close(&world);
	}
}

static void without_a_socket_orders_go_over_rest_with_the_same_meaning(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	fake_hyperliquid_kick(&world.fake);
	/* The next connection takes its time; the order does not wait for it. */
	hyperliquid_world_run(&world, 15000000);
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, OK_FILLED);
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_false(fake_hyperliquid_action(&world.fake, "order")->posted);
	hyperliquid_world_close(&world);
}

static void rest_answers_that_prove_nothing_are_unknown(void **state)
{
	static const char *const answers[] = {"#429", "#500", "#422", "", "null", "{\"code\":1}"};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		hyperliquid_world_trade(&world);
		fake_hyperliquid_kick(&world.fake);
		hyperliquid_world_run(&world, 15000000);
		const struct command_result *result = place(ORDER_IOC, SIDE_BUY, answers[i]);
		assert_false(fake_hyperliquid_action(&world.fake, "order")->posted);
		if (result->outcome != COMMAND_UNKNOWN)
			fail_msg("%s: outcome %d", answers[i], (int)result->outcome);
		hyperliquid_world_close(&world);
	}
}

static void a_network_that_is_down_is_never_sent(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	virtual_link_set_down(world.fake.link, true);
	hyperliquid_world_run(&world, SECOND);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_NEVER_SENT);
	assert_int_equal(world.fake.seen_count, 0);
	hyperliquid_world_close(&world);
}

/* ---- doubts -----------------------------------------------------------------------------------
 */

static void a_lost_order_is_proven_dead_by_a_noop_with_its_nonce(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	fake_hyperliquid_script(&world.fake, ""); /* no answer */
	fake_hyperliquid_script(&world.fake, DEFAULT);
	hyperliquid_world_send(&world, &order, SECOND);
	hyperliquid_world_run(&world, 3 * SECOND);
	assert_int_equal(world.result_count, 1);
	assert_int_equal(world.results[0].outcome, COMMAND_UNKNOWN);
	const struct fake_action *noop = fake_hyperliquid_action(&world.fake, "noop");
	assert_non_null(noop);
	assert_int_equal(noop->nonce_ms, fake_hyperliquid_action(&world.fake, "order")->nonce_ms);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
	assert_int_equal(event->u.order.client_id, order.client_id);
	assert_int_equal(event->u.order.state, ORDER_STATE_REJECTED);
	assert_int_equal(event->u.order.reason, REJECT_NEVER_SENT);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "orderStatus"), 0);
	hyperliquid_world_close(&world);
}

static void order_status(const char *status, const char *left, uint32_t client_id, bool reduce_only)
{
	char text[1024];
	snprintf(text, sizeof(text),
		 "{\"status\":\"order\",\"order\":{\"order\":{\"coin\":\"ETH\",\"side\":\"B\","
		 "\"limitPx\":"
		 "\"2831.7\",\"sz\":\"%s\",\"oid\":245678901234,\"timestamp\":1764000061111,"
		 "\"triggerCondition\":\"N/"
		 "A\",\"isTrigger\":false,\"triggerPx\":\"0.0\",\"children\":[],"
		 "\"isPositionTpsl\":false,\"reduceOnly\":%s,\"orderType\":\"Limit\",\"origSz\":"
		 "\"0.0456\",\"tif\":\"Ioc\",\"cloid\":\"%s\"},\"status\":\"%s\","
		 "\"statusTimestamp\":"
		 "1764000061222}}",
		 left, reduce_only ? "true" : "false", hyperliquid_world_cloid(client_id), status);
	fake_hyperliquid_info(&world.fake, "orderStatus", text);
}

static void a_processed_order_with_a_lost_answer_is_found_by_its_status(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	order_status("filled", "0.0", order.client_id, false);
	fake_hyperliquid_script(&world.fake, "");
	fake_hyperliquid_script(&world.fake, DUPLICATE);
	hyperliquid_world_send(&world, &order, SECOND);
	hyperliquid_world_run(&world, 3 * SECOND);
	assert_int_equal(world.results[0].outcome, COMMAND_UNKNOWN);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
	assert_int_equal(event->u.order.client_id, order.client_id);
	assert_int_equal(event->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(event->u.order.executed.units, 456);
	assert_string_equal(event->u.order.venue_order_id, "245678901234");
	hyperliquid_world_close(&world);
}

static void a_noop_whose_answer_is_lost_is_sent_again(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	fake_hyperliquid_script(&world.fake, "");
	fake_hyperliquid_script(&world.fake, "");
	fake_hyperliquid_script(&world.fake, "#503");
	fake_hyperliquid_script(&world.fake, DEFAULT);
	hyperliquid_world_send(&world, &order, SECOND);
	hyperliquid_world_run(&world, 12 * SECOND);
	assert_int_equal(world.fake.seen_count, 4);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(world.fake.seen[i].nonce_ms, world.fake.seen[0].nonce_ms);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_ORDER, 0)->u.order.state,
			 ORDER_STATE_REJECTED);
	hyperliquid_world_close(&world);
}

static void unknown_oid_after_processing_concludes_nothing(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	fake_hyperliquid_script(&world.fake, "");
	fake_hyperliquid_script(&world.fake, DUPLICATE);
	hyperliquid_world_send(&world, &order, SECOND);
	hyperliquid_world_run(&world, 60 * SECOND);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_ORDER), 0);
	assert_true(fake_hyperliquid_asked(&world.fake, "orderStatus") >= 4);
	assert_true(fake_hyperliquid_asked(&world.fake, "orderStatus") <= 16);
	hyperliquid_world_close(&world);
}

static void orders_in_flight_at_a_disconnect_are_unknown_at_once(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	fake_hyperliquid_script(&world.fake, "");
	hyperliquid_world_send(&world, &order, 5 * SECOND);
	hyperliquid_world_run(&world, 50000000);
	fake_hyperliquid_kick(&world.fake);
	hyperliquid_world_run(&world, 50000000);
	assert_int_equal(world.result_count, 1);
	assert_int_equal(world.results[0].outcome, COMMAND_UNKNOWN);
	hyperliquid_world_close(&world);
}

/* ---- nonces, time, budgets --------------------------------------------------------------------
 */

static void nonces_rise_and_follow_the_venues_clock(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.fake.skew_ns = 7 * SECOND;
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	int64_t last = 0;
	struct order_request orders[20];
	for (size_t i = 0; i < 20; i++) {
		orders[i] = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
		fake_hyperliquid_script(&world.fake, OK_FILLED);
		hyperliquid_world_send(&world, &orders[i], 5 * SECOND);
	}
	hyperliquid_world_run(&world, SECOND);
	assert_int_equal(world.result_count, 20);
	int64_t venue_ms = (scheduler_now(world.scheduler) + 7 * SECOND) / 1000000;
	for (size_t i = 0; i < 20; i++) {
		assert_true(world.fake.seen[i].nonce_ms > last);
		last = world.fake.seen[i].nonce_ms;
		assert_true(llabs(last - venue_ms) < 1100);
		assert_non_null(strstr(world.fake.seen[i].body, "\"expiresAfter\":17640000"));
	}
	hyperliquid_world_close(&world);
}

static void after_nonce_too_low_the_next_nonce_is_beyond_it(void **state)
{
	char text[128];
	(void)state;
	hyperliquid_world_trade(&world);
	int64_t lowest = scheduler_now(world.scheduler) / 1000000 + 3600000;
	snprintf(text, sizeof(text), REFUSED("Invalid nonce: nonce too low %d < %" PRId64), 5,
		 lowest);
	const struct command_result *result = place(ORDER_IOC, SIDE_BUY, text);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	place(ORDER_IOC, SIDE_BUY, OK_FILLED);
	assert_true(fake_hyperliquid_action(&world.fake, "order")->nonce_ms > lowest);
	hyperliquid_world_close(&world);
}

static void an_order_past_its_expiry_is_not_sent(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	order.venue_expiry_ns = scheduler_now(world.scheduler) - 1;
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_EXPIRED);
	assert_int_equal(world.fake.seen_count, 0);
	hyperliquid_world_close(&world);
}

static void a_small_action_budget_is_kept_for_exits(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	fake_hyperliquid_info(&world.fake, "userRateLimit",
			      "{\"cumVlm\":\"0.0\",\"nRequestsUsed\":9600,\"nRequestsCap\":10000,"
			      "\"nRequestsSurplus\":0}");
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_RATE_LIMITED);
	assert_int_equal(world.fake.seen_count, 0);
	order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_SELL);
	order.reduce_only = true;
	fake_hyperliquid_script(&world.fake, OK_FILLED);
	assert_int_equal(hyperliquid_world_place(&world, &order)->outcome, COMMAND_ACKNOWLEDGED);
	hyperliquid_world_close(&world);
}

static void after_429_nothing_goes_out_until_the_wait_is_over(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	place(ORDER_IOC, SIDE_BUY, "#429");
	size_t seen = world.fake.seen_count;
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_NEVER_SENT);
	assert_int_equal(world.fake.seen_count, seen);
	fake_hyperliquid_script(&world.fake, DEFAULT); /* the noop of the first */
	hyperliquid_world_run(&world, 5 * SECOND);
	assert_int_equal(place(ORDER_IOC, SIDE_BUY, OK_FILLED)->outcome, COMMAND_ACKNOWLEDGED);
	hyperliquid_world_close(&world);
}

/* ---- batches ----------------------------------------------------------------------------------
 */

static void a_batch_is_answered_in_its_order_with_post_only_apart(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request orders[4];
	for (size_t i = 0; i < 4; i++)
		orders[i] = hyperliquid_world_order(&world, i == 1 ? ORDER_POST_ONLY : ORDER_IOC,
						    SIDE_BUY);
	fake_hyperliquid_script(&world.fake, OK_RESTING);
	fake_hyperliquid_script(
		&world.fake,
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"filled\":{\"totalSz\":\"0.0456\",\"avgPx\":\"2831.7\",\"oid\":7}},"
		"{\"error\":\"Insufficient margin to place order. asset=1\"}]}}}");
	struct command_request request = {.kind = COMMAND_PLACE_BATCH,
					  .u.batch = {.orders = orders, .count = 4}};
	exchange_command(world.client, &request, scheduler_now(world.scheduler) + 5 * SECOND,
			 hyperliquid_world_note_result, &world);
	hyperliquid_world_run(&world, SECOND);
	assert_int_equal(world.result_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(world.results[i].client_id, orders[i].client_id);
	assert_int_equal(world.results[0].outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(world.results[1].outcome, COMMAND_ACKNOWLEDGED);
	assert_string_equal(world.results[1].venue_order_id, "245678901234");
	/* One error stands for all that are not named (§2.7). */
	assert_int_equal(world.results[2].outcome, COMMAND_REJECTED);
	assert_int_equal(world.results[3].outcome, COMMAND_REJECTED);
	assert_int_equal(world.results[3].reason, REJECT_MARGIN);
	assert_int_equal(world.fake.seen_count, 2);
	hyperliquid_world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_goes_out_as_a_post_in_the_venues_words),
		cmocka_unit_test(order_types_have_their_time_in_force_and_side),
		cmocka_unit_test(
			a_market_order_is_an_ioc_five_percent_beyond_the_touch_rounded_to_reach),
		cmocka_unit_test(a_market_order_that_found_nothing_reaches_further_the_next_time),
		cmocka_unit_test(a_market_order_too_far_from_the_oracle_reaches_no_further),
		cmocka_unit_test(the_answer_of_an_ioc_ends_it_with_its_total),
		cmocka_unit_test(a_refused_tick_makes_the_rules_be_read_again),
		cmocka_unit_test(known_refusals_are_definite_and_say_why),
		cmocka_unit_test(whatever_is_not_known_is_unknown),
		cmocka_unit_test(without_a_socket_orders_go_over_rest_with_the_same_meaning),
		cmocka_unit_test(rest_answers_that_prove_nothing_are_unknown),
		cmocka_unit_test(a_network_that_is_down_is_never_sent),
		cmocka_unit_test(a_lost_order_is_proven_dead_by_a_noop_with_its_nonce),
		cmocka_unit_test(a_processed_order_with_a_lost_answer_is_found_by_its_status),
		cmocka_unit_test(a_noop_whose_answer_is_lost_is_sent_again),
		cmocka_unit_test(unknown_oid_after_processing_concludes_nothing),
		cmocka_unit_test(orders_in_flight_at_a_disconnect_are_unknown_at_once),
		cmocka_unit_test(nonces_rise_and_follow_the_venues_clock),
		cmocka_unit_test(after_nonce_too_low_the_next_nonce_is_beyond_it),
		cmocka_unit_test(an_order_past_its_expiry_is_not_sent),
		cmocka_unit_test(a_small_action_budget_is_kept_for_exits),
		cmocka_unit_test(after_429_nothing_goes_out_until_the_wait_is_over),
		cmocka_unit_test(a_batch_is_answered_in_its_order_with_post_only_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
