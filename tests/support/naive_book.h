/*
 * The order book as its contract reads, with nothing done for speed: what order_book is compared
 * with. At most NAIVE_BOOK_LEVELS levels a side; further ones abort.
 */
#ifndef FUNDARB_TESTS_SUPPORT_NAIVE_BOOK_H
#define FUNDARB_TESTS_SUPPORT_NAIVE_BOOK_H

#include "core/market/order_book.h"

#define NAIVE_BOOK_LEVELS 16384

struct naive_book {
	struct book_level levels[2][NAIVE_BOOK_LEVELS]; /* from the best outwards */
	uint32_t count[2];
	uint64_t version;
	uint64_t ignored;
};

struct naive_book *naive_book_create(void);
void naive_book_free(struct naive_book *naive);
void naive_book_clear(struct naive_book *naive);
void naive_book_apply(struct naive_book *naive, const struct book_level *bids, uint32_t bid_count,
		      const struct book_level *asks, uint32_t ask_count);
struct quantity naive_book_quantity_at(const struct naive_book *naive, enum side side,
				       struct price price);

/*
 * Compares best, counts, crossing, version, the whole walk and the copy of levels. Returns NULL if
 * all agree, else what does not.
 */
const char *naive_book_difference(const struct naive_book *naive, const struct order_book *book);

#endif
