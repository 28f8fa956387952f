#include "exchanges/binance/binance_fields.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"

#include <string.h>

static enum binance_result result_of_decimal(enum decimal_result result,
					     enum binance_result inexact)
{
	switch (result) {
	case DECIMAL_OK:
		return BINANCE_OK;
	case DECIMAL_SYNTAX:
		return BINANCE_BAD_VALUE;
	case DECIMAL_INEXACT:
		return inexact;
	case DECIMAL_RANGE:
		return BINANCE_TOO_LARGE;
	}
	return BINANCE_BAD_VALUE;
}

enum binance_result binance_units_of(const char *text, size_t length, unsigned decimals,
				     enum binance_result inexact, int64_t *units)
{
	return result_of_decimal(decimal_parse_i64(text, length, decimals, units), inexact);
}

void binance_keep_first(enum binance_result *trouble, enum binance_result result)
{
	if (*trouble == BINANCE_OK)
		*trouble = result;
}

struct interpreter {
	const struct binance_slot *slots;
	const struct binance_scale *scale;
	enum binance_result trouble; /* the first one */
};

static const struct binance_slot *required(struct interpreter *interpreter,
					   enum binance_field field, enum binance_value type)
{
	const struct binance_slot *slot = &interpreter->slots[field];
	if (slot->type == type)
		return slot;
	binance_keep_first(&interpreter->trouble,
			   slot->type == VALUE_ABSENT ? BINANCE_MISSING_FIELD : BINANCE_BAD_VALUE);
	return NULL;
}

static int64_t units_field(struct interpreter *interpreter, enum binance_field field,
			   unsigned decimals, enum binance_result inexact)
{
	int64_t units = 0;
	const struct binance_slot *slot = required(interpreter, field, VALUE_STRING);
	if (slot != NULL)
		binance_keep_first(
			&interpreter->trouble,
			binance_units_of(slot->text, slot->length, decimals, inexact, &units));
	return units;
}

static struct price price_field(struct interpreter *interpreter, enum binance_field field)
{
	return (struct price){units_field(interpreter, field, interpreter->scale->price_decimals,
					  BINANCE_INEXACT_PRICE)};
}

static struct quantity quantity_field(struct interpreter *interpreter, enum binance_field field)
{
	struct quantity quantity = {units_field(interpreter, field,
						interpreter->scale->quantity_decimals,
						BINANCE_INEXACT_QUANTITY)};
	if (quantity.units < 0)
		binance_keep_first(&interpreter->trouble, BINANCE_BAD_VALUE);
	return quantity;
}

static uint64_t id_field(struct interpreter *interpreter, enum binance_field field)
{
	const struct binance_slot *slot = required(interpreter, field, VALUE_WHOLE);
	return slot != NULL ? slot->whole : 0;
}

/* 0 = absent. Milliseconds; a recorder may have asked Spot for microseconds, told by their size. */
static int64_t time_field(struct interpreter *interpreter, enum binance_field field)
{
	const uint64_t first_micros = UINT64_C(100000000000000); /* as ms: the year 5138 */
	if (interpreter->slots[field].type == VALUE_ABSENT)
		return 0;
	const struct binance_slot *slot = required(interpreter, field, VALUE_WHOLE);
	if (slot == NULL)
		return 0;
	uint64_t unit = slot->whole < first_micros ? NS_PER_MS : NS_PER_US;
	if (slot->whole > (uint64_t)INT64_MAX / unit) {
		binance_keep_first(&interpreter->trouble, BINANCE_BAD_VALUE);
		return 0;
	}
	return (int64_t)(slot->whole * unit);
}

/* Mark and index prices: scale 18. False = absent or empty. */
static bool money_field(struct interpreter *interpreter, enum binance_field field,
			struct money *money)
{
	const struct binance_slot *slot = &interpreter->slots[field];
	if (slot->type == VALUE_ABSENT || (slot->type == VALUE_STRING && slot->length == 0))
		return false;
	if (required(interpreter, field, VALUE_STRING) == NULL)
		return false;
	binance_keep_first(&interpreter->trouble,
			   result_of_decimal(decimal_parse_i128(slot->text, slot->length,
								MONEY_DECIMALS, &money->e18),
					     BINANCE_INEXACT_PRICE));
	return interpreter->trouble == BINANCE_OK;
}

static bool text_is(const struct binance_slot *slot, const char *text)
{
	return slot->type == VALUE_STRING && slot->length == strlen(text) &&
	       memcmp(slot->text, text, slot->length) == 0;
}

static enum binance_kind kind_of(const struct binance_slot *slots)
{
	const struct binance_slot *event = &slots[FIELD_EVENT];
	if (event->type != VALUE_ABSENT) {
		if (text_is(event, "bookTicker"))
			return BINANCE_BOOK_TICKER;
		if (text_is(event, "depthUpdate"))
			return BINANCE_DEPTH;
		if (text_is(event, "trade"))
			return BINANCE_TRADE;
		if (text_is(event, "markPriceUpdate"))
			return BINANCE_MARK_PRICE;
		return BINANCE_OTHER;
	}
	if (slots[FIELD_LAST_UPDATE_ID].type != VALUE_ABSENT)
		return BINANCE_SNAPSHOT;
	/* Spot's bookTicker names no event: its five fields together are it. */
	if (slots[FIELD_LAST_ID].type == VALUE_WHOLE && slots[FIELD_BID].type == VALUE_STRING &&
	    slots[FIELD_BID_QUANTITY].type == VALUE_STRING &&
	    slots[FIELD_ASK].type == VALUE_STRING && slots[FIELD_ASK_QUANTITY].type == VALUE_STRING)
		return BINANCE_BOOK_TICKER;
	return BINANCE_OTHER;
}

static void interpret_levels(struct interpreter *interpreter, const struct binance_fields *fields,
			     enum binance_field bids, enum binance_field asks,
			     struct binance_message *message)
{
	required(interpreter, bids, VALUE_LEVELS);
	required(interpreter, asks, VALUE_LEVELS);
	message->u.levels.bid_count = fields->bid_count;
	message->u.levels.ask_count = fields->ask_count;
}

static void interpret_depth(struct interpreter *interpreter, enum binance_market market,
			    const struct binance_fields *fields, struct binance_message *message)
{
	interpret_levels(interpreter, fields, FIELD_BID, FIELD_ASK, message);
	message->first_id = id_field(interpreter, FIELD_FIRST_ID);
	message->last_id = id_field(interpreter, FIELD_LAST_ID);
	if (market != BINANCE_SPOT)
		message->previous_id = id_field(interpreter, FIELD_PREVIOUS_ID);
	if (message->first_id > message->last_id)
		binance_keep_first(&interpreter->trouble, BINANCE_BAD_VALUE);
}

static void interpret_ticker(struct interpreter *interpreter, struct binance_message *message)
{
	message->last_id = id_field(interpreter, FIELD_LAST_ID);
	message->u.ticker.bid.price = price_field(interpreter, FIELD_BID);
	message->u.ticker.bid.quantity = quantity_field(interpreter, FIELD_BID_QUANTITY);
	message->u.ticker.ask.price = price_field(interpreter, FIELD_ASK);
	message->u.ticker.ask.quantity = quantity_field(interpreter, FIELD_ASK_QUANTITY);
	/* A side may be empty: then price and size are 0. */
	const struct book_level sides[2] = {message->u.ticker.bid, message->u.ticker.ask};
	for (int i = 0; i < 2; i++) {
		if (sides[i].price.units < 0 ||
		    (sides[i].price.units == 0 && sides[i].quantity.units != 0))
			binance_keep_first(&interpreter->trouble, BINANCE_BAD_VALUE);
	}
}

static void interpret_trade(struct interpreter *interpreter, struct binance_message *message)
{
	const struct binance_slot *buyer_is_maker = &interpreter->slots[FIELD_BUYER_IS_MAKER];
	const struct binance_slot *type = &interpreter->slots[FIELD_TRADE_TYPE];
	message->last_id = id_field(interpreter, FIELD_TRADE_ID);
	message->u.trade.price = price_field(interpreter, FIELD_PRICE);
	message->u.trade.quantity = quantity_field(interpreter, FIELD_QUANTITY);
	if (buyer_is_maker->type != VALUE_FALSE)
		required(interpreter, FIELD_BUYER_IS_MAKER, VALUE_TRUE);
	message->u.trade.taker_side = buyer_is_maker->type == VALUE_TRUE ? SIDE_SELL : SIDE_BUY;
	message->u.trade.off_market = type->type != VALUE_ABSENT && !text_is(type, "MARKET");
	/* Prints that are no trade at all (X = NA) may carry zeros; a market trade may not. */
	if (message->u.trade.price.units < 0 ||
	    (!message->u.trade.off_market &&
	     (message->u.trade.price.units == 0 || message->u.trade.quantity.units == 0)))
		binance_keep_first(&interpreter->trouble, BINANCE_BAD_VALUE);
}

static void interpret_mark(struct interpreter *interpreter, struct binance_message *message)
{
	const struct binance_slot *rate = &interpreter->slots[FIELD_RATE];
	if (interpreter->slots[FIELD_EVENT_TIME].type == VALUE_ABSENT)
		binance_keep_first(&interpreter->trouble, BINANCE_MISSING_FIELD);
	if (money_field(interpreter, FIELD_PRICE, &message->u.mark.mark))
		message->u.mark.fields |= MARK_HAS_MARK;
	else
		binance_keep_first(&interpreter->trouble, BINANCE_MISSING_FIELD);
	if (money_field(interpreter, FIELD_INDEX, &message->u.mark.index))
		message->u.mark.fields |= MARK_HAS_INDEX;
	message->u.mark.next_funding_ns = time_field(interpreter, FIELD_TIME);
	/* Delivery contracts send an empty rate and T = 0. */
	if (rate->type == VALUE_ABSENT || (rate->type == VALUE_STRING && rate->length == 0) ||
	    message->u.mark.next_funding_ns == 0)
		return;
	if (required(interpreter, FIELD_RATE, VALUE_STRING) == NULL)
		return;
	message->u.mark.has_rate = true;
	binance_keep_first(&interpreter->trouble,
			   binance_units_of(rate->text, rate->length, MONEY_DECIMALS,
					    BINANCE_BAD_VALUE, &message->u.mark.rate.e18));
}

enum binance_result binance_interpret(enum binance_market market,
				      const struct binance_fields *fields,
				      const struct binance_scale *scale,
				      struct binance_message *message)
{
	struct interpreter interpreter = {fields->slots, scale, fields->trouble};
	const struct binance_slot *symbol = &fields->slots[FIELD_SYMBOL];
	memset(message, 0, sizeof(*message));
	message->kind = kind_of(fields->slots);
	if (message->kind == BINANCE_OTHER)
		return BINANCE_OK;
	if (symbol->type == VALUE_STRING)
		message->symbol = (struct binance_text){symbol->text, symbol->length};
	else if (message->kind != BINANCE_SNAPSHOT)
		required(&interpreter, FIELD_SYMBOL, VALUE_STRING);
	message->event_ns = time_field(&interpreter, FIELD_EVENT_TIME);
	message->exch_ns = message->event_ns;
	if (message->kind != BINANCE_MARK_PRICE && fields->slots[FIELD_TIME].type != VALUE_ABSENT)
		message->exch_ns = time_field(&interpreter, FIELD_TIME);
	switch (message->kind) {
	case BINANCE_DEPTH:
		interpret_depth(&interpreter, market, fields, message);
		break;
	case BINANCE_BOOK_TICKER:
		interpret_ticker(&interpreter, message);
		break;
	case BINANCE_TRADE:
		interpret_trade(&interpreter, message);
		break;
	case BINANCE_MARK_PRICE:
		interpret_mark(&interpreter, message);
		break;
	case BINANCE_SNAPSHOT:
		message->last_id = id_field(&interpreter, FIELD_LAST_UPDATE_ID);
		interpret_levels(&interpreter, fields, FIELD_BIDS, FIELD_ASKS, message);
		break;
	case BINANCE_OTHER:
		break;
	}
	return interpreter.trouble;
}
