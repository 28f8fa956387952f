/* What is signed, what is refused before it is, and what keys leave behind. */
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/hyperliquid_action.h"
#include "exchanges/hyperliquid/hyperliquid_nonce.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The official SDK's test key. */
#define KEY_DIGITS "0123456789012345678901234567890123456789012345678901234567890123"
#define CLOID	   "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70"

static struct hyperliquid_signed made;
static struct error err;

static struct hyperliquid_key test_key(void)
{
	struct hyperliquid_key key;
	assert_true(hyperliquid_key_load("0x" KEY_DIGITS, &key, &err));
	return key;
}

static struct hyperliquid_order sound_order(void)
{
	return (struct hyperliquid_order){.asset = 4,
					  .buy = true,
					  .price = "1670.1",
					  .size = "0.0147",
					  .tif = HYPERLIQUID_IOC};
}

static bool sign(const struct hyperliquid_action *action)
{
	const struct hyperliquid_key key = test_key();
	const struct hyperliquid_envelope envelope = {.nonce_ms = 1677777606040, .mainnet = true};
	memset(&err, 0, sizeof(err));
	return hyperliquid_sign(&key, action, &envelope, &made, &err);
}

static bool sign_order(const struct hyperliquid_order *order)
{
	const struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_ORDER,
						  .u.order = {.orders = order, .count = 1}};
	return sign(&action);
}

static void the_worked_example_comes_out_to_the_byte(void **state)
{
	(void)state;
	const struct hyperliquid_order order = sound_order();
	assert_true(sign_order(&order));
	assert_string_equal(
		made.body,
		"{\"action\":{\"type\":\"order\",\"orders\":[{\"a\":4,\"b\":true,\"p\":\"1670.1\","
		"\"s\":\"0.0147\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Ioc\"}}}],\"grouping\":"
		"\"na\"},\"nonce\":1677777606040,\"signature\":{\"r\":"
		"\"0xe302c107c0048633293299b066317048f69f685aa4f536fe56c050efaf04996c\",\"s\":"
		"\"0x70e01d4d26e3d724fb8f8ab54b3f2544a37ea1b092f83532349405274f3f3962\",\"v\":28}"
		"}");
	assert_int_equal(made.body_length, strlen(made.body));
	assert_int_equal(made.signature[64], 28);
}

static void the_constants_are_the_hashes_they_stand_for(void **state)
{
	(void)state;
	const struct eip712_domain domain = {.name = "Exchange", .version = "1", .chain_id = 1337};
	uint8_t hash[32];
	eip712_domain_separator(&domain, hash);
	assert_memory_equal(hash, EIP712_L1_DOMAIN_SEPARATOR, 32);
	eip712_type_hash("Agent(string source,bytes32 connectionId)", hash);
	assert_memory_equal(hash, EIP712_AGENT_TYPE_HASH, 32);
}

static void a_price_or_size_that_hashes_another_way_is_refused(void **state)
{
	(void)state;
	static const char *const REFUSED[] = {
		"",	"0",	    "0.0",	   "-1",    "+1",    "1.",   ".5",
		"00.5", "01",	    "1.10",	   "100.0", "1e3",   " 1",   "1 ",
		"1,5",	"0x10",	    "1.123456789", "NaN",   "1.2.3", "1..2", "0.",
		"1\"",	"\xc2\xbd", "0.00000000",  "1.5\n",
	};
	static const char *const ACCEPTED[] = {"1",
					       "10",
					       "0.5",
					       "0.00000001",
					       "87455",
					       "123456789.12345678",
					       "100000000000000000000"};
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		struct hyperliquid_order order = sound_order();
		snprintf(order.price, sizeof(order.price), "%s", REFUSED[i]);
		assert_false(sign_order(&order));
		assert_int_equal(err.category, ERROR_INPUT);
		assert_int_equal(made.body_length, 0);
		assert_int_equal(made.body[0], '\0');
		order = sound_order();
		snprintf(order.size, sizeof(order.size), "%s", REFUSED[i]);
		assert_false(sign_order(&order));
	}
	for (size_t i = 0; i < sizeof(ACCEPTED) / sizeof(ACCEPTED[0]); i++) {
		struct hyperliquid_order order = sound_order();
		snprintf(order.price, sizeof(order.price), "%s", ACCEPTED[i]);
		assert_true(sign_order(&order));
	}
}

static void texts_without_an_end_are_refused(void **state)
{
	(void)state;
	struct hyperliquid_order order = sound_order();
	memset(order.price, '1', sizeof(order.price));
	assert_false(sign_order(&order));
	order = sound_order();
	memset(order.cloid, 'a', sizeof(order.cloid));
	order.cloid[0] = '0';
	order.cloid[1] = 'x';
	assert_false(sign_order(&order));
}

static void only_a_lower_case_client_order_id_of_16_bytes_is_signed(void **state)
{
	(void)state;
	static const char *const REFUSED[] = {
		"0x3F0C5D3A9D7C4F6F9C1E2B3A4D5E6F70", "0X3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70",
		"3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70",   "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f7",
		"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f7g", "x",
	};
	struct hyperliquid_order order = sound_order();
	snprintf(order.cloid, sizeof(order.cloid), CLOID);
	assert_true(sign_order(&order));
	assert_non_null(strstr(made.body, "\"c\":\"" CLOID "\"}]"));
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		struct hyperliquid_action cancel = {.kind = HYPERLIQUID_ACTION_CANCEL_BY_CLOID,
						    .u.cancel = {.count = 1}};
		struct hyperliquid_action modify = {.kind = HYPERLIQUID_ACTION_MODIFY,
						    .u.modify = {.order = sound_order()}};
		snprintf(order.cloid, sizeof(order.cloid), "%s", REFUSED[i]);
		snprintf(cancel.u.cancel.cloid[0], HYPERLIQUID_CLOID_TEXT, "%s", REFUSED[i]);
		snprintf(modify.u.modify.cloid, HYPERLIQUID_CLOID_TEXT, "%s", REFUSED[i]);
		assert_false(sign_order(&order));
		assert_false(sign(&cancel));
		assert_false(sign(&modify));
	}
}

static void a_modify_names_its_order_by_oid_or_by_client_order_id(void **state)
{
	(void)state;
	struct hyperliquid_action modify = {.kind = HYPERLIQUID_ACTION_MODIFY,
					    .u.modify = {.oid = 7, .order = sound_order()}};
	assert_true(sign(&modify));
	assert_non_null(strstr(made.body, "{\"type\":\"modify\",\"oid\":7,\"order\":{\"a\":4,"));
	modify.u.modify.oid = 0;
	assert_false(sign(&modify));
	snprintf(modify.u.modify.cloid, HYPERLIQUID_CLOID_TEXT, CLOID);
	assert_true(sign(&modify));
	assert_non_null(strstr(made.body, "\"oid\":\"" CLOID "\",\"order\""));
	modify.u.modify.order.size[0] = '\0';
	assert_false(sign(&modify));
}

static void figures_out_of_range_are_refused(void **state)
{
	(void)state;
	struct hyperliquid_order order = sound_order();
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_UPDATE_LEVERAGE};
	assert_false(sign(&action)); /* leverage 0 */
	action.u.leverage.leverage = -3;
	assert_false(sign(&action));
	action.u.leverage.leverage = 1;
	assert_true(sign(&action));
	action = (struct hyperliquid_action){.kind = HYPERLIQUID_ACTION_SCHEDULE_CANCEL,
					     .u.schedule_cancel = {.time_ms = -1}};
	assert_false(sign(&action));
	action = (struct hyperliquid_action){.kind = HYPERLIQUID_ACTION_CANCEL,
					     .u.cancel = {.count = 1}};
	assert_false(sign(&action)); /* oid 0 */
	action.kind = (enum hyperliquid_action_kind)99;
	assert_false(sign(&action));
	order.tif = (enum hyperliquid_tif)3;
	assert_false(sign_order(&order));
}

static void a_time_before_1970_is_refused(void **state)
{
	(void)state;
	const struct hyperliquid_key key = test_key();
	const struct hyperliquid_action noop = {.kind = HYPERLIQUID_ACTION_NOOP};
	struct hyperliquid_envelope envelope = {.nonce_ms = -1};
	assert_false(hyperliquid_sign(&key, &noop, &envelope, &made, &err));
	envelope = (struct hyperliquid_envelope){.nonce_ms = 1, .expires_after_ms = -1};
	assert_false(hyperliquid_sign(&key, &noop, &envelope, &made, &err));
	envelope.expires_after_ms = 0;
	assert_true(hyperliquid_sign(&key, &noop, &envelope, &made, &err));
	assert_null(strstr(made.body, "expiresAfter"));
	assert_null(strstr(made.body, "vaultAddress"));
}

static void a_batch_has_1_to_32_members_and_the_largest_fits(void **state)
{
	(void)state;
	struct hyperliquid_order orders[HYPERLIQUID_BATCH_MAX + 1];
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_ORDER,
					    .u.order = {.orders = orders}};
	struct hyperliquid_action cancels = {.kind = HYPERLIQUID_ACTION_CANCEL_BY_CLOID};
	for (size_t i = 0; i <= HYPERLIQUID_BATCH_MAX; i++) {
		orders[i] = (struct hyperliquid_order){
			.asset = UINT32_MAX,
			.price = "1234567890123456789012.12345678",
			.size = "1234567890123456789012.12345678",
			.cloid = CLOID,
		};
		if (i < HYPERLIQUID_BATCH_MAX)
			snprintf(cancels.u.cancel.cloid[i], HYPERLIQUID_CLOID_TEXT, CLOID);
	}
	for (size_t count = 0; count <= HYPERLIQUID_BATCH_MAX + 1; count++) {
		bool fits = count >= 1 && count <= HYPERLIQUID_BATCH_MAX;
		action.u.order.count = count;
		cancels.u.cancel.count = count;
		assert_int_equal(sign(&action), fits);
		assert_int_equal(err.category, fits ? ERROR_NONE : ERROR_LIMIT);
		assert_int_equal(sign(&cancels), fits);
	}
}

/* ---- keys ---- */

static void a_key_is_64_digits_with_or_without_0x(void **state)
{
	(void)state;
	static const char *const REFUSED[] = {
		"",
		"0x",
		KEY_DIGITS "4",
		"0x" KEY_DIGITS "45",
		"0x0x23456789012345678901234567890123456789012345678901234567890123",
		"g123456789012345678901234567890123456789012345678901234567890123",
		"012345678901234567890123456789012345678901234567890123456789012",
		" 123456789012345678901234567890123456789012345678901234567890123",
		"/123456789012345678901234567890123456789012345678901234567890123",
		":123456789012345678901234567890123456789012345678901234567890123",
		"@123456789012345678901234567890123456789012345678901234567890123",
		"`123456789012345678901234567890123456789012345678901234567890123",
		"\xc3\xa9 3456789012345678901234567890123456789012345678901234567890123",
	};
	struct hyperliquid_key key;
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++)
		assert_false(hyperliquid_key_load(REFUSED[i], &key, &err));
	assert_true(hyperliquid_key_load(KEY_DIGITS, &key, &err));
	assert_string_equal(key.address_text, "0x14791697260e4c9a71f18484c9f997b308e59325");
	assert_true(hyperliquid_key_load("0XABCDEFabcdef0000000000000000000000000000000000000000000"
					 "000000001",
					 &key, &err));
	assert_int_equal(key.secret[0], 0xab);
	assert_int_equal(key.secret[5], 0xef);
	assert_int_equal(key.secret[31], 0x01);
}

static bool is_wiped(const struct hyperliquid_key *key)
{
	static const struct hyperliquid_key NONE;
	return memcmp(key, &NONE, sizeof(NONE)) == 0;
}

static void a_refused_key_leaves_nothing_behind(void **state)
{
	(void)state;
	static const char *const REFUSED[] = {
		"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbee!",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
		"deadbeef",
	};
	for (size_t i = 0; i < 3; i++) {
		struct hyperliquid_key key;
		memset(&key, 0x5a, sizeof(key));
		memset(&err, 0, sizeof(err));
		assert_false(hyperliquid_key_load(REFUSED[i], &key, &err));
		assert_true(is_wiped(&key));
		assert_int_equal(err.category, ERROR_CONFIGURATION);
		assert_null(strstr(err.text, "dead"));
		assert_null(strstr(err.text, "ffff"));
	}
	struct hyperliquid_key key = test_key();
	hyperliquid_key_wipe(&key);
	assert_true(is_wiped(&key));
}

static void a_wiped_key_signs_nothing(void **state)
{
	(void)state;
	struct hyperliquid_key key = test_key();
	const struct hyperliquid_action noop = {.kind = HYPERLIQUID_ACTION_NOOP};
	const struct hyperliquid_envelope envelope = {.nonce_ms = 1};
	hyperliquid_key_wipe(&key);
	assert_false(hyperliquid_sign(&key, &noop, &envelope, &made, &err));
	assert_int_equal(made.body_length, 0);
}

static void blinding_changes_no_signature(void **state)
{
	(void)state;
	const struct hyperliquid_key key = test_key();
	uint8_t before[65], after[65], seed[32] = {7};
	const uint8_t digest[32] = {1, 2, 3};
	assert_true(secp256k1_signer_sign(key.secret, digest, before));
	secp256k1_signer_blind(seed);
	assert_true(secp256k1_signer_sign(key.secret, digest, after));
	assert_memory_equal(before, after, 65);
}

static void a_signature_that_no_key_made_recovers_nobody(void **state)
{
	(void)state;
	const struct hyperliquid_key key = test_key();
	const uint8_t digest[32] = {1, 2, 3};
	uint8_t signature[65], signer[20];
	assert_true(secp256k1_signer_sign(key.secret, digest, signature));
	assert_true(secp256k1_signer_recover(digest, signature, signer));
	assert_memory_equal(signer, key.address, 20);
	for (int v = 0; v < 256; v++) {
		uint8_t other[65];
		memcpy(other, signature, 65);
		other[64] = (uint8_t)v;
		if (v != 27 && v != 28)
			assert_false(secp256k1_signer_recover(digest, other, signer));
	}
	uint8_t zero_r[65], large_s[65];
	memcpy(zero_r, signature, 65);
	memset(zero_r, 0, 32);
	assert_false(secp256k1_signer_recover(digest, zero_r, signer));
	memcpy(large_s, signature, 65);
	memset(large_s + 32, 0xff, 32);
	assert_false(secp256k1_signer_recover(digest, large_s, signer));
}

/* ---- texts ---- */

static void an_address_needs_its_0x_and_may_be_mixed_case(void **state)
{
	(void)state;
	uint8_t address[20];
	char text[HYPERLIQUID_ADDRESS_TEXT];
	assert_true(
		hyperliquid_address_parse("0x14791697260E4c9A71f18484C9f997B308e59325", address));
	hyperliquid_address_text(address, text);
	assert_string_equal(text, "0x14791697260e4c9a71f18484c9f997b308e59325");
	assert_false(
		hyperliquid_address_parse("14791697260e4c9a71f18484c9f997b308e59325", address));
	assert_false(
		hyperliquid_address_parse("0x14791697260e4c9a71f18484c9f997b308e5932", address));
	assert_false(
		hyperliquid_address_parse("0x14791697260e4c9a71f18484c9f997b308e593256", address));
	assert_false(
		hyperliquid_address_parse("0x14791697260e4c9a71f18484c9f997b308e593", address));
	assert_false(hyperliquid_address_parse("0x", address));
	assert_false(hyperliquid_address_parse("", address));
}

static void wire_decimals_have_no_needless_zero_and_eight_decimals_at_most(void **state)
{
	(void)state;
	static const struct {
		int64_t units;
		unsigned decimals;
		const char *expected; /* NULL: refused */
	} CASES[] = {
		{0, 0, "0"},
		{0, 8, "0"},
		{0, 1000, "0"},
		{16701, 1, "1670.1"},
		{1670100, 3, "1670.1"},
		{1, 8, "0.00000001"},
		{10, 9, "0.00000001"},
		{1, 9, NULL},
		{1234567891, 9, NULL},
		{INT64_MAX, 0, "9223372036854775807"},
		{INT64_MAX, 8, "92233720368.54775807"},
		{INT64_MAX, 9, NULL},
		{-15, 1, "-1.5"},
		{INT64_MIN, 0, "-9223372036854775808"},
		{1000000000000000000, 18, "1"},
	};
	char text[32];
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		bool written = hyperliquid_wire_decimal(CASES[i].units, CASES[i].decimals, text,
							sizeof(text));
		assert_int_equal(written, CASES[i].expected != NULL);
		if (written)
			assert_string_equal(text, CASES[i].expected);
	}
	assert_true(hyperliquid_wire_decimal(12345, 2, text, 7));
	assert_false(hyperliquid_wire_decimal(12345, 2, text, 6));
	assert_false(hyperliquid_wire_decimal(1, 0, text, 0));
}

static void nonces_only_grow(void **state)
{
	(void)state;
	struct hyperliquid_nonce nonce = {0};
	static const struct {
		int64_t now_ms, expected;
	} STEPS[] = {
		{1000, 1000}, {1000, 1001}, {1000, 1002}, {1001, 1003}, {2000, 2000},
		{500, 2001},  {0, 2002},    {2002, 2003}, {2004, 2004},
	};
	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		assert_true(hyperliquid_nonce_next(&nonce, STEPS[i].now_ms) == STEPS[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worked_example_comes_out_to_the_byte),
		cmocka_unit_test(the_constants_are_the_hashes_they_stand_for),
		cmocka_unit_test(a_price_or_size_that_hashes_another_way_is_refused),
		cmocka_unit_test(texts_without_an_end_are_refused),
		cmocka_unit_test(only_a_lower_case_client_order_id_of_16_bytes_is_signed),
		cmocka_unit_test(a_modify_names_its_order_by_oid_or_by_client_order_id),
		cmocka_unit_test(figures_out_of_range_are_refused),
		cmocka_unit_test(a_time_before_1970_is_refused),
		cmocka_unit_test(a_batch_has_1_to_32_members_and_the_largest_fits),
		cmocka_unit_test(a_key_is_64_digits_with_or_without_0x),
		cmocka_unit_test(a_refused_key_leaves_nothing_behind),
		cmocka_unit_test(a_wiped_key_signs_nothing),
		cmocka_unit_test(blinding_changes_no_signature),
		cmocka_unit_test(a_signature_that_no_key_made_recovers_nobody),
		cmocka_unit_test(an_address_needs_its_0x_and_may_be_mixed_case),
		cmocka_unit_test(wire_decimals_have_no_needless_zero_and_eight_decimals_at_most),
		cmocka_unit_test(nonces_only_grow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
