#include "config/testnet_config.h"

#include "config/testnet_schema.h"
#include "core/base/utc.h"
#include "tests/support/market_terms.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct testnet_config config;

static void load(const char *text)
{
	struct error err = {0};
	if (!testnet_config_load_text("dir/t.ini", text, strlen(text), &config, &err))
		fail_msg("%s", err.text);
}

static void defaults_come_from_the_table(void **state)
{
	(void)state;
	load("[account bot]\n");
	assert_int_equal(config.seed, 1);
	assert_true(config.tls);
	assert_int_equal(config.funding_interval_ns, NS_PER_HOUR);
	assert_string_equal(config.state_directory.text, "dir/../state/testnet");
	assert_int_equal(config.lighter.taker_delay_ns, 300 * NS_PER_MS);
	assert_int_equal(config.hyperliquid.slow_book_interval_ns, 5 * NS_PER_SECOND);
	assert_int_equal(config.hyperliquid.spread_tenth_bp, 8);
	assert_int_equal(config.account_count, 1);
	assert_string_equal(config.accounts[0].name, "bot");
	assert_money(config.accounts[0].deposit, "100000");
	assert_int_equal(config.accounts[0].lighter_api_key_index, 4);
	assert_string_equal(config.accounts[0].hyperliquid_mode.text, "default");
}

static void every_kind_of_value_is_read(void **state)
{
	(void)state;
	load("; a comment\n"
	     "[testnet]\r\n"
	     "seed = 99 ; another\n"
	     "tls=no\n"
	     "funding_interval_seconds = 0.5e2\n"
	     "coins = BTC, ETH  PEPE\n"
	     "hyperliquid_source = b\n"
	     "fault = ws.dup,p=0.5\n"
	     "fault = ord.resp=drop,nth=2\n"
	     "recording = rec/a\n"
	     "recording = /abs/b\n"
	     "[market]\n"
	     "funding = flipping\n"
	     "[hyperliquid]\n"
	     "spread_bp = 2.5\n"
	     "port = 65535\n"
	     "[account a]\n"
	     "deposit_usd = 12.5\n"
	     "lighter_private_key = 0x00ff\n"
	     "[account b]\n"
	     "deposit_usd = 1\n");
	assert_int_equal(config.seed, 99);
	assert_false(config.tls);
	assert_int_equal(config.funding_interval_ns, 50 * NS_PER_SECOND);
	assert_int_equal(config.coins.count, 3);
	assert_string_equal(config.coins.entries[2].text, "PEPE");
	assert_int_equal(config.hyperliquid_source, 2);
	assert_int_equal(config.faults.count, 2);
	assert_string_equal(config.faults.entries[1].text, "ord.resp=drop,nth=2");
	assert_string_equal(config.recordings.entries[0].text, "dir/rec/a");
	assert_string_equal(config.recordings.entries[1].text, "/abs/b");
	assert_int_equal(config.regime, 2);
	assert_int_equal(config.hyperliquid.spread_tenth_bp, 25);
	assert_int_equal(config.hyperliquid.port, 65535);
	assert_money(config.accounts[0].deposit, "12.5");
	assert_string_equal(config.accounts[0].lighter_key.text, "0x00ff");
	assert_money(config.accounts[1].deposit, "1");
}

static void errors_say_file_line_and_what_is_allowed(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} CASES[] = {
		{"", "t.ini: no account"},
		{"seed = 1\n", "t.ini:1: seed stands before"},
		{"[tesnet]\n", "t.ini:1: [tesnet] is not a section"},
		{"[testnet]\nsede = 1\n", "t.ini:2: sede is not a key of [testnet]"},
		{"[testnet]\ndeposit_usd = 1\n", "it belongs to [account]"},
		{"[testnet]\nseed = 1\nseed = 2\n", "t.ini:3: seed is already at line 2"},
		{"[testnet]\nseed = x\n", "seed: 'x' is not possible; allowed: 0 to "},
		{"[testnet]\ntls = maybe\n", "allowed: yes | no"},
		{"[lighter]\nport = 65536\n", "allowed: 0 to 65535"},
		{"[lighter]\ntaker_delay_ms = -1\n", "allowed: 0 to 60000 ms"},
		{"[market]\nfunding = wild\n", "allowed: calm|one-sided|flipping|mixed"},
		{"[testnet]\nrecording =\n", "allowed: a path"},
		{"[testnet] x\n", "a section is [name] alone"},
		{"[testnet x]\n", "[testnet] takes no name"},
		{"[account]\n", "an account is [account NAME]"},
		{"[account a b]\n", "an account is [account NAME]"},
		{"[account a]\n[account a]\n", "t.ini:2: [account a] is already at line 1"},
		{"[testnet]\n seed = 1\n", "t.ini:2: the line begins with a blank"},
		{"[testnet]\nseed\n", "is not 'key = value'"},
		{"[testnet]\nse\x01"
		 "ed = 1\n",
		 "control character"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct error err = {0};
		assert_false(testnet_config_load_text("t.ini", CASES[i].text, strlen(CASES[i].text),
						      &config, &err));
		assert_int_equal(err.category, ERROR_CONFIGURATION);
		if (strstr(err.text, CASES[i].says) == NULL)
			fail_msg("%s", err.text);
	}
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct error err = {0};
	assert_false(testnet_config_load("no/such/file.ini", &config, &err));
	assert_non_null(strstr(err.text, "no/such/file.ini"));
}

static void the_file_that_comes_with_the_program_is_whole(void **state)
{
	(void)state;
	struct error err = {0};
	if (!testnet_config_load("config/testnet.ini", &config, &err))
		fail_msg("%s", err.text);
	assert_int_equal(config.funding_interval_ns, NS_PER_MINUTE);
	assert_int_equal(config.account_count, 2);
}

static void the_document_lists_the_keys_as_they_are(void **state)
{
	(void)state;
	static char page[64 * 1024], table[32 * 1024];
	FILE *file = fopen("docs/testnet.md", "rb");
	FILE *out = fmemopen(table, sizeof(table), "w");
	assert_non_null(file);
	assert_non_null(out);
	size_t length = fread(page, 1, sizeof(page) - 1, file);
	page[length] = '\0';
	fclose(file);
	testnet_config_document(out);
	fclose(out);
	if (strstr(page, table) == NULL)
		fail_msg("docs/testnet.md does not hold the list of keys as it is:\n%s", table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_come_from_the_table),
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(errors_say_file_line_and_what_is_allowed),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(the_file_that_comes_with_the_program_is_whole),
		cmocka_unit_test(the_document_lists_the_keys_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
