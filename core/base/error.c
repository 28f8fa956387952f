#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum error_category category, const char *format, ...)
{
	if (!err)
		return false;
	/* Aside first: the old text may be among the arguments. */
	char text[sizeof(err->text)];
	va_list arguments;
	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	err->category = category;
	memcpy(err->text, text, sizeof(text));
	return false;
}

void error_prefix(struct error *err, const char *format, ...)
{
	if (!err)
		return;
	char text[sizeof(err->text)];
	va_list arguments;
	va_start(arguments, format);
	int used = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (used < 0)
		return;
	size_t at = (size_t)used < sizeof(text) ? (size_t)used : sizeof(text) - 1;
	snprintf(text + at, sizeof(text) - at, ": %.*s", (int)(sizeof(text) - at), err->text);
	memcpy(err->text, text, sizeof(text));
}
