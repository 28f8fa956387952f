#include "exchanges/simulated/venue_state.h"

#include "core/base/decimal.h"
#include "core/base/utc.h"
#include <string.h>

void settlement_refresh_due(struct simulated_venue *venue)
{
	venue->due_ns = INT64_MAX;
	for (size_t i = 0; i < venue->market_count; i++) {
		const struct venue_market *market = venue->markets[i];
		if (market->instrument->kind == INSTRUMENT_SPOT || !venue_market_active(market))
			continue;
		int64_t boundary =
			instrument_next_boundary(venue->instruments, market->id, market->judged_ns);
		if (boundary < venue->due_ns)
			venue->due_ns = boundary;
	}
}

static void hold_at(struct simulated_venue *venue, struct venue_market *market, int64_t boundary_ns)
{
	if (market->position.quantity.units == 0)
		return;
	if (market->pending_count == PENDING_SETTLEMENTS_MAX) {
		if (!market->boundary_lost)
			market->lost_boundary_ns = boundary_ns;
		market->boundary_lost = true;
		return;
	}
	struct pending_settlement *pending = &market->pending[market->pending_count++];
	*pending = (struct pending_settlement){.boundary_ns = boundary_ns,
					       .position = market->position.quantity};
	pending->mid_known = margin_mid(venue, market, &pending->mid);
}

static const char *price_label(enum funding_price paid_on)
{
	switch (paid_on) {
	case FUNDING_PAID_ON_MARK:
		return "mark";
	case FUNDING_PAID_ON_ORACLE:
		return "oracle";
	case FUNDING_PAID_ON_INDEX:
		return "index";
	}
	return "";
}

/* Pays one crossed boundary if all of it is known; nothing is ever estimated. */
static bool pay(struct simulated_venue *venue, struct venue_market *market,
		const struct pending_settlement *pending)
{
	struct settlement known =
		market_state_settlement(venue->books, market->id, pending->boundary_ns);
	if (!known.rate_known || (!known.price_known && !pending->mid_known))
		return false;
	const char *label = "mark=mid";
	struct money price = pending->mid;
	if (known.price_known) {
		price = known.price;
		label = price_label(
			instrument_revision_at(venue->instruments, market->id, pending->boundary_ns)
				->funding.paid_on);
	}
	struct money amount;
	if (!venue_account_funding(&venue->account, market->instrument, pending->position, price,
				   known.rate, &amount))
		return false;
	venue->statistics.settlements++;
	venue_emit_funding(venue, market, pending, price, label, known.rate, amount);
	return true;
}

void settlement_complete(struct simulated_venue *venue, struct venue_market *market)
{
	bool paid = false;
	for (uint32_t i = 0; i < market->pending_count;) {
		if (!pay(venue, market, &market->pending[i])) {
			i++;
			continue;
		}
		paid = true;
		market->pending_count--;
		memmove(&market->pending[i], &market->pending[i + 1],
			(market->pending_count - i) * sizeof(market->pending[0]));
	}
	if (!paid)
		return;
	venue_emit_account(venue, market);
	margin_judge(venue, market);
}

/*
 * The venue settled at a time that no schedule names (an extra settlement, one hours late): its
 * word counts. The record comes when the venue's clock shows that time, so what is held now was
 * held then.
 */
void settlement_off_schedule(struct simulated_venue *venue, struct venue_market *market,
			     const struct market_event *event)
{
	if (event->u.funding.kind != FUNDING_SETTLED || market->instrument->kind == INSTRUMENT_SPOT)
		return;
	int64_t boundary_ns = settled_boundary(venue->instruments, event);
	int64_t scheduled_ns =
		instrument_next_boundary(venue->instruments, market->id, boundary_ns - 1);
	if (boundary_ns == scheduled_ns || boundary_ns <= market->off_schedule_ns ||
	    boundary_ns > venue_time(venue))
		return;
	market->off_schedule_ns = boundary_ns;
	hold_at(venue, market, boundary_ns);
}

static void cross_market(struct simulated_venue *venue, struct venue_market *market,
			 int64_t venue_ns)
{
	for (;;) {
		int64_t boundary =
			instrument_next_boundary(venue->instruments, market->id, market->judged_ns);
		if (boundary > venue_ns)
			break;
		market->judged_ns = boundary;
		hold_at(venue, market, boundary);
	}
	if (market->pending_count > 0)
		settlement_complete(venue, market);
}

void settlement_cross(struct simulated_venue *venue)
{
	int64_t venue_ns = venue_time(venue);
	if (venue_ns < venue->due_ns)
		return;
	for (size_t i = 0; i < venue->market_count; i++) {
		struct venue_market *market = venue->markets[i];
		if (market->instrument->kind != INSTRUMENT_SPOT && venue_market_active(market))
			cross_market(venue, market, venue_ns);
	}
	settlement_refresh_due(venue);
}

int64_t simulated_venue_next_boundary_ns(const struct simulated_venue *venue, int64_t now_ns)
{
	if (venue->due_ns == INT64_MAX)
		return INT64_MAX;
	int64_t local_ns =
		market_state_local_time(venue->books, venue->options.venue, venue->due_ns);
	return local_ns > now_ns ? local_ns : now_ns;
}

void simulated_venue_settle(struct simulated_venue *venue, int64_t now_ns)
{
	venue->now_ns = now_ns;
	settlement_cross(venue);
}

int64_t simulated_venue_oldest_pending(const struct simulated_venue *venue)
{
	int64_t oldest = INT64_MAX;
	for (size_t i = 0; i < venue->market_count; i++)
		for (uint32_t p = 0; p < venue->markets[i]->pending_count; p++)
			if (venue->markets[i]->pending[p].boundary_ns < oldest)
				oldest = venue->markets[i]->pending[p].boundary_ns;
	return oldest;
}

static void describe(const struct simulated_venue *venue, const struct venue_market *market,
		     int64_t boundary_ns, struct quantity position, struct error *err)
{
	char name[INSTRUMENT_NAME_MAX], time[UTC_TEXT_MAX], held[DECIMAL_TEXT_MAX];
	struct settlement known = market_state_settlement(venue->books, market->id, boundary_ns);
	instrument_name(venue->instruments, market->id, name, sizeof(name));
	utc_format(boundary_ns, 0, time, sizeof(time));
	quantity_format(market->instrument, position, held, sizeof(held));
	error_set(err, ERROR_MISSING_DATA,
		  "%s: the funding settlement of %s is not known (no %s is recorded for it), and a "
		  "position of %s was held at it; import the venue's funding rates for that time, "
		  "or close the position before it",
		  name, time, known.rate_known ? "price" : "rate", held);
}

bool simulated_venue_settlement_overdue(const struct simulated_venue *venue, int64_t now_ns,
					int64_t patience_ns, struct error *err)
{
	int64_t venue_ns = market_state_venue_time(venue->books, venue->options.venue, now_ns);
	for (size_t i = 0; i < venue->market_count; i++) {
		const struct venue_market *market = venue->markets[i];
		for (uint32_t p = 0; p < market->pending_count; p++) {
			const struct pending_settlement *pending = &market->pending[p];
			if (patience_ns != 0 && venue_ns - pending->boundary_ns < patience_ns)
				continue;
			describe(venue, market, pending->boundary_ns, pending->position, err);
			return true;
		}
		if (market->boundary_lost) {
			describe(venue, market, market->lost_boundary_ns, market->position.quantity,
				 err);
			return true;
		}
	}
	return false;
}
