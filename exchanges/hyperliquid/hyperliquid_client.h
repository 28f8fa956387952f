/*
 * BaseExchangeClient of Hyperliquid's first perpetuals dex (venues/hyperliquid.md): quoted in USDT,
 * settled in USDC, funding on the oracle price. Market data by WebSocket, REST as the second way;
 * actions signed here with an agent wallet and sent as WebSocket posts, over REST where it is down.
 * A master key is refused at start: an agent can trade, but neither withdraw nor approve.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CLIENT_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CLIENT_H

#include "core/net/transport.h"
#include "exchanges/exchange_client.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"

struct hyperliquid_client_options {
	venue_id venue;
	bool mainnet;		   /* signs source "a", else "b" */
	struct endpoint *endpoint; /* owned from then on: freed with the client */
	bool has_account;	   /* false: market data only; commands end REJECT_AUTH */
	uint8_t account[20];	   /* master or sub-account: what is queried */
	bool has_vault;
	uint8_t vault[20];	     /* traded for; then `account` is this address too */
	struct hyperliquid_key key;  /* agent wallet; copied, wiped when freed */
	uint64_t cloid_prefix;	     /* upper 8 bytes of every client order id, != 0 */
	uint64_t seed;		     /* for jitter */
	int64_t funding_interval_ns; /* 0 = one hour; a local testnet may be faster */
};

/*
 * NULL with err: out of memory or an option out of range; the endpoint is freed then too.
 * `instruments` gets the venue's markets when the client starts.
 *
 * ORDER_MARKET does not exist at this venue: it is an IOC bounded by the newest known touch (else
 * the mark, else a book read first) moved against us by 5 %, by 10, 20, 40 and 75 % when such an
 * order of the instrument found nothing less than a minute ago; rounded so that it reaches.
 *
 * Of an order whose outcome is UNKNOWN the client burns the nonce (`noop` with the same one): if
 * the venue takes that, the order was and will not be executed, and an ACCOUNT_ORDER event says
 * REJECTED, REJECT_NEVER_SENT; if not, its state is looked up and told.
 */
struct exchange_client *hyperliquid_client_create(const struct hyperliquid_client_options *options,
						  struct scheduler *scheduler,
						  struct instrument_table *instruments,
						  struct error *err);

#endif
