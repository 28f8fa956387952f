/* Answers of actions, error texts and WebSocket frames of Hyperliquid. */
#include "exchanges/hyperliquid/hyperliquid_codec_answers.h"
#include "exchanges/hyperliquid/hyperliquid_codec_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct hyperliquid_answer answer;

static void decode(const char *text)
{
	struct hyperliquid_value value;
	assert_true(hyperliquid_document(text, strlen(text), &value));
	hyperliquid_decode_answer(&value, &answer);
}

static void the_documented_answers_are_read(void **state)
{
	(void)state;
	decode("{\"status\":\"err\",\"response\":\"Invalid nonce: duplicate nonce "
	       "1764000000123\"}");
	assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_REFUSED);
	assert_string_equal(answer.text, "Invalid nonce: duplicate nonce 1764000000123");
	decode("{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
	       "{\"resting\":{\"oid\":245678901234,\"cloid\":"
	       "\"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70\"}},"
	       "{\"filled\":{\"totalSz\":\"0.0456\",\"avgPx\":\"2831.7\",\"oid\":245678901235}},"
	       "{\"error\":\"Order must have minimum value of $10. asset=1\"},"
	       "\"waitingForFill\",\"waitingForTrigger\"]}}}");
	assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_OK);
	assert_int_equal(answer.count, 5);
	assert_int_equal(answer.statuses[0].kind, HYPERLIQUID_STATUS_RESTING);
	assert_true(answer.statuses[0].order_id == UINT64_C(245678901234));
	assert_int_equal(answer.statuses[0].cloid.length, 34);
	assert_int_equal(answer.statuses[1].kind, HYPERLIQUID_STATUS_FILLED);
	assert_true(answer.statuses[1].total.e18 == (i128)456 * (MONEY_ONE / 10000));
	assert_int_equal(answer.statuses[2].kind, HYPERLIQUID_STATUS_ERROR);
	assert_int_equal(answer.statuses[3].kind, HYPERLIQUID_STATUS_WAITING);
	assert_int_equal(answer.statuses[4].kind, HYPERLIQUID_STATUS_WAITING);
	decode("{\"status\":\"ok\",\"response\":{\"type\":\"cancel\",\"data\":{\"statuses\":["
	       "\"success\","
	       "{\"error\":\"Order was never placed, already canceled, or filled. asset=1\"}]}}}");
	assert_int_equal(answer.statuses[0].kind, HYPERLIQUID_STATUS_SUCCESS);
	assert_int_equal(answer.statuses[1].kind, HYPERLIQUID_STATUS_ERROR);
	decode("{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}");
	assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_OK);
	assert_int_equal(answer.count, 0);
	/* A plain text under "ok" was seen too (rule 5), and a single status (rule 4). */
	decode("{\"status\":\"ok\",\"response\":\"fine\"}");
	assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_OK);
	decode("{\"status\":\"ok\",\"response\":{\"type\":\"twapOrder\",\"data\":{\"status\":{"
	       "\"error\":\"no\"}}}}");
	assert_int_equal(answer.statuses[0].kind, HYPERLIQUID_STATUS_ERROR);
}

static void what_is_no_answer_is_strange(void **state)
{
	static const char *const texts[] = {
		"{}",
		"null",
		"[]",
		"\"ok\"",
		"{\"status\":\"ok\"}",
		"{\"status\":\"err\"}",
		"{\"status\":\"err\",\"response\":{}}",
		"{\"status\":\"OK\",\"response\":{\"type\":\"default\"}}",
		"{\"status\":true,\"response\":{\"type\":\"default\"}}",
		"{\"status\":\"ok\",\"status\":\"err\",\"response\":\"x\"}",
		"{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":{}}}}",
		"{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[1}}}",
		"{\"status\":\"ok\",\"response\":{\"data\":[]}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		decode(texts[i]);
		if (answer.kind != HYPERLIQUID_ANSWER_STRANGE)
			fail_msg("taken: %s", texts[i]);
	}
	char many[4096] = "{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[";
	for (int i = 0; i < HYPERLIQUID_BATCH_MAX + 1; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s\"success\"",
			 i ? "," : "");
	snprintf(many + strlen(many), sizeof(many) - strlen(many), "]}}}");
	decode(many);
	assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_STRANGE);
}

static void strange_statuses_say_nothing(void **state)
{
	static const char *const statuses[] = {
		"{}",
		"1",
		"null",
		"\"accepted\"",
		"{\"resting\":{}}",
		"{\"resting\":{\"oid\":\"x\"}}",
		"{\"filled\":{\"oid\":1}}",
		"{\"filled\":{\"oid\":1,\"totalSz\":\"-1\"}}",
		"{\"error\":1}",
		"{\"resting\":{\"oid\":1},\"filled\":{\"oid\":1,\"totalSz\":\"1\"}}",
		"{\"error\":\"a\",\"error\":\"b\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text),
			 "{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[%s]}}}",
			 statuses[i]);
		decode(text);
		assert_int_equal(answer.kind, HYPERLIQUID_ANSWER_OK);
		if (answer.statuses[0].kind != HYPERLIQUID_STATUS_STRANGE)
			fail_msg("taken: %s", statuses[i]);
	}
}

static void a_short_list_speaks_only_through_its_error(void **state)
{
	(void)state;
	decode("{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[{\"error\":\"no\"}]}}}");
	assert_int_equal(hyperliquid_status_of(&answer, 2, 3).kind, HYPERLIQUID_STATUS_ERROR);
	decode("{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[{\"resting\":{\"oid\":1}}]"
	       "}}}");
	assert_int_equal(hyperliquid_status_of(&answer, 0, 3).kind, HYPERLIQUID_STATUS_RESTING);
	assert_int_equal(hyperliquid_status_of(&answer, 1, 3).kind, HYPERLIQUID_STATUS_MISSING);
	decode("{\"status\":\"ok\",\"response\":{\"data\":{\"statuses\":[\"success\",\"success\"]}}"
	       "}");
	assert_int_equal(hyperliquid_status_of(&answer, 0, 1).kind, HYPERLIQUID_STATUS_MISSING);
}

static void refusals_are_found_by_part_in_any_case_and_in_their_scope(void **state)
{
	enum reject_reason reason;
	(void)state;
	assert_true(hyperliquid_refusal("l1 error: INSUFFICIENT MARGIN to place order. asset=4",
					HYPERLIQUID_SCOPE_ORDER, &reason));
	assert_int_equal(reason, REJECT_MARGIN);
	assert_true(hyperliquid_refusal("Order price too far from oracle", HYPERLIQUID_SCOPE_ORDER,
					&reason));
	assert_int_equal(reason, REJECT_PRICE_BAND);
	assert_true(hyperliquid_refusal("Order has insufficient spot balance",
					HYPERLIQUID_SCOPE_ORDER, &reason));
	/* What proves that a cancel did nothing proves nothing about an order. */
	const char *gone = "Order was never placed, already canceled, or filled. asset=1";
	assert_true(hyperliquid_refusal(gone, HYPERLIQUID_SCOPE_CANCEL, &reason));
	assert_int_equal(reason, REJECT_NOT_FOUND);
	assert_false(hyperliquid_refusal(gone, HYPERLIQUID_SCOPE_ORDER, &reason));
	/* A nonce that was used means that something was done. */
	assert_false(hyperliquid_refusal("Invalid nonce: duplicate nonce 1764000000123",
					 HYPERLIQUID_SCOPE_ACTION, &reason));
	assert_false(hyperliquid_refusal("", HYPERLIQUID_SCOPE_ACTION, &reason));
	assert_int_equal(hyperliquid_notice_of("Invalid nonce: duplicate nonce 1"),
			 HYPERLIQUID_NOTICE_DUPLICATE_NONCE);
	assert_int_equal(hyperliquid_lowest_nonce("Invalid nonce: nonce too low 5 < 1764000000123"),
			 INT64_C(1764000000123));
	assert_int_equal(hyperliquid_lowest_nonce("Invalid nonce"), 0);
	assert_int_equal(hyperliquid_lowest_nonce("a < 99999999999999999999999999"), 0);
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static struct hyperliquid_frame frame_of(const char *text)
{
	return hyperliquid_decode_frame(text, strlen(text));
}

static void frames_go_to_their_channels(void **state)
{
	static const struct {
		const char *text;
		enum hyperliquid_channel channel;
	} cases[] = {
		{"Websocket connection established.", HYPERLIQUID_CHANNEL_GREETING},
		{"{\"channel\":\"pong\"}", HYPERLIQUID_CHANNEL_PONG},
		{"{\"channel\":\"bbo\",\"data\":{}}", HYPERLIQUID_CHANNEL_BBO},
		{"{\"channel\":\"l2Book\",\"data\":{}}", HYPERLIQUID_CHANNEL_BOOK},
		{"{\"channel\":\"activeAssetCtx\",\"data\":{}}", HYPERLIQUID_CHANNEL_CONTEXT},
		{"{\"channel\":\"trades\",\"data\":[]}", HYPERLIQUID_CHANNEL_TRADES},
		{"{\"channel\":\"orderUpdates\",\"data\":[]}", HYPERLIQUID_CHANNEL_ORDER_UPDATES},
		{"{\"channel\":\"userFills\",\"data\":{}}", HYPERLIQUID_CHANNEL_USER_FILLS},
		{"{\"channel\":\"userFundings\",\"data\":{}}", HYPERLIQUID_CHANNEL_USER_FUNDINGS},
		{"{\"channel\":\"clearinghouseState\",\"data\":{}}",
		 HYPERLIQUID_CHANNEL_CLEARINGHOUSE},
		{"{\"channel\":\"user\",\"data\":{}}", HYPERLIQUID_CHANNEL_OTHER},
		{"", HYPERLIQUID_CHANNEL_UNSOUND},
		{"<html>", HYPERLIQUID_CHANNEL_UNSOUND},
		{"{\"channel\":\"bbo\",\"data\":{}", HYPERLIQUID_CHANNEL_UNSOUND},
		{"{\"channel\":1}", HYPERLIQUID_CHANNEL_UNSOUND},
		{"{\"channel\":\"bbo\",\"channel\":\"pong\"}", HYPERLIQUID_CHANNEL_UNSOUND},
		{"[]", HYPERLIQUID_CHANNEL_UNSOUND},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (frame_of(cases[i].text).channel != cases[i].channel)
			fail_msg("%s", cases[i].text);
}

static void acknowledgements_are_matched_by_type_and_coin(void **state)
{
	struct hyperliquid_subscription subscription;
	struct hyperliquid_frame frame =
		frame_of("{\"channel\":\"subscriptionResponse\",\"data\":{\"method\":\"subscribe\","
			 "\"subscription\":{"
			 "\"type\":\"l2Book\",\"coin\":\"ETH\",\"nSigFigs\":null,\"mantissa\":null,"
			 "\"fast\":true}}}");
	(void)state;
	assert_int_equal(hyperliquid_decode_ack(&frame, &subscription), HYPERLIQUID_ACK_SUBSCRIBED);
	assert_int_equal(subscription.feed, HYPERLIQUID_FEED_BOOK);
	assert_string_equal(subscription.coin.name, "ETH");
	frame = frame_of(
		"{\"channel\":\"error\",\"data\":\"Already subscribed: {\\\"type\\\":\\\"bbo\\\","
		"\\\"coin\\\":\\\"ETH\\\"}\"}");
	assert_int_equal(hyperliquid_decode_ack(&frame, &subscription), HYPERLIQUID_ACK_SUBSCRIBED);
	assert_int_equal(subscription.feed, HYPERLIQUID_FEED_BBO);
	frame = frame_of("{\"channel\":\"error\",\"data\":\"Invalid subscription "
			 "{\\\"type\\\":\\\"trades\\\","
			 "\\\"coin\\\":\\\"XYZ\\\"}\"}");
	assert_int_equal(hyperliquid_decode_ack(&frame, &subscription), HYPERLIQUID_ACK_REFUSED);
	static const char *const nothing[] = {
		"{\"channel\":\"error\",\"data\":\"Invalid subscription "
		"{\\\"type\\\":\\\"l2Bok\\\",\\\"coin\\\":"
		"\\\"ETH\\\"}\"}",
		"{\"channel\":\"error\",\"data\":\"Error parsing JSON into valid websocket "
		"request: "
		"{\\\"type\\\":\\\"allMids\\\"}\"}",
		"{\"channel\":\"error\",\"data\":\"Cannot track more than 10 total users.\"}",
		"{\"channel\":\"error\",\"data\":{}}",
		"{\"channel\":\"subscriptionResponse\",\"data\":{}}",
	};
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		frame = frame_of(nothing[i]);
		assert_int_equal(hyperliquid_decode_ack(&frame, &subscription),
				 HYPERLIQUID_ACK_NONE);
	}
}

static void posts_are_answered_by_id(void **state)
{
	struct hyperliquid_post_answer post;
	struct hyperliquid_frame frame =
		frame_of("{\"channel\":\"post\",\"data\":{\"id\":256,\"response\":{\"type\":"
			 "\"action\",\"payload\":{\"status\":"
			 "\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":[{"
			 "\"resting\":{\"oid\":88383}}]}}}}}}");
	(void)state;
	assert_true(hyperliquid_decode_post(&frame.data, &post));
	assert_int_equal(post.id, 256);
	assert_true(post.is_action);
	hyperliquid_decode_answer(&post.payload, &answer);
	assert_int_equal(answer.statuses[0].order_id, 88383);
	frame = frame_of("{\"channel\":\"post\",\"data\":{\"id\":123,\"response\":{\"type\":"
			 "\"info\",\"payload\":{"
			 "\"type\":\"l2Book\",\"data\":{\"coin\":\"ETH\",\"time\":1764000012345,"
			 "\"levels\":[[],[]]}}}}}");
	assert_true(hyperliquid_decode_post(&frame.data, &post));
	struct hyperliquid_book book;
	assert_true(hyperliquid_decode_book(&post.payload, &book));
	frame = frame_of("{\"channel\":\"post\",\"data\":{\"id\":124,\"response\":{\"type\":"
			 "\"error\",\"payload\":"
			 "\"429: ...\"}}}");
	assert_true(hyperliquid_decode_post(&frame.data, &post));
	assert_true(post.is_error && !post.is_action);
	frame = frame_of("{\"channel\":\"post\",\"data\":{\"id\":-1,\"response\":{}}}");
	assert_false(hyperliquid_decode_post(&frame.data, &post));
}

static void user_rows_name_their_user(void **state)
{
	struct hyperliquid_user_rows rows;
	struct hyperliquid_frame frame =
		frame_of("{\"channel\":\"userFills\",\"data\":{\"isSnapshot\":true,\"user\":"
			 "\"0x5e9ee1089755c3435139848e47e6635505d5a13a\",\"fills\":[]}}");
	(void)state;
	assert_true(hyperliquid_decode_user_rows(&frame.data, "fills", &rows));
	assert_true(rows.snapshot);
	assert_int_equal(rows.user[19], 0x3a);
	assert_false(hyperliquid_decode_user_rows(&frame.data, "fundings", &rows));
	struct hyperliquid_coin coin;
	struct hyperliquid_context context;
	frame = frame_of(
		"{\"channel\":\"activeAssetCtx\",\"data\":{\"coin\":\"ETH\",\"ctx\":{\"funding\":"
		"\"0.0000125\","
		"\"openInterest\":\"605822.2557999999\",\"prevDayPx\":\"2790.0\",\"dayNtlVlm\":"
		"\"591989409.9392402172\",\"premium\":\"0.0001766098\",\"oraclePx\":\"2831.1\","
		"\"markPx\":\"2831.4\","
		"\"midPx\":\"2831.65\",\"impactPxs\":[\"2831.6\",\"2831.74\"],\"dayBaseVlm\":"
		"\"209512.5\"}}}");
	assert_true(hyperliquid_decode_context_frame(&frame.data, &coin, &context));
	assert_string_equal(coin.name, "ETH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_answers_are_read),
		cmocka_unit_test(what_is_no_answer_is_strange),
		cmocka_unit_test(strange_statuses_say_nothing),
		cmocka_unit_test(a_short_list_speaks_only_through_its_error),
		cmocka_unit_test(refusals_are_found_by_part_in_any_case_and_in_their_scope),
		cmocka_unit_test(frames_go_to_their_channels),
		cmocka_unit_test(acknowledgements_are_matched_by_type_and_coin),
		cmocka_unit_test(posts_are_answered_by_id),
		cmocka_unit_test(user_rows_name_their_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
