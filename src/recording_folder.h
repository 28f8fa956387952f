/*
 * The folder that a recorder writes into: made if missing, locked so that two recorders never share
 * it, and kept from growing for ever.
 */
#ifndef FUNDARB_SRC_RECORDING_FOLDER_H
#define FUNDARB_SRC_RECORDING_FOLDER_H

#include "core/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the folder (its parents too) and locks it; the descriptor holds the lock until it is
 * closed, however the process ends. -1 with err: cannot be made, or another recorder has it. */
int recording_folder_lock(const char *path, struct error *err);

/* Start of a segment by its name, <YYYYMMDDThhmmss>-<run>-<nnn>.far; false: it is none. */
bool recording_segment_named(const char *name, int64_t *start_ns, uint32_t *run);
/* Bytes of the segments of one run. */
uint64_t recording_folder_bytes(const char *path, uint32_t run);
/* Deletes segments that began more than an hour (they last no longer) before `before_ns`. Returns
 * how many; err tells of the last that could not be deleted. */
size_t recording_folder_prune(const char *path, int64_t before_ns, struct error *err);

#endif
