#include "src/script.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * The executor is replaced by one that notes what it was asked and answers as the test says.
 */
#define REQUESTS_MAX 8

struct atomic_executor {
	struct scheduler *scheduler;
	struct trade_request requests[REQUESTS_MAX];
	size_t count;
	struct trade_result answer;
	trade_done done;
	void *user;
};

const struct preflight_item *preflight_first_refusal(const struct preflight_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->items[i].verdict != VERDICT_PASS)
			return &report->items[i];
	return NULL;
}

const char *preflight_check_text(enum preflight_check check)
{
	return check == PREFLIGHT_SPREAD ? "spread" : "other";
}

const char *trade_state_text(enum trade_state state)
{
	return state == TRADE_FLAT ? "flat" : "other";
}

static void executor_answers(void *user)
{
	struct atomic_executor *executor = user;
	executor->done(executor->user, &executor->answer);
}

void atomic_executor_start(struct atomic_executor *executor, const struct trade_request *request,
			   trade_done done, void *user)
{
	assert_true(executor->count < REQUESTS_MAX);
	executor->requests[executor->count++] = *request;
	executor->answer.trade = request->trade;
	executor->answer.closing = request->closing;
	executor->answer.leg_count = request->leg_count;
	for (size_t i = 0; i < request->leg_count; i++) {
		executor->answer.legs[i].filled = request->legs[i].quantity;
		executor->answer.legs[i].held = request->legs[i].quantity;
	}
	executor->done = done;
	executor->user = user;
	scheduler_after(executor->scheduler, 1, SCHEDULE_COMPLETION, executor_answers, executor);
}

struct fixture {
	int file;
	char path[64];
	struct error err;
};

static int set_up(void **state)
{
	static struct fixture fixture;
	fixture = (struct fixture){.file = memfd_create("script", MFD_CLOEXEC)};
	snprintf(fixture.path, sizeof(fixture.path), "/proc/self/fd/%d", fixture.file);
	*state = &fixture;
	return fixture.file < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	return close(((struct fixture *)*state)->file);
}

static struct script *load(struct fixture *fixture, const char *text)
{
	size_t length = strlen(text);
	if (ftruncate(fixture->file, 0) != 0 ||
	    pwrite(fixture->file, text, length, 0) != (ssize_t)length)
		fail();
	fixture->err = (struct error){0};
	return script_load(fixture->path, &fixture->err);
}

/* The script is refused with "<path>:<line>: " and then that sentence. */
static void refused(struct fixture *fixture, const char *text, unsigned line, const char *sentence)
{
	char expected[512];
	struct script *script = load(fixture, text);
	if (script)
		fail_msg("taken: %s", text);
	snprintf(expected, sizeof(expected), "%s:%u: %s", fixture->path, line, sentence);
	assert_string_equal(fixture->err.text, expected);
	assert_int_equal(fixture->err.category, ERROR_CONFIGURATION);
}

static struct script *taken(struct fixture *fixture, const char *text)
{
	struct script *script = load(fixture, text);
	if (!script)
		fail_msg("%s", fixture->err.text);
	return script;
}

#define T "2024-08-08T23:56:00Z "

static void good_lines_are_taken(void **state)
{
	static const char *const TEXTS[] = {
		"",
		"\n\n  \t\n# a comment\n",
		T "open a long=v:S:1",
		T "open a short=v:S:1\n",
		T "open a long=v:S:1 short=w:S2:0.5\n",
		T "open a short=w:S2:0.5 long=v:S:1 # why not\r\n",
		"\t 2024-08-08T23:56:00.123456789Z\topen  a   long=binance-usdm:BTCUSDT:0.162\n",
		T "close a\n" T "close b\n",
		T "open a long=v:S:1\n" T "close a\n2024-08-08T23:56:00.000000001Z close a\n",
		T "open 1234567890123456789012345678901 long=v:S:1e-3\n",
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		script_free(taken(*state, TEXTS[i]));
	script_free(NULL);
}

static void a_time_must_come_first(void **state)
{
	struct fixture *f = *state;
	refused(f, "open a long=v:S:1\n", 1, "'open' is not a time like 2024-08-08T23:56:00Z");
	refused(f, "\n# one\n2024-08-08 23:56:00 open a long=v:S:1\n", 3,
		"'2024-08-08' is not a time like 2024-08-08T23:56:00Z");
	refused(f, "2024-02-30T00:00:00Z close a\n", 1,
		"'2024-02-30T00:00:00Z' is not a time like 2024-08-08T23:56:00Z");
}

static void an_action_is_open_or_close(void **state)
{
	struct fixture *f = *state;
	refused(f, T "close a\n" T "buy a long=v:S:1\n", 2,
		"'buy' is no action; allowed are open and close");
	refused(f, T "\n", 1, "'' is no action; allowed are open and close");
	refused(f, T "OPEN a long=v:S:1\n", 1, "'OPEN' is no action; allowed are open and close");
}

static void a_name_must_follow(void **state)
{
	struct fixture *f = *state;
	refused(f, T "open\n", 1, "a name of 1 to 31 characters must follow open");
	refused(f, T "close # a\n", 1, "a name of 1 to 31 characters must follow close");
	refused(f, T "close 12345678901234567890123456789012\n", 1,
		"a name of 1 to 31 characters must follow close");
}

static void legs_are_venue_symbol_quantity_once_a_side(void **state)
{
	static const char *const WORDS[] = {
		"long=",
		"long=v",
		"long=v:S",
		"long=v:S:",
		"long=:S:1",
		"long=v::1",
		"long=v:S:x",
		"long=v:S:1:2",
		"long=v:S:0",
		"long=v:S:-1",
		"long=v:S:0.0000000000001",
		"long=v:S:10000000",
		"long=12345678901234567890123456789012:S:1",
		"long=v:12345678901234567890123456789012:1",
		"long=v:S:1.000000000000000000000000000000",
		"Long=v:S:1",
		"v:S:1",
		"both=v:S:1",
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		char text[200], sentence[300];
		snprintf(text, sizeof(text), "\n" T "open a short=v:S:1 %s\n", WORDS[i]);
		snprintf(sentence, sizeof(sentence),
			 "'%s' is not understood; allowed after open: "
			 "long=<venue>:<symbol>:<quantity> and short=<venue>:<symbol>:<quantity>, "
			 "once each",
			 WORDS[i]);
		refused(f, text, 2, sentence);
	}
	const char *twice = "'short=w:S:1' is not understood; allowed after open: "
			    "long=<venue>:<symbol>:<quantity> and "
			    "short=<venue>:<symbol>:<quantity>, once each";
	refused(f, T "open a short=v:S:1 short=w:S:1\n", 1, twice);
	refused(f, T "close a short=w:S:1\n", 1, twice);
	refused(f, T "open a\n", 1, "open needs long=, short= or both");
}

static void times_must_not_run_backwards(void **state)
{
	refused(*state, T "close a\n\n2024-08-08T23:55:59.999999999Z close b\n", 3,
		"this time is before the line above; sort the script");
}

static void a_line_has_a_bound(void **state)
{
	struct fixture *f = *state;
	char text[700];
	snprintf(text, sizeof(text), T "close a\n" T "close a #%*s\n", 600, "");
	refused(f, text, 2, "line is longer than 510 characters");
	snprintf(text, sizeof(text), T "close a #%*s\n", 510 - (int)strlen(T "close a #"), "");
	script_free(taken(f, text));
}

static void a_nul_byte_hides_nothing(void **state)
{
	struct fixture *f = *state;
	const char text[] = T "close a\n" T "close b\0 and more\n";
	struct error err = {0};
	if (ftruncate(f->file, 0) != 0 ||
	    pwrite(f->file, text, sizeof(text) - 1, 0) != (ssize_t)sizeof(text) - 1)
		fail();
	assert_null(script_load(f->path, &err));
	assert_non_null(strstr(err.text, ":2: line holds a NUL byte"));
}

static void a_script_has_a_bound(void **state)
{
	struct fixture *f = *state;
	const char *line = T "close a\n";
	size_t length = strlen(line);
	char *text = malloc(10001 * length + 1);
	assert_non_null(text);
	for (size_t i = 0; i < 10001; i++)
		memcpy(text + i * length, line, length + 1);
	assert_null(load(f, text));
	assert_int_equal(f->err.category, ERROR_LIMIT);
	assert_non_null(strstr(f->err.text, ":10001: more than 10000 actions"));
	text[10000 * length] = '\0';
	script_free(taken(f, text));
	free(text);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	struct error err = {0};
	assert_null(script_load("no/such/trades.txt", &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_string_equal(err.text,
			    "no/such/trades.txt: script cannot be read: No such file or directory");
	assert_null(script_load("/", &err));
	assert_int_equal(err.category, ERROR_IO);
	assert_string_equal(err.text, "/: Is a directory");
}

/* Runs a script whose every action fails before it reaches the executor. */
static void fails_when_run(struct fixture *fixture, const char *text, int64_t until_ns,
			   enum error_category category, unsigned line, const char *sentence)
{
	char expected[512];
	struct market_terms terms = market_terms_create();
	struct scheduler *scheduler = scheduler_create(0);
	struct trade_log *log = trade_log_create();
	struct script *script = taken(fixture, text);
	assert_non_null(scheduler);
	assert_non_null(log);
	script_start(script, scheduler, terms.table, NULL, log);
	scheduler_run(scheduler, NULL, until_ns);
	assert_false(script_carried_out(script, &fixture->err));
	snprintf(expected, sizeof(expected), "%s:%u: %s", fixture->path, line, sentence);
	assert_string_equal(fixture->err.text, expected);
	assert_int_equal(fixture->err.category, category);
	assert_false(script_carried_out(script, NULL));
	assert_int_equal(trade_log_count(log), 0);
	script_free(script);
	trade_log_free(log);
	scheduler_free(scheduler);
	market_terms_free(&terms);
}

static void what_cannot_be_carried_out_is_reported_by_its_line(void **state)
{
	struct fixture *f = *state;
	fails_when_run(f, "\n" T "open a long=nowhere:BTCUSDT:1\n", INT64_MAX, ERROR_INPUT, 2,
		       "nowhere:BTCUSDT is not in the recordings");
	fails_when_run(f, T "open a short=binance-usdm:ETHUSDT:1\n", INT64_MAX, ERROR_INPUT, 1,
		       "binance-usdm:ETHUSDT is not in the recordings");
	fails_when_run(f, T "open a long=binance-usdm:BTCUSDT:0.0001\n", INT64_MAX, ERROR_INPUT, 1,
		       "quantity 0.0001 of binance-usdm:BTCUSDT: has too many decimals (it counts "
		       "3 decimals)");
	fails_when_run(f, T "close a\n", INT64_MAX, ERROR_INPUT, 1, "a is not open");
	/* The first failure is the one that is told. */
	fails_when_run(f, "# \n" T "close a\n" T "close b\n", INT64_MAX, ERROR_INPUT, 2,
		       "a is not open");
}

static void actions_after_the_data_are_reported(void **state)
{
	fails_when_run(*state, T "open a long=binance-usdm:BTCUSDT:1\n", 0, ERROR_MISSING_DATA, 1,
		       "the recordings end before this action");
}

static void an_action_before_the_run_begins_is_not_carried_out_late(void **state)
{
	struct fixture *f = *state;
	struct trade_log *log = trade_log_create();
	struct market_terms terms = market_terms_create();
	struct scheduler *scheduler = scheduler_create(6);
	struct script *script =
		taken(f, "1970-01-01T00:00:00.000000005Z open a long=binance-usdm:BTCUSDT:1\n");
	script_start(script, scheduler, terms.table, NULL, log);
	scheduler_run(scheduler, NULL, INT64_MAX);
	assert_false(script_carried_out(script, &f->err));
	assert_non_null(strstr(f->err.text, ":1: this time is before the run begins"));
	assert_int_equal(trade_log_count(log), 0);
	script_free(script);
	scheduler_free(scheduler);
	trade_log_free(log);
	market_terms_free(&terms);
}

static void actions_fire_at_their_times_in_the_order_of_lines(void **state)
{
	struct fixture *f = *state;
	struct trade_log *log = trade_log_create();
	struct market_terms terms = market_terms_create();
	struct scheduler *scheduler = scheduler_create(0);
	struct script *script = taken(f, "1970-01-01T00:00:00.000000005Z close a\n"
					 "1970-01-01T00:00:00.000000005Z close b\n"
					 "1970-01-01T00:00:00.000000009Z close c\n");
	script_start(script, scheduler, terms.table, NULL, log);
	assert_int_equal(scheduler_pending(scheduler), 3);
	scheduler_run(scheduler, NULL, 4);
	assert_int_equal(scheduler_pending(scheduler), 3);
	assert_false(script_carried_out(script, &f->err));
	assert_int_equal(f->err.category, ERROR_MISSING_DATA);
	scheduler_run(scheduler, NULL, 8);
	assert_int_equal(scheduler_pending(scheduler), 1);
	assert_int_equal(scheduler_now(scheduler), 5);
	assert_false(script_carried_out(script, &f->err));
	assert_non_null(strstr(f->err.text, ":1: a is not open"));
	script_free(script);
	scheduler_free(scheduler);
	trade_log_free(log);
	market_terms_free(&terms);
}

/* Runs a script with that executor; returns whether all was carried out. */
static bool run(struct fixture *fixture, struct market_terms *terms,
		struct atomic_executor *executor, struct trade_log *log, const char *text)
{
	executor->scheduler = scheduler_create(0);
	assert_non_null(executor->scheduler);
	struct script *script = taken(fixture, text);
	script_start(script, executor->scheduler, terms->table, executor, log);
	scheduler_run(executor->scheduler, NULL, INT64_MAX);
	bool carried_out = script_carried_out(script, &fixture->err);
	script_free(script);
	scheduler_free(executor->scheduler);
	return carried_out;
}

#define OPEN_PAIR                                                                                  \
	T "open a long=binance-usdm:BTCUSDT:0.165 short=binance-coinm:BTCUSD_PERP:100 # pair\n"
#define LATER "2024-08-09T00:00:00Z "

static void a_trade_is_opened_as_written_and_closed_by_what_it_holds(void **state)
{
	struct market_terms m = market_terms_create();
	struct trade_log *log = trade_log_create();
	struct atomic_executor executor = {.answer = {.state = TRADE_DONE}};
	struct instrument_revision coarse = *instrument_latest(m.table, m.usdm);
	struct error err = {0};
	coarse.rules.lot = coarse.rules.minimum_quantity = quantity_of(&m, m.usdm, "0.01");
	assert_true(instrument_table_revise(m.table, m.usdm, &coarse, &err));
	assert_true(run(*state, &m, &executor, log,
			OPEN_PAIR
			"2024-08-08T23:57:00Z open b short=binance-usdm:BTCUSDT:1.5\n" LATER
			"close a\n"));

	assert_int_equal(executor.count, 3);
	const struct trade_request *open = &executor.requests[0], *one = &executor.requests[1],
				   *close = &executor.requests[2];
	assert_string_equal(open->name, "a");
	assert_int_equal(open->trade, 1);
	assert_false(open->closing);
	assert_int_equal(open->tactic, TACTIC_IOC);
	assert_int_equal(open->leg_count, 2);
	assert_int_equal(open->legs[0].instrument, m.usdm);
	assert_int_equal(open->legs[0].side, SIDE_BUY);
	assert_int_equal(open->legs[0].quantity.units, 165);
	assert_int_equal(open->legs[1].instrument, m.coinm);
	assert_int_equal(open->legs[1].side, SIDE_SELL);
	assert_int_equal(open->legs[1].quantity.units, 100);

	assert_string_equal(one->name, "b");
	assert_int_equal(one->trade, 2);
	assert_int_equal(one->leg_count, 1);
	assert_int_equal(one->legs[0].side, SIDE_SELL);
	assert_int_equal(one->legs[0].quantity.units, 1500);

	assert_int_equal(close->trade, 1);
	assert_true(close->closing);
	assert_int_equal(close->leg_count, 2);
	assert_int_equal(close->legs[0].side, SIDE_SELL);
	assert_int_equal(close->legs[0].quantity.units, 160); /* floored to the lot of 0.01 */
	assert_int_equal(close->legs[1].side, SIDE_BUY);
	assert_int_equal(close->legs[1].quantity.units, 100);

	const struct trade_record *record = trade_log_at(log, 0);
	assert_int_equal(trade_log_count(log), 2);
	assert_int_equal(record->status, TRADE_STATUS_CLOSED);
	assert_string_equal(record->exit_reason, "script");
	assert_true(record->requested_ns == time_of("2024-08-08T23:56:00Z"));
	assert_true(record->closed_ns == time_of("2024-08-09T00:00:00.000000001Z"));
	assert_int_equal(trade_log_at(log, 1)->status, TRADE_STATUS_OPEN);
	trade_log_free(log);
	market_terms_free(&m);
}

static void a_name_in_use_is_not_given_to_a_second_trade(void **state)
{
	struct fixture *f = *state;
	struct market_terms m = market_terms_create();
	struct trade_log *log = trade_log_create();
	struct atomic_executor executor = {.answer = {.state = TRADE_DONE}};
	assert_false(run(f, &m, &executor, log,
			 OPEN_PAIR "2024-08-08T23:57:00Z open a long=binance-usdm:BTCUSDT:1\n"));
	assert_non_null(strstr(f->err.text, ":2: a is open already; give this trade another name"));
	assert_int_equal(executor.count, 1);
	trade_log_free(log);
	market_terms_free(&m);
}

static void a_trade_that_ends_otherwise_is_reported_by_its_line(void **state)
{
	struct fixture *f = *state;
	struct market_terms m = market_terms_create();
	struct trade_log *log = trade_log_create();
	struct preflight_report preflight = {
		.items = {{.check = PREFLIGHT_RULES, .verdict = VERDICT_PASS},
			  {.check = PREFLIGHT_SPREAD,
			   .verdict = VERDICT_FAIL,
			   .number = "12 bp",
			   .limit = "5 bp"}},
		.count = 2,
	};
	struct atomic_executor executor = {
		.answer = {.state = TRADE_FLAT, .reason = "nothing was filled"}};
	char expected[512];

	assert_false(run(f, &m, &executor, log, "\n" OPEN_PAIR LATER "close a\n"));
	snprintf(expected, sizeof(expected), "%s:2: opening a ended flat: nothing was filled",
		 f->path);
	assert_string_equal(f->err.text, expected);
	assert_int_equal(f->err.category, ERROR_INPUT);

	executor.answer.preflight = &preflight;
	assert_false(run(f, &m, &executor, log, "\n\n" OPEN_PAIR));
	snprintf(expected, sizeof(expected), "%s:3: a was refused by spread: 12 bp, limit 5 bp",
		 f->path);
	assert_string_equal(f->err.text, expected);

	executor.answer = (struct trade_result){
		.state = TRADE_DONE, .halted = true, .reason = "could not be repaired"};
	assert_false(run(f, &m, &executor, log, OPEN_PAIR));
	assert_non_null(strstr(f->err.text, ":1: opening a ended "));
	assert_non_null(strstr(f->err.text, ": could not be repaired"));
	trade_log_free(log);
	market_terms_free(&m);
}

static void less_than_a_lot_cannot_be_closed(void **state)
{
	struct fixture *f = *state;
	struct market_terms m = market_terms_create();
	struct trade_log *log = trade_log_create();
	struct atomic_executor executor = {.answer = {.state = TRADE_DONE}};
	struct instrument_revision coarse = *instrument_latest(m.table, m.usdm);
	struct error err = {0};
	coarse.rules.lot = coarse.rules.minimum_quantity = quantity_of(&m, m.usdm, "1");
	assert_true(instrument_table_revise(m.table, m.usdm, &coarse, &err));
	assert_false(run(f, &m, &executor, log,
			 T "open a long=binance-usdm:BTCUSDT:0.5\n" LATER "close a\n"));
	assert_non_null(strstr(f->err.text, ":2: nothing as large as a lot is held"));
	assert_int_equal(executor.count, 1);
	trade_log_free(log);
	market_terms_free(&m);
}

static void an_empty_script_is_carried_out(void **state)
{
	struct error err = {0};
	struct script *script = taken(*state, "# nothing\n");
	assert_true(script_carried_out(script, &err));
	script_free(script);
}

#define SCRIPT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(good_lines_are_taken),
		SCRIPT_TEST(a_time_must_come_first),
		SCRIPT_TEST(an_action_is_open_or_close),
		SCRIPT_TEST(a_name_must_follow),
		SCRIPT_TEST(legs_are_venue_symbol_quantity_once_a_side),
		SCRIPT_TEST(times_must_not_run_backwards),
		SCRIPT_TEST(a_line_has_a_bound),
		SCRIPT_TEST(a_nul_byte_hides_nothing),
		SCRIPT_TEST(a_script_has_a_bound),
		SCRIPT_TEST(a_file_that_cannot_be_read_is_named),
		SCRIPT_TEST(what_cannot_be_carried_out_is_reported_by_its_line),
		SCRIPT_TEST(actions_after_the_data_are_reported),
		SCRIPT_TEST(an_action_before_the_run_begins_is_not_carried_out_late),
		SCRIPT_TEST(actions_fire_at_their_times_in_the_order_of_lines),
		SCRIPT_TEST(a_trade_is_opened_as_written_and_closed_by_what_it_holds),
		SCRIPT_TEST(a_name_in_use_is_not_given_to_a_second_trade),
		SCRIPT_TEST(a_trade_that_ends_otherwise_is_reported_by_its_line),
		SCRIPT_TEST(less_than_a_lot_cannot_be_closed),
		SCRIPT_TEST(an_empty_script_is_carried_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
