/*
 * The executor, its trades and their one way out. See execution/atomic_trade.h for the rooms.
 */
#include "execution/atomic_trade.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *trade_state_text(enum trade_state state)
{
	switch (state) {
	case TRADE_PLANNED:
		return "PLANNED";
	case TRADE_CHECKED:
		return "CHECKED";
	case TRADE_WORKING:
		return "WORKING";
	case TRADE_HEDGING:
		return "HEDGING";
	case TRADE_BALANCED:
		return "BALANCED";
	case TRADE_DONE:
		return "DONE";
	case TRADE_UNWINDING:
		return "UNWINDING";
	case TRADE_FLAT:
		return "FLAT";
	}
	abort();
	return "";
}

struct atomic_executor_options atomic_executor_defaults(void)
{
	return (struct atomic_executor_options){
		.limits = preflight_defaults(),
		.order_give_up_ns = 3 * NS_PER_SECOND,
		.order_expiry_ns = 2 * NS_PER_SECOND,
		.proof_allowance_ns = 15 * NS_PER_SECOND,
		.naked_limit_ns = 15 * NS_PER_SECOND,
		.price_cap_bp = 3,
		.repair_tries = 3,
	};
}

struct atomic_executor *atomic_executor_create(
	const struct atomic_executor_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct price_provider *prices,
	struct liquidity_analyzer *liquidity, const struct intent_sink *intents)
{
	const struct order_executor_options order_options = {
		.give_up_ns = options->order_give_up_ns,
		.proof_allowance_ns = options->proof_allowance_ns,
	};
	struct atomic_executor *executor = calloc(1, sizeof(*executor));

	if (!executor)
		return NULL;
	executor->options = *options;
	executor->scheduler = scheduler;
	executor->instruments = instruments;
	executor->market = market;
	executor->clients = clients;
	executor->prices = prices;
	executor->liquidity = liquidity;
	executor->intents = intents;
	executor->orders =
		order_executor_create(&order_options, scheduler, instruments, market, clients);
	executor->tracked = calloc(INSTRUMENTS_MAX + 1, sizeof(*executor->tracked));
	executor->leverage_set = calloc(INSTRUMENTS_MAX + 1, sizeof(*executor->leverage_set));
	if (!executor->orders || !executor->tracked || !executor->leverage_set ||
	    !volatility_begin(&executor->volatility)) {
		atomic_executor_free(executor);
		return NULL;
	}
	return executor;
}

void atomic_executor_free(struct atomic_executor *executor)
{
	if (!executor)
		return;
	while (executor->trades) {
		struct trade *trade = executor->trades;
		executor->trades = trade->next;
		scheduler_cancel(executor->scheduler, trade->step);
		scheduler_cancel(executor->scheduler, trade->timer);
		free(trade);
	}
	order_executor_free(executor->orders);
	volatility_end(&executor->volatility);
	free(executor->tracked);
	free(executor->leverage_set);
	free(executor);
}

/* ---- trades ------------------------------------------------------------------------------------
 */

int64_t trade_now(const struct trade *trade)
{
	return scheduler_now(trade->executor->scheduler);
}

__attribute__((format(printf, 3, 0))) static void write_note(struct trade *trade, const char *head,
							     const char *format, va_list arguments)
{
	const struct intent_sink *sink = trade->executor->intents;
	char line[320];
	int length = snprintf(line, sizeof(line), "%s%s", head, *format && *head ? ": " : "");

	vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
	sink->note(sink->self, trade->request.trade, line);
}

void trade_note(struct trade *trade, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_note(trade, "", format, arguments);
	va_end(arguments);
}

void trade_enter(struct trade *trade, enum trade_state state, const char *format, ...)
{
	char head[64];
	va_list arguments;

	snprintf(head, sizeof(head), "%s -> %s", trade_state_text(trade->state),
		 trade_state_text(state));
	trade->state = state;
	va_start(arguments, format);
	write_note(trade, head, format, arguments);
	va_end(arguments);
}

void trade_alarm(struct trade *trade, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	trade_note(trade, "ALARM %s", text);
	log_write(LOG_ALARM, "atomic_executor", "trade %u (%s): %s", (unsigned)trade->request.trade,
		  trade->request.name, text);
}

/* Forgets an ended trade once nothing can call back into it. */
static void forget(struct trade *trade)
{
	if (!trade->delivered || trade->calls > 0)
		return;
	scheduler_cancel(trade->executor->scheduler, trade->step);
	scheduler_cancel(trade->executor->scheduler, trade->timer);
	if (trade->previous)
		trade->previous->next = trade->next;
	else
		trade->executor->trades = trade->next;
	if (trade->next)
		trade->next->previous = trade->previous;
	free(trade);
}

static void on_deliver(void *user)
{
	struct trade *trade = user;

	trade->step = 0;
	trade->delivered = true;
	trade->calls++; /* done may start trades and may not free this one under us */
	trade->done(trade->user, &trade->result);
	trade->calls--;
	forget(trade);
}

void trade_end(struct trade *trade, enum trade_state state, const char *format, ...)
{
	struct scheduler *scheduler = trade->executor->scheduler;
	va_list arguments;

	assert(!trade->ended);
	va_start(arguments, format);
	vsnprintf(trade->result.reason, sizeof(trade->result.reason), format, arguments);
	va_end(arguments);
	trade_enter(trade, state, "%s", trade->result.reason);
	trade_fill_result(trade);
	trade_release_orders(trade);
	trade->result.trade = trade->request.trade;
	trade->result.closing = trade->request.closing;
	trade->result.state = state;
	trade->result.preflight = trade->report.count ? &trade->report : NULL;
	trade->ended = true;
	trade->executor->running--;
	scheduler_cancel(scheduler, trade->timer);
	scheduler_cancel(scheduler, trade->step);
	trade->timer = 0;
	trade->step =
		scheduler_at(scheduler, trade_now(trade), SCHEDULE_COMPLETION, on_deliver, trade);
}

void trade_call_out(struct trade *trade)
{
	trade->calls++;
}

bool trade_call_in(struct trade *trade)
{
	assert(trade->calls > 0);
	trade->calls--;
	if (!trade->ended)
		return true;
	forget(trade);
	return false;
}

static void run(struct trade *trade)
{
	switch (trade->state) {
	case TRADE_WORKING:
		work_step(trade);
		return;
	case TRADE_HEDGING:
		if (trade->request.closing)
			close_step(trade);
		else
			hedge_step(trade);
		return;
	case TRADE_UNWINDING:
		unwind_step(trade);
		return;
	case TRADE_BALANCED:
		balanced_step(trade);
		return;
	case TRADE_PLANNED:
	case TRADE_CHECKED:
	case TRADE_DONE:
	case TRADE_FLAT:
		abort();
	}
}

static void on_step(void *user)
{
	struct trade *trade = user;

	trade->step = 0;
	if (trade->awaited > 0)
		return;
	switch (trade->stage) {
	case STAGE_START:
		gather_begin(trade);
		return;
	case STAGE_GATHERING:
		first_orders_price(trade);
		return;
	case STAGE_PRICING:
		first_orders_judge(trade);
		return;
	case STAGE_LEVERAGE:
		first_orders_commit(trade);
		return;
	case STAGE_COMMITTING:
		first_orders_send(trade);
		return;
	case STAGE_RUNNING:
		run(trade);
		return;
	}
}

void trade_poke(struct trade *trade)
{
	if (trade->ended || trade->step)
		return;
	trade->step = scheduler_at(trade->executor->scheduler, trade_now(trade),
				   SCHEDULE_COMPLETION, on_step, trade);
}

static void on_timer(void *user)
{
	struct trade *trade = user;

	trade->timer = 0;
	trade_poke(trade);
}

void trade_wake(struct trade *trade, int64_t at_ns)
{
	if (trade->ended || (trade->timer && trade->timer_ns <= at_ns))
		return;
	scheduler_cancel(trade->executor->scheduler, trade->timer);
	trade->timer_ns = at_ns;
	trade->timer =
		scheduler_at(trade->executor->scheduler, at_ns, SCHEDULE_TIMER, on_timer, trade);
}

/* ---- starting ----------------------------------------------------------------------------------
 */

static const char *why_not(const struct atomic_executor *executor,
			   const struct trade_request *request)
{
	if (executor->running >= ATOMIC_TRADES_MAX)
		return "too many trades run at once";
	if (request->leg_count < 1 || request->leg_count > TRADE_LEGS_MAX)
		return "a trade has one or two legs";
	for (size_t i = 0; i < request->leg_count; i++) {
		const struct trade_leg *leg = &request->legs[i];
		if (leg->instrument < 1 ||
		    leg->instrument > instrument_count(executor->instruments))
			return "no such instrument";
		venue_id venue = instrument_get(executor->instruments, leg->instrument)->venue;
		if (!executor->clients->by_venue[venue])
			return "the venue is not connected";
		if (leg->quantity.units <= 0)
			return "a quantity is not positive";
		if (i > 0 && leg->instrument == request->legs[0].instrument)
			return "both legs are the same instrument";
		for (const struct trade *other = executor->trades; other; other = other->next) {
			for (size_t j = 0; !other->ended && j < other->request.leg_count; j++)
				if (other->request.legs[j].instrument == leg->instrument)
					return "another running trade uses the instrument";
		}
	}
	return NULL;
}

static void set_up_legs(struct trade *trade)
{
	const struct atomic_executor *executor = trade->executor;

	for (unsigned i = 0; i < trade->request.leg_count; i++) {
		struct leg *leg = &trade->legs[i];
		leg->wanted = trade->request.legs[i];
		leg->instrument = instrument_get(executor->instruments, leg->wanted.instrument);
		leg->revision = instrument_latest(executor->instruments, leg->wanted.instrument);
		leg->client = executor->clients->by_venue[leg->instrument->venue];
		leg->call = (struct trade_call){trade, i};
		leg->price_source = "none";
	}
}

void atomic_executor_start(struct atomic_executor *executor, const struct trade_request *request,
			   trade_done done, void *user)
{
	const char *refusal = why_not(executor, request);
	struct trade *trade = calloc(1, sizeof(*trade));

	if (!trade)
		abort(); /* done was promised and could not be kept */
	trade->executor = executor;
	trade->request = *request;
	trade->request.name[TRADE_NAME_MAX] = '\0';
	trade->done = done;
	trade->user = user;
	trade->next = executor->trades;
	if (trade->next)
		trade->next->previous = trade;
	executor->trades = trade;
	executor->running++;
	if (refusal) {
		trade->request.leg_count = 0;
		trade_end(trade, TRADE_FLAT, "%s", refusal);
		return;
	}
	set_up_legs(trade);
	trade->deadline_ns = trade_now(trade) + executor->options.order_give_up_ns;
	trade_note(trade, "PLANNED: %s %s, %zu legs", request->closing ? "close" : "open",
		   trade->request.name, request->leg_count);
	trade_poke(trade);
}

/* ---- events ------------------------------------------------------------------------------------
 */

void atomic_executor_account_event(struct atomic_executor *executor,
				   const struct account_event *event)
{
	if (order_executor_account_event(executor->orders, event) || event->kind != ACCOUNT_FILL)
		return;
	/* A liquidation, somebody else's order, or a fill after its trade ended: it is held too. */
	struct tracked_position *tracked = &executor->tracked[event->instrument];
	int64_t units = event->u.fill.quantity.units;
	tracked->quantity.units += event->u.fill.side == SIDE_BUY ? units : -units;
	tracked->last_price = event->u.fill.price;
	tracked->changed_ns = scheduler_now(executor->scheduler);
}

void atomic_executor_market_event(struct atomic_executor *executor,
				  const struct market_event *event)
{
	struct book_level bid, ask;

	if ((event->kind != EVENT_BOOK && event->kind != EVENT_BBO) ||
	    !volatility_due(&executor->volatility, event->instrument, event->local_ns))
		return;
	if (event->kind == EVENT_BBO) {
		bid = event->u.bbo.bid;
		ask = event->u.bbo.ask;
	} else {
		const struct book_state *state =
			market_state_book(executor->market, event->instrument);
		if (!state->synced || !order_book_best(state->book, SIDE_BUY, &bid) ||
		    !order_book_best(state->book, SIDE_SELL, &ask))
			return;
	}
	volatility_observe(&executor->volatility, event->instrument, bid.price, ask.price,
			   event->local_ns);
}

uint32_t atomic_executor_trade_of(const struct atomic_executor *executor, venue_id venue,
				  uint32_t client_id)
{
	return order_executor_trade_of(executor->orders, venue, client_id);
}

const struct order_counts *atomic_executor_counts(const struct atomic_executor *executor,
						  venue_id venue)
{
	return order_executor_counts(executor->orders, venue);
}

size_t atomic_executor_running(const struct atomic_executor *executor)
{
	return executor->running;
}
