/*
 * How a fill changes a position and its carried cost, and what it realises. Pure arithmetic: it
 * returns the new position beside the old one, so that a failed booking leaves nothing half done.
 * Internal to core/market; rules: docs/architecture.md "Numbers".
 */
#ifndef FUNDARB_CORE_MARKET_LEDGER_COST_H
#define FUNDARB_CORE_MARKET_LEDGER_COST_H

#include "core/market/ledger.h"

struct cost_change {
	struct ledger_position after;
	bool reduces; /* some quantity was closed: realised is a line */
	struct money realised;
};

/* Contracts. signed_quantity: + buys, - sells, never 0. False on overflow. */
bool ledger_cost_trade(const struct instrument *instrument, struct ledger_position before,
		       struct quantity signed_quantity, struct price price,
		       struct cost_change *change);

/*
 * Spot: base coins come in (base > 0, value > 0 added to the cost) or go out (base < 0, cost
 * released in proportion to what is owned; value unused). No more may go out than is owned. False
 * on overflow.
 */
bool ledger_cost_exchange(const struct instrument *instrument, struct ledger_position before,
			  struct money base, struct money value, struct ledger_position *after);
/* Spot: a fee taken in base (or given back, > 0) changes what is owned, never the cost. */
bool ledger_cost_base_fee(const struct instrument *instrument, struct ledger_position before,
			  struct money fee, struct ledger_position *after);

/* What closing all of it at `price` (scale 18) would realise. */
bool ledger_cost_unrealised(const struct instrument *instrument, struct ledger_position position,
			    struct money price, struct money *out);

#endif
