/*
 * The strategy with everything real below it: PriceProvider, LiquidityAnalyzer, the atomic
 * executor, simulated venues with latency, ledger. Markets are those of market_terms.h; books move
 * once a second, estimates and marks come with them.
 */
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "exchanges/simulated/simulated_client.h"
#include "strategy/funding_arbitrage_strategy.h"
#include "tests/support/effort.h"
#include "tests/support/market_terms.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START	"2024-08-08T12:10:00Z"
#define MARKETS 3
#define WAITING 64

struct venue_world {
	struct market_terms terms;
	instrument_id ids[MARKETS]; /* usdm, coinm, spot */
	struct scheduler *scheduler;
	struct market_state *external, *local; /* the same with streams */
	struct exchange_clients clients;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct intent_sink intents;
	struct intent_waiting {
		intent_done done;
		void *user;
	} waiting[WAITING];
	size_t waiting_count;
	uint32_t next_id;
	struct atomic_executor *executor;
	struct ledger *ledger;
	struct strategy_options options;
	struct strategy_observer observer;
	struct funding_arbitrage_strategy *strategy;
	struct random random;
	int64_t price_cents; /* of the coin */
	int64_t rates_e18[MARKETS];
	struct money marks_off; /* added to the mark of usdm */
	unsigned opened, closed, refused[GATES];
	struct candidate last_refused;
	char last_number[SENTENCE_MAX];
};

/* ---- wiring, in the order of the program's own world ------------------------------------------
 */

static void commit_done(void *user)
{
	struct venue_world *world = user;
	struct intent_waiting first = world->waiting[0];
	world->waiting_count--;
	memmove(world->waiting, world->waiting + 1, world->waiting_count * sizeof(first));
	first.done(first.user, true);
}

static void commit(void *self, const struct intent_trade *trade, const struct intent_order *orders,
		   size_t count, intent_done done, void *user)
{
	struct venue_world *world = self;
	(void)trade;
	(void)orders;
	(void)count;
	assert_true(world->waiting_count < WAITING);
	world->waiting[world->waiting_count++] = (struct intent_waiting){done, user};
	scheduler_after(world->scheduler, 0, SCHEDULE_COMPLETION, commit_done, world);
}

static void note(void *self, uint32_t trade, const char *text)
{
	(void)self;
	(void)trade;
	(void)text;
}

static uint32_t next_client_id(void *self)
{
	return ++((struct venue_world *)self)->next_id;
}

static void trading_side(struct venue_world *world, const struct market_event *event)
{
	price_provider_market(world->prices, event);
	atomic_executor_market_event(world->executor, event);
	funding_arbitrage_strategy_market_event(world->strategy, event);
}

static void market(struct venue_world *world, struct market_event *event)
{
	event->local_ns = scheduler_now(world->scheduler);
	event->exch_ns = event->local_ns;
	if (event->instrument) {
		event->venue = instrument_get(world->terms.table, event->instrument)->venue;
		event->connection = (uint16_t)event->instrument;
	}
	market_state_apply(world->external, event);
	if (world->clients.by_venue[event->venue])
		simulated_client_market(world->clients.by_venue[event->venue], event);
	bool read = event->kind == EVENT_FUNDING || event->kind == EVENT_MARK;
	if (world->local == world->external) {
		trading_side(world, event);
	} else if (read) { /* what a reader of a world without streams would have asked for */
		market_state_apply(world->local, event);
		trading_side(world, event);
	}
}

static void account(void *user, const struct account_event *event)
{
	struct venue_world *world = user;
	struct error err = {0};
	uint32_t trade = 0;
	bool booked = true;
	if (event->kind == ACCOUNT_FILL) {
		trade = atomic_executor_trade_of(world->executor, event->venue,
						 event->u.fill.client_id);
		booked = ledger_book_fill(world->ledger, event, trade, &err);
		price_provider_fill(world->prices, event);
	} else if (event->kind == ACCOUNT_FUNDING) {
		booked = ledger_book_funding(world->ledger, event, 0, &err);
	}
	if (!booked)
		fail_msg("%s", err.text);
	atomic_executor_account_event(world->executor, event);
	funding_arbitrage_strategy_account_event(world->strategy, event);
}

static void no_market(void *user, const struct market_event *event)
{
	(void)user;
	(void)event;
}

static void overdue(void *user, const struct error *err)
{
	(void)user;
	fail_msg("%s", err->text);
}

static void started(void *user, bool ok, const char *why)
{
	(void)user;
	(void)why;
	assert_true(ok);
}

static void told_refused(void *user, const struct candidate *candidate)
{
	struct venue_world *world = user;
	world->refused[candidate->gate]++;
	world->last_refused = *candidate;
}

static void told_opening(void *user, const struct position *position)
{
	(void)position;
	((struct venue_world *)user)->opened++;
}

static void told_closing(void *user, const struct position *position)
{
	struct venue_world *world = user;
	world->closed++;
	memcpy(world->last_number, position->exit_number, SENTENCE_MAX);
}

/* ---- the market -------------------------------------------------------------------------------
 */

static void book(struct venue_world *world, instrument_id id)
{
	const struct instrument *terms = instrument_get(world->terms.table, id);
	int64_t tick = terms->kind == INSTRUMENT_SPOT ? 1 : 10; /* cents */
	int64_t mid = world->price_cents / 10 * 10 + random_between(&world->random, -1, 1) * 10;
	int64_t size = terms->kind == INSTRUMENT_INVERSE ? 800
		       : terms->kind == INSTRUMENT_SPOT	 ? 80000
							 : 800;
	struct book_level bids[20], asks[20];
	for (int i = 0; i < 20; i++) {
		int64_t bid = (mid - 10) / tick - i, ask = (mid + 10) / tick + i;
		bids[i] = (struct book_level){{bid}, {size}};
		asks[i] = (struct book_level){{ask}, {size}};
	}
	struct market_event event = {
		.kind = EVENT_BOOK, .flags = EVENT_FLAG_SNAPSHOT, .instrument = id};
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = 20;
	event.u.book.ask_count = 20;
	market(world, &event);
	struct market_event synced = {.kind = EVENT_CONNECTION, .instrument = id};
	synced.u.connection.state = CONNECTION_SYNCED;
	market(world, &synced);
}

static void second(void *user)
{
	struct venue_world *world = user;
	world->price_cents += random_between(&world->random, -60, 60) * 10;
	for (size_t i = 0; i < MARKETS; i++) {
		instrument_id id = world->ids[i];
		book(world, id);
		if (instrument_get(world->terms.table, id)->kind == INSTRUMENT_SPOT)
			continue;
		struct market_event mark = {.kind = EVENT_MARK, .instrument = id};
		mark.u.mark.fields = MARK_HAS_MARK;
		mark.u.mark.mark.e18 = world->price_cents * (MONEY_ONE / 100);
		if (id == world->terms.usdm)
			mark.u.mark.mark.e18 += world->marks_off.e18;
		market(world, &mark);
		struct market_event funding = {.kind = EVENT_FUNDING, .instrument = id};
		funding.u.funding.kind = FUNDING_ESTIMATE;
		funding.u.funding.rate.e18 = world->rates_e18[i];
		funding.u.funding.boundary_ns = instrument_next_boundary(
			world->terms.table, id, scheduler_now(world->scheduler));
		market(world, &funding);
	}
	scheduler_after(world->scheduler, NS_PER_SECOND, SCHEDULE_MARKET_EVENT, second, world);
}

static void nothing(void *user)
{
	(void)user;
}

static void run_for(struct venue_world *world, int64_t ns)
{
	int64_t until = scheduler_now(world->scheduler) + ns;
	scheduler_at(world->scheduler, until, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, until);
}

static void run_to(struct venue_world *world, const char *time)
{
	run_for(world, time_of(time) - scheduler_now(world->scheduler));
}

/* ---- life cycle -------------------------------------------------------------------------------
 */

static void deposit(struct venue_world *world, venue_id venue, asset_id asset, const char *amount)
{
	struct error err;
	struct simulated_venue *account_of = simulated_client_venue(world->clients.by_venue[venue]);
	int64_t now = scheduler_now(world->scheduler);
	assert_true(simulated_venue_deposit(account_of, asset, money_of(amount), now));
	assert_true(ledger_book_transfer(world->ledger, venue, asset, money_of(amount), now, &err));
}

static struct venue_world *create(uint64_t seed, bool streams)
{
	struct venue_world *world = calloc(1, sizeof(*world));
	assert_non_null(world);
	world->terms = market_terms_create();
	struct instrument_table *table = world->terms.table;
	world->ids[0] = world->terms.usdm;
	world->ids[1] = world->terms.coinm;
	world->ids[2] = world->terms.spot;
	world->scheduler = scheduler_create(time_of(START));
	world->external = market_state_create(table);
	world->local = streams ? world->external : market_state_create(table);
	world->ledger = ledger_create(table);
	world->price_cents = 6000000;
	random_seed(&world->random, seed);
	for (venue_id venue = 1; venue <= venue_count(table); venue++) {
		struct simulated_client_options options = {
			.venue = {.venue = venue, .default_leverage = 3},
			.latency = {20 * NS_PER_MS, 20 * NS_PER_MS, 25 * NS_PER_MS, 25 * NS_PER_MS,
				    5 * NS_PER_MS},
			.seed = seed + venue,
			.funding_patience_ns = 30 * NS_PER_MINUTE};
		struct exchange_sink sink = {no_market, account, world};
		struct exchange_client *client = simulated_client_create(
			&options, world->scheduler, table, world->external, overdue, world);
		assert_non_null(client);
		world->clients.by_venue[venue] = client;
		exchange_start(client, &sink, started, world);
		exchange_subscribe_account(client, started, world);
		struct market_event clock = {.kind = EVENT_CLOCK, .venue = venue};
		market_state_apply(world->external, &clock);
		if (!streams)
			market_state_apply(world->local, &clock);
	}
	struct price_provider_options prices = price_provider_defaults();
	prices.streams = streams;
	struct liquidity_limits liquidity = liquidity_defaults();
	struct atomic_executor_options execution = atomic_executor_defaults();
	execution.limits.leverage = 3;
	world->prices = price_provider_create(&prices, world->scheduler, table, world->local,
					      &world->clients);
	world->liquidity = liquidity_analyzer_create(&liquidity, world->scheduler, table,
						     world->local, &world->clients, world->prices);
	world->intents = (struct intent_sink){commit, note, next_client_id, world};
	world->executor = atomic_executor_create(&execution, world->scheduler, table, world->local,
						 &world->clients, world->prices, world->liquidity,
						 &world->intents);
	world->options = strategy_defaults();
	world->observer =
		(struct strategy_observer){told_refused, told_opening, NULL, told_closing, world};
	return world;
}

static void start(struct venue_world *world)
{
	world->strategy = funding_arbitrage_strategy_create(
		&world->options, world->scheduler, world->terms.table, world->local,
		&world->clients, world->prices, world->liquidity, world->executor, world->ledger,
		&world->observer);
	funding_arbitrage_strategy_start(world->strategy, 1);
	scheduler_after(world->scheduler, 0, SCHEDULE_MARKET_EVENT, second, world);
}

static void list(struct venue_world *world, instrument_id a, instrument_id b)
{
	world->options.pair_listed = true;
	world->options.listed[world->options.listed_count][0] = a;
	world->options.listed[world->options.listed_count++][1] = b;
}

static void fund(struct venue_world *world)
{
	deposit(world, world->terms.usdm_venue, world->terms.usdt, "100000");
	deposit(world, world->terms.coinm_venue, world->terms.btc, "2");
	deposit(world, world->terms.spot_venue, world->terms.usdt, "100000");
}

static void destroy(struct venue_world *world)
{
	funding_arbitrage_strategy_free(world->strategy);
	atomic_executor_free(world->executor);
	liquidity_analyzer_free(world->liquidity);
	price_provider_free(world->prices);
	for (venue_id venue = 1; venue <= venue_count(world->terms.table); venue++)
		exchange_client_free(world->clients.by_venue[venue]);
	ledger_free(world->ledger);
	if (world->local != world->external)
		market_state_free(world->local);
	market_state_free(world->external);
	scheduler_free(world->scheduler);
	market_terms_free(&world->terms);
	free(world);
}

/* ---- what must hold ---------------------------------------------------------------------------
 */

static int64_t position_at_venue(const struct venue_world *world, instrument_id id)
{
	venue_id venue = instrument_get(world->terms.table, id)->venue;
	return simulated_venue_position(simulated_client_venue(world->clients.by_venue[venue]), id)
		.quantity.units;
}

/* The venue's accounts, whose arithmetic is its own, against the ledger's postings. */
static void assert_books_agree(const struct venue_world *world)
{
	const asset_id assets[] = {world->terms.usdt, world->terms.btc};
	for (venue_id venue = 1; venue <= venue_count(world->terms.table); venue++)
		for (size_t i = 0; i < 2; i++) {
			struct money account_has = simulated_venue_balance(
				simulated_client_venue(world->clients.by_venue[venue]), assets[i]);
			struct money ledger_has =
				ledger_balance_change(world->ledger, venue, assets[i]);
			assert_true(account_has.e18 == ledger_has.e18);
		}
}

static struct money funding_booked(const struct venue_world *world, instrument_id id,
				   unsigned *count)
{
	struct money sum = {0};
	*count = 0;
	for (size_t i = 0; i < ledger_line_count(world->ledger); i++) {
		const struct ledger_line *line = ledger_line_at(world->ledger, i);
		if (line->kind != LEDGER_FUNDING || line->instrument != id)
			continue;
		++*count;
		sum.e18 += line->posting.e18;
	}
	return sum;
}

static const struct position *position_of(const struct venue_world *world, size_t index)
{
	return funding_arbitrage_strategy_position(world->strategy, index);
}

/* ---- scenarios --------------------------------------------------------------------------------
 */

static void pair_lives_through_settlements_and_ends_when_the_edge_is_gone(void **state)
{
	(void)state;
	struct venue_world *world = create(1, true);
	list(world, world->terms.usdm, world->terms.coinm);
	fund(world);
	world->rates_e18[0] = 30 * (RATE_ONE / 10000);
	start(world);
	run_to(world, "2024-08-08T12:11:00Z");
	assert_int_equal(world->opened, 1);
	const struct position *position = position_of(world, 0);
	assert_int_equal(position->state, POSITION_OPEN);
	assert_int_equal(position_at_venue(world, world->terms.coinm), position->held[0].units);
	assert_int_equal(position_at_venue(world, world->terms.usdm), -position->held[1].units);
	assert_true(position->held[0].units >= 99 && position->held[0].units <= 101);
	run_to(world, "2024-08-09T02:00:00Z");
	assert_int_equal(world->closed, 0);
	unsigned payments;
	struct money received = funding_booked(world, world->terms.usdm, &payments);
	assert_int_equal(payments, 2);
	assert_true(received.e18 > 59 * MONEY_ONE && received.e18 < 61 * MONEY_ONE);
	world->rates_e18[0] = -2 * (RATE_ONE / 10000);
	run_for(world, NS_PER_MINUTE);
	position = position_of(world, 0);
	assert_int_equal(position->state, POSITION_CLOSED);
	assert_int_equal(position->exit_reason, EXIT_FUNDING_FLIP);
	assert_string_equal(world->last_number, "-2.00 bp per 8 h expected");
	for (size_t i = 0; i < MARKETS; i++)
		assert_int_equal(position_at_venue(world, world->ids[i]), 0);
	assert_books_agree(world);
	run_to(world, "2024-08-09T04:00:00Z");
	assert_int_equal(world->opened, 1);
	destroy(world);
}

static void spot_is_bought_held_and_sold_but_for_its_dust(void **state)
{
	(void)state;
	struct venue_world *world = create(2, true);
	list(world, world->terms.spot, world->terms.coinm);
	fund(world);
	world->rates_e18[1] = 30 * (RATE_ONE / 10000);
	start(world);
	run_to(world, "2024-08-08T16:30:00Z");
	assert_int_equal(world->opened, 1);
	const struct position *position = position_of(world, 0);
	assert_int_equal(position->state, POSITION_OPEN);
	assert_int_equal(position->legs[0], world->terms.spot);
	assert_true(funding_arbitrage_strategy_close(world->strategy, position->trade));
	run_for(world, NS_PER_MINUTE);
	position = position_of(world, 0);
	assert_int_equal(position->state, POSITION_CLOSED);
	assert_int_equal(position->exit_reason, EXIT_REQUESTED);
	assert_int_equal(position_at_venue(world, world->terms.coinm), 0);
	/* Less than one lot of coin is left. */
	struct money coin =
		ledger_balance_change(world->ledger, world->terms.spot_venue, world->terms.btc);
	assert_true(coin.e18 >= 0 && coin.e18 < MONEY_ONE / 100000 * 2);
	assert_books_agree(world);
	destroy(world);
}

static void lack_of_money_is_told_by_preflight(void **state)
{
	(void)state;
	struct venue_world *world = create(3, true);
	list(world, world->terms.usdm, world->terms.coinm);
	deposit(world, world->terms.usdm_venue, world->terms.usdt, "100000");
	world->rates_e18[0] = 30 * (RATE_ONE / 10000);
	start(world);
	run_to(world, "2024-08-08T12:25:00Z");
	assert_true(world->refused[GATE_PREFLIGHT] >= 1);
	assert_true(world->refused[GATE_COOL_DOWN] >= 1);
	assert_int_equal(world->opened, 2); /* at once, and after ten minutes */
	assert_int_equal(position_of(world, 0)->state, POSITION_CLOSED);
	assert_int_equal(position_at_venue(world, world->terms.usdm), 0);
	assert_books_agree(world);
	destroy(world);
}

static void liquidated_leg_takes_the_other_with_it(void **state)
{
	(void)state;
	struct venue_world *world = create(4, true);
	list(world, world->terms.usdm, world->terms.coinm);
	deposit(world, world->terms.usdm_venue, world->terms.usdt, "3800");
	deposit(world, world->terms.coinm_venue, world->terms.btc, "2");
	world->rates_e18[0] = 30 * (RATE_ONE / 10000);
	start(world);
	run_to(world, "2024-08-08T12:30:00Z");
	assert_int_equal(position_of(world, 0)->state, POSITION_OPEN);
	world->marks_off = money_of("40000");
	run_for(world, NS_PER_MINUTE);
	world->marks_off = money_of("0");
	const struct position *position = position_of(world, 0);
	assert_true(position->exit_reason == EXIT_RISK ||
		    position->exit_reason == EXIT_LIQUIDATION_DISTANCE);
	run_for(world, 2 * NS_PER_MINUTE);
	position = position_of(world, 0);
	assert_int_equal(position->state, POSITION_CLOSED);
	assert_int_equal(position_at_venue(world, world->terms.coinm), 0);
	assert_int_equal(position_at_venue(world, world->terms.usdm), 0);
	assert_books_agree(world);
	destroy(world);
}

static uint64_t depth_reads(const struct venue_world *world)
{
	uint64_t reads = 0;
	for (venue_id venue = 1; venue <= venue_count(world->terms.table); venue++)
		reads += simulated_client_reads(world->clients.by_venue[venue], READ_DEPTH);
	return reads;
}

/* Marks serve identity and sizing: no book is read before a pair could be opened. */
static void without_streams_books_are_read_only_to_open_and_to_watch(void **state)
{
	(void)state;
	struct venue_world *world = create(5, false);
	list(world, world->terms.usdm, world->terms.coinm);
	fund(world);
	world->rates_e18[0] = RATE_ONE / 10000;
	start(world);
	run_to(world, "2024-08-08T12:11:00Z");
	assert_int_equal(depth_reads(world), 0);
	assert_int_equal(world->refused[GATE_NET_EDGE], 1);
	world->rates_e18[0] = 30 * (RATE_ONE / 10000);
	run_for(world, 1900 * NS_PER_MS);
	assert_int_equal(world->opened, 1);
	/* One read a leg serves the decision, the executor's own check and the order. */
	print_message("book reads to check and open one pair: %llu\n",
		      (unsigned long long)depth_reads(world));
	assert_int_equal(depth_reads(world), 2);
	run_for(world, 10 * NS_PER_MINUTE);
	assert_int_equal(position_of(world, 0)->state, POSITION_OPEN);
	print_message("hit rate %u bp of %llu calls\n", price_provider_hit_rate_bp(world->prices),
		      (unsigned long long)price_provider_counters(world->prices)->calls);
	assert_true(price_provider_hit_rate_bp(world->prices) >= 8000);
	assert_books_agree(world);
	destroy(world);
}

/* Orders lost, refused and unanswered at random; then quiet, and everything closed. */
static void whatever_fails_all_is_flat_and_booked_once_closed(void **state)
{
	static const char outcomes[] = "......uUrm";
	unsigned opened = 0;
	(void)state;
	unsigned seeds = effort(8, "seeds of a strategy that trades through faults");
	for (uint64_t seed = 100; seed < 100 + seeds; seed++) {
		char script[60];
		struct random random;
		struct venue_world *world = create(seed, true);
		random_seed(&random, seed);
		world->options.minimum_hold_ns = 10 * NS_PER_MINUTE;
		world->options.cool_down_ns = NS_PER_MINUTE;
		world->options.maximum_age_ns = 2 * NS_PER_HOUR;
		fund(world);
		start(world);
		for (int phase = 0; phase < 36; phase++) {
			for (size_t i = 0; i < MARKETS; i++)
				world->rates_e18[i] =
					random_between(&random, -30, 30) * (RATE_ONE / 10000);
			for (size_t i = 0; i < sizeof(script) - 1; i++)
				script[i] = outcomes[random_below(&random, sizeof(outcomes) - 1)];
			script[sizeof(script) - 1] = '\0';
			venue_id venue = (venue_id)(1 + random_below(&random, 3));
			simulated_client_script_commands(world->clients.by_venue[venue], script);
			simulated_client_fail_reads(world->clients.by_venue[venue], READ_POSITIONS,
						    (unsigned)random_below(&random, 3));
			run_for(world, 10 * NS_PER_MINUTE);
			simulated_client_script_commands(world->clients.by_venue[venue], NULL);
		}
		funding_arbitrage_strategy_stop_opening(world->strategy);
		size_t count = funding_arbitrage_strategy_positions(world->strategy);
		for (size_t i = 0; i < count; i++)
			funding_arbitrage_strategy_close(world->strategy,
							 position_of(world, i)->trade);
		run_for(world, 5 * NS_PER_MINUTE);
		for (size_t i = 0; i < count; i++)
			if (position_of(world, i)->state != POSITION_CLOSED)
				fail_msg("seed %llu: %s is not closed", (unsigned long long)seed,
					 position_of(world, i)->name);
		for (size_t i = 0; i < 2; i++)
			if (position_at_venue(world, world->ids[i]) != 0)
				fail_msg("seed %llu: %lld left at a venue",
					 (unsigned long long)seed,
					 (long long)position_at_venue(world, world->ids[i]));
		assert_books_agree(world);
		opened += world->opened;
		destroy(world);
	}
	print_message("seeds 100..107: %u opened\n", opened);
	assert_true(opened >= 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pair_lives_through_settlements_and_ends_when_the_edge_is_gone),
		cmocka_unit_test(spot_is_bought_held_and_sold_but_for_its_dust),
		cmocka_unit_test(lack_of_money_is_told_by_preflight),
		cmocka_unit_test(liquidated_leg_takes_the_other_with_it),
		cmocka_unit_test(without_streams_books_are_read_only_to_open_and_to_watch),
		cmocka_unit_test(whatever_fails_all_is_flat_and_booked_once_closed),
	};
	FILE *nowhere = fopen("/dev/null", "w"); /* the faults are meant to raise alarms */
	log_configure(nowhere, LOG_ALARM);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fclose(nowhere);
	return failed;
}
