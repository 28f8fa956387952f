/* Transactions of the venue's official signer: the server's own hash, layout and verdicts. */
#include "exchanges/testnet/lighter_service_transaction.h"
#include "tests/support/vector_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static cJSON *vectors;

static int load(void **state)
{
	(void)state;
	FILE *file = fopen("tests/vectors/lighter.json", "rb");
	assert_non_null(file);
	static char text[512 * 1024];
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	vectors = cJSON_Parse(text);
	assert_non_null(vectors);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	cJSON_Delete(vectors);
	return 0;
}

static const char *text_of(const cJSON *object, const char *part, const char *name)
{
	const cJSON *inner = cJSON_GetObjectItemCaseSensitive(object, part);
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(inner, name));
}

static const cJSON *next_case(const cJSON *after, const char *op)
{
	const cJSON *cases = cJSON_GetObjectItemCaseSensitive(vectors, "cases");
	const cJSON *single = after != NULL ? after->next : cases->child;
	while (single != NULL &&
	       strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(single, "op")), op) !=
		       0)
		single = single->next;
	return single;
}

static void official_transactions_parse_hash_and_verify(void **state)
{
	(void)state;
	unsigned count = 0;
	for (const cJSON *one = next_case(NULL, "tx"); one; one = next_case(one, "tx"), count++) {
		struct served_transaction transaction;
		uint8_t hash[40], expected[40], key[40];
		const char *info = text_of(one, "out", "tx_info");
		int type = (int)strtol(text_of(one, "out", "tx_type"), NULL, 10);
		uint32_t chain = (uint32_t)strtoul(text_of(one, "in", "chain_id"), NULL, 10);
		assert_int_equal(served_transaction_parse(type, info, strlen(info), &transaction),
				 0);
		assert_int_equal(served_transaction_judge(&transaction), 0);
		served_transaction_hash(&transaction, chain, hash);
		assert_true(vector_hex(text_of(one, "out", "tx_hash_hex"), expected, 40));
		assert_memory_equal(hash, expected, 40);
		assert_true(vector_hex(text_of(one, "out", "public_key_hex"), key, 40));
		assert_true(served_signature_holds(key, hash, transaction.signature));
		/* The other chain's signature holds for nothing here. */
		served_transaction_hash(&transaction, chain + 1, hash);
		assert_false(served_signature_holds(key, hash, transaction.signature));
	}
	assert_int_equal(count, 30);
}

/* What a signer refuses the server refuses too, should somebody sign it. */
static void what_the_official_signer_refuses_has_a_code(void **state)
{
	(void)state;
	static const int CODES[] = {21702, 21701, 21711, 21711, 21705, 21602, 21701, 21727,
				    21703, 21729, 21740, 21704, 21705, 21711, 21729};
	unsigned count = 0;
	const char *op = "tx_rejected_by_client_validation";
	for (const cJSON *one = next_case(NULL, op); one; one = next_case(one, op), count++) {
		static const char *const FIELDS[] = {"MarketIndex",  "ClientOrderIndex",
						     "BaseAmount",   "Price",
						     "IsAsk",	     "Type",
						     "TimeInForce",  "ReduceOnly",
						     "TriggerPrice", "OrderExpiry"};
		const cJSON *in = cJSON_GetObjectItemCaseSensitive(one, "in");
		char info[1024];
		int length = snprintf(info, sizeof(info), "{\"AccountIndex\":1,\"ApiKeyIndex\":4");
		for (unsigned i = 0; i < 10; i++)
			length +=
				snprintf(info + length, sizeof(info) - (size_t)length, ",\"%s\":%s",
					 FIELDS[i], text_of(in, "fields", FIELDS[i]));
		length += snprintf(info + length, sizeof(info) - (size_t)length,
				   ",\"ExpiredAt\":1755533857345,\"Nonce\":1,\"Sig\":\"");
		memset(info + length, 'A', 106);
		snprintf(info + length + 106, sizeof(info) - (size_t)length - 106,
			 "A=\",\"L2TxAttributes\":null}");
		struct served_transaction transaction;
		assert_int_equal(
			served_transaction_parse(TX_CREATE_ORDER, info, strlen(info), &transaction),
			0);
		int code = served_transaction_judge(&transaction);
		if (code != CODES[count])
			fail_msg("case %u: %d, expected %d", count + 1, code, CODES[count]);
	}
	assert_int_equal(count, 15);
}

static void official_auth_tokens_verify(void **state)
{
	(void)state;
	unsigned count = 0;
	const char *op = "auth_token";
	for (const cJSON *one = next_case(NULL, op); one; one = next_case(one, op), count++) {
		const char *message = text_of(one, "out", "message");
		const char *token = text_of(one, "out", "token");
		uint8_t hash[40], expected[40], key[40], signature[80];
		served_token_hash(message, strlen(message), hash);
		assert_true(vector_hex(text_of(one, "out", "message_hash_le_hex"), expected, 40));
		assert_memory_equal(hash, expected, 40);
		assert_true(vector_hex(text_of(one, "out", "public_key_hex"), key, 40));
		assert_true(vector_hex(token + strlen(message) + 1, signature, 80));
		assert_true(served_signature_holds(key, hash, signature));
	}
	assert_int_equal(count, 4);
}

static const char GOOD[] =
	"{\"AccountIndex\":77801,\"ApiKeyIndex\":242,\"MarketIndex\":81,\"Index\":998075321,"
	"\"ExpiredAt\":1755533909517,\"Nonce\":1540247,\"Sig\":\"JV5p2o4AkBKOMOX5dqK3isQbg+"
	"jubcaC7va/"
	"CrA51Wg3bRLRw09dcHyWD+kYwMw5fnaKIPkA7FijvYa3rMwIITfqvr7Vym667+84eXFBhF8=\","
	"\"L2TxAttributes\":null}";

static int parse_cancel(const char *text)
{
	struct served_transaction transaction;
	return served_transaction_parse(TX_CANCEL_ORDER, text, strlen(text), &transaction);
}

/* Replaces the first `from` by `to`. */
static const char *with(const char *from, const char *to)
{
	static char text[1024];
	const char *at = strstr(GOOD, from);
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
	return text;
}

static void a_transaction_is_exactly_what_the_official_signer_prints(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} WRONG[] = {
		{"\"AccountIndex\":77801,\"ApiKeyIndex\":242",
		 "\"ApiKeyIndex\":242,\"AccountIndex\":77801"},
		{"\"Nonce\":1540247,", ""},
		{"\"Nonce\":1540247", "\"Nonce\":\"1540247\""},
		{"\"Nonce\":1540247", "\"Nonce\":1540247.0"},
		{"\"Nonce\":1540247", "\"Nonce\":1e6"},
		{"\"Nonce\":1540247", "\"Nonce\":01"},
		{"\"Nonce\":1540247", "\"Nonce\":null"},
		{"\"Nonce\":1540247", "\"nonce\":1540247"},
		{"\"Nonce\":1540247", "\"Nonce\":99999999999999999999"},
		{"\"MarketIndex\":81", "\"MarketIndex\":81,\"Extra\":1"},
		{"hF8=", "hF8"},
		{"hF8=", "hF9="}, /* loose bits */
		{"hF8=", "hF8=A==="},
		{"JV5p2o4A", "JV5p2o-_"},
		{"\"L2TxAttributes\":null", "\"L2TxAttributes\":[]"},
		{"\"L2TxAttributes\":null", "\"L2TxAttributes\":{\"8\":1}"},
		{"\"L2TxAttributes\":null", "\"L2TxAttributes\":{\"4\":1,\"1\":2}"},
		{"\"L2TxAttributes\":null", "\"L2TxAttributes\":{\"4\":true}"},
		{"\"L2TxAttributes\":null", "\"L2TxAttributes\":{\"04\":1}"},
		{"\"L2TxAttributes\":null}", "\"L2TxAttributes\":null,\"X\":1}"},
		{"\"L2TxAttributes\":null}", "\"L2TxAttributes\":null}}"},
		{",\"L2TxAttributes\":null", ""},
	};
	assert_int_equal(parse_cancel(GOOD), 0);
	assert_int_equal(
		parse_cancel(with("\"L2TxAttributes\":null", "\"L2TxAttributes\":{\"4\":1}")), 0);
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		if (parse_cancel(with(WRONG[i].from, WRONG[i].to)) != 21501)
			fail_msg("taken: %s", WRONG[i].to);
	}
	struct served_transaction transaction;
	assert_int_equal(served_transaction_parse(99, GOOD, strlen(GOOD), &transaction), 21505);
	for (size_t length = 0; length + 1 < sizeof(GOOD); length++)
		assert_int_equal(
			served_transaction_parse(TX_CANCEL_ORDER, GOOD, length, &transaction),
			21501);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(official_transactions_parse_hash_and_verify),
		cmocka_unit_test(what_the_official_signer_refuses_has_a_code),
		cmocka_unit_test(official_auth_tokens_verify),
		cmocka_unit_test(a_transaction_is_exactly_what_the_official_signer_prints),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
