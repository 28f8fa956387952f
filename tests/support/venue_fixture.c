#include "tests/support/venue_fixture.h"

#include "core/base/decimal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BOOK "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5"

static void keep(void *user, const struct account_event *event)
{
	struct venue_fixture *fixture = user;
	assert_true(fixture->event_count < VENUE_FIXTURE_EVENTS);
	fixture->events[fixture->event_count++] = *event;
}

static void hand_on(void *user, const struct market_event *event)
{
	struct venue_fixture *fixture = user;
	simulated_venue_market(fixture->venue, event, fixture->market.now_ns);
}

void venue_fixture_open_with(struct venue_fixture *fixture, struct simulated_venue_options options)
{
	*fixture = (struct venue_fixture){.next_client_id = 1};
	market_fixture_open(&fixture->market);
	fixture->events = calloc(VENUE_FIXTURE_EVENTS, sizeof(*fixture->events));
	assert_non_null(fixture->events);
	options.venue = fixture->market.venue;
	fixture->venue = simulated_venue_create(&options, fixture->market.instruments,
						fixture->market.state, keep, fixture);
	assert_non_null(fixture->venue);
	fixture->market.after = hand_on;
	fixture->market.user = fixture;
	market_fixture_book(&fixture->market, fixture->market.linear, BOOK);
	market_fixture_book(&fixture->market, fixture->market.inverse, BOOK);
	market_fixture_book(&fixture->market, fixture->market.spot, BOOK);
	assert_true(simulated_venue_deposit(fixture->venue, fixture->market.usdt,
					    market_fixture_money("1000000"), FIXTURE_START));
	assert_true(simulated_venue_deposit(fixture->venue, fixture->market.btc,
					    market_fixture_money("100"), FIXTURE_START));
	venue_fixture_forget(fixture);
}

void venue_fixture_open(struct venue_fixture *fixture)
{
	venue_fixture_open_with(fixture, (struct simulated_venue_options){.default_leverage = 3});
}

void venue_fixture_close(struct venue_fixture *fixture)
{
	simulated_venue_free(fixture->venue);
	market_fixture_close(&fixture->market);
	free(fixture->events);
}

void venue_fixture_forget(struct venue_fixture *fixture)
{
	fixture->event_count = 0;
}

struct order_request venue_fixture_request(struct venue_fixture *fixture, instrument_id id,
					   enum order_type type, enum side side,
					   const char *quantity, const char *limit)
{
	struct order_request request = {
		.instrument = id,
		.client_id = fixture->next_client_id++,
		.side = side,
		.type = type,
		.quantity = market_fixture_quantity(&fixture->market, id, quantity)};
	if (limit)
		request.limit = market_fixture_price(&fixture->market, id, limit);
	return request;
}

struct simulated_answer venue_fixture_place(struct venue_fixture *fixture, instrument_id id,
					    enum order_type type, enum side side,
					    const char *quantity, const char *limit)
{
	struct order_request request =
		venue_fixture_request(fixture, id, type, side, quantity, limit);
	return simulated_venue_place(fixture->venue, &request, fixture->market.now_ns);
}

struct simulated_answer venue_fixture_reduce(struct venue_fixture *fixture, instrument_id id,
					     enum order_type type, enum side side,
					     const char *quantity, const char *limit)
{
	struct order_request request =
		venue_fixture_request(fixture, id, type, side, quantity, limit);
	request.reduce_only = true;
	return simulated_venue_place(fixture->venue, &request, fixture->market.now_ns);
}

size_t venue_fixture_count(const struct venue_fixture *fixture, enum account_event_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < fixture->event_count; i++)
		count += fixture->events[i].kind == kind;
	return count;
}

const struct account_event *venue_fixture_event(const struct venue_fixture *fixture,
						enum account_event_kind kind, size_t n)
{
	size_t seen = 0;
	for (size_t i = 0; i < fixture->event_count; i++)
		if (fixture->events[i].kind == kind && seen++ == n)
			return &fixture->events[i];
	fail_msg("only %zu events of kind %d", seen, kind);
	return NULL;
}

void venue_fixture_expect_fill(const struct venue_fixture *fixture, size_t n, enum side side,
			       const char *quantity, const char *price)
{
	const struct account_event *fill = venue_fixture_event(fixture, ACCOUNT_FILL, n);
	assert_string_equal(side_text(fill->u.fill.side), side_text(side));
	assert_int_equal(
		fill->u.fill.quantity.units,
		market_fixture_quantity(&fixture->market, fill->instrument, quantity).units);
	assert_int_equal(fill->u.fill.price.units,
			 market_fixture_price(&fixture->market, fill->instrument, price).units);
}

void venue_fixture_expect_order(const struct venue_fixture *fixture, enum order_state state,
				enum reject_reason reason, const char *executed)
{
	size_t count = venue_fixture_count(fixture, ACCOUNT_ORDER);
	assert_true(count > 0);
	const struct account_event *order = venue_fixture_event(fixture, ACCOUNT_ORDER, count - 1);
	assert_int_equal(order->u.order.state, state);
	assert_string_equal(reject_reason_text(order->u.order.reason), reject_reason_text(reason));
	assert_int_equal(
		order->u.order.executed.units,
		market_fixture_quantity(&fixture->market, order->instrument, executed).units);
}

void venue_fixture_expect_money(struct money actual, const char *expected)
{
	char text[DECIMAL_TEXT_MAX], wanted[DECIMAL_TEXT_MAX];
	money_format(actual, text, sizeof(text));
	money_format(market_fixture_money(expected), wanted, sizeof(wanted));
	assert_string_equal(text, wanted);
}

void venue_fixture_expect_balance(const struct venue_fixture *fixture, asset_id asset,
				  const char *amount)
{
	venue_fixture_expect_money(simulated_venue_balance(fixture->venue, asset), amount);
}

void venue_fixture_expect_position(const struct venue_fixture *fixture, instrument_id id,
				   const char *quantity)
{
	assert_int_equal(simulated_venue_position(fixture->venue, id).quantity.units,
			 market_fixture_quantity(&fixture->market, id, quantity).units);
}
