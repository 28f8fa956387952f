/*
 * The three BTC markets that many tests trade, with the terms they had on Binance in 2024 (fees
 * 5 bp taker, 2 bp maker), and figures written as decimal text.
 */
#ifndef FUNDARB_TESTS_SUPPORT_MARKET_TERMS_H
#define FUNDARB_TESTS_SUPPORT_MARKET_TERMS_H

#include "core/market/contract.h"
#include "core/market/instrument.h"

struct market_terms {
	struct instrument_table *table;
	venue_id usdm_venue, coinm_venue, spot_venue;
	asset_id btc, usdt, usd;
	instrument_id usdm;  /* BTCUSDT: linear, tick 0.1, lot 0.001, settles in USDT, 8 h */
	instrument_id coinm; /* BTCUSD_PERP: 100 USD a contract, tick 0.1, settles in BTC, 8 h */
	instrument_id spot;  /* BTCUSDT: tick 0.01, lot 0.00001, buy fee taken in BTC */
};

/* Aborts if the table refuses them. The caller frees with market_terms_free. */
struct market_terms market_terms_create(void);
void market_terms_free(struct market_terms *terms);

/* Terms to vary in a test before instrument_table_add. */
struct instrument market_terms_linear(const struct market_terms *terms, const char *symbol);
struct instrument_revision market_terms_revision(void);

/* Decimal text, exact; abort if it does not fit. */
struct money money_of(const char *text);
struct rate rate_of(const char *text);
struct price price_of(const struct market_terms *terms, instrument_id id, const char *text);
struct quantity quantity_of(const struct market_terms *terms, instrument_id id, const char *text);
/* UTC time as nanoseconds. */
int64_t time_of(const char *text);

/* Fails the running test unless `actual` is `expected` to the last of 18 decimals. */
void assert_money(struct money actual, const char *expected);

#endif
