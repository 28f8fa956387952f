/*
 * What one instrument's funding rate really means, proven before money depends on it. Two proofs:
 *
 * 1. Keyless: settled rates agree with the venue's other public figures (READ_FUNDING_EVIDENCE).
 *    It allows probe size.
 * 2. One settlement paid what rate and position say, to 1 % plus half a last digit of every input.
 *    It allows full size.
 *
 * A payment that is off by a factor of 2, 3, 4, 8, 24, 100, an inverse, or that goes the other way
 * means that the unit of the rate is misread: quarantine, until a person ends it. Any other misfit
 * holds the instrument at probe size. Pure: no clock, no I/O, exact integers.
 */
#ifndef FUNDARB_EXCHANGES_FUNDING_PROOF_H
#define FUNDARB_EXCHANGES_FUNDING_PROOF_H

#include "exchanges/exchange_client.h"

enum funding_proof_state {
	FUNDING_UNPROVEN,    /* nothing may be opened */
	FUNDING_PROBE,	     /* proof 1: probe size */
	FUNDING_FULL,	     /* proof 1 and 2 */
	FUNDING_QUARANTINED, /* nothing may be opened, what is held is closed */
};
#define FUNDING_PROOF_STATES (FUNDING_QUARANTINED + 1)
const char *funding_proof_state_text(enum funding_proof_state state); /* "unproven", "probe", ... */

/* paid = numerator / denominator of what was expected; 0/0: none. */
struct funding_factor {
	int16_t numerator, denominator;
};

/* ---- one settlement -------------------------------------------------------------------------- */

/* What a settlement paid beside what it should have paid; amounts as ACCOUNT_FUNDING. */
struct funding_settlement {
	int64_t boundary_ns;
	struct money expected; /* > 0: to be received */
	/* What half a last digit of value, or of rate and price, moves the expectation by; >= 0. */
	struct money expected_tolerance;
	struct money paid;
	struct money paid_tolerance; /* half a last digit of the posting; >= 0 */
};

/*
 * Fills boundary_ns, expected and expected_tolerance. By value: -(position x contract size x value
 * per base coin), linear only (Lighter). By rate: -(position value at the price x rate), the price
 * known to half of 10^-price_decimals, never one derived from the payment itself. False: out of
 * range, or an input that is not positive where it must be.
 */
bool funding_expected_by_value(const struct instrument *instrument, struct quantity position,
			       const struct funding_evidence *evidence,
			       struct funding_settlement *settlement);
bool funding_expected_by_rate(const struct instrument *instrument, struct quantity position,
			      const struct funding_evidence *evidence, struct money price,
			      struct funding_settlement *settlement);

enum funding_verdict {
	/* The digits alone move it by more than FUNDING_DIGITS_MAX_PERCENT: it says nothing. */
	FUNDING_DOES_NOT_COUNT,
	FUNDING_FITS,
	FUNDING_OFF_BY_FACTOR,
	FUNDING_MISFIT,
};
#define FUNDING_TOLERANCE_PERCENT	 1
#define FUNDING_FACTOR_TOLERANCE_PERCENT 2
/* With the 1 % they are the 5 % above which a settlement does not count. */
#define FUNDING_DIGITS_MAX_PERCENT 4

/* *factor is set with FUNDING_OFF_BY_FACTOR only. */
enum funding_verdict funding_settlement_judge(const struct funding_settlement *settlement,
					      struct funding_factor *factor);

/* ---- one instrument -------------------------------------------------------------------------- */

/* Rows of evidence: at least so many must speak, and at most one in ten may disagree. */
#define FUNDING_ROWS_MIN	  3
#define FUNDING_ROWS_DISAGREE_MAX 10
/* Fitting settlements in a row that are needed after a misfit; at first one is. */
#define FUNDING_FITS_AFTER_MISFIT 3

/* All zero but fits_needed = 1: nothing is known (funding_proof_begin). */
struct funding_proof {
	bool quarantined;
	struct funding_factor factor;	      /* why, if quarantined */
	bool public_agrees;		      /* proof 1 */
	uint16_t rows_counted, rows_agreeing; /* of the last evidence that spoke */
	/* Proof 2: fitting settlements still to come; 0: full size. */
	uint16_t fits_needed;
	/* The last settlement that counted; verdict DOES_NOT_COUNT: none yet. */
	enum funding_verdict verdict;
	struct funding_settlement settlement;
	int64_t changed_ns; /* when the state was reached; kept by the caller */
};

struct funding_proof funding_proof_begin(void);
enum funding_proof_state funding_proof_state(const struct funding_proof *proof);

/*
 * Judges rows, oldest first; rows without a derived figure, or whose digits do not carry a fourth
 * of the rate, say nothing. Too few rows change nothing. True if a number or the state changed.
 */
bool funding_proof_offer_evidence(struct funding_proof *proof, const struct funding_evidence *rows,
				  size_t count);
/*
 * Judges a settlement; one that is not newer than the last judged is passed over
 * (FUNDING_DOES_NOT_COUNT). Nothing but a person ends a quarantine.
 */
enum funding_verdict funding_proof_offer_settlement(struct funding_proof *proof,
						    const struct funding_settlement *settlement);

/* What the state rests on, as a sentence without its subject; returns buffer. */
#define FUNDING_SENTENCE_MAX 320
const char *funding_proof_sentence(const struct funding_proof *proof, char *buffer, size_t size);
/* "pays 8 times what its rate says"; short enough for a refusal. */
const char *funding_factor_text(struct funding_factor factor, char *buffer, size_t size);

#endif
