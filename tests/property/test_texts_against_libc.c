/*
 * The two writers of text that the log calls on the way of an order, against slow ones: decimals
 * against one digit at a time, instants against the C library's calendar. Seed: FUNDARB_SEED in the
 * environment, else a fixed one.
 */
#include "core/base/decimal.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SEED	     20240808
#define DECIMALS_MAX 36
#define DIGITS_MAX   39 /* of a number of 128 bits */

static struct random randomness;
static unsigned cases; /* of every property */

static int set_up(void **state)
{
	const char *given = getenv("FUNDARB_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : SEED;
	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&randomness, seed);
	return 0;
}

static uint64_t below(uint64_t bound)
{
	return random_below(&randomness, bound);
}

/* --- decimals --- */

/* One digit at a time, none of them left out, then those in front that say nothing. */
static void plain_decimal(i128 units, unsigned decimals, char *text)
{
	u128 rest = units < 0 ? (u128)0 - (u128)units : (u128)units;
	char digits[DIGITS_MAX];
	for (int i = DIGITS_MAX - 1; i >= 0; i--, rest /= 10)
		digits[i] = (char)('0' + (int)(rest % 10));
	unsigned whole = DIGITS_MAX - decimals, first = 0;
	while (first < whole - 1 && digits[first] == '0')
		first++;
	if (units < 0)
		*text++ = '-';
	for (unsigned i = first; i < DIGITS_MAX; i++) {
		if (i == whole)
			*text++ = '.';
		*text++ = digits[i];
	}
	*text = '\0';
}

/* Of every length, often just at a power of ten or an end of the range. */
static i128 draw_units(void)
{
	u128 value = ((u128)random_u64(&randomness) << 64 | random_u64(&randomness)) >> below(128);
	u128 power = 1;
	switch (below(4)) {
	case 0:
		for (uint64_t i = below(DIGITS_MAX); i > 0; i--)
			power *= 10;
		return (i128)((below(2) ? power : -power) + below(5) - 2);
	case 1:
		for (uint64_t i = below(DIGITS_MAX); i > 0; i--)
			power *= 10;
		return (i128)(value / power * power);
	case 2:
		return (i128)(((u128)1 << 127) + below(9) - 4);
	default:
		return (i128)(below(2) ? value : -value);
	}
}

static void a_decimal_is_written_digit_by_digit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cases; i++) {
		char expected[DECIMAL_TEXT_MAX], text[DECIMAL_TEXT_MAX];
		unsigned decimals = (unsigned)below(DECIMALS_MAX + 1);
		i128 units = draw_units();
		plain_decimal(units, decimals, expected);
		memset(text, '#', sizeof(text));
		size_t length = decimal_format(units, decimals, text, sizeof(text));
		assert_string_equal(text, expected);
		assert_int_equal(length, strlen(expected));
	}
}

static void both_ends_of_the_range_are_written_at_all_decimals(void **state)
{
	(void)state;
	const u128 top = (u128)1 << 127;
	const i128 units[] = {(i128)top, (i128)(top - 1), 0, 1, -1};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		for (unsigned decimals = 0; decimals <= DECIMALS_MAX; decimals++) {
			char expected[DECIMAL_TEXT_MAX], text[DECIMAL_TEXT_MAX];
			plain_decimal(units[i], decimals, expected);
			decimal_format(units[i], decimals, text, sizeof(text));
			assert_string_equal(text, expected);
		}
}

/* --- instants --- */

static void expect_instant(int64_t ns, unsigned fraction_digits)
{
	char expected[UTC_TEXT_MAX + 16], text[UTC_TEXT_MAX];
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	assert_non_null(gmtime_r(&seconds, &parts));
	size_t length = strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &parts);
	assert_int_equal(length, 19);
	if (fraction_digits > 0) {
		snprintf(expected + length, sizeof(expected) - length, ".%09d",
			 (int)(ns % NS_PER_SECOND));
		length += 1 + fraction_digits;
	}
	memcpy(expected + length, "Z", 2);
	memset(text, '#', sizeof(text));
	assert_int_equal(utc_format(ns, fraction_digits, text, sizeof(text)), length + 1);
	assert_string_equal(text, expected);
}

/* Of 1970..2200, every second one a nanosecond or so off the start of a day. */
static int64_t draw_instant(int64_t end_ns)
{
	int64_t ns = (int64_t)below((uint64_t)end_ns);
	if (below(2) == 0)
		return ns;
	ns = ns / NS_PER_DAY * NS_PER_DAY + (int64_t)below(5) - 2;
	return ns < 0 ? 0 : ns;
}

static void an_instant_is_written_as_the_c_library_does(void **state)
{
	(void)state;
	static const char END[] = "2201-01-01T00:00:00Z";
	int64_t end_ns;
	assert_true(utc_parse(END, strlen(END), &end_ns));
	expect_instant(0, 9);
	expect_instant(end_ns - 1, 9);
	for (unsigned i = 0; i < cases; i++)
		expect_instant(draw_instant(end_ns), 3 * (unsigned)below(4));
}

int main(void)
{
	cases = effort(200000, "cases of each property of the texts");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_decimal_is_written_digit_by_digit, set_up),
		cmocka_unit_test(both_ends_of_the_range_are_written_at_all_decimals),
		cmocka_unit_test_setup(an_instant_is_written_as_the_c_library_does, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
