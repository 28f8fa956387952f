/*
 * A book that is told by frames which are lost, doubled, swapped and damaged: whenever the client
 * calls it whole, it is the venue's book as of the update it names; and once the faults stop it
 * becomes whole.
 */
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "core/market/market_state.h"
#include "exchanges/lighter/lighter_stream.h"
#include "tests/support/effort.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PRICES 40
#define STEPS  300
#define START  (INT64_C(1787900000) * NS_PER_SECOND)
#define FRAME  8192
#define MARKET 3

/* Sizes by price 1..PRICES; bids below the middle, asks from it on. */
struct model {
	uint64_t nonce;
	int64_t size[PRICES + 1];
	int middle;
};

static struct model venue, history[2 * STEPS + 64];
static size_t history_count;
static struct random dice;
static struct market_state *market;
static struct lighter_stream *stream;
static instrument_id instrument;
static int64_t now_ns;
static bool asked, left;

static void on_market(void *user, const struct market_event *event)
{
	(void)user;
	market_state_apply(market, event);
}

static bool on_send(void *user, const char *text, size_t length)
{
	char copy[512];
	(void)user;
	assert_true(length < sizeof(copy));
	memcpy(copy, text, length);
	copy[length] = '\0';
	*(strstr(copy, "\"unsubscribe\"") ? &left : &asked) = true;
	return true;
}

static const char *on_auth(void *user)
{
	(void)user;
	return NULL;
}

static void on_frame(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	(void)user, (void)frame, (void)received_ns;
}

static void on_subscribed(void *user, enum lighter_channel channel, int64_t number, bool live,
			  const char *why)
{
	(void)user, (void)channel, (void)number, (void)live, (void)why;
}

static void on_clock(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns)
{
	(void)user, (void)sent_ns, (void)received_ns, (void)venue_ns;
}

/* ---- the venue ------------------------------------------------------------------------------- */

/* Levels of one side that differ from before (NULL: all that are there). */
static size_t write_side(char *out, size_t size, const struct model *before, bool bids)
{
	size_t used = 0, written = 0;
	out[used++] = '[';
	for (int price = 1; price <= PRICES; price++) {
		/* A price may change its side when the middle moves: it is gone from the old one.
		 */
		int64_t now = (price < venue.middle) == bids ? venue.size[price] : 0;
		int64_t was = before && (price < before->middle) == bids ? before->size[price] : 0;
		if (now == was)
			continue;
		used += (size_t)snprintf(out + used, size - used,
					 "%s{\"price\":\"%d.00\",\"size\":\"%lld\"}",
					 written++ ? "," : "", price, (long long)now);
	}
	used += (size_t)snprintf(out + used, size - used, "]");
	assert_true(used < size);
	return used;
}

static void write_frame(char out[FRAME], const struct model *before)
{
	char bids[FRAME / 3], asks[FRAME / 3];
	write_side(bids, sizeof(bids), before, true);
	write_side(asks, sizeof(asks), before, false);
	snprintf(out, FRAME,
		 "{\"channel\":\"order_book:%d\",\"offset\":%d,\"order_book\":{\"code\":0,"
		 "\"asks\":%s,\"bids\":%s,\"nonce\":%llu,\"begin_nonce\":%llu},"
		 "\"timestamp\":%lld,\"type\":\"%s/order_book\"}",
		 MARKET, (int)random_below(&dice, 100000), asks, bids,
		 (unsigned long long)venue.nonce, (unsigned long long)(before ? before->nonce : 0),
		 (long long)(now_ns / NS_PER_MS), before ? "update" : "subscribed");
}

static void remember(void)
{
	assert_true(history_count < sizeof(history) / sizeof(history[0]));
	history[history_count++] = venue;
}

/* Changes some sizes and now and then the middle; writes the update. */
static void trade(char out[FRAME])
{
	struct model before = venue;
	if (random_below(&dice, 4) == 0)
		venue.middle = (int)random_between(&dice, 5, PRICES - 5);
	for (uint64_t i = random_below(&dice, 6); i > 0; i--)
		venue.size[random_between(&dice, 1, PRICES)] =
			random_below(&dice, 3) ? random_between(&dice, 1, 50) : 0;
	venue.nonce += random_below(&dice, 20) + 1;
	write_frame(out, &before);
	remember();
}

/* ---- the client ------------------------------------------------------------------------------ */

static const struct model *of_nonce(uint64_t nonce)
{
	for (size_t i = history_count; i-- > 0;)
		if (history[i].nonce == nonce)
			return &history[i];
	return NULL;
}

static void check_book(uint64_t seed)
{
	const struct book_state *state = market_state_book(market, instrument);
	if (!state->synced)
		return;
	const struct model *model = of_nonce(state->last_id);
	if (model == NULL)
		fail_msg("seed %llu: no such update", (unsigned long long)seed);
	for (int price = 1; price <= PRICES; price++)
		for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
			int64_t there = (price < model->middle) == (side == SIDE_BUY)
						? model->size[price]
						: 0;
			int64_t ours = order_book_quantity_at(state->book, (enum side)side,
							      (struct price){price * 100})
					       .units;
			if (ours != there)
				fail_msg("seed %llu: at %d %lld, not %lld",
					 (unsigned long long)seed, price, (long long)ours,
					 (long long)there);
		}
}

static void hear(const char *text, uint64_t seed)
{
	now_ns += NS_PER_MS;
	lighter_stream_message(stream, text, strlen(text), now_ns);
	check_book(seed);
}

/* What the client asked for is answered. */
static void serve(uint64_t seed)
{
	static char text[FRAME];
	bool overdue;
	lighter_stream_poll(stream, now_ns, &overdue);
	if (left) {
		left = false;
		snprintf(text, sizeof(text),
			 "{\"type\":\"unsubscribed\",\"channel\":\"order_book:%d\"}", MARKET);
		hear(text, seed);
		lighter_stream_poll(stream, now_ns, &overdue);
	}
	if (asked) {
		asked = false;
		write_frame(text, NULL);
		hear(text, seed);
	}
}

static void damage(char *text)
{
	size_t at = random_below(&dice, strlen(text));
	switch (random_below(&dice, 3)) {
	case 0:
		text[at] = '\0';
		break;
	case 1:
		text[at] = (char)(32 + random_below(&dice, 90));
		break;
	default:
		memmove(text + at, text + at + 1, strlen(text + at));
	}
}

static bool text_differs_only_where_nobody_looks(const char *damaged)
{
	/* One changed digit inside a price, a size or a nonce is a lie that no client can see; TLS
	 * carries no such bytes. Only damage that leaves no sound frame is told. */
	struct lighter_frame frame;
	return lighter_frame_read(damaged, strlen(damaged), &frame);
}

static void one_world(uint64_t seed)
{
	static const struct lighter_stream_sink sink = {on_market, on_send,	  on_auth, on_frame,
							on_frame,  on_subscribed, on_clock};
	const struct lighter_stream_options options = {.venue = 1,
						       .connection = 1,
						       .account_index = 0,
						       .funding_interval_ns = NS_PER_HOUR};
	static char frame[FRAME], late[FRAME];
	bool is_late = false;
	random_seed(&dice, seed);
	now_ns = START;
	history_count = 0;
	asked = left = false;
	memset(&venue, 0, sizeof(venue));
	venue.middle = PRICES / 2;
	remember();
	struct instrument_table *table = instrument_table_create();
	assert_non_null(table);
	struct instrument terms = {.symbol = "X",
				   .venue = instrument_table_venue(table, "lighter"),
				   .base = instrument_table_asset(table, "X"),
				   .canonical = instrument_table_asset(table, "X"),
				   .quote = instrument_table_asset(table, "USDC"),
				   .settle = instrument_table_asset(table, "USDC"),
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 2};
	struct instrument_revision revision = market_terms_revision();
	instrument = instrument_table_add(table, &terms, &revision, NULL);
	assert_int_not_equal(instrument, 0);
	market = market_state_create(table);
	stream = lighter_stream_create(&options, &sink, NULL, now_ns);
	assert_true(market && stream);
	lighter_stream_market(stream, MARKET, instrument, (struct lighter_scale){true, 2, 0});
	lighter_stream_up(stream, now_ns);
	lighter_stream_want(stream, LIGHTER_BOOK, MARKET, true);
	serve(seed);
	for (unsigned step = 0; step < STEPS; step++) {
		bool quiet = step >= STEPS - 20;
		trade(frame);
		uint64_t fault = quiet ? 99 : random_below(&dice, 40);
		if (fault == 0)
			continue; /* lost */
		if (fault == 1 && !is_late) {
			memcpy(late, frame, FRAME);
			is_late = true;
			continue;
		}
		if (fault == 2)
			hear(frame, seed);
		if (fault == 3) {
			damage(frame);
			if (text_differs_only_where_nobody_looks(frame))
				continue;
		}
		hear(frame, seed);
		if (is_late) {
			is_late = false;
			hear(late, seed);
		}
		if (fault == 4) {
			lighter_stream_down(stream, now_ns);
			check_book(seed);
			lighter_stream_up(stream, now_ns);
		}
		now_ns += NS_PER_SECOND;
		serve(seed);
	}
	const struct book_state *state = market_state_book(market, instrument);
	if (!state->synced || state->last_id != venue.nonce)
		fail_msg("seed %llu: not whole in the end", (unsigned long long)seed);
	assert_true(lighter_stream_counts(stream)->gaps > 0);
	lighter_stream_free(stream);
	market_state_free(market);
	instrument_table_free(table);
}

static void a_whole_book_is_the_venues(void **state)
{
	(void)state;
	unsigned runs = effort(200, "books over a faulty wire");
	for (uint64_t seed = 1; seed <= runs; seed++)
		one_world(seed);
}

int main(void)
{
	log_configure(stderr, LOG_ALARM);
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_book_is_the_venues)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
