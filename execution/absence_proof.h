/*
 * The proof that an order whose outcome is unknown never existed. All of: the venue's clock passed
 * the order's end by the clock error and an allowance; after that, two negative look-ups at least
 * a second apart; no fill of it since it was sent; a position that equals ours. A failed look-up
 * proves nothing. Pure: it says which question is to be asked next.
 */
#ifndef FUNDARB_EXECUTION_ABSENCE_PROOF_H
#define FUNDARB_EXECUTION_ABSENCE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#define ABSENCE_LOOK_UPS	    2
#define ABSENCE_LOOK_UP_DISTANCE_NS INT64_C(1000000000)

struct absence_proof {
	int64_t open_ns; /* local time from which on answers count */
	unsigned negatives;
	int64_t last_negative_ns; /* when that look-up was asked */
	bool fills_clean;
	bool position_needed;
	bool position_agrees;
};

enum proof_question {
	PROOF_NOT_YET, /* the time is not up; looking up may still find the order */
	PROOF_LOOK_UP,
	PROOF_READ_FILLS,
	PROOF_READ_POSITION,
	PROOF_COMPLETE,
};

/*
 * open_ns: the order's end at the venue in local time + clock error + allowance. position_needed
 * is false for reduce-only orders, which cannot enlarge anything.
 */
void absence_proof_begin(struct absence_proof *proof, int64_t open_ns, bool position_needed);
/* *due_ns: when the question may be asked, >= now_ns. */
enum proof_question absence_proof_next(const struct absence_proof *proof, int64_t now_ns,
				       int64_t *due_ns);
/* asked_ns: when the question left; answers to questions asked too early or too close count not. */
void absence_proof_not_found(struct absence_proof *proof, int64_t asked_ns);
void absence_proof_no_fills(struct absence_proof *proof, int64_t asked_ns);
void absence_proof_position(struct absence_proof *proof, int64_t asked_ns, bool agrees);

#endif
