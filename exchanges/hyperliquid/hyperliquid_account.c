/*
 * The account's feeds as account events (venues/hyperliquid.md §5.4). orderUpdates has no snapshot
 * and nothing has sequence numbers: whenever the connection is new, open orders, positions and
 * fills are read, and what was open before and is not any more is looked up. Then, and only then,
 * the account is synced.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>
#include <string.h>

#define SYNC_RETRY_FIRST_NS NS_PER_SECOND
#define SYNC_RETRY_MAX_NS   (30 * NS_PER_SECOND)
#define LOOK_UP_PATIENCE_NS (5 * NS_PER_SECOND)
#define LOOK_UPS_PER_SYNC   64 /* orders that ended unheard of; the others' owners ask themselves */
/* The venue's stamps may be a little before our estimate of its clock. */
#define SINCE_MARGIN_NS NS_PER_SECOND

enum sync_part { SYNC_FEEDS = 1, SYNC_ORDERS = 2, SYNC_STATE = 4, SYNC_FILLS = 8, SYNC_ALL = 15 };

static void begin_sync(void *user);

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
	if (!hyperliquid_order_event(client, row, &event, &exact))
		return;
	if (exact || row->client_id == 0) {
		hyperliquid_tell_order(client, &event);
		return;
	}
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
static bool take_fills(struct hyperliquid_client *client, const struct hyperliquid_value *rows,
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

static bool take_state(struct hyperliquid_client *client, const struct hyperliquid_value *value)
{
	struct hyperliquid_clearinghouse state;
	/* Read once to see that all of it is sound (I14), then told. */
	if (!hyperliquid_decode_clearinghouse(value, &state, ignore_position, NULL))
		return false;
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

/* ---- the sync ----------------------------------------------------------------------------------
 */

static void sync_failed(struct hyperliquid_client *client, const char *what)
{
	int64_t wait_ns = SYNC_RETRY_FIRST_NS;
	for (unsigned i = 0; i < client->sync_attempts && wait_ns < SYNC_RETRY_MAX_NS; i++)
		wait_ns *= 2;
	client->sync_attempts++;
	log_write(LOG_WARNING, "hyperliquid", "account not synced: %s could not be read", what);
	if (client->sync_timer == 0)
		client->sync_timer =
			scheduler_after(client->scheduler,
					wait_ns < SYNC_RETRY_MAX_NS ? wait_ns : SYNC_RETRY_MAX_NS,
					SCHEDULE_TIMER, begin_sync, client);
}

/* Not a word about the part that is still missing: asked before the feeds were there, or done. */
static bool is_stale(const struct hyperliquid_client *client, const struct hyperliquid_reply *reply,
		     enum sync_part part)
{
	return !client->started || !(client->sync_left & (unsigned)part) ||
	       (reply->outcome == HYPERLIQUID_REPLY_ANSWERED &&
		reply->sent_ns < client->sync_began_ns);
}

static void sync_part_done(struct hyperliquid_client *client, enum sync_part part)
{
	client->sync_left &= ~(unsigned)part;
	if (client->sync_left != 0 || client->account_synced)
		return;
	client->account_synced = true;
	client->sync_attempts = 0;
	lifecycle_done done = client->account_done;
	client->account_done = NULL;
	log_write(LOG_INFO, "hyperliquid", "account synced");
	if (done)
		done(client->account_user, true, "");
}

/* The orders that were alive before and are not among the open ones have ended unheard of. */
static void look_up_missing(struct hyperliquid_client *client)
{
	unsigned asked = 0;
	for (size_t i = 0; i < HYPERLIQUID_OWN_ORDERS && asked < LOOK_UPS_PER_SYNC; i++) {
		struct hyperliquid_own_order *own = &client->orders->own[i];
		if (own->client_id == 0 || own->ended || own->seen_open || own->order_id == 0)
			continue;
		asked++;
		hyperliquid_look_up(client, own->client_id,
				    hyperliquid_now(client) + LOOK_UP_PATIENCE_NS, ended_looked_up,
				    client);
	}
}

static void note_seen(void *user, const struct hyperliquid_order_row *row)
{
	struct hyperliquid_client *client = user;
	take_order(client, row);
	struct hyperliquid_own_order *own = hyperliquid_orders_find(client->orders, row->client_id);
	if (own != NULL)
		own->seen_open = true;
}

static void orders_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (is_stale(client, reply, SYNC_ORDERS))
		return;
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_decode_open_orders(&reply->value, client->options.cloid_prefix,
					    ignore_order, NULL)) {
		sync_failed(client, "open orders");
		return;
	}
	for (size_t i = 0; i < HYPERLIQUID_OWN_ORDERS; i++)
		client->orders->own[i].seen_open = false;
	hyperliquid_decode_open_orders(&reply->value, client->options.cloid_prefix, note_seen,
				       client);
	look_up_missing(client);
	sync_part_done(client, SYNC_ORDERS);
}

static void state_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (is_stale(client, reply, SYNC_STATE))
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED && take_state(client, &reply->value))
		sync_part_done(client, SYNC_STATE);
	else
		sync_failed(client, "positions");
}

static void fills_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	size_t count;
	if (is_stale(client, reply, SYNC_FILLS))
		return;
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !take_fills(client, &reply->value, &count)) {
		sync_failed(client, "fills");
		return;
	}
	hyperliquid_charge_rows(client, count);
	sync_part_done(client, SYNC_FILLS);
}

/* What has been read already by this sync is not read again. */
static void begin_sync(void *user)
{
	struct hyperliquid_client *client = user;
	int64_t give_up_ns = hyperliquid_now(client) + HYPERLIQUID_PATIENCE_NS;
	client->sync_timer = 0;
	if (!client->started || !client->account_wanted)
		return;
	if (client->sync_left & SYNC_ORDERS)
		hyperliquid_ask(client, PRIORITY_HEDGE, 20, give_up_ns, orders_read, client,
				"{\"type\":\"openOrders\",\"user\":\"%s\"}", client->account_text);
	if (client->sync_left & SYNC_STATE)
		hyperliquid_ask(client, PRIORITY_HEDGE, 2, give_up_ns, state_read, client,
				"{\"type\":\"clearinghouseState\",\"user\":\"%s\"}",
				client->account_text);
	if (client->sync_left & SYNC_FILLS)
		hyperliquid_ask(
			client, PRIORITY_HEDGE, 20, give_up_ns, fills_read, client,
			"{\"type\":\"userFillsByTime\",\"user\":\"%s\",\"startTime\":%" PRId64 "}",
			client->account_text, client->account_since_ns / NS_PER_MS);
}

void hyperliquid_account_up(struct hyperliquid_client *client)
{
	if (!client->account_wanted)
		return;
	client->account_synced = false;
	client->sync_left = SYNC_ALL;
	client->sync_attempts = 0;
}

/* All of the account's feeds are acknowledged: from here on nothing is missed, so now it is read.
 */
void hyperliquid_account_feeds_up(struct hyperliquid_client *client)
{
	if (!client->account_wanted || !(client->sync_left & SYNC_FEEDS))
		return;
	scheduler_cancel(client->scheduler, client->sync_timer);
	client->sync_began_ns = hyperliquid_now(client);
	sync_part_done(client, SYNC_FEEDS);
	begin_sync(client);
}

void hyperliquid_account_down(struct hyperliquid_client *client)
{
	client->account_synced = false;
	scheduler_cancel(client->scheduler, client->sync_timer);
	client->sync_timer = 0;
	client->sync_left = 0;
}

void hyperliquid_account_begin(struct hyperliquid_client *client, lifecycle_done done, void *user)
{
	const char *why = !client->options.has_account ? "the client has no account"
			  : !client->started	       ? "the client is not started"
			  : client->account_wanted && !client->account_synced
				  ? "the account is being synced already"
				  : "";
	if (why[0] != '\0' || client->account_wanted) {
		hyperliquid_later(client, why[0] == '\0', why, done, user);
		return;
	}
	/* Everything is told anew to whoever listens now. */
	client->balance_told = false;
	for (uint32_t asset = 0; asset < client->markets.count; asset++)
		client->settings[asset].position_units = 0;
	client->account_wanted = true;
	client->account_since_ns = hyperliquid_venue_now(client) - SINCE_MARGIN_NS;
	client->account_done = done;
	client->account_user = user;
	hyperliquid_account_up(client);
	hyperliquid_want_account_feeds(client);
}

void hyperliquid_account_end(struct hyperliquid_client *client, const char *why)
{
	lifecycle_done done = client->account_done;
	hyperliquid_account_down(client);
	client->account_wanted = false;
	client->account_done = NULL;
	if (done)
		hyperliquid_later(client, false, why, done, client->account_user);
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static void unsound(struct hyperliquid_client *client, const char *what)
{
	/* Something of the account was said and not understood: all of it is read anew. */
	log_write(LOG_ALARM, "hyperliquid", "a message about %s cannot be read", what);
	unsigned feeds_missing = client->sync_left & SYNC_FEEDS;
	hyperliquid_account_up(client);
	if (feeds_missing)
		return;
	client->sync_left &= ~(unsigned)SYNC_FEEDS;
	client->sync_began_ns = hyperliquid_now(client);
	if (client->sync_timer == 0)
		client->sync_timer = scheduler_after(client->scheduler, SYNC_RETRY_FIRST_NS,
						     SCHEDULE_TIMER, begin_sync, client);
}

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
		return take_fills(client, &rows.rows, &count);
	if (!hyperliquid_decode_payments(&rows.rows, ignore_payment, NULL))
		return false;
	return hyperliquid_decode_payments(&rows.rows, take_payment, client);
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
			unsound(client, "orders");
		else
			hyperliquid_decode_order_updates(&frame->data, prefix, take_order, client);
		return;
	case HYPERLIQUID_CHANNEL_USER_FILLS:
		if (!take_user_rows(client, frame))
			unsound(client, "fills");
		return;
	case HYPERLIQUID_CHANNEL_USER_FUNDINGS:
		if (!take_user_rows(client, frame))
			unsound(client, "funding");
		return;
	case HYPERLIQUID_CHANNEL_CLEARINGHOUSE:
		if (hyperliquid_clearinghouse_of_stream(&frame->data, &state) &&
		    !take_state(client, &state))
			unsound(client, "positions");
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
