#include "tests/support/any_read.h"

#include "tests/support/recording_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS_MAX ANY_ROWS_MAX

/* Any size, from a few bits to all of them. */
static int64_t wild(struct random *random)
{
	return (int64_t)(random_u64(random) >> random_below(random, 64));
}

static i128 wild_money(struct random *random)
{
	i128 value = (i128)wild(random) * (i128)(wild(random) >> 8);
	return random_below(random, 2) ? value : -value;
}

static instrument_id any_instrument(struct random *random)
{
	return (instrument_id)random_between(random, 1, FIXTURE_INSTRUMENTS);
}

static void any_text(struct random *random, char *out, size_t size)
{
	size_t length = (size_t)random_below(random, (uint64_t)size);
	for (size_t i = 0; i < length; i++)
		out[i] = (char)random_between(random, 1, 126);
	out[length] = '\0';
}

static struct market_event any_event(struct random *random, const struct instrument_table *table,
				     uint8_t kind)
{
	struct market_event event = {.local_ns = wild(random),
				     .exch_ns = wild(random),
				     .instrument = any_instrument(random),
				     .connection = (uint16_t)random_below(random, 3),
				     .kind = kind};
	event.venue = instrument_get(table, event.instrument)->venue;
	if (kind == EVENT_FUNDING) {
		event.u.funding.kind = (enum funding_kind)random_below(random, 3);
		event.u.funding.rate.e18 = -wild(random);
		event.u.funding.boundary_ns = wild(random);
		event.u.funding.interval_ns = wild(random);
	} else if (kind == EVENT_MARK) {
		event.u.mark.fields = (unsigned)random_below(random, 8);
		if (event.u.mark.fields & MARK_HAS_MARK)
			event.u.mark.mark.e18 = wild_money(random);
		if (event.u.mark.fields & MARK_HAS_INDEX)
			event.u.mark.index.e18 = wild_money(random);
		if (event.u.mark.fields & MARK_HAS_ORACLE)
			event.u.mark.oracle.e18 = wild_money(random);
	} else {
		event.u.open_interest.quantity.units = wild(random);
	}
	return event;
}

struct account_event any_account_event(struct random *random, struct instrument_table *table,
				       enum account_event_kind kind)
{
	static const char *const LABELS[] = {"mark", "oracle", "index", "mark=mid"};
	struct account_event event;
	memset(&event, 0, sizeof event);
	event.kind = kind;
	event.local_ns = wild(random);
	event.exch_ns = wild(random);
	event.instrument = any_instrument(random);
	event.venue = instrument_get(table, event.instrument)->venue;
	asset_id asset = instrument_table_asset(table, random_below(random, 2) ? "USDC" : "NEW");
	switch (kind) {
	case ACCOUNT_ORDER:
		event.u.order.client_id = (uint32_t)random_below(random, UINT32_C(1) << 31);
		any_text(random, event.u.order.venue_order_id, sizeof event.u.order.venue_order_id);
		event.u.order.state = (enum order_state)random_below(random, 4);
		event.u.order.reason = (enum reject_reason)random_below(random, REJECT_OTHER + 1);
		event.u.order.executed.units = wild(random);
		break;
	case ACCOUNT_FILL:
		event.u.fill.client_id = (uint32_t)random_below(random, UINT32_C(1) << 31);
		any_text(random, event.u.fill.trade_id, sizeof event.u.fill.trade_id);
		event.u.fill.side = (enum side)random_below(random, 2);
		event.u.fill.price.units = wild(random);
		event.u.fill.quantity.units = wild(random);
		event.u.fill.maker = random_below(random, 2);
		event.u.fill.fee.e18 = wild_money(random);
		event.u.fill.fee_asset = asset;
		event.u.fill.fee_estimated = random_below(random, 2);
		break;
	case ACCOUNT_POSITION:
		event.u.position.quantity.units = -wild(random);
		break;
	case ACCOUNT_BALANCE:
		event.u.balance.asset = asset;
		event.u.balance.total.e18 = wild_money(random);
		break;
	case ACCOUNT_FUNDING:
		event.u.funding.boundary_ns = wild(random);
		event.u.funding.position.units = -wild(random);
		event.u.funding.price.e18 = wild_money(random);
		event.u.funding.price_label = LABELS[random_below(random, 4)];
		event.u.funding.rate.e18 = -wild(random);
		event.u.funding.amount.e18 = wild_money(random);
		event.u.funding.asset = asset;
		break;
	case ACCOUNT_LIQUIDATION:
		event.u.liquidation.quantity.units = wild(random);
		event.u.liquidation.mark.e18 = wild_money(random);
		break;
	}
	return event;
}

static void any_depth(struct random *random, struct any_read *read)
{
	for (size_t i = 0; i < 2 * ROWS_MAX; i++)
		read->levels[i] = (struct book_level){{wild(random)}, {wild(random)}};
	read->result.u.depth =
		(struct depth_value){.bids = read->levels,
				     .asks = read->levels + ROWS_MAX,
				     .bid_count = (uint32_t)random_below(random, ROWS_MAX + 1),
				     .ask_count = (uint32_t)random_below(random, ROWS_MAX + 1),
				     .last_id = random_u64(random),
				     .exch_ns = wild(random),
				     .requested_ns = wild(random)};
}

static void any_rows(struct random *random, struct instrument_table *table, struct any_read *read)
{
	for (size_t i = 0; i < ROWS_MAX; i++) {
		read->ids[i] = any_instrument(random);
		read->balances[i] = (struct balance_value){instrument_table_asset(table, "USDC"),
							   {wild_money(random)},
							   {wild_money(random)}};
		read->positions[i] = (struct position_value){
			any_instrument(random), {-wild(random)},
			{wild_money(random)},	random_below(random, 2),
			{wild_money(random)},	(int32_t)random_below(random, 100)};
		read->evidence[i] = (struct funding_evidence){
			wild(random),	      {-wild(random)},	   random_below(random, 2),
			{wild(random)},	      {wild(random)},	   random_below(random, 2),
			{wild_money(random)}, {wild_money(random)}};
	}
}

static void any_value(struct random *random, struct instrument_table *table, struct any_read *read)
{
	static const enum account_event_kind OF_READ[READ_KINDS] = {
		[READ_OPEN_ORDERS] = ACCOUNT_ORDER,
		[READ_ORDER] = ACCOUNT_ORDER,
		[READ_FILLS] = ACCOUNT_FILL,
		[READ_FUNDING_PAYMENTS] = ACCOUNT_FUNDING,
	};
	static const uint8_t OVERVIEW[] = {EVENT_FUNDING, EVENT_MARK, EVENT_OPEN_INTEREST};
	struct read_result *result = &read->result;
	size_t count = (size_t)random_below(random, ROWS_MAX + 1);
	any_rows(random, table, read);
	switch (result->kind) {
	case READ_INSTRUMENTS:
		result->u.instruments.ids = read->ids;
		result->u.instruments.count = count;
		return;
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		for (size_t i = 0; i < count; i++)
			read->events[i] = any_event(random, table,
						    result->kind == READ_OVERVIEW
							    ? OVERVIEW[random_below(random, 3)]
							    : EVENT_FUNDING);
		result->u.funding.events = read->events;
		result->u.funding.count = count;
		return;
	case READ_DEPTH:
	case READ_BBO:
		any_depth(random, read);
		return;
	case READ_MARK:
		result->u.mark = any_event(random, table, EVENT_MARK);
		return;
	case READ_OPEN_INTEREST:
		result->u.open_interest.units = wild(random);
		return;
	case READ_VOLUME:
		result->u.volume.e18 = wild_money(random);
		return;
	case READ_SERVER_TIME:
		result->u.server_time_ns = wild(random);
		return;
	case READ_BALANCES:
		result->u.balances.values = read->balances;
		result->u.balances.count = count;
		return;
	case READ_POSITIONS:
		result->u.positions.values = read->positions;
		result->u.positions.count = count;
		return;
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		for (size_t i = 0; i < count; i++)
			read->account[i] = any_account_event(random, table, OF_READ[result->kind]);
		result->u.events.events = read->account;
		result->u.events.count = count;
		return;
	case READ_FEES:
		result->u.fees = (struct fee_terms){
			{-wild(random)}, {wild(random)}, random_below(random, 2)};
		return;
	case READ_FUNDING_EVIDENCE:
		result->u.evidence.rows = read->evidence;
		result->u.evidence.count = count;
		return;
	case READ_ORDER_ROOM:
		result->u.order_room = wild(random);
		return;
	case READ_ACCESS:
		any_text(random, read->mode, sizeof read->mode);
		any_text(random, read->advice, sizeof read->advice);
		result->u.access =
			(struct access_value){(enum yes_no_unknown)random_below(random, 3),
					      (enum yes_no_unknown)random_below(random, 3),
					      (enum yes_no_unknown)random_below(random, 3),
					      read->mode,
					      read->advice,
					      wild(random),
					      random_below(random, 2),
					      wild(random),
					      wild(random)};
		return;
	case READ_LEVERAGE:
		result->u.leverage =
			(struct leverage_value){(int32_t)random_between(random, 1, INT32_MAX),
						(enum margin_mode)random_below(random, 2)};
		return;
	}
}

struct any_read *any_read(struct random *random, struct instrument_table *table)
{
	struct any_read *read = calloc(1, sizeof *read);
	assert_non_null(read);
	read->result.kind = (enum read_kind)random_below(random, READ_KINDS);
	read->result.outcome =
		(enum read_outcome)(random_below(random, 4) ? 0 : random_below(random, 3));
	read->result.instrument = any_instrument(random);
	if (read->result.outcome == READ_VALUE)
		any_value(random, table, read);
	return read;
}

/* ---- comparing ------------------------------------------------------------------------------- */

bool same_account(const struct account_event *a, const struct account_event *b)
{
	if (a->kind != b->kind || a->local_ns != b->local_ns || a->exch_ns != b->exch_ns ||
	    a->venue != b->venue || a->instrument != b->instrument)
		return false;
	switch (a->kind) {
	case ACCOUNT_ORDER:
		return a->u.order.client_id == b->u.order.client_id &&
		       strcmp(a->u.order.venue_order_id, b->u.order.venue_order_id) == 0 &&
		       a->u.order.state == b->u.order.state &&
		       a->u.order.reason == b->u.order.reason &&
		       a->u.order.executed.units == b->u.order.executed.units;
	case ACCOUNT_FILL:
		return a->u.fill.client_id == b->u.fill.client_id &&
		       strcmp(a->u.fill.trade_id, b->u.fill.trade_id) == 0 &&
		       a->u.fill.side == b->u.fill.side &&
		       a->u.fill.price.units == b->u.fill.price.units &&
		       a->u.fill.quantity.units == b->u.fill.quantity.units &&
		       a->u.fill.maker == b->u.fill.maker &&
		       a->u.fill.fee.e18 == b->u.fill.fee.e18 &&
		       a->u.fill.fee_asset == b->u.fill.fee_asset &&
		       a->u.fill.fee_estimated == b->u.fill.fee_estimated;
	case ACCOUNT_POSITION:
		return a->u.position.quantity.units == b->u.position.quantity.units;
	case ACCOUNT_BALANCE:
		return a->u.balance.asset == b->u.balance.asset &&
		       a->u.balance.total.e18 == b->u.balance.total.e18;
	case ACCOUNT_FUNDING:
		return a->u.funding.boundary_ns == b->u.funding.boundary_ns &&
		       a->u.funding.position.units == b->u.funding.position.units &&
		       a->u.funding.price.e18 == b->u.funding.price.e18 &&
		       strcmp(a->u.funding.price_label, b->u.funding.price_label) == 0 &&
		       a->u.funding.rate.e18 == b->u.funding.rate.e18 &&
		       a->u.funding.amount.e18 == b->u.funding.amount.e18 &&
		       a->u.funding.asset == b->u.funding.asset;
	case ACCOUNT_LIQUIDATION:
		return a->u.liquidation.quantity.units == b->u.liquidation.quantity.units &&
		       a->u.liquidation.mark.e18 == b->u.liquidation.mark.e18;
	}
	return false;
}

static bool same_levels(const struct book_level *a, const struct book_level *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (a[i].price.units != b[i].price.units ||
		    a[i].quantity.units != b[i].quantity.units)
			return false;
	return true;
}

bool same_value(const struct read_result *a, const struct read_result *b)
{
	size_t count;
	switch (a->kind) {
	case READ_INSTRUMENTS:
		count = a->u.instruments.count;
		return count == b->u.instruments.count &&
		       memcmp(a->u.instruments.ids, b->u.instruments.ids,
			      count * sizeof(instrument_id)) == 0;
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		if (a->u.funding.count != b->u.funding.count)
			return false;
		for (size_t i = 0; i < a->u.funding.count; i++)
			if (!events_equal(&a->u.funding.events[i], &b->u.funding.events[i]))
				return false;
		return true;
	case READ_DEPTH:
	case READ_BBO: {
		const struct depth_value *x = &a->u.depth, *y = &b->u.depth;
		return x->bid_count == y->bid_count && x->ask_count == y->ask_count &&
		       same_levels(x->bids, y->bids, x->bid_count) &&
		       same_levels(x->asks, y->asks, x->ask_count) && x->last_id == y->last_id &&
		       x->exch_ns == y->exch_ns && x->requested_ns == y->requested_ns;
	}
	case READ_MARK:
		return events_equal(&a->u.mark, &b->u.mark);
	case READ_OPEN_INTEREST:
		return a->u.open_interest.units == b->u.open_interest.units;
	case READ_VOLUME:
		return a->u.volume.e18 == b->u.volume.e18;
	case READ_SERVER_TIME:
		return a->u.server_time_ns == b->u.server_time_ns;
	case READ_BALANCES:
		if (a->u.balances.count != b->u.balances.count)
			return false;
		for (size_t i = 0; i < a->u.balances.count; i++) {
			const struct balance_value *x = &a->u.balances.values[i];
			const struct balance_value *y = &b->u.balances.values[i];
			if (x->asset != y->asset || x->total.e18 != y->total.e18 ||
			    x->available.e18 != y->available.e18)
				return false;
		}
		return true;
	case READ_POSITIONS:
		if (a->u.positions.count != b->u.positions.count)
			return false;
		for (size_t i = 0; i < a->u.positions.count; i++) {
			const struct position_value *x = &a->u.positions.values[i];
			const struct position_value *y = &b->u.positions.values[i];
			if (x->instrument != y->instrument ||
			    x->quantity.units != y->quantity.units || x->cost.e18 != y->cost.e18 ||
			    x->liquidation_known != y->liquidation_known ||
			    x->liquidation_price.e18 != y->liquidation_price.e18 ||
			    x->leverage != y->leverage)
				return false;
		}
		return true;
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		if (a->u.events.count != b->u.events.count)
			return false;
		for (size_t i = 0; i < a->u.events.count; i++)
			if (!same_account(&a->u.events.events[i], &b->u.events.events[i]))
				return false;
		return true;
	case READ_FEES:
		return a->u.fees.maker.e18 == b->u.fees.maker.e18 &&
		       a->u.fees.taker.e18 == b->u.fees.taker.e18 &&
		       a->u.fees.buy_fee_in_base == b->u.fees.buy_fee_in_base;
	case READ_FUNDING_EVIDENCE:
		if (a->u.evidence.count != b->u.evidence.count)
			return false;
		for (size_t i = 0; i < a->u.evidence.count; i++) {
			const struct funding_evidence *x = &a->u.evidence.rows[i];
			const struct funding_evidence *y = &b->u.evidence.rows[i];
			if (x->boundary_ns != y->boundary_ns || x->rate.e18 != y->rate.e18 ||
			    x->derived_known != y->derived_known ||
			    x->derived.e18 != y->derived.e18 ||
			    x->tolerance.e18 != y->tolerance.e18 ||
			    x->value_known != y->value_known || x->value.e18 != y->value.e18 ||
			    x->value_tolerance.e18 != y->value_tolerance.e18)
				return false;
		}
		return true;
	case READ_ORDER_ROOM:
		return a->u.order_room == b->u.order_room;
	case READ_ACCESS: {
		const struct access_value *x = &a->u.access, *y = &b->u.access;
		return x->may_trade == y->may_trade && x->may_withdraw == y->may_withdraw &&
		       x->mode_fits == y->mode_fits && strcmp(x->mode, y->mode) == 0 &&
		       strcmp(x->advice, y->advice) == 0 &&
		       x->key_expires_ns == y->key_expires_ns &&
		       x->budget_known == y->budget_known && x->budget_left == y->budget_left &&
		       x->budget_limit == y->budget_limit;
	}
	case READ_LEVERAGE:
		return a->u.leverage.leverage == b->u.leverage.leverage &&
		       a->u.leverage.mode == b->u.leverage.mode;
	}
	return false;
}
