#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_call.h"
#include "exchanges/hyperliquid/price_rules.h"

#include <inttypes.h>
#include <stdio.h>

#define MARKET_MISS_FRESH_NS NS_PER_MINUTE

/* ---- what an answer proves of an order ---------------------------------------------------------
 */

static void acknowledge(struct hyperliquid_client *client, const struct order_request *order,
			const struct hyperliquid_status *status, struct hyperliquid_member *member)
{
	uint32_t named = hyperliquid_client_id(client->options.cloid_prefix, &status->cloid);
	if (!hyperliquid_missing(&status->cloid) && named != order->client_id) {
		/* The status speaks of another order: what became of ours is not known. */
		hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE,
				    "the answer names another order");
		return;
	}
	hyperliquid_resolve(member, COMMAND_ACKNOWLEDGED, REJECT_NONE, "");
	if (!status->has_order_id)
		return;
	snprintf(member->venue_order_id, sizeof(member->venue_order_id), "%" PRIu64,
		 status->order_id);
	hyperliquid_orders_note(client->orders, order->client_id, order->instrument)->order_id =
		status->order_id;
}

static bool was_alive(struct hyperliquid_client *client, uint32_t client_id)
{
	const struct hyperliquid_own_order *own =
		hyperliquid_orders_find(client->orders, client_id);
	return own != NULL && own->alive;
}

static void judge_order(struct hyperliquid_client *client, const struct order_request *order,
			const struct hyperliquid_status *status, struct hyperliquid_member *member)
{
	enum reject_reason reason;
	switch (status->kind) {
	case HYPERLIQUID_STATUS_RESTING:
	case HYPERLIQUID_STATUS_FILLED:
	case HYPERLIQUID_STATUS_WAITING:
		acknowledge(client, order, status, member);
		return;
	case HYPERLIQUID_STATUS_ERROR:
		hyperliquid_take_notice(client, status->text);
		if (was_alive(client, order->client_id)) {
			/* A refusal names no order: this one is not of ours. */
			hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE,
					    "refused, although the venue told of it before");
			return;
		}
		if (hyperliquid_refusal(status->text, HYPERLIQUID_SCOPE_ORDER, &reason)) {
			if (reason == REJECT_TICK || reason == REJECT_LOT)
				hyperliquid_refresh_soon(client); /* other rules than ours */
			hyperliquid_resolve(member, COMMAND_REJECTED, reason, status->text);
			return;
		}
		log_write(LOG_ALARM, "hyperliquid", "order %u: a refusal that is not known: %s",
			  (unsigned)order->client_id, status->text);
		hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE, status->text);
		return;
	case HYPERLIQUID_STATUS_MISSING:
	case HYPERLIQUID_STATUS_SUCCESS:
	case HYPERLIQUID_STATUS_STRANGE:
		hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE,
				    "the answer says nothing of it");
		return;
	}
}

/*
 * An IOC order is over when its answer comes, and the answer says how much was filled in all; of
 * the part that was cancelled no other message need come (§2.7, §7.2).
 */
static void tell_total(struct hyperliquid_client *client, const struct order_request *order,
		       const struct hyperliquid_status *status,
		       const struct hyperliquid_member *member)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, order->instrument);
	int64_t units;
	if (member->outcome != COMMAND_ACKNOWLEDGED || status->kind != HYPERLIQUID_STATUS_FILLED ||
	    (order->type != ORDER_IOC && order->type != ORDER_MARKET) || listing == NULL ||
	    !hyperliquid_to_units(status->total, listing->scale.quantity_decimals, &units) ||
	    units > order->quantity.units)
		return;
	struct account_event event = {.kind = ACCOUNT_ORDER,
				      .local_ns = hyperliquid_now(client),
				      .venue = client->base.venue,
				      .instrument = order->instrument};
	event.u.order.client_id = order->client_id;
	event.u.order.state =
		units == order->quantity.units ? ORDER_STATE_FILLED : ORDER_STATE_CANCELLED;
	event.u.order.executed.units = units;
	snprintf(event.u.order.venue_order_id, sizeof(event.u.order.venue_order_id), "%s",
		 member->venue_order_id);
	hyperliquid_tell_order(client, &event);
}

/* A market order that found nothing widens the next one's bound; one that did forgets it. */
static void note_market_order(struct hyperliquid_client *client, const struct order_request *order,
			      const struct hyperliquid_member *member)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, order->instrument);
	if (order->type != ORDER_MARKET || listing == NULL)
		return;
	struct hyperliquid_setting *setting = &client->settings[listing->asset];
	if (member->outcome == COMMAND_ACKNOWLEDGED) {
		setting->market_misses = 0;
	} else if (member->outcome == COMMAND_REJECTED &&
		   hyperliquid_notice_of(member->text) == HYPERLIQUID_NOTICE_NOTHING_MATCHED) {
		setting->market_misses++;
		setting->market_missed_ns = hyperliquid_now(client);
	} else if (member->outcome == COMMAND_REJECTED) {
		setting->market_misses = 0; /* too far from the oracle, say: no further */
	}
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void part_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_part *part = user;
	struct hyperliquid_command_call *call = part->call;
	struct hyperliquid_client *client = call->client;
	struct hyperliquid_doubted doubted[BATCH_ORDERS_MAX];
	size_t doubts = 0;
	struct hyperliquid_answer answer;
	struct hyperliquid_member whole = {0};
	bool accepted = hyperliquid_judge_action(client, reply, &answer, &whole);
	for (size_t i = 0; i < part->count; i++) {
		struct hyperliquid_member *member = &call->members[part->index[i]];
		const struct order_request *order = &call->orders[part->index[i]];
		if (accepted) {
			struct hyperliquid_status status =
				hyperliquid_status_of(&answer, i, part->count);
			judge_order(client, order, &status, member);
			tell_total(client, order, &status, member);
		} else {
			*member = whole;
		}
		note_market_order(client, order, member);
		if (member->outcome == COMMAND_UNKNOWN)
			doubted[doubts++] =
				(struct hyperliquid_doubted){order->client_id, order->instrument};
	}
	/* An accepted action used its nonce up; what else it did is to be looked up. */
	if (doubts > 0)
		hyperliquid_doubt(client, reply->nonce_ms, accepted, doubted, doubts);
	if (--call->parts_left == 0)
		hyperliquid_deliver(call);
}

static bool wire_order(const struct hyperliquid_client *client, const struct order_request *request,
		       struct price limit, struct hyperliquid_order *order)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, request->instrument);
	*order = (struct hyperliquid_order){.asset = listing->asset,
					    .buy = request->side == SIDE_BUY,
					    .reduce_only = request->reduce_only};
	switch (request->type) {
	case ORDER_LIMIT:
		order->tif = HYPERLIQUID_GTC;
		break;
	case ORDER_POST_ONLY:
		order->tif = HYPERLIQUID_ALO;
		break;
	case ORDER_IOC:
	case ORDER_MARKET:
		order->tif = HYPERLIQUID_IOC;
		break;
	}
	hyperliquid_cloid(client->options.cloid_prefix, request->client_id, order->cloid);
	return hyperliquid_wire_decimal(limit.units, listing->scale.price_decimals, order->price,
					sizeof(order->price)) &&
	       hyperliquid_wire_decimal(request->quantity.units, listing->scale.quantity_decimals,
					order->size, sizeof(order->size));
}

/* REJECT_NONE: it may go out. */
static enum reject_reason check_order(const struct hyperliquid_client *client,
				      const struct order_request *order, const char **why)
{
	if (!client->options.has_account) {
		*why = "this client has no account: market data only";
		return REJECT_AUTH;
	}
	if (!client->started ||
	    hyperliquid_listing_of_instrument(&client->markets, order->instrument) == NULL) {
		*why = "no such market of this venue, or the client is not started: not sent";
		return REJECT_NEVER_SENT;
	}
	/* A stale action costs five times the address budget (§2.1). */
	if (order->venue_expiry_ns != 0 &&
	    order->venue_expiry_ns <= hyperliquid_venue_now(client)) {
		*why = "its time at the venue is over already: not sent";
		return REJECT_EXPIRED;
	}
	if (!order->reduce_only && client->budget_known &&
	    client->budget_left < HYPERLIQUID_BUDGET_RESERVE) {
		*why = "the account's action budget is kept for exits: not sent";
		return REJECT_RATE_LIMITED;
	}
	return REJECT_NONE;
}

/* How far beyond the touch a market order may reach, in percent, by misses in a row. */
static int64_t market_reach(const struct hyperliquid_client *client,
			    const struct hyperliquid_setting *setting)
{
	static const int64_t reach[] = {5, 10, 20, 40, 75}; /* the venue refuses beyond 80 (§3) */
	unsigned misses = setting->market_misses;
	if (misses == 0 ||
	    hyperliquid_now(client) - setting->market_missed_ns > MARKET_MISS_FRESH_NS)
		return reach[0];
	return misses < 5 ? reach[misses] : reach[4];
}

static bool market_limit(const struct hyperliquid_client *client, const struct order_request *order,
			 struct money reference, struct price *limit)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, order->instrument);
	int64_t reach = market_reach(client, &client->settings[listing->asset]);
	bool buy = order->side == SIDE_BUY;
	i128 bound, units;
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - listing->scale.price_decimals);
	return mul_div(reference.e18, buy ? 100 + reach : 100 - reach, 100,
		       buy ? ROUND_CEILING : ROUND_FLOOR, &bound) &&
	       i128_div_round(bound, unit, buy ? ROUND_CEILING : ROUND_FLOOR, &units) &&
	       units > 0 && units <= INT64_MAX &&
	       hyperliquid_price_round(HYPERLIQUID_PERPETUAL, listing->terms.size_decimals,
				       (int64_t)units, listing->scale.price_decimals,
				       buy ? ROUND_CEILING : ROUND_FLOOR, &limit->units);
}

/* What a market order is measured from: the touch it takes, else the mark. */
static bool market_reference(const struct hyperliquid_client *client,
			     const struct order_request *order, struct money *reference)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&client->markets, order->instrument);
	struct price touch;
	if (hyperliquid_stream_touch(client->stream, listing->asset, order->side, &touch)) {
		*reference = price_e18(
			instrument_get(client->markets.instruments, order->instrument), touch);
		return true;
	}
	return hyperliquid_stream_mark(client->stream, listing->asset, reference);
}

static enum request_priority priority_of(const struct hyperliquid_command_call *call)
{
	for (size_t i = 0; i < call->count; i++)
		if (!call->orders[i].reduce_only)
			return PRIORITY_OPEN;
	return PRIORITY_HEDGE;
}

/* Sends the members named by `part` as one action. Those that cannot be written are refused. */
static void send_part(struct hyperliquid_part *part, const struct price *limits)
{
	struct hyperliquid_command_call *call = part->call;
	struct hyperliquid_client *client = call->client;
	struct hyperliquid_order orders[BATCH_ORDERS_MAX];
	int64_t expiry_ns = INT64_MAX;
	size_t count = 0;
	for (size_t i = 0; i < part->count; i++) {
		size_t index = part->index[i];
		const struct order_request *request = &call->orders[index];
		if (!wire_order(client, request, limits[index], &orders[count])) {
			hyperliquid_resolve(&call->members[index], COMMAND_REJECTED,
					    REJECT_NEVER_SENT,
					    "its price or size cannot be written: not sent");
			continue;
		}
		if (request->venue_expiry_ns != 0 && request->venue_expiry_ns < expiry_ns)
			expiry_ns = request->venue_expiry_ns;
		struct hyperliquid_own_order *own = hyperliquid_orders_note(
			client->orders, request->client_id, request->instrument);
		own->reduce_only = request->reduce_only;
		part->index[count++] = index;
	}
	part->count = count;
	if (count == 0)
		return;
	const struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_ORDER,
						  .u.order = {orders, count}};
	const struct hyperliquid_act_options options = {
		.priority = priority_of(call),
		.members = (unsigned)count,
		.expires_after_ms = expiry_ns == INT64_MAX ? 0 : expiry_ns / NS_PER_MS,
		.give_up_ns = call->give_up_ns};
	call->parts_left++;
	hyperliquid_act(client, &action, &options, part_answered, part);
}

/* Post-only orders go in an action of their own: only such actions are prioritised (§2.2). */
static void send_orders(struct hyperliquid_command_call *call, const struct price *limits)
{
	for (size_t i = 0; i < call->count; i++) {
		struct hyperliquid_part *part =
			&call->parts[call->orders[i].type == ORDER_POST_ONLY ? 0 : 1];
		if (!call->members[i].resolved)
			part->index[part->count++] = i;
	}
	for (size_t i = 0; i < 2; i++) {
		call->parts[i].call = call;
		send_part(&call->parts[i], limits);
	}
	if (call->parts_left == 0)
		hyperliquid_deliver_later(call);
}

/* The one market order of a call whose market is not streamed: its book was read first. */
static void market_book_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	const struct order_request *order = &call->orders[0];
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_instrument(&call->client->markets, order->instrument);
	struct book_level levels[HYPERLIQUID_LEVELS_MAX];
	struct price limits[BATCH_ORDERS_MAX] = {0};
	struct hyperliquid_book book;
	uint32_t count = 0;
	enum side other = side_opposite(order->side);
	const char *why;
	enum reject_reason reason = check_order(call->client, order, &why);
	if (reason != REJECT_NONE) { /* the book took its time */
		hyperliquid_refuse(call, reason, why);
		return;
	}
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED &&
	    hyperliquid_decode_book(&reply->value, &book) &&
	    hyperliquid_decode_levels(other == SIDE_BUY ? &book.bids : &book.asks, &listing->scale,
				      other, levels, &count) &&
	    count > 0 &&
	    market_limit(
		    call->client, order,
		    price_e18(instrument_get(call->client->markets.instruments, order->instrument),
			      levels[0].price),
		    &limits[0])) {
		send_orders(call, limits);
		return;
	}
	hyperliquid_refuse(call, REJECT_NEVER_SENT,
			   "no price to bound a market order by: not sent");
}

void hyperliquid_place(struct hyperliquid_command_call *call)
{
	struct hyperliquid_client *client = call->client;
	struct price limits[BATCH_ORDERS_MAX];
	for (size_t i = 0; i < call->count; i++) {
		const struct order_request *order = &call->orders[i];
		const char *why;
		struct money reference;
		enum reject_reason reason = check_order(client, order, &why);
		limits[i] = order->limit;
		if (reason != REJECT_NONE) {
			hyperliquid_resolve(&call->members[i], COMMAND_REJECTED, reason, why);
			continue;
		}
		if (order->type != ORDER_MARKET)
			continue;
		if (market_reference(client, order, &reference) &&
		    market_limit(client, order, reference, &limits[i]))
			continue;
		if (call->count == 1) {
			hyperliquid_ask(client, PRIORITY_HEDGE, 2, call->give_up_ns,
					market_book_read, call,
					"{\"type\":\"l2Book\",\"coin\":\"%s\"}",
					hyperliquid_listing_of_instrument(&client->markets,
									  order->instrument)
						->terms.coin.name);
			return;
		}
		hyperliquid_resolve(&call->members[i], COMMAND_REJECTED, REJECT_NEVER_SENT,
				    "no price to bound a market order by: not sent");
	}
	send_orders(call, limits);
}
