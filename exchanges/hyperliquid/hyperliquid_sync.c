/*
 * How the account's picture is made whole and kept so. orderUpdates has no snapshot and nothing has
 * sequence numbers (venues/hyperliquid.md §5.4): whenever the connection is new, open orders,
 * positions and fills are read, and what was open before and is not any more is looked up. Then,
 * and only then, the account is synced. A cross-check finds what a stream left out.
 */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>

#define SYNC_RETRY_FIRST_NS NS_PER_SECOND
#define SYNC_RETRY_MAX_NS   (30 * NS_PER_SECOND)
#define LOOK_UP_PATIENCE_NS (5 * NS_PER_SECOND)
#define CHECK_EVERY_NS	    (30 * NS_PER_SECOND) /* the stream may be silent and look well */
#define CHECK_SOON_NS	    (2 * NS_PER_SECOND)	 /* an order executed more than its fills say */
#define CHECK_OVERLAP_NS    (60 * NS_PER_SECOND)
#define FUNDING_DELAY_NS    (20 * NS_PER_SECOND) /* after a boundary */
#define LOOK_UPS_PER_SYNC   64 /* orders that ended unheard of; the others' owners ask themselves */
/* The venue's stamps may be a little before our estimate of its clock. */
#define SINCE_MARGIN_NS NS_PER_SECOND

enum sync_part { SYNC_FEEDS = 1, SYNC_ORDERS = 2, SYNC_STATE = 4, SYNC_FILLS = 8, SYNC_ALL = 15 };

static void begin_sync(void *user);

static void ended_looked_up(void *user, enum read_outcome outcome,
			    const struct account_event *event)
{
	if (outcome == READ_VALUE)
		hyperliquid_tell_order(user, event);
}

/* ---- the cross-check ---------------------------------------------------------------------------
 */

static void check_due(void *user);

static void check_at(struct hyperliquid_client *client, int64_t at_ns)
{
	if (client->check_timer != 0 && client->check_at_ns <= at_ns)
		return;
	scheduler_cancel(client->scheduler, client->check_timer);
	client->check_at_ns = at_ns;
	client->check_timer =
		scheduler_at(client->scheduler, at_ns, SCHEDULE_TIMER, check_due, client);
}

void hyperliquid_check_soon(struct hyperliquid_client *client)
{
	if (client->started && client->account_synced)
		check_at(client, hyperliquid_now(client) + CHECK_SOON_NS);
}

static void fills_checked(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	size_t count;
	if (!client->started || !client->account_wanted ||
	    reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_take_fills(client, &reply->value, &count))
		return;
	hyperliquid_charge_rows(client, count);
	client->fills_checked_ns = client->fills_asked_ns;
}

static void payments_checked(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (!client->started || !client->account_wanted ||
	    reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_take_payments(client, &reply->value))
		return;
	client->payments_checked_ns = client->payments_asked_ns;
}

static void check_payments(struct hyperliquid_client *client)
{
	int64_t interval_ns = client->markets.funding_interval_ns;
	int64_t now_ns = hyperliquid_venue_now(client) - FUNDING_DELAY_NS;
	int64_t boundary_ns = now_ns - now_ns % interval_ns;
	if (boundary_ns <= client->payments_checked_ns)
		return;
	client->payments_asked_ns = boundary_ns;
	int64_t from_ns = client->payments_checked_ns != 0 ? client->payments_checked_ns
							   : boundary_ns - interval_ns;
	hyperliquid_ask(client, PRIORITY_READ, 20, hyperliquid_now(client) + CHECK_EVERY_NS,
			payments_checked, client,
			"{\"type\":\"userFunding\",\"user\":\"%s\",\"startTime\":%" PRId64 "}",
			client->account_text, from_ns / NS_PER_MS);
}

static bool fills_are_missing(const struct hyperliquid_client *client)
{
	for (size_t i = 0; i < HYPERLIQUID_OWN_ORDERS; i++)
		if (client->orders->own[i].executed_units > client->orders->own[i].filled_units)
			return true;
	return false;
}

/* What a stream left out without a word is told from here. */
static void check_due(void *user)
{
	struct hyperliquid_client *client = user;
	int64_t now_ns = hyperliquid_now(client);
	client->check_timer = 0;
	if (!client->started || !client->account_wanted)
		return;
	bool regular = now_ns >= client->next_check_ns;
	if (regular)
		client->next_check_ns = now_ns + CHECK_EVERY_NS;
	check_at(client, client->next_check_ns);
	/* Not synced: it is being read anyway. */
	if (!client->account_synced || (!regular && !fills_are_missing(client)))
		return;
	int64_t from_ns = client->fills_checked_ns - CHECK_OVERLAP_NS;
	if (from_ns < client->account_since_ns)
		from_ns = client->account_since_ns;
	client->fills_asked_ns = hyperliquid_venue_now(client);
	hyperliquid_ask(client, PRIORITY_OPEN, 20, now_ns + CHECK_EVERY_NS, fills_checked, client,
			"{\"type\":\"userFillsByTime\",\"user\":\"%s\",\"startTime\":%" PRId64 "}",
			client->account_text, from_ns / NS_PER_MS);
	check_payments(client);
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
	client->next_check_ns = hyperliquid_now(client) + CHECK_EVERY_NS;
	check_at(client, client->next_check_ns);
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

static void orders_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (is_stale(client, reply, SYNC_ORDERS))
		return;
	if (reply->outcome != HYPERLIQUID_REPLY_ANSWERED ||
	    !hyperliquid_take_open_orders(client, &reply->value)) {
		sync_failed(client, "open orders");
		return;
	}
	streamed_account_listed(&client->said);
	look_up_missing(client);
	sync_part_done(client, SYNC_ORDERS);
}

static void state_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = user;
	if (is_stale(client, reply, SYNC_STATE))
		return;
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED &&
	    hyperliquid_take_state(client, &reply->value))
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
	    !hyperliquid_take_fills(client, &reply->value, &count)) {
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
		streamed_account_listing(&client->said);
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
	streamed_account_forget(&client->said);
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
	client->fills_checked_ns = client->account_since_ns;
	client->payments_checked_ns = 0;
	client->account_done = done;
	client->account_user = user;
	hyperliquid_account_up(client);
	hyperliquid_want_account_feeds(client);
}

void hyperliquid_account_end(struct hyperliquid_client *client, const char *why)
{
	lifecycle_done done = client->account_done;
	hyperliquid_account_down(client);
	scheduler_cancel(client->scheduler, client->check_timer);
	client->check_timer = 0;
	client->account_wanted = false;
	client->account_done = NULL;
	if (done)
		hyperliquid_later(client, false, why, done, client->account_user);
}

void hyperliquid_account_unsound(struct hyperliquid_client *client, const char *what)
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
