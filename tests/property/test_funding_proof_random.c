/*
 * A venue that pays what it says, printed with its digits, is always proven; one that pays a factor
 * of it is always caught, with that factor. Rates, prices, positions and digits at random.
 */
#include "core/base/random.h"
#include "exchanges/funding_proof.h"
#include "tests/support/effort.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct funding_factor FACTORS[] = {
	{2, 1}, {3, 1},	 {4, 1},   {8, 1},  {24, 1}, {100, 1}, {1, 2},	{1, 3},	   {1, 4},
	{1, 8}, {1, 24}, {1, 100}, {-1, 1}, {-2, 1}, {-8, 1},  {-1, 8}, {-100, 1}, {-1, 24},
};
#define FACTOR_COUNT (sizeof(FACTORS) / sizeof(FACTORS[0]))

struct truth {
	struct quantity position;
	struct money price, paid; /* unrounded, at factor 1 */
	struct funding_evidence published;
	struct money our_price; /* what our streams said before the boundary */
	bool by_value;
	unsigned posting_decimals;
};

/* Half-even to so many decimals, as venues print. */
static i128 printed(i128 e18, unsigned decimals)
{
	i128 units = 0, step = i128_power_of_ten(MONEY_DECIMALS - decimals);
	assert_true(i128_div_round(e18, step, ROUND_HALF_EVEN, &units));
	return units * step;
}

static i128 half_digit(unsigned decimals)
{
	return i128_power_of_ten(MONEY_DECIMALS - decimals) / 2;
}

static struct truth random_truth(struct random *random, const struct instrument *instrument)
{
	struct truth truth;
	memset(&truth, 0, sizeof(truth));
	int64_t magnitude = INT64_C(100000000000) << random_below(random, 15); /* 1e-7 .. 0.16 % */
	int64_t rate = random_between(random, magnitude, 2 * magnitude);
	if (random_below(random, 2))
		rate = -rate;
	truth.posting_decimals = (unsigned)random_between(random, 5, 8);
	truth.price.e18 = printed((i128)random_between(random, 1000, 90000000) *
					  random_between(random, 1, 1000000) * 1000000000,
				  1) +
			  MONEY_ONE;
	truth.position.units = random_between(random, 1, INT64_C(1) << random_below(random, 14));
	if (random_below(random, 2))
		truth.position.units = -truth.position.units;
	truth.by_value = random_below(random, 2) != 0;
	struct money paid;
	assert_true(contract_value_times_rate(instrument, truth.position, truth.price,
					      (struct rate){rate}, &paid));
	truth.paid = money_negate(paid);
	unsigned decimals = (unsigned)random_between(random, 6, 10);
	truth.published.rate.e18 = (int64_t)printed(rate, decimals);
	truth.published.tolerance.e18 = (int64_t)half_digit(decimals);
	truth.published.boundary_ns = 1;
	if (truth.by_value) {
		i128 value;
		assert_true(mul_div(truth.price.e18, rate, RATE_ONE, ROUND_HALF_EVEN, &value));
		decimals = (unsigned)random_between(random, 4, 8);
		truth.published.value_known = true;
		truth.published.value.e18 = printed(value, decimals);
		truth.published.value_tolerance.e18 = half_digit(decimals);
	}
	/* Up to 0.5 % away from what the venue settled at. */
	truth.our_price.e18 =
		printed(truth.price.e18 / 10000 * random_between(random, 9951, 10049), 1);
	return truth;
}

static bool settlement_of(const struct instrument *instrument, const struct truth *truth,
			  struct funding_factor factor, struct funding_settlement *settlement)
{
	i128 paid;
	assert_true(mul_div(truth->paid.e18, factor.numerator, factor.denominator, ROUND_HALF_EVEN,
			    &paid));
	memset(settlement, 0, sizeof(*settlement));
	settlement->paid.e18 = printed(paid, truth->posting_decimals);
	settlement->paid_tolerance.e18 = half_digit(truth->posting_decimals);
	return truth->by_value
		       ? funding_expected_by_value(instrument, truth->position, &truth->published,
						   settlement)
		       : funding_expected_by_rate(instrument, truth->position, &truth->published,
						  truth->our_price, settlement);
}

/* The digits as a share of what that factor would pay, in millionths: an own, cruder sum. */
static int64_t digits_ppm(const struct funding_settlement *settlement, struct funding_factor factor)
{
	i128 expected =
		settlement->expected.e18 < 0 ? -settlement->expected.e18 : settlement->expected.e18;
	int n = factor.numerator < 0 ? -factor.numerator : factor.numerator;
	if (expected == 0)
		return INT64_MAX;
	i128 of_expected = settlement->expected_tolerance.e18 * 1000000 / expected;
	i128 of_paid = settlement->paid_tolerance.e18 * 1000000 / expected * factor.denominator / n;
	return of_expected + of_paid > INT32_MAX ? INT32_MAX : (int64_t)(of_expected + of_paid);
}

static void honest_venues_are_proven_and_factors_are_caught(void **state)
{
	(void)state;
	struct market_terms terms = market_terms_create();
	const struct instrument *instrument = instrument_get(terms.table, terms.usdm);
	unsigned seeds = effort(20000, "random settlements"), proven = 0, caught = 0, silent = 0;
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct random random;
		struct funding_settlement settlement;
		struct funding_factor named = {0, 0};
		random_seed(&random, seed);
		struct truth truth = random_truth(&random, instrument);
		if (!settlement_of(instrument, &truth, (struct funding_factor){1, 1}, &settlement))
			fail_msg("seed %llu: nothing expected", (unsigned long long)seed);
		enum funding_verdict verdict = funding_settlement_judge(&settlement, &named);
		bool digits_carry = digits_ppm(&settlement, (struct funding_factor){1, 1}) < 39990;
		if (digits_carry ? verdict != FUNDING_FITS
				 : verdict != FUNDING_FITS && verdict != FUNDING_DOES_NOT_COUNT)
			fail_msg("seed %llu: an honest payment is %d", (unsigned long long)seed,
				 verdict);
		proven += verdict == FUNDING_FITS;
		struct funding_factor factor = FACTORS[random_below(&random, FACTOR_COUNT)];
		settlement_of(instrument, &truth, factor, &settlement);
		verdict = funding_settlement_judge(&settlement, &named);
		digits_carry = digits_carry && digits_ppm(&settlement, factor) < 39990;
		if (verdict == FUNDING_FITS)
			fail_msg("seed %llu: %d/%d of it fits", (unsigned long long)seed,
				 factor.numerator, factor.denominator);
		if (digits_carry &&
		    (verdict != FUNDING_OFF_BY_FACTOR || named.numerator != factor.numerator ||
		     named.denominator != factor.denominator))
			fail_msg("seed %llu: %d/%d is %d, %d/%d", (unsigned long long)seed,
				 factor.numerator, factor.denominator, verdict, named.numerator,
				 named.denominator);
		caught += verdict == FUNDING_OFF_BY_FACTOR;
		silent += !digits_carry;
	}
	/* The generator must not have made the test empty. */
	assert_true(proven > seeds / 2);
	assert_true(caught > seeds / 2);
	assert_true(silent > seeds / 1000);
	market_terms_free(&terms);
}

/* Factors never overlap and never touch 1: ratios of every kind, judged by an integer comparison.
 */
static void every_ratio_gets_the_one_verdict_that_plain_integers_give(void **state)
{
	(void)state;
	static const int LIST[] = {2, 3, 4, 8, 24, 100};
	/* 1,000,000 expected: paid in millionths. */
	for (int64_t paid = -102500000; paid <= 102500000; paid += 1237) {
		struct funding_settlement settlement = {.expected = {1000000 * MONEY_ONE},
							.paid = {(i128)paid * MONEY_ONE}};
		struct funding_factor named = {0, 0};
		int64_t size = paid < 0 ? -paid : paid;
		bool off = paid < 0 && size >= 980000 && size <= 1020000;
		for (size_t i = 0; i < sizeof(LIST) / sizeof(LIST[0]); i++) {
			int64_t f = LIST[i];
			off = off || (size >= 980000 * f && size <= 1020000 * f) ||
			      (size * f >= 980000 && size * f <= 1020000);
		}
		enum funding_verdict should = paid >= 990000 && paid <= 1010000 ? FUNDING_FITS
					      : off ? FUNDING_OFF_BY_FACTOR
						    : FUNDING_MISFIT;
		if (funding_settlement_judge(&settlement, &named) != should)
			fail_msg("paid %lld millionths", (long long)paid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_venues_are_proven_and_factors_are_caught),
		cmocka_unit_test(every_ratio_gets_the_one_verdict_that_plain_integers_give),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
