#include "src/trade_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trade_log {
	struct trade_record **records;
	size_t count, capacity;
};

const char *trade_status_text(enum trade_status status)
{
	switch (status) {
	case TRADE_STATUS_OPENING:
		return "opening";
	case TRADE_STATUS_OPEN:
		return "open";
	case TRADE_STATUS_CLOSING:
		return "closing";
	case TRADE_STATUS_CLOSED:
		return "closed";
	case TRADE_STATUS_REFUSED:
		return "refused";
	case TRADE_STATUS_UNDONE:
		return "undone";
	case TRADE_STATUS_HALTED:
		return "halted";
	}
	return "?";
}

static void *grow(void *array, size_t count, size_t *capacity, size_t element)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 8;
	array = realloc(array, *capacity * element);
	if (!array)
		abort();
	return array;
}

struct trade_log *trade_log_create(void)
{
	return calloc(1, sizeof(struct trade_log));
}

void trade_log_free(struct trade_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->count; i++) {
		for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++)
			free(log->records[i]->legs[leg].fills);
		free(log->records[i]);
	}
	free(log->records);
	free(log);
}

struct trade_record *trade_log_add(struct trade_log *log, uint32_t trade, const char *name,
				   int64_t now_ns)
{
	struct trade_record *record = calloc(1, sizeof(*record));
	if (!record)
		abort();
	record->trade = trade;
	snprintf(record->name, sizeof(record->name), "%s", name);
	record->requested_ns = now_ns;
	log->records = grow(log->records, log->count, &log->capacity, sizeof(*log->records));
	log->records[log->count++] = record;
	return record;
}

struct trade_record *trade_log_find(struct trade_log *log, uint32_t trade)
{
	for (size_t i = log->count; i > 0; i--)
		if (log->records[i - 1]->trade == trade)
			return log->records[i - 1];
	return NULL;
}

void trade_log_fill(struct trade_log *log, uint32_t trade, const struct account_event *fill)
{
	struct trade_record *record = trade_log_find(log, trade);
	if (!record)
		return;
	for (size_t i = 0; i < record->leg_count; i++) {
		struct leg_record *leg = &record->legs[i];
		if (leg->instrument != fill->instrument)
			continue;
		leg->fills =
			grow(leg->fills, leg->fill_count, &leg->fill_capacity, sizeof(*leg->fills));
		leg->fills[leg->fill_count++] = *fill;
		return;
	}
}

static void copy_phase(struct phase_record *phase, const struct trade_result *result)
{
	phase->done = true;
	phase->match_gap_ns = result->match_gap_ns;
	phase->match_gap_bp_e2 = result->match_gap_bp_e2;
	phase->exposure_seconds = result->exposure_seconds;
	phase->repair_orders = result->repair_orders;
	snprintf(phase->reason, sizeof(phase->reason), "%s", result->reason);
}

static bool any_fill(const struct trade_record *record)
{
	for (size_t i = 0; i < record->leg_count; i++)
		if (record->legs[i].fill_count > 0)
			return true;
	return false;
}

static void opening_ended(struct trade_record *record, const struct trade_result *result,
			  int64_t now_ns)
{
	copy_phase(&record->opening, result);
	for (size_t i = 0; i < result->leg_count && i < record->leg_count; i++) {
		record->legs[i].held = result->legs[i].held;
		record->legs[i].open_touch = result->legs[i].decision_touch;
	}
	const struct preflight_item *refusal =
		result->preflight ? preflight_first_refusal(result->preflight) : NULL;
	if (result->halted) {
		record->status = TRADE_STATUS_HALTED;
		record->opened_ns = now_ns;
	} else if (result->state == TRADE_DONE) {
		record->status = TRADE_STATUS_OPEN;
		record->opened_ns = now_ns;
	} else if (any_fill(record)) {
		record->status = TRADE_STATUS_UNDONE;
		record->closed_ns = now_ns;
	} else {
		record->status = TRADE_STATUS_REFUSED;
		record->closed_ns = now_ns;
		if (refusal) {
			record->preflight_refused = true;
			record->refusal = *refusal;
		}
	}
}

static void closing_ended(struct trade_record *record, const struct trade_result *result,
			  int64_t now_ns)
{
	copy_phase(&record->closing, result);
	for (size_t i = 0; i < result->leg_count; i++) {
		struct leg_record *leg = &record->legs[i];
		leg->held.units -= result->legs[i].filled.units;
		leg->close_touch = result->legs[i].decision_touch;
	}
	record->status = result->halted		       ? TRADE_STATUS_HALTED
			 : result->state == TRADE_DONE ? TRADE_STATUS_CLOSED
						       : TRADE_STATUS_OPEN;
	if (record->status == TRADE_STATUS_CLOSED)
		record->closed_ns = now_ns;
}

void trade_log_result(struct trade_log *log, const struct trade_result *result, int64_t now_ns)
{
	struct trade_record *record = trade_log_find(log, result->trade);
	assert(record);
	if (result->closing)
		closing_ended(record, result, now_ns);
	else
		opening_ended(record, result, now_ns);
}

/* What the trade's own fills before that venue time leave of the leg; long is > 0. */
static int64_t held_before(const struct leg_record *leg, int64_t venue_ns)
{
	int64_t held = 0;
	for (size_t i = 0; i < leg->fill_count; i++) {
		const struct account_event *fill = &leg->fills[i];
		if (fill->exch_ns >= venue_ns)
			continue;
		held += fill->u.fill.side == SIDE_BUY ? fill->u.fill.quantity.units
						      : -fill->u.fill.quantity.units;
	}
	return held;
}

uint32_t trade_log_holder(const struct trade_log *log, instrument_id instrument, int64_t venue_ns)
{
	for (size_t i = log->count; i > 0; i--) {
		const struct trade_record *record = log->records[i - 1];
		for (size_t leg = 0; leg < record->leg_count; leg++)
			if (record->legs[leg].instrument == instrument &&
			    held_before(&record->legs[leg], venue_ns) != 0)
				return record->trade;
	}
	return 0;
}

size_t trade_log_count(const struct trade_log *log)
{
	return log->count;
}

struct trade_record *trade_log_at(struct trade_log *log, size_t index)
{
	return log->records[index];
}
