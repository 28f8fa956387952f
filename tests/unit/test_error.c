#include "core/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void setting_an_error_returns_false_and_keeps_category_and_sentence(void **state)
{
	(void)state;
	struct error err = {0};
	assert_false(error_set(&err, ERROR_MISSING_DATA, "%s:%d: no rate", "binance-usdm", 7));
	assert_int_equal(err.category, ERROR_MISSING_DATA);
	assert_string_equal(err.text, "binance-usdm:7: no rate");
	assert_false(error_set(&err, ERROR_IO, "other"));
	assert_int_equal(err.category, ERROR_IO);
	assert_string_equal(err.text, "other");
}

static void nobody_need_listen(void **state)
{
	(void)state;
	assert_false(error_set(NULL, ERROR_IO, "%d", 1));
	error_prefix(NULL, "%d", 1);
}

static void a_prefix_says_where(void **state)
{
	(void)state;
	struct error err = {0};
	error_set(&err, ERROR_INPUT, "no number");
	error_prefix(&err, "line %d", 3);
	error_prefix(&err, "bot.ini");
	assert_string_equal(err.text, "bot.ini: line 3: no number");
	assert_int_equal(err.category, ERROR_INPUT);
	error_prefix(&err, "%s", err.text);
	assert_string_equal(err.text, "bot.ini: line 3: no number: bot.ini: line 3: no number");
}

static void long_sentences_are_cut(void **state)
{
	(void)state;
	struct {
		struct error err;
		char guard[16];
	} box = {.guard = "guard"};
	char text[2000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&box.err, ERROR_LIMIT, "%s", text);
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	error_prefix(&box.err, "where");
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	assert_memory_equal(box.err.text, "where: xxx", 10);
	error_prefix(&box.err, "%s", text);
	assert_int_equal(strlen(box.err.text), sizeof(box.err.text) - 1);
	assert_memory_equal(box.err.text, "xxx", 3);
	assert_null(strchr(box.err.text, 'w'));
	assert_string_equal(box.guard, "guard");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_an_error_returns_false_and_keeps_category_and_sentence),
		cmocka_unit_test(nobody_need_listen),
		cmocka_unit_test(a_prefix_says_where),
		cmocka_unit_test(long_sentences_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
