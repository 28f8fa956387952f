/* What the testnet lists, and its admin endpoint, over two floors and the feed. */
#include "core/base/utc.h"
#include "exchanges/testnet/admin_service.h"
#include "exchanges/testnet/testnet_markets.h"
#include "tests/support/market_terms.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define START (INT64_C(1704067200) * NS_PER_SECOND)

struct world {
	struct scheduler *scheduler;
	struct instrument_table *table;
	struct fault_plan *faults;
	struct trading_floor *floors[2];
	struct market_feed *feed;
	struct admin_service *admin;
};

static void open_world(struct world *world, const struct testnet_listing *listing)
{
	static const char *const NAMES[] = {TESTNET_LIGHTER, TESTNET_HYPERLIQUID};
	struct market_feed_options options = market_feed_defaults();
	struct feed_venue_options venue = {.spread_tenth_bp = 10};
	struct error err = {0};
	world->scheduler = scheduler_create(START);
	world->table = instrument_table_create();
	world->faults = fault_plan_create(1, START);
	if (!testnet_list_markets(listing, world->table, &err))
		fail_msg("%s", err.text);
	world->feed = market_feed_create(&options, world->scheduler, world->table, world->faults);
	assert_true(testnet_list_coins(listing, world->feed, &err));
	for (size_t v = 0; v < 2; v++) {
		struct trading_floor_options floor = {
			.venue = instrument_table_find_venue(world->table, NAMES[v]),
			.default_leverage = 5};
		world->floors[v] =
			trading_floor_create(&floor, world->scheduler, world->table, world->faults);
		floor_account account = trading_floor_add_account(world->floors[v]);
		assert_true(trading_floor_deposit(world->floors[v], account,
						  instrument_table_find_asset(world->table, "USDC"),
						  money_of("1000000")));
		market_feed_add_venue(world->feed, world->floors[v], &venue);
	}
	world->admin = admin_service_create(world->scheduler, world->feed, world->faults,
					    world->floors, 2);
	market_feed_start(world->feed);
}

static void close_world(struct world *world)
{
	admin_service_free(world->admin);
	market_feed_free(world->feed);
	trading_floor_free(world->floors[0]);
	trading_floor_free(world->floors[1]);
	fault_plan_free(world->faults);
	instrument_table_free(world->table);
	scheduler_free(world->scheduler);
}

static void run(struct world *world, int64_t seconds)
{
	scheduler_run(world->scheduler, NULL,
		      scheduler_now(world->scheduler) + seconds * NS_PER_SECOND);
}

/* ---- what is listed ----------------------------------------------------------------------------
 */

static instrument_id find(const struct world *world, const char *venue, const char *symbol)
{
	return instrument_find(world->table, instrument_table_find_venue(world->table, venue),
			       symbol);
}

static void all_markets_have_a_book_but_what_is_delisted(void **state)
{
	(void)state;
	struct world world;
	struct testnet_listing listing = {.funding_interval_ns = NS_PER_HOUR, .extra_coins = 200};
	open_world(&world, &listing);
	run(&world, 5);
	assert_int_equal(instrument_count(world.table), 2 * (16 + 200));
	for (instrument_id id = 1; id <= instrument_count(world.table); id++) {
		const struct instrument *instrument = instrument_get(world.table, id);
		const struct order_rules *rules = &instrument_latest(world.table, id)->rules;
		struct book_level bid, ask;
		size_t floor = instrument->venue == 1 ? 0 : 1;
		size_t count = trading_floor_depth(world.floors[floor], id, SIDE_BUY, &bid, 1);
		assert_int_equal(count, rules->status == MARKET_DELISTED ? 0 : 1);
		if (count == 0)
			continue;
		assert_int_equal(trading_floor_depth(world.floors[floor], id, SIDE_SELL, &ask, 1),
				 1);
		assert_true(bid.price.units < ask.price.units);
		/* No wider than 20 bp, and prices that the venue itself would take. */
		assert_true((ask.price.units - bid.price.units) * 500 <= bid.price.units);
		assert_true(price_obeys(rules, instrument->price_decimals, bid.price));
	}
	close_world(&world);
}

static void multiples_of_a_coin_share_its_canonical_name(void **state)
{
	(void)state;
	struct world world;
	static const char *const COINS[] = {"PEPE", "BTC"};
	struct testnet_listing listing = {
		.coins = COINS, .coin_count = 2, .funding_interval_ns = NS_PER_HOUR};
	open_world(&world, &listing);
	instrument_id lighter = find(&world, TESTNET_LIGHTER, "1000PEPE");
	instrument_id hyperliquid = find(&world, TESTNET_HYPERLIQUID, "kPEPE");
	assert_true(lighter != 0 && hyperliquid != 0);
	assert_int_equal(instrument_get(world.table, lighter)->canonical,
			 instrument_get(world.table, hyperliquid)->canonical);
	assert_int_equal(instrument_get(world.table, lighter)->multiplier, 1000);
	assert_int_equal(instrument_get(world.table, hyperliquid)->multiplier, 1000);
	assert_int_equal(find(&world, TESTNET_LIGHTER, "SOL"), 0);
	close_world(&world);
}

static void exclusions_can_be_tested(void **state)
{
	(void)state;
	struct world world;
	struct testnet_listing listing = {.funding_interval_ns = NS_PER_HOUR};
	static const struct {
		const char *venue, *symbol;
		enum market_status status;
	} CASES[] = {{TESTNET_LIGHTER, "MATIC", MARKET_REDUCE_ONLY},
		     {TESTNET_LIGHTER, "FTM", MARKET_DELISTED},
		     {TESTNET_LIGHTER, "MKR", MARKET_HALTED},
		     {TESTNET_HYPERLIQUID, "LUNA", MARKET_DELISTED},
		     {TESTNET_HYPERLIQUID, "MATIC", MARKET_TRADING}};
	open_world(&world, &listing);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		instrument_id id = find(&world, CASES[i].venue, CASES[i].symbol);
		assert_int_not_equal(id, 0);
		assert_int_equal(instrument_latest(world.table, id)->rules.status, CASES[i].status);
	}
	close_world(&world);
}

static void an_unknown_coin_is_refused_with_the_list(void **state)
{
	(void)state;
	static const char *const COINS[] = {"BTC", "NOCOIN"};
	struct testnet_listing listing = {
		.coins = COINS, .coin_count = 2, .funding_interval_ns = NS_PER_HOUR};
	struct instrument_table *table = instrument_table_create();
	struct error err = {0};
	assert_false(testnet_list_markets(&listing, table, &err));
	assert_int_equal(err.category, ERROR_CONFIGURATION);
	assert_non_null(strstr(err.text, "NOCOIN"));
	assert_non_null(strstr(err.text, "PEPE"));
	instrument_table_free(table);
}

/* ---- the admin endpoint ------------------------------------------------------------------------
 */

static char answered[256 * 1024];
static int answered_status;

static void keep_answer(struct service_request *request, const struct service_answer *answer)
{
	(void)request;
	assert_true(answer->length < sizeof(answered));
	memcpy(answered, answer->body, answer->length);
	answered[answer->length] = '\0';
	answered_status = answer->status;
}

/* The answer as JSON; the caller frees it. */
static cJSON *ask(struct world *world, enum http_method method, const char *target,
		  const char *body)
{
	static const struct service_host HOST = {.answer = keep_answer};
	const struct service *face = admin_service_face(world->admin);
	struct service_request_view view = {.method = method,
					    .target = target,
					    .content_type = "",
					    .authorization = "",
					    .body = body,
					    .body_length = strlen(body)};
	answered_status = 0;
	face->request(face->user, &HOST, NULL, &view);
	cJSON *json = cJSON_Parse(answered);
	if (json == NULL)
		fail_msg("%s", answered);
	return json;
}

static void expect(struct world *world, enum http_method method, const char *target,
		   const char *body, int status)
{
	cJSON *json = ask(world, method, target, body);
	assert_int_equal(answered_status, status);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "ok")), status == 200);
	cJSON_Delete(json);
}

static void the_admin_endpoint_shows_accounts(void **state)
{
	(void)state;
	struct world world;
	struct testnet_listing listing = {.funding_interval_ns = NS_PER_HOUR};
	open_world(&world, &listing);
	struct order_request request = {.instrument = find(&world, TESTNET_LIGHTER, "BTC"),
					.side = SIDE_BUY,
					.type = ORDER_LIMIT,
					.quantity = {1000},
					.limit = {500000}};
	trading_floor_place(world.floors[0], 0, &request, "a\"b\\c\n", false);
	request.type = ORDER_IOC;
	request.limit.units = 700000;
	trading_floor_place(world.floors[0], 0, &request, "", false);
	run(&world, 1);
	cJSON *json = ask(&world, HTTP_GET, "/state", "");
	assert_int_equal(answered_status, 200);
	cJSON *venue = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "venues"), 0);
	assert_string_equal(cJSON_GetObjectItem(venue, "name")->valuestring, "lighter");
	cJSON *account = cJSON_GetArrayItem(cJSON_GetObjectItem(venue, "accounts"), 0);
	cJSON *position = cJSON_GetArrayItem(cJSON_GetObjectItem(account, "positions"), 0);
	assert_string_equal(cJSON_GetObjectItem(position, "symbol")->valuestring, "BTC");
	assert_string_equal(cJSON_GetObjectItem(position, "quantity")->valuestring, "0.01");
	cJSON *order = cJSON_GetArrayItem(cJSON_GetObjectItem(account, "open_orders"), 0);
	assert_string_equal(cJSON_GetObjectItem(order, "tag")->valuestring, "a\"b\\c\n");
	assert_string_equal(cJSON_GetObjectItem(order, "limit")->valuestring, "50000.0");
	cJSON_Delete(json);
	close_world(&world);
}

static void the_admin_endpoint_sets_faults_prices_and_premiums(void **state)
{
	(void)state;
	struct world world;
	struct testnet_listing listing = {.funding_interval_ns = NS_PER_HOUR};
	open_world(&world, &listing);
	expect(&world, HTTP_POST, "/fault", "ord.status=A\"B,nth=2\r\n", 200);
	assert_int_equal(fault_plan_count(world.faults), 1);
	expect(&world, HTTP_POST, "/fault", "nonsense", 400);
	assert_non_null(strstr(answered, "is not a fault"));
	expect(&world, HTTP_GET, "/faults", "", 200);
	expect(&world, HTTP_POST, "/faults/clear", "", 200);
	assert_int_equal(fault_plan_count(world.faults), 0);
	expect(&world, HTTP_POST, "/price", "BTC=65000.5", 200);
	assert_money(market_feed_price(world.feed, "BTC"), "65000.5");
	expect(&world, HTTP_POST, "/price", "BTC=0", 400);
	expect(&world, HTTP_POST, "/price", "NOCOIN=1", 400);
	expect(&world, HTTP_POST, "/price", "65000", 400);
	expect(&world, HTTP_POST, "/premium", "BTC@hyperliquid=-0.002", 200);
	expect(&world, HTTP_POST, "/premium", "BTC@elsewhere=0.002", 400);
	expect(&world, HTTP_POST, "/premium", "BTC=0.002", 400);
	expect(&world, HTTP_POST, "/premium", "BTC@lighter=0.51", 400);
	expect(&world, HTTP_GET, "/fault", "", 404);
	expect(&world, HTTP_POST, "/state", "", 404);
	expect(&world, HTTP_GET, "/", "", 404);
	close_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_markets_have_a_book_but_what_is_delisted),
		cmocka_unit_test(multiples_of_a_coin_share_its_canonical_name),
		cmocka_unit_test(exclusions_can_be_tested),
		cmocka_unit_test(an_unknown_coin_is_refused_with_the_list),
		cmocka_unit_test(the_admin_endpoint_shows_accounts),
		cmocka_unit_test(the_admin_endpoint_sets_faults_prices_and_premiums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
