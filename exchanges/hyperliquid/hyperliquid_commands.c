#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life of a call ----------------------------------------------------------------------------
 */

static struct hyperliquid_command_call *begin(struct hyperliquid_client *client,
					      const struct command_request *request,
					      int64_t give_up_ns, command_done done, void *user)
{
	if (client->call_count == HYPERLIQUID_CALLS_MAX) {
		fprintf(stderr, "hyperliquid: more than %d calls under way\n",
			HYPERLIQUID_CALLS_MAX);
		abort();
	}
	struct hyperliquid_command_call *call = calloc(1, sizeof(*call));
	if (call == NULL) {
		fputs("hyperliquid: out of memory\n", stderr);
		abort();
	}
	client->call_count++;
	call->client = client;
	call->request = *request;
	call->give_up_ns = give_up_ns;
	call->done = done;
	call->user = user;
	call->count = 1;
	call->next = client->commands;
	call->link = &client->commands;
	if (call->next != NULL)
		call->next->link = &call->next;
	client->commands = call;
	if (request->kind == COMMAND_PLACE) {
		call->orders[0] = request->u.place;
	} else if (request->kind == COMMAND_PLACE_BATCH) {
		call->count = request->u.batch.count;
		memcpy(call->orders, request->u.batch.orders,
		       call->count * sizeof(call->orders[0]));
		call->request.u.batch.orders = call->orders;
	}
	return call;
}

static void end(struct hyperliquid_command_call *call)
{
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->client->call_count--;
	scheduler_cancel(call->client->scheduler, call->timer);
	free(call->open);
	free(call);
}

static bool places(const struct hyperliquid_command_call *call)
{
	return call->request.kind == COMMAND_PLACE || call->request.kind == COMMAND_PLACE_BATCH;
}

/* Answers every member, in request order, and is gone. */
void hyperliquid_deliver(struct hyperliquid_command_call *call)
{
	struct command_result results[BATCH_ORDERS_MAX];
	struct hyperliquid_member members[BATCH_ORDERS_MAX];
	size_t count = call->count;
	command_done done = call->done;
	void *user = call->user;
	for (size_t i = 0; i < count; i++) {
		members[i] = call->members[i];
		results[i] = (struct command_result){.outcome = members[i].outcome,
						     .reason = members[i].reason,
						     .venue_order_id = members[i].venue_order_id,
						     .venue_code = "",
						     .venue_text = members[i].text};
		if (places(call))
			results[i].client_id = call->orders[i].client_id;
		else if (call->request.kind == COMMAND_CANCEL)
			results[i].client_id = call->request.u.cancel.client_id;
	}
	end(call);
	for (size_t i = 0; i < count; i++)
		done(user, &results[i]);
}

static void deliver_now(void *user)
{
	struct hyperliquid_command_call *call = user;
	call->timer = 0;
	hyperliquid_deliver(call);
}

void hyperliquid_deliver_later(struct hyperliquid_command_call *call)
{
	call->timer =
		scheduler_after(call->client->scheduler, 0, SCHEDULE_COMPLETION, deliver_now, call);
}

void hyperliquid_resolve(struct hyperliquid_member *member, enum command_outcome outcome,
			 enum reject_reason reason, const char *text)
{
	member->resolved = true;
	member->outcome = outcome;
	member->reason = outcome == COMMAND_REJECTED ? reason : REJECT_NONE;
	snprintf(member->text, sizeof(member->text), "%s", text);
}

/* Everybody has an answer without anything having been sent. */
void hyperliquid_refuse(struct hyperliquid_command_call *call, enum reject_reason reason,
			const char *text)
{
	for (size_t i = 0; i < call->count; i++)
		if (!call->members[i].resolved)
			hyperliquid_resolve(&call->members[i], COMMAND_REJECTED, reason, text);
	hyperliquid_deliver_later(call);
}

/* ---- what an answer proves ---------------------------------------------------------------------
 */

void hyperliquid_take_notice(struct hyperliquid_client *client, const char *text)
{
	int64_t lowest;
	switch (hyperliquid_notice_of(text)) {
	case HYPERLIQUID_NOTICE_NONE:
	case HYPERLIQUID_NOTICE_NOTHING_MATCHED:
		return;
	case HYPERLIQUID_NOTICE_DUPLICATE_NONCE:
		log_write(LOG_WARNING, "hyperliquid",
			  "%s: does another program use this agent wallet?", text);
		return;
	case HYPERLIQUID_NOTICE_NONCE_TOO_LOW:
		log_write(LOG_ALARM, "hyperliquid",
			  "%s: the clock is behind, or another program uses this agent wallet",
			  text);
		lowest = hyperliquid_lowest_nonce(text);
		/* The venue takes nonces up to a day ahead (§4.6); half of that is still sane. */
		if (lowest > client->nonce.last &&
		    lowest < (hyperliquid_venue_now(client) + NS_PER_DAY / 2) / NS_PER_MS)
			client->nonce.last = lowest;
		return;
	case HYPERLIQUID_NOTICE_EXPIRED:
		client->budget_left -= 4; /* it costs five (§6.1), one is counted */
		return;
	case HYPERLIQUID_NOTICE_BUDGET_USED_UP:
		log_write(LOG_ALARM, "hyperliquid", "%s", text);
		client->budget_known = true;
		client->budget_left = 0;
		return;
	case HYPERLIQUID_NOTICE_NO_SCHEDULED_CANCEL:
		client->dead_man_refused = true;
		client->base.capabilities &= ~(unsigned)CAN_DEAD_MANS_SWITCH;
		snprintf(client->dead_man_text, sizeof(client->dead_man_text), "%s", text);
		return;
	case HYPERLIQUID_NOTICE_UNKNOWN_SIGNER:
		log_write(LOG_ALARM, "hyperliquid", "%s (we sign as %s)", text,
			  client->options.key.address_text);
		return;
	case HYPERLIQUID_NOTICE_UPGRADE:
		log_write(LOG_ALARM, "hyperliquid", "%s", text);
		return;
	}
}

/* The action as a whole: true if its members have statuses of their own to be read. */
bool hyperliquid_judge_action(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply,
			      struct hyperliquid_answer *answer, struct hyperliquid_member *whole)
{
	enum reject_reason reason;
	answer->kind = HYPERLIQUID_ANSWER_STRANGE;
	switch (reply->outcome) {
	case HYPERLIQUID_REPLY_NEVER_SENT:
		hyperliquid_resolve(whole, COMMAND_REJECTED, REJECT_NEVER_SENT, reply->why);
		return false;
	case HYPERLIQUID_REPLY_UNKNOWN:
		hyperliquid_resolve(whole, COMMAND_UNKNOWN, REJECT_NONE, reply->why);
		return false;
	case HYPERLIQUID_REPLY_ANSWERED:
		break;
	}
	hyperliquid_decode_answer(&reply->value, answer);
	switch (answer->kind) {
	case HYPERLIQUID_ANSWER_OK:
		return true;
	case HYPERLIQUID_ANSWER_REFUSED:
		hyperliquid_take_notice(client, answer->text);
		if (hyperliquid_refusal(answer->text, HYPERLIQUID_SCOPE_ACTION, &reason))
			hyperliquid_resolve(whole, COMMAND_REJECTED, reason, answer->text);
		else
			hyperliquid_resolve(whole, COMMAND_UNKNOWN, REJECT_NONE, answer->text);
		return false;
	case HYPERLIQUID_ANSWER_STRANGE:
		hyperliquid_resolve(whole, COMMAND_UNKNOWN, REJECT_NONE,
				    "the answer cannot be read");
		return false;
	}
	return false;
}

/* ---- all of them -------------------------------------------------------------------------------
 */

void hyperliquid_command(struct hyperliquid_client *client, const struct command_request *request,
			 int64_t give_up_ns, command_done done, void *user)
{
	struct hyperliquid_command_call *call = begin(client, request, give_up_ns, done, user);
	if (!client->options.has_account) {
		hyperliquid_refuse(call, REJECT_AUTH,
				   "this client has no account: market data only");
		return;
	}
	if (!client->started) {
		hyperliquid_refuse(call, REJECT_NEVER_SENT, "the client is not started: not sent");
		return;
	}
	switch (request->kind) {
	case COMMAND_PLACE:
	case COMMAND_PLACE_BATCH:
		hyperliquid_place(call);
		return;
	case COMMAND_CANCEL:
		hyperliquid_cancel(call);
		return;
	case COMMAND_CANCEL_ALL:
		hyperliquid_cancel_all(call);
		return;
	case COMMAND_SET_LEVERAGE:
	case COMMAND_SET_MARGIN_MODE:
		hyperliquid_set_leverage(call);
		return;
	case COMMAND_DEAD_MANS_SWITCH:
		hyperliquid_set_dead_man(call);
		return;
	}
}

void hyperliquid_commands_free(struct hyperliquid_client *client)
{
	while (client->commands != NULL)
		end(client->commands);
}
