#include "exchanges/hyperliquid/hyperliquid_json.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <assert.h>
#include <string.h>

#define MEMBERS_MAX 32
/* 2000-01-01 and 2200-01-01 in ms: seconds, microseconds and nanoseconds fall outside. */
#define EARLIEST_MS UINT64_C(946684800000)
#define LATEST_MS   UINT64_C(7258118400000)

static const struct hyperliquid_value absent = {.type = JSON_ERROR, .text = ""};

/* The value whose first token has just been read; containers are skipped to their end. */
static bool take_value(struct json_reader *reader, const struct json_token *token,
		       struct hyperliquid_value *value)
{
	switch (token->type) {
	case JSON_OBJECT_BEGIN:
	case JSON_ARRAY_BEGIN: {
		const char *begin = reader->start + json_offset(reader) - 1;
		if (!json_skip_container(reader))
			return false;
		const char *end = reader->start + json_offset(reader);
		*value = (struct hyperliquid_value){
			.type = token->type, .text = begin, .length = (size_t)(end - begin)};
		return true;
	}
	case JSON_STRING:
	case JSON_NUMBER:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		*value = (struct hyperliquid_value){.type = token->type,
						    .escaped = token->escaped,
						    .text = token->text,
						    .length = token->length};
		return true;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		return false;
	}
	return false;
}

bool hyperliquid_document(const char *text, size_t length, struct hyperliquid_value *value)
{
	struct json_reader reader;
	struct json_token token;
	json_reader_init(&reader, text, length);
	enum json_type type = json_next(&reader, &token);
	*value = absent;
	if (type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN) {
		size_t begin = json_offset(&reader) - 1;
		*value = (struct hyperliquid_value){
			.type = type, .text = text + begin, .length = length - begin};
		return true;
	}
	return take_value(&reader, &token, value) && json_next(&reader, &token) == JSON_END;
}

static size_t wanted(const struct json_token *key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (json_is(key, names[i]))
			return i;
	return count;
}

bool hyperliquid_members(const struct hyperliquid_value *object, const char *const *names,
			 size_t count, struct hyperliquid_value *values)
{
	struct json_reader reader;
	struct json_token token;
	assert(count <= MEMBERS_MAX);
	for (size_t i = 0; i < count; i++)
		values[i] = absent;
	if (object->type != JSON_OBJECT_BEGIN)
		return false;
	json_reader_init(&reader, object->text, object->length);
	if (json_next(&reader, &token) != JSON_OBJECT_BEGIN)
		return false;
	while (json_next(&reader, &token) == JSON_KEY) {
		size_t index = wanted(&token, names, count);
		struct hyperliquid_value value;
		json_next(&reader, &token);
		if (!take_value(&reader, &token, &value))
			return false;
		if (index == count)
			continue;
		if (values[index].type != JSON_ERROR)
			return false;
		values[index] = value;
	}
	return token.type == JSON_OBJECT_END && json_next(&reader, &token) == JSON_END;
}

bool hyperliquid_array_begin(const struct hyperliquid_value *array,
			     struct hyperliquid_array *elements)
{
	struct json_token token;
	elements->broken = true;
	if (array->type != JSON_ARRAY_BEGIN)
		return false;
	json_reader_init(&elements->reader, array->text, array->length);
	elements->broken = json_next(&elements->reader, &token) != JSON_ARRAY_BEGIN;
	return !elements->broken;
}

bool hyperliquid_array_next(struct hyperliquid_array *elements, struct hyperliquid_value *value)
{
	struct json_token token;
	*value = absent;
	if (elements->broken)
		return false;
	if (json_next(&elements->reader, &token) == JSON_ARRAY_END) {
		elements->broken = json_next(&elements->reader, &token) != JSON_END;
		return false;
	}
	elements->broken = !take_value(&elements->reader, &token, value);
	return !elements->broken;
}

bool hyperliquid_missing(const struct hyperliquid_value *value)
{
	return value->type == JSON_ERROR || value->type == JSON_NULL;
}

bool hyperliquid_flag(const struct hyperliquid_value *value, bool *out)
{
	*out = value->type == JSON_TRUE;
	return *out || value->type == JSON_FALSE || hyperliquid_missing(value);
}

static struct json_token token_of(const struct hyperliquid_value *value)
{
	return (struct json_token){.type = value->type,
				   .text = value->text,
				   .length = value->length,
				   .escaped = value->escaped};
}

bool hyperliquid_is(const struct hyperliquid_value *value, const char *text)
{
	struct json_token token = token_of(value);
	return json_is(&token, text);
}

bool hyperliquid_copy(const struct hyperliquid_value *value, char *buffer, size_t size)
{
	struct json_token token = token_of(value);
	return json_unescape(&token, buffer, size); /* a value is never a key */
}

void hyperliquid_excerpt(const struct hyperliquid_value *value, char *buffer, size_t size)
{
	size_t used = 0;
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		for (; used < value->length && used + 1 < size; used++) {
			unsigned char byte = (unsigned char)value->text[used];
			buffer[used] = byte < 0x20 || byte >= 0x7f ? ' ' : (char)byte;
		}
	buffer[used] = '\0';
}

bool hyperliquid_u64(const struct hyperliquid_value *value, uint64_t *out)
{
	struct json_token token = token_of(value);
	return json_to_u64(&token, out);
}

bool hyperliquid_i64(const struct hyperliquid_value *value, int64_t *out)
{
	struct json_token token = token_of(value);
	return json_to_i64(&token, out);
}

bool hyperliquid_time(const struct hyperliquid_value *value, int64_t *ns)
{
	uint64_t ms;
	if (value->type != JSON_NUMBER || !hyperliquid_u64(value, &ms) || ms < EARLIEST_MS ||
	    ms > LATEST_MS)
		return false;
	*ns = (int64_t)ms * NS_PER_MS;
	return true;
}

static bool is_figure(const struct hyperliquid_value *value)
{
	return value->type == JSON_NUMBER || (value->type == JSON_STRING && !value->escaped);
}

bool hyperliquid_money(const struct hyperliquid_value *value, struct money *out)
{
	/* Sums of such figures stay far from the end of 128 bits. */
	const i128 bound = MONEY_ONE * INT64_C(1000000000000000);
	i128 e18;
	if (!is_figure(value) || decimal_parse_rounded(value->text, value->length, MONEY_DECIMALS,
						       ROUND_HALF_EVEN, &e18) != DECIMAL_OK)
		return false;
	if (e18 < -bound || e18 > bound)
		return false;
	out->e18 = e18;
	return true;
}

bool hyperliquid_rate(const struct hyperliquid_value *value, struct rate *out)
{
	struct money figure;
	if (!hyperliquid_money(value, &figure) || figure.e18 < -MONEY_ONE || figure.e18 > MONEY_ONE)
		return false;
	out->e18 = (int64_t)figure.e18;
	return true;
}

bool hyperliquid_units(const struct hyperliquid_value *value, unsigned decimals, int64_t *units)
{
	return is_figure(value) &&
	       decimal_parse_i64(value->text, value->length, decimals, units) == DECIMAL_OK;
}
