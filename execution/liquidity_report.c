/*
 * The walk through a book and the seed's figures of it. Average = notional / base, both summed
 * level by level at scale 18, so one formula serves linear and inverse instruments (an inverse
 * level is worth contracts x size in quote, whatever its price).
 */
#include "execution/liquidity_analyzer.h"

#include <stdlib.h>
#include <string.h>

#define BP 10000

/* Recommendation bounds of the seed; they are not limits and not configurable. */
#define SLIPPAGE_USE_LIMIT  (MONEY_ONE / 1000)
#define SLIPPAGE_USE_MARKET (5 * MONEY_ONE / 1000)
#define NO_SPREAD_BP	    9999

const char *liquidity_recommendation_text(enum liquidity_recommendation recommendation)
{
	switch (recommendation) {
	case LIQUIDITY_INSUFFICIENT_DEPTH:
		return "insufficient_depth";
	case LIQUIDITY_HIGH_SLIPPAGE_WARNING:
		return "high_slippage_warning";
	case LIQUIDITY_WIDE_SPREAD_WARNING:
		return "wide_spread_warning";
	case LIQUIDITY_USE_LIMIT:
		return "use_limit";
	case LIQUIDITY_USE_MARKET_ACCEPTABLE:
		return "use_market_acceptable";
	case LIQUIDITY_MODERATE:
		return "moderate_liquidity";
	case LIQUIDITY_ANALYSIS_FAILED:
		return "analysis_failed";
	}
	abort();
}

struct liquidity_limits liquidity_defaults(void)
{
	return (struct liquidity_limits){
		.maximum_slippage = {RATE_ONE / 200},
		.maximum_spread_bp = 50,
		.minimum_score = {RATE_ONE / 10 * 6},
		.depth_levels = 20,
	};
}

/* Half is asked for: a quantity, or a quote notional. */
struct walk {
	const struct instrument *instrument;
	bool by_notional;
	int64_t units_left;
	i128 notional_left;
	/* What it found. */
	i128 notional, base; /* scale 18 */
	int64_t filled_units;
	uint32_t levels;
	struct price worst;
};

static bool walk_done(const struct walk *walk)
{
	return walk->by_notional ? walk->notional_left == 0 : walk->units_left == 0;
}

/* How much of this level is taken: all of it, or the part that is still asked for. */
static bool take_part(struct walk *walk, struct book_level level, int64_t *units, i128 *notional)
{
	struct money value;
	if (!walk->by_notional) {
		*units = level.quantity.units < walk->units_left ? level.quantity.units
								 : walk->units_left;
		walk->units_left -= *units;
		if (!contract_notional(walk->instrument, (struct quantity){*units}, level.price,
				       &value))
			return false;
		*notional = value.e18;
		return true;
	}
	if (!contract_notional(walk->instrument, level.quantity, level.price, &value))
		return false;
	*units = level.quantity.units;
	*notional = value.e18;
	if (value.e18 > walk->notional_left) {
		i128 part;
		if (!mul_div(level.quantity.units, walk->notional_left, value.e18, ROUND_FLOOR,
			     &part))
			return false;
		*units = (int64_t)part;
		*notional = walk->notional_left;
	}
	walk->notional_left -= *notional;
	return true;
}

static bool walk_level(struct walk *walk, struct book_level level)
{
	int64_t units;
	i128 notional, base;
	if (!take_part(walk, level, &units, &notional) ||
	    !mul_div(notional, MONEY_ONE, price_e18(walk->instrument, level.price).e18,
		     ROUND_HALF_EVEN, &base))
		return false;
	walk->levels++;
	walk->worst = level.price;
	return i128_add(walk->notional, notional, &walk->notional) &&
	       i128_add(walk->base, base, &walk->base) &&
	       !__builtin_add_overflow(walk->filled_units, units, &walk->filled_units);
}

static bool walk_average(const struct walk *walk, i128 *average)
{
	if (walk->levels == 1) {
		*average = price_e18(walk->instrument, walk->worst).e18;
		return true;
	}
	return mul_div(walk->notional, MONEY_ONE, walk->base, ROUND_HALF_EVEN, average);
}

/* Positive prices and sizes, best first. */
static bool side_is_sound(const struct book_level *levels, uint32_t count, enum side book_side)
{
	for (uint32_t i = 0; i < count; i++) {
		if (levels[i].price.units <= 0 || levels[i].quantity.units <= 0)
			return false;
		if (i == 0)
			continue;
		if (book_side == SIDE_BUY ? levels[i].price.units >= levels[i - 1].price.units
					  : levels[i].price.units <= levels[i - 1].price.units)
			return false;
	}
	return true;
}

static bool book_is_sound(const struct depth_value *book)
{
	return book->bid_count > 0 && book->ask_count > 0 &&
	       side_is_sound(book->bids, book->bid_count, SIDE_BUY) &&
	       side_is_sound(book->asks, book->ask_count, SIDE_SELL) &&
	       book->bids[0].price.units < book->asks[0].price.units;
}

static bool displayed_notional(const struct instrument *instrument, const struct book_level *levels,
			       uint32_t count, struct money *total)
{
	struct money value;
	for (uint32_t i = 0; i < count; i++)
		if (!contract_notional(instrument, levels[i].quantity, levels[i].price, &value) ||
		    !money_add(*total, value, total))
			return false;
	return true;
}

/* 0.5 if the depth suffices + 0.3 x (1 - 100 slippage) + 0.2 x (1 - spread / 100 bp), none below 0.
 */
static i128 score(bool depth_sufficient, i128 slippage, int32_t spread_bp)
{
	i128 by_slippage = slippage < MONEY_ONE / 100 ? (MONEY_ONE - 100 * slippage) * 3 / 10 : 0;
	i128 by_spread = spread_bp < 100 ? (100 - (i128)spread_bp) * (MONEY_ONE / 100) * 2 / 10 : 0;
	return (depth_sufficient ? MONEY_ONE / 2 : 0) + by_slippage + by_spread;
}

static enum liquidity_recommendation recommend(const struct liquidity_limits *limits,
					       const struct liquidity_report *report)
{
	if (!report->depth_sufficient)
		return LIQUIDITY_INSUFFICIENT_DEPTH;
	if (report->expected_slippage > limits->maximum_slippage.e18)
		return LIQUIDITY_HIGH_SLIPPAGE_WARNING;
	if (report->spread_bp > limits->maximum_spread_bp)
		return LIQUIDITY_WIDE_SPREAD_WARNING;
	if (report->expected_slippage < SLIPPAGE_USE_LIMIT)
		return LIQUIDITY_USE_LIMIT;
	if (report->expected_slippage < SLIPPAGE_USE_MARKET)
		return LIQUIDITY_USE_MARKET_ACCEPTABLE;
	return LIQUIDITY_MODERATE;
}

static void pessimistic(const struct instrument *instrument, const struct depth_value *book,
			enum side side, enum liquidity_recommendation recommendation,
			struct liquidity_report *report)
{
	memset(report, 0, sizeof *report);
	report->instrument = instrument->id;
	report->side = side;
	report->expected_slippage = MONEY_ONE;
	report->spread_bp = NO_SPREAD_BP;
	report->recommendation = recommendation;
	if (book->bid_count > 0)
		report->best_bid = price_e18(instrument, book->bids[0].price);
	if (book->ask_count > 0)
		report->best_ask = price_e18(instrument, book->asks[0].price);
}

/* False: a price that is not positive, or a figure that does not fit. */
static bool analyse(struct walk *walk, const struct liquidity_limits *limits,
		    const struct depth_value *book, enum side side, struct liquidity_report *report)
{
	const struct instrument *instrument = walk->instrument;
	const struct book_level *levels = side == SIDE_BUY ? book->asks : book->bids;
	uint32_t count = side == SIDE_BUY ? book->ask_count : book->bid_count;
	struct price bid = book->bids[0].price, ask = book->asks[0].price;
	if (bid.units <= 0 || ask.units <= 0)
		return false;
	for (uint32_t i = 0; i < count && !walk_done(walk); i++)
		if (levels[i].quantity.units > 0 && !walk_level(walk, levels[i]))
			return false;
	i128 touch = price_e18(instrument, levels[0].price).e18;
	i128 average;
	if (walk->levels == 0 || !walk_average(walk, &average) ||
	    !mul_div(average > touch ? average - touch : touch - average, MONEY_ONE, touch,
		     ROUND_HALF_EVEN, &report->expected_slippage) ||
	    !displayed_notional(instrument, levels, count, &report->total_depth))
		return false;
	report->expected_average_price.e18 = average;
	/* (ask - bid) / mid, truncated toward zero: negative when crossed. */
	i128 sum = (i128)bid.units + ask.units;
	report->spread_bp = (int32_t)(((i128)ask.units - bid.units) * 2 * BP / sum);
	report->mid_price = mid_e18(instrument, bid, ask);
	report->best_bid = price_e18(instrument, bid);
	report->best_ask = price_e18(instrument, ask);
	report->depth_sufficient = walk_done(walk);
	report->required_levels = walk->levels;
	report->consumed_depth.e18 = walk->notional;
	report->worst_price = walk->worst;
	report->filled.units = walk->filled_units;
	report->value.e18 = instrument->kind == INSTRUMENT_INVERSE ? walk->base : walk->notional;
	report->liquidity_score =
		score(report->depth_sufficient, report->expected_slippage, report->spread_bp);
	report->recommendation = recommend(limits, report);
	report->acceptable = report->depth_sufficient &&
			     report->expected_slippage <= limits->maximum_slippage.e18 &&
			     report->spread_bp <= limits->maximum_spread_bp &&
			     report->liquidity_score >= limits->minimum_score.e18 &&
			     book_is_sound(book);
	return true;
}

static void report_walk(struct walk *walk, const struct liquidity_limits *limits,
			const struct depth_value *book, enum side side,
			struct liquidity_report *report)
{
	pessimistic(walk->instrument, book, side, LIQUIDITY_INSUFFICIENT_DEPTH, report);
	if (book->bid_count == 0 || book->ask_count == 0)
		return;
	if (!analyse(walk, limits, book, side, report))
		pessimistic(walk->instrument, book, side, LIQUIDITY_ANALYSIS_FAILED, report);
}

void liquidity_report_for_quantity(const struct instrument *instrument,
				   const struct liquidity_limits *limits,
				   const struct depth_value *book, enum side side,
				   struct quantity quantity, struct liquidity_report *report)
{
	assert(quantity.units > 0);
	struct walk walk = {.instrument = instrument, .units_left = quantity.units};
	report_walk(&walk, limits, book, side, report);
}

void liquidity_report_for_notional(const struct instrument *instrument,
				   const struct liquidity_limits *limits,
				   const struct depth_value *book, enum side side,
				   struct money notional, struct liquidity_report *report)
{
	assert(notional.e18 > 0);
	struct walk walk = {
		.instrument = instrument, .by_notional = true, .notional_left = notional.e18};
	report_walk(&walk, limits, book, side, report);
}

struct quantity liquidity_within_bp(const struct depth_value *book, enum side side, int32_t bp)
{
	const struct book_level *levels = side == SIDE_BUY ? book->asks : book->bids;
	uint32_t count = side == SIDE_BUY ? book->ask_count : book->bid_count;
	struct quantity sum = {0};
	for (uint32_t i = 0; i < count; i++) {
		i128 touch = levels[0].price.units;
		i128 away = side == SIDE_BUY ? levels[i].price.units - touch
					     : touch - levels[i].price.units;
		if (away * BP > touch * bp)
			break;
		if (__builtin_add_overflow(sum.units, levels[i].quantity.units, &sum.units))
			return (struct quantity){INT64_MAX};
	}
	return sum;
}

/* Distance of the walk's average from the mid, as a fraction of the mid; > 0 is a cost. */
static bool walk_cost(const struct liquidity_report *report, i128 *cost)
{
	i128 average = report->expected_average_price.e18, mid = report->mid_price.e18;
	if (!report->depth_sufficient || mid <= 0)
		return false;
	return mul_div(report->side == SIDE_BUY ? average - mid : mid - average, MONEY_ONE, mid,
		       ROUND_HALF_EVEN, cost);
}

bool liquidity_round_trip_cost(const struct instrument_table *instruments,
			       const struct leg_liquidity *legs, size_t leg_count, i128 *cost_e18)
{
	i128 total = 0, entry, exit;
	for (size_t i = 0; i < leg_count; i++) {
		if (!walk_cost(&legs[i].entry, &entry) || !walk_cost(&legs[i].exit, &exit))
			return false;
		struct rate taker =
			instrument_latest(instruments, legs[i].entry.instrument)->fees.taker;
		if (!i128_add(total, entry + exit + 2 * (i128)taker.e18, &total))
			return false;
	}
	*cost_e18 = total;
	return true;
}
