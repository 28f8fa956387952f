#include "execution/order_executor.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include <stdlib.h>
#include <string.h>

/* An IOC that is acknowledged but not heard of is looked up after this, then less and less often.
 */
#define LOOK_UP_AFTER_NS       (500 * NS_PER_MS)
#define UNKNOWN_LOOK_UP_NS     (250 * NS_PER_MS)
#define LOOK_UP_LONGEST_NS     (5 * NS_PER_SECOND)
#define READ_PATIENCE_GROWS    5
#define RESTING_LOOK_UP_NS     (30 * NS_PER_SECOND)
#define CANCEL_AGAIN_NS	       (500 * NS_PER_MS)
#define STUCK_AFTER_NS	       (3 * NS_PER_SECOND) /* an IOC that still works is cancelled */
#define ALARM_AFTER_NS	       (10 * NS_PER_SECOND)
#define FREEZE_AFTER_NS	       (60 * NS_PER_SECOND)
#define FILLS_SINCE_NS	       (5 * NS_PER_SECOND) /* clocks may differ: read from before the send */
#define FILL_READS_MAX	       8
#define UNKNOWN_CLOCK_ERROR_NS (5 * NS_PER_SECOND)

struct remembered_order {
	uint32_t client_id; /* 0 = free */
	uint32_t trade;
	venue_id venue;
	struct live_order *order; /* NULL once released */
};

struct order_executor {
	struct order_executor_options options;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	const struct exchange_clients *clients;
	struct match_delays delays;
	struct live_order *orders; /* LIVE_ORDERS_MAX */
	struct live_order *free_orders;
	/* By client id modulo its size: ids grow, so it holds the newest. */
	struct remembered_order *remembered;
	struct order_counts counts[VENUES_MAX + 1]; /* by venue */
};

static void follow(struct live_order *order);

struct order_executor *order_executor_create(const struct order_executor_options *options,
					     struct scheduler *scheduler,
					     const struct instrument_table *instruments,
					     const struct market_state *market,
					     const struct exchange_clients *clients)
{
	struct order_executor *executor = calloc(1, sizeof(*executor));
	if (!executor)
		return NULL;
	executor->options = *options;
	executor->scheduler = scheduler;
	executor->instruments = instruments;
	executor->market = market;
	executor->clients = clients;
	executor->orders = calloc(LIVE_ORDERS_MAX, sizeof(*executor->orders));
	executor->remembered = calloc(REMEMBERED_ORDERS, sizeof(*executor->remembered));
	if (!executor->orders || !executor->remembered) {
		order_executor_free(executor);
		return NULL;
	}
	for (size_t i = LIVE_ORDERS_MAX; i > 0; i--) {
		executor->orders[i - 1].next_free = executor->free_orders;
		executor->free_orders = &executor->orders[i - 1];
	}
	return executor;
}

void order_executor_free(struct order_executor *executor)
{
	if (!executor)
		return;
	if (executor->orders) {
		for (size_t i = 0; i < LIVE_ORDERS_MAX; i++) {
			scheduler_cancel(executor->scheduler, executor->orders[i].timer);
			order_life_end(&executor->orders[i].life);
		}
	}
	free(executor->orders);
	free(executor->remembered);
	free(executor);
}

struct match_delays *order_executor_delays(struct order_executor *executor)
{
	return &executor->delays;
}

static struct remembered_order *slot_of(const struct order_executor *executor, uint32_t client_id)
{
	return &executor->remembered[client_id % REMEMBERED_ORDERS];
}

static venue_id venue_of(const struct live_order *order)
{
	return order->life.instrument->venue;
}

static struct exchange_client *client_of(const struct live_order *order)
{
	return order->executor->clients->by_venue[venue_of(order)];
}

static int64_t now_of(const struct live_order *order)
{
	return scheduler_now(order->executor->scheduler);
}

struct live_order *order_executor_prepare(struct order_executor *executor,
					  const struct order_request *request, uint32_t trade,
					  const struct order_owner *owner)
{
	struct remembered_order *slot = slot_of(executor, request->client_id);
	struct live_order *order = executor->free_orders;

	assert(request->client_id >= 1 && request->client_id <= CLIENT_ID_MAX);
	if (!order || slot->order)
		return NULL;
	executor->free_orders = order->next_free;
	memset(order, 0, sizeof(*order));
	order_life_begin(&order->life, request,
			 instrument_get(executor->instruments, request->instrument));
	order->executor = executor;
	order->owner = *owner;
	order->trade = trade;
	order->taken = true;
	*slot = (struct remembered_order){request->client_id, trade, venue_of(order), order};
	return order;
}

/* The slot in the pool is free again once nothing can call back into it. */
static void recycle(struct live_order *order)
{
	if (!order->released || !order->taken || order->place_pending || order->cancel_pending ||
	    order->read_pending)
		return;
	order_life_end(&order->life);
	order->taken = false;
	order->next_free = order->executor->free_orders;
	order->executor->free_orders = order;
}

static void count_end(struct live_order *order)
{
	const struct order_life *life = &order->life;
	struct order_counts *counts = &order->executor->counts[venue_of(order)];

	counts->sent++;
	counts->fills += life->fills;
	switch (life->phase) {
	case ORDER_PREPARED:
	case ORDER_SENT:
	case ORDER_UNKNOWN:
	case ORDER_WORKING:
		counts->unknown++;
		break;
	case ORDER_ENDED:
		if (life->executed.units >= life->request.quantity.units)
			counts->filled++;
		else if (life->executed.units > 0)
			counts->partly_filled++;
		else
			counts->unfilled++;
		break;
	case ORDER_REFUSED:
		counts->refused++;
		break;
	case ORDER_ABSENT:
		counts->absent++;
		break;
	}
}

const struct order_counts *order_executor_counts(const struct order_executor *executor,
						 venue_id venue)
{
	return &executor->counts[venue];
}

void order_executor_release(struct live_order *order)
{
	struct remembered_order *slot = slot_of(order->executor, order->life.request.client_id);

	assert(order->taken && !order->released);
	if (slot->order == order)
		slot->order = NULL; /* the trade stays remembered */
	scheduler_cancel(order->executor->scheduler, order->timer);
	order->timer = 0;
	order->released = true;
	if (order->sent_ns != 0)
		count_end(order);
	recycle(order);
}

void order_executor_drop(struct live_order *order)
{
	assert(order->life.phase == ORDER_PREPARED);
	order_executor_release(order);
}

bool order_executor_finished(const struct live_order *order)
{
	return order_life_complete(&order->life) ||
	       (order_phase_is_terminal(order->life.phase) && order->fills_missing);
}

static void tell(struct live_order *order)
{
	if (!order->released)
		order->owner.changed(order->owner.user, order);
}

/* ---- sending ----------------------------------------------------------------------------------
 */

/* When the order's own end at the venue is over, in local time. */
static int64_t end_of_order(const struct live_order *order)
{
	const struct order_executor *executor = order->executor;
	int64_t expiry_ns = order->life.request.venue_expiry_ns;
	int64_t given_up_ns = order->sent_ns + executor->options.give_up_ns;

	if (expiry_ns == 0)
		return given_up_ns;
	int64_t end_ns = market_state_local_time(executor->market, venue_of(order), expiry_ns);
	return end_ns > given_up_ns ? end_ns : given_up_ns;
}

static void begin_unknown(struct live_order *order)
{
	const struct order_executor *executor = order->executor;
	struct clock_state clock = market_state_clock(executor->market, venue_of(order));
	int64_t error_ns = clock.known ? clock.uncertainty_ns : UNKNOWN_CLOCK_ERROR_NS;

	order->unknown_since_ns = now_of(order);
	order->looks = 0;
	order->next_look_ns = now_of(order);
	absence_proof_begin(&order->proof,
			    end_of_order(order) + error_ns + executor->options.proof_allowance_ns,
			    !order->life.request.reduce_only);
}

static void on_placed(void *user, const struct command_result *result)
{
	struct live_order *order = user;

	order->place_pending = false;
	if (order->released) {
		recycle(order);
		return;
	}
	if (order_life_answer(&order->life, result)) {
		if (order->life.phase == ORDER_UNKNOWN)
			begin_unknown(order);
		else
			order->next_look_ns = now_of(order) + LOOK_UP_AFTER_NS;
		tell(order);
	} else if (result->outcome == COMMAND_REJECTED &&
		   result->client_id == order->life.request.client_id &&
		   order->life.phase != ORDER_REFUSED) {
		log_write(LOG_ALARM, "order_executor",
			  "order %u was refused after the venue reported it as %s",
			  (unsigned)order->life.request.client_id,
			  order_phase_text(order->life.phase));
	}
	follow(order);
}

static void on_send_time(void *user)
{
	struct live_order *order = user;
	struct exchange_client *client = client_of(order);

	order->timer = 0;
	order->sent_ns = now_of(order);
	order->life.phase = ORDER_SENT;
	order->next_look_ns = order->sent_ns + order->executor->options.give_up_ns;
	order->place_pending = true;
	exchange_place(client, &order->life.request,
		       order->sent_ns + order->executor->options.give_up_ns, on_placed, order);
}

void order_executor_send(struct live_order *order, int64_t at_ns)
{
	assert(order->life.phase == ORDER_PREPARED && order->timer == 0);
	if (at_ns <= now_of(order)) {
		on_send_time(order);
		return;
	}
	order->timer = scheduler_at(order->executor->scheduler, at_ns, SCHEDULE_TIMER, on_send_time,
				    order);
}

/* ---- look-ups ---------------------------------------------------------------------------------
 */

static void feed(struct live_order *order, const struct account_event *event, bool *changed)
{
	uint32_t ours = order->life.request.client_id;

	if (event->kind == ACCOUNT_ORDER && event->u.order.client_id == ours) {
		*changed = order_life_order(&order->life, event) || *changed;
	} else if (event->kind == ACCOUNT_FILL && event->u.fill.client_id == ours) {
		int64_t match_ns = event->exch_ns
					   ? market_state_local_time(order->executor->market,
								     event->venue, event->exch_ns)
					   : event->local_ns;
		if (order_life_fill(&order->life, event, match_ns)) {
			*changed = true;
			if (order->sent_ns && order->life.request.type != ORDER_POST_ONLY &&
			    !event->u.fill.maker && order->life.fills == 1)
				match_delays_sample(&order->executor->delays, venue_of(order),
						    order->sent_ns, match_ns);
		}
	}
	if (order->life.shrank && !order->alarmed) {
		order->alarmed = true;
		log_write(LOG_ALARM, "order_executor",
			  "order %u: the venue's executed total shrank; the larger one is kept",
			  (unsigned)ours);
	}
}

/* False: nobody waits for it any more. */
static bool read_ended(struct live_order *order, const struct read_result *result)
{
	order->read_pending = false;
	order->read_failed = result->outcome == READ_UNKNOWN;
	if (order->released)
		recycle(order);
	return !order->released;
}

static void on_looked_up(void *user, const struct read_result *result)
{
	struct live_order *order = user;
	bool changed = false;

	if (!read_ended(order, result))
		return;
	switch (result->outcome) {
	case READ_VALUE:
		for (size_t i = 0; i < result->u.events.count; i++)
			feed(order, &result->u.events.events[i], &changed);
		break;
	case READ_ABSENT:
		if (order_phase_is_terminal(order->life.phase))
			break;
		if (order->life.phase == ORDER_UNKNOWN) {
			absence_proof_not_found(&order->proof, order->asked_ns);
		} else if (order_life_not_found(&order->life)) {
			/* Not there although acknowledged: dropped, or not visible yet. */
			begin_unknown(order);
			order->next_look_ns = now_of(order) + UNKNOWN_LOOK_UP_NS;
			changed = true;
		}
		break;
	case READ_UNKNOWN: /* a failed read proves nothing */
		break;
	}
	if (changed)
		tell(order);
	follow(order);
}

static void on_fills_read(void *user, const struct read_result *result)
{
	struct live_order *order = user;
	bool changed = false;
	uint32_t before = order->life.fills;

	if (!read_ended(order, result))
		return;
	if (result->outcome == READ_VALUE)
		for (size_t i = 0; i < result->u.events.count; i++)
			feed(order, &result->u.events.events[i], &changed);
	if (result->outcome != READ_UNKNOWN && order->life.phase == ORDER_UNKNOWN &&
	    order->life.fills == before)
		absence_proof_no_fills(&order->proof, order->asked_ns);
	if (order_phase_is_terminal(order->life.phase) && !order_life_complete(&order->life) &&
	    order->fill_reads >= FILL_READS_MAX) {
		order->fills_missing = true;
		changed = true;
		log_write(LOG_ALARM, "order_executor", "order %u: its fills cannot be read",
			  (unsigned)order->life.request.client_id);
	}
	if (changed)
		tell(order);
	follow(order);
}

static void on_position_read(void *user, const struct read_result *result)
{
	struct live_order *order = user;

	if (!read_ended(order, result))
		return;
	if (result->outcome != READ_UNKNOWN && order->life.phase == ORDER_UNKNOWN) {
		bool agrees = order->owner.position_agrees(order->owner.user, order, result);
		absence_proof_position(&order->proof, order->asked_ns, agrees);
		order->read_failed = !agrees;
	}
	follow(order);
}

/* Where a venue grants half a request a second, an answer in time may never come: each further
 * look-up of an unknown order waits longer. */
static int64_t read_patience(const struct live_order *order)
{
	int64_t patience_ns = order->executor->options.give_up_ns;
	if (order->life.phase == ORDER_UNKNOWN)
		patience_ns *= 1 + (order->looks < READ_PATIENCE_GROWS ? order->looks
								       : READ_PATIENCE_GROWS);
	return patience_ns;
}

static void ask(struct live_order *order, enum read_kind kind, read_done done)
{
	const struct order_executor *executor = order->executor;
	struct read_request request = {
		.kind = kind, .instrument = order->life.request.instrument, .urgent = true};

	if (kind == READ_BALANCES)
		request.instrument = 0;
	if (kind == READ_ORDER)
		request.client_id = order->life.request.client_id;
	if (kind == READ_FILLS)
		request.since_ns =
			market_state_venue_time(executor->market, venue_of(order), order->sent_ns) -
			FILLS_SINCE_NS;
	order->asked_ns = now_of(order);
	order->read_pending = true;
	exchange_read(client_of(order), &request, order->asked_ns + read_patience(order), done,
		      order);
}

/* 250 ms, 500 ms, ... up to 5 s. */
static int64_t backoff(unsigned times, int64_t first_ns)
{
	int64_t wait_ns = first_ns;
	while (times-- > 0 && wait_ns < LOOK_UP_LONGEST_NS)
		wait_ns *= 2;
	return wait_ns < LOOK_UP_LONGEST_NS ? wait_ns : LOOK_UP_LONGEST_NS;
}

/* Returns when something is due next. */
static int64_t follow_unknown(struct live_order *order, int64_t now_ns)
{
	int64_t unknown_ns = now_ns - order->unknown_since_ns;
	int64_t due_ns;

	if (unknown_ns >= ALARM_AFTER_NS && !order->alarmed) {
		order->alarmed = true;
		log_write(LOG_ALARM, "order_executor", "order %u: outcome unknown for 10 s",
			  (unsigned)order->life.request.client_id);
	}
	if (unknown_ns >= FREEZE_AFTER_NS + order->executor->options.proof_allowance_ns &&
	    !order->frozen) {
		order->frozen = true;
		log_write(LOG_ALARM, "order_executor",
			  "order %u: neither found nor proven absent; the leg is frozen",
			  (unsigned)order->life.request.client_id);
		tell(order);
	}
	enum proof_question question = absence_proof_next(&order->proof, now_ns, &due_ns);
	if (question == PROOF_COMPLETE) {
		order->life.phase = order->life.executed.units > 0 ? ORDER_ENDED : ORDER_ABSENT;
		tell(order);
		return order->released ? INT64_MAX : now_ns;
	}
	if (question == PROOF_NOT_YET) {
		/* It may be found before absence could be proven: positive answers always count. */
		if (order->next_look_ns < due_ns)
			due_ns = order->next_look_ns;
	} else if (order->read_failed && order->next_look_ns > due_ns) {
		due_ns = order->next_look_ns;
	}
	if (due_ns > now_ns)
		return due_ns;
	if (order->looks < 1000)
		order->looks++;
	order->next_look_ns = now_ns + backoff(order->looks, UNKNOWN_LOOK_UP_NS);
	switch (question) {
	case PROOF_NOT_YET:
	case PROOF_LOOK_UP:
		ask(order, READ_ORDER, on_looked_up);
		break;
	case PROOF_READ_FILLS:
		ask(order, READ_FILLS, on_fills_read);
		break;
	case PROOF_READ_POSITION:
		ask(order,
		    order->life.instrument->kind == INSTRUMENT_SPOT ? READ_BALANCES
								    : READ_POSITIONS,
		    on_position_read);
		break;
	case PROOF_COMPLETE:
		break;
	}
	return INT64_MAX;
}

static bool rests(const struct live_order *order)
{
	enum order_type type = order->life.request.type;
	return type == ORDER_LIMIT || type == ORDER_POST_ONLY;
}

static int64_t follow_working(struct live_order *order, int64_t now_ns)
{
	if (!rests(order) && now_ns >= order->sent_ns + STUCK_AFTER_NS)
		order->cancel_wanted = true;
	if (now_ns < order->next_look_ns)
		return order->next_look_ns;
	order->looks++;
	order->next_look_ns = now_ns + (rests(order) && !order->cancel_wanted
						? RESTING_LOOK_UP_NS
						: backoff(order->looks, LOOK_UP_AFTER_NS));
	ask(order, READ_ORDER, on_looked_up);
	return INT64_MAX;
}

static int64_t follow_fills(struct live_order *order, int64_t now_ns)
{
	if (order->fill_reads == 0) {
		/* Fills follow their order's last event: give them a moment before asking. */
		order->fill_reads = 1;
		order->next_look_ns = now_ns + LOOK_UP_AFTER_NS;
	}
	if (now_ns < order->next_look_ns)
		return order->next_look_ns;
	order->next_look_ns = now_ns + backoff(order->fill_reads, LOOK_UP_AFTER_NS);
	order->fill_reads++;
	ask(order, READ_FILLS, on_fills_read);
	return INT64_MAX;
}

static void on_cancelled(void *user, const struct command_result *result)
{
	struct live_order *order = user;

	(void)result; /* accepted, refused or unknown: only the order's end counts */
	order->cancel_pending = false;
	if (order->released) {
		recycle(order);
		return;
	}
	if (!order_phase_is_terminal(order->life.phase) &&
	    order->next_look_ns > now_of(order) + LOOK_UP_AFTER_NS)
		order->next_look_ns = now_of(order) + LOOK_UP_AFTER_NS;
	follow(order);
}

static int64_t follow_cancel(struct live_order *order, int64_t now_ns)
{
	if (!order->cancel_wanted || order->cancel_pending || order->place_pending)
		return INT64_MAX; /* the answers wake us */
	if (now_ns < order->next_cancel_ns)
		return order->next_cancel_ns;
	order->next_cancel_ns = now_ns + backoff(order->cancels, CANCEL_AGAIN_NS);
	order->cancels++;
	order->cancel_pending = true;
	exchange_cancel(client_of(order), order->life.request.instrument,
			order->life.request.client_id, now_ns + order->executor->options.give_up_ns,
			on_cancelled, order);
	return INT64_MAX;
}

static void on_timer(void *user)
{
	struct live_order *order = user;
	order->timer = 0;
	follow(order);
}

/* Does what is due now and sleeps until something else is. */
static void follow(struct live_order *order)
{
	int64_t now_ns = now_of(order);
	int64_t due_ns = INT64_MAX, look_ns = INT64_MAX;

	if (order->released || order->life.phase == ORDER_PREPARED)
		return;
	if (!order_phase_is_terminal(order->life.phase))
		due_ns = follow_cancel(order, now_ns);
	if (!order->read_pending) {
		if (order->life.phase == ORDER_UNKNOWN)
			look_ns = follow_unknown(order, now_ns);
		else if (order->life.phase == ORDER_WORKING)
			look_ns = follow_working(order, now_ns);
		if (order->released)
			return;
		if (order_phase_is_terminal(order->life.phase) && !order->read_pending)
			look_ns = order_executor_finished(order) ? INT64_MAX
								 : follow_fills(order, now_ns);
	}
	if (look_ns < due_ns)
		due_ns = look_ns;
	/* A stuck IOC found working is to be cancelled, which is due at once. */
	if (order->cancel_wanted && !order->cancel_pending && !order->place_pending &&
	    !order_phase_is_terminal(order->life.phase) && order->next_cancel_ns < due_ns)
		due_ns = order->next_cancel_ns;
	scheduler_cancel(order->executor->scheduler, order->timer);
	order->timer = due_ns == INT64_MAX ? 0
					   : scheduler_at(order->executor->scheduler,
							  due_ns > now_ns ? due_ns : now_ns,
							  SCHEDULE_TIMER, on_timer, order);
}

void order_executor_cancel(struct live_order *order)
{
	if (order_phase_is_terminal(order->life.phase) || order->cancel_wanted)
		return;
	assert(order->life.phase != ORDER_PREPARED);
	order->cancel_wanted = true;
	order->looks = 0;
	follow(order);
}

/* ---- events -----------------------------------------------------------------------------------
 */

bool order_executor_account_event(struct order_executor *executor,
				  const struct account_event *event)
{
	uint32_t client_id = event->kind == ACCOUNT_ORDER  ? event->u.order.client_id
			     : event->kind == ACCOUNT_FILL ? event->u.fill.client_id
							   : 0;
	struct remembered_order *slot = slot_of(executor, client_id);
	bool changed = false;

	if (client_id == 0 || slot->client_id != client_id || slot->venue != event->venue)
		return false;
	if (!slot->order) {
		if (event->kind == ACCOUNT_FILL)
			log_write(LOG_INFO, "order_executor",
				  "fill of order %u after its trade ended", (unsigned)client_id);
		return true;
	}
	struct live_order *order = slot->order;
	feed(order, event, &changed);
	if (changed) {
		tell(order);
		follow(order);
	}
	return true;
}

uint32_t order_executor_trade_of(const struct order_executor *executor, venue_id venue,
				 uint32_t client_id)
{
	const struct remembered_order *slot = slot_of(executor, client_id);
	return client_id && slot->client_id == client_id && slot->venue == venue ? slot->trade : 0;
}
