/* Accounts, positions, keys, funding and transactions: the other half of lighter_codec.h. */
#include "exchanges/lighter/lighter_codec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum lighter_result lighter_account_read(const struct lighter_slot *object,
					 struct lighter_account *account)
{
	static const char *const names[] = {
		"index",     "account_index",	    "status", "collateral", "available_balance",
		"positions", "account_trading_mode"};
	struct lighter_slot slots[COUNT(names)];
	memset(account, 0, sizeof(*account));
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    !lighter_i64(lighter_has(&slots[0]) ? &slots[0] : &slots[1], &account->index) ||
	    !lighter_money(&slots[3], &account->collateral) ||
	    !lighter_money(&slots[4], &account->available))
		return LIGHTER_UNUSABLE;
	/* A missing list is not an empty one: positions must be told. */
	if (slots[5].type == JSON_ERROR)
		return LIGHTER_UNUSABLE;
	account->status = account->trading_mode = -1;
	lighter_i64(&slots[2], &account->status);
	lighter_i64(&slots[6], &account->trading_mode);
	account->positions = slots[5];
	return LIGHTER_OK;
}

/* "5.00" percent -> 500 of 10 000; 0 if it is not said or no whole number of them. */
static int64_t margin_fraction(const struct lighter_slot *slot)
{
	int64_t fraction;
	if (!lighter_units(slot, 2, &fraction) || fraction < 1 || fraction > 10000)
		return 0;
	return fraction;
}

enum position_field {
	P_MARKET,
	P_SIGN,
	P_POSITION,
	P_ENTRY,
	P_LIQUIDATION,
	P_MARGIN,
	P_MODE,
	P_FIELDS,
};
static const char *const position_names[P_FIELDS] = {
	[P_MARKET] = "market_id",
	[P_SIGN] = "sign",
	[P_POSITION] = "position",
	[P_ENTRY] = "avg_entry_price",
	[P_LIQUIDATION] = "liquidation_price",
	[P_MARGIN] = "initial_margin_fraction",
	[P_MODE] = "margin_mode",
};

static enum lighter_result market_of(const struct lighter_slot *slot,
				     const struct lighter_scales *scales, int64_t *market)
{
	if (!lighter_i64(slot, market) || *market < 0)
		return LIGHTER_UNUSABLE;
	return *market < LIGHTER_MARKETS && scales->market[*market].known ? LIGHTER_OK
									  : LIGHTER_OTHER_MARKET;
}

enum lighter_result lighter_position_read(const struct lighter_slot *object,
					  const struct lighter_scales *scales,
					  struct lighter_position *position)
{
	struct lighter_slot slots[P_FIELDS];
	int64_t sign = 0, size;
	memset(position, 0, sizeof(*position));
	if (!lighter_object_in(object, position_names, P_FIELDS, slots))
		return LIGHTER_UNUSABLE;
	enum lighter_result found = market_of(&slots[P_MARKET], scales, &position->market);
	if (found != LIGHTER_OK)
		return found;
	if (!lighter_units(&slots[P_POSITION], scales->market[position->market].size_decimals,
			   &size) ||
	    size < 0)
		return LIGHTER_UNUSABLE;
	/* A magnitude without its sign is no position. */
	if (size != 0 && (!lighter_i64(&slots[P_SIGN], &sign) || (sign != 1 && sign != -1)))
		return LIGHTER_UNUSABLE;
	position->quantity.units = sign * size;
	if (size != 0 &&
	    (!lighter_money(&slots[P_ENTRY], &position->entry) || position->entry.e18 <= 0))
		return LIGHTER_UNUSABLE;
	position->liquidation_known =
		lighter_money(&slots[P_LIQUIDATION], &position->liquidation) &&
		position->liquidation.e18 > 0;
	position->initial_margin = margin_fraction(&slots[P_MARGIN]);
	position->margin_mode = -1;
	lighter_i64(&slots[P_MODE], &position->margin_mode);
	return LIGHTER_OK;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool read_hex(const struct lighter_slot *slot, uint8_t *out, size_t count)
{
	const char *text = slot->text;
	size_t length = slot->length;
	if (slot->type != JSON_STRING || slot->escaped)
		return false;
	if (length == 2 * count + 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		text += 2;
		length -= 2;
	}
	if (length != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

enum lighter_result lighter_api_key_read(const struct lighter_slot *object,
					 struct lighter_api_key *key)
{
	static const char *const names[] = {"api_key_index", "nonce", "public_key"};
	struct lighter_slot slots[COUNT(names)];
	memset(key, 0, sizeof(*key));
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    !lighter_i64(&slots[0], &key->index) ||
	    !read_hex(&slots[2], key->public_key, sizeof(key->public_key)))
		return LIGHTER_UNUSABLE;
	key->nonce = -1;
	lighter_i64(&slots[1], &key->nonce);
	return LIGHTER_OK;
}

enum payment_field {
	F_TIME,
	F_MARKET,
	F_ID,
	F_CHANGE,
	F_RATE,
	F_SIZE,
	F_SIDE,
	F_FIELDS,
};
static const char *const payment_names[F_FIELDS] = {
	[F_TIME] = "timestamp",	    [F_MARKET] = "market_id", [F_ID] = "funding_id",
	[F_CHANGE] = "change",	    [F_RATE] = "rate",	      [F_SIZE] = "position_size",
	[F_SIDE] = "position_side",
};

enum lighter_result lighter_payment_read(const struct lighter_slot *object,
					 const struct lighter_scales *scales,
					 struct lighter_payment *payment)
{
	struct lighter_slot slots[F_FIELDS];
	int64_t size;
	memset(payment, 0, sizeof(*payment));
	if (!lighter_object_in(object, payment_names, F_FIELDS, slots))
		return LIGHTER_UNUSABLE;
	enum lighter_result found = market_of(&slots[F_MARKET], scales, &payment->market);
	if (found != LIGHTER_OK)
		return found;
	bool is_long = lighter_is(&slots[F_SIDE], "long");
	if (!lighter_time(&slots[F_TIME], &payment->time_ns) || payment->time_ns == 0 ||
	    !lighter_money(&slots[F_CHANGE], &payment->change) ||
	    !lighter_units(&slots[F_SIZE], scales->market[payment->market].size_decimals, &size) ||
	    (!is_long && !lighter_is(&slots[F_SIDE], "short")))
		return LIGHTER_UNUSABLE;
	if (size < 0)
		size = -size;
	payment->position.units = is_long ? size : -size;
	lighter_u64(&slots[F_ID], &payment->id);
	payment->rate_known = lighter_money(&slots[F_RATE], &payment->rate);
	return LIGHTER_OK;
}

enum lighter_result lighter_settled_read(const struct lighter_slot *object,
					 struct lighter_settled *settled)
{
	static const char *const names[] = {"timestamp", "value", "rate", "direction"};
	struct lighter_slot slots[COUNT(names)];
	memset(settled, 0, sizeof(*settled));
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    !lighter_time(&slots[0], &settled->boundary_ns) || settled->boundary_ns == 0 ||
	    !lighter_percent(&slots[2], &settled->rate))
		return LIGHTER_UNUSABLE;
	bool longs_pay = lighter_is(&slots[3], "long");
	if (!longs_pay && !lighter_is(&slots[3], "short"))
		return LIGHTER_UNUSABLE;
	settled->value_known = lighter_money(&slots[1], &settled->value);
	settled->rate_decimals = lighter_written_decimals(&slots[2]);
	settled->value_decimals = lighter_written_decimals(&slots[1]);
	/* Both are documented as magnitudes; the direction alone has the sign. */
	if (settled->rate.e18 < 0 || (settled->value_known && settled->value.e18 < 0))
		return LIGHTER_UNUSABLE;
	if (!longs_pay) {
		settled->rate.e18 = -settled->rate.e18;
		settled->value.e18 = -settled->value.e18;
	}
	return LIGHTER_OK;
}

enum lighter_result lighter_eight_hours_read(const struct lighter_slot *object,
					     struct lighter_eight_hours *row)
{
	static const char *const names[] = {"market_id", "exchange", "rate"};
	struct lighter_slot slots[COUNT(names)];
	struct money rate;
	memset(row, 0, sizeof(*row));
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    slots[1].type != JSON_STRING || !lighter_i64(&slots[0], &row->market))
		return LIGHTER_UNUSABLE;
	row->ours = lighter_is(&slots[1], "lighter");
	if (!lighter_money(&slots[2], &rate) || rate.e18 >= RATE_ONE || rate.e18 <= -RATE_ONE)
		return LIGHTER_UNUSABLE;
	row->rate.e18 = (int64_t)rate.e18;
	return LIGHTER_OK;
}

enum lighter_result lighter_candle_read(const struct lighter_slot *object,
					struct lighter_candle *candle)
{
	static const char *const names[] = {"t", "o", "c"};
	struct lighter_slot slots[COUNT(names)];
	memset(candle, 0, sizeof(*candle));
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    !lighter_time(&slots[0], &candle->start_ns) ||
	    !lighter_money(&slots[1], &candle->open) || candle->open.e18 <= 0 ||
	    !lighter_money(&slots[2], &candle->close) || candle->close.e18 <= 0)
		return LIGHTER_UNUSABLE;
	candle->close_decimals = lighter_written_decimals(&slots[2]);
	return LIGHTER_OK;
}

/* The first number of five digits in the text: "21739", "{\"code\":21739,..}", "code=21739 ..". */
static int64_t code_inside(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		size_t digits = 0;
		int64_t code = 0;
		while (i + digits < length && text[i + digits] >= '0' && text[i + digits] <= '9') {
			if (digits < 6)
				code = 10 * code + (text[i + digits] - '0');
			digits++;
		}
		if (digits == 5)
			return code;
		i += digits;
	}
	return 0;
}

enum lighter_tx_status lighter_tx_read(const struct lighter_reply *reply, int64_t *error_code)
{
	static const char *const names[] = {"ae"};
	struct lighter_slot slots[COUNT(names)];
	char info[2048];
	int64_t status;
	*error_code = 0;
	if (lighter_text(&reply->slots[REPLY_EVENT_INFO], info, sizeof(info)) &&
	    lighter_object(info, strlen(info), names, COUNT(names), slots) &&
	    lighter_has(&slots[0]))
		*error_code = code_inside(slots[0].text, slots[0].length);
	if (!lighter_i64(&reply->slots[REPLY_STATUS], &status) || status < 0 ||
	    status >= TX_STATUS_UNKNOWN)
		return TX_STATUS_UNKNOWN;
	return (enum lighter_tx_status)status;
}

size_t lighter_hashes_read(const struct lighter_slot *slot, char (*hashes)[LIGHTER_HASH_TEXT],
			   size_t limit)
{
	struct lighter_list list;
	struct lighter_slot value;
	size_t count = 0;
	if (slot->type == JSON_STRING) {
		if (limit == 0 || !lighter_text(slot, hashes[0], LIGHTER_HASH_TEXT))
			return 0;
		return 1;
	}
	lighter_list_begin(&list, slot);
	while (lighter_list_next_value(&list, &value)) {
		if (count < limit && !lighter_text(&value, hashes[count], LIGHTER_HASH_TEXT))
			return 0;
		count++;
	}
	return list.unsound ? 0 : count;
}
