/*
 * The markets of the first perpetuals dex: coin <-> asset number <-> instrument, and the
 * instrument's terms as made from `meta` (venues/hyperliquid.md §1.3, §3, §6). Asset numbers differ
 * between the networks: they come from the network in use, never from a table. Pure.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_MARKETS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_MARKETS_H

#include "exchanges/hyperliquid/hyperliquid_codec.h"

struct hyperliquid_listing {
	uint32_t asset;
	instrument_id instrument; /* 0: not in our table (a name too long for it) */
	struct hyperliquid_scale scale;
	struct hyperliquid_market_terms terms;
};

struct hyperliquid_markets {
	venue_id venue;
	struct instrument_table *instruments;
	int64_t funding_interval_ns;
	struct hyperliquid_listing *markets; /* owned, by asset */
	uint32_t count;
	uint32_t *by_coin;	 /* owned, open addressing: asset + 1, 0 = free */
	uint32_t *by_instrument; /* owned, INSTRUMENTS_MAX + 1: asset + 1, 0 = none */
};

/* False: out of memory. */
bool hyperliquid_markets_init(struct hyperliquid_markets *markets, venue_id venue,
			      struct instrument_table *instruments, int64_t funding_interval_ns);
void hyperliquid_markets_free(struct hyperliquid_markets *markets);

/* Told for every instrument whose rules or fees became others (a new revision). */
typedef void (*hyperliquid_market_changed)(void *user, instrument_id instrument);
/*
 * Takes a `meta` answer over: new markets are added, changed rules or fees make a revision, a
 * market whose decimals changed is retired and added anew. False with err: the answer is unsound,
 * or a coin stands in another place than before; nothing was changed.
 */
bool hyperliquid_markets_load(struct hyperliquid_markets *markets,
			      const struct hyperliquid_value *meta, const struct fee_terms *fees,
			      int64_t venue_ns, hyperliquid_market_changed changed, void *user,
			      struct error *err);

/* NULL: no such market. */
const struct hyperliquid_listing *hyperliquid_listing_of_coin(
	const struct hyperliquid_markets *markets, const char *coin);
const struct hyperliquid_listing *hyperliquid_listing_of_instrument(
	const struct hyperliquid_markets *markets, instrument_id id);

/* Tier 0 of §6.3: maker 0.015 %, taker 0.045 %. */
struct fee_terms hyperliquid_base_fees(void);

#endif
