#include "tests/bench/tick_world.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/local_testnet.h"
#include "tests/support/scratch_folder.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_NS (150 * NS_PER_MS)

static void write_file(const char *path, const char *head, const char *folder, const char *tail)
{
	FILE *file = fopen(path, "we");
	if (!file || fprintf(file, "%sstate_directory = %s\n%s", head, folder, tail) < 0 ||
	    fclose(file) != 0) {
		perror(path);
		abort();
	}
}

static const char TESTNET[] = "funding_interval_seconds = 3600\nrate_limits = no\n"
			      "coins = ETH SOL\n"
			      "[market]\nvolatility_bp = 20\nfunding = one-sided\nmark_interval_ms "
			      "= 200\nbook_interval_ms = 10\n"
			      "trades_per_minute = 6000\nthin_percent = 10\n"
			      "[lighter]\nbook_interval_ms = 2\ntaker_delay_ms = 0\nmaker_delay_ms "
			      "= 0\ncancel_delay_ms = 0\n"
			      "[hyperliquid]\nbook_interval_ms = 10\ntaker_delay_ms = "
			      "0\nmaker_delay_ms = 0\ncancel_delay_ms = 0\n"
			      "[account bench]\ndeposit_usd = 10000000\nlighter_premium = yes\n"
			      "hyperliquid_traded_usd = 1000000000\n";
/* Only news of funding makes it look: the frame that triggers an opening is then known. */
static const char BOT[] =
	"log_level = alarm\nclose_on_exit = no\n[venue lighter]\n[venue hyperliquid]\n"
	"[risk]\nmaximum_positions = 1\n"
	"[strategy]\nnotional_usd = 200\nhorizon_hours = 168\nminimum_net_edge_bp = -500\n"
	"exit_edge_bp = -1000\nmaximum_basis_bp = 500\nidentity_required = no\n"
	"monitor_interval_seconds = 3600\nscan_interval_seconds = 3600\n"
	"settlement_window_seconds = 0\nhold_for_settlement_minutes = 0\ncool_down_minutes = 0\n"
	"maximum_age_hours = 0\n";
static const char MAKER[] = "[execution]\nmaker_entry = yes\nwork_seconds = 20\n";

static void check(bool ok, const char *what, const struct error *err)
{
	if (ok)
		return;
	fprintf(stderr, "tick world: %s: %s\n", what, err->text);
	abort();
}

/*
 * A venue is another machine: here it gets another core, where there is one. On one core the write
 * of an order would wake the testnet, which then goes first.
 */
static void keep_to_core(int core)
{
	cpu_set_t cores;
	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		sched_setaffinity(0, sizeof(cores), &cores);
}

/*
 * Loops at the lowest priority on the program's core and the testnet's: a core that sleeps takes
 * longer to wake than all that is measured, and a write then waits for the other's.
 */
static void keep_awake(pid_t loops[TICK_CORES])
{
	for (int core = 0; core < TICK_CORES; core++) {
		fflush(NULL);
		loops[core] = fork();
		if (loops[core] != 0)
			continue;
		const struct sched_param none = {0};
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		keep_to_core(core);
		if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
			_exit(0);
		for (;;)
			__builtin_ia32_pause();
	}
}

static void end_child(pid_t child)
{
	if (child <= 0)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void keep_to_no_core(void)
{
	cpu_set_t cores;
	memset(&cores, 0xff, sizeof(cores));
	sched_setaffinity(0, sizeof(cores), &cores);
}

/* The other process. It ends with its parent. */
static void serve(const char *path, const char *bot, int answer)
{
	struct error err = {0};
	struct local_testnet_options options = {0};
	struct config *config = calloc(1, sizeof(*config));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	keep_to_core(1);
	struct scheduler *scheduler = scheduler_create(network_realtime_ns());
	struct network *network = network_create(scheduler, &err);
	struct local_testnet *testnet =
		network ? local_testnet_serve(path, &options, scheduler, network, &err) : NULL;
	if (!config || !testnet || !config_load(bot, config, &err) ||
	    !local_testnet_configure(testnet, config, &err) ||
	    write(answer, config, sizeof(*config)) != (ssize_t)sizeof(*config)) {
		fprintf(stderr, "tick world: the testnet: %s\n", err.text);
		_exit(1);
	}
	network_run(network, INT64_MAX);
	_exit(0);
}

static void start_testnet(struct tick_world *world, const char *path, const char *bot)
{
	int answer[2];
	char *into = (char *)&world->config;
	size_t got = 0;
	if (pipe(answer) != 0)
		abort();
	fflush(NULL);
	world->testnet = fork();
	if (world->testnet < 0)
		abort();
	if (world->testnet == 0)
		serve(path, bot, answer[1]);
	close(answer[1]);
	for (ssize_t n; got < sizeof(world->config); got += (size_t)n)
		if ((n = read(answer[0], into + got, sizeof(world->config) - got)) <= 0)
			abort();
	close(answer[0]);
}

/* ---- the second connection ------------------------------------------------------------------- */

static void idle_opened(void *user)
{
	((struct tick_world *)user)->idle_ready = true;
}

static void idle_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	(void)user;
	(void)text;
	(void)length;
	(void)received_ns;
}

static void idle_closed(void *user, const char *why)
{
	struct tick_world *world = user;
	(void)why;
	world->idle_ready = false;
	world->idle = NULL;
}

static void connect_idle(struct tick_world *world)
{
	static const struct web_socket_events events = {idle_opened, idle_message, idle_closed};
	struct error err = {0};
	for (size_t i = 0; i < world->config.venue_count && !world->idle_endpoint; i++) {
		const struct config_venue *venue = &world->config.venues[i];
		struct endpoint_options options = {
			.name = "idle", .socket_url = venue->socket_url, .ca_file = venue->ca_file};
		if (strcmp(venue->name, "lighter") != 0)
			continue;
		world->idle_endpoint = network_endpoint(world->network, &options, &err);
		check(world->idle_endpoint != NULL, "the second connection", &err);
	}
	world->idle = endpoint_connect(world->idle_endpoint, &events, world);
}

/* ---- what comes again and again -------------------------------------------------------------- */

static void close_what_is_open(struct funding_arbitrage_strategy *strategy)
{
	for (size_t i = 0; strategy && i < funding_arbitrage_strategy_positions(strategy); i++) {
		const struct position *position = funding_arbitrage_strategy_position(strategy, i);
		if (position->state == POSITION_OPEN)
			funding_arbitrage_strategy_close(strategy, position->trade);
	}
}

static void look(void *user)
{
	struct tick_world *world = user;
	close_what_is_open(world->world->strategy);
	if (!world->again(world->user) || scheduler_now(world->scheduler) >= world->until_ns) {
		scheduler_stop(world->scheduler);
		return;
	}
	scheduler_after(world->scheduler, LOOK_NS, SCHEDULE_TIMER, look, world);
}

/* ---- life ------------------------------------------------------------------------------------ */

void tick_world_open(struct tick_world *world, bool maker, const struct wire_tap_listener *listener,
		     bool (*again)(void *user), void *user)
{
	char testnet[WORKSPACE_PATH_MAX], bot[WORKSPACE_PATH_MAX], folder[WORKSPACE_PATH_MAX];
	char text[4096];
	struct error err = {0};
	memset(world, 0, sizeof(*world));
	world->again = again;
	world->user = user;
	scratch_folder_make(world->workspace.folder, sizeof(world->workspace.folder));
	workspace_path(&world->workspace, "testnet.ini", testnet);
	workspace_path(&world->workspace, "bot.ini", bot);
	write_file(testnet, "[testnet]\nseed = 11\n",
		   workspace_path(&world->workspace, "testnet", folder), TESTNET);
	snprintf(text, sizeof(text), "%s%s", BOT, maker ? MAKER : "");
	write_file(bot, "[main]\nmode = testnet\n",
		   workspace_path(&world->workspace, "state", folder), text);
	start_testnet(world, testnet, bot);
	keep_awake(world->loops);
	keep_to_core(0);
	world->scheduler = scheduler_create(network_realtime_ns());
	world->network = network_create(world->scheduler, &err);
	check(world->network != NULL, "the network", &err);
	world->tap.inner = connector_of_network(world->network);
	world->tap.listener = *listener;
	world->connector = wire_tap_connector(&world->tap);
}

void tick_world_run(struct tick_world *world, int limit_s)
{
	struct error err = {0};
	/* Stopped, not left: nobody needs what is held any more. */
	struct world_live_options options = {.run_ns = INT64_MAX,
					     .scheduler = world->scheduler,
					     .connector = &world->connector,
					     .network = world->network};
	world->world = world_create_live(&world->config, &options, &err);
	check(world->world != NULL, "the program", &err);
	connect_idle(world);
	world->until_ns = scheduler_now(world->scheduler) + limit_s * NS_PER_SECOND;
	scheduler_after(world->scheduler, LOOK_NS, SCHEDULE_TIMER, look, world);
	world_run_live(world->world, &err);
}

void tick_world_close(struct tick_world *world)
{
	world_free(world->world);
	web_socket_close(world->idle);
	endpoint_free(world->idle_endpoint);
	network_free(world->network);
	scheduler_free(world->scheduler);
	end_child(world->testnet);
	for (int core = 0; core < TICK_CORES; core++)
		end_child(world->loops[core]);
	keep_to_no_core();
	scratch_folder_remove(world->workspace.folder);
}
