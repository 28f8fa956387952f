/* Importing raw captures: what comes out of a few lines, and what is refused or dropped, and why.
 */
#include "core/base/utc.h"
#include "tests/support/import_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define T0 "1723161255000"

/* Lines of BTCUSDT, USD-M: stamp in ns given by its last ten digits after 172316125. */
#define DEPTH(stamp, first, last, previous, price, quantity)                                       \
	"172316125" stamp " {\"stream\":\"btcusdt@depth@0ms\",\"data\":{\"e\":\"depthUpdate\","    \
	"\"E\":" T0 ",\"T\":" T0 ",\"s\":\"BTCUSDT\",\"U\":" first ",\"u\":" last                  \
	",\"pu\":" previous ",\"b\":[[\"" price "\",\"" quantity "\"]],\"a\":[]}}\n"
#define SNAPSHOT(stamp, id)                                                                        \
	"172316125" stamp " {\"lastUpdateId\":" id                                                 \
	",\"bids\":[[\"61800.10\",\"1.5\"],[\"61800.00\","                                         \
	"\"0.001\"]],\"asks\":[[\"61800.20\",\"2\"]]}\n"
#define TICKER(stamp, symbol, id)                                                                  \
	"172316125" stamp " {\"stream\":\"x@bookTicker\",\"data\":{\"e\":\"bookTicker\",\"u\":" id \
	",\"s\":\"" symbol                                                                         \
	"\",\"b\":\"61800.10\",\"B\":\"1\",\"a\":\"61800.20\",\"A\":\"2\",\"T\":" T0 ",\"E\":" T0  \
	"}}\n"

struct seen {
	char letters[256];
	size_t count;
	char symbols[256][NAME_MAX_LENGTH + 1];
	struct market_event events[256]; /* their arrays are gone */
};

static void on_event(void *user, const struct market_event *event,
		     const struct instrument_table *instruments)
{
	struct seen *seen = user;
	static const char kinds[] = {
		[EVENT_BBO] = 'b',     [EVENT_TRADE] = 't', [EVENT_MARK] = 'm',
		[EVENT_FUNDING] = 'f', [EVENT_FRAME] = '.', [EVENT_CLOCK] = 'c',
	};
	static const char states[] = {
		[CONNECTION_UP] = 'U',
		[CONNECTION_DOWN] = 'D',
		[CONNECTION_GAP] = 'G',
		[CONNECTION_SYNCED] = 'Y',
	};
	assert_true(seen->count < 255);
	char letter;
	if (event->kind == EVENT_CONNECTION)
		letter = states[event->u.connection.state];
	else if (event->kind == EVENT_BOOK)
		letter = event->flags & EVENT_FLAG_SNAPSHOT ? 'S' : 'd';
	else
		letter = kinds[event->kind];
	seen->letters[seen->count] = letter;
	if (event->instrument != 0)
		strcpy(seen->symbols[seen->count],
		       instrument_get(instruments, event->instrument)->symbol);
	seen->events[seen->count++] = *event;
}

static struct import_fixture fixture;
static struct seen seen;

static int begin(void **state)
{
	(void)state;
	import_fixture_begin(&fixture, IMPORT_BINANCE_RAW);
	memset(&seen, 0, sizeof(seen));
	return 0;
}

static int end(void **state)
{
	(void)state;
	import_fixture_end(&fixture);
	return 0;
}

static void run_gives(const char *letters)
{
	if (!import_fixture_run(&fixture))
		fail_msg("%s", fixture.error.text);
	assert_int_equal(import_fixture_replay(&fixture, on_event, &seen), fixture.report->events);
	assert_string_equal(seen.letters, letters);
}

static uint64_t dropped(enum import_drop reason)
{
	return fixture.report->total.dropped[reason];
}

static void a_capture_becomes_a_synced_book_with_clock_and_connection(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_btcusdt_20240808",
			    DEPTH("5000000000", "10", "19", "9", "61800.10", "1")
				    SNAPSHOT("5000000001", "25")
					    DEPTH("5000000002", "20", "29", "19", "61800.10", "3")
						    TICKER("5000000003", "BTCUSDT", "29"));
	run_gives("UcdSYdb");
	const struct import_stream *stream =
		import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT");
	assert_non_null(stream);
	assert_int_equal(stream->scale.price_decimals, 1);
	assert_int_equal(stream->scale.quantity_decimals, 3);
	assert_int_equal(stream->counts.rows[ROW_DEPTH], 2);
	assert_int_equal(stream->counts.rows[ROW_SNAPSHOT], 1);
	assert_int_equal(stream->counts.rows[ROW_BOOK_TICKER], 1);
	assert_int_equal(stream->stale, 1);
	assert_int_equal(seen.events[2].local_ns, INT64_C(1723161255000000000));
	assert_int_equal(seen.events[6].u.bbo.bid.price.units, 618001);
	assert_int_equal(fixture.report->venues[0].clock.offset_ns, 0);
}

static void microseconds_and_nanoseconds_are_told_by_their_digits(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "spot_x",
			    "1680652800004231 {\"u\":36,\"s\":\"BTCUSDT\",\"b\":\"1\",\"B\":\"1\","
			    "\"a\":\"2\",\"A\":\"1\"}\n");
	run_gives("Ub");
	assert_int_equal(seen.events[1].local_ns, INT64_C(1680652800004231000));
}

static void a_value_finer_than_its_decimals_is_dropped_and_the_book_is_unusable(void **state)
{
	(void)state;
	import_fixture_text(
		&fixture, "usdm_btcusdt_20240808",
		SNAPSHOT("5000000001", "25") DEPTH("5000000002", "20", "29", "19", "61800.10", "3")
			DEPTH("5000000003", "30", "39", "29", "61800.15", "3")
				DEPTH("5000000004", "40", "49", "39", "61800.10", "3"));
	fixture.options.price_decimals = 1;
	run_gives("UcSYdGd");
	assert_int_equal(dropped(DROP_INEXACT_PRICE), 1);
	assert_int_equal(import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT")->gaps, 1);
}

static void more_decimals_by_option_keep_that_value(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_btcusdt_20240808",
			    SNAPSHOT("5000000001", "25")
				    DEPTH("5000000002", "20", "29", "19", "61800.15", "3"));
	fixture.options.price_decimals = 2;
	run_gives("UcSYd");
	const struct import_stream *stream =
		import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT");
	assert_int_equal(import_dropped(&fixture.report->total), 0);
	assert_int_equal(stream->scale.price_decimals, 2);
	assert_int_equal(stream->scale.tick_units, 10); /* 0.1 is still the tick */
	assert_false(stream->price_inferred);
}

static void rows_are_dropped_for_named_reasons(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_btcusdt_20240808",
			    TICKER("5000000000", "BTCUSDT",
				   "1") "172316125500 {}\n"	    /* 12 digits */
					"17231612550000000000 {}\n" /* 20 digits */
					"1723161255000000000\n"	    /* no message */
					"1723161255000000001 {\"stream\":\n"
					"\n" TICKER("5000000002", "ETHUSDT", "2")
						TICKER("3000000000", "BTCUSDT", "3") /* 2 s back */
			    TICKER("4500000000", "BTCUSDT", "4") /* half a second back */
			    "1723161255000000003 {\"result\":null,\"id\":1}\n");
	run_gives("Ucbb.");
	assert_int_equal(dropped(DROP_STAMP), 4);
	assert_int_equal(dropped(DROP_NOT_JSON), 1);
	assert_int_equal(dropped(DROP_OTHER_SYMBOL), 1);
	assert_int_equal(dropped(DROP_BACKWARDS), 1);
	assert_int_equal(import_dropped(&fixture.report->total), 7);
	assert_int_equal(fixture.report->total.stamps_held, 1);
	assert_int_equal(fixture.report->total.lines, 10);
	assert_int_equal(fixture.report->total.rows[ROW_BOOK_TICKER], 2);
	assert_int_equal(fixture.report->total.rows[ROW_OTHER], 1);
	/* The stamp half a second back counts as that of the row before it. */
	assert_int_equal(seen.events[3].local_ns, seen.events[2].local_ns + 2);
}

static void files_of_a_market_are_one_stream_and_streams_merge_by_time(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_b_20240808",
			    TICKER("5000000001", "BTCUSDT", "1")
				    TICKER("5000000005", "BTCUSDT", "2"));
	import_fixture_text(&fixture, "usdm_e_20240808",
			    TICKER("5000000001", "ETHUSDT", "1")
				    TICKER("5000000007", "ETHUSDT", "2"));
	import_fixture_text(&fixture, "usdm_b_20240809",
			    TICKER("5000000006", "BTCUSDT", "3")
				    TICKER("5000000007", "BTCUSDT", "4"));
	run_gives("UcbUbbbbb");
	static const char *const order[] = {"BTCUSDT", "ETHUSDT", "BTCUSDT",
					    "BTCUSDT", "ETHUSDT", "BTCUSDT"};
	size_t next = 0;
	for (size_t i = 0; i < seen.count; i++) {
		if (seen.letters[i] == 'b')
			assert_string_equal(seen.symbols[i], order[next++]);
	}
	assert_int_equal(fixture.report->stream_count, 2);
	assert_int_equal(fixture.report->files[2].stream, 0);
	assert_int_not_equal(seen.events[2].connection, seen.events[4].connection);
}

static void a_stream_that_ends_before_the_others_goes_down_after_five_seconds(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_a", TICKER("0000000000", "BTCUSDT", "1"));
	import_fixture_text(&fixture, "usdm_b",
			    TICKER("4000000000", "ETHUSDT", "1")
				    TICKER("6000000000", "ETHUSDT", "2"));
	run_gives("UcbUbDb");
	assert_int_equal(seen.events[5].local_ns, INT64_C(1723161255000000000));
	assert_int_equal(seen.events[5].connection, seen.events[2].connection);
	assert_int_equal(seen.events[5].instrument, 0);
}

static void a_capture_without_a_snapshot_keeps_all_its_diffs(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_a",
			    DEPTH("5000000000", "10", "19", "9", "1.5", "1")
				    DEPTH("5000000001", "20", "29", "19", "1.5", "2"));
	run_gives("Ucdd");
	assert_false(import_fixture_stream(&fixture, "binance-usdm", "BTCUSDT")->synced_at_end);
}

static void a_directory_that_holds_a_recording_is_refused(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_a", TICKER("5000000000", "BTCUSDT", "1"));
	assert_true(import_fixture_run(&fixture));
	assert_false(import_fixture_run(&fixture));
	fixture.report = NULL;
	assert_int_equal(fixture.error.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(fixture.error.text, "already holds a recording"));
}

static void refused(enum error_category category, const char *words)
{
	assert_false(import_fixture_run(&fixture));
	fixture.report = NULL;
	assert_int_equal(fixture.error.category, category);
	if (strstr(fixture.error.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", fixture.error.text, words);
	assert_int_not_equal(access(fixture.out, F_OK), 0);
}

static void a_file_of_unknown_market_is_refused_with_what_to_do(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "capture", TICKER("5000000000", "BTCUSDT", "1"));
	refused(ERROR_CONFIGURATION, "--venue");
	fixture.options.venue = "binance";
	refused(ERROR_CONFIGURATION, "binance-usdm");
	fixture.options.venue = "binance-coinm";
	assert_true(import_fixture_run(&fixture));
	assert_non_null(import_fixture_stream(&fixture, "binance-coinm", "BTCUSDT"));
}

static void foreign_and_empty_files_are_refused(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "usdm_a", "venue,symbol\n");
	refused(ERROR_INPUT, "no Binance message");
	fixture.file_count = 0;
	import_fixture_text(&fixture, "usdm_a", "");
	refused(ERROR_INPUT, "no Binance message");
	fixture.file_count = 0;
	import_fixture_path(&fixture, "/nonexistent/usdm_a");
	refused(ERROR_IO, "/nonexistent/usdm_a");
	fixture.file_count = 0;
	refused(ERROR_CONFIGURATION, "no file");
}

static void a_pipe_is_imported_as_a_file_is(void **state)
{
	static const char text[] =
		SNAPSHOT("5000000001", "25") DEPTH("5000000002", "20", "29", "19", "61800.10", "3")
			TICKER("5000000003", "BTCUSDT", "29");
	char path[128];
	(void)state;
	snprintf(path, sizeof(path), "%s/usdm_pipe", fixture.directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		FILE *file = fopen(path, "wb");
		_exit(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 ? 0 : 1);
	}
	import_fixture_path(&fixture, path);
	run_gives("UcSYdb");
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(fixture.report->total.lines, 3);
}

static void standard_input_is_imported_also_where_it_is_a_file(void **state)
{
	(void)state;
	import_fixture_text(&fixture, "text",
			    TICKER("5000000000", "BTCUSDT", "1")
				    TICKER("5000000001", "BTCUSDT", "2"));
	int before = dup(STDIN_FILENO);
	assert_non_null(freopen(fixture.paths[0], "rb", stdin));
	fixture.file_count = 0;
	import_fixture_path(&fixture, "-");
	fixture.options.venue = "binance-usdm";
	run_gives("Ucbb");
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
}

static void terms_of_another_recording_are_taken_over(void **state)
{
	struct import_fixture rates;
	(void)state;
	import_fixture_text(&fixture, "usdm_a", TICKER("5000000000", "SOLUSDT", "1"));
	fixture.options.price_decimals = 7;
	assert_true(import_fixture_run(&fixture));
	import_fixture_begin(&rates, IMPORT_FUNDING);
	import_fixture_text(&rates, "rates.csv",
			    "venue,symbol,time_ms,rate\n"
			    "binance-usdm,SOLUSDT,1723161600000,0.0001\n");
	rates.options.terms_from = fixture.out;
	if (!import_fixture_run(&rates))
		fail_msg("%s", rates.error.text);
	const struct import_stream *stream =
		import_fixture_stream(&rates, "binance-usdm", "SOLUSDT");
	assert_int_equal(stream->scale.price_decimals, 7);
	assert_int_equal(stream->scale.quantity_decimals, 3);
	import_fixture_end(&rates);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_capture_becomes_a_synced_book_with_clock_and_connection),
		CASE(microseconds_and_nanoseconds_are_told_by_their_digits),
		CASE(a_value_finer_than_its_decimals_is_dropped_and_the_book_is_unusable),
		CASE(more_decimals_by_option_keep_that_value),
		CASE(rows_are_dropped_for_named_reasons),
		CASE(files_of_a_market_are_one_stream_and_streams_merge_by_time),
		CASE(a_stream_that_ends_before_the_others_goes_down_after_five_seconds),
		CASE(a_capture_without_a_snapshot_keeps_all_its_diffs),
		CASE(a_directory_that_holds_a_recording_is_refused),
		CASE(a_file_of_unknown_market_is_refused_with_what_to_do),
		CASE(foreign_and_empty_files_are_refused),
		CASE(a_pipe_is_imported_as_a_file_is),
		CASE(standard_input_is_imported_also_where_it_is_a_file),
		CASE(terms_of_another_recording_are_taken_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
