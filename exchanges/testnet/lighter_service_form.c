#include "exchanges/testnet/lighter_service_form.h"

#include "core/base/json_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void served_form_free(struct served_form *form)
{
	free(form->bytes);
	*form = (struct served_form){0};
}

/* Decoded text is never longer than the encoded one, so one block per request suffices. */
static bool form_reserve(struct served_form *form, size_t more)
{
	if (more > SERVED_FORM_BYTES_MAX - form->used)
		return false;
	if (form->used + more <= form->capacity)
		return true;
	char *bytes = malloc(form->used + more);
	if (bytes == NULL)
		return false;
	if (form->used > 0) {
		memcpy(bytes, form->bytes, form->used);
		for (size_t i = 0; i < form->count; i++) {
			form->fields[i].name = bytes + (form->fields[i].name - form->bytes);
			form->fields[i].value = bytes + (form->fields[i].value - form->bytes);
		}
	}
	free(form->bytes);
	form->bytes = bytes;
	form->capacity = form->used + more;
	return true;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Room was reserved. NULL: a wrong escape or a byte 0. */
static const char *form_decode(struct served_form *form, const char *text, size_t length,
			       bool percent)
{
	char *start = form->bytes + form->used, *out = start;
	for (size_t i = 0; i < length; i++) {
		char byte = text[i];
		if (percent && byte == '+') {
			byte = ' ';
		} else if (percent && byte == '%') {
			int high = i + 2 < length ? hex_value(text[i + 1]) : -1;
			int low = high >= 0 ? hex_value(text[i + 2]) : -1;
			if (low < 0)
				return NULL;
			byte = (char)(high * 16 + low);
			i += 2;
		}
		if (byte == '\0')
			return NULL;
		*out++ = byte;
	}
	*out++ = '\0';
	form->used += (size_t)(out - start);
	return start;
}

static bool form_add(struct served_form *form, const char *name, size_t name_length,
		     const char *value, size_t value_length, bool percent)
{
	if (form->count == SERVED_FORM_FIELDS_MAX)
		return false;
	const char *decoded_name = form_decode(form, name, name_length, percent);
	const char *decoded_value =
		decoded_name != NULL ? form_decode(form, value, value_length, percent) : NULL;
	if (decoded_value == NULL)
		return false;
	form->fields[form->count].name = decoded_name;
	form->fields[form->count].value = decoded_value;
	form->count++;
	return true;
}

bool served_form_urlencoded(struct served_form *form, const char *text, size_t length)
{
	if (!form_reserve(form, length + 2 * SERVED_FORM_FIELDS_MAX))
		return false;
	const char *at = text, *end = text + length;
	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		const char *equals = memchr(at, '=', (size_t)(stop - at));
		const char *name_end = equals != NULL ? equals : stop;
		const char *value = equals != NULL ? equals + 1 : stop;
		if (stop > at && !form_add(form, at, (size_t)(name_end - at), value,
					   (size_t)(stop - value), true))
			return false;
		at = stop + 1;
	}
	return true;
}

/* ---- multipart/form-data --------------------------------------------------------------------- */

#define BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */

static bool boundary_of(const char *content_type, char delimiter[BOUNDARY_MAX + 5], size_t *length)
{
	const char *at = strcasestr(content_type, "boundary=");
	if (at == NULL)
		return false;
	at += strlen("boundary=");
	bool quoted = *at == '"';
	if (quoted)
		at++;
	size_t count = strcspn(at, quoted ? "\"" : "; \t");
	if (count == 0 || count > BOUNDARY_MAX)
		return false;
	memcpy(delimiter, "\r\n--", 4);
	memcpy(delimiter + 4, at, count);
	*length = count + 4;
	return true;
}

/* The name of one part, from its Content-Disposition header. */
static bool part_name(const char *headers, size_t length, const char **name, size_t *name_length)
{
	const char *end = headers + length;
	static const char MARK[] = "name=\"";
	const char *at = headers;
	while ((at = memmem(at, (size_t)(end - at), MARK, sizeof(MARK) - 1)) != NULL) {
		bool whole = at > headers && (at[-1] == ' ' || at[-1] == ';');
		at += sizeof(MARK) - 1;
		if (!whole)
			continue; /* filename="..." */
		const char *quote = memchr(at, '"', (size_t)(end - at));
		if (quote == NULL)
			return false;
		*name = at;
		*name_length = (size_t)(quote - at);
		return true;
	}
	return false;
}

static bool form_multipart(struct served_form *form, const char *content_type, const char *body,
			   size_t length)
{
	char delimiter[BOUNDARY_MAX + 5];
	size_t delimiter_length;
	if (!boundary_of(content_type, delimiter, &delimiter_length) ||
	    !form_reserve(form, length + 2 * SERVED_FORM_FIELDS_MAX))
		return false;
	const char *end = body + length;
	/* The first delimiter has no line end before it. */
	if (length < delimiter_length - 2 || memcmp(body, delimiter + 2, delimiter_length - 2) != 0)
		return false;
	const char *at = body + delimiter_length - 2;
	for (;;) {
		if (end - at >= 2 && memcmp(at, "--", 2) == 0)
			return true;
		if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
			return false;
		at += 2;
		const char *blank = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
		if (blank == NULL)
			return false;
		const char *name, *value = blank + 4;
		size_t name_length;
		if (!part_name(at, (size_t)(blank - at), &name, &name_length))
			return false;
		/* A part without content ends where its headers do. */
		const char *stop =
			memmem(blank + 2, (size_t)(end - blank - 2), delimiter, delimiter_length);
		if (stop == NULL)
			return false;
		if (stop < value)
			value = stop;
		if (!form_add(form, name, name_length, value, (size_t)(stop - value), false))
			return false;
		at = stop + delimiter_length;
	}
}

bool served_form_body(struct served_form *form, const char *content_type, const char *body,
		      size_t length)
{
	static const char URLENCODED[] = "application/x-www-form-urlencoded";
	static const char MULTIPART[] = "multipart/form-data";
	if (strncasecmp(content_type, URLENCODED, sizeof(URLENCODED) - 1) == 0)
		return served_form_urlencoded(form, body, length);
	if (strncasecmp(content_type, MULTIPART, sizeof(MULTIPART) - 1) == 0)
		return form_multipart(form, content_type, body, length);
	return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

const char *served_form_text(const struct served_form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

bool served_integer(const char *text, int64_t low, int64_t high, int64_t *out)
{
	const struct json_token token = {.type = JSON_NUMBER, .text = text, .length = strlen(text)};
	int64_t value;
	if (!json_to_i64(&token, &value) || value < low || value > high)
		return false;
	*out = value;
	return true;
}

enum form_integer served_form_integer(const struct served_form *form, const char *name, int64_t low,
				      int64_t high, int64_t *out)
{
	const char *text = served_form_text(form, name);
	if (text == NULL)
		return FORM_ABSENT;
	return served_integer(text, low, high, out) ? FORM_VALUE : FORM_WRONG;
}
