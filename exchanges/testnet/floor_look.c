#include "exchanges/testnet/floor_state.h"

#include <assert.h>

const struct market_state *trading_floor_books(const struct trading_floor *floor)
{
	return floor->books;
}

const struct instrument_table *trading_floor_instruments(const struct trading_floor *floor)
{
	return floor->instruments;
}

venue_id trading_floor_venue(const struct trading_floor *floor)
{
	return floor->options.venue;
}

int64_t trading_floor_venue_time(const struct trading_floor *floor)
{
	return scheduler_now(floor->scheduler) + floor->skew_ns;
}

/* ---- the displayed book ------------------------------------------------------------------------
 */

static bool better(enum side side, struct price a, struct price b)
{
	return side == SIDE_BUY ? a.units > b.units : a.units < b.units;
}

struct merge {
	const struct floor_market *market;
	enum side side;
	struct book_level *out;
	size_t count, limit;
	struct price last; /* of the level last written */
	bool any;
};

/* The best price among the accounts' resting orders that is worse than what is written. */
static bool next_resting(const struct merge *merge, struct book_level *level)
{
	bool found = false;
	for (size_t i = 0; i < merge->market->resting_count; i++) {
		const struct floor_record *record = merge->market->resting[i];
		const struct order_request *request = &record->shown.request;
		struct quantity shown = floor_record_displayed(record);
		if (request->side != merge->side || shown.units == 0 ||
		    (merge->any && !better(merge->side, merge->last, request->limit)))
			continue;
		if (!found || better(merge->side, request->limit, level->price))
			*level = (struct book_level){request->limit, {0}};
		found = true;
		if (request->limit.units == level->price.units)
			level->quantity.units += shown.units;
	}
	return found;
}

static void write_level(struct merge *merge, struct book_level level)
{
	merge->out[merge->count++] = level;
	merge->last = level.price;
	merge->any = true;
}

static bool merge_level(void *user, struct book_level level)
{
	struct merge *merge = user;
	struct book_level own;
	while (merge->count < merge->limit && merge->market->resting_count > 0 &&
	       next_resting(merge, &own) && !better(merge->side, level.price, own.price)) {
		if (own.price.units == level.price.units) {
			level.quantity.units += own.quantity.units;
			break;
		}
		write_level(merge, own);
	}
	if (merge->count < merge->limit)
		write_level(merge, level);
	return merge->count < merge->limit;
}

size_t trading_floor_depth(const struct trading_floor *floor, instrument_id instrument,
			   enum side side, struct book_level *out, size_t limit)
{
	const struct floor_market *market = floor_market_find(floor, instrument);
	if (market == NULL || limit == 0)
		return 0;
	struct merge merge = {.market = market, .side = side, .out = out, .limit = limit};
	const struct order_book *book = market_state_book(floor->books, instrument)->book;
	struct book_level own;
	if (book != NULL)
		order_book_walk(book, side, merge_level, &merge);
	while (merge.count < limit && next_resting(&merge, &own))
		write_level(&merge, own);
	return merge.count;
}

size_t trading_floor_trades(const struct trading_floor *floor, instrument_id instrument,
			    struct market_event *out, size_t limit)
{
	const struct floor_market *market = floor_market_find(floor, instrument);
	if (market == NULL)
		return 0;
	size_t count = market->trade_count < limit ? market->trade_count : limit;
	for (size_t i = 0; i < count; i++)
		out[i] = market->trades[(market->next_trade + FLOOR_TRADES_KEPT - 1 - i) %
					FLOOR_TRADES_KEPT];
	return count;
}

struct floor_day trading_floor_day(const struct trading_floor *floor, instrument_id instrument)
{
	const struct floor_market *market = floor_market_find(floor, instrument);
	return market ? market->day : (struct floor_day){0};
}

/* ---- histories ---------------------------------------------------------------------------------
 */

size_t trading_floor_fill_count(const struct trading_floor *floor, floor_account account)
{
	assert(account < floor->account_count);
	return floor->accounts[account].fill_count;
}

const struct floor_fill *trading_floor_fill(const struct trading_floor *floor,
					    floor_account account, size_t index)
{
	return index < trading_floor_fill_count(floor, account)
		       ? &floor->accounts[account].fills[index]
		       : NULL;
}

size_t trading_floor_payment_count(const struct trading_floor *floor, floor_account account)
{
	assert(account < floor->account_count);
	return floor->accounts[account].payment_count;
}

const struct floor_payment *trading_floor_payment(const struct trading_floor *floor,
						  floor_account account, size_t index)
{
	return index < trading_floor_payment_count(floor, account)
		       ? &floor->accounts[account].payments[index]
		       : NULL;
}

size_t trading_floor_settled_count(const struct trading_floor *floor, instrument_id instrument)
{
	const struct floor_market *market = floor_market_find(floor, instrument);
	return market ? market->settled_count : 0;
}

const struct floor_settled *trading_floor_settled(const struct trading_floor *floor,
						  instrument_id instrument, size_t index)
{
	return index < trading_floor_settled_count(floor, instrument)
		       ? &floor->markets[instrument]->settled[index]
		       : NULL;
}

/* ---- the account -------------------------------------------------------------------------------
 */

static struct money magnitude(struct money amount)
{
	return amount.e18 < 0 ? money_negate(amount) : amount;
}

/* Mark, else the mid of the book; false: neither. */
static bool price_of(const struct trading_floor *floor, instrument_id id, struct money *price)
{
	const struct mark_state *mark = market_state_mark(floor->books, id);
	const struct order_book *book = market_state_book(floor->books, id)->book;
	struct book_level bid, ask;
	*price = mark->mark;
	if ((mark->fields & MARK_HAS_MARK) && mark->mark.e18 > 0)
		return true;
	if (book == NULL || !order_book_best(book, SIDE_BUY, &bid) ||
	    !order_book_best(book, SIDE_SELL, &ask))
		return false;
	*price = mid_e18(instrument_get(floor->instruments, id), bid.price, ask.price);
	return true;
}

struct floor_position trading_floor_position(const struct trading_floor *floor,
					     floor_account account, instrument_id instrument)
{
	assert(account < floor->account_count);
	struct position_value held =
		simulated_venue_position(floor->accounts[account].venue, instrument);
	struct floor_position position = {.quantity = held.quantity,
					  .leverage = held.leverage,
					  .liquidation = held.liquidation_price,
					  .liquidation_known = held.liquidation_known};
	const struct instrument *terms = instrument_get(floor->instruments, instrument);
	const struct order_rules *rules = &instrument_latest(floor->instruments, instrument)->rules;
	bool priced = price_of(floor, instrument, &position.mark);
	if (held.quantity.units == 0)
		return position;
	struct quantity size = {held.quantity.units < 0 ? -held.quantity.units
							: held.quantity.units};
	struct money value;
	mul_div(magnitude(held.cost).e18, i128_power_of_ten(terms->quantity_decimals), size.units,
		ROUND_HALF_EVEN, &position.entry.e18);
	i128_div_round(magnitude(held.cost).e18, held.leverage, ROUND_AWAY_FROM_ZERO,
		       &position.margin_used.e18);
	if (!priced || !contract_value_e18(terms, held.quantity, position.mark, &value))
		return position;
	position.value = magnitude(value);
	position.unrealised.e18 = value.e18 - held.cost.e18;
	contract_value_times_rate(terms, size, position.mark, rules->maintenance_margin,
				  &position.maintenance);
	return position;
}

/* All instruments of a venue settle in one asset. */
static asset_id settle_asset(const struct trading_floor *floor)
{
	for (instrument_id id = 1; id <= instrument_count(floor->instruments); id++)
		if (instrument_get(floor->instruments, id)->venue == floor->options.venue)
			return instrument_get(floor->instruments, id)->settle;
	return 0;
}

struct floor_balance trading_floor_balance(const struct trading_floor *floor, floor_account account)
{
	assert(account < floor->account_count);
	const struct simulated_venue *venue = floor->accounts[account].venue;
	asset_id asset = settle_asset(floor);
	struct floor_balance balance = {.balance = simulated_venue_balance(venue, asset),
					.available = simulated_venue_available(venue, asset)};
	balance.equity = balance.balance;
	for (instrument_id id = 1; id <= instrument_count(floor->instruments); id++) {
		if (floor->markets[id] == NULL)
			continue;
		struct floor_position position = trading_floor_position(floor, account, id);
		if (position.quantity.units == 0)
			continue;
		balance.equity.e18 += position.unrealised.e18;
		balance.margin_used.e18 += position.margin_used.e18;
		balance.maintenance.e18 += position.maintenance.e18;
		balance.notional.e18 += position.value.e18;
	}
	return balance;
}
