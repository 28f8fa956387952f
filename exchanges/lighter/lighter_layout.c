#include "exchanges/lighter/lighter_layout.h"

#include <assert.h>
#include <string.h>

#define BITS(count) ((INT64_C(1) << (count)) - 1)

static const struct lighter_range ACCOUNT = {-1, BITS(48) - 1, false};
static const struct lighter_range API_KEY = {0, 254, false};
static const struct lighter_range NONCE = {0, BITS(48), false};
static const struct lighter_range TIME = {0, BITS(48), false};
static const struct lighter_range MARKET = {0, 254, true};
static const struct lighter_range PERP_MARKET = {0, 254, false};
static const struct lighter_range CLIENT_INDEX = {0, BITS(48), false};
static const struct lighter_range ORDER_INDEX = {1, BITS(60), false};
static const struct lighter_range BASE_AMOUNT = {0, BITS(48), false};
static const struct lighter_range PRICE = {1, BITS(32), false};
static const struct lighter_range TRIGGER_PRICE = {0, BITS(32), false};
static const struct lighter_range BOOLEAN = {0, 1, false};
static const struct lighter_range ORDER_TYPE = {LIGHTER_LIMIT, LIGHTER_TWAP, false};
static const struct lighter_range TIME_IN_FORCE = {LIGHTER_IOC, LIGHTER_POST_ONLY, false};
static const struct lighter_range CANCEL_ALL_TIME = {LIGHTER_NOW, LIGHTER_ABORT, false};
static const struct lighter_range MARGIN_FRACTION = {1, 10000, false};
static const struct lighter_range USDC_AMOUNT = {1, BITS(60), false};
static const struct lighter_range GROUPING = {LIGHTER_ONE_TRIGGERS_OTHER,
					      LIGHTER_ONE_TRIGGERS_ONE_CANCELS_OTHER, false};

#define IN(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

static const struct lighter_field HEAD[] = {
	{"AccountIndex", IN(lighter_transaction, account_index), &ACCOUNT, false},
	{"ApiKeyIndex", IN(lighter_transaction, api_key_index), &API_KEY, false},
};
static const struct lighter_field TAIL[] = {
	{"ExpiredAt", IN(lighter_transaction, expired_at_ms), &TIME, false},
	{"Nonce", IN(lighter_transaction, nonce), &NONCE, false},
};
static const struct lighter_field ORDER[] = {
	{"MarketIndex", IN(lighter_order, market_index), &MARKET, false},
	{"ClientOrderIndex", IN(lighter_order, client_order_index), &CLIENT_INDEX, false},
	{"BaseAmount", IN(lighter_order, base_amount), &BASE_AMOUNT, false},
	{"Price", IN(lighter_order, price), &PRICE, false},
	{"IsAsk", IN(lighter_order, is_ask), &BOOLEAN, false},
	{"Type", IN(lighter_order, type), &ORDER_TYPE, false},
	{"TimeInForce", IN(lighter_order, time_in_force), &TIME_IN_FORCE, false},
	{"ReduceOnly", IN(lighter_order, reduce_only), &BOOLEAN, false},
	{"TriggerPrice", IN(lighter_order, trigger_price), &TRIGGER_PRICE, false},
	{"OrderExpiry", IN(lighter_order, order_expiry_ms), &TIME, false},
};
static const struct lighter_field CANCEL[] = {
	{"MarketIndex", IN(lighter_transaction, u.cancel.market_index), &MARKET, false},
	{"Index", IN(lighter_transaction, u.cancel.index), &ORDER_INDEX, false},
};
static const struct lighter_field CANCEL_ALL[] = {
	{"TimeInForce", IN(lighter_transaction, u.cancel_all.time_in_force), &CANCEL_ALL_TIME,
	 false},
	{"Time", IN(lighter_transaction, u.cancel_all.time_ms), &TIME, false},
};
static const struct lighter_field MODIFY[] = {
	{"MarketIndex", IN(lighter_transaction, u.modify.market_index), &MARKET, false},
	{"Index", IN(lighter_transaction, u.modify.index), &ORDER_INDEX, false},
	{"BaseAmount", IN(lighter_transaction, u.modify.base_amount), &BASE_AMOUNT, false},
	{"Price", IN(lighter_transaction, u.modify.price), &PRICE, false},
	{"TriggerPrice", IN(lighter_transaction, u.modify.trigger_price), &TRIGGER_PRICE, false},
};
static const struct lighter_field LEVERAGE[] = {
	{"MarketIndex", IN(lighter_transaction, u.leverage.market_index), &MARKET, false},
	{"InitialMarginFraction", IN(lighter_transaction, u.leverage.initial_margin_fraction),
	 &MARGIN_FRACTION, false},
	{"MarginMode", IN(lighter_transaction, u.leverage.margin_mode), &BOOLEAN, false},
};
static const struct lighter_field MARGIN[] = {
	{"MarketIndex", IN(lighter_transaction, u.margin.market_index), &PERP_MARKET, false},
	{"USDCAmount", IN(lighter_transaction, u.margin.usdc_amount), &USDC_AMOUNT, true},
	{"Direction", IN(lighter_transaction, u.margin.direction), &BOOLEAN, false},
};
static const struct lighter_field GROUPED[] = {
	{"GroupingType", IN(lighter_transaction, u.grouped.grouping), &GROUPING, false},
};

#define TABLE(rows)                                                                                \
	{                                                                                          \
		rows, sizeof(rows) / sizeof((rows)[0])                                             \
	}

const struct lighter_fields lighter_order_fields = TABLE(ORDER);
const struct lighter_fields lighter_head_fields = TABLE(HEAD);
const struct lighter_fields lighter_tail_fields = TABLE(TAIL);

static const struct {
	enum lighter_transaction_type type;
	const char *name;
	struct lighter_fields body;
} LAYOUTS[] = {
	{LIGHTER_CREATE_ORDER, "CreateOrder", TABLE(ORDER)},
	{LIGHTER_CANCEL_ORDER, "CancelOrder", TABLE(CANCEL)},
	{LIGHTER_CANCEL_ALL, "CancelAllOrders", TABLE(CANCEL_ALL)},
	{LIGHTER_MODIFY_ORDER, "ModifyOrder", TABLE(MODIFY)},
	{LIGHTER_UPDATE_LEVERAGE, "UpdateLeverage", TABLE(LEVERAGE)},
	{LIGHTER_UPDATE_MARGIN, "UpdateMargin", TABLE(MARGIN)},
	{LIGHTER_CREATE_GROUPED_ORDERS, "CreateGroupedOrders", TABLE(GROUPED)},
	{LIGHTER_CHANGE_PUB_KEY, "ChangePubKey", {NULL, 0}},
};
#define LAYOUT_COUNT (sizeof(LAYOUTS) / sizeof(LAYOUTS[0]))

const struct lighter_attribute_rule lighter_attribute_rules[LIGHTER_ATTRIBUTE_TYPES] = {
	[LIGHTER_INTEGRATOR_ACCOUNT] = {0, BITS(48) - 1, 0},
	[LIGHTER_INTEGRATOR_TAKER_FEE] = {0, 1000000, 0},
	[LIGHTER_INTEGRATOR_MAKER_FEE] = {0, 1000000, 0},
	[LIGHTER_SKIP_NONCE] = {1, 1, 0},
	[LIGHTER_CANCEL_ALL_MARKET] = {0, 255, 255},
	[LIGHTER_SELF_TRADE_BEHAVIOUR] = {0, 3, 0},
	[LIGHTER_SELF_TRADE_EQUALITY] = {0, 1, 0},
};

const struct lighter_fields *lighter_body_fields(enum lighter_transaction_type type)
{
	for (size_t i = 0; i < LAYOUT_COUNT; i++)
		if (LAYOUTS[i].type == type)
			return &LAYOUTS[i].body;
	return NULL;
}

const char *lighter_transaction_name(enum lighter_transaction_type type)
{
	for (size_t i = 0; i < LAYOUT_COUNT; i++)
		if (LAYOUTS[i].type == type)
			return LAYOUTS[i].name;
	return "transaction";
}

const void *lighter_body_start(const struct lighter_transaction *transaction)
{
	return transaction->type == LIGHTER_CREATE_ORDER ? (const void *)&transaction->u.create
							 : transaction;
}

int64_t lighter_field_value(const void *start, const struct lighter_field *field)
{
	const char *at = (const char *)start + field->offset;
	int64_t wide;
	int32_t narrow;
	if (field->size == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	assert(field->size == sizeof(narrow));
	memcpy(&narrow, at, sizeof(narrow));
	return narrow;
}

int64_t lighter_attribute(const struct lighter_attributes *attributes, int type)
{
	return attributes->present >> type & 1 ? attributes->value[type]
					       : lighter_attribute_rules[type].nil;
}
