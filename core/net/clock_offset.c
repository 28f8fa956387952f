#include "core/net/clock_offset.h"

#define ROUND_TRIP_MAX_NS INT64_C(5000000000)
#define MILLION		  1000000

void clock_offset_sample(struct clock_offset *clock, int64_t sent_ns, int64_t received_ns,
			 int64_t venue_ns, int64_t resolution_ns)
{
	int64_t round_trip_ns, low_ns, high_ns;
	if (received_ns < sent_ns || resolution_ns < 0)
		return;
	/* The venue's stamp is foreign: any 64 bits. */
	if (__builtin_sub_overflow(received_ns, sent_ns, &round_trip_ns) ||
	    round_trip_ns > ROUND_TRIP_MAX_NS ||
	    __builtin_sub_overflow(venue_ns, received_ns, &low_ns) ||
	    __builtin_add_overflow(low_ns, round_trip_ns, &high_ns) ||
	    __builtin_add_overflow(high_ns, resolution_ns, &high_ns))
		return;
	clock->samples[clock->next].at_ns = received_ns;
	clock->samples[clock->next].low_ns = low_ns;
	clock->samples[clock->next].high_ns = high_ns;
	clock->next = (clock->next + 1) % CLOCK_SAMPLES;
	if (clock->count < CLOCK_SAMPLES)
		clock->count++;
}

struct bound {
	int64_t low_ns, high_ns;
	uint64_t width_ns;
};

/* What sample i says of the offset at now_ns: wider by what both clocks may have drifted. */
static struct bound bound_at(const struct clock_offset *clock, unsigned i, int64_t now_ns)
{
	struct bound bound = {.low_ns = clock->samples[i].low_ns,
			      .high_ns = clock->samples[i].high_ns};
	int64_t age_ns;
	if (__builtin_sub_overflow(now_ns, clock->samples[i].at_ns, &age_ns))
		age_ns = INT64_MAX;
	int64_t drift_ns = age_ns > 0 ? age_ns / (MILLION / CLOCK_DRIFT_PPM) + 1 : 0;
	if (__builtin_sub_overflow(bound.low_ns, drift_ns, &bound.low_ns))
		bound.low_ns = INT64_MIN;
	if (__builtin_add_overflow(bound.high_ns, drift_ns, &bound.high_ns))
		bound.high_ns = INT64_MAX;
	bound.width_ns = (uint64_t)bound.high_ns - (uint64_t)bound.low_ns;
	return bound;
}

bool clock_offset_estimate(const struct clock_offset *clock, int64_t now_ns, int64_t *offset_ns,
			   int64_t *uncertainty_ns)
{
	if (clock->count == 0)
		return false;
	unsigned newest_at = (clock->next + CLOCK_SAMPLES - 1) % CLOCK_SAMPLES;
	struct bound newest = bound_at(clock, newest_at, now_ns);
	struct bound best = newest;
	for (unsigned i = 0; i < clock->count; i++) {
		struct bound bound = bound_at(clock, i, now_ns);
		bool agrees = bound.low_ns <= newest.high_ns && newest.low_ns <= bound.high_ns;
		if (agrees && bound.width_ns < best.width_ns)
			best = bound;
	}
	uint64_t half_ns = best.width_ns / 2;
	*offset_ns = (int64_t)((uint64_t)best.low_ns + half_ns);
	*uncertainty_ns = (int64_t)(best.width_ns - half_ns);
	return true;
}
