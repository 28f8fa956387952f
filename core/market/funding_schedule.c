#include "core/market/funding_schedule.h"

#include "core/base/int128.h"
#include "core/base/utc.h"

/* Stamps may be a little early where a venue's clock and its scheduler differ. */
#define SNAP_EARLY_NS NS_PER_SECOND

static i128 floor_boundary(const struct funding_terms *terms, i128 venue_ns)
{
	i128 since_phase = venue_ns - terms->phase_ns;
	i128 into = since_phase % terms->interval_ns;
	if (into < 0)
		into += terms->interval_ns;
	return venue_ns - into;
}

int64_t funding_next_boundary(const struct funding_terms *terms, int64_t venue_ns)
{
	if (!terms->pays)
		return INT64_MAX;
	i128 next = floor_boundary(terms, venue_ns) + terms->interval_ns;
	return next < INT64_MAX ? (int64_t)next : INT64_MAX;
}

int64_t funding_last_boundary(const struct funding_terms *terms, int64_t venue_ns)
{
	if (!terms->pays)
		return INT64_MIN;
	i128 last = floor_boundary(terms, venue_ns);
	return last > INT64_MIN ? (int64_t)last : INT64_MIN;
}

int64_t instrument_next_boundary(const struct instrument_table *table, instrument_id id,
				 int64_t venue_ns)
{
	uint32_t count = (uint32_t)instrument_revision_count(table, id);
	const struct instrument_revision *revision = instrument_revision_at(table, id, venue_ns);
	int64_t after = venue_ns;
	for (;;) {
		int64_t boundary = funding_next_boundary(&revision->funding, after);
		if (revision->number == count)
			return boundary;
		const struct instrument_revision *next =
			instrument_revision_numbered(table, id, revision->number + 1);
		if (boundary < next->effective_from_ns)
			return boundary;
		/* The new schedule counts from its own first instant, that instant included. */
		after = next->effective_from_ns - 1;
		revision = next;
	}
}

bool funding_snap(const struct funding_terms *terms, int64_t stamp_ns, int64_t *boundary_ns)
{
	*boundary_ns = stamp_ns;
	if (!terms->pays)
		return false;
	i128 boundary = floor_boundary(terms, (i128)stamp_ns + SNAP_EARLY_NS);
	if (2 * ((i128)stamp_ns - boundary) >= terms->interval_ns)
		return false;
	if (boundary < INT64_MIN || boundary > INT64_MAX)
		return false;
	*boundary_ns = (int64_t)boundary;
	return true;
}
