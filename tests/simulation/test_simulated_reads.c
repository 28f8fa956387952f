/* What the simulated client answers to reads: as of the entry latency, whole, or unknown. */
#include "tests/simulation/client_world.h"

static struct read_result seen;
static struct book_level seen_levels[8];
static struct market_event seen_events[4];
static struct account_event seen_account[8];
static struct balance_value seen_balances[4];
static struct position_value seen_positions[4];
static int64_t seen_at;
static unsigned reads_done;

static void on_read(void *user, const struct read_result *result)
{
	(void)user;
	seen = *result;
	seen_at = scheduler_now(scheduler);
	reads_done++;
	if (result->outcome != READ_VALUE)
		return;
	if (result->kind == READ_DEPTH || result->kind == READ_BBO) {
		uint32_t count = result->u.depth.ask_count < 4 ? result->u.depth.ask_count : 4;
		memcpy(seen_levels, result->u.depth.asks, count * sizeof(seen_levels[0]));
		count = result->u.depth.bid_count < 4 ? result->u.depth.bid_count : 4;
		memcpy(seen_levels + 4, result->u.depth.bids, count * sizeof(seen_levels[0]));
	} else if (result->kind == READ_FUNDING || result->kind == READ_FUNDING_HISTORY) {
		memcpy(seen_events, result->u.funding.events,
		       result->u.funding.count * sizeof(seen_events[0]));
	} else if (result->kind == READ_BALANCES) {
		memcpy(seen_balances, result->u.balances.values,
		       result->u.balances.count * sizeof(seen_balances[0]));
	} else if (result->kind == READ_POSITIONS) {
		memcpy(seen_positions, result->u.positions.values,
		       result->u.positions.count * sizeof(seen_positions[0]));
	} else if (result->kind == READ_ORDER || result->kind == READ_OPEN_ORDERS ||
		   result->kind == READ_FILLS || result->kind == READ_FUNDING_PAYMENTS) {
		size_t count = result->u.events.count < 8 ? result->u.events.count : 8;
		memcpy(seen_account, result->u.events.events, count * sizeof(seen_account[0]));
	}
}

static enum read_outcome ask(struct read_request request)
{
	unsigned before = reads_done;
	exchange_read(client, &request, NEVER, on_read, NULL);
	assert_int_equal(reads_done, before);
	run_until(scheduler_now(scheduler) + 20 * MS);
	assert_int_equal(reads_done, before + 1);
	assert_int_equal(seen.kind, request.kind);
	assert_int_equal(seen.instrument, request.instrument);
	return seen.outcome;
}

static enum read_outcome ask_kind(enum read_kind kind, instrument_id instrument)
{
	return ask((struct read_request){.kind = kind, .instrument = instrument});
}

static void a_read_samples_the_book_after_the_entry_latency(void **state)
{
	(void)state;
	struct read_request request = {.kind = READ_DEPTH, .instrument = market.linear};
	exchange_read(client, &request, NEVER, on_read, NULL);
	run_until(START + 109 * MS);
	market_fixture_diff(&market, market.linear, "| 60000.1x9");
	run_until(START + 111 * MS);
	market_fixture_diff(&market, market.linear, "| 60000.1x8");
	run_until(START + 130 * MS);
	assert_int_equal(seen.outcome, READ_VALUE);
	assert_int_equal(seen_at, START + 117 * MS);
	assert_int_equal(seen.u.depth.requested_ns, START + 100 * MS);
	assert_int_equal(seen_levels[0].quantity.units, 9000);
	assert_int_equal(seen.u.depth.ask_count, 3);
	assert_int_equal(seen.u.depth.bid_count, 2);
	assert_int_equal(seen_levels[4].price.units, 600000);
}

static void depth_is_cut_as_asked_and_bbo_is_its_top(void **state)
{
	(void)state;
	assert_int_equal(ask((struct read_request){
				 .kind = READ_DEPTH, .instrument = market.linear, .depth = 2}),
			 READ_VALUE);
	assert_int_equal(seen.u.depth.ask_count, 2);
	assert_int_equal(ask_kind(READ_BBO, market.linear), READ_VALUE);
	assert_int_equal(seen.u.depth.ask_count, 1);
	assert_int_equal(seen.u.depth.bid_count, 1);
	assert_int_equal(seen_levels[0].price.units, 600001);
}

static void depth_is_bounded_at_a_thousand_levels(void **state)
{
	(void)state;
	for (int i = 0; i < 1200; i++) {
		char text[48];
		snprintf(text, sizeof(text), "| %d.%dx1", 61000 + i / 10, i % 10);
		market_fixture_diff(&market, market.linear, text);
	}
	ask_kind(READ_DEPTH, market.linear);
	assert_int_equal(seen.u.depth.ask_count, 1000);
}

static void a_book_that_is_not_synced_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(ask_kind(READ_DEPTH, market.inverse), READ_UNKNOWN);
	market_fixture_gap(&market, market.linear);
	assert_int_equal(ask_kind(READ_BBO, market.linear), READ_UNKNOWN);
}

static void own_orders_and_consumption_are_not_in_a_depth_read(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	place(order(2, ORDER_LIMIT, SIDE_BUY, "1", "60000.0"), NEVER);
	run_until(START + 150 * MS);
	ask_kind(READ_DEPTH, market.linear);
	assert_int_equal(seen_levels[0].quantity.units, 1000);
	assert_int_equal(seen_levels[4].quantity.units, 2000);
}

static void reads_that_were_told_to_fail_are_unknown_and_counted(void **state)
{
	(void)state;
	simulated_client_fail_reads(client, READ_DEPTH, 2);
	assert_int_equal(ask_kind(READ_BBO, market.linear), READ_VALUE);
	assert_int_equal(ask_kind(READ_DEPTH, market.linear), READ_UNKNOWN);
	assert_int_equal(ask_kind(READ_DEPTH, market.linear), READ_UNKNOWN);
	assert_int_equal(ask_kind(READ_DEPTH, market.linear), READ_VALUE);
	assert_int_equal(simulated_client_reads(client, READ_DEPTH), 3);
	assert_int_equal(simulated_client_reads(client, READ_BBO), 1);
	assert_int_equal(simulated_client_reads(client, READ_MARK), 0);
}

static void a_read_given_up_on_is_unknown_at_that_moment(void **state)
{
	(void)state;
	struct read_request request = {.kind = READ_DEPTH, .instrument = market.linear};
	exchange_read(client, &request, START + 112 * MS, on_read, NULL);
	run_until(START + 200 * MS);
	assert_int_equal(seen.outcome, READ_UNKNOWN);
	assert_int_equal(seen_at, START + 112 * MS);
}

static void funding_now_tells_estimate_and_last_settlement(void **state)
{
	(void)state;
	assert_int_equal(ask_kind(READ_FUNDING, market.linear), READ_ABSENT);
	market_fixture_funding(&market, market.linear, FUNDING_ESTIMATE, "0.0001",
			       FIXTURE_BOUNDARY);
	assert_int_equal(ask_kind(READ_FUNDING, market.linear), READ_VALUE);
	assert_int_equal(seen.u.funding.count, 1);
	assert_int_equal(seen_events[0].u.funding.kind, FUNDING_ESTIMATE);
	assert_int_equal(seen_events[0].u.funding.boundary_ns, FIXTURE_BOUNDARY);
	assert_int_equal(seen_events[0].u.funding.interval_ns, 8 * NS_PER_HOUR);
	assert_int_equal(seen_events[0].local_ns, seen_at);
	int64_t previous = FIXTURE_BOUNDARY - 8 * NS_PER_HOUR;
	market_fixture_funding(&market, market.linear, FUNDING_SETTLED, "0.0002", previous);
	ask_kind(READ_FUNDING, market.linear);
	assert_int_equal(seen.u.funding.count, 2);
	assert_int_equal(seen_events[0].u.funding.kind, FUNDING_SETTLED);
	assert_int_equal(seen_events[0].u.funding.boundary_ns, previous);
	assert_true(seen_events[0].u.funding.rate.e18 == RATE_ONE / 10000 * 2);
}

static void funding_history_lists_settled_rates_since_a_time(void **state)
{
	(void)state;
	int64_t hour = 8 * NS_PER_HOUR;
	for (int i = 3; i >= 1; i--)
		market_fixture_funding(&market, market.linear, FUNDING_SETTLED, "0.0002",
				       FIXTURE_BOUNDARY - i * hour);
	ask((struct read_request){.kind = READ_FUNDING_HISTORY,
				  .instrument = market.linear,
				  .since_ns = FIXTURE_BOUNDARY - 2 * hour});
	assert_int_equal(seen.u.funding.count, 2);
	assert_int_equal(seen_events[0].u.funding.boundary_ns, FIXTURE_BOUNDARY - 2 * hour);
	assert_int_equal(seen_events[1].u.funding.boundary_ns, FIXTURE_BOUNDARY - hour);
	assert_int_equal(ask_kind(READ_FUNDING_HISTORY, market.inverse), READ_VALUE);
	assert_int_equal(seen.u.funding.count, 0);
}

static void market_figures_are_told_or_absent(void **state)
{
	(void)state;
	assert_int_equal(ask_kind(READ_MARK, market.linear), READ_ABSENT);
	market_fixture_mark(&market, market.linear, "60001", START + 5);
	assert_int_equal(ask_kind(READ_MARK, market.linear), READ_VALUE);
	assert_true(seen.u.mark.u.mark.mark.e18 == market_fixture_money("60001").e18);
	assert_int_equal(seen.u.mark.exch_ns, START + 5);
	assert_int_equal(seen.u.mark.local_ns, seen_at);
	assert_int_equal(ask_kind(READ_OPEN_INTEREST, market.linear), READ_ABSENT);
	struct market_event event = {.kind = EVENT_OPEN_INTEREST, .instrument = market.linear};
	event.u.open_interest.quantity.units = 77;
	market_fixture_event(&market, event);
	assert_int_equal(ask_kind(READ_OPEN_INTEREST, market.linear), READ_VALUE);
	assert_int_equal(seen.u.open_interest.units, 77);
	assert_int_equal(ask_kind(READ_VOLUME, market.linear), READ_ABSENT);
	assert_int_equal(ask_kind(READ_MARK, 99), READ_ABSENT);
	assert_int_equal(ask_kind(READ_INSTRUMENTS, 0), READ_VALUE);
	assert_int_equal(seen.u.instruments.count, 3);
	assert_int_equal(ask_kind(READ_FEES, market.linear), READ_VALUE);
	assert_true(seen.u.fees.taker.e18 == RATE_ONE / 10000 * 5);
	market_fixture_clock(&market, 123 * MS);
	assert_int_equal(ask_kind(READ_SERVER_TIME, 0), READ_VALUE);
	assert_int_equal(seen.u.server_time_ns, seen_at - RESPONSE + 123 * MS);
}

static void the_account_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(ask_kind(READ_POSITIONS, 0), READ_VALUE);
	assert_int_equal(seen.u.positions.count, 0);
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	place(order(2, ORDER_LIMIT, SIDE_BUY, "1", "59000"), NEVER);
	run_until(scheduler_now(scheduler) + 50 * MS);
	ask_kind(READ_BALANCES, 0);
	assert_int_equal(seen.u.balances.count, 2);
	assert_int_equal(seen_balances[0].asset, market.usdt);
	assert_true(seen_balances[0].total.e18 == market_fixture_money("999969.99995").e18);
	assert_true(seen_balances[0].available.e18 < seen_balances[0].total.e18);
	ask_kind(READ_POSITIONS, 0);
	assert_int_equal(seen.u.positions.count, 1);
	assert_int_equal(seen_positions[0].quantity.units, 1000);
	ask_kind(READ_POSITIONS, market.inverse);
	assert_int_equal(seen.u.positions.count, 1);
	assert_int_equal(seen_positions[0].quantity.units, 0);
	assert_int_equal(seen_positions[0].leverage, 3);
	assert_int_equal(ask_kind(READ_LEVERAGE, market.inverse), READ_VALUE);
	assert_int_equal(seen.u.leverage.leverage, 3);
	assert_int_equal(seen.u.leverage.mode, MARGIN_CROSS);
	assert_int_equal(ask_kind(READ_LEVERAGE, market.spot), READ_ABSENT);
	ask_kind(READ_OPEN_ORDERS, 0);
	assert_int_equal(seen.u.events.count, 1);
	assert_int_equal(seen_account[0].u.order.client_id, 2);
	assert_int_equal(ask((struct read_request){.kind = READ_ORDER, .client_id = 1}),
			 READ_VALUE);
	assert_int_equal(seen_account[0].u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(ask((struct read_request){.kind = READ_ORDER, .client_id = 9}),
			 READ_ABSENT);
	ask((struct read_request){.kind = READ_FILLS, .since_ns = START});
	assert_int_equal(seen.u.events.count, 1);
	ask((struct read_request){.kind = READ_FILLS, .since_ns = START + NS_PER_HOUR});
	assert_int_equal(seen.u.events.count, 0);
	ask_kind(READ_FUNDING_PAYMENTS, 0);
	assert_int_equal(seen.u.events.count, 0);
}

static void long_histories_are_read_whole(void **state)
{
	(void)state;
	market_fixture_book(&market, market.linear, "60000.0x900 | 60000.1x900");
	for (uint32_t id = 1; id <= 300; id++) {
		struct order_request request = order(id, ORDER_IOC, SIDE_BUY, "0.001", "60000.1");
		simulated_venue_place(simulated_client_venue(client), &request,
				      scheduler_now(scheduler));
	}
	ask_kind(READ_FILLS, 0);
	assert_int_equal(seen.u.events.count, 300);
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_read_samples_the_book_after_the_entry_latency),
		T(depth_is_cut_as_asked_and_bbo_is_its_top),
		T(depth_is_bounded_at_a_thousand_levels),
		T(a_book_that_is_not_synced_is_unknown),
		T(own_orders_and_consumption_are_not_in_a_depth_read),
		T(reads_that_were_told_to_fail_are_unknown_and_counted),
		T(a_read_given_up_on_is_unknown_at_that_moment),
		T(funding_now_tells_estimate_and_last_settlement),
		T(funding_history_lists_settled_rates_since_a_time),
		T(market_figures_are_told_or_absent),
		T(the_account_can_be_read),
		T(long_histories_are_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
