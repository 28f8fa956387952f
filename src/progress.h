/*
 * A progress bar on standard error for work that takes over two seconds; nothing at all where
 * standard error is not a terminal.
 */
#ifndef FUNDARB_SRC_PROGRESS_H
#define FUNDARB_SRC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "importing" */
	uint64_t total;	  /* 0 = unknown: a counter instead of a bar */
	bool shown;
	bool terminal;
	int64_t started_ns, drawn_ns;
};

void progress_start(struct progress *progress, const char *what, uint64_t total);
/* Cheap: draws at most ten times a second, first after two seconds. */
void progress_at(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress);

#endif
