#include "core/base/random.h"

#include <assert.h>

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		random->state[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

uint64_t random_u64(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	assert(bound > 0);
	/* Draws from the incomplete last stretch of the 64-bit range are thrown back. */
	uint64_t unfair = -bound % bound;
	uint64_t draw;
	do
		draw = random_u64(random);
	while (draw < unfair);
	return draw % bound;
}

int64_t random_between(struct random *random, int64_t low, int64_t high)
{
	assert(low <= high);
	uint64_t span = (uint64_t)high - (uint64_t)low;
	uint64_t draw = span == UINT64_MAX ? random_u64(random) : random_below(random, span + 1);
	return (int64_t)((uint64_t)low + draw);
}
