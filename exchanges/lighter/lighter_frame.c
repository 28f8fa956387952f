#include "exchanges/lighter/lighter_frame.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const channel_names[LIGHTER_CHANNELS] = {
	[LIGHTER_BOOK] = "order_book",
	[LIGHTER_TICKER] = "ticker",
	[LIGHTER_TRADES] = "trade",
	[LIGHTER_STATS] = "market_stats",
	[LIGHTER_ORDERS] = "account_all_orders",
	[LIGHTER_FILLS] = "account_all_trades",
	[LIGHTER_POSITIONS] = "account_all_positions",
	[LIGHTER_USER_STATS] = "user_stats",
};

const char *lighter_channel_name(enum lighter_channel channel)
{
	return channel_names[channel];
}

enum frame_field {
	W_TYPE,
	W_CHANNEL,
	W_TIME,
	W_NONCE,
	W_BOOK,
	W_TICKER,
	W_STATS,
	W_TRADES,
	W_LIQUIDATIONS,
	W_ORDERS,
	W_POSITIONS,
	W_USER_STATS,
	W_ERROR,
	W_ID,
	W_CODE,
	W_MESSAGE,
	W_TX_HASH,
	W_FIELDS,
};
static const char *const frame_names[W_FIELDS] = {
	[W_TYPE] = "type",
	[W_CHANNEL] = "channel",
	[W_TIME] = "timestamp",
	[W_NONCE] = "nonce",
	[W_BOOK] = "order_book",
	[W_TICKER] = "ticker",
	[W_STATS] = "market_stats",
	[W_TRADES] = "trades",
	[W_LIQUIDATIONS] = "liquidation_trades",
	[W_ORDERS] = "orders",
	[W_POSITIONS] = "positions",
	[W_USER_STATS] = "stats",
	[W_ERROR] = "error",
	[W_ID] = "id",
	[W_CODE] = "code",
	[W_MESSAGE] = "message",
	[W_TX_HASH] = "tx_hash",
};

static bool starts_with(const struct lighter_slot *slot, const char *prefix)
{
	size_t length = strlen(prefix);
	return slot->type == JSON_STRING && !slot->escaped && slot->length >= length &&
	       memcmp(slot->text, prefix, length) == 0;
}

/* "order_book:1", "market_stats:all", "account_orders:1:5501": the first number after the name. */
static void read_channel(const struct lighter_slot *slot, struct lighter_frame *frame)
{
	frame->number = -1;
	if (slot->type != JSON_STRING || slot->escaped || slot->length == 0)
		return;
	const char *colon = memchr(slot->text, ':', slot->length);
	if (colon == NULL)
		colon = memchr(slot->text, '/', slot->length);
	size_t length = colon ? (size_t)(colon - slot->text) : slot->length;
	for (size_t i = 0; i < LIGHTER_CHANNELS && !frame->known_channel; i++) {
		if (strlen(channel_names[i]) == length &&
		    memcmp(channel_names[i], slot->text, length) == 0) {
			frame->known_channel = true;
			frame->channel = (enum lighter_channel)i;
		}
	}
	if (colon == NULL)
		return;
	struct lighter_slot number = {JSON_NUMBER, colon + 1, 0, false};
	while (number.text + number.length < slot->text + slot->length &&
	       number.text[number.length] >= '0' && number.text[number.length] <= '9')
		number.length++;
	if (!lighter_i64(&number, &frame->number))
		frame->number = -1;
}

static void read_message(const struct lighter_slot *slot, struct lighter_frame *frame)
{
	struct lighter_slot message = *slot;
	if (message.length > sizeof(frame->message) - 1)
		message.length = sizeof(frame->message) - 1;
	if (!lighter_text(&message, frame->message, sizeof(frame->message)))
		frame->message[0] = '\0';
}

static void read_error(const struct lighter_slot *slot, struct lighter_frame *frame)
{
	static const char *const names[] = {"code", "message"};
	struct lighter_slot slots[COUNT(names)];
	if (!lighter_object_in(slot, names, COUNT(names), slots))
		return;
	frame->has_code = lighter_i64(&slots[0], &frame->code);
	read_message(&slots[1], frame);
}

static void read_answer(const struct lighter_slot *slots, struct lighter_frame *frame)
{
	frame->kind = FRAME_ANSWER;
	frame->has_id = lighter_u64(&slots[W_ID], &frame->id);
	frame->tx_hash = slots[W_TX_HASH];
	if (lighter_has(&slots[W_ERROR])) {
		read_error(&slots[W_ERROR], frame);
	} else {
		frame->has_code = lighter_i64(&slots[W_CODE], &frame->code);
		read_message(&slots[W_MESSAGE], frame);
	}
}

static void pick_payload(const struct lighter_slot *slots, struct lighter_frame *frame)
{
	static const struct {
		enum frame_field first, second;
	} payloads[LIGHTER_CHANNELS] = {
		[LIGHTER_BOOK] = {W_BOOK, W_FIELDS},
		[LIGHTER_TICKER] = {W_TICKER, W_FIELDS},
		[LIGHTER_TRADES] = {W_TRADES, W_LIQUIDATIONS},
		[LIGHTER_STATS] = {W_STATS, W_FIELDS},
		[LIGHTER_ORDERS] = {W_ORDERS, W_FIELDS},
		[LIGHTER_FILLS] = {W_TRADES, W_FIELDS},
		[LIGHTER_POSITIONS] = {W_POSITIONS, W_FIELDS},
		[LIGHTER_USER_STATS] = {W_USER_STATS, W_FIELDS},
	};
	if (!frame->known_channel)
		return;
	frame->payload = slots[payloads[frame->channel].first];
	if (payloads[frame->channel].second != W_FIELDS)
		frame->payload2 = slots[payloads[frame->channel].second];
}

bool lighter_frame_read(const char *text, size_t length, struct lighter_frame *frame)
{
	struct lighter_slot slots[W_FIELDS];
	memset(frame, 0, sizeof(*frame));
	frame->number = -1;
	if (!lighter_object(text, length, frame_names, W_FIELDS, slots))
		return false;
	const struct lighter_slot *type = &slots[W_TYPE];
	if (starts_with(type, "jsonapi/sendtx")) {
		read_answer(slots, frame);
		return true;
	}
	if (lighter_is(type, "ping"))
		frame->kind = FRAME_PING;
	else if (lighter_is(type, "pong"))
		frame->kind = FRAME_PONG;
	else if (lighter_is(type, "connected"))
		frame->kind = FRAME_CONNECTED;
	else if (lighter_is(type, "unsubscribed"))
		frame->kind = FRAME_UNSUBSCRIBED;
	else if (lighter_has(&slots[W_ERROR])) {
		read_answer(slots, frame);
		frame->kind = FRAME_ERROR;
	} else if (lighter_has(&slots[W_CHANNEL])) {
		frame->kind = FRAME_CHANNEL;
		frame->snapshot = starts_with(type, "subscribed");
	}
	if (frame->kind == FRAME_CHANNEL || frame->kind == FRAME_UNSUBSCRIBED) {
		read_channel(&slots[W_CHANNEL], frame);
		lighter_time(&slots[W_TIME], &frame->time_ns);
		lighter_u64(&slots[W_NONCE], &frame->nonce);
		pick_payload(slots, frame);
	}
	return true;
}

/* ---- order_book ------------------------------------------------------------------------------ */

/* One {"price":"..","size":".."}, its brace read. The hot loop: no second pass over the level. */
static bool read_level(struct json_reader *reader, const struct lighter_scale *scale,
		       struct book_level *level)
{
	struct json_token token;
	enum json_type type;
	bool has_price = false, has_size = false;
	while ((type = json_next(reader, &token)) == JSON_KEY) {
		bool is_price = json_is(&token, "price"), is_size = json_is(&token, "size");
		if (!is_price && !is_size) {
			if (!json_skip_value(reader))
				return false;
			continue;
		}
		if (json_next(reader, &token) == JSON_ERROR || (is_price ? has_price : has_size))
			return false;
		struct lighter_slot slot = {token.type, token.text, token.length, token.escaped};
		if (is_price) {
			has_price =
				lighter_units(&slot, scale->price_decimals, &level->price.units) &&
				level->price.units > 0;
			if (!has_price)
				return false;
		} else {
			has_size = lighter_units(&slot, scale->size_decimals,
						 &level->quantity.units) &&
				   level->quantity.units >= 0;
			if (!has_size)
				return false;
		}
	}
	return type == JSON_OBJECT_END && has_price && has_size;
}

static bool read_levels(const struct lighter_slot *slot, const struct lighter_scale *scale,
			struct book_level *levels, uint32_t capacity, uint32_t *count)
{
	struct json_reader reader;
	struct json_token token;
	enum json_type type;
	*count = 0;
	if (!lighter_has(slot))
		return true;
	if (slot->type != JSON_ARRAY_BEGIN)
		return false;
	json_reader_init(&reader, slot->text, slot->length);
	json_next(&reader, &token);
	while ((type = json_next(&reader, &token)) == JSON_OBJECT_BEGIN) {
		if (*count == capacity || !read_level(&reader, scale, &levels[*count]))
			return false;
		++*count;
	}
	return type == JSON_ARRAY_END;
}

enum lighter_result lighter_book_read(const struct lighter_frame *frame,
				      const struct lighter_scale *scale, struct book_level *bids,
				      struct book_level *asks, uint32_t capacity,
				      struct lighter_book_frame *book)
{
	static const char *const names[] = {"bids", "asks", "nonce", "begin_nonce",
					    "last_updated_at"};
	struct lighter_slot slots[COUNT(names)];
	memset(book, 0, sizeof(*book));
	if (!lighter_object_in(&frame->payload, names, COUNT(names), slots) ||
	    !read_levels(&slots[0], scale, bids, capacity, &book->bid_count) ||
	    !read_levels(&slots[1], scale, asks, capacity, &book->ask_count) ||
	    !lighter_u64(&slots[2], &book->nonce))
		return LIGHTER_UNUSABLE;
	if (lighter_has(&slots[3])) {
		if (!lighter_u64(&slots[3], &book->begin_nonce))
			return LIGHTER_UNUSABLE;
		book->has_begin = true;
	}
	lighter_time(&slots[4], &book->time_ns);
	return LIGHTER_OK;
}

/* ---- ticker, stats --------------------------------------------------------------------------- */

static bool read_touch(const struct lighter_slot *slot, const struct lighter_scale *scale,
		       struct book_level *level)
{
	static const char *const names[] = {"price", "size"};
	struct lighter_slot slots[COUNT(names)];
	*level = (struct book_level){{0}, {0}};
	if (!lighter_has(slot))
		return true;
	if (!lighter_object_in(slot, names, COUNT(names), slots))
		return false;
	if (lighter_is(&slots[0], "") && lighter_is(&slots[1], ""))
		return true;
	return lighter_units(&slots[0], scale->price_decimals, &level->price.units) &&
	       level->price.units > 0 &&
	       lighter_units(&slots[1], scale->size_decimals, &level->quantity.units) &&
	       level->quantity.units > 0;
}

enum lighter_result lighter_ticker_read(const struct lighter_frame *frame,
					const struct lighter_scale *scale,
					struct lighter_ticker_frame *ticker)
{
	static const char *const names[] = {"a", "b", "last_updated_at"};
	struct lighter_slot slots[COUNT(names)];
	memset(ticker, 0, sizeof(*ticker));
	if (!lighter_object_in(&frame->payload, names, COUNT(names), slots) ||
	    !read_touch(&slots[0], scale, &ticker->ask) ||
	    !read_touch(&slots[1], scale, &ticker->bid))
		return LIGHTER_UNUSABLE;
	lighter_time(&slots[2], &ticker->time_ns);
	return LIGHTER_OK;
}

enum stats_field {
	S_MARKET,
	S_MARK,
	S_INDEX,
	S_ESTIMATE,
	S_SETTLED,
	S_SETTLED_AT,
	S_OPEN_INTEREST,
	S_FIELDS,
};
static const char *const stats_names[S_FIELDS] = {
	[S_MARKET] = "market_id",
	[S_MARK] = "mark_price",
	[S_INDEX] = "index_price",
	[S_ESTIMATE] = "current_funding_rate",
	[S_SETTLED] = "funding_rate",
	[S_SETTLED_AT] = "funding_timestamp",
	[S_OPEN_INTEREST] = "open_interest",
};

static bool sane_rate(const struct lighter_slot *slot, struct rate *rate)
{
	return lighter_percent(slot, rate) && rate->e18 < RATE_ONE && rate->e18 > -RATE_ONE;
}

enum lighter_result lighter_stats_read(const struct lighter_slot *object,
				       struct lighter_stats *stats)
{
	struct lighter_slot slots[S_FIELDS];
	memset(stats, 0, sizeof(*stats));
	if (!lighter_object_in(object, stats_names, S_FIELDS, slots) ||
	    !lighter_i64(&slots[S_MARKET], &stats->market) || stats->market < 0)
		return LIGHTER_UNUSABLE;
	if (lighter_money(&slots[S_MARK], &stats->mark) && stats->mark.e18 > 0)
		stats->mark_fields |= MARK_HAS_MARK;
	if (lighter_money(&slots[S_INDEX], &stats->index) && stats->index.e18 > 0)
		stats->mark_fields |= MARK_HAS_INDEX;
	stats->estimate_known = sane_rate(&slots[S_ESTIMATE], &stats->estimate);
	stats->settled_known = sane_rate(&slots[S_SETTLED], &stats->settled) &&
			       lighter_time(&slots[S_SETTLED_AT], &stats->settled_ns) &&
			       stats->settled_ns > 0;
	stats->open_interest_known =
		lighter_money(&slots[S_OPEN_INTEREST], &stats->open_interest) &&
		stats->open_interest.e18 >= 0;
	return LIGHTER_OK;
}

enum lighter_result lighter_user_stats_read(const struct lighter_frame *frame,
					    struct money *collateral, struct money *available)
{
	static const char *const names[] = {"collateral", "available_balance"};
	struct lighter_slot slots[COUNT(names)];
	if (!lighter_object_in(&frame->payload, names, COUNT(names), slots) ||
	    !lighter_money(&slots[0], collateral) || !lighter_money(&slots[1], available))
		return LIGHTER_UNUSABLE;
	return LIGHTER_OK;
}
