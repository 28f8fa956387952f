#include "tests/support/naive_book.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static struct book_level level(int64_t price, int64_t quantity)
{
	return (struct book_level){{price}, {quantity}};
}

static void set(struct order_book *book, enum side side, int64_t price, int64_t quantity)
{
	struct book_level one = level(price, quantity);

	if (side == SIDE_BUY)
		order_book_apply(book, &one, 1, NULL, 0);
	else
		order_book_apply(book, NULL, 0, &one, 1);
}

static void assert_best(const struct order_book *book, enum side side, int64_t price,
			int64_t quantity)
{
	struct book_level best;

	assert_true(order_book_best(book, side, &best));
	assert_int_equal(best.price.units, price);
	assert_int_equal(best.quantity.units, quantity);
}

static int64_t quantity_at(const struct order_book *book, enum side side, int64_t price)
{
	return order_book_quantity_at(book, side, (struct price){price}).units;
}

static void assert_levels(const struct order_book *book, enum side side,
			  const struct book_level *expected, uint32_t count)
{
	struct book_level found[16];

	assert_int_equal(order_book_levels(book, side, found, COUNT(found)), count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(found[i].price.units, expected[i].price.units);
		assert_int_equal(found[i].quantity.units, expected[i].quantity.units);
	}
}

static void new_book_is_empty(void **state)
{
	struct order_book *book = order_book_create(10);
	struct book_level best;

	(void)state;
	for (int side = 0; side < 2; side++) {
		assert_false(order_book_best(book, (enum side)side, &best));
		assert_int_equal(order_book_level_count(book, (enum side)side), 0);
		assert_int_equal(order_book_levels(book, (enum side)side, &best, 1), 0);
		assert_int_equal(quantity_at(book, (enum side)side, 100), 0);
	}
	assert_false(order_book_crossed(book));
	assert_int_equal(order_book_version(book), 0);
	order_book_free(book);
	order_book_free(NULL);
}

static void best_is_the_highest_bid_and_the_lowest_ask(void **state)
{
	struct order_book *book = order_book_create(10);
	const struct book_level bids[] = {level(990, 1), level(1000, 2), level(980, 3)};
	const struct book_level asks[] = {level(1030, 4), level(1010, 5), level(1020, 6)};
	const struct book_level bids_outwards[] = {bids[1], bids[0], bids[2]};
	const struct book_level asks_outwards[] = {asks[1], asks[2], asks[0]};

	(void)state;
	order_book_apply(book, bids, 3, asks, 3);
	assert_best(book, SIDE_BUY, 1000, 2);
	assert_best(book, SIDE_SELL, 1010, 5);
	assert_levels(book, SIDE_BUY, bids_outwards, 3);
	assert_levels(book, SIDE_SELL, asks_outwards, 3);
	order_book_free(book);
}

static void a_level_is_replaced_not_added(void **state)
{
	struct order_book *book = order_book_create(1);

	(void)state;
	set(book, SIDE_BUY, 100, 5);
	set(book, SIDE_BUY, 100, 3);
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 1);
	assert_int_equal(quantity_at(book, SIDE_BUY, 100), 3);
	assert_int_equal(quantity_at(book, SIDE_SELL, 100), 0);
	order_book_free(book);
}

static void deleting_the_best_uncovers_the_next(void **state)
{
	struct order_book *book = order_book_create(1);

	(void)state;
	for (int64_t distance = 0; distance <= 100000; distance += 5000) {
		set(book, SIDE_BUY, 1000000 - distance, 1 + distance);
		set(book, SIDE_SELL, 1000001 + distance, 1 + distance);
	}
	for (int64_t distance = 0; distance <= 100000; distance += 5000) {
		assert_best(book, SIDE_BUY, 1000000 - distance, 1 + distance);
		assert_best(book, SIDE_SELL, 1000001 + distance, 1 + distance);
		set(book, SIDE_BUY, 1000000 - distance, 0);
		set(book, SIDE_SELL, 1000001 + distance, 0);
	}
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 0);
	assert_int_equal(order_book_level_count(book, SIDE_SELL), 0);
	order_book_free(book);
}

static void deleting_an_unknown_level_changes_nothing_but_the_version(void **state)
{
	struct order_book *book = order_book_create(10);

	(void)state;
	set(book, SIDE_SELL, 1000, 0);
	set(book, SIDE_SELL, 1000, 1);
	set(book, SIDE_SELL, 1010, 0);
	set(book, SIDE_SELL, 1005, 0);
	set(book, SIDE_SELL, 90000000, 0);
	assert_int_equal(order_book_level_count(book, SIDE_SELL), 1);
	assert_best(book, SIDE_SELL, 1000, 1);
	assert_int_equal(order_book_version(book), 5);
	assert_int_equal(order_book_ignored_levels(book), 0);
	order_book_free(book);
}

static void prices_off_the_tick_grid_are_levels_of_their_own(void **state)
{
	struct order_book *book = order_book_create(10);
	const struct book_level bids[] = {level(1000, 1), level(1001, 2), level(995, 3),
					  level(990, 4), level(1009, 5)};
	const struct book_level outwards[] = {bids[4], bids[1], bids[0], bids[2], bids[3]};

	(void)state;
	order_book_apply(book, bids, 5, NULL, 0);
	assert_levels(book, SIDE_BUY, outwards, 5);
	assert_int_equal(quantity_at(book, SIDE_BUY, 1001), 2);
	assert_int_equal(quantity_at(book, SIDE_BUY, 1002), 0);
	set(book, SIDE_BUY, 1009, 0);
	assert_best(book, SIDE_BUY, 1001, 2);
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 4);
	order_book_free(book);
}

static void a_wrong_tick_hint_costs_speed_only(void **state)
{
	static const int64_t hints[] = {1, 3, 1000, INT64_C(1) << 62, INT64_MAX};

	(void)state;
	for (uint32_t hint = 0; hint < COUNT(hints); hint++) {
		struct order_book *book = order_book_create(hints[hint]);

		for (int64_t i = 1; i <= 500; i++)
			set(book, SIDE_SELL, 10 * i, i);
		for (int64_t i = 1; i <= 500; i++) {
			assert_best(book, SIDE_SELL, 10 * i, i);
			set(book, SIDE_SELL, 10 * i, 0);
		}
		order_book_free(book);
	}
}

static void a_crossed_book_is_shown_as_it_is(void **state)
{
	struct order_book *book = order_book_create(1);

	(void)state;
	set(book, SIDE_BUY, 100, 1);
	assert_false(order_book_crossed(book));
	set(book, SIDE_SELL, 101, 1);
	assert_false(order_book_crossed(book));
	set(book, SIDE_SELL, 100, 2);
	assert_true(order_book_crossed(book));
	set(book, SIDE_SELL, 100, 0);
	assert_false(order_book_crossed(book));
	set(book, SIDE_BUY, 150, 3);
	assert_true(order_book_crossed(book));
	assert_best(book, SIDE_BUY, 150, 3);
	assert_best(book, SIDE_SELL, 101, 1);
	order_book_free(book);
}

static void impossible_levels_are_ignored_and_counted(void **state)
{
	struct order_book *book = order_book_create(10);
	const struct book_level bids[] = {level(0, 1), level(-10, 1), level(100, -1), level(50, 2),
					  level(INT64_MIN, INT64_MIN)};

	(void)state;
	order_book_apply(book, bids, 5, bids, 2);
	assert_int_equal(order_book_ignored_levels(book), 6);
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 1);
	assert_int_equal(order_book_level_count(book, SIDE_SELL), 0);
	assert_int_equal(quantity_at(book, SIDE_BUY, -10), 0);
	assert_best(book, SIDE_BUY, 50, 2);
	order_book_free(book);
}

static void the_lowest_and_the_highest_price_are_levels_too(void **state)
{
	struct order_book *book = order_book_create(1);
	const struct book_level asks[] = {level(1, 1), level(INT64_MAX - 1, 2),
					  level(INT64_MAX, 3)};

	(void)state;
	order_book_apply(book, asks, 3, asks, 3);
	assert_levels(book, SIDE_SELL, asks, 3);
	assert_best(book, SIDE_BUY, INT64_MAX, 3);
	set(book, SIDE_BUY, INT64_MAX, 0);
	assert_best(book, SIDE_BUY, INT64_MAX - 1, 2);
	set(book, SIDE_BUY, INT64_MAX - 1, 0);
	assert_best(book, SIDE_BUY, 1, 1);
	order_book_free(book);
}

static void clear_removes_all_levels_and_the_book_can_be_filled_elsewhere(void **state)
{
	struct order_book *book = order_book_create(10);

	(void)state;
	order_book_clear(book);
	for (int64_t i = 1; i <= 3000; i++)
		set(book, SIDE_BUY, 10 * i + (i % 7 == 0), i);
	order_book_clear(book);
	assert_int_equal(order_book_version(book), 3002);
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 0);
	assert_int_equal(quantity_at(book, SIDE_BUY, 1010), 0);
	order_book_clear(book);
	set(book, SIDE_BUY, INT64_C(5000000000), 1);
	assert_best(book, SIDE_BUY, INT64_C(5000000000), 1);
	assert_int_equal(order_book_level_count(book, SIDE_BUY), 1);
	order_book_free(book);
}

static bool stop_at_third(void *user, struct book_level visited)
{
	int *seen = user;

	(void)visited;
	return ++*seen < 3;
}

static void a_walk_ends_where_its_visitor_says(void **state)
{
	struct order_book *book = order_book_create(1);
	int seen = 0;

	(void)state;
	for (int64_t i = 1; i <= 10; i++)
		set(book, SIDE_SELL, i, 1);
	order_book_walk(book, SIDE_SELL, stop_at_third, &seen);
	assert_int_equal(seen, 3);
	order_book_free(book);
}

/* 5,000.00 to 200,000.00 with a tick of 0.1, the touch wandering from one end to the other. */
static void a_book_of_ten_thousand_levels_is_exact_wherever_its_touch_goes(void **state)
{
	const int64_t tick = 10;
	struct order_book *book = order_book_create(tick);
	struct naive_book *naive = naive_book_create();
	struct book_level message[2][50];

	(void)state;
	for (int64_t step = 0; step < 300; step++) {
		int64_t touch = 50000 + step * 6500;

		for (int64_t i = 0; i < 50; i++) {
			int64_t distance = i < 40 ? 37 * i : 1000 * i + step;
			int64_t bid = touch - distance < 50000 ? 50000 : touch - distance;
			int64_t ask =
				touch + 1 + distance > 2000000 ? 2000000 : touch + 1 + distance;

			message[0][i] = level(bid * tick, 1 + i);
			message[1][i] = level(ask * tick, 1 + i);
		}
		/* What the touch has passed goes, a few at a time. */
		for (uint32_t i = 0; i < 30 && i < naive->count[SIDE_SELL]; i++) {
			struct book_level passed = naive->levels[SIDE_SELL][i];

			if (passed.price.units <= touch * tick)
				message[1][i] = level(passed.price.units, 0);
		}
		order_book_apply(book, message[0], 50, message[1], 50);
		naive_book_apply(naive, message[0], 50, message[1], 50);
		if (step % 50 == 0 || step == 299)
			assert_null(naive_book_difference(naive, book));
	}
	assert_true(order_book_level_count(book, SIDE_BUY) > 10000);
	order_book_free(book);
	naive_book_free(naive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_book_is_empty),
		cmocka_unit_test(best_is_the_highest_bid_and_the_lowest_ask),
		cmocka_unit_test(a_level_is_replaced_not_added),
		cmocka_unit_test(deleting_the_best_uncovers_the_next),
		cmocka_unit_test(deleting_an_unknown_level_changes_nothing_but_the_version),
		cmocka_unit_test(prices_off_the_tick_grid_are_levels_of_their_own),
		cmocka_unit_test(a_wrong_tick_hint_costs_speed_only),
		cmocka_unit_test(a_crossed_book_is_shown_as_it_is),
		cmocka_unit_test(impossible_levels_are_ignored_and_counted),
		cmocka_unit_test(the_lowest_and_the_highest_price_are_levels_too),
		cmocka_unit_test(clear_removes_all_levels_and_the_book_can_be_filled_elsewhere),
		cmocka_unit_test(a_walk_ends_where_its_visitor_says),
		cmocka_unit_test(a_book_of_ten_thousand_levels_is_exact_wherever_its_touch_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
