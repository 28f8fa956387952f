#include "src/public_venues.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "src/venue_registry.h"
#include <stdio.h>
#include <stdlib.h>

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

static bool connect_all(struct public_venues *venues, bool with_account, struct error *err)
{
	struct connector connector = connector_of_network(venues->network);
	for (size_t i = 0; i < venues->config->venue_count; i++) {
		struct public_venue *venue = &venues->venues[venues->count];
		*venue = (struct public_venue){.all = venues, .config = &venues->config->venues[i]};
		venue->client = venue_connect(venues->config, venue->config, with_account,
					      &connector, venues->scheduler, venues->instruments,
					      &venue->endpoint, err);
		if (!venue->client)
			return false;
		venue->id = venue->client->venue;
		venues->count++;
	}
	return true;
}

struct public_venues *public_venues_open(const struct config *config, bool with_account,
					 struct error *err)
{
	struct public_venues *venues = calloc(1, sizeof(*venues));
	if (!venues) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	venues->config = config;
	venues->scheduler = scheduler_create(network_realtime_ns());
	venues->instruments = instrument_table_create();
	if (venues->instruments)
		venues->market = market_state_create(venues->instruments);
	if (!venues->scheduler || !venues->market) {
		error_set(err, ERROR_LIMIT, "out of memory");
	} else if ((venues->network = network_create(venues->scheduler, err)) &&
		   connect_all(venues, with_account, err)) {
		log_set_clock(scheduler_log_clock, venues->scheduler);
		return venues;
	}
	public_venues_close(venues);
	return NULL;
}

void public_venues_close(struct public_venues *venues)
{
	if (!venues)
		return;
	log_set_clock(NULL, NULL);
	for (size_t i = 0; i < venues->count; i++)
		exchange_client_free(venues->venues[i].client);
	network_free(venues->network);
	market_state_free(venues->market);
	if (venues->scheduler)
		scheduler_free(venues->scheduler);
	instrument_table_free(venues->instruments);
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
	venue->phase = ok ? PUBLIC_VENUE_UP : PUBLIC_VENUE_FAILED;
	if (!ok)
		snprintf(venue->why, sizeof(venue->why), "%s", why);
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
	struct exchange_sink sink = {market_event, account_event, venues};
	size_t up = 0;
	for (size_t i = 0; i < venues->count; i++)
		exchange_start(venues->venues[i].client, &sink, started, &venues->venues[i]);
	public_venues_wait(venues, none_starting, venues, patience_ns);
	for (size_t i = 0; i < venues->count; i++) {
		struct public_venue *venue = &venues->venues[i];
		if (venue->phase == PUBLIC_VENUE_STARTING)
			started(venue, false, "no answer in time");
		up += venue->phase == PUBLIC_VENUE_UP;
	}
	return up;
}
