#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBSCRIBE_WITHIN_NS  (15 * NS_PER_SECOND) /* then told as not there (yet) */
#define CLOCK_UNKNOWN_NS     (500 * NS_PER_MS)
#define CLOCK_TOLD_AGAIN_NS  (2 * NS_PER_MS)
#define CLOCK_CHECK_EVERY_NS (10 * NS_PER_MINUTE)
#define CLOCK_ALARM_NS	     NS_PER_SECOND
#define ORDER_EXPIRY_MOST_NS (30 * NS_PER_DAY)
#define CONNECTION	     1

/* ---- inside and outside ---------------------------------------------------------------------- */

static void destroy(void *user)
{
	struct lighter_client *client = user;
	lighter_key_wipe(&client->options.key);
	memset(client->token, 0, sizeof(client->token));
	endpoint_free(client->endpoint);
	lighter_stream_free(client->stream);
	lighter_sides_free(client);
	free(client->commands);
	free(client->market_of);
	free(client);
}

bool lighter_enter(struct lighter_client *client)
{
	if (client->dying)
		return false;
	client->inside++;
	return true;
}

void lighter_leave(struct lighter_client *client)
{
	assert(client->inside > 0);
	/* The transport that called us must have returned before its endpoint goes. */
	if (--client->inside == 0 && client->dying)
		scheduler_after(client->scheduler, 0, SCHEDULE_COMPLETION, destroy, client);
}

void lighter_arm(struct lighter_client *client, struct lighter_timer *timer, int64_t at_ns,
		 scheduler_callback callback)
{
	if (timer->entry != 0 && timer->at_ns == at_ns)
		return;
	scheduler_cancel(client->scheduler, timer->entry);
	timer->entry = 0;
	timer->at_ns = at_ns;
	if (at_ns != INT64_MAX)
		timer->entry =
			scheduler_at(client->scheduler, at_ns, SCHEDULE_TIMER, callback, client);
}

void lighter_tell_market(struct lighter_client *client, const struct market_event *event)
{
	if (client->started && !client->dying && client->sink.market)
		client->sink.market(client->sink.user, event);
}

void lighter_tell_account(struct lighter_client *client, const struct account_event *event)
{
	if (client->started && !client->dying && client->sink.account)
		client->sink.account(client->sink.user, event);
}

/* ---- clock ----------------------------------------------------------------------------------- */

int64_t lighter_venue_now(const struct lighter_client *client)
{
	int64_t offset_ns = 0, uncertainty_ns;
	clock_offset_estimate(&client->clock, lighter_now(client), &offset_ns, &uncertainty_ns);
	return lighter_now(client) + offset_ns;
}

int64_t lighter_local_of(const struct lighter_client *client, int64_t venue_ns)
{
	int64_t offset_ns = 0, uncertainty_ns;
	clock_offset_estimate(&client->clock, lighter_now(client), &offset_ns, &uncertainty_ns);
	return venue_ns - offset_ns;
}

int64_t lighter_clock_error(const struct lighter_client *client)
{
	int64_t offset_ns, uncertainty_ns;
	if (!clock_offset_estimate(&client->clock, lighter_now(client), &offset_ns,
				   &uncertainty_ns))
		return CLOCK_UNKNOWN_NS;
	return uncertainty_ns;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static void tell_clock(struct lighter_client *client)
{
	int64_t offset_ns, uncertainty_ns;
	if (!clock_offset_estimate(&client->clock, lighter_now(client), &offset_ns,
				   &uncertainty_ns))
		return;
	int64_t change_ns = distance(offset_ns, client->told_offset_ns);
	if (client->clock_told && change_ns < CLOCK_TOLD_AGAIN_NS &&
	    distance(uncertainty_ns, client->told_uncertainty_ns) <
		    client->told_uncertainty_ns / 4 + CLOCK_TOLD_AGAIN_NS)
		return;
	if (distance(offset_ns, 0) > CLOCK_ALARM_NS + uncertainty_ns &&
	    (!client->clock_told || change_ns > uncertainty_ns))
		log_write(LOG_ALARM, LIGHTER_AREA,
			  "our clock and the venue's differ by %lld ms: set this machine's clock",
			  (long long)(offset_ns / NS_PER_MS));
	client->clock_told = true;
	client->told_offset_ns = offset_ns;
	client->told_uncertainty_ns = uncertainty_ns;
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = lighter_now(client);
	event.venue = client->base.venue;
	event.connection = CONNECTION;
	event.kind = EVENT_CLOCK;
	event.u.clock.offset_ns = offset_ns;
	event.u.clock.uncertainty_ns = uncertainty_ns;
	lighter_tell_market(client, &event);
}

void lighter_clock_sample(struct lighter_client *client, int64_t sent_ns, int64_t received_ns,
			  int64_t venue_ns, int64_t resolution_ns)
{
	clock_offset_sample(&client->clock, sent_ns, received_ns, venue_ns, resolution_ns);
	tell_clock(client);
}

static void on_clock_check(void *user);

static void on_clock(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	int64_t venue_ns;
	if (answer->kind == ANSWER_VALUE &&
	    lighter_time(&answer->reply.slots[REPLY_TIMESTAMP], &venue_ns) && venue_ns > 0)
		lighter_clock_sample(client, answer->sent_ns, answer->received_ns, venue_ns,
				     NS_PER_SECOND);
}

static void on_clock_check(void *user)
{
	struct lighter_client *client = user;
	int64_t now_ns = lighter_now(client);
	client->clock_check.entry = 0;
	if (!lighter_enter(client))
		return;
	lighter_get(client, PRIORITY_READ, WEIGHT_OTHER, now_ns + 10 * NS_PER_SECOND, on_clock,
		    client, "/");
	lighter_arm(client, &client->clock_check, now_ns + CLOCK_CHECK_EVERY_NS, on_clock_check);
	lighter_leave(client);
}

/* ---- life cycle completions ------------------------------------------------------------------ */

static struct lighter_lifecycle *take_lifecycle(struct lighter_client *client, lifecycle_done done,
						void *user)
{
	for (size_t i = 0; i < LIGHTER_LIFECYCLE_MAX; i++) {
		struct lighter_lifecycle *slot = &client->lifecycles[i];
		if (slot->used)
			continue;
		memset(slot, 0, sizeof(*slot));
		slot->client = client;
		slot->used = true;
		slot->done = done;
		slot->user = user;
		return slot;
	}
	fprintf(stderr, "lighter_client: more than %d life cycle calls at once\n",
		LIGHTER_LIFECYCLE_MAX);
	abort();
}

static const struct {
	unsigned wanted; /* enum channel */
	enum lighter_channel channel;
} channel_map[] = {
	{CHANNEL_BOOK, LIGHTER_BOOK},
	{CHANNEL_BBO, LIGHTER_TICKER},
	{CHANNEL_TRADES, LIGHTER_TRADES},
	{CHANNEL_FUNDING, LIGHTER_STATS},
};
#define CHANNELS (sizeof(channel_map) / sizeof(channel_map[0]))

/* Its turn has not come: messages of everything that is wanted have a budget of their own. */
static bool is_queued(const struct lighter_client *client, const struct lighter_lifecycle *slot)
{
	unsigned wanted = lighter_stream_wanted(client->stream);
	int64_t market = lighter_market_of(client, slot->instrument);
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++)
		wanted += lighter_stream_wanted(client->sides[i]->stream);
	int64_t queue_ns = wanted * (NS_PER_MINUTE / LIGHTER_MESSAGES_A_MINUTE);
	if (lighter_now(client) - slot->since_ns > queue_ns + SUBSCRIBE_WITHIN_NS)
		return false;
	for (size_t c = 0; c < CHANNELS; c++) {
		enum lighter_subscription state =
			lighter_subscribed(client, channel_map[c].channel, market);
		if ((slot->channels & channel_map[c].wanted) &&
		    (state == SUBSCRIPTION_TO_ASK || state == SUBSCRIPTION_ASKED))
			return true;
	}
	return false;
}

static void on_lifecycle(void *user)
{
	struct lighter_lifecycle *slot = user;
	struct lighter_client *client = slot->client;
	struct lighter_lifecycle told = *slot;
	slot->entry = 0;
	if (!lighter_enter(client))
		return;
	if (slot->channels != 0 && is_queued(client, slot)) {
		slot->entry = scheduler_after(client->scheduler, SUBSCRIBE_WITHIN_NS,
					      SCHEDULE_COMPLETION, on_lifecycle, slot);
		lighter_leave(client);
		return;
	}
	slot->used = false;
	told.done(told.user, told.ok, told.why);
	lighter_leave(client);
}

static void end_lifecycle(struct lighter_lifecycle *slot, bool ok, const char *why)
{
	struct scheduler *scheduler = slot->client->scheduler;
	scheduler_cancel(scheduler, slot->entry);
	slot->channels = 0;
	slot->ok = ok;
	snprintf(slot->why, sizeof(slot->why), "%s", why);
	slot->entry = scheduler_after(scheduler, 0, SCHEDULE_COMPLETION, on_lifecycle, slot);
}

void lighter_complete_later(struct lighter_client *client, bool ok, const char *why,
			    lifecycle_done done, void *user)
{
	end_lifecycle(take_lifecycle(client, done, user), ok, why);
}

/* ---- subscriptions --------------------------------------------------------------------------- */

/* Ends those that wait for channels when all are there, or one was refused. */
static void check_lifecycles(struct lighter_client *client, enum lighter_channel refused,
			     int64_t refused_market, const char *why)
{
	for (size_t i = 0; i < LIGHTER_LIFECYCLE_MAX; i++) {
		struct lighter_lifecycle *slot = &client->lifecycles[i];
		if (!slot->used || slot->channels == 0)
			continue;
		int64_t market = lighter_market_of(client, slot->instrument);
		bool all = true, no = false;
		for (size_t c = 0; c < CHANNELS; c++) {
			if (!(slot->channels & channel_map[c].wanted))
				continue;
			all = all && lighter_subscribed(client, channel_map[c].channel, market) ==
					     SUBSCRIPTION_LIVE;
			no = no || (channel_map[c].channel == refused &&
				    (refused_market == market || refused == LIGHTER_STATS));
		}
		if (no)
			end_lifecycle(slot, false, why);
		else if (all)
			end_lifecycle(slot, true, "");
	}
}

static void client_subscribe(struct exchange_client *base, instrument_id instrument,
			     unsigned channels, lifecycle_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	int64_t market = lighter_market_of(client, instrument);
	channels &= CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_TRADES | CHANNEL_FUNDING;
	if (!client->started || market < 0) {
		lighter_complete_later(client, false,
				       client->started ? "no such instrument at this venue"
						       : "the client is not started",
				       done, user);
		return;
	}
	for (size_t c = 0; c < CHANNELS; c++) {
		if ((channels & channel_map[c].wanted) &&
		    !lighter_want(client, channel_map[c].channel, market, true)) {
			lighter_complete_later(client, false,
					       "the connections carry no more subscriptions", done,
					       user);
			return;
		}
	}
	struct lighter_lifecycle *slot = take_lifecycle(client, done, user);
	slot->instrument = instrument;
	slot->channels = channels;
	snprintf(slot->why, sizeof(slot->why), "no answer yet; it stays wanted");
	slot->since_ns = lighter_now(client);
	slot->entry = scheduler_after(client->scheduler, SUBSCRIBE_WITHIN_NS, SCHEDULE_COMPLETION,
				      on_lifecycle, slot);
	check_lifecycles(client, LIGHTER_CHANNELS, -1, "");
	if (channels == 0)
		end_lifecycle(slot, true, "");
	lighter_poll_soon(client);
}

static void client_unsubscribe(struct exchange_client *base, instrument_id instrument,
			       unsigned channels, lifecycle_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	int64_t market = lighter_market_of(client, instrument);
	for (size_t c = 0; c < CHANNELS && market >= 0; c++)
		if (channels & channel_map[c].wanted)
			lighter_want(client, channel_map[c].channel, market, false);
	lighter_complete_later(client, true, "", done, user);
	lighter_poll_soon(client);
}

/* ---- the stream ------------------------------------------------------------------------------ */

static void on_poll(void *user)
{
	struct lighter_client *client = user;
	bool overdue;
	client->poll.entry = 0;
	if (!lighter_enter(client))
		return;
	int64_t next_ns = lighter_stream_poll(client->stream, lighter_now(client), &overdue);
	if (overdue && client->link)
		stream_link_reconnect(client->link, "a subscription was not answered");
	else
		lighter_arm(client, &client->poll, next_ns, on_poll);
	lighter_leave(client);
}

void lighter_poll_soon(struct lighter_client *client)
{
	lighter_arm(client, &client->poll, lighter_now(client), on_poll);
	lighter_sides_poll_soon(client);
}

static void sink_market(void *user, const struct market_event *event)
{
	lighter_tell_market(user, event);
}

static bool sink_send(void *user, const char *text, size_t length)
{
	struct lighter_client *client = user;
	return client->link && stream_link_send(client->link, text, length);
}

static const char *sink_auth(void *user)
{
	const char *token = lighter_token(user);
	return token[0] ? token : NULL;
}

static void sink_account(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	lighter_account_frame(user, frame, received_ns);
}

static void sink_answer(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	(void)received_ns;
	lighter_flight_frame(user, frame);
}

static void sink_subscribed(void *user, enum lighter_channel channel, int64_t market, bool live,
			    const char *why)
{
	struct lighter_client *client = user;
	if (channel >= LIGHTER_ORDERS)
		lighter_account_live(client, channel, live, why);
	else
		lighter_channel_changed(client, channel, market, live, why);
}

void lighter_channel_changed(struct lighter_client *client, enum lighter_channel channel,
			     int64_t market, bool live, const char *why)
{
	check_lifecycles(client, live ? LIGHTER_CHANNELS : channel, market, why);
}

void lighter_clock_by_stream(struct lighter_client *client, int64_t sent_ns, int64_t received_ns,
			     int64_t venue_ns)
{
	int64_t offset_ns, uncertainty_ns;
	/* A stamp that was not taken now would lie; the coarse clock of REST knows how far. */
	if (!clock_offset_estimate(&client->clock, received_ns, &offset_ns, &uncertainty_ns) ||
	    venue_ns - received_ns > offset_ns + uncertainty_ns ||
	    venue_ns + NS_PER_MS - sent_ns < offset_ns - uncertainty_ns)
		return;
	lighter_clock_sample(client, sent_ns, received_ns, venue_ns, NS_PER_MS);
}

static void sink_clock(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns)
{
	lighter_clock_by_stream(user, sent_ns, received_ns, venue_ns);
}

static void on_link_up(void *user)
{
	struct lighter_client *client = user;
	if (!lighter_enter(client))
		return;
	lighter_stream_up(client->stream, lighter_now(client));
	lighter_poll_soon(client);
	lighter_pump(client);
	lighter_leave(client);
}

static void on_link_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct lighter_client *client = user;
	if (!lighter_enter(client))
		return;
	client->heard_ns = received_ns;
	lighter_stream_message(client->stream, text, length, received_ns);
	if (!client->dying && lighter_stream_restless(client->stream))
		lighter_poll_soon(client);
	lighter_leave(client);
}

static void on_link_down(void *user, const char *why)
{
	struct lighter_client *client = user;
	if (!lighter_enter(client))
		return;
	log_write(LOG_WARNING, LIGHTER_AREA, "the stream is down: %s", why);
	lighter_stream_down(client->stream, lighter_now(client));
	lighter_account_disconnected(client);
	lighter_flights_disconnected(client);
	lighter_leave(client);
}

bool lighter_open_stream(struct lighter_client *client)
{
	static const struct stream_link_events events = {on_link_up, on_link_message, on_link_down};
	const struct stream_link_options options = {
		.name = "lighter",
		.backoff_first_ns = 250 * NS_PER_MS,
		.backoff_max_ns = 30 * NS_PER_SECOND,
		.open_timeout_ns = 10 * NS_PER_SECOND,
		.ping_after_ns = 30 * NS_PER_SECOND, /* closed after 2 minutes of silence */
		.ping_text = "{\"type\":\"ping\"}",
		.silent_after_ns = 60 * NS_PER_SECOND, /* two pings without their pong */
		.connects_per_minute = 40,	       /* of 80 new ones per IP */
	};
	if (client->link == NULL)
		client->link = stream_link_create(client->scheduler, client->endpoint, &options,
						  &events, client, random_u64(&client->random));
	if (client->link == NULL || !lighter_sides_open(client))
		return false;
	lighter_arm(client, &client->clock_check, lighter_now(client) + CLOCK_CHECK_EVERY_NS,
		    on_clock_check);
	return true;
}

/* ---- making and ending ----------------------------------------------------------------------- */

static void client_stop(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	if (client->starting) {
		client->starting = false;
		lighter_complete_later(client, false, "stopped", client->start_done,
				       client->start_user);
	}
	stream_link_free(client->link);
	client->link = NULL;
	lighter_stream_down(client->stream, lighter_now(client));
	lighter_sides_close(client);
	client->started = false;
	lighter_account_end(client);
	lighter_arm(client, &client->poll, INT64_MAX, on_poll);
	lighter_arm(client, &client->clock_check, INT64_MAX, on_clock_check);
	lighter_flights_disconnected(client);
	lighter_complete_later(client, true, "", done, user);
}

static void silence(struct lighter_client *client)
{
	stream_link_free(client->link);
	client->link = NULL;
	lighter_sides_close(client);
	lighter_account_end(client);
	lighter_commands_end(client);
	lighter_flights_end(client);
	lighter_reads_end(client);
	lighter_rest_end(client);
	lighter_arm(client, &client->poll, INT64_MAX, on_poll);
	lighter_arm(client, &client->clock_check, INT64_MAX, on_clock_check);
	lighter_arm(client, &client->pump, INT64_MAX, on_poll);
	lighter_arm(client, &client->resync, INT64_MAX, on_poll);
	lighter_arm(client, &client->refresh, INT64_MAX, on_poll);
	for (size_t i = 0; i < LIGHTER_LIFECYCLE_MAX; i++)
		scheduler_cancel(client->scheduler, client->lifecycles[i].entry);
}

static void client_free(struct exchange_client *base)
{
	struct lighter_client *client = lighter_self(base);
	if (client->dying)
		return;
	client->dying = true;
	silence(client);
	if (client->inside == 0)
		destroy(client);
}

static const struct exchange_client_functions functions = {
	.start = lighter_start,
	.stop = client_stop,
	.subscribe = client_subscribe,
	.unsubscribe = client_unsubscribe,
	.subscribe_account = lighter_account_subscribe,
	.command = lighter_command,
	.read = lighter_read,
	.free = client_free,
};

static bool options_fit(const struct lighter_client_options *options, struct error *err)
{
	if (options->funding_interval_ns < 0 || options->funding_interval_ns > NS_PER_DAY ||
	    (options->funding_interval_ns > 0 && options->funding_interval_ns < NS_PER_SECOND))
		return error_set(err, ERROR_CONFIGURATION,
				 "Lighter's funding interval must be 1 second to 1 day");
	if (!options->has_account)
		return true;
	if (options->account_index < 0)
		return error_set(err, ERROR_CONFIGURATION,
				 "Lighter's account index must not be negative");
	if (options->api_key_index < 4 || options->api_key_index > 254)
		return error_set(err, ERROR_CONFIGURATION,
				 "Lighter's API key index must be 4 to 254 (0 to 3 belong to the "
				 "venue's own front ends)");
	if (options->order_expiry_ns < 5 * NS_PER_MINUTE ||
	    options->order_expiry_ns > ORDER_EXPIRY_MOST_NS)
		return error_set(err, ERROR_CONFIGURATION,
				 "Lighter's order expiry must be 5 minutes to 30 days");
	return true;
}

struct lighter_stream_options lighter_stream_options_of(struct lighter_client *client,
							unsigned connection, unsigned in_flight)
{
	return (struct lighter_stream_options){
		.budget = &client->messages,
		.in_flight = in_flight,
		.venue = client->base.venue,
		.connection = (uint16_t)connection,
		.account_index = client->options.account_index,
		.funding_interval_ns = client->options.funding_interval_ns,
	};
}

/* The parts of a new client; false: out of memory. */
static bool furnish(struct lighter_client *client)
{
	static const struct lighter_stream_sink sink = {
		.market = sink_market,
		.send = sink_send,
		.auth = sink_auth,
		.account = sink_account,
		.answer = sink_answer,
		.subscribed = sink_subscribed,
		.clock_sample = sink_clock,
	};
	const struct lighter_stream_options stream =
		lighter_stream_options_of(client, CONNECTION, LIGHTER_FIRST_IN_FLIGHT);
	lighter_stream_budget_init(&client->messages, lighter_now(client));
	client->market_of = malloc((INSTRUMENTS_MAX + 1) * sizeof(*client->market_of));
	client->commands = calloc(LIGHTER_COMMANDS_MAX, sizeof(*client->commands));
	client->stream = lighter_stream_create(&stream, &sink, client, lighter_now(client));
	client->usdc = instrument_table_asset(client->instruments, "USDC");
	if (client->market_of == NULL || client->commands == NULL || client->stream == NULL ||
	    client->usdc == 0)
		return false;
	for (size_t i = 0; i <= INSTRUMENTS_MAX; i++)
		client->market_of[i] = -1;
	for (size_t i = LIGHTER_COMMANDS_MAX; i-- > 0;) {
		client->commands[i].next = client->free_commands;
		client->free_commands = &client->commands[i];
	}
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		client->markets[i].margin_mode = -1;
	return true;
}

struct exchange_client *lighter_client_create(const struct lighter_client_options *options,
					      struct scheduler *scheduler,
					      struct instrument_table *instruments,
					      struct error *err)
{
	if (!options_fit(options, err))
		return NULL;
	struct lighter_client *client = calloc(1, sizeof(*client));
	if (client == NULL) {
		error_set(err, ERROR_IO, "out of memory");
		return NULL;
	}
	client->base.functions = &functions;
	client->base.venue = options->venue;
	client->base.capabilities = CAN_STREAM_BOOK;
	if (options->has_account)
		client->base.capabilities |= CAN_BATCH | CAN_POST_ONLY | CAN_REDUCE_ONLY |
					     CAN_DEAD_MANS_SWITCH | CAN_SET_LEVERAGE |
					     CAN_SET_MARGIN_MODE | CAN_ORDER_EXPIRY |
					     CAN_STREAM_ACCOUNT;
	client->options = *options;
	if (client->options.funding_interval_ns == 0)
		client->options.funding_interval_ns = NS_PER_HOUR;
	client->scheduler = scheduler;
	client->instruments = instruments;
	random_seed(&client->random, options->seed);
	lighter_nonces_init(&client->nonces);
	lighter_rest_begin(client);
	if (!furnish(client)) {
		destroy(client);
		error_set(err, ERROR_IO, "out of memory");
		return NULL;
	}
	client->endpoint = options->endpoint;
	return &client->base;
}

struct lighter_client_statistics lighter_client_statistics(const struct exchange_client *base)
{
	const struct lighter_client *client = (const struct lighter_client *)base;
	struct lighter_client_statistics statistics = client->statistics;
	for (size_t i = 0; i <= LIGHTER_SIDES_MAX; i++) {
		if (i > 0 && client->sides[i - 1] == NULL)
			break;
		const struct lighter_stream_counts *counts = lighter_stream_counts(
			i == 0 ? client->stream : client->sides[i - 1]->stream);
		statistics.frames += counts->frames;
		statistics.unreadable_frames += counts->unreadable;
		statistics.book_gaps += counts->gaps;
	}
	return statistics;
}
