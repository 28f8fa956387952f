/*
 * The real venues this program speaks to: one row each, with the hosts of every mode. A host that
 * is not in the table is refused, loopback excepted: that is where a local testnet is.
 */
#ifndef FUNDARB_SRC_VENUE_REGISTRY_H
#define FUNDARB_SRC_VENUE_REGISTRY_H

#include "config/config.h"
#include "core/net/network.h"
#include "exchanges/exchange_client.h"

/* How a venue is reached: the real network, or in simulation a link to a model of the venue. */
struct connector {
	struct endpoint *(*endpoint)(void *user, const struct endpoint_options *options,
				     struct error *err);
	void *user;
};
struct connector connector_of_network(struct network *network);

struct venue_connection {
	struct endpoint *endpoint; /* owned by whoever asked, until a client takes it */
	bool with_account;	   /* false: market data only, no key is looked for */
	bool testnet;
	uint64_t seed;
};

struct venue_adapter {
	const char *name;			 /* as in [venue NAME] and in instrument names */
	const char *rest_url[2], *socket_url[2]; /* [0] mainnet, [1] testnet */
	const char *keep_warm_target;
	/* Makes the client; takes the endpoint in every case. The key is read, copied and wiped. */
	struct exchange_client *(*create)(const struct config *config,
					  const struct config_venue *venue, venue_id id,
					  struct venue_connection connection,
					  struct scheduler *scheduler,
					  struct instrument_table *instruments, struct error *err);
};

/* NULL: no such venue. */
const struct venue_adapter *venue_adapter_find(const char *name);
size_t venue_adapter_count(void);
const struct venue_adapter *venue_adapter_at(size_t index);

/* rest_url and socket_url of the options (borrowed from table or configuration), and whether they
 * are a testnet's. False with err: addresses that this mode does not allow. */
bool venue_choose_urls(const struct config *config, const struct config_venue *venue,
		       const struct venue_adapter *adapter, struct endpoint_options *options,
		       bool *testnet, struct error *err);

/*
 * The connected, not yet started client of a configured venue; it owns the endpoint, which is also
 * put into *endpoint for its statistics. Paper, scan and the like use public data without an
 * account. Errors name file and line.
 */
struct exchange_client *venue_connect(const struct config *config, const struct config_venue *venue,
				      bool with_account, const struct connector *connector,
				      struct scheduler *scheduler,
				      struct instrument_table *instruments,
				      struct endpoint **endpoint, struct error *err);

#endif
