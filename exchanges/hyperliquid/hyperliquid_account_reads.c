/* Reads of the account: balances, positions, orders, histories, fees, and what the key may do. */
#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_read_call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILLS_PAGE    2000
#define PAYMENTS_PAGE 500

static bool answered(struct hyperliquid_read_call *call, const struct hyperliquid_reply *reply)
{
	if (reply->outcome == HYPERLIQUID_REPLY_ANSWERED)
		return true;
	hyperliquid_read_finish(call, READ_UNKNOWN);
	return false;
}

/* ---- clearinghouseState ------------------------------------------------------------------------
 */

static void ignore_position(void *user, const struct hyperliquid_position *position)
{
	(void)user;
	(void)position;
}

static void balances_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct hyperliquid_clearinghouse state;
	struct balance_value *row;
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_clearinghouse(&reply->value, &state, ignore_position, NULL)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	row = hyperliquid_read_row(call, sizeof(*row));
	row->asset = call->client->usdc;
	row->total = hyperliquid_cash(&state);
	row->available = hyperliquid_free_margin(&state);
	call->result.u.balances.values = call->rows;
	call->result.u.balances.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

static void take_position(void *user, const struct hyperliquid_position *position)
{
	struct hyperliquid_read_call *call = user;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&call->client->markets, position->coin.name);
	struct position_value value;
	if (listing == NULL || listing->instrument == 0 ||
	    (call->listing != NULL && call->listing != listing))
		return;
	if (!hyperliquid_position_value(listing, position, &value)) {
		call->full = true; /* not understood: the read is not complete */
		return;
	}
	struct position_value *row = hyperliquid_read_row(call, sizeof(*row));
	if (row != NULL)
		*row = value;
}

static void positions_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct hyperliquid_clearinghouse state;
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_clearinghouse(&reply->value, &state, take_position, call)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	hyperliquid_state_said(call->client, &reply->value);
	/* Asked for one market: flat is an answer too. */
	if (call->listing != NULL && call->count == 0 && !call->full) {
		const struct hyperliquid_setting *setting =
			&call->client->settings[call->listing->asset];
		struct position_value *row = hyperliquid_read_row(call, sizeof(*row));
		row->instrument = call->request.instrument;
		row->leverage = setting->known ? setting->leverage : 0;
	}
	call->result.u.positions.values = call->rows;
	call->result.u.positions.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void take_order(void *user, const struct hyperliquid_order_row *order)
{
	struct hyperliquid_read_call *call = user;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&call->client->markets, order->coin.name);
	struct account_event event;
	bool exact;
	if (listing == NULL || listing->instrument == 0 ||
	    (call->listing != NULL && call->listing != listing))
		return;
	if (!hyperliquid_order_event(call->client, order, &event, &exact)) {
		call->full = true;
		return;
	}
	struct account_event *row = hyperliquid_read_row(call, sizeof(*row));
	if (row != NULL)
		*row = event;
}

static void open_orders_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	if (!answered(call, reply))
		return;
	if (!hyperliquid_decode_open_orders(&reply->value, call->client->options.cloid_prefix,
					    take_order, call)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	call->result.u.events.events = call->rows;
	call->result.u.events.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

static void order_looked_up(void *user, enum read_outcome outcome,
			    const struct account_event *event)
{
	struct hyperliquid_read_call *call = user;
	if (outcome == READ_VALUE) {
		struct account_event *row = hyperliquid_read_row(call, sizeof(*row));
		*row = *event;
		call->result.u.events.events = row;
		call->result.u.events.count = 1;
	}
	hyperliquid_read_finish(call, outcome);
}

/* ---- histories ---------------------------------------------------------------------------------
 */

static void page_read(void *user, const struct hyperliquid_reply *reply);

static void ask_page(struct hyperliquid_read_call *call)
{
	bool fills = call->request.kind == READ_FILLS;
	int64_t from_ns = call->page == 0 ? call->request.since_ns : call->last_ns;
	if (from_ns < 0)
		from_ns = 0;
	call->page_rows = call->page_fresh = 0;
	hyperliquid_ask(call->client, fills ? PRIORITY_HEDGE : PRIORITY_READ, 20, call->give_up_ns,
			page_read, call,
			"{\"type\":\"%s\",\"user\":\"%s\",\"startTime\":%" PRId64 "}",
			fills ? "userFillsByTime" : "userFunding", call->client->account_text,
			from_ns / NS_PER_MS);
}

static bool wanted(const struct hyperliquid_read_call *call, instrument_id instrument)
{
	return call->listing == NULL || call->request.instrument == instrument;
}

static bool same_fact(const struct account_event *a, const struct account_event *b)
{
	if (a->instrument != b->instrument)
		return false;
	return a->kind == ACCOUNT_FILL ? strcmp(a->u.fill.trade_id, b->u.fill.trade_id) == 0
				       : a->u.funding.boundary_ns == b->u.funding.boundary_ns;
}

/* Rows of the page's first instant came with the page before (§1.2): looked for from the end. */
static bool is_known(const struct hyperliquid_read_call *call, const struct account_event *event)
{
	const struct account_event *rows = call->rows;
	for (size_t i = call->count; i > 0 && rows[i - 1].exch_ns >= event->exch_ns; i--)
		if (same_fact(&rows[i - 1], event))
			return true;
	return false;
}

static void add_fact(struct hyperliquid_read_call *call, const struct account_event *event)
{
	if (is_known(call, event))
		return;
	call->page_fresh++;
	if (!wanted(call, event->instrument) || event->exch_ns < call->request.since_ns)
		return;
	struct account_event *row = hyperliquid_read_row(call, sizeof(*row));
	if (row != NULL)
		*row = *event;
}

static void note_time(struct hyperliquid_read_call *call, int64_t time_ns)
{
	call->page_rows++;
	if (time_ns > call->page_newest_ns)
		call->page_newest_ns = time_ns;
}

static void take_fill(void *user, const struct hyperliquid_fill *fill)
{
	struct hyperliquid_read_call *call = user;
	struct account_event event;
	note_time(call, fill->time_ns);
	if (hyperliquid_fill_event(call->client, fill, &event))
		add_fact(call, &event);
}

static void take_payment(void *user, const struct hyperliquid_payment *payment)
{
	struct hyperliquid_read_call *call = user;
	struct account_event event;
	note_time(call, payment->time_ns);
	if (hyperliquid_payment_event(call->client, payment, &event))
		add_fact(call, &event);
}

static int by_time(const void *a, const void *b)
{
	const struct account_event *left = a, *right = b;
	if (left->exch_ns != right->exch_ns)
		return left->exch_ns < right->exch_ns ? -1 : 1;
	return 0;
}

static void finish_history(struct hyperliquid_read_call *call)
{
	if (call->count > 1)
		qsort(call->rows, call->count, sizeof(struct account_event), by_time);
	call->result.u.events.events = call->rows;
	call->result.u.events.count = call->count;
	hyperliquid_read_finish(call, READ_VALUE);
}

static void page_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	bool fills = call->request.kind == READ_FILLS;
	if (!answered(call, reply))
		return;
	bool sound =
		fills ? hyperliquid_decode_fills(&reply->value, call->client->options.cloid_prefix,
						 take_fill, call)
		      : hyperliquid_decode_payments(&reply->value, take_payment, call);
	if (!sound) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	hyperliquid_charge_rows(call->client, call->page_rows);
	if (call->page_rows < (fills ? FILLS_PAGE : PAYMENTS_PAGE)) {
		finish_history(call);
		return;
	}
	/* A full page: go on from its newest time; one that does not move on cannot be finished. */
	if (call->page_newest_ns <= call->last_ns || ++call->page == HYPERLIQUID_PAGES_MAX) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	call->last_ns = call->page_newest_ns;
	ask_page(call);
}

/* ---- fees --------------------------------------------------------------------------------------
 */

static void fees_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct fee_terms *fees = &call->result.u.fees;
	if (!answered(call, reply))
		return;
	hyperliquid_read_finish(call,
				hyperliquid_decode_fees(&reply->value, &fees->maker, &fees->taker)
					? READ_VALUE
					: READ_UNKNOWN);
}

/* ---- leverage ----------------------------------------------------------------------------------
 */

static void leverage_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	struct leverage_value *value = &call->result.u.leverage;
	bool cross;
	if (!answered(call, reply))
		return;
	if (hyperliquid_missing(&reply->value)) {
		hyperliquid_read_finish(call, READ_ABSENT); /* null: nothing of this coin */
		return;
	}
	if (!hyperliquid_decode_asset_data(&reply->value, &cross, &value->leverage)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	value->mode = cross ? MARGIN_CROSS : MARGIN_ISOLATED;
	hyperliquid_read_finish(call, READ_VALUE);
}

/* ---- access ------------------------------------------------------------------------------------
 */

/* For so long what the start read is as good as read again. */
#define ACCESS_OF_START_NS (10 * NS_PER_SECOND)
#define ACCESS_STEPS	   4

static void ask_access(struct hyperliquid_read_call *call);

static void take_role(struct hyperliquid_read_call *call, enum hyperliquid_role role,
		      const uint8_t owner[20])
{
	struct hyperliquid_client *client = call->client;
	struct access_value *access = &call->result.u.access;
	switch (role) {
	case HYPERLIQUID_ROLE_AGENT:
		/* An agent can neither withdraw nor approve others (§2.6). */
		access->may_withdraw = ANSWER_NO;
		access->may_trade =
			client->options.has_vault || memcmp(owner, client->options.account, 20) == 0
				? ANSWER_YES
				: ANSWER_NO;
		if (access->may_trade == ANSWER_NO)
			access->advice = "the agent wallet belongs to another account";
		return;
	case HYPERLIQUID_ROLE_USER:
	case HYPERLIQUID_ROLE_SUBACCOUNT:
	case HYPERLIQUID_ROLE_VAULT:
		access->may_withdraw = ANSWER_YES;
		access->may_trade = ANSWER_NO;
		access->advice = "use the key of an API wallet (agent) instead of the account's";
		return;
	case HYPERLIQUID_ROLE_MISSING:
		access->may_withdraw = ANSWER_NO;
		access->may_trade = ANSWER_NO;
		access->advice = "approve the key's address as API wallet of the account";
		return;
	}
}

static void take_agent(void *user, const uint8_t address[20], int64_t valid_until_ns)
{
	struct hyperliquid_read_call *call = user;
	if (memcmp(address, call->client->options.key.address, 20) == 0)
		call->result.u.access.key_expires_ns = valid_until_ns;
}

static bool take_access(struct hyperliquid_read_call *call, const struct hyperliquid_value *value)
{
	struct access_value *access = &call->result.u.access;
	enum hyperliquid_role role;
	struct hyperliquid_budget budget;
	uint8_t owner[20];
	switch (call->step) {
	case 0:
		if (!hyperliquid_decode_role(value, &role, owner))
			return false;
		take_role(call, role, owner);
		return true;
	case 1:
		if (!hyperliquid_decode_mode(value, call->text))
			return false;
		access->mode = call->text;
		access->mode_fits = hyperliquid_mode_fits(call->text) ? ANSWER_YES : ANSWER_NO;
		if (access->mode_fits == ANSWER_NO && access->advice[0] == '\0')
			access->advice = "set the account to the standard (default) mode";
		return true;
	case 2:
		if (!hyperliquid_decode_budget(value, &budget))
			return false;
		access->budget_known = true;
		access->budget_limit = budget.cap + budget.surplus;
		access->budget_left = access->budget_limit - budget.used;
		return true;
	default: /* the last of them: the agents and until when they are valid */
		return hyperliquid_decode_agents(value, take_agent, call);
	}
}

static void access_read(void *user, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_read_call *call = user;
	if (!answered(call, reply))
		return;
	if (!take_access(call, &reply->value)) {
		hyperliquid_read_finish(call, READ_UNKNOWN);
		return;
	}
	if (++call->step == ACCESS_STEPS)
		hyperliquid_read_finish(call, READ_VALUE);
	else
		ask_access(call);
}

static void ask_access(struct hyperliquid_read_call *call)
{
	static const struct {
		const char *type;
		int64_t weight;
	} steps[ACCESS_STEPS] = {{"userRole", 60},
				 {"userAbstraction", 20},
				 {"userRateLimit", 20},
				 {"extraAgents", 20}};
	struct hyperliquid_client *client = call->client;
	char owner[HYPERLIQUID_ADDRESS_TEXT];
	/* Agents are listed with the master whom they sign for. */
	hyperliquid_address_text(client->agent_owner, owner);
	const char *user = call->step == 0   ? client->options.key.address_text
			   : call->step == 3 ? owner
					     : client->account_text;
	hyperliquid_ask(client, PRIORITY_READ, steps[call->step].weight, call->give_up_ns,
			access_read, call, "{\"type\":\"%s\",\"user\":\"%s\"}",
			steps[call->step].type, user);
}

/* The three answers that every start asks for too; they weigh a twelfth of a minute's budget. */
static void take_access_of_start(struct hyperliquid_read_call *call)
{
	struct hyperliquid_client *client = call->client;
	struct access_value *access = &call->result.u.access;
	take_role(call, HYPERLIQUID_ROLE_AGENT, client->agent_owner);
	access->mode = client->mode;
	access->mode_fits = ANSWER_YES;
	access->budget_known = client->budget_known;
	access->budget_limit = client->budget_limit;
	access->budget_left = client->budget_left;
	call->step = ACCESS_STEPS - 1;
}

void hyperliquid_read_access(struct hyperliquid_read_call *call)
{
	struct hyperliquid_client *client = call->client;
	call->result.u.access.mode = "";
	call->result.u.access.advice = "";
	if (client->fit_ns > 0 && hyperliquid_now(client) - client->fit_ns < ACCESS_OF_START_NS)
		take_access_of_start(call);
	if (call->client->options.has_account)
		ask_access(call);
	else
		hyperliquid_read_finish_later(call, READ_UNKNOWN);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static void ask_user(struct hyperliquid_read_call *call, enum request_priority priority,
		     int64_t weight, hyperliquid_replied done, const char *type)
{
	hyperliquid_ask(call->client, priority, weight, call->give_up_ns, done, call,
			"{\"type\":\"%s\",\"user\":\"%s\"}", type, call->client->account_text);
}

void hyperliquid_read_account(struct hyperliquid_read_call *call)
{
	struct hyperliquid_client *client = call->client;
	if (!client->options.has_account && call->request.kind == READ_FEES) {
		call->result.u.fees = client->fees;
		hyperliquid_read_finish_later(call, READ_VALUE);
		return;
	}
	if (!client->options.has_account) {
		hyperliquid_read_finish_later(call, READ_UNKNOWN);
		return;
	}
	if (call->request.streamed_is_enough && hyperliquid_read_streamed(call))
		return;
	switch (call->request.kind) {
	case READ_FEES:
		ask_user(call, PRIORITY_READ, 20, fees_read, "userFees");
		return;
	case READ_BALANCES:
		ask_user(call, PRIORITY_HEDGE, 2, balances_read, "clearinghouseState");
		return;
	case READ_POSITIONS:
		ask_user(call, PRIORITY_HEDGE, 2, positions_read, "clearinghouseState");
		return;
	case READ_OPEN_ORDERS:
		ask_user(call, PRIORITY_HEDGE, 20, open_orders_read, "openOrders");
		return;
	case READ_ORDER:
		hyperliquid_look_up(client, call->request.client_id, call->give_up_ns,
				    order_looked_up, call);
		return;
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		ask_page(call);
		return;
	case READ_LEVERAGE:
		hyperliquid_ask(client, PRIORITY_READ, 20, call->give_up_ns, leverage_read, call,
				"{\"type\":\"activeAssetData\",\"user\":\"%s\",\"coin\":\"%s\"}",
				client->account_text, call->listing->terms.coin.name);
		return;
	case READ_INSTRUMENTS:
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
	case READ_ORDER_ROOM:
		break; /* not of the account */
	}
	hyperliquid_read_finish_later(call, READ_UNKNOWN);
}
