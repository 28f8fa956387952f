/*
 * Random markets, orders, refusals and late subscribers: a client that follows §2.3 to the letter
 * always holds the displayed book, and nonces have no gap.
 */
#include "core/base/decimal.h"
#include "core/base/random.h"
#include "tests/support/effort.h"
#include "tests/support/lighter_testnet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define LOWEST 639900 /* prices lie in LOWEST .. LOWEST + PRICES - 1, in 0.1 */
#define PRICES 300
#define STEPS  60

static struct lighter_testnet net;

/* Sizes by side and price. */
struct replica {
	bool whole;
	int64_t nonce;
	int64_t size[2][PRICES];
	size_t seen; /* frames read */
};

static void take_levels(struct replica *replica, enum side side, const struct json_tree *levels)
{
	for (const struct json_tree *level = levels->first; level != NULL; level = level->next) {
		const char *price = json_tree_text(json_tree_member(level, "price"));
		const char *size = json_tree_text(json_tree_member(level, "size"));
		int64_t units = 0, place = 0;
		assert_int_equal(decimal_parse_i64(price, strlen(price), 1, &place), DECIMAL_OK);
		assert_int_equal(decimal_parse_i64(size, strlen(size), 5, &units), DECIMAL_OK);
		assert_in_range(place, LOWEST, LOWEST + PRICES - 1);
		replica->size[side][place - LOWEST] = units;
	}
}

static void take_frame(struct replica *replica, const char *text)
{
	const char *why;
	struct json_tree *tree = json_tree_parse(text, strlen(text), &why);
	assert_non_null(tree);
	const char *type = json_tree_text(json_tree_member(tree, "type"));
	bool whole = strcmp(type, "subscribed/order_book") == 0;
	if (!whole && strcmp(type, "update/order_book") != 0) {
		json_tree_free(tree);
		return;
	}
	const struct json_tree *book = json_tree_member(tree, "order_book");
	int64_t nonce = 0, begin = 0;
	assert_true(json_tree_i64(json_tree_member(book, "nonce"), &nonce));
	assert_true(json_tree_i64(json_tree_member(book, "begin_nonce"), &begin));
	if (whole) {
		memset(replica->size, 0, sizeof(replica->size));
		replica->whole = true;
	} else {
		assert_true(replica->whole);
		assert_int_equal(begin, replica->nonce);
		assert_true(nonce > begin);
	}
	replica->nonce = nonce;
	take_levels(replica, SIDE_SELL, json_tree_member(book, "asks"));
	take_levels(replica, SIDE_BUY, json_tree_member(book, "bids"));
	json_tree_free(tree);
}

static void expect_displayed(const struct replica *replica)
{
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		static struct book_level levels[PRICES * 2];
		size_t count = trading_floor_depth(net.floor, net.btc, side, levels, PRICES * 2);
		size_t held = 0;
		for (size_t i = 0; i < PRICES; i++)
			held += replica->size[side][i] != 0;
		assert_int_equal(held, count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(replica->size[side][levels[i].price.units - LOWEST],
					 levels[i].quantity.units);
	}
}

static void random_level(struct random *random)
{
	char price[32], size[32];
	bool buys = random_below(random, 2) == 0;
	int64_t place = buys ? random_between(random, 0, 195) : random_between(random, 205, 299);
	decimal_format(LOWEST + place, 1, price, sizeof(price));
	decimal_format((int64_t)random_below(random, 3) * random_between(random, 1, 99999), 5, size,
		       sizeof(size));
	lighter_testnet_level(&net, net.btc, buys ? SIDE_BUY : SIDE_SELL, price, size);
}

/* Good and bad ones; a refusal must not move the nonce, which lighter_testnet_send holds. */
static void random_order(struct random *random, int64_t *client_index)
{
	unsigned who = (unsigned)random_below(random, 2);
	static const int FORCES[] = {LIGHTER_IOC, LIGHTER_GTT, LIGHTER_POST_ONLY};
	struct lighter_transaction tx = lighter_testnet_create(
		&net, who, 1, ++*client_index, random_below(random, 2) == 0,
		random_between(random, 5, 20000), LOWEST + random_between(random, 150, 250),
		FORCES[random_below(random, 3)]);
	if (random_below(random, 6) == 0)
		tx.nonce += random_between(random, -2, 2);
	if (random_below(random, 8) == 0)
		tx.u.create.client_order_index = *client_index - 1;
	int64_t nonce = net.nonce[who], code = lighter_testnet_send(&net, who, &tx);
	if (tx.nonce != nonce)
		assert_int_equal(code, 21104);
	assert_int_equal(net.nonce[who], nonce + (code == 200));
}

static void random_cancel(struct random *random, int64_t client_index)
{
	unsigned who = (unsigned)random_below(random, 2);
	struct lighter_transaction tx = lighter_testnet_blank(&net, who, LIGHTER_CANCEL_ORDER);
	tx.u.cancel.market_index = 1;
	tx.u.cancel.index = random_between(random, 1, client_index + 1);
	int64_t code = lighter_testnet_send(&net, who, &tx);
	assert_true(code == 200 || code == 21600);
}

static void expect_nonces(void)
{
	for (unsigned who = 0; who < 2; who++) {
		char target[96];
		snprintf(target, sizeof(target),
			 "/api/v1/nextNonce?account_index=%" PRId64 "&api_key_index=%u",
			 net.account[who], 7 + who);
		assert_int_equal(lighter_testnet_get(&net, target, NULL), 200);
		assert_int_equal(strtoll(lighter_testnet_text(&net, "nonce"), NULL, 10),
				 net.nonce[who]);
	}
}

static void run_one(uint64_t seed)
{
	struct random random;
	struct lighter_testnet_socket *sockets[3] = {0};
	static struct replica replicas[3];
	int64_t client_index = 0;
	random_seed(&random, seed);
	memset(replicas, 0, sizeof(replicas));
	lighter_testnet_open(&net, false);
	for (unsigned step = 0; step < STEPS; step++) {
		uint64_t what = random_below(&random, 10);
		if (what < 5)
			random_level(&random);
		else if (what < 8)
			random_order(&random, &client_index);
		else
			random_cancel(&random, client_index);
		for (unsigned i = 0; i < 3; i++) {
			if (sockets[i] == NULL && random_below(&random, 8) == 0) {
				sockets[i] = lighter_testnet_connect(&net);
				lighter_testnet_subscribe(sockets[i], "order_book/1", -1);
			}
		}
		if (random_below(&random, 2) == 0)
			lighter_testnet_pass(&net, random_between(&random, 1, 120));
	}
	lighter_testnet_pass(&net, 2000);
	for (unsigned i = 0; i < 3; i++) {
		for (; sockets[i] && replicas[i].seen < sockets[i]->frame_count; replicas[i].seen++)
			take_frame(&replicas[i], sockets[i]->frames[replicas[i].seen]);
		if (sockets[i] != NULL)
			expect_displayed(&replicas[i]);
	}
	expect_nonces();
	lighter_testnet_close(&net);
}

static void a_client_by_the_document_holds_the_displayed_book(void **state)
{
	(void)state;
	const char *given = getenv("FUNDARB_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 1;
	unsigned count = given ? 1 : effort(60, "seeds of random markets and orders");
	for (uint64_t seed = first; seed < first + count; seed++) {
		print_message("FUNDARB_SEED=%llu\n", (unsigned long long)seed);
		run_one(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_by_the_document_holds_the_displayed_book),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
