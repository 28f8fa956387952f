#include "core/base/json_reader.h"

#include <assert.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What may stand at the reader's position. */
enum state {
	VALUE,	       /* a value, nothing else */
	FIRST_ELEMENT, /* a value, or the end of an empty array */
	FIRST_KEY,     /* a key, or the end of an empty object */
	AFTER_VALUE,   /* comma or end of the container; at depth 0 blanks only */
	FAILED,
};

static const char too_short[] = "the text ends inside a value";
static const char too_deep[] = "objects and arrays are nested too deeply";
static const char no_value[] = "a value is missing";
static const char no_key[] = "a key in quotes is missing";
static const char no_colon[] = "a colon is missing after a key";
static const char no_comma[] = "a comma or a closing bracket is missing";
static const char bad_number[] = "a number is malformed";
static const char bad_escape[] = "a string holds a wrong escape";
static const char bad_control[] = "a string holds a control character";
static const char bad_tail[] = "something follows the end of the value";

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define EACH_BYTE(byte)	    (UINT64_C(0x0101010101010101) * (byte))

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ends_plain_text(char c)
{
	return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

static inline uint64_t load_eight(const char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof(word));
	return word;
}

/* First quote, backslash or control character at or after at; end if there is none. Prices are
 * about eight bytes: one vector holds nearly every string with its closing quote, so that the
 * length of a string costs no mispredicted branch. */
static inline const char *plain_text_end(const char *at, const char *end)
{
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i last_control = _mm_set1_epi8(0x1f);
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
		__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
					    _mm_cmpeq_epi8(bytes, backslash));
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(stop, control));
		if (LIKELY(mask))
			return at + __builtin_ctz(mask);
		at += 16;
	}
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	while (end - at >= 8) {
		uint64_t word = load_eight(at);
		uint64_t quote = word ^ EACH_BYTE('"');
		uint64_t backslash = word ^ EACH_BYTE('\\');
		/* Each term marks bytes below a bound by a borrow into bit 7; a borrow may
		 * spill only upwards, thus the lowest mark is always true. */
		uint64_t stop = ((quote - EACH_BYTE(1)) & ~quote) |
				((backslash - EACH_BYTE(1)) & ~backslash) |
				((word - EACH_BYTE(0x20)) & ~word);
		stop &= EACH_BYTE(0x80);
		if (LIKELY(stop))
			return at + __builtin_ctzll(stop) / 8;
		at += 8;
	}
#endif
	while (at < end && !ends_plain_text(*at))
		at++;
	return at;
}

static inline const char *digits_end(const char *at, const char *end)
{
	/* Ids and times have 13 digits and more. */
	while (end - at >= 8) {
		uint64_t word = load_eight(at);
		/* Sums cannot carry: the first test leaves no byte above 0x3f. */
		if ((word & EACH_BYTE(0xf0)) != EACH_BYTE(0x30) ||
		    ((word + EACH_BYTE(0x06)) & EACH_BYTE(0xf0)) != EACH_BYTE(0x30))
			break;
		at += 8;
	}
	while (at < end && is_digit(*at))
		at++;
	return at;
}

static inline const char *blanks_end(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at++;
	return at;
}

static __attribute__((noinline, cold)) enum json_type fail(struct json_reader *reader,
							   struct json_token *token, const char *at,
							   const char *error)
{
	reader->state = FAILED;
	if (!reader->error) {
		reader->error = error;
		reader->at = at;
	}
	*token = (struct json_token){.type = JSON_ERROR, .text = reader->at};
	return JSON_ERROR;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Code unit of the four hex digits at at; -1 if they are not there. */
static int32_t hex_unit(const char *at, const char *end)
{
	int32_t unit = 0;

	if (end - at < 4)
		return -1;
	for (unsigned i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);
		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* The byte that a one-letter escape stands for; 0 if there is no such escape. */
static char short_escape(char letter)
{
	switch (letter) {
	case '"':
	case '\\':
	case '/':
		return letter;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

/* Goes on at the first backslash or fault of a string: to its closing quote, or NULL and where and
 * what the fault is. */
static __attribute__((noinline)) const char *escaped_text_end(const char *at, const char *end,
							      const char **fault_at,
							      const char **error)
{
	for (;;) {
		at = plain_text_end(at, end);
		*fault_at = at;
		*error = too_short;
		if (at == end)
			return NULL;
		if (*at == '"')
			return at;
		if (*at != '\\') {
			*error = bad_control;
			return NULL;
		}
		if (end - at < 2)
			return NULL;
		if (at[1] == 'u') {
			if (hex_unit(at + 2, end) < 0) {
				*error = bad_escape;
				return NULL;
			}
			at += 6;
		} else {
			if (!short_escape(at[1])) {
				*error = bad_escape;
				return NULL;
			}
			at += 2;
		}
	}
}

/* at stands behind the opening quote. On success token is filled except its type, and the closing
 * quote's place is returned; on a fault NULL, and the reader has failed. */
static inline const char *read_text(struct json_reader *reader, struct json_token *token,
				    const char *at)
{
	const char *close = plain_text_end(at, reader->end);
	bool escaped = false;

	if (UNLIKELY(close == reader->end || *close != '"')) {
		const char *fault_at, *error;
		escaped = true;
		close = escaped_text_end(close, reader->end, &fault_at, &error);
		if (!close) {
			fail(reader, token, fault_at, error);
			return NULL;
		}
	}
	token->text = at;
	token->length = (size_t)(close - at);
	token->escaped = escaped;
	return close;
}

static inline enum json_type emit(struct json_reader *reader, struct json_token *token,
				  enum json_type type, const char *from, const char *to)
{
	token->type = type;
	token->text = from;
	token->length = (size_t)(to - from);
	token->escaped = false;
	reader->at = to;
	return type;
}

static enum json_type read_number(struct json_reader *reader, struct json_token *token,
				  const char *from)
{
	const char *end = reader->end;
	const char *at = from + (*from == '-');
	const char *part = at;

	at = digits_end(part, end);
	if (at == part || (*part == '0' && at - part > 1))
		return fail(reader, token, part, part == end ? too_short : bad_number);
	if (at < end && *at == '.') {
		part = at + 1;
		at = digits_end(part, end);
		if (at == part)
			return fail(reader, token, part, part == end ? too_short : bad_number);
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		part = at + 1;
		if (part < end && (*part == '+' || *part == '-'))
			part++;
		at = digits_end(part, end);
		if (at == part)
			return fail(reader, token, part, part == end ? too_short : bad_number);
	}
	reader->state = AFTER_VALUE;
	return emit(reader, token, JSON_NUMBER, from, at);
}

static enum json_type read_word(struct json_reader *reader, struct json_token *token,
				const char *at, const char *word, enum json_type type)
{
	size_t length = strlen(word);
	size_t left = (size_t)(reader->end - at);

	if (left < length)
		return fail(reader, token, at, memcmp(at, word, left) == 0 ? too_short : no_value);
	if (memcmp(at, word, length) != 0)
		return fail(reader, token, at, no_value);
	reader->state = AFTER_VALUE;
	return emit(reader, token, type, at, at + length);
}

static inline enum json_type open_container(struct json_reader *reader, struct json_token *token,
					    const char *at, bool object)
{
	if (UNLIKELY(reader->depth == JSON_DEPTH_MAX))
		return fail(reader, token, at, too_deep);
	reader->depth++;
	reader->is_object = reader->is_object << 1 | object;
	reader->state = object ? FIRST_KEY : FIRST_ELEMENT;
	return emit(reader, token, object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN, at, at + 1);
}

static inline enum json_type close_container(struct json_reader *reader, struct json_token *token,
					     const char *at, bool object)
{
	reader->depth--;
	reader->is_object >>= 1;
	reader->state = AFTER_VALUE;
	return emit(reader, token, object ? JSON_OBJECT_END : JSON_ARRAY_END, at, at + 1);
}

static inline enum json_type read_value(struct json_reader *reader, struct json_token *token,
					const char *at)
{
	const char *close;

	switch (*at) {
	case '"':
		close = read_text(reader, token, at + 1);
		if (UNLIKELY(!close))
			return JSON_ERROR;
		token->type = JSON_STRING;
		reader->at = close + 1;
		reader->state = AFTER_VALUE;
		return JSON_STRING;
	case '[':
		return open_container(reader, token, at, false);
	case '{':
		return open_container(reader, token, at, true);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return read_number(reader, token, at);
	case 't':
		return read_word(reader, token, at, "true", JSON_TRUE);
	case 'f':
		return read_word(reader, token, at, "false", JSON_FALSE);
	case 'n':
		return read_word(reader, token, at, "null", JSON_NULL);
	default:
		return fail(reader, token, at, no_value);
	}
}

/* The colon is read with the key: the token after a key is then always its value. */
static inline enum json_type read_key(struct json_reader *reader, struct json_token *token,
				      const char *at)
{
	const char *close;

	if (UNLIKELY(*at != '"'))
		return fail(reader, token, at, no_key);
	close = read_text(reader, token, at + 1);
	if (UNLIKELY(!close))
		return JSON_ERROR;
	at = close + 1;
	if (UNLIKELY(at == reader->end || *at != ':')) {
		at = blanks_end(at, reader->end);
		if (at == reader->end || *at != ':')
			return fail(reader, token, at, at == reader->end ? too_short : no_colon);
	}
	token->type = JSON_KEY;
	reader->at = at + 1;
	reader->state = VALUE;
	return JSON_KEY;
}

/* No token but the end can begin at or below a blank, thus one comparison guards the rare case.
 * Returns the place of the next byte that is no blank, or end. */
static inline const char *next_byte(const char *at, const char *end)
{
	if (UNLIKELY(at < end && (unsigned char)*at <= ' '))
		return blanks_end(at, end);
	return at;
}

static inline enum json_type next_token(struct json_reader *reader, struct json_token *token)
{
	const char *end = reader->end;
	const char *at = next_byte(reader->at, end);
	bool object = reader->is_object & 1;

	if (LIKELY(reader->state == AFTER_VALUE)) {
		if (UNLIKELY(reader->depth == 0)) {
			if (at != end)
				return fail(reader, token, at, bad_tail);
			return emit(reader, token, JSON_END, end, end);
		}
		if (UNLIKELY(at == end))
			return fail(reader, token, at, too_short);
		if (*at != ',') {
			if (*at == (object ? '}' : ']'))
				return close_container(reader, token, at, object);
			return fail(reader, token, at, no_comma);
		}
		at = next_byte(at + 1, end);
		if (UNLIKELY(at == end))
			return fail(reader, token, at, too_short);
		return object ? read_key(reader, token, at) : read_value(reader, token, at);
	}
	if (UNLIKELY(reader->state == FAILED))
		return fail(reader, token, reader->at, reader->error);
	if (UNLIKELY(at == end))
		return fail(reader, token, at, too_short);
	if (reader->state == FIRST_KEY) {
		if (*at == '}')
			return close_container(reader, token, at, true);
		return read_key(reader, token, at);
	}
	if (reader->state == FIRST_ELEMENT && *at == ']')
		return close_container(reader, token, at, false);
	return read_value(reader, token, at);
}

void json_reader_init(struct json_reader *reader, const char *text, size_t length)
{
	assert(text || length == 0);
	if (!text)
		text = "";
	*reader = (struct json_reader){.start = text, .at = text, .end = text + length};
	reader->state = VALUE;
}

enum json_type json_next(struct json_reader *reader, struct json_token *token)
{
	return next_token(reader, token);
}

bool json_skip_container(struct json_reader *reader)
{
	struct json_token token;
	unsigned depth = reader->depth;

	if (reader->state == FAILED)
		return false;
	assert(depth > 0);
	while (reader->depth >= depth) {
		if (next_token(reader, &token) == JSON_ERROR)
			return false;
	}
	return true;
}

bool json_skip_value(struct json_reader *reader)
{
	struct json_token token;

	switch (next_token(reader, &token)) {
	case JSON_OBJECT_BEGIN:
	case JSON_ARRAY_BEGIN:
		return json_skip_container(reader);
	case JSON_STRING:
	case JSON_NUMBER:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return true;
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		fail(reader, &token, token.text, no_value);
		return false;
	case JSON_ERROR:
		return false;
	}
	return false;
}

size_t json_offset(const struct json_reader *reader)
{
	return (size_t)(reader->at - reader->start);
}

bool json_is(const struct json_token *token, const char *literal)
{
	size_t length = strlen(literal);

	return (token->type == JSON_KEY || token->type == JSON_STRING) && !token->escaped &&
	       token->length == length && memcmp(token->text, literal, length) == 0;
}

/* Sign and magnitude of a decimal integer without leading zeros: "007" is a name, not a number. */
static bool read_integer(const struct json_token *token, bool *negative, uint64_t *magnitude)
{
	const char *at = token->text;
	const char *end = at + token->length;
	uint64_t sum = 0;

	if (token->type != JSON_NUMBER && token->type != JSON_STRING)
		return false;
	*negative = at < end && *at == '-';
	if (*negative)
		at++;
	if (at == end || (*at == '0' && end - at > 1))
		return false;
	for (; at < end; at++) {
		if (!is_digit(*at) || __builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum))
			return false;
	}
	*magnitude = sum;
	return true;
}

bool json_to_i64(const struct json_token *token, int64_t *out)
{
	bool negative;
	uint64_t magnitude;

	if (!read_integer(token, &negative, &magnitude) ||
	    magnitude > (uint64_t)INT64_MAX + negative)
		return false;
	*out = (int64_t)(negative ? -magnitude : magnitude);
	return true;
}

bool json_to_u64(const struct json_token *token, uint64_t *out)
{
	bool negative;
	uint64_t magnitude;

	if (!read_integer(token, &negative, &magnitude) || negative)
		return false;
	*out = magnitude;
	return true;
}

/* Code point of the \uXXXX at at, which stands on the u; -1 if it is none or no character of a C
 * string. *next is set behind it. */
static int32_t escaped_code_point(const char *at, const char *end, const char **next)
{
	int32_t unit = hex_unit(at + 1, end);
	int32_t low;

	if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return -1;
	*next = at + 5;
	if (unit < 0xd800 || unit > 0xdbff)
		return unit;
	at = *next;
	if (end - at < 2 || at[0] != '\\' || at[1] != 'u')
		return -1;
	low = hex_unit(at + 2, end);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*next = at + 6;
	return 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
}

static size_t put_utf8(int32_t point, char bytes[4])
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xc0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xe0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* The bytes without a NUL; false: as json_unescape says. */
static bool unescape(const struct json_token *token, char *buffer, size_t size, size_t *length)
{
	size_t used = 0;

	if (token->type != JSON_KEY && token->type != JSON_STRING)
		return false;
	const char *at = token->text;
	const char *end = at + token->length;
	while (at < end) {
		char bytes[4];
		size_t count = 1;

		if (*at != '\\') {
			bytes[0] = *at++;
		} else if (end - at < 2) {
			return false;
		} else if (at[1] == 'u') {
			int32_t point = escaped_code_point(at + 1, end, &at);
			if (point < 0)
				return false;
			count = put_utf8(point, bytes);
		} else {
			bytes[0] = short_escape(at[1]);
			if (!bytes[0])
				return false;
			at += 2;
		}
		if (size - used < count)
			return false;
		memcpy(buffer + used, bytes, count);
		used += count;
	}
	*length = used;
	return used < size;
}

bool json_unescape(const struct json_token *token, char *buffer, size_t size)
{
	size_t length = 0;
	bool good = unescape(token, buffer, size, &length);

	if (size > 0)
		buffer[good ? length : 0] = '\0';
	return good;
}
