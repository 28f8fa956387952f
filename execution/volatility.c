#include "execution/volatility.h"

#include "core/base/utc.h"
#include <stdlib.h>

bool volatility_begin(struct volatility *volatility)
{
	volatility->samples = calloc(INSTRUMENTS_MAX + 1, sizeof(*volatility->samples));
	return volatility->samples != NULL;
}

void volatility_end(struct volatility *volatility)
{
	free(volatility->samples);
	volatility->samples = NULL;
}

void volatility_observe(struct volatility *volatility, instrument_id instrument, struct price bid,
			struct price ask, int64_t now_ns)
{
	struct volatility_sample *sample = &volatility->samples[instrument];
	int64_t twice_mid = bid.units + ask.units;
	int64_t elapsed_ms = (now_ns - sample->at_ns) / NS_PER_MS;
	i128 move;

	if (bid.units <= 0 || ask.units <= bid.units ||
	    !volatility_due(volatility, instrument, now_ns))
		return;
	if (sample->at_ns != 0 &&
	    mul_div((i128)twice_mid - sample->twice_mid, 1000000, sample->twice_mid,
		    ROUND_HALF_EVEN, &move) &&
	    move > -1000000 && move < 1000000) {
		uint64_t squared = (uint64_t)(move * move) * 1000 / (uint64_t)elapsed_ms;
		if (sample->variance == 0)
			sample->variance = VOLATILITY_DEFAULT_VARIANCE;
		sample->variance = sample->variance - sample->variance / 16 + squared / 16;
		if (sample->variance == 0)
			sample->variance = 1;
	}
	sample->at_ns = now_ns;
	sample->twice_mid = twice_mid;
}

static u128 square_root(u128 value)
{
	u128 root = 0, bit = (u128)1 << 126;

	while (bit > value)
		bit >>= 2;
	for (; bit != 0; bit >>= 2) {
		if (value >= root + bit) {
			value -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

i128 volatility_move(const struct volatility *volatility, instrument_id instrument,
		     int64_t delay_ns)
{
	uint64_t variance = volatility->samples[instrument].variance;

	if (delay_ns <= 0)
		return 0;
	if (variance == 0)
		variance = VOLATILITY_DEFAULT_VARIANCE;
	/* sqrt(v * 1e-12 * d / 1e9) * 1e18 = sqrt(v * d * 1e15) */
	return (i128)square_root((u128)variance * (u128)delay_ns * 1000) * i128_power_of_ten(6);
}
