#include "exchanges/binance/binance_fields.h"

#include "core/base/decimal.h"
#include <string.h>

/*
 * Four fifths of a capture are digits of levels. Here they go from text to integer in one pass.
 * Bounds: the caller has checked that the last byte of the text is '}'. No pattern below steps over
 * a '}' except where it stands at the end of an object, so every loop over digits or plain
 * characters ends at that last byte at the latest.
 */

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

static inline unsigned digit_of(char c)
{
	return (unsigned)(unsigned char)c - '0';
}

/*
 * Digits, perhaps a fraction, then a closing quote, as units of 10^-decimals; returns the place
 * after the quote, NULL for anything else. Surplus decimals must be zeros.
 */
static inline const char *scan_units(const char *at, unsigned decimals, int64_t *units)
{
	const char *start = at;
	int64_t value = 0;
	unsigned digit;
	while ((digit = digit_of(*at)) <= 9 && at - start < 18) {
		value = value * 10 + digit;
		at++;
	}
	unsigned whole_digits = (unsigned)(at - start);
	if (whole_digits == 0 || whole_digits + decimals > 18 ||
	    (*start == '0' && whole_digits > 1))
		return NULL;
	unsigned missing = decimals;
	if (*at == '.') {
		at++;
		if (digit_of(*at) > 9)
			return NULL;
		while (missing > 0 && (digit = digit_of(*at)) <= 9) {
			value = value * 10 + digit;
			missing--;
			at++;
		}
		while (*at == '0')
			at++;
	}
	if (*at != '"')
		return NULL;
	*units = value * DECIMAL_POWERS[missing];
	return at + 1;
}

/* `[["p","q"],...]`, at after the first bracket; returns the place after the last one. */
static const char *scan_levels(const char *at, const struct binance_scale *scale,
			       struct book_level *levels, uint32_t capacity, uint32_t *count)
{
	uint32_t used = 0;
	const unsigned price_decimals = scale->price_decimals;
	const unsigned quantity_decimals = scale->quantity_decimals;
	if (*at == ']') {
		*count = 0;
		return at + 1;
	}
	for (;;) {
		if (used == capacity || at[0] != '[' || at[1] != '"')
			return NULL;
		struct book_level *level = &levels[used];
		at = scan_units(at + 2, price_decimals, &level->price.units);
		if (at == NULL || level->price.units == 0 || at[0] != ',' || at[1] != '"')
			return NULL;
		at = scan_units(at + 2, quantity_decimals, &level->quantity.units);
		if (at == NULL || at[0] != ']')
			return NULL;
		used++;
		if (at[1] == ',') {
			at += 2;
			continue;
		}
		if (at[1] != ']')
			return NULL;
		*count = used;
		return at + 2;
	}
}

/* A string without escapes, at after its opening quote; returns the place of the closing one. */
static inline const char *scan_string(const char *at, const char *last)
{
	while (at < last && *at != '"') {
		if (*at == '\\' || (unsigned char)*at < 0x20)
			return NULL;
		at++;
	}
	return at < last ? at : NULL;
}

static inline const char *scan_whole(const char *at, uint64_t *value)
{
	const char *start = at;
	uint64_t whole = 0;
	unsigned digit;
	while ((digit = digit_of(*at)) <= 9) {
		whole = whole * 10 + digit;
		at++;
	}
	size_t digits = (size_t)(at - start);
	if (digits == 0 || digits > 19 || (*start == '0' && digits > 1))
		return NULL;
	*value = whole;
	return at;
}

static const char *scan_value(const char *at, const char *last, enum binance_field field,
			      const struct binance_scale *scale,
			      const struct binance_levels *levels, struct binance_fields *fields,
			      struct binance_slot *slot)
{
	slot->text = at;
	switch (*at) {
	case '"': {
		const char *close = scan_string(at + 1, last);
		if (close == NULL)
			return NULL;
		slot->type = VALUE_STRING;
		slot->text = at + 1;
		slot->length = (uint32_t)(close - at - 1);
		return close + 1;
	}
	case '[':
		slot->type = VALUE_LEVELS;
		if (field == FIELD_BID)
			return scan_levels(at + 1, scale, levels->bids, levels->capacity,
					   &fields->bid_count);
		if (field == FIELD_ASK)
			return scan_levels(at + 1, scale, levels->asks, levels->capacity,
					   &fields->ask_count);
		return NULL;
	case 't':
		slot->type = VALUE_TRUE;
		return last - at > 4 && memcmp(at, "true", 4) == 0 ? at + 4 : NULL;
	case 'f':
		slot->type = VALUE_FALSE;
		return last - at > 5 && memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
	default: {
		const char *end = scan_whole(at, &slot->whole);
		if (end == NULL)
			return NULL;
		slot->type = VALUE_WHOLE;
		slot->length = (uint32_t)(end - at);
		return end;
	}
	}
}

bool binance_short_cut(const char *text, size_t length, const struct binance_scale *scale,
		       const struct binance_levels *levels, struct binance_fields *fields)
{
	static const char opening[] = "{\"stream\":\"";
	static const char middle[] = ",\"data\":{";
	if (length < 32 || length > UINT32_MAX || scale->price_decimals > 17 ||
	    scale->quantity_decimals > 17 || text[length - 1] != '}' ||
	    memcmp(text, opening, sizeof(opening) - 1) != 0)
		return false;
	const char *last = text + length - 1;
	const char *at = scan_string(text + sizeof(opening) - 1, last);
	if (at == NULL || last - at < (ptrdiff_t)sizeof(middle) ||
	    memcmp(at + 1, middle, sizeof(middle) - 1) != 0)
		return false;
	at += sizeof(middle);
	for (;;) {
		if (*at != '"')
			return false;
		const char *key = at + 1;
		const char *close = LIKELY(key < last && key[0] != '"' && key[1] == '"' &&
					   key[0] != '\\' && (unsigned char)key[0] >= 0x20)
					    ? key + 1
					    : scan_string(key, last);
		if (close == NULL || close[1] != ':')
			return false;
		enum binance_field field = binance_field_of(key, (size_t)(close - key));
		struct binance_slot ignored;
		struct binance_slot *slot = &ignored;
		if (field != FIELD_COUNT) {
			slot = &fields->slots[field];
			if (slot->type != VALUE_ABSENT)
				return false;
		}
		at = scan_value(close + 2, last, field, scale, levels, fields, slot);
		if (at == NULL)
			return false;
		if (*at == ',') {
			at++;
			continue;
		}
		/* The object's end and the wrapper's, which is the text's last byte. */
		return *at == '}' && at + 1 == last;
	}
}
