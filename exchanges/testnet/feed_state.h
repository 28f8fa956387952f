/*
 * The inside of the market feed, shared by market_feed.c (life, time, what is told), feed_coins.c
 * (true prices, premiums) and feed_recording.c. Nobody outside exchanges/testnet includes it.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_FEED_STATE_H
#define FUNDARB_EXCHANGES_TESTNET_FEED_STATE_H

#include "exchanges/testnet/market_feed.h"

#define FEED_MARKETS_MAX   (FEED_COINS_MAX * FEED_VENUES_MAX)
#define FEED_SLOTS	   10 /* a step is cut into so many parts: coins take turns */
#define TOKEN_PRICE_DIGITS 12 /* true prices count 10^-12 */
#define FRACTION_ONE	   INT64_C(1000000000) /* basis and premium count 10^-9 */

/* Premium of one coin at one venue. */
struct feed_premium {
	int64_t target, now; /* 10^-9 */
	bool fixed;	     /* market_feed_set_premium */
	i128 sum;	     /* of the samples of the running interval */
	int64_t samples;
};

struct feed_coin {
	char name[NAME_MAX_LENGTH + 1];
	asset_id canonical;
	int64_t start, price; /* true price of one token, 10^-TOKEN_PRICE_DIGITS */
	unsigned level_usd;
	enum feed_regime regime;
	size_t payer;		    /* venue whose longs pay */
	unsigned intervals_to_flip; /* 0: never */
	struct feed_premium premiums[FEED_VENUES_MAX];
	int64_t basis[FEED_VENUES_MAX];	   /* 10^-9 */
	size_t first_market, market_count; /* its markets stand together */
};

struct feed_ladder {
	struct book_level levels[FEED_LEVELS_MAX];
	uint32_t count;
};

struct feed_venue {
	struct trading_floor *floor;
	struct feed_venue_options options;
};

/* One recorded instrument, as far as a market needs it. */
struct feed_recorded {
	instrument_id id; /* in the recording's own table */
	const struct instrument *instrument;
	bool rate_known;
	struct rate rate; /* per hour */
};

struct feed_market {
	size_t coin, venue;
	instrument_id id;
	const struct instrument *instrument;
	int64_t grid; /* price units between two levels */
	int64_t lots; /* usual lots at the touch */
	struct feed_ladder sides[2];
	bool started;
	int64_t boundary_ns; /* next settlement, venue time */
	int64_t next_mark_ns;
	struct quantity open_interest;
	const struct feed_recorded *recorded; /* NULL: made up */
};

struct market_feed {
	struct market_feed_options options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	struct fault_plan *faults;
	struct random random;
	int64_t sigma;		     /* of one step, 10^-9 */
	struct feed_coin *coins;     /* owned */
	struct feed_market *markets; /* owned; by coin, then venue */
	size_t coin_count, market_count;
	struct feed_venue venues[FEED_VENUES_MAX];
	size_t venue_count;
	size_t slot;
	schedule_id step;
	struct recorded_feed *recording; /* owned; NULL: none */
};

/* ---- feed_coins.c ---- */
void feed_coin_begin(struct market_feed *feed, struct feed_coin *coin);
/* One step of true price, basis and premiums. */
void feed_coin_step(struct market_feed *feed, struct feed_coin *coin);
/* An interval ended at a venue; the first one may change the payer. */
void feed_coin_settled(struct market_feed *feed, struct feed_coin *coin, size_t venue);
/* Average premium so far, a multiple of FUNDING_PREMIUM_STEP_E18. */
struct rate feed_coin_premium(const struct feed_coin *coin, size_t venue);
int64_t feed_step_sigma(const struct market_feed_options *options);
/* 10^-12 of a token's price as price units of an instrument, x (1 + fraction). */
int64_t feed_price_units(const struct instrument *instrument, int64_t token_price,
			 int64_t fraction);

/* ---- market_feed.c ---- */
void feed_tell(struct market_feed *feed, const struct feed_market *market,
	       struct market_event *event);

/* ---- feed_recording.c ---- */
struct recorded_feed;
void recorded_feed_free(struct recorded_feed *recording);
/* Recorded time begins to pass. */
void recorded_feed_start(struct recorded_feed *recording);
/* The recorded book at the market's own prices; false: none yet. */
bool recorded_feed_ladders(const struct market_feed *feed, const struct feed_market *market,
			   struct feed_ladder sides[2]);
/* Mark and index in the market's own price (scale 18); false: none yet. */
bool recorded_feed_marks(const struct market_feed *feed, const struct feed_market *market,
			 struct money *mark, struct money *index);
/* The last recorded rate, per hour; false: none yet. */
bool recorded_feed_rate(const struct market_feed *feed, const struct feed_market *market,
			struct rate *rate);

#endif
