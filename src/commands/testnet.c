/* fundarb testnet --config FILE [--plain] [--for 90s] */
#include "core/base/log.h"
#include "src/commands/commands.h"
#include "src/local_testnet.h"

#include <getopt.h>
#include <stdio.h>

static int usage(const char *problem)
{
	fprintf(stderr, "fundarb testnet: %s\n", problem);
	fprintf(stderr, "usage: fundarb testnet --config FILE [--plain] [--for 90s]\n");
	return EXIT_USAGE;
}

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
	static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
						{"plain", no_argument, NULL, 'p'},
						{"for", required_argument, NULL, 'f'},
						{NULL, 0, NULL, 0}};
	const char *path = NULL;
	struct local_testnet_options options = {0};
	int64_t for_ns = INT64_MAX;
	opterr = 0;
	optind = 1;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		if (option == 'c')
			path = optarg;
		else if (option == 'p')
			options.plain = true;
		else if (option != 'f' || !duration_parse(optarg, &for_ns))
			return usage("unknown option, or a duration that is not 90s, 15m or 2h");
	}
	if (path == NULL || optind < argc)
		return usage("--config FILE is needed, and nothing after the options");
	return run(path, &options, for_ns);
}
