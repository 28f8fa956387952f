/*
 * price_cache_hit_ns: what asking for a cached price costs; the baseline is one clock_gettime.
 * open_leg_rest_ms: from the start of a leg's liquidity check until its order could start, streams
 * off, 50 ms REST delay, in the scheduler's time; the baseline is the way that reads the venue a
 * second time for the order's price.
 */
#include "tests/bench/bench.h"
#include "tests/support/price_world.h"

#define REST_DELAY_NS (50 * NS_PER_MS)

static void peek_hits(void *user, unsigned calls)
{
	struct price_world *world = user;
	struct price_quote quote;
	for (unsigned i = 0; i < calls; i++) {
		enum price_answer answer =
			price_provider_peek(world->prices, world->btc_a, PRICE_FOR_LIMIT, &quote);
		assert(answer == PRICE_OK);
	}
}

static void read_clock(void *user, unsigned calls)
{
	(void)user;
	for (unsigned i = 0; i < calls; i++)
		bench_now_ns();
}

/* Checks the leg, then asks for the order's price; `fresh` forgets what the check read. */
static double open_leg_ms(bool fresh)
{
	struct price_world *world = price_world_create(NULL, REST_DELAY_NS);
	int64_t started_ns = price_world_now(world);
	struct check_call *check = price_world_check(world, world->btc_a, SIDE_BUY, 100, 1000);
	price_world_run_to(world, REST_DELAY_NS / NS_PER_MS);
	assert(check->completions == 1 && check->known);
	if (fresh)
		price_provider_invalidate(world->prices, world->btc_a);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert(call->answer == PRICE_OK);
	double elapsed_ms = (double)(call->answered_ns - started_ns) / NS_PER_MS;
	price_world_free(world);
	return elapsed_ms;
}

void bench_price_provider(struct bench_report *report)
{
	struct price_world *world = price_world_create(NULL, REST_DELAY_NS);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	double hit_ns = bench_median_ns(101, 100000, peek_hits, world);
	double clock_ns = bench_median_ns(101, 100000, read_clock, NULL);
	price_world_free(world);
	bench_report_add(report, "price_cache_hit_ns", hit_ns, "ns", clock_ns, "one clock_gettime");
	bench_report_add(report, "open_leg_rest_ms", open_leg_ms(false), "ms", open_leg_ms(true),
			 "the two-call way");
}
