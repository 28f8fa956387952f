/*
 * Lighter's REST answers as our types (venues/lighter.md §1). Pure: no allocation, no state. Prices
 * and sizes come out in the market's own decimals, exact or refused; ids exact, from the string
 * twins where there are any. Fields the schema may drop stay "not known", never 0 by default.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CODEC_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CODEC_H

#include "core/market/account_event.h"
#include "core/market/market_event.h"
#include "exchanges/lighter/lighter_json.h"

#define LIGHTER_MARKETS 255 /* perpetuals are 0..254; spot (2048..) is not traded here */

/* Integer scaling of each market's prices and sizes. */
struct lighter_scale {
	bool known;
	unsigned char price_decimals, size_decimals;
};
struct lighter_scales {
	struct lighter_scale market[LIGHTER_MARKETS];
};

enum lighter_result {
	LIGHTER_OK,
	LIGHTER_UNUSABLE,     /* a field is missing, of a wrong type, or does not fit: no value */
	LIGHTER_OTHER_MARKET, /* sound, but of a market that we do not know: pass over it */
};

/* ---- the envelope ---------------------------------------------------------------------------- */

enum lighter_member {
	REPLY_CODE,
	REPLY_MESSAGE,
	REPLY_STATUS,
	REPLY_TIMESTAMP,
	REPLY_DETAILS,
	REPLY_BOOKS,
	REPLY_ASKS,
	REPLY_BIDS,
	REPLY_TRADES,
	REPLY_FUNDINGS,
	REPLY_FUNDING_RATES,
	REPLY_POSITION_FUNDINGS,
	REPLY_ACCOUNTS,
	REPLY_API_KEYS,
	REPLY_NONCE,
	REPLY_ORDERS,
	REPLY_NEXT_CURSOR,
	REPLY_TX_HASH,
	REPLY_QUOTA,
	REPLY_CANDLES,
	REPLY_EVENT_INFO,
	REPLY_TIER_NAME,
	REPLY_TIER,
	REPLY_MAKER_TICK,
	REPLY_TAKER_TICK,
	REPLY_MEMBERS,
};
struct lighter_reply {
	struct lighter_slot slots[REPLY_MEMBERS];
	bool has_code;
	int64_t code;
	char message[160]; /* cut; "" if none */
};
/* False: not one sound JSON object. Everything points into the text. */
bool lighter_reply_read(const char *text, size_t length, struct lighter_reply *reply);
/* "" when there is no further page; false: a cursor that does not fit or is no text. */
#define LIGHTER_CURSOR_MAX 512
bool lighter_next_cursor(const struct lighter_reply *reply, char cursor[LIGHTER_CURSOR_MAX]);

/* ---- markets --------------------------------------------------------------------------------- */

struct lighter_market_terms {
	char symbol[NAME_MAX_LENGTH + 1];
	int64_t market;
	bool perpetual;
	bool active, hidden, force_reduce_only;
	char status[24];
	int64_t size_decimals, price_decimals;
	struct money minimum_base, minimum_quote;
	struct money maximum_quote; /* 0 = none */
	struct rate maker_fee, taker_fee;
	/* 1/10 000; 0 = not said */
	int64_t default_initial_margin, minimum_initial_margin, maintenance_margin;
	unsigned mark_fields; /* enum mark_fields */
	struct money mark, index;
	bool open_interest_known, volume_known;
	struct money open_interest; /* base units, one side */
	struct money volume;	    /* USDC in 24 h */
	struct rate cap;	    /* per hour; 0 = not said */
};
/* An element of order_book_details or order_books. */
enum lighter_result lighter_market_read(const struct lighter_slot *object,
					struct lighter_market_terms *terms);

/* An element of orderBookOrders' asks or bids. */
enum lighter_result lighter_resting_read(const struct lighter_slot *object,
					 const struct lighter_scale *scale,
					 struct book_level *level, int64_t *time_ns);

/* ---- trades ---------------------------------------------------------------------------------- */

enum lighter_trade_type {
	LIGHTER_TRADE,
	LIGHTER_LIQUIDATION,
	LIGHTER_DELEVERAGE,
	LIGHTER_SETTLEMENT,
	LIGHTER_TRADE_UNKNOWN,
};
struct lighter_trade {
	uint64_t id;
	int64_t market;
	enum lighter_trade_type type;
	struct price price;
	struct quantity size;
	struct money value; /* usd_amount */
	uint64_t ask_id, bid_id, ask_client, bid_client;
	int64_t ask_account, bid_account;
	bool maker_is_ask;
	int64_t time_ns;
	int64_t maker_fee, taker_fee; /* 1e-6 of the value; 0 when omitted */
};
enum lighter_result lighter_trade_read(const struct lighter_slot *object,
				       const struct lighter_scales *scales,
				       struct lighter_trade *trade);
/* What the trade was to this account (§1.6): false if it took no part. The fee is value x fee. */
struct lighter_own_side {
	enum side side;
	bool maker;
	uint64_t client_id, order_id;
	struct money fee;
};
bool lighter_trade_own_side(const struct lighter_trade *trade, int64_t account,
			    struct lighter_own_side *own);

/* ---- orders ---------------------------------------------------------------------------------- */

struct lighter_order_report {
	int64_t market;
	uint64_t client_id; /* 0 = none */
	uint64_t order_id;
	struct price price;
	struct quantity initial, remaining, filled;
	bool is_ask, reduce_only;
	bool status_known; /* false: a word that is not in the table; state must not be guessed */
	enum order_state state;
	enum reject_reason reason;
	char status[40];
	int64_t time_ns; /* of the last change; 0 = not said */
};
enum lighter_result lighter_order_read(const struct lighter_slot *object,
				       const struct lighter_scales *scales,
				       struct lighter_order_report *order);

/* ---- account --------------------------------------------------------------------------------- */

struct lighter_account {
	int64_t index, status, trading_mode; /* trading_mode -1 = not said */
	struct money collateral, available;
	struct lighter_slot positions;
};
enum lighter_result lighter_account_read(const struct lighter_slot *object,
					 struct lighter_account *account);

struct lighter_position {
	int64_t market;
	struct quantity quantity; /* signed */
	struct money entry;	  /* average price; 0 when flat or not said */
	bool liquidation_known;
	struct money liquidation;
	int64_t initial_margin; /* 1/10 000; 0 = not said */
	int64_t margin_mode;	/* 0 cross, 1 isolated, -1 = not said */
};
enum lighter_result lighter_position_read(const struct lighter_slot *object,
					  const struct lighter_scales *scales,
					  struct lighter_position *position);

struct lighter_api_key {
	int64_t index;
	int64_t nonce;
	uint8_t public_key[40];
};
enum lighter_result lighter_api_key_read(const struct lighter_slot *object,
					 struct lighter_api_key *key);

/* positionFunding: what one settlement did to the account. */
struct lighter_payment {
	uint64_t id; /* 0 = not said */
	int64_t market, time_ns;
	struct money change;	  /* > 0 received */
	struct quantity position; /* signed */
	bool rate_known;
	struct money rate; /* as written, whatever its unit */
};
enum lighter_result lighter_payment_read(const struct lighter_slot *object,
					 const struct lighter_scales *scales,
					 struct lighter_payment *payment);

/* ---- funding --------------------------------------------------------------------------------- */

struct lighter_settled {
	int64_t boundary_ns;
	struct rate rate;   /* signed: > 0 longs pay */
	struct money value; /* signed as the rate: USDC per base unit */
	bool value_known;
	unsigned rate_decimals, value_decimals; /* of the percentage, of the value, as written */
};
enum lighter_result lighter_settled_read(const struct lighter_slot *object,
					 struct lighter_settled *settled);

struct lighter_eight_hours {
	bool ours; /* exchange is lighter */
	int64_t market;
	struct rate rate; /* for eight hours */
};
enum lighter_result lighter_eight_hours_read(const struct lighter_slot *object,
					     struct lighter_eight_hours *row);

struct lighter_candle {
	int64_t start_ns;
	struct money open, close;
	unsigned close_decimals;
};
enum lighter_result lighter_candle_read(const struct lighter_slot *object,
					struct lighter_candle *candle);

/* ---- transactions ---------------------------------------------------------------------------- */

enum lighter_tx_status { TX_FAILED, TX_PENDING, TX_EXECUTED, TX_PENDING_FINAL, TX_STATUS_UNKNOWN };
/* Answer of tx?by=hash: its status and the application error inside event_info (0 = none). */
enum lighter_tx_status lighter_tx_read(const struct lighter_reply *reply, int64_t *error_code);

/* The n hashes of a sendTx or sendTxBatch answer; how many there were, at most `limit` stored. */
#define LIGHTER_HASH_TEXT 81
size_t lighter_hashes_read(const struct lighter_slot *slot, char (*hashes)[LIGHTER_HASH_TEXT],
			   size_t limit);

#endif
