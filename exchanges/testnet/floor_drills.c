/* Faults in which the venue or somebody else acts on the accounts. */
#include "exchanges/testnet/floor_state.h"

#include "core/base/decimal.h"
#include "core/base/log.h"
#include <string.h>

#define FOREIGN_REACH_PERCENT 5

/* The value of a drill in the instrument's quantity units, cut to them. */
static int64_t units_of(const struct floor_market *market, const char *value)
{
	i128 units;
	if (decimal_parse_rounded(value, strlen(value), market->instrument->quantity_decimals,
				  ROUND_TOWARD_ZERO, &units) != DECIMAL_OK ||
	    units > INT64_MAX || units < -INT64_MAX)
		return 0;
	return (int64_t)units;
}

static void trade_foreign(struct trading_floor *floor, struct floor_market *market, int64_t units)
{
	const struct order_rules *rules = &instrument_latest(floor->instruments, market->id)->rules;
	const struct order_book *book = market_state_book(floor->books, market->id)->book;
	enum side side = units > 0 ? SIDE_BUY : SIDE_SELL;
	struct book_level best;
	if (floor->account_count == 0 || book == NULL ||
	    !order_book_best(book, side_opposite(side), &best))
		return;
	int64_t reach = best.price.units / 100 * FOREIGN_REACH_PERCENT;
	struct price limit = {best.price.units + (side == SIDE_BUY ? reach : -reach)};
	struct order_request request = {
		.instrument = market->id,
		.side = side,
		.type = ORDER_IOC,
		.quantity =
			quantity_floor_to_lot(rules, (struct quantity){units > 0 ? units : -units}),
		.limit = price_round(rules, market->instrument->price_decimals, limit,
				     ROUND_TOWARD_ZERO)};
	trading_floor_place(floor, 0, &request, "", false);
}

static void close_positions(struct trading_floor *floor, const struct floor_market *market,
			    int64_t units, bool adl)
{
	struct quantity most = {units > 0 ? units : -units};
	for (size_t i = 0; i < floor->account_count; i++) {
		struct floor_account_state *account = &floor->accounts[i];
		account->called_adl = adl;
		simulated_venue_close_at_mark(account->venue, market->id, most,
					      scheduler_now(floor->scheduler));
		account->called_adl = false;
	}
}

static void change_status(struct trading_floor *floor, const struct floor_market *market,
			  const char *word)
{
	struct instrument_revision revision = *instrument_latest(floor->instruments, market->id);
	struct error err = {0};
	for (int status = MARKET_TRADING; status <= MARKET_DELISTED; status++)
		if (strcmp(market_status_text(status), word) == 0)
			revision.rules.status = status;
	revision.effective_from_ns = trading_floor_venue_time(floor);
	if (!instrument_table_revise(floor->instruments, market->id, &revision, &err)) {
		log_write(LOG_WARNING, "testnet", "sym.status: %s", err.text);
		return;
	}
	struct market_event event = floor_event(floor, market->id, EVENT_INSTRUMENT);
	floor_apply(floor, &event);
	floor_tell(floor, &event);
}

void floor_drill(struct trading_floor *floor, struct floor_market *market)
{
	char value[FAULT_VALUE_MAX + 1];
	struct fault_occasion occasion = floor_occasion(floor, market->id, FAULT_ANY_SIDE, NULL);
	if (fault_plan_strikes(floor->faults, "sym.status", &occasion, value))
		change_status(floor, market, value);
	if (fault_plan_strikes(floor->faults, "pos.foreign", &occasion, value))
		trade_foreign(floor, market, units_of(market, value));
	if (fault_plan_strikes(floor->faults, "adl", &occasion, value))
		close_positions(floor, market, units_of(market, value), true);
	if (fault_plan_strikes(floor->faults, "liq", &occasion, value))
		close_positions(floor, market, units_of(market, value), false);
}
