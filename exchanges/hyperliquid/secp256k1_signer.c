#include "exchanges/hyperliquid/secp256k1_signer.h"

#include "core/base/keccak256.h"

#include <assert.h>
#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <stdalign.h>
#include <stddef.h>

#define CONTEXT_BYTES_MAX 1024
#define V_OF_RECOVERY_0	  27

/*
 * Tables and blinding of the library, no state of ours: creating it takes longer than a signature,
 * and in static memory it can neither fail nor leak.
 */
static secp256k1_context *shared_context(void)
{
	static alignas(max_align_t) unsigned char memory[CONTEXT_BYTES_MAX];
	static secp256k1_context *context;
	if (context == NULL) {
		assert(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) <=
		       sizeof(memory));
		context = secp256k1_context_preallocated_create(memory, SECP256K1_CONTEXT_NONE);
		assert(context != NULL);
	}
	return context;
}

void secp256k1_signer_blind(const uint8_t seed[32])
{
	int blinded = secp256k1_context_randomize(shared_context(), seed);
	assert(blinded);
	(void)blinded;
}

static void serialize(const secp256k1_pubkey *point, uint8_t out[SECP256K1_PUBLIC_KEY_BYTES])
{
	size_t length = SECP256K1_PUBLIC_KEY_BYTES;
	int written = secp256k1_ec_pubkey_serialize(shared_context(), out, &length, point,
						    SECP256K1_EC_UNCOMPRESSED);
	assert(written && length == SECP256K1_PUBLIC_KEY_BYTES);
	(void)written;
}

static void address_of(const uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES], uint8_t address[20])
{
	uint8_t hash[KECCAK256_BYTES];
	keccak256(public_key + 1, SECP256K1_PUBLIC_KEY_BYTES - 1, hash);
	for (int i = 0; i < 20; i++)
		address[i] = hash[12 + i];
}

bool secp256k1_signer_public_key(const uint8_t secret[32],
				 uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES])
{
	secp256k1_pubkey point;
	if (!secp256k1_ec_pubkey_create(shared_context(), &point, secret))
		return false;
	serialize(&point, public_key);
	return true;
}

bool secp256k1_signer_address(const uint8_t secret[32], uint8_t address[20])
{
	uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES];
	if (!secp256k1_signer_public_key(secret, public_key))
		return false;
	address_of(public_key, address);
	return true;
}

bool secp256k1_signer_sign(const uint8_t secret[32], const uint8_t digest[32],
			   uint8_t signature[SECP256K1_SIGNATURE_BYTES])
{
	secp256k1_ecdsa_recoverable_signature made;
	int recovery;
	if (!secp256k1_ecdsa_sign_recoverable(shared_context(), &made, digest, secret, NULL, NULL))
		return false;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(shared_context(), signature,
								&recovery, &made);
	/* 2 and 3 would need an r above the group order: one chance in 2^127. */
	if (recovery > 1)
		return false;
	signature[64] = (uint8_t)(V_OF_RECOVERY_0 + recovery);
	return true;
}

bool secp256k1_signer_recover(const uint8_t digest[32],
			      const uint8_t signature[SECP256K1_SIGNATURE_BYTES],
			      uint8_t address[20])
{
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey point;
	uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES];
	int recovery = (int)signature[64] - V_OF_RECOVERY_0;
	if (recovery < 0 || recovery > 1)
		return false;
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(shared_context(), &parsed,
								 signature, recovery))
		return false;
	if (!secp256k1_ecdsa_recover(shared_context(), &point, &parsed, digest))
		return false;
	serialize(&point, public_key);
	address_of(public_key, address);
	return true;
}
