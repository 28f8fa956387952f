#include "tests/support/floor_fixture.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "tests/support/market_terms.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define DEPTH_MAX 64

static int64_t units(const char *text, unsigned decimals)
{
	int64_t value = 0;
	assert_int_equal(decimal_parse_i64(text, strlen(text), decimals, &value), DECIMAL_OK);
	return value;
}

/* ---- what the floor tells ----------------------------------------------------------------------
 */

static void on_market(void *user, const struct market_event *event)
{
	struct floor_fixture *fixture = user;
	if (event->kind == EVENT_TRADE) {
		assert_true(fixture->trade_count < FLOOR_FIXTURE_EVENTS);
		fixture->trades[fixture->trade_count++] = *event;
	}
	if (event->kind != EVENT_BOOK)
		return;
	if (event->flags & EVENT_FLAG_SNAPSHOT)
		order_book_clear(fixture->told);
	order_book_apply(fixture->told, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
}

static void on_order(void *user, const struct floor_order *order)
{
	struct floor_fixture *fixture = user;
	assert_true(fixture->order_count < FLOOR_FIXTURE_EVENTS);
	fixture->orders[fixture->order_count++] = *order;
}

static void on_fill(void *user, const struct floor_fill *fill)
{
	struct floor_fixture *fixture = user;
	assert_true(fixture->fill_count < FLOOR_FIXTURE_EVENTS);
	fixture->fills[fixture->fill_count++] = *fill;
}

static void on_payment(void *user, const struct floor_payment *payment)
{
	struct floor_fixture *fixture = user;
	assert_true(fixture->payment_count < FLOOR_FIXTURE_EVENTS);
	fixture->payments[fixture->payment_count++] = *payment;
}

static void on_account(void *user, floor_account account, instrument_id instrument)
{
	(void)account, (void)instrument;
	((struct floor_fixture *)user)->account_events++;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static void add_market(struct floor_fixture *fixture)
{
	struct error err = {0};
	struct instrument terms = {.venue = fixture->venue,
				   .symbol = "BTC",
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(fixture->table, "BTC"),
				   .canonical = instrument_table_asset(fixture->table, "BTC"),
				   .quote = fixture->usdc,
				   .settle = fixture->usdc,
				   .multiplier = 1,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = 1,
				   .quantity_decimals = 3};
	struct instrument_revision revision = market_terms_revision();
	revision.funding.interval_ns = NS_PER_MINUTE;
	revision.rules.maintenance_margin = (struct rate){RATE_ONE / 50};
	fixture->btc = instrument_table_add(fixture->table, &terms, &revision, &err);
	if (fixture->btc == 0)
		fail_msg("%s", err.text);
}

static void first_book(struct floor_fixture *fixture)
{
	static const struct book_level BIDS[] = {{{600000}, {2000}}, {{599999}, {3000}}};
	static const struct book_level ASKS[] = {
		{{600001}, {1000}}, {{600002}, {2000}}, {{600005}, {5000}}};
	struct market_event event = {.local_ns = scheduler_now(fixture->scheduler),
				     .instrument = fixture->btc,
				     .venue = fixture->venue,
				     .kind = EVENT_BOOK,
				     .flags = EVENT_FLAG_SNAPSHOT};
	event.u.book.bids = BIDS;
	event.u.book.asks = ASKS;
	event.u.book.bid_count = 2;
	event.u.book.ask_count = 3;
	trading_floor_market(fixture->floor, &event);
}

void floor_fixture_open(struct floor_fixture *fixture)
{
	static const struct floor_events EVENTS = {on_market, on_order, on_fill, on_payment,
						   on_account};
	memset(fixture, 0, sizeof(*fixture));
	fixture->scheduler = scheduler_create(FLOOR_FIXTURE_START);
	fixture->table = instrument_table_create();
	fixture->faults = fault_plan_create(1, FLOOR_FIXTURE_START);
	assert_non_null(fixture->scheduler);
	assert_non_null(fixture->table);
	assert_non_null(fixture->faults);
	fixture->venue = instrument_table_venue(fixture->table, "floor");
	fixture->usdc = instrument_table_asset(fixture->table, "USDC");
	instrument_table_set_posting_decimals(fixture->table, fixture->usdc, 6);
	add_market(fixture);
	struct trading_floor_options options = {.venue = fixture->venue,
						.taker_delay_ns = 300 * NS_PER_MS,
						.maker_delay_ns = 200 * NS_PER_MS,
						.cancel_delay_ns = 200 * NS_PER_MS,
						.default_leverage = 5};
	fixture->floor =
		trading_floor_create(&options, fixture->scheduler, fixture->table, fixture->faults);
	fixture->told = order_book_create(1);
	fixture->orders = calloc(FLOOR_FIXTURE_EVENTS, sizeof(*fixture->orders));
	fixture->fills = calloc(FLOOR_FIXTURE_EVENTS, sizeof(*fixture->fills));
	fixture->payments = calloc(FLOOR_FIXTURE_EVENTS, sizeof(*fixture->payments));
	fixture->trades = calloc(FLOOR_FIXTURE_EVENTS, sizeof(*fixture->trades));
	assert_true(fixture->floor && fixture->told && fixture->orders && fixture->fills &&
		    fixture->payments && fixture->trades);
	trading_floor_set_events(fixture->floor, &EVENTS, fixture);
	fixture->a = trading_floor_add_account(fixture->floor);
	fixture->b = trading_floor_add_account(fixture->floor);
	struct money deposit = {100000 * MONEY_ONE};
	assert_true(trading_floor_deposit(fixture->floor, fixture->a, fixture->usdc, deposit));
	assert_true(trading_floor_deposit(fixture->floor, fixture->b, fixture->usdc, deposit));
	first_book(fixture);
	floor_fixture_mark(fixture, "60000");
}

void floor_fixture_close(struct floor_fixture *fixture)
{
	trading_floor_free(fixture->floor);
	fault_plan_free(fixture->faults);
	instrument_table_free(fixture->table);
	scheduler_free(fixture->scheduler);
	order_book_free(fixture->told);
	free(fixture->orders);
	free(fixture->fills);
	free(fixture->payments);
	free(fixture->trades);
}

void floor_fixture_forget(struct floor_fixture *fixture)
{
	fixture->order_count = fixture->fill_count = fixture->payment_count = 0;
	fixture->trade_count = fixture->account_events = 0;
}

void floor_fixture_fault(struct floor_fixture *fixture, const char *rule)
{
	struct error err = {0};
	if (!fault_plan_add(fixture->faults, rule, &err))
		fail_msg("%s", err.text);
}

/* ---- the feed ----------------------------------------------------------------------------------
 */

static struct market_event event_of(const struct floor_fixture *fixture,
				    enum market_event_kind kind)
{
	return (struct market_event){.local_ns = scheduler_now(fixture->scheduler),
				     .instrument = fixture->btc,
				     .venue = fixture->venue,
				     .kind = (uint8_t)kind};
}

void floor_fixture_level(struct floor_fixture *fixture, enum side side, const char *price,
			 const char *quantity)
{
	struct market_event event = event_of(fixture, EVENT_BOOK);
	struct book_level level = {{units(price, 1)}, {units(quantity, 3)}};
	event.u.book.bids = event.u.book.asks = &level;
	event.u.book.bid_count = side == SIDE_BUY;
	event.u.book.ask_count = side == SIDE_SELL;
	trading_floor_market(fixture->floor, &event);
}

void floor_fixture_trade(struct floor_fixture *fixture, enum side taker, const char *price,
			 const char *quantity)
{
	struct market_event event = event_of(fixture, EVENT_TRADE);
	event.u.trade.price.units = units(price, 1);
	event.u.trade.quantity.units = units(quantity, 3);
	event.u.trade.taker_side = taker;
	trading_floor_market(fixture->floor, &event);
}

void floor_fixture_mark(struct floor_fixture *fixture, const char *price)
{
	struct market_event event = event_of(fixture, EVENT_MARK);
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_INDEX;
	event.u.mark.mark = event.u.mark.index = money_of(price);
	trading_floor_market(fixture->floor, &event);
}

void floor_fixture_settle(struct floor_fixture *fixture, int64_t boundary_ns, const char *rate)
{
	struct market_event event = event_of(fixture, EVENT_FUNDING);
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = rate_of(rate);
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = NS_PER_MINUTE;
	trading_floor_market(fixture->floor, &event);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static const struct floor_order *place(struct floor_fixture *fixture, floor_account account,
				       enum order_type type, enum side side, const char *quantity,
				       const char *limit, const char *tag, bool reduce_only)
{
	struct order_request request = {.instrument = fixture->btc,
					.side = side,
					.type = type,
					.quantity = {units(quantity, 3)},
					.limit = {type == ORDER_MARKET ? 0 : units(limit, 1)},
					.reduce_only = reduce_only};
	const struct floor_order *order =
		trading_floor_place(fixture->floor, account, &request, tag, false);
	assert_non_null(order);
	return order;
}

const struct floor_order *floor_fixture_place(struct floor_fixture *fixture, floor_account account,
					      enum order_type type, enum side side,
					      const char *quantity, const char *limit,
					      const char *tag)
{
	return place(fixture, account, type, side, quantity, limit, tag, false);
}

const struct floor_order *floor_fixture_reduce(struct floor_fixture *fixture, floor_account account,
					       enum order_type type, enum side side,
					       const char *quantity, const char *limit)
{
	return place(fixture, account, type, side, quantity, limit, "", true);
}

/* ---- expectations ------------------------------------------------------------------------------
 */

static void compare_books(void *user)
{
	const struct floor_fixture *fixture = user;
	struct book_level shown[DEPTH_MAX], told[DEPTH_MAX];
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		size_t count =
			trading_floor_depth(fixture->floor, fixture->btc, side, shown, DEPTH_MAX);
		assert_int_equal(order_book_levels(fixture->told, side, told, DEPTH_MAX), count);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(shown[i].price.units, told[i].price.units);
			assert_int_equal(shown[i].quantity.units, told[i].quantity.units);
		}
	}
}

void floor_fixture_pass(struct floor_fixture *fixture, int64_t ms)
{
	static const int64_t NS_IN_MS = 1000000;
	int64_t until_ns = scheduler_now(fixture->scheduler) + ms * NS_IN_MS;
	/* Time moves with an entry only. */
	scheduler_at(fixture->scheduler, until_ns, SCHEDULE_TIMER, compare_books, fixture);
	scheduler_run(fixture->scheduler, NULL, until_ns);
}

void floor_fixture_expect_book(struct floor_fixture *fixture, const char *book)
{
	char text[1024] = "", price[DECIMAL_TEXT_MAX], quantity[DECIMAL_TEXT_MAX];
	struct book_level levels[DEPTH_MAX];
	const struct instrument *instrument = instrument_get(fixture->table, fixture->btc);
	compare_books(fixture);
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		size_t count =
			trading_floor_depth(fixture->floor, fixture->btc, side, levels, DEPTH_MAX);
		for (size_t i = 0; i < count; i++) {
			size_t length = strlen(text);
			price_format(instrument, levels[i].price, price, sizeof(price));
			quantity_format(instrument, levels[i].quantity, quantity, sizeof(quantity));
			snprintf(text + length, sizeof(text) - length, "%sx%s ", price, quantity);
		}
		size_t length = strlen(text);
		snprintf(text + length, sizeof(text) - length, "%s", side == SIDE_BUY ? "| " : "");
	}
	if (strlen(text) > 0 && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = '\0';
	assert_string_equal(text, book);
}

void floor_fixture_expect_position(const struct floor_fixture *fixture, floor_account account,
				   const char *quantity)
{
	struct floor_position position =
		trading_floor_position(fixture->floor, account, fixture->btc);
	assert_int_equal(position.quantity.units, units(quantity, 3));
}

void floor_fixture_expect_balance(const struct floor_fixture *fixture, floor_account account,
				  const char *amount)
{
	assert_money(trading_floor_balance(fixture->floor, account).balance, amount);
}
