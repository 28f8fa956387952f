/*
 * The one WebSocket: subscriptions and their acknowledgements, frames to those who read them, and
 * everything subscribed again when it comes back (venues/hyperliquid.md §5.1 to §5.3).
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PING_AFTER_NS	       (20 * NS_PER_SECOND)
#define SILENCE_LOOK_NS	       (5 * NS_PER_SECOND)
#define MARKET_SILENT_AFTER_NS (15 * NS_PER_SECOND)
#define SILENT_AFTER_NS	       (65 * NS_PER_SECOND) /* the server closes after 60 s of its silence */
#define CONNECTS_A_MINUTE      20		    /* of 30 per IP */
#define ACKNOWLEDGE_NS	       (5 * NS_PER_SECOND)  /* later the connection is made anew */
#define WAITER_PATIENCE_NS     (30 * NS_PER_SECOND)
#define SUBSCRIPTIONS_MAX      1000 /* per IP */
#define RETRY_SENDING_NS       NS_PER_SECOND
#define UNSOUND_IN_A_ROW       5

static const unsigned COIN_FEEDS = HYPERLIQUID_FEED_ORDER_UPDATES;

static void send_feeds(void *user);

/* ---- subscription messages ---------------------------------------------------------------------
 */

static bool send_feed(struct hyperliquid_client *client, const char *method,
		      enum hyperliquid_feed feed, const char *coin)
{
	char text[256];
	const char *name = hyperliquid_feed_name(feed);
	int length;
	if (feed >= HYPERLIQUID_FEED_ORDER_UPDATES)
		length = snprintf(text, sizeof(text),
				  "{\"method\":\"%s\",\"subscription\":{\"type\":\"%s\",\"user\":"
				  "\"%s\"}}",
				  method, name, client->account_text);
	else
		length = snprintf(text, sizeof(text),
				  "{\"method\":\"%s\",\"subscription\":{\"type\":\"%s\",\"coin\":"
				  "\"%s\"%s}}",
				  method, name, coin,
				  feed == HYPERLIQUID_FEED_BOOK ? ",\"fast\":true" : "");
	assert(length > 0 && (size_t)length < sizeof(text));
	return hyperliquid_send(client, text, (size_t)length);
}

static bool is_up(const struct hyperliquid_client *client)
{
	return client->link != NULL && stream_link_is_up(client->link);
}

static void look_again(struct hyperliquid_client *client, int64_t delay_ns)
{
	if (client->feed_timer == 0)
		client->feed_timer = scheduler_after(client->scheduler, delay_ns, SCHEDULE_TIMER,
						     send_feeds, client);
}

/* False: the budget of messages is used up, the rest comes later. */
static bool send_if_needed(struct hyperliquid_client *client, struct hyperliquid_feed_state *state,
			   enum hyperliquid_feed feed, const char *coin, bool *late)
{
	if (!state->wanted || state->acknowledged || state->refused)
		return true;
	if (state->sent) {
		*late = *late || hyperliquid_now(client) - state->sent_ns >= ACKNOWLEDGE_NS;
		return true;
	}
	if (!send_feed(client, "subscribe", feed, coin))
		return false;
	state->sent = true;
	state->sent_ns = hyperliquid_now(client);
	return true;
}

static bool send_all(struct hyperliquid_client *client, bool *late)
{
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		if (!send_if_needed(client, &client->user_feeds[i],
				    (enum hyperliquid_feed)(COIN_FEEDS + i), "", late))
			return false;
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		for (unsigned feed = 0; feed < COIN_FEEDS; feed++)
			if (!send_if_needed(client, &client->feeds[asset][feed],
					    (enum hyperliquid_feed)feed,
					    client->markets.markets[asset].terms.coin.name, late))
				return false;
	return true;
}

static bool is_missing(const struct hyperliquid_feed_state *state)
{
	return state->wanted && !state->acknowledged && !state->refused;
}

static bool anything_missing(const struct hyperliquid_client *client)
{
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		if (is_missing(&client->user_feeds[i]))
			return true;
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		for (unsigned feed = 0; feed < COIN_FEEDS; feed++)
			if (is_missing(&client->feeds[asset][feed]))
				return true;
	return false;
}

/* ---- those who wait ----------------------------------------------------------------------------
 */

static void end_waiter(struct hyperliquid_waiter *waiter, bool ok, const char *why)
{
	lifecycle_done done = waiter->done;
	void *user = waiter->user;
	waiter->used = false;
	done(user, ok, why);
}

static bool all_acknowledged(const struct hyperliquid_client *client,
			     const struct hyperliquid_waiter *waiter)
{
	for (unsigned feed = 0; feed < COIN_FEEDS; feed++)
		if ((waiter->feeds & 1u << feed) &&
		    !client->feeds[waiter->asset][feed].acknowledged)
			return false;
	return true;
}

static bool any_refused(const struct hyperliquid_client *client,
			const struct hyperliquid_waiter *waiter)
{
	for (unsigned feed = 0; feed < COIN_FEEDS; feed++)
		if ((waiter->feeds & 1u << feed) && client->feeds[waiter->asset][feed].refused)
			return true;
	return false;
}

static void answer_waiters(struct hyperliquid_client *client)
{
	for (size_t i = 0; i < HYPERLIQUID_WAITERS_MAX; i++) {
		struct hyperliquid_waiter *waiter = &client->waiters[i];
		if (!waiter->used)
			continue;
		if (all_acknowledged(client, waiter))
			end_waiter(waiter, true, "");
		else if (any_refused(client, waiter))
			end_waiter(waiter, false, "the venue refused the subscription");
		else if (hyperliquid_now(client) >= waiter->deadline_ns)
			end_waiter(waiter, false, "the venue did not acknowledge it in time");
	}
}

static bool anybody_waits(const struct hyperliquid_client *client)
{
	for (size_t i = 0; i < HYPERLIQUID_WAITERS_MAX; i++)
		if (client->waiters[i].used)
			return true;
	return false;
}

/* Sends what is not sent, waits for what is not acknowledged. */
static void send_feeds(void *user)
{
	struct hyperliquid_client *client = user;
	bool late = false;
	client->feed_timer = 0;
	if (is_up(client))
		send_all(client, &late);
	if (late) {
		stream_link_reconnect(client->link, "a subscription was not acknowledged");
		return;
	}
	answer_waiters(client);
	if ((is_up(client) && anything_missing(client)) || anybody_waits(client))
		look_again(client, RETRY_SENDING_NS);
}

static void take_ack(struct hyperliquid_client *client, const struct hyperliquid_frame *frame)
{
	struct hyperliquid_subscription subscription;
	struct hyperliquid_feed_state *state;
	char text[256];
	enum hyperliquid_ack ack = hyperliquid_decode_ack(frame, &subscription);
	if (frame->channel == HYPERLIQUID_CHANNEL_ERROR) {
		hyperliquid_excerpt(&frame->data, text, sizeof(text));
		log_write(LOG_WARNING, "hyperliquid", "the stream says: %s", text);
	}
	if (ack == HYPERLIQUID_ACK_NONE)
		return;
	if (subscription.feed >= HYPERLIQUID_FEED_ORDER_UPDATES) {
		state = &client->user_feeds[subscription.feed - COIN_FEEDS];
	} else {
		const struct hyperliquid_listing *listing =
			hyperliquid_listing_of_coin(&client->markets, subscription.coin.name);
		if (listing == NULL)
			return;
		state = &client->feeds[listing->asset][subscription.feed];
	}
	if (ack == HYPERLIQUID_ACK_UNSUBSCRIBED)
		return;
	/* A refused one is asked for again with the next connection. */
	state->acknowledged = ack == HYPERLIQUID_ACK_SUBSCRIBED && state->wanted;
	state->refused = ack == HYPERLIQUID_ACK_REFUSED && state->wanted;
	answer_waiters(client);
	if (subscription.feed >= HYPERLIQUID_FEED_ORDER_UPDATES &&
	    hyperliquid_account_feeds_acknowledged(client))
		hyperliquid_account_feeds_up(client);
}

/* ---- the connection ----------------------------------------------------------------------------
 */

static void forget_acknowledgements(struct hyperliquid_client *client)
{
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		client->user_feeds[i] =
			(struct hyperliquid_feed_state){.wanted = client->user_feeds[i].wanted};
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		for (unsigned feed = 0; feed < COIN_FEEDS; feed++) {
			struct hyperliquid_feed_state *state = &client->feeds[asset][feed];
			*state = (struct hyperliquid_feed_state){.wanted = state->wanted};
		}
}

/* Books come twice a second, so their silence is the feed's: pongs and the account's frames say
 * nothing about them. */
static void look_for_silence(void *user)
{
	struct hyperliquid_client *client = user;
	const struct hyperliquid_stream_counts *counts = hyperliquid_stream_counts(client->stream);
	uint64_t frames =
		counts->books + counts->bbos + counts->contexts + counts->trades + counts->repeated;
	int64_t now_ns = hyperliquid_now(client);
	bool books = false;
	for (uint32_t asset = 0; asset < client->markets.count && !books; asset++)
		books = client->feeds[asset][HYPERLIQUID_FEED_BOOK].acknowledged;
	client->silence_timer = scheduler_after(client->scheduler, SILENCE_LOOK_NS, SCHEDULE_TIMER,
						look_for_silence, client);
	if (frames != client->market_frames || !books || !is_up(client)) {
		client->market_frames = frames;
		client->market_moved_ns = now_ns;
	} else if (now_ns - client->market_moved_ns >= MARKET_SILENT_AFTER_NS) {
		client->market_moved_ns = now_ns;
		stream_link_reconnect(client->link, "the market's feeds have fallen silent");
	}
}

static void link_up(void *user)
{
	struct hyperliquid_client *client = user;
	client->market_moved_ns = hyperliquid_now(client);
	client->unsound_in_a_row = 0;
	forget_acknowledgements(client);
	hyperliquid_stream_up(client->stream, hyperliquid_now(client));
	hyperliquid_account_up(client);
	scheduler_cancel(client->scheduler, client->feed_timer);
	client->feed_timer = 0;
	send_feeds(client);
}

static void link_down(void *user, const char *why)
{
	struct hyperliquid_client *client = user;
	log_write(LOG_WARNING, "hyperliquid", "stream down: %s", why);
	forget_acknowledgements(client);
	hyperliquid_posts_lost(client, "the connection was lost before the answer");
	hyperliquid_account_down(client);
	hyperliquid_stream_down(client->stream, hyperliquid_now(client));
	if (anybody_waits(client))
		look_again(client, RETRY_SENDING_NS);
}

static void link_message(void *user, const char *text, size_t length, int64_t received_ns)
{
	struct hyperliquid_client *client = user;
	struct hyperliquid_frame frame = hyperliquid_decode_frame(text, length);
	client->last_frame_ns = received_ns;
	hyperliquid_stream_frame(client->stream, &frame, received_ns,
				 received_ns + hyperliquid_clock_error(client));
	switch (frame.channel) {
	case HYPERLIQUID_CHANNEL_UNSOUND:
		log_write(LOG_WARNING, "hyperliquid", "a message that cannot be read");
		if (++client->unsound_in_a_row >= UNSOUND_IN_A_ROW)
			stream_link_reconnect(client->link, "only messages that cannot be read");
		return;
	case HYPERLIQUID_CHANNEL_POST:
		hyperliquid_post_answered(client, &frame.data, received_ns);
		break;
	case HYPERLIQUID_CHANNEL_SUBSCRIPTION:
	case HYPERLIQUID_CHANNEL_ERROR:
		take_ack(client, &frame);
		break;
	case HYPERLIQUID_CHANNEL_ORDER_UPDATES:
	case HYPERLIQUID_CHANNEL_USER_FILLS:
	case HYPERLIQUID_CHANNEL_USER_FUNDINGS:
	case HYPERLIQUID_CHANNEL_CLEARINGHOUSE:
		hyperliquid_account_frame(client, &frame);
		break;
	case HYPERLIQUID_CHANNEL_GREETING:
	case HYPERLIQUID_CHANNEL_OTHER:
	case HYPERLIQUID_CHANNEL_PONG:
	case HYPERLIQUID_CHANNEL_BBO:
	case HYPERLIQUID_CHANNEL_BOOK:
	case HYPERLIQUID_CHANNEL_CONTEXT:
	case HYPERLIQUID_CHANNEL_TRADES:
		break;
	}
	client->unsound_in_a_row = 0;
}

void hyperliquid_link_open(struct hyperliquid_client *client)
{
	static const struct stream_link_events events = {link_up, link_message, link_down};
	const struct stream_link_options options = {.name = "hyperliquid",
						    .backoff_first_ns = 250 * NS_PER_MS,
						    .backoff_max_ns = 30 * NS_PER_SECOND,
						    .open_timeout_ns = 10 * NS_PER_SECOND,
						    .ping_after_ns = PING_AFTER_NS,
						    .ping_text = "{\"method\":\"ping\"}",
						    .silent_after_ns = SILENT_AFTER_NS,
						    .connects_per_minute = CONNECTS_A_MINUTE};
	client->link = stream_link_create(client->scheduler, client->options.endpoint, &options,
					  &events, client, random_u64(&client->random));
	if (client->link == NULL)
		log_write(LOG_ALARM, "hyperliquid", "no memory for a stream: REST alone");
	client->silence_timer = scheduler_after(client->scheduler, SILENCE_LOOK_NS, SCHEDULE_TIMER,
						look_for_silence, client);
}

void hyperliquid_link_close(struct hyperliquid_client *client)
{
	bool was_up = is_up(client);
	scheduler_cancel(client->scheduler, client->silence_timer);
	client->silence_timer = 0;
	stream_link_free(client->link);
	client->link = NULL;
	scheduler_cancel(client->scheduler, client->feed_timer);
	client->feed_timer = 0;
	if (was_up)
		link_down(client, "stopped");
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		client->user_feeds[i] = (struct hyperliquid_feed_state){0};
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		memset(client->feeds[asset], 0, sizeof(client->feeds[asset]));
	client->subscriptions = 0;
	for (size_t i = 0; i < HYPERLIQUID_WAITERS_MAX; i++) {
		struct hyperliquid_waiter *waiter = &client->waiters[i];
		if (waiter->used)
			hyperliquid_later(client, false, "the client was stopped", waiter->done,
					  waiter->user);
		waiter->used = false;
	}
	scheduler_cancel(client->scheduler, client->feed_timer);
	client->feed_timer = 0;
}

/* ---- wanting -----------------------------------------------------------------------------------
 */

static unsigned feeds_of(unsigned channels)
{
	return ((channels & CHANNEL_BOOK) ? HYPERLIQUID_WATCH_BOOK : 0u) |
	       ((channels & CHANNEL_BBO) ? HYPERLIQUID_WATCH_BBO : 0u) |
	       ((channels & CHANNEL_TRADES) ? HYPERLIQUID_WATCH_TRADES : 0u) |
	       ((channels & CHANNEL_FUNDING) ? HYPERLIQUID_WATCH_CONTEXT : 0u);
}

/* Sets what is wanted of an asset; returns the bits of all that is. */
static unsigned want(struct hyperliquid_client *client, uint32_t asset, unsigned feeds, bool wanted)
{
	unsigned all = 0;
	for (unsigned feed = 0; feed < COIN_FEEDS; feed++) {
		struct hyperliquid_feed_state *state = &client->feeds[asset][feed];
		if ((feeds & 1u << feed) && state->wanted != wanted) {
			client->subscriptions += wanted ? 1u : -1u;
			*state = (struct hyperliquid_feed_state){.wanted = wanted};
		}
		all |= state->wanted ? 1u << feed : 0u;
	}
	return all;
}

static unsigned count_new(const struct hyperliquid_client *client, uint32_t asset, unsigned feeds)
{
	unsigned count = 0;
	for (unsigned feed = 0; feed < COIN_FEEDS; feed++)
		count += (feeds & 1u << feed) && !client->feeds[asset][feed].wanted;
	return count;
}

static struct hyperliquid_waiter *free_waiter(struct hyperliquid_client *client)
{
	for (size_t i = 0; i < HYPERLIQUID_WAITERS_MAX; i++)
		if (!client->waiters[i].used)
			return &client->waiters[i];
	return NULL;
}

void hyperliquid_subscribe(struct hyperliquid_client *client, instrument_id instrument,
			   unsigned channels, lifecycle_done done, void *user)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, instrument);
	struct hyperliquid_waiter *waiter = free_waiter(client);
	unsigned feeds = feeds_of(channels);
	const char *why = !client->started	    ? "the client is not started"
			  : listing == NULL	    ? "no such instrument at this venue"
			  : listing->terms.delisted ? "the market is delisted"
			  : waiter == NULL	    ? "too many subscriptions at once"
			  : client->link == NULL    ? "there is no stream"
						    : NULL;
	if (why == NULL && client->subscriptions + count_new(client, listing->asset, feeds) +
					   HYPERLIQUID_USER_FEEDS >
				   SUBSCRIPTIONS_MAX)
		why = "the venue takes no more than 1,000 subscriptions";
	if (why != NULL) {
		hyperliquid_later(client, false, why, done, user);
		return;
	}
	unsigned all = want(client, listing->asset, feeds, true);
	hyperliquid_stream_watch(client->stream, listing->asset, all,
				 hyperliquid_venue_now(client));
	*waiter = (struct hyperliquid_waiter){.used = true,
					      .asset = listing->asset,
					      .feeds = feeds,
					      .deadline_ns =
						      hyperliquid_now(client) + WAITER_PATIENCE_NS,
					      .done = done,
					      .user = user};
	if (feeds & HYPERLIQUID_WATCH_CONTEXT)
		hyperliquid_settled_wanted(client);
	/* Never from inside: what is acknowledged already is told a moment later. */
	scheduler_cancel(client->scheduler, client->feed_timer);
	client->feed_timer = 0;
	look_again(client, 0);
}

void hyperliquid_unsubscribe(struct hyperliquid_client *client, instrument_id instrument,
			     unsigned channels, lifecycle_done done, void *user)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, instrument);
	unsigned feeds = feeds_of(channels);
	if (listing == NULL) {
		hyperliquid_later(client, false, "no such instrument at this venue", done, user);
		return;
	}
	for (unsigned feed = 0; feed < COIN_FEEDS; feed++) {
		const struct hyperliquid_feed_state *state = &client->feeds[listing->asset][feed];
		if ((feeds & 1u << feed) && state->wanted && state->sent)
			send_feed(client, "unsubscribe", (enum hyperliquid_feed)feed,
				  listing->terms.coin.name);
	}
	hyperliquid_stream_watch(client->stream, listing->asset,
				 want(client, listing->asset, feeds, false),
				 hyperliquid_venue_now(client));
	hyperliquid_later(client, true, "", done, user);
}

void hyperliquid_want_account_feeds(struct hyperliquid_client *client)
{
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		client->user_feeds[i] = (struct hyperliquid_feed_state){.wanted = true};
	scheduler_cancel(client->scheduler, client->feed_timer);
	client->feed_timer = 0;
	look_again(client, 0);
}

bool hyperliquid_account_feeds_acknowledged(const struct hyperliquid_client *client)
{
	for (unsigned i = 0; i < HYPERLIQUID_USER_FEEDS; i++)
		if (!client->user_feeds[i].acknowledged)
			return false;
	return true;
}
