/*
 * The intent sink of a backtest: every intent, transition, decision and refusal as one line of text
 * in order, so that two runs can be compared byte by byte. With the order journal a durable sink
 * takes its place; executors cannot tell.
 */
#ifndef FUNDARB_SRC_DECISION_LOG_H
#define FUNDARB_SRC_DECISION_LOG_H

#include "core/base/scheduler.h"
#include "execution/client_id_counter.h"
#include "execution/intent_sink.h"

struct decision_log;

/* path "" keeps only line count and checksum. `ids` and the others are borrowed. */
struct decision_log *decision_log_create(const char *path, struct scheduler *scheduler,
					 const struct instrument_table *instruments,
					 struct client_id_counter *ids, struct error *err);
void decision_log_close(struct decision_log *log);
/* Writes out what is buffered; false if any line so far could not be written. */
bool decision_log_flush(struct decision_log *log, struct error *err);

struct intent_sink decision_log_sink(struct decision_log *log);
/* One more line, stamped now. */
void decision_log_line(struct decision_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

uint64_t decision_log_lines(const struct decision_log *log);
/* CRC-32 of all bytes written so far. */
uint32_t decision_log_checksum(const struct decision_log *log);

#endif
