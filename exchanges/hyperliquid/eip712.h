/*
 * EIP-712 structured hashing, as far as Hyperliquid signs it: flat structs of the types string,
 * address, bool, uint64 and bytes32 (venues/hyperliquid.md §4.3, §4.5).
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_EIP712_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_EIP712_H

#include "core/base/keccak256.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eip712_domain {
	const char *name;
	const char *version;
	uint64_t chain_id;
	uint8_t verifying_contract[20];
};
void eip712_domain_separator(const struct eip712_domain *domain, uint8_t out[32]);

/* Keccak-256 of e.g. "Agent(string source,bytes32 connectionId)". */
void eip712_type_hash(const char *type, uint8_t out[32]);

/* The hash of one struct: begun with its type, then its fields in the order of the type. */
struct eip712_struct {
	struct keccak256 hash;
};
void eip712_struct_begin(struct eip712_struct *hashed, const uint8_t type_hash[32]);
void eip712_struct_string(struct eip712_struct *hashed, const char *text, size_t length);
void eip712_struct_address(struct eip712_struct *hashed, const uint8_t address[20]);
void eip712_struct_bool(struct eip712_struct *hashed, bool value);
void eip712_struct_u64(struct eip712_struct *hashed, uint64_t value);
void eip712_struct_bytes32(struct eip712_struct *hashed, const uint8_t bytes[32]);
void eip712_struct_end(struct eip712_struct *hashed, uint8_t out[32]);

/* What is signed. */
void eip712_digest(const uint8_t domain_separator[32], const uint8_t struct_hash[32],
		   uint8_t out[32]);

/* The constants of L1 actions: type and domain are the same on both networks (§4.3). */
extern const uint8_t EIP712_L1_DOMAIN_SEPARATOR[32];
extern const uint8_t EIP712_AGENT_TYPE_HASH[32];
/* Hash of the phantom agent {source "a" on mainnet, else "b"; connection_id}. */
void eip712_agent_struct_hash(bool mainnet, const uint8_t connection_id[32], uint8_t out[32]);

#endif
