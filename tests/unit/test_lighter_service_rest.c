/* Every REST endpoint of Lighter's server model, against the samples of the venue's document. */
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HOUR_NS (INT64_C(3600) * 1000000000)

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

static void expect_get(const char *target, const char *authorization, int status, int64_t code)
{
	int got = lighter_testnet_get(&net, target, authorization);
	if (got != status || lighter_testnet_code(&net) != code)
		fail_msg("%s: %d %s", target, got, net.body != NULL ? net.body : "no answer");
}

static void expect_shape(const char *target, const char *sample, const char *optional)
{
	expect_get(target, token, 200, 200);
	expect_same_shape(sample, net.tree, optional);
}

/* A filled order, a resting one and a cancelled one of account 0 in BTC. */
static void trade_a_little(void)
{
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1007, false, 5000, 640200, LIGHTER_IOC);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	tx = lighter_testnet_create(&net, 0, 1, 1008, false, 5000, 630000, LIGHTER_GTT);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	tx = lighter_testnet_create(&net, 0, 1, 1009, true, 4000, 650000, LIGHTER_POST_ONLY);
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	tx = lighter_testnet_blank(&net, 0, LIGHTER_CANCEL_ORDER);
	tx.u.cancel.market_index = 1;
	tx.u.cancel.index = 1009;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
}

/* ---- public ---------------------------------------------------------------------------------- */

static void root_tells_the_time_in_seconds(void **state)
{
	(void)state;
	assert_int_equal(lighter_testnet_get(&net, "/", NULL), 200);
	expect_same_shape("{\"status\":200,\"network_id\":1,\"timestamp\":1717777777}", net.tree,
			  "");
	assert_string_equal(lighter_testnet_text(&net, "timestamp"), "1787900000");
	assert_int_equal(lighter_testnet_get(&net, "/info", NULL), 200);
	assert_string_not_equal(lighter_testnet_text(&net, "contract_address"), "");
}

static const char ORDER_BOOKS[] =
	"{\"code\":200,\"order_books\":["
	"{\"symbol\":\"ETH\",\"market_id\":0,\"market_type\":\"perp\",\"base_asset_id\":0,"
	"\"quote_asset_id\":0,\"status\":\"active\",\"taker_fee\":\"0.0000\","
	"\"is_taker_fee_enabled\":true,\"maker_fee\":\"0.0000\",\"is_maker_fee_enabled\":true,"
	"\"liquidation_fee\":\"1.0000\",\"min_base_amount\":\"0.0050\","
	"\"min_quote_amount\":\"10.000000\",\"order_quote_limit\":\"281474976.710655\","
	"\"supported_size_decimals\":4,\"supported_price_decimals\":2,"
	"\"supported_quote_decimals\":6,\"created_at\":\"1736900000000\","
	"\"multiplier\":\"1.000000000000000000\"}]}";

static void order_books_have_the_documents_fields(void **state)
{
	(void)state;
	expect_shape("/api/v1/orderBooks", ORDER_BOOKS, "");
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.symbol"), "ETH");
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.min_base_amount"), "0.0050");
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.min_quote_amount"),
			    "10.000000");
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.taker_fee"), "0.0280");
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.maker_fee"), "0.0040");
	assert_string_equal(lighter_testnet_text(&net, "order_books.1.market_id"), "1");
	expect_get("/api/v1/orderBooks?market_id=1&filter=perp", NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "order_books.0.symbol"), "BTC");
	assert_null(lighter_testnet_find(net.tree, "order_books.1"));
	expect_get("/api/v1/orderBooks?market_id=255&filter=spot", NULL, 200, 200);
	assert_null(lighter_testnet_find(net.tree, "order_books.0"));
	expect_get("/api/v1/orderBooks?market_id=9", NULL, 400, 21602);
	expect_get("/api/v1/orderBooks?market_id=one", NULL, 400, 20001);
	expect_get("/api/v1/orderBooks?filter=futures", NULL, 400, 20001);
}

static void details_add_margins_marks_and_the_day(void **state)
{
	(void)state;
	static const char *const NUMBERS[] = {"size_decimals",
					      "price_decimals",
					      "quote_multiplier",
					      "default_initial_margin_fraction",
					      "min_initial_margin_fraction",
					      "maintenance_margin_fraction",
					      "closeout_margin_fraction",
					      "last_trade_price",
					      "daily_trades_count",
					      "daily_base_token_volume",
					      "daily_quote_token_volume",
					      "daily_price_low",
					      "daily_price_high",
					      "daily_price_change",
					      "open_interest",
					      "strategy_index"};
	static const char *const STRINGS[] = {"symbol",
					      "mark_price",
					      "index_price",
					      "min_base_amount",
					      "funding_premium_multiplier",
					      "funding_clamp_small",
					      "funding_clamp_big",
					      "base_interest_rate"};
	expect_get("/api/v1/orderBookDetails?market_id=1", NULL, 200, 200);
	const struct json_tree *row = lighter_testnet_find(net.tree, "order_book_details.0");
	for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
		const struct json_tree *member = json_tree_member(row, NUMBERS[i]);
		if (member == NULL || member->kind != TREE_NUMBER)
			fail_msg("%s is no number", NUMBERS[i]);
	}
	for (size_t i = 0; i < sizeof(STRINGS) / sizeof(STRINGS[0]); i++) {
		const struct json_tree *member = json_tree_member(row, STRINGS[i]);
		if (member == NULL || member->kind != TREE_STRING)
			fail_msg("%s is no string", STRINGS[i]);
	}
	assert_string_equal(json_tree_text(json_tree_member(row, "min_initial_margin_fraction")),
			    "200");
	assert_string_equal(json_tree_text(json_tree_member(row, "maintenance_margin_fraction")),
			    "100");
	assert_string_equal(json_tree_text(json_tree_member(row, "mark_price")), "64010.0");
	assert_int_equal(json_tree_member(json_tree_member(row, "market_config"), "hidden")->kind,
			 TREE_FALSE);
	assert_int_equal(lighter_testnet_find(net.tree, "spot_order_book_details")->kind,
			 TREE_ARRAY);
}

static const char BOOK_ORDERS[] =
	"{\"code\":200,\"total_asks\":2,\"asks\":["
	"{\"order_index\":281476930111222,\"order_id\":\"281476930111222\","
	"\"owner_account_index\":77001,\"initial_base_amount\":\"0.25000\","
	"\"remaining_base_amount\":\"0.20000\",\"price\":\"64010.5\","
	"\"order_expiry\":1790300000000,\"transaction_time\":1787900000123456}],"
	"\"total_bids\":1,\"bids\":["
	"{\"order_index\":562947906000111,\"order_id\":\"562947906000111\","
	"\"owner_account_index\":2044,\"initial_base_amount\":\"1.00000\","
	"\"remaining_base_amount\":\"0.73000\",\"price\":\"64009.9\","
	"\"order_expiry\":1790200000000,\"transaction_time\":1787900000100001}]}";

static void book_orders_sum_to_the_displayed_levels(void **state)
{
	(void)state;
	expect_shape("/api/v1/orderBookOrders?market_id=1&limit=250", BOOK_ORDERS, "");
	int64_t sum = 0;
	const struct json_tree *bids = json_tree_member(net.tree, "bids");
	for (const struct json_tree *one = bids->first; one != NULL; one = one->next) {
		if (strcmp(json_tree_text(json_tree_member(one, "price")), "64009.9") == 0)
			sum += strtoll(
				json_tree_text(json_tree_member(one, "remaining_base_amount")) + 2,
				NULL, 10);
	}
	assert_int_equal(sum, 73000);
	assert_true(json_tree_count(bids) > 2); /* more than one order a level */
	expect_get("/api/v1/orderBookOrders?market_id=1&limit=1", NULL, 200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "asks")), 1);
	expect_get("/api/v1/orderBookOrders?market_id=1&limit=251", NULL, 400, 20001);
	expect_get("/api/v1/orderBookOrders?market_id=1", NULL, 400, 20001);
	expect_get("/api/v1/orderBookOrders?limit=5", NULL, 400, 20001);
}

static const char TRADES[] =
	"{\"code\":200,\"trades\":[{\"trade_id\":19211490300,\"trade_id_str\":\"19211490300\","
	"\"tx_hash\":\"00ab\",\"type\":\"trade\",\"market_id\":1,\"size\":\"0.01000\","
	"\"price\":\"64010.5\",\"usd_amount\":\"640.105000\",\"ask_id\":281476930111222,"
	"\"ask_id_str\":\"281476930111222\",\"bid_id\":562947906000200,"
	"\"bid_id_str\":\"562947906000200\",\"ask_client_id\":0,\"ask_client_id_str\":\"0\","
	"\"bid_client_id\":1007,\"bid_client_id_str\":\"1007\",\"ask_account_id\":77001,"
	"\"bid_account_id\":5501,\"is_maker_ask\":true,\"block_height\":227557700,"
	"\"timestamp\":1787900001000,\"transaction_time\":1787900001000777}]}";
static const char TRADE_OPTIONAL[] =
	"taker_fee|maker_fee|taker_position_size_before|maker_position_size_before|"
	"taker_initial_margin_fraction_before|maker_initial_margin_fraction_before|"
	"taker_position_sign_changed|maker_position_sign_changed|next_cursor";

static void recent_trades_are_null_until_somebody_trades(void **state)
{
	(void)state;
	expect_get("/api/v1/recentTrades?market_id=1&limit=10", NULL, 200, 200);
	assert_int_equal(json_tree_member(net.tree, "trades")->kind, TREE_NULL);
	lighter_testnet_trade(&net, net.btc, SIDE_SELL, "64009.9", "0.01");
	lighter_testnet_trade(&net, net.btc, SIDE_BUY, "64010.5", "0.02");
	expect_shape("/api/v1/recentTrades?market_id=1&limit=10", TRADES, TRADE_OPTIONAL);
	assert_string_equal(lighter_testnet_text(&net, "trades.0.price"), "64010.5");
	assert_int_equal(lighter_testnet_find(net.tree, "trades.0.is_maker_ask")->kind, TREE_TRUE);
	assert_int_equal(lighter_testnet_find(net.tree, "trades.1.is_maker_ask")->kind, TREE_FALSE);
	expect_get("/api/v1/recentTrades?market_id=1&limit=101", NULL, 400, 20001);
	expect_get("/api/v1/trades?sort_by=timestamp&limit=10&market_id=1", NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "trades.0.size"), "0.02000");
}

static void fundings_give_value_rate_and_who_pays(void **state)
{
	(void)state;
	int64_t boundary_ns = (LIGHTER_TESTNET_START / HOUR_NS + 1) * HOUR_NS;
	lighter_testnet_pass(&net, (boundary_ns - LIGHTER_TESTNET_START) / 1000000 + 5);
	lighter_testnet_settle(&net, net.btc, boundary_ns, "0.000012");
	lighter_testnet_pass(&net, 3600000);
	lighter_testnet_settle(&net, net.btc, boundary_ns + HOUR_NS, "-0.000002");
	lighter_testnet_token(&net, 0, token);
	expect_shape("/api/v1/fundings?market_id=1&resolution=1h&start_timestamp=0&"
		     "end_timestamp=5000000000000&count_back=0",
		     "{\"code\":200,\"resolution\":\"1h\",\"fundings\":[{\"timestamp\":1787896800,"
		     "\"value\":\"0.76812600\",\"rate\":\"0.0012\",\"direction\":\"long\"}]}",
		     "");
	assert_string_equal(lighter_testnet_text(&net, "fundings.0.rate"), "0.0012");
	assert_string_equal(lighter_testnet_text(&net, "fundings.0.value"), "0.76812000");
	assert_string_equal(lighter_testnet_text(&net, "fundings.0.direction"), "long");
	assert_string_equal(lighter_testnet_text(&net, "fundings.1.rate"), "0.0002");
	assert_string_equal(lighter_testnet_text(&net, "fundings.1.direction"), "short");
	assert_int_equal(strtoll(lighter_testnet_text(&net, "fundings.0.timestamp"), NULL, 10),
			 boundary_ns / 1000000000);
	expect_get("/api/v1/fundings?market_id=1&resolution=1h&start_timestamp=0&"
		   "end_timestamp=5000000000&count_back=1",
		   NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "fundings.0.direction"), "short");
	expect_get("/api/v1/fundings?market_id=1&resolution=2h&start_timestamp=0&"
		   "end_timestamp=5000000000&count_back=1",
		   NULL, 400, 20001);
	expect_get("/api/v1/fundings?market_id=1&resolution=1h", NULL, 400, 20001);
}

static void funding_rates_list_eight_hours_and_other_venues(void **state)
{
	(void)state;
	struct market_event event = {.local_ns = scheduler_now(net.scheduler),
				     .instrument = net.btc,
				     .venue = net.venue,
				     .kind = EVENT_FUNDING};
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate.e18 = INT64_C(12000000000000);
	event.u.funding.boundary_ns = (LIGHTER_TESTNET_START / HOUR_NS + 1) * HOUR_NS;
	event.u.funding.interval_ns = HOUR_NS;
	trading_floor_market(net.floor, &event);
	expect_shape("/api/v1/funding-rates",
		     "{\"code\":200,\"funding_rates\":[{\"market_id\":1,\"exchange\":\"binance\","
		     "\"symbol\":\"BTC\",\"rate\":0.0001}]}",
		     "");
	assert_string_equal(lighter_testnet_text(&net, "funding_rates.1.exchange"), "lighter");
	assert_string_equal(lighter_testnet_text(&net, "funding_rates.1.rate"), "0.000096");
}

static void candles_are_made_of_trades(void **state)
{
	(void)state;
	lighter_testnet_trade(&net, net.btc, SIDE_BUY, "64010.5", "0.02");
	lighter_testnet_trade(&net, net.btc, SIDE_BUY, "64020.0", "0.01");
	lighter_testnet_trade(&net, net.btc, SIDE_SELL, "64000.0", "0.01");
	expect_shape("/api/v1/candles?market_id=1&resolution=5m&start_timestamp=0&"
		     "end_timestamp=5000000000000&count_back=10",
		     "{\"code\":200,\"r\":\"5m\",\"c\":[{\"t\":1,\"o\":1,\"h\":1,\"l\":1,\"c\":1,"
		     "\"v\":1,\"V\":1,\"i\":1}]}",
		     "");
	assert_string_equal(lighter_testnet_text(&net, "c.0.o"), "64010.5");
	assert_string_equal(lighter_testnet_text(&net, "c.0.h"), "64020");
	assert_string_equal(lighter_testnet_text(&net, "c.0.l"), "64000");
	assert_string_equal(lighter_testnet_text(&net, "c.0.v"), "0.04");
	assert_null(lighter_testnet_find(net.tree, "c.1"));
}

static void an_unknown_path_is_a_404_with_the_envelope(void **state)
{
	(void)state;
	expect_get("/api/v1/nothing", NULL, 404, 29404);
	expect_get("/api/v1/sendTx", NULL, 405, 29404);
	expect_get("/api/v1/orderBooks?market_id=%zz", NULL, 400, 20001);
}

/* ---- account --------------------------------------------------------------------------------- */

static const char ACCOUNT[] =
	"{\"code\":200,\"total\":1,\"accounts\":[{\"code\":0,\"account_type\":0,\"index\":5501,"
	"\"account_index\":5501,\"l1_address\":\"0x1111111111111111111111111111111111111111\","
	"\"cancel_all_time\":0,\"total_order_count\":1,\"total_isolated_order_count\":0,"
	"\"pending_order_count\":0,\"available_balance\":\"812.440000\",\"status\":1,"
	"\"collateral\":\"1000.000000\",\"transaction_time\":1787900001000777,"
	"\"account_trading_mode\":0,\"positions\":[{\"market_id\":1,\"symbol\":\"BTC\","
	"\"initial_margin_fraction\":\"5.00\",\"open_order_count\":1,\"pending_order_count\":0,"
	"\"position_tied_order_count\":0,\"sign\":-1,\"position\":\"0.05000\","
	"\"avg_entry_price\":\"64010.5\",\"position_value\":\"3200.525000\","
	"\"unrealized_pnl\":\"1.250000\",\"realized_pnl\":\"0.000000\","
	"\"liquidation_price\":\"81220.4\",\"total_funding_paid_out\":\"-0.120000\","
	"\"margin_mode\":0,\"margin_set_flag\":1,\"allocated_margin\":\"0.000000\","
	"\"total_discount\":\"0.000000\"}],\"assets\":[{\"symbol\":\"USDC\",\"asset_id\":3,"
	"\"balance\":\"0.000000\",\"locked_balance\":\"0.000000\",\"margin_mode\":\"enabled\","
	"\"margin_balance\":\"1000.000000\"}],\"total_asset_value\":\"1001.250000\","
	"\"cross_asset_value\":\"1001.250000\","
	"\"cross_initial_margin_requirement\":\"160.026250\","
	"\"cross_maintenance_margin_requirement\":\"38.406300\",\"shares\":[]}]}";

static void account_shows_sign_and_magnitude_of_positions(void **state)
{
	(void)state;
	expect_get("/api/v1/account?by=index&value=5501", NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.collateral"), "100000.000000");
	trade_a_little();
	expect_shape("/api/v1/account?by=index&value=5501", ACCOUNT, "total_funding_paid_out");
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.sign"), "1");
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.position"),
			    "0.05000");
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.avg_entry_price"),
			    "64010.5");
	assert_string_equal(
		lighter_testnet_text(&net, "accounts.0.positions.0.initial_margin_fraction"),
		"5.00");
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.open_order_count"),
			    "1");
	expect_get("/api/v1/account?by=l1_address&value="
		   "0x0000000000000000000000000000000000001112",
		   NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.index"), "5502");
	expect_get("/api/v1/account?by=index&value=1", NULL, 400, 29404);
	expect_get("/api/v1/account?by=name&value=1", NULL, 400, 20001);
}

static void a_flat_position_stays_as_a_row_unless_only_active_ones_are_asked_for(void **state)
{
	(void)state;
	trade_a_little();
	struct lighter_transaction tx =
		lighter_testnet_create(&net, 0, 1, 1010, true, 5000, 639000, LIGHTER_IOC);
	tx.u.create.reduce_only = 1;
	assert_int_equal(lighter_testnet_send(&net, 0, &tx), 200);
	lighter_testnet_pass(&net, 400);
	expect_get("/api/v1/account?by=index&value=5501", NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "accounts.0.positions.0.position"),
			    "0.00000");
	expect_get("/api/v1/account?by=index&value=5501&active_only=true", NULL, 200, 200);
	assert_null(lighter_testnet_find(net.tree, "accounts.0.positions.0"));
}

static void an_address_leads_to_its_accounts(void **state)
{
	(void)state;
	expect_get("/api/v1/accountsByL1Address?l1_address="
		   "0x0000000000000000000000000000000000001111",
		   NULL, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "sub_accounts.0.index"), "5501");
	assert_string_equal(lighter_testnet_text(&net, "sub_accounts.0.collateral"),
			    "100000.000000");
	expect_get("/api/v1/accountsByL1Address?l1_address=0x12", NULL, 400, 21100);
}

static void keys_and_nonces_can_be_looked_up(void **state)
{
	(void)state;
	expect_shape("/api/v1/apikeys?account_index=5501&api_key_index=255",
		     "{\"code\":200,\"api_keys\":[{\"account_index\":5501,\"api_key_index\":7,"
		     "\"nonce\":1,\"public_key\":\"0d\",\"transaction_time\":1}]}",
		     "");
	assert_string_equal(lighter_testnet_text(&net, "api_keys.0.public_key"),
			    "0de689375d918babd5d9b4c126b3854099008fdadd28548b0db70ba87a2c2180c686c2"
			    "158f0f7eaa");
	expect_get("/api/v1/apikeys?account_index=5501&api_key_index=9", NULL, 400, 21109);
	expect_shape("/api/v1/nextNonce?account_index=5501&api_key_index=7",
		     "{\"code\":200,\"nonce\":722}", "");
	assert_int_equal(strtoll(lighter_testnet_text(&net, "nonce"), NULL, 10), net.nonce[0]);
	trade_a_little();
	expect_get("/api/v1/nextNonce?account_index=5501&api_key_index=7", NULL, 200, 200);
	assert_int_equal(strtoll(lighter_testnet_text(&net, "nonce"), NULL, 10), net.nonce[0]);
	expect_get("/api/v1/nextNonce?account_index=5503&api_key_index=7", NULL, 400, 21100);
	expect_get("/api/v1/accountLimits?account_index=5501", token, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "user_tier"), "standard");
	assert_string_equal(lighter_testnet_text(&net, "current_taker_fee_tick"), "280");
}

static const char ORDERS[] =
	"{\"code\":200,\"orders\":[{\"order_index\":562947906000200,\"client_order_index\":1007,"
	"\"order_id\":\"562947906000200\",\"client_order_id\":\"1007\",\"market_index\":1,"
	"\"owner_account_index\":5501,\"initial_base_amount\":\"0.05000\",\"price\":\"64005.0\","
	"\"nonce\":9182390020,\"remaining_base_amount\":\"0.03000\",\"is_ask\":false,"
	"\"base_size\":3000,\"base_price\":640050,\"filled_base_amount\":\"0.02000\","
	"\"filled_quote_amount\":\"1280.100000\",\"side\":\"buy\",\"type\":\"limit\","
	"\"time_in_force\":\"good-till-time\",\"reduce_only\":false,\"trigger_price\":\"0.0\","
	"\"order_expiry\":1790319000000,\"status\":\"open\",\"trigger_status\":\"na\","
	"\"trigger_time\":0,\"parent_order_index\":0,\"parent_order_id\":\"0\","
	"\"to_trigger_order_id_0\":\"0\",\"to_trigger_order_id_1\":\"0\","
	"\"to_cancel_order_id_0\":\"0\",\"integrator_fee_collector_index\":\"0\","
	"\"integrator_taker_fee\":\"0\",\"integrator_maker_fee\":\"0\",\"order_flags\":0,"
	"\"block_height\":227557700,\"timestamp\":1787900001000,\"created_at\":1787900001000,"
	"\"updated_at\":1787900002000,\"transaction_time\":1787900001000777}]}";

static void orders_are_listed_active_inactive_and_by_client_index(void **state)
{
	(void)state;
	trade_a_little();
	expect_shape("/api/v1/accountActiveOrders?account_index=5501&market_id=255", ORDERS, "");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.client_order_id"), "1008");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.status"), "open");
	assert_null(lighter_testnet_find(net.tree, "orders.1"));
	expect_get("/api/v1/accountActiveOrders?account_index=5501&market_id=0", token, 200, 200);
	assert_null(lighter_testnet_find(net.tree, "orders.0"));
	expect_shape("/api/v1/accountInactiveOrders?account_index=5501&limit=1", ORDERS,
		     "next_cursor");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.client_order_id"), "1009");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.status"), "canceled");
	char next[128];
	snprintf(next, sizeof(next),
		 "/api/v1/accountInactiveOrders?account_index=5501&limit=1&cursor=%s",
		 lighter_testnet_text(&net, "next_cursor"));
	expect_get(next, token, 200, 200);
	assert_string_equal(lighter_testnet_text(&net, "orders.0.client_order_id"), "1007");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.status"), "filled");
	assert_string_equal(lighter_testnet_text(&net, "orders.0.filled_quote_amount"),
			    "3200.525000");
	assert_null(lighter_testnet_find(net.tree, "next_cursor"));
	expect_get("/api/v1/accountOrders?client_order_indexes=1007,1008,99&account_index=5501",
		   token, 200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "orders")), 2);
	expect_get("/api/v1/accountInactiveOrders?account_index=5501&limit=101", token, 400, 20001);
	expect_get("/api/v1/accountInactiveOrders?account_index=5501&limit=5&ask_filter=1", token,
		   200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "orders")), 1);
	expect_get("/api/v1/accountInactiveOrders?account_index=5501&limit=5&"
		   "between_timestamps=1-1000",
		   token, 200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "orders")), 0);
}

static void own_trades_carry_fees_and_the_side_follows_from_the_account(void **state)
{
	(void)state;
	trade_a_little();
	expect_shape("/api/v1/trades?sort_by=timestamp&limit=100&account_index=5501", TRADES,
		     TRADE_OPTIONAL);
	assert_string_equal(lighter_testnet_text(&net, "trades.0.bid_account_id"), "5501");
	assert_string_equal(lighter_testnet_text(&net, "trades.0.bid_client_id_str"), "1007");
	assert_string_equal(lighter_testnet_text(&net, "trades.0.taker_fee"), "280");
	assert_string_equal(lighter_testnet_text(&net, "trades.0.usd_amount"), "3200.525000");
	assert_int_equal(lighter_testnet_find(net.tree, "trades.0.is_maker_ask")->kind, TREE_TRUE);
	char id[64], target[256];
	snprintf(id, sizeof(id), "%s", lighter_testnet_text(&net, "trades.0.bid_id_str"));
	snprintf(target, sizeof(target),
		 "/api/v1/trades?sort_by=timestamp&limit=100&account_index=5501&order_index=%s",
		 id);
	expect_get(target, token, 200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "trades")), 1);
	expect_get("/api/v1/trades?sort_by=timestamp&limit=100&account_index=5501&role=maker",
		   token, 200, 200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "trades")), 0);
	expect_get("/api/v1/trades?sort_by=timestamp&limit=100&account_index=5501", NULL, 400,
		   20001);
	expect_get("/api/v1/trades?limit=100&account_index=5501", token, 400, 20001);
}

static void funding_payments_are_signed_by_what_the_account_received(void **state)
{
	(void)state;
	trade_a_little();
	int64_t boundary_ns = (LIGHTER_TESTNET_START / HOUR_NS + 1) * HOUR_NS;
	lighter_testnet_pass(&net, (boundary_ns - scheduler_now(net.scheduler)) / 1000000 + 5);
	lighter_testnet_settle(&net, net.btc, boundary_ns, "0.00001");
	lighter_testnet_pass(&net, 1000);
	lighter_testnet_token(&net, 0, token);
	expect_shape("/api/v1/positionFunding?account_index=5501&limit=10",
		     "{\"code\":200,\"position_fundings\":[{\"timestamp\":1,\"market_id\":1,"
		     "\"funding_id\":1,\"change\":\"1\",\"rate\":\"1\",\"position_size\":\"1\","
		     "\"position_side\":\"long\",\"discount\":\"\"}]}",
		     "next_cursor");
	assert_string_equal(lighter_testnet_text(&net, "position_fundings.0.change"), "-0.032005");
	assert_string_equal(lighter_testnet_text(&net, "position_fundings.0.position_side"),
			    "long");
	expect_get("/api/v1/positionFunding?account_index=5501&limit=10&side=short", token, 200,
		   200);
	assert_int_equal(json_tree_count(json_tree_member(net.tree, "position_fundings")), 0);
	expect_get("/api/v1/account?by=index&value=5501", NULL, 200, 200);
	assert_string_equal(
		lighter_testnet_text(&net, "accounts.0.positions.0.total_funding_paid_out"),
		"0.032005");
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void a_token_is_taken_from_query_or_header_and_only_for_its_account(void **state)
{
	(void)state;
	char target[512], changed[LIGHTER_AUTH_TOKEN_MAX + 8];
	snprintf(target, sizeof(target), "/api/v1/accountActiveOrders?account_index=5501&auth=%s",
		 token);
	expect_get(target, NULL, 200, 200);
	expect_get("/api/v1/accountActiveOrders?account_index=5501", token, 200, 200);
	expect_get("/api/v1/accountActiveOrders?account_index=5501", NULL, 400, 20001);
	expect_get("/api/v1/accountActiveOrders?account_index=5502", token, 401, 20013);
	snprintf(changed, sizeof(changed), "Bearer %s", token);
	expect_get("/api/v1/accountActiveOrders?account_index=5501", changed, 401, 20013);
	snprintf(changed, sizeof(changed), "%s", token);
	changed[strlen(changed) - 1] ^= 1;
	expect_get("/api/v1/accountActiveOrders?account_index=5501", changed, 401, 20013);
	/* Its deadline is an hour ahead. */
	lighter_testnet_pass(&net, 3600 * 1000);
	expect_get("/api/v1/accountActiveOrders?account_index=5501", token, 401, 20013);
}

static void a_token_for_more_than_eight_hours_is_not_valid_yet(void **state)
{
	(void)state;
	char late[LIGHTER_AUTH_TOKEN_MAX];
	uint8_t extra[32] = {1};
	struct error err;
	int64_t deadline_s = lighter_testnet_ms(&net) / 1000 + 9 * 3600;
	assert_true(lighter_auth_token(&net.keys[0], deadline_s, 5501, 7, extra, late, &err));
	expect_get("/api/v1/accountActiveOrders?account_index=5501", late, 401, 20013);
	lighter_testnet_pass(&net, 3600 * 1000 + 1000);
	expect_get("/api/v1/accountActiveOrders?account_index=5501", late, 200, 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(root_tells_the_time_in_seconds),
		TEST(order_books_have_the_documents_fields),
		TEST(details_add_margins_marks_and_the_day),
		TEST(book_orders_sum_to_the_displayed_levels),
		TEST(recent_trades_are_null_until_somebody_trades),
		TEST(fundings_give_value_rate_and_who_pays),
		TEST(funding_rates_list_eight_hours_and_other_venues),
		TEST(candles_are_made_of_trades),
		TEST(an_unknown_path_is_a_404_with_the_envelope),
		TEST(account_shows_sign_and_magnitude_of_positions),
		TEST(a_flat_position_stays_as_a_row_unless_only_active_ones_are_asked_for),
		TEST(an_address_leads_to_its_accounts),
		TEST(keys_and_nonces_can_be_looked_up),
		TEST(orders_are_listed_active_inactive_and_by_client_index),
		TEST(own_trades_carry_fees_and_the_side_follows_from_the_account),
		TEST(funding_payments_are_signed_by_what_the_account_received),
		TEST(a_token_is_taken_from_query_or_header_and_only_for_its_account),
		TEST(a_token_for_more_than_eight_hours_is_not_valid_yet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
