/*
 * GF(p), p = 2^64 - 2^32 + 1, the field under Lighter's hash and curve (venues/lighter.md §4.1).
 * An element is a uint64_t below p; every function takes and returns such canonical values unless
 * it says otherwise. Constant time except where the name says vartime.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_GOLDILOCKS_H
#define FUNDARB_EXCHANGES_LIGHTER_GOLDILOCKS_H

#include "core/base/int128.h"

#include <stdbool.h>
#include <stdint.h>

#define GOLDILOCKS_P	   UINT64_C(0xffffffff00000001)
#define GOLDILOCKS_EPSILON UINT64_C(0xffffffff) /* 2^64 mod p */

/* In: bit 0 or 1. Out: all zeros or all ones. */
static inline uint64_t goldilocks_mask(uint64_t bit)
{
	return (uint64_t)0 - bit;
}

/* In: any value. Out: it mod p. */
static inline uint64_t goldilocks_canonical(uint64_t a)
{
	/* a + (2^32 - 1) carries exactly if a >= p, and then is a - p. */
	uint64_t shifted = a + GOLDILOCKS_EPSILON;
	return a + (goldilocks_mask(shifted < a) & GOLDILOCKS_EPSILON);
}

/* In: lo + 2^64 * high, high < 2^96 - 2^64. Out: congruent, below 2^64 but not canonical. */
static inline uint64_t goldilocks_fold(uint64_t lo, u128 high)
{
	/* 2^64 = 2^32 - 1 and 2^96 = -1 mod p. */
	uint64_t above = (uint64_t)(high >> 32);
	uint64_t middle = (uint64_t)(uint32_t)high;
	uint64_t difference = lo - above;
	difference -= goldilocks_mask(lo < above) & GOLDILOCKS_EPSILON;
	uint64_t spread = (middle << 32) - middle;
	uint64_t sum = difference + spread;
	return sum + (goldilocks_mask(sum < spread) & GOLDILOCKS_EPSILON);
}

/* In: any value. Out: congruent, below 2^64 but not canonical. */
static inline uint64_t goldilocks_fold_128(u128 a)
{
	return goldilocks_fold((uint64_t)a, (uint64_t)(a >> 64));
}

static inline uint64_t goldilocks_add(uint64_t a, uint64_t b)
{
	uint64_t minus_b = GOLDILOCKS_P - b;
	uint64_t difference = a - minus_b;
	return difference - (goldilocks_mask(a < minus_b) & GOLDILOCKS_EPSILON);
}

static inline uint64_t goldilocks_sub(uint64_t a, uint64_t b)
{
	uint64_t difference = a - b;
	return difference - (goldilocks_mask(a < b) & GOLDILOCKS_EPSILON);
}

static inline uint64_t goldilocks_neg(uint64_t a)
{
	return goldilocks_sub(0, a);
}

/* In: any two values. Out: canonical product. */
static inline uint64_t goldilocks_mul(uint64_t a, uint64_t b)
{
	return goldilocks_canonical(goldilocks_fold_128((u128)a * b));
}

/* In: a, times small (a public count). Out: a^(2^count). */
static inline uint64_t goldilocks_square_times(uint64_t a, unsigned count)
{
	while (count-- > 0)
		a = goldilocks_mul(a, a);
	return a;
}

/* a^(2^31 - 1) */
static inline uint64_t goldilocks_power_31_ones(uint64_t a)
{
	uint64_t x2 = goldilocks_mul(goldilocks_square_times(a, 1), a);
	uint64_t x3 = goldilocks_mul(goldilocks_square_times(x2, 1), a);
	uint64_t x6 = goldilocks_mul(goldilocks_square_times(x3, 3), x3);
	uint64_t x12 = goldilocks_mul(goldilocks_square_times(x6, 6), x6);
	uint64_t x24 = goldilocks_mul(goldilocks_square_times(x12, 12), x12);
	uint64_t x30 = goldilocks_mul(goldilocks_square_times(x24, 6), x6);
	return goldilocks_mul(goldilocks_square_times(x30, 1), a);
}

/* a^(2^32 - 1) */
static inline uint64_t goldilocks_power_32_ones(uint64_t a)
{
	return goldilocks_mul(goldilocks_square_times(goldilocks_power_31_ones(a), 1), a);
}

/* Out: a^-1, and 0 of 0. */
static inline uint64_t goldilocks_inverse(uint64_t a)
{
	/* p - 2 is 31 ones, a zero, 32 ones. */
	uint64_t x31 = goldilocks_power_31_ones(a);
	uint64_t x32 = goldilocks_mul(goldilocks_square_times(x31, 1), a);
	return goldilocks_mul(goldilocks_square_times(x31, 33), x32);
}

/* Out: 1 for a square, p - 1 for a non-square, 0 of 0. */
static inline uint64_t goldilocks_legendre(uint64_t a)
{
	return goldilocks_square_times(goldilocks_power_32_ones(a), 31);
}

/* Out: a root of a. False if there is none. */
static inline bool goldilocks_sqrt_vartime(uint64_t a, uint64_t *root)
{
	/* Tonelli-Shanks; p - 1 = 2^32 (2^32 - 1). */
	uint64_t generator = UINT64_C(7277203076849721926); /* of order 2^32 */
	uint64_t x = goldilocks_square_times(a, 31);
	uint64_t left = goldilocks_power_32_ones(a);
	unsigned order = 32;
	if (a == 0) {
		*root = 0;
		return true;
	}
	while (left != 1) {
		unsigned i = 0;
		for (uint64_t power = left; power != 1 && i < order; i++)
			power = goldilocks_mul(power, power);
		if (i == order)
			return false;
		uint64_t step = goldilocks_square_times(generator, order - i - 1);
		generator = goldilocks_mul(step, step);
		x = goldilocks_mul(x, step);
		left = goldilocks_mul(left, generator);
		order = i;
	}
	*root = x;
	return true;
}

#endif
