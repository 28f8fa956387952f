/*
 * Random markets and orders against a naive model that moves one unit at a time: the same fills,
 * none outside the displayed book or the printed trades, and the sum of fills is the position.
 */
#include "core/base/random.h"
#include "core/market/ledger.h"
#include "tests/support/effort.h"
#include "tests/support/venue_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TICKS	    40
#define FIRST_PRICE 600000
#define MODEL_MAX   200
#define STEPS	    4000

struct model_order {
	uint32_t id;
	enum side side;
	int price; /* tick */
	int open, ahead;
};
struct model {
	bool synced;
	int displayed[2][TICKS], taken[2][TICKS]; /* by book side */
	struct model_order orders[MODEL_MAX];	  /* resting, in order of arrival */
	int count;
	int64_t position;
	/* What the last step filled: units by order of arrival in time. */
	struct {
		uint32_t id;
		int price, units;
		bool maker;
	} fills[MODEL_MAX];
	int fill_count;
};

static struct venue_fixture f;
static struct model model;
static struct random source;

static int below(int bound)
{
	return (int)random_below(&source, (uint64_t)bound);
}

static void model_fill(uint32_t id, int price, bool maker, enum side side)
{
	model.position += side == SIDE_BUY ? 1 : -1;
	for (int i = 0; i < model.fill_count; i++) {
		if (model.fills[i].id == id && model.fills[i].price == price) {
			model.fills[i].units++;
			return;
		}
	}
	model.fills[model.fill_count].id = id;
	model.fills[model.fill_count].price = price;
	model.fills[model.fill_count].maker = maker;
	model.fills[model.fill_count++].units = 1;
}

static void model_remove(int index)
{
	memmove(&model.orders[index], &model.orders[index + 1],
		(size_t)(--model.count - index) * sizeof(model.orders[0]));
}

/* One unit of an incoming order takes the best displayed unit that is left inside its limit. */
static bool model_take_unit(uint32_t id, enum side side, int limit)
{
	int book = side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
	for (int i = 0; i < TICKS; i++) {
		int price = side == SIDE_BUY ? i : TICKS - 1 - i;
		if (side == SIDE_BUY ? price > limit : price < limit)
			return false;
		if (model.displayed[book][price] - model.taken[book][price] <= 0)
			continue;
		model.taken[book][price]++;
		model_fill(id, price, false, side);
		return true;
	}
	return false;
}

static bool model_would_cross(enum side side, int limit)
{
	for (int price = 0; price < TICKS; price++)
		if (model.displayed[side == SIDE_BUY ? SIDE_SELL : SIDE_BUY][price] > 0 &&
		    (side == SIDE_BUY ? price <= limit : price >= limit))
			return true;
	return false;
}

static bool model_place(uint32_t id, enum order_type type, enum side side, int quantity, int limit)
{
	if (!model.synced || (type == ORDER_POST_ONLY && model_would_cross(side, limit)))
		return false;
	while (type != ORDER_POST_ONLY && quantity > 0 && model_take_unit(id, side, limit))
		quantity--;
	if (quantity == 0 || type == ORDER_IOC)
		return true;
	model.orders[model.count++] = (struct model_order){
		id, side, limit, quantity, model.displayed[side][limit] - model.taken[side][limit]};
	return true;
}

/* The resting order that one printed unit meets next: best price, then arrival; -1: none. */
static int model_first(enum side side, int price)
{
	int best = -1;
	for (int i = 0; i < model.count; i++) {
		const struct model_order *order = &model.orders[i];
		if (order->side != side || order->open == 0 ||
		    (side == SIDE_BUY ? order->price < price : order->price > price))
			continue;
		if (best < 0 || (side == SIDE_BUY ? order->price > model.orders[best].price
						  : order->price < model.orders[best].price))
			best = i;
	}
	return best;
}

static void model_print_unit(enum side side, int price)
{
	int first = model_first(side, price);
	if (first < 0)
		return;
	struct model_order *order = &model.orders[first];
	if (order->price != price || order->ahead == 0) {
		order->ahead = 0;
		model_fill(order->id, order->price, true, side);
		order->open--;
		return;
	}
	/* A foreign unit before the first own order is before all at that price. */
	for (int i = first; i < model.count; i++)
		if (model.orders[i].side == side && model.orders[i].price == price &&
		    model.orders[i].ahead > 0)
			model.orders[i].ahead--;
}

static void model_trade(enum side taker, int price, int quantity)
{
	if (!model.synced)
		return;
	enum side side = side_opposite(taker);
	/* Orders the print went through have nothing before them any more. */
	for (int i = 0; i < model.count; i++)
		if (model.orders[i].side == side &&
		    (side == SIDE_BUY ? model.orders[i].price > price
				      : model.orders[i].price < price))
			model.orders[i].ahead = 0;
	while (quantity-- > 0)
		model_print_unit(side, price);
	for (int i = model.count; i-- > 0;)
		if (model.orders[i].open == 0)
			model_remove(i);
}

static void model_level(int book, int price, int quantity)
{
	if (model.displayed[book][price] != quantity)
		model.taken[book][price] = 0;
	model.displayed[book][price] = quantity;
}

static void model_shorten(void)
{
	for (int i = 0; i < model.count; i++) {
		struct model_order *order = &model.orders[i];
		if (order->ahead > model.displayed[order->side][order->price])
			order->ahead = model.displayed[order->side][order->price];
	}
}

/* ---- steps ----------------------------------------------------------------------------------- */

static struct price price_of(int tick)
{
	return (struct price){FIRST_PRICE + tick};
}

static void random_levels(bool snapshot)
{
	struct book_level bids[TICKS], asks[TICKS];
	struct market_event event = {.kind = EVENT_BOOK,
				     .instrument = f.market.linear,
				     .flags = snapshot ? EVENT_FLAG_SNAPSHOT : 0};
	int middle = 8 + below(TICKS - 16);
	for (int price = 0; price < TICKS; price++) {
		for (int book = 0; book < 2; book++) {
			bool own_half = (book == SIDE_BUY) == (price < middle);
			if (!snapshot && below(6) != 0)
				continue;
			int quantity = own_half && below(3) != 0 ? 1 + below(4) : 0;
			struct book_level level = {price_of(price), {quantity}};
			if (snapshot && quantity == 0) {
				model_level(book, price, 0);
				continue;
			}
			model_level(book, price, quantity);
			if (book == SIDE_BUY)
				bids[event.u.book.bid_count++] = level;
			else
				asks[event.u.book.ask_count++] = level;
		}
	}
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	market_fixture_event(&f.market, event);
}

static void connection(enum connection_state state)
{
	market_fixture_event(&f.market, (struct market_event){.kind = EVENT_CONNECTION,
							      .instrument = f.market.linear,
							      .u.connection.state = state});
}

static void step_book(void)
{
	if (!model.synced) {
		random_levels(true);
		connection(CONNECTION_SYNCED);
		model.synced = true;
	} else if (below(40) == 0) {
		connection(CONNECTION_GAP);
		model.synced = false;
		return;
	} else {
		random_levels(below(20) == 0);
	}
	model_shorten();
}

static void step_trade(void)
{
	struct market_event event = {.kind = EVENT_TRADE, .instrument = f.market.linear};
	int price = below(TICKS), quantity = 1 + below(8);
	enum side taker = below(2) ? SIDE_BUY : SIDE_SELL;
	event.u.trade.price = price_of(price);
	event.u.trade.quantity.units = quantity;
	event.u.trade.taker_side = taker;
	if (below(10) == 0)
		event.flags = EVENT_FLAG_OFF_MARKET;
	else
		model_trade(taker, price, quantity);
	market_fixture_event(&f.market, event);
}

static void step_place(void)
{
	static const enum order_type types[] = {ORDER_IOC, ORDER_LIMIT, ORDER_POST_ONLY};
	if (model.count >= 100)
		return;
	int limit = below(TICKS), quantity = 1 + below(10);
	struct order_request request = {.instrument = f.market.linear,
					.client_id = f.next_client_id++,
					.side = below(2) ? SIDE_BUY : SIDE_SELL,
					.type = types[below(3)],
					.quantity = {quantity},
					.limit = price_of(limit)};
	bool accepted = simulated_venue_place(f.venue, &request, f.market.now_ns).accepted;
	assert_int_equal(accepted, model_place(request.client_id, request.type, request.side,
					       quantity, limit));
}

static void step_cancel(void)
{
	if (model.count == 0)
		return;
	int index = below(model.count);
	assert_true(simulated_venue_cancel(f.venue, f.market.linear, model.orders[index].id,
					   f.market.now_ns)
			    .accepted);
	model_remove(index);
}

/* The venue's fills of this step, order by order and price by price, are the model's. */
static void compare(int64_t *sum)
{
	size_t fills = venue_fixture_count(&f, ACCOUNT_FILL);
	assert_int_equal(fills, model.fill_count);
	for (size_t i = 0; i < fills; i++) {
		const struct account_event *fill = venue_fixture_event(&f, ACCOUNT_FILL, i);
		bool found = false;
		for (int m = 0; m < model.fill_count; m++)
			found = found ||
				(model.fills[m].id == fill->u.fill.client_id &&
				 model.fills[m].price == fill->u.fill.price.units - FIRST_PRICE &&
				 model.fills[m].units == fill->u.fill.quantity.units &&
				 model.fills[m].maker == fill->u.fill.maker);
		assert_true(found);
		*sum += fill->u.fill.side == SIDE_BUY ? fill->u.fill.quantity.units
						      : -fill->u.fill.quantity.units;
	}
	assert_int_equal(*sum, model.position);
	assert_int_equal(simulated_venue_position(f.venue, f.market.linear).quantity.units, *sum);
}

static void run_seed(uint64_t seed)
{
	struct error err = {0};
	random_seed(&source, seed);
	memset(&model, 0, sizeof(model));
	venue_fixture_open(&f);
	struct ledger *ledger = ledger_create(f.market.instruments);
	assert_true(simulated_venue_deposit(f.venue, f.market.usdt,
					    market_fixture_money("1000000000"), FIXTURE_START));
	assert_true(ledger_book_transfer(ledger, f.market.venue, f.market.usdt,
					 market_fixture_money("1001000000"), FIXTURE_START, &err));
	connection(CONNECTION_GAP);
	int64_t sum = 0;
	size_t maker = 0, taker = 0;
	for (int step = 0; step < STEPS; step++) {
		venue_fixture_forget(&f);
		model.fill_count = 0;
		f.market.now_ns += 1000;
		switch (below(8)) {
		case 0:
		case 1:
			step_book();
			break;
		case 2:
		case 3:
		case 4:
			step_trade();
			break;
		case 5:
			step_cancel();
			break;
		default:
			step_place();
		}
		compare(&sum);
		for (size_t i = 0; i < f.event_count; i++) {
			if (f.events[i].kind != ACCOUNT_FILL)
				continue;
			maker += f.events[i].u.fill.maker;
			taker += !f.events[i].u.fill.maker;
			assert_true(ledger_book_fill(ledger, &f.events[i], 0, &err));
		}
	}
	assert_true(maker > 50 && taker > 50); /* the run was not idle */
	assert_true(ledger_balance_change(ledger, f.market.venue, f.market.usdt).e18 ==
		    simulated_venue_balance(f.venue, f.market.usdt).e18);
	ledger_free(ledger);
	venue_fixture_close(&f);
}

static void the_venue_fills_what_the_naive_model_fills(void **state)
{
	(void)state;
	const char *given = getenv("FUNDARB_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 1;
	unsigned count = given ? 1 : effort(12, "seeds of random orders");
	for (uint64_t seed = first; seed < first + count; seed++) {
		print_message("FUNDARB_SEED=%llu\n", (unsigned long long)seed);
		run_seed(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_venue_fills_what_the_naive_model_fills),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
