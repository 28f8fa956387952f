#include "exchanges/testnet/testnet_markets.h"

#include "core/base/decimal.h"
#include "core/market/asset_identity.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define QUOTE			"USDC"
#define QUOTE_DECIMALS		6
#define HYPERLIQUID_PRICE_SPARE 6 /* price decimals = 6 - szDecimals */
#define HYPERLIQUID_FIGURES	5

struct listed {
	const char *symbol; /* NULL: not listed there */
	unsigned size_decimals, price_decimals;
	int32_t leverage;
	enum market_status status;
};
struct coin_row {
	const char *name, *price; /* of one canonical token */
	unsigned level_usd;
	const char *lighter_minimum; /* smallest order, base units */
	struct listed lighter, hyperliquid;
};

/* A table is read by row. */
/* clang-format off */
static const struct coin_row COINS[] = {
	{"ETH", "2682.5", 20000, "0.005", {"ETH", 4, 2, 50, MARKET_TRADING}, {"ETH", 4, 2, 25, MARKET_TRADING}},
	{"BTC", "61750", 30000, "0.0002", {"BTC", 5, 1, 50, MARKET_TRADING}, {"BTC", 5, 1, 40, MARKET_TRADING}},
	{"SOL", "143.9", 12000, "0.05", {"SOL", 3, 3, 25, MARKET_TRADING}, {"SOL", 2, 4, 20, MARKET_TRADING}},
	{"PEPE", "0.0000078", 4000, "500", {"1000PEPE", 0, 6, 10, MARKET_TRADING}, {"kPEPE", 0, 6, 10, MARKET_TRADING}},
	{"DOGE", "0.1023", 6000, "10", {"DOGE", 0, 6, 10, MARKET_TRADING}, {"DOGE", 0, 6, 10, MARKET_TRADING}},
	{"XRP", "0.572", 6000, "20", {"XRP", 0, 6, 20, MARKET_TRADING}, {"XRP", 0, 6, 20, MARKET_TRADING}},
	{"LINK", "10.25", 5000, "1", {"LINK", 1, 5, 10, MARKET_TRADING}, {"LINK", 1, 5, 10, MARKET_TRADING}},
	{"AVAX", "26.4", 5000, "0.5", {"AVAX", 2, 4, 10, MARKET_TRADING}, {"AVAX", 2, 4, 10, MARKET_TRADING}},
	{"HYPE", "24.15", 8000, "0.5", {"HYPE", 2, 4, 10, MARKET_TRADING}, {"HYPE", 2, 4, 10, MARKET_TRADING}},
	{"BONK", "0.0000185", 2500, "500", {"1000BONK", 0, 6, 10, MARKET_TRADING}, {"kBONK", 0, 6, 10, MARKET_TRADING}},
	{"SUI", "1.92", 4000, "3", {"SUI", 1, 5, 10, MARKET_TRADING}, {"SUI", 1, 5, 10, MARKET_TRADING}},
	{"ARB", "0.5512", 3000, "20", {"ARB", 1, 5, 10, MARKET_TRADING}, {"ARB", 1, 5, 10, MARKET_TRADING}},
	{"MATIC", "0.3905", 3000, "20", {"MATIC", 1, 5, 10, MARKET_REDUCE_ONLY}, {"MATIC", 1, 5, 10, MARKET_TRADING}},
	{"LUNA", "0.362", 1500, "20", {"LUNA", 1, 5, 5, MARKET_TRADING}, {"LUNA", 1, 5, 3, MARKET_DELISTED}},
	{"FTM", "0.6703", 1500, "20", {"FTM", 0, 6, 5, MARKET_DELISTED}, {"FTM", 0, 6, 10, MARKET_TRADING}},
	{"MKR", "1574", 2500, "0.01", {"MKR", 4, 2, 10, MARKET_HALTED}, {"MKR", 4, 2, 10, MARKET_TRADING}},
};
/* clang-format on */
#define COIN_COUNT (sizeof(COINS) / sizeof(COINS[0]))

/* ---- which rows --------------------------------------------------------------------------------
 */

static bool wanted(const struct testnet_listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->coin_count; i++)
		if (strcmp(listing->coins[i], name) == 0)
			return true;
	return listing->coin_count == 0;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < COIN_COUNT; i++)
		if (strcmp(COINS[i].name, name) == 0)
			return true;
	return false;
}

static bool check_names(const struct testnet_listing *listing, struct error *err)
{
	char names[256] = "";
	for (size_t i = 0; i < COIN_COUNT; i++) {
		size_t length = strlen(names);
		snprintf(names + length, sizeof(names) - length, "%s%s", i > 0 ? ", " : "",
			 COINS[i].name);
	}
	for (size_t i = 0; i < listing->coin_count; i++)
		if (!known(listing->coins[i]))
			return error_set(err, ERROR_CONFIGURATION,
					 "the testnet has no coin '%.31s'; it has %s",
					 listing->coins[i], names);
	if (listing->extra_coins > TESTNET_EXTRA_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%u extra coins, at most %d",
				 listing->extra_coins, TESTNET_EXTRA_MAX);
	return true;
}

struct extra_coin {
	char name[16], price[24];
	struct coin_row row;
};

/* Prices from 0.01 to 900, sizes to match. */
static void make_extra(unsigned number, struct extra_coin *extra)
{
	static const struct {
		const char *before, *after, *minimum;
		unsigned size_decimals;
	} SCALES[] = {{"0.0", "", "500", 0},
		      {"0.", "", "50", 0},
		      {"", "", "5", 1},
		      {"", "0", "0.5", 2},
		      {"", "00", "0.05", 3}};
	unsigned scale = number % 5, digit = 1 + number % 9;
	snprintf(extra->name, sizeof(extra->name), "X%03u", number + 1);
	snprintf(extra->price, sizeof(extra->price), "%s%u%s", SCALES[scale].before, digit,
		 SCALES[scale].after);
	unsigned size = SCALES[scale].size_decimals;
	struct listed listed = {extra->name, size, HYPERLIQUID_PRICE_SPARE - size, 10,
				MARKET_TRADING};
	extra->row = (struct coin_row){extra->name,	      extra->price, 2000,
				       SCALES[scale].minimum, listed,	    listed};
}

/* ---- instruments -------------------------------------------------------------------------------
 */

static struct instrument terms_of(struct instrument_table *table, const char *venue,
				  const struct listed *listed)
{
	struct asset_identity identity;
	bool identified = asset_identity_of(listed->symbol, &identity);
	assert(identified);
	struct instrument terms = {.venue = instrument_table_venue(table, venue),
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(table, listed->symbol),
				   .canonical = instrument_table_asset(table, identity.canonical),
				   .quote = instrument_table_asset(table, QUOTE),
				   .settle = instrument_table_asset(table, QUOTE),
				   .multiplier = identity.multiplier,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = listed->price_decimals,
				   .quantity_decimals = listed->size_decimals};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s", listed->symbol);
	return terms;
}

static struct instrument_revision revision_of(const struct listed *listed, int64_t interval_ns)
{
	return (struct instrument_revision){.rules = {.status = listed->status,
						      .tick = {1},
						      .lot = {1},
						      .minimum_notional = {10 * MONEY_ONE},
						      .maximum_leverage = listed->leverage},
					    .funding = {.pays = true,
							.interval_ns = interval_ns,
							.settle_mode = SETTLE_CURRENT_ESTIMATE,
							.cap = {RATE_ONE / 25}}};
}

static bool add_lighter(struct instrument_table *table, const struct coin_row *row,
			int64_t interval_ns, struct error *err)
{
	if (row->lighter.symbol == NULL)
		return true;
	struct instrument terms = terms_of(table, TESTNET_LIGHTER, &row->lighter);
	struct instrument_revision revision = revision_of(&row->lighter, interval_ns);
	enum decimal_result parsed =
		decimal_parse_i64(row->lighter_minimum, strlen(row->lighter_minimum),
				  terms.quantity_decimals, &revision.rules.minimum_quantity.units);
	assert(parsed == DECIMAL_OK);
	/* Standard accounts pay no fees; maintenance is 0.6 of the smallest initial margin. */
	revision.rules.maintenance_margin.e18 = RATE_ONE / 10 * 6 / row->lighter.leverage;
	revision.rules.price_band.e18 = RATE_ONE / 2;
	revision.funding.paid_on = FUNDING_PAID_ON_MARK;
	return instrument_table_add(table, &terms, &revision, err) != 0;
}

static bool add_hyperliquid(struct instrument_table *table, const struct coin_row *row,
			    int64_t interval_ns, struct error *err)
{
	if (row->hyperliquid.symbol == NULL)
		return true;
	struct instrument terms = terms_of(table, TESTNET_HYPERLIQUID, &row->hyperliquid);
	struct instrument_revision revision = revision_of(&row->hyperliquid, interval_ns);
	assert(terms.price_decimals + terms.quantity_decimals == HYPERLIQUID_PRICE_SPARE);
	revision.rules.significant_figures = HYPERLIQUID_FIGURES;
	revision.rules.integer_prices_always = true;
	revision.rules.maintenance_margin.e18 = RATE_ONE / 2 / row->hyperliquid.leverage;
	revision.rules.price_band.e18 = RATE_ONE / 10 * 8;
	revision.fees.taker.e18 = RATE_ONE / 100000 * 45;
	revision.fees.maker.e18 = RATE_ONE / 100000 * 15;
	revision.funding.paid_on = FUNDING_PAID_ON_ORACLE;
	return instrument_table_add(table, &terms, &revision, err) != 0;
}

static bool add_row(struct instrument_table *table, const struct coin_row *row, int64_t interval_ns,
		    struct error *err)
{
	return add_lighter(table, row, interval_ns, err) &&
	       add_hyperliquid(table, row, interval_ns, err);
}

bool testnet_list_markets(const struct testnet_listing *listing, struct instrument_table *table,
			  struct error *err)
{
	if (!check_names(listing, err))
		return false;
	instrument_table_venue(table, TESTNET_LIGHTER);
	instrument_table_venue(table, TESTNET_HYPERLIQUID);
	if (!instrument_table_set_posting_decimals(table, instrument_table_asset(table, QUOTE),
						   QUOTE_DECIMALS))
		return error_set(err, ERROR_LIMIT, "the testnet's table of assets is full");
	for (size_t i = 0; i < COIN_COUNT; i++)
		if (wanted(listing, COINS[i].name) &&
		    !add_row(table, &COINS[i], listing->funding_interval_ns, err))
			return false;
	for (unsigned i = 0; i < listing->extra_coins; i++) {
		struct extra_coin extra;
		make_extra(i, &extra);
		if (!add_row(table, &extra.row, listing->funding_interval_ns, err))
			return false;
	}
	return true;
}

static bool add_coin(struct market_feed *feed, const struct coin_row *row, struct error *err)
{
	struct money price;
	enum decimal_result parsed =
		decimal_parse_i128(row->price, strlen(row->price), MONEY_DECIMALS, &price.e18);
	assert(parsed == DECIMAL_OK);
	return market_feed_add_coin(feed, row->name, price, row->level_usd) ||
	       error_set(err, ERROR_LIMIT, "the market feed has no room for %s", row->name);
}

bool testnet_list_coins(const struct testnet_listing *listing, struct market_feed *feed,
			struct error *err)
{
	for (size_t i = 0; i < COIN_COUNT; i++)
		if (wanted(listing, COINS[i].name) && !add_coin(feed, &COINS[i], err))
			return false;
	for (unsigned i = 0; i < listing->extra_coins; i++) {
		struct extra_coin extra;
		make_extra(i, &extra);
		if (!add_coin(feed, &extra.row, err))
			return false;
	}
	return true;
}
