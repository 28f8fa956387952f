/*
 * A bounded writer of JSON text. Commas come by themselves; numbers are printed from integers, so
 * nothing passes through a double. Once the bound is reached or memory is out, the text is marked
 * failed and stays as it is.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_SERVICE_TEXT_H
#define FUNDARB_EXCHANGES_TESTNET_SERVICE_TEXT_H

#include "core/base/money.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVED_TEXT_MAX (2 * 1024 * 1024)

/* All zero is empty; bytes are owned and freed by served_text_free. */
struct served_text {
	char *bytes; /* NUL-terminated once anything was written */
	size_t length, capacity;
	bool failed;
};

void served_text_free(struct served_text *text);
void served_text_clear(struct served_text *text);

/* As they are, no comma. */
void reply_raw(struct served_text *text, const char *bytes, size_t length);
/* key NULL: an element of an array. bracket '{' or '['; reply_close takes '}' or ']'. */
void reply_open(struct served_text *text, const char *key, char bracket);
void reply_close(struct served_text *text, char bracket);
void reply_text(struct served_text *text, const char *key, const char *value); /* escaped */
void reply_integer(struct served_text *text, const char *key, int64_t value);
void reply_integer_text(struct served_text *text, const char *key, int64_t value); /* quoted */
void reply_bool(struct served_text *text, const char *key, bool value);
void reply_null(struct served_text *text, const char *key);
/* One whole JSON value as it is. */
void reply_value(struct served_text *text, const char *key, const char *json);
/* units * 10^-decimals with all decimals, quoted: "0.30000". */
void reply_decimal(struct served_text *text, const char *key, i128 units, unsigned decimals);
/* The same as a bare JSON number without trailing zeros. */
void reply_number(struct served_text *text, const char *key, i128 units, unsigned decimals);
/* amount rounded half-even to `decimals`, quoted / as a bare number. */
void reply_money(struct served_text *text, const char *key, struct money amount, unsigned decimals);
void reply_money_number(struct served_text *text, const char *key, struct money amount,
			unsigned decimals);

/* value * 10^-18 rounded half-even to units of 10^-decimals. */
i128 served_rounded(i128 e18, unsigned decimals);

#endif
