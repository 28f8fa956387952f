/* Faults of the catalogue on Hyperliquid's wire: what was done, what was answered, and what can
 * still be learnt. */
#include "core/base/utc.h"
#include "tests/support/hyperliquid_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CLOID "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70"
#define ETH   1
#define ME    net.masters[0].address_text

static struct hyperliquid_testnet net;

static int set_up(void **state)
{
	(void)state;
	hyperliquid_testnet_open(&net, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hyperliquid_testnet_close(&net);
	return 0;
}

static const char *take(void)
{
	return hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.5", "Ioc", false, CLOID);
}

static const char *rest(void)
{
	return hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID);
}

static void expect(const char *got, const char *wanted)
{
	if (strstr(got, wanted) == NULL)
		fail_msg("'%s' is not in '%s'", wanted, got);
}

static const char *state_of(const char *id)
{
	hyperliquid_testnet_info(&net, "{\"type\":\"orderStatus\",\"user\":\"%s\",\"oid\":%s}", ME,
				 id);
	const char *status = hyperliquid_testnet_text(&net, "order.status");
	return status[0] != '\0' ? status : hyperliquid_testnet_text(&net, "status");
}

static const char *state(void)
{
	return state_of("\"" CLOID "\"");
}

static size_t fills(void)
{
	hyperliquid_testnet_info(&net, "{\"type\":\"userFills\",\"user\":\"%s\"}", ME);
	return json_tree_count(net.tree);
}

/* ---- A: ambiguous outcomes ---------------------------------------------------------------------
 */

static void an_executed_order_whose_answer_is_spoiled_is_found(void **unused)
{
	static const struct {
		const char *rule, *answer;
		int status;
	} CASES[] = {
		{"ord.resp=drop", "0 no answer", 0},
		{"ord.exec_then=close", "0 no answer", 0},
		{"ord.exec_then=rst", "0 no answer", 0},
		{"ord.body=trunc", "{\"status\":\"ok\"", 200},
		{"ord.body=html", "<html>", 200},
		{"ord.body=empty", "200 ", 200},
		{"ord.http=503:unknown", "503 Unknown error", 503},
		{"ord.code=internal:executed", "Internal error internal", 200},
	};
	(void)unused;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		hyperliquid_testnet_close(&net);
		hyperliquid_testnet_open(&net, NULL);
		hyperliquid_testnet_fault(&net, CASES[i].rule);
		expect(take(), CASES[i].answer);
		assert_int_equal(net.status, CASES[i].status);
		hyperliquid_testnet_pass(&net, 500);
		assert_string_equal(state(), "filled");
		assert_int_equal(fills(), 1);
	}
}

static void a_wrongly_typed_answer_is_json_of_no_known_shape(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.body=type");
	take();
	assert_non_null(net.tree);
	assert_int_equal(hyperliquid_testnet_find(net.tree, "response.type")->kind, TREE_NUMBER);
	assert_string_equal(state(), "filled");
}

static void an_order_that_was_not_executed_is_unknown(void **unused)
{
	static const struct {
		const char *rule, *answer;
	} CASES[] = {
		{"ord.lost", "0 no answer"},
		{"ord.http=503:unavail", "503 Service Unavailable"},
		{"ord.http=451:html", "451 <html>"},
		{"ord.http=307", "307 "},
		{"ord.code=margin", "Insufficient margin to place order."},
		{"ord.code=limit", "Too many cumulative requests sent"},
		{"ord.code=internal", "Internal error internal"},
		{"rate.429,count=1", ""},
		{"rate.orders", "Too many cumulative requests sent (10001 > 10000)"},
		{"nonce=dup", "Invalid nonce: duplicate nonce 1764000000"},
		{"nonce=old", "Invalid nonce: nonce too low 1764000000"},
		{"auth=expired", "User or API Wallet 0x"},
	};
	(void)unused;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		hyperliquid_testnet_close(&net);
		hyperliquid_testnet_open(&net, NULL);
		hyperliquid_testnet_fault(&net, CASES[i].rule);
		expect(take(), CASES[i].answer);
		hyperliquid_testnet_pass(&net, 500);
		assert_string_equal(state(), "unknownOid");
		assert_int_equal(fills(), 0);
		/* A fault strikes as often as it is told to. */
		assert_int_equal(fault_plan_count(net.faults), 1);
	}
}

static void faults_select_side_kind_and_count(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.code=margin,symbol=ETH,side=sell,kind=unwind,nth=2");
	expect(take(), "filled");
	expect(hyperliquid_testnet_order(&net, 0, ETH, false, "2830", "0.1", "Ioc", true, ""),
	       "filled");
	expect(hyperliquid_testnet_order(&net, 0, ETH, false, "2830", "0.1", "Ioc", true, ""),
	       "Insufficient margin");
	expect(hyperliquid_testnet_order(&net, 0, ETH, false, "2830", "0.1", "Ioc", true, ""),
	       "filled");
}

static void look_ups_that_lag_do_not_know_the_order_yet(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "qry.lag_ms=5000");
	expect(take(), "filled");
	assert_string_equal(state(), "unknownOid");
	assert_int_equal(fills(), 0);
	hyperliquid_testnet_pass(&net, 5000);
	assert_string_equal(state(), "filled");
	assert_int_equal(fills(), 1);
}

static void look_ups_fail_as_often_as_told(void **unused)
{
	(void)unused;
	take();
	hyperliquid_testnet_fault(&net, "qry.fail=2");
	hyperliquid_testnet_info(&net, "{\"type\":\"userFills\",\"user\":\"%s\"}", ME);
	assert_int_equal(net.status, 503);
	hyperliquid_testnet_info(&net, "{\"type\":\"openOrders\",\"user\":\"%s\"}", ME);
	assert_int_equal(net.status, 503);
	assert_int_equal(fills(), 1);
}

/* An order that comes late is unknown until it is there; its deadline ends it. */
static void a_late_order_executes_unless_it_has_expired(void **unused)
{
	char action[512];
	struct hyperliquid_testnet_envelope envelope = {0};
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.delay_ms=15000,count=2");
	take();
	assert_int_equal(net.status, 0);
	assert_string_equal(state(), "unknownOid");
	hyperliquid_testnet_pass(&net, 4000);
	assert_string_equal(state(), "filled");
	snprintf(action, sizeof(action),
		 "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.5\","
		 "\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}},\"c\":"
		 "\"0x00000000000000000000000000000001\"}],\"grouping\":\"na\"}");
	envelope.expires_after = hyperliquid_testnet_ms(&net) + 2000;
	hyperliquid_testnet_act_with(&net, &net.agents[0], action, &envelope);
	hyperliquid_testnet_pass(&net, 10000);
	assert_string_equal(state_of("\"0x00000000000000000000000000000001\""), "unknownOid");
	assert_int_equal(fills(), 1);
}

static void a_noop_with_its_nonce_kills_a_late_order(void **unused)
{
	struct hyperliquid_testnet_envelope same;
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.delay_ms=15000,count=1");
	take();
	assert_int_equal(net.status, 0);
	same = (struct hyperliquid_testnet_envelope){.nonce = net.nonce};
	assert_string_equal(
		hyperliquid_testnet_act_with(&net, &net.agents[0], "{\"type\":\"noop\"}", &same),
		"default");
	hyperliquid_testnet_pass(&net, 10000);
	assert_string_equal(state(), "unknownOid");
	assert_int_equal(fills(), 0);
	/* The second use of the nonce is one. */
	expect(hyperliquid_testnet_act_with(&net, &net.agents[0], "{\"type\":\"noop\"}", &same),
	       "Invalid nonce: duplicate nonce");
	/* An order that was executed cannot be killed. */
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.5", "Ioc", false, ""),
	       "filled");
	same.nonce = net.nonce;
	expect(hyperliquid_testnet_act_with(&net, &net.agents[0], "{\"type\":\"noop\"}", &same),
	       "Invalid nonce: duplicate nonce");
}

static void the_same_bytes_again_are_a_duplicate_nonce(void **unused)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	static const char ORDER[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":\"na\"}";
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.resp=drop,count=1");
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
	hyperliquid_testnet_post(&net, "/exchange", body);
	assert_int_equal(net.status, 0);
	hyperliquid_testnet_post(&net, "/exchange", body);
	expect(hyperliquid_testnet_text(&net, "response"), "Invalid nonce: duplicate nonce");
	assert_int_equal(fills(), 1);
}

static void an_acknowledged_order_may_be_refused_or_vanish(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.ack_then=silence,count=1");
	expect(rest(), "resting");
	assert_string_equal(state(), "unknownOid");
	hyperliquid_testnet_fault(&net, "ord.ack_then=reject,count=1");
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, ""),
	       "Insufficient margin to place order. asset=1");
	assert_string_equal(state_of("245678900001"), "perpMarginRejected");
}

static void client_ids_are_refused_or_taken_again_as_told(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.dup_id=reject,nth=1");
	expect(take(), "error");
	hyperliquid_testnet_fault(&net, "ord.dup_id=accept");
	expect(take(), "filled");
	expect(take(), "filled");
	assert_int_equal(fills(), 2);
}

static void a_post_may_be_answered_with_another_s_id(void **unused)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.swap_reply");
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_sign(
		&net, &net.agents[0], "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":1}]}",
		"{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":1}]}", NULL, body);
	hyperliquid_testnet_say(socket,
				"{\"method\":\"post\",\"id\":7,\"request\":{\"type\":\"action\","
				"\"payload\":%s}}",
				body);
	struct json_tree *frame = hyperliquid_testnet_frame(socket, "post", 0);
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.id")), "8");
	json_tree_free(frame);
}

static void a_socket_may_be_cut_instead_of_an_answer(void **unused)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	static const char ORDER[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":\"na\"}";
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.exec_then=close,count=1");
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	for (int i = 0; i < 3; i++) {
		hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
		hyperliquid_testnet_say(socket,
					"{\"method\":\"post\",\"id\":7,\"request\":{\"type\":"
					"\"action\",\"payload\":%s}}",
					body);
	}
	hyperliquid_testnet_pass(&net, 500);
	assert_true(socket->closed);
	assert_int_equal(hyperliquid_testnet_frames(socket, "post"), 0);
	assert_int_equal(fills(), 3);
}

/* ---- B: life cycle -----------------------------------------------------------------------------
 */

static void events_may_come_before_the_answer(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ws.before_ack");
	expect(take(), "filled");
	assert_in_range(net.took_ms, 200, 205);
}

static void account_frames_come_twice_late_or_never_as_told(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 0);
	hyperliquid_testnet_fault(&net, "ws.dup,count=1");
	take();
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "userFills"), 3);
	assert_string_equal(socket->frames[3], socket->frames[4]);
	hyperliquid_testnet_forget(socket);
	fault_plan_clear(net.faults);
	hyperliquid_testnet_fault(&net, "ws.reorder,count=1");
	hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.1", "Ioc", false, "");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "userFills"), 0);
	hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.2", "Ioc", false, "");
	hyperliquid_testnet_pass(&net, 5);
	expect(socket->frames[0], "\"sz\":\"0.2\"");
	expect(socket->frames[1], "\"sz\":\"0.1\"");
	fault_plan_clear(net.faults);
	hyperliquid_testnet_fault(&net, "ws.gap_private,count=1");
	hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "0.3", "Ioc", false, "");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "userFills"), 2);
	assert_int_equal(fills(), 4);
}

static void states_fees_and_sums_are_told_wrong_as_told(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 0);
	hyperliquid_testnet_fault(&net, "fill.fee_late,count=1");
	take();
	hyperliquid_testnet_pass(&net, 5);
	struct json_tree *frame = hyperliquid_testnet_frame(socket, "userFills", 1);
	assert_null(hyperliquid_testnet_find(frame, "data.fills.0.fee"));
	json_tree_free(frame);
	assert_int_equal(fills(), 1);
	assert_string_equal(hyperliquid_testnet_text(&net, "0.fee"), "0.637132");
	hyperliquid_testnet_fault(&net, "ord.status=ALIEN,count=1");
	assert_string_equal(state(), "ALIEN");
	assert_string_equal(state(), "filled");
	hyperliquid_testnet_order(&net, 0, ETH, true, "2831.7", "20", "Gtc", false, "");
	hyperliquid_testnet_fault(&net, "ord.cum_shrink");
	assert_string_equal(state_of("245678900001"), "open");
	assert_string_equal(hyperliquid_testnet_text(&net, "order.order.sz"), "20.0");
	state_of("245678900001");
	assert_string_equal(hyperliquid_testnet_text(&net, "order.order.sz"), "11.7");
}

static void a_cancel_may_lose_against_a_fill(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "cxl.fill_race=100");
	rest();
	expect(hyperliquid_testnet_act(
		       &net, 0, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}]}"),
	       "Order was never placed, already canceled, or filled. asset=1");
	assert_string_equal(state(), "filled");
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, NULL);
	hyperliquid_testnet_fault(&net, "cxl.fill_race=40");
	rest();
	expect(hyperliquid_testnet_act(
		       &net, 0, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}]}"),
	       "success");
	assert_string_equal(state(), "canceled");
	assert_string_equal(hyperliquid_testnet_text(&net, "order.order.sz"), "0.3");
	assert_int_equal(fills(), 1);
}

static void an_order_may_be_stuck_until_it_is_cancelled(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ord.stuck,count=1");
	expect(take(), "resting");
	hyperliquid_testnet_pass(&net, 60000);
	assert_string_equal(state(), "open");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"cancelByCloid\",\"cancels\":[{\"asset\":1,"
				       "\"cloid\":\"" CLOID "\"}]}"),
	       "success");
	assert_string_equal(state(), "canceled");
	assert_int_equal(fills(), 0);
}

static void an_ioc_may_find_only_a_part(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "ioc.fill_pct=40");
	expect(take(), "\"totalSz\":\"0.2\"");
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, NULL);
	hyperliquid_testnet_fault(&net, "ioc.fill_pct=0");
	expect(take(), "could not immediately match");
}

static void ids_may_be_beyond_a_double(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "json.bigid");
	expect(take(), "\"oid\":1152921750285746976");
	assert_string_equal(state_of("1152921750285746976"), "filled");
	fills();
	assert_int_equal(strlen(hyperliquid_testnet_text(&net, "0.tid")), 19);
	assert_string_equal(hyperliquid_testnet_text(&net, "0.oid"), "1152921750285746976");
}

/* ---- positions, the venue, streams -------------------------------------------------------------
 */

static void reads_of_positions_are_empty_late_or_fail_as_told(void **unused)
{
	static const char QUESTION[] = "{\"type\":\"clearinghouseState\",\"user\":\"%s\"}";
	(void)unused;
	take();
	hyperliquid_testnet_fault(&net, "pos.empty,count=1");
	hyperliquid_testnet_info(&net, QUESTION, ME);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "assetPositions")), 0);
	hyperliquid_testnet_fault(&net, "pos.fail,count=1");
	hyperliquid_testnet_info(&net, QUESTION, ME);
	assert_int_equal(net.status, 500);
	assert_string_equal(net.body, "null");
	hyperliquid_testnet_fault(&net, "pos.lag_ms=2000,count=2");
	hyperliquid_testnet_info(&net, QUESTION, ME);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "assetPositions")), 0);
	hyperliquid_testnet_pass(&net, 2000);
	hyperliquid_testnet_info(&net, QUESTION, ME);
	assert_string_equal(hyperliquid_testnet_text(&net, "assetPositions.0.position.szi"), "0.5");
}

static void a_venue_that_is_down_says_503_and_opens_no_socket(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "venue.down_ms=3000");
	hyperliquid_testnet_info(&net, "{\"type\":\"exchangeStatus\"}");
	assert_int_equal(net.status, 503);
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	assert_true(socket->closed);
	expect(take(), "503");
	hyperliquid_testnet_pass(&net, 3000);
	assert_string_equal(state(), "unknownOid");
	expect(take(), "filled");
}

static void a_line_that_is_down_answers_nothing(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "net.down,to_ms=20000");
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"meta\"}"), 0);
	hyperliquid_testnet_pass(&net, 20000);
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"meta\"}"), 200);
}

static void a_line_that_is_down_cuts_sockets_and_refuses_new_ones(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_fault(&net, "net.down,to_ms=3000");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "5");
	hyperliquid_testnet_pass(&net, 5);
	assert_true(socket->closed);
	assert_true(hyperliquid_testnet_connect(&net)->closed);
	hyperliquid_testnet_pass(&net, 3000);
	assert_true(hyperliquid_testnet_connect(&net)->open);
}

static void a_burst_sends_so_many_more_books_in_a_second(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	hyperliquid_testnet_fault(&net, "ws.burst=100");
	hyperliquid_testnet_pass(&net, 3010);
	assert_int_equal(hyperliquid_testnet_frames(socket, "l2Book"), 1 + 3 * (2 + 100));
}

static void faults_of_streams_select_the_market(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"BTC\"", -1);
	hyperliquid_testnet_fault(&net, "ws.silent,symbol=ETH");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "5");
	hyperliquid_testnet_level(&net, net.btc, SIDE_BUY, "87520", "5");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "bbo"), 3);
	expect(socket->frames[socket->frame_count - 1], "BTC");
}

static void an_answer_may_be_delayed(void **unused)
{
	(void)unused;
	hyperliquid_testnet_fault(&net, "rest.delay_ms=700");
	hyperliquid_testnet_info(&net, "{\"type\":\"meta\"}");
	assert_in_range(net.took_ms, 700, 703);
	expect(take(), "filled");
	assert_in_range(net.took_ms, 850, 855);
}

static void streams_fall_silent_or_are_cut_as_told(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_fault(&net, "ws.silent,to_ms=1000");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.65", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "3");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "bbo"), 1);
	hyperliquid_testnet_say(socket, "{\"method\":\"ping\"}");
	assert_int_equal(hyperliquid_testnet_frames(socket, "pong"), 1);
	hyperliquid_testnet_pass(&net, 1000);
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "4");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(socket, "bbo"), 2);
	hyperliquid_testnet_fault(&net, "ws.kick");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "5");
	hyperliquid_testnet_pass(&net, 5);
	assert_true(socket->closed);
	socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_fault(&net, "ws.sub_reject,count=1");
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	assert_int_equal(hyperliquid_testnet_frames(socket, "error"), 1);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	assert_int_equal(hyperliquid_testnet_frames(socket, "bbo"), 1);
}

static void times_in_frames_may_stand_still(void **unused)
{
	(void)unused;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	hyperliquid_testnet_fault(&net, "ws.stale_ts");
	hyperliquid_testnet_pass(&net, 2000);
	struct json_tree *one = hyperliquid_testnet_frame(socket, "l2Book", 1);
	struct json_tree *two = hyperliquid_testnet_frame(socket, "l2Book", 3);
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(one, "data.time")),
			    json_tree_text(hyperliquid_testnet_find(two, "data.time")));
	json_tree_free(one);
	json_tree_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WIRE(an_executed_order_whose_answer_is_spoiled_is_found),
		WIRE(a_wrongly_typed_answer_is_json_of_no_known_shape),
		WIRE(an_order_that_was_not_executed_is_unknown),
		WIRE(faults_select_side_kind_and_count),
		WIRE(look_ups_that_lag_do_not_know_the_order_yet),
		WIRE(look_ups_fail_as_often_as_told),
		WIRE(a_late_order_executes_unless_it_has_expired),
		WIRE(a_noop_with_its_nonce_kills_a_late_order),
		WIRE(the_same_bytes_again_are_a_duplicate_nonce),
		WIRE(an_acknowledged_order_may_be_refused_or_vanish),
		WIRE(client_ids_are_refused_or_taken_again_as_told),
		WIRE(a_post_may_be_answered_with_another_s_id),
		WIRE(a_socket_may_be_cut_instead_of_an_answer),
		WIRE(events_may_come_before_the_answer),
		WIRE(account_frames_come_twice_late_or_never_as_told),
		WIRE(states_fees_and_sums_are_told_wrong_as_told),
		WIRE(a_cancel_may_lose_against_a_fill),
		WIRE(an_order_may_be_stuck_until_it_is_cancelled),
		WIRE(an_ioc_may_find_only_a_part),
		WIRE(ids_may_be_beyond_a_double),
		WIRE(reads_of_positions_are_empty_late_or_fail_as_told),
		WIRE(a_venue_that_is_down_says_503_and_opens_no_socket),
		WIRE(a_line_that_is_down_answers_nothing),
		WIRE(a_line_that_is_down_cuts_sockets_and_refuses_new_ones),
		WIRE(a_burst_sends_so_many_more_books_in_a_second),
		WIRE(faults_of_streams_select_the_market),
		WIRE(an_answer_may_be_delayed),
		WIRE(streams_fall_silent_or_are_cut_as_told),
		WIRE(times_in_frames_may_stand_still),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
