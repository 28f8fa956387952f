#include "exchanges/lighter/scalar.h"

#include "core/base/int128.h"

#include <openssl/crypto.h>

#define LIMBS SCALAR_LIMBS

static const struct scalar ORDER = {{
	UINT64_C(0xe80fd996948bffe1),
	UINT64_C(0xe8885c39d724a09c),
	UINT64_C(0x7fffffe6cfb80639),
	UINT64_C(0x7ffffff100000016),
	UINT64_C(0x7ffffffd80000007),
}};
/* -1 / n mod 2^64 */
#define ORDER_NEGATIVE_INVERSE UINT64_C(0xd78bef72057b7bdf)
/* 2^640 mod n: a Montgomery product with it multiplies by 2^320. */
static const struct scalar SQUARED_RADIX = {{
	UINT64_C(0xa01001dce33dc739),
	UINT64_C(0x6c3228d33f62accf),
	UINT64_C(0xd1d796cc91cf8525),
	UINT64_C(0xaadfff5d1574c1d8),
	UINT64_C(0x4aca13b28ca251f5),
}};

/* In: bit 0 or 1. Out: all zeros or all ones. */
static inline uint64_t mask_of(uint64_t bit)
{
	uint64_t mask = 0 - bit;
	/* The compiler must not see that there are two cases only, or it may branch after all. */
	__asm__("" : "+r"(mask));
	return mask;
}

/* out = a + (b where mask is set); the carry is returned. */
static uint64_t add_masked(uint64_t *out, const uint64_t *a, const uint64_t *b, uint64_t mask)
{
	u128 carry = 0;
	for (int i = 0; i < LIMBS; i++) {
		carry += (u128)a[i] + (b[i] & mask);
		out[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return (uint64_t)carry;
}

/* out = a - b; the borrow, 0 or 1, is returned. */
static uint64_t subtract(uint64_t *out, const uint64_t *a, const uint64_t *b)
{
	uint64_t borrow = 0;
	for (int i = 0; i < LIMBS; i++) {
		u128 difference = (u128)a[i] - b[i] - borrow;
		out[i] = (uint64_t)difference;
		borrow = (uint64_t)(difference >> 64) & 1;
	}
	return borrow;
}

/* In: a + 2^320 * above, below 2n. Out: it mod n. Returned: all ones if nothing was subtracted. */
static uint64_t reduce_once(uint64_t *a, uint64_t above)
{
	uint64_t reduced[LIMBS];
	uint64_t borrow = subtract(reduced, a, ORDER.limb);
	uint64_t keep = mask_of(borrow & (above ^ 1));
	for (int i = 0; i < LIMBS; i++)
		a[i] = (a[i] & keep) | (reduced[i] & ~keep);
	OPENSSL_cleanse(reduced, sizeof(reduced));
	return keep;
}

/* In: a below 2^320, b below n. Out: a * b / 2^320 mod n. */
static void montgomery_mul(struct scalar *out, const uint64_t *a, const uint64_t *b)
{
	uint64_t sum[LIMBS + 1] = {0};
	for (int i = 0; i < LIMBS; i++) {
		u128 carry = 0;
		for (int j = 0; j < LIMBS; j++) {
			carry += (u128)a[i] * b[j] + sum[j];
			sum[j] = (uint64_t)carry;
			carry >>= 64;
		}
		u128 top = carry + sum[LIMBS];
		uint64_t factor = sum[0] * ORDER_NEGATIVE_INVERSE;
		carry = ((u128)factor * ORDER.limb[0] + sum[0]) >> 64;
		for (int j = 1; j < LIMBS; j++) {
			carry += (u128)factor * ORDER.limb[j] + sum[j];
			sum[j - 1] = (uint64_t)carry;
			carry >>= 64;
		}
		top += carry;
		sum[LIMBS - 1] = (uint64_t)top;
		sum[LIMBS] = (uint64_t)(top >> 64);
	}
	/* Below 2n, as a < 2^320 and b < n. */
	reduce_once(sum, sum[LIMBS]);
	for (int i = 0; i < LIMBS; i++)
		out->limb[i] = sum[i];
	OPENSSL_cleanse(sum, sizeof(sum));
}

static uint64_t load_limb(const uint8_t *bytes)
{
	uint64_t limb = 0;
	for (int i = 7; i >= 0; i--)
		limb = limb << 8 | bytes[i];
	return limb;
}

uint64_t scalar_from_bytes(struct scalar *out, const uint8_t bytes[SCALAR_BYTES])
{
	for (int i = 0; i < LIMBS; i++)
		out->limb[i] = load_limb(bytes + 8 * i);
	/* 2^320 < 3n: two subtractions reach any value. */
	uint64_t was_below = reduce_once(out->limb, 0);
	reduce_once(out->limb, 0);
	return was_below;
}

void scalar_from_hash(struct scalar *out, const uint8_t bytes[64])
{
	/* low + 2^320 * high */
	uint8_t padded[SCALAR_BYTES] = {0};
	struct scalar low, high;
	for (int i = 0; i < 24; i++)
		padded[i] = bytes[SCALAR_BYTES + i];
	scalar_from_bytes(&low, bytes);
	scalar_from_bytes(&high, padded);
	montgomery_mul(&high, high.limb, SQUARED_RADIX.limb);
	scalar_add(out, &low, &high);
	OPENSSL_cleanse(padded, sizeof(padded));
	OPENSSL_cleanse(&low, sizeof(low));
	OPENSSL_cleanse(&high, sizeof(high));
}

/* All ones if low <= value <= high, each below 2^31. */
static uint32_t within(uint32_t value, uint32_t low, uint32_t high)
{
	return (((value - low) | (high - value)) >> 31) - 1;
}

/* 0..15; a character that is no hex digit clears *valid. */
static uint8_t hex_value(char digit, uint32_t *valid)
{
	uint32_t c = (uint8_t)digit;
	uint32_t decimal = within(c, '0', '9'), lower = within(c, 'a', 'f');
	uint32_t upper = within(c, 'A', 'F');
	*valid &= decimal | lower | upper;
	return (uint8_t)((decimal & (c - '0')) | (lower & (c - 'a' + 10)) |
			 (upper & (c - 'A' + 10)));
}

uint64_t scalar_from_hex(struct scalar *out, const char digits[2 * SCALAR_BYTES])
{
	uint8_t bytes[SCALAR_BYTES];
	uint32_t valid = UINT32_MAX;
	for (int i = 0; i < SCALAR_BYTES; i++) {
		uint8_t high = hex_value(digits[2 * i], &valid);
		uint8_t low = hex_value(digits[2 * i + 1], &valid);
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	scalar_from_bytes(out, bytes);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	uint64_t mask = (uint64_t)valid << 32 | valid;
	for (int i = 0; i < LIMBS; i++)
		out->limb[i] &= mask;
	return mask;
}

void scalar_to_bytes(uint8_t bytes[SCALAR_BYTES], const struct scalar *a)
{
	for (int i = 0; i < SCALAR_BYTES; i++)
		bytes[i] = (uint8_t)(a->limb[i / 8] >> (8 * (i % 8)));
}

void scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	uint64_t carry = add_masked(out->limb, a->limb, b->limb, UINT64_MAX);
	reduce_once(out->limb, carry);
}

void scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	uint64_t borrow = subtract(out->limb, a->limb, b->limb);
	add_masked(out->limb, out->limb, ORDER.limb, mask_of(borrow));
}

void scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	struct scalar product;
	montgomery_mul(&product, a->limb, b->limb);
	montgomery_mul(out, product.limb, SQUARED_RADIX.limb);
	OPENSSL_cleanse(&product, sizeof(product));
}

void scalar_halve(struct scalar *out, const struct scalar *a)
{
	/* n is odd: an odd a becomes even by adding it. */
	uint64_t above = add_masked(out->limb, a->limb, ORDER.limb, mask_of(a->limb[0] & 1));
	for (int i = 0; i < LIMBS - 1; i++)
		out->limb[i] = out->limb[i] >> 1 | out->limb[i + 1] << 63;
	out->limb[LIMBS - 1] = out->limb[LIMBS - 1] >> 1 | above << 63;
}

uint64_t scalar_is_zero(const struct scalar *a)
{
	uint64_t any = 0;
	for (int i = 0; i < LIMBS; i++)
		any |= a->limb[i];
	return ((any | (0 - any)) >> 63) - 1;
}
