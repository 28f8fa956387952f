#include "exchanges/lighter/ecgfp5.h"

#include <openssl/crypto.h>
#include <string.h>

/* y^2 = x (x^2 + 2 x + 263 z), b = 263 z */
#define CURVE_B 263

const struct ecgfp5_point ecgfp5_neutral = {.z = {{1}}, .t = {{1}}};
const struct ecgfp5_point ecgfp5_generator = {
	.x = {{UINT64_C(5487462194133432062), UINT64_C(17554885733534376339),
	       UINT64_C(5058294855103917818), UINT64_C(8005236631119232933),
	       UINT64_C(4318230727957490997)}},
	.z = {{1}},
	.u = {{1}},
	.t = {{4}},
};

/* ---- addition ---- */

/* Out: scale * (b * a + c), not canonical, with one reduction; scale is 1 or 2. */
static inline void times_b_plus(struct quintic *out, const struct quintic *a,
				const struct quintic *c, unsigned scale)
{
	uint64_t factor = (uint64_t)CURVE_B * scale, last = a->c[4];
#pragma GCC unroll 4
	for (int i = 4; i > 0; i--) {
		u128 sum = (u128)a->c[i - 1] * factor + (u128)c->c[i] * scale;
		out->c[i] = goldilocks_fold_96(sum);
	}
	u128 sum = (u128)last * (3 * factor) + (u128)c->c[0] * scale;
	out->c[0] = goldilocks_fold_96(sum);
}

/* Out: 2 a + c, not canonical. */
static inline void twice_plus(struct quintic *out, const struct quintic *a, const struct quintic *c)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_fold_96((u128)a->c[i] * 2 + c->c[i]);
}

static inline void twice(struct quintic *out, const struct quintic *a)
{
	quintic_add(out, a, a);
}

/*
 * The second half of the addition of §4.5. With x = b X/Z, and the factor b that both halves of a
 * fraction have in common left out, t7 = b s and t5 = b cross, where
 *   zz = Z1 Z2, xx = X1 X2, s = b xx + zz, cross = X1 Z2 + X2 Z1,
 *   uu = U1 U2, tt = T1 T2, mixed = U1 T2 + U2 T1.
 * cross, uu, mixed need not be canonical.
 */
static inline void finish_addition(struct ecgfp5_point *out, const struct quintic *xx,
				   const struct quintic *zz, const struct quintic *cross,
				   const struct quintic *uu, const struct quintic *tt,
				   const struct quintic *mixed)
{
	struct quintic s, t8, t9, left, right, minus;
	times_b_plus(&s, xx, zz, 1);
	quintic_canonical(&s);
	/* zz - b xx = 2 zz - s */
	quintic_sub(&minus, zz, &s);
	quintic_add(&minus, &minus, zz);
	quintic_mul(&t8, tt, &s);
	times_b_plus(&right, cross, &s, 2);
	quintic_mul(&t9, uu, &right);
	twice_plus(&left, uu, tt);
	quintic_add(&right, cross, &s);
	quintic_mul(&out->u, mixed, &minus);
	quintic_sub(&out->z, &t8, &t9);
	quintic_add(&out->t, &t8, &t9);
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		t8.c[i] = GOLDILOCKS_P - t8.c[i];
	quintic_mul_add(&out->x, &left, &right, &t8);
}

void ecgfp5_add(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		const struct ecgfp5_point *b)
{
	struct quintic xx, zz, cross, uu, tt, mixed, sum;
	quintic_mul(&xx, &a->x, &b->x);
	quintic_mul(&zz, &a->z, &b->z);
	quintic_mul(&uu, &a->u, &b->u);
	quintic_mul(&tt, &a->t, &b->t);
	quintic_add(&cross, &a->x, &a->z);
	quintic_add(&sum, &b->x, &b->z);
	quintic_mul(&cross, &cross, &sum);
	quintic_sub(&cross, &cross, &xx);
	quintic_sub(&cross, &cross, &zz);
	quintic_add(&mixed, &a->u, &a->t);
	quintic_add(&sum, &b->u, &b->t);
	quintic_mul(&mixed, &mixed, &sum);
	quintic_sub(&mixed, &mixed, &uu);
	quintic_sub(&mixed, &mixed, &tt);
	finish_addition(out, &xx, &zz, &cross, &uu, &tt, &mixed);
}

void ecgfp5_add_affine(struct ecgfp5_point *out, const struct ecgfp5_point *a,
		       const struct ecgfp5_affine *b)
{
	/* The same with Z2 = T2 = 1. */
	struct quintic xx, cross, uu, mixed;
	quintic_mul_pair_loose(&xx, &cross, &a->x, &a->z, &b->x);
	quintic_mul_pair_loose(&uu, &mixed, &a->u, &a->t, &b->u);
	finish_addition(out, &xx, &a->z, &cross, &uu, &a->t, &mixed);
}

void ecgfp5_negate(struct ecgfp5_point *out, const struct ecgfp5_point *a)
{
	*out = *a;
	quintic_neg(&out->u, &a->u);
}

/* x' = 4 b (UTZ)^2 / W^2, 1/u' = (2 (T^2 Z)^2 - 4 (UTZ)^2 - W^2) / (2 W UTZ), where
 * W = T^2 Z - 2 U^2 (b X + Z): the addition of a point to itself, with fewer products. */
static void double_once(struct ecgfp5_point *out, const struct ecgfp5_point *a)
{
	struct quintic zt, zt2, utz, w, squared, sum;
	quintic_mul(&zt, &a->z, &a->t);
	quintic_mul(&zt2, &zt, &a->t);
	quintic_mul(&utz, &zt, &a->u);
	quintic_square(&squared, &a->u);
	times_b_plus(&sum, &a->x, &a->z, 2);
	quintic_mul(&w, &sum, &squared);
	quintic_sub(&w, &zt2, &w);

	quintic_square(&squared, &utz);
	twice(&squared, &squared);
	twice(&out->x, &squared);
	quintic_square(&out->z, &w);
	quintic_mul(&utz, &w, &utz);
	twice(&out->u, &utz);
	quintic_square(&out->t, &zt2);
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
	static const struct quintic INVERSE_B = {{0, 0, 0, 0, UINT64_C(14635819755961381223)}};
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
	quintic_mul(&x, &x, &INVERSE_B);
	*out = (struct ecgfp5_point){.x = x, .z = {{1}}, .u = {{1}}, .t = *w};
	return true;
}

/* ---- combs ---- */

#define SPACING	    ECGFP5_COMB_SPACING
#define ENTRIES_MAX ECGFP5_WIDE_COMB_ENTRIES
#define TEETH_MAX   ECGFP5_WIDE_COMB_TEETH

/* Out: points[i] with Z = T = 1. One inversion for all (Montgomery's trick). */
static void to_affine(struct ecgfp5_affine *out, const struct ecgfp5_point *points, unsigned count)
{
	struct quintic before[ENTRIES_MAX], zt[ENTRIES_MAX], product = {{1}}, inverse, one;
	for (unsigned i = 0; i < count; i++) {
		before[i] = product;
		quintic_mul(&zt[i], &points[i].z, &points[i].t);
		quintic_mul(&product, &product, &zt[i]);
	}
	quintic_inverse(&inverse, &product);
	for (unsigned i = count; i-- > 0;) {
		quintic_mul(&one, &inverse, &before[i]);
		quintic_mul(&inverse, &inverse, &zt[i]);
		quintic_mul(&out[i].x, &one, &points[i].t);
		quintic_mul(&out[i].x, &out[i].x, &points[i].x);
		quintic_mul(&out[i].u, &one, &points[i].z);
		quintic_mul(&out[i].u, &out[i].u, &points[i].u);
	}
}

/* In: 2^(its first tooth's exponent) times the point. Out: that of the next block. */
static void comb_fill_block(struct ecgfp5_affine *entries, unsigned teeth,
			    struct ecgfp5_point *power)
{
	struct ecgfp5_point twofold[TEETH_MAX], sums[ENTRIES_MAX], minus;
	unsigned count = 1u << (teeth - 1);
	sums[0] = ecgfp5_neutral;
	for (unsigned i = 0; i < teeth; i++) {
		ecgfp5_negate(&minus, power);
		ecgfp5_add(&sums[0], &sums[0], i == teeth - 1 ? power : &minus);
		ecgfp5_double(&twofold[i], power, 1);
		ecgfp5_double(power, &twofold[i], SPACING - 1);
	}
	/* Turning a tooth's sign to + adds twice the tooth. */
	for (unsigned m = 1; m < count; m++)
		ecgfp5_add(&sums[m], &sums[m & (m - 1)], &twofold[__builtin_ctz(m)]);
	to_affine(entries, sums, count);
}

void ecgfp5_comb_make(struct ecgfp5_comb *comb, const struct ecgfp5_point *point)
{
	struct ecgfp5_point power = *point;
	for (int block = 0; block < ECGFP5_COMB_BLOCKS; block++)
		comb_fill_block(comb->entry[block], ECGFP5_COMB_TEETH, &power);
}

void ecgfp5_wide_comb_make(struct ecgfp5_wide_comb *comb, const struct ecgfp5_point *point)
{
	struct ecgfp5_point power = *point;
	for (int block = 0; block < ECGFP5_WIDE_COMB_BLOCKS; block++)
		comb_fill_block(comb->entry[block], ECGFP5_WIDE_COMB_TEETH, &power);
}

/* The scalar's signs as a string of bits, readable 8 bytes at a time. */
struct comb_bits {
	uint8_t byte[SCALAR_BYTES + 8];
};

/* Out: bits d with k = sum of (2 d_i - 1) 2^i over i < 320. */
static void comb_bits_of(struct comb_bits *bits, const struct scalar *k)
{
	/* 2^320 - 1 mod n */
	static const struct scalar ALL_BITS = {{
		UINT64_C(0x2fe04cd2d6e8003d),
		UINT64_C(0x2eef478c51b6bec6),
		UINT64_C(0x00000032608ff38c),
		UINT64_C(0x0000001dffffffd3),
		UINT64_C(0x00000004fffffff1),
	}};
	struct scalar d;
	scalar_add(&d, k, &ALL_BITS);
	scalar_halve(&d, &d);
	memset(bits, 0, sizeof(*bits));
	scalar_to_bytes(bits->byte, &d);
	OPENSSL_cleanse(&d, sizeof(d));
}

/* The bits of one block at one step, the first tooth's lowest. */
static inline unsigned comb_digit(const struct comb_bits *bits, unsigned teeth, unsigned block,
				  unsigned step)
{
	/* As SPACING is 8, a tooth is a byte, and a step a bit of it. The product gathers the
	 * lowest bits of eight bytes. */
	uint64_t bytes = 0;
	for (unsigned i = 8; i-- > 0;)
		bytes = bytes << 8 | bits->byte[block * teeth + i];
	uint64_t lowest = bytes >> step & UINT64_C(0x0101010101010101);
	return (unsigned)(lowest * UINT64_C(0x0102040810204080) >> 56) & ((1u << teeth) - 1);
}

/* u = mask is set ? -u : u */
static inline void negate_masked(struct quintic *u, uint64_t mask)
{
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++) {
		uint64_t negated = goldilocks_neg(u->c[i]);
		u->c[i] ^= (u->c[i] ^ negated) & mask;
	}
}

/* 16 bytes of a table at a time; an entry is five of them. */
typedef uint64_t pair __attribute__((vector_size(16)));
typedef uint32_t lanes __attribute__((vector_size(16)));

static inline pair load_pair(const struct ecgfp5_affine *entry, size_t index)
{
	pair loaded;
	memcpy(&loaded, (const char *)entry + index * sizeof(pair), sizeof(pair));
	return loaded;
}

/* Out: the comb's point for a digit; reads all entries of the block. */
static inline void comb_look_up(struct ecgfp5_affine *out, const struct ecgfp5_affine *entries,
				unsigned digit)
{
	/* The last tooth's bit is the sign; a negative sum is minus that of the complement. */
	uint32_t sign = (digit >> (ECGFP5_COMB_TEETH - 1)) - 1;
	uint32_t index = (digit ^ sign) & (ECGFP5_COMB_ENTRIES - 1);
	lanes wanted = {index, index, index, index}, m = {0};
	pair p0 = {0}, p1 = {0}, p2 = {0}, p3 = {0}, p4 = {0};
	for (size_t i = 0; i < ECGFP5_COMB_ENTRIES; i++) {
		pair mask = (pair)(m == wanted);
		p0 |= load_pair(&entries[i], 0) & mask;
		p1 |= load_pair(&entries[i], 1) & mask;
		p2 |= load_pair(&entries[i], 2) & mask;
		p3 |= load_pair(&entries[i], 3) & mask;
		p4 |= load_pair(&entries[i], 4) & mask;
		m += 1;
	}
	pair found[] = {p0, p1, p2, p3, p4};
	_Static_assert(sizeof(found) == sizeof(*out), "an entry is five pairs");
	memcpy(out, found, sizeof(*out));
	negate_masked(&out->u, (uint64_t)sign << 32 | sign);
}

static inline void from_affine(struct ecgfp5_point *out, const struct ecgfp5_affine *a)
{
	out->x = a->x;
	out->u = a->u;
	out->z = out->t = (struct quintic){{1}};
}

void ecgfp5_comb_multiply(struct ecgfp5_point *out, const struct ecgfp5_comb *comb,
			  const struct scalar *k)
{
	struct comb_bits bits;
	struct ecgfp5_affine term;
	struct ecgfp5_point sum;
	bool first = true;
	comb_bits_of(&bits, k);
	for (unsigned step = SPACING; step-- > 0;) {
		if (!first)
			double_once(&sum, &sum);
		for (unsigned block = 0; block < ECGFP5_COMB_BLOCKS; block++, first = false) {
			unsigned digit = comb_digit(&bits, ECGFP5_COMB_TEETH, block, step);
			comb_look_up(&term, comb->entry[block], digit);
			if (first)
				from_affine(&sum, &term);
			else
				ecgfp5_add_affine(&sum, &sum, &term);
		}
	}
	*out = sum;
	OPENSSL_cleanse(&bits, sizeof(bits));
	OPENSSL_cleanse(&term, sizeof(term));
	OPENSSL_cleanse(&sum, sizeof(sum));
}

struct wide_term {
	const struct ecgfp5_affine *entry;
	uint64_t negative; /* all ones or 0 */
};

static struct wide_term wide_term_vartime(const struct ecgfp5_wide_comb *comb,
					  const struct comb_bits *bits, unsigned block,
					  unsigned step)
{
	unsigned digit = comb_digit(bits, ECGFP5_WIDE_COMB_TEETH, block, step);
	uint64_t negative = (uint64_t)(digit >> (ECGFP5_WIDE_COMB_TEETH - 1)) - 1;
	unsigned index = (digit ^ (unsigned)negative) & (ECGFP5_WIDE_COMB_ENTRIES - 1);
	const struct ecgfp5_affine *entry = &comb->entry[block][index];
	/* An entry may lie across two lines of the cache. */
	__builtin_prefetch(entry);
	__builtin_prefetch(&entry->u.c[4]);
	return (struct wide_term){entry, negative};
}

void ecgfp5_wide_comb_multiply_two_vartime(struct ecgfp5_point *out,
					   const struct ecgfp5_wide_comb *first,
					   const struct scalar *k,
					   const struct ecgfp5_wide_comb *second,
					   const struct scalar *l)
{
	enum { TERMS = 2 * ECGFP5_WIDE_COMB_BLOCKS };
	struct comb_bits k_bits, l_bits;
	struct wide_term terms[TERMS];
	struct ecgfp5_point sum = ecgfp5_neutral;
	comb_bits_of(&k_bits, k);
	comb_bits_of(&l_bits, l);
	for (unsigned step = SPACING; step-- > 0;) {
		for (unsigned block = 0; block < ECGFP5_WIDE_COMB_BLOCKS; block++) {
			terms[2 * block] = wide_term_vartime(first, &k_bits, block, step);
			terms[2 * block + 1] = wide_term_vartime(second, &l_bits, block, step);
		}
		/* While the entries are on their way. */
		if (step < SPACING - 1)
			double_once(&sum, &sum);
		for (unsigned i = 0; i < TERMS; i++) {
			struct ecgfp5_affine term = *terms[i].entry;
			negate_masked(&term.u, terms[i].negative);
			ecgfp5_add_affine(&sum, &sum, &term);
		}
	}
	*out = sum;
}

/* ---- any point ---- */

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
