/*
 * What a Lighter transaction consists of, in one place: which fields each type has, in the order in
 * which they are hashed and written, and what each may hold (venues/lighter.md §3.1, §3.5, §4.9,
 * §4.10). Only integers; the new key of a ChangePubKey and the orders of a group are not in here.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_LAYOUT_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_LAYOUT_H

#include "exchanges/lighter/lighter_sign.h"

struct lighter_range {
	int64_t low, high;
	bool or_spot; /* or the index of a spot market */
};
struct lighter_field {
	const char *name; /* in tx_info */
	size_t offset;	  /* from the start of the transaction or, of an order, of the order */
	size_t size;	  /* 4 or 8 bytes, signed */
	const struct lighter_range *range;
	bool in_halves; /* hashed as two elements of 32 bits, the lower first */
};
struct lighter_fields {
	const struct lighter_field *field;
	size_t count;
};

/* The ten fields of an order. */
extern const struct lighter_fields lighter_order_fields;
/* Of every transaction: AccountIndex, ApiKeyIndex, then ExpiredAt, Nonce. */
extern const struct lighter_fields lighter_head_fields, lighter_tail_fields;
/* Fields of a type apart from those, from lighter_body_start. NULL if the type is none. */
const struct lighter_fields *lighter_body_fields(enum lighter_transaction_type type);
const void *lighter_body_start(const struct lighter_transaction *transaction);
/* "CreateOrder" etc., for messages. */
const char *lighter_transaction_name(enum lighter_transaction_type type);
int64_t lighter_field_value(const void *start, const struct lighter_field *field);

struct lighter_attribute_rule {
	int64_t low, high;
	int64_t nil; /* hashes like an absent one */
};
#define LIGHTER_ATTRIBUTES_MAX 4 /* in one transaction */
extern const struct lighter_attribute_rule lighter_attribute_rules[LIGHTER_ATTRIBUTE_TYPES];
/* An attribute's value, nil if it is absent; type 1..7. */
int64_t lighter_attribute(const struct lighter_attributes *attributes, int type);

/* False with the field and its range where the official signer refuses (lighter_validate.c). */
bool lighter_validate(const struct lighter_transaction *transaction, struct error *err);
/* The account and API key alone. */
bool lighter_validate_head(const struct lighter_transaction *transaction, struct error *err);

#endif
