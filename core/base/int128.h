/*
 * 128-bit integers with checked arithmetic: the ground of every money figure.
 * Each function returns false on overflow and then leaves *out untouched.
 */
#ifndef FUNDARB_CORE_BASE_INT128_H
#define FUNDARB_CORE_BASE_INT128_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

#define I128_MAX ((i128)(((u128)1 << 127) - 1))
#define I128_MIN (-I128_MAX - 1)

static inline bool i128_add(i128 a, i128 b, i128 *out)
{
	i128 sum;
	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

static inline bool i128_sub(i128 a, i128 b, i128 *out)
{
	i128 difference;
	if (__builtin_sub_overflow(a, b, &difference))
		return false;
	*out = difference;
	return true;
}

static inline bool i128_mul(i128 a, i128 b, i128 *out)
{
	i128 product;
	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

/* 10^exponent, exponent in 0..38. */
i128 i128_power_of_ten(unsigned exponent);

#endif
