/* A recording feeds the testnet's floors: what is displayed is what an own reading of it gives. */
#include "core/base/utc.h"
#include "core/store/recording.h"
#include "exchanges/testnet/market_feed.h"
#include "exchanges/testnet/testnet_markets.h"
#include "src/market_generator.h"
#include "tests/support/market_terms.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START  (INT64_C(1790000000) * NS_PER_SECOND)
#define LEVELS 8

static char folder[128];

static int generate(void **state)
{
	(void)state;
	struct generator_options options = generator_defaults();
	struct generator_result result;
	struct error err = {0};
	options.hours = 2;
	scratch_folder_make(folder, sizeof(folder));
	return market_generate(folder, &options, &result, &err) ? 0 : -1;
}

static int clean(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

/* The recording up to a recorded time, by its reader alone. */
struct reading {
	struct instrument_table *table;
	struct market_state *books;
	struct recording_reader *reader;
	struct market_event head;
	int64_t first_ns;
	uint64_t trades; /* of demo-alpha:BTC-PERP */
	bool ended;
};

static void open_reading(struct reading *reading)
{
	struct error err = {0};
	reading->table = instrument_table_create();
	reading->reader = recording_reader_open(folder, reading->table, &err);
	reading->books = market_state_create(reading->table);
	reading->trades = 0;
	assert_non_null(reading->reader);
	assert_int_equal(recording_reader_next(reading->reader, &reading->head, &err),
			 RECORDING_EVENT);
	reading->first_ns = reading->head.local_ns;
	reading->ended = false;
}

static instrument_id recorded(const struct reading *reading, const char *venue, const char *symbol)
{
	instrument_id id = instrument_find(
		reading->table, instrument_table_find_venue(reading->table, venue), symbol);
	assert_int_not_equal(id, 0);
	return id;
}

static void read_to(struct reading *reading, int64_t local_ns)
{
	while (!reading->ended && reading->head.local_ns <= local_ns) {
		market_state_apply(reading->books, &reading->head);
		if (reading->head.kind == EVENT_TRADE &&
		    reading->head.instrument == recorded(reading, "demo-alpha", "BTC-PERP"))
			reading->trades++;
		reading->ended = recording_reader_next(reading->reader, &reading->head, NULL) !=
				 RECORDING_EVENT;
	}
}

static void close_reading(struct reading *reading)
{
	recording_reader_free(reading->reader);
	market_state_free(reading->books);
	instrument_table_free(reading->table);
}

struct world {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct trading_floor *floors[2];
	struct market_feed *feed;
	uint64_t trades; /* of lighter:BTC */
	instrument_id btc;
};

static void on_market(void *user, const struct market_event *event)
{
	struct world *world = user;
	if (event->kind == EVENT_TRADE && event->instrument == world->btc)
		world->trades++;
}

static void open_world(struct world *world)
{
	static const char *const COINS[] = {"BTC", "ETH", "DOGE", "PEPE"};
	static const char *const NAMES[] = {TESTNET_LIGHTER, TESTNET_HYPERLIQUID};
	static const struct floor_events EVENTS = {.market = on_market};
	struct testnet_listing listing = {
		.coins = COINS, .coin_count = 4, .funding_interval_ns = 10 * NS_PER_MINUTE};
	struct market_feed_options options = market_feed_defaults();
	const char *paths[] = {folder};
	struct error err = {0};
	options.levels = LEVELS;
	world->trades = 0;
	world->scheduler = scheduler_create(START);
	world->table = instrument_table_create();
	assert_true(testnet_list_markets(&listing, world->table, &err));
	world->feed = market_feed_create(&options, world->scheduler, world->table, NULL);
	assert_true(testnet_list_coins(&listing, world->feed, &err));
	for (size_t v = 0; v < 2; v++) {
		struct trading_floor_options floor = {
			.venue = instrument_table_find_venue(world->table, NAMES[v]),
			.default_leverage = 5};
		struct feed_venue_options venue = {.spread_tenth_bp = 10};
		world->floors[v] =
			trading_floor_create(&floor, world->scheduler, world->table, NULL);
		trading_floor_set_events(world->floors[v], &EVENTS, world);
		assert_int_equal(market_feed_add_venue(world->feed, world->floors[v], &venue), 4);
	}
	world->btc = instrument_find(world->table, 1, "BTC");
	if (!market_feed_use_recording(world->feed, paths, 1, &err))
		fail_msg("%s", err.text);
	market_feed_start(world->feed);
}

static void close_world(struct world *world)
{
	market_feed_free(world->feed);
	trading_floor_free(world->floors[0]);
	trading_floor_free(world->floors[1]);
	instrument_table_free(world->table);
	scheduler_free(world->scheduler);
}

static void nothing(void *user)
{
	(void)user;
}

/* Time stands where the last entry put it: one at the end lets it arrive. */
static void run_to(struct world *world, int64_t ns)
{
	scheduler_at(world->scheduler, START + ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(world->scheduler, NULL, START + ns);
}

/* Level by level: prices of the recording at the floor's decimals, equal to the unit. */
static void same_book(const struct world *world, const struct reading *reading, size_t floor,
		      const char *symbol, const char *venue, const char *recorded_symbol,
		      int64_t price_scale, int64_t quantity_scale)
{
	const struct order_book *book =
		market_state_book(reading->books, recorded(reading, venue, recorded_symbol))->book;
	instrument_id id = instrument_find(world->table, (venue_id)(floor + 1), symbol);
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct book_level there[LEVELS], here[LEVELS];
		uint32_t count = order_book_levels(book, side, there, LEVELS);
		assert_int_equal(trading_floor_depth(world->floors[floor], id, side, here, LEVELS),
				 count);
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(here[i].price.units, there[i].price.units * price_scale);
			assert_int_equal(here[i].quantity.units,
					 there[i].quantity.units * quantity_scale);
		}
	}
}

static void the_displayed_book_is_the_recorded_one(void **state)
{
	(void)state;
	struct world world;
	struct reading reading;
	open_world(&world);
	open_reading(&reading);
	for (int round = 0; round < 60; round++) {
		/* In the quiet half of a round of 6 s. */
		int64_t at_ns = round * 6 * NS_PER_SECOND + 3 * NS_PER_SECOND;
		run_to(&world, at_ns);
		read_to(&reading, reading.first_ns + at_ns);
		same_book(&world, &reading, 0, "BTC", "demo-alpha", "BTC-PERP", 1, 100);
		same_book(&world, &reading, 0, "DOGE", "demo-alpha", "DOGE-PERP", 1, 1);
		assert_int_equal(world.trades, reading.trades);
	}
	assert_true(world.trades > 10);
	close_reading(&reading);
	close_world(&world);
}

static void the_second_recorded_venue_feeds_the_second_floor_in_its_own_ticks(void **state)
{
	(void)state;
	struct world world;
	struct reading reading;
	open_world(&world);
	open_reading(&reading);
	run_to(&world, 33 * NS_PER_SECOND);
	read_to(&reading, reading.first_ns + 33 * NS_PER_SECOND);
	instrument_id id = instrument_find(world.table, 2, "BTC");
	struct book_level here, there;
	assert_int_equal(trading_floor_depth(world.floors[1], id, SIDE_BUY, &here, 1), 1);
	assert_true(order_book_best(
		market_state_book(reading.books, recorded(&reading, "demo-beta", "BTCUSDT"))->book,
		SIDE_BUY, &there));
	/* Whole dollars beyond five figures: never better than what was recorded. */
	assert_int_equal(here.price.units, there.price.units / 10 * 10);
	assert_true(here.quantity.units >= there.quantity.units * 100);
	/* A coin that is not recorded stays made up. */
	id = instrument_find(world.table, 2, "kPEPE");
	assert_int_equal(trading_floor_depth(world.floors[1], id, SIDE_BUY, &here, 1), 1);
	close_reading(&reading);
	close_world(&world);
}

static void recorded_rates_are_paid_per_interval(void **state)
{
	(void)state;
	struct world world;
	struct reading reading;
	open_world(&world);
	open_reading(&reading);
	instrument_id eth = instrument_find(world.table, 2, "ETH");
	int64_t boundary_ns =
		START / (10 * NS_PER_MINUTE) * 10 * NS_PER_MINUTE + 10 * NS_PER_MINUTE;
	run_to(&world, boundary_ns - START + NS_PER_SECOND);
	read_to(&reading, reading.first_ns + boundary_ns - START);
	const struct floor_settled *settled = trading_floor_settled(world.floors[1], eth, 0);
	assert_non_null(settled);
	assert_int_equal(settled->boundary_ns, boundary_ns);
	const struct funding_state *funding =
		market_state_funding(reading.books, recorded(&reading, "demo-beta", "ETHUSDT"));
	assert_int_equal(settled->rate.e18, funding->rate.e18);
	close_reading(&reading);
	close_world(&world);
}

static void a_missing_recording_is_refused(void **state)
{
	(void)state;
	struct market_feed_options options = market_feed_defaults();
	struct scheduler *scheduler = scheduler_create(START);
	struct instrument_table *table = instrument_table_create();
	struct market_feed *feed = market_feed_create(&options, scheduler, table, NULL);
	const char *paths[] = {"no/such/recording"};
	struct error err = {0};
	assert_false(market_feed_use_recording(feed, paths, 1, &err));
	assert_string_not_equal(err.text, "");
	market_feed_free(feed);
	instrument_table_free(table);
	scheduler_free(scheduler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_displayed_book_is_the_recorded_one),
		cmocka_unit_test(the_second_recorded_venue_feeds_the_second_floor_in_its_own_ticks),
		cmocka_unit_test(recorded_rates_are_paid_per_interval),
		cmocka_unit_test(a_missing_recording_is_refused),
	};
	return cmocka_run_group_tests(tests, generate, clean);
}
