/*
 * What can be traded: venues, assets and instruments, in one table that lives as long as the
 * program. An instrument's identity, decimals, kind and assets never change (such a change retires
 * the handle and makes a new one); a *revision* changes only rules, fees and funding terms.
 */
#ifndef FUNDARB_CORE_MARKET_INSTRUMENT_H
#define FUNDARB_CORE_MARKET_INSTRUMENT_H

#include "core/base/error.h"
#include "core/base/money.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t instrument_id; /* 1..; process-wide, never reused; 0 = none */
typedef uint16_t venue_id;	/* 1..; 0 = none */
typedef uint16_t asset_id;	/* 1..; 0 = none */

#define INSTRUMENTS_MAX 4096
#define VENUES_MAX	32
#define ASSETS_MAX	4096
#define NAME_MAX_LENGTH 31 /* of venues, assets, symbols */

enum instrument_kind {
	/* quantity x contract_size = base; settles in quote, or one for one in another dollar
	 * (Hyperliquid: quoted in USDT, paid in USDC) */
	INSTRUMENT_LINEAR,
	INSTRUMENT_INVERSE, /* quantity x contract_size = quote (USD); settles in base */
	INSTRUMENT_SPOT,    /* as linear, but base is owned; no funding, no margin, no short */
};

enum market_status { MARKET_TRADING, MARKET_REDUCE_ONLY, MARKET_HALTED, MARKET_DELISTED };
const char *market_status_text(enum market_status status); /* "trading", "reduce-only", ... */

/* Which rate a settlement pays. */
enum settle_mode {
	SETTLE_CURRENT_ESTIMATE, /* the estimate running up to the boundary (Binance, Bybit, ...) */
	SETTLE_FIXED_ONE_PERIOD_AHEAD, /* fixed at the previous boundary (OKX 2023-24) */
};

enum funding_price { FUNDING_PAID_ON_MARK, FUNDING_PAID_ON_ORACLE, FUNDING_PAID_ON_INDEX };

struct funding_terms {
	bool pays; /* false: no funding exists (spot); that is not a missing rate */
	int64_t interval_ns;
	int64_t phase_ns; /* boundaries are phase + k * interval, in venue time (UTC) */
	enum settle_mode settle_mode;
	enum funding_price paid_on;
	struct rate cap; /* |rate| <= cap per interval; 0 = unknown */
};

/* Checked on outgoing orders only: off-tick levels in a foreign book are normal. */
struct order_rules {
	enum market_status status;
	struct price tick;	      /* > 0 */
	unsigned significant_figures; /* 0 = none; else also at most that many (Hyperliquid 5) */
	bool integer_prices_always;   /* significant figures do not bind whole prices */
	struct quantity lot;	      /* > 0 */
	struct quantity minimum_quantity; /* 0 = none */
	struct quantity maximum_quantity; /* 0 = none */
	struct money minimum_notional;	  /* in quote; 0 = none; reduce-only is exempt */
	struct rate price_band;		  /* |limit / mark - 1| bound; 0 = none */
	struct rate maintenance_margin;	  /* fraction of position value */
	int32_t maximum_leverage;	  /* >= 1 */
};

struct fee_terms {
	struct rate maker; /* fraction of notional; negative = rebate */
	struct rate taker;
	bool buy_fee_in_base; /* spot: the fee of a buy shrinks what is received */
};

struct instrument {
	instrument_id id;
	venue_id venue;
	char symbol[NAME_MAX_LENGTH + 1]; /* the venue's own text, e.g. "BTCUSDT" */
	enum instrument_kind kind;
	asset_id base;	    /* the venue's base coin, e.g. 1000PEPE */
	asset_id canonical; /* the coin it is a multiple of, e.g. PEPE (asset_identity.h) */
	asset_id quote;
	asset_id settle;
	int64_t multiplier;	    /* canonical tokens in one base coin, >= 1 */
	struct money contract_size; /* per 1.0 of quantity: base coins (linear, spot) or quote */
	unsigned price_decimals;
	unsigned quantity_decimals;
};

struct instrument_revision {
	uint32_t number;	   /* 1.. */
	int64_t effective_from_ns; /* venue time */
	struct order_rules rules;
	struct fee_terms fees;
	struct funding_terms funding;
};

struct instrument_table;

struct instrument_table *instrument_table_create(void); /* NULL: out of memory */
void instrument_table_free(struct instrument_table *table);

/* Finds or adds; returns 0 if the name is empty, too long or the table is full. */
venue_id instrument_table_venue(struct instrument_table *table, const char *name);
asset_id instrument_table_asset(struct instrument_table *table, const char *name);
/* 0 if unknown. */
venue_id instrument_table_find_venue(const struct instrument_table *table, const char *name);
asset_id instrument_table_find_asset(const struct instrument_table *table, const char *name);
const char *venue_name(const struct instrument_table *table, venue_id venue);
const char *asset_name(const struct instrument_table *table, asset_id asset);
/* Decimals of the smallest unit a venue books in this asset (default 8). */
unsigned asset_posting_decimals(const struct instrument_table *table, asset_id asset);
bool instrument_table_set_posting_decimals(struct instrument_table *table, asset_id asset,
					   unsigned decimals);

/*
 * Adds an instrument with its first revision; terms->id is ignored. (venue, symbol) must be new
 * among live instruments; adding it again after instrument_table_retire makes a new handle.
 * Returns 0 and fills err if a field is out of range or the table is full.
 */
instrument_id instrument_table_add(struct instrument_table *table, const struct instrument *terms,
				   const struct instrument_revision *first, struct error *err);
/* Adds a later revision (effective_from_ns not before the last one's); numbers it. */
bool instrument_table_revise(struct instrument_table *table, instrument_id id,
			     const struct instrument_revision *revision, struct error *err);
/* The handle keeps its terms and revisions; (venue, symbol) no longer finds it. */
void instrument_table_retire(struct instrument_table *table, instrument_id id);

/* The pointers stay valid until the table is freed. id must be valid. */
const struct instrument *instrument_get(const struct instrument_table *table, instrument_id id);
/* The newest revision, whatever its effective_from: what outgoing orders are checked against. */
const struct instrument_revision *instrument_latest(const struct instrument_table *table,
						    instrument_id id);
/* The revision in force at a venue time (the first one for times before it). */
const struct instrument_revision *instrument_revision_at(const struct instrument_table *table,
							 instrument_id id, int64_t venue_ns);
/* All revisions in order; number 1..instrument_revision_count. */
size_t instrument_revision_count(const struct instrument_table *table, instrument_id id);
const struct instrument_revision *instrument_revision_numbered(const struct instrument_table *table,
							       instrument_id id, uint32_t number);
/* Live instrument of that venue and symbol, or 0. */
instrument_id instrument_find(const struct instrument_table *table, venue_id venue,
			      const char *symbol);
/* Handles are 1..count, retired ones included. */
size_t instrument_count(const struct instrument_table *table);
bool instrument_is_retired(const struct instrument_table *table, instrument_id id);
size_t venue_count(const struct instrument_table *table);

#define INSTRUMENT_NAME_MAX 72
/* "binance-usdm:BTCUSDT"; returns buffer. */
const char *instrument_name(const struct instrument_table *table, instrument_id id, char *buffer,
			    size_t size);

#endif
