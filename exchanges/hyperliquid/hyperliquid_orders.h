/*
 * What the client remembers of its own orders, and which facts of the account it has told already.
 * The venue tells the same fill by stream, by snapshot after a reconnect and by reads; and of a
 * reduce-only order it does not tell how much was filled, only what is left, capped to the
 * position (venues/hyperliquid.md §1.4): that sum is kept here. Pure.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_ORDERS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_ORDERS_H

#include "exchanges/exchange_client.h"

/* The newest orders by client id: ids grow. */
#define HYPERLIQUID_OWN_ORDERS 4096
/* Facts told: a snapshot repeats 2,000 fills; the oldest are forgotten. */
#define HYPERLIQUID_TOLD_MAX   8192
#define HYPERLIQUID_TOLD_SLOTS 16384

struct hyperliquid_own_order {
	uint32_t client_id; /* 0 = free */
	instrument_id instrument;
	uint64_t order_id; /* 0 = not known yet */
	bool reduce_only;
	bool ended;		/* a terminal state was told */
	bool seen_open;		/* in the list of open orders that was read last */
	bool alive;		/* it was told as working, filled or cancelled */
	int64_t filled_units;	/* sum of the fills that were told */
	int64_t executed_units; /* what the order itself was said to have executed */
};

/* A fill: its time and trade id; a funding payment: its boundary and 0. */
struct hyperliquid_told {
	uint32_t asset;
	int64_t time_ns;
	uint64_t trade_id;
};

struct hyperliquid_orders {
	struct hyperliquid_own_order own[HYPERLIQUID_OWN_ORDERS];
	struct hyperliquid_told told[HYPERLIQUID_TOLD_MAX]; /* ring */
	uint32_t told_count, told_next;
	uint16_t slots[HYPERLIQUID_TOLD_SLOTS]; /* place in the ring + 1; 0 = free */
};

/* NULL: out of memory; zeroed is empty. Freed with free(). */
struct hyperliquid_orders *hyperliquid_orders_create(void);

/* The record of an own order, made if there is none; an older order in its place is forgotten. */
struct hyperliquid_own_order *hyperliquid_orders_note(struct hyperliquid_orders *orders,
						      uint32_t client_id, instrument_id instrument);
/* NULL: not remembered. */
struct hyperliquid_own_order *hyperliquid_orders_find(struct hyperliquid_orders *orders,
						      uint32_t client_id);
/* By the venue's id, for fills that come without a client id; NULL: not remembered. */
struct hyperliquid_own_order *hyperliquid_orders_by_order_id(struct hyperliquid_orders *orders,
							     uint64_t order_id);
/* True the first time. */
bool hyperliquid_orders_tell(struct hyperliquid_orders *orders,
			     const struct hyperliquid_told *told);

#endif
