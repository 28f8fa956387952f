#include "tests/support/hostile_exchange.h"

#include "core/base/utc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One thing under way between us and the venue. */
struct journey {
	struct hostile_exchange *exchange;
	struct journey *next, *previous;
	size_t order;
	char fate;
	struct command_request command;
	struct command_result answer;
	command_done done;
	void *user;
	int64_t give_up_ns;
	struct account_event event;
	struct read_request read;
	read_done read_done;
	bool lost;
	struct read_result result;
	struct book_level bids[HOSTILE_LEVELS], asks[HOSTILE_LEVELS];
	struct balance_value balances[8];
	struct position_value positions[HOSTILE_INSTRUMENTS];
	struct account_event *events;
};

static struct hostile_exchange *exchange_of(struct exchange_client *client)
{
	return (struct hostile_exchange *)client;
}

static int64_t now_of(const struct hostile_exchange *exchange)
{
	return scheduler_now(exchange->scheduler);
}

static struct journey *journey_new(struct hostile_exchange *exchange)
{
	struct journey *journey = calloc(1, sizeof(*journey));
	assert(journey);
	journey->exchange = exchange;
	journey->next = exchange->journeys;
	if (journey->next)
		journey->next->previous = journey;
	exchange->journeys = journey;
	return journey;
}

static void journey_over(struct journey *journey)
{
	if (journey->previous)
		journey->previous->next = journey->next;
	else
		journey->exchange->journeys = journey->next;
	if (journey->next)
		journey->next->previous = journey->previous;
	free(journey->events);
	free(journey);
}

static bool is_down(const struct hostile_exchange *exchange)
{
	return now_of(exchange) >= exchange->down_from_ns &&
	       now_of(exchange) < exchange->down_until_ns;
}

/* ---- events ------------------------------------------------------------------------------------
 */

static void on_event(void *user)
{
	struct journey *journey = user;
	struct hostile_exchange *exchange = journey->exchange;
	struct account_event event = journey->event;

	journey_over(journey);
	event.local_ns = now_of(exchange);
	exchange->account(exchange->user, &event);
}

static void send_event(struct hostile_exchange *exchange, const struct account_event *event,
		       int64_t after_ns)
{
	struct journey *journey = journey_new(exchange);
	journey->event = *event;
	scheduler_after(exchange->scheduler, after_ns, SCHEDULE_ORDER_EVENT, on_event, journey);
}

static struct account_event order_event(const struct hostile_exchange *exchange,
					const struct hostile_order *order)
{
	struct account_event event = {
		.kind = ACCOUNT_ORDER,
		.local_ns = now_of(exchange),
		.exch_ns = market_state_venue_time(exchange->market, exchange->client.venue,
						   now_of(exchange)),
		.venue = exchange->client.venue,
		.instrument = order->request.instrument,
		.u.order = {.client_id = order->request.client_id,
			    .state = order->state,
			    .executed = order->executed},
	};
	return event;
}

static void remember_position(struct hostile_exchange *exchange)
{
	assert(exchange->past_count < HOSTILE_ORDERS_MAX);
	exchange->past[exchange->past_count].at_ns = now_of(exchange);
	memcpy(exchange->past[exchange->past_count].quantity, exchange->position,
	       sizeof(exchange->position));
	exchange->past_count++;
}

static void fill(struct hostile_exchange *exchange, struct hostile_order *order, struct price price,
		 int64_t units, bool maker, bool announced)
{
	const struct instrument *instrument =
		instrument_get(exchange->instruments, order->request.instrument);
	const struct fee_terms *fees =
		&instrument_latest(exchange->instruments, order->request.instrument)->fees;
	struct account_event *event = &exchange->fills[exchange->fill_count++];
	int64_t signed_units = order->request.side == SIDE_BUY ? units : -units;
	struct money fee = {0}, value;

	assert(exchange->fill_count < HOSTILE_ORDERS_MAX);
	order->executed.units += units;
	exchange->position[order->request.instrument].units += signed_units;
	remember_position(exchange);
	*event = (struct account_event){
		.kind = ACCOUNT_FILL,
		.exch_ns = market_state_venue_time(exchange->market, exchange->client.venue,
						   now_of(exchange)),
		.venue = exchange->client.venue,
		.instrument = order->request.instrument,
		.u.fill = {.client_id = order->request.client_id,
			   .side = order->request.side,
			   .price = price,
			   .quantity = {units},
			   .maker = maker,
			   .fee_asset = instrument->settle},
	};
	snprintf(event->u.fill.trade_id, sizeof(event->u.fill.trade_id), "t%llu",
		 (unsigned long long)++exchange->trade_ids);
	contract_value(instrument, (struct quantity){units}, price, &value);
	money_times_rate(value, maker ? fees->maker : fees->taker, &fee);
	if (instrument->kind == INSTRUMENT_SPOT) {
		event->u.fill.fee_asset = instrument->quote;
		if (order->request.side == SIDE_BUY && fees->buy_fee_in_base) {
			i128 base = units * instrument->contract_size.e18 /
				    i128_power_of_ten(instrument->quantity_decimals);
			event->u.fill.fee_asset = instrument->base;
			money_times_rate((struct money){base}, fees->taker, &fee);
			exchange->base_total.e18 += base - fee.e18;
		} else {
			i128 base = signed_units * instrument->contract_size.e18 /
				    i128_power_of_ten(instrument->quantity_decimals);
			exchange->base_total.e18 += base;
		}
	}
	event->u.fill.fee = fee;
	if (announced)
		send_event(exchange, event, exchange->response_ns);
}

/* ---- matching ----------------------------------------------------------------------------------
 */

static int64_t open_units(const struct hostile_exchange *exchange,
			  const struct hostile_order *order)
{
	int64_t open = order->request.quantity.units - order->executed.units;
	int64_t held = exchange->position[order->request.instrument].units;

	if (!order->request.reduce_only || exchange->ignores_position_limits)
		return open;
	if (order->request.side == SIDE_BUY)
		held = -held;
	return held < open ? (held > 0 ? held : 0) : open;
}

/* Walks the book; `most` units at the most. */
static void walk(struct hostile_exchange *exchange, struct hostile_order *order, int64_t most,
		 bool announced)
{
	instrument_id id = order->request.instrument;
	bool buy = order->request.side == SIDE_BUY;
	struct book_level *levels = buy ? exchange->asks[id] : exchange->bids[id];
	uint32_t count = buy ? exchange->ask_count[id] : exchange->bid_count[id];

	for (uint32_t i = 0; i < count && most > 0; i++) {
		int64_t take = levels[i].quantity.units < most ? levels[i].quantity.units : most;
		if (order->request.type != ORDER_MARKET &&
		    (buy ? levels[i].price.units > order->request.limit.units
			 : levels[i].price.units < order->request.limit.units))
			break;
		if (take > 0)
			fill(exchange, order, levels[i].price, take, false, announced);
		most -= take;
	}
}

static bool crosses(const struct hostile_exchange *exchange, const struct order_request *request)
{
	instrument_id id = request->instrument;

	if (request->side == SIDE_BUY)
		return exchange->ask_count[id] > 0 &&
		       request->limit.units >= exchange->asks[id][0].price.units;
	return exchange->bid_count[id] > 0 &&
	       request->limit.units <= exchange->bids[id][0].price.units;
}

static enum reject_reason reason_of(const struct hostile_exchange *exchange,
				    const struct hostile_order *order)
{
	int64_t venue_ns =
		market_state_venue_time(exchange->market, exchange->client.venue, now_of(exchange));

	switch (order->fate) {
	case 'm':
		return REJECT_MARGIN;
	case 'r':
		return REJECT_OTHER;
	case 'R':
		return REJECT_REDUCE_ONLY;
	case 'n':
		return REJECT_NEVER_SENT;
	case 'c':
		return REJECT_WOULD_CROSS;
	case 'k':
		return REJECT_MINIMUM_QUANTITY;
	case 'b':
		return REJECT_PRICE_BAND;
	}
	if (order->fate != 'D' && order->request.venue_expiry_ns &&
	    venue_ns > order->request.venue_expiry_ns)
		return REJECT_EXPIRED;
	if (open_units(exchange, order) <= 0)
		return REJECT_REDUCE_ONLY;
	if (order->request.type == ORDER_POST_ONLY && crosses(exchange, &order->request))
		return REJECT_WOULD_CROSS;
	return REJECT_NONE;
}

static void match(struct hostile_exchange *exchange, struct hostile_order *order)
{
	bool announced = order->fate != 'S' && order->fate != 's' && order->fate != 'o';
	int64_t lot = instrument_latest(exchange->instruments, order->request.instrument)
			      ->rules.lot.units;
	int64_t most = open_units(exchange, order);
	size_t first_fill = exchange->fill_count;

	if (order->fate == 'p')
		most = most / 2 / lot * lot;
	else if (order->fate == 'z')
		most = 0;
	else if (order->fate == '1')
		most = lot < most ? lot : most;
	if (order->request.type != ORDER_POST_ONLY)
		walk(exchange, order, most, announced);
	bool full = order->executed.units >= order->request.quantity.units;
	bool rests = order->request.type == ORDER_LIMIT || order->request.type == ORDER_POST_ONLY;
	order->state = full ? ORDER_STATE_FILLED : rests ? ORDER_STATE_OPEN : ORDER_STATE_CANCELLED;
	if (order->fate == 'S' || order->fate == 's')
		return;
	struct account_event event = order_event(exchange, order);
	send_event(exchange, &event, exchange->response_ns);
	for (size_t i = first_fill; i < exchange->fill_count; i++) {
		if (order->fate == 'o')
			send_event(exchange, &exchange->fills[i],
				   exchange->response_ns + 300 * NS_PER_MS);
		if (order->fate == 'x')
			send_event(exchange, &exchange->fills[i],
				   exchange->response_ns + 10 * NS_PER_MS);
	}
	if (order->fate == 'x')
		send_event(exchange, &event, exchange->response_ns + 20 * NS_PER_MS);
}

/* ---- commands ----------------------------------------------------------------------------------
 */

static void on_answer(void *user)
{
	struct journey *journey = user;
	struct command_result answer = journey->answer;
	command_done done = journey->done;
	void *to = journey->user;

	answer.venue_order_id = answer.venue_code = answer.venue_text = "";
	journey_over(journey);
	done(to, &answer);
}

static void answer_at(struct journey *journey, int64_t at_ns, enum command_outcome outcome,
		      enum reject_reason reason)
{
	if (at_ns >= journey->give_up_ns) {
		at_ns = journey->give_up_ns;
		outcome = COMMAND_UNKNOWN;
	}
	journey->answer.outcome = outcome;
	journey->answer.reason = reason;
	scheduler_at(journey->exchange->scheduler, at_ns, SCHEDULE_COMPLETION, on_answer, journey);
}

static void never_answered(struct journey *journey)
{
	answer_at(journey, INT64_MAX, COMMAND_UNKNOWN, REJECT_NONE);
}

static void check_live_orders(struct hostile_exchange *exchange, instrument_id instrument)
{
	unsigned live = 0;
	for (size_t i = 0; i < exchange->order_count; i++)
		if (exchange->orders[i].request.instrument == instrument &&
		    exchange->orders[i].arrived_ns && exchange->orders[i].state == ORDER_STATE_OPEN)
			live++;
	if (live > 1)
		exchange->two_live_orders = true;
}

static void on_order_arrives(void *user)
{
	struct journey *journey = user;
	struct hostile_exchange *exchange = journey->exchange;
	struct hostile_order *order = &exchange->orders[journey->order];
	int64_t back_ns = now_of(exchange) + exchange->response_ns;
	enum reject_reason reason = reason_of(exchange, order);
	bool late = order->fate == 'd' || order->fate == 'D';

	if (is_down(exchange)) {
		if (late)
			journey_over(journey);
		else
			never_answered(journey);
		return;
	}
	if (reason != REJECT_NONE) {
		order->state = ORDER_STATE_REJECTED;
		if (late)
			journey_over(journey);
		else
			answer_at(journey, back_ns, COMMAND_REJECTED, reason);
		return;
	}
	order->arrived_ns = now_of(exchange);
	order->visible_ns = now_of(exchange) + exchange->look_up_lag_ns;
	match(exchange, order);
	check_live_orders(exchange, order->request.instrument);
	switch (order->fate) {
	case 'd':
	case 'D': /* its answer was given up long ago */
		journey_over(journey);
		return;
	case 'U':
	case 'S':
		never_answered(journey);
		return;
	case 'q':
		answer_at(journey, back_ns, COMMAND_REJECTED, REJECT_DUPLICATE_ID);
		return;
	case 'e':
		answer_at(journey, back_ns + 200 * NS_PER_MS, COMMAND_ACKNOWLEDGED, REJECT_NONE);
		return;
	default:
		answer_at(journey, back_ns, COMMAND_ACKNOWLEDGED, REJECT_NONE);
	}
}

static char next_fate(const char **fates, struct hostile_exchange *exchange, bool draw)
{
	if (*fates && **fates)
		return *(*fates)++;
	if (!draw || !exchange->random || !exchange->menu ||
	    random_below(exchange->random, exchange->menu_one_in) != 0)
		return '.';
	return exchange->menu[random_below(exchange->random, strlen(exchange->menu))];
}

static void place(struct hostile_exchange *exchange, struct journey *journey)
{
	const struct order_request *request = &journey->command.u.place;
	struct hostile_order *order = &exchange->orders[exchange->order_count];

	assert(exchange->order_count < HOSTILE_ORDERS_MAX);
	for (size_t i = 0; i < exchange->order_count; i++)
		if (exchange->orders[i].request.client_id == request->client_id)
			exchange->duplicate_id_seen = true;
	*order = (struct hostile_order){
		.request = *request,
		.state = ORDER_STATE_OPEN,
		.sent_ns = now_of(exchange),
		.fate = next_fate(&exchange->fates, exchange, true),
	};
	journey->order = exchange->order_count++;
	if (is_down(exchange) || order->fate == 'u') {
		never_answered(journey);
		return;
	}
	if (order->fate == 'a') {
		answer_at(journey, now_of(exchange) + exchange->entry_ns + exchange->response_ns,
			  COMMAND_ACKNOWLEDGED, REJECT_NONE);
		return;
	}
	if (order->fate == 'd' || order->fate == 'D') {
		struct journey *late = journey_new(exchange);
		late->order = journey->order;
		scheduler_after(exchange->scheduler, 15 * NS_PER_SECOND, SCHEDULE_SIMULATED_MATCH,
				on_order_arrives, late);
		never_answered(journey);
		return;
	}
	scheduler_after(exchange->scheduler, exchange->entry_ns, SCHEDULE_SIMULATED_MATCH,
			on_order_arrives, journey);
}

static struct hostile_order *find_order(struct hostile_exchange *exchange, uint32_t client_id)
{
	for (size_t i = 0; i < exchange->order_count; i++)
		if (exchange->orders[i].request.client_id == client_id)
			return &exchange->orders[i];
	return NULL;
}

static void on_cancel_arrives(void *user)
{
	struct journey *journey = user;
	struct hostile_exchange *exchange = journey->exchange;
	struct hostile_order *order = find_order(exchange, journey->command.u.cancel.client_id);
	int64_t back_ns = now_of(exchange) + exchange->response_ns;

	if (is_down(exchange) || journey->fate == 'u') {
		never_answered(journey);
		return;
	}
	if (journey->fate == 'f' && order && order->state == ORDER_STATE_OPEN)
		hostile_fill_resting(exchange, order->request.instrument,
				     order->request.quantity.units - order->executed.units);
	if (!order || !order->arrived_ns || order->state != ORDER_STATE_OPEN ||
	    journey->fate == 'n') {
		answer_at(journey, back_ns, COMMAND_REJECTED, REJECT_NOT_FOUND);
		return;
	}
	order->state = ORDER_STATE_CANCELLED;
	struct account_event event = order_event(exchange, order);
	send_event(exchange, &event, exchange->response_ns);
	answer_at(journey, back_ns, COMMAND_ACKNOWLEDGED, REJECT_NONE);
}

static void hostile_command(struct exchange_client *client, const struct command_request *request,
			    int64_t give_up_ns, command_done done, void *user)
{
	struct hostile_exchange *exchange = exchange_of(client);
	struct journey *journey = journey_new(exchange);

	exchange->commands[request->kind]++;
	journey->command = *request;
	journey->give_up_ns = give_up_ns;
	journey->done = done;
	journey->user = user;
	switch (request->kind) {
	case COMMAND_PLACE:
		journey->answer.client_id = request->u.place.client_id;
		place(exchange, journey);
		return;
	case COMMAND_CANCEL:
		journey->answer.client_id = request->u.cancel.client_id;
		journey->fate = next_fate(&exchange->cancel_fates, exchange, false);
		scheduler_after(exchange->scheduler, exchange->entry_ns, SCHEDULE_SIMULATED_MATCH,
				on_cancel_arrives, journey);
		return;
	case COMMAND_SET_LEVERAGE:
		if (is_down(exchange))
			never_answered(journey);
		else
			answer_at(journey,
				  now_of(exchange) + exchange->entry_ns + exchange->response_ns,
				  exchange->leverage_refused ? COMMAND_REJECTED
							     : COMMAND_ACKNOWLEDGED,
				  exchange->leverage_refused ? REJECT_LEVERAGE : REJECT_NONE);
		return;
	case COMMAND_PLACE_BATCH:
	case COMMAND_CANCEL_ALL:
	case COMMAND_SET_MARGIN_MODE:
	case COMMAND_DEAD_MANS_SWITCH:
		never_answered(journey);
	}
}

/* ---- reads -------------------------------------------------------------------------------------
 */

static void on_read_answer(void *user)
{
	struct journey *journey = user;
	read_done done = journey->read_done;
	void *to = journey->user;

	if (journey->lost)
		journey->result.outcome = READ_UNKNOWN;
	done(to, &journey->result);
	journey_over(journey);
}

static void sample_orders(struct journey *journey)
{
	struct hostile_exchange *exchange = journey->exchange;
	struct hostile_order *order = find_order(exchange, journey->read.client_id);

	journey->result.outcome = READ_ABSENT;
	if (!order || !order->arrived_ns || now_of(exchange) < order->visible_ns)
		return;
	journey->events = calloc(1, sizeof(*journey->events));
	journey->events[0] = order_event(exchange, order);
	journey->result.outcome = READ_VALUE;
	journey->result.u.events.events = journey->events;
	journey->result.u.events.count = 1;
}

static void sample_fills(struct journey *journey)
{
	struct hostile_exchange *exchange = journey->exchange;
	size_t count = 0;

	journey->events = calloc(exchange->fill_count + 1, sizeof(*journey->events));
	for (size_t i = 0; i < exchange->fill_count; i++)
		if (exchange->fills[i].exch_ns >= journey->read.since_ns &&
		    exchange->fills[i].instrument == journey->read.instrument)
			journey->events[count++] = exchange->fills[i];
	journey->result.outcome = count ? READ_VALUE : READ_ABSENT;
	journey->result.u.events.events = journey->events;
	journey->result.u.events.count = count;
}

static struct quantity position_shown(const struct hostile_exchange *exchange, instrument_id id)
{
	struct quantity shown =
		exchange->past_count ? (struct quantity){0} : exchange->position[id];
	if (exchange->position_lag_ns == 0)
		return exchange->position[id];
	for (size_t i = 0; i < exchange->past_count; i++)
		if (exchange->past[i].at_ns <= now_of(exchange) - exchange->position_lag_ns)
			shown = exchange->past[i].quantity[id];
	return shown;
}

static void on_sample(void *user)
{
	struct journey *journey = user;
	struct hostile_exchange *exchange = journey->exchange;
	struct read_result *result = &journey->result;
	instrument_id id = journey->read.instrument;
	size_t count = 0;

	result->outcome = READ_VALUE;
	journey->lost = journey->lost || is_down(exchange);
	switch (journey->read.kind) {
	case READ_DEPTH:
	case READ_BBO:
		memcpy(journey->bids, exchange->bids[id], sizeof(journey->bids));
		memcpy(journey->asks, exchange->asks[id], sizeof(journey->asks));
		result->u.depth.bids = journey->bids;
		result->u.depth.asks = journey->asks;
		result->u.depth.bid_count = exchange->bid_count[id];
		result->u.depth.ask_count = exchange->ask_count[id];
		break;
	case READ_BALANCES:
		for (asset_id asset = 1; asset <= 4; asset++)
			journey->balances[count++] = (struct balance_value){
				asset, exchange->base_total, exchange->available};
		result->u.balances.values = journey->balances;
		result->u.balances.count = count;
		break;
	case READ_POSITIONS:
		for (instrument_id i = 1; i <= HOSTILE_INSTRUMENTS; i++)
			if (position_shown(exchange, i).units != 0 && (id == 0 || id == i))
				journey->positions[count++] = (struct position_value){
					.instrument = i, .quantity = position_shown(exchange, i)};
		result->outcome = count ? READ_VALUE : READ_ABSENT;
		result->u.positions.values = journey->positions;
		result->u.positions.count = count;
		break;
	case READ_OPEN_ORDERS:
		result->outcome = exchange->foreign_orders ? READ_VALUE : READ_ABSENT;
		journey->events = calloc(exchange->foreign_orders + 1, sizeof(*journey->events));
		result->u.events.events = journey->events;
		result->u.events.count = exchange->foreign_orders;
		break;
	case READ_ORDER:
		sample_orders(journey);
		break;
	case READ_FILLS:
		sample_fills(journey);
		break;
	case READ_ORDER_ROOM:
		result->u.order_room = exchange->order_room;
		break;
	case READ_INSTRUMENTS:
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_FUNDING_PAYMENTS:
	case READ_FEES:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
	case READ_LEVERAGE:
		result->outcome = READ_UNKNOWN;
		break;
	}
	int64_t at_ns = now_of(exchange) + exchange->read_ns - exchange->read_ns / 2;
	if (journey->lost || at_ns > journey->give_up_ns) {
		journey->lost = true;
		at_ns = journey->give_up_ns;
	}
	scheduler_at(exchange->scheduler, at_ns, SCHEDULE_COMPLETION, on_read_answer, journey);
}

static void hostile_read(struct exchange_client *client, const struct read_request *request,
			 int64_t give_up_ns, read_done done, void *user)
{
	struct hostile_exchange *exchange = exchange_of(client);
	struct journey *journey = journey_new(exchange);

	exchange->reads[request->kind]++;
	journey->read = *request;
	journey->give_up_ns = give_up_ns;
	journey->read_done = done;
	journey->user = user;
	journey->result.kind = request->kind;
	journey->result.instrument = request->instrument;
	journey->result.u.depth.requested_ns = now_of(exchange);
	journey->lost = is_down(exchange);
	if (exchange->fail_reads[request->kind] > 0) {
		exchange->fail_reads[request->kind]--;
		journey->lost = true;
	}
	scheduler_after(exchange->scheduler, exchange->read_ns / 2, SCHEDULE_SIMULATED_MATCH,
			on_sample, journey);
}

/* ---- life --------------------------------------------------------------------------------------
 */

static void hostile_free(struct exchange_client *client)
{
	hostile_exchange_free(exchange_of(client));
}

static const struct exchange_client_functions functions = {
	.command = hostile_command,
	.read = hostile_read,
	.free = hostile_free,
};

struct hostile_exchange *hostile_exchange_create(
	struct scheduler *scheduler, const struct instrument_table *instruments,
	const struct market_state *market, venue_id venue,
	void (*account)(void *user, const struct account_event *event), void *user)
{
	struct hostile_exchange *exchange = calloc(1, sizeof(*exchange));

	assert(exchange);
	exchange->client = (struct exchange_client){&functions, venue,
						    CAN_POST_ONLY | CAN_REDUCE_ONLY |
							    CAN_SET_LEVERAGE | CAN_ORDER_EXPIRY};
	exchange->scheduler = scheduler;
	exchange->instruments = instruments;
	exchange->market = market;
	exchange->account = account;
	exchange->user = user;
	exchange->order_room = ORDER_ROOM_UNLIMITED;
	exchange->available.e18 = 1000000 * MONEY_ONE;
	exchange->menu_one_in = 1;
	return exchange;
}

void hostile_exchange_free(struct hostile_exchange *exchange)
{
	/* What is under way at the end of the world never lands. */
	while (exchange->journeys)
		journey_over(exchange->journeys);
	free(exchange);
}

void hostile_book(struct hostile_exchange *exchange, instrument_id instrument, int64_t bid,
		  int64_t ask, int64_t size, uint32_t levels)
{
	assert(levels <= HOSTILE_LEVELS && instrument <= HOSTILE_INSTRUMENTS);
	for (uint32_t i = 0; i < levels; i++) {
		exchange->bids[instrument][i] = (struct book_level){{bid - i}, {size}};
		exchange->asks[instrument][i] = (struct book_level){{ask + i}, {size}};
	}
	exchange->bid_count[instrument] = exchange->ask_count[instrument] = levels;
}

bool hostile_fill_resting(struct hostile_exchange *exchange, instrument_id instrument,
			  int64_t units)
{
	for (size_t i = 0; i < exchange->order_count; i++) {
		struct hostile_order *order = &exchange->orders[i];
		if (order->request.instrument != instrument || !order->arrived_ns ||
		    order->state != ORDER_STATE_OPEN)
			continue;
		fill(exchange, order, order->request.limit, units, true, true);
		if (order->executed.units >= order->request.quantity.units)
			order->state = ORDER_STATE_FILLED;
		struct account_event event = order_event(exchange, order);
		send_event(exchange, &event, exchange->response_ns);
		return true;
	}
	return false;
}

void hostile_repeat_fills(struct hostile_exchange *exchange)
{
	for (size_t i = 0; i < exchange->fill_count; i++)
		send_event(exchange, &exchange->fills[i], exchange->response_ns);
}

void hostile_move_position(struct hostile_exchange *exchange, instrument_id instrument,
			   int64_t units)
{
	exchange->position[instrument].units += units;
	remember_position(exchange);
}
