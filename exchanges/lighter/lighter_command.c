/* Commands: what is to be done -> a transaction, once budget, nonce and (for a market order) a
 * price are there. */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The transaction's own deadline where the caller names none: an opening dies soon. */
#define OPENING_LIFE_NS	  (2 * NS_PER_SECOND)
#define OTHER_LIFE_NS	  (5 * NS_PER_SECOND)
#define LONGEST_LIFE_NS	  (599 * NS_PER_SECOND) /* 10 min - 1 s (§3.6) */
#define DEAD_MAN_LEAST_NS (5 * NS_PER_MINUTE)
#define DEAD_MAN_MOST_NS  (15 * NS_PER_DAY)
/* Least times count at the venue's arrival, not at our sending. */
#define ON_THE_WAY_NS (10 * NS_PER_SECOND)
/* A market order's worst price lies so far beyond the touch. */
#define MARKET_BOUND_PERCENT 5

static void on_deliver(void *user);
static void on_give_up(void *user);

/* ---- life ------------------------------------------------------------------------------------ */

static struct lighter_command *begin(struct lighter_client *client, int64_t give_up_ns,
				     command_done done, void *user)
{
	struct lighter_command *command = client->free_commands;
	if (command == NULL) {
		/* As many as no caller with bounds of its own can have. */
		fprintf(stderr, "lighter_client: more than %d commands in flight\n",
			LIGHTER_COMMANDS_MAX);
		abort();
	}
	client->free_commands = command->next;
	memset(command, 0, sizeof(*command));
	command->client = client;
	command->give_up_ns = give_up_ns;
	command->done = done;
	command->user = user;
	command->state = COMMAND_WAITING;
	return command;
}

static void remove_waiting(struct lighter_command *command)
{
	struct lighter_command **at = &command->client->waiting;
	while (*at && *at != command)
		at = &(*at)->next;
	if (*at)
		*at = command->next;
	command->next = NULL;
}

static void schedule_delivery(struct lighter_command *command)
{
	command->deliver = scheduler_after(command->client->scheduler, 0, SCHEDULE_COMPLETION,
					   on_deliver, command);
}

/* Tells what was decided, unless its turn in the batch or an answer that knows it is still to come.
 */
static void settle(struct lighter_command *command)
{
	if (command->state == COMMAND_DECIDED && !command->behind && !command->asking_price)
		schedule_delivery(command);
}

void lighter_decide(struct lighter_command *command, enum command_outcome outcome,
		    enum reject_reason reason, int64_t code, const char *text)
{
	struct lighter_client *client = command->client;
	if (command->state == COMMAND_DECIDED)
		return;
	if (command->state == COMMAND_WAITING)
		remove_waiting(command);
	scheduler_cancel(client->scheduler, command->give_up);
	command->give_up = 0;
	if (command->flight)
		command->flight->command = NULL;
	command->flight = NULL;
	command->state = COMMAND_DECIDED;
	command->outcome = outcome;
	command->reason = outcome == COMMAND_REJECTED ? reason : REJECT_NONE;
	if (code != 0)
		snprintf(command->code, sizeof(command->code), "%" PRId64, code);
	snprintf(command->text, sizeof(command->text), "%s", text);
	settle(command);
}

static void on_deliver(void *user)
{
	struct lighter_command *command = user;
	struct lighter_client *client = command->client;
	struct lighter_command *follower = command->follower;
	struct command_result result = {
		.outcome = command->outcome,
		.reason = command->reason,
		.client_id = command->client_id,
		.venue_order_id = "",
		.venue_code = command->code,
		.venue_text = command->text,
	};
	command->deliver = 0;
	if (!lighter_enter(client))
		return;
	/* Results of a batch come in the order of the request. */
	if (follower) {
		follower->behind = false;
		settle(follower);
	}
	command->done(command->user, &result);
	if (!client->dying) {
		command->state = COMMAND_FREE;
		command->next = client->free_commands;
		client->free_commands = command;
	}
	lighter_leave(client);
}

/* Waiting: no byte has left. In flight: nobody knows. */
static void on_give_up(void *user)
{
	struct lighter_command *command = user;
	struct lighter_client *client = command->client;
	command->give_up = 0;
	if (!lighter_enter(client))
		return;
	if (command->state == COMMAND_WAITING)
		lighter_decide(command, COMMAND_REJECTED, REJECT_NEVER_SENT, 0,
			       "it waited in our own queue until its time was up");
	else
		lighter_decide(command, COMMAND_UNKNOWN, REJECT_NONE, 0, "no answer in time");
	lighter_leave(client);
}

void lighter_commands_end(struct lighter_client *client)
{
	for (size_t i = 0; client->commands && i < LIGHTER_COMMANDS_MAX; i++) {
		struct lighter_command *command = &client->commands[i];
		if (command->state == COMMAND_FREE)
			continue;
		scheduler_cancel(client->scheduler, command->give_up);
		scheduler_cancel(client->scheduler, command->deliver);
	}
}

/* ---- transactions ---------------------------------------------------------------------------- */

static int64_t ceil_ms(int64_t ns)
{
	return (ns + NS_PER_MS - 1) / NS_PER_MS;
}

/* ExpiredAt: the caller's fence, never later than it and never beyond what the venue takes. */
static int64_t expiry_ms(const struct lighter_client *client, const struct lighter_command *command)
{
	int64_t now_ns = lighter_venue_now(client);
	if (command->kind != COMMAND_PLACE)
		return (now_ns + OTHER_LIFE_NS) / NS_PER_MS;
	const struct order_request *order = &command->u.place;
	int64_t life_ns = order->reduce_only ? OTHER_LIFE_NS : OPENING_LIFE_NS;
	int64_t end_ns = order->venue_expiry_ns ? order->venue_expiry_ns : now_ns + life_ns;
	if (end_ns > now_ns + LONGEST_LIFE_NS)
		end_ns = now_ns + LONGEST_LIFE_NS;
	return end_ns / NS_PER_MS;
}

static void build_order(const struct lighter_client *client, const struct lighter_command *command,
			int64_t market, struct lighter_transaction *transaction)
{
	static const struct {
		enum lighter_order_type type;
		enum lighter_time_in_force time_in_force;
		bool rests;
	} forms[] = {
		[ORDER_LIMIT] = {LIGHTER_LIMIT, LIGHTER_GTT, true},
		[ORDER_POST_ONLY] = {LIGHTER_LIMIT, LIGHTER_POST_ONLY, true},
		[ORDER_IOC] = {LIGHTER_LIMIT, LIGHTER_IOC, false},
		[ORDER_MARKET] = {LIGHTER_MARKET, LIGHTER_IOC, false},
	};
	const struct order_request *order = &command->u.place;
	transaction->type = LIGHTER_CREATE_ORDER;
	transaction->u.create = (struct lighter_order){
		.market_index = (int32_t)market,
		.client_order_index = order->client_id,
		.base_amount = order->quantity.units,
		.price = order->type == ORDER_MARKET ? command->worst.units : order->limit.units,
		.is_ask = order->side == SIDE_SELL,
		.type = forms[order->type].type,
		.time_in_force = forms[order->type].time_in_force,
		.reduce_only = order->reduce_only,
	};
	if (forms[order->type].rests) {
		/* Exactly the shortest life would be too short on arrival. */
		int64_t life_ns = client->options.order_expiry_ns;
		if (life_ns < 5 * NS_PER_MINUTE + ON_THE_WAY_NS)
			life_ns = 5 * NS_PER_MINUTE + ON_THE_WAY_NS;
		transaction->u.create.order_expiry_ms =
			ceil_ms(lighter_venue_now(client) + life_ns);
	}
}

/* What UpdateLeverage says needs both, leverage and mode: what is not changed stays. */
static void build_leverage(const struct lighter_client *client,
			   const struct lighter_command *command, int64_t market,
			   struct lighter_transaction *transaction)
{
	const struct lighter_market *known = &client->markets[market];
	int64_t fraction =
		known->initial_margin ? known->initial_margin : known->terms.default_initial_margin;
	int mode = known->margin_mode == 1 ? 1 : 0;
	if (command->u.leverage.mode_only)
		mode = command->u.leverage.mode == MARGIN_ISOLATED ? 1 : 0;
	else
		fraction = 10000 / command->u.leverage.leverage;
	if (fraction < known->terms.minimum_initial_margin)
		fraction = known->terms.minimum_initial_margin;
	transaction->type = LIGHTER_UPDATE_LEVERAGE;
	transaction->u.leverage.market_index = (int32_t)market;
	transaction->u.leverage.initial_margin_fraction = (int32_t)fraction;
	transaction->u.leverage.margin_mode = mode;
}

static void build_dead_man(const struct lighter_client *client, int64_t after_ns,
			   struct lighter_transaction *transaction)
{
	transaction->type = LIGHTER_CANCEL_ALL;
	if (after_ns == 0) {
		transaction->u.cancel_all.time_in_force = LIGHTER_ABORT;
		return;
	}
	if (after_ns < DEAD_MAN_LEAST_NS + ON_THE_WAY_NS)
		after_ns = DEAD_MAN_LEAST_NS + ON_THE_WAY_NS;
	transaction->u.cancel_all.time_in_force = LIGHTER_SCHEDULED;
	transaction->u.cancel_all.time_ms = ceil_ms(lighter_venue_now(client) + after_ns);
}

static void build(const struct lighter_client *client, const struct lighter_command *command,
		  struct lighter_transaction *transaction)
{
	memset(transaction, 0, sizeof(*transaction));
	transaction->expired_at_ms = expiry_ms(client, command);
	switch (command->kind) {
	case COMMAND_PLACE:
		build_order(client, command, lighter_market_of(client, command->u.place.instrument),
			    transaction);
		break;
	case COMMAND_CANCEL:
		transaction->type = LIGHTER_CANCEL_ORDER;
		transaction->u.cancel.market_index =
			(int32_t)lighter_market_of(client, command->u.cancel.instrument);
		transaction->u.cancel.index = command->u.cancel.client_id;
		break;
	case COMMAND_CANCEL_ALL:
		transaction->type = LIGHTER_CANCEL_ALL;
		transaction->u.cancel_all.time_in_force = LIGHTER_NOW;
		if (command->u.instrument != 0) {
			transaction->attributes.present = 1U << LIGHTER_CANCEL_ALL_MARKET;
			transaction->attributes.value[LIGHTER_CANCEL_ALL_MARKET] =
				lighter_market_of(client, command->u.instrument);
		}
		break;
	case COMMAND_SET_LEVERAGE:
	case COMMAND_SET_MARGIN_MODE:
		build_leverage(client, command,
			       lighter_market_of(client, command->u.leverage.instrument),
			       transaction);
		break;
	case COMMAND_DEAD_MANS_SWITCH:
		build_dead_man(client, command->u.after_ns, transaction);
		break;
	case COMMAND_PLACE_BATCH:
		break; /* taken apart on entry */
	}
}

/* ---- the price of a market order ------------------------------------------------------------- */

/* A market order needs a worst price: the touch, moved by 5 % against us, never 0 (§3.5). */
static void bound(struct lighter_command *command, struct price bid, struct price ask)
{
	int64_t units = command->u.place.side == SIDE_BUY ? ask.units : bid.units;
	i128 worst;
	int percent = command->u.place.side == SIDE_BUY ? 100 + MARKET_BOUND_PERCENT
							: 100 - MARKET_BOUND_PERCENT;
	enum rounding rounding = command->u.place.side == SIDE_BUY ? ROUND_CEILING : ROUND_FLOOR;
	if (!mul_div(units, percent, 100, rounding, &worst) || worst > INT64_MAX)
		return;
	command->worst.units = worst > 0 ? (int64_t)worst : 1;
}

static bool best_of(const struct lighter_reply *reply, enum lighter_member member,
		    const struct lighter_scale *scale, struct price *price)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct book_level level;
	int64_t time_ns;
	lighter_list_begin(&list, &reply->slots[member]);
	if (!lighter_list_next(&list, &object) ||
	    lighter_resting_read(&object, scale, &level, &time_ns) != LIGHTER_OK)
		return false;
	*price = level.price;
	return true;
}

static void on_touch(void *user, const struct lighter_answer *answer)
{
	struct lighter_command *command = user;
	struct lighter_client *client = command->client;
	command->asking_price = false;
	if (command->state == COMMAND_DECIDED) { /* given up meanwhile */
		settle(command);
		return;
	}
	int64_t market = lighter_market_of(client, command->u.place.instrument);
	struct price bid = {0}, ask = {0};
	if (answer->kind == ANSWER_VALUE && market >= 0) {
		const struct lighter_scale *scale = &client->scales.market[market];
		best_of(&answer->reply, REPLY_BIDS, scale, &bid);
		best_of(&answer->reply, REPLY_ASKS, scale, &ask);
	}
	if ((command->u.place.side == SIDE_BUY ? ask : bid).units > 0)
		bound(command, bid, ask);
	if (command->worst.units == 0)
		lighter_decide(command, COMMAND_REJECTED, REJECT_NEVER_SENT, 0,
			       "no price is known to bound a market order with");
	else
		lighter_pump(client);
}

/* False: not known yet (asked for), or decided. */
static bool price_known(struct lighter_command *command)
{
	struct lighter_client *client = command->client;
	struct price bid, ask;
	if (command->kind != COMMAND_PLACE || command->u.place.type != ORDER_MARKET ||
	    command->worst.units != 0)
		return true;
	int64_t market = lighter_market_of(client, command->u.place.instrument);
	if (lighter_stream_touch(lighter_stream_of(client, market), market, &bid, &ask)) {
		bound(command, bid, ask);
		return true;
	}
	if (command->asking_price)
		return false;
	command->asking_price = lighter_get(
		client, PRIORITY_HEDGE, WEIGHT_OTHER, command->give_up_ns, on_touch, command,
		"/api/v1/orderBookOrders?market_id=%" PRId64 "&limit=1", market);
	if (!command->asking_price)
		lighter_decide(command, COMMAND_REJECTED, REJECT_NEVER_SENT, 0,
			       "too many requests are in flight");
	return false;
}

/* ---- launching ------------------------------------------------------------------------------- */

static void on_pump(void *user)
{
	struct lighter_client *client = user;
	client->pump.entry = 0;
	if (!lighter_enter(client))
		return;
	lighter_pump(client);
	lighter_leave(client);
}

static bool has_expired(const struct lighter_client *client, const struct lighter_command *command)
{
	return command->kind == COMMAND_PLACE && command->u.place.venue_expiry_ns != 0 &&
	       expiry_ms(client, command) * NS_PER_MS <=
		       lighter_venue_now(client) + lighter_clock_error(client);
}

/*
 * What leaves as one message with this one: what of its batch waits behind it and could leave, too.
 * Orders that only reduce stay apart from others: the venue refuses a batch as a whole.
 */
static size_t gather(struct lighter_command *command,
		     struct lighter_command *commands[BATCH_ORDERS_MAX])
{
	size_t count = 0;
	commands[count++] = command;
	for (struct lighter_command *other = command->follower; other; other = other->follower)
		if (other->state == COMMAND_WAITING && other->priority == command->priority &&
		    !has_expired(other->client, other) && price_known(other))
			commands[count++] = other;
	return count;
}

/* False: it is blocked and stays; *again_ns is lowered to when to try again. True: it is gone, and
 * of its batch what went with it. */
static bool launch(struct lighter_command *command, int64_t *again_ns)
{
	struct lighter_client *client = command->client;
	struct lighter_command *commands[BATCH_ORDERS_MAX];
	struct lighter_transaction transactions[BATCH_ORDERS_MAX];
	bool leverage =
		command->kind == COMMAND_SET_LEVERAGE || command->kind == COMMAND_SET_MARGIN_MODE;
	if (!price_known(command))
		return command->state == COMMAND_DECIDED;
	size_t count = lighter_launch_room(client, gather(command, commands));
	if (count == 0) {
		lighter_resync_when_due(client);
		if (!command->waits)
			lighter_decide(command, COMMAND_REJECTED, REJECT_NEVER_SENT, 0,
				       "the nonces are being settled");
		return !command->waits;
	}
	if (has_expired(client, command)) {
		lighter_decide(command, COMMAND_REJECTED, REJECT_EXPIRED, 0,
			       "its venue expiry has passed; it was not sent");
		return true;
	}
	int64_t next_ns = lighter_take_transaction(client, command->priority, leverage);
	if (next_ns != 0) {
		if (!command->waits || next_ns > command->give_up_ns) {
			lighter_decide(command, COMMAND_REJECTED, REJECT_RATE_LIMITED, 0,
				       "the request budget leaves no room; it was not sent");
			return true;
		}
		if (next_ns < *again_ns)
			*again_ns = next_ns;
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		build(client, commands[i], &transactions[i]);
		remove_waiting(commands[i]);
		commands[i]->state = COMMAND_FLYING;
	}
	lighter_flight_launch(commands, transactions, count);
	return true;
}

void lighter_pump(struct lighter_client *client)
{
	int64_t again_ns = INT64_MAX;
	bool blocked[PRIORITY_READ + 1] = {false};
	if (!client->started)
		return;
	/* The more important first, in each class by arrival. */
	for (int p = PRIORITY_CANCEL; p <= PRIORITY_READ; p++) {
		struct lighter_command *command = client->waiting;
		while (command && !blocked[p]) {
			if ((int)command->priority == p && launch(command, &again_ns)) {
				command = client->waiting;
				continue;
			}
			blocked[p] = (int)command->priority == p && !command->asking_price;
			command = command->next;
		}
	}
	lighter_arm(client, &client->pump, again_ns, on_pump);
}

void lighter_command_again(struct lighter_command *command)
{
	struct lighter_client *client = command->client;
	command->flight->command = NULL;
	command->flight = NULL;
	command->state = COMMAND_WAITING;
	command->next = client->waiting;
	client->waiting = command;
}

/* ---- entry ----------------------------------------------------------------------------------- */

/* What can be said before anything is sent; NULL: nothing against it. */
static const char *objection(const struct lighter_client *client,
			     const struct lighter_command *command, enum reject_reason *reason)
{
	instrument_id instrument = 0;
	*reason = REJECT_OTHER;
	if (!client->options.has_account) {
		*reason = REJECT_AUTH;
		return "this client has no account";
	}
	if (!client->started) {
		*reason = REJECT_NEVER_SENT;
		return "the client is not started";
	}
	switch (command->kind) {
	case COMMAND_PLACE:
		instrument = command->u.place.instrument;
		break;
	case COMMAND_CANCEL:
		instrument = command->u.cancel.instrument;
		break;
	case COMMAND_CANCEL_ALL:
		if (command->u.instrument == 0)
			return NULL;
		instrument = command->u.instrument;
		break;
	case COMMAND_SET_LEVERAGE:
	case COMMAND_SET_MARGIN_MODE:
		instrument = command->u.leverage.instrument;
		if (!command->u.leverage.mode_only &&
		    (command->u.leverage.leverage < 1 || command->u.leverage.leverage > 10000)) {
			*reason = REJECT_LEVERAGE;
			return "leverage must be 1 to 10000";
		}
		break;
	case COMMAND_DEAD_MANS_SWITCH:
		if (command->u.after_ns != 0 && (command->u.after_ns < DEAD_MAN_LEAST_NS ||
						 command->u.after_ns > DEAD_MAN_MOST_NS))
			return "Lighter's scheduled cancel-all takes 5 minutes to 15 days";
		return NULL;
	case COMMAND_PLACE_BATCH:
		return NULL;
	}
	int64_t market = lighter_market_of(client, instrument);
	if (market < 0) {
		*reason = REJECT_MARKET_STATUS;
		return "no such instrument at this venue";
	}
	if ((command->kind == COMMAND_SET_LEVERAGE || command->kind == COMMAND_SET_MARGIN_MODE) &&
	    client->markets[market].initial_margin == 0 &&
	    client->markets[market].terms.default_initial_margin == 0 &&
	    command->u.leverage.mode_only) {
		return "the leverage in force is not known; set it first";
	}
	return NULL;
}

static void enter_command(struct lighter_command *command)
{
	struct lighter_client *client = command->client;
	enum reject_reason reason;
	struct lighter_command **tail = &client->waiting;
	while (*tail)
		tail = &(*tail)->next;
	*tail = command;
	const char *why = objection(client, command, &reason);
	if (why) {
		lighter_decide(command, COMMAND_REJECTED, reason, 0, why);
		return;
	}
	if (command->give_up_ns != INT64_MAX)
		command->give_up = scheduler_at(client->scheduler, command->give_up_ns,
						SCHEDULE_COMPLETION, on_give_up, command);
}

/* previous: the one before it in a batch, or NULL. */
static struct lighter_command *enter_order(struct lighter_client *client,
					   const struct order_request *order, int64_t give_up_ns,
					   command_done done, void *user,
					   struct lighter_command *previous)
{
	struct lighter_command *command = begin(client, give_up_ns, done, user);
	command->kind = COMMAND_PLACE;
	command->u.place = *order;
	command->client_id = order->client_id;
	command->priority = order->reduce_only ? PRIORITY_HEDGE : PRIORITY_OPEN;
	command->waits = order->reduce_only;
	command->behind = previous != NULL;
	if (previous)
		previous->follower = command;
	enter_command(command);
	return command;
}

void lighter_command(struct exchange_client *base, const struct command_request *request,
		     int64_t give_up_ns, command_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	struct lighter_command *command = NULL;
	if (request->kind == COMMAND_PLACE_BATCH) {
		for (size_t i = 0; i < request->u.batch.count; i++)
			command = enter_order(client, &request->u.batch.orders[i], give_up_ns, done,
					      user, command);
		lighter_pump(client);
		return;
	}
	if (request->kind == COMMAND_PLACE) {
		enter_order(client, &request->u.place, give_up_ns, done, user, NULL);
		lighter_pump(client);
		return;
	}
	command = begin(client, give_up_ns, done, user);
	command->kind = request->kind;
	command->priority = PRIORITY_CANCEL;
	command->waits = true;
	switch (request->kind) {
	case COMMAND_CANCEL:
		command->u.cancel.instrument = request->u.cancel.instrument;
		command->u.cancel.client_id = request->u.cancel.client_id;
		command->client_id = request->u.cancel.client_id;
		break;
	case COMMAND_CANCEL_ALL:
		command->u.instrument = request->u.cancel_all.instrument;
		break;
	case COMMAND_SET_LEVERAGE:
		command->priority = PRIORITY_OPEN;
		command->u.leverage.instrument = request->u.leverage.instrument;
		command->u.leverage.leverage = request->u.leverage.leverage;
		break;
	case COMMAND_SET_MARGIN_MODE:
		command->priority = PRIORITY_OPEN;
		command->u.leverage.instrument = request->u.margin.instrument;
		command->u.leverage.mode = request->u.margin.mode;
		command->u.leverage.mode_only = true;
		break;
	case COMMAND_DEAD_MANS_SWITCH:
		command->u.after_ns = request->u.dead_man.after_ns;
		break;
	case COMMAND_PLACE:
	case COMMAND_PLACE_BATCH:
		break;
	}
	enter_command(command);
	lighter_pump(client);
}
