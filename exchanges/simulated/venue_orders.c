#include "exchanges/simulated/venue_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

/* ---- records -----------------------------------------------------------------------------------
 */

struct venue_order *venue_orders_at(const struct venue_orders *orders, size_t index)
{
	return &orders->blocks[index / ORDERS_PER_BLOCK][index % ORDERS_PER_BLOCK];
}

static size_t slot_of(const struct venue_orders *orders, uint32_t client_id)
{
	/* Fibonacci hashing: client ids come from a counter. */
	size_t slot = (size_t)(client_id * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	for (;; slot++) {
		slot &= orders->slot_count - 1;
		uint32_t number = orders->slots[slot];
		if (number == 0 ||
		    venue_orders_at(orders, number - 1)->request.client_id == client_id)
			return slot;
	}
}

struct venue_order *venue_orders_find(const struct venue_orders *orders, uint32_t client_id)
{
	if (orders->slot_count == 0)
		return NULL;
	uint32_t number = orders->slots[slot_of(orders, client_id)];
	return number == 0 ? NULL : venue_orders_at(orders, number - 1);
}

static void grow_slots(struct venue_orders *orders)
{
	size_t count = orders->slot_count == 0 ? FIRST_SLOTS : orders->slot_count * 2;
	uint32_t *slots = calloc(count, sizeof(*slots));
	if (slots == NULL)
		venue_abort_without_memory();
	free(orders->slots);
	orders->slots = slots;
	orders->slot_count = count;
	for (size_t i = 0; i < orders->count; i++)
		slots[slot_of(orders, venue_orders_at(orders, i)->request.client_id)] =
			(uint32_t)i + 1;
}

static void grow_blocks(struct venue_orders *orders)
{
	struct venue_order **blocks =
		realloc(orders->blocks, (orders->block_count + 1) * sizeof(*blocks));
	if (blocks == NULL)
		venue_abort_without_memory();
	orders->blocks = blocks;
	blocks[orders->block_count] = calloc(ORDERS_PER_BLOCK, sizeof(**blocks));
	if (blocks[orders->block_count] == NULL)
		venue_abort_without_memory();
	orders->block_count++;
}

struct venue_order *venue_orders_add(struct venue_orders *orders,
				     const struct order_request *request)
{
	if (orders->count == ORDERS_MAX)
		return NULL;
	if (orders->count == orders->block_count * ORDERS_PER_BLOCK)
		grow_blocks(orders);
	if ((orders->count + 1) * 2 > orders->slot_count)
		grow_slots(orders);
	struct venue_order *order = venue_orders_at(orders, orders->count);
	order->request = *request;
	order->number = orders->count + 1;
	orders->slots[slot_of(orders, request->client_id)] = (uint32_t)++orders->count;
	return order;
}

void venue_orders_clear(struct venue_orders *orders)
{
	for (size_t i = 0; i < orders->block_count; i++)
		free(orders->blocks[i]);
	free(orders->blocks);
	free(orders->slots);
}

/* ---- histories ---------------------------------------------------------------------------------
 */

void venue_history_clear(struct venue_history *history)
{
	free(history->events);
}

static void remember(struct venue_history *history, const struct account_event *event)
{
	if (history->count == HISTORY_EVENTS_MAX) {
		history->forgotten_ns = history->events[history->first].exch_ns;
		history->events[history->first] = *event;
		history->first = (history->first + 1) % HISTORY_EVENTS_MAX;
		return;
	}
	if (history->count == history->capacity) {
		size_t capacity = history->capacity == 0 ? 64 : history->capacity * 2;
		struct account_event *events = realloc(history->events, capacity * sizeof(*events));
		if (events == NULL)
			venue_abort_without_memory();
		history->events = events;
		history->capacity = capacity;
	}
	history->events[history->count++] = *event;
}

static const struct venue_history *history_of(const struct simulated_venue *venue,
					      enum account_event_kind kind)
{
	switch (kind) {
	case ACCOUNT_FILL:
		return &venue->fills;
	case ACCOUNT_FUNDING:
		return &venue->payments;
	case ACCOUNT_LIQUIDATION:
		return &venue->liquidations;
	case ACCOUNT_ORDER:
	case ACCOUNT_POSITION:
	case ACCOUNT_BALANCE:
		return NULL;
	}
	return NULL;
}

bool venue_history_complete(const struct simulated_venue *venue, enum account_event_kind kind,
			    int64_t since_ns)
{
	const struct venue_history *history = history_of(venue, kind);
	return history == NULL || history->count < HISTORY_EVENTS_MAX ||
	       history->forgotten_ns < since_ns;
}

static size_t order_history(const struct simulated_venue *venue, instrument_id instrument,
			    int64_t since_ns, struct account_event *out, size_t limit)
{
	size_t count = 0;
	for (size_t i = 0; i < venue->orders.count && count < limit; i++) {
		const struct venue_order *order = venue_orders_at(&venue->orders, i);
		if (order->changed_ns >= since_ns &&
		    (instrument == 0 || order->request.instrument == instrument))
			venue_order_event(venue, order, &out[count++]);
	}
	return count;
}

size_t simulated_venue_history(const struct simulated_venue *venue, enum account_event_kind kind,
			       instrument_id instrument, int64_t since_ns,
			       struct account_event *out, size_t limit)
{
	if (kind == ACCOUNT_ORDER)
		return order_history(venue, instrument, since_ns, out, limit);
	const struct venue_history *history = history_of(venue, kind);
	if (history == NULL)
		return 0;
	size_t count = 0;
	for (size_t i = 0; i < history->count && count < limit; i++) {
		const struct account_event *event =
			&history->events[(history->first + i) % history->capacity];
		if (event->exch_ns >= since_ns &&
		    (instrument == 0 || event->instrument == instrument))
			out[count++] = *event;
	}
	return count;
}

/* ---- the venue's word --------------------------------------------------------------------------
 */

static struct account_event stamped(const struct simulated_venue *venue,
				    enum account_event_kind kind, instrument_id instrument)
{
	return (struct account_event){.kind = kind,
				      .local_ns = venue->now_ns,
				      .exch_ns = venue_time(venue),
				      .venue = venue->options.venue,
				      .instrument = instrument};
}

static void say(const struct simulated_venue *venue, const struct account_event *event)
{
	if (venue->output)
		venue->output(venue->output_user, event);
}

void venue_order_event(const struct simulated_venue *venue, const struct venue_order *order,
		       struct account_event *out)
{
	*out = stamped(venue, ACCOUNT_ORDER, order->request.instrument);
	out->exch_ns = order->changed_ns;
	out->u.order.client_id = order->request.client_id;
	snprintf(out->u.order.venue_order_id, sizeof(out->u.order.venue_order_id), "%llu",
		 (unsigned long long)order->number);
	out->u.order.state = order->state;
	out->u.order.reason = order->reason;
	out->u.order.executed = order->executed;
}

void venue_emit_order(struct simulated_venue *venue, const struct venue_order *order)
{
	struct account_event event;
	venue_order_event(venue, order, &event);
	say(venue, &event);
}

void venue_emit_fill(struct simulated_venue *venue, const struct venue_market *market,
		     uint32_t client_id, const struct venue_execution *execution)
{
	struct account_event event = stamped(venue, ACCOUNT_FILL, market->id);
	event.u.fill.client_id = client_id;
	snprintf(event.u.fill.trade_id, sizeof(event.u.fill.trade_id), "%llu",
		 (unsigned long long)++venue->last_trade_id);
	event.u.fill.side = execution->side;
	event.u.fill.price = execution->price;
	event.u.fill.quantity = execution->quantity;
	event.u.fill.maker = execution->maker;
	event.u.fill.fee = execution->fee;
	event.u.fill.fee_asset = execution->fee_asset;
	remember(&venue->fills, &event);
	say(venue, &event);
}

void venue_emit_funding(struct simulated_venue *venue, const struct venue_market *market,
			const struct pending_settlement *pending, struct money price,
			const char *label, struct rate rate, struct money amount)
{
	struct account_event event = stamped(venue, ACCOUNT_FUNDING, market->id);
	event.u.funding.boundary_ns = pending->boundary_ns;
	event.u.funding.position = pending->position;
	event.u.funding.price = price;
	event.u.funding.price_label = label;
	event.u.funding.rate = rate;
	event.u.funding.amount = amount;
	event.u.funding.asset = market->instrument->settle;
	remember(&venue->payments, &event);
	say(venue, &event);
}

void venue_emit_liquidation(struct simulated_venue *venue, const struct venue_market *market,
			    struct quantity change, struct money mark)
{
	struct account_event event = stamped(venue, ACCOUNT_LIQUIDATION, market->id);
	event.u.liquidation.quantity = change;
	event.u.liquidation.mark = mark;
	remember(&venue->liquidations, &event);
	say(venue, &event);
}

static void emit_balance(struct simulated_venue *venue, asset_id asset)
{
	struct account_event event = stamped(venue, ACCOUNT_BALANCE, 0);
	event.u.balance.asset = asset;
	event.u.balance.total = venue->account.balances[asset];
	say(venue, &event);
}

void venue_emit_account(struct simulated_venue *venue, const struct venue_market *market)
{
	struct account_event event = stamped(venue, ACCOUNT_POSITION, market->id);
	event.u.position.quantity = market->position.quantity;
	say(venue, &event);
	if (market->instrument->kind == INSTRUMENT_SPOT)
		emit_balance(venue, market->instrument->base);
	emit_balance(venue, market->instrument->settle);
}

bool simulated_venue_deposit(struct simulated_venue *venue, asset_id asset, struct money amount,
			     int64_t now_ns)
{
	venue->now_ns = now_ns;
	if (!venue_account_transfer(&venue->account, asset, amount))
		return false;
	emit_balance(venue, asset);
	return true;
}

void venue_order_finish(struct simulated_venue *venue, struct venue_market *market,
			struct venue_order *order, enum order_state state,
			enum reject_reason reason)
{
	assert(order->state == ORDER_STATE_OPEN);
	for (uint32_t i = 0; i < market->working_count; i++) {
		if (market->working[i] != order)
			continue;
		market->working_count--;
		memmove(&market->working[i], &market->working[i + 1],
			(market->working_count - i) * sizeof(market->working[0]));
		break;
	}
	order->state = state;
	order->reason = reason;
	order->open = (struct quantity){0};
	order->changed_ns = venue_time(venue);
	if (state == ORDER_STATE_FILLED)
		venue->statistics.filled_orders++;
	else
		venue->statistics.cancelled++;
	venue_emit_order(venue, order);
}

size_t simulated_venue_open_orders(const struct simulated_venue *venue, instrument_id instrument,
				   struct account_event *out, size_t limit)
{
	size_t count = 0;
	for (size_t m = 0; m < venue->market_count; m++) {
		const struct venue_market *market = venue->markets[m];
		if (instrument != 0 && market->id != instrument)
			continue;
		for (uint32_t i = 0; i < market->working_count && count < limit; i++)
			venue_order_event(venue, market->working[i], &out[count++]);
	}
	return count;
}

bool simulated_venue_order(const struct simulated_venue *venue, uint32_t client_id,
			   struct account_event *out)
{
	const struct venue_order *order = venue_orders_find(&venue->orders, client_id);
	if (order == NULL)
		return false;
	venue_order_event(venue, order, out);
	return true;
}

struct quantity simulated_venue_working(const struct simulated_venue *venue, uint32_t client_id)
{
	const struct venue_order *order = venue_orders_find(&venue->orders, client_id);
	return order ? order->open : (struct quantity){0};
}
