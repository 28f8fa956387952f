/* Every question to the venue's model, against the samples of the venue's document: members and
 * their kinds, and the figures where the document gives their formula (venues/hyperliquid.md §1).
 */
#include "core/base/utc.h"
#include "tests/support/hyperliquid_testnet.h"
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CLOID	 "0x3f0c5d3a9d7c4f6f9c1e2b3a4d5e6f70"
#define BOUNDARY (INT64_C(1764003600) * NS_PER_SECOND)
#define ME	 net.masters[0].address_text

static struct hyperliquid_testnet net;

static int set_up(void **state)
{
	(void)state;
	hyperliquid_testnet_open(&net, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hyperliquid_testnet_close(&net);
	return 0;
}

/* A filled order, a resting one, a cancelled one and a refused one of account 0 in ETH. */
static void trade_a_little(void)
{
	hyperliquid_testnet_order(&net, 0, 1, true, "2832", "0.5", "Ioc", false, CLOID);
	hyperliquid_testnet_order(&net, 0, 1, true, "2800", "0.5", "Gtc", false, "");
	hyperliquid_testnet_order(&net, 0, 1, true, "2790", "0.5", "Alo", false, "");
	hyperliquid_testnet_act(&net, 0,
				"{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":"
				"245678900002}]}");
	hyperliquid_testnet_order(&net, 0, 1, true, "2700", "0.5", "Ioc", false, "");
}

static void settle_an_hour(void)
{
	hyperliquid_testnet_rate(&net, net.eth, FUNDING_ESTIMATE, BOUNDARY, "0.0000125");
	hyperliquid_testnet_pass(&net, (BOUNDARY - scheduler_now(net.scheduler)) / NS_PER_MS + 500);
	hyperliquid_testnet_rate(&net, net.eth, FUNDING_SETTLED, BOUNDARY, "0.0000125");
	hyperliquid_testnet_pass(&net, 100);
}

static void ask(const char *body)
{
	if (hyperliquid_testnet_post(&net, "/info", body) != 200)
		fail_msg("%s: %d %s", body, net.status, net.body);
	if (net.tree == NULL)
		fail_msg("%s: no JSON: %s", body, net.body);
}

static void ask_of(const char *user, const char *type, const char *more)
{
	char body[512];
	snprintf(body, sizeof(body), "{\"type\":\"%s\",\"user\":\"%s\"%s}", type, user, more);
	ask(body);
}

static void expect_text(const char *path, const char *text)
{
	if (strcmp(hyperliquid_testnet_text(&net, path), text) != 0)
		fail_msg("%s is '%s', not '%s': %s", path, hyperliquid_testnet_text(&net, path),
			 text, net.body);
}

/* ---- markets -----------------------------------------------------------------------------------
 */

#define UNIVERSE                                                                                   \
	"[{\"szDecimals\":5,\"name\":\"BTC\",\"maxLeverage\":40,\"marginTableId\":56,"             \
	"\"isDelisted\":true}]"
#define MARGIN_TABLE                                                                               \
	"{\"description\":\"tiered 40x\",\"marginTiers\":[{\"lowerBound\":\"0.0\","                \
	"\"maxLeverage\":40}]}"
#define CONTEXT                                                                                    \
	"{\"funding\":\"0.0000125\",\"openInterest\":\"28110.40321\",\"prevDayPx\":\"86120.0\","   \
	"\"dayNtlVlm\":\"2210456789.1123008728\",\"premium\":\"0.0002857306\",\"oraclePx\":"       \
	"\"87495.0\",\"markPx\":\"87511.0\",\"midPx\":\"87520.5\",\"impactPxs\":[\"87520.0\","     \
	"\"87521.0\"],\"dayBaseVlm\":\"25310.55012\"}"
#define BOOK                                                                                       \
	"{\"coin\":\"ETH\",\"time\":1764000012345,\"levels\":[[{\"px\":\"2831.6\",\"sz\":"         \
	"\"14.2031\",\"n\":3}],[{\"px\":\"2831.7\",\"sz\":\"8.8114\",\"n\":2}]],\"spread\":"       \
	"\"0.1\"}"

static void expect_meta(const struct json_tree *meta)
{
	expect_same_shape("{\"universe\":[],\"marginTables\":[],\"collateralToken\":0}", meta, "");
	expect_same_shape(UNIVERSE, json_tree_member(meta, "universe"), "isDelisted");
	const struct json_tree *table = json_tree_member(meta, "marginTables")->first;
	for (; table != NULL; table = table->next) {
		assert_int_equal(json_tree_count(table), 2);
		assert_int_equal(json_tree_element(table, 0)->kind, TREE_NUMBER);
		expect_same_shape(MARGIN_TABLE, json_tree_element(table, 1), "");
	}
}

static void the_place_in_the_universe_is_the_asset(void **state)
{
	(void)state;
	ask("{\"type\":\"meta\"}");
	expect_meta(net.tree);
	expect_text("universe.0.name", "BTC");
	expect_text("universe.1.name", "ETH");
	expect_text("universe.1.szDecimals", "4");
	expect_text("universe.2.name", "OLDCO");
	assert_int_equal(hyperliquid_testnet_find(net.tree, "universe.2.isDelisted")->kind,
			 TREE_TRUE);
	ask("{\"type\":\"allPerpMetas\"}");
	expect_meta(json_tree_element(net.tree, 0));
	ask("{\"type\":\"perpDexs\"}");
	assert_string_equal(net.body, "[null]");
	ask("{\"type\":\"marginTable\",\"id\":25}");
	expect_text("marginTiers.0.maxLeverage", "25");
}

static void contexts_follow_the_universe_and_carry_the_sample_s_premium(void **state)
{
	(void)state;
	hyperliquid_testnet_rate(&net, net.btc, FUNDING_ESTIMATE, BOUNDARY, "0.0000125");
	ask("{\"type\":\"metaAndAssetCtxs\"}");
	expect_meta(json_tree_element(net.tree, 0));
	expect_same_shape(CONTEXT, hyperliquid_testnet_find(net.tree, "1.0"), "");
	assert_int_equal(json_tree_count(json_tree_element(net.tree, 1)), 3);
	/* The document's example and ours have the same impact prices and oracle. */
	expect_text("1.0.premium", "0.0002857306");
	expect_text("1.0.funding", "0.0000125");
	expect_text("1.0.markPx", "87511.0");
	expect_text("1.0.midPx", "87520.5");
	expect_text("1.1.premium", "0.0001766098");
	assert_int_equal(hyperliquid_testnet_find(net.tree, "1.2.premium")->kind, TREE_NULL);
	assert_int_equal(hyperliquid_testnet_find(net.tree, "1.2.impactPxs")->kind, TREE_NULL);
}

static void a_book_is_whole_best_first_and_grouped_if_wanted(void **state)
{
	(void)state;
	ask("{\"type\":\"l2Book\",\"coin\":\"ETH\"}");
	expect_same_shape(BOOK, net.tree, "spread");
	expect_text("levels.0.0.px", "2831.6");
	expect_text("levels.0.1.px", "2831.5");
	expect_text("levels.1.0.px", "2831.7");
	expect_text("levels.1.0.sz", "8.8");
	ask("{\"type\":\"l2Book\",\"coin\":\"ETH\",\"nSigFigs\":4}");
	expect_text("levels.0.0.px", "2831.0");
	expect_text("levels.0.0.sz", "17.15");
	expect_text("levels.1.0.px", "2832.0");
	expect_text("levels.1.0.sz", "39.8");
	expect_text("spread", "0.1");
	ask("{\"type\":\"l2Book\",\"coin\":\"ETH\",\"nSigFigs\":5,\"mantissa\":5}");
	expect_text("levels.0.0.px", "2831.5");
	expect_text("levels.1.0.px", "2832.0");
	ask("{\"type\":\"l2Book\",\"coin\":\"NOPE\"}");
	assert_string_equal(net.body, "null");
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"l2Book\",\"coin\":\"ETH\","
							"\"nSigFigs\":6}"),
			 422);
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"l2Book\",\"coin\":\"ETH\","
							"\"nSigFigs\":4,\"mantissa\":2}"),
			 422);
}

static void mids_trades_and_candles_have_the_document_s_shapes(void **state)
{
	(void)state;
	ask("{\"type\":\"allMids\"}");
	expect_text("BTC", "87520.5");
	expect_text("ETH", "2831.65");
	hyperliquid_testnet_trade(&net, net.eth, SIDE_BUY, "2831.7", "0.25");
	hyperliquid_testnet_pass(&net, 5);
	hyperliquid_testnet_trade(&net, net.eth, SIDE_SELL, "2831.6", "0.5");
	hyperliquid_testnet_pass(&net, 5);
	ask("{\"type\":\"recentTrades\",\"coin\":\"ETH\"}");
	expect_same_shape(
		"[{\"coin\":\"ETH\",\"side\":\"B\",\"px\":\"1.0\",\"sz\":\"1.0\",\"time\":"
		"1,\"hash\":\"0x\",\"tid\":1,\"users\":[\"0x\",\"0x\"]}]",
		net.tree, "");
	expect_text("0.side", "A");
	expect_text("1.sz", "0.25");
	ask("{\"type\":\"candleSnapshot\",\"req\":{\"coin\":\"ETH\",\"interval\":\"1h\","
	    "\"startTime\":1763990000000,\"endTime\":1764000100000}}");
	expect_same_shape(
		"[{\"t\":1,\"T\":1,\"s\":\"ETH\",\"i\":\"1h\",\"o\":\"1.0\",\"c\":\"1.0\","
		"\"h\":\"1.0\",\"l\":\"1.0\",\"v\":\"1.0\",\"n\":2}]",
		net.tree, "");
	expect_text("0.o", "2831.7");
	expect_text("0.c", "2831.6");
	expect_text("0.v", "0.75");
	expect_text("0.n", "2");
}

static void the_status_is_the_venue_s_clock(void **state)
{
	(void)state;
	hyperliquid_testnet_pass(&net, 1000);
	hyperliquid_testnet_fault(&net, "clock.skew_ms=-5000");
	hyperliquid_testnet_mark(&net, net.eth, "2831.4", "2831.1");
	ask("{\"type\":\"exchangeStatus\"}");
	expect_text("time", "1763999996001");
	assert_int_equal(hyperliquid_testnet_find(net.tree, "specialStatuses")->kind, TREE_NULL);
}

static void small_answers_have_the_document_s_shapes(void **state)
{
	(void)state;
	ask("{\"type\":\"maxMarketOrderNtls\"}");
	expect_text("0.0", "3");
	expect_text("0.1", "500000.0");
	ask("{\"type\":\"perpsAtOpenInterestCap\"}");
	assert_string_equal(net.body, "[]");
	ask("{\"type\":\"spotMeta\"}");
	expect_text("tokens.0.name", "USDC");
	expect_text("universe.0.name", "PURR/USDC");
	ask("{\"type\":\"spotMetaAndAssetCtxs\"}");
	expect_text("1.0.coin", "PURR/USDC");
	ask_of(ME, "referral", "");
	ask_of(ME, "subAccounts", "");
	assert_string_equal(net.body, "null");
}

/* ---- funding -----------------------------------------------------------------------------------
 */

static void funding_is_told_with_the_premium_that_gives_it(void **state)
{
	(void)state;
	hyperliquid_testnet_order(&net, 0, 1, true, "2832", "0.5", "Ioc", false, "");
	ask("{\"type\":\"predictedFundings\"}");
	settle_an_hour();
	ask("{\"type\":\"fundingHistory\",\"coin\":\"ETH\",\"startTime\":0}");
	expect_same_shape("[{\"coin\":\"ETH\",\"fundingRate\":\"0.0000125\",\"premium\":"
			  "\"0.0002213\",\"time\":1763902800037}]",
			  net.tree, "");
	assert_int_equal(json_tree_count(net.tree), 1);
	expect_text("0.fundingRate", "0.0000125");
	int64_t time_ms;
	assert_true(json_tree_i64(hyperliquid_testnet_find(net.tree, "0.time"), &time_ms));
	assert_true(time_ms > BOUNDARY / NS_PER_MS && time_ms < BOUNDARY / NS_PER_MS + 100);
	ask("{\"type\":\"fundingHistory\",\"coin\":\"ETH\",\"startTime\":1764007300000}");
	assert_string_equal(net.body, "[]");
	ask_of(ME, "userFunding", ",\"startTime\":0");
	expect_same_shape("[{\"time\":1764000000043,\"hash\":\"0x00\",\"delta\":{\"type\":"
			  "\"funding\",\"coin\":\"ETH\",\"usdc\":\"-0.017697\",\"szi\":\"0.5\","
			  "\"fundingRate\":\"0.0000125\",\"nSamples\":null}}]",
			  net.tree, "");
	/* szi x oracle x rate = 0.5 x 2831.1 x 0.0000125, paid by the long side. */
	expect_text("0.delta.usdc", "-0.017694");
	expect_text("0.delta.szi", "0.5");
	ask_of(ME, "clearinghouseState", "");
	expect_text("assetPositions.0.position.cumFunding.sinceOpen", "0.017694");
}

static void before_the_first_trade_candles_end_at_settlements(void **state)
{
	(void)state;
	settle_an_hour();
	hyperliquid_testnet_trade(&net, net.eth, SIDE_BUY, "2831.7", "0.25");
	ask("{\"type\":\"candleSnapshot\",\"req\":{\"coin\":\"ETH\",\"interval\":\"1h\","
	    "\"startTime\":0}}");
	assert_int_equal(json_tree_count(net.tree), 2);
	expect_text("0.t", "1764000000000");
	expect_text("0.T", "1764003599999");
	expect_text("0.c", "2831.1");
	expect_text("0.n", "0");
	expect_text("1.t", "1764003600000");
	expect_text("1.c", "2831.7");
}

static void a_prediction_names_the_next_hour(void **state)
{
	(void)state;
	hyperliquid_testnet_rate(&net, net.eth, FUNDING_ESTIMATE, BOUNDARY, "-0.0000231");
	ask("{\"type\":\"predictedFundings\"}");
	expect_text("1.0", "ETH");
	expect_text("1.1.0.0", "HlPerp");
	expect_text("1.1.0.1.fundingRate", "-0.0000231");
	expect_text("1.1.0.1.nextFundingTime", "1764003600000");
	expect_text("1.1.0.1.fundingIntervalHours", "1");
	assert_int_equal(hyperliquid_testnet_find(net.tree, "0.1.0.1")->kind, TREE_NULL);
	/* The delisted one is not predicted. */
	assert_int_equal(json_tree_count(net.tree), 2);
}

/* ---- accounts ----------------------------------------------------------------------------------
 */

#define STATE                                                                                      \
	"{\"marginSummary\":{\"accountValue\":\"1015.0\",\"totalNtlPos\":\"1415.0\","              \
	"\"totalRawUsd\":\"-400.0\",\"totalMarginUsed\":\"283.0\"},\"crossMarginSummary\":{"       \
	"\"accountValue\":\"1015.0\",\"totalNtlPos\":\"1415.0\",\"totalRawUsd\":\"-400.0\","       \
	"\"totalMarginUsed\":\"283.0\"},\"crossMaintenanceMarginUsed\":\"28.3\",\"withdrawable\":" \
	"\"732.0\",\"assetPositions\":[{\"type\":\"oneWay\",\"position\":{\"coin\":\"ETH\","       \
	"\"szi\":\"0.5\",\"leverage\":{\"type\":\"cross\",\"value\":5},\"entryPx\":\"2800.0\","    \
	"\"positionValue\":\"1415.0\",\"unrealizedPnl\":\"15.0\",\"returnOnEquity\":"              \
	"\"0.0535714\",\"liquidationPx\":null,\"marginUsed\":\"283.0\","                           \
	"\"maxLeverage\":25,\"cumFunding\":{\"allTime\":\"0.41\",\"sinceOpen\":\"0.07\","          \
	"\"sinceChange\":\"0.07\"}}}],\"time\":1764000020000}"

/* The document's account: 1,000 USDC, 0.5 ETH from 2,800 at leverage 5, mark 2,830. Ours has 9,000
 * more, less the fee of 0.63. */
static void the_account_s_figures_are_the_document_s(void **state)
{
	(void)state;
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.7", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2831.9", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.6", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2831.5", "0");
	hyperliquid_testnet_level(&net, net.eth, SIDE_BUY, "2799.9", "3");
	hyperliquid_testnet_level(&net, net.eth, SIDE_SELL, "2800", "3");
	assert_string_equal(hyperliquid_testnet_act(&net, 0,
						    "{\"type\":\"updateLeverage\",\"asset\":1,"
						    "\"isCross\":true,\"leverage\":5}"),
			    "default");
	hyperliquid_testnet_order(&net, 0, 1, true, "2800", "0.5", "Ioc", false, "");
	hyperliquid_testnet_mark(&net, net.eth, "2830", "2830");
	ask_of(ME, "clearinghouseState", ",\"dex\":\"\"");
	expect_same_shape(STATE, net.tree, "");
	expect_text("marginSummary.accountValue", "10014.37");
	expect_text("marginSummary.totalNtlPos", "1415.0");
	expect_text("marginSummary.totalRawUsd", "8599.37");
	expect_text("marginSummary.totalMarginUsed", "283.0");
	expect_text("crossMaintenanceMarginUsed", "28.3");
	expect_text("withdrawable", "9731.37");
	expect_text("assetPositions.0.position.entryPx", "2800.0");
	expect_text("assetPositions.0.position.positionValue", "1415.0");
	expect_text("assetPositions.0.position.unrealizedPnl", "15.0");
	expect_text("assetPositions.0.position.returnOnEquity", "0.0535714286");
	expect_text("assetPositions.0.position.marginUsed", "283.0");
	expect_text("assetPositions.0.position.leverage.value", "5");
	ask_of(ME, "activeAssetData", ",\"coin\":\"ETH\"");
	expect_same_shape("{\"user\":\"0x\",\"coin\":\"ETH\",\"leverage\":{\"type\":\"cross\","
			  "\"value\":5},\"maxTradeSzs\":[\"1.7932\",\"1.7932\"],"
			  "\"availableToTrade\":[\"1015.0\",\"1015.0\"],\"markPx\":\"2830.0\"}",
			  net.tree, "");
}

#define ROW                                                                                        \
	"\"coin\":\"ETH\",\"side\":\"B\",\"limitPx\":\"2800.0\",\"sz\":\"0.3\",\"oid\":"           \
	"245678901234,\"timestamp\":1764000001111,\"origSz\":\"0.5\""
#define DETAILED                                                                                   \
	ROW ",\"triggerCondition\":\"N/A\",\"isTrigger\":false,\"triggerPx\":\"0.0\","             \
	    "\"children\":[],\"isPositionTpsl\":false,\"reduceOnly\":false,\"orderType\":"         \
	    "\"Limit\",\"tif\":\"Ioc\",\"cloid\":null"

static void orders_are_looked_up_in_every_way(void **state)
{
	(void)state;
	trade_a_little();
	ask_of(ME, "openOrders", "");
	expect_same_shape("[{" ROW "}]", net.tree, "cloid|reduceOnly");
	assert_int_equal(json_tree_count(net.tree), 1);
	expect_text("0.limitPx", "2800.0");
	ask_of(ME, "frontendOpenOrders", "");
	expect_same_shape("[{" DETAILED "}]", net.tree, "");
	ask_of(ME, "orderStatus", ",\"oid\":\"" CLOID "\"");
	expect_same_shape("{\"status\":\"order\",\"order\":{\"order\":{" ROW
			  ",\"triggerCondition\":\"N/A\",\"isTrigger\":false,\"triggerPx\":\"0.0\","
			  "\"children\":[],\"isPositionTpsl\":false,\"reduceOnly\":false,"
			  "\"orderType\":\"Limit\",\"tif\":\"Ioc\",\"cloid\":\"0x\"},\"status\":"
			  "\"filled\",\"statusTimestamp\":1764000001222}}",
			  net.tree, "");
	expect_text("order.status", "filled");
	expect_text("order.order.sz", "0.0");
	ask_of(ME, "orderStatus", ",\"oid\":245678900000");
	expect_text("order.order.cloid", CLOID);
	ask_of(ME, "orderStatus", ",\"oid\":245678900003");
	expect_text("order.status", "iocCancelRejected");
	ask_of(ME, "orderStatus", ",\"oid\":245678999999");
	assert_string_equal(net.body, "{\"status\":\"unknownOid\"}");
	ask_of(ME, "orderStatus", ",\"oid\":\"0x00000000000000000000000000000001\"");
	assert_string_equal(net.body, "{\"status\":\"unknownOid\"}");
	ask_of(ME, "historicalOrders", "");
	assert_int_equal(json_tree_count(net.tree), 4);
	expect_text("0.status", "iocCancelRejected");
	expect_text("1.status", "canceled");
	expect_text("2.status", "open");
	expect_text("3.status", "filled");
}

#define FILL                                                                                       \
	"{\"coin\":\"ETH\",\"px\":\"2831.7\",\"sz\":\"0.0456\",\"side\":\"B\",\"time\":"           \
	"1764000001222,\"startPosition\":\"0.0\",\"dir\":\"Open Long\",\"closedPnl\":\"0.0\","     \
	"\"hash\":\"0x6c\",\"oid\":245678901234,\"crossed\":true,\"fee\":\"0.058106\",\"tid\":"    \
	"118906512037719,\"cloid\":\"0x3f\",\"feeToken\":\"USDC\",\"twapId\":null}"

static void fills_are_listed_newest_first_and_by_time_oldest_first(void **state)
{
	(void)state;
	trade_a_little();
	hyperliquid_testnet_order(&net, 0, 1, false, "2831", "0.2", "Ioc", true, "");
	ask_of(ME, "userFills", "");
	expect_same_shape("[" FILL "]", net.tree, "cloid");
	assert_int_equal(json_tree_count(net.tree), 2);
	expect_text("0.dir", "Close Long");
	expect_text("0.startPosition", "0.5");
	expect_text("0.closedPnl", "-0.02");
	expect_text("1.cloid", CLOID);
	/* 0.5 x 2831.7 x 0.045 % */
	expect_text("1.fee", "0.637132");
	ask_of(ME, "userFillsByTime", ",\"startTime\":0");
	expect_text("0.dir", "Open Long");
	expect_text("1.dir", "Close Long");
	ask_of(ME, "userFillsByTime", ",\"startTime\":0,\"endTime\":1763999999999");
	assert_string_equal(net.body, "[]");
	assert_int_equal(hyperliquid_testnet_info(
				 &net, "{\"type\":\"userFillsByTime\",\"user\":\"%s\"}", ME),
			 422);
}

static void fees_budget_and_roles_have_the_document_s_shapes(void **state)
{
	(void)state;
	trade_a_little();
	ask_of(ME, "userFees", "");
	expect_same_shape(
		"{\"dailyUserVlm\":[{\"date\":\"2026-11-21\",\"userCross\":\"5120.4\",\"userAdd\":"
		"\"0.0\",\"exchange\":\"7214558123.11\"}],\"feeSchedule\":{\"cross\":\"0.00045\","
		"\"add\":\"0.00015\",\"spotCross\":\"0.0007\",\"spotAdd\":\"0.0004\",\"tiers\":{"
		"\"vip\":[{\"ntlCutoff\":\"5000000.0\",\"cross\":\"0.0004\",\"add\":\"0.00012\","
		"\"spotCross\":\"0.0006\",\"spotAdd\":\"0.0003\"}],\"mm\":[{"
		"\"makerFractionCutoff\":\"0.005\",\"add\":\"-0.00001\"}]},\"referralDiscount\":"
		"\"0.04\",\"stakingDiscountTiers\":[{\"bpsOfMaxSupply\":\"0.0\",\"discount\":"
		"\"0.0\"}]},\"userCrossRate\":\"0.00045\",\"userAddRate\":\"0.00015\","
		"\"userSpotCrossRate\":\"0.0007\",\"userSpotAddRate\":\"0.0004\","
		"\"activeReferralDiscount\":\"0.0\",\"trial\":null,\"feeTrialEscrow\":\"0.0\","
		"\"nextTrialAvailableTimestamp\":null,\"stakingLink\":null,"
		"\"activeStakingDiscount\":{\"bpsOfMaxSupply\":\"0.0\",\"discount\":\"0.0\"}}",
		net.tree, "");
	expect_text("userCrossRate", "0.00045");
	expect_text("userAddRate", "0.00015");
	expect_text("dailyUserVlm.0.userCross", "1415.85");
	ask_of(ME, "userRateLimit", "");
	expect_same_shape("{\"cumVlm\":\"87197.94\",\"nRequestsUsed\":396,\"nRequestsCap\":97197,"
			  "\"nRequestsSurplus\":0}",
			  net.tree, "");
	/* Five actions; 10,000 and one for each USDC traded. */
	expect_text("cumVlm", "1415.85");
	expect_text("nRequestsUsed", "5");
	expect_text("nRequestsCap", "11415");
	ask_of(ME, "userRole", "");
	assert_string_equal(net.body, "{\"role\":\"user\"}");
	ask_of(net.agents[0].address_text, "userRole", "");
	expect_text("role", "agent");
	expect_text("data.user", ME);
	ask_of("0x00000000000000000000000000000000000000aa", "userRole", "");
	assert_string_equal(net.body, "{\"role\":\"missing\"}");
	ask_of(ME, "extraAgents", "");
	expect_same_shape("[{\"name\":\"fundarb\",\"address\":\"0x\",\"validUntil\":1}]", net.tree,
			  "");
	expect_text("0.address", net.agents[0].address_text);
	/* Unnamed agents are not listed. */
	ask_of(net.masters[1].address_text, "extraAgents", "");
	assert_string_equal(net.body, "[]");
}

static void an_agent_s_own_address_has_nothing(void **state)
{
	static const char *const LISTS[] = {"openOrders", "historicalOrders", "userFills",
					    "extraAgents", "frontendOpenOrders"};
	(void)state;
	trade_a_little();
	for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
		ask_of(net.agents[0].address_text, LISTS[i], "");
		assert_string_equal(net.body, "[]");
	}
	ask_of(net.agents[0].address_text, "clearinghouseState", "");
	expect_text("marginSummary.accountValue", "0.0");
	assert_int_equal(json_tree_count(hyperliquid_testnet_find(net.tree, "assetPositions")), 0);
	ask_of(net.masters[1].address_text, "orderStatus", ",\"oid\":245678900000");
	assert_string_equal(net.body, "{\"status\":\"unknownOid\"}");
}

static void the_mode_is_told_and_unified_money_is_spot_money(void **state)
{
	const struct hyperliquid_testnet_options unified = {.mode = "unifiedAccount"};
	(void)state;
	ask_of(ME, "userAbstraction", "");
	assert_string_equal(net.body, "\"default\"");
	ask_of(ME, "spotClearinghouseState", "");
	assert_string_equal(net.body, "{\"balances\":[]}");
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &unified);
	ask_of(ME, "userAbstraction", "");
	assert_string_equal(net.body, "\"unifiedAccount\"");
	ask_of(ME, "spotClearinghouseState", "");
	expect_same_shape("{\"balances\":[{\"coin\":\"USDC\",\"token\":0,\"total\":\"14.625485\","
			  "\"hold\":\"0.0\",\"entryNtl\":\"0.0\"}]}",
			  net.tree, "");
	expect_text("balances.0.total", "10000.0");
}

/* ---- the door ----------------------------------------------------------------------------------
 */

static void what_is_no_question_cannot_be_deserialised(void **state)
{
	static const char *const BODIES[] = {
		"",
		"{",
		"[]",
		"{\"type\":\"legalCheck\",\"user\":\"0x1\"}",
		"{\"type\":7}",
		"{\"type\":\"openOrders\"}",
		"{\"type\":\"openOrders\",\"user\":\"0x12\"}",
		"{\"type\":\"l2Book\"}",
		"{\"type\":\"fundingHistory\",\"coin\":\"ETH\"}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
		if (hyperliquid_testnet_post(&net, "/info", BODIES[i]) != 422)
			fail_msg("%s: %d %s", BODIES[i], net.status, net.body);
		assert_string_equal(net.body,
				    "Failed to deserialize the JSON body into the target type");
	}
	assert_int_equal(hyperliquid_testnet_post(&net, "/infos", "{\"type\":\"meta\"}"), 404);
}

static void the_weight_of_an_address_is_bounded(void **state)
{
	const struct hyperliquid_testnet_options limited = {.rate_limits = true};
	(void)state;
	hyperliquid_testnet_close(&net);
	hyperliquid_testnet_open(&net, &limited);
	for (int i = 0; i < 60; i++)
		ask("{\"type\":\"meta\"}");
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"meta\"}"), 429);
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"allMids\"}"), 429);
	hyperliquid_testnet_pass(&net, 61000);
	ask("{\"type\":\"meta\"}");
	/* 1200 = 20 + 60 x 19 + 2 x 20. */
	for (int i = 0; i < 19; i++)
		ask_of(ME, "userRole", "");
	for (int i = 0; i < 20; i++)
		ask("{\"type\":\"allMids\"}");
	assert_int_equal(hyperliquid_testnet_info(&net, "{\"type\":\"allMids\"}"), 429);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WIRE(the_place_in_the_universe_is_the_asset),
		WIRE(contexts_follow_the_universe_and_carry_the_sample_s_premium),
		WIRE(a_book_is_whole_best_first_and_grouped_if_wanted),
		WIRE(mids_trades_and_candles_have_the_document_s_shapes),
		WIRE(the_status_is_the_venue_s_clock),
		WIRE(small_answers_have_the_document_s_shapes),
		WIRE(funding_is_told_with_the_premium_that_gives_it),
		WIRE(before_the_first_trade_candles_end_at_settlements),
		WIRE(a_prediction_names_the_next_hour),
		WIRE(the_account_s_figures_are_the_document_s),
		WIRE(orders_are_looked_up_in_every_way),
		WIRE(fills_are_listed_newest_first_and_by_time_oldest_first),
		WIRE(fees_budget_and_roles_have_the_document_s_shapes),
		WIRE(an_agent_s_own_address_has_nothing),
		WIRE(the_mode_is_told_and_unified_money_is_spot_money),
		WIRE(what_is_no_question_cannot_be_deserialised),
		WIRE(the_weight_of_an_address_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
