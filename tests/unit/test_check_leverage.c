/* What `fundarb check` says of leverage and margin mode, and of which markets. */
#include "src/commands/check_live.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config config;

static void expect(struct check_leverage row, bool can_set, bool good, const char *text,
		   const char *remedy)
{
	struct check check = {.config = &config};
	config.leverage = 3;
	row.market = "ETH";
	check_say_leverage(&check, "lighter", &row, can_set);
	assert_int_equal(check.line_count, 1);
	assert_string_equal(check.lines[0].text, text);
	assert_string_equal(check.lines[0].remedy, remedy);
	assert_int_equal(check.lines[0].good, good);
	free(check.lines);
}

static struct check_leverage is(int32_t leverage, enum margin_mode mode)
{
	return (struct check_leverage){
		.maximum = 50, .outcome = READ_VALUE, .value = {leverage, mode}};
}

static void leverage_as_asked_is_good(void **state)
{
	(void)state;
	expect(is(3, MARGIN_CROSS), true, true, "lighter: ETH: leverage 3, cross margin", "");
	expect(is(3, MARGIN_CROSS), false, true, "lighter: ETH: leverage 3, cross margin", "");
}

static void another_leverage_is_good_where_the_program_sets_it(void **state)
{
	(void)state;
	struct check_leverage never = {.maximum = 50, .outcome = READ_ABSENT};
	expect(is(10, MARGIN_CROSS), true, true,
	       "lighter: ETH: leverage 10, cross margin; leverage 3 is set before the first order",
	       "");
	expect(is(10, MARGIN_CROSS), false, false,
	       "lighter: ETH: leverage 10, cross margin; [risk] leverage is 3",
	       "set it at the venue");
	expect(never, true, true,
	       "lighter: ETH: leverage and margin mode were never set; leverage 3 is set before "
	       "the first order",
	       "");
	expect(never, false, false,
	       "lighter: ETH: leverage and margin mode were never set; [risk] leverage is 3",
	       "set it at the venue");
}

static void leverage_that_the_market_does_not_allow_is_a_cross(void **state)
{
	(void)state;
	struct check_leverage row = is(2, MARGIN_CROSS);
	row.maximum = 2;
	expect(row, true, false,
	       "lighter: ETH: leverage 2, cross margin; at most 2 is allowed, [risk] leverage is 3",
	       "lower [risk] leverage");
}

static void isolated_margin_and_what_cannot_be_read_are_crosses(void **state)
{
	(void)state;
	static const char remedy[] = "set it to cross margin at the venue while nothing is open "
				     "there, or leave its pairs out";
	expect(is(3, MARGIN_ISOLATED), true, false, "lighter: ETH: leverage 3, isolated margin",
	       remedy);
	expect(is(5, MARGIN_ISOLATED), true, false,
	       "lighter: ETH: leverage 5, isolated margin; leverage 3 is set before the first "
	       "order",
	       remedy);
	expect((struct check_leverage){.maximum = 50, .outcome = READ_UNKNOWN}, true, false,
	       "lighter: ETH: leverage and margin mode cannot be read", "try again");
}

static void long_names_and_wild_numbers_are_cut_and_change_no_verdict(void **state)
{
	(void)state;
	char symbol[1000];
	struct check check = {.config = &config};
	struct check_leverage row = {.market = symbol,
				     .maximum = INT32_MIN,
				     .outcome = READ_VALUE,
				     .value = {INT32_MIN, MARGIN_ISOLATED}};
	memset(symbol, 'X', sizeof(symbol) - 1);
	symbol[sizeof(symbol) - 1] = '\0';
	config.leverage = INT32_MAX;
	check_say_leverage(&check, symbol, &row, true);
	assert_false(check.lines[0].good);
	assert_true(strlen(check.lines[0].text) < sizeof(check.lines[0].text));
	free(check.lines);
}

static void markets_that_make_a_pair_are_looked_at(void **state)
{
	(void)state;
	struct market_terms terms = market_terms_create();
	memset(&config, 0, sizeof(config));
	/* All share a coin. */
	assert_true(check_is_traded(&config, terms.table, terms.usdm));
	assert_true(check_is_traded(&config, terms.table, terms.coinm));
	/* A list names what is traded, and nothing else is. */
	config.pair_count = 1;
	snprintf(config.pairs[0].venue[0], sizeof(config.pairs[0].venue[0]), "binance-spot");
	snprintf(config.pairs[0].symbol[0], sizeof(config.pairs[0].symbol[0]), "BTCUSDT");
	snprintf(config.pairs[0].venue[1], sizeof(config.pairs[0].venue[1]), "binance-usdm");
	snprintf(config.pairs[0].symbol[1], sizeof(config.pairs[0].symbol[1]), "BTCUSDT");
	assert_true(check_is_traded(&config, terms.table, terms.usdm));
	assert_false(check_is_traded(&config, terms.table, terms.coinm));
	market_terms_free(&terms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leverage_as_asked_is_good),
		cmocka_unit_test(another_leverage_is_good_where_the_program_sets_it),
		cmocka_unit_test(leverage_that_the_market_does_not_allow_is_a_cross),
		cmocka_unit_test(isolated_margin_and_what_cannot_be_read_are_crosses),
		cmocka_unit_test(long_names_and_wild_numbers_are_cut_and_change_no_verdict),
		cmocka_unit_test(markets_that_make_a_pair_are_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
