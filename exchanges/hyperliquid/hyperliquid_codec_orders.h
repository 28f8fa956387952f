/*
 * Orders, fills and funding payments as Hyperliquid tells them (venues/hyperliquid.md §1.4, §5.4),
 * and the client order ids that make them ours. Same rules as hyperliquid_codec.h.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ORDERS_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_ORDERS_H

#include "core/market/account_event.h"
#include "exchanges/hyperliquid/hyperliquid_codec.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"

/* ---- client order ids ------------------------------------------------------------------------ */

/* 16 bytes: our 8-byte prefix, 4 zero bytes, the client id; all big-endian. */
void hyperliquid_cloid(uint64_t prefix, uint32_t client_id, char text[HYPERLIQUID_CLOID_TEXT]);
/* 0: absent, malformed or not ours. */
uint32_t hyperliquid_client_id(uint64_t prefix, const struct hyperliquid_value *cloid);

/* ---- orders ---------------------------------------------------------------------------------- */

enum hyperliquid_order_class {
	HYPERLIQUID_ORDER_LIVE,	   /* open, triggered */
	HYPERLIQUID_ORDER_FILLED,  /* filled */
	HYPERLIQUID_ORDER_ENDED,   /* ...Canceled, scheduledCancel: may be partly filled */
	HYPERLIQUID_ORDER_REFUSED, /* ...Rejected: never rested, never filled */
	HYPERLIQUID_ORDER_STRANGE, /* any other word: nothing is to be concluded */
};
/* By the table of §1.4, else by its ending. *reason: why it was refused or cut short. */
enum hyperliquid_order_class hyperliquid_classify(const struct hyperliquid_value *status,
						  enum reject_reason *reason);

#define HYPERLIQUID_STATUS_MAX 47
struct hyperliquid_order_row {
	struct hyperliquid_coin coin;
	uint64_t order_id;
	uint32_t client_id; /* 0: not ours */
	struct money left;  /* what is not filled yet; of a reduce-only order capped to the
			       position as well, so it does not tell what was filled */
	struct money original;
	bool reduce_only;
	int64_t placed_ns;
	/* Of status rows; open orders are LIVE. */
	enum hyperliquid_order_class class;
	enum reject_reason reason;
	int64_t status_ns;
	char status[HYPERLIQUID_STATUS_MAX + 1]; /* the venue's word, for the log */
};
typedef void (*hyperliquid_visit_order)(void *user, const struct hyperliquid_order_row *row);

/* openOrders and frontendOpenOrders. */
bool hyperliquid_decode_open_orders(const struct hyperliquid_value *value, uint64_t prefix,
				    hyperliquid_visit_order visit, void *user);
/* orderUpdates frames and historicalOrders: [{order, status, statusTimestamp}]. */
bool hyperliquid_decode_order_updates(const struct hyperliquid_value *value, uint64_t prefix,
				      hyperliquid_visit_order visit, void *user);

enum hyperliquid_lookup {
	HYPERLIQUID_LOOKUP_FOUND,
	HYPERLIQUID_LOOKUP_UNKNOWN_OID, /* not proof of absence (§1.4 retention, quirks) */
	HYPERLIQUID_LOOKUP_UNSOUND,
};
enum hyperliquid_lookup hyperliquid_decode_order_status(const struct hyperliquid_value *value,
							uint64_t prefix,
							struct hyperliquid_order_row *row);

/* ---- fills and funding ----------------------------------------------------------------------- */

struct hyperliquid_fill {
	struct hyperliquid_coin coin;
	enum side side;
	struct money price, size;
	int64_t time_ns;
	uint64_t order_id, trade_id;
	uint32_t client_id; /* 0: not ours, or the venue left the cloid out */
	bool fee_known;	    /* false: not said (yet) */
	struct money fee;   /* > 0 is paid */
	struct hyperliquid_coin fee_token;
	bool crossed; /* taker */
	/* The `liquidation` member is on both sides' fills: */
	bool liquidation;
	bool liquidated_known;
	uint8_t liquidated[20];
	struct money liquidation_mark;
};
typedef void (*hyperliquid_visit_fill)(void *user, const struct hyperliquid_fill *fill);
bool hyperliquid_decode_fills(const struct hyperliquid_value *value, uint64_t prefix,
			      hyperliquid_visit_fill visit, void *user);
/* "time-tid": a fill is unique by (time, coin, tid) (§1.4). */
void hyperliquid_trade_text(const struct hyperliquid_fill *fill, char text[VENUE_TEXT_MAX + 1]);

struct hyperliquid_payment {
	struct hyperliquid_coin coin;
	int64_t time_ns;
	struct money amount;   /* USDC; > 0 is received */
	struct money position; /* signed */
	struct rate rate;
};
typedef void (*hyperliquid_visit_payment)(void *user, const struct hyperliquid_payment *payment);
/* userFunding rows (figures inside `delta`) and the `fundings` of userFundings frames (without). */
bool hyperliquid_decode_payments(const struct hyperliquid_value *value,
				 hyperliquid_visit_payment visit, void *user);

#endif
