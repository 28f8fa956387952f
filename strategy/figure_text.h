/*
 * Figures as a person reads them in refusals and exit reasons: basis points and durations with
 * their unit. Text only; no decision is made on it.
 */
#ifndef FUNDARB_STRATEGY_FIGURE_TEXT_H
#define FUNDARB_STRATEGY_FIGURE_TEXT_H

#include "core/base/money.h"
#include <stdint.h>

#define FIGURE_TEXT_MAX 48
struct figure {
	char text[FIGURE_TEXT_MAX];
};
/* A fraction at scale 18 in basis points: "0.54 bp" with two decimals, "20.0 bp" with one. */
struct figure figure_text_bp(i128 fraction_e18, unsigned decimals);
/* "42 s" below two minutes, "15 min" below two hours, else "168 h"; cut, not rounded. */
struct figure figure_text_duration(int64_t ns);
/* An amount with two decimals and no asset: the caller names it. */
struct figure figure_text_amount(struct money amount);

#define SENTENCE_MAX 96 /* number and limit of a refusal or an exit */
/* Prints into one of those, cut to fit. */
void sentence_print(char sentence[SENTENCE_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One basis point at scale 18. */
#define BASIS_POINT_E18 ((i128)100000000000000)

#endif
