#include "exchanges/simulated/session_replay_client.h"

#include "exchanges/recorded_read.h"
#include <stdio.h>
#include <stdlib.h>

#define CALLS_MAX 8192 /* in flight */

enum call_kind {
	CALL_READ,
	CALL_COMMAND,
	CALL_LIFECYCLE,
	CALL_EARLY, /* a recorded answer whose request is still to come at this instant */
};

struct call {
	struct session_replay_client *client;
	struct call *next, **link; /* of those in flight, in the order of their requests */
	enum call_kind kind;
	schedule_id entry; /* giving up, or the arrival of what it is told */
	bool arriving;
	int64_t requested_ns;
	struct read_request request;
	struct read_result result;
	struct recorded_read room;
	uint32_t client_id;
	union {
		read_done read;
		command_done command;
		lifecycle_done lifecycle;
	} done;
	void *user;
};

struct session_replay_client {
	struct exchange_client base;
	struct scheduler *scheduler;
	struct call *calls, **last;
	size_t count, early;
	struct session_replay_counts counts;
};

static struct session_replay_client *self(struct exchange_client *client)
{
	return (struct session_replay_client *)(void *)client;
}

static struct call *begin(struct session_replay_client *client, enum call_kind kind, void *user)
{
	struct call *call = client->count < CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
	if (!call) {
		fprintf(stderr, "session_replay: no memory, or more than %d calls in flight\n",
			CALLS_MAX);
		abort();
	}
	call->client = client;
	call->kind = kind;
	call->user = user;
	call->requested_ns = scheduler_now(client->scheduler);
	call->link = client->last;
	*client->last = call;
	client->last = &call->next;
	client->count++;
	return call;
}

static void end(struct call *call)
{
	struct session_replay_client *client = call->client;
	scheduler_cancel(client->scheduler, call->entry);
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	else
		client->last = call->link;
	client->count--;
	recorded_read_clear(&call->room);
	free(call);
}

static void complete(void *user)
{
	struct call *call = user;
	call->entry = 0;
	switch (call->kind) {
	case CALL_READ:
		call->done.read(call->user, &call->result);
		break;
	case CALL_COMMAND: {
		struct command_result result = {.outcome = COMMAND_REJECTED,
						.reason = REJECT_NEVER_SENT,
						.client_id = call->client_id,
						.venue_order_id = "",
						.venue_code = "",
						.venue_text = "no account here"};
		call->done.command(call->user, &result);
		break;
	}
	case CALL_LIFECYCLE:
		call->done.lifecycle(call->user, true, "");
		break;
	case CALL_EARLY:
		break;
	}
	end(call);
}

static void complete_soon(struct call *call)
{
	call->entry =
		scheduler_after(call->client->scheduler, 0, SCHEDULE_COMPLETION, complete, call);
}

/* ---- reads ----------------------------------------------------------------------------------- */

static void gave_up(void *user)
{
	struct call *call = user;
	call->client->counts.without_answer++;
	call->result = (struct read_result){.outcome = READ_UNKNOWN,
					    .kind = call->request.kind,
					    .instrument = call->request.instrument};
	complete(call);
}

static void drop_stale(struct session_replay_client *client)
{
	int64_t now_ns = scheduler_now(client->scheduler);
	for (struct call *call = client->calls, *next; call; call = next) {
		next = call->next;
		if (call->kind != CALL_EARLY || call->requested_ns == now_ns)
			continue;
		client->counts.not_asked_for++;
		client->early--;
		end(call);
	}
}

static void arrive(struct call *call)
{
	call->client->counts.answered++;
	scheduler_cancel(call->client->scheduler, call->entry);
	call->arriving = true;
	complete_soon(call);
}

/* True: what the recording says of this very request is here already. */
static bool take_early(struct session_replay_client *client, struct call *asked)
{
	for (struct call *call = client->calls; call && client->early > 0; call = call->next) {
		if (call->kind != CALL_EARLY || call->request.kind != asked->request.kind ||
		    call->request.instrument != asked->request.instrument)
			continue;
		asked->result = call->result;
		asked->room = call->room;
		call->room = (struct recorded_read){0};
		client->early--;
		end(call);
		arrive(asked);
		return true;
	}
	return false;
}

static void replay_read(struct exchange_client *base, const struct read_request *request,
			int64_t give_up_ns, read_done done, void *user)
{
	struct session_replay_client *client = self(base);
	if (client->early > 0)
		drop_stale(client);
	struct call *call = begin(client, CALL_READ, user);
	call->request = *request;
	call->done.read = done;
	if (take_early(client, call))
		return;
	if (give_up_ns != INT64_MAX)
		call->entry = scheduler_at(client->scheduler, give_up_ns, SCHEDULE_COMPLETION,
					   gave_up, call);
}

static struct call *asked_for(struct session_replay_client *client,
			      const struct recorded_answer *answer)
{
	struct call *oldest = NULL;
	for (struct call *call = client->calls; call; call = call->next) {
		if (call->kind != CALL_READ || call->arriving ||
		    (unsigned)call->request.kind != answer->kind ||
		    call->request.instrument != answer->instrument)
			continue;
		if (call->requested_ns == answer->requested_ns)
			return call;
		if (!oldest)
			oldest = call;
	}
	return answer->requested_ns == scheduler_now(client->scheduler) ? NULL : oldest;
}

/* A request that failed at once stands in the recording at the instant at which it is made. */
static void keep_early(struct session_replay_client *client, const struct recorded_answer *answer)
{
	struct call *call = begin(client, CALL_EARLY, NULL);
	client->early++;
	recorded_read_unpack(answer, &call->room, &call->result);
	call->request.kind = call->result.kind;
	call->request.instrument = call->result.instrument;
}

void session_replay_client_answer(struct exchange_client *base,
				  const struct recorded_answer *answer)
{
	struct session_replay_client *client = self(base);
	if (client->early > 0)
		drop_stale(client);
	struct call *call = asked_for(client, answer);
	if (call) {
		recorded_read_unpack(answer, &call->room, &call->result);
		arrive(call);
	} else if (answer->requested_ns == scheduler_now(client->scheduler)) {
		keep_early(client, answer);
	} else {
		client->counts.not_asked_for++;
	}
}

/* In the order in which they were handed in, which is the order of their entries. */
static struct call *first_arriving(const struct session_replay_client *client)
{
	struct call *first = NULL;
	for (struct call *call = client->calls; call; call = call->next)
		if (call->arriving && (!first || call->entry < first->entry))
			first = call;
	return first;
}

void session_replay_client_flush(struct exchange_client *base)
{
	struct session_replay_client *client = self(base);
	for (struct call *call; (call = first_arriving(client)) != NULL;) {
		scheduler_cancel(client->scheduler, call->entry);
		call->arriving = false;
		complete(call);
	}
}

struct session_replay_counts session_replay_client_counts(const struct exchange_client *base)
{
	const struct session_replay_client *client =
		(const struct session_replay_client *)(const void *)base;
	struct session_replay_counts counts = client->counts;
	counts.not_asked_for += client->early;
	return counts;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void replay_command(struct exchange_client *base, const struct command_request *request,
			   int64_t give_up_ns, command_done done, void *user)
{
	struct session_replay_client *client = self(base);
	bool batch = request->kind == COMMAND_PLACE_BATCH;
	size_t count = batch ? request->u.batch.count : 1;
	(void)give_up_ns;
	for (size_t i = 0; i < count; i++) {
		struct call *call = begin(client, CALL_COMMAND, user);
		call->done.command = done;
		if (batch)
			call->client_id = request->u.batch.orders[i].client_id;
		else if (request->kind == COMMAND_PLACE)
			call->client_id = request->u.place.client_id;
		else if (request->kind == COMMAND_CANCEL)
			call->client_id = request->u.cancel.client_id;
		complete_soon(call);
	}
}

static void done_soon(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct call *call = begin(self(base), CALL_LIFECYCLE, user);
	call->done.lifecycle = done;
	complete_soon(call);
}

static void replay_start_client(struct exchange_client *base, const struct exchange_sink *sink,
				lifecycle_done done, void *user)
{
	(void)sink;
	done_soon(base, done, user);
}

static void replay_subscription(struct exchange_client *base, instrument_id instrument,
				unsigned channels, lifecycle_done done, void *user)
{
	(void)instrument;
	(void)channels;
	done_soon(base, done, user);
}

static void replay_client_free(struct exchange_client *base)
{
	struct session_replay_client *client = self(base);
	while (client->calls)
		end(client->calls);
	free(client);
}

static const struct exchange_client_functions FUNCTIONS = {
	.start = replay_start_client,
	.stop = done_soon,
	.subscribe = replay_subscription,
	.unsubscribe = replay_subscription,
	.subscribe_account = done_soon,
	.command = replay_command,
	.read = replay_read,
	.free = replay_client_free,
};

struct exchange_client *session_replay_client_create(venue_id venue, struct scheduler *scheduler)
{
	struct session_replay_client *client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	client->base.functions = &FUNCTIONS;
	client->base.venue = venue;
	client->base.capabilities = CAN_STREAM_BOOK;
	client->scheduler = scheduler;
	client->last = &client->calls;
	return &client->base;
}
