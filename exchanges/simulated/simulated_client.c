#include "exchanges/simulated/simulated_client.h"

#include "exchanges/simulated/simulated_reads.h"
#include "exchanges/simulated/venue_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS_MAX	     4096 /* commands and reads in flight */
#define OPERATIONS_PER_BLOCK 64
#define EVENTS_IN_FLIGHT_MAX 65536 /* account events on their way here */
#define SCRIPT_MAX	     256

struct simulated_client;

enum operation_kind { OPERATION_FREE, OPERATION_COMMAND, OPERATION_READ, OPERATION_LIFECYCLE };

/* Something in flight: it acts at the venue once and completes here once. */
struct operation {
	struct simulated_client *client;
	struct operation *next_free;
	enum operation_kind kind;
	schedule_id act, answer, give_up; /* entries still scheduled, 0 = none */
	int64_t started_ns;
	int64_t response_ns; /* drawn at the start */
	int64_t give_up_ns;
	int64_t not_before_ns; /* batches: the answer waits for those before it */
	bool completed;
	char script; /* letter of simulated_client_script_commands, '.' = normal */
	union {
		command_done command;
		read_done read;
		lifecycle_done lifecycle;
	} done;
	void *user;
	struct command_request command;
	enum command_outcome outcome;
	struct simulated_answer answered;
	struct read_request read;
	struct read_sample sample;
};

struct event_in_flight {
	schedule_id entry;
	struct account_event event;
};

struct simulated_client {
	struct exchange_client base;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *books;
	struct simulated_client_options options;
	struct random random;
	struct random starting; /* of life cycle calls: their number moves no order's delay */
	struct simulated_venue *venue;
	struct public_record *record; /* owned */
	settlement_overdue on_overdue;
	void *overdue_user;
	bool overdue_told;
	struct exchange_sink sink;
	bool started, account_subscribed;
	/* Delay of the account events that the venue is about to send; -1: draw one. */
	int64_t event_delay_ns;
	int64_t last_delivery_ns;	/* the account stream keeps its order */
	struct event_in_flight *events; /* owned ring */
	size_t event_first, event_count, event_capacity;
	struct operation *blocks[OPERATIONS_MAX / OPERATIONS_PER_BLOCK];
	size_t block_count;
	struct operation *free;
	schedule_id boundary, overdue, dead_man;
	int64_t boundary_at_ns, overdue_at_ns;
	uint64_t reads[READ_KINDS];
	unsigned failing_reads[READ_KINDS];
	char script[SCRIPT_MAX + 1];
	size_t script_at;
};

static struct simulated_client *self(struct exchange_client *client)
{
	return (struct simulated_client *)client;
}

static int64_t now_of(const struct simulated_client *client)
{
	return scheduler_now(client->scheduler);
}

static int64_t drawn_by(struct simulated_client *client, struct random *random, int64_t delay_ns)
{
	int64_t jitter = client->options.latency.jitter_ns;
	return jitter > 0 ? delay_ns + random_between(random, 0, jitter) : delay_ns;
}

static int64_t drawn(struct simulated_client *client, int64_t delay_ns)
{
	return drawn_by(client, &client->random, delay_ns);
}

/* ---- operations --------------------------------------------------------------------------------
 */

static void add_block(struct simulated_client *client)
{
	if (client->block_count == OPERATIONS_MAX / OPERATIONS_PER_BLOCK) {
		fprintf(stderr, "simulated_client: more than %d calls in flight\n", OPERATIONS_MAX);
		abort();
	}
	struct operation *block = calloc(OPERATIONS_PER_BLOCK, sizeof(*block));
	if (block == NULL)
		venue_abort_without_memory();
	client->blocks[client->block_count++] = block;
	for (size_t i = OPERATIONS_PER_BLOCK; i-- > 0;) {
		block[i].client = client;
		block[i].next_free = client->free;
		client->free = &block[i];
	}
}

static struct operation *begin(struct simulated_client *client, enum operation_kind kind,
			       int64_t give_up_ns, void *user)
{
	if (client->free == NULL)
		add_block(client);
	struct operation *operation = client->free;
	client->free = operation->next_free;
	operation->kind = kind;
	operation->act = operation->answer = operation->give_up = 0;
	operation->started_ns = now_of(client);
	operation->give_up_ns = give_up_ns;
	operation->not_before_ns = INT64_MIN;
	operation->completed = false;
	operation->script = '.';
	operation->user = user;
	return operation;
}

static void release_when_over(struct operation *operation)
{
	if (!operation->completed || operation->act != 0)
		return;
	operation->kind = OPERATION_FREE;
	operation->next_free = operation->client->free;
	operation->client->free = operation;
}

static void complete_command(struct operation *operation, enum command_outcome outcome)
{
	const struct simulated_answer *answer = &operation->answered;
	struct command_result result = {
		.outcome = outcome, .venue_order_id = "", .venue_code = "", .venue_text = ""};
	if (operation->command.kind == COMMAND_PLACE)
		result.client_id = operation->command.u.place.client_id;
	else if (operation->command.kind == COMMAND_CANCEL)
		result.client_id = operation->command.u.cancel.client_id;
	if (outcome != COMMAND_UNKNOWN)
		result.venue_order_id = answer->venue_order_id;
	if (outcome == COMMAND_REJECTED) {
		result.reason = answer->reason;
		result.venue_code = reject_reason_text(answer->reason);
		result.venue_text = answer->text;
	}
	operation->done.command(operation->user, &result);
}

static void complete_read(struct operation *operation, bool known)
{
	struct read_result unknown = {.outcome = READ_UNKNOWN,
				      .kind = operation->read.kind,
				      .instrument = operation->read.instrument};
	if (known)
		read_sample_arrive(&operation->sample, now_of(operation->client));
	operation->done.read(operation->user, known ? &operation->sample.result : &unknown);
}

static void complete(struct operation *operation, bool known)
{
	struct scheduler *scheduler = operation->client->scheduler;
	scheduler_cancel(scheduler, operation->answer);
	scheduler_cancel(scheduler, operation->give_up);
	operation->answer = operation->give_up = 0;
	operation->completed = true;
	switch (operation->kind) {
	case OPERATION_COMMAND:
		complete_command(operation, known ? operation->outcome : COMMAND_UNKNOWN);
		break;
	case OPERATION_READ:
		complete_read(operation, known);
		break;
	case OPERATION_LIFECYCLE:
		operation->done.lifecycle(operation->user, operation->answered.accepted,
					  operation->answered.text);
		break;
	case OPERATION_FREE:
		break;
	}
	release_when_over(operation);
}

static void answer_arrives(void *user)
{
	struct operation *operation = user;
	operation->answer = 0;
	complete(operation, true);
}

static void answer_is_lost(void *user)
{
	struct operation *operation = user;
	operation->answer = operation->give_up = 0;
	complete(operation, false);
}

/* Schedules acting at the venue, and the giving up. */
static void send(struct operation *operation, int64_t entry_ns, scheduler_callback act)
{
	struct scheduler *scheduler = operation->client->scheduler;
	operation->act =
		scheduler_after(scheduler, entry_ns, SCHEDULE_SIMULATED_MATCH, act, operation);
	if (operation->give_up_ns != INT64_MAX)
		operation->give_up = scheduler_at(scheduler, operation->give_up_ns,
						  SCHEDULE_COMPLETION, answer_is_lost, operation);
}

/* The venue's answer leaves now; it arrives unless that is after giving up. */
static void respond(struct operation *operation, bool lost)
{
	struct simulated_client *client = operation->client;
	operation->act = 0;
	if (operation->completed) {
		release_when_over(operation);
		return;
	}
	int64_t at = now_of(client) + operation->response_ns;
	/* The completion of an order comes after its events. */
	if (operation->kind == OPERATION_COMMAND && client->last_delivery_ns > at)
		at = client->last_delivery_ns;
	if (operation->not_before_ns > at)
		at = operation->not_before_ns;
	if (operation->give_up != 0 && (lost || at > operation->give_up_ns))
		return;
	scheduler_cancel(client->scheduler, operation->give_up);
	operation->give_up = 0;
	operation->answer = scheduler_at(client->scheduler, at, SCHEDULE_COMPLETION,
					 lost ? answer_is_lost : answer_arrives, operation);
}

/* ---- account events ----------------------------------------------------------------------------
 */

static void event_arrives(void *user)
{
	struct simulated_client *client = user;
	struct account_event event = client->events[client->event_first].event;
	client->event_first = (client->event_first + 1) % client->event_capacity;
	client->event_count--;
	event.local_ns = now_of(client);
	if (client->started && client->account_subscribed && client->sink.account)
		client->sink.account(client->sink.user, &event);
}

static void grow_events(struct simulated_client *client)
{
	size_t capacity = client->event_capacity == 0 ? 64 : client->event_capacity * 2;
	if (capacity > EVENTS_IN_FLIGHT_MAX) {
		fprintf(stderr, "simulated_client: more than %d account events in flight\n",
			EVENTS_IN_FLIGHT_MAX);
		abort();
	}
	struct event_in_flight *grown = malloc(capacity * sizeof(*grown));
	if (grown == NULL)
		venue_abort_without_memory();
	for (size_t i = 0; i < client->event_count; i++)
		grown[i] = client->events[(client->event_first + i) % client->event_capacity];
	free(client->events);
	client->events = grown;
	client->event_capacity = capacity;
	client->event_first = 0;
}

static void venue_says(void *user, const struct account_event *event)
{
	struct simulated_client *client = user;
	if (!client->started || !client->account_subscribed)
		return;
	if (client->event_delay_ns < 0)
		client->event_delay_ns = drawn(client, client->options.latency.order_response_ns);
	if (client->event_count == client->event_capacity)
		grow_events(client);
	int64_t at = now_of(client) + client->event_delay_ns;
	if (at > client->last_delivery_ns)
		client->last_delivery_ns = at;
	struct event_in_flight *slot = &client->events[(client->event_first + client->event_count) %
						       client->event_capacity];
	client->event_count++;
	slot->event = *event;
	slot->entry = scheduler_at(client->scheduler, client->last_delivery_ns,
				   SCHEDULE_ORDER_EVENT, event_arrives, client);
}

/* ---- funding -----------------------------------------------------------------------------------
 */

static void arm(struct simulated_client *client);

static void boundary_due(void *user)
{
	struct simulated_client *client = user;
	client->boundary = 0;
	client->event_delay_ns = -1;
	simulated_venue_settle(client->venue, now_of(client));
	arm(client);
}

static void overdue_due(void *user)
{
	struct simulated_client *client = user;
	struct error err = {0};
	client->overdue = 0;
	if (simulated_venue_settlement_overdue(client->venue, now_of(client),
					       client->options.funding_patience_ns, &err)) {
		client->overdue_told = true;
		if (client->on_overdue)
			client->on_overdue(client->overdue_user, &err);
		return;
	}
	arm(client);
}

static void arm_at(struct simulated_client *client, schedule_id *entry, int64_t *armed_ns,
		   int64_t at_ns, scheduler_callback callback)
{
	if (*entry != 0 && *armed_ns == at_ns)
		return;
	scheduler_cancel(client->scheduler, *entry);
	*entry = 0;
	*armed_ns = at_ns;
	if (at_ns != INT64_MAX)
		*entry = scheduler_at(client->scheduler, at_ns, SCHEDULE_VENUE_SETTLEMENT, callback,
				      client);
}

/*
 * Wakes at the next boundary by the venue's clock as known now. The clock may move until then: the
 * venue crosses only what its clock has passed, and this is asked again.
 */
static void arm(struct simulated_client *client)
{
	arm_at(client, &client->boundary, &client->boundary_at_ns,
	       simulated_venue_next_boundary_ns(client->venue, now_of(client)), boundary_due);
	int64_t pending_ns = simulated_venue_oldest_pending(client->venue);
	int64_t overdue_ns = INT64_MAX;
	if (pending_ns != INT64_MAX && !client->overdue_told)
		overdue_ns =
			market_state_local_time(client->books, client->base.venue,
						pending_ns + client->options.funding_patience_ns);
	arm_at(client, &client->overdue, &client->overdue_at_ns, overdue_ns, overdue_due);
}

static void dead_man_due(void *user)
{
	struct simulated_client *client = user;
	client->dead_man = 0;
	client->event_delay_ns = -1;
	simulated_venue_pass_time(client->venue, now_of(client));
	arm(client);
}

/* ---- commands ----------------------------------------------------------------------------------
 */

static char next_letter(struct simulated_client *client)
{
	char letter = client->script[client->script_at];
	if (letter == '\0')
		return '.';
	client->script_at++;
	return letter;
}

static struct simulated_answer refused(enum reject_reason reason, const char *text)
{
	struct simulated_answer answer = {.reason = reason};
	snprintf(answer.text, sizeof(answer.text), "%s", text);
	return answer;
}

static struct simulated_answer set_dead_man(struct simulated_client *client, int64_t after_ns)
{
	int64_t now_ns = now_of(client);
	struct simulated_answer answer = simulated_venue_dead_man(client->venue, after_ns, now_ns);
	scheduler_cancel(client->scheduler, client->dead_man);
	client->dead_man = 0;
	if (answer.accepted && after_ns > 0)
		client->dead_man = scheduler_after(client->scheduler, after_ns, SCHEDULE_TIMER,
						   dead_man_due, client);
	return answer;
}

static struct simulated_answer refuse_by_script(struct simulated_client *client,
						const struct command_request *request,
						enum reject_reason reason)
{
	if (request->kind == COMMAND_PLACE)
		return simulated_venue_refuse(client->venue, &request->u.place, reason,
					      now_of(client));
	return refused(reason, "refused by script");
}

static struct simulated_answer execute(struct simulated_client *client,
				       const struct command_request *request)
{
	struct simulated_venue *venue = client->venue;
	int64_t now_ns = now_of(client);
	switch (request->kind) {
	case COMMAND_PLACE:
		return simulated_venue_place(venue, &request->u.place, now_ns);
	case COMMAND_CANCEL:
		return simulated_venue_cancel(venue, request->u.cancel.instrument,
					      request->u.cancel.client_id, now_ns);
	case COMMAND_CANCEL_ALL:
		return simulated_venue_cancel_all(venue, request->u.cancel_all.instrument, now_ns);
	case COMMAND_SET_LEVERAGE:
		return simulated_venue_set_leverage(venue, request->u.leverage.instrument,
						    request->u.leverage.leverage, now_ns);
	case COMMAND_SET_MARGIN_MODE:
		if (request->u.margin.mode == MARGIN_CROSS)
			return (struct simulated_answer){.accepted = true};
		return refused(REJECT_OTHER, "only cross margin is simulated");
	case COMMAND_DEAD_MANS_SWITCH:
		return set_dead_man(client, request->u.dead_man.after_ns);
	case COMMAND_PLACE_BATCH:
		break; /* taken apart on entry */
	}
	return refused(REJECT_OTHER, "no such command");
}

static void command_acts(void *user)
{
	struct operation *operation = user;
	struct simulated_client *client = operation->client;
	client->event_delay_ns = operation->response_ns;
	switch (operation->script) {
	case 'u':
		break;
	case 'r':
	case 'm':
		operation->answered =
			refuse_by_script(client, &operation->command,
					 operation->script == 'm' ? REJECT_MARGIN : REJECT_OTHER);
		break;
	default:
		operation->answered = execute(client, &operation->command);
	}
	operation->outcome = operation->answered.accepted ? COMMAND_ACKNOWLEDGED : COMMAND_REJECTED;
	arm(client);
	respond(operation, operation->script == 'u' || operation->script == 'U');
}

static struct operation *start_command(struct simulated_client *client,
				       const struct command_request *request, int64_t entry_ns,
				       int64_t response_ns, int64_t give_up_ns, command_done done,
				       void *user)
{
	struct operation *operation = begin(client, OPERATION_COMMAND, give_up_ns, user);
	operation->command = *request;
	operation->done.command = done;
	operation->answered = (struct simulated_answer){0};
	operation->response_ns = response_ns;
	operation->script = next_letter(client);
	send(operation, entry_ns, command_acts);
	return operation;
}

static void client_command(struct exchange_client *base, const struct command_request *request,
			   int64_t give_up_ns, command_done done, void *user)
{
	struct simulated_client *client = self(base);
	int64_t entry_ns = drawn(client, client->options.latency.order_entry_ns);
	int64_t response_ns = drawn(client, client->options.latency.order_response_ns);
	if (request->kind != COMMAND_PLACE_BATCH) {
		start_command(client, request, entry_ns, response_ns, give_up_ns, done, user);
		return;
	}
	int64_t not_before_ns = INT64_MIN;
	for (size_t i = 0; i < request->u.batch.count; i++) {
		struct command_request one = {.kind = COMMAND_PLACE,
					      .u.place = request->u.batch.orders[i]};
		struct operation *operation =
			start_command(client, &one, entry_ns, response_ns, give_up_ns, done, user);
		/* Answers keep the order of the request: behind a lost one they wait for it. */
		operation->not_before_ns = not_before_ns;
		if ((operation->script == 'u' || operation->script == 'U') &&
		    give_up_ns != INT64_MAX)
			not_before_ns = give_up_ns;
	}
}

/* ---- reads -------------------------------------------------------------------------------------
 */

static void read_acts(void *user)
{
	struct operation *operation = user;
	struct simulated_client *client = operation->client;
	struct read_sources sources = {client->base.venue, client->instruments, client->books,
				       client->venue, client->record};
	read_sample_take(&operation->sample, &sources, &operation->read, operation->started_ns,
			 now_of(client));
	if (operation->script == 'u')
		operation->sample.result.outcome = READ_UNKNOWN;
	respond(operation, false);
}

static void client_read(struct exchange_client *base, const struct read_request *request,
			int64_t give_up_ns, read_done done, void *user)
{
	struct simulated_client *client = self(base);
	struct operation *operation = begin(client, OPERATION_READ, give_up_ns, user);
	operation->read = *request;
	operation->done.read = done;
	/* What asks no venue takes no time. */
	bool asks = request->kind != READ_ORDER_ROOM;
	int64_t entry_ns = asks ? drawn(client, client->options.latency.read_entry_ns) : 0;
	operation->response_ns = asks ? drawn(client, client->options.latency.read_response_ns) : 0;
	client->reads[request->kind]++;
	if (client->failing_reads[request->kind] > 0) {
		client->failing_reads[request->kind]--;
		operation->script = 'u';
	}
	send(operation, entry_ns, read_acts);
}

/* ---- life cycle --------------------------------------------------------------------------------
 */

static void lifecycle_acts(void *user)
{
	respond(user, false);
}

static void later(struct simulated_client *client, bool ok, const char *why, lifecycle_done done,
		  void *user)
{
	struct operation *operation = begin(client, OPERATION_LIFECYCLE, INT64_MAX, user);
	operation->done.lifecycle = done;
	operation->answered = refused(REJECT_NONE, why);
	operation->answered.accepted = ok;
	const struct latency_model *latency = &client->options.latency;
	operation->response_ns = drawn_by(client, &client->starting, latency->read_response_ns);
	send(operation, drawn_by(client, &client->starting, latency->read_entry_ns),
	     lifecycle_acts);
}

static void client_start(struct exchange_client *base, const struct exchange_sink *sink,
			 lifecycle_done done, void *user)
{
	struct simulated_client *client = self(base);
	client->sink = *sink;
	client->started = true;
	later(client, true, "", done, user);
}

static void client_stop(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct simulated_client *client = self(base);
	client->started = false;
	client->account_subscribed = false;
	later(client, true, "", done, user);
}

/* The external market reaches the program from where it comes; the client has none of its own. */
static void client_subscribe(struct exchange_client *base, instrument_id instrument,
			     unsigned channels, lifecycle_done done, void *user)
{
	struct simulated_client *client = self(base);
	(void)channels;
	bool known = instrument >= 1 && instrument <= instrument_count(client->instruments) &&
		     instrument_get(client->instruments, instrument)->venue == base->venue &&
		     !instrument_is_retired(client->instruments, instrument);
	later(client, known, known ? "" : "no such instrument at this venue", done, user);
}

static void client_unsubscribe(struct exchange_client *base, instrument_id instrument,
			       unsigned channels, lifecycle_done done, void *user)
{
	(void)instrument;
	(void)channels;
	later(self(base), true, "", done, user);
}

static void client_subscribe_account(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct simulated_client *client = self(base);
	client->account_subscribed = client->started;
	later(client, client->started, client->started ? "" : "the client is not started", done,
	      user);
}

static void client_free(struct exchange_client *base)
{
	struct simulated_client *client = self(base);
	struct scheduler *scheduler = client->scheduler;
	for (size_t b = 0; b < client->block_count; b++) {
		for (size_t i = 0; i < OPERATIONS_PER_BLOCK; i++) {
			struct operation *operation = &client->blocks[b][i];
			if (operation->kind != OPERATION_FREE) {
				scheduler_cancel(scheduler, operation->act);
				scheduler_cancel(scheduler, operation->answer);
				scheduler_cancel(scheduler, operation->give_up);
			}
			read_sample_clear(&operation->sample);
		}
		free(client->blocks[b]);
	}
	for (size_t i = 0; i < client->event_count; i++)
		scheduler_cancel(
			scheduler,
			client->events[(client->event_first + i) % client->event_capacity].entry);
	scheduler_cancel(scheduler, client->boundary);
	scheduler_cancel(scheduler, client->overdue);
	scheduler_cancel(scheduler, client->dead_man);
	free(client->events);
	if (client->record)
		public_record_clear(client->record);
	free(client->record);
	simulated_venue_free(client->venue);
	free(client);
}

static const struct exchange_client_functions functions = {
	.start = client_start,
	.stop = client_stop,
	.subscribe = client_subscribe,
	.unsubscribe = client_unsubscribe,
	.subscribe_account = client_subscribe_account,
	.command = client_command,
	.read = client_read,
	.free = client_free,
};

struct exchange_client *simulated_client_create(const struct simulated_client_options *options,
						struct scheduler *scheduler,
						const struct instrument_table *instruments,
						const struct market_state *books,
						settlement_overdue on_overdue, void *user)
{
	assert(options->funding_patience_ns > 0);
	struct simulated_client *client = calloc(1, sizeof(*client));
	if (client == NULL)
		return NULL;
	client->base.functions = &functions;
	client->base.venue = options->venue.venue;
	client->base.capabilities = CAN_BATCH | CAN_POST_ONLY | CAN_REDUCE_ONLY |
				    CAN_DEAD_MANS_SWITCH | CAN_SET_LEVERAGE | CAN_ORDER_EXPIRY |
				    CAN_STREAM_BOOK | CAN_STREAM_ACCOUNT;
	client->options = *options;
	client->scheduler = scheduler;
	client->instruments = instruments;
	client->books = books;
	client->on_overdue = on_overdue;
	client->overdue_user = user;
	client->event_delay_ns = -1;
	client->last_delivery_ns = INT64_MIN;
	random_seed(&client->random, options->seed);
	random_seed(&client->starting, options->seed);
	client->record = calloc(1, sizeof(*client->record));
	client->venue =
		simulated_venue_create(&options->venue, instruments, books, venue_says, client);
	if (client->venue == NULL || client->record == NULL) {
		client_free(&client->base);
		return NULL;
	}
	return &client->base;
}

void simulated_client_market(struct exchange_client *base, const struct market_event *event)
{
	struct simulated_client *client = self(base);
	client->event_delay_ns = -1;
	if (event->venue == base->venue)
		public_record_market(client->record, client->books, event);
	simulated_venue_market(client->venue, event, now_of(client));
	if (event->kind == EVENT_CLOCK || event->kind == EVENT_INSTRUMENT)
		arm(client);
}

struct simulated_venue *simulated_client_venue(struct exchange_client *base)
{
	return self(base)->venue;
}

uint64_t simulated_client_reads(const struct exchange_client *base, enum read_kind kind)
{
	return ((const struct simulated_client *)base)->reads[kind];
}

void simulated_client_fail_reads(struct exchange_client *base, enum read_kind kind, unsigned count)
{
	self(base)->failing_reads[kind] = count;
}

void simulated_client_script_commands(struct exchange_client *base, const char *outcomes)
{
	struct simulated_client *client = self(base);
	size_t length = outcomes ? strlen(outcomes) : 0;
	assert(length <= SCRIPT_MAX);
	assert(length == 0 || strspn(outcomes, ".uUrm") == length);
	if (length > 0)
		memcpy(client->script, outcomes, length);
	client->script[length] = '\0';
	client->script_at = 0;
}
