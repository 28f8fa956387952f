/*
 * A pull reader over one JSON text in memory: no allocation, no copy, no conversion. Numbers come
 * as their raw text, so no price, quantity or id ever passes through a double. The text is checked
 * as it is read: depth, syntax, UTF-8 is passed through. Keys are case-sensitive.
 *
 * Use: json_reader_init, then json_next until JSON_END or JSON_ERROR. json_skip jumps over the
 * value just begun. The text must stay alive as long as tokens are used.
 */
#ifndef FUNDARB_CORE_BASE_JSON_READER_H
#define FUNDARB_CORE_BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32

enum json_type {
	JSON_ERROR,
	JSON_END, /* the one top-level value is complete and nothing but blanks follows */
	JSON_OBJECT_BEGIN,
	JSON_OBJECT_END,
	JSON_ARRAY_BEGIN,
	JSON_ARRAY_END,
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json_token {
	enum json_type type;
	const char *text; /* key, string (without quotes, escapes NOT resolved) or number, raw */
	size_t length;
	bool escaped; /* the string holds a backslash: json_unescape before comparing */
};

struct json_reader {
	const char *start;
	const char *at;
	const char *end;
	unsigned depth;
	unsigned state;
	uint64_t is_object; /* a bit per open container, the innermost lowest */
	const char *error;  /* static text once JSON_ERROR was returned */
};

void json_reader_init(struct json_reader *reader, const char *text, size_t length);
/* After JSON_ERROR every further call returns JSON_ERROR again, after JSON_END JSON_END. The colon
 * is read with the key: the token after a JSON_KEY is always the first of its value. */
enum json_type json_next(struct json_reader *reader, struct json_token *token);
/* Skips the rest of the object or array whose BEGIN token was just read, or that the reader
 * stands in. What is skipped is checked like what is read; false is a JSON_ERROR. */
bool json_skip_container(struct json_reader *reader);
/* Skips one whole value, whose first token has not been read yet (after JSON_KEY). No value there
 * (the container or the text ends) is a JSON_ERROR. */
bool json_skip_value(struct json_reader *reader);
/* Byte offset of the reader, for error messages. */
size_t json_offset(const struct json_reader *reader);

/* True if token is a key or string equal to literal (no escapes). */
bool json_is(const struct json_token *token, const char *literal);
/* Number or string token as an integer, exact; false if it is anything else (a leading zero,
 * sign plus, fraction or exponent) or does not fit. */
bool json_to_i64(const struct json_token *token, int64_t *out);
bool json_to_u64(const struct json_token *token, uint64_t *out);
/* Resolves escapes into buffer, NUL-terminated; false, and the buffer is "", if it does not fit, an
 * escape is wrong (\u0000 and lone surrogates are wrong) or the token is neither key nor string. */
bool json_unescape(const struct json_token *token, char *buffer, size_t size);

#endif
