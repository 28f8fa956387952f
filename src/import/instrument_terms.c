#include "src/import/instrument_terms.h"

#include "core/base/utc.h"
#include "core/market/asset_identity.h"

#include <stdio.h>
#include <string.h>

#define BASIS_POINT (RATE_ONE / 10000)

struct known_scale {
	const char *venue, *symbol;
	struct scale_terms scale;
};

/* Spot books hold sizes finer than the lot (resting since it was finer): all eight decimals that
 * Binance writes are kept. */
static const struct known_scale KNOWN_SCALES[] = {
	{"binance-usdm", "BTCUSDT", {1, 3, 1, 1}},
	{"binance-usdm", "ETHUSDT", {2, 3, 1, 1}},
	{"binance-usdm", NULL, {0, 3, 0, 0}},
	{"binance-coinm", "BTCUSD_PERP", {1, 0, 1, 1}},
	{"binance-coinm", "ETHUSD_PERP", {2, 0, 1, 1}},
	{"binance-coinm", NULL, {0, 0, 0, 0}},
	{"binance-spot", "BTCUSDT", {2, 8, 1, 1000}},
	{"binance-spot", "ETHUSDT", {2, 8, 1, 10000}},
	{"binance-spot", NULL, {0, 8, 0, 0}},
};

struct scale_terms scale_terms_known(const char *venue, const char *symbol)
{
	for (size_t i = 0; i < sizeof(KNOWN_SCALES) / sizeof(KNOWN_SCALES[0]); i++) {
		const struct known_scale *known = &KNOWN_SCALES[i];
		if (strcmp(known->venue, venue) == 0 &&
		    (known->symbol == NULL || strcmp(known->symbol, symbol) == 0))
			return known->scale;
	}
	return (struct scale_terms){0, 0, 0, 0};
}

/* How each venue's perpetuals pay funding, where a file states no schedule. */
struct venue_funding {
	const char *venue;
	int64_t interval_ns, phase_ns;
	enum settle_mode settle_mode;
	enum funding_price paid_on;
};

static const struct venue_funding VENUE_FUNDING[] = {
	{"binance-usdm", 8 * NS_PER_HOUR, 0, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_MARK},
	{"binance-coinm", 8 * NS_PER_HOUR, 0, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_MARK},
	{"kucoin", 8 * NS_PER_HOUR, 4 * NS_PER_HOUR, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_MARK},
	/* Cross-cycle in 2023-24: the rate of a settlement is known one period before. */
	{"okx", 8 * NS_PER_HOUR, 0, SETTLE_FIXED_ONE_PERIOD_AHEAD, FUNDING_PAID_ON_MARK},
	{"dydx", NS_PER_HOUR, 0, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_INDEX},
	{"hyperliquid", NS_PER_HOUR, 0, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_ORACLE},
	{NULL, 8 * NS_PER_HOUR, 0, SETTLE_CURRENT_ESTIMATE, FUNDING_PAID_ON_MARK},
};

const char *const INSTRUMENT_TERMS_DEFAULTS[] = {
	"funding: every 8 h at 00/08/16 h UTC, current estimate, paid on mark, where no file says "
	"otherwise (dYdX and Hyperliquid 1 h, KuCoin 04/12/20 h, OKX fixed one period ahead)",
	"fees: perpetuals taker 5 bp, maker 2 bp; spot 10 bp both, a buy's fee taken in base",
	"rules: minimum notional 5, maximum leverage 20, maintenance margin 0.4 %",
	"contract size: COIN-M 100 USD for BTC, 10 USD for all others; Bybit inverse 1 USD",
	NULL,
};

struct market_names {
	enum instrument_kind kind;
	char base[NAME_MAX_LENGTH + 1];
	char quote[NAME_MAX_LENGTH + 1];
	bool delivery; /* has an expiry: pays no funding */
};

static bool copy_name(char *to, const char *text, size_t length)
{
	if (length == 0 || length > NAME_MAX_LENGTH)
		return false;
	memcpy(to, text, length);
	to[length] = '\0';
	return true;
}

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	size_t bytes = strlen(suffix);
	return length > bytes && memcmp(text + length - bytes, suffix, bytes) == 0;
}

/* "BTCUSDT": the quote is the longest known name at the end. */
static bool split_joined(const char *symbol, size_t length, struct market_names *names)
{
	static const char *const quotes[] = {"FDUSD", "USDT", "USDC", "BUSD", "TUSD",
					     "USDP",  "USD",  "DAI",  "EUR",  "TRY",
					     "BRL",   "JPY",  "BTC",  "ETH",  "BNB"};
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		if (ends_with(symbol, length, quotes[i]))
			return copy_name(names->base, symbol, length - strlen(quotes[i])) &&
			       copy_name(names->quote, quotes[i], strlen(quotes[i]));
	}
	return false;
}

static bool names_of(const char *venue, const char *symbol, struct market_names *names)
{
	size_t length = strlen(symbol);
	memset(names, 0, sizeof(*names));
	const char *separator = strpbrk(symbol, "/-");
	if (separator != NULL && *separator == '/') {
		names->kind = INSTRUMENT_SPOT;
		return copy_name(names->base, symbol, (size_t)(separator - symbol)) &&
		       copy_name(names->quote, separator + 1, strlen(separator + 1));
	}
	if (strcmp(venue, "binance-spot") == 0) {
		names->kind = INSTRUMENT_SPOT;
		return split_joined(symbol, length, names);
	}
	names->kind = INSTRUMENT_LINEAR;
	/* Hyperliquid names the coin alone, dYdX v3 "BTC-USD": both settle in USDC. */
	if (strcmp(venue, "hyperliquid") == 0)
		return copy_name(names->base, symbol, length) && copy_name(names->quote, "USDC", 4);
	if (separator != NULL) {
		bool dydx = strcmp(venue, "dydx") == 0 && strcmp(separator, "-USD") == 0;
		const char *quote = dydx ? "USDC" : separator + 1;
		return copy_name(names->base, symbol, (size_t)(separator - symbol)) &&
		       copy_name(names->quote, quote, strlen(quote));
	}
	if (length > 4 && ends_with(symbol, length, "USDCM")) {
		names->kind = INSTRUMENT_INVERSE;
		return copy_name(names->base, symbol, length - 5) &&
		       copy_name(names->quote, "USD", 3);
	}
	const char *tail = strchr(symbol, '_');
	if (tail != NULL) {
		names->delivery = strcmp(tail, "_PERP") != 0;
		length = (size_t)(tail - symbol);
	}
	if (!split_joined(symbol, length, names))
		return false;
	if (strcmp(venue, "binance-coinm") == 0 ||
	    (tail != NULL && strcmp(names->quote, "USD") == 0))
		names->kind = INSTRUMENT_INVERSE;
	return true;
}

static struct money contract_size(const char *venue, const struct market_names *names)
{
	if (names->kind != INSTRUMENT_INVERSE)
		return (struct money){MONEY_ONE};
	if (strcmp(venue, "bybit") == 0)
		return (struct money){MONEY_ONE};
	return (struct money){(strcmp(names->base, "BTC") == 0 ? 100 : 10) * MONEY_ONE};
}

static struct funding_terms funding_of(const char *venue, const struct market_names *names)
{
	struct funding_terms funding = {0};
	if (names->kind == INSTRUMENT_SPOT || names->delivery)
		return funding;
	const struct venue_funding *row = VENUE_FUNDING;
	while (row->venue != NULL && strcmp(row->venue, venue) != 0)
		row++;
	funding.pays = true;
	funding.interval_ns = row->interval_ns;
	funding.phase_ns = row->phase_ns;
	funding.settle_mode = row->settle_mode;
	funding.paid_on = row->paid_on;
	return funding;
}

bool instrument_terms_default(struct instrument_table *table, const char *venue, const char *symbol,
			      const struct scale_terms *scale, struct instrument *terms,
			      struct instrument_revision *revision, struct error *err)
{
	struct market_names names;
	struct asset_identity identity;
	memset(terms, 0, sizeof(*terms));
	memset(revision, 0, sizeof(*revision));
	if (strlen(symbol) > NAME_MAX_LENGTH || !names_of(venue, symbol, &names) ||
	    !asset_identity_of(names.base, &identity))
		return error_set(err, ERROR_INPUT,
				 "%s:%s: base and quote cannot be told from the "
				 "symbol",
				 venue, symbol);
	bool spot = names.kind == INSTRUMENT_SPOT;
	terms->venue = instrument_table_venue(table, venue);
	if (terms->venue == 0)
		return error_set(err, ERROR_INPUT, "%s: not a venue name, or more than %d venues",
				 venue, VENUES_MAX);
	snprintf(terms->symbol, sizeof(terms->symbol), "%s", symbol);
	terms->kind = names.kind;
	terms->base = instrument_table_asset(table, names.base);
	terms->canonical = instrument_table_asset(table, identity.canonical);
	terms->quote = instrument_table_asset(table, names.quote);
	terms->settle = names.kind == INSTRUMENT_INVERSE ? terms->base : terms->quote;
	terms->multiplier = identity.multiplier;
	terms->contract_size = contract_size(venue, &names);
	terms->price_decimals = scale->price_decimals;
	terms->quantity_decimals = scale->quantity_decimals;

	struct order_rules *rules = &revision->rules;
	rules->status = MARKET_TRADING;
	rules->tick.units = scale->tick_units != 0 ? scale->tick_units : 1;
	rules->lot.units = scale->lot_units != 0 ? scale->lot_units : 1;
	rules->minimum_notional.e18 = 5 * MONEY_ONE;
	rules->maximum_leverage = spot ? 1 : 20;
	rules->maintenance_margin.e18 = spot ? 0 : RATE_ONE / 1000 * 4;
	revision->fees.taker.e18 = (spot ? 10 : 5) * BASIS_POINT;
	revision->fees.maker.e18 = (spot ? 10 : 2) * BASIS_POINT;
	revision->fees.buy_fee_in_base = spot;
	revision->funding = funding_of(venue, &names);
	return true;
}
