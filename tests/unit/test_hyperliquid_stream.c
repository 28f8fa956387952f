/* Hyperliquid's market stream: whole books, gaps, and what a boundary paid on. */
#include "exchanges/hyperliquid/hyperliquid_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MS	   INT64_C(1000000)
#define SECOND	   INT64_C(1000000000)
#define HOUR	   (3600 * SECOND)
#define BOUNDARY   INT64_C(1764003600000000000)
#define CONNECTION 3

static struct instrument_table *table;
static struct hyperliquid_markets markets;
static struct hyperliquid_stream *stream;
static struct {
	char letters[256];
	size_t count;
	struct market_event last[16]; /* by kind */
	struct book_level bids[20];
} seen;

/* U D G Y of the connection; B book, b bbo, t trade, m mark, f funding, o open interest, . frame */
static void on_event(void *user, const struct market_event *event)
{
	static const char connection[] = {[CONNECTION_UP] = 'U',
					  [CONNECTION_DOWN] = 'D',
					  [CONNECTION_GAP] = 'G',
					  [CONNECTION_SYNCED] = 'Y'};
	static const char kinds[] = {
		[EVENT_BOOK] = 'B', [EVENT_BBO] = 'b',	   [EVENT_TRADE] = 't',
		[EVENT_MARK] = 'm', [EVENT_FUNDING] = 'f', [EVENT_OPEN_INTEREST] = 'o',
		[EVENT_FRAME] = '.'};
	(void)user;
	assert_true(seen.count + 1 < sizeof(seen.letters));
	assert_int_equal(event->connection, CONNECTION);
	seen.letters[seen.count++] = event->kind == EVENT_CONNECTION
					     ? connection[event->u.connection.state]
					     : kinds[event->kind];
	seen.last[event->kind] = *event;
	if (event->kind == EVENT_BOOK)
		memcpy(seen.bids, event->u.book.bids, event->u.book.bid_count * sizeof(*seen.bids));
}

static void no_change(void *user, instrument_id instrument)
{
	(void)user;
	(void)instrument;
}

static int begin(void **state)
{
	static const char meta[] =
		"{\"universe\":[{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40},"
		"{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25}]}";
	struct hyperliquid_value value;
	struct fee_terms fees = hyperliquid_base_fees();
	struct error err = {0};
	(void)state;
	memset(&seen, 0, sizeof(seen));
	table = instrument_table_create();
	assert_non_null(table);
	assert_true(hyperliquid_markets_init(&markets, instrument_table_venue(table, "hyperliquid"),
					     table, HOUR));
	assert_true(hyperliquid_document(meta, strlen(meta), &value));
	assert_true(hyperliquid_markets_load(&markets, &value, &fees, BOUNDARY - HOUR, no_change,
					     NULL, &err));
	stream = hyperliquid_stream_create(&markets, CONNECTION, on_event, NULL);
	assert_non_null(stream);
	hyperliquid_stream_watch(stream, 1,
				 HYPERLIQUID_WATCH_BBO | HYPERLIQUID_WATCH_BOOK |
					 HYPERLIQUID_WATCH_CONTEXT | HYPERLIQUID_WATCH_TRADES,
				 BOUNDARY - HOUR);
	return 0;
}

static int end(void **state)
{
	(void)state;
	hyperliquid_stream_free(stream);
	hyperliquid_markets_free(&markets);
	instrument_table_free(table);
	return 0;
}

static void push_at(const char *text, int64_t venue_ns)
{
	struct hyperliquid_frame frame = hyperliquid_decode_frame(text, strlen(text));
	hyperliquid_stream_frame(stream, &frame, venue_ns - SECOND, venue_ns);
}

static void push(const char *text)
{
	push_at(text, BOUNDARY - HOUR / 2);
}

static void book(const char *coin, int64_t time_ms, const char *bid, const char *ask)
{
	char text[512];
	snprintf(text, sizeof(text),
		 "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"%s\",\"time\":%lld,\"levels\":[[{"
		 "\"px\":\"%s\","
		 "\"sz\":\"1\",\"n\":1}],[{\"px\":\"%s\",\"sz\":\"1\",\"n\":1}]]}}",
		 coin, (long long)time_ms, bid, ask);
	push(text);
}

static void bbo(int64_t time_ms, const char *bid, const char *ask)
{
	char text[512];
	snprintf(text, sizeof(text),
		 "{\"channel\":\"bbo\",\"data\":{\"coin\":\"ETH\",\"time\":%lld,\"bbo\":[{\"px\":"
		 "\"%s\",\"sz\":\"1\","
		 "\"n\":1},{\"px\":\"%s\",\"sz\":\"1\",\"n\":1}]}}",
		 (long long)time_ms, bid, ask);
	push(text);
}

static void context_at(const char *oracle, int64_t venue_ns)
{
	char text[512];
	snprintf(text, sizeof(text),
		 "{\"channel\":\"activeAssetCtx\",\"data\":{\"coin\":\"ETH\",\"ctx\":{\"funding\":"
		 "\"0.0000125\","
		 "\"openInterest\":\"605822.2557999999\",\"dayNtlVlm\":\"1.0\",\"premium\":null,"
		 "\"oraclePx\":"
		 "\"%s\",\"markPx\":\"2831.4\",\"midPx\":null}}}",
		 oracle);
	push_at(text, venue_ns);
}

#define T0 INT64_C(1764001800000)

static void saw(const char *letters)
{
	seen.letters[seen.count] = '\0';
	assert_string_equal(seen.letters, letters);
}

static void the_first_book_of_a_connection_syncs(void **state)
{
	(void)state;
	hyperliquid_stream_up(stream, 1);
	book("ETH", T0, "2831.6", "2831.7");
	book("ETH", T0 + 500, "2831.5", "2831.7");
	hyperliquid_stream_down(stream, 2);
	hyperliquid_stream_up(stream, 3);
	book("ETH", T0 + 9000, "2831.5", "2831.7");
	saw("UBYBDUBY");
	assert_int_equal(seen.last[EVENT_BOOK].flags, EVENT_FLAG_SNAPSHOT);
	assert_int_equal(seen.bids[0].price.units, 283150);
	assert_int_equal(hyperliquid_stream_counts(stream)->syncs, 2);
}

static void an_unsound_book_is_a_gap_of_its_market(void **state)
{
	(void)state;
	book("ETH", T0, "2831.6", "2831.7");
	book("ETH", T0 + 500, "2831.7", "2831.7"); /* crossed */
	assert_int_equal(seen.last[EVENT_CONNECTION].instrument, markets.markets[1].instrument);
	book("ETH", T0 + 1000, "2831.6", "2831.7");
	book("ETH", T0 + 1500, "2831.611", "2831.7"); /* more decimals than the market has */
	bbo(T0 + 2000, "0", "2831.7");
	saw("BYGBYGG");
	struct price touch;
	assert_false(hyperliquid_stream_touch(stream, 1, SIDE_BUY, &touch));
}

static void a_frame_of_nobody_knows_whom_is_a_gap_of_all(void **state)
{
	(void)state;
	book("ETH", T0, "2831.6", "2831.7");
	push("{\"channel\":\"l2Book\",\"data\":{\"coin\":\"ETH\"");
	assert_int_equal(seen.last[EVENT_CONNECTION].instrument, 0);
	push("{\"channel\":\"bbo\",\"data\":{\"coin\":5}}");
	book("ETH", T0 + 500, "2831.6", "2831.7");
	saw("BYGGBY");
}

static void older_books_and_touches_are_not_told(void **state)
{
	struct price touch;
	(void)state;
	book("ETH", T0 + 1000, "2831.6", "2831.7");
	book("ETH", T0, "2800.6", "2800.7");
	bbo(T0 + 900, "2831.5", "2831.9"); /* first of its kind, older than the book */
	assert_true(hyperliquid_stream_touch(stream, 1, SIDE_BUY, &touch));
	assert_int_equal(touch.units, 283170);
	bbo(T0 + 1100, "2831.4", "2831.8");
	assert_true(hyperliquid_stream_touch(stream, 1, SIDE_SELL, &touch));
	assert_int_equal(touch.units, 283140);
	bbo(T0 + 1000, "2831.0", "2831.1");
	saw("BY.bb.");
	/* A clock that was set back far is believed. */
	book("ETH", T0 - 60000, "2800.6", "2800.7");
	assert_int_equal(hyperliquid_stream_counts(stream)->repeated, 2);
	assert_int_equal(seen.letters[seen.count - 1], 'B');
}

static void other_frames_confirm_the_connection(void **state)
{
	(void)state;
	push("{\"channel\":\"pong\"}");
	push("{\"channel\":\"user\",\"data\":{}}");
	book("BTC", T0, "87000", "87001"); /* not watched */
	book("XYZ", T0, "1", "2");
	push("Websocket connection established.");
	saw(".....");
}

static void a_context_is_mark_estimate_and_open_interest(void **state)
{
	(void)state;
	context_at("2831.1", BOUNDARY - 1);
	saw("mfo");
	assert_int_equal(seen.last[EVENT_FUNDING].u.funding.boundary_ns, BOUNDARY);
	assert_int_equal(seen.last[EVENT_FUNDING].u.funding.interval_ns, HOUR);
	assert_int_equal(seen.last[EVENT_FUNDING].u.funding.kind, FUNDING_ESTIMATE);
	assert_int_equal(seen.last[EVENT_OPEN_INTEREST].u.open_interest.quantity.units,
			 INT64_C(6058222558));
	assert_int_equal(seen.last[EVENT_MARK].u.mark.fields, MARK_HAS_MARK | MARK_HAS_ORACLE);
	context_at("2831.2", BOUNDARY);
	assert_int_equal(seen.last[EVENT_FUNDING].u.funding.boundary_ns, BOUNDARY + HOUR);
	/* Unreadable figures are no gap: the book is as good as before. */
	book("ETH", T0, "2831.6", "2831.7");
	push("{\"channel\":\"activeAssetCtx\",\"data\":{\"coin\":\"ETH\",\"ctx\":{\"funding\":"
	     "\"0\"}}}");
	saw("mfomfoBY.");
}

static void the_oracle_of_a_boundary_is_the_last_one_before_it(void **state)
{
	struct money oracle;
	(void)state;
	context_at("2830.0", BOUNDARY - 4 * SECOND);
	assert_true(hyperliquid_stream_oracle_at(stream, 1, BOUNDARY, &oracle));
	context_at("2831.0", BOUNDARY - SECOND);
	context_at("2832.0", BOUNDARY + SECOND);
	context_at("2833.0", BOUNDARY + 2 * SECOND);
	assert_true(hyperliquid_stream_oracle_at(stream, 1, BOUNDARY, &oracle));
	assert_true(oracle.e18 == 2831 * MONEY_ONE);
	/* Nothing near the boundary after: not known. */
	context_at("2840.0", BOUNDARY + HOUR + 60 * SECOND);
	assert_false(hyperliquid_stream_oracle_at(stream, 1, BOUNDARY + HOUR, &oracle));
}

static void trade(const char *list)
{
	char text[1024];
	snprintf(text, sizeof(text), "{\"channel\":\"trades\",\"data\":[%s]}", list);
	push(text);
}

#define TRADE(time, tid)                                                                           \
	"{\"coin\":\"ETH\",\"side\":\"B\",\"px\":\"2831.7\",\"sz\":\"0.5\",\"hash\":\"0x\","       \
	"\"time\":" time ",\"tid\":" tid "}"

static void trades_of_before_the_subscription_and_repeated_ones_are_not_told(void **state)
{
	(void)state;
	/* The first frame: newest first, the oldest from before. */
	trade(TRADE("1764001800000", "3") "," TRADE("1764001700000", "2") "," TRADE("1763990000000",
										    "1"));
	saw("tt");
	trade(TRADE("1764001800000", "3") "," TRADE("1764001700000", "2"));
	saw("tt.");
	trade(TRADE("1764001800000", "4"));
	saw("tt.t");
	assert_int_equal(seen.last[EVENT_TRADE].u.trade.id, 4);
	assert_int_equal(seen.last[EVENT_TRADE].u.trade.quantity.units, 5000);
	/* One bad row: none is told. */
	trade(TRADE("1764001900000", "5") ",{\"coin\":\"ETH\"}");
	saw("tt.t.");
}

static void what_is_not_watched_is_not_told(void **state)
{
	(void)state;
	hyperliquid_stream_watch(stream, 1, HYPERLIQUID_WATCH_BBO, 0);
	book("ETH", T0, "2831.6", "2831.7");
	bbo(T0, "2831.6", "2831.7");
	context_at("2831.1", BOUNDARY - 1);
	trade(TRADE("1764001800000", "3"));
	saw(".b..");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_book_of_a_connection_syncs, begin, end),
		cmocka_unit_test_setup_teardown(an_unsound_book_is_a_gap_of_its_market, begin, end),
		cmocka_unit_test_setup_teardown(a_frame_of_nobody_knows_whom_is_a_gap_of_all, begin,
						end),
		cmocka_unit_test_setup_teardown(older_books_and_touches_are_not_told, begin, end),
		cmocka_unit_test_setup_teardown(other_frames_confirm_the_connection, begin, end),
		cmocka_unit_test_setup_teardown(a_context_is_mark_estimate_and_open_interest, begin,
						end),
		cmocka_unit_test_setup_teardown(the_oracle_of_a_boundary_is_the_last_one_before_it,
						begin, end),
		cmocka_unit_test_setup_teardown(
			trades_of_before_the_subscription_and_repeated_ones_are_not_told, begin,
			end),
		cmocka_unit_test_setup_teardown(what_is_not_watched_is_not_told, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
