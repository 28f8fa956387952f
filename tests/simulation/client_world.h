/*
 * A simulated client of the market fixture's venue, whose answers and events become lines of text.
 * Orders and reads take 10 ms to the venue and 7 ms back, without jitter. Included by one .c of a
 * test program. BTCUSDT has a book (BOOK_TEXT) and the clock stands 100 ms after START when a test
 * begins; the account holds 1,000,000 USDT and 10 BTC.
 */
#ifndef FUNDARB_TESTS_SIMULATION_CLIENT_WORLD_H
#define FUNDARB_TESTS_SIMULATION_CLIENT_WORLD_H

#include "core/base/utc.h"
#include "exchanges/simulated/simulated_client.h"
#include "tests/support/market_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS	  NS_PER_MS
#define ENTRY	  (10 * MS)
#define RESPONSE  (7 * MS)
#define LOG_MAX	  2048
#define NEVER	  INT64_MAX
#define TAG(text) ((void *)(uintptr_t)(text))
#define START	  FIXTURE_START
#define T(name)	  cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
#define PATIENCE  (30 * NS_PER_MINUTE)
#define BOOK_TEXT "60000.0x2 59999.9x3 | 60000.1x1 60000.2x2 60000.5x5"

/* All that came back, as text lines "time kind ..." with time in ms since START. */
static char lines[LOG_MAX][160];
static size_t line_count;
static struct market_fixture market;
static struct scheduler *scheduler;
static struct exchange_client *client;
static unsigned overdue_calls;
static struct error overdue_error;

__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
	va_list arguments;
	assert_true(line_count < LOG_MAX);
	int at = snprintf(lines[line_count], sizeof(lines[0]), "%lld ",
			  (long long)((scheduler_now(scheduler) - START) / MS));
	va_start(arguments, format);
	vsnprintf(lines[line_count] + at, sizeof(lines[0]) - (size_t)at, format, arguments);
	va_end(arguments);
	line_count++;
}

static inline void on_account(void *user, const struct account_event *event)
{
	(void)user;
	static const char *const states[] = {"open", "filled", "cancelled", "rejected"};
	assert_true(event->local_ns == scheduler_now(scheduler));
	if (event->kind == ACCOUNT_ORDER)
		note("order %u %s", event->u.order.client_id, states[event->u.order.state]);
	else if (event->kind == ACCOUNT_FILL)
		note("fill %u", event->u.fill.client_id);
	else if (event->kind == ACCOUNT_FUNDING)
		note("funding");
}

static inline void on_command(void *user, const struct command_result *result)
{
	static const char *const outcomes[] = {"acknowledged", "rejected", "unknown"};
	if (result->outcome == COMMAND_REJECTED)
		note("%s %u rejected %s", (const char *)user, result->client_id,
		     reject_reason_text(result->reason));
	else
		note("%s %u %s", (const char *)user, result->client_id, outcomes[result->outcome]);
}

static inline void on_life(void *user, bool ok, const char *why)
{
	if (ok)
		note("%s ok", (const char *)user);
	else
		note("%s failed: %s", (const char *)user, why);
}

static inline void on_overdue(void *user, const struct error *err)
{
	(void)user;
	overdue_calls++;
	overdue_error = *err;
	note("overdue");
}

static inline void to_client(void *user, const struct market_event *event)
{
	(void)user;
	simulated_client_market(client, event);
}

static inline struct simulated_client_options options_with(int64_t jitter_ns)
{
	return (struct simulated_client_options){
		.venue = {.venue = market.venue, .default_leverage = 3},
		.latency = {ENTRY, RESPONSE, ENTRY, RESPONSE, jitter_ns},
		.seed = 1,
		.funding_patience_ns = PATIENCE};
}

static inline void create(struct simulated_client_options options)
{
	client = simulated_client_create(&options, scheduler, market.instruments, market.state,
					 on_overdue, NULL);
	assert_non_null(client);
	struct exchange_sink sink = {NULL, on_account, NULL};
	exchange_start(client, &sink, on_life, TAG("start"));
	exchange_subscribe_account(client, on_life, TAG("account"));
	simulated_venue_deposit(simulated_client_venue(client), market.usdt,
				market_fixture_money("1000000"), START);
	simulated_venue_deposit(simulated_client_venue(client), market.btc,
				market_fixture_money("10"), START);
	scheduler_run(scheduler, NULL, START);
	line_count = 0;
}

static inline void nothing(void *user)
{
	(void)user;
}

/* The clock moves only where something is due: an empty timer takes it there. */
static inline void run_until(int64_t at_ns)
{
	scheduler_at(scheduler, at_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(scheduler, NULL, at_ns);
	market.now_ns = scheduler_now(scheduler);
}

/* Runs all that is in flight but what lies beyond an hour. */
static inline void settle_down(void)
{
	run_until(scheduler_now(scheduler) + 20 * NS_PER_MINUTE);
}

static inline int open_fixture(void **state)
{
	(void)state;
	market_fixture_open(&market);
	scheduler = scheduler_create(START);
	overdue_calls = 0;
	market.after = to_client;
	create(options_with(0));
	market_fixture_book(&market, market.linear, BOOK_TEXT);
	run_until(START + 100 * MS);
	line_count = 0;
	return 0;
}

static inline int close_fixture(void **state)
{
	(void)state;
	exchange_client_free(client);
	scheduler_free(scheduler);
	market_fixture_close(&market);
	return 0;
}

static inline struct order_request order(uint32_t id, enum order_type type, enum side side,
					 const char *quantity, const char *limit)
{
	return (struct order_request){
		.instrument = market.linear,
		.client_id = id,
		.type = type,
		.side = side,
		.quantity = market_fixture_quantity(&market, market.linear, quantity),
		.limit = market_fixture_price(&market, market.linear, limit)};
}

static inline void place(struct order_request request, int64_t give_up_ns)
{
	exchange_place(client, &request, give_up_ns, on_command, TAG("place"));
}

static inline void expect(const char *const *expected, size_t count)
{
	for (size_t i = 0; i < count && i < line_count; i++)
		assert_string_equal(lines[i], expected[i]);
	assert_int_equal(line_count, count);
}
#define EXPECT(...)                                                                                \
	do {                                                                                       \
		const char *const expected[] = {__VA_ARGS__};                                      \
		expect(expected, sizeof(expected) / sizeof(expected[0]));                          \
	} while (0)

#endif
