/*
 * An error is a value: a category for the program and one sentence for a person that says what
 * happened, where, and what to do. Functions that can fail for outside reasons return false and
 * fill it; broken invariants abort instead.
 */
#ifndef FUNDARB_CORE_BASE_ERROR_H
#define FUNDARB_CORE_BASE_ERROR_H

#include <stdbool.h>

enum error_category {
	ERROR_NONE,
	ERROR_CONFIGURATION, /* exit code 2: nothing was started */
	ERROR_INPUT,	     /* foreign bytes: a file, a message */
	ERROR_IO,	     /* the operating system refused */
	ERROR_MISSING_DATA,  /* e.g. a settlement whose rate is not recorded */
	ERROR_LIMIT,	     /* a named bound was reached */
	ERROR_VENUE,	     /* the venue refused or is unreachable */
};

struct error {
	enum error_category category;
	char text[512]; /* cut, never overrun */
};

/* Always returns false, so that `return error_set(...)` reads well. err may be NULL. */
bool error_set(struct error *err, enum error_category category, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the text already there. */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
