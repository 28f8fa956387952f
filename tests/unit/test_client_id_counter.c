#include "execution/client_id_counter.h"
#include "exchanges/exchange_client.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char folder[64];
	char directory[80];
	char file[96];
};

static int set_up(void **state)
{
	static struct place place;
	scratch_folder_make(place.folder, sizeof(place.folder));
	snprintf(place.directory, sizeof(place.directory), "%s/state", place.folder);
	snprintf(place.file, sizeof(place.file), "%s/client_ids", place.directory);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	unlink(place->file);
	rmdir(place->directory);
	/* It stays if more than the file was left there. */
	bool clean = access(place->directory, F_OK) != 0;
	scratch_folder_remove(place->folder);
	return clean ? 0 : -1;
}

static struct client_id_counter *opened(struct place *place)
{
	struct error err = {0};
	struct client_id_counter *counter = client_id_counter_open(place->directory, &err);
	if (!counter)
		fail_msg("%s", err.text);
	return counter;
}

static void put(struct place *place, const char *text, size_t length)
{
	mkdir(place->directory, 0700);
	FILE *file = fopen(place->file, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
}

static void ids_count_from_one(void **state)
{
	struct client_id_counter *counter = opened(*state);
	for (uint32_t id = 1; id <= 2 * CLIENT_ID_BLOCK + 1; id++)
		assert_int_equal(client_id_counter_next(counter), id);
	client_id_counter_close(counter);
}

static void an_id_is_never_given_twice_across_runs(void **state)
{
	uint32_t highest = 0;
	for (int run = 0; run < 20; run++) {
		struct client_id_counter *counter = opened(*state);
		for (int i = 0; i < run * 97; i++) {
			uint32_t id = client_id_counter_next(counter);
			assert_true(id > highest);
			highest = id;
		}
		client_id_counter_close(counter);
	}
}

static void what_a_run_reserved_is_skipped_as_a_whole(void **state)
{
	struct client_id_counter *counter = opened(*state);
	assert_int_equal(client_id_counter_next(counter), 1);
	client_id_counter_close(counter);
	counter = opened(*state);
	assert_int_equal(client_id_counter_next(counter), CLIENT_ID_BLOCK + 1);
	client_id_counter_close(counter);
	/* A run that took no id reserved nothing. */
	client_id_counter_close(opened(*state));
	counter = opened(*state);
	assert_int_equal(client_id_counter_next(counter), 2 * CLIENT_ID_BLOCK + 1);
	client_id_counter_close(counter);
}

static void a_block_is_in_the_file_before_its_first_id_is_out(void **state)
{
	struct place *place = *state;
	struct client_id_counter *counter = opened(place);
	char text[64] = "";
	for (uint32_t block = 1; block <= 3; block++) {
		uint32_t id = client_id_counter_next(counter);
		FILE *file = fopen(place->file, "re");
		assert_non_null(file);
		assert_non_null(fgets(text, sizeof(text), file));
		fclose(file);
		unsigned reserved_end = 0;
		assert_int_equal(sscanf(text, "fundarb-client-ids %u\n", &reserved_end), 1);
		assert_int_equal(reserved_end, id + CLIENT_ID_BLOCK);
		for (uint32_t i = 1; i < CLIENT_ID_BLOCK; i++)
			client_id_counter_next(counter);
	}
	client_id_counter_close(counter);
}

static void a_damaged_file_is_refused_with_a_sentence(void **state)
{
	static const char *const TEXTS[] = {
		"", /* emptied: not a beginning */
		"\n",
		"4001\n",
		"fundarb-client-ids 1e3\n",
		"fundarb-client-ids 4001\n",
		"fundarb-client-ids\n",
		"fundarb-client-ids \n",
		"fundarb-client-ids 0000004001",
		"fundarb-client-ids 00000",
		"fundarb-client-ids 0000000000\n",
		"fundarb-client-ids -000004001\n",
		"fundarb-client-ids 00000x4001\n",
		"fundarb-client-ids 4001.5\n",
		"fundarb-client-ids 4001 \n",
		"fundarb-client-ids 2147483649\n",
		"fundarb-client-ids 9999999999\n",
		"Fundarb-client-ids 0000004001\n",
		"fundarb-client-ids 0000004001\nfundarb-client-ids 0000005001\n",
	};
	struct place *place = *state;
	for (size_t i = 0; i <= sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		struct error err = {0};
		if (i == sizeof(TEXTS) / sizeof(TEXTS[0])) {
			const char zeros[30] = {0};
			put(place, zeros, sizeof(zeros));
		} else {
			put(place, TEXTS[i], strlen(TEXTS[i]));
		}
		if (client_id_counter_open(place->directory, &err))
			fail_msg("taken: %s", TEXTS[i]);
		assert_int_equal(err.category, ERROR_INPUT);
		assert_non_null(strstr(err.text, place->file));
		assert_non_null(strstr(err.text, "damaged counter of client order ids"));
	}
}

static void two_processes_never_share_a_counter(void **state)
{
	struct place *place = *state;
	struct error err = {0};
	struct client_id_counter *counter = opened(place);
	assert_null(client_id_counter_open(place->directory, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, "another fundarb uses this state directory"));
	client_id_counter_close(counter);
	client_id_counter_close(opened(place));
}

static void ids_end_before_they_repeat(void **state)
{
	struct place *place = *state;
	const char *last = "fundarb-client-ids 2147482647\n";
	put(place, last, strlen(last));
	struct client_id_counter *counter = opened(place);
	for (uint32_t i = 0; i < CLIENT_ID_BLOCK; i++)
		assert_int_equal(client_id_counter_next(counter), 2147482647u + i);
	assert_int_equal(client_id_counter_next(counter), 0);
	assert_int_equal(client_id_counter_next(counter), 0);
	client_id_counter_close(counter);
	counter = opened(place);
	assert_int_equal(client_id_counter_next(counter), 0);
	client_id_counter_close(counter);
	const char *beyond = "fundarb-client-ids 2147483648\n";
	put(place, beyond, strlen(beyond));
	counter = opened(place);
	assert_int_equal(client_id_counter_next(counter), 0);
	client_id_counter_close(counter);
}

static void a_directory_that_cannot_be_written_is_an_error(void **state)
{
	struct error err = {0};
	struct place *place = *state;
	assert_null(client_id_counter_open("/proc/self/no-such-folder", &err));
	assert_int_equal(err.category, ERROR_IO);
	assert_non_null(
		strstr(err.text, "/proc/self/no-such-folder: state directory cannot be made"));
	assert_null(client_id_counter_open("/proc/self", &err));
	assert_int_equal(err.category, ERROR_IO);
	assert_non_null(strstr(err.text, "/proc/self/client_ids: cannot be made"));
	put(place, "", 0);
	assert_null(client_id_counter_open(place->file, &err));
	assert_int_equal(err.category, ERROR_IO);
	char longest[1024];
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(client_id_counter_open(longest, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	unlink(place->file);
	if (geteuid() != 0) { /* root may write everywhere */
		assert_int_equal(chmod(place->directory, 0500), 0);
		assert_null(client_id_counter_open(place->directory, &err));
		assert_int_equal(chmod(place->directory, 0700), 0);
	}
}

static void a_full_disk_gives_no_id(void **state)
{
	struct client_id_counter *counter = opened(*state);
	assert_int_equal(client_id_counter_next(counter), 1);
	for (uint32_t i = 1; i < CLIENT_ID_BLOCK; i++)
		client_id_counter_next(counter);
	struct rlimit before, none;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	uint32_t refused = client_id_counter_next(counter);
	uint32_t again = client_id_counter_next(counter);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	assert_int_equal(refused, 0);
	assert_int_equal(again, 0);
	assert_int_equal(client_id_counter_next(counter), CLIENT_ID_BLOCK + 1);
	client_id_counter_close(counter);
	client_id_counter_close(NULL);
}

#define COUNTER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COUNTER_TEST(ids_count_from_one),
		COUNTER_TEST(an_id_is_never_given_twice_across_runs),
		COUNTER_TEST(what_a_run_reserved_is_skipped_as_a_whole),
		COUNTER_TEST(a_block_is_in_the_file_before_its_first_id_is_out),
		COUNTER_TEST(a_damaged_file_is_refused_with_a_sentence),
		COUNTER_TEST(two_processes_never_share_a_counter),
		COUNTER_TEST(ids_end_before_they_repeat),
		COUNTER_TEST(a_directory_that_cannot_be_written_is_an_error),
		COUNTER_TEST(a_full_disk_gives_no_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
