#include "src/public_venues.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/local_testnet.h"
#include "src/venue_registry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY_NS (10 * NS_PER_MS)

void public_venues_default_config(struct config *config)
{
	config_defaults(config);
	config->mode = CONFIG_PAPER;
	for (size_t i = 0; i < venue_adapter_count(); i++) {
		struct config_venue *venue = &config->venues[config->venue_count++];
		snprintf(venue->name, sizeof(venue->name), "%s", venue_adapter_at(i)->name);
	}
}

/* Keeps only the named ones, in the order of the file. */
static bool choose_venues(const char *names, struct config *config, struct error *err)
{
	bool wanted[CONFIG_VENUES_MAX] = {false};
	size_t kept = 0;
	for (const char *at = names; *at != '\0';) {
		size_t length = strcspn(at, ","), i = 0;
		while (i < config->venue_count &&
		       (strlen(config->venues[i].name) != length ||
			strncmp(config->venues[i].name, at, length) != 0))
			i++;
		if (i == config->venue_count)
			return error_set(err, ERROR_CONFIGURATION,
					 "--venues: there is no venue '%.*s'; there are %s%s%s%s",
					 (int)(length < 40 ? length : 40), at,
					 config->venue_count > 0 ? config->venues[0].name : "none",
					 config->venue_count > 1 ? ", " : "",
					 config->venue_count > 1 ? config->venues[1].name : "",
					 config->venue_count > 2 ? ", ..." : "");
		wanted[i] = true;
		at += length + (at[length] == ',');
	}
	for (size_t i = 0; i < config->venue_count; i++)
		if (wanted[i])
			config->venues[kept++] = config->venues[i];
	config->venue_count = kept;
	return kept > 0 || error_set(err, ERROR_CONFIGURATION, "--venues names none");
}

bool public_venues_load_config(const char *path, const char *venues, struct config *config,
			       struct error *err)
{
	if (!path)
		public_venues_default_config(config);
	else if (!config_load(path, config, err))
		return false;
	return !venues || choose_venues(venues, config, err);
}

static void market_event(void *user, const struct market_event *event)
{
	struct public_venues *venues = user;
	market_state_apply(venues->market, event);
	if (venues->on_market)
		venues->on_market(venues->user, event);
}

static void account_event(void *user, const struct account_event *event)
{
	struct public_venues *venues = user;
	if (venues->on_account)
		venues->on_account(venues->user, event);
}

/* The venues inside: the same servers that `fundarb testnet` starts, on the same loop. */
static bool start_local_testnet(struct public_venues *venues, struct error *err)
{
	struct local_testnet_options options = {0};
	if (venues->config->local_testnet[0] == '\0')
		return true;
	venues->local_testnet = local_testnet_serve(venues->config->local_testnet, &options,
						    venues->scheduler, venues->network, err);
	return venues->local_testnet &&
	       local_testnet_configure(venues->local_testnet, venues->config, err);
}

static void set_phase(struct public_venue *venue, enum public_venue_phase phase, const char *why)
{
	venue->phase = phase;
	venue->phase_ns = scheduler_now(venue->all->scheduler);
	snprintf(venue->why, sizeof(venue->why), "%s", why);
}

static void connect_all(struct public_venues *venues, bool with_account)
{
	struct connector connector = connector_of_network(venues->network);
	for (size_t i = 0; i < venues->config->venue_count; i++) {
		struct public_venue *venue = &venues->venues[venues->count++];
		struct error err = {0};
		*venue = (struct public_venue){.all = venues, .config = &venues->config->venues[i]};
		venue->client = venue_connect(venues->config, venue->config, with_account,
					      &connector, venues->scheduler, venues->instruments,
					      &venue->endpoint, &err);
		if (venue->client)
			venue->id = venue->client->venue;
		else
			set_phase(venue, PUBLIC_VENUE_FAILED, err.text);
	}
}

struct public_venues *public_venues_open_each(const struct config *config, bool with_account,
					      struct error *err)
{
	struct public_venues *venues = calloc(1, sizeof(*venues));
	if (!venues) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	venues->config = malloc(sizeof(*venues->config));
	venues->scheduler = scheduler_create(network_realtime_ns());
	venues->instruments = instrument_table_create();
	if (venues->instruments)
		venues->market = market_state_create(venues->instruments);
	if (!venues->config || !venues->scheduler || !venues->market) {
		error_set(err, ERROR_LIMIT, "out of memory");
	} else {
		*venues->config = *config;
		log_set_clock(scheduler_log_clock, venues->scheduler);
		venues->network = network_create(venues->scheduler, err);
		if (venues->network && start_local_testnet(venues, err)) {
			connect_all(venues, with_account);
			return venues;
		}
	}
	public_venues_close(venues);
	return NULL;
}

struct public_venues *public_venues_open(const struct config *config, bool with_account,
					 struct error *err)
{
	struct public_venues *venues = public_venues_open_each(config, with_account, err);
	for (size_t i = 0; venues && i < venues->count; i++) {
		if (venues->venues[i].client)
			continue;
		error_set(err, ERROR_CONFIGURATION, "%s", venues->venues[i].why);
		public_venues_close(venues);
		return NULL;
	}
	return venues;
}

void public_venues_close(struct public_venues *venues)
{
	if (!venues)
		return;
	log_set_clock(NULL, NULL);
	for (size_t i = 0; i < venues->count; i++)
		exchange_client_free(venues->venues[i].client);
	local_testnet_stop(venues->local_testnet);
	network_free(venues->network);
	market_state_free(venues->market);
	if (venues->scheduler)
		scheduler_free(venues->scheduler);
	instrument_table_free(venues->instruments);
	free(venues->config);
	free(venues);
}

/* ---- the loop -------------------------------------------------------------------------------- */

struct wait {
	struct public_venues *venues;
	bool (*finished)(void *user);
	void *user;
	int64_t until_ns;
	bool done;
	schedule_id timer;
};

static void look(void *user)
{
	struct wait *wait = user;
	struct scheduler *scheduler = wait->venues->scheduler;
	wait->timer = 0;
	wait->done = wait->finished(wait->user);
	if (wait->done || wait->venues->interrupted || scheduler_now(scheduler) >= wait->until_ns)
		scheduler_stop(scheduler);
	else
		wait->timer = scheduler_after(scheduler, LOOK_EVERY_NS, SCHEDULE_TIMER, look, wait);
}

static void interrupted(void *user, int signal)
{
	struct public_venues *venues = user;
	(void)signal;
	venues->interrupted = true;
}

bool public_venues_wait(struct public_venues *venues, bool (*finished)(void *user), void *user,
			int64_t patience_ns)
{
	int64_t now = network_now_ns(venues->network);
	struct wait wait = {venues, finished,
			    user,   patience_ns < INT64_MAX - now ? now + patience_ns : INT64_MAX,
			    false,  0};
	network_stop_on_signals(venues->network, interrupted, venues);
	wait.timer = scheduler_after(venues->scheduler, 0, SCHEDULE_TIMER, look, &wait);
	network_run(venues->network, INT64_MAX);
	scheduler_cancel(venues->scheduler, wait.timer);
	return wait.done;
}

/* ---- starting -------------------------------------------------------------------------------- */

static void started(void *user, bool ok, const char *why)
{
	struct public_venue *venue = user;
	struct public_venues *venues = venue->all;
	set_phase(venue, ok ? PUBLIC_VENUE_UP : PUBLIC_VENUE_FAILED, ok ? "" : why);
	if (venues->on_phase)
		venues->on_phase(venues->user, venue);
}

void public_venue_start(struct public_venue *venue)
{
	struct exchange_sink sink = {market_event, account_event, venue->all};
	if (!venue->client)
		return;
	set_phase(venue, PUBLIC_VENUE_STARTING, "no answer in time");
	exchange_start(venue->client, &sink, started, venue);
}

static bool none_starting(void *user)
{
	const struct public_venues *venues = user;
	for (size_t i = 0; i < venues->count; i++)
		if (venues->venues[i].phase == PUBLIC_VENUE_STARTING)
			return false;
	return true;
}

size_t public_venues_start(struct public_venues *venues, int64_t patience_ns)
{
	size_t up = 0;
	/* The scheduler's time stands still outside the loop; patience begins now, not then. */
	network_run(venues->network, network_now_ns(venues->network));
	for (size_t i = 0; i < venues->count; i++)
		if (venues->venues[i].phase != PUBLIC_VENUE_FAILED)
			public_venue_start(&venues->venues[i]);
	public_venues_wait(venues, none_starting, venues, patience_ns);
	for (size_t i = 0; i < venues->count; i++)
		up += venues->venues[i].phase == PUBLIC_VENUE_UP;
	return up;
}

struct public_venue *public_venues_find(struct public_venues *venues, venue_id id)
{
	for (size_t i = 0; i < venues->count; i++)
		if (venues->venues[i].client && venues->venues[i].id == id)
			return &venues->venues[i];
	return NULL;
}
