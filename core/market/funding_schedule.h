/* When funding settles: boundaries phase + k * interval in venue time, across revisions. */
#ifndef FUNDARB_CORE_MARKET_FUNDING_SCHEDULE_H
#define FUNDARB_CORE_MARKET_FUNDING_SCHEDULE_H

#include "core/market/instrument.h"

/* First boundary > venue_ns under these terms; INT64_MAX if it pays no funding. */
int64_t funding_next_boundary(const struct funding_terms *terms, int64_t venue_ns);
/* Last boundary <= venue_ns; INT64_MIN if it pays no funding. */
int64_t funding_last_boundary(const struct funding_terms *terms, int64_t venue_ns);
/*
 * First boundary > venue_ns of an instrument whose schedule may change: a boundary belongs to the
 * revision in force at it; the change instant itself is a boundary only if the new schedule says
 * so.
 */
int64_t instrument_next_boundary(const struct instrument_table *table, instrument_id id,
				 int64_t venue_ns);
/*
 * Which boundary a stamped settlement belongs to (stamps are 0..47 ms late on Binance, up to
 * minutes on others, docs/recording-format.md): the last boundary <= stamp + 1 s if the stamp is
 * less than half an interval late. Returns false for an irregular stamp (an extra settlement, a
 * changed interval), which then is its own boundary: *boundary_ns = stamp_ns.
 */
bool funding_snap(const struct funding_terms *terms, int64_t stamp_ns, int64_t *boundary_ns);

#endif
