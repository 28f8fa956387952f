#include "exchanges/lighter/lighter_seen.h"

#include <stddef.h>

#define SLOTS (2 * LIGHTER_SEEN_MAX)

static size_t home_of(uint64_t id)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % SLOTS;
}

static size_t find(const struct lighter_seen *seen, uint64_t id)
{
	size_t slot = home_of(id);
	while (seen->slots[slot] != 0 && seen->ring[seen->slots[slot] - 1] != id)
		slot = (slot + 1) % SLOTS;
	return slot;
}

/* Closes the hole, so that what lies behind it is still found. */
static void take_out(struct lighter_seen *seen, uint64_t id)
{
	size_t hole = find(seen, id);
	for (size_t at = hole;;) {
		at = (at + 1) % SLOTS;
		if (seen->slots[at] == 0)
			break;
		size_t home = home_of(seen->ring[seen->slots[at] - 1]);
		/* Movable if its home is not between the hole and its place. */
		if ((at + SLOTS - home) % SLOTS >= (at + SLOTS - hole) % SLOTS) {
			seen->slots[hole] = seen->slots[at];
			hole = at;
		}
	}
	seen->slots[hole] = 0;
}

bool lighter_seen_add(struct lighter_seen *seen, uint64_t id)
{
	if (seen->slots[find(seen, id)] != 0)
		return false;
	if (seen->count == LIGHTER_SEEN_MAX)
		take_out(seen, seen->ring[seen->next]);
	else
		seen->count++;
	seen->ring[seen->next] = id;
	seen->slots[find(seen, id)] = (uint16_t)(seen->next + 1);
	seen->next = (seen->next + 1) % LIGHTER_SEEN_MAX;
	return true;
}
