#include "exchanges/lighter/lighter_sign.h"

#include "exchanges/lighter/lighter_layout.h"
#include "exchanges/lighter/poseidon2.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* ---- key ---- */

bool lighter_key_load(const char *hex, struct lighter_key *key, struct error *err)
{
	struct scalar secret;
	size_t length = hex != NULL ? strlen(hex) : 0;
	memset(key, 0, sizeof(*key));
	if (length == 82 && hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X'))
		hex += 2;
	else if (length != 80)
		return error_set(err, ERROR_CONFIGURATION,
				 "Lighter: the private key is not 80 hex digits (it has %zu "
				 "characters)",
				 length);
	bool is_hex = scalar_from_hex(&secret, hex) != 0;
	bool usable = is_hex && !scalar_is_zero(&secret);
	if (usable) {
		scalar_to_bytes(key->secret, &secret);
		schnorr_public_key(&secret, key->public_key);
	}
	OPENSSL_cleanse(&secret, sizeof(secret));
	if (!usable)
		return error_set(err, ERROR_CONFIGURATION, "Lighter: the private key is %s",
				 is_hex ? "0 modulo the group's order" : "not 80 hex digits");
	if (!schnorr_verifier_make(&key->verifier, key->public_key)) {
		lighter_key_wipe(key);
		return error_set(err, ERROR_IO,
				 "Lighter: the public key came out wrong; is the memory sound?");
	}
	return true;
}

void lighter_key_wipe(struct lighter_key *key)
{
	OPENSSL_cleanse(key, sizeof(*key));
}

/* ---- hash ---- */

/* The longest: six common elements and ten of an order, or fewer. */
#define ELEMENTS_MAX 24

struct elements {
	uint64_t value[ELEMENTS_MAX];
	size_t count;
};

static void add_element(struct elements *elements, int64_t value)
{
	assert(elements->count < ELEMENTS_MAX);
	/* -1 is the element 2^64 - 1 mod p, as the official signer has it. */
	elements->value[elements->count++] = (uint64_t)value;
}

static void add_fields(struct elements *elements, const struct lighter_fields *fields,
		       const void *start)
{
	for (size_t i = 0; i < fields->count; i++) {
		int64_t value = lighter_field_value(start, &fields->field[i]);
		if (fields->field[i].in_halves) {
			add_element(elements, value & INT64_C(0xffffffff));
			value >>= 32;
		}
		add_element(elements, value);
	}
}

/* H = Hash4(order 0), then TwoToOne(H, Hash4(order i)). */
static void add_orders(struct elements *elements, const struct lighter_order *orders,
		       unsigned count)
{
	uint64_t all[4] = {0}, one[4];
	for (unsigned i = 0; i < count; i++) {
		struct elements order = {.count = 0};
		add_fields(&order, &lighter_order_fields, &orders[i]);
		poseidon2_hash4(order.value, order.count, i == 0 ? all : one);
		if (i > 0)
			poseidon2_two_to_one(all, one, all);
	}
	for (int i = 0; i < 4; i++)
		add_element(elements, (int64_t)all[i]);
}

static void hash_body(uint32_t chain_id, const struct lighter_transaction *transaction,
		      struct quintic *hash)
{
	struct elements elements = {.count = 0};
	struct quintic new_key;
	add_element(&elements, chain_id);
	add_element(&elements, transaction->type);
	add_element(&elements, transaction->nonce);
	add_element(&elements, transaction->expired_at_ms);
	add_fields(&elements, &lighter_head_fields, transaction);
	add_fields(&elements, lighter_body_fields(transaction->type),
		   lighter_body_start(transaction));
	if (transaction->type == LIGHTER_CREATE_GROUPED_ORDERS)
		add_orders(&elements, transaction->u.grouped.orders, transaction->u.grouped.count);
	if (transaction->type == LIGHTER_CHANGE_PUB_KEY &&
	    quintic_from_bytes(&new_key, transaction->u.change_key.public_key))
		for (int i = 0; i < 5; i++)
			add_element(&elements, (int64_t)new_key.c[i]);
	poseidon2_hash_to_fp5(elements.value, elements.count, hash);
}

/* In: the body's hash. Out: the message's, which covers attributes that are not nil. */
static void hash_attributes(const struct lighter_attributes *attributes, struct quintic *hash)
{
	uint64_t pairs[2 * LIGHTER_ATTRIBUTES_MAX] = {0}, both[10];
	struct quintic own;
	size_t count = 0;
	for (int type = 1; type < LIGHTER_ATTRIBUTE_TYPES; type++) {
		int64_t value = lighter_attribute(attributes, type);
		if (value == lighter_attribute_rules[type].nil)
			continue;
		pairs[count++] = (uint64_t)type;
		pairs[count++] = (uint64_t)value;
	}
	if (count == 0)
		return;
	poseidon2_hash_to_fp5(pairs, 2 * LIGHTER_ATTRIBUTES_MAX, &own);
	memcpy(both, hash->c, sizeof(hash->c));
	memcpy(both + 5, own.c, sizeof(own.c));
	poseidon2_hash_to_fp5(both, 10, hash);
}

static bool hash_transaction(uint32_t chain_id, const struct lighter_transaction *transaction,
			     struct quintic *hash, struct error *err)
{
	if (!lighter_validate(transaction, err))
		return false;
	hash_body(chain_id, transaction, hash);
	hash_attributes(&transaction->attributes, hash);
	return true;
}

bool lighter_hash(uint32_t chain_id, const struct lighter_transaction *transaction,
		  uint8_t hash[40], struct error *err)
{
	struct quintic element;
	if (!hash_transaction(chain_id, transaction, &element, err))
		return false;
	quintic_to_bytes(hash, &element);
	return true;
}

void lighter_auth_hash(const char *text, size_t length, uint8_t hash[40])
{
	uint64_t elements[LIGHTER_AUTH_TOKEN_MAX / 8] = {0};
	struct quintic element;
	if (length >= LIGHTER_AUTH_TOKEN_MAX) {
		memset(hash, 0xff, 40);
		return;
	}
	for (size_t i = 0; i < length; i++)
		elements[i / 8] |= (uint64_t)(uint8_t)text[i] << (8 * (i % 8));
	poseidon2_hash_to_fp5(elements, (length + 7) / 8, &element);
	quintic_to_bytes(hash, &element);
}

/* ---- signature ---- */

static bool sign_checked(const struct lighter_key *key, const struct quintic *message,
			 const uint8_t extra[32], uint8_t signature[80], struct error *err)
{
	struct scalar secret;
	scalar_from_bytes(&secret, key->secret);
	bool loaded = !scalar_is_zero(&secret);
	bool made = loaded && schnorr_sign_hedged(&secret, message, extra, signature) != 0;
	OPENSSL_cleanse(&secret, sizeof(secret));
	if (!loaded)
		return error_set(err, ERROR_CONFIGURATION, "Lighter: no private key is loaded");
	/* A wrong one costs a round trip, and may give the key away. */
	if (!made || !schnorr_verifier_check_vartime(&key->verifier, message, signature)) {
		memset(signature, 0, 80);
		return error_set(
			err, ERROR_IO,
			"Lighter: an own signature does not verify; nothing was signed. Is "
			"the memory sound?");
	}
	return true;
}

bool lighter_verify(const uint8_t public_key[40], const uint8_t hash[40],
		    const uint8_t signature[80])
{
	struct quintic message;
	return quintic_from_bytes(&message, hash) &&
	       schnorr_verify_vartime(public_key, &message, signature);
}

/* ---- text ---- */

struct text {
	char *at, *end; /* end: the last byte, for the NUL */
	bool cut;
};

static void add_text(struct text *text, const char *piece, size_t length)
{
	if ((size_t)(text->end - text->at) < length) {
		text->cut = true;
		return;
	}
	memcpy(text->at, piece, length);
	text->at += length;
}

static void add_string(struct text *text, const char *piece)
{
	add_text(text, piece, strlen(piece));
}

static void add_integer(struct text *text, int64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--at = (char)('0' + magnitude % 10);
	while ((magnitude /= 10) > 0);
	if (value < 0)
		*--at = '-';
	add_text(text, at, (size_t)(digits + sizeof(digits) - at));
}

static void add_base64(struct text *text, const uint8_t *bytes, int count)
{
	unsigned char encoded[4 * ((80 + 2) / 3) + 1];
	assert(count <= 80);
	int length = EVP_EncodeBlock(encoded, bytes, count);
	add_text(text, (const char *)encoded, (size_t)length);
}

static void add_hex(struct text *text, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_text(text,
			 (const char[]){"0123456789abcdef"[bytes[i] >> 4],
					"0123456789abcdef"[bytes[i] & 15]},
			 2);
}

/* Each as "name":value, */
static void add_members(struct text *text, const struct lighter_fields *fields, const void *start)
{
	for (size_t i = 0; i < fields->count; i++) {
		add_string(text, "\"");
		add_string(text, fields->field[i].name);
		add_string(text, "\":");
		add_integer(text, lighter_field_value(start, &fields->field[i]));
		add_string(text, ",");
	}
}

static void add_attributes(struct text *text, const struct lighter_attributes *attributes)
{
	if (attributes->present == 0) {
		add_string(text, "null");
		return;
	}
	const char *separator = "{\"";
	for (int type = 1; type < LIGHTER_ATTRIBUTE_TYPES; type++) {
		if (!(attributes->present >> type & 1))
			continue;
		add_string(text, separator);
		add_integer(text, type);
		add_string(text, "\":");
		add_integer(text, attributes->value[type]);
		separator = ",\"";
	}
	add_string(text, "}");
}

static void add_group(struct text *text, const struct lighter_transaction *transaction)
{
	add_string(text, "\"Orders\":[");
	for (unsigned i = 0; i < transaction->u.grouped.count; i++) {
		add_string(text, i == 0 ? "{" : ",{");
		add_members(text, &lighter_order_fields, &transaction->u.grouped.orders[i]);
		text->at--; /* the last comma */
		add_string(text, "}");
	}
	add_string(text, "],");
}

/* §4.10. False if it does not fit. */
static bool write_tx_info(const struct lighter_transaction *transaction, struct lighter_signed *out)
{
	struct text text = {out->tx_info, out->tx_info + sizeof(out->tx_info) - 1, false};
	add_string(&text, "{");
	add_members(&text, &lighter_head_fields, transaction);
	add_members(&text, lighter_body_fields(transaction->type), lighter_body_start(transaction));
	if (transaction->type == LIGHTER_CREATE_GROUPED_ORDERS)
		add_group(&text, transaction);
	if (transaction->type == LIGHTER_CHANGE_PUB_KEY) {
		add_string(&text, "\"PubKey\":\"");
		add_base64(&text, transaction->u.change_key.public_key, 40);
		add_string(&text, "\",\"L1Sig\":\"");
		add_string(&text, transaction->u.change_key.l1_signature);
		add_string(&text, "\",");
	}
	add_members(&text, &lighter_tail_fields, transaction);
	add_string(&text, "\"Sig\":\"");
	add_base64(&text, out->signature, sizeof(out->signature));
	add_string(&text, "\",\"L2TxAttributes\":");
	add_attributes(&text, &transaction->attributes);
	add_string(&text, "}");
	*text.at = '\0';
	out->tx_info_length = (size_t)(text.at - out->tx_info);
	return !text.cut;
}

bool lighter_sign(const struct lighter_key *key, uint32_t chain_id,
		  const struct lighter_transaction *transaction, const uint8_t extra[32],
		  struct lighter_signed *out, struct error *err)
{
	struct quintic message;
	memset(out, 0, sizeof(*out));
	if (!hash_transaction(chain_id, transaction, &message, err))
		return false;
	if (transaction->type == LIGHTER_CHANGE_PUB_KEY &&
	    memcmp(transaction->u.change_key.public_key, key->public_key, 40) != 0)
		return error_set(err, ERROR_INPUT,
				 "Lighter ChangePubKey: PubKey is not that of the key that signs");
	if (!sign_checked(key, &message, extra, out->signature, err))
		return false;
	out->type = transaction->type;
	quintic_to_bytes(out->hash, &message);
	struct text hex = {out->hash_hex, out->hash_hex + sizeof(out->hash_hex) - 1, false};
	add_hex(&hex, out->hash, sizeof(out->hash));
	bool fits = write_tx_info(transaction, out);
	assert(fits && !hex.cut);
	return fits;
}

bool lighter_auth_token(const struct lighter_key *key, int64_t deadline_s, int64_t account_index,
			int32_t api_key_index, const uint8_t extra[32],
			char token[LIGHTER_AUTH_TOKEN_MAX], struct error *err)
{
	struct lighter_transaction holder = {.account_index = account_index,
					     .api_key_index = api_key_index};
	uint8_t hash[40], signature[80];
	struct quintic message;
	token[0] = '\0';
	if (deadline_s <= 0)
		return error_set(err, ERROR_INPUT, "Lighter auth token: deadline %" PRId64 " s",
				 deadline_s);
	if (!lighter_validate_head(&holder, err)) {
		error_prefix(err, "Lighter auth token");
		return false;
	}
	struct text text = {token, token + LIGHTER_AUTH_TOKEN_MAX - 1, false};
	add_integer(&text, deadline_s);
	add_string(&text, ":");
	add_integer(&text, account_index);
	add_string(&text, ":");
	add_integer(&text, api_key_index);
	lighter_auth_hash(token, (size_t)(text.at - token), hash);
	bool canonical = quintic_from_bytes(&message, hash);
	assert(canonical && !text.cut);
	if (!canonical || !sign_checked(key, &message, extra, signature, err)) {
		token[0] = '\0';
		return false;
	}
	add_string(&text, ":");
	add_hex(&text, signature, sizeof(signature));
	assert(!text.cut);
	*text.at = '\0';
	return true;
}
