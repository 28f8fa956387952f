/* The worker that syncs recordings; run under ThreadSanitizer too. */
#include "core/store/recording_sync.h"
#include "core/base/utc.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define START_NS INT64_C(1700000000000000000)

static int directory_fd(char *path, size_t size)
{
	scratch_folder_make(path, size);
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static int new_file(int directory, const char *name)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "bytes", 5), 5);
	return fd;
}

static void a_retired_file_is_synced_and_closed_before_stop_returns(void **unused)
{
	(void)unused;
	char path[256];
	struct error err = {0};
	int directory = directory_fd(path, sizeof path);
	struct recording_sync *sync = recording_sync_start(directory, &err);
	assert_non_null(sync);
	int fds[5];
	for (int i = 0; i < 5; i++) {
		char name[16];
		snprintf(name, sizeof name, "%d", i);
		fds[i] = new_file(directory, name);
	}
	for (int i = 0; i < 5; i++) {
		recording_sync_request(sync, fds[i]);
		recording_sync_retire(sync, fds[i]);
	}
	assert_int_equal(recording_sync_stop(sync), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
		assert_int_equal(errno, EBADF);
	}
	close(directory);
	scratch_folder_remove(path);
}

static void requests_beyond_the_queue_are_dropped_and_never_wait(void **unused)
{
	(void)unused;
	char path[256];
	struct error err = {0};
	int directory = directory_fd(path, sizeof path);
	struct recording_sync *sync = recording_sync_start(directory, &err);
	assert_non_null(sync);
	int fd = new_file(directory, "file");
	for (int i = 0; i < 100000; i++)
		recording_sync_request(sync, fd);
	assert_int_equal(recording_sync_skipped(sync), 0);
	assert_true(recording_sync_completed(sync) < 100000);
	recording_sync_retire(sync, fd);
	assert_int_equal(recording_sync_stop(sync), 0);
	close(directory);
	scratch_folder_remove(path);
}

static void a_failed_sync_is_reported_to_the_writer(void **unused)
{
	(void)unused;
	char path[256];
	struct error err = {0};
	int directory = directory_fd(path, sizeof path);
	struct recording_sync *sync = recording_sync_start(directory, &err);
	assert_non_null(sync);
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	recording_sync_request(sync, pipe_fds[1]); /* a pipe cannot be synced */
	while (recording_sync_completed(sync) == 0)
		usleep(100);
	assert_int_equal(recording_sync_error(sync), EINVAL);
	assert_int_equal(recording_sync_stop(sync), EINVAL);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(directory);
	scratch_folder_remove(path);
}

static void a_recording_with_the_worker_rotates_and_is_whole(void **unused)
{
	(void)unused;
	char path[256];
	struct random random;
	random_seed(&random, 3);
	struct event_list events = random_market(&random, 3000, START_NS, 50 * NS_PER_MS);
	scratch_folder_make(path, sizeof path);
	struct recording_options options = recording_defaults();
	options.sync_worker = true;
	options.segment_bytes = 20000;
	fixture_record(path, &events, START_NS, 9, &options);
	struct recording_statistics statistics;
	struct event_list back = fixture_read(path, &statistics);
	assert_int_equal(statistics.events, events.count);
	assert_true(statistics.segments > 2);
	assert_int_equal(statistics.unclosed_segments, 0);
	assert_int_equal(statistics.gaps, 0);
	event_list_free(&back);
	event_list_free(&events);
	scratch_folder_remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_retired_file_is_synced_and_closed_before_stop_returns),
		cmocka_unit_test(requests_beyond_the_queue_are_dropped_and_never_wait),
		cmocka_unit_test(a_failed_sync_is_reported_to_the_writer),
		cmocka_unit_test(a_recording_with_the_worker_rotates_and_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
