/*
 * Raw bytes as an action's struct: texts without an end, counts and kinds out of range. Either
 * nothing is signed, or the body is JSON whose action, hashed as a stranger would hash it, has the
 * connection id that was signed. The rest of the bytes is a key, an address and a price.
 */
#include "core/base/keccak256.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"
#include "exchanges/hyperliquid/price_rules.h"
#include "tests/support/hyperliquid_vector_action.h"

#include <assert.h>
#include <string.h>

#define ORDERS 3

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct bytes_left {
	const uint8_t *at;
	size_t length;
};

/* Fewer than asked for leave the end of out as it is: zeros. */
static void take(struct bytes_left *left, void *out, size_t length)
{
	size_t taken = length < left->length ? length : left->length;
	memcpy(out, left->at, taken);
	left->at += taken;
	left->length -= taken;
}

static uint8_t take_byte(struct bytes_left *left)
{
	uint8_t byte = 0;
	take(left, &byte, 1);
	return byte;
}

static void take_order(struct bytes_left *left, struct hyperliquid_order *order)
{
	memset(order, 0, sizeof(*order));
	take(left, &order->asset, sizeof(order->asset));
	uint8_t flags = take_byte(left);
	order->buy = flags & 1;
	order->reduce_only = flags >> 1 & 1;
	order->tif = (enum hyperliquid_tif)(flags >> 2 & 3);
	take(left, order->price, flags & 16 ? sizeof(order->price) : 6);
	take(left, order->size, flags & 32 ? sizeof(order->size) : 4);
	if (flags & 64)
		take(left, order->cloid, sizeof(order->cloid));
}

static void take_cancels(struct bytes_left *left, struct hyperliquid_action *action)
{
	action->u.cancel.count = take_byte(left) % (HYPERLIQUID_BATCH_MAX + 2);
	action->u.cancel.fast = take_byte(left) & 1;
	for (size_t i = 0; i < action->u.cancel.count && i < HYPERLIQUID_BATCH_MAX; i++) {
		take(left, &action->u.cancel.asset[i], 4);
		take(left, &action->u.cancel.oid[i], 8);
		take(left, action->u.cancel.cloid[i], HYPERLIQUID_CLOID_TEXT);
	}
}

static void take_action(struct bytes_left *left, struct hyperliquid_action *action,
			struct hyperliquid_order orders[ORDERS])
{
	memset(action, 0, sizeof(*action));
	action->kind =
		(enum hyperliquid_action_kind)(take_byte(left) % (HYPERLIQUID_ACTION_NOOP + 2));
	if (action->kind == HYPERLIQUID_ACTION_ORDER) {
		action->u.order.orders = orders;
		action->u.order.count = take_byte(left) % (ORDERS + 1);
		for (size_t i = 0; i < ORDERS; i++)
			take_order(left, &orders[i]);
	} else if (action->kind == HYPERLIQUID_ACTION_CANCEL ||
		   action->kind == HYPERLIQUID_ACTION_CANCEL_BY_CLOID) {
		take_cancels(left, action);
	} else if (action->kind == HYPERLIQUID_ACTION_SCHEDULE_CANCEL) {
		take(left, &action->u.schedule_cancel.time_ms, 8);
	} else if (action->kind == HYPERLIQUID_ACTION_MODIFY) {
		take(left, &action->u.modify.oid, 8);
		take(left, action->u.modify.cloid, HYPERLIQUID_CLOID_TEXT);
		take_order(left, &action->u.modify.order);
	} else if (action->kind == HYPERLIQUID_ACTION_UPDATE_LEVERAGE) {
		take(left, &action->u.leverage.asset, 4);
		take(left, &action->u.leverage.leverage, 4);
		action->u.leverage.cross = take_byte(left) & 1;
	}
}

static void check_body(const struct hyperliquid_signed *made,
		       const struct hyperliquid_envelope *envelope)
{
	static uint8_t packed[16384];
	struct msgpack_writer writer;
	const char *error;
	uint8_t hash[32];
	struct json_tree *tree = json_tree_parse(made->body, made->body_length, &error);
	assert(tree != NULL && strlen(made->body) == made->body_length);
	msgpack_begin(&writer, packed, sizeof(packed));
	bool whole = vector_action_msgpack(json_tree_member(tree, "action"), &writer);
	assert(whole);
	msgpack_append_u64(&writer, (uint64_t)envelope->nonce_ms);
	msgpack_append(&writer, envelope->has_vault ? "\1" : "\0", 1);
	if (envelope->has_vault)
		msgpack_append(&writer, envelope->vault, 20);
	if (envelope->expires_after_ms != 0) {
		msgpack_append(&writer, "\0", 1);
		msgpack_append_u64(&writer, (uint64_t)envelope->expires_after_ms);
	}
	keccak256(packed, writer.length, hash);
	assert(memcmp(hash, made->connection_id, 32) == 0);
	json_tree_free(tree);
}

static void check_texts(const char *text)
{
	struct hyperliquid_key key;
	struct error err;
	uint8_t address[20];
	char again[HYPERLIQUID_ADDRESS_TEXT];
	if (hyperliquid_key_load(text, &key, &err))
		assert(strlen(text) == 64 || strlen(text) == 66);
	if (hyperliquid_address_parse(text, address)) {
		hyperliquid_address_text(address, again);
		assert(strlen(text) == strlen(again));
	}
}

static void check_price(struct bytes_left *left)
{
	int64_t units = 0, down, up;
	take(left, &units, sizeof(units));
	unsigned decimals = take_byte(left) % 19, size_decimals = take_byte(left) % 10;
	bool valid =
		hyperliquid_price_is_valid(HYPERLIQUID_PERPETUAL, size_decimals, units, decimals);
	bool has_down = hyperliquid_price_round(HYPERLIQUID_PERPETUAL, size_decimals, units,
						decimals, ROUND_FLOOR, &down);
	bool has_up = hyperliquid_price_round(HYPERLIQUID_PERPETUAL, size_decimals, units, decimals,
					      ROUND_CEILING, &up);
	unsigned most = hyperliquid_price_decimals(HYPERLIQUID_PERPETUAL, size_decimals);
	if (has_down)
		assert(hyperliquid_price_is_valid(HYPERLIQUID_PERPETUAL, size_decimals, down,
						  most));
	if (has_down && has_up)
		assert(valid == (down == up) && down <= up);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct hyperliquid_signed made;
	static struct hyperliquid_key key;
	struct bytes_left left = {bytes, size};
	struct hyperliquid_action action;
	struct hyperliquid_order orders[ORDERS];
	struct hyperliquid_envelope envelope = {0};
	struct error err;
	char text[70] = "";
	if (key.address_text[0] == '\0') {
		bool loaded =
			hyperliquid_key_load("0x0123456789012345678901234567890123456789012345"
					     "678901234567890123",
					     &key, &err);
		assert(loaded);
	}
	take(&left, &envelope.nonce_ms, sizeof(envelope.nonce_ms));
	take(&left, &envelope.expires_after_ms, sizeof(envelope.expires_after_ms));
	envelope.has_vault = take_byte(&left) & 1;
	take_action(&left, &action, orders);
	if (hyperliquid_sign(&key, &action, &envelope, &made, &err))
		check_body(&made, &envelope);
	else
		assert(made.body_length == 0 && made.body[0] == '\0');
	check_price(&left);
	take(&left, text, sizeof(text) - 1);
	check_texts(text);
	return 0;
}
