/* scan, record, history and check as a user runs them, against a local testnet over TLS. */
#include "tests/support/running_testnet.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MASTER_KEY "0x1111111111111111111111111111111111111111111111111111111111111111"
#define MAIN	   "[main]\nmode = testnet\nstate_directory = state\n[strategy]\nnotional_usd = 500\n"

static const char TESTNET[] = "[testnet]\nseed = 7\nstate_directory = .\n"
			      "funding_interval_seconds = 60\ncoins = BTC ETH PEPE LUNA\n"
			      "rate_limits = no\n"
			      "[market]\nfunding = one-sided\n"
			      "[account bot]\n[account other]\n"
			      "hyperliquid_private_key = " MASTER_KEY "\n"
			      "[account unified]\nhyperliquid_mode = unifiedAccount\n";

static struct workshop workshop;
static struct running_testnet testnet;
static bool ready;

static int set_up(void **state)
{
	(void)state;
	ready = workshop_open(&workshop);
	if (ready)
		running_testnet_start(&testnet, &workshop, TESTNET);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	running_testnet_stop(&testnet);
	if (ready)
		workshop_close(&workshop);
	return 0;
}

static int each(void **state)
{
	(void)state;
	if (!ready)
		return 0;
	running_testnet_tell(&testnet, "/faults/clear", "");
	running_testnet_write_bot(&testnet, &workshop, "bot.ini", MAIN, 0);
	return 0;
}

/* Runs and returns what it printed on both outputs; fails the test at another code. */
static char *run(const char *arguments, int expected)
{
	int code = workshop_run(&workshop, arguments);
	char *out = workshop_read(&workshop, "out"), *err = workshop_read(&workshop, "err");
	size_t size = strlen(out) + strlen(err) + 1;
	char *both = malloc(size);
	assert_non_null(both);
	snprintf(both, size, "%s%s", out, err);
	free(out);
	free(err);
	if (code != expected)
		fail_msg("%s: exit code %d instead of %d:\n%s", arguments, code, expected, both);
	return both;
}

static void expect(const char *printed, const char *wanted)
{
	if (!strstr(printed, wanted))
		fail_msg("not there: %s\n%s", wanted, printed);
}

static void says(const char *arguments, int code, const char *wanted)
{
	char *printed = run(arguments, code);
	expect(printed, wanted);
	free(printed);
}

static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- scan ------------------------------------------------------------------------------------ */

static void scan_has_its_rows_within_ten_seconds_at_half_a_second_an_answer(void **state)
{
	(void)state;
	if (!ready)
		return;
	running_testnet_tell(&testnet, "/fault", "rest.delay_ms=500");
	int64_t begun = monotonic_ms();
	char *printed = run("scan --config bot.ini", 0);
	int64_t took = monotonic_ms() - begun;
	expect(printed, "\nBTC ");
	expect(printed, "\nPEPE ");
	if (took > 10000)
		fail_msg("%lld ms", (long long)took);
	free(printed);
}

/* ---- record ---------------------------------------------------------------------------------- */

static void recorder_ends_cleanly_and_its_folder_is_its_own(void **state)
{
	(void)state;
	if (!ready)
		return;
	pid_t recorder = workshop_start(&workshop, "recorder",
					"record --config bot.ini --out rec/first --coins BTC,PEPE "
					"--trades");
	sleep(3);
	says("record --config bot.ini --out rec/first --coins BTC", 2,
	     "in use by another recorder");
	kill(recorder, SIGTERM);
	assert_int_equal(workshop_await(recorder, 10), 0);
	char *printed = workshop_read(&workshop, "recorder.out");
	expect(printed, "2 of 2 venues, 4 markets, ");
	expect(printed, "rec/first is closed.\n");
	free(printed);
	/* And anew, beside what is there. */
	says("record --config bot.ini --out rec/first --coins BTC,PEPE --for 3s", 0, "is closed");
	printed = run("rec check rec/first", 0);
	expect(printed, "segments                                2\n");
	expect(printed, "  without footer                        0\n");
	expect(printed, "sound\n");
	free(printed);
	printed = run("rec info rec/first", 0);
	expect(printed, "lighter:1000PEPE ");
	expect(printed, "hyperliquid:kPEPE ");
	expect(printed, "  trade ");
	expect(printed, "  clock ");
	free(printed);
}

static void recorder_takes_the_coins_that_two_venues_share(void **state)
{
	(void)state;
	if (!ready)
		return;
	/* LUNA is delisted at one of them. */
	says("record --config bot.ini --out rec/shared --for 4s", 0, "2 of 2 venues, 6 markets, ");
	says("record --config bot.ini --out rec/most --most 1 --for 4s", 0,
	     "2 of 2 venues, 2 markets, ");
	says("record --config bot.ini --out rec/one --venues lighter", 2, "name the coins");
	says("record --config bot.ini --out rec/one --venues lihgter", 2, "there is no venue");
}

static void recorder_notes_a_venue_that_is_not_there(void **state)
{
	(void)state;
	if (!ready)
		return;
	workshop_replace(&workshop, "bot.ini",
			 "rest_url = https://127.0.0.1:", "rest_url = https://127.0.0.1:1\n; ");
	says("record --config bot.ini --out rec/half --coins BTC --for 3s", 0,
	     "1 of 2 venues, 1 markets, ");
	char *printed = run("rec dump rec/half", 0);
	expect(printed, "lighter    0  connection");
	expect(printed, "hyperliquid  BTC");
	free(printed);
}

static void recorder_says_when_the_disk_is_full_and_keeps_what_is_there(void **state)
{
	(void)state;
	struct rlimit before, small;
	if (!ready)
		return;
	/* A bound on the size of files, which the program inherits, stands for the disk. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 8192;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	pid_t recorder = workshop_start(&workshop, "full",
					"record --config bot.ini --out rec/full --coins "
					"BTC,ETH,PEPE --for 60s");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	assert_int_equal(workshop_await(recorder, 90), 3);
	char *err = workshop_read(&workshop, "full.err");
	expect(err, "what is written is kept");
	free(err);
	says("rec info rec/full", 0, "lighter:BTC ");
}

/* ---- history --------------------------------------------------------------------------------- */

static size_t settlements(const char *printed, const char *venue)
{
	char key[64];
	snprintf(key, sizeof(key), "%s: ", venue);
	const char *at = strstr(printed, key);
	assert_non_null(at);
	return strtoul(at + strlen(key), NULL, 10);
}

static void history_is_continued_both_ways_and_stays_sound(void **state)
{
	(void)state;
	if (!ready)
		return;
	char *printed = run("history --config bot.ini --out hist --coins BTC,PEPE --from 20m", 0);
	size_t first = settlements(printed, "lighter");
	expect(printed, " settlements of 2 markets, ");
	assert_in_range(first, 38, 42);
	assert_in_range(settlements(printed, "hyperliquid"), 38, 42);
	free(printed);
	/* Earlier ones, and another coin, come in between. */
	printed = run("history --config bot.ini --out hist --coins BTC,PEPE,ETH --from 40m", 0);
	assert_in_range(settlements(printed, "lighter"), 3 * first - 4, 3 * first + 10);
	free(printed);
	printed = run("rec check hist", 0);
	expect(printed, "segments                                1\n");
	expect(printed, "sound\n");
	free(printed);
	says("rec dump hist --limit 1", 0, "venue_time");
	says("history --config bot.ini --out rec/first", 2, "a folder of its own");
}

static void history_survives_answers_that_fail(void **state)
{
	(void)state;
	if (!ready)
		return;
	running_testnet_tell(&testnet, "/fault", "rest.delay_ms=300,p=0.5");
	says("history --config bot.ini --out hist2 --from 2026-01-01T00:00:00Z --to "
	     "2025-01-01T00:00:00Z",
	     2, "--from must be before --to");
	says("history --config bot.ini --out hist2 --coins BTC --from 15m", 0,
	     " settlements of 1 markets, ");
}

/* ---- check ----------------------------------------------------------------------------------- */

static void check_of_a_sound_bot_has_only_ticks(void **state)
{
	(void)state;
	static const char *const LINES[] = {
		"✓ lighter: TLS, certificate signed by ",
		"✓ lighter: REST answers (",
		"✓ lighter: WebSocket opens (",
		"✓ lighter: the key may trade\n",
		"✓ lighter: request budget: ",
		"✓ lighter: 100000 USDC, 100000 of it free\n",
		"✓ lighter: its clock is ",
		"✓ hyperliquid: the key cannot withdraw\n",
		"✓ hyperliquid: the key expires at ",
		"✓ hyperliquid: the account's mode is default\n",
		"✓ hyperliquid: no position is open\n",
		"✓ hyperliquid: no order is open\n",
		"✓ lighter: BTC: leverage ",
		"✓ lighter: ETH: leverage ",
		"✓ hyperliquid: BTC: leverage ",
		"✓ hyperliquid: ETH: leverage ",
		" cross margin; leverage 3 is set before the first order\n",
		"✓ 3 of 3 pairs are the same coin by price",
		"✓ notional_usd and leverage fit every market of a pair\n",
		"minimum_net_edge_bp",
		"All is well.\n",
	};
	if (!ready)
		return;
	char *printed = run("check --config bot.ini", 0);
	assert_null(strstr(printed, "✗"));
	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++)
		expect(printed, LINES[i]);
	free(printed);
	free(run("check --config bot.ini --json", 0));
	cJSON *root = workshop_json(&workshop, "out");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "good")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "venues")), 1);
	cJSON_Delete(root);
}

static void check_crosses_what_is_wrong_in_the_file(void **state)
{
	(void)state;
	char path[256];
	if (!ready)
		return;
	chmod(workshop_path(&workshop, "lighter-0.key", path, sizeof(path)), 0644);
	says("check --config bot.ini --offline", 1, "can be read by others (mode 0644): chmod 600");
	chmod(path, 0600);
	workshop_replace(&workshop, "bot.ini", "ca_file = ", "; ");
	says("check --config bot.ini", 1, "✗ lighter: the certificate is not believed: ");
	each(NULL);
	workshop_replace(&workshop, "bot.ini", "notional_usd = 500\n",
			 "notional_usd = 500\npair = lighter:BTCC hyperliquid:BTC\n");
	says("check --config bot.ini", 1, "lighter has no market BTCC\n    nearest: BTC");
	each(NULL);
	workshop_replace(&workshop, "bot.ini", "notional_usd = 500\n",
			 "notional_usd = 500\npair = lighter:BTC hyperliquid:ETH\n");
	says("check --config bot.ini", 1, "their prices per token differ by ");
	each(NULL);
	workshop_replace(&workshop, "bot.ini", "notional_usd = 500\n", "notional_usd = 5\n");
	says("check --config bot.ini", 1, "notional_usd 5 is below the smallest order of ");
}

static void check_crosses_a_key_or_account_that_cannot_be_used(void **state)
{
	(void)state;
	if (!ready)
		return;
	/* The key of another account, of nobody, of the owner himself, and a mode not to trade in.
	 */
	workshop_replace(&workshop, "bot.ini", "lighter-0.key", "lighter-1.key");
	running_testnet_write_bot(&testnet, &workshop, "other.ini", MAIN, 1);
	says("check --config bot.ini", 1, "is not the one registered at this key index");
	each(NULL);
	workshop_replace(&workshop, "bot.ini", "account = 5501", "account = 777");
	says("check --config bot.ini", 1, "✗ lighter: the account cannot be used: ");
	each(NULL);
	workshop_write(&workshop, "hyperliquid-0.key", MASTER_KEY);
	char *printed = run("check --config bot.ini", 1);
	expect(printed,
	       "the key is that of an account, which could withdraw: approve an API wallet");
	expect(printed, "✓ lighter: the key may trade\n");
	free(printed);
	running_testnet_write_bot(&testnet, &workshop, "bot.ini", MAIN, 2);
	says("check --config bot.ini", 1, "set it to the standard (default) mode");
}

static void check_crosses_what_the_venues_say(void **state)
{
	(void)state;
	if (!ready)
		return;
	running_testnet_tell(&testnet, "/fault", "clock.skew_ms=5000,venue=hyperliquid");
	says("check --config bot.ini", 1, "ahead of ours, ");
	running_testnet_tell(&testnet, "/faults/clear", "");
	running_testnet_tell(&testnet, "/fault", "venue.down_ms=60000,venue=lighter");
	char *printed = run("check --config bot.ini", 1);
	expect(printed, "✗ lighter: REST answers HTTP 503 ");
	expect(printed, "✓ hyperliquid: no position is open\n");
	free(printed);
}

static void check_on_paper_asks_for_deposits_and_no_key(void **state)
{
	(void)state;
	if (!ready)
		return;
	workshop_replace(&workshop, "bot.ini", "mode = testnet", "mode = paper");
	workshop_replace(&workshop, "bot.ini", "key = file:lighter-0.key", "deposit = 900 USDC");
	char *printed = run("check --config bot.ini", 1);
	expect(printed, "✗ hyperliquid has no deposit of USDC, which ");
	assert_null(strstr(printed, "✗ lighter"));
	assert_null(strstr(printed, "the key"));
	free(printed);
}

/* ---- the start ------------------------------------------------------------------------------- */

static void the_bot_does_not_trade_with_a_key_that_can_withdraw(void **state)
{
	(void)state;
	if (!ready)
		return;
	workshop_write(&workshop, "hyperliquid-0.key", MASTER_KEY);
	char *printed = run("--config bot.ini --for 5s", 0);
	expect(printed, "the key is that of an account, which could withdraw");
	expect(printed, "lighter is up");
	assert_null(strstr(printed, "hyperliquid is up"));
	free(printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			scan_has_its_rows_within_ten_seconds_at_half_a_second_an_answer, each),
		cmocka_unit_test_setup(recorder_ends_cleanly_and_its_folder_is_its_own, each),
		cmocka_unit_test_setup(recorder_takes_the_coins_that_two_venues_share, each),
		cmocka_unit_test_setup(recorder_notes_a_venue_that_is_not_there, each),
		cmocka_unit_test_setup(recorder_says_when_the_disk_is_full_and_keeps_what_is_there,
				       each),
		cmocka_unit_test_setup(history_is_continued_both_ways_and_stays_sound, each),
		cmocka_unit_test_setup(history_survives_answers_that_fail, each),
		cmocka_unit_test_setup(check_of_a_sound_bot_has_only_ticks, each),
		cmocka_unit_test_setup(check_crosses_what_is_wrong_in_the_file, each),
		cmocka_unit_test_setup(check_crosses_a_key_or_account_that_cannot_be_used, each),
		cmocka_unit_test_setup(check_crosses_what_the_venues_say, each),
		cmocka_unit_test_setup(check_on_paper_asks_for_deposits_and_no_key, each),
		cmocka_unit_test_setup(the_bot_does_not_trade_with_a_key_that_can_withdraw, each),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
