/* What the strategy opens, how large, and what it closes, by what is proven of its legs' funding.
 */
#include "exchanges/funding_proofs.h"
#include "strategy/funding_units.h"
#include "tests/simulation/strategy_world.h"

#define NOON "2024-08-08T12:10:00Z"

static struct funding_proofs *proofs;

static void evidence(struct world *world, instrument_id id)
{
	struct funding_evidence row = {
		.rate = rate_of("0.0001"), .derived_known = true, .derived = rate_of("0.0001")};
	struct funding_evidence rows[] = {row, row, row};
	struct funding_proof *proof = funding_proofs_meet(proofs, world->terms.table, id);
	assert_true(funding_proof_offer_evidence(proof, rows, 3));
}

static void payment(struct world *world, instrument_id id, const char *paid)
{
	static int64_t boundary;
	struct funding_settlement settlement = {
		.boundary_ns = ++boundary, .expected = money_of("100"), .paid = money_of(paid)};
	funding_proof_offer_settlement(funding_proofs_meet(proofs, world->terms.table, id),
				       &settlement);
}

static void minimum_notional(struct world *world, instrument_id id, const char *minimum)
{
	struct instrument_revision revision = *instrument_latest(world->terms.table, id);
	struct error err = {0};
	revision.rules.minimum_notional = money_of(minimum);
	if (!instrument_table_revise(world->terms.table, id, &revision, &err))
		fail_msg("%s", err.text);
}

/* usdm pays 30 bp a settlement, the hourly market nothing; 100 and 150 USD are their minimums. */
static struct world *world_of_proofs(void)
{
	struct world *world = world_create(NOON);
	proofs = funding_proofs_create();
	assert_non_null(proofs);
	world_list(world, world->usdm, world->hourly);
	world->options.funding_proofs = proofs;
	minimum_notional(world, world->usdm, "100");
	minimum_notional(world, world->hourly, "150");
	return world;
}

static void start(struct world *world)
{
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->hourly, "60000.0", "60000.1", "5.000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->hourly, "0.0000");
	world_run_for(world, 3 * NS_PER_SECOND);
}

static void finish(struct world *world)
{
	world_free(world);
	funding_proofs_free(proofs);
	proofs = NULL;
}

static void unproven_units_are_refused_with_what_is_missing(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	start(world);
	assert_refused(world, world->usdm, world->hourly, GATE_FUNDING_UNITS,
		       "0 of 0 settled rates of hourly:BTC agree", "3 or more, 9 of 10 agreeing");
	assert_int_equal(world->request_count, 0);
	evidence(world, world->hourly);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	finish(world);
}

static i128 worth_of_leg(const struct world *world, size_t leg)
{
	const struct trade_leg *traded = &world->requests[0].legs[leg];
	struct money worth;
	assert_true(contract_notional(
		instrument_get(world->terms.table, traded->instrument), traded->quantity,
		price_of(&world->terms, traded->instrument, "60000.1"), &worth));
	return worth.e18;
}

static void a_probe_is_at_most_three_minimums_of_either_leg(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	assert_int_equal(world->request_count, 1);
	/* 0.005 BTC sold at 60,000.0 are the 300 USD to the cent; the other leg may be worth 450.
	 */
	assert_int_equal(world->requests[0].legs[0].quantity.units, 5);
	assert_int_equal(world->requests[0].legs[1].quantity.units, 5);
	assert_true(world_position(world, 0)->probe);
	finish(world);

	/* A cent less, and the lot nearest the cap is above it. */
	world = world_of_proofs();
	minimum_notional(world, world->usdm, "99.99");
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	assert_int_equal(world->request_count, 1);
	for (size_t leg = 0; leg < 2; leg++) {
		assert_int_equal(world->requests[0].legs[leg].quantity.units, 4);
		assert_true(worth_of_leg(world, leg) <= 29997 * MONEY_ONE / 100);
	}
	finish(world);
}

static void one_unproven_leg_makes_the_pair_a_probe(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	payment(world, world->usdm, "100");
	start(world);
	assert_int_equal(world->requests[0].legs[0].quantity.units, 5);
	finish(world);
}

static void proven_legs_trade_as_configured(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	payment(world, world->usdm, "100");
	payment(world, world->hourly, "99.5");
	start(world);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world->requests[0].legs[0].quantity.units, 167); /* 10,000 USD */
	assert_false(world_position(world, 0)->probe);
	finish(world);
}

static void a_probe_larger_than_configured_is_not_made(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	world->options.notional = money_of("200");
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	assert_int_equal(world->requests[0].legs[0].quantity.units, 3);
	finish(world);
}

static void a_lot_above_three_minimums_is_refused_with_the_limit(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	minimum_notional(world, world->usdm, "15");
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	assert_refused(world, world->usdm, world->hourly, GATE_FUNDING_UNITS,
		       "no size that both venues take is worth so little",
		       "45.00, 3 minimums of binance-usdm:BTCUSDT: its funding is unproven");
	assert_int_equal(world->request_count, 0);
	finish(world);
}

static void without_a_minimum_notional_the_minimum_quantity_counts(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	struct money cap;
	struct price price = price_of(&world->terms, world->usdm, "60000.0");
	minimum_notional(world, world->usdm, "0");
	assert_true(funding_units_cap(world->terms.table, world->usdm, price, &cap));
	assert_money(cap, "180"); /* 3 x 0.001 BTC */
	finish(world);
}

static void quarantine_refuses_and_closes_what_is_held(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	assert_int_equal(world->request_count, 1);
	payment(world, world->hourly, "800");
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	assert_true(world->requests[1].closing);
	assert_string_equal(exit_reason_text(world->last_closing.exit_reason), "risk");
	assert_string_equal(world->last_closing.exit_number,
			    "hourly:BTC pays 8 times what its rate says");
	assert_string_equal(world->last_closing.exit_limit, "what its rate says, within 1 %");
	world_run_quietly(world, 20 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 2);
	assert_refused(world, world->usdm, world->hourly, GATE_FUNDING_UNITS,
		       "hourly:BTC pays 8 times what its rate says",
		       "quarantined until a person ends it");
	finish(world);
}

static void a_misfit_holds_what_is_held(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	payment(world, world->hourly, "130");
	world_run_quietly(world, 10 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	finish(world);
}

/* Else the best pair would stay at probe size for as long as it is good. */
static void a_proven_probe_makes_room_for_the_full_size_without_a_rest(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	payment(world, world->usdm, "100");
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1); /* one leg alone proves nothing of the other */
	payment(world, world->hourly, "100");
	world_run_for(world, 5 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 3);
	assert_true(world->requests[1].closing);
	assert_string_equal(exit_reason_text(world->last_closing.exit_reason), "probe_done");
	assert_int_equal(world->requests[2].legs[0].quantity.units, 167);
	world_run_quietly(world, 10 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 3);
	finish(world);
}

static void a_proven_probe_of_a_pair_that_would_not_be_opened_again_is_held(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	evidence(world, world->usdm);
	evidence(world, world->hourly);
	start(world);
	world_estimate(world, world->usdm, "0.0001"); /* still earns, no longer enough to enter */
	world_run_for(world, 2 * NS_PER_SECOND);
	payment(world, world->usdm, "100");
	payment(world, world->hourly, "100");
	world_run_for(world, 5 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	finish(world);
}

static void spot_pays_no_funding_and_needs_no_proof(void **state)
{
	(void)state;
	struct world *world = world_of_proofs();
	instrument_id legs[TRADE_LEGS_MAX] = {world->spot, world->usdm};
	evidence(world, world->usdm);
	payment(world, world->usdm, "100");
	assert_true(funding_units_full(&world->options, world->terms.table, legs));
	assert_false(funding_units_probe(&world->options, world->terms.table, legs));
	finish(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unproven_units_are_refused_with_what_is_missing),
		cmocka_unit_test(a_probe_is_at_most_three_minimums_of_either_leg),
		cmocka_unit_test(one_unproven_leg_makes_the_pair_a_probe),
		cmocka_unit_test(proven_legs_trade_as_configured),
		cmocka_unit_test(a_probe_larger_than_configured_is_not_made),
		cmocka_unit_test(a_lot_above_three_minimums_is_refused_with_the_limit),
		cmocka_unit_test(without_a_minimum_notional_the_minimum_quantity_counts),
		cmocka_unit_test(quarantine_refuses_and_closes_what_is_held),
		cmocka_unit_test(a_misfit_holds_what_is_held),
		cmocka_unit_test(a_proven_probe_makes_room_for_the_full_size_without_a_rest),
		cmocka_unit_test(a_proven_probe_of_a_pair_that_would_not_be_opened_again_is_held),
		cmocka_unit_test(spot_pays_no_funding_and_needs_no_proof),
	};
	return world_run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
