/* The coins worth recording: those that two venues trade, the most traded first. */
#include "src/market_recorder.h"

#include <stdlib.h>

struct coin {
	asset_id asset;
	venue_id venues[2];  /* of the largest and of the largest at another venue */
	i128 notional_e9[2]; /* open interest there, quote x 10^9 */
};

static i128 notional(const struct market_size *size)
{
	i128 value;
	if (!mul_div(size->mark.e18, size->interest.e18, MONEY_ONE * 1000000000, ROUND_HALF_EVEN,
		     &value))
		return 0;
	return value;
}

static void see(struct coin *coin, venue_id venue, i128 value)
{
	if (coin->venues[0] == venue) {
		if (value > coin->notional_e9[0])
			coin->notional_e9[0] = value;
	} else if (coin->venues[0] == 0 || value > coin->notional_e9[0]) {
		coin->venues[1] = coin->venues[0];
		coin->notional_e9[1] = coin->notional_e9[0];
		coin->venues[0] = venue;
		coin->notional_e9[0] = value;
	} else if (coin->venues[1] == 0 || value > coin->notional_e9[1]) {
		coin->venues[1] = venue;
		coin->notional_e9[1] = value;
	}
}

static int largest_first(const void *a, const void *b)
{
	const struct coin *one = a, *two = b;
	bool shared = one->venues[1] != 0, other = two->venues[1] != 0;
	if (shared != other)
		return shared ? -1 : 1;
	if (one->notional_e9[1] != two->notional_e9[1])
		return one->notional_e9[1] > two->notional_e9[1] ? -1 : 1;
	return one->asset < two->asset ? -1 : one->asset > two->asset;
}

void market_choose_shared(const struct instrument_table *instruments,
			  const struct market_size *sizes, const bool *usable, size_t most,
			  bool *chosen)
{
	struct coin *coins = calloc(ASSETS_MAX + 1, sizeof(*coins));
	size_t count = 0;
	if (!coins)
		abort();
	for (size_t i = 0; i <= ASSETS_MAX; i++) {
		coins[i].asset = (asset_id)i;
		count += chosen[i];
	}
	for (instrument_id id = 1; id <= instrument_count(instruments); id++) {
		const struct instrument *instrument = instrument_get(instruments, id);
		if (usable[id] && instrument->kind != INSTRUMENT_SPOT)
			see(&coins[instrument->canonical], instrument->venue, notional(&sizes[id]));
	}
	qsort(coins, ASSETS_MAX + 1, sizeof(*coins), largest_first);
	for (size_t i = 0; i <= ASSETS_MAX && coins[i].venues[1] != 0 && count < most; i++) {
		count += !chosen[coins[i].asset];
		chosen[coins[i].asset] = true;
	}
	free(coins);
}
