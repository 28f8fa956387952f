#include "core/market/sorted_levels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_LEVELS 64u

/* Never empty while it is in the array. Prices apart from quantities: the search reads only them.
 */
struct level_block {
	uint32_t count;
	int64_t price[BLOCK_LEVELS];
	int64_t quantity[BLOCK_LEVELS];
};

/*
 * How many of the ascending prices are <= price. The mask instead of a branch: which half is taken
 * is a coin toss, and a mispredicted one costs more than the whole search.
 */
static uint32_t count_at_or_below(const int64_t *prices, uint32_t count, int64_t price)
{
	uint32_t low = 0;

	while (count > 1) {
		uint32_t half = count / 2;

		low += half & (0u - (uint32_t)(prices[low + half - 1] <= price));
		count -= half;
	}
	return low + (count == 1 && prices[low] <= price);
}

/* The block that holds the price or would take it; there must be one. */
static uint32_t block_for(const struct sorted_levels *levels, int64_t price)
{
	uint32_t block = count_at_or_below(levels->first_price, levels->block_count, price);

	return block > 0 ? block - 1 : 0;
}

static void insert_block(struct sorted_levels *levels, uint32_t at)
{
	uint32_t behind = levels->block_count - at;

	if (levels->block_count == levels->block_room) {
		uint32_t room = levels->block_room ? 2 * levels->block_room : 4;

		levels->first_price =
			realloc(levels->first_price, room * sizeof(*levels->first_price));
		levels->blocks = realloc(levels->blocks, room * sizeof(*levels->blocks));
		if (!levels->first_price || !levels->blocks)
			abort();
		levels->block_room = room;
	}
	memmove(levels->first_price + at + 1, levels->first_price + at,
		behind * sizeof(*levels->first_price));
	memmove(levels->blocks + at + 1, levels->blocks + at, behind * sizeof(*levels->blocks));
	levels->blocks[at] = malloc(sizeof(struct level_block));
	if (!levels->blocks[at])
		abort();
	levels->blocks[at]->count = 0;
	levels->block_count++;
}

static void remove_block(struct sorted_levels *levels, uint32_t at)
{
	uint32_t behind = levels->block_count - at - 1;

	free(levels->blocks[at]);
	memmove(levels->first_price + at, levels->first_price + at + 1,
		behind * sizeof(*levels->first_price));
	memmove(levels->blocks + at, levels->blocks + at + 1, behind * sizeof(*levels->blocks));
	levels->block_count--;
}

/* Moves the levels of `from` that start at index `first` to the end of `to`. */
static void move_tail(struct level_block *to, struct level_block *from, uint32_t first)
{
	uint32_t moved = from->count - first;

	memcpy(to->price + to->count, from->price + first, moved * sizeof(*to->price));
	memcpy(to->quantity + to->count, from->quantity + first, moved * sizeof(*to->quantity));
	to->count += moved;
	from->count = first;
}

/* Makes room in a full block; returns the block that the price goes to now. */
static uint32_t split_block(struct sorted_levels *levels, uint32_t at, int64_t price)
{
	struct level_block *full = levels->blocks[at];
	/* Levels that arrive in order (a snapshot) fill their blocks instead of halving them. */
	bool appends = at + 1 == levels->block_count && price > full->price[BLOCK_LEVELS - 1];
	bool prepends = at == 0 && price < full->price[0];

	if (prepends) {
		insert_block(levels, 0);
		return 0;
	}
	insert_block(levels, at + 1);
	if (appends)
		return at + 1;
	move_tail(levels->blocks[at + 1], full, BLOCK_LEVELS / 2);
	levels->first_price[at + 1] = levels->blocks[at + 1]->price[0];
	return price >= levels->first_price[at + 1] ? at + 1 : at;
}

/* Thinned-out neighbours become one, so that blocks stay a quarter full on average. */
static void join_blocks(struct sorted_levels *levels, uint32_t at)
{
	if (levels->blocks[at]->count == 0) {
		remove_block(levels, at);
		return;
	}
	levels->first_price[at] = levels->blocks[at]->price[0];
	for (uint32_t left = at > 0 ? at - 1 : 0; left <= at; left++) {
		if (left + 1 >= levels->block_count)
			return;
		struct level_block *a = levels->blocks[left];
		struct level_block *b = levels->blocks[left + 1];

		if (a->count + b->count <= BLOCK_LEVELS / 2) {
			move_tail(a, b, 0);
			remove_block(levels, left + 1);
			return;
		}
	}
}

void sorted_levels_clear(struct sorted_levels *levels)
{
	for (uint32_t i = 0; i < levels->block_count; i++)
		free(levels->blocks[i]);
	free(levels->first_price);
	free(levels->blocks);
	memset(levels, 0, sizeof(*levels));
}

static void insert_level(struct sorted_levels *levels, uint32_t at, int64_t price, int64_t quantity)
{
	if (levels->block_count == 0)
		insert_block(levels, 0);
	else if (levels->blocks[at]->count == BLOCK_LEVELS)
		at = split_block(levels, at, price);

	struct level_block *block = levels->blocks[at];
	uint32_t index = count_at_or_below(block->price, block->count, price);
	uint32_t behind = block->count - index;

	memmove(block->price + index + 1, block->price + index, behind * sizeof(*block->price));
	memmove(block->quantity + index + 1, block->quantity + index,
		behind * sizeof(*block->quantity));
	block->price[index] = price;
	block->quantity[index] = quantity;
	block->count++;
	levels->first_price[at] = block->price[0];
	levels->level_count++;
}

void sorted_levels_set(struct sorted_levels *levels, int64_t price, int64_t quantity)
{
	uint32_t at = 0;

	assert(quantity >= 0);
	if (levels->block_count > 0) {
		at = block_for(levels, price);
		struct level_block *block = levels->blocks[at];
		uint32_t index = count_at_or_below(block->price, block->count, price);

		if (index > 0 && block->price[index - 1] == price) {
			if (quantity > 0) {
				block->quantity[index - 1] = quantity;
				return;
			}
			uint32_t behind = block->count - index;

			memmove(block->price + index - 1, block->price + index,
				behind * sizeof(*block->price));
			memmove(block->quantity + index - 1, block->quantity + index,
				behind * sizeof(*block->quantity));
			block->count--;
			levels->level_count--;
			join_blocks(levels, at);
			return;
		}
	}
	if (quantity > 0)
		insert_level(levels, at, price, quantity);
}

int64_t sorted_levels_get(const struct sorted_levels *levels, int64_t price)
{
	if (levels->block_count == 0)
		return 0;
	const struct level_block *block = levels->blocks[block_for(levels, price)];
	uint32_t index = count_at_or_below(block->price, block->count, price);

	return index > 0 && block->price[index - 1] == price ? block->quantity[index - 1] : 0;
}

struct level_place sorted_levels_lowest(const struct sorted_levels *levels)
{
	(void)levels;
	return (struct level_place){0, 0};
}

struct level_place sorted_levels_highest(const struct sorted_levels *levels)
{
	if (levels->block_count == 0)
		return (struct level_place){0, 0};
	uint32_t last = levels->block_count - 1;

	return (struct level_place){last, levels->blocks[last]->count - 1};
}

struct level_place sorted_levels_at_or_above(const struct sorted_levels *levels, int64_t price)
{
	if (levels->block_count == 0)
		return (struct level_place){0, 0};
	uint32_t at = block_for(levels, price);
	const struct level_block *block = levels->blocks[at];
	uint32_t index = count_at_or_below(block->price, block->count, price);

	if (index > 0 && block->price[index - 1] == price)
		index--;
	return index < block->count ? (struct level_place){at, index}
				    : (struct level_place){at + 1, 0};
}

bool sorted_levels_read(const struct sorted_levels *levels, struct level_place place,
			int64_t *price, int64_t *quantity)
{
	if (place.block >= levels->block_count)
		return false;
	const struct level_block *block = levels->blocks[place.block];

	assert(place.index < block->count);
	*price = block->price[place.index];
	*quantity = block->quantity[place.index];
	return true;
}

struct level_place sorted_levels_above(const struct sorted_levels *levels, struct level_place place)
{
	if (place.index + 1 < levels->blocks[place.block]->count)
		return (struct level_place){place.block, place.index + 1};
	return (struct level_place){place.block + 1, 0};
}

struct level_place sorted_levels_below(const struct sorted_levels *levels, struct level_place place)
{
	if (place.index > 0)
		return (struct level_place){place.block, place.index - 1};
	if (place.block == 0)
		return (struct level_place){levels->block_count, 0};
	return (struct level_place){place.block - 1, levels->blocks[place.block - 1]->count - 1};
}
