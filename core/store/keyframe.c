#include "core/store/keyframe.h"

struct comparison {
	const struct book_level *levels;
	uint32_t count;
	uint32_t at;
	bool equal;
};

static bool compare_level(void *user, struct book_level level)
{
	struct comparison *comparison = user;
	if (comparison->at == comparison->count)
		return false;
	const struct book_level *expected = &comparison->levels[comparison->at++];
	comparison->equal = expected->price.units == level.price.units &&
			    expected->quantity.units == level.quantity.units;
	return comparison->equal;
}

static bool side_equals(const struct order_book *book, enum side side,
			const struct book_level *levels, uint32_t count, uint32_t depth_cap)
{
	uint32_t wanted = order_book_level_count(book, side);
	if (depth_cap > 0 && wanted > depth_cap)
		wanted = depth_cap;
	if (count != wanted)
		return false;
	struct comparison comparison = {.levels = levels, .count = count, .equal = true};
	order_book_walk(book, side, compare_level, &comparison);
	return comparison.equal && comparison.at == count;
}

bool keyframe_equals_book(const struct market_event *keyframe, const struct order_book *book,
			  uint32_t depth_cap)
{
	return side_equals(book, SIDE_BUY, keyframe->u.book.bids, keyframe->u.book.bid_count,
			   depth_cap) &&
	       side_equals(book, SIDE_SELL, keyframe->u.book.asks, keyframe->u.book.ask_count,
			   depth_cap);
}
