/*
 * An action as the venue hashes it: read into its known members and written again in their one
 * order (venues/hyperliquid.md §2.1, §4.2, §4.7). Members that the venue does not know are not
 * hashed, numbers in texts lose trailing zeros, hexadecimal becomes lower case, flags that are
 * false are left out: who signed anything else is recovered as somebody else.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_ACTION_H
#define FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_ACTION_H

#include "exchanges/testnet/hyperliquid_service_json.h"

#define HYPER_ACTION_BYTES_MAX (64 * 1024)

enum hyper_action_type {
	HYPER_ORDER,
	HYPER_CANCEL,
	HYPER_CANCEL_BY_CLOID,
	HYPER_MODIFY,
	HYPER_BATCH_MODIFY,
	HYPER_SCHEDULE_CANCEL,
	HYPER_UPDATE_LEVERAGE,
	HYPER_UPDATE_ISOLATED_MARGIN,
	HYPER_NOOP,
	HYPER_SET_REFERRER,
	HYPER_APPROVE_AGENT,
	HYPER_APPROVE_BUILDER_FEE,
	HYPER_OTHER_USER_SIGNED, /* known, not offered here */
	HYPER_OTHER,		 /* anything else: hashed as it came, not offered here */
};

/* The action's type; false: it has none. */
bool hyper_action_type(const struct hyper_json *action, enum hyper_action_type *type);
bool hyper_action_is_user_signed(enum hyper_action_type type);

/* Bytes owned by the caller: free(bytes). */
struct hyper_packed {
	unsigned char *bytes;
	size_t length;
};
/* msgpack of an L1 action. False: a member is missing, of a wrong kind or out of range. */
bool hyper_action_pack(const struct hyper_json *action, struct hyper_packed *packed);

/* keccak256(msgpack || nonce || vault || expiry), §4.3. vault NULL: none; expires_after 0: none. */
void hyper_action_hash(const struct hyper_packed *packed, uint64_t nonce, const uint8_t *vault,
		       bool expires, uint64_t expires_after, uint8_t connection_id[32]);

/* A decimal text as the venue writes it: no trailing zeros, no sign plus, no exponent. */
bool hyper_canonical_decimal(const char *text, size_t length, char *out, size_t size);

#endif
