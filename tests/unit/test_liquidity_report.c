/* The pure part of the LiquidityAnalyzer: the seed's vectors, inverse books, round trips. */
#include "core/base/decimal.h"
#include "execution/liquidity_analyzer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Prices in 0.1, quantities in 1 coin or contract. */
static struct instrument linear(void)
{
	return (struct instrument){.id = 1,
				   .kind = INSTRUMENT_LINEAR,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 1};
}

static struct instrument inverse(void)
{
	struct instrument instrument = linear();
	instrument.kind = INSTRUMENT_INVERSE;
	instrument.contract_size.e18 = 100 * MONEY_ONE;
	return instrument;
}

struct test_book {
	struct book_level bids[4], asks[4];
	struct depth_value depth;
};

static void book_make(struct test_book *book)
{
	book->depth.bids = book->bids;
	book->depth.asks = book->asks;
	book->depth.bid_count = book->depth.ask_count = 0;
	while (book->depth.bid_count < 4 && book->bids[book->depth.bid_count].quantity.units != 0)
		book->depth.bid_count++;
	while (book->depth.ask_count < 4 && book->asks[book->depth.ask_count].quantity.units != 0)
		book->depth.ask_count++;
}

static struct test_book book_a = {.bids = {{{999}, {3}}, {{998}, {5}}},
				  .asks = {{{1000}, {1}}, {{1005}, {2}}, {{1010}, {5}}}};
static struct test_book book_b = {.bids = {{{990}, {10}}}, .asks = {{{1000}, {10}}}};
static struct test_book book_c = {.bids = {{{1010}, {1}}}, .asks = {{{1000}, {1}}}};
static struct test_book no_bids = {.asks = {{{1000}, {1}}}};

/* True if value shows exactly the digits of text, rounded there half-even. */
static void assert_digits(i128 value_e18, const char *text)
{
	int decimals = decimal_decimals_needed(text, strlen(text));
	const char *point = strchr(text, '.');
	if (point != NULL && (int)strlen(point + 1) > decimals)
		decimals = (int)strlen(point + 1);
	i128 expected, shown;
	assert_int_equal(decimal_parse_i128(text, strlen(text), (unsigned)decimals, &expected),
			 DECIMAL_OK);
	assert_true(mul_div(value_e18, i128_power_of_ten((unsigned)decimals), MONEY_ONE,
			    ROUND_HALF_EVEN, &shown));
	if (shown != expected) {
		char buffer[DECIMAL_TEXT_MAX];
		decimal_format(value_e18, MONEY_DECIMALS, buffer, sizeof buffer);
		fail_msg("%s, expected %s", buffer, text);
	}
}

static void the_seeds_vectors_hold_and_a_crossed_book_is_never_acceptable(void **state)
{
	(void)state;
	static const struct {
		struct test_book *book;
		enum side side;
		int64_t usd;
		bool depth;
		const char *slippage, *average;
		int32_t spread_bp;
		const char *score;
		uint32_t levels;
		const char *recommendation;
		bool acceptable;
		const char *consumed;
	} rows[] = {
		{&book_a, SIDE_BUY, 50, true, "0", "100", 10, "0.98", 1, "use_limit", true, "50"},
		{&book_a, SIDE_BUY, 300, true, "0.00332778702", "100.332778702", 10,
		 "0.88016638935", 2, "use_market_acceptable", true, "300"},
		{&book_a, SIDE_BUY, 2000, false, "0.0075", "100.75", 10, "0.255", 3,
		 "insufficient_depth", false, "806"},
		/* Exactly (99.9 - 49900 / 499.7) / 99.9 = 0.00040124174605; the seed's own last
		   digit is 7. */
		{&book_a, SIDE_SELL, 500, true, "0.000401241746", "99.859915950", 10, "0.967962748",
		 2, "use_limit", true, "500"},
		{&book_b, SIDE_BUY, 500, true, "0", "100", 100, "0.8", 1, "wide_spread_warning",
		 false, "500"},
		{&no_bids, SIDE_BUY, 10, false, "1.0", "0", 9999, "0", 0, "insufficient_depth",
		 false, "0"},
		/* The seed accepted this one. */
		{&book_c, SIDE_BUY, 10, true, "0", "100", -99, "1.198", 1, "use_limit", false,
		 "10"},
	};
	struct instrument instrument = linear();
	struct liquidity_limits limits = liquidity_defaults();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct liquidity_report report;
		book_make(rows[i].book);
		liquidity_report_for_notional(&instrument, &limits, &rows[i].book->depth,
					      rows[i].side, (struct money){rows[i].usd * MONEY_ONE},
					      &report);
		print_message("row %zu\n", i);
		assert_int_equal(report.depth_sufficient, rows[i].depth);
		assert_digits(report.expected_slippage, rows[i].slippage);
		assert_digits(report.expected_average_price.e18, rows[i].average);
		assert_int_equal(report.spread_bp, rows[i].spread_bp);
		assert_digits(report.liquidity_score, rows[i].score);
		assert_int_equal(report.required_levels, rows[i].levels);
		assert_string_equal(liquidity_recommendation_text(report.recommendation),
				    rows[i].recommendation);
		assert_int_equal(report.acceptable, rows[i].acceptable);
		assert_digits(report.consumed_depth.e18, rows[i].consumed);
	}
}

static void total_depth_is_the_whole_displayed_side(void **state)
{
	(void)state;
	struct instrument instrument = linear();
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	book_make(&book_a);
	liquidity_report_for_notional(&instrument, &limits, &book_a.depth, SIDE_BUY,
				      (struct money){50 * MONEY_ONE}, &report);
	assert_digits(report.total_depth.e18, "806");
	assert_digits(report.mid_price.e18, "99.95");
	assert_digits(report.best_bid.e18, "99.9");
	assert_digits(report.best_ask.e18, "100");
	liquidity_report_for_notional(&instrument, &limits, &book_a.depth, SIDE_SELL,
				      (struct money){50 * MONEY_ONE}, &report);
	assert_digits(report.total_depth.e18, "798.7");
}

static void a_quantity_is_walked_in_its_own_units(void **state)
{
	(void)state;
	struct instrument instrument = linear();
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	book_make(&book_a);
	liquidity_report_for_quantity(&instrument, &limits, &book_a.depth, SIDE_BUY,
				      (struct quantity){2}, &report);
	assert_true(report.depth_sufficient);
	assert_digits(report.expected_average_price.e18, "100.25");
	assert_digits(report.value.e18, "200.5");
	assert_int_equal(report.filled.units, 2);
	assert_int_equal(report.worst_price.units, 1005);
	assert_int_equal(report.required_levels, 2);
	liquidity_report_for_quantity(&instrument, &limits, &book_a.depth, SIDE_SELL,
				      (struct quantity){9}, &report);
	assert_false(report.depth_sufficient);
	assert_false(report.acceptable);
	assert_int_equal(report.filled.units, 8);
	assert_int_equal(report.worst_price.units, 998);
}

static void an_inverse_level_is_worth_its_contracts_in_usd_whatever_the_price(void **state)
{
	(void)state;
	struct instrument instrument = inverse();
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	struct test_book book = {.bids = {{{499990}, {30}}},
				 .asks = {{{500000}, {3}}, {{625000}, {5}}}};
	book_make(&book);
	/* 300 USD at 50,000 and 500 USD at 62,500: 0.006 + 0.008 BTC. */
	liquidity_report_for_quantity(&instrument, &limits, &book.depth, SIDE_BUY,
				      (struct quantity){8}, &report);
	assert_true(report.depth_sufficient);
	assert_digits(report.total_depth.e18, "800");
	assert_digits(report.consumed_depth.e18, "800");
	assert_digits(report.value.e18, "0.014");
	assert_digits(report.expected_average_price.e18, "57142.857142857142857143");
	liquidity_report_for_notional(&instrument, &limits, &book.depth, SIDE_BUY,
				      (struct money){550 * MONEY_ONE}, &report);
	assert_true(report.depth_sufficient);
	assert_digits(report.value.e18, "0.01");
	assert_digits(report.expected_average_price.e18, "55000");
	assert_int_equal(report.filled.units, 5); /* 3 + 2.5 contracts, cut */
	/* One level: exactly its price, no rounding on the way. */
	liquidity_report_for_quantity(&instrument, &limits, &book.depth, SIDE_SELL,
				      (struct quantity){7}, &report);
	assert_true(report.expected_slippage == 0);
	assert_digits(report.expected_average_price.e18, "49999");
}

static void every_limit_and_every_unsound_book_refuses(void **state)
{
	(void)state;
	struct instrument instrument = linear();
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	struct quantity two = {2};
	book_make(&book_a);
	liquidity_report_for_quantity(&instrument, &limits, &book_a.depth, SIDE_BUY, two, &report);
	assert_true(report.acceptable);
	struct liquidity_limits tight = limits;
	tight.maximum_slippage.e18 = (int64_t)report.expected_slippage;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_true(report.acceptable);
	tight.maximum_slippage.e18--;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_false(report.acceptable);
	assert_int_equal(report.recommendation, LIQUIDITY_HIGH_SLIPPAGE_WARNING);
	tight = limits;
	tight.maximum_spread_bp = 10;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_true(report.acceptable);
	tight.maximum_spread_bp = 9;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_false(report.acceptable);
	tight = limits;
	tight.minimum_score.e18 = (int64_t)report.liquidity_score;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_true(report.acceptable);
	tight.minimum_score.e18++;
	liquidity_report_for_quantity(&instrument, &tight, &book_a.depth, SIDE_BUY, two, &report);
	assert_false(report.acceptable);

	struct test_book locked = {.bids = {{{1000}, {9}}}, .asks = {{{1000}, {9}}}};
	struct test_book unordered = {.bids = {{{999}, {9}}, {{1000}, {9}}},
				      .asks = {{{1001}, {9}}}};
	struct test_book negative_size = {.bids = {{{999}, {9}}, {{998}, {-1}}},
					  .asks = {{{1000}, {9}}}};
	struct test_book *unsound[] = {&locked, &unordered, &negative_size};
	for (size_t i = 0; i < sizeof unsound / sizeof unsound[0]; i++) {
		book_make(unsound[i]);
		liquidity_report_for_quantity(&instrument, &limits, &unsound[i]->depth, SIDE_BUY,
					      two, &report);
		assert_false(report.acceptable);
	}
	struct test_book free_of_charge = {.bids = {{{-5}, {9}}}, .asks = {{{0}, {9}}}};
	book_make(&free_of_charge);
	liquidity_report_for_quantity(&instrument, &limits, &free_of_charge.depth, SIDE_BUY, two,
				      &report);
	assert_int_equal(report.recommendation, LIQUIDITY_ANALYSIS_FAILED);
	assert_false(report.acceptable);
}

static void figures_that_do_not_fit_fail_the_analysis(void **state)
{
	(void)state;
	struct instrument instrument = linear();
	instrument.price_decimals = 0;
	instrument.contract_size.e18 = 1000000 * MONEY_ONE;
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	struct test_book huge = {.bids = {{{INT64_MAX - 2}, {INT64_MAX}}},
				 .asks = {{{INT64_MAX - 1}, {INT64_MAX}}}};
	book_make(&huge);
	liquidity_report_for_quantity(&instrument, &limits, &huge.depth, SIDE_BUY,
				      (struct quantity){INT64_MAX}, &report);
	assert_int_equal(report.recommendation, LIQUIDITY_ANALYSIS_FAILED);
	assert_string_equal(liquidity_recommendation_text(report.recommendation),
			    "analysis_failed");
	assert_false(report.acceptable);
	assert_false(report.depth_sufficient);
	assert_int_equal(liquidity_within_bp(&huge.depth, SIDE_BUY, 1).units, INT64_MAX);
}

static void quantity_within_a_distance_of_the_touch(void **state)
{
	(void)state;
	book_make(&book_a);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_BUY, 0).units, 1);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_BUY, 49).units, 1);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_BUY, 50).units, 3);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_BUY, 100).units, 8);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_SELL, 10).units, 3);
	assert_int_equal(liquidity_within_bp(&book_a.depth, SIDE_SELL, 11).units, 8);
	struct depth_value empty = {0};
	assert_int_equal(liquidity_within_bp(&empty, SIDE_SELL, 11).units, 0);
}

static void a_wide_spread_and_a_moderate_walk_are_named(void **state)
{
	(void)state;
	struct instrument instrument = linear();
	struct liquidity_limits limits = liquidity_defaults();
	struct liquidity_report report;
	struct test_book steps = {.bids = {{{9999}, {9}}},
				  .asks = {{{10000}, {1}}, {{10120}, {1}}}};
	book_make(&steps);
	limits.maximum_slippage.e18 = RATE_ONE / 100;
	liquidity_report_for_quantity(&instrument, &limits, &steps.depth, SIDE_BUY,
				      (struct quantity){2}, &report);
	assert_string_equal(liquidity_recommendation_text(report.recommendation),
			    "moderate_liquidity");
	limits.maximum_slippage.e18 = RATE_ONE / 1000;
	liquidity_report_for_quantity(&instrument, &limits, &steps.depth, SIDE_BUY,
				      (struct quantity){2}, &report);
	assert_string_equal(liquidity_recommendation_text(report.recommendation),
			    "high_slippage_warning");
}

static void the_round_trip_is_four_walks_and_four_fees(void **state)
{
	(void)state;
	struct instrument_table *table = instrument_table_create();
	instrument_id ids[2];
	for (int i = 0; i < 2; i++) {
		struct instrument terms = linear();
		terms.venue = instrument_table_venue(table, i == 0 ? "a" : "b");
		snprintf(terms.symbol, sizeof terms.symbol, "X");
		terms.base = terms.canonical = instrument_table_asset(table, "X");
		terms.quote = terms.settle = instrument_table_asset(table, "USDT");
		struct instrument_revision first = {
			.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 1},
			.fees = {.taker = {RATE_ONE / 2000}}};
		struct error err = {0};
		ids[i] = instrument_table_add(table, &terms, &first, &err);
		assert_string_equal(err.text, "");
	}
	struct liquidity_limits limits = liquidity_defaults();
	struct leg_liquidity legs[2];
	struct test_book book = {.bids = {{{9990}, {5}}}, .asks = {{{10010}, {5}}}};
	book_make(&book);
	for (int i = 0; i < 2; i++) {
		const struct instrument *instrument = instrument_get(table, ids[i]);
		enum side side = i == 0 ? SIDE_BUY : SIDE_SELL;
		liquidity_report_for_quantity(instrument, &limits, &book.depth, side,
					      (struct quantity){5}, &legs[i].entry);
		liquidity_report_for_quantity(instrument, &limits, &book.depth, side_opposite(side),
					      (struct quantity){5}, &legs[i].exit);
	}
	i128 cost;
	/* Each walk is 10 bp from the mid, each fee 5 bp. */
	assert_true(liquidity_round_trip_cost(table, legs, 2, &cost));
	assert_digits(cost, "0.006");
	assert_true(liquidity_round_trip_cost(table, legs, 1, &cost));
	assert_digits(cost, "0.003");
	liquidity_report_for_quantity(instrument_get(table, ids[1]), &limits, &book.depth, SIDE_BUY,
				      (struct quantity){6}, &legs[1].exit);
	assert_false(liquidity_round_trip_cost(table, legs, 2, &cost));
	instrument_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_vectors_hold_and_a_crossed_book_is_never_acceptable),
		cmocka_unit_test(total_depth_is_the_whole_displayed_side),
		cmocka_unit_test(a_quantity_is_walked_in_its_own_units),
		cmocka_unit_test(an_inverse_level_is_worth_its_contracts_in_usd_whatever_the_price),
		cmocka_unit_test(every_limit_and_every_unsound_book_refuses),
		cmocka_unit_test(figures_that_do_not_fit_fail_the_analysis),
		cmocka_unit_test(quantity_within_a_distance_of_the_touch),
		cmocka_unit_test(a_wide_spread_and_a_moderate_walk_are_named),
		cmocka_unit_test(the_round_trip_is_four_walks_and_four_fees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
