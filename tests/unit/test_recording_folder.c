/* Whose a recorder's folder is, what its files are called, and which of them grow too old. */
#include "core/base/utc.h"
#include "src/recording_folder.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make(void **state)
{
	(void)state;
	scratch_folder_make(folder, sizeof(folder));
	return 0;
}

static int drop(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

static void put(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool there(const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void a_folder_is_made_with_its_parents_and_belongs_to_one(void **state)
{
	(void)state;
	char path[128];
	struct error err = {0};
	snprintf(path, sizeof(path), "%s/a/b/c", folder);
	int lock = recording_folder_lock(path, &err);
	assert_true(lock >= 0);
	assert_int_equal(recording_folder_lock(path, &err), -1);
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, "in use by another recorder"));
	close(lock);
	lock = recording_folder_lock(path, &err);
	assert_true(lock >= 0);
	close(lock);
}

static void a_file_in_the_way_is_said(void **state)
{
	(void)state;
	char path[128];
	struct error err = {0};
	put("file", "");
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(recording_folder_lock(path, &err), -1);
	assert_non_null(strstr(err.text, path));
	snprintf(path, sizeof(path), "%s/file/below", folder);
	assert_int_equal(recording_folder_lock(path, &err), -1);
	assert_int_equal(recording_folder_lock("", &err), -1);
}

static void only_segments_are_called_like_segments(void **state)
{
	(void)state;
	static const char *const OTHERS[] = {
		"",
		"20240808T235600-66b55c00-000.fa",
		"20240808T235600-66b55c00-.far",
		"20240808T235600-66b55c00-00x.far",
		"20240808T235600-66b55C00-000.far",
		"20240808-235600-66b55c00-000.far",
		"20241308T235600-66b55c00-000.far",
		"20240808T236000-66b55c00-000.far",
		"20240808T235600-66b55c00-000.far.bak",
		"x0240808T235600-66b55c00-000.far",
		"20240808T235600-66b55c00-0000000000000000000000.far",
	};
	int64_t start_ns, expected;
	uint32_t run;
	assert_true(recording_segment_named("20240808T235600-66b55c0f-000.far", &start_ns, &run));
	assert_true(utc_parse("2024-08-08T23:56:00Z", 20, &expected));
	assert_true(start_ns == expected);
	assert_int_equal(run, 0x66b55c0f);
	assert_true(recording_segment_named("20240808T235600-66b55c0f-1234.far", &start_ns, &run));
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++)
		if (recording_segment_named(OTHERS[i], &start_ns, &run))
			fail_msg("%s", OTHERS[i]);
}

static void bytes_are_those_of_one_run(void **state)
{
	(void)state;
	put("20240808T235600-00000001-000.far", "12345");
	put("20240809T005600-00000001-001.far", "123");
	put("20240809T005600-00000002-000.far", "1");
	put("notes.txt", "1234567890");
	assert_int_equal(recording_folder_bytes(folder, 1), 8);
	assert_int_equal(recording_folder_bytes(folder, 3), 0);
	assert_int_equal(recording_folder_bytes("/nowhere/at/all", 1), 0);
}

static void only_segments_that_are_too_old_are_deleted(void **state)
{
	(void)state;
	int64_t before_ns;
	struct error err = {0};
	assert_true(utc_parse("2024-08-09T12:00:00Z", 20, &before_ns));
	put("20240808T120000-00000001-000.far", "");
	put("20240809T110000-00000001-023.far", ""); /* may have lasted until 12:00 */
	put("20240809T110001-00000001-024.far", "");
	put("20240810T120000-00000002-000.far", "");
	put("20200101T000000-notes.txt", "");
	assert_int_equal(recording_folder_prune(folder, before_ns, &err), 2);
	assert_int_equal(err.category, ERROR_NONE);
	assert_false(there("20240808T120000-00000001-000.far"));
	assert_false(there("20240809T110000-00000001-023.far"));
	assert_true(there("20240809T110001-00000001-024.far"));
	assert_true(there("20240810T120000-00000002-000.far"));
	assert_true(there("20200101T000000-notes.txt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_folder_is_made_with_its_parents_and_belongs_to_one, make, drop),
		cmocka_unit_test_setup_teardown(a_file_in_the_way_is_said, make, drop),
		cmocka_unit_test(only_segments_are_called_like_segments),
		cmocka_unit_test_setup_teardown(bytes_are_those_of_one_run, make, drop),
		cmocka_unit_test_setup_teardown(only_segments_that_are_too_old_are_deleted, make,
						drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
