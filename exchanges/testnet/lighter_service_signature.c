/* Hashes and signatures of §4.8, §4.9 and §4.11, put together here from the field's arithmetic. */
#include "exchanges/testnet/lighter_service_transaction.h"

#include "exchanges/lighter/poseidon2.h"
#include "exchanges/lighter/schnorr.h"

#include <string.h>

#define ELEMENTS_MAX 24

struct elements {
	uint64_t list[ELEMENTS_MAX];
	size_t count;
};

/* An integer as a field element; -1 (no account) is p - 1. */
static void add_element(struct elements *elements, int64_t value)
{
	elements->list[elements->count++] =
		value >= 0 ? (uint64_t)value : GOLDILOCKS_P - (uint64_t)-value;
}

static void add_fields(struct elements *elements, const struct served_transaction *transaction)
{
	static const unsigned COUNTS[TX_UPDATE_MARGIN + 1] = {
		[TX_CREATE_ORDER] = CREATE_FIELDS,
		[TX_CANCEL_ORDER] = 2,
		[TX_CANCEL_ALL] = 2,
		[TX_MODIFY_ORDER] = 5,
		[TX_UPDATE_LEVERAGE] = 3,
		[TX_CREATE_GROUPED] = 1,
	};
	for (unsigned i = 0; i < COUNTS[transaction->type]; i++)
		add_element(elements, transaction->values[i]);
	if (transaction->type == TX_UPDATE_MARGIN) {
		add_element(elements, transaction->values[MARGIN_MARKET]);
		add_element(elements, transaction->values[MARGIN_AMOUNT] & INT64_C(0xffffffff));
		add_element(elements, transaction->values[MARGIN_AMOUNT] >> 32);
		add_element(elements, transaction->values[MARGIN_DIRECTION]);
	}
}

static void add_public_key(struct elements *elements, const uint8_t bytes[40])
{
	for (unsigned i = 0; i < 5; i++) {
		uint64_t coefficient = 0;
		for (unsigned k = 8; k-- > 0;)
			coefficient = coefficient << 8 | bytes[8 * i + k];
		elements->list[elements->count++] = goldilocks_canonical(coefficient);
	}
}

/* H = Hash4(first); H = TwoToOne(H, Hash4(next)). */
static void add_grouped_orders(struct elements *elements,
			       const struct served_transaction *transaction)
{
	uint64_t all[4] = {0};
	for (unsigned i = 0; i < transaction->order_count; i++) {
		struct elements order = {.count = 0};
		uint64_t one[4];
		for (unsigned k = 0; k < CREATE_FIELDS; k++)
			add_element(&order, transaction->orders[i][k]);
		poseidon2_hash4(order.list, order.count, one);
		if (i == 0)
			memcpy(all, one, sizeof(all));
		else
			poseidon2_two_to_one(all, one, all);
	}
	for (unsigned i = 0; i < 4; i++)
		elements->list[elements->count++] = all[i];
}

static void mix_attributes(const struct served_transaction *transaction, struct quintic *message)
{
	uint64_t pairs[8] = {0}, both[10];
	struct quintic attributes;
	unsigned count = 0;
	for (unsigned type = 1; type < ATTRIBUTE_TYPES; type++) {
		if (!(transaction->attributes & 1u << type))
			continue;
		pairs[count++] = type;
		pairs[count++] = (uint64_t)transaction->attribute[type];
	}
	if (count == 0)
		return;
	poseidon2_hash_to_fp5(pairs, 8, &attributes);
	memcpy(both, message->c, sizeof(message->c));
	memcpy(both + 5, attributes.c, sizeof(attributes.c));
	poseidon2_hash_to_fp5(both, 10, message);
}

void served_transaction_hash(const struct served_transaction *transaction, uint32_t chain_id,
			     uint8_t hash[TX_HASH_BYTES])
{
	struct elements elements = {.count = 0};
	struct quintic message;
	add_element(&elements, chain_id);
	add_element(&elements, transaction->type);
	add_element(&elements, transaction->nonce);
	add_element(&elements, transaction->expired_at_ms);
	add_element(&elements, transaction->account_index);
	add_element(&elements, transaction->api_key_index);
	add_fields(&elements, transaction);
	if (transaction->type == TX_CHANGE_PUB_KEY)
		add_public_key(&elements, transaction->public_key);
	if (transaction->type == TX_CREATE_GROUPED)
		add_grouped_orders(&elements, transaction);
	poseidon2_hash_to_fp5(elements.list, elements.count, &message);
	mix_attributes(transaction, &message);
	quintic_to_bytes(hash, &message);
}

void served_token_hash(const char *text, size_t length, uint8_t hash[TX_HASH_BYTES])
{
	struct elements elements = {.count = 0};
	struct quintic message;
	/* Three numbers of at most 19 digits and two colons: 59 bytes are 8 elements. */
	for (size_t at = 0; at < length && elements.count < ELEMENTS_MAX; at += 8) {
		uint64_t element = 0;
		for (size_t k = 0; k < 8 && at + k < length; k++)
			element |= (uint64_t)(unsigned char)text[at + k] << (8 * k);
		elements.list[elements.count++] = goldilocks_canonical(element);
	}
	poseidon2_hash_to_fp5(elements.list, elements.count, &message);
	quintic_to_bytes(hash, &message);
}

bool served_signature_holds(const uint8_t public_key[40], const uint8_t hash[TX_HASH_BYTES],
			    const uint8_t signature[80])
{
	struct quintic message;
	return quintic_from_bytes(&message, hash) &&
	       schnorr_verify_vartime(public_key, &message, signature);
}
