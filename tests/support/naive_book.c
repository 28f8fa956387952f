#include "tests/support/naive_book.h"

#include <stdlib.h>
#include <string.h>

struct naive_book *naive_book_create(void)
{
	struct naive_book *naive = calloc(1, sizeof(*naive));

	if (!naive)
		abort();
	return naive;
}

void naive_book_free(struct naive_book *naive)
{
	free(naive);
}

void naive_book_clear(struct naive_book *naive)
{
	naive->count[SIDE_BUY] = 0;
	naive->count[SIDE_SELL] = 0;
	naive->version++;
}

/* The first level that is not better than the price. */
static uint32_t position_of(const struct naive_book *naive, enum side side, int64_t price)
{
	const struct book_level *levels = naive->levels[side];
	uint32_t at = 0;

	while (at < naive->count[side] &&
	       (side == SIDE_BUY ? levels[at].price.units > price : levels[at].price.units < price))
		at++;
	return at;
}

static void apply_level(struct naive_book *naive, enum side side, struct book_level level)
{
	struct book_level *levels = naive->levels[side];
	uint32_t *count = &naive->count[side];

	if (level.price.units <= 0 || level.quantity.units < 0) {
		naive->ignored++;
		return;
	}
	uint32_t at = position_of(naive, side, level.price.units);
	bool known = at < *count && levels[at].price.units == level.price.units;

	if (known && level.quantity.units > 0) {
		levels[at] = level;
	} else if (known) {
		memmove(levels + at, levels + at + 1, (*count - at - 1) * sizeof(*levels));
		--*count;
	} else if (level.quantity.units > 0) {
		if (*count == NAIVE_BOOK_LEVELS)
			abort();
		memmove(levels + at + 1, levels + at, (*count - at) * sizeof(*levels));
		levels[at] = level;
		++*count;
	}
}

void naive_book_apply(struct naive_book *naive, const struct book_level *bids, uint32_t bid_count,
		      const struct book_level *asks, uint32_t ask_count)
{
	for (uint32_t i = 0; i < bid_count; i++)
		apply_level(naive, SIDE_BUY, bids[i]);
	for (uint32_t i = 0; i < ask_count; i++)
		apply_level(naive, SIDE_SELL, asks[i]);
	naive->version++;
}

struct quantity naive_book_quantity_at(const struct naive_book *naive, enum side side,
				       struct price price)
{
	uint32_t at = position_of(naive, side, price.units);

	if (at < naive->count[side] && naive->levels[side][at].price.units == price.units)
		return naive->levels[side][at].quantity;
	return (struct quantity){0};
}

static bool same_level(struct book_level a, struct book_level b)
{
	return a.price.units == b.price.units && a.quantity.units == b.quantity.units;
}

struct walk_check {
	const struct naive_book *naive;
	enum side side;
	uint32_t seen;
	bool same;
};

static bool check_level(void *user, struct book_level level)
{
	struct walk_check *check = user;

	check->same = check->seen < check->naive->count[check->side] &&
		      same_level(level, check->naive->levels[check->side][check->seen]);
	check->seen++;
	return check->same;
}

static const char *side_difference(const struct naive_book *naive, const struct order_book *book,
				   enum side side)
{
	struct walk_check check = {naive, side, 0, true};
	struct book_level best;
	struct book_level top[5];
	uint32_t count = naive->count[side];

	if (order_book_level_count(book, side) != count)
		return "level count";
	if (order_book_best(book, side, &best) != (count > 0))
		return "whether there is a best level";
	if (count > 0 && !same_level(best, naive->levels[side][0]))
		return "best level";
	order_book_walk(book, side, check_level, &check);
	if (!check.same || check.seen != count)
		return "walk";
	if (order_book_levels(book, side, top, 5) != (count < 5 ? count : 5))
		return "number of levels copied";
	for (uint32_t i = 0; i < 5 && i < count; i++) {
		if (!same_level(top[i], naive->levels[side][i]))
			return "levels copied";
	}
	return NULL;
}

const char *naive_book_difference(const struct naive_book *naive, const struct order_book *book)
{
	bool crossed =
		naive->count[SIDE_BUY] > 0 && naive->count[SIDE_SELL] > 0 &&
		naive->levels[SIDE_BUY][0].price.units >= naive->levels[SIDE_SELL][0].price.units;
	const char *difference = side_difference(naive, book, SIDE_BUY);

	if (!difference)
		difference = side_difference(naive, book, SIDE_SELL);
	if (!difference && order_book_crossed(book) != crossed)
		difference = "crossing";
	if (!difference && order_book_version(book) != naive->version)
		difference = "version";
	if (!difference && order_book_ignored_levels(book) != naive->ignored)
		difference = "ignored levels";
	return difference;
}
