/*
 * What a session records beside its events comes back as it was, through the venue interface's own
 * types; a reader that asks for events alone does not notice it; damage costs blocks, never truth.
 */
#include "core/base/utc.h"
#include "exchanges/recorded_read.h"
#include "tests/support/any_read.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define START_NS INT64_C(1700000000000000000)
#define ROUNDS	 400
#define FLIPS	 1500

static uint64_t seed_of(uint64_t fallback)
{
	const char *text = getenv("FUNDARB_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : fallback;
	printf("seed %llu (FUNDARB_SEED sets it)\n", (unsigned long long)seed);
	return seed;
}

/* ---- tests ----------------------------------------------------------------------------------- */

enum written_kind { WROTE_EVENT, WROTE_ANSWER, WROTE_ACCOUNT, WROTE_COMMAND, WROTE_MARK };

struct written {
	enum written_kind kind;
	struct any_read *read;
	struct account_event account;
	uint64_t number; /* of a command or mark: tells it from others */
	int64_t ns;
};

struct script {
	struct instrument_table *table;
	struct event_list events;
	struct written *items; /* WROTE_EVENT takes the next of `events` */
	size_t count;
	char directory[256];
};

static bool write_item(struct recording_writer *writer, struct script *script, struct written *item,
		       struct error *err)
{
	switch (item->kind) {
	case WROTE_EVENT:
		return false;
	case WROTE_ANSWER: {
		struct recorded_read room = {0};
		struct recorded_answer answer;
		venue_id venue =
			instrument_get(script->table, item->read->result.instrument)->venue;
		recorded_read_pack(&item->read->result, venue, &room, &answer);
		answer.received_ns = item->ns;
		answer.requested_ns = item->ns - 7;
		bool good = recording_writer_answer(writer, &answer, err);
		recorded_read_clear(&room);
		return good;
	}
	case WROTE_ACCOUNT:
		return recording_writer_account(writer, &item->account, err);
	case WROTE_COMMAND: {
		const struct recorded_command command = {.venue = 1,
							 .kind = 3,
							 .outcome = 1,
							 .reason = REJECT_MARGIN,
							 .client_id = (uint32_t)item->number,
							 .requested_ns = item->ns - 9,
							 .received_ns = item->ns,
							 .texts = {"id", NULL, "why"}};
		return recording_writer_command(writer, &command, err);
	}
	case WROTE_MARK: {
		const struct recorded_session session = {.phase = SESSION_LEAVING,
							 .local_ns = item->ns,
							 .seed = item->number,
							 .next_client_id = 4001,
							 .mode = "paper",
							 .program = "fundarb 9.9"};
		return recording_writer_session(writer, &session, err);
	}
	}
	return false;
}

static struct script write_script(struct random *random, enum recording_codec codec, size_t rounds)
{
	struct script script = {.table = fixture_instruments()};
	struct error err = {0};
	struct recording_options options = recording_defaults();
	struct market_state *state = market_state_create(script.table);
	script.events = random_market(random, rounds, START_NS, 20 * NS_PER_MS);
	script.items = calloc(2 * rounds, sizeof *script.items);
	assert_non_null(script.items);
	scratch_folder_make(script.directory, sizeof script.directory);
	options.codec = codec;
	options.block_bytes = 4096;
	options.keyframe_interval_ns = 3 * NS_PER_SECOND;
	struct recording_writer *writer = recording_writer_create(
		script.directory, START_NS, 5, script.table, state, &options, &err);
	assert_non_null(writer);
	for (size_t i = 0; i < rounds; i++) {
		market_state_apply(state, &script.events.at[i]);
		assert_true(recording_writer_event(writer, &script.events.at[i], &err));
		script.items[script.count++].kind = WROTE_EVENT;
		if (random_below(random, 3) == 0)
			continue;
		struct written *item = &script.items[script.count++];
		*item = (struct written){
			.kind = random_below(random, 2)
					? WROTE_ANSWER
					: (enum written_kind)random_between(random, WROTE_ACCOUNT,
									    WROTE_MARK),
			.number = random_below(random, UINT32_C(1) << 31),
			.ns = script.events.at[i].local_ns};
		if (item->kind == WROTE_ANSWER)
			item->read = any_read(random, script.table);
		item->account = any_account_event(random, script.table,
						  (enum account_event_kind)random_below(random, 6));
		item->account.local_ns = item->ns;
		if (!write_item(writer, &script, item, &err))
			fail_msg("%s", err.text);
	}
	assert_true(recording_writer_close(writer, &err));
	market_state_free(state);
	return script;
}

static void script_free(struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		free(script->items[i].read);
	free(script->items);
	event_list_free(&script->events);
	instrument_table_free(script->table);
	scratch_folder_remove(script->directory);
}

static void expect_item(const struct written *item, const struct recording_entry *entry)
{
	switch (item->kind) {
	case WROTE_EVENT:
		assert_int_equal(entry->kind, RECORDED_EVENT);
		return;
	case WROTE_ANSWER: {
		struct recorded_read room = {0};
		struct read_result result;
		assert_int_equal(entry->kind, RECORDED_ANSWER);
		assert_int_equal(entry->u.answer.received_ns, item->ns);
		assert_int_equal(entry->u.answer.requested_ns, item->ns - 7);
		assert_true(recorded_read_unpack(&entry->u.answer, &room, &result));
		assert_int_equal(result.kind, item->read->result.kind);
		assert_int_equal(result.outcome, item->read->result.outcome);
		assert_int_equal(result.instrument, item->read->result.instrument);
		if (result.outcome == READ_VALUE && !same_value(&item->read->result, &result))
			fail_msg("an answer of kind %d differs", (int)result.kind);
		recorded_read_clear(&room);
		return;
	}
	case WROTE_ACCOUNT:
		assert_int_equal(entry->kind, RECORDED_ACCOUNT);
		assert_true(same_account(&item->account, &entry->u.account));
		return;
	case WROTE_COMMAND:
		assert_int_equal(entry->kind, RECORDED_COMMAND);
		assert_int_equal(entry->u.command.client_id, item->number);
		assert_int_equal(entry->u.command.requested_ns, item->ns - 9);
		assert_int_equal(entry->u.command.received_ns, item->ns);
		assert_int_equal(entry->u.command.kind, 3);
		assert_int_equal(entry->u.command.outcome, 1);
		assert_int_equal(entry->u.command.reason, REJECT_MARGIN);
		assert_string_equal(entry->u.command.texts[0], "id");
		assert_string_equal(entry->u.command.texts[1], "");
		assert_string_equal(entry->u.command.texts[2], "why");
		return;
	case WROTE_MARK:
		assert_int_equal(entry->kind, RECORDED_SESSION);
		assert_int_equal(entry->u.session.phase, SESSION_LEAVING);
		assert_int_equal(entry->u.session.local_ns, item->ns);
		assert_true(entry->u.session.seed == item->number);
		assert_int_equal(entry->u.session.next_client_id, 4001);
		assert_string_equal(entry->u.session.mode, "paper");
		assert_string_equal(entry->u.session.program, "fundarb 9.9");
		return;
	}
}

static void what_a_session_records_comes_back_in_its_place(void **state)
{
	(void)state;
	struct random random;
	random_seed(&random, seed_of(31));
	for (int codec = RECORDING_RAW; codec <= RECORDING_ZLIB; codec++) {
		struct script script = write_script(&random, (enum recording_codec)codec, ROUNDS);
		struct error err = {0};
		/* The writer's own table: handles and assets compare by number. */
		struct recording_reader *reader =
			recording_reader_open(script.directory, script.table, &err);
		struct recording_entry entry;
		size_t at = 0, event = 0;
		assert_non_null(reader);
		while (recording_reader_next_entry(reader, &entry, &err) == RECORDING_EVENT) {
			if (entry.kind == RECORDED_EVENT &&
			    (entry.u.event.flags & EVENT_FLAG_KEYFRAME))
				continue;
			assert_true(at < script.count);
			expect_item(&script.items[at], &entry);
			if (script.items[at++].kind == WROTE_EVENT)
				assert_true(
					events_equal(&entry.u.event, &script.events.at[event++]));
		}
		assert_int_equal(at, script.count);
		const struct recording_statistics *statistics = recording_reader_statistics(reader);
		assert_int_equal(statistics->damaged_bytes, 0);
		assert_int_equal(statistics->unknown_records, 0);
		assert_int_equal(statistics->answers + statistics->commands +
					 statistics->account_events + statistics->session_marks +
					 statistics->events,
				 script.count);
		recording_reader_free(reader);
		script_free(&script);
	}
}

static void who_asks_for_events_alone_gets_them_as_ever(void **state)
{
	(void)state;
	struct random random;
	random_seed(&random, seed_of(32));
	struct script script = write_script(&random, RECORDING_RAW, ROUNDS);
	struct recording_statistics statistics;
	struct event_list back = fixture_read(script.directory, &statistics);
	size_t at = 0;
	for (size_t i = 0; i < back.count; i++)
		if (!(back.at[i].flags & EVENT_FLAG_KEYFRAME))
			assert_true(events_equal(&back.at[i], &script.events.at[at++]));
	assert_int_equal(at, script.events.count);
	assert_int_equal(statistics.damaged_bytes, 0);
	assert_int_equal(statistics.unknown_records, 0);
	event_list_free(&back);
	script_free(&script);
}

/* Every entry that is delivered is, in order, one that was written. */
static void expect_subsequence(const struct script *script, const char *path)
{
	struct error err = {0};
	struct recording_reader *reader = recording_reader_open(path, script->table, &err);
	struct recording_entry entry;
	size_t at = 0;
	if (reader == NULL)
		return;
	while (recording_reader_next_entry(reader, &entry, &err) == RECORDING_EVENT) {
		if (entry.kind == RECORDED_EVENT)
			continue;
		int64_t ns = entry.kind == RECORDED_ANSWER    ? entry.u.answer.received_ns
			     : entry.kind == RECORDED_ACCOUNT ? entry.u.account.local_ns
			     : entry.kind == RECORDED_COMMAND ? entry.u.command.received_ns
							      : entry.u.session.local_ns;
		while (at < script->count &&
		       (script->items[at].kind == WROTE_EVENT || script->items[at].ns < ns))
			at++;
		assert_true(at < script->count);
		expect_item(&script->items[at++], &entry);
	}
	recording_reader_free(reader);
}

static void a_flipped_bit_costs_records_and_makes_none(void **state)
{
	(void)state;
	struct random random;
	char segment[512], path[64];
	size_t length;
	random_seed(&random, seed_of(33));
	struct script script = write_script(&random, RECORDING_RAW, 120);
	assert_true(fixture_segment(script.directory, 0, segment, sizeof segment));
	unsigned char *bytes = fixture_file(segment, &length);
	int fd = memfd_create("damaged", 0);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, 0), (ssize_t)length);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (unsigned i = 0; i < FLIPS; i++) {
		off_t place = (off_t)random_below(&random, length);
		unsigned char flipped =
			bytes[place] ^ (unsigned char)(1u << random_below(&random, 8));
		assert_int_equal(pwrite(fd, &flipped, 1, place), 1);
		expect_subsequence(&script, path);
		assert_int_equal(pwrite(fd, &bytes[place], 1, place), 1);
	}
	close(fd);
	free(bytes);
	script_free(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_session_records_comes_back_in_its_place),
		cmocka_unit_test(who_asks_for_events_alone_gets_them_as_ever),
		cmocka_unit_test(a_flipped_bit_costs_records_and_makes_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
