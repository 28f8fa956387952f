#include "src/scan.h"

#include "core/base/utc.h"
#include "core/market/funding_schedule.h"
#include "execution/liquidity_analyzer.h"
#include <stdlib.h>
#include <string.h>

#define READ_PATIENCE_NS (8 * NS_PER_SECOND)
#define PASS_PATIENCE_NS (20 * NS_PER_SECOND)
#define DEPTH_LEVELS	 100

/* What a depth read said about both directions of the size. */
struct scan_book {
	bool asked, known;
	struct leg_liquidity long_side;	 /* buy to enter, sell to leave */
	struct leg_liquidity short_side; /* sell to enter, buy to leave */
};

struct scan *scan_create(struct public_venues *venues, const struct scan_options *options)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	if (!scan)
		return NULL;
	scan->venues = venues;
	scan->options = *options;
	scan->books = calloc(INSTRUMENTS_MAX + 1, sizeof(*scan->books));
	if (!scan->books) {
		free(scan);
		return NULL;
	}
	return scan;
}

void scan_free(struct scan *scan)
{
	if (scan)
		free(scan->books);
	free(scan);
}

/* ---- which markets --------------------------------------------------------------------------- */

/* NULL: it may be traded. */
static const char *why_excluded(const struct scan *scan, instrument_id id)
{
	const struct instrument_table *table = scan->venues->instruments;
	const struct instrument_revision *revision = instrument_latest(table, id);
	if (instrument_is_retired(table, id))
		return "no longer traded under these terms";
	switch (revision->rules.status) {
	case MARKET_TRADING:
		break;
	case MARKET_REDUCE_ONLY:
		return "reduce-only: nothing can be opened";
	case MARKET_HALTED:
		return "halted or hidden by the venue";
	case MARKET_DELISTED:
		return "delisted";
	}
	if (!revision->funding.pays)
		return "pays no funding";
	return NULL;
}

static bool make_leg(const struct scan *scan, instrument_id id, struct scan_leg *leg)
{
	const struct public_venues *venues = scan->venues;
	const struct funding_state *funding = market_state_funding(venues->market, id);
	const struct funding_terms *terms = &instrument_latest(venues->instruments, id)->funding;
	const struct instrument *instrument = instrument_get(venues->instruments, id);
	int64_t venue_ns = market_state_venue_time(venues->market, instrument->venue,
						   scheduler_now(venues->scheduler));
	if (!funding->rate_known)
		return false;
	*leg = (struct scan_leg){
		.instrument = id,
		.rate = funding->rate,
		.interval_ns = terms->interval_ns,
		.next_ns = funding_next_boundary(terms, venue_ns),
	};
	return rate_to_per_hour(leg->rate, leg->interval_ns, &leg->per_hour);
}

/* ---- figures --------------------------------------------------------------------------------- */

static i128 four_fees(const struct scan *scan, const struct scan_row *row)
{
	const struct instrument_table *table = scan->venues->instruments;
	i128 fees = 0;
	for (size_t i = 0; i < 2; i++)
		fees += 2 * (i128)instrument_latest(table, row->legs[i].instrument)->fees.taker.e18;
	return fees;
}

static void price_row(const struct scan *scan, struct scan_row *row)
{
	const struct scan_book *books[2] = {&scan->books[row->legs[0].instrument],
					    &scan->books[row->legs[1].instrument]};
	row->fees_e18 = four_fees(scan, row);
	row->round_trip_e18 = row->fees_e18;
	row->depth_known = false;
	if (books[0]->known && books[1]->known) {
		struct leg_liquidity legs[2] = {books[0]->long_side, books[1]->short_side};
		row->depth_known = liquidity_round_trip_cost(scan->venues->instruments, legs, 2,
							     &row->round_trip_e18);
	}
	i128 earned;
	if (!mul_div(row->edge.e18, scan->options.horizon_ns, NS_PER_HOUR, ROUND_HALF_EVEN,
		     &earned))
		earned = 0;
	row->net_e18 = earned - row->round_trip_e18;
	i128 break_even;
	row->break_even_ns = INT64_MAX;
	if (row->edge.e18 > 0 &&
	    mul_div(row->round_trip_e18, NS_PER_HOUR, row->edge.e18, ROUND_CEILING, &break_even) &&
	    break_even < INT64_MAX)
		row->break_even_ns = break_even > 0 ? (int64_t)break_even : 0;
}

static int best_first(const void *a, const void *b)
{
	const struct scan_row *one = a, *two = b;
	if (one->net_e18 != two->net_e18)
		return one->net_e18 > two->net_e18 ? -1 : 1;
	return one->legs[0].instrument < two->legs[0].instrument ? -1 : 1;
}

static void add_row(struct scan *scan, const struct scan_leg *one, const struct scan_leg *two)
{
	if (scan->row_count == SCAN_ROWS_MAX)
		return;
	bool turned = one->per_hour.e18 > two->per_hour.e18;
	struct scan_row *row = &scan->rows[scan->row_count++];
	*row = (struct scan_row){.legs = {turned ? *two : *one, turned ? *one : *two}};
	row->edge.e18 = row->legs[1].per_hour.e18 - row->legs[0].per_hour.e18;
	price_row(scan, row);
}

static bool share_coin(const struct instrument *one, const struct instrument *two)
{
	return one->canonical == two->canonical && one->venue != two->venue;
}

static void make_rows(struct scan *scan)
{
	const struct instrument_table *table = scan->venues->instruments;
	instrument_id last = (instrument_id)instrument_count(table);
	scan->row_count = 0;
	scan->exclusion_count = 0;
	for (instrument_id a = 1; a <= last; a++) {
		const char *why = why_excluded(scan, a);
		struct scan_leg one, two;
		if (why && scan->exclusion_count < SCAN_EXCLUSIONS_MAX)
			scan->exclusions[scan->exclusion_count++] = (struct scan_exclusion){a, why};
		if (why || !make_leg(scan, a, &one))
			continue;
		for (instrument_id b = a + 1; b <= last; b++)
			if (share_coin(instrument_get(table, a), instrument_get(table, b)) &&
			    !why_excluded(scan, b) && make_leg(scan, b, &two))
				add_row(scan, &one, &two);
	}
	qsort(scan->rows, scan->row_count, sizeof(scan->rows[0]), best_first);
}

/* ---- asking the venues ----------------------------------------------------------------------- */

static void overview_answered(void *user, const struct read_result *result)
{
	struct scan *scan = user;
	scan->overviews_awaited--;
	if (result->outcome != READ_VALUE)
		return;
	for (size_t i = 0; i < result->u.funding.count; i++) {
		struct market_event event = result->u.funding.events[i];
		event.local_ns = scheduler_now(scan->venues->scheduler);
		market_state_apply(scan->venues->market, &event);
	}
}

static void depth_answered(void *user, const struct read_result *result)
{
	struct scan *scan = user;
	scan->depths_awaited--;
	if (result->outcome != READ_VALUE)
		return;
	const struct instrument *instrument =
		instrument_get(scan->venues->instruments, result->instrument);
	struct liquidity_limits limits = liquidity_defaults();
	struct scan_book *book = &scan->books[result->instrument];
	const struct depth_value *depth = &result->u.depth;
	struct money size = scan->options.size;
	liquidity_report_for_notional(instrument, &limits, depth, SIDE_BUY, size,
				      &book->long_side.entry);
	liquidity_report_for_notional(instrument, &limits, depth, SIDE_SELL, size,
				      &book->long_side.exit);
	book->short_side.entry = book->long_side.exit;
	book->short_side.exit = book->long_side.entry;
	book->known =
		book->long_side.entry.depth_sufficient && book->long_side.exit.depth_sufficient;
}

static struct exchange_client *client_of(const struct scan *scan, venue_id venue)
{
	for (size_t i = 0; i < scan->venues->count; i++)
		if (scan->venues->venues[i].id == venue &&
		    scan->venues->venues[i].phase == PUBLIC_VENUE_UP)
			return scan->venues->venues[i].client;
	return NULL;
}

static void ask_depths(struct scan *scan)
{
	int64_t give_up = scheduler_now(scan->venues->scheduler) + READ_PATIENCE_NS;
	for (size_t i = 0; i < scan->row_count && i < scan->options.depth_rows; i++) {
		for (size_t leg = 0; leg < 2; leg++) {
			instrument_id id = scan->rows[i].legs[leg].instrument;
			struct read_request request = {
				.kind = READ_DEPTH, .instrument = id, .depth = DEPTH_LEVELS};
			struct exchange_client *client = client_of(
				scan, instrument_get(scan->venues->instruments, id)->venue);
			if (!client || scan->books[id].asked)
				continue;
			scan->books[id].asked = true;
			scan->depths_awaited++;
			exchange_read(client, &request, give_up, depth_answered, scan);
		}
	}
}

static bool overviews_done(void *user)
{
	return ((const struct scan *)user)->overviews_awaited == 0;
}

static bool depths_done(void *user)
{
	return ((const struct scan *)user)->depths_awaited == 0;
}

bool scan_pass(struct scan *scan)
{
	struct public_venues *venues = scan->venues;
	struct read_request request = {.kind = READ_OVERVIEW};
	int64_t give_up = network_now_ns(venues->network) + READ_PATIENCE_NS;
	memset(scan->books, 0, (INSTRUMENTS_MAX + 1) * sizeof(*scan->books));
	for (size_t i = 0; i < venues->count; i++) {
		if (venues->venues[i].phase != PUBLIC_VENUE_UP)
			continue;
		scan->overviews_awaited++;
		exchange_read(venues->venues[i].client, &request, give_up, overview_answered, scan);
	}
	public_venues_wait(venues, overviews_done, scan, PASS_PATIENCE_NS);
	if (venues->interrupted)
		return false;
	make_rows(scan);
	if (scan->on_rows)
		scan->on_rows(scan->user, scan);
	ask_depths(scan);
	public_venues_wait(venues, depths_done, scan, PASS_PATIENCE_NS);
	for (size_t i = 0; i < scan->row_count; i++)
		price_row(scan, &scan->rows[i]);
	qsort(scan->rows, scan->row_count, sizeof(scan->rows[0]), best_first);
	return !venues->interrupted;
}
