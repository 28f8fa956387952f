/*
 * Any bytes as frames of Hyperliquid's WebSocket, one a line: whatever comes out is sound, and a
 * book is told as synced only right after it came whole.
 */
#include "core/market/order_book.h"
#include "exchanges/hyperliquid/hyperliquid_codec_account.h"
#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"
#include "exchanges/hyperliquid/hyperliquid_stream.h"

#include <assert.h>
#include <string.h>

#define PREFIX UINT64_C(0x00f00d0000000001)

static struct instrument_table *table;
static struct hyperliquid_markets markets;

static void no_change(void *user, instrument_id instrument)
{
	(void)user;
	(void)instrument;
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	static const char meta[] =
		"{\"universe\":[{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40},"
		"{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25}]}";
	const struct fee_terms fees = hyperliquid_base_fees();
	struct hyperliquid_value value;
	struct error err;
	(void)count;
	(void)arguments;
	table = instrument_table_create();
	assert(table != NULL);
	venue_id venue = instrument_table_venue(table, "hyperliquid");
	bool ready = hyperliquid_markets_init(&markets, venue, table, INT64_C(3600000000000)) &&
		     hyperliquid_document(meta, strlen(meta), &value) &&
		     hyperliquid_markets_load(&markets, &value, &fees, 1, no_change, NULL, &err);
	assert(ready);
	return 0;
}

struct listener {
	struct order_book *book;
	uint8_t last_kind;
};

static bool uncrossed(const struct book_level *bid, const struct book_level *ask)
{
	return bid->quantity.units == 0 || ask->quantity.units == 0 ||
	       bid->price.units < ask->price.units;
}

static void on_event(void *user, const struct market_event *event)
{
	struct listener *listener = user;
	if (event->kind == EVENT_BBO)
		assert(uncrossed(&event->u.bbo.bid, &event->u.bbo.ask));
	if (event->kind == EVENT_TRADE)
		assert(event->u.trade.price.units > 0 && event->u.trade.quantity.units > 0);
	if (event->kind == EVENT_CONNECTION && event->u.connection.state == CONNECTION_SYNCED)
		assert(listener->last_kind == EVENT_BOOK);
	listener->last_kind = event->kind;
	if (event->kind != EVENT_BOOK)
		return;
	assert(event->flags == EVENT_FLAG_SNAPSHOT);
	if (event->u.book.bid_count > 0 && event->u.book.ask_count > 0)
		assert(uncrossed(&event->u.book.bids[0], &event->u.book.asks[0]));
	order_book_clear(listener->book);
	order_book_apply(listener->book, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
}

static void on_fill(void *user, const struct hyperliquid_fill *fill)
{
	(void)user;
	assert(fill->time_ns > 0);
}

static void on_payment(void *user, const struct hyperliquid_payment *payment)
{
	(void)user;
	assert(payment->time_ns > 0);
}

static void on_position(void *user, const struct hyperliquid_position *position)
{
	(void)user;
	assert(position->leverage >= 1);
}

static void on_order(void *user, const struct hyperliquid_order_row *row)
{
	(void)user;
	assert(row->status_ns > 0);
}

static void read_account(const struct hyperliquid_frame *frame)
{
	struct hyperliquid_user_rows rows;
	struct hyperliquid_value state;
	struct hyperliquid_clearinghouse clearing;
	struct hyperliquid_post_answer post;
	struct hyperliquid_subscription subscription;
	if (hyperliquid_decode_user_rows(&frame->data, "fills", &rows))
		hyperliquid_decode_fills(&rows.rows, PREFIX, on_fill, NULL);
	if (hyperliquid_decode_user_rows(&frame->data, "fundings", &rows))
		hyperliquid_decode_payments(&rows.rows, on_payment, NULL);
	if (hyperliquid_clearinghouse_of_stream(&frame->data, &state))
		hyperliquid_decode_clearinghouse(&state, &clearing, on_position, NULL);
	hyperliquid_decode_order_updates(&frame->data, PREFIX, on_order, NULL);
	hyperliquid_decode_post(&frame->data, &post);
	hyperliquid_decode_ack(frame, &subscription);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct listener listener = {.book = order_book_create(1)};
	assert(listener.book != NULL);
	struct hyperliquid_stream *stream =
		hyperliquid_stream_create(&markets, 1, on_event, &listener);
	assert(stream != NULL);
	for (uint32_t asset = 0; asset < 2; asset++)
		hyperliquid_stream_watch(stream, asset, 15, 0);
	const char *at = (const char *)bytes, *end = at + size;
	const int64_t start_ns = INT64_C(1764000000000000000);
	for (int64_t i = 1; at < end; i++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop != NULL ? stop : end) - at);
		struct hyperliquid_frame frame = hyperliquid_decode_frame(at, length);
		hyperliquid_stream_frame(stream, &frame, start_ns + i, start_ns + i);
		read_account(&frame);
		at += length + 1;
	}
	hyperliquid_stream_free(stream);
	order_book_free(listener.book);
	return 0;
}
