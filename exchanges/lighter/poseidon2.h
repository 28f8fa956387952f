/*
 * Poseidon2 over GF(p), width 12, rate 8, as Lighter hashes (venues/lighter.md §4.3, §4.4):
 * overwrite mode, no padding, no length encoding, so the empty list and lists of different lengths
 * must be kept apart by the caller. Constant time in the values.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_POSEIDON2_H
#define FUNDARB_EXCHANGES_LIGHTER_POSEIDON2_H

#include "exchanges/lighter/quintic.h"

#include <stddef.h>

#define POSEIDON2_STATE 12
#define POSEIDON2_RATE	8

/* In: any values, taken mod p. Out: canonical elements. */
void poseidon2_permute(uint64_t state[POSEIDON2_STATE]);
/* Out: `wanted` canonical elements; an empty list gives zeros. */
void poseidon2_hash(const uint64_t *elements, size_t count, uint64_t *out, size_t wanted);
void poseidon2_hash_to_fp5(const uint64_t *elements, size_t count, struct quintic *out);
void poseidon2_hash4(const uint64_t *elements, size_t count, uint64_t out[4]);
void poseidon2_two_to_one(const uint64_t left[4], const uint64_t right[4], uint64_t out[4]);

#endif
