/*
 * OpenSSL's big numbers as an oracle that shares no code with core/base: integers and fractions of
 * any size. Every number lives until bignum_release, so expressions read like formulas.
 */
#ifndef FUNDARB_TESTS_SUPPORT_BIGNUM_H
#define FUNDARB_TESTS_SUPPORT_BIGNUM_H

#include "core/base/int128.h"
#include <openssl/bn.h>

const BIGNUM *bignum_of(i128 value);
const BIGNUM *bignum_power_of_ten(unsigned exponent);
const BIGNUM *bignum_add(const BIGNUM *a, const BIGNUM *b);
const BIGNUM *bignum_sub(const BIGNUM *a, const BIGNUM *b);
const BIGNUM *bignum_mul(const BIGNUM *a, const BIGNUM *b);
/* a / b, to the nearest, halves to the even neighbour; b != 0. */
const BIGNUM *bignum_div_half_even(const BIGNUM *a, const BIGNUM *b);
/* Aborts if it does not fit. */
i128 bignum_i128(const BIGNUM *value);

/* numerator / denominator, denominator > 0, not reduced. */
struct fraction {
	const BIGNUM *numerator;
	const BIGNUM *denominator;
};
struct fraction fraction_of(const BIGNUM *numerator, const BIGNUM *denominator);
struct fraction fraction_add(struct fraction a, struct fraction b);
/* Is |a| <= b / 2 ? */
bool fraction_within_halves(struct fraction a, unsigned b);

/* Frees every number handed out so far. */
void bignum_release(void);

#endif
