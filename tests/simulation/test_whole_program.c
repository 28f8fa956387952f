/* The bot trades on both venues' own protocols, signed and parsed, in virtual time. */
#include "core/base/utc.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
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
	struct report *report = report_create(world, true);
	assert_true(report->identity_exact);
	assert_int_equal(report->account_count, 2);
	for (size_t i = 0; i < report->account_count; i++)
		assert_true(report->accounts[i].known);
	report_free(report);
	whole_program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bot_opens_collects_funding_and_closes_to_the_last_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
