#include "exchanges/simulated/venue_time_rows.h"

#include <assert.h>
#include <stdlib.h>

void venue_time_rows_clear(struct venue_time_rows *rows)
{
	for (size_t i = 0; i <= VENUES_MAX; i++)
		free(rows->venues[i].rows);
	*rows = (struct venue_time_rows){0};
}

static bool before(const struct venue_time_row *a, const struct venue_time_row *b)
{
	if (a->due_venue_ns != b->due_venue_ns)
		return a->due_venue_ns < b->due_venue_ns;
	if (a->recording != b->recording)
		return a->recording < b->recording;
	return a->number < b->number;
}

static bool reserve(struct venue_time_rows *rows, venue_id venue)
{
	if (rows->venues[venue].count < rows->venues[venue].capacity)
		return true;
	size_t capacity = rows->venues[venue].capacity == 0 ? 64 : rows->venues[venue].capacity * 2;
	struct venue_time_row *grown = realloc(rows->venues[venue].rows, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	if (rows->venues[venue].capacity == 0)
		rows->used[rows->used_count++] = venue;
	rows->venues[venue].rows = grown;
	rows->venues[venue].capacity = capacity;
	return true;
}

static void swap(struct venue_time_row *a, struct venue_time_row *b)
{
	struct venue_time_row kept = *a;
	*a = *b;
	*b = kept;
}

bool venue_time_rows_add(struct venue_time_rows *rows, const struct market_event *event,
			 size_t recording, uint64_t revisions, struct error *err)
{
	assert(event->venue <= VENUES_MAX);
	if (event->kind == EVENT_BOOK)
		return error_set(err, ERROR_INPUT,
				 "a book without a local time cannot be replayed");
	if (rows->count == VENUE_TIME_ROWS_MAX)
		return error_set(err, ERROR_LIMIT,
				 "more than %d records without a local time wait for their hour",
				 VENUE_TIME_ROWS_MAX);
	if (!reserve(rows, event->venue))
		return error_set(err, ERROR_LIMIT, "replay: out of memory");
	struct venue_time_row *heap = rows->venues[event->venue].rows;
	size_t at = rows->venues[event->venue].count++;
	heap[at] = (struct venue_time_row){.due_venue_ns = event->kind == EVENT_CANDLE
								   ? event->u.candle.available_ns
								   : event->exch_ns,
					   .recording = recording,
					   .number = rows->added++,
					   .revisions = revisions,
					   .event = *event};
	for (; at > 0 && before(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&heap[at], &heap[(at - 1) / 2]);
	rows->count++;
	return true;
}

int64_t venue_time_rows_due(struct venue_time_rows *rows, const struct market_state *clocks)
{
	assert(rows->count > 0);
	const struct venue_time_row *first = NULL;
	int64_t first_ns = 0;
	for (size_t i = 0; i < rows->used_count; i++) {
		venue_id venue = rows->used[i];
		if (rows->venues[venue].count == 0)
			continue;
		const struct venue_time_row *row = &rows->venues[venue].rows[0];
		int64_t due_ns = market_state_local_time(clocks, venue, row->due_venue_ns);
		if (first == NULL || due_ns < first_ns ||
		    (due_ns == first_ns &&
		     (row->recording < first->recording ||
		      (row->recording == first->recording && row->number < first->number)))) {
			first = row;
			first_ns = due_ns;
			rows->first = venue;
		}
	}
	return first_ns;
}

struct venue_time_row venue_time_rows_take(struct venue_time_rows *rows)
{
	struct venue_time_row *heap = rows->venues[rows->first].rows;
	struct venue_time_row row = heap[0];
	size_t count = --rows->venues[rows->first].count;
	rows->count--;
	heap[0] = heap[count];
	for (size_t at = 0;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < count && before(&heap[child + 1], &heap[child]))
			child++;
		if (child >= count || !before(&heap[child], &heap[at]))
			break;
		swap(&heap[at], &heap[child]);
		at = child;
	}
	return row;
}
