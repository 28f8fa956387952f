/*
 * How one order of ours stands, by its client id: orderStatus, and where that cannot tell what was
 * filled (reduce-only orders: what is left is capped to the position), the sum of its fills.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One page; an order with more fills than that is not looked up but read. */
#define FILLS_PAGE 2000

struct hyperliquid_lookup_call {
	struct hyperliquid_client *client;
	struct hyperliquid_lookup_call *next, **link;
	uint32_t client_id;
	int64_t give_up_ns;
	hyperliquid_looked_up done;
	void *user;
	struct account_event event;
	uint64_t order_id;
	size_t rows;
	struct money filled; /* base coins */
};

static void unlink_call(struct hyperliquid_lookup_call *call)
{
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->client->call_count--;
	free(call);
}

static void finish(struct hyperliquid_lookup_call *call, enum read_outcome outcome)
{
	hyperliquid_looked_up done = call->done;
	void *user = call->user;
	struct account_event event = call->event;
	event.local_ns = hyperliquid_now(call->client);
	unlink_call(call);
	done(user, outcome, &event);
}

static void add_fill(void *user, const struct hyperliquid_fill *fill)
{
	struct hyperliquid_lookup_call *call = user;
	call->rows++;
	if (fill->order_id == call->order_id)
		call->filled.e18 += fill->size.e18; /* 2,000 x 10^33 at most */
}

static void fills_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_lookup_call *call = user;
	struct hyperliquid_client *client = call->client;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, call->event.instrument);
	int64_t units;
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_decode_fills(&reply->value, client->options.cloid_prefix, add_fill,
				      call) ||
	    call->rows >= FILLS_PAGE ||
	    !hyperliquid_to_units(call->filled, listing->scale.quantity_decimals, &units)) {
		finish(call, READ_UNKNOWN);
		return;
	}
	hyperliquid_charge_rows(client, call->rows);
	call->event.u.order.executed.units = units;
	finish(call, READ_VALUE);
}

static void status_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_lookup_call *call = user;
	struct hyperliquid_client *client = call->client;
	struct hyperliquid_order_row row;
	bool exact;
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED) {
		finish(call, READ_UNKNOWN);
		return;
	}
	switch (hyperliquid_decode_order_status(&reply->value, client->options.cloid_prefix,
						&row)) {
	case HYPERLIQUID_LOOKUP_UNKNOWN_OID:
		finish(call, READ_ABSENT);
		return;
	case HYPERLIQUID_LOOKUP_UNSOUND:
		finish(call, READ_UNKNOWN);
		return;
	case HYPERLIQUID_LOOKUP_FOUND:
		break;
	}
	/* An answer about another order proves nothing about this one. */
	if (row.client_id != call->client_id ||
	    !hyperliquid_order_event(client, &row, &call->event, &exact)) {
		finish(call, READ_UNKNOWN);
		return;
	}
	if (exact) {
		finish(call, READ_VALUE);
		return;
	}
	call->order_id = row.order_id;
	hyperliquid_ask(client, PRIORITY_HEDGE, 20, call->give_up_ns, fills_read, call,
			"{\"type\":\"userFillsByTime\",\"user\":\"%s\",\"startTime\":%" PRId64 "}",
			client->account_text, row.placed_ns / NS_PER_MS);
}

void hyperliquid_look_up(struct hyperliquid_client *client, uint32_t client_id, int64_t give_up_ns,
			 hyperliquid_looked_up done, void *user)
{
	char cloid[HYPERLIQUID_CLOID_TEXT];
	struct hyperliquid_lookup_call *call = calloc(1, sizeof(*call));
	if (call == NULL || client->call_count == HYPERLIQUID_CALLS_MAX) {
		fputs("hyperliquid: no room for another look-up\n", stderr);
		abort();
	}
	call->client = client;
	call->client_id = client_id;
	call->give_up_ns = give_up_ns;
	call->done = done;
	call->user = user;
	call->next = client->lookups;
	call->link = &client->lookups;
	if (call->next != NULL)
		call->next->link = &call->next;
	client->lookups = call;
	client->call_count++;
	hyperliquid_cloid(client->options.cloid_prefix, client_id, cloid);
	hyperliquid_ask(client, PRIORITY_HEDGE, 2, give_up_ns, status_read, call,
			"{\"type\":\"orderStatus\",\"user\":\"%s\",\"oid\":\"%s\"}",
			client->account_text, cloid);
}

void hyperliquid_lookups_free(struct hyperliquid_client *client)
{
	while (client->lookups != NULL)
		unlink_call(client->lookups);
}
