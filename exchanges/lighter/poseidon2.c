#include "exchanges/lighter/poseidon2.h"

#include "exchanges/lighter/poseidon2_constants.h"

#include <string.h>

#define WIDTH POSEIDON2_STATE

/* Between rounds the state is below 2^64 but not canonical. */

static inline uint64_t multiply(uint64_t a, uint64_t b)
{
	return goldilocks_fold_128((u128)a * b);
}

static inline uint64_t add_constant(uint64_t a, uint64_t canonical)
{
	uint64_t sum = a + canonical;
	/* A second carry would need a sum above 2^65 - 2^32, but the constant is below p. */
	return sum + (goldilocks_epsilon_if(sum < a));
}

/* x^7 */
static inline uint64_t s_box(uint64_t x)
{
	uint64_t x2 = multiply(x, x);
	uint64_t x3 = multiply(x2, x);
	uint64_t x4 = multiply(x2, x2);
	return multiply(x3, x4);
}

static inline void external_layer(uint64_t state[WIDTH])
{
	u128 y[WIDTH];
#pragma GCC unroll 3
	for (int block = 0; block < WIDTH; block += 4) {
		const uint64_t *x = state + block;
		u128 first = (u128)x[0] + x[1], second = (u128)x[2] + x[3];
		u128 all = first + second;
		y[block] = all + first + x[1];
		y[block + 1] = all + x[1] + 2 * (u128)x[2];
		y[block + 2] = all + second + x[3];
		y[block + 3] = all + x[3] + 2 * (u128)x[0];
	}
#pragma GCC unroll 4
	for (int j = 0; j < 4; j++) {
		u128 column = y[j] + y[j + 4] + y[j + 8];
		state[j] = goldilocks_fold_96(y[j] + column);
		state[j + 4] = goldilocks_fold_96(y[j + 4] + column);
		state[j + 8] = goldilocks_fold_96(y[j + 8] + column);
	}
}

static inline void full_round(uint64_t state[WIDTH], const uint64_t constants[WIDTH])
{
	for (int i = 0; i < WIDTH; i++)
		state[i] = s_box(add_constant(state[i], constants[i]));
	external_layer(state);
}

static inline void partial_round(uint64_t state[WIDTH], uint64_t constant)
{
	/* The others are summed while the S-box, which everything waits for, is under way. */
	u128 even = 0, odd = 0;
#pragma GCC unroll 6
	for (int i = 1; i < WIDTH; i += 2)
		odd += state[i];
#pragma GCC unroll 5
	for (int i = 2; i < WIDTH; i += 2)
		even += state[i];
	uint64_t first = s_box(add_constant(state[0], constant));
	u128 sum = odd + even + first;
	state[0] = goldilocks_fold_128((u128)first * poseidon2_diagonal[0] + sum);
#pragma GCC unroll 11
	for (int i = 1; i < WIDTH; i++)
		state[i] = goldilocks_fold_128((u128)state[i] * poseidon2_diagonal[i] + sum);
}

void poseidon2_permute(uint64_t state[WIDTH])
{
	external_layer(state);
	for (int i = 0; i < POSEIDON2_FULL_ROUNDS / 2; i++)
		full_round(state, poseidon2_full_constants[i]);
	for (int i = 0; i < POSEIDON2_PARTIAL_ROUNDS; i++)
		partial_round(state, poseidon2_partial_constants[i]);
	for (int i = POSEIDON2_FULL_ROUNDS / 2; i < POSEIDON2_FULL_ROUNDS; i++)
		full_round(state, poseidon2_full_constants[i]);
	for (int i = 0; i < WIDTH; i++)
		state[i] = goldilocks_canonical(state[i]);
}

void poseidon2_hash(const uint64_t *elements, size_t count, uint64_t *out, size_t wanted)
{
	uint64_t state[WIDTH] = {0};
	for (size_t at = 0; at < count; at += POSEIDON2_RATE) {
		size_t block = count - at < POSEIDON2_RATE ? count - at : POSEIDON2_RATE;
		memcpy(state, elements + at, block * sizeof(*state));
		poseidon2_permute(state);
	}
	for (size_t at = 0; at < wanted; at += POSEIDON2_RATE) {
		size_t block = wanted - at < POSEIDON2_RATE ? wanted - at : POSEIDON2_RATE;
		if (at > 0)
			poseidon2_permute(state);
		memcpy(out + at, state, block * sizeof(*state));
	}
}

void poseidon2_hash_to_fp5(const uint64_t *elements, size_t count, struct quintic *out)
{
	poseidon2_hash(elements, count, out->c, 5);
}

void poseidon2_hash4(const uint64_t *elements, size_t count, uint64_t out[4])
{
	poseidon2_hash(elements, count, out, 4);
}

void poseidon2_two_to_one(const uint64_t left[4], const uint64_t right[4], uint64_t out[4])
{
	uint64_t both[8];
	memcpy(both, left, 4 * sizeof(*both));
	memcpy(both + 4, right, 4 * sizeof(*both));
	poseidon2_hash4(both, 8, out);
}
