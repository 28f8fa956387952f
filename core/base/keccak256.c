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

/*
 * FIPS 202, 3.2.2 and 3.2.3: rho turns a lane, pi moves it. Followed from lane 1 on, each lane's
 * destination is the next one's source, so one spare lane suffices; lane 0 stays where it is.
 */
#define MOVED_LANES 24
static const struct {
	uint8_t destination;
	uint8_t turn;
} MOVES[MOVED_LANES] = {
	{10, 1},  {7, 3},   {11, 6},  {17, 10}, {18, 15}, {3, 21},  {5, 28},  {16, 36},
	{8, 45},  {21, 55}, {24, 2},  {4, 14},	{15, 27}, {23, 41}, {19, 56}, {13, 8},
	{12, 25}, {2, 43},  {20, 62}, {14, 18}, {22, 39}, {9, 61},  {6, 20},  {1, 44},
};

static uint64_t turned(uint64_t lane, unsigned bits)
{
	return lane << bits | lane >> (64 - bits);
}

static void theta(uint64_t state[LANES])
{
	uint64_t parity[5];
	for (unsigned x = 0; x < 5; x++)
		parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
	for (unsigned x = 0; x < 5; x++) {
		uint64_t change = parity[(x + 4) % 5] ^ turned(parity[(x + 1) % 5], 1);
		for (unsigned y = 0; y < LANES; y += 5)
			state[y + x] ^= change;
	}
}

static void rho_and_pi(uint64_t state[LANES])
{
	uint64_t carried = state[1];
	for (unsigned i = 0; i < MOVED_LANES; i++) {
		uint64_t next = state[MOVES[i].destination];
		state[MOVES[i].destination] = turned(carried, MOVES[i].turn);
		carried = next;
	}
}

static void chi(uint64_t state[LANES])
{
	for (unsigned y = 0; y < LANES; y += 5) {
		uint64_t row[5];
		memcpy(row, state + y, sizeof(row));
		for (unsigned x = 0; x < 5; x++)
			state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
	}
}

static void permute(uint64_t state[LANES])
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		theta(state);
		rho_and_pi(state);
		chi(state);
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
