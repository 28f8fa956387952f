/*
 * Integers modulo n, the prime order of the curve's group, 319 bits (venues/lighter.md §4.5, §4.6).
 * Every function is constant time in the values; results may be written over operands; bytes are
 * little-endian. Whoever holds a secret scalar wipes it.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_SCALAR_H
#define FUNDARB_EXCHANGES_LIGHTER_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#define SCALAR_BYTES 40
#define SCALAR_LIMBS 5

struct scalar {
	uint64_t limb[SCALAR_LIMBS]; /* below n, least significant first */
};

/* In: 40 bytes of any value. Out: it mod n. Returned: all ones if it was below n, else 0. */
uint64_t scalar_from_bytes(struct scalar *out, const uint8_t bytes[SCALAR_BYTES]);
/* In: 64 bytes of any value. Out: it mod n. */
void scalar_from_hash(struct scalar *out, const uint8_t bytes[64]);
/* In: 80 hex digits of either case. Out: their value mod n. Returned: all ones if all 80 are hex
 * digits, else 0, and then out is 0. */
uint64_t scalar_from_hex(struct scalar *out, const char digits[2 * SCALAR_BYTES]);
void scalar_to_bytes(uint8_t bytes[SCALAR_BYTES], const struct scalar *a);

void scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b);
void scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b);
void scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b);
/* Out: a / 2 mod n. */
void scalar_halve(struct scalar *out, const struct scalar *a);
/* Out: all ones if a is 0, else 0. */
uint64_t scalar_is_zero(const struct scalar *a);

/* Bit index of a, 0..319; the index is public. */
static inline unsigned scalar_bit(const struct scalar *a, unsigned index)
{
	return (unsigned)(a->limb[index / 64] >> (index % 64)) & 1;
}

#endif
