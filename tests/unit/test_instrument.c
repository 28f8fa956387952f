#include "core/market/instrument.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct market_terms terms;
	terms = market_terms_create();
	*state = &terms;
	return 0;
}

static int tear_down(void **state)
{
	market_terms_free(*state);
	return 0;
}

static void names_are_found_again_and_never_doubled(void **state)
{
	struct market_terms *m = *state;
	assert_int_equal(instrument_table_venue(m->table, "binance-usdm"), m->usdm_venue);
	assert_int_equal(instrument_table_asset(m->table, "BTC"), m->btc);
	assert_int_equal(instrument_table_find_venue(m->table, "kraken"), 0);
	assert_int_equal(instrument_table_find_asset(m->table, "DOGE"), 0);
	assert_int_equal(venue_count(m->table), 3);
	assert_string_equal(venue_name(m->table, m->coinm_venue), "binance-coinm");
	assert_string_equal(asset_name(m->table, m->usdt), "USDT");
}

static void unusable_names_are_refused(void **state)
{
	struct market_terms *m = *state;
	assert_int_equal(instrument_table_venue(m->table, ""), 0);
	assert_int_equal(instrument_table_asset(m->table, "A B"), 0);
	assert_int_equal(instrument_table_asset(m->table, "0123456789012345678901234567890"), 4);
	assert_int_equal(instrument_table_asset(m->table, "01234567890123456789012345678901"), 0);
}

static void venues_and_assets_are_bounded(void **state)
{
	struct market_terms *m = *state;
	char name[24];
	for (int i = 3; i < VENUES_MAX; i++) {
		snprintf(name, sizeof(name), "venue%d", i);
		assert_int_equal(instrument_table_venue(m->table, name), i + 1);
	}
	assert_int_equal(instrument_table_venue(m->table, "one-more"), 0);
	for (int i = 3; i < ASSETS_MAX; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		assert_int_equal(instrument_table_asset(m->table, name), i + 1);
	}
	assert_int_equal(instrument_table_asset(m->table, "MORE"), 0);
}

static void an_instrument_is_found_by_venue_and_symbol(void **state)
{
	struct market_terms *m = *state;
	assert_int_equal(instrument_find(m->table, m->usdm_venue, "BTCUSDT"), m->usdm);
	assert_int_equal(instrument_find(m->table, m->spot_venue, "BTCUSDT"), m->spot);
	assert_int_equal(instrument_find(m->table, m->coinm_venue, "BTCUSDT"), 0);
	char name[INSTRUMENT_NAME_MAX];
	assert_string_equal(instrument_name(m->table, m->usdm, name, sizeof(name)),
			    "binance-usdm:BTCUSDT");
	assert_int_equal(instrument_count(m->table), 3);
}

static void pointers_and_handles_stay_valid_up_to_a_full_table(void **state)
{
	struct market_terms *m = *state;
	const struct instrument *first = instrument_get(m->table, m->usdm);
	const struct instrument_revision *revision = instrument_latest(m->table, m->usdm);
	struct instrument_revision terms = market_terms_revision();
	struct error err = {0};
	char symbol[24];
	for (unsigned i = 3; i < INSTRUMENTS_MAX; i++) {
		snprintf(symbol, sizeof(symbol), "S%u", i);
		struct instrument added = market_terms_linear(m, symbol);
		assert_int_equal(instrument_table_add(m->table, &added, &terms, &err), i + 1);
	}
	struct instrument one_more = market_terms_linear(m, "MORE");
	assert_int_equal(instrument_table_add(m->table, &one_more, &terms, &err), 0);
	assert_int_equal(err.category, ERROR_LIMIT);
	assert_ptr_equal(instrument_get(m->table, m->usdm), first);
	assert_ptr_equal(instrument_latest(m->table, m->usdm), revision);
	for (unsigned i = 3; i < INSTRUMENTS_MAX; i++) {
		snprintf(symbol, sizeof(symbol), "S%u", i);
		assert_int_equal(instrument_find(m->table, m->usdm_venue, symbol), i + 1);
	}
}

static void a_live_symbol_is_unique_and_a_retired_one_gets_a_new_handle(void **state)
{
	struct market_terms *m = *state;
	struct instrument again = market_terms_linear(m, "BTCUSDT");
	struct instrument_revision revision = market_terms_revision();
	struct error err = {0};
	assert_int_equal(instrument_table_add(m->table, &again, &revision, &err), 0);
	assert_non_null(strstr(err.text, "already listed"));
	instrument_table_retire(m->table, m->usdm);
	assert_int_equal(instrument_find(m->table, m->usdm_venue, "BTCUSDT"), 0);
	instrument_id fresh = instrument_table_add(m->table, &again, &revision, &err);
	assert_int_equal(fresh, 4);
	assert_int_equal(instrument_find(m->table, m->usdm_venue, "BTCUSDT"), fresh);
	assert_true(instrument_is_retired(m->table, m->usdm));
	assert_false(instrument_is_retired(m->table, fresh));
	assert_string_equal(instrument_get(m->table, m->usdm)->symbol, "BTCUSDT");
	assert_false(instrument_table_revise(m->table, m->usdm, &revision, &err));
}

static void revisions_are_numbered_and_in_force_from_their_time(void **state)
{
	struct market_terms *m = *state;
	struct instrument_revision revision = market_terms_revision();
	struct error err = {0};
	revision.effective_from_ns = 1000;
	revision.number = 77;
	assert_true(instrument_table_revise(m->table, m->usdm, &revision, &err));
	revision.effective_from_ns = 1000;
	assert_true(instrument_table_revise(m->table, m->usdm, &revision, &err));
	assert_int_equal(instrument_revision_count(m->table, m->usdm), 3);
	assert_int_equal(instrument_revision_at(m->table, m->usdm, -5)->number, 1);
	assert_int_equal(instrument_revision_at(m->table, m->usdm, 999)->number, 1);
	assert_int_equal(instrument_revision_at(m->table, m->usdm, 1000)->number, 3);
	assert_int_equal(instrument_latest(m->table, m->usdm)->number, 3);
	assert_int_equal(instrument_revision_numbered(m->table, m->usdm, 2)->number, 2);
	revision.effective_from_ns = 999;
	assert_false(instrument_table_revise(m->table, m->usdm, &revision, &err));
	assert_non_null(strstr(err.text, "effective_from_ns"));
}

static void postings_have_eight_decimals_unless_the_asset_says_otherwise(void **state)
{
	struct market_terms *m = *state;
	assert_int_equal(asset_posting_decimals(m->table, m->usdt), 8);
	assert_true(instrument_table_set_posting_decimals(m->table, m->usdt, 6));
	assert_int_equal(asset_posting_decimals(m->table, m->usdt), 6);
	assert_false(instrument_table_set_posting_decimals(m->table, m->usdt, 19));
	assert_false(instrument_table_set_posting_decimals(m->table, 0, 6));
}

struct spoilt {
	struct instrument terms;
	struct instrument_revision revision;
};

static void spoil_venue(struct spoilt *s)
{
	s->terms.venue = 9;
}
static void spoil_symbol(struct spoilt *s)
{
	s->terms.symbol[0] = '\0';
}
static void spoil_symbol_end(struct spoilt *s)
{
	memset(s->terms.symbol, 'A', sizeof(s->terms.symbol));
}
static void spoil_kind(struct spoilt *s)
{
	s->terms.kind = (enum instrument_kind)9;
}
static void spoil_base(struct spoilt *s)
{
	s->terms.base = 0;
}
static void spoil_canonical(struct spoilt *s)
{
	s->terms.canonical = 99;
}
static void spoil_quote(struct spoilt *s)
{
	s->terms.quote = 99;
}
static void spoil_settle(struct spoilt *s)
{
	s->terms.settle = 0;
}
static void spoil_base_is_quote(struct spoilt *s)
{
	s->terms.quote = s->terms.base;
}
static void spoil_linear_settle(struct spoilt *s)
{
	s->terms.settle = s->terms.base;
}
static void spoil_inverse_settle(struct spoilt *s)
{
	s->terms.kind = INSTRUMENT_INVERSE;
}
static void spoil_multiplier(struct spoilt *s)
{
	s->terms.multiplier = 0;
}
static void spoil_contract_size(struct spoilt *s)
{
	s->terms.contract_size.e18 = 0;
}
static void spoil_spot_size(struct spoilt *s)
{
	s->terms.kind = INSTRUMENT_SPOT;
	s->terms.contract_size.e18 = MONEY_ONE / 10;
	s->revision.funding.pays = false;
}
static void spoil_price_decimals(struct spoilt *s)
{
	s->terms.price_decimals = 13;
}
static void spoil_quantity_decimals(struct spoilt *s)
{
	s->terms.quantity_decimals = 13;
}
static void spoil_status(struct spoilt *s)
{
	s->revision.rules.status = (enum market_status)9;
}
static void spoil_tick(struct spoilt *s)
{
	s->revision.rules.tick.units = 0;
}
static void spoil_figures(struct spoilt *s)
{
	s->revision.rules.significant_figures = 19;
}
static void spoil_lot(struct spoilt *s)
{
	s->revision.rules.lot.units = -1;
}
static void spoil_minimum(struct spoilt *s)
{
	s->revision.rules.minimum_quantity.units = -1;
}
static void spoil_maximum(struct spoilt *s)
{
	s->revision.rules.maximum_quantity.units = -1;
}
static void spoil_range(struct spoilt *s)
{
	s->revision.rules.minimum_quantity.units = 10;
	s->revision.rules.maximum_quantity.units = 9;
}
static void spoil_notional(struct spoilt *s)
{
	s->revision.rules.minimum_notional.e18 = -1;
}
static void spoil_band(struct spoilt *s)
{
	s->revision.rules.price_band.e18 = -1;
}
static void spoil_margin(struct spoilt *s)
{
	s->revision.rules.maintenance_margin.e18 = RATE_ONE;
}
static void spoil_leverage(struct spoilt *s)
{
	s->revision.rules.maximum_leverage = 0;
}
static void spoil_maker(struct spoilt *s)
{
	s->revision.fees.maker.e18 = -RATE_ONE;
}
static void spoil_taker(struct spoilt *s)
{
	s->revision.fees.taker.e18 = RATE_ONE;
}
static void spoil_base_fee(struct spoilt *s)
{
	s->revision.fees.buy_fee_in_base = true;
}
static void spoil_spot_funding(struct spoilt *s)
{
	s->terms.kind = INSTRUMENT_SPOT;
}
static void spoil_interval(struct spoilt *s)
{
	s->revision.funding.interval_ns = 0;
}
static void spoil_phase(struct spoilt *s)
{
	s->revision.funding.phase_ns = s->revision.funding.interval_ns;
}
static void spoil_early_phase(struct spoilt *s)
{
	s->revision.funding.phase_ns = -1;
}
static void spoil_cap(struct spoilt *s)
{
	s->revision.funding.cap.e18 = -1;
}
static void spoil_mode(struct spoilt *s)
{
	s->revision.funding.settle_mode = (enum settle_mode)7;
}
static void spoil_paid_on(struct spoilt *s)
{
	s->revision.funding.paid_on = (enum funding_price)7;
}

static void every_bad_field_is_refused_by_its_name(void **state)
{
	static const struct {
		void (*spoil)(struct spoilt *s);
		const char *named;
	} cases[] = {
		{spoil_venue, "venue"},
		{spoil_symbol, "symbol"},
		{spoil_symbol_end, "symbol"},
		{spoil_kind, "kind"},
		{spoil_base, "base"},
		{spoil_canonical, "canonical"},
		{spoil_quote, "quote"},
		{spoil_settle, "settle"},
		{spoil_base_is_quote, "base and quote"},
		{spoil_linear_settle, "settle must be the quote"},
		{spoil_inverse_settle, "settle must be the base"},
		{spoil_multiplier, "multiplier"},
		{spoil_contract_size, "contract_size"},
		{spoil_spot_size, "contract_size"},
		{spoil_price_decimals, "price_decimals"},
		{spoil_quantity_decimals, "quantity_decimals"},
		{spoil_status, "status"},
		{spoil_tick, "tick"},
		{spoil_figures, "significant_figures"},
		{spoil_lot, "lot"},
		{spoil_minimum, "minimum_quantity"},
		{spoil_maximum, "maximum_quantity"},
		{spoil_range, "maximum_quantity"},
		{spoil_notional, "minimum_notional"},
		{spoil_band, "price_band"},
		{spoil_margin, "maintenance_margin"},
		{spoil_leverage, "maximum_leverage"},
		{spoil_maker, "maker"},
		{spoil_taker, "taker"},
		{spoil_base_fee, "buy_fee_in_base"},
		{spoil_spot_funding, "funding pays"},
		{spoil_interval, "interval_ns"},
		{spoil_phase, "phase_ns"},
		{spoil_early_phase, "phase_ns"},
		{spoil_cap, "cap"},
		{spoil_mode, "settle_mode"},
		{spoil_paid_on, "paid_on"},
	};
	struct market_terms *m = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spoilt s = {market_terms_linear(m, "NEW"), market_terms_revision()};
		cases[i].spoil(&s);
		struct error err = {0};
		assert_int_equal(instrument_table_add(m->table, &s.terms, &s.revision, &err), 0);
		assert_int_equal(err.category, ERROR_INPUT);
		if (strstr(err.text, cases[i].named) == NULL)
			fail_msg("\"%s\" does not name %s", err.text, cases[i].named);
	}
	assert_int_equal(instrument_count(m->table), 3);
	struct spoilt good = {market_terms_linear(m, "NEW"), market_terms_revision()};
	assert_int_equal(instrument_table_add(m->table, &good.terms, &good.revision, NULL), 4);
}

static void a_spoilt_revision_is_refused_and_changes_nothing(void **state)
{
	struct market_terms *m = *state;
	struct instrument_revision revision = market_terms_revision();
	revision.rules.lot.units = 0;
	struct error err = {0};
	assert_false(instrument_table_revise(m->table, m->usdm, &revision, &err));
	assert_non_null(strstr(err.text, "lot"));
	assert_int_equal(instrument_revision_count(m->table, m->usdm), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_found_again_and_never_doubled),
		TEST(unusable_names_are_refused),
		TEST(venues_and_assets_are_bounded),
		TEST(an_instrument_is_found_by_venue_and_symbol),
		TEST(pointers_and_handles_stay_valid_up_to_a_full_table),
		TEST(a_live_symbol_is_unique_and_a_retired_one_gets_a_new_handle),
		TEST(revisions_are_numbered_and_in_force_from_their_time),
		TEST(postings_have_eight_decimals_unless_the_asset_says_otherwise),
		TEST(every_bad_field_is_refused_by_its_name),
		TEST(a_spoilt_revision_is_refused_and_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
