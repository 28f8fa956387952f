/*
 * Equal exposure of legs, in canonical tokens, never in dollars: how much a quantity exposes, which
 * quantity undoes an exposure, and how far two legs may differ. Pure.
 */
#ifndef FUNDARB_EXECUTION_EXPOSURE_H
#define FUNDARB_EXECUTION_EXPOSURE_H

#include "core/market/contract.h"

struct exposure_leg {
	const struct instrument *instrument;
	const struct instrument_revision *revision;
	enum side side;
	struct quantity quantity; /* > 0 */
	struct price price;	  /* at which it is expected to fill */
};

/* A spot purchase whose fee is taken out of what is received. */
bool exposure_fee_in_base(const struct exposure_leg *leg);
/* Tokens after the fill, the taker fee taken in base included; unsigned. False on overflow. */
bool exposure_tokens(const struct exposure_leg *leg, struct money *tokens);
/* Tokens of one lot at that price. */
bool exposure_lot_tokens(const struct instrument *instrument,
			 const struct instrument_revision *revision, struct price price,
			 struct money *tokens);
/*
 * The quantity, a multiple of the lot, that is worth `tokens` at that price: an inverse leg takes
 * the nearest contract, the others never more than the tokens. 0 when none is.
 */
struct quantity exposure_quantity(const struct instrument *instrument,
				  const struct instrument_revision *revision, struct price price,
				  struct money tokens);

struct exposure_comparison {
	struct money difference; /* |tokens of leg 0 - tokens of leg 1| */
	struct money allowed;
	const char *because; /* what allows it; static text */
};
/*
 * Allowed is the largest of: half a contract of an inverse leg; less than one lot of the coarser
 * leg where a fee in base makes equality impossible; maximum_difference of the larger leg.
 * False on overflow.
 */
bool exposure_compare(const struct exposure_leg legs[2], struct rate maximum_difference,
		      struct exposure_comparison *comparison);

#endif
