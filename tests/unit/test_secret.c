/* Keys: from where they may come, who may read them, what is said when they cannot be used. */
#include "src/secret.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CANARY "c0ffee00c0ffee00c0ffee00c0ffee00"

static char folder[64];

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_refused(const char *source, const char *part)
{
	struct secret secret;
	struct error err = {0};
	assert_false(secret_load(source, folder, &secret, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, part));
	assert_null(strstr(err.text, CANARY));
	assert_null(secret.text);
}

static void a_key_is_read_from_a_file_that_only_we_can_read(void **state)
{
	struct secret secret;
	struct error err = {0};
	(void)state;
	write_file("key", "  " CANARY "\n", 0600);
	assert_true(secret_load("file:key", folder, &secret, &err));
	assert_string_equal(secret.text, CANARY);
	assert_int_equal(secret.length, strlen(CANARY));
	secret_wipe(&secret);
	assert_null(secret.text);
	write_file("open", CANARY, 0640);
	assert_refused("file:open", "chmod 600");
	write_file("empty", " \n", 0600);
	assert_refused("file:empty", "is empty");
	assert_refused("file:missing", "No such file");
	assert_refused("file:.", "not a regular file");
}

static void a_variable_is_gone_after_it_was_read(void **state)
{
	struct secret secret;
	struct error err = {0};
	(void)state;
	setenv("FUNDARB_TEST_KEY", CANARY, 1);
	assert_true(secret_load("env:FUNDARB_TEST_KEY", folder, &secret, &err));
	assert_string_equal(secret.text, CANARY);
	assert_null(getenv("FUNDARB_TEST_KEY"));
	secret_wipe(&secret);
	assert_refused("env:FUNDARB_TEST_KEY", "is not set");
}

static void a_credential_comes_from_the_service_manager(void **state)
{
	struct secret secret;
	struct error err = {0};
	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_refused("credential:lighter", "LoadCredential=lighter");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	write_file("lighter", CANARY, 0440);
	assert_true(secret_load("credential:lighter", "", &secret, &err));
	assert_string_equal(secret.text, CANARY);
	secret_wipe(&secret);
	assert_refused("credential:../lighter", "no '/'");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void a_key_in_the_configuration_is_refused_and_not_repeated(void **state)
{
	(void)state;
	assert_refused(CANARY, "env:NAME, file:PATH or credential:NAME");
}

static void a_hardened_process_leaves_no_core(void **state)
{
	struct rlimit limit;
	(void)state;
	secrets_harden_process();
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
}

static int make_folder(void **state)
{
	(void)state;
	scratch_folder_make(folder, sizeof(folder));
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_read_from_a_file_that_only_we_can_read),
		cmocka_unit_test(a_variable_is_gone_after_it_was_read),
		cmocka_unit_test(a_credential_comes_from_the_service_manager),
		cmocka_unit_test(a_key_in_the_configuration_is_refused_and_not_repeated),
		cmocka_unit_test(a_hardened_process_leaves_no_core),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
