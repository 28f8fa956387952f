#include "src/world_live.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "core/net/network.h"
#include "exchanges/simulated/paper_client.h"
#include "src/access_rule.h"
#include "src/found_positions.h"
#include "src/funding_prover.h"
#include "src/leaving.h"
#include "src/local_testnet.h"
#include "src/narrator.h"
#include "src/session_recorder.h"
#include "src/world_options.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define START_AGAIN_NS	      (15 * NS_PER_SECOND)
#define FIRST_START_WAIT_NS   (10 * NS_PER_SECOND) /* then the strategy begins with who is there */
#define FLUSH_RECORD_NS	      NS_PER_SECOND
#define READ_PATIENCE_NS      (5 * NS_PER_SECOND)
#define LAST_READ_PATIENCE_NS (15 * NS_PER_SECOND) /* a budget may be used up */
#define SUBSCRIBED_MAX	      400		   /* instruments of one venue */

enum venue_phase { VENUE_STARTING, VENUE_UP, VENUE_DOWN };

struct live_venue {
	struct world *world;
	const struct config_venue *config;
	venue_id id;
	struct exchange_client *client; /* owned by world->clients */
	struct endpoint *endpoint;	/* owned by the client */
	enum venue_phase phase;
	bool account_synced, deposit_booked;
	schedule_id again;
};

struct world_live {
	struct world *world;
	struct world_live_options options;
	struct network *network; /* NULL in simulation */
	struct connector connector;
	struct config *config;		     /* ours, with what the local testnet filled in */
	struct local_testnet *local_testnet; /* NULL: none inside */
	struct live_venue venues[CONFIG_VENUES_MAX];
	/* The adapters themselves: what is asked about funding units is no part of a session. */
	struct exchange_clients adapters;
	size_t venue_count;
	bool *subscribed; /* by instrument id, INSTRUMENTS_MAX + 1 */
	bool trading;	  /* the strategy runs */
	bool leaving;
	struct leaving way_out;
	schedule_id begin_timer, end_timer, leave_timer, flush_timer;
	unsigned balances_awaited;
};

/* ---- what is subscribed ---------------------------------------------------------------------- */

static struct live_venue *venue_of(struct world_live *live, instrument_id id)
{
	venue_id venue = instrument_get(live->world->instruments, id)->venue;
	for (size_t i = 0; i < live->venue_count; i++)
		if (live->venues[i].id == venue)
			return &live->venues[i];
	return NULL;
}

static bool may_trade(struct world_live *live, instrument_id id)
{
	const struct instrument_table *table = live->world->instruments;
	struct live_venue *venue = venue_of(live, id);
	enum market_status status = instrument_latest(table, id)->rules.status;
	return venue && venue->phase == VENUE_UP && !instrument_is_retired(table, id) &&
	       (status == MARKET_TRADING || status == MARKET_REDUCE_ONLY);
}

static bool is_listed(const struct config *config, const struct instrument_table *table,
		      instrument_id id)
{
	const struct instrument *instrument = instrument_get(table, id);
	for (size_t i = 0; i < config->pair_count; i++)
		for (size_t leg = 0; leg < 2; leg++)
			if (strcmp(config->pairs[i].symbol[leg], instrument->symbol) == 0 &&
			    strcmp(config->pairs[i].venue[leg],
				   venue_name(table, instrument->venue)) == 0)
				return true;
	return config->pair_count == 0;
}

/* Worth listening to: its coin trades at another venue too. */
static bool has_partner(struct world_live *live, instrument_id id)
{
	const struct instrument_table *table = live->world->instruments;
	const struct instrument *one = instrument_get(table, id);
	for (instrument_id other = 1; other <= instrument_count(table); other++) {
		const struct instrument *two = instrument_get(table, other);
		if (two->canonical == one->canonical && two->venue != one->venue &&
		    may_trade(live, other) && is_listed(live->world->config, table, other))
			return true;
	}
	return false;
}

static void subscribed(void *user, bool ok, const char *why)
{
	struct live_venue *venue = user;
	if (!ok)
		log_write(LOG_WARNING, venue->config->name, "a subscription failed: %s", why);
}

/* Everything that has become worth listening to since the last time. */
static unsigned subscribe_pairs(struct world_live *live)
{
	struct world *world = live->world;
	unsigned count = 0;
	unsigned channels = CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_FUNDING |
			    (world->config->record_trades ? CHANNEL_TRADES : 0);
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++) {
		if (live->subscribed[id] || !may_trade(live, id) ||
		    !is_listed(world->config, world->instruments, id) || !has_partner(live, id))
			continue;
		struct live_venue *venue = venue_of(live, id);
		live->subscribed[id] = true;
		count++;
		exchange_subscribe(venue->client, id, channels, subscribed, venue);
		funding_prover_watch(world->prover, id);
	}
	return count;
}

/* ---- venues coming up ------------------------------------------------------------------------ */

static void start_venue(void *user);

/* The ledger's account begins with what the venue says is there. */
static void first_balances(void *user, const struct read_result *result)
{
	struct live_venue *venue = user;
	struct world *world = venue->world;
	if (result->outcome != READ_VALUE || venue->deposit_booked)
		return;
	venue->deposit_booked = true;
	for (size_t i = 0; i < result->u.balances.count; i++) {
		const struct balance_value *value = &result->u.balances.values[i];
		struct error err = {0};
		if (value->total.e18 != 0 &&
		    !ledger_book_transfer(world->ledger, venue->id, value->asset, value->total,
					  scheduler_now(world->scheduler), &err))
			world_fail(world, &err);
	}
}

static void account_synced(void *user, bool ok, const char *why)
{
	struct live_venue *venue = user;
	if (!ok) {
		log_write(LOG_ALARM, venue->config->name, "the account cannot be read: %s", why);
		return;
	}
	venue->account_synced = true;
	/* On paper the deposit was booked; a read more would move the account's delays. */
	if (venue->deposit_booked)
		return;
	struct read_request request = {.kind = READ_BALANCES};
	int64_t give_up_ns = scheduler_now(venue->world->scheduler) + READ_PATIENCE_NS;
	exchange_read(venue->client, &request, give_up_ns, first_balances, venue);
	found_positions_ask(venue->world, venue->client, give_up_ns);
}

static void begin_trading(struct world_live *live);

static void look_at_venues(struct world_live *live)
{
	if (live->trading) {
		subscribe_pairs(live);
		return;
	}
	for (size_t i = 0; i < live->venue_count; i++)
		if (live->venues[i].phase == VENUE_STARTING)
			return;
	begin_trading(live);
}

static unsigned markets_of(const struct world *world, venue_id venue)
{
	unsigned count = 0;
	for (instrument_id id = 1; id <= instrument_count(world->instruments); id++)
		count += instrument_get(world->instruments, id)->venue == venue;
	return count;
}

static void venue_is_up(struct live_venue *venue)
{
	struct world *world = venue->world;
	venue->phase = VENUE_UP;
	world_meet_new_instruments(world);
	if (world->narrator)
		narrator_say(world->narrator, "%s is up: %u markets", venue->config->name,
			     markets_of(world, venue->id));
	exchange_subscribe_account(venue->client, account_synced, venue);
	look_at_venues(world->live);
}

/* Before anything is traded the program ends here; later only this venue stays out. */
static void refuse_venue(struct live_venue *venue, const char *why)
{
	struct world *world = venue->world;
	venue->phase = VENUE_DOWN;
	log_write(LOG_ALARM, venue->config->name, "refused: %s", why);
	if (world->live->trading)
		return;
	error_set(&world->stopped, ERROR_CONFIGURATION, "%s:%d: [venue %s]: %s",
		  world->config->path, venue->config->line, venue->config->name, why);
	scheduler_stop(world->scheduler);
}

static void ask_access(void *user);

static void access_answered(void *user, const struct read_result *result)
{
	struct live_venue *venue = user;
	struct world *world = venue->world;
	char why[512];
	if (result->outcome != READ_VALUE) {
		log_write(LOG_WARNING, venue->config->name,
			  "what the key may do could not be read; asked again");
		venue->again = scheduler_after(world->scheduler, READ_PATIENCE_NS, SCHEDULE_TIMER,
					       ask_access, venue);
	} else if (access_refused(&result->u.access, why, sizeof(why))) {
		refuse_venue(venue, why);
	} else {
		venue_is_up(venue);
	}
}

static void ask_access(void *user)
{
	struct live_venue *venue = user;
	struct read_request request = {.kind = READ_ACCESS};
	venue->again = 0;
	exchange_read(venue->client, &request,
		      scheduler_now(venue->world->scheduler) + READ_PATIENCE_NS, access_answered,
		      venue);
}

static void venue_started(void *user, bool ok, const char *why)
{
	struct live_venue *venue = user;
	struct world *world = venue->world;
	struct world_live *live = world->live;
	if (!ok) {
		bool first = venue->phase == VENUE_STARTING;
		venue->phase = VENUE_DOWN;
		log_write(first ? LOG_ALARM : LOG_WARNING, venue->config->name,
			  "did not start: %s; its pairs are off, next try in %d s", why,
			  (int)(START_AGAIN_NS / NS_PER_SECOND));
		if (first && world->narrator)
			narrator_say(world->narrator, "%s is not there: %s", venue->config->name,
				     why);
		venue->again = scheduler_after(world->scheduler, START_AGAIN_NS, SCHEDULE_TIMER,
					       start_venue, venue);
		look_at_venues(live);
	} else if (world->config->mode == CONFIG_PAPER) {
		venue_is_up(venue);
	} else {
		ask_access(venue);
	}
}

static void start_venue(void *user)
{
	struct live_venue *venue = user;
	struct exchange_sink sink = {world_market_event, world_account_event, venue->world};
	venue->again = 0;
	exchange_start(venue->client, &sink, venue_started, venue);
}

static void begin_without_the_rest(void *user)
{
	struct world_live *live = user;
	live->begin_timer = 0;
	begin_trading(live);
}

static void begin_trading(struct world_live *live)
{
	struct world *world = live->world;
	struct error err = {0};
	if (live->trading || live->leaving)
		return;
	scheduler_cancel(world->scheduler, live->begin_timer);
	live->begin_timer = 0;
	live->trading = true;
	if (world->recorder)
		session_recorder_begin(world->recorder, client_id_counter_peek(world->ids));
	unsigned count = subscribe_pairs(live);
	if (world->narrator)
		narrator_say(world->narrator, "listening to %u markets whose coin has two venues",
			     count);
	if (!world_begin_deciding(world, &err)) {
		world->stopped = err;
		scheduler_stop(world->scheduler);
	}
}

/* ---- the way out ----------------------------------------------------------------------------- */

static void last_balances(void *user, const struct read_result *result)
{
	struct live_venue *venue = user;
	struct world *world = venue->world;
	if (result->outcome == READ_VALUE && result->u.balances.count > 0) {
		world->final_balance[venue->id].known = true;
		world->final_balance[venue->id].asset = result->u.balances.values[0].asset;
		world->final_balance[venue->id].total = result->u.balances.values[0].total;
	}
	if (--world->live->balances_awaited == 0)
		scheduler_stop(world->scheduler);
}

static bool is_booked(const struct world *world, const struct account_event *payment)
{
	for (size_t i = 0; i < world->funding_count; i++) {
		const struct account_event *known = &world->funding[i].event;
		if (known->instrument == payment->instrument &&
		    known->u.funding.boundary_ns == payment->u.funding.boundary_ns)
			return true;
	}
	return false;
}

/* A settlement just before the end may not have been told yet. */
static void last_payments(void *user, const struct read_result *result)
{
	struct live_venue *venue = user;
	struct world *world = venue->world;
	struct read_request request = {.kind = READ_BALANCES, .urgent = true};
	if (result->outcome == READ_VALUE)
		for (size_t i = 0; i < result->u.events.count; i++)
			if (!is_booked(world, &result->u.events.events[i]))
				world_account_event(world, &result->u.events.events[i]);
	exchange_read(venue->client, &request, scheduler_now(world->scheduler) + READ_PATIENCE_NS,
		      last_balances, venue);
}

/* What the venues say they paid and hold, for the report's identity; then the end. */
static void read_last_balances(struct world_live *live)
{
	struct world *world = live->world;
	int64_t give_up = scheduler_now(world->scheduler) + LAST_READ_PATIENCE_NS;
	for (size_t i = 0; i < live->venue_count; i++)
		live->balances_awaited += live->venues[i].phase == VENUE_UP;
	if (live->balances_awaited == 0)
		scheduler_stop(world->scheduler);
	for (size_t i = 0; i < live->venue_count; i++) {
		struct live_venue *venue = &live->venues[i];
		struct read_request request = {
			.kind = READ_FUNDING_PAYMENTS,
			.since_ns = market_state_venue_time(world->external, venue->id,
							    world->started_ns),
			.urgent = true};
		if (venue->phase == VENUE_UP)
			exchange_read(venue->client, &request, give_up, last_payments, venue);
	}
}

static void left(void *user, size_t count)
{
	struct world_live *live = user;
	if (count > 0)
		error_set(&live->world->stopped, ERROR_VENUE,
			  "%zu positions could not be closed in %d s: look at the venues", count,
			  (int)(LEAVE_PATIENCE_NS / NS_PER_SECOND));
	read_last_balances(live);
}

static void leave_now(void *user)
{
	struct world_live *live = user;
	struct world *world = live->world;
	live->leave_timer = 0;
	if (world->recorder)
		session_recorder_mark(world->recorder, SESSION_LEAVING);
	size_t open = leaving_held(world);
	if (world->narrator && open > 0)
		narrator_say(world->narrator, "leaving: %zu position%s %s", open,
			     open == 1 ? "" : "s",
			     world->config->close_on_exit ? "to be closed first" : "stay open");
	leaving_begin(&live->way_out, world, left, live);
}

/* Behind everything of this instant, whoever asks: so it stands in the recording. */
static void leave(void *user)
{
	struct world_live *live = user;
	if (live->leaving)
		return;
	live->leaving = true;
	live->leave_timer =
		scheduler_after(live->world->scheduler, 0, SCHEDULE_TIMER, leave_now, live);
}

static void signalled(void *user, int signal)
{
	(void)signal;
	leave(user);
}

static void flush_record(void *user)
{
	struct world_live *live = user;
	struct world *world = live->world;
	session_recorder_flush(world->recorder);
	live->flush_timer = scheduler_after(world->scheduler, FLUSH_RECORD_NS, SCHEDULE_TIMER,
					    flush_record, live);
}

/* ---- wiring ---------------------------------------------------------------------------------- */

static void settlement_overdue_noted(void *user, const struct error *err)
{
	(void)user;
	log_write(LOG_ALARM, "paper", "%s", err->text);
}

static bool paper_deposit(struct live_venue *venue, struct exchange_client *account,
			  struct error *err)
{
	struct world *world = venue->world;
	for (size_t i = 0; i < venue->config->deposit_count; i++) {
		asset_id asset = instrument_table_asset(world->instruments,
							venue->config->deposits[i].asset);
		struct money amount = venue->config->deposits[i].amount;
		if (asset == 0 ||
		    !simulated_venue_deposit(simulated_client_venue(account), asset, amount,
					     world->started_ns) ||
		    !ledger_book_transfer(world->ledger, venue->id, asset, amount,
					  world->started_ns, err))
			return error_set(err, ERROR_CONFIGURATION,
					 "%s:%d: the deposit of %s cannot be booked",
					 world->config->path, venue->config->line,
					 venue->config->deposits[i].asset);
	}
	venue->deposit_booked = true;
	return true;
}

/* On paper the account is simulated over the live books. */
static struct exchange_client *on_paper(struct live_venue *venue, struct exchange_client *market,
					struct error *err)
{
	struct world *world = venue->world;
	struct simulated_client_options options =
		options_of_simulated_client(world->config, venue->config, venue->id);
	struct exchange_client *account =
		simulated_client_create(&options, world->scheduler, world->instruments,
					world->external, settlement_overdue_noted, world);
	struct exchange_client *client = NULL;
	if (account && paper_deposit(venue, account, err))
		client = paper_client_create(market, account);
	else if (!account)
		error_set(err, ERROR_LIMIT, "out of memory");
	if (client)
		world->simulated[venue->id] = account;
	else {
		exchange_client_free(account);
		exchange_client_free(market);
	}
	return client;
}

/* What comes from outside is recorded as it comes. */
static struct exchange_client *tapped(struct world *world, struct exchange_client *client,
				      struct error *err)
{
	struct session_tap_sink sink = session_recorder_sink(world->recorder);
	client = session_tap_create(client, &sink, world->scheduler);
	if (!client)
		error_set(err, ERROR_LIMIT, "out of memory");
	return client;
}

static bool connect_venue(struct world_live *live, const struct config_venue *config,
			  struct error *err)
{
	struct world *world = live->world;
	struct live_venue *venue = &live->venues[live->venue_count++];
	bool with_account = world->config->mode != CONFIG_PAPER;
	*venue = (struct live_venue){.world = world, .config = config};
	struct exchange_client *client =
		venue_connect(world->config, config, with_account, &live->connector,
			      world->scheduler, world->instruments, &venue->endpoint, err);
	if (!client)
		return false;
	venue->id = client->venue;
	live->adapters.by_venue[venue->id] = client;
	if (world->recorder && !(client = tapped(world, client, err)))
		return false;
	if (!with_account && !(client = on_paper(venue, client, err)))
		return false;
	venue->client = client;
	world->clients.by_venue[venue->id] = client;
	return true;
}

static bool create_recorder(struct world *world, struct error *err)
{
	if (world->config->record_folder[0] == '\0')
		return true;
	world->recorder = session_recorder_create(world->config, world->scheduler,
						  world->instruments, world->external, err);
	return world->recorder != NULL;
}

/* The venues inside: the same servers that `fundarb testnet` starts, on the same loop. */
static bool start_local_testnet(struct world_live *live, struct error *err)
{
	struct local_testnet_options options = {0};
	live->local_testnet = local_testnet_serve(live->config->local_testnet, &options,
						  live->world->scheduler, live->network, err);
	return live->local_testnet &&
	       local_testnet_configure(live->local_testnet, live->config, err);
}

static bool wire(struct world *world, struct error *err)
{
	struct world_live *live = world->live;
	const struct config *config = world->config;
	world->scheduler = live->options.scheduler;
	world->scheduler_borrowed = world->scheduler != NULL;
	if (!world->scheduler)
		world->scheduler = scheduler_create(network_realtime_ns());
	world->external = market_state_create(world->instruments);
	world->ledger = ledger_create(world->instruments);
	if (!world->scheduler || !world->external || !world->ledger)
		return error_set(err, ERROR_LIMIT, "out of memory");
	world->local = config->streams ? world->external : market_state_create(world->instruments);
	live->subscribed = calloc(INSTRUMENTS_MAX + 1, sizeof(*live->subscribed));
	if (!world->local || !live->subscribed)
		return error_set(err, ERROR_LIMIT, "out of memory");
	log_set_clock(scheduler_log_clock, world->scheduler);
	world->started_ns = scheduler_now(world->scheduler);
	if (live->options.connector) {
		live->connector = *live->options.connector;
		live->network = live->options.network;
	} else {
		live->network = network_create(world->scheduler, err);
		if (!live->network)
			return false;
		live->connector = connector_of_network(live->network);
	}
	if (config->local_testnet[0] != '\0' && live->network && !start_local_testnet(live, err))
		return false;
	if (!create_recorder(world, err))
		return false;
	for (size_t i = 0; i < config->venue_count; i++)
		if (!connect_venue(live, &config->venues[i], err))
			return false;
	if (!world_open_logs(world, config_mode_text(config->mode), false, err))
		return false;
	if (live->options.narration &&
	    !(world->narrator = narrator_create(world, live->options.narration)))
		return error_set(err, ERROR_LIMIT, "out of memory");
	return world_create_trading_side(world, err) &&
	       world_create_prover(world, &live->adapters, err);
}

struct world *world_create_live(const struct config *config,
				const struct world_live_options *options, struct error *err)
{
	if (config->mode == CONFIG_LIVE) {
		error_set(
			err, ERROR_CONFIGURATION,
			"%s: mode = live is not possible yet: without an order journal on disk an "
			"order in flight could be lost with the power; use mode = testnet or "
			"paper. (It will then need confirm_live = yes and --live.)",
			config->path);
		return NULL;
	}
	struct world *world = world_create(config, err);
	if (!world)
		return NULL;
	world->live = calloc(1, sizeof(*world->live));
	if (world->live) {
		world->live->world = world;
		world->live->options = *options;
		world->live->config = malloc(sizeof(*config));
	}
	if (world->live && world->live->config) {
		*world->live->config = *config;
		world->config = world->live->config;
	}
	if (!world->live || !world->live->config || !wire(world, err)) {
		if (err->category == ERROR_NONE)
			error_set(err, ERROR_LIMIT, "out of memory");
		world_free(world);
		return NULL;
	}
	return world;
}

void world_live_free(struct world_live *live)
{
	if (!live)
		return;
	local_testnet_stop(live->local_testnet);
	if (!live->options.network)
		network_free(live->network);
	free(live->config);
	free(live->subscribed);
	free(live);
}

bool world_run_live(struct world *world, struct error *err)
{
	struct world_live *live = world->live;
	world->running = true;
	world->first_ns = world->started_ns;
	if (live->network)
		network_stop_on_signals(live->network, signalled, live);
	for (size_t i = 0; i < live->venue_count; i++)
		start_venue(&live->venues[i]);
	live->begin_timer = scheduler_after(world->scheduler, FIRST_START_WAIT_NS, SCHEDULE_TIMER,
					    begin_without_the_rest, live);
	if (live->options.run_ns != INT64_MAX)
		live->end_timer = scheduler_after(world->scheduler, live->options.run_ns,
						  SCHEDULE_TIMER, leave, live);
	if (world->recorder)
		flush_record(live);
	/* A signal ends network_run; what it asked for takes a while longer. */
	while (live->network && !scheduler_stopped(world->scheduler))
		network_run(live->network, INT64_MAX);
	if (!live->network)
		scheduler_run(world->scheduler, NULL, INT64_MAX);
	if (world->recorder)
		session_recorder_mark(world->recorder, SESSION_ENDED);
	world->last_ns = scheduler_now(world->scheduler);
	world_finish_quality(world);
	if (world->stopped.category == ERROR_NONE)
		return true;
	*err = world->stopped;
	return false;
}
