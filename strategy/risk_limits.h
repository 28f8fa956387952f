/*
 * What may end a position whatever its funding says: a leg that is not what we hold, a mark close
 * to liquidation, a loss beyond the limit. Missing data finds nothing: only what a venue explicitly
 * said twice counts.
 */
#ifndef FUNDARB_STRATEGY_RISK_LIMITS_H
#define FUNDARB_STRATEGY_RISK_LIMITS_H

#include "strategy/position.h"

struct risk_finding {
	enum exit_reason reason; /* EXIT_NONE, EXIT_RISK or EXIT_LIQUIDATION_DISTANCE */
	char number[SENTENCE_MAX];
	char limit[SENTENCE_MAX];
};

/* Venue reads that must agree before a leg counts as missing or unequal. */
#define RISK_AGREEING_READS 2

/*
 * One complete READ_POSITIONS answer about a leg; started_ns is when the read was sent. Reads sent
 * before the position came to rest, or while a trade works on it, say nothing.
 */
void risk_note_leg(struct tracked_position *tracked, size_t leg, const struct position_value *value,
		   int64_t started_ns);
/* What the venue said last, if RISK_AGREEING_READS agree. */
bool risk_agreed_quantity(const struct tracked_position *tracked, size_t leg,
			  struct quantity *quantity);

/*
 * How far the mark is from liquidation, as a fraction of the liquidation price (scale 18); 0 once
 * it is reached. False if either is unknown.
 */
bool risk_liquidation_distance(const struct tracked_position *tracked, size_t leg,
			       struct money mark, i128 *distance_e18);

/*
 * Price P&L of both legs if left now at the executable touch, minus the taker fees of leaving, in
 * quote (all quote assets count alike, coin at its price), and the notional of the long leg. False
 * if a price or the ledger's position is unknown.
 */
bool risk_price_pnl(const struct tracked_position *tracked,
		    const struct instrument_table *instruments, const struct ledger *ledger,
		    int64_t now_ns, int64_t maximum_price_age_ns, struct money *pnl,
		    struct money *notional);

/* Leg missing or unequal, then liquidation distance, then loss. pnl may be NULL: unknown. */
struct risk_finding risk_examine(const struct tracked_position *tracked,
				 const struct strategy_options *options,
				 const struct instrument_table *instruments,
				 const struct market_state *market, int64_t now_ns,
				 const struct money *pnl);

#endif
