/*
 * First byte: the decimals; the rest is a text. What is read is written and read again, the parsers
 * agree with each other, and rounding stays within one unit.
 */
#include "core/base/decimal.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_round_trip(i128 units, unsigned decimals)
{
	char text[DECIMAL_TEXT_MAX];
	i128 again = ~units;
	size_t length = decimal_format(units, decimals, text, sizeof(text));
	assert(length == strlen(text) && length < sizeof(text));
	assert(decimal_parse_i128(text, length, decimals, &again) == DECIMAL_OK && again == units);
	again = ~units;
	length = decimal_format_short(units, decimals, text, sizeof(text));
	assert(decimal_parse_i128(text, length, decimals, &again) == DECIMAL_OK && again == units);
	assert(decimal_decimals_needed(text, length) <= (int)decimals);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return 0;
	unsigned decimals = bytes[0] % 37;
	const char *text = (const char *)bytes + 1;
	size_t length = size - 1;
	const i128 untouched = 42;
	i128 wide = untouched, floor = untouched, ceiling = untouched, other = untouched;
	int64_t narrow = 42;

	enum decimal_result exact = decimal_parse_i128(text, length, decimals, &wide);
	enum decimal_result small = decimal_parse_i64(text, length, decimals, &narrow);
	enum decimal_result down =
		decimal_parse_rounded(text, length, decimals, ROUND_FLOOR, &floor);
	enum decimal_result up =
		decimal_parse_rounded(text, length, decimals, ROUND_CEILING, &ceiling);
	int needed = decimal_decimals_needed(text, length);

	assert((exact == DECIMAL_SYNTAX) == (small == DECIMAL_SYNTAX));
	assert((exact == DECIMAL_SYNTAX) == (down == DECIMAL_SYNTAX));
	assert((exact == DECIMAL_SYNTAX) == (up == DECIMAL_SYNTAX));
	assert((exact == DECIMAL_SYNTAX) == (needed == -1));
	if (exact != DECIMAL_SYNTAX)
		assert((exact == DECIMAL_INEXACT) == (needed > (int)decimals));
	assert(exact == DECIMAL_OK || wide == untouched);
	assert(small == DECIMAL_OK || narrow == 42);
	if (exact == DECIMAL_OK) {
		bool fits = wide >= INT64_MIN && wide <= INT64_MAX;
		assert(small == (fits ? DECIMAL_OK : DECIMAL_RANGE));
		assert(!fits || narrow == wide);
		assert(down == DECIMAL_OK && up == DECIMAL_OK && floor == wide && ceiling == wide);
		check_round_trip(wide, decimals);
	} else {
		assert(small == exact);
	}
	if (exact == DECIMAL_INEXACT && down == DECIMAL_OK && up == DECIMAL_OK) {
		assert(ceiling == floor + 1);
		assert(decimal_parse_rounded(text, length, decimals, ROUND_HALF_EVEN, &other) ==
			       DECIMAL_OK &&
		       (other == floor || other == ceiling));
		assert(decimal_parse_rounded(text, length, decimals, ROUND_TOWARD_ZERO, &other) ==
			       DECIMAL_OK &&
		       other == (floor < 0 ? ceiling : floor));
		assert(decimal_parse_rounded(text, length, decimals, ROUND_AWAY_FROM_ZERO,
					     &other) == DECIMAL_OK &&
		       other == (floor < 0 ? floor : ceiling));
	}
	return 0;
}
