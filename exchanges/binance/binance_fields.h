/*
 * Inside of the codec: the fields of one message, collected either by the short cut
 * (binance_short_cut.c) or by the general reader (binance_codec.c), interpreted once
 * (binance_interpret.c).
 */
#ifndef FUNDARB_EXCHANGES_BINANCE_BINANCE_FIELDS_H
#define FUNDARB_EXCHANGES_BINANCE_BINANCE_FIELDS_H

#include "exchanges/binance/binance_codec.h"

/* Every field that any message reads. `b` and `a` are levels (depth), a price (bookTicker) or an
 * order id (spot trade). */
enum binance_field {
	FIELD_EVENT,	      /* e */
	FIELD_EVENT_TIME,     /* E */
	FIELD_TIME,	      /* T */
	FIELD_SYMBOL,	      /* s, or `symbol` in COIN-M snapshots */
	FIELD_FIRST_ID,	      /* U */
	FIELD_LAST_ID,	      /* u */
	FIELD_PREVIOUS_ID,    /* pu */
	FIELD_BID,	      /* b */
	FIELD_ASK,	      /* a */
	FIELD_BID_QUANTITY,   /* B */
	FIELD_ASK_QUANTITY,   /* A */
	FIELD_TRADE_ID,	      /* t */
	FIELD_PRICE,	      /* p */
	FIELD_QUANTITY,	      /* q */
	FIELD_TRADE_TYPE,     /* X */
	FIELD_BUYER_IS_MAKER, /* m */
	FIELD_INDEX,	      /* i */
	FIELD_RATE,	      /* r */
	FIELD_LAST_UPDATE_ID, /* lastUpdateId */
	FIELD_BIDS,	      /* bids */
	FIELD_ASKS,	      /* asks */
	FIELD_COUNT,
};

enum binance_value {
	VALUE_ABSENT,
	VALUE_STRING, /* without escapes */
	VALUE_WHOLE,  /* a number 0..2^64-1 without sign, fraction, exponent: `whole` holds it */
	VALUE_TRUE,
	VALUE_FALSE,
	VALUE_LEVELS, /* an array, decoded into the caller's buffers */
	VALUE_OTHER,  /* anything else: null, other numbers, objects */
};

struct binance_slot {
	enum binance_value type;
	uint32_t length;
	const char *text;
	uint64_t whole;
};

struct binance_fields {
	struct binance_slot slots[FIELD_COUNT];
	uint32_t bid_count, ask_count;
	/* First trouble in a level array or a repeated key; BINANCE_OK if none. */
	enum binance_result trouble;
};

/* FIELD_COUNT: a key that nobody reads. */
enum binance_field binance_field_of(const char *key, size_t length);

/*
 * Reads `{"stream":"...","data":{...}}` without blanks, escapes, nested unknown values or any
 * number the venue does not write today, levels included. False: not such a text, or something in
 * it needs the general reader (faults too): nothing is concluded from that.
 */
bool binance_short_cut(const char *text, size_t length, const struct binance_scale *scale,
		       const struct binance_levels *levels, struct binance_fields *fields);

/* A decimal's text as units of 10^-decimals; `inexact` is the name of the refusal for too many. */
enum binance_result binance_units_of(const char *text, size_t length, unsigned decimals,
				     enum binance_result inexact, int64_t *units);
/* Of several troubles the first one is named. */
void binance_keep_first(enum binance_result *trouble, enum binance_result result);
/* Makes the message of the fields; its texts point into the decoded text. */
enum binance_result binance_interpret(enum binance_market market,
				      const struct binance_fields *fields,
				      const struct binance_scale *scale,
				      struct binance_message *message);

#endif
