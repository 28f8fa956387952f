/* The parts of an import: lines, clock, scale, terms, funding schedules, each alone. */
#include "core/base/utc.h"
#include "src/import/clock_estimate.h"
#include "src/import/csv_row.h"
#include "src/import/funding_series.h"
#include "src/import/line_source.h"
#include "src/import/scale_inference.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#define MS NS_PER_MS

/* --- lines --- */

static char folder[64], path[96];

static void write_plain(const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void append_gzip(const char *mode, const char *bytes, size_t length)
{
	gzFile file = gzopen(path, mode);
	assert_non_null(file);
	assert_int_equal(gzwrite(file, bytes, (unsigned)length), (int)length);
	gzclose(file);
}

static enum line_result next(struct line_source *source, const char *expected)
{
	struct error error = {0};
	const char *text;
	size_t length;
	enum line_result result = line_source_next(source, &text, &length, &error);
	if (result == LINE_READ && expected != NULL) {
		assert_int_equal(length, strlen(expected));
		assert_memory_equal(text, expected, length);
	}
	return result;
}

static struct line_source *opened(void)
{
	struct error error = {0};
	struct line_source *source = line_source_open(path, &error);
	assert_non_null(source);
	return source;
}

static void lines_are_the_same_plain_and_compressed(void **state)
{
	static const char text[] = "one\ntwo\r\n\nlast";
	(void)state;
	for (int form = 0; form < 3; form++) {
		if (form == 0) {
			write_plain(text, sizeof(text) - 1);
		} else if (form == 1) {
			append_gzip("wb", text, sizeof(text) - 1);
		} else { /* two members, the cut in the middle of a line */
			append_gzip("wb", text, 5);
			append_gzip("ab", text + 5, sizeof(text) - 1 - 5);
		}
		struct line_source *source = opened();
		assert_int_equal(next(source, "one"), LINE_READ);
		assert_int_equal(next(source, "two"), LINE_READ);
		assert_int_equal(next(source, ""), LINE_READ);
		assert_int_equal(next(source, "last"), LINE_READ);
		assert_int_equal(next(source, NULL), LINE_END);
		assert_int_equal(next(source, NULL), LINE_END);
		assert_int_equal(line_source_position(source), line_source_size(source));
		line_source_close(source);
	}
}

/* Line i has i % 1000 + i / 1000 * 7 bytes, so that lines end at all places of the window. */
static size_t line_of(unsigned i, char *line)
{
	size_t length = i % 1000 + i / 1000 * 7;
	memset(line, 'a' + (int)(i % 26), length);
	line[length] = '\0';
	return length;
}

static void lines_over_the_edges_of_the_window_are_whole(void **state)
{
	static char line[4096];
	(void)state;
	for (int form = 0; form < 2; form++) {
		gzFile file = gzopen(path, form == 0 ? "wbT" : "wb");
		assert_non_null(file);
		for (unsigned i = 0; i < 5000; i++) {
			size_t length = line_of(i, line);
			line[length] = '\n';
			assert_int_equal(gzwrite(file, line, (unsigned)length + 1), length + 1);
		}
		gzclose(file);
		struct line_source *source = opened();
		line_source_keep(source, 300000);
		unsigned kept = 0;
		for (; !line_source_kept_full(source); kept++) {
			line_of(kept, line);
			assert_int_equal(next(source, line), LINE_READ);
		}
		assert_true(kept > 100);
		line_source_rewind(source);
		for (unsigned i = 0; i < 5000; i++) {
			line_of(i, line);
			assert_int_equal(next(source, line), LINE_READ);
		}
		assert_int_equal(next(source, NULL), LINE_END);
		line_source_close(source);
	}
}

static void a_gzip_cut_off_is_damage_after_its_whole_lines(void **state)
{
	char text[60000], whole[60000];
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 100 == 99 ? '\n' : (char)('!' + i * i % 90);
	append_gzip("wb", text, sizeof(text));
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t length = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	for (size_t cut = 1; cut < length; cut += 97) {
		write_plain(whole, cut);
		struct line_source *source = opened();
		size_t lines = 0;
		enum line_result result;
		while ((result = next(source, NULL)) == LINE_READ)
			lines++;
		assert_int_equal(result, LINE_DAMAGED);
		assert_true(lines < sizeof(text) / 100 + 1);
		line_source_close(source);
	}
	whole[length / 2] ^= 0x10;
	write_plain(whole, length);
	struct line_source *source = opened();
	enum line_result result;
	while ((result = next(source, NULL)) == LINE_READ)
		;
	assert_int_equal(result, LINE_DAMAGED);
	line_source_close(source);
}

static void a_line_without_end_is_damage_not_memory(void **state)
{
	static char filler[1 << 20];
	(void)state;
	memset(filler, 'x', sizeof(filler));
	gzFile file = gzopen(path, "wb1");
	for (int i = 0; i < 20; i++)
		assert_int_equal(gzwrite(file, filler, sizeof(filler)), (int)sizeof(filler));
	gzclose(file);
	struct line_source *source = opened();
	assert_int_equal(next(source, NULL), LINE_DAMAGED);
	line_source_close(source);
}

static void a_missing_file_and_a_directory_are_refused(void **state)
{
	struct error error = {0};
	(void)state;
	assert_null(line_source_open("/nonexistent/file", &error));
	assert_int_equal(error.category, ERROR_IO);
	assert_null(line_source_open(folder, &error));
	assert_int_equal(error.category, ERROR_IO);
}

/* --- clock --- */

static void the_offset_is_that_of_the_fastest_message_so_far(void **state)
{
	struct clock_estimate clock = {0};
	const int64_t local = INT64_C(1723161255030314667);
	(void)state;
	assert_true(clock_estimate_sample(&clock, local + 1268 * MS, local));
	assert_int_equal(clock.offset_ns, 1268 * MS);
	assert_false(clock_estimate_sample(&clock, local + 1260 * MS, local));
	assert_false(clock_estimate_sample(&clock, local + 1268 * MS - 1, local));
	/* Up to the whole millisecond of the venue's stamp. */
	assert_true(clock_estimate_sample(&clock, local + 1271 * MS + 400000, local));
	assert_int_equal(clock.offset_ns, 1272 * MS);
	assert_false(clock_estimate_sample(&clock, local + 1272 * MS, local));
	assert_int_equal(clock.changes, 2);
	assert_true(clock.uncertainty_ns > 0);
}

static void a_recorder_ahead_of_the_venue_has_a_negative_offset(void **state)
{
	struct clock_estimate clock = {0};
	(void)state;
	assert_true(clock_estimate_sample(&clock, 1000 * MS, 1500 * MS + 1));
	assert_int_equal(clock.offset_ns, -500 * MS);
	/* The local time of an event never lies before it, once mapped. */
	assert_true(1500 * MS + 1 + clock.offset_ns >= 1000 * MS);
}

static void no_message_of_the_past_has_a_negative_latency(void **state)
{
	struct clock_estimate clock = {0};
	(void)state;
	int64_t local = INT64_C(1700000000000000000);
	for (int i = 0; i < 5000; i++) {
		int64_t event = (local + 1270 * MS - (i * 7919 % 3000) * 10007) / MS * MS;
		clock_estimate_sample(&clock, event, local);
		assert_true(local + clock.offset_ns >= event);
		local += 313131 * (i % 97);
	}
}

static void one_event_time_a_minute_off_is_set_aside_ten_are_a_set_clock(void **state)
{
	struct clock_estimate clock = {0};
	const int64_t local = INT64_C(1700000000000000000), step = 100 * NS_PER_SECOND;
	(void)state;
	clock_estimate_sample(&clock, local, local);
	assert_false(clock_estimate_sample(&clock, local + step, local));
	assert_false(clock_estimate_sample(&clock, local - MS, local));
	assert_int_equal(clock.offset_ns, 0);
	assert_int_equal(clock.outliers, 1);
	for (int i = 0; i < CLOCK_OUTLIERS - 1; i++)
		assert_false(clock_estimate_sample(&clock, local + step + i * MS, local));
	assert_true(clock_estimate_sample(&clock, local + step, local));
	assert_int_equal(clock.offset_ns, step + (CLOCK_OUTLIERS - 2) * MS);
	/* And back, by the same rule. */
	for (int i = 0; i < CLOCK_OUTLIERS - 1; i++)
		assert_false(clock_estimate_sample(&clock, local - i * MS, local));
	assert_true(clock_estimate_sample(&clock, local - MS, local));
	assert_int_equal(clock.offset_ns, 0);
}

/* --- scale --- */

static void see(struct scale_inference *inference, int64_t price, int64_t quantity, int times)
{
	for (int i = 0; i < times; i++) {
		scale_inference_price(inference, price);
		scale_inference_quantity(inference, quantity);
	}
}

static void decimals_hold_all_and_the_step_is_that_of_nearly_all(void **state)
{
	static const struct scale_terms nothing = {0, 0, 0, 0};
	struct scale_inference inference = {0};
	(void)state;
	see(&inference, 6180020000000, 150000000, 300); /* 61800.2, 1.5 */
	see(&inference, 6180030000000, 50000, 300);	/* 61800.3, 0.0005 */
	struct scale_terms terms = scale_inference_terms(&inference, &nothing, -1, -1);
	assert_int_equal(terms.price_decimals, 1);
	assert_int_equal(terms.tick_units, 1);
	assert_int_equal(terms.quantity_decimals, 4);
	assert_int_equal(terms.lot_units, 5);
	see(&inference, 6180025000000, 1, 1); /* one odd resting order */
	terms = scale_inference_terms(&inference, &nothing, -1, -1);
	assert_int_equal(terms.price_decimals, 2);
	assert_int_equal(terms.tick_units, 10);
	assert_int_equal(terms.quantity_decimals, 8);
	assert_int_equal(terms.lot_units, 50000);
}

static void steps_that_are_no_power_of_ten_are_found(void **state)
{
	static const struct scale_terms nothing = {0, 0, 0, 0};
	struct scale_inference inference = {0};
	(void)state;
	see(&inference, 25000000, 1000000000, 50); /* 0.25, 10 */
	see(&inference, 50000000, 3000000000, 50); /* 0.50, 30 */
	struct scale_terms terms = scale_inference_terms(&inference, &nothing, -1, -1);
	assert_int_equal(terms.price_decimals, 2);
	assert_int_equal(terms.tick_units, 25);
	assert_int_equal(terms.quantity_decimals, 0);
	assert_int_equal(terms.lot_units, 10);
}

static void options_and_what_is_known_win_over_what_was_seen(void **state)
{
	static const struct scale_terms known = {1, 8, 1, 1000};
	struct scale_inference inference = {0};
	(void)state;
	see(&inference, 6180000000000, 150000000, 10);
	struct scale_terms terms = scale_inference_terms(&inference, &known, -1, -1);
	assert_int_equal(terms.price_decimals, 1);
	assert_int_equal(terms.tick_units, 1);
	assert_int_equal(terms.quantity_decimals, 8);
	assert_int_equal(terms.lot_units, 1000);
	terms = scale_inference_terms(&inference, &known, 4, 3);
	assert_int_equal(terms.price_decimals, 4);
	assert_int_equal(terms.tick_units, 1000);
	assert_int_equal(terms.quantity_decimals, 3);
	assert_int_equal(terms.lot_units, 1); /* 0.00001 cannot be said with 3 decimals */
}

/* --- terms --- */

static void terms_are(const char *venue, const char *symbol, enum instrument_kind kind,
		      const char *base, const char *quote, int64_t contract_size)
{
	static const struct scale_terms scale = {1, 3, 1, 1};
	struct instrument_table *table = instrument_table_create();
	struct instrument terms;
	struct instrument_revision revision;
	struct error error = {0};
	assert_non_null(table);
	if (!instrument_terms_default(table, venue, symbol, &scale, &terms, &revision, &error))
		fail_msg("%s", error.text);
	assert_int_equal(terms.kind, kind);
	assert_string_equal(asset_name(table, terms.base), base);
	assert_string_equal(asset_name(table, terms.quote), quote);
	assert_string_equal(asset_name(table, terms.settle),
			    kind == INSTRUMENT_INVERSE ? base : quote);
	assert_true(terms.contract_size.e18 == contract_size * MONEY_ONE);
	assert_int_equal(revision.funding.pays,
			 kind != INSTRUMENT_SPOT && strchr(symbol, '2') == NULL);
	assert_int_equal(revision.fees.taker.e18,
			 RATE_ONE / 10000 * (kind == INSTRUMENT_SPOT ? 10 : 5));
	assert_int_equal(revision.fees.buy_fee_in_base, kind == INSTRUMENT_SPOT);
	if (instrument_table_add(table, &terms, &revision, &error) == 0)
		fail_msg("%s", error.text);
	instrument_table_free(table);
}

static void kind_and_assets_are_read_from_the_symbol(void **state)
{
	(void)state;
	terms_are("binance-usdm", "BTCUSDT", INSTRUMENT_LINEAR, "BTC", "USDT", 1);
	terms_are("binance-usdm", "ETHUSDC", INSTRUMENT_LINEAR, "ETH", "USDC", 1);
	terms_are("binance-usdm", "BTCUSDT_240927", INSTRUMENT_LINEAR, "BTC", "USDT", 1);
	terms_are("binance-coinm", "BTCUSD_PERP", INSTRUMENT_INVERSE, "BTC", "USD", 100);
	terms_are("binance-coinm", "ETHUSD_PERP", INSTRUMENT_INVERSE, "ETH", "USD", 10);
	terms_are("binance-coinm", "BTCUSD_240927", INSTRUMENT_INVERSE, "BTC", "USD", 100);
	terms_are("binance-spot", "ETHBTC", INSTRUMENT_SPOT, "ETH", "BTC", 1);
	terms_are("binance-spot", "BTCFDUSD", INSTRUMENT_SPOT, "BTC", "FDUSD", 1);
	terms_are("okx", "BTC/USDT", INSTRUMENT_SPOT, "BTC", "USDT", 1);
	terms_are("okx", "ETHUSDCM", INSTRUMENT_INVERSE, "ETH", "USD", 10);
	terms_are("bybit", "BTCUSDCM", INSTRUMENT_INVERSE, "BTC", "USD", 1);
	terms_are("dydx", "BTC-USD", INSTRUMENT_LINEAR, "BTC", "USDC", 1);
	terms_are("hyperliquid", "BTC", INSTRUMENT_LINEAR, "BTC", "USDC", 1);
	terms_are("binance-usdm", "1000PEPEUSDT", INSTRUMENT_LINEAR, "1000PEPE", "USDT", 1);
}

static void a_symbol_that_tells_no_quote_is_refused(void **state)
{
	static const char *const symbols[] = {"", "USDT", "BTCXYZ", "_PERP", "/USDT", "BTC/"};
	static const struct scale_terms scale = {1, 3, 1, 1};
	struct instrument_table *table = instrument_table_create();
	(void)state;
	assert_non_null(table);
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		struct instrument terms;
		struct instrument_revision revision;
		struct error error = {0};
		assert_false(instrument_terms_default(table, "binance-usdm", symbols[i], &scale,
						      &terms, &revision, &error));
	}
	instrument_table_free(table);
}

/* --- funding schedules --- */

static const struct funding_terms usual = {.pays = true, .interval_ns = 8 * NS_PER_HOUR};

static size_t add(struct funding_settlement *rows, size_t count, int64_t stamp_ns)
{
	memset(&rows[count], 0, sizeof(rows[count]));
	rows[count].stamp_ns = stamp_ns;
	return count + 1;
}

#define DAY_ONE (19000 * NS_PER_DAY)

static void late_extra_and_missing_settlements_are_told_apart(void **state)
{
	struct funding_settlement rows[64];
	struct funding_series series;
	size_t count = 0;
	(void)state;
	for (int i = 0; i < 30; i++) {
		int64_t boundary = DAY_ONE + i * 8 * NS_PER_HOUR;
		if (i == 20 || i == 21)
			continue; /* two missing */
		count = add(rows, count, boundary + (i == 10 ? 2 * NS_PER_HOUR : 23 * MS));
		if (i == 15)
			count = add(rows, count, boundary + 3 * NS_PER_HOUR); /* one extra */
	}
	funding_series_analyse(rows, count, &usual, &series);
	assert_int_equal(series.schedule_count, 1);
	assert_int_equal(series.late, 1);
	assert_int_equal(series.latest_ns, 2 * NS_PER_HOUR);
	assert_int_equal(series.extra, 1);
	assert_int_equal(series.missing, 2);
	assert_int_equal(rows[10].boundary_ns, DAY_ONE + 80 * NS_PER_HOUR);
	assert_true(rows[16].extra);
	assert_int_equal(rows[16].boundary_ns, rows[16].stamp_ns);
	assert_int_equal(rows[17].boundary_ns, DAY_ONE + 128 * NS_PER_HOUR);
}

static void a_phase_of_four_hours_is_found(void **state)
{
	struct funding_settlement rows[64];
	struct funding_series series;
	size_t count = 0;
	(void)state;
	for (int i = 0; i < 12; i++)
		count = add(rows, count, DAY_ONE + (4 + 8 * i) * NS_PER_HOUR);
	funding_series_analyse(rows, count, &usual, &series);
	assert_int_equal(series.schedules[0].phase_ns, 4 * NS_PER_HOUR);
	assert_int_equal(series.late + series.extra + series.missing, 0);
}

static void an_interval_that_changes_makes_a_new_schedule(void **state)
{
	struct funding_settlement rows[64];
	struct funding_series series;
	size_t count = 0;
	(void)state;
	for (int i = 0; i <= 10; i++)
		count = add(rows, count, DAY_ONE + i * 8 * NS_PER_HOUR + 300 * MS);
	for (int i = 1; i <= 20; i++)
		count = add(rows, count, DAY_ONE + (80 + i) * NS_PER_HOUR + 100 * MS);
	funding_series_analyse(rows, count, &usual, &series);
	assert_int_equal(series.schedule_count, 2);
	assert_int_equal(series.schedules[1].interval_ns, NS_PER_HOUR);
	assert_int_equal(series.schedules[1].effective_from_ns, DAY_ONE + 80 * NS_PER_HOUR);
	/* The change's own settlement paid the old interval. */
	assert_int_equal(rows[10].interval_ns, 8 * NS_PER_HOUR);
	assert_int_equal(rows[11].interval_ns, NS_PER_HOUR);
	assert_int_equal(series.late + series.extra + series.missing, 0);
}

/* A venue that changes to an hour for a few hours only: no six equal steps, yet the file says so.
 */
static void an_interval_that_the_file_states_needs_no_repetition(void **state)
{
	struct funding_settlement rows[8];
	struct funding_series series;
	static const int HOURS[] = {0, 8, 9, 10, 12};
	static const int STATED[] = {8, 8, 1, 1, 4};
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		count = add(rows, count, DAY_ONE + HOURS[i] * NS_PER_HOUR);
		rows[i].stated_interval_ns = STATED[i] * NS_PER_HOUR;
	}
	funding_series_analyse(rows, count, &usual, &series);
	assert_int_equal(series.schedule_count, 2);
	assert_int_equal(series.schedules[1].interval_ns, NS_PER_HOUR);
	assert_int_equal(series.schedules[1].effective_from_ns, DAY_ONE + 8 * NS_PER_HOUR);
	assert_int_equal(series.extra, 0);
	/* Two hours are not the four that the last row states: the schedule stays, 11:00 is
	 * missing. */
	assert_int_equal(series.missing, 1);
}

static void too_few_rows_say_nothing_against_the_usual_schedule(void **state)
{
	struct funding_settlement rows[4];
	struct funding_series series;
	(void)state;
	add(rows, 0, DAY_ONE);
	funding_series_analyse(rows, 1, &usual, &series);
	assert_int_equal(series.schedules[0].interval_ns, 8 * NS_PER_HOUR);
	rows[0].stated_interval_ns = 4 * NS_PER_HOUR;
	funding_series_analyse(rows, 1, &usual, &series);
	assert_int_equal(series.schedules[0].interval_ns, 4 * NS_PER_HOUR);
}

static void a_row_is_split_at_every_comma(void **state)
{
	struct csv_row row;
	char text[8];
	int64_t ns;
	(void)state;
	assert_true(csv_row_split(&row, "a,,1577923200002", 16));
	assert_int_equal(row.columns, 3);
	assert_true(csv_row_text(&row, 0, text, sizeof(text)));
	assert_string_equal(text, "a");
	assert_false(csv_row_text(&row, 1, text, sizeof(text)));
	assert_false(csv_row_text(&row, 2, text, sizeof(text)));
	assert_true(csv_row_time(&row, 2, &ns));
	assert_int_equal(ns, INT64_C(1577923200002) * MS);
	assert_false(csv_row_time(&row, 0, &ns));
	assert_false(csv_row_time(&row, 1, &ns));
	assert_false(csv_row_split(&row, ",,,,,,,,,,,,,,,,", 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_plain_and_compressed),
		cmocka_unit_test(lines_over_the_edges_of_the_window_are_whole),
		cmocka_unit_test(a_gzip_cut_off_is_damage_after_its_whole_lines),
		cmocka_unit_test(a_line_without_end_is_damage_not_memory),
		cmocka_unit_test(a_missing_file_and_a_directory_are_refused),
		cmocka_unit_test(the_offset_is_that_of_the_fastest_message_so_far),
		cmocka_unit_test(a_recorder_ahead_of_the_venue_has_a_negative_offset),
		cmocka_unit_test(no_message_of_the_past_has_a_negative_latency),
		cmocka_unit_test(one_event_time_a_minute_off_is_set_aside_ten_are_a_set_clock),
		cmocka_unit_test(decimals_hold_all_and_the_step_is_that_of_nearly_all),
		cmocka_unit_test(steps_that_are_no_power_of_ten_are_found),
		cmocka_unit_test(options_and_what_is_known_win_over_what_was_seen),
		cmocka_unit_test(kind_and_assets_are_read_from_the_symbol),
		cmocka_unit_test(a_symbol_that_tells_no_quote_is_refused),
		cmocka_unit_test(late_extra_and_missing_settlements_are_told_apart),
		cmocka_unit_test(a_phase_of_four_hours_is_found),
		cmocka_unit_test(an_interval_that_changes_makes_a_new_schedule),
		cmocka_unit_test(an_interval_that_the_file_states_needs_no_repetition),
		cmocka_unit_test(too_few_rows_say_nothing_against_the_usual_schedule),
		cmocka_unit_test(a_row_is_split_at_every_comma),
	};
	scratch_folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/lines", folder);
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	scratch_folder_remove(folder);
	return result;
}
