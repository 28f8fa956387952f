#include "core/base/exact_ratio.h"

#include <assert.h>
#include <string.h>

/* Unsigned numbers as little-endian 32-bit digits: 512 bits and one digit for normalisation. */
#define DIGITS	     17
#define FACTORS_MAX  4
#define DIVISOR_BITS 256

struct wide {
	uint32_t digit[DIGITS];
	unsigned length; /* digits in use, no leading zeros */
};

static u128 magnitude(i128 value)
{
	return value < 0 ? -(u128)value : (u128)value;
}

static void wide_set(struct wide *wide, u128 value)
{
	memset(wide, 0, sizeof(*wide));
	for (; value != 0; value >>= 32)
		wide->digit[wide->length++] = (uint32_t)value;
}

/* wide *= value; the caller's bounds (4 factors of 128 bits) keep it inside 16 digits. */
static void wide_multiply(struct wide *wide, u128 value)
{
	uint32_t factor[4];
	unsigned length = 0;
	for (; value != 0; value >>= 32)
		factor[length++] = (uint32_t)value;
	struct wide product = {{0}, 0};
	for (unsigned i = 0; i < wide->length; i++) {
		uint64_t carry = 0;
		for (unsigned j = 0; j < length || carry != 0; j++) {
			assert(i + j < DIGITS);
			uint64_t sum = product.digit[i + j] + carry;
			if (j < length)
				sum += (uint64_t)wide->digit[i] * factor[j];
			product.digit[i + j] = (uint32_t)sum;
			carry = sum >> 32;
		}
	}
	product.length = wide->length + length;
	if (product.length > DIGITS)
		product.length = DIGITS;
	while (product.length > 0 && product.digit[product.length - 1] == 0)
		product.length--;
	*wide = product;
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	for (unsigned i = a->length; i > 0; i--)
		if (a->digit[i - 1] != b->digit[i - 1])
			return a->digit[i - 1] < b->digit[i - 1] ? -1 : 1;
	return 0;
}

static void wide_shift_left(struct wide *wide, unsigned bits)
{
	uint32_t carry = 0;
	assert(bits < 32);
	if (bits == 0)
		return;
	for (unsigned i = 0; i < wide->length; i++) {
		uint32_t digit = wide->digit[i];
		wide->digit[i] = digit << bits | carry;
		carry = digit >> (32 - bits);
	}
	if (carry != 0) {
		assert(wide->length < DIGITS);
		wide->digit[wide->length++] = carry;
	}
}

/* One step of Knuth's algorithm D: subtracts quotient * divisor from the window at `offset`. */
static uint32_t divide_step(uint32_t *window, const struct wide *divisor)
{
	unsigned n = divisor->length;
	uint64_t top = (uint64_t)window[n] << 32 | window[n - 1];
	uint64_t guess = top / divisor->digit[n - 1];
	uint64_t rest = top % divisor->digit[n - 1];
	while (guess >> 32 != 0 ||
	       (n > 1 && guess * divisor->digit[n - 2] > (rest << 32 | window[n - 2]))) {
		guess--;
		rest += divisor->digit[n - 1];
		if (rest >> 32 != 0)
			break;
	}
	int64_t borrow = 0;
	uint64_t carry = 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t product = guess * divisor->digit[i] + carry;
		carry = product >> 32;
		int64_t difference = (int64_t)window[i] - borrow - (int64_t)(product & 0xffffffff);
		window[i] = (uint32_t)difference;
		borrow = difference < 0;
	}
	int64_t difference = (int64_t)window[n] - borrow - (int64_t)carry;
	window[n] = (uint32_t)difference;
	if (difference < 0) { /* the guess was one too large */
		guess--;
		uint64_t sum = 0;
		for (unsigned i = 0; i < n; i++) {
			sum += (uint64_t)window[i] + divisor->digit[i];
			window[i] = (uint32_t)sum;
			sum >>= 32;
		}
		window[n] += (uint32_t)sum;
	}
	return (uint32_t)guess;
}

/* quotient and remainder of dividend / divisor; false if the quotient passes 128 bits. */
static bool wide_divide(struct wide dividend, struct wide divisor, u128 *quotient,
			struct wide *remainder, struct wide *normalised_divisor)
{
	unsigned shift = (unsigned)__builtin_clz(divisor.digit[divisor.length - 1]);
	wide_shift_left(&divisor, shift);
	wide_shift_left(&dividend, shift);
	*normalised_divisor = divisor;
	*quotient = 0;
	if (wide_compare(&dividend, &divisor) < 0) {
		*remainder = dividend;
		return true;
	}
	uint32_t digits[DIGITS + 1] = {0};
	memcpy(digits, dividend.digit, sizeof(dividend.digit));
	for (unsigned offset = dividend.length - divisor.length + 1; offset > 0; offset--) {
		uint32_t digit = divide_step(&digits[offset - 1], &divisor);
		if (*quotient >> 96 != 0)
			return false;
		*quotient = *quotient << 32 | digit;
	}
	memset(remainder, 0, sizeof(*remainder));
	memcpy(remainder->digit, digits, divisor.length * sizeof(digits[0]));
	remainder->length = divisor.length;
	while (remainder->length > 0 && remainder->digit[remainder->length - 1] == 0)
		remainder->length--;
	return true;
}

/* Whether |quotient| grows by one, given how twice the remainder compares with the divisor. */
static bool rounds_away(enum rounding rounding, bool negative, bool inexact, int half, bool odd)
{
	if (!inexact)
		return false;
	switch (rounding) {
	case ROUND_HALF_EVEN:
		return half > 0 || (half == 0 && odd);
	case ROUND_TOWARD_ZERO:
		return false;
	case ROUND_AWAY_FROM_ZERO:
		return true;
	case ROUND_FLOOR:
		return negative;
	case ROUND_CEILING:
		return !negative;
	}
	return false;
}

static bool signed_result(u128 quotient, bool negative, bool grow, i128 *out)
{
	if (grow && ++quotient == 0)
		return false;
	u128 limit = (u128)I128_MAX + (negative ? 1 : 0);
	if (quotient > limit)
		return false;
	*out = negative ? (i128)(-quotient) : (i128)quotient;
	return true;
}

static unsigned wide_bits(const struct wide *wide)
{
	if (wide->length == 0)
		return 0;
	return wide->length * 32 - (unsigned)__builtin_clz(wide->digit[wide->length - 1]);
}

static bool narrow_product(const i128 *factors, size_t count, i128 *product)
{
	i128 result = factors[0];
	for (size_t i = 1; i < count; i++)
		if (!i128_mul(result, factors[i], &result))
			return false;
	*product = result;
	return true;
}

/* The factors without those that both sides have; at least one is left. */
static size_t cancelled(const i128 *factors, size_t count, const i128 *others, size_t other_count,
			i128 left[FACTORS_MAX])
{
	bool used[FACTORS_MAX] = {false};
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		size_t j = 0;
		while (j < other_count && (used[j] || factors[i] == 0 || others[j] != factors[i]))
			j++;
		if (j < other_count)
			used[j] = true;
		else
			left[kept++] = factors[i];
	}
	if (kept == 0)
		left[kept++] = 1;
	return kept;
}

/*
 * Whether the formula fits 128 bits as it stands, or without the factors that both sides have: a
 * contract of one token, a scale that is undone. (Two denominators never pass their own bound.)
 */
static bool fits_narrow(const i128 *numerators, size_t numerator_count, const i128 *denominators,
			size_t denominator_count, i128 *numerator, i128 *denominator)
{
	i128 above[FACTORS_MAX], below[FACTORS_MAX];
	if (narrow_product(numerators, numerator_count, numerator) &&
	    narrow_product(denominators, denominator_count, denominator))
		return true;
	if (denominator_count > 2)
		return false;
	size_t above_count =
		cancelled(numerators, numerator_count, denominators, denominator_count, above);
	size_t below_count =
		cancelled(denominators, denominator_count, numerators, numerator_count, below);
	return narrow_product(above, above_count, numerator) &&
	       narrow_product(below, below_count, denominator);
}

bool exact_ratio(const i128 *numerators, size_t numerator_count, const i128 *denominators,
		 size_t denominator_count, enum rounding rounding, i128 *out)
{
	assert(numerator_count >= 1 && numerator_count <= FACTORS_MAX);
	assert(denominator_count >= 1 && denominator_count <= FACTORS_MAX);
	/* Nearly every formula on real prices and sizes fits 128 bits, where it is 10 times faster.
	 */
	i128 numerator, denominator;
	if (fits_narrow(numerators, numerator_count, denominators, denominator_count, &numerator,
			&denominator))
		return i128_div_round(numerator, denominator, rounding, out);
	struct wide dividend, divisor, remainder, normalised;
	bool negative = false;
	wide_set(&dividend, 1);
	wide_set(&divisor, 1);
	for (size_t i = 0; i < numerator_count; i++) {
		negative ^= numerators[i] < 0;
		wide_multiply(&dividend, magnitude(numerators[i]));
	}
	for (size_t i = 0; i < denominator_count; i++) {
		negative ^= denominators[i] < 0;
		wide_multiply(&divisor, magnitude(denominators[i]));
	}
	if (divisor.length == 0 || wide_bits(&divisor) > DIVISOR_BITS)
		return false;
	u128 quotient;
	if (!wide_divide(dividend, divisor, &quotient, &remainder, &normalised))
		return false;
	struct wide twice = remainder;
	wide_shift_left(&twice, 1);
	bool grow = rounds_away(rounding, negative, remainder.length > 0,
				wide_compare(&twice, &normalised), quotient & 1);
	return signed_result(quotient, negative, grow, out);
}

bool i128_div_round(i128 a, i128 b, enum rounding rounding, i128 *out)
{
	if (b == 0)
		return false;
	bool negative = (a < 0) != (b < 0);
	u128 dividend = magnitude(a), divisor = magnitude(b);
	u128 quotient = dividend / divisor;
	u128 remainder = dividend - quotient * divisor;
	u128 missing = divisor - remainder;
	int half = remainder > missing ? 1 : remainder == missing ? 0 : -1;
	bool grow = rounds_away(rounding, negative, remainder != 0, half, quotient & 1);
	return signed_result(quotient, negative, grow, out);
}

bool mul_div(i128 a, i128 b, i128 c, enum rounding rounding, i128 *out)
{
	i128 product;
	if (i128_mul(a, b, &product))
		return i128_div_round(product, c, rounding, out);
	i128 numerators[2] = {a, b};
	return exact_ratio(numerators, 2, &c, 1, rounding, out);
}
