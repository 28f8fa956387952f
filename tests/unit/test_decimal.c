#include "core/base/decimal.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const i128 UNTOUCHED = 987654321;

static const char *text_of(i128 value)
{
	static char buffer[DECIMAL_TEXT_MAX];
	decimal_format(value, 0, buffer, sizeof(buffer));
	return buffer;
}

/* Both parsers, each from a copy without a byte after the text. */
static void parses_as(const char *text, unsigned decimals, const char *units)
{
	size_t length = strlen(text);
	char *copy = malloc(length);
	assert_non_null(copy);
	memcpy(copy, text, length);
	i128 wide = UNTOUCHED;
	assert_int_equal(decimal_parse_i128(copy, length, decimals, &wide), DECIMAL_OK);
	assert_string_equal(text_of(wide), units);
	int64_t narrow = (int64_t)UNTOUCHED;
	enum decimal_result result = decimal_parse_i64(copy, length, decimals, &narrow);
	if (wide >= INT64_MIN && wide <= INT64_MAX) {
		assert_int_equal(result, DECIMAL_OK);
		assert_string_equal(text_of(narrow), units);
	} else {
		assert_int_equal(result, DECIMAL_RANGE);
		assert_true(narrow == UNTOUCHED);
	}
	free(copy);
}

static void is_refused(const char *text, unsigned decimals, enum decimal_result expected)
{
	i128 wide = UNTOUCHED;
	int64_t narrow = (int64_t)UNTOUCHED;
	assert_int_equal(decimal_parse_i128(text, strlen(text), decimals, &wide), expected);
	assert_int_equal(decimal_parse_i64(text, strlen(text), decimals, &narrow), expected);
	assert_true(wide == UNTOUCHED && narrow == UNTOUCHED);
}

static void rounds_to(const char *text, unsigned decimals, enum rounding rounding,
		      const char *units)
{
	i128 value = UNTOUCHED;
	assert_int_equal(decimal_parse_rounded(text, strlen(text), decimals, rounding, &value),
			 DECIMAL_OK);
	assert_string_equal(text_of(value), units);
}

static void a_number_counts_units_of_its_decimals(void **state)
{
	(void)state;
	parses_as("61753.90", 1, "617539");
	parses_as("61753.90", 2, "6175390");
	parses_as("0.162", 3, "162");
	parses_as("-0.162", 5, "-16200");
	parses_as("+7", 0, "7");
	parses_as("0", 18, "0");
	parses_as("1", 36, "1000000000000000000000000000000000000");
	parses_as("9223372036854775807", 0, "9223372036854775807");
	parses_as("-9223372036854775808", 0, "-9223372036854775808");
	parses_as("9223372036854775808", 0, "9223372036854775808");
	parses_as("-9.223372036854775809", 18, "-9223372036854775809");
}

static void exponents_shift_the_point(void **state)
{
	(void)state;
	parses_as("-1.609e-05", 8, "-1609");
	parses_as("1E+3", 0, "1000");
	parses_as("1e3", 2, "100000");
	parses_as("123456e-3", 3, "123456");
	parses_as("0.0000000001e10", 0, "1");
	parses_as("10e-1", 0, "1");
	parses_as("5.e1", 0, "50");
	parses_as(".5e1", 0, "5");
	parses_as("1e0000000000000000000000000000002", 0, "100");
}

static void a_point_may_stand_at_either_end(void **state)
{
	(void)state;
	parses_as(".5", 1, "5");
	parses_as("5.", 1, "50");
	parses_as("-.25", 2, "-25");
	parses_as("+5.", 0, "5");
}

static void zero_has_no_sign_and_no_range(void **state)
{
	(void)state;
	parses_as("-0", 0, "0");
	parses_as("-0.000", 2, "0");
	parses_as("0e99999999999999999999", 36, "0");
	parses_as("0.0e-99999999999999999999", 0, "0");
	parses_as("0000000000000000000000000000000000000000000000000", 36, "0");
	parses_as("0.00000000000000000000000000000000000000000000000", 0, "0");
	parses_as("-.0", 0, "0");
	parses_as("0.", 0, "0");
}

static void zeros_before_and_after_cost_no_range(void **state)
{
	(void)state;
	parses_as("0000000000000000001.5", 1, "15");
	parses_as("00000000000000000000000000000000000000000000000000042", 0, "42");
	parses_as("1.50000000000000000000000000000000000000000000000000", 1, "15");
	parses_as("100000000.0000000000000000", 0, "100000000");
	parses_as("61800.2000000000", 1, "618002");
	parses_as("000000000000000000", 0, "0");
	parses_as("000000000000000001", 0, "1");
	parses_as("-00000000000000.10", 1, "-1");
}

static void what_is_no_decimal_number_is_refused(void **state)
{
	(void)state;
	static const char *const TEXTS[] = {
		"",	"+",	  "-",	      "--1",   "+-1",	".",	    "-.",  "..",
		"1..2", "1.2.3",  "5.0.0",    " 1",    "1 ",	"1\t",	    "1\n", "nan",
		"NaN",	"inf",	  "Infinity", "0x10",  "1e",	"1e+",	    "1e-", "e5",
		".e5",	"1e5.0",  "1e5e5",    "1,000", "1_000", "1f",	    "12a", "a12",
		"1.a",	"1.5a00", "1.a00",    "null",  "\"1\"", "\xd9\xa1",
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		i128 value = UNTOUCHED;
		is_refused(TEXTS[i], 8, DECIMAL_SYNTAX);
		assert_int_equal(decimal_parse_rounded(TEXTS[i], strlen(TEXTS[i]), 8,
						       ROUND_HALF_EVEN, &value),
				 DECIMAL_SYNTAX);
		assert_true(value == UNTOUCHED);
		assert_int_equal(decimal_decimals_needed(TEXTS[i], strlen(TEXTS[i])), -1);
	}
	i128 value;
	assert_int_equal(decimal_parse_i128("1\0", 2, 8, &value), DECIMAL_SYNTAX);
}

static void digits_beyond_the_decimals_are_refused_not_rounded(void **state)
{
	(void)state;
	is_refused("0.15", 1, DECIMAL_INEXACT);
	is_refused("61753.91", 1, DECIMAL_INEXACT);
	is_refused("1e-9", 8, DECIMAL_INEXACT);
	is_refused("1e-99999999999999999999", 36, DECIMAL_INEXACT);
	is_refused("15e-1", 0, DECIMAL_INEXACT);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	is_refused("170141183460469231731687303715884105728", 0, DECIMAL_RANGE);
	is_refused("-170141183460469231731687303715884105729", 0, DECIMAL_RANGE);
	is_refused("17014118346046923173168730371588410573", 1, DECIMAL_RANGE);
	is_refused("1e39", 0, DECIMAL_RANGE);
	is_refused("1e99999999999999999999", 0, DECIMAL_RANGE);
	is_refused("1000", 36, DECIMAL_RANGE);
	i128 value = UNTOUCHED;
	assert_int_equal(decimal_parse_rounded("170141183460469231731687303715884105727.5", 41, 0,
					       ROUND_HALF_EVEN, &value),
			 DECIMAL_RANGE);
	assert_true(value == UNTOUCHED);
}

static void the_whole_128_bit_range_is_read(void **state)
{
	(void)state;
	parses_as("170141183460469231731687303715884105727", 0,
		  "170141183460469231731687303715884105727");
	parses_as("-170141183460469231731687303715884105728", 0,
		  "-170141183460469231731687303715884105728");
	parses_as("-170.141183460469231731687303715884105728", 36,
		  "-170141183460469231731687303715884105728");
	rounds_to("-170141183460469231731687303715884105727.5", 0, ROUND_HALF_EVEN,
		  "-170141183460469231731687303715884105728");
	rounds_to("170141183460469231731687303715884105727.5", 0, ROUND_TOWARD_ZERO,
		  "170141183460469231731687303715884105727");
}

static void an_exponent_is_taken_whole_however_long_the_text(void **state)
{
	(void)state;
	/* 0.000...01e+n with n past a million: the two cancel. */
	const size_t zeros = 1200000;
	char *text = malloc(zeros + 32);
	assert_non_null(text);
	text[0] = '0';
	text[1] = '.';
	memset(text + 2, '0', zeros);
	snprintf(text + 2 + zeros, 30, "7e%zu", zeros + 1);
	parses_as(text, 0, "7");
	/* The decimals needed past what an int could count stay positive. */
	assert_int_equal(decimal_decimals_needed("1e-99999999999999999999", 23), INT_MAX);
	free(text);
}

static void each_rounding_decides_the_dropped_digits(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		/* half even, toward zero, away from zero, floor, ceiling; at one decimal */
		const char *units[5];
	} CASES[] = {
		{"1.25", {"12", "12", "13", "12", "13"}},
		{"1.35", {"14", "13", "14", "13", "14"}},
		{"1.2500000000000000000000000000001", {"13", "12", "13", "12", "13"}},
		{"-1.25", {"-12", "-12", "-13", "-13", "-12"}},
		{"-1.35", {"-14", "-13", "-14", "-14", "-13"}},
		{"1.24999", {"12", "12", "13", "12", "13"}},
		{"1.20", {"12", "12", "12", "12", "12"}},
		{"0.05", {"0", "0", "1", "0", "1"}},
		{"0.15", {"2", "1", "2", "1", "2"}},
		{"9.99", {"100", "99", "100", "99", "100"}},
		{"-9.99", {"-100", "-99", "-100", "-100", "-99"}},
		/* every digit dropped */
		{"0.06", {"1", "0", "1", "0", "1"}},
		{"0.049", {"0", "0", "1", "0", "1"}},
		{"0.009", {"0", "0", "1", "0", "1"}},
		{"-0.009", {"0", "0", "-1", "-1", "0"}},
		{"9e-99999999999999999999", {"0", "0", "1", "0", "1"}},
		{"-9e-99999999999999999999", {"0", "0", "-1", "-1", "0"}},
		{"0e-99999999999999999999", {"0", "0", "0", "0", "0"}},
		{"95e-3", {"1", "0", "1", "0", "1"}},
	};
	static const enum rounding ROUNDINGS[5] = {ROUND_HALF_EVEN, ROUND_TOWARD_ZERO,
						   ROUND_AWAY_FROM_ZERO, ROUND_FLOOR,
						   ROUND_CEILING};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		for (size_t j = 0; j < 5; j++)
			rounds_to(CASES[i].text, 1, ROUNDINGS[j], CASES[i].units[j]);
}

static void figures_of_more_digits_than_any_integer_holds_are_rounded(void **state)
{
	(void)state;
	rounds_to("2.2655172413793103448275862069", 18, ROUND_HALF_EVEN, "2265517241379310345");
	rounds_to("0.33333333333333333333333333333333333333333333333333333333333333", 18,
		  ROUND_HALF_EVEN, "333333333333333333");
	rounds_to("99999999999999999999.9999999999999999999999999999999999999999999", 18,
		  ROUND_HALF_EVEN, "100000000000000000000000000000000000000");
}

static void decimals_needed_ignore_zeros_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(decimal_decimals_needed("61800.20", 8), 1);
	assert_int_equal(decimal_decimals_needed("61800", 5), 0);
	assert_int_equal(decimal_decimals_needed("61800.000", 9), 0);
	assert_int_equal(decimal_decimals_needed("1e-9", 4), 9);
	assert_int_equal(decimal_decimals_needed("10e-9", 5), 8);
	assert_int_equal(decimal_decimals_needed("0.000", 5), 0);
	assert_int_equal(decimal_decimals_needed("1.5e1", 5), 0);
	assert_int_equal(decimal_decimals_needed("1.55e1", 6), 1);
}

static void writes(i128 units, unsigned decimals, const char *whole, const char *brief)
{
	char buffer[DECIMAL_TEXT_MAX];
	assert_int_equal(decimal_format(units, decimals, buffer, sizeof(buffer)), strlen(whole));
	assert_string_equal(buffer, whole);
	assert_int_equal(decimal_format_short(units, decimals, buffer, sizeof(buffer)),
			 strlen(brief));
	assert_string_equal(buffer, brief);
}

static void text_has_all_decimals_or_none_too_many(void **state)
{
	(void)state;
	writes(0, 0, "0", "0");
	writes(0, 3, "0.000", "0");
	writes(1050, 2, "10.50", "10.5");
	writes(1000, 2, "10.00", "10");
	writes(1000, 0, "1000", "1000");
	writes(-5, 1, "-0.5", "-0.5");
	writes(-5, 3, "-0.005", "-0.005");
	writes(-100, 2, "-1.00", "-1");
	writes(INT64_MIN, 18, "-9.223372036854775808", "-9.223372036854775808");
	writes(I128_MAX, 0, "170141183460469231731687303715884105727",
	       "170141183460469231731687303715884105727");
	writes(I128_MIN, 36, "-170.141183460469231731687303715884105728",
	       "-170.141183460469231731687303715884105728");
	writes(1, 36, "0.000000000000000000000000000000000001",
	       "0.000000000000000000000000000000000001");
}

static void each_result_has_its_words(void **state)
{
	(void)state;
	assert_string_equal(decimal_result_text(DECIMAL_SYNTAX), "not a decimal number");
	assert_string_equal(decimal_result_text(DECIMAL_INEXACT), "has too many decimals");
	assert_string_equal(decimal_result_text(DECIMAL_RANGE), "number is out of range");
	assert_string_equal(decimal_result_text(DECIMAL_OK), "a number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_counts_units_of_its_decimals),
		cmocka_unit_test(exponents_shift_the_point),
		cmocka_unit_test(a_point_may_stand_at_either_end),
		cmocka_unit_test(zero_has_no_sign_and_no_range),
		cmocka_unit_test(zeros_before_and_after_cost_no_range),
		cmocka_unit_test(what_is_no_decimal_number_is_refused),
		cmocka_unit_test(digits_beyond_the_decimals_are_refused_not_rounded),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(the_whole_128_bit_range_is_read),
		cmocka_unit_test(an_exponent_is_taken_whole_however_long_the_text),
		cmocka_unit_test(each_rounding_decides_the_dropped_digits),
		cmocka_unit_test(figures_of_more_digits_than_any_integer_holds_are_rounded),
		cmocka_unit_test(decimals_needed_ignore_zeros_at_the_end),
		cmocka_unit_test(text_has_all_decimals_or_none_too_many),
		cmocka_unit_test(each_result_has_its_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
