#include "exchanges/testnet/feed_state.h"

#include "core/base/utc.h"
#include "exchanges/testnet/funding_formula.h"

#define NOISE_ONE      65536
#define PREMIUM_CALM   INT64_C(100000)	/* 1 bp: inside the clamp */
#define PREMIUM_PAYING INT64_C(2500000) /* 25 bp */
#define PREMIUM_OTHER  INT64_C(-500000) /* -5 bp: a rate of 0 */
#define PREMIUM_NOISE  INT64_C(3000)	/* of one step */
#define PREMIUM_PULL   64		/* steps to come near the target */
#define BASIS_NOISE    INT64_C(4000)
#define BASIS_PULL     32
#define PRICE_PULL     200000 /* back to the start, so that a long run stays on its grid */
#define FLIP_INTERVALS 4
/* The true price stays within these of its start. */
#define PRICE_LOW_TENTHS  6
#define PRICE_HIGH_TENTHS 16

/* About normal, standard deviation NOISE_ONE: the sum of 12 uniforms. */
static int64_t noise(struct random *random)
{
	int64_t sum = 0;
	for (int draw = 0; draw < 3; draw++)
		for (uint64_t bits = random_u64(random), part = 0; part < 4; part++, bits >>= 16)
			sum += (int64_t)(bits & 0xffff);
	return sum - 6 * NOISE_ONE;
}

static int64_t square_root(i128 value)
{
	i128 low = 0, high = (i128)1 << 62;
	while (low < high) {
		i128 middle = (low + high + 1) / 2;
		if (middle <= value / middle)
			low = middle;
		else
			high = middle - 1;
	}
	return (int64_t)low;
}

int64_t feed_step_sigma(const struct market_feed_options *options)
{
	/* sigma of a minute x sqrt(step / minute), in 10^-9. */
	i128 minute = (i128)options->volatility_bp * (FRACTION_ONE / 10000);
	return square_root(minute * minute * options->book_interval_ns / NS_PER_MINUTE);
}

static void set_targets(struct market_feed *feed, struct feed_coin *coin)
{
	for (size_t v = 0; v < FEED_VENUES_MAX; v++) {
		struct feed_premium *premium = &coin->premiums[v];
		if (premium->fixed)
			continue;
		premium->target = PREMIUM_CALM;
		if (coin->regime != FEED_CALM)
			premium->target = v == coin->payer ? PREMIUM_PAYING : PREMIUM_OTHER;
	}
	coin->intervals_to_flip =
		coin->regime == FEED_FLIPPING
			? FLIP_INTERVALS + (unsigned)random_below(&feed->random, 5)
			: 0;
}

void feed_coin_begin(struct market_feed *feed, struct feed_coin *coin)
{
	static const enum feed_regime MIX[] = {FEED_ONE_SIDED, FEED_CALM, FEED_FLIPPING};
	coin->regime = feed->options.regime;
	if (coin->regime == FEED_MIXED)
		coin->regime = MIX[(size_t)(coin - feed->coins) % 3];
	if (feed->venue_count > 0)
		coin->payer = (size_t)random_below(&feed->random, feed->venue_count);
	set_targets(feed, coin);
	for (size_t v = 0; v < FEED_VENUES_MAX; v++)
		coin->premiums[v].now = coin->premiums[v].target;
}

static int64_t times_fraction(int64_t value, i128 fraction)
{
	return (int64_t)(value * fraction / FRACTION_ONE);
}

static void keep_in_bounds(struct feed_coin *coin)
{
	int64_t low = coin->start / 10 * PRICE_LOW_TENTHS;
	int64_t high = coin->start / 10 * PRICE_HIGH_TENTHS;
	if (coin->price < low)
		coin->price = low;
	if (coin->price > high)
		coin->price = high;
}

static void move_price(struct market_feed *feed, struct feed_coin *coin)
{
	const struct market_feed_options *options = &feed->options;
	i128 move = (i128)feed->sigma * noise(&feed->random) / NOISE_ONE;
	uint64_t steps_a_day = (uint64_t)(NS_PER_DAY / options->book_interval_ns);
	if (options->gaps_per_day > 0 &&
	    random_below(&feed->random, steps_a_day) < options->gaps_per_day)
		move += (i128)options->gap_bp * (FRACTION_ONE / 10000) *
			(random_below(&feed->random, 2) == 0 ? 1 : -1);
	struct fault_occasion occasion = {.symbol = coin->name,
					  .now_ns = scheduler_now(feed->scheduler)};
	move += (i128)fault_plan_number(feed->faults, "book.move_bps", &occasion, 0) *
		(FRACTION_ONE / 10000);
	coin->price += times_fraction(coin->price, move);
	coin->price += (coin->start - coin->price) / PRICE_PULL;
	keep_in_bounds(coin);
}

void feed_coin_step(struct market_feed *feed, struct feed_coin *coin)
{
	move_price(feed, coin);
	for (size_t v = 0; v < feed->venue_count; v++) {
		struct feed_premium *premium = &coin->premiums[v];
		premium->now += (premium->target - premium->now) / PREMIUM_PULL +
				PREMIUM_NOISE * noise(&feed->random) / NOISE_ONE;
		premium->sum += premium->now;
		premium->samples++;
		coin->basis[v] += BASIS_NOISE * noise(&feed->random) / NOISE_ONE -
				  coin->basis[v] / BASIS_PULL;
	}
}

struct rate feed_coin_premium(const struct feed_coin *coin, size_t venue)
{
	const struct feed_premium *premium = &coin->premiums[venue];
	int64_t average = premium->now;
	if (premium->samples > 0)
		average = (int64_t)(premium->sum / premium->samples);
	int64_t step = FUNDING_PREMIUM_STEP_E18;
	return (struct rate){average * (RATE_ONE / FRACTION_ONE) / step * step};
}

void feed_coin_settled(struct market_feed *feed, struct feed_coin *coin, size_t venue)
{
	coin->premiums[venue].sum = 0;
	coin->premiums[venue].samples = 0;
	if (venue != 0 || coin->intervals_to_flip == 0 || --coin->intervals_to_flip > 0)
		return;
	coin->payer = (coin->payer + 1) % feed->venue_count;
	set_targets(feed, coin);
}

int64_t feed_price_units(const struct instrument *instrument, int64_t token_price, int64_t fraction)
{
	i128 units = 0;
	if (!exact_ratio((i128[]){token_price, instrument->multiplier, FRACTION_ONE + fraction,
				  i128_power_of_ten(instrument->price_decimals)},
			 4, (i128[]){i128_power_of_ten(TOKEN_PRICE_DIGITS), FRACTION_ONE}, 2,
			 ROUND_HALF_EVEN, &units) ||
	    units > INT64_MAX)
		return 0;
	return (int64_t)units;
}
