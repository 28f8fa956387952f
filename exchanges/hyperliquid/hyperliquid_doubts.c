/*
 * What became of an order whose answer was lost (venues/hyperliquid.md §7.1). A `noop` with the
 * order's own nonce either is taken (then the order was not and will not be executed) or is refused
 * as a duplicate (then the order was processed, and orderStatus says how it ended). Every step may
 * be repeated: a nonce executes at most once.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <stdlib.h>
#include <string.h>

#define NOOP_ATTEMPTS	 12
#define LOOKUP_ATTEMPTS	 8
#define FIRST_WAIT_NS	 (250 * NS_PER_MS)
#define LONGEST_WAIT_NS	 (5 * NS_PER_SECOND)
#define STEP_PATIENCE_NS (3 * NS_PER_SECOND)

struct hyperliquid_doubt_state {
	struct hyperliquid_client *client;
	bool used, processed;
	bool waiting; /* for an answer: the place must stay */
	int64_t nonce_ms;
	struct hyperliquid_doubted orders[BATCH_ORDERS_MAX];
	bool settled[BATCH_ORDERS_MAX];
	size_t count, at; /* at: the order that is looked up */
	unsigned attempts;
	schedule_id timer;
};

static void step(void *user);

static void end(struct hyperliquid_doubt_state *doubt)
{
	scheduler_cancel(doubt->client->scheduler, doubt->timer);
	*doubt = (struct hyperliquid_doubt_state){.client = doubt->client};
}

static void again(struct hyperliquid_doubt_state *doubt)
{
	unsigned limit = doubt->processed ? LOOKUP_ATTEMPTS : NOOP_ATTEMPTS;
	int64_t wait_ns = FIRST_WAIT_NS;
	doubt->attempts++;
	if (doubt->attempts >= limit || !doubt->client->started) {
		/* The owner's proof of absence goes on by itself. */
		log_write(LOG_WARNING, "hyperliquid",
			  "order %u: its fate could not be settled by its nonce",
			  (unsigned)doubt->orders[0].client_id);
		end(doubt);
		return;
	}
	for (unsigned i = 1; i < doubt->attempts && wait_ns < LONGEST_WAIT_NS; i++)
		wait_ns *= 2;
	doubt->timer = scheduler_after(doubt->client->scheduler,
				       wait_ns < LONGEST_WAIT_NS ? wait_ns : LONGEST_WAIT_NS,
				       SCHEDULE_TIMER, step, doubt);
}

/* An event, or the owner's own look-up, may have told the order's end in the meantime. */
static bool is_settled(const struct hyperliquid_doubt_state *doubt, size_t index)
{
	const struct hyperliquid_own_order *own =
		hyperliquid_orders_find(doubt->client->orders, doubt->orders[index].client_id);
	return doubt->settled[index] || (own != NULL && own->ended);
}

static void tell_never_executed(struct hyperliquid_doubt_state *doubt)
{
	struct hyperliquid_client *client = doubt->client;
	for (size_t i = 0; i < doubt->count; i++) {
		struct account_event event = {.kind = ACCOUNT_ORDER,
					      .local_ns = hyperliquid_now(client),
					      .venue = client->base.venue,
					      .instrument = doubt->orders[i].instrument};
		if (is_settled(doubt, i))
			continue;
		event.u.order.client_id = doubt->orders[i].client_id;
		event.u.order.state = ORDER_STATE_REJECTED;
		event.u.order.reason = REJECT_NEVER_SENT;
		hyperliquid_tell_order(client, &event);
	}
}

static void noop_answered(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_doubt_state *doubt = user;
	struct hyperliquid_answer answer = {.kind = HYPERLIQUID_ANSWER_STRANGE};
	doubt->waiting = false;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		hyperliquid_decode_answer(&reply->value, &answer);
	switch (answer.kind) {
	case HYPERLIQUID_ANSWER_OK:
		tell_never_executed(doubt);
		end(doubt);
		return;
	case HYPERLIQUID_ANSWER_REFUSED:
		if (hyperliquid_notice_of(answer.text) == HYPERLIQUID_NOTICE_DUPLICATE_NONCE) {
			doubt->processed = true;
			doubt->attempts = 0;
			step(doubt);
			return;
		}
		hyperliquid_take_notice(doubt->client, answer.text);
		break;
	case HYPERLIQUID_ANSWER_STRANGE:
		break;
	}
	again(doubt);
}

static void looked_up(void *user, enum read_outcome outcome, const struct account_event *event)
{
	struct hyperliquid_doubt_state *doubt = user;
	doubt->waiting = false;
	if (outcome == READ_VALUE) {
		doubt->settled[doubt->at] = true;
		hyperliquid_tell_order(doubt->client, event);
		doubt->attempts = 0;
		step(doubt);
		return;
	}
	/* unknownOid right after sending proves nothing (§1.4). */
	again(doubt);
}

static void step(void *user)
{
	struct hyperliquid_doubt_state *doubt = user;
	struct hyperliquid_client *client = doubt->client;
	doubt->timer = 0;
	doubt->at = 0;
	while (doubt->at < doubt->count && is_settled(doubt, doubt->at))
		doubt->at++;
	if (doubt->at == doubt->count) {
		end(doubt);
		return;
	}
	doubt->waiting = true;
	int64_t give_up_ns = hyperliquid_now(client) + STEP_PATIENCE_NS;
	if (doubt->processed) {
		hyperliquid_look_up(client, doubt->orders[doubt->at].client_id, give_up_ns,
				    looked_up, doubt);
		return;
	}
	const struct hyperliquid_action action = {.kind = HYPERLIQUID_ACTION_NOOP};
	const struct hyperliquid_act_options options = {.priority = PRIORITY_CANCEL,
							.members = 1,
							.nonce_ms = doubt->nonce_ms,
							.give_up_ns = give_up_ns};
	hyperliquid_act(client, &action, &options, noop_answered, doubt);
}

void hyperliquid_doubt(struct hyperliquid_client *client, int64_t nonce_ms, bool processed,
		       const struct hyperliquid_doubted *orders, size_t count)
{
	if (client->doubts == NULL)
		client->doubts = calloc(HYPERLIQUID_DOUBTS_MAX, sizeof(*client->doubts));
	for (size_t i = 0; client->doubts != NULL && i < HYPERLIQUID_DOUBTS_MAX; i++) {
		struct hyperliquid_doubt_state *doubt = &client->doubts[i];
		if (doubt->used || doubt->waiting)
			continue;
		*doubt = (struct hyperliquid_doubt_state){.client = client,
							  .used = true,
							  .processed = processed,
							  .nonce_ms = nonce_ms,
							  .count = count};
		memcpy(doubt->orders, orders, count * sizeof(*orders));
		doubt->timer =
			scheduler_after(client->scheduler, 0, SCHEDULE_COMPLETION, step, doubt);
		return;
	}
	log_write(LOG_ALARM, "hyperliquid",
		  "more than %d orders in doubt: order %u is left to its "
		  "proof of absence",
		  HYPERLIQUID_DOUBTS_MAX, (unsigned)orders[0].client_id);
}

void hyperliquid_doubts_stop(struct hyperliquid_client *client)
{
	for (size_t i = 0; client->doubts != NULL && i < HYPERLIQUID_DOUBTS_MAX; i++) {
		scheduler_cancel(client->scheduler, client->doubts[i].timer);
		client->doubts[i].timer = 0;
		if (!client->doubts[i].waiting)
			client->doubts[i].used = false;
	}
}
