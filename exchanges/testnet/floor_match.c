#include "exchanges/testnet/floor_state.h"

#include <assert.h>
#include <stdio.h>

static bool inside_limit(const struct order_request *taker, struct price price)
{
	if (taker->type == ORDER_MARKET)
		return true;
	return taker->side == SIDE_BUY ? price.units <= taker->limit.units
				       : price.units >= taker->limit.units;
}

/* A resting order that the taker may meet. */
static bool meets(const struct floor_record *resting, const struct order_request *taker)
{
	return resting->shown.request.side != taker->side &&
	       inside_limit(taker, resting->shown.request.limit);
}

static void cancel_own_crossing(struct floor_market *market, const struct floor_record *taker)
{
	for (size_t i = 0; i < market->resting_count;) {
		struct floor_record *resting = market->resting[i];
		if (resting->shown.account == taker->shown.account &&
		    meets(resting, &taker->shown.request))
			floor_cancel_now(resting, "self trade");
		if (i < market->resting_count && market->resting[i] == resting)
			i++;
	}
}

/* ---- the book as the taker meets it ------------------------------------------------------------
 *
 * Other accounts' resting orders stand in the book only while one order is matched; what the book
 * held before is kept in floor->view and put back.
 */

static struct quantity at_price(const struct trading_floor *floor,
				const struct floor_market *market, enum side side,
				struct price price)
{
	const struct order_book *book = market_state_book(floor->books, market->id)->book;
	return book ? order_book_quantity_at(book, side, price) : (struct quantity){0};
}

static void set_levels(struct trading_floor *floor, const struct floor_market *market,
		       enum side side, const struct book_level *levels, size_t count)
{
	struct market_event event = floor_event(floor, market->id, EVENT_BOOK);
	event.u.book.bids = event.u.book.asks = levels;
	event.u.book.bid_count = side == SIDE_BUY ? (uint32_t)count : 0;
	event.u.book.ask_count = side == SIDE_SELL ? (uint32_t)count : 0;
	market_state_apply(floor->books, &event);
}

static void view_set(struct trading_floor *floor, const struct floor_market *market, enum side side,
		     struct book_level level)
{
	bool kept = false;
	for (size_t i = 0; i < floor->view.count && !kept; i++)
		kept = floor->view.levels[i].price.units == level.price.units;
	if (!kept)
		level_list_add(&floor->view,
			       (struct book_level){level.price,
						   at_price(floor, market, side, level.price)});
	set_levels(floor, market, side, &level, 1);
}

static void add_others(struct trading_floor *floor, struct floor_market *market,
		       const struct floor_record *taker)
{
	enum side side = side_opposite(taker->shown.request.side);
	for (size_t i = 0; i < market->resting_count; i++) {
		const struct floor_record *resting = market->resting[i];
		if (resting->shown.account == taker->shown.account ||
		    !meets(resting, &taker->shown.request))
			continue;
		struct price price = resting->shown.request.limit;
		struct quantity quantity = at_price(floor, market, side, price);
		quantity.units += floor_record_displayed(resting).units;
		view_set(floor, market, side, (struct book_level){price, quantity});
	}
}

/* Leaves no more than a part of the taker's quantity within its limit. */
static void thin_out(struct trading_floor *floor, struct floor_market *market,
		     const struct floor_record *taker)
{
	const struct order_request *request = &taker->shown.request;
	const struct order_rules *rules = &instrument_latest(floor->instruments, market->id)->rules;
	const struct order_book *book = market_state_book(floor->books, market->id)->book;
	enum side side = side_opposite(request->side);
	i128 part = (i128)request->quantity.units * taker->faults.fill_pct / 100;
	struct quantity left = quantity_floor_to_lot(rules, (struct quantity){(int64_t)part});
	struct level_list *levels = &floor->shown[side];
	if (book == NULL)
		return;
	levels->count = 0;
	for (uint32_t i = order_book_level_count(book, side); i > 0; i--)
		level_list_add(levels, (struct book_level){0});
	levels->count = order_book_levels(book, side, levels->levels, (uint32_t)levels->count);
	for (size_t i = 0; i < levels->count && inside_limit(request, levels->levels[i].price);
	     i++) {
		struct book_level level = levels->levels[i];
		if (level.quantity.units > left.units)
			view_set(floor, market, side, (struct book_level){level.price, left});
		left.units -= level.quantity.units < left.units ? level.quantity.units : left.units;
	}
}

static void restore_view(struct trading_floor *floor, const struct floor_market *market,
			 enum side side)
{
	if (floor->view.count > 0)
		set_levels(floor, market, side, floor->view.levels, floor->view.count);
	floor->view.count = 0;
}

/* ---- after the match ---------------------------------------------------------------------------
 */

/* Gives what the others' book could not have to the accounts that rest there, oldest first. */
static void fill_makers(struct trading_floor *floor, struct floor_market *market,
			const struct floor_record *taker, const struct taker_fill *fill)
{
	enum side side = taker->shown.request.side;
	int64_t units = fill->makers;
	for (size_t i = 0; i < market->resting_count && units > 0;) {
		struct floor_record *resting = market->resting[i];
		int64_t left = floor_record_displayed(resting).units;
		if (resting->shown.account == taker->shown.account ||
		    resting->shown.request.side == side ||
		    resting->shown.request.limit.units != fill->price.units || left == 0) {
			i++;
			continue;
		}
		struct quantity part = {left < units ? left : units};
		struct floor_account_state *account = &floor->accounts[resting->shown.account];
		units -= floor_private_print(account, market->id, fill->price, part, side);
		if (i < market->resting_count && market->resting[i] == resting)
			i++;
	}
}

/* The others' levels shrink by what was taken, other accounts' orders fill, trades are printed. */
static void settle_taken(struct trading_floor *floor, struct floor_market *market,
			 const struct floor_record *taker)
{
	enum side book_side = side_opposite(taker->shown.request.side);
	struct level_list *changes = &floor->inner[book_side];
	changes->count = 0;
	for (size_t i = 0; i < floor->taker_fill_count; i++) {
		struct taker_fill *fill = &floor->taker_fills[i];
		struct quantity there = at_price(floor, market, book_side, fill->price);
		struct quantity taken = there.units < fill->quantity.units ? there : fill->quantity;
		fill->makers = fill->quantity.units - taken.units;
		floor_dirty(floor, market, book_side, fill->price);
		if (taken.units == 0)
			continue;
		floor_take(market, book_side, fill->price, taken);
		there.units -= taken.units;
		level_list_add(changes, (struct book_level){fill->price, there});
	}
	struct market_event event = floor_event(floor, market->id, EVENT_BOOK);
	event.u.book.bids = event.u.book.asks = changes->levels;
	event.u.book.bid_count = book_side == SIDE_BUY ? (uint32_t)changes->count : 0;
	event.u.book.ask_count = book_side == SIDE_SELL ? (uint32_t)changes->count : 0;
	if (changes->count > 0)
		floor_apply(floor, &event);
	for (size_t i = 0; i < floor->taker_fill_count; i++)
		fill_makers(floor, market, taker, &floor->taker_fills[i]);
}

static void print_taken(struct trading_floor *floor, struct floor_market *market, enum side side)
{
	for (size_t i = 0; i < floor->taker_fill_count; i++) {
		struct market_event print = floor_event(floor, market->id, EVENT_TRADE);
		print.u.trade.price = floor->taker_fills[i].price;
		print.u.trade.quantity = floor->taker_fills[i].quantity;
		print.u.trade.taker_side = side;
		print.u.trade.id = floor->taker_fills[i].trade_number;
		floor_print(floor, market, &print);
	}
}

static void come_to_rest(struct trading_floor *floor, struct floor_market *market,
			 struct floor_record *record)
{
	record->shown.resting = true;
	market->resting = floor_grow(market->resting, market->resting_count,
				     &market->resting_capacity, sizeof(struct floor_record *));
	market->resting[market->resting_count++] = record;
	floor_dirty(floor, market, record->shown.request.side, record->shown.request.limit);
}

static bool ended_by_fault(struct floor_record *record)
{
	if (record->faults.refused)
		floor_record_end(record, ORDER_STATE_REJECTED,
				 record->shown.request.reduce_only ? REJECT_REDUCE_ONLY
								   : REJECT_MARGIN,
				 "refused when it came to match");
	else if (record->faults.self_trade)
		floor_record_end(record, ORDER_STATE_CANCELLED, REJECT_NONE,
				 "self-trade prevention");
	else
		return false;
	floor_tell_order(record);
	return true;
}

void floor_match(struct floor_record *record)
{
	struct trading_floor *floor = record->floor;
	const struct order_request *request = &record->shown.request;
	struct floor_market *market = floor->markets[request->instrument];
	if (ended_by_fault(record))
		return;
	cancel_own_crossing(market, record);
	floor->view.count = 0;
	add_others(floor, market, record);
	if (record->faults.fill_pct >= 0)
		thin_out(floor, market, record);
	assert(floor->placing == NULL);
	floor->placing = record;
	floor->taker_fill_count = 0;
	record->matched = true;
	struct simulated_answer answer =
		simulated_venue_place(floor->accounts[record->shown.account].venue, request,
				      scheduler_now(floor->scheduler));
	floor->placing = NULL;
	restore_view(floor, market, side_opposite(request->side));
	if (!answer.accepted && record->shown.state == ORDER_STATE_OPEN)
		floor_record_end(record, ORDER_STATE_REJECTED, answer.reason, answer.text);
	else if (record->shown.state == ORDER_STATE_REJECTED)
		snprintf(record->shown.text, sizeof(record->shown.text), "%s", answer.text);
	else if (record->shown.state == ORDER_STATE_OPEN)
		come_to_rest(floor, market, record);
	record->shown.updated_ns = trading_floor_venue_time(floor);
	floor_tell_order(record);
	settle_taken(floor, market, record);
	print_taken(floor, market, request->side);
}
