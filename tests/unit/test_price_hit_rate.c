/*
 * How many reads the cache saves: one open pair watched every second, streams off. Counted on
 * get_bbo calls, split by the source of the price, printed.
 */
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS	NS_PER_MS
#define SECONDS 600

static uint64_t book_reads(const struct price_world *world)
{
	return fake_client_reads_total(world->a) + fake_client_reads_total(world->b);
}

static void must_answer(struct price_world *world, instrument_id leg, enum price_use use)
{
	struct price_call *call = price_world_get(world, leg, use);
	assert_int_equal(call->completions, 1);
	assert_int_equal(call->answer, PRICE_OK);
}

/* Checks both legs, prices both orders, fills both. Returns the REST book reads that took. */
static uint64_t open_pair(struct price_world *world)
{
	uint64_t before = book_reads(world);
	instrument_id legs[] = {world->btc_a, world->btc_b};
	struct check_call *checks[2];
	for (int i = 0; i < 2; i++)
		checks[i] =
			price_world_check(world, legs[i], i == 0 ? SIDE_BUY : SIDE_SELL, 100, 1000);
	price_world_run_to(world, 50);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(checks[i]->completions, 1);
		assert_true(checks[i]->known);
		must_answer(world, legs[i], PRICE_FOR_LIMIT);
	}
	uint64_t reads = book_reads(world) - before;
	for (int i = 0; i < 2; i++)
		price_world_fill(world, legs[i], 600000, 100);
	return reads;
}

/* Hit rate in basis points of a pair opened and then watched. */
static uint32_t watch(int64_t ttl_ns, const char *name)
{
	struct price_provider_options options = price_provider_defaults();
	options.streams = false;
	options.cache_ttl_ns = ttl_ns;
	struct price_world *world = price_world_create(&options, 50 * MS);
	uint64_t opening_reads = open_pair(world);
	for (int second = 1; second <= SECONDS; second++) {
		price_world_run_to(world, 1000 * second);
		struct price_call *a =
			price_world_ask(world, world->btc_a, PRICE_FOR_MONITORING, 900);
		struct price_call *b =
			price_world_ask(world, world->btc_b, PRICE_FOR_MONITORING, 900);
		price_world_run_to(world, 1000 * second + 100);
		assert_int_equal(a->answer, PRICE_OK);
		assert_int_equal(b->answer, PRICE_OK);
	}
	const struct price_counters *counters = price_provider_counters(world->prices);
	uint32_t rate = price_provider_hit_rate_bp(world->prices);
	print_message("%s: hit rate %u.%02u %% of %llu calls (liquidity_check %llu, rest %llu, "
		      "websocket %llu hits; %llu reads), REST book reads per opened pair %llu\n",
		      name, rate / 100, rate % 100, (unsigned long long)counters->calls,
		      (unsigned long long)counters->hits[PRICE_SOURCE_LIQUIDITY_CHECK],
		      (unsigned long long)counters->hits[PRICE_SOURCE_REST],
		      (unsigned long long)counters->hits[PRICE_SOURCE_WEBSOCKET],
		      (unsigned long long)counters->rest_reads, (unsigned long long)opening_reads);
	assert_int_equal(opening_reads, 2);
	assert_int_equal(counters->calls, 2 + 2 * SECONDS);
	assert_int_equal(counters->hits[PRICE_SOURCE_LIQUIDITY_CHECK], 2);
	assert_int_equal(counters->hits[PRICE_SOURCE_WEBSOCKET], 0);
	assert_int_equal(counters->hits[PRICE_SOURCE_LIQUIDITY_CHECK] +
				 counters->hits[PRICE_SOURCE_REST] + counters->rest_reads,
			 counters->calls);
	price_world_free(world);
	return rate;
}

static void hit_rate_is_above_80_percent_with_the_default_ttl(void **state)
{
	(void)state;
	assert_true(watch(5 * NS_PER_SECOND, "cache_ttl_seconds = 5.0") > 8000);
}

static void hit_rate_of_the_fast_profile_is_printed(void **state)
{
	(void)state;
	/* A second later is still fresh: every other tick hits. */
	assert_true(watch(NS_PER_SECOND, "fast profile, cache_ttl_seconds = 1.0") >= 5000);
}

/* From the start of the check until the order could start. */
static int64_t open_leg_ns(bool second_read)
{
	struct price_world *world = price_world_create(NULL, 50 * MS);
	price_world_check(world, world->btc_a, SIDE_BUY, 100, 1000);
	price_world_run_to(world, 50);
	if (second_read)
		price_provider_invalidate(world->prices, world->btc_a);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->answer, PRICE_OK);
	int64_t elapsed_ns = call->answered_ns - PRICE_WORLD_START;
	price_world_free(world);
	return elapsed_ns;
}

static void opening_a_leg_takes_at_most_55_percent_of_the_two_call_way(void **state)
{
	(void)state;
	assert_true(open_leg_ns(false) * 100 <= open_leg_ns(true) * 55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hit_rate_is_above_80_percent_with_the_default_ttl),
		cmocka_unit_test(hit_rate_of_the_fast_profile_is_printed),
		cmocka_unit_test(opening_a_leg_takes_at_most_55_percent_of_the_two_call_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
