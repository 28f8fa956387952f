/*
 * The one list of knobs: parsing, error texts and docs/testnet.md come from it. Where a knob "acts"
 * names who asks the plan for it: the trading floor, the market feed, one service or both.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_FAULT_KNOBS_H
#define FUNDARB_EXCHANGES_TESTNET_FAULT_KNOBS_H

#include "core/base/error.h"
#include <stdint.h>
#include <stdio.h>

enum fault_form {
	FAULT_FORM_NONE,	     /* no value, or 1 */
	FAULT_FORM_INTEGER,	     /* minimum..maximum */
	FAULT_FORM_WORDS,	     /* one of `words` */
	FAULT_FORM_WORDS_OR_INTEGER, /* one of `words`, or minimum..maximum */
	FAULT_FORM_STATUS,	     /* HTTP status, then ":" and one of `words` if wanted */
	FAULT_FORM_CODE,	     /* a venue's code or one of `words`; ":executed" if it was */
	FAULT_FORM_DECIMAL,	     /* signed decimal, not 0 */
	FAULT_FORM_RATIO,	     /* signed decimal or a/b */
	FAULT_FORM_TEXT,	     /* 1 to FAULT_VALUE_MAX characters */
};
enum fault_nature {
	FAULT_EVENT,	 /* strikes single occasions; nth, count, p choose among them */
	FAULT_ONCE,	 /* an event that strikes once unless count says more */
	FAULT_COUNTED,	 /* an event whose integer value is the count; "forever": no bound */
	FAULT_CONDITION, /* lasts: from_ms to to_ms, venue, symbol; no nth, count, p */
	FAULT_DURATION,	 /* a condition that lasts for its value in milliseconds */
};

struct fault_knob {
	const char *name;
	enum fault_form form;
	const char *words; /* "a|b" */
	int64_t minimum, maximum;
	enum fault_nature nature;
	const char *acts; /* "floor", "feed", "lighter", "hyperliquid", "both" */
	const char *meaning;
};
extern const struct fault_knob FAULT_KNOBS[];
extern const size_t FAULT_KNOB_COUNT;

/* NULL if unknown; err then names the nearest and where the list is. */
const struct fault_knob *fault_knob_find(const char *name, struct error *err);
/* What its value may be: "0 to 100", "drop | late", "none"; returns buffer. */
const char *fault_knob_form(const struct fault_knob *knob, char *buffer, size_t size);
/* False with err if the text is no value of that knob. */
bool fault_knob_takes(const struct fault_knob *knob, const char *value, struct error *err);
/* The table of docs/testnet.md. */
void fault_knobs_document(FILE *out);

/* "8", "1/8", "-1.3" as numerator / denominator (denominator > 0, both below 10^19). */
bool fault_ratio_parse(const char *text, int64_t *numerator, int64_t *denominator);

#endif
