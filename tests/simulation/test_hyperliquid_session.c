/* Start, streams and settings of the Hyperliquid client: what has to be true before it trades. */
#include "tests/support/hyperliquid_world.h"

#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static struct hyperliquid_world world;

/* ---- start ------------------------------------------------------------------------------------
 */

static void the_markets_have_the_venues_terms(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	instrument_id id = hyperliquid_world_instrument(&world, "ETH");
	const struct instrument *eth = instrument_get(world.instruments, id);
	const struct instrument_revision *revision = instrument_latest(world.instruments, id);
	assert_int_equal(eth->kind, INSTRUMENT_LINEAR);
	assert_string_equal(asset_name(world.instruments, eth->quote), "USDT");
	assert_string_equal(asset_name(world.instruments, eth->settle), "USDC");
	assert_int_equal(eth->price_decimals, 2);
	assert_int_equal(eth->quantity_decimals, 4);
	assert_int_equal(revision->rules.significant_figures, 5);
	assert_true(revision->rules.integer_prices_always);
	assert_int_equal(revision->rules.maximum_leverage, 25);
	assert_int_equal(revision->rules.maintenance_margin.e18, RATE_ONE / 50);
	assert_true(revision->rules.minimum_notional.e18 == 10 * MONEY_ONE);
	assert_int_equal(revision->fees.taker.e18, RATE_ONE / 100000 * 45);
	assert_int_equal(revision->funding.interval_ns, 3600 * SECOND);
	assert_int_equal(revision->funding.paid_on, FUNDING_PAID_ON_ORACLE);
	assert_int_equal(revision->funding.cap.e18, RATE_ONE / 25);

	const struct instrument *pepe =
		instrument_get(world.instruments, hyperliquid_world_instrument(&world, "kPEPE"));
	assert_int_equal(pepe->multiplier, 1000);
	assert_string_equal(asset_name(world.instruments, pepe->canonical), "PEPE");
	assert_int_equal(pepe->price_decimals, 6);
	const struct instrument *hype =
		instrument_get(world.instruments, hyperliquid_world_instrument(&world, "HYPE"));
	assert_string_equal(asset_name(world.instruments, hype->quote), "USDC");
	assert_int_equal(
		instrument_latest(world.instruments, hyperliquid_world_instrument(&world, "OLDCO"))
			->rules.status,
		MARKET_DELISTED);
	hyperliquid_world_close(&world);
}

static void start_without_an_account_asks_for_none(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.options.has_account = false;
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "user"), 0);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_AUTH);
	assert_int_equal(world.fake.seen_count, 0);
	hyperliquid_world_close(&world);
}

static void what_cannot_trade_safely_is_refused_at_start(void **state)
{
	static const struct {
		const char *type, *answer, *why;
	} cases[] = {
		{"userRole 0x14791697260e4c9a71f18484c9f997b308e59325", "{\"role\":\"user\"}",
		 "API wallet"},
		{"userRole 0x14791697260e4c9a71f18484c9f997b308e59325", "{\"role\":\"missing\"}",
		 "approve"},
		{"userRole 0x14791697260e4c9a71f18484c9f997b308e59325",
		 "{\"role\":\"agent\",\"data\":{\"user\":"
		 "\"0x1111111111111111111111111111111111111111\"}}",
		 "another account"},
		{"userRole " FAKE_ACCOUNT, "{\"role\":\"missing\"}", "deposit"},
		{"userRole " FAKE_ACCOUNT,
		 "{\"role\":\"agent\",\"data\":{\"user\":"
		 "\"0x1111111111111111111111111111111111111111\"}}",
		 "address of an API wallet"},
		{"userRole " FAKE_ACCOUNT,
		 "{\"role\":\"subAccount\",\"data\":{\"master\":"
		 "\"0x1111111111111111111111111111111111111111\"}}",
		 "vault address"},
		{"userAbstraction", "\"unifiedAccount\"", "standard"},
		{"userAbstraction", "\"portfolioMargin\"", "standard"},
		{"userAbstraction", "\"somethingNew\"", "standard"},
		{"userRateLimit", "{\"nRequestsUsed\":\"many\"}", "userRateLimit"},
		{"meta", "{\"universe\":[{\"szDecimals\":5}]}", "meta"},
		{"meta", "#500", "meta"},
		{"exchangeStatus", "#503", "exchangeStatus"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hyperliquid_world_open(&world);
		if (strcmp(cases[i].type, "exchangeStatus") == 0)
			world.fake.exact = false;
		fake_hyperliquid_info(&world.fake, cases[i].type, cases[i].answer);
		hyperliquid_world_start(&world);
		assert_false(world.ok);
		if (strstr(world.why, cases[i].why) == NULL)
			fail_msg("%s: \"%s\" does not name \"%s\"", cases[i].answer, world.why,
				 cases[i].why);
		assert_int_equal(world.fake.seen_count, 0);
		assert_int_equal(world.fake.sockets_opened, 0);
		hyperliquid_world_close(&world);
	}
}

static void the_masters_own_key_is_refused_before_anything_is_asked(void **state)
{
	struct error err = {0};
	(void)state;
	hyperliquid_world_open(&world);
	memcpy(world.options.account, world.options.key.address, 20);
	world.options.endpoint = virtual_link_endpoint(world.fake.link);
	assert_null(hyperliquid_client_create(&world.options, world.scheduler, world.instruments,
					      &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, "API wallet"));
	hyperliquid_world_close(&world);
}

static void a_sub_account_is_traded_through_its_vault_address(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.options.has_vault = true;
	memcpy(world.options.vault, world.options.account, 20);
	fake_hyperliquid_info(&world.fake, "userRole 0x14791697260e4c9a71f18484c9f997b308e59325",
			      "{\"role\":\"agent\",\"data\":{\"user\":"
			      "\"0x2222222222222222222222222222222222222222\"}}");
	fake_hyperliquid_info(&world.fake, "userRole " FAKE_ACCOUNT,
			      "{\"role\":\"subAccount\",\"data\":{\"master\":"
			      "\"0x2222222222222222222222222222222222222222\"}}");
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	struct order_request order = hyperliquid_world_order(&world, ORDER_IOC, SIDE_BUY);
	fake_hyperliquid_script(&world.fake,
				"{\"status\":\"err\",\"response\":\"Vault not registered: 0x..\"}");
	const struct command_result *result = hyperliquid_world_place(&world, &order);
	assert_int_equal(result->reason, REJECT_AUTH);
	assert_non_null(strstr(world.fake.seen[0].body, "\"vaultAddress\":\"" FAKE_ACCOUNT "\""));
	hyperliquid_world_close(&world);

	/* Somebody else's sub-account. */
	hyperliquid_world_open(&world);
	world.options.has_vault = true;
	memcpy(world.options.vault, world.options.account, 20);
	fake_hyperliquid_info(&world.fake, "userRole " FAKE_ACCOUNT,
			      "{\"role\":\"subAccount\",\"data\":{\"master\":"
			      "\"0x3333333333333333333333333333333333333333\"}}");
	hyperliquid_world_start(&world);
	assert_false(world.ok);
	hyperliquid_world_close(&world);
}

static void a_start_goes_on_after_answers_that_failed(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	virtual_link_lose_requests(world.fake.link, 1);
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	hyperliquid_world_close(&world);
}

static void the_venues_clock_is_told_with_its_uncertainty(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.fake.skew_ns = -3 * SECOND;
	hyperliquid_world_start(&world);
	const struct market_event *event = hyperliquid_world_last_market(&world, EVENT_CLOCK);
	int64_t error = event->u.clock.offset_ns + 3 * SECOND;
	assert_true(event->u.clock.uncertainty_ns >= WORLD_DELAY);
	assert_true(error <= event->u.clock.uncertainty_ns &&
		    -error <= event->u.clock.uncertainty_ns);
	hyperliquid_world_run(&world, 65 * SECOND);
	assert_true(hyperliquid_world_markets(&world, EVENT_CLOCK) >= 4);
	hyperliquid_world_close(&world);
}

/* ---- streams ----------------------------------------------------------------------------------
 */

#define BOOK                                                                                       \
	"{\"channel\":\"l2Book\",\"data\":{\"coin\":\"ETH\",\"time\":1764000012345,\"levels\":[["  \
	"{\"px\":\"2831.6\",\"sz\":\"14.2031\",\"n\":3}],[{\"px\":\"2831.7\",\"sz\":\"8.8114\","   \
	"\"n\":2}]],"                                                                              \
	"\"fast\":true}}"
#define BBO                                                                                        \
	"{\"channel\":\"bbo\",\"data\":{\"coin\":\"ETH\",\"time\":1764000012345,\"bbo\":[{\"px\":" \
	"\"2831.6\",\"sz\":\"14.2031\",\"n\":3},{\"px\":\"2831.7\",\"sz\":\"8.8114\",\"n\":2}]}}"

static void subscriptions_complete_when_the_venue_acknowledged_them(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_TRADES);
	assert_true(world.ok);
	assert_int_equal(world.fake.subscriptions, 3);
	fake_hyperliquid_push(&world.fake, BOOK);
	fake_hyperliquid_push(&world.fake, BBO);
	hyperliquid_world_run(&world, SECOND / 10);
	instrument_id id = hyperliquid_world_instrument(&world, "ETH");
	assert_true(market_state_book(world.market, id)->synced);
	assert_true(market_state_bbo(world.market, id)->known);
	assert_int_equal(market_state_bbo(world.market, id)->bid.price.units, 283160);
	hyperliquid_world_close(&world);
}

static void a_refused_subscription_says_so_and_disturbs_no_other(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	snprintf(world.fake.refused_coin, sizeof(world.fake.refused_coin), "BTC");
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "BTC", CHANNEL_BBO);
	assert_false(world.ok);
	assert_non_null(strstr(world.why, "refused"));
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BBO);
	assert_true(world.ok);
	hyperliquid_world_run(&world, 30 * SECOND);
	assert_int_equal(world.fake.sockets_opened, 1);
	hyperliquid_world_subscribe(&world, "OLDCO", CHANNEL_BBO);
	assert_false(world.ok);
	hyperliquid_world_close(&world);
}

static void a_subscription_that_nobody_acknowledges_makes_the_connection_anew(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.fake.deaf = true;
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BBO);
	assert_false(world.ok);
	assert_true(world.fake.sockets_opened >= 3);
	world.fake.deaf = false;
	hyperliquid_world_run(&world, 60 * SECOND);
	fake_hyperliquid_push(&world.fake, BBO);
	hyperliquid_world_run(&world, SECOND / 10);
	assert_true(
		market_state_bbo(world.market, hyperliquid_world_instrument(&world, "ETH"))->known);
	hyperliquid_world_close(&world);
}

static void after_a_reconnect_all_is_subscribed_and_books_start_anew(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BOOK | CHANNEL_BBO);
	fake_hyperliquid_push(&world.fake, BOOK);
	hyperliquid_world_run(&world, SECOND / 10);
	instrument_id id = hyperliquid_world_instrument(&world, "ETH");
	assert_true(market_state_book(world.market, id)->synced);
	fake_hyperliquid_kick(&world.fake);
	hyperliquid_world_run(&world, SECOND / 20);
	assert_false(market_state_book(world.market, id)->synced);
	assert_int_equal(market_state_confirmed_ns(world.market, id), 0);
	hyperliquid_world_run(&world, 5 * SECOND);
	assert_int_equal(world.fake.sockets_opened, 2);
	assert_int_equal(world.fake.subscriptions, 4);
	assert_false(market_state_book(world.market, id)->synced);
	fake_hyperliquid_push(&world.fake, BOOK);
	hyperliquid_world_run(&world, SECOND / 10);
	assert_true(market_state_book(world.market, id)->synced);
	hyperliquid_world_close(&world);
}

static void a_half_open_connection_is_found_by_its_missing_pong(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BBO);
	hyperliquid_world_run(&world, 45 * SECOND);
	assert_true(world.fake.pings >= 2);
	virtual_link_freeze(world.fake.link, true);
	hyperliquid_world_run(&world, 80 * SECOND);
	virtual_link_freeze(world.fake.link, false);
	hyperliquid_world_run(&world, 60 * SECOND);
	assert_true(world.fake.sockets_opened >= 2);
	assert_true(hyperliquid_world_markets(&world, EVENT_FRAME) > 0);
	hyperliquid_world_close(&world);
}

static void an_unreadable_message_is_a_gap_until_the_next_whole_book(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BOOK);
	instrument_id id = hyperliquid_world_instrument(&world, "ETH");
	fake_hyperliquid_push(&world.fake, BOOK);
	fake_hyperliquid_push(&world.fake, "{\"channel\":\"l2Book\",\"data\":{\"co");
	hyperliquid_world_run(&world, SECOND / 10);
	assert_false(market_state_book(world.market, id)->synced);
	fake_hyperliquid_push(&world.fake, BOOK);
	hyperliquid_world_run(&world, SECOND / 10);
	assert_true(market_state_book(world.market, id)->synced);
	assert_int_equal(world.fake.sockets_opened, 1);
	for (int i = 0; i < 5; i++)
		fake_hyperliquid_push(&world.fake, "<html>");
	hyperliquid_world_run(&world, 5 * SECOND);
	assert_int_equal(world.fake.sockets_opened, 2);
	hyperliquid_world_close(&world);
}

static void what_is_unsubscribed_is_told_no_more(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BOOK | CHANNEL_BBO);
	world.done = false;
	exchange_unsubscribe(world.client, hyperliquid_world_instrument(&world, "ETH"), CHANNEL_BBO,
			     hyperliquid_world_note_done, &world);
	hyperliquid_world_run(&world, SECOND / 10);
	assert_true(world.done && world.ok);
	assert_int_equal(world.fake.unsubscriptions, 1);
	fake_hyperliquid_push(&world.fake, BBO);
	fake_hyperliquid_push(&world.fake, BOOK);
	hyperliquid_world_run(&world, SECOND / 10);
	assert_int_equal(hyperliquid_world_markets(&world, EVENT_BBO), 0);
	assert_int_equal(hyperliquid_world_markets(&world, EVENT_BOOK), 1);
	hyperliquid_world_close(&world);
}

static void settled_rates_are_read_after_each_boundary(void **state)
{
	char rows[512];
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	snprintf(rows, sizeof(rows),
		 "[{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\",\"premium\":\"0.0002213\","
		 "\"time\":%lld}]",
		 (long long)(WORLD_START / 1000000 + 37));
	fake_hyperliquid_info(&world.fake, "fundingHistory", rows);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_FUNDING);
	hyperliquid_world_run(&world, 10 * SECOND);
	const struct market_event *event = hyperliquid_world_last_market(&world, EVENT_FUNDING);
	assert_int_equal(event->u.funding.kind, FUNDING_SETTLED);
	assert_int_equal(event->u.funding.boundary_ns, WORLD_START);
	assert_int_equal(event->u.funding.rate.e18, INT64_C(12500000000000));
	unsigned asked = fake_hyperliquid_asked(&world.fake, "fundingHistory");
	assert_int_equal(asked, 1);
	hyperliquid_world_run(&world, 3500 * SECOND);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "fundingHistory"), 1);
	snprintf(rows, sizeof(rows),
		 "[{\"coin\":\"ETH\",\"fundingRate\":\"-0.00000875\",\"premium\":\"-0.00057\","
		 "\"time\":%lld}]",
		 (long long)(WORLD_START / 1000000 + 3600012));
	hyperliquid_world_run(&world, 40 * SECOND);
	/* Not there at first: asked again, a few times. */
	fake_hyperliquid_info(&world.fake, "fundingHistory", rows);
	hyperliquid_world_run(&world, 60 * SECOND);
	event = hyperliquid_world_last_market(&world, EVENT_FUNDING);
	assert_int_equal(event->u.funding.boundary_ns, WORLD_START + 3600 * SECOND);
	assert_int_equal(event->u.funding.rate.e18, INT64_C(-8750000000000));
	assert_true(fake_hyperliquid_asked(&world.fake, "fundingHistory") <= 5);
	hyperliquid_world_close(&world);
}

static void a_testnet_with_a_faster_clock_pays_every_minute(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.options.funding_interval_ns = 60 * SECOND;
	hyperliquid_world_start(&world);
	assert_int_equal(
		instrument_latest(world.instruments, hyperliquid_world_instrument(&world, "ETH"))
			->funding.interval_ns,
		60 * SECOND);
	hyperliquid_world_close(&world);
}

/* ---- cancels and settings ---------------------------------------------------------------------
 */

#define SUCCESS                                                                                    \
	"{\"status\":\"ok\",\"response\":{\"type\":\"cancel\",\"data\":{\"statuses\":["            \
	"\"success\"]}}}"
#define GONE                                                                                       \
	"{\"status\":\"ok\",\"response\":{\"type\":\"cancel\",\"data\":{\"statuses\":[{\"error\":" \
	"\"Order was never placed, already canceled, or filled. asset=1\"}]}}}"

static const struct command_result *command(struct command_request request, const char *answer)
{
	if (answer != NULL)
		fake_hyperliquid_script(&world.fake, answer);
	return hyperliquid_world_command(&world, &request);
}

static void a_cancel_goes_by_client_id(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	const struct command_request cancel = {
		.kind = COMMAND_CANCEL,
		.u.cancel = {hyperliquid_world_instrument(&world, "ETH"), 1234}};
	const struct command_result *result = command(cancel, SUCCESS);
	char wanted[256];
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(result->client_id, 1234);
	snprintf(wanted, sizeof(wanted),
		 "{\"type\":\"cancelByCloid\",\"cancels\":[{\"asset\":1,\"cloid\":\"%s\"}]}",
		 hyperliquid_world_cloid(1234));
	assert_non_null(strstr(world.fake.seen[0].body, wanted));
	result = command(cancel, GONE);
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_NOT_FOUND);
	assert_int_equal(command(cancel, "#503")->outcome, COMMAND_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void cancel_all_cancels_what_is_open_of_that_market(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	fake_hyperliquid_info(&world.fake, "openOrders",
			      "[{\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0."
			      "3\",\"oid\":245678901234,"
			      "\"timestamp\":1764000001111,\"origSz\":\"0.5\"},{\"coin\":\"BTC\","
			      "\"side\":\"A\",\"limitPx\":"
			      "\"90000.0\",\"sz\":\"0.3\",\"oid\":2,\"timestamp\":1764000001111,"
			      "\"origSz\":\"0.3\"},{\"coin\":"
			      "\"ETH\",\"side\":\"B\",\"limitPx\":\"2700.0\",\"sz\":\"0.3\","
			      "\"oid\":3,\"timestamp\":"
			      "1764000001111,\"origSz\":\"0.3\"}]");
	const struct command_request all = {
		.kind = COMMAND_CANCEL_ALL,
		.u.cancel_all = {hyperliquid_world_instrument(&world, "ETH")}};
	const struct command_result *result = command(
		all, "{\"status\":\"ok\",\"response\":{\"type\":\"cancel\",\"data\":{\"statuses\":["
		     "\"success\",{\"error\":\"Order was never placed, already canceled, or "
		     "filled. asset=1\"}]}}}");
	assert_int_equal(result->outcome, COMMAND_ACKNOWLEDGED);
	assert_non_null(strstr(world.fake.seen[0].body,
			       "\"cancels\":[{\"a\":1,\"o\":245678901234},{\"a\":1,\"o\":3}]"));
	assert_int_equal(command(all, "{\"status\":\"ok\",\"response\":{\"type\":\"cancel\","
				      "\"data\":{\"statuses\":["
				      "\"success\"]}}}")
				 ->outcome,
			 COMMAND_UNKNOWN);
	fake_hyperliquid_info(&world.fake, "openOrders", "[]");
	assert_int_equal(command(all, NULL)->outcome, COMMAND_ACKNOWLEDGED);
	assert_int_equal(world.fake.seen_count, 2);
	hyperliquid_world_close(&world);
}

static void leverage_keeps_the_mode_and_the_mode_keeps_the_leverage(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	instrument_id eth = hyperliquid_world_instrument(&world, "ETH");
	const struct command_request leverage = {.kind = COMMAND_SET_LEVERAGE,
						 .u.leverage = {eth, 3}};
	const struct command_request isolated = {.kind = COMMAND_SET_MARGIN_MODE,
						 .u.margin = {eth, MARGIN_ISOLATED}};
	const char *fine = "{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}";
	assert_int_equal(command(isolated, fine)->outcome, COMMAND_ACKNOWLEDGED);
	assert_non_null(
		strstr(world.fake.seen[0].body, "\"asset\":1,\"isCross\":false,\"leverage\":5"));
	assert_int_equal(command(leverage, fine)->outcome, COMMAND_ACKNOWLEDGED);
	assert_non_null(
		strstr(world.fake.seen[1].body, "\"asset\":1,\"isCross\":false,\"leverage\":3"));
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "activeAssetData"), 1);
	const struct command_result *result = command(
		isolated, "{\"status\":\"err\",\"response\":\"Cannot switch leverage type with "
			  "open position.\"}");
	assert_int_equal(result->reason, REJECT_LEVERAGE);
	hyperliquid_world_close(&world);
}

static void an_account_without_the_dead_mans_switch_is_told_once(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	const struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
					    .u.dead_man = {60 * SECOND}};
	assert_true(world.client->capabilities & CAN_DEAD_MANS_SWITCH);
	const struct command_result *result = command(
		arm, "{\"status\":\"err\",\"response\":\"Cannot set scheduled cancel time until "
		     "enough volume traded. Required: $1000000. Traded: $87197.94.\"}");
	assert_int_equal(result->outcome, COMMAND_REJECTED);
	assert_int_equal(result->reason, REJECT_OTHER);
	assert_false(world.client->capabilities & CAN_DEAD_MANS_SWITCH);
	result = command(arm, NULL);
	assert_int_equal(result->reason, REJECT_OTHER);
	assert_int_equal(world.fake.seen_count, 1);
	hyperliquid_world_close(&world);
}

static void the_dead_mans_switch_is_set_in_the_venues_time(void **state)
{
	char wanted[64];
	(void)state;
	hyperliquid_world_open(&world);
	world.fake.skew_ns = 20 * SECOND;
	hyperliquid_world_start(&world);
	struct command_request arm = {.kind = COMMAND_DEAD_MANS_SWITCH,
				      .u.dead_man = {60 * SECOND}};
	int64_t at_ms = (scheduler_now(world.scheduler) + 80 * SECOND) / 1000000;
	const char *fine = "{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}";
	assert_int_equal(command(arm, fine)->outcome, COMMAND_ACKNOWLEDGED);
	snprintf(wanted, sizeof(wanted), "\"time\":%lld", (long long)(at_ms / 1000));
	assert_non_null(strstr(world.fake.seen[0].body, wanted));
	arm.u.dead_man.after_ns = 0;
	assert_int_equal(command(arm, fine)->outcome, COMMAND_ACKNOWLEDGED);
	assert_non_null(strstr(world.fake.seen[1].body, "{\"type\":\"scheduleCancel\"}"));
	arm.u.dead_man.after_ns = SECOND;
	assert_int_equal(command(arm, NULL)->reason, REJECT_NEVER_SENT);
	hyperliquid_world_close(&world);
}

static void after_stop_nothing_more_happens(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_BOOK | CHANNEL_FUNDING);
	world.done = false;
	exchange_stop(world.client, hyperliquid_world_note_done, &world);
	assert_false(world.done);
	hyperliquid_world_run(&world, SECOND);
	assert_true(world.done && world.ok);
	size_t markets = world.market_count;
	unsigned asked = fake_hyperliquid_asked(&world.fake, "");
	hyperliquid_world_run(&world, 3600 * SECOND);
	assert_int_equal(world.market_count, markets);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, ""), asked);
	assert_int_equal(world.fake.sockets_opened, 1);
	hyperliquid_world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_markets_have_the_venues_terms),
		cmocka_unit_test(start_without_an_account_asks_for_none),
		cmocka_unit_test(what_cannot_trade_safely_is_refused_at_start),
		cmocka_unit_test(the_masters_own_key_is_refused_before_anything_is_asked),
		cmocka_unit_test(a_sub_account_is_traded_through_its_vault_address),
		cmocka_unit_test(a_start_goes_on_after_answers_that_failed),
		cmocka_unit_test(the_venues_clock_is_told_with_its_uncertainty),
		cmocka_unit_test(subscriptions_complete_when_the_venue_acknowledged_them),
		cmocka_unit_test(a_refused_subscription_says_so_and_disturbs_no_other),
		cmocka_unit_test(a_subscription_that_nobody_acknowledges_makes_the_connection_anew),
		cmocka_unit_test(after_a_reconnect_all_is_subscribed_and_books_start_anew),
		cmocka_unit_test(a_half_open_connection_is_found_by_its_missing_pong),
		cmocka_unit_test(an_unreadable_message_is_a_gap_until_the_next_whole_book),
		cmocka_unit_test(what_is_unsubscribed_is_told_no_more),
		cmocka_unit_test(settled_rates_are_read_after_each_boundary),
		cmocka_unit_test(a_testnet_with_a_faster_clock_pays_every_minute),
		cmocka_unit_test(a_cancel_goes_by_client_id),
		cmocka_unit_test(cancel_all_cancels_what_is_open_of_that_market),
		cmocka_unit_test(leverage_keeps_the_mode_and_the_mode_keeps_the_leverage),
		cmocka_unit_test(an_account_without_the_dead_mans_switch_is_told_once),
		cmocka_unit_test(the_dead_mans_switch_is_set_in_the_venues_time),
		cmocka_unit_test(after_stop_nothing_more_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
