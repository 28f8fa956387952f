/*
 * The group of prime order of curve ECgFp5 (venues/lighter.md §4.5): points in fractional
 * coordinates x = b X/Z (b is the curve's constant; with it taken out the formulas need fewer
 * products), u = x/y = U/T. Complete formulas, so no input is an exception. Constant time except
 * where the name says vartime. Results may be written over operands.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_ECGFP5_H
#define FUNDARB_EXCHANGES_LIGHTER_ECGFP5_H

#include "exchanges/lighter/quintic.h"
#include "exchanges/lighter/scalar.h"

#define ECGFP5_BYTES QUINTIC_BYTES

struct ecgfp5_point {
	struct quintic x, z, u, t; /* X, Z, U, T */
};
/* X and U where Z = T = 1 */
struct ecgfp5_affine {
	struct quintic x, u;
};

/*
 * Tables that make multiplications of one point cheap. The scalar is written as a sum of +-2^i,
 * i < 320; bit (block * teeth + tooth) * SPACING + step stands at its tooth of its block.
 * entry[block][m] is the sum over the block's teeth of +-2^((block * teeth + tooth) * SPACING)
 * times the point: the last tooth always +, tooth i < teeth - 1 by bit i of m (set: +).
 */
#define ECGFP5_COMB_SPACING 8
/* Small, so that a secret look-up can read the whole of a block. */
#define ECGFP5_COMB_BLOCKS  8
#define ECGFP5_COMB_TEETH   5
#define ECGFP5_COMB_ENTRIES (1 << (ECGFP5_COMB_TEETH - 1))
struct ecgfp5_comb {
	struct ecgfp5_affine entry[ECGFP5_COMB_BLOCKS][ECGFP5_COMB_ENTRIES];
};
/* Large, for public scalars only. */
#define ECGFP5_WIDE_COMB_BLOCKS	 5
#define ECGFP5_WIDE_COMB_TEETH	 8
#define ECGFP5_WIDE_COMB_ENTRIES (1 << (ECGFP5_WIDE_COMB_TEETH - 1))
struct ecgfp5_wide_comb {
	struct ecgfp5_affine entry[ECGFP5_WIDE_COMB_BLOCKS][ECGFP5_WIDE_COMB_ENTRIES];
};

extern const struct ecgfp5_point ecgfp5_neutral;
extern const struct ecgfp5_point ecgfp5_generator;
/* ecgfp5_comb_make of the generator. */
extern const struct ecgfp5_comb ecgfp5_generator_comb;

void ecgfp5_add(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		const struct ecgfp5_point *b);
void ecgfp5_add_affine(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		       const struct ecgfp5_affine *b);
void ecgfp5_negate(struct ecgfp5_point *out, const struct ecgfp5_point *a);
/* Out: 2^times * a; times is public. */
void ecgfp5_double(struct ecgfp5_point *out, const struct ecgfp5_point *a, unsigned times);
/* All ones if a and b are the same point, else 0. */
uint64_t ecgfp5_equal(const struct ecgfp5_point *a, const struct ecgfp5_point *b);

/* Out: w = 1/u, 0 for the neutral. */
void ecgfp5_encode(struct quintic *w, const struct ecgfp5_point *a);
/* False if w is not the encoding of a point. */
bool ecgfp5_decode_vartime(struct ecgfp5_point *out, const struct quintic *w);

void ecgfp5_comb_make(struct ecgfp5_comb *comb, const struct ecgfp5_point *point);
void ecgfp5_wide_comb_make(struct ecgfp5_wide_comb *comb, const struct ecgfp5_point *point);
/* Out: k * the comb's point. Secret k: every look-up reads the whole of its block. */
void ecgfp5_comb_multiply(struct ecgfp5_point *out, const struct ecgfp5_comb *comb,
			  const struct scalar *k);
/* Out: k * the first comb's point + l * the second's. */
void ecgfp5_wide_comb_multiply_two_vartime(struct ecgfp5_point *out,
					   const struct ecgfp5_wide_comb *first,
					   const struct scalar *k,
					   const struct ecgfp5_wide_comb *second,
					   const struct scalar *l);
/* Out: k * point. */
void ecgfp5_multiply_vartime(struct ecgfp5_point *out, const struct ecgfp5_point *point,
			     const struct scalar *k);

#endif
