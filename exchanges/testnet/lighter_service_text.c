#include "exchanges/testnet/lighter_service_text.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lighter_text_free(struct lighter_text *text)
{
	free(text->bytes);
	*text = (struct lighter_text){0};
}

void lighter_text_clear(struct lighter_text *text)
{
	text->length = 0;
	text->failed = false;
	if (text->bytes != NULL)
		text->bytes[0] = '\0';
}

static bool text_reserve(struct lighter_text *text, size_t more)
{
	if (text->failed || more > LIGHTER_TEXT_MAX - text->length) {
		text->failed = true;
		return false;
	}
	if (text->length + more + 1 <= text->capacity)
		return true;
	size_t capacity = text->capacity > 0 ? text->capacity : 1024;
	while (capacity < text->length + more + 1)
		capacity *= 2;
	char *bytes = realloc(text->bytes, capacity);
	if (bytes == NULL) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return true;
}

void put_raw(struct lighter_text *text, const char *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

static void put_escaped(struct lighter_text *text, const char *value)
{
	put_raw(text, "\"", 1);
	for (const char *at = value; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;
		char escape[8];
		if (byte == '"' || byte == '\\') {
			escape[0] = '\\';
			escape[1] = (char)byte;
			put_raw(text, escape, 2);
		} else if (byte < 0x20) {
			int length = snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)byte);
			put_raw(text, escape, (size_t)length);
		} else {
			put_raw(text, at, 1);
		}
	}
	put_raw(text, "\"", 1);
}

/* The comma that is due, and the key. */
static void put_key(struct lighter_text *text, const char *key)
{
	if (text->length > 0 && strchr("{[:,", text->bytes[text->length - 1]) == NULL)
		put_raw(text, ",", 1);
	if (key == NULL)
		return;
	put_escaped(text, key);
	put_raw(text, ":", 1);
}

void put_open(struct lighter_text *text, const char *key, char bracket)
{
	put_key(text, key);
	put_raw(text, &bracket, 1);
}

void put_close(struct lighter_text *text, char bracket)
{
	put_raw(text, &bracket, 1);
}

void put_text(struct lighter_text *text, const char *key, const char *value)
{
	put_key(text, key);
	put_escaped(text, value);
}

void put_value(struct lighter_text *text, const char *key, const char *json)
{
	put_key(text, key);
	put_raw(text, json, strlen(json));
}

void put_integer(struct lighter_text *text, const char *key, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_value(text, key, digits);
}

void put_integer_text(struct lighter_text *text, const char *key, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_text(text, key, digits);
}

void put_bool(struct lighter_text *text, const char *key, bool value)
{
	put_value(text, key, value ? "true" : "false");
}

void put_null(struct lighter_text *text, const char *key)
{
	put_value(text, key, "null");
}

void put_decimal(struct lighter_text *text, const char *key, i128 units, unsigned decimals)
{
	char digits[DECIMAL_TEXT_MAX];
	decimal_format(units, decimals, digits, sizeof(digits));
	put_text(text, key, digits);
}

void put_number(struct lighter_text *text, const char *key, i128 units, unsigned decimals)
{
	char digits[DECIMAL_TEXT_MAX];
	decimal_format_short(units, decimals, digits, sizeof(digits));
	put_value(text, key, digits);
}

i128 rounded_to(i128 e18, unsigned decimals)
{
	i128 units = 0;
	if (!i128_div_round(e18, i128_power_of_ten(MONEY_DECIMALS - decimals), ROUND_HALF_EVEN,
			    &units))
		abort();
	return units;
}

void put_money(struct lighter_text *text, const char *key, struct money amount, unsigned decimals)
{
	put_decimal(text, key, rounded_to(amount.e18, decimals), decimals);
}

void put_money_number(struct lighter_text *text, const char *key, struct money amount,
		      unsigned decimals)
{
	put_number(text, key, rounded_to(amount.e18, decimals), decimals);
}
