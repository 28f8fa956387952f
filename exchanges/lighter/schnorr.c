#include "exchanges/lighter/schnorr.h"

#include "exchanges/lighter/poseidon2.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

/* The fp5 element as an integer mod n (§4.6). */
static void scalar_from_quintic(struct scalar *out, const struct quintic *a)
{
	uint8_t bytes[QUINTIC_BYTES];
	quintic_to_bytes(bytes, a);
	scalar_from_bytes(out, bytes);
}

/* e = scalar(HashToFp5(Encode(commitment), message)) */
static void challenge(struct scalar *e, const struct ecgfp5_point *commitment,
		      const struct quintic *message)
{
	struct quintic input[2], hash;
	ecgfp5_encode(&input[0], commitment);
	input[1] = *message;
	uint64_t elements[10];
	memcpy(elements, input, sizeof(elements));
	poseidon2_hash_to_fp5(elements, 10, &hash);
	scalar_from_quintic(e, &hash);
}

void schnorr_public_key(const struct scalar *secret, uint8_t public_key[ECGFP5_BYTES])
{
	struct ecgfp5_point point;
	struct quintic w;
	ecgfp5_comb_multiply(&point, &ecgfp5_generator_comb, secret);
	ecgfp5_encode(&w, &point);
	quintic_to_bytes(public_key, &w);
}

void schnorr_sign_with_k(const struct scalar *secret, const struct scalar *k,
			 const struct quintic *message, uint8_t signature[SCHNORR_SIGNATURE_BYTES])
{
	struct ecgfp5_point commitment;
	struct scalar e, product, s;
	ecgfp5_comb_multiply(&commitment, &ecgfp5_generator_comb, k);
	challenge(&e, &commitment, message);
	scalar_mul(&product, &e, secret);
	scalar_sub(&s, k, &product);
	scalar_to_bytes(signature, &s);
	scalar_to_bytes(signature + SCALAR_BYTES, &e);
	OPENSSL_cleanse(&product, sizeof(product));
}

uint64_t schnorr_sign_hedged(const struct scalar *secret, const struct quintic *message,
			     const uint8_t extra[SCHNORR_EXTRA_BYTES],
			     uint8_t signature[SCHNORR_SIGNATURE_BYTES])
{
	static const char DOMAIN[] = "fundarb/lighter/schnorr/k/1";
	enum { DOMAIN_BYTES = sizeof(DOMAIN) - 1 };
	uint8_t seed[DOMAIN_BYTES + SCALAR_BYTES + QUINTIC_BYTES + SCHNORR_EXTRA_BYTES];
	uint8_t digest[SHA512_DIGEST_LENGTH] = {0};
	struct scalar k;
	memcpy(seed, DOMAIN, DOMAIN_BYTES);
	scalar_to_bytes(seed + DOMAIN_BYTES, secret);
	quintic_to_bytes(seed + DOMAIN_BYTES + SCALAR_BYTES, message);
	memcpy(seed + DOMAIN_BYTES + SCALAR_BYTES + QUINTIC_BYTES, extra, SCHNORR_EXTRA_BYTES);
	bool hashed = SHA512(seed, sizeof(seed), digest) != NULL;
	scalar_from_hash(&k, digest);
	uint64_t usable = ~scalar_is_zero(&k) & (0 - (uint64_t)hashed);
	schnorr_sign_with_k(secret, &k, message, signature);
	/* With k = 0 the signature would give the secret away. */
	for (int i = 0; i < SCHNORR_SIGNATURE_BYTES; i++)
		signature[i] &= (uint8_t)usable;
	OPENSSL_cleanse(seed, sizeof(seed));
	OPENSSL_cleanse(digest, sizeof(digest));
	OPENSSL_cleanse(&k, sizeof(k));
	return usable;
}

static bool read_signature(const uint8_t signature[SCHNORR_SIGNATURE_BYTES], struct scalar *s,
			   struct scalar *e)
{
	uint64_t below = scalar_from_bytes(s, signature);
	return (below & scalar_from_bytes(e, signature + SCALAR_BYTES)) != 0;
}

static bool is_challenge(const struct scalar *e, const struct ecgfp5_point *commitment,
			 const struct quintic *message)
{
	struct scalar expected;
	challenge(&expected, commitment, message);
	return memcmp(&expected, e, sizeof(expected)) == 0;
}

bool schnorr_verify_vartime(const uint8_t public_key[ECGFP5_BYTES], const struct quintic *message,
			    const uint8_t signature[SCHNORR_SIGNATURE_BYTES])
{
	struct quintic w;
	struct ecgfp5_point point, commitment;
	struct scalar s, e;
	if (!read_signature(signature, &s, &e) || !quintic_from_bytes(&w, public_key) ||
	    !ecgfp5_decode_vartime(&point, &w))
		return false;
	ecgfp5_multiply_vartime(&point, &point, &e);
	ecgfp5_comb_multiply(&commitment, &ecgfp5_generator_comb, &s);
	ecgfp5_add(&commitment, &commitment, &point);
	return is_challenge(&e, &commitment, message);
}

bool schnorr_verifier_make(struct schnorr_verifier *verifier,
			   const uint8_t public_key[ECGFP5_BYTES])
{
	struct quintic w;
	struct ecgfp5_point point;
	if (!quintic_from_bytes(&w, public_key) || !ecgfp5_decode_vartime(&point, &w))
		return false;
	ecgfp5_wide_comb_make(&verifier->generator, &ecgfp5_generator);
	ecgfp5_wide_comb_make(&verifier->public_key, &point);
	return true;
}

bool schnorr_verifier_check_vartime(const struct schnorr_verifier *verifier,
				    const struct quintic *message,
				    const uint8_t signature[SCHNORR_SIGNATURE_BYTES])
{
	struct ecgfp5_point commitment;
	struct scalar s, e;
	if (!read_signature(signature, &s, &e))
		return false;
	ecgfp5_wide_comb_multiply_two_vartime(&commitment, &verifier->generator, &s,
					      &verifier->public_key, &e);
	return is_challenge(&e, &commitment, message);
}
