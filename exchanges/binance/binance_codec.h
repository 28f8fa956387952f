/*
 * Binance's public market messages, USD-M, COIN-M and Spot: one JSON text -> one typed message
 * (venues/binance.md 1.3, 3.2, 3.3). Pure: no allocation, no state; levels go into the caller's
 * buffers, prices and quantities come out in the instrument's own decimals, exact or refused by
 * name. Knows both forms: the combined stream's {"stream":...,"data":{...}} and bare texts (a raw
 * stream's event, the REST depth snapshot).
 */
#ifndef FUNDARB_EXCHANGES_BINANCE_BINANCE_CODEC_H
#define FUNDARB_EXCHANGES_BINANCE_BINANCE_CODEC_H

#include "core/market/market_event.h"

enum binance_market { BINANCE_USDM, BINANCE_COINM, BINANCE_SPOT };
#define BINANCE_MARKETS 3

/* "binance-usdm", "binance-coinm", "binance-spot". */
const char *binance_venue_name(enum binance_market market);
/* False: no such venue. */
bool binance_market_of_venue(const char *venue, enum binance_market *market);

struct binance_scale {
	unsigned price_decimals;    /* 0..17 */
	unsigned quantity_decimals; /* 0..17 */
};

/* Where the levels of a depth message or snapshot go: `capacity` places a side. */
struct binance_levels {
	struct book_level *bids;
	struct book_level *asks;
	uint32_t capacity;
};

enum binance_kind {
	BINANCE_DEPTH,	     /* depthUpdate: absolute levels, update ids U, u, pu */
	BINANCE_BOOK_TICKER, /* best bid and offer */
	BINANCE_TRADE,
	BINANCE_MARK_PRICE, /* markPriceUpdate */
	BINANCE_SNAPSHOT,   /* REST depth: replaces the book */
	BINANCE_OTHER,	    /* sound JSON that is none of these */
};

/* Raw text inside the decoded text, escapes not resolved; length 0 = absent. */
struct binance_text {
	const char *text;
	size_t length;
};

struct binance_message {
	enum binance_kind kind;
	struct binance_text symbol; /* absent in the snapshots of USD-M and Spot */
	int64_t event_ns;	    /* E, 0 = absent: when the venue sent it */
	/* T where a trade, depth, bookTicker or snapshot has it, else E, else 0. A
	 * markPriceUpdate's T is its next funding time and never lands here. */
	int64_t exch_ns;
	uint64_t first_id;    /* depth: U */
	uint64_t last_id;     /* depth: u; bookTicker: u; trade: t; snapshot: lastUpdateId */
	uint64_t previous_id; /* depth on futures: pu */
	union {
		struct {
			uint32_t bid_count, ask_count;
		} levels; /* depth, snapshot */
		struct {
			struct book_level bid, ask;
		} ticker;
		struct {
			struct price price;
			struct quantity quantity;
			enum side taker_side;
			bool off_market; /* X is there and is not MARKET */
		} trade;
		struct {
			unsigned fields; /* enum mark_fields */
			struct money mark, index;
			bool has_rate; /* delivery contracts pay none */
			struct rate rate;
			int64_t next_funding_ns; /* T */
		} mark;
	} u;
};

enum binance_result {
	BINANCE_OK,
	BINANCE_NOT_JSON,
	BINANCE_MISSING_FIELD,
	BINANCE_REPEATED_FIELD,	  /* the same key twice: which one is meant is not known */
	BINANCE_BAD_VALUE,	  /* a field of the wrong type, no number, a price <= 0 */
	BINANCE_INEXACT_PRICE,	  /* needs more decimals than scale.price_decimals */
	BINANCE_INEXACT_QUANTITY, /* needs more decimals than scale.quantity_decimals */
	BINANCE_TOO_LARGE,	  /* does not fit 64 bits at this scale */
	BINANCE_TOO_MANY_LEVELS,  /* more than levels.capacity on a side */
};
#define BINANCE_RESULTS 9
/* For a person, e.g. "price needs more decimals"; static storage. */
const char *binance_result_text(enum binance_result result);

/*
 * Decodes text[0..length). On anything but BINANCE_OK the message is not to be used, except its
 * kind, which is what the text was recognised as (BINANCE_OTHER if that was not reached). Bids come
 * before asks in no particular order; both as sent. Times are understood as ms (or µs: 16 digits).
 */
enum binance_result binance_decode(enum binance_market market, const char *text, size_t length,
				   const struct binance_scale *scale,
				   const struct binance_levels *levels,
				   struct binance_message *message);

/*
 * The same by the general reader alone, without the short cut for texts as Binance writes them
 * today: the reference that tests compare binance_decode with.
 */
enum binance_result binance_decode_by_reader(enum binance_market market, const char *text,
					     size_t length, const struct binance_scale *scale,
					     const struct binance_levels *levels,
					     struct binance_message *message);

#endif
