/*
 * ECDSA over secp256k1 as Ethereum uses it (venues/hyperliquid.md §4.1): RFC 6979 nonces, low s, a
 * recovery id, addresses from Keccak-256 of the public key. The arithmetic is libsecp256k1's; its
 * context is created at the first use and kept for the life of the program.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_SECP256K1_SIGNER_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_SECP256K1_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#define SECP256K1_PUBLIC_KEY_BYTES 65 /* 0x04 || X || Y */
#define SECP256K1_SIGNATURE_BYTES  65 /* r || s || v, v = 27 or 28 */

/*
 * Blinds the multiplications with the secret, so that their timing and power say less of it. Drawn
 * anew by the caller at start; optional, and no signature changes by it.
 */
void secp256k1_signer_blind(const uint8_t seed[32]);

/* False: the secret is 0 or not below the group order. */
bool secp256k1_signer_public_key(const uint8_t secret[32],
				 uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES]);
/* False as above. */
bool secp256k1_signer_address(const uint8_t secret[32], uint8_t address[20]);
bool secp256k1_signer_sign(const uint8_t secret[32], const uint8_t digest[32],
			   uint8_t signature[SECP256K1_SIGNATURE_BYTES]);
/* Address of the key that signed digest; false: no key can have made this signature. */
bool secp256k1_signer_recover(const uint8_t digest[32],
			      const uint8_t signature[SECP256K1_SIGNATURE_BYTES],
			      uint8_t address[20]);

#endif
