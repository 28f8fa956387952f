/* Reads about funding: now, settled, of all markets, and what the venue's own figures make of it.
 *
 * A rate of this venue is per funding interval (one hour). `funding-rates` names it for eight of
 * them (§1.7); where the stream contradicts that, the stream counts alone. */
#include "exchanges/lighter/lighter_read.h"

#include "core/base/log.h"
#include "core/market/funding_schedule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ESTIMATE_FRESH_NS  NS_PER_MINUTE
#define WINDOW_INTERVALS   96 /* settled rates asked for at once: under the smallest known cap */
#define EVIDENCE_INTERVALS 480
#define CANDLES_MAX	   500
/* rate / estimate as thousandths: the list is for eight hours if it lies within. */
#define FACTOR_LOW  5000
#define FACTOR_HIGH 12000

static int64_t interval_of(const struct lighter_read *read)
{
	return read->client->options.funding_interval_ns;
}

static struct market_event funding_event(const struct lighter_read *read, instrument_id instrument,
					 enum funding_kind kind, struct rate rate,
					 int64_t boundary_ns)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = lighter_now(read->client);
	event.venue = read->client->base.venue;
	event.instrument = instrument;
	event.kind = EVENT_FUNDING;
	event.u.funding.kind = kind;
	event.u.funding.rate = rate;
	event.u.funding.boundary_ns = boundary_ns;
	event.u.funding.interval_ns = interval_of(read);
	return event;
}

static int64_t next_boundary(const struct lighter_read *read)
{
	int64_t now_ns = lighter_venue_now(read->client);
	return now_ns - now_ns % interval_of(read) + interval_of(read);
}

/* What the stream says of the settlement to come, if it is still about that one. */
static bool streamed(const struct lighter_read *read, int64_t market, struct rate *rate)
{
	int64_t boundary_ns, received_ns;
	const struct lighter_client *client = read->client;
	return client->link && stream_link_is_up(client->link) &&
	       lighter_stream_estimate(client->stream, market, rate, &boundary_ns, &received_ns) &&
	       boundary_ns == next_boundary(read) &&
	       lighter_now(client) - received_ns <= ESTIMATE_FRESH_NS;
}

/* Every sound row of funding-rates that is ours, by market. False: not a sound answer. */
static bool rates_of(const struct lighter_reply *reply, struct rate rates[LIGHTER_MARKETS],
		     bool known[LIGHTER_MARKETS])
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_eight_hours row;
	if (!lighter_has(&reply->slots[REPLY_FUNDING_RATES]))
		return false;
	memset(known, 0, LIGHTER_MARKETS * sizeof(*known));
	lighter_list_begin(&list, &reply->slots[REPLY_FUNDING_RATES]);
	while (lighter_list_next(&list, &object)) {
		if (lighter_eight_hours_read(&object, &row) != LIGHTER_OK || !row.ours ||
		    row.market < 0 || row.market >= LIGHTER_MARKETS)
			continue;
		known[row.market] = true;
		rates[row.market] = row.rate;
	}
	return !list.unsound;
}

/* Whether the list is for eight intervals, by the markets of which the stream speaks too. */
static bool is_for_eight(const struct lighter_read *read, const struct rate *rates,
			 const bool *known)
{
	unsigned agree = 0, differ = 0;
	for (int64_t i = 0; i < LIGHTER_MARKETS; i++) {
		struct rate estimate;
		i128 factor;
		if (!known[i] || !streamed(read, i, &estimate) || estimate.e18 == 0 ||
		    rates[i].e18 == 0 ||
		    !mul_div(rates[i].e18, 1000, estimate.e18, ROUND_HALF_EVEN, &factor))
			continue;
		if (factor >= FACTOR_LOW && factor <= FACTOR_HIGH)
			agree++;
		else
			differ++;
	}
	if (differ > agree)
		log_write(LOG_WARNING, LIGHTER_AREA,
			  "funding-rates do not look like eight-hour rates (%u of %u): only the "
			  "stream is believed",
			  differ, agree + differ);
	return differ <= agree;
}

static struct rate an_eighth(struct rate rate)
{
	i128 part;
	if (!i128_div_round(rate.e18, 8, ROUND_HALF_EVEN, &part))
		part = 0;
	return (struct rate){(int64_t)part};
}

void lighter_ask_funding(struct lighter_read *read)
{
	struct rate rate;
	if (!streamed(read, read->market, &rate)) {
		lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/funding-rates");
		return;
	}
	read->funding = funding_event(read, read->request.instrument, FUNDING_ESTIMATE, rate,
				      next_boundary(read));
	read->result.u.funding.events = &read->funding;
	read->result.u.funding.count = 1;
	lighter_read_finish(read, READ_VALUE);
}

void lighter_take_funding(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct rate rates[LIGHTER_MARKETS];
	bool known[LIGHTER_MARKETS];
	if (answer->kind != ANSWER_VALUE || !rates_of(&answer->reply, rates, known) ||
	    !known[read->market] || !is_for_eight(read, rates, known)) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	read->funding = funding_event(read, read->request.instrument, FUNDING_ESTIMATE,
				      an_eighth(rates[read->market]), next_boundary(read));
	read->result.u.funding.events = &read->funding;
	read->result.u.funding.count = 1;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- all markets ----------------------------------------------------------------------------- */

void lighter_ask_overview(struct lighter_read *read)
{
	if (read->step == 0)
		lighter_read_ask(read, WEIGHT_OTHER,
				 "/api/v1/orderBookDetails?market_id=255&filter=perp");
	else
		lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/funding-rates");
}

static bool add_event(struct lighter_read *read, const struct market_event *event)
{
	struct market_event *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL)
		return false;
	*row = *event;
	return true;
}

static bool add_details(struct lighter_read *read)
{
	struct lighter_client *client = read->client;
	for (size_t i = 0; i < LIGHTER_MARKETS; i++) {
		const struct lighter_market *market = &client->markets[i];
		const struct lighter_market_terms *terms = &market->terms;
		struct market_event event = funding_event(read, market->instrument,
							  FUNDING_ESTIMATE, (struct rate){0}, 0);
		i128 units;
		if (market->instrument == 0 || !market->listed)
			continue;
		memset(&event.u, 0, sizeof(event.u));
		event.kind = EVENT_MARK;
		event.u.mark.fields = terms->mark_fields;
		event.u.mark.mark = terms->mark;
		event.u.mark.index = terms->index;
		if (terms->mark_fields != 0 && !add_event(read, &event))
			return false;
		if (!terms->open_interest_known ||
		    !i128_div_round(
			    terms->open_interest.e18,
			    i128_power_of_ten(MONEY_DECIMALS - (unsigned)terms->size_decimals),
			    ROUND_HALF_EVEN, &units) ||
		    units > INT64_MAX)
			continue;
		memset(&event.u, 0, sizeof(event.u));
		event.kind = EVENT_OPEN_INTEREST;
		event.u.open_interest.quantity.units = (int64_t)units;
		if (!add_event(read, &event))
			return false;
	}
	return true;
}

static bool add_rates(struct lighter_read *read, const struct lighter_reply *reply)
{
	struct rate rates[LIGHTER_MARKETS];
	bool known[LIGHTER_MARKETS];
	if (!rates_of(reply, rates, known))
		return false;
	bool eight = is_for_eight(read, rates, known);
	for (int64_t i = 0; i < LIGHTER_MARKETS; i++) {
		const struct lighter_market *market = &read->client->markets[i];
		struct rate rate;
		if (market->instrument == 0 || !market->listed)
			continue;
		if (!streamed(read, i, &rate)) {
			if (!known[i] || !eight)
				continue;
			rate = an_eighth(rates[i]);
		}
		struct market_event event = funding_event(
			read, market->instrument, FUNDING_ESTIMATE, rate, next_boundary(read));
		if (!add_event(read, &event))
			return false;
	}
	return true;
}

void lighter_take_overview(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct error err = {0};
	bool sound = answer->kind == ANSWER_VALUE;
	if (sound && read->step == 0)
		sound = lighter_markets_take(read->client, &answer->reply, &err) &&
			add_details(read);
	else if (sound)
		sound = add_rates(read, &answer->reply);
	if (!sound) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	if (read->step++ == 0) {
		lighter_ask_overview(read);
		return;
	}
	read->result.u.funding.events = read->rows;
	read->result.u.funding.count = read->count;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- settled rates --------------------------------------------------------------------------- */

static void ask_window(struct lighter_read *read)
{
	int64_t end_ns = read->window_ns + WINDOW_INTERVALS * interval_of(read) - NS_PER_MS;
	/* Rows are filtered by their own time: whether seconds or ms count is not documented. */
	lighter_read_ask(read, WEIGHT_OTHER,
			 "/api/v1/fundings?market_id=%" PRId64
			 "&resolution=1h&start_timestamp=%" PRId64 "&end_timestamp=%" PRId64
			 "&count_back=%d",
			 read->market, read->window_ns / NS_PER_MS, end_ns / NS_PER_MS,
			 WINDOW_INTERVALS + 2);
}

/* Stamps may be a little ahead of our idea of the venue's clock. */
static int64_t latest_of(const struct lighter_read *read)
{
	int64_t now_ns = lighter_venue_now(read->client) + NS_PER_SECOND;
	int64_t until_ns = read->request.until_ns;
	return until_ns > 0 && until_ns < now_ns ? until_ns : now_ns;
}

static void begin_windows(struct lighter_read *read, int64_t most_intervals)
{
	int64_t interval_ns = interval_of(read);
	int64_t latest_ns = latest_of(read);
	if (read->request.since_ns < latest_ns - most_intervals * interval_ns)
		read->request.since_ns = latest_ns - most_intervals * interval_ns;
	read->window_ns = read->request.since_ns - read->request.since_ns % interval_ns;
	ask_window(read);
}

/* Calls add for each row of the window in [since, until], in the venue's order. */
static bool each_settled(struct lighter_read *read, const struct lighter_answer *answer,
			 bool (*add)(struct lighter_read *read,
				     const struct lighter_settled *settled))
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_settled settled;
	int64_t latest_ns = latest_of(read);
	int64_t end_ns = read->window_ns + WINDOW_INTERVALS * interval_of(read);
	if (answer->kind != ANSWER_VALUE || answer->reply.slots[REPLY_FUNDINGS].type == JSON_ERROR)
		return false;
	lighter_list_begin(&list, &answer->reply.slots[REPLY_FUNDINGS]);
	while (lighter_list_next(&list, &object)) {
		if (lighter_settled_read(&object, &settled) != LIGHTER_OK)
			return false;
		if (settled.boundary_ns < read->request.since_ns ||
		    settled.boundary_ns < read->window_ns || settled.boundary_ns >= end_ns ||
		    settled.boundary_ns > latest_ns)
			continue;
		if (!add(read, &settled))
			return false;
	}
	return !list.unsound;
}

/* True: there was a further window to ask for. */
static bool next_window(struct lighter_read *read)
{
	read->window_ns += WINDOW_INTERVALS * interval_of(read);
	if (read->window_ns > latest_of(read))
		return false;
	ask_window(read);
	return true;
}

static bool add_history(struct lighter_read *read, const struct lighter_settled *settled)
{
	struct market_event event = funding_event(read, read->request.instrument, FUNDING_SETTLED,
						  settled->rate, settled->boundary_ns);
	event.exch_ns = settled->boundary_ns;
	return add_event(read, &event);
}

static int by_boundary(const void *a, const void *b)
{
	const struct market_event *first = a, *second = b;
	int64_t one = first->u.funding.boundary_ns, two = second->u.funding.boundary_ns;
	return (one > two) - (one < two);
}

void lighter_ask_history(struct lighter_read *read)
{
	int64_t oldest_ns =
		latest_of(read) - (int64_t)LIGHTER_PAGES_MAX * WINDOW_INTERVALS * interval_of(read);
	if (read->request.since_ns < oldest_ns) {
		/* Cut short would be incomplete. */
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	begin_windows(read, (int64_t)LIGHTER_PAGES_MAX * WINDOW_INTERVALS);
}

void lighter_take_history(struct lighter_read *read, const struct lighter_answer *answer)
{
	if (!each_settled(read, answer, add_history)) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	if (next_window(read))
		return;
	struct market_event *events = read->rows;
	size_t kept = 0;
	if (read->count > 0)
		qsort(events, read->count, sizeof(*events), by_boundary);
	for (size_t i = 0; i < read->count; i++)
		if (kept == 0 ||
		    events[i].u.funding.boundary_ns != events[kept - 1].u.funding.boundary_ns)
			events[kept++] = events[i];
	read->result.u.funding.events = events;
	read->result.u.funding.count = kept;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- evidence -------------------------------------------------------------------------------- */

/* Half a unit of the last written digit, at scale 18 / divisor. */
static int64_t half_digit(unsigned decimals, int64_t divisor)
{
	if (decimals > MONEY_DECIMALS)
		return 0;
	return (int64_t)(i128_power_of_ten(MONEY_DECIMALS - decimals) / 2 / divisor);
}

static bool add_evidence(struct lighter_read *read, const struct lighter_settled *settled)
{
	struct funding_evidence *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL)
		return false;
	row->boundary_ns = settled->boundary_ns;
	row->rate = settled->rate;
	row->value_known = settled->value_known;
	row->value = settled->value;
	row->tolerance.e18 = half_digit(settled->rate_decimals, 100);
	row->value_tolerance.e18 = half_digit(settled->value_decimals, 1);
	return true;
}

static int64_t candle_span(const struct lighter_read *read)
{
	return interval_of(read) >= NS_PER_HOUR ? NS_PER_HOUR : NS_PER_MINUTE;
}

/* value / price and how far either's last digit may move it. */
static void derive(struct funding_evidence *row, const struct lighter_candle *candle)
{
	i128 rate, value_part, price_part;
	i128 price = candle->close.e18,
	     size = row->value.e18 < 0 ? -row->value.e18 : row->value.e18;
	if (!row->value_known || row->derived_known ||
	    !mul_div(row->value.e18, MONEY_ONE, price, ROUND_HALF_EVEN, &rate) ||
	    rate >= RATE_ONE || rate <= -(i128)RATE_ONE ||
	    !mul_div(row->value_tolerance.e18, MONEY_ONE, price, ROUND_CEILING, &value_part))
		return;
	const i128 numerators[] = {size, half_digit(candle->close_decimals, 1), MONEY_ONE};
	const i128 denominators[] = {price, price};
	if (!exact_ratio(numerators, 3, denominators, 2, ROUND_CEILING, &price_part) ||
	    value_part + price_part + row->tolerance.e18 >= RATE_ONE)
		return;
	row->derived_known = true;
	row->derived.e18 = (int64_t)rate;
	row->tolerance.e18 += (int64_t)(value_part + price_part);
}

static int evidence_by_boundary(const void *a, const void *b)
{
	const struct funding_evidence *first = a, *second = b;
	return (first->boundary_ns > second->boundary_ns) -
	       (first->boundary_ns < second->boundary_ns);
}

static void finish_evidence(struct lighter_read *read)
{
	struct funding_evidence *rows = read->rows;
	if (read->count > 0)
		qsort(rows, read->count, sizeof(*rows), evidence_by_boundary);
	read->result.u.evidence.rows = rows;
	read->result.u.evidence.count = read->count;
	lighter_read_finish(read, READ_VALUE);
}

static void take_candles(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct funding_evidence *rows = read->rows;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_candle candle;
	if (answer->kind == ANSWER_VALUE) {
		lighter_list_begin(&list, &answer->reply.slots[REPLY_CANDLES]);
		while (lighter_list_next(&list, &object)) {
			if (lighter_candle_read(&object, &candle) != LIGHTER_OK)
				continue;
			for (size_t i = 0; i < read->count; i++)
				if (rows[i].boundary_ns == candle.start_ns + candle_span(read))
					derive(&rows[i], &candle);
		}
	}
	/* Without candles the venue's rates stand alone: derived_known says so. */
	finish_evidence(read);
}

void lighter_ask_evidence(struct lighter_read *read)
{
	begin_windows(read, EVIDENCE_INTERVALS);
}

void lighter_take_evidence(struct lighter_read *read, const struct lighter_answer *answer)
{
	if (read->step == 1) {
		take_candles(read, answer);
		return;
	}
	if (!each_settled(read, answer, add_evidence)) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	if (next_window(read))
		return;
	read->step = 1;
	int64_t start_ns = read->request.since_ns - candle_span(read);
	lighter_read_ask(
		read, WEIGHT_OTHER,
		"/api/v1/candles?market_id=%" PRId64 "&resolution=%s&start_timestamp=%" PRId64
		"&end_timestamp=%" PRId64 "&count_back=%d",
		read->market, candle_span(read) == NS_PER_HOUR ? "1h" : "1m", start_ns / NS_PER_MS,
		lighter_venue_now(read->client) / NS_PER_MS, CANDLES_MAX);
}
