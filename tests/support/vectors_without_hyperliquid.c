/*
 * Stands in until the cases of Hyperliquid have code. Weak, and in a file that sorts behind it: the
 * linker takes the first member of the library that has the name.
 */
#include "tests/support/vector_cases.h"

#include <stdio.h>

__attribute__((weak)) bool vector_case_hyperliquid(const cJSON *single, char *why, size_t why_size)
{
	(void)single;
	snprintf(why, why_size, "no code for cases of hyperliquid is linked in");
	return false;
}
