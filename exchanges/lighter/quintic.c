#include "exchanges/lighter/quintic.h"

/* A sum of up to five products: low + 2^128 * high. */
struct wide {
	u128 low;
	uint64_t high;
};

static inline void wide_add(struct wide *sum, uint64_t a, uint64_t b)
{
	sum->high += (uint64_t)__builtin_add_overflow(sum->low, (u128)a * b, &sum->low);
}

/* Not canonical. */
static inline uint64_t wide_reduce(const struct wide *sum)
{
	return goldilocks_fold((uint64_t)sum->low, (uint64_t)(sum->low >> 64), sum->high);
}

/* 3a for the coefficients that wrap around, below 2^64 but not canonical. */
static inline uint64_t times_three(uint64_t a)
{
	return goldilocks_fold_96((u128)a * 3);
}

static inline uint64_t sum_of_five(uint64_t start, uint64_t a0, uint64_t b0, uint64_t a1,
				   uint64_t b1, uint64_t a2, uint64_t b2, uint64_t a3, uint64_t b3,
				   uint64_t a4, uint64_t b4)
{
	struct wide sum = {.low = start};
	wide_add(&sum, a0, b0);
	wide_add(&sum, a1, b1);
	wide_add(&sum, a2, b2);
	wide_add(&sum, a3, b3);
	wide_add(&sum, a4, b4);
	return wide_reduce(&sum);
}

static inline void store(struct quintic *out, uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3,
			 uint64_t c4)
{
	out->c[0] = c0;
	out->c[1] = c1;
	out->c[2] = c2;
	out->c[3] = c3;
	out->c[4] = c4;
}

static inline void store_canonical(struct quintic *out, uint64_t c0, uint64_t c1, uint64_t c2,
				   uint64_t c3, uint64_t c4)
{
	store(out, goldilocks_canonical(c0), goldilocks_canonical(c1), goldilocks_canonical(c2),
	      goldilocks_canonical(c3), goldilocks_canonical(c4));
}

/* A factor, and three times those of its coefficients that wrap around. */
struct wrapped {
	const uint64_t *a;
	uint64_t w1, w2, w3, w4;
};

static inline struct wrapped wrap(const struct quintic *a)
{
	return (struct wrapped){a->c, times_three(a->c[1]), times_three(a->c[2]),
				times_three(a->c[3]), times_three(a->c[4])};
}

/*
 * out = f b + c. All five are held in registers until the end, because out may be an operand.
 */
typedef void store_function(struct quintic *out, uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3,
			    uint64_t c4);
static inline __attribute__((always_inline)) void multiply_add(struct quintic *out,
							       struct wrapped f, const uint64_t *b,
							       const uint64_t *c,
							       store_function *end)
{
	const uint64_t *a = f.a;
	uint64_t w1 = f.w1, w2 = f.w2, w3 = f.w3, w4 = f.w4;
	uint64_t r0 = sum_of_five(c[0], a[0], b[0], w1, b[4], w2, b[3], w3, b[2], w4, b[1]);
	uint64_t r1 = sum_of_five(c[1], a[0], b[1], a[1], b[0], w2, b[4], w3, b[3], w4, b[2]);
	uint64_t r2 = sum_of_five(c[2], a[0], b[2], a[1], b[1], a[2], b[0], w3, b[4], w4, b[3]);
	uint64_t r3 = sum_of_five(c[3], a[0], b[3], a[1], b[2], a[2], b[1], a[3], b[0], w4, b[4]);
	uint64_t r4 = sum_of_five(c[4], a[0], b[4], a[1], b[3], a[2], b[2], a[3], b[1], a[4], b[0]);
	end(out, r0, r1, r2, r3, r4);
}

static const uint64_t ZERO[5];

void quintic_mul_loose(struct quintic *out, const struct quintic *a, const struct quintic *b)
{
	multiply_add(out, wrap(a), b->c, ZERO, store);
}

void quintic_mul(struct quintic *out, const struct quintic *a, const struct quintic *b)
{
	multiply_add(out, wrap(a), b->c, ZERO, store_canonical);
}

void quintic_mul_add(struct quintic *out, const struct quintic *a, const struct quintic *b,
		     const struct quintic *c)
{
	multiply_add(out, wrap(a), b->c, c->c, store_canonical);
}

void quintic_mul_pair_loose(struct quintic *product, struct quintic *sum, const struct quintic *a0,
			    const struct quintic *a1, const struct quintic *b)
{
	struct wrapped factor = wrap(b);
	multiply_add(product, factor, a0->c, ZERO, store);
	multiply_add(sum, factor, a1->c, a0->c, store);
}

/* s s' + 2 (a a' + b b') */
static inline uint64_t sum_of_square(uint64_t s0, uint64_t s1, uint64_t a0, uint64_t a1,
				     uint64_t b0, uint64_t b1)
{
	struct wide sum = {0};
	wide_add(&sum, a0, a1);
	wide_add(&sum, b0, b1);
	sum.high *= 2;
	sum.high += (uint64_t)__builtin_add_overflow(sum.low, sum.low, &sum.low);
	wide_add(&sum, s0, s1);
	return wide_reduce(&sum);
}

void quintic_square(struct quintic *out, const struct quintic *operand)
{
	const uint64_t *a = operand->c;
	uint64_t w3 = times_three(a[3]), w4 = times_three(a[4]);
	uint64_t r0 = sum_of_square(a[0], a[0], a[1], w4, a[2], w3);
	uint64_t r1 = sum_of_square(a[3], w3, a[0], a[1], a[2], w4);
	uint64_t r2 = sum_of_square(a[1], a[1], a[0], a[2], a[3], w4);
	uint64_t r3 = sum_of_square(a[4], w4, a[0], a[3], a[1], a[2]);
	uint64_t r4 = sum_of_square(a[2], a[2], a[0], a[4], a[1], a[3]);
	store_canonical(out, r0, r1, r2, r3, r4);
}

void quintic_mul_small(struct quintic *out, const struct quintic *a, uint32_t small)
{
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_mul(a->c[i], small);
}

void quintic_frobenius(struct quintic *out, const struct quintic *a, unsigned times)
{
	/* Powers of 3^((p-1)/5), which is z^(p-1). */
	static const uint64_t POWERS[2][5] = {
		{1, UINT64_C(1041288259238279555), UINT64_C(15820824984080659046),
		 UINT64_C(211587555138949697), UINT64_C(1373043270956696022)},
		{1, UINT64_C(15820824984080659046), UINT64_C(1373043270956696022),
		 UINT64_C(1041288259238279555), UINT64_C(211587555138949697)},
	};
	const uint64_t *power = POWERS[times - 1];
	out->c[0] = a->c[0];
	for (int i = 1; i < 5; i++)
		out->c[i] = goldilocks_mul(a->c[i], power[i]);
}

/* Out: a^(p + p^2 + p^3 + p^4), and returned its product with a: the norm, which lies in GF(p). */
static uint64_t norm(struct quintic *conjugates, const struct quintic *a)
{
	struct quintic first, second;
	quintic_frobenius(&first, a, 1);
	quintic_frobenius(&second, a, 2);
	quintic_mul(&first, &first, &second);
	quintic_frobenius(&second, &first, 2);
	quintic_mul(conjugates, &first, &second);
	const uint64_t *u = conjugates->c, *c = a->c;
	return goldilocks_canonical(sum_of_five(0, c[0], u[0], times_three(c[1]), u[4],
						times_three(c[2]), u[3], times_three(c[3]), u[2],
						times_three(c[4]), u[1]));
}

void quintic_inverse(struct quintic *out, const struct quintic *a)
{
	struct quintic conjugates;
	uint64_t inverse = goldilocks_inverse(norm(&conjugates, a));
	for (int i = 0; i < 5; i++)
		out->c[i] = goldilocks_mul(conjugates.c[i], inverse);
}

uint64_t quintic_legendre(const struct quintic *a)
{
	struct quintic conjugates;
	return goldilocks_legendre(norm(&conjugates, a));
}

static void square_times(struct quintic *a, unsigned count)
{
	while (count-- > 0)
		quintic_square(a, a);
}

/* a^((p + 1) / 2) = a * (a^(2^32 - 1))^(2^31) */
static void half_power(struct quintic *out, const struct quintic *a)
{
	struct quintic ones = *a, doubled;
	for (unsigned length = 1; length < 32; length *= 2) {
		doubled = ones;
		square_times(&doubled, length);
		quintic_mul(&ones, &ones, &doubled);
	}
	square_times(&ones, 31);
	quintic_mul(out, &ones, a);
}

bool quintic_sqrt_vartime(struct quintic *root, const struct quintic *a)
{
	/* v = a^((p+1)/2), e = (v^(1 + p^2))^p: then a e^2 is the norm of a, so root = sqrt(norm) /
	 * e. */
	struct quintic v, e, other;
	uint64_t norm_root;
	if (!goldilocks_sqrt_vartime(norm(&other, a), &norm_root))
		return false;
	half_power(&v, a);
	quintic_frobenius(&other, &v, 2);
	quintic_mul(&e, &v, &other);
	quintic_frobenius(&e, &e, 1);
	quintic_inverse(&e, &e);
	for (int i = 0; i < 5; i++)
		root->c[i] = goldilocks_mul(e.c[i], norm_root);
	return true;
}

uint64_t quintic_equal(const struct quintic *a, const struct quintic *b)
{
	uint64_t difference = 0;
	for (int i = 0; i < 5; i++)
		difference |= a->c[i] ^ b->c[i];
	/* The top bit of (d | -d) is set exactly if d is not 0. */
	return ((difference | (0 - difference)) >> 63) - 1;
}

void quintic_to_bytes(uint8_t bytes[QUINTIC_BYTES], const struct quintic *a)
{
	for (int i = 0; i < QUINTIC_BYTES; i++)
		bytes[i] = (uint8_t)(a->c[i / 8] >> (8 * (i % 8)));
}

bool quintic_from_bytes(struct quintic *out, const uint8_t bytes[QUINTIC_BYTES])
{
	bool canonical = true;
	for (int i = 0; i < 5; i++) {
		uint64_t c = 0;
		for (int j = 7; j >= 0; j--)
			c = c << 8 | bytes[8 * i + j];
		canonical &= c < GOLDILOCKS_P;
		out->c[i] = c;
	}
	return canonical;
}
