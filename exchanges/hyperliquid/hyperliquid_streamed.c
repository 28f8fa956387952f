/*
 * Reads of the account that its streams answer: the same rows as by REST, at once. What is not
 * known for certain now is asked of the venue.
 */
#include "exchanges/hyperliquid/hyperliquid_read_call.h"

bool hyperliquid_position_value(const struct hyperliquid_listing *listing,
				const struct hyperliquid_position *position,
				struct position_value *value)
{
	*value = (struct position_value){.instrument = listing->instrument,
					 .liquidation_known = position->liquidation_known,
					 .liquidation_price = position->liquidation_price,
					 .leverage = position->leverage};
	return hyperliquid_to_units(position->size, listing->scale.quantity_decimals,
				    &value->quantity.units) &&
	       mul_div(position->size.e18, position->entry_price.e18, MONEY_ONE, ROUND_HALF_EVEN,
		       &value->cost.e18);
}

/* ---- what was said -----------------------------------------------------------------------------
 */

struct saying {
	struct hyperliquid_client *client;
	int64_t time_ns;
	bool sound;
};

static void ignore_position(void *user, const struct hyperliquid_position *position)
{
	(void)user;
	(void)position;
}

static void position_said(void *user, const struct hyperliquid_position *position)
{
	struct saying *saying = user;
	struct hyperliquid_client *client = saying->client;
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, position->coin.name);
	struct position_value value;
	if (listing == NULL || listing->instrument == 0)
		return;
	if (hyperliquid_position_value(listing, position, &value))
		streamed_account_position(&client->said, &value, saying->time_ns);
	else
		saying->sound = false;
}

void hyperliquid_state_said(struct hyperliquid_client *client,
			    const struct hyperliquid_value *value)
{
	struct hyperliquid_clearinghouse state;
	/* Stamps are whole milliseconds: a fill of the state's own may not be in it yet. */
	struct saying saying = {client, 0, true};
	struct balance_value balance = {.asset = client->usdc};
	if (!client->account_wanted ||
	    !hyperliquid_decode_clearinghouse(value, &state, ignore_position, NULL))
		return;
	saying.time_ns = state.time_ns - NS_PER_MS;
	hyperliquid_decode_clearinghouse(value, &state, position_said, &saying);
	if (!saying.sound)
		return;
	streamed_account_all_told(&client->said, saying.time_ns);
	balance.total = hyperliquid_cash(&state);
	balance.available = hyperliquid_free_margin(&state);
	streamed_account_balance(&client->said, &balance, saying.time_ns);
	client->state_heard_ns = hyperliquid_now(client);
}

/* ---- reads -------------------------------------------------------------------------------------
 */

/* The state comes at least every second or so: its age is that of the account's whole stream. */
static bool delivers(const struct hyperliquid_client *client)
{
	return client->account_wanted && client->account_synced && client->link != NULL &&
	       stream_link_is_up(client->link) &&
	       hyperliquid_now(client) - client->state_heard_ns <= HYPERLIQUID_STREAMED_AGE_NS;
}

static bool take_balance(struct hyperliquid_read_call *call)
{
	struct balance_value balance;
	if (!streamed_account_balance_is(&call->client->said, &balance))
		return false;
	struct balance_value *row = hyperliquid_read_row(call, sizeof(*row));
	*row = balance;
	call->result.u.balances.values = call->rows;
	call->result.u.balances.count = call->count;
	return true;
}

static int32_t leverage_of(const struct hyperliquid_read_call *call)
{
	const struct hyperliquid_setting *setting = &call->client->settings[call->listing->asset];
	return setting->known ? setting->leverage : 0;
}

static bool take_positions(struct hyperliquid_read_call *call)
{
	const struct position_value *rows[STREAMED_POSITIONS_MAX];
	size_t count;
	if (!streamed_account_positions_are(&call->client->said, call->request.instrument, rows,
					    &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct position_value *row = hyperliquid_read_row(call, sizeof(*row));
		*row = *rows[i];
	}
	if (call->listing != NULL && call->count == 0) {
		struct position_value *row = hyperliquid_read_row(call, sizeof(*row));
		row->instrument = call->request.instrument;
	}
	if (call->listing != NULL) {
		struct position_value *row = call->rows;
		if (row->quantity.units == 0)
			row->leverage = leverage_of(call);
	}
	call->result.u.positions.values = call->rows;
	call->result.u.positions.count = call->count;
	return true;
}

static bool take(struct hyperliquid_read_call *call)
{
	switch (call->request.kind) {
	case READ_BALANCES:
		return take_balance(call);
	case READ_POSITIONS:
		return take_positions(call);
	case READ_OPEN_ORDERS:
		return streamed_account_no_orders(&call->client->said, call->request.instrument);
	case READ_INSTRUMENTS:
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_MARK:
	case READ_OPEN_INTEREST:
	case READ_VOLUME:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
	case READ_FEES:
	case READ_SERVER_TIME:
	case READ_OVERVIEW:
	case READ_FUNDING_EVIDENCE:
	case READ_ACCESS:
	case READ_ORDER_ROOM:
	case READ_LEVERAGE:
		return false;
	}
	return false;
}

bool hyperliquid_read_streamed(struct hyperliquid_read_call *call)
{
	if (!delivers(call->client) || !take(call))
		return false;
	hyperliquid_read_finish_later(call, READ_VALUE);
	return true;
}
