#include "tests/support/bignum.h"

#include <stdlib.h>

static BIGNUM **numbers;
static size_t number_count, number_capacity;
static BN_CTX *context;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static BIGNUM *fresh(void)
{
	if (number_count == number_capacity) {
		number_capacity = number_capacity * 2 + 64;
		numbers = realloc(numbers, number_capacity * sizeof(*numbers));
		require(numbers != NULL);
	}
	if (context == NULL)
		context = BN_CTX_new();
	BIGNUM *number = BN_new();
	require(number != NULL && context != NULL);
	numbers[number_count++] = number;
	return number;
}

void bignum_release(void)
{
	while (number_count > 0)
		BN_free(numbers[--number_count]);
	free(numbers);
	numbers = NULL;
	number_capacity = 0;
	BN_CTX_free(context);
	context = NULL;
}

const BIGNUM *bignum_of(i128 value)
{
	u128 magnitude = value < 0 ? -(u128)value : (u128)value;
	unsigned char bytes[16];
	for (int i = 15; i >= 0; i--, magnitude >>= 8)
		bytes[i] = (unsigned char)magnitude;
	BIGNUM *number = fresh();
	require(BN_bin2bn(bytes, sizeof(bytes), number) != NULL);
	BN_set_negative(number, value < 0);
	return number;
}

i128 bignum_i128(const BIGNUM *value)
{
	unsigned char bytes[16];
	require(BN_num_bits(value) <= 127 && BN_bn2binpad(value, bytes, sizeof(bytes)) >= 0);
	u128 magnitude = 0;
	for (int i = 0; i < 16; i++)
		magnitude = magnitude << 8 | bytes[i];
	return BN_is_negative(value) ? -(i128)magnitude : (i128)magnitude;
}

const BIGNUM *bignum_power_of_ten(unsigned exponent)
{
	BIGNUM *number = fresh();
	require(BN_one(number));
	while (exponent-- > 0)
		require(BN_mul_word(number, 10));
	return number;
}

const BIGNUM *bignum_add(const BIGNUM *a, const BIGNUM *b)
{
	BIGNUM *sum = fresh();
	require(BN_add(sum, a, b));
	return sum;
}

const BIGNUM *bignum_sub(const BIGNUM *a, const BIGNUM *b)
{
	BIGNUM *difference = fresh();
	require(BN_sub(difference, a, b));
	return difference;
}

const BIGNUM *bignum_mul(const BIGNUM *a, const BIGNUM *b)
{
	BIGNUM *product = fresh();
	require(BN_mul(product, a, b, context));
	return product;
}

const BIGNUM *bignum_div_half_even(const BIGNUM *a, const BIGNUM *b)
{
	BIGNUM *quotient = fresh();
	BIGNUM *rest = fresh();
	require(BN_div(quotient, rest, a, b, context));
	require(BN_lshift1(rest, rest));
	int beyond_half = BN_ucmp(rest, b);
	if (beyond_half > 0 || (beyond_half == 0 && BN_is_odd(quotient))) {
		bool negative = BN_is_negative(a) != BN_is_negative(b);
		require(negative ? BN_sub_word(quotient, 1) : BN_add_word(quotient, 1));
	}
	return quotient;
}

struct fraction fraction_of(const BIGNUM *numerator, const BIGNUM *denominator)
{
	require(!BN_is_negative(denominator) && !BN_is_zero(denominator));
	return (struct fraction){numerator, denominator};
}

struct fraction fraction_add(struct fraction a, struct fraction b)
{
	return fraction_of(bignum_add(bignum_mul(a.numerator, b.denominator),
				      bignum_mul(b.numerator, a.denominator)),
			   bignum_mul(a.denominator, b.denominator));
}

bool fraction_within_halves(struct fraction a, unsigned b)
{
	const BIGNUM *twice = bignum_mul(a.numerator, bignum_of(2));
	return BN_ucmp(twice, bignum_mul(a.denominator, bignum_of(b))) <= 0;
}
