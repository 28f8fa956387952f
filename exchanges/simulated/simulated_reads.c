#include "exchanges/simulated/simulated_reads.h"

#include "exchanges/simulated/venue_state.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the venue's public figures ----------------------------------------------------------------
 */

static void keep_settled(struct settled_rates *rates, int64_t boundary_ns, struct rate rate)
{
	if (rates->count > 0 && rates->rates[rates->count - 1].boundary_ns >= boundary_ns)
		return;
	if (rates->count == SETTLED_RATES_MAX) {
		rates->count /= 2;
		memmove(rates->rates, rates->rates + rates->count,
			rates->count * sizeof(*rates->rates));
		rates->cut = true;
	}
	if (rates->count == rates->capacity) {
		size_t capacity = rates->capacity == 0 ? 32 : rates->capacity * 2;
		struct settled_rate *grown =
			realloc(rates->rates, capacity * sizeof(*rates->rates));
		if (grown == NULL)
			venue_abort_without_memory();
		rates->rates = grown;
		rates->capacity = capacity;
	}
	rates->rates[rates->count++] = (struct settled_rate){boundary_ns, rate};
}

void public_record_market(struct public_record *record, const struct market_state *books,
			  const struct market_event *event)
{
	if (event->kind == EVENT_FUNDING) {
		const struct funding_state *funding =
			market_state_funding(books, event->instrument);
		if (funding->settled_known)
			keep_settled(&record->settled[event->instrument],
				     funding->settled_boundary_ns, funding->settled_rate);
	} else if (event->kind == EVENT_OPEN_INTEREST) {
		record->open_interest[event->instrument].known = true;
		record->open_interest[event->instrument].quantity = event->u.open_interest.quantity;
	}
}

void public_record_clear(struct public_record *record)
{
	for (size_t i = 0; i <= INSTRUMENTS_MAX; i++)
		free(record->settled[i].rates);
}

/* ---- buffers -----------------------------------------------------------------------------------
 */

void read_sample_clear(struct read_sample *sample)
{
	free(sample->buffer);
	*sample = (struct read_sample){0};
}

static void *room(struct read_sample *sample, size_t bytes)
{
	if (bytes <= sample->buffer_bytes)
		return sample->buffer;
	free(sample->buffer);
	sample->buffer = malloc(bytes);
	if (sample->buffer == NULL)
		venue_abort_without_memory();
	sample->buffer_bytes = bytes;
	return sample->buffer;
}

/* ---- the market --------------------------------------------------------------------------------
 */

static enum read_outcome sample_depth(struct read_sample *sample,
				      const struct read_sources *sources,
				      const struct read_request *request, int64_t requested_ns)
{
	const struct book_state *state = market_state_book(sources->books, request->instrument);
	/* A venue answers with whole books only; what is not whole here cannot be its answer. */
	if (state->book == NULL || !state->synced)
		return READ_UNKNOWN;
	uint32_t limit = request->kind == READ_BBO ? 1 : request->depth;
	if (limit == 0 || limit > READ_DEPTH_MAX)
		limit = READ_DEPTH_MAX;
	struct book_level *levels = room(sample, 2 * (size_t)limit * sizeof(*levels));
	struct depth_value *depth = &sample->result.u.depth;
	depth->bids = levels;
	depth->asks = levels + limit;
	depth->bid_count = order_book_levels(state->book, SIDE_BUY, levels, limit);
	depth->ask_count = order_book_levels(state->book, SIDE_SELL, levels + limit, limit);
	depth->last_id = state->last_id;
	depth->exch_ns = state->exch_ns;
	depth->requested_ns = requested_ns;
	return READ_VALUE;
}

static struct market_event market_event_at(const struct read_sources *sources,
					   instrument_id instrument, enum market_event_kind kind,
					   int64_t now_ns)
{
	return (struct market_event){
		.local_ns = now_ns,
		.exch_ns = market_state_venue_time(sources->books, sources->venue_id, now_ns),
		.instrument = instrument,
		.venue = sources->venue_id,
		.kind = (uint8_t)kind};
}

static struct market_event funding_event(const struct read_sources *sources,
					 instrument_id instrument, enum funding_kind kind,
					 struct rate rate, int64_t boundary_ns, int64_t now_ns)
{
	struct market_event event = market_event_at(sources, instrument, EVENT_FUNDING, now_ns);
	event.u.funding.kind = kind;
	event.u.funding.rate = rate;
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns =
		instrument_revision_at(sources->instruments, instrument, boundary_ns)
			->funding.interval_ns;
	return event;
}

static enum read_outcome sample_funding(struct read_sample *sample,
					const struct read_sources *sources,
					instrument_id instrument, int64_t now_ns)
{
	const struct funding_state *funding = market_state_funding(sources->books, instrument);
	size_t count = 0;
	if (funding->settled_known)
		sample->funding[count++] =
			funding_event(sources, instrument, FUNDING_SETTLED, funding->settled_rate,
				      funding->settled_boundary_ns, now_ns);
	if (funding->rate_known)
		sample->funding[count++] =
			funding_event(sources, instrument, funding->kind, funding->rate,
				      funding->boundary_ns, now_ns);
	sample->result.u.funding.events = sample->funding;
	sample->result.u.funding.count = count;
	return count > 0 ? READ_VALUE : READ_ABSENT;
}

static enum read_outcome sample_funding_history(struct read_sample *sample,
						const struct read_sources *sources,
						const struct read_request *request, int64_t now_ns)
{
	const struct settled_rates *rates = &sources->record->settled[request->instrument];
	if (rates->cut && rates->rates[0].boundary_ns > request->since_ns)
		return READ_UNKNOWN;
	struct market_event *events = room(sample, (rates->count + 1) * sizeof(*events));
	size_t count = 0;
	for (size_t i = 0; i < rates->count; i++)
		if (rates->rates[i].boundary_ns >= request->since_ns &&
		    (request->until_ns == 0 || rates->rates[i].boundary_ns <= request->until_ns))
			events[count++] = funding_event(sources, request->instrument,
							FUNDING_SETTLED, rates->rates[i].rate,
							rates->rates[i].boundary_ns, now_ns);
	sample->result.u.funding.events = events;
	sample->result.u.funding.count = count;
	return READ_VALUE;
}

static enum read_outcome sample_mark(struct read_sample *sample, const struct read_sources *sources,
				     instrument_id instrument, int64_t now_ns)
{
	const struct mark_state *mark = market_state_mark(sources->books, instrument);
	if (mark->fields == 0)
		return READ_ABSENT;
	struct market_event event = market_event_at(sources, instrument, EVENT_MARK, now_ns);
	event.exch_ns = mark->exch_ns;
	event.u.mark.fields = mark->fields;
	event.u.mark.mark = mark->mark;
	event.u.mark.index = mark->index;
	event.u.mark.oracle = mark->oracle;
	sample->result.u.mark = event;
	return READ_VALUE;
}

static enum read_outcome sample_instruments(struct read_sample *sample,
					    const struct read_sources *sources)
{
	size_t all = instrument_count(sources->instruments);
	instrument_id *ids = room(sample, (all + 1) * sizeof(*ids));
	size_t count = 0;
	for (instrument_id id = 1; id <= all; id++)
		if (instrument_get(sources->instruments, id)->venue == sources->venue_id &&
		    !instrument_is_retired(sources->instruments, id))
			ids[count++] = id;
	sample->result.u.instruments.ids = ids;
	sample->result.u.instruments.count = count;
	return READ_VALUE;
}

/* ---- the account -------------------------------------------------------------------------------
 */

static enum read_outcome sample_balances(struct read_sample *sample,
					 const struct read_sources *sources)
{
	const struct venue_account *account = &sources->venue->account;
	size_t count = 0;
	for (size_t asset = 1; asset <= ASSETS_MAX; asset++)
		count += account->known[asset];
	struct balance_value *values = room(sample, (count + 1) * sizeof(*values));
	count = 0;
	for (size_t asset = 1; asset <= ASSETS_MAX; asset++)
		if (account->known[asset])
			values[count++] = (struct balance_value){
				(asset_id)asset, account->balances[asset],
				margin_available(sources->venue, (asset_id)asset)};
	sample->result.u.balances.values = values;
	sample->result.u.balances.count = count;
	return READ_VALUE;
}

static enum read_outcome sample_positions(struct read_sample *sample,
					  const struct read_sources *sources,
					  instrument_id instrument)
{
	const struct simulated_venue *venue = sources->venue;
	struct position_value *values = room(sample, (venue->market_count + 1) * sizeof(*values));
	size_t count = 0;
	if (instrument != 0)
		values[count++] = simulated_venue_position(venue, instrument);
	for (size_t i = 0; i < venue->market_count && instrument == 0; i++)
		if (venue->markets[i]->position.quantity.units != 0)
			values[count++] = simulated_venue_position(venue, venue->markets[i]->id);
	sample->result.u.positions.values = values;
	sample->result.u.positions.count = count;
	return READ_VALUE;
}

/* Accounts here begin with a leverage, and only cross margin is simulated. */
static enum read_outcome sample_leverage(struct read_sample *sample,
					 const struct read_sources *sources,
					 instrument_id instrument)
{
	if (instrument_get(sources->instruments, instrument)->kind == INSTRUMENT_SPOT)
		return READ_ABSENT;
	sample->result.u.leverage = (struct leverage_value){
		simulated_venue_position(sources->venue, instrument).leverage, MARGIN_CROSS};
	return READ_VALUE;
}

static size_t copy_events(const struct read_sources *sources, const struct read_request *request,
			  struct account_event *out, size_t limit)
{
	if (request->kind == READ_OPEN_ORDERS)
		return simulated_venue_open_orders(sources->venue, request->instrument, out, limit);
	return simulated_venue_history(sources->venue,
				       request->kind == READ_FILLS ? ACCOUNT_FILL : ACCOUNT_FUNDING,
				       request->instrument, request->since_ns, out, limit);
}

static enum read_outcome sample_events(struct read_sample *sample,
				       const struct read_sources *sources,
				       const struct read_request *request)
{
	enum account_event_kind kind =
		request->kind == READ_FUNDING_PAYMENTS ? ACCOUNT_FUNDING : ACCOUNT_FILL;
	if (request->kind != READ_OPEN_ORDERS &&
	    !venue_history_complete(sources->venue, kind, request->since_ns))
		return READ_UNKNOWN;
	struct account_event *events;
	size_t count, limit = 64;
	for (;; limit *= 2) {
		events = room(sample, limit * sizeof(*events));
		count = copy_events(sources, request, events, limit);
		if (count < limit)
			break;
	}
	sample->result.u.events.events = events;
	sample->result.u.events.count = count;
	return READ_VALUE;
}

static enum read_outcome sample_order(struct read_sample *sample,
				      const struct read_sources *sources, uint32_t client_id)
{
	struct account_event *event = room(sample, sizeof(*event));
	sample->result.u.events.events = event;
	sample->result.u.events.count = 1;
	return simulated_venue_order(sources->venue, client_id, event) ? READ_VALUE : READ_ABSENT;
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
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
	case READ_ORDER_ROOM:
		return false;
	}
	return false;
}

static bool is_ours(const struct read_sources *sources, instrument_id id)
{
	return id >= 1 && id <= instrument_count(sources->instruments) &&
	       instrument_get(sources->instruments, id)->venue == sources->venue_id;
}

static enum read_outcome sample_kind(struct read_sample *sample, const struct read_sources *sources,
				     const struct read_request *request, int64_t requested_ns,
				     int64_t now_ns)
{
	instrument_id id = request->instrument;
	struct read_result *result = &sample->result;
	if ((about_an_instrument(request->kind) || id != 0) && !is_ours(sources, id))
		return READ_ABSENT;
	switch (request->kind) {
	case READ_INSTRUMENTS:
		return sample_instruments(sample, sources);
	case READ_FUNDING:
		return sample_funding(sample, sources, id, now_ns);
	case READ_FUNDING_HISTORY:
		return sample_funding_history(sample, sources, request, now_ns);
	case READ_DEPTH:
	case READ_BBO:
		return sample_depth(sample, sources, request, requested_ns);
	case READ_MARK:
		return sample_mark(sample, sources, id, now_ns);
	case READ_OPEN_INTEREST:
		result->u.open_interest = sources->record->open_interest[id].quantity;
		return sources->record->open_interest[id].known ? READ_VALUE : READ_ABSENT;
	case READ_VOLUME:
		return READ_ABSENT; /* no recording says it */
	case READ_BALANCES:
		return sample_balances(sample, sources);
	case READ_POSITIONS:
		return sample_positions(sample, sources, id);
	case READ_OPEN_ORDERS:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		return sample_events(sample, sources, request);
	case READ_ORDER:
		return sample_order(sample, sources, request->client_id);
	case READ_FEES:
		result->u.fees = instrument_latest(sources->instruments, id)->fees;
		return READ_VALUE;
	case READ_SERVER_TIME:
		result->u.server_time_ns =
			market_state_venue_time(sources->books, sources->venue_id, now_ns);
		return READ_VALUE;
	case READ_ORDER_ROOM:
		result->u.order_room = ORDER_ROOM_UNLIMITED;
		return READ_VALUE;
	case READ_OVERVIEW: /* a simulated venue tells nothing about itself that it is not asked */
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
		return READ_UNKNOWN;
	case READ_LEVERAGE:
		return sample_leverage(sample, sources, id);
	}
	return READ_UNKNOWN;
}

void read_sample_take(struct read_sample *sample, const struct read_sources *sources,
		      const struct read_request *request, int64_t requested_ns, int64_t now_ns)
{
	memset(&sample->result, 0, sizeof(sample->result));
	sample->result.outcome = sample_kind(sample, sources, request, requested_ns, now_ns);
	sample->result.kind = request->kind;
	sample->result.instrument = request->instrument;
}

void read_sample_arrive(struct read_sample *sample, int64_t now_ns)
{
	struct read_result *result = &sample->result;
	if (result->outcome != READ_VALUE)
		return;
	if (result->kind == READ_MARK) {
		result->u.mark.local_ns = now_ns;
		return;
	}
	if (result->kind != READ_FUNDING && result->kind != READ_FUNDING_HISTORY)
		return;
	struct market_event *events =
		result->kind == READ_FUNDING ? sample->funding : sample->buffer;
	for (size_t i = 0; i < result->u.funding.count; i++)
		events[i].local_ns = now_ns;
}
