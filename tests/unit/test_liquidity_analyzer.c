/* The asynchronous check: where its book comes from, what it feeds, how it ends. */
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS NS_PER_MS

static struct price_world *streaming_world(void)
{
	struct price_provider_options options = price_provider_defaults();
	return price_world_create(&options, 50 * MS);
}

static void both_directions_of_a_leg_are_walked_and_the_cache_is_fed(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	struct check_call *check = price_world_check(world, world->btc_a, SIDE_SELL, 1000, 1000);
	assert_int_equal(check->completions, 0);
	price_world_run_to(world, 50);
	assert_int_equal(check->completions, 1);
	assert_true(check->known);
	assert_int_equal(check->leg.entry.side, SIDE_SELL);
	assert_int_equal(check->leg.entry.worst_price.units, PRICE_WORLD_BID);
	assert_int_equal(check->leg.exit.side, SIDE_BUY);
	assert_int_equal(check->leg.exit.worst_price.units, PRICE_WORLD_ASK);
	assert_int_equal(check->leg.entry.filled.units, 1000);
	assert_int_equal(check->leg.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	assert_int_equal(check->leg.confirmed_ns, PRICE_WORLD_START);
	assert_int_equal(fake_client_last_read(world->a)->depth, 20);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	price_world_free(world);
}

static void the_live_streams_book_saves_the_read(void **state)
{
	(void)state;
	struct price_world *world = streaming_world();
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600100, 600105);
	price_world_run_to(world, 1000); /* confirmed a second ago: inclusive */
	struct check_call *check = price_world_check(world, world->btc_a, SIDE_BUY, 5000, 1000);
	assert_int_equal(check->completions, 0);
	price_world_run_to(world, 1000);
	assert_int_equal(check->completions, 1);
	assert_true(check->known);
	assert_true(check->leg.entry.depth_sufficient);
	assert_int_equal(check->leg.source, PRICE_SOURCE_WEBSOCKET);
	assert_int_equal(check->leg.entry.worst_price.units, 600105);
	assert_int_equal(fake_client_reads_total(world->a), 0);
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote),
			 PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	/* One millisecond later it is stale, and the venue is asked. */
	price_world_run_to(world, 1001);
	check = price_world_check(world, world->btc_a, SIDE_BUY, 5000, 1000);
	price_world_run_to(world, 1100);
	assert_int_equal(check->leg.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void the_same_question_is_answered_by_the_book_just_read(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct check_call *first = price_world_check(world, world->btc_a, SIDE_BUY, 1000, 900);
	price_world_run_to(world, 100);
	struct check_call *again = price_world_check(world, world->btc_a, SIDE_BUY, 1000, 900);
	price_world_run_to(world, 101);
	assert_int_equal(again->completions, 1);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	assert_int_equal(again->leg.confirmed_ns, first->leg.confirmed_ns);
	assert_int_equal(again->leg.entry.worst_price.units, first->leg.entry.worst_price.units);
	/* Another size, and the same one after an own fill, need the book anew. */
	price_world_check(world, world->btc_a, SIDE_BUY, 2000, 900);
	price_world_run_to(world, 200);
	assert_int_equal(fake_client_reads_total(world->a), 2);
	price_provider_invalidate(world->prices, world->btc_a);
	price_world_check(world, world->btc_a, SIDE_BUY, 2000, 900);
	price_world_run_to(world, 300);
	assert_int_equal(fake_client_reads_total(world->a), 3);
	/* Too old to price an order by: asked again. */
	price_world_run_to(world, 1300);
	price_world_check(world, world->btc_a, SIDE_BUY, 2000, 2000);
	price_world_run_to(world, 1400);
	assert_int_equal(fake_client_reads_total(world->a), 4);
	price_world_free(world);
}

static void an_unsynced_stream_is_not_walked(void **state)
{
	(void)state;
	struct price_world *world = streaming_world();
	price_world_snapshot(world, world->btc_a, 600100, 600105);
	price_world_connection(world, world->btc_a, CONNECTION_GAP);
	price_world_frame(world, world->btc_a);
	struct check_call *check = price_world_check(world, world->btc_a, SIDE_BUY, 5000, 1000);
	price_world_run_to(world, 100);
	assert_int_equal(check->leg.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	assert_int_equal(fake_client_reads_total(world->a), 1);
	price_world_free(world);
}

static void an_unusable_book_is_unknown_not_illiquid(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	struct book_level bid = {{600010}, {5}}, ask = {{600000}, {5}}, zero = {{0}, {5}};
	fake_client_set_book(world->a, world->btc_a, &bid, 1, &ask, 1);
	struct check_call *crossed = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 50);
	fake_client_set_book(world->a, world->btc_a, &bid, 1, NULL, 0);
	struct check_call *no_asks = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 100);
	fake_client_set_book(world->a, world->btc_a, NULL, 0, &ask, 1);
	struct check_call *no_bids = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 150);
	fake_client_set_book(world->a, world->btc_a, &zero, 1, &ask, 1);
	struct check_call *no_price = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 200);
	fake_client_script_reads(world->a, "ua");
	struct check_call *unknown = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	struct check_call *absent = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	struct check_call *too_late = price_world_check(world, world->btc_a, SIDE_BUY, 1, 0);
	world->clients.by_venue[world->venue_b] = NULL;
	struct check_call *no_venue = price_world_check(world, world->btc_b, SIDE_BUY, 1, 1000);
	assert_int_equal(no_venue->completions, 0);
	price_world_run_to(world, 250);
	struct check_call *all[] = {crossed, no_asks, no_bids,	no_price,
				    unknown, absent,  too_late, no_venue};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		assert_int_equal(all[i]->completions, 1);
		assert_false(all[i]->known);
		assert_int_not_equal(all[i]->why[0], '\0');
	}
	assert_string_equal(crossed->why, "the order book is crossed");
	assert_int_equal(price_provider_peek(world->prices, world->btc_a, PRICE_FOR_SIZING, &quote),
			 PRICE_MISS);
	price_world_free(world);
}

static void the_deadline_ends_a_check_once_and_for_all(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	fake_client_script_reads(world->a, "n");
	struct check_call *silent = price_world_check(world, world->btc_a, SIDE_BUY, 1, 200);
	struct check_call *slow = price_world_check(world, world->btc_b, SIDE_BUY, 1, 49);
	price_world_run_to(world, 1000);
	assert_int_equal(silent->completions, 1);
	assert_false(silent->known);
	assert_int_equal(silent->answered_ns, PRICE_WORLD_START + 200 * MS);
	assert_int_equal(slow->completions, 1);
	assert_false(slow->known);
	price_world_free(world);
}

static void a_jump_is_known_only_when_a_second_read_agrees(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_run_to(world, 1000);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	struct check_call *confirmed = price_world_check(world, world->btc_a, SIDE_BUY, 1, 1000);
	price_world_run_to(world, 1100);
	assert_int_equal(confirmed->completions, 1);
	assert_true(confirmed->known);
	assert_int_equal(confirmed->answered_ns, PRICE_WORLD_START + 1100 * MS);
	assert_int_equal(fake_client_reads_total(world->a), 3);

	fake_client_set_touch(world->a, world->btc_a, 400000, 400005);
	struct check_call *denied = price_world_check(world, world->btc_a, SIDE_BUY, 1, 60);
	price_world_run_to(world, 1150);
	fake_client_script_reads(world->a, "n");
	price_world_run_to(world, 3000);
	assert_int_equal(denied->completions, 1);
	assert_false(denied->known);
	assert_true(denied->answered_ns <= PRICE_WORLD_START + 1160 * MS);
	price_world_free(world);
}

static unsigned surplus_known, surplus_unknown;

static void count_answer(void *user, bool known, const struct leg_liquidity *leg, const char *why)
{
	(void)user;
	(void)leg;
	(void)why;
	if (known)
		surplus_known++;
	else
		surplus_unknown++;
}

static void surplus_checks_are_unknown_the_pool_is_bounded(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	for (int round = 0; round < 2; round++) {
		surplus_known = surplus_unknown = 0;
		for (int i = 0; i < LIQUIDITY_CHECKS_MAX + 2; i++)
			liquidity_analyzer_check(
				world->analyzer, world->btc_a, SIDE_BUY, (struct quantity){1},
				price_world_now(world) + NS_PER_SECOND, count_answer, NULL);
		price_world_run_to(world, 1000 * (round + 1));
		assert_int_equal(surplus_known, LIQUIDITY_CHECKS_MAX);
		assert_int_equal(surplus_unknown, 2);
	}
	price_world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_of_a_leg_are_walked_and_the_cache_is_fed),
		cmocka_unit_test(the_live_streams_book_saves_the_read),
		cmocka_unit_test(the_same_question_is_answered_by_the_book_just_read),
		cmocka_unit_test(an_unsynced_stream_is_not_walked),
		cmocka_unit_test(an_unusable_book_is_unknown_not_illiquid),
		cmocka_unit_test(the_deadline_ends_a_check_once_and_for_all),
		cmocka_unit_test(a_jump_is_known_only_when_a_second_read_agrees),
		cmocka_unit_test(surplus_checks_are_unknown_the_pool_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
