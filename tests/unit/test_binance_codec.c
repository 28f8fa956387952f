/* Binance's public messages: every field lands in its own place, and nothing is guessed. */
#include "exchanges/binance/binance_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CAPACITY 4
#define MS	 INT64_C(1000000)

static struct book_level bids[CAPACITY], asks[CAPACITY];
static const struct binance_levels levels = {bids, asks, CAPACITY};
static const struct binance_scale scale = {2, 3};
static struct binance_message message;

/* Both ways of reading must agree; a copy of exactly the bytes shows reads past the end. */
static enum binance_result decode(enum binance_market market, const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length + 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	char *exact = realloc(copy, length > 0 ? length : 1);
	assert_non_null(exact);
	struct binance_message by_reader;
	enum binance_result expected =
		binance_decode_by_reader(market, exact, length, &scale, &levels, &by_reader);
	enum binance_result result =
		binance_decode(market, exact, length, &scale, &levels, &message);
	assert_int_equal(result, expected);
	assert_int_equal(message.kind, by_reader.kind);
	/* Texts point into the copy: compare with the original before it goes. */
	if (message.symbol.length > 0)
		message.symbol.text = text + (message.symbol.text - exact);
	free(exact);
	return result;
}

static void symbol_is(const char *symbol)
{
	assert_int_equal(message.symbol.length, strlen(symbol));
	assert_memory_equal(message.symbol.text, symbol, strlen(symbol));
}

static void level_is(const struct book_level *level, int64_t price, int64_t quantity)
{
	assert_int_equal(level->price.units, price);
	assert_int_equal(level->quantity.units, quantity);
}

static void futures_depth_has_its_ids_levels_and_transaction_time(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_USDM,
				"{\"stream\":\"btcusdt@depth@0ms\",\"data\":{\"e\":\"depthUpdate\","
				"\"E\":1723161256299,\"T\":1723161256298,\"s\":\"BTCUSDT\","
				"\"U\":5123107832006,\"u\":5123107837557,\"pu\":5123107831937,"
				"\"b\":[[\"58710.20\",\"0.014\"],[\"61496.50\",\"0.000\"]],"
				"\"a\":[[\"61800.3\",\"2\"]]}}"),
			 BINANCE_OK);
	assert_int_equal(message.kind, BINANCE_DEPTH);
	symbol_is("BTCUSDT");
	assert_int_equal(message.event_ns, 1723161256299 * MS);
	assert_int_equal(message.exch_ns, 1723161256298 * MS);
	assert_int_equal(message.first_id, 5123107832006);
	assert_int_equal(message.last_id, 5123107837557);
	assert_int_equal(message.previous_id, 5123107831937);
	assert_int_equal(message.u.levels.bid_count, 2);
	assert_int_equal(message.u.levels.ask_count, 1);
	level_is(&bids[0], 5871020, 14);
	level_is(&bids[1], 6149650, 0);
	level_is(&asks[0], 6180030, 2000);
}

static void spot_depth_has_no_transaction_time_and_no_previous_id(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT,
				"{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"e\":"
				"\"depthUpdate\",\"E\":1723161255208,\"s\":\"BTCUSDT\","
				"\"U\":50093239189,\"u\":50093239202,\"b\":[],"
				"\"a\":[[\"61837.64000000\",\"1.54600000\"]]}}"),
			 BINANCE_OK);
	assert_int_equal(message.exch_ns, 1723161255208 * MS);
	assert_int_equal(message.first_id, 50093239189);
	assert_int_equal(message.last_id, 50093239202);
	assert_int_equal(message.u.levels.bid_count, 0);
	level_is(&asks[0], 6183764, 1546);
}

static void futures_depth_without_its_previous_id_is_refused(void **state)
{
	(void)state;
	const char *text = "{\"stream\":\"x\",\"data\":{\"e\":\"depthUpdate\",\"E\":1,\"T\":1,"
			   "\"s\":\"BTCUSDT\",\"U\":2,\"u\":3,\"b\":[],\"a\":[]}}";
	assert_int_equal(decode(BINANCE_USDM, text), BINANCE_MISSING_FIELD);
	assert_int_equal(message.kind, BINANCE_DEPTH);
	assert_int_equal(decode(BINANCE_SPOT, text), BINANCE_OK);
}

static void book_ticker_keeps_its_four_numbers_apart(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_COINM,
				"{\"stream\":\"btcusd_perp@bookTicker\",\"data\":{"
				"\"u\":1007202248045,\"e\":\"bookTicker\",\"s\":\"BTCUSD_PERP\","
				"\"ps\":\"BTCUSD\",\"b\":\"61668.6\",\"B\":\"1243\","
				"\"a\":\"61668.7\",\"A\":\"871\",\"T\":1723161601262,"
				"\"E\":1723161601269}}"),
			 BINANCE_OK);
	assert_int_equal(message.kind, BINANCE_BOOK_TICKER);
	symbol_is("BTCUSD_PERP");
	assert_int_equal(message.last_id, 1007202248045);
	assert_int_equal(message.exch_ns, 1723161601262 * MS);
	assert_int_equal(message.event_ns, 1723161601269 * MS);
	level_is(&message.u.ticker.bid, 6166860, 1243000);
	level_is(&message.u.ticker.ask, 6166870, 871000);
}

static void spot_book_ticker_names_no_event_and_no_time(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT,
				"{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":50093239212,"
				"\"s\":\"BTCUSDT\",\"b\":\"61837.63000000\",\"B\":\"3.78800000\","
				"\"a\":\"61837.64000000\",\"A\":\"1.54600000\"}}"),
			 BINANCE_OK);
	assert_int_equal(message.kind, BINANCE_BOOK_TICKER);
	assert_int_equal(message.exch_ns, 0);
	assert_int_equal(message.event_ns, 0);
	assert_int_equal(message.last_id, 50093239212);
	level_is(&message.u.ticker.bid, 6183763, 3788);
	level_is(&message.u.ticker.ask, 6183764, 1546);
}

static void an_empty_side_of_the_touch_is_zero_not_a_fault(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT, "{\"u\":5,\"s\":\"AB\",\"b\":\"0.00\",\"B\":\"0\","
					      "\"a\":\"7.5\",\"A\":\"1\"}"),
			 BINANCE_OK);
	level_is(&message.u.ticker.bid, 0, 0);
	level_is(&message.u.ticker.ask, 750, 1000);
	assert_int_equal(decode(BINANCE_SPOT, "{\"u\":5,\"s\":\"AB\",\"b\":\"0.00\",\"B\":\"3\","
					      "\"a\":\"7.5\",\"A\":\"1\"}"),
			 BINANCE_BAD_VALUE);
}

static void trade(const char *type, const char *buyer_is_maker, enum binance_result expected)
{
	char text[512];
	snprintf(text, sizeof(text),
		 "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1680652806996,"
		 "\"T\":1680652804962,\"s\":\"BTCUSDT\",\"t\":3535188229,\"p\":\"28155.10\","
		 "\"q\":\"0.001\"%s%s}}",
		 type, buyer_is_maker);
	assert_int_equal(decode(BINANCE_USDM, text), expected);
	assert_int_equal(message.kind, BINANCE_TRADE);
}

static void a_trade_whose_buyer_is_maker_is_a_taker_sell(void **state)
{
	(void)state;
	trade(",\"X\":\"MARKET\"", ",\"m\":true", BINANCE_OK);
	assert_int_equal(message.u.trade.taker_side, SIDE_SELL);
	assert_int_equal(message.u.trade.price.units, 2815510);
	assert_int_equal(message.u.trade.quantity.units, 1);
	assert_int_equal(message.last_id, 3535188229);
	assert_int_equal(message.exch_ns, 1680652804962 * MS);
	assert_int_equal(message.event_ns, 1680652806996 * MS);
	trade(",\"X\":\"MARKET\"", ",\"m\":false", BINANCE_OK);
	assert_int_equal(message.u.trade.taker_side, SIDE_BUY);
}

static void only_market_prints_are_on_market_and_spot_prints_name_no_type(void **state)
{
	(void)state;
	trade(",\"X\":\"MARKET\"", ",\"m\":true", BINANCE_OK);
	assert_false(message.u.trade.off_market);
	trade("", ",\"m\":true", BINANCE_OK);
	assert_false(message.u.trade.off_market);
	trade(",\"X\":\"INSURANCE_FUND\"", ",\"m\":true", BINANCE_OK);
	assert_true(message.u.trade.off_market);
	trade(",\"X\":\"\"", ",\"m\":true", BINANCE_OK);
	assert_true(message.u.trade.off_market);
}

static void a_trade_that_names_no_side_is_refused(void **state)
{
	(void)state;
	trade("", "", BINANCE_MISSING_FIELD);
	trade("", ",\"m\":\"true\"", BINANCE_BAD_VALUE);
	trade("", ",\"m\":null", BINANCE_BAD_VALUE);
}

static void order_ids_of_a_spot_trade_are_not_levels(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT,
				"{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\","
				"\"E\":1680652800000,\"s\":\"BTCUSDT\",\"t\":3071245454,"
				"\"p\":\"28165.47000000\",\"q\":\"0.05600000\",\"b\":20720542158,"
				"\"a\":20720542592,\"T\":1680652799999,\"m\":true,\"M\":true}}"),
			 BINANCE_OK);
	assert_int_equal(message.u.trade.price.units, 2816547);
	assert_int_equal(message.u.trade.quantity.units, 56);
	assert_int_equal(message.last_id, 3071245454);
}

static void next_funding_time_of_a_mark_price_is_never_its_own_time(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_USDM,
				"{\"stream\":\"btcusdt@markPrice@1s\",\"data\":{\"e\":"
				"\"markPriceUpdate\",\"E\":1680652801000,\"s\":\"BTCUSDT\","
				"\"p\":\"28155.20000000\",\"P\":\"28141.47001461\","
				"\"i\":\"28165.15571429\",\"r\":\"-0.00002760\","
				"\"T\":1680681600000}}"),
			 BINANCE_OK);
	assert_int_equal(message.kind, BINANCE_MARK_PRICE);
	assert_int_equal(message.exch_ns, 1680652801000 * MS);
	assert_int_equal(message.u.mark.next_funding_ns, 1680681600000 * MS);
	assert_int_equal(message.u.mark.fields, MARK_HAS_MARK | MARK_HAS_INDEX);
	assert_true(message.u.mark.mark.e18 == (i128)2815520 * 10000000000000000);
	assert_true(message.u.mark.index.e18 == (i128)2816515571429 * 10000000000);
	assert_true(message.u.mark.has_rate);
	assert_int_equal(message.u.mark.rate.e18, -27600000000000);
}

static void a_delivery_contract_has_a_mark_and_no_rate(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_USDM,
				"{\"e\":\"markPriceUpdate\",\"E\":1680652801000,"
				"\"s\":\"BTCUSDT_230630\",\"p\":\"28155.2\",\"r\":\"\",\"T\":0}"),
			 BINANCE_OK);
	assert_false(message.u.mark.has_rate);
	assert_int_equal(message.u.mark.fields, MARK_HAS_MARK);
}

static void snapshots_with_blanks_and_without_a_symbol_are_read(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_USDM,
				"{\"lastUpdateId\": 2710246765483, \"E\": 1680652700590, \"T\": "
				"1680652700580, \"bids\": [[\"28145.10\", \"3.818\"], "
				"[\"28145.00\", \"0.413\"]], \"asks\": [[\"28145.20\", \"1.5\"]]}"),
			 BINANCE_OK);
	assert_int_equal(message.kind, BINANCE_SNAPSHOT);
	assert_int_equal(message.symbol.length, 0);
	assert_int_equal(message.last_id, 2710246765483);
	assert_int_equal(message.exch_ns, 1680652700580 * MS);
	assert_int_equal(message.u.levels.bid_count, 2);
	level_is(&bids[1], 2814500, 413);
	level_is(&asks[0], 2814520, 1500);
	assert_int_equal(decode(BINANCE_COINM, "{\"lastUpdateId\":7,\"symbol\":\"BTCUSD_PERP\","
					       "\"bids\":[],\"asks\":[]}"),
			 BINANCE_OK);
	symbol_is("BTCUSD_PERP");
	assert_int_equal(message.exch_ns, 0);
}

static void old_spot_levels_with_a_third_member_are_read(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT, "{\"lastUpdateId\":7,\"bids\":[[\"1.5\",\"2\",[]]],"
					      "\"asks\":[]}"),
			 BINANCE_OK);
	level_is(&bids[0], 150, 2000);
}

static void values_are_exact_or_refused_by_name(void **state)
{
	static const struct {
		const char *level;
		enum binance_result result;
	} table[] = {
		{"[\"1.23\",\"1.234\"]", BINANCE_OK},
		{"[\"1.2300000\",\"1.23400\"]", BINANCE_OK},
		{"[\"1.234\",\"1\"]", BINANCE_INEXACT_PRICE},
		{"[\"1.23\",\"1.2345\"]", BINANCE_INEXACT_QUANTITY},
		{"[\"123456789012345678\",\"1\"]", BINANCE_TOO_LARGE},
		{"[\"1\",\"123456789012345678\"]", BINANCE_TOO_LARGE},
		{"[\"0\",\"1\"]", BINANCE_BAD_VALUE},
		{"[\"-1\",\"1\"]", BINANCE_BAD_VALUE},
		{"[\"1\",\"-1\"]", BINANCE_BAD_VALUE},
		{"[\"\",\"1\"]", BINANCE_BAD_VALUE},
		{"[\"1x\",\"1\"]", BINANCE_BAD_VALUE},
		{"[1,\"1\"]", BINANCE_BAD_VALUE},
		{"[\"1\"]", BINANCE_BAD_VALUE},
		{"[]", BINANCE_BAD_VALUE},
		{"{\"p\":\"1\"}", BINANCE_BAD_VALUE},
		{"null", BINANCE_BAD_VALUE},
		{"[\"1\",\"2\"", BINANCE_NOT_JSON},
		{"[\"1\" \"2\"]", BINANCE_NOT_JSON},
		{"[\"1\",\"2\"],", BINANCE_NOT_JSON},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text),
			 "{\"stream\":\"x\",\"data\":{\"e\":\"depthUpdate\",\"E\":1,\"T\":1,"
			 "\"s\":\"AB\",\"U\":2,\"u\":3,\"pu\":1,\"b\":[%s],\"a\":[]}}",
			 table[i].level);
		enum binance_result result = decode(BINANCE_USDM, text);
		if (result != table[i].result)
			fail_msg("%s: %s", table[i].level, binance_result_text(result));
	}
}

static void more_levels_than_there_is_room_for_are_refused_not_cut(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT,
				"{\"stream\":\"x\",\"data\":{\"e\":\"depthUpdate\",\"E\":1,"
				"\"s\":\"AB\",\"U\":2,\"u\":3,\"b\":[[\"1\",\"1\"],[\"2\",\"1\"],"
				"[\"3\",\"1\"],[\"4\",\"1\"],[\"5\",\"1\"]],\"a\":[]}}"),
			 BINANCE_TOO_MANY_LEVELS);
}

static void a_repeated_key_is_refused(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT, "{\"stream\":\"x\",\"data\":{\"u\":5,\"u\":6,"
					      "\"s\":\"AB\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\","
					      "\"A\":\"1\"}}"),
			 BINANCE_REPEATED_FIELD);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const table[] = {
		"",
		"{",
		"nonsense",
		"{\"a\":1}}",
		"{\"stream\":\"x\",\"data\":{}} x",
		"{\"stream\":\"x\",\"data\":{\"e\":\"trade\",}}",
		"{\"stream\":\"x\",\"data\":{\"E\":01}}",
		"{\"stream\":\"x\",\"data\":{\"E\":1.}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(decode(BINANCE_SPOT, table[i]), BINANCE_NOT_JSON);
}

static void sound_json_of_another_kind_is_another_message(void **state)
{
	static const char *const table[] = {
		"{}",
		"[]",
		"5",
		"{\"result\":null,\"id\":1}",
		"[{\"e\":\"trade\"}]",
		"{\"stream\":\"x\",\"data\":{\"e\":\"kline\",\"k\":{\"o\":\"1\"}}}",
		"{\"stream\":\"!markPrice@arr\",\"data\":[{\"e\":\"markPriceUpdate\"}]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(decode(BINANCE_USDM, table[i]), BINANCE_OK);
		assert_int_equal(message.kind, BINANCE_OTHER);
	}
}

static void ids_of_nineteen_digits_stay_exact(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT, "{\"u\":9007199254740993123,\"s\":\"AB\",\"b\":\"1\","
					      "\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}"),
			 BINANCE_OK);
	assert_true(message.last_id == UINT64_C(9007199254740993123));
}

static void microseconds_are_told_by_their_size(void **state)
{
	(void)state;
	assert_int_equal(decode(BINANCE_SPOT,
				"{\"e\":\"trade\",\"E\":1735689600123456,\"s\":\"AB\","
				"\"t\":1,\"p\":\"1\",\"q\":\"1\",\"m\":false}"),
			 BINANCE_OK);
	assert_int_equal(message.exch_ns, INT64_C(1735689600123456000));
}

static void venue_names_and_markets_belong_together(void **state)
{
	enum binance_market market;
	(void)state;
	for (int i = 0; i < BINANCE_MARKETS; i++) {
		assert_true(binance_market_of_venue(binance_venue_name((enum binance_market)i),
						    &market));
		assert_int_equal(market, i);
	}
	assert_false(binance_market_of_venue("binance", &market));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(futures_depth_has_its_ids_levels_and_transaction_time),
		cmocka_unit_test(spot_depth_has_no_transaction_time_and_no_previous_id),
		cmocka_unit_test(futures_depth_without_its_previous_id_is_refused),
		cmocka_unit_test(book_ticker_keeps_its_four_numbers_apart),
		cmocka_unit_test(spot_book_ticker_names_no_event_and_no_time),
		cmocka_unit_test(an_empty_side_of_the_touch_is_zero_not_a_fault),
		cmocka_unit_test(a_trade_whose_buyer_is_maker_is_a_taker_sell),
		cmocka_unit_test(only_market_prints_are_on_market_and_spot_prints_name_no_type),
		cmocka_unit_test(a_trade_that_names_no_side_is_refused),
		cmocka_unit_test(order_ids_of_a_spot_trade_are_not_levels),
		cmocka_unit_test(next_funding_time_of_a_mark_price_is_never_its_own_time),
		cmocka_unit_test(a_delivery_contract_has_a_mark_and_no_rate),
		cmocka_unit_test(snapshots_with_blanks_and_without_a_symbol_are_read),
		cmocka_unit_test(old_spot_levels_with_a_third_member_are_read),
		cmocka_unit_test(values_are_exact_or_refused_by_name),
		cmocka_unit_test(more_levels_than_there_is_room_for_are_refused_not_cut),
		cmocka_unit_test(a_repeated_key_is_refused),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(sound_json_of_another_kind_is_another_message),
		cmocka_unit_test(ids_of_nineteen_digits_stay_exact),
		cmocka_unit_test(microseconds_are_told_by_their_size),
		cmocka_unit_test(venue_names_and_markets_belong_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
