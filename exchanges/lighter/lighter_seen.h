/* The newest ids of something that may be told twice: a bounded set that forgets the oldest. */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_SEEN_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define LIGHTER_SEEN_MAX 4096

struct lighter_seen {
	uint64_t ring[LIGHTER_SEEN_MAX];
	uint16_t slots[2 * LIGHTER_SEEN_MAX]; /* open addressing: 1 + place in the ring; 0 = free */
	uint32_t count, next;
};

/* Zeroed: empty. True if it was not there and now is. */
bool lighter_seen_add(struct lighter_seen *seen, uint64_t id);

#endif
