#include "core/base/keccak256.h"

#include <assert.h>
#include <string.h>

#define LANES  25
#define ROUNDS 24

/* FIPS 202, 3.2.5: what iota adds in each round. */
static const uint64_t ROUND_CONSTANTS[ROUNDS] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static uint64_t turned(uint64_t lane, unsigned bits)
{
	return lane << bits | lane >> (64 - bits);
}

/* Written out: with tables and indices modulo 5 a permutation takes more than twice as long. */
static void theta(uint64_t state[LANES])
{
	uint64_t parity[5];
	for (unsigned x = 0; x < 5; x++)
		parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
	const uint64_t change[5] = {
		parity[4] ^ turned(parity[1], 1), parity[0] ^ turned(parity[2], 1),
		parity[1] ^ turned(parity[3], 1), parity[2] ^ turned(parity[4], 1),
		parity[3] ^ turned(parity[0], 1),
	};
	for (unsigned y = 0; y < LANES; y += 5) {
		state[y] ^= change[0];
		state[y + 1] ^= change[1];
		state[y + 2] ^= change[2];
		state[y + 3] ^= change[3];
		state[y + 4] ^= change[4];
	}
}

/* FIPS 202, 3.2.2 and 3.2.3: rho turns each lane, pi moves it. */
static void rho_and_pi(const uint64_t from[LANES], uint64_t to[LANES])
{
	to[0] = from[0];
	to[1] = turned(from[6], 44);
	to[2] = turned(from[12], 43);
	to[3] = turned(from[18], 21);
	to[4] = turned(from[24], 14);
	to[5] = turned(from[3], 28);
	to[6] = turned(from[9], 20);
	to[7] = turned(from[10], 3);
	to[8] = turned(from[16], 45);
	to[9] = turned(from[22], 61);
	to[10] = turned(from[1], 1);
	to[11] = turned(from[7], 6);
	to[12] = turned(from[13], 25);
	to[13] = turned(from[19], 8);
	to[14] = turned(from[20], 18);
	to[15] = turned(from[4], 27);
	to[16] = turned(from[5], 36);
	to[17] = turned(from[11], 10);
	to[18] = turned(from[17], 15);
	to[19] = turned(from[23], 56);
	to[20] = turned(from[2], 62);
	to[21] = turned(from[8], 55);
	to[22] = turned(from[14], 39);
	to[23] = turned(from[15], 41);
	to[24] = turned(from[21], 2);
}

static void chi(const uint64_t from[LANES], uint64_t to[LANES])
{
	for (unsigned y = 0; y < LANES; y += 5) {
		to[y] = from[y] ^ (~from[y + 1] & from[y + 2]);
		to[y + 1] = from[y + 1] ^ (~from[y + 2] & from[y + 3]);
		to[y + 2] = from[y + 2] ^ (~from[y + 3] & from[y + 4]);
		to[y + 3] = from[y + 3] ^ (~from[y + 4] & from[y]);
		to[y + 4] = from[y + 4] ^ (~from[y] & from[y + 1]);
	}
}

static void permute(uint64_t state[LANES])
{
	uint64_t moved[LANES];
	for (unsigned round = 0; round < ROUNDS; round++) {
		theta(state);
		rho_and_pi(state, moved);
		chi(moved, state);
		state[0] ^= ROUND_CONSTANTS[round];
	}
}

static void absorb(struct keccak256 *hash, const uint8_t block[KECCAK256_RATE])
{
	for (unsigned lane = 0; lane < KECCAK256_RATE / 8; lane++) {
		uint64_t value = 0;
		for (unsigned byte = 8; byte > 0; byte--)
			value = value << 8 | block[lane * 8 + byte - 1];
		hash->state[lane] ^= value;
	}
	permute(hash->state);
}

void keccak256_begin(struct keccak256 *hash)
{
	memset(hash, 0, sizeof(*hash));
}

void keccak256_add(struct keccak256 *hash, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	assert(hash->filled < KECCAK256_RATE);
	while (length > 0) {
		size_t room = KECCAK256_RATE - hash->filled;
		size_t taken = length < room ? length : room;
		memcpy(hash->block + hash->filled, from, taken);
		hash->filled += taken;
		from += taken;
		length -= taken;
		if (hash->filled == KECCAK256_RATE) {
			absorb(hash, hash->block);
			hash->filled = 0;
		}
	}
}

void keccak256_end(struct keccak256 *hash, uint8_t out[KECCAK256_BYTES])
{
	assert(hash->filled < KECCAK256_RATE);
	memset(hash->block + hash->filled, 0, KECCAK256_RATE - hash->filled);
	/* Both bits of the padding fall into one byte where only one is left. */
	hash->block[hash->filled] ^= 0x01;
	hash->block[KECCAK256_RATE - 1] ^= 0x80;
	absorb(hash, hash->block);
	for (unsigned i = 0; i < KECCAK256_BYTES; i++)
		out[i] = (uint8_t)(hash->state[i / 8] >> (i % 8 * 8));
}

void keccak256(const void *bytes, size_t length, uint8_t out[KECCAK256_BYTES])
{
	struct keccak256 hash;
	keccak256_begin(&hash);
	keccak256_add(&hash, bytes, length);
	keccak256_end(&hash, out);
}
