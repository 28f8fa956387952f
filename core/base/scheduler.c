#include "core/base/scheduler.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A binary heap of slots. A slot keeps its place in the heap, so that cancelling is a removal and
 * a cancelled entry never lingers. An id is the entry's sequence and its slot: 2^44 entries, years
 * of a busy run, before one could repeat.
 */
#define SLOT_BITS    20
#define SLOT_MASK    ((UINT64_C(1) << SLOT_BITS) - 1)
#define SEQUENCE_MAX (UINT64_MAX >> SLOT_BITS)

_Static_assert(SCHEDULER_ENTRIES_MAX <= SLOT_MASK, "a slot's number must fit an id");

struct slot {
	int64_t at_ns;
	uint64_t sequence;
	enum schedule_class class;
	uint32_t heap_index; /* NOT_QUEUED when free */
	scheduler_callback callback;
	void *user;
	uint32_t next_free;
};

#define NOT_QUEUED UINT32_MAX
#define NO_SLOT	   UINT32_MAX

struct scheduler {
	int64_t now_ns;
	int64_t source_ns; /* last event that a source delivered; the start before the first */
	uint64_t next_sequence;
	bool stopped;
	struct slot *slots;
	uint32_t *heap; /* slot numbers */
	uint32_t count, capacity, used, first_free;
};

__attribute__((noreturn, format(printf, 1, 2))) static void broken(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("scheduler: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	abort();
}

struct scheduler *scheduler_create(int64_t start_ns)
{
	struct scheduler *scheduler = calloc(1, sizeof(*scheduler));
	if (!scheduler)
		return NULL;
	scheduler->now_ns = start_ns;
	scheduler->source_ns = start_ns;
	scheduler->first_free = NO_SLOT;
	return scheduler;
}

void scheduler_free(struct scheduler *scheduler)
{
	if (!scheduler)
		return;
	free(scheduler->slots);
	free(scheduler->heap);
	free(scheduler);
}

int64_t scheduler_now(const struct scheduler *scheduler)
{
	return scheduler->now_ns;
}

int64_t scheduler_log_clock(void *scheduler)
{
	return scheduler_now(scheduler);
}

static bool before(const struct slot *a, const struct slot *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	if (a->class != b->class)
		return a->class < b->class;
	return a->sequence < b->sequence;
}

static void put(struct scheduler *scheduler, uint32_t index, uint32_t slot)
{
	scheduler->heap[index] = slot;
	scheduler->slots[slot].heap_index = index;
}

static void sift_up(struct scheduler *scheduler, uint32_t index)
{
	uint32_t slot = scheduler->heap[index];
	while (index > 0) {
		uint32_t parent = (index - 1) / 2;
		if (!before(&scheduler->slots[slot], &scheduler->slots[scheduler->heap[parent]]))
			break;
		put(scheduler, index, scheduler->heap[parent]);
		index = parent;
	}
	put(scheduler, index, slot);
}

static void sift_down(struct scheduler *scheduler, uint32_t index)
{
	uint32_t slot = scheduler->heap[index];
	for (;;) {
		uint32_t child = 2 * index + 1;
		if (child >= scheduler->count)
			break;
		if (child + 1 < scheduler->count &&
		    before(&scheduler->slots[scheduler->heap[child + 1]],
			   &scheduler->slots[scheduler->heap[child]]))
			child++;
		if (!before(&scheduler->slots[scheduler->heap[child]], &scheduler->slots[slot]))
			break;
		put(scheduler, index, scheduler->heap[child]);
		index = child;
	}
	put(scheduler, index, slot);
}

static void remove_at(struct scheduler *scheduler, uint32_t index)
{
	struct slot *slot = &scheduler->slots[scheduler->heap[index]];
	uint32_t number = scheduler->heap[index];
	uint32_t last = scheduler->heap[--scheduler->count];
	if (index < scheduler->count) {
		put(scheduler, index, last);
		sift_down(scheduler, index);
		sift_up(scheduler, scheduler->slots[last].heap_index);
	}
	slot->heap_index = NOT_QUEUED;
	slot->next_free = scheduler->first_free;
	scheduler->first_free = number;
}

static uint32_t take_slot(struct scheduler *scheduler)
{
	if (scheduler->first_free != NO_SLOT) {
		uint32_t slot = scheduler->first_free;
		scheduler->first_free = scheduler->slots[slot].next_free;
		return slot;
	}
	if (scheduler->used == scheduler->capacity) {
		uint32_t capacity = scheduler->capacity ? scheduler->capacity * 2 : 64;
		scheduler->slots = realloc(scheduler->slots, capacity * sizeof(*scheduler->slots));
		scheduler->heap = realloc(scheduler->heap, capacity * sizeof(*scheduler->heap));
		if (!scheduler->slots || !scheduler->heap)
			broken("no memory for %u entries", capacity);
		scheduler->capacity = capacity;
	}
	return scheduler->used++;
}

schedule_id scheduler_at(struct scheduler *scheduler, int64_t at_ns, enum schedule_class class,
			 scheduler_callback callback, void *user)
{
	if (scheduler->count == SCHEDULER_ENTRIES_MAX)
		broken("more than %d entries wait: something schedules without end",
		       SCHEDULER_ENTRIES_MAX);
	assert(scheduler->next_sequence < SEQUENCE_MAX);
	uint32_t number = take_slot(scheduler);
	struct slot *slot = &scheduler->slots[number];
	slot->at_ns = at_ns > scheduler->now_ns ? at_ns : scheduler->now_ns;
	slot->class = class;
	slot->sequence = ++scheduler->next_sequence; /* from 1: no id is 0 */
	slot->callback = callback;
	slot->user = user;
	put(scheduler, scheduler->count++, number);
	sift_up(scheduler, slot->heap_index);
	return slot->sequence << SLOT_BITS | number;
}

schedule_id scheduler_after(struct scheduler *scheduler, int64_t delay_ns,
			    enum schedule_class class, scheduler_callback callback, void *user)
{
	int64_t at_ns;
	if (__builtin_add_overflow(scheduler->now_ns, delay_ns, &at_ns))
		at_ns = delay_ns < 0 ? INT64_MIN : INT64_MAX;
	return scheduler_at(scheduler, at_ns, class, callback, user);
}

void scheduler_cancel(struct scheduler *scheduler, schedule_id id)
{
	uint64_t number = id & SLOT_MASK;
	if (id == 0 || number >= scheduler->used)
		return;
	struct slot *slot = &scheduler->slots[number];
	if (slot->sequence == id >> SLOT_BITS && slot->heap_index != NOT_QUEUED)
		remove_at(scheduler, slot->heap_index);
}

static void run_top(struct scheduler *scheduler)
{
	struct slot top = scheduler->slots[scheduler->heap[0]];
	remove_at(scheduler, 0);
	if (top.at_ns > scheduler->now_ns)
		scheduler->now_ns = top.at_ns;
	top.callback(top.user);
}

/*
 * After the source's end, later timers and settlements (nobody knows what a boundary beyond the
 * data paid) stay where they are: of the rest, the earliest runs. The heap is small by then, so a
 * scan is fine.
 */
static bool run_in_flight(struct scheduler *scheduler, int64_t until_ns)
{
	uint32_t best = NOT_QUEUED;
	for (uint32_t i = 0; i < scheduler->count; i++) {
		const struct slot *slot = &scheduler->slots[scheduler->heap[i]];
		bool beyond_data = (slot->class == SCHEDULE_TIMER ||
				    slot->class == SCHEDULE_VENUE_SETTLEMENT) &&
				   slot->at_ns > scheduler->source_ns;
		if (beyond_data || slot->at_ns > until_ns)
			continue;
		if (best == NOT_QUEUED || before(slot, &scheduler->slots[scheduler->heap[best]]))
			best = i;
	}
	if (best == NOT_QUEUED)
		return false;
	struct slot entry = scheduler->slots[scheduler->heap[best]];
	remove_at(scheduler, best);
	if (entry.at_ns > scheduler->now_ns)
		scheduler->now_ns = entry.at_ns;
	entry.callback(entry.user);
	return true;
}

/* Whether the heap's top goes before the next event of a source that goes on (NULL: there is none).
 */
static bool heap_first(const struct scheduler *scheduler, const struct stream_source *source,
		       int64_t source_ns)
{
	if (scheduler->count == 0)
		return false;
	if (!source)
		return true;
	const struct slot *top = &scheduler->slots[scheduler->heap[0]];
	return top->at_ns < source_ns ||
	       (top->at_ns == source_ns && top->class < SCHEDULE_MARKET_EVENT);
}

void scheduler_run(struct scheduler *scheduler, const struct stream_source *source,
		   int64_t until_ns)
{
	scheduler->stopped = false;
	while (!scheduler->stopped) {
		int64_t source_ns = source ? source->next_ns(source->user) : INT64_MAX;
		if (source && source_ns == INT64_MAX) {
			if (!run_in_flight(scheduler, until_ns))
				return;
			continue;
		}
		if (heap_first(scheduler, source, source_ns)) {
			if (scheduler->slots[scheduler->heap[0]].at_ns > until_ns)
				return;
			run_top(scheduler);
		} else {
			if (!source || source_ns > until_ns)
				return;
			if (source_ns < scheduler->now_ns)
				broken("the source's next event is at %" PRId64
				       " ns, before now, %" PRId64
				       " ns: its events are out of order",
				       source_ns, scheduler->now_ns);
			scheduler->now_ns = source_ns;
			scheduler->source_ns = source_ns;
			source->dispatch(source->user);
		}
	}
}

void scheduler_stop(struct scheduler *scheduler)
{
	scheduler->stopped = true;
}

bool scheduler_stopped(const struct scheduler *scheduler)
{
	return scheduler->stopped;
}

size_t scheduler_pending(const struct scheduler *scheduler)
{
	return scheduler->count;
}

int64_t scheduler_next_ns(const struct scheduler *scheduler)
{
	return scheduler->count == 0 ? INT64_MAX : scheduler->slots[scheduler->heap[0]].at_ns;
}

void scheduler_advance(struct scheduler *scheduler, int64_t at_ns)
{
	if (at_ns <= scheduler->now_ns)
		return;
	if (scheduler_next_ns(scheduler) < at_ns)
		broken("now cannot move to %" PRId64 " ns: an entry at %" PRId64 " ns still waits",
		       at_ns, scheduler_next_ns(scheduler));
	scheduler->now_ns = at_ns;
}
