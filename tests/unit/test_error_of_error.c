#include "core/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_error_may_be_told_again_with_its_own_text(void **state)
{
	(void)state;
	struct error err = {0};
	error_set(&err, ERROR_IO, "cannot read block 7");
	assert_false(error_set(&err, ERROR_INPUT, "recording: %s, file is damaged", err.text));
	assert_string_equal(err.text, "recording: cannot read block 7, file is damaged");
	assert_int_equal(err.category, ERROR_INPUT);
}

static void an_overlong_text_told_again_is_cut_and_ends(void **state)
{
	(void)state;
	struct error err = {0};
	memset(err.text, 'x', sizeof(err.text) - 1);
	error_set(&err, ERROR_INPUT, "a: %s", err.text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "a: xxx", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_may_be_told_again_with_its_own_text),
		cmocka_unit_test(an_overlong_text_told_again_is_cut_and_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
