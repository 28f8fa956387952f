/* Importing CSV histories: a few rows, what they become, what is refused or dropped. */
#include "core/base/utc.h"
#include "tests/support/import_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct import_fixture fixture;
static struct market_event events[64];
static size_t event_count;

static void on_event(void *user, const struct market_event *event,
		     const struct instrument_table *instruments)
{
	(void)user;
	(void)instruments;
	assert_true(event_count < 64);
	events[event_count++] = *event;
}

static void start(enum import_kind kind, const char *text)
{
	import_fixture_begin(&fixture, kind);
	import_fixture_text(&fixture, "rows.csv", text);
	event_count = 0;
}

static void run(void)
{
	if (!import_fixture_run(&fixture))
		fail_msg("%s", fixture.error.text);
	import_fixture_replay(&fixture, on_event, NULL);
	assert_int_equal(event_count, fixture.report->events);
}

static uint64_t dropped(enum import_drop reason)
{
	return fixture.report->total.dropped[reason];
}

#define CANDLES                                                                                    \
	"funding_time_ms,venue,pair,contract,span_start_ms,span_end_ms,open,high,low,close,"       \
	"volume,"                                                                                  \
	"funding_rate\n"

static void a_candle_keeps_its_span_prices_and_rate_apart(void **state)
{
	(void)state;
	start(IMPORT_CANDLES_FUNDING,
	      CANDLES "1672560000000,okx,BTCUSDT,perpetual,1672545600000,1672574400000,16531.2,"
		      "16545.75,16486.6,16515.5,4362.57949783,-1.609e-05\n");
	run();
	assert_int_equal(event_count, 2);
	assert_int_equal(events[0].kind, EVENT_FUNDING);
	assert_int_equal(events[0].exch_ns, INT64_C(1672560000000) * NS_PER_MS);
	assert_int_equal(events[0].u.funding.rate.e18, -16090000000000);
	assert_int_equal(events[0].u.funding.kind, FUNDING_SETTLED);
	assert_int_equal(events[1].kind, EVENT_CANDLE);
	assert_int_equal(events[1].exch_ns, INT64_C(1672574400000) * NS_PER_MS);
	assert_int_equal(events[1].u.candle.start_ns, INT64_C(1672545600000) * NS_PER_MS);
	assert_int_equal(events[1].u.candle.end_ns, INT64_C(1672574400000) * NS_PER_MS);
	assert_int_equal(events[1].u.candle.available_ns, INT64_C(1672574400000) * NS_PER_MS);
	assert_int_equal(events[1].u.candle.open.units, 1653120);
	assert_int_equal(events[1].u.candle.high.units, 1654575);
	assert_int_equal(events[1].u.candle.low.units, 1648660);
	assert_int_equal(events[1].u.candle.close.units, 1651550);
	assert_true(events[1].u.candle.volume.e18 == (i128)436257949783 * 10000000000);
	import_fixture_end(&fixture);
}

static void a_price_that_given_decimals_cannot_express_is_dropped_never_rounded(void **state)
{
	(void)state;
	start(IMPORT_CANDLES_FUNDING, CANDLES "1,okx,BTC/USDT,spot,1,2,1.25,1.3,1.2,1.3,5,\n"
					      "2,okx,BTC/USDT,spot,2,3,1.5,1.5,1.5,1.5,5,\n");
	fixture.options.price_decimals = 1;
	run();
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].u.candle.open.units, 15);
	assert_int_equal(dropped(DROP_INEXACT_PRICE), 1);
	assert_int_equal(fixture.report->total.rows[ROW_CANDLE], 1);
	import_fixture_end(&fixture);
}

static void rows_of_several_series_come_out_by_time(void **state)
{
	(void)state;
	start(IMPORT_FUNDING, "venue,symbol,time_ms,rate\n"
			      "binance,BTCUSDT,1000,0.1\nbinance,BTCUSDT,3000,0.3\n"
			      "bybit,BTCUSDT,2000,0.2\nbybit,BTCUSDT,3000,0.4\n");
	run();
	assert_int_equal(event_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(events[i].u.funding.rate.e18, RATE_ONE / 10 * (int64_t)(i + 1));
	import_fixture_end(&fixture);
}

static void rows_are_dropped_for_named_reasons(void **state)
{
	(void)state;
	start(IMPORT_FUNDING, "venue,symbol,time_ms,rate\n"
			      "binance,BTCUSDT,1000,0.1\n"
			      "binance,BTCUSDT,1000,0.2\n"  /* the same time again */
			      "binance,BTCUSDT,2000\n"	    /* too few columns */
			      "binance,BTCUSDT,2000,0.1,\n" /* too many */
			      "binance,BTCUSDT,2000,\n"	    /* no rate: never taken as zero */
			      "binance,BTCUSDT,soon,0.1\n"
			      "binance,BTCUSDT,2000,nan\n"
			      "binance,,2000,0.1\n");
	run();
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].u.funding.rate.e18, RATE_ONE / 10);
	assert_int_equal(dropped(DROP_REPEATED_ROW), 1);
	assert_int_equal(dropped(DROP_COLUMNS), 2);
	assert_int_equal(dropped(DROP_BAD_VALUE), 4);
	import_fixture_end(&fixture);
}

static void a_header_of_another_kind_names_that_kind(void **state)
{
	(void)state;
	start(IMPORT_FUNDING, "venue,symbol,time_ms,rate,premium\nhyperliquid,BTC,1,0.1,0.1\n");
	assert_false(import_fixture_run(&fixture));
	assert_non_null(strstr(fixture.error.text, "--from hyperliquid-funding-csv"));
	import_fixture_end(&fixture);
	start(IMPORT_CANDLES_FUNDING, "a,b\n1,2\n");
	assert_false(import_fixture_run(&fixture));
	assert_non_null(strstr(fixture.error.text, "funding_time_ms,venue,pair"));
	assert_int_equal(fixture.error.category, ERROR_INPUT);
	import_fixture_end(&fixture);
}

static void a_spot_market_with_a_funding_rate_is_refused(void **state)
{
	(void)state;
	start(IMPORT_FUNDING, "venue,symbol,time_ms,rate\nbinance-spot,BTCUSDT,1000,0.1\n");
	assert_false(import_fixture_run(&fixture));
	assert_non_null(strstr(fixture.error.text, "spot"));
	import_fixture_end(&fixture);
}

static void only_rows_of_a_named_venue_are_taken(void **state)
{
	(void)state;
	start(IMPORT_FUNDING, "venue,symbol,time_ms,rate\n"
			      "binance,BTCUSDT,1000,0.1\nbybit,BTCUSDT,2000,0.2\n");
	fixture.options.venue = "bybit";
	run();
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].u.funding.rate.e18, RATE_ONE / 5);
	import_fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_candle_keeps_its_span_prices_and_rate_apart),
		cmocka_unit_test(
			a_price_that_given_decimals_cannot_express_is_dropped_never_rounded),
		cmocka_unit_test(rows_of_several_series_come_out_by_time),
		cmocka_unit_test(rows_are_dropped_for_named_reasons),
		cmocka_unit_test(a_header_of_another_kind_names_that_kind),
		cmocka_unit_test(a_spot_market_with_a_funding_rate_is_refused),
		cmocka_unit_test(only_rows_of_a_named_venue_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
