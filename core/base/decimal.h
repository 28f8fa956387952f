/*
 * Decimal text <-> integers, exact. Accepts what venues send: optional sign, digits, fraction,
 * exponent ("-1.609e-05"), any number of digits; refuses everything else (blanks, "nan", "1e",
 * "", ".", hexadecimal). No binary floating point anywhere.
 */
#ifndef FUNDARB_CORE_BASE_DECIMAL_H
#define FUNDARB_CORE_BASE_DECIMAL_H

#include "core/base/exact_ratio.h"
#include <stddef.h>

enum decimal_result {
	DECIMAL_OK,
	DECIMAL_SYNTAX,	 /* not a decimal number */
	DECIMAL_INEXACT, /* needs more decimals than asked for; nothing was rounded */
	DECIMAL_RANGE,	 /* does not fit */
};

/* 10^0 .. 10^18. */
extern const int64_t DECIMAL_POWERS[19];

/* Text such as "invalid number"; static storage. */
const char *decimal_result_text(enum decimal_result result);

/* *out = value * 10^decimals, exact; *out untouched unless DECIMAL_OK. decimals 0..36. */
enum decimal_result decimal_parse_i64(const char *text, size_t length, unsigned decimals,
				      int64_t *out);
enum decimal_result decimal_parse_i128(const char *text, size_t length, unsigned decimals,
				       i128 *out);
/* As above but surplus digits are rounded: for derived figures only (never for prices, sizes, ids).
 */
enum decimal_result decimal_parse_rounded(const char *text, size_t length, unsigned decimals,
					  enum rounding rounding, i128 *out);

/*
 * Decimals that the number needs after trailing zeros are dropped ("61800.20" -> 1), INT_MAX if
 * more; -1: no number.
 */
int decimal_decimals_needed(const char *text, size_t length);

#define DECIMAL_TEXT_MAX 48
/*
 * Writes units * 10^-decimals, always with all decimals ("10.50" at 2), NUL-terminated, and
 * returns the length. size >= DECIMAL_TEXT_MAX always suffices for decimals <= 36.
 */
size_t decimal_format(i128 units, unsigned decimals, char *buffer, size_t size);
/* The same without trailing zeros ("10.5", "10"). */
size_t decimal_format_short(i128 units, unsigned decimals, char *buffer, size_t size);

#endif
