#include "tests/simulation/strategy_world.h"

#define OPENED "2024-08-08T12:10:00Z"

/* Open long coinm, short usdm at 30 bp a settlement; nothing else listed unless asked. */
static struct world *open_world(struct world *world)
{
	world->options.minimum_hold_ns = 10 * NS_PER_MINUTE;
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_mark(world, world->usdm, "60000");
	world_mark(world, world->coinm, "60000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world_position(world, 0)->state, POSITION_OPEN);
	return world;
}

static struct world *world_of_pair(void)
{
	struct world *world = world_create(OPENED);
	world_list(world, world->usdm, world->coinm);
	return world;
}

static void assert_closed(const struct world *world, enum exit_reason reason, const char *number,
			  const char *limit)
{
	const struct position *position = world_position(world, 0);
	assert_string_equal(exit_reason_text(position->exit_reason), exit_reason_text(reason));
	assert_string_equal(position->exit_number, number);
	assert_string_equal(position->exit_limit, limit);
	assert_int_equal(position->state, POSITION_CLOSED);
	assert_true(world->requests[1].closing);
	assert_int_equal(world->requests[1].trade, position->trade);
	assert_int_equal(world->requests[1].legs[0].side, SIDE_SELL);
	assert_int_equal(world->requests[1].legs[1].side, SIDE_BUY);
}

static void an_edge_that_lasts_is_held(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 20 * NS_PER_HOUR);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world_position(world, 0)->state, POSITION_OPEN);
	world_free(world);
}

static void flip_closes_after_confirmations_and_minimum_hold(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_estimate(world, world->usdm, "-0.0002");
	world_run_quietly(world, 9 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	world_run_quietly(world, NS_PER_MINUTE + NS_PER_SECOND);
	assert_closed(world, EXIT_FUNDING_FLIP, "-2.00 bp per 8 h expected",
		      "-1.00 bp per 8 h in 3 checks");
	world_free(world);
}

static void flip_needs_consecutive_checks(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.exit_confirmations = 5;
	open_world(world);
	world_run_quietly(world, 11 * NS_PER_MINUTE);
	for (int i = 0; i < 10; i++) {
		world_estimate(world, world->usdm, "-0.0002");
		world_run_for(world, 3 * NS_PER_SECOND);
		world_estimate(world, world->usdm, "0.0002");
		world_run_for(world, 2 * NS_PER_SECOND);
	}
	assert_int_equal(world->request_count, 1);
	world_estimate(world, world->usdm, "-0.0002");
	world_run_for(world, 6 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	world_free(world);
}

/* A rush of events must not count as a rush of confirmations. */
static void events_do_not_confirm(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 11 * NS_PER_MINUTE);
	world_run_for(world, 100 * NS_PER_MS);
	for (int i = 0; i < 20; i++) {
		world_estimate(world, world->usdm, i % 2 ? "-0.0002" : "-0.0003");
		world_run_for(world, 10 * NS_PER_MS);
	}
	assert_int_equal(world->request_count, 1);
	world_run_for(world, 4 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	world_free(world);
}

static void edge_gone_closes_on_remaining_funding(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.exit_edge_bp = 1;
	open_world(world);
	world_estimate(world, world->usdm, "0.00001");
	world_run_quietly(world, 11 * NS_PER_MINUTE);
	const struct position *position = world_position(world, 0);
	assert_int_equal(position->exit_reason, EXIT_EDGE_GONE);
	assert_string_equal(position->exit_limit, "1.00 bp in 3 checks");
	assert_non_null(strstr(position->exit_number, " bp expected in the next 168 h"));
	assert_int_equal(position->state, POSITION_CLOSED);
	world_free(world);
}

static void unknown_or_old_funding_holds(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_estimate(world, world->usdm, "-0.0002");
	world_run_for(world, 14 * NS_PER_MINUTE); /* usdm's estimate is still young: it closes */
	assert_int_equal(world->request_count, 2);
	world_free(world);

	world = world_of_pair();
	world->options.minimum_hold_ns = 20 * NS_PER_MINUTE;
	world->options.maximum_funding_age_ns = 10 * NS_PER_MINUTE;
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2 * NS_PER_SECOND);
	world_estimate(world, world->usdm, "-0.0002");
	world_run_for(world, 3 * NS_PER_HOUR);
	assert_int_equal(world->request_count, 1);
	world_free(world);
}

static void age_closes_without_confirmation(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.maximum_age_ns = 2 * NS_PER_HOUR;
	open_world(world);
	world_run_quietly(world, 119 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	world_run_quietly(world, 2 * NS_PER_MINUTE);
	assert_closed(world, EXIT_MAXIMUM_AGE, "open for 2 h", "2 h");
	world_free(world);
}

static void receiving_pair_is_not_closed_minutes_before_settlement(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.maximum_age_ns = 3 * NS_PER_HOUR + 40 * NS_PER_MINUTE; /* 15:50 */
	open_world(world);
	world_run_quietly(world, 3 * NS_PER_HOUR + 49 * NS_PER_MINUTE + 50 * NS_PER_SECOND);
	/* 15:59:52: too old for ten minutes, and due to receive 30 bp in eight seconds. */
	assert_int_equal(world->request_count, 1);
	world_run_quietly(world, 10 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	assert_true(world->requested_ns[1] > time_of("2024-08-08T16:00:00Z"));
	assert_int_equal(world_position(world, 0)->exit_reason, EXIT_MAXIMUM_AGE);
	world_free(world);
}

static void paying_pair_is_closed_before_settlement(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.maximum_age_ns = 3 * NS_PER_HOUR + 45 * NS_PER_MINUTE; /* 15:55 */
	world->options.minimum_hold_ns = 100 * NS_PER_HOUR;
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2 * NS_PER_SECOND);
	world_estimate(world, world->usdm, "-0.0001");
	world_run_quietly(world, 3 * NS_PER_HOUR + 46 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 2);
	assert_true(world->requested_ns[1] < time_of("2024-08-08T15:56:00Z"));
	world_free(world);
}

static void risk_closes_seconds_before_a_receiving_settlement(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 3 * NS_PER_HOUR + 49 * NS_PER_MINUTE);
	world->liquidation[world->usdm] = money_of("63000");
	world_run_quietly(world, 20 * NS_PER_SECOND);
	world_mark(world, world->usdm, "60000");
	world_run_for(world, 6 * NS_PER_SECOND);
	assert_true(world_now(world) < time_of("2024-08-08T16:00:00Z"));
	assert_closed(world, EXIT_LIQUIDATION_DISTANCE,
		      "mark of binance-usdm:BTCUSDT is 476 bp from liquidation", "1000 bp");
	world_free(world);
}

static void distance_to_liquidation_needs_a_fresh_mark(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 2 * NS_PER_MINUTE); /* marks of the opening are old now */
	world->liquidation[world->coinm] = money_of("59000");
	world_run_quietly(world, NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	world_mark(world, world->coinm, "66000"); /* far enough */
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	world_mark(world, world->coinm, "58000"); /* beyond it */
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_closed(world, EXIT_LIQUIDATION_DISTANCE,
		      "mark of binance-coinm:BTCUSD_PERP is 0 bp from liquidation", "1000 bp");
	world_free(world);
}

static void leg_missing_in_two_reads_closes_the_other(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 30 * NS_PER_SECOND);
	world->lost[world->usdm] = true;
	uint64_t before = world->position_reads;
	world_run_quietly(world, 4900 * NS_PER_MS);
	assert_true(world->position_reads - before <= 2);
	assert_int_equal(world->request_count, 1);
	world_run_quietly(world, 8 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	/* Nothing is left of the short leg: only the long one is sold. */
	assert_int_equal(world->requests[1].leg_count, 1);
	assert_int_equal(world->requests[1].legs[0].instrument, world->coinm);
	assert_int_equal(world->requests[1].legs[0].side, SIDE_SELL);
	const struct position *position = world_position(world, 0);
	assert_int_equal(position->exit_reason, EXIT_RISK);
	assert_string_equal(position->exit_number, "binance-usdm:BTCUSDT holds 0");
	assert_string_equal(position->exit_limit, "-0.166");
	assert_int_equal(position->state, POSITION_CLOSED);
	world_free(world);
}

static void one_odd_read_and_unknown_reads_close_nothing(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 30 * NS_PER_SECOND);
	for (int i = 0; i < 6; i++) {
		world->lost[world->usdm] = true;
		world_run_quietly(world, 5 * NS_PER_SECOND); /* one read */
		world->lost[world->usdm] = false;
		world_run_quietly(world, 5 * NS_PER_SECOND);
	}
	world->lost[world->usdm] = true;
	world->reads_unknown = true;
	world_run_quietly(world, 10 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	world_free(world);
}

static void liquidation_event_brings_the_read_forward(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_quietly(world, 30 * NS_PER_SECOND + 500 * NS_PER_MS);
	world->lost[world->usdm] = true;
	uint64_t before = world->position_reads;
	struct account_event event = {.kind = ACCOUNT_LIQUIDATION,
				      .venue = world->terms.usdm_venue,
				      .instrument = world->usdm};
	funding_arbitrage_strategy_account_event(world->strategy, &event);
	world_run_for(world, 1100 * NS_PER_MS);
	assert_true(world->position_reads > before);
	world_free(world);
}

static void loss_limit_closes(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.maximum_loss = money_of("100");
	open_world(world);
	/* The short leg dearer by 100: -16.6 USDT and the fees of leaving. */
	world_book(world, world->usdm, "60100.0", "60100.1", "5.000");
	world_run_for(world, 10 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	world_book(world, world->usdm, "60600.0", "60600.1", "5.000");
	world_run_for(world, 10 * NS_PER_SECOND);
	/* 0.166 x 600.1 = 99.62, spread of coinm 0.02, fees 5.03 + 5.00. */
	assert_closed(world, EXIT_RISK, "-109.66 price P&L after exit fees", "-100.00");
	world_free(world);
}

static void basis_take_profit_closes_on_executable_prices(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.basis_take_profit_bp = 30;
	open_world(world);
	world_run_quietly(world, 11 * NS_PER_MINUTE);
	/* The short leg cheaper by 240 is 40 bp; the fees of leaving cost 10. */
	world_book(world, world->usdm, "59759.0", "59762.0", "5.000");
	world_run_quietly(world, 20 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	world_book(world, world->usdm, "59753.0", "59756.0", "5.000");
	world_run_quietly(world, 20 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	assert_int_equal(world_position(world, 0)->exit_reason, EXIT_BASIS_TAKE_PROFIT);
	assert_string_equal(world_position(world, 0)->exit_limit, "30.0 bp");
	world_free(world);
}

static void better_pair_replaces_after_all_costs(void **state)
{
	(void)state;
	struct world *world = world_create(OPENED);
	world_list(world, world->usdm, world->coinm);
	world_list(world, world->usdm, world->hourly);
	open_world(world);
	world_book(world, world->hourly, "60000.0", "60000.1", "5.000");
	world_run_quietly(world, 11 * NS_PER_MINUTE);
	/* Remaining 170 bp or so; the rival must beat that by its own 20 bp, 10 bp of leaving and
	 * the margin of 10 bp: 2 bp an hour long are some 90 bp more, all in all. */
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->hourly, "-0.00005");
	world_run_quietly(world, 10 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	world_estimate(world, world->hourly, "-0.0003");
	world_run_quietly(world, 10 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 3);
	assert_true(world->requests[1].closing);
	assert_int_equal(world_position(world, 0)->exit_reason, EXIT_BETTER_PAIR);
	assert_non_null(
		strstr(world_position(world, 0)->exit_number, "short binance-usdm:BTCUSDT: "));
	assert_string_equal(world_position(world, 0)->exit_limit, "10.0 bp");
	/* And the better one takes its place. */
	assert_int_equal(world->requests[2].legs[0].instrument, world->hourly);
	world_free(world);
}

static void close_by_request_needs_no_rule(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	assert_false(funding_arbitrage_strategy_close(world->strategy, 7));
	assert_true(funding_arbitrage_strategy_close(world->strategy, 1));
	int64_t now = world_now(world);
	world_run_for(world, NS_PER_SECOND);
	assert_closed(world, EXIT_REQUESTED, "asked for", "a person's word");
	assert_true(world->requested_ns[1] == now);
	assert_false(funding_arbitrage_strategy_close(world->strategy, 1));
	world_free(world);
}

static void close_asked_for_while_opening_waits_for_the_opening(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->execution_ns = 5 * NS_PER_SECOND;
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world_position(world, 0)->state, POSITION_OPENING);
	assert_true(funding_arbitrage_strategy_close(world->strategy, 1));
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	world_run_for(world, 10 * NS_PER_SECOND);
	assert_closed(world, EXIT_REQUESTED, "asked for", "a person's word");
	world_free(world);
}

static void halted_opening_is_unwound_from_what_it_holds(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->outcomes = "h";
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	assert_int_equal(world->requests[1].leg_count, 1);
	assert_int_equal(world->requests[1].legs[0].instrument, world->coinm);
	assert_int_equal(world->requests[1].legs[0].quantity.units, 100);
	assert_closed(world, EXIT_RISK, "the opening was left unequal",
		      "equal exposure on both legs");
	world_free(world);
}

static void refused_closing_is_tried_again_with_growing_patience(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->outcomes = "dxxxxd";
	open_world(world);
	funding_arbitrage_strategy_close(world->strategy, 1);
	world_run_for(world, 60 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 6);
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	for (size_t i = 3; i < 6; i++) {
		int64_t wait = world->requested_ns[i] - world->requested_ns[i - 1];
		assert_true(wait >= NS_PER_SECOND << (i - 2));
		assert_int_equal(world->requests[i].legs[0].quantity.units, 100);
	}
	world_free(world);
}

static void halted_closing_goes_on_with_what_remains(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->outcomes = "dhd";
	open_world(world);
	funding_arbitrage_strategy_close(world->strategy, 1);
	world_run_for(world, 10 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 3);
	assert_int_equal(world->requests[2].leg_count, 1);
	assert_int_equal(world->requests[2].legs[0].instrument, world->usdm);
	assert_int_equal(world->requests[2].legs[0].side, SIDE_BUY);
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	assert_int_equal(world_count(world, "closing BTC-1"), 1);
	world_free(world);
}

static void closing_that_the_venue_says_is_flat_ends(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->outcomes = "dxxxxxxxx";
	open_world(world);
	funding_arbitrage_strategy_close(world->strategy, 1);
	world_run_for(world, 2 * NS_PER_SECOND);
	world->lost[world->usdm] = true;
	world->lost[world->coinm] = true;
	world_run_for(world, 200 * NS_PER_SECOND);
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	world_free(world);
}

static void confirmed_close_without_fills_is_closed(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->outcomes = "dz";
	open_world(world);
	funding_arbitrage_strategy_close(world->strategy, 1);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 2);
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	world_free(world);
}

static void closed_pair_rests_before_it_is_opened_again(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	funding_arbitrage_strategy_close(world->strategy, 1);
	world_run_quietly(world, 9 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 2);
	assert_refused(world, world->usdm, world->coinm, GATE_COOL_DOWN, "60 s left",
		       "10 min after a close");
	world_run_quietly(world, 90 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 3);
	world_free(world);
}

/* One call per open leg and tick: what the hit rate of the PriceProvider counts. */
static void monitoring_asks_one_price_per_open_leg_and_tick(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	world_run_for(world, 500 * NS_PER_MS);
	uint64_t before = price_provider_counters(world->prices)->calls;
	world_run_for(world, 10 * NS_PER_SECOND);
	assert_int_equal(price_provider_counters(world->prices)->calls - before, 20);
	world_free(world);
}

static void positions_of_each_venue_are_read_every_five_seconds(void **state)
{
	(void)state;
	struct world *world = open_world(world_of_pair());
	uint64_t before = world->position_reads;
	world_run_for(world, 60 * NS_PER_SECOND);
	assert_in_range(world->position_reads - before, 22, 26);
	world_free(world);
}

static void spot_leg_is_not_missing_because_it_is_no_position(void **state)
{
	(void)state;
	struct world *world = world_create(OPENED);
	world_list(world, world->spot, world->usdm);
	world_start(world);
	world->lost[world->spot] = true;
	world_book(world, world->spot, "60000.00", "60000.01", "5.00000");
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_estimate(world, world->usdm, "0.0030");
	world_run_quietly(world, 5 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world_position(world, 0)->state, POSITION_OPEN);
	assert_int_equal(world_position(world, 0)->kind, PAIR_SPOT_PERP);
	world_free(world);
}

/* Monitor, exit, scan: the exit of an instant knows what monitoring fetched in it, and the scan
 * that follows sees the position as no longer open. */
static void one_instant_monitors_then_exits_then_scans(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.maximum_loss = money_of("50");
	world->options.cool_down_ns = 0;
	world->execution_ns = 10 * NS_PER_MS;
	open_world(world);
	/* Until the price is 5 s old the cache serves it; the tick that gets a new one acts on it.
	 */
	price_provider_invalidate_all(world->prices);
	world_run_for(world, 500 * NS_PER_MS);
	world_book(world, world->usdm, "60600.0", "60600.1", "5.000");
	price_provider_invalidate_all(world->prices);
	int64_t next_tick = time_of("2024-08-08T12:10:03Z");
	world_run_for(world, 490 * NS_PER_MS);
	assert_int_equal(world->request_count, 1);
	world_run_for(world, 20 * NS_PER_MS);
	assert_int_equal(world->request_count, 2);
	assert_true(world->requested_ns[1] == next_tick);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_CAPACITY);
	assert_true(candidate->local_ns == next_tick);
	world_free(world);
}

/* A funding message at the very instant of a tick does not make a second pass. */
static void event_at_the_instant_of_a_tick_is_covered_by_it(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.notional = money_of("20"); /* refused by capacity, scan after scan */
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 2500 * NS_PER_MS);
	const uint64_t *refusals = funding_arbitrage_strategy_refusals(world->strategy);
	uint64_t before = refusals[GATE_FUNDING_KNOWN];
	assert_int_equal(before, 3);
	world_run_to(world, "2024-08-08T12:10:02.999999999Z");
	world_estimate(world, world->usdm, "0.0001");
	world_run_for(world, 1 + 100 * NS_PER_MS);
	assert_int_equal(refusals[GATE_NET_EDGE], 2); /* the event, then the tick */
	world_run_to(world, "2024-08-08T12:10:04Z");
	assert_int_equal(refusals[GATE_NET_EDGE], 3);
	world_free(world);
}

static void closed_positions_are_remembered_within_bounds(void **state)
{
	(void)state;
	struct world *world = world_of_pair();
	world->options.cool_down_ns = 0;
	world->options.maximum_age_ns = NS_PER_SECOND;
	world->options.hold_for_settlement_ns = 0;
	world->options.maximum_funding_age_ns = 100 * NS_PER_HOUR;
	world->execution_ns = NS_PER_MS;
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	for (int i = 0; i < 400; i++) {
		world_run_for(world, 3 * NS_PER_SECOND);
		world->request_count = 0;
	}
	size_t count = funding_arbitrage_strategy_positions(world->strategy);
	assert_int_equal(count, POSITIONS_REMEMBERED + ATOMIC_TRADES_MAX);
	uint32_t last = world_position(world, count - 1)->trade;
	assert_true(last > count);
	assert_int_equal(world_position(world, 0)->trade, last - count + 1);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_that_lasts_is_held),
		cmocka_unit_test(flip_closes_after_confirmations_and_minimum_hold),
		cmocka_unit_test(flip_needs_consecutive_checks),
		cmocka_unit_test(events_do_not_confirm),
		cmocka_unit_test(edge_gone_closes_on_remaining_funding),
		cmocka_unit_test(unknown_or_old_funding_holds),
		cmocka_unit_test(age_closes_without_confirmation),
		cmocka_unit_test(receiving_pair_is_not_closed_minutes_before_settlement),
		cmocka_unit_test(paying_pair_is_closed_before_settlement),
		cmocka_unit_test(risk_closes_seconds_before_a_receiving_settlement),
		cmocka_unit_test(distance_to_liquidation_needs_a_fresh_mark),
		cmocka_unit_test(leg_missing_in_two_reads_closes_the_other),
		cmocka_unit_test(one_odd_read_and_unknown_reads_close_nothing),
		cmocka_unit_test(liquidation_event_brings_the_read_forward),
		cmocka_unit_test(loss_limit_closes),
		cmocka_unit_test(basis_take_profit_closes_on_executable_prices),
		cmocka_unit_test(better_pair_replaces_after_all_costs),
		cmocka_unit_test(close_by_request_needs_no_rule),
		cmocka_unit_test(close_asked_for_while_opening_waits_for_the_opening),
		cmocka_unit_test(halted_opening_is_unwound_from_what_it_holds),
		cmocka_unit_test(refused_closing_is_tried_again_with_growing_patience),
		cmocka_unit_test(halted_closing_goes_on_with_what_remains),
		cmocka_unit_test(closing_that_the_venue_says_is_flat_ends),
		cmocka_unit_test(confirmed_close_without_fills_is_closed),
		cmocka_unit_test(closed_pair_rests_before_it_is_opened_again),
		cmocka_unit_test(monitoring_asks_one_price_per_open_leg_and_tick),
		cmocka_unit_test(positions_of_each_venue_are_read_every_five_seconds),
		cmocka_unit_test(spot_leg_is_not_missing_because_it_is_no_position),
		cmocka_unit_test(one_instant_monitors_then_exits_then_scans),
		cmocka_unit_test(event_at_the_instant_of_a_tick_is_covered_by_it),
		cmocka_unit_test(closed_positions_are_remembered_within_bounds),
	};
	return world_run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
