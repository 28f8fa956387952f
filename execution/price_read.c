/*
 * Callers of get_bbo who wait, and the one read in flight per instrument. Waiters who were there
 * when a request was handed to the venue, or came while it was still young enough for their use,
 * are `joined` and get its answer whatever its age; those who came later are `late` and judge the
 * answer by age.
 */
#include "core/base/utc.h"
#include "execution/price_stream.h"
#include "execution/price_table.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK_PATIENCE_NS (5 * NS_PER_SECOND)

static void list_append(struct price_waiter_list *list, struct price_waiter *waiter)
{
	waiter->list = list;
	waiter->next = NULL;
	waiter->previous = list->last;
	if (list->last != NULL)
		list->last->next = waiter;
	else
		list->first = waiter;
	list->last = waiter;
}

static void list_remove(struct price_waiter *waiter)
{
	struct price_waiter_list *list = waiter->list;
	if (waiter->previous != NULL)
		waiter->previous->next = waiter->next;
	else
		list->first = waiter->next;
	if (waiter->next != NULL)
		waiter->next->previous = waiter->previous;
	else
		list->last = waiter->previous;
	waiter->list = NULL;
}

static void move_all(struct price_waiter_list *from, struct price_waiter_list *to)
{
	while (from->first != NULL) {
		struct price_waiter *waiter = from->first;
		list_remove(waiter);
		list_append(to, waiter);
	}
}

/* Beyond the pool a caller still gets its completion, at once and without waiting for I/O. */
struct price_waiter *price_waiter_take(struct price_provider *provider)
{
	struct price_waiter *waiter = provider->free_waiters;
	if (waiter != NULL) {
		provider->free_waiters = waiter->next;
	} else {
		waiter = calloc(1, sizeof *waiter);
		if (waiter == NULL)
			abort(); /* a completion was promised and cannot be kept */
		list_append(&provider->surplus, waiter);
	}
	waiter->provider = provider;
	waiter->in_use = true;
	return waiter;
}

static void waiter_release(struct price_provider *provider, struct price_waiter *waiter)
{
	if (!waiter->pooled) {
		list_remove(waiter);
		free(waiter);
		return;
	}
	waiter->in_use = false;
	waiter->next = provider->free_waiters;
	provider->free_waiters = waiter;
}

/* Released before the call, so that `done` may ask again. */
static void complete(struct price_waiter *waiter, enum price_answer answer,
		     const struct price_quote *quote, const char *why)
{
	struct price_provider *provider = waiter->provider;
	struct price_quote copy;
	char text[sizeof waiter->why] = "";
	if (answer == PRICE_OK) {
		copy = *quote;
	} else {
		snprintf(text, sizeof text, "%s", why);
		provider->counters.failures++;
	}
	price_done done = waiter->done;
	void *user = waiter->user;
	scheduler_cancel(provider->scheduler, waiter->entry);
	waiter_release(provider, waiter);
	done(user, answer, answer == PRICE_OK ? &copy : NULL, text);
}

static void on_complete(void *user)
{
	struct price_waiter *waiter = user;
	complete(waiter, waiter->answer, &waiter->quote, waiter->why);
}

void price_complete_later(struct price_waiter *waiter, enum price_answer answer,
			  const struct price_quote *quote, const char *why)
{
	waiter->answer = answer;
	if (answer == PRICE_OK)
		waiter->quote = *quote;
	snprintf(waiter->why, sizeof waiter->why, "%s", why);
	struct scheduler *scheduler = waiter->provider->scheduler;
	scheduler_cancel(scheduler, waiter->entry);
	waiter->entry = scheduler_at(scheduler, scheduler_now(scheduler), SCHEDULE_COMPLETION,
				     on_complete, waiter);
}

/* For a waiter that will not be read for (any more): what is known now, or the failure `why`. */
static void settle(struct price_waiter *waiter, const char *why)
{
	struct price_provider *provider = waiter->provider;
	struct price_quote quote;
	bool cached;
	enum price_answer answer = price_judge(
		provider, price_record_of(provider, waiter->instrument), waiter->instrument,
		waiter->use, scheduler_now(provider->scheduler), &quote, &cached);
	complete(waiter, answer, &quote, why);
}

static void on_deadline(void *user)
{
	struct price_waiter *waiter = user;
	list_remove(waiter);
	settle(waiter, "the deadline passed before the venue answered");
}

/* ---- the one read in flight --------------------------------------------------------------------
 */

static void on_read(void *user, const struct read_result *result);

static instrument_id instrument_of(const struct price_record *record)
{
	return (instrument_id)(record - record->provider->records);
}

static struct exchange_client *client_of(const struct price_provider *provider,
					 instrument_id instrument)
{
	return provider->clients
		->by_venue[instrument_get(provider->instruments, instrument)->venue];
}

/* Everybody who waits is served by this read. */
static void send_read(struct price_record *record, bool confirming)
{
	struct price_provider *provider = record->provider;
	instrument_id instrument = instrument_of(record);
	int64_t now_ns = scheduler_now(provider->scheduler);
	assert(!record->reading);
	move_all(&record->late, &record->joined);
	record->give_up_ns = record->joined.first == NULL ? now_ns + CHECK_PATIENCE_NS : now_ns;
	for (const struct price_waiter *w = record->joined.first; w != NULL; w = w->next)
		if (w->deadline_ns > record->give_up_ns)
			record->give_up_ns = w->deadline_ns;
	record->reading = true;
	record->confirming = confirming;
	record->requested_ns = now_ns;
	provider->counters.rest_reads++;
	struct read_request request = {
		.kind = READ_DEPTH, .instrument = instrument, .depth = PRICE_READ_LEVELS};
	exchange_read(client_of(provider, instrument), &request, record->give_up_ns, on_read,
		      record);
}

void price_wait_for_read(struct price_waiter *waiter)
{
	struct price_provider *provider = waiter->provider;
	struct price_record *record = price_record_of(provider, waiter->instrument);
	if (client_of(provider, waiter->instrument) == NULL) {
		price_complete_later(waiter, PRICE_MISS, NULL, "the venue is not connected");
		return;
	}
	if (waiter->entry == 0)
		waiter->entry = scheduler_at(provider->scheduler, waiter->deadline_ns,
					     SCHEDULE_TIMER, on_deadline, waiter);
	if (!record->reading) {
		record->provider = provider;
		list_append(&record->joined, waiter);
		send_read(record, record->entry.is_held);
		return;
	}
	int64_t age_ns = scheduler_now(provider->scheduler) - record->requested_ns;
	provider->counters.coalesced++;
	if (age_ns <= provider->age_limit_ns[waiter->use] &&
	    record->requested_ns >= record->entry.not_before_ns)
		list_append(&record->joined, waiter);
	else
		list_append(&record->late, waiter);
}

static bool further_than(struct price first, struct price second, struct price tick)
{
	i128 distance = (i128)first.units - second.units;
	return distance > tick.units || distance < -(i128)tick.units;
}

/* A stream that was quiet before the read was sent and disagrees with the answer is not believed.
 */
static void cross_check(struct price_provider *provider, struct price_record *record,
			const struct price_quote *answer)
{
	struct price_quote stream;
	int64_t quiet_ns = provider->options.stream_cross_check_ns;
	if (quiet_ns == 0 || !provider->options.streams ||
	    price_stream_read(provider->market, provider->instruments, answer->instrument,
			      &stream) != PRICE_STREAM_READY ||
	    answer->confirmed_ns - stream.changed_ns < quiet_ns)
		return;
	struct price tick =
		instrument_latest(provider->instruments, answer->instrument)->rules.tick;
	provider->counters.cross_checks++;
	record->checked_ns = answer->confirmed_ns;
	if (!further_than(answer->bid.price, stream.bid.price, tick) &&
	    !further_than(answer->ask.price, stream.ask.price, tick)) {
		record->entry.is_refused = false;
		return;
	}
	provider->counters.cross_check_mismatches++;
	price_entry_refuse(&record->entry, &stream);
	/* What was cached from that stream is no better than the stream. */
	if (record->entry.cached.source == PRICE_SOURCE_WEBSOCKET)
		price_entry_invalidate(&record->entry, answer->confirmed_ns);
}

static void on_check_due(void *user)
{
	struct price_record *record = user;
	record->check = 0;
	if (!record->reading && client_of(record->provider, instrument_of(record)) != NULL)
		send_read(record, record->entry.is_held);
}

void price_schedule_check(struct price_record *record)
{
	struct scheduler *scheduler = record->provider->scheduler;
	record->check = scheduler_at(scheduler, scheduler_now(scheduler), SCHEDULE_TIMER,
				     on_check_due, record);
}

static struct price_waiter *pop(struct price_waiter_list *list)
{
	struct price_waiter *waiter = list->first;
	if (waiter != NULL)
		list_remove(waiter);
	return waiter;
}

/* Those who waited for this answer get it, or something newer that is fresh enough for them. */
static void serve_joined(struct price_provider *provider, struct price_waiter_list *joined,
			 const struct price_quote *answer)
{
	for (struct price_waiter *waiter; (waiter = pop(joined)) != NULL;) {
		struct price_record *record = price_record_of(provider, waiter->instrument);
		const struct price_quote *cached = &record->entry.cached;
		bool newer = cached->source != PRICE_SOURCE_NONE &&
			     cached->confirmed_ns > answer->confirmed_ns &&
			     price_usable(provider, cached, waiter->use,
					  scheduler_now(provider->scheduler));
		complete(waiter, PRICE_OK, newer ? cached : answer, "");
	}
}

/* The read brought nothing. Those who gave it less time than they have may try once more. */
static void fail_joined(struct price_waiter_list *joined, struct price_waiter_list *again,
			bool gave_up, const char *why)
{
	for (struct price_waiter *waiter; (waiter = pop(joined)) != NULL;) {
		if (gave_up && waiter->deadline_ns > scheduler_now(waiter->provider->scheduler))
			list_append(again, waiter);
		else
			settle(waiter, why);
	}
}

/* By age: fresh enough for their use, or they need a read of their own. */
static void serve_late(struct price_provider *provider, struct price_waiter_list *late)
{
	for (struct price_waiter *waiter; (waiter = pop(late)) != NULL;) {
		struct price_quote quote;
		bool cached;
		enum price_answer answer = price_judge(
			provider, price_record_of(provider, waiter->instrument), waiter->instrument,
			waiter->use, scheduler_now(provider->scheduler), &quote, &cached);
		if (answer == PRICE_OK)
			complete(waiter, PRICE_OK, &quote, "");
		else
			price_wait_for_read(waiter);
	}
}

static void on_read(void *user, const struct read_result *result)
{
	struct price_record *record = user;
	struct price_provider *provider = record->provider;
	instrument_id instrument = instrument_of(record);
	bool gave_up = scheduler_now(provider->scheduler) >= record->give_up_ns;
	struct price_waiter_list joined = {NULL, NULL}, late = {NULL, NULL};
	struct price_quote answer;
	const char *why = NULL;
	record->reading = false;

	if (result->outcome == READ_UNKNOWN)
		why = "the venue did not answer the order book read";
	else if (result->outcome == READ_ABSENT)
		why = "the venue has no order book of this instrument";
	else
		why = price_book_fault(&result->u.depth);
	if (why == NULL) {
		gave_up = false;
		answer = price_quote_of_book(provider, instrument, &result->u.depth,
					     PRICE_SOURCE_REST);
		cross_check(provider, record, &answer);
		enum price_offer offered = price_offer_quote(provider, record, &answer);
		bool doubtful = offered == PRICE_OFFER_HELD ||
				(offered == PRICE_OFFER_OLDER &&
				 price_entry_jumps(&record->entry, &provider->options, &answer));
		if (doubtful && !record->confirming &&
		    (record->joined.first != NULL || record->late.first != NULL)) {
			send_read(record, true);
			return;
		}
		if (doubtful)
			why = "the price jumped beyond price_jump_limit_bp and is not confirmed";
	}
	/* Callbacks below may ask again: from here on the record belongs to the next read. */
	move_all(&record->joined, &joined);
	move_all(&record->late, &late);
	if (why == NULL)
		serve_joined(provider, &joined, &answer);
	else
		fail_joined(&joined, &late, gave_up && result->outcome == READ_UNKNOWN, why);
	serve_late(provider, &late);
}
