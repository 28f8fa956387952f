#include "exchanges/streamed_account.h"

#include <string.h>

void streamed_account_forget(struct streamed_account *account)
{
	memset(account, 0, sizeof(*account));
	account->all_told_ns = account->balance_ns = account->filled_ns = INT64_MIN;
}

/* ---- positions and balance ------------------------------------------------------------------- */

static struct streamed_position *row_of(struct streamed_account *account, instrument_id instrument)
{
	for (size_t i = 0; i < account->position_count; i++)
		if (account->positions[i].value.instrument == instrument)
			return &account->positions[i];
	if (account->position_count == STREAMED_POSITIONS_MAX) {
		account->overflow = true;
		return NULL;
	}
	struct streamed_position *row = &account->positions[account->position_count++];
	*row = (struct streamed_position){
		.value = {.instrument = instrument}, .told_ns = INT64_MIN, .filled_ns = INT64_MIN};
	return row;
}

void streamed_account_position(struct streamed_account *account, const struct position_value *value,
			       int64_t at_ns)
{
	struct streamed_position *row = row_of(account, value->instrument);
	if (!row || at_ns < row->told_ns)
		return;
	row->value = *value;
	row->told_ns = at_ns;
}

void streamed_account_all_told(struct streamed_account *account, int64_t at_ns)
{
	if (at_ns < account->all_told_ns)
		return;
	account->all_told_ns = at_ns;
	for (size_t i = 0; i < account->position_count; i++) {
		struct streamed_position *row = &account->positions[i];
		if (row->told_ns >= at_ns)
			continue;
		row->value = (struct position_value){.instrument = row->value.instrument};
		row->told_ns = at_ns;
	}
}

void streamed_account_balance(struct streamed_account *account, const struct balance_value *balance,
			      int64_t at_ns)
{
	if (at_ns < account->balance_ns)
		return;
	account->balance = *balance;
	account->balance_ns = at_ns;
}

void streamed_account_fill(struct streamed_account *account, instrument_id instrument,
			   int64_t at_ns)
{
	struct streamed_position *row = row_of(account, instrument);
	if (row && at_ns > row->filled_ns)
		row->filled_ns = at_ns;
	if (at_ns > account->filled_ns)
		account->filled_ns = at_ns;
}

bool streamed_account_balance_is(const struct streamed_account *account,
				 struct balance_value *balance)
{
	if (account->balance_ns == INT64_MIN || account->balance_ns < account->filled_ns)
		return false;
	*balance = account->balance;
	return true;
}

bool streamed_account_positions_are(const struct streamed_account *account,
				    instrument_id instrument,
				    const struct position_value *rows[STREAMED_POSITIONS_MAX],
				    size_t *count)
{
	*count = 0;
	if (account->overflow || account->all_told_ns == INT64_MIN)
		return false;
	for (size_t i = 0; i < account->position_count; i++) {
		const struct streamed_position *row = &account->positions[i];
		if (instrument != 0 && row->value.instrument != instrument)
			continue;
		if (row->told_ns < row->filled_ns)
			return false;
		if (instrument != 0 || row->value.quantity.units != 0)
			rows[(*count)++] = &row->value;
	}
	return true;
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* Venues name orders by decimal numbers; any text gives a key that is never 0. */
static uint64_t key_of(const struct account_event *event)
{
	uint64_t key = UINT64_C(14695981039346656037);
	for (const char *c = event->u.order.venue_order_id; *c; c++)
		key = (key ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return key == 0 ? 1 : key;
}

static bool has_ended(const struct streamed_account *account, uint64_t key)
{
	for (size_t i = 0; i < STREAMED_ENDED_MAX; i++)
		if (account->ended[i] == key)
			return true;
	return false;
}

static void end_order(struct streamed_account *account, uint64_t key)
{
	for (size_t i = 0; i < account->order_count; i++)
		if (account->orders[i].key == key) {
			account->orders[i] = account->orders[--account->order_count];
			break;
		}
	if (has_ended(account, key))
		return;
	account->ended[account->ended_next] = key;
	account->ended_next = (account->ended_next + 1) % STREAMED_ENDED_MAX;
}

void streamed_account_order(struct streamed_account *account, const struct account_event *event)
{
	uint64_t key = key_of(event);
	/* Refused before the venue gave it an id: it never was among the open ones. */
	if (event->u.order.venue_order_id[0] == '\0')
		return;
	if (event->u.order.state != ORDER_STATE_OPEN) {
		end_order(account, key);
		return;
	}
	if (has_ended(account, key))
		return;
	for (size_t i = 0; i < account->order_count; i++)
		if (account->orders[i].key == key) {
			account->orders[i].heard = true;
			return;
		}
	if (account->order_count == STREAMED_ORDERS_MAX) {
		account->orders_complete = false;
		return;
	}
	account->orders[account->order_count++] =
		(struct streamed_order){event->instrument, key, true};
}

void streamed_account_listing(struct streamed_account *account)
{
	for (size_t i = 0; i < account->order_count; i++)
		account->orders[i].heard = false;
}

void streamed_account_listed(struct streamed_account *account)
{
	for (size_t i = account->order_count; i > 0; i--)
		if (!account->orders[i - 1].heard)
			account->orders[i - 1] = account->orders[--account->order_count];
	account->orders_complete = account->order_count < STREAMED_ORDERS_MAX;
}

void streamed_account_orders_lost(struct streamed_account *account)
{
	account->orders_complete = false;
}

bool streamed_account_no_orders(const struct streamed_account *account, instrument_id instrument)
{
	if (!account->orders_complete)
		return false;
	for (size_t i = 0; i < account->order_count; i++)
		if (instrument == 0 || account->orders[i].instrument == instrument)
			return false;
	return true;
}
