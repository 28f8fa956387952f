#include "exchanges/testnet/lighter_service_transaction.h"

#include "core/base/json_reader.h"

#include <string.h>

#define PRICE_MAX	 INT64_C(4294967295)	      /* 2^32-1 */
#define AMOUNT_MAX	 INT64_C(281474976710655)     /* 2^48-1 */
#define SERVER_INDEX_MAX INT64_C(1152921504606846975) /* 2^60-1 */

struct field {
	const char *name;
	int64_t low, high;
	int code; /* out of range */
};

static const struct field CREATE[] = {
	{"MarketIndex", 0, 4094, 21602},
	{"ClientOrderIndex", 0, AMOUNT_MAX, 21727},
	{"BaseAmount", 0, AMOUNT_MAX, 21701},
	{"Price", 1, PRICE_MAX, 21702},
	{"IsAsk", 0, 1, 21703},
	{"Type", TYPE_LIMIT, TYPE_TWAP, 21704},
	{"TimeInForce", FORCE_IOC, FORCE_POST_ONLY, 21705},
	{"ReduceOnly", 0, 1, 21732},
	{"TriggerPrice", 0, PRICE_MAX, 21729},
	{"OrderExpiry", 0, AMOUNT_MAX, 21711},
};
static const struct field CANCEL[] = {
	{"MarketIndex", 0, 4094, 21602},
	{"Index", 1, SERVER_INDEX_MAX, 21700},
};
static const struct field CANCEL_ALL[] = {
	{"TimeInForce", CANCEL_ALL_NOW, CANCEL_ALL_ABORT, 21705},
	{"Time", 0, AMOUNT_MAX, 21711},
};
static const struct field MODIFY[] = {
	{"MarketIndex", 0, 4094, 21602},       {"Index", 1, SERVER_INDEX_MAX, 21700},
	{"BaseAmount", 0, AMOUNT_MAX, 21701},  {"Price", 1, PRICE_MAX, 21702},
	{"TriggerPrice", 0, PRICE_MAX, 21729},
};
static const struct field LEVERAGE[] = {
	{"MarketIndex", 0, 4094, 21602},
	{"InitialMarginFraction", 1, 10000, 21113},
	{"MarginMode", 0, 1, 21132},
};
static const struct field MARGIN[] = {
	{"MarketIndex", 0, 4094, 21602},
	{"USDCAmount", 1, SERVER_INDEX_MAX, 21301},
	{"Direction", 0, 1, 21501},
};
static const struct field GROUPED[] = {{"GroupingType", 1, 3, 21704}};

static const struct kind {
	int type;
	const struct field *fields;
	unsigned count;
} KINDS[] = {
	{TX_CHANGE_PUB_KEY, NULL, 0},	 {TX_CREATE_ORDER, CREATE, CREATE_FIELDS},
	{TX_CANCEL_ORDER, CANCEL, 2},	 {TX_CANCEL_ALL, CANCEL_ALL, 2},
	{TX_MODIFY_ORDER, MODIFY, 5},	 {TX_UPDATE_LEVERAGE, LEVERAGE, 3},
	{TX_CREATE_GROUPED, GROUPED, 1}, {TX_UPDATE_MARGIN, MARGIN, 3},
};

static const struct kind *kind_of(int64_t type)
{
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (KINDS[i].type == type)
			return &KINDS[i];
	}
	return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_key(struct json_reader *reader, const char *name)
{
	struct json_token token;
	return json_next(reader, &token) == JSON_KEY && json_is(&token, name);
}

static bool read_number(struct json_reader *reader, int64_t *out)
{
	struct json_token token;
	return json_next(reader, &token) == JSON_NUMBER && json_to_i64(&token, out);
}

static bool read_integer_member(struct json_reader *reader, const char *name, int64_t *out)
{
	return read_key(reader, name) && read_number(reader, out);
}

static int base64_value(char digit)
{
	static const char DIGITS[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = digit != '\0' ? strchr(DIGITS, digit) : NULL;
	return at != NULL ? (int)(at - DIGITS) : -1;
}

/* Standard base64 with padding, exactly `count` bytes, no loose bits at the end. */
static bool read_base64(const char *text, size_t length, uint8_t *out, size_t count)
{
	size_t padding = (3 - count % 3) % 3;
	if (length != (count + padding) / 3 * 4)
		return false;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t written = 0;
	for (size_t i = 0; i < length - padding; i++) {
		int value = base64_value(text[i]);
		if (value < 0)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[written++] = (uint8_t)(bits >> held);
		}
	}
	for (size_t i = length - padding; i < length; i++) {
		if (text[i] != '=')
			return false;
	}
	return written == count && (bits & ((1u << held) - 1)) == 0;
}

static bool read_bytes_member(struct json_reader *reader, const char *name, uint8_t *out,
			      size_t count)
{
	struct json_token token;
	return read_key(reader, name) && json_next(reader, &token) == JSON_STRING &&
	       !token.escaped && read_base64(token.text, token.length, out, count);
}

static bool read_l1_signature(struct json_reader *reader, char *out, size_t size)
{
	struct json_token token;
	return read_key(reader, "L1Sig") && json_next(reader, &token) == JSON_STRING &&
	       json_unescape(&token, out, size);
}

static bool read_fields(struct json_reader *reader, const struct field *fields, unsigned count,
			int64_t *values)
{
	for (unsigned i = 0; i < count; i++) {
		if (!read_integer_member(reader, fields[i].name, &values[i]))
			return false;
	}
	return true;
}

static bool read_grouped_orders(struct json_reader *reader, struct served_transaction *out)
{
	struct json_token token;
	if (!read_key(reader, "Orders") || json_next(reader, &token) != JSON_ARRAY_BEGIN)
		return false;
	enum json_type type;
	while ((type = json_next(reader, &token)) == JSON_OBJECT_BEGIN) {
		if (out->order_count == TX_GROUPED_ORDERS_MAX ||
		    !read_fields(reader, CREATE, CREATE_FIELDS, out->orders[out->order_count]) ||
		    json_next(reader, &token) != JSON_OBJECT_END)
			return false;
		out->order_count++;
	}
	return type == JSON_ARRAY_END && out->order_count >= 2;
}

/* The nil value of an attribute: present with it is as good as absent (§4.9). */
static int64_t attribute_nil(int64_t type)
{
	return type == ATTRIBUTE_CANCEL_ALL_MARKET ? 255 : 0;
}

static bool read_attributes(struct json_reader *reader, struct served_transaction *out)
{
	struct json_token token;
	if (!read_key(reader, "L2TxAttributes"))
		return false;
	enum json_type type = json_next(reader, &token);
	if (type == JSON_NULL)
		return true;
	if (type != JSON_OBJECT_BEGIN)
		return false;
	int64_t previous = 0;
	unsigned count = 0;
	while ((type = json_next(reader, &token)) == JSON_KEY) {
		int64_t key, value;
		const struct json_token digits = {
			.type = JSON_NUMBER, .text = token.text, .length = token.length};
		if (token.escaped || !json_to_i64(&digits, &key) || key <= previous ||
		    key >= ATTRIBUTE_TYPES || ++count > 4 || !read_number(reader, &value))
			return false;
		previous = key;
		if (value == attribute_nil(key))
			continue;
		out->attributes |= 1u << key;
		out->attribute[key] = value;
	}
	return type == JSON_OBJECT_END;
}

int served_transaction_parse(int64_t type, const char *text, size_t length,
			     struct served_transaction *out)
{
	const struct kind *kind = kind_of(type);
	struct json_reader reader;
	struct json_token token;
	*out = (struct served_transaction){.type = (int)type};
	if (kind == NULL)
		return 21505;
	json_reader_init(&reader, text, length);
	bool well = json_next(&reader, &token) == JSON_OBJECT_BEGIN &&
		    read_integer_member(&reader, "AccountIndex", &out->account_index) &&
		    read_integer_member(&reader, "ApiKeyIndex", &out->api_key_index) &&
		    read_fields(&reader, kind->fields, kind->count, out->values);
	if (well && type == TX_CREATE_GROUPED)
		well = read_grouped_orders(&reader, out);
	if (well && type == TX_CHANGE_PUB_KEY)
		well = read_bytes_member(&reader, "PubKey", out->public_key, 40) &&
		       read_l1_signature(&reader, out->l1_signature, sizeof(out->l1_signature));
	well = well && read_integer_member(&reader, "ExpiredAt", &out->expired_at_ms) &&
	       read_integer_member(&reader, "Nonce", &out->nonce) &&
	       read_bytes_member(&reader, "Sig", out->signature, 80) &&
	       read_attributes(&reader, out) && json_next(&reader, &token) == JSON_OBJECT_END &&
	       json_next(&reader, &token) == JSON_END;
	return well ? 0 : 21501;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool market_exists_in_form(int64_t market)
{
	return market <= 254 || market >= 2048;
}

/* §3.5, row by row. */
static int judge_order(const int64_t *values, bool grouped_child)
{
	const int64_t type = values[CREATE_TYPE], force = values[CREATE_TIME_IN_FORCE];
	bool spot = values[CREATE_MARKET] >= 2048;
	bool triggered = type >= TYPE_STOP_LOSS && type <= TYPE_TAKE_PROFIT_LIMIT;
	bool rests = force != FORCE_IOC || triggered || type == TYPE_TWAP;
	if (!market_exists_in_form(values[CREATE_MARKET]))
		return 21602;
	if (values[CREATE_BASE_AMOUNT] == 0 && !(values[CREATE_REDUCE_ONLY] || grouped_child))
		return 21701;
	if ((type == TYPE_MARKET || type == TYPE_STOP_LOSS || type == TYPE_TAKE_PROFIT) &&
	    force != FORCE_IOC)
		return 21705;
	if (type == TYPE_TWAP && force != FORCE_GOOD_TILL_TIME)
		return 21705;
	if (triggered != (values[CREATE_TRIGGER_PRICE] > 0))
		return 21729;
	if (rests != (values[CREATE_EXPIRY] > 0))
		return 21711;
	if (spot && triggered)
		return 21618;
	if (spot && values[CREATE_REDUCE_ONLY])
		return 21740;
	return 0;
}

static int judge_fields(const struct field *fields, unsigned count, const int64_t *values)
{
	for (unsigned i = 0; i < count; i++) {
		if (values[i] < fields[i].low || values[i] > fields[i].high)
			return fields[i].code;
	}
	return 0;
}

static int judge_grouped(const struct served_transaction *transaction)
{
	static const unsigned ORDERS[] = {0, 2, 2, 3}; /* by grouping type: OTO, OCO, OTOCO */
	if (transaction->order_count != ORDERS[transaction->values[0]])
		return 21501;
	for (unsigned i = 0; i < transaction->order_count; i++) {
		const int64_t *order = transaction->orders[i];
		int code = judge_fields(CREATE, CREATE_FIELDS, order);
		if (code == 0)
			code = judge_order(order, i > 0);
		if (code != 0)
			return code;
		if (order[CREATE_MARKET] != transaction->orders[0][CREATE_MARKET])
			return 21602;
	}
	return 0;
}

static int judge_attributes(const struct served_transaction *transaction)
{
	static const int64_t HIGH[ATTRIBUTE_TYPES] = {
		0, AMOUNT_MAX - 1, 1000000, 1000000, 1, 254, 3, 1};
	const int64_t *value = transaction->attribute;
	bool integrator = (transaction->attributes & 1u << 1) != 0;
	bool fees = (transaction->attributes & (1u << 2 | 1u << 3)) != 0;
	bool self_trade = (transaction->attributes & (1u << 6 | 1u << 7)) != 0;
	for (unsigned type = 1; type < ATTRIBUTE_TYPES; type++) {
		if ((transaction->attributes & 1u << type) &&
		    (value[type] < 0 || value[type] > HIGH[type]))
			return 21501;
	}
	if ((fees && !integrator) || (self_trade && fees) || (value[6] == 3 && value[7] == 1))
		return 21501;
	if ((transaction->attributes & 1u << ATTRIBUTE_CANCEL_ALL_MARKET) &&
	    (transaction->type != TX_CANCEL_ALL ||
	     transaction->values[CANCEL_ALL_TIME_IN_FORCE] != CANCEL_ALL_NOW))
		return 21501;
	return 0;
}

int served_transaction_judge(const struct served_transaction *transaction)
{
	const struct kind *kind = kind_of(transaction->type);
	if (transaction->account_index < -1 || transaction->account_index > AMOUNT_MAX - 1)
		return 21102;
	if (transaction->api_key_index < 0 || transaction->api_key_index > 254)
		return 21110;
	if (transaction->nonce < 0 || transaction->nonce > AMOUNT_MAX)
		return 21104;
	if (transaction->expired_at_ms < 0 || transaction->expired_at_ms > AMOUNT_MAX)
		return 21711;
	int code = judge_fields(kind->fields, kind->count, transaction->values);
	if (code == 0 && transaction->type == TX_CREATE_ORDER)
		code = judge_order(transaction->values, false);
	if (code == 0 && transaction->type == TX_CREATE_GROUPED)
		code = judge_grouped(transaction);
	if (code == 0 && transaction->type == TX_CANCEL_ALL &&
	    (transaction->values[CANCEL_ALL_TIME_IN_FORCE] == CANCEL_ALL_SCHEDULED) !=
		    (transaction->values[CANCEL_ALL_TIME] > 0))
		code = 21711;
	return code != 0 ? code : judge_attributes(transaction);
}

/* ---- words ----------------------------------------------------------------------------------- */

void served_hex(const uint8_t *bytes, size_t count, char *hex)
{
	static const char DIGITS[] = "0123456789abcdef";
	for (size_t i = 0; i < count; i++) {
		hex[2 * i] = DIGITS[bytes[i] >> 4];
		hex[2 * i + 1] = DIGITS[bytes[i] & 15];
	}
	hex[2 * count] = '\0';
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool served_unhex(const char *hex, size_t length, uint8_t *bytes, size_t count)
{
	if (length != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

/* §1.3 and §2.8. */
static const struct {
	int code;
	const char *message;
} MESSAGES[] = {
	{20001, "invalid param"},
	{20013, "invalid auth: couldnt find account"},
	{21100, "account not found"},
	{21102, "invalid account index"},
	{21104, "invalid nonce"},
	{21105, "invalid nonce: batch nonces should be increasing"},
	{21108, "invalid public key"},
	{21109, "api key not found"},
	{21110, "invalid api key index"},
	{21111, "account is in pre-liquidation"},
	{21113, "invalid initial margin fraction"},
	{21120, "invalid signature"},
	{21121, "batch transactions should have the same account and api key"},
	{21132, "margin mode can not be changed with a position or open orders"},
	{21133, "invalid risk change"},
	{21301, "not enough collateral"},
	{21500, "transaction not found"},
	{21501, "invalid tx info"},
	{21505, "unsupported tx type"},
	{21506, "too many pending txs"},
	{21513, "tx types and tx infos should have the same length"},
	{21514, "batch is too large"},
	{21600, "order is not active"},
	{21601, "order book is full"},
	{21602, "invalid market index"},
	{21605, "invalid market status"},
	{21618, "invalid order type for market"},
	{21700, "invalid order index"},
	{21701, "invalid base amount"},
	{21702, "invalid price"},
	{21703, "invalid is ask"},
	{21704, "invalid order type"},
	{21705, "invalid time in force"},
	{21706, "invalid order base or quote amount"},
	{21711, "invalid expiry"},
	{21717, "too many active orders"},
	{21718, "too many active orders in the market"},
	{21727, "invalid client order index"},
	{21728, "client order index already exists"},
	{21729, "invalid trigger price"},
	{21732, "reduce only order would increase position"},
	{21733, "order price flagged as an accidental price"},
	{21734, "limit order price is too far from the mark price"},
	{21738, "reduce only order has the wrong direction"},
	{21739, "not enough margin to create the order"},
	{21740, "invalid reduce only mode"},
	{23000, "Too Many Requests!"},
	{23001, "Too Many Subscriptions!"},
	{23002, "Too Many Different Accounts!"},
	{23003, "Too Many Connections!"},
	{29404, "not found"},
	{29500, "internal server error"},
	{30000, "Invalid JSON"},
	{30001, "Invalid Type"},
	{30002, "Not Subscribed"},
	{30003, "Already Subscribed"},
	{30005, "Invalid Channel"},
	{30006, "Not Supported"},
	{30007, "Invalid Data"},
	{30009, "Too Many Websocket Messages!"},
	{30012, "Failed To Subscribe"},
};

const char *served_message(int code)
{
	for (size_t i = 0; i < sizeof(MESSAGES) / sizeof(MESSAGES[0]); i++) {
		if (MESSAGES[i].code == code)
			return MESSAGES[i].message;
	}
	return "error";
}
