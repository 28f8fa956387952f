/* Orders: found, noted, sent to the floor, and what becomes of them (§1.4, §2.7, §7.2). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_OID UINT64_C(245678900000)
#define BIG_ID	  (UINT64_C(1) << 60)

/* ---- finding -----------------------------------------------------------------------------------
 */

static size_t bucket_of(unsigned account, const char *cloid)
{
	/* FNV-1a. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ account;
	for (; *cloid; cloid++)
		hash = (hash ^ (unsigned char)*cloid) * UINT64_C(0x100000001b3);
	return (size_t)(hash % HYPER_BUCKETS);
}

struct hyper_order *hyper_order_by_oid(struct hyperliquid_service *service, unsigned account,
				       uint64_t oid)
{
	uint64_t index = (oid & ~BIG_ID) - FIRST_OID;
	if (index >= service->order_count)
		return NULL;
	struct hyper_order *order = service->orders[index];
	return order->oid == oid && order->account == account && !order->lost ? order : NULL;
}

struct hyper_order *hyper_order_by_cloid(struct hyperliquid_service *service, unsigned account,
					 const char *cloid)
{
	char lower[HYPER_CLOID_MAX + 1];
	if (!hyper_is_cloid(cloid))
		return NULL;
	for (size_t i = 0; i <= HYPER_CLOID_MAX; i++)
		lower[i] = cloid[i] >= 'A' && cloid[i] <= 'F' ? (char)(cloid[i] - 'A' + 'a')
							      : cloid[i];
	struct hyper_order *order = service->by_cloid[bucket_of(account, lower)];
	while (order != NULL &&
	       (order->account != account || order->lost || strcmp(order->cloid, lower) != 0))
		order = order->older_in_bucket;
	return order;
}

bool hyper_order_known(const struct hyperliquid_service *service, const struct hyper_order *order,
		       int64_t lag_ms)
{
	const struct hyper_account *account = &service->accounts[order->account];
	return order->seen_ms != 0 && !order->lost &&
	       order->seen_ms + lag_ms <= hyper_now_ms(service) &&
	       (order->live || order->place + HYPER_REMEMBERED >= account->order_count);
}

struct quantity hyper_order_filled(const struct hyper_order *order)
{
	return order->floor != NULL ? order->floor->executed : (struct quantity){0};
}

/* ---- noting ------------------------------------------------------------------------------------
 */

struct hyper_order *hyper_order_note(struct hyperliquid_service *service, unsigned account,
				     const char *cloid)
{
	struct hyper_account *owner = &service->accounts[account];
	struct hyper_order *order =
		service->order_count < HYPER_ORDERS_MAX ? calloc(1, sizeof(*order)) : NULL;
	if (order == NULL)
		return NULL;
	order->account = account;
	order->oid = FIRST_OID + service->order_count;
	if (hyper_strikes(service, "json.bigid", NULL))
		order->oid |= BIG_ID;
	order->placed_ms = order->status_ms = hyper_now_ms(service);
	order->status = "open";
	service->orders = hyper_grow(service->orders, service->order_count,
				     &service->order_capacity, sizeof(struct hyper_order *));
	service->orders[service->order_count++] = order;
	owner->orders = hyper_grow(owner->orders, owner->order_count, &owner->order_capacity,
				   sizeof(struct hyper_order *));
	order->place = owner->order_count;
	owner->orders[owner->order_count++] = order;
	if (cloid == NULL)
		return order;
	for (size_t i = 0; i < HYPER_CLOID_MAX; i++)
		order->cloid[i] = cloid[i] >= 'A' && cloid[i] <= 'F' ? (char)(cloid[i] - 'A' + 'a')
								     : cloid[i];
	struct hyper_order **bucket = &service->by_cloid[bucket_of(account, order->cloid)];
	order->older_in_bucket = *bucket;
	*bucket = order;
	return order;
}

static void link_floor(struct hyperliquid_service *service, struct hyper_order *order)
{
	size_t place = (size_t)order->floor->number - 1;
	while (service->by_floor_count <= place) {
		service->by_floor =
			hyper_grow(service->by_floor, service->by_floor_count,
				   &service->by_floor_capacity, sizeof(struct hyper_order *));
		service->by_floor[service->by_floor_count++] = NULL;
	}
	service->by_floor[place] = order;
}

struct hyper_order *hyper_order_of(struct hyperliquid_service *service,
				   const struct floor_order *floor)
{
	unsigned market;
	if (floor->number <= service->by_floor_count &&
	    service->by_floor[floor->number - 1] != NULL)
		return service->by_floor[floor->number - 1];
	if (floor->account >= service->account_count ||
	    !hyper_find_market(service, floor->request.instrument, &market))
		return NULL;
	struct hyper_order *order = hyper_order_note(service, floor->account, NULL);
	if (order == NULL)
		return NULL;
	order->market = market;
	order->floor = floor;
	order->foreign = true;
	order->buy = floor->request.side == SIDE_BUY;
	order->reduce_only = floor->request.reduce_only;
	order->tif = floor->request.type == ORDER_POST_ONLY ? HYPER_ALO
		     : floor->request.type == ORDER_LIMIT   ? HYPER_GTC
							    : HYPER_IOC;
	order->limit = floor->request.limit;
	order->size = floor->request.quantity;
	link_floor(service, order);
	return order;
}

/* ---- telling -----------------------------------------------------------------------------------
 */

static void tell_update(struct hyperliquid_service *service, const struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	char alien[FAULT_VALUE_MAX + 1];
	bool is_alien =
		hyper_strikes_in(service, "ord.status", order->market, true, order->buy, alien);
	account->changed = true;
	hyper_flush_later(service);
	if (service->subscribers[HYPER_ORDER_UPDATES] == 0)
		return;
	reply_open(&account->updates, NULL, '{');
	hyper_put_order(service, &account->updates, "order", order, false);
	reply_text(&account->updates, "status", is_alien ? alien : order->status);
	reply_integer(&account->updates, "statusTimestamp", order->status_ms);
	reply_close(&account->updates, '}');
}

void hyper_order_refuse(struct hyperliquid_service *service, struct hyper_order *order,
			const struct hyper_verdict *verdict, struct hyper_slot *slot)
{
	hyper_slot_error(slot, verdict->text, order->market);
	order->status = verdict->state;
	order->error = verdict->text;
	order->seen_ms = hyper_now_ms(service);
	tell_update(service, order);
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static void go_live(struct hyperliquid_service *service, struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	if (order->live)
		return;
	order->live = true;
	account->live = hyper_grow(account->live, account->live_count, &account->live_capacity,
				   sizeof(struct hyper_order *));
	account->live[account->live_count++] = order;
}

static void leave_live(struct hyperliquid_service *service, struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	for (size_t i = 0; order->live && i < account->live_count; i++) {
		if (account->live[i] != order)
			continue;
		account->live_count--;
		memmove(&account->live[i], &account->live[i + 1],
			(account->live_count - i) * sizeof(struct hyper_order *));
		break;
	}
	order->live = false;
}

/* Of reduce-only orders that are larger than the position together the oldest go (§7.2). */
static void displace(struct hyperliquid_service *service, const struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	int64_t held = trading_floor_position(service->floor, order->account,
					      service->markets[order->market].instrument)
			       .quantity.units;
	int64_t room = (held < 0 ? -held : held) - order->size.units;
	for (size_t i = account->live_count; i-- > 0;) {
		struct hyper_order *other = account->live[i];
		if (!other->reduce_only || other->buy != order->buy ||
		    other->market != order->market)
			continue;
		room -= other->size.units - hyper_order_filled(other).units;
		if (room >= 0)
			continue;
		other->displaced = true;
		trading_floor_expire(service->floor, other->floor->number, hyper_now_ns(service));
	}
}

void hyper_order_send(struct hyperliquid_service *service, struct hyper_order *order,
		      struct hyper_slot *slot, int64_t expires_ns)
{
	struct order_request request = hyper_order_request(service, order);
	request.venue_expiry_ns = expires_ns;
	if (request.reduce_only)
		displace(service, order);
	const struct floor_order *floor =
		trading_floor_place(service->floor, order->account, &request, order->cloid, false);
	if (floor == NULL) {
		hyper_order_refuse(service, order, &HYPER_NO_ROOM, slot);
		return;
	}
	order->floor = floor;
	link_floor(service, order);
	if (trading_floor_order(service->floor, floor->number) == NULL) {
		/* A fault: acknowledged, then never heard of again. */
		hyper_order_answer(service, order, slot->status);
		slot->kind = HYPER_SLOT_DONE;
		order->lost = true;
		return;
	}
	if (trading_floor_is_stuck(service->floor, floor->number)) {
		order->seen_ms = hyper_now_ms(service);
		go_live(service, order);
		tell_update(service, order);
		hyper_order_answer(service, order, slot->status);
		slot->kind = HYPER_SLOT_DONE;
		return;
	}
	slot->kind = HYPER_SLOT_PLACE;
	slot->order = order;
	order->waiters++;
}

/* ---- answering ---------------------------------------------------------------------------------
 */

static void put_ids(char *at, size_t size, const struct hyper_order *order)
{
	snprintf(at, size, "\"oid\":%" PRIu64 "%s%s%s", order->oid,
		 order->cloid[0] != '\0' ? ",\"cloid\":\"" : "", order->cloid,
		 order->cloid[0] != '\0' ? "\"" : "");
}

static void answer_filled(const struct hyperliquid_service *service,
			  const struct hyper_order *order, char status[HYPER_STATUS_MAX])
{
	const struct hyper_market *market = &service->markets[order->market];
	struct served_text size = {0}, price = {0};
	char ids[80];
	struct money average = {0};
	struct quantity filled = hyper_order_filled(order);
	(void)!mul_div(order->floor->executed_quote.e18,
		       i128_power_of_ten(market->terms->quantity_decimals), filled.units,
		       ROUND_HALF_EVEN, &average.e18);
	hyper_put_size(&size, NULL, market, filled);
	hyper_put_money(&price, NULL, average, 8);
	put_ids(ids, sizeof(ids), order);
	snprintf(status, HYPER_STATUS_MAX, "{\"filled\":{\"totalSz\":%s,\"avgPx\":%s,%s}}",
		 size.bytes != NULL ? size.bytes : "\"\"",
		 price.bytes != NULL ? price.bytes : "\"\"", ids);
	served_text_free(&size);
	served_text_free(&price);
}

static void answer_crosses(const struct hyperliquid_service *service,
			   const struct hyper_order *order, char status[HYPER_STATUS_MAX])
{
	const struct hyper_market *market = &service->markets[order->market];
	struct book_level level;
	char touch[2][DECIMAL_TEXT_MAX] = {"0.0", "0.0"};
	for (int side = 0; side < 2; side++) {
		if (trading_floor_depth(service->floor, market->instrument,
					side == 0 ? SIDE_BUY : SIDE_SELL, &level, 1) == 1)
			decimal_format_short(level.price.units, market->terms->price_decimals,
					     touch[side], sizeof(touch[side]));
	}
	snprintf(status, HYPER_STATUS_MAX, "{\"error\":\"%s, bbo was %s@%s. asset=%u\"}",
		 HYPER_CROSSES.text, touch[0], touch[1], order->market);
}

void hyper_order_answer(const struct hyperliquid_service *service, const struct hyper_order *order,
			char status[HYPER_STATUS_MAX])
{
	char ids[80];
	if (order->error == HYPER_CROSSES.text)
		answer_crosses(service, order, status);
	else if (order->error != NULL)
		snprintf(status, HYPER_STATUS_MAX, "{\"error\":\"%s asset=%u\"}", order->error,
			 order->market);
	else if (hyper_order_filled(order).units > 0 && !order->live)
		answer_filled(service, order, status);
	else {
		put_ids(ids, sizeof(ids), order);
		snprintf(status, HYPER_STATUS_MAX, "{\"resting\":{%s}}", ids);
	}
}

/* ---- what becomes of it ------------------------------------------------------------------------
 */

static void tell_cancelled_by_venue(struct hyperliquid_service *service,
				    const struct hyper_order *order)
{
	struct served_text *rows = &service->accounts[order->account].cancels;
	if (service->subscribers[HYPER_USER_EVENTS] == 0)
		return;
	reply_open(rows, NULL, '{');
	reply_text(rows, "coin", service->markets[order->market].terms->symbol);
	reply_integer(rows, "oid", (int64_t)order->oid);
	reply_close(rows, '}');
}

/* A cancelled order's state; IOC orders without a fill count as refused (§7.2). */
static void set_cancelled(struct hyperliquid_service *service, struct hyper_order *order)
{
	const struct floor_order *floor = order->floor;
	bool by_reduction = floor->reason == REJECT_REDUCE_ONLY;
	order->status = "canceled";
	if (by_reduction && floor->executed.units > 0 && !order->cancel_asked)
		/* It was larger than the position: shrunk, then filled. */
		order->status = floor->resting ? "reduceOnlyCanceled" : "filled";
	else if (by_reduction || order->displaced)
		order->status = "reduceOnlyCanceled";
	else if (strncmp(floor->text, "self", 4) == 0)
		order->status = "selfTradeCanceled";
	else if (strcmp(floor->text, "scheduled cancel") == 0)
		order->status = "scheduledCancel";
	else if (order->tif == HYPER_IOC && floor->executed.units == 0 && !order->cancel_asked) {
		order->status = HYPER_NO_MATCH.state;
		order->error = HYPER_NO_MATCH.text;
	}
	bool by_venue = strcmp(order->status, "selfTradeCanceled") == 0 ||
			strcmp(order->status, "scheduledCancel") == 0;
	if (by_venue)
		tell_cancelled_by_venue(service, order);
}

static void set_status(struct hyperliquid_service *service, struct hyper_order *order)
{
	const struct hyper_verdict *verdict;
	switch (order->floor->state) {
	case ORDER_STATE_OPEN:
		order->status = "open";
		go_live(service, order);
		return;
	case ORDER_STATE_FILLED:
		order->status = "filled";
		break;
	case ORDER_STATE_CANCELLED:
		set_cancelled(service, order);
		break;
	case ORDER_STATE_REJECTED:
		verdict = hyper_verdict_of(order->floor->reason);
		order->status = verdict->state;
		order->error = verdict->text;
		break;
	}
	leave_live(service, order);
}

void hyper_order_changed(struct hyperliquid_service *service, const struct floor_order *floor)
{
	struct hyper_order *order = hyper_order_of(service, floor);
	if (order == NULL || order->lost)
		return;
	if (floor->state == ORDER_STATE_REJECTED && floor->reason == REJECT_EXPIRED) {
		order->lost = true;
		hyper_pending_order_changed(service, order);
		return;
	}
	if (order->seen_ms == 0)
		order->seen_ms = hyper_now_ms(service);
	order->status_ms = floor->updated_ns / NS_PER_MS;
	set_status(service, order);
	tell_update(service, order);
	hyper_pending_order_changed(service, order);
}
