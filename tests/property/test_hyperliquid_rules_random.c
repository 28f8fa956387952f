/*
 * Price and size rules against their wording applied to text, wire decimals against the parser, and
 * the formulas of margin and funding against fractions of big numbers. Seed: FUNDARB_SEED in the
 * environment, else a fixed one.
 */
#include "core/base/decimal.h"
#include "core/base/random.h"
#include "exchanges/hyperliquid/funding_formulas.h"
#include "exchanges/hyperliquid/hyperliquid_action.h"
#include "exchanges/hyperliquid/margin_formulas.h"
#include "exchanges/hyperliquid/price_rules.h"
#include "tests/support/bignum.h"
#include "tests/support/effort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20241010

static struct random randomness;

static int set_up(void **state)
{
	const char *given = getenv("FUNDARB_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : SEED;
	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(&randomness, seed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bignum_release();
	return 0;
}

/* §3 as it is written: counts figures and decimals of the text. */
static bool is_valid_by_its_text(bool spot, unsigned size_decimals, int64_t units,
				 unsigned decimals)
{
	char text[DECIMAL_TEXT_MAX];
	size_t length = decimal_format_short(units, decimals, text, sizeof(text));
	const char *point = strchr(text, '.');
	if (units <= 0)
		return false;
	if (point == NULL)
		return true;
	size_t figures = 0;
	for (const char *p = text; *p != '\0'; p++)
		if (*p != '.' && (figures > 0 || *p != '0'))
			figures++;
	int decimals_used = (int)(text + length - point - 1);
	return figures <= 5 && decimals_used <= (spot ? 8 : 6) - (int)size_decimals;
}

struct price_case {
	enum hyperliquid_market market;
	unsigned size_decimals, decimals;
	int64_t units;
};

/* Few enough digits behind the last valid one that every price between can be tried. */
static struct price_case random_price(void)
{
	struct price_case one = {
		.market = random_below(&randomness, 2) ? HYPERLIQUID_SPOT : HYPERLIQUID_PERPETUAL,
		.size_decimals = (unsigned)random_below(&randomness, 7),
		.decimals = (unsigned)random_below(&randomness, 9),
		.units = 1 + (int64_t)random_below(&randomness, 9999999),
	};
	/* Around powers of ten the tick changes. */
	if (random_below(&randomness, 3) == 0)
		one.units = DECIMAL_POWERS[1 + random_below(&randomness, 7)] +
			    random_between(&randomness, -9, 9);
	if (one.units <= 0)
		one.units = 1;
	return one;
}

static bool is_valid(const struct price_case *one, int64_t units)
{
	return is_valid_by_its_text(one->market == HYPERLIQUID_SPOT, one->size_decimals, units,
				    one->decimals);
}

static void a_price_is_valid_if_its_text_is(void **state)
{
	(void)state;
	unsigned cases = effort(200000, "prices"), valid = 0;
	for (unsigned i = 0; i < cases; i++) {
		struct price_case one = random_price();
		bool expected = is_valid(&one, one.units);
		assert_int_equal(hyperliquid_price_is_valid(one.market, one.size_decimals,
							    one.units, one.decimals),
				 expected);
		valid += expected;
	}
	assert_true(valid > cases / 10 && valid < cases * 9 / 10);
}

/* The rounded price in units of one.decimals + the market's decimals, to compare exactly. */
static int64_t at_common_scale(int64_t units, unsigned other_decimals)
{
	return units * DECIMAL_POWERS[other_decimals];
}

static void a_rounded_price_is_the_next_valid_one(void **state)
{
	(void)state;
	unsigned cases = effort(20000, "prices"), rounded_count = 0;
	for (unsigned i = 0; i < cases; i++) {
		struct price_case one = random_price();
		unsigned market_decimals =
			hyperliquid_price_decimals(one.market, one.size_decimals);
		int64_t down = 0, up = 0, nearest = 0;
		int64_t exact = at_common_scale(one.units, market_decimals);
		assert_true(hyperliquid_price_round(one.market, one.size_decimals, one.units,
						    one.decimals, ROUND_CEILING, &up));
		bool has_down = hyperliquid_price_round(one.market, one.size_decimals, one.units,
							one.decimals, ROUND_FLOOR, &down);
		if (!has_down)
			down = 0;
		assert_true(!has_down || hyperliquid_price_is_valid(one.market, one.size_decimals,
								    down, market_decimals));
		assert_true(hyperliquid_price_is_valid(one.market, one.size_decimals, up,
						       market_decimals));
		int64_t low = at_common_scale(down, one.decimals);
		int64_t high = at_common_scale(up, one.decimals);
		assert_true(low <= exact && exact <= high);
		if (is_valid(&one, one.units))
			assert_true(low == exact && exact == high);
		/* Nothing valid lies between: the neighbours as fine as the given price, and some
		 * as fine as the market goes. */
		for (int64_t between = one.units - 20; between <= one.units + 20; between++) {
			int64_t common = at_common_scale(between, market_decimals);
			if (low < common && common < high)
				assert_false(is_valid(&one, between));
		}
		for (int tries = 0; up - down > 1 && tries < 50; tries++) {
			int64_t between = random_between(&randomness, down + 1, up - 1);
			assert_false(is_valid_by_its_text(one.market == HYPERLIQUID_SPOT,
							  one.size_decimals, between,
							  market_decimals));
		}
		if (hyperliquid_price_round(one.market, one.size_decimals, one.units, one.decimals,
					    ROUND_HALF_EVEN, &nearest)) {
			assert_true(nearest == down || nearest == up);
			assert_true(nearest == down ? exact - low <= high - exact
						    : high - exact <= exact - low);
		}
		rounded_count += down != up;
	}
	assert_true(rounded_count > cases / 10);
}

static void a_floored_size_loses_less_than_a_lot(void **state)
{
	(void)state;
	unsigned cases = effort(100000, "sizes");
	for (unsigned i = 0; i < cases; i++) {
		unsigned size_decimals = (unsigned)random_below(&randomness, 6);
		unsigned decimals = (unsigned)random_below(&randomness, 9);
		int64_t units =
			(int64_t)(random_u64(&randomness) >> (20 + random_below(&randomness, 44)));
		int64_t floored = 0;
		bool some = hyperliquid_size_floor(size_decimals, units, decimals, &floored);
		i128 exact = (i128)units * DECIMAL_POWERS[size_decimals];
		i128 lot = DECIMAL_POWERS[decimals];
		assert_int_equal(some, exact >= lot);
		if (some)
			assert_true(floored * lot <= exact && (floored + 1) * lot > exact);
	}
}

static void a_wire_decimal_is_read_back_and_is_canonical(void **state)
{
	(void)state;
	unsigned cases = effort(100000, "decimals"), refused = 0;
	for (unsigned i = 0; i < cases; i++) {
		int64_t units = (int64_t)(random_u64(&randomness) >> random_below(&randomness, 64));
		unsigned decimals = (unsigned)random_below(&randomness, 19);
		char text[32], plain[DECIMAL_TEXT_MAX];
		int64_t again;
		decimal_format(units, decimals, plain, sizeof(plain));
		bool fits = decimal_decimals_needed(plain, strlen(plain)) <= 8;
		assert_int_equal(hyperliquid_wire_decimal(units, decimals, text, sizeof(text)),
				 fits);
		refused += !fits;
		if (!fits)
			continue;
		assert_int_equal(decimal_parse_i64(text, strlen(text), decimals, &again),
				 DECIMAL_OK);
		assert_true(again == units);
		assert_int_equal(hyperliquid_is_wire_decimal(text, sizeof(text)), units > 0);
	}
	assert_true(refused > 0 && refused < cases);
}

/* ---- formulas ---- */

/* floor(numerator / denominator), both >= 0. */
static const BIGNUM *floor_of(struct fraction value)
{
	BIGNUM *quotient = BN_new();
	BN_CTX *context = BN_CTX_new();
	assert_true(quotient != NULL && context != NULL);
	assert_int_equal(BN_div(quotient, NULL, value.numerator, value.denominator, context), 1);
	i128 result = bignum_i128(quotient);
	BN_CTX_free(context);
	BN_free(quotient);
	return bignum_of(result);
}

/* §6.4 as it is written: rate_n and deduction_n from one tier to the next. */
static struct fraction margin_by_deductions(const struct hyperliquid_margin_tier *tiers,
					    size_t count, i128 notional)
{
	struct fraction deduction = fraction_of(bignum_of(0), bignum_of(1));
	size_t tier = 0;
	for (size_t i = 1; i < count && notional >= tiers[i].lower_bound.e18; i++) {
		const BIGNUM *lower = bignum_of(tiers[i].lower_bound.e18);
		deduction = fraction_add(
			deduction, fraction_of(lower, bignum_of(2 * (i128)tiers[i].max_leverage)));
		deduction = fraction_add(
			deduction, fraction_of(bignum_sub(bignum_of(0), lower),
					       bignum_of(2 * (i128)tiers[i - 1].max_leverage)));
		tier = i;
	}
	struct fraction gross =
		fraction_of(bignum_of(notional), bignum_of(2 * (i128)tiers[tier].max_leverage));
	struct fraction minus =
		fraction_of(bignum_sub(bignum_of(0), deduction.numerator), deduction.denominator);
	return fraction_add(gross, minus);
}

static void maintenance_margin_is_rate_less_deduction(void **state)
{
	(void)state;
	unsigned cases = effort(20000, "tier tables");
	for (unsigned i = 0; i < cases; i++) {
		struct hyperliquid_margin_tier tiers[6];
		size_t count = 1 + random_below(&randomness, 6);
		i128 bound = 0, units;
		uint32_t leverage = 50;
		for (size_t t = 0; t < count; t++) {
			leverage = 1 + (uint32_t)random_below(&randomness, leverage);
			tiers[t] = (struct hyperliquid_margin_tier){{bound}, leverage};
			bound += (1 + (i128)random_below(&randomness, 100000000)) * MONEY_ONE;
		}
		i128 notional = (i128)random_below(&randomness, 1000000000) * MONEY_ONE +
				(i128)random_below(&randomness, (uint64_t)RATE_ONE);
		if (random_below(&randomness, 4) == 0)
			notional = tiers[count - 1].lower_bound.e18;
		assert_true(hyperliquid_maintenance_margin(tiers, count, (struct money){notional},
							   6, ROUND_FLOOR, &units));
		struct fraction exact = margin_by_deductions(tiers, count, notional);
		exact.denominator = bignum_mul(exact.denominator, bignum_power_of_ten(12));
		assert_true(bignum_i128(floor_of(exact)) == units);
		bignum_release();
	}
}

static void the_hourly_rate_follows_its_formula(void **state)
{
	(void)state;
	unsigned cases = effort(100000, "premiums");
	for (unsigned i = 0; i < cases; i++) {
		int64_t span = DECIMAL_POWERS[13 + random_below(&randomness, 6)];
		int64_t premium = random_between(&randomness, -span, span);
		i128 rest = RATE_ONE / 10000 - (i128)premium, limit = RATE_ONE / 2000;
		rest = rest > limit ? limit : rest < -limit ? -limit : rest;
		i128 expected =
			bignum_i128(bignum_div_half_even(bignum_of(premium + rest), bignum_of(8)));
		i128 cap = RATE_ONE / 25;
		expected = expected > cap ? cap : expected < -cap ? -cap : expected;
		struct rate rate = hyperliquid_funding_rate_hour((struct rate){premium});
		assert_true(rate.e18 == expected);
		if (i % 64 == 0)
			bignum_release();
	}
}

static void a_premium_is_the_distance_from_the_oracle(void **state)
{
	(void)state;
	unsigned cases = effort(50000, "premiums");
	for (unsigned i = 0; i < cases; i++) {
		i128 scale = DECIMAL_POWERS[10 + random_below(&randomness, 9)];
		i128 oracle = (1 + (i128)random_below(&randomness, 10000000)) * scale;
		i128 bid = oracle + random_between(&randomness, -1000000, 1000000) * (scale / 1000);
		i128 ask = bid + (i128)random_below(&randomness, 100000) * (scale / 1000);
		if (bid <= 0)
			continue;
		i128 distance = bid > oracle ? bid - oracle : ask < oracle ? ask - oracle : 0;
		i128 expected = bignum_i128(bignum_div_half_even(
			bignum_mul(bignum_of(distance), bignum_power_of_ten(18)),
			bignum_of(oracle)));
		struct rate premium;
		bool fits = hyperliquid_premium((struct money){bid}, (struct money){ask},
						(struct money){oracle}, &premium);
		assert_int_equal(fits, expected <= INT64_MAX && expected >= INT64_MIN);
		assert_true(!fits || premium.e18 == expected);
		if (i % 64 == 0)
			bignum_release();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_price_is_valid_if_its_text_is, set_up),
		cmocka_unit_test_setup(a_rounded_price_is_the_next_valid_one, set_up),
		cmocka_unit_test_setup(a_floored_size_loses_less_than_a_lot, set_up),
		cmocka_unit_test_setup(a_wire_decimal_is_read_back_and_is_canonical, set_up),
		cmocka_unit_test_setup_teardown(maintenance_margin_is_rate_less_deduction, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_hourly_rate_follows_its_formula, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_premium_is_the_distance_from_the_oracle, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
