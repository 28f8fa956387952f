/* The recorded datasets, imported: the figures their authors state, and what their oddities demand.
 */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "tests/support/import_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[512], file[768];
static struct import_fixture fixture;

/* False after a line that says the test was skipped. */
static bool begin(enum import_kind kind, const char *dataset)
{
	if (import_fixture_data(dataset, folder, sizeof(folder)) == NULL)
		return false;
	import_fixture_begin(&fixture, kind);
	return true;
}

static void add(const char *name)
{
	snprintf(file, sizeof(file), "%s/%s", folder, name);
	import_fixture_path(&fixture, file);
}

static void run(void)
{
	if (!import_fixture_run(&fixture))
		fail_msg("%s", fixture.error.text);
	assert_int_equal(import_dropped(&fixture.report->total), 0);
}

/* dataset_check stands beside this program. */
static void dataset_check(const char *dataset)
{
	char program[1024];
	if (import_fixture_data(dataset, folder, sizeof(folder)) == NULL)
		return;
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 20);
	assert_true(length > 0);
	program[length] = '\0';
	strcpy(strrchr(program, '/') + 1, "dataset_check");
	if (access(program, X_OK) != 0) {
		printf("skipped: %s is not built\n", program);
		return;
	}
	fflush(stdout);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		execl(program, program, folder, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void every_figure_of_the_2024_books_holds(void **state)
{
	(void)state;
	dataset_check("binance-books-20240808");
}

static void every_figure_of_the_2023_books_holds(void **state)
{
	(void)state;
	dataset_check("binance-books-mark-20230405");
}

/* --- clocks --- */

struct latencies {
	int64_t offset_ns[VENUES_MAX + 1];
	bool known[VENUES_MAX + 1];
	uint64_t stamped, negative, clocks;
	int64_t last_local_ns;
};

static void on_stamped(void *user, const struct market_event *event,
		       const struct instrument_table *instruments)
{
	struct latencies *latencies = user;
	(void)instruments;
	assert_true(event->local_ns >= latencies->last_local_ns);
	latencies->last_local_ns = event->local_ns;
	if (event->kind == EVENT_CLOCK) {
		latencies->clocks++;
		latencies->known[event->venue] = true;
		latencies->offset_ns[event->venue] = event->u.clock.offset_ns;
		assert_true(event->u.clock.uncertainty_ns > 0);
	}
	if (event->exch_ns == 0)
		return;
	assert_true(latencies->known[event->venue]);
	latencies->stamped++;
	latencies->negative +=
		event->local_ns + latencies->offset_ns[event->venue] < event->exch_ns;
}

static int64_t offset_of(const char *venue)
{
	for (size_t i = 0; i < fixture.report->venue_count; i++) {
		if (strcmp(fixture.report->venues[i].name, venue) == 0)
			return fixture.report->venues[i].clock.offset_ns;
	}
	fail_msg("no venue %s", venue);
	return 0;
}

static void a_recorder_1270_ms_behind_gives_no_negative_latency(void **state)
{
	struct latencies latencies = {0};
	(void)state;
	if (!begin(IMPORT_BINANCE_RAW, "binance-books-20240808"))
		return;
	add("usdm_btcusdt_20240808.gz");
	add("coinm_btcusd_perp_20240808.gz");
	add("spot_btcusdt_20240808.gz");
	run();
	import_fixture_replay(&fixture, on_stamped, &latencies);
	assert_true(latencies.stamped > 100000);
	assert_int_equal(latencies.negative, 0);
	assert_in_range(offset_of("binance-usdm"), 1272 * NS_PER_MS, 1274 * NS_PER_MS);
	assert_in_range(offset_of("binance-coinm"), 1258 * NS_PER_MS, 1280 * NS_PER_MS);
	assert_in_range(offset_of("binance-spot"), 1271 * NS_PER_MS, 1280 * NS_PER_MS);
	import_fixture_end(&fixture);
}

static void clock_offsets_of_two_markets_on_one_recorder_stay_apart(void **state)
{
	struct latencies latencies = {0};
	(void)state;
	if (!begin(IMPORT_BINANCE_RAW, "binance-books-mark-20230405"))
		return;
	add("usdm_btcusdt_20230404.gz");
	add("usdm_btcusdt_20230405.gz");
	add("spot_btcusdt_20230405.gz");
	run();
	import_fixture_replay(&fixture, on_stamped, &latencies);
	assert_int_equal(latencies.negative, 0);
	assert_in_range(offset_of("binance-usdm"), 31 * NS_PER_MS, 32 * NS_PER_MS);
	assert_int_equal(offset_of("binance-spot"), 0);
	const struct import_stream *usdm =
		import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT");
	assert_int_equal(usdm->off_market, 1);
	const struct import_stream *spot =
		import_fixture_stream(&fixture, "binance-spot", "BTCUSDT");
	assert_false(spot->synced_at_end);
	assert_int_equal(spot->gaps, 0);
	import_fixture_end(&fixture);
}

/* --- the same input, the same bytes --- */

static uint64_t hash_of_recording(const char *directory)
{
	uint64_t hash = 14695981039346656037u;
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort);
	assert_true(count > 2);
	for (int i = 0; i < count; i++) {
		static unsigned char bytes[1 << 16];
		snprintf(file, sizeof(file), "%s/%s", directory, entries[i]->d_name);
		for (const char *at = entries[i]->d_name; *at != '\0'; at++)
			hash = (hash ^ (unsigned char)*at) * 1099511628211u;
		FILE *segment = entries[i]->d_name[0] == '.' ? NULL : fopen(file, "rb");
		size_t length;
		while (segment != NULL && (length = fread(bytes, 1, sizeof(bytes), segment)) > 0) {
			for (size_t b = 0; b < length; b++)
				hash = (hash ^ bytes[b]) * 1099511628211u;
		}
		if (segment != NULL)
			fclose(segment);
		free(entries[i]);
	}
	free(entries);
	return hash;
}

static void two_imports_of_the_same_files_are_the_same_bytes(void **state)
{
	uint64_t hashes[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		if (!begin(IMPORT_BINANCE_RAW, "binance-books-mark-20230405"))
			return;
		add("usdm_btcusdt_20230404.gz");
		add("spot_btcusdt_20230405.gz");
		run();
		hashes[i] = hash_of_recording(fixture.out);
		import_fixture_end(&fixture);
	}
	assert_true(hashes[0] == hashes[1]);
}

/* --- funding histories --- */

/* Sum of rates rounded to six decimals. */
static void sum_is(const char *venue, const char *symbol, const char *expected)
{
	const struct import_stream *stream = import_fixture_stream(&fixture, venue, symbol);
	char text[DECIMAL_TEXT_MAX];
	i128 rounded;
	assert_non_null(stream);
	assert_true(i128_div_round(stream->rate_sum_e18, 1000000000000, ROUND_HALF_EVEN, &rounded));
	decimal_format(rounded, 6, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void irregular(const char *venue, uint64_t late, uint64_t extra, uint64_t missing)
{
	static const char *const symbols[] = {"BTCUSDT", "ETHUSDT"};
	for (int i = 0; i < 2; i++) {
		const struct import_stream *stream =
			import_fixture_stream(&fixture, venue, symbols[i]);
		assert_non_null(stream);
		assert_int_equal(stream->late, late);
		assert_int_equal(stream->extra, extra);
		assert_int_equal(stream->missing, missing);
		assert_int_equal(stream->schedule_changes, 0);
	}
}

struct rates {
	uint64_t count;
	int64_t last_ns;
	uint64_t stated_interval;
};

static void on_rate(void *user, const struct market_event *event,
		    const struct instrument_table *instruments)
{
	struct rates *rates = user;
	(void)instruments;
	if (event->kind != EVENT_FUNDING)
		return;
	rates->count++;
	assert_int_equal(event->u.funding.kind, FUNDING_SETTLED);
	assert_true(event->flags & EVENT_FLAG_VENUE_TIME);
	assert_int_equal(event->exch_ns, event->u.funding.boundary_ns);
	assert_true(event->exch_ns >= rates->last_ns);
	rates->last_ns = event->exch_ns;
	rates->stated_interval += event->u.funding.interval_ns != 0;
}

static void seven_venues_of_funding_sum_up_as_stated(void **state)
{
	struct rates rates = {0};
	(void)state;
	if (!begin(IMPORT_FUNDING, "funding-7venues-2020-2023"))
		return;
	add("funding_utc.csv.gz");
	run();
	assert_int_equal(fixture.report->total.rows[ROW_FUNDING], 78664);
	assert_int_equal(fixture.report->stream_count, 14);
	sum_is("binance", "BTCUSDT", "0.598788");
	sum_is("bybit", "BTCUSDT", "0.501279");
	sum_is("dydx", "BTCUSDT", "0.092384");
	sum_is("gate", "BTCUSDT", "0.549716");
	sum_is("htx", "BTCUSDT", "0.396481");
	sum_is("kucoin", "BTCUSDT", "0.477373");
	sum_is("mexc", "BTCUSDT", "0.358206");
	irregular("binance", 0, 0, 0);
	irregular("bybit", 0, 0, 0);
	irregular("dydx", 0, 0, 0);
	irregular("gate", 0, 0, 752 / 8 - 1); /* December 2020 */
	irregular("htx", 6, 1, 2);
	irregular("kucoin", 0, 0, 0);
	irregular("mexc", 0, 0, 0);
	const struct import_stream *binance = import_fixture_stream(&fixture, "binance", "BTCUSDT");
	assert_int_equal(binance->latest_ns, 47 * NS_PER_MS);
	const struct import_stream *htx = import_fixture_stream(&fixture, "htx", "BTCUSDT");
	assert_int_equal(htx->latest_ns, 3 * NS_PER_HOUR);
	assert_int_equal(import_fixture_stream(&fixture, "dydx", "BTCUSDT")->interval_ns,
			 NS_PER_HOUR);
	import_fixture_replay(&fixture, on_rate, &rates);
	assert_int_equal(rates.count, 78664);
	/* HTX's one extra settlement of each symbol is no period of the schedule. */
	assert_int_equal(rates.stated_interval, 2);
	import_fixture_end(&fixture);
}

struct change {
	uint64_t rates, changes, eight_hours;
	struct rates all;
};

static void on_hyperliquid(void *user, const struct market_event *event,
			   const struct instrument_table *instruments)
{
	struct change *change = user;
	const int64_t changed_ns = INT64_C(1686182400000) * NS_PER_MS; /* 2023-06-08 00:00 */
	if (event->kind == EVENT_INSTRUMENT) {
		change->changes++;
		assert_int_equal(event->exch_ns, changed_ns);
		const struct instrument_revision *revision =
			instrument_latest(instruments, event->instrument);
		assert_int_equal(revision->effective_from_ns, changed_ns);
		assert_int_equal(revision->funding.interval_ns, NS_PER_HOUR);
		const struct instrument_revision *before =
			instrument_revision_at(instruments, event->instrument, changed_ns - 1);
		assert_int_equal(before->funding.interval_ns, 8 * NS_PER_HOUR);
		return;
	}
	on_rate(&change->all, event, instruments);
	int64_t interval_ns = event->u.funding.interval_ns;
	if (interval_ns == 0)
		interval_ns =
			instrument_latest(instruments, event->instrument)->funding.interval_ns;
	/* The settlement at the change itself still paid eight hours. */
	bool early = event->exch_ns < changed_ns + NS_PER_MINUTE;
	assert_int_equal(interval_ns, (early ? 8 : 1) * NS_PER_HOUR);
	change->eight_hours += early;
}

static void hyperliquid_changes_from_eight_hours_to_one(void **state)
{
	struct change change = {0};
	(void)state;
	if (!begin(IMPORT_HYPERLIQUID_FUNDING, "hyperliquid-2023-2025"))
		return;
	add("funding_history_btc.csv");
	run();
	const struct import_stream *stream = import_fixture_stream(&fixture, "hyperliquid", "BTC");
	assert_non_null(stream);
	assert_int_equal(stream->settlements, 1038);
	assert_int_equal(stream->late, 1); /* 23 min 53 s */
	assert_in_range(stream->latest_ns, 1433 * NS_PER_SECOND, 1434 * NS_PER_SECOND);
	assert_int_equal(stream->missing, 1);
	assert_int_equal(stream->extra, 0);
	assert_int_equal(stream->schedule_changes, 1);
	import_fixture_replay(&fixture, on_hyperliquid, &change);
	assert_int_equal(change.changes, 1);
	assert_int_equal(change.all.count, 1038);
	assert_int_equal(change.eight_hours, 27 * 3 + 1);
	import_fixture_end(&fixture);
}

static void settled_rates_of_a_boundary_keep_their_venue_and_interval(void **state)
{
	struct rates rates = {0};
	(void)state;
	if (!begin(IMPORT_FUNDING, "binance-books-20240808"))
		return;
	add("funding.csv");
	run();
	sum_is("binance-usdm", "BTCUSDT", "0.000050");
	assert_int_equal(import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT")->rate_sum_e18 /
				 10000000000,
			 4994);
	assert_int_equal(
		import_fixture_stream(&fixture, "binance-coinm", "BTCUSD_PERP")->rate_sum_e18 /
			10000000000,
		-414);
	import_fixture_replay(&fixture, on_rate, &rates);
	assert_int_equal(rates.count, 2);
	assert_int_equal(rates.stated_interval, 2);
	import_fixture_end(&fixture);
}

/* --- two recordings about one market --- */

static void books_and_rates_of_one_market_replay_together(void **state)
{
	struct import_fixture rates;
	(void)state;
	if (!begin(IMPORT_BINANCE_RAW, "binance-books-20240808"))
		return;
	add("usdm_btcusdt_20240808.gz");
	add("coinm_btcusd_perp_20240809.gz");
	add("usdm_ethusdt_20240808.gz");
	run();
	import_fixture_begin(&rates, IMPORT_FUNDING);
	snprintf(file, sizeof(file), "%s/funding.csv", folder);
	import_fixture_path(&rates, file);
	assert_true(import_fixture_run(&rates));
	const char *const outs[] = {fixture.out, rates.out};
	struct instrument_table *table = instrument_table_create();
	for (int i = 0; i < 2; i++) {
		struct error error = {0};
		struct market_event event;
		struct recording_reader *reader = recording_reader_open(outs[i], table, &error);
		if (reader == NULL ||
		    recording_reader_next(reader, &event, &error) != RECORDING_EVENT)
			fail_msg("%s", error.text);
		while (recording_reader_next(reader, &event, &error) == RECORDING_EVENT)
			;
		recording_reader_free(reader);
	}
	/* No second handle for what is one market. */
	assert_int_equal(instrument_count(table), 3);
	instrument_table_free(table);
	import_fixture_end(&rates);
	import_fixture_end(&fixture);
}

/* --- candles --- */

struct candles {
	uint64_t count, rates;
	uint64_t opening_at_settlement, round_settlement;
	int64_t last_ns;
};

static void on_candle(void *user, const struct market_event *event,
		      const struct instrument_table *instruments)
{
	struct candles *candles = user;
	assert_true(event->exch_ns >= candles->last_ns);
	candles->last_ns = event->exch_ns;
	candles->rates += event->kind == EVENT_FUNDING;
	if (event->kind != EVENT_CANDLE)
		return;
	candles->count++;
	assert_true(event->flags & EVENT_FLAG_VENUE_TIME);
	assert_int_equal(event->u.candle.end_ns - event->u.candle.start_ns, 8 * NS_PER_HOUR);
	/* Nobody sees a candle before it has ended. */
	assert_int_equal(event->u.candle.available_ns, event->u.candle.end_ns);
	assert_int_equal(event->exch_ns, event->u.candle.end_ns);
	bool opens_at_settlement = event->u.candle.start_ns % (8 * NS_PER_HOUR) == 0;
	bool binance = strcmp(venue_name(instruments, event->venue), "binance") == 0;
	assert_int_equal(opens_at_settlement, binance);
	candles->opening_at_settlement += opens_at_settlement;
}

static void candles_keep_their_own_spans_whatever_their_label(void **state)
{
	struct candles candles = {0};
	(void)state;
	if (!begin(IMPORT_CANDLES_FUNDING, "candles-funding-3venues-8h-2023-2024"))
		return;
	add("candles_funding_utc.csv.gz");
	run();
	assert_int_equal(fixture.report->total.rows[ROW_CANDLE], 29556);
	assert_int_equal(fixture.report->stream_count, 18);
	sum_is("binance", "BTCUSDT", "0.157718");
	sum_is("bybit", "BTCUSDT", "0.161666");
	sum_is("okx", "BTCUSDT", "0.132149");
	sum_is("binance", "BTCUSDCM", "0.155934");
	sum_is("bybit", "BTCUSDCM", "0.154027");
	sum_is("okx", "BTCUSDCM", "0.127022");
	const struct import_stream *spot = import_fixture_stream(&fixture, "okx", "BTC/USDT");
	assert_non_null(spot);
	assert_int_equal(spot->settlements, 0);
	import_fixture_replay(&fixture, on_candle, &candles);
	assert_int_equal(candles.count, 29556);
	assert_int_equal(candles.rates, 29556 / 6 * 4);
	assert_int_equal(candles.opening_at_settlement, 29556 / 3);
	import_fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_of_the_2024_books_holds),
		cmocka_unit_test(every_figure_of_the_2023_books_holds),
		cmocka_unit_test(a_recorder_1270_ms_behind_gives_no_negative_latency),
		cmocka_unit_test(clock_offsets_of_two_markets_on_one_recorder_stay_apart),
		cmocka_unit_test(two_imports_of_the_same_files_are_the_same_bytes),
		cmocka_unit_test(seven_venues_of_funding_sum_up_as_stated),
		cmocka_unit_test(hyperliquid_changes_from_eight_hours_to_one),
		cmocka_unit_test(settled_rates_of_a_boundary_keep_their_venue_and_interval),
		cmocka_unit_test(books_and_rates_of_one_market_replay_together),
		cmocka_unit_test(candles_keep_their_own_spans_whatever_their_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
