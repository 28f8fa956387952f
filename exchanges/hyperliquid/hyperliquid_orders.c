#include "exchanges/hyperliquid/hyperliquid_orders.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_MASK (HYPERLIQUID_TOLD_SLOTS - 1u)
static_assert((HYPERLIQUID_TOLD_SLOTS & SLOT_MASK) == 0, "the index is masked, not divided");
static_assert(HYPERLIQUID_TOLD_SLOTS >= 2 * HYPERLIQUID_TOLD_MAX, "half of the slots stay free");

struct hyperliquid_orders *hyperliquid_orders_create(void)
{
	return calloc(1, sizeof(struct hyperliquid_orders));
}

static struct hyperliquid_own_order *place_of(struct hyperliquid_orders *orders, uint32_t client_id)
{
	return &orders->own[client_id % HYPERLIQUID_OWN_ORDERS];
}

struct hyperliquid_own_order *hyperliquid_orders_note(struct hyperliquid_orders *orders,
						      uint32_t client_id, instrument_id instrument)
{
	struct hyperliquid_own_order *order = place_of(orders, client_id);
	assert(client_id != 0);
	if (order->client_id != client_id)
		*order = (struct hyperliquid_own_order){.client_id = client_id,
							.instrument = instrument};
	return order;
}

struct hyperliquid_own_order *hyperliquid_orders_find(struct hyperliquid_orders *orders,
						      uint32_t client_id)
{
	struct hyperliquid_own_order *order = place_of(orders, client_id);
	return client_id != 0 && order->client_id == client_id ? order : NULL;
}

struct hyperliquid_own_order *hyperliquid_orders_by_order_id(struct hyperliquid_orders *orders,
							     uint64_t order_id)
{
	for (size_t i = 0; order_id != 0 && i < HYPERLIQUID_OWN_ORDERS; i++)
		if (orders->own[i].client_id != 0 && orders->own[i].order_id == order_id)
			return &orders->own[i];
	return NULL;
}

static uint32_t slot_of(const struct hyperliquid_told *told)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	const uint64_t parts[] = {told->asset, (uint64_t)told->time_ns, told->trade_id};
	for (size_t i = 0; i < 3; i++) {
		hash = (hash ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash ^ hash >> 32) & SLOT_MASK;
}

static bool same(const struct hyperliquid_told *a, const struct hyperliquid_told *b)
{
	return a->asset == b->asset && a->time_ns == b->time_ns && a->trade_id == b->trade_id;
}

/* Linear probing without tombstones: those behind the gap that may move up do. */
static void remove_slot(struct hyperliquid_orders *orders, uint32_t gap)
{
	uint32_t at = gap;
	orders->slots[gap] = 0;
	for (;;) {
		at = (at + 1) & SLOT_MASK;
		if (orders->slots[at] == 0)
			return;
		uint32_t home = slot_of(&orders->told[orders->slots[at] - 1]);
		if (((at - home) & SLOT_MASK) < ((at - gap) & SLOT_MASK))
			continue;
		orders->slots[gap] = orders->slots[at];
		orders->slots[at] = 0;
		gap = at;
	}
}

static uint32_t find_slot(const struct hyperliquid_orders *orders,
			  const struct hyperliquid_told *told)
{
	uint32_t slot = slot_of(told);
	while (orders->slots[slot] != 0 && !same(&orders->told[orders->slots[slot] - 1], told))
		slot = (slot + 1) & SLOT_MASK;
	return slot;
}

bool hyperliquid_orders_tell(struct hyperliquid_orders *orders, const struct hyperliquid_told *told)
{
	if (orders->slots[find_slot(orders, told)] != 0)
		return false;
	uint32_t place = orders->told_next;
	if (orders->told_count == HYPERLIQUID_TOLD_MAX)
		remove_slot(orders, find_slot(orders, &orders->told[place]));
	else
		orders->told_count++;
	orders->told[place] = *told;
	orders->slots[find_slot(orders, told)] = (uint16_t)(place + 1);
	orders->told_next = (place + 1) % HYPERLIQUID_TOLD_MAX;
	return true;
}
