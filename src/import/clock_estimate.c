#include "src/import/clock_estimate.h"

#define STAMP_NS INT64_C(1000000) /* venues stamp in milliseconds */
/* Nothing is known of the spread at the first message. */
#define FIRST_UNCERTAINTY_NS (100 * STAMP_NS)
#define SMOOTHING	     64

static int64_t up_to_stamp(int64_t ns)
{
	int64_t rest = ns % STAMP_NS;
	if (rest < 0)
		rest += STAMP_NS;
	return rest == 0 ? ns : ns + STAMP_NS - rest;
}

static void adopt(struct clock_estimate *clock, int64_t ahead_ns)
{
	clock->offset_ns = up_to_stamp(ahead_ns);
	clock->changes++;
	clock->outlier_row = 0;
}

bool clock_estimate_sample(struct clock_estimate *clock, int64_t event_ns, int64_t local_ns)
{
	int64_t ahead_ns;
	if (__builtin_sub_overflow(event_ns, local_ns, &ahead_ns) || ahead_ns > INT64_MAX / 4 ||
	    ahead_ns < INT64_MIN / 4)
		return false;
	clock->samples++;
	if (!clock->known) {
		clock->known = true;
		clock->typical_gap_ns = FIRST_UNCERTAINTY_NS;
		clock->uncertainty_ns = FIRST_UNCERTAINTY_NS;
		adopt(clock, ahead_ns);
		return true;
	}
	int64_t gap_ns = clock->offset_ns - ahead_ns;
	if (gap_ns > CLOCK_OUTLIER_NS || gap_ns < -CLOCK_OUTLIER_NS) {
		int64_t apart_ns = ahead_ns - clock->outlier_ns;
		clock->outliers++;
		if (clock->outlier_row == 0 || apart_ns > CLOCK_OUTLIER_NS ||
		    apart_ns < -CLOCK_OUTLIER_NS) {
			clock->outlier_row = 1;
			clock->outlier_ns = ahead_ns;
			return false;
		}
		if (ahead_ns > clock->outlier_ns)
			clock->outlier_ns = ahead_ns;
		if (++clock->outlier_row < CLOCK_OUTLIERS)
			return false;
		clock->typical_gap_ns = FIRST_UNCERTAINTY_NS;
		clock->uncertainty_ns = FIRST_UNCERTAINTY_NS;
		adopt(clock, clock->outlier_ns);
		return true;
	}
	clock->outlier_row = 0;
	if (gap_ns >= 0) {
		clock->typical_gap_ns += (gap_ns - clock->typical_gap_ns) / SMOOTHING;
		return false;
	}
	clock->uncertainty_ns = clock->typical_gap_ns > STAMP_NS ? clock->typical_gap_ns : STAMP_NS;
	adopt(clock, ahead_ns);
	return true;
}
