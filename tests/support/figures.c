#include "tests/support/figures.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COMPARE_DECIMALS 18

const char *figure_path(char *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(buffer, FIGURE_PATH_MAX, format, arguments);
	va_end(arguments);
	return buffer;
}

void figure_fails(struct figures *figures, const char *path, const char *expected,
		  const char *actual)
{
	figures->failed++;
	printf("FAILED %s: expected %s, got %s\n", path, expected, actual);
}

void figure_unknown(struct figures *figures, const char *path, const char *key)
{
	figures->failed++;
	printf("FAILED %s: the key \"%s\" is not known\n", path, key);
}

static bool same_decimal(const char *a, const char *b)
{
	i128 left, right;
	return decimal_parse_i128(a, strlen(a), COMPARE_DECIMALS, &left) == DECIMAL_OK &&
	       decimal_parse_i128(b, strlen(b), COMPARE_DECIMALS, &right) == DECIMAL_OK &&
	       left == right;
}

void figure_is_text(struct figures *figures, const char *path, const struct json_tree *expected,
		    const char *actual)
{
	bool null = expected != NULL && expected->kind == TREE_NULL;
	const char *text = expected == NULL ? "(absent)" : null ? "null" : json_tree_text(expected);
	if (actual == NULL ? null : same_decimal(text, actual))
		figures->held++;
	else
		figure_fails(figures, path, text, actual == NULL ? "nothing" : actual);
}

void figure_is(struct figures *figures, const char *path, const struct json_tree *expected,
	       i128 units, unsigned decimals)
{
	char actual[DECIMAL_TEXT_MAX];
	decimal_format_short(units, decimals, actual, sizeof(actual));
	figure_is_text(figures, path, expected, actual);
}

void figure_counts(struct figures *figures, const char *path, const char *what, uint64_t expected,
		   uint64_t actual)
{
	char where[FIGURE_PATH_MAX], left[32], right[32];
	if (expected == actual) {
		figures->held++;
		return;
	}
	snprintf(left, sizeof(left), "%" PRIu64, expected);
	snprintf(right, sizeof(right), "%" PRIu64, actual);
	figure_fails(figures, figure_path(where, "%s: %s in the recording", path, what), left,
		     right);
}
