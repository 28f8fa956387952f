/* Every preflight check passes, fails and is unknown as it should, with its number and limit. */
#include "core/base/utc.h"
#include "execution/preflight.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct market_terms terms;
static struct preflight_limits limits;
static struct preflight_input input;

static void fill_leg(size_t index, instrument_id id, enum side side, const char *quantity,
		     int64_t bid, int64_t ask)
{
	struct preflight_leg *leg = &input.legs[index];
	struct book_level bids[2] = {{{bid}, {1000000000}}, {{bid - 10}, {1000000000}}};
	struct book_level asks[2] = {{{ask}, {1000000000}}, {{ask + 10}, {1000000000}}};
	const struct depth_value depth = {bids, asks, 2, 2, 1, 0, 0};
	struct liquidity_limits liquidity = liquidity_defaults();

	*leg = (struct preflight_leg){
		.instrument = instrument_get(terms.table, id),
		.revision = instrument_latest(terms.table, id),
		.side = side,
		.quantity = quantity_of(&terms, id, quantity),
		.quote_known = true,
		.order_priced = true,
		.liquidity_known = true,
		.open_orders_known = true,
		.position_known = true,
		.clock = {.known = true, .uncertainty_ns = 20 * NS_PER_MS},
	};
	leg->quote = (struct price_quote){.instrument = id, .bid = bids[0], .ask = asks[0]};
	leg->order_room_known = true;
	leg->order_room = 4;
	leg->order = (struct order_request){
		.instrument = id,
		.client_id = 1,
		.side = side,
		.type = ORDER_IOC,
		.quantity = leg->quantity,
		.limit = side == SIDE_BUY ? asks[0].price : bids[0].price,
	};
	liquidity_report_for_quantity(leg->instrument, &liquidity, &depth, side, leg->quantity,
				      &leg->liquidity.entry);
	liquidity_report_for_quantity(leg->instrument, &liquidity, &depth, side_opposite(side),
				      leg->quantity, &leg->liquidity.exit);
	leg->liquidity.entry.instrument = leg->liquidity.exit.instrument = id;
}

/* Long 0.162 BTC USD-M against short 100 COIN-M, everything in order. */
static int set_up(void **state)
{
	(void)state;
	terms = market_terms_create();
	limits = preflight_defaults();
	memset(&input, 0, sizeof(input));
	input.instruments = terms.table;
	input.limits = &limits;
	input.leg_count = 2;
	fill_leg(0, terms.usdm, SIDE_BUY, "0.162", 617520, 617521);
	fill_leg(1, terms.coinm, SIDE_SELL, "100", 617539, 617540);
	input.fund_count = 2;
	input.funds[0] =
		(struct preflight_funds){terms.usdm_venue, terms.usdt, true, money_of("5000")};
	input.funds[1] =
		(struct preflight_funds){terms.coinm_venue, terms.btc, true, money_of("0.1")};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	market_terms_free(&terms);
	return 0;
}

static struct preflight_report report;

static const struct preflight_item *evaluate(enum preflight_check check)
{
	preflight_evaluate(&input, &report);
	assert_int_equal(report.count, PREFLIGHT_CHECKS);
	assert_int_equal(report.items[check].check, check);
	return &report.items[check];
}

static void expect_at(const char *file, int line, enum preflight_check check, enum verdict verdict,
		      const char *number, const char *limit)
{
	const struct preflight_item *item = evaluate(check);
	static const char *const texts[] = {"pass", "fail", "unknown"};

	if (item->verdict != verdict || strcmp(item->number, number) != 0 ||
	    strcmp(item->limit, limit) != 0) {
		print_error("%s: %s: \"%s\", \"%s\"; expected %s: \"%s\", \"%s\"\n",
			    preflight_check_text(check), texts[item->verdict], item->number,
			    item->limit, texts[verdict], number, limit);
		_fail(file, line);
	}
	assert_int_equal(report.may_open, preflight_first_refusal(&report) == NULL);
	if (verdict != VERDICT_PASS)
		assert_false(report.may_open);
}
#define expect(check, verdict, number, limit)                                                      \
	expect_at(__FILE__, __LINE__, check, verdict, number, limit)

static void a_sound_pair_may_be_opened(void **state)
{
	(void)state;
	preflight_evaluate(&input, &report);
	const struct preflight_item *item = preflight_first_refusal(&report);
	if (item)
		fail_msg("%s: %s, %s", preflight_check_text(item->check), item->number,
			 item->limit);
	assert_true(report.may_open);
}

static void names_are_those_of_the_report(void **state)
{
	static const char *const names[PREFLIGHT_CHECKS] = {
		"price_age",   "book_valid",	 "market_status",
		"rules",       "equal_exposure", "leverage",
		"margin",      "liquidity_leg",	 "liquidity_pair",
		"spread",      "entry_basis",	 "exposure_caps",
		"loss_budget", "open_orders",	 "existing_position",
		"clock",       "request_budget"};

	(void)state;
	for (int i = 0; i < PREFLIGHT_CHECKS; i++)
		assert_string_equal(preflight_check_text((enum preflight_check)i), names[i]);
}

static void price_age(void **state)
{
	(void)state;
	input.legs[1].price_age_ns = NS_PER_SECOND;
	expect(PREFLIGHT_PRICE_AGE, VERDICT_PASS, "1 s", "1 s");
	input.legs[1].price_age_ns = 1001 * NS_PER_MS;
	expect(PREFLIGHT_PRICE_AGE, VERDICT_FAIL, "1.001 s", "1 s");
	input.legs[1].quote_known = false;
	expect(PREFLIGHT_PRICE_AGE, VERDICT_UNKNOWN, "no price of leg 2", "1 s");
}

static void book_valid(void **state)
{
	const char *limit = "bid below ask, depth on both sides";

	(void)state;
	expect(PREFLIGHT_BOOK_VALID, VERDICT_PASS, "2 of 2", limit);
	input.legs[0].quote.bid.price = input.legs[0].quote.ask.price;
	expect(PREFLIGHT_BOOK_VALID, VERDICT_FAIL, "leg 1 crossed or one-sided", limit);
	input.legs[0].liquidity_known = false;
	expect(PREFLIGHT_BOOK_VALID, VERDICT_UNKNOWN, "no usable book of leg 1", limit);
}

static void set_rules(instrument_id id, void (*change)(struct order_rules *rules))
{
	struct instrument_revision revision = *instrument_latest(terms.table, id);

	change(&revision.rules);
	assert_true(instrument_table_revise(terms.table, id, &revision, NULL));
	for (size_t i = 0; i < input.leg_count; i++)
		if (input.legs[i].quote.instrument == id)
			input.legs[i].revision = instrument_latest(terms.table, id);
}
static void reduce_only(struct order_rules *rules)
{
	rules->status = MARKET_REDUCE_ONLY;
}
static void halted(struct order_rules *rules)
{
	rules->status = MARKET_HALTED;
}
static void delisted(struct order_rules *rules)
{
	rules->status = MARKET_DELISTED;
}
static void coarse_tick(struct order_rules *rules)
{
	rules->tick.units = 5;
}
static void minimum_quantity(struct order_rules *rules)
{
	rules->minimum_quantity.units = 163;
}
static void maximum_quantity(struct order_rules *rules)
{
	rules->maximum_quantity.units = 170;
}
static void minimum_notional(struct order_rules *rules)
{
	rules->minimum_notional = money_of("10005");
}

static void market_status(void **state)
{
	(void)state;
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_PASS, "trading", "trading");
	set_rules(terms.usdm, reduce_only);
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_FAIL, "leg 1: reduce-only", "trading");
	input.closing = true;
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_PASS, "trading", "trading or reduce-only");
	set_rules(terms.coinm, halted);
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_FAIL, "leg 2: halted", "trading or reduce-only");
	set_rules(terms.coinm, delisted);
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_FAIL, "leg 2: delisted", "trading or reduce-only");
	input.legs[0].retired = true;
	expect(PREFLIGHT_MARKET_STATUS, VERDICT_FAIL, "leg 1: retired", "trading or reduce-only");
}

static void rules(void **state)
{
	(void)state;
	expect(PREFLIGHT_RULES, VERDICT_PASS, "2 orders", "tick, lot, minimum and maximum");
	set_rules(terms.usdm, coarse_tick);
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "price 61752.1", "a multiple of 0.5");
	input.legs[0].order.limit.units = 617525;
	set_rules(terms.usdm, minimum_quantity);
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "quantity 0.162", "at least 0.163");
	set_rules(terms.usdm, maximum_quantity);
	input.legs[0].order.quantity.units = 171;
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "quantity 0.171", "at most 0.17");
	input.legs[0].order.type = ORDER_MARKET;
	input.legs[0].order.quantity.units = 0;
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "quantity 0", "a multiple of 0.001");
	input.legs[0].order_priced = false;
	expect(PREFLIGHT_RULES, VERDICT_UNKNOWN, "leg 1: no price, no order",
	       "tick, lot, minimum and maximum");
}

static void rules_of_the_notional_spare_reduce_only_orders(void **state)
{
	(void)state;
	set_rules(terms.usdm, minimum_notional);
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "notional 10003.8402", "at least 10005");
	input.legs[0].order.reduce_only = true;
	expect(PREFLIGHT_RULES, VERDICT_PASS, "2 orders", "tick, lot, minimum and maximum");
	input.legs[0].order.type = ORDER_MARKET;
	expect(PREFLIGHT_RULES, VERDICT_PASS, "2 orders", "tick, lot, minimum and maximum");
}

static void equal_exposure(void **state)
{
	(void)state;
	/* 0.162 against 100 x 100 / 61753.9: within half a contract */
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_PASS, "differ by 0.00006691 tokens",
	       "0.00080967 tokens (half a contract)");
	input.legs[0].quantity.units = 163;
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_FAIL, "differ by 0.00106691 tokens",
	       "0.00080967 tokens (half a contract)");
	input.legs[0].quote_known = false;
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_UNKNOWN, "no price of leg 1",
	       "opposite sides of one coin");
	input.legs[0].side = SIDE_SELL;
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_FAIL, "both legs sell",
	       "opposite sides of one coin");
	input.leg_count = 1;
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_PASS, "one leg, as asked", "none");
}

static void legs_of_two_coins_are_no_pair(void **state)
{
	struct instrument other = market_terms_linear(&terms, "ETHUSDT");
	struct instrument_revision revision = market_terms_revision();

	(void)state;
	other.base = other.canonical = instrument_table_asset(terms.table, "ETH");
	instrument_id eth = instrument_table_add(terms.table, &other, &revision, NULL);
	assert_true(eth != 0);
	input.legs[1].instrument = instrument_get(terms.table, eth);
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_FAIL, "two different coins",
	       "opposite sides of one coin");
}

static void leverage(void **state)
{
	int32_t most = input.legs[1].revision->rules.maximum_leverage;
	char number[32], limit[32];

	(void)state;
	snprintf(limit, sizeof(limit), "at most %dx", (int)most);
	expect(PREFLIGHT_LEVERAGE, VERDICT_PASS, "3x", limit);
	input.legs[1].leverage_refused = true;
	expect(PREFLIGHT_LEVERAGE, VERDICT_FAIL, "3x", "leg 2: acknowledged by the venue");
	limits.leverage = most + 1;
	snprintf(number, sizeof(number), "%dx", (int)most + 1);
	expect(PREFLIGHT_LEVERAGE, VERDICT_FAIL, number, limit);
	limits.leverage = 0;
	expect(PREFLIGHT_LEVERAGE, VERDICT_FAIL, "0x", "at least 1x");
	assert_int_equal(report.items[PREFLIGHT_MARGIN].verdict, VERDICT_UNKNOWN);
	input.closing = true;
	expect(PREFLIGHT_LEVERAGE, VERDICT_PASS, "0x", "at least 1x");
}

static void margin(void **state)
{
	(void)state;
	/* (10003.8402 / 3 + 5.0019201) x 1.05, and (0.16193309... / 3 + fee) x 1.05 BTC */
	input.funds[0].available = money_of("3506.596");
	expect(PREFLIGHT_MARGIN, VERDICT_FAIL, "3506.596 USDT free", "3506.5960861 USDT needed");
	input.funds[0].available = money_of("3506.5961");
	evaluate(PREFLIGHT_MARGIN);
	assert_int_equal(report.items[PREFLIGHT_MARGIN].verdict, VERDICT_PASS);
	input.funds[1].available = money_of("0.05");
	expect(PREFLIGHT_MARGIN, VERDICT_FAIL, "0.05 BTC free", "0.0567616 BTC needed");
	input.funds[1].known = false;
	expect(PREFLIGHT_MARGIN, VERDICT_UNKNOWN, "balance of binance-coinm unknown",
	       "0.0567616 BTC needed");
	input.legs[0].order_priced = false;
	expect(PREFLIGHT_MARGIN, VERDICT_UNKNOWN, "no price of leg 1", "");
	input.closing = true;
	expect(PREFLIGHT_MARGIN, VERDICT_PASS, "closing", "none");
}

static void spot_needs_its_whole_cost(void **state)
{
	(void)state;
	fill_leg(0, terms.spot, SIDE_BUY, "0.162", 6175390, 6175400);
	input.leg_count = 1;
	input.fund_count = 1;
	input.funds[0] =
		(struct preflight_funds){terms.spot_venue, terms.usdt, true, money_of("10004.147")};
	assert_int_equal(preflight_fund_asset(input.legs[0].instrument), terms.usdt);
	expect(PREFLIGHT_MARGIN, VERDICT_FAIL, "10004.147 USDT free", "10004.148 USDT needed");
	input.funds[0].available = money_of("10004.148");
	expect(PREFLIGHT_MARGIN, VERDICT_PASS, "10004.148 USDT free", "10004.148 USDT needed");
	input.legs[0].side = SIDE_SELL;
	expect(PREFLIGHT_RULES, VERDICT_FAIL, "spot sold short", "spot is long only");
}

static void a_fee_in_base_makes_less_than_a_lot_of_difference_unavoidable(void **state)
{
	(void)state;
	fill_leg(0, terms.spot, SIDE_BUY, "0.162", 6175390, 6175400);
	fill_leg(1, terms.usdm, SIDE_SELL, "0.161", 617520, 617521);
	limits.maximum_exposure_difference.e18 = 0;
	/* 0.162 less 5 bp = 0.161919 */
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_PASS, "differ by 0.000919 tokens",
	       "0.001 tokens (below one lot, fee in base)");
	input.legs[1].quantity.units = 160;
	expect(PREFLIGHT_EQUAL_EXPOSURE, VERDICT_FAIL, "differ by 0.001919 tokens",
	       "0.001 tokens (below one lot, fee in base)");
}

static void liquidity_leg(void **state)
{
	(void)state;
	expect(PREFLIGHT_LIQUIDITY_LEG, VERDICT_PASS, "acceptable", "acceptable");
	input.legs[0].liquidity_known = false;
	expect(PREFLIGHT_LIQUIDITY_LEG, VERDICT_UNKNOWN, "leg 1: no usable book", "acceptable");
	input.legs[1].liquidity.entry.acceptable = false;
	input.legs[1].liquidity.entry.recommendation = LIQUIDITY_INSUFFICIENT_DEPTH;
	input.legs[1].liquidity.entry.expected_slippage = MONEY_ONE / 1000;
	expect(PREFLIGHT_LIQUIDITY_LEG, VERDICT_FAIL, "leg 2: insufficient_depth, slippage 10 bp",
	       "acceptable");
}

static void liquidity_pair(void **state)
{
	(void)state;
	limits.maximum_round_trip_bp = 21;
	evaluate(PREFLIGHT_LIQUIDITY_PAIR);
	assert_int_equal(report.items[PREFLIGHT_LIQUIDITY_PAIR].verdict, VERDICT_PASS);
	limits.maximum_round_trip_bp = 19; /* four fees of 5 bp alone are more */
	evaluate(PREFLIGHT_LIQUIDITY_PAIR);
	assert_int_equal(report.items[PREFLIGHT_LIQUIDITY_PAIR].verdict, VERDICT_FAIL);
	assert_string_equal(report.items[PREFLIGHT_LIQUIDITY_PAIR].limit, "19 bp");
	input.legs[0].liquidity.exit.depth_sufficient = false;
	input.legs[0].liquidity.exit.filled.units = 1;
	expect(PREFLIGHT_LIQUIDITY_PAIR, VERDICT_FAIL, "not enough depth to enter and leave",
	       "19 bp");
	input.legs[0].liquidity_known = false;
	expect(PREFLIGHT_LIQUIDITY_PAIR, VERDICT_UNKNOWN, "leg 1: no usable book", "19 bp");
	limits.maximum_round_trip_bp = 0;
	expect(PREFLIGHT_LIQUIDITY_PAIR, VERDICT_PASS, "leg 1: no usable book", "off");
}

static void spread(void **state)
{
	(void)state;
	limits.maximum_spread_bp = 10;
	input.legs[1].quote.bid.price.units = 600000;
	input.legs[1].quote.ask.price.units = 600600;
	expect(PREFLIGHT_SPREAD, VERDICT_PASS, "10 bp", "10 bp");
	input.legs[1].quote.ask.price.units = 600610;
	expect(PREFLIGHT_SPREAD, VERDICT_FAIL, "10.16 bp", "10 bp");
	input.legs[1].quote.ask.price.units = 599999;
	expect(PREFLIGHT_SPREAD, VERDICT_FAIL, "leg 2 crossed or one-sided", "10 bp");
	input.legs[0].quote_known = false;
	expect(PREFLIGHT_SPREAD, VERDICT_UNKNOWN, "no price of leg 1", "10 bp");
}

static void entry_basis_is_signed_and_favourable_passes(void **state)
{
	(void)state;
	/* buying at 61752.1, selling at 61753.9: 0.29 bp in our favour */
	expect(PREFLIGHT_ENTRY_BASIS, VERDICT_PASS, "-0.29 bp", "20 bp");
	input.legs[0].quote.ask.price.units = 618900;
	expect(PREFLIGHT_ENTRY_BASIS, VERDICT_FAIL, "22.01 bp", "20 bp");
	input.legs[0].liquidity_known = false;
	expect(PREFLIGHT_ENTRY_BASIS, VERDICT_UNKNOWN, "no price of leg 1", "20 bp");
	input.legs[0].liquidity_known = true;
	input.legs[0].side = SIDE_SELL;
	expect(PREFLIGHT_ENTRY_BASIS, VERDICT_FAIL, "both legs on the same side", "20 bp");
	input.leg_count = 1;
	expect(PREFLIGHT_ENTRY_BASIS, VERDICT_PASS, "one leg, as asked", "20 bp");
}

static void exposure_caps(void **state)
{
	const char *limit = "caps per trade, venue and total";

	(void)state;
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_PASS, "total 20003.8402", limit);
	input.total_exposure = money_of("5000");
	limits.maximum_notional_total = money_of("25003");
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_FAIL, "total 25003.8402", "total 25003");
	input.legs[1].venue_exposure = money_of("1");
	limits.maximum_notional_per_venue = money_of("10000.5");
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_FAIL, "per venue 10003.8402", "per venue 10000.5");
	limits.maximum_notional_per_trade = money_of("10003");
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_FAIL, "per trade 10003.8402", "per trade 10003");
	input.legs[0].quote_known = false;
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_UNKNOWN, "no price of leg 1", limit);
	input.closing = true;
	expect(PREFLIGHT_EXPOSURE_CAPS, VERDICT_PASS, "closing", limit);
}

static void the_loss_budget_pays_for_undoing_a_leg_at_five_basis_points(void **state)
{
	(void)state;
	evaluate(PREFLIGHT_LOSS_BUDGET);
	assert_int_equal(report.items[PREFLIGHT_LOSS_BUDGET].verdict, VERDICT_PASS);
	assert_string_equal(report.items[PREFLIGHT_LOSS_BUDGET].limit, "20 bp");
	assert_string_equal(report.items[PREFLIGHT_LOSS_BUDGET].number, "10.02 bp");
	limits.loss_budget.e18 = RATE_ONE / 1000; /* the two fees alone, without the spread */
	expect(PREFLIGHT_LOSS_BUDGET, VERDICT_FAIL, "10.02 bp", "10 bp");
	input.legs[1].liquidity.exit.depth_sufficient = false;
	expect(PREFLIGHT_LOSS_BUDGET, VERDICT_FAIL, "leg 2: not enough depth to undo it", "10 bp");
	input.legs[0].liquidity_known = false;
	expect(PREFLIGHT_LOSS_BUDGET, VERDICT_UNKNOWN, "leg 1: no usable book", "10 bp");
	input.closing = true;
	expect(PREFLIGHT_LOSS_BUDGET, VERDICT_PASS, "closing", "10 bp");
}

static void open_orders(void **state)
{
	(void)state;
	expect(PREFLIGHT_OPEN_ORDERS, VERDICT_PASS, "0 open orders", "0 open orders");
	input.legs[0].open_orders_known = false;
	expect(PREFLIGHT_OPEN_ORDERS, VERDICT_UNKNOWN, "leg 1: unknown", "0 open orders");
	input.legs[1].open_orders = 2;
	expect(PREFLIGHT_OPEN_ORDERS, VERDICT_FAIL, "leg 2: 2 open orders", "0 open orders");
}

static void existing_position(void **state)
{
	const char *limit = "no position, no other trade";

	(void)state;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_PASS, "none", limit);
	input.legs[0].position_known = false;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_UNKNOWN, "leg 1: unknown", limit);
	input.legs[1].position.units = -7;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_FAIL, "leg 2: -7 held", limit);
	input.legs[0].tracked.units = 1;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_FAIL, "leg 1: 0.001 held", limit);
	input.legs[0].in_use = true;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_FAIL, "leg 1: another trade runs", limit);
}

static void spot_dust_and_savings_are_no_position(void **state)
{
	(void)state;
	fill_leg(0, terms.spot, SIDE_BUY, "0.162", 6175390, 6175400);
	int64_t lot = input.legs[0].revision->rules.lot.units;
	input.legs[0].position.units = 100 * lot;
	input.legs[0].tracked.units = lot - 1;
	evaluate(PREFLIGHT_EXISTING_POSITION);
	assert_int_equal(report.items[PREFLIGHT_EXISTING_POSITION].verdict, VERDICT_PASS);
	input.legs[0].tracked.units = lot;
	evaluate(PREFLIGHT_EXISTING_POSITION);
	assert_int_equal(report.items[PREFLIGHT_EXISTING_POSITION].verdict, VERDICT_FAIL);
}

static void a_closing_wants_a_position(void **state)
{
	(void)state;
	input.closing = true;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_FAIL, "leg 1: none", "a position to close");
	input.legs[0].position.units = 162;
	input.legs[1].position_known = false;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_UNKNOWN, "leg 2: unknown",
	       "a position to close");
	input.legs[1].position_known = true;
	input.legs[1].position.units = -100;
	expect(PREFLIGHT_EXISTING_POSITION, VERDICT_PASS, "held", "a position to close");
}

static void clock_known_and_sure(void **state)
{
	(void)state;
	expect(PREFLIGHT_CLOCK, VERDICT_PASS, "+-0.02 s", "1 s");
	input.legs[0].clock.uncertainty_ns = 1001 * NS_PER_MS;
	expect(PREFLIGHT_CLOCK, VERDICT_FAIL, "+-1.001 s", "1 s");
	input.legs[1].clock.known = false;
	expect(PREFLIGHT_CLOCK, VERDICT_UNKNOWN, "binance-coinm: never measured", "1 s");
}

static void a_venue_that_could_not_send_the_second_order_refuses_both(void **state)
{
	(void)state;
	expect(PREFLIGHT_REQUEST_BUDGET, VERDICT_PASS, "enough", "2 requests for each leg");
	input.legs[1].order_room = 1;
	expect(PREFLIGHT_REQUEST_BUDGET, VERDICT_FAIL, "binance-coinm: 1 requests now",
	       "2 requests");
	input.legs[1].order_room_known = false;
	expect(PREFLIGHT_REQUEST_BUDGET, VERDICT_UNKNOWN, "binance-coinm: unknown",
	       "2 requests for each leg");
	input.closing = true;
	expect(PREFLIGHT_REQUEST_BUDGET, VERDICT_PASS, "closing", "none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_pair_may_be_opened),
		TEST(names_are_those_of_the_report),
		TEST(price_age),
		TEST(book_valid),
		TEST(market_status),
		TEST(rules),
		TEST(rules_of_the_notional_spare_reduce_only_orders),
		TEST(equal_exposure),
		TEST(legs_of_two_coins_are_no_pair),
		TEST(leverage),
		TEST(margin),
		TEST(spot_needs_its_whole_cost),
		TEST(a_fee_in_base_makes_less_than_a_lot_of_difference_unavoidable),
		TEST(liquidity_leg),
		TEST(liquidity_pair),
		TEST(spread),
		TEST(entry_basis_is_signed_and_favourable_passes),
		TEST(exposure_caps),
		TEST(the_loss_budget_pays_for_undoing_a_leg_at_five_basis_points),
		TEST(open_orders),
		TEST(existing_position),
		TEST(spot_dust_and_savings_are_no_position),
		TEST(a_closing_wants_a_position),
		TEST(clock_known_and_sure),
		TEST(a_venue_that_could_not_send_the_second_order_refuses_both),
	};
	return cmocka_run_group_tests_name("preflight", tests, NULL, NULL);
}
