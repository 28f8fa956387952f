/* Hyperliquid's market data: the documented samples in their own places, hostile ones refused. */
#include "exchanges/hyperliquid/hyperliquid_codec.h"

#include "core/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MS INT64_C(1000000)

static struct hyperliquid_value value_of(const char *text)
{
	struct hyperliquid_value value;
	assert_true(hyperliquid_document(text, strlen(text), &value));
	return value;
}

static struct money money(const char *text)
{
	struct hyperliquid_value value = {JSON_STRING, false, text, strlen(text)};
	struct money out;
	assert_true(hyperliquid_money(&value, &out));
	return out;
}

/* ---- the samples of the reference -------------------------------------------------------------
 */

static const char META[] =
	"{\"universe\":["
	"{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40,\"marginTableId\":56},"
	"{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25,\"marginTableId\":55},"
	"{\"szDecimals\":1,\"name\":\"OLDCO\",\"maxLeverage\":3,\"marginTableId\":3,"
	"\"onlyIsolated\":true,"
	"\"marginMode\":\"strictIsolated\",\"isDelisted\":true}],"
	"\"marginTables\":[[56,{\"description\":\"tiered "
	"40x\",\"marginTiers\":[{\"lowerBound\":\"0.0\","
	"\"maxLeverage\":40},{\"lowerBound\":\"150000000.0\",\"maxLeverage\":20}]}]],"
	"\"collateralToken\":0}";

struct seen_terms {
	struct hyperliquid_market_terms terms[8];
	size_t count;
};

static void see_terms(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms)
{
	struct seen_terms *seen = user;
	assert_true(asset < 8);
	seen->terms[asset] = *terms;
	seen->count++;
}

static void meta_lists_markets_by_their_place(void **state)
{
	struct seen_terms seen = {0};
	struct hyperliquid_value meta = value_of(META);
	(void)state;
	assert_true(hyperliquid_decode_meta(&meta, see_terms, &seen));
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.terms[0].coin.name, "BTC");
	assert_int_equal(seen.terms[0].size_decimals, 5);
	assert_int_equal(seen.terms[1].maximum_leverage, 25);
	assert_false(seen.terms[1].delisted);
	assert_true(seen.terms[2].delisted);
	assert_true(seen.terms[2].only_isolated);
	/* null, false and absent are alike. */
	meta = value_of("{\"universe\":[{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40,"
			"\"isDelisted\":null,\"onlyIsolated\":false}]}");
	assert_true(hyperliquid_decode_meta(&meta, see_terms, &seen));
	assert_false(seen.terms[0].delisted);
	assert_false(seen.terms[0].only_isolated);
}

static void hostile_meta_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"universe\":[]}",
		"{\"universe\":{}}",
		"{\"universe\":[{}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":\"5x\",\"maxLeverage\":40}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":7,\"maxLeverage\":40}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":-1,\"maxLeverage\":40}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":5,\"maxLeverage\":0}]}",
		"{\"universe\":[{\"name\":\"\",\"szDecimals\":5,\"maxLeverage\":40}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"name\":\"ETH\",\"szDecimals\":5,"
		"\"maxLeverage\":40}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":5,\"maxLeverage\":40,"
		"\"isDelisted\":1}]}",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":5,\"maxLeverage\":40}]} x",
		"{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":5,\"maxLeverage\":40}",
	};
	struct seen_terms seen = {0};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hyperliquid_value meta = value_of(texts[i]);
		if (hyperliquid_decode_meta(&meta, see_terms, &seen))
			fail_msg("accepted: %s", texts[i]);
	}
}

static const char CONTEXT[] =
	"{\"funding\":\"0.0000125\",\"openInterest\":\"28110.40321\",\"prevDayPx\":\"86120.0\","
	"\"dayNtlVlm\":"
	"\"2210456789.1123008728\",\"premium\":\"0.0002857306\",\"oraclePx\":\"87495.0\","
	"\"markPx\":"
	"\"87511.0\",\"midPx\":\"87520.5\",\"impactPxs\":[\"87520.0\",\"87521.0\"],\"dayBaseVlm\":"
	"\"25310.55012\"}";

static void a_context_has_exact_figures(void **state)
{
	struct hyperliquid_context context;
	struct hyperliquid_value value = value_of(CONTEXT);
	(void)state;
	assert_true(hyperliquid_decode_context(&value, &context));
	assert_int_equal(context.funding.e18, INT64_C(12500000000000));
	assert_true(context.mark.e18 == money("87511").e18);
	assert_true(context.oracle.e18 == money("87495").e18);
	assert_true(context.day_notional_volume.e18 == money("2210456789.1123008728").e18);
	assert_true(context.premium_known && context.mid_known);
	assert_int_equal(context.premium.e18, INT64_C(285730600000000));
	/* A market without a two-sided book. */
	value = value_of(
		"{\"funding\":\"0.0\",\"openInterest\":\"0.0\",\"dayNtlVlm\":\"0.0\",\"premium\":"
		"null,"
		"\"oraclePx\":\"1.0\",\"markPx\":\"1.0\",\"midPx\":null,\"impactPxs\":null}");
	assert_true(hyperliquid_decode_context(&value, &context));
	assert_false(context.premium_known || context.mid_known);
}

static void hostile_contexts_are_refused(void **state)
{
	static const char *const pairs[][2] = {
		{"\"markPx\":\"87511.0\"", "\"markPx\":\"0\""},
		{"\"markPx\":\"87511.0\"", "\"markPx\":\"-1\""},
		{"\"markPx\":\"87511.0\"", "\"markPx\":null"},
		{"\"markPx\":\"87511.0\"", "\"markPx\":\"1e999\""},
		{"\"markPx\":\"87511.0\"", "\"markPx\":\"nan\""},
		{"\"markPx\":\"87511.0\"", "\"marcPx\":\"87511.0\""},
		{"\"funding\":\"0.0000125\"", "\"funding\":\"1.5\""},
		{"\"funding\":\"0.0000125\"", "\"funding\":true"},
		{"\"openInterest\":\"28110.40321\"", "\"openInterest\":\"-1\""},
		{"\"oraclePx\":\"87495.0\"", "\"oraclePx\":\"87495.0\",\"oraclePx\":\"1\""},
	};
	struct hyperliquid_context context;
	char text[1024];
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *at = strstr(CONTEXT, pairs[i][0]);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - CONTEXT), CONTEXT, pairs[i][1],
			 at + strlen(pairs[i][0]));
		struct hyperliquid_value value = value_of(text);
		if (hyperliquid_decode_context(&value, &context))
			fail_msg("accepted: %s", pairs[i][1]);
	}
}

struct seen_overview {
	size_t count, readable;
	char last[64];
};

static void see_overview(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms,
			 const struct hyperliquid_context *context)
{
	struct seen_overview *seen = user;
	assert_int_equal(asset, seen->count);
	seen->count++;
	seen->readable += context != NULL;
	snprintf(seen->last, sizeof(seen->last), "%s", terms->coin.name);
}

static void contexts_belong_to_markets_by_place(void **state)
{
	char text[4096];
	struct seen_overview seen = {0};
	(void)state;
	snprintf(text, sizeof(text), "[%s,[%s,%s,{\"funding\":\"0.0\"}]]", META, CONTEXT, CONTEXT);
	struct hyperliquid_value value = value_of(text);
	assert_true(hyperliquid_decode_overview(&value, see_overview, &seen));
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.readable, 2);
	assert_string_equal(seen.last, "OLDCO");
	/* Too few or too many: nobody knows which belongs to which. */
	snprintf(text, sizeof(text), "[%s,[%s,%s]]", META, CONTEXT, CONTEXT);
	value = value_of(text);
	seen.count = 0;
	assert_false(hyperliquid_decode_overview(&value, see_overview, &seen));
	snprintf(text, sizeof(text), "[%s,[%s,%s,%s,%s]]", META, CONTEXT, CONTEXT, CONTEXT,
		 CONTEXT);
	value = value_of(text);
	seen.count = 0;
	assert_false(hyperliquid_decode_overview(&value, see_overview, &seen));
}

static const char BOOK[] = "{\"coin\":\"ETH\",\"time\":1764000012345,\"levels\":["
			   "[{\"px\":\"2831.6\",\"sz\":\"14.2031\",\"n\":3},{\"px\":\"2831.5\","
			   "\"sz\":\"2.95\",\"n\":1}],"
			   "[{\"px\":\"2831.7\",\"sz\":\"8.8114\",\"n\":2},{\"px\":\"2831.9\","
			   "\"sz\":\"31.004\",\"n\":4}]]}";
static const struct hyperliquid_scale scale = {2, 4};

static void a_book_has_bids_from_the_best_down_and_asks_up(void **state)
{
	struct hyperliquid_book book;
	struct book_level levels[HYPERLIQUID_LEVELS_MAX];
	uint32_t count;
	struct hyperliquid_value value = value_of(BOOK);
	(void)state;
	assert_true(hyperliquid_decode_book(&value, &book));
	assert_string_equal(book.coin.name, "ETH");
	assert_int_equal(book.time_ns, INT64_C(1764000012345) * MS);
	assert_true(hyperliquid_decode_levels(&book.bids, &scale, SIDE_BUY, levels, &count));
	assert_int_equal(count, 2);
	assert_int_equal(levels[0].price.units, 283160);
	assert_int_equal(levels[0].quantity.units, 142031);
	assert_true(hyperliquid_decode_levels(&book.asks, &scale, SIDE_SELL, levels, &count));
	assert_int_equal(levels[1].price.units, 283190);
	/* The wrong way round. */
	assert_false(hyperliquid_decode_levels(&book.bids, &scale, SIDE_SELL, levels, &count));
	/* More decimals than the market has. */
	const struct hyperliquid_scale coarse = {0, 4};
	assert_false(hyperliquid_decode_levels(&book.bids, &coarse, SIDE_BUY, levels, &count));
	value = value_of("null");
	assert_false(hyperliquid_decode_book(&value, &book));
}

static void levels_without_price_or_size_are_refused(void **state)
{
	static const char *const texts[] = {
		"[{\"px\":\"0\",\"sz\":\"1\"}]",
		"[{\"px\":\"-1\",\"sz\":\"1\"}]",
		"[{\"px\":\"1\",\"sz\":\"0\"}]",
		"[{\"px\":\"1\"}]",
		"[{\"px\":\"1\",\"sz\":\"1\"},null]",
		"[[\"1\",\"1\"]]",
		"[{\"px\":\"1e400\",\"sz\":\"1\"}]",
		"{}",
		"[{\"px\":\"2\",\"sz\":\"1\"},{\"px\":\"2\",\"sz\":\"1\"}]",
	};
	struct book_level levels[HYPERLIQUID_LEVELS_MAX];
	uint32_t count;
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hyperliquid_value value = value_of(texts[i]);
		if (hyperliquid_decode_levels(&value, &scale, SIDE_BUY, levels, &count))
			fail_msg("accepted: %s", texts[i]);
	}
	char many[2048] = "[";
	for (int i = 0; i < 21; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
			 "%s{\"px\":\"%d\",\"sz\":\"1\"}", i ? "," : "", 100 - i);
	snprintf(many + strlen(many), sizeof(many) - strlen(many), "]");
	struct hyperliquid_value value = value_of(many);
	assert_false(hyperliquid_decode_levels(&value, &scale, SIDE_BUY, levels, &count));
}

static void a_bbo_may_lack_a_side(void **state)
{
	struct hyperliquid_bbo bbo;
	struct book_level level;
	struct hyperliquid_value value =
		value_of("{\"coin\":\"ETH\",\"time\":1764000012345,\"bbo\":[{\"px\":\"2831.6\","
			 "\"sz\":\"14.2031\",\"n\":3},"
			 "null]}");
	(void)state;
	assert_true(hyperliquid_decode_bbo(&value, &bbo));
	assert_true(hyperliquid_decode_level(&bbo.bid, &scale, &level));
	assert_int_equal(level.quantity.units, 142031);
	assert_true(hyperliquid_decode_level(&bbo.ask, &scale, &level));
	assert_int_equal(level.quantity.units, 0);
	value = value_of("{\"coin\":\"ETH\",\"time\":1764000012345,\"bbo\":[null]}");
	assert_false(hyperliquid_decode_bbo(&value, &bbo));
	value = value_of(
		"{\"coin\":\"ETH\",\"time\":1764000012,\"bbo\":[null,null]}"); /* seconds */
	assert_false(hyperliquid_decode_bbo(&value, &bbo));
}

struct seen_rows {
	size_t count;
	struct hyperliquid_settled settled[4];
	struct hyperliquid_trade trade;
	struct hyperliquid_prediction predictions[4];
	struct money mid;
};

static void see_settled(void *user, const struct hyperliquid_settled *settled)
{
	struct seen_rows *seen = user;
	seen->settled[seen->count++ % 4] = *settled;
}

static void funding_history_keeps_how_it_was_written(void **state)
{
	struct seen_rows seen = {0};
	struct hyperliquid_value value = value_of(
		"[{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\",\"premium\":\"0.0002213\","
		"\"time\":1763902800037},"
		"{\"coin\":\"ETH\",\"fundingRate\":\"-0.00000875\",\"time\":1763906400012}]");
	(void)state;
	assert_true(hyperliquid_decode_funding_history(&value, see_settled, &seen));
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.settled[0].rate_decimals, 7);
	assert_int_equal(seen.settled[0].premium_decimals, 7);
	assert_true(seen.settled[0].premium_known);
	assert_int_equal(seen.settled[1].rate.e18, INT64_C(-8750000000000));
	assert_int_equal(seen.settled[1].rate_decimals, 8);
	assert_false(seen.settled[1].premium_known);
	value = value_of("[{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\"}]");
	assert_false(hyperliquid_decode_funding_history(&value, see_settled, &seen));
}

static void see_trade(void *user, const struct hyperliquid_trade *trade)
{
	struct seen_rows *seen = user;
	seen->trade = *trade;
	seen->count++;
}

static void a_trade_names_the_aggressors_side(void **state)
{
	struct seen_rows seen = {0};
	struct hyperliquid_value value =
		value_of("[{\"coin\":\"ETH\",\"side\":\"A\",\"px\":\"2831.7\",\"sz\":\"0.0456\","
			 "\"time\":1764000012345,"
			 "\"hash\":\"0x00\",\"tid\":118906512037719,\"users\":[\"0x1\",\"0x2\"]}]");
	(void)state;
	assert_true(hyperliquid_decode_trades(&value, see_trade, &seen));
	assert_int_equal(seen.trade.taker_side, SIDE_SELL);
	assert_int_equal(seen.trade.trade_id, INT64_C(118906512037719));
	value = value_of(
		"[{\"coin\":\"ETH\",\"side\":\"C\",\"px\":\"2831.7\",\"sz\":\"0.0456\",\"time\":"
		"1764000012345,\"tid\":1}]");
	assert_false(hyperliquid_decode_trades(&value, see_trade, &seen));
}

static void see_prediction(void *user, const struct hyperliquid_prediction *prediction)
{
	struct seen_rows *seen = user;
	seen->predictions[seen->count++ % 4] = *prediction;
}

static void predictions_keep_each_venues_interval(void **state)
{
	struct seen_rows seen = {0};
	struct hyperliquid_value value =
		value_of("[[\"ETH\",[[\"BinPerp\",{\"fundingRate\":\"0.00006131\","
			 "\"nextFundingTime\":1764028800000,"
			 "\"fundingIntervalHours\":8}],[\"HlPerp\",{\"fundingRate\":\"0.0000125\","
			 "\"nextFundingTime\":"
			 "1764003600000,\"fundingIntervalHours\":1}],[\"BybitPerp\",null]]]]");
	(void)state;
	assert_true(hyperliquid_decode_predicted(&value, see_prediction, &seen));
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.predictions[0].venue, "BinPerp");
	assert_int_equal(seen.predictions[0].interval_ns, INT64_C(28800000000000));
	assert_int_equal(seen.predictions[1].next_ns, INT64_C(1764003600000) * MS);
}

static void see_mid(void *user, const struct hyperliquid_coin *coin, struct money mid)
{
	struct seen_rows *seen = user;
	if (strcmp(coin->name, "ETH") == 0)
		seen->mid = mid;
	seen->count++;
}

static void mids_have_one_digit_more_than_prices(void **state)
{
	struct seen_rows seen = {0};
	struct hyperliquid_value value =
		value_of("{\"BTC\":\"87520.5\",\"ETH\":\"2831.65\",\"@107\":\"1.0\"}");
	(void)state;
	assert_true(hyperliquid_decode_all_mids(&value, see_mid, &seen));
	assert_int_equal(seen.count, 3);
	assert_true(seen.mid.e18 == money("2831.65").e18);
	value = value_of("{\"BTC\":[]}");
	assert_false(hyperliquid_decode_all_mids(&value, see_mid, &seen));
}

static void status_tells_time_and_anything_special(void **state)
{
	int64_t time_ns;
	char special[32];
	struct hyperliquid_value value =
		value_of("{\"time\":1764000000123,\"specialStatuses\":null}");
	(void)state;
	assert_true(hyperliquid_decode_status(&value, &time_ns, special, sizeof(special)));
	assert_int_equal(time_ns, INT64_C(1764000000123) * MS);
	assert_string_equal(special, "");
	value = value_of("{\"time\":1764000000123,\"specialStatuses\":[\"upgrade\"]}");
	assert_true(hyperliquid_decode_status(&value, &time_ns, special, sizeof(special)));
	assert_string_equal(special, "[\"upgrade\"]");
	value = value_of("{\"specialStatuses\":null}");
	assert_false(hyperliquid_decode_status(&value, &time_ns, special, sizeof(special)));
}

/* ---- values -----------------------------------------------------------------------------------
 */

static void noise_is_rounded_and_orders_figures_are_not(void **state)
{
	int64_t units;
	(void)state;
	assert_true(money("605822.2557999999").e18 ==
		    (i128)6058222557999999 * (MONEY_ONE / 10000000000));
	assert_true(hyperliquid_to_units(money("2831.60"), 1, &units));
	assert_int_equal(units, 28316);
	assert_false(hyperliquid_to_units(money("2831.65"), 1, &units));
	assert_true(hyperliquid_to_units(money("-0.5"), 4, &units));
	assert_int_equal(units, -5000);
	assert_false(hyperliquid_to_units(money("99999999999999"), 6, &units));
}

static void ids_beyond_a_double_stay_exact(void **state)
{
	struct hyperliquid_value value = value_of("1152921504606846975");
	uint64_t id;
	(void)state;
	assert_true(hyperliquid_u64(&value, &id));
	assert_true(id == UINT64_C(1152921504606846975));
}

/* Whatever is cut off or flipped: refused, or read without harm. */
static void damaged_samples_do_no_harm(void **state)
{
	const char *const samples[] = {META, CONTEXT, BOOK};
	struct random random;
	uint64_t seed = 20261125;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (int i = 0; i < 20000; i++) {
		const char *sample = samples[random_below(&random, 3)];
		size_t length = random_below(&random, strlen(sample) + 1);
		char *copy = malloc(length + 1);
		struct hyperliquid_value value;
		struct hyperliquid_book book;
		struct hyperliquid_context context;
		struct seen_terms terms = {0};
		assert_non_null(copy);
		memcpy(copy, sample, length);
		for (uint64_t n = random_below(&random, 3); n > 0 && length > 0; n--)
			copy[random_below(&random, length)] = (char)random_u64(&random);
		if (hyperliquid_document(copy, length, &value)) {
			hyperliquid_decode_book(&value, &book);
			hyperliquid_decode_context(&value, &context);
			hyperliquid_decode_meta(&value, see_terms, &terms);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meta_lists_markets_by_their_place),
		cmocka_unit_test(hostile_meta_is_refused),
		cmocka_unit_test(a_context_has_exact_figures),
		cmocka_unit_test(hostile_contexts_are_refused),
		cmocka_unit_test(contexts_belong_to_markets_by_place),
		cmocka_unit_test(a_book_has_bids_from_the_best_down_and_asks_up),
		cmocka_unit_test(levels_without_price_or_size_are_refused),
		cmocka_unit_test(a_bbo_may_lack_a_side),
		cmocka_unit_test(funding_history_keeps_how_it_was_written),
		cmocka_unit_test(a_trade_names_the_aggressors_side),
		cmocka_unit_test(predictions_keep_each_venues_interval),
		cmocka_unit_test(mids_have_one_digit_more_than_prices),
		cmocka_unit_test(status_tells_time_and_anything_special),
		cmocka_unit_test(noise_is_rounded_and_orders_figures_are_not),
		cmocka_unit_test(ids_beyond_a_double_stay_exact),
		cmocka_unit_test(damaged_samples_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
