#include "src/decision_log.h"

#include "core/base/decimal.h"

#include "core/base/utc.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LINE_LENGTH_MAX	  1024
#define COMMITS_IN_FLIGHT 256

struct commit {
	struct decision_log *log;
	intent_done done;
	void *user;
	bool busy;
};

struct decision_log {
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	struct client_id_counter *ids;
	FILE *file;
	char path[256];
	bool failed;
	uint64_t lines;
	uint32_t checksum;
	struct commit commits[COMMITS_IN_FLIGHT];
};

struct decision_log *decision_log_create(const char *path, struct scheduler *scheduler,
					 const struct instrument_table *instruments,
					 struct client_id_counter *ids, struct error *err)
{
	struct decision_log *log = calloc(1, sizeof(*log));
	if (!log) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	log->scheduler = scheduler;
	log->instruments = instruments;
	log->ids = ids;
	log->checksum = (uint32_t)crc32(0, NULL, 0);
	snprintf(log->path, sizeof(log->path), "%s", path);
	if (path[0] != '\0') {
		log->file = fopen(path, "we");
		if (!log->file) {
			error_set(err, ERROR_IO, "%s: decision log cannot be written: %s", path,
				  strerror(errno));
			free(log);
			return NULL;
		}
		/* Line by line: what was decided is on file when the program is killed. */
		setvbuf(log->file, NULL, _IOLBF, BUFSIZ);
	}
	return log;
}

void decision_log_close(struct decision_log *log)
{
	if (!log)
		return;
	if (log->file)
		fclose(log->file);
	free(log);
}

bool decision_log_flush(struct decision_log *log, struct error *err)
{
	if (log->file && fflush(log->file) != 0)
		log->failed = true;
	return !log->failed ||
	       error_set(err, ERROR_IO, "%s: the decision log could not be written completely",
			 log->path);
}

static void append(struct decision_log *log, const char *line, size_t length)
{
	log->lines++;
	log->checksum = (uint32_t)crc32(log->checksum, (const unsigned char *)line, (uInt)length);
	if (log->file && fwrite(line, 1, length, log->file) != length)
		log->failed = true;
}

void decision_log_line(struct decision_log *log, const char *format, ...)
{
	char line[LINE_LENGTH_MAX];
	size_t used = utc_format(scheduler_now(log->scheduler), 9, line, sizeof(line));
	line[used++] = ' ';
	va_list arguments;
	va_start(arguments, format);
	int written = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
	va_end(arguments);
	assert(written >= 0);
	used += (size_t)written < sizeof(line) - used - 1 ? (size_t)written
							  : sizeof(line) - used - 2;
	line[used++] = '\n';
	append(log, line, used);
}

static void log_order(struct decision_log *log, const struct intent_trade *trade,
		      const struct intent_order *intent)
{
	const struct order_request *order = &intent->order;
	const struct instrument *instrument = instrument_get(log->instruments, order->instrument);
	char name[INSTRUMENT_NAME_MAX], quantity[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX];
	char age[DECIMAL_TEXT_MAX];
	instrument_name(log->instruments, order->instrument, name, sizeof(name));
	quantity_format(instrument, order->quantity, quantity, sizeof(quantity));
	price_format(instrument, order->limit, limit, sizeof(limit));
	decimal_format_short(intent->price_age_ns, 9, age, sizeof(age));
	decision_log_line(
		log,
		"trade %u %s intent %s leg %u id %u %s %s %s %s limit %s%s price age %s s "
		"from %s",
		trade->trade, trade->name, intent_purpose_text(trade->purpose), intent->leg + 1,
		order->client_id, name, side_text(order->side), quantity,
		order_type_text(order->type), limit, order->reduce_only ? " reduce-only" : "", age,
		intent->price_source);
}

static void commit_done(void *user)
{
	struct commit *commit = user;
	commit->busy = false;
	commit->done(commit->user, !commit->log->failed);
}

static void sink_commit(void *self, const struct intent_trade *trade,
			const struct intent_order *orders, size_t count, intent_done done,
			void *user)
{
	struct decision_log *log = self;
	for (size_t i = 0; i < count; i++)
		log_order(log, trade, &orders[i]);
	for (size_t i = 0; i < COMMITS_IN_FLIGHT; i++) {
		struct commit *commit = &log->commits[i];
		if (commit->busy)
			continue;
		*commit = (struct commit){log, done, user, true};
		scheduler_after(log->scheduler, 0, SCHEDULE_COMPLETION, commit_done, commit);
		return;
	}
	abort(); /* the executors run fewer orders at once than that */
}

static void sink_note(void *self, uint32_t trade, const char *text)
{
	decision_log_line(self, "trade %u %s", trade, text);
}

static uint32_t sink_next_client_id(void *self)
{
	return client_id_counter_next(((struct decision_log *)self)->ids);
}

struct intent_sink decision_log_sink(struct decision_log *log)
{
	return (struct intent_sink){sink_commit, sink_note, sink_next_client_id, log};
}

uint64_t decision_log_lines(const struct decision_log *log)
{
	return log->lines;
}

uint32_t decision_log_checksum(const struct decision_log *log)
{
	return log->checksum;
}
