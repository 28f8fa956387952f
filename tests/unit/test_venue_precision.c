/*
 * The finest steps and the largest figures that the venues' documents and answers show, each as one
 * row of an instrument. Where no instrument of a venue has both extremes, they stand in two rows.
 */
#include "core/base/decimal.h"
#include "core/market/contract.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct precision {
	const char *venue;
	const char *price_step, *largest_price;
	const char *lot, *largest_quantity;
	const char *contract_size; /* base coins, or USD of an inverse contract */
	const char *largest_notional;
	bool inverse;
};

static const struct precision PRECISIONS[] = {
	{"aster", "0.0000001", "1000000", "0.001", "3000000000", "1", "3000000000000000", false},
	/* strings of 8 decimals */
	{"aster", "0.00000001", "1000000", "1", "3000000000", "1", "3000000000000000", false},
	{"backpack", "0.000001", "1000000", "0.00001", "90000000000", "1", "90000000000000000",
	 false},
	/* k-tokens; the venue names no largest quantity */
	{"backpack", "0.000001", "1000000", "10", "1000000000000", "1", "1000000000000000000",
	 false},
	{"binance-usdm", "0.0000001", "4529764", "0.001", "10000000000", "1", "45297640000000000",
	 false},
	{"binance-usdm demo", "0.1", "4529764", "0.0001", "10000000000", "1", "45297640000000000",
	 false},
	{"binance-usdm", "1", "4529764", "1", "10000000000", "1", "45297640000000000", false},
	{"binance-coinm", "0.1", "4529764", "1", "10000000000", "100", "1000000000000", true},
	{"binance-spot", "0.00000001", "1000000", "0.00001", "9000000000", "1", "9000000000000000",
	 false},
	{"bybit", "0.0000001", "1999999.8", "0.001", "900000000", "1", "1799999820000000", false},
	{"bybit", "5", "2000000", "100", "900000000", "1", "1800000000000000", false},
	{"okx BTC", "0.1", "1000000", "0.01", "100000000", "0.01", "1000000000000", false},
	{"okx PEPE", "0.000000001", "1", "0.01", "100000000", "10000000", "1000000000000000",
	 false},
	/* 11 decimals belong to a coin far below a cent: prices of 1e6 never meet them. */
	{"okx SATS", "0.00000000001", "0.01", "0.01", "100000000", "10000000", "10000000000000",
	 false},
	/* The largest price and quantity that 11 decimals and this lot leave room for. */
	{"okx SATS, room", "0.00000000001", "92233720", "0.01", "1000000000000", "0.01",
	 "922337200000000000", false},
	{"paradex BTC", "0.1", "1000000", "0.00001", "500000000", "1", "500000000000000", false},
	{"paradex PUMP", "0.0000001", "1000000", "1", "500000000", "1", "500000000000000", false},
	{"paradex quantum", "0.00000001", "1000000", "0.00000001", "500000000", "1",
	 "500000000000000", false},
	{"hyperliquid BTC", "1", "175000", "0.00001", "1000000000", "1", "175000000000000", false},
	{"hyperliquid", "0.000001", "175000", "1", "30000000000", "1", "5250000000000000", false},
	/* The wire's 8 decimals; one more for mids, which are read at 18. */
	{"hyperliquid wire", "0.00000001", "175000", "0.00000001", "30000000000", "1",
	 "5250000000000000", false},
	/* Open interest as captured. */
	{"hyperliquid interest", "0.000001", "1", "0.00000001", "18978825934", "1", "18978825934",
	 false},
	/* Integers on the wire: price below 2^32, size below 2^48, at the market's decimals. */
	{"lighter", "0.01", "42949672.95", "0.0001", "28147497671.0655", "1",
	 "1208925819333149903.028225", false},
	{"lighter", "0.0000001", "429.4967295", "1", "281474976710655", "1",
	 "120892581933314990.3028225", false},
	{"lighter", "1", "4294967295", "0.00000001", "2814749.76710655", "1",
	 "12089258193331499.03028225", false},
	{"bitget", "0.000000001", "1000000", "0.0001", "900000000", "1", "900000000000000", false},
	{"gate", "0.000000001", "1", "1", "100000000", "10000000", "1000000000000000", false},
	{"grvt", "0.000000001", "1000000", "0.000000001", "1000000000", "1", "1000000000000000",
	 false},
};

static unsigned decimals_of(const char *step)
{
	int needed = decimal_decimals_needed(step, strlen(step));
	assert_true(needed >= 0);
	return (unsigned)needed;
}

/* Read, written and read again without losing anything. */
static int64_t units_of(const struct precision *row, const char *text, unsigned decimals)
{
	char whole[DECIMAL_TEXT_MAX], brief[DECIMAL_TEXT_MAX];
	int64_t units = 0, again = 0;
	enum decimal_result result = decimal_parse_i64(text, strlen(text), decimals, &units);
	if (result != DECIMAL_OK)
		fail_msg("%s: %s: %s", row->venue, text, decimal_result_text(result));
	size_t length = decimal_format(units, decimals, whole, sizeof(whole));
	assert_int_equal(decimal_parse_i64(whole, length, decimals, &again), DECIMAL_OK);
	assert_true(units == again);
	decimal_format_short(units, decimals, brief, sizeof(brief));
	assert_string_equal(brief, text);
	return units;
}

static const struct instrument *listed(struct market_terms *terms, const struct precision *row,
				       size_t number)
{
	char symbol[NAME_MAX_LENGTH + 1];
	snprintf(symbol, sizeof(symbol), "ROW%zu", number);
	struct instrument instrument = market_terms_linear(terms, symbol);
	struct instrument_revision revision = market_terms_revision();
	struct error err = {0};
	if (row->inverse) {
		instrument.kind = INSTRUMENT_INVERSE;
		instrument.quote = terms->usd;
		instrument.settle = terms->btc;
	}
	instrument.contract_size = money_of(row->contract_size);
	instrument.price_decimals = decimals_of(row->price_step);
	instrument.quantity_decimals = decimals_of(row->lot);
	revision.rules.tick.units = units_of(row, row->price_step, instrument.price_decimals);
	revision.rules.lot.units = units_of(row, row->lot, instrument.quantity_decimals);
	revision.rules.minimum_quantity = revision.rules.lot;
	revision.rules.maximum_quantity.units =
		units_of(row, row->largest_quantity, instrument.quantity_decimals);
	instrument_id id = instrument_table_add(terms->table, &instrument, &revision, &err);
	if (!id)
		fail_msg("%s: %s", row->venue, err.text);
	return instrument_get(terms->table, id);
}

static void every_step_and_every_largest_figure_is_exact(void **state)
{
	(void)state;
	struct market_terms terms = market_terms_create();
	for (size_t i = 0; i < sizeof(PRECISIONS) / sizeof(PRECISIONS[0]); i++) {
		const struct precision *row = &PRECISIONS[i];
		const struct instrument *instrument = listed(&terms, row, i);
		const struct order_rules *rules =
			&instrument_latest(terms.table, instrument->id)->rules;
		const struct price smallest = rules->tick,
				   largest = {units_of(row, row->largest_price,
						       instrument->price_decimals)};
		const struct quantity lot = rules->lot, most = rules->maximum_quantity;
		struct money notional, value, tokens, fee;

		assert_true(price_obeys(rules, instrument->price_decimals, smallest));
		assert_true(price_obeys(rules, instrument->price_decimals, largest));
		assert_true(quantity_floor_to_lot(rules, most).units == most.units);
		assert_true(contract_notional(instrument, most, largest, &notional));
		assert_money(notional, row->largest_notional);
		assert_true(contract_notional(instrument, (struct quantity){-most.units}, largest,
					      &notional));
		/* One lot at one step is not lost below the scale of money. */
		assert_true(contract_notional(instrument, lot, smallest, &notional));
		assert_true(notional.e18 > 0);

		/* Every other formula at the extremes, both ways round. */
		const struct price prices[2] = {smallest, largest};
		for (size_t j = 0; j < 2; j++) {
			struct money at = price_e18(instrument, prices[j]);
			if (row->inverse && j == 0)
				continue; /* no coin is worth a tick and traded in such numbers */
			assert_true(contract_value(instrument, most, prices[j], &value));
			assert_true(contract_tokens(instrument, most, prices[j], &tokens));
			assert_true(contract_value_times_rate(instrument, most, at,
							      rate_of("-0.04"), &fee));
			assert_true(value.e18 > 0 && tokens.e18 > 0 && fee.e18 < 0);
		}
		assert_true(mid_e18(instrument, largest, largest).e18 ==
			    price_e18(instrument, largest).e18);
	}
	market_terms_free(&terms);
}

static void prices_of_11_decimals_are_listed_and_of_13_are_not(void **state)
{
	(void)state;
	struct market_terms terms = market_terms_create();
	struct instrument_revision revision = market_terms_revision();
	struct error err = {0};
	struct instrument instrument = market_terms_linear(&terms, "SATS-USDT-SWAP");
	instrument.price_decimals = 11;
	instrument_id id = instrument_table_add(terms.table, &instrument, &revision, &err);
	assert_true(id != 0);
	char text[DECIMAL_TEXT_MAX];
	price_format(instrument_get(terms.table, id), price_of(&terms, id, "0.00000023141"), text,
		     sizeof(text));
	assert_string_equal(text, "0.00000023141");
	instrument = market_terms_linear(&terms, "TWELVE");
	instrument.price_decimals = instrument.quantity_decimals = 12;
	assert_true(instrument_table_add(terms.table, &instrument, &revision, &err) != 0);
	instrument = market_terms_linear(&terms, "THIRTEEN");
	instrument.price_decimals = 13;
	assert_int_equal(instrument_table_add(terms.table, &instrument, &revision, &err), 0);
	assert_non_null(strstr(err.text, "price_decimals must be at most 12"));
	market_terms_free(&terms);
}

/* Balances, averages, volumes and rates are read as money, not as prices of an instrument. */
static void derived_figures_of_many_digits_are_read_as_money(void **state)
{
	(void)state;
	static const struct {
		const char *text, *money;
	} FIGURES[] = {
		/* 29 to 32 significant digits */
		{"61234.567890123456789012345678", "61234.567890123456789012"},
		{"2.26551724137931034482758620690", "2.265517241379310345"},
		{"0.00012345678901234567890123456789012", "0.000123456789012346"},
		{"-12345678901234.567890123456789012", "-12345678901234.567890123456789012"},
		{"123456789012345678.90123456789012", "123456789012345678.90123456789012"},
		{"100000000.0000000000000000", "100000000"},
		/* the largest volumes shown: OKX 1e14 base units, Hyperliquid 1.7e11 USD */
		{"100000000000000", "100000000000000"},
		{"170000000000.123456789", "170000000000.123456789"},
		/* wallets of 13 and 18 decimals, an order's quote limit */
		{"10.1234567890123", "10.1234567890123"},
		{"0.000000000000000001", "0.000000000000000001"},
		{"281474976.710655", "281474976.710655"},
	};
	for (size_t i = 0; i < sizeof(FIGURES) / sizeof(FIGURES[0]); i++) {
		struct money money;
		assert_int_equal(decimal_parse_rounded(FIGURES[i].text, strlen(FIGURES[i].text),
						       MONEY_DECIMALS, ROUND_HALF_EVEN, &money.e18),
				 DECIMAL_OK);
		assert_money(money, FIGURES[i].money);
	}
}

static void funding_rates_keep_every_digit(void **state)
{
	(void)state;
	static const char *const RATES[] = {
		"0.0001",
		"-0.0000000002",
		"0.000000002", /* a hour's */
		"0.0000187391960000",
		"0.0001515940473467", /* 16 decimals */
		"-0.00375",
		"0.04",
		"0.03",
	};
	for (size_t i = 0; i < sizeof(RATES) / sizeof(RATES[0]); i++) {
		int64_t e18;
		i128 wide;
		char text[DECIMAL_TEXT_MAX];
		assert_int_equal(decimal_parse_i64(RATES[i], strlen(RATES[i]), 18, &e18),
				 DECIMAL_OK);
		size_t length = decimal_format_short(e18, 18, text, sizeof(text));
		assert_int_equal(decimal_parse_i128(text, length, 18, &wide), DECIMAL_OK);
		assert_true(wide == e18);
		assert_memory_equal(text, RATES[i], length);
	}
	int64_t e18;
	assert_int_equal(decimal_parse_i64("-1.609e-05", 10, 18, &e18), DECIMAL_OK);
	assert_true(e18 == -16090000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_and_every_largest_figure_is_exact),
		cmocka_unit_test(prices_of_11_decimals_are_listed_and_of_13_are_not),
		cmocka_unit_test(derived_figures_of_many_digits_are_read_as_money),
		cmocka_unit_test(funding_rates_keep_every_digit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
