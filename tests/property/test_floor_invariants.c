/*
 * Random orders of three accounts in a random market: whatever happens, the told book is the
 * displayed one and not crossed, orders and fills add up, and every account's cash is what its
 * fills and payments make of its deposit, by a sum of its own.
 */
#include "core/base/random.h"
#include "core/base/utc.h"
#include "tests/support/floor_fixture.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ACCOUNTS 3
#define STEPS	 1500
#define SEEDS	 12

static struct floor_fixture f;
static struct random dice;

static int64_t draw(int64_t low, int64_t high)
{
	return random_between(&dice, low, high);
}

static void feed_level(enum side side)
{
	struct book_level best;
	const struct book_state *outside = market_state_book(trading_floor_books(f.floor), f.btc);
	int64_t price = 600000 + draw(-30, 30);
	/* The others' book never crosses itself. */
	if (order_book_best(outside->book, side_opposite(side), &best) &&
	    (side == SIDE_BUY ? price >= best.price.units : price <= best.price.units))
		return;
	struct book_level level = {{price}, {draw(0, 4) * 500}};
	struct market_event event = {.local_ns = scheduler_now(f.scheduler),
				     .instrument = f.btc,
				     .venue = f.venue,
				     .kind = EVENT_BOOK};
	event.u.book.bids = event.u.book.asks = &level;
	event.u.book.bid_count = side == SIDE_BUY;
	event.u.book.ask_count = side == SIDE_SELL;
	trading_floor_market(f.floor, &event);
}

static void feed_trade(void)
{
	char price[32], quantity[32];
	snprintf(price, sizeof(price), "%lld.%lld", (long long)(59997 + draw(0, 6)),
		 (long long)draw(0, 9));
	snprintf(quantity, sizeof(quantity), "0.%03lld", (long long)draw(1, 999));
	floor_fixture_trade(&f, draw(0, 1) ? SIDE_BUY : SIDE_SELL, price, quantity);
}

static void place(void)
{
	static const enum order_type TYPES[] = {ORDER_LIMIT, ORDER_POST_ONLY, ORDER_IOC,
						ORDER_MARKET};
	struct order_request request = {.instrument = f.btc,
					.side = draw(0, 1) ? SIDE_BUY : SIDE_SELL,
					.type = TYPES[draw(0, 3)],
					.quantity = {draw(1, 1500)},
					.reduce_only = draw(0, 3) == 0};
	if (request.type == ORDER_MARKET)
		request.reduce_only = true;
	else
		request.limit.units = 600000 + draw(-40, 40);
	trading_floor_place(f.floor, (floor_account)draw(0, ACCOUNTS - 1), &request, "",
			    draw(0, 1));
}

static void cancel(void)
{
	floor_account account = (floor_account)draw(0, ACCOUNTS - 1);
	uint64_t number = trading_floor_next_order(f.floor, account, UINT64_MAX);
	for (int64_t i = draw(0, 6); i > 0 && number != 0; i--)
		number = trading_floor_next_order(f.floor, account, number);
	if (number != 0)
		trading_floor_cancel(f.floor, number);
}

static void add_random_fault(void)
{
	static const char *const RULES[] = {"ioc.fill_pct=33,p=0.3",
					    "ord.delay_ms=900,p=0.1",
					    "cxl.fill_race=50,p=0.3",
					    "ord.ack_then=reject,p=0.05",
					    "ord.ack_then=silence,p=0.05",
					    "ord.stp,p=0.05",
					    "adl=0.3,p=0.2",
					    "pos.foreign=0.2,p=0.2",
					    "funding.pay=1.3,p=0.5"};
	if (draw(0, 1) == 0)
		floor_fixture_fault(&f, RULES[draw(0, 8)]);
}

static void check_book(void)
{
	struct book_level bid, ask;
	floor_fixture_pass(&f, 0);
	if (trading_floor_depth(f.floor, f.btc, SIDE_BUY, &bid, 1) == 1 &&
	    trading_floor_depth(f.floor, f.btc, SIDE_SELL, &ask, 1) == 1)
		assert_true(bid.price.units < ask.price.units);
}

/* Cash by fills and payments alone; an open position is closed in the sum at `mark`. */
static void check_money(void)
{
	const struct instrument *btc = instrument_get(f.table, f.btc);
	for (floor_account account = 0; account < ACCOUNTS; account++) {
		i128 sum = 100000 * MONEY_ONE;
		int64_t held = 0;
		size_t fills = trading_floor_fill_count(f.floor, account);
		for (size_t i = 0; i < fills; i++) {
			const struct floor_fill *fill = trading_floor_fill(f.floor, account, i);
			struct money value;
			assert_int_equal(fill->position_before.units, held);
			assert_true(contract_value(btc, fill->quantity, fill->price, &value));
			bool buys = fill->side == SIDE_BUY;
			held += buys ? fill->quantity.units : -fill->quantity.units;
			sum += buys ? -value.e18 : value.e18;
			sum -= fill->fee.e18;
		}
		size_t payments = trading_floor_payment_count(f.floor, account);
		for (size_t i = 0; i < payments; i++)
			sum += trading_floor_payment(f.floor, account, i)->amount.e18;
		struct floor_position position = trading_floor_position(f.floor, account, f.btc);
		struct floor_balance balance = trading_floor_balance(f.floor, account);
		assert_int_equal(position.quantity.units, held);
		struct money value = {0};
		if (held != 0)
			assert_true(
				contract_value_e18(btc, position.quantity, position.mark, &value));
		/* Each posting is rounded to 10^-6 by at most half of it. */
		i128 apart = sum + value.e18 - balance.equity.e18;
		i128 allowed = (i128)(fills + 1) * (MONEY_ONE / 1000000);
		assert_true(apart <= allowed && apart >= -allowed);
	}
}

static void check_orders(void)
{
	for (floor_account account = 0; account < ACCOUNTS; account++) {
		uint64_t number = UINT64_MAX;
		while ((number = trading_floor_next_order(f.floor, account, number)) != 0) {
			const struct floor_order *order = trading_floor_order(f.floor, number);
			int64_t executed = 0;
			for (size_t i = 0; i < trading_floor_fill_count(f.floor, account); i++) {
				const struct floor_fill *fill =
					trading_floor_fill(f.floor, account, i);
				if (fill->order == order)
					executed += fill->quantity.units;
			}
			assert_int_equal(order->executed.units, executed);
			assert_true(executed <= order->request.quantity.units);
			assert_true(order->state != ORDER_STATE_FILLED ||
				    executed == order->request.quantity.units);
			assert_true(!order->resting || order->state == ORDER_STATE_OPEN);
		}
	}
}

static void one_run(uint64_t seed)
{
	random_seed(&dice, seed);
	floor_fixture_open(&f);
	floor_account third = trading_floor_add_account(f.floor);
	assert_int_equal(third, 2);
	assert_true(trading_floor_deposit(f.floor, third, f.usdc, money_of("100000")));
	add_random_fault();
	add_random_fault();
	int64_t boundary_ns = FLOOR_FIXTURE_START + NS_PER_MINUTE;
	for (int step = 0; step < STEPS; step++) {
		switch (draw(0, 9)) {
		case 0:
		case 1:
		case 2:
			feed_level(draw(0, 1) ? SIDE_BUY : SIDE_SELL);
			break;
		case 3:
			feed_trade();
			break;
		case 4:
		case 5:
		case 6:
			place();
			break;
		case 7:
			cancel();
			break;
		case 8:
			floor_fixture_mark(&f, draw(0, 1) ? "60001.5" : "59998.5");
			break;
		default:
			floor_fixture_pass(&f, draw(1, 700));
			break;
		}
		if (scheduler_now(f.scheduler) > boundary_ns) {
			floor_fixture_settle(&f, boundary_ns, draw(0, 1) ? "0.0003" : "-0.0002");
			boundary_ns += NS_PER_MINUTE;
		}
		/* The fixture keeps a bounded number of what it is told. */
		floor_fixture_forget(&f);
		check_book();
	}
	floor_fixture_pass(&f, 2000);
	check_money();
	check_orders();
	floor_fixture_close(&f);
}

static void whatever_happens_books_orders_and_money_add_up(void **state)
{
	(void)state;
	const char *given = getenv("FUNDARB_SEED");
	for (uint64_t i = 0; i < SEEDS; i++) {
		uint64_t seed = given ? strtoull(given, NULL, 10) + i : 20240808 + i;
		print_message("seed %llu\n", (unsigned long long)seed);
		one_run(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_books_orders_and_money_add_up)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
