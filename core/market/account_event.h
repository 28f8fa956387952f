/*
 * What happens to an account: order life cycle, fills, positions, balances, funding payments,
 * liquidations. Used by the venue interface and by recordings alike.
 */
#ifndef FUNDARB_CORE_MARKET_ACCOUNT_EVENT_H
#define FUNDARB_CORE_MARKET_ACCOUNT_EVENT_H

#include "core/market/contract.h"
#include "core/market/instrument.h"

/* States form a lattice: an update never moves an order back. */
enum order_state {
	ORDER_STATE_OPEN,
	ORDER_STATE_FILLED,
	ORDER_STATE_CANCELLED, /* cancelled or expired, with or without fills: read `executed` */
	ORDER_STATE_REJECTED,
};

enum reject_reason {
	REJECT_NONE,
	REJECT_NEVER_SENT, /* proven: no byte left */
	REJECT_MARGIN,
	REJECT_TICK,
	REJECT_LOT,
	REJECT_MINIMUM_QUANTITY,
	REJECT_MAXIMUM_QUANTITY,
	REJECT_MINIMUM_NOTIONAL,
	REJECT_PRICE_BAND,
	REJECT_WOULD_CROSS, /* post-only */
	REJECT_REDUCE_ONLY,
	REJECT_NO_SHORT, /* spot sell beyond what is held */
	REJECT_LEVERAGE,
	REJECT_MARKET_STATUS,
	REJECT_NOT_SYNCED, /* the simulated venue has no usable book */
	REJECT_EXPIRED,	   /* venue_expiry passed before it arrived */
	REJECT_DUPLICATE_ID,
	REJECT_NOT_FOUND,
	REJECT_RATE_LIMITED,
	REJECT_AUTH,
	REJECT_MAINTENANCE,
	REJECT_OTHER,
};
const char *reject_reason_text(enum reject_reason reason); /* "margin", "would-cross", ... */

enum account_event_kind {
	ACCOUNT_ORDER,
	ACCOUNT_FILL,
	ACCOUNT_POSITION,
	ACCOUNT_BALANCE,
	ACCOUNT_FUNDING,
	ACCOUNT_LIQUIDATION, /* the venue closed (part of) a position by itself: fills follow */
};

#define VENUE_TEXT_MAX 47 /* order ids, trade ids: the venue's own text */

struct account_event {
	enum account_event_kind kind;
	int64_t local_ns;
	int64_t exch_ns;
	venue_id venue;
	instrument_id instrument;
	union {
		struct {
			uint32_t client_id; /* 0: not ours */
			char venue_order_id[VENUE_TEXT_MAX + 1];
			enum order_state state;
			enum reject_reason reason; /* REJECTED, or why the rest was cancelled */
			struct quantity executed;  /* cumulative */
		} order;
		struct {
			uint32_t client_id;
			char trade_id[VENUE_TEXT_MAX + 1]; /* unique per (venue, instrument) */
			enum side side;
			struct price price;
			struct quantity quantity; /* > 0 */
			bool maker;
			struct money fee; /* > 0 is paid */
			asset_id fee_asset;
			bool fee_estimated; /* the venue has not said yet */
		} fill;
		struct {
			struct quantity quantity; /* signed */
		} position;
		struct {
			asset_id asset;
			struct money total;
		} balance;
		struct {
			int64_t boundary_ns;
			struct quantity position; /* signed, before any match at the boundary */
			struct money price;	  /* mark, oracle or index used */
			const char *price_label; /* "mark", "oracle", "index", "mark=mid"; static */
			struct rate rate;
			struct money amount; /* > 0 is received; as posted */
			asset_id asset;
		} funding;
		struct {
			struct quantity quantity; /* signed change of the position */
			struct money mark;
		} liquidation;
	} u;
};

#endif
