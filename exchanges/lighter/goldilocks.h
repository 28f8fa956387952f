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

/* Out: 2^64 mod p if the condition holds, else 0; without a branch. */
static inline uint64_t goldilocks_epsilon_if(bool condition)
{
	uint32_t mask = 0 - (uint32_t)condition;
	/* The compiler must not see that there are two cases only, or it may branch after all. */
	__asm__("" : "+r"(mask));
	return mask;
}

/* In: any value. Out: it mod p. */
static inline uint64_t goldilocks_canonical(uint64_t a)
{
	/* a + (2^32 - 1) carries exactly if a >= p, and then is a - p. */
	uint64_t shifted = a + GOLDILOCKS_EPSILON;
	return a + goldilocks_epsilon_if(shifted < a);
}

/*
 * In: low, above below 2^63, spread at most 2^64 - 2^33 + 1. Out: low - above + spread mod p, below
 * 2^64 but not canonical: a borrow or carry of 2^64 is put back as 2^64 mod p.
 */
static inline uint64_t goldilocks_combine_portable(uint64_t low, uint64_t above, uint64_t spread)
{
	uint64_t difference = low - above;
	difference -= goldilocks_epsilon_if(low < above);
	uint64_t sum = difference + spread;
	return sum + goldilocks_epsilon_if(sum < spread);
}

static inline uint64_t goldilocks_combine(uint64_t low, uint64_t above, uint64_t spread)
{
#if defined(__x86_64__)
	/* The same; compilers spend half as much again on it. */
	uint64_t epsilon;
	__asm__("subq %[above], %[sum]\n\t"
		"sbbl %k[epsilon], %k[epsilon]\n\t"
		"subq %[epsilon], %[sum]\n\t"
		"addq %[spread], %[sum]\n\t"
		"sbbl %k[epsilon], %k[epsilon]\n\t"
		"addq %[epsilon], %[sum]"
		: [sum] "+&r"(low), [epsilon] "=&r"(epsilon)
		: [above] "r"(above), [spread] "r"(spread)
		: "cc");
	return low;
#else
	return goldilocks_combine_portable(low, above, spread);
#endif
}

/* In: low + 2^64 * middle + 2^128 * high, high below 2^31. Out: congruent, below 2^64 but not
 * canonical. */
static inline uint64_t goldilocks_fold(uint64_t low, uint64_t middle, uint64_t high)
{
	/* 2^64 = 2^32 - 1 and 2^96 = -1 mod p. */
	uint64_t below = (uint64_t)(uint32_t)middle;
	return goldilocks_combine(low, middle >> 32 | high << 32, (below << 32) - below);
}

/* In: any value. Out: congruent, below 2^64 but not canonical. */
static inline uint64_t goldilocks_fold_128(u128 a)
{
	return goldilocks_fold((uint64_t)a, (uint64_t)(a >> 64), 0);
}

/* In: a below 2^96. Out: congruent, below 2^64 but not canonical. */
static inline uint64_t goldilocks_fold_96(u128 a)
{
	uint64_t middle = (uint64_t)(a >> 64);
	uint64_t spread = (middle << 32) - middle;
	uint64_t sum = (uint64_t)a + spread;
	return sum + goldilocks_epsilon_if(sum < spread);
}

static inline uint64_t goldilocks_add(uint64_t a, uint64_t b)
{
	uint64_t minus_b = GOLDILOCKS_P - b;
	uint64_t difference = a - minus_b;
	return difference - goldilocks_epsilon_if(a < minus_b);
}

static inline uint64_t goldilocks_sub(uint64_t a, uint64_t b)
{
	uint64_t difference = a - b;
	return difference - goldilocks_epsilon_if(a < b);
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
