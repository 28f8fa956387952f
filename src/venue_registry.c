#include "src/venue_registry.h"

#include "core/base/decimal.h"
#include "exchanges/hyperliquid/hyperliquid_client.h"
#include "exchanges/lighter/lighter_client.h"
#include "src/secret.h"
#include <stdio.h>
#include <string.h>

#define WARM_CONNECTIONS 2 /* two orders may leave at once */
/* Resting orders of Lighter need at least five minutes at the venue; our own timer is shorter. */
#define LIGHTER_ORDER_EXPIRY_NS (6 * INT64_C(60000000000))

static bool fail(const struct config *config, const struct config_venue *venue, struct error *err)
{
	error_prefix(err, "%s:%d: [venue %s]", config->path, venue->line, venue->name);
	return false;
}

/* The folder that relative key files are resolved against. */
static const char *folder_of(const struct config *config, char folder[CONFIG_TEXT_MAX])
{
	const char *slash = strrchr(config->path, '/');
	snprintf(folder, CONFIG_TEXT_MAX, "%.*s", slash ? (int)(slash - config->path) : 0,
		 config->path);
	return folder;
}

static bool load_key(const struct config *config, const struct config_venue *venue,
		     struct secret *secret, struct error *err)
{
	char folder[CONFIG_TEXT_MAX];
	if (venue->key[0] == '\0')
		return error_set(err, ERROR_CONFIGURATION,
				 "key is missing: env:NAME, file:PATH or credential:NAME");
	if (!secret_load(venue->key, folder_of(config, folder), secret, err)) {
		error_prefix(err, "key");
		return false;
	}
	return true;
}

/* ---- Lighter --------------------------------------------------------------------------------- */

static bool lighter_account(const struct config *config, const struct config_venue *venue,
			    struct lighter_client_options *options, struct error *err)
{
	struct secret secret;
	if (decimal_parse_i64(venue->account, strlen(venue->account), 0, &options->account_index) !=
		    DECIMAL_OK ||
	    options->account_index < 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "account = '%s': Lighter's is an account index, a whole number",
				 venue->account);
	if (!load_key(config, venue, &secret, err))
		return false;
	bool loaded = lighter_key_load(secret.text, &options->key, err);
	secret_wipe(&secret);
	return loaded;
}

static struct exchange_client *create_lighter(const struct config *config,
					      const struct config_venue *venue, venue_id id,
					      struct venue_connection connection,
					      struct scheduler *scheduler,
					      struct instrument_table *instruments,
					      struct error *err)
{
	struct lighter_client_options options = {
		.venue = id,
		.chain_id = connection.testnet ? LIGHTER_CHAIN_TESTNET : LIGHTER_CHAIN_MAINNET,
		.endpoint = connection.endpoint,
		.has_account = connection.with_account,
		.api_key_index = venue->api_key_index,
		.premium = venue->premium,
		.seed = connection.seed,
		.order_expiry_ns = LIGHTER_ORDER_EXPIRY_NS,
		.funding_interval_ns = venue->funding_interval_ns,
	};
	if (connection.with_account && !lighter_account(config, venue, &options, err)) {
		endpoint_free(connection.endpoint);
		return NULL;
	}
	struct exchange_client *client =
		lighter_client_create(&options, scheduler, instruments, err);
	lighter_key_wipe(&options.key);
	if (!client)
		endpoint_free(connection.endpoint);
	return client;
}

/* ---- Hyperliquid ----------------------------------------------------------------------------- */

static bool hyperliquid_account(const struct config *config, const struct config_venue *venue,
				struct hyperliquid_client_options *options, struct error *err)
{
	struct secret secret;
	if (!hyperliquid_address_parse(venue->account, options->account))
		return error_set(
			err, ERROR_CONFIGURATION,
			"account = '%s': Hyperliquid's is an address, 0x and 40 hex digits",
			venue->account);
	options->has_vault = venue->vault[0] != '\0';
	if (options->has_vault && !hyperliquid_address_parse(venue->vault, options->vault))
		return error_set(err, ERROR_CONFIGURATION,
				 "vault = '%s' is not an address, 0x and 40 hex digits",
				 venue->vault);
	if (options->has_vault)
		memcpy(options->account, options->vault, sizeof(options->account));
	if (!load_key(config, venue, &secret, err))
		return false;
	bool loaded = hyperliquid_key_load(secret.text, &options->key, err);
	secret_wipe(&secret);
	return loaded;
}

/* Ours are told from a person's by it; the same in every run, so that nothing is forgotten. */
#define CLOID_PREFIX UINT64_C(0x66756e6461726200) /* "fundarb" */

static struct exchange_client *create_hyperliquid(const struct config *config,
						  const struct config_venue *venue, venue_id id,
						  struct venue_connection connection,
						  struct scheduler *scheduler,
						  struct instrument_table *instruments,
						  struct error *err)
{
	struct hyperliquid_client_options options = {
		.venue = id,
		.mainnet = !connection.testnet,
		.endpoint = connection.endpoint,
		.has_account = connection.with_account,
		.cloid_prefix = CLOID_PREFIX,
		.funding_interval_ns = venue->funding_interval_ns,
		.seed = connection.seed,
	};
	if (connection.with_account && !hyperliquid_account(config, venue, &options, err)) {
		endpoint_free(connection.endpoint);
		return NULL;
	}
	struct exchange_client *client =
		hyperliquid_client_create(&options, scheduler, instruments, err);
	hyperliquid_key_wipe(&options.key);
	return client;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct venue_adapter ADAPTERS[] = {
	{"lighter",
	 {"https://mainnet.zklighter.elliot.ai", "https://testnet.zklighter.elliot.ai"},
	 {"wss://mainnet.zklighter.elliot.ai/stream", "wss://testnet.zklighter.elliot.ai/stream"},
	 "/",
	 create_lighter},
	{"hyperliquid",
	 {"https://api.hyperliquid.xyz", "https://api.hyperliquid-testnet.xyz"},
	 {"wss://api.hyperliquid.xyz/ws", "wss://api.hyperliquid-testnet.xyz/ws"},
	 "/",
	 create_hyperliquid},
};

size_t venue_adapter_count(void)
{
	return sizeof(ADAPTERS) / sizeof(ADAPTERS[0]);
}

const struct venue_adapter *venue_adapter_at(size_t index)
{
	return &ADAPTERS[index];
}

const struct venue_adapter *venue_adapter_find(const char *name)
{
	for (size_t i = 0; i < venue_adapter_count(); i++)
		if (strcmp(ADAPTERS[i].name, name) == 0)
			return &ADAPTERS[i];
	return NULL;
}

static bool on_loopback(const char *url)
{
	static const char *const HOSTS[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	for (size_t i = 0; i < sizeof(HOSTS) / sizeof(HOSTS[0]); i++) {
		size_t length = strlen(HOSTS[i]);
		if (strncmp(host, HOSTS[i], length) == 0 &&
		    (host[length] == ':' || host[length] == '/' || host[length] == '\0'))
			return true;
	}
	return false;
}

/* The venue's own hosts of this mode, or a local testnet's; nothing else. */
bool venue_choose_urls(const struct config *config, const struct config_venue *venue,
		       const struct venue_adapter *adapter, struct endpoint_options *options,
		       bool *testnet, struct error *err)
{
	bool local = venue->rest_url[0] != '\0' || venue->socket_url[0] != '\0';
	*testnet = config->mode == CONFIG_TESTNET || local;
	options->rest_url = adapter->rest_url[*testnet];
	options->socket_url = adapter->socket_url[*testnet];
	if (!local)
		return true;
	if (config->mode == CONFIG_LIVE)
		return error_set(err, ERROR_CONFIGURATION,
				 "rest_url and socket_url are for a local testnet; mode = live "
				 "takes the venue's own");
	if (!on_loopback(venue->rest_url) || !on_loopback(venue->socket_url))
		return error_set(err, ERROR_CONFIGURATION,
				 "rest_url and socket_url are given together and name a local "
				 "testnet (127.0.0.1 or localhost); the venue's own hosts are "
				 "built in: mode chooses them");
	options->rest_url = venue->rest_url;
	options->socket_url = venue->socket_url;
	return true;
}

static struct endpoint *endpoint_of_network(void *user, const struct endpoint_options *options,
					    struct error *err)
{
	return network_endpoint(user, options, err);
}

struct connector connector_of_network(struct network *network)
{
	return (struct connector){endpoint_of_network, network};
}

struct exchange_client *venue_connect(const struct config *config, const struct config_venue *venue,
				      bool with_account, const struct connector *connector,
				      struct scheduler *scheduler,
				      struct instrument_table *instruments,
				      struct endpoint **endpoint, struct error *err)
{
	const struct venue_adapter *adapter = venue_adapter_find(venue->name);
	struct endpoint_options options = {
		.name = venue->name,
		.ca_file = venue->ca_file,
		.proxy = venue->proxy,
		.warm_connections = WARM_CONNECTIONS,
	};
	struct venue_connection connection = {.with_account = with_account, .seed = config->seed};
	if (!adapter) {
		error_set(err, ERROR_CONFIGURATION, "there is no adapter for this venue");
		fail(config, venue, err);
		return NULL;
	}
	venue_id id = instrument_table_venue(instruments, venue->name);
	options.keep_warm_target = adapter->keep_warm_target;
	if (id == 0 ||
	    !venue_choose_urls(config, venue, adapter, &options, &connection.testnet, err) ||
	    !(connection.endpoint = connector->endpoint(connector->user, &options, err))) {
		fail(config, venue, err);
		return NULL;
	}
	connection.seed += id;
	*endpoint = connection.endpoint;
	struct exchange_client *client =
		adapter->create(config, venue, id, connection, scheduler, instruments, err);
	if (!client)
		fail(config, venue, err);
	return client;
}
