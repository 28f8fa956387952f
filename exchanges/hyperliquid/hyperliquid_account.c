/*
 * The account's feeds as account events (venues/hyperliquid.md §5.4). Every list is read once to
 * see that all of it is sound, and then told: half of one is never taken.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <string.h>

#define LOOK_UP_PATIENCE_NS (5 * NS_PER_SECOND)

static void emit(struct hyperliquid_client *client, const struct account_event *event)
{
	if (client->started && client->account_wanted && client->sink.account)
		client->sink.account(client->sink.user, event);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void ended_looked_up(void *user, enum read_outcome outcome,
			    const struct account_event *event)
{
	if (outcome == READ_VALUE)
		hyperliquid_tell_order(user, event);
}

static void take_order(void *user, const struct hyperliquid_order_row *row)
{
	struct hyperliquid_client *client = user;
	struct account_event event;
	bool exact;
	if (!hyperliquid_order_event(client, row, &event, &exact)) {
		const struct hyperliquid_listing *listing =
			hyperliquid_listing_of_coin(&client->markets, row->coin.name);
		if (listing != NULL && listing->instrument != 0)
			streamed_account_orders_lost(&client->said);
		return;
	}
	if (exact || row->client_id == 0) {
		hyperliquid_tell_order(client, &event);
		return;
	}
	streamed_account_order(&client->said, &event);
	const struct hyperliquid_own_order *own =
		hyperliquid_orders_find(client->orders, row->client_id);
	if (own != NULL && own->ended)
		return; /* its answer said how much was filled */
	/* How much a reduce-only order filled is told by its fills: they may be on their way. */
	hyperliquid_look_up(client, row->client_id, hyperliquid_now(client) + LOOK_UP_PATIENCE_NS,
			    ended_looked_up, client);
}

static void ignore_order(void *user, const struct hyperliquid_order_row *row)
{
	(void)user;
	(void)row;
}

static void take_open_order(void *user, const struct hyperliquid_order_row *row)
{
	struct hyperliquid_client *client = user;
	take_order(client, row);
	struct hyperliquid_own_order *own = hyperliquid_orders_find(client->orders, row->client_id);
	if (own != NULL)
		own->seen_open = true;
}

bool hyperliquid_take_open_orders(struct hyperliquid_client *client,
				  const struct hyperliquid_value *rows)
{
	uint64_t prefix = client->options.cloid_prefix;
	if (!hyperliquid_decode_open_orders(rows, prefix, ignore_order, NULL))
		return false;
	for (size_t i = 0; i < HYPERLIQUID_OWN_ORDERS; i++)
		client->orders->own[i].seen_open = false;
	return hyperliquid_decode_open_orders(rows, prefix, take_open_order, client);
}

/* ---- fills and funding -------------------------------------------------------------------------
 */

static bool is_ours(const struct hyperliquid_client *client, const uint8_t user[20])
{
	return memcmp(client->options.account, user, 20) == 0;
}

/* The `liquidation` member is on both sides' fills: whose position the venue closed. */
static bool liquidated_us(const struct hyperliquid_client *client,
			  const struct hyperliquid_fill *fill, const struct account_event *event)
{
	if (!fill->liquidation)
		return false;
	return fill->liquidated_known ? is_ours(client, fill->liquidated)
				      : event->u.fill.client_id == 0;
}

static void tell_liquidation(struct hyperliquid_client *client, const struct hyperliquid_fill *fill,
			     const struct account_event *of)
{
	struct account_event event = {.kind = ACCOUNT_LIQUIDATION,
				      .local_ns = of->local_ns,
				      .exch_ns = of->exch_ns,
				      .venue = of->venue,
				      .instrument = of->instrument};
	event.u.liquidation.quantity.units = of->u.fill.side == SIDE_BUY
						     ? of->u.fill.quantity.units
						     : -of->u.fill.quantity.units;
	event.u.liquidation.mark = fill->liquidation_mark;
	emit(client, &event);
}

static void take_fill(void *user, const struct hyperliquid_fill *fill)
{
	struct hyperliquid_client *client = user;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, fill->coin.name);
	struct account_event event;
	if (listing == NULL)
		return;
	const struct hyperliquid_told told = {listing->asset, fill->time_ns, fill->trade_id};
	if (!hyperliquid_fill_event(client, fill, &event) ||
	    !hyperliquid_orders_tell(client->orders, &told))
		return;
	streamed_account_fill(&client->said, event.instrument, fill->time_ns);
	if (event.u.fill.client_id != 0) {
		struct hyperliquid_own_order *own =
			hyperliquid_orders_find(client->orders, event.u.fill.client_id);
		/* Orders of earlier runs are nobody's here: they would all be looked up. */
		if (own == NULL && fill->time_ns >= client->account_since_ns)
			own = hyperliquid_orders_note(client->orders, event.u.fill.client_id,
						      event.instrument);
		if (own != NULL) {
			own->order_id = fill->order_id;
			own->filled_units += event.u.fill.quantity.units;
			own->alive = true;
		}
	}
	if (fill->time_ns < client->account_since_ns)
		return; /* history of before: whoever wants it reads it */
	if (liquidated_us(client, fill, &event))
		tell_liquidation(client, fill, &event);
	emit(client, &event);
}

static void ignore_fill(void *user, const struct hyperliquid_fill *fill)
{
	size_t *rows = user;
	(void)fill;
	++*rows;
}

/* All or nothing: a list that breaks off half way is not taken. Returns the number of rows. */
bool hyperliquid_take_fills(struct hyperliquid_client *client, const struct hyperliquid_value *rows,
			    size_t *count)
{
	*count = 0;
	if (!hyperliquid_decode_fills(rows, client->options.cloid_prefix, ignore_fill, count))
		return false;
	hyperliquid_decode_fills(rows, client->options.cloid_prefix, take_fill, client);
	return true;
}

static void take_payment(void *user, const struct hyperliquid_payment *payment)
{
	struct hyperliquid_client *client = user;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, payment->coin.name);
	struct account_event event;
	if (listing == NULL || payment->time_ns < client->account_since_ns ||
	    !hyperliquid_payment_event(client, payment, &event))
		return;
	const struct hyperliquid_told told = {listing->asset, event.u.funding.boundary_ns, 0};
	if (hyperliquid_orders_tell(client->orders, &told))
		emit(client, &event);
}

static void ignore_payment(void *user, const struct hyperliquid_payment *payment)
{
	(void)user;
	(void)payment;
}

bool hyperliquid_take_payments(struct hyperliquid_client *client,
			       const struct hyperliquid_value *rows)
{
	if (!hyperliquid_decode_payments(rows, ignore_payment, NULL))
		return false;
	return hyperliquid_decode_payments(rows, take_payment, client);
}

/* ---- positions and balances --------------------------------------------------------------------
 */

static void ignore_position(void *user, const struct hyperliquid_position *position)
{
	(void)user;
	(void)position;
}

static void tell_position(struct hyperliquid_client *client,
			  const struct hyperliquid_listing *listing, int64_t exch_ns, int64_t units)
{
	struct hyperliquid_setting *setting = &client->settings[listing->asset];
	struct account_event event = {.kind = ACCOUNT_POSITION,
				      .local_ns = hyperliquid_now(client),
				      .exch_ns = exch_ns,
				      .venue = client->base.venue,
				      .instrument = listing->instrument};
	if (setting->position_units == units)
		return;
	setting->position_units = units;
	event.u.position.quantity.units = units;
	emit(client, &event);
}

struct taking {
	struct hyperliquid_client *client;
	int64_t time_ns;
};

static void take_position(void *user, const struct hyperliquid_position *position)
{
	struct taking *taking = user;
	struct hyperliquid_client *client = taking->client;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, position->coin.name);
	int64_t units;
	if (listing == NULL || listing->instrument == 0)
		return;
	struct hyperliquid_setting *setting = &client->settings[listing->asset];
	setting->known = true;
	setting->cross = position->cross;
	setting->leverage = position->leverage;
	setting->position_seen = true;
	if (hyperliquid_to_units(position->size, listing->scale.quantity_decimals, &units))
		tell_position(client, listing, taking->time_ns, units);
	else
		log_write(LOG_ALARM, "hyperliquid", "the position of %s cannot be read",
			  listing->terms.coin.name);
}

static void tell_balance(struct hyperliquid_client *client,
			 const struct hyperliquid_clearinghouse *state)
{
	struct account_event event = {.kind = ACCOUNT_BALANCE,
				      .local_ns = hyperliquid_now(client),
				      .exch_ns = state->time_ns,
				      .venue = client->base.venue};
	struct money total = hyperliquid_cash(state);
	if (client->balance_told && client->balance.e18 == total.e18)
		return;
	client->balance_told = true;
	client->balance = total;
	event.u.balance.asset = client->usdc;
	event.u.balance.total = total;
	emit(client, &event);
}

bool hyperliquid_take_state(struct hyperliquid_client *client,
			    const struct hyperliquid_value *value)
{
	struct hyperliquid_clearinghouse state;
	/* Read once to see that all of it is sound, then told. */
	if (!hyperliquid_decode_clearinghouse(value, &state, ignore_position, NULL))
		return false;
	hyperliquid_state_said(client, value);
	struct taking taking = {client, state.time_ns};
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		client->settings[asset].position_seen = false;
	hyperliquid_decode_clearinghouse(value, &state, take_position, &taking);
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		if (!client->settings[asset].position_seen &&
		    client->settings[asset].position_units != 0)
			tell_position(client, &client->markets.markets[asset], state.time_ns, 0);
	tell_balance(client, &state);
	return true;
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static bool take_user_rows(struct hyperliquid_client *client, const struct hyperliquid_frame *frame)
{
	struct hyperliquid_user_rows rows;
	size_t count;
	bool fills = frame->channel == HYPERLIQUID_CHANNEL_USER_FILLS;
	if (!hyperliquid_decode_user_rows(&frame->data, fills ? "fills" : "fundings", &rows))
		return false;
	if (!is_ours(client, rows.user))
		return true;
	if (fills)
		return hyperliquid_take_fills(client, &rows.rows, &count);
	return hyperliquid_take_payments(client, &rows.rows);
}

void hyperliquid_account_frame(struct hyperliquid_client *client,
			       const struct hyperliquid_frame *frame)
{
	struct hyperliquid_value state;
	uint64_t prefix = client->options.cloid_prefix;
	if (!client->account_wanted)
		return;
	switch (frame->channel) {
	case HYPERLIQUID_CHANNEL_ORDER_UPDATES:
		if (!hyperliquid_decode_order_updates(&frame->data, prefix, ignore_order, NULL))
			hyperliquid_account_unsound(client, "orders");
		else
			hyperliquid_decode_order_updates(&frame->data, prefix, take_order, client);
		return;
	case HYPERLIQUID_CHANNEL_USER_FILLS:
		if (!take_user_rows(client, frame))
			hyperliquid_account_unsound(client, "fills");
		return;
	case HYPERLIQUID_CHANNEL_USER_FUNDINGS:
		if (!take_user_rows(client, frame))
			hyperliquid_account_unsound(client, "funding");
		return;
	case HYPERLIQUID_CHANNEL_CLEARINGHOUSE:
		if (hyperliquid_clearinghouse_of_stream(&frame->data, &state) &&
		    !hyperliquid_take_state(client, &state))
			hyperliquid_account_unsound(client, "positions");
		return;
	case HYPERLIQUID_CHANNEL_GREETING:
	case HYPERLIQUID_CHANNEL_UNSOUND:
	case HYPERLIQUID_CHANNEL_OTHER:
	case HYPERLIQUID_CHANNEL_PONG:
	case HYPERLIQUID_CHANNEL_ERROR:
	case HYPERLIQUID_CHANNEL_SUBSCRIPTION:
	case HYPERLIQUID_CHANNEL_POST:
	case HYPERLIQUID_CHANNEL_BBO:
	case HYPERLIQUID_CHANNEL_BOOK:
	case HYPERLIQUID_CHANNEL_CONTEXT:
	case HYPERLIQUID_CHANNEL_TRADES:
		return;
	}
}
