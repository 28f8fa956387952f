/*
 * The account's stream: its frames as events, each fill and payment once, and after every connect
 * a full sync by REST (open orders, positions, balance, fills since the last one told): what
 * happened while nothing was heard is never replayed by the venue.
 */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SYNC_READS	  4
#define SYNC_WITHIN_NS	  (20 * NS_PER_SECOND)
#define SYNC_AGAIN_NS	  (2 * NS_PER_SECOND)
#define SYNC_AGAIN_MAX_NS NS_PER_MINUTE
/* Fills may be listed a little out of order: those of the last minute are asked for again. */
#define FILLS_OVERLAP_NS NS_PER_MINUTE
/* Payments are looked for so long after the boundary, and a few times more. */
#define FUNDING_AFTER_NS (4 * NS_PER_SECOND)
#define FUNDING_AGAIN_NS (10 * NS_PER_SECOND)
#define FUNDING_TRIES	 6
#define RENEW_EARLY_NS	 (15 * NS_PER_MINUTE)

static const enum lighter_channel account_channels[] = {LIGHTER_ORDERS, LIGHTER_FILLS,
							LIGHTER_POSITIONS, LIGHTER_USER_STATS};
#define ACCOUNT_CHANNELS (sizeof(account_channels) / sizeof(account_channels[0]))

static void start_sync(struct lighter_client *client);
static void arm_funding(struct lighter_client *client);

/* ---- events ---------------------------------------------------------------------------------- */

static uint32_t own_id(uint64_t client_id)
{
	return client_id <= CLIENT_ID_MAX ? (uint32_t)client_id : 0;
}

static struct account_event account_event(const struct lighter_client *client, int64_t market,
					  enum account_event_kind kind, int64_t local_ns,
					  int64_t exch_ns)
{
	struct account_event event;
	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.local_ns = local_ns;
	event.exch_ns = exch_ns;
	event.venue = client->base.venue;
	event.instrument = market >= 0 ? client->markets[market].instrument : 0;
	return event;
}

bool lighter_order_event(const struct lighter_client *client,
			 const struct lighter_order_report *order, int64_t local_ns,
			 struct account_event *event)
{
	if (client->markets[order->market].instrument == 0 || !order->status_known)
		return false;
	*event = account_event(client, order->market, ACCOUNT_ORDER, local_ns, order->time_ns);
	event->u.order.client_id = own_id(order->client_id);
	snprintf(event->u.order.venue_order_id, sizeof(event->u.order.venue_order_id), "%" PRIu64,
		 order->order_id);
	event->u.order.state = order->state;
	event->u.order.reason = order->reason;
	event->u.order.executed = order->filled;
	return true;
}

bool lighter_fill_event(const struct lighter_client *client, const struct lighter_trade *trade,
			int64_t local_ns, struct account_event *event)
{
	struct lighter_own_side own;
	if (client->markets[trade->market].instrument == 0 ||
	    !lighter_trade_own_side(trade, client->options.account_index, &own))
		return false;
	*event = account_event(client, trade->market, ACCOUNT_FILL, local_ns, trade->time_ns);
	event->u.fill.client_id = own_id(own.client_id);
	snprintf(event->u.fill.trade_id, sizeof(event->u.fill.trade_id), "%" PRIu64, trade->id);
	event->u.fill.side = own.side;
	event->u.fill.price = trade->price;
	event->u.fill.quantity = trade->size;
	event->u.fill.maker = own.maker;
	event->u.fill.fee = own.fee;
	event->u.fill.fee_asset = client->usdc;
	return true;
}

/* amount / (position x rate) at scale 18: the price at which the payment comes out. */
static bool implied_price(const struct lighter_client *client,
			  const struct lighter_payment *payment, struct rate rate,
			  struct money *price)
{
	const struct lighter_scale *scale = &client->scales.market[payment->market];
	i128 amount = payment->change.e18 < 0 ? -payment->change.e18 : payment->change.e18;
	int64_t size =
		payment->position.units < 0 ? -payment->position.units : payment->position.units;
	const i128 numerators[] = {amount, i128_power_of_ten(scale->size_decimals), RATE_ONE};
	const i128 denominators[] = {size, rate.e18 < 0 ? -(i128)rate.e18 : rate.e18};
	return size != 0 && rate.e18 != 0 &&
	       exact_ratio(numerators, 3, denominators, 2, ROUND_HALF_EVEN, &price->e18) &&
	       price->e18 > 0;
}

static i128 distance(i128 a, i128 b)
{
	return a > b ? a - b : b - a;
}

/*
 * The unit of positionFunding's rate is not documented: with the mark known, percent or fraction is
 * what comes closer to the payment; without it the venue's usual percent is taken. The sign is that
 * of the payment: a long that pays means a rate above 0.
 */
static struct rate rate_of(const struct lighter_client *client,
			   const struct lighter_payment *payment, const struct money *mark)
{
	i128 magnitude = payment->rate.e18 < 0 ? -payment->rate.e18 : payment->rate.e18;
	struct rate percent = {0}, fraction = {0}, rate;
	struct money by_percent, by_fraction;
	if (magnitude < (i128)RATE_ONE)
		fraction.e18 = (int64_t)magnitude;
	if (magnitude / 100 < (i128)RATE_ONE)
		percent.e18 = (int64_t)(magnitude / 100);
	rate = percent;
	if (mark && implied_price(client, payment, fraction, &by_fraction) &&
	    (!implied_price(client, payment, percent, &by_percent) ||
	     distance(by_fraction.e18, mark->e18) < distance(by_percent.e18, mark->e18)))
		rate = fraction;
	bool longs_pay = (payment->position.units > 0) == (payment->change.e18 < 0);
	if (!longs_pay)
		rate.e18 = -rate.e18;
	return rate;
}

bool lighter_payment_event(const struct lighter_client *client,
			   const struct lighter_payment *payment, int64_t local_ns,
			   struct account_event *event)
{
	int64_t interval_ns = client->options.funding_interval_ns;
	int64_t boundary_ns = payment->time_ns + NS_PER_SECOND;
	struct money mark;
	if (client->markets[payment->market].instrument == 0)
		return false;
	boundary_ns -= boundary_ns % interval_ns;
	if (payment->time_ns - boundary_ns > interval_ns / 2)
		boundary_ns = payment->time_ns; /* on no boundary: it stands for itself */
	bool marked = lighter_stream_mark_at(client->stream, payment->market, boundary_ns, &mark);
	*event =
		account_event(client, payment->market, ACCOUNT_FUNDING, local_ns, payment->time_ns);
	event->u.funding.boundary_ns = boundary_ns;
	event->u.funding.position = payment->position;
	event->u.funding.amount = payment->change;
	event->u.funding.asset = client->usdc;
	event->u.funding.price_label = "mark";
	event->u.funding.rate = rate_of(client, payment, marked ? &mark : NULL);
	if (marked)
		event->u.funding.price = mark;
	else if (!implied_price(client, payment, event->u.funding.rate, &event->u.funding.price))
		event->u.funding.price = client->markets[payment->market].terms.mark;
	return true;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void tell_order(struct lighter_client *client, const struct lighter_order_report *order,
		       int64_t received_ns)
{
	struct streamed_account *said = &client->account.said;
	struct account_event event;
	if (!order->status_known) {
		streamed_account_orders_lost(said);
		log_write(LOG_ALARM, LIGHTER_AREA,
			  "order %" PRIu64 " has the unknown status \"%s\": its state is not "
			  "guessed",
			  order->client_id, order->status);
		return;
	}
	if (!lighter_order_event(client, order, received_ns, &event))
		return;
	streamed_account_order(said, &event);
	lighter_tell_account(client, &event);
}

/* The venue closed something of ours by itself: no order of ours stands behind the trade. */
static void tell_liquidation(struct lighter_client *client, const struct lighter_trade *trade,
			     const struct account_event *fill)
{
	struct account_event event;
	if (trade->type == LIGHTER_TRADE || fill->u.fill.client_id != 0 ||
	    (trade->type == LIGHTER_LIQUIDATION && fill->u.fill.maker))
		return;
	event = account_event(client, trade->market, ACCOUNT_LIQUIDATION, fill->local_ns,
			      fill->exch_ns);
	event.u.liquidation.quantity.units =
		fill->u.fill.side == SIDE_BUY ? trade->size.units : -trade->size.units;
	event.u.liquidation.mark =
		price_e18(instrument_get(client->instruments, event.instrument), trade->price);
	lighter_tell_account(client, &event);
}

static void tell_fill(struct lighter_client *client, const struct lighter_trade *trade,
		      int64_t received_ns)
{
	struct lighter_account_watch *account = &client->account;
	struct account_event event;
	if (!lighter_fill_event(client, trade, received_ns, &event) ||
	    !lighter_seen_add(&account->trades, trade->id))
		return;
	if (trade->time_ns > account->fills_since_ns)
		account->fills_since_ns = trade->time_ns;
	streamed_account_fill(&account->said, event.instrument, received_ns);
	tell_liquidation(client, trade, &event);
	lighter_tell_account(client, &event);
}

static void tell_position(struct lighter_client *client, int64_t market, struct quantity quantity,
			  int64_t received_ns)
{
	struct lighter_account_watch *account = &client->account;
	struct account_event event =
		account_event(client, market, ACCOUNT_POSITION, received_ns, 0);
	account->position_known[market] = true;
	account->position[market] = quantity;
	account->held = account->held || quantity.units != 0;
	event.u.position.quantity = quantity;
	if (event.instrument != 0)
		lighter_tell_account(client, &event);
}

static void tell_balance(struct lighter_client *client, struct money total, int64_t received_ns)
{
	struct lighter_account_watch *account = &client->account;
	struct account_event event;
	if (account->balance_known && account->balance.e18 == total.e18)
		return;
	account->balance_known = true;
	account->balance = total;
	event = account_event(client, -1, ACCOUNT_BALANCE, received_ns, 0);
	event.u.balance.asset = client->usdc;
	event.u.balance.total = total;
	lighter_tell_account(client, &event);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void on_orders(struct lighter_client *client, const struct lighter_slot *payload,
		      int64_t received_ns, bool *sound)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_order_report order;
	lighter_list_begin(&list, payload);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result = lighter_order_read(&object, &client->scales, &order);
		if (result == LIGHTER_OK)
			tell_order(client, &order, received_ns);
		*sound = *sound && result != LIGHTER_UNUSABLE;
	}
	*sound = *sound && !list.unsound;
}

static void on_fills(struct lighter_client *client, const struct lighter_slot *payload,
		     int64_t received_ns, bool history, bool *sound)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_trade trade;
	lighter_list_begin(&list, payload);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result = lighter_trade_read(&object, &client->scales, &trade);
		/* A snapshot repeats what was long before we came. */
		if (result == LIGHTER_OK && (!history || trade.time_ns + FILLS_OVERLAP_NS >=
								 client->account.fills_since_ns))
			tell_fill(client, &trade, received_ns);
		*sound = *sound && result != LIGHTER_UNUSABLE;
	}
	*sound = *sound && !list.unsound;
}

static void on_positions(struct lighter_client *client, const struct lighter_slot *payload,
			 int64_t received_ns, bool *sound)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_position position;
	struct position_value value;
	lighter_list_begin(&list, payload);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result =
			lighter_position_read(&object, &client->scales, &position);
		*sound = *sound && result != LIGHTER_UNUSABLE;
		if (result != LIGHTER_OK)
			continue;
		struct lighter_market *market = &client->markets[position.market];
		if (position.initial_margin > 0)
			market->initial_margin = position.initial_margin;
		if (position.margin_mode >= 0)
			market->margin_mode = position.margin_mode;
		client->account.streamed[position.market] = true;
		memset(&value, 0, sizeof(value));
		if (market->instrument != 0 && lighter_position_value(client, &position, &value))
			streamed_account_position(&client->account.said, &value, received_ns);
		tell_position(client, position.market, position.quantity, received_ns);
	}
	/* A market that is not listed is not told flat: what an empty map means is not sure. */
	*sound = *sound && !list.unsound;
}

void lighter_account_frame(struct lighter_client *client, const struct lighter_frame *frame,
			   int64_t received_ns)
{
	struct money collateral, available;
	bool sound = true;
	if (!client->account.wanted)
		return;
	client->account.told_ns = received_ns;
	switch (frame->channel) {
	case LIGHTER_ORDERS:
		on_orders(client, &frame->payload, received_ns, &sound);
		break;
	case LIGHTER_FILLS:
		on_fills(client, &frame->payload, received_ns, frame->snapshot, &sound);
		break;
	case LIGHTER_POSITIONS:
		on_positions(client, &frame->payload, received_ns, &sound);
		break;
	case LIGHTER_USER_STATS:
		sound = lighter_user_stats_read(frame, &collateral, &available) == LIGHTER_OK;
		if (sound) {
			const struct balance_value balance = {client->usdc, collateral, available};
			streamed_account_balance(&client->account.said, &balance, received_ns);
			tell_balance(client, collateral, received_ns);
		}
		break;
	case LIGHTER_BOOK:
	case LIGHTER_TICKER:
	case LIGHTER_TRADES:
	case LIGHTER_STATS:
	case LIGHTER_CHANNELS:
		return;
	}
	if (!sound && client->account.synced) {
		log_write(LOG_ALARM, LIGHTER_AREA,
			  "a frame of %s cannot be read: the account is read anew",
			  lighter_channel_name(frame->channel));
		client->account.synced = false;
		start_sync(client);
	}
}

/* ---- sync ------------------------------------------------------------------------------------ */

static void tell_synced(struct lighter_client *client, bool ok, const char *why)
{
	struct lighter_account_watch *account = &client->account;
	lifecycle_done done = account->done;
	if (done == NULL)
		return;
	account->done = NULL;
	done(account->user, ok, why);
}

static bool all_live(const struct lighter_client *client)
{
	for (size_t i = 0; i < ACCOUNT_CHANNELS; i++)
		if (lighter_stream_state(client->stream, account_channels[i], -1) !=
		    SUBSCRIPTION_LIVE)
			return false;
	return true;
}

static void on_sync_again(void *user)
{
	struct lighter_client *client = user;
	client->account.again.entry = 0;
	if (!lighter_enter(client))
		return;
	/* What was refused is asked for again; with everything there only the reads are due. */
	for (size_t i = 0; i < ACCOUNT_CHANNELS && client->account.wanted; i++)
		lighter_stream_want(client->stream, account_channels[i], -1, true);
	if (all_live(client))
		start_sync(client);
	lighter_poll_soon(client);
	lighter_leave(client);
}

static void sync_step_done(struct lighter_client *client, bool ok)
{
	struct lighter_account_watch *account = &client->account;
	account->sync_failed = account->sync_failed || !ok;
	if (--account->syncing > 0)
		return;
	if (account->sync_stale && account->wanted && all_live(client)) {
		start_sync(client); /* it asked before the connection that is up now */
		return;
	}
	if (!account->wanted || client->link == NULL || !stream_link_is_up(client->link))
		return; /* the next connect begins anew */
	if (account->sync_failed) {
		int64_t wait_ns = SYNC_AGAIN_NS << (account->attempt < 5 ? account->attempt : 5);
		account->attempt++;
		log_write(LOG_WARNING, LIGHTER_AREA, "the account cannot be read; trying again");
		lighter_arm(client, &account->again,
			    lighter_now(client) +
				    (wait_ns < SYNC_AGAIN_MAX_NS ? wait_ns : SYNC_AGAIN_MAX_NS),
			    on_sync_again);
		return;
	}
	account->attempt = 0;
	account->synced = true;
	arm_funding(client);
	lighter_recheck_begin(client);
	tell_synced(client, true, "");
}

static void forward(struct lighter_client *client, const struct read_result *result)
{
	for (size_t i = 0; i < result->u.events.count && !client->dying; i++)
		lighter_tell_account(client, &result->u.events.events[i]);
}

static void on_open_orders(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	if (result->outcome == READ_VALUE) {
		for (size_t i = 0; i < result->u.events.count; i++)
			streamed_account_order(&client->account.said, &result->u.events.events[i]);
		streamed_account_listed(&client->account.said);
		forward(client, result);
	}
	sync_step_done(client, result->outcome == READ_VALUE);
}

/* trade_id of an event of our own making is a number. */
static uint64_t number_of(const char *text)
{
	struct lighter_slot slot = {JSON_NUMBER, text, strlen(text), false};
	uint64_t number = 0;
	lighter_u64(&slot, &number);
	return number;
}

void lighter_account_take_fills(struct lighter_client *client, const struct read_result *result)
{
	struct lighter_account_watch *account = &client->account;
	for (size_t i = 0; result->outcome == READ_VALUE && i < result->u.events.count; i++) {
		const struct account_event *event = &result->u.events.events[i];
		if (client->dying ||
		    !lighter_seen_add(&account->trades, number_of(event->u.fill.trade_id)))
			continue;
		if (event->exch_ns > account->fills_since_ns)
			account->fills_since_ns = event->exch_ns;
		/* The positions of this sync were asked for at the same time. */
		streamed_account_fill(&account->said, event->instrument, account->sync_began_ns);
		lighter_tell_account(client, event);
	}
}

static void on_fills_read(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	lighter_account_take_fills(client, result);
	sync_step_done(client, result->outcome == READ_VALUE);
}

static void on_positions_read(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	struct lighter_account_watch *account = &client->account;
	bool listed[LIGHTER_MARKETS] = {false};
	if (result->outcome == READ_VALUE) {
		for (size_t i = 0; i < result->u.positions.count; i++) {
			const struct position_value *value = &result->u.positions.values[i];
			int64_t market = lighter_market_of(client, value->instrument);
			if (market < 0)
				continue;
			listed[market] = true;
			tell_position(client, market, value->quantity, lighter_now(client));
		}
		/* The account's own list is complete: what it does not name is flat. */
		for (int64_t i = 0; i < LIGHTER_MARKETS; i++)
			if (!listed[i] && account->position_known[i] &&
			    account->position[i].units != 0)
				tell_position(client, i, (struct quantity){0}, lighter_now(client));
	}
	sync_step_done(client, result->outcome == READ_VALUE);
}

static void on_balances_read(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	if (result->outcome == READ_VALUE && result->u.balances.count > 0) {
		streamed_account_balance(&client->account.said, &result->u.balances.values[0],
					 client->account.sync_began_ns);
		tell_balance(client, result->u.balances.values[0].total, lighter_now(client));
	}
	sync_step_done(client, result->outcome == READ_VALUE);
}

static void start_sync(struct lighter_client *client)
{
	static const struct {
		enum read_kind kind;
		read_done done;
	} steps[SYNC_READS] = {
		{READ_OPEN_ORDERS, on_open_orders},
		{READ_FILLS, on_fills_read},
		{READ_POSITIONS, on_positions_read},
		{READ_BALANCES, on_balances_read},
	};
	struct lighter_account_watch *account = &client->account;
	if (account->syncing > 0 || !account->wanted)
		return;
	account->sync_failed = account->sync_stale = false;
	account->syncing = SYNC_READS;
	account->sync_began_ns = lighter_now(client);
	streamed_account_listing(&account->said);
	for (size_t i = 0; i < SYNC_READS; i++) {
		struct read_request request = {.kind = steps[i].kind};
		if (request.kind == READ_FILLS)
			request.since_ns = account->fills_since_ns - FILLS_OVERLAP_NS;
		lighter_read(&client->base, &request, lighter_now(client) + SYNC_WITHIN_NS,
			     steps[i].done, client);
	}
}

void lighter_account_live(struct lighter_client *client, enum lighter_channel channel, bool live,
			  const char *why)
{
	struct lighter_account_watch *account = &client->account;
	if (!live) {
		char text[160];
		snprintf(text, sizeof(text), "the venue refuses %s: %s",
			 lighter_channel_name(channel), why);
		log_write(LOG_ALARM, LIGHTER_AREA, "%s", text);
		client->token_renew_ns = 0; /* the token may be why: a new one, a new try */
		lighter_arm(client, &account->again, lighter_now(client) + SYNC_AGAIN_NS,
			    on_sync_again);
		tell_synced(client, false, text);
		return;
	}
	if (all_live(client))
		start_sync(client);
}

void lighter_account_disconnected(struct lighter_client *client)
{
	client->account.synced = false;
	client->account.sync_stale = client->account.syncing > 0;
	streamed_account_forget(&client->account.said);
	client->account.attempt = 0;
	memset(client->account.streamed, 0, sizeof(client->account.streamed));
}

bool lighter_account_delivers(const struct lighter_client *client)
{
	const struct lighter_account_watch *account = &client->account;
	return account->wanted && account->synced && client->link &&
	       stream_link_is_up(client->link) &&
	       lighter_now(client) - client->heard_ns <= LIGHTER_STREAMED_AGE_NS &&
	       account->told_ns >= account->ordered_ns;
}

/* ---- token ----------------------------------------------------------------------------------- */

static void on_renew(void *user)
{
	struct lighter_client *client = user;
	client->account.renew.entry = 0;
	if (!lighter_enter(client))
		return;
	client->token_renew_ns = 0;
	if (lighter_token(client)[0]) {
		lighter_stream_renew_account(client->stream);
		lighter_poll_soon(client);
	}
	lighter_arm(client, &client->account.renew,
		    client->token_renew_ns > 0 ? client->token_renew_ns - RENEW_EARLY_NS
					       : lighter_now(client) + NS_PER_MINUTE,
		    on_renew);
	lighter_leave(client);
}

/* ---- funding payments ------------------------------------------------------------------------ */

/* Whether a market that we hold has not paid for this boundary yet. */
static bool payment_missing(const struct lighter_account_watch *account, int64_t boundary_ns)
{
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		if (account->position[i].units != 0 && account->paid_ns[i] < boundary_ns)
			return true;
	return false;
}

static void on_funding_due(void *user);

static void on_payments(void *user, const struct read_result *result)
{
	struct lighter_client *client = user;
	struct lighter_account_watch *account = &client->account;
	int64_t interval_ns = client->options.funding_interval_ns;
	for (size_t i = 0; result->outcome == READ_VALUE && i < result->u.events.count; i++) {
		const struct account_event *event = &result->u.events.events[i];
		/* One payment a market and boundary: the same key for the same fact. */
		uint64_t key = (uint64_t)event->u.funding.boundary_ns * 4096 + event->instrument;
		int64_t market = lighter_market_of(client, event->instrument);
		if (market >= 0 && event->u.funding.boundary_ns > account->paid_ns[market])
			account->paid_ns[market] = event->u.funding.boundary_ns;
		if (!client->dying && lighter_seen_add(&account->payments, key))
			lighter_tell_account(client, event);
	}
	if (client->dying || !account->wanted)
		return;
	bool missing = payment_missing(account, account->funding_boundary_ns);
	if (missing && ++account->funding_tries < FUNDING_TRIES) {
		lighter_arm(client, &account->funding, lighter_now(client) + FUNDING_AGAIN_NS,
			    on_funding_due);
		return;
	}
	if (missing)
		log_write(LOG_WARNING, LIGHTER_AREA,
			  "a position was not posted a funding payment at the last boundary");
	account->funding_boundary_ns += interval_ns;
	arm_funding(client);
}

static void on_funding_due(void *user)
{
	struct lighter_client *client = user;
	struct lighter_account_watch *account = &client->account;
	int64_t interval_ns = client->options.funding_interval_ns;
	account->funding.entry = 0;
	if (!lighter_enter(client))
		return;
	if (!account->held) {
		account->funding_boundary_ns += interval_ns;
		arm_funding(client);
	} else {
		struct read_request request = {.kind = READ_FUNDING_PAYMENTS,
					       .since_ns = account->funding_boundary_ns -
							   interval_ns / 2};
		lighter_read(&client->base, &request, lighter_now(client) + FUNDING_AGAIN_NS,
			     on_payments, client);
	}
	lighter_leave(client);
}

static void arm_funding(struct lighter_client *client)
{
	struct lighter_account_watch *account = &client->account;
	int64_t interval_ns = client->options.funding_interval_ns;
	int64_t now_ns = lighter_venue_now(client);
	if (account->funding.entry != 0)
		return;
	account->funding_tries = 0;
	/* What was held a moment before the boundary is paid, also if it is gone now. */
	account->held = false;
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		account->held = account->held || account->position[i].units != 0;
	if (account->funding_boundary_ns == 0)
		account->funding_boundary_ns = now_ns - now_ns % interval_ns + interval_ns;
	/* After a long silence the read of the newest brings the older ones too. */
	lighter_arm(client, &account->funding,
		    lighter_local_of(client, account->funding_boundary_ns) + FUNDING_AFTER_NS,
		    on_funding_due);
}

/* ---- life ------------------------------------------------------------------------------------ */

void lighter_account_subscribe(struct exchange_client *base, lifecycle_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	struct lighter_account_watch *account = &client->account;
	if (!client->started || !client->options.has_account || account->wanted) {
		lighter_complete_later(client, false,
				       account->wanted	  ? "the account is subscribed already"
				       : !client->started ? "the client is not started"
							  : "this client has no account",
				       done, user);
		return;
	}
	account->wanted = true;
	account->done = done;
	account->user = user;
	account->fills_since_ns = lighter_venue_now(client);
	streamed_account_forget(&account->said);
	for (size_t i = 0; i < ACCOUNT_CHANNELS; i++)
		lighter_stream_want(client->stream, account_channels[i], -1, true);
	lighter_token(client);
	lighter_arm(client, &account->renew,
		    client->token_renew_ns > 0 ? client->token_renew_ns - RENEW_EARLY_NS
					       : lighter_now(client) + NS_PER_MINUTE,
		    on_renew);
	lighter_poll_soon(client);
}

void lighter_account_end(struct lighter_client *client)
{
	struct lighter_account_watch *account = &client->account;
	if (account->done && !client->dying)
		lighter_complete_later(client, false, "stopped", account->done, account->user);
	account->done = NULL;
	account->wanted = account->synced = false;
	for (size_t i = 0; i < ACCOUNT_CHANNELS; i++)
		lighter_stream_want(client->stream, account_channels[i], -1, false);
	lighter_recheck_end(client);
	lighter_arm(client, &account->again, INT64_MAX, on_sync_again);
	lighter_arm(client, &account->funding, INT64_MAX, on_funding_due);
	lighter_arm(client, &account->renew, INT64_MAX, on_renew);
}
