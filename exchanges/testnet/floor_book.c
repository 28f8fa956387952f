#include "exchanges/testnet/floor_state.h"

#include <assert.h>
#include <string.h>

#define GAP_PERCENT 3

void level_list_add(struct level_list *list, struct book_level level)
{
	list->levels = floor_grow(list->levels, list->count, &list->capacity, sizeof(level));
	list->levels[list->count++] = level;
}

/* ---- what was taken ----------------------------------------------------------------------------
 */

static struct taken_level *find_taken(struct taken_levels *taken, struct price price)
{
	for (size_t i = 0; i < taken->count; i++)
		if (taken->levels[i].price.units == price.units)
			return &taken->levels[i];
	return NULL;
}

static void forget(struct taken_levels *taken, struct taken_level *level)
{
	size_t index = (size_t)(level - taken->levels);
	taken->count--;
	memmove(level, level + 1, (taken->count - index) * sizeof(*level));
}

void floor_take(struct floor_market *market, enum side book_side, struct price price,
		struct quantity quantity)
{
	struct taken_levels *taken = &market->taken[book_side];
	struct taken_level *level = find_taken(taken, price);
	if (level == NULL) {
		if (taken->count == FLOOR_TAKEN_MAX)
			forget(taken, taken->levels);
		taken->levels = floor_grow(taken->levels, taken->count, &taken->capacity,
					   sizeof(*taken->levels));
		level = &taken->levels[taken->count++];
		*level = (struct taken_level){
			price, order_book_quantity_at(market->outside, book_side, price), {0}};
	}
	level->taken.units += quantity.units;
}

/* What is left of a level of the feed; a level whose size changed is a new one. */
static struct book_level left_of(struct floor_market *market, enum side side,
				 struct book_level level)
{
	struct taken_levels *taken = &market->taken[side];
	struct taken_level *found = taken->count > 0 ? find_taken(taken, level.price) : NULL;
	if (found == NULL)
		return level;
	if (found->outside.units != level.quantity.units) {
		forget(taken, found);
		return level;
	}
	int64_t left = level.quantity.units - found->taken.units;
	level.quantity.units = left > 0 ? left : 0;
	return level;
}

static void forget_changed(struct floor_market *market, enum side side)
{
	struct taken_levels *taken = &market->taken[side];
	for (size_t i = taken->count; i-- > 0;) {
		struct taken_level *level = &taken->levels[i];
		int64_t outside = order_book_quantity_at(market->outside, side, level->price).units;
		if (outside == 0 || outside != level->outside.units)
			forget(taken, level);
	}
}

/* ---- what is displayed -------------------------------------------------------------------------
 */

struct quantity floor_record_displayed(const struct floor_record *record)
{
	const struct floor_account_state *account = &record->floor->accounts[record->shown.account];
	return simulated_venue_working(account->venue, record->shown.request.client_id);
}

static int64_t resting_at(const struct floor_market *market, enum side side, struct price price)
{
	int64_t sum = 0;
	for (size_t i = 0; i < market->resting_count; i++) {
		const struct order_request *request = &market->resting[i]->shown.request;
		if (request->side == side && request->limit.units == price.units)
			sum += floor_record_displayed(market->resting[i]).units;
	}
	return sum;
}

static int64_t others_at(const struct trading_floor *floor, instrument_id id, enum side side,
			 struct price price)
{
	const struct order_book *book = market_state_book(floor->books, id)->book;
	return book ? order_book_quantity_at(book, side, price).units : 0;
}

static void tell_book(struct trading_floor *floor, struct floor_market *market, bool snapshot,
		      const struct level_list lists[2])
{
	struct market_event event = floor_event(floor, market->id, EVENT_BOOK);
	event.flags = snapshot ? EVENT_FLAG_SNAPSHOT : 0;
	event.first_id = event.last_id = ++market->book_id;
	event.u.book.bids = lists[SIDE_BUY].levels;
	event.u.book.asks = lists[SIDE_SELL].levels;
	event.u.book.bid_count = (uint32_t)lists[SIDE_BUY].count;
	event.u.book.ask_count = (uint32_t)lists[SIDE_SELL].count;
	floor_tell(floor, &event);
}

void floor_dirty(struct trading_floor *floor, struct floor_market *market, enum side side,
		 struct price price)
{
	struct level_list *dirty = &market->dirty[side];
	for (size_t i = 0; i < dirty->count; i++)
		if (dirty->levels[i].price.units == price.units)
			return;
	bool first = market->dirty[SIDE_BUY].count + market->dirty[SIDE_SELL].count == 0;
	level_list_add(dirty, (struct book_level){price, {0}});
	size_t places = sizeof(floor->dirty_markets) / sizeof(floor->dirty_markets[0]);
	if (!first)
		return;
	if (floor->dirty_count == places)
		floor_flush(floor);
	floor->dirty_markets[floor->dirty_count++] = market->id;
}

void floor_flush(struct trading_floor *floor)
{
	for (size_t i = 0; i < floor->dirty_count; i++) {
		struct floor_market *market = floor->markets[floor->dirty_markets[i]];
		for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
			struct level_list *dirty = &market->dirty[side];
			for (size_t k = 0; k < dirty->count; k++) {
				struct price price = dirty->levels[k].price;
				dirty->levels[k].quantity.units =
					others_at(floor, market->id, side, price) +
					resting_at(market, side, price);
			}
		}
		tell_book(floor, market, false, market->dirty);
		market->dirty[SIDE_BUY].count = 0;
		market->dirty[SIDE_SELL].count = 0;
	}
	floor->dirty_count = 0;
}

/* ---- messages of the feed ----------------------------------------------------------------------
 */

static enum book_fault fault_of(struct trading_floor *floor, const struct floor_market *market)
{
	char value[FAULT_VALUE_MAX + 1];
	struct fault_occasion occasion = floor_occasion(floor, market->id, FAULT_ANY_SIDE, NULL);
	if (!fault_plan_strikes(floor->faults, "book", &occasion, value))
		return BOOK_WHOLE;
	return strcmp(value, "empty") == 0   ? BOOK_EMPTY
	       : strcmp(value, "cross") == 0 ? BOOK_CROSSED
					     : BOOK_GAPPED;
}

/* The levels that a fault leaves, and where it puts them. */
static void distort(struct level_list lists[2], enum book_fault fault)
{
	if (fault == BOOK_EMPTY) {
		lists[SIDE_BUY].count = 0;
		lists[SIDE_SELL].count = 0;
	}
	if (fault == BOOK_WHOLE || lists[SIDE_BUY].count == 0 || lists[SIDE_SELL].count == 0)
		return;
	int64_t bid = lists[SIDE_BUY].levels[0].price.units;
	int64_t ask = lists[SIDE_SELL].levels[0].price.units;
	int64_t mid = bid + (ask - bid) / 2;
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct level_list *list = &lists[side];
		size_t kept = 0;
		for (size_t i = 0; i < list->count; i++) {
			struct book_level level = list->levels[i];
			int64_t away = level.price.units - mid;
			if (fault == BOOK_CROSSED && side == SIDE_BUY)
				level.price.units += 2 * (ask - bid) + (ask == bid);
			if (fault == BOOK_GAPPED &&
			    (away < 0 ? -away : away) < mid / 100 * GAP_PERCENT)
				continue;
			list->levels[kept++] = level;
		}
		list->count = kept;
	}
}

static void read_outside(struct floor_market *market, enum side side, struct level_list *out)
{
	out->count = 0;
	uint32_t levels = order_book_level_count(market->outside, side);
	while (out->capacity < levels) {
		out->count = out->capacity;
		out->levels =
			floor_grow(out->levels, out->count, &out->capacity, sizeof(*out->levels));
	}
	levels = order_book_levels(market->outside, side, out->levels, levels);
	out->count = 0;
	for (uint32_t i = 0; i < levels; i++) {
		struct book_level level = left_of(market, side, out->levels[i]);
		if (level.quantity.units > 0)
			out->levels[out->count++] = level;
	}
}

static void apply_inner(struct trading_floor *floor, struct floor_market *market, bool snapshot)
{
	struct market_event event = floor_event(floor, market->id, EVENT_BOOK);
	event.flags = snapshot ? EVENT_FLAG_SNAPSHOT : 0;
	event.u.book.bids = floor->inner[SIDE_BUY].levels;
	event.u.book.asks = floor->inner[SIDE_SELL].levels;
	event.u.book.bid_count = (uint32_t)floor->inner[SIDE_BUY].count;
	event.u.book.ask_count = (uint32_t)floor->inner[SIDE_SELL].count;
	floor_apply(floor, &event);
	if (!snapshot)
		return;
	struct market_event synced = floor_event(floor, market->id, EVENT_CONNECTION);
	synced.u.connection.state = CONNECTION_SYNCED;
	floor_apply(floor, &synced);
}

static void show(struct trading_floor *floor, struct floor_market *market, bool snapshot)
{
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		const struct level_list *inner = &floor->inner[side];
		struct level_list *shown = &floor->shown[side];
		shown->count = 0;
		for (size_t i = 0; i < inner->count; i++) {
			struct book_level level = inner->levels[i];
			level.quantity.units += resting_at(market, side, level.price);
			level_list_add(shown, level);
		}
		for (size_t i = 0; snapshot && i < market->resting_count; i++) {
			const struct order_request *request = &market->resting[i]->shown.request;
			if ((int)request->side == side)
				floor_dirty(floor, market, side, request->limit);
		}
	}
	tell_book(floor, market, snapshot, floor->shown);
}

void floor_book_event(struct trading_floor *floor, struct floor_market *market,
		      const struct market_event *event)
{
	bool snapshot = event->flags & EVENT_FLAG_SNAPSHOT;
	assert(event->u.book.bid_count <= FLOOR_LEVELS_MAX &&
	       event->u.book.ask_count <= FLOOR_LEVELS_MAX);
	if ((event->flags & EVENT_FLAG_KEYFRAME) && market->started)
		return;
	if (snapshot)
		order_book_clear(market->outside);
	order_book_apply(market->outside, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
	enum book_fault fault = fault_of(floor, market);
	bool rebuild =
		snapshot || !market->started || fault != BOOK_WHOLE || market->fault != BOOK_WHOLE;
	market->fault = fault;
	market->started = true;
	const struct book_level *levels[2] = {event->u.book.bids, event->u.book.asks};
	const uint32_t counts[2] = {event->u.book.bid_count, event->u.book.ask_count};
	for (int side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct level_list *inner = &floor->inner[side];
		if (rebuild) {
			forget_changed(market, side);
			read_outside(market, side, inner);
			continue;
		}
		inner->count = 0;
		for (uint32_t i = 0; i < counts[side]; i++)
			level_list_add(inner, left_of(market, side, levels[side][i]));
	}
	distort(floor->inner, fault);
	apply_inner(floor, market, rebuild);
	show(floor, market, rebuild);
	if (fault == BOOK_WHOLE)
		floor_fill_crossed(floor, market);
}

/* ---- resting orders that the market reaches ----------------------------------------------------
 */

int64_t floor_private_print(struct floor_account_state *account, instrument_id id,
			    struct price price, struct quantity quantity, enum side taker_side)
{
	struct trading_floor *floor = account->floor;
	struct market_event print = floor_event(floor, id, EVENT_TRADE);
	print.u.trade.price = price;
	print.u.trade.quantity = quantity;
	print.u.trade.taker_side = taker_side;
	print.u.trade.id = ++floor->last_trade;
	floor->maker_units = 0;
	simulated_venue_market(account->venue, &print, print.local_ns);
	return floor->maker_units;
}

static bool crossed(const struct trading_floor *floor, const struct floor_record *record)
{
	const struct order_request *request = &record->shown.request;
	struct book_level best;
	const struct order_book *book = market_state_book(floor->books, request->instrument)->book;
	if (book == NULL || !order_book_best(book, side_opposite(request->side), &best))
		return false;
	return request->side == SIDE_BUY ? best.price.units <= request->limit.units
					 : best.price.units >= request->limit.units;
}

void floor_fill_crossed(struct trading_floor *floor, struct floor_market *market)
{
	for (size_t i = 0; i < market->resting_count;) {
		struct floor_record *record = market->resting[i];
		const struct order_request *request = &record->shown.request;
		struct quantity left = floor_record_displayed(record);
		if (left.units == 0 || !crossed(floor, record)) {
			i++;
			continue;
		}
		enum side taker_side = side_opposite(request->side);
		struct market_event print = floor_event(floor, market->id, EVENT_TRADE);
		print.u.trade.price = request->limit;
		print.u.trade.taker_side = taker_side;
		print.u.trade.quantity.units =
			floor_private_print(&floor->accounts[record->shown.account], market->id,
					    request->limit, left, taker_side);
		print.u.trade.id = floor->last_trade;
		if (print.u.trade.quantity.units > 0)
			floor_print(floor, market, &print);
		/* A filled order has left the list; one that did not fill is passed over. */
		if (i < market->resting_count && market->resting[i] == record)
			i++;
	}
}
