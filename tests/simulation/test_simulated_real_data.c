/*
 * The simulated exchange on real order books: fills, fees and funding of trades that were worked
 * out independently. Needs the datasets; says so and passes where they are absent.
 */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "exchanges/simulated/replay.h"
#include "exchanges/simulated/simulated_client.h"
#include "src/import/import.h"
#include "tests/support/market_fixture.h"
#include "tests/support/recording_fixture.h"
#include "tests/support/scratch_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define RECORDINGS_MAX 4
#define ORDERS_MAX     16

struct planned_order {
	const char *venue, *symbol, *quantity;
	enum side side;
	int64_t at_ns;
};

/* Sums of what one instrument did, by the venue's own events. */
struct leg {
	struct money fees, funding, exchanged; /* exchanged: quote out (-) and in (+), spot */
	int64_t position, payments;
	int64_t paid_at_ns;
	const char *label;
	asset_id fee_asset;
};

static struct {
	char directories[RECORDINGS_MAX][256];
	size_t directory_count;
	struct instrument_table *instruments;
	struct market_state *state;
	struct scheduler *scheduler;
	struct replay *replay;
	struct exchange_client *clients[VENUES_MAX + 1];
	struct leg legs[32];
	struct planned_order orders[ORDERS_MAX];
	size_t order_count;
	struct error overdue;
	uint64_t levels;
	size_t instruments_met;
} run;

static const char *data_directory(const char *dataset)
{
	static char path[512];
	const char *root = getenv("FUNDARB_DATA");
	snprintf(path, sizeof(path), "%s/%s", root ? root : "../shared/data", dataset);
	if (access(path, R_OK) == 0)
		return path;
	print_message("skipped: %s not present\n", path);
	return NULL;
}

static void import(enum import_kind kind, const char *dataset, const char *const *names,
		   size_t count)
{
	static char files[8][600];
	const char *paths[8];
	for (size_t i = 0; i < count; i++) {
		snprintf(files[i], sizeof(files[i]), "%s/%s", dataset, names[i]);
		paths[i] = files[i];
	}
	char *out = run.directories[run.directory_count++];
	scratch_folder_make(out, sizeof(run.directories[0]));
	struct import_options options = import_defaults();
	options.kind = kind;
	options.out = out;
	options.files = paths;
	options.file_count = count;
	if (kind == IMPORT_FUNDING)
		options.terms_from = run.directories[0];
	struct import_report *report = NULL;
	struct error err = {0};
	if (!import_run(&options, &report, &err))
		fail_msg("%s", err.text);
	import_report_free(report);
}

static void add(struct money *sum, struct money amount)
{
	assert_true(money_add(*sum, amount, sum));
}

static void on_account(void *user, const struct account_event *event)
{
	(void)user;
	struct leg *leg = &run.legs[event->instrument];
	if (event->kind == ACCOUNT_FILL) {
		add(&leg->fees, event->u.fill.fee);
		leg->fee_asset = event->u.fill.fee_asset;
	} else if (event->kind == ACCOUNT_FUNDING) {
		add(&leg->funding, event->u.funding.amount);
		leg->payments++;
		leg->paid_at_ns = event->local_ns;
		leg->label = event->u.funding.price_label;
	}
}

static void on_life(void *user, bool ok, const char *why)
{
	(void)user;
	(void)why;
	assert_true(ok);
}

static void on_overdue(void *user, const struct error *err)
{
	(void)user;
	run.overdue = *err;
	scheduler_stop(run.scheduler);
}

static void on_command(void *user, const struct command_result *result)
{
	(void)user;
	if (result->outcome != COMMAND_ACKNOWLEDGED)
		fail_msg("%s", result->venue_text);
}

static instrument_id find(const char *venue, const char *symbol)
{
	instrument_id id = instrument_find(
		run.instruments, instrument_table_find_venue(run.instruments, venue), symbol);
	assert_true(id != 0 && id < 32);
	return id;
}

static void send_order(void *user)
{
	static uint32_t client_id;
	const struct planned_order *planned = user;
	instrument_id id = find(planned->venue, planned->symbol);
	const struct instrument *instrument = instrument_get(run.instruments, id);
	struct book_level best;
	assert_true(order_book_best(market_state_book(run.state, id)->book,
				    side_opposite(planned->side), &best));
	struct order_request request = {.instrument = id,
					.client_id = ++client_id,
					.type = ORDER_IOC,
					.side = planned->side,
					.limit = best.price};
	/* 1 % beyond the touch: the book is walked as deep as it takes. */
	int64_t away = best.price.units / 100;
	request.limit.units += planned->side == SIDE_BUY ? away : -away;
	request.limit = price_round(&instrument_latest(run.instruments, id)->rules,
				    instrument->price_decimals, request.limit, ROUND_FLOOR);
	assert_int_equal(decimal_parse_i64(planned->quantity, strlen(planned->quantity),
					   instrument->quantity_decimals, &request.quantity.units),
			 DECIMAL_OK);
	exchange_place(run.clients[instrument->venue], &request, INT64_MAX, on_command, NULL);
}

static void plan(const char *time, const char *venue, const char *symbol, enum side side,
		 const char *quantity)
{
	struct planned_order *order = &run.orders[run.order_count++];
	*order = (struct planned_order){venue, symbol, quantity, side, 0};
	assert_true(utc_parse(time, strlen(time), &order->at_ns));
}

/* 5 bp taker everywhere, spot buys pay it in base. */
static void set_fees(instrument_id id)
{
	struct error err = {0};
	struct instrument_revision revision = *instrument_latest(run.instruments, id);
	revision.fees.taker.e18 = RATE_ONE / 10000 * 5;
	revision.fees.buy_fee_in_base =
		instrument_get(run.instruments, id)->kind == INSTRUMENT_SPOT;
	if (!instrument_table_revise(run.instruments, id, &revision, &err))
		fail_msg("%s", err.text);
}

static void create_client(venue_id venue)
{
	struct simulated_client_options options = {.venue = {.venue = venue, .default_leverage = 3},
						   .funding_patience_ns = 30 * NS_PER_MINUTE};
	run.clients[venue] = simulated_client_create(&options, run.scheduler, run.instruments,
						     run.state, on_overdue, NULL);
	exchange_start(run.clients[venue], &(struct exchange_sink){NULL, on_account, NULL}, on_life,
		       NULL);
	exchange_subscribe_account(run.clients[venue], on_life, NULL);
	asset_id assets[] = {instrument_table_asset(run.instruments, "USDT"),
			     instrument_table_asset(run.instruments, "BTC"),
			     instrument_table_asset(run.instruments, "ETH")};
	for (size_t i = 0; i < 3; i++)
		simulated_venue_deposit(simulated_client_venue(run.clients[venue]), assets[i],
					market_fixture_money("100000"), 0);
}

/* A recording names its instruments when they first appear. */
static void meet_instruments(void)
{
	while (run.instruments_met < instrument_count(run.instruments)) {
		instrument_id id = (instrument_id)++run.instruments_met;
		set_fees(id);
		venue_id venue = instrument_get(run.instruments, id)->venue;
		if (run.clients[venue] == NULL)
			create_client(venue);
	}
}

static void on_market(void *user, const struct market_event *event)
{
	(void)user;
	if (run.instruments_met != instrument_count(run.instruments))
		meet_instruments();
	market_state_apply(run.state, event);
	if (event->kind == EVENT_BOOK)
		run.levels += event->u.book.bid_count + event->u.book.ask_count;
	if (run.clients[event->venue])
		simulated_client_market(run.clients[event->venue], event);
}

static void replay_all(void)
{
	struct error err = {0};
	const char *paths[RECORDINGS_MAX];
	for (size_t i = 0; i < run.directory_count; i++)
		paths[i] = run.directories[i];
	run.instruments = instrument_table_create();
	run.replay = replay_open(paths, run.directory_count, run.instruments, &err);
	if (run.replay == NULL)
		fail_msg("%s", err.text);
	run.state = market_state_create(run.instruments);
	int64_t first_ns, last_ns;
	assert_true(replay_range(run.replay, &first_ns, &last_ns));
	run.scheduler = scheduler_create(first_ns);
	meet_instruments();
	for (size_t i = 0; i < run.order_count; i++)
		scheduler_at(run.scheduler, run.orders[i].at_ns, SCHEDULE_TIMER, send_order,
			     &run.orders[i]);
	replay_start(run.replay, run.state, INT64_MIN, INT64_MAX, on_market, NULL);
	struct stream_source source = replay_source(run.replay);
	scheduler_run(run.scheduler, &source, INT64_MAX);
	if (!replay_finished_well(run.replay, &err))
		fail_msg("%s", err.text);
	assert_true(run.levels > 0);
	if (run.overdue.category == ERROR_NONE)
		assert_in_range(scheduler_now(run.scheduler), last_ns, last_ns);
}

static int reset(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	return 0;
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i <= VENUES_MAX; i++)
		exchange_client_free(run.clients[i]);
	replay_free(run.replay);
	market_state_free(run.state);
	scheduler_free(run.scheduler);
	instrument_table_free(run.instruments);
	for (size_t i = 0; i < run.directory_count; i++)
		scratch_folder_remove(run.directories[i]);
	return 0;
}

static void expect_money(struct money actual, const char *expected)
{
	char text[DECIMAL_TEXT_MAX];
	money_format(actual, text, sizeof(text));
	char wanted[DECIMAL_TEXT_MAX];
	money_format(market_fixture_money(expected), wanted, sizeof(wanted));
	assert_string_equal(text, wanted);
}

/* What the venue's account of that asset gained since the deposit. */
static struct money gained(const char *venue, const char *asset)
{
	struct money balance = simulated_venue_balance(
		simulated_client_venue(
			run.clients[instrument_table_find_venue(run.instruments, venue)]),
		instrument_table_find_asset(run.instruments, asset));
	balance.e18 -= market_fixture_money("100000").e18;
	return balance;
}

static bool import_august(bool spot, bool funding)
{
	const char *data = data_directory("binance-books-20240808");
	if (data == NULL)
		return false;
	const char *books[] = {"usdm_btcusdt_20240808.gz", "coinm_btcusd_perp_20240808.gz",
			       "coinm_btcusd_perp_20240809.gz", "spot_btcusdt_20240808.gz",
			       "spot_btcusdt_20240809.gz"};
	import(IMPORT_BINANCE_RAW, data, books, spot ? 5 : 3);
	const char *rates[] = {"funding.csv"};
	if (funding)
		import(IMPORT_FUNDING, data, rates, 1);
	return true;
}

static void the_forced_trade_through_a_settlement(void **state)
{
	(void)state;
	if (!import_august(false, true))
		return;
	plan("2024-08-08T23:56:00Z", "binance-coinm", "BTCUSD_PERP", SIDE_BUY, "100");
	plan("2024-08-08T23:56:00Z", "binance-usdm", "BTCUSDT", SIDE_SELL, "0.162");
	plan("2024-08-08T23:59:59Z", "binance-coinm", "BTCUSD_PERP", SIDE_SELL, "100");
	plan("2024-08-08T23:59:59Z", "binance-usdm", "BTCUSDT", SIDE_BUY, "0.162");
	replay_all();
	const struct leg *usdm = &run.legs[find("binance-usdm", "BTCUSDT")];
	const struct leg *coinm = &run.legs[find("binance-coinm", "BTCUSD_PERP")];
	assert_int_equal(usdm->payments, 1);
	assert_string_equal(usdm->label, "mark=mid");
	/* Fees 5.0018634 and 4.9944438; price (61751.4 - 61659.8) x 0.162; funding in between. */
	expect_money(usdm->fees, "9.9963072");
	expect_money((struct money){gained("binance-usdm", "USDT").e18 + usdm->fees.e18 -
				    usdm->funding.e18},
		     "14.8392");
	assert_in_range((int64_t)(usdm->funding.e18 / (MONEY_ONE / 10000)), 4987, 4988);
	expect_money((struct money){gained("binance-coinm", "BTC").e18 + coinm->fees.e18 -
				    coinm->funding.e18},
		     "-0.00022399");
	expect_money(coinm->fees, "0.00016205");
	expect_money(coinm->funding, "0.00000067");
}

static void spot_against_coin_margined(void **state)
{
	(void)state;
	if (!import_august(true, true))
		return;
	plan("2024-08-08T23:55:00Z", "binance-spot", "BTCUSDT", SIDE_BUY, "0.162");
	plan("2024-08-08T23:55:00Z", "binance-coinm", "BTCUSD_PERP", SIDE_SELL, "100");
	plan("2024-08-09T00:04:00Z", "binance-spot", "BTCUSDT", SIDE_SELL, "0.16191");
	plan("2024-08-09T00:04:00Z", "binance-coinm", "BTCUSD_PERP", SIDE_BUY, "100");
	replay_all();
	const struct leg *coinm = &run.legs[find("binance-coinm", "BTCUSD_PERP")];
	expect_money(gained("binance-spot", "BTC"), "0.000009");
	/* -10016.8437036 + 9980.8593759 - 4.99042969 (4.9904297 before posting at 8 decimals). */
	struct money spot = gained("binance-spot", "USDT");
	assert_in_range((int64_t)(-spot.e18 / (MONEY_ONE / 10000000)), 409747573, 409747575);
	expect_money((struct money){gained("binance-coinm", "BTC").e18 + coinm->fees.e18 -
				    coinm->funding.e18},
		     "0.00044452");
	expect_money(coinm->fees, "0.00016199");
	expect_money(coinm->funding, "-0.00000067");
}

static void a_settlement_nobody_recorded_stops_the_run(void **state)
{
	(void)state;
	const char *data = data_directory("binance-books-20240808");
	if (data == NULL)
		return;
	const char *books[] = {"usdm_ethusdt_20240808.gz", "coinm_ethusd_perp_20240808.gz",
			       "coinm_ethusd_perp_20240809.gz"};
	import(IMPORT_BINANCE_RAW, data, books, 3);
	plan("2024-08-08T23:56:00Z", "binance-coinm", "ETHUSD_PERP", SIDE_BUY, "10");
	replay_all();
	struct error err = {0};
	assert_true(simulated_venue_settlement_overdue(
		simulated_client_venue(
			run.clients[instrument_table_find_venue(run.instruments, "binance-coinm")]),
		scheduler_now(run.scheduler), 0, &err));
	assert_non_null(strstr(err.text, "binance-coinm:ETHUSD_PERP"));
	assert_non_null(strstr(err.text, "2024-08-09T00:00:00Z"));
}

static void closed_before_the_boundary_it_runs(void **state)
{
	(void)state;
	const char *data = data_directory("binance-books-20240808");
	if (data == NULL)
		return;
	const char *books[] = {"coinm_ethusd_perp_20240808.gz", "coinm_ethusd_perp_20240809.gz"};
	import(IMPORT_BINANCE_RAW, data, books, 2);
	plan("2024-08-08T23:56:00Z", "binance-coinm", "ETHUSD_PERP", SIDE_BUY, "10");
	plan("2024-08-08T23:58:00Z", "binance-coinm", "ETHUSD_PERP", SIDE_SELL, "10");
	replay_all();
	struct error err = {0};
	assert_false(simulated_venue_settlement_overdue(
		simulated_client_venue(
			run.clients[instrument_table_find_venue(run.instruments, "binance-coinm")]),
		scheduler_now(run.scheduler), 0, &err));
}

static void a_long_over_april_5th_pays_the_rate_named_10_ms_after(void **state)
{
	(void)state;
	const char *data = data_directory("binance-books-mark-20230405");
	if (data == NULL)
		return;
	const char *books[] = {"usdm_btcusdt_20230404.gz", "usdm_btcusdt_20230405.gz"};
	import(IMPORT_BINANCE_RAW, data, books, 2);
	plan("2023-04-04T23:59:58Z", "binance-usdm", "BTCUSDT", SIDE_BUY, "0.1");
	replay_all();
	const struct leg *leg = &run.legs[find("binance-usdm", "BTCUSDT")];
	assert_int_equal(leg->payments, 1);
	assert_string_equal(leg->label, "mark");
	expect_money(leg->funding, "-0.0777136");
	int64_t second = INT64_C(1680652800) * NS_PER_SECOND + NS_PER_SECOND;
	assert_in_range(leg->paid_at_ns - second, 50 * NS_PER_MS, 51 * NS_PER_MS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, reset, clear)
	const struct CMUnitTest tests[] = {
		T(the_forced_trade_through_a_settlement),
		T(spot_against_coin_margined),
		T(a_settlement_nobody_recorded_stops_the_run),
		T(closed_before_the_boundary_it_runs),
		T(a_long_over_april_5th_pays_the_rate_named_10_ms_after),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
