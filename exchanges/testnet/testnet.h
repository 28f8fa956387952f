/*
 * The local testnet as one thing: instruments, a trading floor for each venue, the market feed,
 * faults, the venues' services and the admin service. It opens no socket and reads no clock: serve
 * testnet_service over core/net/server.h or core/net/virtual_network.h.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_TESTNET_H
#define FUNDARB_EXCHANGES_TESTNET_TESTNET_H

#include "exchanges/testnet/hyperliquid_service.h"
#include "exchanges/testnet/lighter_service.h"
#include "exchanges/testnet/market_feed.h"
#include "exchanges/testnet/testnet_markets.h"

#define TESTNET_ADMIN "admin"

struct testnet_account {
	struct money deposit; /* USDC at each venue */
	struct lighter_service_account lighter;
	struct hyperliquid_service_account hyperliquid;
};
struct testnet_venue_options {
	int64_t taker_delay_ns, maker_delay_ns, cancel_delay_ns;
	int32_t default_leverage;
	unsigned spread_tenth_bp;
	int64_t book_interval_ns;      /* between book frames (Hyperliquid: of 5 levels) */
	int64_t slow_book_interval_ns; /* Hyperliquid: of 20 levels */
};
struct testnet_options {
	uint64_t seed; /* of faults; the feed has its own */
	struct testnet_listing listing;
	struct market_feed_options feed;
	struct testnet_venue_options lighter, hyperliquid;
	char hyperliquid_source; /* 0, 'a' or 'b': hyperliquid_service.h */
	bool rate_limits;
	const struct testnet_account *accounts; /* copied */
	size_t account_count;
	const char *const *recordings; /* none: made up */
	size_t recording_count;
	const char *const *faults;
	size_t fault_count;
};
/* Seed 1, all coins, hourly funding, the venues' documented delays and frame intervals; no account.
 */
struct testnet_options testnet_defaults(void);

struct testnet;
struct testnet *testnet_create(const struct testnet_options *options, struct scheduler *scheduler,
			       struct error *err);
void testnet_free(struct testnet *testnet);
/* First books now; from here on the market lives. */
void testnet_start(struct testnet *testnet);

/* venue: TESTNET_LIGHTER, TESTNET_HYPERLIQUID or TESTNET_ADMIN; NULL: no such service. */
const struct service *testnet_service(struct testnet *testnet, const char *venue);
struct trading_floor *testnet_floor(struct testnet *testnet, const char *venue);
struct fault_plan *testnet_faults(struct testnet *testnet);
struct market_feed *testnet_feed(struct testnet *testnet);
const struct instrument_table *testnet_instruments(const struct testnet *testnet);

#endif
