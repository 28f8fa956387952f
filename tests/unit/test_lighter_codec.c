/*
 * Lighter's answers, each sample as the venue's reference gives it (venues/lighter.md), and what is
 * wrong with them in the wild: null lists, missing fields, numbers for strings, ids beyond 2^53.
 */
#include "exchanges/lighter/lighter_codec.h"
#include "exchanges/lighter/lighter_codes.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct lighter_scales scales;
static struct lighter_reply reply;
static struct lighter_slot object;
static char *exact; /* the text in a block of exactly its size: reads past its end show */

static int set_up(void **state)
{
	(void)state;
	memset(&scales, 0, sizeof(scales));
	scales.market[0] = (struct lighter_scale){true, 2, 4};
	scales.market[1] = (struct lighter_scale){true, 1, 5};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(exact);
	exact = NULL;
	return 0;
}

static bool read_reply(const char *text)
{
	size_t length = strlen(text);
	free(exact);
	exact = malloc(length ? length : 1);
	assert_non_null(exact);
	memcpy(exact, text, length);
	return lighter_reply_read(exact, length, &reply);
}

/* The first object of a list. */
static void first(const char *text, enum lighter_member member)
{
	struct lighter_list list;
	assert_true(read_reply(text));
	lighter_list_begin(&list, &reply.slots[member]);
	assert_true(lighter_list_next(&list, &object));
}

static size_t count_of(const char *text, enum lighter_member member, bool *unsound)
{
	struct lighter_list list;
	size_t count = 0;
	assert_true(read_reply(text));
	lighter_list_begin(&list, &reply.slots[member]);
	while (lighter_list_next(&list, &object))
		count++;
	*unsound = list.unsound;
	return count;
}

/* A reply with the list's element changed: `from` in the sample becomes `to`. */
static const char *changed(const char *sample, const char *from, const char *to)
{
	static char text[8192];
	const char *at = strstr(sample, from);
	assert_non_null(at);
	int length = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - sample), sample, to,
			      at + strlen(from));
	assert_true(length > 0 && (size_t)length < sizeof(text));
	return text;
}

/* ---- envelope -------------------------------------------------------------------------------- */

static void errors_have_a_code_and_a_message(void **state)
{
	(void)state;
	assert_true(read_reply("{\"code\":21104,\"message\":\"invalid nonce\"}"));
	assert_true(reply.has_code);
	assert_int_equal(reply.code, 21104);
	assert_string_equal(reply.message, "invalid nonce");
	assert_true(read_reply("{\"status\":200,\"network_id\":1,\"timestamp\":1717777777}"));
	assert_false(reply.has_code);
	int64_t ns;
	assert_true(lighter_time(&reply.slots[REPLY_TIMESTAMP], &ns));
	assert_int_equal(ns, INT64_C(1717777777000000000));
}

static void what_is_no_json_object_is_no_reply(void **state)
{
	(void)state;
	static const char *const texts[] = {"",	       "<html><body>503</body></html>",
					    "[]",      "null",
					    "{",       "{\"code\":200}x",
					    "{}{}",    "{\"code\":200,\"code\":400}",
					    "\"200\"", "{\"code\":200,\"orders\":[}"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(read_reply(texts[i]));
}

static void times_are_told_apart_by_magnitude(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"1787896800", INT64_C(1787896800000000000)},
		{"1787900001000", INT64_C(1787900001000000000)},
		{"1787900001000777", INT64_C(1787900001000777000)},
		{"1787900001000777123", INT64_C(1787900001000777123)},
		{"0", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lighter_slot slot = {JSON_NUMBER, cases[i].text, strlen(cases[i].text),
					    false};
		int64_t ns = -1;
		assert_true(lighter_time(&slot, &ns));
		assert_int_equal(ns, cases[i].ns);
	}
	struct lighter_slot negative = {JSON_NUMBER, "-5", 2, false};
	int64_t ns = 7;
	assert_false(lighter_time(&negative, &ns));
	assert_int_equal(ns, 7);
}

static void lists_come_in_every_shape(void **state)
{
	(void)state;
	bool unsound;
	assert_int_equal(count_of("{\"trades\":null}", REPLY_TRADES, &unsound), 0);
	assert_false(unsound);
	assert_int_equal(count_of("{\"code\":200}", REPLY_TRADES, &unsound), 0);
	assert_false(unsound);
	assert_int_equal(count_of("{\"trades\":[{},{\"a\":[1]}]}", REPLY_TRADES, &unsound), 2);
	assert_false(unsound);
	assert_int_equal(
		count_of("{\"trades\":{\"1\":[{},{}],\"2\":null,\"3\":[],\"4\":{\"x\":1}}}",
			 REPLY_TRADES, &unsound),
		3);
	assert_false(unsound);
	assert_int_equal(count_of("{\"trades\":[{},5]}", REPLY_TRADES, &unsound), 1);
	assert_true(unsound);
	assert_int_equal(count_of("{\"trades\":\"none\"}", REPLY_TRADES, &unsound), 0);
	assert_true(unsound);
	assert_int_equal(count_of("{\"trades\":[[{}]]}", REPLY_TRADES, &unsound), 0);
	assert_true(unsound);
}

/* ---- markets --------------------------------------------------------------------------------- */

static const char books[] =
	"{\"code\":200,\"order_books\":[\n"
	" {\"symbol\":\"ETH\",\"market_id\":0,\"market_type\":\"perp\",\"base_asset_id\":0,"
	"\"quote_asset_id\":0,\"status\":\"active\",\n"
	"  \"taker_fee\":\"0.0000\",\"is_taker_fee_enabled\":true,\"maker_fee\":\"0.0000\","
	"\"is_maker_fee_enabled\":true,\n"
	"  \"liquidation_fee\":\"1.0000\",\"min_base_amount\":\"0.0050\","
	"\"min_quote_amount\":\"10.000000\",\n"
	"  \"order_quote_limit\":\"281474976.710655\",\"supported_size_decimals\":4,"
	"\"supported_price_decimals\":2,\n"
	"  \"supported_quote_decimals\":6,\"created_at\":\"1736900000000\","
	"\"multiplier\":\"1.000000000000000000\"}]}";

static void a_market_has_its_decimals_and_minimums(void **state)
{
	(void)state;
	struct lighter_market_terms terms;
	first(books, REPLY_BOOKS);
	assert_int_equal(lighter_market_read(&object, &terms), LIGHTER_OK);
	assert_string_equal(terms.symbol, "ETH");
	assert_int_equal(terms.market, 0);
	assert_true(terms.perpetual);
	assert_true(terms.active);
	assert_false(terms.hidden);
	assert_int_equal(terms.size_decimals, 4);
	assert_int_equal(terms.price_decimals, 2);
	assert_money(terms.minimum_base, "0.005");
	assert_money(terms.minimum_quote, "10");
	assert_money(terms.maximum_quote, "281474976.710655");
	assert_int_equal(terms.taker_fee.e18, 0);
	assert_int_equal(terms.minimum_initial_margin, 0);
	first(changed(books, "\"taker_fee\":\"0.0000\"", "\"taker_fee\":\"0.0280\""), REPLY_BOOKS);
	assert_int_equal(lighter_market_read(&object, &terms), LIGHTER_OK);
	assert_int_equal(terms.taker_fee.e18, INT64_C(280000000000000));
	first(changed(books, "\"order_quote_limit\":\"281474976.710655\"",
		      "\"order_quote_limit\":\"\""),
	      REPLY_BOOKS);
	assert_int_equal(lighter_market_read(&object, &terms), LIGHTER_OK);
	assert_int_equal((int64_t)terms.maximum_quote.e18, 0);
}

static void details_add_margins_marks_and_configuration(void **state)
{
	(void)state;
	static const char details[] =
		"{\"code\":200,\"order_book_details\":[{\"symbol\":\"1000PEPE\",\"market_id\":4,"
		"\"market_type\":\"perp\",\"status\":\"active\",\"size_decimals\":0,"
		"\"price_decimals\":6,\"taker_fee\":\"0.0280\",\"is_taker_fee_enabled\":false,"
		"\"default_initial_margin_fraction\":500,\"min_initial_margin_fraction\":200,"
		"\"maintenance_margin_fraction\":120,\"mark_price\":\"0.010123\","
		"\"index_price\":\"\",\"open_interest\":1234567.5,"
		"\"daily_quote_token_volume\":1531624159.6,\"funding_clamp_big\":\"4.0000\","
		"\"market_config\":{\"hidden\":true,\"force_reduce_only\":true,"
		"\"trading_hours\":null}}],\"spot_order_book_details\":[]}";
	struct lighter_market_terms terms;
	first(details, REPLY_DETAILS);
	assert_int_equal(lighter_market_read(&object, &terms), LIGHTER_OK);
	assert_int_equal(terms.size_decimals, 0);
	assert_int_equal(terms.price_decimals, 6);
	assert_int_equal(terms.taker_fee.e18, 0); /* not enabled */
	assert_int_equal(terms.minimum_initial_margin, 200);
	assert_int_equal(terms.maintenance_margin, 120);
	assert_int_equal(terms.mark_fields, MARK_HAS_MARK);
	assert_money(terms.mark, "0.010123");
	assert_true(terms.open_interest_known);
	assert_money(terms.open_interest, "1234567.5");
	assert_money(terms.volume, "1531624159.6");
	assert_int_equal(terms.cap.e18, INT64_C(40000000000000000));
	assert_true(terms.hidden);
	assert_true(terms.force_reduce_only);
}

static void a_market_without_decimals_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"\"supported_size_decimals\":4", "\"supported_size_decimals\":-1"},
		{"\"supported_size_decimals\":4", "\"supported_size_decimals\":99"},
		{"\"supported_size_decimals\":4", "\"size\":4"},
		{"\"market_id\":0", "\"market_id\":\"zero\""},
		{"\"status\":\"active\"", "\"status\":5"},
		{"\"min_base_amount\":\"0.0050\"", "\"min_base_amount\":\"much\""},
		{"\"min_base_amount\":\"0.0050\"", "\"min_base_amount\":\"-1\""},
		{"\"symbol\":\"ETH\"", "\"symbol\":\"ETH-WITH-A-NAME-BEYOND-ALL-BOUNDS\""},
	};
	struct lighter_market_terms terms;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		first(changed(books, cases[i].from, cases[i].to), REPLY_BOOKS);
		assert_int_equal(lighter_market_read(&object, &terms), LIGHTER_UNUSABLE);
	}
}

static void resting_orders_have_what_remains(void **state)
{
	(void)state;
	static const char orders[] =
		"{\"code\":200,\"total_asks\":2,\"asks\":["
		"{\"order_index\":281476930111222,\"order_id\":\"281476930111222\","
		"\"owner_account_index\":77001,\"initial_base_amount\":\"0.25000\","
		"\"remaining_base_amount\":\"0.20000\",\"price\":\"64010.5\","
		"\"order_expiry\":1790300000000,\"transaction_time\":1787900000123456}],"
		"\"total_bids\":0,\"bids\":null}";
	struct book_level level;
	int64_t time_ns;
	first(orders, REPLY_ASKS);
	assert_int_equal(lighter_resting_read(&object, &scales.market[1], &level, &time_ns),
			 LIGHTER_OK);
	assert_int_equal(level.price.units, 640105);
	assert_int_equal(level.quantity.units, 20000);
	assert_int_equal(time_ns, INT64_C(1787900000123456000));
	/* A price finer than the market's decimals is not rounded. */
	first(changed(orders, "64010.5", "64010.55"), REPLY_ASKS);
	assert_int_equal(lighter_resting_read(&object, &scales.market[1], &level, &time_ns),
			 LIGHTER_UNUSABLE);
}

/* ---- trades ---------------------------------------------------------------------------------- */

static const char trades[] =
	"{\"code\":200,\"trades\":[{\"trade_id\":19211490300,\"trade_id_str\":\"19211490300\","
	"\"tx_hash\":\"00ab\",\"type\":\"trade\",\"market_id\":1,\n"
	" \"size\":\"0.01000\",\"price\":\"64010.5\",\"usd_amount\":\"640.105000\","
	"\"ask_id\":281476930111222,\"ask_id_str\":\"281476930111222\",\n"
	" \"bid_id\":562947906000200,\"bid_id_str\":\"562947906000200\",\"ask_client_id\":0,"
	"\"ask_client_id_str\":\"0\",\n"
	" \"bid_client_id\":1007,\"bid_client_id_str\":\"1007\",\"ask_account_id\":77001,"
	"\"bid_account_id\":5501,\"is_maker_ask\":true,\n"
	" \"block_height\":227557700,\"timestamp\":1787900001000,"
	"\"transaction_time\":1787900001000777}]}";

static void a_trade_is_read_from_both_sides(void **state)
{
	(void)state;
	struct lighter_trade trade;
	struct lighter_own_side own;
	first(trades, REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OK);
	assert_true(trade.id == UINT64_C(19211490300));
	assert_int_equal(trade.price.units, 640105);
	assert_int_equal(trade.size.units, 1000);
	assert_money(trade.value, "640.105");
	assert_int_equal(trade.time_ns, INT64_C(1787900001000777000));
	assert_int_equal(trade.type, LIGHTER_TRADE);
	assert_true(lighter_trade_own_side(&trade, 5501, &own));
	assert_int_equal(own.side, SIDE_BUY);
	assert_false(own.maker);
	assert_true(own.client_id == 1007 && own.order_id == UINT64_C(562947906000200));
	assert_int_equal((int64_t)own.fee.e18, 0); /* omitted when 0 */
	assert_true(lighter_trade_own_side(&trade, 77001, &own));
	assert_int_equal(own.side, SIDE_SELL);
	assert_true(own.maker);
	assert_false(lighter_trade_own_side(&trade, 1, &own));
}

static void the_fee_is_that_of_our_side(void **state)
{
	(void)state;
	struct lighter_trade trade;
	struct lighter_own_side own;
	first(changed(trades, "\"is_maker_ask\":true",
		      "\"is_maker_ask\":true,\"taker_fee\":280,\"maker_fee\":40"),
	      REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OK);
	assert_true(lighter_trade_own_side(&trade, 5501, &own));
	assert_money(own.fee, "0.1792294"); /* 640.105 x 280 / 10^6 */
	assert_true(lighter_trade_own_side(&trade, 77001, &own));
	assert_money(own.fee, "0.0256042");
	first(changed(trades, "\"is_maker_ask\":true", "\"is_maker_ask\":false,\"taker_fee\":280"),
	      REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OK);
	assert_true(lighter_trade_own_side(&trade, 5501, &own));
	assert_true(own.maker);
	assert_int_equal((int64_t)own.fee.e18, 0);
}

static void ids_beyond_doubles_stay_exact(void **state)
{
	(void)state;
	struct lighter_trade trade;
	/* Without the string twins the number's own text counts. */
	static const char text[] =
		"{\"trades\":[{\"trade_id\":1152921504606846975,\"market_id\":1,\"size\":\"1\","
		"\"price\":\"1\",\"ask_id\":1152921504606846973,\"bid_id\":9007199254740993,"
		"\"ask_account_id\":1,\"bid_account_id\":2,\"is_maker_ask\":false}]}";
	first(text, REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OK);
	assert_true(trade.id == UINT64_C(1152921504606846975));
	assert_true(trade.ask_id == UINT64_C(1152921504606846973));
	assert_true(trade.bid_id == UINT64_C(9007199254740993));
	assert_money(trade.value, "1"); /* price x size where usd_amount is missing */
	first(changed(text, "1152921504606846975", "1.152921504606847e18"), REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_UNUSABLE);
}

static void trades_of_other_markets_are_passed_over(void **state)
{
	(void)state;
	struct lighter_trade trade;
	first(changed(trades, "\"market_id\":1", "\"market_id\":2048"), REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OTHER_MARKET);
	first(changed(trades, "\"market_id\":1", "\"market_id\":7"), REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_OTHER_MARKET);
	first(changed(trades, "\"market_id\":1", "\"market_id\":-1"), REPLY_TRADES);
	assert_int_equal(lighter_trade_read(&object, &scales, &trade), LIGHTER_UNUSABLE);
}

/* ---- orders ---------------------------------------------------------------------------------- */

static const char orders[] =
	"{\"code\":200,\"orders\":[{\"order_index\":562947906000200,\"client_order_index\":1007,"
	"\"order_id\":\"562947906000200\",\n"
	" \"client_order_id\":\"1007\",\"market_index\":1,\"owner_account_index\":5501,"
	"\"initial_base_amount\":\"0.05000\",\n"
	" \"price\":\"64005.0\",\"nonce\":9182390020,\"remaining_base_amount\":\"0.03000\","
	"\"is_ask\":false,\"base_size\":3000,\n"
	" \"base_price\":640050,\"filled_base_amount\":\"0.02000\","
	"\"filled_quote_amount\":\"1280.100000\",\"side\":\"buy\",\n"
	" \"type\":\"limit\",\"time_in_force\":\"good-till-time\",\"reduce_only\":false,"
	"\"trigger_price\":\"0.0\",\n"
	" \"order_expiry\":1790319000000,\"status\":\"open\",\"trigger_status\":\"na\","
	"\"trigger_time\":0,\"parent_order_index\":0,\n"
	" \"parent_order_id\":\"0\",\"to_trigger_order_id_0\":\"0\","
	"\"to_trigger_order_id_1\":\"0\",\"to_cancel_order_id_0\":\"0\",\n"
	" \"integrator_fee_collector_index\":\"0\",\"integrator_taker_fee\":\"0\","
	"\"integrator_maker_fee\":\"0\",\"order_flags\":0,\n"
	" \"block_height\":227557700,\"timestamp\":1787900001000,\"created_at\":1787900001000,"
	"\"updated_at\":1787900002000,\n"
	" \"transaction_time\":1787900001000777}],\"next_cursor\":\"abc=/+\"}";

static void an_order_is_read_whole(void **state)
{
	(void)state;
	struct lighter_order_report order;
	char cursor[LIGHTER_CURSOR_MAX];
	first(orders, REPLY_ORDERS);
	assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_OK);
	assert_int_equal(order.market, 1);
	assert_true(order.client_id == 1007);
	assert_true(order.order_id == UINT64_C(562947906000200));
	assert_int_equal(order.price.units, 640050);
	assert_int_equal(order.initial.units, 5000);
	assert_int_equal(order.remaining.units, 3000);
	assert_int_equal(order.filled.units, 2000);
	assert_false(order.is_ask);
	assert_true(order.status_known);
	assert_int_equal(order.state, ORDER_STATE_OPEN);
	assert_int_equal(order.time_ns, INT64_C(1787900001000777000));
	assert_true(lighter_next_cursor(&reply, cursor));
	assert_string_equal(cursor, "abc=/+");
}

static void every_status_has_its_state(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum order_state state, when_filled;
		enum reject_reason reason;
	} cases[] = {
		{"in-progress", ORDER_STATE_OPEN, ORDER_STATE_OPEN, REJECT_NONE},
		{"pending", ORDER_STATE_OPEN, ORDER_STATE_OPEN, REJECT_NONE},
		{"open", ORDER_STATE_OPEN, ORDER_STATE_OPEN, REJECT_NONE},
		{"filled", ORDER_STATE_FILLED, ORDER_STATE_FILLED, REJECT_NONE},
		{"canceled", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, REJECT_NONE},
		{"canceled-post-only", ORDER_STATE_REJECTED, ORDER_STATE_CANCELLED,
		 REJECT_WOULD_CROSS},
		{"canceled-reduce-only", ORDER_STATE_REJECTED, ORDER_STATE_CANCELLED,
		 REJECT_REDUCE_ONLY},
		{"canceled-position-not-allowed", ORDER_STATE_REJECTED, ORDER_STATE_CANCELLED,
		 REJECT_OTHER},
		{"canceled-margin-not-allowed", ORDER_STATE_REJECTED, ORDER_STATE_CANCELLED,
		 REJECT_MARGIN},
		{"canceled-too-much-slippage", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED,
		 REJECT_NONE},
		{"canceled-not-enough-liquidity", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED,
		 REJECT_NONE},
		{"canceled-self-trade", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, REJECT_OTHER},
		{"canceled-expired", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, REJECT_EXPIRED},
		{"canceled-oco", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, REJECT_OTHER},
		{"canceled-child", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED, REJECT_OTHER},
		{"canceled-liquidation", ORDER_STATE_CANCELLED, ORDER_STATE_CANCELLED,
		 REJECT_OTHER},
		{"canceled-invalid-balance", ORDER_STATE_REJECTED, ORDER_STATE_CANCELLED,
		 REJECT_MARGIN},
	};
	struct lighter_order_report order;
	char text[64];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "\"status\":\"%s\"", cases[i].word);
		first(changed(orders, "\"status\":\"open\"", text), REPLY_ORDERS);
		assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_OK);
		assert_true(order.status_known);
		assert_int_equal(order.state, cases[i].when_filled);
		assert_int_equal(order.reason, cases[i].reason);
		char zero[4096];
		snprintf(zero, sizeof(zero), "%s", changed(orders, "\"status\":\"open\"", text));
		first(changed(zero, "\"filled_base_amount\":\"0.02000\"",
			      "\"filled_base_amount\":\"0.00000\""),
		      REPLY_ORDERS);
		assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_OK);
		assert_int_equal(order.state, cases[i].state);
	}
}

static void a_new_status_is_kept_and_not_guessed(void **state)
{
	(void)state;
	static const char *const words[] = {"\"status\":\"canceled-by-aliens\"",
					    "\"status\":\"OPEN\"", "\"status\":7"};
	struct lighter_order_report order;
	for (size_t i = 0; i < 3; i++) {
		first(changed(orders, "\"status\":\"open\"", words[i]), REPLY_ORDERS);
		assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_OK);
		assert_false(order.status_known);
	}
	first(changed(orders, "\"status\":\"open\",", ""), REPLY_ORDERS);
	assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_UNUSABLE);
	first(changed(orders, "\"filled_base_amount\":\"0.02000\",", ""), REPLY_ORDERS);
	assert_int_equal(lighter_order_read(&object, &scales, &order), LIGHTER_UNUSABLE);
}

/* ---- account --------------------------------------------------------------------------------- */

static const char account_text[] =
	"{\"code\":200,\"total\":1,\"accounts\":[{\"code\":0,\"account_type\":0,\"index\":5501,"
	"\"account_index\":5501,\n"
	" \"l1_address\":\"0x1111111111111111111111111111111111111111\",\"cancel_all_time\":0,"
	"\"total_order_count\":1,\n"
	" \"total_isolated_order_count\":0,\"pending_order_count\":0,"
	"\"available_balance\":\"812.440000\",\"status\":1,\n"
	" \"collateral\":\"1000.000000\",\"transaction_time\":1787900001000777,"
	"\"account_trading_mode\":0,\n"
	" \"positions\":[{\"market_id\":1,\"symbol\":\"BTC\","
	"\"initial_margin_fraction\":\"5.00\",\"open_order_count\":1,\n"
	"  \"pending_order_count\":0,\"position_tied_order_count\":0,\"sign\":-1,"
	"\"position\":\"0.05000\",\n"
	"  \"avg_entry_price\":\"64010.5\",\"position_value\":\"3200.525000\","
	"\"unrealized_pnl\":\"1.250000\",\n"
	"  \"realized_pnl\":\"0.000000\",\"liquidation_price\":\"81220.4\","
	"\"total_funding_paid_out\":\"-0.120000\",\n"
	"  \"margin_mode\":0,\"margin_set_flag\":1,\"allocated_margin\":\"0.000000\","
	"\"total_discount\":\"0.000000\"}],\n"
	" \"assets\":[{\"symbol\":\"USDC\",\"asset_id\":3,\"balance\":\"0.000000\","
	"\"locked_balance\":\"0.000000\",\n"
	"  \"margin_mode\":\"enabled\",\"margin_balance\":\"1000.000000\"}],\n"
	" \"total_asset_value\":\"1001.250000\",\"cross_asset_value\":\"1001.250000\",\n"
	" \"cross_initial_margin_requirement\":\"160.026250\","
	"\"cross_maintenance_margin_requirement\":\"38.406300\",\"shares\":[]}]}";

static void first_position(const char *text, struct lighter_account *account)
{
	struct lighter_list list;
	first(text, REPLY_ACCOUNTS);
	assert_int_equal(lighter_account_read(&object, account), LIGHTER_OK);
	lighter_list_begin(&list, &account->positions);
	assert_true(lighter_list_next(&list, &object));
}

static void an_account_has_balance_and_signed_positions(void **state)
{
	(void)state;
	struct lighter_account account;
	struct lighter_position position;
	first_position(account_text, &account);
	assert_int_equal(account.index, 5501);
	assert_int_equal(account.status, 1);
	assert_money(account.collateral, "1000");
	assert_money(account.available, "812.44");
	assert_int_equal(lighter_position_read(&object, &scales, &position), LIGHTER_OK);
	assert_int_equal(position.quantity.units, -5000);
	assert_money(position.entry, "64010.5");
	assert_true(position.liquidation_known);
	assert_money(position.liquidation, "81220.4");
	assert_int_equal(position.initial_margin, 500);
	assert_int_equal(position.margin_mode, 0);
}

static void a_position_without_its_sign_is_no_position(void **state)
{
	(void)state;
	struct lighter_account account;
	struct lighter_position position;
	first_position(changed(account_text, "\"sign\":-1,", ""), &account);
	assert_int_equal(lighter_position_read(&object, &scales, &position), LIGHTER_UNUSABLE);
	first_position(changed(account_text, "\"sign\":-1,", "\"sign\":0,"), &account);
	assert_int_equal(lighter_position_read(&object, &scales, &position), LIGHTER_UNUSABLE);
	first_position(changed(account_text, "\"position\":\"0.05000\"", "\"position\":\"-0.05\""),
		       &account);
	assert_int_equal(lighter_position_read(&object, &scales, &position), LIGHTER_UNUSABLE);
	first_position(
		changed(account_text, "\"position\":\"0.05000\"", "\"position\":\"0.00000\""),
		&account);
	assert_int_equal(lighter_position_read(&object, &scales, &position), LIGHTER_OK);
	assert_int_equal(position.quantity.units, 0);
	first(changed(account_text, "\"positions\"", "\"postions\""), REPLY_ACCOUNTS);
	assert_int_equal(lighter_account_read(&object, &account), LIGHTER_UNUSABLE);
}

static void api_keys_are_compared_as_bytes(void **state)
{
	(void)state;
	static const char text[] =
		"{\"code\":200,\"api_keys\":[{\"account_index\":5501,\"api_key_index\":7,"
		"\"nonce\":721,\"public_key\":"
		"\"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF0011223344556677"
		"\",\"transaction_time\":1}]}";
	struct lighter_api_key key;
	first(text, REPLY_API_KEYS);
	assert_int_equal(lighter_api_key_read(&object, &key), LIGHTER_OK);
	assert_int_equal(key.index, 7);
	assert_int_equal(key.nonce, 721);
	assert_int_equal(key.public_key[0], 0x00);
	assert_int_equal(key.public_key[31], 0xff);
	assert_int_equal(key.public_key[39], 0x77);
	first(changed(text, "6677\"", "667\""), REPLY_API_KEYS);
	assert_int_equal(lighter_api_key_read(&object, &key), LIGHTER_UNUSABLE);
	first(changed(text, "6677\"", "66zz\""), REPLY_API_KEYS);
	assert_int_equal(lighter_api_key_read(&object, &key), LIGHTER_UNUSABLE);
	first(changed(text, "\"0011", "\"0x0011"), REPLY_API_KEYS);
	assert_int_equal(lighter_api_key_read(&object, &key), LIGHTER_OK);
}

/* ---- funding --------------------------------------------------------------------------------- */

static void settled_rates_are_signed_by_who_pays(void **state)
{
	(void)state;
	static const char text[] =
		"{\"code\":200,\"resolution\":\"1h\",\"fundings\":[\n"
		" {\"timestamp\":1787896800,\"value\":\"0.76812600\",\"rate\":\"0.0012\","
		"\"direction\":\"long\"},\n"
		" {\"timestamp\":1787900400,\"value\":\"0.12802000\",\"rate\":\"0.0002\","
		"\"direction\":\"short\"}]}";
	struct lighter_list list;
	struct lighter_settled settled;
	assert_true(read_reply(text));
	lighter_list_begin(&list, &reply.slots[REPLY_FUNDINGS]);
	assert_true(lighter_list_next(&list, &object));
	assert_int_equal(lighter_settled_read(&object, &settled), LIGHTER_OK);
	assert_int_equal(settled.boundary_ns, INT64_C(1787896800000000000));
	assert_int_equal(settled.rate.e18, INT64_C(12000000000000));
	assert_money(settled.value, "0.768126");
	assert_int_equal(settled.rate_decimals, 4);
	assert_int_equal(settled.value_decimals, 8);
	assert_true(lighter_list_next(&list, &object));
	assert_int_equal(lighter_settled_read(&object, &settled), LIGHTER_OK);
	assert_int_equal(settled.rate.e18, -INT64_C(2000000000000));
	assert_money(settled.value, "-0.12802");
	assert_false(lighter_list_next(&list, &object));
	first(changed(text, "\"long\"", "\"both\""), REPLY_FUNDINGS);
	assert_int_equal(lighter_settled_read(&object, &settled), LIGHTER_UNUSABLE);
	first(changed(text, "\"0.0012\"", "\"-0.0012\""), REPLY_FUNDINGS);
	assert_int_equal(lighter_settled_read(&object, &settled), LIGHTER_UNUSABLE);
}

static void current_rates_of_other_venues_are_not_ours(void **state)
{
	(void)state;
	static const char text[] =
		"{\"code\":200,\"funding_rates\":[\n"
		" {\"market_id\":1,\"exchange\":\"binance\",\"symbol\":\"BTC\",\"rate\":0.0001},\n"
		" {\"market_id\":1,\"exchange\":\"lighter\",\"symbol\":\"BTC\","
		"\"rate\":0.000096}]}";
	struct lighter_list list;
	struct lighter_eight_hours row;
	assert_true(read_reply(text));
	lighter_list_begin(&list, &reply.slots[REPLY_FUNDING_RATES]);
	assert_true(lighter_list_next(&list, &object));
	assert_int_equal(lighter_eight_hours_read(&object, &row), LIGHTER_OK);
	assert_false(row.ours);
	assert_true(lighter_list_next(&list, &object));
	assert_int_equal(lighter_eight_hours_read(&object, &row), LIGHTER_OK);
	assert_true(row.ours);
	assert_int_equal(row.market, 1);
	assert_int_equal(row.rate.e18, INT64_C(96000000000000));
	first(changed(text, "0.0001", "9.6e-5"), REPLY_FUNDING_RATES);
	assert_int_equal(lighter_eight_hours_read(&object, &row), LIGHTER_OK);
	assert_int_equal(row.rate.e18, INT64_C(96000000000000));
	first(changed(text, "0.0001", "1e999"), REPLY_FUNDING_RATES);
	assert_int_equal(lighter_eight_hours_read(&object, &row), LIGHTER_UNUSABLE);
}

static void payments_have_side_size_and_change(void **state)
{
	(void)state;
	static const char text[] =
		"{\"code\":200,\"position_fundings\":[{\"timestamp\":1787900400,\"market_id\":1,"
		"\"funding_id\":9007199254740993,\"change\":\"0.076812\",\"rate\":\"0.0012\","
		"\"position_size\":\"0.10000\",\"position_side\":\"short\",\"discount\":\"0\"}],"
		"\"next_cursor\":\"\"}";
	struct lighter_payment payment;
	first(text, REPLY_POSITION_FUNDINGS);
	assert_int_equal(lighter_payment_read(&object, &scales, &payment), LIGHTER_OK);
	assert_true(payment.id == UINT64_C(9007199254740993));
	assert_int_equal(payment.position.units, -10000);
	assert_money(payment.change, "0.076812");
	assert_true(payment.rate_known);
	first(changed(text, "\"short\"", "\"flat\""), REPLY_POSITION_FUNDINGS);
	assert_int_equal(lighter_payment_read(&object, &scales, &payment), LIGHTER_UNUSABLE);
	first(changed(text, "\"change\":\"0.076812\",", ""), REPLY_POSITION_FUNDINGS);
	assert_int_equal(lighter_payment_read(&object, &scales, &payment), LIGHTER_UNUSABLE);
}

static void candles_have_open_and_close(void **state)
{
	(void)state;
	struct lighter_candle candle;
	first("{\"code\":200,\"r\":\"1h\",\"c\":[{\"t\":1787896800000,\"o\":64000.1,\"h\":1,"
	      "\"l\":1,\"c\":64010.5,\"v\":1,\"V\":2,\"i\":3}]}",
	      REPLY_CANDLES);
	assert_int_equal(lighter_candle_read(&object, &candle), LIGHTER_OK);
	assert_int_equal(candle.start_ns, INT64_C(1787896800000000000));
	assert_money(candle.close, "64010.5");
	assert_int_equal(candle.close_decimals, 1);
}

/* ---- transactions ---------------------------------------------------------------------------- */

static void an_answer_to_a_transaction_names_its_hash(void **state)
{
	(void)state;
	char hashes[2][LIGHTER_HASH_TEXT];
	assert_true(read_reply(
		"{\"code\":200,\"message\":\"{\\\"ratelimit\\\": \\\"didn't use volume "
		"quota\\\"}\","
		"\"tx_hash\":"
		"\"9959d3feb30d0a89fcfd4532f071ac99a98ee1202aa2a7f2c1299932b1e540b6ecdabd2b92616a14"
		"\",\"predicted_execution_time_ms\":1787900002150}"));
	assert_string_equal(reply.message, "{\"ratelimit\": \"didn't use volume quota\"}");
	assert_int_equal(lighter_hashes_read(&reply.slots[REPLY_TX_HASH], hashes, 2), 1);
	assert_int_equal(strlen(hashes[0]), 80);
	assert_true(read_reply("{\"code\":200,\"tx_hash\":[\"aa\",\"bb\",\"cc\"]}"));
	assert_int_equal(lighter_hashes_read(&reply.slots[REPLY_TX_HASH], hashes, 2), 3);
	assert_string_equal(hashes[1], "bb");
	assert_true(read_reply("{\"code\":200,\"tx_hash\":5}"));
	assert_int_equal(lighter_hashes_read(&reply.slots[REPLY_TX_HASH], hashes, 2), 0);
	assert_true(read_reply("{\"code\":200,\"tx_hash\":[{}]}"));
	assert_int_equal(lighter_hashes_read(&reply.slots[REPLY_TX_HASH], hashes, 2), 0);
}

static void a_transaction_tells_its_fate(void **state)
{
	(void)state;
	int64_t code;
	assert_true(
		read_reply("{\"code\":200,\"status\":0,\"event_info\":"
			   "\"{\\\"a\\\":1,\\\"ae\\\":\\\"{\\\\\\\"code\\\\\\\":21739}\\\"}\"}"));
	assert_int_equal(lighter_tx_read(&reply, &code), TX_FAILED);
	assert_int_equal(code, 21739);
	assert_true(read_reply("{\"code\":200,\"status\":2,\"event_info\":\"{\\\"ae\\\":\\\"\\\"}"
			       "\"}"));
	assert_int_equal(lighter_tx_read(&reply, &code), TX_EXECUTED);
	assert_int_equal(code, 0);
	assert_true(read_reply("{\"code\":200,\"status\":3}"));
	assert_int_equal(lighter_tx_read(&reply, &code), TX_PENDING_FINAL);
	assert_true(read_reply("{\"code\":200,\"status\":9}"));
	assert_int_equal(lighter_tx_read(&reply, &code), TX_STATUS_UNKNOWN);
	assert_true(read_reply("{\"code\":200}"));
	assert_int_equal(lighter_tx_read(&reply, &code), TX_STATUS_UNKNOWN);
}

static void only_listed_codes_are_definite(void **state)
{
	(void)state;
	static const struct {
		int64_t from, to;
		bool definite;
	} cases[] = {
		{21600, 21727, true},  {21728, 21728, false}, {21729, 21799, true},
		{21800, 22999, false}, {23000, 23000, true},  {23001, 29999, false},
		{30000, 30012, false}, {0, 20000, false},     {20001, 20001, true},
		{21104, 21105, true},  {21500, 21500, false}, {200, 599, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int64_t code = cases[i].from; code <= cases[i].to; code++)
			if (lighter_verdict_of(code).definite != cases[i].definite)
				fail_msg("code %d", (int)code);
	assert_int_equal(lighter_verdict_of(21739).reason, REJECT_MARGIN);
	assert_int_equal(lighter_verdict_of(21733).reason, REJECT_PRICE_BAND);
	assert_int_equal(lighter_verdict_of(21600).reason, REJECT_NOT_FOUND);
	assert_int_equal(lighter_verdict_of(23000).reason, REJECT_RATE_LIMITED);
	assert_int_equal(lighter_verdict_of(21750).reason, REJECT_OTHER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(errors_have_a_code_and_a_message),
		TEST(what_is_no_json_object_is_no_reply),
		TEST(times_are_told_apart_by_magnitude),
		TEST(lists_come_in_every_shape),
		TEST(a_market_has_its_decimals_and_minimums),
		TEST(details_add_margins_marks_and_configuration),
		TEST(a_market_without_decimals_is_refused),
		TEST(resting_orders_have_what_remains),
		TEST(a_trade_is_read_from_both_sides),
		TEST(the_fee_is_that_of_our_side),
		TEST(ids_beyond_doubles_stay_exact),
		TEST(trades_of_other_markets_are_passed_over),
		TEST(an_order_is_read_whole),
		TEST(every_status_has_its_state),
		TEST(a_new_status_is_kept_and_not_guessed),
		TEST(an_account_has_balance_and_signed_positions),
		TEST(a_position_without_its_sign_is_no_position),
		TEST(api_keys_are_compared_as_bytes),
		TEST(settled_rates_are_signed_by_who_pays),
		TEST(current_rates_of_other_venues_are_not_ours),
		TEST(payments_have_side_size_and_change),
		TEST(candles_have_open_and_close),
		TEST(an_answer_to_a_transaction_names_its_hash),
		TEST(a_transaction_tells_its_fate),
		TEST(only_listed_codes_are_definite),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
