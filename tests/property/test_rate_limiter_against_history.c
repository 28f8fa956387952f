/*
 * The limiter against a model without a bucket: it keeps every expense and computes what is left
 * from the history alone, as the least, over every moment s at which the bucket may have been full,
 * of capacity + what came since s - what was spent since s.
 */
#include "core/base/int128.h"
#include "core/base/random.h"
#include "core/net/rate_limiter.h"
#include "tests/support/effort.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define UNIT	  ((i128)3600 * 1000000000) /* of one weight: exact for any refill */
#define START_NS  INT64_C(1700000000000000000)
#define STEPS	  300
#define MINUTE_NS INT64_C(60000000000)

struct history {
	struct rate_bucket_options options;
	unsigned count;
	int64_t at_ns[STEPS], weight[STEPS];
	/* Said by the venue, or the start. */
	int64_t told_ns, told;
	unsigned told_before; /* expenses before this index are in it */
};

static i128 left_units(const struct history *history, int64_t now_ns)
{
	const struct rate_bucket_options *options = &history->options;
	i128 spent = 0, least = (i128)options->capacity * UNIT;
	bool unbounded = options->refill_per_hour == 0;
	if (unbounded)
		least = (i128)1 << 100;
	for (unsigned i = history->count; i-- > history->told_before;) {
		spent += history->weight[i] * UNIT;
		i128 full_then = (i128)options->capacity * UNIT +
				 (i128)(now_ns - history->at_ns[i]) * options->refill_per_hour -
				 spent;
		if (!unbounded && full_then < least)
			least = full_then;
	}
	i128 from_told = history->told * UNIT +
			 (i128)(now_ns - history->told_ns) * options->refill_per_hour - spent;
	return from_told < least ? from_told : least;
}

static bool enough(const struct history *history, enum request_priority priority, int64_t weight,
		   int64_t now_ns)
{
	i128 reserve = (i128)history->options.capacity * UNIT *
		       history->options.reserve_percent[priority] / 100;
	return weight == 0 || left_units(history, now_ns) >= weight * UNIT + reserve;
}

static int64_t floor_units(i128 units)
{
	return (int64_t)(units >= 0 ? units / UNIT : -((-units + UNIT - 1) / UNIT));
}

static struct rate_bucket_options drawn_options(struct random *random)
{
	struct rate_bucket_options options = {.name = "drawn"};
	options.capacity = random_between(random, 1, random_below(random, 2) ? 50 : 100000);
	options.refill_per_hour =
		random_below(random, 6) == 0 ? 0 : random_between(random, 1, 200000);
	int64_t reserve = 0;
	for (unsigned i = 0; i < REQUEST_PRIORITIES; i++) {
		reserve += random_between(random, 0, 20);
		options.reserve_percent[i] = (int)reserve;
	}
	return options;
}

/* In no minute more than a full bucket and what came in that minute. */
static void assert_minutes_bounded(const struct history *history)
{
	const struct rate_bucket_options *options = &history->options;
	for (unsigned i = 0; i < history->count; i++) {
		i128 spent = 0;
		for (unsigned j = i; j < history->count; j++) {
			int64_t span_ns = history->at_ns[j] - history->at_ns[i];
			if (span_ns > MINUTE_NS)
				break;
			spent += history->weight[j] * UNIT;
			assert_true(spent <= options->capacity * UNIT +
						     (i128)span_ns * options->refill_per_hour);
		}
	}
}

static void note_expense(struct history *histories, unsigned count, const int64_t *weights,
			 int64_t now_ns)
{
	for (unsigned i = 0; i < count; i++) {
		histories[i].at_ns[histories[i].count] = now_ns;
		histories[i].weight[histories[i].count++] = weights[i];
	}
}

/* Not a nanosecond before, and then surely. */
static void assert_earliest(const struct rate_limiter *limiter, enum request_priority priority,
			    const int64_t *weights, int64_t now_ns, int64_t answer)
{
	assert_true(answer > now_ns);
	struct rate_limiter early = *limiter, then = *limiter;
	if (answer - 1 > now_ns)
		assert_int_equal(rate_limiter_take(&early, priority, weights, answer - 1), answer);
	assert_int_equal(rate_limiter_take(&then, priority, weights, answer), 0);
}

static uint64_t seed;

static void run_seed(void)
{
	struct random random;
	random_seed(&random, seed);
	static struct history histories[RATE_BUCKETS_MAX];
	struct rate_bucket_options options[RATE_BUCKETS_MAX];
	unsigned count = 1 + (unsigned)random_below(&random, RATE_BUCKETS_MAX);
	bool told = random_below(&random, 2) == 0;
	for (unsigned i = 0; i < count; i++) {
		options[i] = drawn_options(&random);
		histories[i] = (struct history){
			.options = options[i], .told_ns = START_NS, .told = options[i].capacity};
	}
	struct rate_limiter limiter;
	rate_limiter_init(&limiter, options, count, START_NS);
	int64_t now_ns = START_NS, blocked_ns = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		static const int64_t spans[] = {1, 1000, 1000000, 1000000000, 100000000000};
		now_ns += random_between(&random, 0, spans[random_below(&random, 5)]);
		int64_t weights[RATE_BUCKETS_MAX] = {0};
		enum request_priority priority =
			(enum request_priority)random_below(&random, REQUEST_PRIORITIES);
		bool expected = now_ns >= blocked_ns;
		for (unsigned i = 0; i < count; i++) {
			int64_t most =
				options[i].capacity / (1 + (int64_t)random_below(&random, 8));
			weights[i] = random_between(&random, 0, most + 1);
			expected = expected && enough(&histories[i], priority, weights[i], now_ns);
		}
		int64_t answer = rate_limiter_take(&limiter, priority, weights, now_ns);
		assert_int_equal(answer == 0, expected);
		if (answer == 0)
			note_expense(histories, count, weights, now_ns);
		else if (answer < INT64_MAX)
			assert_earliest(&limiter, priority, weights, now_ns, answer);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(rate_limiter_left(&limiter, i, now_ns),
					 floor_units(left_units(&histories[i], now_ns)));
		if (random_below(&random, 40) == 0) {
			int64_t until_ns = now_ns + random_between(&random, 0, 2000000000);
			blocked_ns = until_ns > blocked_ns ? until_ns : blocked_ns;
			rate_limiter_block(&limiter, until_ns);
		}
		if (told && random_below(&random, 30) == 0) {
			unsigned i = (unsigned)random_below(&random, count);
			struct history *history = &histories[i];
			history->told = random_between(&random, -10, history->options.capacity);
			history->told_ns = now_ns;
			history->told_before = history->count;
			rate_limiter_set_left(&limiter, i, history->told, now_ns);
		}
	}
	for (unsigned i = 0; i < count && !told; i++)
		assert_minutes_bounded(&histories[i]);
}

static void the_limiter_agrees_with_its_history(void **state)
{
	(void)state;
	const char *given = getenv("FUNDARB_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 1;
	unsigned runs = given ? 1 : effort(400, "histories");
	for (seed = first; seed < first + runs; seed++)
		run_seed();
	seed = 0;
}

static int print_seed(void **state)
{
	(void)state;
	if (seed)
		printf("FUNDARB_SEED=%llu\n", (unsigned long long)seed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_limiter_agrees_with_its_history, print_seed),
	};
	return cmocka_run_group_tests_name("rate_limiter_against_history", tests, NULL, NULL);
}
