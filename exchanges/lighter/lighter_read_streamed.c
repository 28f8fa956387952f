/*
 * Reads of our account that the streams answer: the same rows as by REST, at once. What is not
 * known for certain now is asked of the venue.
 */
#include "exchanges/lighter/lighter_read.h"

static bool take_balance(struct lighter_read *read)
{
	struct balance_value *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL || !streamed_account_balance_is(&read->client->account.said, row)) {
		read->count = 0;
		return false;
	}
	read->result.u.balances.values = row;
	read->result.u.balances.count = 1;
	return true;
}

static bool take_positions(struct lighter_read *read)
{
	const struct position_value *rows[STREAMED_POSITIONS_MAX];
	size_t count;
	if (!streamed_account_positions_are(&read->client->account.said, read->request.instrument,
					    rows, &count))
		return false;
	for (size_t i = 0; i < count || (i == 0 && read->request.instrument != 0); i++) {
		struct position_value *row = lighter_read_row(read, sizeof(*row));
		if (row == NULL) {
			read->count = 0;
			return false;
		}
		/* Never heard of it in a complete list: flat. */
		*row = count > 0 ? *rows[i]
				 : (struct position_value){.instrument = read->request.instrument};
	}
	read->result.u.positions.values = read->rows;
	read->result.u.positions.count = read->count;
	return true;
}

static bool take(struct lighter_read *read)
{
	switch (read->request.kind) {
	case READ_BALANCES:
		return take_balance(read);
	case READ_POSITIONS:
		return take_positions(read);
	case READ_OPEN_ORDERS:
		return streamed_account_no_orders(&read->client->account.said,
						  read->request.instrument);
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

bool lighter_read_streamed(struct lighter_read *read)
{
	if (!lighter_account_delivers(read->client) || !take(read))
		return false;
	lighter_read_finish(read, READ_VALUE);
	return true;
}
