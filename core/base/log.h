/*
 * The log: one line per event on standard error (or a file), stamped with the scheduler's time, so
 * that a backtest's log is repeatable. The logger is the only global of the program.
 */
#ifndef FUNDARB_CORE_BASE_LOG_H
#define FUNDARB_CORE_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ALARM };

/* Where lines go (default stderr) and the lowest level that is written (default LOG_WARNING). */
void log_configure(FILE *out, enum log_level lowest);
/* now(user) supplies the stamp; NULL: lines carry no time. */
void log_set_clock(int64_t (*now)(void *user), void *user);
bool log_enabled(enum log_level level);
/*
 * area: the room that speaks, e.g. "price_provider". Callers on hot paths ask log_enabled first.
 * Always one line: control characters in the text become blanks, more than 1,023 bytes are cut.
 */
void log_write(enum log_level level, const char *area, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
