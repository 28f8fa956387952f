/*
 * BaseExchangeClient of Lighter (venues/lighter.md): perpetual markets, USDC. Market data by
 * WebSocket, REST as the second way; transactions signed here and sent over the WebSocket, over
 * REST where it is down. Everything the venue sends may be lost, late, doubled or wrong; nothing of
 * it crashes the program or makes a trade.
 */
#ifndef FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CLIENT_H
#define FUNDARB_EXCHANGES_LIGHTER_LIGHTER_CLIENT_H

#include "core/net/transport.h"
#include "exchanges/exchange_client.h"
#include "exchanges/lighter/lighter_sign.h"

struct lighter_client_options {
	venue_id venue;
	uint32_t chain_id;	   /* LIGHTER_CHAIN_* */
	struct endpoint *endpoint; /* owned from then on: freed with the client */
	bool has_account;	   /* false: market data only; commands end REJECT_AUTH */
	int64_t account_index;
	int32_t api_key_index;	 /* 4..254 */
	struct lighter_key key;	 /* copied, wiped when freed */
	bool premium;		 /* request budget of a premium account (§1.4) */
	uint64_t seed;		 /* for jitter and for what hedges the signature's k */
	int64_t order_expiry_ns; /* of resting orders, >= 5 minutes (§3.6) */
};

/* NULL with err: out of memory or an option out of range. `instruments` gets the venue's markets
 * when the client starts. */
struct exchange_client *lighter_client_create(const struct lighter_client_options *options,
					      struct scheduler *scheduler,
					      struct instrument_table *instruments,
					      struct error *err);

#endif
