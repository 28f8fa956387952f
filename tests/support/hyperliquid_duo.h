/*
 * Our Hyperliquid client and the venue model on one clock, a virtual network between them: both
 * written from the same reference, neither knows the other.
 */
#ifndef FUNDARB_TESTS_SUPPORT_HYPERLIQUID_DUO_H
#define FUNDARB_TESTS_SUPPORT_HYPERLIQUID_DUO_H

#include "core/base/utc.h"
#include "exchanges/testnet/hyperliquid_service.h"
#include "tests/support/hyperliquid_world.h"

#define DUO_INTERVAL_NS NS_PER_MINUTE

struct hyperliquid_duo {
	struct hyperliquid_world world; /* our side */
	/* The venue's. */
	struct instrument_table *table;
	venue_id venue;
	asset_id usdc;
	instrument_id btc, eth;
	struct fault_plan *faults;
	struct trading_floor *floor;
	floor_account account; /* 1,000 USDC */
	struct hyperliquid_service *service;
	struct virtual_link *link;
	bool feeding;
	int64_t settled_ns;
};

/* The venue is there, the client not yet. */
void hyperliquid_duo_open(struct hyperliquid_duo *duo, const char *mode, int64_t traded_usd);
/* open in standard mode, client started, account synced, all of ETH's streams subscribed. */
void hyperliquid_duo_start(struct hyperliquid_duo *duo);
void hyperliquid_duo_close(struct hyperliquid_duo *duo);
void hyperliquid_duo_fault(struct hyperliquid_duo *duo, const char *rule);
/* ETH as the other participants show it: one or two levels a side. */
void hyperliquid_duo_show(struct hyperliquid_duo *duo, const struct book_level *bids,
			  const struct book_level *asks, uint32_t levels);
/* "2831.6x14.2 2831.5x100 | 2831.7x8.8 2831.9x100", mark 2831.4, oracle 2831.1. */
void hyperliquid_duo_show_usual(struct hyperliquid_duo *duo);
/* Waits for the answer and a second more. */
const struct command_result *hyperliquid_duo_place(struct hyperliquid_duo *duo,
						   enum order_type type, enum side side,
						   int64_t quantity, int64_t limit,
						   bool reduce_only, uint32_t *client_id);

/* The last order event of an id; NULL: none. */
const struct account_event *hyperliquid_duo_order(const struct hyperliquid_duo *duo,
						  uint32_t client_id);
/* Sum of the fills told of an id, or of all with 0: signed. */
int64_t hyperliquid_duo_filled(const struct hyperliquid_duo *duo, uint32_t client_id);
int64_t hyperliquid_duo_position_told(const struct hyperliquid_duo *duo);
int64_t hyperliquid_duo_position(const struct hyperliquid_duo *duo); /* at the venue */

#endif
