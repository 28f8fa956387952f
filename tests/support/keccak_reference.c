#include "tests/support/keccak_reference.h"

#include <stdbool.h>
#include <string.h>

#define DEPTH	  64
#define RATE_BITS 1088

struct bits {
	bool at[5][5][DEPTH]; /* x, y, z */
};

static void theta(struct bits *a)
{
	bool column[5][DEPTH];
	for (int x = 0; x < 5; x++)
		for (int z = 0; z < DEPTH; z++)
			column[x][z] = a->at[x][0][z] ^ a->at[x][1][z] ^ a->at[x][2][z] ^
				       a->at[x][3][z] ^ a->at[x][4][z];
	for (int x = 0; x < 5; x++)
		for (int y = 0; y < 5; y++)
			for (int z = 0; z < DEPTH; z++)
				a->at[x][y][z] ^= column[(x + 4) % 5][z] ^
						  column[(x + 1) % 5][(z + DEPTH - 1) % DEPTH];
}

static void rho(struct bits *a)
{
	struct bits from = *a;
	int x = 1, y = 0;
	for (int t = 0; t < 24; t++) {
		int shift = (t + 1) * (t + 2) / 2 % DEPTH;
		for (int z = 0; z < DEPTH; z++)
			a->at[x][y][z] = from.at[x][y][(z + DEPTH - shift) % DEPTH];
		int next = (2 * x + 3 * y) % 5;
		x = y;
		y = next;
	}
}

static void pi_and_chi(struct bits *a)
{
	struct bits moved;
	for (int x = 0; x < 5; x++)
		for (int y = 0; y < 5; y++)
			memcpy(moved.at[x][y], a->at[(x + 3 * y) % 5][x], DEPTH);
	for (int x = 0; x < 5; x++)
		for (int y = 0; y < 5; y++)
			for (int z = 0; z < DEPTH; z++)
				a->at[x][y][z] =
					moved.at[x][y][z] ^ (!moved.at[(x + 1) % 5][y][z] &&
							     moved.at[(x + 2) % 5][y][z]);
}

/* The linear register of FIPS 202, algorithm 5, after `steps`. */
static bool register_bit(int steps)
{
	unsigned state = 1;
	for (int i = 0; i < steps % 255; i++) {
		state <<= 1;
		if (state & 0x100)
			state ^= 0x171;
	}
	return state & 1;
}

static void iota(struct bits *a, int round)
{
	for (int j = 0; j <= 6; j++)
		a->at[0][0][(1 << j) - 1] ^= register_bit(j + 7 * round);
}

static void permute(struct bits *a)
{
	for (int round = 0; round < 24; round++) {
		theta(a);
		rho(a);
		pi_and_chi(a);
		iota(a, round);
	}
}

static bool *bit_of(struct bits *a, size_t index)
{
	size_t lane = index / DEPTH;
	return &a->at[lane % 5][lane / 5][index % DEPTH];
}

/* Bit `index` of the message with its padding, which makes `total` bits of it. */
static bool padded_bit(const uint8_t *bytes, size_t length, size_t total, size_t index)
{
	if (index < 8 * length)
		return bytes[index / 8] >> (index % 8) & 1;
	return index == 8 * length || index == total - 1;
}

void keccak_reference(const uint8_t *bytes, size_t length, uint8_t out[32])
{
	struct bits state;
	size_t total = (8 * length + 2 + RATE_BITS - 1) / RATE_BITS * RATE_BITS;
	memset(&state, 0, sizeof(state));
	for (size_t index = 0; index < total; index++) {
		*bit_of(&state, index % RATE_BITS) ^= padded_bit(bytes, length, total, index);
		if (index % RATE_BITS == RATE_BITS - 1)
			permute(&state);
	}
	memset(out, 0, 32);
	for (size_t index = 0; index < 256; index++)
		if (*bit_of(&state, index))
			out[index / 8] |= (uint8_t)(1U << (index % 8));
}
