/* json_reader by examples: what is a document, what is none, and what a token says. */
#include "core/base/json_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A copy of exactly the text's bytes: a read past its end is seen by the address sanitizer. */
static char *exact_copy(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	return copy;
}

/* One letter a token; the walk ends with '.' or '!'. */
static void shape_of(const char *text, size_t length, char *shape, size_t size)
{
	static const char letters[] = {
		[JSON_ERROR] = '!',	 [JSON_END] = '.',	   [JSON_OBJECT_BEGIN] = '{',
		[JSON_OBJECT_END] = '}', [JSON_ARRAY_BEGIN] = '[', [JSON_ARRAY_END] = ']',
		[JSON_KEY] = 'k',	 [JSON_STRING] = 's',	   [JSON_NUMBER] = 'n',
		[JSON_TRUE] = 't',	 [JSON_FALSE] = 'f',	   [JSON_NULL] = '0',
	};
	char *copy = exact_copy(text, length);
	struct json_reader reader;
	struct json_token token;
	size_t count = 0;
	enum json_type type;

	json_reader_init(&reader, copy, length);
	do {
		type = json_next(&reader, &token);
		assert_int_equal(type, token.type);
		assert_true(count + 1 < size);
		shape[count++] = letters[type];
	} while (type != JSON_ERROR && type != JSON_END);
	shape[count] = '\0';
	assert_true((type == JSON_ERROR) == (reader.error != NULL));
	free(copy);
}

static void valid_documents_give_their_tokens(void **state)
{
	static const struct {
		const char *text, *shape;
	} table[] = {
		{"{}", "{}."},
		{"[]", "[]."},
		{"0", "n."},
		{"-0", "n."},
		{"-0.0e-0", "n."},
		{"12", "n."},
		{"1234567", "n."},
		{"12345678", "n."},
		{"123456789012345678901234567890", "n."},
		{"1.5", "n."},
		{"0.00000001", "n."},
		{"1e5", "n."},
		{"1E+5", "n."},
		{"10.25e-17", "n."},
		{"true", "t."},
		{"false", "f."},
		{"null", "0."},
		{"\"\"", "s."},
		{"\"a\"", "s."},
		{"\"0123456789abcdef0123456789\"", "s."},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", "s."},
		{"\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"", "s."},
		{" \t\r\n[ 1 , 2 ]\r\n ", "[nn]."},
		{" { \"a\" : 1 , \"b\" : [ ] } ", "{knk[]}."},
		{"[[],{},[[{}]]]", "[[]{}[[{}]]]."},
		{"{\"a\":{\"b\":[true,false,null,\"x\",-1]}}", "{k{k[tf0sn]}}."},
		{"{\"b\":[[\"61800.20\",\"2.507\"],[\"1\",\"0.000\"]]}", "{k[[ss][ss]]}."},
		{"{\"\":0}", "{kn}."},
	};
	char shape[64];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		shape_of(table[i].text, strlen(table[i].text), shape, sizeof(shape));
		if (strcmp(shape, table[i].shape) != 0)
			fail_msg("%s: %s, expected %s", table[i].text, shape, table[i].shape);
	}
}

static void everything_else_is_refused(void **state)
{
	static const char *const table[] = {
		"",
		" ",
		"\n",
		"\xef\xbb\xbf{}",
		"{",
		"[",
		"}",
		"]",
		",",
		":",
		"\"",
		"\"a",
		"\"\\",
		"\"\\\"",
		"\"\\u",
		"\"\\u12",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\u 123\"",
		"\"\\x41\"",
		"\"\\a\"",
		"\"\\U0041\"",
		"\"\\'\"",
		"'a'",
		"a",
		"\"tab\there\"",
		"\"line\nbreak\"",
		"\"\x1f\"",
		"\"0123456789abcdef\x01\"",
		"\"0123456789abcdef0\\q\"",
		/* numbers */
		"-",
		"+1",
		"01",
		"-01",
		"00",
		"1.",
		".5",
		"-.5",
		"1.e5",
		"1e",
		"1e+",
		"1e-",
		"1E",
		"1e5.5",
		"1.2.3",
		"0x10",
		"1_000",
		"Infinity",
		"-Infinity",
		"NaN",
		"nan",
		"--1",
		"1-",
		"1a",
		"12345678a",
		"1234567812345678/",
		"1234:678",
		"[1 2]",
		"012345678",
		/* words */
		"t",
		"tru",
		"true1",
		"truE",
		"True",
		"TRUE",
		"fals",
		"falsey",
		"nul",
		"nulL",
		"nil",
		"undefined",
		/* arrays */
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[,]",
		"[1,,2]",
		"[1}",
		"[}",
		"[1]]",
		"[1],",
		"[1][2]",
		"[\"a\" \"b\"]",
		"[\"a\":1]",
		"[1;2]",
		"[1]x",
		"[1] 2",
		"[[]",
		"[1\v]",
		"[1\f,2]",
		/* objects */
		"{\"a\"",
		"{\"a\"}",
		"{\"a\":",
		"{\"a\":}",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{,}",
		"{,\"a\":1}",
		"{\"a\" 1}",
		"{\"a\",1}",
		"{a:1}",
		"{'a':1}",
		"{1:1}",
		"{\"a\"::1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1,,\"b\":2}",
		"{\"a\":1]",
		"{]",
		"{\"a\":1}}",
		"{null:1}",
		"{[]:1}",
		"{\"a\":1}{\"b\":2}",
		"{\"a\":1,1}",
		"{} null",
		"\"a\"\"b\"",
		/* comments are no JSON */
		"[1/*x*/]",
		"//x\n1",
		"#x\n1",
		"1 //",
	};
	char shape[64];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		shape_of(table[i], strlen(table[i]), shape, sizeof(shape));
		if (shape[strlen(shape) - 1] != '!')
			fail_msg("accepted: %s", table[i]);
	}
}

static void a_nul_byte_is_refused_everywhere(void **state)
{
	char shape[16];

	(void)state;
	shape_of("[1]\0", 4, shape, sizeof(shape));
	assert_string_equal(shape, "[n]!");
	shape_of("\"a\0b\"", 5, shape, sizeof(shape));
	assert_string_equal(shape, "!");
	shape_of("[\0]", 3, shape, sizeof(shape));
	assert_string_equal(shape, "[!");
}

static void every_control_byte_in_a_string_is_refused_at_every_place(void **state)
{
	(void)state;
	for (size_t length = 1; length <= 40; length++) {
		for (size_t place = 0; place < length; place++) {
			for (int byte = 0; byte < 256; byte++) {
				char text[64], shape[8];
				bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
				memset(text, 'x', sizeof(text));
				text[0] = '"';
				text[length + 1] = '"';
				text[place + 1] = (char)byte;
				shape_of(text, length + 2, shape, sizeof(shape));
				/* A backslash makes \x or, in the last place, hides the quote. */
				if (byte == '"')
					assert_string_equal(shape, "s!");
				else
					assert_string_equal(shape, plain ? "s." : "!");
			}
		}
	}
}

static void a_text_may_end_at_any_byte_without_terminator(void **state)
{
	static const char text[] =
		"{\"stream\":\"btcusdt@depth\",\"data\":{\"E\":1723161256299,"
		"\"b\":[[\"58710.20\",\"0.014\"],[-1.5e+3,true]],\"\\u00e9\":null,"
		"\"m\":false}}";
	char shape[64];

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		shape_of(text, length, shape, sizeof(shape));
		assert_true(strchr(shape, '!') != NULL);
	}
	shape_of(text, sizeof(text) - 1, shape, sizeof(shape));
	assert_true(strchr(shape, '.') != NULL);
}

static void no_text_at_all_is_an_error(void **state)
{
	struct json_reader reader;
	struct json_token token;

	(void)state;
	json_reader_init(&reader, NULL, 0);
	assert_int_equal(json_next(&reader, &token), JSON_ERROR);
	assert_int_equal(json_offset(&reader), 0);
}

static void depth_is_limited(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1)], shape[128];

	(void)state;
	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		shape_of(text, 2 * depth, shape, sizeof(shape));
		assert_int_equal(strlen(shape),
				 depth == JSON_DEPTH_MAX ? 2 * JSON_DEPTH_MAX + 1 : depth);
		assert_true((strchr(shape, '!') != NULL) == (depth > JSON_DEPTH_MAX));
	}
}

static void the_container_kind_is_remembered_at_every_depth(void **state)
{
	char text[8 * JSON_DEPTH_MAX + 1] = "", shape[256];

	(void)state;
	for (unsigned i = 0; i < JSON_DEPTH_MAX; i++)
		strcat(text, i % 3 ? "[" : i + 1 < JSON_DEPTH_MAX ? "{\"k\":" : "{");
	for (unsigned i = JSON_DEPTH_MAX; i-- > 0;)
		strcat(text, i % 3 ? "]" : "}");
	shape_of(text, strlen(text), shape, sizeof(shape));
	assert_int_equal(shape[strlen(shape) - 1], '.');
	/* A wrong bracket in any place is found. */
	for (size_t i = strlen(text) - JSON_DEPTH_MAX; text[i]; i++) {
		char right = text[i];
		text[i] = right == ']' ? '}' : ']';
		shape_of(text, strlen(text), shape, sizeof(shape));
		assert_int_equal(shape[strlen(shape) - 1], '!');
		text[i] = right;
	}
}

static struct json_token first_token(struct json_reader *reader, const char *text)
{
	struct json_token token;
	json_reader_init(reader, text, strlen(text));
	json_next(reader, &token);
	return token;
}

static void expect_next(struct json_reader *reader, enum json_type type, const char *text)
{
	struct json_token token;

	assert_int_equal(json_next(reader, &token), type);
	if (text) {
		assert_int_equal(token.length, strlen(text));
		assert_memory_equal(token.text, text, token.length);
	}
}

static void tokens_carry_raw_text(void **state)
{
	static const char text[] = "{\"p\" :\"61800.20\",\"n\":-1.50E+2,\"e\":\"a\\n\",\"w\":true}";
	struct json_reader reader;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	expect_next(&reader, JSON_OBJECT_BEGIN, "{");
	expect_next(&reader, JSON_KEY, "p");
	expect_next(&reader, JSON_STRING, "61800.20");
	expect_next(&reader, JSON_KEY, "n");
	expect_next(&reader, JSON_NUMBER, "-1.50E+2");
	expect_next(&reader, JSON_KEY, "e");
	expect_next(&reader, JSON_STRING, "a\\n");
	expect_next(&reader, JSON_KEY, "w");
	expect_next(&reader, JSON_TRUE, "true");
	expect_next(&reader, JSON_OBJECT_END, "}");
	expect_next(&reader, JSON_END, NULL);
	expect_next(&reader, JSON_END, NULL);
	assert_int_equal(json_offset(&reader), strlen(text));
}

static void duplicate_keys_are_all_delivered(void **state)
{
	static const char text[] = "{\"a\":1,\"a\":2,\"A\":3}";
	struct json_reader reader;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	expect_next(&reader, JSON_OBJECT_BEGIN, NULL);
	expect_next(&reader, JSON_KEY, "a");
	expect_next(&reader, JSON_NUMBER, "1");
	expect_next(&reader, JSON_KEY, "a");
	expect_next(&reader, JSON_NUMBER, "2");
	expect_next(&reader, JSON_KEY, "A");
	expect_next(&reader, JSON_NUMBER, "3");
	expect_next(&reader, JSON_OBJECT_END, NULL);
	expect_next(&reader, JSON_END, NULL);
}

static void a_key_is_compared_with_case_and_length(void **state)
{
	struct json_reader reader;
	struct json_token token = first_token(&reader, "\"symbol\"");

	(void)state;
	assert_true(json_is(&token, "symbol"));
	assert_false(json_is(&token, "Symbol"));
	assert_false(json_is(&token, "symbo"));
	assert_false(json_is(&token, "symbols"));
	assert_false(json_is(&token, ""));
	token = first_token(&reader, "\"\"");
	assert_true(json_is(&token, ""));
	token = first_token(&reader, "true");
	assert_false(json_is(&token, "true"));
	token = first_token(&reader, "12");
	assert_false(json_is(&token, "12"));
	token = first_token(&reader, "\"\\u0061\"");
	assert_true(token.escaped);
	assert_false(json_is(&token, "a"));
	assert_false(json_is(&token, "\\u0061"));
}

static void ids_beyond_the_doubles_are_exact(void **state)
{
	static const struct {
		const char *text;
		bool fits_signed, fits_unsigned;
		int64_t as_signed;
		uint64_t as_unsigned;
	} table[] = {
		{"0", true, true, 0, 0},
		{"-0", true, false, 0, 0},
		{"9007199254740993", true, true, 9007199254740993, 9007199254740993},
		{"\"9007199254740993\"", true, true, 9007199254740993, 9007199254740993},
		{"-9007199254740993", true, false, -9007199254740993, 0},
		{"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
		{"9223372036854775808", false, true, 0, UINT64_C(9223372036854775808)},
		{"-9223372036854775808", true, false, INT64_MIN, 0},
		{"-9223372036854775809", false, false, 0, 0},
		{"18446744073709551615", false, true, 0, UINT64_MAX},
		{"18446744073709551616", false, false, 0, 0},
		{"184467440737095516150", false, false, 0, 0},
		{"1.0", false, false, 0, 0},
		{"1e3", false, false, 0, 0},
		{"\"\"", false, false, 0, 0},
		{"\"-\"", false, false, 0, 0},
		{"\"007\"", false, false, 0, 0},
		{"\"+7\"", false, false, 0, 0},
		{"\" 7\"", false, false, 0, 0},
		{"\"7 \"", false, false, 0, 0},
		{"\"\\u0037\"", false, false, 0, 0},
		{"true", false, false, 0, 0},
		{"null", false, false, 0, 0},
		{"[]", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct json_reader reader;
		struct json_token token = first_token(&reader, table[i].text);
		int64_t as_signed = 0;
		uint64_t as_unsigned = 0;
		bool fits_signed = json_to_i64(&token, &as_signed);
		bool fits_unsigned = json_to_u64(&token, &as_unsigned);
		if (fits_signed != table[i].fits_signed || as_signed != table[i].as_signed ||
		    fits_unsigned != table[i].fits_unsigned || as_unsigned != table[i].as_unsigned)
			fail_msg("%s", table[i].text);
	}
}

static void a_key_is_no_integer(void **state)
{
	static const char text[] = "{\"7\":1}";
	struct json_reader reader;
	struct json_token token;
	int64_t out = 5;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	json_next(&reader, &token);
	json_next(&reader, &token);
	assert_int_equal(token.type, JSON_KEY);
	assert_false(json_to_i64(&token, &out));
	assert_int_equal(out, 5);
}

static void escapes_are_resolved(void **state)
{
	static const struct {
		const char *text, *resolved; /* NULL: valid JSON, but no C string */
	} table[] = {
		{"\"\"", ""},
		{"\"plain\"", "plain"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0041\\u007f\\u0080\\u07FF\\u0800\\uffff\"",
		 "A\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
		{"\"<\\ud83d\\ude00>\"", "<\xf0\x9f\x98\x80>"},
		{"\"\\ud800\\udc00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
		{"\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80"},
		{"\"\xc3\xa9\\n\"", "\xc3\xa9\n"},
		{"\"\\\\u0041\"", "\\u0041"},
		{"\"\\u0000\"", NULL},
		{"\"\\ud83d\"", NULL},
		{"\"\\ud83dx\"", NULL},
		{"\"\\ud83d\\n\"", NULL},
		{"\"\\ud83d\\u0041\"", NULL},
		{"\"\\ud83d\\ud83d\"", NULL},
		{"\"\\ude00\"", NULL},
		{"\"\\ude00\\ud83d\"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct json_reader reader;
		struct json_token token = first_token(&reader, table[i].text);
		char buffer[64];
		assert_int_equal(token.type, JSON_STRING);
		assert_true(token.escaped == (strchr(table[i].text, '\\') != NULL));
		if (!table[i].resolved) {
			assert_false(json_unescape(&token, buffer, sizeof(buffer)));
			assert_string_equal(buffer, "");
			continue;
		}
		assert_true(json_unescape(&token, buffer, sizeof(buffer)));
		assert_string_equal(buffer, table[i].resolved);
	}
}

static void unescape_never_writes_past_its_buffer(void **state)
{
	struct json_reader reader;
	struct json_token token = first_token(&reader, "\"ab\\u20ac\"");

	(void)state;
	for (size_t size = 0; size <= 8; size++) {
		char *buffer = exact_copy("########", size);
		assert_true(json_unescape(&token, buffer, size) == (size >= 6));
		if (size > 0)
			assert_string_equal(buffer, size >= 6 ? "ab\xe2\x82\xac" : "");
		free(buffer);
	}
	token = first_token(&reader, "12");
	char number[8] = "#######";
	assert_false(json_unescape(&token, number, sizeof(number)));
	assert_string_equal(number, "");
}

static void a_value_is_skipped_whole(void **state)
{
	static const char *const values[] = {
		"1",
		"\"}\"",
		"true",
		"null",
		"[]",
		"{}",
		"[[1,{\"x\":[2]}],\"]\"]",
		"{\"a\":{\"b\":\"}\"},\"c\":[1]}",
		" [ ] ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[128];
		struct json_reader reader;
		snprintf(text, sizeof(text), "{\"skip\":%s,\"next\":7}", values[i]);
		json_reader_init(&reader, text, strlen(text));
		expect_next(&reader, JSON_OBJECT_BEGIN, NULL);
		expect_next(&reader, JSON_KEY, "skip");
		assert_true(json_skip_value(&reader));
		expect_next(&reader, JSON_KEY, "next");
		expect_next(&reader, JSON_NUMBER, "7");
		expect_next(&reader, JSON_OBJECT_END, NULL);
		expect_next(&reader, JSON_END, NULL);
	}
}

static void a_container_is_skipped_from_its_begin_or_from_inside(void **state)
{
	static const char text[] = "[[1,[2],{\"a\":[]}],[3,4,[5]],6]";
	struct json_reader reader;

	(void)state;
	json_reader_init(&reader, text, strlen(text));
	expect_next(&reader, JSON_ARRAY_BEGIN, NULL);
	expect_next(&reader, JSON_ARRAY_BEGIN, NULL);
	assert_true(json_skip_container(&reader));
	expect_next(&reader, JSON_ARRAY_BEGIN, NULL);
	expect_next(&reader, JSON_NUMBER, "3");
	assert_true(json_skip_container(&reader));
	expect_next(&reader, JSON_NUMBER, "6");
	expect_next(&reader, JSON_ARRAY_END, NULL);
	expect_next(&reader, JSON_END, NULL);
}

static void skipping_checks_what_it_skips(void **state)
{
	static const char *const broken[] = {
		"{\"a\":[1,]}", "{\"a\":[01]}", "{\"a\":{\"b\"}}", "{\"a\":[\"\\x\"]}",
		"{\"a\":[[1]",	"{\"a\":[1}}",	"{\"a\":",	   "{\"a\":}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct json_reader reader;
		json_reader_init(&reader, broken[i], strlen(broken[i]));
		expect_next(&reader, JSON_OBJECT_BEGIN, NULL);
		expect_next(&reader, JSON_KEY, "a");
		assert_false(json_skip_value(&reader));
		assert_non_null(reader.error);
		assert_false(json_skip_value(&reader));
		assert_false(json_skip_container(&reader));
		expect_next(&reader, JSON_ERROR, NULL);
	}
}

static void where_no_value_stands_nothing_is_skipped(void **state)
{
	struct json_reader reader;

	(void)state;
	json_reader_init(&reader, "[]", 2);
	expect_next(&reader, JSON_ARRAY_BEGIN, NULL);
	assert_false(json_skip_value(&reader));
	expect_next(&reader, JSON_ERROR, NULL);
	json_reader_init(&reader, "{\"a\":1}", 7);
	expect_next(&reader, JSON_OBJECT_BEGIN, NULL);
	assert_false(json_skip_value(&reader));
	json_reader_init(&reader, "1", 1);
	assert_true(json_skip_value(&reader));
	expect_next(&reader, JSON_END, NULL);
	assert_false(json_skip_value(&reader));
}

static void an_error_repeats_with_its_place_and_text(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *word;
	} table[] = {
		{"[1,]", 3, "value"},
		{"[1 2]", 3, "comma"},
		{"{\"a\" 1}", 5, "colon"},
		{"{1:1}", 1, "key"},
		{"[1]x", 3, "follows"},
		{"[01]", 1, "number"},
		{"[\"ab\\x\"]", 4, "escape"},
		{"[\"ab\n\"]", 4, "control"},
		{"[1", 2, "ends"},
		{"[\"abc", 5, "ends"},
		{"[tru", 1, "ends"},
		{"[1.", 3, "ends"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct json_reader reader;
		struct json_token token;
		const char *error;
		json_reader_init(&reader, table[i].text, strlen(table[i].text));
		while (json_next(&reader, &token) != JSON_ERROR)
			assert_int_not_equal(token.type, JSON_END);
		error = reader.error;
		if (!strstr(error, table[i].word) || json_offset(&reader) != table[i].offset)
			fail_msg("%s: %s at %zu", table[i].text, error, json_offset(&reader));
		for (unsigned again = 0; again < 3; again++) {
			assert_int_equal(json_next(&reader, &token), JSON_ERROR);
			assert_int_equal(token.type, JSON_ERROR);
			assert_ptr_equal(reader.error, error);
			assert_int_equal(json_offset(&reader), table[i].offset);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_documents_give_their_tokens),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused_everywhere),
		cmocka_unit_test(every_control_byte_in_a_string_is_refused_at_every_place),
		cmocka_unit_test(a_text_may_end_at_any_byte_without_terminator),
		cmocka_unit_test(no_text_at_all_is_an_error),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(the_container_kind_is_remembered_at_every_depth),
		cmocka_unit_test(tokens_carry_raw_text),
		cmocka_unit_test(duplicate_keys_are_all_delivered),
		cmocka_unit_test(a_key_is_compared_with_case_and_length),
		cmocka_unit_test(ids_beyond_the_doubles_are_exact),
		cmocka_unit_test(a_key_is_no_integer),
		cmocka_unit_test(escapes_are_resolved),
		cmocka_unit_test(unescape_never_writes_past_its_buffer),
		cmocka_unit_test(a_value_is_skipped_whole),
		cmocka_unit_test(a_container_is_skipped_from_its_begin_or_from_inside),
		cmocka_unit_test(skipping_checks_what_it_skips),
		cmocka_unit_test(where_no_value_stands_nothing_is_skipped),
		cmocka_unit_test(an_error_repeats_with_its_place_and_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
