/*
 * The whole program on real recordings: forced trades whose figures were worked out independently
 * (BBO at local stamps, no latency, 5 bp taker), and the strategy's refusal of the same trade.
 */
#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct workshop workshop;
static bool ready_2024, ready_2023;

static const char *const FEES =
	"[venue binance-usdm]\ntaker_fee_bp = 5\ndeposit = 100000 USDT\n"
	"[venue binance-coinm]\ntaker_fee_bp = 5\ndeposit = 2 BTC, 40 ETH\n";
static const char *const SPOT = "[venue binance-spot]\ntaker_fee_bp = 5\ndeposit = 100000 USDT\n";
static const char *const BOOKS_AND_RATES = "recording = books\nrecording = rates\n";

static void import_or_fail(const char *arguments)
{
	int code = workshop_run(&workshop, arguments);
	if (code != 0) {
		char *err = workshop_read(&workshop, "err");
		fail_msg("import failed with %d: %s", code, err ? err : "");
	}
}

static int set_up(void **state)
{
	char data[400], arguments[4096];
	(void)state;
	if (!workshop_open(&workshop))
		return 0;
	if (recorded_data("binance-books-20240808", data, sizeof(data))) {
		snprintf(arguments, sizeof(arguments),
			 "import --from binance-raw --out books %s/usdm_btcusdt_20240808.gz "
			 "%s/coinm_btcusd_perp_20240808.gz %s/coinm_btcusd_perp_20240809.gz "
			 "%s/spot_btcusdt_20240808.gz %s/spot_btcusdt_20240809.gz "
			 "%s/usdm_ethusdt_20240808.gz %s/coinm_ethusd_perp_20240808.gz "
			 "%s/coinm_ethusd_perp_20240809.gz",
			 data, data, data, data, data, data, data, data);
		import_or_fail(arguments);
		snprintf(arguments, sizeof(arguments),
			 "import --from funding-csv --out rates %s/funding.csv", data);
		import_or_fail(arguments);
		ready_2024 = true;
	}
	if (recorded_data("binance-books-mark-20230405", data, sizeof(data))) {
		snprintf(arguments, sizeof(arguments),
			 "import --from binance-raw --out marks %s/usdm_btcusdt_20230404.gz "
			 "%s/usdm_btcusdt_20230405.gz",
			 data, data);
		import_or_fail(arguments);
		ready_2023 = true;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (workshop.folder[0] != '\0')
		workshop_close(&workshop);
	return 0;
}

static void write_config(const char *recordings, const char *venues)
{
	char text[4096];
	snprintf(text, sizeof(text),
		 "[main]\nmode = backtest\nstate_directory = state\n"
		 "[backtest]\n%sdecision_log = decisions\n%s",
		 recordings, venues);
	workshop_write(&workshop, "bot.ini", text);
}

/* Runs a script and returns the report, or fails with what the program said. */
static cJSON *run_script(const char *recordings, const char *venues, const char *script)
{
	write_config(recordings, venues);
	workshop_write(&workshop, "script", script);
	int code = workshop_run(&workshop,
				"backtest --config bot.ini --script script --json report.json");
	if (code != 0) {
		char *err = workshop_read(&workshop, "err");
		fail_msg("backtest failed with %d: %s", code, err ? err : "");
	}
	return workshop_json(&workshop, "report.json");
}

static const cJSON *part(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	assert_non_null(item);
	return item;
}

static const cJSON *leg_of(const cJSON *report, int trade, int leg)
{
	const cJSON *item = cJSON_GetArrayItem(part(report, "trades"), trade);
	assert_non_null(item);
	const cJSON *found = cJSON_GetArrayItem(part(item, "legs"), leg);
	assert_non_null(found);
	return found;
}

static void assert_identity(const cJSON *report)
{
	assert_true(cJSON_IsTrue(part(part(report, "identity"), "exact")));
}

static void forced_btc_trade_earns_the_figures_worked_out_by_hand(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	cJSON *report =
		run_script(BOOKS_AND_RATES, FEES,
			   "2024-08-08T23:56:00Z open btc long=binance-coinm:BTCUSD_PERP:100 "
			   "short=binance-usdm:BTCUSDT:0.162\n2024-08-08T23:59:59Z close btc\n");
	const cJSON *coin = leg_of(report, 0, 0), *usd = leg_of(report, 0, 1);
	assert_string_equal(json_text(usd, "entry_price"), "61751.4");
	assert_string_equal(json_text(usd, "exit_price"), "61659.8");
	assert_string_equal(json_text(coin, "entry_price"), "61753.9");
	assert_string_equal(json_text(coin, "exit_price"), "61668.6");
	assert_true(rounds_to(json_text(usd, "price_pnl"), "14.8392"));
	assert_true(rounds_to(json_text(usd, "fees"), "-9.9963"));
	assert_true(rounds_to(json_text(usd, "funding"), "0.4988"));
	assert_true(rounds_to(json_text(coin, "price_pnl"), "-0.0002239858"));
	assert_true(rounds_to(json_text(coin, "fees"), "-0.0001620451"));
	assert_true(rounds_to(json_text(coin, "funding"), "0.0000006713"));
	const cJSON *trade = cJSON_GetArrayItem(part(report, "trades"), 0);
	const cJSON *bp = part(trade, "bp");
	assert_true(rounds_to(json_text(part(trade, "usd"), "reference_notional"), "10003.7268"));
	assert_true(rounds_to(json_text(bp, "price"), "1.03"));
	assert_true(rounds_to(json_text(bp, "fees"), "-19.98"));
	assert_true(rounds_to(json_text(bp, "funding"), "0.54"));
	assert_true(rounds_to(json_text(bp, "net"), "-18.42"));
	assert_true(rounds_to(json_text(bp, "collateral_revaluation"), "-4.6"));
	const cJSON *paid = cJSON_GetArrayItem(part(usd, "funding_payments"), 0);
	assert_string_equal(json_text(paid, "price_source"), "mark=mid");
	assert_identity(report);
	cJSON_Delete(report);
}

/* The first line that holds both texts, NULL if none; cuts the log into lines. */
static char *line_with(char *log, const char *first, const char *second)
{
	char *rest = NULL;
	for (char *line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, first) && strstr(line, second))
			return line;
	return NULL;
}

static void default_strategy_refuses_the_same_trade_and_says_why(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	write_config(BOOKS_AND_RATES, FEES);
	assert_int_equal(workshop_run(&workshop, "backtest --config bot.ini --json report.json"),
			 0);
	cJSON *report = workshop_json(&workshop, "report.json");
	assert_int_equal(cJSON_GetArraySize(part(report, "trades")), 0);
	const char *pair = "long binance-coinm:BTCUSD_PERP short binance-usdm:BTCUSDT";
	char *log = workshop_read(&workshop, "decisions");
	assert_non_null(log);
	const char *unknown = line_with(log, "BTCUSD_PERP", "gate funding_known");
	assert_non_null(unknown);
	assert_true(strncmp(unknown, "2024-08-08T23:5", 15) == 0);
	free(log);
	log = workshop_read(&workshop, "decisions");
	const char *edge = line_with(log, pair, "gate net_edge");
	assert_non_null(edge);
	/* Known from the boundary on the recorder's clock (23:59:58.73), so in the next scan. */
	assert_true(strncmp(edge, "2024-08-08T23:59:58.7", 21) >= 0);
	assert_true(strncmp(edge, "2024-08-09T00:00:00", 19) < 0);
	assert_non_null(strstr(edge, "0.54 bp a settlement"));
	assert_non_null(strstr(edge, "20"));
	free(log);
	assert_identity(report);
	cJSON_Delete(report);
}

static void spot_against_inverse_keeps_its_fee_in_base_and_its_dust(void **state)
{
	char venues[512];
	(void)state;
	if (!ready_2024)
		return;
	snprintf(venues, sizeof(venues), "%s%s", FEES, SPOT);
	cJSON *report = run_script(
		BOOKS_AND_RATES, venues,
		"2024-08-08T23:55:00Z open carry long=binance-spot:BTCUSDT:0.162 "
		"short=binance-coinm:BTCUSD_PERP:100\n2024-08-09T00:04:00Z close carry\n");
	const cJSON *spot = leg_of(report, 0, 0), *coin = leg_of(report, 0, 1);
	assert_true(cJSON_GetArraySize(part(spot, "fills")) >= 2);
	assert_true(rounds_to(json_text(spot, "entry_notional"), "10016.8437036"));
	assert_string_equal(json_text(spot, "fees_in_base"), "-0.000081");
	assert_string_equal(json_text(spot, "exited"), "0.16191");
	assert_true(rounds_to(json_text(spot, "fees"), "-4.9904297"));
	assert_string_equal(json_text(spot, "dust"), "0.000009");
	assert_true(rounds_to(json_text(coin, "price_pnl"), "0.0004445183"));
	assert_true(rounds_to(json_text(coin, "fees"), "-0.0001619958"));
	assert_true(rounds_to(json_text(coin, "funding"), "-0.0000006713"));
	/* Quote out and in: 9980.8593759 - 10016.8437036. */
	const cJSON *line;
	bool found = false;
	cJSON_ArrayForEach(line, part(spot, "lines"))
	{
		if (strcmp(json_text(line, "asset"), "USDT") == 0 &&
		    strcmp(json_text(line, "kind"), "exchange") == 0) {
			assert_true(rounds_to(json_text(line, "unrounded"), "-35.9843277"));
			found = true;
		}
	}
	assert_true(found);
	assert_identity(report);
	cJSON_Delete(report);
}

static void unknown_settlement_stops_the_run_with_venue_symbol_and_time(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	write_config(BOOKS_AND_RATES, FEES);
	workshop_write(&workshop, "script",
		       "2024-08-08T23:56:00Z open eth long=binance-coinm:ETHUSD_PERP:1000 "
		       "short=binance-usdm:ETHUSDT:3.73\n");
	assert_int_equal(workshop_run(&workshop, "backtest --config bot.ini --script script"), 3);
	char *err = workshop_read(&workshop, "err");
	assert_non_null(strstr(err, "binance-"));
	assert_non_null(strstr(err, "ETHUSD"));
	assert_non_null(strstr(err, "2024-08-09T00:00:00"));
	free(err);
}

static void position_closed_before_the_settlement_needs_no_rate(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	cJSON *report = run_script(BOOKS_AND_RATES, FEES,
				   "2024-08-08T23:56:00Z open eth "
				   "long=binance-coinm:ETHUSD_PERP:1000 "
				   "short=binance-usdm:ETHUSDT:3.73\n"
				   "2024-08-08T23:59:30Z close eth\n");
	assert_int_equal(cJSON_GetArraySize(part(leg_of(report, 0, 0), "funding_payments")), 0);
	assert_identity(report);
	cJSON_Delete(report);
}

/* Bought 0.162 at the ask and held: what the coins gained or lost since is nobody's profit yet. */
static void coins_still_held_at_the_end_are_unrealised(void **state)
{
	char venues[512];
	(void)state;
	if (!ready_2024)
		return;
	snprintf(venues, sizeof(venues), "%s%s", FEES, SPOT);
	cJSON *report =
		run_script(BOOKS_AND_RATES, venues,
			   "2024-08-09T00:00:30Z open carry long=binance-spot:BTCUSDT:0.162 "
			   "short=binance-coinm:BTCUSD_PERP:100\n");
	const cJSON *trade = cJSON_GetArrayItem(part(report, "trades"), 0);
	const cJSON *usd = part(trade, "usd"), *spot = leg_of(report, 0, 0);
	assert_string_equal(json_text(trade, "status"), "open");
	assert_string_equal(json_text(usd, "price"), "0");
	assert_string_equal(json_text(usd, "net"), json_text(usd, "fees"));
	/* 0.162 x (last mid 61602.015 - bought at 61694.34). */
	assert_string_equal(json_text(part(spot, "usd"), "valuation_price"), "61602.015");
	assert_true(rounds_to(json_text(spot, "unrealised"), "-14.95665"));
	assert_identity(report);
	cJSON_Delete(report);
}

static void a_span_outside_the_recordings_is_refused(void **state)
{
	static const char *const SPANS[] = {"from = 2025-01-01T00:00:00Z\n",
					    "to = 2023-01-01T00:00:00Z\n"};
	(void)state;
	for (size_t i = 0; ready_2024 && i < 2; i++) {
		char recordings[128];
		snprintf(recordings, sizeof(recordings), "recording = books\n%s", SPANS[i]);
		write_config(recordings, FEES);
		assert_int_equal(workshop_run(&workshop, "--config bot.ini"), 2);
		char *err = workshop_read(&workshop, "err");
		assert_non_null(strstr(err, "2024-08-08T23:54:13.937Z"));
		free(err);
	}
}

static void a_liquidated_leg_is_told_as_such(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	cJSON *report = run_script(BOOKS_AND_RATES,
				   "[risk]\nleverage = 20\nmargin_buffer_percent = 0\n"
				   "[venue binance-usdm]\ndeposit = 3150 USDT\n"
				   "[instrument binance-usdm:BTCUSDT]\n"
				   "maintenance_margin_percent = 4.99\n",
				   "2024-08-08T23:55:00Z open one long=binance-usdm:BTCUSDT:1\n"
				   "2024-08-08T23:59:00Z close one\n");
	const cJSON *fills = part(leg_of(report, 0, 0), "fills");
	assert_int_equal(cJSON_GetArraySize(fills), 2);
	assert_true(cJSON_IsFalse(part(cJSON_GetArrayItem(fills, 0), "liquidation")));
	assert_true(cJSON_IsTrue(part(cJSON_GetArrayItem(fills, 1), "liquidation")));
	assert_string_equal(json_text(part(report, "totals_usd"), "lines_of_no_trade"), "0");
	char *text = workshop_read(&workshop, "out");
	assert_non_null(strstr(text, "out 1 at 61775.1 (1 fill, LIQUIDATED by the venue)"));
	free(text);
	assert_identity(report);
	cJSON_Delete(report);
}

/* Matched 50 ms before the boundary, known here 450 ms after it. */
static void funding_of_a_fill_not_yet_heard_of_belongs_to_its_trade(void **state)
{
	(void)state;
	if (!ready_2024)
		return;
	cJSON *report =
		run_script(BOOKS_AND_RATES,
			   "[venue binance-usdm]\norder_entry_ms = 50\norder_response_ms = 500\n"
			   "deposit = 100000 USDT\n"
			   "[venue binance-coinm]\norder_entry_ms = 50\norder_response_ms = 500\n"
			   "deposit = 2 BTC\n",
			   "2024-08-08T23:59:58.077Z open late long=binance-coinm:BTCUSD_PERP:100 "
			   "short=binance-usdm:BTCUSDT:0.162\n2024-08-09T00:00:02Z close late\n");
	for (int i = 0; i < 2; i++) {
		const cJSON *leg = leg_of(report, 0, i);
		const cJSON *fill = cJSON_GetArrayItem(part(leg, "fills"), 0);
		assert_true(strncmp(json_text(fill, "venue_time"), "2024-08-08T23:59:59.9", 21) ==
			    0);
		const cJSON *paid = cJSON_GetArrayItem(part(leg, "funding_payments"), 0);
		assert_non_null(paid);
		assert_true(rounds_to(json_text(leg, "funding"), json_text(paid, "amount")));
	}
	assert_identity(report);
	cJSON_Delete(report);
}

static void settled_rate_is_the_one_published_after_the_boundary(void **state)
{
	(void)state;
	if (!ready_2023)
		return;
	cJSON *report =
		run_script("recording = marks\n",
			   "[venue binance-usdm]\ntaker_fee_bp = 5\ndeposit = 100000 USDT\n",
			   "2023-04-04T23:59:00Z open long long=binance-usdm:BTCUSDT:0.1\n"
			   "2023-04-05T00:01:00Z close long\n");
	const cJSON *leg = leg_of(report, 0, 0);
	assert_string_equal(json_text(leg, "funding"), "-0.077713596");
	const cJSON *paid = cJSON_GetArrayItem(part(leg, "funding_payments"), 0);
	assert_non_null(paid);
	assert_string_equal(json_text(paid, "rate"), "0.0000276");
	assert_string_equal(json_text(paid, "price_source"), "mark");
	/* Pending until a later settlement is first named. */
	assert_true(strncmp(json_text(paid, "posted_at"), "2023-04-05T00:00:01.050", 23) == 0);
	assert_identity(report);
	cJSON_Delete(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forced_btc_trade_earns_the_figures_worked_out_by_hand),
		cmocka_unit_test(default_strategy_refuses_the_same_trade_and_says_why),
		cmocka_unit_test(spot_against_inverse_keeps_its_fee_in_base_and_its_dust),
		cmocka_unit_test(unknown_settlement_stops_the_run_with_venue_symbol_and_time),
		cmocka_unit_test(position_closed_before_the_settlement_needs_no_rate),
		cmocka_unit_test(coins_still_held_at_the_end_are_unrealised),
		cmocka_unit_test(a_span_outside_the_recordings_is_refused),
		cmocka_unit_test(a_liquidated_leg_is_told_as_such),
		cmocka_unit_test(funding_of_a_fill_not_yet_heard_of_belongs_to_its_trade),
		cmocka_unit_test(settled_rate_is_the_one_published_after_the_boundary),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
