#include "core/store/recording_sync.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sync_message {
	int fd;
	bool retire;
};

struct recording_sync {
	pthread_t thread;
	pthread_mutex_t lock; /* never held during a system call */
	pthread_cond_t wake;
	struct sync_message queue[RECORDING_SYNC_QUEUE];
	unsigned head;
	unsigned count;
	bool stopping;
	int error;
	uint64_t completed;
	uint64_t skipped;
	int directory_fd;
};

static int sync_file(const struct recording_sync *sync, struct sync_message message)
{
	int error = fdatasync(message.fd) == 0 ? 0 : errno;
	if (message.retire) {
		if (close(message.fd) != 0 && error == 0)
			error = errno;
		if (fsync(sync->directory_fd) != 0 && error == 0)
			error = errno;
	}
	return error;
}

static void *work(void *user)
{
	struct recording_sync *sync = user;
	pthread_mutex_lock(&sync->lock);
	for (;;) {
		while (sync->count == 0 && !sync->stopping)
			pthread_cond_wait(&sync->wake, &sync->lock);
		if (sync->count == 0)
			break;
		struct sync_message message = sync->queue[sync->head];
		sync->head = (sync->head + 1) % RECORDING_SYNC_QUEUE;
		sync->count--;
		pthread_mutex_unlock(&sync->lock);
		int error = sync_file(sync, message);
		pthread_mutex_lock(&sync->lock);
		sync->completed++;
		if (sync->error == 0)
			sync->error = error;
	}
	pthread_mutex_unlock(&sync->lock);
	return NULL;
}

struct recording_sync *recording_sync_start(int directory_fd, struct error *err)
{
	struct recording_sync *sync = calloc(1, sizeof *sync);
	if (sync == NULL) {
		error_set(err, ERROR_LIMIT, "recording: out of memory");
		return NULL;
	}
	sync->directory_fd = directory_fd;
	pthread_mutex_init(&sync->lock, NULL);
	pthread_cond_init(&sync->wake, NULL);
	int result = pthread_create(&sync->thread, NULL, work, sync);
	if (result != 0) {
		error_set(err, ERROR_IO, "recording: no thread for fdatasync: %s",
			  strerror(result));
		pthread_cond_destroy(&sync->wake);
		pthread_mutex_destroy(&sync->lock);
		free(sync);
		return NULL;
	}
	return sync;
}

void recording_sync_request(struct recording_sync *sync, int fd)
{
	pthread_mutex_lock(&sync->lock);
	bool waiting = false;
	for (unsigned i = 0; i < sync->count; i++)
		if (sync->queue[(sync->head + i) % RECORDING_SYNC_QUEUE].fd == fd)
			waiting = true;
	if (!waiting && sync->count < RECORDING_SYNC_QUEUE) {
		sync->queue[(sync->head + sync->count++) % RECORDING_SYNC_QUEUE] =
			(struct sync_message){.fd = fd};
		pthread_cond_signal(&sync->wake);
	}
	pthread_mutex_unlock(&sync->lock);
}

void recording_sync_retire(struct recording_sync *sync, int fd)
{
	pthread_mutex_lock(&sync->lock);
	bool taken = false;
	/* A sync of the same file that still waits becomes the last one: nobody may touch the
	 * number after its file is closed. */
	for (unsigned i = 0; i < sync->count && !taken; i++) {
		struct sync_message *message =
			&sync->queue[(sync->head + i) % RECORDING_SYNC_QUEUE];
		if (message->fd == fd) {
			assert(!message->retire);
			message->retire = true;
			taken = true;
		}
	}
	if (!taken && sync->count < RECORDING_SYNC_QUEUE) {
		sync->queue[(sync->head + sync->count++) % RECORDING_SYNC_QUEUE] =
			(struct sync_message){.fd = fd, .retire = true};
		pthread_cond_signal(&sync->wake);
		taken = true;
	}
	if (!taken)
		sync->skipped++;
	pthread_mutex_unlock(&sync->lock);
	if (!taken)
		close(fd);
}

int recording_sync_error(struct recording_sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	int error = sync->error;
	pthread_mutex_unlock(&sync->lock);
	return error;
}

uint64_t recording_sync_completed(struct recording_sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	uint64_t completed = sync->completed;
	pthread_mutex_unlock(&sync->lock);
	return completed;
}

uint64_t recording_sync_skipped(struct recording_sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	uint64_t skipped = sync->skipped;
	pthread_mutex_unlock(&sync->lock);
	return skipped;
}

int recording_sync_stop(struct recording_sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->stopping = true;
	pthread_cond_signal(&sync->wake);
	pthread_mutex_unlock(&sync->lock);
	pthread_join(sync->thread, NULL);
	int error = sync->error;
	pthread_cond_destroy(&sync->wake);
	pthread_mutex_destroy(&sync->lock);
	free(sync);
	return error;
}
