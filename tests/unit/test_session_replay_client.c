/* Recorded answers find the reads they were for, at their times; what does not fit is counted. */
#include "exchanges/session_tap.h"
#include "exchanges/simulated/session_replay_client.h"
#include "tests/support/fake_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS    INT64_C(1000000)
#define START (1000 * MS)

static struct scheduler *scheduler;
static char log_text[4096];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t used = strlen(log_text);
	va_list arguments;
	used += (size_t)snprintf(log_text + used, sizeof(log_text) - used, "%s%lld ",
				 used > 0 ? "; " : "",
				 (long long)((scheduler_now(scheduler) - START) / MS));
	va_start(arguments, format);
	vsnprintf(log_text + used, sizeof(log_text) - used, format, arguments);
	va_end(arguments);
}

static void expect(const char *text)
{
	assert_string_equal(log_text, text);
	log_text[0] = '\0';
}

static const char *outcome_text(enum read_outcome outcome)
{
	return outcome == READ_VALUE ? "value" : outcome == READ_ABSENT ? "absent" : "unknown";
}

static void told(void *user, const struct read_result *result)
{
	if (result->outcome == READ_VALUE && result->kind == READ_OPEN_INTEREST)
		note("%s %lld", (const char *)user, (long long)result->u.open_interest.units);
	else
		note("%s %s", (const char *)user, outcome_text(result->outcome));
}

static int open_scheduler(void **state)
{
	(void)state;
	scheduler = scheduler_create(START);
	log_text[0] = '\0';
	return scheduler ? 0 : 1;
}

static int close_scheduler(void **state)
{
	(void)state;
	scheduler_free(scheduler);
	return 0;
}

/* ---- the replay ------------------------------------------------------------------------------ */

static struct exchange_client *replay;

static void read_open_interest(instrument_id instrument, int64_t give_up_ms, const char *name)
{
	struct read_request request = {.kind = READ_OPEN_INTEREST, .instrument = instrument};
	exchange_read(replay, &request, START + give_up_ms * MS, told, (void *)(uintptr_t)name);
}

/* Hands in an answer of instrument 1 at its time, as the replay of a recording does. */
struct handed {
	int64_t requested_ms;
	int64_t units; /* -1: unknown */
	instrument_id instrument;
};

static void hand_in(void *user)
{
	const struct handed *handed = user;
	struct recorded_row row = {.values = {handed->units}};
	struct recorded_answer answer = {.venue = 1,
					 .instrument = handed->instrument,
					 .kind = READ_OPEN_INTEREST,
					 .outcome = handed->units < 0 ? READ_UNKNOWN : READ_VALUE,
					 .requested_ns = START + handed->requested_ms * MS,
					 .received_ns = scheduler_now(scheduler),
					 .rows = &row,
					 .row_count = handed->units < 0 ? 0 : 1};
	session_replay_client_answer(replay, &answer);
}

static void at(int64_t ms, const struct handed *handed)
{
	scheduler_at(scheduler, START + ms * MS, SCHEDULE_MARKET_EVENT, hand_in,
		     (void *)(uintptr_t)handed);
}

static void expect_counts(uint64_t answered, uint64_t without_answer, uint64_t not_asked_for)
{
	struct session_replay_counts counts = session_replay_client_counts(replay);
	assert_int_equal(counts.answered, answered);
	assert_int_equal(counts.without_answer, without_answer);
	assert_int_equal(counts.not_asked_for, not_asked_for);
}

static int open_replay(void **state)
{
	open_scheduler(state);
	replay = session_replay_client_create(1, scheduler);
	return replay ? 0 : 1;
}

static int close_replay(void **state)
{
	exchange_client_free(replay);
	return close_scheduler(state);
}

static void an_answer_arrives_when_it_did(void **state)
{
	(void)state;
	read_open_interest(1, 100, "a");
	at(30, &(struct handed){0, 7, 1});
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("30 a 7");
	expect_counts(1, 0, 0);
}

static void answers_out_of_order_find_the_requests_of_their_instants(void **state)
{
	(void)state;
	read_open_interest(1, 100, "a");
	scheduler_run(scheduler, NULL, START + 5 * MS);
	scheduler_advance(scheduler, START + 5 * MS);
	read_open_interest(1, 100, "b");
	read_open_interest(2, 100, "c");
	static const struct handed HANDED[] = {{5, 8, 1}, {0, 7, 1}, {5, 9, 2}};
	at(20, &HANDED[2]);
	at(30, &HANDED[0]);
	at(40, &HANDED[1]);
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("20 c 9; 30 b 8; 40 a 7");
}

static void a_request_of_another_instant_takes_what_there_is(void **state)
{
	(void)state;
	read_open_interest(1, 100, "a");
	at(30, &(struct handed){3, 7, 1});
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("30 a 7");
}

static void a_read_without_an_answer_is_unknown_when_given_up(void **state)
{
	(void)state;
	read_open_interest(1, 100, "a");
	at(30, &(struct handed){0, 7, 2});
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("100 a unknown");
	expect_counts(0, 1, 1);
}

static void ask_now(void *user)
{
	read_open_interest(1, 200, user);
}

static void an_answer_of_the_very_instant_waits_for_its_request(void **state)
{
	(void)state;
	at(50, &(struct handed){50, -1, 1});
	scheduler_at(scheduler, START + 50 * MS, SCHEDULE_TIMER, ask_now, (void *)(uintptr_t) "a");
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("50 a unknown");
	expect_counts(1, 0, 0);
}

static void an_answer_of_another_instant_waits_for_nobody(void **state)
{
	(void)state;
	at(50, &(struct handed){50, 7, 1});
	scheduler_at(scheduler, START + 60 * MS, SCHEDULE_TIMER, ask_now, (void *)(uintptr_t) "a");
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("200 a unknown");
	expect_counts(0, 1, 1);
}

static void flush(void *user)
{
	(void)user;
	note("event");
	session_replay_client_flush(replay);
	note("told");
}

static void answers_flushed_come_in_the_order_they_were_handed_in(void **state)
{
	(void)state;
	read_open_interest(1, 100, "a");
	read_open_interest(2, 100, "b");
	static const struct handed HANDED[] = {{0, 8, 2}, {0, 7, 1}};
	at(30, &HANDED[0]);
	at(30, &HANDED[1]);
	scheduler_at(scheduler, START + 30 * MS, SCHEDULE_MARKET_EVENT, flush, NULL);
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("30 event; 30 b 8; 30 a 7; 30 told");
	expect_counts(2, 0, 0);
}

/* ---- the tap --------------------------------------------------------------------------------- */

static void tapped_answer(void *user, venue_id venue, int64_t requested_ns,
			  const struct read_result *result)
{
	(void)user;
	note("tap of venue %u, asked at %lld: %s", venue, (long long)((requested_ns - START) / MS),
	     outcome_text(result->outcome));
}

static void tapped_command(void *user, venue_id venue, int64_t requested_ns, enum command_kind kind,
			   instrument_id instrument, const struct command_result *result)
{
	(void)user;
	(void)requested_ns;
	note("tap of venue %u: command %d of %u, id %u", venue, (int)kind, instrument,
	     result->client_id);
}

static void command_told(void *user, const struct command_result *result)
{
	note("%s %u", (const char *)user, result->client_id);
}

static void the_tap_hears_first_and_changes_nothing(void **state)
{
	(void)state;
	static const struct session_tap_sink SINK = {tapped_answer, tapped_command, NULL};
	struct fake_client *fake = fake_client_create(scheduler, 3);
	struct exchange_client *inner = fake_client_interface(fake);
	struct exchange_client *tap = session_tap_create(inner, &SINK, scheduler);
	assert_int_equal(tap->venue, inner->venue);
	assert_int_equal(tap->capabilities, inner->capabilities);
	fake_client_set_delay(fake, 10 * MS);
	fake_client_set_touch(fake, 1, 100, 101);
	fake_client_script_reads(fake, ".a");
	struct read_request request = {.kind = READ_DEPTH, .instrument = 1};
	exchange_read(tap, &request, START + 100 * MS, told, (void *)(uintptr_t) "a");
	exchange_read(tap, &request, START + 100 * MS, told, (void *)(uintptr_t) "b");
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("10 tap of venue 3, asked at 0: value; 10 a value; "
	       "10 tap of venue 3, asked at 0: absent; 10 b absent");
	struct order_request orders[2] = {{.instrument = 1,
					   .client_id = 5,
					   .type = ORDER_IOC,
					   .quantity = {1},
					   .limit = {100}},
					  {.instrument = 1,
					   .client_id = 6,
					   .type = ORDER_IOC,
					   .quantity = {1},
					   .limit = {100}}};
	exchange_place(tap, &orders[0], START + 100 * MS, command_told, (void *)(uintptr_t) "p");
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("20 tap of venue 3: command 0 of 1, id 5; 20 p 5");
	assert_int_equal(fake_client_reads_total(fake), 2);
	exchange_client_free(tap);
}

static void a_batch_is_told_once_for_each_order(void **state)
{
	(void)state;
	static const struct session_tap_sink SINK = {tapped_answer, tapped_command, NULL};
	struct exchange_client *tap = session_tap_create(replay, &SINK, scheduler);
	struct order_request orders[2] = {{.instrument = 1, .client_id = 5},
					  {.instrument = 2, .client_id = 6}};
	struct command_request request = {.kind = COMMAND_PLACE_BATCH, .u.batch = {orders, 2}};
	exchange_command(tap, &request, START + 100 * MS, command_told, (void *)(uintptr_t) "p");
	scheduler_run(scheduler, NULL, INT64_MAX);
	expect("0 tap of venue 1: command 1 of 0, id 5; 0 p 5; "
	       "0 tap of venue 1: command 1 of 0, id 6; 0 p 6");
	exchange_client_free(tap);
	replay = NULL;
}

#define R(name) cmocka_unit_test_setup_teardown(name, open_replay, close_replay)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(an_answer_arrives_when_it_did),
		R(answers_out_of_order_find_the_requests_of_their_instants),
		R(a_request_of_another_instant_takes_what_there_is),
		R(a_read_without_an_answer_is_unknown_when_given_up),
		R(an_answer_of_the_very_instant_waits_for_its_request),
		R(an_answer_of_another_instant_waits_for_nobody),
		R(answers_flushed_come_in_the_order_they_were_handed_in),
		cmocka_unit_test_setup_teardown(the_tap_hears_first_and_changes_nothing,
						open_scheduler, close_scheduler),
		R(a_batch_is_told_once_for_each_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
