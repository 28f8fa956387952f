#include "exchanges/hyperliquid/hyperliquid_markets.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "core/market/asset_identity.h"
#include "exchanges/hyperliquid/price_rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COIN_SLOTS (2u * HYPERLIQUID_UNIVERSE_MAX)
static_assert((COIN_SLOTS & (COIN_SLOTS - 1)) == 0, "the index is masked, not divided");

bool hyperliquid_markets_init(struct hyperliquid_markets *markets, venue_id venue,
			      struct instrument_table *instruments, int64_t funding_interval_ns)
{
	*markets = (struct hyperliquid_markets){.venue = venue,
						.instruments = instruments,
						.funding_interval_ns = funding_interval_ns};
	markets->markets = calloc(HYPERLIQUID_UNIVERSE_MAX, sizeof(*markets->markets));
	markets->by_coin = calloc(COIN_SLOTS, sizeof(*markets->by_coin));
	markets->by_instrument = calloc(INSTRUMENTS_MAX + 1, sizeof(*markets->by_instrument));
	if (markets->markets && markets->by_coin && markets->by_instrument)
		return true;
	hyperliquid_markets_free(markets);
	return false;
}

void hyperliquid_markets_free(struct hyperliquid_markets *markets)
{
	free(markets->markets);
	free(markets->by_coin);
	free(markets->by_instrument);
	*markets = (struct hyperliquid_markets){0};
}

/* ---- finding -----------------------------------------------------------------------------------
 */

static size_t coin_slot(const char *coin)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	for (; *coin; coin++)
		hash = (hash ^ (unsigned char)*coin) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32) & (COIN_SLOTS - 1);
}

const struct hyperliquid_listing *hyperliquid_listing_of_coin(
	const struct hyperliquid_markets *markets, const char *coin)
{
	for (size_t slot = coin_slot(coin); markets->by_coin[slot] != 0;
	     slot = (slot + 1) & (COIN_SLOTS - 1)) {
		const struct hyperliquid_listing *market =
			&markets->markets[markets->by_coin[slot] - 1];
		if (strcmp(market->terms.coin.name, coin) == 0)
			return market;
	}
	return NULL;
}

const struct hyperliquid_listing *hyperliquid_listing_of_instrument(
	const struct hyperliquid_markets *markets, instrument_id id)
{
	if (id == 0 || id > INSTRUMENTS_MAX || markets->by_instrument[id] == 0)
		return NULL;
	return &markets->markets[markets->by_instrument[id] - 1];
}

static void index_markets(struct hyperliquid_markets *markets)
{
	memset(markets->by_coin, 0, COIN_SLOTS * sizeof(*markets->by_coin));
	memset(markets->by_instrument, 0, (INSTRUMENTS_MAX + 1) * sizeof(*markets->by_instrument));
	for (uint32_t asset = 0; asset < markets->count; asset++) {
		const struct hyperliquid_listing *market = &markets->markets[asset];
		if (hyperliquid_listing_of_coin(markets, market->terms.coin.name) != NULL)
			continue; /* a name twice: the first is the one */
		size_t slot = coin_slot(market->terms.coin.name);
		while (markets->by_coin[slot] != 0)
			slot = (slot + 1) & (COIN_SLOTS - 1);
		markets->by_coin[slot] = asset + 1;
		if (market->instrument != 0)
			markets->by_instrument[market->instrument] = asset + 1;
	}
}

/* ---- terms -------------------------------------------------------------------------------------
 */

struct fee_terms hyperliquid_base_fees(void)
{
	return (struct fee_terms){.maker = {RATE_ONE / 100000 * 15},
				  .taker = {RATE_ONE / 100000 * 45}};
}

/* §6.2: quoted in USDT and paid in USDC, but for these two. */
static bool quoted_in_usdc(const char *coin)
{
	return strcmp(coin, "HYPE") == 0 || strcmp(coin, "PURR") == 0;
}

static bool make_instrument(const struct hyperliquid_markets *markets,
			    const struct hyperliquid_market_terms *terms,
			    struct instrument *instrument)
{
	struct asset_identity identity;
	struct instrument_table *table = markets->instruments;
	const char *coin = terms->coin.name;
	if (!asset_identity_of(coin, &identity))
		return false;
	*instrument = (struct instrument){
		.venue = markets->venue,
		.kind = INSTRUMENT_LINEAR,
		.base = instrument_table_asset(table, coin),
		.canonical = instrument_table_asset(table, identity.canonical),
		.quote = instrument_table_asset(table, quoted_in_usdc(coin) ? "USDC" : "USDT"),
		.settle = instrument_table_asset(table, "USDC"),
		.multiplier = identity.multiplier,
		.contract_size = {MONEY_ONE},
		.price_decimals =
			hyperliquid_price_decimals(HYPERLIQUID_PERPETUAL, terms->size_decimals),
		.quantity_decimals = terms->size_decimals,
	};
	memcpy(instrument->symbol, coin, strlen(coin) + 1); /* asset_identity_of bounds it */
	instrument_table_set_posting_decimals(table, instrument->settle, 6);
	return true;
}

static struct instrument_revision make_revision(const struct hyperliquid_markets *markets,
						const struct hyperliquid_market_terms *terms,
						const struct fee_terms *fees, int64_t venue_ns)
{
	return (struct instrument_revision){
		.effective_from_ns = venue_ns,
		.rules = {.status = terms->delisted ? MARKET_DELISTED : MARKET_TRADING,
			  .tick = {1},
			  .significant_figures = HYPERLIQUID_SIGNIFICANT_FIGURES,
			  .integer_prices_always = true,
			  .lot = {1},
			  .minimum_notional = {10 * MONEY_ONE},
			  /* Half the initial margin at the first tier's leverage (§6.4). */
			  .maintenance_margin = {RATE_ONE / (2 * terms->maximum_leverage)},
			  .maximum_leverage = terms->maximum_leverage},
		.fees = *fees,
		.funding = {.pays = true,
			    .interval_ns = markets->funding_interval_ns,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_ORACLE,
			    .cap = {RATE_ONE / 100 * 4}},
	};
}

static bool same_terms(const struct instrument *a, const struct instrument *b)
{
	return a->kind == b->kind && a->base == b->base && a->canonical == b->canonical &&
	       a->quote == b->quote && a->settle == b->settle && a->multiplier == b->multiplier &&
	       a->contract_size.e18 == b->contract_size.e18 &&
	       a->price_decimals == b->price_decimals &&
	       a->quantity_decimals == b->quantity_decimals;
}

static bool same_revision(const struct instrument_revision *a, const struct instrument_revision *b)
{
	return a->rules.status == b->rules.status &&
	       a->rules.maximum_leverage == b->rules.maximum_leverage &&
	       a->rules.maintenance_margin.e18 == b->rules.maintenance_margin.e18 &&
	       a->rules.minimum_notional.e18 == b->rules.minimum_notional.e18 &&
	       a->rules.significant_figures == b->rules.significant_figures &&
	       a->rules.tick.units == b->rules.tick.units &&
	       a->rules.lot.units == b->rules.lot.units && a->fees.maker.e18 == b->fees.maker.e18 &&
	       a->fees.taker.e18 == b->fees.taker.e18 && a->funding.pays == b->funding.pays &&
	       a->funding.interval_ns == b->funding.interval_ns &&
	       a->funding.paid_on == b->funding.paid_on && a->funding.cap.e18 == b->funding.cap.e18;
}

/* Finds, revises, retires or adds; 0: the table cannot hold it. */
static instrument_id take_instrument(const struct hyperliquid_markets *markets,
				     const struct hyperliquid_market_terms *terms,
				     const struct fee_terms *fees, int64_t venue_ns, bool *changed)
{
	struct instrument_table *table = markets->instruments;
	struct instrument instrument;
	struct error err = {0};
	*changed = false;
	if (!make_instrument(markets, terms, &instrument))
		return 0;
	struct instrument_revision revision = make_revision(markets, terms, fees, venue_ns);
	instrument_id id = instrument_find(table, markets->venue, instrument.symbol);
	if (id != 0 && !same_terms(instrument_get(table, id), &instrument)) {
		log_write(LOG_ALARM, "hyperliquid",
			  "%s has other decimals than before: a new handle", instrument.symbol);
		instrument_table_retire(table, id);
		id = 0;
	}
	if (id == 0) {
		id = instrument_table_add(table, &instrument, &revision, &err);
		if (id == 0)
			log_write(LOG_WARNING, "hyperliquid", "%s is left out: %s",
				  instrument.symbol, err.text);
		return id;
	}
	const struct instrument_revision *latest = instrument_latest(table, id);
	if (same_revision(latest, &revision))
		return id;
	if (revision.effective_from_ns < latest->effective_from_ns)
		revision.effective_from_ns = latest->effective_from_ns;
	*changed = instrument_table_revise(table, id, &revision, &err);
	if (!*changed)
		log_write(LOG_WARNING, "hyperliquid", "%s keeps its old rules: %s",
			  instrument.symbol, err.text);
	return id;
}

/* ---- loading -----------------------------------------------------------------------------------
 */

struct loading {
	struct hyperliquid_market_terms *terms; /* by asset */
	uint32_t count;
};

static void collect(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms)
{
	struct loading *loading = user;
	loading->terms[asset] = *terms;
	loading->count = asset + 1;
}

static void apply(struct hyperliquid_markets *markets, const struct loading *loading,
		  const struct fee_terms *fees, int64_t venue_ns,
		  hyperliquid_market_changed changed, void *user)
{
	uint32_t delisted = 0;
	for (uint32_t asset = 0; asset < loading->count; asset++) {
		struct hyperliquid_listing *market = &markets->markets[asset];
		bool revised;
		market->asset = asset;
		market->terms = loading->terms[asset];
		market->scale = (struct hyperliquid_scale){
			hyperliquid_price_decimals(HYPERLIQUID_PERPETUAL,
						   market->terms.size_decimals),
			market->terms.size_decimals};
		market->instrument =
			take_instrument(markets, &market->terms, fees, venue_ns, &revised);
		delisted += market->terms.delisted;
		if (revised)
			changed(user, market->instrument);
	}
	markets->count = loading->count;
	index_markets(markets);
	log_write(LOG_INFO, "hyperliquid", "%u markets, %u of them delisted",
		  (unsigned)markets->count, (unsigned)delisted);
}

bool hyperliquid_markets_load(struct hyperliquid_markets *markets,
			      const struct hyperliquid_value *meta, const struct fee_terms *fees,
			      int64_t venue_ns, hyperliquid_market_changed changed, void *user,
			      struct error *err)
{
	struct loading loading = {.terms =
					  calloc(HYPERLIQUID_UNIVERSE_MAX, sizeof(*loading.terms))};
	if (loading.terms == NULL)
		return error_set(err, ERROR_LIMIT, "hyperliquid: out of memory");
	bool sound = hyperliquid_decode_meta(meta, collect, &loading);
	/* Places in the list are what actions name markets by: a shorter list, or another coin in
	 * a place, is not to be traded on. */
	for (uint32_t asset = 0; sound && asset < markets->count; asset++)
		sound = asset < loading.count && strcmp(markets->markets[asset].terms.coin.name,
							loading.terms[asset].coin.name) == 0;
	if (sound)
		apply(markets, &loading, fees, venue_ns, changed, user);
	free(loading.terms);
	return sound || error_set(err, ERROR_VENUE,
				  "hyperliquid: the list of markets (meta) cannot be read, or its "
				  "order changed");
}
