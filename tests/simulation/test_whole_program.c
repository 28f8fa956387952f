/* The bot trades on both venues' own protocols, signed and parsed, in virtual time. */
#include "core/base/utc.h"
#include "execution/order_executor.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char TESTNET[] = "funding_interval_seconds = 60\n"
			      "coins = BTC ETH SOL PEPE\n"
			      "[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			      "[account bot]\ndeposit_usd = 100000\n";
static const char BOT[] = "[venue lighter]\n[venue hyperliquid]\n"
			  "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
			  "settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
			  "minimum_hold_minutes = 0\n";

static size_t count_status(struct world *world, enum trade_status status)
{
	size_t count = 0;
	for (size_t i = 0; i < trade_log_count(world->trades); i++)
		count += trade_log_at(world->trades, i)->status == status;
	return count;
}

/* Each venue filled at least an opening and a closing, and every order's end is known. */
static void expect_orders_counted(const struct world *world)
{
	for (venue_id venue = 1; venue <= venue_count(world->instruments); venue++) {
		const struct order_counts *counts = atomic_executor_counts(world->executor, venue);
		assert_true(counts->filled >= 2);
		assert_true(counts->fills >= counts->filled);
		assert_int_equal(counts->unknown, 0);
		assert_int_equal(counts->sent, counts->filled + counts->partly_filled +
						       counts->unfilled + counts->refused +
						       counts->absent);
	}
}

static void the_bot_opens_collects_funding_and_closes_to_the_last_unit(void **state)
{
	(void)state;
	struct error err = {0};
	struct whole_program *program =
		whole_program_create("testnet", TESTNET, BOT, 150 * NS_PER_SECOND);
	struct world *world = program->world;
	if (!world_run_live(world, &err))
		fail_msg("%s", err.text);
	assert_true(count_status(world, TRADE_STATUS_CLOSED) >= 1);
	assert_int_equal(count_status(world, TRADE_STATUS_OPEN), 0);
	assert_int_equal(count_status(world, TRADE_STATUS_HALTED), 0);
	assert_true(world->funding_count >= 2);
	expect_orders_counted(world);
	struct report *report = report_create(world, true);
	assert_true(report->identity_exact);
	assert_int_equal(report->account_count, 2);
	for (size_t i = 0; i < report->account_count; i++)
		assert_true(report->accounts[i].known);
	report_free(report);
	whole_program_free(program);
}

static void the_same_input_gives_the_same_decisions(void **state)
{
	(void)state;
	uint64_t lines[2];
	uint32_t checksum[2];
	for (int i = 0; i < 2; i++) {
		struct error err = {0};
		struct whole_program *program =
			whole_program_create("testnet", TESTNET, BOT, 90 * NS_PER_SECOND);
		assert_true(world_run_live(program->world, &err));
		lines[i] = decision_log_lines(program->world->decisions);
		checksum[i] = decision_log_checksum(program->world->decisions);
		whole_program_free(program);
	}
	assert_true(lines[0] > 10);
	assert_int_equal(lines[0], lines[1]);
	assert_int_equal(checksum[0], checksum[1]);
}

static bool holds_anything(const struct world *world)
{
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++)
		if (ledger_position(world->ledger, id).quantity.units != 0)
			return true;
	return false;
}

static void what_was_held_before_a_run_is_told_and_left_alone(void **state)
{
	(void)state;
	struct error err = {0};
	char bot[1024], *told = NULL;
	size_t length = 0;
	snprintf(bot, sizeof(bot), "close_on_exit = no\n%s", BOT);
	struct whole_program *program =
		whole_program_create("testnet", TESTNET, bot, 90 * NS_PER_SECOND);
	assert_true(world_run_live(program->world, &err));
	assert_true(holds_anything(program->world));
	FILE *narration = open_memstream(&told, &length);
	assert_non_null(narration);
	whole_program_restart(program, 5 * NS_PER_SECOND, narration);
	assert_true(world_run_live(program->world, &err));
	fflush(narration);
	assert_non_null(strstr(told, "lighter:ETH: short "));
	assert_non_null(strstr(told, "hyperliquid:ETH: long "));
	assert_non_null(strstr(told, " was held before this run. It is left alone"));
	whole_program_free(program);
	fclose(narration);
	free(told);
}

static void bring_back(void *user)
{
	virtual_link_set_down(user, false);
}

static void a_venue_that_is_down_at_the_start_trades_when_it_comes(void **state)
{
	(void)state;
	struct error err = {0};
	struct whole_program *program =
		whole_program_create("testnet", TESTNET, BOT, 180 * NS_PER_SECOND);
	struct virtual_link *link = local_testnet_link(program->testnet, "hyperliquid");
	virtual_link_set_down(link, true);
	scheduler_after(program->scheduler, 40 * NS_PER_SECOND, SCHEDULE_TIMER, bring_back, link);
	assert_true(world_run_live(program->world, &err));
	assert_true(count_status(program->world, TRADE_STATUS_CLOSED) >= 1);
	for (size_t i = 0; i < trade_log_count(program->world->trades); i++)
		assert_true(trade_log_at(program->world->trades, i)->requested_ns >
			    program->world->started_ns + 40 * NS_PER_SECOND);
	whole_program_free(program);
}

static void take_down(void *user)
{
	virtual_link_set_down(user, true);
}

static void open_legs_outlive_a_venue_that_goes_away_and_comes_back(void **state)
{
	(void)state;
	struct error err = {0};
	struct whole_program *program =
		whole_program_create("testnet", TESTNET, BOT, 240 * NS_PER_SECOND);
	struct virtual_link *link = local_testnet_link(program->testnet, "lighter");
	scheduler_after(program->scheduler, 60 * NS_PER_SECOND, SCHEDULE_TIMER, take_down, link);
	scheduler_after(program->scheduler, 120 * NS_PER_SECOND, SCHEDULE_TIMER, bring_back, link);
	assert_true(world_run_live(program->world, &err));
	assert_true(count_status(program->world, TRADE_STATUS_CLOSED) >= 1);
	assert_int_equal(count_status(program->world, TRADE_STATUS_OPEN), 0);
	assert_int_equal(count_status(program->world, TRADE_STATUS_HALTED), 0);
	struct report *report = report_create(program->world, true);
	assert_true(report->identity_exact);
	report_free(report);
	whole_program_free(program);
}

static void a_market_feed_that_falls_silent_is_connected_anew(void **state)
{
	(void)state;
	static const char *const VENUES[] = {"lighter", "hyperliquid"};
	for (int i = 0; i < 2; i++) {
		struct error err = {0};
		char rule[64];
		struct whole_program *program =
			whole_program_create("testnet", TESTNET, BOT, 200 * NS_PER_SECOND);
		snprintf(rule, sizeof(rule), "ws.silent,venue=%s,from_ms=40000,to_ms=170000",
			 VENUES[i]);
		assert_true(fault_plan_add(testnet_faults(local_testnet_model(program->testnet)),
					   rule, &err));
		assert_true(world_run_live(program->world, &err));
		venue_id venue =
			instrument_table_find_venue(program->world->instruments, VENUES[i]);
		uint64_t gaps = 0;
		for (instrument_id id = 1; id <= instrument_count(program->world->instruments);
		     id++)
			if (instrument_get(program->world->instruments, id)->venue == venue)
				gaps += program->world->quality[id].gaps;
		assert_true(gaps > 0);
		whole_program_free(program);
	}
}

static void paper_fills_on_the_live_books_and_sends_nothing(void **state)
{
	(void)state;
	struct error err = {0};
	static const char PAPER[] = "[venue lighter]\ndeposit = 50000 USDC\n"
				    "[venue hyperliquid]\ndeposit = 50000 USDC\n"
				    "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
				    "minimum_net_edge_bp = 1\nexit_edge_bp = -50\n"
				    "maximum_basis_bp = 40\nsettlement_window_seconds = 2\n"
				    "hold_for_settlement_minutes = 0.1\nminimum_hold_minutes = 0\n";
	struct whole_program *program =
		whole_program_create("paper", TESTNET, PAPER, 150 * NS_PER_SECOND);
	assert_true(world_run_live(program->world, &err));
	assert_true(count_status(program->world, TRADE_STATUS_CLOSED) >= 1);
	assert_true(program->world->funding_count >= 2);
	struct testnet *model = local_testnet_model(program->testnet);
	for (int i = 0; i < 2; i++) {
		struct trading_floor *floor = testnet_floor(model, i ? "lighter" : "hyperliquid");
		assert_int_equal(trading_floor_next_order(floor, 0, UINT64_MAX), 0);
	}
	struct report *report = report_create(program->world, true);
	assert_true(report->identity_exact);
	report_free(report);
	whole_program_free(program);
}

static void live_is_refused_until_there_is_an_order_journal(void **state)
{
	(void)state;
	struct error err = {0};
	struct config *config = calloc(1, sizeof(*config));
	static const char TEXT[] = "[main]\nmode = live\nconfirm_live = yes\n[venue lighter]\n";
	assert_non_null(config);
	assert_true(config_load_text("bot.ini", TEXT, strlen(TEXT), config, &err));
	struct world_live_options options = {.run_ns = NS_PER_SECOND};
	assert_null(world_create_live(config, &options, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, "order journal"));
	free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bot_opens_collects_funding_and_closes_to_the_last_unit),
		cmocka_unit_test(the_same_input_gives_the_same_decisions),
		cmocka_unit_test(what_was_held_before_a_run_is_told_and_left_alone),
		cmocka_unit_test(a_venue_that_is_down_at_the_start_trades_when_it_comes),
		cmocka_unit_test(open_legs_outlive_a_venue_that_goes_away_and_comes_back),
		cmocka_unit_test(a_market_feed_that_falls_silent_is_connected_anew),
		cmocka_unit_test(paper_fills_on_the_live_books_and_sends_nothing),
		cmocka_unit_test(live_is_refused_until_there_is_an_order_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
