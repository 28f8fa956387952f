/*
 * Price levels in ascending order, in blocks of a few dozen: what of a book lies outside its dense
 * window or between its slots. A change costs two short binary searches and a move within one
 * block, however many levels there are. Used by order_book alone.
 */
#ifndef FUNDARB_CORE_MARKET_SORTED_LEVELS_H
#define FUNDARB_CORE_MARKET_SORTED_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

struct level_block;

/* All zero is the empty set. The blocks belong to it until sorted_levels_clear. */
struct sorted_levels {
	int64_t *first_price; /* of each block, so that the search touches one array */
	struct level_block **blocks;
	uint32_t block_count;
	uint32_t block_room;
	uint32_t level_count;
};

/* Removes all levels and returns the memory. */
void sorted_levels_clear(struct sorted_levels *levels);
/* Sets the quantity (> 0) at a price, or removes the level (0). Aborts if memory is out. */
void sorted_levels_set(struct sorted_levels *levels, int64_t price, int64_t quantity);
/* 0 if there is no such level. */
int64_t sorted_levels_get(const struct sorted_levels *levels, int64_t price);

/* A place in the order; any change of the levels makes it invalid. */
struct level_place {
	uint32_t block; /* block_count: past either end */
	uint32_t index;
};
struct level_place sorted_levels_lowest(const struct sorted_levels *levels);
struct level_place sorted_levels_highest(const struct sorted_levels *levels);
/* The first level at or above price. */
struct level_place sorted_levels_at_or_above(const struct sorted_levels *levels, int64_t price);
/* False past the end. */
bool sorted_levels_read(const struct sorted_levels *levels, struct level_place place,
			int64_t *price, int64_t *quantity);
struct level_place sorted_levels_above(const struct sorted_levels *levels,
				       struct level_place place);
struct level_place sorted_levels_below(const struct sorted_levels *levels,
				       struct level_place place);

#endif
