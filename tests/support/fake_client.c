#include "tests/support/fake_client.h"

#include <stdlib.h>
#include <string.h>

struct fake_book {
	struct book_level bids[FAKE_LEVELS], asks[FAKE_LEVELS];
	uint32_t bid_count, ask_count;
	uint64_t id;
};

struct pending {
	struct fake_client *fake;
	struct pending *next, *previous;
	schedule_id entry;
	int64_t sent_ns, answer_ns, give_up_ns;
	char outcome;
	struct read_request request;
	struct fake_book sampled;
	read_done read;
	command_done command;
	lifecycle_done lifecycle;
	uint32_t client_id;
	void *user;
};

struct fake_client {
	struct exchange_client client; /* first */
	struct scheduler *scheduler;
	int64_t delay_ns;
	const char *script;
	struct fake_book books[FAKE_INSTRUMENTS + 1];
	uint64_t reads[FAKE_INSTRUMENTS + 1];
	unsigned in_flight[FAKE_INSTRUMENTS + 1], most_in_flight;
	uint64_t commands;
	struct read_request last_read;
	struct pending *pending;
};

static struct pending *pending_add(struct fake_client *fake, void *user)
{
	struct pending *pending = calloc(1, sizeof *pending);
	assert(pending != NULL);
	pending->fake = fake;
	pending->user = user;
	pending->next = fake->pending;
	if (pending->next != NULL)
		pending->next->previous = pending;
	fake->pending = pending;
	return pending;
}

static void pending_remove(struct pending *pending)
{
	if (pending->previous != NULL)
		pending->previous->next = pending->next;
	else
		pending->fake->pending = pending->next;
	if (pending->next != NULL)
		pending->next->previous = pending->previous;
}

static void on_read_answer(void *user)
{
	struct pending *pending = user;
	struct read_result result = {.kind = pending->request.kind,
				     .instrument = pending->request.instrument};
	uint32_t depth = pending->request.kind == READ_BBO ? 1 : pending->request.depth;
	struct fake_book *book = &pending->sampled;
	pending->fake->in_flight[pending->request.instrument]--;
	switch (pending->outcome) {
	case 'a':
		result.outcome = READ_ABSENT;
		break;
	case '.':
		result.outcome = READ_VALUE;
		result.u.depth = (struct depth_value){
			.bids = book->bids,
			.asks = book->asks,
			.bid_count =
				depth != 0 && depth < book->bid_count ? depth : book->bid_count,
			.ask_count =
				depth != 0 && depth < book->ask_count ? depth : book->ask_count,
			.last_id = book->id,
			.requested_ns = pending->sent_ns,
		};
		break;
	default:
		result.outcome = READ_UNKNOWN;
		break;
	}
	pending_remove(pending);
	pending->read(pending->user, &result);
	free(pending);
}

static void on_sample(void *user)
{
	struct pending *pending = user;
	struct fake_client *fake = pending->fake;
	pending->sampled = fake->books[pending->request.instrument];
	pending->entry = scheduler_at(fake->scheduler, pending->answer_ns, SCHEDULE_COMPLETION,
				      on_read_answer, pending);
}

static void fake_read(struct exchange_client *client, const struct read_request *request,
		      int64_t give_up_ns, read_done done, void *user)
{
	struct fake_client *fake = (struct fake_client *)client;
	struct pending *pending = pending_add(fake, user);
	instrument_id instrument = request->instrument;
	assert(request->kind == READ_DEPTH || request->kind == READ_BBO);
	assert(instrument >= 1 && instrument <= FAKE_INSTRUMENTS);
	fake->last_read = *request;
	fake->reads[instrument]++;
	if (++fake->in_flight[instrument] > fake->most_in_flight)
		fake->most_in_flight = fake->in_flight[instrument];
	pending->request = *request;
	pending->read = done;
	pending->sent_ns = scheduler_now(fake->scheduler);
	pending->answer_ns = pending->sent_ns + fake->delay_ns;
	pending->outcome = '.';
	if (fake->script != NULL && *fake->script != '\0')
		pending->outcome = *fake->script++;
	if (pending->outcome == 'n' || pending->answer_ns > give_up_ns) {
		pending->outcome = 'u';
		pending->answer_ns = give_up_ns;
	}
	int64_t sample_ns = pending->sent_ns + fake->delay_ns / 2;
	if (sample_ns > pending->answer_ns)
		sample_ns = pending->answer_ns;
	pending->entry = scheduler_at(fake->scheduler, sample_ns, SCHEDULE_SIMULATED_MATCH,
				      on_sample, pending);
}

static void on_command_answer(void *user)
{
	struct pending *pending = user;
	struct command_result result = {.outcome = COMMAND_ACKNOWLEDGED,
					.client_id = pending->client_id,
					.venue_order_id = "",
					.venue_code = "",
					.venue_text = ""};
	pending_remove(pending);
	pending->command(pending->user, &result);
	free(pending);
}

static void fake_command(struct exchange_client *client, const struct command_request *request,
			 int64_t give_up_ns, command_done done, void *user)
{
	struct fake_client *fake = (struct fake_client *)client;
	size_t count = request->kind == COMMAND_PLACE_BATCH ? request->u.batch.count : 1;
	(void)give_up_ns;
	fake->commands += count;
	for (size_t i = 0; i < count; i++) {
		struct pending *pending = pending_add(fake, user);
		pending->command = done;
		if (request->kind == COMMAND_PLACE)
			pending->client_id = request->u.place.client_id;
		else if (request->kind == COMMAND_PLACE_BATCH)
			pending->client_id = request->u.batch.orders[i].client_id;
		pending->entry = scheduler_after(fake->scheduler, fake->delay_ns,
						 SCHEDULE_COMPLETION, on_command_answer, pending);
	}
}

static void on_lifecycle_answer(void *user)
{
	struct pending *pending = user;
	pending_remove(pending);
	pending->lifecycle(pending->user, true, "");
	free(pending);
}

static void lifecycle(struct exchange_client *client, lifecycle_done done, void *user)
{
	struct fake_client *fake = (struct fake_client *)client;
	struct pending *pending = pending_add(fake, user);
	pending->lifecycle = done;
	pending->entry = scheduler_after(fake->scheduler, fake->delay_ns, SCHEDULE_COMPLETION,
					 on_lifecycle_answer, pending);
}

static void fake_start(struct exchange_client *client, const struct exchange_sink *sink,
		       lifecycle_done done, void *user)
{
	(void)sink;
	lifecycle(client, done, user);
}

static void fake_subscribe(struct exchange_client *client, instrument_id instrument,
			   unsigned channels, lifecycle_done done, void *user)
{
	(void)instrument;
	(void)channels;
	lifecycle(client, done, user);
}

static void fake_free(struct exchange_client *client)
{
	fake_client_free((struct fake_client *)client);
}

static const struct exchange_client_functions functions = {
	.start = fake_start,
	.stop = lifecycle,
	.subscribe = fake_subscribe,
	.unsubscribe = fake_subscribe,
	.subscribe_account = lifecycle,
	.command = fake_command,
	.read = fake_read,
	.free = fake_free,
};

struct fake_client *fake_client_create(struct scheduler *scheduler, venue_id venue)
{
	struct fake_client *fake = calloc(1, sizeof *fake);
	assert(fake != NULL);
	fake->client.functions = &functions;
	fake->client.venue = venue;
	fake->scheduler = scheduler;
	return fake;
}

void fake_client_free(struct fake_client *fake)
{
	if (fake == NULL)
		return;
	while (fake->pending != NULL) {
		struct pending *pending = fake->pending;
		scheduler_cancel(fake->scheduler, pending->entry);
		pending_remove(pending);
		free(pending);
	}
	free(fake);
}

struct exchange_client *fake_client_interface(struct fake_client *fake)
{
	return &fake->client;
}

void fake_client_set_delay(struct fake_client *fake, int64_t delay_ns)
{
	fake->delay_ns = delay_ns;
}

void fake_client_set_book(struct fake_client *fake, instrument_id instrument,
			  const struct book_level *bids, uint32_t bid_count,
			  const struct book_level *asks, uint32_t ask_count)
{
	assert(instrument >= 1 && instrument <= FAKE_INSTRUMENTS);
	assert(bid_count <= FAKE_LEVELS && ask_count <= FAKE_LEVELS);
	struct fake_book *book = &fake->books[instrument];
	for (uint32_t i = 0; i < bid_count; i++)
		book->bids[i] = bids[i];
	for (uint32_t i = 0; i < ask_count; i++)
		book->asks[i] = asks[i];
	book->bid_count = bid_count;
	book->ask_count = ask_count;
	book->id++;
}

void fake_client_set_touch(struct fake_client *fake, instrument_id instrument, int64_t bid_units,
			   int64_t ask_units)
{
	struct book_level bid = {{bid_units}, {1000000}}, ask = {{ask_units}, {1000000}};
	fake_client_set_book(fake, instrument, &bid, 1, &ask, 1);
}

void fake_client_script_reads(struct fake_client *fake, const char *outcomes)
{
	fake->script = outcomes;
}

uint64_t fake_client_reads(const struct fake_client *fake, instrument_id instrument)
{
	return fake->reads[instrument];
}

uint64_t fake_client_reads_total(const struct fake_client *fake)
{
	uint64_t total = 0;
	for (int i = 1; i <= FAKE_INSTRUMENTS; i++)
		total += fake->reads[i];
	return total;
}

unsigned fake_client_most_in_flight(const struct fake_client *fake)
{
	return fake->most_in_flight;
}

uint64_t fake_client_commands(const struct fake_client *fake)
{
	return fake->commands;
}

const struct read_request *fake_client_last_read(const struct fake_client *fake)
{
	return &fake->last_read;
}
