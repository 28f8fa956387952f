/* The venue's markets in the instrument table. */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"
#include "core/market/asset_identity.h"

#include <inttypes.h>
#include <string.h>

/* 2^48-1 base units is what a transaction can say (§3.1). */
#define BASE_AMOUNT_MAX ((INT64_C(1) << 48) - 1)
#define MARGIN_ONE	10000

int64_t lighter_market_of(const struct lighter_client *client, instrument_id instrument)
{
	if (instrument < 1 || instrument > INSTRUMENTS_MAX)
		return -1;
	return client->market_of[instrument];
}

/* Scale 18 to units of 10^-decimals; ROUND_CEILING for minimums, FLOOR for maximums. */
static int64_t units_of(struct money amount, unsigned decimals, enum rounding rounding)
{
	i128 units;
	if (!i128_div_round(amount.e18, i128_power_of_ten(MONEY_DECIMALS - decimals), rounding,
			    &units) ||
	    units > BASE_AMOUNT_MAX)
		return 0;
	return (int64_t)units;
}

static enum market_status status_of(const struct lighter_market_terms *terms, bool listed)
{
	if (!listed)
		return MARKET_DELISTED;
	if (!terms->active || terms->hidden)
		return MARKET_HALTED;
	return terms->force_reduce_only ? MARKET_REDUCE_ONLY : MARKET_TRADING;
}

static struct instrument_revision revision_of(const struct lighter_client *client,
					      const struct lighter_market *market)
{
	const struct lighter_market_terms *terms = &market->terms;
	struct instrument_revision revision = {
		.rules = {.status = status_of(terms, market->listed),
			  .tick = {1},
			  .lot = {1},
			  .minimum_notional = terms->minimum_quote,
			  .maximum_leverage = 1},
		.fees = {.maker = terms->maker_fee, .taker = terms->taker_fee},
		.funding = {.pays = true,
			    .interval_ns = client->options.funding_interval_ns,
			    .settle_mode = SETTLE_CURRENT_ESTIMATE,
			    .paid_on = FUNDING_PAID_ON_MARK,
			    .cap = terms->cap},
	};
	unsigned decimals = (unsigned)terms->size_decimals;
	revision.rules.minimum_quantity.units =
		units_of(terms->minimum_base, decimals, ROUND_CEILING);
	revision.rules.maximum_quantity.units = BASE_AMOUNT_MAX;
	if (terms->minimum_initial_margin > 0)
		revision.rules.maximum_leverage =
			(int32_t)(MARGIN_ONE / terms->minimum_initial_margin);
	if (terms->maintenance_margin > 0 && terms->maintenance_margin < MARGIN_ONE)
		revision.rules.maintenance_margin.e18 =
			terms->maintenance_margin * (RATE_ONE / MARGIN_ONE);
	if (client->own_fees) {
		revision.fees.maker = client->maker_fee;
		revision.fees.taker = client->taker_fee;
	}
	return revision;
}

static bool same_revision(const struct instrument_revision *a, const struct instrument_revision *b)
{
	return a->rules.status == b->rules.status &&
	       a->rules.minimum_quantity.units == b->rules.minimum_quantity.units &&
	       a->rules.maximum_quantity.units == b->rules.maximum_quantity.units &&
	       a->rules.minimum_notional.e18 == b->rules.minimum_notional.e18 &&
	       a->rules.maintenance_margin.e18 == b->rules.maintenance_margin.e18 &&
	       a->rules.maximum_leverage == b->rules.maximum_leverage &&
	       a->fees.maker.e18 == b->fees.maker.e18 && a->fees.taker.e18 == b->fees.taker.e18 &&
	       a->funding.interval_ns == b->funding.interval_ns &&
	       a->funding.cap.e18 == b->funding.cap.e18;
}

static void tell_instrument(struct lighter_client *client, instrument_id instrument)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = lighter_now(client);
	event.venue = client->base.venue;
	event.instrument = instrument;
	event.kind = EVENT_INSTRUMENT;
	lighter_tell_market(client, &event);
}

static void log_status(const struct lighter_market *market, enum market_status status)
{
	if (status == MARKET_TRADING)
		return;
	log_write(LOG_INFO, LIGHTER_AREA, "market %s (%" PRId64 ") is %s: %s%s%s",
		  market->terms.symbol, market->terms.market, market_status_text(status),
		  market->terms.status, market->terms.hidden ? ", hidden" : "",
		  market->terms.force_reduce_only ? ", reduce-only" : "");
}

static bool add_instrument(struct lighter_client *client, struct lighter_market *market,
			   struct error *err)
{
	const struct lighter_market_terms *terms = &market->terms;
	struct asset_identity identity;
	struct instrument_revision revision = revision_of(client, market);
	struct instrument instrument = {
		.venue = client->base.venue,
		.kind = INSTRUMENT_LINEAR,
		.quote = client->usdc,
		.settle = client->usdc,
		.contract_size = {MONEY_ONE},
		.price_decimals = (unsigned)terms->price_decimals,
		.quantity_decimals = (unsigned)terms->size_decimals,
	};
	memcpy(instrument.symbol, terms->symbol, sizeof(instrument.symbol));
	if (!asset_identity_of(terms->symbol, &identity))
		return error_set(err, ERROR_INPUT, "market \"%s\" has no usable name",
				 terms->symbol);
	instrument.multiplier = identity.multiplier;
	instrument.base = instrument_table_asset(client->instruments, terms->symbol);
	instrument.canonical = instrument_table_asset(client->instruments, identity.canonical);
	instrument_id id = instrument_table_add(client->instruments, &instrument, &revision, err);
	if (id == 0)
		return false;
	market->instrument = id;
	client->market_of[id] = (int16_t)terms->market;
	log_status(market, revision.rules.status);
	return true;
}

static bool revise(struct lighter_client *client, struct lighter_market *market, struct error *err)
{
	struct instrument_revision revision = revision_of(client, market);
	const struct instrument_revision *latest =
		instrument_latest(client->instruments, market->instrument);
	if (same_revision(&revision, latest))
		return true;
	revision.effective_from_ns = lighter_venue_now(client);
	if (revision.effective_from_ns < latest->effective_from_ns)
		revision.effective_from_ns = latest->effective_from_ns;
	if (!instrument_table_revise(client->instruments, market->instrument, &revision, err))
		return false;
	if (revision.rules.status != latest->rules.status)
		log_status(market, revision.rules.status);
	tell_instrument(client, market->instrument);
	return true;
}

/* A market whose decimals or name changed is another instrument. */
static bool same_identity(const struct lighter_client *client, const struct lighter_market *market,
			  const struct lighter_market_terms *terms)
{
	const struct instrument *known = instrument_get(client->instruments, market->instrument);
	return strcmp(known->symbol, terms->symbol) == 0 &&
	       known->price_decimals == (unsigned)terms->price_decimals &&
	       known->quantity_decimals == (unsigned)terms->size_decimals;
}

static void retire(struct lighter_client *client, struct lighter_market *market)
{
	log_write(LOG_ALARM, LIGHTER_AREA,
		  "market %s changed its name or decimals: it is a new instrument",
		  market->terms.symbol);
	instrument_table_retire(client->instruments, market->instrument);
	client->market_of[market->instrument] = -1;
	market->instrument = 0;
}

/* An instrument of an earlier client on the same table is taken over, not made again. */
static void adopt(struct lighter_client *client, struct lighter_market *market,
		  const struct lighter_market_terms *terms)
{
	instrument_id id = instrument_find(client->instruments, client->base.venue, terms->symbol);
	if (id == 0)
		return;
	market->instrument = id;
	if (same_identity(client, market, terms)) {
		client->market_of[id] = (int16_t)terms->market;
		return;
	}
	market->terms = *terms;
	retire(client, market);
}

static bool take_market(struct lighter_client *client, const struct lighter_market_terms *terms,
			struct error *err)
{
	struct lighter_market *market = &client->markets[terms->market];
	struct lighter_scale scale = {true, (unsigned char)terms->price_decimals,
				      (unsigned char)terms->size_decimals};
	if (market->instrument == 0)
		adopt(client, market, terms);
	else if (!same_identity(client, market, terms))
		retire(client, market);
	market->terms = *terms;
	market->listed = true;
	bool is_new = market->instrument == 0;
	if (!(is_new ? add_instrument(client, market, err) : revise(client, market, err)))
		return false;
	client->scales.market[terms->market] = scale;
	if (client->stream)
		lighter_stream_market(client->stream, terms->market, market->instrument, scale);
	lighter_sides_market(client, terms->market, market->instrument, scale);
	if (is_new)
		tell_instrument(client, market->instrument);
	return true;
}

bool lighter_markets_take(struct lighter_client *client, const struct lighter_reply *reply,
			  struct error *err)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_market_terms terms;
	bool named[LIGHTER_MARKETS] = {false};
	size_t taken = 0;
	lighter_list_begin(&list, &reply->slots[REPLY_DETAILS]);
	while (lighter_list_next(&list, &object)) {
		struct error trouble = {0};
		if (lighter_market_read(&object, &terms) != LIGHTER_OK) {
			/* One market that cannot be understood is left out, not all of them. */
			log_write(LOG_WARNING, LIGHTER_AREA, "a market \"%s\" cannot be understood",
				  terms.symbol);
			if (terms.symbol[0] && terms.market >= 0 && terms.market < LIGHTER_MARKETS)
				named[terms.market] = true;
			continue;
		}
		if (!terms.perpetual)
			continue;
		named[terms.market] = true;
		if (take_market(client, &terms, &trouble))
			taken++;
		else
			log_write(LOG_WARNING, LIGHTER_AREA, "market %s is left out: %s",
				  terms.symbol, trouble.text);
	}
	if (list.unsound || taken == 0)
		return error_set(err, ERROR_VENUE, "Lighter's list of markets cannot be read");
	for (size_t i = 0; i < LIGHTER_MARKETS; i++) {
		struct lighter_market *market = &client->markets[i];
		if (named[i] || market->instrument == 0 || !market->listed)
			continue;
		struct error trouble = {0};
		market->listed = false;
		revise(client, market, &trouble);
	}
	return true;
}

void lighter_markets_set_fees(struct lighter_client *client, int64_t maker_tick, int64_t taker_tick)
{
	client->own_fees = true;
	client->maker_fee.e18 = maker_tick * (RATE_ONE / 1000000);
	client->taker_fee.e18 = taker_tick * (RATE_ONE / 1000000);
	for (size_t i = 0; i < LIGHTER_MARKETS; i++) {
		struct error trouble = {0};
		if (client->markets[i].instrument != 0 &&
		    !revise(client, &client->markets[i], &trouble))
			log_write(LOG_WARNING, LIGHTER_AREA, "fees of %s: %s",
				  client->markets[i].terms.symbol, trouble.text);
	}
}
