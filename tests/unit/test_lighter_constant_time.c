/*
 * No branch and no address depends on a secret: under valgrind the secrets are marked undefined,
 * and memcheck reports every jump and every address that undefined bytes flow into. Elsewhere the
 * same code runs and only its results are checked. With the argument "control" the program branches
 * on such a byte; tests/valgrind.sh holds that this is seen.
 */
#include "exchanges/lighter/lighter_sign.h"
#include "tests/support/vector_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef FUNDARB_HAVE_MEMCHECK
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(at, size) ((void)(at), (void)(size))
#define VALGRIND_MAKE_MEM_DEFINED(at, size)   ((void)(at), (void)(size))
#define VALGRIND_COUNT_ERRORS		      0u
#define RUNNING_ON_VALGRIND		      0
#endif

/* schnorr_sign_with_k_01 of the official vectors. */
#define SECRET	"4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62f"
#define PUBLIC	"0de689375d918babd5d9b4c126b3854099008fdadd28548b0db70ba87a2c2180c686c2158f0f7eaa"
#define K	"f00df3e66b4f4dc119f0aa9b88d27404ddfec9fcfad2a9dc3b0416c81a5b3bf03861191ce955fc16"
#define MESSAGE "a397442c00bb23087318cd4e6cb446aebbb7e0847c6dcd2d1671a6944c019d96b396ea77d29f4320"
#define SIGNATURE                                                                                  \
	"c35f9e4041434203dd3b4fc39efd968b46fe29bc78ca555524b1edca4cc0a1be5869c20b07cbf300"         \
	"87a0f8bf623a2670adfebcea3a8a37bf08513f05b565819c7a3956cf1c0a3396b888e1ec43630d18"

static void make_secret(void *at, size_t size)
{
	VALGRIND_MAKE_MEM_UNDEFINED(at, size);
}

static void publish(void *at, size_t size)
{
	VALGRIND_MAKE_MEM_DEFINED(at, size);
}

static unsigned errors_before;

static int remember_errors(void **state)
{
	(void)state;
	errors_before = VALGRIND_COUNT_ERRORS;
	return 0;
}

static int no_new_errors(void **state)
{
	(void)state;
	unsigned errors = VALGRIND_COUNT_ERRORS - errors_before;
	if (errors > 0)
		printf("memcheck saw %u uses of secret bytes; its words are above\n", errors);
	return errors > 0 ? -1 : 0;
}

static struct scalar secret_of(const char *hex)
{
	char digits[80];
	struct scalar secret;
	memcpy(digits, hex, sizeof(digits));
	make_secret(digits, sizeof(digits));
	uint64_t valid = scalar_from_hex(&secret, digits);
	publish(&valid, sizeof(valid));
	assert_true(valid == UINT64_MAX);
	return secret;
}

static struct quintic message(void)
{
	uint8_t bytes[40];
	struct quintic element;
	assert_true(vector_hex(MESSAGE, bytes, sizeof(bytes)));
	assert_true(quintic_from_bytes(&element, bytes));
	return element;
}

static void assert_bytes(uint8_t *made, const char *hex, size_t size)
{
	uint8_t expected[80];
	publish(made, size);
	assert_true(vector_hex(hex, expected, size));
	assert_memory_equal(made, expected, size);
}

static void public_key_is_made_without_a_look_at_the_secret(void **state)
{
	(void)state;
	struct scalar secret = secret_of(SECRET);
	uint8_t public_key[40];
	schnorr_public_key(&secret, public_key);
	assert_bytes(public_key, PUBLIC, sizeof(public_key));
}

static void signing_looks_at_neither_secret_nor_k(void **state)
{
	(void)state;
	struct scalar secret = secret_of(SECRET), k = secret_of(K);
	struct quintic element = message();
	uint8_t signature[80];
	schnorr_sign_with_k(&secret, &k, &element, signature);
	assert_bytes(signature, SIGNATURE, sizeof(signature));
}

static void hedged_signing_looks_at_neither_secret_nor_extra(void **state)
{
	(void)state;
	struct scalar secret = secret_of(SECRET);
	struct quintic element = message();
	uint8_t public_key[40], extra[32], signature[80];
	memset(extra, 7, sizeof(extra));
	make_secret(extra, sizeof(extra));
	uint64_t made = schnorr_sign_hedged(&secret, &element, extra, signature);
	publish(&made, sizeof(made));
	publish(signature, sizeof(signature));
	assert_true(made == UINT64_MAX);
	assert_true(vector_hex(PUBLIC, public_key, sizeof(public_key)));
	assert_true(schnorr_verify_vartime(public_key, &element, signature));
}

static void scalars_are_computed_without_a_look_at_them(void **state)
{
	(void)state;
	struct scalar a = secret_of(SECRET), b = secret_of(K), sum, difference, product, half;
	uint8_t wide[64], bytes[40];
	memset(wide, 0xa5, sizeof(wide));
	make_secret(wide, sizeof(wide));
	scalar_from_hash(&sum, wide);
	scalar_add(&sum, &sum, &a);
	scalar_sub(&difference, &sum, &b);
	scalar_mul(&product, &difference, &a);
	scalar_halve(&half, &product);
	scalar_add(&half, &half, &half);
	scalar_to_bytes(bytes, &half);
	uint64_t zero = scalar_is_zero(&product);
	uint64_t below = scalar_from_bytes(&sum, bytes);
	publish(&zero, sizeof(zero));
	publish(&below, sizeof(below));
	publish(&half, sizeof(half));
	publish(&product, sizeof(product));
	assert_true(zero == 0 && below == UINT64_MAX);
	assert_memory_equal(&half, &product, sizeof(half));
}

static void even_extreme_values_take_the_same_way(void **state)
{
	/* Where a carry or a subtraction is rare, a branch would hide from random values. */
	static const char *const EXTREMES[] = {
		"01000000000000000000000000000000000000000000000000000000000000000000000000000000",
		"e0ff8b9496d90fe89ca024d7395c88e83906b8cfe6ffff7f16000000f1ffff7f07000080fdffff7f",
		"e2ff8b9496d90fe89ca024d7395c88e83906b8cfe6ffff7f16000000f1ffff7f07000080fdffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(EXTREMES) / sizeof(EXTREMES[0]); i++) {
		struct scalar secret = secret_of(EXTREMES[i]), k = secret_of(EXTREMES[3 - i]);
		struct quintic element = message();
		uint8_t signature[80], public_key[40];
		schnorr_public_key(&secret, public_key);
		schnorr_sign_with_k(&secret, &k, &element, signature);
		publish(public_key, sizeof(public_key));
		publish(signature, sizeof(signature));
		assert_true(schnorr_verify_vartime(public_key, &element, signature));
	}
}

static int control(void)
{
	uint8_t secret = 1;
	make_secret(&secret, sizeof(secret));
	if (secret != 0)
		puts("control: this line hangs on a secret byte");
	return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, remember_errors, no_new_errors)

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(public_key_is_made_without_a_look_at_the_secret),
		TEST(signing_looks_at_neither_secret_nor_k),
		TEST(hedged_signing_looks_at_neither_secret_nor_extra),
		TEST(scalars_are_computed_without_a_look_at_them),
		TEST(even_extreme_values_take_the_same_way),
	};
	if (count > 1 && strcmp(arguments[1], "control") == 0)
		return control();
	if (!RUNNING_ON_VALGRIND) {
		if (getenv("FUNDARB_UNDER_VALGRIND")) {
			fputs("built without valgrind/memcheck.h: run cmake and build again\n",
			      stderr);
			return 1;
		}
		puts("skipped: secrets are traced only under valgrind (./run verify valgrind)");
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
