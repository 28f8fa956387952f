#include "core/market/settlement_tracker.h"

#include <string.h>

static struct settlement_record *find_record(struct settlement_tracker *tracker,
					     int64_t boundary_ns)
{
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		struct settlement_record *record = &tracker->records[i];
		if (record->used && record->boundary_ns == boundary_ns)
			return record;
	}
	return NULL;
}

/* The record of a boundary; the oldest one makes room. NULL if the boundary is older than all. */
static struct settlement_record *open_record(struct settlement_tracker *tracker,
					     int64_t boundary_ns)
{
	struct settlement_record *record = find_record(tracker, boundary_ns);
	if (record != NULL)
		return record;
	struct settlement_record *oldest = &tracker->records[0];
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		record = &tracker->records[i];
		if (!record->used) {
			oldest = record;
			break;
		}
		if (record->boundary_ns < oldest->boundary_ns)
			oldest = record;
	}
	if (oldest->used && oldest->boundary_ns > boundary_ns)
		return NULL;
	memset(oldest, 0, sizeof(*oldest));
	oldest->used = true;
	oldest->boundary_ns = boundary_ns;
	return oldest;
}

static const struct funding_terms *terms_at(const struct instrument_table *table, instrument_id id,
					    int64_t venue_ns)
{
	return &instrument_revision_at(table, id, venue_ns)->funding;
}

static void note_settled(struct funding_state *statement, int64_t boundary_ns, struct rate rate)
{
	if (statement->settled_known && boundary_ns < statement->settled_boundary_ns)
		return;
	statement->settled_known = true;
	statement->settled_boundary_ns = boundary_ns;
	statement->settled_rate = rate;
}

static void set_statement(struct funding_state *statement, const struct market_event *event)
{
	statement->rate_known = true;
	statement->kind = event->u.funding.kind;
	statement->rate = event->u.funding.rate;
	statement->boundary_ns = event->u.funding.boundary_ns;
	statement->local_ns = event->local_ns;
}

/* A venue that fixes its rates ahead also sends estimates, of the period after: those inform only
 * while nothing fixed is still to come. */
static bool statement_yields(const struct funding_state *statement,
			     const struct market_event *event, enum settle_mode mode,
			     int64_t venue_ns)
{
	enum funding_kind binding =
		mode == SETTLE_FIXED_ONE_PERIOD_AHEAD ? FUNDING_NEXT : FUNDING_ESTIMATE;
	return !statement->rate_known || event->u.funding.kind == binding ||
	       statement->kind != binding || statement->boundary_ns <= venue_ns;
}

/* Returns false for a straggler: it names the past, whose rate is known. */
static bool take_estimate(struct settlement_tracker *tracker, const struct market_event *event,
			  enum settle_mode mode, int64_t venue_ns)
{
	int64_t named_ns = event->u.funding.boundary_ns;
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		struct settlement_record *earlier = &tracker->records[i];
		if (!earlier->used || !earlier->candidate_known || earlier->boundary_ns >= named_ns)
			continue;
		earlier->closed = true;
		/* Naming a later time before the boundary is a change of schedule, not a payment.
		 */
		if (mode == SETTLE_CURRENT_ESTIMATE && !earlier->settled_known &&
		    venue_ns >= earlier->boundary_ns)
			note_settled(&tracker->statement, earlier->boundary_ns, earlier->candidate);
	}
	struct settlement_record *record = open_record(tracker, named_ns);
	if (record == NULL || (record->closed && venue_ns > named_ns))
		return false;
	record->closed = false;
	record->candidate_known = true;
	record->candidate = event->u.funding.rate;
	return true;
}

static void take_fixed(struct settlement_tracker *tracker, const struct market_event *event,
		       enum settle_mode mode, int64_t venue_ns)
{
	int64_t named_ns = event->u.funding.boundary_ns;
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		const struct settlement_record *earlier = &tracker->records[i];
		if (earlier->used && earlier->fixed_known && !earlier->settled_known &&
		    mode == SETTLE_FIXED_ONE_PERIOD_AHEAD && earlier->boundary_ns < named_ns &&
		    earlier->boundary_ns <= venue_ns)
			note_settled(&tracker->statement, earlier->boundary_ns, earlier->fixed);
	}
	struct settlement_record *record = open_record(tracker, named_ns);
	if (record == NULL)
		return;
	record->fixed_known = true;
	record->fixed = event->u.funding.rate;
}

int64_t settled_boundary(const struct instrument_table *table, const struct market_event *event)
{
	struct funding_terms terms =
		*terms_at(table, event->instrument, event->u.funding.boundary_ns);
	if (event->u.funding.interval_ns > 0) {
		terms.interval_ns = event->u.funding.interval_ns;
		terms.phase_ns %= terms.interval_ns;
	}
	int64_t boundary_ns;
	funding_snap(&terms, event->u.funding.boundary_ns, &boundary_ns);
	return boundary_ns;
}

static void take_settled(struct settlement_tracker *tracker, const struct instrument_table *table,
			 const struct market_event *event)
{
	int64_t boundary_ns = settled_boundary(table, event);
	note_settled(&tracker->statement, boundary_ns, event->u.funding.rate);
	struct settlement_record *record = open_record(tracker, boundary_ns);
	if (record == NULL)
		return;
	record->settled_known = true;
	record->settled = event->u.funding.rate;
}

void settlement_tracker_funding(struct settlement_tracker *tracker,
				const struct instrument_table *table,
				const struct market_event *event, int64_t venue_ns)
{
	enum settle_mode mode =
		terms_at(table, event->instrument, event->u.funding.boundary_ns)->settle_mode;
	switch (event->u.funding.kind) {
	case FUNDING_ESTIMATE:
		if (!take_estimate(tracker, event, mode, venue_ns))
			return;
		break;
	case FUNDING_NEXT:
		take_fixed(tracker, event, mode, venue_ns);
		break;
	case FUNDING_SETTLED:
		take_settled(tracker, table, event);
		return;
	}
	if (statement_yields(&tracker->statement, event, mode, venue_ns))
		set_statement(&tracker->statement, event);
}

static bool paid_price(const struct market_event *event, enum funding_price paid_on,
		       struct money *price)
{
	switch (paid_on) {
	case FUNDING_PAID_ON_MARK:
		*price = event->u.mark.mark;
		return (event->u.mark.fields & MARK_HAS_MARK) != 0;
	case FUNDING_PAID_ON_ORACLE:
		*price = event->u.mark.oracle;
		return (event->u.mark.fields & MARK_HAS_ORACLE) != 0;
	case FUNDING_PAID_ON_INDEX:
		*price = event->u.mark.index;
		return (event->u.mark.fields & MARK_HAS_INDEX) != 0;
	}
	return false;
}

static int64_t boundary_from(const struct instrument_table *table, instrument_id id,
			     int64_t venue_ns)
{
	return instrument_next_boundary(table, id, venue_ns - 1);
}

/* Opens a record for each boundary in [from_ns, until_ns). Of more than can be remembered (a
 * nonsense stamp, a very long silence) only the first few: those past stay remembered too. */
static void open_between(struct settlement_tracker *tracker, const struct instrument_table *table,
			 instrument_id id, int64_t from_ns, int64_t until_ns)
{
	int64_t boundaries[SETTLEMENTS_REMEMBERED];
	size_t count = 0;
	int64_t boundary_ns = boundary_from(table, id, from_ns);
	while (boundary_ns < until_ns && count < SETTLEMENTS_REMEMBERED) {
		boundaries[count++] = boundary_ns;
		boundary_ns = instrument_next_boundary(table, id, boundary_ns);
	}
	if (boundary_ns < until_ns)
		count = SETTLEMENTS_REMEMBERED / 2;
	for (size_t i = 0; i < count; i++)
		open_record(tracker, boundaries[i]);
}

/* The price was the last one of every boundary in [its time, until_ns). */
static void freeze_until(struct settlement_tracker *tracker, int64_t price_ns, struct money price,
			 int64_t until_ns)
{
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		struct settlement_record *record = &tracker->records[i];
		if (!record->used || record->boundary_ns < price_ns ||
		    record->boundary_ns >= until_ns)
			continue;
		if (record->price_known && record->price_ns > price_ns)
			continue;
		record->price_known = true;
		record->price_ns = price_ns;
		record->price = price;
	}
}

static void find_upcoming(struct settlement_tracker *tracker, const struct instrument_table *table,
			  instrument_id id, int64_t venue_ns)
{
	tracker->upcoming_ns = boundary_from(table, id, venue_ns);
	tracker->paid_on = terms_at(table, id, tracker->upcoming_ns)->paid_on;
}

void settlement_tracker_mark(struct settlement_tracker *tracker,
			     const struct instrument_table *table, const struct market_event *event,
			     int64_t venue_ns)
{
	instrument_id id = event->instrument;
	const struct instrument_revision *latest = instrument_latest(table, id);
	if (tracker->revision_number != latest->number) {
		tracker->revision_number = latest->number;
		find_upcoming(tracker, table, id,
			      tracker->price_known ? tracker->price_ns : venue_ns);
		tracker->scheduled = latest->funding.pays || tracker->upcoming_ns != INT64_MAX;
	}
	struct money price;
	if (!tracker->scheduled || !paid_price(event, tracker->paid_on, &price))
		return;
	if (tracker->price_known && venue_ns < tracker->price_ns) {
		/* Late, yet still the last price of the boundaries between it and the newer one. */
		open_between(tracker, table, id, venue_ns, tracker->price_ns);
		freeze_until(tracker, venue_ns, price, tracker->price_ns);
		return;
	}
	if (tracker->price_known) {
		if (venue_ns > tracker->upcoming_ns)
			open_between(tracker, table, id, tracker->upcoming_ns, venue_ns);
		freeze_until(tracker, tracker->price_ns, tracker->price, venue_ns);
	}
	if (venue_ns > tracker->upcoming_ns)
		find_upcoming(tracker, table, id, venue_ns);
	tracker->price_known = true;
	tracker->price_ns = venue_ns;
	tracker->price = price;
}

struct settlement settlement_tracker_read(const struct settlement_tracker *tracker,
					  const struct instrument_table *table, instrument_id id,
					  int64_t boundary_ns)
{
	struct settlement settlement = {0};
	const struct settlement_record *record = NULL;
	for (size_t i = 0; i < SETTLEMENTS_REMEMBERED; i++) {
		if (tracker->records[i].used && tracker->records[i].boundary_ns == boundary_ns)
			record = &tracker->records[i];
	}
	if (tracker->price_known && tracker->price_ns <= boundary_ns) {
		settlement.price_known = true;
		settlement.price = tracker->price;
	} else if (record != NULL && record->price_known) {
		settlement.price_known = true;
		settlement.price = record->price;
	}
	if (record == NULL)
		return settlement;
	if (record->settled_known) {
		settlement.rate_known = true;
		settlement.rate = record->settled;
		return settlement;
	}
	switch (terms_at(table, id, boundary_ns)->settle_mode) {
	case SETTLE_CURRENT_ESTIMATE:
		settlement.rate_known = record->candidate_known && record->closed;
		settlement.rate = record->candidate;
		break;
	case SETTLE_FIXED_ONE_PERIOD_AHEAD:
		settlement.rate_known = record->fixed_known;
		settlement.rate = record->fixed;
		break;
	}
	if (!settlement.rate_known)
		settlement.rate = (struct rate){0};
	return settlement;
}
