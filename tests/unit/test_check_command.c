/* `fundarb check` as a user runs it: verdicts, what to do, exit codes. */
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HEAD "[main]\nmode = backtest\n[backtest]\nrecording = rec\n"
#define DEPOSIT                                                                                    \
	"[venue demo-alpha]\ndeposit = 50000 USDC\n[venue demo-beta]\ndeposit = 50000 USDT\n"

static struct workshop workshop;
static bool ready;

static int set_up(void **state)
{
	(void)state;
	ready = workshop_open(&workshop);
	if (ready && workshop_run(&workshop, "generate --out rec --seed 7 --hours 2") != 0)
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (ready)
		workshop_close(&workshop);
	return 0;
}

/* Runs check on a file with this text; the caller frees what it printed. */
static char *check(const char *text, const char *options, int expected_code)
{
	char arguments[64];
	workshop_write(&workshop, "bot.ini", text);
	snprintf(arguments, sizeof(arguments), "check --config bot.ini%s", options);
	int code = workshop_run(&workshop, arguments);
	char *printed = workshop_read(&workshop, code == 2 ? "err" : "out");
	assert_non_null(printed);
	if (code != expected_code)
		fail_msg("exit code %d instead of %d:\n%s", code, expected_code, printed);
	return printed;
}

static void expect(const char *printed, const char *wanted)
{
	if (!strstr(printed, wanted))
		fail_msg("not there: %s\n%s", wanted, printed);
}

static void check_says(const char *text, int code, const char *wanted)
{
	char *printed = check(text, "", code);
	expect(printed, wanted);
	free(printed);
}

static void sound_configuration_gets_only_ticks_and_its_figures(void **state)
{
	(void)state;
	if (!ready)
		return;
	char *printed = check(HEAD DEPOSIT, "", 0);
	assert_null(strstr(printed, "✗"));
	expect(printed, "✓ bot.ini is understood\n✓ recording rec: ");
	expect(printed, "✓ demo-alpha and demo-beta (5 pairs, first BTC-PERP with BTCUSDT) need a "
			"spread of 2.13 bp per 8 h (0.002662 %/hour, 23.32 %/year) for 11 bp of "
			"fees and 2 bp of edge; the fees are paid after 117 h\n");
	expect(printed, "minimum_net_edge_bp");
	expect(printed, "All is well.\n");
	free(printed);
}

static void json_says_the_same_in_decimal_strings(void **state)
{
	(void)state;
	if (!ready)
		return;
	free(check(HEAD DEPOSIT, " --json", 0));
	cJSON *root = workshop_json(&workshop, "out");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "good")));
	cJSON *venues = cJSON_GetObjectItemCaseSensitive(root, "venues");
	assert_int_equal(cJSON_GetArraySize(venues), 1);
	cJSON *first = cJSON_GetArrayItem(venues, 0);
	assert_string_equal(json_text(first, "fees_bp"), "11");
	cJSON *spread = cJSON_GetObjectItemCaseSensitive(first, "smallest_spread");
	assert_true(rounds_to(json_text(spread, "bp_per_8h"), "2.13"));
	assert_true(rounds_to(json_text(spread, "percent_per_year"), "23.32"));
	cJSON *thresholds = cJSON_GetObjectItemCaseSensitive(root, "thresholds");
	cJSON *flip = cJSON_GetArrayItem(thresholds, cJSON_GetArraySize(thresholds) - 1);
	assert_string_equal(json_text(flip, "key"), "flip_margin_bp");
	assert_string_equal(json_text(flip, "percent_per_hour"), "0.00125");
	assert_string_equal(json_text(flip, "percent_per_year"), "10.95");
	assert_string_equal(json_text(flip, "hours_to_break_even"), "88");
	cJSON_Delete(root);
}

static void configured_fees_move_the_threshold(void **state)
{
	(void)state;
	if (!ready)
		return;
	check_says(HEAD "[venue demo-alpha]\ndeposit = 50000 USDC\ntaker_fee_bp = 0\n"
			"[venue demo-beta]\ndeposit = 50000 USDT\ntaker_fee_bp = 0\n"
			"[instrument demo-beta:ETHUSDT]\ntaker_fee_bp = 5\n",
		   0, "(0.00041 %/hour, 3.59 %/year) for 0 bp of fees and 2 bp of edge");
}

static void bad_configuration_is_exit_code_2_and_nothing_else(void **state)
{
	(void)state;
	if (!ready)
		return;
	char *printed = check(HEAD "[prices]\ncache_ttl_second = 5\n", "", 2);
	assert_string_equal(printed, "fundarb: bot.ini:6: cache_ttl_second is not a key of "
				     "[prices]; nearest: cache_ttl_seconds\n");
	free(printed);
	assert_int_equal(workshop_run(&workshop, "check"), 2);
	assert_int_equal(workshop_run(&workshop, "check --config"), 2);
	assert_int_equal(workshop_run(&workshop, "check --config none.ini"), 2);
	assert_int_equal(workshop_run(&workshop, "check --config bot.ini more"), 2);
}

static void recording_that_is_not_there_or_empty_is_one_cross(void **state)
{
	(void)state;
	char path[512];
	if (!ready)
		return;
	check_says("[main]\nmode = backtest\n[backtest]\nrecording = nowhere\n" DEPOSIT, 1,
		   "✗ recording nowhere is not there\n    `fundarb import` or `fundarb generate` "
		   "writes one; correct `recording` in [backtest]\n\n1 finding to look after.\n");
	assert_int_equal(mkdir(workshop_path(&workshop, "void", path, sizeof(path)), 0777), 0);
	check_says("[main]\nmode = backtest\n[backtest]\nrecording = void\n", 1,
		   "✗ recording void");
}

static void unknown_names_are_told_with_the_nearest(void **state)
{
	(void)state;
	if (!ready)
		return;
	check_says(HEAD DEPOSIT "[venue demo-alfa]\n", 1,
		   "✗ line 9: venue demo-alfa is not in the recordings\n    nearest: demo-alpha\n");
	check_says(HEAD DEPOSIT "[instrument demo-beta:BTCUSDC]\n", 1,
		   "✗ line 9: instrument demo-beta:BTCUSDC is not in the recordings\n    nearest: "
		   "demo-beta:BTCUSDT\n");
	check_says(
		HEAD DEPOSIT "[strategy]\npair = demo-alpha:BTC-PERP demo-gamma:BTCUSDT\n", 1,
		"✗ line 10: venue demo-gamma is not in the recordings\n    nearest: demo-alpha\n");
}

static void what_could_never_trade_is_told(void **state)
{
	(void)state;
	if (!ready)
		return;
	check_says(HEAD DEPOSIT "[strategy]\nmaximum_round_trip_bp = 10\n", 1,
		   "can never be opened: fees alone are 11 bp, maximum_round_trip_bp is 10\n");
	check_says(HEAD DEPOSIT "[strategy]\nminimum_net_edge_bp = 10000\n", 1,
		   "beyond the caps of their rates\n");
	check_says(HEAD DEPOSIT "[risk]\nleverage = 125\n", 1,
		   "is more than demo-alpha:BTC-PERP "
		   "allows, ");
	check_says(HEAD, 1,
		   "✗ demo-alpha has no deposit of USDC, which demo-alpha:BTC-PERP "
		   "needs\n    deposit = AMOUNT USDC in [venue demo-alpha]\n");
	check_says(HEAD "[venue demo-alpha]\ndeposit = 333 USDC\n[venue demo-beta]\ndeposit = 334 "
			"USDT\n",
		   1,
		   "✗ demo-alpha has 333 USDC; one leg in demo-alpha:BTC-PERP needs more than "
		   "333.33\n");
	check_says(HEAD DEPOSIT "[strategy]\nnotional_usd = 1\n", 1,
		   "✗ notional_usd 1 is below the smallest order of ");
	check_says("[main]\nmode = backtest\n[backtest]\nrecording = rec\nfrom = "
		   "2030-01-01T00:00:00Z\n" DEPOSIT,
		   1, "✗ from is after the end of the recordings, ");
}

static void listed_pairs_are_the_only_ones(void **state)
{
	(void)state;
	if (!ready)
		return;
	check_says(HEAD DEPOSIT "[strategy]\npair = demo-beta:ETHUSDT demo-alpha:ETH-PERP\n", 0,
		   "(1 pair, ETH-PERP with ETHUSDT)");
}

static void strategy_that_is_off_asks_for_nothing(void **state)
{
	(void)state;
	if (!ready)
		return;
	char *printed = check(HEAD "[strategy]\nenabled = no\n", "", 0);
	expect(printed, "only a script trades");
	assert_null(strstr(printed, "Thresholds"));
	free(printed);
}

static void help_config_prints_the_committed_page(void **state)
{
	(void)state;
	if (!ready)
		return;
	assert_int_equal(workshop_run(&workshop, "help config --markdown"), 0);
	char *printed = workshop_read(&workshop, "out");
	FILE *page = fopen("docs/configuration.md", "rb");
	assert_non_null(page);
	char *committed = calloc(1, strlen(printed) + 2);
	assert_non_null(committed);
	(void)!fread(committed, 1, strlen(printed) + 1, page);
	fclose(page);
	assert_string_equal(printed, committed);
	free(committed);
	free(printed);
}

static void help_knows_every_command_and_says_so_otherwise(void **state)
{
	(void)state;
	static const char *const commands[] = {"backtest", "check", "generate", "help",
					       "import",   "rec",   "version",	"config"};
	if (!ready)
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char arguments[64];
		snprintf(arguments, sizeof(arguments), "help %s", commands[i]);
		assert_int_equal(workshop_run(&workshop, arguments), 0);
	}
	assert_int_equal(workshop_run(&workshop, "help imports"), 2);
	char *printed = workshop_read(&workshop, "err");
	expect(printed, "there is no command 'imports'; nearest: import");
	free(printed);
	assert_int_equal(workshop_run(&workshop, "version"), 0);
	printed = workshop_read(&workshop, "out");
	assert_int_equal(strncmp(printed, "fundarb 0.1.0", 13), 0);
	free(printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_configuration_gets_only_ticks_and_its_figures),
		cmocka_unit_test(json_says_the_same_in_decimal_strings),
		cmocka_unit_test(configured_fees_move_the_threshold),
		cmocka_unit_test(bad_configuration_is_exit_code_2_and_nothing_else),
		cmocka_unit_test(recording_that_is_not_there_or_empty_is_one_cross),
		cmocka_unit_test(unknown_names_are_told_with_the_nearest),
		cmocka_unit_test(what_could_never_trade_is_told),
		cmocka_unit_test(listed_pairs_are_the_only_ones),
		cmocka_unit_test(strategy_that_is_off_asks_for_nothing),
		cmocka_unit_test(help_config_prints_the_committed_page),
		cmocka_unit_test(help_knows_every_command_and_says_so_otherwise),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
