/* The world of recordings: a replay feeds the market, simulated venues hold the accounts. */
#include "src/world.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/script.h"
#include "src/session_replay.h"
#include "src/world_options.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static void no_market_from_client(void *user, const struct market_event *event)
{
	/* In a backtest the market comes from the replay; simulated clients have none of their own.
	 */
	(void)user;
	(void)event;
}

/* A session went on after that, so it is played on. */
static void settlement_is_overdue(void *user, const struct error *err)
{
	struct world *world = user;
	if (world->session)
		log_write(LOG_ALARM, "world", "%s", err->text);
	else
		world_fail(world, err);
}

static void lifecycle_noted(void *user, bool ok, const char *why)
{
	(void)user;
	if (!ok)
		log_write(LOG_ALARM, "world", "a venue did not start: %s", why);
}

/* A run of no events at all would look like one in which nothing was worth trading. */
static bool overlaps_recordings(const struct world *world, struct error *err)
{
	const struct config *config = world->config;
	char first[UTC_TEXT_MAX], last[UTC_TEXT_MAX];
	if (!(config->from_set && config->from_ns > world->last_ns) &&
	    !(config->to_set && config->to_ns < world->first_ns))
		return true;
	utc_format(world->first_ns, 3, first, sizeof(first));
	utc_format(world->last_ns, 3, last, sizeof(last));
	return error_set(
		err, ERROR_CONFIGURATION,
		"%s: [backtest] from and to leave nothing of the recordings, which go from "
		"%s to %s",
		config->path, first, last);
}

static bool open_replay(struct world *world, struct error *err)
{
	const char *paths[CONFIG_RECORDINGS_MAX];
	if (world->config->replay_session) {
		world->session = session_replay_create(world, err);
		return world->session != NULL;
	}
	for (size_t i = 0; i < world->config->recording_count; i++) {
		paths[i] = world->config->recordings[i];
		if (access(paths[i], R_OK) != 0)
			return error_set(err, ERROR_CONFIGURATION,
					 "%s: [backtest] recording %s: %s; `fundarb import` makes "
					 "one, `fundarb generate` invents one",
					 world->config->path, paths[i], strerror(errno));
	}
	world->replay = replay_open(paths, world->config->recording_count, world->instruments, err);
	return world->replay != NULL;
}

static bool open_recordings(struct world *world, struct error *err)
{
	if (!open_replay(world, err))
		return false;
	if (!replay_range(world->replay, &world->first_ns, &world->last_ns))
		return error_set(err, ERROR_MISSING_DATA,
				 "%s: the recordings hold no event with a local time: there is "
				 "nothing to trade on",
				 world->config->path);
	if (!overlaps_recordings(world, err))
		return false;
	world->started_ns = world->first_ns;
	if (world->config->from_set && world->config->from_ns > world->started_ns)
		world->started_ns = world->config->from_ns;
	return true;
}

/* Every venue section must name a venue of the recordings: a typo would silently fund nothing. */
static bool check_venues(const struct world *world, struct error *err)
{
	const struct config *config = world->config;
	for (size_t i = 0; i < config->venue_count; i++)
		if (instrument_table_find_venue(world->instruments, config->venues[i].name) == 0)
			return error_set(err, ERROR_CONFIGURATION,
					 "%s:%d: venue %s is not in the recordings; `fundarb rec "
					 "info` lists what is",
					 config->path, config->venues[i].line,
					 config->venues[i].name);
	for (size_t i = 0; i < config->instrument_count; i++) {
		const struct config_instrument *override = &config->instruments[i];
		venue_id venue = instrument_table_find_venue(world->instruments, override->venue);
		if (venue == 0 || instrument_find(world->instruments, venue, override->symbol) == 0)
			return error_set(err, ERROR_CONFIGURATION,
					 "%s:%d: instrument %s:%s is not in the recordings; "
					 "`fundarb rec info` lists what is",
					 config->path, override->line, override->venue,
					 override->symbol);
	}
	return true;
}

static bool deposit(struct world *world, struct exchange_client *client,
		    const struct config_venue *venue, struct error *err)
{
	for (size_t i = 0; i < venue->deposit_count; i++) {
		asset_id asset =
			instrument_table_asset(world->instruments, venue->deposits[i].asset);
		if (asset == 0)
			return error_set(err, ERROR_LIMIT, "%s:%d: too many assets",
					 world->config->path, venue->line);
		struct money amount = venue->deposits[i].amount;
		if (!simulated_venue_deposit(simulated_client_venue(client), asset, amount,
					     world->started_ns))
			return error_set(
				err, ERROR_CONFIGURATION, "%s:%d: the deposit of %s is too large",
				world->config->path, venue->line, venue->deposits[i].asset);
		if (!ledger_book_transfer(world->ledger, client->venue, asset, amount,
					  world->started_ns, err))
			return false;
	}
	return true;
}

static bool connect_venues(struct world *world, struct error *err)
{
	struct exchange_sink sink = {no_market_from_client, world_account_event, world};
	for (venue_id id = 1; id <= venue_count(world->instruments); id++) {
		const struct config_venue *venue =
			config_find_venue(world->config, venue_name(world->instruments, id));
		struct simulated_client_options options =
			options_of_simulated_client(world->config, venue, id);
		struct exchange_client *client =
			simulated_client_create(&options, world->scheduler, world->instruments,
						world->external, settlement_is_overdue, world);
		if (!client)
			return error_set(err, ERROR_LIMIT, "out of memory");
		struct exchange_client *account = client;
		if (world->session && !(client = session_replay_connect(world->session, account)))
			return error_set(err, ERROR_LIMIT, "out of memory");
		world->clients.by_venue[id] = client;
		world->simulated[id] = account;
		if (venue && !deposit(world, account, venue, err))
			return false;
		exchange_start(client, &sink, lifecycle_noted, world);
		exchange_subscribe_account(client, lifecycle_noted, world);
	}
	return true;
}

static bool wire(struct world *world, struct script *script, struct error *err)
{
	const struct config *config = world->config;
	if (!open_recordings(world, err) || !check_venues(world, err))
		return false;
	world->scheduler = scheduler_create(world->started_ns);
	world->external = market_state_create(world->instruments);
	world->ledger = ledger_create(world->instruments);
	if (!world->scheduler || !world->external || !world->ledger)
		return error_set(err, ERROR_LIMIT, "out of memory");
	world->local = config->streams ? world->external : market_state_create(world->instruments);
	if (!world->local)
		return error_set(err, ERROR_LIMIT, "out of memory");
	log_set_clock(scheduler_log_clock, world->scheduler);
	world_meet_new_instruments(world);
	if (world->stopped.category != ERROR_NONE) {
		*err = world->stopped;
		return false;
	}
	if (!world_open_logs(world, "backtest", true, err) || !connect_venues(world, err) ||
	    !world_create_trading_side(world, err))
		return false;
	int64_t from_ns = config->from_set ? config->from_ns : INT64_MIN;
	int64_t to_ns = config->to_set ? config->to_ns : INT64_MAX;
	if (world->session) {
		replay_start(world->replay, world->external, from_ns, to_ns, session_replay_market,
			     world->session);
		return true;
	}
	if (script) {
		if (!world_begin_reading(world, err))
			return false;
		script_start(script, world->scheduler, world->instruments, world->executor,
			     world->trades);
	} else if (!world_begin_deciding(world, err)) {
		return false;
	}
	replay_start(world->replay, world->external, from_ns, to_ns, world_market_event, world);
	return true;
}

struct world *world_create_backtest(const struct config *config, struct script *script,
				    struct error *err)
{
	struct world *world = world_create(config, err);
	if (!world)
		return NULL;
	if (!wire(world, script, err)) {
		world_free(world);
		return NULL;
	}
	return world;
}

/* A boundary that was held through and is still unknown when the data ends is no zero. */
static void check_settlements(struct world *world)
{
	for (size_t i = 0; i <= VENUES_MAX; i++) {
		struct exchange_client *client = world->clients.by_venue[i];
		struct error err = {0};
		if (client && !world->session &&
		    simulated_venue_settlement_overdue(simulated_client_venue(client),
						       scheduler_now(world->scheduler), 0, &err))
			world_fail(world, &err);
	}
}

bool world_run(struct world *world, struct error *err)
{
	struct stream_source source = replay_source(world->replay);
	int64_t end = world->config->to_set && world->config->to_ns < world->last_ns
			      ? world->config->to_ns
			      : world->last_ns;
	world->running = true;
	progress_start(&world->progress, "backtest", (uint64_t)(end - world->started_ns));
	scheduler_run(world->scheduler, &source, INT64_MAX);
	progress_end(&world->progress);
	struct error failed = {0};
	if (!replay_finished_well(world->replay, &failed))
		world_fail(world, &failed);
	if (world->session && !session_replay_took_place(world->session, &failed))
		world_fail(world, &failed);
	check_settlements(world);
	world_finish_quality(world);
	if (world->stopped.category == ERROR_NONE)
		return true;
	*err = world->stopped;
	return false;
}
