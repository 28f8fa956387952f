/*
 * The arithmetic under Lighter's signatures against a second way: OpenSSL's big numbers for GF(p),
 * GF(p^5) and the scalars, the textbook chord and tangent for the curve, dense matrices for the
 * hash. Operands crowd around the ends of the ranges. Seed: FUNDARB_SEED in the environment, else a
 * fixed one.
 */
#include "core/base/random.h"
#include "exchanges/lighter/ecgfp5.h"
#include "exchanges/lighter/poseidon2.h"
#include "exchanges/lighter/poseidon2_constants.h"
#include "tests/support/effort.h"

#include <openssl/bn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20240808

static struct random randomness;
static BN_CTX *context;
static BIGNUM *prime, *order;

static int set_up(void **state)
{
	const char *given = getenv("FUNDARB_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : SEED;
	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&randomness, seed);
	context = BN_CTX_new();
	assert_non_null(context);
	assert_true(BN_dec2bn(&prime, "18446744069414584321") > 0);
	assert_true(BN_dec2bn(&order,
			      "1067993516717146951041484916571792702745057740581727230159139685185"
			      "762082554198619328292418486241") > 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	BN_free(prime);
	BN_free(order);
	BN_CTX_free(context);
	prime = order = NULL;
	return 0;
}

/* ---- operands ---- */

static uint64_t any_word(void)
{
	static const uint64_t CORNERS[] = {0,
					   UINT64_C(0xffffffff),
					   UINT64_C(0x100000000),
					   GOLDILOCKS_P,
					   GOLDILOCKS_P / 2,
					   UINT64_C(0x8000000000000000),
					   UINT64_C(0xffffffff00000000)};
	uint64_t corner = CORNERS[random_below(&randomness, sizeof(CORNERS) / sizeof(CORNERS[0]))];
	switch (random_below(&randomness, 3)) {
	case 0:
		return random_u64(&randomness);
	case 1:
		return corner + random_below(&randomness, 4);
	default:
		return corner - random_below(&randomness, 4);
	}
}

static uint64_t any_element(void)
{
	return goldilocks_canonical(any_word());
}

static struct quintic any_quintic(void)
{
	struct quintic a;
	for (int i = 0; i < 5; i++)
		a.c[i] = any_element();
	return a;
}

static struct quintic any_loose_quintic(void)
{
	struct quintic a;
	for (int i = 0; i < 5; i++)
		a.c[i] = any_word();
	return a;
}

/* Little-endian bytes, now and then near a multiple of n or full of ones. */
static void any_bytes(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)random_u64(&randomness);
	if (random_below(&randomness, 3) == 0)
		memset(bytes + random_below(&randomness, size), 0xff, 1);
	if (random_below(&randomness, 4) == 0) {
		size_t from = random_below(&randomness, size);
		memset(bytes + from, random_below(&randomness, 2) ? 0xff : 0, size - from);
	}
	if (random_below(&randomness, 4) == 0) {
		uint8_t multiple[SCALAR_BYTES];
		BIGNUM *near = BN_dup(order);
		assert_true(BN_mul_word(near, 1 + random_below(&randomness, 2)) &&
			    BN_sub_word(near, random_below(&randomness, 3)));
		assert_true(BN_bn2lebinpad(near, multiple, sizeof(multiple)) > 0);
		memcpy(bytes, multiple, size < sizeof(multiple) ? size : sizeof(multiple));
		BN_free(near);
	}
}

static struct scalar any_scalar(void)
{
	uint8_t bytes[SCALAR_BYTES];
	struct scalar a;
	any_bytes(bytes, sizeof(bytes));
	scalar_from_bytes(&a, bytes);
	return a;
}

/* ---- big numbers ---- */

static BIGNUM *number(uint64_t word)
{
	BIGNUM *value = BN_new();
	assert_true(value != NULL && BN_set_word(value, word));
	return value;
}

static BIGNUM *number_of(const struct scalar *a)
{
	uint8_t bytes[SCALAR_BYTES];
	scalar_to_bytes(bytes, a);
	return BN_lebin2bn(bytes, sizeof(bytes), NULL);
}

/* Takes value; asserts that it mod p is made, which is canonical. */
static void assert_element(uint64_t made, BIGNUM *value)
{
	BIGNUM *rest = BN_new();
	assert_true(BN_nnmod(rest, value, prime, context));
	assert_int_equal(made, BN_get_word(rest));
	BN_free(rest);
	BN_free(value);
}

static void assert_congruent(uint64_t made, BIGNUM *value)
{
	assert_element(goldilocks_canonical(made), value);
}

static void assert_scalar(const struct scalar *made, BIGNUM *value)
{
	BIGNUM *rest = BN_new(), *as_number = number_of(made);
	assert_true(BN_nnmod(rest, value, order, context));
	assert_true(BN_cmp(rest, as_number) == 0);
	BN_free(rest);
	BN_free(as_number);
	BN_free(value);
}

static BIGNUM *sum_of(BIGNUM *a, BIGNUM *b)
{
	assert_true(BN_add(a, a, b));
	BN_free(b);
	return a;
}

static BIGNUM *difference_of(BIGNUM *a, BIGNUM *b)
{
	assert_true(BN_sub(a, a, b));
	BN_free(b);
	return a;
}

static BIGNUM *product_of(BIGNUM *a, BIGNUM *b)
{
	assert_true(BN_mul(a, a, b, context));
	BN_free(b);
	return a;
}

/* ---- GF(p) ---- */

static void elements_compute_as_big_numbers(void **state)
{
	(void)state;
	for (unsigned i = effort(20000, "pairs of GF(p)"); i > 0; i--) {
		uint64_t a = any_element(), b = any_element(), loose = any_word();
		assert_element(goldilocks_add(a, b), sum_of(number(a), number(b)));
		assert_element(goldilocks_sub(a, b), difference_of(number(a), number(b)));
		assert_element(goldilocks_neg(a), difference_of(number(0), number(a)));
		assert_element(goldilocks_mul(a, loose), product_of(number(a), number(loose)));
		/* The first operand may be loose. */
		assert_congruent(goldilocks_add(loose, b), sum_of(number(loose), number(b)));
		assert_congruent(goldilocks_sub(loose, b), difference_of(number(loose), number(b)));
		assert_element(goldilocks_canonical(loose), number(loose));
	}
}

static void both_reductions_agree_and_are_right(void **state)
{
	(void)state;
	for (unsigned i = effort(20000, "reductions"); i > 0; i--) {
		uint64_t low = any_word(), middle = any_word(), high = any_word() >> 33;
		uint64_t above = any_word() >> 1, spread = any_word();
		if (spread > UINT64_MAX - UINT64_C(0x1ffffffff))
			spread >>= 1;
		assert_int_equal(goldilocks_combine(low, above, spread),
				 goldilocks_combine_portable(low, above, spread));
		BIGNUM *value = number(high);
		assert_true(BN_lshift(value, value, 64));
		value = sum_of(value, number(middle));
		assert_true(BN_lshift(value, value, 64));
		assert_congruent(goldilocks_fold(low, middle, high), sum_of(value, number(low)));
		value = number(middle >> 32);
		assert_true(BN_lshift(value, value, 64));
		assert_congruent(goldilocks_fold_96((u128)(middle >> 32) << 64 | low),
				 sum_of(value, number(low)));
	}
}

static void inverse_root_and_character_fit_together(void **state)
{
	(void)state;
	BIGNUM *half = BN_dup(prime);
	assert_true(BN_rshift1(half, half));
	for (unsigned i = effort(2000, "elements of GF(p)"); i > 0; i--) {
		uint64_t a = any_element(), root;
		assert_int_equal(goldilocks_mul(goldilocks_inverse(a), a), a != 0);
		BIGNUM *power = BN_new(), *base = number(a);
		assert_true(BN_mod_exp(power, base, half, prime, context));
		assert_int_equal(goldilocks_legendre(a), BN_get_word(power));
		if (goldilocks_sqrt_vartime(a, &root))
			assert_int_equal(goldilocks_mul(root, root), a);
		else
			assert_int_equal(goldilocks_legendre(a), GOLDILOCKS_P - 1);
		BN_free(power);
		BN_free(base);
	}
	BN_free(half);
}

/* ---- GF(p^5) ---- */

/* a b + c, coefficient by coefficient, with z^5 = 3. */
static void assert_product(const struct quintic *made, const struct quintic *a,
			   const struct quintic *b, const struct quintic *c)
{
	for (int k = 0; k < 5; k++) {
		BIGNUM *sum = number(c != NULL ? c->c[k] : 0);
		for (int i = 0; i < 5; i++) {
			int j = (k - i + 5) % 5;
			BIGNUM *product = product_of(number(a->c[i]), number(b->c[j]));
			if (i + j >= 5)
				product = product_of(product, number(3));
			sum = sum_of(sum, product);
		}
		assert_congruent(made->c[k], sum);
	}
}

static void assert_canonical(const struct quintic *a)
{
	for (int i = 0; i < 5; i++)
		assert_true(a->c[i] < GOLDILOCKS_P);
}

static void quintic_products_are_those_of_polynomials(void **state)
{
	(void)state;
	for (unsigned i = effort(1500, "products of GF(p^5)"); i > 0; i--) {
		struct quintic a = any_loose_quintic(), b = any_loose_quintic();
		struct quintic c = any_loose_quintic(), made, more;
		quintic_mul(&made, &a, &b);
		assert_product(&made, &a, &b, NULL);
		assert_canonical(&made);
		quintic_mul_loose(&made, &a, &b);
		assert_product(&made, &a, &b, NULL);
		quintic_mul_add(&made, &a, &b, &c);
		assert_product(&made, &a, &b, &c);
		assert_canonical(&made);
		quintic_mul_pair_loose(&made, &more, &a, &c, &b);
		assert_product(&made, &a, &b, NULL);
		assert_product(&more, &c, &b, &a);
		quintic_square(&made, &a);
		assert_product(&made, &a, &a, NULL);
		assert_canonical(&made);
		made = a; /* over its operands */
		quintic_mul(&made, &made, &made);
		assert_product(&made, &a, &a, NULL);
	}
}

static void quintic_inverse_root_and_frobenius_hold_their_definitions(void **state)
{
	static const struct quintic ONE = {{1}};
	(void)state;
	for (unsigned i = effort(300, "elements of GF(p^5)"); i > 0; i--) {
		struct quintic a = any_quintic(), made, power = ONE, root;
		if (i % 7 == 0)
			memset(a.c, 0, random_below(&randomness, 6) * sizeof(a.c[0]));
		quintic_inverse(&made, &a);
		quintic_mul(&made, &made, &a);
		assert_true(quintic_is_zero(&a) ? quintic_is_zero(&made)
						: quintic_equal(&made, &ONE));
		for (int bit = 63; bit >= 0; bit--) {
			quintic_square(&power, &power);
			if (GOLDILOCKS_P >> bit & 1)
				quintic_mul(&power, &power, &a);
		}
		quintic_frobenius(&made, &a, 1);
		assert_true(quintic_equal(&made, &power));
		quintic_frobenius(&power, &made, 1);
		quintic_frobenius(&made, &a, 2);
		assert_true(quintic_equal(&made, &power));

		bool square = quintic_sqrt_vartime(&root, &a);
		assert_int_equal(square, quintic_legendre(&a) <= 1);
		if (square) {
			quintic_square(&made, &root);
			assert_true(quintic_equal(&made, &a));
		}
		quintic_square(&made, &a);
		assert_true(quintic_sqrt_vartime(&root, &made));
		quintic_neg(&made, &root);
		assert_true(quintic_equal(&root, &a) || quintic_equal(&made, &a));
	}
}

static void bytes_of_elements_are_canonical_or_refused(void **state)
{
	(void)state;
	for (unsigned i = effort(2000, "byte strings"); i > 0; i--) {
		struct quintic a = any_loose_quintic(), again;
		uint8_t bytes[QUINTIC_BYTES];
		bool canonical = true;
		for (int j = 0; j < 5; j++)
			canonical &= a.c[j] < GOLDILOCKS_P;
		quintic_to_bytes(bytes, &a);
		assert_int_equal(quintic_from_bytes(&again, bytes), canonical);
		assert_true(!canonical || quintic_equal(&a, &again));
	}
}

/* ---- scalars ---- */

static void scalars_compute_as_big_numbers(void **state)
{
	(void)state;
	for (unsigned i = effort(10000, "pairs of scalars"); i > 0; i--) {
		struct scalar a = any_scalar(), b = any_scalar(), made;
		scalar_add(&made, &a, &b);
		assert_scalar(&made, sum_of(number_of(&a), number_of(&b)));
		scalar_sub(&made, &a, &b);
		assert_scalar(&made, difference_of(number_of(&a), number_of(&b)));
		scalar_mul(&made, &a, &b);
		assert_scalar(&made, product_of(number_of(&a), number_of(&b)));
		scalar_halve(&made, &a);
		scalar_add(&made, &made, &made);
		assert_memory_equal(&made, &a, sizeof(a));
		made = a; /* over its operands */
		scalar_mul(&made, &made, &made);
		assert_scalar(&made, product_of(number_of(&a), number_of(&a)));
		scalar_sub(&made, &a, &a);
		assert_true(scalar_is_zero(&made));
		assert_int_equal(scalar_is_zero(&a) != 0, memcmp(&a, &made, sizeof(a)) == 0);
	}
}

static void bytes_and_digits_are_reduced_mod_n(void **state)
{
	(void)state;
	for (unsigned i = effort(10000, "byte strings mod n"); i > 0; i--) {
		uint8_t bytes[64];
		char hex[129];
		struct scalar made, from_hex;
		any_bytes(bytes, sizeof(bytes));
		scalar_from_hash(&made, bytes);
		assert_scalar(&made, BN_lebin2bn(bytes, 64, NULL));
		uint64_t below = scalar_from_bytes(&made, bytes);
		BIGNUM *value = BN_lebin2bn(bytes, SCALAR_BYTES, NULL);
		assert_int_equal(below, BN_cmp(value, order) < 0 ? UINT64_MAX : 0);
		assert_scalar(&made, value);
		for (int j = 0; j < SCALAR_BYTES; j++)
			snprintf(hex + 2 * j, 3, i % 2 ? "%02x" : "%02X", bytes[j]);
		assert_true(scalar_from_hex(&from_hex, hex) == UINT64_MAX);
		assert_memory_equal(&made, &from_hex, sizeof(made));
	}
}

static void every_byte_but_22_is_no_hex_digit(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (unsigned at = 0; at < 80; at += 79) {
			char hex[81];
			struct scalar made;
			memset(hex, '1', 80);
			hex[at] = (char)c;
			bool is_digit = c != 0 && strchr("0123456789abcdefABCDEF", (int)c) != NULL;
			assert_int_equal(scalar_from_hex(&made, hex), is_digit ? UINT64_MAX : 0);
			assert_true(is_digit || scalar_is_zero(&made));
		}
}

/* ---- curve ---- */

/* A point by its x and y on y^2 = x (x^2 + 2x + 263z); the group's neutral is (0, 0). */
struct textbook {
	struct quintic x, y;
	bool infinite;
};

static struct textbook textbook_of(const struct ecgfp5_point *point)
{
	static const struct quintic B = {{0, 263}};
	struct textbook made = {.infinite = false};
	struct quintic inverse, w;
	quintic_inverse(&inverse, &point->z);
	quintic_mul(&made.x, &point->x, &inverse);
	quintic_mul(&made.x, &made.x, &B);
	ecgfp5_encode(&w, point);
	quintic_mul(&made.y, &made.x, &w); /* y = x / u */
	return made;
}

/* The curve's own law: chord and tangent. */
static struct textbook chord_and_tangent(const struct textbook *p, const struct textbook *q)
{
	static const struct quintic TWO = {{2}}, B = {{0, 263}};
	struct textbook sum = {.infinite = false};
	struct quintic rise, run, slope, negated;
	if (p->infinite)
		return *q;
	if (q->infinite)
		return *p;
	quintic_neg(&negated, &q->y);
	if (quintic_equal(&p->x, &q->x) && quintic_equal(&p->y, &negated))
		return (struct textbook){.infinite = true};
	if (quintic_equal(&p->x, &q->x)) {
		/* (3 x^2 + 4 x + b) / 2 y */
		quintic_square(&rise, &p->x);
		quintic_mul_small(&rise, &rise, 3);
		quintic_mul_small(&run, &p->x, 4);
		quintic_add(&rise, &rise, &run);
		quintic_add(&rise, &rise, &B);
		quintic_add(&run, &p->y, &p->y);
	} else {
		quintic_sub(&rise, &q->y, &p->y);
		quintic_sub(&run, &q->x, &p->x);
	}
	quintic_inverse(&run, &run);
	quintic_mul(&slope, &rise, &run);
	quintic_square(&sum.x, &slope);
	quintic_sub(&sum.x, &sum.x, &TWO);
	quintic_sub(&sum.x, &sum.x, &p->x);
	quintic_sub(&sum.x, &sum.x, &q->x);
	quintic_sub(&run, &p->x, &sum.x);
	quintic_mul(&sum.y, &slope, &run);
	quintic_sub(&sum.y, &sum.y, &p->y);
	return sum;
}

/* P (+) Q = P + Q + N */
static void assert_sum(const struct ecgfp5_point *made, const struct ecgfp5_point *a,
		       const struct ecgfp5_point *b)
{
	static const struct textbook N = {.infinite = false};
	struct textbook p = textbook_of(a), q = textbook_of(b);
	struct textbook sum = chord_and_tangent(&p, &q), got = textbook_of(made);
	sum = chord_and_tangent(&sum, &N);
	assert_false(sum.infinite);
	assert_true(quintic_equal(&sum.x, &got.x) && quintic_equal(&sum.y, &got.y));
}

static struct ecgfp5_point any_point(void)
{
	struct scalar k = any_scalar();
	struct ecgfp5_point point;
	ecgfp5_comb_multiply(&point, &ecgfp5_generator_comb, &k);
	return point;
}

static void sums_of_points_are_those_of_chord_and_tangent(void **state)
{
	(void)state;
	for (unsigned i = effort(200, "sums of points"); i > 0; i--) {
		struct ecgfp5_point a = any_point(), b = any_point(), made, negated;
		switch (i % 5) {
		case 0:
			b = a;
			break;
		case 1:
			b = ecgfp5_neutral;
			break;
		case 2:
			ecgfp5_negate(&b, &a);
			break;
		default:
			break;
		}
		ecgfp5_add(&made, &a, &b);
		assert_sum(&made, &a, &b);
		ecgfp5_add(&made, &b, &a);
		assert_sum(&made, &a, &b);
		ecgfp5_double(&made, &a, 1);
		assert_sum(&made, &a, &a);
		ecgfp5_negate(&negated, &a);
		ecgfp5_add(&made, &a, &negated);
		assert_true(ecgfp5_equal(&made, &ecgfp5_neutral));
	}
}

static void neutral_is_neutral_in_every_formula(void **state)
{
	(void)state;
	const struct ecgfp5_point *neutral = &ecgfp5_neutral;
	struct ecgfp5_point made;
	struct ecgfp5_affine affine = {.x = {{0}}, .u = {{0}}};
	struct quintic w;
	ecgfp5_add(&made, neutral, neutral);
	assert_true(ecgfp5_equal(&made, neutral));
	ecgfp5_double(&made, neutral, 3);
	assert_true(ecgfp5_equal(&made, neutral));
	ecgfp5_add_affine(&made, &ecgfp5_generator, &affine);
	assert_true(ecgfp5_equal(&made, &ecgfp5_generator));
	ecgfp5_add_affine(&made, neutral, &affine);
	assert_true(ecgfp5_equal(&made, neutral));
	ecgfp5_encode(&w, neutral);
	assert_true(quintic_is_zero(&w));
	assert_true(ecgfp5_decode_vartime(&made, &w) && ecgfp5_equal(&made, neutral));
	assert_false(ecgfp5_equal(neutral, &ecgfp5_generator));
}

static void double_and_add(struct ecgfp5_point *out, const struct ecgfp5_point *point,
			   const struct scalar *k)
{
	*out = ecgfp5_neutral;
	for (unsigned i = 320; i-- > 0;) {
		ecgfp5_add(out, out, out);
		if (scalar_bit(k, i))
			ecgfp5_add(out, out, point);
	}
}

static void every_way_to_multiply_gives_the_same_point(void **state)
{
	static struct ecgfp5_wide_comb wide_g, wide_q;
	static struct ecgfp5_comb comb_q;
	static const struct scalar ZERO = {{0}}, ONE = {{1}};
	struct scalar minus_one;
	(void)state;
	struct ecgfp5_point q = any_point();
	ecgfp5_comb_make(&comb_q, &q);
	ecgfp5_wide_comb_make(&wide_g, &ecgfp5_generator);
	ecgfp5_wide_comb_make(&wide_q, &q);
	scalar_sub(&minus_one, &ZERO, &ONE);
	for (unsigned i = effort(60, "multiplications of points"); i > 0; i--) {
		struct scalar k = any_scalar(), l = any_scalar();
		struct ecgfp5_point plain, other, both;
		if (i <= 3)
			k = (const struct scalar[]){ZERO, ONE, minus_one}[i - 1];
		double_and_add(&plain, &q, &k);
		ecgfp5_comb_multiply(&other, &comb_q, &k);
		assert_true(ecgfp5_equal(&plain, &other));
		ecgfp5_multiply_vartime(&other, &q, &k);
		assert_true(ecgfp5_equal(&plain, &other));
		double_and_add(&other, &ecgfp5_generator, &l);
		ecgfp5_add(&plain, &plain, &other);
		ecgfp5_wide_comb_multiply_two_vartime(&both, &wide_g, &l, &wide_q, &k);
		assert_true(ecgfp5_equal(&plain, &both));
	}
}

static void order_of_the_generator_is_n(void **state)
{
	static const struct scalar ONE = {{1}};
	struct scalar minus_one;
	struct ecgfp5_point point;
	(void)state;
	scalar_sub(&minus_one, &(struct scalar){{0}}, &ONE);
	double_and_add(&point, &ecgfp5_generator, &minus_one);
	assert_false(ecgfp5_equal(&point, &ecgfp5_neutral));
	ecgfp5_add(&point, &point, &ecgfp5_generator);
	assert_true(ecgfp5_equal(&point, &ecgfp5_neutral));
}

static void the_table_written_down_is_the_one_computed(void **state)
{
	static struct ecgfp5_comb made;
	(void)state;
	ecgfp5_comb_make(&made, &ecgfp5_generator);
	assert_memory_equal(&made, &ecgfp5_generator_comb, sizeof(made));
}

static void encodings_decode_to_the_same_point_or_not_at_all(void **state)
{
	unsigned decoded = 0, rounds = effort(400, "decodings");
	(void)state;
	for (unsigned i = rounds; i > 0; i--) {
		struct ecgfp5_point point = any_point(), again;
		struct quintic w, w_again;
		ecgfp5_encode(&w, &point);
		assert_true(ecgfp5_decode_vartime(&again, &w));
		assert_true(ecgfp5_equal(&point, &again));
		ecgfp5_add(&again, &again, &point);
		assert_sum(&again, &point, &point);
		/* Of arbitrary elements about a half are encodings. */
		w = any_quintic();
		if (!ecgfp5_decode_vartime(&again, &w))
			continue;
		decoded++;
		ecgfp5_encode(&w_again, &again);
		assert_true(quintic_equal(&w, &w_again));
	}
	assert_true(rounds < 20 || (decoded > rounds / 4 && decoded < rounds - rounds / 4));
}

/* ---- hash ---- */

static void multiply_dense(uint64_t state[12], const uint64_t matrix[12][12])
{
	uint64_t made[12] = {0};
	for (int i = 0; i < 12; i++)
		for (int j = 0; j < 12; j++)
			made[i] = goldilocks_add(made[i], goldilocks_mul(matrix[i][j], state[j]));
	memcpy(state, made, sizeof(made));
}

static uint64_t seventh_power(uint64_t a)
{
	uint64_t made = a;
	for (int i = 0; i < 6; i++)
		made = goldilocks_mul(made, a);
	return made;
}

static void permutation_is_that_of_its_dense_matrices(void **state)
{
	static const uint64_t BLOCK[4][4] = {
		{2, 3, 1, 1}, {1, 2, 3, 1}, {1, 1, 2, 3}, {3, 1, 1, 2}};
	uint64_t external[12][12], internal[12][12];
	(void)state;
	for (int i = 0; i < 12; i++)
		for (int j = 0; j < 12; j++) {
			external[i][j] = BLOCK[i % 4][j % 4] * (i / 4 == j / 4 ? 2 : 1);
			internal[i][j] = i == j ? goldilocks_add(poseidon2_diagonal[i], 1) : 1;
		}
	for (unsigned n = effort(100, "permutations"); n > 0; n--) {
		uint64_t plain[12], made[12];
		for (int i = 0; i < 12; i++) {
			made[i] = any_word();
			plain[i] = goldilocks_canonical(made[i]);
		}
		multiply_dense(plain, external);
		for (int round = 0; round < 8 + 22; round++) {
			bool partial = round >= 4 && round < 26;
			const uint64_t *constants =
				partial ? &poseidon2_partial_constants[round - 4]
					: poseidon2_full_constants[round < 4 ? round : round - 22];
			for (int i = 0; i < (partial ? 1 : 12); i++)
				plain[i] = seventh_power(goldilocks_add(plain[i], constants[i]));
			multiply_dense(plain, partial ? internal : external);
		}
		poseidon2_permute(made);
		assert_memory_equal(made, plain, sizeof(made));
	}
}

static void sponge_overwrites_and_pads_nothing(void **state)
{
	uint64_t elements[20], out[20], by_hand[12] = {0};
	(void)state;
	for (int i = 0; i < 20; i++)
		elements[i] = any_word();
	poseidon2_hash(elements, 11, out, 20);
	memcpy(by_hand, elements, 8 * sizeof(*by_hand));
	poseidon2_permute(by_hand);
	memcpy(by_hand, elements + 8, 3 * sizeof(*by_hand));
	for (int at = 0; at < 20; at += 8) {
		poseidon2_permute(by_hand);
		assert_memory_equal(out + at, by_hand,
				    (size_t)(at < 16 ? 8 : 4) * sizeof(*by_hand));
	}
	poseidon2_hash(elements, 0, out, 5);
	assert_memory_equal(out, ((const uint64_t[5]){0}), 5 * sizeof(*out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_compute_as_big_numbers),
		cmocka_unit_test(both_reductions_agree_and_are_right),
		cmocka_unit_test(inverse_root_and_character_fit_together),
		cmocka_unit_test(quintic_products_are_those_of_polynomials),
		cmocka_unit_test(quintic_inverse_root_and_frobenius_hold_their_definitions),
		cmocka_unit_test(bytes_of_elements_are_canonical_or_refused),
		cmocka_unit_test(scalars_compute_as_big_numbers),
		cmocka_unit_test(bytes_and_digits_are_reduced_mod_n),
		cmocka_unit_test(every_byte_but_22_is_no_hex_digit),
		cmocka_unit_test(sums_of_points_are_those_of_chord_and_tangent),
		cmocka_unit_test(neutral_is_neutral_in_every_formula),
		cmocka_unit_test(every_way_to_multiply_gives_the_same_point),
		cmocka_unit_test(order_of_the_generator_is_n),
		cmocka_unit_test(the_table_written_down_is_the_one_computed),
		cmocka_unit_test(encodings_decode_to_the_same_point_or_not_at_all),
		cmocka_unit_test(permutation_is_that_of_its_dense_matrices),
		cmocka_unit_test(sponge_overwrites_and_pads_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
