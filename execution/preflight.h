/*
 * Preflight: an ordered table of named checks before a trade, each pass / fail / unknown with its
 * number and its limit. Opening fails closed (unknown = no); closing is advised, never blocked.
 */
#ifndef FUNDARB_EXECUTION_PREFLIGHT_H
#define FUNDARB_EXECUTION_PREFLIGHT_H

#include "execution/liquidity_analyzer.h"

enum preflight_check {
	PREFLIGHT_PRICE_AGE,
	PREFLIGHT_BOOK_VALID,
	PREFLIGHT_MARKET_STATUS,
	PREFLIGHT_RULES, /* tick, lot, minimum, maximum of every order that will be sent */
	PREFLIGHT_EQUAL_EXPOSURE,
	PREFLIGHT_LEVERAGE,
	PREFLIGHT_MARGIN, /* free margin with buffer, per venue */
	PREFLIGHT_LIQUIDITY_LEG,
	PREFLIGHT_LIQUIDITY_PAIR,
	PREFLIGHT_SPREAD,
	PREFLIGHT_ENTRY_BASIS,
	PREFLIGHT_EXPOSURE_CAPS,
	PREFLIGHT_LOSS_BUDGET,
	PREFLIGHT_OPEN_ORDERS,
	PREFLIGHT_EXISTING_POSITION, /* one owner per position */
	PREFLIGHT_CLOCK,
};
#define PREFLIGHT_CHECKS 16
const char *preflight_check_text(enum preflight_check check); /* "price_age", ... */

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN };

struct preflight_item {
	enum preflight_check check;
	enum verdict verdict;
	char number[64]; /* with its unit, e.g. "0.35 s" */
	char limit[64];
};
struct preflight_report {
	struct preflight_item items[PREFLIGHT_CHECKS];
	size_t count;
	bool may_open; /* every item passes */
};
/* The first item that does not pass, or NULL. */
const struct preflight_item *preflight_first_refusal(const struct preflight_report *report);

struct preflight_limits {
	int64_t maximum_price_age_ns;	/* of every leg when orders are priced: 1 s */
	int32_t maximum_spread_bp;	/* per leg */
	int32_t maximum_round_trip_bp;	/* of the pair, fees included; 0 = off */
	int32_t maximum_adverse_basis_bp; /* paid at entry between the legs' token prices */
	struct rate margin_buffer;	/* free margin >= required x (1 + buffer): 0.05 */
	int32_t leverage;		/* the leverage positions are opened with */
	struct money maximum_notional_per_trade; /* one leg, quote; 0 = off */
	struct money maximum_notional_per_venue;
	struct money maximum_notional_total;
	struct rate loss_budget; /* of one leg's notional that repair may cost: 0.002 */
	struct rate maximum_exposure_difference; /* between legs, beyond unavoidable dust */
	int64_t maximum_clock_uncertainty_ns;	 /* 1 s */
};
struct preflight_limits preflight_defaults(void);

#endif
