/* UTC times as int64 nanoseconds since 1970; text is ISO 8601 with Z. No time zone anywhere. */
#ifndef FUNDARB_CORE_BASE_UTC_H
#define FUNDARB_CORE_BASE_UTC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US     INT64_C(1000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR   (60 * NS_PER_MINUTE)
#define NS_PER_DAY    (24 * NS_PER_HOUR)

/* "2024-08-08T23:56:00[.n]Z", up to 9 fraction digits, years 1970..2261; false: not such a time. */
bool utc_parse(const char *text, size_t length, int64_t *ns);

#define UTC_TEXT_MAX 32
/* Writes "2024-08-08T23:56:00.000000000Z" with fraction_digits of 0, 3, 6 or 9; returns the length.
 */
size_t utc_format(int64_t ns, unsigned fraction_digits, char *buffer, size_t size);

#endif
