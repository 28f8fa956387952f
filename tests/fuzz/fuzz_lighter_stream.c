/*
 * Any bytes as frames of Lighter's WebSocket, one a line, for a stream with everything subscribed:
 * no fault, and every event that comes of them is one that a consumer may apply. A line "!down",
 * "!up" or "!wait" moves the connection or the clock.
 */
#include "core/base/log.h"
#include "core/market/market_state.h"
#include "exchanges/lighter/lighter_stream.h"

#include <assert.h>
#include <string.h>

#define ACCOUNT 5501

static struct market_state *market;

static void on_market(void *user, const struct market_event *event)
{
	(void)user;
	if (event->kind == EVENT_BOOK) {
		for (uint32_t i = 0; i < event->u.book.bid_count; i++)
			assert(event->u.book.bids[i].price.units > 0 &&
			       event->u.book.bids[i].quantity.units >= 0);
		for (uint32_t i = 0; i < event->u.book.ask_count; i++)
			assert(event->u.book.asks[i].price.units > 0 &&
			       event->u.book.asks[i].quantity.units >= 0);
	}
	if (event->kind == EVENT_TRADE)
		assert(event->u.trade.price.units > 0 && event->u.trade.quantity.units > 0);
	if (event->kind == EVENT_FUNDING)
		assert(event->u.funding.rate.e18 < RATE_ONE &&
		       event->u.funding.rate.e18 > -RATE_ONE);
	market_state_apply(market, event);
}

static bool on_send(void *user, const char *text, size_t length)
{
	(void)user, (void)text;
	assert(length > 0);
	return true;
}

static const char *on_auth(void *user)
{
	(void)user;
	return "token";
}

static void on_account(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	struct lighter_scales scales;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_order_report order;
	struct lighter_trade trade;
	struct lighter_position position;
	struct money collateral, available;
	(void)user, (void)received_ns;
	memset(&scales, 0, sizeof(scales));
	scales.market[1] = (struct lighter_scale){true, 1, 5};
	lighter_list_begin(&list, &frame->payload);
	while (lighter_list_next(&list, &object)) {
		(void)lighter_order_read(&object, &scales, &order);
		(void)lighter_trade_read(&object, &scales, &trade);
		(void)lighter_position_read(&object, &scales, &position);
	}
	(void)lighter_user_stats_read(frame, &collateral, &available);
}

static void on_subscribed(void *user, enum lighter_channel channel, int64_t number, bool live,
			  const char *why)
{
	(void)user, (void)live;
	assert(channel < LIGHTER_CHANNELS && number < LIGHTER_MARKETS && why);
}

static void on_clock(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns)
{
	(void)user, (void)venue_ns;
	assert(sent_ns <= received_ns);
}

static instrument_id add_instrument(struct instrument_table *table)
{
	struct instrument terms = {.symbol = "BTC",
				   .venue = instrument_table_venue(table, "lighter"),
				   .base = instrument_table_asset(table, "BTC"),
				   .canonical = instrument_table_asset(table, "BTC"),
				   .quote = instrument_table_asset(table, "USDC"),
				   .settle = instrument_table_asset(table, "USDC"),
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 1,
				   .quantity_decimals = 5};
	struct instrument_revision first = {
		.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 1},
		.funding = {.pays = true, .interval_ns = INT64_C(3600000000000)}};
	return instrument_table_add(table, &terms, &first, NULL);
}

static void check_book(instrument_id id)
{
	const struct book_state *book = market_state_book(market, id);
	if (book->synced)
		assert(!order_book_crossed(book->book));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct lighter_stream_sink sink = {
		on_market, on_send, on_auth, on_account, on_account, on_subscribed, on_clock};
	static const struct lighter_stream_options options = {.venue = 1,
							      .connection = 1,
							      .account_index = ACCOUNT,
							      .funding_interval_ns =
								      INT64_C(3600000000000)};
	int64_t now_ns = INT64_C(1787900000000000000);
	bool overdue;
	log_configure(stderr, LOG_ALARM);
	struct instrument_table *table = instrument_table_create();
	assert(table);
	instrument_id id = add_instrument(table);
	market = market_state_create(table);
	struct lighter_stream *stream = lighter_stream_create(&options, &sink, NULL, now_ns);
	assert(id && market && stream);
	lighter_stream_market(stream, 1, id, (struct lighter_scale){true, 1, 5});
	lighter_stream_up(stream, now_ns);
	for (int c = 0; c < LIGHTER_CHANNELS; c++)
		lighter_stream_want(stream, (enum lighter_channel)c, 1, true);
	lighter_stream_poll(stream, now_ns, &overdue);
	const char *at = (const char *)bytes, *end = at + size;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);
		now_ns += 1000000;
		if (length == 5 && memcmp(at, "!down", 5) == 0)
			lighter_stream_down(stream, now_ns);
		else if (length == 3 && memcmp(at, "!up", 3) == 0)
			lighter_stream_up(stream, now_ns);
		else if (length == 5 && memcmp(at, "!wait", 5) == 0)
			now_ns += INT64_C(3000000000);
		else
			lighter_stream_message(stream, at, length, now_ns);
		lighter_stream_poll(stream, now_ns, &overdue);
		check_book(id);
		at = stop ? stop + 1 : end;
	}
	lighter_stream_free(stream);
	market_state_free(market);
	instrument_table_free(table);
	return 0;
}
