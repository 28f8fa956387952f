/*
 * A venue's clock as seen from here. Each answered request that names the venue's time bounds the
 * offset (venue - local): the venue read its clock between our send and our receipt. The estimate
 * is the middle of the narrowest recent bound, its half width plus drift is the uncertainty. Pure.
 */
#ifndef FUNDARB_CORE_NET_CLOCK_OFFSET_H
#define FUNDARB_CORE_NET_CLOCK_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SAMPLES	16
#define CLOCK_DRIFT_PPM 50 /* how fast two clocks may part: widens old bounds */

/* Zeroed: no sample. */
struct clock_offset {
	unsigned count, next;
	struct {
		int64_t at_ns;
		int64_t low_ns, high_ns; /* offset lies within */
	} samples[CLOCK_SAMPLES];
};

/* resolution_ns: what the venue's stamp is cut to (1 ms, 1 s). A sample with received < sent or a
 * round trip over 5 s is ignored. */
void clock_offset_sample(struct clock_offset *clock, int64_t sent_ns, int64_t received_ns,
			 int64_t venue_ns, int64_t resolution_ns);
/* False: no sample yet. Of the samples that do not contradict the newest (after a step of the
 * venue's clock: the newest alone) the narrowest. |offset - its middle| <= uncertainty. */
bool clock_offset_estimate(const struct clock_offset *clock, int64_t now_ns, int64_t *offset_ns,
			   int64_t *uncertainty_ns);

#endif
