/*
 * What happens in the testnet's markets beyond its accounts: a made-up market (one true price a
 * coin, shared by all venues) or a recording, told to any number of trading floors through the
 * scheduler. Integers only; the same seed and the same clock give the same events. It is a stage,
 * not a model of a real market.
 *
 * Every venue's mid is the true price x (1 + basis + premium); mark and mid carry the premium,
 * index and oracle are the true price. The premium follows the coin's regime; its average over the
 * interval gives the published rate by the formula of funding_formula.h, rounded to the venue's own
 * step. Estimates come with the marks, the settled record with the first step after the boundary.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_MARKET_FEED_H
#define FUNDARB_EXCHANGES_TESTNET_MARKET_FEED_H

#include "exchanges/testnet/trading_floor.h"

#define FEED_COINS_MAX	256
#define FEED_VENUES_MAX 4
#define FEED_LEVELS_MAX 100

enum feed_regime {
	FEED_CALM,	/* premiums inside the clamp: 0.00125 % an interval everywhere */
	FEED_ONE_SIDED, /* longs of one venue pay about 0.025 % an interval, elsewhere about 0 */
	FEED_FLIPPING,	/* as one-sided, and every 4 to 8 intervals the payer changes */
	FEED_MIXED,	/* coin by coin: one-sided, calm, flipping, one-sided, ... */
};
const char *feed_regime_text(enum feed_regime regime); /* "calm", "one-sided", ... */

struct market_feed_options {
	uint64_t seed;
	int64_t book_interval_ns; /* between two book messages of one market, >= 10 ms */
	int64_t mark_interval_ns; /* between marks (with estimates), a multiple of it in effect */
	unsigned levels;	  /* a side, 1..FEED_LEVELS_MAX */
	unsigned thin_percent;	  /* of the coin's usual size at a level; 100 = usual */
	unsigned volatility_bp;	  /* standard deviation of the true price over a minute */
	unsigned gaps_per_day;	  /* of one coin: jumps of gap_bp, either way */
	unsigned gap_bp;
	unsigned trades_per_minute; /* of one market, on average */
	enum feed_regime regime;
};
struct market_feed_options market_feed_defaults(void);

struct market_feed;
/* faults (may be NULL): book.move_bps, with symbol= the coin. */
struct market_feed *market_feed_create(const struct market_feed_options *options,
				       struct scheduler *scheduler,
				       const struct instrument_table *instruments,
				       struct fault_plan *faults);
void market_feed_free(struct market_feed *feed);

/* coin: the canonical asset; price of one canonical token, scale 18, above 0; level_usd: usual
 * notional of one level. Before the venues. False: too many, twice, or out of range. */
bool market_feed_add_coin(struct market_feed *feed, const char *coin, struct money price,
			  unsigned level_usd);

struct feed_venue_options {
	unsigned spread_tenth_bp; /* between best bid and best ask, at least one grid step */
	struct rate rate_step;	  /* published rates are multiples of it; 0: as computed */
};
/* Feeds every live, not delisted instrument of the floor's venue whose canonical coin was added;
 * returns how many. The floor must outlive the feed. */
size_t market_feed_add_venue(struct market_feed *feed, struct trading_floor *floor,
			     const struct feed_venue_options *options);

/*
 * Books, trades and rates from recordings instead, from now on in recorded time: the first venue
 * recorded feeds the first floor and so on (one: feeds all). Recorded rates are taken per hour and
 * paid per interval of the testnet. Books are sampled at book_interval_ns, aggregated to the
 * floor's ticks. Coins without a recorded market stay made up. At the end everything stays as it
 * was last. Before market_feed_start.
 */
bool market_feed_use_recording(struct market_feed *feed, const char *const *paths, size_t count,
			       struct error *err);
/*
 * First books and marks now, then in steps. Made-up markets have a past of so many settlements: a
 * venue that opened this minute would have no history to judge it by.
 */
#define FEED_PAST_SETTLEMENTS 72
void market_feed_start(struct market_feed *feed);

/* The true price (scale 18); false: no such coin, or it is not above 0. The market jumps there. */
bool market_feed_set_price(struct market_feed *feed, const char *coin, struct money price);
struct money market_feed_price(const struct market_feed *feed, const char *coin);
/* The premium that `venue` (0.. in order of market_feed_add_venue) is drawn to from now on;
 * false: no such coin or venue. The regime no longer moves it. */
bool market_feed_set_premium(struct market_feed *feed, const char *coin, size_t venue,
			     struct rate premium);

#endif
