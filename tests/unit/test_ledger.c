#include "core/market/ledger.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct scene {
	struct market_terms m;
	struct ledger *ledger;
	struct error err;
	unsigned trades;
};

static int set_up(void **state)
{
	static struct scene scene;
	scene = (struct scene){.m = market_terms_create()};
	scene.ledger = ledger_create(scene.m.table);
	*state = &scene;
	return scene.ledger == NULL;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	ledger_free(s->ledger);
	market_terms_free(&s->m);
	return 0;
}

/* A taker fill whose fee the venue has not said. */
static struct account_event fill_of(struct scene *s, instrument_id id, enum side side,
				    const char *quantity, const char *price)
{
	struct account_event fill = {.kind = ACCOUNT_FILL,
				     .local_ns = 1000 + s->trades,
				     .venue = instrument_get(s->m.table, id)->venue,
				     .instrument = id};
	fill.u.fill.client_id = 17;
	fill.u.fill.side = side;
	fill.u.fill.quantity = quantity_of(&s->m, id, quantity);
	fill.u.fill.price = price_of(&s->m, id, price);
	fill.u.fill.fee_estimated = true;
	snprintf(fill.u.fill.trade_id, sizeof(fill.u.fill.trade_id), "t%u", ++s->trades);
	return fill;
}

static void book(struct scene *s, const struct account_event *fill)
{
	if (!ledger_book_fill(s->ledger, fill, 3, &s->err))
		fail_msg("%s", s->err.text);
}

static void trade(struct scene *s, instrument_id id, enum side side, const char *quantity,
		  const char *price)
{
	struct account_event fill = fill_of(s, id, side, quantity, price);
	book(s, &fill);
}

static struct money total(struct scene *s, enum ledger_kind kind, instrument_id id, asset_id asset)
{
	struct money sum = {0};
	for (size_t i = 0; i < ledger_line_count(s->ledger); i++) {
		const struct ledger_line *line = ledger_line_at(s->ledger, i);
		if (line->kind == kind && line->instrument == id && line->asset == asset)
			sum.e18 += line->exact.e18;
	}
	return sum;
}

static struct money position_cost(struct scene *s, instrument_id id)
{
	return ledger_position(s->ledger, id).cost;
}

static int64_t held(struct scene *s, instrument_id id)
{
	return ledger_position(s->ledger, id).quantity.units;
}

static struct account_event funding_of(struct scene *s, instrument_id id, const char *position,
				       const char *price, const char *rate, const char *amount)
{
	struct account_event event = {.kind = ACCOUNT_FUNDING,
				      .venue = instrument_get(s->m.table, id)->venue,
				      .instrument = id};
	event.u.funding.boundary_ns = 1680652800000000000;
	event.u.funding.position = quantity_of(&s->m, id, position);
	event.u.funding.price = money_of(price);
	event.u.funding.price_label = "mark";
	event.u.funding.rate = rate_of(rate);
	event.u.funding.amount = money_of(amount);
	event.u.funding.asset = instrument_get(s->m.table, id)->settle;
	return event;
}

/* BTC on 2024-08-08: long 100 COIN-M against short 0.162 USD-M, through one settlement. */
static void the_forced_trade_gives_its_known_figures(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.coinm, SIDE_BUY, "100", "61753.9");
	trade(s, s->m.usdm, SIDE_SELL, "0.162", "61751.4");
	struct account_event usdm =
		funding_of(s, s->m.usdm, "-0.162", "61654.05", "0.00004994", "0.49879853");
	struct account_event coinm =
		funding_of(s, s->m.coinm, "100", "61671.05", "-0.00000414", "0.00000067");
	assert_true(ledger_book_funding(s->ledger, &usdm, 3, &s->err));
	assert_true(ledger_book_funding(s->ledger, &coinm, 3, &s->err));
	trade(s, s->m.coinm, SIDE_SELL, "100", "61668.6");
	trade(s, s->m.usdm, SIDE_BUY, "0.162", "61659.8");

	assert_money(total(s, LEDGER_PRICE_PNL, s->m.usdm, s->m.usdt), "14.8392");
	assert_money(total(s, LEDGER_FEE, s->m.usdm, s->m.usdt), "-9.9963072");
	/* -0.0002239858, -0.0001620451 and +0.0000006713 BTC to ten decimals. */
	assert_money(total(s, LEDGER_PRICE_PNL, s->m.coinm, s->m.btc), "-0.000223985833778575");
	assert_money(total(s, LEDGER_FEE, s->m.coinm, s->m.btc), "-0.000162045085401737");
	assert_money(total(s, LEDGER_FUNDING, s->m.coinm, s->m.btc), "0.000000671303634363");
	assert_money(total(s, LEDGER_FUNDING, s->m.usdm, s->m.usdt), "0.498798527634");
	assert_int_equal(ledger_line_count(s->ledger), 8);
	assert_money(position_cost(s, s->m.coinm), "0");
	assert_int_equal(held(s, s->m.coinm), 0);
	assert_money(position_cost(s, s->m.usdm), "0");
}

static void a_spot_buy_pays_its_fee_in_coins_and_leaves_dust(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.spot, SIDE_BUY, "0.162", "61832.37");
	struct ledger_position position = ledger_position(s->ledger, s->m.spot);
	assert_money(position.owned, "0.161919");
	assert_int_equal(position.quantity.units, 16191);
	assert_money(position.cost, "10016.84394");
	assert_money(total(s, LEDGER_FEE, s->m.spot, s->m.btc), "-0.000081");
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.btc), "0.161919");
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.usdt), "-10016.84394");

	trade(s, s->m.spot, SIDE_SELL, "0.16191", "61645.01");
	position = ledger_position(s->ledger, s->m.spot);
	assert_money(position.owned, "0.000009");
	assert_int_equal(position.quantity.units, 0);
	assert_money(position.cost, "0.556769714857428714");
	assert_money(total(s, LEDGER_EXCHANGE, s->m.spot, s->m.usdt), "-35.9003709");
	assert_money(total(s, LEDGER_EXCHANGE, s->m.spot, s->m.btc), "0.00009");
	assert_money(total(s, LEDGER_FEE, s->m.spot, s->m.usdt), "-4.99047178455");
	assert_money(total(s, LEDGER_PRICE_PNL, s->m.spot, s->m.usdt), "0");
	struct money unrealised;
	assert_true(ledger_unrealised(s->ledger, s->m.spot, money_of("61645.01"), &unrealised));
	assert_money(unrealised, "-0.001964624857428714");
}

static void a_spot_sell_beyond_what_is_held_is_refused_and_books_nothing(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.spot, SIDE_BUY, "0.162", "60000");
	size_t lines = ledger_line_count(s->ledger);
	struct account_event fill = fill_of(s, s->m.spot, SIDE_SELL, "0.16192", "60000");
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "binance-spot:BTCUSDT"));
	assert_non_null(strstr(s->err.text, "beyond what is held"));
	assert_int_equal(ledger_line_count(s->ledger), lines);
	assert_int_equal(held(s, s->m.spot), 16191);
	/* Refused is not booked: the same trade id may come again in a form that fits. */
	fill.u.fill.quantity.units = 16191;
	book(s, &fill);
	assert_int_equal(held(s, s->m.spot), 0);
}

static void lines_carry_what_they_belong_to(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.usdm, SIDE_BUY, "1", "60000");
	trade(s, s->m.usdm, SIDE_SELL, "1", "60001");
	assert_int_equal(ledger_line_count(s->ledger), 3);
	const struct ledger_line *pnl = ledger_line_at(s->ledger, 1);
	assert_int_equal(pnl->kind, LEDGER_PRICE_PNL);
	assert_int_equal(pnl->venue, s->m.usdm_venue);
	assert_int_equal(pnl->asset, s->m.usdt);
	assert_int_equal(pnl->instrument, s->m.usdm);
	assert_int_equal(pnl->client_id, 17);
	assert_int_equal(pnl->trade, 3);
	assert_int_equal(pnl->local_ns, 1001);
	assert_money(pnl->exact, "1");
}

static void a_fill_booked_twice_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct account_event fill = fill_of(s, s->m.usdm, SIDE_BUY, "1", "60000");
	book(s, &fill);
	struct ledger_position before = ledger_position(s->ledger, s->m.usdm);
	fill.u.fill.price = price_of(&s->m, s->m.usdm, "1");
	book(s, &fill);
	assert_int_equal(ledger_line_count(s->ledger), 1);
	assert_money(position_cost(s, s->m.usdm), "60000");
	assert_int_equal(held(s, s->m.usdm), before.quantity.units);
	/* The same id on another instrument is another trade. */
	fill.instrument = s->m.coinm;
	fill.venue = s->m.coinm_venue;
	fill.u.fill.quantity.units = 1;
	book(s, &fill);
	assert_int_equal(ledger_line_count(s->ledger), 2);
}

static void thousands_of_trade_ids_are_remembered(void **state)
{
	struct scene *s = *state;
	for (int pass = 0; pass < 2; pass++) {
		s->trades = 0;
		for (int i = 0; i < 3000; i++)
			trade(s, s->m.usdm, SIDE_BUY, "0.001", "60000");
	}
	assert_int_equal(held(s, s->m.usdm), 3000);
	assert_int_equal(ledger_line_count(s->ledger), 3000);
}

static void releasing_part_keeps_the_rest_and_the_last_unit_takes_the_remainder(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.coinm, SIDE_BUY, "3", "30000");
	assert_money(position_cost(s, s->m.coinm), "0.01");
	trade(s, s->m.coinm, SIDE_SELL, "1", "30000");
	assert_money(position_cost(s, s->m.coinm), "0.006666666666666667");
	trade(s, s->m.coinm, SIDE_SELL, "1", "30000");
	assert_money(position_cost(s, s->m.coinm), "0.003333333333333333");
	trade(s, s->m.coinm, SIDE_SELL, "1", "30000");
	assert_money(position_cost(s, s->m.coinm), "0");
}

static void a_flip_is_a_close_then_an_open(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.usdm, SIDE_BUY, "0.1", "60000");
	trade(s, s->m.usdm, SIDE_SELL, "0.3", "60100");
	assert_money(total(s, LEDGER_PRICE_PNL, s->m.usdm, s->m.usdt), "10");
	assert_int_equal(held(s, s->m.usdm), -200);
	assert_money(position_cost(s, s->m.usdm), "-12020");
	assert_money(total(s, LEDGER_FEE, s->m.usdm, s->m.usdt), "-12.015");
	trade(s, s->m.usdm, SIDE_BUY, "0.2", "60000");
	assert_money(total(s, LEDGER_PRICE_PNL, s->m.usdm, s->m.usdt), "30");
	assert_money(position_cost(s, s->m.usdm), "0");
}

static void an_inverse_short_earns_coin_when_the_price_falls(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.coinm, SIDE_SELL, "100", "50000");
	assert_money(position_cost(s, s->m.coinm), "-0.2");
	struct money unrealised;
	assert_true(ledger_unrealised(s->ledger, s->m.coinm, money_of("40000"), &unrealised));
	assert_money(unrealised, "0.05");
	trade(s, s->m.coinm, SIDE_BUY, "100", "40000");
	assert_money(total(s, LEDGER_PRICE_PNL, s->m.coinm, s->m.btc), "0.05");
}

static void unrealised_is_what_closing_would_realise(void **state)
{
	struct scene *s = *state;
	struct money unrealised;
	assert_true(ledger_unrealised(s->ledger, s->m.usdm, money_of("60000"), &unrealised));
	assert_money(unrealised, "0");
	trade(s, s->m.usdm, SIDE_SELL, "0.5", "60000");
	assert_true(ledger_unrealised(s->ledger, s->m.usdm, money_of("60010.5"), &unrealised));
	assert_money(unrealised, "-5.25");
	assert_false(ledger_unrealised(s->ledger, s->m.usdm, money_of("0"), &unrealised));
	trade(s, s->m.spot, SIDE_BUY, "0.5", "60000");
	assert_false(ledger_unrealised(s->ledger, s->m.spot, money_of("0"), &unrealised));
}

static void postings_are_rounded_and_the_rounding_is_booked(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.coinm, SIDE_BUY, "1", "30000");
	const struct ledger_line *fee = ledger_line_at(s->ledger, 0);
	assert_int_equal(fee->kind, LEDGER_FEE);
	assert_money(fee->exact, "-0.000001666666666667");
	assert_money(fee->posting, "-0.00000167");
	assert_money(fee->rounding, "-0.000000003333333333");
	assert_money(ledger_balance_change(s->ledger, s->m.coinm_venue, s->m.btc), "-0.00000167");
}

static void makers_pay_the_maker_fee_and_rebates_are_received(void **state)
{
	struct scene *s = *state;
	struct account_event fill = fill_of(s, s->m.usdm, SIDE_BUY, "1", "60000");
	fill.u.fill.maker = true;
	book(s, &fill);
	assert_money(total(s, LEDGER_FEE, s->m.usdm, s->m.usdt), "-12");
	struct instrument_revision revision = market_terms_revision();
	revision.fees.maker = rate_of("-0.0001");
	assert_true(instrument_table_revise(s->m.table, s->m.usdm, &revision, &s->err));
	fill = fill_of(s, s->m.usdm, SIDE_SELL, "1", "60000");
	fill.u.fill.maker = true;
	book(s, &fill);
	assert_money(total(s, LEDGER_FEE, s->m.usdm, s->m.usdt), "-6");
}

static void a_fee_as_expected_needs_no_correction(void **state)
{
	struct scene *s = *state;
	struct account_event fill = fill_of(s, s->m.coinm, SIDE_BUY, "1", "30000");
	fill.u.fill.fee_estimated = false;
	fill.u.fill.fee = money_of("0.00000167");
	fill.u.fill.fee_asset = s->m.btc;
	book(s, &fill);
	assert_int_equal(ledger_line_count(s->ledger), 1);
}

static void what_the_venue_charged_beyond_the_terms_is_a_line_of_its_own(void **state)
{
	struct scene *s = *state;
	struct account_event fill = fill_of(s, s->m.usdm, SIDE_BUY, "1", "60000");
	fill.u.fill.fee_estimated = false;
	fill.u.fill.fee = money_of("24");
	fill.u.fill.fee_asset = s->m.usdt;
	book(s, &fill);
	assert_money(total(s, LEDGER_FEE, s->m.usdm, s->m.usdt), "-30");
	assert_money(total(s, LEDGER_FEE_CORRECTION, s->m.usdm, s->m.usdt), "6");
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, s->m.usdt), "-24");
}

static void a_fee_taken_in_a_third_asset_is_booked_there(void **state)
{
	struct scene *s = *state;
	asset_id bnb = instrument_table_asset(s->m.table, "BNB");
	struct account_event fill = fill_of(s, s->m.spot, SIDE_BUY, "0.5", "60000");
	fill.u.fill.fee_estimated = false;
	fill.u.fill.fee = money_of("0.02");
	fill.u.fill.fee_asset = bnb;
	book(s, &fill);
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, bnb), "-0.02");
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.btc), "0.5");
	assert_money(ledger_position(s->ledger, s->m.spot).owned, "0.5");
	assert_int_equal(held(s, s->m.spot), 50000);
}

static void longs_pay_a_positive_rate_and_shorts_receive_it(void **state)
{
	struct scene *s = *state;
	struct account_event event =
		funding_of(s, s->m.usdm, "0.1", "28157.1", "0.0000276", "-0.0777136");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_int_equal(ledger_line_count(s->ledger), 1);
	const struct ledger_line *line = ledger_line_at(s->ledger, 0);
	assert_int_equal(line->kind, LEDGER_FUNDING);
	assert_money(line->exact, "-0.077713596");
	assert_money(line->posting, "-0.0777136");
	event = funding_of(s, s->m.coinm, "-100", "50000", "0.0001", "0.00002");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_money(total(s, LEDGER_FUNDING, s->m.coinm, s->m.btc), "0.00002");
}

static void funding_is_booked_once_per_boundary(void **state)
{
	struct scene *s = *state;
	struct account_event event = funding_of(s, s->m.usdm, "0.1", "28157.1", "0.0000276", "0");
	event.u.funding.amount = money_of("-0.0777136");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	event.u.funding.rate = rate_of("0.5");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_int_equal(ledger_line_count(s->ledger), 1);
	event.u.funding.boundary_ns += 1;
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_true(ledger_line_count(s->ledger) > 1);
}

static void another_amount_of_the_venue_is_a_correction(void **state)
{
	struct scene *s = *state;
	struct account_event event =
		funding_of(s, s->m.usdm, "0.1", "28157.1", "0.0000276", "-0.08");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_money(total(s, LEDGER_FEE_CORRECTION, s->m.usdm, s->m.usdt), "-0.0022864");
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, s->m.usdt), "-0.08");
	asset_id bnb = instrument_table_asset(s->m.table, "BNB");
	event.u.funding.boundary_ns += 1;
	event.u.funding.asset = bnb;
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, bnb), "-0.08");
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, s->m.usdt), "-0.08");
}

static void a_flat_position_pays_no_funding_whatever_the_price(void **state)
{
	struct scene *s = *state;
	struct account_event event = funding_of(s, s->m.usdm, "0", "0", "0.0001", "0");
	assert_true(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_int_equal(ledger_line_count(s->ledger), 0);
}

static void funding_without_a_price_or_on_spot_is_refused(void **state)
{
	struct scene *s = *state;
	struct account_event event = funding_of(s, s->m.usdm, "0.1", "0", "0.0001", "0");
	assert_false(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_non_null(strstr(s->err.text, "price"));
	event = funding_of(s, s->m.spot, "0.1", "100", "0.0001", "0");
	assert_false(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_non_null(strstr(s->err.text, "spot"));
	event.instrument = 99;
	assert_false(ledger_book_funding(s->ledger, &event, 3, &s->err));
	assert_int_equal(ledger_line_count(s->ledger), 0);
}

static void transfers_move_the_balance(void **state)
{
	struct scene *s = *state;
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, s->m.usdt), "0");
	assert_true(ledger_book_transfer(s->ledger, s->m.usdm_venue, s->m.usdt, money_of("500"), 7,
					 &s->err));
	assert_true(ledger_book_transfer(s->ledger, s->m.usdm_venue, s->m.usdt, money_of("-20"), 8,
					 &s->err));
	assert_money(ledger_balance_change(s->ledger, s->m.usdm_venue, s->m.usdt), "480");
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.usdt), "0");
	const struct ledger_line *line = ledger_line_at(s->ledger, 1);
	assert_int_equal(line->kind, LEDGER_TRANSFER);
	assert_int_equal(line->instrument, 0);
	assert_int_equal(line->local_ns, 8);
	assert_false(ledger_book_transfer(s->ledger, 0, s->m.usdt, money_of("1"), 7, &s->err));
	assert_false(ledger_book_transfer(s->ledger, 99, s->m.usdt, money_of("1"), 7, &s->err));
	assert_false(ledger_book_transfer(s->ledger, 1, 0, money_of("1"), 7, &s->err));
}

static void many_accounts_keep_their_own_sums(void **state)
{
	struct scene *s = *state;
	char name[16];
	for (int i = 1; i <= 500; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		asset_id asset = instrument_table_asset(s->m.table, name);
		assert_true(ledger_book_transfer(s->ledger, s->m.usdm_venue, asset,
						 (struct money){.e18 = i * MONEY_ONE}, 0, &s->err));
	}
	for (int i = 1; i <= 500; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		asset_id asset = instrument_table_find_asset(s->m.table, name);
		assert_true(ledger_balance_change(s->ledger, s->m.usdm_venue, asset).e18 ==
			    i * MONEY_ONE);
	}
}

static void a_balance_beyond_money_is_refused_and_books_nothing(void **state)
{
	struct scene *s = *state;
	struct money huge = {.e18 = I128_MAX / MONEY_ONE * MONEY_ONE};
	assert_true(ledger_book_transfer(s->ledger, 1, s->m.usdt, huge, 0, &s->err));
	assert_false(ledger_book_transfer(s->ledger, 1, s->m.usdt, huge, 0, &s->err));
	assert_non_null(strstr(s->err.text, "USDT"));
	assert_int_equal(ledger_line_count(s->ledger), 1);
	assert_true(ledger_balance_change(s->ledger, 1, s->m.usdt).e18 == huge.e18);
}

static void a_fill_that_overflows_books_none_of_its_lines(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.spot, SIDE_BUY, "1", "60000");
	struct money btc = ledger_balance_change(s->ledger, s->m.spot_venue, s->m.btc);
	struct money most = {.e18 = I128_MIN + MONEY_ONE * 60010};
	assert_true(ledger_book_transfer(s->ledger, s->m.spot_venue, s->m.usdt, most, 0, &s->err));
	size_t lines = ledger_line_count(s->ledger);
	struct account_event fill = fill_of(s, s->m.spot, SIDE_BUY, "1", "60000");
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_int_equal(ledger_line_count(s->ledger), lines);
	assert_true(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.btc).e18 == btc.e18);
	assert_money(ledger_position(s->ledger, s->m.spot).owned, "0.9995");
}

static void a_third_asset_that_overflows_restores_the_other_balances(void **state)
{
	struct scene *s = *state;
	trade(s, s->m.spot, SIDE_BUY, "1", "60000");
	asset_id bnb = instrument_table_asset(s->m.table, "BNB");
	struct money least = {.e18 = (I128_MIN / MONEY_ONE) * MONEY_ONE};
	assert_true(ledger_book_transfer(s->ledger, s->m.spot_venue, bnb, least, 0, &s->err));
	struct account_event fill = fill_of(s, s->m.spot, SIDE_SELL, "0.5", "60000");
	fill.u.fill.fee_estimated = false;
	fill.u.fill.fee = money_of("1");
	fill.u.fill.fee_asset = bnb;
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.btc), "0.9995");
	assert_money(ledger_balance_change(s->ledger, s->m.spot_venue, s->m.usdt), "-60000");
	assert_money(ledger_position(s->ledger, s->m.spot).owned, "0.9995");
}

static void malformed_fills_are_refused_by_what_is_wrong(void **state)
{
	struct scene *s = *state;
	struct account_event good = fill_of(s, s->m.usdm, SIDE_BUY, "1", "60000");
	struct account_event fill = good;
	fill.u.fill.trade_id[0] = '\0';
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "trade id"));
	fill = good;
	memset(fill.u.fill.trade_id, 'x', sizeof(fill.u.fill.trade_id));
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	fill = good;
	fill.u.fill.quantity.units = 0;
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "quantity"));
	fill = good;
	fill.u.fill.price.units = -1;
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "price"));
	fill = good;
	fill.u.fill.side = (enum side)5;
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "side"));
	fill = good;
	fill.instrument = 0;
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_non_null(strstr(s->err.text, "instrument"));
	assert_int_equal(ledger_line_count(s->ledger), 0);
}

static void a_position_beyond_its_integers_is_refused(void **state)
{
	struct scene *s = *state;
	struct account_event fill = fill_of(s, s->m.coinm, SIDE_BUY, "1", "60000");
	fill.u.fill.quantity.units = INT64_MAX;
	book(s, &fill);
	fill = fill_of(s, s->m.coinm, SIDE_BUY, "1", "60000");
	assert_false(ledger_book_fill(s->ledger, &fill, 0, &s->err));
	assert_true(ledger_position(s->ledger, s->m.coinm).quantity.units == INT64_MAX);
}

static void every_kind_of_line_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < LEDGER_KINDS; a++) {
		for (int b = 0; b < a; b++)
			assert_string_not_equal(ledger_kind_text((enum ledger_kind)a),
						ledger_kind_text((enum ledger_kind)b));
	}
	assert_string_equal(ledger_kind_text(LEDGER_FUNDING), "funding");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_forced_trade_gives_its_known_figures),
		TEST(a_spot_buy_pays_its_fee_in_coins_and_leaves_dust),
		TEST(a_spot_sell_beyond_what_is_held_is_refused_and_books_nothing),
		TEST(lines_carry_what_they_belong_to),
		TEST(a_fill_booked_twice_changes_nothing),
		TEST(thousands_of_trade_ids_are_remembered),
		TEST(releasing_part_keeps_the_rest_and_the_last_unit_takes_the_remainder),
		TEST(a_flip_is_a_close_then_an_open),
		TEST(an_inverse_short_earns_coin_when_the_price_falls),
		TEST(unrealised_is_what_closing_would_realise),
		TEST(postings_are_rounded_and_the_rounding_is_booked),
		TEST(makers_pay_the_maker_fee_and_rebates_are_received),
		TEST(a_fee_as_expected_needs_no_correction),
		TEST(what_the_venue_charged_beyond_the_terms_is_a_line_of_its_own),
		TEST(a_fee_taken_in_a_third_asset_is_booked_there),
		TEST(longs_pay_a_positive_rate_and_shorts_receive_it),
		TEST(funding_is_booked_once_per_boundary),
		TEST(another_amount_of_the_venue_is_a_correction),
		TEST(a_flat_position_pays_no_funding_whatever_the_price),
		TEST(funding_without_a_price_or_on_spot_is_refused),
		TEST(transfers_move_the_balance),
		TEST(many_accounts_keep_their_own_sums),
		TEST(a_balance_beyond_money_is_refused_and_books_nothing),
		TEST(a_fill_that_overflows_books_none_of_its_lines),
		TEST(a_third_asset_that_overflows_restores_the_other_balances),
		TEST(malformed_fills_are_refused_by_what_is_wrong),
		TEST(a_position_beyond_its_integers_is_refused),
		TEST(every_kind_of_line_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
