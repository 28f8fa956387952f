/*
 * Hyperliquid's market data, REST answers and the `data` of WebSocket frames (venues/hyperliquid.md
 * §1.3, §5.4): JSON -> typed rows. Pure: no state, no allocation. Rows of lists go to a visitor one
 * by one; a list of which one row is unsound is unsound as a whole and the function says false, so
 * the caller drops what it was given. Absent, null and false are alike where a member is optional.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CODEC_H

#include "core/market/market_event.h"
#include "exchanges/hyperliquid/hyperliquid_json.h"

#define HYPERLIQUID_COIN_MAX 47 /* "dex:COIN" of builder-deployed markets included */
struct hyperliquid_coin {
	char name[HYPERLIQUID_COIN_MAX + 1];
};

/* Money at an instrument's decimals; false if it needs more of them or does not fit. */
bool hyperliquid_to_units(struct money figure, unsigned decimals, int64_t *units);

/* ---- meta ------------------------------------------------------------------------------------ */

#define HYPERLIQUID_UNIVERSE_MAX      2048 /* entries of meta; more is no answer */
#define HYPERLIQUID_SIZE_DECIMALS_MAX 6

struct hyperliquid_market_terms {
	struct hyperliquid_coin coin;
	unsigned size_decimals;	  /* 0..6; prices have 6 less these (§3) */
	int32_t maximum_leverage; /* of the first margin tier, >= 1 */
	bool delisted;
	bool only_isolated; /* onlyIsolated, or marginMode strictIsolated or noCross */
};
typedef void (*hyperliquid_visit_terms)(void *user, uint32_t asset,
					const struct hyperliquid_market_terms *terms);
/* A meta object; asset is the position in `universe`, delisted entries included. */
bool hyperliquid_decode_meta(const struct hyperliquid_value *meta, hyperliquid_visit_terms visit,
			     void *user);

/* ---- contexts -------------------------------------------------------------------------------- */

struct hyperliquid_context {
	struct rate funding; /* per hour, of the running hour */
	struct money mark, oracle;
	struct money open_interest;	  /* coins, one side; binary noise rounded */
	struct money day_notional_volume; /* USD */
	bool premium_known, mid_known;	  /* null without a two-sided book */
	struct rate premium;
	struct money mid;
};
bool hyperliquid_decode_context(const struct hyperliquid_value *value,
				struct hyperliquid_context *context);

typedef void (*hyperliquid_visit_overview)(void *user, uint32_t asset,
					   const struct hyperliquid_market_terms *terms,
					   const struct hyperliquid_context *context);
/*
 * metaAndAssetCtxs: [meta, contexts], paired by position; unequal lengths are unsound. A context
 * that cannot be read is passed as NULL (delisted markets may lack figures).
 */
bool hyperliquid_decode_overview(const struct hyperliquid_value *value,
				 hyperliquid_visit_overview visit, void *user);

/* ---- books ----------------------------------------------------------------------------------- */

#define HYPERLIQUID_LEVELS_MAX 20 /* a side (§1.3) */

/* l2Book of REST and stream; bids and asks are read by hyperliquid_decode_levels once the coin's
 * decimals are known. */
struct hyperliquid_book {
	struct hyperliquid_coin coin;
	int64_t time_ns;
	struct hyperliquid_value bids, asks;
};
/* False also for null, which means that there is no such market. */
bool hyperliquid_decode_book(const struct hyperliquid_value *value, struct hyperliquid_book *book);

struct hyperliquid_scale {
	unsigned price_decimals, quantity_decimals;
};
/* At most HYPERLIQUID_LEVELS_MAX; prices and sizes > 0 and exact, best first in `side`'s sense. */
bool hyperliquid_decode_levels(const struct hyperliquid_value *value,
			       const struct hyperliquid_scale *scale, enum side side,
			       struct book_level levels[HYPERLIQUID_LEVELS_MAX], uint32_t *count);

struct hyperliquid_bbo {
	struct hyperliquid_coin coin;
	int64_t time_ns;
	struct hyperliquid_value bid, ask; /* null: that side is empty */
};
bool hyperliquid_decode_bbo(const struct hyperliquid_value *value, struct hyperliquid_bbo *bbo);
/* Quantity 0 for null. */
bool hyperliquid_decode_level(const struct hyperliquid_value *value,
			      const struct hyperliquid_scale *scale, struct book_level *level);

/* ---- lists ----------------------------------------------------------------------------------- */

struct hyperliquid_trade {
	struct hyperliquid_coin coin;
	enum side taker_side;
	struct money price, size;
	int64_t time_ns;
	uint64_t trade_id;
};
typedef void (*hyperliquid_visit_trade)(void *user, const struct hyperliquid_trade *trade);
/* `trades` frames and recentTrades. */
bool hyperliquid_decode_trades(const struct hyperliquid_value *value, hyperliquid_visit_trade visit,
			       void *user);

struct hyperliquid_settled {
	struct hyperliquid_coin coin;
	int64_t time_ns; /* the full hour and a few ms */
	struct rate rate;
	unsigned rate_decimals; /* as written: what half a last digit is (at most 18) */
	bool premium_known;
	struct rate premium; /* the hour's average */
	unsigned premium_decimals;
};
typedef void (*hyperliquid_visit_settled)(void *user, const struct hyperliquid_settled *settled);
/* fundingHistory, oldest first. */
bool hyperliquid_decode_funding_history(const struct hyperliquid_value *value,
					hyperliquid_visit_settled visit, void *user);

typedef void (*hyperliquid_visit_mid)(void *user, const struct hyperliquid_coin *coin,
				      struct money mid);
/* allMids as of REST: coin -> mid. */
bool hyperliquid_decode_all_mids(const struct hyperliquid_value *value, hyperliquid_visit_mid visit,
				 void *user);

struct hyperliquid_prediction {
	struct hyperliquid_coin coin;
	char venue[16];	  /* "HlPerp", "BinPerp", ... */
	struct rate rate; /* per interval of that venue */
	int64_t next_ns;
	int64_t interval_ns; /* 0 = not said */
};
typedef void (*hyperliquid_visit_prediction)(void *user,
					     const struct hyperliquid_prediction *prediction);
/* predictedFundings; venues without a figure are left out. */
bool hyperliquid_decode_predicted(const struct hyperliquid_value *value,
				  hyperliquid_visit_prediction visit, void *user);

/* exchangeStatus. special: what specialStatuses says, "" nothing. */
bool hyperliquid_decode_status(const struct hyperliquid_value *value, int64_t *time_ns,
			       char *special, size_t special_size);

#endif
