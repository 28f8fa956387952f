/*
 * Hashing and signing against second implementations: Keccak-256 bit by bit, a small reader that
 * turns msgpack back into JSON, and the signed body read again as a stranger would. Seed:
 * FUNDARB_SEED in the environment, else a fixed one.
 */
#include "core/base/keccak256.h"
#include "core/base/random.h"
#include "exchanges/hyperliquid/action_writer.h"
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"
#include "tests/support/effort.h"
#include "tests/support/hyperliquid_vector_action.h"
#include "tests/support/keccak_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20240909

static struct random randomness;

static int set_up(void **state)
{
	const char *given = getenv("FUNDARB_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : SEED;
	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&randomness, seed);
	return 0;
}

static bool one_in(uint64_t chances)
{
	return random_below(&randomness, chances) == 0;
}

static void random_bytes(uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)random_u64(&randomness);
}

/* Of any width: numbers crowd where msgpack changes its form. */
static uint64_t random_number(void)
{
	static const uint64_t EDGES[] = {0, 32, 128, 256, 32768, 65536, 1ULL << 31, 1ULL << 32};
	if (one_in(2))
		return EDGES[random_below(&randomness, 8)] + random_below(&randomness, 5) - 2;
	return random_u64(&randomness) >> random_below(&randomness, 64);
}

/* ---- Keccak-256 ---- */

static void keccak_is_what_its_definition_says(void **state)
{
	(void)state;
	uint8_t bytes[700], by_definition[32], at_once[32], in_parts[32];
	unsigned cases = effort(400, "messages");
	for (unsigned i = 0; i < cases; i++) {
		size_t length = i % 2 == 0 ? i : random_below(&randomness, sizeof(bytes) + 1);
		random_bytes(bytes, length);
		keccak_reference(bytes, length, by_definition);
		keccak256(bytes, length, at_once);
		struct keccak256 hash;
		keccak256_begin(&hash);
		for (size_t done = 0; done < length;) {
			size_t part = random_below(&randomness, length - done + 1);
			keccak256_add(&hash, bytes + done, part);
			done += part;
		}
		keccak256_end(&hash, in_parts);
		assert_memory_equal(at_once, by_definition, 32);
		assert_memory_equal(in_parts, by_definition, 32);
	}
}

/* ---- msgpack and JSON of one writer ---- */

struct msgpack_text {
	const uint8_t *at, *end;
	char json[8192];
	size_t length;
};

static uint64_t read_bytes(struct msgpack_text *text, unsigned width)
{
	uint64_t value = 0;
	assert_true((size_t)(text->end - text->at) >= width);
	while (width-- > 0)
		value = value << 8 | *text->at++;
	return value;
}

/* A shorter form would have held anything up to must_exceed. */
static uint64_t read_wide(struct msgpack_text *text, unsigned width, uint64_t must_exceed)
{
	uint64_t value = read_bytes(text, width);
	assert_true(value > must_exceed);
	return value;
}

static void add_text(struct msgpack_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add_text(struct msgpack_text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int added = vsnprintf(text->json + text->length, sizeof(text->json) - text->length, format,
			      arguments);
	va_end(arguments);
	assert_true(added >= 0 && text->length + (size_t)added < sizeof(text->json));
	text->length += (size_t)added;
}

static void read_string(struct msgpack_text *text, size_t length)
{
	assert_true((size_t)(text->end - text->at) >= length);
	add_text(text, "\"%.*s\"", (int)length, (const char *)text->at);
	text->at += length;
}

static void read_value(struct msgpack_text *text);

static void read_container(struct msgpack_text *text, bool is_map, uint64_t count)
{
	add_text(text, is_map ? "{" : "[");
	for (uint64_t i = 0; i < count; i++) {
		add_text(text, i > 0 ? "," : "");
		read_value(text);
		if (is_map) {
			add_text(text, ":");
			read_value(text);
		}
	}
	add_text(text, is_map ? "}" : "]");
}

static void read_negative(struct msgpack_text *text, unsigned width, int64_t must_pass)
{
	uint64_t raw = read_bytes(text, width);
	int64_t value = width == 8 ? (int64_t)raw : (int64_t)raw - ((int64_t)1 << 8 * width);
	assert_true(value < must_pass);
	add_text(text, "%lld", (long long)value);
}

static void read_value(struct msgpack_text *text)
{
	uint8_t type = (uint8_t)read_bytes(text, 1);
	if (type < 0x80)
		add_text(text, "%u", type);
	else if (type < 0x90)
		read_container(text, true, type & 15);
	else if (type < 0xa0)
		read_container(text, false, type & 15);
	else if (type < 0xc0)
		read_string(text, type & 31);
	else if (type == 0xc2 || type == 0xc3)
		add_text(text, type == 0xc3 ? "true" : "false");
	else if (type >= 0xcc && type <= 0xcf) {
		static const uint64_t EXCEEDED[] = {127, UINT8_MAX, UINT16_MAX, UINT32_MAX};
		add_text(text, "%llu",
			 (unsigned long long)read_wide(text, 1U << (type - 0xcc),
						       EXCEEDED[type - 0xcc]));
	} else if (type >= 0xd0 && type <= 0xd3) {
		static const int64_t PASSED[] = {-32, INT8_MIN, INT16_MIN, INT32_MIN};
		read_negative(text, 1U << (type - 0xd0), PASSED[type - 0xd0]);
	} else if (type == 0xd9)
		read_string(text, read_wide(text, 1, 31));
	else if (type == 0xda)
		read_string(text, read_wide(text, 2, UINT8_MAX));
	else if (type == 0xdc || type == 0xde)
		read_container(text, type == 0xde, read_wide(text, 2, 15));
	else if (type >= 0xe0)
		add_text(text, "%d", (int)type - 256);
	else
		fail_msg("type byte %02x", type);
}

static void random_text(char *text, size_t size)
{
	size_t length = random_below(&randomness, one_in(8) ? size : 40);
	for (size_t i = 0; i < length; i++)
		text[i] =
			"abcdefghijklmnopqrstuvwxyz0123456789.:_- "[random_below(&randomness, 41)];
	text[length] = '\0';
}

static void write_value(struct action_writer *writer, unsigned depth)
{
	char text[300];
	uint64_t kind = random_below(&randomness, depth < 4 ? 6 : 4);
	size_t count = random_below(&randomness, one_in(6) ? 20 : 4);
	switch (kind) {
	case 0:
		action_writer_bool(writer, one_in(2));
		return;
	case 1:
		action_writer_unsigned(writer, random_number());
		return;
	case 2:
		action_writer_signed(writer, -(int64_t)(random_number() >> 1));
		return;
	case 3:
		random_text(text, sizeof(text));
		action_writer_text(writer, text);
		return;
	case 4:
		action_writer_array(writer, count);
		for (size_t i = 0; i < count; i++)
			write_value(writer, depth + 1);
		return;
	default:
		action_writer_map(writer, count);
		for (size_t i = 0; i < count; i++) {
			random_text(text, sizeof(text));
			action_writer_key(writer, text);
			write_value(writer, depth + 1);
		}
	}
}

static void the_two_forms_of_an_action_say_the_same(void **state)
{
	(void)state;
	static uint8_t packed[6000];
	static char json[6000];
	static struct msgpack_text read;
	unsigned cases = effort(20000, "trees"), whole = 0;
	for (unsigned i = 0; i < cases; i++) {
		struct msgpack_writer msgpack;
		struct action_writer writer;
		msgpack_begin(&msgpack, packed, sizeof(packed));
		action_writer_begin(&writer, &msgpack, json, sizeof(json));
		write_value(&writer, 0);
		if (!action_writer_end(&writer))
			continue; /* grew too large */
		whole++;
		read = (struct msgpack_text){.at = packed, .end = packed + msgpack.length};
		read_value(&read);
		assert_ptr_equal(read.at, read.end);
		assert_int_equal(read.length, writer.json_length);
		assert_memory_equal(read.json, json, read.length);
	}
	assert_true(whole > cases * 9 / 10);
}

/* Whatever room there is, nothing is written behind it and a cut action is no action. */
static void a_form_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	unsigned cases = effort(3000, "trees");
	for (unsigned i = 0; i < cases; i++) {
		struct random again = randomness;
		static uint8_t packed[6000];
		static char json[6000];
		struct msgpack_writer msgpack;
		struct action_writer writer;
		msgpack_begin(&msgpack, packed, sizeof(packed));
		action_writer_begin(&writer, &msgpack, json, sizeof(json));
		write_value(&writer, 0);
		if (!action_writer_end(&writer))
			continue;
		struct random after = randomness;
		size_t packed_size = msgpack.length, json_size = writer.json_length;
		size_t packed_room = packed_size - (one_in(2) ? 1 : 0);
		size_t json_room = json_size - (one_in(2) ? 1 : 0);
		uint8_t *small_packed = malloc(packed_room + 1);
		char *small_json = malloc(json_room + 1);
		assert_non_null(small_packed);
		assert_non_null(small_json);
		small_packed[packed_room] = 0xc1;
		small_json[json_room] = 0x7f;
		randomness = again;
		msgpack_begin(&msgpack, small_packed, packed_room);
		action_writer_begin(&writer, &msgpack, small_json, json_room);
		write_value(&writer, 0);
		assert_int_equal(action_writer_end(&writer),
				 packed_room == packed_size && json_room == json_size);
		assert_int_equal(small_packed[packed_room], 0xc1);
		assert_int_equal(small_json[json_room], 0x7f);
		free(small_packed);
		free(small_json);
		randomness = after;
	}
}

/* ---- actions of our own ---- */

static void random_cloid(char cloid[HYPERLIQUID_CLOID_TEXT])
{
	snprintf(cloid, HYPERLIQUID_CLOID_TEXT, "0x%016llx%016llx",
		 (unsigned long long)random_u64(&randomness),
		 (unsigned long long)random_u64(&randomness));
}

static void random_decimal(char *out, size_t size)
{
	int64_t units =
		1 + (int64_t)(random_u64(&randomness) >> (2 + random_below(&randomness, 61)));
	assert_true(
		hyperliquid_wire_decimal(units, (unsigned)random_below(&randomness, 9), out, size));
}

static void random_order(struct hyperliquid_order *order)
{
	*order = (struct hyperliquid_order){
		.asset = (uint32_t)random_number(),
		.buy = one_in(2),
		.reduce_only = one_in(2),
		.tif = (enum hyperliquid_tif)random_below(&randomness, 3),
	};
	random_decimal(order->price, sizeof(order->price));
	random_decimal(order->size, sizeof(order->size));
	if (one_in(2))
		random_cloid(order->cloid);
}

static void random_cancel(struct hyperliquid_action *action)
{
	action->u.cancel.count = 1 + random_below(&randomness, HYPERLIQUID_BATCH_MAX);
	action->u.cancel.fast = one_in(2);
	for (size_t i = 0; i < action->u.cancel.count; i++) {
		action->u.cancel.asset[i] = (uint32_t)random_number();
		action->u.cancel.oid[i] = random_number() | 1;
		random_cloid(action->u.cancel.cloid[i]);
	}
}

static void random_action(struct built_action *built)
{
	struct hyperliquid_action *action = &built->action;
	memset(built, 0, sizeof(*built));
	action->kind = (enum hyperliquid_action_kind)random_below(&randomness,
								  HYPERLIQUID_ACTION_NOOP + 1);
	switch (action->kind) {
	case HYPERLIQUID_ACTION_ORDER:
		action->u.order.orders = built->orders;
		action->u.order.count = 1 + random_below(&randomness, HYPERLIQUID_BATCH_MAX);
		for (size_t i = 0; i < action->u.order.count; i++)
			random_order(&built->orders[i]);
		break;
	case HYPERLIQUID_ACTION_CANCEL:
	case HYPERLIQUID_ACTION_CANCEL_BY_CLOID:
		random_cancel(action);
		break;
	case HYPERLIQUID_ACTION_SCHEDULE_CANCEL:
		action->u.schedule_cancel.time_ms = one_in(3) ? 0 : (int64_t)(random_number() >> 1);
		break;
	case HYPERLIQUID_ACTION_MODIFY:
		action->u.modify.oid = one_in(2) ? 0 : random_number();
		random_cloid(action->u.modify.cloid);
		random_order(&action->u.modify.order);
		break;
	case HYPERLIQUID_ACTION_UPDATE_LEVERAGE:
		action->u.leverage.asset = (uint32_t)random_number();
		action->u.leverage.cross = one_in(2);
		action->u.leverage.leverage = 1 + (int32_t)random_below(&randomness, 50);
		break;
	case HYPERLIQUID_ACTION_NOOP:
		break;
	}
}

/* As the venue does: everything from the body, the network apart. */
static void recover_from_body(const char *body, bool mainnet, uint8_t signer[20])
{
	const char *error;
	uint8_t packed[8192], hash[32], digest[32], signature[65], vault[20];
	struct msgpack_writer writer;
	struct json_tree *tree = json_tree_parse(body, strlen(body), &error);
	const struct json_tree *signed_by = json_tree_member(tree, "signature");
	const struct json_tree *vault_text = json_tree_member(tree, "vaultAddress");
	const struct json_tree *expiry = json_tree_member(tree, "expiresAfter");
	int64_t nonce, expires;
	assert_non_null(tree);
	msgpack_begin(&writer, packed, sizeof(packed));
	assert_true(vector_action_msgpack(json_tree_member(tree, "action"), &writer));
	assert_true(json_tree_i64(json_tree_member(tree, "nonce"), &nonce));
	msgpack_append_u64(&writer, (uint64_t)nonce);
	msgpack_append(&writer, vault_text != NULL ? "\1" : "\0", 1);
	if (vault_text != NULL) {
		assert_true(hyperliquid_address_parse(json_tree_text(vault_text), vault));
		msgpack_append(&writer, vault, 20);
	}
	if (expiry != NULL) {
		assert_true(json_tree_i64(expiry, &expires));
		msgpack_append(&writer, "\0", 1);
		msgpack_append_u64(&writer, (uint64_t)expires);
	}
	keccak256(packed, writer.length, hash);
	eip712_agent_struct_hash(mainnet, hash, digest);
	eip712_digest(EIP712_L1_DOMAIN_SEPARATOR, digest, digest);
	for (int half = 0; half < 2; half++) {
		const char *hex = json_tree_text(json_tree_member(signed_by, half ? "s" : "r"));
		for (size_t i = 0; i < 32; i++) {
			unsigned byte;
			assert_int_equal(sscanf(hex + 2 + 2 * i, "%2x", &byte), 1);
			signature[32 * half + i] = (uint8_t)byte;
		}
	}
	signature[64] = (uint8_t)strtol(json_tree_text(json_tree_member(signed_by, "v")), NULL, 10);
	assert_true(secp256k1_signer_recover(digest, signature, signer));
	json_tree_free(tree);
}

static void who_reads_the_body_recovers_the_signer(void **state)
{
	(void)state;
	static struct hyperliquid_signed made;
	unsigned cases = effort(3000, "actions");
	for (unsigned i = 0; i < cases; i++) {
		struct built_action built;
		struct hyperliquid_key key;
		struct error err;
		uint8_t secret[32], signer[20];
		char hex[65];
		struct hyperliquid_envelope envelope = {
			.nonce_ms = (int64_t)(random_number() >> 1),
			.has_vault = one_in(2),
			.expires_after_ms = one_in(2) ? 0 : (int64_t)(random_number() >> 1),
			.mainnet = one_in(2),
		};
		random_bytes(envelope.vault, 20);
		random_bytes(secret, 32);
		for (size_t j = 0; j < 32; j++)
			snprintf(hex + 2 * j, 3, "%02x", secret[j]);
		assert_true(hyperliquid_key_load(hex, &key, &err));
		random_action(&built);
		if (!hyperliquid_sign(&key, &built.action, &envelope, &made, &err))
			fail_msg("%s", err.text);
		assert_int_equal(made.body_length, strlen(made.body));
		recover_from_body(made.body, envelope.mainnet, signer);
		assert_memory_equal(signer, key.address, 20);
		recover_from_body(made.body, !envelope.mainnet, signer);
		assert_memory_not_equal(signer, key.address, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keccak_is_what_its_definition_says, set_up),
		cmocka_unit_test_setup(the_two_forms_of_an_action_say_the_same, set_up),
		cmocka_unit_test_setup(a_form_that_does_not_fit_is_refused, set_up),
		cmocka_unit_test_setup(who_reads_the_body_recovers_the_signer, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
