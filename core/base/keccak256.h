/*
 * Keccak-256 as Ethereum uses it: the original padding byte 0x01, not SHA3-256's 0x06. No Debian 12
 * library offers it (OpenSSL 3.0 does not), so it is ours, small and with vectors.
 */
#ifndef FUNDARB_CORE_BASE_KECCAK256_H
#define FUNDARB_CORE_BASE_KECCAK256_H

#include <stddef.h>
#include <stdint.h>

#define KECCAK256_BYTES 32
#define KECCAK256_RATE	136

struct keccak256 {
	uint64_t state[25];
	uint8_t block[KECCAK256_RATE];
	size_t filled;
};
void keccak256_begin(struct keccak256 *hash);
void keccak256_add(struct keccak256 *hash, const void *bytes, size_t length);
void keccak256_end(struct keccak256 *hash, uint8_t out[KECCAK256_BYTES]);
/* The three in one. */
void keccak256(const void *bytes, size_t length, uint8_t out[KECCAK256_BYTES]);

#endif
