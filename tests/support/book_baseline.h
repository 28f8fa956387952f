/*
 * The plain order book that order_book is measured against in the same run: each side one array
 * sorted by price with the best at its end, binary search, memmove. The same operations.
 */
#ifndef FUNDARB_TESTS_SUPPORT_BOOK_BASELINE_H
#define FUNDARB_TESTS_SUPPORT_BOOK_BASELINE_H

#include "core/market/market_event.h"

struct book_baseline;

struct book_baseline *book_baseline_create(void); /* NULL: out of memory */
void book_baseline_free(struct book_baseline *book);
void book_baseline_clear(struct book_baseline *book);
/* Invalid levels are skipped, as order_book_apply does. Aborts if memory is out. */
void book_baseline_apply(struct book_baseline *book, const struct book_level *bids,
			 uint32_t bid_count, const struct book_level *asks, uint32_t ask_count);
bool book_baseline_best(const struct book_baseline *book, enum side side, struct book_level *best);
uint32_t book_baseline_level_count(const struct book_baseline *book, enum side side);

#endif
