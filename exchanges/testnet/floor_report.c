#include "exchanges/testnet/floor_state.h"

#include <assert.h>
#include <string.h>

static struct floor_record *record_of(const struct floor_account_state *account, uint32_t client_id)
{
	if (client_id == 0 || client_id > account->record_count)
		return NULL;
	return account->records[client_id - 1];
}

static void tell_account(const struct floor_account_state *account, instrument_id instrument)
{
	const struct trading_floor *floor = account->floor;
	if (floor->events.account)
		floor->events.account(floor->events_user, account->number, instrument);
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void hear_order(struct floor_account_state *account, const struct account_event *event)
{
	struct floor_record *record = record_of(account, event->u.order.client_id);
	struct trading_floor *floor = account->floor;
	if (record == NULL || record->shown.state != ORDER_STATE_OPEN)
		return;
	if (event->u.order.state != ORDER_STATE_OPEN)
		floor_record_end(record, event->u.order.state, event->u.order.reason, "");
	else
		record->shown.updated_ns = trading_floor_venue_time(floor);
	/* Of the order being matched the match itself tells, once. */
	if (record != floor->placing)
		floor_tell_order(record);
}

/* ---- fills -------------------------------------------------------------------------------------
 */

static void remember_taker(struct trading_floor *floor, const struct floor_fill *fill)
{
	floor->taker_fills = floor_grow(floor->taker_fills, floor->taker_fill_count,
					&floor->taker_fill_capacity, sizeof(*floor->taker_fills));
	floor->taker_fills[floor->taker_fill_count++] =
		(struct taker_fill){fill->price, fill->quantity, 0, fill->trade_number};
}

static void grow_order(struct floor_record *record, const struct floor_fill *fill)
{
	struct trading_floor *floor = record->floor;
	struct floor_market *market = floor->markets[fill->instrument];
	struct money value;
	record->shown.executed.units += fill->quantity.units;
	record->shown.updated_ns = fill->venue_ns;
	if (contract_value(market->instrument, fill->quantity, fill->price, &value))
		(void)!money_add(record->shown.executed_quote, value,
				 &record->shown.executed_quote);
	if (record->shown.resting)
		floor_dirty(floor, market, record->shown.request.side, record->shown.request.limit);
}

static void hear_fill(struct floor_account_state *account, const struct account_event *event)
{
	struct trading_floor *floor = account->floor;
	struct floor_record *record = record_of(account, event->u.fill.client_id);
	const struct instrument *instrument = instrument_get(floor->instruments, event->instrument);
	const struct mark_state *mark = market_state_mark(floor->books, event->instrument);
	struct money balance = simulated_venue_balance(account->venue, instrument->settle);
	int64_t after = simulated_venue_position(account->venue, event->instrument).quantity.units;
	int64_t change = event->u.fill.side == SIDE_BUY ? event->u.fill.quantity.units
							: -event->u.fill.quantity.units;
	struct floor_fill fill = {.trade_number = ++floor->last_trade,
				  .order = record ? &record->shown : NULL,
				  .account = account->number,
				  .instrument = event->instrument,
				  .side = event->u.fill.side,
				  .price = event->u.fill.price,
				  .quantity = event->u.fill.quantity,
				  .maker = event->u.fill.maker,
				  .fee = event->u.fill.fee,
				  .position_before = {after - change},
				  .mark = mark->mark,
				  .venue_ns = event->exch_ns};
	/* The balance moved by the realised P&L and the fee, nothing else. */
	fill.realised.e18 = balance.e18 - account->balance.e18 + fill.fee.e18;
	account->balance = balance;
	if (record == NULL && account->closing) {
		fill.liquidation = !account->called_adl;
		fill.mark = account->closing_mark;
		account->closing = false;
	}
	if (record != NULL)
		grow_order(record, &fill);
	if (record != NULL && record == floor->placing)
		remember_taker(floor, &fill);
	if (fill.maker)
		floor->maker_units += fill.quantity.units;
	account->fills = floor_grow(account->fills, account->fill_count, &account->fill_capacity,
				    sizeof(fill));
	account->fills[account->fill_count++] = fill;
	if (floor->events.fill)
		floor->events.fill(floor->events_user, &fill);
}

/* ---- payments ----------------------------------------------------------------------------------
 */

static void hear_payment(struct floor_account_state *account, const struct account_event *event)
{
	struct trading_floor *floor = account->floor;
	struct floor_payment payment = {.account = account->number,
					.instrument = event->instrument,
					.boundary_ns = event->u.funding.boundary_ns,
					.position = event->u.funding.position,
					.price = event->u.funding.price,
					.rate = event->u.funding.rate,
					.amount = event->u.funding.amount,
					.number = ++floor->last_payment};
	struct money posted;
	if (floor_pay_differently(account, event, &posted)) {
		struct money extra = {posted.e18 - payment.amount.e18};
		if (simulated_venue_deposit(account->venue, event->u.funding.asset, extra,
					    scheduler_now(floor->scheduler)))
			payment.amount = posted;
	}
	account->balance = simulated_venue_balance(account->venue, event->u.funding.asset);
	if (account->payment_count < FLOOR_PAYMENTS_MAX) {
		account->payments = floor_grow(account->payments, account->payment_count,
					       &account->payment_capacity, sizeof(payment));
		account->payments[account->payment_count++] = payment;
	}
	if (floor->events.payment)
		floor->events.payment(floor->events_user, &payment);
}

/* Reduce-only orders were trimmed without a word of their own. */
static void hear_position(struct floor_account_state *account, instrument_id id)
{
	struct trading_floor *floor = account->floor;
	struct floor_market *market = floor->markets[id];
	for (size_t i = 0; i < market->resting_count; i++) {
		const struct floor_order *order = &market->resting[i]->shown;
		if (order->account == account->number && order->request.reduce_only)
			floor_dirty(floor, market, order->request.side, order->request.limit);
	}
	tell_account(account, id);
}

void floor_hear(void *user, const struct account_event *event)
{
	struct floor_account_state *account = user;
	switch (event->kind) {
	case ACCOUNT_ORDER:
		hear_order(account, event);
		break;
	case ACCOUNT_FILL:
		hear_fill(account, event);
		break;
	case ACCOUNT_FUNDING:
		hear_payment(account, event);
		break;
	case ACCOUNT_LIQUIDATION:
		account->closing = true;
		account->closing_mark = event->u.liquidation.mark;
		break;
	case ACCOUNT_BALANCE:
		account->balance = event->u.balance.total;
		tell_account(account, 0);
		break;
	case ACCOUNT_POSITION:
		hear_position(account, event->instrument);
		break;
	}
}
