#include "tests/support/market_terms.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct instrument market_terms_linear(const struct market_terms *terms, const char *symbol)
{
	struct instrument instrument = {
		.venue = terms->usdm_venue,
		.kind = INSTRUMENT_LINEAR,
		.base = terms->btc,
		.canonical = terms->btc,
		.quote = terms->usdt,
		.settle = terms->usdt,
		.multiplier = 1,
		.contract_size = {.e18 = MONEY_ONE},
		.price_decimals = 1,
		.quantity_decimals = 3,
	};
	strncpy(instrument.symbol, symbol, NAME_MAX_LENGTH);
	return instrument;
}

struct instrument_revision market_terms_revision(void)
{
	return (struct instrument_revision){
		.rules = {.status = MARKET_TRADING,
			  .tick = {.units = 1},
			  .lot = {.units = 1},
			  .minimum_quantity = {.units = 1},
			  .minimum_notional = {.e18 = 5 * MONEY_ONE},
			  .maintenance_margin = {.e18 = RATE_ONE / 250},
			  .maximum_leverage = 100},
		.fees = {.maker = {.e18 = RATE_ONE / 5000}, .taker = {.e18 = RATE_ONE / 2000}},
		.funding = {.pays = true,
			    .interval_ns = 8 * NS_PER_HOUR,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_MARK},
	};
}

struct market_terms market_terms_create(void)
{
	struct market_terms terms = {.table = instrument_table_create()};
	assert(terms.table != NULL);
	terms.usdm_venue = instrument_table_venue(terms.table, "binance-usdm");
	terms.coinm_venue = instrument_table_venue(terms.table, "binance-coinm");
	terms.spot_venue = instrument_table_venue(terms.table, "binance-spot");
	terms.btc = instrument_table_asset(terms.table, "BTC");
	terms.usdt = instrument_table_asset(terms.table, "USDT");
	terms.usd = instrument_table_asset(terms.table, "USD");

	struct error err = {0};
	struct instrument instrument = market_terms_linear(&terms, "BTCUSDT");
	struct instrument_revision revision = market_terms_revision();
	terms.usdm = instrument_table_add(terms.table, &instrument, &revision, &err);

	instrument = market_terms_linear(&terms, "BTCUSD_PERP");
	instrument.venue = terms.coinm_venue;
	instrument.kind = INSTRUMENT_INVERSE;
	instrument.quote = terms.usd;
	instrument.settle = terms.btc;
	instrument.contract_size.e18 = 100 * MONEY_ONE;
	instrument.quantity_decimals = 0;
	terms.coinm = instrument_table_add(terms.table, &instrument, &revision, &err);

	instrument = market_terms_linear(&terms, "BTCUSDT");
	instrument.venue = terms.spot_venue;
	instrument.kind = INSTRUMENT_SPOT;
	instrument.price_decimals = 2;
	instrument.quantity_decimals = 5;
	revision.fees.buy_fee_in_base = true;
	revision.funding = (struct funding_terms){.pays = false};
	terms.spot = instrument_table_add(terms.table, &instrument, &revision, &err);
	assert(terms.usdm != 0 && terms.coinm != 0 && terms.spot != 0);
	return terms;
}

void market_terms_free(struct market_terms *terms)
{
	instrument_table_free(terms->table);
	terms->table = NULL;
}

struct money money_of(const char *text)
{
	struct money money;
	enum decimal_result result =
		decimal_parse_i128(text, strlen(text), MONEY_DECIMALS, &money.e18);
	assert(result == DECIMAL_OK);
	return money;
}

struct rate rate_of(const char *text)
{
	struct rate rate;
	enum decimal_result result = decimal_parse_i64(text, strlen(text), 18, &rate.e18);
	assert(result == DECIMAL_OK);
	return rate;
}

struct price price_of(const struct market_terms *terms, instrument_id id, const char *text)
{
	struct price price;
	enum decimal_result result = decimal_parse_i64(
		text, strlen(text), instrument_get(terms->table, id)->price_decimals, &price.units);
	assert(result == DECIMAL_OK);
	return price;
}

struct quantity quantity_of(const struct market_terms *terms, instrument_id id, const char *text)
{
	struct quantity quantity;
	enum decimal_result result = decimal_parse_i64(
		text, strlen(text), instrument_get(terms->table, id)->quantity_decimals,
		&quantity.units);
	assert(result == DECIMAL_OK);
	return quantity;
}

int64_t time_of(const char *text)
{
	int64_t ns;
	bool parsed = utc_parse(text, strlen(text), &ns);
	assert(parsed);
	return ns;
}

void assert_money(struct money actual, const char *expected)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_format_short(actual.e18, MONEY_DECIMALS, text, sizeof(text));
	assert_string_equal(text, expected);
}
