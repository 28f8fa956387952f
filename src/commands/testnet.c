/* fundarb testnet --config FILE [--plain] [--for 90s] */
#include "config/testnet_config.h"
#include "core/base/decimal.h"
#include "core/base/log.h"
#include "core/base/utc.h"
#include "core/net/local_authority.h"
#include "core/net/server.h"
#include "src/commands/commands.h"
#include "src/testnet_identity.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HOST "127.0.0.1"

enum { LIGHTER, HYPERLIQUID, ADMIN, SERVERS };

static const struct {
	const char *name, *socket_path;
} SERVED[SERVERS] = {
	{TESTNET_LIGHTER, "/stream"}, {TESTNET_HYPERLIQUID, "/ws"}, {TESTNET_ADMIN, NULL}};

struct running {
	struct testnet_config config;
	struct testnet_identity identities[TESTNET_ACCOUNTS_MAX];
	struct testnet_account accounts[TESTNET_ACCOUNTS_MAX];
	const char *coins[TESTNET_LIST_MAX], *recordings[TESTNET_LIST_MAX],
		*faults[TESTNET_LIST_MAX];
	struct scheduler *scheduler;
	struct network *network;
	struct testnet *testnet;
	struct server *servers[SERVERS];
	char ca_file[PATH_MAX], certificate_file[TESTNET_TEXT_MAX + 16],
		key_file[TESTNET_TEXT_MAX + 16];
};

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb testnet: %s\n", problem);
	fprintf(stderr, "usage: fundarb testnet --config FILE [--plain] [--for 90s]\n");
	return EXIT_USAGE;
}

/* "90s", "15m", "2h". */
static bool duration(const char *text, int64_t *ns)
{
	size_t length = strlen(text);
	int64_t number;
	if (length < 2 || decimal_parse_i64(text, length - 1, 0, &number) != DECIMAL_OK ||
	    number < 1 || number > 1000000)
		return false;
	switch (text[length - 1]) {
	case 's':
		*ns = number * NS_PER_SECOND;
		return true;
	case 'm':
		*ns = number * NS_PER_MINUTE;
		return true;
	case 'h':
		*ns = number * NS_PER_HOUR;
		return true;
	default:
		return false;
	}
}

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

static struct testnet_options options_of(struct running *running)
{
	const struct testnet_config *config = &running->config;
	static const char SOURCES[] = {0, 'a', 'b'};
	struct testnet_options options = testnet_defaults();
	options.seed = config->seed;
	options.listing.coin_count = texts_of(&config->coins, running->coins);
	options.listing.coins = running->coins;
	options.listing.extra_coins = config->extra_coins;
	options.listing.funding_interval_ns = config->funding_interval_ns;
	options.feed = feed_of(config);
	options.lighter = venue_of(&config->lighter);
	options.hyperliquid = venue_of(&config->hyperliquid);
	options.hyperliquid_source = SOURCES[config->hyperliquid_source];
	options.rate_limits = config->rate_limits;
	options.accounts = running->accounts;
	options.account_count = config->account_count;
	options.recording_count = texts_of(&config->recordings, running->recordings);
	options.recordings = running->recordings;
	options.fault_count = texts_of(&config->faults, running->faults);
	options.faults = running->faults;
	return options;
}

static bool read_configuration(struct running *running, const char *path, struct error *err)
{
	if (!testnet_config_load(path, &running->config, err))
		return false;
	for (size_t i = 0; i < running->config.account_count; i++) {
		if (!testnet_identity_of(&running->config, i, &running->identities[i], err))
			return false;
		running->accounts[i] = running->identities[i].account;
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
	return true;
}

static bool prepare_certificates(struct running *running, struct error *err)
{
	const char *folder = running->config.state_directory.text;
	snprintf(running->ca_file, sizeof(running->ca_file), "%s/ca.pem", folder);
	snprintf(running->certificate_file, sizeof(running->certificate_file), "%s/server.pem",
		 folder);
	snprintf(running->key_file, sizeof(running->key_file), "%s/server.key", folder);
	return make_folders(folder, err) &&
	       local_authority_prepare(folder, scheduler_now(running->scheduler), err);
}

/* Whoever reads the line may stand in another folder. */
static void absolute_path(char *path, size_t size)
{
	char *whole = realpath(path, NULL);
	if (whole != NULL && strlen(whole) < size)
		snprintf(path, size, "%s", whole);
	free(whole);
}

static bool start_servers(struct running *running, struct error *err)
{
	const struct testnet_config *config = &running->config;
	int ports[SERVERS] = {(int)config->lighter.port, (int)config->hyperliquid.port,
			      (int)config->admin_port};
	for (int i = 0; i < SERVERS; i++) {
		/* The admin endpoint is for curl and scripts: always plain. */
		bool tls = config->tls && i != ADMIN;
		struct server_options options = {.name = SERVED[i].name,
						 .port = ports[i],
						 .certificate_file =
							 tls ? running->certificate_file : NULL,
						 .key_file = tls ? running->key_file : NULL,
						 .compression = true};
		running->servers[i] =
			server_start(running->network, &options,
				     testnet_service(running->testnet, SERVED[i].name), err);
		if (running->servers[i] == NULL)
			return false;
	}
	return true;
}

/* ---- the line at the start ---------------------------------------------------------------------
 */

static cJSON *add_urls(cJSON *line, const struct running *running, int which)
{
	char url[64];
	cJSON *served = cJSON_AddObjectToObject(line, SERVED[which].name);
	bool tls = running->config.tls && which != ADMIN;
	int port = server_port(running->servers[which]);
	snprintf(url, sizeof(url), "%s://%s:%d", tls ? "https" : "http", HOST, port);
	cJSON_AddStringToObject(served, "rest_url", url);
	if (SERVED[which].socket_path != NULL) {
		snprintf(url, sizeof(url), "%s://%s:%d%s", tls ? "wss" : "ws", HOST, port,
			 SERVED[which].socket_path);
		cJSON_AddStringToObject(served, "socket_url", url);
	}
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

static void print_line(const struct running *running)
{
	cJSON *line = cJSON_CreateObject();
	cJSON *lighter = cJSON_AddArrayToObject(add_urls(line, running, LIGHTER), "accounts");
	cJSON *hyperliquid =
		cJSON_AddArrayToObject(add_urls(line, running, HYPERLIQUID), "accounts");
	for (size_t i = 0; i < running->config.account_count; i++) {
		add_lighter_account(lighter, &running->identities[i]);
		add_hyperliquid_account(hyperliquid, &running->identities[i]);
	}
	add_urls(line, running, ADMIN);
	cJSON_AddStringToObject(line, "ca_file", running->config.tls ? running->ca_file : "");
	char *text = cJSON_PrintUnformatted(line);
	if (text == NULL)
		abort();
	printf("%s\n", text);
	fflush(stdout);
	cJSON_free(text);
	cJSON_Delete(line);
}

/* ---- running -----------------------------------------------------------------------------------
 */

static void on_signal(void *user, int signal)
{
	(void)signal;
	scheduler_stop(user);
}

static bool start(struct running *running, struct error *err)
{
	int64_t now_ns = network_realtime_ns();
	running->scheduler = scheduler_create(now_ns);
	if (running->scheduler == NULL)
		return error_set(err, ERROR_LIMIT, "out of memory");
	log_set_clock(scheduler_log_clock, running->scheduler);
	running->network = network_create(running->scheduler, err);
	if (running->network == NULL ||
	    (running->config.tls && !prepare_certificates(running, err)))
		return false;
	struct testnet_options options = options_of(running);
	running->testnet = testnet_create(&options, running->scheduler, err);
	if (running->testnet == NULL || !start_servers(running, err))
		return false;
	testnet_start(running->testnet);
	return true;
}

static void stop(struct running *running)
{
	for (int i = 0; i < SERVERS; i++)
		server_stop(running->servers[i]);
	testnet_free(running->testnet);
	if (running->network != NULL)
		network_free(running->network);
	log_set_clock(NULL, NULL);
	if (running->scheduler != NULL)
		scheduler_free(running->scheduler);
	free(running);
}

static int run(struct running *running, int64_t for_ns)
{
	struct error err = {0};
	if (!start(running, &err)) {
		fprintf(stderr, "fundarb testnet: %s\n", err.text);
		stop(running);
		return err.category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
	}
	network_stop_on_signals(running->network, on_signal, running->scheduler);
	absolute_path(running->ca_file, sizeof(running->ca_file));
	print_line(running);
	int64_t until_ns;
	if (__builtin_add_overflow(scheduler_now(running->scheduler), for_ns, &until_ns))
		until_ns = INT64_MAX;
	network_run(running->network, until_ns);
	stop(running);
	return EXIT_OK;
}

int command_testnet(int argc, char **argv)
{
	static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
						{"plain", no_argument, NULL, 'p'},
						{"for", required_argument, NULL, 'f'},
						{NULL, 0, NULL, 0}};
	const char *path = NULL;
	bool plain = false;
	int64_t for_ns = INT64_MAX;
	struct error err = {0};
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'c')
			path = optarg;
		else if (option == 'p')
			plain = true;
		else if (option != 'f' || !duration(optarg, &for_ns))
			return usage("unknown option, or a duration that is not 90s, 15m or 2h");
	}
	if (path == NULL || optind < argc)
		return usage("--config FILE is needed, and nothing after the options");
	struct running *running = calloc(1, sizeof(*running));
	if (running == NULL)
		abort();
	if (!read_configuration(running, path, &err)) {
		fprintf(stderr, "fundarb testnet: %s\n", err.text);
		free(running);
		return EXIT_USAGE;
	}
	running->config.tls = running->config.tls && !plain;
	return run(running, for_ns);
}
