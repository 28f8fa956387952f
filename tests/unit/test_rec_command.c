/* fundarb rec as a person uses it: arguments, output, exit codes. */
#include "core/base/utc.h"
#include "src/commands/commands.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <cjson/cJSON.h>

#define START_NS INT64_C(1700000000000000000)

static char directory[256];
static struct event_list events;

static int record(void **unused)
{
	(void)unused;
	struct random random;
	random_seed(&random, 21);
	events = random_market(&random, 1500, START_NS, 50 * NS_PER_MS);
	scratch_folder_make(directory, sizeof directory);
	struct recording_options options = recording_defaults();
	options.keyframe_interval_ns = 10 * NS_PER_SECOND;
	fixture_record(directory, &events, START_NS, 1, &options);
	return 0;
}

static int clean(void **unused)
{
	(void)unused;
	event_list_free(&events);
	scratch_folder_remove(directory);
	return 0;
}

/* Runs the command with standard output and error into a text; free it. */
static char *run(int *code, char **argv)
{
	char folder[64], path[96];
	scratch_folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/printed", folder);
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int out = dup(STDOUT_FILENO);
	int complaints = dup(STDERR_FILENO);
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	assert_true(file >= 0 && out >= 0 && complaints >= 0);
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	dup2(file, STDERR_FILENO);
	*code = command_rec(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(complaints, STDERR_FILENO);
	close(out);
	close(complaints);
	close(file);
	size_t length;
	char *text = (char *)fixture_file(path, &length);
	text[length] = '\0';
	scratch_folder_remove(folder);
	return text;
}

#define RUN(code, ...) run(&(code), (char *[]){(char[]){"rec"}, __VA_ARGS__, NULL})
#define ARGUMENT(text) ((char[]){text})

static size_t count_lines(const char *text)
{
	size_t lines = 0;
	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static void info_counts_events_and_synced_time(void **unused)
{
	(void)unused;
	int code;
	char *text = RUN(code, ARGUMENT("info"), directory, ARGUMENT("--json"));
	assert_int_equal(code, EXIT_OK);
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	assert_int_equal(cJSON_GetObjectItem(json, "events")->valueint, events.count);
	uint64_t books = 0;
	uint64_t levels = 0;
	for (size_t i = 0; i < events.count; i++)
		if (events.at[i].kind == EVENT_BOOK) {
			books++;
			levels += events.at[i].u.book.bid_count + events.at[i].u.book.ask_count;
		}
	cJSON *kinds = cJSON_GetObjectItem(json, "kinds");
	assert_int_equal(cJSON_GetObjectItem(kinds, "book")->valueint, books);
	assert_int_equal(cJSON_GetObjectItem(json, "level_changes")->valueint, levels);
	cJSON *instruments = cJSON_GetObjectItem(json, "instruments");
	assert_int_equal(cJSON_GetArraySize(instruments), FIXTURE_INSTRUMENTS);
	cJSON *first = cJSON_GetArrayItem(instruments, 0);
	assert_string_equal(cJSON_GetObjectItem(first, "symbol")->valuestring, "BTCUSDT");
	assert_string_equal(cJSON_GetObjectItem(first, "tick")->valuestring, "0.1");
	assert_string_equal(cJSON_GetObjectItem(first, "taker_fee")->valuestring, "0.0005");
	assert_string_equal(
		cJSON_GetObjectItem(cJSON_GetObjectItem(first, "funding"), "interval_ns")
			->valuestring,
		"28800000000000");
	/* Synced with its second event, some 50 ms of 75 s in. */
	const char *share = cJSON_GetObjectItem(first, "synced_percent")->valuestring;
	assert_true(strncmp(share, "99.", 3) == 0);
	cJSON_Delete(json);
	free(text);

	text = RUN(code, ARGUMENT("info"), directory);
	assert_int_equal(code, EXIT_OK);
	assert_non_null(strstr(text, "binance-usdm:BTCUSDT  linear"));
	assert_non_null(strstr(text, "funding every 28800 s"));
	free(text);
}

static void check_of_a_sound_recording_exits_0(void **unused)
{
	(void)unused;
	int code;
	char *text = RUN(code, ARGUMENT("check"), directory);
	assert_int_equal(code, EXIT_OK);
	assert_non_null(strstr(text, "\nsound\n"));
	assert_null(strstr(text, "WRONG"));
	free(text);
}

static void check_finds_damage(void **unused)
{
	(void)unused;
	int code;
	char path[512];
	assert_true(fixture_segment(directory, 0, path, sizeof path));
	int fd = open(path, O_RDWR);
	unsigned char byte;
	assert_int_equal(pread(fd, &byte, 1, 3000), 1);
	byte ^= 16;
	assert_int_equal(pwrite(fd, &byte, 1, 3000), 1);
	char *text = RUN(code, ARGUMENT("check"), directory);
	byte ^= 16;
	assert_int_equal(pwrite(fd, &byte, 1, 3000), 1);
	close(fd);
	assert_int_equal(code, EXIT_FOUND_WRONG);
	assert_non_null(strstr(text, "NOT sound"));
	free(text);
}

/* A recording whose market state was not given one of its events: its keyframes are false. */
static void check_finds_keyframes_that_differ_and_crossed_books(void **unused)
{
	(void)unused;
	int code;
	char other[256];
	struct error err = {0};
	struct instrument_table *table = fixture_instruments();
	struct market_state *state = market_state_create(table);
	struct recording_options options = recording_defaults();
	options.keyframe_interval_ns = 10 * NS_PER_SECOND;
	scratch_folder_make(other, sizeof other);
	struct recording_writer *writer =
		recording_writer_create(other, START_NS, 1, table, state, &options, &err);
	assert_non_null(writer);
	const struct book_level high = {{700000}, {1}};
	for (size_t i = 0; i < 600; i++) {
		struct market_event event = events.at[i];
		if (i == 100) {
			event.kind = EVENT_BOOK;
			event.flags = 0;
			event.instrument = 1;
			event.venue = 1;
			event.u.book.bids = &high;
			event.u.book.bid_count = 1;
			event.u.book.asks = NULL;
			event.u.book.ask_count = 0;
		}
		if (i != 100)
			market_state_apply(state, &event);
		assert_true(recording_writer_event(writer, &event, &err));
	}
	assert_true(recording_writer_close(writer, &err));
	char *text = RUN(code, ARGUMENT("check"), other);
	assert_int_equal(code, EXIT_FOUND_WRONG);
	assert_non_null(strstr(text, "keyframe differs from the book"));
	assert_non_null(strstr(text, "the book is crossed"));
	free(text);
	market_state_free(state);
	instrument_table_free(table);
	scratch_folder_remove(other);
}

static void dump_prints_one_line_an_event(void **unused)
{
	(void)unused;
	int code;
	char *text = RUN(code, ARGUMENT("dump"), directory);
	assert_int_equal(code, EXIT_OK);
	assert_int_equal(count_lines(text), events.count);
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--csv"));
	assert_int_equal(count_lines(text), events.count + 1);
	assert_memory_equal(text, "local,exchange,venue,symbol,", 28);
	/* Nine columns and the details, in every line. */
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		size_t commas = 0;
		for (char *at = line; *at != '\0'; at++)
			commas += *at == ',';
		assert_int_equal(commas, 9);
	}
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--json"), ARGUMENT("--keyframes"));
	size_t keyframes = 0;
	size_t lines = 0;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		cJSON *json = cJSON_Parse(line);
		assert_non_null(json);
		const char *flags = cJSON_GetObjectItem(json, "flags")->valuestring;
		keyframes += strcmp(flags, "snapshot+keyframe") == 0;
		lines++;
		cJSON_Delete(json);
	}
	assert_true(keyframes > 0);
	assert_int_equal(lines, events.count + keyframes);
	free(text);
}

static void dump_selects_by_time_venue_symbol_and_limit(void **unused)
{
	(void)unused;
	int code;
	size_t expected = 0;
	for (size_t i = 0; i < events.count; i++)
		expected += events.at[i].instrument == 2 &&
			    events.at[i].local_ns >= START_NS + 40 * NS_PER_SECOND &&
			    events.at[i].local_ns <= START_NS + 50 * NS_PER_SECOND;
	char *text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--from"),
			 ARGUMENT("2023-11-14T22:14:00Z"), ARGUMENT("--to"),
			 ARGUMENT("2023-11-14T22:14:10Z"), ARGUMENT("--symbol"),
			 ARGUMENT("BTCUSD_PERP"), ARGUMENT("--venue"), ARGUMENT("binance-coinm"));
	assert_int_equal(code, EXIT_OK);
	assert_true(expected > 10);
	assert_int_equal(count_lines(text), expected);
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--limit"), ARGUMENT("7"));
	assert_int_equal(count_lines(text), 7);
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--venue"), ARGUMENT("nowhere"));
	assert_int_equal(code, EXIT_OK);
	assert_int_equal(count_lines(text), 0);
	free(text);
}

static void wrong_usage_exits_2_and_says_what_is_allowed(void **unused)
{
	(void)unused;
	int code;
	char *text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--form"));
	assert_int_equal(code, EXIT_USAGE);
	assert_non_null(strstr(text, "--form\nusage:"));
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--from"), ARGUMENT("yesterday"));
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--limit"), ARGUMENT("-1"));
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("dump"), directory, ARGUMENT("--limit"));
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("info"), directory, ARGUMENT("--csv"));
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("look"), directory);
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("info"));
	assert_int_equal(code, EXIT_USAGE);
	free(text);
	text = RUN(code, ARGUMENT("info"), ARGUMENT("/nonexistent/recording"));
	assert_int_equal(code, EXIT_FAILED);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_counts_events_and_synced_time),
		cmocka_unit_test(check_of_a_sound_recording_exits_0),
		cmocka_unit_test(check_finds_damage),
		cmocka_unit_test(check_finds_keyframes_that_differ_and_crossed_books),
		cmocka_unit_test(dump_prints_one_line_an_event),
		cmocka_unit_test(dump_selects_by_time_venue_symbol_and_limit),
		cmocka_unit_test(wrong_usage_exits_2_and_says_what_is_allowed),
	};
	return cmocka_run_group_tests(tests, record, clean);
}
