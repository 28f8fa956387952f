/*
 * A bounded writer of JSON text. Commas come by themselves; numbers are printed from integers, so
 * nothing passes through a double. Once the bound is reached or memory is out, the text is marked
 * failed and stays as it is.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_TEXT_H
#define FUNDARB_EXCHANGES_TESTNET_LIGHTER_SERVICE_TEXT_H

#include "core/base/money.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIGHTER_TEXT_MAX (2 * 1024 * 1024)

/* All zero is empty; bytes are owned and freed by lighter_text_free. */
struct lighter_text {
	char *bytes; /* NUL-terminated once anything was written */
	size_t length, capacity;
	bool failed;
};

void lighter_text_free(struct lighter_text *text);
void lighter_text_clear(struct lighter_text *text);

/* As they are, no comma. */
void put_raw(struct lighter_text *text, const char *bytes, size_t length);
/* key NULL: an element of an array. bracket '{' or '['; put_close takes '}' or ']'. */
void put_open(struct lighter_text *text, const char *key, char bracket);
void put_close(struct lighter_text *text, char bracket);
void put_text(struct lighter_text *text, const char *key, const char *value); /* escaped */
void put_integer(struct lighter_text *text, const char *key, int64_t value);
void put_integer_text(struct lighter_text *text, const char *key, int64_t value); /* quoted */
void put_bool(struct lighter_text *text, const char *key, bool value);
void put_null(struct lighter_text *text, const char *key);
/* One whole JSON value as it is. */
void put_value(struct lighter_text *text, const char *key, const char *json);
/* units * 10^-decimals with all decimals, quoted: "0.30000". */
void put_decimal(struct lighter_text *text, const char *key, i128 units, unsigned decimals);
/* The same as a bare JSON number without trailing zeros. */
void put_number(struct lighter_text *text, const char *key, i128 units, unsigned decimals);
/* amount rounded half-even to `decimals`, quoted / as a bare number. */
void put_money(struct lighter_text *text, const char *key, struct money amount, unsigned decimals);
void put_money_number(struct lighter_text *text, const char *key, struct money amount,
		      unsigned decimals);

/* value * 10^-18 rounded half-even to units of 10^-decimals. */
i128 rounded_to(i128 e18, unsigned decimals);

#endif
