/*
 * Terms of an instrument of which a file says only venue and symbol: kind and assets are read from
 * the symbol, the rest are defaults by venue (docs/import.md lists them; configuration overrides
 * fees and rules later).
 */
#ifndef FUNDARB_SRC_IMPORT_INSTRUMENT_TERMS_H
#define FUNDARB_SRC_IMPORT_INSTRUMENT_TERMS_H

#include "core/market/instrument.h"

/* Decimals of prices and quantities; steps in units of these decimals, 0 = not known. */
struct scale_terms {
	unsigned price_decimals, quantity_decimals;
	int64_t tick_units, lot_units;
};

/*
 * What is known beforehand: tick and lot of Binance's BTC and ETH markets; of others the least
 * quantity decimals of the market (USD-M 3, COIN-M 0, Spot 8), price decimals 0. Two imports about
 * one instrument then agree on its decimals, so that their recordings can be replayed together.
 */
struct scale_terms scale_terms_known(const char *venue, const char *symbol);

/*
 * Fills *terms (venue and assets entered in the table; id 0; an unknown step becomes one unit) and
 * *revision (effective from 0) for venue and symbol: "BTCUSDT", "BTCUSD_PERP", "BTC/USDT",
 * "BTC-USD", "BTCUSDCM", Hyperliquid's "BTC". False: neither base nor quote can be told from the
 * symbol, or a name is too long.
 */
bool instrument_terms_default(struct instrument_table *table, const char *venue, const char *symbol,
			      const struct scale_terms *scale, struct instrument *terms,
			      struct instrument_revision *revision, struct error *err);

/* One sentence per default that the file did not state, for the report; NULL at the end. */
extern const char *const INSTRUMENT_TERMS_DEFAULTS[];

#endif
