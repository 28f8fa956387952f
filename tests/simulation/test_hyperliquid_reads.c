/* Reads at Hyperliquid: whole answers, or UNKNOWN. */
#include "tests/support/hyperliquid_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)

static struct hyperliquid_world world;

static const struct read_result *read_of(enum read_kind kind, const char *coin)
{
	struct read_request request = {.kind = kind};
	if (coin != NULL)
		request.instrument = hyperliquid_world_instrument(&world, coin);
	return hyperliquid_world_read(&world, &request);
}

static void depth_has_its_levels_its_time_and_when_it_was_asked(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	int64_t asked = scheduler_now(world.scheduler);
	const struct read_result *read = read_of(READ_DEPTH, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.depth.bid_count, 2);
	assert_int_equal(read->u.depth.ask_count, 2);
	assert_int_equal(read->u.depth.bids[0].price.units, 283160);
	assert_int_equal(read->u.depth.asks[1].quantity.units, 310040);
	assert_int_equal(read->u.depth.exch_ns, INT64_C(1764000012345) * MS);
	assert_int_equal(read->u.depth.requested_ns, asked);
	read = read_of(READ_BBO, "ETH");
	assert_int_equal(read->u.depth.bid_count, 1);
	/* Another market's book, a crossed one, an empty market. */
	assert_int_equal(read_of(READ_DEPTH, "BTC")->outcome, READ_UNKNOWN);
	fake_hyperliquid_info(
		&world.fake, "l2Book",
		"{\"coin\":\"ETH\",\"time\":1764000012345,\"levels\":[[{\"px\":\"2832\",\"sz\":"
		"\"1\",\"n\":1}],[{\"px\":\"2831\",\"sz\":\"1\",\"n\":1}]]}");
	assert_int_equal(read_of(READ_DEPTH, "ETH")->outcome, READ_UNKNOWN);
	fake_hyperliquid_info(&world.fake, "l2Book", "null");
	assert_int_equal(read_of(READ_DEPTH, "ETH")->outcome, READ_ABSENT);
	fake_hyperliquid_info(&world.fake, "l2Book", "#429");
	assert_int_equal(read_of(READ_DEPTH, "ETH")->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void one_request_tells_of_all_markets(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	const struct read_result *read = read_of(READ_OVERVIEW, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.funding.count,
			 12); /* four markets that trade, three events each */
	const struct market_event *events = read->u.funding.events;
	assert_int_equal(events[0].kind, EVENT_FUNDING);
	assert_int_equal(events[0].u.funding.kind, FUNDING_ESTIMATE);
	assert_int_equal(events[0].u.funding.boundary_ns, WORLD_START + 3600 * SECOND);
	assert_int_equal(events[0].u.funding.interval_ns, 3600 * SECOND);
	assert_int_equal(events[1].kind, EVENT_MARK);
	assert_true(events[1].u.mark.oracle.e18 == (i128)28311 * MONEY_ONE / 10);
	/* 605822.2557999999 ETH: binary noise rounded to the market's four decimals. */
	assert_int_equal(events[5].u.open_interest.quantity.units, INT64_C(6058222558));

	assert_int_equal(read_of(READ_FUNDING, "ETH")->u.funding.events[0].u.funding.rate.e18,
			 INT64_C(12500000000000));
	assert_true(read_of(READ_MARK, "ETH")->u.mark.u.mark.mark.e18 ==
		    (i128)28314 * MONEY_ONE / 10);
	assert_int_equal(read_of(READ_OPEN_INTEREST, "ETH")->u.open_interest.units,
			 INT64_C(6058222558));
	assert_true(read_of(READ_VOLUME, "ETH")->u.volume.e18 / MONEY_ONE == 591989409);
	/* A delisted market's context may be half empty: no value, not a zero. */
	assert_int_equal(read_of(READ_MARK, "OLDCO")->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void balances_are_cash_and_free_margin(void **state)
{
	static const char STATE[] =
		"{\"marginSummary\":{\"accountValue\":\"1015.0\",\"totalNtlPos\":\"1415.0\","
		"\"totalRawUsd\":"
		"\"-400.0\",\"totalMarginUsed\":\"283.0\"},\"crossMarginSummary\":{"
		"\"accountValue\":"
		"\"1015.0\",\"totalNtlPos\":\"1415.0\",\"totalRawUsd\":\"-400.0\","
		"\"totalMarginUsed\":"
		"\"283.0\"},\"crossMaintenanceMarginUsed\":\"28.3\",\"withdrawable\":\"732.0\","
		"\"assetPositions\":[{\"type\":\"oneWay\",\"position\":{\"coin\":\"ETH\",\"szi\":"
		"\"-0.5\","
		"\"leverage\":{\"type\":\"isolated\",\"value\":5,\"rawUsd\":\"1.0\"},\"entryPx\":"
		"\"2800.0\","
		"\"positionValue\":\"1415.0\",\"unrealizedPnl\":\"-15.0\",\"returnOnEquity\":\"0."
		"0535714\","
		"\"liquidationPx\":\"816.32653061\",\"marginUsed\":\"283.0\",\"maxLeverage\":25}}],"
		"\"time\":"
		"1764000020000}";
	(void)state;
	hyperliquid_world_open(&world);
	fake_hyperliquid_info(&world.fake, "clearinghouseState", STATE);
	hyperliquid_world_start(&world);
	const struct read_result *read = read_of(READ_BALANCES, NULL);
	assert_int_equal(read->u.balances.count, 1);
	assert_true(read->u.balances.values[0].total.e18 == 1030 * MONEY_ONE);
	assert_true(read->u.balances.values[0].available.e18 == 732 * MONEY_ONE);
	read = read_of(READ_POSITIONS, NULL);
	assert_int_equal(read->u.positions.count, 1);
	assert_int_equal(read->u.positions.values[0].quantity.units, -5000);
	assert_true(read->u.positions.values[0].cost.e18 == -1400 * MONEY_ONE);
	assert_int_equal(read->u.positions.values[0].leverage, 5);
	assert_true(read->u.positions.values[0].liquidation_known);
	/* Asked for one market, flat is said. */
	read = read_of(READ_POSITIONS, "BTC");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.positions.count, 1);
	assert_int_equal(read->u.positions.values[0].quantity.units, 0);
	hyperliquid_world_close(&world);
}

static void a_failed_or_partial_account_read_is_unknown_never_flat(void **state)
{
	static const char *const answers[] = {
		"",
		"#503",
		"{}",
		"null",
		"[]",
		"{\"marginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMarginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMaintenanceMarginUsed\":\"0.0\",\"assetPositions\":{},\"time\":"
		"1764000020000}",
		"{\"marginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMarginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMaintenanceMarginUsed\":\"0.0\",\"assetPositions\":[{\"position\":{"
		"\"coin\":"
		"\"ETH\"}}],\"time\":1764000020000}",
		"{\"marginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMarginSummary\":{\"accountValue\":\"1.0\",\"totalMarginUsed\":\"0.0\"},"
		"\"crossMaintenanceMarginUsed\":\"0.0\",\"assetPositions\":[]",
	};
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		fake_hyperliquid_info(&world.fake, "clearinghouseState", answers[i]);
		assert_int_equal(read_of(READ_POSITIONS, NULL)->outcome, READ_UNKNOWN);
		assert_int_equal(read_of(READ_BALANCES, NULL)->outcome, READ_UNKNOWN);
	}
	hyperliquid_world_close(&world);
}

static void an_order_is_read_by_client_id(void **state)
{
	char text[1024];
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	struct read_request request = {.kind = READ_ORDER,
				       .instrument = hyperliquid_world_instrument(&world, "ETH"),
				       .client_id = 4242};
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_ABSENT);
	static const char STATUS[] = "{\"status\":\"order\",\"order\":{\"order\":{\"coin\":\"ETH\","
				     "\"side\":\"B\",\"limitPx\":"
				     "\"2900.1\",\"sz\":\"%s\",\"oid\":245678901234,\"timestamp\":"
				     "1764000001111,\"reduceOnly\":%s,"
				     "\"orderType\":\"Limit\",\"origSz\":\"0.5\",\"tif\":\"Ioc\","
				     "\"cloid\":\"%s\"},\"status\":\"%s\","
				     "\"statusTimestamp\":1764000001222}}";
	snprintf(text, sizeof(text), STATUS, "0.2", "false", hyperliquid_world_cloid(4242),
		 "canceled");
	fake_hyperliquid_info(&world.fake, "orderStatus", text);
	const struct read_result *read = hyperliquid_world_read(&world, &request);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.events.count, 1);
	assert_int_equal(read->u.events.events[0].u.order.client_id, 4242);
	assert_int_equal(read->u.events.events[0].u.order.state, ORDER_STATE_CANCELLED);
	assert_int_equal(read->u.events.events[0].u.order.executed.units, 3000);
	/* A reduce-only order: its fills say what was filled. */
	snprintf(text, sizeof(text), STATUS, "0.0", "true", hyperliquid_world_cloid(4242),
		 "reduceOnlyCanceled");
	fake_hyperliquid_info(&world.fake, "orderStatus", text);
	read = hyperliquid_world_read(&world, &request);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.events.events[0].u.order.executed.units, 0);
	fake_hyperliquid_info(&world.fake, "userFillsByTime", "#500");
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_UNKNOWN);
	/* An answer about another order, and a state that nobody knows. */
	snprintf(text, sizeof(text), STATUS, "0.2", "false", hyperliquid_world_cloid(4243),
		 "canceled");
	fake_hyperliquid_info(&world.fake, "orderStatus", text);
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_UNKNOWN);
	snprintf(text, sizeof(text), STATUS, "0.2", "false", hyperliquid_world_cloid(4242),
		 "ALIEN");
	fake_hyperliquid_info(&world.fake, "orderStatus", text);
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

/* ---- pages ------------------------------------------------------------------------------------
 */

/* 2,000 fills a page from startTime on, two per millisecond, 2,500 in all. */
static char *fills_from(int64_t first_ms, unsigned from, unsigned count)
{
	char *text = malloc((size_t)count * 256 + 16);
	size_t used = 0;
	assert_non_null(text);
	text[used++] = '[';
	for (unsigned i = from; i < from + count; i++)
		used += (size_t)snprintf(
			text + used, 256,
			"%s{\"coin\":\"ETH\",\"px\":\"2831.7\",\"sz\":\"0.01\",\"side\":\"B\","
			"\"time\":%lld,\"oid\":1,\"crossed\":true,\"fee\":\"0.01\",\"tid\":%u,"
			"\"feeToken\":\"USDC\"}",
			i == from ? "" : ",", (long long)(first_ms + i / 2), i);
	text[used++] = ']';
	text[used] = '\0';
	return text;
}

static void fills_are_paged_and_the_row_at_the_edge_counted_once(void **state)
{
	const int64_t first_ms = WORLD_START / MS;
	struct read_request request = {.kind = READ_FILLS, .since_ns = WORLD_START};
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	char *page = fills_from(first_ms, 0, 150);
	fake_hyperliquid_info(&world.fake, "userFillsByTime", page);
	free(page);
	const struct read_result *read = hyperliquid_world_read(&world, &request);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.events.count, 150);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "userFillsByTime"), 1);
	for (size_t i = 1; i < 150; i++)
		assert_true(read->u.events.events[i - 1].exch_ns <=
			    read->u.events.events[i].exch_ns);
	/* The same full page again and again never ends: UNKNOWN, after a bounded number. */
	page = fills_from(first_ms, 0, 2000);
	fake_hyperliquid_info(&world.fake, "userFillsByTime", page);
	free(page);
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_UNKNOWN);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "userFillsByTime"), 3);
	hyperliquid_world_close(&world);
}

static void funding_payments_are_read_with_their_boundaries(void **state)
{
	struct read_request request = {.kind = READ_FUNDING_PAYMENTS,
				       .since_ns = WORLD_START - SECOND};
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	fake_hyperliquid_info(&world.fake, "userFunding",
			      "[{\"time\":1764000000043,\"hash\":\"0x00\",\"delta\":{\"type\":"
			      "\"funding\",\"coin\":\"ETH\","
			      "\"usdc\":\"-0.017697\",\"szi\":\"0.5\",\"fundingRate\":\"0."
			      "0000125\",\"nSamples\":null}}]");
	const struct read_result *read = hyperliquid_world_read(&world, &request);
	assert_int_equal(read->u.events.count, 1);
	assert_int_equal(read->u.events.events[0].u.funding.boundary_ns, WORLD_START);
	assert_true(read->u.events.events[0].u.funding.amount.e18 == INT64_C(-17697000000000000));
	fake_hyperliquid_info(&world.fake, "userFunding", "[{\"time\":1764000000043}]");
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void settled_rates_come_with_evidence(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	fake_hyperliquid_info(&world.fake, "fundingHistory",
			      "[{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\",\"premium\":\"0."
			      "0002213\",\"time\":1763902800037},"
			      "{\"coin\":\"ETH\",\"fundingRate\":\"-0.00000875\",\"premium\":\"-0."
			      "00057\",\"time\":"
			      "1763906400012},{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\","
			      "\"time\":1763910000001}]");
	const struct read_result *read = read_of(READ_FUNDING_HISTORY, "ETH");
	assert_int_equal(read->u.funding.count, 3);
	assert_int_equal(read->u.funding.events[1].u.funding.boundary_ns,
			 INT64_C(1763906400000) * MS);
	read = read_of(READ_FUNDING_EVIDENCE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.evidence.count, 3);
	const struct funding_evidence *rows = read->u.evidence.rows;
	assert_true(rows[0].derived_known);
	assert_int_equal(rows[0].derived.e18, INT64_C(12500000000000));
	/* Half of 10^-7 of the premium, by 8, and half of 10^-7 of the rate. */
	assert_int_equal(rows[0].tolerance.e18, INT64_C(50000000000) / 8 + INT64_C(50000000000));
	/* (-0.00057 + 0.0005) / 8 */
	assert_int_equal(rows[1].derived.e18, INT64_C(-8750000000000));
	assert_int_equal(rows[1].rate.e18, rows[1].derived.e18);
	assert_false(rows[2].derived_known);
	hyperliquid_world_close(&world);
}

static void access_says_what_the_key_may_do(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	fake_hyperliquid_info(
		&world.fake, "extraAgents",
		"[{\"name\":\"other\",\"address\":\"0x1111111111111111111111111111111111111111\","
		"\"validUntil\":1},{\"name\":\"fundarb\",\"address\":"
		"\"0x14791697260e4c9a71f18484c9f997b308e59325\",\"validUntil\":1771174068515}]");
	unsigned asked = fake_hyperliquid_asked(&world.fake, "userAbstraction");
	assert_int_equal(read_of(READ_ACCESS, NULL)->outcome, READ_UNKNOWN); /* a time of 1970 */
	/* Role, mode and budget are what the start has just read. */
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "userAbstraction"), asked);
	hyperliquid_world_run(&world, 60 * SECOND); /* it costs a tenth of a minute's budget */
	fake_hyperliquid_info(
		&world.fake, "extraAgents",
		"[{\"name\":\"fundarb\",\"address\":"
		"\"0x14791697260E4C9A71F18484C9F997B308E59325\",\"validUntil\":1771174068515}]");
	const struct read_result *read = read_of(READ_ACCESS, NULL);
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.access.may_trade, ANSWER_YES);
	assert_int_equal(read->u.access.may_withdraw, ANSWER_NO);
	assert_int_equal(read->u.access.mode_fits, ANSWER_YES);
	assert_string_equal(read->u.access.mode, "default");
	assert_int_equal(read->u.access.key_expires_ns, INT64_C(1771174068515) * MS);
	assert_int_equal(read->u.access.budget_left, 97197 - 396);
	fake_hyperliquid_info(&world.fake, "userRole 0x14791697260e4c9a71f18484c9f997b308e59325",
			      "{\"role\":\"user\"}");
	hyperliquid_world_run(&world, 60 * SECOND);
	fake_hyperliquid_info(&world.fake, "userAbstraction", "\"unifiedAccount\"");
	read = read_of(READ_ACCESS, NULL);
	assert_int_equal(read->u.access.may_withdraw, ANSWER_YES);
	assert_int_equal(read->u.access.mode_fits, ANSWER_NO);
	assert_true(strlen(read->u.access.advice) > 0);
	hyperliquid_world_close(&world);
}

static void the_room_for_orders_is_the_least_of_the_budgets(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	hyperliquid_world_run(&world, 60 * SECOND);
	int64_t room = read_of(READ_ORDER_ROOM, NULL)->u.order_room;
	assert_int_equal(room, 350); /* 500 less what is kept for exits */
	hyperliquid_world_close(&world);

	hyperliquid_world_open(&world);
	fake_hyperliquid_info(&world.fake, "userRateLimit",
			      "{\"cumVlm\":\"1.0\",\"nRequestsUsed\":9497,\"nRequestsCap\":10000,"
			      "\"nRequestsSurplus\":0}");
	hyperliquid_world_start(&world);
	hyperliquid_world_run(&world, 60 * SECOND);
	assert_int_equal(read_of(READ_ORDER_ROOM, NULL)->u.order_room, 4); /* 503 - 500 are left */
	hyperliquid_world_close(&world);
}

static void leverage_and_margin_mode_are_read(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	const struct read_result *read = read_of(READ_LEVERAGE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.leverage.leverage, 5);
	assert_int_equal(read->u.leverage.mode, MARGIN_CROSS);
	fake_hyperliquid_info(&world.fake, "activeAssetData",
			      "{\"leverage\":{\"type\":\"isolated\",\"value\":20,"
			      "\"rawUsd\":\"0.0\"}}");
	read = read_of(READ_LEVERAGE, "ETH");
	assert_int_equal(read->outcome, READ_VALUE);
	assert_int_equal(read->u.leverage.leverage, 20);
	assert_int_equal(read->u.leverage.mode, MARGIN_ISOLATED);
	fake_hyperliquid_info(&world.fake, "activeAssetData", "null");
	assert_int_equal(read_of(READ_LEVERAGE, "ETH")->outcome, READ_ABSENT);
	fake_hyperliquid_info(&world.fake, "activeAssetData",
			      "{\"leverage\":{\"type\":\"split\",\"value\":20}}");
	assert_int_equal(read_of(READ_LEVERAGE, "ETH")->outcome, READ_UNKNOWN);
	fake_hyperliquid_info(&world.fake, "activeAssetData", "{\"coin\":\"ETH\"}");
	assert_int_equal(read_of(READ_LEVERAGE, "ETH")->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void fees_server_time_and_instruments_are_read(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	world.fake.skew_ns = 5 * SECOND;
	hyperliquid_world_start(&world);
	fake_hyperliquid_info(&world.fake, "userFees",
			      "{\"userCrossRate\":\"0.0004\",\"userAddRate\":\"-0.00001\","
			      "\"activeReferralDiscount\":\"0.04\"}");
	const struct read_result *read = read_of(READ_FEES, "ETH");
	assert_int_equal(read->u.fees.taker.e18, INT64_C(384000000000000));
	assert_int_equal(read->u.fees.maker.e18, INT64_C(-9600000000000));
	read = read_of(READ_SERVER_TIME, NULL);
	assert_true(llabs(read->u.server_time_ns - scheduler_now(world.scheduler) - 5 * SECOND) <
		    SECOND / 10);
	read = read_of(READ_INSTRUMENTS, NULL);
	assert_int_equal(read->u.instruments.count, 5);
	/* The order of the list is what orders are sent by. */
	fake_hyperliquid_info(
		&world.fake, "meta",
		"{\"universe\":[{\"szDecimals\":4,\"name\":\"ETH\",\"maxLeverage\":25},"
		"{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40}]}");
	assert_int_equal(read_of(READ_INSTRUMENTS, NULL)->outcome, READ_UNKNOWN);
	hyperliquid_world_close(&world);
}

static void reads_wait_for_the_request_budget_and_never_pass_it(void **state)
{
	struct read_request request = {.kind = READ_OVERVIEW};
	(void)state;
	hyperliquid_world_open(&world);
	hyperliquid_world_start(&world);
	int64_t began = scheduler_now(world.scheduler);
	unsigned answered = 0;
	/* 20 a request: 1,200 a minute are 60 of them. */
	while (scheduler_now(world.scheduler) - began < 60 * SECOND) {
		const struct read_result *read = hyperliquid_world_read(&world, &request);
		answered += read->outcome == READ_VALUE;
	}
	unsigned asked = fake_hyperliquid_asked(&world.fake, "metaAndAssetCtxs");
	assert_int_equal(asked, answered);
	assert_true(20 * asked + 202 <= 1200);
	assert_true(asked >= 30);
	/* An exit still finds its share. */
	request = (struct read_request){.kind = READ_POSITIONS};
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_VALUE);
	hyperliquid_world_close(&world);
}

static void reads_of_foreign_markets_and_without_account_are_no_values(void **state)
{
	struct read_request request = {.kind = READ_DEPTH, .instrument = 4000};
	(void)state;
	hyperliquid_world_open(&world);
	world.options.has_account = false;
	hyperliquid_world_start(&world);
	assert_int_equal(hyperliquid_world_read(&world, &request)->outcome, READ_ABSENT);
	assert_int_equal(read_of(READ_POSITIONS, NULL)->outcome, READ_UNKNOWN);
	assert_int_equal(read_of(READ_ACCESS, NULL)->outcome, READ_UNKNOWN);
	assert_int_equal(read_of(READ_LEVERAGE, "ETH")->outcome, READ_UNKNOWN);
	assert_int_equal(read_of(READ_FEES, "ETH")->u.fees.taker.e18, RATE_ONE / 100000 * 45);
	hyperliquid_world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_has_its_levels_its_time_and_when_it_was_asked),
		cmocka_unit_test(one_request_tells_of_all_markets),
		cmocka_unit_test(balances_are_cash_and_free_margin),
		cmocka_unit_test(a_failed_or_partial_account_read_is_unknown_never_flat),
		cmocka_unit_test(an_order_is_read_by_client_id),
		cmocka_unit_test(fills_are_paged_and_the_row_at_the_edge_counted_once),
		cmocka_unit_test(funding_payments_are_read_with_their_boundaries),
		cmocka_unit_test(settled_rates_come_with_evidence),
		cmocka_unit_test(access_says_what_the_key_may_do),
		cmocka_unit_test(the_room_for_orders_is_the_least_of_the_budgets),
		cmocka_unit_test(leverage_and_margin_mode_are_read),
		cmocka_unit_test(fees_server_time_and_instruments_are_read),
		cmocka_unit_test(reads_wait_for_the_request_budget_and_never_pass_it),
		cmocka_unit_test(reads_of_foreign_markets_and_without_account_are_no_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
