#include "tests/support/vectors_hyperliquid.h"

#include "core/base/keccak256.h"
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"
#include "tests/support/hyperliquid_vector_action.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MSGPACK_MAX    4096
#define TYPE_TEXT_MAX  256
#define BODY_TEXT_MAX  8192
#define HASH_TEXT_SIZE 67

static void hash_text(const uint8_t bytes[32], char out[HASH_TEXT_SIZE])
{
	snprintf(out, 3, "0x");
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", bytes[i]);
}

static struct json_tree *parse_text(const char *text)
{
	const char *error;
	return json_tree_parse(text, strlen(text), &error);
}

/* EIP-55: a letter is upper case where the hash of the lower-case digits has a nibble >= 8. */
static void checksum_address(const char *address_text, char out[HYPERLIQUID_ADDRESS_TEXT])
{
	uint8_t hash[32];
	keccak256(address_text + 2, 40, hash);
	memcpy(out, address_text, HYPERLIQUID_ADDRESS_TEXT);
	for (int i = 0; i < 40; i++)
		if ((hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 8) != 0)
			out[2 + i] = (char)toupper((unsigned char)out[2 + i]);
}

bool vector_hyperliquid_address(const struct vector_run *run)
{
	struct hyperliquid_key key;
	struct error err;
	uint8_t public_key[SECP256K1_PUBLIC_KEY_BYTES], address[20];
	char checksum[HYPERLIQUID_ADDRESS_TEXT];
	bool loaded = hyperliquid_key_load(vector_text(run->input, "private_key"), &key, &err);
	if (!vector_expect_refusal(run, !loaded) || vector_flag(run->expect, "reject"))
		return run->why[0] == '\0';
	checksum_address(key.address_text, checksum);
	return secp256k1_signer_public_key(key.secret, public_key) &&
	       vector_expect_bytes(run, "public_key", public_key, sizeof(public_key)) &&
	       vector_expect_bytes(run, "address", key.address, sizeof(key.address)) &&
	       vector_expect_text(run, "address", key.address_text) &&
	       vector_expect_text(run, "address_checksum", checksum) &&
	       hyperliquid_address_parse(checksum, address) &&
	       memcmp(address, key.address, sizeof(address)) == 0;
}

bool vector_hyperliquid_eip712_domain(const struct vector_run *run)
{
	struct eip712_domain domain = {
		.name = vector_text(run->input, "name"),
		.version = vector_text(run->input, "version"),
		.chain_id = (uint64_t)vector_integer(run->input, "chainId"),
	};
	uint8_t separator[32];
	if (vector_bytes(vector_text(run->input, "verifyingContract"), domain.verifying_contract,
			 20) != 20)
		return vector_fails(run, "verifyingContract is no address");
	eip712_domain_separator(&domain, separator);
	return vector_expect_bytes(run, "domain_separator", separator, sizeof(separator));
}

bool vector_hyperliquid_eip712_type(const struct vector_run *run)
{
	uint8_t hash[32];
	eip712_type_hash(vector_text(run->input, "type_string"), hash);
	return vector_expect_bytes(run, "type_hash", hash, sizeof(hash));
}

/* The member `signature` of an expected body, and the three values on their own. */
static bool expect_signature(const struct vector_run *run, const uint8_t signature[65])
{
	if (!vector_expect_bytes(run, "r", signature, 32) ||
	    !vector_expect_bytes(run, "s", signature + 32, 32))
		return false;
	if (signature[64] != vector_integer(run->expect, "v"))
		return vector_fails(run, "v: %d", signature[64]);
	return true;
}

static bool read_signature(const struct vector_run *run, uint8_t signature[65])
{
	signature[64] = (uint8_t)vector_integer(run->input, "v");
	return vector_bytes(vector_text(run->input, "r"), signature, 32) == 32 &&
	       vector_bytes(vector_text(run->input, "s"), signature + 32, 32) == 32;
}

static bool expect_signer(const struct vector_run *run, const uint8_t digest[32],
			  const uint8_t signature[65])
{
	uint8_t signer[20];
	if (!secp256k1_signer_recover(digest, signature, signer))
		return vector_fails(run, "no signer can be recovered");
	return vector_expect_bytes(run, "signer", signer, sizeof(signer));
}

static bool expect_body(const struct vector_run *run, const char *body)
{
	struct json_tree *made = parse_text(body);
	struct json_tree *expected = parse_text(vector_text(run->expect, "body_json"));
	bool equal = json_trees_are_equal(made, expected);
	json_tree_free(made);
	json_tree_free(expected);
	return equal || vector_fails(run, "body %.200s", body);
}

/* ---- L1 actions ---- */

static bool read_envelope(const struct vector_run *run, struct hyperliquid_envelope *envelope)
{
	const char *vault = vector_text(run->input, "vault_address");
	*envelope = (struct hyperliquid_envelope){
		.nonce_ms = vector_integer(run->input, "nonce"),
		.has_vault = vault[0] != '\0',
		.expires_after_ms = vector_integer(run->input, "expires_after"),
		.mainnet = vector_flag(run->input, "is_mainnet"),
	};
	return !envelope->has_vault || vector_bytes(vault, envelope->vault, 20) == 20;
}

/* An action straight from its JSON to the bytes that are hashed. */
struct hashed_action {
	uint8_t bytes[MSGPACK_MAX];
	size_t msgpack_length;
	size_t length;
	uint8_t connection_id[32], struct_hash[32], digest[32];
};

static bool hash_action(const struct json_tree *action, const struct hyperliquid_envelope *envelope,
			struct hashed_action *hashed)
{
	struct msgpack_writer writer;
	msgpack_begin(&writer, hashed->bytes, sizeof(hashed->bytes));
	if (!vector_action_msgpack(action, &writer))
		return false;
	hashed->msgpack_length = writer.length;
	msgpack_append_u64(&writer, (uint64_t)envelope->nonce_ms);
	msgpack_append(&writer, envelope->has_vault ? "\1" : "\0", 1);
	if (envelope->has_vault)
		msgpack_append(&writer, envelope->vault, 20);
	if (envelope->expires_after_ms != 0) {
		msgpack_append(&writer, "\0", 1);
		msgpack_append_u64(&writer, (uint64_t)envelope->expires_after_ms);
	}
	hashed->length = writer.length;
	keccak256(hashed->bytes, hashed->length, hashed->connection_id);
	eip712_agent_struct_hash(envelope->mainnet, hashed->connection_id, hashed->struct_hash);
	eip712_digest(EIP712_L1_DOMAIN_SEPARATOR, hashed->struct_hash, hashed->digest);
	return !writer.overflowed;
}

static void write_body(const char *action_json, const struct hyperliquid_envelope *envelope,
		       const uint8_t signature[65], char out[BODY_TEXT_MAX])
{
	char r[HASH_TEXT_SIZE], s[HASH_TEXT_SIZE], vault[128] = "", expiry[64] = "";
	hash_text(signature, r);
	hash_text(signature + 32, s);
	if (envelope->has_vault) {
		char address[HYPERLIQUID_ADDRESS_TEXT];
		hyperliquid_address_text(envelope->vault, address);
		snprintf(vault, sizeof(vault), ",\"vaultAddress\":\"%s\"", address);
	}
	if (envelope->expires_after_ms != 0)
		snprintf(expiry, sizeof(expiry), ",\"expiresAfter\":%lld",
			 (long long)envelope->expires_after_ms);
	int length = snprintf(out, BODY_TEXT_MAX,
			      "{\"action\":%s,\"nonce\":%lld,\"signature\":{\"r\":\"%s\",\"s\":"
			      "\"%s\",\"v\":%d}%s%s}",
			      action_json, (long long)envelope->nonce_ms, r, s, signature[64],
			      vault, expiry);
	assert(length < BODY_TEXT_MAX);
}

/* What the vector says, from primitives only. */
static bool run_by_primitives(const struct vector_run *run,
			      const struct hyperliquid_envelope *envelope,
			      const struct hyperliquid_key *key, const struct hashed_action *hashed)
{
	uint8_t signature[65];
	char body[BODY_TEXT_MAX];
	if (!vector_expect_bytes(run, "msgpack", hashed->bytes, hashed->msgpack_length) ||
	    !vector_expect_bytes(run, "preimage", hashed->bytes, hashed->length) ||
	    !vector_expect_bytes(run, "connection_id", hashed->connection_id, 32) ||
	    !vector_expect_bytes(run, "struct_hash", hashed->struct_hash, 32) ||
	    !vector_expect_bytes(run, "digest", hashed->digest, 32))
		return false;
	if (!secp256k1_signer_sign(key->secret, hashed->digest, signature))
		return vector_fails(run, "not signed");
	write_body(vector_text(run->input, "action_json"), envelope, signature, body);
	return expect_signature(run, signature) && expect_signer(run, hashed->digest, signature) &&
	       expect_body(run, body);
}

/* The same by our own builder; its action is spelled as in the vector, byte for byte. */
static bool run_by_builder(const struct vector_run *run,
			   const struct hyperliquid_envelope *envelope,
			   const struct hyperliquid_key *key, const struct built_action *built)
{
	static struct hyperliquid_signed made;
	struct error err;
	const char *action_json = vector_text(run->input, "action_json");
	size_t length = strlen(action_json), head = strlen("{\"action\":");
	if (!hyperliquid_sign(key, &built->action, envelope, &made, &err))
		return vector_fails(run, "hyperliquid_sign: %.200s", err.text);
	if (made.body_length != strlen(made.body) ||
	    strncmp(made.body + head, action_json, length) != 0 || made.body[head + length] != ',')
		return vector_fails(run, "hyperliquid_sign spells it %.200s", made.body);
	return vector_expect_bytes(run, "connection_id", made.connection_id, 32) &&
	       expect_signature(run, made.signature) && expect_body(run, made.body);
}

bool vector_hyperliquid_l1_action(const struct vector_run *run)
{
	struct json_tree *action = parse_text(vector_text(run->input, "action_json"));
	struct hyperliquid_envelope envelope;
	struct hyperliquid_key key;
	struct hashed_action hashed;
	struct built_action built;
	struct error err;
	bool holds;
	if (action == NULL || !read_envelope(run, &envelope) ||
	    !hyperliquid_key_load(vector_text(run->input, "private_key"), &key, &err) ||
	    !hash_action(action, &envelope, &hashed))
		holds = vector_fails(run, "the input cannot be read");
	else
		holds = run_by_primitives(run, &envelope, &key, &hashed) &&
			(!vector_action_build(action, &built) ||
			 run_by_builder(run, &envelope, &key, &built));
	json_tree_free(action);
	return holds;
}

bool vector_hyperliquid_is_built(const cJSON *single)
{
	const cJSON *input = cJSON_GetObjectItemCaseSensitive(single, "input");
	struct built_action built;
	struct json_tree *action = parse_text(vector_text(input, "action_json"));
	bool is_built = strstr(vector_text(single, "kind"), "l1") != NULL && action != NULL &&
			vector_action_build(action, &built);
	json_tree_free(action);
	return is_built;
}

bool vector_hyperliquid_recover_l1(const struct vector_run *run)
{
	static struct hyperliquid_signed made;
	struct json_tree *action = parse_text(vector_text(run->input, "action_json"));
	struct hyperliquid_envelope envelope;
	struct hashed_action hashed;
	struct built_action built;
	struct hyperliquid_key key;
	struct error err;
	uint8_t signature[65];
	bool holds;
	if (action == NULL || !read_envelope(run, &envelope) || !read_signature(run, signature) ||
	    !hash_action(action, &envelope, &hashed))
		holds = vector_fails(run, "the input cannot be read");
	else
		holds = expect_signer(run, hashed.digest, signature);
	/* Its key is not known to us; what our builder would sign with any key is. */
	if (holds && vector_action_build(action, &built))
		holds = (hyperliquid_key_load("0x0123456789012345678901234567890123456789012345678"
					      "901234567890123",
					      &key, &err) &&
			 hyperliquid_sign(&key, &built.action, &envelope, &made, &err) &&
			 memcmp(made.connection_id, hashed.connection_id, 32) == 0) ||
			vector_fails(run, "hyperliquid_sign hashes it another way");
	json_tree_free(action);
	return holds;
}

/* ---- user-signed actions ---- */

/* §4.5. The program signs none of them: an agent's key cannot. */
static const char *user_type_string(const char *primary_type)
{
	static const char *const TYPES[] = {
		"HyperliquidTransaction:UsdClassTransfer(string hyperliquidChain,string amount,"
		"bool toPerp,uint64 nonce)",
		"HyperliquidTransaction:ApproveAgent(string hyperliquidChain,address agentAddress,"
		"string agentName,uint64 nonce)",
		"HyperliquidTransaction:UsdSend(string hyperliquidChain,string destination,"
		"string amount,uint64 time)",
		"HyperliquidTransaction:Withdraw(string hyperliquidChain,string destination,"
		"string amount,uint64 time)",
		"HyperliquidTransaction:SendAsset(string hyperliquidChain,string destination,"
		"string sourceDex,string destinationDex,string token,string amount,"
		"string fromSubAccount,uint64 nonce)",
		"HyperliquidTransaction:ApproveBuilderFee(string hyperliquidChain,"
		"string maxFeeRate,address builder,uint64 nonce)",
	};
	size_t length = strlen(primary_type);
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (strncmp(TYPES[i], primary_type, length) == 0 && TYPES[i][length] == '(')
			return TYPES[i];
	return NULL;
}

static bool hash_field(struct eip712_struct *hashed, const char *type,
		       const struct json_tree *value)
{
	uint8_t address[20];
	const char *text = json_tree_text(value);
	if (value == NULL)
		return false;
	if (strcmp(type, "string") == 0) {
		eip712_struct_string(hashed, text, strlen(text));
	} else if (strcmp(type, "uint64") == 0) {
		eip712_struct_u64(hashed, strtoull(text, NULL, 10));
	} else if (strcmp(type, "bool") == 0) {
		eip712_struct_bool(hashed, value->kind == TREE_TRUE);
	} else if (strcmp(type, "address") == 0) {
		if (vector_bytes(text, address, 20) != 20)
			return false;
		eip712_struct_address(hashed, address);
	} else {
		return false;
	}
	return true;
}

struct user_hashes {
	uint8_t type_hash[32], domain_separator[32], struct_hash[32], digest[32];
};

/* Walks the fields of "Name(type name,type name)" and takes each from the action. */
static bool hash_user_action(const char *type_string, const struct json_tree *action,
			     struct user_hashes *hashes)
{
	struct eip712_domain domain = {.name = "HyperliquidSignTransaction", .version = "1"};
	struct eip712_struct hashed;
	char fields[TYPE_TEXT_MAX], *rest = NULL;
	const char *open = strchr(type_string, '(');
	if (open == NULL || strlen(open) >= sizeof(fields))
		return false;
	snprintf(fields, sizeof(fields), "%s", open + 1);
	eip712_type_hash(type_string, hashes->type_hash);
	eip712_struct_begin(&hashed, hashes->type_hash);
	for (char *field = strtok_r(fields, ",)", &rest); field != NULL;
	     field = strtok_r(NULL, ",)", &rest)) {
		char *name = strchr(field, ' ');
		if (name == NULL)
			return false;
		*name++ = '\0';
		if (!hash_field(&hashed, field, json_tree_member(action, name)))
			return false;
	}
	eip712_struct_end(&hashed, hashes->struct_hash);
	domain.chain_id =
		strtoull(json_tree_text(json_tree_member(action, "signatureChainId")), NULL, 16);
	eip712_domain_separator(&domain, hashes->domain_separator);
	eip712_digest(hashes->domain_separator, hashes->struct_hash, hashes->digest);
	return true;
}

static bool run_user_action(const struct vector_run *run, const struct json_tree *action)
{
	const char *type_string = user_type_string(vector_text(run->input, "primary_type"));
	struct hyperliquid_envelope envelope = {0};
	struct hyperliquid_key key;
	struct user_hashes hashes;
	struct error err;
	uint8_t signature[65];
	char body[BODY_TEXT_MAX];
	if (type_string == NULL || action == NULL ||
	    !hyperliquid_key_load(vector_text(run->input, "private_key"), &key, &err) ||
	    !hash_user_action(type_string, action, &hashes))
		return vector_fails(run, "the input cannot be read");
	if (!vector_expect_text(run, "type_string", type_string) ||
	    !vector_expect_bytes(run, "type_hash", hashes.type_hash, 32) ||
	    !vector_expect_bytes(run, "domain_separator", hashes.domain_separator, 32) ||
	    !vector_expect_bytes(run, "struct_hash", hashes.struct_hash, 32) ||
	    !vector_expect_bytes(run, "digest", hashes.digest, 32))
		return false;
	if (!secp256k1_signer_sign(key.secret, hashes.digest, signature))
		return vector_fails(run, "not signed");
	const struct json_tree *nonce = json_tree_member(action, "nonce");
	if (nonce == NULL)
		nonce = json_tree_member(action, "time");
	json_tree_i64(nonce, &envelope.nonce_ms);
	write_body(vector_text(run->input, "action_json"), &envelope, signature, body);
	return expect_signature(run, signature) && expect_signer(run, hashes.digest, signature) &&
	       expect_body(run, body);
}

bool vector_hyperliquid_user_signed_action(const struct vector_run *run)
{
	struct json_tree *action = parse_text(vector_text(run->input, "action_json"));
	bool holds = run_user_action(run, action);
	json_tree_free(action);
	return holds;
}

bool vector_hyperliquid_recover_user(const struct vector_run *run)
{
	struct json_tree *action = parse_text(vector_text(run->input, "action_json"));
	struct user_hashes hashes;
	uint8_t signature[65];
	bool holds;
	if (action == NULL || !read_signature(run, signature) ||
	    !hash_user_action(vector_text(run->input, "type_string"), action, &hashes))
		holds = vector_fails(run, "the input cannot be read");
	else
		holds = expect_signer(run, hashes.digest, signature);
	json_tree_free(action);
	return holds;
}
