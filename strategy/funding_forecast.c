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

/* Values first + k * interval that are <= at, counted from k = 0. */
static int64_t count_up_to(int64_t at_ns, int64_t first_ns, int64_t interval_ns, int64_t count)
{
	if (at_ns < first_ns)
		return 0;
	i128 fitting = ((i128)at_ns - first_ns) / interval_ns + 1;
	return fitting < count ? (int64_t)fitting : count;
}

i128 funding_retention_sum_e18(int64_t first_ns, int64_t interval_ns, int64_t count)
{
	int64_t from = count_up_to(0, first_ns, interval_ns, count);
	i128 sum = from * (i128)RETENTION[0].kept_e18;
	for (size_t i = 1; i < RETENTION_POINTS && from < count; i++) {
		int64_t to = count_up_to(RETENTION[i].elapsed_ns, first_ns, interval_ns, count);
		int64_t values = to - from;
		i128 span = RETENTION[i].elapsed_ns - RETENTION[i - 1].elapsed_ns;
		i128 lost = RETENTION[i - 1].kept_e18 - RETENTION[i].kept_e18;
		i128 gone = 0;
		/* Of the times since the segment began: values x (first one + last one) / 2. */
		i128 ends = 2 * ((i128)first_ns - RETENTION[i - 1].elapsed_ns) +
			    ((i128)from + to - 1) * interval_ns;
		(void)mul_div(lost * values, ends, 2 * span, ROUND_HALF_EVEN, &gone);
		sum += values * (i128)RETENTION[i - 1].kept_e18 - gone;
		from = to;
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

struct summing {
	const struct instrument_table *instruments;
	const struct market_state *market;
	instrument_id id;
	const struct statement *statement;
	int64_t horizon_ns;
	int64_t end_ns; /* venue time, included */
	struct leg_forecast *forecast;
	i128 certain; /* of rates that are fixed */
	i128 parts;   /* of the stated rate, scale 18 */
};

/* One settlement by itself: one that is fixed, or one of a schedule that is about to change. */
static bool add_settlement(struct summing *sum, int64_t boundary)
{
	const struct statement *statement = sum->statement;
	int64_t interval = sum->forecast->interval_ns;
	i128 due = 0;
	struct settlement settlement = {0};
	if (statement->kind == FUNDING_NEXT && boundary <= statement->boundary_ns)
		settlement = market_state_settlement(sum->market, sum->id, boundary);
	if (settlement.rate_known) {
		due = settlement.rate.e18;
		sum->certain += due;
	} else {
		int64_t own = instrument_revision_at(sum->instruments, sum->id, boundary)
				      ->funding.interval_ns;
		i128 part = funding_retention_e18(boundary - statement->reference_ns);
		if (!mul_div(part, own, interval, ROUND_HALF_EVEN, &part) ||
		    !mul_div(statement->rate.e18, part, MONEY_ONE, ROUND_HALF_EVEN, &due))
			return false;
		sum->parts += part;
	}
	if (boundary == sum->forecast->next_boundary_ns)
		sum->forecast->next_e18 = due;
	sum->forecast->settlements++;
	return true;
}

/*
 * All settlements from *boundary on, of a schedule that no longer changes; *boundary becomes the
 * first one after the span.
 */
static bool add_regular(struct summing *sum, int64_t own_interval, int64_t *boundary)
{
	const struct statement *statement = sum->statement;
	struct leg_forecast *forecast = sum->forecast;
	int64_t count = (sum->end_ns - *boundary) / own_interval + 1;
	int64_t first = *boundary - statement->reference_ns;
	i128 part = funding_retention_sum_e18(first, own_interval, count);
	i128 next = funding_retention_e18(first);
	if (own_interval != forecast->interval_ns &&
	    (!mul_div(part, own_interval, forecast->interval_ns, ROUND_HALF_EVEN, &part) ||
	     !mul_div(next, own_interval, forecast->interval_ns, ROUND_HALF_EVEN, &next)))
		return false;
	if (*boundary == forecast->next_boundary_ns &&
	    !mul_div(statement->rate.e18, next, MONEY_ONE, ROUND_HALF_EVEN, &forecast->next_e18))
		return false;
	sum->parts += part;
	forecast->settlements += (unsigned)count;
	*boundary += count * own_interval;
	return true;
}

static bool add_all(struct summing *sum)
{
	const struct statement *statement = sum->statement;
	const struct instrument_revision *latest = instrument_latest(sum->instruments, sum->id);
	int64_t boundary = sum->forecast->next_boundary_ns;
	while (boundary <= sum->end_ns) {
		bool fixed = statement->kind == FUNDING_NEXT && boundary <= statement->boundary_ns;
		if (!fixed && boundary >= latest->effective_from_ns) {
			if (!add_regular(sum, latest->funding.interval_ns, &boundary))
				return false;
			break;
		}
		if (!add_settlement(sum, boundary))
			return false;
		boundary = instrument_next_boundary(sum->instruments, sum->id, boundary);
	}
	/* Time moves the span's start onto the first settlement, or its end onto the next one. */
	if (boundary != INT64_MAX && boundary - sum->horizon_ns < sum->forecast->unchanged_until_ns)
		sum->forecast->unchanged_until_ns = boundary - sum->horizon_ns;
	return true;
}

struct leg_forecast funding_forecast(const struct instrument_table *instruments,
				     const struct market_state *market, instrument_id id,
				     int64_t now_local_ns, int64_t horizon_ns)
{
	const struct instrument *instrument = instrument_get(instruments, id);
	int64_t now = market_state_venue_time(market, instrument->venue, now_local_ns);
	struct leg_forecast forecast = {.next_boundary_ns =
						instrument_next_boundary(instruments, id, now)};
	forecast.unchanged_until_ns = forecast.next_boundary_ns;
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

	struct summing sum = {.instruments = instruments,
			      .market = market,
			      .id = id,
			      .statement = &statement,
			      .horizon_ns = horizon_ns,
			      .end_ns = now + horizon_ns,
			      .forecast = &forecast};
	i128 expected;
	if (!add_all(&sum) ||
	    !mul_div(statement.rate.e18, sum.parts, MONEY_ONE, ROUND_HALF_EVEN, &expected))
		return forecast;
	forecast.expected_e18 = expected + sum.certain;
	forecast.known = true;
	return forecast;
}
