/*
 * One rounding for a whole formula: round(n0*n1*... / (d0*d1*...)) with exact 512-bit
 * intermediates. Every price, fee, P&L and funding line goes through here, so no formula
 * rounds twice.
 */
#ifndef FUNDARB_CORE_BASE_EXACT_RATIO_H
#define FUNDARB_CORE_BASE_EXACT_RATIO_H

#include "core/base/int128.h"
#include <stddef.h>

enum rounding {
	ROUND_HALF_EVEN,
	ROUND_TOWARD_ZERO,
	ROUND_AWAY_FROM_ZERO,
	ROUND_FLOOR,
	ROUND_CEILING,
};

/*
 * Stores in *out the product of the numerators over the product of the denominators, rounded once.
 * At most 4 numerators and 4 denominators (both counts >= 1); factors may be negative.
 * Returns false, *out untouched, if a denominator is 0, the denominators' product passes 256 bits,
 * or the result does not fit.
 */
bool exact_ratio(const i128 *numerators, size_t numerator_count, const i128 *denominators,
		 size_t denominator_count, enum rounding rounding, i128 *out);

/* exact_ratio of a*b/c; takes a 128-bit short cut where the product fits. */
bool mul_div(i128 a, i128 b, i128 c, enum rounding rounding, i128 *out);

/* a / b with one rounding; false if b is 0 or the result does not fit. */
bool i128_div_round(i128 a, i128 b, enum rounding rounding, i128 *out);

#endif
