#include "exchanges/binance/binance_codec.h"

#include "core/base/json_reader.h"
#include "exchanges/binance/binance_fields.h"

#include <string.h>

static const char *const VENUE_NAMES[BINANCE_MARKETS] = {
	[BINANCE_USDM] = "binance-usdm",
	[BINANCE_COINM] = "binance-coinm",
	[BINANCE_SPOT] = "binance-spot",
};

const char *binance_venue_name(enum binance_market market)
{
	return VENUE_NAMES[market];
}

bool binance_market_of_venue(const char *venue, enum binance_market *market)
{
	for (int i = 0; i < BINANCE_MARKETS; i++) {
		if (strcmp(venue, VENUE_NAMES[i]) == 0) {
			*market = (enum binance_market)i;
			return true;
		}
	}
	return false;
}

const char *binance_result_text(enum binance_result result)
{
	switch (result) {
	case BINANCE_OK:
		return "sound";
	case BINANCE_NOT_JSON:
		return "not JSON";
	case BINANCE_MISSING_FIELD:
		return "a field is missing";
	case BINANCE_REPEATED_FIELD:
		return "a field stands twice";
	case BINANCE_BAD_VALUE:
		return "a field has a wrong value";
	case BINANCE_INEXACT_PRICE:
		return "price needs more decimals";
	case BINANCE_INEXACT_QUANTITY:
		return "quantity needs more decimals";
	case BINANCE_TOO_LARGE:
		return "number does not fit 64 bits";
	case BINANCE_TOO_MANY_LEVELS:
		return "too many levels in one message";
	}
	return "";
}

static enum binance_field field_of_letter(char letter)
{
	switch (letter) {
	case 'e':
		return FIELD_EVENT;
	case 'E':
		return FIELD_EVENT_TIME;
	case 'T':
		return FIELD_TIME;
	case 's':
		return FIELD_SYMBOL;
	case 'U':
		return FIELD_FIRST_ID;
	case 'u':
		return FIELD_LAST_ID;
	case 'b':
		return FIELD_BID;
	case 'a':
		return FIELD_ASK;
	case 'B':
		return FIELD_BID_QUANTITY;
	case 'A':
		return FIELD_ASK_QUANTITY;
	case 't':
		return FIELD_TRADE_ID;
	case 'p':
		return FIELD_PRICE;
	case 'q':
		return FIELD_QUANTITY;
	case 'X':
		return FIELD_TRADE_TYPE;
	case 'm':
		return FIELD_BUYER_IS_MAKER;
	case 'i':
		return FIELD_INDEX;
	case 'r':
		return FIELD_RATE;
	default:
		return FIELD_COUNT;
	}
}

enum binance_field binance_field_of(const char *key, size_t length)
{
	static const struct {
		const char *name;
		enum binance_field field;
	} words[] = {
		{"pu", FIELD_PREVIOUS_ID}, {"lastUpdateId", FIELD_LAST_UPDATE_ID},
		{"bids", FIELD_BIDS},	   {"asks", FIELD_ASKS},
		{"symbol", FIELD_SYMBOL},
	};
	if (length == 1)
		return field_of_letter(key[0]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) == length && memcmp(words[i].name, key, length) == 0)
			return words[i].field;
	}
	return FIELD_COUNT;
}

struct collector {
	struct json_reader reader;
	const struct binance_scale *scale;
	const struct binance_levels *levels;
};

/* A member of a level: a decimal in quotes. Anything else is BINANCE_BAD_VALUE. */
static enum binance_result level_member(const struct json_token *token, unsigned decimals,
					enum binance_result inexact, int64_t *units)
{
	if (token->type != JSON_STRING || token->escaped)
		return BINANCE_BAD_VALUE;
	return binance_units_of(token->text, token->length, decimals, inexact, units);
}

/*
 * One `["price","quantity"]`, its bracket already read; old Spot answers hold a third, empty
 * member, which is passed over. False = the text is not JSON.
 */
static bool read_level(struct collector *collector, struct book_level *level,
		       enum binance_result *trouble)
{
	const struct binance_scale *scale = collector->scale;
	struct json_token token;
	enum json_type type;
	unsigned members = 0;
	while ((type = json_next(&collector->reader, &token)) != JSON_ARRAY_END) {
		if (type == JSON_ERROR)
			return false;
		if (members == 0)
			binance_keep_first(trouble, level_member(&token, scale->price_decimals,
								 BINANCE_INEXACT_PRICE,
								 &level->price.units));
		else if (members == 1)
			binance_keep_first(trouble, level_member(&token, scale->quantity_decimals,
								 BINANCE_INEXACT_QUANTITY,
								 &level->quantity.units));
		if ((type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN) &&
		    !json_skip_container(&collector->reader))
			return false;
		members++;
	}
	if (members < 2 || level->price.units <= 0 || level->quantity.units < 0)
		binance_keep_first(trouble, BINANCE_BAD_VALUE);
	return true;
}

/* An array of levels, its bracket already read. False = the text is not JSON. */
static bool read_levels(struct collector *collector, struct book_level *levels, uint32_t *count,
			enum binance_result *trouble)
{
	struct json_token token;
	enum json_type type;
	while ((type = json_next(&collector->reader, &token)) != JSON_ARRAY_END) {
		struct book_level level = {{0}, {0}};
		if (type == JSON_ERROR)
			return false;
		if (type != JSON_ARRAY_BEGIN) {
			binance_keep_first(trouble, BINANCE_BAD_VALUE);
			if (type == JSON_OBJECT_BEGIN && !json_skip_container(&collector->reader))
				return false;
			continue;
		}
		if (!read_level(collector, &level, trouble))
			return false;
		if (*count == collector->levels->capacity)
			binance_keep_first(trouble, BINANCE_TOO_MANY_LEVELS);
		else
			levels[(*count)++] = level;
	}
	return true;
}

static bool is_whole(const struct json_token *token)
{
	for (size_t i = 0; i < token->length; i++) {
		if (token->text[i] < '0' || token->text[i] > '9')
			return false;
	}
	return true;
}

/* The value after a key that is read. False = the text is not JSON. */
static bool read_field(struct collector *collector, enum binance_field field,
		       struct binance_fields *fields)
{
	struct json_token token;
	struct binance_slot slot = {.type = VALUE_OTHER};
	bool bids = field == FIELD_BID || field == FIELD_BIDS;
	bool asks = field == FIELD_ASK || field == FIELD_ASKS;
	enum json_type type = json_next(&collector->reader, &token);
	if (type == JSON_ERROR)
		return false;
	if (fields->slots[field].type != VALUE_ABSENT)
		binance_keep_first(&fields->trouble, BINANCE_REPEATED_FIELD);
	if (type == JSON_STRING && !token.escaped && token.length <= UINT32_MAX) {
		slot.type = VALUE_STRING;
		slot.text = token.text;
		slot.length = (uint32_t)token.length;
	} else if (type == JSON_NUMBER && is_whole(&token) && json_to_u64(&token, &slot.whole)) {
		slot.type = VALUE_WHOLE;
		slot.text = token.text;
		slot.length = (uint32_t)token.length;
	} else if (type == JSON_TRUE) {
		slot.type = VALUE_TRUE;
	} else if (type == JSON_FALSE) {
		slot.type = VALUE_FALSE;
	} else if (type == JSON_ARRAY_BEGIN && (bids || asks)) {
		slot.type = VALUE_LEVELS;
		if (!read_levels(collector,
				 bids ? collector->levels->bids : collector->levels->asks,
				 bids ? &fields->bid_count : &fields->ask_count, &fields->trouble))
			return false;
	} else if (type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN) {
		if (!json_skip_container(&collector->reader))
			return false;
	}
	fields->slots[field] = slot;
	return true;
}

/* The members of an object whose brace has been read. */
static bool read_members(struct collector *collector, struct binance_fields *fields)
{
	struct json_token token;
	enum json_type type;
	while ((type = json_next(&collector->reader, &token)) == JSON_KEY) {
		enum binance_field field =
			token.escaped ? FIELD_COUNT : binance_field_of(token.text, token.length);
		bool sound = field == FIELD_COUNT ? json_skip_value(&collector->reader)
						  : read_field(collector, field, fields);
		if (!sound)
			return false;
	}
	return type == JSON_OBJECT_END;
}

/* `data` of the combined stream; fields beside it no longer count. */
static bool read_payload(struct collector *collector, bool *wrapped, struct binance_fields *fields)
{
	struct json_token token;
	enum json_type type = json_next(&collector->reader, &token);
	memset(fields, 0, sizeof(*fields));
	if (*wrapped)
		fields->trouble = BINANCE_REPEATED_FIELD;
	*wrapped = true;
	if (type == JSON_OBJECT_BEGIN)
		return read_members(collector, fields);
	if (type == JSON_ARRAY_BEGIN)
		return json_skip_container(&collector->reader);
	return type != JSON_ERROR;
}

/* False = the text is not JSON. A sound text that is no object has no fields. */
static bool read_all(struct collector *collector, struct binance_fields *fields)
{
	struct json_token token;
	bool wrapped = false;
	memset(fields, 0, sizeof(*fields));
	enum json_type type = json_next(&collector->reader, &token);
	if (type == JSON_ERROR)
		return false;
	if (type == JSON_ARRAY_BEGIN && !json_skip_container(&collector->reader))
		return false;
	if (type == JSON_OBJECT_BEGIN) {
		while ((type = json_next(&collector->reader, &token)) == JSON_KEY) {
			enum binance_field field = FIELD_COUNT;
			if (!token.escaped && !wrapped)
				field = binance_field_of(token.text, token.length);
			bool sound;
			if (json_is(&token, "data"))
				sound = read_payload(collector, &wrapped, fields);
			else if (field == FIELD_COUNT)
				sound = json_skip_value(&collector->reader);
			else
				sound = read_field(collector, field, fields);
			if (!sound)
				return false;
		}
		if (type != JSON_OBJECT_END)
			return false;
	}
	return json_next(&collector->reader, &token) == JSON_END;
}

enum binance_result binance_decode_by_reader(enum binance_market market, const char *text,
					     size_t length, const struct binance_scale *scale,
					     const struct binance_levels *levels,
					     struct binance_message *message)
{
	struct collector collector = {.scale = scale, .levels = levels};
	struct binance_fields fields;
	json_reader_init(&collector.reader, text, length);
	if (!read_all(&collector, &fields)) {
		memset(message, 0, sizeof(*message));
		message->kind = BINANCE_OTHER;
		return BINANCE_NOT_JSON;
	}
	return binance_interpret(market, &fields, scale, message);
}

enum binance_result binance_decode(enum binance_market market, const char *text, size_t length,
				   const struct binance_scale *scale,
				   const struct binance_levels *levels,
				   struct binance_message *message)
{
	struct binance_fields fields;
	memset(&fields, 0, sizeof(fields));
	if (binance_short_cut(text, length, scale, levels, &fields))
		return binance_interpret(market, &fields, scale, message);
	return binance_decode_by_reader(market, text, length, scale, levels, message);
}
