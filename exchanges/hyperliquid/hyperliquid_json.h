/*
 * Foreign JSON as spans: an object is read once into the values of the keys that somebody wants,
 * an array one element after the other; nothing is copied or allocated. What a value is turned
 * into is exact or refused, never cut. Internal to exchanges/hyperliquid.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_JSON_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_JSON_H

#include "core/base/json_reader.h"
#include "core/base/money.h"

/*
 * type: JSON_ERROR = absent; JSON_OBJECT_BEGIN and JSON_ARRAY_BEGIN = the whole container, brackets
 * included; strings without quotes, escapes not resolved.
 */
struct hyperliquid_value {
	enum json_type type;
	bool escaped;
	const char *text;
	size_t length;
};

/* The one value of a text; only its kind is judged, a container is checked as it is read. False:
 * blank, or a scalar that is none. */
bool hyperliquid_document(const char *text, size_t length, struct hyperliquid_value *value);

/*
 * values[i] gets the member names[i]; absent ones get JSON_ERROR. False: not a sound object, or a
 * wanted key stands in it twice (which one is meant is not known). count <= 32.
 */
bool hyperliquid_members(const struct hyperliquid_value *object, const char *const *names,
			 size_t count, struct hyperliquid_value *values);

struct hyperliquid_array {
	struct json_reader reader;
	bool broken; /* the text is not a sound array */
};
/* False, and broken: not an array. */
bool hyperliquid_array_begin(const struct hyperliquid_value *array,
			     struct hyperliquid_array *elements);
/* False: no more elements, or broken. */
bool hyperliquid_array_next(struct hyperliquid_array *elements, struct hyperliquid_value *value);

/* Absent or null; `false` counts too where a flag is meant (§1.3: all three were seen). */
bool hyperliquid_missing(const struct hyperliquid_value *value);
/* true; *out false for absent, null and false. False: anything else. */
bool hyperliquid_flag(const struct hyperliquid_value *value, bool *out);

bool hyperliquid_is(const struct hyperliquid_value *value, const char *text);
/* A string into a buffer, escapes resolved, NUL-terminated; false, and "", if it does not fit. */
bool hyperliquid_copy(const struct hyperliquid_value *value, char *buffer, size_t size);
/* A string or number for a log line: as much as fits, control bytes as blanks; "" if neither. */
void hyperliquid_excerpt(const struct hyperliquid_value *value, char *buffer, size_t size);
bool hyperliquid_u64(const struct hyperliquid_value *value, uint64_t *out);
bool hyperliquid_i64(const struct hyperliquid_value *value, int64_t *out);
/* Milliseconds since 1970 as nanoseconds; only 2000..2200 is a time. */
bool hyperliquid_time(const struct hyperliquid_value *value, int64_t *ns);
/* A decimal, string or number, at scale 18; surplus digits (binary noise, §1.2) half-even. */
bool hyperliquid_money(const struct hyperliquid_value *value, struct money *out);
/* The same within +-1 whole (rates, premiums are far smaller). */
bool hyperliquid_rate(const struct hyperliquid_value *value, struct rate *out);
/* A decimal in units of 10^-decimals, exact or refused. */
bool hyperliquid_units(const struct hyperliquid_value *value, unsigned decimals, int64_t *units);

#endif
