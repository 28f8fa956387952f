#include "exchanges/recorded_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void recorded_read_clear(struct recorded_read *room)
{
	free(room->values);
	*room = (struct recorded_read){0};
}

static void *reserve(struct recorded_read *room, size_t count, size_t element)
{
	size_t bytes = (count + 1) * element;
	if (bytes <= room->capacity)
		return room->values;
	free(room->values);
	room->values = malloc(bytes);
	if (room->values == NULL) {
		fputs("recorded_read: no memory\n", stderr);
		abort();
	}
	room->capacity = bytes;
	return room->values;
}

/* ---- to the recording ------------------------------------------------------------------------ */

static void pack_event(struct recorded_answer *answer, const struct market_event *event)
{
	answer->events = event;
	answer->event_count = 1;
}

static void pack_depth(const struct depth_value *depth, struct recorded_read *room,
		       struct recorded_answer *answer)
{
	room->event = (struct market_event){
		.local_ns = depth->requested_ns,
		.exch_ns = depth->exch_ns,
		.instrument = answer->instrument,
		.venue = answer->venue,
		.kind = EVENT_BOOK,
		.flags = EVENT_FLAG_SNAPSHOT,
		.last_id = depth->last_id,
		.u.book = {depth->bids, depth->asks, depth->bid_count, depth->ask_count},
	};
	/* The venue gives no more; a recording holds no more. */
	if ((uint64_t)depth->bid_count + depth->ask_count <= 1000000)
		pack_event(answer, &room->event);
}

static struct recorded_row *pack_rows(struct recorded_read *room, size_t count,
				      struct recorded_answer *answer)
{
	struct recorded_row *rows = reserve(room, count, sizeof(*rows));
	memset(rows, 0, count * sizeof(*rows));
	answer->rows = rows;
	answer->row_count = (uint32_t)count;
	return rows;
}

static void pack_balances(const struct read_result *result, struct recorded_read *room,
			  struct recorded_answer *answer)
{
	struct recorded_row *rows = pack_rows(room, result->u.balances.count, answer);
	for (size_t i = 0; i < result->u.balances.count; i++) {
		const struct balance_value *value = &result->u.balances.values[i];
		rows[i] = (struct recorded_row){
			0, value->asset, {value->total.e18, value->available.e18}};
	}
}

static void pack_positions(const struct read_result *result, struct recorded_read *room,
			   struct recorded_answer *answer)
{
	struct recorded_row *rows = pack_rows(room, result->u.positions.count, answer);
	for (size_t i = 0; i < result->u.positions.count; i++) {
		const struct position_value *value = &result->u.positions.values[i];
		rows[i] = (struct recorded_row){value->instrument,
						0,
						{value->quantity.units, value->cost.e18,
						 value->liquidation_known,
						 value->liquidation_price.e18, value->leverage}};
	}
}

static void pack_evidence(const struct read_result *result, struct recorded_read *room,
			  struct recorded_answer *answer)
{
	struct recorded_row *rows = pack_rows(room, result->u.evidence.count, answer);
	for (size_t i = 0; i < result->u.evidence.count; i++) {
		const struct funding_evidence *row = &result->u.evidence.rows[i];
		rows[i] = (struct recorded_row){0,
						0,
						{row->boundary_ns, row->rate.e18,
						 row->derived_known, row->derived.e18,
						 row->tolerance.e18, row->value_known,
						 row->value.e18, row->value_tolerance.e18}};
	}
}

static void pack_value(const struct read_result *result, struct recorded_read *room,
		       struct recorded_answer *answer)
{
	switch (result->kind) {
	case READ_INSTRUMENTS: {
		struct recorded_row *rows = pack_rows(room, result->u.instruments.count, answer);
		for (size_t i = 0; i < result->u.instruments.count; i++)
			rows[i].instrument = result->u.instruments.ids[i];
		return;
	}
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		answer->events = result->u.funding.events;
		answer->event_count = (uint32_t)result->u.funding.count;
		return;
	case READ_DEPTH:
	case READ_BBO:
		pack_depth(&result->u.depth, room, answer);
		return;
	case READ_MARK:
		pack_event(answer, &result->u.mark);
		return;
	case READ_OPEN_INTEREST:
		pack_rows(room, 1, answer)->values[0] = result->u.open_interest.units;
		return;
	case READ_VOLUME:
		pack_rows(room, 1, answer)->values[0] = result->u.volume.e18;
		return;
	case READ_SERVER_TIME:
		pack_rows(room, 1, answer)->values[0] = result->u.server_time_ns;
		return;
	case READ_ORDER_ROOM:
		pack_rows(room, 1, answer)->values[0] = result->u.order_room;
		return;
	case READ_BALANCES:
		pack_balances(result, room, answer);
		return;
	case READ_POSITIONS:
		pack_positions(result, room, answer);
		return;
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		answer->account = result->u.events.events;
		answer->account_count = (uint32_t)result->u.events.count;
		return;
	case READ_FEES:
		*pack_rows(room, 1, answer) =
			(struct recorded_row){0,
					      0,
					      {result->u.fees.maker.e18, result->u.fees.taker.e18,
					       result->u.fees.buy_fee_in_base}};
		return;
	case READ_FUNDING_EVIDENCE:
		pack_evidence(result, room, answer);
		return;
	case READ_ACCESS: {
		const struct access_value *access = &result->u.access;
		*pack_rows(room, 1, answer) = (struct recorded_row){
			0,
			0,
			{access->may_trade, access->may_withdraw, access->mode_fits,
			 access->key_expires_ns, access->budget_known, access->budget_left,
			 access->budget_limit}};
		answer->texts[0] = access->mode;
		answer->texts[1] = access->advice;
		return;
	}
	case READ_LEVERAGE:
		*pack_rows(room, 1, answer) = (struct recorded_row){
			0, 0, {result->u.leverage.leverage, result->u.leverage.mode}};
		return;
	}
}

void recorded_read_pack(const struct read_result *result, venue_id venue,
			struct recorded_read *room, struct recorded_answer *answer)
{
	*answer = (struct recorded_answer){.venue = venue,
					   .instrument = result->instrument,
					   .kind = (uint8_t)result->kind,
					   .outcome = (uint8_t)result->outcome};
	if (result->outcome == READ_VALUE)
		pack_value(result, room, answer);
}

/* ---- back ------------------------------------------------------------------------------------ */

static bool unpack_events(const struct recorded_answer *answer, struct recorded_read *room,
			  struct read_result *result)
{
	struct market_event *events = reserve(room, answer->event_count, sizeof(*events));
	for (uint32_t i = 0; i < answer->event_count; i++) {
		uint8_t kind = answer->events[i].kind;
		if (kind != EVENT_FUNDING && kind != EVENT_MARK && kind != EVENT_OPEN_INTEREST)
			return false;
		events[i] = answer->events[i];
	}
	result->u.funding.events = events;
	result->u.funding.count = answer->event_count;
	return true;
}

static bool unpack_depth(const struct recorded_answer *answer, struct recorded_read *room,
			 struct read_result *result)
{
	if (answer->event_count != 1 || answer->events[0].kind != EVENT_BOOK)
		return false;
	const struct market_event *event = &answer->events[0];
	uint32_t bids = event->u.book.bid_count, asks = event->u.book.ask_count;
	struct book_level *levels = reserve(room, (size_t)bids + asks, sizeof(*levels));
	if (bids > 0)
		memcpy(levels, event->u.book.bids, bids * sizeof(*levels));
	if (asks > 0)
		memcpy(levels + bids, event->u.book.asks, asks * sizeof(*levels));
	result->u.depth = (struct depth_value){.bids = levels,
					       .asks = levels + bids,
					       .bid_count = bids,
					       .ask_count = asks,
					       .last_id = event->last_id,
					       .exch_ns = event->exch_ns,
					       .requested_ns = event->local_ns};
	return true;
}

static bool unpack_mark(const struct recorded_answer *answer, struct read_result *result)
{
	if (answer->event_count != 1 || answer->events[0].kind != EVENT_MARK)
		return false;
	result->u.mark = answer->events[0];
	return true;
}

static bool unpack_balances(const struct recorded_answer *answer, struct recorded_read *room,
			    struct read_result *result)
{
	struct balance_value *values = reserve(room, answer->row_count, sizeof(*values));
	for (uint32_t i = 0; i < answer->row_count; i++)
		values[i] = (struct balance_value){answer->rows[i].asset,
						   {answer->rows[i].values[0]},
						   {answer->rows[i].values[1]}};
	result->u.balances.values = values;
	result->u.balances.count = answer->row_count;
	return true;
}

static bool unpack_positions(const struct recorded_answer *answer, struct recorded_read *room,
			     struct read_result *result)
{
	struct position_value *values = reserve(room, answer->row_count, sizeof(*values));
	for (uint32_t i = 0; i < answer->row_count; i++) {
		const i128 *row = answer->rows[i].values;
		values[i] = (struct position_value){.instrument = answer->rows[i].instrument,
						    .quantity = {(int64_t)row[0]},
						    .cost = {row[1]},
						    .liquidation_known = row[2] != 0,
						    .liquidation_price = {row[3]},
						    .leverage = (int32_t)row[4]};
	}
	result->u.positions.values = values;
	result->u.positions.count = answer->row_count;
	return true;
}

static bool unpack_evidence(const struct recorded_answer *answer, struct recorded_read *room,
			    struct read_result *result)
{
	struct funding_evidence *values = reserve(room, answer->row_count, sizeof(*values));
	for (uint32_t i = 0; i < answer->row_count; i++) {
		const i128 *row = answer->rows[i].values;
		values[i] = (struct funding_evidence){.boundary_ns = (int64_t)row[0],
						      .rate = {(int64_t)row[1]},
						      .derived_known = row[2] != 0,
						      .derived = {(int64_t)row[3]},
						      .tolerance = {(int64_t)row[4]},
						      .value_known = row[5] != 0,
						      .value = {row[6]},
						      .value_tolerance = {row[7]}};
	}
	result->u.evidence.rows = values;
	result->u.evidence.count = answer->row_count;
	return true;
}

static bool unpack_instruments(const struct recorded_answer *answer, struct recorded_read *room,
			       struct read_result *result)
{
	instrument_id *ids = reserve(room, answer->row_count, sizeof(*ids));
	for (uint32_t i = 0; i < answer->row_count; i++)
		ids[i] = answer->rows[i].instrument;
	result->u.instruments.ids = ids;
	result->u.instruments.count = answer->row_count;
	return true;
}

static bool unpack_account(const struct recorded_answer *answer, struct recorded_read *room,
			   struct read_result *result)
{
	struct account_event *events = reserve(room, answer->account_count, sizeof(*events));
	if (answer->account_count > 0)
		memcpy(events, answer->account, answer->account_count * sizeof(*events));
	result->u.events.events = events;
	result->u.events.count = answer->account_count;
	return true;
}

static enum yes_no_unknown yes_or_no(i128 value)
{
	return value == ANSWER_YES ? ANSWER_YES : value == ANSWER_NO ? ANSWER_NO : ANSWER_UNKNOWN;
}

static bool unpack_access(const struct recorded_answer *answer, struct recorded_read *room,
			  struct read_result *result)
{
	const i128 *row = answer->rows[0].values;
	for (size_t i = 0; i < 2; i++)
		snprintf(room->texts[i], sizeof(room->texts[i]), "%s",
			 answer->texts[i] ? answer->texts[i] : "");
	result->u.access = (struct access_value){.may_trade = yes_or_no(row[0]),
						 .may_withdraw = yes_or_no(row[1]),
						 .mode_fits = yes_or_no(row[2]),
						 .mode = room->texts[0],
						 .advice = room->texts[1],
						 .key_expires_ns = (int64_t)row[3],
						 .budget_known = row[4] != 0,
						 .budget_left = (int64_t)row[5],
						 .budget_limit = (int64_t)row[6]};
	return true;
}

static bool unpack_leverage(const struct recorded_answer *answer, struct read_result *result)
{
	const i128 *row = answer->rows[0].values;
	result->u.leverage = (struct leverage_value){
		(int32_t)row[0], row[1] == MARGIN_ISOLATED ? MARGIN_ISOLATED : MARGIN_CROSS};
	return row[0] >= 1 && row[0] <= INT32_MAX && row[1] >= MARGIN_CROSS &&
	       row[1] <= MARGIN_ISOLATED;
}

static bool unpack_value(const struct recorded_answer *answer, struct recorded_read *room,
			 struct read_result *result)
{
	const i128 *row = answer->row_count == 1 ? answer->rows[0].values : NULL;
	switch (result->kind) {
	case READ_INSTRUMENTS:
		return unpack_instruments(answer, room, result);
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_OVERVIEW:
		return unpack_events(answer, room, result);
	case READ_DEPTH:
	case READ_BBO:
		return unpack_depth(answer, room, result);
	case READ_MARK:
		return unpack_mark(answer, result);
	case READ_BALANCES:
		return unpack_balances(answer, room, result);
	case READ_POSITIONS:
		return unpack_positions(answer, room, result);
	case READ_FUNDING_EVIDENCE:
		return unpack_evidence(answer, room, result);
	case READ_OPEN_ORDERS:
	case READ_ORDER:
	case READ_FILLS:
	case READ_FUNDING_PAYMENTS:
		return unpack_account(answer, room, result);
	case READ_OPEN_INTEREST:
		if (row)
			result->u.open_interest.units = (int64_t)row[0];
		return row != NULL;
	case READ_VOLUME:
		if (row)
			result->u.volume.e18 = row[0];
		return row != NULL;
	case READ_SERVER_TIME:
		if (row)
			result->u.server_time_ns = (int64_t)row[0];
		return row != NULL;
	case READ_ORDER_ROOM:
		if (row)
			result->u.order_room = (int64_t)row[0];
		return row != NULL;
	case READ_FEES:
		if (row)
			result->u.fees = (struct fee_terms){
				{(int64_t)row[0]}, {(int64_t)row[1]}, row[2] != 0};
		return row != NULL;
	case READ_ACCESS:
		return row != NULL && unpack_access(answer, room, result);
	case READ_LEVERAGE:
		return row != NULL && unpack_leverage(answer, result);
	}
	return false;
}

bool recorded_read_unpack(const struct recorded_answer *answer, struct recorded_read *room,
			  struct read_result *result)
{
	*result = (struct read_result){.outcome = READ_UNKNOWN,
				       .kind = (enum read_kind)answer->kind,
				       .instrument = answer->instrument};
	if (answer->kind >= READ_KINDS || answer->outcome > READ_UNKNOWN)
		return false;
	if (answer->outcome == READ_VALUE && !unpack_value(answer, room, result))
		return false;
	result->outcome = (enum read_outcome)answer->outcome;
	return true;
}
