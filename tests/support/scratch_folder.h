/* Temporary folders of tests: where they are made and how they go. No shell, no leftovers. */
#ifndef FUNDARB_TESTS_SUPPORT_SCRATCH_FOLDER_H
#define FUNDARB_TESTS_SUPPORT_SCRATCH_FOLDER_H

#include <stddef.h>

/*
 * Makes a new empty folder below $TMPDIR, or below the system's usual place if that is not set, not
 * absolute or too long for the buffer (64 bytes are enough there). Its path goes into `folder`.
 * Aborts after a line on standard error if the folder cannot be made.
 */
void scratch_folder_make(char *folder, size_t size);
/* The same in memory, where the system has such a place. */
void scratch_folder_make_in_memory(char *folder, size_t size);

/*
 * Removes a folder with everything in it; links are not followed. One that is not there is removed
 * already. Aborts after a line on standard error if something stays.
 */
void scratch_folder_remove(const char *folder);
/*
 * Copies the files and folders below `from` into `to`, which is made if it is not there. Aborts
 * after a line on standard error if one of the files is there already or is neither.
 */
void scratch_folder_copy(const char *from, const char *to);

#endif
