#include "strategy/leg_outlook.h"

#include "core/base/utc.h"
#include "core/market/asset_identity.h"

#include <stdio.h>
#include <stdlib.h>

/* A mark older than that says nothing about where a leg would trade. */
#define MARK_AGE_NS (60 * NS_PER_SECOND)
/* Prices asked for on behalf of candidates, per instrument: as often as a proof takes samples. */
#define PRICE_REQUEST_SPACING_NS  (IDENTITY_SAMPLE_SPACING_S * NS_PER_SECOND)
#define PRICE_REQUEST_PATIENCE_NS (5 * NS_PER_SECOND)

struct leg_outlook {
	const struct strategy_options *options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	struct price_provider *prices;
	uint64_t generation; /* forecasts of an earlier one no longer hold */
	struct leg_notes {
		bool forecast_valid;
		uint64_t generation;
		uint32_t revision;
		struct leg_forecast forecast;
		bool requested;
		int64_t requested_ns;
	} notes[INSTRUMENTS_MAX + 1];
};

struct leg_outlook *leg_outlook_create(const struct strategy_options *options,
				       struct scheduler *scheduler,
				       const struct instrument_table *instruments,
				       const struct market_state *market,
				       struct price_provider *prices)
{
	struct leg_outlook *outlook = calloc(1, sizeof(*outlook));
	if (!outlook)
		return NULL;
	outlook->options = options;
	outlook->scheduler = scheduler;
	outlook->instruments = instruments;
	outlook->market = market;
	outlook->prices = prices;
	return outlook;
}

void leg_outlook_free(struct leg_outlook *outlook)
{
	free(outlook);
}

static struct price price_of_money(const struct instrument *instrument, struct money price)
{
	struct price units = {0};
	i128 rounded = 0;
	if (i128_div_round(price.e18, i128_power_of_ten(18 - instrument->price_decimals),
			   ROUND_HALF_EVEN, &rounded) &&
	    rounded > 0 && rounded <= INT64_MAX)
		units.units = (int64_t)rounded;
	return units;
}

struct leg_price leg_outlook_price(struct leg_outlook *outlook, instrument_id instrument)
{
	struct leg_price price = {0};
	struct price_quote quote;
	enum price_answer answer =
		price_provider_peek(outlook->prices, instrument, PRICE_FOR_MONITORING, &quote);
	if (answer == PRICE_OK) {
		price = (struct leg_price){true, true, quote.bid.price, quote.ask.price};
		return price;
	}
	const struct mark_state *mark = market_state_mark(outlook->market, instrument);
	/* A held jump or a crossed book is a reason to doubt the mark as well. */
	if (answer == PRICE_INVALID || !(mark->fields & MARK_HAS_MARK) ||
	    scheduler_now(outlook->scheduler) - mark->local_ns > MARK_AGE_NS)
		return price;
	price.bid = price_of_money(instrument_get(outlook->instruments, instrument), mark->mark);
	price.ask = price.bid;
	price.known = price.bid.units > 0;
	return price;
}

struct leg_price leg_outlook_touch(const struct leg_outlook *outlook,
				   const struct leg_liquidity *leg)
{
	const struct instrument *instrument =
		instrument_get(outlook->instruments, leg->entry.instrument);
	struct leg_price price = {.touch = true,
				  .bid = price_of_money(instrument, leg->entry.best_bid),
				  .ask = price_of_money(instrument, leg->entry.best_ask)};
	price.known = price.bid.units > 0 && price.ask.units > 0;
	return price;
}

bool leg_outlook_token_mid(const struct leg_outlook *outlook, instrument_id id,
			   const struct leg_price *price, struct money *out)
{
	const struct instrument *instrument = instrument_get(outlook->instruments, id);
	struct money bid, ask, sum;
	if (!price->known || !price_per_base(instrument, price->bid, &bid) ||
	    !price_per_base(instrument, price->ask, &ask) || !money_add(bid, ask, &sum))
		return false;
	return i128_div_round(sum.e18, 2, ROUND_HALF_EVEN, &out->e18) && out->e18 > 0;
}

static void price_arrived(void *user, enum price_answer answer, const struct price_quote *quote,
			  const char *why)
{
	/* The provider's cache holds it now; the next scan finds it there. */
	(void)user;
	(void)answer;
	(void)quote;
	(void)why;
}

void leg_outlook_request_price(struct leg_outlook *outlook, instrument_id instrument)
{
	struct leg_notes *notes = &outlook->notes[instrument];
	int64_t now = scheduler_now(outlook->scheduler);
	if (notes->requested && now - notes->requested_ns < PRICE_REQUEST_SPACING_NS)
		return;
	notes->requested = true;
	notes->requested_ns = now;
	price_provider_get_bbo(outlook->prices, instrument, PRICE_FOR_MONITORING,
			       now + PRICE_REQUEST_PATIENCE_NS, price_arrived, NULL);
}

const struct leg_forecast *leg_outlook_forecast(struct leg_outlook *outlook,
						instrument_id instrument)
{
	struct leg_notes *notes = &outlook->notes[instrument];
	int64_t now = scheduler_now(outlook->scheduler);
	venue_id venue = instrument_get(outlook->instruments, instrument)->venue;
	uint32_t revision = instrument_latest(outlook->instruments, instrument)->number;
	if (!notes->forecast_valid || notes->generation != outlook->generation ||
	    notes->revision != revision ||
	    market_state_venue_time(outlook->market, venue, now) >=
		    notes->forecast.unchanged_until_ns) {
		notes->forecast = funding_forecast(outlook->instruments, outlook->market,
						   instrument, now, outlook->options->horizon_ns);
		notes->forecast_valid = true;
		notes->generation = outlook->generation;
		notes->revision = revision;
	}
	return &notes->forecast;
}

void leg_outlook_forget_all(struct leg_outlook *outlook)
{
	outlook->generation++;
}

void leg_outlook_forget(struct leg_outlook *outlook, instrument_id instrument)
{
	outlook->notes[instrument].forecast_valid = false;
}

bool leg_outlook_fresh(const struct leg_outlook *outlook, const struct leg_forecast *forecast,
		       int64_t *age_ns, int64_t *limit_ns)
{
	int64_t limit = outlook->options->maximum_funding_age_ns;
	int64_t age = scheduler_now(outlook->scheduler) - forecast->known_since_ns;
	/* A settled rate is the newest word until the next one; a fixed rate until its boundary. */
	if (forecast->kind == FUNDING_SETTLED || forecast->kind == FUNDING_NEXT)
		limit += forecast->interval_ns;
	if (age_ns)
		*age_ns = age;
	if (limit_ns)
		*limit_ns = limit;
	return forecast->known && (forecast->interval_ns == 0 || age <= limit);
}

struct figure leg_outlook_name(const struct leg_outlook *outlook, instrument_id id)
{
	char name[INSTRUMENT_NAME_MAX];
	struct figure figure;
	instrument_name(outlook->instruments, id, name, sizeof(name));
	snprintf(figure.text, sizeof(figure.text), "%.47s", name);
	return figure;
}
