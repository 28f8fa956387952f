#include "core/base/decimal.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define DECIMALS_MAX 36
/* Larger than the digits of any text in memory, so that what stops here fits nothing anyway. */
#define EXPONENT_MAX INT64_C(100000000000000000)
#define FAST_DIGITS  18

const char *decimal_result_text(enum decimal_result result)
{
	switch (result) {
	case DECIMAL_OK:
		return "a number";
	case DECIMAL_SYNTAX:
		return "not a decimal number";
	case DECIMAL_INEXACT:
		return "has too many decimals";
	case DECIMAL_RANGE:
		return "number is out of range";
	}
	return "?";
}

/* A number taken apart: digits[0..count) without the point; value = digits * 10^exponent. */
struct parts {
	bool negative;
	const char *start; /* first digit; a point may stand between */
	const char *end;
	size_t digit_count;
	int64_t exponent; /* of the last digit */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool parse_exponent(const char **at, const char *end, int64_t *exponent)
{
	const char *p = *at;
	bool negative = false;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end || !is_digit(*p))
		return false;
	int64_t value = 0;
	for (; p < end && is_digit(*p); p++)
		if (value < EXPONENT_MAX)
			value = value * 10 + (*p - '0');
	*exponent += negative ? -value : value;
	*at = p;
	return true;
}

static bool take_apart(const char *text, size_t length, struct parts *parts)
{
	const char *p = text, *end = text + length;
	memset(parts, 0, sizeof(*parts));
	if (p < end && (*p == '-' || *p == '+'))
		parts->negative = *p++ == '-';
	parts->start = p;
	while (p < end && is_digit(*p))
		p++;
	parts->digit_count = (size_t)(p - parts->start);
	if (p < end && *p == '.') {
		const char *fraction = ++p;
		while (p < end && is_digit(*p))
			p++;
		parts->exponent = -(int64_t)(p - fraction);
		parts->digit_count += (size_t)(p - fraction);
	}
	parts->end = p;
	if (parts->digit_count == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (!parse_exponent(&p, end, &parts->exponent))
			return false;
	}
	return p == end;
}

/* Drops leading and trailing zeros, so that long paddings cost no range. */
static void trim(struct parts *parts)
{
	while (parts->digit_count > 0 && (*parts->start == '0' || *parts->start == '.')) {
		if (*parts->start == '0')
			parts->digit_count--;
		parts->start++;
	}
	while (parts->digit_count > 0 && (parts->end[-1] == '0' || parts->end[-1] == '.')) {
		if (parts->end[-1] == '0') {
			parts->digit_count--;
			parts->exponent++;
		}
		parts->end--;
	}
	if (parts->digit_count == 0)
		parts->exponent = 0;
}

static bool rounds_up(enum rounding rounding, bool negative, bool odd, int first, bool more)
{
	bool inexact = first != 0 || more;
	switch (rounding) {
	case ROUND_HALF_EVEN:
		return first > 5 || (first == 5 && (more || odd));
	case ROUND_TOWARD_ZERO:
		return false;
	case ROUND_AWAY_FROM_ZERO:
		return inexact;
	case ROUND_FLOOR:
		return negative && inexact;
	case ROUND_CEILING:
		return !negative && inexact;
	}
	return false;
}

/* Reads the digits that stay at `decimals`; the rest decides the rounding (NULL: refuse it). */
static enum decimal_result assemble(struct parts *parts, unsigned decimals,
				    const enum rounding *rounding, i128 *out)
{
	trim(parts);
	int64_t scale = parts->exponent + (int64_t)decimals;
	size_t dropped = scale < 0 ? (size_t)-scale : 0;
	if (dropped > 0 && !rounding)
		return DECIMAL_INEXACT;
	u128 value = 0;
	int first_dropped = 0;
	bool more = false;
	size_t kept = parts->digit_count > dropped ? parts->digit_count - dropped : 0;
	size_t index = 0;
	const u128 limit = (u128)I128_MAX + (parts->negative ? 1 : 0);
	for (const char *p = parts->start; p < parts->end; p++) {
		if (*p == '.')
			continue;
		u128 digit = (u128)(*p - '0');
		if (index < kept) {
			if (value > (limit - digit) / 10)
				return DECIMAL_RANGE;
			value = value * 10 + digit;
		} else if (index == kept && parts->digit_count >= dropped) {
			first_dropped = *p - '0';
		} else if (digit != 0) {
			more = true;
		}
		index++;
	}
	for (int64_t i = 0; i < scale && value != 0; i++) {
		if (value > limit / 10)
			return DECIMAL_RANGE;
		value *= 10;
	}
	if (dropped > 0 && rounds_up(*rounding, parts->negative, value & 1, first_dropped, more)) {
		if (value == limit)
			return DECIMAL_RANGE;
		value++;
	}
	*out = parts->negative ? (i128)(-value) : (i128)value;
	return DECIMAL_OK;
}

enum decimal_result decimal_parse_i128(const char *text, size_t length, unsigned decimals,
				       i128 *out)
{
	struct parts parts;
	assert(decimals <= DECIMALS_MAX);
	if (!take_apart(text, length, &parts))
		return DECIMAL_SYNTAX;
	return assemble(&parts, decimals, NULL, out);
}

enum decimal_result decimal_parse_rounded(const char *text, size_t length, unsigned decimals,
					  enum rounding rounding, i128 *out)
{
	struct parts parts;
	assert(decimals <= DECIMALS_MAX);
	if (!take_apart(text, length, &parts))
		return DECIMAL_SYNTAX;
	return assemble(&parts, decimals, &rounding, out);
}

const int64_t DECIMAL_POWERS[FAST_DIGITS + 1] = {1,
						 10,
						 100,
						 1000,
						 10000,
						 100000,
						 1000000,
						 10000000,
						 100000000,
						 1000000000,
						 10000000000,
						 100000000000,
						 1000000000000,
						 10000000000000,
						 100000000000000,
						 1000000000000000,
						 10000000000000000,
						 100000000000000000,
						 1000000000000000000};

/*
 * The form in which nearly every price and size arrives: up to 18 digits, one point, no exponent.
 * Anything else falls through to the general way.
 */
static bool parse_plain(const char *text, size_t length, unsigned decimals, int64_t *out)
{
	const char *p = text, *end = text + length;
	bool negative = false;
	if (p < end && *p == '-') {
		negative = true;
		p++;
	}
	int64_t value = 0;
	const char *digits = p;
	while (p < end && is_digit(*p))
		value = value * 10 + (*p++ - '0');
	if (p == digits)
		return false;
	size_t count = (size_t)(p - digits);
	unsigned fraction = 0;
	if (p < end && *p == '.') {
		const char *point = p++;
		const char *last = end;
		while (last > p && last[-1] == '0') /* "61800.20": zeros carry nothing */
			last--;
		for (; p < last; p++) {
			if (!is_digit(*p))
				return false;
			value = value * 10 + (*p - '0');
		}
		fraction = (unsigned)(last - point - 1);
		if (end == point + 1 || fraction > decimals)
			return false;
		count += fraction;
	} else if (p != end) {
		return false;
	}
	unsigned missing = decimals - fraction;
	if (count + missing > FAST_DIGITS)
		return false;
	value *= DECIMAL_POWERS[missing];
	*out = negative ? -value : value;
	return true;
}

enum decimal_result decimal_parse_i64(const char *text, size_t length, unsigned decimals,
				      int64_t *out)
{
	i128 wide;
	assert(decimals <= DECIMALS_MAX);
	/* Longer texts could overflow an int64 on the short way. */
	if (length <= FAST_DIGITS && parse_plain(text, length, decimals, out))
		return DECIMAL_OK;
	enum decimal_result result = decimal_parse_i128(text, length, decimals, &wide);
	if (result != DECIMAL_OK)
		return result;
	if (wide > INT64_MAX || wide < INT64_MIN)
		return DECIMAL_RANGE;
	*out = (int64_t)wide;
	return DECIMAL_OK;
}

int decimal_decimals_needed(const char *text, size_t length)
{
	struct parts parts;
	if (!take_apart(text, length, &parts))
		return -1;
	trim(&parts);
	if (parts.exponent >= 0)
		return 0;
	return parts.exponent < -INT_MAX ? INT_MAX : (int)-parts.exponent;
}

#define PART	    UINT64_C(1000000000000000000)
#define PART_DIGITS 18

size_t decimal_format(i128 units, unsigned decimals, char *buffer, size_t size)
{
	char reversed[DECIMAL_TEXT_MAX];
	size_t length = 0, out = 0;
	u128 value = units < 0 ? -(u128)units : (u128)units;
	assert(decimals <= DECIMALS_MAX);
	do {
		/* Digits of 64 bits at a time: dividing 128 bits is slow. */
		uint64_t part = (uint64_t)(value % PART);
		value /= PART;
		unsigned digits = 0;
		do {
			reversed[length++] = (char)('0' + (int)(part % 10));
			part /= 10;
			digits++;
			if (length == decimals && decimals > 0)
				reversed[length++] = '.';
		} while (part != 0 || (value != 0 && digits < PART_DIGITS) ||
			 (value == 0 && length < decimals + (decimals > 0 ? 2 : 1)));
	} while (value != 0);
	if (units < 0)
		reversed[length++] = '-';
	assert(length < size);
	while (length > 0)
		buffer[out++] = reversed[--length];
	buffer[out] = '\0';
	return out;
}

size_t decimal_format_short(i128 units, unsigned decimals, char *buffer, size_t size)
{
	size_t length = decimal_format(units, decimals, buffer, size);
	if (decimals == 0)
		return length;
	while (buffer[length - 1] == '0')
		length--;
	if (buffer[length - 1] == '.')
		length--;
	buffer[length] = '\0';
	return length;
}
