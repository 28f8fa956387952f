#include "core/base/utc.h"
#include "core/market/market_state.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS NS_PER_MS

struct scene {
	struct market_terms m;
	struct market_state *state;
};

static int set_up(void **state)
{
	static struct scene scene;
	scene.m = market_terms_create();
	scene.state = market_state_create(scene.m.table);
	*state = &scene;
	return scene.state == NULL;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	market_state_free(s->state);
	market_terms_free(&s->m);
	return 0;
}

static struct market_event event_at(struct scene *s, instrument_id id, enum market_event_kind kind,
				    int64_t local_ns)
{
	venue_id venue = id != 0 ? instrument_get(s->m.table, id)->venue : s->m.usdm_venue;
	return (struct market_event){.local_ns = local_ns,
				     .exch_ns = local_ns - 3 * MS,
				     .instrument = id,
				     .venue = venue,
				     .connection = 1,
				     .kind = (uint8_t)kind};
}

/* One bid and one ask; quantity 0 leaves that side out. */
static void apply_levels(struct scene *s, struct market_event event, int64_t bid,
			 int64_t bid_quantity, int64_t ask, int64_t ask_quantity)
{
	struct book_level bids = {{bid}, {bid_quantity}};
	struct book_level asks = {{ask}, {ask_quantity}};
	event.u.book.bids = &bids;
	event.u.book.asks = &asks;
	event.u.book.bid_count = bid != 0;
	event.u.book.ask_count = ask != 0;
	market_state_apply(s->state, &event);
}

static void apply_snapshot(struct scene *s, instrument_id id, int64_t local_ns, unsigned flags,
			   int64_t bid, int64_t ask)
{
	struct market_event event = event_at(s, id, EVENT_BOOK, local_ns);
	event.flags = (uint8_t)(EVENT_FLAG_SNAPSHOT | flags);
	apply_levels(s, event, bid, 7, ask, 9);
}

static void apply_connection(struct scene *s, instrument_id id, enum connection_state connection,
			     int64_t local_ns)
{
	struct market_event event = event_at(s, id, EVENT_CONNECTION, local_ns);
	event.u.connection.state = connection;
	market_state_apply(s->state, &event);
}

static void apply_bbo(struct scene *s, instrument_id id, int64_t local_ns, uint64_t update_id,
		      int64_t bid)
{
	struct market_event event = event_at(s, id, EVENT_BBO, local_ns);
	event.first_id = event.last_id = update_id;
	event.u.bbo.bid = (struct book_level){{bid}, {1}};
	event.u.bbo.ask = (struct book_level){{bid + 1}, {2}};
	market_state_apply(s->state, &event);
}

static int64_t best_bid(struct scene *s, instrument_id id)
{
	struct book_level best = {{0}, {0}};
	order_book_best(market_state_book(s->state, id)->book, SIDE_BUY, &best);
	return best.price.units;
}

static void nothing_is_known_before_the_first_event(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	assert_null(market_state_book(s->state, id)->book);
	assert_false(market_state_book(s->state, id)->synced);
	assert_false(market_state_bbo(s->state, id)->known);
	assert_int_equal(market_state_mark(s->state, id)->fields, 0);
	assert_false(market_state_funding(s->state, id)->rate_known);
	assert_false(market_state_funding(s->state, id)->settled_known);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 0);
	assert_false(market_state_clock(s->state, s->m.usdm_venue).known);
	assert_false(market_state_settlement(s->state, id, 0).rate_known);
	assert_false(market_state_settlement(s->state, id, 0).price_known);
}

static void a_book_is_synced_by_synced_after_its_snapshot(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	assert_false(market_state_book(s->state, id)->synced);
	assert_int_equal(best_bid(s, id), 100);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	assert_true(market_state_book(s->state, id)->synced);
	struct market_event diff = event_at(s, id, EVENT_BOOK, 20);
	diff.last_id = 5;
	apply_levels(s, diff, 102, 1, 101, 0);
	const struct book_state *book = market_state_book(s->state, id);
	assert_int_equal(best_bid(s, id), 102);
	assert_int_equal(order_book_level_count(book->book, SIDE_SELL), 0);
	assert_int_equal(book->changed_ns, 20);
	assert_int_equal(book->exch_ns, 20 - 3 * MS);
	assert_int_equal(book->last_id, 5);
	assert_true(book->synced);
}

static void synced_without_a_snapshot_syncs_nothing(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.spot;
	apply_levels(s, event_at(s, id, EVENT_BOOK, 10), 100, 1, 101, 1);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	assert_false(market_state_book(s->state, id)->synced);
}

static void a_book_may_converge_from_diffs_but_stays_unsynced(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.spot;
	apply_levels(s, event_at(s, id, EVENT_BOOK, 10), 100, 1, 101, 1);
	assert_int_equal(best_bid(s, id), 100);
	assert_false(market_state_book(s->state, id)->synced);
}

static void a_snapshot_replaces_the_whole_book_and_keeps_it_synced(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	apply_snapshot(s, id, 12, 0, 90, 91);
	assert_int_equal(best_bid(s, id), 90);
	assert_int_equal(order_book_level_count(market_state_book(s->state, id)->book, SIDE_BUY),
			 1);
	assert_true(market_state_book(s->state, id)->synced);
}

static void a_keyframe_is_no_event_while_synced(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	uint64_t version = order_book_version(market_state_book(s->state, id)->book);
	apply_snapshot(s, id, 50, EVENT_FLAG_KEYFRAME, 70, 71);
	assert_int_equal(best_bid(s, id), 100);
	assert_int_equal(order_book_version(market_state_book(s->state, id)->book), version);
	assert_int_equal(market_state_book(s->state, id)->changed_ns, 10);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 11);
}

static void a_keyframe_makes_the_book_whole_at_start_and_after_a_gap(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, EVENT_FLAG_KEYFRAME, 70, 71);
	assert_true(market_state_book(s->state, id)->synced);
	assert_int_equal(best_bid(s, id), 70);
	apply_connection(s, id, CONNECTION_GAP, 20);
	assert_false(market_state_book(s->state, id)->synced);
	apply_snapshot(s, id, 30, EVENT_FLAG_KEYFRAME, 80, 81);
	assert_true(market_state_book(s->state, id)->synced);
	assert_int_equal(best_bid(s, id), 80);
}

static void after_a_gap_only_a_new_snapshot_makes_synced_count(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	apply_connection(s, id, CONNECTION_GAP, 12);
	apply_connection(s, id, CONNECTION_SYNCED, 13);
	assert_false(market_state_book(s->state, id)->synced);
	apply_snapshot(s, id, 14, 0, 100, 101);
	apply_connection(s, id, CONNECTION_SYNCED, 15);
	assert_true(market_state_book(s->state, id)->synced);
}

static void a_gap_of_one_instrument_leaves_the_others(void **state)
{
	struct scene *s = *state;
	struct instrument eth = market_terms_linear(&s->m, "ETHUSDT");
	struct instrument_revision revision = market_terms_revision();
	instrument_id other = instrument_table_add(s->m.table, &eth, &revision, NULL);
	instrument_id ids[] = {s->m.usdm, other, s->m.coinm};
	for (int i = 0; i < 3; i++) {
		apply_snapshot(s, ids[i], 10, 0, 100, 101);
		apply_connection(s, ids[i], CONNECTION_SYNCED, 11);
		apply_bbo(s, ids[i], 12, 1, 100);
	}
	apply_connection(s, other, CONNECTION_GAP, 20);
	assert_false(market_state_book(s->state, other)->synced);
	assert_false(market_state_bbo(s->state, other)->known);
	assert_true(market_state_book(s->state, s->m.usdm)->synced);
	assert_true(market_state_bbo(s->state, s->m.usdm)->known);
	/* Now the whole connection of the venue; the other venue's connection 1 is another one. */
	apply_connection(s, 0, CONNECTION_GAP, 30);
	assert_false(market_state_book(s->state, s->m.usdm)->synced);
	assert_false(market_state_bbo(s->state, s->m.usdm)->known);
	assert_true(market_state_book(s->state, s->m.coinm)->synced);
	assert_true(market_state_bbo(s->state, s->m.coinm)->known);
}

static void a_lost_connection_takes_only_the_streams_it_carried(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	apply_connection(s, id, CONNECTION_SYNCED, 11);
	struct market_event bbo = event_at(s, id, EVENT_BBO, 12);
	bbo.connection = 40;
	market_state_apply(s->state, &bbo);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 11);
	struct market_event frame = event_at(s, 0, EVENT_FRAME, 15);
	market_state_apply(s->state, &frame);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 12);
	apply_connection(s, 0, CONNECTION_DOWN, 20);
	assert_false(market_state_book(s->state, id)->synced);
	assert_true(market_state_bbo(s->state, id)->known);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 12);
	struct market_event down = event_at(s, 0, EVENT_CONNECTION, 21);
	down.connection = 40;
	down.u.connection.state = CONNECTION_DOWN;
	market_state_apply(s->state, &down);
	assert_false(market_state_bbo(s->state, id)->known);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 0);
}

static void any_frame_of_the_connection_confirms_a_quiet_stream(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_bbo(s, id, 10, 1, 100);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 10);
	struct market_event frame = event_at(s, 0, EVENT_FRAME, 500);
	market_state_apply(s->state, &frame);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 500);
	assert_int_equal(market_state_bbo(s->state, id)->changed_ns, 10);
	frame.connection = 2;
	frame.local_ns = 600;
	market_state_apply(s->state, &frame);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 500);
	struct market_event trade = event_at(s, id, EVENT_TRADE, 700);
	trade.flags = EVENT_FLAG_OFF_MARKET;
	market_state_apply(s->state, &trade);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 700);
}

static void a_down_connection_confirms_nothing_until_it_is_up(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_bbo(s, id, 10, 1, 100);
	apply_connection(s, 0, CONNECTION_DOWN, 20);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 0);
	apply_connection(s, 0, CONNECTION_UP, 30);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 30);
	assert_false(market_state_bbo(s->state, id)->known);
}

static void a_gap_or_a_clock_reading_is_no_frame(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_bbo(s, id, 10, 1, 100);
	apply_connection(s, s->m.coinm, CONNECTION_GAP, 20);
	struct market_event clock = event_at(s, 0, EVENT_CLOCK, 30);
	market_state_apply(s->state, &clock);
	struct market_event revised = event_at(s, id, EVENT_INSTRUMENT, 40);
	market_state_apply(s->state, &revised);
	assert_int_equal(market_state_confirmed_ns(s->state, id), 10);
}

static void a_bbo_never_alters_the_book(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	uint64_t version = order_book_version(market_state_book(s->state, id)->book);
	apply_bbo(s, id, 20, 7, 99);
	assert_int_equal(best_bid(s, id), 100);
	assert_int_equal(order_book_version(market_state_book(s->state, id)->book), version);
	const struct bbo_state *bbo = market_state_bbo(s->state, id);
	assert_true(bbo->known);
	assert_int_equal(bbo->bid.price.units, 99);
	assert_int_equal(bbo->ask.price.units, 100);
	assert_int_equal(bbo->ask.quantity.units, 2);
	assert_int_equal(bbo->changed_ns, 20);
	assert_int_equal(bbo->exch_ns, 20 - 3 * MS);
	assert_int_equal(bbo->id, 7);
}

static void an_older_bbo_is_ignored_unless_the_stream_began_anew(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_bbo(s, id, 10, 100, 50);
	apply_bbo(s, id, 11, 99, 40);
	assert_int_equal(market_state_bbo(s->state, id)->bid.price.units, 50);
	apply_bbo(s, id, 12, 0, 41);
	assert_int_equal(market_state_bbo(s->state, id)->bid.price.units, 41);
	apply_bbo(s, id, 13, 100, 42);
	apply_connection(s, id, CONNECTION_GAP, 14);
	apply_bbo(s, id, 15, 3, 43);
	assert_int_equal(market_state_bbo(s->state, id)->bid.price.units, 43);
}

static void a_frame_without_id_does_not_forget_the_last_id(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_bbo(s, id, 10, 100, 50);
	apply_bbo(s, id, 11, 0, 51);
	apply_bbo(s, id, 12, 99, 40);
	assert_int_equal(market_state_bbo(s->state, id)->bid.price.units, 51);
}

static void off_market_trades_change_nothing_but_the_confirmation(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	apply_snapshot(s, id, 10, 0, 100, 101);
	apply_bbo(s, id, 10, 1, 100);
	struct book_state book = *market_state_book(s->state, id);
	struct bbo_state bbo = *market_state_bbo(s->state, id);
	uint64_t version = order_book_version(book.book);
	struct market_event trade = event_at(s, id, EVENT_TRADE, 20);
	trade.flags = EVENT_FLAG_OFF_MARKET;
	trade.u.trade.price.units = 120;
	market_state_apply(s->state, &trade);
	assert_memory_equal(&book, market_state_book(s->state, id), sizeof(book));
	assert_memory_equal(&bbo, market_state_bbo(s->state, id), sizeof(bbo));
	assert_int_equal(order_book_version(book.book), version);
}

static void marks_keep_the_fields_they_do_not_name(void **state)
{
	struct scene *s = *state;
	instrument_id id = s->m.usdm;
	struct market_event mark = event_at(s, id, EVENT_MARK, 10 * MS);
	mark.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX;
	mark.u.mark.mark = money_of("100");
	mark.u.mark.index = money_of("101");
	market_state_apply(s->state, &mark);
	mark.local_ns = 20 * MS;
	mark.exch_ns = 17 * MS;
	mark.u.mark.fields = MARK_HAS_ORACLE;
	mark.u.mark.oracle = money_of("102");
	market_state_apply(s->state, &mark);
	const struct mark_state *known = market_state_mark(s->state, id);
	assert_int_equal(known->fields, MARK_HAS_MARK | MARK_HAS_INDEX | MARK_HAS_ORACLE);
	assert_money(known->mark, "100");
	assert_money(known->index, "101");
	assert_money(known->oracle, "102");
	assert_int_equal(known->local_ns, 20 * MS);
	/* One that the venue sent earlier does not take the newer one's place. */
	mark.local_ns = 21 * MS;
	mark.exch_ns = 16 * MS;
	mark.u.mark.oracle = money_of("90");
	market_state_apply(s->state, &mark);
	assert_money(known->oracle, "102");
	assert_int_equal(known->local_ns, 20 * MS);
}

static void each_venue_has_its_own_clock(void **state)
{
	struct scene *s = *state;
	struct market_event clock = event_at(s, 0, EVENT_CLOCK, 10);
	clock.u.clock.offset_ns = 1270 * MS;
	clock.u.clock.uncertainty_ns = 2 * MS;
	market_state_apply(s->state, &clock);
	struct clock_state known = market_state_clock(s->state, s->m.usdm_venue);
	assert_true(known.known);
	assert_int_equal(known.offset_ns, 1270 * MS);
	assert_int_equal(known.uncertainty_ns, 2 * MS);
	assert_int_equal(market_state_venue_time(s->state, s->m.usdm_venue, 5), 5 + 1270 * MS);
	assert_int_equal(market_state_local_time(s->state, s->m.usdm_venue, 5 + 1270 * MS), 5);
	assert_int_equal(market_state_venue_time(s->state, s->m.spot_venue, 5), 5);
	assert_false(market_state_clock(s->state, s->m.spot_venue).known);
}

static void instruments_listed_later_are_followed_too(void **state)
{
	struct scene *s = *state;
	const struct book_state *kept = market_state_book(s->state, s->m.usdm);
	struct instrument_revision revision = market_terms_revision();
	instrument_id id = 0;
	char symbol[] = "NEW00";
	for (char i = 0; i < 100; i++) {
		symbol[3] = (char)('0' + i / 10);
		symbol[4] = (char)('0' + i % 10);
		struct instrument added = market_terms_linear(&s->m, symbol);
		id = instrument_table_add(s->m.table, &added, &revision, NULL);
		apply_snapshot(s, id, 10, EVENT_FLAG_KEYFRAME, 70, 71);
	}
	assert_true(market_state_book(s->state, id)->synced);
	assert_ptr_equal(market_state_book(s->state, s->m.usdm), kept);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_known_before_the_first_event),
		TEST(a_book_is_synced_by_synced_after_its_snapshot),
		TEST(synced_without_a_snapshot_syncs_nothing),
		TEST(a_book_may_converge_from_diffs_but_stays_unsynced),
		TEST(a_snapshot_replaces_the_whole_book_and_keeps_it_synced),
		TEST(a_keyframe_is_no_event_while_synced),
		TEST(a_keyframe_makes_the_book_whole_at_start_and_after_a_gap),
		TEST(after_a_gap_only_a_new_snapshot_makes_synced_count),
		TEST(a_gap_of_one_instrument_leaves_the_others),
		TEST(a_lost_connection_takes_only_the_streams_it_carried),
		TEST(any_frame_of_the_connection_confirms_a_quiet_stream),
		TEST(a_down_connection_confirms_nothing_until_it_is_up),
		TEST(a_gap_or_a_clock_reading_is_no_frame),
		TEST(a_bbo_never_alters_the_book),
		TEST(an_older_bbo_is_ignored_unless_the_stream_began_anew),
		TEST(a_frame_without_id_does_not_forget_the_last_id),
		TEST(off_market_trades_change_nothing_but_the_confirmation),
		TEST(marks_keep_the_fields_they_do_not_name),
		TEST(each_venue_has_its_own_clock),
		TEST(instruments_listed_later_are_followed_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
