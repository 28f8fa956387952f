#include "core/market/booked_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

void booked_set_free(struct booked_set *set)
{
	free(set->slots);
	*set = (struct booked_set){0};
}

static size_t hash_of(const struct booked_fact *fact)
{
	const unsigned char *bytes = (const unsigned char *)fact;
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	for (size_t i = 0; i < sizeof(*fact); i++)
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds the fact, or the free one where it belongs. */
static struct booked_fact *slot_of(const struct booked_set *set, const struct booked_fact *fact)
{
	size_t slot = hash_of(fact) & (set->capacity - 1);
	while (set->slots[slot].instrument != 0 &&
	       memcmp(&set->slots[slot], fact, sizeof(*fact)) != 0)
		slot = (slot + 1) & (set->capacity - 1);
	return &set->slots[slot];
}

bool booked_set_contains(const struct booked_set *set, const struct booked_fact *fact)
{
	return set->capacity != 0 && slot_of(set, fact)->instrument != 0;
}

bool booked_set_reserve(struct booked_set *set)
{
	if ((set->count + 1) * 2 <= set->capacity)
		return true;
	struct booked_set grown = {.capacity =
					   set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2};
	grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return false;
	for (size_t i = 0; i < set->capacity; i++) {
		if (set->slots[i].instrument != 0)
			booked_set_insert(&grown, &set->slots[i]);
	}
	free(set->slots);
	*set = grown;
	return true;
}

void booked_set_insert(struct booked_set *set, const struct booked_fact *fact)
{
	assert(set->count < set->capacity && fact->instrument != 0);
	struct booked_fact *slot = slot_of(set, fact);
	assert(slot->instrument == 0);
	*slot = *fact;
	set->count++;
}
