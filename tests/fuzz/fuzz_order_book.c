/*
 * Bytes are a stream of book operations; order_book is compared with a naive book after each
 * message. First byte: the tick. Then 4 bytes a level: side and end of message, exponent, two of
 * price and quantity.
 */
#include "tests/support/naive_book.h"

#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct naive_book *naive;

static struct book_level level_of(const uint8_t *bytes, int64_t tick)
{
	int64_t units = bytes[1] % 16 * 256 + bytes[2];
	int64_t price = units << bytes[1] / 16;

	if (bytes[0] & 4)
		price = price * tick;
	if (bytes[0] & 8)
		price = 50000 * tick + price;
	if ((bytes[0] & 48) == 48)
		price = INT64_MAX - price;
	/* Every other quantity deletes, one in 128 is impossible. */
	return (struct book_level){{price}, {bytes[3] & 1 ? bytes[3] : bytes[3] == 2 ? -1 : 0}};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct book_level levels[2][64];
	uint32_t count[2] = {0, 0};

	if (size < 1)
		return 0;
	int64_t tick = 1 + bytes[0] % 16;
	struct order_book *book = order_book_create(tick);

	if (!naive)
		naive = naive_book_create();
	naive->count[0] = naive->count[1] = 0;
	naive->version = naive->ignored = 0;
	for (size_t at = 1; at + 4 <= size && at < 32768; at += 4) {
		int side = bytes[at] & 1;

		levels[side][count[side]++] = level_of(bytes + at, tick);
		if (!(bytes[at] & 2) && count[side] < 64 && at + 8 <= size)
			continue;
		if (bytes[at] == 255) {
			order_book_clear(book);
			naive_book_clear(naive);
		}
		order_book_apply(book, levels[0], count[0], levels[1], count[1]);
		naive_book_apply(naive, levels[0], count[0], levels[1], count[1]);
		if (naive_book_difference(naive, book))
			abort();
		count[0] = count[1] = 0;
	}
	order_book_free(book);
	return 0;
}
