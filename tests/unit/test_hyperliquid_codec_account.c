/* Hyperliquid's account answers: the documented samples, and what must not be believed. */
#include "exchanges/hyperliquid/hyperliquid_codec_account.h"
#include "exchanges/hyperliquid/hyperliquid_codec_orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define MS     INT64_C(1000000)
#define PREFIX UINT64_C(0x3f0c5d3a9d7c4f6f)

static struct hyperliquid_value value_of(const char *text)
{
	struct hyperliquid_value value;
	assert_true(hyperliquid_document(text, strlen(text), &value));
	return value;
}

struct seen {
	size_t count;
	struct hyperliquid_position position;
	struct hyperliquid_order_row order;
	struct hyperliquid_fill fill;
	struct hyperliquid_payment payment;
	struct money total;
	int64_t valid_until_ns;
};

static void see_position(void *user, const struct hyperliquid_position *position)
{
	struct seen *seen = user;
	seen->position = *position;
	seen->count++;
}

static void clearinghouse_state_shows_equity_positions_and_leverage(void **state)
{
	struct seen seen = {0};
	struct hyperliquid_clearinghouse clearing;
	struct hyperliquid_value value =
		value_of("{\"marginSummary\":{\"accountValue\":\"1015.0\",\"totalNtlPos\":\"1415."
			 "0\",\"totalRawUsd\":"
			 "\"-400.0\",\"totalMarginUsed\":\"283.0\"},\"crossMarginSummary\":{"
			 "\"accountValue\":\"1015.0\","
			 "\"totalNtlPos\":\"1415.0\",\"totalRawUsd\":\"-400.0\","
			 "\"totalMarginUsed\":\"283.0\"},"
			 "\"crossMaintenanceMarginUsed\":\"28.3\",\"withdrawable\":\"732.0\","
			 "\"assetPositions\":["
			 "{\"type\":\"oneWay\",\"position\":{\"coin\":\"ETH\",\"szi\":\"0.5\","
			 "\"leverage\":{\"type\":\"cross\","
			 "\"value\":5},\"entryPx\":\"2800.0\",\"positionValue\":\"1415.0\","
			 "\"unrealizedPnl\":\"15.0\","
			 "\"returnOnEquity\":\"0.0535714\",\"liquidationPx\":\"816.32653061\","
			 "\"marginUsed\":\"283.0\","
			 "\"maxLeverage\":25,\"cumFunding\":{\"allTime\":\"0.41\",\"sinceOpen\":"
			 "\"0.07\",\"sinceChange\":"
			 "\"0.07\"}}}],\"time\":1764000020000}");
	(void)state;
	assert_true(hyperliquid_decode_clearinghouse(&value, &clearing, see_position, &seen));
	assert_int_equal(seen.count, 1);
	assert_true(clearing.account_value.e18 == 1015 * MONEY_ONE);
	assert_true(clearing.unrealised.e18 == 15 * MONEY_ONE);
	assert_true(clearing.cross_margin_used.e18 == 283 * MONEY_ONE);
	assert_int_equal(clearing.time_ns, INT64_C(1764000020000) * MS);
	assert_true(seen.position.size.e18 == MONEY_ONE / 2);
	assert_true(seen.position.entry_price.e18 == 2800 * MONEY_ONE);
	assert_true(seen.position.cross);
	assert_int_equal(seen.position.leverage, 5);
	assert_true(seen.position.liquidation_known);
	/* Only the first dex is ours. */
	struct hyperliquid_value inner;
	value = value_of("{\"dex\":\"other\",\"user\":\"0x\",\"clearinghouseState\":{}}");
	assert_false(hyperliquid_clearinghouse_of_stream(&value, &inner));
	value = value_of("{\"dex\":\"\",\"user\":\"0x\",\"clearinghouseState\":{}}");
	assert_true(hyperliquid_clearinghouse_of_stream(&value, &inner));
}

static void modes_other_than_the_standard_do_not_fit(void **state)
{
	static const struct {
		const char *text;
		bool fits;
	} cases[] = {{"\"default\"", true},	    {"\"disabled\"", true},
		     {"\"unifiedAccount\"", false}, {"\"portfolioMargin\"", false},
		     {"\"dexAbstraction\"", false}, {"\"news\"", false}};
	char mode[HYPERLIQUID_MODE_MAX + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hyperliquid_value value = value_of(cases[i].text);
		assert_true(hyperliquid_decode_mode(&value, mode));
		assert_int_equal(hyperliquid_mode_fits(mode), cases[i].fits);
	}
	struct hyperliquid_value value = value_of("{}");
	assert_false(hyperliquid_decode_mode(&value, mode));
}

static void see_balance(void *user, const char *coin, struct money total, struct money hold)
{
	struct seen *seen = user;
	assert_string_equal(coin, "USDC");
	assert_true(hold.e18 == 0);
	seen->total = total;
}

static void see_agent(void *user, const uint8_t address[20], int64_t valid_until_ns)
{
	struct seen *seen = user;
	assert_int_equal(address[0], 0x14);
	seen->valid_until_ns = valid_until_ns;
}

static void small_answers_are_read(void **state)
{
	struct seen seen = {0};
	struct rate maker, taker;
	struct hyperliquid_budget budget;
	enum hyperliquid_role role;
	uint8_t owner[20];
	bool cross;
	int32_t leverage;
	(void)state;
	struct hyperliquid_value value =
		value_of("{\"balances\":[{\"coin\":\"USDC\",\"token\":0,\"total\":\"14.625485\","
			 "\"hold\":\"0.0\",\"entryNtl\":"
			 "\"0.0\"}]}");
	assert_true(hyperliquid_decode_spot_balances(&value, see_balance, &seen));
	assert_true(seen.total.e18 == (i128)14625485 * (MONEY_ONE / 1000000));

	value = value_of("{\"dailyUserVlm\":[{\"date\":\"2026-11-21\",\"userCross\":\"5120.4\","
			 "\"userAdd\":\"0.0\","
			 "\"exchange\":\"7214558123.11\"}],\"feeSchedule\":{\"cross\":\"0.00045\","
			 "\"add\":\"0.00015\","
			 "\"tiers\":{\"vip\":[],\"mm\":[]}},\"userCrossRate\":\"0.00045\","
			 "\"userAddRate\":\"0.00015\","
			 "\"userSpotCrossRate\":\"0.0007\",\"activeReferralDiscount\":\"0.0\","
			 "\"trial\":null,"
			 "\"stakingLink\":null}");
	assert_true(hyperliquid_decode_fees(&value, &maker, &taker));
	assert_int_equal(maker.e18, RATE_ONE / 100000 * 15);
	assert_int_equal(taker.e18, RATE_ONE / 100000 * 45);

	value = value_of("{\"cumVlm\":\"87197.94\",\"nRequestsUsed\":396,\"nRequestsCap\":97197,"
			 "\"nRequestsSurplus\":0}");
	assert_true(hyperliquid_decode_budget(&value, &budget));
	assert_int_equal(budget.cap - budget.used, 96801);
	value = value_of("{\"nRequestsUsed\":396}");
	assert_false(hyperliquid_decode_budget(&value, &budget));

	value = value_of("{\"role\":\"agent\",\"data\":{\"user\":"
			 "\"0x5e9ee1089755c3435139848e47e6635505d5a13a\"}}");
	assert_true(hyperliquid_decode_role(&value, &role, owner));
	assert_int_equal(role, HYPERLIQUID_ROLE_AGENT);
	assert_int_equal(owner[0], 0x5e);
	value = value_of("{\"role\":\"agent\"}");
	assert_false(hyperliquid_decode_role(&value, &role, owner));
	value = value_of("{\"role\":\"king\"}");
	assert_false(hyperliquid_decode_role(&value, &role, owner));

	value = value_of(
		"[{\"name\":\"fundarb\",\"address\":\"0x14791697260e4c9a71f18484c9f997b308e59325\","
		"\"validUntil\":1771174068515}]");
	assert_true(hyperliquid_decode_agents(&value, see_agent, &seen));
	assert_int_equal(seen.valid_until_ns, INT64_C(1771174068515) * MS);

	value = value_of(
		"{\"user\":\"0x\",\"coin\":\"ETH\",\"leverage\":{\"type\":\"isolated\",\"value\":5,"
		"\"rawUsd\":\"0.0\"},\"maxTradeSzs\":[\"1.7932\",\"1.7932\"],\"availableToTrade\":"
		"[\"1015.0\",\"1015.0\"],\"markPx\":\"2830.0\"}");
	assert_true(hyperliquid_decode_asset_data(&value, &cross, &leverage));
	assert_false(cross);
	assert_int_equal(leverage, 5);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void see_order(void *user, const struct hyperliquid_order_row *row)
{
	struct seen *seen = user;
	seen->order = *row;
	seen->count++;
}

static void client_ids_go_to_the_venue_and_back(void **state)
{
	static const uint32_t ids[] = {1, 255, 65536, 0x7fffffff};
	char text[HYPERLIQUID_CLOID_TEXT];
	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		hyperliquid_cloid(PREFIX, ids[i], text);
		assert_int_equal(strlen(text), 34);
		struct hyperliquid_value value = {JSON_STRING, false, text, strlen(text)};
		assert_int_equal(hyperliquid_client_id(PREFIX, &value), ids[i]);
		assert_int_equal(hyperliquid_client_id(PREFIX + 1, &value), 0);
	}
	hyperliquid_cloid(PREFIX, 4660, text);
	assert_string_equal(text, "0x3f0c5d3a9d7c4f6f0000000000001234");
	static const char *const foreign[] = {
		"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70", /* our prefix, not our form */
		"0x3f0c5d3a9d7c4f6f0000000080000000", /* beyond 2^31 - 1 */
		"0x3f0c5d3a9d7c4f6f000000000000123",  "3f0c5d3a9d7c4f6f0000000000001234",
		"0x3f0c5d3a9d7c4f6f00000000000012zz", ""};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		struct hyperliquid_value value = {JSON_STRING, false, foreign[i],
						  strlen(foreign[i])};
		assert_int_equal(hyperliquid_client_id(PREFIX, &value), 0);
	}
}

static void open_orders_tell_what_is_left(void **state)
{
	struct seen seen = {0};
	struct hyperliquid_value value =
		value_of("[{\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0.3\","
			 "\"oid\":245678901234,"
			 "\"timestamp\":1764000001111,\"origSz\":\"0.5\",\"cloid\":"
			 "\"0x3f0c5d3a9d7c4f6f0000000000000007\"}]");
	(void)state;
	assert_true(hyperliquid_decode_open_orders(&value, PREFIX, see_order, &seen));
	assert_int_equal(seen.order.client_id, 7);
	assert_int_equal(seen.order.order_id, INT64_C(245678901234));
	assert_true(seen.order.left.e18 == MONEY_ONE / 10 * 3);
	assert_false(seen.order.reduce_only);
	assert_int_equal(seen.order.class, HYPERLIQUID_ORDER_LIVE);
	/* frontendOpenOrders has more members, some of them null. */
	value = value_of("[{\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0.3\","
			 "\"oid\":1,\"timestamp\":"
			 "1764000001111,\"origSz\":\"0.5\",\"triggerCondition\":\"N/"
			 "A\",\"isTrigger\":false,\"triggerPx\":"
			 "\"0.0\",\"children\":[],\"isPositionTpsl\":false,\"reduceOnly\":true,"
			 "\"orderType\":\"Limit\","
			 "\"tif\":null,\"cloid\":null}]");
	assert_true(hyperliquid_decode_open_orders(&value, PREFIX, see_order, &seen));
	assert_int_equal(seen.order.client_id, 0);
	assert_true(seen.order.reduce_only);
	/* More left than there ever was. */
	value = value_of(
		"[{\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0.6\",\"oid\":1,"
		"\"timestamp\":1764000001111,\"origSz\":\"0.5\"}]");
	assert_false(hyperliquid_decode_open_orders(&value, PREFIX, see_order, &seen));
}

static void order_status_is_found_unknown_or_unsound(void **state)
{
	struct hyperliquid_order_row row;
	struct hyperliquid_value value =
		value_of("{\"status\":\"order\",\"order\":{\"order\":{\"coin\":\"ETH\",\"side\":"
			 "\"B\",\"limitPx\":\"2900.1\","
			 "\"sz\":\"0.0\",\"oid\":245678901234,\"timestamp\":1764000001111,"
			 "\"triggerCondition\":\"N/A\","
			 "\"isTrigger\":false,\"triggerPx\":\"0.0\",\"children\":[],"
			 "\"isPositionTpsl\":false,"
			 "\"reduceOnly\":false,\"orderType\":\"Limit\",\"origSz\":\"0.5\",\"tif\":"
			 "\"Ioc\",\"cloid\":"
			 "\"0x3f0c5d3a9d7c4f6f0000000000000007\"},\"status\":\"filled\","
			 "\"statusTimestamp\":1764000001222}}");
	(void)state;
	assert_int_equal(hyperliquid_decode_order_status(&value, PREFIX, &row),
			 HYPERLIQUID_LOOKUP_FOUND);
	assert_int_equal(row.class, HYPERLIQUID_ORDER_FILLED);
	assert_int_equal(row.status_ns, INT64_C(1764000001222) * MS);
	value = value_of("{\"status\":\"unknownOid\"}");
	assert_int_equal(hyperliquid_decode_order_status(&value, PREFIX, &row),
			 HYPERLIQUID_LOOKUP_UNKNOWN_OID);
	static const char *const unsound[] = {"{}",
					      "null",
					      "{\"status\":\"order\"}",
					      "{\"status\":\"order\",\"order\":{\"order\":{}}}",
					      "[]",
					      "{\"status\":\"unknown\"}"};
	for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++) {
		value = value_of(unsound[i]);
		assert_int_equal(hyperliquid_decode_order_status(&value, PREFIX, &row),
				 HYPERLIQUID_LOOKUP_UNSOUND);
	}
}

static void every_documented_state_has_its_class(void **state)
{
	static const struct {
		enum hyperliquid_order_class class;
		const char *words[24];
	} classes[] = {
		{HYPERLIQUID_ORDER_LIVE, {"open", "triggered"}},
		{HYPERLIQUID_ORDER_FILLED, {"filled"}},
		{HYPERLIQUID_ORDER_ENDED,
		 {"canceled", "marginCanceled", "vaultWithdrawalCanceled",
		  "openInterestCapCanceled", "selfTradeCanceled", "reduceOnlyCanceled",
		  "siblingFilledCanceled", "delistedCanceled", "liquidatedCanceled",
		  "scheduledCancel", "outcomeSettledCanceled", "internalCancel",
		  "inventedTodayCanceled"}},
		{HYPERLIQUID_ORDER_REFUSED,
		 {"rejected", "tickRejected", "minTradeNtlRejected", "perpMarginRejected",
		  "reduceOnlyRejected", "badAloPxRejected", "iocCancelRejected",
		  "badTriggerPxRejected", "marketOrderNoLiquidityRejected",
		  "positionIncreaseAtOpenInterestCapRejected",
		  "positionFlipAtOpenInterestCapRejected", "tooAggressiveAtOpenInterestCapRejected",
		  "openInterestIncreaseRejected", "insufficientSpotBalanceRejected",
		  "oracleRejected", "perpMaxPositionRejected", "tooManyOpenOrdersRejected",
		  "inventedTodayRejected"}},
		{HYPERLIQUID_ORDER_STRANGE, {"", "Filled", "cancelled", "expired", "rejectedX"}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		for (size_t w = 0; classes[i].words[w] != NULL; w++) {
			const char *word = classes[i].words[w];
			struct hyperliquid_value value = {JSON_STRING, false, word, strlen(word)};
			enum reject_reason reason;
			if (hyperliquid_classify(&value, &reason) != classes[i].class)
				fail_msg("\"%s\" is not of class %d", word, (int)classes[i].class);
		}
}

static void see_fill(void *user, const struct hyperliquid_fill *fill)
{
	struct seen *seen = user;
	seen->fill = *fill;
	seen->count++;
}

static void a_fill_is_named_by_time_and_trade_id(void **state)
{
	struct seen seen = {0};
	char text[VENUE_TEXT_MAX + 1];
	struct hyperliquid_value value = value_of(
		"[{\"coin\":\"ETH\",\"px\":\"2831.7\",\"sz\":\"0.0456\",\"side\":\"B\",\"time\":"
		"1764000001222,"
		"\"startPosition\":\"0.0\",\"dir\":\"Open "
		"Long\",\"closedPnl\":\"0.0\",\"hash\":\"0x6c355c\",\"oid\":"
		"245678901234,\"crossed\":true,\"fee\":\"0.058106\",\"tid\":118906512037719,"
		"\"cloid\":"
		"\"0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70\",\"feeToken\":\"USDC\",\"twapId\":null}]");
	(void)state;
	assert_true(hyperliquid_decode_fills(&value, PREFIX, see_fill, &seen));
	hyperliquid_trade_text(&seen.fill, text);
	assert_string_equal(text, "1764000001222-118906512037719");
	assert_int_equal(seen.fill.client_id, 0); /* our prefix, but not our form */
	assert_true(seen.fill.crossed);
	assert_false(seen.fill.liquidation);
	assert_true(seen.fill.fee.e18 == INT64_C(58106000000000000));
	/* Without a side, a fee's token, a sound size or id it is no fill. */
	static const char *const unsound[] = {
		"[{\"coin\":\"ETH\",\"px\":\"1\",\"sz\":\"1\",\"side\":\"B\",\"time\":"
		"1764000001222,\"oid\":1,\"tid\":1,"
		"\"fee\":\"0.1\"}]",
		"[{\"coin\":\"ETH\",\"px\":\"1\",\"sz\":\"1\",\"side\":\"X\",\"time\":"
		"1764000001222,\"oid\":1,\"tid\":1,"
		"\"fee\":\"0\",\"feeToken\":\"USDC\"}]",
		"[{\"coin\":\"ETH\",\"px\":\"1\",\"sz\":\"-1\",\"side\":\"B\",\"time\":"
		"1764000001222,\"oid\":1,\"tid\":1,"
		"\"fee\":\"0\",\"feeToken\":\"USDC\"}]",
		"[{\"coin\":\"ETH\",\"px\":\"1\",\"sz\":\"1\",\"side\":\"B\",\"time\":"
		"1764000001222,\"oid\":-1,\"tid\":1,"
		"\"fee\":\"0\",\"feeToken\":\"USDC\"}]",
	};
	for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++) {
		value = value_of(unsound[i]);
		assert_false(hyperliquid_decode_fills(&value, PREFIX, see_fill, &seen));
	}
}

static void see_payment(void *user, const struct hyperliquid_payment *payment)
{
	struct seen *seen = user;
	seen->payment = *payment;
	seen->count++;
}

static void payments_come_with_and_without_a_wrapper(void **state)
{
	struct seen seen = {0};
	struct hyperliquid_value value = value_of(
		"[{\"time\":1764000000043,\"hash\":\"0x00\",\"delta\":{\"type\":\"funding\","
		"\"coin\":\"ETH\",\"usdc\":"
		"\"-0.017697\",\"szi\":\"0.5\",\"fundingRate\":\"0.0000125\",\"nSamples\":null}},"
		"{\"time\":1764000000043,\"coin\":\"ETH\",\"usdc\":\"-0.017697\",\"szi\":\"0.5\","
		"\"fundingRate\":"
		"\"0.0000125\",\"nSamples\":null}]");
	(void)state;
	assert_true(hyperliquid_decode_payments(&value, see_payment, &seen));
	assert_int_equal(seen.count, 2);
	assert_true(seen.payment.amount.e18 == INT64_C(-17697000000000000));
	value = value_of("[{\"time\":1764000000043,\"delta\":{\"coin\":\"ETH\"}}]");
	assert_false(hyperliquid_decode_payments(&value, see_payment, &seen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clearinghouse_state_shows_equity_positions_and_leverage),
		cmocka_unit_test(modes_other_than_the_standard_do_not_fit),
		cmocka_unit_test(small_answers_are_read),
		cmocka_unit_test(client_ids_go_to_the_venue_and_back),
		cmocka_unit_test(open_orders_tell_what_is_left),
		cmocka_unit_test(order_status_is_found_unknown_or_unsound),
		cmocka_unit_test(every_documented_state_has_its_class),
		cmocka_unit_test(a_fill_is_named_by_time_and_trade_id),
		cmocka_unit_test(payments_come_with_and_without_a_wrapper),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
