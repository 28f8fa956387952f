/*
 * Any bytes as a Binance message: the short cut and the general reader agree, and whatever was
 * accepted goes through the sequence rules without a fault.
 */
#include "exchanges/binance/binance_stream.h"

#include <assert.h>
#include <string.h>

#define CAPACITY 64

static void on_event(void *user, const struct market_event *event)
{
	uint64_t *levels = user;
	if (event->kind != EVENT_BOOK)
		return;
	for (uint32_t i = 0; i < event->u.book.bid_count; i++)
		assert(event->u.book.bids[i].price.units > 0);
	for (uint32_t i = 0; i < event->u.book.ask_count; i++)
		assert(event->u.book.asks[i].quantity.units >= 0);
	*levels += event->u.book.bid_count + event->u.book.ask_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct book_level quick_bids[CAPACITY], quick_asks[CAPACITY];
	struct book_level bids[CAPACITY], asks[CAPACITY];
	const struct binance_levels quick_levels = {quick_bids, quick_asks, CAPACITY};
	const struct binance_levels levels = {bids, asks, CAPACITY};
	struct binance_message quick, message;
	uint64_t seen = 0;
	if (size < 2)
		return 0;
	enum binance_market market = (enum binance_market)(bytes[0] % BINANCE_MARKETS);
	const struct binance_scale scale = {bytes[1] % 16, bytes[1] / 16};
	struct binance_stream *stream = binance_stream_create(market, 1, 1, 1, on_event, &seen);
	assert(stream != NULL);
	/* One message a line, as in a capture: the rules see them one after the other. */
	const char *at = (const char *)bytes + 2, *end = (const char *)bytes + size;
	for (int64_t local_ns = 1; at < end; local_ns++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop != NULL ? stop : end) - at);
		enum binance_result quick_result =
			binance_decode(market, at, length, &scale, &quick_levels, &quick);
		enum binance_result result =
			binance_decode_by_reader(market, at, length, &scale, &levels, &message);
		assert(quick_result == result);
		assert(quick.kind == message.kind);
		if (result == BINANCE_OK) {
			assert(quick.last_id == message.last_id);
			assert(quick.exch_ns == message.exch_ns);
			binance_stream_message(stream, local_ns, &quick, &quick_levels);
		} else if (quick.kind == BINANCE_DEPTH) {
			binance_stream_lost(stream, local_ns);
		}
		at += length + 1;
	}
	binance_stream_free(stream);
	return 0;
}
