/*
 * How far a venue's clock is ahead of the recorder's, estimated from what has been received so far
 * and nothing later: venue time = local time + offset, where the offset is the greatest (event time
 * - receive time) seen, i.e. that of the fastest message, rounded up to the whole millisecond in
 * which the venue stamps. No message of the past then has a negative latency. What is left unknown
 * is the fastest message's own delay.
 *
 * A value more than CLOCK_OUTLIER_NS away from the estimate is set aside; when CLOCK_OUTLIERS of
 * them in a row agree, one of the clocks was set, and they become the estimate.
 */
#ifndef FUNDARB_SRC_IMPORT_CLOCK_ESTIMATE_H
#define FUNDARB_SRC_IMPORT_CLOCK_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_OUTLIER_NS INT64_C(60000000000)
#define CLOCK_OUTLIERS	 10

struct clock_estimate {
	bool known;
	int64_t offset_ns;
	/* How far a usual message lies behind the fastest: the scale on which the offset is sure.
	 */
	int64_t uncertainty_ns;
	uint64_t samples, outliers, changes;

	int64_t typical_gap_ns;
	int64_t outlier_ns; /* greatest of the present row of outliers */
	unsigned outlier_row;
};

/*
 * Takes one message's event time and receive time. True: the estimate is new or has moved, and is
 * to be recorded before that message.
 */
bool clock_estimate_sample(struct clock_estimate *clock, int64_t event_ns, int64_t local_ns);

#endif
