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

static inline uint64_t wide_reduce(const struct wide *sum)
{
	u128 high = (u128)sum->high << 64 | (uint64_t)(sum->low >> 64);
	return goldilocks_canonical(goldilocks_fold((uint64_t)sum->low, high));
}

/* 3a for the coefficients that wrap around, below 2^64 but not canonical. */
static inline uint64_t times_three(uint64_t a)
{
	return goldilocks_fold_128((u128)a * 3);
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

static inline void multiply_add(struct quintic *out, const uint64_t *a, const uint64_t *b,
				const uint64_t *c)
{
	/* Coefficients of the product beyond z^4 come back three times as large. */
	uint64_t w1 = times_three(a[1]), w2 = times_three(a[2]);
	uint64_t w3 = times_three(a[3]), w4 = times_three(a[4]);
	struct quintic r = {{
		sum_of_five(c[0], a[0], b[0], w1, b[4], w2, b[3], w3, b[2], w4, b[1]),
		sum_of_five(c[1], a[0], b[1], a[1], b[0], w2, b[4], w3, b[3], w4, b[2]),
		sum_of_five(c[2], a[0], b[2], a[1], b[1], a[2], b[0], w3, b[4], w4, b[3]),
		sum_of_five(c[3], a[0], b[3], a[1], b[2], a[2], b[1], a[3], b[0], w4, b[4]),
		sum_of_five(c[4], a[0], b[4], a[1], b[3], a[2], b[2], a[3], b[1], a[4], b[0]),
	}};
	*out = r;
}

void quintic_mul(struct quintic *out, const struct quintic *a, const struct quintic *b)
{
	static const uint64_t ZERO[5] = {0};
	multiply_add(out, a->c, b->c, ZERO);
}

void quintic_mul_add(struct quintic *out, const struct quintic *a, const struct quintic *b,
		     const struct quintic *c)
{
	multiply_add(out, a->c, b->c, c->c);
}

static inline uint64_t sum_of_three(uint64_t a0, uint64_t b0, uint64_t a1, uint64_t b1, uint64_t a2,
				    uint64_t b2)
{
	struct wide sum = {0};
	wide_add(&sum, a0, b0);
	wide_add(&sum, a1, b1);
	wide_add(&sum, a2, b2);
	return wide_reduce(&sum);
}

void quintic_square(struct quintic *out, const struct quintic *operand)
{
	const uint64_t *a = operand->c;
	uint64_t d0 = goldilocks_add(a[0], a[0]), d1 = goldilocks_add(a[1], a[1]);
	uint64_t w3 = times_three(a[3]), w4 = times_three(a[4]);
	uint64_t d2 = goldilocks_add(a[2], a[2]), v3 = goldilocks_fold_128((u128)w3 * 2);
	struct quintic r = {{
		sum_of_three(a[0], a[0], d1, w4, d2, w3),
		sum_of_three(d0, a[1], d2, w4, a[3], w3),
		sum_of_three(d0, a[2], a[1], a[1], v3, a[4]),
		sum_of_three(d0, a[3], d1, a[2], a[4], w4),
		sum_of_three(d0, a[4], d1, a[3], a[2], a[2]),
	}};
	*out = r;
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
	return sum_of_five(0, c[0], u[0], times_three(c[1]), u[4], times_three(c[2]), u[3],
			   times_three(c[3]), u[2], times_three(c[4]), u[1]);
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
