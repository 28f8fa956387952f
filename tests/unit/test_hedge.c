/* Repair decisions, equal exposure, and the small measures a trade is judged by. */
#include "core/base/random.h"
#include "core/base/utc.h"
#include "execution/atomic_multi_order_executor.h"
#include "execution/exposure.h"
#include "execution/exposure_meter.h"
#include "execution/hedge.h"
#include "execution/match_delay.h"
#include "execution/order_life.h"
#include "execution/volatility.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct market_terms terms;
static struct hedge_situation situation;

static struct hedge_way way(instrument_id id, enum side side, int64_t units, const char *reference,
			    const char *average, int64_t worst)
{
	return (struct hedge_way){
		.possible = true,
		.instrument = instrument_get(terms.table, id),
		.revision = instrument_latest(terms.table, id),
		.side = side,
		.quantity = {units},
		.priced = true,
		.walk = {.depth_sufficient = true,
			 .expected_average_price = money_of(average),
			 .worst_price = {worst}},
		.reference = money_of(reference),
	};
}

/* 0.1 BTC long filled at 60000; the short is missing 0.1; 12 USDT of budget. */
static int set_up(void **state)
{
	(void)state;
	terms = market_terms_create();
	situation = (struct hedge_situation){
		.complete = way(terms.usdm, SIDE_SELL, 100, "60000", "59999", 599990),
		.trim = way(terms.usdm, SIDE_SELL, 100, "60000", "59998", 599980),
		.budget = money_of("12"),
		.tries_max = 3,
		.naked_limit_ns = 10 * NS_PER_SECOND,
		.price_cap_bp = 2,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	market_terms_free(&terms);
	return 0;
}

static void assert_choice(struct hedge_step step, enum hedge_choice choice)
{
	assert_string_equal(hedge_choice_text(step.choice), hedge_choice_text(choice));
}

static void the_cheaper_way_is_taken(void **state)
{
	struct hedge_step step = hedge_decide(&situation);

	(void)state;
	assert_choice(step, HEDGE_COMPLETE);
	/* 1 USDT x 0.1 and 5 bp of 6,000 */
	assert_money(step.expected_cost, "3.1");
	assert_int_equal(step.type, ORDER_IOC);
	/* worst price 59999.0 less 2 bp, down to the tick */
	assert_int_equal(step.limit.units, 599870);
	situation.complete.walk.expected_average_price = money_of("59997");
	assert_choice(hedge_decide(&situation), HEDGE_TRIM);
}

static void risk_of_the_delay_counts(void **state)
{
	(void)state;
	situation.complete.risk_e18 = 2 * MONEY_ONE / 10000; /* 2 bp: 1.2 USDT */
	struct hedge_step step = hedge_decide(&situation);
	assert_choice(step, HEDGE_TRIM);
	assert_money(step.expected_cost, "3.2");
}

static void no_step_goes_beyond_the_budget(void **state)
{
	(void)state;
	situation.budget = money_of("3.15"); /* completing costs 3.1, trimming 3.2 */
	situation.complete.risk_e18 = MONEY_ONE;
	struct hedge_step step = hedge_decide(&situation);
	assert_choice(step, HEDGE_COMPLETE);
	/* 3.15 - 3 of fees on 0.1: 1.5 below the reference at the most */
	assert_int_equal(step.limit.units, 599985);
	situation.budget = money_of("3.05");
	step = hedge_decide(&situation);
	assert_choice(step, HEDGE_TRIM_WHOLE_BUDGET);
	assert_int_equal(step.limit.units, 599995);
}

static void rungs_follow_tries_and_time(void **state)
{
	(void)state;
	situation.tries = 3;
	struct hedge_step step = hedge_decide(&situation);
	assert_choice(step, HEDGE_TRIM_WHOLE_BUDGET);
	assert_int_equal(step.limit.units, 599100); /* 12 - 3 on 0.1 BTC */
	situation.tries = 4;
	step = hedge_decide(&situation);
	assert_choice(step, HEDGE_TRIM_MARKET);
	assert_int_equal(step.type, ORDER_MARKET);
	assert_int_equal(step.limit.units, 0);
	situation.tries = 0;
	situation.naked_ns = 5 * NS_PER_SECOND;
	assert_choice(hedge_decide(&situation), HEDGE_TRIM_WHOLE_BUDGET);
	situation.naked_ns = 10 * NS_PER_SECOND;
	assert_choice(hedge_decide(&situation), HEDGE_TRIM_MARKET);
}

static void unpriced_or_thin_ways_are_not_taken_early(void **state)
{
	(void)state;
	situation.complete.priced = false;
	assert_choice(hedge_decide(&situation), HEDGE_TRIM);
	situation.trim.walk.depth_sufficient = false;
	assert_choice(hedge_decide(&situation), HEDGE_TRIM_WHOLE_BUDGET);
	situation.trim.possible = false;
	assert_choice(hedge_decide(&situation), HEDGE_IMPOSSIBLE);
}

static void a_small_trim_does_not_stretch_the_whole_budget_over_few_units(void **state)
{
	(void)state;
	situation.tries = 3;
	situation.trim.quantity.units = 1;
	situation.widest_e18 = MONEY_ONE / 100;
	assert_int_equal(hedge_decide(&situation).limit.units, 594000);
}

static void a_bought_repair_is_bounded_from_above(void **state)
{
	(void)state;
	situation.trim = way(terms.usdm, SIDE_BUY, 100, "60000", "60002", 600020);
	situation.complete.possible = false;
	struct hedge_step step = hedge_decide(&situation);
	assert_choice(step, HEDGE_TRIM);
	assert_int_equal(step.limit.units, 600141); /* 2 bp above 60002.0, up to the tick */
	situation.tries = 3;
	assert_int_equal(hedge_decide(&situation).limit.units, 600900);
}

static void inverse_ways_are_judged_in_quote(void **state)
{
	(void)state;
	situation.complete = way(terms.coinm, SIDE_SELL, 60, "60000", "59994", 599940);
	struct hedge_step step = hedge_decide(&situation);
	/* 1 bp and 5 bp of 6,000 USD */
	situation.trim.possible = false;
	step = hedge_decide(&situation);
	assert_choice(step, HEDGE_COMPLETE);
	assert_money(step.expected_cost, "3.6");
}

/* ---- equal exposure ----------------------------------------------------------------------------
 */

static bool sized(instrument_id a, instrument_id b, const char *price_a, const char *price_b,
		  const char *notional, int64_t *units_a, int64_t *units_b)
{
	const instrument_id ids[2] = {a, b};
	const struct price prices[2] = {price_of(&terms, a, price_a), price_of(&terms, b, price_b)};
	struct quantity quantities[2] = {{0}, {0}};
	struct error err = {0};
	bool ok = equal_exposure_quantities(terms.table, ids, prices, money_of(notional),
					    quantities, &err);

	*units_a = quantities[0].units;
	*units_b = quantities[1].units;
	assert_int_equal(ok, err.category == ERROR_NONE);
	return ok;
}

static void linear_legs_meet_on_the_common_lot(void **state)
{
	struct instrument thousand = market_terms_linear(&terms, "1000BTC");
	struct instrument_revision revision = market_terms_revision();
	int64_t a, b;

	(void)state;
	/* lots of 0.15 and of 0.001 x 100: the common lot is 0.3 */
	thousand.multiplier = 100;
	instrument_id multiple = instrument_table_add(terms.table, &thousand, &revision, NULL);
	struct instrument coarse = market_terms_linear(&terms, "COARSE");
	revision.rules.lot.units = 150;
	instrument_id wide = instrument_table_add(terms.table, &coarse, &revision, NULL);
	assert_true(sized(wide, multiple, "60000", "6000000", "40000", &a, &b));
	assert_int_equal(a, 600); /* 0.667 wanted, 0.6 is nearer than 0.9 */
	assert_int_equal(b, 6);
	assert_true(sized(terms.usdm, terms.usdm, "60000", "60000", "10000", &a, &b));
	assert_int_equal(a, 167); /* nearest to 0.16667 */
	assert_int_equal(b, 167);
	assert_false(sized(wide, multiple, "60000", "6000000", "5000", &a, &b));
}

static void an_inverse_leg_is_within_half_a_contract(void **state)
{
	int64_t a, b;

	(void)state;
	assert_true(sized(terms.usdm, terms.coinm, "61753.9", "61753.9", "10000", &a, &b));
	assert_int_equal(a, 161); /* floored */
	assert_int_equal(b, 99);  /* 99.42 contracts */
	assert_true(sized(terms.coinm, terms.usdm, "61753.9", "61753.9", "10000", &a, &b));
	assert_int_equal(a, 99);
	assert_int_equal(b, 161);
	assert_false(sized(terms.usdm, terms.coinm, "61753.9", "61753.9", "60", &a, &b));
	assert_false(sized(terms.usdm, terms.coinm, "61753.9", "61753.9", "0", &a, &b));
}

static void spot_buys_what_its_fee_takes(void **state)
{
	int64_t a, b;

	(void)state;
	assert_true(sized(terms.spot, terms.usdm, "61754.00", "61753.9", "10000", &a, &b));
	assert_int_equal(b, 161);
	assert_int_equal(a, 16109); /* 0.161 / (1 - 5 bp) = 0.16108054, up to the lot */
	assert_true(sized(terms.usdm, terms.spot, "61753.9", "61754.00", "10000", &a, &b));
	assert_int_equal(a, 161);
	assert_int_equal(b, 16109);
	assert_true(sized(terms.spot, terms.coinm, "61754.00", "61753.9", "10000", &a, &b));
	assert_int_equal(a, 16193);
	assert_int_equal(b, 100);
	assert_false(sized(terms.spot, terms.usdm, "61754.00", "61753.9", "50", &a, &b));
}

static void sizes_obey_both_venues_rules(void **state)
{
	struct instrument_revision revision = *instrument_latest(terms.table, terms.usdm);
	int64_t a, b;

	(void)state;
	revision.rules.maximum_quantity.units = 100;
	assert_true(instrument_table_revise(terms.table, terms.usdm, &revision, NULL));
	assert_false(sized(terms.usdm, terms.coinm, "60000", "60000", "10000", &a, &b));
	revision.rules.maximum_quantity.units = 0;
	revision.rules.minimum_quantity.units = 500;
	assert_true(instrument_table_revise(terms.table, terms.usdm, &revision, NULL));
	assert_false(sized(terms.usdm, terms.coinm, "60000", "60000", "10000", &a, &b));
	revision.rules.minimum_quantity.units = 0;
	revision.rules.minimum_notional = money_of("20000");
	assert_true(instrument_table_revise(terms.table, terms.usdm, &revision, NULL));
	assert_false(sized(terms.usdm, terms.coinm, "60000", "60000", "10000", &a, &b));
}

static void sizes_of_any_notional_pass_preflights_equality(void **state)
{
	const instrument_id pairs[][2] = {
		{terms.usdm, terms.coinm}, {terms.spot, terms.coinm}, {terms.spot, terms.usdm}};
	struct random random;
	unsigned found = 0;

	(void)state;
	random_seed(&random, 7);
	for (int run = 0; run < 3000; run++) {
		const instrument_id *ids = pairs[random_below(&random, 3)];
		int64_t mid = random_between(&random, 100000, 1200000);
		struct price prices[2];
		struct quantity quantities[2];
		struct exposure_comparison comparison;
		struct exposure_leg legs[2];
		struct money notional = {random_between(&random, 100, 100000) * MONEY_ONE};
		for (int i = 0; i < 2; i++)
			prices[i].units = ids[i] == terms.spot ? mid * 10 : mid;
		if (!equal_exposure_quantities(terms.table, ids, prices, notional, quantities,
					       NULL))
			continue;
		for (int i = 0; i < 2; i++)
			legs[i] = (struct exposure_leg){instrument_get(terms.table, ids[i]),
							instrument_latest(terms.table, ids[i]),
							i == 0 ? SIDE_BUY : SIDE_SELL,
							quantities[i], prices[i]};
		assert_true(exposure_compare(legs, (struct rate){0}, &comparison));
		if (comparison.difference.e18 > comparison.allowed.e18)
			fail_msg("run %d: %lld against %lld", run, (long long)quantities[0].units,
				 (long long)quantities[1].units);
		found++;
	}
	assert_true(found > 2000);
}

/* ---- measures ----------------------------------------------------------------------------------
 */

static void exposure_is_integrated_over_match_times(void **state)
{
	struct exposure_meter meter = {0};
	struct money token = money_of("0.1"), sold = money_of("-0.1");

	(void)state;
	/* told in another order than they matched */
	exposure_meter_fill(&meter, 1, 3 * NS_PER_SECOND, sold, money_of("6000"));
	exposure_meter_fill(&meter, 0, 1 * NS_PER_SECOND, money_of("0.05"), money_of("3000"));
	exposure_meter_fill(&meter, 0, 2 * NS_PER_SECOND, money_of("0.05"), money_of("3000"));
	assert_money(exposure_meter_seconds(&meter), "9000");
	memset(&meter, 0, sizeof(meter));
	for (int i = 0; i < 1000; i++)
		exposure_meter_fill(&meter, 0, i, token, money_of("1"));
	assert_int_equal(meter.count, EXPOSURE_POINTS_MAX); /* bounded; the last one gathers */
	assert_money(exposure_meter_seconds(&(struct exposure_meter){0}), "0");
}

static void delays_are_learnt_and_bounded(void **state)
{
	struct match_delays delays = {0};
	const venue_id venues[2] = {1, 2};
	int64_t later[2];

	(void)state;
	match_stagger(&delays, venues, 2, later);
	assert_int_equal(later[0] + later[1], 0);
	match_delays_sample(&delays, 1, 1000, 1000 + 80 * NS_PER_MS);
	match_delays_sample(&delays, 2, 1000, 500); /* clock error: not before the send */
	assert_int_equal(match_delay(&delays, 1), 80 * NS_PER_MS);
	assert_int_equal(match_delay(&delays, 2), 0);
	match_stagger(&delays, venues, 2, later);
	assert_int_equal(later[0], 0);
	assert_int_equal(later[1], 80 * NS_PER_MS);
	match_delays_sample(&delays, 1, 0, 160 * NS_PER_MS);
	assert_int_equal(match_delay(&delays, 1), 90 * NS_PER_MS);
	for (int i = 0; i < 100; i++)
		match_delays_sample(&delays, 1, 0, 5 * NS_PER_SECOND);
	match_stagger(&delays, venues, 2, later);
	assert_int_equal(later[1], MATCH_STAGGER_MAX_NS);
}

static void volatility_grows_with_the_root_of_time(void **state)
{
	struct volatility volatility;

	(void)state;
	assert_true(volatility_begin(&volatility));
	assert_true(volatility_move(&volatility, 1, 0) == 0);
	assert_true(volatility_move(&volatility, 1, NS_PER_SECOND) == MONEY_ONE / 10000);
	assert_true(volatility_move(&volatility, 1, 4 * NS_PER_SECOND) == 2 * MONEY_ONE / 10000);
	/* crossed or too early samples say nothing */
	volatility_observe(&volatility, 1, (struct price){100}, (struct price){100}, 5);
	assert_int_equal(volatility.samples[1].at_ns, 0);
	/* a market that does not move: the estimate falls */
	for (int i = 1; i < 200; i++)
		volatility_observe(&volatility, 1, (struct price){600000}, (struct price){600001},
				   i * NS_PER_SECOND);
	assert_true(volatility_move(&volatility, 1, NS_PER_SECOND) < MONEY_ONE / 100000);
	volatility_end(&volatility);
}

static void texts_name_states_and_choices(void **state)
{
	static const char *const states[] = {"PLANNED",	 "CHECKED", "WORKING",	 "HEDGING",
					     "BALANCED", "DONE",    "UNWINDING", "FLAT"};
	static const char *const purposes[] = {"open", "close", "hedge", "trim", "unwind"};

	(void)state;
	for (int i = 0; i < 8; i++)
		assert_string_equal(trade_state_text((enum trade_state)i), states[i]);
	for (int i = 0; i < 5; i++)
		assert_string_equal(intent_purpose_text((enum intent_purpose)i), purposes[i]);
	assert_string_equal(hedge_choice_text(HEDGE_TRIM_MARKET), "trim at market");
	for (int i = 0; i <= ORDER_ABSENT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(order_phase_text((enum order_phase)i),
						order_phase_text((enum order_phase)j));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_cheaper_way_is_taken),
		TEST(risk_of_the_delay_counts),
		TEST(no_step_goes_beyond_the_budget),
		TEST(rungs_follow_tries_and_time),
		TEST(unpriced_or_thin_ways_are_not_taken_early),
		TEST(a_small_trim_does_not_stretch_the_whole_budget_over_few_units),
		TEST(a_bought_repair_is_bounded_from_above),
		TEST(inverse_ways_are_judged_in_quote),
		TEST(linear_legs_meet_on_the_common_lot),
		TEST(an_inverse_leg_is_within_half_a_contract),
		TEST(spot_buys_what_its_fee_takes),
		TEST(sizes_obey_both_venues_rules),
		TEST(sizes_of_any_notional_pass_preflights_equality),
		TEST(exposure_is_integrated_over_match_times),
		TEST(delays_are_learnt_and_bounded),
		TEST(volatility_grows_with_the_root_of_time),
		TEST(texts_name_states_and_choices),
	};
	return cmocka_run_group_tests_name("hedge", tests, NULL, NULL);
}
