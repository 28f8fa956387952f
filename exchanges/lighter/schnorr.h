/*
 * Schnorr signatures over ECgFp5 with Poseidon2 (venues/lighter.md §4.7, §4.8). The message is the
 * canonical 40-byte encoding of a GF(p^5) element; a signature is s (40 bytes) then e (40 bytes).
 * Signing is constant time in the secret and in k; verifying is not, its inputs are public.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_SCHNORR_H
#define FUNDARB_EXCHANGES_LIGHTER_SCHNORR_H

#include "exchanges/lighter/ecgfp5.h"

#define SCHNORR_SIGNATURE_BYTES 80
#define SCHNORR_EXTRA_BYTES	32

/* In: a secret, 1..n-1. Out: the encoding of secret * G. */
void schnorr_public_key(const struct scalar *secret, uint8_t public_key[ECGFP5_BYTES]);

/* In: k, 1..n-1, uniform, secret and never used for another message. */
void schnorr_sign_with_k(const struct scalar *secret, const struct scalar *k,
			 const struct quintic *message, uint8_t signature[SCHNORR_SIGNATURE_BYTES]);

/*
 * k is SHA-512(domain || secret || message || extra) mod n, so that it is as secret as the better
 * of secret and extra, and repeats only with all of them. Returned: all ones, or 0 if k came out as
 * 0 (then the signature is zeros; call again with another extra) or hashing failed.
 */
uint64_t schnorr_sign_hedged(const struct scalar *secret, const struct quintic *message,
			     const uint8_t extra[SCHNORR_EXTRA_BYTES],
			     uint8_t signature[SCHNORR_SIGNATURE_BYTES]);

/* False also for a public key that is no point, s or e not below n. */
bool schnorr_verify_vartime(const uint8_t public_key[ECGFP5_BYTES], const struct quintic *message,
			    const uint8_t signature[SCHNORR_SIGNATURE_BYTES]);
/* The same for a key that is used often: several times as fast, with 100 KB of tables. */
struct schnorr_verifier {
	struct ecgfp5_wide_comb generator, public_key;
};
/* False: the public key is no point. */
bool schnorr_verifier_make(struct schnorr_verifier *verifier,
			   const uint8_t public_key[ECGFP5_BYTES]);
bool schnorr_verifier_check_vartime(const struct schnorr_verifier *verifier,
				    const struct quintic *message,
				    const uint8_t signature[SCHNORR_SIGNATURE_BYTES]);

#endif
