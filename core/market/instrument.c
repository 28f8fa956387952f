#include "core/market/instrument.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POSTING_DECIMALS_DEFAULT 8
/* Prices and quantities stay exact at scale 18 with room for a mid price and a contract size. */
#define DECIMALS_MAX 12
/* Never full: every handle enters once and there are at most INSTRUMENTS_MAX of them. */
#define INDEX_SLOTS (2u * INSTRUMENTS_MAX)

struct asset {
	char name[NAME_MAX_LENGTH + 1];
	unsigned posting_decimals;
};

struct listing {
	struct instrument terms;
	struct instrument_revision **revisions; /* each allocated once: pointers stay valid */
	uint32_t revision_count;
	uint32_t revision_capacity;
	bool retired;
};

struct instrument_table {
	char venues[VENUES_MAX + 1][NAME_MAX_LENGTH + 1];
	size_t venue_count;
	struct asset assets[ASSETS_MAX + 1];
	size_t asset_count;
	/* Full-size from the start, so that nothing moves; pages are touched as they fill. */
	struct listing listings[INSTRUMENTS_MAX + 1];
	size_t listing_count;
	/* (venue, symbol) -> handle, open addressing; retired handles stay and are skipped. */
	instrument_id index[INDEX_SLOTS];
};

static_assert((INDEX_SLOTS & (INDEX_SLOTS - 1)) == 0, "the index is masked, not divided");

const char *market_status_text(enum market_status status)
{
	switch (status) {
	case MARKET_TRADING:
		return "trading";
	case MARKET_REDUCE_ONLY:
		return "reduce-only";
	case MARKET_HALTED:
		return "halted";
	case MARKET_DELISTED:
		return "delisted";
	}
	return "?";
}

struct instrument_table *instrument_table_create(void)
{
	return calloc(1, sizeof(struct instrument_table));
}

void instrument_table_free(struct instrument_table *table)
{
	if (table == NULL)
		return;
	for (size_t id = 1; id <= table->listing_count; id++) {
		struct listing *listing = &table->listings[id];
		for (uint32_t i = 0; i < listing->revision_count; i++)
			free(listing->revisions[i]);
		free(listing->revisions);
	}
	free(table);
}

/* Names appear in configuration, scripts and reports: blanks and control bytes would break them. */
static bool name_is_valid(const char *name)
{
	if (name == NULL)
		return false;
	size_t length = strnlen(name, NAME_MAX_LENGTH + 1);
	if (length == 0 || length > NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
			return false;
	}
	return true;
}

venue_id instrument_table_find_venue(const struct instrument_table *table, const char *name)
{
	for (size_t i = 1; i <= table->venue_count; i++) {
		if (strcmp(table->venues[i], name) == 0)
			return (venue_id)i;
	}
	return 0;
}

venue_id instrument_table_venue(struct instrument_table *table, const char *name)
{
	if (!name_is_valid(name))
		return 0;
	venue_id known = instrument_table_find_venue(table, name);
	if (known != 0)
		return known;
	if (table->venue_count == VENUES_MAX)
		return 0;
	table->venue_count++;
	memcpy(table->venues[table->venue_count], name, strlen(name) + 1);
	return (venue_id)table->venue_count;
}

asset_id instrument_table_find_asset(const struct instrument_table *table, const char *name)
{
	for (size_t i = 1; i <= table->asset_count; i++) {
		if (strcmp(table->assets[i].name, name) == 0)
			return (asset_id)i;
	}
	return 0;
}

asset_id instrument_table_asset(struct instrument_table *table, const char *name)
{
	if (!name_is_valid(name))
		return 0;
	asset_id known = instrument_table_find_asset(table, name);
	if (known != 0)
		return known;
	if (table->asset_count == ASSETS_MAX)
		return 0;
	table->asset_count++;
	struct asset *asset = &table->assets[table->asset_count];
	memcpy(asset->name, name, strlen(name) + 1);
	asset->posting_decimals = POSTING_DECIMALS_DEFAULT;
	return (asset_id)table->asset_count;
}

const char *venue_name(const struct instrument_table *table, venue_id venue)
{
	assert(venue >= 1 && venue <= table->venue_count);
	return table->venues[venue];
}

const char *asset_name(const struct instrument_table *table, asset_id asset)
{
	assert(asset >= 1 && asset <= table->asset_count);
	return table->assets[asset].name;
}

unsigned asset_posting_decimals(const struct instrument_table *table, asset_id asset)
{
	assert(asset >= 1 && asset <= table->asset_count);
	return table->assets[asset].posting_decimals;
}

bool instrument_table_set_posting_decimals(struct instrument_table *table, asset_id asset,
					   unsigned decimals)
{
	if (asset < 1 || asset > table->asset_count || decimals > MONEY_DECIMALS)
		return false;
	table->assets[asset].posting_decimals = decimals;
	return true;
}

static size_t index_start(venue_id venue, const char *symbol)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ venue; /* FNV-1a */
	for (; *symbol != '\0'; symbol++)
		hash = (hash ^ (unsigned char)*symbol) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32) & (INDEX_SLOTS - 1);
}

instrument_id instrument_find(const struct instrument_table *table, venue_id venue,
			      const char *symbol)
{
	size_t slot = index_start(venue, symbol);
	for (; table->index[slot] != 0; slot = (slot + 1) & (INDEX_SLOTS - 1)) {
		const struct listing *listing = &table->listings[table->index[slot]];
		if (!listing->retired && listing->terms.venue == venue &&
		    strcmp(listing->terms.symbol, symbol) == 0)
			return table->index[slot];
	}
	return 0;
}

static void index_insert(struct instrument_table *table, instrument_id id)
{
	const struct instrument *terms = &table->listings[id].terms;
	size_t slot = index_start(terms->venue, terms->symbol);
	while (table->index[slot] != 0)
		slot = (slot + 1) & (INDEX_SLOTS - 1);
	table->index[slot] = id;
}

static bool refuse(struct error *err, const char *symbol, const char *sentence)
{
	return error_set(err, ERROR_INPUT, "instrument %s: %s", symbol, sentence);
}

static bool asset_exists(const struct instrument_table *table, asset_id asset)
{
	return asset >= 1 && asset <= table->asset_count;
}

static bool kind_is_valid(enum instrument_kind kind)
{
	switch (kind) {
	case INSTRUMENT_LINEAR:
	case INSTRUMENT_INVERSE:
	case INSTRUMENT_SPOT:
		return true;
	}
	return false;
}

static bool terms_are_valid(const struct instrument_table *table, const struct instrument *terms,
			    struct error *err)
{
	if (!name_is_valid(terms->symbol))
		return error_set(err, ERROR_INPUT,
				 "instrument: symbol must be 1 to %d printable bytes, no blanks",
				 NAME_MAX_LENGTH);
	const char *symbol = terms->symbol;
	if (terms->venue < 1 || terms->venue > table->venue_count)
		return refuse(err, symbol, "venue is not in the table");
	if (!kind_is_valid(terms->kind))
		return refuse(err, symbol, "kind must be linear, inverse or spot");
	if (!asset_exists(table, terms->base))
		return refuse(err, symbol, "base is not an asset of the table");
	if (!asset_exists(table, terms->canonical))
		return refuse(err, symbol, "canonical is not an asset of the table");
	if (!asset_exists(table, terms->quote))
		return refuse(err, symbol, "quote is not an asset of the table");
	if (!asset_exists(table, terms->settle))
		return refuse(err, symbol, "settle is not an asset of the table");
	if (terms->base == terms->quote)
		return refuse(err, symbol, "base and quote must differ");
	if (terms->kind == INSTRUMENT_INVERSE && terms->settle != terms->base)
		return refuse(err, symbol, "settle must be the base asset of an inverse contract");
	if (terms->kind == INSTRUMENT_LINEAR && terms->settle == terms->base)
		return refuse(err, symbol,
			      "settle must be the quote asset of a linear contract, or one that is "
			      "paid one for one instead of it, never the base");
	if (terms->kind == INSTRUMENT_SPOT && terms->settle != terms->quote)
		return refuse(err, symbol, "settle must be the quote asset of a spot market");
	if (terms->multiplier < 1)
		return refuse(err, symbol, "multiplier must be at least 1");
	if (terms->contract_size.e18 <= 0)
		return refuse(err, symbol, "contract_size must be greater than 0");
	if (terms->kind == INSTRUMENT_SPOT && terms->contract_size.e18 != MONEY_ONE)
		return refuse(err, symbol, "contract_size must be 1 on a spot market");
	if (terms->price_decimals > DECIMALS_MAX)
		return refuse(err, symbol, "price_decimals must be at most 12");
	if (terms->quantity_decimals > DECIMALS_MAX)
		return refuse(err, symbol, "quantity_decimals must be at most 12");
	return true;
}

static bool status_is_valid(enum market_status status)
{
	switch (status) {
	case MARKET_TRADING:
	case MARKET_REDUCE_ONLY:
	case MARKET_HALTED:
	case MARKET_DELISTED:
		return true;
	}
	return false;
}

static bool rules_are_valid(const char *symbol, const struct order_rules *rules, struct error *err)
{
	if (!status_is_valid(rules->status))
		return refuse(err, symbol,
			      "status is not one of trading, reduce-only, halted, delisted");
	if (rules->tick.units <= 0)
		return refuse(err, symbol, "tick must be greater than 0");
	if (rules->significant_figures > 18)
		return refuse(err, symbol, "significant_figures must be at most 18");
	if (rules->lot.units <= 0)
		return refuse(err, symbol, "lot must be greater than 0");
	if (rules->minimum_quantity.units < 0)
		return refuse(err, symbol, "minimum_quantity must not be negative");
	if (rules->maximum_quantity.units < 0)
		return refuse(err, symbol, "maximum_quantity must not be negative");
	if (rules->maximum_quantity.units != 0 &&
	    rules->maximum_quantity.units < rules->minimum_quantity.units)
		return refuse(err, symbol, "maximum_quantity must not be below minimum_quantity");
	if (rules->minimum_notional.e18 < 0)
		return refuse(err, symbol, "minimum_notional must not be negative");
	if (rules->price_band.e18 < 0)
		return refuse(err, symbol, "price_band must not be negative");
	if (rules->maintenance_margin.e18 < 0 || rules->maintenance_margin.e18 >= RATE_ONE)
		return refuse(err, symbol, "maintenance_margin must be at least 0 and below 1");
	if (rules->maximum_leverage < 1)
		return refuse(err, symbol, "maximum_leverage must be at least 1");
	return true;
}

static bool fee_is_valid(struct rate fee)
{
	return fee.e18 > -RATE_ONE && fee.e18 < RATE_ONE;
}

static bool settle_mode_is_valid(enum settle_mode mode)
{
	switch (mode) {
	case SETTLE_CURRENT_ESTIMATE:
	case SETTLE_FIXED_ONE_PERIOD_AHEAD:
		return true;
	}
	return false;
}

static bool paid_on_is_valid(enum funding_price paid_on)
{
	switch (paid_on) {
	case FUNDING_PAID_ON_MARK:
	case FUNDING_PAID_ON_ORACLE:
	case FUNDING_PAID_ON_INDEX:
		return true;
	}
	return false;
}

static bool funding_is_valid(const char *symbol, const struct funding_terms *funding,
			     struct error *err)
{
	if (!funding->pays)
		return true;
	if (funding->interval_ns <= 0)
		return refuse(err, symbol, "funding interval_ns must be greater than 0");
	if (funding->phase_ns < 0 || funding->phase_ns >= funding->interval_ns)
		return refuse(err, symbol,
			      "funding phase_ns must be at least 0 and below interval_ns");
	if (!settle_mode_is_valid(funding->settle_mode))
		return refuse(
			err, symbol,
			"funding settle_mode is neither the current estimate nor fixed ahead");
	if (!paid_on_is_valid(funding->paid_on))
		return refuse(err, symbol, "funding paid_on is not mark, oracle or index");
	if (funding->cap.e18 < 0)
		return refuse(err, symbol, "funding cap must not be negative");
	return true;
}

static bool revision_is_valid(const struct instrument *terms,
			      const struct instrument_revision *revision, struct error *err)
{
	const char *symbol = terms->symbol;
	if (!rules_are_valid(symbol, &revision->rules, err))
		return false;
	if (!fee_is_valid(revision->fees.maker))
		return refuse(err, symbol, "maker fee must be between -1 and 1");
	if (!fee_is_valid(revision->fees.taker))
		return refuse(err, symbol, "taker fee must be between -1 and 1");
	if (terms->kind != INSTRUMENT_SPOT && revision->fees.buy_fee_in_base)
		return refuse(err, symbol, "buy_fee_in_base exists on spot markets only");
	if (terms->kind == INSTRUMENT_SPOT && revision->funding.pays)
		return refuse(err, symbol, "funding pays must be false on a spot market");
	return funding_is_valid(symbol, &revision->funding, err);
}

static bool append_revision(struct listing *listing, const struct instrument_revision *revision,
			    struct error *err)
{
	if (listing->revision_count == listing->revision_capacity) {
		uint32_t capacity = listing->revision_capacity * 2 + 1;
		struct instrument_revision **grown =
			realloc(listing->revisions, capacity * sizeof(*grown));
		if (grown == NULL)
			return error_set(err, ERROR_LIMIT, "instrument table: out of memory");
		listing->revisions = grown;
		listing->revision_capacity = capacity;
	}
	struct instrument_revision *copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return error_set(err, ERROR_LIMIT, "instrument table: out of memory");
	*copy = *revision;
	copy->number = listing->revision_count + 1;
	listing->revisions[listing->revision_count++] = copy;
	return true;
}

instrument_id instrument_table_add(struct instrument_table *table, const struct instrument *terms,
				   const struct instrument_revision *first, struct error *err)
{
	if (!terms_are_valid(table, terms, err) || !revision_is_valid(terms, first, err))
		return 0;
	if (instrument_find(table, terms->venue, terms->symbol) != 0) {
		refuse(err, terms->symbol,
		       "symbol is already listed on this venue; retire it first");
		return 0;
	}
	if (table->listing_count == INSTRUMENTS_MAX) {
		error_set(err, ERROR_LIMIT, "instrument %s: the table holds its %d instruments",
			  terms->symbol, INSTRUMENTS_MAX);
		return 0;
	}
	instrument_id id = (instrument_id)(table->listing_count + 1);
	struct listing *listing = &table->listings[id];
	if (!append_revision(listing, first, err)) {
		free(listing->revisions);
		memset(listing, 0, sizeof(*listing));
		return 0;
	}
	listing->terms = *terms;
	listing->terms.id = id;
	table->listing_count = id;
	index_insert(table, id);
	return id;
}

static const struct listing *listing_of(const struct instrument_table *table, instrument_id id)
{
	assert(id >= 1 && id <= table->listing_count);
	return &table->listings[id];
}

bool instrument_table_revise(struct instrument_table *table, instrument_id id,
			     const struct instrument_revision *revision, struct error *err)
{
	assert(id >= 1 && id <= table->listing_count);
	struct listing *listing = &table->listings[id];
	const char *symbol = listing->terms.symbol;
	if (!revision_is_valid(&listing->terms, revision, err))
		return false;
	if (listing->retired)
		return refuse(err, symbol, "is retired and takes no revision");
	if (revision->effective_from_ns < instrument_latest(table, id)->effective_from_ns)
		return refuse(err, symbol,
			      "effective_from_ns must not be before the last revision's");
	return append_revision(listing, revision, err);
}

void instrument_table_retire(struct instrument_table *table, instrument_id id)
{
	assert(id >= 1 && id <= table->listing_count);
	table->listings[id].retired = true;
}

const struct instrument *instrument_get(const struct instrument_table *table, instrument_id id)
{
	return &listing_of(table, id)->terms;
}

const struct instrument_revision *instrument_latest(const struct instrument_table *table,
						    instrument_id id)
{
	const struct listing *listing = listing_of(table, id);
	return listing->revisions[listing->revision_count - 1];
}

const struct instrument_revision *instrument_revision_at(const struct instrument_table *table,
							 instrument_id id, int64_t venue_ns)
{
	const struct listing *listing = listing_of(table, id);
	uint32_t i = listing->revision_count - 1;
	while (i > 0 && listing->revisions[i]->effective_from_ns > venue_ns)
		i--;
	return listing->revisions[i];
}

size_t instrument_revision_count(const struct instrument_table *table, instrument_id id)
{
	return listing_of(table, id)->revision_count;
}

const struct instrument_revision *instrument_revision_numbered(const struct instrument_table *table,
							       instrument_id id, uint32_t number)
{
	const struct listing *listing = listing_of(table, id);
	assert(number >= 1 && number <= listing->revision_count);
	return listing->revisions[number - 1];
}

size_t instrument_count(const struct instrument_table *table)
{
	return table->listing_count;
}

bool instrument_is_retired(const struct instrument_table *table, instrument_id id)
{
	return listing_of(table, id)->retired;
}

size_t venue_count(const struct instrument_table *table)
{
	return table->venue_count;
}

const char *instrument_name(const struct instrument_table *table, instrument_id id, char *buffer,
			    size_t size)
{
	const struct instrument *instrument = instrument_get(table, id);
	snprintf(buffer, size, "%s:%s", venue_name(table, instrument->venue), instrument->symbol);
	return buffer;
}
