/*
 * The only source of randomness in trading code: xoshiro256** (Blackman, Vigna), seeded with
 * splitmix64. The same seed gives the same numbers on every machine.
 */
#ifndef FUNDARB_CORE_BASE_RANDOM_H
#define FUNDARB_CORE_BASE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_u64(struct random *random);
/* Uniform in 0..bound-1 without bias; bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/* Uniform in low..high, both included; low <= high. */
int64_t random_between(struct random *random, int64_t low, int64_t high);

#endif
