/* What the client remembers: own orders, facts told, and the markets as meta changes. */
#include "exchanges/hyperliquid/hyperliquid_markets.h"
#include "exchanges/hyperliquid/hyperliquid_orders.h"

#include "core/base/random.h"
#include "core/base/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void an_own_order_is_found_until_a_much_newer_one_takes_its_place(void **state)
{
	struct hyperliquid_orders *orders = hyperliquid_orders_create();
	(void)state;
	assert_non_null(orders);
	assert_null(hyperliquid_orders_find(orders, 5));
	hyperliquid_orders_note(orders, 5, 1)->order_id = 77;
	hyperliquid_orders_note(orders, 5, 1)->filled_units += 3;
	assert_int_equal(hyperliquid_orders_find(orders, 5)->filled_units, 3);
	assert_int_equal(hyperliquid_orders_by_order_id(orders, 77)->client_id, 5);
	assert_null(hyperliquid_orders_by_order_id(orders, 0));
	hyperliquid_orders_note(orders, 5 + HYPERLIQUID_OWN_ORDERS, 1);
	assert_null(hyperliquid_orders_find(orders, 5));
	assert_null(hyperliquid_orders_by_order_id(orders, 77));
	assert_null(hyperliquid_orders_find(orders, 0));
	free(orders);
}

#define FACTS 40000

/* Beside it a plain list of the newest HYPERLIQUID_TOLD_MAX facts, searched from end to end. */
static void a_fact_is_new_once_as_long_as_it_is_remembered(void **state)
{
	struct hyperliquid_orders *orders = hyperliquid_orders_create();
	struct hyperliquid_told *list = calloc(FACTS, sizeof(*list));
	size_t count = 0;
	uint64_t seed = 4711;
	struct random random;
	(void)state;
	assert_non_null(orders);
	assert_non_null(list);
	print_message("seed %llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (int i = 0; i < FACTS; i++) {
		/* Few values: repetitions, and facts that differ in one member. */
		struct hyperliquid_told told = {.asset = (uint32_t)random_below(&random, 3),
						.time_ns = (int64_t)random_below(&random, 200) *
							   1000000,
						.trade_id = random_below(&random, 40)};
		size_t from = count > HYPERLIQUID_TOLD_MAX ? count - HYPERLIQUID_TOLD_MAX : 0;
		bool known = false;
		for (size_t j = from; j < count && !known; j++)
			known = list[j].asset == told.asset && list[j].time_ns == told.time_ns &&
				list[j].trade_id == told.trade_id;
		assert_int_equal(hyperliquid_orders_tell(orders, &told), !known);
		if (!known)
			list[count++] = told;
	}
	assert_true(count > 2 * HYPERLIQUID_TOLD_MAX);
	free(list);
	free(orders);
}

/* ---- markets ----------------------------------------------------------------------------------
 */

static struct instrument_table *table;
static struct hyperliquid_markets markets;
static unsigned changes;

static void on_change(void *user, instrument_id instrument)
{
	(void)user;
	assert_int_not_equal(instrument, 0);
	changes++;
}

static bool load(const char *universe, struct fee_terms fees)
{
	char text[2048];
	struct hyperliquid_value value;
	struct error err = {0};
	snprintf(text, sizeof(text), "{\"universe\":[%s]}", universe);
	changes = 0;
	assert_true(hyperliquid_document(text, strlen(text), &value));
	return hyperliquid_markets_load(&markets, &value, &fees, 1000, on_change, NULL, &err);
}

#define BTC  "{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40}"
#define ETH  "{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25}"
#define ETH5 "{\"szDecimals\":5,\"name\":\"ETH\",\"maxLeverage\":25}"
#define GONE "{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25,\"isDelisted\":true}"
#define LONG "{\"szDecimals\":4,\"name\":\"ANAMETHATISMUCHTOOLONGFORATABLE\",\"maxLeverage\":25}"

static void markets_follow_the_list_of_the_venue(void **state)
{
	const struct fee_terms fees = hyperliquid_base_fees();
	(void)state;
	table = instrument_table_create();
	assert_non_null(table);
	venue_id venue = instrument_table_venue(table, "hyperliquid");
	assert_true(hyperliquid_markets_init(&markets, venue, table, NS_PER_HOUR));
	assert_true(load(BTC "," ETH, fees));
	instrument_id eth = instrument_find(table, venue, "ETH");
	assert_int_equal(hyperliquid_listing_of_instrument(&markets, eth)->asset, 1);
	assert_int_equal(hyperliquid_listing_of_coin(&markets, "ETH")->instrument, eth);
	assert_null(hyperliquid_listing_of_coin(&markets, "XRP"));
	assert_null(hyperliquid_listing_of_instrument(&markets, 0));
	assert_null(hyperliquid_listing_of_instrument(&markets, 4000));

	/* The same again changes nothing; a new one is added behind. */
	assert_true(load(BTC "," ETH "," LONG, fees));
	assert_int_equal(changes, 0);
	assert_int_equal(instrument_revision_count(table, eth), 1);

	assert_true(load(BTC "," GONE "," LONG, fees));
	assert_int_equal(changes, 1);
	assert_int_equal(instrument_latest(table, eth)->rules.status, MARKET_DELISTED);

	const struct fee_terms dear = {.maker = {1}, .taker = {RATE_ONE / 1000}};
	assert_true(load(BTC "," ETH "," LONG, dear));
	assert_int_equal(instrument_latest(table, eth)->fees.taker.e18, RATE_ONE / 1000);

	/* Other decimals: prices of before mean something else, so it is another handle. */
	assert_true(load(BTC "," ETH5 "," LONG, dear));
	assert_int_not_equal(instrument_find(table, venue, "ETH"), eth);
	assert_true(instrument_is_retired(table, eth));
	assert_null(hyperliquid_listing_of_instrument(&markets, eth));

	/* Orders name markets by their place: no list is believed that moves them. */
	assert_false(load(ETH5 "," BTC "," LONG, dear));
	assert_false(load(BTC, dear));
	assert_false(load("", dear));
	assert_int_equal(hyperliquid_listing_of_coin(&markets, "BTC")->asset, 0);
	hyperliquid_markets_free(&markets);
	instrument_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_own_order_is_found_until_a_much_newer_one_takes_its_place),
		cmocka_unit_test(a_fact_is_new_once_as_long_as_it_is_remembered),
		cmocka_unit_test(markets_follow_the_list_of_the_venue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
