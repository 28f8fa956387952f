/* Reads of public market data. */
#include "exchanges/lighter/lighter_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_ORDERS_MAX 250 /* the venue's cap of one answer (§1.6) */
#define BBO_ORDERS	 25

void lighter_ask_markets(struct lighter_read *read)
{
	lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/orderBookDetails?market_id=255&filter=perp");
}

void lighter_take_instruments(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_client *client = read->client;
	struct error err = {0};
	if (answer->kind != ANSWER_VALUE || !lighter_markets_take(client, &answer->reply, &err)) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	for (size_t i = 0; i < LIGHTER_MARKETS; i++) {
		if (client->markets[i].instrument == 0 || !client->markets[i].listed)
			continue;
		instrument_id *id = lighter_read_row(read, sizeof(*id));
		if (id == NULL) {
			lighter_read_finish(read, READ_UNKNOWN);
			return;
		}
		*id = client->markets[i].instrument;
	}
	read->result.u.instruments.ids = read->rows;
	read->result.u.instruments.count = read->count;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- mark, open interest, volume ------------------------------------------------------------- */

void lighter_ask_details(struct lighter_read *read)
{
	lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/orderBookDetails?market_id=%" PRId64,
			 read->market);
}

static enum read_outcome detail(struct lighter_read *read, const struct lighter_market_terms *terms)
{
	struct lighter_client *client = read->client;
	struct market_event *mark = &read->result.u.mark;
	i128 units;
	switch (read->request.kind) {
	case READ_MARK:
		if (!(terms->mark_fields & MARK_HAS_MARK))
			return READ_UNKNOWN;
		memset(mark, 0, sizeof(*mark));
		mark->local_ns = lighter_now(client);
		mark->venue = client->base.venue;
		mark->instrument = read->request.instrument;
		mark->kind = EVENT_MARK;
		mark->u.mark.fields = terms->mark_fields;
		mark->u.mark.mark = terms->mark;
		mark->u.mark.index = terms->index;
		return READ_VALUE;
	case READ_OPEN_INTEREST:
		if (!terms->open_interest_known ||
		    !i128_div_round(
			    terms->open_interest.e18,
			    i128_power_of_ten(MONEY_DECIMALS - (unsigned)terms->size_decimals),
			    ROUND_HALF_EVEN, &units) ||
		    units > INT64_MAX)
			return READ_UNKNOWN;
		read->result.u.open_interest.units = (int64_t)units;
		return READ_VALUE;
	case READ_VOLUME:
		read->result.u.volume = terms->volume;
		return terms->volume_known ? READ_VALUE : READ_UNKNOWN;
	case READ_INSTRUMENTS:
	case READ_FUNDING:
	case READ_FUNDING_HISTORY:
	case READ_DEPTH:
	case READ_BBO:
	case READ_BALANCES:
	case READ_POSITIONS:
	case READ_OPEN_ORDERS:
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
		break;
	}
	return READ_UNKNOWN;
}

void lighter_take_details(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_market_terms terms;
	enum read_outcome outcome = READ_UNKNOWN;
	if (answer->kind == ANSWER_VALUE) {
		lighter_list_begin(&list, &answer->reply.slots[REPLY_DETAILS]);
		while (lighter_list_next(&list, &object))
			if (lighter_market_read(&object, &terms) == LIGHTER_OK &&
			    terms.market == read->market)
				outcome = detail(read, &terms);
		if (list.unsound)
			outcome = READ_UNKNOWN;
	}
	lighter_read_finish(read, outcome);
}

/* ---- depth ----------------------------------------------------------------------------------- */

static unsigned orders_asked(const struct lighter_read *read)
{
	return read->request.kind == READ_BBO ? BBO_ORDERS : DEPTH_ORDERS_MAX;
}

void lighter_ask_depth(struct lighter_read *read)
{
	lighter_read_ask(read, WEIGHT_OTHER,
			 "/api/v1/orderBookOrders?market_id=%" PRId64 "&limit=%u", read->market,
			 orders_asked(read));
}

/*
 * Single orders, best first, added up by price. An answer cut at the limit may hold only a part of
 * its last price, which is dropped. False: not a sound side.
 */
static bool add_up(const struct lighter_read *read, const struct lighter_slot *slot, bool bids,
		   struct book_level *levels, size_t *count)
{
	const struct lighter_scale *scale = &read->client->scales.market[read->market];
	struct lighter_list list;
	struct lighter_slot object;
	struct book_level order;
	int64_t time_ns;
	size_t orders = 0;
	*count = 0;
	lighter_list_begin(&list, slot);
	while (lighter_list_next(&list, &object)) {
		if (orders++ == DEPTH_ORDERS_MAX ||
		    lighter_resting_read(&object, scale, &order, &time_ns) != LIGHTER_OK)
			return false;
		struct book_level *last = *count ? &levels[*count - 1] : NULL;
		if (last && order.price.units == last->price.units) {
			if (__builtin_add_overflow(last->quantity.units, order.quantity.units,
						   &last->quantity.units))
				return false;
			continue;
		}
		if (last && (bids ? order.price.units > last->price.units
				  : order.price.units < last->price.units))
			return false;
		levels[(*count)++] = order;
	}
	if (orders >= orders_asked(read) && *count > 1)
		--*count;
	/* Orders that are just being filled have nothing left. */
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++)
		if (levels[i].quantity.units > 0)
			levels[kept++] = levels[i];
	*count = kept;
	return !list.unsound;
}

static size_t cut(const struct lighter_read *read, size_t count)
{
	size_t limit = read->request.kind == READ_BBO ? 1 : read->request.depth;
	return limit != 0 && limit < count ? limit : count;
}

void lighter_take_depth(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct depth_value *depth = &read->result.u.depth;
	struct book_level *bids = calloc(DEPTH_ORDERS_MAX, sizeof(*bids));
	struct book_level *asks = calloc(DEPTH_ORDERS_MAX, sizeof(*asks));
	size_t bid_count, ask_count;
	free(read->rows);
	free(read->asks);
	read->rows = bids;
	read->asks = asks;
	/* Both lists must be named: a missing one is not an empty one. */
	if (bids == NULL || asks == NULL || answer->kind != ANSWER_VALUE ||
	    answer->reply.slots[REPLY_BIDS].type == JSON_ERROR ||
	    answer->reply.slots[REPLY_ASKS].type == JSON_ERROR ||
	    !add_up(read, &answer->reply.slots[REPLY_BIDS], true, bids, &bid_count) ||
	    !add_up(read, &answer->reply.slots[REPLY_ASKS], false, asks, &ask_count) ||
	    (bid_count && ask_count && bids[0].price.units >= asks[0].price.units)) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	depth->bids = bids;
	depth->asks = asks;
	depth->bid_count = (uint32_t)cut(read, bid_count);
	depth->ask_count = (uint32_t)cut(read, ask_count);
	depth->requested_ns = answer->sent_ns;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- time, fees ------------------------------------------------------------------------------ */

void lighter_ask_time(struct lighter_read *read)
{
	lighter_read_ask(read, WEIGHT_OTHER, "/");
}

void lighter_take_time(struct lighter_read *read, const struct lighter_answer *answer)
{
	int64_t venue_ns;
	if (answer->kind != ANSWER_VALUE ||
	    !lighter_time(&answer->reply.slots[REPLY_TIMESTAMP], &venue_ns) || venue_ns == 0) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	lighter_clock_sample(read->client, answer->sent_ns, answer->received_ns, venue_ns,
			     NS_PER_SECOND);
	/* The stamp is cut to seconds; what all stamps together say is closer. */
	read->result.u.server_time_ns = lighter_venue_now(read->client);
	lighter_read_finish(read, READ_VALUE);
}

void lighter_ask_fees(struct lighter_read *read)
{
	read->result.u.fees =
		instrument_latest(read->client->instruments, read->request.instrument)->fees;
	lighter_read_finish(read, READ_VALUE);
}
