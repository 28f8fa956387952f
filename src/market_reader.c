#include "src/market_reader.h"

#include <stdlib.h>

#define GIVE_UP_NS (5 * INT64_C(1000000000))

struct market_reader {
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct exchange_clients *clients;
	int64_t interval_ns;
	market_reader_deliver deliver;
	void *user;
	schedule_id timer;
};

static void deliver_now(struct market_reader *reader, const struct market_event *event)
{
	struct market_event stamped = *event;
	stamped.local_ns = scheduler_now(reader->scheduler);
	reader->deliver(reader->user, &stamped);
}

/* An answer that is not a value changes nothing: what was known simply grows older. */
static void answered(void *user, const struct read_result *result)
{
	struct market_reader *reader = user;
	if (result->outcome != READ_VALUE)
		return;
	if (result->kind == READ_MARK) {
		deliver_now(reader, &result->u.mark);
		return;
	}
	for (size_t i = 0; i < result->u.funding.count; i++)
		deliver_now(reader, &result->u.funding.events[i]);
}

static void read_all(void *user)
{
	struct market_reader *reader = user;
	int64_t now = scheduler_now(reader->scheduler);
	for (instrument_id id = 1; id <= instrument_count(reader->instruments); id++) {
		const struct instrument *instrument = instrument_get(reader->instruments, id);
		struct exchange_client *client = reader->clients->by_venue[instrument->venue];
		if (!client || instrument_is_retired(reader->instruments, id) ||
		    !instrument_latest(reader->instruments, id)->funding.pays)
			continue;
		struct read_request request = {.kind = READ_FUNDING, .instrument = id};
		exchange_read(client, &request, now + GIVE_UP_NS, answered, reader);
		request.kind = READ_MARK;
		exchange_read(client, &request, now + GIVE_UP_NS, answered, reader);
	}
	reader->timer = scheduler_after(reader->scheduler, reader->interval_ns, SCHEDULE_TIMER,
					read_all, reader);
}

struct market_reader *market_reader_create(struct scheduler *scheduler,
					   const struct instrument_table *instruments,
					   const struct exchange_clients *clients,
					   int64_t interval_ns, market_reader_deliver deliver,
					   void *user)
{
	struct market_reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	*reader = (struct market_reader){scheduler, instruments, clients, interval_ns,
					 deliver,   user,	 0};
	reader->timer = scheduler_after(scheduler, 0, SCHEDULE_TIMER, read_all, reader);
	return reader;
}

void market_reader_free(struct market_reader *reader)
{
	if (!reader)
		return;
	scheduler_cancel(reader->scheduler, reader->timer);
	free(reader);
}
