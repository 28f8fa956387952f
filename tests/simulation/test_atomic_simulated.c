/*
 * The AtomicMultiOrderExecutor in front of the simulated venues with their own margin, matching and
 * latency, on a streamed book.
 */
#include "core/base/log.h"
#include "core/base/utc.h"
#include "exchanges/simulated/simulated_client.h"
#include "execution/atomic_multi_order_executor.h"
#include "tests/support/market_terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START (1723100000 * NS_PER_SECOND)

struct setting {
	struct market_terms terms;
	struct scheduler *scheduler;
	struct market_state *market;
	struct exchange_clients clients;
	struct price_provider *prices;
	struct liquidity_analyzer *liquidity;
	struct atomic_executor *executor;
	struct intent_sink sink;
	uint32_t last_id;
	int64_t run_to_ns;
	unsigned completions;
	struct trade_result result;
	intent_done committed;
	void *committed_user;
};

static struct setting *setting;

static void on_committed(void *user)
{
	(void)user;
	setting->committed(setting->committed_user, true);
}

static void sink_commit(void *self, const struct intent_trade *trade,
			const struct intent_order *orders, size_t count, intent_done done,
			void *user)
{
	(void)self;
	(void)trade;
	(void)orders;
	(void)count;
	setting->committed = done;
	setting->committed_user = user;
	scheduler_after(setting->scheduler, 0, SCHEDULE_COMPLETION, on_committed, NULL);
}

static void sink_note(void *self, uint32_t trade, const char *text)
{
	(void)self;
	(void)trade;
	if (getenv("SHOW"))
		printf("%s\n", text);
}

static uint32_t sink_next_id(void *self)
{
	(void)self;
	return ++setting->last_id;
}

static void on_account(void *user, const struct account_event *event)
{
	(void)user;
	if (event->kind == ACCOUNT_FILL)
		price_provider_fill(setting->prices, event);
	atomic_executor_account_event(setting->executor, event);
}

static void on_market(void *user, const struct market_event *event)
{
	(void)user;
	(void)event;
}

static void show(instrument_id id, int64_t bid, int64_t ask, int64_t size)
{
	const struct instrument *instrument = instrument_get(setting->terms.table, id);
	struct book_level bids[5], asks[5];
	struct market_event event = {
		.local_ns = scheduler_now(setting->scheduler),
		.exch_ns = scheduler_now(setting->scheduler),
		.instrument = id,
		.venue = instrument->venue,
		.kind = EVENT_BOOK,
		.flags = EVENT_FLAG_SNAPSHOT | EVENT_FLAG_KEYFRAME,
	};

	for (int i = 0; i < 5; i++) {
		bids[i] = (struct book_level){{bid - i}, {size}};
		asks[i] = (struct book_level){{ask + i}, {size}};
	}
	event.u.book.bids = bids;
	event.u.book.asks = asks;
	event.u.book.bid_count = event.u.book.ask_count = 5;
	market_state_apply(setting->market, &event);
	simulated_client_market(setting->clients.by_venue[instrument->venue], &event);
	price_provider_market(setting->prices, &event);
	atomic_executor_market_event(setting->executor, &event);
}

static void on_started(void *user, bool ok, const char *why)
{
	(void)user;
	(void)why;
	assert_true(ok);
}

static void add_venue(venue_id venue, asset_id asset, const char *deposit)
{
	const struct simulated_client_options options = {
		.venue = {.venue = venue, .default_leverage = 3},
		.latency = {5 * NS_PER_MS, 5 * NS_PER_MS, 20 * NS_PER_MS, 20 * NS_PER_MS, 0},
		.seed = 1,
		.funding_patience_ns = 30 * NS_PER_MINUTE,
	};
	const struct exchange_sink sink = {on_market, on_account, NULL};
	struct exchange_client *client = simulated_client_create(
		&options, setting->scheduler, setting->terms.table, setting->market, NULL, NULL);
	struct market_event clock = {
		.local_ns = START, .venue = venue, .kind = EVENT_CLOCK, .u.clock = {0, 1000000}};

	assert_non_null(client);
	market_state_apply(setting->market, &clock);
	assert_true(simulated_venue_deposit(simulated_client_venue(client), asset,
					    money_of(deposit), START));
	setting->clients.by_venue[venue] = client;
	exchange_start(client, &sink, on_started, NULL);
}

static int set_up(void **state)
{
	struct price_provider_options prices = price_provider_defaults();
	struct liquidity_limits limits = liquidity_defaults();
	struct atomic_executor_options options = atomic_executor_defaults();

	(void)state;
	setting = calloc(1, sizeof(*setting));
	setting->terms = market_terms_create();
	setting->scheduler = scheduler_create(START);
	setting->run_to_ns = START;
	setting->market = market_state_create(setting->terms.table);
	prices.streams = true;
	setting->prices = price_provider_create(&prices, setting->scheduler, setting->terms.table,
						setting->market, &setting->clients);
	setting->liquidity =
		liquidity_analyzer_create(&limits, setting->scheduler, setting->terms.table,
					  setting->market, &setting->clients, setting->prices);
	setting->sink = (struct intent_sink){sink_commit, sink_note, sink_next_id, NULL};
	setting->executor = atomic_executor_create(
		&options, setting->scheduler, setting->terms.table, setting->market,
		&setting->clients, setting->prices, setting->liquidity, &setting->sink);
	add_venue(setting->terms.usdm_venue, setting->terms.usdt, "100000");
	add_venue(setting->terms.coinm_venue, setting->terms.btc, "2");
	add_venue(setting->terms.spot_venue, setting->terms.usdt, "100000");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	atomic_executor_free(setting->executor);
	liquidity_analyzer_free(setting->liquidity);
	price_provider_free(setting->prices);
	for (size_t i = 0;
	     i < sizeof(setting->clients.by_venue) / sizeof(setting->clients.by_venue[0]); i++)
		exchange_client_free(setting->clients.by_venue[i]);
	market_state_free(setting->market);
	scheduler_free(setting->scheduler);
	market_terms_free(&setting->terms);
	free(setting);
	return 0;
}

static void on_done(void *user, const struct trade_result *result)
{
	(void)user;
	setting->completions++;
	setting->result = *result;
	setting->result.preflight = NULL;
}

/* Books are shown anew every 100 ms until the trade has ended. */
static void run(bool closing, struct trade_leg first, struct trade_leg second, int64_t size,
		int64_t seconds)
{
	struct trade_request request = {.name = "pair",
					.trade = 1,
					.closing = closing,
					.leg_count = second.instrument ? 2 : 1,
					.legs = {first, second}};
	unsigned before = setting->completions;

	show(setting->terms.usdm, 617520, 617521, size);
	show(setting->terms.coinm, 617538, 617540, size);
	show(setting->terms.spot, 6175390, 6175400, size * 100);
	atomic_executor_start(setting->executor, &request, on_done, NULL);
	for (int64_t i = 0; i < seconds * 10 && setting->completions == before; i++) {
		setting->run_to_ns += 100 * NS_PER_MS;
		scheduler_run(setting->scheduler, NULL, setting->run_to_ns);
		show(setting->terms.usdm, 617520, 617521, size + i % 2);
		show(setting->terms.coinm, 617538, 617540, size + i % 2);
		show(setting->terms.spot, 6175390, 6175400, (size + i % 2) * 100);
	}
	assert_int_equal(setting->completions, before + 1);
}

static struct trade_leg leg(instrument_id id, enum side side, int64_t units)
{
	return (struct trade_leg){id, side, {units}};
}

static int64_t held(instrument_id id)
{
	venue_id venue = instrument_get(setting->terms.table, id)->venue;
	return simulated_venue_position(simulated_client_venue(setting->clients.by_venue[venue]),
					id)
		.quantity.units;
}

static void assert_ended(enum trade_state expected)
{
	if (setting->result.state != expected)
		fail_msg("%s: %s", trade_state_text(setting->result.state), setting->result.reason);
}

static void script(venue_id venue, const char *outcomes)
{
	simulated_client_script_commands(setting->clients.by_venue[venue], outcomes);
}

static void a_pair_is_opened_and_closed(void **state)
{
	const struct market_terms *terms = &setting->terms;

	(void)state;
	run(false, leg(terms->usdm, SIDE_BUY, 162), leg(terms->coinm, SIDE_SELL, 100), 100000, 5);
	assert_ended(TRADE_DONE);
	assert_int_equal(held(terms->usdm), 162);
	assert_int_equal(held(terms->coinm), -100);
	run(true, leg(terms->usdm, SIDE_SELL, 162), leg(terms->coinm, SIDE_BUY, 100), 100000, 5);
	assert_ended(TRADE_DONE);
	assert_int_equal(held(terms->usdm), 0);
	assert_int_equal(held(terms->coinm), 0);
}

static void spot_is_held_after_its_fee_and_sold_in_lots(void **state)
{
	const struct market_terms *terms = &setting->terms;

	(void)state;
	run(false, leg(terms->spot, SIDE_BUY, 16200), leg(terms->coinm, SIDE_SELL, 100), 100000, 5);
	assert_ended(TRADE_DONE);
	assert_int_equal(setting->result.legs[0].held.units, 16191);
	run(true, leg(terms->spot, SIDE_SELL, 16191), leg(terms->coinm, SIDE_BUY, 100), 100000, 5);
	assert_ended(TRADE_DONE);
	assert_int_equal(held(terms->coinm), 0);
}

static void every_scripted_outcome_ends_flat_or_hedged(void **state)
{
	static const char *const outcomes[] = {"u",  "U",  "r",	 "m",  ".u", ".U",
					       ".r", ".m", "uu", "mm", "rUr"};
	const struct market_terms *terms = &setting->terms;

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		/* the first command on each venue sets the leverage, and only once */
		run(false, leg(terms->usdm, SIDE_BUY, 1), (struct trade_leg){0}, 100000, 5);
		assert_ended(TRADE_DONE);
		run(true, leg(terms->usdm, SIDE_SELL, 1), (struct trade_leg){0}, 100000, 5);
		run(false, leg(terms->coinm, SIDE_SELL, 1), (struct trade_leg){0}, 100000, 5);
		run(true, leg(terms->coinm, SIDE_BUY, 1), (struct trade_leg){0}, 100000, 5);
		script(terms->coinm_venue, outcomes[i]);
		run(false, leg(terms->usdm, SIDE_BUY, 162), leg(terms->coinm, SIDE_SELL, 100),
		    100000, 120);
		if (setting->result.state == TRADE_FLAT) {
			assert_int_equal(held(terms->usdm), 0);
			assert_int_equal(held(terms->coinm), 0);
		} else {
			assert_ended(TRADE_DONE);
			assert_int_equal(held(terms->usdm), 162);
			assert_int_equal(held(terms->coinm), -100);
			script(terms->coinm_venue, outcomes[i]);
			script(terms->usdm_venue, outcomes[i]);
			run(true, leg(terms->usdm, SIDE_SELL, 162),
			    leg(terms->coinm, SIDE_BUY, 100), 100000, 180);
			assert_ended(TRADE_DONE);
			assert_int_equal(held(terms->usdm), 0);
			assert_int_equal(held(terms->coinm), 0);
		}
		script(terms->coinm_venue, NULL);
		script(terms->usdm_venue, NULL);
		/* reports older than our last fill prove nothing: let them age */
		setting->run_to_ns += 61 * NS_PER_SECOND;
		scheduler_run(setting->scheduler, NULL, setting->run_to_ns);
	}
}

static void a_thin_book_is_refused(void **state)
{
	const struct market_terms *terms = &setting->terms;

	(void)state;
	run(false, leg(terms->usdm, SIDE_BUY, 162), leg(terms->coinm, SIDE_SELL, 100), 10, 5);
	assert_ended(TRADE_FLAT);
	assert_non_null(strstr(setting->result.reason, "preflight"));
	assert_int_equal(held(terms->usdm), 0);
}

static void an_opening_without_margin_is_refused_before_it_is_sent(void **state)
{
	const struct market_terms *terms = &setting->terms;

	(void)state;
	/* 12 BTC at 3x need 247,000 USDT, 100,000 are there */
	run(false, leg(terms->usdm, SIDE_BUY, 12000), (struct trade_leg){0}, 100000, 5);
	assert_ended(TRADE_FLAT);
	assert_non_null(strstr(setting->result.reason, "preflight margin"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pair_is_opened_and_closed),
		TEST(spot_is_held_after_its_fee_and_sold_in_lots),
		TEST(every_scripted_outcome_ends_flat_or_hedged),
		TEST(a_thin_book_is_refused),
		TEST(an_opening_without_margin_is_refused_before_it_is_sent),
	};
	FILE *nowhere = fopen("/dev/null", "w");
	if (nowhere)
		log_configure(nowhere, LOG_ALARM);
	return cmocka_run_group_tests_name("atomic simulated", tests, NULL, NULL);
}
