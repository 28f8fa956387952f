#include "exchanges/hyperliquid/hex_text.h"

#include <openssl/crypto.h>
#include <string.h>

/* All ones if low <= c <= high, else 0; without a branch. */
static unsigned in_range(unsigned c, unsigned low, unsigned high)
{
	return (((c - low) >> 31) - 1) & (((high - c) >> 31) - 1);
}

/* Value of a digit; *bad gets a bit set if it is none. */
static unsigned digit_value(char digit, unsigned *bad)
{
	unsigned c = (unsigned char)digit;
	unsigned decimal = in_range(c, '0', '9');
	unsigned letter = in_range(c | 0x20, 'a', 'f');
	*bad |= ~(decimal | letter);
	return (decimal & (c - '0')) | (letter & ((c | 0x20) - 'a' + 10));
}

bool hex_text_read(const char *text, uint8_t *out, size_t length)
{
	unsigned bad = 0;
	size_t digits = strnlen(text, 2 * length + 3);
	if (digits == 2 * length + 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	else if (digits != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(digit_value(text[2 * i], &bad) << 4 |
				   digit_value(text[2 * i + 1], &bad));
	if (bad != 0)
		OPENSSL_cleanse(out, length);
	return bad == 0;
}

void hex_text_write(const uint8_t *bytes, size_t length, char *out)
{
	static const char DIGITS[] = "0123456789abcdef";
	*out++ = '0';
	*out++ = 'x';
	for (size_t i = 0; i < length; i++) {
		*out++ = DIGITS[bytes[i] >> 4];
		*out++ = DIGITS[bytes[i] & 15];
	}
	*out = '\0';
}

bool hex_text_is_canonical(const char *text, size_t length)
{
	if (strnlen(text, 2 * length + 3) != 2 * length + 2 || text[0] != '0' || text[1] != 'x')
		return false;
	return strspn(text + 2, "0123456789abcdef") == 2 * length;
}
