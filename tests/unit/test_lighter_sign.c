/* Keys, signatures, hashes, tx_info and tokens of Lighter (venues/lighter.md §4.7-§4.11). */
#include "tests/support/lighter_fixture.h"
#include "tests/support/vector_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECRET LIGHTER_FIXTURE_SECRET
#define PUBLIC LIGHTER_FIXTURE_PUBLIC
/* n, and n + 1 */
#define ORDER "e1ff8b9496d90fe89ca024d7395c88e83906b8cfe6ffff7f16000000f1ffff7f07000080fdffff7f"
#define ORDER_AND_ONE                                                                              \
	"e2ff8b9496d90fe89ca024d7395c88e83906b8cfe6ffff7f16000000f1ffff7f07000080fdffff7f"
#define ZERO "00000000000000000000000000000000000000000000000000000000000000000000000000000000"

#define TWO_TO(exponent) (INT64_C(1) << (exponent))

static const uint8_t EXTRA[32] = "drawn anew for every signature";

static struct lighter_key key;

static int load_key(void **state)
{
	struct error err;
	(void)state;
	return lighter_key_load(SECRET, &key, &err) ? 0 : -1;
}

static int wipe_key(void **state)
{
	static const struct lighter_key WIPED;
	(void)state;
	lighter_key_wipe(&key);
	return memcmp(&key, &WIPED, sizeof(key)) == 0 ? 0 : -1;
}

/* ---- keys ---- */

static void key_is_loaded_with_and_without_prefix_in_either_case(void **state)
{
	static const char *const SPELLINGS[] = {SECRET, "0x" SECRET, "0X" SECRET};
	uint8_t expected[40];
	(void)state;
	assert_true(vector_hex(PUBLIC, expected, sizeof(expected)));
	for (size_t i = 0; i < 3; i++) {
		struct lighter_key loaded;
		struct error err;
		assert_true(lighter_key_load(SPELLINGS[i], &loaded, &err));
		assert_memory_equal(loaded.public_key, expected, sizeof(expected));
	}
}

static void key_that_is_none_is_refused_and_never_repeated(void **state)
{
	static const char *const BAD[] = {
		"", "12", "0x", ZERO, ORDER, SECRET "00", "0x" SECRET "0", SECRET "0x",
		/* 80 characters, one of them no digit */
		"4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de62g",
		"0x4ce504f0471e3711f492316ee774f5c3b4f4a67ffeabd63d44c5d6af52291906d738f798906de6"};
	static const struct lighter_key EMPTY;
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct lighter_key loaded;
		struct error err;
		if (lighter_key_load(BAD[i], &loaded, &err))
			fail_msg("\"%s\" was loaded", BAD[i]);
		assert_int_equal(err.category, ERROR_CONFIGURATION);
		assert_null(strstr(err.text, "4ce504"));
		assert_memory_equal(&loaded, &EMPTY, sizeof(loaded));
	}
	struct lighter_key loaded;
	assert_false(lighter_key_load(NULL, &loaded, NULL));
}

static void key_above_the_order_is_reduced(void **state)
{
	struct lighter_key loaded;
	struct error err;
	(void)state;
	assert_true(lighter_key_load(ORDER_AND_ONE, &loaded, &err));
	assert_int_equal(loaded.secret[0], 1);
	for (int i = 1; i < 40; i++)
		assert_int_equal(loaded.secret[i], 0);
	assert_int_equal(loaded.public_key[0], 4); /* the generator */
}

static void nothing_is_signed_without_a_key(void **state)
{
	struct lighter_key none = {0};
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	char token[LIGHTER_AUTH_TOKEN_MAX] = "x";
	(void)state;
	assert_false(lighter_sign(&none, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_false(lighter_auth_token(&none, 1787900000, 65, 4, EXTRA, token, &err));
	assert_string_equal(token, "");
}

static void damaged_key_signs_nothing(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	static const uint8_t NOTHING[80];
	(void)state;
	for (int what = 0; what < 2; what++) {
		struct lighter_key damaged = key;
		if (what == 0) {
			damaged.secret[3] ^= 1;
		} else {
			/* Every entry, as a signature uses only some. */
			struct ecgfp5_affine *entries = damaged.verifier.public_key.entry[0];
			for (int i = 0; i < ECGFP5_WIDE_COMB_ENTRIES; i++)
				entries[i].x.c[0] ^= 1;
		}
		assert_false(
			lighter_sign(&damaged, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
		assert_int_equal(err.category, ERROR_IO);
		assert_memory_equal(made.signature, NOTHING, sizeof(NOTHING));
		assert_string_equal(made.tx_info, "");
	}
}

/* ---- signatures ---- */

static void same_message_and_extra_give_the_same_bytes(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed first, again;
	struct error err;
	(void)state;
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &first, &err));
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &again, &err));
	assert_memory_equal(&first, &again, sizeof(first));
}

static void another_extra_gives_another_signature_that_verifies(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed first, second;
	struct error err;
	uint8_t extra[32];
	(void)state;
	memcpy(extra, EXTRA, sizeof(extra));
	extra[31] ^= 1;
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &first, &err));
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, extra, &second, &err));
	assert_memory_equal(first.hash, second.hash, 40);
	assert_memory_not_equal(first.signature, second.signature, 40);
	assert_memory_not_equal(first.signature + 40, second.signature + 40, 40);
	assert_true(lighter_verify(key.public_key, first.hash, first.signature));
	assert_true(lighter_verify(key.public_key, second.hash, second.signature));
}

static void same_extra_for_another_message_gives_another_k(void **state)
{
	/* s + e secret = k: a k used twice would give the secret away. */
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct scalar secret, s, e, k[2];
	struct error err;
	(void)state;
	scalar_from_bytes(&secret, key.secret);
	for (int i = 0; i < 2; i++) {
		order.nonce += i;
		assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
		scalar_from_bytes(&s, made.signature);
		scalar_from_bytes(&e, made.signature + 40);
		scalar_mul(&k[i], &e, &secret);
		scalar_add(&k[i], &k[i], &s);
	}
	assert_memory_not_equal(&k[0], &k[1], sizeof(k[0]));
}

static void signature_holds_for_its_key_its_message_and_its_bytes_alone(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	(void)state;
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
	for (int i = 0; i < 80; i += 7) {
		uint8_t signature[80], hash[40], public_key[40];
		memcpy(signature, made.signature, sizeof(signature));
		memcpy(hash, made.hash, sizeof(hash));
		memcpy(public_key, key.public_key, sizeof(public_key));
		signature[i] ^= 1;
		assert_false(lighter_verify(key.public_key, made.hash, signature));
		hash[i / 2] ^= 1;
		assert_false(lighter_verify(key.public_key, hash, made.signature));
		public_key[i / 2] ^= 1;
		assert_false(lighter_verify(public_key, made.hash, made.signature));
	}
}

static void same_scalar_written_otherwise_is_no_signature(void **state)
{
	/* s + n, where it still fits 40 bytes, is congruent and must be refused. */
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	uint8_t order_bytes[40], signature[80];
	(void)state;
	assert_true(vector_hex(ORDER, order_bytes, sizeof(order_bytes)));
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
	for (int half = 0; half < 80; half += 40) {
		unsigned carry = 0;
		memcpy(signature, made.signature, sizeof(signature));
		for (int i = 0; i < 40; i++) {
			carry += (unsigned)signature[half + i] + order_bytes[i];
			signature[half + i] = (uint8_t)carry;
			carry >>= 8;
		}
		assert_int_equal(carry, 0);
		assert_false(lighter_verify(key.public_key, made.hash, signature));
	}
	memset(signature, 0xff, sizeof(signature));
	assert_false(lighter_verify(key.public_key, made.hash, signature));
}

static void elements_that_are_not_canonical_are_refused(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	uint8_t bytes[40];
	(void)state;
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
	memset(bytes, 0xff, sizeof(bytes));
	assert_false(lighter_verify(key.public_key, bytes, made.signature));
	assert_false(lighter_verify(bytes, made.hash, made.signature));
}

/* ---- hash and tx_info ---- */

static void nil_attributes_hash_like_none_and_others_do_not(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	uint8_t none[40], nil[40], skip[40];
	struct error err;
	(void)state;
	assert_true(lighter_hash(LIGHTER_CHAIN_TESTNET, &order, none, &err));
	order.attributes.present = 1u << LIGHTER_CANCEL_ALL_MARKET;
	order.attributes.value[LIGHTER_CANCEL_ALL_MARKET] = 255;
	assert_true(lighter_hash(LIGHTER_CHAIN_TESTNET, &order, nil, &err));
	assert_memory_equal(none, nil, sizeof(none));
	order.attributes.present = 1u << LIGHTER_SKIP_NONCE;
	order.attributes.value[LIGHTER_SKIP_NONCE] = 1;
	assert_true(lighter_hash(LIGHTER_CHAIN_TESTNET, &order, skip, &err));
	assert_memory_not_equal(none, skip, sizeof(none));
}

#define AT(member)                                                                                 \
	offsetof(struct lighter_transaction, member),                                              \
		sizeof(((struct lighter_transaction *)0)->member)

/* A field of 4 or 8 bytes. */
static void change(struct lighter_transaction *transaction, size_t offset, size_t size,
		   int64_t value)
{
	char *at = (char *)transaction + offset;
	int32_t narrow = (int32_t)value;
	if (size == sizeof(value))
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &narrow, sizeof(narrow));
}

static void every_field_and_the_chain_are_hashed(void **state)
{
	static const struct {
		size_t offset, size;
		int64_t value;
	} FIELDS[] = {
		{AT(account_index), 66},
		{AT(api_key_index), 5},
		{AT(nonce), 8},
		{AT(expired_at_ms), 1787900000001},
		{AT(u.create.market_index), 2},
		{AT(u.create.client_order_index), 12},
		{AT(u.create.base_amount), 151},
		{AT(u.create.price), 302467},
		{AT(u.create.is_ask), 1},
		{AT(u.create.time_in_force), LIGHTER_POST_ONLY},
		{AT(u.create.reduce_only), 1},
		{AT(u.create.order_expiry_ms), 1787990000001},
	};
	struct lighter_transaction order = lighter_fixture_limit();
	uint8_t plain[40], changed[40];
	struct error err;
	(void)state;
	assert_true(lighter_hash(LIGHTER_CHAIN_TESTNET, &order, plain, &err));
	assert_true(lighter_hash(LIGHTER_CHAIN_MAINNET, &order, changed, &err));
	assert_memory_not_equal(plain, changed, sizeof(plain));
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
		struct lighter_transaction other = order;
		change(&other, FIELDS[i].offset, FIELDS[i].size, FIELDS[i].value);
		assert_true(lighter_hash(LIGHTER_CHAIN_TESTNET, &other, changed, &err));
		assert_memory_not_equal(plain, changed, sizeof(plain));
	}
}

static void longest_tx_info_fits(void **state)
{
	struct lighter_transaction group = lighter_fixture_bracket();
	struct lighter_signed made;
	struct error err;
	(void)state;
	group.account_index = TWO_TO(48) - 2;
	group.api_key_index = 254;
	group.nonce = group.expired_at_ms = TWO_TO(48) - 1;
	for (int i = 0; i < 3; i++) {
		struct lighter_order *order = &group.u.grouped.orders[i];
		order->market_index = 254;
		order->client_order_index = TWO_TO(48) - 1 - i;
		order->price = TWO_TO(32) - 1;
		order->order_expiry_ms = TWO_TO(48) - 1;
		if (i > 0)
			order->trigger_price = TWO_TO(32) - 1;
	}
	group.u.grouped.orders[0].base_amount = TWO_TO(48) - 1;
	group.attributes.present = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;
	group.attributes.value[1] = TWO_TO(48) - 2;
	group.attributes.value[2] = group.attributes.value[3] = 1000000;
	group.attributes.value[4] = 1;
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_MAINNET, &group, EXTRA, &made, &err));
	assert_int_equal(strlen(made.tx_info), made.tx_info_length);
	assert_true(made.tx_info_length < LIGHTER_TX_INFO_MAX);
	assert_int_equal(made.tx_info[made.tx_info_length - 1], '}');
}

static void new_key_signs_its_own_announcement(void **state)
{
	struct lighter_transaction announcement = lighter_fixture_new(LIGHTER_CHANGE_PUB_KEY);
	struct lighter_signed made;
	struct error err;
	(void)state;
	memcpy(announcement.u.change_key.public_key, key.public_key, 40);
	announcement.u.change_key.l1_signature = "";
	assert_true(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &announcement, EXTRA, &made, &err));
	assert_non_null(strstr(made.tx_info, "\"L1Sig\":\"\","));
	announcement.u.change_key.public_key[0] ^= 1;
	assert_false(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &announcement, EXTRA, &made, &err));
	assert_non_null(strstr(err.text, "PubKey"));
}

static void what_is_not_valid_is_not_signed(void **state)
{
	struct lighter_transaction order = lighter_fixture_limit();
	struct lighter_signed made;
	struct error err;
	(void)state;
	order.u.create.price = 0;
	assert_false(lighter_sign(&key, LIGHTER_CHAIN_TESTNET, &order, EXTRA, &made, &err));
	assert_string_equal(err.text, "Lighter CreateOrder: Price 0 is not in 1..4294967295");
	assert_int_equal(made.tx_info_length, 0);
}

/* ---- tokens ---- */

static void token_is_its_text_and_the_signature_of_it(void **state)
{
	static const char TEXT[] = "1787900000:65:4";
	char token[LIGHTER_AUTH_TOKEN_MAX];
	uint8_t hash[40], signature[80];
	struct error err;
	(void)state;
	assert_true(lighter_auth_token(&key, 1787900000, 65, 4, EXTRA, token, &err));
	assert_int_equal(strlen(token), strlen(TEXT) + 1 + 160);
	assert_memory_equal(token, TEXT, strlen(TEXT));
	assert_true(vector_hex(token + strlen(TEXT) + 1, signature, sizeof(signature)));
	lighter_auth_hash(TEXT, strlen(TEXT), hash);
	assert_true(lighter_verify(key.public_key, hash, signature));
	lighter_auth_hash("1787900001:65:4", strlen(TEXT), hash);
	assert_false(lighter_verify(key.public_key, hash, signature));
}

static void token_for_what_cannot_be_is_refused(void **state)
{
	char token[LIGHTER_AUTH_TOKEN_MAX] = "x";
	struct error err;
	(void)state;
	assert_false(lighter_auth_token(&key, 0, 65, 4, EXTRA, token, &err));
	assert_string_equal(token, "");
	assert_false(lighter_auth_token(&key, 1787900000, -2, 4, EXTRA, token, &err));
	assert_false(lighter_auth_token(&key, 1787900000, 65, 255, EXTRA, token, &err));
	assert_true(lighter_auth_token(&key, INT64_MAX, TWO_TO(48) - 2, 254, EXTRA, token, &err));
}

static void text_too_long_for_a_token_verifies_with_nothing(void **state)
{
	char text[LIGHTER_AUTH_TOKEN_MAX + 1];
	uint8_t hash[40], refused[40];
	(void)state;
	memset(text, 'a', sizeof(text));
	memset(refused, 0xff, sizeof(refused));
	lighter_auth_hash(text, LIGHTER_AUTH_TOKEN_MAX, hash);
	assert_memory_equal(hash, refused, sizeof(hash));
	lighter_auth_hash(text, LIGHTER_AUTH_TOKEN_MAX - 1, hash);
	assert_memory_not_equal(hash, refused, sizeof(hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_is_loaded_with_and_without_prefix_in_either_case),
		cmocka_unit_test(key_that_is_none_is_refused_and_never_repeated),
		cmocka_unit_test(key_above_the_order_is_reduced),
		cmocka_unit_test(nothing_is_signed_without_a_key),
		cmocka_unit_test(damaged_key_signs_nothing),
		cmocka_unit_test(same_message_and_extra_give_the_same_bytes),
		cmocka_unit_test(another_extra_gives_another_signature_that_verifies),
		cmocka_unit_test(same_extra_for_another_message_gives_another_k),
		cmocka_unit_test(signature_holds_for_its_key_its_message_and_its_bytes_alone),
		cmocka_unit_test(same_scalar_written_otherwise_is_no_signature),
		cmocka_unit_test(elements_that_are_not_canonical_are_refused),
		cmocka_unit_test(nil_attributes_hash_like_none_and_others_do_not),
		cmocka_unit_test(longest_tx_info_fits),
		cmocka_unit_test(new_key_signs_its_own_announcement),
		cmocka_unit_test(what_is_not_valid_is_not_signed),
		cmocka_unit_test(every_field_and_the_chain_are_hashed),
		cmocka_unit_test(token_is_its_text_and_the_signature_of_it),
		cmocka_unit_test(token_for_what_cannot_be_is_refused),
		cmocka_unit_test(text_too_long_for_a_token_verifies_with_nothing),
	};
	return cmocka_run_group_tests(tests, load_key, wipe_key);
}
