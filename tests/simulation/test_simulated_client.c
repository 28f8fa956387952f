/* Latency, order of events, giving up, reads and drills of the simulated client. */
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

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
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

static void on_account(void *user, const struct account_event *event)
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

static void on_command(void *user, const struct command_result *result)
{
	static const char *const outcomes[] = {"acknowledged", "rejected", "unknown"};
	if (result->outcome == COMMAND_REJECTED)
		note("%s %u rejected %s", (const char *)user, result->client_id,
		     reject_reason_text(result->reason));
	else
		note("%s %u %s", (const char *)user, result->client_id, outcomes[result->outcome]);
}

static void on_life(void *user, bool ok, const char *why)
{
	if (ok)
		note("%s ok", (const char *)user);
	else
		note("%s failed: %s", (const char *)user, why);
}

static void on_overdue(void *user, const struct error *err)
{
	(void)user;
	overdue_calls++;
	overdue_error = *err;
	note("overdue");
}

static void to_client(void *user, const struct market_event *event)
{
	(void)user;
	simulated_client_market(client, event);
}

static struct simulated_client_options options_with(int64_t jitter_ns)
{
	return (struct simulated_client_options){
		.venue = {.venue = market.venue, .default_leverage = 3},
		.latency = {ENTRY, RESPONSE, ENTRY, RESPONSE, jitter_ns},
		.seed = 1,
		.funding_patience_ns = PATIENCE};
}

static void create(struct simulated_client_options options)
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

static void nothing(void *user)
{
	(void)user;
}

/* The clock moves only where something is due: an empty timer takes it there. */
static void run_until(int64_t at_ns)
{
	scheduler_at(scheduler, at_ns, SCHEDULE_TIMER, nothing, NULL);
	scheduler_run(scheduler, NULL, at_ns);
	market.now_ns = scheduler_now(scheduler);
}

/* Runs all that is in flight but what lies beyond an hour. */
static void settle_down(void)
{
	run_until(scheduler_now(scheduler) + 20 * NS_PER_MINUTE);
}

static int open_fixture(void **state)
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

static int close_fixture(void **state)
{
	(void)state;
	exchange_client_free(client);
	scheduler_free(scheduler);
	market_fixture_close(&market);
	return 0;
}

static struct order_request order(uint32_t id, enum order_type type, enum side side,
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

static void place(struct order_request request, int64_t give_up_ns)
{
	exchange_place(client, &request, give_up_ns, on_command, TAG("place"));
}

static void expect(const char *const *expected, size_t count)
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

static void nothing_completes_inside_the_call(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	exchange_start(client, &(struct exchange_sink){NULL, on_account, NULL}, on_life,
		       TAG("start"));
	exchange_subscribe(client, market.linear, CHANNEL_BOOK, on_life, TAG("subscribe"));
	assert_int_equal(line_count, 0);
}

static void order_events_come_before_the_completion_at_the_same_instant(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	settle_down();
	EXPECT("117 order 1 open", "117 fill 1", "117 order 1 filled", "117 place 1 acknowledged");
}

static void an_order_acts_on_the_book_as_it_is_after_the_entry_latency(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	run_until(START + 109 * MS);
	market_fixture_diff(&market, market.linear, "| 60000.1x0");
	settle_down();
	EXPECT("117 order 1 open", "117 order 1 cancelled", "117 place 1 acknowledged");
}

static void with_no_latency_all_happens_at_once_but_later(void **state)
{
	(void)state;
	exchange_client_free(client);
	struct simulated_client_options options = options_with(0);
	options.latency = (struct latency_model){0};
	create(options);
	run_until(START + 100 * MS);
	line_count = 0;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	assert_int_equal(line_count, 0);
	settle_down();
	EXPECT("100 order 1 open", "100 fill 1", "100 order 1 filled", "100 place 1 acknowledged");
}

static void a_maker_fill_arrives_after_the_response_latency(void **state)
{
	(void)state;
	place(order(1, ORDER_LIMIT, SIDE_BUY, "1", "59000"), NEVER);
	run_until(START + 200 * MS);
	market_fixture_trade(&market, market.linear, SIDE_SELL, "58000", "1");
	settle_down();
	EXPECT("117 order 1 open", "117 place 1 acknowledged", "207 fill 1", "207 order 1 filled");
}

static void a_rejection_has_reason_code_and_text(void **state)
{
	(void)state;
	place(order(1, ORDER_POST_ONLY, SIDE_BUY, "1", "60000.1"), NEVER);
	settle_down();
	EXPECT("117 order 1 rejected", "117 place 1 rejected would-cross");
}

static void giving_up_before_the_answer_is_unknown_but_the_venue_executes(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), START + 115 * MS);
	settle_down();
	EXPECT("115 place 1 unknown", "117 order 1 open", "117 fill 1", "117 order 1 filled");
}

static void giving_up_before_the_order_arrives_is_unknown_too(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), START + 105 * MS);
	settle_down();
	EXPECT("105 place 1 unknown", "117 order 1 open", "117 fill 1", "117 order 1 filled");
}

static void an_answer_at_the_very_moment_of_giving_up_counts(void **state)
{
	(void)state;
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), START + 117 * MS);
	settle_down();
	EXPECT("117 order 1 open", "117 fill 1", "117 order 1 filled", "117 place 1 acknowledged");
}

static void a_lost_order_never_reaches_the_venue(void **state)
{
	(void)state;
	simulated_client_script_commands(client, "u");
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), START + 500 * MS);
	place(order(2, ORDER_IOC, SIDE_BUY, "0.1", "60000.1"), START + 500 * MS);
	settle_down();
	EXPECT("117 order 2 open", "117 fill 2", "117 order 2 filled", "117 place 2 acknowledged",
	       "500 place 1 unknown");
	struct account_event event;
	assert_false(simulated_venue_order(simulated_client_venue(client), 1, &event));
}

static void a_lost_answer_leaves_the_order_executed(void **state)
{
	(void)state;
	simulated_client_script_commands(client, "U");
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), START + 500 * MS);
	settle_down();
	EXPECT("117 order 1 open", "117 fill 1", "117 order 1 filled", "500 place 1 unknown");
}

static void a_lost_answer_without_a_deadline_is_unknown_when_it_was_due(void **state)
{
	(void)state;
	simulated_client_script_commands(client, "uU");
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	place(order(2, ORDER_IOC, SIDE_BUY, "1", "59000.0"), NEVER);
	settle_down();
	EXPECT("117 order 2 open", "117 order 2 cancelled", "117 place 1 unknown",
	       "117 place 2 unknown");
}

static void scripted_rejections_are_definite_and_on_record(void **state)
{
	(void)state;
	simulated_client_script_commands(client, "rm.");
	for (uint32_t id = 1; id <= 3; id++)
		place(order(id, ORDER_IOC, SIDE_BUY, "0.1", "60000.1"), NEVER);
	settle_down();
	EXPECT("117 order 1 rejected", "117 order 2 rejected", "117 order 3 open", "117 fill 3",
	       "117 order 3 filled", "117 place 1 rejected other", "117 place 2 rejected margin",
	       "117 place 3 acknowledged");
	simulated_client_script_commands(client, "rrr");
	simulated_client_script_commands(client, NULL);
	line_count = 0;
	place(order(4, ORDER_IOC, SIDE_BUY, "0.1", "59000"), NEVER);
	settle_down();
	assert_int_equal(line_count, 3);
	assert_non_null(strstr(lines[2], "place 4 acknowledged"));
}

static void a_batch_completes_once_per_order_in_request_order(void **state)
{
	(void)state;
	struct order_request orders[] = {order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"),
					 order(2, ORDER_POST_ONLY, SIDE_BUY, "1", "60000.2"),
					 order(3, ORDER_IOC, SIDE_BUY, "1", "60000.1")};
	struct command_request request = {.kind = COMMAND_PLACE_BATCH, .u.batch = {orders, 3}};
	exchange_command(client, &request, NEVER, on_command, TAG("batch"));
	memset(orders, 0, sizeof(orders)); /* the call copied them */
	settle_down();
	EXPECT("117 order 1 open", "117 fill 1", "117 order 1 filled", "117 order 2 rejected",
	       "117 order 3 open", "117 order 3 cancelled", "117 batch 1 acknowledged",
	       "117 batch 2 rejected would-cross", "117 batch 3 acknowledged");
}

static void answers_of_a_batch_wait_behind_a_lost_one(void **state)
{
	(void)state;
	struct order_request orders[] = {order(1, ORDER_IOC, SIDE_BUY, "1", "59000"),
					 order(2, ORDER_IOC, SIDE_BUY, "1", "59000"),
					 order(3, ORDER_IOC, SIDE_BUY, "1", "59000")};
	struct command_request request = {.kind = COMMAND_PLACE_BATCH, .u.batch = {orders, 3}};
	simulated_client_script_commands(client, ".u.");
	exchange_command(client, &request, START + 300 * MS, on_command, TAG("batch"));
	settle_down();
	EXPECT("117 order 1 open", "117 order 1 cancelled", "117 order 3 open",
	       "117 order 3 cancelled", "117 batch 1 acknowledged", "300 batch 2 unknown",
	       "300 batch 3 acknowledged");
}

static void command(struct command_request request)
{
	exchange_command(client, &request, NEVER, on_command, TAG("command"));
	run_until(scheduler_now(scheduler) + 20 * MS);
}

static void other_commands_answer_like_orders(void **state)
{
	(void)state;
	place(order(1, ORDER_LIMIT, SIDE_BUY, "1", "59000"), NEVER);
	place(order(2, ORDER_LIMIT, SIDE_BUY, "1", "59000"), NEVER);
	run_until(START + 120 * MS);
	line_count = 0;
	exchange_cancel(client, market.linear, 1, NEVER, on_command, TAG("cancel"));
	run_until(START + 140 * MS);
	exchange_cancel(client, market.linear, 1, NEVER, on_command, TAG("cancel"));
	run_until(START + 160 * MS);
	command((struct command_request){.kind = COMMAND_CANCEL_ALL});
	command((struct command_request){.kind = COMMAND_SET_LEVERAGE,
					 .u.leverage = {market.linear, 5}});
	command((struct command_request){.kind = COMMAND_SET_LEVERAGE,
					 .u.leverage = {market.linear, 50}});
	command((struct command_request){.kind = COMMAND_SET_MARGIN_MODE,
					 .u.margin = {market.linear, MARGIN_CROSS}});
	command((struct command_request){.kind = COMMAND_SET_MARGIN_MODE,
					 .u.margin = {market.linear, MARGIN_ISOLATED}});
	EXPECT("137 order 1 cancelled", "137 cancel 1 acknowledged",
	       "157 cancel 1 rejected not-found", "177 order 2 cancelled",
	       "177 command 0 acknowledged", "197 command 0 acknowledged",
	       "217 command 0 rejected leverage", "237 command 0 acknowledged",
	       "257 command 0 rejected other");
}

static void the_dead_mans_switch_fires_by_itself(void **state)
{
	(void)state;
	place(order(1, ORDER_LIMIT, SIDE_BUY, "1", "59000"), NEVER);
	run_until(START + 120 * MS);
	command((struct command_request){.kind = COMMAND_DEAD_MANS_SWITCH,
					 .u.dead_man = {100 * MS}});
	line_count = 0;
	settle_down();
	EXPECT("237 order 1 cancelled"); /* armed at 130, 100 later, 7 back */
}

static void jitter_is_repeatable_and_keeps_events_in_order(void **state)
{
	(void)state;
	static char first[LOG_MAX][160];
	size_t count = 0;
	for (int round = 0; round < 2; round++) {
		exchange_client_free(client);
		scheduler_free(scheduler);
		scheduler = scheduler_create(START);
		create(options_with(50 * MS));
		for (uint32_t id = 1; id <= 20; id++)
			place(order(id, ORDER_IOC, SIDE_BUY, "0.001", "59000"), NEVER);
		settle_down();
		assert_int_equal(line_count, 62); /* with start and account */
		if (round == 0) {
			memcpy(first, lines, sizeof(lines));
			count = line_count;
			continue;
		}
		assert_int_equal(count, line_count);
		for (size_t i = 0; i < count; i++)
			assert_string_equal(first[i], lines[i]);
	}
	bool completed[21] = {false};
	for (size_t i = 0; i < line_count; i++) {
		unsigned id;
		long long at;
		if (sscanf(lines[i], "%lld place %u acknowledged", &at, &id) == 2)
			completed[id] = true;
		else if (sscanf(lines[i], "%lld order %u", &at, &id) == 2)
			assert_false(completed[id]);
	}
}

/* ---- reads ----------------------------------------------------------------------------------- */

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

static void unsubscribed_and_stopped_clients_say_nothing(void **state)
{
	(void)state;
	exchange_stop(client, on_life, TAG("stop"));
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	exchange_subscribe_account(client, on_life, TAG("account"));
	exchange_subscribe(client, 99, CHANNEL_BOOK, on_life, TAG("subscribe"));
	exchange_unsubscribe(client, market.linear, CHANNEL_BOOK, on_life, TAG("unsubscribe"));
	settle_down();
	EXPECT("117 stop ok", "117 place 1 acknowledged",
	       "117 account failed: the client is not started",
	       "117 subscribe failed: no such instrument at this venue", "117 unsubscribe ok");
}

/* ---- funding --------------------------------------------------------------------------------- */

static void hold_one(void)
{
	market_fixture_mark(&market, market.linear, "60000", START);
	market_fixture_funding(&market, market.linear, FUNDING_ESTIMATE, "0.0001",
			       FIXTURE_BOUNDARY);
	place(order(1, ORDER_IOC, SIDE_BUY, "1", "60000.1"), NEVER);
	run_until(START + 200 * MS);
	line_count = 0;
}

static void the_boundary_is_crossed_without_any_market_event(void **state)
{
	(void)state;
	hold_one();
	/* Sold by an order that matches at the very boundary: the position before counts. */
	run_until(FIXTURE_BOUNDARY - ENTRY);
	struct order_request sell = order(2, ORDER_IOC, SIDE_SELL, "1", "60000.0");
	place(sell, NEVER);
	run_until(FIXTURE_BOUNDARY + 10 * MS);
	market_fixture_funding(&market, market.linear, FUNDING_ESTIMATE, "0.0002",
			       FIXTURE_BOUNDARY + 8 * NS_PER_HOUR);
	run_until(FIXTURE_BOUNDARY + NS_PER_SECOND);
	EXPECT("3600007 order 2 open", "3600007 fill 2", "3600007 order 2 filled",
	       "3600007 place 2 acknowledged", "3600017 funding");
}

static void the_boundary_follows_a_clock_that_moves_meanwhile(void **state)
{
	(void)state;
	hold_one();
	run_until(START + NS_PER_SECOND);
	market_fixture_clock(&market, -400 * MS); /* venue behind: B is 400 ms later here */
	run_until(FIXTURE_BOUNDARY + 399 * MS);
	market_fixture_funding(&market, market.linear, FUNDING_SETTLED, "0.0002", FIXTURE_BOUNDARY);
	assert_int_equal(line_count, 0);
	run_until(FIXTURE_BOUNDARY + NS_PER_SECOND);
	EXPECT("3600407 funding");
}

static void an_overdue_settlement_is_told_once_with_its_name(void **state)
{
	(void)state;
	hold_one();
	run_until(FIXTURE_BOUNDARY + PATIENCE - 1);
	assert_int_equal(overdue_calls, 0);
	run_until(FIXTURE_BOUNDARY + PATIENCE);
	assert_int_equal(overdue_calls, 1);
	assert_non_null(strstr(overdue_error.text, "testvenue:BTCUSDT"));
	assert_non_null(strstr(overdue_error.text, "2024-08-09T00:00:00Z"));
	run_until(FIXTURE_BOUNDARY + 9 * NS_PER_HOUR);
	assert_int_equal(overdue_calls, 1);
}

static void a_settlement_that_comes_in_time_is_not_overdue(void **state)
{
	(void)state;
	hold_one();
	run_until(FIXTURE_BOUNDARY + PATIENCE - NS_PER_SECOND);
	market_fixture_funding(&market, market.linear, FUNDING_SETTLED, "0.0002",
			       FIXTURE_BOUNDARY + 5);
	run_until(FIXTURE_BOUNDARY + 2 * PATIENCE);
	assert_int_equal(overdue_calls, 0);
	EXPECT("5399007 funding");
}

static int64_t ended(void *user)
{
	(void)user;
	return INT64_MAX;
}

static void boundaries_beyond_the_data_are_not_crossed(void **state)
{
	(void)state;
	hold_one();
	struct stream_source over = {ended, NULL, NULL};
	scheduler_run(scheduler, &over, INT64_MAX);
	struct error err = {0};
	assert_false(simulated_venue_settlement_overdue(simulated_client_venue(client),
							scheduler_now(scheduler), 0, &err));
	assert_int_equal(overdue_calls, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		T(nothing_completes_inside_the_call),
		T(order_events_come_before_the_completion_at_the_same_instant),
		T(an_order_acts_on_the_book_as_it_is_after_the_entry_latency),
		T(with_no_latency_all_happens_at_once_but_later),
		T(a_maker_fill_arrives_after_the_response_latency),
		T(a_rejection_has_reason_code_and_text),
		T(giving_up_before_the_answer_is_unknown_but_the_venue_executes),
		T(giving_up_before_the_order_arrives_is_unknown_too),
		T(an_answer_at_the_very_moment_of_giving_up_counts),
		T(a_lost_order_never_reaches_the_venue),
		T(a_lost_answer_leaves_the_order_executed),
		T(a_lost_answer_without_a_deadline_is_unknown_when_it_was_due),
		T(scripted_rejections_are_definite_and_on_record),
		T(a_batch_completes_once_per_order_in_request_order),
		T(answers_of_a_batch_wait_behind_a_lost_one),
		T(other_commands_answer_like_orders),
		T(the_dead_mans_switch_fires_by_itself),
		T(jitter_is_repeatable_and_keeps_events_in_order),
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
		T(unsubscribed_and_stopped_clients_say_nothing),
		T(the_boundary_is_crossed_without_any_market_event),
		T(the_boundary_follows_a_clock_that_moves_meanwhile),
		T(an_overdue_settlement_is_told_once_with_its_name),
		T(a_settlement_that_comes_in_time_is_not_overdue),
		T(boundaries_beyond_the_data_are_not_crossed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
