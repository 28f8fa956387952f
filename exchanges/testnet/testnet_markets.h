/*
 * What the testnet lists: one table of coins with their terms at both venues, in the venues' own
 * decimals and rules (venues/lighter.md §1.5, venues/hyperliquid.md §3). Market indices of Lighter
 * and asset numbers of Hyperliquid are positions among the venue's instruments, what is delisted
 * included.
 *
 * For tests of exclusions: LUNA is delisted at Hyperliquid, FTM at Lighter, MATIC is reduce-only at
 * Lighter, MKR halted ("hidden") there.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_TESTNET_MARKETS_H
#define FUNDARB_EXCHANGES_TESTNET_TESTNET_MARKETS_H

#include "exchanges/testnet/market_feed.h"

#define TESTNET_LIGHTER	    "lighter"
#define TESTNET_HYPERLIQUID "hyperliquid"
#define TESTNET_EXTRA_MAX   200

struct testnet_listing {
	const char *const *coins; /* canonical names; count 0: all of the table */
	size_t coin_count;
	unsigned extra_coins; /* made-up X001, X002, ... listed at both venues, for load */
	int64_t funding_interval_ns;
};
/* Adds both venues, USDC and the instruments. An unknown coin is ERROR_CONFIGURATION and names
 * those there are. */
bool testnet_list_markets(const struct testnet_listing *listing, struct instrument_table *table,
			  struct error *err);
/* The same coins, with their first prices, for the feed. */
bool testnet_list_coins(const struct testnet_listing *listing, struct market_feed *feed,
			struct error *err);

#endif
