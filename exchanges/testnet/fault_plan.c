#include "exchanges/testnet/fault_plan.h"

#include "core/base/decimal.h"
#include "exchanges/testnet/fault_knobs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_TEXT_MAX 191
#define NAME_TEXT_MAX 31
#define NS_IN_MS      INT64_C(1000000)
#define P_DECIMALS    9

struct rule {
	const struct fault_knob *knob;
	char text[RULE_TEXT_MAX + 1];
	char value[FAULT_VALUE_MAX + 1];
	char venue[NAME_TEXT_MAX + 1], symbol[NAME_TEXT_MAX + 1], kind[NAME_TEXT_MAX + 1];
	int side;
	int64_t from_ns, to_ns; /* scheduler time */
	bool from_given;
	uint64_t nth, count; /* 0: any, no bound */
	uint64_t p;	     /* of 10^P_DECIMALS; at most that: always */
	uint64_t occasions, strikes;
	int64_t began_ns; /* of a duration: its first moment; INT64_MIN: not yet */
};

struct fault_plan {
	struct random random;
	int64_t start_ns;
	struct rule rules[FAULTS_MAX];
	size_t count;
};

struct fault_plan *fault_plan_create(uint64_t seed, int64_t start_ns)
{
	struct fault_plan *plan = calloc(1, sizeof(*plan));
	if (plan == NULL)
		return NULL;
	random_seed(&plan->random, seed);
	plan->start_ns = start_ns;
	return plan;
}

void fault_plan_free(struct fault_plan *plan)
{
	free(plan);
}

void fault_plan_clear(struct fault_plan *plan)
{
	plan->count = 0;
}

/* ---- parsing -----------------------------------------------------------------------------------
 */

static bool refuse(struct error *err, const char *rule, const char *name, const char *value,
		   const char *allowed)
{
	return error_set(err, ERROR_CONFIGURATION,
			 "fault '%.60s': %s=%.40s is not possible; allowed: %s", rule, name, value,
			 allowed);
}

static bool take_text(char out[NAME_TEXT_MAX + 1], const char *value)
{
	size_t length = strlen(value);
	if (length == 0 || length > NAME_TEXT_MAX)
		return false;
	memcpy(out, value, length + 1);
	return true;
}

static bool take_count(uint64_t *out, const char *value)
{
	int64_t number;
	if (decimal_parse_i64(value, strlen(value), 0, &number) != DECIMAL_OK || number < 1)
		return false;
	*out = (uint64_t)number;
	return true;
}

static bool take_time(const struct fault_plan *plan, int64_t *out, const char *value)
{
	int64_t ms, ns;
	return decimal_parse_i64(value, strlen(value), 0, &ms) == DECIMAL_OK && ms >= 0 &&
	       !__builtin_mul_overflow(ms, NS_IN_MS, &ns) &&
	       !__builtin_add_overflow(plan->start_ns, ns, out);
}

static bool take_side(int *side, const char *value)
{
	*side = strcmp(value, "buy") == 0 ? FAULT_BUY : FAULT_SELL;
	return *side == FAULT_BUY || strcmp(value, "sell") == 0;
}

static bool take_probability(uint64_t *out, const char *value)
{
	int64_t p;
	if (decimal_parse_i64(value, strlen(value), P_DECIMALS, &p) != DECIMAL_OK || p < 0 ||
	    p > DECIMAL_POWERS[P_DECIMALS])
		return false;
	*out = (uint64_t)p;
	return true;
}

static bool take_kind(char out[NAME_TEXT_MAX + 1], const char *value)
{
	return (strcmp(value, "open") == 0 || strcmp(value, "hedge") == 0 ||
		strcmp(value, "unwind") == 0 || strcmp(value, "cancel") == 0) &&
	       take_text(out, value);
}

static bool selects_occasions(const char *name)
{
	return strcmp(name, "nth") == 0 || strcmp(name, "count") == 0 || strcmp(name, "p") == 0;
}

static bool take_selector(const struct fault_plan *plan, struct rule *rule, const char *name,
			  const char *value, struct error *err)
{
	bool lasts = rule->knob->nature == FAULT_CONDITION || rule->knob->nature == FAULT_DURATION;
	if (lasts && selects_occasions(name))
		return error_set(
			err, ERROR_CONFIGURATION,
			"fault '%.60s': %s lasts and is not struck by occasions: %s cannot "
			"be given; use from_ms and to_ms",
			rule->text, rule->knob->name, name);
	if (strcmp(name, "venue") == 0)
		return take_text(rule->venue, value) ||
		       refuse(err, rule->text, name, value, "1 to 31 characters");
	if (strcmp(name, "symbol") == 0)
		return take_text(rule->symbol, value) ||
		       refuse(err, rule->text, name, value, "1 to 31 characters");
	if (strcmp(name, "side") == 0)
		return take_side(&rule->side, value) ||
		       refuse(err, rule->text, name, value, "buy | sell");
	if (strcmp(name, "kind") == 0)
		return take_kind(rule->kind, value) ||
		       refuse(err, rule->text, name, value, "open | hedge | unwind | cancel");
	if (strcmp(name, "nth") == 0)
		return take_count(&rule->nth, value) ||
		       refuse(err, rule->text, name, value, "1 and more");
	if (strcmp(name, "count") == 0)
		return take_count(&rule->count, value) ||
		       refuse(err, rule->text, name, value, "1 and more");
	if (strcmp(name, "p") == 0)
		return take_probability(&rule->p, value) ||
		       refuse(err, rule->text, name, value, "0 to 1, at most 9 decimals");
	if (strcmp(name, "from_ms") == 0) {
		rule->from_given = true;
		return take_time(plan, &rule->from_ns, value) ||
		       refuse(err, rule->text, name, value, "0 and more");
	}
	if (strcmp(name, "to_ms") == 0)
		return take_time(plan, &rule->to_ns, value) ||
		       refuse(err, rule->text, name, value, "0 and more");
	return error_set(err, ERROR_CONFIGURATION,
			 "fault '%.60s': '%.40s' is not a selector; known: venue, symbol, side, "
			 "kind, nth, count, p, from_ms, to_ms",
			 rule->text, name);
}

/* Cuts the next "name=value" off *at; blanks round it are dropped. */
static bool next_part(char **at, char **name, char **value)
{
	char *part = *at + strspn(*at, " \t");
	size_t length = strcspn(part, ",");
	*at = part[length] ? part + length + 1 : NULL;
	part[length] = '\0';
	while (length > 0 && strchr(" \t\r\n", part[length - 1]))
		part[--length] = '\0';
	char *equal = strchr(part, '=');
	*name = part;
	*value = equal ? equal + 1 : part + length;
	if (equal)
		*equal = '\0';
	return part[0] != '\0';
}

static void set_counts(struct rule *rule)
{
	int64_t number;
	if (rule->knob->nature == FAULT_COUNTED && rule->count == 0 &&
	    decimal_parse_i64(rule->value, strlen(rule->value), 0, &number) == DECIMAL_OK)
		rule->count = (uint64_t)number;
	if (rule->count == 0 && (rule->nth != 0 || rule->knob->nature == FAULT_ONCE))
		rule->count = 1;
}

bool fault_plan_add(struct fault_plan *plan, const char *text, struct error *err)
{
	char parts[RULE_TEXT_MAX + 1];
	struct rule rule = {.from_ns = plan->start_ns,
			    .to_ns = INT64_MAX,
			    .p = (uint64_t)DECIMAL_POWERS[P_DECIMALS],
			    .began_ns = INT64_MIN};
	size_t length = strlen(text);
	if (plan->count == FAULTS_MAX)
		return error_set(err, ERROR_LIMIT,
				 "there are %d faults already, the most there can be", FAULTS_MAX);
	if (length > RULE_TEXT_MAX)
		return error_set(err, ERROR_CONFIGURATION,
				 "a fault has at most %d characters, this one %zu", RULE_TEXT_MAX,
				 length);
	memcpy(rule.text, text, length + 1);
	memcpy(parts, text, length + 1);
	char *at = parts, *name, *value;
	if (!next_part(&at, &name, &value))
		return error_set(err, ERROR_CONFIGURATION,
				 "'%.60s' names no fault; a rule is knob=value,selector=value,...",
				 text);
	rule.knob = fault_knob_find(name, err);
	if (rule.knob == NULL)
		return false;
	if (strlen(value) > FAULT_VALUE_MAX)
		return error_set(err, ERROR_CONFIGURATION,
				 "fault %s: a value has at most %d characters", name,
				 FAULT_VALUE_MAX);
	if (!fault_knob_takes(rule.knob, value, err))
		return false;
	memcpy(rule.value, value, strlen(value) + 1);
	while (at != NULL) {
		if (!next_part(&at, &name, &value))
			return error_set(err, ERROR_CONFIGURATION,
					 "fault '%.60s': nothing stands between two commas", text);
		if (!take_selector(plan, &rule, name, value, err))
			return false;
	}
	if (rule.to_ns <= rule.from_ns)
		return error_set(err, ERROR_CONFIGURATION,
				 "fault '%.60s': to_ms is not after from_ms", text);
	set_counts(&rule);
	plan->rules[plan->count++] = rule;
	return true;
}

/* ---- striking ----------------------------------------------------------------------------------
 */

static bool selected(const char *wanted, const char *given)
{
	return wanted[0] == '\0' || (given != NULL && strcmp(wanted, given) == 0);
}

static bool matches(const struct rule *rule, const struct fault_occasion *occasion)
{
	return selected(rule->venue, occasion->venue) && selected(rule->symbol, occasion->symbol) &&
	       selected(rule->kind, occasion->kind) &&
	       (rule->side == FAULT_ANY_SIDE || rule->side == (int)occasion->side) &&
	       occasion->now_ns >= rule->from_ns && occasion->now_ns < rule->to_ns;
}

/* A duration runs from from_ms, or from the first occasion that asks for it. */
static bool lasts_still(struct rule *rule, int64_t now_ns)
{
	int64_t ms, ns, end_ns;
	if (rule->began_ns == INT64_MIN)
		rule->began_ns = rule->from_given ? rule->from_ns : now_ns;
	if (decimal_parse_i64(rule->value, strlen(rule->value), 0, &ms) != DECIMAL_OK ||
	    __builtin_mul_overflow(ms, NS_IN_MS, &ns) ||
	    __builtin_add_overflow(rule->began_ns, ns, &end_ns))
		return true;
	return now_ns < end_ns;
}

static bool strikes_event(struct fault_plan *plan, struct rule *rule)
{
	uint64_t one = (uint64_t)DECIMAL_POWERS[P_DECIMALS];
	rule->occasions++;
	if (rule->occasions < rule->nth || (rule->count != 0 && rule->strikes >= rule->count) ||
	    (rule->p < one && random_below(&plan->random, one) >= rule->p))
		return false;
	rule->strikes++;
	return true;
}

static bool strikes(struct fault_plan *plan, struct rule *rule,
		    const struct fault_occasion *occasion)
{
	if (!matches(rule, occasion))
		return false;
	switch (rule->knob->nature) {
	case FAULT_CONDITION:
		rule->strikes = 1;
		return true;
	case FAULT_DURATION:
		rule->strikes = 1;
		return lasts_still(rule, occasion->now_ns);
	case FAULT_EVENT:
	case FAULT_ONCE:
	case FAULT_COUNTED:
		return strikes_event(plan, rule);
	}
	return false;
}

bool fault_plan_strikes(struct fault_plan *plan, const char *knob,
			const struct fault_occasion *occasion, char value[FAULT_VALUE_MAX + 1])
{
	bool struck = false;
	/* Every rule of the knob counts the occasion; the first that strikes says the value. */
	for (size_t i = 0; plan != NULL && i < plan->count; i++) {
		struct rule *rule = &plan->rules[i];
		if (strcmp(rule->knob->name, knob) != 0 || !strikes(plan, rule, occasion) || struck)
			continue;
		struck = true;
		if (value != NULL)
			memcpy(value, rule->value, sizeof(rule->value));
	}
	return struck;
}

int64_t fault_plan_number(struct fault_plan *plan, const char *knob,
			  const struct fault_occasion *occasion, int64_t otherwise)
{
	char value[FAULT_VALUE_MAX + 1];
	int64_t number;
	if (!fault_plan_strikes(plan, knob, occasion, value) ||
	    decimal_parse_i64(value, strlen(value), 0, &number) != DECIMAL_OK)
		return otherwise;
	return number;
}

size_t fault_plan_count(const struct fault_plan *plan)
{
	return plan->count;
}

const char *fault_plan_rule(const struct fault_plan *plan, size_t index, uint64_t *struck)
{
	if (index >= plan->count)
		return NULL;
	if (struck != NULL)
		*struck = plan->rules[index].strikes;
	return plan->rules[index].text;
}
