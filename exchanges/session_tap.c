#include "exchanges/session_tap.h"

#include <stdio.h>
#include <stdlib.h>

#define CALLS_MAX 8192 /* reads and commands in flight */

/* One read or command that the inner client has not completed yet. */
struct tapped_call {
	struct session_tap *tap;
	struct tapped_call *next, **link; /* of those in flight */
	int64_t requested_ns;
	enum command_kind kind;
	instrument_id instrument;
	size_t awaited; /* completions still to come: of a batch one for each order */
	union {
		read_done read;
		command_done command;
	} done;
	void *user;
};

struct session_tap {
	struct exchange_client base;
	struct exchange_client *inner;
	struct session_tap_sink sink;
	struct scheduler *scheduler;
	struct tapped_call *calls;
	size_t count;
};

static struct session_tap *self(struct exchange_client *client)
{
	return (struct session_tap *)(void *)client;
}

static struct tapped_call *begin(struct session_tap *tap, void *user)
{
	struct tapped_call *call = tap->count < CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
	if (!call) {
		fprintf(stderr, "session_tap: no memory, or more than %d calls in flight\n",
			CALLS_MAX);
		abort();
	}
	call->tap = tap;
	call->requested_ns = scheduler_now(tap->scheduler);
	call->awaited = 1;
	call->user = user;
	call->next = tap->calls;
	call->link = &tap->calls;
	if (call->next)
		call->next->link = &call->next;
	tap->calls = call;
	tap->count++;
	return call;
}

static void end(struct tapped_call *call)
{
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	call->tap->count--;
	free(call);
}

static void read_completed(void *user, const struct read_result *result)
{
	struct tapped_call *call = user;
	struct session_tap *tap = call->tap;
	read_done done = call->done.read;
	void *done_user = call->user;
	tap->sink.answer(tap->sink.user, tap->base.venue, call->requested_ns, result);
	end(call);
	done(done_user, result);
}

static void command_completed(void *user, const struct command_result *result)
{
	struct tapped_call *call = user;
	struct session_tap *tap = call->tap;
	command_done done = call->done.command;
	void *done_user = call->user;
	tap->sink.command(tap->sink.user, tap->base.venue, call->requested_ns, call->kind,
			  call->instrument, result);
	if (--call->awaited == 0)
		end(call);
	done(done_user, result);
}

static void tap_read(struct exchange_client *base, const struct read_request *request,
		     int64_t give_up_ns, read_done done, void *user)
{
	struct session_tap *tap = self(base);
	struct tapped_call *call = begin(tap, user);
	call->done.read = done;
	exchange_read(tap->inner, request, give_up_ns, read_completed, call);
}

static instrument_id instrument_of(const struct command_request *request)
{
	switch (request->kind) {
	case COMMAND_PLACE:
		return request->u.place.instrument;
	case COMMAND_CANCEL:
		return request->u.cancel.instrument;
	case COMMAND_CANCEL_ALL:
		return request->u.cancel_all.instrument;
	case COMMAND_SET_LEVERAGE:
		return request->u.leverage.instrument;
	case COMMAND_SET_MARGIN_MODE:
		return request->u.margin.instrument;
	case COMMAND_PLACE_BATCH:
	case COMMAND_DEAD_MANS_SWITCH:
		return 0;
	}
	return 0;
}

static void tap_command(struct exchange_client *base, const struct command_request *request,
			int64_t give_up_ns, command_done done, void *user)
{
	struct session_tap *tap = self(base);
	struct tapped_call *call = begin(tap, user);
	call->done.command = done;
	call->kind = request->kind;
	call->instrument = instrument_of(request);
	if (request->kind == COMMAND_PLACE_BATCH)
		call->awaited = request->u.batch.count;
	exchange_command(tap->inner, request, give_up_ns, command_completed, call);
}

static void tap_start(struct exchange_client *base, const struct exchange_sink *sink,
		      lifecycle_done done, void *user)
{
	exchange_start(self(base)->inner, sink, done, user);
}

static void tap_stop(struct exchange_client *base, lifecycle_done done, void *user)
{
	exchange_stop(self(base)->inner, done, user);
}

static void tap_subscribe(struct exchange_client *base, instrument_id instrument, unsigned channels,
			  lifecycle_done done, void *user)
{
	exchange_subscribe(self(base)->inner, instrument, channels, done, user);
}

static void tap_unsubscribe(struct exchange_client *base, instrument_id instrument,
			    unsigned channels, lifecycle_done done, void *user)
{
	exchange_unsubscribe(self(base)->inner, instrument, channels, done, user);
}

static void tap_subscribe_account(struct exchange_client *base, lifecycle_done done, void *user)
{
	exchange_subscribe_account(self(base)->inner, done, user);
}

static void tap_free(struct exchange_client *base)
{
	struct session_tap *tap = self(base);
	exchange_client_free(tap->inner);
	while (tap->calls)
		end(tap->calls);
	free(tap);
}

static const struct exchange_client_functions FUNCTIONS = {
	.start = tap_start,
	.stop = tap_stop,
	.subscribe = tap_subscribe,
	.unsubscribe = tap_unsubscribe,
	.subscribe_account = tap_subscribe_account,
	.command = tap_command,
	.read = tap_read,
	.free = tap_free,
};

struct exchange_client *session_tap_create(struct exchange_client *inner,
					   const struct session_tap_sink *sink,
					   struct scheduler *scheduler)
{
	struct session_tap *tap = calloc(1, sizeof(*tap));
	if (!tap) {
		exchange_client_free(inner);
		return NULL;
	}
	tap->base = (struct exchange_client){&FUNCTIONS, inner->venue, inner->capabilities};
	tap->inner = inner;
	tap->sink = *sink;
	tap->scheduler = scheduler;
	return &tap->base;
}
