/*
 * A foreign public key (40 bytes), hash (40), signature (80), then a private key and an auth text
 * of any form. Nothing crashes; what decodes encodes to the same bytes; both ways to verify agree;
 * what was not signed does not verify; what is signed here does.
 */
#include "exchanges/lighter/lighter_sign.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define FOREIGN (40 + 40 + 80)

static struct schnorr_verifier verifier;

static void check_encoding(const uint8_t *bytes)
{
	struct quintic w, again;
	struct ecgfp5_point point;
	uint8_t written[40];
	if (!quintic_from_bytes(&w, bytes))
		return;
	quintic_to_bytes(written, &w);
	assert(memcmp(written, bytes, sizeof(written)) == 0);
	if (!ecgfp5_decode_vartime(&point, &w))
		return;
	ecgfp5_encode(&again, &point);
	assert(quintic_equal(&w, &again));
}

static void check_signature(const uint8_t *public_key, const uint8_t *hash,
			    const uint8_t *signature)
{
	struct quintic message;
	bool valid = lighter_verify(public_key, hash, signature);
	if (quintic_from_bytes(&message, hash) && schnorr_verifier_make(&verifier, public_key))
		assert(schnorr_verifier_check_vartime(&verifier, &message, signature) == valid);
	else
		assert(!valid);
}

/* The rest as a text: a key, and the text of a token. */
static void check_text(const uint8_t *bytes, size_t size)
{
	static struct lighter_key key;
	struct error err = {0};
	uint8_t hash[40], signature[80];
	char *text = malloc(size + 1);
	if (text == NULL)
		return;
	if (size > 0)
		memcpy(text, bytes, size);
	text[size] = '\0';
	lighter_auth_hash(text, size, hash);
	if (lighter_key_load(text, &key, &err)) {
		static const uint8_t EXTRA[32] = {1};
		char token[LIGHTER_AUTH_TOKEN_MAX];
		assert(lighter_auth_token(&key, 1787900000, 65, 4, EXTRA, token, &err));
		lighter_auth_hash("1787900000:65:4", 15, hash);
		for (int i = 0; i < 80; i++) {
			const char pair[3] = {token[16 + 2 * i], token[17 + 2 * i], '\0'};
			signature[i] = (uint8_t)strtoul(pair, NULL, 16);
		}
		assert(lighter_verify(key.public_key, hash, signature));
		lighter_key_wipe(&key);
	} else {
		assert(err.text[0] != '\0');
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t foreign = size < FOREIGN ? 0 : FOREIGN;
	if (foreign > 0) {
		check_encoding(bytes);
		check_encoding(bytes + 40);
		check_signature(bytes, bytes + 40, bytes + 80);
	}
	check_text(bytes + foreign, size - foreign);
	return 0;
}
