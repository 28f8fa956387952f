/* Lighter's WebSocket as its document describes it: channels, errors, keepalive, transactions. */
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_testnet net;
static struct lighter_testnet_socket *ws;
static struct json_tree *frame; /* freed at the next expect_frame and at the end */

static int set_up(void **state)
{
	(void)state;
	lighter_testnet_open(&net, false);
	ws = lighter_testnet_connect(&net);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_tree_free(frame);
	frame = NULL;
	lighter_testnet_close(&net);
	return 0;
}

static void expect_frame(const char *type, size_t n)
{
	json_tree_free(frame);
	frame = lighter_testnet_frame(ws, type, n);
	if (frame == NULL)
		fail_msg("no frame %zu of %s; the last is %s", n, type,
			 ws->frame_count ? ws->frames[ws->frame_count - 1] : "missing");
}

static const char *text_of(const char *path)
{
	return json_tree_text(lighter_testnet_find(frame, path));
}

static void expect_error(const char *said, const char *code)
{
	lighter_testnet_forget(ws);
	lighter_testnet_say(ws, said);
	expect_frame("{\"error\"", 0);
	assert_string_equal(text_of("error.code"), code);
	assert_string_not_equal(text_of("error.message"), "");
}

static void create(unsigned who, int64_t client_index, bool is_ask, int64_t base, int64_t price,
		   int force)
{
	struct lighter_transaction tx =
		lighter_testnet_create(&net, who, 1, client_index, is_ask, base, price, force);
	assert_int_equal(lighter_testnet_send(&net, who, &tx), 200);
}

/* ---- connection ------------------------------------------------------------------------------ */

static void the_server_greets(void **state)
{
	(void)state;
	expect_frame("connected", 0);
	expect_same_shape("{\"session_id\":\"a\",\"type\":\"connected\"}", frame, "");
	lighter_testnet_say(ws, "{\"type\":\"ping\"}");
	expect_frame("pong", 0);
}

static void wrong_messages_get_the_documents_codes(void **state)
{
	(void)state;
	expect_error("nonsense", "30000");
	expect_error("[]", "30000");
	expect_error("{\"type\":\"subscribe\"", "30000");
	expect_error("{\"type\":\"shout\"}", "30001");
	expect_error("{\"type\":7}", "30007");
	expect_error("{\"type\":\"subscribe\",\"channel\":{}}", "30007");
	expect_error("{\"type\":\"unsubscribe\",\"channel\":\"order_book/1\"}", "30002");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"order_book/9\"}", "30005");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"order_book:1\"}", "30005");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"order_book/1/2\"}", "30005");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"order_book/all\"}", "30005");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"user_stats/77\"}", "30005");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"candle/1/1m\"}", "30006");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"account_all_orders/5501\"}", "20001");
	expect_error("{\"type\":\"subscribe\",\"channel\":\"account_all_orders/5501\",\"auth\":"
		     "\"1:5501:7:00\"}",
		     "20013");
	lighter_testnet_subscribe(ws, "order_book/1", -1);
	expect_error("{\"type\":\"subscribe\",\"channel\":\"order_book/1\"}", "30003");
	assert_true(ws->open);
}

static void a_token_opens_only_its_own_account(void **state)
{
	(void)state;
	lighter_testnet_forget(ws);
	lighter_testnet_subscribe(ws, "account_all_orders/5502", 0);
	expect_frame("{\"error\"", 0);
	assert_string_equal(text_of("error.code"), "20013");
	lighter_testnet_subscribe(ws, "account_all_orders/5501", 0);
	expect_frame("subscribed/account_all_orders", 0);
}

static void without_a_pong_the_connection_ends(void **state)
{
	(void)state;
	lighter_testnet_pass(&net, 61000);
	assert_int_equal(lighter_testnet_frames(ws, "ping"), 1);
	lighter_testnet_pass(&net, 31000);
	assert_true(ws->closed);
	assert_non_null(strstr(ws->why, "1008"));
}

static void a_pong_keeps_it_and_silence_of_two_minutes_ends_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		lighter_testnet_pass(&net, 61000);
		assert_true(ws->open);
		lighter_testnet_say(ws, "{\"type\":\"pong\"}");
	}
	lighter_testnet_pass(&net, 160000);
	assert_true(ws->closed);
}

static void two_hundred_messages_a_minute_and_no_more(void **state)
{
	(void)state;
	lighter_testnet_close(&net);
	lighter_testnet_open(&net, true);
	ws = lighter_testnet_connect(&net);
	for (unsigned i = 0; i < 200; i++)
		lighter_testnet_say(ws, "{\"type\":\"ping\"}");
	assert_int_equal(lighter_testnet_frames(ws, "pong"), 200);
	expect_error("{\"type\":\"ping\"}", "30009");
}

static void a_venue_that_is_down_opens_no_socket(void **state)
{
	(void)state;
	lighter_testnet_fault(&net, "venue.down_ms=1000");
	struct lighter_testnet_socket *late = lighter_testnet_connect(&net);
	assert_true(late->closed);
}

/* ---- market data ----------------------------------------------------------------------------- */

static const char BOOK[] =
	"{\"channel\":\"order_book:1\",\"last_updated_at\":1787900000655150,\"offset\":2164,"
	"\"order_book\":{\"code\":0,\"asks\":[{\"price\":\"64010.5\",\"size\":\"0.30000\"}],"
	"\"bids\":[{\"price\":\"64009.9\",\"size\":\"0.73000\"}],\"offset\":2164,"
	"\"nonce\":904845,\"last_updated_at\":1787900000655150,\"begin_nonce\":0},"
	"\"timestamp\":1787900000702,\"type\":\"subscribed/order_book\"}";

static void the_book_comes_whole_then_in_chained_changes(void **state)
{
	(void)state;
	lighter_testnet_subscribe(ws, "order_book/1", -1);
	expect_frame("subscribed/order_book", 0);
	expect_same_shape(BOOK, frame, "");
	assert_string_equal(text_of("channel"), "order_book:1");
	assert_string_equal(text_of("order_book.asks.0.price"), "64010.5");
	assert_string_equal(text_of("order_book.asks.0.size"), "0.30000");
	char nonce[32];
	snprintf(nonce, sizeof(nonce), "%s", text_of("order_book.nonce"));
	lighter_testnet_level(&net, net.btc, SIDE_SELL, "64010.5", "0");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64010.0", "0.1");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64010.0", "0.2");
	lighter_testnet_pass(&net, 100);
	expect_frame("update/order_book", 0);
	expect_same_shape(BOOK, frame, "");
	assert_string_equal(text_of("order_book.begin_nonce"), nonce);
	assert_true(strtoll(text_of("order_book.nonce"), NULL, 10) > strtoll(nonce, NULL, 10));
	assert_string_equal(text_of("order_book.asks.0.size"), "0.00000");
	assert_string_equal(text_of("order_book.bids.0.size"), "0.20000");
	assert_int_equal(lighter_testnet_frames(ws, "update/order_book"), 1);
	lighter_testnet_say(ws, "{\"type\":\"unsubscribe\",\"channel\":\"order_book/1\"}");
	expect_frame("unsubscribed", 0);
	assert_string_equal(text_of("channel"), "order_book:1");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64010.0", "0.3");
	lighter_testnet_pass(&net, 100);
	assert_int_equal(lighter_testnet_frames(ws, "update/order_book"), 1);
}

static void the_ticker_has_empty_texts_for_an_empty_side(void **state)
{
	(void)state;
	static const char SAMPLE[] =
		"{\"channel\":\"ticker:1\",\"nonce\":904861,\"ticker\":{\"s\":\"BTC\",\"a\":"
		"{\"price\":\"64011.0\",\"size\":\"1.20000\"},\"b\":{\"price\":\"64010.0\","
		"\"size\":\"0.10000\"},\"last_updated_at\":1787900000755000},"
		"\"timestamp\":1787900000760,\"type\":\"update/ticker\"}";
	lighter_testnet_subscribe(ws, "ticker/1", -1);
	expect_frame("subscribed/ticker", 0);
	expect_same_shape(SAMPLE, frame, "");
	assert_string_equal(text_of("ticker.b.price"), "64009.9");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64009.9", "0");
	lighter_testnet_level(&net, net.btc, SIDE_BUY, "64009.0", "0");
	lighter_testnet_pass(&net, 10);
	expect_frame("update/ticker", 1);
	assert_string_equal(text_of("ticker.b.price"), "");
	assert_string_equal(text_of("ticker.b.size"), "");
	assert_string_equal(text_of("ticker.a.price"), "64010.5");
}

static const char STATS[] =
	"{\"channel\":\"market_stats:1\",\"market_stats\":{\"symbol\":\"BTC\",\"market_id\":1,"
	"\"index_price\":\"64008.1\",\"mark_price\":\"64009.0\",\"mid_price\":\"64010.5\","
	"\"best_ask_price\":\"64011.0\",\"best_bid_price\":\"64010.0\","
	"\"open_interest\":\"102123609.308856\","
	"\"open_interest_limit\":\"72057594037927936.000000\",\"funding_clamp_small\":\"0.0500\","
	"\"funding_clamp_big\":\"4.0000\",\"base_interest_rate\":\"0.0100\","
	"\"last_trade_price\":\"64010.5\",\"current_funding_rate\":\"0.0012\","
	"\"funding_rate\":\"0.0010\",\"funding_timestamp\":1787900400001,"
	"\"daily_base_token_volume\":23621.29,\"daily_quote_token_volume\":1531624159.6,"
	"\"daily_price_low\":61376.4,\"daily_price_high\":67478.8,\"daily_price_change\":-4.36},"
	"\"timestamp\":1787901000291,\"type\":\"update/market_stats\"}";

static void market_stats_tell_the_rate_in_percent_an_hour(void **state)
{
	(void)state;
	struct market_event event = {.local_ns = scheduler_now(net.scheduler),
				     .instrument = net.btc,
				     .venue = net.venue,
				     .kind = EVENT_FUNDING};
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate.e18 = INT64_C(-12000000000000);
	event.u.funding.boundary_ns = LIGHTER_TESTNET_START + INT64_C(3600000000000);
	event.u.funding.interval_ns = INT64_C(3600000000000);
	lighter_testnet_subscribe(ws, "market_stats/1", -1);
	lighter_testnet_subscribe(ws, "market_stats/all", -1);
	expect_frame("subscribed/market_stats", 0);
	expect_same_shape(STATS, frame, "");
	expect_frame("subscribed/market_stats", 1);
	assert_string_equal(text_of("channel"), "market_stats:all");
	assert_string_equal(text_of("market_stats.0.symbol"), "ETH");
	assert_string_equal(text_of("market_stats.1.mark_price"), "64010.0");
	lighter_testnet_pass(&net, 300);
	lighter_testnet_forget(ws);
	event.local_ns = scheduler_now(net.scheduler);
	trading_floor_market(net.floor, &event);
	lighter_testnet_pass(&net, 300);
	expect_frame("update/market_stats", 0);
	expect_same_shape(STATS, frame, "");
	assert_string_equal(text_of("market_stats.current_funding_rate"), "-0.0012");
	expect_frame("update/market_stats", 1);
	assert_string_equal(text_of("market_stats.1.current_funding_rate"), "-0.0012");
	assert_null(lighter_testnet_find(frame, "market_stats.0"));
}

static void public_trades_are_told_as_they_happen(void **state)
{
	(void)state;
	lighter_testnet_subscribe(ws, "trade/1", -1);
	expect_frame("subscribed/trade", 0);
	assert_int_equal(json_tree_member(frame, "trades")->kind, TREE_NULL);
	lighter_testnet_trade(&net, net.btc, SIDE_SELL, "64009.9", "0.01");
	lighter_testnet_pass(&net, 10);
	expect_frame("update/trade", 0);
	assert_string_equal(text_of("trades.0.size"), "0.01000");
	assert_int_equal(lighter_testnet_find(frame, "trades.0.is_maker_ask")->kind, TREE_FALSE);
}

/* ---- account --------------------------------------------------------------------------------- */

static void an_order_lives_in_the_account_channels(void **state)
{
	(void)state;
	static const char *const CHANNELS[] = {
		"account_all_orders/5501",    "account_orders/1/5501",	 "account_all_trades/5501",
		"account_all_positions/5501", "account_all_assets/5501", "account_market/1/5501",
		"account_all/5501",	      "user_stats/5501",	 "account_tx/5501",
		"notification/5501"};
	for (size_t i = 0; i < sizeof(CHANNELS) / sizeof(CHANNELS[0]); i++)
		lighter_testnet_subscribe(ws, CHANNELS[i], 0);
	assert_int_equal(lighter_testnet_frames(ws, "{\"error\""), 0);
	expect_frame("subscribed/account_orders", 0);
	assert_string_equal(text_of("channel"), "account_orders:1");
	expect_frame("subscribed/account_all_trades", 0);
	assert_int_equal(json_tree_member(frame, "trades")->kind, TREE_ARRAY);
	lighter_testnet_forget(ws);
	create(0, 1, false, 5000, 630000, LIGHTER_GTT);
	create(0, 2, false, 5000, 640200, LIGHTER_IOC);
	/* Acknowledged; the sequencer has not spoken. */
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_orders"), 0);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_tx"), 2);
	lighter_testnet_pass(&net, 400);
	expect_frame("update/account_all_orders", 0);
	assert_string_equal(text_of("orders.1.0.status"), "open");
	assert_string_equal(text_of("orders.1.0.client_order_id"), "1");
	expect_frame("update/account_all_orders", 1);
	assert_string_equal(text_of("orders.1.0.status"), "filled");
	char index[32];
	snprintf(index, sizeof(index), "%s", text_of("orders.1.0.order_id"));
	expect_frame("update/account_orders", 1);
	assert_string_equal(text_of("account"), "5501");
	assert_string_equal(text_of("orders.1.0.order_id"), index);
	expect_frame("update/account_all_trades", 0);
	assert_string_equal(text_of("trades.1.0.bid_id_str"), index);
	assert_string_equal(text_of("trades.1.0.taker_fee"), "280");
	expect_frame("update/account_all_positions", 0);
	assert_string_equal(text_of("positions.1.position"), "0.05000");
	expect_frame("update/account_market", 1);
	assert_string_equal(text_of("position.sign"), "1");
	expect_frame("update/account_all", 0);
	assert_string_equal(text_of("trades.1.0.bid_id_str"), index);
	expect_frame("update/account_all_assets", 0);
	assert_string_equal(text_of("assets.3.symbol"), "USDC");
	expect_frame("update/user_stats", 0);
	expect_same_shape(
		"{\"channel\":\"user_stats:5501\",\"stats\":{\"collateral\":\"1\","
		"\"portfolio_value\":\"1\",\"leverage\":\"1\",\"available_balance\":\"1\","
		"\"margin_usage\":\"1\",\"buying_power\":\"1\",\"cross_stats\":{"
		"\"collateral\":\"1\",\"portfolio_value\":\"1\",\"leverage\":\"1\","
		"\"available_balance\":\"1\",\"margin_usage\":\"1\",\"buying_power\":\"1\"},"
		"\"total_stats\":{\"collateral\":\"1\",\"portfolio_value\":\"1\","
		"\"leverage\":\"1\",\"available_balance\":\"1\",\"margin_usage\":\"1\","
		"\"buying_power\":\"1\"}},\"type\":\"update/user_stats\"}",
		frame, "");
	/* A second subscriber's snapshot has the order that rests. */
	struct lighter_testnet_socket *other = lighter_testnet_connect(&net);
	lighter_testnet_subscribe(other, "account_all_orders/5501", 0);
	json_tree_free(frame);
	frame = lighter_testnet_frame(other, "subscribed/account_all_orders", 0);
	assert_string_equal(text_of("orders.1.0.client_order_id"), "1");
	assert_null(lighter_testnet_find(frame, "orders.1.1"));
}

static void two_accounts_meet_and_each_hears_its_own_side(void **state)
{
	(void)state;
	struct lighter_testnet_socket *other = lighter_testnet_connect(&net);
	lighter_testnet_subscribe(ws, "account_all_trades/5501", 0);
	lighter_testnet_subscribe(other, "account_all_trades/5502", 1);
	create(0, 1, true, 5000, 640100, LIGHTER_POST_ONLY);
	lighter_testnet_pass(&net, 300);
	create(1, 1, false, 5000, 640100, LIGHTER_IOC);
	lighter_testnet_pass(&net, 400);
	expect_frame("update/account_all_trades", 0);
	assert_string_equal(text_of("trades.1.0.ask_account_id"), "5501");
	assert_int_equal(lighter_testnet_find(frame, "trades.1.0.is_maker_ask")->kind, TREE_TRUE);
	json_tree_free(frame);
	frame = lighter_testnet_frame(other, "update/account_all_trades", 0);
	assert_string_equal(text_of("trades.1.0.bid_account_id"), "5502");
	assert_int_equal(lighter_testnet_find(frame, "trades.1.0.is_maker_ask")->kind, TREE_TRUE);
	assert_int_equal(lighter_testnet_frames(ws, "update/account_all_trades"), 1);
	assert_int_equal(lighter_testnet_frames(other, "update/account_all_trades"), 1);
}

static void a_closing_by_the_venue_is_a_trade_and_a_notification(void **state)
{
	(void)state;
	lighter_testnet_subscribe(ws, "account_all_trades/5501", 0);
	lighter_testnet_subscribe(ws, "notification/5501", 0);
	create(0, 1, false, 5000, 640200, LIGHTER_IOC);
	lighter_testnet_pass(&net, 400);
	lighter_testnet_fault(&net, "adl=0.02,symbol=BTC");
	lighter_testnet_mark(&net, net.btc, "64010");
	lighter_testnet_pass(&net, 10);
	expect_frame("update/account_all_trades", 1);
	assert_string_equal(text_of("trades.1.0.type"), "deleverage");
	assert_string_equal(text_of("trades.1.0.size"), "0.02000");
	assert_string_equal(text_of("trades.1.0.ask_account_id"), "5501");
	expect_frame("update/notification", 0);
	assert_string_equal(text_of("notifs.0.kind"), "deleverage");
}

static void somebody_elses_order_on_the_account_is_told_too(void **state)
{
	(void)state;
	lighter_testnet_subscribe(ws, "account_all_orders/5501", 0);
	lighter_testnet_subscribe(ws, "account_all_trades/5501", 0);
	lighter_testnet_fault(&net, "pos.foreign=0.01,symbol=BTC");
	lighter_testnet_mark(&net, net.btc, "64010");
	create(0, 1, false, 5000, 640200, LIGHTER_IOC);
	lighter_testnet_pass(&net, 400);
	expect_frame("update/account_all_orders", 0);
	assert_string_equal(text_of("orders.1.0.client_order_id"), "0");
	assert_string_equal(text_of("orders.1.0.filled_base_amount"), "0.01000");
	char index[32];
	snprintf(index, sizeof(index), "%s", text_of("orders.1.0.order_id"));
	expect_frame("update/account_all_trades", 0);
	assert_string_equal(text_of("trades.1.0.bid_id_str"), index);
	expect_frame("update/account_all_orders", 1);
	assert_string_equal(text_of("orders.1.0.client_order_id"), "1");
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void say_transaction(const struct lighter_transaction *tx, const char *id)
{
	struct lighter_signed out;
	char text[4096];
	lighter_testnet_sign(&net, 0, tx, &out);
	snprintf(text, sizeof(text),
		 "{\"type\":\"jsonapi/sendtx\",\"data\":{%s%s%s\"tx_type\":%d,\"tx_info\":%s}}",
		 id ? "\"id\":\"" : "", id ? id : "", id ? "\"," : "", (int)tx->type, out.tx_info);
	lighter_testnet_say(ws, text);
}

static void transactions_go_over_the_socket_and_echo_their_id(void **state)
{
	(void)state;
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1, false, 5000, 640200, LIGHTER_IOC);
	say_transaction(&tx, "42");
	expect_frame("jsonapi/sendtx", 0);
	expect_same_shape("{\"type\":\"jsonapi/sendtx\",\"id\":\"42\",\"code\":200,"
			  "\"message\":\"\",\"tx_hash\":\"99\","
			  "\"predicted_execution_time_ms\":1787900002150}",
			  frame, "");
	assert_string_equal(text_of("id"), "42");
	/* The same nonce again: refused in the same frame, or bare where no id was given. */
	say_transaction(&tx, "43");
	expect_frame("jsonapi/sendtx", 1);
	assert_string_equal(text_of("code"), "21104");
	assert_string_equal(text_of("id"), "43");
	say_transaction(&tx, NULL);
	expect_frame("{\"error\"", 0);
	assert_string_equal(text_of("error.code"), "21104");
	expect_error("{\"type\":\"jsonapi/sendtx\",\"data\":{\"tx_type\":14}}", "21501");
	expect_error("{\"type\":\"jsonapi/sendtx\"}", "21501");
	expect_error("{\"type\":\"jsonapi/sendtxbatch\",\"data\":{\"tx_types\":\"[14]\","
		     "\"tx_infos\":\"[]\"}}",
		     "21513");
}

static void a_batch_goes_over_the_socket_as_texts_in_texts(void **state)
{
	(void)state;
	char text[8192];
	size_t used = (size_t)snprintf(text, sizeof(text),
				       "{\"type\":\"jsonapi/sendtxbatch\",\"data\":{\"id\":\"7\","
				       "\"tx_types\":\"[14,14]\",\"tx_infos\":\"[");
	for (unsigned i = 0; i < 2; i++) {
		struct lighter_transaction tx =
			lighter_testnet_create(&net, 0, 1, 1 + i, false, 5000, 630000, LIGHTER_GTT);
		struct lighter_signed out;
		tx.nonce += i;
		lighter_testnet_sign(&net, 0, &tx, &out);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\\\"", i ? "," : "");
		for (const char *at = out.tx_info; *at != '\0'; at++)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 *at == '"' ? "\\\\\\%c" : "%c", *at);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "\\\"");
	}
	snprintf(text + used, sizeof(text) - used, "]\"}}");
	lighter_testnet_say(ws, text);
	expect_frame("jsonapi/sendtxbatch", 0);
	assert_string_equal(text_of("code"), "200");
	assert_int_equal(json_tree_count(json_tree_member(frame, "tx_hash")), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_server_greets),
		TEST(wrong_messages_get_the_documents_codes),
		TEST(a_token_opens_only_its_own_account),
		TEST(without_a_pong_the_connection_ends),
		TEST(a_pong_keeps_it_and_silence_of_two_minutes_ends_it),
		TEST(two_hundred_messages_a_minute_and_no_more),
		TEST(a_venue_that_is_down_opens_no_socket),
		TEST(the_book_comes_whole_then_in_chained_changes),
		TEST(the_ticker_has_empty_texts_for_an_empty_side),
		TEST(market_stats_tell_the_rate_in_percent_an_hour),
		TEST(public_trades_are_told_as_they_happen),
		TEST(an_order_lives_in_the_account_channels),
		TEST(two_accounts_meet_and_each_hears_its_own_side),
		TEST(a_closing_by_the_venue_is_a_trade_and_a_notification),
		TEST(somebody_elses_order_on_the_account_is_told_too),
		TEST(transactions_go_over_the_socket_and_echo_their_id),
		TEST(a_batch_goes_over_the_socket_as_texts_in_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
