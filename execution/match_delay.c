#include "execution/match_delay.h"

#include <assert.h>

void match_delays_sample(struct match_delays *delays, venue_id venue, int64_t sent_ns,
			 int64_t match_ns)
{
	assert(venue <= VENUES_MAX);
	int64_t sample = match_ns > sent_ns ? match_ns - sent_ns : 0;

	if (!delays->venues[venue].known) {
		delays->venues[venue].known = true;
		delays->venues[venue].delay_ns = sample;
		return;
	}
	delays->venues[venue].delay_ns += (sample - delays->venues[venue].delay_ns) / 8;
}

int64_t match_delay(const struct match_delays *delays, venue_id venue)
{
	assert(venue <= VENUES_MAX);
	return delays->venues[venue].delay_ns;
}

void match_stagger(const struct match_delays *delays, const venue_id *venues, size_t count,
		   int64_t *later_ns)
{
	int64_t slowest = 0;

	for (size_t i = 0; i < count; i++)
		if (match_delay(delays, venues[i]) > slowest)
			slowest = match_delay(delays, venues[i]);
	for (size_t i = 0; i < count; i++) {
		later_ns[i] = slowest - match_delay(delays, venues[i]);
		if (later_ns[i] > MATCH_STAGGER_MAX_NS)
			later_ns[i] = MATCH_STAGGER_MAX_NS;
	}
}
