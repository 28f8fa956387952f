#include "execution/absence_proof.h"

void absence_proof_begin(struct absence_proof *proof, int64_t open_ns, bool position_needed)
{
	*proof = (struct absence_proof){.open_ns = open_ns, .position_needed = position_needed};
}

enum proof_question absence_proof_next(const struct absence_proof *proof, int64_t now_ns,
				       int64_t *due_ns)
{
	*due_ns = now_ns;
	if (now_ns < proof->open_ns) {
		*due_ns = proof->open_ns;
		return PROOF_NOT_YET;
	}
	if (proof->negatives < ABSENCE_LOOK_UPS) {
		int64_t next_ns = proof->last_negative_ns + ABSENCE_LOOK_UP_DISTANCE_NS;
		if (proof->negatives > 0 && next_ns > now_ns)
			*due_ns = next_ns;
		return PROOF_LOOK_UP;
	}
	if (!proof->fills_clean)
		return PROOF_READ_FILLS;
	if (proof->position_needed && !proof->position_agrees)
		return PROOF_READ_POSITION;
	return PROOF_COMPLETE;
}

void absence_proof_not_found(struct absence_proof *proof, int64_t asked_ns)
{
	if (asked_ns < proof->open_ns ||
	    (proof->negatives > 0 &&
	     asked_ns - proof->last_negative_ns < ABSENCE_LOOK_UP_DISTANCE_NS))
		return;
	proof->negatives++;
	proof->last_negative_ns = asked_ns;
}

void absence_proof_no_fills(struct absence_proof *proof, int64_t asked_ns)
{
	if (asked_ns >= proof->open_ns)
		proof->fills_clean = true;
}

void absence_proof_position(struct absence_proof *proof, int64_t asked_ns, bool agrees)
{
	if (asked_ns >= proof->open_ns)
		proof->position_agrees = agrees;
}
