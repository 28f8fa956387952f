/* Orders over the wire, through their whole life: what the venue demands of them, and that answers,
 * look-ups and streams agree (venues/hyperliquid.md §2, §3, §5.4). */
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
#define BTC   0
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

static const char *order(bool buy, const char *price, const char *size, const char *tif)
{
	return hyperliquid_testnet_order(&net, 0, ETH, buy, price, size, tif, false, "");
}

static const char *reduce(bool buy, const char *price, const char *size, const char *tif)
{
	return hyperliquid_testnet_order(&net, 0, ETH, buy, price, size, tif, true, "");
}

static void expect(const char *got, const char *wanted)
{
	if (strstr(got, wanted) == NULL)
		fail_msg("'%s' is not in '%s'", wanted, got);
}

static void expect_state(const char *id, const char *status, const char *left)
{
	hyperliquid_testnet_info(&net, "{\"type\":\"orderStatus\",\"user\":\"%s\",\"oid\":%s}", ME,
				 id);
	if (strcmp(hyperliquid_testnet_text(&net, "order.status"), status) != 0 ||
	    strcmp(hyperliquid_testnet_text(&net, "order.order.sz"), left) != 0)
		fail_msg("%s is %s", id, net.body);
}

static void expect_position(const char *size)
{
	hyperliquid_testnet_info(&net, "{\"type\":\"clearinghouseState\",\"user\":\"%s\"}", ME);
	assert_string_equal(hyperliquid_testnet_text(&net, "assetPositions.0.position.szi"), size);
}

static const char *cancel(const char *oid)
{
	return hyperliquid_testnet_act(
		&net, 0, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":%s}]}", oid);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static void an_order_that_takes_is_answered_with_what_it_filled(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2832", "10", "Ioc", false, CLOID),
	       "{\"filled\":{\"totalSz\":\"10.0\",\"avgPx\":\"2831.724\",\"oid\":245678900000,"
	       "\"cloid\":\"" CLOID "\"}}");
	/* A block later, not at once: 150 ms and the way. */
	assert_in_range(net.took_ms, 150, 153);
	expect_state("\"" CLOID "\"", "filled", "0.0");
	expect_position("10.0");
}

static void an_order_that_rests_is_answered_with_its_id(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID),
	       "{\"resting\":{\"oid\":245678900000,\"cloid\":\"" CLOID "\"}}");
	expect(order(false, "2900", "0.5", "Alo"), "{\"resting\":{\"oid\":245678900001}}");
	expect_state("245678900000", "open", "0.5");
}

static void an_order_that_fills_in_part_and_rests_is_resting(void **state)
{
	(void)state;
	expect(order(true, "2831.7", "10", "Gtc"), "resting");
	expect_state("245678900000", "open", "1.2");
	expect_position("8.8");
}

static void a_partial_ioc_tells_only_what_it_filled(void **state)
{
	(void)state;
	expect(order(true, "2831.7", "10", "Ioc"), "\"totalSz\":\"8.8\"");
	expect_state("245678900000", "canceled", "1.2");
}

static void what_the_venue_demands_of_an_order(void **state)
{
	static const struct {
		int asset;
		bool buy;
		const char *price, *size, *tif, *error;
	} CASES[] = {
		{3, true, "2800", "0.5", "Gtc", "Order has invalid asset. asset=3"},
		{2, true, "2800", "0.5", "Gtc", "delisted"},
		{1, true, "2800.01", "0.5", "Gtc", "Price must be divisible by tick size. asset=1"},
		{1, true, "280.001", "0.5", "Gtc", "Price must be divisible by tick size."},
		{0, true, "87520.5", "0.01", "Alo",
		 "Price must be divisible by tick size. asset=0"},
		{1, true, "0", "0.5", "Gtc", "Order has invalid price. asset=1"},
		{1, true, "-2800", "0.5", "Gtc", "Order has invalid price."},
		{1, true, "2800", "0.00001", "Gtc", "Order has invalid size. asset=1"},
		{1, true, "2800", "-1", "Gtc", "Order has invalid size."},
		{1, true, "2800", "0", "Gtc", "Order has zero size. asset=1"},
		{1, true, "2800", "0.0035", "Gtc", "Order must have minimum value of $10. asset=1"},
		{1, true, "500", "0.5", "Gtc",
		 "Order price cannot be more than 80% away from the reference price"},
		{1, true, "2800", "100", "Gtc", "Insufficient margin to place order. asset=1"},
		{1, true, "2831.7", "0.5", "Alo",
		 "Post only order would have immediately matched, bbo was 2831.6@2831.7. asset=1"},
		{1, true, "2700", "0.5", "Ioc",
		 "Order could not immediately match against any resting orders. asset=1"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *status = hyperliquid_testnet_order(
			&net, 0, CASES[i].asset, CASES[i].buy, CASES[i].price, CASES[i].size,
			CASES[i].tif, false, "");
		expect(status, "{\"error\":\"");
		expect(status, CASES[i].error);
	}
	/* Every integer is a price, whatever its digits. */
	expect(hyperliquid_testnet_order(&net, 0, BTC, true, "87519", "0.01", "Alo", false, ""),
	       "resting");
	hyperliquid_testnet_info(&net, "{\"type\":\"clearinghouseState\",\"user\":\"%s\"}", ME);
	assert_string_equal(hyperliquid_testnet_text(&net, "marginSummary.accountValue"),
			    "10000.0");
}

static void triggers_builders_and_groups_are_refused(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2800\",\"s\":"
		       "\"0.5\",\"r\":false,\"t\":{\"trigger\":{\"isMarket\":true,\"triggerPx\":"
		       "\"2900\",\"tpsl\":\"sl\"}}}],\"grouping\":\"na\"}"),
	       "Invalid TP/SL price. asset=1");
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2800\",\"s\":"
		       "\"0.5\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Gtc\"}}}],\"grouping\":"
		       "\"na\",\"builder\":{\"b\":\"0x00000000000000000000000000000000000000aa\","
		       "\"f\":10}}"),
	       "Builder fee has not been approved");
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2800\",\"s\":"
		       "\"0.5\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Gtc\"}}}],\"grouping\":"
		       "\"positionTpsl\"}"),
	       "Invalid TP/SL price.");
}

static void a_batch_is_answered_order_by_order(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"order\",\"orders\":["
		       "{\"a\":1,\"b\":true,\"p\":\"2800\",\"s\":\"0.5\",\"r\":false,\"t\":{"
		       "\"limit\":{\"tif\":\"Gtc\"}}},"
		       "{\"a\":1,\"b\":true,\"p\":\"2800.01\",\"s\":\"0.5\",\"r\":false,\"t\":{"
		       "\"limit\":{\"tif\":\"Gtc\"}}},"
		       "{\"a\":0,\"b\":true,\"p\":\"88000\",\"s\":\"0.01\",\"r\":false,\"t\":{"
		       "\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":\"na\"}"),
	       "{\"resting\":{\"oid\":245678900000}},{\"error\":\"Price must be divisible by tick "
	       "size. asset=1\"},{\"filled\":{\"totalSz\":\"0.01\",\"avgPx\":\"87521.0\",\"oid\":"
	       "245678900001}}");
}

static void a_client_id_is_used_once(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID),
	       "resting");
	expect(hyperliquid_testnet_order(&net, 0, ETH, true, "2801", "0.5", "Gtc", false, CLOID),
	       "error");
	/* It is another account's own. */
	expect(hyperliquid_testnet_order(&net, 1, ETH, true, "2801", "0.5", "Gtc", false, CLOID),
	       "resting");
	expect_state("\"" CLOID "\"", "open", "0.5");
}

/* ---- reducing ----------------------------------------------------------------------------------
 */

static void a_reduce_only_order_never_opens_nor_flips(void **state)
{
	(void)state;
	expect(reduce(false, "2800", "0.5", "Ioc"), "Reduce only order would increase position.");
	order(true, "2832", "0.5", "Ioc");
	expect(reduce(true, "2832", "0.5", "Ioc"), "Reduce only order would increase position.");
	expect(reduce(false, "2800", "3", "Ioc"), "\"totalSz\":\"0.5\"");
	expect_state("245678900003", "filled", "0.0");
	hyperliquid_testnet_info(&net, "{\"type\":\"clearinghouseState\",\"user\":\"%s\"}", ME);
	assert_int_equal(json_tree_count(hyperliquid_testnet_find(net.tree, "assetPositions")), 0);
}

static void ten_dollars_bind_partial_closings_and_not_whole_ones(void **state)
{
	(void)state;
	order(true, "2832", "0.0051", "Ioc");
	/* 0.002 x 2830 = 5.66, of a position of 0.0051. */
	expect(reduce(false, "2830", "0.002", "Ioc"), "minimum value of $10");
	expect(reduce(false, "2830", "0.0031", "Ioc"), "minimum value of $10");
	expect(order(false, "2830", "0.0031", "Ioc"), "minimum value of $10");
	order(false, "2830", "0.0036", "Ioc");
	expect_position("0.0015");
	/* Whole: 4.2 USD, with the flag or without. */
	expect(order(false, "2830", "0.0015", "Ioc"), "\"totalSz\":\"0.0015\"");
	order(true, "2832", "0.0051", "Ioc");
	order(false, "2830", "0.0036", "Ioc");
	expect(reduce(false, "2830", "0.5", "Ioc"), "\"totalSz\":\"0.0015\"");
}

static void a_resting_reduce_only_order_ends_with_its_position(void **state)
{
	(void)state;
	order(true, "2832", "0.5", "Ioc");
	expect(reduce(false, "2900", "0.5", "Gtc"), "resting");
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"orderUpdates\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userEvents\"", 0);
	order(false, "2830", "0.5", "Ioc");
	hyperliquid_testnet_pass(&net, 5);
	/* In the message of the closing fill, and in no nonUserCancel (§5.4). */
	struct json_tree *frame = hyperliquid_testnet_frame(socket, "orderUpdates", 0);
	assert_int_equal(json_tree_count(json_tree_member(frame, "data")), 2);
	expect(json_tree_text(hyperliquid_testnet_find(frame, "data.0.status")),
	       "reduceOnlyCanceled");
	expect(json_tree_text(hyperliquid_testnet_find(frame, "data.1.status")), "filled");
	json_tree_free(frame);
	assert_int_equal(hyperliquid_testnet_frames(socket, "user"), 1);
	expect_state("245678900001", "reduceOnlyCanceled", "0.5");
}

static void a_reduce_only_order_displaces_the_older_ones_beyond_the_position(void **state)
{
	(void)state;
	order(true, "2832", "0.5", "Ioc");
	expect(reduce(false, "2900", "0.2", "Gtc"), "resting");
	expect(reduce(false, "2910", "0.2", "Gtc"), "resting");
	expect(reduce(false, "2920", "0.2", "Gtc"), "resting");
	expect_state("245678900001", "reduceOnlyCanceled", "0.2");
	expect_state("245678900002", "open", "0.2");
	/* An unwinding is not blocked by them. */
	expect(reduce(false, "2830", "0.5", "Ioc"), "\"totalSz\":\"0.5\"");
	expect_state("245678900003", "reduceOnlyCanceled", "0.2");
}

/* ---- life and streams --------------------------------------------------------------------------
 */

static void a_resting_order_fills_and_ends_alike_in_answers_and_streams(void **state)
{
	(void)state;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"orderUpdates\"", 0);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 0);
	hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID);
	hyperliquid_testnet_trade(&net, net.eth, SIDE_SELL, "2799", "0.2");
	hyperliquid_testnet_pass(&net, 10);
	expect_state("245678900000", "open", "0.3");
	expect(cancel("245678900000"), "\"success\"");
	hyperliquid_testnet_pass(&net, 10);
	expect_state("245678900000", "canceled", "0.3");
	static const char *const STATES[] = {"open", "open", "canceled"};
	static const char *const LEFT[] = {"0.5", "0.3", "0.3"};
	for (size_t i = 0; i < 3; i++) {
		struct json_tree *frame = hyperliquid_testnet_frame(socket, "orderUpdates", i);
		assert_non_null(frame);
		assert_string_equal(
			json_tree_text(hyperliquid_testnet_find(frame, "data.0.status")),
			STATES[i]);
		assert_string_equal(
			json_tree_text(hyperliquid_testnet_find(frame, "data.0.order.sz")),
			LEFT[i]);
		assert_string_equal(
			json_tree_text(hyperliquid_testnet_find(frame, "data.0.order.cloid")),
			CLOID);
		json_tree_free(frame);
	}
	/* The snapshot, then the one fill. */
	assert_int_equal(hyperliquid_testnet_frames(socket, "userFills"), 2);
	struct json_tree *fill = hyperliquid_testnet_frame(socket, "userFills", 1);
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(fill, "data.fills.0.sz")),
			    "0.2");
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(fill, "data.fills.0.px")),
			    "2800.0");
	assert_int_equal(hyperliquid_testnet_find(fill, "data.fills.0.crossed")->kind, TREE_FALSE);
	assert_null(hyperliquid_testnet_find(fill, "data.isSnapshot"));
	json_tree_free(fill);
}

static void an_answer_comes_before_the_frames_of_its_order(void **state)
{
	(void)state;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 0);
	hyperliquid_testnet_forget(socket);
	char body[HYPERLIQUID_TESTNET_BODY];
	static const char ORDER[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":\"na\"}";
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
	hyperliquid_testnet_say(socket,
				"{\"method\":\"post\",\"id\":7,\"request\":{\"type\":\"action\","
				"\"payload\":%s}}",
				body);
	hyperliquid_testnet_pass(&net, 200);
	assert_int_equal(socket->frame_count, 2);
	expect(socket->frames[0],
	       "{\"channel\":\"post\",\"data\":{\"id\":7,\"response\":{\"type\":\"action\","
	       "\"payload\":{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{"
	       "\"statuses\":[{\"filled\":");
	expect(socket->frames[1], "{\"channel\":\"userFills\"");
}

static void cancels_name_what_they_did(void **state)
{
	static const char NEVER[] = "Order was never placed, already canceled, or filled. asset=1";
	(void)state;
	expect(cancel("245678900000"), NEVER);
	hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID);
	/* Another account's order is nobody's. */
	expect(hyperliquid_testnet_act(
		       &net, 1, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}]}"),
	       NEVER);
	expect(hyperliquid_testnet_act(
		       &net, 0, "{\"type\":\"cancel\",\"cancels\":[{\"a\":0,\"o\":245678900000}]}"),
	       "Order was never placed, already canceled, or filled. asset=0");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"cancelByCloid\",\"cancels\":[{\"asset\":1,"
				       "\"cloid\":\"" CLOID "\"}],\"f\":true}"),
	       "\"success\"");
	assert_in_range(net.took_ms, 100, 103);
	expect(cancel("245678900000"), NEVER);
}

static void two_hundred_cancels_are_the_most(void **state)
{
	static char action[16384];
	(void)state;
	for (int count = 200; count <= 201; count++) {
		snprintf(action, sizeof(action), "%s", "{\"type\":\"cancel\",\"cancels\":[");
		for (int i = 0; i < count; i++)
			snprintf(action + strlen(action), 40, "%s{\"a\":1,\"o\":%d}",
				 i > 0 ? "," : "", i);
		snprintf(action + strlen(action), 3, "]}");
		const char *got = hyperliquid_testnet_act_with(&net, &net.agents[0], action, NULL);
		expect(got,
		       count == 200 ? "never placed" : "Signed action over weight limit of 200.");
	}
}

static void a_modified_order_has_a_new_id(void **state)
{
	(void)state;
	hyperliquid_testnet_order(&net, 0, ETH, true, "2800", "0.5", "Gtc", false, CLOID);
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"orderUpdates\"", 0);
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"modify\",\"oid\":\"" CLOID "\",\"order\":{\"a\":1,\"b\":true,"
		       "\"p\":\"2790\",\"s\":\"0.4\",\"r\":false,\"t\":{\"limit\":{\"tif\":"
		       "\"Gtc\"}},\"c\":\"" CLOID "\"}}"),
	       "default");
	hyperliquid_testnet_pass(&net, 5);
	expect_state("245678900000", "canceled", "0.5");
	expect_state("245678900001", "open", "0.4");
	expect_state("\"" CLOID "\"", "open", "0.4");
	assert_int_equal(hyperliquid_testnet_frames(socket, "orderUpdates"), 2);
	/* One that would take is none without `a`. */
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"modify\",\"oid\":245678900001,\"order\":{\"a\":1,\"b\":true,"
		       "\"p\":\"2832\",\"s\":\"0.4\",\"r\":false,\"t\":{\"limit\":{\"tif\":"
		       "\"Gtc\"}}}}"),
	       "Cannot modify");
	expect_state("245678900001", "open", "0.4");
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"batchModify\",\"modifies\":[{\"oid\":245678900001,\"order\":{"
		       "\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.4\",\"r\":false,\"t\":{"
		       "\"limit\":{\"tif\":\"Gtc\"}}}}],\"a\":true}"),
	       "\"totalSz\":\"0.4\"");
	expect(hyperliquid_testnet_act(
		       &net, 0,
		       "{\"type\":\"modify\",\"oid\":245678900001,\"order\":{\"a\":1,\"b\":true,"
		       "\"p\":\"2790\",\"s\":\"0.4\",\"r\":false,\"t\":{\"limit\":{\"tif\":"
		       "\"Gtc\"}}}}"),
	       "Cannot modify canceled or filled order");
}

static void two_accounts_trade_and_each_hears_its_side(void **state)
{
	(void)state;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userFills\"", 1);
	expect(hyperliquid_testnet_order(&net, 1, ETH, false, "2831.65", "1", "Alo", false, ""),
	       "tick");
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.7", "0");
	expect(hyperliquid_testnet_order(&net, 1, ETH, false, "2831.7", "1", "Alo", false, ""),
	       "resting");
	expect(order(true, "2831.7", "0.4", "Ioc"), "\"totalSz\":\"0.4\"");
	hyperliquid_testnet_pass(&net, 5);
	struct json_tree *frame = hyperliquid_testnet_frame(socket, "userFills", 1);
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.fills.0.sz")),
			    "0.4");
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.fills.0.side")),
			    "A");
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.fills.0.dir")),
			    "Open Short");
	/* 0.4 x 2831.7 x 0.015 % */
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.fills.0.fee")),
			    "0.169902");
	json_tree_free(frame);
}

static void the_own_resting_order_yields_to_the_taker(void **state)
{
	(void)state;
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userEvents\"", 0);
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.7", "0");
	order(false, "2831.7", "1", "Alo");
	expect(order(true, "2831.9", "0.4", "Ioc"), "\"avgPx\":\"2831.9\"");
	hyperliquid_testnet_pass(&net, 5);
	expect_state("245678900000", "selfTradeCanceled", "1.0");
	struct json_tree *frame = hyperliquid_testnet_frame(socket, "user", 1);
	assert_string_equal(
		json_tree_text(hyperliquid_testnet_find(frame, "data.nonUserCancel.0.oid")),
		"245678900000");
	json_tree_free(frame);
}

/* ---- the account's other actions ---------------------------------------------------------------
 */

static void leverage_is_set_and_bounded(void **state)
{
	(void)state;
	static const struct {
		int asset, leverage;
		const char *cross, *answer;
	} CASES[] = {{1, 5, "true", "default"},
		     {1, 25, "true", "default"},
		     {1, 26, "true", "Invalid leverage value"},
		     {1, 0, "true", "Invalid leverage value"},
		     {9, 5, "true", "Invalid asset"},
		     {1, 5, "false", "Isolated margin is not offered"}};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		expect(hyperliquid_testnet_act(&net, 0,
					       "{\"type\":\"updateLeverage\",\"asset\":%d,"
					       "\"isCross\":%s,\"leverage\":%d}",
					       CASES[i].asset, CASES[i].cross, CASES[i].leverage),
		       CASES[i].answer);
	order(true, "2832", "20", "Ioc");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"updateLeverage\",\"asset\":1,\"isCross\":true,"
				       "\"leverage\":1}"),
	       "does not have sufficient margin available to decrease leverage.");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"updateLeverage\",\"asset\":1,\"isCross\":"
				       "false,\"leverage\":5}"),
	       "Cannot switch leverage type with open position.");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"updateIsolatedMargin\",\"asset\":1,\"isBuy\":"
				       "true,\"ntli\":-1000000}"),
	       "Position does not use isolated margin.");
}

static void the_dead_man_s_switch_is_for_those_who_traded_a_million(void **state)
{
	const struct hyperliquid_testnet_options rich = {.traded_usd = 1000000};
	(void)state;
	int64_t now_ms = hyperliquid_testnet_ms(&net);
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"scheduleCancel\",\"time\":%" PRId64 "}",
				       now_ms + 10000),
	       "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. "
	       "Traded: $0.");
	expect(hyperliquid_testnet_act(&net, 0, "{\"type\":\"scheduleCancel\"}"),
	       "Cannot set scheduled cancel time");
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &rich);
	struct hyperliquid_testnet_socket *socket = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(socket, "\"type\":\"userEvents\"", 0);
	order(true, "2800", "0.5", "Gtc");
	now_ms = hyperliquid_testnet_ms(&net);
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"scheduleCancel\",\"time\":%" PRId64 "}",
				       now_ms + 4000),
	       "at least 5 seconds");
	for (int i = 0; i < 10; i++) {
		now_ms = hyperliquid_testnet_ms(&net);
		expect(hyperliquid_testnet_act(&net, 0,
					       "{\"type\":\"scheduleCancel\",\"time\":%" PRId64 "}",
					       now_ms + 6000),
		       "default");
		expect_state("245678900000", i == 0 ? "open" : "scheduledCancel", "0.5");
		hyperliquid_testnet_pass(&net, 7000);
	}
	expect_state("245678900000", "scheduledCancel", "0.5");
	assert_int_equal(hyperliquid_testnet_frames(socket, "user"), 1);
	now_ms = hyperliquid_testnet_ms(&net);
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"scheduleCancel\",\"time\":%" PRId64 "}",
				       now_ms + 6000),
	       "too many triggers");
	expect(hyperliquid_testnet_act(&net, 0, "{\"type\":\"scheduleCancel\"}"), "default");
}

static void times_beyond_all_clocks_are_times(void **state)
{
	const struct hyperliquid_testnet_options rich = {.traded_usd = 1000000};
	const struct hyperliquid_testnet_envelope late = {.expires_after = INT64_MAX};
	(void)state;
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &rich);
	expect(hyperliquid_testnet_act(
		       &net, 0, "{\"type\":\"scheduleCancel\",\"time\":18446744073709551615}"),
	       "default");
	expect(hyperliquid_testnet_act_with(
		       &net, &net.agents[0],
		       "{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":"
		       "\"0.5\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":"
		       "\"na\"}",
		       &late),
	       "filled");
}

static void a_used_up_budget_leaves_one_action_in_ten_seconds(void **state)
{
	const struct hyperliquid_testnet_options limited = {.rate_limits = true};
	static char action[16384];
	(void)state;
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &limited);
	snprintf(action, sizeof(action), "%s", "{\"type\":\"cancel\",\"cancels\":[");
	for (int i = 0; i < 200; i++)
		snprintf(action + strlen(action), 40, "%s{\"a\":1,\"o\":%d}", i > 0 ? "," : "", i);
	snprintf(action + strlen(action), 3, "]}");
	/* Failed cancels cost too. */
	for (int i = 0; i < 50; i++)
		expect(hyperliquid_testnet_act_with(&net, &net.agents[0], action, NULL), "never");
	hyperliquid_testnet_pass(&net, 61000);
	expect(order(true, "2800", "0.5", "Gtc"), "resting");
	expect(order(true, "2800", "0.5", "Gtc"),
	       "Too many cumulative requests sent (10001 > 10000) for cumulative volume traded "
	       "$0.0. Place taker orders to free up 1 request per USDC traded.");
	hyperliquid_testnet_pass(&net, 10000);
	expect(order(true, "2800", "0.5", "Gtc"), "resting");
	/* Cancels have twice as much. */
	expect(cancel("245678900000"), "success");
	/* 1 USDC traded, 1 action more. */
	hyperliquid_testnet_pass(&net, 10000);
	expect(order(true, "2832", "0.5", "Ioc"), "filled");
	expect(order(true, "2800", "0.5", "Gtc"), "resting");
}

static void other_actions_are_refused_with_words(void **state)
{
	(void)state;
	expect(hyperliquid_testnet_act(&net, 0, "{\"type\":\"noop\"}"), "default");
	expect(hyperliquid_testnet_act(&net, 0, "{\"type\":\"setReferrer\",\"code\":\"ABC\"}"),
	       "Referral code does not exist.");
	expect(hyperliquid_testnet_act(&net, 0,
				       "{\"type\":\"reserveRequestWeight\",\"weight\":250}"),
	       "not offered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WIRE(an_order_that_takes_is_answered_with_what_it_filled),
		WIRE(an_order_that_rests_is_answered_with_its_id),
		WIRE(an_order_that_fills_in_part_and_rests_is_resting),
		WIRE(a_partial_ioc_tells_only_what_it_filled),
		WIRE(what_the_venue_demands_of_an_order),
		WIRE(triggers_builders_and_groups_are_refused),
		WIRE(a_batch_is_answered_order_by_order),
		WIRE(a_client_id_is_used_once),
		WIRE(a_reduce_only_order_never_opens_nor_flips),
		WIRE(ten_dollars_bind_partial_closings_and_not_whole_ones),
		WIRE(a_resting_reduce_only_order_ends_with_its_position),
		WIRE(a_reduce_only_order_displaces_the_older_ones_beyond_the_position),
		WIRE(a_resting_order_fills_and_ends_alike_in_answers_and_streams),
		WIRE(an_answer_comes_before_the_frames_of_its_order),
		WIRE(cancels_name_what_they_did),
		WIRE(two_hundred_cancels_are_the_most),
		WIRE(a_modified_order_has_a_new_id),
		WIRE(two_accounts_trade_and_each_hears_its_side),
		WIRE(the_own_resting_order_yields_to_the_taker),
		WIRE(leverage_is_set_and_bounded),
		WIRE(the_dead_man_s_switch_is_for_those_who_traded_a_million),
		WIRE(times_beyond_all_clocks_are_times),
		WIRE(a_used_up_budget_leaves_one_action_in_ten_seconds),
		WIRE(other_actions_are_refused_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
