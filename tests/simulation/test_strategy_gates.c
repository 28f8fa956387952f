#include "tests/simulation/strategy_world.h"

#define NOON "2024-08-08T12:10:00Z"

/* usdm pays 30 bp a settlement, coinm nothing: an edge that passes everything. */
static struct world *world_with_edge(void)
{
	struct world *world = world_create(NOON);
	world_list(world, world->usdm, world->coinm);
	return world;
}

static void feed_edge(struct world *world)
{
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_mark(world, world->usdm, "60000");
	world_mark(world, world->coinm, "60000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
}

static void edge_beyond_all_costs_is_opened_short_where_funding_is_high(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world->requests[0].legs[0].instrument, world->coinm);
	assert_int_equal(world->requests[0].legs[0].side, SIDE_BUY);
	assert_int_equal(world->requests[0].legs[1].instrument, world->usdm);
	assert_int_equal(world->requests[0].legs[1].side, SIDE_SELL);
	assert_false(world->requests[0].closing);
	assert_int_equal(world->requests[0].tactic, TACTIC_IOC);
	assert_string_equal(world->requests[0].name, "BTC-1");
	assert_int_equal(funding_arbitrage_strategy_positions(world->strategy), 1);
	const struct position *position = world_position(world, 0);
	assert_int_equal(position->state, POSITION_OPEN);
	assert_int_equal(position->held[0].units, 100);
	assert_true(position->expected_funding_e18 > position->expected_costs_e18);
	assert_false(world_candidate(world, world->usdm, world->coinm) == NULL);
	world_free(world);
}

static void funding_known_names_the_leg_without_a_rate(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0030");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_FUNDING_KNOWN,
		       "no rate known for binance-coinm:BTCUSD_PERP",
		       "a rate for every leg that pays funding");
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void old_rate_is_refused_with_its_age(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.maximum_positions = 0;
	world_start(world);
	feed_edge(world);
	world_run_for(world, 15 * NS_PER_MINUTE);
	assert_int_equal(world->last_refused.gate, GATE_CAPACITY);
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, NS_PER_MINUTE);
	assert_refused(world, world->usdm, world->coinm, GATE_FUNDING_AGE,
		       "rate of binance-usdm:BTCUSDT is 16 min old", "15 min");
	world_free(world);
}

static void settled_rate_is_young_for_its_whole_interval(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.maximum_positions = 0;
	world_start(world);
	int64_t boundary = time_of("2024-08-08T08:00:00Z");
	world_statement(world, world->usdm, FUNDING_SETTLED, "0.0030", boundary);
	world_statement(world, world->coinm, FUNDING_SETTLED, "0.0000", boundary);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_run_to(world, "2024-08-08T15:50:00Z");
	assert_int_equal(world->last_refused.gate, GATE_CAPACITY);
	world_run_to(world, "2024-08-08T16:15:01Z");
	assert_refused(world, world->usdm, world->coinm, GATE_FUNDING_AGE,
		       "rate of binance-coinm:BTCUSD_PERP is 8 h old", "8 h");
	world_free(world);
}

static void halted_market_is_refused(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	struct instrument_revision revision = *instrument_latest(world->terms.table, world->usdm);
	struct error err;
	revision.rules.status = MARKET_HALTED;
	assert_true(instrument_table_revise(world->terms.table, world->usdm, &revision, &err));
	world_start(world);
	feed_edge(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_MARKET_STATUS,
		       "binance-usdm:BTCUSDT is halted", "trading");
	world_free(world);
}

/* The settled rates of the recorded hour: 0.54 bp a settlement against 20 bp of fees. */
static void binance_pair_of_2024_08_09_is_refused_by_net_edge(void **state)
{
	(void)state;
	struct world *world = world_create("2024-08-08T23:59:58Z");
	world_list(world, world->coinm, world->usdm);
	world_start(world);
	world_book(world, world->usdm, "61751.3", "61751.4", "5.000");
	world_book(world, world->coinm, "61753.8", "61753.9", "5000");
	world_run_to(world, "2024-08-09T00:00:00.5Z");
	assert_refused(world, world->usdm, world->coinm, GATE_FUNDING_KNOWN,
		       "no rate known for binance-usdm:BTCUSDT",
		       "a rate for every leg that pays funding");
	int64_t boundary = time_of("2024-08-09T00:00:00Z");
	world_statement(world, world->usdm, FUNDING_SETTLED, "0.00004994", boundary);
	world_run_for(world, 0);
	assert_refused(world, world->usdm, world->coinm, GATE_FUNDING_KNOWN,
		       "no rate known for binance-coinm:BTCUSD_PERP",
		       "a rate for every leg that pays funding");
	world_statement(world, world->coinm, FUNDING_SETTLED, "-0.00000414", boundary);
	world_run_for(world, 0);
	/* 0.5408 bp x (1.5 + 1.96 + 2.145) retained over 21 settlements. */
	assert_refused(world, world->usdm, world->coinm, GATE_NET_EDGE,
		       "0.54 bp a settlement, 3.0 bp expected in 168 h",
		       "20.0 bp fees + 2.0 bp minimum");
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->short_instrument, world->usdm);
	assert_true(candidate->costs_e18 == 20 * BASIS_POINT_E18);
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void same_figures_as_estimates_before_the_boundary_are_refused_too(void **state)
{
	(void)state;
	struct world *world = world_create("2024-08-08T23:50:00Z");
	world_list(world, world->coinm, world->usdm);
	world_start(world);
	world_estimate(world, world->usdm, "0.00004994");
	world_estimate(world, world->coinm, "-0.00000414");
	world_run_for(world, NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_NET_EDGE);
	assert_string_equal(candidate->limit, "20.0 bp fees + 2.0 bp minimum");
	assert_non_null(strstr(candidate->number, "0.54 bp a settlement"));
	world_free(world);
}

static void spread_of_unlike_intervals_is_told_per_the_longer_one(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	world_list(world, world->hourly, world->usdm);
	world_start(world);
	world_estimate(world, world->usdm, "0.0001");
	world_estimate(world, world->hourly, "0.00002");
	world_run_for(world, NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->hourly);
	/* 8 x 0.2 bp received, 1 bp paid. */
	assert_int_equal(candidate->short_instrument, world->hourly);
	assert_non_null(strstr(candidate->number, "0.60 bp a settlement"));
	world_free(world);
}

static void identity_needs_three_samples_ten_seconds_apart(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.identity_required = true;
	world->options.maximum_positions = 0;
	world_start(world);
	feed_edge(world);
	world_run_for(world, 15 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_IDENTITY, "2 price samples agree",
		       "3 samples within 200 bp, 10 s apart");
	world_run_for(world, 6 * NS_PER_SECOND);
	assert_int_equal(world->last_refused.gate, GATE_CAPACITY);
	/* Another coin under the same name. */
	world_book(world, world->coinm, "57000.0", "57000.1", "5000");
	world_run_for(world, 11 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_IDENTITY,
		       "prices per token differ: not the same coin, 0 good since",
		       "3 samples within 200 bp, 10 s apart");
	world_free(world);
}

static void stale_prices_open_nothing(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_PRICE,
		       "no usable price of binance-coinm:BTCUSD_PERP",
		       "a fresh bid and ask of every leg");
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void dearer_long_leg_is_refused_by_entry_basis(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	world_book(world, world->coinm, "60120.0", "60120.1", "5000");
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_ENTRY_BASIS,
		       "long leg 20.0 bp dearer per token", "10.0 bp");
	/* The other way round it is no obstacle, and earns nothing either. */
	world_book(world, world->coinm, "59880.0", "59880.1", "5000");
	world_run_for(world, 6 * NS_PER_SECOND); /* a sizing price may be 5 s old */
	assert_int_equal(world->request_count, 1);
	const struct position *position = world_position(world, 0);
	assert_true(position->expected_costs_e18 >= 20 * BASIS_POINT_E18);
	assert_true(position->expected_costs_e18 < 21 * BASIS_POINT_E18);
	world_free(world);
}

static void adverse_basis_within_the_limit_is_a_cost(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	world_book(world, world->coinm, "60048.0", "60048.1", "5000");
	world_run_for(world, 2 * NS_PER_SECOND);
	const struct position *position = world_position(world, 0);
	assert_true(position->expected_costs_e18 > 28 * BASIS_POINT_E18);
	assert_true(position->expected_costs_e18 < 29 * BASIS_POINT_E18);
	world_free(world);
}

static void book_that_does_not_carry_the_size_is_refused_by_liquidity(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "0.010");
	world_run_for(world, 2 * NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_LIQUIDITY);
	assert_non_null(strstr(candidate->number, "binance-usdm:BTCUSDT sell: insufficient_depth"));
	assert_string_equal(candidate->limit, "acceptable depth to enter and to leave");
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void unsynced_book_is_refused_by_liquidity_and_read_only_now_and_then(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start_with(world, false); /* streams off and nobody has a book */
	world_mark(world, world->usdm, "60000");
	world_mark(world, world->coinm, "60000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 35 * NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_LIQUIDITY);
	assert_string_equal(candidate->limit, "a usable book");
	/* Two books every ten seconds, not every scan. */
	assert_true(world->book_reads <= 8);
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void slippage_from_the_books_counts_against_the_edge(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	/* 30 bp x 0.79 and after: some 24 bp over 20 bp fees, but the spread costs 10 more. */
	world_estimate(world, world->usdm, "0.00043");
	world_book(world, world->usdm, "59970.0", "60030.0", "5.000");
	world_run_for(world, 2 * NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_NET_EDGE);
	assert_string_equal(candidate->limit,
			    "20.0 bp fees + 10.0 bp slippage + 0.0 bp basis + 2.0 bp minimum");
	assert_non_null(strstr(candidate->number, "4.30 bp a settlement, "));
	assert_true(candidate->expected_funding_e18 > 22 * BASIS_POINT_E18);
	assert_int_equal(world->request_count, 0);
	world_free(world);
}

static void nothing_opens_within_the_settlement_window(void **state)
{
	(void)state;
	struct world *world = world_create("2024-08-08T15:59:10Z");
	world_list(world, world->usdm, world->coinm);
	world_start(world);
	feed_edge(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_SETTLEMENT_WINDOW,
		       "48 s before a settlement of binance-coinm:BTCUSD_PERP", "60 s");
	world_run_to(world, "2024-08-08T16:00:30.5Z");
	assert_refused(world, world->usdm, world->coinm, GATE_SETTLEMENT_WINDOW,
		       "30 s after a settlement of binance-coinm:BTCUSD_PERP", "60 s");
	world_run_to(world, "2024-08-08T16:01:02Z");
	assert_int_equal(world->request_count, 1);
	world_free(world);
}

static void settlement_window_is_judged_in_venue_time(void **state)
{
	(void)state;
	struct world *world = world_create("2024-08-08T15:58:10Z");
	world_list(world, world->usdm, world->coinm);
	world_start(world);
	struct market_event clock = {.kind = EVENT_CLOCK, .venue = world->terms.usdm_venue};
	clock.u.clock.offset_ns = 55 * NS_PER_SECOND; /* it is 15:59:05 there */
	world_market(world, &clock);
	feed_edge(world);
	world_run_for(world, NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_SETTLEMENT_WINDOW,
		       "54 s before a settlement of binance-usdm:BTCUSDT", "60 s");
	world_free(world);
}

static void settlement_window_is_never_more_than_a_twentieth_of_the_interval(void **state)
{
	(void)state;
	struct world *world =
		world_create("2024-08-08T15:35:00Z"); /* 25 min before, 24 is 8 h / 20 */
	world_list(world, world->usdm, world->coinm);
	world->options.settlement_window_ns = 30 * NS_PER_MINUTE;
	world->options.maximum_positions = 0;
	world_start(world);
	feed_edge(world);
	world_run_for(world, 59 * NS_PER_SECOND);
	assert_int_equal(world->last_refused.gate, GATE_CAPACITY);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->last_refused.gate, GATE_SETTLEMENT_WINDOW);
	assert_string_equal(world->last_refused.limit, "24 min");
	world_free(world);
}

static void one_position_per_instrument_and_no_more_than_allowed(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	world->options.maximum_positions = 1;
	world_start(world);
	feed_edge(world);
	world_book(world, world->hourly, "60000.0", "60000.1", "5.000");
	world_estimate(world, world->hourly, "0.0001");
	world_run_for(world, 5 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	assert_refused(world, world->usdm, world->hourly, GATE_CAPACITY,
		       "binance-usdm:BTCUSDT is in trade 1", "one position per instrument");
	/* The pair itself, open, is refused for the same reason. */
	assert_refused(world, world->usdm, world->coinm, GATE_CAPACITY,
		       "binance-usdm:BTCUSDT is in trade 1", "one position per instrument");
	world_free(world);
}

static void the_best_of_two_rival_pairs_is_opened(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	world_start(world);
	feed_edge(world);
	world_book(world, world->hourly, "60000.0", "60000.1", "5.000");
	world_estimate(world, world->hourly,
		       "-0.0005"); /* long hourly earns more than long coinm */
	world_run_for(world, 5 * NS_PER_SECOND);
	assert_true(world->request_count >= 1);
	assert_int_equal(world->requests[0].legs[0].instrument, world->hourly);
	assert_int_equal(world->requests[0].legs[1].instrument, world->usdm);
	world_free(world);
}

static void spot_is_only_ever_the_long_leg(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	world_list(world, world->spot, world->usdm);
	world_start(world);
	world_book(world, world->spot, "60000.00", "60000.01", "5.00000");
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_estimate(world, world->usdm, "-0.0030");
	world_run_for(world, 3 * NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->spot, world->usdm);
	assert_int_equal(candidate->long_instrument, world->spot);
	assert_int_equal(candidate->kind, PAIR_SPOT_PERP);
	assert_int_equal(candidate->gate, GATE_NET_EDGE);
	assert_non_null(strstr(candidate->number, "-30.00 bp a settlement"));
	world_estimate(world, world->usdm, "0.0030");
	world_run_for(world, 3 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world->requests[0].legs[0].instrument, world->spot);
	world_free(world);
}

static void size_that_no_lot_allows_is_refused_by_capacity(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.notional = money_of("20");
	world_start(world);
	feed_edge(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	const struct candidate *candidate = world_candidate(world, world->usdm, world->coinm);
	assert_int_equal(candidate->gate, GATE_CAPACITY);
	assert_non_null(strstr(candidate->number, "no tradable size: "));
	assert_string_equal(candidate->limit, "20.00 a leg");
	world_free(world);
}

static void refused_preflight_cools_down_and_doubles(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->outcomes = "ppx";
	world_start(world);
	feed_edge(world);
	world_run_for(world, 900 * NS_PER_MS);
	assert_int_equal(world->request_count, 1);
	assert_int_equal(world->last_refused.gate, GATE_PREFLIGHT);
	assert_string_equal(world->last_refused.number, "margin: 12.00 USDT");
	assert_string_equal(world->last_refused.limit, "3500.00 USDT");
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_COOL_DOWN, "9 min left",
		       "10 min after a failed opening");
	world_run_quietly(world, 10 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 2);
	world_run_quietly(world, 19 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 2);
	world_run_quietly(world, 2 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 3);
	assert_int_equal(world->last_refused.gate, GATE_COOL_DOWN);
	assert_string_equal(world->last_refused.limit, "40 min after a failed opening");
	assert_int_equal(world_count(world, "preflight: the venue had no depth | both legs filled"),
			 1);
	/* After an opening that works the count starts anew. */
	world_run_quietly(world, 41 * NS_PER_MINUTE);
	assert_int_equal(world->request_count, 4);
	assert_int_equal(world_position(world, 3)->state, POSITION_OPEN);
	world_free(world);
}

static void observer_hears_of_a_gate_once_and_counters_count_every_scan(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	world_run_for(world, 9500 * NS_PER_MS);
	const uint64_t *refusals = funding_arbitrage_strategy_refusals(world->strategy);
	assert_int_equal(refusals[GATE_FUNDING_KNOWN], 10);
	assert_int_equal(world_count(world, "refused"), 1);
	for (int gate = GATE_FUNDING_AGE; gate < GATES; gate++)
		assert_int_equal(refusals[gate], 0);
	world_free(world);
}

static void no_pair_of_two_spots_nor_of_like_instruments_of_one_venue(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	struct error err;
	struct instrument second = market_terms_linear(&world->terms, "BTCUSDT_240927");
	struct instrument_revision revision = market_terms_revision();
	instrument_id quarterly =
		instrument_table_add(world->terms.table, &second, &revision, &err);
	assert_int_not_equal(quarterly, 0);
	world_start(world);
	world_run_for(world, NS_PER_SECOND);
	assert_null(world_candidate(world, world->usdm, quarterly));
	assert_non_null(world_candidate(world, world->coinm, quarterly));
	assert_non_null(world_candidate(world, world->spot, quarterly));
	/* usdm, coinm, spot, hourly, quarterly: all pairs but the one above. */
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), 9);
	world_free(world);
}

static void listed_pair_of_one_venue_is_looked_at_and_others_are_not(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	struct error err;
	struct instrument second = market_terms_linear(&world->terms, "BTCUSDT_240927");
	struct instrument_revision revision = market_terms_revision();
	instrument_id quarterly =
		instrument_table_add(world->terms.table, &second, &revision, &err);
	world_list(world, quarterly, world->usdm);
	world_start(world);
	world_run_for(world, NS_PER_SECOND);
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), 1);
	assert_non_null(world_candidate(world, world->usdm, quarterly));
	world_free(world);
}

static void instrument_that_appears_or_retires_changes_the_list(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	world_start(world);
	world_run_for(world, NS_PER_SECOND);
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), 6);
	instrument_table_retire(world->terms.table, world->coinm);
	struct market_event event = {.kind = EVENT_INSTRUMENT, .instrument = world->coinm};
	world_market(world, &event);
	world_run_for(world, NS_PER_SECOND);
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), 3);
	assert_null(world_candidate(world, world->usdm, world->coinm));
	world_free(world);
}

static void pair_in_use_stays_listed_when_a_leg_retires(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	feed_edge(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world->request_count, 1);
	instrument_table_retire(world->terms.table, world->coinm);
	struct market_event event = {.kind = EVENT_INSTRUMENT, .instrument = world->coinm};
	world_market(world, &event);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_MARKET_STATUS,
		       "binance-coinm:BTCUSD_PERP is retired", "trading");
	/* It can still be closed, and is forgotten then. */
	assert_true(funding_arbitrage_strategy_close(world->strategy, 1));
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(world_position(world, 0)->state, POSITION_CLOSED);
	world_market(world, &event);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), 0);
	world_free(world);
}

static void more_pairs_than_the_bound_are_cut(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	const venue_id venues[] = {world->terms.usdm_venue, world->terms.coinm_venue,
				   world->terms.spot_venue,
				   instrument_get(world->terms.table, world->hourly)->venue};
	for (int i = 0; i < 120; i++) {
		char symbol[16];
		struct error err = {0};
		snprintf(symbol, sizeof(symbol), "BTC%d", i);
		struct instrument instrument = market_terms_linear(&world->terms, symbol);
		struct instrument_revision revision = market_terms_revision();
		instrument.venue = venues[i % 4];
		assert_int_not_equal(
			instrument_table_add(world->terms.table, &instrument, &revision, &err), 0);
	}
	world_start(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_int_equal(funding_arbitrage_strategy_candidates(world->strategy), CANDIDATES_MAX);
	const struct candidate *before = funding_arbitrage_strategy_candidate(world->strategy, 0);
	assert_int_equal(before->long_instrument, 1);
	assert_int_equal(before->short_instrument, 2);
	world_free(world);
}

/* 1000BTC costs a thousand times as much and is the same coin. */
static void multiplier_symbol_is_proven_by_its_price_per_token(void **state)
{
	(void)state;
	struct world *world = world_create(NOON);
	struct error err = {0};
	struct instrument thousand = market_terms_linear(&world->terms, "1000BTCUSDT");
	struct instrument_revision revision = market_terms_revision();
	thousand.venue = instrument_get(world->terms.table, world->hourly)->venue;
	thousand.base = instrument_table_asset(world->terms.table, "1000BTC");
	thousand.multiplier = 1000;
	instrument_id id = instrument_table_add(world->terms.table, &thousand, &revision, &err);
	assert_int_not_equal(id, 0);
	world->options.identity_required = true;
	world->options.maximum_positions = 0;
	world_list(world, world->usdm, id);
	world_start(world);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, id, "60000000.0", "60000100.0", "5.000");
	world_estimate(world, world->usdm, "0.0030");
	world_estimate(world, id, "0.0000");
	world_run_for(world, 25 * NS_PER_SECOND);
	assert_int_equal(world_candidate(world, world->usdm, id)->gate, GATE_CAPACITY);
	world_free(world);
}

static void stopped_opening_refuses_by_capacity(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world_start(world);
	funding_arbitrage_strategy_stop_opening(world->strategy);
	feed_edge(world);
	world_run_for(world, 2 * NS_PER_SECOND);
	assert_refused(world, world->usdm, world->coinm, GATE_CAPACITY, "opening is stopped",
		       "running");
	world_free(world);
}

static void funding_news_is_acted_on_at_once_and_repeats_are_not(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.scan_interval_ns = NS_PER_HOUR;
	world_start(world);
	feed_edge(world);
	world_estimate(world, world->usdm, "0.00001");
	world_run_for(world, 1500 * NS_PER_MS);
	const uint64_t *refusals = funding_arbitrage_strategy_refusals(world->strategy);
	uint64_t before = refusals[GATE_NET_EDGE];
	world_estimate(world, world->usdm, "0.00001"); /* the same again */
	world_run_for(world, 100 * NS_PER_MS);
	assert_int_equal(refusals[GATE_NET_EDGE], before);
	int64_t now = world_now(world);
	world_estimate(world, world->usdm, "0.0030");
	world_run_for(world, 100 * NS_PER_MS);
	assert_int_equal(world->request_count, 1);
	assert_true(world->requested_ns[0] == now);
	world_free(world);
}

static void without_streams_prices_are_read_only_once_funding_allows_a_trade(void **state)
{
	(void)state;
	struct world *world = world_with_edge();
	world->options.identity_required = true;
	world_start_with(world, false);
	world_book(world, world->usdm, "60000.0", "60000.1", "5.000");
	world_book(world, world->coinm, "60000.0", "60000.1", "5000");
	world_estimate(world, world->usdm, "0.0001");
	world_estimate(world, world->coinm, "0.0000");
	world_run_for(world, 30 * NS_PER_SECOND);
	assert_int_equal(world->book_reads, 0);
	world_estimate(world, world->usdm, "0.0030");
	world_run_for(world, 25 * NS_PER_SECOND);
	/* Three samples of two legs, then both books of the check. */
	assert_int_equal(world->request_count, 1);
	assert_true(world->book_reads <= 8 + 2);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edge_beyond_all_costs_is_opened_short_where_funding_is_high),
		cmocka_unit_test(funding_known_names_the_leg_without_a_rate),
		cmocka_unit_test(old_rate_is_refused_with_its_age),
		cmocka_unit_test(settled_rate_is_young_for_its_whole_interval),
		cmocka_unit_test(halted_market_is_refused),
		cmocka_unit_test(binance_pair_of_2024_08_09_is_refused_by_net_edge),
		cmocka_unit_test(same_figures_as_estimates_before_the_boundary_are_refused_too),
		cmocka_unit_test(spread_of_unlike_intervals_is_told_per_the_longer_one),
		cmocka_unit_test(identity_needs_three_samples_ten_seconds_apart),
		cmocka_unit_test(stale_prices_open_nothing),
		cmocka_unit_test(dearer_long_leg_is_refused_by_entry_basis),
		cmocka_unit_test(adverse_basis_within_the_limit_is_a_cost),
		cmocka_unit_test(book_that_does_not_carry_the_size_is_refused_by_liquidity),
		cmocka_unit_test(unsynced_book_is_refused_by_liquidity_and_read_only_now_and_then),
		cmocka_unit_test(slippage_from_the_books_counts_against_the_edge),
		cmocka_unit_test(nothing_opens_within_the_settlement_window),
		cmocka_unit_test(settlement_window_is_judged_in_venue_time),
		cmocka_unit_test(settlement_window_is_never_more_than_a_twentieth_of_the_interval),
		cmocka_unit_test(one_position_per_instrument_and_no_more_than_allowed),
		cmocka_unit_test(the_best_of_two_rival_pairs_is_opened),
		cmocka_unit_test(spot_is_only_ever_the_long_leg),
		cmocka_unit_test(size_that_no_lot_allows_is_refused_by_capacity),
		cmocka_unit_test(refused_preflight_cools_down_and_doubles),
		cmocka_unit_test(observer_hears_of_a_gate_once_and_counters_count_every_scan),
		cmocka_unit_test(no_pair_of_two_spots_nor_of_like_instruments_of_one_venue),
		cmocka_unit_test(listed_pair_of_one_venue_is_looked_at_and_others_are_not),
		cmocka_unit_test(instrument_that_appears_or_retires_changes_the_list),
		cmocka_unit_test(pair_in_use_stays_listed_when_a_leg_retires),
		cmocka_unit_test(more_pairs_than_the_bound_are_cut),
		cmocka_unit_test(multiplier_symbol_is_proven_by_its_price_per_token),
		cmocka_unit_test(stopped_opening_refuses_by_capacity),
		cmocka_unit_test(funding_news_is_acted_on_at_once_and_repeats_are_not),
		cmocka_unit_test(without_streams_prices_are_read_only_once_funding_allows_a_trade),
	};
	return world_run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
