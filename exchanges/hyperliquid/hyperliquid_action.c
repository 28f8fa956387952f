#include "exchanges/hyperliquid/hyperliquid_action.h"

#include "exchanges/hyperliquid/hex_text.h"

#include <string.h>

#define CLOID_BYTES   16
#define WIRE_DECIMALS 8

static const char *const TIF_TEXTS[] = {
	[HYPERLIQUID_ALO] = "Alo",
	[HYPERLIQUID_IOC] = "Ioc",
	[HYPERLIQUID_GTC] = "Gtc",
};
#define TIFS (sizeof(TIF_TEXTS) / sizeof(TIF_TEXTS[0]))

static size_t digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

bool hyperliquid_is_wire_decimal(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	if (length == size)
		return false;
	size_t whole = digits_at(text);
	if (whole == 0 || (whole > 1 && text[0] == '0'))
		return false;
	if (whole == length)
		return text[0] != '0';
	if (text[whole] != '.')
		return false;
	size_t fraction = digits_at(text + whole + 1);
	return fraction > 0 && fraction <= WIRE_DECIMALS && whole + 1 + fraction == length &&
	       text[length - 1] != '0';
}

static bool check_cloid(const char cloid[HYPERLIQUID_CLOID_TEXT], struct error *err)
{
	if (hex_text_is_canonical(cloid, CLOID_BYTES))
		return true;
	return error_set(err, ERROR_INPUT,
			 "client order id '%.34s' is not 0x and 32 lower-case hex digits", cloid);
}

static bool check_order(const struct hyperliquid_order *order, struct error *err)
{
	if (!hyperliquid_is_wire_decimal(order->price, sizeof(order->price)))
		return error_set(err, ERROR_INPUT, "price '%.31s' is not a positive wire decimal",
				 order->price);
	if (!hyperliquid_is_wire_decimal(order->size, sizeof(order->size)))
		return error_set(err, ERROR_INPUT, "size '%.31s' is not a positive wire decimal",
				 order->size);
	if ((size_t)order->tif >= TIFS)
		return error_set(err, ERROR_INPUT, "time in force %d is unknown", (int)order->tif);
	return order->cloid[0] == '\0' || check_cloid(order->cloid, err);
}

static bool check_batch(size_t count, struct error *err)
{
	if (count >= 1 && count <= HYPERLIQUID_BATCH_MAX)
		return true;
	return error_set(err, ERROR_LIMIT, "a batch of %zu: 1..%d in one action", count,
			 HYPERLIQUID_BATCH_MAX);
}

static void key_text(struct action_writer *writer, const char *key, const char *value)
{
	action_writer_key(writer, key);
	action_writer_text(writer, value);
}

static void key_unsigned(struct action_writer *writer, const char *key, uint64_t value)
{
	action_writer_key(writer, key);
	action_writer_unsigned(writer, value);
}

static void key_bool(struct action_writer *writer, const char *key, bool value)
{
	action_writer_key(writer, key);
	action_writer_bool(writer, value);
}

static void write_order(const struct hyperliquid_order *order, struct action_writer *writer)
{
	bool has_cloid = order->cloid[0] != '\0';
	action_writer_map(writer, has_cloid ? 7 : 6);
	key_unsigned(writer, "a", order->asset);
	key_bool(writer, "b", order->buy);
	key_text(writer, "p", order->price);
	key_text(writer, "s", order->size);
	key_bool(writer, "r", order->reduce_only);
	action_writer_key(writer, "t");
	action_writer_map(writer, 1);
	action_writer_key(writer, "limit");
	action_writer_map(writer, 1);
	key_text(writer, "tif", TIF_TEXTS[order->tif]);
	if (has_cloid)
		key_text(writer, "c", order->cloid);
}

static bool write_orders(const struct hyperliquid_action *action, struct action_writer *writer,
			 struct error *err)
{
	size_t count = action->u.order.count;
	if (!check_batch(count, err))
		return false;
	action_writer_map(writer, 3);
	key_text(writer, "type", "order");
	action_writer_key(writer, "orders");
	action_writer_array(writer, count);
	for (size_t i = 0; i < count; i++) {
		const struct hyperliquid_order *order = &action->u.order.orders[i];
		if (!check_order(order, err))
			return false;
		write_order(order, writer);
	}
	key_text(writer, "grouping", "na");
	return true;
}

/* An absent flag is left out: false in its place would be another hash, which is refused. */
static bool begin_cancels(const struct hyperliquid_action *action, const char *type,
			  struct action_writer *writer, struct error *err)
{
	if (!check_batch(action->u.cancel.count, err))
		return false;
	action_writer_map(writer, action->u.cancel.fast ? 3 : 2);
	key_text(writer, "type", type);
	action_writer_key(writer, "cancels");
	action_writer_array(writer, action->u.cancel.count);
	return true;
}

static bool write_cancels(const struct hyperliquid_action *action, struct action_writer *writer,
			  struct error *err)
{
	if (!begin_cancels(action, "cancel", writer, err))
		return false;
	for (size_t i = 0; i < action->u.cancel.count; i++) {
		if (action->u.cancel.oid[i] == 0)
			return error_set(err, ERROR_INPUT, "order id 0 of a cancel names no order");
		action_writer_map(writer, 2);
		key_unsigned(writer, "a", action->u.cancel.asset[i]);
		key_unsigned(writer, "o", action->u.cancel.oid[i]);
	}
	if (action->u.cancel.fast)
		key_bool(writer, "f", true);
	return true;
}

static bool write_cancels_by_cloid(const struct hyperliquid_action *action,
				   struct action_writer *writer, struct error *err)
{
	if (!begin_cancels(action, "cancelByCloid", writer, err))
		return false;
	for (size_t i = 0; i < action->u.cancel.count; i++) {
		if (!check_cloid(action->u.cancel.cloid[i], err))
			return false;
		action_writer_map(writer, 2);
		key_unsigned(writer, "asset", action->u.cancel.asset[i]);
		key_text(writer, "cloid", action->u.cancel.cloid[i]);
	}
	if (action->u.cancel.fast)
		key_bool(writer, "f", true);
	return true;
}

static bool write_schedule_cancel(const struct hyperliquid_action *action,
				  struct action_writer *writer, struct error *err)
{
	int64_t time_ms = action->u.schedule_cancel.time_ms;
	if (time_ms < 0)
		return error_set(err, ERROR_INPUT, "a scheduled cancel at %lld ms",
				 (long long)time_ms);
	action_writer_map(writer, time_ms > 0 ? 2 : 1);
	key_text(writer, "type", "scheduleCancel");
	if (time_ms > 0)
		key_unsigned(writer, "time", (uint64_t)time_ms);
	return true;
}

static bool write_modify(const struct hyperliquid_action *action, struct action_writer *writer,
			 struct error *err)
{
	bool by_cloid = action->u.modify.oid == 0;
	if (by_cloid && !check_cloid(action->u.modify.cloid, err))
		return false;
	if (!check_order(&action->u.modify.order, err))
		return false;
	action_writer_map(writer, 3);
	key_text(writer, "type", "modify");
	if (by_cloid)
		key_text(writer, "oid", action->u.modify.cloid);
	else
		key_unsigned(writer, "oid", action->u.modify.oid);
	action_writer_key(writer, "order");
	write_order(&action->u.modify.order, writer);
	return true;
}

static bool write_leverage(const struct hyperliquid_action *action, struct action_writer *writer,
			   struct error *err)
{
	if (action->u.leverage.leverage < 1)
		return error_set(err, ERROR_INPUT, "leverage %d: at least 1",
				 (int)action->u.leverage.leverage);
	action_writer_map(writer, 4);
	key_text(writer, "type", "updateLeverage");
	key_unsigned(writer, "asset", action->u.leverage.asset);
	key_bool(writer, "isCross", action->u.leverage.cross);
	key_unsigned(writer, "leverage", (uint64_t)action->u.leverage.leverage);
	return true;
}

bool hyperliquid_action_write(const struct hyperliquid_action *action, struct action_writer *writer,
			      struct error *err)
{
	switch (action->kind) {
	case HYPERLIQUID_ACTION_ORDER:
		return write_orders(action, writer, err);
	case HYPERLIQUID_ACTION_CANCEL:
		return write_cancels(action, writer, err);
	case HYPERLIQUID_ACTION_CANCEL_BY_CLOID:
		return write_cancels_by_cloid(action, writer, err);
	case HYPERLIQUID_ACTION_SCHEDULE_CANCEL:
		return write_schedule_cancel(action, writer, err);
	case HYPERLIQUID_ACTION_MODIFY:
		return write_modify(action, writer, err);
	case HYPERLIQUID_ACTION_UPDATE_LEVERAGE:
		return write_leverage(action, writer, err);
	case HYPERLIQUID_ACTION_NOOP:
		action_writer_map(writer, 1);
		key_text(writer, "type", "noop");
		return true;
	}
	return error_set(err, ERROR_INPUT, "action kind %d is unknown", (int)action->kind);
}
