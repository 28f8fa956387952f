#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void reads(const char *text, int64_t expected)
{
	int64_t ns = -1;
	assert_true(utc_parse(text, strlen(text), &ns));
	assert_true(ns == expected);
}

static void refuses(const char *text)
{
	int64_t ns = -1;
	if (utc_parse(text, strlen(text), &ns))
		fail_msg("'%s' was taken for a time", text);
	assert_true(ns == -1);
}

static void writes(int64_t ns, unsigned fraction_digits, const char *expected)
{
	char text[UTC_TEXT_MAX];
	assert_int_equal(utc_format(ns, fraction_digits, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

static void a_time_is_nanoseconds_since_1970(void **state)
{
	(void)state;
	reads("1970-01-01T00:00:00Z", 0);
	reads("1999-12-31T00:00:00Z", 946598400 * NS_PER_SECOND);
	reads("2000-02-29T00:00:00Z", 951782400 * NS_PER_SECOND);
	reads("2024-02-29T23:59:59Z", (1709164800 + 86399) * NS_PER_SECOND);
	reads("2024-08-08T23:56:00Z", (1723075200 + 86160) * NS_PER_SECOND);
	reads("2100-03-01T00:00:00Z", 4107542400 * NS_PER_SECOND);
	reads("2261-12-31T00:00:00.000000001Z", 9214560000 * NS_PER_SECOND + 1);
}

static void a_fraction_has_one_to_nine_digits(void **state)
{
	(void)state;
	reads("1970-01-01T00:00:00.1Z", 100 * NS_PER_MS);
	reads("1970-01-01T00:00:00.05Z", 50 * NS_PER_MS);
	reads("1970-01-01T00:00:00.123456Z", 123456 * NS_PER_US);
	reads("1970-01-01T00:00:00.123456789Z", 123456789);
	refuses("1970-01-01T00:00:00.Z");
	refuses("1970-01-01T00:00:00.1234567890Z");
	refuses("1970-01-01T00:00:00,5Z");
	refuses("1970-01-01T00:00:00.-5Z");
	refuses("1970-01-01T00:00:005Z");
}

static void what_is_no_such_time_is_refused(void **state)
{
	(void)state;
	static const char *const TEXTS[] = {
		"",
		"Z",
		"2024-08-08",
		"2024-08-08T23:56:00",
		"2024-08-08 23:56:00Z",
		"2024-08-08t23:56:00z",
		"2024-08-08T23:56:00+00:00",
		"2024-08-08T23:56Z",
		"24-08-08T23:56:00Z",
		" 2024-08-08T23:56:00Z",
		"2024-08-08T23:56:00Z ",
		"2024/08/08T23:56:00Z",
		"2024-00-08T23:56:00Z",
		"2024-13-08T23:56:00Z",
		"2024-08-00T23:56:00Z",
		"2024-08-32T23:56:00Z",
		"2024-04-31T23:56:00Z",
		"2023-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2024-08-08T24:00:00Z",
		"2024-08-08T23:60:00Z",
		"2016-12-31T23:59:60Z",
		"1969-12-31T23:59:59Z",
		"2262-01-01T00:00:00Z",
		"2024-08-08T-1:56:00Z",
		"2024-8-08T023:56:00Z",
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		refuses(TEXTS[i]);
}

static void text_cuts_the_fraction_downwards(void **state)
{
	(void)state;
	int64_t ns = (1723075200 + 86160) * NS_PER_SECOND + 123456789;
	writes(ns, 0, "2024-08-08T23:56:00Z");
	writes(ns, 3, "2024-08-08T23:56:00.123Z");
	writes(ns, 6, "2024-08-08T23:56:00.123456Z");
	writes(ns, 9, "2024-08-08T23:56:00.123456789Z");
	writes(0, 9, "1970-01-01T00:00:00.000000000Z");
	writes(-1, 9, "1969-12-31T23:59:59.999999999Z");
	writes(-1, 0, "1969-12-31T23:59:59Z");
	writes(INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z");
	writes(INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z");
}

static void every_day_follows_the_one_before(void **state)
{
	(void)state;
	static const int DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t ns = 12 * NS_PER_HOUR + 1;
	for (int year = 1970; year <= 2261; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		for (int month = 1; month <= 12; month++) {
			int days = DAYS[month - 1] + (leap && month == 2);
			for (int day = 1; day <= days; day++, ns += NS_PER_DAY) {
				char expected[64], text[UTC_TEXT_MAX];
				snprintf(expected, sizeof(expected),
					 "%04d-%02d-%02dT12:00:00.000000001Z", year, month, day);
				utc_format(ns, 9, text, sizeof(text));
				assert_string_equal(text, expected);
				reads(text, ns);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_nanoseconds_since_1970),
		cmocka_unit_test(a_fraction_has_one_to_nine_digits),
		cmocka_unit_test(what_is_no_such_time_is_refused),
		cmocka_unit_test(text_cuts_the_fraction_downwards),
		cmocka_unit_test(every_day_follows_the_one_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
