/* Comparing what was computed with what a file states: one line for each figure that is off. */
#ifndef FUNDARB_TESTS_SUPPORT_FIGURES_H
#define FUNDARB_TESTS_SUPPORT_FIGURES_H

#include "core/base/int128.h"
#include "tests/support/json_tree.h"

#define FIGURE_PATH_MAX 512

struct figures {
	uint64_t held, failed;
};

/* printf into a buffer of FIGURE_PATH_MAX; returns it. */
const char *figure_path(char *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void figure_fails(struct figures *figures, const char *path, const char *expected,
		  const char *actual);
void figure_unknown(struct figures *figures, const char *path, const char *key);

/* By value. actual == NULL: there is no such figure, which only null states. */
void figure_is_text(struct figures *figures, const char *path, const struct json_tree *expected,
		    const char *actual);
/* units * 10^-decimals */
void figure_is(struct figures *figures, const char *path, const struct json_tree *expected,
	       i128 units, unsigned decimals);
/* Two counts of ours that must agree. */
void figure_counts(struct figures *figures, const char *path, const char *what, uint64_t expected,
		   uint64_t actual);

#endif
