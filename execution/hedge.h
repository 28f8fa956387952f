/*
 * What to do about legs that are not equal: complete the one that is behind, or trim the one that
 * is ahead, whichever is cheaper now, inside what is left of the loss budget; then trim at any
 * price the budget allows; then at market; then raise the alarm and keep trying. Pure.
 */
#ifndef FUNDARB_EXECUTION_HEDGE_H
#define FUNDARB_EXECUTION_HEDGE_H

#include "execution/liquidity_analyzer.h"

/* One way to make the legs equal. */
struct hedge_way {
	bool possible; /* a legal quantity exists and the leg may be ordered on */
	const struct instrument *instrument;
	const struct instrument_revision *revision;
	enum side side; /* of the order */
	struct quantity quantity;
	bool priced; /* walk is of this quantity and side, now */
	struct liquidity_report walk;
	/*
	 * What the price is measured against, quote at scale 18: completing, the touch at which the
	 * trade was decided; trimming, what was paid for it.
	 */
	struct money reference;
	i128 risk_e18; /* sigma * sqrt(expected delay), a fraction */
};

struct hedge_situation {
	struct hedge_way complete, trim;
	struct money budget; /* quote, what is left of it */
	unsigned tries;	     /* repair orders so far */
	unsigned tries_max;
	int64_t naked_ns, naked_limit_ns;
	int32_t price_cap_bp;
	i128 widest_e18; /* no limit further from its reference, as a fraction; 0 = any */
};

enum hedge_choice {
	HEDGE_COMPLETE,
	HEDGE_TRIM,
	HEDGE_TRIM_WHOLE_BUDGET,
	HEDGE_TRIM_MARKET,
	HEDGE_IMPOSSIBLE, /* neither way is open now */
};
const char *hedge_choice_text(enum hedge_choice choice);

struct hedge_step {
	enum hedge_choice choice;
	struct quantity quantity;
	enum order_type type;
	struct price limit;	    /* 0 for a market order */
	struct money expected_cost; /* quote; < 0 is a gain */
};
struct hedge_step hedge_decide(const struct hedge_situation *situation);

/*
 * Limit of an IOC: the worst price of the walk and `cap_bp` beyond, rounded towards crossing, yet
 * never worse than `bound` (0 = none), which is rounded away from crossing. 0 if nothing is left.
 */
struct price hedge_limit(const struct instrument *instrument, const struct order_rules *rules,
			 enum side side, struct price worst, int32_t cap_bp, struct money bound);
/*
 * The price at which `budget` is spent on that notional against the reference, fee included, and no
 * further than widest_e18 (a fraction, 0 = any).
 */
bool hedge_bound(const struct hedge_way *way, struct money budget, i128 widest_e18,
		 struct money *bound);

#endif
