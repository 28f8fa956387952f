/*
 * What a quantity of an instrument is worth: every formula that turns (quantity, price) into money
 * or exposure, each rounded once, half-even at scale 18. Source: docs/architecture.md "Numbers".
 * All return false on overflow or a price <= 0.
 */
#ifndef FUNDARB_CORE_MARKET_CONTRACT_H
#define FUNDARB_CORE_MARKET_CONTRACT_H

#include "core/market/instrument.h"

enum side { SIDE_BUY, SIDE_SELL };

static inline enum side side_opposite(enum side side)
{
	return side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}
const char *side_text(enum side side); /* "buy", "sell" */

/*
 * Position value in the settle asset: linear and spot quantity x size x price (quote); inverse
 * contracts x size / price (base coin). Sign follows the quantity.
 */
bool contract_value(const struct instrument *instrument, struct quantity quantity,
		    struct price price, struct money *out);
/* The same at a price given at scale 18 (mark, index, oracle, mid). */
bool contract_value_e18(const struct instrument *instrument, struct quantity quantity,
			struct money price, struct money *out);
/* Notional in quote (USD for inverse, whatever the price). */
bool contract_notional(const struct instrument *instrument, struct quantity quantity,
		       struct price price, struct money *out);
/*
 * Exposure in canonical tokens (multiplier included): linear and spot do not depend on the price;
 * inverse = contracts x size / price.
 */
bool contract_tokens(const struct instrument *instrument, struct quantity quantity,
		     struct price price, struct money *out);
/* value at price x rate, one rounding: fees and funding. */
bool contract_value_times_rate(const struct instrument *instrument, struct quantity quantity,
			       struct money price, struct rate rate, struct money *out);

/* Price of one canonical token at scale 18: the only form in which prices of two instruments meet.
 */
bool price_per_base(const struct instrument *instrument, struct price price, struct money *out);
/* A price at scale 18 (exact). */
struct money price_e18(const struct instrument *instrument, struct price price);
/* (bid + ask) / 2 at scale 18 (exact: needs one decimal more than price_decimals, at most 17). */
struct money mid_e18(const struct instrument *instrument, struct price bid, struct price ask);

/* Rounds to the tick and significant figures; result may be 0 when rounding down a tiny price. */
struct price price_round(const struct order_rules *rules, unsigned price_decimals,
			 struct price price, enum rounding rounding);
struct quantity quantity_floor_to_lot(const struct order_rules *rules, struct quantity quantity);
bool price_obeys(const struct order_rules *rules, unsigned price_decimals, struct price price);

/* Prices with all their decimals ("61753.90"), quantities without trailing zeros ("0.162"). */
size_t price_format(const struct instrument *instrument, struct price price, char *buffer,
		    size_t size);
size_t quantity_format(const struct instrument *instrument, struct quantity quantity, char *buffer,
		       size_t size);

#endif
