/* A folder of settled rates: whatever comes in whatever order, it stays one sound recording. */
#include "core/base/random.h"
#include "core/base/utc.h"
#include "core/store/recording.h"
#include "src/funding_history.h"
#include "tests/support/scratch_folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST_NS (INT64_C(1750000000) * NS_PER_SECOND / NS_PER_HOUR * NS_PER_HOUR)
#define MARKETS	 3
#define HOURS	 200

static char folder[64];
static struct instrument_table *venues;
static instrument_id ids[MARKETS];

static int make(void **state)
{
	(void)state;
	static const char *const NAMES[MARKETS][2] = {{"a", "BTC"}, {"b", "BTC"}, {"b", "kPEPE"}};
	struct error err = {0};
	scratch_folder_make(folder, sizeof(folder));
	venues = instrument_table_create();
	if (!venues)
		return -1;
	for (size_t i = 0; i < MARKETS; i++) {
		struct instrument terms = {.venue = instrument_table_venue(venues, NAMES[i][0]),
					   .kind = INSTRUMENT_LINEAR,
					   .base = instrument_table_asset(venues, NAMES[i][1]),
					   .quote = instrument_table_asset(venues, "USDC"),
					   .multiplier = 1,
					   .contract_size = {MONEY_ONE},
					   .price_decimals = 2,
					   .quantity_decimals = 3};
		struct instrument_revision first = {
			.rules = {.tick = {1}, .lot = {1}, .maximum_leverage = 10},
			.funding = {.pays = true, .interval_ns = NS_PER_HOUR}};
		terms.canonical = terms.base;
		terms.settle = terms.quote;
		snprintf(terms.symbol, sizeof(terms.symbol), "%s", NAMES[i][1]);
		ids[i] = instrument_table_add(venues, &terms, &first, &err);
		if (ids[i] == 0)
			return -1;
	}
	return 0;
}

static int drop(void **state)
{
	(void)state;
	instrument_table_free(venues);
	scratch_folder_remove(folder);
	return 0;
}

static int64_t rate_of(size_t market, int64_t hour)
{
	return (int64_t)market * 1000000 + hour - 50;
}

static void add(struct funding_history *history, size_t market, int64_t hour)
{
	struct error err = {0};
	int64_t boundary_ns = FIRST_NS + hour * NS_PER_HOUR;
	struct market_event event = {
		.kind = EVENT_FUNDING,
		.exch_ns = boundary_ns + (market == 1 ? 110 * NS_PER_MS : 0),
		.u.funding = {FUNDING_SETTLED, {rate_of(market, hour)}, boundary_ns, NS_PER_HOUR}};
	instrument_id own = funding_history_instrument(history, venues, ids[market], &err);
	if (own == 0 || !funding_history_add(history, own, &event, &err))
		fail_msg("%s", err.text);
}

static struct funding_history *reopened(void)
{
	struct error err = {0};
	struct funding_history *history = funding_history_open(folder, &err);
	if (!history)
		fail_msg("%s", err.text);
	return history;
}

/* The folder itself, by the reader of recordings: ordered, complete, each once. */
static size_t read_back(bool seen[MARKETS][HOURS])
{
	struct error err = {0};
	struct instrument_table *table = instrument_table_create();
	struct recording_reader *reader = recording_reader_open(folder, table, &err);
	struct market_event event;
	int64_t last_ns = 0;
	size_t count = 0;
	if (!reader)
		fail_msg("%s", err.text);
	memset(seen, 0, sizeof(bool) * MARKETS * HOURS);
	while (recording_reader_next(reader, &event, &err) == RECORDING_EVENT) {
		const struct instrument *terms = instrument_get(table, event.instrument);
		size_t market = strcmp(terms->symbol, "kPEPE") == 0
					? 2
					: strcmp(venue_name(table, terms->venue), "b") == 0;
		int64_t hour = (event.u.funding.boundary_ns - FIRST_NS) / NS_PER_HOUR;
		assert_int_equal(event.kind, EVENT_FUNDING);
		assert_int_equal(event.flags, EVENT_FLAG_VENUE_TIME);
		assert_true(event.exch_ns >= last_ns);
		assert_in_range(hour, 0, HOURS - 1);
		assert_false(seen[market][hour]);
		assert_true(event.u.funding.rate.e18 == rate_of(market, hour));
		seen[market][hour] = true;
		last_ns = event.exch_ns;
		count++;
	}
	assert_int_equal(recording_reader_statistics(reader)->damaged_bytes, 0);
	assert_int_equal(recording_reader_statistics(reader)->segments, 1);
	recording_reader_free(reader);
	instrument_table_free(table);
	return count;
}

static void rates_of_any_order_come_back_in_order_and_once(void **state)
{
	(void)state;
	static bool wanted[MARKETS][HOURS], seen[MARKETS][HOURS];
	struct random random;
	uint64_t seed = (uint64_t)getpid();
	print_message("seed %llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	size_t total = 0;
	for (uint32_t round = 0; round < 8; round++) {
		struct error err = {0};
		struct funding_history *history = reopened();
		assert_false(history->changed);
		for (int i = 0; i < 60; i++) {
			size_t market = random_u64(&random) % MARKETS;
			size_t hour = random_u64(&random) % HOURS;
			total += !wanted[market][hour];
			wanted[market][hour] = true;
			add(history, market, (int64_t)hour);
		}
		assert_true(history->changed);
		if (!funding_history_save(history, folder, 100 + round, &err))
			fail_msg("%s", err.text);
		assert_false(history->changed);
		funding_history_free(history);
		assert_int_equal(read_back(seen), total);
		assert_memory_equal(seen, wanted, sizeof(seen));
	}
}

static void a_span_is_from_the_first_to_the_last_of_its_market(void **state)
{
	(void)state;
	struct funding_history *history = reopened();
	int64_t first_ns, last_ns;
	size_t rows;
	assert_int_equal(funding_history_find(history, venues, ids[1]), 0);
	add(history, 1, 30);
	add(history, 0, 5);
	add(history, 1, 10);
	add(history, 1, 30);
	add(history, 1, 20);
	instrument_id own = funding_history_find(history, venues, ids[1]);
	assert_true(funding_history_span(history, own, &first_ns, &last_ns, &rows));
	assert_int_equal(rows, 3);
	assert_true(first_ns == FIRST_NS + 10 * NS_PER_HOUR);
	assert_true(last_ns == FIRST_NS + 30 * NS_PER_HOUR);
	assert_false(funding_history_span(history, own + 2, &first_ns, &last_ns, &rows));
	funding_history_free(history);
}

static int is_segment(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');
	return end && strcmp(end, ".far") == 0;
}

static int segments(void)
{
	struct dirent **names = NULL;
	int count = scandir(folder, &names, is_segment, NULL);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return count;
}

static void what_a_killed_run_left_is_replaced(void **state)
{
	(void)state;
	static bool seen[MARKETS][HOURS];
	char old[64], path[128];
	struct error err = {0};
	struct funding_history *history = reopened();
	add(history, 0, 1);
	add(history, 0, 2);
	assert_true(funding_history_save(history, folder, 1, &err));
	scratch_folder_make(old, sizeof(old));
	scratch_folder_copy(folder, old);
	add(history, 0, 3);
	assert_true(funding_history_save(history, folder, 2, &err));
	funding_history_free(history);
	assert_int_equal(segments(), 1);
	/* Killed between the new recording's arrival and the old one's end: both are there. */
	scratch_folder_copy(old, folder);
	scratch_folder_remove(old);
	assert_int_equal(segments(), 2);
	/* And once more while the next was written. */
	snprintf(path, sizeof(path), "%s/.new", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/.new/20200101T000000-00000003-000.far", folder);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs("x\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	history = reopened();
	add(history, 2, 7);
	assert_true(funding_history_save(history, folder, 4, &err));
	assert_int_equal(segments(), 1);
	assert_int_equal(read_back(seen), 4);
	funding_history_free(history);
}

static void another_recording_is_not_touched(void **state)
{
	(void)state;
	struct error err = {0};
	struct market_state *market = market_state_create(venues);
	struct recording_options options = recording_defaults();
	struct recording_writer *writer =
		recording_writer_create(folder, FIRST_NS, 1, venues, market, &options, &err);
	struct market_event event = {.local_ns = FIRST_NS, .venue = 1, .kind = EVENT_CONNECTION};
	assert_non_null(writer);
	market_state_apply(market, &event);
	assert_true(recording_writer_event(writer, &event, &err));
	assert_true(recording_writer_close(writer, &err));
	assert_null(funding_history_open(folder, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	market_state_free(market);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rates_of_any_order_come_back_in_order_and_once,
						make, drop),
		cmocka_unit_test_setup_teardown(a_span_is_from_the_first_to_the_last_of_its_market,
						make, drop),
		cmocka_unit_test_setup_teardown(what_a_killed_run_left_is_replaced, make, drop),
		cmocka_unit_test_setup_teardown(another_recording_is_not_touched, make, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
