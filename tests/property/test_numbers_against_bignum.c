/*
 * The arithmetic of core/base against OpenSSL's big numbers, with operands that crowd around powers
 * of two and ten and the ends of the range. Seed: FUNDARB_SEED in the environment, else a fixed
 * one.
 */
#include "core/base/decimal.h"
#include "core/base/money.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "tests/support/bignum.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20240808

static const enum rounding ROUNDINGS[] = {ROUND_HALF_EVEN, ROUND_TOWARD_ZERO, ROUND_AWAY_FROM_ZERO,
					  ROUND_FLOOR, ROUND_CEILING};
#define ROUNDING_COUNT (sizeof(ROUNDINGS) / sizeof(ROUNDINGS[0]))

static struct random randomness;
static uint64_t case_number;
static unsigned cases; /* of every property */

static uint64_t seed_of_run(void)
{
	const char *given = getenv("FUNDARB_SEED");
	return given ? strtoull(given, NULL, 10) : SEED;
}

static int set_up(void **state)
{
	uint64_t seed = seed_of_run();
	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&randomness, seed);
	case_number = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bignum_release();
	return 0;
}

static void next_case(void)
{
	if (++case_number % 64 == 0)
		bignum_release();
}

static uint64_t below(uint64_t bound)
{
	return random_below(&randomness, bound);
}

static i128 draw_bits(void)
{
	u128 value = (u128)random_u64(&randomness) << 64 | random_u64(&randomness);
	return (i128)(value >> below(128));
}

/* Of at most that many bits beside the sign; 127 is the whole range. */
static i128 draw(unsigned bits)
{
	i128 limit = (i128)(((u128)1 << bits) - 1);
	i128 value = 0;
	switch (below(8)) {
	case 0:
		value = (i128)below(4);
		break;
	case 1:
	case 2:
		value = (i128)(((u128)1 << below(bits + 1)) - 1 + (u128)below(3));
		break;
	case 3:
	case 4:
		value = i128_power_of_ten((unsigned)below(39)) - 1 + (i128)below(3);
		break;
	case 5: /* halves of powers of ten, times something small */
		value = 5 * i128_power_of_ten((unsigned)below(30)) * (i128)(1 + below(1000));
		break;
	case 6:
		value = limit - (i128)below(3);
		break;
	case 7:
		value = draw_bits();
		break;
	}
	if (value > limit || value < 0)
		value &= limit;
	if (below(2) == 0)
		return value;
	return below(20) == 0 ? -limit - 1 : -value;
}

static int64_t draw64(void)
{
	return (int64_t)draw(63);
}

static bool fits(const BIGNUM *value, i128 least, i128 most)
{
	return BN_cmp(value, bignum_of(least)) >= 0 && BN_cmp(value, bignum_of(most)) <= 0;
}

/* a / b from the floor and what is left over it. */
static const BIGNUM *divide(const BIGNUM *a, const BIGNUM *b, enum rounding rounding)
{
	const BIGNUM *zero = bignum_of(0);
	BN_CTX *context = BN_CTX_new();
	if (BN_is_negative(b)) {
		a = bignum_sub(zero, a);
		b = bignum_sub(zero, b);
	}
	BIGNUM *rest = BN_new(), *floor = BN_new();
	if (!BN_nnmod(rest, a, b, context) || !BN_div(floor, NULL, bignum_sub(a, rest), b, context))
		abort();
	bool exact = BN_is_zero(rest), negative = BN_is_negative(a), up = false;
	int half = BN_cmp(bignum_add(rest, rest), b);
	switch (rounding) {
	case ROUND_HALF_EVEN:
		up = half > 0 || (half == 0 && BN_is_odd(floor));
		break;
	case ROUND_TOWARD_ZERO:
		up = negative;
		break;
	case ROUND_AWAY_FROM_ZERO:
		up = !negative;
		break;
	case ROUND_FLOOR:
		break;
	case ROUND_CEILING:
		up = true;
		break;
	}
	const BIGNUM *result = bignum_add(floor, bignum_of(up && !exact));
	BN_free(rest);
	BN_free(floor);
	BN_CTX_free(context);
	return result;
}

/* Did a function that returned `done` with *out, 42 before, do what the big numbers say? */
static void check(bool done, i128 out, const BIGNUM *expected)
{
	bool possible = expected && fits(expected, I128_MIN, I128_MAX);
	if (done != possible || (done ? BN_cmp(bignum_of(out), expected) != 0 : out != 42)) {
		char text[DECIMAL_TEXT_MAX];
		decimal_format(out, 0, text, sizeof(text));
		char *right = expected ? BN_bn2dec(expected) : NULL;
		fail_msg("case %llu: %s %s, expected %s", (unsigned long long)case_number,
			 done ? "true" : "false", text, right ? right : "a refusal");
	}
}

static const BIGNUM *product(const i128 *factors, size_t count)
{
	const BIGNUM *result = bignum_of(1);
	for (size_t i = 0; i < count; i++)
		result = bignum_mul(result, bignum_of(factors[i]));
	return result;
}

static void ratios_are_rounded_once(void **state)
{
	(void)state;
	size_t refused = 0, edges = 0, answered = 0;
	for (unsigned i = 0; i < cases; i++, next_case()) {
		i128 above[4], under[4], out = 42;
		size_t n = 1 + below(4), d = 1 + below(4);
		/* Half of the cases with factors small enough that most results fit. */
		unsigned bits = below(2) != 0 ? 127 : 40 + (unsigned)below(40);
		for (size_t j = 0; j < n; j++)
			above[j] = draw(bits);
		for (size_t j = 0; j < d; j++)
			under[j] = draw(bits);
		if (n == d && below(2) != 0) { /* a result near one, or near a half of something */
			memcpy(above, under, sizeof(above));
			above[below(n)] = draw(bits);
		}
		enum rounding rounding = ROUNDINGS[below(ROUNDING_COUNT)];
		bool done = exact_ratio(above, n, under, d, rounding, &out);
		const BIGNUM *divisor = product(under, d);
		bool divides = !BN_is_zero(divisor) && BN_num_bits(divisor) <= 256;
		check(done, out, divides ? divide(product(above, n), divisor, rounding) : NULL);
		refused += !done;
		answered += done && out != 0;
		edges += done && BN_num_bits(divisor) > 250;
	}
	printf("%zu refused, %zu not zero, %zu with a divisor of more than 250 bits\n", refused,
	       answered, edges);
	assert_true(refused > cases / 50 && answered > cases / 4 && edges > cases / 1000);
}

static void quotients_and_products_are_rounded_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cases; i++, next_case()) {
		i128 a = draw(127), b = draw(127), c = draw(127), out = 42;
		enum rounding rounding = ROUNDINGS[below(ROUNDING_COUNT)];
		bool done = i128_div_round(a, b, rounding, &out);
		check(done, out, b ? divide(bignum_of(a), bignum_of(b), rounding) : NULL);
		if (a < -2 || a > 2) /* products around the edge of the short cut */
			b = below(2) ? b : I128_MAX / a + (i128)below(3) - 1;
		out = 42;
		done = mul_div(a, b, c, rounding, &out);
		const BIGNUM *above = bignum_mul(bignum_of(a), bignum_of(b));
		check(done, out, c ? divide(above, bignum_of(c), rounding) : NULL);
		out = 42;
		done = i128_add(a, b, &out);
		check(done, out, bignum_add(bignum_of(a), bignum_of(b)));
		out = 42;
		done = i128_sub(a, b, &out);
		check(done, out, bignum_sub(bignum_of(a), bignum_of(b)));
		out = 42;
		done = i128_mul(a, b, &out);
		check(done, out, above);
	}
}

static void text_of_a_number_reads_back_as_that_number(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cases; i++, next_case()) {
		char text[DECIMAL_TEXT_MAX], digits[DECIMAL_TEXT_MAX];
		i128 units = draw(127), back = 42;
		unsigned decimals = (unsigned)below(37);
		size_t length = decimal_format(units, decimals, text, sizeof(text));
		assert_int_equal(length, strlen(text));
		/* Without the point the digits are those of the big number. */
		size_t count = 0;
		for (size_t j = 0; j < length; j++)
			if (text[j] != '.')
				digits[count++] = text[j];
		digits[count] = '\0';
		assert_int_equal(length - (decimals ? decimals + 1 : 0) + decimals, count);
		if (decimals)
			assert_int_equal(text[length - decimals - 1], '.');
		BIGNUM *read = NULL;
		assert_int_equal(BN_dec2bn(&read, digits), count);
		assert_int_equal(BN_cmp(read, bignum_of(units)), 0);
		BN_free(read);
		assert_int_equal(decimal_parse_i128(text, length, decimals, &back), DECIMAL_OK);
		assert_true(back == units);
		length = decimal_format_short(units, decimals, text, sizeof(text));
		assert_true(length == strlen(text) &&
			    (!strchr(text, '.') || text[length - 1] != '0'));
		back = 42;
		assert_int_equal(decimal_parse_i128(text, length, decimals, &back), DECIMAL_OK);
		assert_true(back == units);
		const char *point = strchr(text, '.');
		assert_int_equal(decimal_decimals_needed(text, length),
				 point ? (int)strlen(point + 1) : 0);
	}
}

struct drawn_text {
	char text[200];
	size_t length;
	const BIGNUM *digits; /* value = digits * 10^exponent */
	int exponent;
};

static void put(struct drawn_text *drawn, char c)
{
	assert_true(drawn->length + 1 < sizeof(drawn->text));
	drawn->text[drawn->length++] = c;
	drawn->text[drawn->length] = '\0';
}

static void draw_digits(char *digits, size_t count)
{
	uint64_t manner = below(4);
	for (size_t i = 0; i < count; i++) {
		char digit = (char)('0' + below(10));
		if (manner == 1)
			digit = i < count / 2 ? digit : '0';
		else if (manner == 2)
			digit = i < count / 3 ? '0' : digit;
		else if (manner == 3)
			digit = i + 1 == count ? '5' : "09"[below(2)];
		digits[i] = digit;
	}
	digits[count] = '\0';
}

static void draw_text(struct drawn_text *drawn)
{
	char digits[128];
	/* Mostly as short as prices are; around the ends of 64 and 128 bits; now and then long. */
	size_t whole = below(4) ? below(12) : below(45), part = below(4) ? below(10) : below(50);
	if (whole + part == 0)
		whole = 1;
	*drawn = (struct drawn_text){.exponent = -(int)part};
	draw_digits(digits, whole + part);
	bool negative = below(2) == 0;
	if (negative)
		put(drawn, '-');
	else if (below(8) == 0)
		put(drawn, '+');
	for (size_t i = 0; i < whole + part; i++) {
		if (i == whole)
			put(drawn, '.');
		put(drawn, digits[i]);
	}
	if (part == 0 && below(4) == 0)
		put(drawn, '.');
	if (below(3) == 0) {
		int exponent = (int)below(100) - 50;
		drawn->exponent += exponent;
		drawn->length +=
			(size_t)sprintf(drawn->text + drawn->length, "%c%s%d", "eE"[below(2)],
					exponent >= 0 && below(2) ? "+" : "", exponent);
	}
	BIGNUM *magnitude = NULL;
	if (!BN_dec2bn(&magnitude, digits))
		abort();
	drawn->digits = negative ? bignum_sub(bignum_of(0), magnitude)
				 : bignum_add(bignum_of(0), magnitude);
	BN_free(magnitude);
}

static void text_is_read_exactly_or_rounded_as_asked(void **state)
{
	(void)state;
	size_t results[4] = {0};
	for (unsigned i = 0; i < cases; i++, next_case()) {
		struct drawn_text drawn;
		draw_text(&drawn);
		unsigned decimals = (unsigned)below(below(3) ? 12 : 37);
		enum rounding rounding = ROUNDINGS[below(ROUNDING_COUNT)];
		int shift = drawn.exponent + (int)decimals;
		const BIGNUM *above = drawn.digits, *under = bignum_of(1);
		if (shift >= 0)
			above = bignum_mul(above, bignum_power_of_ten((unsigned)shift));
		else
			under = bignum_power_of_ten((unsigned)-shift);
		const BIGNUM *floor = divide(above, under, ROUND_FLOOR);
		bool exact = BN_cmp(bignum_mul(floor, under), above) == 0;

		i128 out = 42;
		enum decimal_result result =
			decimal_parse_rounded(drawn.text, drawn.length, decimals, rounding, &out);
		assert_true(result == DECIMAL_OK || result == DECIMAL_RANGE);
		check(result == DECIMAL_OK, out, divide(above, under, rounding));

		out = 42;
		result = decimal_parse_i128(drawn.text, drawn.length, decimals, &out);
		assert_true((result == DECIMAL_INEXACT) == !exact);
		check(result == DECIMAL_OK, out, exact ? floor : NULL);

		int64_t narrow = 42;
		bool narrow_fits = exact && fits(floor, INT64_MIN, INT64_MAX);
		result = decimal_parse_i64(drawn.text, drawn.length, decimals, &narrow);
		assert_true((result == DECIMAL_INEXACT) == !exact);
		assert_true((result == DECIMAL_OK) == narrow_fits);
		check(result == DECIMAL_OK, narrow, narrow_fits ? floor : NULL);
		results[result]++;
	}
	printf("%zu read, %zu inexact, %zu out of range\n", results[DECIMAL_OK],
	       results[DECIMAL_INEXACT], results[DECIMAL_RANGE]);
	assert_true(results[DECIMAL_OK] > cases / 5 && results[DECIMAL_INEXACT] > cases / 10 &&
		    results[DECIMAL_RANGE] > cases / 10);
}

static void a_text_is_a_number_exactly_if_the_grammar_says_so(void **state)
{
	(void)state;
	regex_t grammar;
	size_t accepted = 0, refused = 0;
	assert_int_equal(regcomp(&grammar, "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	for (unsigned i = 0; i < cases; i++, next_case()) {
		static const char LETTERS[] = "0123456789000555..--++eE xn,";
		char text[24];
		size_t length = below(below(2) ? 5 : sizeof(text) - 1);
		for (size_t j = 0; j < length; j++)
			text[j] = LETTERS[below(below(2) ? 10 : sizeof(LETTERS) - 1)];
		text[length] = '\0';
		bool number = regexec(&grammar, text, 0, NULL, 0) == 0;
		i128 wide, rounded;
		int64_t narrow;
		unsigned decimals = (unsigned)below(37);
		bool syntax[4] = {
			decimal_parse_i128(text, length, decimals, &wide) == DECIMAL_SYNTAX,
			decimal_parse_i64(text, length, decimals, &narrow) == DECIMAL_SYNTAX,
			decimal_parse_rounded(text, length, decimals, ROUND_FLOOR, &rounded) ==
				DECIMAL_SYNTAX,
			decimal_decimals_needed(text, length) == -1,
		};
		for (size_t j = 0; j < 4; j++)
			if (syntax[j] == number)
				fail_msg("'%s' at %u decimals, function %zu", text, decimals, j);
		accepted += number;
		refused += !number;
	}
	regfree(&grammar);
	printf("%zu accepted, %zu refused\n", accepted, refused);
	assert_true(accepted > cases / 20 && refused > cases / 20);
}

static void money_and_rates_are_rounded_half_even(void **state)
{
	(void)state;
	for (unsigned i = 0; i < cases; i++, next_case()) {
		struct money amount = {draw(127)}, out = {42}, posting = {42}, rest = {42};
		struct rate rate = {draw64()};
		bool done = money_times_rate(amount, rate, &out);
		check(done, out.e18,
		      bignum_div_half_even(bignum_mul(bignum_of(amount.e18), bignum_of(rate.e18)),
					   bignum_power_of_ten(18)));

		unsigned decimals = (unsigned)below(19);
		const BIGNUM *unit = bignum_power_of_ten(18 - decimals);
		const BIGNUM *booked =
			bignum_mul(bignum_div_half_even(bignum_of(amount.e18), unit), unit);
		done = money_posting(amount, decimals, &posting, &rest);
		check(done, posting.e18, booked);
		check(done, rest.e18, done ? bignum_sub(booked, bignum_of(amount.e18)) : booked);

		int64_t interval = 1 + (int64_t)below(below(2) ? 10 : 100 * NS_PER_DAY);
		if (below(2) != 0)
			interval = (int64_t)(1 + below(24)) * NS_PER_HOUR;
		struct rate_per_hour hourly = {42};
		const BIGNUM *hour = bignum_of(NS_PER_HOUR), *span = bignum_of(interval);
		done = rate_to_per_hour(rate, interval, &hourly);
		check(done, hourly.e18,
		      bignum_div_half_even(bignum_mul(bignum_of(rate.e18), hour), span));
		check(true, rate_per_hour_as_per_8h_e18(hourly),
		      bignum_mul(bignum_of(hourly.e18), bignum_of(8)));
		check(true, rate_per_hour_as_per_year_e18(hourly),
		      bignum_mul(bignum_of(hourly.e18), bignum_of(365 * 24)));

		struct rate back = {42};
		if (below(2) != 0)
			hourly.e18 = draw(127);
		const BIGNUM *of_interval =
			bignum_div_half_even(bignum_mul(bignum_of(hourly.e18), span), hour);
		bool back_fits = fits(of_interval, INT64_MIN, INT64_MAX);
		done = rate_per_hour_to_interval(hourly, interval, &back);
		assert_true(done == back_fits);
		check(done, back.e18, back_fits ? of_interval : NULL);
	}
}

#define NUMBER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	cases = effort(100000, "cases of each property of the numbers");
	const struct CMUnitTest tests[] = {
		NUMBER_TEST(ratios_are_rounded_once),
		NUMBER_TEST(quotients_and_products_are_rounded_once),
		NUMBER_TEST(text_of_a_number_reads_back_as_that_number),
		NUMBER_TEST(text_is_read_exactly_or_rounded_as_asked),
		NUMBER_TEST(a_text_is_a_number_exactly_if_the_grammar_says_so),
		NUMBER_TEST(money_and_rates_are_rounded_half_even),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
