#include "core/base/log.h"
#include "src/commands/commands.h"
#include "src/local_testnet.h"

#include <stdio.h>

struct arguments {
	const char *config;
	struct local_testnet_options options;
	int64_t for_ns;
};

static const struct command_option TABLE[] = {
	{"config", OPTION_TEXT, offsetof(struct arguments, config), "FILE",
	 .meaning = "the testnet's own file, e.g. config/testnet.ini (docs/testnet.md)",
	 .needed = true},
	{"plain", OPTION_FLAG, offsetof(struct arguments, options.plain), NULL,
	 .meaning = "without TLS"},
	{"for", OPTION_DURATION, offsetof(struct arguments, for_ns), "90s",
	 .meaning = "end by itself: 90s, 15m, 2h"},
};

const struct command_options TESTNET_OPTIONS = {
	.name = "testnet",
	.options = TABLE,
	.count = sizeof(TABLE) / sizeof(TABLE[0]),
	.meaning = "serve Lighter and Hyperliquid on this machine, with a market and faults of "
		   "their own",
	.before = "Prints one line of JSON with addresses and test keys, then serves on 127.0.0.1\n"
		  "until SIGINT.\n",
};

static void on_signal(void *user, int signal)
{
	(void)signal;
	scheduler_stop(user);
}

static bool serve(const char *path, const struct local_testnet_options *options,
		  struct scheduler *scheduler, struct network *network, int64_t for_ns,
		  struct error *err)
{
	struct local_testnet *testnet = local_testnet_serve(path, options, scheduler, network, err);
	if (!testnet)
		return false;
	network_stop_on_signals(network, on_signal, scheduler);
	local_testnet_print(testnet, stdout);
	int64_t until_ns;
	if (__builtin_add_overflow(scheduler_now(scheduler), for_ns, &until_ns))
		until_ns = INT64_MAX;
	network_run(network, until_ns);
	local_testnet_stop(testnet);
	return true;
}

static int run(const char *path, const struct local_testnet_options *options, int64_t for_ns)
{
	struct error err = {0};
	int code = EXIT_OK;
	struct scheduler *scheduler = scheduler_create(network_realtime_ns());
	struct network *network = scheduler ? network_create(scheduler, &err) : NULL;
	log_set_clock(scheduler_log_clock, scheduler);
	if (!network || !serve(path, options, scheduler, network, for_ns, &err)) {
		fprintf(stderr, "fundarb testnet: %s\n", err.text);
		code = err.category == ERROR_CONFIGURATION ? EXIT_USAGE : EXIT_FAILED;
	}
	network_free(network);
	log_set_clock(NULL, NULL);
	scheduler_free(scheduler);
	return code;
}

int command_testnet(int argc, char **argv)
{
	struct arguments arguments = {.for_ns = INT64_MAX};
	int code;
	if (!command_options_parse(&TESTNET_OPTIONS, argc, argv, &arguments, &code))
		return code;
	return run(arguments.config, &arguments.options, arguments.for_ns);
}
