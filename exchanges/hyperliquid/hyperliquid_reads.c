/* Reads of the venue and its markets; hyperliquid_account_reads.c reads the account. */
#include "core/base/log.h"
#include "core/market/funding_schedule.h"
#include "exchanges/hyperliquid/funding_formulas.h"
#include "exchanges/hyperliquid/hyperliquid_read_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX     65536
#define FUNDING_PAGE 500

/* ---- life of a read ----------------------------------------------------------------------------
 */

static void end(struct hyperliquid_read_call *call)
{
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->client->call_count--;
	scheduler_cancel(call->client->scheduler, call->timer);
	free(call->rows);
	free(call);
}

void *hyperliquid_read_row(struct hyperliquid_read_call *call, size_t size)
{
	if (call->count == ROWS_MAX) {
		call->full = true;
		return NULL;
	}
	if (call->count == call->capacity) {
		size_t capacity = call->capacity == 0 ? 16 : 2 * call->capacity;
		void *grown = realloc(call->rows, capacity * size);
		if (grown == NULL) {
			fputs("hyperliquid: out of memory\n", stderr);
			abort();
		}
		call->rows = grown;
		call->capacity = capacity;
		call->size = size;
	}
	char *row = (char *)call->rows + call->count++ * size;
	memset(row, 0, size);
	return row;
}

void hyperliquid_read_finish(struct hyperliquid_read_call *call, enum read_outcome outcome)
{
	struct read_result unknown = {.outcome = outcome};
	struct read_result *result =
		outcome == READ_VALUE && !call->full ? &call->result : &unknown;
	if (call->full)
		unknown.outcome = READ_UNKNOWN;
	result->kind = call->request.kind;
	result->instrument = call->request.instrument;
	/* Out of every list first: what `done` does may begin other reads, or end the client. */
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->client->call_count--;
	scheduler_cancel(call->client->scheduler, call->timer);
	call->done(call->user, result);
	free(call->rows);
	free(call);
}

static void finish_now(void *user)
{
	struct hyperliquid_read_call *call = user;
	call->timer = 0;
	hyperliquid_read_finish(call, call->outcome);
}

void hyperliquid_read_finish_later(struct hyperliquid_read_call *call, enum read_outcome outcome)
{
	call->outcome = outcome;
	call->timer =
		scheduler_after(call->client->scheduler, 0, SCHEDULE_COMPLETION, finish_now, call);
}

static bool answered(struct hyperliquid_read_call *call, const struct hyperliquid_reply *reply)
{
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		return true;
	hyperliquid_read_finish(call, READ_UNKNOWN);
	return false;
}

/* ---- events ------------------------------------------------------------------------------------
 */

static struct market_event event_of(const struct hyperliquid_client *client,
				    instrument_id instrument, enum market_event_kind kind)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = hyperliquid_now(client);
	event.instrument = instrument;
	event.venue = client->base.venue;
	event.connection = HYPERLIQUID_CONNECTION;
	event.kind = (uint8_t)kind;
	return event;
}

static struct market_event mark_event(const struct hyperliquid_client *client,
				      instrument_id instrument,
				      const struct hyperliquid_context *context)
{
	struct market_event event = event_of(client, instrument, EVENT_MARK);
	event.u.mark.fields = MARK_HAS_MARK | MARK_HAS_ORACLE;
	event.u.mark.mark = context->mark;
	event.u.mark.oracle = context->oracle;
	return event;
}

static struct market_event estimate_event(const struct hyperliquid_client *client,
					  instrument_id instrument,
					  const struct hyperliquid_context *context)
{
	const struct funding_terms *terms =
		&instrument_latest(client->markets.instruments, instrument)->funding;
	struct market_event event = event_of(client, instrument, EVENT_FUNDING);
	event.u.funding.kind = FUNDING_ESTIMATE;
	event.u.funding.rate = context->funding;
	event.u.funding.boundary_ns = funding_next_boundary(terms, hyperliquid_venue_now(client));
	event.u.funding.interval_ns = terms->interval_ns;
	return event;
}

static bool open_interest_of(const struct hyperliquid_listing *listing,
			     const struct hyperliquid_context *context, struct quantity *quantity)
{
	i128 units;
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - listing->scale.quantity_decimals);
	if (!i128_div_round(context->open_interest.e18, unit, ROUND_HALF_EVEN, &units) ||
	    units > INT64_MAX)
		return false;
	quantity->units = (int64_t)units;
	return true;
}

/* ---- contexts ----------------------------------------------------------------------------------
 */

static void add_event(struct hyperliquid_read_call *call, const struct market_event *event)
{
	struct market_event *row = hyperliquid_read_row(call, sizeof(*row));
	if (row != NULL)
		*row = *event;
}

static void take_overview(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms,
			  const struct hyperliquid_context *context)
{
	struct hyperliquid_read_call *call = user;
	struct hyperliquid_client *client = call->client;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, terms->coin.name);
	if (listing == NULL || listing->instrument == 0 || listing->asset != asset ||
	    terms->delisted || context == NULL)
		return;
	struct market_event event = estimate_event(client, listing->instrument, context);
	add_event(call, &event);
	event = mark_event(client, listing->instrument, context);
	add_event(call, &event);
	event = event_of(client, listing->instrument, EVENT_OPEN_INTEREST);
	if (open_interest_of(listing, context, &event.u.open_interest.quantity))
		add_event(call, &event);
}

static void overview_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_overview(&reply->value, take_overview, call)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	call->result.u.funding.events = call->rows;
	call->result.u.funding.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

struct wanted_context {
	const struct hyperliquid_listing *listing;
	bool found;
	struct hyperliquid_context context;
};

static void pick_context(void *user, uint32_t asset, const struct hyperliquid_market_terms *terms,
			 const struct hyperliquid_context *context)
{
	struct wanted_context *wanted = user;
	(void)asset;
	if (context == NULL || strcmp(terms->coin.name, wanted->listing->terms.coin.name) != 0)
		return;
	wanted->found = true;
	wanted->context = *context;
}

static bool take_context(struct hyperliquid_read_call *call,
			 const struct hyperliquid_context *context)
{
	struct market_event event;
	switch (call->request.kind) {
	case READ_FUNDING:
		event = estimate_event(call->client, call->request.instrument, context);
		add_event(call, &event);
		call->result.u.funding.events = call->rows;
		call->result.u.funding.count = call->count;
		return true;
	case READ_MARK:
		call->result.u.mark = mark_event(call->client, call->request.instrument, context);
		return true;
	case READ_OPEN_INTEREST:
		return open_interest_of(call->listing, context, &call->result.u.open_interest);
	case READ_VOLUME:
		call->result.u.volume = context->day_notional_volume;
		return true;
	case READ_INSTRUMENTS:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_BALANCES:
	case READ_POSITIONS:
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
	case READ_FEES:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
	case READ_ORDER_ROOM:
	case READ_LEVERAGE:
		break;
	}
	return false;
}

static void context_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct wanted_context wanted = {.listing = call->listing};
	if (!answered(call, reply))
		return;
	bool sound = hyperliquid_decode_overview(&reply->value, pick_context, &wanted);
	hyperliquid_read_finish(call, sound && wanted.found && take_context(call, &wanted.context)
					      ? READ_VALUE
					      : READ_UNKNOWN);
}

/* ---- books -------------------------------------------------------------------------------------
 */

static void book_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct depth_value *depth = &call->result.u.depth;
	struct hyperliquid_book book;
	uint32_t limit = call->request.kind == READ_BBO ? 1 : call->request.depth;
	if (!answered(call, reply))
		return;
	if (reply->value.type == JSON_NULL) {
		hyperliquid_read_finish(call, READ_ABSENT); /* no such market (§1.3) */
		return;
	}
	if (!hyperliquid_decode_book(&reply->value, &book) ||
	    strcmp(book.coin.name, call->listing->terms.coin.name) != 0 ||
	    !hyperliquid_decode_levels(&book.bids, &call->listing->scale, SIDE_BUY, call->bids,
				       &depth->bid_count) ||
	    !hyperliquid_decode_levels(&book.asks, &call->listing->scale, SIDE_SELL, call->asks,
				       &depth->ask_count) ||
	    (depth->bid_count > 0 && depth->ask_count > 0 &&
	     call->bids[0].price.units >= call->asks[0].price.units)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	depth->bids = call->bids;
	depth->asks = call->asks;
	if (limit > 0 && depth->bid_count > limit)
		depth->bid_count = limit;
	if (limit > 0 && depth->ask_count > limit)
		depth->ask_count = limit;
	depth->exch_ns = book.time_ns;
	depth->requested_ns = reply->sent_ns;
	hyperliquid_read_finish(call, READ_VALUE);
}

/* ---- funding histories -------------------------------------------------------------------------
 */

static void history_read(void *user, const struct hyperliquid_reply *reply);

static void ask_history(struct hyperliquid_read_call *call)
{
	int64_t from_ns = call->page == 0 ? call->request.since_ns : call->last_ns;
	char end[48] = "";
	if (call->request.until_ns > 0)
		snprintf(end, sizeof(end), ",\"endTime\":%" PRId64,
			 call->request.until_ns / NS_PER_MS);
	call->page_rows = call->page_fresh = 0;
	enum request_priority priority =
		call->request.kind == READ_FUNDING_EVIDENCE ? PRIORITY_IDLE : PRIORITY_READ;
	hyperliquid_ask(call->client, priority, 20, call->give_up_ns, history_read, call,
			"{\"type\":\"fundingHistory\",\"coin\":\"%s\",\"startTime\":%" PRId64 "%s}",
			call->listing->terms.coin.name, from_ns / NS_PER_MS, end);
}

/* Half a last digit of a figure with so many decimals, at 10^-18. */
static i128 half_digit(unsigned decimals)
{
	return i128_power_of_ten(MONEY_DECIMALS - decimals) / 2;
}

static void add_evidence(struct hyperliquid_read_call *call, int64_t boundary_ns,
			 const struct hyperliquid_settled *settled)
{
	struct funding_evidence *row = hyperliquid_read_row(call, sizeof(*row));
	if (row == NULL)
		return;
	i128 tolerance = half_digit(settled->rate_decimals);
	row->boundary_ns = boundary_ns;
	row->rate = settled->rate;
	row->derived_known = settled->premium_known;
	if (settled->premium_known) {
		row->derived = hyperliquid_funding_rate_hour(settled->premium);
		/* The formula divides by 8, and so the premium's own error. */
		tolerance += half_digit(settled->premium_decimals) / 8;
	}
	row->tolerance.e18 = (int64_t)tolerance; /* at most half and a sixteenth */
}

static void take_settled(void *user, const struct hyperliquid_settled *settled)
{
	struct hyperliquid_read_call *call = user;
	const struct funding_terms *terms =
		&instrument_latest(call->client->markets.instruments, call->request.instrument)
			 ->funding;
	int64_t boundary_ns;
	call->page_rows++;
	/* The row at the edge of a page comes again with the next. */
	if (strcmp(settled->coin.name, call->listing->terms.coin.name) != 0 ||
	    settled->time_ns <= call->last_ns ||
	    (call->request.until_ns > 0 && settled->time_ns > call->request.until_ns))
		return;
	call->page_fresh++;
	call->last_ns = settled->time_ns;
	funding_snap(terms, settled->time_ns, &boundary_ns);
	if (call->request.kind == READ_FUNDING_EVIDENCE) {
		add_evidence(call, boundary_ns, settled);
		return;
	}
	struct market_event event = event_of(call->client, call->request.instrument, EVENT_FUNDING);
	event.exch_ns = settled->time_ns;
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = settled->rate;
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = terms->interval_ns;
	add_event(call, &event);
}

static void history_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_funding_history(&reply->value, take_settled, call)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	hyperliquid_charge_rows(call->client, call->page_rows);
	if (call->page_rows >= FUNDING_PAGE && call->page_fresh > 0) {
		if (++call->page == HYPERLIQUID_PAGES_MAX)
			hyperliquid_read_finish(call, READ_UNKNOWN);
		else
			ask_history(call);
		return;
	}
	if (call->request.kind == READ_FUNDING_EVIDENCE) {
		call->result.u.evidence.rows = call->rows;
		call->result.u.evidence.count = call->count;
	} else {
		call->result.u.funding.events = call->rows;
		call->result.u.funding.count = call->count;
	}
	hyperliquid_read_finish(call, READ_VALUE);
}

/* ---- the venue ---------------------------------------------------------------------------------
 */

static void meta_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct hyperliquid_client *client = call->client;
	struct error err = {0};
	if (!answered(call, reply))
		return;
	if (!hyperliquid_take_meta(client, &reply->value, &err)) {
		log_write(LOG_ALARM, "hyperliquid", "%s", err.text);
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	for (uint32_t asset = 0; asset < client->markets.count; asset++) {
		instrument_id id = client->markets.markets[asset].instrument;
		instrument_id *row = id != 0 ? hyperliquid_read_row(call, sizeof(*row)) : NULL;
		if (row != NULL)
			*row = id;
	}
	call->result.u.instruments.ids = call->rows;
	call->result.u.instruments.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

static void status_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	char special[128];
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_status(&reply->value, &call->result.u.server_time_ns, special,
				       sizeof(special))) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	hyperliquid_clock_sample(call->client, reply, call->result.u.server_time_ns);
	hyperliquid_read_finish(call, READ_VALUE);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static bool about_an_instrument(enum read_kind kind)
{
	switch (kind) {
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_FEES:
	case READ_FUNDING_EVIDENCE:
	case READ_LEVERAGE:
		return true;
	case READ_INSTRUMENTS:
	case READ_BALANCES:
	case READ_POSITIONS:
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_ACCESS:
	case READ_ORDER_ROOM:
		return false;
	}
	return false;
}

static void begin(struct hyperliquid_read_call *call)
{
	struct hyperliquid_client *client = call->client;
	switch (call->request.kind) {
	case READ_FUNDING:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
		hyperliquid_ask(client, PRIORITY_READ, 20, call->give_up_ns, context_read, call,
				"{\"type\":\"metaAndAssetCtxs\"}");
		return;
	case READ_OVERVIEW:
		hyperliquid_ask(client, PRIORITY_READ, 20, call->give_up_ns, overview_read, call,
				"{\"type\":\"metaAndAssetCtxs\"}");
		return;
	case READ_FUNDING_HISTORY:
	case READ_FUNDING_EVIDENCE:
		ask_history(call);
		return;
	case READ_DEPTH:
	case READ_BBO:
		hyperliquid_ask(client, PRIORITY_OPEN, 2, call->give_up_ns, book_read, call,
				"{\"type\":\"l2Book\",\"coin\":\"%s\"}",
				call->listing->terms.coin.name);
		return;
	case READ_INSTRUMENTS:
		hyperliquid_ask(client, PRIORITY_READ, 20, call->give_up_ns, meta_read, call,
				"{\"type\":\"meta\"}");
		return;
	case READ_SERVER_TIME:
		hyperliquid_ask(client, PRIORITY_OPEN, 2, call->give_up_ns, status_read, call,
				"{\"type\":\"exchangeStatus\"}");
		return;
	case READ_FEES:
	case READ_BALANCES:
	case READ_POSITIONS:
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
	case READ_LEVERAGE:
		hyperliquid_read_account(call);
		return;
	case READ_ACCESS:
		hyperliquid_read_access(call);
		return;
	case READ_ORDER_ROOM:
		call->result.u.order_room = hyperliquid_order_room(client);
		hyperliquid_read_finish_later(call, READ_VALUE);
		return;
	}
}

void hyperliquid_read(struct hyperliquid_client *client, const struct read_request *request,
		      int64_t give_up_ns, read_done done, void *user)
{
	struct hyperliquid_read_call *call = calloc(1, sizeof(*call));
	if (call == NULL || client->call_count == HYPERLIQUID_CALLS_MAX) {
		fputs("hyperliquid: no room for another read\n", stderr);
		abort();
	}
	client->call_count++;
	call->client = client;
	call->request = *request;
	call->give_up_ns = give_up_ns;
	call->started_ns = hyperliquid_now(client);
	call->done = done;
	call->user = user;
	call->result.outcome = READ_VALUE;
	call->next = client->reads;
	call->link = &client->reads;
	if (call->next != NULL)
		call->next->link = &call->next;
	client->reads = call;
	call->listing = hyperliquid_listing_of_instrument(&client->markets, request->instrument);
	if (!client->started)
		hyperliquid_read_finish_later(call, READ_UNKNOWN);
	else if (call->listing == NULL &&
		 (about_an_instrument(request->kind) || request->instrument != 0))
		hyperliquid_read_finish_later(call, READ_ABSENT);
	else
		begin(call);
}

void hyperliquid_reads_free(struct hyperliquid_client *client)
{
	while (client->reads != NULL)
		end(client->reads);
}
