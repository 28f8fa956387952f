/*
 * Random streams of messages, order_book compared with a naive sorted array after each message.
 * FUNDARB_SEED=n repeats one seed.
 */
#include "tests/support/effort.h"
#include "tests/support/book_baseline.h"
#include "tests/support/naive_book.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define LEVELS_A_MESSAGE 120

struct stream {
	uint64_t random;
	int64_t tick;
	int64_t touch;		  /* in ticks */
	int64_t spread_of_levels; /* typical distance from the touch, in ticks */
	struct book_level levels[2][LEVELS_A_MESSAGE];
	uint32_t count[2];
};

/* SplitMix64: the test's own, so that its streams do not change with the program. */
static uint64_t next_random(struct stream *stream)
{
	uint64_t z = stream->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t below(struct stream *stream, int64_t limit)
{
	return (int64_t)(next_random(stream) % (uint64_t)limit);
}

static bool one_in(struct stream *stream, int64_t n)
{
	return below(stream, n) == 0;
}

static int64_t random_price(struct stream *stream, enum side side)
{
	int64_t distance = below(stream, stream->spread_of_levels);

	if (one_in(stream, 4))
		distance *= 1 + below(stream, 64);
	if (one_in(stream, 50))
		distance = -distance; /* crosses */
	int64_t ticks = side == SIDE_BUY ? stream->touch - distance : stream->touch + 1 + distance;
	int64_t price = ticks * stream->tick;

	if (one_in(stream, 20))
		price += below(stream, stream->tick) - stream->tick / 2;
	if (one_in(stream, 2000))
		price = INT64_MAX - below(stream, 3);
	return price;
}

static void move_touch(struct stream *stream)
{
	stream->touch += below(stream, 41) - 20;
	if (one_in(stream, 40))
		stream->touch += below(stream, 4 * stream->spread_of_levels + 1) -
				 2 * stream->spread_of_levels;
	if (one_in(stream, 100))
		stream->touch = one_in(stream, 2) ? stream->touch / 2 : stream->touch * 3 / 2;
	if (stream->touch < 10 || stream->touch > INT64_C(1000000000))
		stream->touch = 1000 + below(stream, 1000000);
}

static void random_message(struct stream *stream, const struct naive_book *naive)
{
	move_touch(stream);
	for (int side = 0; side < 2; side++) {
		uint32_t count = (uint32_t)below(stream, one_in(stream, 4) ? LEVELS_A_MESSAGE : 8);

		stream->count[side] = count;
		for (uint32_t i = 0; i < count; i++) {
			struct book_level *level = &stream->levels[side][i];

			level->price.units = random_price(stream, (enum side)side);
			level->quantity.units = one_in(stream, 3) ? 0 : 1 + below(stream, 1000);
			/* Unknown levels are mostly what a random deletion meets: name known ones.
			 */
			if (one_in(stream, 3) && naive->count[side] > 0) {
				int64_t reach = one_in(stream, 2) ? 3 : naive->count[side];
				int64_t at = below(stream, reach) % naive->count[side];

				level->price = naive->levels[side][at].price;
				level->quantity.units = one_in(stream, 4) ? 7 : 0;
			}
			if (one_in(stream, 300))
				level->price.units = -below(stream, 5);
			if (one_in(stream, 300))
				level->quantity.units = -1;
		}
	}
}

static void check_quantities(struct stream *stream, const struct naive_book *naive,
			     const struct order_book *book)
{
	for (int i = 0; i < 10; i++) {
		enum side side = one_in(stream, 2) ? SIDE_BUY : SIDE_SELL;
		struct price price = {random_price(stream, side)};

		if (naive->count[side] > 0 && one_in(stream, 2))
			price = naive->levels[side][below(stream, naive->count[side])].price;
		assert_int_equal(order_book_quantity_at(book, side, price).units,
				 naive_book_quantity_at(naive, side, price).units);
	}
}

/* A baseline that does less than the book would flatter the book. */
static void check_baseline(const struct naive_book *naive, const struct book_baseline *baseline)
{
	for (int side = 0; side < 2; side++) {
		struct book_level best = {{0}, {0}};

		assert_int_equal(book_baseline_level_count(baseline, (enum side)side),
				 naive->count[side]);
		assert_int_equal(book_baseline_best(baseline, (enum side)side, &best),
				 naive->count[side] > 0);
		if (naive->count[side] > 0)
			assert_memory_equal(&best, &naive->levels[side][0], sizeof(best));
	}
}

static void run_stream(uint64_t seed, int messages)
{
	static const int64_t ticks[] = {1, 10, 5, 100, 25, 1000000, INT64_C(100000000000), 7};
	static const int64_t spreads[] = {20, 200, 2000, 20000};
	struct stream stream = {.random = seed};
	struct naive_book *naive = naive_book_create();

	stream.tick = ticks[below(&stream, 8)];
	stream.spread_of_levels = spreads[below(&stream, 4)];
	stream.touch = 100 + below(&stream, 1000000);
	struct order_book *book = order_book_create(stream.tick);

	struct book_baseline *baseline = book_baseline_create();

	assert_non_null(book);
	assert_non_null(baseline);
	for (int i = 0; i < messages; i++) {
		if (one_in(&stream, 500)) {
			order_book_clear(book);
			naive_book_clear(naive);
			book_baseline_clear(baseline);
		}
		random_message(&stream, naive);
		order_book_apply(book, stream.levels[0], stream.count[0], stream.levels[1],
				 stream.count[1]);
		naive_book_apply(naive, stream.levels[0], stream.count[0], stream.levels[1],
				 stream.count[1]);
		book_baseline_apply(baseline, stream.levels[0], stream.count[0], stream.levels[1],
				    stream.count[1]);
		const char *difference = naive_book_difference(naive, book);

		if (difference)
			fail_msg("seed %" PRIu64 ", message %d: %s differs", seed, i, difference);
		check_quantities(&stream, naive, book);
		check_baseline(naive, baseline);
	}
	order_book_free(book);
	book_baseline_free(baseline);
	naive_book_free(naive);
}

static void book_equals_a_sorted_map_after_every_message(void **state)
{
	const char *chosen = getenv("FUNDARB_SEED");
	uint64_t first = chosen ? strtoull(chosen, NULL, 10) : 1;
	uint64_t last = chosen ? first : effort(40, "streams of book messages");

	(void)state;
	for (uint64_t seed = first; seed <= last; seed++) {
		printf("seed %" PRIu64 "\n", seed);
		run_stream(seed, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(book_equals_a_sorted_map_after_every_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
