/* The testnet's made-up market, told to two floors. */
#include "core/base/keccak256.h"
#include "core/base/utc.h"
#include "exchanges/testnet/funding_formula.h"
#include "exchanges/testnet/market_feed.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START  (INT64_C(1704067200) * NS_PER_SECOND)
#define VENUES 2

struct heard {
	struct world *world;
	size_t venue;
	struct order_book *told[INSTRUMENTS_MAX + 1];
	uint64_t books, trades, settled, levels;
};
struct world {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floors[VENUES];
	struct market_feed *feed;
	struct heard heard[VENUES];
	struct keccak256 hash;
	int64_t worst_apart_bp; /* of the two mids of a coin, since the last reset */
};

static void add_u64(struct keccak256 *hash, uint64_t value)
{
	keccak256_add(hash, &value, sizeof(value));
}

static void hash_event(struct world *world, const struct market_event *event)
{
	struct keccak256 *hash = &world->hash;
	add_u64(hash, (uint64_t)event->local_ns);
	add_u64(hash, event->instrument);
	add_u64(hash, event->kind);
	if (event->kind == EVENT_BOOK) {
		keccak256_add(hash, event->u.book.bids,
			      event->u.book.bid_count * sizeof(struct book_level));
		keccak256_add(hash, event->u.book.asks,
			      event->u.book.ask_count * sizeof(struct book_level));
	}
	if (event->kind == EVENT_TRADE)
		add_u64(hash, (uint64_t)event->u.trade.quantity.units);
	if (event->kind == EVENT_FUNDING)
		add_u64(hash, (uint64_t)event->u.funding.rate.e18);
	if (event->kind == EVENT_MARK)
		add_u64(hash, (uint64_t)event->u.mark.mark.e18);
}

static void on_market(void *user, const struct market_event *event)
{
	struct heard *heard = user;
	hash_event(heard->world, event);
	if (event->kind == EVENT_TRADE)
		heard->trades++;
	if (event->kind == EVENT_FUNDING && event->u.funding.kind == FUNDING_SETTLED)
		heard->settled++;
	if (event->kind != EVENT_BOOK)
		return;
	heard->books++;
	heard->levels += event->u.book.bid_count + event->u.book.ask_count;
	struct order_book **told = &heard->told[event->instrument];
	if (*told == NULL)
		*told = order_book_create(1);
	if (event->flags & EVENT_FLAG_SNAPSHOT)
		order_book_clear(*told);
	order_book_apply(*told, event->u.book.bids, event->u.book.bid_count, event->u.book.asks,
			 event->u.book.ask_count);
	assert_false(order_book_crossed(*told));
}

static void add_instrument(struct world *world, size_t venue, const char *coin, int64_t multiplier,
			   unsigned price_decimals, unsigned quantity_decimals)
{
	static const char *const NAMES[VENUES] = {"lighter", "hyperliquid"};
	struct error err = {0};
	struct instrument terms = {.venue = instrument_table_venue(world->table, NAMES[venue]),
				   .kind = INSTRUMENT_LINEAR,
				   .base = instrument_table_asset(world->table, coin),
				   .canonical = instrument_table_asset(world->table, coin),
				   .quote = instrument_table_asset(world->table, "USDC"),
				   .settle = instrument_table_asset(world->table, "USDC"),
				   .multiplier = multiplier,
				   .contract_size = {MONEY_ONE},
				   .price_decimals = price_decimals,
				   .quantity_decimals = quantity_decimals};
	snprintf(terms.symbol, sizeof(terms.symbol), "%s%s", multiplier == 1 ? "" : "1000", coin);
	struct instrument_revision revision = market_terms_revision();
	revision.funding.interval_ns = NS_PER_MINUTE;
	if (venue == 1) {
		revision.funding.paid_on = FUNDING_PAID_ON_ORACLE;
		revision.rules.significant_figures = 5;
		revision.rules.integer_prices_always = true;
	}
	if (instrument_table_add(world->table, &terms, &revision, &err) == 0)
		fail_msg("%s", err.text);
}

static void open_world(struct world *world, const struct market_feed_options *options)
{
	memset(world, 0, sizeof(*world));
	keccak256_begin(&world->hash);
	world->scheduler = scheduler_create(START);
	world->table = instrument_table_create();
	world->faults = fault_plan_create(1, START);
	for (size_t v = 0; v < VENUES; v++) {
		add_instrument(world, v, "BTC", 1, 1, 5);
		add_instrument(world, v, "SOL", 1, v == 0 ? 3 : 4, 2);
		add_instrument(world, v, "PEPE", 1000, 6, 0);
	}
	world->feed = market_feed_create(options, world->scheduler, world->table, world->faults);
	assert_true(market_feed_add_coin(world->feed, "BTC", money_of("61750"), 20000));
	assert_true(market_feed_add_coin(world->feed, "SOL", money_of("143.9"), 10000));
	assert_true(market_feed_add_coin(world->feed, "PEPE", money_of("0.0000078"), 5000));
	assert_false(market_feed_add_coin(world->feed, "BTC", money_of("1"), 1));
	for (size_t v = 0; v < VENUES; v++) {
		struct trading_floor_options floor = {.venue = (venue_id)(v + 1),
						      .default_leverage = 5};
		static const struct floor_events EVENTS = {.market = on_market};
		world->heard[v] = (struct heard){.world = world, .venue = v};
		world->floors[v] =
			trading_floor_create(&floor, world->scheduler, world->table, world->faults);
		trading_floor_set_events(world->floors[v], &EVENTS, &world->heard[v]);
		struct feed_venue_options venue = {.spread_tenth_bp = 10,
						   .rate_step = {v == 0 ? RATE_ONE / 1000000 : 0}};
		assert_int_equal(market_feed_add_venue(world->feed, world->floors[v], &venue), 3);
	}
	market_feed_start(world->feed);
}

static void close_world(struct world *world)
{
	market_feed_free(world->feed);
	for (size_t v = 0; v < VENUES; v++) {
		trading_floor_free(world->floors[v]);
		for (size_t id = 0; id <= INSTRUMENTS_MAX; id++)
			order_book_free(world->heard[v].told[id]);
	}
	fault_plan_free(world->faults);
	instrument_table_free(world->table);
	scheduler_free(world->scheduler);
}

static void run(struct world *world, int64_t seconds)
{
	scheduler_run(world->scheduler, NULL,
		      scheduler_now(world->scheduler) + seconds * NS_PER_SECOND);
}

static instrument_id find(const struct world *world, size_t venue, const char *symbol)
{
	instrument_id id = instrument_find(world->table, (venue_id)(venue + 1), symbol);
	assert_int_not_equal(id, 0);
	return id;
}

static struct money mid_of(const struct world *world, size_t venue, const char *symbol)
{
	instrument_id id = find(world, venue, symbol);
	struct book_level bid, ask;
	assert_int_equal(trading_floor_depth(world->floors[venue], id, SIDE_BUY, &bid, 1), 1);
	assert_int_equal(trading_floor_depth(world->floors[venue], id, SIDE_SELL, &ask, 1), 1);
	return mid_e18(instrument_get(world->table, id), bid.price, ask.price);
}

static int64_t apart_bp(struct money a, struct money b)
{
	i128 apart = (a.e18 - b.e18) * 10000 / b.e18;
	return (int64_t)(apart < 0 ? -apart : apart);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
	(void)state;
	struct world world;
	uint8_t hashes[3][KECCAK256_BYTES];
	for (size_t i = 0; i < 3; i++) {
		struct market_feed_options options = market_feed_defaults();
		options.seed = i == 2 ? 8 : 7;
		options.gaps_per_day = 1000;
		open_world(&world, &options);
		run(&world, 130);
		keccak256_end(&world.hash, hashes[i]);
		close_world(&world);
	}
	assert_memory_equal(hashes[0], hashes[1], KECCAK256_BYTES);
	assert_memory_not_equal(hashes[0], hashes[2], KECCAK256_BYTES);
}

static void books_are_whole_and_follow_the_true_price(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	options.regime = FEED_CALM;
	open_world(&world, &options);
	static const char *const SYMBOLS[] = {"BTC", "SOL", "1000PEPE"};
	for (int second = 0; second < 300; second++) {
		run(&world, 1);
		for (size_t s = 0; s < 3; s++) {
			struct money first = mid_of(&world, 0, SYMBOLS[s]);
			assert_true(apart_bp(first, mid_of(&world, 1, SYMBOLS[s])) <= 15);
		}
	}
	struct money true_price = market_feed_price(world.feed, "PEPE");
	true_price.e18 *= 1000;
	assert_true(apart_bp(mid_of(&world, 0, "1000PEPE"), true_price) <= 10);
	for (size_t v = 0; v < VENUES; v++) {
		/* 5 messages a second and market; few levels change in one. */
		assert_in_range(world.heard[v].books, 300 * 5 * 3 / 2, 300 * 5 * 3 + 3);
		assert_true(world.heard[v].levels / world.heard[v].books <= 20);
		assert_in_range(world.heard[v].trades, 300, 1500);
	}
	close_world(&world);
}

static void every_level_obeys_the_venues_price_rule(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	options.gaps_per_day = 20000;
	open_world(&world, &options);
	for (int second = 0; second < 120; second++) {
		run(&world, 1);
		for (instrument_id id = 1; id <= instrument_count(world.table); id++) {
			const struct instrument *instrument = instrument_get(world.table, id);
			struct book_level levels[FEED_LEVELS_MAX];
			size_t count = trading_floor_depth(world.floors[instrument->venue - 1], id,
							   SIDE_SELL, levels, FEED_LEVELS_MAX);
			assert_int_equal(count, options.levels);
			for (size_t i = 0; i < count; i++)
				assert_true(price_obeys(&instrument_latest(world.table, id)->rules,
							instrument->price_decimals,
							levels[i].price));
		}
	}
	close_world(&world);
}

static int64_t settled_rate(const struct world *world, size_t venue, const char *symbol,
			    size_t index)
{
	const struct floor_settled *settled =
		trading_floor_settled(world->floors[venue], find(world, venue, symbol), index);
	assert_non_null(settled);
	return settled->rate.e18;
}

static void a_calm_market_pays_the_interest_rate_alone(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	options.regime = FEED_CALM;
	open_world(&world, &options);
	run(&world, 600);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(settled_rate(&world, 1, "BTC", i), INT64_C(12500000000000));
		/* Lighter's step of 0.0001 %: half to even. */
		assert_int_equal(settled_rate(&world, 0, "BTC", i), INT64_C(12000000000000));
	}
	close_world(&world);
}

static void one_side_pays_clearly_more_in_a_one_sided_market(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	options.regime = FEED_ONE_SIDED;
	open_world(&world, &options);
	run(&world, 600);
	size_t payer =
		settled_rate(&world, 0, "BTC", 0) > settled_rate(&world, 1, "BTC", 0) ? 0 : 1;
	for (size_t i = 0; i < FEED_PAST_SETTLEMENTS + 9; i++) {
		/* 0.025 % against about nothing, in the invented past too. */
		assert_in_range(settled_rate(&world, payer, "BTC", i), INT64_C(230000000000000),
				INT64_C(270000000000000));
		assert_in_range(settled_rate(&world, 1 - payer, "BTC", i) + INT64_C(20000000000000),
				0, INT64_C(40000000000000));
	}
	close_world(&world);
}

static void the_payer_changes_in_a_flipping_market(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	options.regime = FEED_FLIPPING;
	options.book_interval_ns = NS_PER_SECOND;
	open_world(&world, &options);
	run(&world, 3600);
	unsigned flips = 0;
	for (size_t i = FEED_PAST_SETTLEMENTS + 1; i < FEED_PAST_SETTLEMENTS + 59; i++) {
		bool before = settled_rate(&world, 0, "SOL", i - 1) >
			      settled_rate(&world, 1, "SOL", i - 1);
		bool after = settled_rate(&world, 0, "SOL", i) > settled_rate(&world, 1, "SOL", i);
		flips += before != after;
	}
	assert_in_range(flips, 6, 15);
	close_world(&world);
}

static void every_boundary_is_settled_once_with_price_and_premium(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	open_world(&world, &options);
	run(&world, 601);
	for (size_t v = 0; v < VENUES; v++) {
		assert_int_equal(world.heard[v].settled, 3 * 10);
		instrument_id id = find(&world, v, "SOL");
		assert_int_equal(trading_floor_settled_count(world.floors[v], id),
				 FEED_PAST_SETTLEMENTS + 10);
		for (size_t i = 0; i < FEED_PAST_SETTLEMENTS + 10; i++) {
			const struct floor_settled *settled =
				trading_floor_settled(world.floors[v], id, i);
			assert_int_equal(settled->boundary_ns,
					 START + ((int64_t)i + 1 - FEED_PAST_SETTLEMENTS) *
							 NS_PER_MINUTE);
			assert_true(settled->price.e18 > 0);
			int64_t by_formula = funding_rate_of(settled->premium).e18;
			int64_t step = v == 0 ? RATE_ONE / 1000000 / 2 : 0;
			assert_in_range(by_formula - settled->rate.e18 + step, 0, 2 * step);
		}
	}
	close_world(&world);
}

static void the_price_can_be_put_and_jumps_by_a_fault(void **state)
{
	(void)state;
	struct world world;
	struct market_feed_options options = market_feed_defaults();
	struct error err = {0};
	options.regime = FEED_CALM;
	open_world(&world, &options);
	assert_true(market_feed_set_price(world.feed, "BTC", money_of("70000")));
	assert_false(market_feed_set_price(world.feed, "XYZ", money_of("70000")));
	assert_false(market_feed_set_price(world.feed, "BTC", money_of("0")));
	run(&world, 2);
	assert_true(apart_bp(mid_of(&world, 0, "BTC"), money_of("70000")) <= 15);
	assert_true(fault_plan_add(world.faults, "book.move_bps=-500,symbol=BTC", &err));
	run(&world, 2);
	assert_true(apart_bp(mid_of(&world, 1, "BTC"), money_of("66500")) <= 20);
	assert_true(market_feed_set_premium(world.feed, "SOL", 1, (struct rate){RATE_ONE / 100}));
	run(&world, 120);
	/* The document's own example: P = 1 % gives 0.11875 %. */
	assert_in_range(settled_rate(&world, 1, "SOL", FEED_PAST_SETTLEMENTS + 1),
			INT64_C(1180000000000000), INT64_C(1195000000000000));
	close_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(books_are_whole_and_follow_the_true_price),
		cmocka_unit_test(every_level_obeys_the_venues_price_rule),
		cmocka_unit_test(a_calm_market_pays_the_interest_rate_alone),
		cmocka_unit_test(one_side_pays_clearly_more_in_a_one_sided_market),
		cmocka_unit_test(the_payer_changes_in_a_flipping_market),
		cmocka_unit_test(every_boundary_is_settled_once_with_price_and_premium),
		cmocka_unit_test(the_price_can_be_put_and_jumps_by_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
