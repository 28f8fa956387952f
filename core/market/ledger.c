#include "core/market/ledger.h"

#include "core/base/utc.h"
#include "core/market/booked_set.h"
#include "core/market/ledger_cost.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* P&L, or base and quote; fee; two corrections. */
#define LINES_PER_BOOKING 5
#define FIRST_CAPACITY	  64

struct account {
	venue_id venue; /* 0 = free */
	asset_id asset;
	struct money balance_change;
};

struct ledger {
	const struct instrument_table *instruments;
	struct ledger_line *lines;
	size_t line_count;
	size_t line_capacity;
	struct account
		*accounts; /* open addressing by (venue, asset); a power of two, half empty */
	size_t account_count;
	size_t account_capacity;
	struct booked_set booked;
	/* Indexed by handle, full-size: pages are touched as instruments trade. */
	struct ledger_position *positions;
};

/* One booking in the making: lines wait here until all of them are known to be right. */
struct booking {
	struct ledger_line lines[LINES_PER_BOOKING];
	size_t count;
	struct ledger_line stamp; /* what all lines share */
};

const char *ledger_kind_text(enum ledger_kind kind)
{
	switch (kind) {
	case LEDGER_PRICE_PNL:
		return "price";
	case LEDGER_EXCHANGE:
		return "exchange";
	case LEDGER_FEE:
		return "fee";
	case LEDGER_FEE_CORRECTION:
		return "fee-correction";
	case LEDGER_FUNDING:
		return "funding";
	case LEDGER_TRANSFER:
		return "transfer";
	}
	assert(false && "ledger kind");
	return "";
}

struct ledger *ledger_create(const struct instrument_table *instruments)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	if (ledger == NULL)
		return NULL;
	ledger->instruments = instruments;
	ledger->positions = calloc(INSTRUMENTS_MAX + 1, sizeof(*ledger->positions));
	if (ledger->positions == NULL) {
		free(ledger);
		return NULL;
	}
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	booked_set_free(&ledger->booked);
	free(ledger->positions);
	free(ledger->accounts);
	free(ledger->lines);
	free(ledger);
}

static struct account *account_slot(struct account *accounts, size_t capacity, venue_id venue,
				    asset_id asset)
{
	uint64_t key = ((uint64_t)venue << 16 | asset) * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (size_t)(key >> 32) & (capacity - 1);
	while (accounts[slot].venue != 0 &&
	       (accounts[slot].venue != venue || accounts[slot].asset != asset))
		slot = (slot + 1) & (capacity - 1);
	return &accounts[slot];
}

static bool reserve_accounts(struct ledger *ledger)
{
	if ((ledger->account_count + LINES_PER_BOOKING) * 2 <= ledger->account_capacity)
		return true;
	size_t capacity =
		ledger->account_capacity == 0 ? FIRST_CAPACITY : ledger->account_capacity * 2;
	struct account *grown = calloc(capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	for (size_t i = 0; i < ledger->account_capacity; i++) {
		const struct account *account = &ledger->accounts[i];
		if (account->venue != 0)
			*account_slot(grown, capacity, account->venue, account->asset) = *account;
	}
	free(ledger->accounts);
	ledger->accounts = grown;
	ledger->account_capacity = capacity;
	return true;
}

static bool reserve_lines(struct ledger *ledger)
{
	if (ledger->line_count + LINES_PER_BOOKING <= ledger->line_capacity)
		return true;
	size_t capacity = ledger->line_capacity == 0 ? FIRST_CAPACITY : ledger->line_capacity * 2;
	struct ledger_line *grown = realloc(ledger->lines, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	ledger->lines = grown;
	ledger->line_capacity = capacity;
	return true;
}

static bool reserve(struct ledger *ledger, struct error *err)
{
	if (reserve_accounts(ledger) && reserve_lines(ledger) &&
	    booked_set_reserve(&ledger->booked))
		return true;
	return error_set(err, ERROR_LIMIT, "ledger: out of memory");
}

/* Adds a line of `exact` in `asset`, rounded to what the venue can book. */
static bool draft_line(const struct ledger *ledger, struct booking *booking, enum ledger_kind kind,
		       asset_id asset, struct money exact)
{
	assert(booking->count < LINES_PER_BOOKING);
	struct ledger_line *line = &booking->lines[booking->count];
	*line = booking->stamp;
	line->kind = kind;
	line->asset = asset;
	line->exact = exact;
	if (!money_posting(exact, asset_posting_decimals(ledger->instruments, asset),
			   &line->posting, &line->rounding))
		return false;
	booking->count++;
	return true;
}

/* Books all drafted lines or, if a balance would overflow, none. */
static bool post(struct ledger *ledger, const struct booking *booking)
{
	struct money before[LINES_PER_BOOKING];
	for (size_t i = 0; i < booking->count; i++) {
		const struct ledger_line *line = &booking->lines[i];
		struct account *account = account_slot(ledger->accounts, ledger->account_capacity,
						       line->venue, line->asset);
		if (account->venue == 0) {
			account->venue = line->venue;
			account->asset = line->asset;
			ledger->account_count++;
		}
		before[i] = account->balance_change;
		if (money_add(account->balance_change, line->posting, &account->balance_change))
			continue;
		while (i-- > 0)
			account_slot(ledger->accounts, ledger->account_capacity,
				     booking->lines[i].venue, booking->lines[i].asset)
				->balance_change = before[i];
		return false;
	}
	memcpy(ledger->lines + ledger->line_count, booking->lines,
	       booking->count * sizeof(booking->lines[0]));
	ledger->line_count += booking->count;
	return true;
}

static bool refuse(const struct ledger *ledger, const struct account_event *event,
		   struct error *err, const char *sentence)
{
	char name[INSTRUMENT_NAME_MAX];
	char time[UTC_TEXT_MAX];
	utc_format(event->local_ns, 9, time, sizeof(time));
	return error_set(
		err, ERROR_INPUT, "ledger: %s at %s: %s",
		instrument_name(ledger->instruments, event->instrument, name, sizeof(name)), time,
		sentence);
}

static bool knows_instrument(const struct ledger *ledger, const struct account_event *event,
			     struct error *err)
{
	if (event->instrument >= 1 && event->instrument <= instrument_count(ledger->instruments))
		return true;
	return error_set(err, ERROR_INPUT, "ledger: an event names instrument %u, which is unknown",
			 event->instrument);
}

/* What the known terms charge for a fill, in which asset; < 0 is paid. */
static bool expected_fee(const struct ledger *ledger, const struct account_event *fill,
			 asset_id *asset, struct money *fee)
{
	const struct instrument *instrument = instrument_get(ledger->instruments, fill->instrument);
	const struct fee_terms *terms =
		&instrument_latest(ledger->instruments, fill->instrument)->fees;
	struct rate rate = fill->u.fill.maker ? terms->maker : terms->taker;
	struct money paid;
	*asset = instrument->settle;
	if (terms->buy_fee_in_base && fill->u.fill.side == SIDE_BUY) {
		*asset = instrument->base;
		if (!exact_ratio((i128[]){fill->u.fill.quantity.units, rate.e18}, 2,
				 (i128[]){i128_power_of_ten(instrument->quantity_decimals)}, 1,
				 ROUND_HALF_EVEN, &paid.e18))
			return false;
	} else if (!contract_value_times_rate(instrument, fill->u.fill.quantity,
					      price_e18(instrument, fill->u.fill.price), rate,
					      &paid)) {
		return false;
	}
	*fee = money_negate(paid);
	return true;
}

/* The fee by our terms and, where the venue says otherwise, what sets the balance right. */
static bool draft_fee(const struct ledger *ledger, const struct account_event *fill,
		      struct booking *booking)
{
	asset_id asset;
	struct money fee;
	struct money posted = {0};
	if (!expected_fee(ledger, fill, &asset, &fee))
		return false;
	if (fee.e18 != 0) {
		if (!draft_line(ledger, booking, LEDGER_FEE, asset, fee))
			return false;
		posted = booking->lines[booking->count - 1].posting;
	}
	if (fill->u.fill.fee_estimated)
		return true;
	struct money charged;
	if (!money_sub((struct money){0}, fill->u.fill.fee, &charged))
		return false;
	asset_id charged_asset = fill->u.fill.fee_asset != 0 ? fill->u.fill.fee_asset : asset;
	if (charged_asset != asset) {
		if (posted.e18 != 0 && !draft_line(ledger, booking, LEDGER_FEE_CORRECTION, asset,
						   money_negate(posted)))
			return false;
		posted = (struct money){0};
	}
	struct money difference;
	if (!money_sub(charged, posted, &difference))
		return false;
	return difference.e18 == 0 ||
	       draft_line(ledger, booking, LEDGER_FEE_CORRECTION, charged_asset, difference);
}

static bool draft_contract_fill(const struct ledger *ledger, const struct account_event *fill,
				struct booking *booking, struct ledger_position *after)
{
	const struct instrument *instrument = instrument_get(ledger->instruments, fill->instrument);
	struct quantity signed_quantity = fill->u.fill.quantity;
	if (fill->u.fill.side == SIDE_SELL)
		signed_quantity.units = -signed_quantity.units;
	struct cost_change change;
	if (!ledger_cost_trade(instrument, *after, signed_quantity, fill->u.fill.price, &change))
		return false;
	*after = change.after;
	if (change.reduces &&
	    !draft_line(ledger, booking, LEDGER_PRICE_PNL, instrument->settle, change.realised))
		return false;
	return draft_fee(ledger, fill, booking);
}

static bool draft_spot_fill(const struct ledger *ledger, const struct account_event *fill,
			    struct booking *booking, struct ledger_position *after)
{
	const struct instrument *instrument = instrument_get(ledger->instruments, fill->instrument);
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - instrument->quantity_decimals);
	struct money base = {.e18 = fill->u.fill.quantity.units * unit};
	struct money value;
	if (!contract_value(instrument, fill->u.fill.quantity, fill->u.fill.price, &value))
		return false;
	bool buys = fill->u.fill.side == SIDE_BUY;
	struct money base_flow = buys ? base : money_negate(base);
	struct money quote_flow = buys ? money_negate(value) : value;
	if (!draft_line(ledger, booking, LEDGER_EXCHANGE, instrument->base, base_flow) ||
	    !draft_line(ledger, booking, LEDGER_EXCHANGE, instrument->quote, quote_flow) ||
	    !draft_fee(ledger, fill, booking))
		return false;
	if (!ledger_cost_exchange(instrument, *after, booking->lines[0].posting, value, after))
		return false;
	for (size_t i = 2; i < booking->count; i++) {
		if (booking->lines[i].asset == instrument->base &&
		    !ledger_cost_base_fee(instrument, *after, booking->lines[i].posting, after))
			return false;
	}
	return true;
}

static bool fill_is_sound(const struct ledger *ledger, const struct account_event *fill,
			  struct error *err)
{
	if (!knows_instrument(ledger, fill, err))
		return false;
	size_t length = strnlen(fill->u.fill.trade_id, sizeof(fill->u.fill.trade_id));
	if (length == 0 || length == sizeof(fill->u.fill.trade_id))
		return refuse(ledger, fill, err,
			      "a fill carries no trade id, so it cannot be told "
			      "from its repetition");
	if (fill->u.fill.side != SIDE_BUY && fill->u.fill.side != SIDE_SELL)
		return refuse(ledger, fill, err, "the side of a fill is neither buy nor sell");
	if (fill->u.fill.quantity.units <= 0)
		return refuse(ledger, fill, err, "the quantity of a fill must be greater than 0");
	if (fill->u.fill.price.units <= 0)
		return refuse(ledger, fill, err, "the price of a fill must be greater than 0");
	return true;
}

bool ledger_book_fill(struct ledger *ledger, const struct account_event *fill, uint32_t trade,
		      struct error *err)
{
	assert(fill->kind == ACCOUNT_FILL);
	if (!fill_is_sound(ledger, fill, err))
		return false;
	struct booked_fact fact;
	memset(&fact, 0, sizeof(fact));
	fact.instrument = fill->instrument;
	memcpy(fact.name.trade_id, fill->u.fill.trade_id, strlen(fill->u.fill.trade_id));
	if (booked_set_contains(&ledger->booked, &fact))
		return true;
	if (!reserve(ledger, err))
		return false;
	const struct instrument *instrument = instrument_get(ledger->instruments, fill->instrument);
	struct booking booking = {.stamp = {.venue = instrument->venue,
					    .instrument = fill->instrument,
					    .client_id = fill->u.fill.client_id,
					    .trade = trade,
					    .local_ns = fill->local_ns}};
	struct ledger_position after = ledger->positions[fill->instrument];
	bool drafted;
	if (instrument->kind == INSTRUMENT_SPOT) {
		if (fill->u.fill.side == SIDE_SELL &&
		    fill->u.fill.quantity.units > after.quantity.units)
			return refuse(ledger, fill, err, "a spot sell goes beyond what is held");
		drafted = draft_spot_fill(ledger, fill, &booking, &after);
	} else {
		drafted = draft_contract_fill(ledger, fill, &booking, &after);
	}
	if (!drafted || !post(ledger, &booking))
		return refuse(ledger, fill, err, "a fill's figures pass what money can hold");
	ledger->positions[fill->instrument] = after;
	booked_set_insert(&ledger->booked, &fact);
	return true;
}

static bool draft_funding(const struct ledger *ledger, const struct account_event *funding,
			  struct booking *booking)
{
	const struct instrument *instrument =
		instrument_get(ledger->instruments, funding->instrument);
	struct money posted = {0};
	struct money paid;
	if (funding->u.funding.position.units != 0) {
		if (!contract_value_times_rate(instrument, funding->u.funding.position,
					       funding->u.funding.price, funding->u.funding.rate,
					       &paid) ||
		    !draft_line(ledger, booking, LEDGER_FUNDING, instrument->settle,
				money_negate(paid)))
			return false;
		posted = booking->lines[0].posting;
	}
	asset_id asset =
		funding->u.funding.asset != 0 ? funding->u.funding.asset : instrument->settle;
	if (asset != instrument->settle) {
		if (posted.e18 != 0 && !draft_line(ledger, booking, LEDGER_FEE_CORRECTION,
						   instrument->settle, money_negate(posted)))
			return false;
		posted = (struct money){0};
	}
	struct money difference;
	if (!money_sub(funding->u.funding.amount, posted, &difference))
		return false;
	return difference.e18 == 0 ||
	       draft_line(ledger, booking, LEDGER_FEE_CORRECTION, asset, difference);
}

bool ledger_book_funding(struct ledger *ledger, const struct account_event *funding, uint32_t trade,
			 struct error *err)
{
	assert(funding->kind == ACCOUNT_FUNDING);
	if (!knows_instrument(ledger, funding, err))
		return false;
	const struct instrument *instrument =
		instrument_get(ledger->instruments, funding->instrument);
	if (instrument->kind == INSTRUMENT_SPOT)
		return refuse(ledger, funding, err, "a spot market pays no funding");
	if (funding->u.funding.position.units != 0 && funding->u.funding.price.e18 <= 0)
		return refuse(ledger, funding, err,
			      "the price of a funding payment must be greater than 0");
	struct booked_fact fact;
	memset(&fact, 0, sizeof(fact));
	fact.instrument = funding->instrument;
	fact.is_funding = 1;
	fact.name.boundary_ns = funding->u.funding.boundary_ns;
	if (booked_set_contains(&ledger->booked, &fact))
		return true;
	if (!reserve(ledger, err))
		return false;
	struct booking booking = {.stamp = {.venue = instrument->venue,
					    .instrument = funding->instrument,
					    .trade = trade,
					    .local_ns = funding->local_ns}};
	if (!draft_funding(ledger, funding, &booking) || !post(ledger, &booking))
		return refuse(ledger, funding, err,
			      "a funding payment's figures pass what money can hold");
	booked_set_insert(&ledger->booked, &fact);
	return true;
}

bool ledger_book_transfer(struct ledger *ledger, venue_id venue, asset_id asset,
			  struct money amount, int64_t local_ns, struct error *err)
{
	if (venue == 0 || venue > venue_count(ledger->instruments))
		return error_set(err, ERROR_INPUT, "ledger: a transfer names no known venue");
	if (asset == 0)
		return error_set(err, ERROR_INPUT, "ledger: a transfer names no asset");
	if (!reserve(ledger, err))
		return false;
	struct booking booking = {.stamp = {.venue = venue, .local_ns = local_ns}};
	if (!draft_line(ledger, &booking, LEDGER_TRANSFER, asset, amount) ||
	    !post(ledger, &booking))
		return error_set(err, ERROR_INPUT,
				 "ledger: a transfer of %s to %s passes what "
				 "money can hold",
				 asset_name(ledger->instruments, asset),
				 venue_name(ledger->instruments, venue));
	return true;
}

size_t ledger_line_count(const struct ledger *ledger)
{
	return ledger->line_count;
}

const struct ledger_line *ledger_line_at(const struct ledger *ledger, size_t index)
{
	assert(index < ledger->line_count);
	return &ledger->lines[index];
}

struct money ledger_balance_change(const struct ledger *ledger, venue_id venue, asset_id asset)
{
	if (ledger->account_capacity == 0)
		return (struct money){0};
	return account_slot(ledger->accounts, ledger->account_capacity, venue, asset)
		->balance_change;
}

struct ledger_position ledger_position(const struct ledger *ledger, instrument_id instrument)
{
	assert(instrument >= 1 && instrument <= instrument_count(ledger->instruments));
	return ledger->positions[instrument];
}

bool ledger_unrealised(const struct ledger *ledger, instrument_id instrument, struct money price,
		       struct money *out)
{
	return ledger_cost_unrealised(instrument_get(ledger->instruments, instrument),
				      ledger_position(ledger, instrument), price, out);
}
