/*
 * What is known of one leg right now: its funding forecast, computed when something it rests on
 * changes, and where it would trade. Looks at what is at hand; asks a venue only when told to.
 */
#ifndef FUNDARB_STRATEGY_LEG_OUTLOOK_H
#define FUNDARB_STRATEGY_LEG_OUTLOOK_H

#include "strategy/funding_arbitrage_strategy.h"

/* Where a leg would trade: a provider's touch, or nothing better than a fresh mark. */
struct leg_price {
	bool known;
	bool touch; /* false: bid and ask are both the mark */
	struct price bid, ask;
};

struct leg_outlook;
struct leg_outlook *leg_outlook_create(const struct strategy_options *options,
				       struct scheduler *scheduler,
				       const struct instrument_table *instruments,
				       const struct market_state *market,
				       struct price_provider *prices);
void leg_outlook_free(struct leg_outlook *outlook);

const struct leg_forecast *leg_outlook_forecast(struct leg_outlook *outlook,
						instrument_id instrument);
/* What was computed for this instrument no longer holds. */
void leg_outlook_forget(struct leg_outlook *outlook, instrument_id instrument);
/* The same for all: a venue's clock was measured anew. */
void leg_outlook_forget_all(struct leg_outlook *outlook);
/* True if the forecast's rate is young enough to act on. age_ns and limit_ns may be NULL. */
bool leg_outlook_fresh(const struct leg_outlook *outlook, const struct leg_forecast *forecast,
		       int64_t *age_ns, int64_t *limit_ns);

struct leg_price leg_outlook_price(struct leg_outlook *outlook, instrument_id instrument);
/* Touch of a walked book in the instrument's units. */
struct leg_price leg_outlook_touch(const struct leg_outlook *outlook,
				   const struct leg_liquidity *leg);
/* Middle of bid and ask per canonical token, scale 18. */
bool leg_outlook_token_mid(const struct leg_outlook *outlook, instrument_id instrument,
			   const struct leg_price *price, struct money *mid);
/*
 * Has the PriceProvider get a price for its cache, at most every IDENTITY_SAMPLE_SPACING_S; nobody
 * waits for it.
 */
void leg_outlook_request_price(struct leg_outlook *outlook, instrument_id instrument);

/* "binance-usdm:BTCUSDT" */
struct figure leg_outlook_name(const struct leg_outlook *outlook, instrument_id instrument);

#endif
