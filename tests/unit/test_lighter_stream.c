/*
 * Lighter's frames as the venue's reference gives them (venues/lighter.md §2), and the stream's
 * state machine: chains, gaps, subscriptions, errors.
 */
#include "core/base/utc.h"
#include "exchanges/lighter/lighter_stream.h"
#include "exchanges/lighter/lighter_write.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START	(INT64_C(1787900000) * NS_PER_SECOND)
#define EVENTS	256
#define LEVELS	16
#define SENT	512
#define ACCOUNT 5501
#define BTC	1

struct seen_event {
	struct market_event event;
	struct book_level bids[LEVELS], asks[LEVELS];
};

static struct lighter_stream *stream;
static struct seen_event events[EVENTS];
static size_t event_count;
static char sent[SENT][LIGHTER_SUBSCRIBE_MAX];
static size_t sent_count;
static bool can_send, has_token;
static unsigned account_frames, answers, live, refused, clock_samples;
static char why[64];
static int64_t now_ns;

static void on_market(void *user, const struct market_event *event)
{
	struct seen_event *seen = &events[event_count++];
	(void)user;
	assert_true(event_count < EVENTS);
	seen->event = *event;
	if (event->kind != EVENT_BOOK)
		return;
	assert_true(event->u.book.bid_count <= LEVELS && event->u.book.ask_count <= LEVELS);
	memcpy(seen->bids, event->u.book.bids, event->u.book.bid_count * sizeof(seen->bids[0]));
	memcpy(seen->asks, event->u.book.asks, event->u.book.ask_count * sizeof(seen->asks[0]));
}

static bool on_send(void *user, const char *text, size_t length)
{
	(void)user;
	if (!can_send)
		return false;
	assert_true(sent_count < SENT && length < sizeof(sent[0]));
	memcpy(sent[sent_count], text, length);
	sent[sent_count++][length] = '\0';
	return true;
}

static const char *on_auth(void *user)
{
	(void)user;
	return has_token ? "1787925600:5501:7:abef" : NULL;
}

static void on_account(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	(void)user, (void)frame, (void)received_ns;
	account_frames++;
}

static void on_answer(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	(void)user, (void)frame, (void)received_ns;
	answers++;
}

static void on_subscribed(void *user, enum lighter_channel channel, int64_t market, bool is_live,
			  const char *text)
{
	(void)user, (void)channel, (void)market;
	*(is_live ? &live : &refused) += 1;
	snprintf(why, sizeof(why), "%s", text);
}

static void on_clock(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns)
{
	(void)user, (void)venue_ns;
	assert_true(sent_ns <= received_ns);
	clock_samples++;
}

static int open_stream(void **state)
{
	(void)state;
	static const struct lighter_stream_sink sink = {
		on_market, on_send, on_auth, on_account, on_answer, on_subscribed, on_clock};
	const struct lighter_stream_options options = {.venue = 1,
						       .connection = 1,
						       .account_index = ACCOUNT,
						       .funding_interval_ns = NS_PER_HOUR};
	now_ns = START;
	event_count = sent_count = 0;
	account_frames = answers = live = refused = clock_samples = 0;
	can_send = has_token = true;
	stream = lighter_stream_create(&options, &sink, NULL, now_ns);
	assert_non_null(stream);
	lighter_stream_market(stream, BTC, 9, (struct lighter_scale){true, 1, 5});
	return 0;
}

static int close_stream(void **state)
{
	(void)state;
	lighter_stream_free(stream);
	return 0;
}

static bool poll_stream(void)
{
	bool overdue;
	lighter_stream_poll(stream, now_ns, &overdue);
	return overdue;
}

/* A copy of exactly the bytes: reads past the end show. */
static void hear(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	now_ns += NS_PER_MS;
	lighter_stream_message(stream, copy, length, now_ns);
	free(copy);
}

static const struct market_event *newest(enum market_event_kind kind)
{
	for (size_t i = event_count; i-- > 0;)
		if (events[i].event.kind == kind)
			return &events[i].event;
	return NULL;
}

static size_t count(enum market_event_kind kind)
{
	size_t found = 0;
	for (size_t i = 0; i < event_count; i++)
		found += events[i].event.kind == kind;
	return found;
}

static void subscribe(enum lighter_channel channel)
{
	if (lighter_stream_state(stream, channel, BTC) == SUBSCRIPTION_IDLE && event_count == 0)
		lighter_stream_up(stream, now_ns);
	assert_true(lighter_stream_want(stream, channel, BTC, true));
	assert_false(poll_stream());
}

static const char snapshot[] =
	"{\"channel\":\"order_book:1\",\"last_updated_at\":1787900000655150,\"offset\":2164,"
	"\"order_book\":{\"code\":0,\n"
	"  \"asks\":[{\"price\":\"64010.5\",\"size\":\"0.30000\"},{\"price\":\"64011.0\","
	"\"size\":\"1.20000\"}],\n"
	"  \"bids\":[{\"price\":\"64009.9\",\"size\":\"0.73000\"}],\n"
	"  \"offset\":2164,\"nonce\":904845,\"last_updated_at\":1787900000655150,"
	"\"begin_nonce\":0},\n"
	" \"timestamp\":1787900000702,\"type\":\"subscribed/order_book\"}";
static const char update[] =
	"{\"channel\":\"order_book:1\",\"last_updated_at\":1787900000755000,\"offset\":2169,"
	"\"order_book\":{\"code\":0,\n"
	"  \"asks\":[{\"price\":\"64010.5\",\"size\":\"0.00000\"}],"
	"\"bids\":[{\"price\":\"64010.0\",\"size\":\"0.10000\"}],\n"
	"  \"offset\":2169,\"nonce\":904861,\"last_updated_at\":1787900000755000,"
	"\"begin_nonce\":904845},\n"
	" \"timestamp\":1787900000760,\"type\":\"update/order_book\"}";

static void book_frame(bool is_snapshot, uint64_t begin, uint64_t nonce, const char *bids,
		       const char *asks)
{
	char text[1024];
	snprintf(text, sizeof(text),
		 "{\"channel\":\"order_book:1\",\"order_book\":{\"asks\":%s,\"bids\":%s,"
		 "\"nonce\":%llu,\"begin_nonce\":%llu},\"type\":\"%s/order_book\"}",
		 asks, bids, (unsigned long long)nonce, (unsigned long long)begin,
		 is_snapshot ? "subscribed" : "update");
	hear(text);
}

static enum connection_state newest_state(void)
{
	const struct market_event *event = newest(EVENT_CONNECTION);
	assert_non_null(event);
	return event->u.connection.state;
}

/* ---- books ----------------------------------------------------------------------------------- */

static void a_snapshot_and_its_update_are_told_as_they_are(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	assert_string_equal(sent[0], "{\"type\":\"subscribe\",\"channel\":\"order_book/1\"}");
	hear(snapshot);
	assert_int_equal(live, 1);
	assert_int_equal(clock_samples, 1);
	assert_int_equal(newest_state(), CONNECTION_SYNCED);
	const struct seen_event *seen = &events[event_count - 2];
	assert_int_equal(seen->event.kind, EVENT_BOOK);
	assert_int_equal(seen->event.flags, EVENT_FLAG_SNAPSHOT);
	assert_int_equal(seen->event.instrument, 9);
	assert_int_equal(seen->event.exch_ns, INT64_C(1787900000655150000));
	assert_int_equal(seen->event.local_ns, now_ns);
	assert_int_equal(seen->event.last_id, 904845);
	assert_int_equal(seen->event.u.book.ask_count, 2);
	assert_int_equal(seen->asks[1].price.units, 640110);
	assert_int_equal(seen->asks[1].quantity.units, 120000);
	assert_int_equal(seen->bids[0].price.units, 640099);
	hear(update);
	seen = &events[event_count - 1];
	assert_int_equal(seen->event.kind, EVENT_BOOK);
	assert_int_equal(seen->event.flags, 0);
	assert_int_equal(seen->event.first_id, 904845);
	assert_int_equal(seen->event.last_id, 904861);
	assert_int_equal(seen->asks[0].quantity.units, 0);
	struct price bid, ask;
	assert_true(lighter_stream_touch(stream, BTC, &bid, &ask));
	assert_int_equal(bid.units, 640100);
	assert_int_equal(ask.units, 640110);
}

static void updates_before_the_snapshot_are_dropped(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(update);
	assert_int_equal(count(EVENT_BOOK), 0);
	assert_int_equal(lighter_stream_counts(stream)->early, 1);
}

static void a_broken_chain_is_a_gap_until_asked_for_again(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(snapshot);
	book_frame(false, 904999, 905000, "[]", "[]");
	assert_int_equal(newest_state(), CONNECTION_GAP);
	assert_int_equal(newest(EVENT_CONNECTION)->instrument, 9);
	size_t books = count(EVENT_BOOK);
	/* Nothing of it counts any more, not even what would fit. */
	hear(update);
	hear(snapshot);
	assert_int_equal(count(EVENT_BOOK), books);
	sent_count = 0;
	assert_false(poll_stream());
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent[0], "{\"type\":\"unsubscribe\",\"channel\":\"order_book/1\"}");
	/* Not before the venue said so (30003 otherwise). */
	poll_stream();
	assert_int_equal(sent_count, 1);
	hear("{\"type\":\"unsubscribed\",\"channel\":\"order_book:1\"}");
	poll_stream();
	assert_int_equal(sent_count, 2);
	hear(snapshot);
	assert_int_equal(newest_state(), CONNECTION_SYNCED);
	assert_int_equal(count(EVENT_BOOK), books + 1);
}

static void the_offset_may_jump(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	book_frame(true, 0, 10, "[]", "[]");
	book_frame(false, 10, 17, "[]", "[{\"price\":\"2.0\",\"size\":\"1\"}]");
	book_frame(false, 17, 17, "[]", "[]");
	book_frame(false, 17, 90, "[{\"price\":\"1.0\",\"size\":\"1\"}]", "[]");
	assert_int_equal(count(EVENT_BOOK), 4);
	assert_int_equal(lighter_stream_counts(stream)->gaps, 0);
}

static void what_breaks_a_book(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint64_t begin, nonce;
		const char *bids, *asks;
	} cases[] = {
		{"crossed", 10, 11, "[{\"price\":\"2.0\",\"size\":\"1\"}]", "null"},
		{"locked", 10, 11, "null", "[{\"price\":\"1.0\",\"size\":\"1\"}]"},
		{"backwards", 10, 9, "[]", "[]"},
		{"too fine", 10, 11, "[{\"price\":\"1.05\",\"size\":\"1\"}]", "[]"},
		{"negative", 10, 11, "[{\"price\":\"1.0\",\"size\":\"-1\"}]", "[]"},
		{"no price", 10, 11, "[{\"size\":\"1\"}]", "[]"},
		{"zero price", 10, 11, "[{\"price\":\"0\",\"size\":\"1\"}]", "[]"},
		{"huge", 10, 11, "[{\"price\":\"1e30\",\"size\":\"1\"}]", "[]"},
		{"no list", 10, 11, "5", "[]"},
		{"older", 9, 10, "[]", "[]"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		event_count = 0;
		lighter_stream_down(stream, now_ns);
		lighter_stream_up(stream, now_ns);
		lighter_stream_want(stream, LIGHTER_BOOK, BTC, true);
		poll_stream();
		book_frame(true, 0, 10, "[{\"price\":\"1.0\",\"size\":\"1\"}]",
			   "[{\"price\":\"2.0\",\"size\":\"1\"}]");
		assert_int_equal(newest_state(), CONNECTION_SYNCED);
		size_t books = count(EVENT_BOOK);
		book_frame(false, cases[i].begin, cases[i].nonce, cases[i].bids, cases[i].asks);
		if (newest_state() != CONNECTION_GAP || count(EVENT_BOOK) != books)
			fail_msg("%s", cases[i].what);
	}
}

static void a_text_that_is_no_json_breaks_every_book(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(snapshot);
	hear("{\"channel\":\"order_book:1\",\"order_b");
	assert_int_equal(newest_state(), CONNECTION_GAP);
}

static void an_empty_book_is_a_book(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	book_frame(true, 0, 0, "null", "[]");
	assert_int_equal(newest_state(), CONNECTION_SYNCED);
	struct price bid, ask;
	assert_false(lighter_stream_touch(stream, BTC, &bid, &ask));
}

static void a_frame_twice_is_applied_once(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(snapshot);
	hear(update);
	size_t books = count(EVENT_BOOK);
	hear(update);
	assert_int_equal(count(EVENT_BOOK), books);
	assert_int_equal(lighter_stream_counts(stream)->gaps, 0);
}

/* ---- other channels -------------------------------------------------------------------------- */

static void the_ticker_is_the_best_price(void **state)
{
	(void)state;
	subscribe(LIGHTER_TICKER);
	hear("{\"channel\":\"ticker:1\",\"nonce\":904861,\"ticker\":{\"s\":\"BTC\","
	     "\"a\":{\"price\":\"64011.0\",\"size\":\"1.20000\"},"
	     "\"b\":{\"price\":\"64010.0\",\"size\":\"0.10000\"},"
	     "\"last_updated_at\":1787900000755000},\"timestamp\":1787900000760,"
	     "\"type\":\"update/ticker\"}");
	const struct market_event *event = newest(EVENT_BBO);
	assert_non_null(event);
	assert_int_equal(event->last_id, 904861);
	assert_int_equal(event->exch_ns, INT64_C(1787900000755000000));
	assert_int_equal(event->u.bbo.ask.price.units, 640110);
	assert_int_equal(event->u.bbo.bid.quantity.units, 10000);
	hear("{\"channel\":\"ticker:1\",\"nonce\":904862,\"ticker\":{\"s\":\"BTC\","
	     "\"a\":{\"price\":\"\",\"size\":\"\"},\"b\":{\"price\":\"64010.0\","
	     "\"size\":\"0.10000\"}},\"timestamp\":1787900000761,\"type\":\"update/ticker\"}");
	event = newest(EVENT_BBO);
	assert_int_equal(event->last_id, 904862);
	assert_int_equal(event->u.bbo.ask.quantity.units, 0);
	size_t told = count(EVENT_BBO);
	hear("{\"channel\":\"ticker:1\",\"ticker\":{\"a\":{\"price\":\"x\",\"size\":\"1\"}},"
	     "\"type\":\"update/ticker\"}");
	assert_int_equal(count(EVENT_BBO), told);
}

static const char stats[] =
	"{\"channel\":\"market_stats:all\",\"market_stats\":{\"1\":{\"symbol\":\"BTC\","
	"\"market_id\":1,\"index_price\":\"64008.1\",\"mark_price\":\"64009.0\",\n"
	"   \"mid_price\":\"64010.5\",\"best_ask_price\":\"64011.0\","
	"\"best_bid_price\":\"64010.0\",\"open_interest\":\"102123609.308856\",\n"
	"   \"open_interest_limit\":\"72057594037927936.000000\","
	"\"funding_clamp_small\":\"0.0500\",\"funding_clamp_big\":\"4.0000\",\n"
	"   \"base_interest_rate\":\"0.0100\",\"last_trade_price\":\"64010.5\","
	"\"current_funding_rate\":\"0.0012\",\"funding_rate\":\"0.0010\",\n"
	"   \"funding_timestamp\":1787900400001,\"daily_base_token_volume\":23621.29,"
	"\"daily_quote_token_volume\":1531624159.6,\n"
	"   \"daily_price_low\":61376.4,\"daily_price_high\":67478.8,"
	"\"daily_price_change\":-4.36}},\n"
	"   \"timestamp\":1787901000291,\"type\":\"update/market_stats\"}";

static void statistics_are_mark_funding_and_interest(void **state)
{
	(void)state;
	subscribe(LIGHTER_STATS);
	assert_string_equal(sent[0], "{\"type\":\"subscribe\",\"channel\":\"market_stats/all\"}");
	hear(stats);
	const struct market_event *mark = newest(EVENT_MARK);
	assert_money(mark->u.mark.mark, "64009");
	assert_money(mark->u.mark.index, "64008.1");
	assert_int_equal(mark->exch_ns, INT64_C(1787901000291000000));
	assert_int_equal(count(EVENT_FUNDING), 2);
	const struct market_event *estimate = newest(EVENT_FUNDING);
	assert_int_equal(estimate->u.funding.kind, FUNDING_ESTIMATE);
	assert_int_equal(estimate->u.funding.rate.e18, INT64_C(12000000000000));
	/* The next full hour, not the last payment's stamp. */
	assert_int_equal(estimate->u.funding.boundary_ns, INT64_C(1787904000) * NS_PER_SECOND);
	assert_int_equal(estimate->u.funding.interval_ns, NS_PER_HOUR);
	const struct market_event *settled = NULL;
	for (size_t i = 0; i < event_count; i++)
		if (events[i].event.kind == EVENT_FUNDING &&
		    events[i].event.u.funding.kind == FUNDING_SETTLED)
			settled = &events[i].event;
	assert_non_null(settled);
	assert_int_equal(settled->u.funding.rate.e18, INT64_C(10000000000000));
	assert_int_equal(settled->u.funding.boundary_ns, INT64_C(1787900400) * NS_PER_SECOND);
	/* 102,123,609.308856 USDC at 64,009 are 1,595.45703... BTC. */
	assert_int_equal(newest(EVENT_OPEN_INTEREST)->u.open_interest.quantity.units, 159545703);
	/* Told again only when the payment's time moves. */
	hear(stats);
	assert_int_equal(count(EVENT_FUNDING), 3);
	assert_int_equal(count(EVENT_OPEN_INTEREST), 1);
	/* The same of one market in its own form. */
	hear("{\"channel\":\"market_stats:1\",\"market_stats\":{\"market_id\":1,"
	     "\"mark_price\":\"64000\",\"current_funding_rate\":\"-0.0012\"},"
	     "\"timestamp\":1787901001291,\"type\":\"update/market_stats\"}");
	assert_int_equal(newest(EVENT_FUNDING)->u.funding.rate.e18, -INT64_C(12000000000000));
}

static void the_mark_at_a_boundary_is_remembered(void **state)
{
	(void)state;
	struct money mark;
	subscribe(LIGHTER_STATS);
	int64_t boundary_ns = INT64_C(1787904000) * NS_PER_SECOND;
	hear("{\"channel\":\"market_stats:1\",\"market_stats\":{\"market_id\":1,"
	     "\"mark_price\":\"64001\"},\"timestamp\":1787903999500,"
	     "\"type\":\"update/market_stats\"}");
	assert_true(lighter_stream_mark_at(stream, BTC, boundary_ns, &mark));
	hear("{\"channel\":\"market_stats:1\",\"market_stats\":{\"market_id\":1,"
	     "\"mark_price\":\"64002\"},\"timestamp\":1787904000500,"
	     "\"type\":\"update/market_stats\"}");
	assert_true(lighter_stream_mark_at(stream, BTC, boundary_ns, &mark));
	assert_money(mark, "64001");
	assert_false(lighter_stream_mark_at(stream, BTC, boundary_ns - NS_PER_HOUR, &mark));
}

static const char *trade(char buffer[512], int id, const char *type, bool maker_ask)
{
	snprintf(buffer, 512,
		 "{\"trade_id\":%d,\"type\":\"%s\",\"market_id\":1,\"size\":\"0.1\","
		 "\"price\":\"64010.5\",\"usd_amount\":\"6401.05\",\"ask_id\":1,\"bid_id\":2,"
		 "\"is_maker_ask\":%s,\"timestamp\":1787900001000}",
		 id, type, maker_ask ? "true" : "false");
	return buffer;
}

static void trades_are_told_once_and_oldest_first(void **state)
{
	(void)state;
	char one[512], two[512], three[512], four[512], five[512], text[4096];
	subscribe(LIGHTER_TRADES);
	snprintf(text, sizeof(text),
		 "{\"channel\":\"trade:1\",\"trades\":[%s,%s],\"type\":\"subscribed/trade\"}",
		 trade(one, 11, "trade", true), trade(two, 10, "trade", true));
	hear(text);
	assert_int_equal(count(EVENT_TRADE), 0); /* history */
	snprintf(text, sizeof(text),
		 "{\"channel\":\"trade:1\",\"nonce\":1,\"trades\":[%s,%s,%s],"
		 "\"liquidation_trades\":[%s,%s],\"type\":\"update/trade\"}",
		 trade(one, 13, "trade", false), trade(two, 12, "trade", true),
		 trade(three, 11, "trade", true), trade(four, 14, "liquidation", true),
		 trade(five, 15, "deleverage", true));
	hear(text);
	assert_int_equal(count(EVENT_TRADE), 4);
	uint64_t id = 12;
	for (size_t i = 0; i < event_count; i++) {
		const struct market_event *event = &events[i].event;
		if (event->kind != EVENT_TRADE)
			continue;
		assert_int_equal(event->u.trade.id, id);
		assert_int_equal(event->u.trade.taker_side, id == 13 ? SIDE_SELL : SIDE_BUY);
		assert_int_equal(event->flags, id == 15 ? EVENT_FLAG_OFF_MARKET : 0);
		id++;
	}
	hear("{\"channel\":\"trade:1\",\"trades\":null,\"liquidation_trades\":null,"
	     "\"type\":\"update/trade\"}");
	snprintf(text, sizeof(text),
		 "{\"channel\":\"trade:1\",\"trades\":{\"1\":[%s]},\"type\":\"update/trade\"}",
		 trade(one, 16, "trade", true));
	hear(text);
	assert_int_equal(count(EVENT_TRADE), 5);
}

static void frames_of_other_kinds_confirm_and_pings_are_answered(void **state)
{
	(void)state;
	lighter_stream_up(stream, now_ns);
	hear("{\"session_id\":\"x\",\"type\":\"connected\"}");
	hear("{\"type\":\"ping\"}");
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent[0], "{\"type\":\"pong\"}");
	hear("{\"type\":\"pong\"}");
	assert_int_equal(count(EVENT_FRAME), 0); /* a socket, not a feed */
	hear("{\"channel\":\"height\",\"height\":5,\"type\":\"update/height\"}");
	hear("{\"no\":\"channel\"}");
	hear("{\"channel\":7,\"type\":\"update/ticker\"}");
	hear("{\"channel\":\"ticker:99999999999999999999\",\"type\":\"update/ticker\"}");
	assert_int_equal(count(EVENT_FRAME), 4);
}

static void account_frames_are_handed_on(void **state)
{
	(void)state;
	subscribe(LIGHTER_ORDERS);
	assert_string_equal(sent[0],
			    "{\"type\":\"subscribe\",\"channel\":\"account_all_orders/5501\","
			    "\"auth\":\"1787925600:5501:7:abef\"}");
	hear("{\"channel\":\"account_all_orders:5501\",\"orders\":{},"
	     "\"type\":\"subscribed/account_all_orders\"}");
	assert_int_equal(account_frames, 1);
	assert_int_equal(live, 1);
	hear("{\"channel\":\"account_all_orders:77001\",\"orders\":{},"
	     "\"type\":\"update/account_all_orders\"}");
	assert_int_equal(account_frames, 1); /* somebody else's */
	/* A new token: left, acknowledged, asked for again. */
	lighter_stream_renew_account(stream);
	sent_count = 0;
	poll_stream();
	hear("{\"type\":\"unsubscribed\",\"channel\":\"account_all_orders:5501\"}");
	poll_stream();
	assert_int_equal(sent_count, 2);
	assert_non_null(strstr(sent[1], "\"auth\""));
}

/* ---- subscriptions --------------------------------------------------------------------------- */

static void an_unanswered_subscription_is_overdue(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	now_ns += LIGHTER_ANSWER_WITHIN_NS - 1;
	assert_false(poll_stream());
	now_ns += 1;
	assert_true(poll_stream());
}

static void silence_of_a_subscribed_stream_is_overdue(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(snapshot);
	now_ns += LIGHTER_SILENCE_NS - 1;
	hear("{\"type\":\"pong\"}");
	assert_true(poll_stream());
}

static void errors_fall_to_the_oldest_question(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear("{\"error\":{\"code\":30005,\"message\":\"Invalid Channel:  (marketId)\"}}");
	assert_int_equal(refused, 1);
	assert_string_equal(why, "Invalid Channel:  (marketId)");
	assert_int_equal(lighter_stream_state(stream, LIGHTER_BOOK, BTC), SUBSCRIPTION_REFUSED);
	hear("{\"error\":{\"code\":30003,\"message\":\"already\"}}");
	hear("{\"error\":{\"code\":21702,\"message\":\"invalid price\"}}");
	hear("{\"type\":\"jsonapi/sendtx\",\"id\":\"42\",\"code\":200,\"tx_hash\":\"99\"}");
	assert_int_equal(answers, 2);
	assert_int_equal(refused, 1);
	/* Asked for again by wish, and by the next connection. */
	sent_count = 0;
	assert_true(lighter_stream_want(stream, LIGHTER_BOOK, BTC, true));
	poll_stream();
	assert_int_equal(sent_count, 1);
}

static void too_many_messages_are_spread(void **state)
{
	(void)state;
	for (int64_t m = 2; m < 100; m++)
		lighter_stream_market(stream, m, (instrument_id)(100 + m),
				      (struct lighter_scale){true, 2, 2});
	lighter_stream_up(stream, now_ns);
	unsigned wanted = 0;
	for (int64_t m = 2; m < 100; m++)
		wanted += lighter_stream_want(stream, LIGHTER_BOOK, m, true);
	for (int64_t m = 2; m < 20; m++)
		wanted += lighter_stream_want(stream, LIGHTER_TICKER, m, true);
	assert_int_equal(wanted, LIGHTER_SUBSCRIPTIONS_MAX);
	/* Never more than 40 unanswered; never more than 180 in a minute. */
	poll_stream();
	assert_int_equal(sent_count, LIGHTER_IN_FLIGHT_MAX);
	for (size_t i = 0; i < sent_count; i++) {
		char text[256];
		int market = 0;
		assert_int_equal(
			sscanf(strstr(sent[i], "channel\":\"") + 10, "%*[a-z_]/%d", &market), 1);
		snprintf(text, sizeof(text),
			 "{\"channel\":\"%s:%d\",\"order_book\":{\"nonce\":1},\"ticker\":{},"
			 "\"type\":\"subscribed/x\"}",
			 strstr(sent[i], "ticker") ? "ticker" : "order_book", market);
		event_count = 0;
		hear(text);
		if (i % 8 == 0)
			poll_stream();
		if (sent_count > 95)
			break;
	}
	assert_true(sent_count >= LIGHTER_MESSAGE_BURST);
}

static void without_a_token_the_market_goes_on(void **state)
{
	(void)state;
	has_token = false;
	lighter_stream_up(stream, now_ns);
	lighter_stream_want(stream, LIGHTER_ORDERS, -1, true);
	lighter_stream_want(stream, LIGHTER_BOOK, BTC, true);
	poll_stream();
	assert_int_equal(sent_count, 1);
	assert_non_null(strstr(sent[0], "order_book"));
}

static void everything_is_asked_for_again_after_a_cut(void **state)
{
	(void)state;
	subscribe(LIGHTER_BOOK);
	hear(snapshot);
	lighter_stream_down(stream, now_ns);
	assert_int_equal(newest_state(), CONNECTION_DOWN);
	hear(update); /* of the dead connection */
	assert_int_equal(count(EVENT_BOOK), 1);
	sent_count = 0;
	lighter_stream_up(stream, now_ns);
	poll_stream();
	assert_int_equal(sent_count, 1);
	hear(update);
	assert_int_equal(count(EVENT_BOOK), 1);
	hear(snapshot);
	assert_int_equal(count(EVENT_BOOK), 2);
}

static void transactions_are_written_as_the_venue_reads_them(void **state)
{
	(void)state;
	static struct lighter_signed transaction = {.type = LIGHTER_CREATE_ORDER};
	const struct lighter_signed *transactions[] = {&transaction, &transaction};
	char text[LIGHTER_SEND_MAX];
	transaction.tx_info_length =
		(size_t)snprintf(transaction.tx_info, sizeof(transaction.tx_info), "{\"A\":1}");
	size_t length = lighter_write_send_frame(text, 42, transactions, 1);
	assert_string_equal(text, "{\"type\":\"jsonapi/sendtx\",\"data\":{\"id\":\"42\","
				  "\"tx_type\":14,\"tx_info\":{\"A\":1}}}");
	assert_int_equal(length, strlen(text));
	length = lighter_write_send_form(text, transactions, 1);
	assert_int_equal(length, strlen(text));
	assert_non_null(strstr(text, "name=\"tx_type\"\r\n\r\n14\r\n--"));
	assert_non_null(strstr(text, "name=\"tx_info\"\r\n\r\n{\"A\":1}\r\n--"));
	/* The delimiter is two dashes and the boundary that the content type names. */
	const char *boundary = strstr(LIGHTER_FORM_TYPE, "boundary=") + 9;
	assert_memory_equal(text, "--", 2);
	assert_memory_equal(text + 2, boundary, strlen(boundary));
	assert_memory_equal(text + length - 4, "--\r\n", 4);
	/* Several: texts in texts (§2.6). */
	length = lighter_write_send_frame(text, 43, transactions, 2);
	assert_string_equal(text, "{\"type\":\"jsonapi/sendtxbatch\",\"data\":{\"id\":\"43\","
				  "\"tx_types\":\"[14,14]\",\"tx_infos\":\"["
				  "\\\"{\\\\\\\"A\\\\\\\":1}\\\",\\\"{\\\\\\\"A\\\\\\\":1}\\\""
				  "]\"}}");
	assert_int_equal(length, strlen(text));
	length = lighter_write_send_form(text, transactions, 2);
	assert_int_equal(length, strlen(text));
	assert_non_null(strstr(text, "name=\"tx_types\"\r\n\r\n[14,14]\r\n--"));
	assert_non_null(strstr(text,
			       "name=\"tx_infos\"\r\n\r\n[\"{\\\"A\\\":1}\",\"{\\\"A\\\":1}\"]"
			       "\r\n--"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stream, close_stream)
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_and_its_update_are_told_as_they_are),
		TEST(updates_before_the_snapshot_are_dropped),
		TEST(a_broken_chain_is_a_gap_until_asked_for_again),
		TEST(the_offset_may_jump),
		TEST(what_breaks_a_book),
		TEST(a_text_that_is_no_json_breaks_every_book),
		TEST(an_empty_book_is_a_book),
		TEST(a_frame_twice_is_applied_once),
		TEST(the_ticker_is_the_best_price),
		TEST(statistics_are_mark_funding_and_interest),
		TEST(the_mark_at_a_boundary_is_remembered),
		TEST(trades_are_told_once_and_oldest_first),
		TEST(frames_of_other_kinds_confirm_and_pings_are_answered),
		TEST(account_frames_are_handed_on),
		TEST(an_unanswered_subscription_is_overdue),
		TEST(silence_of_a_subscribed_stream_is_overdue),
		TEST(errors_fall_to_the_oldest_question),
		TEST(too_many_messages_are_spread),
		TEST(without_a_token_the_market_goes_on),
		TEST(everything_is_asked_for_again_after_a_cut),
		TEST(transactions_are_written_as_the_venue_reads_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
