/* Any text as fault rules, one a line: refused with a sentence, or asked about some occasions. */
#include "exchanges/testnet/fault_knobs.h"
#include "exchanges/testnet/fault_plan.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void ask(struct fault_plan *plan)
{
	char value[FAULT_VALUE_MAX + 1];
	struct error err = {0};
	struct fault_occasion occasion = {
		.venue = "lighter", .symbol = "BTC", .side = FAULT_BUY, .kind = "open"};
	for (int64_t at = 0; at < 4; at++) {
		occasion.now_ns = at * 1000000000;
		for (size_t i = 0; i < FAULT_KNOB_COUNT; i++) {
			const struct fault_knob *knob = &FAULT_KNOBS[i];
			if (!fault_plan_strikes(plan, knob->name, &occasion, value))
				continue;
			assert(memchr(value, '\0', sizeof(value)) != NULL);
			assert(fault_knob_takes(knob, value, &err));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char rule[256];
	struct fault_plan *plan = fault_plan_create(1, 0);
	assert(plan != NULL);
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(bytes + at, '\n', size - at);
		size_t length = end != NULL ? (size_t)(end - bytes) - at : size - at;
		size_t kept = length < sizeof(rule) - 1 ? length : sizeof(rule) - 1;
		struct error err = {0};
		memcpy(rule, bytes + at, kept);
		rule[kept] = '\0';
		at += length + 1;
		if (!fault_plan_add(plan, rule, &err))
			assert(err.category != ERROR_NONE && err.text[0] != '\0');
	}
	assert(fault_plan_count(plan) <= FAULTS_MAX);
	ask(plan);
	fault_plan_free(plan);
	return 0;
}
