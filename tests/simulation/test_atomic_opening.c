/* Openings and closings of the AtomicMultiOrderExecutor when venues behave. */
#include "execution/atomic_trade.h"
#include "tests/support/trade_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct trade_leg NO_LEG = {0};

#define assert_state(end, expected)                                                                \
	assert_string_equal(trade_state_text((end)->result.state), trade_state_text(expected))

static void two_legs_filled_whole_are_done(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 100),
				 leg_of(world->btc_b, SIDE_SELL, 100));

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_string_equal(end->result.reason, "");
	assert_int_equal(end->result.legs[0].held.units, 100);
	assert_int_equal(end->result.legs[1].held.units, 100);
	assert_int_equal(position_of(world, world->btc_a), 100);
	assert_int_equal(position_of(world, world->btc_b), -100);
	/* both intents were one commit */
	assert_int_equal(world->commits, 1);
	assert_int_equal(world->most_in_one_commit, 2);
	assert_int_equal(end->result.repair_orders, 0);
	assert_true(end->result.preflight->may_open);
	trade_world_free(world);
}

static void closing_brings_both_legs_to_zero(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 100),
				 leg_of(world->btc_b, SIDE_SELL, 100));

	(void)state;
	trade_world_finish(world, end, 2000);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 100),
				leg_of(world->btc_b, SIDE_BUY, 100));
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 0);
	assert_int_equal(position_of(world, world->btc_b), 0);
	assert_true(trade_world_logged(world, "reduce-only"));
	trade_world_free(world);
}

static void one_leg_is_opened_and_closed_as_asked(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 7), NO_LEG);

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), -7);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 7), NO_LEG);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_a), 0);
	trade_world_free(world);
}

static struct trade_end *open_pair(struct trade_world *world, int64_t units)
{
	return trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, units),
				leg_of(world->btc_b, SIDE_SELL, units));
}

static void assert_refused(struct trade_world *world, struct trade_end *end, const char *why)
{
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_FLAT);
	if (!strstr(end->result.reason, why))
		fail_msg("refused by \"%s\", expected \"%s\"", end->result.reason, why);
	assert_int_equal(world->a->order_count + world->b->order_count + world->c->order_count, 0);
}

static void one_depth_read_serves_check_and_order_of_a_leg(void **state)
{
	const int64_t delays[] = {50, 400};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct trade_world_options options = trade_world_defaults();
		options.read_ns = delays[i] * NS_PER_MS;
		struct trade_world *world = trade_world_create(&options);
		struct trade_end *end = open_pair(world, 100);
		trade_world_finish(world, end, 5000);
		assert_state(end, TRADE_DONE);
		assert_int_equal(world->a->reads[READ_DEPTH], 1);
		assert_int_equal(world->b->reads[READ_DEPTH], 1);
		/* the order left when the answers were there, not later */
		assert_int_equal(world->a->orders[0].sent_ns - TRADE_WORLD_START,
				 options.read_ns + 20 * NS_PER_MS /* leverage */);
		trade_world_free(world);
	}
}

static void a_venue_slower_than_the_price_limit_costs_exactly_two_reads_a_leg(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.read_ns = 1500 * NS_PER_MS;
	struct trade_world *world = trade_world_create(&options);
	struct trade_end *end = open_pair(world, 100);

	(void)state;
	trade_world_finish(world, end, 10000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(world->a->reads[READ_DEPTH], 2);
	assert_int_equal(world->b->reads[READ_DEPTH], 2);
	trade_world_free(world);
}

static void an_intent_that_took_too_long_is_abandoned(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->commit_ns = 2 * NS_PER_SECOND;
	struct trade_end *end = open_pair(world, 100);
	assert_refused(world, end, "price_age");
	assert_int_equal(atomic_executor_running(world->executor), 0);
	trade_world_free(world);
}

static void nothing_is_sent_without_a_durable_intent(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->commits_fail = true;
	assert_refused(world, open_pair(world, 100), "durable");
	world->commits_fail = false;
	world->ids_fail = true;
	assert_refused(world, open_pair(world, 100), "no order id");
	world->ids_fail = false;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	trade_world_free(world);
}

static void leverage_is_acknowledged_before_the_first_order_and_once(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->leverage_refused = true;
	assert_refused(world, open_pair(world, 100), "preflight leverage");
	world->b->leverage_refused = false;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(world->a->commands[COMMAND_SET_LEVERAGE], 1);
	assert_int_equal(world->b->commands[COMMAND_SET_LEVERAGE], 2);
	trade_world_free(world);
}

static void what_is_unknown_refuses_an_opening(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.no_clock = true;
	struct trade_world *world = trade_world_create(&options);

	(void)state;
	assert_refused(world, open_pair(world, 100), "preflight clock: a: never measured");
	trade_world_free(world);

	world = trade_world_create(NULL);
	world->b->fail_reads[READ_BALANCES] = 1;
	assert_refused(world, open_pair(world, 100), "preflight margin: balance of b unknown");
	world->b->fail_reads[READ_POSITIONS] = 1;
	assert_refused(world, open_pair(world, 100), "preflight existing_position: leg 2: unknown");
	world->b->fail_reads[READ_ORDER_ROOM] = 1;
	assert_refused(world, open_pair(world, 100), "preflight request_budget: b: unknown");
	world->a->fail_reads[READ_OPEN_ORDERS] = 1;
	assert_refused(world, open_pair(world, 100), "preflight open_orders: leg 1: unknown");
	world->a->fail_reads[READ_DEPTH] = 2;
	assert_refused(world, open_pair(world, 100), "preflight price_age: no price of leg 1");
	trade_world_free(world);
}

static void an_instrument_that_is_held_or_ordered_on_is_not_opened(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->a->position[world->btc_a].units = 3;
	assert_refused(world, open_pair(world, 100), "existing_position: leg 1: 0.003 held");
	world->a->position[world->btc_a].units = 0;
	world->b->foreign_orders = 2;
	assert_refused(world, open_pair(world, 100), "open_orders: leg 2: 2 open orders");
	world->b->foreign_orders = 0;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	/* the venue's position report lags: our own fills are enough */
	world->a->position_lag_ns = 100 * NS_PER_SECOND;
	world->a->past_count = 0;
	world->a->position[world->btc_a].units = 0;
	end = open_pair(world, 100);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_FLAT);
	assert_non_null(strstr(end->result.reason, "existing_position"));
	trade_world_free(world);
}

static void requests_that_make_no_sense_end_flat_with_the_reason(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_request request = {.name = "bad", .trade = 1, .leg_count = 3};

	(void)state;
	assert_refused(world, trade_world_start(world, &request), "one or two legs");
	request.leg_count = 1;
	request.legs[0] = leg_of(99, SIDE_BUY, 1);
	request.closing = true; /* the test world does not note a bound for 99 */
	assert_refused(world, trade_world_start(world, &request), "no such instrument");
	request.legs[0] = leg_of(world->btc_a, SIDE_BUY, 0);
	assert_refused(world, trade_world_start(world, &request), "not positive");
	request.leg_count = 2;
	request.legs[0] = request.legs[1] = leg_of(world->btc_a, SIDE_BUY, 1);
	assert_refused(world, trade_world_start(world, &request), "same instrument");
	world->clients.by_venue[instrument_get(world->instruments, world->btc_b)->venue] = NULL;
	assert_refused(world, open_pair(world, 1), "not connected");
	world->clients.by_venue[instrument_get(world->instruments, world->btc_b)->venue] =
		&world->b->client;
	/* one owner per instrument while a trade runs */
	struct trade_end *first = open_pair(world, 10);
	struct trade_end *second = open_pair(world, 10);
	trade_world_finish(world, first, 2000);
	assert_state(first, TRADE_DONE);
	assert_state(second, TRADE_FLAT);
	assert_non_null(strstr(second->result.reason, "another running trade"));
	trade_world_free(world);
}

static void a_venue_whose_request_budget_is_used_up_is_not_opened_on_but_closed(void **state)
{
	(void)state;
	struct trade_world *world = trade_world_create(NULL);
	world->b->order_room = 1;
	assert_refused(world, open_pair(world, 100), "request_budget");
	world->b->order_room = 2;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	world->b->order_room = 0;
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 100),
				leg_of(world->btc_b, SIDE_BUY, 100));
	trade_world_finish(world, end, 20000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->btc_b), 0);
	trade_world_free(world);
}

static void both_legs_on_one_side_are_refused(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	assert_refused(world,
		       trade_world_open(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_BUY, 10),
					leg_of(world->btc_b, SIDE_BUY, 10)),
		       "preflight equal_exposure: both legs buy");
	trade_world_free(world);
}

static void a_limit_never_goes_beyond_the_loss_budget(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.executor.price_cap_bp = 1000;
	struct trade_world *world = trade_world_create(&options);
	struct trade_end *end = open_pair(world, 100);

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	/* 20 bp of 60000.1 up, of 60000.0 down */
	assert_int_equal(world->a->orders[0].request.limit.units, 601201);
	assert_int_equal(world->b->orders[0].request.limit.units, 598800);
	trade_world_free(world);
}

static void a_book_that_moved_after_the_check_fills_nothing_beyond_the_limit(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, 100);

	(void)state;
	trade_world_run(world, 60);
	/* both books ran away before the orders arrive */
	hostile_book(world->a, world->btc_a, 603000, 603001, 100000, 4);
	hostile_book(world->b, world->btc_b, 597000, 597001, 100000, 4);
	trade_world_finish(world, end, 5000);
	assert_state(end, TRADE_FLAT);
	assert_string_equal(end->result.reason, "nothing filled");
	assert_int_equal(world->a->fill_count + world->b->fill_count, 0);
	trade_world_free(world);
}

static void spot_holds_what_its_fee_leaves_and_its_dust_blocks_nothing(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end =
		trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_BUY, 16200),
				 leg_of(world->inverse, SIDE_SELL, 97));

	(void)state;
	trade_world_finish(world, end, 3000);
	assert_state(end, TRADE_DONE);
	/* 0.162 BTC - 5 bp = 0.161919, of which lots of 0.00001 can be sold */
	assert_int_equal(end->result.legs[0].filled.units, 16200);
	assert_int_equal(end->result.legs[0].held.units, 16191);
	assert_int_equal(end->result.legs[1].held.units, 97);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->spot, SIDE_SELL, 16191),
				leg_of(world->inverse, SIDE_BUY, 97));
	trade_world_finish(world, end, 3000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(position_of(world, world->inverse), 0);
	end = trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_BUY, 16200),
			       leg_of(world->inverse, SIDE_SELL, 97));
	trade_world_finish(world, end, 3000);
	assert_state(end, TRADE_DONE);
	trade_world_free(world);
}

static void spot_is_never_sold_short(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	assert_refused(
		world,
		trade_world_open(world, TACTIC_IOC, leg_of(world->spot, SIDE_SELL, 100), NO_LEG),
		"preflight rules: spot sold short");
	trade_world_free(world);
}

static void legs_are_sent_so_that_they_match_together(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->entry_ns = 310 * NS_PER_MS;
	struct trade_end *end = open_pair(world, 100);
	trade_world_finish(world, end, 3000);
	assert_int_equal(end->result.match_gap_ns, 300 * NS_PER_MS);
	/* 0.1 BTC unhedged for 0.3 s at 60000.1 */
	assert_int_equal((int64_t)(end->result.exposure_seconds.e18 / (MONEY_ONE / 1000)), 1800003);
	end = trade_world_close(world, TACTIC_IOC, leg_of(world->btc_a, SIDE_SELL, 100),
				leg_of(world->btc_b, SIDE_BUY, 100));
	trade_world_finish(world, end, 3000);
	/* the delays are known now: a's order waits for b's */
	assert_int_equal(end->result.match_gap_ns, 0);
	assert_int_equal(world->a->orders[1].sent_ns - world->b->orders[1].sent_ns,
			 300 * NS_PER_MS);
	assert_int_equal((int64_t)end->result.exposure_seconds.e18, 0);
	trade_world_free(world);
}

static void the_price_of_the_later_leg_is_compared_with_its_decision(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	world->b->entry_ns = 100 * NS_PER_MS;
	struct trade_end *end = open_pair(world, 100);
	trade_world_run(world, 90);
	hostile_book(world->b, world->btc_b, 599940, 599941, 100000, 4); /* 1 bp down */
	trade_world_finish(world, end, 3000);
	assert_state(end, TRADE_DONE);
	assert_int_equal(end->result.match_gap_bp_e2, 100); /* we sell: against us */
	trade_world_free(world);
}

static void orders_are_known_by_trade_from_their_intent_until_long_after(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct trade_end *end = open_pair(world, 100);
	venue_id a = instrument_get(world->instruments, world->btc_a)->venue;
	venue_id b = instrument_get(world->instruments, world->btc_b)->venue;

	(void)state;
	world->commit_ns = 100 * NS_PER_MS;
	while (world->commits == 0)
		trade_world_run(world, 1);
	assert_int_equal(world->a->order_count, 0);
	assert_int_equal(atomic_executor_trade_of(world->executor, a, 1), 1);
	trade_world_finish(world, end, 2000);
	trade_world_run(world, 3600 * 1000);
	assert_int_equal(atomic_executor_trade_of(world->executor, a, 1), 1);
	assert_int_equal(atomic_executor_trade_of(world->executor, b, 2), 1);
	assert_int_equal(atomic_executor_trade_of(world->executor, b, 1), 0);
	assert_int_equal(atomic_executor_trade_of(world->executor, a, 3), 0);
	assert_int_equal(atomic_executor_trade_of(world->executor, a, 0), 0);
	trade_world_free(world);
}

static void no_more_than_the_named_number_of_trades_run_at_once(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	char symbol[16];

	(void)state;
	for (int i = 0; i <= ATOMIC_TRADES_MAX; i++) {
		struct instrument terms = *instrument_get(world->instruments, world->btc_a);
		struct instrument_revision first =
			*instrument_latest(world->instruments, world->btc_a);
		snprintf(symbol, sizeof(symbol), "COIN%d", i);
		snprintf(terms.symbol, sizeof(terms.symbol), "%s", symbol);
		struct trade_request request = {
			.trade = (uint32_t)i + 1, .leg_count = 1, .closing = true};
		request.legs[0] =
			leg_of(instrument_table_add(world->instruments, &terms, &first, NULL),
			       SIDE_BUY, 1);
		struct trade_end *end = trade_world_start(world, &request);
		if (i < ATOMIC_TRADES_MAX)
			continue;
		assert_int_equal(atomic_executor_running(world->executor), ATOMIC_TRADES_MAX);
		trade_world_run(world, 1);
		assert_int_equal(end->completions, 1);
		assert_string_equal(end->result.reason, "too many trades run at once");
	}
	trade_world_free(world);
}

static void exposure_caps_count_what_is_already_held(void **state)
{
	struct trade_world_options options = trade_world_defaults();
	options.executor.limits.maximum_notional_total.e18 = 20000 * MONEY_ONE;
	struct trade_world *world = trade_world_create(&options);
	struct trade_end *end = open_pair(world, 100); /* 2 x 6,000 */

	(void)state;
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_DONE);
	end = trade_world_open(world, TACTIC_IOC, leg_of(world->inverse, SIDE_BUY, 90), NO_LEG);
	trade_world_finish(world, end, 2000);
	assert_state(end, TRADE_FLAT);
	assert_non_null(strstr(end->result.reason, "exposure_caps: total 21000"));
	trade_world_free(world);
}

static void a_liquidation_is_counted_as_held(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct account_event fill = {
		.kind = ACCOUNT_FILL,
		.venue = instrument_get(world->instruments, world->btc_a)->venue,
		.instrument = world->btc_a,
		.u.fill = {.trade_id = "liq", .side = SIDE_BUY, .price = {600000}, .quantity = {5}},
	};

	(void)state;
	atomic_executor_account_event(world->executor, &fill);
	assert_refused(world, open_pair(world, 100), "existing_position: leg 1");
	trade_world_free(world);
}

static void volatility_is_learnt_from_market_events(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	const struct volatility *volatility = &world->executor->volatility;
	struct market_event event = {
		.local_ns = TRADE_WORLD_START,
		.instrument = world->btc_a,
		.venue = instrument_get(world->instruments, world->btc_a)->venue,
		.kind = EVENT_BBO,
		.u.bbo = {{{600000}, {5}}, {{600010}, {5}}},
	};
	i128 before = volatility_move(volatility, world->btc_a, NS_PER_SECOND);

	(void)state;
	for (int i = 0; i < 50; i++) { /* 5 bp a second */
		atomic_executor_market_event(world->executor, &event);
		event.local_ns += NS_PER_SECOND;
		event.u.bbo.bid.price.units += 300;
		event.u.bbo.ask.price.units += 300;
	}
	i128 after = volatility_move(volatility, world->btc_a, NS_PER_SECOND);
	assert_true(before == MONEY_ONE / 10000);
	assert_true(after > 4 * before && after < 6 * before);
	trade_world_free(world);
}

static void volatility_is_learnt_from_whole_books_only(void **state)
{
	struct trade_world *world = trade_world_create(NULL);
	struct book_level bid = {{600000}, {5}}, ask = {{600010}, {5}};
	struct market_event event = {
		.instrument = world->btc_a,
		.venue = instrument_get(world->instruments, world->btc_a)->venue,
		.flags = EVENT_FLAG_SNAPSHOT | EVENT_FLAG_KEYFRAME, /* synced by it */
	};

	(void)state;
	for (int i = 0; i <= 10; i++) {
		event.local_ns = TRADE_WORLD_START + i * NS_PER_SECOND;
		event.kind = EVENT_BOOK;
		event.u.book.bids = &bid;
		event.u.book.asks = &ask;
		event.u.book.bid_count = event.u.book.ask_count = 1;
		market_state_apply(world->market, &event);
		if (i == 10) {
			/* a book that lost messages is not looked at */
			event.kind = EVENT_CONNECTION;
			event.u.connection.state = CONNECTION_GAP;
			market_state_apply(world->market, &event);
			event.kind = EVENT_BOOK;
		}
		int64_t sampled = world->executor->volatility.samples[world->btc_a].at_ns;
		atomic_executor_market_event(world->executor, &event);
		assert_true(i == 10 ? world->executor->volatility.samples[world->btc_a].at_ns ==
					      sampled
				    : world->executor->volatility.samples[world->btc_a].at_ns ==
					      event.local_ns);
		bid.price.units += 10;
		ask.price.units += 10;
	}
	trade_world_free(world);
}

static void an_opening_at_the_end_of_its_world_leaves_nothing_behind(void **state)
{
	struct trade_world *world = trade_world_create(NULL);

	(void)state;
	open_pair(world, 100);
	/* freed while reads are under way: the scheduler runs no more */
	trade_world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_legs_filled_whole_are_done),
		cmocka_unit_test(closing_brings_both_legs_to_zero),
		cmocka_unit_test(one_leg_is_opened_and_closed_as_asked),
		cmocka_unit_test(one_depth_read_serves_check_and_order_of_a_leg),
		cmocka_unit_test(a_venue_slower_than_the_price_limit_costs_exactly_two_reads_a_leg),
		cmocka_unit_test(an_intent_that_took_too_long_is_abandoned),
		cmocka_unit_test(nothing_is_sent_without_a_durable_intent),
		cmocka_unit_test(leverage_is_acknowledged_before_the_first_order_and_once),
		cmocka_unit_test(what_is_unknown_refuses_an_opening),
		cmocka_unit_test(an_instrument_that_is_held_or_ordered_on_is_not_opened),
		cmocka_unit_test(requests_that_make_no_sense_end_flat_with_the_reason),
		cmocka_unit_test(
			a_venue_whose_request_budget_is_used_up_is_not_opened_on_but_closed),
		cmocka_unit_test(both_legs_on_one_side_are_refused),
		cmocka_unit_test(a_limit_never_goes_beyond_the_loss_budget),
		cmocka_unit_test(a_book_that_moved_after_the_check_fills_nothing_beyond_the_limit),
		cmocka_unit_test(spot_holds_what_its_fee_leaves_and_its_dust_blocks_nothing),
		cmocka_unit_test(spot_is_never_sold_short),
		cmocka_unit_test(legs_are_sent_so_that_they_match_together),
		cmocka_unit_test(the_price_of_the_later_leg_is_compared_with_its_decision),
		cmocka_unit_test(orders_are_known_by_trade_from_their_intent_until_long_after),
		cmocka_unit_test(no_more_than_the_named_number_of_trades_run_at_once),
		cmocka_unit_test(exposure_caps_count_what_is_already_held),
		cmocka_unit_test(a_liquidation_is_counted_as_held),
		cmocka_unit_test(volatility_is_learnt_from_market_events),
		cmocka_unit_test(volatility_is_learnt_from_whole_books_only),
		cmocka_unit_test(an_opening_at_the_end_of_its_world_leaves_nothing_behind),
	};
	return cmocka_run_group_tests_name("atomic opening", tests, NULL, NULL);
}
