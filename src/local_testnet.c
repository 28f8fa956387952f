#include "src/local_testnet.h"

#include "config/testnet_config.h"
#include "core/base/utc.h"
#include "core/net/local_authority.h"
#include "core/net/server.h"
#include "src/testnet_identity.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST	"127.0.0.1"
#define URL_MAX 64

enum { LIGHTER, HYPERLIQUID, ADMIN, SERVERS };

static const struct {
	const char *name, *socket_path;
} SERVED[SERVERS] = {
	{TESTNET_LIGHTER, "/stream"}, {TESTNET_HYPERLIQUID, "/ws"}, {TESTNET_ADMIN, NULL}};

struct local_testnet {
	struct testnet_config config;
	struct testnet_identity identities[TESTNET_ACCOUNTS_MAX];
	struct testnet_account accounts[TESTNET_ACCOUNTS_MAX];
	const char *coins[TESTNET_LIST_MAX], *recordings[TESTNET_LIST_MAX],
		*faults[TESTNET_LIST_MAX];
	struct scheduler *scheduler; /* borrowed */
	struct network *network;     /* borrowed; NULL when simulated */
	struct testnet *model;
	struct server *servers[SERVERS];     /* served */
	struct virtual_link *links[SERVERS]; /* simulated */
	char ca_file[TESTNET_TEXT_MAX + 16], certificate_file[TESTNET_TEXT_MAX + 16],
		key_file[TESTNET_TEXT_MAX + 16];
};

/* ---- what the configuration asks for -----------------------------------------------------------
 */

static size_t texts_of(const struct testnet_list *list, const char *out[TESTNET_LIST_MAX])
{
	for (size_t i = 0; i < list->count; i++)
		out[i] = list->entries[i].text;
	return list->count;
}

static struct testnet_venue_options venue_of(const struct testnet_config_venue *venue)
{
	return (struct testnet_venue_options){.taker_delay_ns = venue->taker_delay_ns,
					      .maker_delay_ns = venue->maker_delay_ns,
					      .cancel_delay_ns = venue->cancel_delay_ns,
					      .default_leverage = (int32_t)venue->leverage,
					      .spread_tenth_bp = venue->spread_tenth_bp,
					      .book_interval_ns = venue->book_interval_ns,
					      .slow_book_interval_ns =
						      venue->slow_book_interval_ns};
}

static struct market_feed_options feed_of(const struct testnet_config *config)
{
	return (struct market_feed_options){.seed = config->seed,
					    .book_interval_ns = config->feed_book_interval_ns,
					    .mark_interval_ns = config->mark_interval_ns,
					    .levels = config->levels,
					    .thin_percent = config->thin_percent,
					    .volatility_bp = config->volatility_bp,
					    .gaps_per_day = config->gaps_per_day,
					    .gap_bp = config->gap_bp,
					    .trades_per_minute = config->trades_per_minute,
					    .regime = (enum feed_regime)config->regime};
}

static struct testnet_options options_of(struct local_testnet *testnet)
{
	const struct testnet_config *config = &testnet->config;
	static const char SOURCES[] = {0, 'a', 'b'};
	struct testnet_options options = testnet_defaults();
	options.seed = config->seed;
	options.listing.coin_count = texts_of(&config->coins, testnet->coins);
	options.listing.coins = testnet->coins;
	options.listing.extra_coins = config->extra_coins;
	options.listing.funding_interval_ns = config->funding_interval_ns;
	options.feed = feed_of(config);
	options.lighter = venue_of(&config->lighter);
	options.hyperliquid = venue_of(&config->hyperliquid);
	options.hyperliquid_source = SOURCES[config->hyperliquid_source];
	options.rate_limits = config->rate_limits;
	options.accounts = testnet->accounts;
	options.account_count = config->account_count;
	options.recording_count = texts_of(&config->recordings, testnet->recordings);
	options.recordings = testnet->recordings;
	options.fault_count = texts_of(&config->faults, testnet->faults);
	options.faults = testnet->faults;
	return options;
}

static bool read_configuration(struct local_testnet *testnet, const char *path, struct error *err)
{
	if (!testnet_config_load(path, &testnet->config, err))
		return false;
	for (size_t i = 0; i < testnet->config.account_count; i++) {
		if (!testnet_identity_of(&testnet->config, i, &testnet->identities[i], err))
			return false;
		testnet->accounts[i] = testnet->identities[i].account;
	}
	return true;
}

/* ---- servers -----------------------------------------------------------------------------------
 */

static bool make_folders(const char *path, struct error *err)
{
	char folder[TESTNET_TEXT_MAX + 1];
	snprintf(folder, sizeof(folder), "%s", path);
	for (char *at = folder + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return error_set(err, ERROR_CONFIGURATION, "cannot make %s: %s", folder,
					 strerror(errno));
		*at = '/';
	}
	return mkdir(folder, 0700) == 0 || errno == EEXIST ||
	       error_set(err, ERROR_CONFIGURATION, "cannot make %s: %s", folder, strerror(errno));
}

/* Whoever reads the printed line may stand in another folder. */
static void make_absolute(char *path, size_t size)
{
	char *whole = realpath(path, NULL);
	if (whole && strlen(whole) < size)
		snprintf(path, size, "%s", whole);
	free(whole);
}

static bool prepare_certificates(struct local_testnet *testnet, struct error *err)
{
	const char *folder = testnet->config.state_directory.text;
	snprintf(testnet->ca_file, sizeof(testnet->ca_file), "%s/ca.pem", folder);
	snprintf(testnet->certificate_file, sizeof(testnet->certificate_file), "%s/server.pem",
		 folder);
	snprintf(testnet->key_file, sizeof(testnet->key_file), "%s/server.key", folder);
	if (!local_authority_prepare(folder, scheduler_now(testnet->scheduler), err))
		return false;
	make_absolute(testnet->ca_file, sizeof(testnet->ca_file));
	return true;
}

static bool start_servers(struct local_testnet *testnet, struct error *err)
{
	const struct testnet_config *config = &testnet->config;
	int ports[SERVERS] = {(int)config->lighter.port, (int)config->hyperliquid.port,
			      (int)config->admin_port};
	for (int i = 0; i < SERVERS; i++) {
		/* The admin endpoint is for curl and scripts: always plain. */
		bool tls = config->tls && i != ADMIN;
		struct server_options options = {.name = SERVED[i].name,
						 .port = ports[i],
						 .certificate_file =
							 tls ? testnet->certificate_file : NULL,
						 .key_file = tls ? testnet->key_file : NULL,
						 .compression = true};
		testnet->servers[i] =
			server_start(testnet->network, &options,
				     testnet_service(testnet->model, SERVED[i].name), err);
		if (testnet->servers[i] == NULL)
			return false;
	}
	return true;
}

/* ---- addresses, accounts, keys ----------------------------------------------------------------
 */

static void urls_of(const struct local_testnet *testnet, int which, char rest[URL_MAX],
		    char socket[URL_MAX])
{
	bool tls = testnet->config.tls && which != ADMIN;
	/* A simulated venue needs no port; the name alone says that it is on this machine. */
	int port = testnet->servers[which] ? server_port(testnet->servers[which]) : 1 + which;
	snprintf(rest, URL_MAX, "%s://%s:%d", tls ? "https" : "http", HOST, port);
	snprintf(socket, URL_MAX, "%s://%s:%d%s", tls ? "wss" : "ws", HOST, port,
		 SERVED[which].socket_path ? SERVED[which].socket_path : "");
}

static cJSON *add_urls(cJSON *line, const struct local_testnet *testnet, int which)
{
	char rest[URL_MAX], socket[URL_MAX];
	cJSON *served = cJSON_AddObjectToObject(line, SERVED[which].name);
	urls_of(testnet, which, rest, socket);
	cJSON_AddStringToObject(served, "rest_url", rest);
	if (SERVED[which].socket_path != NULL)
		cJSON_AddStringToObject(served, "socket_url", socket);
	return served;
}

static void add_lighter_account(cJSON *list, const struct testnet_identity *identity)
{
	const struct lighter_service_account *account = &identity->account.lighter;
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "name", identity->name);
	cJSON_AddNumberToObject(object, "account_index", (double)account->account_index);
	cJSON_AddNumberToObject(object, "api_key_index", account->keys[0].api_key_index);
	cJSON_AddStringToObject(object, "private_key", identity->lighter_key);
	cJSON_AddStringToObject(object, "l1_address", account->l1_address);
	cJSON_AddItemToArray(list, object);
}

static void add_hyperliquid_account(cJSON *list, const struct testnet_identity *identity)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "name", identity->name);
	cJSON_AddStringToObject(object, "address", identity->wallet_address);
	cJSON_AddStringToObject(object, "agent_address", identity->agent_address);
	cJSON_AddStringToObject(object, "private_key", identity->agent_key);
	cJSON_AddItemToArray(list, object);
}

void local_testnet_print(const struct local_testnet *testnet, FILE *out)
{
	cJSON *line = cJSON_CreateObject();
	cJSON *lighter = cJSON_AddArrayToObject(add_urls(line, testnet, LIGHTER), "accounts");
	cJSON *hyperliquid =
		cJSON_AddArrayToObject(add_urls(line, testnet, HYPERLIQUID), "accounts");
	for (size_t i = 0; i < testnet->config.account_count; i++) {
		add_lighter_account(lighter, &testnet->identities[i]);
		add_hyperliquid_account(hyperliquid, &testnet->identities[i]);
	}
	add_urls(line, testnet, ADMIN);
	cJSON_AddStringToObject(line, "ca_file", testnet->config.tls ? testnet->ca_file : "");
	char *text = cJSON_PrintUnformatted(line);
	if (text == NULL)
		abort();
	fprintf(out, "%s\n", text);
	fflush(out);
	cJSON_free(text);
	cJSON_Delete(line);
}

/* A key as a file that only its owner may read; the path, absolute, goes into `source`. */
static bool write_key(const struct local_testnet *testnet, const char *name, const char *key,
		      char source[CONFIG_TEXT_MAX], struct error *err)
{
	char path[TESTNET_TEXT_MAX + 64], folder[PATH_MAX];
	if (!realpath(testnet->config.state_directory.text, folder))
		return error_set(err, ERROR_IO, "%s: %s", testnet->config.state_directory.text,
				 strerror(errno));
	int length = snprintf(source, CONFIG_TEXT_MAX, "file:%s/%s.key", folder, name);
	if (length >= CONFIG_TEXT_MAX)
		return error_set(err, ERROR_CONFIGURATION, "%s: the path is too long", folder);
	snprintf(path, sizeof(path), "%s", source + strlen("file:"));
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool written = file >= 0 && fchmod(file, 0600) == 0 &&
		       write(file, key, strlen(key)) == (ssize_t)strlen(key);
	if (file >= 0)
		written = close(file) == 0 && written;
	return written || error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
}

static bool configure_venue(const struct local_testnet *testnet, struct config_venue *venue,
			    struct error *err)
{
	const struct testnet_identity *identity = &testnet->identities[0];
	int which = strcmp(venue->name, TESTNET_LIGHTER) == 0	    ? LIGHTER
		    : strcmp(venue->name, TESTNET_HYPERLIQUID) == 0 ? HYPERLIQUID
								    : SERVERS;
	if (which == SERVERS || venue->rest_url[0] != '\0')
		return true;
	urls_of(testnet, which, venue->rest_url, venue->socket_url);
	if (testnet->config.tls && strlen(testnet->ca_file) >= sizeof(venue->ca_file))
		return error_set(err, ERROR_CONFIGURATION, "%s: the path is too long",
				 testnet->ca_file);
	if (testnet->config.tls)
		memcpy(venue->ca_file, testnet->ca_file, strlen(testnet->ca_file) + 1);
	venue->funding_interval_ns = testnet->config.funding_interval_ns;
	if (testnet->config.account_count == 0 || venue->account[0] != '\0')
		return true;
	if (which == LIGHTER) {
		snprintf(venue->account, sizeof(venue->account), "%lld",
			 (long long)identity->account.lighter.account_index);
		venue->api_key_index = identity->account.lighter.keys[0].api_key_index;
		venue->premium = identity->account.lighter.premium;
		return write_key(testnet, venue->name, identity->lighter_key, venue->key, err);
	}
	snprintf(venue->account, sizeof(venue->account), "%s", identity->wallet_address);
	return write_key(testnet, venue->name, identity->agent_key, venue->key, err);
}

bool local_testnet_configure(const struct local_testnet *testnet, struct config *config,
			     struct error *err)
{
	for (size_t i = 0; i < config->venue_count; i++)
		if (!configure_venue(testnet, &config->venues[i], err))
			return false;
	return true;
}

/* ---- making and ending ----------------------------------------------------------------------- */

static struct local_testnet *create(const char *path, struct scheduler *scheduler,
				    struct error *err)
{
	struct local_testnet *testnet = calloc(1, sizeof(*testnet));
	if (!testnet) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	testnet->scheduler = scheduler;
	if (read_configuration(testnet, path, err) &&
	    make_folders(testnet->config.state_directory.text, err))
		return testnet;
	free(testnet);
	return NULL;
}

static bool make_model(struct local_testnet *testnet, struct error *err)
{
	struct testnet_options options = options_of(testnet);
	testnet->model = testnet_create(&options, testnet->scheduler, err);
	return testnet->model != NULL;
}

struct local_testnet *local_testnet_serve(const char *path,
					  const struct local_testnet_options *options,
					  struct scheduler *scheduler, struct network *network,
					  struct error *err)
{
	struct local_testnet *testnet = create(path, scheduler, err);
	if (!testnet)
		return NULL;
	testnet->network = network;
	testnet->config.tls = testnet->config.tls && !options->plain;
	if ((testnet->config.tls && !prepare_certificates(testnet, err)) ||
	    !make_model(testnet, err) || !start_servers(testnet, err)) {
		local_testnet_stop(testnet);
		return NULL;
	}
	testnet_start(testnet->model);
	return testnet;
}

struct local_testnet *local_testnet_simulate(const char *path, struct scheduler *scheduler,
					     const struct virtual_link_options *links,
					     struct error *err)
{
	struct local_testnet *testnet = create(path, scheduler, err);
	if (!testnet)
		return NULL;
	testnet->config.tls = false;
	bool made = make_model(testnet, err);
	for (int i = 0; made && i < SERVERS; i++) {
		struct virtual_link_options link = *links;
		link.socket_target = SERVED[i].socket_path;
		testnet->links[i] = virtual_link_create(
			scheduler, &link, testnet_service(testnet->model, SERVED[i].name));
		made = testnet->links[i] || error_set(err, ERROR_LIMIT, "out of memory");
	}
	if (!made) {
		local_testnet_stop(testnet);
		return NULL;
	}
	testnet_start(testnet->model);
	return testnet;
}

void local_testnet_stop(struct local_testnet *testnet)
{
	if (!testnet)
		return;
	for (int i = 0; i < SERVERS; i++) {
		server_stop(testnet->servers[i]);
		if (testnet->links[i])
			virtual_link_free(testnet->links[i]);
	}
	testnet_free(testnet->model);
	free(testnet);
}

struct testnet *local_testnet_model(struct local_testnet *testnet)
{
	return testnet->model;
}

struct virtual_link *local_testnet_link(struct local_testnet *testnet, const char *venue)
{
	for (int i = 0; i < SERVERS; i++)
		if (strcmp(SERVED[i].name, venue) == 0)
			return testnet->links[i];
	return NULL;
}

static struct endpoint *virtual_endpoint(void *user, const struct endpoint_options *options,
					 struct error *err)
{
	struct virtual_link *link = local_testnet_link(user, options->name);
	if (link)
		return virtual_link_endpoint(link);
	error_set(err, ERROR_CONFIGURATION, "the local testnet has no venue %s", options->name);
	return NULL;
}

struct connector local_testnet_connector(struct local_testnet *testnet)
{
	return (struct connector){virtual_endpoint, testnet};
}
