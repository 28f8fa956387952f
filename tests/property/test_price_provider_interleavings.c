/*
 * Random interleavings of calls, checks, market events, fills, failures and slow venues. Whatever
 * the order: every call completes exactly once and by its deadline; a price is never crossed, zero
 * or of another instrument; nobody but those who waited for it gets one older than allowed; one
 * read per instrument is in flight; the counters add up.
 */
#include "core/base/random.h"
#include "tests/support/effort.h"
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MS    NS_PER_MS
#define STEPS 400

static uint64_t seed_now;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("seed %llu: %s", (unsigned long long)seed_now, #condition);       \
	} while (0)

static void check_quote(const struct price_world *world, const struct price_quote *quote)
{
	CHECK(quote->bid.price.units > 0);
	CHECK(quote->ask.price.units > quote->bid.price.units);
	CHECK(quote->bid.quantity.units > 0 && quote->ask.quantity.units > 0);
	CHECK(quote->mid.e18 ==
	      ((i128)quote->bid.price.units + quote->ask.price.units) * (MONEY_ONE / 20));
	CHECK(quote->source != PRICE_SOURCE_NONE);
	CHECK(quote->confirmed_ns <= price_world_now(world));
	CHECK(quote->changed_ns <= quote->confirmed_ns);
}

static instrument_id random_instrument(struct price_world *world, struct random *random)
{
	return random_below(random, 2) ? world->btc_a : world->btc_b;
}

static void random_touch(struct random *random, int64_t *bid, int64_t *ask)
{
	*bid = PRICE_WORLD_BID + random_between(random, -3000, 3000);
	*ask = *bid + random_between(random, 1, 20);
	switch (random_below(random, 12)) {
	case 0:
		*ask = *bid - 5; /* crossed */
		break;
	case 1:
		*bid = *bid / 2; /* a jump */
		*ask = *bid + 5;
		break;
	case 2:
		*bid = 0; /* empty */
		break;
	default:
		break;
	}
}

static void random_step(struct price_world *world, struct random *random)
{
	instrument_id id = random_instrument(world, random);
	enum price_use use = (enum price_use)random_below(random, PRICE_USES);
	struct fake_client *fake = id == world->btc_a ? world->a : world->b;
	int64_t bid, ask;
	random_touch(random, &bid, &ask);
	switch (random_below(random, 16)) {
	case 0:
	case 1:
	case 2:
		price_world_ask(world, id, use, random_between(random, -1, 2500));
		break;
	case 3:
	case 4:
	case 5: {
		struct price_quote quote;
		enum price_answer answer = price_provider_peek(world->prices, id, use, &quote);
		if (answer != PRICE_OK)
			break;
		check_quote(world, &quote);
		CHECK(quote.instrument == id);
		CHECK(price_world_now(world) - quote.confirmed_ns <=
		      price_provider_age_limit(world->prices, use));
		break;
	}
	case 6:
		if (world->check_count < 60)
			price_world_check(world, id, SIDE_BUY, random_between(random, 1, 9000),
					  random_between(random, 0, 2500));
		break;
	case 7:
		price_world_snapshot(world, id, bid, ask);
		break;
	case 8:
	case 9:
		price_world_bbo(world, id, bid, ask);
		break;
	case 10:
		price_world_frame(world, id);
		break;
	case 11:
		price_world_connection(world, random_below(random, 2) ? id : 0,
				       random_below(random, 2) ? CONNECTION_GAP : CONNECTION_DOWN);
		break;
	case 12:
		price_world_fill(world, id, PRICE_WORLD_BID, random_between(random, 1, 400));
		break;
	case 13:
		if (bid > 0)
			fake_client_set_touch(fake, id, bid, ask);
		else
			fake_client_set_book(fake, id, NULL, 0, NULL, 0);
		break;
	case 14:
		fake_client_script_reads(fake, random_below(random, 2) ? "u.n" : "a");
		break;
	case 15:
		fake_client_set_delay(fake, random_between(random, 0, 1500) * MS);
		break;
	default:
		break;
	}
}

static void one_run(uint64_t seed)
{
	struct random random;
	random_seed(&random, seed);
	struct price_provider_options options = price_provider_defaults();
	options.prefer_websocket = random_below(&random, 2);
	options.streams = random_below(&random, 4) != 0;
	options.cache_ttl_ns = random_between(&random, 1, 6) * NS_PER_SECOND;
	options.price_jump_limit_bp = random_below(&random, 4) ? 200 : 0;
	options.stream_cross_check_ns = random_below(&random, 2) ? NS_PER_SECOND : 0;
	struct price_world *world = price_world_create(&options, 50 * MS);
	int64_t at_ms = 0;
	for (int step = 0; step < STEPS; step++) {
		random_step(world, &random);
		if (random_below(&random, 2))
			price_world_run_to(world, at_ms += random_between(&random, 1, 400));
	}
	price_world_run_to(world, at_ms + 60000);

	uint64_t failures = 0;
	for (size_t i = 0; i < world->call_count; i++) {
		const struct price_call *call = &world->calls[i];
		CHECK(call->completions == 1);
		CHECK(call->answered_ns <= call->deadline_ns ||
		      call->answered_ns == call->asked_ns);
		if (call->answer != PRICE_OK) {
			failures++;
			CHECK(call->why[0] != '\0');
			continue;
		}
		check_quote(world, &call->quote);
		/* Older than allowed only for one who joined a request that was young enough. */
		int64_t limit = price_provider_age_limit(world->prices, call->use);
		CHECK(call->answered_ns - call->quote.confirmed_ns <= limit ||
		      call->asked_ns - call->quote.confirmed_ns <= limit);
	}
	for (size_t i = 0; i < world->check_count; i++) {
		CHECK(world->checks[i].completions == 1);
		if (world->checks[i].known)
			CHECK(world->checks[i].leg.entry.best_bid.e18 <
			      world->checks[i].leg.entry.best_ask.e18);
	}
	const struct price_counters *counters = price_provider_counters(world->prices);
	uint64_t hits = 0;
	for (int source = 0; source < PRICE_SOURCES; source++)
		hits += counters->hits[source];
	CHECK(counters->calls >= world->call_count);
	CHECK(counters->calls == hits + counters->misses + counters->stale + counters->invalid);
	CHECK(counters->failures >= failures);
	CHECK(counters->jumps_dropped <= counters->jumps_held);
	CHECK(counters->cross_check_mismatches <= counters->cross_checks);
	if (options.price_jump_limit_bp == 0)
		CHECK(counters->jumps_held == 0);
	if (!options.streams)
		CHECK(counters->stored[PRICE_SOURCE_WEBSOCKET] == 0);
	price_world_free(world);
}

static void invariants_hold_for_every_seed(void **state)
{
	(void)state;
	const char *given = getenv("FUNDARB_SEED");
	uint64_t first = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)getpid() * 1000;
	uint64_t runs = given != NULL ? 1 : effort(200, "random interleavings");
	print_message("seeds %llu..%llu (FUNDARB_SEED=n repeats one)\n", (unsigned long long)first,
		      (unsigned long long)(first + runs - 1));
	for (uint64_t i = 0; i < runs; i++) {
		seed_now = first + i;
		one_run(seed_now);
	}
}

/* The same, with only the provider's own reads: never two of one instrument at a time. */
static void one_read_per_instrument_is_in_flight(void **state)
{
	(void)state;
	struct random random;
	random_seed(&random, 7);
	struct price_world *world = price_world_create(NULL, 300 * MS);
	int64_t at_ms = 0;
	for (int step = 0; step < 2000; step++) {
		instrument_id id = random_instrument(world, &random);
		switch (random_below(&random, 4)) {
		case 0:
			price_world_fill(world, id, PRICE_WORLD_BID, 1);
			break;
		case 1:
			fake_client_set_delay(world->a, random_between(&random, 1, 900) * MS);
			break;
		default:
			price_world_ask(world, id, PRICE_FOR_URGENT,
					random_between(&random, 1, 2000));
			break;
		}
		price_world_run_to(world, at_ms += random_between(&random, 0, 60));
	}
	price_world_run_to(world, at_ms + 10000);
	for (size_t i = 0; i < world->call_count; i++)
		assert_int_equal(world->calls[i].completions, 1);
	assert_int_equal(fake_client_most_in_flight(world->a), 1);
	assert_int_equal(fake_client_most_in_flight(world->b), 1);
	assert_true(price_provider_counters(world->prices)->coalesced > 100);
	price_world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invariants_hold_for_every_seed),
		cmocka_unit_test(one_read_per_instrument_is_in_flight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
