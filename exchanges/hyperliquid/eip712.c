#include "exchanges/hyperliquid/eip712.h"

#include <string.h>

#define WORD 32

static const char DOMAIN_TYPE[] = "EIP712Domain(string name,string version,uint256 chainId,"
				  "address verifyingContract)";

const uint8_t EIP712_L1_DOMAIN_SEPARATOR[WORD] = {
	0xd7, 0x92, 0x97, 0xfc, 0xdf, 0x2f, 0xfc, 0xd4, 0xae, 0x22, 0x3d,
	0x01, 0xed, 0xaa, 0x2b, 0xa2, 0x14, 0xff, 0x8f, 0x40, 0x1d, 0x7c,
	0x93, 0x00, 0xd9, 0x95, 0xd1, 0x7c, 0x82, 0xaa, 0x40, 0x40,
};
const uint8_t EIP712_AGENT_TYPE_HASH[WORD] = {
	0x26, 0xf0, 0x5c, 0x2f, 0x72, 0x39, 0xb6, 0x98, 0x30, 0x75, 0xe5,
	0x83, 0x21, 0x29, 0x2d, 0x77, 0xb3, 0xaa, 0x17, 0x3d, 0x19, 0xb2,
	0x72, 0x57, 0xac, 0x96, 0xab, 0x36, 0x25, 0x70, 0xf5, 0x08,
};

void eip712_type_hash(const char *type, uint8_t out[WORD])
{
	keccak256(type, strlen(type), out);
}

void eip712_struct_begin(struct eip712_struct *hashed, const uint8_t type_hash[WORD])
{
	keccak256_begin(&hashed->hash);
	keccak256_add(&hashed->hash, type_hash, WORD);
}

/* The bytes at the right end of a word of zeros. */
static void add_padded(struct eip712_struct *hashed, const uint8_t *bytes, size_t length)
{
	static const uint8_t ZEROS[WORD];
	keccak256_add(&hashed->hash, ZEROS, WORD - length);
	keccak256_add(&hashed->hash, bytes, length);
}

void eip712_struct_string(struct eip712_struct *hashed, const char *text, size_t length)
{
	uint8_t hash[WORD];
	keccak256(text, length, hash);
	add_padded(hashed, hash, sizeof(hash));
}

void eip712_struct_address(struct eip712_struct *hashed, const uint8_t address[20])
{
	add_padded(hashed, address, 20);
}

void eip712_struct_bool(struct eip712_struct *hashed, bool value)
{
	const uint8_t byte = value ? 1 : 0;
	add_padded(hashed, &byte, 1);
}

void eip712_struct_u64(struct eip712_struct *hashed, uint64_t value)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (7 - i) * 8);
	add_padded(hashed, bytes, sizeof(bytes));
}

void eip712_struct_bytes32(struct eip712_struct *hashed, const uint8_t bytes[WORD])
{
	add_padded(hashed, bytes, WORD);
}

void eip712_struct_end(struct eip712_struct *hashed, uint8_t out[WORD])
{
	keccak256_end(&hashed->hash, out);
}

void eip712_domain_separator(const struct eip712_domain *domain, uint8_t out[WORD])
{
	struct eip712_struct hashed;
	uint8_t type_hash[WORD];
	eip712_type_hash(DOMAIN_TYPE, type_hash);
	eip712_struct_begin(&hashed, type_hash);
	eip712_struct_string(&hashed, domain->name, strlen(domain->name));
	eip712_struct_string(&hashed, domain->version, strlen(domain->version));
	eip712_struct_u64(&hashed, domain->chain_id);
	eip712_struct_address(&hashed, domain->verifying_contract);
	eip712_struct_end(&hashed, out);
}

void eip712_digest(const uint8_t domain_separator[WORD], const uint8_t struct_hash[WORD],
		   uint8_t out[WORD])
{
	uint8_t signed_bytes[2 + 2 * WORD] = {0x19, 0x01};
	memcpy(signed_bytes + 2, domain_separator, WORD);
	memcpy(signed_bytes + 2 + WORD, struct_hash, WORD);
	keccak256(signed_bytes, sizeof(signed_bytes), out);
}

void eip712_agent_struct_hash(bool mainnet, const uint8_t connection_id[WORD], uint8_t out[WORD])
{
	struct eip712_struct hashed;
	eip712_struct_begin(&hashed, EIP712_AGENT_TYPE_HASH);
	eip712_struct_string(&hashed, mainnet ? "a" : "b", 1);
	eip712_struct_bytes32(&hashed, connection_id);
	eip712_struct_end(&hashed, out);
}
