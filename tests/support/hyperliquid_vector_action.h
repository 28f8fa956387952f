/*
 * The actions of Hyperliquid's vectors, given as JSON with their keys in hashing order: straight to
 * msgpack whatever the action is, and as the struct that our own builder takes where it knows the
 * kind, so that the two ways can be compared.
 */
#ifndef FUNDARB_TESTS_SUPPORT_HYPERLIQUID_VECTOR_ACTION_H
#define FUNDARB_TESTS_SUPPORT_HYPERLIQUID_VECTOR_ACTION_H

#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/hyperliquid/msgpack.h"
#include "tests/support/json_tree.h"

/* False: a value that actions do not have (null, a fraction) or a full writer. */
bool vector_action_msgpack(const struct json_tree *value, struct msgpack_writer *writer);

struct built_action {
	struct hyperliquid_action action; /* borrows orders */
	struct hyperliquid_order orders[HYPERLIQUID_BATCH_MAX];
};
/* False: our builder has no such action (triggers, builders, transfers, ...). */
bool vector_action_build(const struct json_tree *action, struct built_action *built);

/* The same JSON value: members in any order, numbers by their text. */
bool json_trees_are_equal(const struct json_tree *one, const struct json_tree *other);

#endif
