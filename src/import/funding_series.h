/*
 * What the stamps of one instrument's settlements say about its schedule: interval and phase, when
 * they changed, and which settlements were late, extra or missing. Pure.
 */
#ifndef FUNDARB_SRC_IMPORT_FUNDING_SERIES_H
#define FUNDARB_SRC_IMPORT_FUNDING_SERIES_H

#include "core/base/money.h"
#include "core/market/instrument.h"

/* So many equal steps in a row are a new schedule, fewer are irregularities. */
#define FUNDING_STEPS_OF_SCHEDULE 6
#define FUNDING_LATE_NS		  INT64_C(60000000000)
#define FUNDING_SCHEDULES_MAX	  64

struct funding_settlement {
	int64_t stamp_ns; /* as stated by the venue */
	struct rate rate;
	int64_t stated_interval_ns; /* 0 = the file names none */
	/* Filled by funding_series_analyse. */
	int64_t boundary_ns;
	int64_t interval_ns; /* that of its schedule; of an extra one, since the one before */
	bool extra;	     /* on no boundary of the schedule, or a second one on it */
};

struct funding_schedule {
	int64_t effective_from_ns; /* the first: INT64_MIN */
	int64_t interval_ns, phase_ns;
};

struct funding_series {
	struct funding_schedule schedules[FUNDING_SCHEDULES_MAX];
	size_t schedule_count; /* >= 1 */
	uint64_t late, extra, missing;
	int64_t latest_ns;
};

/*
 * Analyses count >= 1 settlements in ascending order of stamps. `usual` is the venue's known
 * schedule, which holds where there are too few rows to tell.
 */
void funding_series_analyse(struct funding_settlement *settlements, size_t count,
			    const struct funding_terms *usual, struct funding_series *series);

#endif
