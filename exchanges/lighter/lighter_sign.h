/*
 * Lighter transactions: build, hash, sign (venues/lighter.md §3 and §4). Pure: no I/O, no clock, no
 * randomness of its own. What the official signer refuses before signing (§3.1, §3.5) is refused
 * here too, with the field and its range. Secrets never flow into a branch or an address.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_SIGN_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_SIGN_H

#include "core/base/error.h"
#include "exchanges/lighter/schnorr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIGHTER_CHAIN_MAINNET 304
#define LIGHTER_CHAIN_TESTNET 300

/* A private key of one API key slot, and what is derived from it once. */
struct lighter_key {
	uint8_t secret[40];		  /* little-endian scalar, 1..n-1 */
	uint8_t public_key[40];		  /* encoded point */
	struct schnorr_verifier verifier; /* of the own signatures; 100 KB */
};
/* 80 hex digits, 0x optional (§4.7). False with err (which never holds key bytes) if it is none. */
bool lighter_key_load(const char *hex, struct lighter_key *key, struct error *err);
void lighter_key_wipe(struct lighter_key *key);

enum lighter_transaction_type {
	LIGHTER_CHANGE_PUB_KEY = 8,
	LIGHTER_CREATE_ORDER = 14,
	LIGHTER_CANCEL_ORDER = 15,
	LIGHTER_CANCEL_ALL = 16,
	LIGHTER_MODIFY_ORDER = 17,
	LIGHTER_UPDATE_LEVERAGE = 20,
	LIGHTER_CREATE_GROUPED_ORDERS = 28,
	LIGHTER_UPDATE_MARGIN = 29,
};
enum lighter_order_type {
	LIGHTER_LIMIT = 0,
	LIGHTER_MARKET = 1,
	LIGHTER_STOP_LOSS = 2,
	LIGHTER_STOP_LOSS_LIMIT = 3,
	LIGHTER_TAKE_PROFIT = 4,
	LIGHTER_TAKE_PROFIT_LIMIT = 5,
	LIGHTER_TWAP = 6,
};
enum lighter_time_in_force { LIGHTER_IOC = 0, LIGHTER_GTT = 1, LIGHTER_POST_ONLY = 2 };
enum lighter_grouping {
	LIGHTER_ONE_TRIGGERS_OTHER = 1,
	LIGHTER_ONE_CANCELS_OTHER = 2,
	LIGHTER_ONE_TRIGGERS_ONE_CANCELS_OTHER = 3,
};
enum lighter_cancel_all_time { LIGHTER_NOW = 0, LIGHTER_SCHEDULED = 1, LIGHTER_ABORT = 2 };

/* Attributes (§4.9): absent unless `present` has the bit 1 << type. */
enum lighter_attribute_type {
	LIGHTER_INTEGRATOR_ACCOUNT = 1,
	LIGHTER_INTEGRATOR_TAKER_FEE = 2,
	LIGHTER_INTEGRATOR_MAKER_FEE = 3,
	LIGHTER_SKIP_NONCE = 4,
	LIGHTER_CANCEL_ALL_MARKET = 5,
	LIGHTER_SELF_TRADE_BEHAVIOUR = 6,
	LIGHTER_SELF_TRADE_EQUALITY = 7,
};
#define LIGHTER_ATTRIBUTE_TYPES 8 /* types 1..7 */
struct lighter_attributes {
	unsigned present;
	int64_t value[LIGHTER_ATTRIBUTE_TYPES];
};

struct lighter_order {
	int32_t market_index;
	int64_t client_order_index;
	int64_t base_amount; /* size x 10^size_decimals */
	int64_t price;	     /* price x 10^price_decimals */
	int is_ask, type, time_in_force, reduce_only;
	int64_t trigger_price;
	int64_t order_expiry_ms; /* 0 for IOC and market */
};

#define LIGHTER_GROUP_MAX 3
struct lighter_transaction {
	enum lighter_transaction_type type;
	int64_t account_index;
	int32_t api_key_index;
	int64_t nonce;
	int64_t expired_at_ms; /* venue time: the transaction's own deadline */
	struct lighter_attributes attributes;
	union {
		struct lighter_order create;
		struct {
			int32_t market_index;
			int64_t index; /* client index, or the venue's (>= 2^48) */
		} cancel;
		struct {
			int time_in_force; /* enum lighter_cancel_all_time */
			int64_t time_ms;
		} cancel_all;
		struct {
			int32_t market_index;
			int64_t index, base_amount, price, trigger_price;
		} modify;
		struct {
			int32_t market_index;
			int32_t initial_margin_fraction; /* 1..10000; 10000 / leverage */
			int margin_mode;		 /* 0 cross, 1 isolated */
		} leverage;
		struct {
			int32_t market_index;
			int64_t usdc_amount; /* 10^-6 USDC, > 0 */
			int direction;	     /* 0 remove from, 1 add to the isolated margin */
		} margin;
		struct {
			int grouping; /* enum lighter_grouping */
			unsigned count;
			struct lighter_order orders[LIGHTER_GROUP_MAX];
		} grouped;
		struct {
			uint8_t public_key[40];	  /* the new one, which also signs */
			const char *l1_signature; /* 0x..., borrowed; "" if none */
		} change_key;
	} u;
};

#define LIGHTER_TX_INFO_MAX 2048
struct lighter_signed {
	enum lighter_transaction_type type;
	char tx_info[LIGHTER_TX_INFO_MAX]; /* compact JSON as §4.10, NUL-terminated */
	size_t tx_info_length;
	uint8_t hash[40];
	char hash_hex[81]; /* what the venue calls tx_hash */
	uint8_t signature[80];
};

/*
 * Validates, hashes and signs; verifies its own signature before it hands it out (§4.8). extra: 32
 * bytes that the caller draws anew for each call; k is SHA-512(domain || key || message || extra)
 * mod n, so a repeated extra repeats k only for the same message. False with err: nothing signed.
 */
bool lighter_sign(const struct lighter_key *key, uint32_t chain_id,
		  const struct lighter_transaction *transaction, const uint8_t extra[32],
		  struct lighter_signed *out, struct error *err);

/* Auth token (§4.11): "<deadline s>:<account>:<api key>:<160 hex>". */
#define LIGHTER_AUTH_TOKEN_MAX 256
bool lighter_auth_token(const struct lighter_key *key, int64_t deadline_s, int64_t account_index,
			int32_t api_key_index, const uint8_t extra[32],
			char token[LIGHTER_AUTH_TOKEN_MAX], struct error *err);

/* ---- for whoever verifies (the local testnet, tests) ---- */
/* Message hash of a transaction; false with err where the official signer refuses the fields. */
bool lighter_hash(uint32_t chain_id, const struct lighter_transaction *transaction,
		  uint8_t hash[40], struct error *err);
/* Hash that an auth token's text "<deadline>:<account>:<api key>" is signed over. A text of
 * LIGHTER_AUTH_TOKEN_MAX bytes or more gives a hash that nothing verifies against. */
void lighter_auth_hash(const char *text, size_t length, uint8_t hash[40]);
bool lighter_verify(const uint8_t public_key[40], const uint8_t hash[40],
		    const uint8_t signature[80]);

#endif
