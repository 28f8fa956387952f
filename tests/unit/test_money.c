#include "core/base/decimal.h"
#include "core/base/money.h"
#include "core/base/utc.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct money UNTOUCHED = {.e18 = 42};

static void sums_and_differences_are_exact(void **state)
{
	(void)state;
	struct money out;
	assert_true(money_add(money_of("0.1"), money_of("0.2"), &out));
	assert_money(out, "0.3");
	assert_true(money_sub(money_of("0.1"), money_of("0.3"), &out));
	assert_money(out, "-0.2");
	assert_money(money_negate(money_of("-1.5")), "1.5");
	assert_money(money_negate((struct money){0}), "0");
}

static void overflow_is_refused_and_touches_nothing(void **state)
{
	(void)state;
	struct money out = UNTOUCHED, rest = UNTOUCHED;
	struct money largest = {I128_MAX}, smallest = {I128_MIN}, one = {1};
	assert_false(money_add(largest, one, &out));
	assert_false(money_sub(smallest, one, &out));
	assert_false(money_times_rate(largest, rate_of("1.000000000000000001"), &out));
	assert_false(money_posting(largest, 0, &out, &rest));
	assert_false(money_posting(smallest, 0, &out, &rest));
	assert_true(out.e18 == UNTOUCHED.e18 && rest.e18 == UNTOUCHED.e18);
	assert_true(money_times_rate(largest, rate_of("1"), &out));
	assert_true(out.e18 == I128_MAX);
	assert_true(money_times_rate(smallest, rate_of("1"), &out));
	assert_true(out.e18 == I128_MIN);
}

static void an_amount_times_a_rate_rounds_once_half_even(void **state)
{
	(void)state;
	struct money out;
	assert_true(money_times_rate(money_of("10003.7268"), rate_of("0.0005"), &out));
	assert_money(out, "5.0018634");
	assert_true(money_times_rate((struct money){1}, rate_of("0.5"), &out));
	assert_true(out.e18 == 0);
	assert_true(money_times_rate((struct money){3}, rate_of("0.5"), &out));
	assert_true(out.e18 == 2);
	assert_true(money_times_rate((struct money){-3}, rate_of("0.5"), &out));
	assert_true(out.e18 == -2);
	/* The product passes 128 bits, the result does not. */
	assert_true(money_times_rate(money_of("100000000000000000000"),
				     rate_of("-0.000000000000000001"), &out));
	assert_money(out, "-100");
}

static void posts(const char *amount, unsigned decimals, const char *posting, const char *rounding)
{
	struct money booked, rest;
	assert_true(money_posting(money_of(amount), decimals, &booked, &rest));
	assert_money(booked, posting);
	assert_money(rest, rounding);
}

static void a_posting_and_its_rounding_add_up_to_the_amount(void **state)
{
	(void)state;
	posts("0.0777135960", 8, "0.0777136", "0.000000004");
	posts("-0.0777135960", 8, "-0.0777136", "-0.000000004");
	posts("4.9904296995", 6, "4.99043", "0.0000003005");
	posts("0.5", 0, "0", "-0.5");
	posts("1.5", 0, "2", "0.5");
	posts("2.5", 0, "2", "-0.5");
	posts("-2.5", 0, "-2", "0.5");
	posts("0.123456789012345678", 18, "0.123456789012345678", "0");
	posts("0", 8, "0", "0");
}

static void text_drops_zeros_at_the_end(void **state)
{
	(void)state;
	char text[DECIMAL_TEXT_MAX];
	assert_int_equal(money_format(money_of("5.0018634"), text, sizeof(text)), 9);
	assert_string_equal(text, "5.0018634");
	money_format(money_of("-100"), text, sizeof(text));
	assert_string_equal(text, "-100");
	money_format((struct money){I128_MIN}, text, sizeof(text));
	assert_string_equal(text, "-170141183460469231731.687303715884105728");
}

static void a_rate_is_converted_between_clocks(void **state)
{
	(void)state;
	struct rate_per_hour hourly;
	struct rate back;
	assert_true(rate_to_per_hour(rate_of("0.0001"), 8 * NS_PER_HOUR, &hourly));
	assert_true(hourly.e18 == rate_of("0.0000125").e18);
	assert_true(rate_per_hour_as_per_8h_e18(hourly) == rate_of("0.0001").e18);
	assert_true(rate_per_hour_as_per_year_e18(hourly) == rate_of("0.1095").e18);
	assert_true(rate_per_hour_to_interval(hourly, 8 * NS_PER_HOUR, &back));
	assert_true(back.e18 == rate_of("0.0001").e18);
	assert_true(rate_per_hour_to_interval(hourly, 4 * NS_PER_HOUR, &back));
	assert_true(back.e18 == rate_of("0.00005").e18);
	assert_true(rate_to_per_hour(rate_of("-0.0003"), NS_PER_MINUTE, &hourly));
	assert_true(hourly.e18 == rate_of("-0.018").e18);
	/* 1e-18 over 8 hours is less than half a unit an hour. */
	assert_true(rate_to_per_hour((struct rate){3}, 8 * NS_PER_HOUR, &hourly));
	assert_true(hourly.e18 == 0);
	assert_true(rate_to_per_hour((struct rate){5}, 8 * NS_PER_HOUR, &hourly));
	assert_true(hourly.e18 == 1);
}

static void rates_at_the_edge_of_their_range_do_not_wrap(void **state)
{
	(void)state;
	struct rate_per_hour hourly;
	struct rate back = {.e18 = 42};
	assert_true(rate_to_per_hour((struct rate){INT64_MAX}, 1, &hourly));
	assert_true(hourly.e18 == (i128)INT64_MAX * NS_PER_HOUR);
	assert_true(rate_per_hour_as_per_year_e18(hourly) == hourly.e18 * 8760);
	assert_false(rate_per_hour_to_interval(hourly, 2, &back));
	assert_int_equal(back.e18, 42);
	assert_true(rate_per_hour_to_interval(hourly, 1, &back));
	assert_true(back.e18 == INT64_MAX);
	assert_true(rate_to_per_hour((struct rate){INT64_MIN}, 1, &hourly));
	assert_true(rate_per_hour_to_interval(hourly, 1, &back));
	assert_true(back.e18 == INT64_MIN);
	hourly.e18 = I128_MAX;
	assert_false(rate_per_hour_to_interval(hourly, INT64_MAX, &back));
}

static void powers_of_ten_reach_38(void **state)
{
	(void)state;
	char text[DECIMAL_TEXT_MAX];
	assert_true(i128_power_of_ten(0) == 1);
	assert_true(i128_power_of_ten(18) == MONEY_ONE);
	decimal_format(i128_power_of_ten(38), 0, text, sizeof(text));
	assert_string_equal(text, "100000000000000000000000000000000000000");
}

static void a_divisor_of_256_bits_still_divides(void **state)
{
	(void)state;
	/* (2^127 * 2^127 * 2) has 256 bits. Twice that has 257. */
	i128 numerators[4] = {I128_MIN, I128_MIN, 3, 1};
	i128 denominators[4] = {I128_MIN, I128_MIN, 2, 1};
	i128 out = 42;
	assert_true(exact_ratio(numerators, 4, denominators, 4, ROUND_HALF_EVEN, &out));
	assert_true(out == 2);
	numerators[2] = 5;
	assert_true(exact_ratio(numerators, 4, denominators, 4, ROUND_HALF_EVEN, &out));
	assert_true(out == 2);
	assert_true(exact_ratio(numerators, 4, denominators, 4, ROUND_CEILING, &out));
	assert_true(out == 3);
	denominators[3] = 2;
	out = 42;
	assert_false(exact_ratio(numerators, 4, denominators, 4, ROUND_HALF_EVEN, &out));
	denominators[3] = 0;
	assert_false(exact_ratio(numerators, 4, denominators, 4, ROUND_HALF_EVEN, &out));
	assert_true(out == 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_differences_are_exact),
		cmocka_unit_test(overflow_is_refused_and_touches_nothing),
		cmocka_unit_test(an_amount_times_a_rate_rounds_once_half_even),
		cmocka_unit_test(a_posting_and_its_rounding_add_up_to_the_amount),
		cmocka_unit_test(text_drops_zeros_at_the_end),
		cmocka_unit_test(a_rate_is_converted_between_clocks),
		cmocka_unit_test(rates_at_the_edge_of_their_range_do_not_wrap),
		cmocka_unit_test(powers_of_ten_reach_38),
		cmocka_unit_test(a_divisor_of_256_bits_still_divides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
