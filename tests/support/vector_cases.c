#include "tests/support/vector_cases.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool vector_hex(const char *hex, unsigned char *out, size_t length)
{
	if (hex == NULL || strlen(hex) != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
