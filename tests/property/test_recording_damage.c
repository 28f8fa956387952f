/*
 * The promise of the format, tried exhaustively on a small recording: cut at every offset and with
 * one bit flipped in every byte, the reader loses exactly the events of the block that was hit
 * (and, if it was a dictionary, of those that need it), says so, and no book is ever shown as
 * usable that is not the true one.
 */
#include "core/base/utc.h"
#include "core/store/recording_format.h"
#include "tests/support/effort.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define START_NS   INT64_C(1700000000000000000)
#define BLOCKS_MAX 256

struct block_place {
	size_t offset, length;
	struct block_header header;
	bool needs_lost; /* undecodable when the block under test is lost */
};

struct undamaged {
	unsigned char *bytes;
	size_t length;
	struct block_place blocks[BLOCKS_MAX];
	size_t block_count;
	struct event_list events;		/* keyframes included */
	size_t *event_block;			/* which block each is in */
	uint64_t (*books)[FIXTURE_INSTRUMENTS]; /* fingerprint of each book after each event */
};

struct damaged_copy {
	int fd;
	char path[64];
	struct instrument_table *table;
	struct market_state *state;
};

static bool mix_level(void *user, struct book_level level)
{
	uint64_t *hash = user;
	*hash = (*hash ^ (uint64_t)level.price.units) * UINT64_C(0x100000001b3);
	*hash = (*hash ^ (uint64_t)level.quantity.units) * UINT64_C(0x100000001b3);
	return true;
}

/* 0 = not usable. */
static uint64_t book_fingerprint(const struct market_state *state, instrument_id id)
{
	const struct book_state *book = market_state_book(state, id);
	if (!book->synced)
		return 0;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	order_book_walk(book->book, SIDE_BUY, mix_level, &hash);
	hash ^= 1;
	order_book_walk(book->book, SIDE_SELL, mix_level, &hash);
	return hash | 1;
}

static void find_blocks(struct undamaged *whole)
{
	size_t at = SEGMENT_HEADER_BYTES;
	while (at + SEGMENT_TRAILER_BYTES < whole->length) {
		assert_true(whole->block_count < BLOCKS_MAX);
		struct block_place *place = &whole->blocks[whole->block_count];
		assert_true(block_header_read(whole->bytes + at, &place->header));
		assert_int_equal(place->header.sequence, whole->block_count);
		place->offset = at;
		place->length = BLOCK_HEADER_BYTES + place->header.stored_bytes;
		at += place->length;
		whole->block_count++;
	}
	assert_int_equal(at + SEGMENT_TRAILER_BYTES, whole->length);
}

static struct undamaged make_recording(enum recording_codec codec)
{
	struct undamaged whole = {0};
	char directory[256];
	char path[512];
	struct random random;
	random_seed(&random, 5);
	struct event_list events = random_market(&random, 140, START_NS, 10 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	struct recording_options options = recording_defaults();
	options.codec = codec;
	options.block_span_ns = 150 * NS_PER_MS;
	options.keyframe_interval_ns = 400 * NS_PER_MS;
	fixture_record(directory, &events, START_NS, 7, &options);
	assert_true(fixture_segment(directory, 0, path, sizeof path));
	whole.bytes = fixture_file(path, &whole.length);
	find_blocks(&whole);
	whole.events = fixture_read(path, NULL);
	scratch_folder_remove(directory);
	event_list_free(&events);

	whole.event_block = calloc(whole.events.count, sizeof *whole.event_block);
	whole.books = calloc(whole.events.count, sizeof *whole.books);
	assert_true(whole.event_block != NULL && whole.books != NULL);
	size_t block = 0;
	uint32_t in_block = 0;
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	for (size_t i = 0; i < whole.events.count; i++) {
		while ((whole.blocks[block].header.kind != BLOCK_EVENTS &&
			whole.blocks[block].header.kind != BLOCK_KEYFRAME) ||
		       in_block == whole.blocks[block].header.records) {
			block++;
			in_block = 0;
		}
		in_block++;
		whole.event_block[i] = block;
		market_state_apply(state, &whole.events.at[i]);
		for (instrument_id id = 1; id <= FIXTURE_INSTRUMENTS; id++)
			whole.books[i][id - 1] = book_fingerprint(state, id);
	}
	market_state_free(state);
	instrument_table_free(table);
	return whole;
}

static void free_recording(struct undamaged *whole)
{
	event_list_free(&whole->events);
	free(whole->bytes);
	free(whole->event_block);
	free(whole->books);
}

static void open_copy(struct damaged_copy *copy, const struct undamaged *whole)
{
	copy->fd = memfd_create("damaged", 0);
	assert_true(copy->fd >= 0);
	assert_int_equal(pwrite(copy->fd, whole->bytes, whole->length, 0), whole->length);
	snprintf(copy->path, sizeof copy->path, "/proc/self/fd/%d", copy->fd);
}

/* Marks what cannot be decoded without block `lost`: up to the next whole dictionary. */
static void mark_dependants(struct undamaged *whole, size_t lost)
{
	for (size_t i = 0; i < whole->block_count; i++)
		whole->blocks[i].needs_lost = false;
	if (lost >= whole->block_count)
		return;
	whole->blocks[lost].needs_lost = true;
	const struct block_header *header = &whole->blocks[lost].header;
	bool new_revision = header->kind == BLOCK_ADDITION || lost == 0;
	for (size_t i = lost + 1; new_revision && i < whole->block_count; i++) {
		if (whole->blocks[i].header.kind == BLOCK_DICTIONARY)
			break;
		if (whole->blocks[i].header.kind != BLOCK_FOOTER)
			whole->blocks[i].needs_lost = true;
	}
}

/* A hit in a block: its events are missing; all others come, books are true or unusable. */
static void expect_loss(const struct undamaged *whole, const char *path, const char *what,
			size_t where, struct recording_statistics *statistics)
{
	struct error err = {0};
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	struct recording_reader *reader = recording_reader_open(path, table, &err);
	if (reader == NULL)
		fail_msg("%s at %zu: %s", what, where, err.text);
	struct market_event event;
	enum recording_read read;
	size_t at = 0;
	size_t delivered = 0;
	bool gap_due = false;
	unsigned gaps = 0;
	while ((read = recording_reader_next(reader, &event, &err)) == RECORDING_EVENT) {
		if (event.kind == EVENT_CONNECTION && event.u.connection.state == CONNECTION_GAP) {
			gaps++;
			market_state_apply(state, &event);
			continue;
		}
		while (at < whole->events.count &&
		       whole->blocks[whole->event_block[at]].needs_lost) {
			gap_due = delivered > 0;
			at++;
		}
		if (at == whole->events.count || !events_equal(&event, &whole->events.at[at]))
			fail_msg("%s at %zu: event %zu is not the recorded one", what, where, at);
		if (gap_due && gaps == 0)
			fail_msg("%s at %zu: no gap before event %zu", what, where, at);
		market_state_apply(state, &event);
		for (instrument_id id = 1; id <= FIXTURE_INSTRUMENTS; id++) {
			uint64_t book = book_fingerprint(state, id);
			if (book != 0 && book != whole->books[at][id - 1])
				fail_msg("%s at %zu: a false book after event %zu", what, where,
					 at);
		}
		if (event.flags & EVENT_FLAG_KEYFRAME)
			assert_int_equal(book_fingerprint(state, event.instrument),
					 whole->books[at][event.instrument - 1]);
		at++;
		delivered++;
	}
	assert_int_equal(read, RECORDING_FINISHED);
	while (at < whole->events.count && whole->blocks[whole->event_block[at]].needs_lost)
		at++;
	if (at != whole->events.count)
		fail_msg("%s at %zu: ended before event %zu", what, where, at);
	*statistics = *recording_reader_statistics(reader);
	recording_reader_free(reader);
	market_state_free(state);
	instrument_table_free(table);
}

static size_t block_at(const struct undamaged *whole, size_t offset)
{
	for (size_t i = 0; i < whole->block_count; i++)
		if (offset >= whole->blocks[i].offset &&
		    offset < whole->blocks[i].offset + whole->blocks[i].length)
			return i;
	return whole->block_count;
}

static void flip_everywhere(enum recording_codec codec)
{
	struct undamaged whole = make_recording(codec);
	struct damaged_copy copy;
	open_copy(&copy, &whole);
	printf("%zu bytes, %zu blocks, %zu events\n", whole.length, whole.block_count,
	       whole.events.count);
	size_t step = whole.length / effort((unsigned)whole.length, "flipped bytes");
	for (size_t offset = 0; offset < whole.length; offset += step) {
		unsigned char flipped = whole.bytes[offset] ^ (unsigned char)(1u << (offset % 8));
		assert_int_equal(pwrite(copy.fd, &flipped, 1, (off_t)offset), 1);
		size_t lost = block_at(&whole, offset);
		struct recording_statistics statistics;
		mark_dependants(&whole, lost);
		expect_loss(&whole, copy.path, "flip", offset, &statistics);
		assert_true(statistics.damaged_bytes > 0);
		size_t unusable = 0;
		for (size_t i = 0; i < whole.block_count; i++)
			unusable += whole.blocks[i].needs_lost;
		if (statistics.damaged_blocks != unusable ||
		    statistics.blocks + unusable != whole.block_count)
			fail_msg("flip at %zu: %zu blocks of kind %u lost, reported %llu", offset,
				 unusable,
				 lost < whole.block_count ? whole.blocks[lost].header.kind : 0,
				 (unsigned long long)statistics.damaged_blocks);
		assert_int_equal(pwrite(copy.fd, whole.bytes + offset, 1, (off_t)offset), 1);
	}
	close(copy.fd);
	free_recording(&whole);
}

static void a_flipped_bit_anywhere_costs_its_block_and_no_book_is_false(void **unused)
{
	(void)unused;
	flip_everywhere(RECORDING_RAW);
}

static void a_flipped_bit_in_a_compressed_recording_costs_its_block(void **unused)
{
	(void)unused;
	flip_everywhere(RECORDING_ZLIB);
}

static void a_recording_cut_anywhere_is_read_up_to_the_last_whole_block(void **unused)
{
	(void)unused;
	struct undamaged whole = make_recording(RECORDING_RAW);
	struct damaged_copy copy;
	open_copy(&copy, &whole);
	size_t step = whole.length / effort((unsigned)whole.length, "cuts");
	for (size_t length = whole.length - 1; length >= step; length -= step) {
		assert_int_equal(ftruncate(copy.fd, (off_t)length), 0);
		bool torn = length < SEGMENT_HEADER_BYTES;
		for (size_t i = 0; i < whole.block_count; i++) {
			const struct block_place *place = &whole.blocks[i];
			whole.blocks[i].needs_lost = place->offset + place->length > length;
			torn |= place->offset < length && whole.blocks[i].needs_lost;
		}
		if (length < SEGMENT_HEADER_BYTES) {
			struct error err = {0};
			struct instrument_table *table = instrument_table_create();
			assert_null(recording_reader_open(copy.path, table, &err));
			assert_non_null(strstr(err.text, "not a recording"));
			instrument_table_free(table);
			continue;
		}
		struct recording_statistics statistics;
		expect_loss(&whole, copy.path, "cut", length, &statistics);
		bool footer_whole = !whole.blocks[whole.block_count - 1].needs_lost;
		assert_int_equal(statistics.unclosed_segments, !footer_whole);
		assert_int_equal(statistics.damaged_blocks, torn);
		assert_true(torn || footer_whole || statistics.damaged_bytes == 0);
	}
	close(copy.fd);
	free_recording(&whole);
}

static void garbage_between_blocks_is_stepped_over_without_loss(void **unused)
{
	(void)unused;
	struct undamaged whole = make_recording(RECORDING_RAW);
	struct random random;
	random_seed(&random, 99);
	for (size_t block = 0; block < whole.block_count; block++) {
		struct damaged_copy copy;
		unsigned char garbage[333];
		for (size_t i = 0; i < sizeof garbage; i++)
			garbage[i] = (unsigned char)random_u64(&random);
		open_copy(&copy, &whole);
		size_t at = whole.blocks[block].offset;
		assert_int_equal(pwrite(copy.fd, garbage, sizeof garbage, (off_t)at),
				 sizeof garbage);
		assert_int_equal(pwrite(copy.fd, whole.bytes + at, whole.length - at,
					(off_t)(at + sizeof garbage)),
				 whole.length - at);
		struct recording_statistics statistics;
		mark_dependants(&whole, whole.block_count);
		expect_loss(&whole, copy.path, "garbage", at, &statistics);
		assert_int_equal(statistics.damaged_blocks, 0);
		assert_int_equal(statistics.damaged_bytes, sizeof garbage);
		assert_int_equal(statistics.gaps, 0);
		close(copy.fd);
	}
	free_recording(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_anywhere_costs_its_block_and_no_book_is_false),
		cmocka_unit_test(a_flipped_bit_in_a_compressed_recording_costs_its_block),
		cmocka_unit_test(a_recording_cut_anywhere_is_read_up_to_the_last_whole_block),
		cmocka_unit_test(garbage_between_blocks_is_stepped_over_without_loss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
