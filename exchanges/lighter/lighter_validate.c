/* What the official signer refuses before it signs (venues/lighter.md §3.1, §3.5, §3.10, §4.9). */
#include "exchanges/lighter/lighter_layout.h"

#include <inttypes.h>
#include <string.h>

#define SPOT_MARKET_FIRST 2048
#define SPOT_MARKET_LAST  4094

static bool is_spot(int32_t market_index)
{
	return market_index >= SPOT_MARKET_FIRST && market_index <= SPOT_MARKET_LAST;
}

static bool check_range(const struct lighter_field *field, int64_t value, struct error *err)
{
	const struct lighter_range *range = field->range;
	if (value >= range->low && value <= range->high)
		return true;
	if (range->or_spot && value >= SPOT_MARKET_FIRST && value <= SPOT_MARKET_LAST)
		return true;
	return error_set(err, ERROR_INPUT, "%s %" PRId64 " is not in %" PRId64 "..%" PRId64 "%s",
			 field->name, value, range->low, range->high,
			 range->or_spot ? " or 2048..4094" : "");
}

static bool check_fields(const struct lighter_fields *fields, const void *start, struct error *err)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!check_range(&fields->field[i], lighter_field_value(start, &fields->field[i]),
				 err))
			return false;
	return true;
}

/* §3.5, by order type. */
static const struct order_rule {
	const char *name;
	unsigned times_in_force; /* a bit per enum lighter_time_in_force */
	bool trigger;		 /* else none may be given */
	bool expires_unless_ioc, expires;
	bool perp_only;
	bool parent, child; /* may stand first or later in a group that triggers */
	bool stop_loss;	    /* else take-profit, of those with a trigger */
} ORDER_RULES[] = {
#define ONLY(tif) (1u << (tif))
#define ANY	  (ONLY(LIGHTER_IOC) | ONLY(LIGHTER_GTT) | ONLY(LIGHTER_POST_ONLY))
	[LIGHTER_LIMIT] = {.name = "limit",
			   .times_in_force = ANY,
			   .expires_unless_ioc = true,
			   .parent = true},
	[LIGHTER_MARKET] = {.name = "market", .times_in_force = ONLY(LIGHTER_IOC), .parent = true},
	[LIGHTER_STOP_LOSS] = {.name = "stop-loss",
			       .times_in_force = ONLY(LIGHTER_IOC),
			       .trigger = true,
			       .expires = true,
			       .perp_only = true,
			       .child = true,
			       .stop_loss = true},
	[LIGHTER_STOP_LOSS_LIMIT] = {.name = "stop-loss-limit",
				     .times_in_force = ANY,
				     .trigger = true,
				     .expires = true,
				     .perp_only = true,
				     .child = true,
				     .stop_loss = true},
	[LIGHTER_TAKE_PROFIT] = {.name = "take-profit",
				 .times_in_force = ONLY(LIGHTER_IOC),
				 .trigger = true,
				 .expires = true,
				 .perp_only = true,
				 .child = true},
	[LIGHTER_TAKE_PROFIT_LIMIT] = {.name = "take-profit-limit",
				       .times_in_force = ANY,
				       .trigger = true,
				       .expires = true,
				       .perp_only = true,
				       .child = true},
	[LIGHTER_TWAP] = {.name = "TWAP", .times_in_force = ONLY(LIGHTER_GTT), .expires = true},
};

static bool check_order(const struct lighter_order *order, struct error *err)
{
	if (!check_fields(&lighter_order_fields, order, err))
		return false;
	const struct order_rule *rule = &ORDER_RULES[order->type];
	bool spot = is_spot(order->market_index);
	bool expires =
		rule->expires || (rule->expires_unless_ioc && order->time_in_force != LIGHTER_IOC);
	if (order->base_amount == 0 && !order->reduce_only)
		return error_set(err, ERROR_INPUT, "BaseAmount 0 needs ReduceOnly");
	if (order->reduce_only && spot)
		return error_set(err, ERROR_INPUT, "ReduceOnly is not for spot market %" PRId32,
				 order->market_index);
	if (rule->perp_only && spot)
		return error_set(err, ERROR_INPUT, "Type %s is not for spot market %" PRId32,
				 rule->name, order->market_index);
	if (!(rule->times_in_force >> order->time_in_force & 1))
		return error_set(err, ERROR_INPUT, "TimeInForce %d is not for a %s order",
				 order->time_in_force, rule->name);
	if (rule->trigger != (order->trigger_price != 0))
		return error_set(err, ERROR_INPUT, "TriggerPrice of a %s order must be %s 0",
				 rule->name, rule->trigger ? "above" : "exactly");
	if (expires != (order->order_expiry_ms != 0))
		return error_set(err, ERROR_INPUT,
				 "OrderExpiry of a %s order with TimeInForce %d must be %s 0",
				 rule->name, order->time_in_force, expires ? "above" : "exactly");
	return true;
}

static bool check_cancel_all(const struct lighter_transaction *transaction, struct error *err)
{
	bool scheduled = transaction->u.cancel_all.time_in_force == LIGHTER_SCHEDULED;
	if (scheduled != (transaction->u.cancel_all.time_ms != 0))
		return error_set(err, ERROR_INPUT, "Time must be %s 0 with TimeInForce %d",
				 scheduled ? "above" : "exactly",
				 transaction->u.cancel_all.time_in_force);
	const int type = LIGHTER_CANCEL_ALL_MARKET;
	if (transaction->u.cancel_all.time_in_force != LIGHTER_NOW &&
	    lighter_attribute(&transaction->attributes, type) != lighter_attribute_rules[type].nil)
		return error_set(err, ERROR_INPUT,
				 "attribute %d (one market) needs TimeInForce 0 (now)", type);
	return true;
}

static bool check_attributes(const struct lighter_attributes *attributes, struct error *err)
{
	if (attributes->present & ~(((1u << LIGHTER_ATTRIBUTE_TYPES) - 1) & ~1u))
		return error_set(err, ERROR_INPUT, "attribute types are 1..%d",
				 LIGHTER_ATTRIBUTE_TYPES - 1);
	if (__builtin_popcount(attributes->present) > LIGHTER_ATTRIBUTES_MAX)
		return error_set(err, ERROR_INPUT, "more than %d attributes",
				 LIGHTER_ATTRIBUTES_MAX);
	bool given[LIGHTER_ATTRIBUTE_TYPES] = {false};
	for (int type = 1; type < LIGHTER_ATTRIBUTE_TYPES; type++) {
		const struct lighter_attribute_rule *rule = &lighter_attribute_rules[type];
		int64_t value = lighter_attribute(attributes, type);
		given[type] = value != rule->nil;
		if (attributes->present >> type & 1 && (value < rule->low || value > rule->high))
			return error_set(err, ERROR_INPUT,
					 "attribute %d: %" PRId64 " is not in %" PRId64
					 "..%" PRId64,
					 type, value, rule->low, rule->high);
	}
	bool fees = given[LIGHTER_INTEGRATOR_TAKER_FEE] || given[LIGHTER_INTEGRATOR_MAKER_FEE];
	if (fees && !given[LIGHTER_INTEGRATOR_ACCOUNT])
		return error_set(err, ERROR_INPUT, "attributes 2 and 3 (fees) need attribute 1");
	if (fees && (given[LIGHTER_SELF_TRADE_BEHAVIOUR] || given[LIGHTER_SELF_TRADE_EQUALITY]))
		return error_set(err, ERROR_INPUT,
				 "attributes 6 and 7 (self-trade) exclude 2 and 3 (fees)");
	if (lighter_attribute(attributes, LIGHTER_SELF_TRADE_BEHAVIOUR) == 3 &&
	    lighter_attribute(attributes, LIGHTER_SELF_TRADE_EQUALITY) == 1)
		return error_set(err, ERROR_INPUT, "attribute 6 = 3 excludes attribute 7 = 1");
	return true;
}

/* Stop-loss and take-profit, one each. */
static bool check_siblings(const struct lighter_order *orders, struct error *err)
{
	const struct order_rule *first = &ORDER_RULES[orders[0].type];
	const struct order_rule *second = &ORDER_RULES[orders[1].type];
	if (!first->child || !second->child || first->stop_loss == second->stop_loss)
		return error_set(err, ERROR_INPUT,
				 "Type: the pair must be a stop-loss and a take-profit");
	if (orders[0].order_expiry_ms != orders[1].order_expiry_ms)
		return error_set(err, ERROR_INPUT, "OrderExpiry must be equal in the pair");
	return true;
}

/* The order that triggers, and those that it triggers. */
static bool check_triggered(const struct lighter_order *orders, unsigned count, struct error *err)
{
	if (!ORDER_RULES[orders[0].type].parent)
		return error_set(err, ERROR_INPUT, "Type of the first order: limit or market");
	for (unsigned i = 1; i < count; i++) {
		if (!ORDER_RULES[orders[i].type].child)
			return error_set(err, ERROR_INPUT,
					 "Type of a triggered order: stop-loss or take-profit");
		if (orders[i].base_amount != 0)
			return error_set(err, ERROR_INPUT, "BaseAmount of a triggered order is 0");
		if (orders[i].is_ask == orders[0].is_ask)
			return error_set(err, ERROR_INPUT,
					 "IsAsk of a triggered order is the opposite");
		if (orders[0].order_expiry_ms != 0 &&
		    orders[i].order_expiry_ms != orders[0].order_expiry_ms)
			return error_set(err, ERROR_INPUT, "OrderExpiry must be equal");
	}
	return true;
}

static bool check_members(const struct lighter_transaction *transaction, unsigned wanted,
			  struct error *err)
{
	const struct lighter_order *orders = transaction->u.grouped.orders;
	if (transaction->u.grouped.count != wanted)
		return error_set(err, ERROR_INPUT, "Orders: %u, this grouping has %u",
				 transaction->u.grouped.count, wanted);
	for (unsigned i = 0; i < wanted; i++) {
		if (!check_order(&orders[i], err))
			return false;
		if (is_spot(orders[i].market_index) ||
		    orders[i].market_index != orders[0].market_index)
			return error_set(err, ERROR_INPUT, "MarketIndex: one perp market for all");
		for (unsigned j = 0; j < i; j++)
			if (orders[i].client_order_index != 0 &&
			    orders[i].client_order_index == orders[j].client_order_index)
				return error_set(err, ERROR_INPUT, "ClientOrderIndex twice");
	}
	return true;
}

static bool check_group(const struct lighter_transaction *transaction, struct error *err)
{
	const struct lighter_order *orders = transaction->u.grouped.orders;
	switch ((enum lighter_grouping)transaction->u.grouped.grouping) {
	case LIGHTER_ONE_TRIGGERS_OTHER:
		return check_members(transaction, 2, err) && check_triggered(orders, 2, err);
	case LIGHTER_ONE_CANCELS_OTHER:
		if (!check_members(transaction, 2, err) || !check_siblings(orders, err))
			return false;
		if (orders[0].base_amount != orders[1].base_amount ||
		    orders[0].is_ask != orders[1].is_ask)
			return error_set(err, ERROR_INPUT,
					 "BaseAmount and IsAsk must be equal in the pair");
		if (!orders[0].reduce_only || !orders[1].reduce_only)
			return error_set(err, ERROR_INPUT, "ReduceOnly must be 1 in the pair");
		return true;
	case LIGHTER_ONE_TRIGGERS_ONE_CANCELS_OTHER:
		return check_members(transaction, 3, err) && check_triggered(orders, 3, err) &&
		       check_siblings(orders + 1, err);
	}
	return error_set(err, ERROR_INPUT, "GroupingType %d is none",
			 transaction->u.grouped.grouping);
}

/* "" or 0x and the 65 bytes of an Ethereum signature: nothing that JSON would have to escape. */
static bool check_l1_signature(const char *text, struct error *err)
{
	if (text != NULL && text[0] == '\0')
		return true;
	if (text == NULL || strncmp(text, "0x", 2) != 0 || strlen(text) != 2 + 130 ||
	    strspn(text + 2, "0123456789abcdefABCDEF") != 130)
		return error_set(err, ERROR_INPUT, "L1Sig is not 0x and 130 hex digits");
	return true;
}

static bool check_change_key(const struct lighter_transaction *transaction, struct error *err)
{
	struct quintic element;
	if (!quintic_from_bytes(&element, transaction->u.change_key.public_key))
		return error_set(err, ERROR_INPUT, "PubKey is not the encoding of a field element");
	return check_l1_signature(transaction->u.change_key.l1_signature, err);
}

static bool check_body(const struct lighter_transaction *transaction, struct error *err)
{
	switch (transaction->type) {
	case LIGHTER_CREATE_ORDER:
		return check_order(&transaction->u.create, err);
	case LIGHTER_CANCEL_ALL:
		return check_cancel_all(transaction, err);
	case LIGHTER_CREATE_GROUPED_ORDERS:
		return check_group(transaction, err);
	case LIGHTER_CHANGE_PUB_KEY:
		return check_change_key(transaction, err);
	case LIGHTER_CANCEL_ORDER:
	case LIGHTER_MODIFY_ORDER:
	case LIGHTER_UPDATE_LEVERAGE:
	case LIGHTER_UPDATE_MARGIN:
		break;
	}
	return true;
}

bool lighter_validate_head(const struct lighter_transaction *transaction, struct error *err)
{
	return check_fields(&lighter_head_fields, transaction, err);
}

bool lighter_validate(const struct lighter_transaction *transaction, struct error *err)
{
	const struct lighter_fields *body = lighter_body_fields(transaction->type);
	if (body == NULL)
		return error_set(err, ERROR_INPUT, "Lighter: transaction type %d is not known",
				 (int)transaction->type);
	bool valid = check_attributes(&transaction->attributes, err) &&
		     lighter_validate_head(transaction, err) &&
		     check_fields(&lighter_tail_fields, transaction, err) &&
		     check_fields(body, lighter_body_start(transaction), err) &&
		     check_body(transaction, err);
	if (!valid)
		error_prefix(err, "Lighter %s", lighter_transaction_name(transaction->type));
	return valid;
}
