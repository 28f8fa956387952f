/* Further connections: books, tickers and trades of the markets that the first has no room for. */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <stdlib.h>

/* ---- the stream's side ----------------------------------------------------------------------- */

static void sink_market(void *user, const struct market_event *event)
{
	struct lighter_side *side = user;
	lighter_tell_market(side->client, event);
}

static bool sink_send(void *user, const char *text, size_t length)
{
	struct lighter_side *side = user;
	return side->link && stream_link_send(side->link, text, length);
}

static const char *sink_auth(void *user)
{
	(void)user;
	return NULL; /* nothing of the account is subscribed here */
}

static void sink_frame(void *user, const struct lighter_frame *frame, int64_t received_ns)
{
	(void)user;
	(void)frame;
	(void)received_ns;
}

static void sink_subscribed(void *user, enum lighter_channel channel, int64_t market, bool live,
			    const char *why)
{
	struct lighter_side *side = user;
	lighter_channel_changed(side->client, channel, market, live, why);
}

static void sink_clock(void *user, int64_t sent_ns, int64_t received_ns, int64_t venue_ns)
{
	struct lighter_side *side = user;
	lighter_clock_by_stream(side->client, sent_ns, received_ns, venue_ns);
}

/* ---- the link's side ------------------------------------------------------------------------- */

static void on_poll(void *user)
{
	struct lighter_side *side = user;
	struct lighter_client *client = side->client;
	bool overdue;
	side->poll = 0;
	if (!lighter_enter(client))
		return;
	int64_t next_ns = lighter_stream_poll(side->stream, lighter_now(client), &overdue);
	if (overdue && side->link) {
		stream_link_reconnect(side->link, "a subscription was not answered");
	} else if (next_ns != INT64_MAX && side->poll == 0) {
		side->poll_ns = next_ns;
		side->poll =
			scheduler_at(client->scheduler, next_ns, SCHEDULE_TIMER, on_poll, side);
	}
	lighter_leave(client);
}

static void poll_soon(struct lighter_side *side)
{
	struct lighter_client *client = side->client;
	if (side->poll != 0 && side->poll_ns == lighter_now(client))
		return;
	scheduler_cancel(client->scheduler, side->poll);
	side->poll_ns = lighter_now(client);
	side->poll = scheduler_at(client->scheduler, side->poll_ns, SCHEDULE_TIMER, on_poll, side);
}

static void on_up(void *user)
{
	struct lighter_side *side = user;
	if (!lighter_enter(side->client))
		return;
	lighter_stream_up(side->stream, lighter_now(side->client));
	poll_soon(side);
	lighter_leave(side->client);
}

static void on_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct lighter_side *side = user;
	struct lighter_client *client = side->client;
	if (!lighter_enter(client))
		return;
	lighter_stream_message(side->stream, text, length, received_ns);
	if (!client->dying && lighter_stream_restless(side->stream))
		poll_soon(side);
	lighter_leave(client);
}

static void on_down(void *user, const char *why)
{
	struct lighter_side *side = user;
	if (!lighter_enter(side->client))
		return;
	log_write(LOG_WARNING, LIGHTER_AREA, "stream %u is down: %s", side->number, why);
	lighter_stream_down(side->stream, lighter_now(side->client));
	lighter_leave(side->client);
}

static bool connect_side(struct lighter_side *side)
{
	static const struct stream_link_events events = {on_up, on_message, on_down};
	struct lighter_client *client = side->client;
	const struct stream_link_options options = {
		.name = "lighter",
		.backoff_first_ns = 250 * NS_PER_MS,
		.backoff_max_ns = 30 * NS_PER_SECOND,
		.open_timeout_ns = 10 * NS_PER_SECOND,
		.ping_after_ns = 30 * NS_PER_SECOND,
		.ping_text = "{\"type\":\"ping\"}",
		.silent_after_ns = 60 * NS_PER_SECOND,
		.connects_per_minute = 6, /* with the first one's 40 under the 80 of this IP */
	};
	if (side->link == NULL)
		side->link = stream_link_create(client->scheduler, client->endpoint, &options,
						&events, side, random_u64(&client->random));
	return side->link != NULL;
}

/* ---- which connection a market is on --------------------------------------------------------- */

static struct lighter_side *add_side(struct lighter_client *client, size_t index)
{
	static const struct lighter_stream_sink sink = {
		.market = sink_market,
		.send = sink_send,
		.auth = sink_auth,
		.account = sink_frame,
		.answer = sink_frame,
		.subscribed = sink_subscribed,
		.clock_sample = sink_clock,
	};
	struct lighter_side *side = calloc(1, sizeof(*side));
	if (side == NULL)
		return NULL;
	side->client = client;
	side->number = (unsigned)index + 2;
	const struct lighter_stream_options options =
		lighter_stream_options_of(client, side->number, LIGHTER_SIDE_IN_FLIGHT);
	side->stream = lighter_stream_create(&options, &sink, side, lighter_now(client));
	if (side->stream == NULL) {
		free(side);
		return NULL;
	}
	client->sides[index] = side;
	for (int64_t i = 0; i < LIGHTER_MARKETS; i++)
		if (client->markets[i].instrument != 0)
			lighter_stream_market(side->stream, i, client->markets[i].instrument,
					      client->scales.market[i]);
	if (client->started && !connect_side(side))
		log_write(LOG_ALARM, LIGHTER_AREA, "no memory for stream %u", side->number);
	return side;
}

struct lighter_stream *lighter_stream_of(const struct lighter_client *client, int64_t market)
{
	struct lighter_side *side = client->markets[market].side;
	return side ? side->stream : client->stream;
}

/* A market that is on no connection yet comes to the first one with room for all of it. */
static void place(struct lighter_client *client, int64_t market)
{
	struct lighter_market *placed = &client->markets[market];
	if (placed->placed)
		return;
	placed->side = NULL;
	if (lighter_stream_room(client->stream) >= LIGHTER_FIRST_ROOM) {
		placed->placed = true;
		return;
	}
	for (size_t i = 0; i < LIGHTER_SIDES_MAX; i++) {
		struct lighter_side *side =
			client->sides[i] ? client->sides[i] : add_side(client, i);
		if (side == NULL)
			return;
		if (lighter_stream_room(side->stream) < LIGHTER_MARKET_ROOM)
			continue;
		placed->side = side;
		placed->placed = true;
		return;
	}
}

bool lighter_want(struct lighter_client *client, enum lighter_channel channel, int64_t market,
		  bool wanted)
{
	if (market < 0 || market >= LIGHTER_MARKETS || channel == LIGHTER_STATS)
		return lighter_stream_want(client->stream, channel, market, wanted);
	if (wanted)
		place(client, market);
	return lighter_stream_want(lighter_stream_of(client, market), channel, market, wanted);
}

enum lighter_subscription lighter_subscribed(const struct lighter_client *client,
					     enum lighter_channel channel, int64_t market)
{
	bool first = market < 0 || market >= LIGHTER_MARKETS || channel == LIGHTER_STATS;
	return lighter_stream_state(first ? client->stream : lighter_stream_of(client, market),
				    channel, market);
}

void lighter_sides_market(struct lighter_client *client, int64_t market, instrument_id instrument,
			  struct lighter_scale scale)
{
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++)
		lighter_stream_market(client->sides[i]->stream, market, instrument, scale);
}

/* ---- life ------------------------------------------------------------------------------------ */

bool lighter_sides_open(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++)
		if (!connect_side(client->sides[i]))
			return false;
	return true;
}

void lighter_sides_poll_soon(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++)
		poll_soon(client->sides[i]);
}

void lighter_sides_close(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++) {
		struct lighter_side *side = client->sides[i];
		stream_link_free(side->link);
		side->link = NULL;
		if (!client->dying)
			lighter_stream_down(side->stream, lighter_now(client));
		scheduler_cancel(client->scheduler, side->poll);
		side->poll = 0;
	}
}

void lighter_sides_free(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_SIDES_MAX && client->sides[i]; i++) {
		lighter_stream_free(client->sides[i]->stream);
		free(client->sides[i]);
	}
}
