#include "exchanges/lighter/lighter_stream.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "exchanges/lighter/lighter_stream_state.h"
#include "exchanges/lighter/lighter_write.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define AREA		    "lighter"
#define PAUSE_NS	    (10 * NS_PER_SECOND) /* after "too many messages" */
#define CODE_NOT_SUBSCRIBED 30002
#define CODE_ALREADY	    30003
#define CODE_TOO_MANY	    30009
#define CODE_IN_FLIGHT	    30010

void lighter_stream_budget_init(struct rate_limiter *budget, int64_t now_ns)
{
	static const struct rate_bucket_options messages = {
		"client messages", LIGHTER_MESSAGE_BURST, 60 * LIGHTER_MESSAGES_A_MINUTE, {0}};
	rate_limiter_init(budget, &messages, 1, now_ns);
}

struct lighter_stream *lighter_stream_create(const struct lighter_stream_options *options,
					     const struct lighter_stream_sink *sink, void *user,
					     int64_t now_ns)
{
	assert(options->funding_interval_ns > 0);
	struct lighter_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->options = *options;
	stream->sink = *sink;
	stream->user = user;
	lighter_stream_budget_init(&stream->own_budget, now_ns);
	stream->budget = options->budget ? options->budget : &stream->own_budget;
	if (stream->options.in_flight == 0)
		stream->options.in_flight = LIGHTER_IN_FLIGHT_MAX;
	stream->bids = malloc(LIGHTER_LEVELS_MAX * sizeof(*stream->bids));
	stream->asks = malloc(LIGHTER_LEVELS_MAX * sizeof(*stream->asks));
	if (stream->bids == NULL || stream->asks == NULL) {
		lighter_stream_free(stream);
		return NULL;
	}
	return stream;
}

void lighter_stream_free(struct lighter_stream *stream)
{
	if (stream == NULL)
		return;
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		order_book_free(stream->markets[i].book);
	free(stream->bids);
	free(stream->asks);
	free(stream);
}

const struct lighter_stream_counts *lighter_stream_counts(const struct lighter_stream *stream)
{
	return &stream->counts;
}

/* ---- subscriptions --------------------------------------------------------------------------- */

static bool is_account_channel(enum lighter_channel channel)
{
	return channel >= LIGHTER_ORDERS;
}

static size_t index_of(enum lighter_channel channel, int64_t market)
{
	if (!stream_of_market(channel))
		return STREAM_MARKET_ENTRIES + (size_t)channel - LIGHTER_MARKET_CHANNELS;
	assert(market >= 0 && market < LIGHTER_MARKETS);
	return (size_t)market * LIGHTER_MARKET_CHANNELS + (size_t)channel;
}

static enum lighter_channel channel_of(size_t index)
{
	return (enum lighter_channel)(index >= STREAM_MARKET_ENTRIES
					      ? index - STREAM_MARKET_ENTRIES +
							LIGHTER_MARKET_CHANNELS
					      : index % LIGHTER_MARKET_CHANNELS);
}

static int64_t market_of(size_t index)
{
	return index >= STREAM_MARKET_ENTRIES ? -1 : (int64_t)(index / LIGHTER_MARKET_CHANNELS);
}

void stream_enter(struct subscription *entry, enum lighter_subscription state)
{
	entry->state = state;
	entry->asked_ns = 0;
}

void stream_leave(struct subscription *entry)
{
	switch (entry->state) {
	case SUBSCRIPTION_ASKED:
	case SUBSCRIPTION_LIVE:
		stream_enter(entry, SUBSCRIPTION_LEAVING);
		break;
	case SUBSCRIPTION_TO_ASK:
	case SUBSCRIPTION_REFUSED:
		stream_enter(entry, SUBSCRIPTION_IDLE);
		break;
	case SUBSCRIPTION_IDLE:
	case SUBSCRIPTION_LEAVING:
		break;
	}
}

static bool want_entry(struct lighter_stream *stream, size_t index, bool wanted)
{
	struct subscription *entry = &stream->entries[index];
	if (wanted && !entry->wanted && stream->wanted == LIGHTER_SUBSCRIPTIONS_MAX)
		return false;
	if (wanted != entry->wanted)
		stream->wanted += wanted ? 1 : UINT_MAX;
	entry->wanted = wanted;
	if (!wanted)
		stream_leave(entry);
	else if (stream->up &&
		 (entry->state == SUBSCRIPTION_IDLE || entry->state == SUBSCRIPTION_REFUSED))
		stream_enter(entry, SUBSCRIPTION_TO_ASK);
	return true;
}

bool lighter_stream_want(struct lighter_stream *stream, enum lighter_channel channel,
			 int64_t market, bool wanted)
{
	if (is_account_channel(channel))
		return want_entry(stream, index_of(channel, -1), wanted);
	if (market < 0 || market >= LIGHTER_MARKETS || !stream->markets[market].known)
		return !wanted;
	if (channel != LIGHTER_STATS)
		return want_entry(stream, index_of(channel, market), wanted);
	/* One subscription carries the statistics of all markets. */
	if (wanted && !want_entry(stream, index_of(channel, -1), true))
		return false;
	stream->markets[market].stats_wanted = wanted;
	if (!wanted) {
		bool any = false;
		for (size_t i = 0; i < LIGHTER_MARKETS; i++)
			any = any || stream->markets[i].stats_wanted;
		if (!any)
			want_entry(stream, index_of(channel, -1), false);
	}
	return true;
}

unsigned lighter_stream_room(const struct lighter_stream *stream)
{
	return LIGHTER_SUBSCRIPTIONS_MAX - stream->wanted;
}

unsigned lighter_stream_wanted(const struct lighter_stream *stream)
{
	return stream->wanted;
}

enum lighter_subscription lighter_stream_state(const struct lighter_stream *stream,
					       enum lighter_channel channel, int64_t market)
{
	if (stream_of_market(channel) && (market < 0 || market >= LIGHTER_MARKETS))
		return SUBSCRIPTION_IDLE;
	return stream->entries[index_of(channel, market)].state;
}

void lighter_stream_renew_account(struct lighter_stream *stream)
{
	for (size_t i = STREAM_MARKET_ENTRIES; i < STREAM_ENTRIES; i++)
		if (is_account_channel(channel_of(i)) && stream->entries[i].wanted &&
		    stream->entries[i].state != SUBSCRIPTION_REFUSED)
			stream_leave(&stream->entries[i]);
		else if (is_account_channel(channel_of(i)) && stream->entries[i].wanted)
			stream_enter(&stream->entries[i], SUBSCRIPTION_TO_ASK);
}

void lighter_stream_up(struct lighter_stream *stream, int64_t now_ns)
{
	stream->up = true;
	stream->data_ns = now_ns;
	for (size_t i = 0; i < STREAM_ENTRIES; i++)
		stream_enter(&stream->entries[i],
			     stream->entries[i].wanted ? SUBSCRIPTION_TO_ASK : SUBSCRIPTION_IDLE);
	stream_emit_connection(stream, now_ns, 0, CONNECTION_UP);
}

void lighter_stream_down(struct lighter_stream *stream, int64_t now_ns)
{
	if (!stream->up)
		return;
	stream->up = false;
	for (size_t i = 0; i < STREAM_ENTRIES; i++)
		stream_enter(&stream->entries[i], SUBSCRIPTION_IDLE);
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		stream->markets[i].bid.units = stream->markets[i].ask.units = 0;
	stream_emit_connection(stream, now_ns, 0, CONNECTION_DOWN);
}

void lighter_stream_market(struct lighter_stream *stream, int64_t market, instrument_id instrument,
			   struct lighter_scale scale)
{
	assert(market >= 0 && market < LIGHTER_MARKETS);
	struct market_stream *known = &stream->markets[market];
	if (known->known && known->instrument == instrument)
		return;
	bool stats_wanted = known->stats_wanted;
	bool again = known->known;
	order_book_free(known->book);
	memset(known, 0, sizeof(*known));
	known->known = true;
	known->instrument = instrument;
	known->scale = scale;
	known->stats_wanted = stats_wanted;
	for (int c = 0; again && c < LIGHTER_MARKET_CHANNELS; c++)
		stream_leave(&stream->entries[index_of((enum lighter_channel)c, market)]);
}

/* ---- polling --------------------------------------------------------------------------------- */

/* False: it cannot be sent now. auth: of account channels. */
static bool send_one(struct lighter_stream *stream, size_t index, const char *auth, int64_t now_ns)
{
	struct subscription *entry = &stream->entries[index];
	enum lighter_channel channel = channel_of(index);
	int64_t number =
		is_account_channel(channel) ? stream->options.account_index : market_of(index);
	char text[LIGHTER_SUBSCRIBE_MAX];
	size_t length = entry->state == SUBSCRIPTION_LEAVING
				? lighter_write_unsubscribe(text, channel, number)
				: lighter_write_subscribe(text, channel, number, auth);
	if (!stream->sink.send(stream->user, text, length))
		return false;
	if (entry->state != SUBSCRIPTION_LEAVING)
		entry->state = SUBSCRIPTION_ASKED;
	entry->asked_ns = now_ns;
	entry->turn = ++stream->turn;
	return true;
}

bool lighter_stream_restless(const struct lighter_stream *stream)
{
	return stream->restless;
}

int64_t lighter_stream_poll(struct lighter_stream *stream, int64_t now_ns, bool *overdue)
{
	static const int64_t one_message[RATE_BUCKETS_MAX] = {1};
	unsigned in_flight = 0;
	int64_t next_ns = INT64_MAX;
	*overdue = false;
	stream->restless = false;
	if (!stream->up)
		return INT64_MAX;
	for (size_t i = 0; i < STREAM_ENTRIES; i++) {
		const struct subscription *entry = &stream->entries[i];
		if (entry->asked_ns == 0 ||
		    (entry->state != SUBSCRIPTION_ASKED && entry->state != SUBSCRIPTION_LEAVING))
			continue;
		in_flight++;
		int64_t due_ns = entry->asked_ns + LIGHTER_ANSWER_WITHIN_NS;
		if (due_ns <= now_ns)
			*overdue = true;
		else if (due_ns < next_ns)
			next_ns = due_ns;
	}
	if (stream->wanted > 0) {
		int64_t silent_ns = stream->data_ns + LIGHTER_SILENCE_NS;
		if (silent_ns <= now_ns)
			*overdue = true;
		else if (silent_ns < next_ns)
			next_ns = silent_ns;
	}
	if (*overdue)
		return INT64_MAX;
	/* From the end: account and statistics before single markets. */
	for (size_t i = STREAM_ENTRIES; i-- > 0 && in_flight < stream->options.in_flight;) {
		const struct subscription *entry = &stream->entries[i];
		if (entry->state != SUBSCRIPTION_TO_ASK &&
		    (entry->state != SUBSCRIPTION_LEAVING || entry->asked_ns != 0))
			continue;
		const char *auth = NULL;
		if (entry->state == SUBSCRIPTION_TO_ASK && is_account_channel(channel_of(i))) {
			auth = stream->sink.auth(stream->user);
			if (auth == NULL) { /* the others need not wait for it */
				if (now_ns + NS_PER_SECOND < next_ns)
					next_ns = now_ns + NS_PER_SECOND;
				continue;
			}
		}
		int64_t allowed_ns =
			rate_limiter_take(stream->budget, PRIORITY_OPEN, one_message, now_ns);
		if (allowed_ns == 0 && !send_one(stream, i, auth, now_ns))
			allowed_ns = now_ns + NS_PER_SECOND; /* its queue is full */
		if (allowed_ns != 0)
			return allowed_ns < next_ns ? allowed_ns : next_ns;
		in_flight++;
		if (now_ns + LIGHTER_ANSWER_WITHIN_NS < next_ns)
			next_ns = now_ns + LIGHTER_ANSWER_WITHIN_NS;
	}
	return next_ns;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void on_channel(struct lighter_stream *stream, const struct lighter_frame *frame,
		       int64_t received_ns)
{
	enum lighter_channel channel = frame->channel;
	struct market_stream *market = NULL;
	if (stream_of_market(channel)) {
		if (frame->number < 0 || frame->number >= LIGHTER_MARKETS ||
		    !stream->markets[frame->number].known)
			return;
		market = &stream->markets[frame->number];
	} else if (is_account_channel(channel) && frame->number != stream->options.account_index) {
		return; /* somebody else's */
	}
	struct subscription *entry = &stream->entries[index_of(channel, frame->number)];
	if (channel == LIGHTER_BOOK) {
		stream_on_book(stream, frame, market, entry, received_ns);
		return;
	}
	if (entry->state != SUBSCRIPTION_ASKED && entry->state != SUBSCRIPTION_LIVE)
		return;
	if (is_account_channel(channel))
		stream->sink.account(stream->user, frame, received_ns);
	else
		stream_on_market(stream, frame, market, received_ns);
	stream_live(stream, entry, channel, market ? frame->number : -1);
}

static void on_unsubscribed(struct lighter_stream *stream, const struct lighter_frame *frame)
{
	stream->restless = true;
	if (!frame->known_channel || (stream_of_market(frame->channel) &&
				      (frame->number < 0 || frame->number >= LIGHTER_MARKETS)))
		return;
	struct subscription *entry = &stream->entries[index_of(frame->channel, frame->number)];
	if (entry->state == SUBSCRIPTION_LEAVING)
		stream_enter(entry, entry->wanted ? SUBSCRIPTION_TO_ASK : SUBSCRIPTION_IDLE);
}

/* The subscription whose message was sent first and is not answered: errors name no channel. */
static size_t oldest(const struct lighter_stream *stream, enum lighter_subscription state)
{
	size_t found = STREAM_ENTRIES;
	for (size_t i = 0; i < STREAM_ENTRIES; i++) {
		const struct subscription *entry = &stream->entries[i];
		if (entry->state == state && entry->asked_ns != 0 &&
		    (found == STREAM_ENTRIES || entry->turn < stream->entries[found].turn))
			found = i;
	}
	return found;
}

static void on_error(struct lighter_stream *stream, const struct lighter_frame *frame,
		     int64_t received_ns)
{
	if (!frame->has_code || (frame->code >= 21000 && frame->code < 22000) ||
	    frame->code == 23000) {
		stream->sink.answer(stream->user, frame, received_ns);
		return;
	}
	stream->restless = true;
	log_write(LOG_WARNING, AREA, "the stream says %" PRId64 " %s", frame->code, frame->message);
	if (frame->code == CODE_ALREADY)
		return;
	if (frame->code == CODE_NOT_SUBSCRIBED) {
		size_t left = oldest(stream, SUBSCRIPTION_LEAVING);
		if (left != STREAM_ENTRIES)
			stream_enter(&stream->entries[left], stream->entries[left].wanted
								     ? SUBSCRIPTION_TO_ASK
								     : SUBSCRIPTION_IDLE);
		return;
	}
	size_t asked = oldest(stream, SUBSCRIPTION_ASKED);
	if (frame->code == CODE_TOO_MANY || frame->code == CODE_IN_FLIGHT) {
		rate_limiter_block(stream->budget, received_ns + PAUSE_NS);
		if (asked != STREAM_ENTRIES)
			stream_enter(&stream->entries[asked], SUBSCRIPTION_TO_ASK);
		return;
	}
	if (asked == STREAM_ENTRIES)
		return;
	stream_enter(&stream->entries[asked], SUBSCRIPTION_REFUSED);
	stream->sink.subscribed(stream->user, channel_of(asked), market_of(asked), false,
				frame->message);
}

void lighter_stream_message(struct lighter_stream *stream, const char *text, size_t length,
			    int64_t received_ns)
{
	static const char pong[] = "{\"type\":\"pong\"}";
	struct lighter_frame frame;
	stream->counts.frames++;
	stream->emitted = false;
	if (!lighter_frame_read(text, length, &frame)) {
		/* It may have been any market's update, and a quiet one would never show the hole.
		 */
		stream->counts.unreadable++;
		for (int64_t i = 0; i < LIGHTER_MARKETS; i++) {
			struct subscription *entry = &stream->entries[index_of(LIGHTER_BOOK, i)];
			if (entry->state == SUBSCRIPTION_LIVE)
				stream_gap(stream, &stream->markets[i], entry, received_ns,
					   "a message is not JSON");
		}
		return;
	}
	switch (frame.kind) {
	case FRAME_PING:
		stream->sink.send(stream->user, pong, sizeof(pong) - 1);
		break;
	case FRAME_CHANNEL:
		stream->data_ns = received_ns;
		if (frame.known_channel)
			on_channel(stream, &frame, received_ns);
		break;
	case FRAME_UNSUBSCRIBED:
		on_unsubscribed(stream, &frame);
		break;
	case FRAME_ANSWER:
		stream->sink.answer(stream->user, &frame, received_ns);
		break;
	case FRAME_ERROR:
		on_error(stream, &frame, received_ns);
		break;
	case FRAME_CONNECTED:
	case FRAME_PONG:
	case FRAME_OTHER:
		break;
	}
	/* A pong confirms no price. */
	bool of_the_socket = frame.kind == FRAME_PING || frame.kind == FRAME_PONG ||
			     frame.kind == FRAME_CONNECTED;
	if (!stream->emitted && !of_the_socket) {
		struct market_event event = stream_event(stream, received_ns, 0, 0, EVENT_FRAME);
		stream_emit(stream, &event);
	}
}
