/*
 * One instrument's book: absolute levels by price. A dense window of slots round the touch, plus
 * sorted far levels, so that a level change near the touch costs a few nanoseconds and off-tick
 * prices still work. Own orders never alter it.
 */
#ifndef FUNDARB_CORE_MARKET_ORDER_BOOK_H
#define FUNDARB_CORE_MARKET_ORDER_BOOK_H

#include "core/market/market_event.h"

struct order_book;

/* tick: usual distance of levels in price units (>= 1), a hint, not a rule. NULL: out of memory. */
struct order_book *order_book_create(int64_t tick_units);
void order_book_free(struct order_book *book);
/* Removes all levels. */
void order_book_clear(struct order_book *book);
/*
 * Applies absolute levels; levels with price <= 0 or quantity < 0 are ignored and counted.
 * Aborts only if memory is out.
 */
void order_book_apply(struct order_book *book, const struct book_level *bids, uint32_t bid_count,
		      const struct book_level *asks, uint32_t ask_count);

/* False if that side is empty. */
bool order_book_best(const struct order_book *book, enum side side, struct book_level *best);
/* SIDE_BUY = bids, SIDE_SELL = asks. */
uint32_t order_book_level_count(const struct order_book *book, enum side side);
/* Best bid >= best ask, both present. */
bool order_book_crossed(const struct order_book *book);
/* Grows by one with every applied message or clear. */
uint64_t order_book_version(const struct order_book *book);
uint64_t order_book_ignored_levels(const struct order_book *book);

/* Displayed quantity at exactly that price, 0 if none. */
struct quantity order_book_quantity_at(const struct order_book *book, enum side side,
				       struct price price);

/* Copies up to `limit` levels from the best outwards; returns how many. */
uint32_t order_book_levels(const struct order_book *book, enum side side, struct book_level *out,
			   uint32_t limit);

/* Walks levels from the best outwards without copying; stops when visit returns false. */
typedef bool (*order_book_visit)(void *user, struct book_level level);
void order_book_walk(const struct order_book *book, enum side side, order_book_visit visit,
		     void *user);

#endif
