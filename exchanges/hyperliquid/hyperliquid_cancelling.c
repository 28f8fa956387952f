#include "exchanges/hyperliquid/hyperliquid_call.h"

#include <stdlib.h>

#define CANCEL_ALL_MAX 5000 /* orders that an account may have open (§3) */

static void judge_cancel(struct hyperliquid_client *client, const struct hyperliquid_status *status,
			 struct hyperliquid_member *member)
{
	enum reject_reason reason;
	if (status->kind == HYPERLIQUID_STATUS_SUCCESS) {
		hyperliquid_resolve(member, COMMAND_ACKNOWLEDGED, REJECT_NONE, "");
	} else if (status->kind == HYPERLIQUID_STATUS_ERROR) {
		hyperliquid_take_notice(client, status->text);
		if (hyperliquid_refusal(status->text, HYPERLIQUID_SCOPE_CANCEL, &reason))
			hyperliquid_resolve(member, COMMAND_REJECTED, reason, status->text);
		else
			hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE, status->text);
	} else {
		hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE,
				    "the answer says nothing of it");
	}
}

static void cancel_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	struct hyperliquid_answer answer;
	if (hyperliquid_judge_action(call->client, reply, &answer, &call->members[0])) {
		struct hyperliquid_status status = hyperliquid_status_of(&answer, 0, 1);
		judge_cancel(call->client, &status, &call->members[0]);
	}
	hyperliquid_deliver(call);
}

void hyperliquid_cancel(struct hyperliquid_command_call *call)
{
	struct hyperliquid_client *client = call->client;
	const struct hyperliquid_listing *listing = hyperliquid_listing_of_instrument(
		&client->markets, call->request.u.cancel.instrument);
	if (listing == NULL) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT,
				   "no such market of this venue: not sent");
		return;
	}
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_CANCEL_BY_CLOID};
	action.u.cancel.count = 1;
	action.u.cancel.asset[0] = listing->asset;
	hyperliquid_cloid(client->options.cloid_prefix, call->request.u.cancel.client_id,
			  action.u.cancel.cloid[0]);
	const struct hyperliquid_act_options options = {
		.priority = PRIORITY_CANCEL, .members = 1, .give_up_ns = call->give_up_ns};
	hyperliquid_act(client, &action, &options, cancel_answered, call);
}

static void cancel_next_batch(struct hyperliquid_command_call *call);

static void batch_cancelled(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	struct hyperliquid_member *member = &call->members[0];
	size_t size = call->open_count - call->open_at;
	struct hyperliquid_answer answer;
	if (size > HYPERLIQUID_BATCH_MAX)
		size = HYPERLIQUID_BATCH_MAX;
	bool accepted = hyperliquid_judge_action(call->client, reply, &answer, member);
	for (size_t i = 0; accepted && i < size; i++) {
		struct hyperliquid_status status = hyperliquid_status_of(&answer, i, size);
		struct hyperliquid_member one = {0};
		judge_cancel(call->client, &status, &one);
		/* What is gone already needs no cancelling. */
		if (one.outcome == COMMAND_UNKNOWN)
			hyperliquid_resolve(member, COMMAND_UNKNOWN, REJECT_NONE, one.text);
	}
	call->open_at += size;
	if (!accepted || call->open_at >= call->open_count)
		hyperliquid_deliver(call);
	else
		cancel_next_batch(call);
}

static void cancel_next_batch(struct hyperliquid_command_call *call)
{
	struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_CANCEL};
	size_t count = 0;
	for (size_t i = call->open_at; i < call->open_count && count < HYPERLIQUID_BATCH_MAX; i++) {
		action.u.cancel.asset[count] = call->open[i].asset;
		action.u.cancel.oid[count++] = call->open[i].order_id;
	}
	action.u.cancel.count = count;
	const struct hyperliquid_act_options options = {.priority = PRIORITY_CANCEL,
							.members = (unsigned)count,
							.give_up_ns = call->give_up_ns};
	hyperliquid_act(call->client, &action, &options, batch_cancelled, call);
}

static void note_open(void *user, const struct hyperliquid_order_row *row)
{
	struct hyperliquid_command_call *call = user;
	instrument_id wanted = call->request.u.cancel_all.instrument;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&call->client->markets, row->coin.name);
	if (listing == NULL || call->open_count == CANCEL_ALL_MAX ||
	    (wanted != 0 && listing->instrument != wanted))
		return;
	call->open[call->open_count++] =
		(struct hyperliquid_open_order){listing->asset, row->order_id};
}

static void open_orders_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_command_call *call = user;
	call->open = calloc(CANCEL_ALL_MAX, sizeof(*call->open));
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED || call->open == NULL ||
	    !hyperliquid_decode_open_orders(&reply->value, call->client->options.cloid_prefix,
					    note_open, call)) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT,
				   "the open orders could not be read: not sent");
		return;
	}
	hyperliquid_resolve(&call->members[0], COMMAND_ACKNOWLEDGED, REJECT_NONE, "");
	if (call->open_count == 0)
		hyperliquid_deliver(call);
	else
		cancel_next_batch(call);
}

void hyperliquid_cancel_all(struct hyperliquid_command_call *call)
{
	hyperliquid_ask(call->client, PRIORITY_CANCEL, 20, call->give_up_ns, open_orders_read, call,
			"{\"type\":\"openOrders\",\"user\":\"%s\"}", call->client->account_text);
}
