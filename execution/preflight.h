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
	PREFLIGHT_REQUEST_BUDGET, /* both orders can leave at once, and as many requests more */
};
#define PREFLIGHT_CHECKS 17
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
	int64_t maximum_price_age_ns;		 /* of every leg when orders are priced: 1 s */
	int32_t maximum_spread_bp;		 /* per leg */
	int32_t maximum_round_trip_bp;		 /* of the pair, fees included; 0 = off */
	int32_t maximum_adverse_basis_bp;	 /* paid at entry between the legs' token prices */
	struct rate margin_buffer;		 /* free margin >= required x (1 + buffer): 0.05 */
	int32_t leverage;			 /* the leverage positions are opened with */
	struct money maximum_notional_per_trade; /* one leg, quote; 0 = off */
	struct money maximum_notional_per_venue;
	struct money maximum_notional_total;
	struct rate loss_budget; /* of one leg's notional that repair may cost: 0.002 */
	struct rate maximum_exposure_difference; /* between legs, beyond unavoidable dust */
	int64_t maximum_clock_uncertainty_ns;	 /* 1 s */
};
struct preflight_limits preflight_defaults(void);

#define PREFLIGHT_LEGS_MAX 2

/* Everything that is known of a leg when its order has been priced. */
struct preflight_leg {
	const struct instrument *instrument;
	const struct instrument_revision *revision;
	bool retired; /* the handle is no longer traded */
	enum side side;
	struct quantity quantity;
	bool quote_known;
	struct price_quote quote;
	int64_t price_age_ns;	    /* see docs/execution.md, "Age of a price" */
	bool order_priced;	    /* false: no price, so no order */
	struct order_request order; /* what will be sent */
	bool liquidity_known;
	struct leg_liquidity liquidity;
	bool open_orders_known;
	size_t open_orders;  /* of this account on the instrument, ours or foreign */
	bool position_known; /* as the venue reports it */
	struct quantity position;
	struct quantity tracked; /* as our own fills add up; spot below one lot is dust */
	bool order_room_known;	 /* orders that the venue's request budget lets go now */
	int64_t order_room;
	bool in_use;	       /* another running trade trades this instrument */
	bool leverage_refused; /* the venue would not set it */
	struct clock_state clock;
	/* Quote value of what is held already on the leg's venue. */
	struct money venue_exposure;
};

/* One asset of one account: what is free there. */
struct preflight_funds {
	venue_id venue;
	asset_id asset;
	bool known;
	struct money available;
};
#define PREFLIGHT_FUNDS_MAX 4

struct preflight_input {
	const struct instrument_table *instruments;
	const struct preflight_limits *limits;
	bool closing;
	size_t leg_count;
	struct preflight_leg legs[PREFLIGHT_LEGS_MAX];
	size_t fund_count;
	struct preflight_funds funds[PREFLIGHT_FUNDS_MAX]; /* of every venue and asset needed */
	struct money total_exposure; /* quote value of what is held on all venues */
};

/* Pure: asks every check in the order of enum preflight_check. */
void preflight_evaluate(const struct preflight_input *input, struct preflight_report *report);
/* The asset an opening leg is paid from: settle asset, or quote for spot. */
asset_id preflight_fund_asset(const struct instrument *instrument);

#endif
