#include "exchanges/testnet/hyperliquid_service_signature.h"

#include "core/base/keccak256.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <string.h>

#define WORD 32

/* ---- hexadecimal -------------------------------------------------------------------------------
 */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 1 to 2 * size digits behind "0x", right-aligned. */
static bool read_hex(const char *text, uint8_t *out, size_t size)
{
	if (text == NULL || text[0] != '0' || text[1] != 'x')
		return false;
	size_t digits = strlen(text + 2);
	if (digits == 0 || digits > 2 * size)
		return false;
	memset(out, 0, size);
	for (size_t i = 0; i < digits; i++) {
		int value = digit_of(text[2 + i]);
		size_t place = digits - 1 - i;
		if (value < 0)
			return false;
		out[size - 1 - place / 2] |= (uint8_t)(value << (place % 2 * 4));
	}
	return true;
}

bool hyper_address_read(const char *text, uint8_t address[HYPER_ADDRESS_BYTES])
{
	return text != NULL && strlen(text) == HYPER_ADDRESS_TEXT - 1 &&
	       read_hex(text, address, HYPER_ADDRESS_BYTES);
}

const char *hyper_address_write(const uint8_t address[HYPER_ADDRESS_BYTES],
				char out[HYPER_ADDRESS_TEXT])
{
	memcpy(out, "0x", 2);
	for (size_t i = 0; i < HYPER_ADDRESS_BYTES; i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", address[i]);
	return out;
}

/* ---- recovery ----------------------------------------------------------------------------------
 */

bool hyper_signature_read(const struct hyper_json *node, struct hyper_signature *signature)
{
	int64_t v;
	if (!read_hex(hyper_json_text(hyper_json_member(node, "r")), signature->r, WORD) ||
	    !read_hex(hyper_json_text(hyper_json_member(node, "s")), signature->s, WORD) ||
	    !hyper_json_i64(hyper_json_member(node, "v"), &v))
		return false;
	signature->recovery = (int)(v - 27);
	return v == 27 || v == 28;
}

bool hyper_signature_recover(const struct hyper_signature *signature, const uint8_t digest[32],
			     uint8_t address[HYPER_ADDRESS_BYTES])
{
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey key;
	uint8_t compact[2 * WORD], point[1 + 2 * WORD], hash[WORD];
	size_t length = sizeof(point);
	memcpy(compact, signature->r, WORD);
	memcpy(compact + WORD, signature->s, WORD);
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed,
								 compact, signature->recovery) ||
	    !secp256k1_ecdsa_recover(secp256k1_context_static, &key, &parsed, digest) ||
	    !secp256k1_ec_pubkey_serialize(secp256k1_context_static, point, &length, &key,
					   SECP256K1_EC_UNCOMPRESSED))
		return false;
	keccak256(point + 1, 2 * WORD, hash);
	memcpy(address, hash + WORD - HYPER_ADDRESS_BYTES, HYPER_ADDRESS_BYTES);
	return true;
}

/* ---- EIP-712 -----------------------------------------------------------------------------------
 */

static void hash_text(const char *text, uint8_t out[WORD])
{
	keccak256(text, strlen(text), out);
}

static void word_of(uint64_t value, uint8_t out[WORD])
{
	memset(out, 0, WORD);
	for (unsigned i = 0; i < 8; i++)
		out[WORD - 1 - i] = (uint8_t)(value >> (8 * i));
}

static void domain_separator(const char *name, uint64_t chain_id, uint8_t out[WORD])
{
	uint8_t words[5][WORD] = {{0}};
	hash_text("EIP712Domain(string name,string version,uint256 chainId,address "
		  "verifyingContract)",
		  words[0]);
	hash_text(name, words[1]);
	hash_text("1", words[2]);
	word_of(chain_id, words[3]);
	keccak256(words, sizeof(words), out);
}

static void digest_of(const uint8_t domain[WORD], const uint8_t structure[WORD],
		      uint8_t digest[WORD])
{
	uint8_t bytes[2 + 2 * WORD] = {0x19, 0x01};
	memcpy(bytes + 2, domain, WORD);
	memcpy(bytes + 2 + WORD, structure, WORD);
	keccak256(bytes, sizeof(bytes), digest);
}

void hyper_agent_digest(char source, const uint8_t connection_id[32], uint8_t digest[32])
{
	uint8_t domain[WORD], structure[WORD], words[3][WORD];
	domain_separator("Exchange", 1337, domain);
	hash_text("Agent(string source,bytes32 connectionId)", words[0]);
	keccak256(&source, 1, words[1]);
	memcpy(words[2], connection_id, WORD);
	keccak256(words, sizeof(words), structure);
	digest_of(domain, structure, digest);
}

/* The typed members of §4.5 in their order: "type name,type name". */
static const struct typed_row {
	const char *type, *primary, *members;
} TYPED[] = {
	{"usdClassTransfer", "UsdClassTransfer",
	 "string hyperliquidChain,string amount,bool toPerp,uint64 nonce"},
	{"approveAgent", "ApproveAgent",
	 "string hyperliquidChain,address agentAddress,string agentName,uint64 nonce"},
	{"usdSend", "UsdSend",
	 "string hyperliquidChain,string destination,string amount,uint64 time"},
	{"withdraw3", "Withdraw",
	 "string hyperliquidChain,string destination,string amount,uint64 time"},
	{"sendAsset", "SendAsset",
	 "string hyperliquidChain,string destination,string sourceDex,string destinationDex,"
	 "string token,string amount,string fromSubAccount,uint64 nonce"},
	{"approveBuilderFee", "ApproveBuilderFee",
	 "string hyperliquidChain,string maxFeeRate,address builder,uint64 nonce"},
};
#define TYPED_MEMBERS_MAX 8

static bool member_word(const struct hyper_json *action, const char *type, const char *name,
			uint8_t out[WORD])
{
	const struct hyper_json *node = hyper_json_given(action, name);
	uint64_t number;
	bool flag;
	if (strcmp(type, "string") == 0) {
		const char *text = hyper_json_text(node);
		/* The unnamed API wallet may leave its name out. */
		if (node == NULL && strcmp(name, "agentName") == 0)
			text = "";
		if (text == NULL)
			return false;
		hash_text(text, out);
		return true;
	}
	memset(out, 0, WORD);
	if (strcmp(type, "address") == 0)
		return hyper_address_read(hyper_json_text(node), out + WORD - HYPER_ADDRESS_BYTES);
	if (strcmp(type, "bool") == 0) {
		if (!hyper_json_bool(node, &flag))
			return false;
		word_of(flag, out);
		return true;
	}
	if (!hyper_json_u64(node, &number))
		return false;
	word_of(number, out);
	return true;
}

static const struct typed_row *typed_row_of(const struct hyper_json *action)
{
	const char *type = hyper_json_text(hyper_json_member(action, "type"));
	for (size_t i = 0; type != NULL && i < sizeof(TYPED) / sizeof(TYPED[0]); i++) {
		if (strcmp(TYPED[i].type, type) == 0)
			return &TYPED[i];
	}
	return NULL;
}

static bool chain_id_of(const struct hyper_json *action, uint64_t *chain_id)
{
	uint8_t bytes[8];
	*chain_id = 0;
	if (!read_hex(hyper_json_text(hyper_json_member(action, "signatureChainId")), bytes,
		      sizeof(bytes)))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		*chain_id = *chain_id << 8 | bytes[i];
	return true;
}

bool hyper_user_digest(const struct hyper_json *action, uint8_t digest[32])
{
	const struct typed_row *row = typed_row_of(action);
	uint8_t words[1 + TYPED_MEMBERS_MAX][WORD], domain[WORD], structure[WORD];
	char type_text[256], members[200], *at = members, *member;
	size_t count = 1;
	uint64_t chain_id;
	if (row == NULL || !chain_id_of(action, &chain_id))
		return false;
	int length = snprintf(type_text, sizeof(type_text), "HyperliquidTransaction:%s(%s)",
			      row->primary, row->members);
	keccak256(type_text, (size_t)length, words[0]);
	snprintf(members, sizeof(members), "%s", row->members);
	while ((member = strsep(&at, ",")) != NULL) {
		const char *type = strsep(&member, " ");
		if (!member_word(action, type, member, words[count++]))
			return false;
	}
	keccak256(words, count * WORD, structure);
	domain_separator("HyperliquidSignTransaction", chain_id, domain);
	digest_of(domain, structure, digest);
	return true;
}

bool hyper_user_nonce(const struct hyper_json *action, uint64_t *nonce)
{
	const struct hyper_json *node = hyper_json_given(action, "nonce");
	return hyper_json_u64(node != NULL ? node : hyper_json_given(action, "time"), nonce);
}
