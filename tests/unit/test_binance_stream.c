/* The sequence rules of a Binance book: when it is whole, when it is not, and that nothing is lost.
 */
#include "exchanges/binance/binance_stream.h"
#include "core/base/decimal.h"
#include "core/market/order_book.h"
#include "tests/support/json_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LEVELS 64
#define EVENTS 256

struct seen {
	char letters[EVENTS]; /* one letter an event: see letter_of */
	size_t count;
	uint64_t ids[EVENTS];
	int64_t local_ns[EVENTS];
	struct order_book *book;
	bool synced;
};

static struct book_level bids[LEVELS], asks[LEVELS];
static const struct binance_levels levels = {bids, asks, LEVELS};

static char letter_of(const struct market_event *event)
{
	static const char connection[] = {
		[CONNECTION_UP] = 'U',
		[CONNECTION_DOWN] = 'D',
		[CONNECTION_GAP] = 'G',
		[CONNECTION_SYNCED] = 'Y',
	};
	if (event->kind == EVENT_CONNECTION)
		return connection[event->u.connection.state];
	if (event->kind == EVENT_BOOK)
		return event->flags & EVENT_FLAG_SNAPSHOT ? 'S' : 'd';
	return event->kind == EVENT_BBO	      ? 'b'
	       : event->kind == EVENT_TRADE   ? 't'
	       : event->kind == EVENT_MARK    ? 'm'
	       : event->kind == EVENT_FUNDING ? 'f'
					      : '?';
}

static void on_event(void *user, const struct market_event *event)
{
	struct seen *seen = user;
	assert_true(seen->count + 1 < EVENTS);
	assert_int_equal(event->instrument, 7);
	assert_int_equal(event->venue, 2);
	assert_int_equal(event->connection, 5);
	seen->letters[seen->count] = letter_of(event);
	seen->ids[seen->count] = event->last_id;
	seen->local_ns[seen->count++] = event->local_ns;
	if (event->kind == EVENT_CONNECTION)
		seen->synced = event->u.connection.state == CONNECTION_SYNCED;
	if (event->kind != EVENT_BOOK)
		return;
	if (event->flags & EVENT_FLAG_SNAPSHOT)
		order_book_clear(seen->book);
	order_book_apply(seen->book, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
}

static void start(struct seen *seen, struct binance_stream **stream, enum binance_market market)
{
	memset(seen, 0, sizeof(*seen));
	seen->book = order_book_create(1);
	*stream = binance_stream_create(market, 2, 7, 5, on_event, seen);
	assert_non_null(seen->book);
	assert_non_null(*stream);
}

static void end(struct seen *seen, struct binance_stream *stream)
{
	binance_stream_free(stream);
	order_book_free(seen->book);
}

/* A diff with one bid of price 100 and quantity = its last id. */
static void diff(struct binance_stream *stream, int64_t local_ns, uint64_t first, uint64_t last,
		 uint64_t previous)
{
	struct binance_message message = {
		.kind = BINANCE_DEPTH,
		.first_id = first,
		.last_id = last,
		.previous_id = previous,
		.u.levels = {.bid_count = 1},
	};
	bids[0] = (struct book_level){{100}, {(int64_t)last}};
	binance_stream_message(stream, local_ns, &message, &levels);
}

static void snapshot(struct binance_stream *stream, int64_t local_ns, uint64_t id)
{
	struct binance_message message = {
		.kind = BINANCE_SNAPSHOT,
		.last_id = id,
		.u.levels = {.bid_count = 1, .ask_count = 1},
	};
	bids[0] = (struct book_level){{100}, {(int64_t)id}};
	asks[0] = (struct book_level){{101}, {1}};
	binance_stream_message(stream, local_ns, &message, &levels);
}

static void letters_are(const struct seen *seen, const char *letters)
{
	assert_string_equal(seen->letters, letters);
}

static void diffs_before_the_snapshot_come_at_once_and_again_with_it(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	diff(stream, 1, 10, 19, 9);
	diff(stream, 2, 20, 29, 19);
	letters_are(&seen, "dd");
	assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_NO_SNAPSHOT);
	snapshot(stream, 3, 25);
	/* 10..19 is stale; 20..29 straddles 25 and is repeated, stamped with this moment. */
	letters_are(&seen, "ddSYd");
	assert_int_equal(seen.ids[4], 29);
	assert_int_equal(seen.local_ns[4], 3);
	assert_int_equal(binance_stream_last_id(stream), 29);
	diff(stream, 4, 30, 39, 29);
	letters_are(&seen, "ddSYdd");
	assert_true(seen.synced);
	const struct binance_stream_counts *counts = binance_stream_counts(stream);
	assert_int_equal(counts->depth, 3);
	assert_int_equal(counts->stale, 1);
	assert_int_equal(counts->repeated, 1);
	assert_int_equal(counts->gaps, 0);
	assert_int_equal(order_book_quantity_at(seen.book, SIDE_BUY, (struct price){100}).units,
			 39);
	end(&seen, stream);
}

static void a_snapshot_ahead_of_the_stream_waits_for_the_diff_that_meets_it(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	snapshot(stream, 1, 25);
	letters_are(&seen, "");
	assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_SNAPSHOT_HELD);
	diff(stream, 2, 10, 19, 9);
	letters_are(&seen, "d");
	diff(stream, 3, 20, 29, 19);
	letters_are(&seen, "dSYd");
	assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_SYNCED);
	end(&seen, stream);
}

static void a_broken_chain_is_a_gap_until_the_next_snapshot(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_COINM);
	snapshot(stream, 1, 25);
	diff(stream, 2, 20, 29, 19);
	diff(stream, 3, 41, 49, 40);
	letters_are(&seen, "SYdGd");
	assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_NO_SNAPSHOT);
	diff(stream, 4, 50, 59, 49);
	snapshot(stream, 5, 45);
	letters_are(&seen, "SYdGddSYdd");
	assert_int_equal(binance_stream_last_id(stream), 59);
	assert_int_equal(binance_stream_counts(stream)->gaps, 1);
	end(&seen, stream);
}

static void every_hole_is_told_also_while_waiting_for_a_snapshot(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	snapshot(stream, 1, 25);
	diff(stream, 2, 20, 29, 19);
	diff(stream, 3, 41, 49, 40);
	diff(stream, 4, 50, 59, 49);
	diff(stream, 5, 71, 79, 70);
	letters_are(&seen, "SYdGddGd");
	assert_int_equal(binance_stream_counts(stream)->gaps, 2);
	/* What was kept from before the second hole is of no use. */
	snapshot(stream, 6, 75);
	diff(stream, 7, 80, 89, 79);
	letters_are(&seen, "SYdGddGdSYdd");
	assert_int_equal(binance_stream_counts(stream)->gaps, 2);
	end(&seen, stream);
}

static void spot_counts_ids_without_holes(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_SPOT);
	diff(stream, 1, 10, 19, 0);
	diff(stream, 1, 20, 29, 0);
	snapshot(stream, 2, 19);
	/* u <= lastUpdateId is stale on Spot, u = lastUpdateId included. */
	letters_are(&seen, "ddSYd");
	diff(stream, 3, 30, 30, 0);
	letters_are(&seen, "ddSYdd");
	diff(stream, 4, 32, 33, 0);
	letters_are(&seen, "ddSYddGd");
	end(&seen, stream);
}

static void a_spot_snapshot_one_id_short_is_too_old(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_SPOT);
	snapshot(stream, 1, 18);
	diff(stream, 2, 20, 29, 0);
	letters_are(&seen, "Gd");
	assert_int_equal(binance_stream_counts(stream)->snapshots_too_old, 1);
	/* What came is kept: a newer snapshot can still use it. */
	snapshot(stream, 3, 21);
	letters_are(&seen, "GdSYd");
	end(&seen, stream);
}

static void without_a_snapshot_every_message_passes_and_the_book_is_never_synced(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_SPOT);
	for (uint64_t i = 0; i < 100; i++)
		diff(stream, (int64_t)i, i + 1, i + 1, 0);
	assert_int_equal(seen.count, 100);
	assert_false(seen.synced);
	assert_int_equal(binance_stream_counts(stream)->gaps, 0);
	end(&seen, stream);
}

static void count_event(void *user, const struct market_event *event)
{
	(void)event;
	++*(uint64_t *)user;
}

static void what_is_kept_is_bounded_and_the_newest_stays(void **state)
{
	uint64_t events = 0;
	(void)state;
	struct binance_stream *stream =
		binance_stream_create(BINANCE_SPOT, 1, 1, 1, count_event, &events);
	assert_non_null(stream);
	uint64_t diffs = BINANCE_KEPT_DIFFS_MAX + 100;
	for (uint64_t i = 1; i <= diffs; i++)
		diff(stream, (int64_t)i, i, i, 0);
	assert_true(binance_stream_counts(stream)->forgotten >= 100);
	events = 0;
	snapshot(stream, (int64_t)diffs, diffs - 10);
	assert_int_equal(events, 2 + 10);
	assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_SYNCED);
	binance_stream_free(stream);
}

static void a_lost_message_makes_the_book_unusable_at_once(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	snapshot(stream, 1, 25);
	diff(stream, 2, 20, 29, 19);
	binance_stream_lost(stream, 3);
	letters_are(&seen, "SYdG");
	binance_stream_lost(stream, 4);
	letters_are(&seen, "SYdG");
	/* The hole that it leaves is not told a second time. */
	diff(stream, 5, 40, 49, 39);
	letters_are(&seen, "SYdGd");
	snapshot(stream, 6, 45);
	diff(stream, 7, 50, 59, 49);
	letters_are(&seen, "SYdGdSYdd");
	assert_int_equal(binance_stream_counts(stream)->gaps, 1);
	end(&seen, stream);
}

static void a_snapshot_beside_a_whole_book_takes_over_without_a_gap(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	snapshot(stream, 1, 25);
	diff(stream, 2, 20, 29, 19);
	snapshot(stream, 3, 28); /* older than what we have */
	diff(stream, 4, 30, 39, 29);
	letters_are(&seen, "SYdd");
	snapshot(stream, 5, 45);
	diff(stream, 6, 40, 44, 39);
	diff(stream, 7, 45, 49, 44);
	letters_are(&seen, "SYdddSYd");
	assert_int_equal(binance_stream_counts(stream)->gaps, 0);
	assert_int_equal(binance_stream_counts(stream)->snapshots_not_needed, 1);
	end(&seen, stream);
}

static void a_mark_price_is_a_mark_and_an_estimate_for_its_next_boundary(void **state)
{
	struct seen seen;
	struct binance_stream *stream;
	(void)state;
	start(&seen, &stream, BINANCE_USDM);
	struct binance_message message = {.kind = BINANCE_MARK_PRICE, .exch_ns = 5};
	message.u.mark.has_rate = true;
	binance_stream_message(stream, 1, &message, &levels);
	message.u.mark.has_rate = false;
	binance_stream_message(stream, 2, &message, &levels);
	letters_are(&seen, "mfm");
	end(&seen, stream);
}

/* --- the vectors --- */

static void take_text(struct binance_stream *stream, int64_t local_ns, const char *text)
{
	static const struct binance_scale scale = {2, 3};
	struct binance_message message;
	assert_int_equal(
		binance_decode(BINANCE_USDM, text, strlen(text), &scale, &levels, &message),
		BINANCE_OK);
	binance_stream_message(stream, local_ns, &message, &levels);
}

static void side_is(const struct order_book *book, enum side side, const struct json_tree *expected)
{
	struct book_level found[LEVELS];
	uint32_t count = order_book_levels(book, side, found, LEVELS);
	assert_int_equal(count, json_tree_count(expected));
	for (uint32_t i = 0; i < count; i++) {
		const struct json_tree *level = json_tree_element(expected, i);
		const char *price = json_tree_text(json_tree_element(level, 0));
		const char *quantity = json_tree_text(json_tree_element(level, 1));
		int64_t price_units, quantity_units;
		assert_int_equal(decimal_parse_i64(price, strlen(price), 2, &price_units),
				 DECIMAL_OK);
		assert_int_equal(decimal_parse_i64(quantity, strlen(quantity), 3, &quantity_units),
				 DECIMAL_OK);
		assert_int_equal(found[i].price.units, price_units);
		assert_int_equal(found[i].quantity.units, quantity_units);
	}
}

/* The diffs count as received before the snapshot. */
static void check_vector(const struct json_tree *vector)
{
	struct seen seen;
	struct binance_stream *stream;
	const struct json_tree *expect = json_tree_member(vector, "expect");
	const struct json_tree *applied = json_tree_member(expect, "applied");
	const struct json_tree *events = json_tree_member(vector, "events");
	const char *verdict = json_tree_text(json_tree_member(expect, "state"));
	start(&seen, &stream, BINANCE_USDM);
	size_t count = json_tree_count(events);
	for (size_t i = 0; i < count; i++)
		take_text(stream, (int64_t)i, json_tree_text(json_tree_element(events, i)));
	assert_int_equal(seen.count, count);
	take_text(stream, 100, json_tree_text(json_tree_member(vector, "snapshot")));
	/* What was applied after the snapshot, by the ids of the diffs that came first. */
	size_t repeated = 0;
	for (size_t i = count; i < seen.count; i++) {
		if (seen.letters[i] != 'd')
			continue;
		int64_t index;
		assert_true(json_tree_i64(json_tree_element(applied, repeated++), &index));
		assert_int_equal(seen.ids[i], seen.ids[index]);
	}
	assert_int_equal(repeated, json_tree_count(applied));
	if (strcmp(verdict, "synced") == 0) {
		int64_t last_id;
		assert_true(json_tree_i64(json_tree_member(expect, "last_update_id"), &last_id));
		assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_SYNCED);
		assert_int_equal(binance_stream_last_id(stream), last_id);
		side_is(seen.book, SIDE_BUY, json_tree_member(expect, "bids"));
		side_is(seen.book, SIDE_SELL, json_tree_member(expect, "asks"));
	} else {
		assert_string_equal(verdict, "resync");
		assert_int_equal(seen.letters[seen.count - 1], 'G');
		assert_int_equal(binance_stream_book(stream), BINANCE_BOOK_NO_SNAPSHOT);
		/* at_event is the first that was not applied. */
		int64_t at_event;
		assert_true(json_tree_i64(json_tree_member(expect, "at_event"), &at_event));
		assert_int_equal(at_event, repeated);
	}
	end(&seen, stream);
}

static void the_four_published_sequences_end_as_stated(void **state)
{
	const char *error = "";
	(void)state;
	struct json_tree *file = json_tree_load("tests/vectors/binance_books.json", &error);
	if (file == NULL)
		fail_msg("tests/vectors/binance_books.json: %s", error);
	const struct json_tree *books = json_tree_member(file, "books");
	assert_int_equal(json_tree_count(books), 4);
	for (const struct json_tree *vector = books->first; vector != NULL; vector = vector->next)
		check_vector(vector);
	json_tree_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diffs_before_the_snapshot_come_at_once_and_again_with_it),
		cmocka_unit_test(a_snapshot_ahead_of_the_stream_waits_for_the_diff_that_meets_it),
		cmocka_unit_test(a_broken_chain_is_a_gap_until_the_next_snapshot),
		cmocka_unit_test(every_hole_is_told_also_while_waiting_for_a_snapshot),
		cmocka_unit_test(spot_counts_ids_without_holes),
		cmocka_unit_test(a_spot_snapshot_one_id_short_is_too_old),
		cmocka_unit_test(
			without_a_snapshot_every_message_passes_and_the_book_is_never_synced),
		cmocka_unit_test(what_is_kept_is_bounded_and_the_newest_stays),
		cmocka_unit_test(a_lost_message_makes_the_book_unusable_at_once),
		cmocka_unit_test(a_snapshot_beside_a_whole_book_takes_over_without_a_gap),
		cmocka_unit_test(a_mark_price_is_a_mark_and_an_estimate_for_its_next_boundary),
		cmocka_unit_test(the_four_published_sequences_end_as_stated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
