#include "core/market/account_event.h"
#include "core/market/contract.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct market_terms terms;
	terms = market_terms_create();
	*state = &terms;
	return 0;
}

static int tear_down(void **state)
{
	market_terms_free(*state);
	return 0;
}

static const struct instrument *usdm(struct market_terms *m)
{
	return instrument_get(m->table, m->usdm);
}

static const struct instrument *coinm(struct market_terms *m)
{
	return instrument_get(m->table, m->coinm);
}

static void linear_value_is_quantity_times_price_in_quote(void **state)
{
	struct market_terms *m = *state;
	struct money value;
	assert_true(contract_value(usdm(m), quantity_of(m, m->usdm, "0.162"),
				   price_of(m, m->usdm, "61751.4"), &value));
	assert_money(value, "10003.7268");
	assert_true(contract_value(usdm(m), quantity_of(m, m->usdm, "-0.162"),
				   price_of(m, m->usdm, "61751.4"), &value));
	assert_money(value, "-10003.7268");
	assert_true(contract_value_e18(usdm(m), quantity_of(m, m->usdm, "0.1"),
				       money_of("28157.123456789"), &value));
	assert_money(value, "2815.7123456789");
	assert_true(contract_value(instrument_get(m->table, m->spot),
				   quantity_of(m, m->spot, "0.16191"),
				   price_of(m, m->spot, "61645.01"), &value));
	assert_money(value, "9980.9435691");
}

static void inverse_value_is_contracts_times_size_over_price_in_coin(void **state)
{
	struct market_terms *m = *state;
	struct money value;
	assert_true(contract_value(coinm(m), quantity_of(m, m->coinm, "100"),
				   price_of(m, m->coinm, "61753.9"), &value));
	/* 10000 / 61753.9 = 0.161933092484847111... */
	assert_money(value, "0.161933092484847111");
	struct money same;
	assert_true(contract_value_e18(coinm(m), quantity_of(m, m->coinm, "100"),
				       money_of("61753.9"), &same));
	assert_money(same, "0.161933092484847111");
	assert_true(contract_value(coinm(m), quantity_of(m, m->coinm, "-100"),
				   price_of(m, m->coinm, "61753.9"), &value));
	assert_money(value, "-0.161933092484847111");
}

static void inverse_notional_does_not_depend_on_the_price(void **state)
{
	struct market_terms *m = *state;
	struct money notional;
	assert_true(contract_notional(coinm(m), quantity_of(m, m->coinm, "100"),
				      price_of(m, m->coinm, "61753.9"), &notional));
	assert_money(notional, "10000");
	assert_true(contract_notional(coinm(m), quantity_of(m, m->coinm, "100"),
				      price_of(m, m->coinm, "1"), &notional));
	assert_money(notional, "10000");
	assert_true(contract_notional(usdm(m), quantity_of(m, m->usdm, "0.162"),
				      price_of(m, m->usdm, "61751.4"), &notional));
	assert_money(notional, "10003.7268");
}

static void exposure_counts_canonical_tokens(void **state)
{
	struct market_terms *m = *state;
	struct instrument kilo = *usdm(m);
	kilo.multiplier = 1000;
	struct money tokens;
	assert_true(contract_tokens(&kilo, (struct quantity){2500}, (struct price){1}, &tokens));
	assert_money(tokens, "2500");
	struct instrument sized = *usdm(m);
	sized.contract_size = money_of("0.01");
	assert_true(contract_tokens(&sized, (struct quantity){2500}, (struct price){1}, &tokens));
	assert_money(tokens, "0.025");
	assert_true(contract_tokens(coinm(m), quantity_of(m, m->coinm, "-100"),
				    price_of(m, m->coinm, "61753.9"), &tokens));
	assert_money(tokens, "-0.161933092484847111");
}

static void fees_and_funding_round_once(void **state)
{
	struct market_terms *m = *state;
	struct money amount;
	assert_true(contract_value_times_rate(usdm(m), quantity_of(m, m->usdm, "0.1"),
					      money_of("28157.1"), rate_of("0.0000276"), &amount));
	assert_money(amount, "0.077713596");
	assert_true(contract_value_times_rate(coinm(m), quantity_of(m, m->coinm, "100"),
					      money_of("3"), rate_of("0.000000000000000003"),
					      &amount));
	/* 10000 / 3 x 3e-18 is exactly 1e-14; rounding 10000 / 3 first would lose it. */
	assert_money(amount, "0.00000000000001");
	assert_true(contract_value_times_rate(coinm(m), quantity_of(m, m->coinm, "100"),
					      money_of("61661.65"), rate_of("-0.00000414"),
					      &amount));
	assert_money(amount, "-0.000000671405971134");
}

static void a_price_that_is_not_positive_has_no_value(void **state)
{
	struct market_terms *m = *state;
	const struct instrument *kinds[] = {usdm(m), coinm(m)};
	for (size_t i = 0; i < 2; i++) {
		for (int64_t units = -1; units <= 0; units++) {
			struct money out = {.e18 = 42};
			struct quantity one = {1};
			struct price price = {units};
			struct money e18 = {units};
			assert_false(contract_value(kinds[i], one, price, &out));
			assert_false(contract_value_e18(kinds[i], one, e18, &out));
			assert_false(contract_notional(kinds[i], one, price, &out));
			assert_false(contract_tokens(kinds[i], one, price, &out));
			assert_false(contract_value_times_rate(kinds[i], one, e18, rate_of("0.1"),
							       &out));
			assert_false(price_per_base(kinds[i], price, &out));
			assert_true(out.e18 == 42);
		}
	}
}

static void overflow_is_refused_and_not_wrapped(void **state)
{
	struct market_terms *m = *state;
	struct instrument huge = *usdm(m);
	huge.contract_size.e18 = I128_MAX;
	struct money out;
	assert_false(contract_value(&huge, (struct quantity){INT64_MAX}, (struct price){INT64_MAX},
				    &out));
	assert_true(contract_value(usdm(m), (struct quantity){INT64_MAX}, (struct price){100000},
				   &out));
}

static void the_finest_and_the_coarsest_scales_are_exact(void **state)
{
	struct market_terms *m = *state;
	struct instrument fine = *usdm(m);
	fine.price_decimals = 12;
	fine.quantity_decimals = 6;
	struct money value;
	assert_true(contract_value(&fine, (struct quantity){1}, (struct price){1}, &value));
	assert_money(value, "0.000000000000000001");
	assert_money(price_e18(&fine, (struct price){1}), "0.000000000001");
	assert_money(mid_e18(&fine, (struct price){1}, (struct price){2}), "0.0000000000015");
	struct instrument coarse = *usdm(m);
	coarse.price_decimals = 0;
	coarse.quantity_decimals = 0;
	assert_true(contract_value(&coarse, (struct quantity){10000000000}, (struct price){4529764},
				   &value));
	assert_money(value, "45297640000000000");
	assert_money(mid_e18(&coarse, (struct price){1}, (struct price){2}), "1.5");
}

static void prices_of_multiplier_symbols_meet_per_token(void **state)
{
	struct market_terms *m = *state;
	struct instrument kilo = *usdm(m);
	kilo.multiplier = 1000;
	kilo.price_decimals = 7;
	struct money a, b;
	assert_true(price_per_base(&kilo, (struct price){123457}, &a));
	assert_money(a, "0.0000123457");
	struct instrument one = kilo;
	one.multiplier = 1;
	one.price_decimals = 10;
	assert_true(price_per_base(&one, (struct price){123457}, &b));
	assert_true(a.e18 == b.e18);
}

static void prices_round_to_the_tick(void **state)
{
	(void)state;
	struct order_rules rules = {.tick = {25}, .lot = {1}};
	struct price price = {1037};
	assert_int_equal(price_round(&rules, 2, price, ROUND_FLOOR).units, 1025);
	assert_int_equal(price_round(&rules, 2, price, ROUND_CEILING).units, 1050);
	assert_int_equal(price_round(&rules, 2, price, ROUND_HALF_EVEN).units, 1025);
	assert_int_equal(price_round(&rules, 2, (struct price){1038}, ROUND_HALF_EVEN).units, 1050);
	assert_int_equal(price_round(&rules, 2, (struct price){24}, ROUND_FLOOR).units, 0);
	assert_int_equal(price_round(&rules, 2, (struct price){1050}, ROUND_CEILING).units, 1050);
	assert_true(price_obeys(&rules, 2, (struct price){1050}));
	assert_false(price_obeys(&rules, 2, (struct price){1051}));
	assert_false(price_obeys(&rules, 2, (struct price){0}));
	assert_false(price_obeys(&rules, 2, (struct price){-25}));
}

static void significant_figures_bind_beside_the_tick(void **state)
{
	(void)state;
	/* Hyperliquid: 5 figures, whole prices always allowed, here 2 decimals at most. */
	struct order_rules rules = {
		.tick = {1}, .significant_figures = 5, .integer_prices_always = true, .lot = {1}};
	assert_true(price_obeys(&rules, 2, (struct price){12345}));    /* 123.45 */
	assert_false(price_obeys(&rules, 2, (struct price){123456}));  /* 1234.56 */
	assert_true(price_obeys(&rules, 2, (struct price){123450}));   /* 1234.5 */
	assert_true(price_obeys(&rules, 2, (struct price){12345600})); /* 123456: whole */
	assert_false(price_obeys(&rules, 2, (struct price){12345650}));
	assert_int_equal(price_round(&rules, 2, (struct price){123456}, ROUND_FLOOR).units, 123450);
	assert_int_equal(price_round(&rules, 2, (struct price){123456}, ROUND_CEILING).units,
			 123460);
	assert_int_equal(price_round(&rules, 2, (struct price){12345650}, ROUND_CEILING).units,
			 12345700);
	rules.integer_prices_always = false;
	assert_false(price_obeys(&rules, 2, (struct price){12345600}));
	assert_int_equal(price_round(&rules, 2, (struct price){12345600}, ROUND_FLOOR).units,
			 12345000);
}

static void rounding_up_into_the_next_decade_obeys_its_coarser_step(void **state)
{
	(void)state;
	struct order_rules rules = {.tick = {3}, .significant_figures = 2, .lot = {1}};
	/* 97 is followed by 99 in steps of 3; 100 and more go in steps of 30. */
	struct price up = price_round(&rules, 0, (struct price){100}, ROUND_CEILING);
	assert_int_equal(up.units, 120);
	for (int64_t units = 1; units < 5000; units++) {
		for (int rounding = ROUND_HALF_EVEN; rounding <= ROUND_CEILING; rounding++) {
			struct price rounded = price_round(&rules, 0, (struct price){units},
							   (enum rounding)rounding);
			if (rounded.units != 0)
				assert_true(price_obeys(&rules, 0, rounded));
		}
		struct price high = price_round(&rules, 0, (struct price){units}, ROUND_CEILING);
		assert_true(high.units >= units);
	}
}

static void the_largest_price_rounds_up_to_one_that_can_be_written(void **state)
{
	(void)state;
	struct order_rules rules = {.tick = {1000}, .lot = {1}};
	struct price rounded = price_round(&rules, 0, (struct price){INT64_MAX}, ROUND_CEILING);
	assert_int_equal(rounded.units, INT64_MAX / 1000 * 1000);
}

static void quantities_are_cut_to_the_lot_towards_zero(void **state)
{
	(void)state;
	struct order_rules rules = {.tick = {1}, .lot = {5}};
	assert_int_equal(quantity_floor_to_lot(&rules, (struct quantity){14}).units, 10);
	assert_int_equal(quantity_floor_to_lot(&rules, (struct quantity){-14}).units, -10);
	assert_int_equal(quantity_floor_to_lot(&rules, (struct quantity){4}).units, 0);
}

static void figures_are_written_in_the_instruments_decimals(void **state)
{
	struct market_terms *m = *state;
	char text[64];
	price_format(instrument_get(m->table, m->spot), price_of(m, m->spot, "61753.9"), text,
		     sizeof(text));
	assert_string_equal(text, "61753.90");
	quantity_format(instrument_get(m->table, m->spot), quantity_of(m, m->spot, "0.162"), text,
			sizeof(text));
	assert_string_equal(text, "0.162");
}

static void sides_have_names_and_opposites(void **state)
{
	(void)state;
	assert_string_equal(side_text(SIDE_BUY), "buy");
	assert_string_equal(side_text(SIDE_SELL), "sell");
	assert_int_equal(side_opposite(SIDE_BUY), SIDE_SELL);
	assert_int_equal(side_opposite(SIDE_SELL), SIDE_BUY);
}

static void every_reject_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = REJECT_NONE; a <= REJECT_OTHER; a++) {
		const char *text = reject_reason_text((enum reject_reason)a);
		assert_true(strlen(text) >= 3);
		for (int b = REJECT_NONE; b < a; b++)
			assert_string_not_equal(text, reject_reason_text((enum reject_reason)b));
	}
	assert_string_equal(reject_reason_text(REJECT_MARGIN), "margin");
	assert_string_equal(reject_reason_text(REJECT_WOULD_CROSS), "would-cross");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linear_value_is_quantity_times_price_in_quote),
		TEST(inverse_value_is_contracts_times_size_over_price_in_coin),
		TEST(inverse_notional_does_not_depend_on_the_price),
		TEST(exposure_counts_canonical_tokens),
		TEST(fees_and_funding_round_once),
		TEST(a_price_that_is_not_positive_has_no_value),
		TEST(overflow_is_refused_and_not_wrapped),
		TEST(the_finest_and_the_coarsest_scales_are_exact),
		TEST(prices_of_multiplier_symbols_meet_per_token),
		cmocka_unit_test(prices_round_to_the_tick),
		cmocka_unit_test(significant_figures_bind_beside_the_tick),
		cmocka_unit_test(rounding_up_into_the_next_decade_obeys_its_coarser_step),
		cmocka_unit_test(the_largest_price_rounds_up_to_one_that_can_be_written),
		cmocka_unit_test(quantities_are_cut_to_the_lot_towards_zero),
		TEST(figures_are_written_in_the_instruments_decimals),
		cmocka_unit_test(sides_have_names_and_opposites),
		cmocka_unit_test(every_reject_reason_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
