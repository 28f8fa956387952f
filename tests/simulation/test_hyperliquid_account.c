/* What Hyperliquid tells of the account, told on once; and that a gap leaves nothing out. */
#include "tests/support/hyperliquid_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)

static struct hyperliquid_world world;

static int64_t venue_ms(void)
{
	return scheduler_now(world.scheduler) / MS;
}

static void run(void)
{
	hyperliquid_world_run(&world, SECOND / 10);
}

static const char *fill(int64_t time_ms, unsigned tid, const char *size, uint32_t client_id)
{
	static char text[1024];
	char cloid[64] = "";
	if (client_id != 0)
		snprintf(cloid, sizeof(cloid), "\"cloid\":\"%s\",",
			 hyperliquid_world_cloid(client_id));
	snprintf(text, sizeof(text),
		 "{\"coin\":\"ETH\",\"px\":\"2831.7\",\"sz\":\"%s\",\"side\":\"B\",\"time\":%lld,"
		 "\"startPosition\":\"0.0\",\"dir\":\"Open "
		 "Long\",\"closedPnl\":\"0.0\",\"hash\":\"0x6c\","
		 "\"oid\":245678901234,\"crossed\":true,\"fee\":\"0.058106\",\"tid\":%u,%s"
		 "\"feeToken\":\"USDC\",\"twapId\":null}",
		 size, (long long)time_ms, tid, cloid);
	return text;
}

static void push_fills(const char *rows, bool snapshot)
{
	fake_hyperliquid_push(&world.fake,
			      "{\"channel\":\"userFills\",\"data\":{%s\"user\":\"" FAKE_ACCOUNT
			      "\",\"fills\":[%s]}}",
			      snapshot ? "\"isSnapshot\":true," : "", rows);
	run();
}

static void push_order(const char *status, const char *left, uint32_t client_id, bool reduce_only)
{
	fake_hyperliquid_push(
		&world.fake,
		"{\"channel\":\"orderUpdates\",\"data\":[{\"order\":{\"coin\":\"ETH\",\"side\":"
		"\"B\","
		"\"limitPx\":\"2900.1\",\"sz\":\"%s\",\"oid\":245678901234,\"timestamp\":%lld,"
		"\"origSz\":"
		"\"0.0456\",\"cloid\":\"%s\"%s},\"status\":\"%s\",\"statusTimestamp\":%lld}]}",
		left, (long long)venue_ms(), hyperliquid_world_cloid(client_id),
		reduce_only ? ",\"reduceOnly\":true" : "", status, (long long)venue_ms());
	run();
}

static void a_fill_is_told_once_with_its_fee_and_our_id(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	int64_t at = venue_ms();
	push_fills(fill(at, 118906, "0.0456", 1007), false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 1);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_FILL, 0);
	char trade_id[48];
	snprintf(trade_id, sizeof(trade_id), "%lld-118906", (long long)at);
	assert_string_equal(event->u.fill.trade_id, trade_id);
	assert_int_equal(event->u.fill.client_id, 1007);
	assert_int_equal(event->u.fill.price.units, 283170);
	assert_int_equal(event->u.fill.quantity.units, 456);
	assert_int_equal(event->u.fill.side, SIDE_BUY);
	assert_false(event->u.fill.maker);
	assert_true(event->u.fill.fee.e18 == INT64_C(58106000000000000));
	assert_string_equal(asset_name(world.instruments, event->u.fill.fee_asset), "USDC");
	assert_int_equal(event->exch_ns, at * MS);
	/* The same again, by stream and by snapshot. */
	push_fills(fill(at, 118906, "0.0456", 1007), false);
	push_fills(fill(at, 118906, "0.0456", 1007), true);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 1);
	/* Another trade of the same millisecond. */
	push_fills(fill(at, 118907, "0.0456", 1007), false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 2);
	hyperliquid_world_close(&world);
}

static void a_fill_whose_fee_is_not_said_has_an_estimate(void **state)
{
	char text[1024];
	(void)state;
	hyperliquid_world_trade(&world);
	snprintf(text, sizeof(text), "%s", fill(venue_ms(), 1, "0.1", 1007));
	memcpy(strstr(text, "\"fee\""), "\"foo\"", 5);
	push_fills(text, false);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_FILL, 0);
	assert_true(event->u.fill.fee_estimated);
	/* 0.1 * 2831.7 * 0.045 % */
	assert_true(event->u.fill.fee.e18 == (i128)1274265 * (MONEY_ONE / 10000000));
	hyperliquid_world_close(&world);
}

static void fills_from_before_the_subscription_are_history(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	push_fills(fill(venue_ms() - 3600000, 1, "0.0456", 1007), true);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 0);
	hyperliquid_world_close(&world);
}

static void foreign_fills_are_told_as_not_ours(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	push_fills(fill(venue_ms(), 5, "0.01", 0), false);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_FILL, 0)->u.fill.client_id, 0);
	hyperliquid_world_close(&world);
}

static void a_fill_without_client_id_is_ours_if_its_order_is(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_LIMIT, SIDE_BUY);
	fake_hyperliquid_script(
		&world.fake,
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"resting\":{\"oid\":245678901234}}]}}}");
	hyperliquid_world_place(&world, &order);
	push_fills(fill(venue_ms(), 5, "0.01", 0), false);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_FILL, 0)->u.fill.client_id,
			 order.client_id);
	hyperliquid_world_close(&world);
}

static void order_states_are_told_by_their_class(void **state)
{
	static const struct {
		const char *status, *left;
		enum order_state state;
		enum reject_reason reason;
		int64_t executed;
	} cases[] = {
		{"open", "0.0456", ORDER_STATE_OPEN, REJECT_NONE, 0},
		{"open", "0.0400", ORDER_STATE_OPEN, REJECT_NONE, 56},
		{"filled", "0.0", ORDER_STATE_FILLED, REJECT_NONE, 456},
		{"canceled", "0.0400", ORDER_STATE_CANCELLED, REJECT_NONE, 56},
		{"marginCanceled", "0.0456", ORDER_STATE_CANCELLED, REJECT_MARGIN, 0},
		{"somethingNewCanceled", "0.0456", ORDER_STATE_CANCELLED, REJECT_OTHER, 0},
		{"perpMarginRejected", "0.0456", ORDER_STATE_REJECTED, REJECT_MARGIN, 0},
		{"iocCancelRejected", "0.0456", ORDER_STATE_REJECTED, REJECT_PRICE_BAND, 0},
		{"badAloPxRejected", "0.0456", ORDER_STATE_REJECTED, REJECT_WOULD_CROSS, 0},
		{"brandNewRejected", "0.0456", ORDER_STATE_REJECTED, REJECT_OTHER, 0},
	};
	(void)state;
	hyperliquid_world_trade(&world);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		push_order(cases[i].status, cases[i].left, 1010 + (uint32_t)i, false);
		const struct account_event *event =
			hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
		assert_int_equal(event->u.order.client_id, 1010 + i);
		assert_int_equal(event->u.order.state, cases[i].state);
		assert_int_equal(event->u.order.reason, cases[i].reason);
		assert_int_equal(event->u.order.executed.units, cases[i].executed);
		assert_string_equal(event->u.order.venue_order_id, "245678901234");
	}
	size_t told = hyperliquid_world_count(&world, ACCOUNT_ORDER);
	push_order("someAlienWord", "0.0456", 1050, false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_ORDER), told);
	hyperliquid_world_close(&world);
}

static void a_reduce_only_order_ends_with_what_its_fills_say(void **state)
{
	char rows[2048];
	(void)state;
	hyperliquid_world_trade(&world);
	/* The venue cut it to the position: nothing is left, yet only 0.01 was filled (§1.4). */
	char status[1024];
	snprintf(status, sizeof(status),
		 "{\"status\":\"order\",\"order\":{\"order\":{\"coin\":\"ETH\",\"side\":\"B\","
		 "\"limitPx\":"
		 "\"2900.1\",\"sz\":\"0.0\",\"oid\":245678901234,\"timestamp\":%lld,\"reduceOnly\":"
		 "true,"
		 "\"origSz\":\"0.0456\",\"cloid\":\"%s\"},\"status\":\"filled\","
		 "\"statusTimestamp\":%lld}}",
		 (long long)venue_ms(), hyperliquid_world_cloid(1020), (long long)venue_ms());
	fake_hyperliquid_info(&world.fake, "orderStatus", status);
	snprintf(rows, sizeof(rows), "[%s]", fill(venue_ms(), 9, "0.01", 1020));
	fake_hyperliquid_info(&world.fake, "userFillsByTime", rows);
	push_order("filled", "0.0", 1020, true);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_ORDER, 0);
	assert_int_equal(event->u.order.state, ORDER_STATE_FILLED);
	assert_int_equal(event->u.order.executed.units, 100);
	/* Where stream and fills agree nothing is read. */
	unsigned asked = fake_hyperliquid_asked(&world.fake, "orderStatus");
	push_fills(fill(venue_ms(), 10, "0.0456", 1021), false);
	push_order("filled", "0.0", 1021, true);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "orderStatus"), asked);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_ORDER, 0)->u.order.executed.units,
			 456);
	hyperliquid_world_close(&world);
}

static const char STATE_LONG[] =
	"{\"marginSummary\":{\"accountValue\":\"1015.0\",\"totalNtlPos\":\"1415.0\","
	"\"totalRawUsd\":"
	"\"-400.0\",\"totalMarginUsed\":\"283.0\"},\"crossMarginSummary\":{\"accountValue\":\"1015."
	"0\","
	"\"totalNtlPos\":\"1415.0\",\"totalRawUsd\":\"-400.0\",\"totalMarginUsed\":\"283.0\"},"
	"\"crossMaintenanceMarginUsed\":\"28.3\",\"withdrawable\":\"732.0\",\"assetPositions\":["
	"{\"type\":\"oneWay\",\"position\":{\"coin\":\"ETH\",\"szi\":\"0.5\",\"leverage\":{"
	"\"type\":"
	"\"cross\",\"value\":5},\"entryPx\":\"2800.0\",\"positionValue\":\"1415.0\","
	"\"unrealizedPnl\":"
	"\"15.0\",\"returnOnEquity\":\"0.0535714\",\"liquidationPx\":\"816.32653061\","
	"\"marginUsed\":"
	"\"283.0\",\"maxLeverage\":25,\"cumFunding\":{\"allTime\":\"0.41\",\"sinceOpen\":\"0.07\","
	"\"sinceChange\":\"0.07\"}}}],\"time\":1764000020000}";
static const char STATE_FLAT[] =
	"{\"marginSummary\":{\"accountValue\":\"1012.5\",\"totalNtlPos\":\"0.0\",\"totalRawUsd\":"
	"\"1012.5\",\"totalMarginUsed\":\"0.0\"},\"crossMarginSummary\":{\"accountValue\":\"1012."
	"5\","
	"\"totalNtlPos\":\"0.0\",\"totalRawUsd\":\"1012.5\",\"totalMarginUsed\":\"0.0\"},"
	"\"crossMaintenanceMarginUsed\":\"0.0\",\"withdrawable\":\"1012.5\",\"assetPositions\":[],"
	"\"time\":1764000030000}";

static void push_state(const char *text)
{
	fake_hyperliquid_push(&world.fake,
			      "{\"channel\":\"clearinghouseState\",\"data\":{\"dex\":\"\",\"user\":"
			      "\"" FAKE_ACCOUNT "\",\"clearinghouseState\":%s}}",
			      text);
	run();
}

static void positions_and_cash_are_told_when_they_change(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_BALANCE), 1);
	push_state(STATE_LONG);
	push_state(STATE_LONG);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_POSITION), 1);
	assert_int_equal(
		hyperliquid_world_last(&world, ACCOUNT_POSITION, 0)->u.position.quantity.units,
		5000);
	/* Cash does not move with the mark: 1015 equity less 15 unrealised is still 1000. */
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_BALANCE), 1);
	assert_true(hyperliquid_world_last(&world, ACCOUNT_BALANCE, 0)->u.balance.total.e18 ==
		    1000 * MONEY_ONE);
	push_state(STATE_FLAT);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_POSITION), 2);
	assert_int_equal(
		hyperliquid_world_last(&world, ACCOUNT_POSITION, 0)->u.position.quantity.units, 0);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_BALANCE), 2);
	hyperliquid_world_close(&world);
}

static void an_unsound_state_changes_nothing_and_is_read_again(void **state)
{
	char cut[sizeof(STATE_FLAT)];
	(void)state;
	hyperliquid_world_trade(&world);
	push_state(STATE_LONG);
	fake_hyperliquid_info(&world.fake, "clearinghouseState", STATE_LONG);
	unsigned asked = fake_hyperliquid_asked(&world.fake, "clearinghouseState");
	/* Positions are there, the time is not. */
	snprintf(cut, sizeof(cut), "%s", STATE_FLAT);
	memcpy(strstr(cut, "\"time\""), "\"tame\"", 6);
	push_state(cut);
	hyperliquid_world_run(&world, 3 * SECOND);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_POSITION), 1);
	assert_true(fake_hyperliquid_asked(&world.fake, "clearinghouseState") > asked);
	hyperliquid_world_close(&world);
}

static void push_funding(int64_t time_ms, bool snapshot)
{
	fake_hyperliquid_push(
		&world.fake,
		"{\"channel\":\"userFundings\",\"data\":{%s\"user\":\"" FAKE_ACCOUNT
		"\",\"fundings\":[{\"time\":%lld,\"coin\":\"ETH\",\"usdc\":\"-0.017697\","
		"\"szi\":\"0.5\",\"fundingRate\":\"0.0000125\",\"nSamples\":null}]}}",
		snapshot ? "\"isSnapshot\":true," : "", (long long)time_ms);
	run();
}

static void a_funding_payment_belongs_to_its_boundary_and_is_told_once(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	const int64_t boundary = WORLD_START + 3600 * SECOND;
	hyperliquid_world_run(&world, boundary - scheduler_now(world.scheduler));
	push_funding(boundary / MS + 43, false);
	push_funding(boundary / MS + 43, true);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FUNDING), 1);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_FUNDING, 0);
	assert_int_equal(event->u.funding.boundary_ns, boundary);
	assert_int_equal(event->u.funding.position.units, 5000);
	assert_int_equal(event->u.funding.rate.e18, INT64_C(12500000000000));
	assert_true(event->u.funding.amount.e18 == INT64_C(-17697000000000000));
	assert_string_equal(event->u.funding.price_label, "oracle");
	/* No oracle was streamed: the payment implies 0.017697 / (0.5 * 0.0000125) = 2831.52. */
	assert_true(event->u.funding.price.e18 == (i128)283152 * MONEY_ONE / 100);
	hyperliquid_world_close(&world);
}

static void the_streamed_oracle_before_the_boundary_is_the_price_of_a_payment(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	hyperliquid_world_subscribe(&world, "ETH", CHANNEL_FUNDING);
	const int64_t boundary = WORLD_START + 3600 * SECOND;
	static const char CONTEXT[] =
		"{\"channel\":\"activeAssetCtx\",\"data\":{\"coin\":\"ETH\",\"ctx\":{\"funding\":"
		"\"0.0000125\",\"openInterest\":\"605822.2557999999\",\"prevDayPx\":\"2790.0\","
		"\"dayNtlVlm\":\"591989409.9392402172\",\"premium\":\"0.0001766098\",\"oraclePx\":"
		"\"%s\","
		"\"markPx\":\"2831.4\",\"midPx\":\"2831.65\",\"impactPxs\":[\"2831.6\",\"2831.74\"]"
		","
		"\"dayBaseVlm\":\"209512.5\"}}}";
	char text[1024];
	hyperliquid_world_run(&world, boundary - SECOND - scheduler_now(world.scheduler));
	snprintf(text, sizeof(text), CONTEXT, "2831.1");
	fake_hyperliquid_push(&world.fake, "%s", text);
	hyperliquid_world_run(&world, 2 * SECOND);
	snprintf(text, sizeof(text), CONTEXT, "2833.0");
	fake_hyperliquid_push(&world.fake, "%s", text);
	run();
	push_funding(boundary / MS + 43, false);
	assert_true(hyperliquid_world_last(&world, ACCOUNT_FUNDING, 0)->u.funding.price.e18 ==
		    (i128)28311 * MONEY_ONE / 10);
	hyperliquid_world_close(&world);
}

static void a_liquidation_of_ours_is_told_before_its_fill(void **state)
{
	char rows[2048];
	(void)state;
	hyperliquid_world_trade(&world);
	static const char LIQUIDATION[] =
		"{\"coin\":\"ETH\",\"px\":\"2500.0\",\"sz\":\"0.5\",\"side\":\"A\",\"time\":%lld,"
		"\"startPosition\":\"0.5\",\"dir\":\"Liquidated Cross "
		"Long\",\"closedPnl\":\"-1.0\",\"hash\":"
		"\"0x0\",\"oid\":77,\"crossed\":true,\"fee\":\"0.0\",\"tid\":%d,\"liquidation\":{"
		"\"liquidatedUser\":\"%s\",\"markPx\":\"2501.5\",\"method\":\"market\"},"
		"\"feeToken\":\"USDC\"}";
	snprintf(rows, sizeof(rows), LIQUIDATION, (long long)venue_ms(), 1, FAKE_ACCOUNT);
	push_fills(rows, false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_LIQUIDATION), 1);
	const struct account_event *event = hyperliquid_world_last(&world, ACCOUNT_LIQUIDATION, 0);
	assert_int_equal(event->u.liquidation.quantity.units, -5000);
	assert_true(event->u.liquidation.mark.e18 == (i128)25015 * MONEY_ONE / 10);
	assert_int_equal(world.account_events[world.account_count - 1].kind, ACCOUNT_FILL);
	/* Being the other side of somebody's liquidation is an ordinary fill. */
	snprintf(rows, sizeof(rows), LIQUIDATION, (long long)venue_ms(), 2,
		 "0x1111111111111111111111111111111111111111");
	push_fills(rows, false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_LIQUIDATION), 1);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 2);
	hyperliquid_world_close(&world);
}

static void other_users_and_other_coins_are_not_ours(void **state)
{
	(void)state;
	hyperliquid_world_trade(&world);
	fake_hyperliquid_push(&world.fake,
			      "{\"channel\":\"userFills\",\"data\":{\"user\":"
			      "\"0x1111111111111111111111111111111111111111\",\"fills\":[%s]}}",
			      fill(venue_ms(), 5, "0.01", 1001));
	run();
	char text[1024];
	snprintf(text, sizeof(text), "%s", fill(venue_ms(), 6, "0.01", 1001));
	memcpy(strstr(text, "ETH"), "ABC", 3);
	push_fills(text, false);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 0);
	hyperliquid_world_close(&world);
}

/* ---- the connection ---------------------------------------------------------------------------
 */

static void after_a_reconnect_what_was_missed_is_read(void **state)
{
	char rows[2048], status[1024];
	(void)state;
	hyperliquid_world_trade(&world);
	struct order_request order = hyperliquid_world_order(&world, ORDER_LIMIT, SIDE_BUY);
	fake_hyperliquid_script(
		&world.fake,
		"{\"status\":\"ok\",\"response\":{\"type\":\"order\",\"data\":{\"statuses\":["
		"{\"resting\":{\"oid\":245678901234}}]}}}");
	hyperliquid_world_place(&world, &order);
	push_order("open", "0.0456", order.client_id, false);
	size_t orders = hyperliquid_world_count(&world, ACCOUNT_ORDER);
	unsigned subscriptions = world.fake.subscriptions;

	/* While the stream is away the order fills and the position changes. */
	snprintf(rows, sizeof(rows), "[%s]", fill(venue_ms(), 99, "0.0456", order.client_id));
	fake_hyperliquid_info(&world.fake, "userFillsByTime", rows);
	fake_hyperliquid_info(&world.fake, "clearinghouseState", STATE_LONG);
	snprintf(status, sizeof(status),
		 "{\"status\":\"order\",\"order\":{\"order\":{\"coin\":\"ETH\",\"side\":\"B\","
		 "\"limitPx\":"
		 "\"2900.1\",\"sz\":\"0.0\",\"oid\":245678901234,\"timestamp\":%lld,\"origSz\":\"0."
		 "0456\","
		 "\"cloid\":\"%s\"},\"status\":\"filled\",\"statusTimestamp\":%lld}}",
		 (long long)venue_ms(), hyperliquid_world_cloid(order.client_id),
		 (long long)venue_ms());
	fake_hyperliquid_info(&world.fake, "orderStatus", status);
	fake_hyperliquid_kick(&world.fake);
	hyperliquid_world_run(&world, 5 * SECOND);

	assert_int_equal(world.fake.sockets_opened, 2);
	assert_int_equal(world.fake.subscriptions, 2 * subscriptions);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_FILL), 1);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_FILL, 0)->u.fill.client_id,
			 order.client_id);
	assert_int_equal(
		hyperliquid_world_last(&world, ACCOUNT_POSITION, 0)->u.position.quantity.units,
		5000);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_ORDER), orders + 1);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_ORDER, 0)->u.order.state,
			 ORDER_STATE_FILLED);
	hyperliquid_world_close(&world);
}

static void a_sync_read_that_fails_is_repeated_until_it_succeeds(void **state)
{
	(void)state;
	hyperliquid_world_open(&world);
	fake_hyperliquid_info(&world.fake, "openOrders", "#500");
	hyperliquid_world_start(&world);
	assert_true(world.ok);
	unsigned dones = world.dones;
	exchange_subscribe_account(world.client, hyperliquid_world_note_done, &world);
	hyperliquid_world_run(&world, 10 * SECOND);
	assert_true(fake_hyperliquid_asked(&world.fake, "openOrders") >= 3);
	assert_int_equal(fake_hyperliquid_asked(&world.fake, "clearinghouseState"), 1);
	assert_int_equal(world.dones, dones);
	fake_hyperliquid_info(&world.fake, "openOrders", "[]");
	hyperliquid_world_run(&world, 20 * SECOND);
	assert_int_equal(world.dones, dones + 1);
	assert_true(world.ok);
	hyperliquid_world_close(&world);
}

static void own_orders_left_over_are_told_at_the_sync(void **state)
{
	char rows[1024];
	(void)state;
	hyperliquid_world_open(&world);
	snprintf(
		rows, sizeof(rows),
		"[{\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0.3\",\"oid\":1,"
		"\"timestamp\":1764000001111,\"origSz\":\"0.5\",\"cloid\":\"%s\"},{\"coin\":"
		"\"BTC\",\"side\":"
		"\"A\",\"limitPx\":\"90000.0\",\"sz\":\"0.3\",\"oid\":2,\"timestamp\":"
		"1764000001111,"
		"\"origSz\":\"0.3\"}]",
		hyperliquid_world_cloid(17));
	fake_hyperliquid_info(&world.fake, "openOrders", rows);
	hyperliquid_world_start(&world);
	exchange_subscribe_account(world.client, hyperliquid_world_note_done, &world);
	hyperliquid_world_run(&world, 3 * SECOND);
	assert_int_equal(hyperliquid_world_count(&world, ACCOUNT_ORDER), 2);
	const struct account_event *ours = hyperliquid_world_last(&world, ACCOUNT_ORDER, 1);
	assert_int_equal(ours->u.order.client_id, 17);
	assert_int_equal(ours->u.order.executed.units, 2000);
	assert_int_equal(hyperliquid_world_last(&world, ACCOUNT_ORDER, 0)->u.order.client_id, 0);
	hyperliquid_world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fill_is_told_once_with_its_fee_and_our_id),
		cmocka_unit_test(a_fill_whose_fee_is_not_said_has_an_estimate),
		cmocka_unit_test(fills_from_before_the_subscription_are_history),
		cmocka_unit_test(foreign_fills_are_told_as_not_ours),
		cmocka_unit_test(a_fill_without_client_id_is_ours_if_its_order_is),
		cmocka_unit_test(order_states_are_told_by_their_class),
		cmocka_unit_test(a_reduce_only_order_ends_with_what_its_fills_say),
		cmocka_unit_test(positions_and_cash_are_told_when_they_change),
		cmocka_unit_test(an_unsound_state_changes_nothing_and_is_read_again),
		cmocka_unit_test(a_funding_payment_belongs_to_its_boundary_and_is_told_once),
		cmocka_unit_test(the_streamed_oracle_before_the_boundary_is_the_price_of_a_payment),
		cmocka_unit_test(a_liquidation_of_ours_is_told_before_its_fill),
		cmocka_unit_test(other_users_and_other_coins_are_not_ours),
		cmocka_unit_test(after_a_reconnect_what_was_missed_is_read),
		cmocka_unit_test(a_sync_read_that_fails_is_repeated_until_it_succeeds),
		cmocka_unit_test(own_orders_left_over_are_told_at_the_sync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
