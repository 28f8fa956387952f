/*
 * Can this size be traded, and at what price? Walks real depth for the real size: per leg, and for
 * a pair the whole round trip as one figure. Every book it reads feeds the PriceProvider.
 *
 * The report keeps the fields and formulas of the seed's analyser; a crossed, stale, unsynced or
 * one-sided book is never acceptable here.
 */
#ifndef FUNDARB_EXECUTION_LIQUIDITY_ANALYZER_H
#define FUNDARB_EXECUTION_LIQUIDITY_ANALYZER_H

#include "execution/price_provider.h"

struct liquidity_limits {
	struct rate maximum_slippage; /* 0.005 */
	int32_t maximum_spread_bp;    /* 50 */
	struct rate minimum_score;    /* 0.6 */
	uint32_t depth_levels;	      /* 20: read per side; 0 = all */
};
struct liquidity_limits liquidity_defaults(void);

enum liquidity_recommendation {
	LIQUIDITY_INSUFFICIENT_DEPTH,
	LIQUIDITY_HIGH_SLIPPAGE_WARNING,
	LIQUIDITY_WIDE_SPREAD_WARNING,
	LIQUIDITY_USE_LIMIT,
	LIQUIDITY_USE_MARKET_ACCEPTABLE,
	LIQUIDITY_MODERATE,
	LIQUIDITY_ANALYSIS_FAILED, /* no usable book: unknown, not illiquid */
};
const char *liquidity_recommendation_text(enum liquidity_recommendation recommendation);

/* Fractions and prices at scale 18. */
struct liquidity_report {
	instrument_id instrument;
	enum side side;
	bool depth_sufficient;
	i128 expected_slippage; /* |average - touch| / touch */
	struct money expected_average_price;
	int32_t spread_bp; /* truncated */
	i128 liquidity_score;
	enum liquidity_recommendation recommendation;
	uint32_t required_levels;
	struct money total_depth;    /* quote notional displayed on that side */
	struct money consumed_depth; /* what the walk would take */
	struct money mid_price, best_bid, best_ask;
	struct price worst_price; /* of the last level taken: the IOC cap that fills it */
	struct quantity filled;	  /* of the quantity asked for */
	struct money value;	  /* of that fill in the settle asset */
	bool acceptable;
};

/*
 * Pure: walks `book` for a quantity. The seed walks by quote notional: use
 * liquidity_report_for_notional for its vectors.
 */
void liquidity_report_for_quantity(const struct instrument *instrument,
				   const struct liquidity_limits *limits,
				   const struct depth_value *book, enum side side,
				   struct quantity quantity, struct liquidity_report *report);
void liquidity_report_for_notional(const struct instrument *instrument,
				   const struct liquidity_limits *limits,
				   const struct depth_value *book, enum side side,
				   struct money notional, struct liquidity_report *report);

/*
 * Quantity displayed within `bp` of the touch, for an order of that side (a buy counts asks), cut
 * at INT64_MAX units.
 */
struct quantity liquidity_within_bp(const struct depth_value *book, enum side side, int32_t bp);

struct liquidity_analyzer;
struct liquidity_analyzer *liquidity_analyzer_create(const struct liquidity_limits *limits,
						     struct scheduler *scheduler,
						     const struct instrument_table *instruments,
						     const struct market_state *market,
						     const struct exchange_clients *clients,
						     struct price_provider *prices);
/* As price_provider_free; free it before the provider. */
void liquidity_analyzer_free(struct liquidity_analyzer *analyzer);

/* Both directions of one leg: enter now with `side`, leave now on the other side. */
struct leg_liquidity {
	struct liquidity_report entry;
	struct liquidity_report exit;
	enum price_source source; /* stream book or a depth read */
	int64_t confirmed_ns;
};
/* known == false: no usable book; leg is NULL and why says so. Borrowed until it returns. */
typedef void (*liquidity_done)(void *user, bool known, const struct leg_liquidity *leg,
			       const char *why);
/*
 * Takes the live stream's book when streams are on and it is synced and fresh (PRICE_FOR_LIMIT's
 * age); otherwise one depth read, whose touch is cached with source liquidity_check. The same
 * question again, while that book may still price an order and nothing has invalidated its touch,
 * gets the same answer without a read: one read serves the strategy's look and the order. A book
 * whose price jumped is known only once the PriceProvider confirmed it. Completes exactly once,
 * later, at the latest at deadline_ns. More than LIQUIDITY_CHECKS_MAX at a time: the surplus is
 * unknown.
 */
#define LIQUIDITY_CHECKS_MAX 256
void liquidity_analyzer_check(struct liquidity_analyzer *analyzer, instrument_id instrument,
			      enum side side, struct quantity quantity, int64_t deadline_ns,
			      liquidity_done done, void *user);

/*
 * The whole round trip of a pair as one figure: four walks (exits priced on the opposite side now),
 * each the distance of its average price from the mid as a fraction of the mid, plus four taker
 * fees, in units of 10^-18 of the mid notional (1 bp = 10^14). False if any walk is not filled.
 */
bool liquidity_round_trip_cost(const struct instrument_table *instruments,
			       const struct leg_liquidity *legs, size_t leg_count, i128 *cost_e18);

#endif
