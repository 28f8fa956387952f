#include "exchanges/testnet/floor_state.h"

#include "exchanges/testnet/fault_knobs.h"
#include "exchanges/testnet/funding_formula.h"
#include <string.h>

/* ---- boundaries --------------------------------------------------------------------------------
 */

static void boundary_due(void *user)
{
	struct trading_floor *floor = user;
	floor->boundary = 0;
	for (size_t i = 0; i < floor->account_count; i++)
		simulated_venue_settle(floor->accounts[i].venue, scheduler_now(floor->scheduler));
	floor_arm_boundary(floor);
	floor_flush(floor);
}

void floor_arm_boundary(struct trading_floor *floor)
{
	int64_t now_ns = trading_floor_venue_time(floor);
	int64_t next_ns = INT64_MAX;
	size_t count = instrument_count(floor->instruments);
	scheduler_cancel(floor->scheduler, floor->boundary);
	floor->boundary = 0;
	for (instrument_id id = 1; id <= count; id++) {
		if (instrument_get(floor->instruments, id)->venue != floor->options.venue)
			continue;
		int64_t boundary_ns = instrument_next_boundary(floor->instruments, id, now_ns);
		if (boundary_ns < next_ns)
			next_ns = boundary_ns;
	}
	if (next_ns == INT64_MAX)
		return;
	floor->boundary =
		scheduler_at(floor->scheduler,
			     market_state_local_time(floor->books, floor->options.venue, next_ns),
			     SCHEDULE_VENUE_SETTLEMENT, boundary_due, floor);
}

/* ---- settled rates -----------------------------------------------------------------------------
 */

void trading_floor_set_premium(struct trading_floor *floor, instrument_id instrument,
			       int64_t boundary_ns, struct rate premium)
{
	struct floor_market *market = floor_market_open(floor, instrument);
	if (market == NULL)
		return;
	market->premium = premium;
	market->premium_boundary_ns = boundary_ns;
}

struct rate trading_floor_premium(const struct trading_floor *floor, instrument_id instrument)
{
	const struct floor_market *market = floor_market_find(floor, instrument);
	return market ? market->premium : (struct rate){0};
}

static void forget_oldest_half(struct floor_market *market)
{
	size_t half = market->settled_count / 2;
	market->settled_count -= half;
	memmove(market->settled, market->settled + half,
		market->settled_count * sizeof(*market->settled));
}

static void keep_settled(struct floor_market *market, const struct floor_settled *settled)
{
	if (market->settled_count > 0 &&
	    market->settled[market->settled_count - 1].boundary_ns >= settled->boundary_ns)
		return;
	if (market->settled_count == FLOOR_SETTLED_MAX)
		forget_oldest_half(market);
	market->settled = floor_grow(market->settled, market->settled_count,
				     &market->settled_capacity, sizeof(*settled));
	market->settled[market->settled_count++] = *settled;
}

void trading_floor_add_past(struct trading_floor *floor, instrument_id instrument,
			    const struct floor_settled *settled)
{
	struct floor_market *market = floor_market_open(floor, instrument);
	if (market != NULL)
		keep_settled(market, settled);
}

void floor_funding_event(struct trading_floor *floor, struct floor_market *market,
			 const struct market_event *event)
{
	if (event->u.funding.kind != FUNDING_SETTLED)
		return;
	struct floor_settled settled = {.boundary_ns = settled_boundary(floor->instruments, event),
					.rate = event->u.funding.rate};
	struct settlement known =
		market_state_settlement(floor->books, market->id, settled.boundary_ns);
	if (known.price_known)
		settled.price = known.price;
	bool told = market->premium_boundary_ns == settled.boundary_ns;
	settled.premium = told ? market->premium : funding_premium_for(settled.rate);
	keep_settled(market, &settled);
}

/* ---- what is really paid -----------------------------------------------------------------------
 */

bool floor_pay_differently(struct floor_account_state *account, const struct account_event *event,
			   struct money *posted)
{
	struct trading_floor *floor = account->floor;
	const struct instrument *instrument = instrument_get(floor->instruments, event->instrument);
	int64_t position = event->u.funding.position.units;
	char value[FAULT_VALUE_MAX + 1];
	int64_t numerator, denominator;
	struct fault_occasion occasion = floor_occasion(
		floor, event->instrument, position > 0 ? FAULT_BUY : FAULT_SELL, NULL);
	if (!fault_plan_strikes(floor->faults, "funding.pay", &occasion, value) ||
	    !fault_ratio_parse(value, &numerator, &denominator) ||
	    instrument->kind != INSTRUMENT_LINEAR)
		return false;
	/* -(position x price x rate) x numerator / denominator, rounded once, then as posted. */
	struct money line, rounding;
	i128 scaled_rate = -(i128)event->u.funding.rate.e18 * numerator;
	return exact_ratio((i128[]){position, instrument->contract_size.e18,
				    event->u.funding.price.e18, scaled_rate},
			   4,
			   (i128[]){i128_power_of_ten(instrument->quantity_decimals), MONEY_ONE,
				    MONEY_ONE, denominator},
			   4, ROUND_HALF_EVEN, &line.e18) &&
	       money_posting(line,
			     asset_posting_decimals(floor->instruments, event->u.funding.asset),
			     posted, &rounding);
}
