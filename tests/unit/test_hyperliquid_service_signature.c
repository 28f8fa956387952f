/* Whom the venue's model takes for the signer: official vectors, and every way to sign something
 * else than what the venue writes (venues/hyperliquid.md §4). */
#include "core/base/keccak256.h"
#include "exchanges/hyperliquid/eip712.h"
#include "exchanges/hyperliquid/secp256k1_signer.h"
#include "exchanges/testnet/hyperliquid_service_action.h"
#include "exchanges/testnet/hyperliquid_service_signature.h"
#include "tests/support/hyperliquid_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- the official vectors ----------------------------------------------------------------------
 */

static bool is_null(const struct json_tree *node)
{
	return node == NULL || node->kind == TREE_NULL;
}

static void hex_of(const uint8_t *bytes, size_t length, char *out)
{
	for (size_t i = 0; i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void expect_hex(const struct json_tree *expect, const char *key, const uint8_t *bytes,
		       size_t length, const char *id)
{
	char text[8192];
	const char *wanted = json_tree_text(json_tree_member(expect, key));
	assert_true(2 * length < sizeof(text));
	hex_of(bytes, length, text);
	if (strncmp(wanted, "0x", 2) == 0)
		wanted += 2;
	if (strcmp(wanted, text) != 0)
		fail_msg("%s: %s is %s, not %s", id, key, text, wanted);
}

static void recover(const struct json_tree *source, const uint8_t digest[32], uint8_t address[20],
		    const char *id)
{
	char text[256];
	struct hyper_document document;
	struct hyper_signature signature;
	snprintf(text, sizeof(text), "{\"r\":\"%s\",\"s\":\"%s\",\"v\":%s}",
		 json_tree_text(json_tree_member(source, "r")),
		 json_tree_text(json_tree_member(source, "s")),
		 json_tree_text(json_tree_member(source, "v")));
	assert_true(hyper_document_parse(&document, text, strlen(text)));
	if (!hyper_signature_read(document.nodes, &signature) ||
	    !hyper_signature_recover(&signature, digest, address))
		fail_msg("%s: nothing is recovered", id);
	hyper_document_free(&document);
}

static void run_l1(const struct json_tree *input, const struct json_tree *expect,
		   const struct json_tree *signature, const char *id)
{
	const char *action = json_tree_text(json_tree_member(input, "action_json"));
	const struct json_tree *vault_text = json_tree_member(input, "vault_address");
	const struct json_tree *expiry = json_tree_member(input, "expires_after");
	bool mainnet = json_tree_member(input, "is_mainnet")->kind == TREE_TRUE;
	struct hyper_document document;
	struct hyper_packed packed;
	uint8_t vault[20], connection_id[32], digest[32], address[20];
	int64_t nonce, expires = 0;
	assert_true(json_tree_i64(json_tree_member(input, "nonce"), &nonce));
	assert_true(is_null(vault_text) || hyper_address_read(json_tree_text(vault_text), vault));
	assert_true(is_null(expiry) || json_tree_i64(expiry, &expires));
	assert_true(hyper_document_parse(&document, action, strlen(action)));
	if (!hyper_action_pack(document.nodes, &packed))
		fail_msg("%s: cannot be packed", id);
	if (json_tree_member(expect, "msgpack") != NULL)
		expect_hex(expect, "msgpack", packed.bytes, packed.length, id);
	hyper_action_hash(&packed, (uint64_t)nonce, is_null(vault_text) ? NULL : vault,
			  !is_null(expiry), (uint64_t)expires, connection_id);
	hyper_agent_digest(mainnet ? 'a' : 'b', connection_id, digest);
	if (json_tree_member(expect, "digest") != NULL) {
		expect_hex(expect, "connection_id", connection_id, 32, id);
		expect_hex(expect, "digest", digest, 32, id);
	}
	recover(signature, digest, address, id);
	expect_hex(expect, "signer", address, 20, id);
	free(packed.bytes);
	hyper_document_free(&document);
}

static void run_user(const struct json_tree *input, const struct json_tree *expect,
		     const struct json_tree *signature, const char *id)
{
	const char *action = json_tree_text(json_tree_member(input, "action_json"));
	struct hyper_document document;
	uint8_t digest[32], address[20];
	assert_true(hyper_document_parse(&document, action, strlen(action)));
	if (!hyper_user_digest(document.nodes, digest))
		fail_msg("%s: has no digest", id);
	if (json_tree_member(expect, "digest") != NULL)
		expect_hex(expect, "digest", digest, 32, id);
	recover(signature, digest, address, id);
	expect_hex(expect, "signer", address, 20, id);
	hyper_document_free(&document);
}

static void every_official_vector_recovers_its_signer(void **state)
{
	const char *why = "";
	struct json_tree *file = json_tree_load("tests/vectors/hyperliquid.json", &why);
	unsigned l1 = 0, user = 0;
	(void)state;
	assert_non_null(file);
	for (const struct json_tree *one = json_tree_member(file, "cases")->first; one != NULL;
	     one = one->next) {
		const char *kind = json_tree_text(json_tree_member(one, "kind"));
		const char *id = json_tree_text(json_tree_member(one, "id"));
		const struct json_tree *input = json_tree_member(one, "input");
		const struct json_tree *expect = json_tree_member(one, "expect");
		bool recovers = strncmp(kind, "recover_", 8) == 0;
		const struct json_tree *signature = recovers ? input : expect;
		if (strcmp(kind, "l1_action") == 0 || strcmp(kind, "recover_l1") == 0) {
			run_l1(input, expect, signature, id);
			l1++;
		} else if (strcmp(kind, "user_signed_action") == 0 ||
			   strcmp(kind, "recover_user") == 0) {
			run_user(input, expect, signature, id);
			user++;
		}
	}
	json_tree_free(file);
	print_message("%u L1 and %u user-signed actions\n", l1, user);
	assert_int_equal(l1, 66 + 3);
	assert_int_equal(user, 18 + 2);
}

/* ---- over the wire -----------------------------------------------------------------------------
 */

#define ORDER                                                                                      \
	"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\",\"s\":\"0.5\",\"r\":"  \
	"false,\"t\":{\"limit\":{\"tif\":\"Alo\"}},\"c\":"                                         \
	"\"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f7a\"}],\"grouping\":\"na\"}"
#define DOES_NOT_EXIST "User or API Wallet 0x"

static struct hyperliquid_testnet net;

static int set_up(void **state)
{
	(void)state;
	hyperliquid_testnet_open(&net, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hyperliquid_testnet_close(&net);
	return 0;
}

/* The answer to an action that was signed as `hashed` and sent as `sent`. */
static const char *answer_to(const char *hashed, const char *sent)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	hyperliquid_testnet_sign(&net, &net.agents[0], hashed, sent, NULL, body);
	hyperliquid_testnet_post(&net, "/exchange", body);
	const char *refusal = hyperliquid_testnet_text(&net, "response");
	return refusal[0] != '\0' ? refusal : hyperliquid_testnet_text(&net, "status");
}

static void expect_another_signer(const char *answer)
{
	size_t begin = strlen(DOES_NOT_EXIST) - 2;
	if (strncmp(answer, DOES_NOT_EXIST, strlen(DOES_NOT_EXIST)) != 0)
		fail_msg("%s", answer);
	assert_int_not_equal(
		strncmp(answer + begin, net.agents[0].address_text, HYPERLIQUID_ADDRESS_TEXT - 1),
		0);
}

static void what_is_written_as_the_venue_writes_it_is_accepted(void **state)
{
	(void)state;
	assert_string_equal(answer_to(ORDER, ORDER), "ok");
}

static void members_may_stand_in_any_order_in_the_body(void **state)
{
	(void)state;
	assert_string_equal(
		answer_to(ORDER,
			  "{\"grouping\":\"na\",\"orders\":[{\"c\":"
			  "\"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f7a\",\"t\":{\"limit\":{\"tif\":"
			  "\"Alo\"}},\"r\":false,\"s\":\"0.5\",\"p\":\"2700\",\"b\":true,\"a\":1}],"
			  "\"type\":\"order\"}"),
		"ok");
}

static void a_trailing_zero_that_was_signed_is_another_signer(void **state)
{
	static const char *const WRONG[] = {
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700.0\",\"s\":\"0."
		"5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}}}],\"grouping\":\"na\"}",
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\",\"s\":\"0.50\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}}}],\"grouping\":\"na\"}",
	};
	(void)state;
	for (size_t i = 0; i < 2; i++)
		expect_another_signer(answer_to(WRONG[i], WRONG[i]));
}

static void a_wrong_order_of_keys_that_was_signed_is_another_signer(void **state)
{
	static const char WRONG[] =
		"{\"type\":\"order\",\"orders\":[{\"b\":true,\"a\":1,\"p\":\"2700\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}}}],\"grouping\":\"na\"}";
	(void)state;
	expect_another_signer(answer_to(WRONG, WRONG));
}

static void an_upper_case_client_id_that_was_signed_is_another_signer(void **state)
{
	static const char WRONG[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}},\"c\":"
		"\"0x3F0C5D3A9D7C4F6F9C1E2B3A4D5E6F7A\"}],\"grouping\":\"na\"}";
	(void)state;
	expect_another_signer(answer_to(WRONG, WRONG));
}

static void flags_that_are_false_are_not_hashed(void **state)
{
	static const char WITH[] =
		"{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}],\"f\":false}";
	static const char WITHOUT[] =
		"{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}]}";
	static const char SET[] =
		"{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":245678900000}],\"f\":true}";
	(void)state;
	expect_another_signer(answer_to(WITH, WITH));
	assert_string_equal(answer_to(WITHOUT, WITH), "ok");
	assert_string_equal(answer_to(SET, SET), "ok");
	expect_another_signer(answer_to(WITHOUT, SET));
}

static void a_null_client_id_is_left_out_of_the_hash(void **state)
{
	static const char WITHOUT[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}}}],\"grouping\":\"na\"}";
	static const char WITH_NULL[] =
		"{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\",\"s\":\"0.5\","
		"\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}},\"c\":null}],\"grouping\":\"na\"}";
	(void)state;
	assert_string_equal(answer_to(WITHOUT, WITH_NULL), "ok");
}

static void a_changed_nonce_expiry_or_vault_is_another_signer(void **state)
{
	char body[HYPERLIQUID_TESTNET_BODY];
	const struct hyperliquid_testnet_envelope envelope = {.expires_after = 1764000005000};
	(void)state;
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, &envelope, body);
	char *expiry = strstr(body, "1764000005000");
	expiry[12] = '1';
	hyperliquid_testnet_post(&net, "/exchange", body);
	expect_another_signer(hyperliquid_testnet_text(&net, "response"));
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
	char *nonce = strstr(body, "\"nonce\":") + strlen("\"nonce\":");
	nonce[12] = nonce[12] == '9' ? '8' : '9';
	hyperliquid_testnet_post(&net, "/exchange", body);
	expect_another_signer(hyperliquid_testnet_text(&net, "response"));
	hyperliquid_testnet_sign(&net, &net.agents[0], ORDER, ORDER, NULL, body);
	snprintf(body + strlen(body) - 1, 100, ",\"vaultAddress\":\"%s\"}",
		 net.masters[0].address_text);
	hyperliquid_testnet_post(&net, "/exchange", body);
	expect_another_signer(hyperliquid_testnet_text(&net, "response"));
}

static void the_master_may_sign_too_and_a_stranger_may_not(void **state)
{
	struct hyperliquid_key stranger;
	struct error err;
	char text[128];
	(void)state;
	assert_true(hyperliquid_key_load(
		"0505050505050505050505050505050505050505050505050505050505050505", &stranger,
		&err));
	assert_non_null(strstr(hyperliquid_testnet_act_with(&net, &net.masters[1], ORDER, NULL),
			       "resting"));
	snprintf(text, sizeof(text), "User or API Wallet %s does not exist.",
		 stranger.address_text);
	assert_string_equal(hyperliquid_testnet_act_with(&net, &stranger, ORDER, NULL), text);
}

static void either_source_is_taken_unless_one_is_demanded(void **state)
{
	const struct hyperliquid_testnet_envelope mainnet = {.mainnet = true};
	const struct hyperliquid_testnet_options strict = {.source = 'b'};
	(void)state;
	assert_non_null(strstr(hyperliquid_testnet_act_with(&net, &net.agents[0], ORDER, &mainnet),
			       "resting"));
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &strict);
	expect_another_signer(hyperliquid_testnet_act_with(&net, &net.agents[0], ORDER, &mainnet));
	assert_non_null(
		strstr(hyperliquid_testnet_act_with(&net, &net.agents[0], ORDER, NULL), "resting"));
}

static void a_signature_that_no_key_can_have_made_is_told(void **state)
{
	static const char BODY[] =
		"{\"action\":{\"type\":\"noop\"},\"nonce\":1764000000001,\"signature\":{\"r\":"
		"\"0x0\",\"s\":\"0x0\",\"v\":27}}";
	(void)state;
	assert_int_equal(hyperliquid_testnet_post(&net, "/exchange", BODY), 200);
	assert_string_equal(hyperliquid_testnet_text(&net, "response"),
			    "Unable to recover signer.");
}

static void what_is_no_action_cannot_be_deserialised(void **state)
{
	static const char *const BODIES[] = {
		"",
		"[]",
		"{}",
		"{\"action\":{\"type\":\"order\"},\"nonce\":1}",
		"{\"action\":{\"type\":\"noop\"},\"nonce\":1.5,\"signature\":{\"r\":\"0x1\",\"s\":"
		"\"0x1\",\"v\":27}}",
		"{\"action\":{\"type\":\"noop\"},\"nonce\":1,\"signature\":{\"r\":\"0x1\",\"s\":"
		"\"0x1\",\"v\":29}}",
		"{\"action\":{\"type\":\"buy\"},\"nonce\":1,\"signature\":{\"r\":\"0x1\",\"s\":"
		"\"0x1\",\"v\":27}}",
		"{\"action\":{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":2700,\"s\":"
		"\"1\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Gtc\"}}}],\"grouping\":\"na\"},"
		"\"nonce\":1,\"signature\":{\"r\":\"0x1\",\"s\":\"0x1\",\"v\":27}}",
		"{\"action\":{\"type\":\"order\",\"orders\":[{\"a\":1,\"b\":true,\"p\":\"2700\","
		"\"s\":\"1\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Fok\"}}}],\"grouping\":"
		"\"na\"},\"nonce\":1,\"signature\":{\"r\":\"0x1\",\"s\":\"0x1\",\"v\":27}}",
		"{\"action\":{\"type\":\"noop\",\"type\":\"noop\"},\"nonce\":1,\"signature\":{"
		"\"r\":\"0x1\",\"s\":\"0x1\",\"v\":27}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
		if (hyperliquid_testnet_post(&net, "/exchange", BODIES[i]) != 422)
			fail_msg("%s: %d %s", BODIES[i], net.status, net.body);
		assert_string_equal(net.body,
				    "Failed to deserialize the JSON body into the target type");
	}
}

/* ---- nonces and expiry -------------------------------------------------------------------------
 */

static const char *noop_with(int64_t nonce, int64_t expires_after)
{
	const struct hyperliquid_testnet_envelope envelope = {.nonce = nonce,
							      .expires_after = expires_after};
	return hyperliquid_testnet_act_with(&net, &net.agents[0], "{\"type\":\"noop\"}", &envelope);
}

static void a_nonce_is_used_once_by_its_signer(void **state)
{
	const struct hyperliquid_testnet_envelope same = {.nonce = 1764000000777};
	(void)state;
	assert_string_equal(noop_with(1764000000777, 0), "default");
	assert_string_equal(noop_with(1764000000777, 0),
			    "Invalid nonce: duplicate nonce 1764000000777");
	/* The master has its own. */
	assert_string_equal(
		hyperliquid_testnet_act_with(&net, &net.masters[0], "{\"type\":\"noop\"}", &same),
		"default");
}

static void a_hundred_nonces_are_remembered_and_gaps_below_may_be_filled(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 100; i++)
		assert_string_equal(noop_with(1764000001000 + 2 * i, 0), "default");
	/* Between two that were used. */
	assert_string_equal(noop_with(1764000001001, 0), "default");
	/* Now 1764000001001 is the smallest of the hundred. */
	assert_string_equal(noop_with(1764000001000, 0),
			    "Invalid nonce: nonce too low 1764000001000 < 1764000001001");
	assert_string_equal(noop_with(1764000000999, 0),
			    "Invalid nonce: nonce too low 1764000000999 < 1764000001001");
}

static void nonces_are_bound_to_two_days_back_and_one_ahead(void **state)
{
	const int64_t day_ms = 24 * 3600 * INT64_C(1000), now_ms = hyperliquid_testnet_ms(&net);
	(void)state;
	assert_non_null(strstr(noop_with(now_ms - 2 * day_ms - 10, 0), "nonce too low"));
	assert_non_null(strstr(noop_with(now_ms + day_ms + 1000, 0), "nonce too high"));
	assert_string_equal(noop_with(now_ms - 2 * day_ms + 1000, 0), "default");
	assert_string_equal(noop_with(now_ms + day_ms - 1000, 0), "default");
}

static void a_stale_action_is_refused_costs_five_and_leaves_its_nonce_free(void **state)
{
	(void)state;
	int64_t now_ms = hyperliquid_testnet_ms(&net);
	assert_string_equal(noop_with(1764000000888, now_ms - 1), "Action already expired");
	hyperliquid_testnet_info(&net, "{\"type\":\"userRateLimit\",\"user\":\"%s\"}",
				 net.masters[0].address_text);
	assert_string_equal(hyperliquid_testnet_text(&net, "nRequestsUsed"), "5");
	assert_string_equal(noop_with(1764000000888, now_ms + 1000), "default");
}

/* ---- user-signed actions -----------------------------------------------------------------------
 */

static const char *approve(const struct hyperliquid_key *signer, const char *agent,
			   const char *name)
{
	static const struct eip712_domain DOMAIN = {
		.name = "HyperliquidSignTransaction", .version = "1", .chain_id = 421614};
	uint8_t type[32], domain[32], hash[32], digest[32], signature[65], address[20];
	struct eip712_struct hashed;
	char body[1024], r[65], s[65];
	int64_t nonce = hyperliquid_testnet_ms(&net);
	assert_true(hyperliquid_address_parse(agent, address));
	eip712_type_hash("HyperliquidTransaction:ApproveAgent(string hyperliquidChain,address "
			 "agentAddress,string agentName,uint64 nonce)",
			 type);
	eip712_struct_begin(&hashed, type);
	eip712_struct_string(&hashed, "Testnet", strlen("Testnet"));
	eip712_struct_address(&hashed, address);
	eip712_struct_string(&hashed, name, strlen(name));
	eip712_struct_u64(&hashed, (uint64_t)nonce);
	eip712_struct_end(&hashed, hash);
	eip712_domain_separator(&DOMAIN, domain);
	eip712_digest(domain, hash, digest);
	assert_true(secp256k1_signer_sign(signer->secret, digest, signature));
	hex_of(signature, 32, r);
	hex_of(signature + 32, 32, s);
	snprintf(body, sizeof(body),
		 "{\"action\":{\"type\":\"approveAgent\",\"signatureChainId\":\"0x66eee\","
		 "\"hyperliquidChain\":\"Testnet\",\"agentAddress\":\"%s\",\"agentName\":\"%s\","
		 "\"nonce\":%" PRId64 "},\"nonce\":%" PRId64
		 ",\"signature\":{\"r\":\"0x%s\",\"s\":\"0x%s\",\"v\":%d}}",
		 agent, name, nonce, nonce, r, s, signature[64]);
	hyperliquid_testnet_post(&net, "/exchange", body);
	hyperliquid_testnet_pass(&net, 1);
	const char *refusal = hyperliquid_testnet_text(&net, "response");
	return refusal[0] != '\0' ? refusal : hyperliquid_testnet_text(&net, "status");
}

static void a_master_approves_an_agent_that_then_trades(void **state)
{
	struct hyperliquid_key agent;
	struct error err;
	char refusal[128];
	(void)state;
	assert_true(hyperliquid_key_load(
		"0606060606060606060606060606060606060606060606060606060606060606", &agent, &err));
	assert_non_null(
		strstr(hyperliquid_testnet_act_with(&net, &agent, ORDER, NULL), "does not exist"));
	assert_string_equal(approve(&net.masters[0], agent.address_text, "second"), "ok");
	assert_non_null(strstr(hyperliquid_testnet_act_with(&net, &agent, ORDER, NULL), "resting"));
	assert_string_equal(approve(&net.masters[0], agent.address_text, "second"),
			    "Extra agent already used.");
	/* An agent cannot approve another one. */
	snprintf(refusal, sizeof(refusal), "Must deposit before performing actions. User: %s",
		 agent.address_text);
	assert_string_equal(approve(&agent, "0x00000000000000000000000000000000000000aa", "third"),
			    refusal);
	/* The same name with another address replaces; the zero address removes. */
	assert_string_equal(
		approve(&net.masters[0], "0x00000000000000000000000000000000000000aa", "second"),
		"ok");
	assert_non_null(
		strstr(hyperliquid_testnet_act_with(&net, &agent, ORDER, NULL), "does not exist"));
	assert_string_equal(
		approve(&net.masters[0], "0x0000000000000000000000000000000000000000", "fundarb"),
		"ok");
	assert_non_null(strstr(hyperliquid_testnet_act_with(&net, &net.agents[0], ORDER, NULL),
			       "does not exist"));
}

static void the_number_and_life_of_agents_are_bounded(void **state)
{
	static const char *const NAMES[] = {"second", "third"};
	char agent[64], name[64];
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		snprintf(agent, sizeof(agent), "0x%040x", 0xa0u + i);
		assert_string_equal(approve(&net.masters[0], agent, NAMES[i]), "ok");
	}
	assert_string_equal(
		approve(&net.masters[0], "0x00000000000000000000000000000000000000bb", "fourth"),
		"Too many extra agents for cumulative volume traded. Current limit is 3");
	/* The unnamed one is not counted. */
	assert_string_equal(
		approve(&net.masters[0], "0x00000000000000000000000000000000000000bb", ""), "ok");
	snprintf(name, sizeof(name), "third valid_until %" PRId64, hyperliquid_testnet_ms(&net));
	assert_string_equal(
		approve(&net.masters[0], "0x00000000000000000000000000000000000000cc", name),
		"Agent valid_until already expired.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_official_vector_recovers_its_signer),
#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WIRE(what_is_written_as_the_venue_writes_it_is_accepted),
		WIRE(members_may_stand_in_any_order_in_the_body),
		WIRE(a_trailing_zero_that_was_signed_is_another_signer),
		WIRE(a_wrong_order_of_keys_that_was_signed_is_another_signer),
		WIRE(an_upper_case_client_id_that_was_signed_is_another_signer),
		WIRE(flags_that_are_false_are_not_hashed),
		WIRE(a_null_client_id_is_left_out_of_the_hash),
		WIRE(a_changed_nonce_expiry_or_vault_is_another_signer),
		WIRE(the_master_may_sign_too_and_a_stranger_may_not),
		WIRE(either_source_is_taken_unless_one_is_demanded),
		WIRE(a_signature_that_no_key_can_have_made_is_told),
		WIRE(what_is_no_action_cannot_be_deserialised),
		WIRE(a_nonce_is_used_once_by_its_signer),
		WIRE(a_hundred_nonces_are_remembered_and_gaps_below_may_be_filled),
		WIRE(nonces_are_bound_to_two_days_back_and_one_ahead),
		WIRE(a_stale_action_is_refused_costs_five_and_leaves_its_nonce_free),
		WIRE(a_master_approves_an_agent_that_then_trades),
		WIRE(the_number_and_life_of_agents_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
