#include "exchanges/lighter/ecgfp5.h"

#include <openssl/crypto.h>
#include <string.h>

#define BLOCKS	ECGFP5_COMB_BLOCKS
#define TEETH	ECGFP5_COMB_TEETH
#define SPACING ECGFP5_COMB_SPACING
#define ENTRIES ECGFP5_COMB_ENTRIES

/* y^2 = x (x^2 + 2 x + 263 z) */
#define CURVE_B 263

const struct ecgfp5_point ecgfp5_neutral = {.z = {{1}}, .t = {{1}}};
const struct ecgfp5_point ecgfp5_generator = {
	.x = {{UINT64_C(12883135586176881569), UINT64_C(4356519642755055268),
	       UINT64_C(5248930565894896907), UINT64_C(2165973894480315022),
	       UINT64_C(2448410071095648785)}},
	.z = {{1}},
	.u = {{1}},
	.t = {{4}},
};

/* Out: scale * (b * a + c), with one reduction; scale is 1, 2 or 4. */
static inline void times_b_plus(struct quintic *out, const struct quintic *a,
				const struct quintic *c, unsigned scale)
{
	struct quintic r;
	uint64_t factor = (uint64_t)CURVE_B * scale;
	u128 first = (u128)a->c[4] * (3 * factor) + (u128)c->c[0] * scale;
	r.c[0] = goldilocks_canonical(goldilocks_fold_128(first));
	for (int i = 1; i < 5; i++) {
		u128 sum = (u128)a->c[i - 1] * factor + (u128)c->c[i] * scale;
		r.c[i] = goldilocks_canonical(goldilocks_fold_128(sum));
	}
	*out = r;
}

/* Out: scale * b * a. */
static inline void times_b(struct quintic *out, const struct quintic *a, unsigned scale)
{
	times_b_plus(out, a, &(const struct quintic){{0}}, scale);
}

static inline void twice(struct quintic *out, const struct quintic *a)
{
	quintic_add(out, a, a);
}

/* The second half of the addition of §4.5, from t1, b t2, t3, t4, t5 and t6. */
static inline void finish_addition(struct ecgfp5_point *out, const struct quintic *t1,
				   const struct quintic *b_t2, const struct quintic *t3,
				   const struct quintic *t4, const struct quintic *t5,
				   const struct quintic *t6)
{
	struct quintic t7, t8, t9, left, right;
	quintic_add(&t7, t1, b_t2);
	quintic_mul(&t8, t4, &t7);
	times_b_plus(&right, t5, &t7, 2);
	quintic_mul(&t9, t3, &right);
	twice(&left, t3);
	quintic_add(&left, &left, t4);
	quintic_add(&right, t5, &t7);
	quintic_neg(&t7, &t8);
	quintic_mul_add(&left, &left, &right, &t7);
	times_b(&out->x, &left, 1);
	quintic_sub(&out->z, &t8, &t9);
	quintic_add(&out->t, &t8, &t9);
	quintic_sub(&right, b_t2, t1);
	quintic_mul(&out->u, t6, &right);
}

void ecgfp5_add(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		const struct ecgfp5_point *b)
{
	struct quintic t1, t2, t3, t4, t5, t6, sum;
	quintic_mul(&t1, &a->x, &b->x);
	quintic_mul(&t2, &a->z, &b->z);
	quintic_mul(&t3, &a->u, &b->u);
	quintic_mul(&t4, &a->t, &b->t);
	quintic_add(&t5, &a->x, &a->z);
	quintic_add(&sum, &b->x, &b->z);
	quintic_mul(&t5, &t5, &sum);
	quintic_sub(&t5, &t5, &t1);
	quintic_sub(&t5, &t5, &t2);
	quintic_add(&t6, &a->u, &a->t);
	quintic_add(&sum, &b->u, &b->t);
	quintic_mul(&t6, &t6, &sum);
	quintic_sub(&t6, &t6, &t3);
	quintic_sub(&t6, &t6, &t4);
	times_b(&t2, &t2, 1);
	finish_addition(out, &t1, &t2, &t3, &t4, &t5, &t6);
}

void ecgfp5_add_affine(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		       const struct ecgfp5_affine *b)
{
	/* The same with Z2 = T2 = 1. */
	struct quintic t1, b_t2, t3, t4 = a->t, t5, t6;
	quintic_mul(&t1, &a->x, &b->x);
	times_b(&b_t2, &a->z, 1);
	quintic_mul(&t3, &a->u, &b->u);
	quintic_mul_add(&t5, &a->z, &b->x, &a->x);
	quintic_mul_add(&t6, &a->t, &b->u, &a->u);
	finish_addition(out, &t1, &b_t2, &t3, &t4, &t5, &t6);
}

void ecgfp5_negate(struct ecgfp5_point *out, const struct ecgfp5_point *a)
{
	*out = *a;
	quintic_neg(&out->u, &a->u);
}

/* x' = 4 b (UTZ)^2 / W^2, 1/u' = (2 (T^2 Z)^2 - 4 (UTZ)^2 - W^2) / (2 W UTZ), where
 * W = T^2 Z - 2 U^2 (X + Z): the addition of a point to itself, with fewer products. */
static void double_once(struct ecgfp5_point *out, const struct ecgfp5_point *a)
{
	struct quintic zt, zt2, utz, w, squared, sum;
	quintic_mul(&zt, &a->z, &a->t);
	quintic_mul(&zt2, &zt, &a->t);
	quintic_mul(&utz, &zt, &a->u);
	quintic_square(&squared, &a->u);
	quintic_add(&sum, &a->x, &a->z);
	twice(&sum, &sum);
	quintic_mul(&w, &sum, &squared);
	quintic_sub(&w, &zt2, &w);

	quintic_square(&squared, &utz);
	quintic_square(&out->z, &w);
	quintic_add(&sum, &w, &utz);
	quintic_square(&sum, &sum);
	quintic_sub(&sum, &sum, &squared);
	quintic_sub(&out->u, &sum, &out->z);
	times_b(&out->x, &squared, 4);
	quintic_square(&out->t, &zt2);
	twice(&squared, &squared);
	quintic_sub(&out->t, &out->t, &squared);
	twice(&out->t, &out->t);
	quintic_sub(&out->t, &out->t, &out->z);
}

void ecgfp5_double(struct ecgfp5_point *out, const struct ecgfp5_point *a, unsigned times)
{
	*out = *a;
	while (times-- > 0)
		double_once(out, out);
}

uint64_t ecgfp5_equal(const struct ecgfp5_point *a, const struct ecgfp5_point *b)
{
	struct quintic left, right;
	quintic_mul(&left, &a->u, &b->t);
	quintic_mul(&right, &b->u, &a->t);
	return quintic_equal(&left, &right);
}

void ecgfp5_encode(struct quintic *w, const struct ecgfp5_point *a)
{
	struct quintic inverse;
	quintic_inverse(&inverse, &a->u);
	quintic_mul(w, &a->t, &inverse);
}

bool ecgfp5_decode_vartime(struct ecgfp5_point *out, const struct quintic *w)
{
	static const struct quintic TWO = {{2}}, FOUR_B = {{0, 4 * CURVE_B}};
	static const struct quintic HALF = {{(GOLDILOCKS_P + 1) / 2}};
	struct quintic e, delta, root, x;
	if (quintic_is_zero(w)) {
		*out = ecgfp5_neutral;
		return true;
	}
	/* x is a root of x^2 - (w^2 - a) x + b: the one that is not a square. */
	quintic_square(&e, w);
	quintic_sub(&e, &e, &TWO);
	quintic_square(&delta, &e);
	quintic_sub(&delta, &delta, &FOUR_B);
	if (!quintic_sqrt_vartime(&root, &delta))
		return false;
	quintic_add(&x, &e, &root);
	quintic_mul(&x, &x, &HALF);
	if (quintic_legendre(&x) == 1)
		quintic_sub(&x, &x, &root);
	*out = (struct ecgfp5_point){.x = x, .z = {{1}}, .u = {{1}}, .t = *w};
	return true;
}

static void to_affine(struct ecgfp5_affine *out, const struct ecgfp5_point *a)
{
	struct quintic inverse;
	quintic_inverse(&inverse, &a->z);
	quintic_mul(&out->x, &a->x, &inverse);
	quintic_inverse(&inverse, &a->t);
	quintic_mul(&out->u, &a->u, &inverse);
}

void ecgfp5_comb_make(struct ecgfp5_comb *comb, const struct ecgfp5_point *point)
{
	struct ecgfp5_point tooth[TEETH], twofold[TEETH], sum, power = *point;
	for (int block = 0; block < BLOCKS; block++) {
		for (int i = 0; i < TEETH; i++) {
			tooth[i] = power;
			ecgfp5_double(&twofold[i], &power, 1);
			ecgfp5_double(&power, &twofold[i], SPACING - 1);
		}
		for (unsigned m = 0; m < ENTRIES; m++) {
			sum = tooth[TEETH - 1];
			for (int i = 0; i < TEETH - 1; i++) {
				struct ecgfp5_point term = tooth[i];
				if (!(m >> i & 1))
					ecgfp5_negate(&term, &term);
				ecgfp5_add(&sum, &sum, &term);
			}
			to_affine(&comb->entry[block][m], &sum);
		}
	}
}

/* In: k. Out: d with k = sum of (2 bit_i(d) - 1) 2^i over i < 320. */
static void signed_bits(struct scalar *d, const struct scalar *k)
{
	/* 2^320 - 1 mod n */
	static const struct scalar ALL_BITS = {{
		UINT64_C(0x2fe04cd2d6e8003d),
		UINT64_C(0x2eef478c51b6bec6),
		UINT64_C(0x00000032608ff38c),
		UINT64_C(0x0000001dffffffd3),
		UINT64_C(0x00000004fffffff1),
	}};
	scalar_add(d, k, &ALL_BITS);
	scalar_halve(d, d);
}

/* The bits of one block at one step. */
static inline unsigned comb_digit(const struct scalar *d, unsigned block, unsigned step)
{
	unsigned digit = 0;
	for (unsigned tooth = 0; tooth < TEETH; tooth++)
		digit |= scalar_bit(d, (block * TEETH + tooth) * SPACING + step) << tooth;
	return digit;
}

/* Out: the comb's point for a digit; reads all entries of the block. */
static inline void comb_look_up(struct ecgfp5_affine *out, const struct ecgfp5_affine *entries,
				unsigned digit)
{
	/* The last tooth's bit is the sign; a negative sum is minus the sum of the complement. */
	uint64_t negative = (uint64_t)(digit >> (TEETH - 1)) - 1;
	uint64_t wanted = (digit ^ negative) & (ENTRIES - 1);
	uint64_t word[10] = {0};
	struct quintic negated;
	for (uint64_t m = 0; m < ENTRIES; m++) {
		uint64_t mask = goldilocks_mask(((m ^ wanted) - 1) >> 63);
		for (int i = 0; i < 5; i++) {
			word[i] |= entries[m].x.c[i] & mask;
			word[5 + i] |= entries[m].u.c[i] & mask;
		}
	}
	memcpy(&out->x, word, sizeof(out->x));
	memcpy(&out->u, word + 5, sizeof(out->u));
	quintic_neg(&negated, &out->u);
	for (int i = 0; i < 5; i++)
		out->u.c[i] = (out->u.c[i] & ~negative) | (negated.c[i] & negative);
}

void ecgfp5_comb_multiply(struct ecgfp5_point *out, const struct ecgfp5_comb *comb,
			  const struct scalar *k)
{
	struct scalar d;
	struct ecgfp5_affine term;
	struct ecgfp5_point sum = ecgfp5_neutral;
	signed_bits(&d, k);
	for (unsigned step = SPACING; step-- > 0;) {
		if (step < SPACING - 1)
			double_once(&sum, &sum);
		for (unsigned block = 0; block < BLOCKS; block++) {
			comb_look_up(&term, comb->entry[block], comb_digit(&d, block, step));
			ecgfp5_add_affine(&sum, &sum, &term);
		}
	}
	*out = sum;
	OPENSSL_cleanse(&d, sizeof(d));
	OPENSSL_cleanse(&term, sizeof(term));
	OPENSSL_cleanse(&sum, sizeof(sum));
}

static void add_comb_term_vartime(struct ecgfp5_point *sum, const struct ecgfp5_affine *entries,
				  unsigned digit)
{
	bool negative = !(digit >> (TEETH - 1));
	struct ecgfp5_affine term = entries[(negative ? ~digit : digit) & (ENTRIES - 1)];
	if (negative)
		quintic_neg(&term.u, &term.u);
	ecgfp5_add_affine(sum, sum, &term);
}

void ecgfp5_comb_multiply_two_vartime(struct ecgfp5_point *out, const struct ecgfp5_comb *first,
				      const struct scalar *k, const struct ecgfp5_comb *second,
				      const struct scalar *l)
{
	struct scalar k_bits, l_bits;
	struct ecgfp5_point sum = ecgfp5_neutral;
	signed_bits(&k_bits, k);
	signed_bits(&l_bits, l);
	for (unsigned step = SPACING; step-- > 0;) {
		if (step < SPACING - 1)
			double_once(&sum, &sum);
		for (unsigned block = 0; block < BLOCKS; block++) {
			add_comb_term_vartime(&sum, first->entry[block],
					      comb_digit(&k_bits, block, step));
			add_comb_term_vartime(&sum, second->entry[block],
					      comb_digit(&l_bits, block, step));
		}
	}
	*out = sum;
}

#define WINDOW	      4
#define WINDOW_DIGITS (320 / WINDOW)

void ecgfp5_multiply_vartime(struct ecgfp5_point *out, const struct ecgfp5_point *point,
			     const struct scalar *k)
{
	struct ecgfp5_point multiple[1 << WINDOW], sum = ecgfp5_neutral;
	multiple[0] = ecgfp5_neutral;
	for (int i = 1; i < 1 << WINDOW; i++)
		ecgfp5_add(&multiple[i], &multiple[i - 1], point);
	for (unsigned i = WINDOW_DIGITS; i-- > 0;) {
		unsigned digit = (unsigned)(k->limb[i * WINDOW / 64] >> (i * WINDOW % 64)) &
				 ((1 << WINDOW) - 1);
		ecgfp5_double(&sum, &sum, WINDOW);
		if (digit > 0)
			ecgfp5_add(&sum, &sum, &multiple[digit]);
	}
	*out = sum;
}
