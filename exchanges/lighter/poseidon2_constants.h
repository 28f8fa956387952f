/* Round constants and diagonal of Lighter's Poseidon2 instance (venues/lighter.md §4.3), from
 * github.com/elliottech/poseidon_crypto v0.0.15. All below p. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_POSEIDON2_CONSTANTS_H
#define FUNDARB_EXCHANGES_LIGHTER_POSEIDON2_CONSTANTS_H

#include <stdint.h>

#define POSEIDON2_WIDTH		 12
#define POSEIDON2_FULL_ROUNDS	 8
#define POSEIDON2_PARTIAL_ROUNDS 22

extern const uint64_t poseidon2_full_constants[POSEIDON2_FULL_ROUNDS][POSEIDON2_WIDTH];
extern const uint64_t poseidon2_partial_constants[POSEIDON2_PARTIAL_ROUNDS];
extern const uint64_t poseidon2_diagonal[POSEIDON2_WIDTH];

#endif
