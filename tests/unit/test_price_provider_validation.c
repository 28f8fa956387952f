/* What is believed: validation, held jumps, provenance, invalidation, cross-checks of a stream. */
#include "tests/support/price_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS NS_PER_MS

static const struct price_counters *counters(const struct price_world *world)
{
	return price_provider_counters(world->prices);
}

static enum price_answer peek(struct price_world *world, enum price_use use,
			      struct price_quote *quote)
{
	return price_provider_peek(world->prices, world->btc_a, use, quote);
}

static enum price_answer cache(struct price_world *world, int64_t bid_units, int64_t ask_units,
			       int64_t requested_ns, enum price_source source)
{
	struct book_level bid = {{bid_units}, {10}}, ask = {{ask_units}, {10}};
	struct depth_value book = {.bids = &bid,
				   .asks = &ask,
				   .bid_count = 1,
				   .ask_count = 1,
				   .requested_ns = requested_ns};
	return price_provider_cache_order_book(world->prices, world->btc_a, &book, source);
}

static struct price_world *streaming_world(bool prefer_websocket)
{
	struct price_provider_options options = price_provider_defaults();
	options.prefer_websocket = prefer_websocket;
	return price_world_create(&options, 50 * MS);
}

/* ---- validation ---- */

static void unsound_books_are_never_stored(void **state)
{
	(void)state;
	static const struct {
		int64_t bid, bid_quantity, ask, ask_quantity;
	} rows[] = {
		{600010, 1, 600000, 1}, /* crossed */
		{600000, 1, 600000, 1}, /* locked */
		{0, 1, 600000, 1},	{-1, 1, 600000, 1},	 {600000, 0, 600010, 1},
		{600000, 1, 600010, 0}, {600000, -1, 600010, 1}, {600000, 1, 0, 1},
	};
	struct price_world *world = price_world_create(NULL, 0);
	struct price_quote quote;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct book_level bid = {{rows[i].bid}, {rows[i].bid_quantity}};
		struct book_level ask = {{rows[i].ask}, {rows[i].ask_quantity}};
		struct depth_value book = {.bids = &bid,
					   .asks = &ask,
					   .bid_count = 1,
					   .ask_count = 1,
					   .requested_ns = price_world_now(world)};
		assert_int_equal(price_provider_cache_order_book(world->prices, world->btc_a, &book,
								 PRICE_SOURCE_LIQUIDITY_CHECK),
				 PRICE_INVALID);
		assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_MISS);
		/* The same from the venue is an error for the caller. */
		fake_client_set_book(world->a, world->btc_a, &bid, 1, &ask, 1);
		struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
		assert_int_equal(call->answer, PRICE_MISS);
		assert_int_not_equal(call->why[0], '\0');
	}
	struct depth_value empty = {.requested_ns = price_world_now(world)};
	assert_int_equal(price_provider_cache_order_book(world->prices, world->btc_a, &empty,
							 PRICE_SOURCE_REST),
			 PRICE_INVALID);
	fake_client_set_book(world->a, world->btc_a, NULL, 0, NULL, 0);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->answer, PRICE_MISS);
	assert_string_equal(call->why, "the order book has no bids");
	price_world_free(world);
}

static void a_crossed_or_one_sided_stream_is_invalid_and_rest_answers(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600100, 600050);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.source, PRICE_SOURCE_REST);
	price_provider_invalidate_all(world->prices);
	price_world_snapshot(world, world->btc_a, 600100, 0);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	assert_int_equal(counters(world)->invalid, 1);
	price_world_free(world);
}

/* ---- provenance ---- */

static void an_older_rest_answer_never_overwrites_a_newer_price(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false);
	struct price_quote quote;
	fake_client_set_delay(world->a, 200 * MS);
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 150);
	price_world_snapshot(world, world->btc_a, 600500, 600505);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	price_world_run_to(world, 200);
	/* Even he who waited for the older answer is better served with the newer price. */
	assert_int_equal(call->quote.bid.price.units, 600500);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 600500);
	assert_int_equal(cache(world, 600000, 600005, PRICE_WORLD_START + 149 * MS,
			       PRICE_SOURCE_LIQUIDITY_CHECK),
			 PRICE_OK);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 600500);
	assert_int_equal(cache(world, 600100, 600105, PRICE_WORLD_START + 151 * MS,
			       PRICE_SOURCE_LIQUIDITY_CHECK),
			 PRICE_OK);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 600100);
	assert_int_equal(quote.source, PRICE_SOURCE_LIQUIDITY_CHECK);
	price_world_free(world);
}

static void book_event(struct price_world *world, int64_t bid, int64_t ask, uint64_t id,
		       int64_t exch_ns)
{
	struct book_level bids[] = {{{bid}, {5000}}}, asks[] = {{{ask}, {5000}}};
	struct market_event event = {.instrument = world->btc_a,
				     .kind = EVENT_BOOK,
				     .flags = EVENT_FLAG_SNAPSHOT,
				     .exch_ns = exch_ns,
				     .last_id = id};
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = event.u.book.ask_count = 1;
	price_world_market(world, &event);
	price_world_connection(world, world->btc_a, CONNECTION_SYNCED);
}

static void bbo_event(struct price_world *world, int64_t bid, int64_t ask, uint64_t id,
		      int64_t exch_ns)
{
	struct market_event event = {
		.instrument = world->btc_a, .kind = EVENT_BBO, .exch_ns = exch_ns, .last_id = id};
	event.u.bbo.bid = (struct book_level){{bid}, {1}};
	event.u.bbo.ask = (struct book_level){{ask}, {1}};
	price_world_market(world, &event);
}

static void the_newer_of_bbo_frame_and_depth_top_is_the_streams_price(void **state)
{
	(void)state;
	static const struct {
		uint64_t book_id, bbo_id;
		int64_t book_exch, bbo_exch;
		bool bbo_first;
		bool bbo_wins;
	} rows[] = {
		{10, 11, 900, 1, true, true}, /* ids outrank time and arrival */
		{11, 10, 1, 900, false, false},
		{10, 10, 1, 900, false, false}, /* equal: the book has the depth */
		{10, 0, 5, 6, true, true},	/* one id only: exchange time */
		{0, 10, 6, 5, false, false},
		{0, 0, 5, 0, false, true}, /* neither on both: arrival */
		{0, 0, 0, 0, true, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct price_world *world = streaming_world(true);
		struct price_quote quote;
		if (rows[i].bbo_first)
			bbo_event(world, 600100, 600101, rows[i].bbo_id, rows[i].bbo_exch);
		else
			book_event(world, 600200, 600201, rows[i].book_id, rows[i].book_exch);
		price_world_run_to(world, 1);
		if (rows[i].bbo_first)
			book_event(world, 600200, 600201, rows[i].book_id, rows[i].book_exch);
		else
			bbo_event(world, 600100, 600101, rows[i].bbo_id, rows[i].bbo_exch);
		assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
		assert_int_equal(quote.bid.price.units, rows[i].bbo_wins ? 600100 : 600200);
		assert_int_equal(quote.exch_ns,
				 rows[i].bbo_wins ? rows[i].bbo_exch : rows[i].book_exch);
		/* The frame never alters the depth book. */
		struct book_level best;
		assert_true(order_book_best(market_state_book(world->market, world->btc_a)->book,
					    SIDE_BUY, &best));
		assert_int_equal(best.price.units, 600200);
		price_world_free(world);
	}
}

static void a_bbo_stream_alone_prices_but_has_no_depth(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false);
	struct price_quote quote;
	int64_t confirmed_ns;
	price_world_bbo(world, world->btc_a, 600100, 600101);
	assert_int_equal(peek(world, PRICE_FOR_URGENT, &quote), PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	assert_false(price_provider_stream_book(world->prices, world->btc_a, PRICE_FOR_LIMIT,
						&confirmed_ns));
	price_world_free(world);
}

/* ---- jumps ---- */

static void a_jump_is_held_and_one_confirming_read_releases_it(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	/* 200 bp exactly is no jump; beyond it is. */
	assert_int_equal(cache(world, 612000, 612005, price_world_now(world), PRICE_SOURCE_REST),
			 PRICE_OK);
	fake_client_set_touch(world->a, world->btc_a, 630000, 630005);
	price_world_run_to(world, 100);
	assert_int_equal(
		cache(world, 630000, 630005, price_world_now(world), PRICE_SOURCE_LIQUIDITY_CHECK),
		PRICE_INVALID);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_INVALID);
	assert_int_equal(quote.bid.price.units, 630000); /* shown, not traded */
	uint64_t reads = fake_client_reads_total(world->a);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.bid.price.units, 630000);
	assert_int_equal(fake_client_reads_total(world->a), reads + 1);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	assert_int_equal(counters(world)->jumps_held, 1);
	assert_int_equal(counters(world)->jumps_dropped, 0);
	price_world_free(world);
}

static void a_read_that_jumps_is_confirmed_by_a_second_one_for_the_same_callers(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_run_to(world, 6000);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 6100);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.bid.price.units, 500000);
	assert_int_equal(call->answered_ns - call->asked_ns, 100 * MS);
	assert_int_equal(fake_client_reads_total(world->a), 3);
	price_world_free(world);
}

static void a_jump_that_the_second_read_denies_is_dropped(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_run_to(world, 6000);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 6050);
	fake_client_set_touch(world->a, world->btc_a, 600100, 600105);
	price_world_run_to(world, 6100);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.bid.price.units, 600100);
	assert_int_equal(counters(world)->jumps_dropped, 1);
	price_world_free(world);
}

static void a_price_that_jumps_at_every_read_is_an_error_after_two(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	price_world_run_to(world, 6000);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 1000);
	price_world_run_to(world, 6050);
	fake_client_set_touch(world->a, world->btc_a, 700000, 700005);
	price_world_run_to(world, 6100);
	assert_int_equal(call->completions, 1);
	assert_int_equal(call->answer, PRICE_INVALID);
	assert_non_null(strstr(call->why, "price_jump_limit_bp"));
	assert_int_equal(fake_client_reads_total(world->a), 3);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_INVALID);
	price_world_free(world);
}

static void an_unconfirmed_jump_is_dropped_after_a_second(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(cache(world, 500000, 500005, price_world_now(world), PRICE_SOURCE_REST),
			 PRICE_INVALID);
	price_world_run_to(world, 1050);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_INVALID);
	price_world_run_to(world, 1051);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, PRICE_WORLD_BID);
	assert_int_equal(counters(world)->jumps_dropped, 1);
	price_world_free(world);
}

static void a_confirming_read_handed_over_in_time_counts_however_slow_it_is(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	fake_client_set_delay(world->a, 1500 * MS);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	price_world_run_to(world, 6000);
	struct price_call *call = price_world_ask(world, world->btc_a, PRICE_FOR_LIMIT, 5000);
	price_world_run_to(world, 9000);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.bid.price.units, 500000);
	price_world_free(world);
}

static void a_second_frame_confirms_a_jump_of_the_stream(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600000, 600005);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	price_world_run_to(world, 100);
	price_world_bbo(world, world->btc_a, 500000, 500005);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	/* Another frame of the connection says nothing about this price. */
	price_world_frame(world, world->btc_a);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	price_world_bbo(world, world->btc_a, 500001, 500006);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 500001);
	assert_int_equal(fake_client_reads_total(world->a), 0);
	assert_int_equal(counters(world)->jumps_held, 1);
	price_world_free(world);
}

static void a_frame_that_goes_back_refutes_a_jump_of_the_stream(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600000, 600005);
	peek(world, PRICE_FOR_LIMIT, &quote);
	price_world_bbo(world, world->btc_a, 500000, 500005);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	price_world_bbo(world, world->btc_a, 600000, 600006);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.ask.price.units, 600006);
	assert_int_equal(counters(world)->jumps_dropped, 1);
	price_world_free(world);
}

static void a_dropped_frame_of_the_stream_is_not_believed_until_rest_agrees(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600000, 600005);
	peek(world, PRICE_FOR_LIMIT, &quote);
	price_world_bbo(world, world->btc_a, 500000, 500005);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	price_world_run_to(world, 1200);
	price_world_frame(world, world->btc_a);
	/* Dropped; the cached price is too old for a limit, the frame itself is refused. */
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	assert_int_equal(counters(world)->jumps_dropped, 1);
	fake_client_set_touch(world->a, world->btc_a, 500000, 500005);
	struct price_call *call = price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(call->answer, PRICE_OK);
	assert_int_equal(call->quote.source, PRICE_SOURCE_REST);
	assert_int_equal(call->quote.bid.price.units, 500000);
	assert_int_equal(fake_client_reads_total(world->a), 1); /* two sources agree at once */
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	price_world_free(world);
}

static void jump_limit_zero_holds_nothing(void **state)
{
	(void)state;
	struct price_provider_options options = price_provider_defaults();
	options.price_jump_limit_bp = 0;
	options.streams = false;
	struct price_world *world = price_world_create(&options, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_LIMIT);
	assert_int_equal(cache(world, 300000, 300005, price_world_now(world), PRICE_SOURCE_REST),
			 PRICE_OK);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 300000);
	price_world_free(world);
}

/* ---- invalidation ---- */

static void traded_volume_above_the_threshold_invalidates(void **state)
{
	(void)state;
	struct price_provider_options options = price_provider_defaults();
	options.invalidate_traded_notional.e18 = 1000 * MONEY_ONE;
	struct price_world *world = price_world_create(&options, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_trade(world, world->btc_a, 600000, 16, 0); /* 960 USDT */
	price_world_trade(world, world->btc_a, 600000, 500, EVENT_FLAG_OFF_MARKET);
	price_world_trade(world, world->btc_b, 600000, 500, 0);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	price_world_trade(world, world->btc_a, 600000, 1, 0); /* 1,020 USDT in all */
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_MISS);
	assert_int_equal(counters(world)->invalidated_volume, 1);
	/* Counted anew since the next price was stored. */
	price_world_run_to(world, 100);
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_trade(world, world->btc_a, 600000, 16, 0);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	price_world_free(world);
}

static void a_gap_invalidates_its_instrument_and_the_stream_until_synced(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(false);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, 600100, 600105);
	price_world_snapshot(world, world->btc_b, 600100, 600105);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	assert_int_equal(price_provider_peek(world->prices, world->btc_b, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	price_world_run_to(world, 10);
	price_world_connection(world, world->btc_a, CONNECTION_GAP);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_MISS);
	assert_int_equal(price_provider_peek(world->prices, world->btc_b, PRICE_FOR_SIZING, &quote),
			 PRICE_OK);
	assert_int_equal(counters(world)->invalidated_gap, 1);
	price_world_run_to(world, 20);
	price_world_snapshot(world, world->btc_a, 600300, 600305);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	assert_int_equal(quote.bid.price.units, 600300);
	price_world_free(world);
}

static void by_call_one_or_all(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_get(world, world->btc_b, PRICE_FOR_SIZING);
	price_provider_invalidate(world->prices, world->btc_b);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	price_provider_invalidate_all(world->prices);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_MISS);
	assert_int_equal(counters(world)->invalidated_call, 2);
	struct account_event order = {.kind = ACCOUNT_ORDER, .instrument = world->btc_a};
	price_provider_fill(world->prices, &order); /* not a fill */
	assert_int_equal(counters(world)->invalidated_fill, 0);
	price_world_free(world);
}

static void with_streams_off_stream_events_change_nothing(void **state)
{
	(void)state;
	struct price_world *world = price_world_create(NULL, 50 * MS);
	struct price_quote quote;
	int64_t confirmed_ns;
	price_world_snapshot(world, world->btc_a, 600100, 600105);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_MISS);
	assert_false(price_provider_stream_book(world->prices, world->btc_a, PRICE_FOR_LIMIT,
						&confirmed_ns));
	price_world_get(world, world->btc_a, PRICE_FOR_SIZING);
	price_world_connection(world, world->btc_a, CONNECTION_GAP);
	assert_int_equal(peek(world, PRICE_FOR_SIZING, &quote), PRICE_OK);
	price_world_free(world);
}

/* ---- cross-check of a quiet stream ---- */

static void a_quiet_stream_that_rest_confirms_stays_believed(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, PRICE_WORLD_BID, PRICE_WORLD_ASK);
	for (int second = 1; second <= 150; second++) {
		price_world_run_to(world, second * 1000);
		price_world_frame(world, world->btc_a);
		assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	}
	/* Quiet for 60 s and again for 60 s: two reads, both agree. */
	assert_int_equal(fake_client_reads_total(world->a), 2);
	assert_int_equal(counters(world)->cross_checks, 2);
	assert_int_equal(counters(world)->cross_check_mismatches, 0);
	price_world_free(world);
}

static void a_quiet_stream_that_rest_refutes_is_invalid_until_its_next_frame(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, PRICE_WORLD_BID, PRICE_WORLD_ASK);
	price_world_run_to(world, 61000);
	price_world_frame(world, world->btc_a);
	/* Two ticks away: frozen. */
	fake_client_set_touch(world->a, world->btc_a, PRICE_WORLD_BID + 2, PRICE_WORLD_ASK + 2);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	price_world_run_to(world, 61100);
	assert_int_equal(counters(world)->cross_check_mismatches, 1);
	/* REST's word is in the cache; the stream is not asked. */
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_REST);
	price_world_run_to(world, 63000);
	price_world_frame(world, world->btc_a);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_INVALID);
	price_world_bbo(world, world->btc_a, PRICE_WORLD_BID + 3, PRICE_WORLD_ASK + 3);
	assert_int_equal(peek(world, PRICE_FOR_LIMIT, &quote), PRICE_OK);
	assert_int_equal(quote.source, PRICE_SOURCE_WEBSOCKET);
	price_world_free(world);
}

static void one_tick_apart_is_no_mismatch(void **state)
{
	(void)state;
	struct price_world *world = streaming_world(true);
	struct price_quote quote;
	price_world_snapshot(world, world->btc_a, PRICE_WORLD_BID, PRICE_WORLD_ASK);
	price_world_run_to(world, 61000);
	price_world_frame(world, world->btc_a);
	fake_client_set_touch(world->a, world->btc_a, PRICE_WORLD_BID + 1, PRICE_WORLD_ASK - 1);
	peek(world, PRICE_FOR_LIMIT, &quote);
	price_world_run_to(world, 61100);
	assert_int_equal(counters(world)->cross_checks, 1);
	assert_int_equal(counters(world)->cross_check_mismatches, 0);
	price_world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsound_books_are_never_stored),
		cmocka_unit_test(a_crossed_or_one_sided_stream_is_invalid_and_rest_answers),
		cmocka_unit_test(an_older_rest_answer_never_overwrites_a_newer_price),
		cmocka_unit_test(the_newer_of_bbo_frame_and_depth_top_is_the_streams_price),
		cmocka_unit_test(a_bbo_stream_alone_prices_but_has_no_depth),
		cmocka_unit_test(a_jump_is_held_and_one_confirming_read_releases_it),
		cmocka_unit_test(
			a_read_that_jumps_is_confirmed_by_a_second_one_for_the_same_callers),
		cmocka_unit_test(a_jump_that_the_second_read_denies_is_dropped),
		cmocka_unit_test(a_price_that_jumps_at_every_read_is_an_error_after_two),
		cmocka_unit_test(an_unconfirmed_jump_is_dropped_after_a_second),
		cmocka_unit_test(a_confirming_read_handed_over_in_time_counts_however_slow_it_is),
		cmocka_unit_test(a_second_frame_confirms_a_jump_of_the_stream),
		cmocka_unit_test(a_frame_that_goes_back_refutes_a_jump_of_the_stream),
		cmocka_unit_test(a_dropped_frame_of_the_stream_is_not_believed_until_rest_agrees),
		cmocka_unit_test(jump_limit_zero_holds_nothing),
		cmocka_unit_test(traded_volume_above_the_threshold_invalidates),
		cmocka_unit_test(a_gap_invalidates_its_instrument_and_the_stream_until_synced),
		cmocka_unit_test(by_call_one_or_all),
		cmocka_unit_test(with_streams_off_stream_events_change_nothing),
		cmocka_unit_test(a_quiet_stream_that_rest_confirms_stays_believed),
		cmocka_unit_test(a_quiet_stream_that_rest_refutes_is_invalid_until_its_next_frame),
		cmocka_unit_test(one_tick_apart_is_no_mismatch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
