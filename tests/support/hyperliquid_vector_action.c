#include "tests/support/hyperliquid_vector_action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool number_msgpack(const char *text, struct msgpack_writer *writer)
{
	char *end;
	if (text[0] == '-')
		msgpack_signed(writer, strtoll(text, &end, 10));
	else
		msgpack_unsigned(writer, strtoull(text, &end, 10));
	return *end == '\0';
}

bool vector_action_msgpack(const struct json_tree *value, struct msgpack_writer *writer)
{
	switch (value->kind) {
	case TREE_OBJECT:
		msgpack_map(writer, json_tree_count(value));
		break;
	case TREE_ARRAY:
		msgpack_array(writer, json_tree_count(value));
		break;
	case TREE_STRING:
		msgpack_text(writer, value->text, strlen(value->text));
		break;
	case TREE_NUMBER:
		return number_msgpack(value->text, writer) && !writer->overflowed;
	case TREE_TRUE:
	case TREE_FALSE:
		msgpack_bool(writer, value->kind == TREE_TRUE);
		break;
	case TREE_NULL:
		return false;
	}
	for (const struct json_tree *child = value->first; child != NULL; child = child->next) {
		if (child->key != NULL)
			msgpack_text(writer, child->key, strlen(child->key));
		if (!vector_action_msgpack(child, writer))
			return false;
	}
	return !writer->overflowed;
}

bool json_trees_are_equal(const struct json_tree *one, const struct json_tree *other)
{
	if (one == NULL || other == NULL || one->kind != other->kind ||
	    json_tree_count(one) != json_tree_count(other))
		return false;
	if (one->kind == TREE_STRING || one->kind == TREE_NUMBER)
		return strcmp(one->text, other->text) == 0;
	size_t index = 0;
	for (const struct json_tree *child = one->first; child != NULL; child = child->next) {
		const struct json_tree *twin = one->kind == TREE_OBJECT
						       ? json_tree_member(other, child->key)
						       : json_tree_element(other, index++);
		if (!json_trees_are_equal(child, twin))
			return false;
	}
	return true;
}

static const char *text_member(const struct json_tree *tree, const char *key)
{
	return json_tree_text(json_tree_member(tree, key));
}

static uint64_t number_member(const struct json_tree *tree, const char *key)
{
	return strtoull(text_member(tree, key), NULL, 10);
}

static bool is_true_member(const struct json_tree *tree, const char *key)
{
	const struct json_tree *member = json_tree_member(tree, key);
	return member != NULL && member->kind == TREE_TRUE;
}

static bool copy_member(const struct json_tree *tree, const char *key, char *out, size_t size)
{
	return (size_t)snprintf(out, size, "%s", text_member(tree, key)) < size;
}

static bool build_order(const struct json_tree *tree, struct hyperliquid_order *order)
{
	static const char *const TIFS[] = {"Alo", "Ioc", "Gtc"};
	const struct json_tree *limit = json_tree_member(json_tree_member(tree, "t"), "limit");
	if (limit == NULL)
		return false;
	*order = (struct hyperliquid_order){
		.asset = (uint32_t)number_member(tree, "a"),
		.buy = is_true_member(tree, "b"),
		.reduce_only = is_true_member(tree, "r"),
	};
	size_t tif = 0;
	while (tif < 3 && strcmp(TIFS[tif], text_member(limit, "tif")) != 0)
		tif++;
	order->tif = (enum hyperliquid_tif)tif;
	return tif < 3 && copy_member(tree, "p", order->price, sizeof(order->price)) &&
	       copy_member(tree, "s", order->size, sizeof(order->size)) &&
	       copy_member(tree, "c", order->cloid, sizeof(order->cloid));
}

static bool build_orders(const struct json_tree *tree, struct built_action *built)
{
	const struct json_tree *orders = json_tree_member(tree, "orders");
	size_t count = 0;
	if (strcmp(text_member(tree, "grouping"), "na") != 0 ||
	    json_tree_member(tree, "builder") != NULL ||
	    json_tree_count(orders) > HYPERLIQUID_BATCH_MAX)
		return false;
	for (const struct json_tree *order = orders->first; order != NULL; order = order->next)
		if (!build_order(order, &built->orders[count++]))
			return false;
	built->action.kind = HYPERLIQUID_ACTION_ORDER;
	built->action.u.order.orders = built->orders;
	built->action.u.order.count = count;
	return true;
}

static bool build_cancels(const struct json_tree *tree, struct built_action *built)
{
	struct hyperliquid_action *action = &built->action;
	const struct json_tree *cancels = json_tree_member(tree, "cancels");
	bool by_cloid = strcmp(text_member(tree, "type"), "cancelByCloid") == 0;
	size_t count = 0;
	if (json_tree_count(cancels) > HYPERLIQUID_BATCH_MAX)
		return false;
	action->kind = by_cloid ? HYPERLIQUID_ACTION_CANCEL_BY_CLOID : HYPERLIQUID_ACTION_CANCEL;
	action->u.cancel.fast = is_true_member(tree, "f");
	for (const struct json_tree *one = cancels->first; one != NULL; one = one->next, count++) {
		action->u.cancel.asset[count] =
			(uint32_t)number_member(one, by_cloid ? "asset" : "a");
		action->u.cancel.oid[count] = number_member(one, "o");
		if (!copy_member(one, "cloid", action->u.cancel.cloid[count],
				 HYPERLIQUID_CLOID_TEXT))
			return false;
	}
	action->u.cancel.count = count;
	return true;
}

static bool build_schedule_cancel(const struct json_tree *tree, struct built_action *built)
{
	built->action.kind = HYPERLIQUID_ACTION_SCHEDULE_CANCEL;
	built->action.u.schedule_cancel.time_ms = (int64_t)number_member(tree, "time");
	return true;
}

static bool build_modify(const struct json_tree *tree, struct built_action *built)
{
	struct hyperliquid_action *action = &built->action;
	const struct json_tree *oid = json_tree_member(tree, "oid");
	action->kind = HYPERLIQUID_ACTION_MODIFY;
	if (json_tree_member(tree, "a") != NULL || oid == NULL)
		return false;
	if (oid->kind == TREE_NUMBER)
		action->u.modify.oid = number_member(tree, "oid");
	else if (!copy_member(tree, "oid", action->u.modify.cloid, HYPERLIQUID_CLOID_TEXT))
		return false;
	return build_order(json_tree_member(tree, "order"), &action->u.modify.order);
}

static bool build_leverage(const struct json_tree *tree, struct built_action *built)
{
	built->action.kind = HYPERLIQUID_ACTION_UPDATE_LEVERAGE;
	built->action.u.leverage.asset = (uint32_t)number_member(tree, "asset");
	built->action.u.leverage.cross = is_true_member(tree, "isCross");
	built->action.u.leverage.leverage = (int32_t)number_member(tree, "leverage");
	return true;
}

static bool build_noop(const struct json_tree *tree, struct built_action *built)
{
	(void)tree;
	built->action.kind = HYPERLIQUID_ACTION_NOOP;
	return true;
}

bool vector_action_build(const struct json_tree *action, struct built_action *built)
{
	static const struct {
		const char *type;
		bool (*build)(const struct json_tree *tree, struct built_action *built);
	} KINDS[] = {
		{"order", build_orders},
		{"cancel", build_cancels},
		{"cancelByCloid", build_cancels},
		{"scheduleCancel", build_schedule_cancel},
		{"modify", build_modify},
		{"updateLeverage", build_leverage},
		{"noop", build_noop},
	};
	memset(built, 0, sizeof(*built));
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (strcmp(KINDS[i].type, text_member(action, "type")) == 0)
			return KINDS[i].build(action, built);
	return false;
}
