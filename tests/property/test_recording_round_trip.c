/* What is recorded is read back, whatever the events, the block size and the codec. */
#include "core/base/utc.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START_NS INT64_C(1700000000000000000)

static uint64_t seed_of(uint64_t fallback)
{
	const char *text = getenv("FUNDARB_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : fallback;
	printf("seed %llu (FUNDARB_SEED sets it)\n", (unsigned long long)seed);
	return seed;
}

/* Reads it back and compares everything but keyframes. */
static void expect_same(const char *directory, const struct event_list *events)
{
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	size_t at = 0;
	for (size_t i = 0; i < back.count; i++) {
		if (back.at[i].flags & EVENT_FLAG_KEYFRAME)
			continue;
		assert_true(at < events->count);
		if (!events_equal(&back.at[i], &events->at[at]))
			fail_msg("event %zu of kind %u differs", at, events->at[at].kind);
		at++;
	}
	assert_int_equal(at, events->count);
	assert_int_equal(statistics.events, events->count);
	assert_int_equal(statistics.damaged_blocks, 0);
	assert_int_equal(statistics.damaged_bytes, 0);
	assert_int_equal(statistics.unclosed_segments, 0);
	assert_int_equal(statistics.unknown_records, 0);
	assert_int_equal(statistics.gaps, 0);
	event_list_free(&back);
}

static void round_trip(const struct event_list *events)
{
	static const size_t block_sizes[] = {4096, 65536, 1048576};
	for (size_t i = 0; i < sizeof block_sizes / sizeof block_sizes[0]; i++)
		for (int codec = RECORDING_RAW; codec <= RECORDING_ZLIB; codec++) {
			char directory[256];
			scratch_folder_make(directory, sizeof directory);
			struct recording_options options = recording_defaults();
			options.block_bytes = block_sizes[i];
			options.codec = (enum recording_codec)codec;
			fixture_record(directory, events, START_NS, 7, &options);
			expect_same(directory, events);
			scratch_folder_remove(directory);
		}
}

static void any_events_are_read_back_as_they_were_recorded(void **unused)
{
	(void)unused;
	struct random random;
	random_seed(&random, seed_of(20240808));
	for (int round = 0; round < 8; round++) {
		struct event_list events = random_wild_events(&random, 600, round % 2 == 1);
		round_trip(&events);
		event_list_free(&events);
	}
}

static void a_market_is_read_back_with_keyframes_that_equal_its_books(void **unused)
{
	(void)unused;
	struct random random;
	random_seed(&random, seed_of(4));
	struct event_list events = random_market(&random, 4000, START_NS, 50 * NS_PER_MS);
	round_trip(&events);

	char directory[256];
	scratch_folder_make(directory, sizeof directory);
	struct recording_options options = recording_defaults();
	fixture_record(directory, &events, START_NS, 7, &options);
	struct recording_statistics statistics;
	struct event_list back = fixture_read(directory, &statistics);
	/* 4,000 events of 50 ms are 200 s: three full minutes, three books each. */
	assert_in_range(statistics.keyframes, 9, 12);
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	size_t compared = 0;
	for (size_t i = 0; i < back.count; i++) {
		const struct market_event *event = &back.at[i];
		if (event->flags & EVENT_FLAG_KEYFRAME) {
			const struct book_state *book = market_state_book(state, event->instrument);
			struct book_level levels[256];
			assert_true(book->synced);
			assert_int_equal(event->last_id, book->last_id);
			uint32_t count = order_book_levels(book->book, SIDE_BUY, levels, 256);
			assert_int_equal(count, event->u.book.bid_count);
			assert_memory_equal(levels, event->u.book.bids, count * sizeof *levels);
			count = order_book_levels(book->book, SIDE_SELL, levels, 256);
			assert_int_equal(count, event->u.book.ask_count);
			assert_memory_equal(levels, event->u.book.asks, count * sizeof *levels);
			compared++;
		}
		market_state_apply(state, event);
	}
	assert_int_equal(compared, statistics.keyframes);
	market_state_free(state);
	instrument_table_free(table);
	event_list_free(&back);
	event_list_free(&events);
	scratch_folder_remove(directory);
}

static void same_events_give_the_same_bytes(void **unused)
{
	(void)unused;
	struct random random;
	random_seed(&random, seed_of(11));
	struct event_list events = random_market(&random, 2000, START_NS, 20 * NS_PER_MS);
	unsigned char *bytes[2];
	size_t lengths[2];
	for (int i = 0; i < 2; i++) {
		char directory[256];
		char path[512];
		scratch_folder_make(directory, sizeof directory);
		struct recording_options options = recording_defaults();
		options.sync_worker = i == 1;
		fixture_record(directory, &events, START_NS, 7, &options);
		assert_true(fixture_segment(directory, 0, path, sizeof path));
		assert_string_equal(path + strlen(directory), "/20231114T221320-00000007-000.far");
		bytes[i] = fixture_file(path, &lengths[i]);
		scratch_folder_remove(directory);
	}
	assert_int_equal(lengths[0], lengths[1]);
	assert_memory_equal(bytes[0], bytes[1], lengths[0]);
	free(bytes[0]);
	free(bytes[1]);
	event_list_free(&events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_events_are_read_back_as_they_were_recorded),
		cmocka_unit_test(a_market_is_read_back_with_keyframes_that_equal_its_books),
		cmocka_unit_test(same_events_give_the_same_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
