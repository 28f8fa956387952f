/*
 * BaseExchangeClient of Lighter (venues/lighter.md): perpetual markets, USDC. Market data by
 * WebSocket, REST as the second way; transactions signed here and sent over the WebSocket, over
 * REST where it is down. Everything the venue sends may be lost, late, doubled or wrong; nothing of
 * it crashes the program or makes a trade. docs/lighter.md says what each call does.
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
	int64_t order_expiry_ns; /* of resting orders, 5 minutes..30 days (§3.6) */
	/* Rates are per this interval, settled at its multiples in venue time; 0 = one hour. */
	int64_t funding_interval_ns;
};

/*
 * NULL with err: out of memory or an option out of range; the endpoint is then still the caller's.
 * `instruments` gets the venue's markets when the client starts. start may be called again after it
 * ended with ok = false (the venue was down, the key did not fit). Freeing the client is allowed at
 * any time, from inside its callbacks too; nothing is called afterwards. Called from inside, what
 * it owns goes in an entry of the scheduler of its own.
 */
struct exchange_client *lighter_client_create(const struct lighter_client_options *options,
					      struct scheduler *scheduler,
					      struct instrument_table *instruments,
					      struct error *err);

/* What happened so far; for reports and tests. */
struct lighter_client_statistics {
	uint64_t requests;     /* REST, transactions included */
	uint64_t transactions; /* signed and handed to the wire */
	uint64_t resends;      /* the same bytes a second time */
	uint64_t rate_limited; /* refusals for rate: 429, 405, 23000 */
	uint64_t nonce_resyncs;
	uint64_t mismatches; /* answers that named another transaction */
	uint64_t frames, unreadable_frames, book_gaps;
};
struct lighter_client_statistics lighter_client_statistics(const struct exchange_client *client);

#endif
