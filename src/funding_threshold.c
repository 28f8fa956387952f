#include "src/funding_threshold.h"

#include "core/base/utc.h"
#include "core/market/funding_schedule.h"
#include "strategy/funding_forecast.h"

#define BASIS_POINT ((i128)100000000000000)
/*
 * A day of hourly settlements shows every constellation of the schedules in use. With shorter
 * intervals one settlement is so small a part that it does not matter which one is next.
 */
#define SEARCH_FROM_NS	 (20000 * NS_PER_DAY)
#define SEARCH_STEPS	 24
#define INTERVAL_MINIMUM NS_PER_MINUTE

static int64_t window_of(const struct threshold_terms *terms, size_t leg)
{
	int64_t most = terms->funding[leg].interval_ns / 20;
	return terms->settlement_window_ns < most ? terms->settlement_window_ns : most;
}

static bool entry_allowed(const struct threshold_terms *terms, int64_t now_ns)
{
	for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++) {
		const struct funding_terms *funding = &terms->funding[leg];
		int64_t window = window_of(terms, leg);
		if (!funding->pays)
			continue;
		if (funding_next_boundary(funding, now_ns) - now_ns <= window ||
		    now_ns - funding_last_boundary(funding, now_ns) <= window)
			return false;
	}
	return true;
}

/* Sum of interval x retention at a leg's settlements in (now, now + horizon], in ns at scale 18. */
static i128 retained_ns(const struct funding_terms *funding, int64_t now_ns, int64_t horizon_ns)
{
	i128 sum = 0;
	if (!funding->pays)
		return 0;
	for (int64_t at = funding_next_boundary(funding, now_ns); at - now_ns <= horizon_ns;
	     at = funding_next_boundary(funding, at))
		sum += funding_retention_e18(at - now_ns) * funding->interval_ns;
	return sum;
}

/* The allowed entry at which both legs together retain most; 0 if nothing is retained. */
static i128 best_entry(const struct threshold_terms *terms, int64_t *entry_ns)
{
	i128 best = 0;
	*entry_ns = SEARCH_FROM_NS;
	/* What is retained grows up to the end of every span in which an entry is allowed. */
	for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++) {
		const struct funding_terms *funding = &terms->funding[leg];
		if (!funding->pays)
			continue;
		int64_t at = SEARCH_FROM_NS;
		for (size_t step = 0; step < SEARCH_STEPS; step++) {
			at = funding_next_boundary(funding, at);
			int64_t now = at - window_of(terms, leg) - 1;
			i128 sum = 0;
			if (!entry_allowed(terms, now))
				continue;
			for (size_t other = 0; other < THRESHOLD_LEGS; other++)
				sum += retained_ns(&terms->funding[other], now, terms->horizon_ns);
			if (sum > best) {
				best = sum;
				*entry_ns = now;
			}
		}
	}
	return best;
}

static unsigned paying_legs(const struct threshold_terms *terms)
{
	return (unsigned)terms->funding[0].pays + (unsigned)terms->funding[1].pays;
}

/* The widest spread that the caps of both rates leave; false where one is unknown. */
static bool widest_spread(const struct threshold_terms *terms, i128 *out)
{
	i128 sum = 0;
	for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++) {
		struct rate_per_hour cap;
		if (!terms->funding[leg].pays)
			continue;
		if (terms->funding[leg].cap.e18 <= 0 ||
		    !rate_to_per_hour(terms->funding[leg].cap, terms->funding[leg].interval_ns,
				      &cap))
			return false;
		sum += cap.e18;
	}
	*out = sum;
	return true;
}

static int64_t break_even(const struct threshold_terms *terms, int64_t entry_ns,
			  const struct spread_threshold *found)
{
	int64_t at = entry_ns;
	i128 retained = 0, income = 0;
	if (found->fees_e18 <= 0)
		return 0;
	for (;;) {
		int64_t next = INT64_MAX;
		for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++) {
			int64_t boundary = funding_next_boundary(&terms->funding[leg], at);
			next = boundary < next ? boundary : next;
		}
		if (next == INT64_MAX || next - entry_ns > terms->horizon_ns)
			return INT64_MAX;
		for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++)
			if (funding_next_boundary(&terms->funding[leg], at) == next)
				retained += funding_retention_e18(next - entry_ns) *
					    terms->funding[leg].interval_ns;
		if (!exact_ratio((const i128[]){found->smallest.e18, retained}, 2,
				 (const i128[]){NS_PER_HOUR, MONEY_ONE, paying_legs(terms)}, 3,
				 ROUND_HALF_EVEN, &income))
			return INT64_MAX;
		if (income >= found->fees_e18)
			return next - entry_ns;
		at = next;
	}
}

bool spread_threshold(const struct threshold_terms *terms, struct spread_threshold *out)
{
	struct spread_threshold found = {.break_even_ns = INT64_MAX};
	int64_t entry_ns;
	for (size_t leg = 0; leg < THRESHOLD_LEGS; leg++)
		if (terms->funding[leg].pays &&
		    (terms->funding[leg].interval_ns < INTERVAL_MINIMUM ||
		     terms->funding[leg].interval_ns > NS_PER_DAY))
			return false;
	found.fees_e18 = 2 * ((i128)terms->taker[0].e18 + terms->taker[1].e18);
	i128 needed = found.fees_e18 + terms->minimum_edge_e18, widest;
	i128 retained = best_entry(terms, &entry_ns);
	found.reachable = retained > 0 || needed <= 0;
	if (retained > 0 && needed > 0) {
		if (!exact_ratio((const i128[]){needed, NS_PER_HOUR, MONEY_ONE, paying_legs(terms)},
				 4, &retained, 1, ROUND_CEILING, &found.smallest.e18))
			return false;
		found.capped = widest_spread(terms, &widest) && found.smallest.e18 > widest;
		found.reachable = !found.capped;
	}
	if (retained > 0)
		found.break_even_ns = break_even(terms, entry_ns, &found);
	*out = found;
	return true;
}

bool threshold_per_hour(int32_t bp, int64_t span_ns, struct rate_per_hour *out)
{
	return mul_div(bp * BASIS_POINT, NS_PER_HOUR, span_ns, ROUND_HALF_EVEN, &out->e18);
}

int64_t threshold_break_even_ns(struct rate_per_hour rate, i128 fees_e18)
{
	i128 time;
	if (fees_e18 <= 0)
		return 0;
	if (rate.e18 <= 0 || !mul_div(fees_e18, NS_PER_HOUR, rate.e18, ROUND_HALF_EVEN, &time) ||
	    time > INT64_MAX)
		return INT64_MAX;
	return (int64_t)time;
}
