/*
 * From start to stop: what has to be true before anything is traded, the venue's clock, and the
 * settled funding rates, which no stream tells.
 */
#include "core/base/log.h"
#include "core/market/funding_schedule.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_ATTEMPTS	    4
#define START_RETRY_NS	    NS_PER_SECOND
#define CLOCK_EVERY_NS	    (20 * NS_PER_SECOND)
#define CLOCK_RESOLUTION    NS_PER_MS
#define CLOCK_SKEW_ALARM_NS NS_PER_SECOND
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

static bool take_status(struct hyperliquid_client *client, const struct hyperliquid_reply *reply)
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
		take_status(client, reply);
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

static bool take_budget(struct hyperliquid_client *client, const struct hyperliquid_value *value)
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
		take_budget(client, &reply->value);
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

/* ---- start -------------------------------------------------------------------------------------
 */

static void start_step(void *user);

static void finish_start(struct hyperliquid_client *client, bool ok, const char *why)
{
	lifecycle_done done = client->start_done;
	client->start_done = NULL;
	if (!ok) {
		client->started = false;
		log_write(LOG_WARNING, "hyperliquid", "not started: %s", why);
	}
	done(client->start_user, ok, why);
}

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

/* Each judge: NULL = fine, "" = not readable (asked again), else why this cannot be started. */
static const char *judge_status(struct hyperliquid_client *client,
				const struct hyperliquid_reply *reply)
{
	return take_status(client, reply) ? NULL : "";
}

static const char *judge_agent_role(struct hyperliquid_client *client,
				    const struct hyperliquid_reply *reply)
{
	enum hyperliquid_role role;
	if (!hyperliquid_decode_role(&reply->value, &role, client->agent_owner))
		return "";
	switch (role) {
	case HYPERLIQUID_ROLE_AGENT:
		if (client->options.has_vault ||
		    memcmp(client->agent_owner, client->options.account, 20) == 0)
			return NULL;
		return "the agent wallet belongs to another account than the configured one";
	case HYPERLIQUID_ROLE_USER:
	case HYPERLIQUID_ROLE_SUBACCOUNT:
	case HYPERLIQUID_ROLE_VAULT:
		return "the key is that of an account, which could withdraw: approve an API wallet "
		       "(agent) on the venue's site and use its key instead";
	case HYPERLIQUID_ROLE_MISSING:
		return "the venue does not know the key's address: approve it as API wallet "
		       "(agent) "
		       "of the account on the venue's site; an expired one must be replaced";
	}
	return "";
}

static const char *judge_account_role(struct hyperliquid_client *client,
				      const struct hyperliquid_reply *reply)
{
	enum hyperliquid_role role;
	uint8_t owner[20];
	if (!hyperliquid_decode_role(&reply->value, &role, owner))
		return "";
	switch (role) {
	case HYPERLIQUID_ROLE_USER:
		return client->options.has_vault
			       ? "the configured vault or sub-account is an account of its own"
			       : NULL;
	case HYPERLIQUID_ROLE_SUBACCOUNT:
		if (!client->options.has_vault)
			return "the account is a sub-account: configure it as vault address too";
		return memcmp(owner, client->agent_owner, 20) == 0
			       ? NULL
			       : "the sub-account belongs to another account than the agent wallet";
	case HYPERLIQUID_ROLE_VAULT: /* who leads it is not told; a wrong one is refused later */
		return client->options.has_vault
			       ? NULL
			       : "the account is a vault: configure it as vault address too";
	case HYPERLIQUID_ROLE_AGENT:
		return "the account is the address of an API wallet: configure the account that it "
		       "signs for";
	case HYPERLIQUID_ROLE_MISSING:
		return "the venue does not know the account: deposit first, and check the network";
	}
	return "";
}

static const char *judge_mode(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	char mode[HYPERLIQUID_MODE_MAX + 1];
	(void)client;
	if (!hyperliquid_decode_mode(&reply->value, mode))
		return "";
	return hyperliquid_mode_fits(mode)
		       ? NULL
		       : "the account is in unified or portfolio mode, where the venue hides its "
			 "equity: set it to the standard (default) mode on the venue's site";
}

static const char *judge_budget(struct hyperliquid_client *client,
				const struct hyperliquid_reply *reply)
{
	return take_budget(client, &reply->value) ? NULL : "";
}

static const char *judge_fees(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	return hyperliquid_decode_fees(&reply->value, &client->fees.maker, &client->fees.taker)
		       ? NULL
		       : "";
}

static const char *judge_meta(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply)
{
	struct error err = {0};
	if (hyperliquid_take_meta(client, &reply->value, &err))
		return NULL;
	log_write(LOG_WARNING, "hyperliquid", "%s", err.text);
	return "";
}

enum subject { SUBJECT_NOBODY, SUBJECT_AGENT, SUBJECT_ACCOUNT };

/* §7.3, in the order in which one needs the other. */
static const struct {
	const char *type;
	enum subject subject; /* whom it asks about; all but NOBODY need an account */
	int64_t weight;
	const char *(*judge)(struct hyperliquid_client *client,
			     const struct hyperliquid_reply *reply);
} steps[] = {
	{"exchangeStatus", SUBJECT_NOBODY, 2, judge_status},
	{"userRole", SUBJECT_AGENT, 60, judge_agent_role},
	{"userRole", SUBJECT_ACCOUNT, 60, judge_account_role},
	{"userAbstraction", SUBJECT_ACCOUNT, 20, judge_mode},
	{"userRateLimit", SUBJECT_ACCOUNT, 20, judge_budget},
	{"userFees", SUBJECT_ACCOUNT, 20, judge_fees},
	{"meta", SUBJECT_NOBODY, 20, judge_meta},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void step_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	const char *why = reply->why;
	char text[256];
	if (client->start_done == NULL)
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED) {
		why = steps[client->start_step].judge(client, reply);
		if (why == NULL) {
			client->start_step++;
			client->start_attempts = 0;
			start_step(client);
			return;
		}
		if (why[0] != '\0') {
			finish_start(client, false, why);
			return;
		}
		why = "the answer cannot be read";
	}
	if (++client->start_attempts < START_ATTEMPTS) {
		client->start_timer = scheduler_after(
			client->scheduler, START_RETRY_NS << (client->start_attempts - 1),
			SCHEDULE_TIMER, start_step, client);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", steps[client->start_step].type, why ? why : "");
	finish_start(client, false, text);
}

static void start_step(void *user)
{
	struct hyperliquid_client *client = user;
	client->start_timer = 0;
	while (client->start_step < STEPS && !client->options.has_account &&
	       steps[client->start_step].subject != SUBJECT_NOBODY)
		client->start_step++;
	int64_t give_up_ns = hyperliquid_now(client) + HYPERLIQUID_PATIENCE_NS;
	if (client->start_step == STEPS) {
		client->clock_timer = scheduler_after(client->scheduler, CLOCK_EVERY_NS,
						      SCHEDULE_TIMER, clock_due, client);
		if (client->options.has_account)
			client->budget_timer = scheduler_after(client->scheduler, BUDGET_EVERY_NS,
							       SCHEDULE_TIMER, budget_due, client);
		hyperliquid_link_open(client);
		finish_start(client, true, "");
		return;
	}
	const char *type = steps[client->start_step].type;
	int64_t weight = steps[client->start_step].weight;
	/* Somebody waits for it: before other reads. */
	if (steps[client->start_step].subject == SUBJECT_NOBODY)
		hyperliquid_ask(client, PRIORITY_OPEN, weight, give_up_ns, step_answered, client,
				"{\"type\":\"%s\"}", type);
	else
		hyperliquid_ask(client, PRIORITY_OPEN, weight, give_up_ns, step_answered, client,
				"{\"type\":\"%s\",\"user\":\"%s\"}", type,
				steps[client->start_step].subject == SUBJECT_AGENT
					? client->options.key.address_text
					: client->account_text);
}

void hyperliquid_session_start(struct hyperliquid_client *client, lifecycle_done done, void *user)
{
	if (client->started) {
		hyperliquid_later(client, false, "the client is started already", done, user);
		return;
	}
	client->started = true;
	client->start_step = client->start_attempts = 0;
	client->start_done = done;
	client->start_user = user;
	start_step(client);
}

void hyperliquid_session_stop(struct hyperliquid_client *client)
{
	schedule_id *const timers[] = {&client->start_timer, &client->clock_timer,
				       &client->budget_timer, &client->settled_timer};
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
