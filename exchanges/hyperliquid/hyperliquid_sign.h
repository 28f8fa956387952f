/*
 * Hyperliquid L1 actions: msgpack in exact key order, action hash, EIP-712 phantom agent, signature
 * (venues/hyperliquid.md §2, §4). Pure: no I/O, no clock. An action is written once and comes out
 * twice, as the msgpack that is hashed and as the JSON that is sent, so the two cannot differ.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_SIGN_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_SIGN_H

#include "core/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HYPERLIQUID_ADDRESS_TEXT 43 /* "0x" + 40 lower-case hex + NUL */
#define HYPERLIQUID_CLOID_TEXT	 35 /* "0x" + 32 lower-case hex + NUL */

/* An agent (API) wallet key. The libsecp256k1 context is created once and shared. */
struct hyperliquid_key {
	uint8_t secret[32];
	uint8_t address[20];
	char address_text[HYPERLIQUID_ADDRESS_TEXT];
};
/* 64 hex digits, 0x optional. False with err (which never holds key bytes) if it is none. */
bool hyperliquid_key_load(const char *hex, struct hyperliquid_key *key, struct error *err);
void hyperliquid_key_wipe(struct hyperliquid_key *key);

enum hyperliquid_tif { HYPERLIQUID_ALO, HYPERLIQUID_IOC, HYPERLIQUID_GTC };

struct hyperliquid_order {
	uint32_t asset;
	bool buy;
	char price[32]; /* wire form: hyperliquid_wire_decimal */
	char size[32];
	bool reduce_only;
	enum hyperliquid_tif tif;
	char cloid[HYPERLIQUID_CLOID_TEXT]; /* "" = none */
};

/* units * 10^-decimals in wire form (§4.4): no trailing zeros, "0" for zero; false if it needs
 * more than 8 decimals or does not fit. */
bool hyperliquid_wire_decimal(int64_t units, unsigned decimals, char *out, size_t size);

enum hyperliquid_action_kind {
	HYPERLIQUID_ACTION_ORDER,
	HYPERLIQUID_ACTION_CANCEL, /* by oid */
	HYPERLIQUID_ACTION_CANCEL_BY_CLOID,
	HYPERLIQUID_ACTION_SCHEDULE_CANCEL, /* time_ms 0 clears */
	HYPERLIQUID_ACTION_MODIFY,	    /* by cloid or oid */
	HYPERLIQUID_ACTION_UPDATE_LEVERAGE,
	HYPERLIQUID_ACTION_NOOP,
};
#define HYPERLIQUID_BATCH_MAX 32
struct hyperliquid_action {
	enum hyperliquid_action_kind kind;
	union {
		struct {
			const struct hyperliquid_order *orders; /* borrowed */
			size_t count;
		} order;
		struct {
			uint32_t asset[HYPERLIQUID_BATCH_MAX];
			uint64_t oid[HYPERLIQUID_BATCH_MAX];
			char cloid[HYPERLIQUID_BATCH_MAX][HYPERLIQUID_CLOID_TEXT];
			size_t count;
			bool fast; /* "f":true (§2.3); trigger orders cannot be cancelled so */
		} cancel;
		struct {
			int64_t time_ms;
		} schedule_cancel;
		struct {
			uint64_t oid; /* 0: by cloid */
			char cloid[HYPERLIQUID_CLOID_TEXT];
			struct hyperliquid_order order;
		} modify;
		struct {
			uint32_t asset;
			bool cross;
			int32_t leverage;
		} leverage;
	} u;
};

struct hyperliquid_envelope {
	int64_t nonce_ms;
	bool has_vault;
	uint8_t vault[20];
	int64_t expires_after_ms; /* 0 = none */
	bool mainnet;		  /* source "a", else "b" */
};

#define HYPERLIQUID_BODY_MAX 16384
struct hyperliquid_signed {
	char body[HYPERLIQUID_BODY_MAX]; /* {"action":..,"nonce":..,"signature":..,...}, NUL-ended:
					    the /exchange body and the payload of a ws post */
	size_t body_length;
	uint8_t connection_id[32];
	uint8_t signature[65]; /* r || s || v (27 or 28) */
};
/* False with err: nothing was signed. */
bool hyperliquid_sign(const struct hyperliquid_key *key, const struct hyperliquid_action *action,
		      const struct hyperliquid_envelope *envelope, struct hyperliquid_signed *out,
		      struct error *err);

/* "0x" + hex of an address, and back (either case accepted). */
void hyperliquid_address_text(const uint8_t address[20], char out[HYPERLIQUID_ADDRESS_TEXT]);
bool hyperliquid_address_parse(const char *text, uint8_t address[20]);

#endif
