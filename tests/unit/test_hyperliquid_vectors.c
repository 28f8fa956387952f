/* tests/vectors/hyperliquid.json: official constants and the common results of public clients. */
#include "tests/support/vector_cases.h"
#include "tests/support/vectors_hyperliquid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_MAX (1 << 20)

static cJSON *load_cases(void)
{
	char *text = malloc(FILE_MAX);
	FILE *file = fopen("tests/vectors/hyperliquid.json", "r");
	assert_non_null(text);
	assert_non_null(file);
	size_t length = fread(text, 1, FILE_MAX - 1, file);
	fclose(file);
	text[length] = '\0';
	cJSON *root = cJSON_Parse(text);
	free(text);
	assert_non_null(root);
	return root;
}

static void every_vector_holds(void **state)
{
	(void)state;
	cJSON *root = load_cases();
	const cJSON *counts = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(root, "about"), "counts");
	const cJSON *single;
	const cJSON *count;
	int stated = 0, seen = 0, failed = 0;
	cJSON_ArrayForEach(single, cJSON_GetObjectItemCaseSensitive(root, "cases"))
	{
		char why[256];
		seen++;
		if (vector_case_hyperliquid(single, why, sizeof(why)))
			continue;
		failed++;
		print_error("%s: %s\n", vector_text(single, "id"), why);
	}
	cJSON_ArrayForEach(count, counts) stated += count->valueint;
	cJSON_Delete(root);
	assert_int_equal(seen, stated);
	assert_int_equal(seen, 220);
	assert_int_equal(failed, 0);
}

static void the_builder_takes_part_in_most_l1_cases(void **state)
{
	(void)state;
	cJSON *root = load_cases();
	const cJSON *single;
	int built = 0;
	cJSON_ArrayForEach(single, cJSON_GetObjectItemCaseSensitive(root, "cases")) built +=
		vector_hyperliquid_is_built(single);
	cJSON_Delete(root);
	print_message("%d of the L1 cases run through hyperliquid_sign too\n", built);
	assert_int_equal(built, 46);
}

/* Every text of what is expected, each turned into another one: no case may hold any more. */
static unsigned damage_each_text(cJSON *single, cJSON *node, unsigned *undetected)
{
	unsigned damaged = 0;
	for (cJSON *child = node->child; child != NULL; child = child->next) {
		char why[256];
		damaged += damage_each_text(single, child, undetected);
		if (!cJSON_IsString(child) || child->valuestring[0] == '\0')
			continue;
		size_t middle = strlen(child->valuestring) / 2;
		char was = child->valuestring[middle];
		child->valuestring[middle] = was == '1' ? '2' : '1';
		damaged++;
		if (vector_case_hyperliquid(single, why, sizeof(why))) {
			print_error("%s: %s is not compared\n", vector_text(single, "id"),
				    child->string);
			++*undetected;
		}
		child->valuestring[middle] = was;
	}
	return damaged;
}

static void a_vector_with_a_wrong_figure_fails(void **state)
{
	(void)state;
	cJSON *root = load_cases();
	cJSON *single;
	unsigned damaged = 0, undetected = 0;
	cJSON_ArrayForEach(single, cJSON_GetObjectItemCaseSensitive(root, "cases")) damaged +=
		damage_each_text(single, cJSON_GetObjectItemCaseSensitive(single, "expect"),
				 &undetected);
	cJSON_Delete(root);
	print_message("%u expected texts changed, one at a time\n", damaged);
	assert_true(damaged > 880);
	assert_int_equal(undetected, 0);
}

static void an_unknown_kind_is_a_failure(void **state)
{
	(void)state;
	char why[256];
	cJSON *single = cJSON_Parse("{\"kind\":\"telepathy\",\"input\":{},\"expect\":{}}");
	assert_false(vector_case_hyperliquid(single, why, sizeof(why)));
	assert_string_equal(why, "kind 'telepathy' is unknown");
	cJSON_Delete(single);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_holds),
		cmocka_unit_test(the_builder_takes_part_in_most_l1_cases),
		cmocka_unit_test(a_vector_with_a_wrong_figure_fails),
		cmocka_unit_test(an_unknown_kind_is_a_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
