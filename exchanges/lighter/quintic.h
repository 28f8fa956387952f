/*
 * GF(p^5) = GF(p)[z] / (z^5 - 3) (venues/lighter.md §4.2). Coefficients are canonical goldilocks
 * elements, c[0] first. Results may be written over operands. Constant time except where the name
 * says vartime.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_QUINTIC_H
#define FUNDARB_EXCHANGES_LIGHTER_QUINTIC_H

#include "exchanges/lighter/goldilocks.h"

#define QUINTIC_BYTES 40

struct quintic {
	uint64_t c[5];
};

static inline void quintic_canonical(struct quintic *a)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		a->c[i] = goldilocks_canonical(a->c[i]);
}

/* The first operand of a sum or difference may be loose; then the result is. */
static inline void quintic_add(struct quintic *out, const struct quintic *a,
			       const struct quintic *b)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_add(a->c[i], b->c[i]);
}

static inline void quintic_sub(struct quintic *out, const struct quintic *a,
			       const struct quintic *b)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_sub(a->c[i], b->c[i]);
}

static inline void quintic_neg(struct quintic *out, const struct quintic *a)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_neg(a->c[i]);
}

/* Products take any coefficients below 2^64; _loose leaves such, for further products. */
void quintic_mul(struct quintic *out, const struct quintic *a, const struct quintic *b);
void quintic_mul_loose(struct quintic *out, const struct quintic *a, const struct quintic *b);
/* Out: a * b + c, with one reduction. */
void quintic_mul_add(struct quintic *out, const struct quintic *a, const struct quintic *b,
		     const struct quintic *c);
/* Out: a0 * b, and a1 * b + a0; neither may be an operand. */
void quintic_mul_pair_loose(struct quintic *product, struct quintic *sum, const struct quintic *a0,
			    const struct quintic *a1, const struct quintic *b);
void quintic_square(struct quintic *out, const struct quintic *a);
/* Out: a times the small number, below 2^31. */
void quintic_mul_small(struct quintic *out, const struct quintic *a, uint32_t small);
/* Out: a^(p^times), times 1 or 2. */
void quintic_frobenius(struct quintic *out, const struct quintic *a, unsigned times);
/* Out: a^-1, and 0 of 0. */
void quintic_inverse(struct quintic *out, const struct quintic *a);
/* Out: the quadratic character: 1 of a square, p - 1 of a non-square, 0 of 0. */
uint64_t quintic_legendre(const struct quintic *a);
/* Out: one of the two roots. False if there is none. */
bool quintic_sqrt_vartime(struct quintic *root, const struct quintic *a);

/* Out: all ones if a is b, else 0. */
uint64_t quintic_equal(const struct quintic *a, const struct quintic *b);
static inline uint64_t quintic_is_zero(const struct quintic *a)
{
	return quintic_equal(a, &(const struct quintic){{0}});
}

/* c0..c4, 8 bytes each, little-endian. */
void quintic_to_bytes(uint8_t bytes[QUINTIC_BYTES], const struct quintic *a);
/* False if a coefficient is not below p. */
bool quintic_from_bytes(struct quintic *out, const uint8_t bytes[QUINTIC_BYTES]);

#endif
