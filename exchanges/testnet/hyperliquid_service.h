/*
 * Hyperliquid's side of the wire, written from venues/hyperliquid.md alone: /info, /exchange and
 * /ws over a trading floor, strict. The signer is recovered from the action as it was received, so
 * a wrong key order, a trailing zero or a wrong source ends as the venue ends it: "User or API
 * Wallet 0x... does not exist." Pure: bytes in, bytes out, time from the scheduler.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_H
#define FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_H

#include "core/net/service.h"
#include "exchanges/testnet/trading_floor.h"

struct hyperliquid_service_account {
	uint8_t address[20]; /* master */
	struct {
		uint8_t address[20];
		char name[32];
	} agents[4];
	unsigned agent_count;
	char mode[24];	    /* "default", "unifiedAccount", ... */
	int64_t traded_usd; /* volume before today: budget and scheduleCancel eligibility */
};
struct hyperliquid_service_options {
	const struct hyperliquid_service_account *accounts; /* by floor_account; copied */
	size_t account_count;
	/* Which source a signature may be made for: 0 = "b", then "a"; else that letter alone. */
	char source;
	int64_t fast_book_interval_ns; /* 0.5 s: 5 levels */
	int64_t slow_book_interval_ns; /* 5 s: 20 levels */
	bool rate_limits;	       /* off: for load tests */
};
struct hyperliquid_service;
struct hyperliquid_service *hyperliquid_service_create(
	const struct hyperliquid_service_options *options, struct scheduler *scheduler,
	struct trading_floor *floor, struct fault_plan *faults);
void hyperliquid_service_free(struct hyperliquid_service *service);
const struct service *hyperliquid_service_face(struct hyperliquid_service *service);

#endif
