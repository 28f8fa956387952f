/* `fundarb testnet` as a user runs it: its line, its keys, its end. */
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct workshop workshop;

static int open_workshop(void **state)
{
	(void)state;
	return workshop_open(&workshop) ? 0 : -1;
}

static int close_workshop(void **state)
{
	(void)state;
	workshop_close(&workshop);
	return 0;
}

static const char FILE_TEXT[] = "[testnet]\n"
				"seed = 7\n"
				"state_directory = .\n"
				"coins = BTC PEPE\n"
				"fault = ws.dup,p=0.5\n"
				"[account bot]\n"
				"[account other]\n"
				"deposit_usd = 5\n"
				"lighter_account_index = 281474976710000\n";

static cJSON *line_of(const char *arguments)
{
	workshop_write(&workshop, "t.ini", FILE_TEXT);
	assert_int_equal(workshop_run(&workshop, arguments), 0);
	char *out = workshop_read(&workshop, "out");
	assert_non_null(out);
	/* Exactly one line. */
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	cJSON *line = cJSON_Parse(out);
	assert_non_null(line);
	free(out);
	return line;
}

static const cJSON *of_venue(const cJSON *line, const char *venue, const char *key)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(line, venue);
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	assert_non_null(item);
	return item;
}

static void one_line_says_where_and_who(void **state)
{
	(void)state;
	cJSON *line = line_of("testnet --config t.ini --for 1s");
	const char *rest = of_venue(line, "lighter", "rest_url")->valuestring;
	assert_int_equal(strncmp(rest, "https://127.0.0.1:", 18), 0);
	assert_non_null(strstr(of_venue(line, "lighter", "socket_url")->valuestring, "/stream"));
	assert_non_null(strstr(of_venue(line, "hyperliquid", "socket_url")->valuestring, "/ws"));
	assert_int_equal(
		strncmp(of_venue(line, "admin", "rest_url")->valuestring, "http://127.", 11), 0);
	const char *ca_file = json_text(line, "ca_file");
	assert_int_equal(ca_file[0], '/');
	assert_string_equal(ca_file + strlen(ca_file) - 7, "/ca.pem");
	char *certificate = workshop_read(&workshop, "ca.pem");
	assert_non_null(certificate);
	free(certificate);
	const cJSON *accounts = of_venue(line, "lighter", "accounts");
	assert_int_equal(cJSON_GetArraySize(accounts), 2);
	const cJSON *bot = cJSON_GetArrayItem(accounts, 0);
	assert_string_equal(json_text(bot, "name"), "bot");
	assert_int_equal(strlen(json_text(bot, "private_key")), 82);
	char *other = cJSON_PrintUnformatted(cJSON_GetArrayItem(accounts, 1));
	assert_non_null(strstr(other, "\"account_index\":281474976710000,"));
	cJSON_free(other);
	const cJSON *wallet = cJSON_GetArrayItem(of_venue(line, "hyperliquid", "accounts"), 0);
	assert_int_equal(strlen(json_text(wallet, "address")), 42);
	assert_int_equal(strlen(json_text(wallet, "private_key")), 66);
	assert_string_equal(json_text(wallet, "address"), json_text(bot, "l1_address"));
	assert_string_not_equal(json_text(wallet, "address"), json_text(wallet, "agent_address"));
	cJSON_Delete(line);
}

static void keys_follow_from_the_file_and_plain_needs_no_certificate(void **state)
{
	(void)state;
	cJSON *first = line_of("testnet --config t.ini --for 1s --plain");
	cJSON *again = line_of("testnet --config t.ini --for 1s --plain");
	char *accounts = cJSON_PrintUnformatted(of_venue(first, "lighter", "accounts"));
	char *same = cJSON_PrintUnformatted(of_venue(again, "lighter", "accounts"));
	assert_string_equal(accounts, same);
	assert_string_equal(json_text(first, "ca_file"), "");
	assert_int_equal(strncmp(of_venue(first, "lighter", "socket_url")->valuestring, "ws://", 5),
			 0);
	cJSON_free(accounts);
	cJSON_free(same);
	cJSON_Delete(first);
	cJSON_Delete(again);
}

static void what_cannot_be_started_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *text, *arguments, *says;
	} CASES[] = {
		{"[account a]\n", "testnet", "--config FILE is needed"},
		{"[account a]\n", "testnet --config t.ini --for 5",
		 "--for 5: expected a duration like 90s"},
		{"[account a]\n", "testnet --config none.ini", "none.ini: cannot open"},
		{"[testnet]\nsed = 1\n", "testnet --config t.ini", "t.ini:2: sed is not a key"},
		{"[testnet]\nstate_directory = .\ncoins = NOCOIN\n[account a]\n",
		 "testnet --config t.ini --plain", "no coin 'NOCOIN'"},
		{"[testnet]\nstate_directory = .\nfault = ws.dupp\n[account a]\n",
		 "testnet --config t.ini --plain", "nearest: ws.dup"},
		{"[testnet]\nstate_directory = .\n[account a]\nlighter_private_key = 12\n",
		 "testnet --config t.ini --plain", "[account a]"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		workshop_write(&workshop, "t.ini", CASES[i].text);
		assert_int_equal(workshop_run(&workshop, CASES[i].arguments), 2);
		char *err = workshop_read(&workshop, "err");
		assert_non_null(err);
		if (strstr(err, CASES[i].says) == NULL)
			fail_msg("%s", err);
		free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_says_where_and_who),
		cmocka_unit_test(keys_follow_from_the_file_and_plain_needs_no_certificate),
		cmocka_unit_test(what_cannot_be_started_is_said),
	};
	return cmocka_run_group_tests(tests, open_workshop, close_workshop);
}
