#include "strategy/funding_forecast.h"

#include "core/base/utc.h"

/* Fraction of a spread still there after a time; docs/strategy.md names the source. */
static const struct {
	int64_t elapsed_ns;
	int64_t kept_e18;
} RETENTION[] = {
	{0, INT64_C(1000000000000000000)},
	{8 * NS_PER_HOUR, INT64_C(580000000000000000)},
	{24 * NS_PER_HOUR, INT64_C(420000000000000000)},
	{72 * NS_PER_HOUR, INT64_C(260000000000000000)},
	{168 * NS_PER_HOUR, INT64_C(110000000000000000)},
};
#define RETENTION_POINTS (sizeof(RETENTION) / sizeof(RETENTION[0]))

i128 funding_retention_e18(int64_t elapsed_ns)
{
	if (elapsed_ns <= 0)
		return RETENTION[0].kept_e18;
	for (size_t i = 1; i < RETENTION_POINTS; i++) {
		if (elapsed_ns > RETENTION[i].elapsed_ns)
			continue;
		i128 span = RETENTION[i].elapsed_ns - RETENTION[i - 1].elapsed_ns;
		i128 lost = RETENTION[i - 1].kept_e18 - RETENTION[i].kept_e18;
		i128 gone = 0;
		/* Both factors are below 10^18 and 10^15: cannot overflow. */
		(void)mul_div(lost, elapsed_ns - RETENTION[i - 1].elapsed_ns, span, ROUND_HALF_EVEN,
			      &gone);
		return RETENTION[i - 1].kept_e18 - gone;
	}
	return 0;
}

/*
 * Sum of the retention at `count` times, the first after first_ns and then every interval_ns. Each
 * stretch of the table is linear, so its share is an arithmetic series with one rounding: the cost
 * does not grow with the horizon.
 */
static i128 retention_sum_e18(int64_t first_ns, int64_t interval_ns, int64_t count)
{
	i128 sum = 0;
	int64_t at_ns = first_ns;
	while (count > 0 && at_ns <= 0) {
		sum += RETENTION[0].kept_e18;
		at_ns += interval_ns;
		count--;
	}
	for (size_t i = 1; i < RETENTION_POINTS && count > 0; i++) {
		if (at_ns > RETENTION[i].elapsed_ns)
			continue;
		int64_t terms = (RETENTION[i].elapsed_ns - at_ns) / interval_ns + 1;
		if (terms > count)
			terms = count;
		i128 span = RETENTION[i].elapsed_ns - RETENTION[i - 1].elapsed_ns;
		i128 lost = RETENTION[i - 1].kept_e18 - RETENTION[i].kept_e18;
		/* Sum of the terms' times since the stretch began: at most 10^4 terms of 10^15 ns.
		 */
		i128 elapsed = (i128)terms * (at_ns - RETENTION[i - 1].elapsed_ns) +
			       (i128)interval_ns * terms * (terms - 1) / 2;
		i128 gone = 0;
		(void)mul_div(lost, elapsed, span, ROUND_HALF_EVEN, &gone);
		sum += terms * (i128)RETENTION[i - 1].kept_e18 - gone;
		at_ns += terms * interval_ns;
		count -= terms;
	}
	return sum;
}

/* What the newest word on an instrument's funding says, and from when its decay counts. */
struct statement {
	bool known;
	enum funding_kind kind;
	struct rate rate;
	int64_t boundary_ns;
	int64_t known_since_ns; /* local */
	int64_t reference_ns;	/* venue time at which retention is 1 */
};

static struct statement newest_statement(const struct market_state *market,
					 const struct instrument *instrument)
{
	const struct funding_state *funding = market_state_funding(market, instrument->id);
	struct statement statement = {0};
	/* A settled record outranks a statement about the same or an earlier boundary. */
	if (funding->settled_known &&
	    (!funding->rate_known || funding->boundary_ns <= funding->settled_boundary_ns)) {
		statement.known = true;
		statement.kind = FUNDING_SETTLED;
		statement.rate = funding->settled_rate;
		statement.boundary_ns = funding->settled_boundary_ns;
		statement.known_since_ns = market_state_local_time(market, instrument->venue,
								   funding->settled_boundary_ns);
		statement.reference_ns = statement.boundary_ns;
	} else if (funding->rate_known) {
		statement.known = true;
		statement.kind = funding->kind;
		statement.rate = funding->rate;
		statement.boundary_ns = funding->boundary_ns;
		statement.known_since_ns = funding->local_ns;
		statement.reference_ns =
			funding->kind == FUNDING_NEXT
				? funding->boundary_ns
				: market_state_venue_time(market, instrument->venue,
							  funding->local_ns);
	}
	return statement;
}

/* Parts of the stated rate that this boundary is expected to pay, scale 18. */
static bool expected_part(const struct statement *statement, int64_t boundary_ns,
			  int64_t interval_ns, int64_t own_interval_ns, i128 *part)
{
	i128 kept = funding_retention_e18(boundary_ns - statement->reference_ns);
	if (own_interval_ns == interval_ns) {
		*part = kept;
		return true;
	}
	return mul_div(kept, own_interval_ns, interval_ns, ROUND_HALF_EVEN, part);
}

struct leg_forecast funding_forecast(const struct instrument_table *instruments,
				     const struct market_state *market, instrument_id id,
				     int64_t now_local_ns, int64_t horizon_ns)
{
	const struct instrument *instrument = instrument_get(instruments, id);
	int64_t now = market_state_venue_time(market, instrument->venue, now_local_ns);
	struct leg_forecast forecast = {.next_boundary_ns =
						instrument_next_boundary(instruments, id, now)};
	if (forecast.next_boundary_ns == INT64_MAX) {
		forecast.known = true;
		forecast.known_since_ns = now_local_ns;
		return forecast;
	}
	struct statement statement = newest_statement(market, instrument);
	forecast.rate = statement.rate;
	forecast.kind = statement.kind;
	forecast.known_since_ns = statement.known_since_ns;
	forecast.interval_ns = instrument_revision_at(instruments, id,
						      statement.known ? statement.boundary_ns : now)
				       ->funding.interval_ns;
	if (!statement.known || forecast.interval_ns <= 0)
		return forecast;

	i128 parts = 0;
	i128 certain = 0;
	bool one_schedule =
		instrument_revision_at(instruments, id, now) == instrument_latest(instruments, id);
	for (int64_t boundary = forecast.next_boundary_ns;
	     boundary != INT64_MAX && boundary - now <= horizon_ns;
	     boundary = instrument_next_boundary(instruments, id, boundary)) {
		i128 part = 0;
		i128 due = 0;
		bool fixed = statement.kind == FUNDING_NEXT && boundary <= statement.boundary_ns;
		if (one_schedule && !fixed && boundary != forecast.next_boundary_ns) {
			/* From here on nothing changes but time. */
			int64_t interval = instrument_latest(instruments, id)->funding.interval_ns;
			int64_t count = (horizon_ns - (boundary - now)) / interval + 1;
			i128 rest = retention_sum_e18(boundary - statement.reference_ns, interval,
						      count);
			if (interval != forecast.interval_ns &&
			    !mul_div(rest, interval, forecast.interval_ns, ROUND_HALF_EVEN, &rest))
				return forecast;
			parts += rest;
			forecast.settlements += (unsigned)count;
			break;
		}
		struct settlement settlement = {0};
		if (fixed)
			settlement = market_state_settlement(market, id, boundary);
		if (settlement.rate_known) {
			due = settlement.rate.e18;
			certain += due;
		} else {
			int64_t own = instrument_revision_at(instruments, id, boundary)
					      ->funding.interval_ns;
			if (!expected_part(&statement, boundary, forecast.interval_ns, own,
					   &part) ||
			    !mul_div(statement.rate.e18, part, MONEY_ONE, ROUND_HALF_EVEN, &due))
				return forecast;
			parts += part;
		}
		if (boundary == forecast.next_boundary_ns)
			forecast.next_e18 = due;
		forecast.settlements++;
		/* Nothing is retained any more: later settlements add nothing but time. */
		if (!fixed && part == 0)
			break;
	}
	i128 expected;
	if (!mul_div(statement.rate.e18, parts, MONEY_ONE, ROUND_HALF_EVEN, &expected))
		return forecast;
	forecast.expected_e18 = expected + certain;
	forecast.known = true;
	return forecast;
}
