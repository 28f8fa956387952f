#include "tests/support/book_baseline.h"

#include <stdlib.h>
#include <string.h>

struct sorted_side {
	struct book_level *levels; /* bids ascending, asks descending */
	uint32_t count;
	uint32_t room;
};

struct book_baseline {
	struct sorted_side sides[2];
};

struct book_baseline *book_baseline_create(void)
{
	return calloc(1, sizeof(struct book_baseline));
}

void book_baseline_free(struct book_baseline *book)
{
	if (!book)
		return;
	free(book->sides[SIDE_BUY].levels);
	free(book->sides[SIDE_SELL].levels);
	free(book);
}

void book_baseline_clear(struct book_baseline *book)
{
	book->sides[SIDE_BUY].count = 0;
	book->sides[SIDE_SELL].count = 0;
}

static uint32_t position_of(const struct sorted_side *side, bool ascending, int64_t price)
{
	uint32_t low = 0;
	uint32_t high = side->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int64_t there = side->levels[middle].price.units;

		if (ascending ? there < price : there > price)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void apply_level(struct sorted_side *side, bool ascending, const struct book_level *level)
{
	int64_t price = level->price.units;

	if (price <= 0 || level->quantity.units < 0)
		return;
	uint32_t position = position_of(side, ascending, price);
	uint32_t behind = side->count - position;

	if (behind > 0 && side->levels[position].price.units == price) {
		struct book_level *at = side->levels + position;

		if (level->quantity.units > 0) {
			at->quantity = level->quantity;
			return;
		}
		memmove(at, at + 1, (behind - 1) * sizeof(*at));
		side->count--;
		return;
	}
	if (level->quantity.units == 0)
		return;
	if (side->count == side->room) {
		side->room = side->room ? 2 * side->room : 64;
		side->levels = realloc(side->levels, side->room * sizeof(*side->levels));
		if (!side->levels)
			abort();
	}
	memmove(side->levels + position + 1, side->levels + position,
		behind * sizeof(*side->levels));
	side->levels[position] = *level;
	side->count++;
}

void book_baseline_apply(struct book_baseline *book, const struct book_level *bids,
			 uint32_t bid_count, const struct book_level *asks, uint32_t ask_count)
{
	for (uint32_t i = 0; i < bid_count; i++)
		apply_level(&book->sides[SIDE_BUY], true, &bids[i]);
	for (uint32_t i = 0; i < ask_count; i++)
		apply_level(&book->sides[SIDE_SELL], false, &asks[i]);
}

bool book_baseline_best(const struct book_baseline *book, enum side side, struct book_level *best)
{
	const struct sorted_side *of = &book->sides[side];

	if (of->count == 0)
		return false;
	*best = of->levels[of->count - 1];
	return true;
}

uint32_t book_baseline_level_count(const struct book_baseline *book, enum side side)
{
	return book->sides[side].count;
}
