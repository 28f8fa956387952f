/*
 * The worker thread that makes recordings durable: fdatasync by message, so that the trading thread
 * never waits for a disk. Its results influence nothing but an error that the writer reports.
 */
#ifndef FUNDARB_CORE_STORE_RECORDING_SYNC_H
#define FUNDARB_CORE_STORE_RECORDING_SYNC_H

#include "core/base/error.h"
#include <stdint.h>

struct recording_sync;

#define RECORDING_SYNC_QUEUE 16

/* Starts the thread. directory_fd stays the caller's and outlives the worker; it is synced whenever
 * a file is retired, so that the file's name is durable too. */
struct recording_sync *recording_sync_start(int directory_fd, struct error *err);
/*
 * Asks for fdatasync(fd), soon; never blocks. A request that waits already for the same file is not
 * repeated; with the queue full it is dropped (the next one covers the same bytes).
 */
void recording_sync_request(struct recording_sync *sync, int fd);
/* Hands the file over: it is synced, closed. With the queue full it is closed unsynced (and
 * counted). */
void recording_sync_retire(struct recording_sync *sync, int fd);
/* errno of the first sync that failed, 0 = none so far. */
int recording_sync_error(struct recording_sync *sync);
/* Syncs done so far; files closed unsynced because the queue was full. */
uint64_t recording_sync_completed(struct recording_sync *sync);
uint64_t recording_sync_skipped(struct recording_sync *sync);
/* Does all that was asked for, ends the thread, frees. Returns recording_sync_error. */
int recording_sync_stop(struct recording_sync *sync);

#endif
