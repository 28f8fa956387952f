#include "core/base/utc.h"
#include "core/market/asset_identity.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct reading {
	const char *base;
	const char *canonical;
	int64_t multiplier;
};

static void check(const struct reading *readings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct asset_identity identity;
		assert_true(asset_identity_of(readings[i].base, &identity));
		assert_string_equal(identity.canonical, readings[i].canonical);
		assert_int_equal(identity.multiplier, readings[i].multiplier);
	}
}

static void multiplier_symbols_are_so_many_of_their_token(void **state)
{
	(void)state;
	static const struct reading readings[] = {
		{"1000PEPE", "PEPE", 1000},
		{"kPEPE", "PEPE", 1000},
		{"10000LADYS", "LADYS", 10000},
		{"100000MOG", "MOG", 100000},
		{"1000000MOG", "MOG", 1000000},
		{"10000000AIDOGE", "AIDOGE", 10000000},
		{"1MBABYDOGE", "BABYDOGE", 1000000},
		{"1000000BABYDOGE", "BABYDOGE", 1000000},
		{"kSHIB", "SHIB", 1000},
		{"1000SATS", "SATS", 1000},
	};
	check(readings, sizeof(readings) / sizeof(readings[0]));
}

static void digits_that_are_part_of_a_name_stay(void **state)
{
	(void)state;
	static const struct reading readings[] = {
		{"BTC", "BTC", 1},     {"2Z", "2Z", 1},	      {"1INCH", "1INCH", 1},
		{"0G", "0G", 1},       {"KAS", "KAS", 1},     {"KPEPE", "KPEPE", 1},
		{"100X", "100X", 1},   {"1000", "1000", 1},   {"1000x", "1000x", 1},
		{"1CAT", "1CAT", 1},   {"k", "k", 1},	      {"kas", "kas", 1},
		{"kBTC", "kBTC", 1},   {"kHYPE", "kHYPE", 1}, {"1MIL", "1MIL", 1},
		{"AI16Z", "AI16Z", 1}, {"42", "42", 1},	      {"10000000000AB", "10000000000AB", 1},
		{"1000X", "1000X", 1}, {"1M", "1M", 1},	      {"10SET", "10SET", 1},
		{"kX", "kX", 1},       {"1MA", "1MA", 1},
	};
	check(readings, sizeof(readings) / sizeof(readings[0]));
}

static void an_empty_or_too_long_name_is_no_identity(void **state)
{
	(void)state;
	struct asset_identity identity;
	assert_false(asset_identity_of("", &identity));
	assert_false(asset_identity_of("01234567890123456789012345678901", &identity));
	assert_true(asset_identity_of("A123456789012345678901234567890", &identity));
}

#define AT(seconds) ((seconds)*NS_PER_SECOND)

static void three_samples_ten_seconds_apart_prove(void **state)
{
	(void)state;
	struct identity_proof proof = {0};
	struct money a = money_of("100"), b = money_of("102");
	assert_int_equal(identity_proof_offer(&proof, AT(100), a, b), IDENTITY_UNPROVEN);
	assert_int_equal(identity_proof_offer(&proof, AT(105), a, b), IDENTITY_UNPROVEN);
	assert_int_equal(identity_proof_offer(&proof, AT(110), b, a), IDENTITY_UNPROVEN);
	assert_int_equal(identity_proof_offer(&proof, AT(120) - 1, a, b), IDENTITY_UNPROVEN);
	assert_int_equal(identity_proof_offer(&proof, AT(120), a, b), IDENTITY_PROVEN);
	assert_int_equal(identity_proof_offer(&proof, AT(130), a, b), IDENTITY_PROVEN);
}

static void one_sample_outside_refutes_until_three_good_ones_follow(void **state)
{
	(void)state;
	struct identity_proof proof = {0};
	struct money a = money_of("100"), off = money_of("102.000000000000000001");
	for (int i = 1; i <= 3; i++)
		identity_proof_offer(&proof, AT(10 * i), a, a);
	assert_int_equal(identity_proof_offer(&proof, AT(40), off, a), IDENTITY_REFUTED);
	assert_int_equal(identity_proof_offer(&proof, AT(50), a, a), IDENTITY_REFUTED);
	assert_int_equal(identity_proof_offer(&proof, AT(60), a, a), IDENTITY_REFUTED);
	assert_int_equal(identity_proof_offer(&proof, AT(70), a, a), IDENTITY_PROVEN);
}

static void a_multiplier_read_wrongly_is_refuted(void **state)
{
	(void)state;
	struct identity_proof proof = {0};
	assert_int_equal(
		identity_proof_offer(&proof, AT(10), money_of("0.000012"), money_of("0.012")),
		IDENTITY_REFUTED);
}

static void prices_that_are_not_positive_prove_nothing(void **state)
{
	(void)state;
	struct identity_proof proof = {0};
	for (int i = 1; i <= 4; i++)
		assert_int_equal(
			identity_proof_offer(&proof, AT(10 * i), money_of("0"), money_of("0")),
			IDENTITY_UNPROVEN);
	assert_int_equal(proof.good, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiplier_symbols_are_so_many_of_their_token),
		cmocka_unit_test(digits_that_are_part_of_a_name_stay),
		cmocka_unit_test(an_empty_or_too_long_name_is_no_identity),
		cmocka_unit_test(three_samples_ten_seconds_apart_prove),
		cmocka_unit_test(one_sample_outside_refutes_until_three_good_ones_follow),
		cmocka_unit_test(a_multiplier_read_wrongly_is_refuted),
		cmocka_unit_test(prices_that_are_not_positive_prove_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
