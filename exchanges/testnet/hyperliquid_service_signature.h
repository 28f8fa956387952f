/*
 * Who signed: EIP-712 digests and the address recovered from the signature
 * (venues/hyperliquid.md §4.3, §4.5).
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_SIGNATURE_H
#define FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_SIGNATURE_H

#include "exchanges/testnet/hyperliquid_service_json.h"

#define HYPER_ADDRESS_BYTES 20
#define HYPER_ADDRESS_TEXT  43 /* "0x", 40 digits, NUL */

struct hyper_signature {
	uint8_t r[32], s[32];
	int recovery; /* 0 or 1 */
};
/* {"r":"0x..","s":"0x..","v":27}; leading zeros of r and s may be missing. */
bool hyper_signature_read(const struct hyper_json *node, struct hyper_signature *signature);
/* False: no key made this. */
bool hyper_signature_recover(const struct hyper_signature *signature, const uint8_t digest[32],
			     uint8_t address[HYPER_ADDRESS_BYTES]);

/* Of an L1 action; source 'a' or 'b'. */
void hyper_agent_digest(char source, const uint8_t connection_id[32], uint8_t digest[32]);
/* Of a user-signed action by its type and members; the chain id is the action's own. False: not
 * such an action, or a member is missing or of a wrong kind. */
bool hyper_user_digest(const struct hyper_json *action, uint8_t digest[32]);
/* Its "nonce" or "time". */
bool hyper_user_nonce(const struct hyper_json *action, uint64_t *nonce);

/* "0x" and 40 digits, either case. */
bool hyper_address_read(const char *text, uint8_t address[HYPER_ADDRESS_BYTES]);
/* Lower case; returns out. */
const char *hyper_address_write(const uint8_t address[HYPER_ADDRESS_BYTES],
				char out[HYPER_ADDRESS_TEXT]);

#endif
