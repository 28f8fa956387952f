#include "strategy/strategy_state.h"

#include "core/base/utc.h"

#include <assert.h>
#include <stdlib.h>

#define POSITION_READ_INTERVAL_NS (5 * NS_PER_SECOND)
#define POSITION_READ_PATIENCE_NS (5 * NS_PER_SECOND)
#define PRICE_PATIENCE_NS	  (3 * NS_PER_SECOND)

static bool is_held(const struct tracked_position *tracked)
{
	return tracked->position.state == POSITION_OPEN ||
	       tracked->position.state == POSITION_CLOSING;
}

static void price_arrived(struct tracked_position *tracked, size_t leg, enum price_answer answer,
			  const struct price_quote *quote)
{
	struct leg_watch *watch = &tracked->watches[leg];
	assert(tracked->price_calls > 0);
	tracked->price_calls--;
	/* No answer changes nothing: what is known grows older until no rule may use it. */
	if (answer != PRICE_OK)
		return;
	watch->price_known = true;
	watch->bid = quote->bid.price;
	watch->ask = quote->ask.price;
	watch->price_ns = scheduler_now(tracked->strategy->scheduler);
}

static void long_price_arrived(void *user, enum price_answer answer,
			       const struct price_quote *quote, const char *why)
{
	(void)why;
	price_arrived(user, 0, answer, quote);
}

static void short_price_arrived(void *user, enum price_answer answer,
				const struct price_quote *quote, const char *why)
{
	(void)why;
	price_arrived(user, 1, answer, quote);
}

static void ask_prices(struct funding_arbitrage_strategy *strategy,
		       struct tracked_position *tracked)
{
	static const price_done arrived[TRADE_LEGS_MAX] = {long_price_arrived, short_price_arrived};
	int64_t deadline = scheduler_now(strategy->scheduler) + PRICE_PATIENCE_NS;
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		if (tracked->position.held[leg].units <= 0)
			continue;
		tracked->price_calls++;
		price_provider_get_bbo(strategy->prices, tracked->position.legs[leg],
				       PRICE_FOR_MONITORING, deadline, arrived[leg], tracked);
	}
}

static const struct position_value *value_of(const struct read_result *result,
					     instrument_id instrument)
{
	if (result->outcome != READ_VALUE)
		return NULL;
	for (size_t i = 0; i < result->u.positions.count; i++)
		if (result->u.positions.values[i].instrument == instrument)
			return &result->u.positions.values[i];
	return NULL;
}

/* Spot is a balance, not a position: its absence from the list says nothing. */
static bool is_position_of(const struct funding_arbitrage_strategy *strategy,
			   instrument_id instrument, venue_id venue)
{
	const struct instrument *terms = instrument_get(strategy->instruments, instrument);
	return terms->venue == venue && terms->kind != INSTRUMENT_SPOT;
}

static void positions_read(void *user, const struct read_result *result)
{
	struct venue_watch *watch = user;
	struct funding_arbitrage_strategy *strategy = watch->strategy;
	watch->reading = false;
	if (result->outcome == READ_UNKNOWN)
		return;
	for (size_t i = 0; i < strategy->position_count; i++) {
		struct tracked_position *tracked = strategy->positions[i];
		for (size_t leg = 0; is_held(tracked) && leg < TRADE_LEGS_MAX; leg++) {
			instrument_id id = tracked->position.legs[leg];
			if (is_position_of(strategy, id, watch->venue))
				risk_note_leg(tracked, leg, value_of(result, id),
					      watch->started_ns);
		}
	}
}

static void read_positions(struct funding_arbitrage_strategy *strategy,
			   const struct tracked_position *tracked)
{
	int64_t now = scheduler_now(strategy->scheduler);
	for (size_t leg = 0; leg < TRADE_LEGS_MAX; leg++) {
		instrument_id id = tracked->position.legs[leg];
		venue_id venue = instrument_get(strategy->instruments, id)->venue;
		struct venue_watch *watch = &strategy->venues[venue];
		struct exchange_client *client = strategy->clients->by_venue[venue];
		if (!is_position_of(strategy, id, venue) || watch->reading ||
		    now < watch->next_ns || !client)
			continue;
		struct read_request request = {.kind = READ_POSITIONS};
		watch->strategy = strategy;
		watch->venue = venue;
		watch->reading = true;
		watch->started_ns = now;
		watch->next_ns = now + POSITION_READ_INTERVAL_NS;
		exchange_read(client, &request, now + POSITION_READ_PATIENCE_NS, positions_read,
			      watch);
	}
}

void strategy_monitor(struct funding_arbitrage_strategy *strategy)
{
	for (size_t i = 0; i < strategy->position_count; i++) {
		struct tracked_position *tracked = strategy->positions[i];
		if (!is_held(tracked))
			continue;
		ask_prices(strategy, tracked);
		read_positions(strategy, tracked);
	}
	opportunity_finder_sample(strategy->finder);
}
