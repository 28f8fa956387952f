/* Edges of the price rules, of the formulas, and mistakes of whoever writes an action. */
#include "core/base/decimal.h"
#include "exchanges/hyperliquid/action_writer.h"
#include "exchanges/hyperliquid/funding_formulas.h"
#include "exchanges/hyperliquid/margin_formulas.h"
#include "exchanges/hyperliquid/price_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PERP HYPERLIQUID_PERPETUAL

static void rounding_up_across_a_power_of_ten_lands_on_it(void **state)
{
	(void)state;
	int64_t price;
	/* 9.99996 at szDecimals 1: five decimals, four of them usable. */
	assert_true(hyperliquid_price_round(PERP, 1, 999996, 5, ROUND_CEILING, &price));
	assert_true(price == 1000000); /* 10.00000 */
	assert_true(hyperliquid_price_round(PERP, 1, 999996, 5, ROUND_FLOOR, &price));
	assert_true(price == 999990);
	assert_true(hyperliquid_price_is_valid(PERP, 1, 1000000, 5));
}

static void prices_of_nothing_or_less_are_refused(void **state)
{
	(void)state;
	int64_t price = 42;
	assert_false(hyperliquid_price_round(PERP, 0, 0, 3, ROUND_CEILING, &price));
	assert_false(hyperliquid_price_round(PERP, 0, -5, 3, ROUND_CEILING, &price));
	assert_false(hyperliquid_price_round(PERP, 6, 4, 1, ROUND_HALF_EVEN, &price));
	assert_false(hyperliquid_price_is_valid(PERP, 0, 0, 0));
	assert_false(hyperliquid_price_is_valid(PERP, 0, -100, 0));
	assert_int_equal(price, 42);
}

static void figures_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	int64_t out = 42;
	assert_false(hyperliquid_price_round(PERP, 0, INT64_MAX, 0, ROUND_FLOOR, &out));
	assert_true(hyperliquid_price_is_valid(PERP, 0, INT64_MAX, 0));
	assert_false(hyperliquid_size_floor(5, INT64_MAX, 4, &out));
	assert_int_equal(out, 42);
	assert_true(hyperliquid_size_floor(5, INT64_MAX, 5, &out));
	assert_true(out == INT64_MAX);
	assert_true(hyperliquid_price_round(PERP, 6, INT64_MAX, 18, ROUND_FLOOR, &out));
	assert_true(out == 9);
}

static void a_size_with_more_than_six_decimals_leaves_integer_prices(void **state)
{
	(void)state;
	int64_t price;
	assert_int_equal(hyperliquid_price_decimals(PERP, 5), 1);
	assert_int_equal(hyperliquid_price_decimals(PERP, 9), 0);
	assert_int_equal(hyperliquid_price_decimals(HYPERLIQUID_SPOT, 2), 6);
	assert_true(hyperliquid_price_round(PERP, 9, 15, 1, ROUND_FLOOR, &price));
	assert_true(price == 1);
}

static void asset_numbers_of_different_kinds_cannot_meet(void **state)
{
	(void)state;
	uint32_t asset = 42;
	assert_false(hyperliquid_perpetual_asset(0, 10000, &asset));
	assert_false(hyperliquid_perpetual_asset(1, 10000, &asset));
	assert_false(hyperliquid_perpetual_asset(9990, 0, &asset));
	assert_false(hyperliquid_perpetual_asset(UINT32_MAX, 0, &asset));
	assert_false(hyperliquid_spot_asset(90000, &asset));
	assert_false(hyperliquid_outcome_asset(UINT32_MAX, &asset));
	assert_int_equal(asset, 42);
	assert_true(hyperliquid_perpetual_asset(0, 9999, &asset));
	assert_int_equal(asset, 9999);
	assert_true(hyperliquid_spot_asset(0, &asset));
	assert_int_equal(asset, 10000);
	assert_true(hyperliquid_spot_asset(89999, &asset));
	assert_int_equal(asset, 99999);
}

static void the_hourly_rate_is_capped_at_four_percent_either_way(void **state)
{
	(void)state;
	const int64_t cap = RATE_ONE / 25;
	struct rate rate = hyperliquid_funding_rate_hour((struct rate){INT64_MAX});
	assert_true(rate.e18 == cap);
	rate = hyperliquid_funding_rate_hour((struct rate){INT64_MIN});
	assert_true(rate.e18 == -cap);
	/* (0.3205 - 0.0005) / 8 = 0.04 exactly. */
	rate = hyperliquid_funding_rate_hour((struct rate){RATE_ONE / 10000 * 3205});
	assert_true(rate.e18 == cap);
	rate = hyperliquid_funding_rate_hour((struct rate){RATE_ONE / 10000 * 3205 - 8});
	assert_true(rate.e18 == cap - 1);
}

static void a_premium_needs_an_oracle(void **state)
{
	(void)state;
	struct rate premium = {42};
	const struct money one = {MONEY_ONE}, none = {0}, huge = {I128_MAX}, low = {I128_MIN};
	assert_false(hyperliquid_premium(one, one, none, &premium));
	assert_false(hyperliquid_premium(one, one, low, &premium));
	assert_false(hyperliquid_premium(low, one, one, &premium));
	assert_false(hyperliquid_premium(huge, huge, one, &premium));
	assert_true(premium.e18 == 42);
	assert_true(hyperliquid_premium(one, one, one, &premium));
	assert_true(premium.e18 == 0);
}

static void unsound_tiers_have_no_margin(void **state)
{
	(void)state;
	const struct money notional = {1000 * MONEY_ONE};
	const struct hyperliquid_margin_tier not_from_0[] = {{{1}, 10}};
	const struct hyperliquid_margin_tier no_leverage[] = {{{0}, 0}};
	const struct hyperliquid_margin_tier falling[] = {{{0}, 10}, {{5}, 5}, {{5}, 3}};
	const struct hyperliquid_margin_tier sound[] = {{{0}, 10}};
	i128 units = 42;
	assert_false(
		hyperliquid_maintenance_margin(not_from_0, 1, notional, 6, ROUND_FLOOR, &units));
	assert_false(
		hyperliquid_maintenance_margin(no_leverage, 1, notional, 6, ROUND_FLOOR, &units));
	assert_false(hyperliquid_maintenance_margin(falling, 3, notional, 6, ROUND_FLOOR, &units));
	assert_false(hyperliquid_maintenance_margin(sound, 0, notional, 6, ROUND_FLOOR, &units));
	assert_false(hyperliquid_maintenance_margin(sound, HYPERLIQUID_MARGIN_TIERS_MAX + 1,
						    notional, 6, ROUND_FLOOR, &units));
	assert_false(hyperliquid_maintenance_margin(sound, 1, (struct money){-1}, 6, ROUND_FLOOR,
						    &units));
	assert_true(units == 42);
	assert_true(hyperliquid_maintenance_margin(sound, 1, (struct money){0}, 6, ROUND_FLOOR,
						   &units));
	assert_true(units == 0);
	assert_true(hyperliquid_maintenance_margin(sound, 1, notional, 6, ROUND_FLOOR, &units));
	assert_true(units == 50 * 1000000);
}

static void the_margin_is_rounded_the_way_that_is_asked_for(void **state)
{
	(void)state;
	const struct hyperliquid_margin_tier flat3[] = {{{0}, 3}};
	i128 units;
	assert_true(hyperliquid_maintenance_margin(flat3, 1, (struct money){MONEY_ONE}, 6,
						   ROUND_FLOOR, &units));
	assert_true(units == 166666);
	assert_true(hyperliquid_maintenance_margin(flat3, 1, (struct money){MONEY_ONE}, 6,
						   ROUND_CEILING, &units));
	assert_true(units == 166667);
	assert_true(hyperliquid_maintenance_margin(flat3, 1, (struct money){MONEY_ONE}, 0,
						   ROUND_CEILING, &units));
	assert_true(units == 1);
}

/* ---- the writer ---- */

struct written {
	struct msgpack_writer msgpack;
	struct action_writer writer;
	uint8_t packed[256];
	char json[256];
};

static struct action_writer *begin(struct written *written)
{
	msgpack_begin(&written->msgpack, written->packed, sizeof(written->packed));
	action_writer_begin(&written->writer, &written->msgpack, written->json,
			    sizeof(written->json));
	return &written->writer;
}

static void containers_close_themselves(void **state)
{
	(void)state;
	struct written written;
	struct action_writer *writer = begin(&written);
	action_writer_map(writer, 2);
	action_writer_key(writer, "a");
	action_writer_array(writer, 2);
	action_writer_map(writer, 0);
	action_writer_array(writer, 0);
	action_writer_key(writer, "b");
	action_writer_map(writer, 1);
	action_writer_key(writer, "c");
	action_writer_signed(writer, -1);
	assert_true(action_writer_end(writer));
	assert_int_equal(writer->json_length, strlen("{\"a\":[{},[]],\"b\":{\"c\":-1}}"));
	assert_memory_equal(written.json, "{\"a\":[{},[]],\"b\":{\"c\":-1}}", writer->json_length);
	static const uint8_t PACKED[] = {0x82, 0xa1, 'a',  0x92, 0x80, 0x90,
					 0xa1, 'b',  0x81, 0xa1, 'c',  0xff};
	assert_int_equal(written.msgpack.length, sizeof(PACKED));
	assert_memory_equal(written.packed, PACKED, sizeof(PACKED));
}

static void what_is_not_one_whole_value_is_no_action(void **state)
{
	(void)state;
	struct written written;
	struct action_writer *writer = begin(&written);
	assert_false(action_writer_end(writer)); /* nothing */

	writer = begin(&written);
	action_writer_map(writer, 2);
	action_writer_key(writer, "a");
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer)); /* a member is missing */

	writer = begin(&written);
	action_writer_map(writer, 1);
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer)); /* a value without its key */

	writer = begin(&written);
	action_writer_map(writer, 1);
	action_writer_key(writer, "a");
	action_writer_key(writer, "b");
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer)); /* two keys */

	writer = begin(&written);
	action_writer_array(writer, 1);
	action_writer_key(writer, "a");
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer)); /* a key in an array */

	writer = begin(&written);
	action_writer_bool(writer, true);
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer)); /* two values */
}

static void texts_that_json_would_escape_are_refused(void **state)
{
	(void)state;
	static const char *const TEXTS[] = {"\"", "\\", "a\nb", "\x7f", "\xc3\xa9", "\x01"};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		struct written written;
		struct action_writer *writer = begin(&written);
		action_writer_text(writer, TEXTS[i]);
		assert_false(action_writer_end(writer));
		writer = begin(&written);
		action_writer_map(writer, 1);
		action_writer_key(writer, TEXTS[i]);
		action_writer_bool(writer, true);
		assert_false(action_writer_end(writer));
	}
}

static void nesting_and_counts_have_a_bound(void **state)
{
	(void)state;
	struct written written;
	struct action_writer *writer = begin(&written);
	for (int i = 0; i < ACTION_WRITER_DEPTH_MAX; i++)
		action_writer_array(writer, 1);
	action_writer_bool(writer, true);
	assert_true(action_writer_end(writer));
	writer = begin(&written);
	for (int i = 0; i <= ACTION_WRITER_DEPTH_MAX; i++)
		action_writer_array(writer, 1);
	action_writer_bool(writer, true);
	assert_false(action_writer_end(writer));
	msgpack_begin(&written.msgpack, written.packed, sizeof(written.packed));
	msgpack_array(&written.msgpack, 65535);
	assert_false(written.msgpack.overflowed);
	msgpack_map(&written.msgpack, 65536);
	assert_true(written.msgpack.overflowed);
	msgpack_bool(&written.msgpack, true);
	assert_int_equal(written.msgpack.length, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounding_up_across_a_power_of_ten_lands_on_it),
		cmocka_unit_test(prices_of_nothing_or_less_are_refused),
		cmocka_unit_test(figures_that_do_not_fit_are_refused),
		cmocka_unit_test(a_size_with_more_than_six_decimals_leaves_integer_prices),
		cmocka_unit_test(asset_numbers_of_different_kinds_cannot_meet),
		cmocka_unit_test(the_hourly_rate_is_capped_at_four_percent_either_way),
		cmocka_unit_test(a_premium_needs_an_oracle),
		cmocka_unit_test(unsound_tiers_have_no_margin),
		cmocka_unit_test(the_margin_is_rounded_the_way_that_is_asked_for),
		cmocka_unit_test(containers_close_themselves),
		cmocka_unit_test(what_is_not_one_whole_value_is_no_action),
		cmocka_unit_test(texts_that_json_would_escape_are_refused),
		cmocka_unit_test(nesting_and_counts_have_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
