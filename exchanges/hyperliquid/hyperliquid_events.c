/* Rows of the account made account events, each fact told once. */
#include "core/base/log.h"
#include "core/market/funding_schedule.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct account_event event_of(const struct hyperliquid_client *client,
				     enum account_event_kind kind, instrument_id instrument,
				     int64_t exch_ns)
{
	struct account_event event;
	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.local_ns = hyperliquid_now(client);
	event.exch_ns = exch_ns;
	event.venue = client->base.venue;
	event.instrument = instrument;
	return event;
}

static const struct hyperliquid_listing *ours(const struct hyperliquid_client *client,
					      const struct hyperliquid_coin *coin)
{
	const struct hyperliquid_listing *listing =
		hyperliquid_listing_of_coin(&client->markets, coin->name);
	return listing != NULL && listing->instrument != 0 ? listing : NULL;
}

static enum order_state state_of(enum hyperliquid_order_class class)
{
	switch (class) {
	case HYPERLIQUID_ORDER_LIVE:
	case HYPERLIQUID_ORDER_STRANGE:
		return ORDER_STATE_OPEN;
	case HYPERLIQUID_ORDER_FILLED:
		return ORDER_STATE_FILLED;
	case HYPERLIQUID_ORDER_ENDED:
		return ORDER_STATE_CANCELLED;
	case HYPERLIQUID_ORDER_REFUSED:
		return ORDER_STATE_REJECTED;
	}
	return ORDER_STATE_OPEN;
}

bool hyperliquid_order_event(struct hyperliquid_client *client,
			     const struct hyperliquid_order_row *row, struct account_event *event,
			     bool *exact)
{
	const struct hyperliquid_listing *listing = ours(client, &row->coin);
	int64_t left, original, filled = 0;
	if (listing == NULL)
		return false;
	if (row->class == HYPERLIQUID_ORDER_STRANGE) {
		/* Nothing is concluded from a word that nobody knows. */
		log_write(LOG_ALARM, "hyperliquid", "order %u of %s: unknown state %s",
			  (unsigned)row->client_id, row->coin.name, row->status);
		return false;
	}
	if (!hyperliquid_to_units(row->left, listing->scale.quantity_decimals, &left) ||
	    !hyperliquid_to_units(row->original, listing->scale.quantity_decimals, &original))
		return false;
	*event = event_of(client, ACCOUNT_ORDER, listing->instrument, row->status_ns);
	event->u.order.client_id = row->client_id;
	event->u.order.state = state_of(row->class);
	event->u.order.reason = row->reason;
	snprintf(event->u.order.venue_order_id, sizeof(event->u.order.venue_order_id), "%" PRIu64,
		 row->order_id);
	if (row->client_id != 0) {
		struct hyperliquid_own_order *own = hyperliquid_orders_note(
			client->orders, row->client_id, listing->instrument);
		own->order_id = row->order_id;
		own->reduce_only = own->reduce_only || row->reduce_only;
		filled = own->filled_units;
	}
	*exact = true;
	switch (row->class) {
	case HYPERLIQUID_ORDER_REFUSED:
	case HYPERLIQUID_ORDER_STRANGE:
		return true;
	case HYPERLIQUID_ORDER_LIVE:
		event->u.order.executed.units = row->reduce_only ? filled : original - left;
		return true;
	case HYPERLIQUID_ORDER_FILLED:
	case HYPERLIQUID_ORDER_ENDED:
		event->u.order.executed.units = original - left;
		*exact = !row->reduce_only || filled == original - left;
		return true;
	}
	return false;
}

void hyperliquid_tell_order(struct hyperliquid_client *client, const struct account_event *event)
{
	struct hyperliquid_own_order *own =
		hyperliquid_orders_find(client->orders, event->u.order.client_id);
	if (own != NULL) {
		own->ended = own->ended || event->u.order.state != ORDER_STATE_OPEN;
		own->alive = own->alive || event->u.order.state != ORDER_STATE_REJECTED;
		if (event->u.order.executed.units > own->executed_units)
			own->executed_units = event->u.order.executed.units;
		if (own->executed_units > own->filled_units)
			hyperliquid_check_soon(client);
	}
	streamed_account_order(&client->said, event);
	if (client->started && client->account_wanted && client->sink.account)
		client->sink.account(client->sink.user, event);
}

/* ---- fills -------------------------------------------------------------------------------------
 */

/* System fills (a delisting's settlement) may have prices that no order could have. */
static bool round_price(const struct hyperliquid_listing *listing, struct money price,
			struct price *out)
{
	i128 unit = i128_power_of_ten(MONEY_DECIMALS - listing->scale.price_decimals);
	i128 units;
	if (hyperliquid_to_units(price, listing->scale.price_decimals, &out->units))
		return out->units > 0;
	if (!i128_div_round(price.e18, unit, ROUND_HALF_EVEN, &units) || units <= 0 ||
	    units > INT64_MAX)
		return false;
	log_write(LOG_ALARM, "hyperliquid", "a fill of %s has more decimals than its market",
		  listing->terms.coin.name);
	out->units = (int64_t)units;
	return true;
}

/* What the venue has not said is what the account's rate makes of it. */
static void take_fee(struct hyperliquid_client *client, const struct hyperliquid_fill *fill,
		     struct account_event *event)
{
	const struct instrument_table *table = client->markets.instruments;
	const struct fee_terms *fees = &instrument_latest(table, event->instrument)->fees;
	event->u.fill.fee = fill->fee;
	event->u.fill.fee_asset = client->usdc;
	event->u.fill.fee_estimated = !fill->fee_known;
	if (fill->fee_known) {
		asset_id asset =
			instrument_table_asset(client->markets.instruments, fill->fee_token.name);
		if (asset != 0)
			event->u.fill.fee_asset = asset;
		return;
	}
	if (!contract_value_times_rate(
		    instrument_get(table, event->instrument), event->u.fill.quantity, fill->price,
		    fill->crossed ? fees->taker : fees->maker, &event->u.fill.fee))
		event->u.fill.fee = (struct money){0};
}

bool hyperliquid_fill_event(struct hyperliquid_client *client, const struct hyperliquid_fill *fill,
			    struct account_event *event)
{
	const struct hyperliquid_listing *listing = ours(client, &fill->coin);
	if (listing == NULL)
		return false;
	*event = event_of(client, ACCOUNT_FILL, listing->instrument, fill->time_ns);
	if (!round_price(listing, fill->price, &event->u.fill.price) ||
	    !hyperliquid_to_units(fill->size, listing->scale.quantity_decimals,
				  &event->u.fill.quantity.units) ||
	    event->u.fill.quantity.units <= 0) {
		log_write(LOG_ALARM, "hyperliquid", "a fill of %s cannot be read",
			  listing->terms.coin.name);
		return false;
	}
	event->u.fill.client_id = fill->client_id;
	if (fill->client_id == 0) {
		/* The venue may leave the client id out (§1.4); its own id is known from the
		 * answer. */
		const struct hyperliquid_own_order *own =
			hyperliquid_orders_by_order_id(client->orders, fill->order_id);
		event->u.fill.client_id = own != NULL ? own->client_id : 0;
	}
	hyperliquid_trade_text(fill, event->u.fill.trade_id);
	event->u.fill.side = fill->side;
	event->u.fill.maker = !fill->crossed;
	take_fee(client, fill, event);
	return true;
}

/* ---- funding -----------------------------------------------------------------------------------
 */

/* The price that amount = -position * price * rate implies; false: position or rate is 0. */
static bool implied_price(const struct hyperliquid_payment *payment, struct money *price)
{
	const i128 scales[] = {MONEY_ONE, RATE_ONE};
	const i128 numerators[] = {-payment->amount.e18, scales[0], scales[1]};
	const i128 denominators[] = {payment->position.e18, payment->rate.e18};
	return payment->position.e18 != 0 && payment->rate.e18 != 0 &&
	       exact_ratio(numerators, 3, denominators, 2, ROUND_HALF_EVEN, &price->e18) &&
	       price->e18 > 0;
}

bool hyperliquid_payment_event(struct hyperliquid_client *client,
			       const struct hyperliquid_payment *payment,
			       struct account_event *event)
{
	const struct hyperliquid_listing *listing = ours(client, &payment->coin);
	if (listing == NULL)
		return false;
	const struct funding_terms *terms =
		&instrument_latest(client->markets.instruments, listing->instrument)->funding;
	*event = event_of(client, ACCOUNT_FUNDING, listing->instrument, payment->time_ns);
	funding_snap(terms, payment->time_ns, &event->u.funding.boundary_ns);
	if (!hyperliquid_to_units(payment->position, listing->scale.quantity_decimals,
				  &event->u.funding.position.units)) {
		log_write(LOG_ALARM, "hyperliquid", "a funding payment of %s cannot be read",
			  listing->terms.coin.name);
		return false;
	}
	/* Known from the stream, else from the payment itself; of nothing paid any price is true.
	 */
	if (!hyperliquid_stream_oracle_at(client->stream, listing->asset,
					  event->u.funding.boundary_ns, &event->u.funding.price) &&
	    !implied_price(payment, &event->u.funding.price))
		event->u.funding.price = (struct money){MONEY_ONE};
	event->u.funding.price_label = "oracle";
	event->u.funding.rate = payment->rate;
	event->u.funding.amount = payment->amount;
	event->u.funding.asset = client->usdc;
	return true;
}

struct money hyperliquid_cash(const struct hyperliquid_clearinghouse *state)
{
	return (struct money){state->account_value.e18 - state->unrealised.e18};
}

struct money hyperliquid_free_margin(const struct hyperliquid_clearinghouse *state)
{
	return (struct money){state->cross_value.e18 - state->cross_margin_used.e18};
}
