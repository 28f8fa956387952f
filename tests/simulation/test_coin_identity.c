/*
 * The whole bot over both venue models: one coin under two names is one pair, proven by its price;
 * what does not trade is left out, and the reason is shown.
 */
#include "core/base/utc.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char TESTNET[] = "funding_interval_seconds = 60\n"
			      "coins = PEPE BONK MATIC LUNA FTM MKR\n"
			      "[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			      "[account bot]\ndeposit_usd = 100000\n";
static const char BOT[] = "[venue lighter]\n[venue hyperliquid]\n"
			  "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
			  "settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
			  "minimum_hold_minutes = 0\n";

static const struct candidate *candidate_of(const struct world *world, const char *lighter)
{
	venue_id venue = instrument_table_find_venue(world->instruments, "lighter");
	instrument_id id = instrument_find(world->instruments, venue, lighter);
	assert_int_not_equal(id, 0);
	for (size_t i = 0; i < funding_arbitrage_strategy_candidates(world->strategy); i++) {
		const struct candidate *candidate =
			funding_arbitrage_strategy_candidate(world->strategy, i);
		if (candidate->long_instrument == id || candidate->short_instrument == id)
			return candidate;
	}
	return NULL;
}

static void assert_excluded(const struct world *world, const char *lighter, const char *reason)
{
	const struct candidate *candidate = candidate_of(world, lighter);
	if (!candidate)
		fail_msg("%s: no pair at all", lighter);
	assert_true(candidate->refused);
	assert_string_equal(gate_text(candidate->gate), "market_status");
	assert_string_equal(candidate->number, reason);
}

static bool has_traded(const struct world *world, const char *venue, const char *symbol)
{
	instrument_id id = instrument_find(
		world->instruments, instrument_table_find_venue(world->instruments, venue), symbol);
	for (size_t i = 0; i < trade_log_count(world->trades); i++) {
		const struct trade_record *record = trade_log_at(world->trades, i);
		for (size_t leg = 0; leg < record->leg_count; leg++)
			if (record->legs[leg].instrument == id && record->legs[leg].fill_count > 0)
				return true;
	}
	return false;
}

static void names_differ_coins_do_not_and_what_is_not_traded_says_why(void **state)
{
	(void)state;
	struct error err = {0};
	struct whole_program *program =
		whole_program_create("testnet", TESTNET, BOT, 100 * NS_PER_SECOND);
	struct world *world = program->world;
	if (!world_run_live(world, &err))
		fail_msg("%s", err.text);
	assert_excluded(world, "MATIC", "lighter:MATIC is reduce-only");
	assert_excluded(world, "MKR", "lighter:MKR is halted");
	assert_excluded(world, "LUNA", "hyperliquid:LUNA is delisted");
	assert_excluded(world, "FTM", "lighter:FTM is halted");
	assert_true(has_traded(world, "lighter", "1000PEPE"));
	assert_true(has_traded(world, "hyperliquid", "kPEPE"));
	assert_false(has_traded(world, "lighter", "MATIC"));
	assert_false(has_traded(world, "hyperliquid", "MATIC"));
	/* Both legs of the pair are the same number of tokens, a thousand a coin. */
	const struct candidate *pepe = candidate_of(world, "1000PEPE");
	assert_non_null(pepe);
	assert_int_equal(instrument_get(world->instruments, pepe->long_instrument)->multiplier,
			 1000);
	assert_int_equal(instrument_get(world->instruments, pepe->short_instrument)->multiplier,
			 1000);
	whole_program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_differ_coins_do_not_and_what_is_not_traded_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
