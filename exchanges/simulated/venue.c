#include "exchanges/simulated/venue_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void venue_abort_without_memory(void)
{
	fputs("simulated venue: out of memory\n", stderr);
	abort();
}

struct simulated_venue *simulated_venue_create(const struct simulated_venue_options *options,
					       const struct instrument_table *instruments,
					       const struct market_state *books,
					       simulated_venue_output output, void *user)
{
	assert(options->venue != 0 && options->default_leverage >= 1);
	struct simulated_venue *venue = calloc(1, sizeof(*venue));
	if (venue == NULL)
		return NULL;
	venue->options = *options;
	venue->instruments = instruments;
	venue->books = books;
	venue->output = output;
	venue->output_user = user;
	venue->due_ns = INT64_MAX;
	venue->dead_man_ns = INT64_MAX;
	venue->by_id = calloc(INSTRUMENTS_MAX + 1, sizeof(struct venue_market *));
	venue->markets = calloc(INSTRUMENTS_MAX, sizeof(struct venue_market *));
	if (!venue_account_init(&venue->account, instruments) || venue->by_id == NULL ||
	    venue->markets == NULL) {
		simulated_venue_free(venue);
		return NULL;
	}
	return venue;
}

void simulated_venue_free(struct simulated_venue *venue)
{
	if (venue == NULL)
		return;
	for (size_t i = 0; i < venue->market_count; i++) {
		free(venue->markets[i]->consumed[SIDE_BUY].levels);
		free(venue->markets[i]->consumed[SIDE_SELL].levels);
		free(venue->markets[i]);
	}
	free(venue->by_id);
	free(venue->markets);
	venue_orders_clear(&venue->orders);
	venue_history_clear(&venue->fills);
	venue_history_clear(&venue->payments);
	venue_history_clear(&venue->liquidations);
	venue_account_clear(&venue->account);
	free(venue);
}

int64_t venue_time(const struct simulated_venue *venue)
{
	return market_state_venue_time(venue->books, venue->options.venue, venue->now_ns);
}

struct venue_market *venue_market_find(const struct simulated_venue *venue, instrument_id id)
{
	return id <= INSTRUMENTS_MAX ? venue->by_id[id] : NULL;
}

struct venue_market *venue_market_open(struct simulated_venue *venue, instrument_id id)
{
	if (id == 0 || id > instrument_count(venue->instruments) ||
	    instrument_get(venue->instruments, id)->venue != venue->options.venue)
		return NULL;
	if (venue->by_id[id] != NULL)
		return venue->by_id[id];
	struct venue_market *market = calloc(1, sizeof(*market));
	if (market == NULL)
		venue_abort_without_memory();
	market->id = id;
	market->instrument = instrument_get(venue->instruments, id);
	market->leverage = venue->options.default_leverage;
	market->judged_ns = INT64_MIN;
	market->off_schedule_ns = INT64_MIN;
	venue->by_id[id] = market;
	venue->markets[venue->market_count++] = market;
	return market;
}

const struct instrument_revision *venue_terms(const struct simulated_venue *venue,
					      const struct venue_market *market)
{
	return instrument_latest(venue->instruments, market->id);
}

bool venue_market_active(const struct venue_market *market)
{
	return market->position.quantity.units != 0 || market->working_count > 0;
}

/* ---- commands ----------------------------------------------------------------------------------
 */

/* Whatever falls due by now goes before what is done now. */
static void pass_time(struct simulated_venue *venue, int64_t now_ns)
{
	venue->now_ns = now_ns;
	if (venue->due_ns != INT64_MAX)
		settlement_cross(venue);
	if (now_ns < venue->dead_man_ns)
		return;
	venue->dead_man_ns = INT64_MAX;
	simulated_venue_cancel_all(venue, 0, now_ns);
}

void simulated_venue_pass_time(struct simulated_venue *venue, int64_t now_ns)
{
	pass_time(venue, now_ns);
}

static struct simulated_answer refused(struct simulated_venue *venue, enum reject_reason reason,
				       const char *text)
{
	struct simulated_answer answer = {.reason = reason};
	snprintf(answer.text, sizeof(answer.text), "%s", text);
	venue->statistics.rejected++;
	venue->statistics.rejects_by_reason[reason]++;
	return answer;
}

/* The record of a new order; NULL with *answer filled if it cannot have one. */
static struct venue_order *register_order(struct simulated_venue *venue,
					  const struct order_request *request,
					  struct simulated_answer *answer)
{
	char text[96];
	venue->statistics.placed++;
	if (request->client_id == 0 || request->client_id > CLIENT_ID_MAX) {
		*answer = refused(venue, REJECT_OTHER, "the client id is not in 1..2^31-1");
		return NULL;
	}
	if (venue_orders_find(&venue->orders, request->client_id) != NULL) {
		snprintf(text, sizeof(text), "client id %u was used before", request->client_id);
		*answer = refused(venue, REJECT_DUPLICATE_ID, text);
		return NULL;
	}
	if (venue_market_open(venue, request->instrument) == NULL) {
		*answer = refused(venue, REJECT_NOT_FOUND, "no such instrument at this venue");
		return NULL;
	}
	struct venue_order *order = venue_orders_add(&venue->orders, request);
	if (order == NULL) {
		snprintf(text, sizeof(text), "the account has placed %u orders, limit %u",
			 ORDERS_MAX, ORDERS_MAX);
		*answer = refused(venue, REJECT_RATE_LIMITED, text);
		return NULL;
	}
	order->changed_ns = venue_time(venue);
	return order;
}

static void identify(struct simulated_answer *answer, const struct venue_order *order)
{
	snprintf(answer->venue_order_id, sizeof(answer->venue_order_id), "%llu",
		 (unsigned long long)order->number);
}

static struct simulated_answer turn_down(struct simulated_venue *venue, struct venue_order *order,
					 enum reject_reason reason, const char *text)
{
	struct simulated_answer answer = refused(venue, reason, text);
	order->state = ORDER_STATE_REJECTED;
	order->reason = reason;
	identify(&answer, order);
	venue_emit_order(venue, order);
	return answer;
}

struct simulated_answer simulated_venue_refuse(struct simulated_venue *venue,
					       const struct order_request *request,
					       enum reject_reason reason, int64_t now_ns)
{
	struct simulated_answer answer;
	pass_time(venue, now_ns);
	struct venue_order *order = register_order(venue, request, &answer);
	return order ? turn_down(venue, order, reason, "refused by script") : answer;
}

struct simulated_answer simulated_venue_place(struct simulated_venue *venue,
					      const struct order_request *request, int64_t now_ns)
{
	struct simulated_answer answer = {0};
	pass_time(venue, now_ns);
	struct venue_order *order = register_order(venue, request, &answer);
	if (order == NULL)
		return answer;
	struct venue_market *market = venue_market_find(venue, request->instrument);
	char text[sizeof(answer.text)] = "";
	struct venue_refusal refusal = {REJECT_NONE, text, sizeof(text)};
	struct quantity open;
	if (!venue_rules_admit(venue, market, request, &open, &refusal) ||
	    !matching_admits(venue, market, request, &refusal) ||
	    !margin_admits(venue, market, request, open, &refusal))
		return turn_down(venue, order, refusal.reason, text);
	answer.accepted = true;
	identify(&answer, order);
	order->open = open;
	/* Boundaries before the first position or order are nobody's. */
	if (!venue_market_active(market) && market->judged_ns < venue_time(venue))
		market->judged_ns = venue_time(venue);
	venue_emit_order(venue, order);
	matching_execute(venue, market, order);
	settlement_refresh_due(venue);
	return answer;
}

struct simulated_answer simulated_venue_judge(struct simulated_venue *venue,
					      const struct order_request *request, int64_t now_ns)
{
	struct simulated_answer answer = {0};
	struct venue_refusal refusal = {REJECT_NONE, answer.text, sizeof(answer.text)};
	struct quantity open;
	pass_time(venue, now_ns);
	struct venue_market *market = venue_market_open(venue, request->instrument);
	if (market == NULL)
		venue_refuse(&refusal, REJECT_NOT_FOUND, "no such instrument at this venue");
	else
		answer.accepted = venue_rules_admit(venue, market, request, &open, &refusal) &&
				  margin_admits(venue, market, request, open, &refusal);
	answer.reason = refusal.reason;
	return answer;
}

struct simulated_answer simulated_venue_cancel(struct simulated_venue *venue,
					       instrument_id instrument, uint32_t client_id,
					       int64_t now_ns)
{
	struct simulated_answer answer = {0};
	pass_time(venue, now_ns);
	struct venue_order *order = venue_orders_find(&venue->orders, client_id);
	if (order == NULL || order->state != ORDER_STATE_OPEN ||
	    order->request.instrument != instrument) {
		answer.reason = REJECT_NOT_FOUND;
		snprintf(answer.text, sizeof(answer.text), "no working order has client id %u",
			 client_id);
		return answer;
	}
	answer.accepted = true;
	identify(&answer, order);
	venue_order_finish(venue, venue_market_find(venue, instrument), order,
			   ORDER_STATE_CANCELLED, REJECT_NONE);
	settlement_refresh_due(venue);
	return answer;
}

struct simulated_answer simulated_venue_cancel_all(struct simulated_venue *venue,
						   instrument_id instrument, int64_t now_ns)
{
	pass_time(venue, now_ns);
	for (size_t i = 0; i < venue->market_count; i++) {
		struct venue_market *market = venue->markets[i];
		while ((instrument == 0 || market->id == instrument) && market->working_count > 0)
			venue_order_finish(venue, market, market->working[0], ORDER_STATE_CANCELLED,
					   REJECT_NONE);
	}
	settlement_refresh_due(venue);
	return (struct simulated_answer){.accepted = true};
}

struct simulated_answer simulated_venue_dead_man(struct simulated_venue *venue, int64_t after_ns,
						 int64_t now_ns)
{
	pass_time(venue, now_ns);
	if (after_ns < 0)
		return refused(venue, REJECT_OTHER, "the delay is below 0");
	venue->dead_man_ns = INT64_MAX;
	if (after_ns > 0 && __builtin_add_overflow(now_ns, after_ns, &venue->dead_man_ns))
		venue->dead_man_ns = INT64_MAX;
	return (struct simulated_answer){.accepted = true};
}

/* ---- the external market -----------------------------------------------------------------------
 */

/* Without a recorded mark the venue judges by the mid, and only when the touch moved. */
static void judge_by_mid(struct simulated_venue *venue, struct venue_market *market)
{
	if (market->position.quantity.units == 0 ||
	    (market_state_mark(venue->books, market->id)->fields & MARK_HAS_MARK))
		return;
	struct book_level bid = {0}, ask = {0};
	const struct book_state *state = market_state_book(venue->books, market->id);
	if (!state->synced || !order_book_best(state->book, SIDE_BUY, &bid) ||
	    !order_book_best(state->book, SIDE_SELL, &ask) ||
	    (bid.price.units == market->judged_bid.units &&
	     ask.price.units == market->judged_ask.units))
		return;
	margin_judge(venue, market);
	market->judged_bid = bid.price;
	market->judged_ask = ask.price;
}

static void market_event_of(struct simulated_venue *venue, struct venue_market *market,
			    const struct market_event *event)
{
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		matching_book(venue, market, event);
		judge_by_mid(venue, market);
		break;
	case EVENT_TRADE:
		matching_trade(venue, market, event);
		break;
	case EVENT_MARK:
		if (market->pending_count > 0)
			settlement_complete(venue, market);
		margin_judge(venue, market);
		break;
	case EVENT_FUNDING:
		settlement_off_schedule(venue, market, event);
		if (market->pending_count > 0)
			settlement_complete(venue, market);
		break;
	case EVENT_CONNECTION:
		matching_resync(venue, market);
		judge_by_mid(venue, market);
		break;
	case EVENT_BBO:
	case EVENT_OPEN_INTEREST:
	case EVENT_CANDLE:
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		break;
	}
}

void simulated_venue_market(struct simulated_venue *venue, const struct market_event *event,
			    int64_t now_ns)
{
	if (event->venue != venue->options.venue)
		return;
	pass_time(venue, now_ns);
	if (event->kind == EVENT_INSTRUMENT)
		settlement_refresh_due(venue); /* the schedule may have changed */
	struct venue_market *market = venue_market_find(venue, event->instrument);
	if (market != NULL)
		market_event_of(venue, market, event);
	/* A whole connection went down or came back. */
	for (size_t i = 0;
	     event->kind == EVENT_CONNECTION && event->instrument == 0 && i < venue->market_count;
	     i++)
		market_event_of(venue, venue->markets[i], event);
}

/* ---- the account -------------------------------------------------------------------------------
 */

struct money simulated_venue_balance(const struct simulated_venue *venue, asset_id asset)
{
	assert(asset <= ASSETS_MAX);
	return venue->account.balances[asset];
}

struct money simulated_venue_available(const struct simulated_venue *venue, asset_id asset)
{
	assert(asset <= ASSETS_MAX);
	return margin_available(venue, asset);
}

struct position_value simulated_venue_position(const struct simulated_venue *venue,
					       instrument_id instrument)
{
	struct position_value value = {.instrument = instrument,
				       .leverage = venue->options.default_leverage};
	const struct venue_market *market = venue_market_find(venue, instrument);
	if (market == NULL) {
		if (instrument >= 1 && instrument <= instrument_count(venue->instruments)) {
			int32_t most = instrument_latest(venue->instruments, instrument)
					       ->rules.maximum_leverage;
			if (most < value.leverage)
				value.leverage = most;
		}
		return value;
	}
	value.quantity = market->position.quantity;
	value.cost = market->position.cost;
	value.leverage = margin_leverage(venue, market);
	value.liquidation_known = margin_liquidation_price(venue, market, &value.liquidation_price);
	if (!value.liquidation_known)
		value.liquidation_price = (struct money){0};
	return value;
}

const struct simulated_statistics *simulated_venue_statistics(const struct simulated_venue *venue)
{
	return &venue->statistics;
}
