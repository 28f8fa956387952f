/* Hyperliquid's WebSocket door: greeting, acknowledgements, errors, frames against the document's
 * samples, keepalive and limits (venues/hyperliquid.md §5). */
#include "core/base/utc.h"
#include "tests/support/hyperliquid_testnet.h"
#include "tests/support/lighter_testnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BOUNDARY (INT64_C(1764003600) * NS_PER_SECOND)

static struct hyperliquid_testnet net;
static struct hyperliquid_testnet_socket *wire;

static int set_up(void **state)
{
	(void)state;
	hyperliquid_testnet_open(&net, NULL);
	wire = hyperliquid_testnet_connect(&net);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hyperliquid_testnet_close(&net);
	return 0;
}

static void expect_frame(size_t index, const char *text)
{
	if (index >= wire->frame_count)
		fail_msg("no frame %zu", index);
	if (strcmp(wire->frames[index], text) != 0)
		fail_msg("frame %zu is %s", index, wire->frames[index]);
}

static const char *last(void)
{
	assert_true(wire->frame_count > 0);
	return wire->frames[wire->frame_count - 1];
}

static void expect_shape(const char *channel, size_t n, const char *sample, const char *optional)
{
	struct json_tree *frame = hyperliquid_testnet_frame(wire, channel, n);
	if (frame == NULL)
		fail_msg("there is no frame %zu of %s", n, channel);
	expect_same_shape(sample, frame, optional);
	json_tree_free(frame);
}

static void the_greeting_is_no_json(void **state)
{
	(void)state;
	assert_true(wire->open);
	expect_frame(0, "Websocket connection established.");
}

static void a_subscription_is_echoed_and_begins_with_the_state(void **state)
{
	(void)state;
	hyperliquid_testnet_subscribe(wire, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	expect_frame(1, "{\"channel\":\"subscriptionResponse\",\"data\":{\"method\":\"subscribe\","
			"\"subscription\":{\"type\":\"l2Book\",\"coin\":\"ETH\",\"nSigFigs\":null,"
			"\"mantissa\":null,\"fast\":true}}}");
	expect_shape("l2Book", 0,
		     "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"ETH\",\"time\":1,\"levels\":[[{"
		     "\"px\":\"2831.6\",\"sz\":\"14.2031\",\"n\":3}],[{\"px\":\"2831.7\",\"sz\":"
		     "\"8.8114\",\"n\":2}]],\"fast\":true}}",
		     "");
	hyperliquid_testnet_subscribe(wire, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	assert_string_equal(
		last(), "{\"channel\":\"error\",\"data\":\"Already subscribed: "
			"{\\\"type\\\":\\\"l2Book\\\",\\\"coin\\\":\\\"ETH\\\",\\\"nSigFigs\\\":"
			"null,\\\"mantissa\\\":null,\\\"fast\\\":true}\"}");
	hyperliquid_testnet_say(wire, "{\"method\":\"unsubscribe\",\"subscription\":{\"type\":"
				      "\"l2Book\",\"coin\":\"ETH\",\"fast\":true}}");
	assert_non_null(strstr(last(), "\"method\":\"unsubscribe\""));
	hyperliquid_testnet_say(wire, "{\"method\":\"unsubscribe\",\"subscription\":{\"type\":"
				      "\"l2Book\",\"coin\":\"ETH\",\"fast\":true}}");
	assert_non_null(strstr(last(), "Already unsubscribed"));
	size_t before = wire->frame_count;
	hyperliquid_testnet_pass(&net, 6000);
	assert_int_equal(wire->frame_count, before);
}

static void what_is_no_request_is_told_back(void **state)
{
	static const struct {
		const char *text, *answer;
	} CASES[] = {
		{"{\"method\":\"subscribe\",\"subscription\":{\"type\":\"l2Bok\",\"coin\":\"ETH\"}"
		 "}",
		 "{\"channel\":\"error\",\"data\":\"Invalid subscription "
		 "{\\\"type\\\":\\\"l2Bok\\\",\\\"coin\\\":\\\"ETH\\\"}\"}"},
		{"{\"type\":\"allMids\"}",
		 "{\"channel\":\"error\",\"data\":\"Error parsing JSON into valid websocket "
		 "request: {\\\"type\\\":\\\"allMids\\\"}\"}"},
		{"nonsense", "{\"channel\":\"error\",\"data\":\"Error parsing JSON into valid "
			     "websocket request: nonsense\"}"},
		{"{\"method\":\"subscribe\",\"subscription\":{\"type\":\"bbo\",\"coin\":\"NOPE\"}}",
		 "{\"channel\":\"error\",\"data\":\"Invalid subscription "
		 "{\\\"type\\\":\\\"bbo\\\",\\\"coin\\\":\\\"NOPE\\\"}\"}"},
		{"{\"method\":\"subscribe\",\"subscription\":{\"type\":\"userFills\",\"user\":"
		 "\"0x1\"}}",
		 "{\"channel\":\"error\",\"data\":\"Invalid subscription "
		 "{\\\"type\\\":\\\"userFills\\\",\\\"user\\\":\\\"0x1\\\"}\"}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		hyperliquid_testnet_say(wire, "%s", CASES[i].text);
		assert_string_equal(last(), CASES[i].answer);
	}
	hyperliquid_testnet_say(wire,
				"{\"method\":\"subscribe\",\"subscription\":{\"type\":"
				"\"webData2\",\"user\":\"%s\"}}",
				net.masters[0].address_text);
	assert_non_null(strstr(last(), "Invalid subscription"));
}

static void a_ping_is_answered(void **state)
{
	(void)state;
	hyperliquid_testnet_say(wire, "{\"method\":\"ping\"}");
	assert_string_equal(last(), "{\"channel\":\"pong\"}");
}

static void a_socket_to_which_nothing_was_sent_for_a_minute_is_closed(void **state)
{
	(void)state;
	hyperliquid_testnet_pass(&net, 50000);
	hyperliquid_testnet_say(wire, "{\"method\":\"ping\"}");
	hyperliquid_testnet_pass(&net, 55000);
	assert_true(wire->open);
	hyperliquid_testnet_pass(&net, 10000);
	assert_true(wire->closed);
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static void the_best_prices_are_told_when_they_change(void **state)
{
	(void)state;
	hyperliquid_testnet_subscribe(wire, "\"type\":\"bbo\",\"coin\":\"ETH\"", -1);
	expect_shape("bbo", 0,
		     "{\"channel\":\"bbo\",\"data\":{\"coin\":\"ETH\",\"time\":1764000012345,"
		     "\"bbo\":[{\"px\":\"2831.6\",\"sz\":\"14.2031\",\"n\":3}]}}",
		     "");
	/* Below the best nothing is told. */
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.5", "7");
	hyperliquid_testnet_pass(&net, 5);
	size_t before = hyperliquid_testnet_frames(wire, "bbo");
	/* Two changes of one instant are one frame. */
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "7");
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.7", "7");
	hyperliquid_testnet_pass(&net, 5);
	assert_int_equal(hyperliquid_testnet_frames(wire, "bbo"), before + 1);
	assert_non_null(strstr(last(), "\"bbo\":[{\"px\":\"2831.6\",\"sz\":\"7.0\",\"n\":1},{"
				       "\"px\":\"2831.7\",\"sz\":\"7.0\",\"n\":1}]"));
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.7", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.9", "0");
	hyperliquid_testnet_pass(&net, 5);
	assert_non_null(strstr(last(), "\"n\":1},null]"));
}

static void books_come_fast_with_five_levels_and_slow_with_twenty(void **state)
{
	char price[16];
	(void)state;
	for (int i = 0; i < 30; i++) {
		snprintf(price, sizeof(price), "%d", 2800 - i);
		hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, price, "1");
	}
	hyperliquid_testnet_subscribe(wire, "\"type\":\"l2Book\",\"coin\":\"ETH\",\"fast\":true",
				      -1);
	hyperliquid_testnet_pass(&net, 5010);
	assert_int_equal(hyperliquid_testnet_frames(wire, "l2Book"), 11);
	struct json_tree *frame = hyperliquid_testnet_frame(wire, "l2Book", 5);
	assert_int_equal(json_tree_count(hyperliquid_testnet_find(frame, "data.levels.0")), 5);
	json_tree_free(frame);
	struct hyperliquid_testnet_socket *slow = hyperliquid_testnet_connect(&net);
	hyperliquid_testnet_subscribe(slow, "\"type\":\"l2Book\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_pass(&net, 10010);
	assert_in_range(hyperliquid_testnet_frames(slow, "l2Book"), 3, 3);
	frame = hyperliquid_testnet_frame(slow, "l2Book", 2);
	assert_int_equal(json_tree_count(hyperliquid_testnet_find(frame, "data.levels.0")), 20);
	assert_null(hyperliquid_testnet_find(frame, "data.fast"));
	json_tree_free(frame);
}

#define CONTEXT                                                                                    \
	"{\"funding\":\"0.0000125\",\"openInterest\":\"605822.2557999999\",\"prevDayPx\":"         \
	"\"2790.0\",\"dayNtlVlm\":\"591989409.9392402172\",\"premium\":\"0.0001766098\","          \
	"\"oraclePx\":\"2831.1\",\"markPx\":\"2831.4\",\"midPx\":\"2831.65\",\"impactPxs\":["      \
	"\"2831.6\",\"2831.74\"],\"dayBaseVlm\":\"209512.5\"}"

static void market_frames_have_the_document_s_shapes(void **state)
{
	(void)state;
	hyperliquid_testnet_subscribe(wire, "\"type\":\"activeAssetCtx\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_subscribe(wire, "\"type\":\"allMids\"", -1);
	hyperliquid_testnet_subscribe(wire, "\"type\":\"trades\",\"coin\":\"ETH\"", -1);
	hyperliquid_testnet_subscribe(wire,
				      "\"type\":\"candle\",\"coin\":\"ETH\",\"interval\":"
				      "\"1m\"",
				      -1);
	expect_shape("activeAssetCtx", 0,
		     "{\"channel\":\"activeAssetCtx\",\"data\":{\"coin\":\"ETH\",\"ctx\":" CONTEXT
		     "}}",
		     "");
	expect_shape("allMids", 0,
		     "{\"channel\":\"allMids\",\"data\":{\"mids\":{\"BTC\":\"1\","
		     "\"ETH\":\"1\"}}}",
		     "");
	hyperliquid_testnet_mark(&net, net.eth, "2832", "2831.5");
	hyperliquid_testnet_trade(&net, net.eth, SIDE_BUY, "2831.7", "0.2");
	hyperliquid_testnet_trade(&net, net.eth, SIDE_SELL, "2831.6", "0.3");
	hyperliquid_testnet_pass(&net, 1005);
	assert_int_equal(hyperliquid_testnet_frames(wire, "activeAssetCtx"), 2);
	assert_int_equal(hyperliquid_testnet_frames(wire, "allMids"), 2);
	/* Those of one instant in one frame. */
	assert_int_equal(hyperliquid_testnet_frames(wire, "trades"), 2);
	struct json_tree *frame = hyperliquid_testnet_frame(wire, "trades", 1);
	expect_same_shape("{\"channel\":\"trades\",\"data\":[{\"coin\":\"ETH\",\"side\":\"B\","
			  "\"px\":\"1.0\",\"sz\":\"1.0\",\"hash\":\"0x\",\"time\":1,\"tid\":1,"
			  "\"users\":[\"0x\",\"0x\"]}]}",
			  frame, "");
	assert_int_equal(json_tree_count(json_tree_member(frame, "data")), 2);
	json_tree_free(frame);
	expect_shape("candle", 1,
		     "{\"channel\":\"candle\",\"data\":{\"t\":1,\"T\":1,\"s\":\"ETH\",\"i\":\"1m\","
		     "\"o\":\"1\",\"c\":\"1\",\"h\":\"1\",\"l\":\"1\",\"v\":\"1\",\"n\":2}}",
		     "");
}

static void account_frames_have_the_document_s_shapes(void **state)
{
	static const char *const CHANNELS[] = {"orderUpdates", "userEvents",	     "userFills",
					       "userFundings", "clearinghouseState", "openOrders",
					       "webData3"};
	char members[64];
	(void)state;
	for (size_t i = 0; i < sizeof(CHANNELS) / sizeof(CHANNELS[0]); i++) {
		snprintf(members, sizeof(members), "\"type\":\"%s\"", CHANNELS[i]);
		hyperliquid_testnet_subscribe(wire, members, 0);
	}
	hyperliquid_testnet_subscribe(wire, "\"type\":\"activeAssetData\",\"coin\":\"ETH\"", 0);
	expect_shape("userFills", 0,
		     "{\"channel\":\"userFills\",\"data\":{\"isSnapshot\":true,\"user\":\"0x\","
		     "\"fills\":[]}}",
		     "");
	expect_shape("userFundings", 0,
		     "{\"channel\":\"userFundings\",\"data\":{\"isSnapshot\":true,\"user\":\"0x\","
		     "\"fundings\":[]}}",
		     "");
	expect_shape("openOrders", 0,
		     "{\"channel\":\"openOrders\",\"data\":{\"dex\":\"\",\"user\":\"0x\","
		     "\"orders\":[]}}",
		     "");
	hyperliquid_testnet_order(&net, 0, 1, true, "2832", "0.5", "Ioc", false,
				  "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70");
	hyperliquid_testnet_pass(&net, 5);
	expect_shape("orderUpdates", 0,
		     "{\"channel\":\"orderUpdates\",\"data\":[{\"order\":{\"coin\":\"ETH\","
		     "\"side\":\"B\",\"limitPx\":\"2900.1\",\"sz\":\"0.0\",\"oid\":1,"
		     "\"timestamp\":1,\"origSz\":\"0.0456\",\"cloid\":\"0x\"},\"status\":"
		     "\"filled\",\"statusTimestamp\":1}]}",
		     "");
	expect_shape("user", 0,
		     "{\"channel\":\"user\",\"data\":{\"fills\":[{\"coin\":\"ETH\",\"px\":"
		     "\"2831.7\",\"sz\":\"0.0456\",\"side\":\"B\",\"time\":1,\"startPosition\":"
		     "\"0.0\",\"dir\":\"Open Long\",\"closedPnl\":\"0.0\",\"hash\":\"0x\",\"oid\":"
		     "1,\"crossed\":true,\"fee\":\"0.058106\",\"tid\":1,\"cloid\":\"0x\","
		     "\"feeToken\":\"USDC\",\"twapId\":null}]}}",
		     "");
	expect_shape("activeAssetData", 1,
		     "{\"channel\":\"activeAssetData\",\"data\":{\"user\":\"0x\",\"coin\":\"ETH\","
		     "\"leverage\":{\"type\":\"cross\",\"value\":5},\"maxTradeSzs\":[\"1\",\"1\"],"
		     "\"availableToTrade\":[\"1\",\"1\"],\"markPx\":\"1\"}}",
		     "");
	struct json_tree *frame = hyperliquid_testnet_frame(wire, "clearinghouseState", 1);
	assert_string_equal(
		json_tree_text(hyperliquid_testnet_find(
			frame, "data.clearinghouseState.assetPositions.0.position.szi")),
		"0.5");
	json_tree_free(frame);
	hyperliquid_testnet_forget(wire);
	hyperliquid_testnet_rate(&net, net.eth, FUNDING_ESTIMATE, BOUNDARY, "0.0000125");
	/* Pings keep nothing alive here: the account's state is told every second. */
	hyperliquid_testnet_pass(&net, (BOUNDARY - scheduler_now(net.scheduler)) / NS_PER_MS + 500);
	hyperliquid_testnet_rate(&net, net.eth, FUNDING_SETTLED, BOUNDARY, "0.0000125");
	hyperliquid_testnet_pass(&net, 5);
	expect_shape("userFundings", 0,
		     "{\"channel\":\"userFundings\",\"data\":{\"user\":\"0x\",\"fundings\":[{"
		     "\"time\":1764000000043,\"coin\":\"ETH\",\"usdc\":\"-0.017697\",\"szi\":"
		     "\"0.5\",\"fundingRate\":\"0.0000125\",\"nSamples\":null}]}}",
		     "");
	expect_shape("user", 0,
		     "{\"channel\":\"user\",\"data\":{\"funding\":{\"time\":1,\"coin\":\"ETH\","
		     "\"usdc\":\"-0.017697\",\"szi\":\"0.5\",\"fundingRate\":\"0.0000125\","
		     "\"nSamples\":null}}}",
		     "");
}

static void a_snapshot_after_a_reconnect_covers_what_was_missed(void **state)
{
	(void)state;
	hyperliquid_testnet_order(&net, 0, 1, true, "2832", "0.5", "Ioc", false, "");
	hyperliquid_testnet_order(&net, 0, 1, true, "2832", "0.1", "Ioc", false, "");
	hyperliquid_testnet_subscribe(wire, "\"type\":\"userFills\"", 0);
	struct json_tree *frame = hyperliquid_testnet_frame(wire, "userFills", 0);
	assert_int_equal(hyperliquid_testnet_find(frame, "data.isSnapshot")->kind, TREE_TRUE);
	assert_int_equal(json_tree_count(hyperliquid_testnet_find(frame, "data.fills")), 2);
	assert_string_equal(json_tree_text(hyperliquid_testnet_find(frame, "data.fills.0.sz")),
			    "0.1");
	json_tree_free(frame);
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static void questions_are_answered_one_level_deeper(void **state)
{
	(void)state;
	hyperliquid_testnet_say(wire, "{\"method\":\"post\",\"id\":123,\"request\":{\"type\":"
				      "\"info\",\"payload\":{\"type\":\"l2Book\",\"coin\":"
				      "\"ETH\"}}}");
	expect_shape("post", 0,
		     "{\"channel\":\"post\",\"data\":{\"id\":123,\"response\":{\"type\":\"info\","
		     "\"payload\":{\"type\":\"l2Book\",\"data\":{\"coin\":\"ETH\",\"time\":1,"
		     "\"levels\":[[{\"px\":\"1\",\"sz\":\"1\",\"n\":1}]]}}}}}",
		     "");
	hyperliquid_testnet_say(wire, "{\"method\":\"post\",\"id\":124,\"request\":{\"type\":"
				      "\"info\",\"payload\":{\"type\":\"nonsense\"}}}");
	assert_string_equal(last(), "{\"channel\":\"post\",\"data\":{\"id\":124,\"response\":{"
				    "\"type\":\"error\",\"payload\":\"422: Failed to deserialize "
				    "the JSON body into the target type\"}}}");
}

static void an_action_is_answered_as_over_http(void **state)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	(void)state;
	hyperliquid_testnet_sign(&net, &net.agents[0], "{\"type\":\"noop\"}", "{\"type\":\"noop\"}",
				 NULL, body);
	hyperliquid_testnet_say(wire,
				"{\"method\":\"post\",\"id\":1,\"request\":{\"type\":\"action\","
				"\"payload\":%s}}",
				body);
	assert_string_equal(last(), "{\"channel\":\"post\",\"data\":{\"id\":1,\"response\":{"
				    "\"type\":\"action\",\"payload\":{\"status\":\"ok\","
				    "\"response\":{\"type\":\"default\"}}}}}");
	hyperliquid_testnet_say(wire,
				"{\"method\":\"post\",\"id\":2,\"request\":{\"type\":\"action\","
				"\"payload\":%s}}",
				body);
	assert_non_null(strstr(last(), "\"status\":\"err\",\"response\":\"Invalid nonce: "));
}

static void a_socket_that_goes_leaves_its_order_alone(void **state)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	static const char ORDER[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2832\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":\"na\"}";
	(void)state;
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
	hyperliquid_testnet_say(wire,
				"{\"method\":\"post\",\"id\":1,\"request\":{\"type\":\"action\","
				"\"payload\":%s}}",
				body);
	web_socket_close(wire->socket);
	wire->socket = NULL;
	hyperliquid_testnet_pass(&net, 1000);
	hyperliquid_testnet_info(&net, "{\"type\":\"userFills\",\"user\":\"%s\"}",
				 net.masters[0].address_text);
	assert_int_equal(json_tree_count(net.tree), 1);
}

/* ---- limits ------------------------------------------------------------------------------------
 */

static void users_messages_and_connections_are_bounded(void **state)
{
	const struct hyperliquid_testnet_options limited = {.rate_limits = true};
	(void)state;
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &limited);
	wire = hyperliquid_testnet_connect(&net);
	for (int i = 0; i < 11; i++)
		hyperliquid_testnet_say(wire,
					"{\"method\":\"subscribe\",\"subscription\":{\"type\":"
					"\"userFills\",\"user\":\"0x%040x\"}}",
					i + 1);
	assert_string_equal(last(), "{\"channel\":\"error\",\"data\":\"Cannot track more than 10 "
				    "total users.\"}");
	for (int i = 11; i < 2000; i++)
		assert_true(web_socket_send(wire->socket, "{\"method\":\"ping\"}", 17));
	hyperliquid_testnet_pass(&net, 5);
	assert_true(wire->open);
	hyperliquid_testnet_say(wire, "{\"method\":\"ping\"}");
	hyperliquid_testnet_pass(&net, 5);
	assert_true(wire->closed);
}

static void thirty_connections_in_a_minute_are_the_most(void **state)
{
	const struct hyperliquid_testnet_options limited = {.rate_limits = true};
	(void)state;
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &limited);
	for (int i = 0; i < 31; i++) {
		net.sockets[0].testnet = NULL;
		wire = hyperliquid_testnet_connect(&net);
		assert_int_equal(wire->closed, i == 30);
		hyperliquid_testnet_forget(wire);
		web_socket_close(wire->socket);
		wire->socket = NULL;
		wire->closed = false;
		hyperliquid_testnet_pass(&net, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WIRE(the_greeting_is_no_json),
		WIRE(a_subscription_is_echoed_and_begins_with_the_state),
		WIRE(what_is_no_request_is_told_back),
		WIRE(a_ping_is_answered),
		WIRE(a_socket_to_which_nothing_was_sent_for_a_minute_is_closed),
		WIRE(the_best_prices_are_told_when_they_change),
		WIRE(books_come_fast_with_five_levels_and_slow_with_twenty),
		WIRE(market_frames_have_the_document_s_shapes),
		WIRE(account_frames_have_the_document_s_shapes),
		WIRE(a_snapshot_after_a_reconnect_covers_what_was_missed),
		WIRE(questions_are_answered_one_level_deeper),
		WIRE(an_action_is_answered_as_over_http),
		WIRE(a_socket_that_goes_leaves_its_order_alone),
		WIRE(users_messages_and_connections_are_bounded),
		WIRE(thirty_connections_in_a_minute_are_the_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
