/*
 * The runner of official vectors can fail: each result that is changed in one place is noticed, and
 * so is what it does not know, and a file without cases.
 */
#include "tests/support/effort.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/vector_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int vector_runner_main(int count, char **paths);
#define main vector_runner_main
#include "tests/vector_runner.c"
#undef main

#define LIGHTER "tests/vectors/lighter.json"

static cJSON *lighter;

static int load(void **state)
{
	(void)state;
	lighter = read_json(LIGHTER);
	return lighter != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	cJSON_Delete(lighter);
	return 0;
}

static bool passes(const cJSON *single)
{
	char why[1024] = "";
	bool passed = vector_case_lighter(single, why, sizeof(why));
	/* A failure says why. */
	assert_true(passed || why[0] != '\0');
	return passed;
}

/* What may differ without a case failing: words for people, another form of the curve, and in
 * tx_info the signature, which is drawn anew. */
static bool is_compared(const cJSON *leaf)
{
	return strcmp(leaf->string, "error") != 0 &&
	       strncmp(leaf->string, "weierstrass_", strlen("weierstrass_")) != 0;
}

/* Changes one character, digit to digit, so that the form stays. */
static void change_text(char *text)
{
	size_t length = strlen(text), at = length > 40 ? 20 : length - 1;
	text[at] = text[at] == '1' ? '2' : '1';
}

static bool change_leaf(cJSON *leaf)
{
	if (cJSON_IsBool(leaf))
		leaf->type = cJSON_IsTrue(leaf) ? cJSON_False : cJSON_True;
	else if (cJSON_IsString(leaf) && leaf->valuestring[0] != '\0')
		change_text(leaf->valuestring);
	else if (cJSON_IsArray(leaf) && leaf->child != NULL)
		change_text(leaf->child->valuestring);
	else
		return false;
	return true;
}

static void every_result_that_is_changed_is_noticed(void **state)
{
	const cJSON *single;
	unsigned changed = 0, cases = 0, seen = 0;
	unsigned stride = 10 / effort(10, "tenths of the changed results");
	(void)state;
	cJSON_ArrayForEach(single, cJSON_GetObjectItemCaseSensitive(lighter, "cases"))
	{
		cases++;
		assert_true(passes(single));
		int results = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(single, "out"));
		for (int i = 0; i < results; i++) {
			cJSON *copy = cJSON_Duplicate(single, true);
			cJSON *out = cJSON_GetObjectItemCaseSensitive(copy, "out");
			cJSON *leaf = cJSON_GetArrayItem(out, i);
			if (seen++ % stride == 0 && is_compared(leaf) && change_leaf(leaf)) {
				changed++;
				if (passes(copy))
					fail_msg("%s passes with another %s",
						 cJSON_GetObjectItem(single, "id")->valuestring,
						 leaf->string);
			}
			cJSON_Delete(copy);
		}
	}
	assert_int_equal(cases, 131);
	assert_true(changed > 300 / stride);
}

static void what_is_not_known_is_no_pass(void **state)
{
	const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(lighter, "cases"), 0);
	cJSON *copy = cJSON_Duplicate(first, true);
	(void)state;
	assert_true(passes(copy));
	cJSON_AddStringToObject(cJSON_GetObjectItem(copy, "out"), "cube_a", "1");
	assert_false(passes(copy));
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(copy, "out"), "cube_a");
	cJSON_AddStringToObject(cJSON_GetObjectItem(copy, "in"), "c", "1");
	assert_false(passes(copy));
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(copy, "in"), "c");
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(copy, "out"), "mul");
	assert_false(passes(copy));
	cJSON_ReplaceItemInObject(copy, "op", cJSON_CreateString("fp6"));
	assert_false(passes(copy));
	cJSON_DeleteItemFromObject(copy, "op");
	assert_false(passes(copy));
	cJSON_Delete(copy);
	assert_false(passes(cJSON_GetObjectItem(lighter, "meta")));
}

/* ---- the program ---- */

static int run_on_text(const char *text)
{
	char folder[64], path[96];
	scratch_folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/vectors.json", folder);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	int code = vector_runner_main(2, (char *[]){(char[]){"vector_runner"}, path, NULL});
	scratch_folder_remove(folder);
	return code;
}

static void program_fails_unless_every_file_has_cases_that_all_pass(void **state)
{
#define CASE(a)                                                                                    \
	"{\"id\":\"one\",\"op\":\"scalar_from_bytes_mod_n\",\"in\":{\"bytes_le_hex\":\"" a         \
	"000000000000000000000000000000000000000000000000000000000000000000000000000000\"},"       \
	"\"out\":{\"scalar_le_hex\":\"07"                                                          \
	"000000000000000000000000000000000000000000000000000000000000000000000000000000\"}}"
	(void)state;
	assert_int_equal(run_on_text("{\"meta\":{},\"cases\":[" CASE("07") "]}"), 0);
	assert_int_equal(run_on_text("{\"meta\":{},\"cases\":[" CASE("08") "]}"), 1);
	assert_int_equal(run_on_text("{\"meta\":{},\"cases\":[" CASE("07") "," CASE("08") "]}"), 1);
	assert_int_equal(run_on_text("{\"meta\":{},\"cases\":[]}"), 1);
	assert_int_equal(run_on_text("{\"venue\":\"elsewhere\",\"cases\":[{\"id\":\"x\"}]}"), 1);
	assert_int_equal(run_on_text("{\"cases\":"), 1);
	assert_int_equal(run_on_text(""), 1);
	char program[] = "vector_runner", absent[] = "/nowhere/vectors.json", good[] = LIGHTER;
	assert_int_equal(vector_runner_main(1, (char *[]){program, NULL}), 1);
	assert_int_equal(vector_runner_main(2, (char *[]){program, absent, NULL}), 1);
	assert_int_equal(vector_runner_main(3, (char *[]){program, good, absent, NULL}), 1);
	assert_int_equal(vector_runner_main(2, (char *[]){program, good, NULL}), 0);
}

static void hex_is_lower_case_and_of_the_exact_length(void **state)
{
	unsigned char bytes[2];
	(void)state;
	assert_true(vector_hex("0af9", bytes, 2) && bytes[0] == 0x0a && bytes[1] == 0xf9);
	assert_true(vector_hex("", bytes, 0));
	assert_false(vector_hex("0a", bytes, 2));
	assert_false(vector_hex("0af90", bytes, 2));
	assert_false(vector_hex("0af900", bytes, 2));
	assert_false(vector_hex("0Af9", bytes, 2));
	assert_false(vector_hex("0ag9", bytes, 2));
	assert_false(vector_hex(NULL, bytes, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_that_is_changed_is_noticed),
		cmocka_unit_test(what_is_not_known_is_no_pass),
		cmocka_unit_test(program_fails_unless_every_file_has_cases_that_all_pass),
		cmocka_unit_test(hex_is_lower_case_and_of_the_exact_length),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
