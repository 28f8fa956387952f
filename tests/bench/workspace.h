/* Where benchmarks read recordings and write their own files. */
#ifndef FUNDARB_TESTS_BENCH_WORKSPACE_H
#define FUNDARB_TESTS_BENCH_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>

#define WORKSPACE_PATH_MAX 512

struct workspace {
	char folder[WORKSPACE_PATH_MAX]; /* a scratch folder */
};

/* Path of `name` there, into path[WORKSPACE_PATH_MAX]; returns path. */
const char *workspace_path(const struct workspace *workspace, const char *name, char *path);

/*
 * Path of a file of the real recordings, under $FUNDARB_DATA or ../shared/data, into
 * path[WORKSPACE_PATH_MAX]; false if it is not there.
 */
bool recorded_file(const char *name, char *path);

#endif
