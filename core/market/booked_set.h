/*
 * Which facts are in the books already: a growing set of (instrument, kind, name), so that a fill
 * or a funding payment that is told twice is booked once. Internal to core/market.
 */
#ifndef FUNDARB_CORE_MARKET_BOOKED_SET_H
#define FUNDARB_CORE_MARKET_BOOKED_SET_H

#include "core/market/account_event.h"

/* Compared byte by byte: zero it before filling. */
struct booked_fact {
	instrument_id instrument; /* != 0 */
	uint32_t is_funding;
	union {
		char trade_id[VENUE_TEXT_MAX + 1];
		int64_t boundary_ns;
	} name;
};

struct booked_set {
	struct booked_fact *slots; /* instrument 0 = free */
	size_t capacity;	   /* 0 or a power of two */
	size_t count;
};

/* All zero is an empty set. */
void booked_set_free(struct booked_set *set);
bool booked_set_contains(const struct booked_set *set, const struct booked_fact *fact);
/* Makes room for one more fact; false: out of memory. */
bool booked_set_reserve(struct booked_set *set);
/* Needs room (booked_set_reserve); the fact must not be in the set. */
void booked_set_insert(struct booked_set *set, const struct booked_fact *fact);

#endif
