#include "exchanges/testnet/testnet.h"

#include "core/base/utc.h"
#include "exchanges/testnet/admin_service.h"
#include <stdlib.h>
#include <string.h>

#define LIGHTER_CHAIN_ID  300
#define LIGHTER_RATE_STEP (RATE_ONE / 1000000) /* 0.0001 %: what its text shows */

enum { LIGHTER, HYPERLIQUID, FLOORS };

struct testnet {
	struct scheduler *scheduler;
	struct instrument_table *instruments;
	struct fault_plan *faults;
	struct trading_floor *floors[FLOORS];
	struct market_feed *feed;
	struct lighter_service *lighter;
	struct hyperliquid_service *hyperliquid;
	struct admin_service *admin;
};

struct testnet_options testnet_defaults(void)
{
	return (struct testnet_options){
		.seed = 1,
		.listing = {.funding_interval_ns = NS_PER_HOUR},
		.feed = market_feed_defaults(),
		.lighter = {.taker_delay_ns = 300 * NS_PER_MS,
			    .maker_delay_ns = 200 * NS_PER_MS,
			    .cancel_delay_ns = 200 * NS_PER_MS,
			    .default_leverage = 10,
			    .spread_tenth_bp = 10,
			    .book_interval_ns = 50 * NS_PER_MS},
		.hyperliquid = {.taker_delay_ns = 150 * NS_PER_MS,
				.maker_delay_ns = 150 * NS_PER_MS,
				.cancel_delay_ns = 100 * NS_PER_MS,
				.default_leverage = 10,
				.spread_tenth_bp = 8,
				.book_interval_ns = 500 * NS_PER_MS,
				.slow_book_interval_ns = 5 * NS_PER_SECOND},
		.rate_limits = true,
	};
}

static bool out_of_memory(struct error *err)
{
	return error_set(err, ERROR_LIMIT, "testnet: out of memory");
}

/* ---- parts -------------------------------------------------------------------------------------
 */

static bool make_floor(struct testnet *testnet, int which, const char *name,
		       const struct testnet_venue_options *options, struct error *err)
{
	struct trading_floor_options floor = {
		.venue = instrument_table_find_venue(testnet->instruments, name),
		.taker_delay_ns = options->taker_delay_ns,
		.maker_delay_ns = options->maker_delay_ns,
		.cancel_delay_ns = options->cancel_delay_ns,
		.default_leverage = options->default_leverage};
	testnet->floors[which] = trading_floor_create(&floor, testnet->scheduler,
						      testnet->instruments, testnet->faults);
	return testnet->floors[which] != NULL || out_of_memory(err);
}

static bool make_accounts(struct testnet *testnet, const struct testnet_options *options,
			  struct error *err)
{
	asset_id usdc = instrument_table_find_asset(testnet->instruments, "USDC");
	if (options->account_count > FLOOR_ACCOUNTS_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%zu accounts, at most %d",
				 options->account_count, FLOOR_ACCOUNTS_MAX);
	for (size_t i = 0; i < options->account_count; i++) {
		for (int which = 0; which < FLOORS; which++) {
			struct trading_floor *floor = testnet->floors[which];
			floor_account account = trading_floor_add_account(floor);
			if (!trading_floor_deposit(floor, account, usdc,
						   options->accounts[i].deposit))
				return error_set(err, ERROR_CONFIGURATION,
						 "account %zu: the deposit is too large", i);
		}
	}
	return true;
}

static bool make_feed(struct testnet *testnet, const struct testnet_options *options,
		      struct error *err)
{
	struct feed_venue_options venues[FLOORS] = {
		{options->lighter.spread_tenth_bp, {LIGHTER_RATE_STEP}},
		{options->hyperliquid.spread_tenth_bp, {0}}};
	testnet->feed = market_feed_create(&options->feed, testnet->scheduler, testnet->instruments,
					   testnet->faults);
	if (testnet->feed == NULL)
		return out_of_memory(err);
	if (!testnet_list_coins(&options->listing, testnet->feed, err))
		return false;
	for (int which = 0; which < FLOORS; which++)
		market_feed_add_venue(testnet->feed, testnet->floors[which], &venues[which]);
	return options->recording_count == 0 ||
	       market_feed_use_recording(testnet->feed, options->recordings,
					 options->recording_count, err);
}

static bool make_lighter(struct testnet *testnet, const struct testnet_options *options)
{
	struct lighter_service_account accounts[FLOOR_ACCOUNTS_MAX];
	for (size_t i = 0; i < options->account_count; i++)
		accounts[i] = options->accounts[i].lighter;
	struct lighter_service_options service = {.chain_id = LIGHTER_CHAIN_ID,
						  .accounts = accounts,
						  .account_count = options->account_count,
						  .book_interval_ns =
							  options->lighter.book_interval_ns,
						  .rate_limits = options->rate_limits};
	testnet->lighter = lighter_service_create(&service, testnet->scheduler,
						  testnet->floors[LIGHTER], testnet->faults);
	return testnet->lighter != NULL;
}

static bool make_hyperliquid(struct testnet *testnet, const struct testnet_options *options)
{
	struct hyperliquid_service_account accounts[FLOOR_ACCOUNTS_MAX];
	for (size_t i = 0; i < options->account_count; i++)
		accounts[i] = options->accounts[i].hyperliquid;
	struct hyperliquid_service_options service = {
		.accounts = accounts,
		.account_count = options->account_count,
		.source = options->hyperliquid_source,
		.fast_book_interval_ns = options->hyperliquid.book_interval_ns,
		.slow_book_interval_ns = options->hyperliquid.slow_book_interval_ns,
		.rate_limits = options->rate_limits};
	testnet->hyperliquid = hyperliquid_service_create(
		&service, testnet->scheduler, testnet->floors[HYPERLIQUID], testnet->faults);
	return testnet->hyperliquid != NULL;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static bool make(struct testnet *testnet, const struct testnet_options *options, struct error *err)
{
	testnet->instruments = instrument_table_create();
	testnet->faults = fault_plan_create(options->seed, scheduler_now(testnet->scheduler));
	if (testnet->instruments == NULL || testnet->faults == NULL)
		return out_of_memory(err);
	for (size_t i = 0; i < options->fault_count; i++)
		if (!fault_plan_add(testnet->faults, options->faults[i], err))
			return false;
	if (!testnet_list_markets(&options->listing, testnet->instruments, err) ||
	    !make_floor(testnet, LIGHTER, TESTNET_LIGHTER, &options->lighter, err) ||
	    !make_floor(testnet, HYPERLIQUID, TESTNET_HYPERLIQUID, &options->hyperliquid, err) ||
	    !make_accounts(testnet, options, err) || !make_feed(testnet, options, err))
		return false;
	testnet->admin = admin_service_create(testnet->scheduler, testnet->feed, testnet->faults,
					      testnet->floors, FLOORS);
	if (!make_lighter(testnet, options) || !make_hyperliquid(testnet, options) ||
	    testnet->admin == NULL)
		return out_of_memory(err);
	return true;
}

struct testnet *testnet_create(const struct testnet_options *options, struct scheduler *scheduler,
			       struct error *err)
{
	struct testnet *testnet = calloc(1, sizeof(*testnet));
	if (testnet == NULL) {
		out_of_memory(err);
		return NULL;
	}
	testnet->scheduler = scheduler;
	if (make(testnet, options, err))
		return testnet;
	testnet_free(testnet);
	return NULL;
}

void testnet_free(struct testnet *testnet)
{
	if (testnet == NULL)
		return;
	lighter_service_free(testnet->lighter);
	hyperliquid_service_free(testnet->hyperliquid);
	admin_service_free(testnet->admin);
	market_feed_free(testnet->feed);
	for (int which = 0; which < FLOORS; which++)
		trading_floor_free(testnet->floors[which]);
	fault_plan_free(testnet->faults);
	instrument_table_free(testnet->instruments);
	free(testnet);
}

void testnet_start(struct testnet *testnet)
{
	market_feed_start(testnet->feed);
}

/* ---- looking -----------------------------------------------------------------------------------
 */

const struct service *testnet_service(struct testnet *testnet, const char *venue)
{
	if (strcmp(venue, TESTNET_LIGHTER) == 0)
		return lighter_service_face(testnet->lighter);
	if (strcmp(venue, TESTNET_HYPERLIQUID) == 0)
		return hyperliquid_service_face(testnet->hyperliquid);
	if (strcmp(venue, TESTNET_ADMIN) == 0)
		return admin_service_face(testnet->admin);
	return NULL;
}

struct trading_floor *testnet_floor(struct testnet *testnet, const char *venue)
{
	if (strcmp(venue, TESTNET_LIGHTER) == 0)
		return testnet->floors[LIGHTER];
	return strcmp(venue, TESTNET_HYPERLIQUID) == 0 ? testnet->floors[HYPERLIQUID] : NULL;
}

struct fault_plan *testnet_faults(struct testnet *testnet)
{
	return testnet->faults;
}

struct market_feed *testnet_feed(struct testnet *testnet)
{
	return testnet->feed;
}

const struct instrument_table *testnet_instruments(const struct testnet *testnet)
{
	return testnet->instruments;
}
