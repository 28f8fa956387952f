/* Whether a keyframe repeats the book it should. */
#ifndef FUNDARB_CORE_STORE_KEYFRAME_H
#define FUNDARB_CORE_STORE_KEYFRAME_H

#include "core/market/order_book.h"

/* True if the BOOK event holds exactly the best depth_cap levels a side of the book (0 = all). */
bool keyframe_equals_book(const struct market_event *keyframe, const struct order_book *book,
			  uint32_t depth_cap);

#endif
