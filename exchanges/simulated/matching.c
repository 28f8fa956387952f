#include "exchanges/simulated/venue_state.h"

#include "core/base/decimal.h"

#include <stdlib.h>
#include <string.h>

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- consumption -------------------------------------------------------------------------------
 */

static struct consumed_level *find_consumed(struct consumption *consumption, struct price price)
{
	for (uint32_t i = 0; i < consumption->count; i++)
		if (consumption->levels[i].price.units == price.units)
			return &consumption->levels[i];
	return NULL;
}

static void forget(struct consumption *consumption, struct consumed_level *level)
{
	uint32_t index = (uint32_t)(level - consumption->levels);
	consumption->count--;
	memmove(level, level + 1, (consumption->count - index) * sizeof(*level));
}

/* What is left of a displayed level after own fills. */
static int64_t left_at(struct venue_market *market, enum side book_side, struct book_level level)
{
	struct consumption *consumption = &market->consumed[book_side];
	struct consumed_level *consumed = find_consumed(consumption, level.price);
	if (consumed == NULL)
		/* What cannot be remembered is not taken. */
		return consumption->count < CONSUMED_LEVELS_MAX ? level.quantity.units : 0;
	if (consumed->displayed.units != level.quantity.units) {
		forget(consumption, consumed);
		return level.quantity.units;
	}
	return level.quantity.units - consumed->taken.units;
}

static void consume(struct venue_market *market, enum side book_side, struct book_level level,
		    int64_t taken)
{
	struct consumption *consumption = &market->consumed[book_side];
	if (consumption->levels == NULL) {
		consumption->levels = calloc(CONSUMED_LEVELS_MAX, sizeof(*consumption->levels));
		if (consumption->levels == NULL)
			venue_abort_without_memory();
	}
	struct consumed_level *consumed = find_consumed(consumption, level.price);
	if (consumed == NULL) {
		consumed = &consumption->levels[consumption->count++];
		*consumed = (struct consumed_level){level.price, level.quantity, {0}};
	}
	consumed->taken.units += taken;
}

/* A level whose displayed size changed is a new level: what was taken from it is forgotten. */
static void refresh_consumed(struct consumption *consumption, const struct book_level *levels,
			     uint32_t count)
{
	for (uint32_t i = 0; i < count && consumption->count > 0; i++) {
		struct consumed_level *consumed = find_consumed(consumption, levels[i].price);
		if (consumed != NULL && consumed->displayed.units != levels[i].quantity.units)
			forget(consumption, consumed);
	}
}

static void refresh_all_consumed(struct consumption *consumption, const struct order_book *book,
				 enum side book_side)
{
	for (uint32_t i = consumption->count; i-- > 0;) {
		struct consumed_level *level = &consumption->levels[i];
		if (order_book_quantity_at(book, book_side, level->price).units !=
		    level->displayed.units)
			forget(consumption, level);
	}
}

/* ---- executions --------------------------------------------------------------------------------
 */

bool matching_fill(struct simulated_venue *venue, struct venue_market *market,
		   struct venue_order *order, struct venue_execution *execution)
{
	if (!venue_account_fill(&venue->account, market->instrument,
				&venue_terms(venue, market)->fees, &market->position, execution))
		return false;
	venue->statistics.fills++;
	if (execution->maker)
		venue->statistics.maker_fills++;
	if (order != NULL) {
		order->executed.units += execution->quantity.units;
		order->open.units -= execution->quantity.units;
		order->changed_ns = venue_time(venue);
	}
	venue_emit_fill(venue, market, order ? order->request.client_id : 0, execution);
	return true;
}

void matching_trim_reduce_only(struct simulated_venue *venue, struct venue_market *market)
{
	for (uint32_t i = 0; i < market->working_count;) {
		struct venue_order *order = market->working[i];
		if (!order->request.reduce_only) {
			i++;
			continue;
		}
		/* What this order may reduce: what is held less the older reduce-only orders. */
		uint32_t all = market->working_count;
		market->working_count = i;
		struct quantity left = venue_reducible(venue, market, order->request.side);
		market->working_count = all;
		if (left.units == 0) {
			venue_order_finish(venue, market, order, ORDER_STATE_CANCELLED,
					   REJECT_REDUCE_ONLY);
			continue;
		}
		order->open.units = smaller(order->open.units, left.units);
		i++;
	}
}

/* A reduce-only order that was trimmed is done without being filled as asked. */
static void finish_executed(struct simulated_venue *venue, struct venue_market *market,
			    struct venue_order *order)
{
	if (order->executed.units == order->request.quantity.units)
		venue_order_finish(venue, market, order, ORDER_STATE_FILLED, REJECT_NONE);
	else
		venue_order_finish(venue, market, order, ORDER_STATE_CANCELLED, REJECT_REDUCE_ONLY);
}

/* ---- taker -------------------------------------------------------------------------------------
 */

/* Is `price` still acceptable to an order on `side` with that limit? */
static bool inside_limit(enum side side, struct price limit, struct price price)
{
	return side == SIDE_BUY ? price.units <= limit.units : price.units >= limit.units;
}

struct walk {
	struct simulated_venue *venue;
	struct venue_market *market;
	struct venue_order *order;
	bool overflow;
};

static bool take_level(void *user, struct book_level level)
{
	struct walk *walk = user;
	struct venue_order *order = walk->order;
	enum side book_side = side_opposite(order->request.side);
	if (order->request.type != ORDER_MARKET &&
	    !inside_limit(order->request.side, order->request.limit, level.price))
		return false;
	bool leaves_trace = walk->venue->options.taker_model == TAKER_WALK_CONSUME;
	int64_t left =
		leaves_trace ? left_at(walk->market, book_side, level) : level.quantity.units;
	struct venue_execution execution = {.side = order->request.side,
					    .price = level.price,
					    .quantity = {smaller(left, order->open.units)}};
	if (execution.quantity.units <= 0)
		return true;
	if (!matching_fill(walk->venue, walk->market, order, &execution)) {
		walk->overflow = true;
		return false;
	}
	if (leaves_trace)
		consume(walk->market, book_side, level, execution.quantity.units);
	return order->open.units > 0;
}

bool matching_admits(const struct simulated_venue *venue, const struct venue_market *market,
		     const struct order_request *order, struct venue_refusal *refusal)
{
	const struct book_state *state = market_state_book(venue->books, market->id);
	if (state->book == NULL || !state->synced)
		return venue_refuse(refusal, REJECT_NOT_SYNCED, "the order book is not synced");
	struct book_level best;
	if (order->type != ORDER_POST_ONLY ||
	    !order_book_best(state->book, side_opposite(order->side), &best) ||
	    !inside_limit(order->side, order->limit, best.price))
		return true;
	char limit[DECIMAL_TEXT_MAX], touch[DECIMAL_TEXT_MAX];
	price_format(market->instrument, order->limit, limit, sizeof(limit));
	price_format(market->instrument, best.price, touch, sizeof(touch));
	return venue_refuse(refusal, REJECT_WOULD_CROSS, "post-only %s at %s would cross %s",
			    side_text(order->side), limit, touch);
}

/* The new order stands behind everything displayed at its price. */
static void rest(struct simulated_venue *venue, struct venue_market *market,
		 struct venue_order *order, const struct order_book *book)
{
	enum side side = order->request.side;
	struct book_level level = {order->request.limit,
				   order_book_quantity_at(book, side, order->request.limit)};
	const struct consumed_level *consumed = find_consumed(&market->consumed[side], level.price);
	order->ahead = level.quantity;
	if (consumed != NULL && consumed->displayed.units == level.quantity.units)
		order->ahead.units -= consumed->taken.units;
	market->working[market->working_count++] = order;
	if (order->executed.units > 0)
		venue_emit_order(venue, order);
}

void matching_execute(struct simulated_venue *venue, struct venue_market *market,
		      struct venue_order *order)
{
	const struct order_book *book = market_state_book(venue->books, market->id)->book;
	struct walk walk = {venue, market, order, false};
	if (order->request.type != ORDER_POST_ONLY)
		order_book_walk(book, side_opposite(order->request.side), take_level, &walk);
	if (walk.overflow)
		venue_order_finish(venue, market, order, ORDER_STATE_CANCELLED, REJECT_OTHER);
	else if (order->open.units == 0)
		finish_executed(venue, market, order);
	else if (order->request.type == ORDER_IOC || order->request.type == ORDER_MARKET)
		venue_order_finish(venue, market, order, ORDER_STATE_CANCELLED, REJECT_NONE);
	else
		rest(venue, market, order, book);
	if (order->executed.units > 0) {
		matching_trim_reduce_only(venue, market);
		venue_emit_account(venue, market);
	}
}

/* ---- maker -------------------------------------------------------------------------------------
 */

/* Cancels are taken to be behind an own order, unless no more than that is displayed. */
static void shorten_queues(struct venue_market *market, const struct order_book *book)
{
	for (uint32_t i = 0; i < market->working_count; i++) {
		struct venue_order *order = market->working[i];
		if (order->ahead.units == 0)
			continue;
		struct quantity displayed =
			order_book_quantity_at(book, order->request.side, order->request.limit);
		order->ahead.units = smaller(order->ahead.units, displayed.units);
	}
}

void matching_book(struct simulated_venue *venue, struct venue_market *market,
		   const struct market_event *event)
{
	/* The snapshot that ends a gap counts when SYNCED says so. */
	const struct book_state *state = market_state_book(venue->books, market->id);
	if (!state->synced)
		return;
	if (event->flags & EVENT_FLAG_SNAPSHOT) {
		matching_resync(venue, market);
		return;
	}
	refresh_consumed(&market->consumed[SIDE_BUY], event->u.book.bids, event->u.book.bid_count);
	refresh_consumed(&market->consumed[SIDE_SELL], event->u.book.asks, event->u.book.ask_count);
	shorten_queues(market, state->book);
}

void matching_resync(struct simulated_venue *venue, struct venue_market *market)
{
	const struct book_state *state = market_state_book(venue->books, market->id);
	if (!state->synced || state->book == NULL)
		return;
	refresh_all_consumed(&market->consumed[SIDE_BUY], state->book, SIDE_BUY);
	refresh_all_consumed(&market->consumed[SIDE_SELL], state->book, SIDE_SELL);
	shorten_queues(market, state->book);
}

/* Own orders on `side` that a trade at `price` reaches: best price first, then arrival. */
static uint32_t reached_orders(const struct venue_market *market, enum side side,
			       struct price price, struct venue_order **out)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < market->working_count; i++) {
		struct venue_order *order = market->working[i];
		if (order->request.side != side || !inside_limit(side, order->request.limit, price))
			continue;
		uint32_t at = count++;
		for (; at > 0; at--) {
			int64_t other = out[at - 1]->request.limit.units;
			int64_t own = order->request.limit.units;
			if (side == SIDE_BUY ? own <= other : own >= other)
				break;
			out[at] = out[at - 1];
		}
		out[at] = order;
	}
	return count;
}

/* Advances the queue before the order; what the print has left after that may fill it. */
static void advance_queue(struct venue_order *order, struct price price, int64_t *print_left,
			  int64_t *passed)
{
	if (order->request.limit.units != price.units) {
		order->ahead.units = 0; /* traded through */
		return;
	}
	/* Of the orders at this price, *passed has gone before: the queue is one. */
	int64_t ahead = order->ahead.units > *passed ? order->ahead.units - *passed : 0;
	int64_t traded = smaller(*print_left, ahead);
	*print_left -= traded;
	*passed += traded;
	order->ahead.units = ahead - traded;
}

void matching_trade(struct simulated_venue *venue, struct venue_market *market,
		    const struct market_event *event)
{
	if (market->working_count == 0 || (event->flags & EVENT_FLAG_OFF_MARKET) ||
	    venue->options.maker_model == MAKER_NEVER ||
	    !market_state_book(venue->books, market->id)->synced)
		return;
	struct venue_order *orders[WORKING_ORDERS_MAX];
	enum side side = side_opposite(event->u.trade.taker_side);
	uint32_t count = reached_orders(market, side, event->u.trade.price, orders);
	int64_t print_left = event->u.trade.quantity.units;
	int64_t passed = 0;
	bool filled = false;
	for (uint32_t i = 0; i < count; i++) {
		struct venue_order *order = orders[i];
		if (order->state != ORDER_STATE_OPEN)
			continue;
		advance_queue(order, event->u.trade.price, &print_left, &passed);
		struct venue_execution execution = {
			.side = side,
			.price = order->request.limit,
			.quantity = {smaller(print_left, order->open.units)},
			.maker = true};
		if (execution.quantity.units <= 0)
			continue;
		if (!matching_fill(venue, market, order, &execution)) {
			venue_order_finish(venue, market, order, ORDER_STATE_CANCELLED,
					   REJECT_OTHER);
			continue;
		}
		print_left -= execution.quantity.units;
		filled = true;
		if (order->open.units == 0)
			finish_executed(venue, market, order);
		else
			venue_emit_order(venue, order);
		matching_trim_reduce_only(venue, market);
	}
	if (filled)
		venue_emit_account(venue, market);
}
