/*
 * Random trading of two accounts over the wire, and what must hold of the venue's own figures at
 * the end: fills add up to positions and to every order's filled amount, money adds up to the
 * account's value, and the streams told what the look-ups tell.
 */
#include "core/base/decimal.h"
#include "core/base/random.h"
#include "core/base/utc.h"
#include "tests/support/hyperliquid_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define STEPS	 600
#define SEEDS	 3
#define DECIMALS 10

static struct hyperliquid_testnet net;
static struct hyperliquid_testnet_socket *wires[2];
static struct random source;

static i128 number(const struct json_tree *tree, const char *path)
{
	const char *text = json_tree_text(hyperliquid_testnet_find(tree, path));
	i128 units = 0;
	if (decimal_parse_i128(text, strlen(text), DECIMALS, &units) != DECIMAL_OK)
		fail_msg("%s is '%s'", path, text);
	return units;
}

static uint64_t below(uint64_t bound)
{
	return random_below(&source, bound);
}

/* ---- what happens ------------------------------------------------------------------------------
 */

static void place(unsigned who)
{
	static const char *const TIFS[] = {"Ioc", "Gtc", "Alo"};
	char price[48], size[32], cloid[40] = "";
	static uint64_t ids;
	snprintf(price, sizeof(price), "%" PRIu64 ".%" PRIu64, 2825 + below(13), 1 + below(9));
	snprintf(size, sizeof(size), "0.%03" PRIu64, 1 + below(999));
	if (below(2) == 0)
		snprintf(cloid, sizeof(cloid), "0x%032" PRIx64, ++ids);
	(void)hyperliquid_testnet_order(&net, who, 1, below(2) == 0, price, size, TIFS[below(3)],
					below(4) == 0, cloid);
}

static void end_one(unsigned who)
{
	char oid[32];
	hyperliquid_testnet_info(&net, "{\"type\":\"openOrders\",\"user\":\"%s\"}",
				 net.masters[who].address_text);
	size_t count = json_tree_count(net.tree);
	if (count == 0)
		return;
	snprintf(
		oid, sizeof(oid), "%s",
		json_tree_text(json_tree_member(json_tree_element(net.tree, below(count)), "oid")));
	if (below(3) > 0)
		(void)hyperliquid_testnet_act(
			&net, who, "{\"type\":\"cancel\",\"cancels\":[{\"a\":1,\"o\":%s}]}", oid);
	else
		(void)hyperliquid_testnet_act(
			&net, who,
			"{\"type\":\"batchModify\",\"modifies\":[{\"oid\":%s,\"order\":{\"a\":1,"
			"\"b\":true,\"p\":\"%" PRIu64 "\",\"s\":\"0.5\",\"r\":false,\"t\":{"
			"\"limit\":{\"tif\":\"Gtc\"}}}}]}",
			oid, 2820 + below(15));
}

static void move_market(void)
{
	char price[48], size[32];
	enum side side = below(2) == 0 ? SIDE_BUY : SIDE_SELL;
	uint64_t tenths = below(60);
	/* Bids from 2825.0 to 2830.9, asks from 2831.0 to 2836.9: never crossed. */
	snprintf(price, sizeof(price), "%" PRIu64 ".%" PRIu64,
		 (side == SIDE_BUY ? 2825 : 2831) + tenths / 10, tenths % 10);
	snprintf(size, sizeof(size), "%" PRIu64, below(4));
	if (below(3) > 0)
		hyperliquid_testnet_level(&net, net.eth, side, price, size);
	else
		hyperliquid_testnet_trade(&net, net.eth, side, price, "0.7");
	hyperliquid_testnet_mark(&net, net.eth, price, price);
}

/* ---- what must hold ----------------------------------------------------------------------------
 */

static struct json_tree *ask(unsigned who, const char *type)
{
	hyperliquid_testnet_info(&net, "{\"type\":\"%s\",\"user\":\"%s\",\"startTime\":0}", type,
				 net.masters[who].address_text);
	struct json_tree *tree = net.tree;
	assert_non_null(tree);
	net.tree = NULL;
	return tree;
}

static i128 filled_of(const struct json_tree *fills, const char *oid)
{
	i128 sum = 0;
	for (const struct json_tree *fill = fills->first; fill != NULL; fill = fill->next) {
		if (strcmp(json_tree_text(json_tree_member(fill, "oid")), oid) == 0)
			sum += number(fill, "sz");
	}
	return sum;
}

static void check_money(unsigned who, const struct json_tree *fills)
{
	struct json_tree *state = ask(who, "clearinghouseState");
	struct json_tree *payments = ask(who, "userFunding");
	const i128 one = i128_power_of_ten(DECIMALS);
	i128 money = 10000 * one, position = 0, held = 0, slack;
	for (const struct json_tree *fill = fills->first; fill != NULL; fill = fill->next) {
		bool buys = json_tree_text(json_tree_member(fill, "side"))[0] == 'B';
		assert_true(number(fill, "startPosition") == position);
		position += buys ? number(fill, "sz") : -number(fill, "sz");
		money += number(fill, "closedPnl") - number(fill, "fee");
	}
	for (const struct json_tree *paid = payments->first; paid != NULL; paid = paid->next)
		money += number(paid, "delta.usdc");
	if (json_tree_count(json_tree_member(state, "assetPositions")) > 0) {
		held = number(state, "assetPositions.0.position.szi");
		money += number(state, "assetPositions.0.position.unrealizedPnl");
	}
	assert_true(held == position);
	/* Half a millionth for every rounded figure. */
	slack = (i128)(2 * json_tree_count(fills) + json_tree_count(payments) + 2) * one / 2000000;
	i128 off = money - number(state, "marginSummary.accountValue");
	assert_true(off <= slack && off >= -slack);
	json_tree_free(state);
	json_tree_free(payments);
}

static void check_orders(unsigned who, const struct json_tree *fills)
{
	struct json_tree *history = ask(who, "historicalOrders");
	struct json_tree *open = ask(who, "openOrders");
	size_t live = 0;
	for (const struct json_tree *row = history->first; row != NULL; row = row->next) {
		const struct json_tree *order = json_tree_member(row, "order");
		const char *oid = json_tree_text(json_tree_member(order, "oid"));
		const char *status = json_tree_text(json_tree_member(row, "status"));
		i128 left = number(order, "origSz") - filled_of(fills, oid);
		bool reduces = json_tree_member(order, "reduceOnly")->kind == TREE_TRUE;
		bool rests = strcmp(status, "open") == 0;
		live += rests;
		/* What is left of a resting reduce-only order is at most the position. */
		if (rests && reduces ? number(order, "sz") > left : number(order, "sz") != left)
			fail_msg("order %s", oid);
		if (strcmp(status, "filled") == 0 && !reduces && left != 0)
			fail_msg("order %s is filled and is not", oid);
	}
	assert_int_equal(live, json_tree_count(open));
	json_tree_free(history);
	json_tree_free(open);
}

#define ORDERS_MAX 1000
static struct {
	char oid[24], status[32];
} told[ORDERS_MAX];
static size_t told_count;

static void note_update(const struct json_tree *row)
{
	const char *oid = json_tree_text(hyperliquid_testnet_find(row, "order.oid"));
	size_t i = 0;
	while (i < told_count && strcmp(told[i].oid, oid) != 0)
		i++;
	assert_true(i < ORDERS_MAX);
	told_count += i == told_count;
	snprintf(told[i].oid, sizeof(told[i].oid), "%s", oid);
	snprintf(told[i].status, sizeof(told[i].status), "%s",
		 json_tree_text(json_tree_member(row, "status")));
}

/* The last thing told of every order is its state. */
static void check_updates(unsigned who)
{
	told_count = 0;
	for (size_t i = 0; i < wires[who]->frame_count; i++) {
		const char *why, *text = wires[who]->frames[i];
		struct json_tree *frame = json_tree_parse(text, strlen(text), &why);
		if (frame != NULL && strcmp(json_tree_text(json_tree_member(frame, "channel")),
					    "orderUpdates") == 0) {
			const struct json_tree *row = json_tree_member(frame, "data")->first;
			for (; row != NULL; row = row->next)
				note_update(row);
		}
		json_tree_free(frame);
	}
	for (size_t i = 0; i < told_count; i++) {
		hyperliquid_testnet_info(&net,
					 "{\"type\":\"orderStatus\",\"user\":\"%s\",\"oid\":%s}",
					 net.masters[who].address_text, told[i].oid);
		assert_string_equal(hyperliquid_testnet_text(&net, "order.status"), told[i].status);
	}
}

static void check_stream_of_fills(unsigned who, const struct json_tree *fills)
{
	const struct json_tree *expected = fills->first;
	size_t count = hyperliquid_testnet_frames(wires[who], "userFills");
	for (size_t i = 1; i < count; i++) {
		struct json_tree *frame = hyperliquid_testnet_frame(wires[who], "userFills", i);
		for (const struct json_tree *fill =
			     hyperliquid_testnet_find(frame, "data.fills")->first;
		     fill != NULL; fill = fill->next) {
			assert_non_null(expected);
			assert_string_equal(json_tree_text(json_tree_member(fill, "tid")),
					    json_tree_text(json_tree_member(expected, "tid")));
			expected = expected->next;
		}
		json_tree_free(frame);
	}
	assert_null(expected);
}

static void run(uint64_t seed)
{
	hyperliquid_testnet_open(&net, NULL);
	random_seed(&source, seed);
	for (unsigned who = 0; who < 2; who++) {
		wires[who] = hyperliquid_testnet_connect(&net);
		hyperliquid_testnet_subscribe(wires[who], "\"type\":\"orderUpdates\"", (int)who);
		hyperliquid_testnet_subscribe(wires[who], "\"type\":\"userFills\"", (int)who);
	}
	for (int i = 0; i < STEPS; i++) {
		unsigned who = (unsigned)below(2);
		if (below(3) > 0)
			place(who);
		else if (below(2) > 0)
			end_one(who);
		else
			move_market();
		hyperliquid_testnet_say(wires[who], "{\"method\":\"ping\"}");
	}
	hyperliquid_testnet_pass(&net, 500);
	for (unsigned who = 0; who < 2; who++) {
		struct json_tree *fills = ask(who, "userFillsByTime");
		check_money(who, fills);
		check_orders(who, fills);
		check_stream_of_fills(who, fills);
		check_updates(who);
		print_message("seed %" PRIu64 ", account %u: %zu fills\n", seed, who,
			      json_tree_count(fills));
		json_tree_free(fills);
	}
	hyperliquid_testnet_close(&net);
}

static void figures_add_up_after_random_trading(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_add_up_after_random_trading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
