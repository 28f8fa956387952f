/* The faults of groups A, B and of the streams, as Lighter's wire shows them. */
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_testnet net;
static char token[LIGHTER_AUTH_TOKEN_MAX];

static int set_up(void **state)
{
	(void)state;
	lighter_testnet_open(&net, false);
	lighter_testnet_token(&net, 0, token);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lighter_testnet_close(&net);
	return 0;
}

static const char *status_of(int64_t client_index)
{
	char target[128];
	snprintf(target, sizeof(target),
		 "/api/v1/accountOrders?account_index=5501&client_order_indexes=%" PRId64,
		 client_index);
	assert_int_equal(lighter_testnet_get(&net, target, token), 200);
	return lighter_testnet_text(&net, "orders.0.status");
}

static int64_t buy(int64_t client_index)
{
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, client_index, false, 5000, 640200, LIGHTER_IOC);
	return lighter_testnet_send(&net, 0, &tx);
}

/* Whether an order that met the fault came to be executed. */
static void expect_executed(int64_t client_index, bool executed)
{
	lighter_testnet_pass(&net, 500);
	assert_string_equal(status_of(client_index), executed ? "filled" : "");
	char target[] = "/api/v1/nextNonce?account_index=5501&api_key_index=7";
	lighter_testnet_get(&net, target, NULL);
	net.nonce[0] = strtoll(lighter_testnet_text(&net, "nonce"), NULL, 10);
}

static void an_answer_that_never_comes_leaves_an_executed_order(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.resp=drop,kind=open,nth=1");
	buy(1);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	expect_executed(1, true);
	assert_int_equal(buy(2), 200);
}

static void a_lost_request_leaves_nothing(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.lost,nth=1");
	buy(1);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	expect_executed(1, false);
}

static void a_connection_dies_after_the_execution(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.exec_then=close,nth=1");
	lighter_testnet_fault(&net, "ord.exec_then=rst,nth=2");
	buy(1);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	expect_executed(1, true);
	buy(2);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	expect_executed(2, true);
}

static void statuses_mean_what_their_body_says(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		int status;
		bool executed, html;
	} CASES[] = {
		{"ord.http=503:unknown,nth=1", 503, true, false},
		{"ord.http=503:unavail,nth=1", 503, false, false},
		{"ord.http=503:html,nth=1", 503, false, true},
		{"ord.http=307,nth=1", 307, false, true},
		{"ord.http=405:html,nth=1", 405, false, true},
	};
	for (int64_t i = 0; i < 5; i++) {
		fault_plan_clear(net.faults);
		lighter_testnet_fault(&net, CASES[i].rule);
		buy(i + 1);
		assert_int_equal(net.status, CASES[i].status);
		assert_int_equal(strcmp(net.content_type, "text/html") == 0, CASES[i].html);
		expect_executed(i + 1, CASES[i].executed);
	}
}

static void a_code_may_come_with_or_without_an_execution(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.code=29500:executed,nth=1");
	assert_int_equal(buy(1), 29500);
	expect_executed(1, true);
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ord.code=margin,nth=1");
	assert_int_equal(buy(2), 21739);
	expect_executed(2, false);
}

static void bodies_are_spoiled_after_the_execution(void **state)
{
	(void)state;
	static const char *const WORDS[] = {"trunc", "html", "type", "empty"};
	for (int64_t i = 0; i < 4; i++) {
		char rule[48];
		snprintf(rule, sizeof(rule), "ord.body=%s,nth=1", WORDS[i]);
		fault_plan_clear(net.faults);
		lighter_testnet_fault(&net, rule);
		buy(i + 1);
		assert_int_equal(net.status, 200);
		assert_int_equal(lighter_testnet_code(&net), 0);
		assert_int_equal(net.tree != NULL, strcmp(WORDS[i], "type") == 0);
		expect_executed(i + 1, true);
	}
}

static void refusals_of_nonce_key_and_quota_take_no_nonce(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		int64_t code;
		int status;
	} CASES[] = {
		{"nonce=old,nth=1", 21104, 400}, {"auth=sig,nth=1", 21120, 400},
		{"auth=perm,nth=1", 21109, 400}, {"rate.orders,nth=1", 23000, 429},
		{"rate.429,nth=1", 23000, 429},
	};
	for (int64_t i = 0; i < 5; i++) {
		lighter_testnet_close(&net);
		lighter_testnet_open(&net, false);
		lighter_testnet_fault(&net, CASES[i].rule);
		assert_int_equal(buy(i + 1), CASES[i].code);
		assert_int_equal(net.status, CASES[i].status);
		assert_int_equal(buy(i + 1), 200);
	}
}

static void an_acknowledged_order_may_be_refused_or_vanish(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "ord.ack_then=reject,nth=1");
	lighter_testnet_fault(&net, "ord.ack_then=silence,nth=2");
	lighter_testnet_fault(&net, "lt.silent_drop,nth=3");
	for (int64_t i = 1; i <= 3; i++)
		assert_int_equal(buy(i), 200);
	lighter_testnet_pass(&net, 10000);
	assert_string_equal(status_of(1), "canceled-margin-not-allowed");
	assert_string_equal(status_of(2), "");
	assert_string_equal(status_of(3), "");
}

static void look_ups_lag_behind(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "qry.lag_ms=5000");
	assert_int_equal(buy(1), 200);
	char hash[96], target[160];
	snprintf(hash, sizeof(hash), "%s", lighter_testnet_text(&net, "tx_hash"));
	snprintf(target, sizeof(target), "/api/v1/tx?by=hash&value=%s", hash);
	lighter_testnet_pass(&net, 4000);
	assert_string_equal(status_of(1), "");
	lighter_testnet_get(&net, target, NULL);
	assert_int_equal(lighter_testnet_code(&net), 21500);
	lighter_testnet_get(&net, "/api/v1/trades?sort_by=timestamp&limit=9&account_index=5501",
			    token);
	assert_null(lighter_testnet_find(net.tree, "trades.0"));
	lighter_testnet_pass(&net, 2000);
	assert_string_equal(status_of(1), "filled");
	lighter_testnet_get(&net, target, NULL);
	assert_int_equal(lighter_testnet_code(&net), 200);
}

static void reads_fail_as_often_as_asked(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "qry.fail=2");
	const char *target = "/api/v1/accountActiveOrders?account_index=5501";
	assert_int_equal(lighter_testnet_get(&net, target, token), 503);
	assert_int_equal(lighter_testnet_get(&net, target, token), 503);
	assert_int_equal(lighter_testnet_get(&net, target, token), 200);
	lighter_testnet_fault(&net, "pos.fail,nth=1");
	lighter_testnet_fault(&net, "pos.empty,nth=2");
	assert_int_equal(buy(1), 200);
	lighter_testnet_pass(&net, 400);
	target = "/api/v1/account?by=index&value=5501";
	assert_int_equal(lighter_testnet_get(&net, target, NULL), 500);
	assert_int_equal(lighter_testnet_get(&net, target, NULL), 200);
	assert_non_null(lighter_testnet_find(net.tree, "accounts.0.positions.0"));
	assert_int_equal(lighter_testnet_get(&net, target, NULL), 200);
	assert_null(lighter_testnet_find(net.tree, "accounts.0.positions.0"));
}

static void positions_may_be_those_of_a_while_ago(void **state)
{
	(void)state;
	const char *target = "/api/v1/account?by=index&value=5501";
	assert_int_equal(buy(1), 200);
	lighter_testnet_pass(&net, 400);
	lighter_testnet_fault(&net, "pos.lag_ms=2000");
	lighter_testnet_get(&net, target, NULL);
	assert_null(lighter_testnet_find(net.tree, "accounts.0.positions.0"));
	lighter_testnet_pass(&net, 2000);
	lighter_testnet_get(&net, target, NULL);
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.position"),
			    "0.05000");
}

static void maintenance_is_a_page_and_a_slow_answer_is_late(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "rest.delay_ms=700,nth=1");
	int64_t before_ns = scheduler_now(net.scheduler);
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 200);
	assert_true(scheduler_now(net.scheduler) - before_ns >= INT64_C(700000000));
	lighter_testnet_fault(&net, "venue.down_ms=1000");
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 503);
	assert_string_equal(net.content_type, "text/html");
	assert_null(net.tree);
	lighter_testnet_pass(&net, 1000);
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 200);
	lighter_testnet_fault(&net, "rate.firewall,nth=1");
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 405);
	assert_null(net.tree);
}

/* ---- streams --------------------------------------------------------------------------------- */

static struct lighter_testnet_socket *orders_socket(void)
{
	struct lighter_testnet_socket *ws = lighter_testnet_connect(&net);
	lighter_testnet_subscribe(ws, "account_all_orders/5501", 0);
	lighter_testnet_subscribe(ws, "account_all_trades/5501", 0);
	lighter_testnet_subscribe(ws, "order_book/1", -1);
	lighter_testnet_forget(ws);
	return ws;
}

/* Text at a path of the n-th frame of a type. */
static const char *text_in(const struct lighter_testnet_socket *ws, const char *type, size_t n,
			   const char *path)
{
	static char text[128];
	struct json_tree *tree = lighter_testnet_frame(ws, type, n);
	assert_non_null(tree);
	snprintf(text, sizeof(text), "%s", json_tree_text(lighter_testnet_find(tree, path)));
	json_tree_free(tree);
	return text;
}

static void account_frames_are_doubled_swapped_or_missing(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.dup,nth=1");
	buy(1);
	lighter_testnet_pass(&net, 400);
	/* Trades come first. */
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_trades"), 2);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_orders"), 1);
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ws.reorder,nth=1");
	lighter_testnet_forget(ws);
	buy(2);
	lighter_testnet_pass(&net, 400);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_trades"), 1);
	assert_non_null(strstr(ws->frames[0], "account_all_orders"));
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ws.gap_private,nth=2");
	lighter_testnet_forget(ws);
	buy(3);
	lighter_testnet_pass(&net, 400);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_trades"), 1);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_orders"), 0);
}

static void a_book_frame_left_out_breaks_the_chain(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.gap,nth=2");
	for (unsigned i = 0; i < 3; i++) {
		lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", i == 1 ? "1" : "2");
		lighter_testnet_pass(&net, 100);
	}
	char nonce[32];
	snprintf(nonce, sizeof(nonce), "%s",
		 text_in(ws, "update/order_book", 0, "order_book.nonce"));
	assert_string_not_equal(text_in(ws, "update/order_book", 1, "order_book.begin_nonce"),
				nonce);
}

static void streams_fall_silent_while_pongs_come(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.silent,to_ms=1000");
	lighter_testnet_fault(&net, "ws.private_silent,to_ms=1000");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", "1");
	buy(1);
	lighter_testnet_pass(&net, 400);
	lighter_testnet_say(ws, "{\"type\":\"ping\"}");
	assert_int_equal(ws->frame_count, 1);
	assert_int_equal(lighter_testnet_frames(ws, "pong"), 1);
}

static void a_socket_is_kicked_or_cut(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket(), *other = orders_socket();
	lighter_testnet_fault(&net, "ws.kick");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", "1");
	lighter_testnet_pass(&net, 100);
	assert_int_equal((int)ws->closed + (int)other->closed, 1);
	lighter_testnet_fault(&net, "ws.cut");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", "2");
	lighter_testnet_pass(&net, 100);
	assert_int_equal((int)ws->closed + (int)other->closed, 2);
}

static void a_broken_line_cuts_sockets_and_answers_nothing(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "net.down,to_ms=1000");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", "1");
	lighter_testnet_pass(&net, 100);
	assert_true(ws->closed);
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 0);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	assert_int_equal(lighter_testnet_get(&net, "/api/v1/orderBooks", NULL), 200);
}

static void a_fault_may_select_a_market_and_a_side(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ord.status=strange,symbol=ETH");
	lighter_testnet_fault(&net, "ord.status=odd,symbol=BTC,side=sell");
	lighter_testnet_fault(&net, "ord.resp=drop,symbol=ETH");
	assert_int_equal(buy(1), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(text_in(ws, "update/account_all_orders", 0, "orders.1.0.status"),
			    "filled");
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 2, true, 5000, 639900, LIGHTER_IOC);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(text_in(ws, "update/account_all_orders", 1, "orders.1.0.status"),
			    "odd");
	tx = lighter_testnet_create(&net, 0, 0, 3, true, 5000, 302300, LIGHTER_IOC);
	lighter_testnet_send(&net, 0, &tx);
	assert_int_equal(net.outcome, TRANSPORT_UNKNOWN);
	assert_string_equal(text_in(ws, "update/account_all_orders", 2, "orders.0.0.status"),
			    "strange");
}

static void time_stands_still_in_frames(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.stale_ts");
	for (unsigned i = 0; i < 2; i++) {
		lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", i ? "1" : "2");
		lighter_testnet_pass(&net, 500);
	}
	char first[32];
	snprintf(first, sizeof(first), "%s", text_in(ws, "update/order_book", 0, "timestamp"));
	assert_string_equal(text_in(ws, "update/order_book", 1, "timestamp"), first);
}

static void statuses_ids_and_fees_are_not_what_is_expected(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ord.status=quarantined,nth=1");
	lighter_testnet_fault(&net, "fill.fee_late,nth=1");
	lighter_testnet_fault(&net, "json.bigid");
	buy(1);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(text_in(ws, "update/account_all_orders", 0, "orders.1.0.status"),
			    "quarantined");
	assert_string_equal(text_in(ws, "update/account_all_trades", 0, "trades.1.0.taker_fee"),
			    "");
	assert_true(strtoll(text_in(ws, "update/account_all_trades", 0, "trades.1.0.trade_id"),
			    NULL, 10) > INT64_C(1) << 53);
	lighter_testnet_get(&net, "/api/v1/trades?sort_by=timestamp&limit=9&account_index=5501",
			    token);
	assert_string_equal(lighter_testnet_text(&net, "trades.0.taker_fee"), "280");
}

static void a_cumulative_fill_may_shrink(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 35000, 640105, LIGHTER_GTT);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	assert_string_equal(
		text_in(ws, "update/account_all_orders", 0, "orders.1.0.filled_base_amount"),
		"0.30000");
	lighter_testnet_fault(&net, "ord.cum_shrink");
	assert_string_equal(status_of(1), "open");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.filled_base_amount"), "0.15000");
	assert_string_equal(status_of(1), "open");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.filled_base_amount"), "0.30000");
}

static void events_come_before_the_answer(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.before_ack,nth=1");
	assert_int_equal(buy(1), 200);
	/* When the answer is there the frames have been. */
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_orders"), 1);
}

static void say_buy(struct lighter_testnet_socket *ws, int64_t client_index, const char *id)
{
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, client_index, false, 5000, 640200, LIGHTER_IOC);
	struct lighter_signed out;
	char text[4096];
	lighter_testnet_sign(&net, 0, &tx, &out);
	net.nonce[0]++;
	snprintf(text, sizeof(text),
		 "{\"type\":\"jsonapi/sendtx\",\"data\":{\"id\":\"%s\",\"tx_type\":14,"
		 "\"tx_info\":%s}}",
		 id, out.tx_info);
	lighter_testnet_say(ws, text);
}

static void answers_over_the_socket_meet_the_same_faults(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	say_buy(ws, 1, "a");
	lighter_testnet_fault(&net, "ord.swap_reply,nth=1");
	say_buy(ws, 2, "b");
	assert_string_equal(text_in(ws, "jsonapi/sendtx", 1, "id"), "a");
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ord.resp=drop,nth=1");
	say_buy(ws, 3, "c");
	assert_int_equal(lighter_testnet_frames(ws, "jsonapi/sendtx"), 2);
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ws.before_ack,nth=1");
	lighter_testnet_forget(ws);
	say_buy(ws, 4, "d");
	assert_int_equal(lighter_testnet_frames(ws, "jsonapi/sendtx"), 0);
	lighter_testnet_pass(&net, 400);
	assert_int_equal(lighter_testnet_frames(ws, "jsonapi/sendtx"), 1);
	assert_null(strstr(ws->frames[0], "jsonapi"));
	fault_plan_clear(net.faults);
	lighter_testnet_fault(&net, "ord.exec_then=rst,nth=1");
	say_buy(ws, 5, "e");
	assert_true(ws->closed);
	lighter_testnet_pass(&net, 400);
	for (int64_t i = 1; i <= 5; i++)
		assert_string_equal(status_of(i), "filled");
}

static void subscriptions_are_refused_on_demand(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = lighter_testnet_connect(&net);
	lighter_testnet_fault(&net, "ws.sub_reject,nth=1");
	lighter_testnet_subscribe(ws, "ticker/1", -1);
	assert_string_equal(text_in(ws, "{\"error\"", 0, "error.code"), "30012");
	lighter_testnet_subscribe(ws, "ticker/1", -1);
	assert_int_equal(lighter_testnet_frames(ws, "subscribed/ticker"), 1);
}

static void a_burst_keeps_the_chain(void **state)
{
	(void)state;
	struct lighter_testnet_socket *ws = orders_socket();
	lighter_testnet_fault(&net, "ws.burst=200");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64000.0", "1");
	lighter_testnet_pass(&net, 100);
	size_t frames = lighter_testnet_frames(ws, "update/order_book");
	assert_true(frames >= 10);
	for (size_t i = 1; i < frames; i++) {
		char nonce[32];
		snprintf(nonce, sizeof(nonce), "%s",
			 text_in(ws, "update/order_book", i - 1, "order_book.nonce"));
		assert_string_equal(text_in(ws, "update/order_book", i, "order_book.begin_nonce"),
				    nonce);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_that_never_comes_leaves_an_executed_order),
		TEST(a_lost_request_leaves_nothing),
		TEST(a_connection_dies_after_the_execution),
		TEST(statuses_mean_what_their_body_says),
		TEST(a_code_may_come_with_or_without_an_execution),
		TEST(bodies_are_spoiled_after_the_execution),
		TEST(refusals_of_nonce_key_and_quota_take_no_nonce),
		TEST(an_acknowledged_order_may_be_refused_or_vanish),
		TEST(look_ups_lag_behind),
		TEST(reads_fail_as_often_as_asked),
		TEST(positions_may_be_those_of_a_while_ago),
		TEST(maintenance_is_a_page_and_a_slow_answer_is_late),
		TEST(account_frames_are_doubled_swapped_or_missing),
		TEST(a_book_frame_left_out_breaks_the_chain),
		TEST(streams_fall_silent_while_pongs_come),
		TEST(a_socket_is_kicked_or_cut),
		TEST(a_broken_line_cuts_sockets_and_answers_nothing),
		TEST(a_fault_may_select_a_market_and_a_side),
		TEST(time_stands_still_in_frames),
		TEST(statuses_ids_and_fees_are_not_what_is_expected),
		TEST(a_cumulative_fill_may_shrink),
		TEST(events_come_before_the_answer),
		TEST(answers_over_the_socket_meet_the_same_faults),
		TEST(subscriptions_are_refused_on_demand),
		TEST(a_burst_keeps_the_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
