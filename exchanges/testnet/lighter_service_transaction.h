/*
 * Transactions as they come over the wire: tx_info JSON (venues/lighter.md §4.10) read strictly,
 * its fields judged by §3.1 and §3.5, hashed by §4.9 and the signature checked (§4.8). Written from
 * the document alone; only the curve and hash arithmetic is shared with the adapter. Pure.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_TRANSACTION_H
#define FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TX_CHANGE_PUB_KEY = 8,
	TX_CREATE_ORDER = 14,
	TX_CANCEL_ORDER = 15,
	TX_CANCEL_ALL = 16,
	TX_MODIFY_ORDER = 17,
	TX_UPDATE_LEVERAGE = 20,
	TX_CREATE_GROUPED = 28,
	TX_UPDATE_MARGIN = 29,
};

/* Places of a transaction's own fields in values[]: the order of §4.9. */
enum {
	CREATE_MARKET,
	CREATE_CLIENT_INDEX,
	CREATE_BASE_AMOUNT,
	CREATE_PRICE,
	CREATE_IS_ASK,
	CREATE_TYPE,
	CREATE_TIME_IN_FORCE,
	CREATE_REDUCE_ONLY,
	CREATE_TRIGGER_PRICE,
	CREATE_EXPIRY,
	CREATE_FIELDS
};
enum { CANCEL_MARKET, CANCEL_INDEX };
enum { CANCEL_ALL_TIME_IN_FORCE, CANCEL_ALL_TIME };
enum { MODIFY_MARKET, MODIFY_INDEX, MODIFY_BASE_AMOUNT, MODIFY_PRICE, MODIFY_TRIGGER_PRICE };
enum { LEVERAGE_MARKET, LEVERAGE_FRACTION, LEVERAGE_MODE };
enum { MARGIN_MARKET, MARGIN_AMOUNT, MARGIN_DIRECTION };

enum {
	TYPE_LIMIT,
	TYPE_MARKET,
	TYPE_STOP_LOSS,
	TYPE_STOP_LOSS_LIMIT,
	TYPE_TAKE_PROFIT,
	TYPE_TAKE_PROFIT_LIMIT,
	TYPE_TWAP
};
enum { FORCE_IOC, FORCE_GOOD_TILL_TIME, FORCE_POST_ONLY };
enum { CANCEL_ALL_NOW, CANCEL_ALL_SCHEDULED, CANCEL_ALL_ABORT };

/* Attribute types of §4.9. */
enum {
	ATTRIBUTE_SKIP_NONCE = 4,
	ATTRIBUTE_CANCEL_ALL_MARKET = 5,
	ATTRIBUTE_TYPES = 8 /* 1..7 exist */
};

#define TX_GROUPED_ORDERS_MAX 3

struct served_transaction {
	int type;
	int64_t account_index, api_key_index, expired_at_ms, nonce;
	int64_t values[CREATE_FIELDS];
	unsigned order_count; /* TX_CREATE_GROUPED; values[0] is the grouping type */
	int64_t orders[TX_GROUPED_ORDERS_MAX][CREATE_FIELDS];
	uint8_t public_key[40]; /* TX_CHANGE_PUB_KEY */
	char l1_signature[133]; /* "0x" and 130 hex digits, or "" */
	unsigned attributes;	/* bit 1 << type: present with another value than nil */
	int64_t attribute[ATTRIBUTE_TYPES];
	uint8_t signature[80];
};

/* 0, or the venue's code: 21505 unknown type, 21501 anything else that is not §4.10. */
int served_transaction_parse(int64_t type, const char *text, size_t length,
			     struct served_transaction *out);
/* 0, or the code of the first field out of range (§3.1), wrong combination (§3.5), or attribute. */
int served_transaction_judge(const struct served_transaction *transaction);

#define TX_HASH_BYTES 40
#define TX_HASH_HEX   80
void served_transaction_hash(const struct served_transaction *transaction, uint32_t chain_id,
			     uint8_t hash[TX_HASH_BYTES]);
/* What an auth token's first three parts are signed over (§4.11). */
void served_token_hash(const char *text, size_t length, uint8_t hash[TX_HASH_BYTES]);
bool served_signature_holds(const uint8_t public_key[40], const uint8_t hash[TX_HASH_BYTES],
			    const uint8_t signature[80]);

void served_hex(const uint8_t *bytes, size_t count, char *hex); /* lower case, NUL-terminated */
/* False unless exactly 2 * count lower-case hex digits. */
bool served_unhex(const char *hex, size_t length, uint8_t *bytes, size_t count);

/* The venue's sentence for one of its codes; static. */
const char *served_message(int code);

#endif
