#include "exchanges/lighter/lighter_json.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <string.h>

/* The token just read as a slot; containers are passed over. False: unsound. */
static bool take_value(struct json_reader *reader, const struct json_token *token,
		       struct lighter_slot *slot)
{
	slot->type = token->type;
	slot->text = token->text;
	slot->length = token->length;
	slot->escaped = token->escaped;
	if (token->type == JSON_OBJECT_BEGIN || token->type == JSON_ARRAY_BEGIN) {
		const char *start = reader->at - 1;
		if (!json_skip_container(reader))
			return false;
		slot->text = start;
		slot->length = (size_t)(reader->at - start);
		slot->escaped = false;
	}
	return true;
}

static size_t index_of(const struct json_token *key, const char *const *names, size_t count)
{
	if (key->escaped)
		return count;
	for (size_t i = 0; i < count; i++)
		if (json_is(key, names[i]))
			return i;
	return count;
}

static bool read_members(struct json_reader *reader, const char *const *names, size_t count,
			 struct lighter_slot *slots)
{
	struct json_token token;
	enum json_type type;
	while ((type = json_next(reader, &token)) == JSON_KEY) {
		size_t index = index_of(&token, names, count);
		if (index == count) {
			if (!json_skip_value(reader))
				return false;
			continue;
		}
		if (slots[index].type != JSON_ERROR || json_next(reader, &token) == JSON_ERROR ||
		    !take_value(reader, &token, &slots[index]))
			return false;
	}
	return type == JSON_OBJECT_END;
}

bool lighter_object(const char *text, size_t length, const char *const *names, size_t count,
		    struct lighter_slot *slots)
{
	struct json_reader reader;
	struct json_token token;
	memset(slots, 0, count * sizeof(*slots));
	json_reader_init(&reader, text, length);
	return json_next(&reader, &token) == JSON_OBJECT_BEGIN &&
	       read_members(&reader, names, count, slots) && json_next(&reader, &token) == JSON_END;
}

bool lighter_object_in(const struct lighter_slot *slot, const char *const *names, size_t count,
		       struct lighter_slot *slots)
{
	if (slot->type != JSON_OBJECT_BEGIN) {
		memset(slots, 0, count * sizeof(*slots));
		return false;
	}
	return lighter_object(slot->text, slot->length, names, count, slots);
}

void lighter_list_begin(struct lighter_list *list, const struct lighter_slot *slot)
{
	struct json_token token;
	list->at = LIST_OVER;
	list->unsound = false;
	if (slot->type == JSON_ARRAY_BEGIN || slot->type == JSON_OBJECT_BEGIN) {
		json_reader_init(&list->reader, slot->text, slot->length);
		list->at = json_next(&list->reader, &token) == JSON_ARRAY_BEGIN ? LIST_FLAT
										: LIST_KEYED;
	} else if (lighter_has(slot)) {
		list->unsound = true;
	}
}

/* To the next token that is an element. False: the list ends. */
static bool next_element(struct lighter_list *list, struct json_token *token)
{
	while (list->at != LIST_OVER) {
		enum json_type type = json_next(&list->reader, token);
		if (type == JSON_NULL || (list->at == LIST_KEYED && type == JSON_KEY))
			continue;
		if (list->at == LIST_KEYED && type == JSON_ARRAY_BEGIN) {
			list->at = LIST_IN_KEY;
		} else if (list->at == LIST_IN_KEY && type == JSON_ARRAY_END) {
			list->at = LIST_KEYED;
		} else if (type == JSON_ARRAY_END || type == JSON_OBJECT_END) {
			list->at = LIST_OVER;
		} else if (type == JSON_ERROR || type == JSON_END) {
			list->at = LIST_OVER;
			list->unsound = true;
		} else {
			return true;
		}
	}
	return false;
}

bool lighter_list_next(struct lighter_list *list, struct lighter_slot *object)
{
	struct json_token token;
	if (!next_element(list, &token))
		return false;
	if (token.type == JSON_OBJECT_BEGIN && take_value(&list->reader, &token, object))
		return true;
	list->at = LIST_OVER;
	list->unsound = true;
	return false;
}

bool lighter_list_next_value(struct lighter_list *list, struct lighter_slot *value)
{
	struct json_token token;
	if (!next_element(list, &token))
		return false;
	if ((token.type == JSON_STRING || token.type == JSON_NUMBER) &&
	    take_value(&list->reader, &token, value))
		return true;
	list->at = LIST_OVER;
	list->unsound = true;
	return false;
}

static bool is_plain(const struct lighter_slot *slot)
{
	return (slot->type == JSON_STRING || slot->type == JSON_NUMBER) && !slot->escaped;
}

static struct json_token as_token(const struct lighter_slot *slot)
{
	return (struct json_token){slot->type, slot->text, slot->length, slot->escaped};
}

bool lighter_u64(const struct lighter_slot *slot, uint64_t *out)
{
	struct json_token token = as_token(slot);
	return is_plain(slot) && json_to_u64(&token, out);
}

bool lighter_i64(const struct lighter_slot *slot, int64_t *out)
{
	struct json_token token = as_token(slot);
	return is_plain(slot) && json_to_i64(&token, out);
}

bool lighter_flag(const struct lighter_slot *slot, bool *out)
{
	int64_t number;
	if (slot->type == JSON_TRUE || slot->type == JSON_FALSE) {
		*out = slot->type == JSON_TRUE;
		return true;
	}
	if (!lighter_i64(slot, &number) || number < 0 || number > 1)
		return false;
	*out = number == 1;
	return true;
}

bool lighter_time(const struct lighter_slot *slot, int64_t *ns)
{
	int64_t stamp, scale = 1;
	if (!lighter_i64(slot, &stamp) || stamp < 0)
		return false;
	if (stamp < INT64_C(1000000000000))
		scale = NS_PER_SECOND;
	else if (stamp < INT64_C(1000000000000000))
		scale = NS_PER_MS;
	else if (stamp < INT64_C(1000000000000000000))
		scale = NS_PER_US;
	if (stamp > INT64_MAX / scale)
		return false;
	*ns = stamp * scale;
	return true;
}

bool lighter_units(const struct lighter_slot *slot, unsigned decimals, int64_t *out)
{
	return is_plain(slot) &&
	       decimal_parse_i64(slot->text, slot->length, decimals, out) == DECIMAL_OK;
}

bool lighter_money(const struct lighter_slot *slot, struct money *out)
{
	return is_plain(slot) && decimal_parse_rounded(slot->text, slot->length, MONEY_DECIMALS,
						       ROUND_HALF_EVEN, &out->e18) == DECIMAL_OK;
}

bool lighter_percent(const struct lighter_slot *slot, struct rate *out)
{
	i128 e18;
	if (!is_plain(slot) ||
	    decimal_parse_rounded(slot->text, slot->length, MONEY_DECIMALS - 2, ROUND_HALF_EVEN,
				  &e18) != DECIMAL_OK ||
	    e18 > INT64_MAX || e18 < INT64_MIN)
		return false;
	out->e18 = (int64_t)e18;
	return true;
}

unsigned lighter_written_decimals(const struct lighter_slot *slot)
{
	const char *point = slot->length ? memchr(slot->text, '.', slot->length) : NULL;
	return point ? (unsigned)(slot->text + slot->length - point - 1) : 0;
}

bool lighter_text(const struct lighter_slot *slot, char *buffer, size_t size)
{
	struct json_token token = as_token(slot);
	return json_unescape(&token, buffer, size); /* a value is never a key */
}

bool lighter_is(const struct lighter_slot *slot, const char *literal)
{
	struct json_token token = as_token(slot);
	return slot->type == JSON_STRING && json_is(&token, literal);
}
