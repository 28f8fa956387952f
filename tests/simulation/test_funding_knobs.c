/*
 * The whole bot against both venue models that pay something else than their rate says: each
 * multiple ends as docs/strategy.md promises, and never was more at stake than a probe.
 */
#include "core/base/utc.h"
#include "exchanges/funding_proofs.h"
#include "strategy/funding_units.h"
#include "tests/support/whole_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char MARKET[] = "funding_interval_seconds = 60\ncoins = BTC ETH PEPE\n"
			     "%s[market]\nvolatility_bp = 3\nfunding = one-sided\n"
			     "[account bot]\ndeposit_usd = 100000\n";
static const char BOT[] = "[venue lighter]\n%s[venue hyperliquid]\n%s"
			  "[strategy]\nnotional_usd = 1000\nhorizon_hours = 1\n"
			  "minimum_net_edge_bp = 1\nexit_edge_bp = -50\nmaximum_basis_bp = 40\n"
			  "settlement_window_seconds = 2\nhold_for_settlement_minutes = 0.1\n"
			  "minimum_hold_minutes = 0\n";

struct outcome {
	size_t states[FUNDING_PROOF_STATES];
	size_t opened, quarantine_exits, probe_exits;
	struct money largest_leg; /* entry notional of any leg */
	struct funding_factor factor;
	size_t misfits;
};

static struct money entry_notional(const struct world *world, const struct leg_record *leg)
{
	struct money worth = {0}, sum = {0};
	const struct instrument *instrument = instrument_get(world->instruments, leg->instrument);
	for (size_t i = 0; i < leg->fill_count; i++) {
		const struct account_event *fill = &leg->fills[i];
		if (fill->u.fill.side != leg->side)
			continue;
		assert_true(contract_notional(instrument, fill->u.fill.quantity, fill->u.fill.price,
					      &worth));
		sum.e18 += worth.e18;
	}
	return sum;
}

static void look_at_trades(const struct world *world, struct outcome *outcome)
{
	for (size_t i = 0; i < trade_log_count(world->trades); i++) {
		const struct trade_record *record = trade_log_at(world->trades, i);
		struct money leg = {0};
		for (size_t k = 0; k < record->leg_count; k++) {
			leg = entry_notional(world, &record->legs[k]);
			if (leg.e18 > outcome->largest_leg.e18)
				outcome->largest_leg = leg;
		}
		outcome->opened += leg.e18 > 0;
		outcome->quarantine_exits += strcmp(record->exit_reason, "risk") == 0 &&
					     strstr(record->exit_number, "its rate says") != NULL;
		outcome->probe_exits += strcmp(record->exit_reason, "probe_done") == 0;
	}
}

static void look_at_proofs(const struct world *world, struct outcome *outcome)
{
	for (size_t i = 0; i < funding_proofs_count(world->proofs); i++) {
		const struct funding_proof *proof = &funding_proofs_at(world->proofs, i)->proof;
		outcome->states[funding_proof_state(proof)]++;
		outcome->misfits += proof->verdict == FUNDING_MISFIT;
		if (proof->quarantined)
			outcome->factor = proof->factor;
	}
}

static struct outcome run(const char *mode, const char *fault, int64_t run_ns)
{
	struct error err = {0};
	struct outcome outcome = {{0}, 0, 0, 0, {0}, {0, 0}, 0};
	char testnet[512], bot[768];
	/* On paper the account is simulated: somebody has to give it money. */
	const char *deposit = strcmp(mode, "paper") == 0 ? "deposit = 100000 USDC\n" : "";
	snprintf(testnet, sizeof(testnet), MARKET, fault);
	snprintf(bot, sizeof(bot), BOT, deposit, deposit);
	struct whole_program *program = whole_program_create(mode, testnet, bot, run_ns);
	if (!world_run_live(program->world, &err))
		fail_msg("%s", err.text);
	look_at_trades(program->world, &outcome);
	look_at_proofs(program->world, &outcome);
	if (getenv("FUNDARB_SHOW"))
		funding_proofs_write(program->world->proofs, stdout);
	whole_program_free(program);
	return outcome;
}

/* Both venues take 10 USD; a fill may be a tick dearer than the touch that sized it. */
static void assert_never_more_than_a_probe(const struct outcome *outcome)
{
	assert_true(outcome->opened >= 1);
	assert_true(outcome->largest_leg.e18 >= 10 * MONEY_ONE);
	assert_true(outcome->largest_leg.e18 <= 303 * MONEY_ONE / 10);
}

static void an_honest_venue_is_probed_then_traded_in_full(void **state)
{
	(void)state;
	struct outcome outcome = run("testnet", "", 150 * NS_PER_SECOND);
	assert_true(outcome.states[FUNDING_FULL] >= 2);
	assert_int_equal(outcome.states[FUNDING_QUARANTINED], 0);
	assert_int_equal(outcome.misfits, 0);
	assert_true(outcome.probe_exits >= 1);
	assert_true(outcome.largest_leg.e18 > 900 * MONEY_ONE);
}

static void a_factor_or_the_opposite_sign_ends_in_quarantine_and_out_of_the_market(void **state)
{
	(void)state;
	static const struct {
		const char *fault;
		int numerator, denominator;
	} CASES[] = {
		{"fault = funding.pay=8\n", 8, 1},
		{"fault = funding.pay=1/8\n", 1, 8},
		{"fault = funding.pay=100\n", 100, 1},
		{"fault = funding.pay=-1\n", -1, 1},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct outcome outcome = run("testnet", CASES[i].fault, 100 * NS_PER_SECOND);
		print_message("%s", CASES[i].fault);
		assert_true(outcome.states[FUNDING_QUARANTINED] >= 2);
		assert_int_equal(outcome.states[FUNDING_FULL], 0);
		assert_int_equal(outcome.factor.numerator, CASES[i].numerator);
		assert_int_equal(outcome.factor.denominator, CASES[i].denominator);
		assert_true(outcome.quarantine_exits >= 1);
		assert_never_more_than_a_probe(&outcome);
	}
}

static void any_other_misfit_stays_at_probe_size(void **state)
{
	(void)state;
	struct outcome outcome = run("testnet", "fault = funding.pay=1.3\n", 150 * NS_PER_SECOND);
	assert_int_equal(outcome.states[FUNDING_QUARANTINED], 0);
	assert_int_equal(outcome.states[FUNDING_FULL], 0);
	assert_true(outcome.states[FUNDING_PROBE] >= 2);
	assert_true(outcome.misfits >= 2);
	assert_never_more_than_a_probe(&outcome);
}

static void one_lying_venue_takes_only_its_own_instruments_down(void **state)
{
	(void)state;
	struct outcome outcome =
		run("testnet", "fault = funding.pay=8,venue=lighter\n", 100 * NS_PER_SECOND);
	assert_true(outcome.states[FUNDING_QUARANTINED] >= 1);
	assert_true(outcome.states[FUNDING_FULL] >= 1);
	assert_never_more_than_a_probe(&outcome);
}

static void paper_trades_in_full_and_shows_what_the_public_figures_prove(void **state)
{
	(void)state;
	struct outcome outcome = run("paper", "", 100 * NS_PER_SECOND);
	assert_int_equal(outcome.states[FUNDING_FULL], 0);
	assert_true(outcome.states[FUNDING_PROBE] >= 2);
	assert_true(outcome.opened >= 1);
	assert_true(outcome.largest_leg.e18 > 900 * MONEY_ONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_venue_is_probed_then_traded_in_full),
		cmocka_unit_test(
			a_factor_or_the_opposite_sign_ends_in_quarantine_and_out_of_the_market),
		cmocka_unit_test(any_other_misfit_stays_at_probe_size),
		cmocka_unit_test(one_lying_venue_takes_only_its_own_instruments_down),
		cmocka_unit_test(paper_trades_in_full_and_shows_what_the_public_figures_prove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
