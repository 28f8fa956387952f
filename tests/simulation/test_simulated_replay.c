/* Recordings become one stream of events: order, records without a local time, bounds. */
#include "core/base/utc.h"
#include "exchanges/simulated/replay.h"
#include "tests/support/market_fixture.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define START	 FIXTURE_START
#define SEEN_MAX 4096

/* A recorder: writes events stamped by hand, in order. */
struct recorder {
	char directory[256];
	struct recording_writer *writer;
	struct market_state *state;
	struct instrument_table *instruments;
	venue_id venue;
	instrument_id instrument;
};

static struct recorder first, second;
static struct replay *replay;
static struct instrument_table *instruments;
static struct market_state *state;
static struct scheduler *scheduler;
static struct market_event seen[SEEN_MAX];
static size_t seen_count, seen_before_start;
static bool started;

static void open_recorder(struct recorder *recorder, const char *venue)
{
	struct market_fixture market;
	market_fixture_open(&market);
	recorder->instruments = instrument_table_create();
	recorder->venue = instrument_table_venue(recorder->instruments, venue);
	struct instrument terms = *instrument_get(market.instruments, market.linear);
	struct instrument_revision revision = market_fixture_terms(&market, market.linear);
	terms.venue = recorder->venue;
	terms.base = terms.canonical = instrument_table_asset(recorder->instruments, "BTC");
	terms.quote = terms.settle = instrument_table_asset(recorder->instruments, "USDT");
	struct error err = {0};
	recorder->instrument = instrument_table_add(recorder->instruments, &terms, &revision, &err);
	assert_int_not_equal(recorder->instrument, 0);
	market_fixture_close(&market);
	recorder->state = market_state_create(recorder->instruments);
	scratch_folder_make(recorder->directory, sizeof(recorder->directory));
	struct recording_options options = recording_defaults();
	recorder->writer =
		recording_writer_create(recorder->directory, START, 1, recorder->instruments,
					recorder->state, &options, &err);
	if (recorder->writer == NULL)
		fail_msg("%s", err.text);
}

static void close_writer(struct recorder *recorder)
{
	struct error err = {0};
	if (recorder->writer != NULL && !recording_writer_close(recorder->writer, &err))
		fail_msg("%s", err.text);
	recorder->writer = NULL;
}

static void close_recorder(struct recorder *recorder)
{
	close_writer(recorder);
	scratch_folder_remove(recorder->directory);
	market_state_free(recorder->state);
	instrument_table_free(recorder->instruments);
}

static void record(struct recorder *recorder, struct market_event event)
{
	struct error err = {0};
	event.venue = recorder->venue;
	if (event.kind != EVENT_CLOCK)
		event.instrument = recorder->instrument;
	market_state_apply(recorder->state, &event);
	if (!recording_writer_event(recorder->writer, &event, &err))
		fail_msg("%s", err.text);
}

/* A trade whose id tells it apart. */
static void record_trade(struct recorder *recorder, int64_t local_ns, uint64_t id)
{
	struct market_event event = {.kind = EVENT_TRADE, .local_ns = local_ns};
	event.u.trade.price.units = 600000;
	event.u.trade.quantity.units = 1;
	event.u.trade.id = id;
	record(recorder, event);
}

static void record_clock(struct recorder *recorder, int64_t local_ns, int64_t offset_ns)
{
	record(recorder, (struct market_event){.kind = EVENT_CLOCK,
					       .local_ns = local_ns,
					       .u.clock.offset_ns = offset_ns});
}

static void record_settled(struct recorder *recorder, int64_t exch_ns)
{
	struct market_event event = {
		.kind = EVENT_FUNDING, .exch_ns = exch_ns, .flags = EVENT_FLAG_VENUE_TIME};
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate.e18 = 1;
	event.u.funding.boundary_ns = exch_ns;
	record(recorder, event);
}

/* Revisions of the first recording's instrument as each event is delivered. */
static size_t revisions_at[SEEN_MAX];

static void deliver(void *user, const struct market_event *event)
{
	(void)user;
	if (event->instrument != 0)
		revisions_at[seen_count] =
			instrument_revision_count(instruments, event->instrument);
	assert_true(seen_count < SEEN_MAX);
	if (started)
		assert_int_equal(scheduler_now(scheduler), event->local_ns);
	else
		seen_before_start++;
	seen[seen_count++] = *event;
	market_state_apply(state, event);
}

static int open_fixture(void **unused)
{
	(void)unused;
	open_recorder(&first, "one");
	open_recorder(&second, "two");
	instruments = instrument_table_create();
	replay = NULL;
	state = NULL;
	scheduler = scheduler_create(0);
	seen_count = seen_before_start = 0;
	started = false;
	return 0;
}

static int close_fixture(void **unused)
{
	(void)unused;
	replay_free(replay);
	market_state_free(state);
	scheduler_free(scheduler);
	instrument_table_free(instruments);
	close_recorder(&first);
	close_recorder(&second);
	return 0;
}

static void open_replay(bool with_second)
{
	const char *paths[] = {first.directory, second.directory};
	struct error err = {0};
	close_writer(&first);
	close_writer(&second);
	replay = replay_open(paths, with_second ? 2 : 1, instruments, &err);
	if (replay == NULL)
		fail_msg("%s", err.text);
	state = market_state_create(instruments);
}

static void run_replay(int64_t from_ns, int64_t to_ns)
{
	replay_start(replay, state, from_ns, to_ns, deliver, NULL);
	struct stream_source source = replay_source(replay);
	started = true;
	scheduler_run(scheduler, &source, INT64_MAX);
	struct error err = {0};
	if (!replay_finished_well(replay, &err))
		fail_msg("%s", err.text);
}

/* "t1 t2 f0 ..." with trades by id, settled rates and clocks, in order of delivery. */
static void expect_order(const char *expected)
{
	char text[512] = "";
	for (size_t i = 0; i < seen_count; i++) {
		size_t at = strlen(text);
		if (seen[i].kind == EVENT_TRADE)
			snprintf(text + at, sizeof(text) - at, "t%llu ",
				 (unsigned long long)seen[i].u.trade.id);
		else if (seen[i].kind == EVENT_FUNDING || seen[i].kind == EVENT_CANDLE)
			snprintf(text + at, sizeof(text) - at, "%c%lld ",
				 seen[i].kind == EVENT_FUNDING ? 'f' : 'c',
				 (long long)(seen[i].local_ns - START));
		else if (seen[i].kind == EVENT_CLOCK)
			snprintf(text + at, sizeof(text) - at, "k ");
	}
	assert_string_equal(text, expected);
}

static void recordings_are_merged_by_time_then_position_then_number(void **unused)
{
	(void)unused;
	record_trade(&first, START + 10, 1);
	record_trade(&first, START + 10, 2);
	record_trade(&first, START + 30, 3);
	record_trade(&second, START + 5, 11);
	record_trade(&second, START + 10, 12);
	record_trade(&second, START + 20, 13);
	record_trade(&second, START + 30, 14);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	expect_order("t11 t1 t2 t12 t13 t3 t14 ");
	struct recording_statistics statistics = replay_statistics(replay);
	assert_int_equal(statistics.events, 7);
	assert_int_equal(statistics.first_ns, START + 5);
	assert_int_equal(statistics.last_ns, START + 30);
}

static void a_record_without_local_time_waits_for_the_venues_clock(void **unused)
{
	(void)unused;
	record_settled(&first, START + 100);
	record_settled(&second, START + 100);
	record_clock(&first, START, -5);
	record_trade(&first, START + 100, 1);
	record_trade(&first, START + 104, 2);
	record_trade(&first, START + 105, 3);
	record_trade(&first, START + 106, 4);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	/* Venue one shows START + 100 at START + 105, venue two, whose clock is unknown, at 100. */
	expect_order("k f100 t1 t2 f105 t3 t4 ");
}

static void the_clock_as_known_at_that_moment_decides(void **unused)
{
	(void)unused;
	record_settled(&first, START + 100);
	record_clock(&first, START, 0);
	record_trade(&first, START + 90, 1);
	record_clock(&first, START + 95, -20);
	record_trade(&first, START + 110, 2);
	record_clock(&first, START + 112, 50);
	record_trade(&first, START + 130, 3);
	open_replay(false);
	run_replay(INT64_MIN, INT64_MAX);
	/* Due at 120 until the clock jumps: then at once, not in the past. */
	expect_order("k t1 k t2 k f112 t3 ");
}

static void candles_wait_until_they_were_available(void **unused)
{
	(void)unused;
	struct market_event candle = {.kind = EVENT_CANDLE,
				      .exch_ns = START - NS_PER_HOUR,
				      .flags = EVENT_FLAG_VENUE_TIME};
	candle.u.candle.start_ns = START - NS_PER_HOUR;
	candle.u.candle.end_ns = START;
	candle.u.candle.available_ns = START + 50;
	record(&second, candle);
	record_settled(&second, START + 20);
	record_trade(&first, START + 10, 1);
	record_trade(&first, START + 60, 2);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	expect_order("t1 f20 c50 t2 ");
}

static void what_was_due_before_the_first_local_event_comes_before_the_start(void **unused)
{
	(void)unused;
	record_settled(&second, START - NS_PER_DAY);
	record_settled(&second, START + 10);
	record_settled(&second, START + 40);
	record_trade(&first, START + 10, 1);
	record_trade(&first, START + 30, 2);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	expect_order("f-86400000000000 f10 t1 t2 "); /* the one at 40 is beyond the data */
	assert_int_equal(seen_before_start, 1);
}

static void rates_alone_are_a_stream_of_their_own(void **unused)
{
	(void)unused;
	record_settled(&first, START + 10);
	record_settled(&first, START + 20);
	open_replay(false);
	int64_t from_ns, to_ns;
	assert_false(replay_range(replay, &from_ns, &to_ns));
	run_replay(INT64_MIN, INT64_MAX);
	expect_order("f10 f20 ");
	assert_int_equal(seen_before_start, 0);
}

static void bounds_apply_earlier_events_first_and_end_inclusively(void **unused)
{
	(void)unused;
	for (uint64_t i = 1; i <= 6; i++)
		record_trade(&first, START + (int64_t)i * 10, i);
	record_settled(&second, START + 15);
	record_settled(&second, START + 45);
	open_replay(true);
	run_replay(START + 30, START + 50);
	expect_order("t1 f15 t2 t3 t4 f45 t5 ");
	assert_int_equal(seen_before_start, 3);
}

static void books_are_whole_at_the_start(void **unused)
{
	(void)unused;
	struct book_level bid = {{600000}, {5}}, ask = {{600001}, {6}};
	struct market_event book = {
		.kind = EVENT_BOOK, .local_ns = START, .flags = EVENT_FLAG_SNAPSHOT};
	book.u.book.bids = &bid;
	book.u.book.asks = &ask;
	book.u.book.bid_count = book.u.book.ask_count = 1;
	record(&first, book);
	record(&first, (struct market_event){.kind = EVENT_CONNECTION,
					     .local_ns = START,
					     .u.connection.state = CONNECTION_SYNCED});
	record_trade(&first, START + 10, 1);
	open_replay(false);
	replay_start(replay, state, START + 10, INT64_MAX, deliver, NULL);
	instrument_id id = instrument_find(
		instruments, instrument_table_find_venue(instruments, "one"), "BTCUSDT");
	assert_int_not_equal(id, 0);
	assert_true(market_state_book(state, id)->synced);
	assert_int_equal(
		order_book_quantity_at(market_state_book(state, id)->book, SIDE_SELL, ask.price)
			.units,
		6);
	struct stream_source source = replay_source(replay);
	assert_int_equal(source.next_ns(source.user), START + 10);
}

static void the_range_spans_all_recordings(void **unused)
{
	(void)unused;
	record_trade(&first, START + 100, 1);
	for (uint64_t i = 0; i < 500; i++)
		record_trade(&first, START + 200 + (int64_t)i * NS_PER_SECOND, 2 + i);
	record_trade(&second, START + 50, 11);
	record_settled(&second, START + NS_PER_DAY);
	open_replay(true);
	int64_t from_ns, to_ns;
	assert_true(replay_range(replay, &from_ns, &to_ns));
	assert_int_equal(from_ns, START + 50);
	assert_int_equal(to_ns, START + 200 + 499 * NS_PER_SECOND);
	run_replay(INT64_MIN, INT64_MAX);
	assert_int_equal(seen_count, 502);
}

static void a_stamp_that_runs_back_is_delivered_at_the_time_before(void **unused)
{
	(void)unused;
	record_settled(&first, START + 10);
	record_trade(&second, START + 20, 1);
	record_clock(&second, START + 20, NS_PER_SECOND);
	record_settled(&second, START + 500);
	record_trade(&second, START + 30, 2);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	/* The rate of venue two was due long before its clock said so. */
	expect_order("f10 t1 k f20 t2 ");
}

static void a_record_behind_later_events_comes_late_but_comes(void **unused)
{
	(void)unused;
	record_trade(&first, START + 10, 1);
	record_trade(&first, START + 20, 2);
	record_settled(&first, START + 5);
	open_replay(false);
	run_replay(INT64_MIN, INT64_MAX);
	expect_order("t1 t2 f20 ");
}

static void a_missing_recording_is_an_error_that_names_it(void **unused)
{
	(void)unused;
	const char *paths[] = {"/nowhere/at/all"};
	struct error err = {0};
	assert_null(replay_open(paths, 1, instruments, &err));
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

/* Rows of two venues, in two recordings, against their own times. */
static void many_rows_come_in_order_of_their_times(void **unused)
{
	(void)unused;
	struct random random;
	uint64_t seed = 20240808;
	print_message("seed %llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	int64_t at = START, venue_at = START;
	for (int i = 0; i < 1000; i++) {
		venue_at += random_between(&random, 0, 5);
		record_settled(random_below(&random, 2) ? &first : &second, venue_at);
	}
	for (int i = 0; i < 1000; i++) {
		at += random_between(&random, 0, 5);
		record_trade(random_below(&random, 2) ? &first : &second, at, (uint64_t)i + 1);
	}
	record_trade(&first, at + 10000, 5000);
	open_replay(true);
	run_replay(INT64_MIN, INT64_MAX);
	assert_int_equal(seen_count, 2001);
	for (size_t i = 1; i < seen_count; i++) {
		assert_true(seen[i].local_ns >= seen[i - 1].local_ns);
		/* At the same instant rows go first. */
		if (seen[i].local_ns == seen[i - 1].local_ns && seen[i].kind == EVENT_FUNDING)
			assert_int_equal(seen[i - 1].kind, EVENT_FUNDING);
		if (seen[i].kind == EVENT_FUNDING)
			assert_int_equal(seen[i].local_ns, seen[i].exch_ns);
	}
}

/* A history of rates is read ahead of the run; what it says of the schedule is not known
 * early. */
static void a_revision_read_ahead_is_not_known_before_its_event(void **unused)
{
	(void)unused;
	struct error err = {0};
	record_clock(&first, START, 0);
	record_trade(&first, START + 10, 1);
	record_trade(&first, START + 9 * NS_PER_HOUR, 2);
	record_settled(&second, START + NS_PER_HOUR);
	struct instrument_revision hourly =
		*instrument_latest(second.instruments, second.instrument);
	hourly.effective_from_ns = START + 2 * NS_PER_HOUR;
	hourly.funding.interval_ns = NS_PER_HOUR;
	assert_true(instrument_table_revise(second.instruments, second.instrument, &hourly, &err));
	record(&second, (struct market_event){.kind = EVENT_INSTRUMENT,
					      .exch_ns = START + 2 * NS_PER_HOUR,
					      .flags = EVENT_FLAG_VENUE_TIME});
	record_settled(&second, START + 3 * NS_PER_HOUR);
	open_replay(true);
	instrument_id id = instrument_find(
		instruments, instrument_table_find_venue(instruments, "two"), "BTCUSDT");
	assert_int_not_equal(id, 0);
	assert_int_equal(instrument_revision_count(instruments, id), 1);
	run_replay(INT64_MIN, INT64_MAX);
	bool revised = false;
	size_t told = 0;
	for (size_t i = 0; i < seen_count; i++) {
		if (seen[i].instrument != id)
			continue;
		revised = revised || seen[i].kind == EVENT_INSTRUMENT;
		assert_int_equal(revisions_at[i], revised ? 2 : 1);
		told++;
	}
	assert_int_equal(told, 3);
	assert_true(instrument_latest(instruments, id)->funding.interval_ns == NS_PER_HOUR);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(recordings_are_merged_by_time_then_position_then_number),
		T(a_revision_read_ahead_is_not_known_before_its_event),
		T(a_record_without_local_time_waits_for_the_venues_clock),
		T(the_clock_as_known_at_that_moment_decides),
		T(candles_wait_until_they_were_available),
		T(what_was_due_before_the_first_local_event_comes_before_the_start),
		T(rates_alone_are_a_stream_of_their_own),
		T(bounds_apply_earlier_events_first_and_end_inclusively),
		T(books_are_whole_at_the_start),
		T(the_range_spans_all_recordings),
		T(a_stamp_that_runs_back_is_delivered_at_the_time_before),
		T(a_record_behind_later_events_comes_late_but_comes),
		T(a_missing_recording_is_an_error_that_names_it),
		T(many_rows_come_in_order_of_their_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
