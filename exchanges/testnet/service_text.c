#include "exchanges/testnet/service_text.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void served_text_free(struct served_text *text)
{
	free(text->bytes);
	*text = (struct served_text){0};
}

void served_text_clear(struct served_text *text)
{
	text->length = 0;
	text->failed = false;
	if (text->bytes != NULL)
		text->bytes[0] = '\0';
}

static bool text_reserve(struct served_text *text, size_t more)
{
	if (text->failed || more > SERVED_TEXT_MAX - text->length) {
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

void reply_raw(struct served_text *text, const char *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

static void put_escaped(struct served_text *text, const char *value)
{
	reply_raw(text, "\"", 1);
	for (const char *at = value; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;
		char escape[8];
		if (byte == '"' || byte == '\\') {
			escape[0] = '\\';
			escape[1] = (char)byte;
			reply_raw(text, escape, 2);
		} else if (byte < 0x20) {
			int length = snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)byte);
			reply_raw(text, escape, (size_t)length);
		} else {
			reply_raw(text, at, 1);
		}
	}
	reply_raw(text, "\"", 1);
}

/* The comma that is due, and the key. */
static void put_key(struct served_text *text, const char *key)
{
	if (text->length > 0 && strchr("{[:,", text->bytes[text->length - 1]) == NULL)
		reply_raw(text, ",", 1);
	if (key == NULL)
		return;
	put_escaped(text, key);
	reply_raw(text, ":", 1);
}

void reply_open(struct served_text *text, const char *key, char bracket)
{
	put_key(text, key);
	reply_raw(text, &bracket, 1);
}

void reply_close(struct served_text *text, char bracket)
{
	reply_raw(text, &bracket, 1);
}

void reply_text(struct served_text *text, const char *key, const char *value)
{
	put_key(text, key);
	put_escaped(text, value);
}

void reply_value(struct served_text *text, const char *key, const char *json)
{
	put_key(text, key);
	reply_raw(text, json, strlen(json));
}

void reply_integer(struct served_text *text, const char *key, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, value);
	reply_value(text, key, digits);
}

void reply_integer_text(struct served_text *text, const char *key, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, value);
	reply_text(text, key, digits);
}

void reply_bool(struct served_text *text, const char *key, bool value)
{
	reply_value(text, key, value ? "true" : "false");
}

void reply_null(struct served_text *text, const char *key)
{
	reply_value(text, key, "null");
}

void reply_decimal(struct served_text *text, const char *key, i128 units, unsigned decimals)
{
	char digits[DECIMAL_TEXT_MAX];
	decimal_format(units, decimals, digits, sizeof(digits));
	reply_text(text, key, digits);
}

void reply_number(struct served_text *text, const char *key, i128 units, unsigned decimals)
{
	char digits[DECIMAL_TEXT_MAX];
	decimal_format_short(units, decimals, digits, sizeof(digits));
	reply_value(text, key, digits);
}

i128 served_rounded(i128 e18, unsigned decimals)
{
	i128 units = 0;
	if (!i128_div_round(e18, i128_power_of_ten(MONEY_DECIMALS - decimals), ROUND_HALF_EVEN,
			    &units))
		abort();
	return units;
}

void reply_money(struct served_text *text, const char *key, struct money amount, unsigned decimals)
{
	reply_decimal(text, key, served_rounded(amount.e18, decimals), decimals);
}

void reply_money_number(struct served_text *text, const char *key, struct money amount,
			unsigned decimals)
{
	reply_number(text, key, served_rounded(amount.e18, decimals), decimals);
}
