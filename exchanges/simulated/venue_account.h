/*
 * The money of one simulated account: balances per asset and the arithmetic that turns a fill or a
 * settlement into postings. Written from docs/architecture.md "Numbers" on its own: it shares only
 * the integer primitives of core/base with core/market/contract and core/market/ledger, so that a
 * mistake on either side breaks the identity between them.
 *
 * Every line is computed at scale 18, half-even, and posted at the asset's smallest unit,
 * half-even; a balance is the sum of its postings.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_VENUE_ACCOUNT_H
#define FUNDARB_EXCHANGES_SIMULATED_VENUE_ACCOUNT_H

#include "core/market/account_event.h"

struct venue_account {
	const struct instrument_table *instruments;
	struct money *balances; /* by asset id; owned */
	bool *known;		/* asset was ever posted to; owned */
};
bool venue_account_init(struct venue_account *account, const struct instrument_table *instruments);
void venue_account_clear(struct venue_account *account);

struct venue_position {
	struct quantity quantity; /* signed; spot: `owned` floored to quantity units */
	struct money cost;	  /* signed like quantity, settle asset (spot: quote) */
	struct money owned;	  /* spot only: base coins bought here, net of fees in base */
};

/* Worth of a signed quantity at a price (scale 18, > 0) in the settle asset (spot: quote). */
bool venue_value(const struct instrument *instrument, struct quantity quantity, struct money price,
		 struct money *out);
/* The same times a rate, rounded once: fees, funding, margins. */
bool venue_value_times_rate(const struct instrument *instrument, struct quantity quantity,
			    struct money price, struct rate rate, struct money *out);
/* What closing at `price` would realise; 0 without a position. */
bool venue_unrealised(const struct instrument *instrument, const struct venue_position *position,
		      struct money price, struct money *out);
struct money venue_price_e18(const struct instrument *instrument, struct price price);

/* One execution; `fee` and `fee_asset` are filled in by venue_account_fill. */
struct venue_execution {
	enum side side;
	struct price price;
	struct quantity quantity; /* > 0 */
	bool maker;
	struct money fee; /* as posted, > 0 is paid */
	asset_id fee_asset;
};
/*
 * Posts one execution and moves the position: a reducing part realises P&L on the cost it releases,
 * a flip closes, then opens. False: a figure passes what money can hold; nothing was changed.
 */
bool venue_account_fill(struct venue_account *account, const struct instrument *instrument,
			const struct fee_terms *fees, struct venue_position *position,
			struct venue_execution *execution);
/* Posts -(value at price x rate); *posted > 0 is received. False: overflow, nothing changed. */
bool venue_account_funding(struct venue_account *account, const struct instrument *instrument,
			   struct quantity position, struct money price, struct rate rate,
			   struct money *posted);
/* A deposit or (negative) withdrawal. */
bool venue_account_transfer(struct venue_account *account, asset_id asset, struct money amount);

#endif
