/*
 * Fields of Lighter's JSON: an object's named members as slots, lists in every shape the venue has
 * been seen to send, and exact conversions. Strings and numbers are taken alike (the venue sends
 * twins), null lists are empty, unknown members are passed over, a named member that stands twice
 * refuses the object. Pure: no allocation, everything points into the text.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_JSON_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_JSON_H

#include "core/base/json_reader.h"
#include "core/base/money.h"

struct lighter_slot {
	enum json_type type; /* JSON_ERROR: absent */
	const char *text;    /* strings without quotes; containers from bracket to bracket */
	size_t length;
	bool escaped;
};

static inline bool lighter_has(const struct lighter_slot *slot)
{
	return slot->type != JSON_ERROR && slot->type != JSON_NULL;
}

/* The whole text is one object, sound to its end. False: it is not, or a named member stands twice.
 */
bool lighter_object(const char *text, size_t length, const char *const *names, size_t count,
		    struct lighter_slot *slots);
/* The same of a slot; false if it holds no object. */
bool lighter_object_in(const struct lighter_slot *slot, const char *const *names, size_t count,
		       struct lighter_slot *slots);

/*
 * The objects of a list, whatever holds them: [..], {"market":[..]}, {"market":{..}}; null and
 * absent are empty.
 */
struct lighter_list {
	struct json_reader reader;
	enum { LIST_OVER, LIST_FLAT, LIST_KEYED, LIST_IN_KEY } at;
	bool unsound;
};
void lighter_list_begin(struct lighter_list *list, const struct lighter_slot *slot);
/* False at the end, or when something that is no object was met (then unsound is set). */
bool lighter_list_next(struct lighter_list *list, struct lighter_slot *object);
/* As above for a list of strings or numbers. */
bool lighter_list_next_value(struct lighter_list *list, struct lighter_slot *value);

/* Each is false, *out untouched, when the slot is absent or holds anything else. */
bool lighter_u64(const struct lighter_slot *slot, uint64_t *out);
bool lighter_i64(const struct lighter_slot *slot, int64_t *out);
bool lighter_flag(const struct lighter_slot *slot, bool *out); /* true, false, 0, 1 */
/* By magnitude, as the venue mixes units (§1.2): >= 1e18 ns, >= 1e15 us, >= 1e12 ms, else s. */
bool lighter_time(const struct lighter_slot *slot, int64_t *ns);
/* Units of 10^-decimals, exact. */
bool lighter_units(const struct lighter_slot *slot, unsigned decimals, int64_t *out);
/* Scale 18; digits beyond are rounded half-even (averages and totals, never an order's price). */
bool lighter_money(const struct lighter_slot *slot, struct money *out);
/* A percentage as a fraction: "0.0012" is 0.000012. */
bool lighter_percent(const struct lighter_slot *slot, struct rate *out);
/* How many decimals the number was written with. */
unsigned lighter_written_decimals(const struct lighter_slot *slot);
/* NUL-terminated; false, and "", if it does not fit or is no string. */
bool lighter_text(const struct lighter_slot *slot, char *buffer, size_t size);
bool lighter_is(const struct lighter_slot *slot, const char *literal);

#endif
