/* Random documents and random damage to them, read by json_reader, by cJSON and by a recogniser
 * written straight from the grammar of RFC 8259. FUNDARB_SEED repeats a run. */
#include "core/base/json_reader.h"
#include "tests/support/effort.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define TEXT_MAX     65536
#define CJSON_DIGITS 63 /* cJSON reads no longer number */
#define MUTATIONS    60

static uint64_t random_state;
static unsigned documents;

static uint64_t random_word(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned below(unsigned bound)
{
	return (unsigned)(random_word() % bound);
}

/* ---- random documents ---- */

struct text {
	char bytes[TEXT_MAX];
	size_t length;
};

static void put(struct text *text, const char *bytes)
{
	size_t length = strlen(bytes);
	assert_true(text->length + length < TEXT_MAX);
	memcpy(text->bytes + text->length, bytes, length + 1);
	text->length += length;
}

static void put_blanks(struct text *text)
{
	static const char *const blanks[] = {" ", "\t", "\r", "\n"};
	while (below(6) == 0)
		put(text, blanks[below(4)]);
}

static void put_digits(struct text *text, unsigned count)
{
	while (count-- > 0)
		put(text, (char[2]){(char)('0' + below(10)), '\0'});
}

static void put_number(struct text *text)
{
	if (below(3) == 0)
		put(text, "-");
	if (below(5) == 0) {
		put(text, "0");
	} else {
		put(text, (char[2]){(char)('1' + below(9)), '\0'});
		put_digits(text, below(20));
	}
	if (below(3) == 0) {
		put(text, ".");
		put_digits(text, 1 + below(18));
	}
	if (below(6) == 0) {
		static const char *const signs[] = {"e", "E", "e+", "e-", "E+", "E-"};
		put(text, signs[below(6)]);
		put_digits(text, 1 + below(3));
	}
}

static void put_string(struct text *text)
{
	static const char *const escapes[] = {"\\\"", "\\\\", "\\/", "\\b",	      "\\f",
					      "\\n",  "\\r",  "\\t", "\\ud83d\\uDE00"};
	static const char *const letters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
					      "\x7f"};
	unsigned length = below(8) ? below(12) : below(60);

	put(text, "\"");
	while (length-- > 0) {
		unsigned kind = below(40);
		if (kind == 0) {
			put(text, escapes[below(9)]);
		} else if (kind == 1) {
			char escape[8];
			snprintf(escape, sizeof(escape), below(2) ? "\\u%04x" : "\\u%04X",
				 1 + below(0xd7ff));
			put(text, escape);
		} else if (kind == 2) {
			put(text, letters[below(4)]);
		} else {
			char c = (char)(0x20 + below(0x5f));
			put(text, (char[2]){c == '"' || c == '\\' ? '.' : c, '\0'});
		}
	}
	put(text, "\"");
}

static void put_value(struct text *text, unsigned depth)
{
	static const char *const words[] = {"true", "false", "null"};
	/* Kinds from 6 on are containers: mostly these near the root, none at the leaves. */
	unsigned kind = depth < 2 && below(8) ? 6 + below(4) : below(depth < 6 ? 10 : 6);
	unsigned count = below(5);

	put_blanks(text);
	if (kind < 3) {
		put_string(text);
	} else if (kind < 5) {
		put_number(text);
	} else if (kind == 5) {
		put(text, words[below(3)]);
	} else {
		put(text, kind < 8 ? "[" : "{");
		put_blanks(text);
		for (unsigned i = 0; i < count; i++) {
			if (i > 0)
				put(text, ",");
			if (kind >= 8) {
				put_blanks(text);
				put_string(text);
				put_blanks(text);
				put(text, ":");
			}
			put_value(text, depth + 1);
		}
		put_blanks(text);
		put(text, kind < 8 ? "]" : "}");
	}
	put_blanks(text);
}

/* ---- the grammar, one function a rule; NULL where it does not match ---- */

static const char *rule_blanks(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at;
}

static const char *rule_digits(const char *at, const char *end)
{
	const char *from = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at > from ? at : NULL;
}

static const char *rule_number(const char *at, const char *end)
{
	if (at < end && *at == '-')
		at++;
	if (at < end && *at == '0')
		at++;
	else
		at = rule_digits(at, end);
	if (at && at < end && *at == '.')
		at = rule_digits(at + 1, end);
	if (at && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		at = rule_digits(at, end);
	}
	return at;
}

static const char *rule_string(const char *at, const char *end)
{
	if (at == end || *at++ != '"')
		return NULL;
	while (at < end && *at != '"') {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at++ != '\\')
			continue;
		if (at == end || !*at || !strchr("\"\\/bfnrtu", *at))
			return NULL;
		if (*at++ == 'u') {
			for (unsigned i = 0; i < 4; i++, at++) {
				if (at == end || !*at || !strchr("0123456789abcdefABCDEF", *at))
					return NULL;
			}
		}
	}
	return at < end ? at + 1 : NULL;
}

static const char *rule_value(const char *at, const char *end, unsigned depth)
{
	static const char *const words[] = {"true", "false", "null"};
	bool object = at < end && *at == '{';

	for (unsigned i = 0; i < 3; i++) {
		size_t length = strlen(words[i]);
		if ((size_t)(end - at) >= length && memcmp(at, words[i], length) == 0)
			return at + length;
	}
	if (at < end && *at == '"')
		return rule_string(at, end);
	if (!object && (at == end || *at != '['))
		return rule_number(at, end);
	if (depth == JSON_DEPTH_MAX)
		return NULL;
	at = rule_blanks(at + 1, end);
	if (at < end && *at == (object ? '}' : ']'))
		return at + 1;
	for (;;) {
		if (object) {
			at = rule_string(rule_blanks(at, end), end);
			at = at ? rule_blanks(at, end) : NULL;
			if (!at || at == end || *at++ != ':')
				return NULL;
		}
		at = rule_value(rule_blanks(at, end), end, depth + 1);
		at = at ? rule_blanks(at, end) : NULL;
		if (!at || at == end)
			return NULL;
		if (*at == (object ? '}' : ']'))
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static bool grammar_accepts(const char *text, size_t length)
{
	const char *end = text + length;
	const char *at = rule_value(rule_blanks(text, end), end, 0);
	return at && rule_blanks(at, end) == end;
}

/* ---- the two readers ---- */

/* *plain: cJSON has no limit of its own that this text meets. */
static bool reader_accepts(const char *text, size_t length, bool *plain)
{
	static char room[TEXT_MAX];
	struct json_reader reader;
	struct json_token token;

	*plain = true;
	json_reader_init(&reader, text, length);
	for (;;) {
		enum json_type type = json_next(&reader, &token);
		if (type == JSON_ERROR || type == JSON_END)
			return type == JSON_END;
		if (type == JSON_NUMBER && token.length > CJSON_DIGITS)
			*plain = false;
		if ((type == JSON_KEY || type == JSON_STRING) &&
		    !json_unescape(&token, room, sizeof(room)))
			*plain = false;
	}
}

/* text is terminated by a NUL that length does not count. */
static cJSON *cjson_read(const char *text, size_t length)
{
	return cJSON_ParseWithLengthOpts(text, length + 1, NULL, 1);
}

static void same_text(const struct json_token *token, const char *expected)
{
	static char room[TEXT_MAX];

	assert_true(json_unescape(token, room, sizeof(room)));
	assert_string_equal(room, expected);
	assert_true(token->escaped == (memchr(token->text, '\\', token->length) != NULL));
	if (!token->escaped)
		assert_true(json_is(token, expected));
}

static void same_value(struct json_reader *reader, const cJSON *item)
{
	struct json_token token;
	char number[CJSON_DIGITS + 1];
	double expected;

	assert_non_null(item);
	if (below(8) == 0) {
		assert_true(json_skip_value(reader));
		return;
	}
	switch (json_next(reader, &token)) {
	case JSON_OBJECT_BEGIN:
		assert_true(cJSON_IsObject(item));
		for (item = item->child; item; item = item->next) {
			assert_int_equal(json_next(reader, &token), JSON_KEY);
			same_text(&token, item->string);
			same_value(reader, item);
		}
		assert_int_equal(json_next(reader, &token), JSON_OBJECT_END);
		break;
	case JSON_ARRAY_BEGIN:
		assert_true(cJSON_IsArray(item));
		for (item = item->child; item; item = item->next)
			same_value(reader, item);
		assert_int_equal(json_next(reader, &token), JSON_ARRAY_END);
		break;
	case JSON_STRING:
		assert_true(cJSON_IsString(item));
		same_text(&token, item->valuestring);
		break;
	case JSON_NUMBER:
		assert_true(cJSON_IsNumber(item));
		assert_true(token.length < sizeof(number));
		memcpy(number, token.text, token.length);
		number[token.length] = '\0';
		expected = strtod(number, NULL);
		assert_memory_equal(&expected, &item->valuedouble, sizeof(expected));
		break;
	case JSON_TRUE:
		assert_true(cJSON_IsTrue(item));
		break;
	case JSON_FALSE:
		assert_true(cJSON_IsFalse(item));
		break;
	case JSON_NULL:
		assert_true(cJSON_IsNull(item));
		break;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		fail_msg("no value where cJSON has one");
	}
}

/* A copy of exactly the text's bytes: a read past its end is seen by the address sanitizer. */
static char *exact_copy(const struct text *text)
{
	char *copy = malloc(text->length ? text->length : 1);
	assert_non_null(copy);
	memcpy(copy, text->bytes, text->length);
	return copy;
}

static void random_documents_have_the_structure_that_cjson_sees(void **state)
{
	static struct text text;

	(void)state;
	for (unsigned i = 0; i < documents; i++) {
		struct json_reader reader;
		struct json_token token;
		text.length = 0;
		put_value(&text, 0);
		char *copy = exact_copy(&text);
		cJSON *tree = cjson_read(text.bytes, text.length);
		assert_non_null(tree);
		assert_true(grammar_accepts(copy, text.length));
		json_reader_init(&reader, copy, text.length);
		same_value(&reader, tree);
		assert_int_equal(json_next(&reader, &token), JSON_END);
		assert_int_equal(json_offset(&reader), text.length);
		cJSON_Delete(tree);
		free(copy);
	}
}

static void mutate(struct text *text)
{
	static const char telling[] = "\"\\[]{},:0123456789-+.eEutrfn \t\n\x01";
	size_t place = below((unsigned)text->length + 1);
	size_t rest = text->length - place;
	char byte = below(4) ? telling[below(sizeof(telling))] : (char)below(256);

	switch (below(4)) {
	case 0: /* cut */
		text->length = place;
		break;
	case 1: /* remove */
		if (rest > 0) {
			memmove(text->bytes + place, text->bytes + place + 1, rest - 1);
			text->length--;
		}
		break;
	case 2: /* insert */
		memmove(text->bytes + place + 1, text->bytes + place, rest);
		text->bytes[place] = byte;
		text->length++;
		break;
	case 3: /* replace */
		if (rest > 0)
			text->bytes[place] = byte;
		break;
	}
	text->bytes[text->length] = '\0';
}

static void damaged_documents_are_judged_as_the_grammar_judges(void **state)
{
	static struct text whole, text;
	unsigned accepted = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < documents; i++) {
		do {
			whole.length = 0;
			put_value(&whole, 1);
		} while (whole.length > 2000);
		for (unsigned k = 0; k < MUTATIONS; k++) {
			bool plain, accepts;
			text.length = whole.length;
			memcpy(text.bytes, whole.bytes, whole.length + 1);
			for (unsigned times = 1 + below(2); times > 0; times--)
				mutate(&text);
			char *copy = exact_copy(&text);
			accepts = reader_accepts(copy, text.length, &plain);
			if (accepts != grammar_accepts(copy, text.length))
				fail_msg("judged %d: %s", accepts, text.bytes);
			if (accepts && plain) {
				cJSON *tree = cjson_read(text.bytes, text.length);
				if (!tree)
					fail_msg("cJSON refuses: %s", text.bytes);
				cJSON_Delete(tree);
			}
			accepted += accepts;
			refused += !accepts;
			free(copy);
		}
	}
	print_message("%u accepted, %u refused\n", accepted, refused);
	assert_true(accepted > 1000 && refused > 1000);
}

static void no_part_of_a_document_is_a_document(void **state)
{
	static struct text text;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		bool plain;
		do {
			text.length = 0;
			put(&text, "[");
			put_value(&text, 1);
			put(&text, "]");
		} while (text.length > 1000);
		for (size_t whole = text.length; text.length > 0;) {
			char *copy = exact_copy(&text);
			assert_true(reader_accepts(copy, text.length, &plain) ==
				    (text.length == whole));
			free(copy);
			text.length--;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_documents_have_the_structure_that_cjson_sees),
		cmocka_unit_test(damaged_documents_are_judged_as_the_grammar_judges),
		cmocka_unit_test(no_part_of_a_document_is_a_document),
	};
	const char *given = getenv("FUNDARB_SEED");
	struct timespec now;

	documents = effort(3000, "JSON documents");
	clock_gettime(CLOCK_REALTIME, &now);
	random_state = given ? strtoull(given, NULL, 10)
			     : (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	printf("FUNDARB_SEED=%llu\n", (unsigned long long)random_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
