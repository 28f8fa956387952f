/* Latency, order of events, giving up, drills and settlements of the simulated client. */
#include "tests/simulation/client_world.h"

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
		T(unsubscribed_and_stopped_clients_say_nothing),
		T(the_boundary_is_crossed_without_any_market_event),
		T(the_boundary_follows_a_clock_that_moves_meanwhile),
		T(an_overdue_settlement_is_told_once_with_its_name),
		T(a_settlement_that_comes_in_time_is_not_overdue),
		T(boundaries_beyond_the_data_are_not_crossed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
