/* Segments, runs, dictionaries, seeking: what a recording does beyond giving events back. */
#include "core/store/recording.h"
#include "core/base/utc.h"
#include "core/store/recording_format.h"
#include "core/store/recording_record.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define START_NS INT64_C(1700000000000000000) /* 2023-11-14T22:13:20Z */

static struct event_list market(uint64_t seed, size_t count, int64_t start_ns, int64_t step_ns)
{
	struct random random;
	random_seed(&random, seed);
	return random_market(&random, count, start_ns, step_ns);
}

static void a_new_segment_begins_at_the_full_hour_and_at_the_size_limit(void **unused)
{
	(void)unused;
	char directory[256];
	char path[512];
	struct recording_options options = recording_defaults();
	/* 22:13:20 to about 01:00: three full hours. */
	struct event_list events = market(1, 2000, START_NS, 5 * NS_PER_SECOND);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 0xabcdef01, &options);
	assert_true(fixture_segment(directory, 0, path, sizeof path));
	assert_string_equal(path + strlen(directory), "/20231114T221320-abcdef01-000.far");
	assert_true(fixture_segment(directory, 1, path, sizeof path));
	assert_memory_equal(path + strlen(directory), "/20231114T2300", 14);
	assert_true(fixture_segment(directory, 2, path, sizeof path));
	assert_memory_equal(path + strlen(directory), "/20231115T0000", 14);
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	assert_int_equal(statistics.events, events.count);
	assert_int_equal(statistics.gaps, 0);
	event_list_free(&back);
	scratch_folder_remove(directory);

	options.segment_bytes = 8192;
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	for (size_t i = 0; fixture_segment(directory, i, path, sizeof path); i++) {
		struct stat status;
		assert_int_equal(stat(path, &status), 0);
		/* One block, index and trailer may follow the event that reached the limit. */
		assert_true(status.st_size < 8192 + 4096);
	}
	back = fixture_read(directory, &statistics);
	assert_true(statistics.segments > 5);
	assert_int_equal(statistics.events, events.count);
	event_list_free(&back);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void every_segment_can_be_read_alone_and_starts_with_whole_books(void **unused)
{
	(void)unused;
	char directory[256];
	char path[512];
	struct recording_options options = recording_defaults();
	options.segment_bytes = 8192;
	struct event_list events = market(2, 1000, START_NS, 50 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	assert_true(fixture_segment(directory, 2, path, sizeof path));
	struct event_list back = fixture_read(path, NULL);
	assert_true(back.count > FIXTURE_INSTRUMENTS);
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	for (instrument_id id = 1; id <= FIXTURE_INSTRUMENTS; id++) {
		assert_int_equal(back.at[id - 1].flags, EVENT_FLAG_SNAPSHOT | EVENT_FLAG_KEYFRAME);
		market_state_apply(state, &back.at[id - 1]);
		assert_true(market_state_book(state, id)->synced);
	}
	market_state_free(state);
	instrument_table_free(table);
	event_list_free(&back);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void between_two_runs_every_book_is_in_a_gap(void **unused)
{
	(void)unused;
	char directory[256];
	struct recording_options options = recording_defaults();
	struct event_list first = market(3, 300, START_NS, 10 * NS_PER_MS);
	struct event_list second = market(4, 300, START_NS + NS_PER_HOUR, 10 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &first, START_NS, 1, &options);
	fixture_record(directory, &second, START_NS + NS_PER_HOUR, 2, &options);
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	assert_int_equal(statistics.gaps, 1);
	assert_int_equal(statistics.damaged_blocks, 0);
	for (size_t i = 0; i < FIXTURE_INSTRUMENTS; i++) {
		const struct market_event *gap = &back.at[first.count + i];
		assert_int_equal(gap->kind, EVENT_CONNECTION);
		assert_int_equal(gap->u.connection.state, CONNECTION_GAP);
		assert_int_equal(gap->instrument, i + 1);
		assert_int_equal(gap->connection, 1);
		assert_int_equal(gap->local_ns, first.at[first.count - 1].local_ns);
	}
	assert_int_equal(back.count, first.count + FIXTURE_INSTRUMENTS + second.count);
	event_list_free(&back);
	event_list_free(&first);
	event_list_free(&second);
	scratch_folder_remove(directory);
}

static void an_existing_segment_is_never_overwritten(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct event_list events = market(3, 100, START_NS, 10 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	assert_null(recording_writer_create(directory, START_NS, 1, table, state, &options, &err));
	assert_non_null(strstr(err.text, "never overwritten"));
	market_state_free(state);
	instrument_table_free(table);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void times_that_run_backwards_are_refused(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	scratch_folder_make(directory, sizeof directory);
	struct recording_writer *writer =
		recording_writer_create(directory, START_NS, 1, table, state, &options, &err);
	assert_non_null(writer);
	struct market_event event = {
		.kind = EVENT_FRAME, .venue = 1, .instrument = 1, .local_ns = START_NS + 5};
	assert_true(recording_writer_event(writer, &event, &err));
	event.local_ns = START_NS + 4;
	assert_false(recording_writer_event(writer, &event, &err));
	assert_non_null(strstr(err.text, "backwards"));
	/* Histories in venue time are ordered among themselves only. */
	event.flags = EVENT_FLAG_VENUE_TIME;
	event.exch_ns = START_NS - NS_PER_DAY;
	assert_true(recording_writer_event(writer, &event, &err));
	event.exch_ns--;
	assert_false(recording_writer_event(writer, &event, &err));
	/* The refused ones are not there; the writer still works. */
	event.flags = 0;
	event.local_ns = START_NS + 6;
	assert_true(recording_writer_event(writer, &event, &err));
	assert_true(recording_writer_close(writer, &err));
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	assert_int_equal(back.count, 3);
	event_list_free(&back);
	market_state_free(state);
	instrument_table_free(table);
	scratch_folder_remove(directory);
}

static void instruments_revisions_and_successors_come_back_with_their_terms(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	scratch_folder_make(directory, sizeof directory);
	struct recording_writer *writer =
		recording_writer_create(directory, START_NS, 1, table, state, &options, &err);
	assert_non_null(writer);
	struct market_event event = {
		.kind = EVENT_FRAME, .venue = 1, .instrument = 1, .local_ns = START_NS};
	assert_true(recording_writer_event(writer, &event, &err));

	struct instrument_revision revision = *instrument_latest(table, 1);
	revision.effective_from_ns = START_NS + 10;
	revision.funding.interval_ns = 4 * NS_PER_HOUR;
	revision.rules.minimum_notional.e18 = 20 * MONEY_ONE;
	assert_true(instrument_table_revise(table, 1, &revision, &err));
	event.kind = EVENT_INSTRUMENT;
	event.local_ns = START_NS + 11;
	assert_true(recording_writer_event(writer, &event, &err));

	/* The symbol is listed anew with other decimals: another handle. */
	struct instrument successor = *instrument_get(table, 1);
	successor.price_decimals = 2;
	instrument_table_retire(table, 1);
	instrument_id anew = instrument_table_add(table, &successor, &revision, &err);
	assert_int_equal(anew, 4);
	event.instrument = anew;
	event.local_ns = START_NS + 12;
	assert_true(recording_writer_event(writer, &event, &err));
	assert_true(recording_writer_close(writer, &err));

	/* Twice into the same table: the second time everything is there already. */
	struct instrument_table *back = instrument_table_create();
	for (int round = 0; round < 2; round++) {
		struct recording_reader *reader = recording_reader_open(directory, back, &err);
		assert_non_null(reader);
		instrument_id ids[4];
		struct market_event read;
		for (int i = 0; i < 3; i++) {
			assert_int_equal(recording_reader_next(reader, &read, &err),
					 RECORDING_EVENT);
			/* All that was listed at the start was declared before the first event. */
			assert_int_equal(read.instrument, i < 2 ? 1 : 4);
		}
		assert_int_equal(recording_reader_next(reader, &read, &err), RECORDING_FINISHED);
		assert_int_equal(recording_reader_instruments(reader, ids, 4), 4);
		for (instrument_id i = 0; i < 4; i++)
			assert_int_equal(ids[i], i + 1);
		recording_reader_free(reader);
		assert_int_equal(instrument_count(back), 4);
		assert_true(instrument_is_retired(back, 1));
		assert_int_equal(instrument_get(back, 4)->price_decimals, 2);
		assert_int_equal(instrument_latest(back, 1)->number, 2);
		assert_int_equal(instrument_latest(back, 4)->number, 1);
		const struct instrument_revision *before =
			instrument_revision_at(back, 1, START_NS + 9);
		const struct instrument_revision *after =
			instrument_revision_at(back, 1, START_NS + 10);
		assert_true(before->funding.interval_ns == 8 * NS_PER_HOUR);
		assert_true(after->funding.interval_ns == 4 * NS_PER_HOUR);
		assert_true(after->rules.minimum_notional.e18 == 20 * MONEY_ONE);
		assert_true(after->fees.taker.e18 == RATE_ONE / 2000);
		assert_string_equal(instrument_get(back, 1)->symbol, "BTCUSDT");
		assert_string_equal(venue_name(back, instrument_get(back, 1)->venue),
				    "binance-usdm");
	}
	instrument_table_free(back);
	market_state_free(state);
	instrument_table_free(table);
	scratch_folder_remove(directory);
}

static void terms_that_contradict_the_table_are_an_error(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct event_list events = market(5, 50, START_NS, NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	struct instrument_table *source = fixture_instruments();
	struct instrument_table *table = instrument_table_create();
	struct instrument other = *instrument_get(source, 1);
	other.venue = instrument_table_venue(table, "binance-usdm");
	other.base = other.canonical = instrument_table_asset(table, "BTC");
	other.quote = other.settle = instrument_table_asset(table, "USDT");
	other.price_decimals = 5;
	assert_int_equal(instrument_table_add(table, &other, instrument_latest(source, 1), &err),
			 1);
	assert_null(recording_reader_open(directory, table, &err));
	assert_non_null(strstr(err.text, "BTCUSDT"));
	assert_non_null(strstr(err.text, "differ"));
	instrument_table_free(table);
	instrument_table_free(source);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void seeking_starts_at_the_newest_keyframe_not_after_the_time(void **unused)
{
	(void)unused;
	char directory[256];
	char path[512];
	struct recording_options options = recording_defaults();
	options.segment_bytes = 40000;
	options.keyframe_interval_ns = 5 * NS_PER_SECOND;
	struct event_list events = market(6, 4000, START_NS, 20 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	assert_true(fixture_segment(directory, 1, path, sizeof path));
	for (int cut = 0; cut < 2; cut++) {
		/* The second time one index is gone: headers are hopped over instead. */
		if (cut)
			assert_int_equal(truncate(path, 39000), 0);
		for (int64_t seconds = -1; seconds < 90; seconds += 7) {
			struct error err = {0};
			struct instrument_table *table = fixture_instruments();
			struct recording_reader *reader =
				recording_reader_open(directory, table, &err);
			int64_t target = START_NS + seconds * NS_PER_SECOND;
			assert_non_null(reader);
			assert_true(recording_reader_seek(reader, target, &err));
			struct market_event event;
			assert_int_equal(recording_reader_next(reader, &event, &err),
					 RECORDING_EVENT);
			if (seconds < 5) {
				assert_true(events_equal(&event, &events.at[0]));
			} else {
				assert_int_equal(event.flags,
						 EVENT_FLAG_SNAPSHOT | EVENT_FLAG_KEYFRAME);
				assert_true(event.local_ns <= target);
				if (target <= events.at[events.count - 1].local_ns && !cut)
					assert_true(event.local_ns > target - 6 * NS_PER_SECOND);
			}
			recording_reader_free(reader);
			instrument_table_free(table);
		}
	}
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void what_was_flushed_is_readable_while_the_recorder_runs(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	struct event_list events = market(8, 500, START_NS, NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	struct recording_writer *writer =
		recording_writer_create(directory, START_NS, 1, table, state, &options, &err);
	assert_non_null(writer);
	for (size_t i = 0; i < events.count; i++) {
		market_state_apply(state, &events.at[i]);
		assert_true(recording_writer_event(writer, &events.at[i], &err));
	}
	assert_true(recording_writer_flush(writer, &err));
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	assert_int_equal(back.count, events.count);
	assert_int_equal(statistics.unclosed_segments, 1);
	assert_int_equal(statistics.damaged_bytes, 0);
	event_list_free(&back);
	assert_true(recording_writer_close(writer, &err));
	event_list_free(&events);
	market_state_free(state);
	instrument_table_free(table);
	scratch_folder_remove(directory);
}

static void keyframes_hold_no_more_than_the_depth_cap(void **unused)
{
	(void)unused;
	char directory[256];
	struct error err = {0};
	struct recording_options options = recording_defaults();
	options.depth_cap = 4;
	options.keyframe_interval_ns = NS_PER_SECOND;
	struct event_list events = market(9, 1000, START_NS, 10 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	fixture_record(directory, &events, START_NS, 1, &options);
	struct instrument_table *table = instrument_table_create();
	struct recording_reader *reader = recording_reader_open(directory, table, &err);
	assert_non_null(reader);
	assert_int_equal(recording_reader_depth_cap(reader), 4);
	struct market_event event;
	while (recording_reader_next(reader, &event, &err) == RECORDING_EVENT)
		if (event.flags & EVENT_FLAG_KEYFRAME) {
			assert_int_equal(event.u.book.bid_count, 4);
			assert_int_equal(event.u.book.ask_count, 4);
		}
	assert_true(recording_reader_statistics(reader)->keyframes > 10);
	recording_reader_free(reader);
	instrument_table_free(table);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void records_of_unknown_type_are_skipped(void **unused)
{
	(void)unused;
	struct record_stream stream = {.instrument = 1, .venue = 1};
	struct record_coder writer = {.streams = &stream, .stream_count = 1};
	uint8_t bytes[64 + CURSOR_SLACK] = {0};
	uint8_t *at = bytes;
	*at++ = 200; /* a type of the future, three bytes long */
	*at++ = 3;
	at += 3;
	struct market_event event = {
		.kind = EVENT_FRAME, .venue = 1, .instrument = 1, .local_ns = START_NS};
	record_coder_begin(&writer, START_NS);
	at = record_encode(&writer, 0, &event, at);
	struct record_stream read_stream = {.instrument = 1, .venue = 1};
	struct record_coder reader = {.streams = &read_stream, .stream_count = 1};
	struct record_levels levels = {0};
	struct cursor cursor = {.at = bytes, .end = at};
	record_coder_begin(&reader, START_NS);
	assert_int_equal(record_decode(&reader, &cursor, &levels, &event), RECORD_OTHER);
	assert_int_equal(record_decode(&reader, &cursor, &levels, &event), RECORD_EVENT);
	assert_int_equal(event.kind, EVENT_FRAME);
	assert_int_equal(event.local_ns, START_NS);
	assert_int_equal(record_decode(&reader, &cursor, &levels, &event), RECORD_DAMAGED);
}

static void a_format_version_of_the_future_is_named_in_the_error(void **unused)
{
	(void)unused;
	char path[256];
	struct error err = {0};
	uint8_t bytes[SEGMENT_HEADER_BYTES];
	const struct segment_header header = {.version = 2, .run = 1};
	segment_header_write(&header, bytes);
	scratch_folder_make(path, sizeof path);
	char file[300];
	snprintf(file, sizeof file, "%s/a.far", path);
	FILE *out = fopen(file, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, sizeof bytes, out), sizeof bytes);
	fclose(out);
	struct instrument_table *table = instrument_table_create();
	assert_null(recording_reader_open(path, table, &err));
	assert_non_null(strstr(err.text, "version 2"));
	instrument_table_free(table);
	scratch_folder_remove(path);
}

static void a_directory_without_segments_is_an_error(void **unused)
{
	(void)unused;
	char path[256];
	struct error err = {0};
	scratch_folder_make(path, sizeof path);
	struct instrument_table *table = instrument_table_create();
	assert_null(recording_reader_open(path, table, &err));
	assert_non_null(strstr(err.text, "no recording here"));
	assert_null(recording_reader_open("/nonexistent/recording", table, &err));
	assert_int_equal(err.category, ERROR_IO);
	instrument_table_free(table);
	scratch_folder_remove(path);
}

static void integers_of_every_length_survive(void **unused)
{
	(void)unused;
	uint8_t bytes[32 + CURSOR_SLACK];
	for (unsigned shift = 0; shift < 64; shift++)
		for (int64_t add = -1; add <= 1; add++) {
			uint64_t value = (UINT64_C(1) << shift) + (uint64_t)add;
			memset(bytes, 0xff, sizeof bytes);
			struct cursor cursor = {.at = bytes, .end = write_varint(bytes, value)};
			assert_true(read_varint(&cursor) == value);
			assert_true(cursor_sound(&cursor) && cursor.at == cursor.end);
		}
	const i128 extremes[] = {
		0, 1, -1, I128_MAX, I128_MIN, (i128)RATE_ONE * RATE_ONE, -(i128)RATE_ONE * 615712};
	for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
		struct cursor cursor = {.at = bytes, .end = write_i128(bytes, extremes[i])};
		assert_true(read_i128(&cursor) == extremes[i]);
		assert_true(cursor_sound(&cursor) && cursor.at == cursor.end);
	}
	/* 61571.20 with 18 decimals costs four bytes. */
	assert_int_equal(write_i128(bytes, (i128)RATE_ONE * 6157120 / 100) - bytes, 4);
	/* An eleventh byte, or bits beyond 64, is not an integer. */
	memset(bytes, 0x80, sizeof bytes);
	struct cursor cursor = {.at = bytes, .end = bytes + 20};
	read_varint(&cursor);
	assert_false(cursor_sound(&cursor));
	memset(bytes, 0xff, 9);
	bytes[9] = 2;
	cursor = (struct cursor){.at = bytes, .end = bytes + 10};
	read_varint(&cursor);
	assert_false(cursor_sound(&cursor));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_segment_begins_at_the_full_hour_and_at_the_size_limit),
		cmocka_unit_test(every_segment_can_be_read_alone_and_starts_with_whole_books),
		cmocka_unit_test(between_two_runs_every_book_is_in_a_gap),
		cmocka_unit_test(an_existing_segment_is_never_overwritten),
		cmocka_unit_test(times_that_run_backwards_are_refused),
		cmocka_unit_test(instruments_revisions_and_successors_come_back_with_their_terms),
		cmocka_unit_test(terms_that_contradict_the_table_are_an_error),
		cmocka_unit_test(seeking_starts_at_the_newest_keyframe_not_after_the_time),
		cmocka_unit_test(what_was_flushed_is_readable_while_the_recorder_runs),
		cmocka_unit_test(keyframes_hold_no_more_than_the_depth_cap),
		cmocka_unit_test(records_of_unknown_type_are_skipped),
		cmocka_unit_test(a_format_version_of_the_future_is_named_in_the_error),
		cmocka_unit_test(a_directory_without_segments_is_an_error),
		cmocka_unit_test(integers_of_every_length_survive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
