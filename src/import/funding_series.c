#include "src/import/funding_series.h"

#include "core/base/utc.h"
#include "core/market/funding_schedule.h"

#include <string.h>

/* Steps are told apart by whole hours: stamps are up to half an hour late. */
static int64_t step_between(const struct funding_settlement *a, const struct funding_settlement *b)
{
	return (b->stamp_ns - a->stamp_ns + NS_PER_HOUR / 2) / NS_PER_HOUR * NS_PER_HOUR;
}

static int64_t full_hour(int64_t stamp_ns)
{
	return (stamp_ns + NS_PER_SECOND) / NS_PER_HOUR * NS_PER_HOUR;
}

/* Number of equal steps from settlement `at` on. */
static size_t equal_steps(const struct funding_settlement *settlements, size_t count, size_t at)
{
	size_t steps = 0;
	while (at + steps + 1 < count &&
	       step_between(&settlements[at + steps], &settlements[at + steps + 1]) ==
		       step_between(&settlements[at], &settlements[at + 1]))
		steps++;
	return steps;
}

/* The phase that most of the first settlements of a schedule share. */
static int64_t phase_from(const struct funding_settlement *settlements, size_t count, size_t at,
			  int64_t interval_ns)
{
	int64_t best_ns = 0;
	size_t best = 0;
	size_t end = count - at > 2 * FUNDING_STEPS_OF_SCHEDULE ? at + 2 * FUNDING_STEPS_OF_SCHEDULE
								: count;
	for (size_t i = at; i < end; i++) {
		int64_t phase_ns = full_hour(settlements[i].stamp_ns) % interval_ns;
		size_t equal = 0;
		for (size_t j = at; j < end; j++)
			equal += full_hour(settlements[j].stamp_ns) % interval_ns == phase_ns;
		if (equal > best) {
			best = equal;
			best_ns = phase_ns;
		}
	}
	return best_ns;
}

static void first_schedule(const struct funding_settlement *settlements, size_t count,
			   const struct funding_terms *usual, struct funding_schedule *schedule)
{
	int64_t stated_ns = settlements[0].stated_interval_ns;
	schedule->effective_from_ns = INT64_MIN;
	schedule->interval_ns = usual->interval_ns;
	schedule->phase_ns = usual->phase_ns;
	if (stated_ns > 0) {
		schedule->interval_ns = stated_ns;
		schedule->phase_ns = full_hour(settlements[0].stamp_ns) % stated_ns;
		return;
	}
	for (size_t at = 0; at + FUNDING_STEPS_OF_SCHEDULE < count; at++) {
		if (equal_steps(settlements, count, at) < FUNDING_STEPS_OF_SCHEDULE)
			continue;
		int64_t step_ns = step_between(&settlements[at], &settlements[at + 1]);
		if (step_ns <= 0)
			continue;
		schedule->interval_ns = step_ns;
		schedule->phase_ns = phase_from(settlements, count, at, step_ns);
		return;
	}
}

/* The interval that begins at settlement `at`, if the schedule changes there; else 0. */
static int64_t new_interval(const struct funding_settlement *settlements, size_t count, size_t at,
			    int64_t interval_ns)
{
	if (at + 1 >= count)
		return 0;
	int64_t step_ns = step_between(&settlements[at], &settlements[at + 1]);
	int64_t stated_ns = settlements[at + 1].stated_interval_ns;
	/* What the file states needs no repetition, only a step that agrees with it. */
	if (stated_ns > 0)
		return stated_ns == step_ns && stated_ns != interval_ns ? stated_ns : 0;
	if (step_ns <= 0 || step_ns == interval_ns ||
	    equal_steps(settlements, count, at) < FUNDING_STEPS_OF_SCHEDULE)
		return 0;
	return step_ns;
}

static void classify(struct funding_settlement *settlement, const struct funding_schedule *schedule,
		     const struct funding_settlement *previous, struct funding_series *series)
{
	const struct funding_terms terms = {
		.pays = true,
		.interval_ns = schedule->interval_ns,
		.phase_ns = schedule->phase_ns,
	};
	settlement->interval_ns = settlement->stated_interval_ns > 0
					  ? settlement->stated_interval_ns
					  : schedule->interval_ns;
	bool regular = funding_snap(&terms, settlement->stamp_ns, &settlement->boundary_ns);
	if (!regular || (previous != NULL && settlement->boundary_ns <= previous->boundary_ns)) {
		settlement->extra = true;
		settlement->boundary_ns = settlement->stamp_ns;
		if (previous != NULL)
			settlement->interval_ns = settlement->stamp_ns - previous->stamp_ns;
		series->extra++;
		return;
	}
	int64_t late_ns = settlement->stamp_ns - settlement->boundary_ns;
	if (late_ns > FUNDING_LATE_NS)
		series->late++;
	if (late_ns > series->latest_ns)
		series->latest_ns = late_ns;
	if (previous != NULL) {
		int64_t steps =
			(settlement->boundary_ns - previous->boundary_ns) / schedule->interval_ns;
		if (steps > 1)
			series->missing += (uint64_t)(steps - 1);
	}
}

void funding_series_analyse(struct funding_settlement *settlements, size_t count,
			    const struct funding_terms *usual, struct funding_series *series)
{
	const struct funding_settlement *previous = NULL; /* the last one on a boundary */
	memset(series, 0, sizeof(*series));
	series->schedule_count = 1;
	first_schedule(settlements, count, usual, &series->schedules[0]);
	for (size_t i = 0; i < count; i++) {
		struct funding_schedule *schedule = &series->schedules[series->schedule_count - 1];
		classify(&settlements[i], schedule, previous, series);
		if (!settlements[i].extra)
			previous = &settlements[i];
		int64_t interval_ns = new_interval(settlements, count, i, schedule->interval_ns);
		if (interval_ns == 0 || series->schedule_count == FUNDING_SCHEDULES_MAX)
			continue;
		/* The old schedule's last settlement opens the new one. */
		series->schedules[series->schedule_count++] = (struct funding_schedule){
			.effective_from_ns = full_hour(settlements[i].stamp_ns),
			.interval_ns = interval_ns,
			.phase_ns = phase_from(settlements, count, i, interval_ns),
		};
	}
}
