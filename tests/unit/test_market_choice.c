/* Which coins a recorder chooses by itself, and which keys and accounts are refused. */
#include "core/base/utc.h"
#include "src/access_rule.h"
#include "src/market_recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct instrument_table *table;
static struct market_size sizes[INSTRUMENTS_MAX + 1];
static bool usable[INSTRUMENTS_MAX + 1], chosen[ASSETS_MAX + 1];

static int make(void **state)
{
	(void)state;
	table = instrument_table_create();
	memset(sizes, 0, sizeof(sizes));
	memset(usable, 0, sizeof(usable));
	memset(chosen, 0, sizeof(chosen));
	return table ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	instrument_table_free(table);
	return 0;
}

/* Open interest of so many coins at that price; symbol and coin may differ. */
static void market(const char *venue, const char *symbol, const char *coin, int64_t interest,
		   int64_t mark)
{
	struct instrument terms = {.venue = instrument_table_venue(table, venue),
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(table, coin),
				   .canonical = instrument_table_asset(table, coin),
				   .quote = instrument_table_asset(table, "USDC"),
				   .settle = instrument_table_asset(table, "USDC"),
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 2,
				   .quantity_decimals = 3};
	struct instrument_revision first = {
		.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 10},
		.funding = {.pays = true, .interval_ns = NS_PER_HOUR}};
	struct error err = {0};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", symbol);
	instrument_id id = instrument_table_add(table, &terms, &first, &err);
	if (id == 0)
		fail_msg("%s", err.text);
	sizes[id].interest.e18 = interest * MONEY_ONE;
	sizes[id].mark.e18 = mark * MONEY_ONE;
	usable[id] = true;
}

static bool has(const char *coin)
{
	return chosen[instrument_table_find_asset(table, coin)];
}

static void the_smaller_of_two_venues_decides(void **state)
{
	(void)state;
	market("a", "BTC", "BTC", 100, 60000);
	market("b", "BTC", "BTC", 10, 60000); /* 600,000 */
	market("a", "ETH", "ETH", 1000, 3000);
	market("b", "ETH", "ETH", 300, 3000);	   /* 900,000 */
	market("a", "SOL", "SOL", 900000000, 100); /* nowhere else */
	market("b", "DOGE", "DOGE", 1, 1);
	market("a", "DOGE", "DOGE", 1000000, 1); /* 1 */
	market_choose_shared(table, sizes, usable, 2, chosen);
	assert_true(has("BTC") && has("ETH"));
	assert_false(has("SOL") || has("DOGE"));
	/* What was chosen stays, and counts. */
	usable[1] = false;
	market_choose_shared(table, sizes, usable, 3, chosen);
	assert_true(has("BTC") && has("ETH") && has("DOGE"));
	assert_false(has("SOL"));
}

static void two_markets_of_one_venue_are_no_pair(void **state)
{
	(void)state;
	market("a", "PEPE", "PEPE", 5, 5);
	market("a", "1000PEPE", "PEPE", 7, 7);
	market("a", "BTC", "BTC", 1, 1);
	market("b", "BTC", "BTC", 0, 0); /* nothing known of it: last, but a pair */
	market_choose_shared(table, sizes, usable, 10, chosen);
	assert_false(has("PEPE"));
	assert_true(has("BTC"));
	market("c", "kPEPE", "PEPE", 1, 1);
	market_choose_shared(table, sizes, usable, 10, chosen);
	assert_true(has("PEPE"));
}

static void three_venues_count_their_two_largest(void **state)
{
	(void)state;
	market("a", "BTC", "BTC", 5, 1);
	market("b", "BTC", "BTC", 50, 1);
	market("c", "BTC", "BTC", 40, 1); /* 40 */
	market("a", "ETH", "ETH", 30, 1);
	market("b", "ETH", "ETH", 100, 1); /* 30 */
	market_choose_shared(table, sizes, usable, 1, chosen);
	assert_true(has("BTC"));
	assert_false(has("ETH"));
}

static void what_the_venue_does_not_tell_refuses_nothing(void **state)
{
	(void)state;
	char why[256] = "";
	struct access_value access = {.mode = "", .advice = "some advice"};
	assert_false(access_refused(&access, why, sizeof(why)));
	access.may_withdraw = ANSWER_NO;
	access.mode_fits = ANSWER_YES;
	access.may_trade = ANSWER_NO; /* useless, not dangerous: orders are refused by the venue */
	assert_false(access_refused(&access, why, sizeof(why)));
	assert_string_equal(why, "");
}

static void a_key_that_withdraws_and_a_mode_that_does_not_fit_are_refused(void **state)
{
	(void)state;
	char why[256];
	struct access_value access = {
		.may_withdraw = ANSWER_YES, .mode_fits = ANSWER_NO, .mode = "", .advice = ""};
	assert_true(access_refused(&access, why, sizeof(why)));
	assert_string_equal(why, "the key can withdraw, so it does not belong here: make one that "
				 "can trade and no more");
	access.may_withdraw = ANSWER_UNKNOWN;
	access.mode = "unifiedAccount";
	access.advice = "set it back";
	assert_true(access_refused(&access, why, sizeof(why)));
	assert_string_equal(why, "the account's mode unifiedAccount cannot be traded in: set it "
				 "back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_smaller_of_two_venues_decides, make, drop),
		cmocka_unit_test_setup_teardown(two_markets_of_one_venue_are_no_pair, make, drop),
		cmocka_unit_test_setup_teardown(three_venues_count_their_two_largest, make, drop),
		cmocka_unit_test(what_the_venue_does_not_tell_refuses_nothing),
		cmocka_unit_test(a_key_that_withdraws_and_a_mode_that_does_not_fit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
