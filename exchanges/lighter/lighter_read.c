#include "exchanges/lighter/lighter_read.h"

#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lighter_read_plan lighter_read_plans[READ_KINDS] = {
	[READ_INSTRUMENTS] = {lighter_ask_markets, lighter_take_instruments, PRIORITY_READ, false,
			      false},
	[READ_FUNDING] = {lighter_ask_funding, lighter_take_funding, PRIORITY_READ, true, false},
	[READ_FUNDING_HISTORY] = {lighter_ask_history, lighter_take_history, PRIORITY_READ, true,
				  false},
	[READ_DEPTH] = {lighter_ask_depth, lighter_take_depth, PRIORITY_OPEN, true, false},
	[READ_BBO] = {lighter_ask_depth, lighter_take_depth, PRIORITY_OPEN, true, false},
	[READ_MARK] = {lighter_ask_details, lighter_take_details, PRIORITY_READ, true, false},
	[READ_OPEN_INTEREST] = {lighter_ask_details, lighter_take_details, PRIORITY_READ, true,
				false},
	[READ_VOLUME] = {lighter_ask_details, lighter_take_details, PRIORITY_READ, true, false},
	[READ_BALANCES] = {lighter_ask_account, lighter_take_account, PRIORITY_OPEN, false, true},
	[READ_POSITIONS] = {lighter_ask_account, lighter_take_account, PRIORITY_HEDGE, false, true},
	[READ_OPEN_ORDERS] = {lighter_ask_open_orders, lighter_take_open_orders, PRIORITY_HEDGE,
			      false, true},
	[READ_ORDER] = {lighter_ask_order, lighter_take_order, PRIORITY_HEDGE, false, true},
	[READ_FILLS] = {lighter_ask_fills, lighter_take_fills, PRIORITY_HEDGE, false, true},
	[READ_FUNDING_PAYMENTS] = {lighter_ask_payments, lighter_take_payments, PRIORITY_READ,
				   false, true},
	[READ_FEES] = {lighter_ask_fees, NULL, PRIORITY_READ, true, false},
	[READ_SERVER_TIME] = {lighter_ask_time, lighter_take_time, PRIORITY_READ, false, false},
	[READ_OVERVIEW] = {lighter_ask_overview, lighter_take_overview, PRIORITY_READ, false,
			   false},
	[READ_FUNDING_EVIDENCE] = {lighter_ask_evidence, lighter_take_evidence, PRIORITY_IDLE, true,
				   false},
	[READ_ACCESS] = {lighter_ask_access, lighter_take_access, PRIORITY_READ, false, true},
	[READ_ORDER_ROOM] = {lighter_ask_order_room, NULL, PRIORITY_READ, false, true},
	[READ_LEVERAGE] = {lighter_ask_account, lighter_take_account, PRIORITY_READ, true, true},
};

static void unlink_read(struct lighter_read *read)
{
	struct lighter_client *client = read->client;
	if (read->previous)
		read->previous->next = read->next;
	else
		client->reads = read->next;
	if (read->next)
		read->next->previous = read->previous;
	client->read_count--;
}

static void free_read(struct lighter_read *read)
{
	scheduler_cancel(read->client->scheduler, read->later);
	free(read->rows);
	free(read->asks);
	free(read);
}

static void tell(struct lighter_read *read)
{
	struct lighter_client *client = read->client;
	unlink_read(read);
	read->done(read->user, &read->result);
	(void)client;
	free_read(read);
}

static void on_later(void *user)
{
	struct lighter_read *read = user;
	struct lighter_client *client = read->client;
	read->later = 0;
	if (!lighter_enter(client))
		return;
	tell(read);
	lighter_leave(client);
}

void lighter_read_finish(struct lighter_read *read, enum read_outcome outcome)
{
	read->result.outcome = outcome;
	read->result.kind = read->request.kind;
	read->result.instrument = read->request.instrument;
	/* Never from inside the call that asked. */
	if (read->asked_now)
		read->later = scheduler_after(read->client->scheduler, 0, SCHEDULE_COMPLETION,
					      on_later, read);
	else
		tell(read);
}

static void on_answer(void *user, const struct lighter_answer *answer)
{
	struct lighter_read *read = user;
	lighter_read_plans[read->request.kind].take(read, answer);
}

/* A standard account has half a request a second: what only watches must not starve a look-up on
 * which a hedge waits. */
static enum request_priority priority_of(const struct lighter_read *read)
{
	enum request_priority priority = lighter_read_plans[read->request.kind].priority;
	if (read->request.urgent)
		return priority < PRIORITY_HEDGE ? priority : PRIORITY_HEDGE;
	return priority == PRIORITY_HEDGE ? PRIORITY_READ : priority;
}

void lighter_read_ask(struct lighter_read *read, int64_t weight, const char *format, ...)
{
	char target[LIGHTER_TARGET_MAX];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(target, sizeof(target), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(target) ||
	    !lighter_get(read->client, priority_of(read), weight, read->give_up_ns, on_answer, read,
			 "%s", target))
		lighter_read_finish(read, READ_UNKNOWN);
}

void *lighter_read_row(struct lighter_read *read, size_t size)
{
	if (read->count == read->capacity) {
		size_t capacity = read->capacity ? 2 * read->capacity : 64;
		if (read->capacity >= LIGHTER_ROWS_MAX)
			return NULL;
		void *grown = realloc(read->rows, capacity * size);
		if (grown == NULL)
			return NULL;
		read->rows = grown;
		read->capacity = capacity;
	}
	char *row = (char *)read->rows + read->count++ * size;
	memset(row, 0, size);
	return row;
}

/* A read that cannot even be noted down is told all the same. */
static struct lighter_read *make(struct lighter_client *client)
{
	struct lighter_read *read = calloc(1, sizeof(*read));
	if (read == NULL) {
		fputs("lighter_client: out of memory\n", stderr);
		abort();
	}
	read->client = client;
	read->next = client->reads;
	if (read->next)
		read->next->previous = read;
	client->reads = read;
	client->read_count++;
	return read;
}

void lighter_read(struct exchange_client *base, const struct read_request *request,
		  int64_t give_up_ns, read_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	const struct lighter_read_plan *plan = &lighter_read_plans[request->kind];
	bool full = client->read_count >= LIGHTER_READS_MAX;
	struct lighter_read *read = make(client);
	read->request = *request;
	read->give_up_ns = give_up_ns;
	read->done = done;
	read->user = user;
	read->market = lighter_market_of(client, request->instrument);
	read->asked_now = true;
	if (full || !client->started || (plan->of_account && !client->options.has_account))
		lighter_read_finish(read, READ_UNKNOWN);
	else if (read->market < 0 && (plan->of_instrument || request->instrument != 0))
		lighter_read_finish(read, READ_ABSENT);
	else if (!request->streamed_is_enough || !lighter_read_streamed(read))
		plan->ask(read);
	read->asked_now = false;
}

void lighter_reads_end(struct lighter_client *client)
{
	while (client->reads) {
		struct lighter_read *read = client->reads;
		unlink_read(read);
		free_read(read);
	}
}
