/* The whole testnet behind virtual links: every service answers, and all speak of one market. */
#include "core/base/utc.h"
#include "core/net/virtual_network.h"
#include "exchanges/testnet/testnet.h"
#include "tests/support/market_terms.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START (INT64_C(1704067200) * NS_PER_SECOND)

enum { LIGHTER, HYPERLIQUID, ADMIN, LINKS };
static const char *const NAMES[LINKS] = {TESTNET_LIGHTER, TESTNET_HYPERLIQUID, TESTNET_ADMIN};

static struct scheduler *scheduler;
static struct testnet *testnet;
static struct virtual_link *links[LINKS];
static struct endpoint *endpoints[LINKS];

static int open_testnet(void **state)
{
	(void)state;
	static const char *const COINS[] = {"BTC", "ETH", "PEPE", "LUNA"};
	struct testnet_account account = {.deposit = money_of("100000")};
	struct testnet_options options = testnet_defaults();
	struct error err = {0};
	scheduler = scheduler_create(START);
	snprintf(account.lighter.l1_address, sizeof(account.lighter.l1_address),
		 "0x1111111111111111111111111111111111111111");
	account.lighter.account_index = 5501;
	memset(account.hyperliquid.address, 0x11, sizeof(account.hyperliquid.address));
	snprintf(account.hyperliquid.mode, sizeof(account.hyperliquid.mode), "default");
	options.listing.coins = COINS;
	options.listing.coin_count = 4;
	options.listing.funding_interval_ns = NS_PER_MINUTE;
	options.accounts = &account;
	options.account_count = 1;
	options.rate_limits = false;
	testnet = testnet_create(&options, scheduler, &err);
	if (testnet == NULL)
		fail_msg("%s", err.text);
	for (int i = 0; i < LINKS; i++) {
		struct virtual_link_options link = {.up_ns = 5 * NS_PER_MS,
						    .down_ns = 5 * NS_PER_MS};
		links[i] =
			virtual_link_create(scheduler, &link, testnet_service(testnet, NAMES[i]));
		endpoints[i] = virtual_link_endpoint(links[i]);
	}
	testnet_start(testnet);
	return 0;
}

static int close_testnet(void **state)
{
	(void)state;
	for (int i = 0; i < LINKS; i++) {
		endpoint_free(endpoints[i]);
		virtual_link_free(links[i]);
	}
	testnet_free(testnet);
	scheduler_free(scheduler);
	return 0;
}

static cJSON *answered;
static int status;

static void keep(void *user, const struct http_response *response)
{
	(void)user;
	assert_int_equal(response->outcome, TRANSPORT_ANSWERED);
	status = response->status;
	answered = cJSON_ParseWithLength(response->body, response->length);
}

static cJSON *ask(int link, enum http_method method, const char *target, const char *body)
{
	struct http_request request = {.method = method,
				       .target = target,
				       .content_type = body[0] ? "application/json" : NULL,
				       .body = body,
				       .body_length = strlen(body)};
	int64_t until_ns = scheduler_now(scheduler) + NS_PER_SECOND;
	answered = NULL;
	endpoint_request(endpoints[link], &request, until_ns, keep, NULL);
	scheduler_run(scheduler, NULL, until_ns);
	assert_non_null(answered);
	assert_int_equal(status, 200);
	return answered;
}

static void every_service_lists_its_markets(void **state)
{
	(void)state;
	cJSON *books = ask(LIGHTER, HTTP_GET, "/api/v1/orderBooks", "");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(books, "order_books")),
			 4);
	cJSON_Delete(books);
	cJSON *meta = ask(HYPERLIQUID, HTTP_POST, "/info", "{\"type\":\"meta\"}");
	cJSON *universe = cJSON_GetObjectItemCaseSensitive(meta, "universe");
	assert_int_equal(cJSON_GetArraySize(universe), 4);
	cJSON_Delete(meta);
	cJSON *state_answer = ask(ADMIN, HTTP_GET, "/state", "");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(state_answer, "venues")), 2);
	cJSON_Delete(state_answer);
}

static void a_fault_of_the_admin_endpoint_strikes_a_venue(void **state)
{
	(void)state;
	cJSON_Delete(ask(ADMIN, HTTP_POST, "/price", "BTC=50000"));
	cJSON_Delete(ask(ADMIN, HTTP_POST, "/fault", "venue.down_ms=60000,venue=lighter"));
	assert_true(trading_floor_down(testnet_floor(testnet, TESTNET_LIGHTER)));
	assert_false(trading_floor_down(testnet_floor(testnet, TESTNET_HYPERLIQUID)));
	struct trading_floor *floor = testnet_floor(testnet, TESTNET_HYPERLIQUID);
	instrument_id btc =
		instrument_find(testnet_instruments(testnet), trading_floor_venue(floor), "BTC");
	struct book_level bid;
	assert_int_equal(trading_floor_depth(floor, btc, SIDE_BUY, &bid, 1), 1);
	assert_in_range(bid.price.units, 498000, 502000);
}

static void wrong_options_are_refused_whole(void **state)
{
	(void)state;
	static const char *const FAULTS[] = {"ws.dup", "no.such"};
	struct testnet_options options = testnet_defaults();
	struct error err = {0};
	options.faults = FAULTS;
	options.fault_count = 2;
	assert_null(testnet_create(&options, scheduler, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_null(testnet_service(testnet, "elsewhere"));
	assert_null(testnet_floor(testnet, TESTNET_ADMIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_service_lists_its_markets, open_testnet,
						close_testnet),
		cmocka_unit_test_setup_teardown(a_fault_of_the_admin_endpoint_strikes_a_venue,
						open_testnet, close_testnet),
		cmocka_unit_test_setup_teardown(wrong_options_are_refused_whole, open_testnet,
						close_testnet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
