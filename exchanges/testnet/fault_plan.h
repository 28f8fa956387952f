/*
 * Faults in the vocabulary of the fault catalogue (the `knob` column): "ord.resp=drop",
 * "ord.http=503:unknown", "ws.dup", "funding.pay=8", each with selectors {venue=, symbol=, side=,
 * nth=, p=, from_ms=, to_ms=, kind=, count=} and one seed. A plan only says whether a fault
 * strikes now; the place where it strikes does the harm. docs/testnet.md lists every knob.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_FAULT_PLAN_H
#define FUNDARB_EXCHANGES_TESTNET_FAULT_PLAN_H

#include "core/base/error.h"
#include "core/base/random.h"
#include "exchanges/exchange_client.h"

#define FAULTS_MAX	64
#define FAULT_VALUE_MAX 63

struct fault_plan;

/* What is about to happen; NULL or 0 members match only rules that do not select on them. */
struct fault_occasion {
	const char *venue;
	const char *symbol;
	enum { FAULT_ANY_SIDE, FAULT_BUY, FAULT_SELL } side;
	const char
		*kind;	/* "open", "hedge", "unwind", "cancel"; testnets know reduce-only: unwind */
	int64_t now_ns; /* scheduler time */
};

struct fault_plan *fault_plan_create(uint64_t seed, int64_t start_ns);
void fault_plan_free(struct fault_plan *plan);
/*
 * Adds a rule: "ord.resp=drop,venue=lighter,nth=2". Unknown knobs, values or selectors are errors
 * that name what is known. nth counts occasions of that knob that pass the other selectors (1..);
 * count bounds the strikes (nth given: 1); p is a probability as a decimal; from_ms and to_ms count
 * from the plan's start.
 */
bool fault_plan_add(struct fault_plan *plan, const char *rule, struct error *err);
void fault_plan_clear(struct fault_plan *plan);
/* Whether `knob` strikes on this occasion; value gets the text behind '=' ("" if none). */
bool fault_plan_strikes(struct fault_plan *plan, const char *knob,
			const struct fault_occasion *occasion, char value[FAULT_VALUE_MAX + 1]);
/* The same as an integer, for knobs whose value is one; `otherwise` where it does not strike. */
int64_t fault_plan_number(struct fault_plan *plan, const char *knob,
			  const struct fault_occasion *occasion, int64_t otherwise);
/* How often each rule struck: for the admin endpoint and tests. */
size_t fault_plan_count(const struct fault_plan *plan);
const char *fault_plan_rule(const struct fault_plan *plan, size_t index, uint64_t *strikes);

#endif
