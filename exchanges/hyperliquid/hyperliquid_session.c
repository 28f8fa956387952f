/*
 * What goes on by itself from start to stop: the venue's clock, the address budget, rules and fees,
 * and the settled funding rates, which no stream tells.
 */
#include "core/base/log.h"
#include "core/market/funding_schedule.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_EVERY_NS	    (20 * NS_PER_SECOND)
#define CLOCK_RESOLUTION    NS_PER_MS
#define CLOCK_SKEW_ALARM_NS NS_PER_SECOND
#define REFRESH_EVERY_NS    NS_PER_HOUR /* rules and fees */
#define REFRESH_AT_MOST_NS  NS_PER_MINUTE
#define BUDGET_EVERY_NS	    (5 * NS_PER_MINUTE)
#define SETTLED_DELAY_NS    (3 * NS_PER_SECOND) /* rows appear some seconds after the hour */
#define SETTLED_SPACING_NS  (500 * NS_PER_MS)
#define SETTLED_ROUNDS	    4

/* ---- lifecycle answers that are known at once --------------------------------------------------
 */

struct hyperliquid_later_call {
	struct hyperliquid_client *client;
	struct hyperliquid_later_call *next, **link;
	bool ok;
	char why[256];
	lifecycle_done done;
	void *user;
	schedule_id timer;
};

static void end_later(struct hyperliquid_later_call *call)
{
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	scheduler_cancel(call->client->scheduler, call->timer);
	free(call);
}

static void later_due(void *user)
{
	struct hyperliquid_later_call call = *(struct hyperliquid_later_call *)user;
	((struct hyperliquid_later_call *)user)->timer = 0;
	end_later(user);
	call.done(call.user, call.ok, call.why);
}

void hyperliquid_later(struct hyperliquid_client *client, bool ok, const char *why,
		       lifecycle_done done, void *user)
{
	struct hyperliquid_later_call *call = calloc(1, sizeof(*call));
	if (call == NULL) {
		fputs("hyperliquid: out of memory\n", stderr);
		abort();
	}
	call->client = client;
	call->ok = ok;
	call->done = done;
	call->user = user;
	snprintf(call->why, sizeof(call->why), "%s", why);
	call->next = client->laters;
	call->link = &client->laters;
	if (call->next != NULL)
		call->next->link = &call->next;
	client->laters = call;
	call->timer = scheduler_after(client->scheduler, 0, SCHEDULE_COMPLETION, later_due, call);
}

void hyperliquid_laters_free(struct hyperliquid_client *client)
{
	while (client->laters != NULL)
		end_later(client->laters);
}

/* ---- clock -------------------------------------------------------------------------------------
 */

void hyperliquid_clock_sample(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply, int64_t venue_ns)
{
	int64_t offset_ns, uncertainty_ns;
	clock_offset_sample(&client->clock, reply->sent_ns, reply->received_ns, venue_ns,
			    CLOCK_RESOLUTION);
	if (!clock_offset_estimate(&client->clock, hyperliquid_now(client), &offset_ns,
				   &uncertainty_ns))
		return;
	if (offset_ns > CLOCK_SKEW_ALARM_NS || offset_ns < -CLOCK_SKEW_ALARM_NS)
		log_write(LOG_WARNING, "hyperliquid",
			  "the venue's clock is %lld ms ahead of this machine's",
			  (long long)(offset_ns / NS_PER_MS));
	struct market_event event = {.kind = EVENT_CLOCK,
				     .local_ns = hyperliquid_now(client),
				     .venue = client->base.venue,
				     .connection = HYPERLIQUID_CONNECTION};
	event.u.clock.offset_ns = offset_ns;
	event.u.clock.uncertainty_ns = uncertainty_ns;
	if (client->sink.market)
		client->sink.market(client->sink.user, &event);
}

bool hyperliquid_take_status(struct hyperliquid_client *client,
			     const struct hyperliquid_reply *reply)
{
	int64_t time_ns;
	char special[128];
	if (!hyperliquid_decode_status(&reply->value, &time_ns, special, sizeof(special)))
		return false;
	if (special[0] != '\0')
		log_write(LOG_WARNING, "hyperliquid", "the venue announces: %s", special);
	hyperliquid_clock_sample(client, reply, time_ns);
	return true;
}

static void clock_due(void *user);

static void clock_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (!client->started)
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		hyperliquid_take_status(client, reply);
	client->clock_timer = scheduler_after(client->scheduler, CLOCK_EVERY_NS, SCHEDULE_TIMER,
					      clock_due, client);
}

static void clock_due(void *user)
{
	struct hyperliquid_client *client = user;
	client->clock_timer = 0;
	hyperliquid_ask(client, PRIORITY_OPEN, 2, hyperliquid_now(client) + HYPERLIQUID_PATIENCE_NS,
			clock_read, client, "{\"type\":\"exchangeStatus\"}");
}

/* ---- address budget ----------------------------------------------------------------------------
 */

bool hyperliquid_take_budget(struct hyperliquid_client *client,
			     const struct hyperliquid_value *value)
{
	struct hyperliquid_budget budget;
	if (!hyperliquid_decode_budget(value, &budget))
		return false;
	client->budget_known = true;
	client->budget_limit = budget.cap + budget.surplus;
	client->budget_left = client->budget_limit - budget.used;
	if (client->budget_left < HYPERLIQUID_BUDGET_RESERVE)
		log_write(LOG_ALARM, "hyperliquid",
			  "%lld actions are left to this account: nothing is opened",
			  (long long)client->budget_left);
	return true;
}

static void budget_due(void *user);

static void budget_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (!client->started)
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		hyperliquid_take_budget(client, &reply->value);
	client->budget_timer = scheduler_after(client->scheduler, BUDGET_EVERY_NS, SCHEDULE_TIMER,
					       budget_due, client);
}

static void budget_due(void *user)
{
	struct hyperliquid_client *client = user;
	client->budget_timer = 0;
	hyperliquid_ask(client, PRIORITY_READ, 20, hyperliquid_now(client) + NS_PER_MINUTE,
			budget_read, client, "{\"type\":\"userRateLimit\",\"user\":\"%s\"}",
			client->account_text);
}

/* ---- rules and fees ----------------------------------------------------------------------------
 */

static void instrument_changed(void *user, instrument_id instrument)
{
	struct hyperliquid_client *client = user;
	struct market_event event = {.kind = EVENT_INSTRUMENT,
				     .local_ns = hyperliquid_now(client),
				     .instrument = instrument,
				     .venue = client->base.venue,
				     .connection = HYPERLIQUID_CONNECTION};
	if (client->started && client->sink.market)
		client->sink.market(client->sink.user, &event);
}

bool hyperliquid_take_meta(struct hyperliquid_client *client, const struct hyperliquid_value *value,
			   struct error *err)
{
	return hyperliquid_markets_load(&client->markets, value, &client->fees,
					hyperliquid_venue_now(client), instrument_changed, client,
					err);
}

static void refresh_due(void *user);

static void refresh_again(struct hyperliquid_client *client, int64_t delay_ns)
{
	scheduler_cancel(client->scheduler, client->refresh_timer);
	client->refresh_timer =
		scheduler_after(client->scheduler, delay_ns, SCHEDULE_TIMER, refresh_due, client);
}

static void meta_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	struct error err = {0};
	if (client->started && reply->outcome == HYPERLIQUID_REPLY_ANSWERED &&
	    !hyperliquid_take_meta(client, &reply->value, &err))
		log_write(LOG_ALARM, "hyperliquid", "%s", err.text);
}

static void fees_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (!client->started)
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		hyperliquid_decode_fees(&reply->value, &client->fees.maker, &client->fees.taker);
	hyperliquid_ask(client, PRIORITY_READ, 20, hyperliquid_now(client) + NS_PER_MINUTE,
			meta_read, client, "{\"type\":\"meta\"}");
}

static void refresh_due(void *user)
{
	struct hyperliquid_client *client = user;
	int64_t give_up_ns = hyperliquid_now(client) + NS_PER_MINUTE;
	client->refresh_timer = 0;
	client->refreshed_ns = hyperliquid_now(client);
	refresh_again(client, REFRESH_EVERY_NS);
	if (client->options.has_account)
		hyperliquid_ask(client, PRIORITY_READ, 20, give_up_ns, fees_read, client,
				"{\"type\":\"userFees\",\"user\":\"%s\"}", client->account_text);
	else
		hyperliquid_ask(client, PRIORITY_READ, 20, give_up_ns, meta_read, client,
				"{\"type\":\"meta\"}");
}

void hyperliquid_refresh_soon(struct hyperliquid_client *client)
{
	if (client->started && hyperliquid_now(client) - client->refreshed_ns >= REFRESH_AT_MOST_NS)
		refresh_again(client, 0);
}

/* ---- settled rates -----------------------------------------------------------------------------
 */

static void settled_due(void *user);

static void schedule_settled(struct hyperliquid_client *client, int64_t delay_ns)
{
	if (client->settled_timer == 0)
		client->settled_timer = scheduler_after(client->scheduler, delay_ns, SCHEDULE_TIMER,
							settled_due, client);
}

static int64_t last_boundary(const struct hyperliquid_client *client,
			     const struct hyperliquid_listing *listing)
{
	return funding_last_boundary(
		&instrument_latest(client->markets.instruments, listing->instrument)->funding,
		hyperliquid_venue_now(client));
}

struct settled_taking {
	struct hyperliquid_client *client;
	const struct hyperliquid_listing *listing;
};

static void ignore_settled(void *user, const struct hyperliquid_settled *settled)
{
	(void)user;
	(void)settled;
}

static void take_settled(void *user, const struct hyperliquid_settled *settled)
{
	const struct settled_taking *taking = user;
	struct hyperliquid_client *client = taking->client;
	struct hyperliquid_setting *setting = &client->settings[taking->listing->asset];
	const struct funding_terms *terms =
		&instrument_latest(client->markets.instruments, taking->listing->instrument)
			 ->funding;
	int64_t boundary_ns;
	funding_snap(terms, settled->time_ns, &boundary_ns);
	if (strcmp(settled->coin.name, taking->listing->terms.coin.name) != 0 ||
	    boundary_ns <= setting->settled_ns)
		return;
	setting->settled_ns = boundary_ns;
	struct market_event event = {.kind = EVENT_FUNDING,
				     .local_ns = hyperliquid_now(client),
				     .exch_ns = settled->time_ns,
				     .instrument = taking->listing->instrument,
				     .venue = client->base.venue,
				     .connection = HYPERLIQUID_CONNECTION};
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = settled->rate;
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = terms->interval_ns;
	if (client->sink.market)
		client->sink.market(client->sink.user, &event);
}

static void settled_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	client->settled_pending = false;
	if (!client->started)
		return;
	struct settled_taking taking = {client, &client->markets.markets[client->settled_asset]};
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED &&
	    hyperliquid_decode_funding_history(&reply->value, ignore_settled, NULL))
		hyperliquid_decode_funding_history(&reply->value, take_settled, &taking);
	client->settled_asset++;
	schedule_settled(client, SETTLED_SPACING_NS);
}

/* One request at a time, over all markets whose funding is streamed, until each has its newest. */
static void settled_due(void *user)
{
	struct hyperliquid_client *client = user;
	client->settled_timer = 0;
	if (client->settled_pending)
		return;
	for (; client->settled_asset < client->markets.count; client->settled_asset++) {
		const struct hyperliquid_listing *listing =
			&client->markets.markets[client->settled_asset];
		const struct hyperliquid_setting *setting =
			&client->settings[client->settled_asset];
		if (!client->feeds[client->settled_asset][HYPERLIQUID_FEED_CONTEXT].wanted)
			continue;
		int64_t boundary_ns = last_boundary(client, listing);
		if (setting->settled_ns >= boundary_ns)
			continue;
		client->settled_pending = true;
		client->settled_left = true;
		hyperliquid_ask(
			client, PRIORITY_READ, 20, hyperliquid_now(client) + NS_PER_MINUTE,
			settled_read, client,
			"{\"type\":\"fundingHistory\",\"coin\":\"%s\",\"startTime\":%" PRId64 "}",
			listing->terms.coin.name, (boundary_ns - NS_PER_SECOND) / NS_PER_MS);
		return;
	}
	client->settled_asset = 0;
	int64_t interval_ns = client->markets.funding_interval_ns;
	int64_t next_ns = interval_ns - hyperliquid_venue_now(client) % interval_ns;
	/* A row that is not there yet is asked for again, a few times. */
	bool again = client->settled_left && ++client->settled_rounds < SETTLED_ROUNDS;
	client->settled_left = false;
	if (!again)
		client->settled_rounds = 0;
	int64_t again_ns = SETTLED_DELAY_NS << (client->settled_rounds & 3);
	schedule_settled(client,
			 again && again_ns < next_ns ? again_ns : next_ns + SETTLED_DELAY_NS);
}

void hyperliquid_settled_wanted(struct hyperliquid_client *client)
{
	if (client->settled_pending)
		return;
	scheduler_cancel(client->scheduler, client->settled_timer);
	client->settled_timer = 0;
	schedule_settled(client, SETTLED_SPACING_NS);
}

/* ---- begin and end -----------------------------------------------------------------------------
 */

void hyperliquid_session_begin(struct hyperliquid_client *client)
{
	client->clock_timer = scheduler_after(client->scheduler, CLOCK_EVERY_NS, SCHEDULE_TIMER,
					      clock_due, client);
	if (client->options.has_account)
		client->budget_timer = scheduler_after(client->scheduler, BUDGET_EVERY_NS,
						       SCHEDULE_TIMER, budget_due, client);
	client->refreshed_ns = hyperliquid_now(client);
	refresh_again(client, REFRESH_EVERY_NS);
}

void hyperliquid_session_stop(struct hyperliquid_client *client)
{
	schedule_id *const timers[] = {&client->start_timer, &client->clock_timer,
				       &client->budget_timer, &client->settled_timer,
				       &client->refresh_timer};
	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		scheduler_cancel(client->scheduler, *timers[i]);
		*timers[i] = 0;
	}
	if (client->start_done != NULL) {
		hyperliquid_later(client, false, "the client was stopped", client->start_done,
				  client->start_user);
		client->start_done = NULL;
	}
	hyperliquid_account_end(client, "the client was stopped");
	hyperliquid_doubts_stop(client);
	client->started = false;
	hyperliquid_link_close(client);
}
