#include "exchanges/testnet/hyperliquid_service_action.h"

#include "core/base/decimal.h"
#include "core/base/keccak256.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_DECIMALS 18

/* ---- msgpack (§4.2): always the shortest form ---------------------------------------------------
 */

struct packer {
	unsigned char *bytes;
	size_t length, capacity;
	bool failed;
};

static void pack_bytes(struct packer *packer, const void *bytes, size_t length)
{
	if (packer->failed || length > HYPER_ACTION_BYTES_MAX - packer->length) {
		packer->failed = true;
		return;
	}
	if (packer->length + length > packer->capacity) {
		size_t capacity = packer->capacity > 0 ? packer->capacity : 256;
		while (capacity < packer->length + length)
			capacity *= 2;
		unsigned char *grown = realloc(packer->bytes, capacity);
		if (grown == NULL) {
			packer->failed = true;
			return;
		}
		packer->bytes = grown;
		packer->capacity = capacity;
	}
	memcpy(packer->bytes + packer->length, bytes, length);
	packer->length += length;
}

static void pack_number(struct packer *packer, unsigned char head, uint64_t value, unsigned width)
{
	unsigned char bytes[9] = {head};
	for (unsigned i = 0; i < width; i++)
		bytes[1 + i] = (unsigned char)(value >> (8 * (width - 1 - i)));
	pack_bytes(packer, bytes, 1 + width);
}

static void pack_unsigned(struct packer *packer, uint64_t value)
{
	if (value < 0x80)
		pack_number(packer, (unsigned char)value, 0, 0);
	else if (value <= UINT8_MAX)
		pack_number(packer, 0xcc, value, 1);
	else if (value <= UINT16_MAX)
		pack_number(packer, 0xcd, value, 2);
	else if (value <= UINT32_MAX)
		pack_number(packer, 0xce, value, 4);
	else
		pack_number(packer, 0xcf, value, 8);
}

static void pack_negative(struct packer *packer, int64_t value)
{
	if (value >= -32)
		pack_number(packer, (unsigned char)value, 0, 0);
	else if (value >= INT8_MIN)
		pack_number(packer, 0xd0, (uint64_t)value, 1);
	else if (value >= INT16_MIN)
		pack_number(packer, 0xd1, (uint64_t)value, 2);
	else if (value >= INT32_MIN)
		pack_number(packer, 0xd2, (uint64_t)value, 4);
	else
		pack_number(packer, 0xd3, (uint64_t)value, 8);
}

static void pack_text(struct packer *packer, const char *text, size_t length)
{
	if (length < 32)
		pack_number(packer, (unsigned char)(0xa0 + length), 0, 0);
	else if (length <= UINT8_MAX)
		pack_number(packer, 0xd9, length, 1);
	else
		pack_number(packer, 0xda, length, 2);
	pack_bytes(packer, text, length);
	if (length > UINT16_MAX)
		packer->failed = true;
}

/* small: 0x80 of a map, 0x90 of an array. */
static void pack_count(struct packer *packer, unsigned char small, size_t count)
{
	if (count < 16)
		pack_number(packer, (unsigned char)(small + count), 0, 0);
	else
		pack_number(packer, small == 0x80 ? 0xde : 0xdc, count, 2);
	if (count > UINT16_MAX)
		packer->failed = true;
}

/* ---- the members that the venue knows, in their order ------------------------------------------
 */

enum field_kind {
	FIELD_UNSIGNED,
	FIELD_INTEGER,
	FIELD_BOOL,
	FIELD_TEXT,
	FIELD_DECIMAL,	/* text of a number */
	FIELD_HEX,	/* text "0x...", lower case */
	FIELD_ORDER_ID, /* number or client id */
	FIELD_ANY,	/* as it came */
	FIELD_OBJECT,
	FIELD_ARRAY, /* of objects */
};

struct shape;
struct field {
	const char *name;
	enum field_kind kind;
	bool optional;	/* absent or null: left out */
	bool only_true; /* false is left out */
	const struct shape *inner;
};
#define FIELDS_MAX 8
struct shape {
	struct field fields[FIELDS_MAX];
	size_t only_one; /* exactly one of that many first fields */
};

static const struct shape LIMIT = {{{"tif", FIELD_TEXT, 0, 0, NULL}}, 0};
static const struct shape TRIGGER = {{{"isMarket", FIELD_BOOL, 0, 0, NULL},
				      {"triggerPx", FIELD_DECIMAL, 0, 0, NULL},
				      {"tpsl", FIELD_TEXT, 0, 0, NULL}},
				     0};
static const struct shape KIND = {
	{{"limit", FIELD_OBJECT, 1, 0, &LIMIT}, {"trigger", FIELD_OBJECT, 1, 0, &TRIGGER}}, 2};
static const struct shape ORDER = {{{"a", FIELD_UNSIGNED, 0, 0, NULL},
				    {"b", FIELD_BOOL, 0, 0, NULL},
				    {"p", FIELD_DECIMAL, 0, 0, NULL},
				    {"s", FIELD_DECIMAL, 0, 0, NULL},
				    {"r", FIELD_BOOL, 0, 0, NULL},
				    {"t", FIELD_OBJECT, 0, 0, &KIND},
				    {"c", FIELD_HEX, 1, 0, NULL}},
				   0};
static const struct shape BUILDER = {
	{{"b", FIELD_HEX, 0, 0, NULL}, {"f", FIELD_UNSIGNED, 0, 0, NULL}}, 0};
static const struct shape CANCEL = {
	{{"a", FIELD_UNSIGNED, 0, 0, NULL}, {"o", FIELD_UNSIGNED, 0, 0, NULL}}, 0};
static const struct shape CANCEL_CLOID = {
	{{"asset", FIELD_UNSIGNED, 0, 0, NULL}, {"cloid", FIELD_HEX, 0, 0, NULL}}, 0};
static const struct shape MODIFY = {
	{{"oid", FIELD_ORDER_ID, 0, 0, NULL}, {"order", FIELD_OBJECT, 0, 0, &ORDER}}, 0};

/* known: hashed by its shape; the others as they came. user_signed: EIP-712 over its own members.
 */
static const struct action_row {
	const char *name;
	enum hyper_action_type type;
	bool user_signed, known;
	struct shape shape; /* without the leading "type" */
} ACTIONS[] = {
	{"order",
	 HYPER_ORDER,
	 false,
	 true,
	 {{{"orders", FIELD_ARRAY, 0, 0, &ORDER},
	   {"grouping", FIELD_ANY, 0, 0, NULL},
	   {"builder", FIELD_OBJECT, 1, 0, &BUILDER}},
	  0}},
	{"cancel",
	 HYPER_CANCEL,
	 false,
	 true,
	 {{{"cancels", FIELD_ARRAY, 0, 0, &CANCEL}, {"f", FIELD_BOOL, 1, 1, NULL}}, 0}},
	{"cancelByCloid",
	 HYPER_CANCEL_BY_CLOID,
	 false,
	 true,
	 {{{"cancels", FIELD_ARRAY, 0, 0, &CANCEL_CLOID}, {"f", FIELD_BOOL, 1, 1, NULL}}, 0}},
	{"modify",
	 HYPER_MODIFY,
	 false,
	 true,
	 {{{"oid", FIELD_ORDER_ID, 0, 0, NULL},
	   {"order", FIELD_OBJECT, 0, 0, &ORDER},
	   {"a", FIELD_BOOL, 1, 1, NULL}},
	  0}},
	{"batchModify",
	 HYPER_BATCH_MODIFY,
	 false,
	 true,
	 {{{"modifies", FIELD_ARRAY, 0, 0, &MODIFY}, {"a", FIELD_BOOL, 1, 1, NULL}}, 0}},
	{"scheduleCancel",
	 HYPER_SCHEDULE_CANCEL,
	 false,
	 true,
	 {{{"time", FIELD_UNSIGNED, 1, 0, NULL}}, 0}},
	{"updateLeverage",
	 HYPER_UPDATE_LEVERAGE,
	 false,
	 true,
	 {{{"asset", FIELD_UNSIGNED, 0, 0, NULL},
	   {"isCross", FIELD_BOOL, 0, 0, NULL},
	   {"leverage", FIELD_UNSIGNED, 0, 0, NULL}},
	  0}},
	{"updateIsolatedMargin",
	 HYPER_UPDATE_ISOLATED_MARGIN,
	 false,
	 true,
	 {{{"asset", FIELD_UNSIGNED, 0, 0, NULL},
	   {"isBuy", FIELD_BOOL, 0, 0, NULL},
	   {"ntli", FIELD_INTEGER, 0, 0, NULL}},
	  0}},
	{"noop", HYPER_NOOP, false, true, {.only_one = 0}},
	{"setReferrer", HYPER_SET_REFERRER, false, true, {{{"code", FIELD_TEXT, 0, 0, NULL}}, 0}},
	{"approveAgent", HYPER_APPROVE_AGENT, true, false, {.only_one = 0}},
	{"approveBuilderFee", HYPER_APPROVE_BUILDER_FEE, true, false, {.only_one = 0}},
	{"usdClassTransfer", HYPER_OTHER_USER_SIGNED, true, false, {.only_one = 0}},
	{"usdSend", HYPER_OTHER_USER_SIGNED, true, false, {.only_one = 0}},
	{"withdraw3", HYPER_OTHER_USER_SIGNED, true, false, {.only_one = 0}},
	{"sendAsset", HYPER_OTHER_USER_SIGNED, true, false, {.only_one = 0}},
};

static const struct action_row *find_row(const struct hyper_json *action)
{
	const char *name = hyper_json_text(hyper_json_member(action, "type"));
	for (size_t i = 0; name != NULL && i < sizeof(ACTIONS) / sizeof(ACTIONS[0]); i++) {
		if (strcmp(ACTIONS[i].name, name) == 0)
			return &ACTIONS[i];
	}
	return NULL;
}

bool hyper_action_type(const struct hyper_json *action, enum hyper_action_type *type)
{
	const struct action_row *row = find_row(action);
	if (hyper_json_text(hyper_json_member(action, "type")) == NULL)
		return false;
	*type = row != NULL ? row->type : HYPER_OTHER;
	return true;
}

bool hyper_action_is_user_signed(enum hyper_action_type type)
{
	return type == HYPER_APPROVE_AGENT || type == HYPER_APPROVE_BUILDER_FEE ||
	       type == HYPER_OTHER_USER_SIGNED;
}

/* ---- as it came --------------------------------------------------------------------------------
 */

static void pack_integer(struct packer *packer, const struct hyper_json *node)
{
	uint64_t magnitude;
	int64_t value;
	if (hyper_json_u64(node, &magnitude))
		pack_unsigned(packer, magnitude);
	else if (hyper_json_i64(node, &value))
		pack_negative(packer, value);
	else
		packer->failed = true; /* a fraction or an exponent: no action has one */
}

static void pack_any(struct packer *packer, const struct hyper_json *node)
{
	bool object = node->type == JSON_OBJECT_BEGIN;
	switch (node->type) {
	case JSON_OBJECT_BEGIN:
	case JSON_ARRAY_BEGIN:
		pack_count(packer, object ? 0x80 : 0x90, node->count);
		for (const struct hyper_json *at = node->first; at != NULL; at = at->next) {
			if (object)
				pack_text(packer, at->key, strlen(at->key));
			pack_any(packer, at);
		}
		break;
	case JSON_STRING:
		pack_text(packer, node->text, node->length);
		break;
	case JSON_NUMBER:
		pack_integer(packer, node);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		pack_number(packer, node->type == JSON_TRUE ? 0xc3 : 0xc2, 0, 0);
		break;
	case JSON_NULL:
		pack_number(packer, 0xc0, 0, 0);
		break;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		packer->failed = true;
		break;
	}
}

/* ---- as the venue writes it --------------------------------------------------------------------
 */

bool hyper_canonical_decimal(const char *text, size_t length, char *out, size_t size)
{
	i128 units;
	if (decimal_parse_i128(text, length, TEXT_DECIMALS, &units) != DECIMAL_OK)
		return false;
	decimal_format_short(units, TEXT_DECIMALS, out, size);
	return true;
}

static void pack_decimal(struct packer *packer, const struct hyper_json *node)
{
	char text[DECIMAL_TEXT_MAX];
	if (!hyper_canonical_decimal(node->text, node->length, text, sizeof(text)))
		packer->failed = true;
	else
		pack_text(packer, text, strlen(text));
}

static void pack_hex(struct packer *packer, const struct hyper_json *node)
{
	char text[80];
	if (node->length >= sizeof(text) || node->length < 3 || node->text[0] != '0' ||
	    (node->text[1] != 'x' && node->text[1] != 'X') ||
	    strspn(node->text + 2, "0123456789abcdefABCDEF") != node->length - 2) {
		packer->failed = true;
		return;
	}
	for (size_t i = 0; i < node->length; i++) {
		char c = node->text[i];
		text[i] = (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
	}
	pack_text(packer, text, node->length);
}

static void pack_shape(struct packer *packer, const struct hyper_json *object,
		       const struct shape *shape, const char *type);

static void pack_list(struct packer *packer, const struct hyper_json *array,
		      const struct shape *shape)
{
	pack_count(packer, 0x90, array->count);
	for (const struct hyper_json *at = array->first; at != NULL; at = at->next)
		pack_shape(packer, at, shape, NULL);
}

static bool is_kind(const struct hyper_json *node, enum field_kind kind)
{
	switch (kind) {
	case FIELD_UNSIGNED:
	case FIELD_INTEGER:
		return node->type == JSON_NUMBER;
	case FIELD_BOOL:
		return node->type == JSON_TRUE || node->type == JSON_FALSE;
	case FIELD_TEXT:
	case FIELD_DECIMAL:
	case FIELD_HEX:
		return node->type == JSON_STRING;
	case FIELD_ORDER_ID:
		return node->type == JSON_STRING || node->type == JSON_NUMBER;
	case FIELD_ANY:
		return true;
	case FIELD_OBJECT:
		return node->type == JSON_OBJECT_BEGIN;
	case FIELD_ARRAY:
		return node->type == JSON_ARRAY_BEGIN;
	}
	return false;
}

static void pack_field(struct packer *packer, const struct hyper_json *node,
		       const struct field *field)
{
	uint64_t value;
	if (!is_kind(node, field->kind)) {
		packer->failed = true;
		return;
	}
	switch (field->kind) {
	case FIELD_UNSIGNED:
		if (!hyper_json_u64(node, &value))
			packer->failed = true;
		else
			pack_unsigned(packer, value);
		break;
	case FIELD_DECIMAL:
		pack_decimal(packer, node);
		break;
	case FIELD_HEX:
		pack_hex(packer, node);
		break;
	case FIELD_ORDER_ID:
		if (node->type == JSON_STRING)
			pack_hex(packer, node);
		else
			pack_integer(packer, node);
		break;
	case FIELD_INTEGER:
	case FIELD_BOOL:
	case FIELD_TEXT:
	case FIELD_ANY:
		pack_any(packer, node);
		break;
	case FIELD_OBJECT:
		pack_shape(packer, node, field->inner, NULL);
		break;
	case FIELD_ARRAY:
		pack_list(packer, node, field->inner);
		break;
	}
}

/* The member, or NULL where it is left out; a needed one that is missing fails. */
static const struct hyper_json *wanted(struct packer *packer, const struct hyper_json *object,
				       const struct field *field)
{
	const struct hyper_json *node = hyper_json_given(object, field->name);
	if (node == NULL && !field->optional)
		packer->failed = true;
	return node != NULL && field->only_true && node->type == JSON_FALSE ? NULL : node;
}

static void pack_shape(struct packer *packer, const struct hyper_json *object,
		       const struct shape *shape, const char *type)
{
	const struct hyper_json *nodes[FIELDS_MAX] = {NULL};
	size_t count = 0;
	if (object->type != JSON_OBJECT_BEGIN)
		packer->failed = true;
	for (size_t i = 0; i < FIELDS_MAX && shape->fields[i].name != NULL; i++) {
		nodes[i] = wanted(packer, object, &shape->fields[i]);
		count += nodes[i] != NULL;
	}
	if (shape->only_one > 0 && count != 1)
		packer->failed = true;
	pack_count(packer, 0x80, count + (type != NULL));
	if (type != NULL) {
		pack_text(packer, "type", strlen("type"));
		pack_text(packer, type, strlen(type));
	}
	for (size_t i = 0; i < FIELDS_MAX && !packer->failed; i++) {
		if (nodes[i] == NULL)
			continue;
		pack_text(packer, shape->fields[i].name, strlen(shape->fields[i].name));
		pack_field(packer, nodes[i], &shape->fields[i]);
	}
}

bool hyper_action_pack(const struct hyper_json *action, struct hyper_packed *packed)
{
	const struct action_row *row = find_row(action);
	struct packer packer = {0};
	if (row != NULL && row->known)
		pack_shape(&packer, action, &row->shape, row->name);
	else
		pack_any(&packer, action);
	*packed = (struct hyper_packed){packer.bytes, packer.length};
	if (!packer.failed)
		return true;
	free(packer.bytes);
	*packed = (struct hyper_packed){NULL, 0};
	return false;
}

static void add_u64(struct keccak256 *hash, uint64_t value)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (56 - 8 * i));
	keccak256_add(hash, bytes, sizeof(bytes));
}

void hyper_action_hash(const struct hyper_packed *packed, uint64_t nonce, const uint8_t *vault,
		       bool expires, uint64_t expires_after, uint8_t connection_id[32])
{
	static const uint8_t NO = 0, YES = 1;
	struct keccak256 hash;
	keccak256_begin(&hash);
	keccak256_add(&hash, packed->bytes, packed->length);
	add_u64(&hash, nonce);
	keccak256_add(&hash, vault != NULL ? &YES : &NO, 1);
	if (vault != NULL)
		keccak256_add(&hash, vault, 20);
	if (expires) {
		keccak256_add(&hash, &NO, 1);
		add_u64(&hash, expires_after);
	}
	keccak256_end(&hash, connection_id);
}
