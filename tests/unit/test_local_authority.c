#include "core/net/local_authority.h"
#include "tests/support/scratch_folder.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_NS	 (INT64_C(86400) * 1000000000)
#define START_NS (INT64_C(1790000000) * 1000000000)

static char parent[64], folder[80];

static int set_up(void **state)
{
	(void)state;
	scratch_folder_make(parent, sizeof(parent));
	snprintf(folder, sizeof(folder), "%s/tls", parent);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_folder_remove(parent);
	return 0;
}

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", folder, name);
}

static X509 *certificate(const char *name)
{
	char path[128];
	path_of(path, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	X509 *read = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(read);
	return read;
}

static void prepare(int64_t now_ns)
{
	struct error err = {0};
	if (!local_authority_prepare(folder, now_ns, &err))
		fail_msg("%s", err.text);
}

static unsigned mode_of(const char *name)
{
	char path[128];
	struct stat status;
	path_of(path, name);
	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

/* As a client at that time would judge, which trusts ca.pem alone. */
static bool verified(int64_t at_ns, const char *host, const char *address)
{
	X509 *authority = certificate("ca.pem"), *server = certificate("server.pem");
	X509_STORE *store = X509_STORE_new();
	X509_STORE_add_cert(store, authority);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_STORE_CTX_init(context, store, server, NULL);
	X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)(at_ns / 1000000000));
	if (host)
		X509_VERIFY_PARAM_set1_host(parameters, host, 0);
	if (address)
		X509_VERIFY_PARAM_set1_ip_asc(parameters, address);
	bool good = X509_verify_cert(context) == 1;
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	X509_free(authority);
	X509_free(server);
	return good;
}

static long key_size(char *content, size_t size)
{
	char path[128];
	path_of(path, "server.key");
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t length = fread(content, 1, size - 1, file);
	content[length] = '\0';
	fclose(file);
	return (long)length;
}

static bool same_key_after_prepare(int64_t now_ns)
{
	char before[2048], after[2048];
	assert_true(key_size(before, sizeof(before)) > 100);
	prepare(now_ns);
	assert_true(key_size(after, sizeof(after)) > 100);
	return strcmp(before, after) == 0;
}

static void clients_that_trust_the_authority_accept_the_certificate_for_loopback_names(void **state)
{
	(void)state;
	prepare(START_NS);
	assert_true(verified(START_NS, "localhost", NULL));
	assert_true(verified(START_NS, NULL, "127.0.0.1"));
	assert_true(verified(START_NS, NULL, "::1"));
	assert_false(verified(START_NS, "example.com", NULL));
	assert_false(verified(START_NS, NULL, "127.0.0.2"));
	assert_true(verified(START_NS + 30 * DAY_NS - 1000000000, "localhost", NULL));
	assert_false(verified(START_NS + 30 * DAY_NS + 1000000000, "localhost", NULL));
	assert_false(verified(START_NS - DAY_NS, "localhost", NULL));
}

static void the_key_is_for_the_owner_only_and_no_other_key_is_written(void **state)
{
	(void)state;
	umask(0);
	prepare(START_NS);
	umask(022);
	assert_int_equal(mode_of(""), 0700);
	assert_int_equal(mode_of("server.key"), 0600);
	assert_int_equal(mode_of("server.pem"), 0644);
	char command[160];
	path_of(command, ".server.key.new");
	assert_int_not_equal(access(command, F_OK), 0);
	X509 *authority = certificate("ca.pem");
	EVP_PKEY *key = X509_get0_pubkey(authority);
	assert_int_equal(EVP_PKEY_get_bits(key), 256);
	char text[2048];
	key_size(text, sizeof(text));
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *written = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	assert_int_not_equal(EVP_PKEY_eq(key, written), 1);
	EVP_PKEY_free(written);
	BIO_free(bio);
	X509_free(authority);
}

static void a_set_that_is_good_for_a_day_is_kept(void **state)
{
	(void)state;
	prepare(START_NS);
	assert_true(same_key_after_prepare(START_NS));
	assert_true(same_key_after_prepare(START_NS + 28 * DAY_NS));
	assert_false(same_key_after_prepare(START_NS + 29 * DAY_NS + DAY_NS / 2));
	assert_true(verified(START_NS + 50 * DAY_NS, "localhost", NULL));
}

static void a_set_from_the_future_is_replaced(void **state)
{
	(void)state;
	prepare(START_NS);
	assert_false(same_key_after_prepare(START_NS - 10 * DAY_NS));
}

static void damage(const char *name, const char *content)
{
	char path[128];
	path_of(path, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static void a_damaged_or_mixed_set_is_replaced(void **state)
{
	(void)state;
	static const char *const names[] = {"ca.pem", "server.pem", "server.key"};
	char path[128], text[2048];
	for (unsigned i = 0; i < 3; i++) {
		prepare(START_NS);
		key_size(text, sizeof(text));
		path_of(path, names[i]);
		assert_int_equal(unlink(path), 0);
		prepare(START_NS);
		assert_true(verified(START_NS, "localhost", NULL));
		damage(names[i], "-----BEGIN nothing\n");
		prepare(START_NS);
		assert_true(verified(START_NS, "localhost", NULL));
	}
	/* A key of another set. */
	prepare(START_NS + 40 * DAY_NS);
	damage("server.key", text);
	assert_false(same_key_after_prepare(START_NS + 40 * DAY_NS));
	/* A key that others may read is not used again. */
	path_of(path, "server.key");
	assert_int_equal(chmod(path, 0640), 0);
	assert_false(same_key_after_prepare(START_NS + 40 * DAY_NS));
	assert_int_equal(mode_of("server.key"), 0600);
}

static void a_place_that_cannot_be_written_is_an_error(void **state)
{
	(void)state;
	struct error err = {0};
	assert_false(local_authority_prepare("/proc/nowhere/tls", START_NS, &err));
	assert_int_equal(err.category, ERROR_IO);
	assert_non_null(strstr(err.text, "/proc/nowhere/tls"));
	assert_false(local_authority_prepare("/proc", START_NS, &err));
	assert_int_equal(err.category, ERROR_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clients_that_trust_the_authority_accept_the_certificate_for_loopback_names),
		TEST(the_key_is_for_the_owner_only_and_no_other_key_is_written),
		TEST(a_set_that_is_good_for_a_day_is_kept),
		TEST(a_set_from_the_future_is_replaced),
		TEST(a_damaged_or_mixed_set_is_replaced),
		TEST(a_place_that_cannot_be_written_is_an_error),
	};
	return cmocka_run_group_tests_name("local_authority", tests, NULL, NULL);
}
