#include "exchanges/hyperliquid/hyperliquid_sign.h"

#include "core/base/decimal.h"
#include "core/base/keccak256.h"
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/hex_text.h"
#include "exchanges/hyperliquid/hyperliquid_action.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define WIRE_DECIMALS	8
#define HASH_TEXT	67   /* "0x" + 64 hex + NUL */
#define HASHED_MAX	8192 /* action, nonce, vault, expiry; the largest batch takes half */
#define BODY_TAIL_MAX	384  /* nonce, signature, vault, expiry at their longest */
#define BODY_HEAD	"{\"action\":"
#define BODY_HEAD_BYTES (sizeof(BODY_HEAD) - 1)

void hyperliquid_address_text(const uint8_t address[20], char out[HYPERLIQUID_ADDRESS_TEXT])
{
	hex_text_write(address, 20, out);
}

bool hyperliquid_address_parse(const char *text, uint8_t address[20])
{
	return text[0] == '0' && text[1] == 'x' && hex_text_read(text, address, 20);
}

bool hyperliquid_key_load(const char *hex, struct hyperliquid_key *key, struct error *err)
{
	if (!hex_text_read(hex, key->secret, sizeof(key->secret))) {
		hyperliquid_key_wipe(key);
		return error_set(err, ERROR_CONFIGURATION,
				 "the private key is not 64 hex digits, with or without 0x");
	}
	if (!secp256k1_signer_address(key->secret, key->address)) {
		hyperliquid_key_wipe(key);
		return error_set(err, ERROR_CONFIGURATION,
				 "the private key is out of range: no wallet has it");
	}
	hyperliquid_address_text(key->address, key->address_text);
	return true;
}

void hyperliquid_key_wipe(struct hyperliquid_key *key)
{
	OPENSSL_cleanse(key, sizeof(*key));
}

bool hyperliquid_wire_decimal(int64_t units, unsigned decimals, char *out, size_t size)
{
	char text[DECIMAL_TEXT_MAX];
	if (units == 0)
		decimals = 0;
	while (decimals > 0 && units % 10 == 0) {
		units /= 10;
		decimals--;
	}
	if (decimals > WIRE_DECIMALS)
		return false;
	size_t length = decimal_format(units, decimals, text, sizeof(text));
	if (length >= size)
		return false;
	memcpy(out, text, length + 1);
	return true;
}

/* §4.3: what is hashed after the action. */
static void append_envelope(struct msgpack_writer *msgpack,
			    const struct hyperliquid_envelope *envelope)
{
	static const uint8_t NO_VAULT = 0, VAULT_FOLLOWS = 1, EXPIRY_FOLLOWS = 0;
	msgpack_append_u64(msgpack, (uint64_t)envelope->nonce_ms);
	msgpack_append(msgpack, envelope->has_vault ? &VAULT_FOLLOWS : &NO_VAULT, 1);
	if (envelope->has_vault)
		msgpack_append(msgpack, envelope->vault, sizeof(envelope->vault));
	if (envelope->expires_after_ms != 0) {
		msgpack_append(msgpack, &EXPIRY_FOLLOWS, 1);
		msgpack_append_u64(msgpack, (uint64_t)envelope->expires_after_ms);
	}
}

static bool sign_connection(const struct hyperliquid_key *key, bool mainnet,
			    struct hyperliquid_signed *out)
{
	uint8_t struct_hash[32], digest[32];
	eip712_agent_struct_hash(mainnet, out->connection_id, struct_hash);
	eip712_digest(EIP712_L1_DOMAIN_SEPARATOR, struct_hash, digest);
	return secp256k1_signer_sign(key->secret, digest, out->signature);
}

/* The rest of the body behind the action; the room for it was kept free. */
static void write_tail(const struct hyperliquid_envelope *envelope, struct hyperliquid_signed *out)
{
	char r[HASH_TEXT], s[HASH_TEXT], vault[HYPERLIQUID_ADDRESS_TEXT];
	char *tail = out->body + out->body_length;
	hex_text_write(out->signature, 32, r);
	hex_text_write(out->signature + 32, 32, s);
	int length = snprintf(tail, BODY_TAIL_MAX,
			      ",\"nonce\":%lld,\"signature\":{\"r\":\"%s\",\"s\":\"%s\",\"v\":%d}",
			      (long long)envelope->nonce_ms, r, s, out->signature[64]);
	if (envelope->has_vault) {
		hyperliquid_address_text(envelope->vault, vault);
		length += snprintf(tail + length, BODY_TAIL_MAX - (size_t)length,
				   ",\"vaultAddress\":\"%s\"", vault);
	}
	if (envelope->expires_after_ms != 0)
		length += snprintf(tail + length, BODY_TAIL_MAX - (size_t)length,
				   ",\"expiresAfter\":%lld", (long long)envelope->expires_after_ms);
	length += snprintf(tail + length, BODY_TAIL_MAX - (size_t)length, "}");
	assert(length < BODY_TAIL_MAX);
	out->body_length += (size_t)length;
}

bool hyperliquid_sign(const struct hyperliquid_key *key, const struct hyperliquid_action *action,
		      const struct hyperliquid_envelope *envelope, struct hyperliquid_signed *out,
		      struct error *err)
{
	uint8_t hashed[HASHED_MAX];
	struct msgpack_writer msgpack;
	struct action_writer writer;
	out->body[0] = '\0';
	out->body_length = 0;
	if (envelope->nonce_ms < 0 || envelope->expires_after_ms < 0)
		return error_set(err, ERROR_INPUT, "a nonce or an expiry before 1970");
	msgpack_begin(&msgpack, hashed, sizeof(hashed));
	action_writer_begin(&writer, &msgpack, out->body + BODY_HEAD_BYTES,
			    sizeof(out->body) - BODY_HEAD_BYTES - BODY_TAIL_MAX);
	if (!hyperliquid_action_write(action, &writer, err))
		return false;
	bool whole = action_writer_end(&writer);
	append_envelope(&msgpack, envelope);
	if (!whole || msgpack.overflowed)
		return error_set(err, ERROR_LIMIT, "the action is larger than %d bytes",
				 HASHED_MAX);
	keccak256(hashed, msgpack.length, out->connection_id);
	if (!sign_connection(key, envelope->mainnet, out))
		return error_set(err, ERROR_CONFIGURATION, "the key cannot sign: load it again");
	memcpy(out->body, BODY_HEAD, BODY_HEAD_BYTES);
	out->body_length = BODY_HEAD_BYTES + writer.json_length;
	write_tail(envelope, out);
	return true;
}
