#include "src/history_download.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "core/market/funding_schedule.h"
#include <stdlib.h>

#define PIECE_INTERVALS	 960		      /* ten requests at Lighter, two at Hyperliquid */
#define READ_PATIENCE_NS (10 * NS_PER_MINUTE) /* most of it waiting for the request budget */
#define AGAIN_NS	 (5 * NS_PER_SECOND)
#define TRIES		 4

/* A stretch of one market that is not held yet. */
struct stretch {
	instrument_id instrument;
	int64_t next_ns, until_ns, interval_ns;
};

struct download_lane {
	struct history_download *download;
	struct public_venue *venue;
	struct stretch *stretches; /* owned */
	size_t count, capacity, at;
	int64_t piece_until_ns; /* of the request that is out */
	unsigned tries;
	schedule_id again;
};

struct history_download {
	struct public_venues *venues;
	struct funding_history *history;
	struct download_lane lanes[CONFIG_VENUES_MAX];
	uint64_t total, done;
	size_t failed;
	struct error failure;
};

/* ---- what is to be asked --------------------------------------------------------------------- */

static bool add_stretch(struct download_lane *lane, instrument_id id, int64_t from_ns,
			int64_t until_ns, struct error *err)
{
	int64_t interval_ns =
		instrument_latest(lane->venue->all->instruments, id)->funding.interval_ns;
	if (from_ns > until_ns)
		return true;
	if (lane->count == lane->capacity) {
		lane->capacity = lane->capacity ? 2 * lane->capacity : 64;
		struct stretch *grown =
			realloc(lane->stretches, lane->capacity * sizeof(*lane->stretches));
		if (!grown)
			return error_set(err, ERROR_LIMIT, "out of memory");
		lane->stretches = grown;
	}
	lane->stretches[lane->count++] = (struct stretch){id, from_ns, until_ns, interval_ns};
	lane->download->total += (uint64_t)((until_ns - from_ns) / interval_ns) + 1;
	return true;
}

static bool add_market(struct download_lane *lane, instrument_id id,
		       const struct history_request *request, struct error *err)
{
	struct history_download *download = lane->download;
	const struct public_venues *venues = download->venues;
	const struct funding_terms *terms = &instrument_latest(venues->instruments, id)->funding;
	int64_t first_ns, last_ns, to_ns = request->to_ns;
	size_t rows;
	int64_t now_ns = market_state_venue_time(venues->market, lane->venue->id,
						 scheduler_now(venues->scheduler));
	if (to_ns > funding_last_boundary(terms, now_ns))
		to_ns = funding_last_boundary(terms, now_ns);
	instrument_id own = funding_history_find(download->history, venues->instruments, id);
	if (own == 0 || !funding_history_span(download->history, own, &first_ns, &last_ns, &rows))
		return add_stretch(lane, id, request->from_ns, to_ns, err);
	/* Half an interval: stamps are not on their boundary to the nanosecond. */
	int64_t half_ns = terms->interval_ns / 2;
	int64_t before_ns = first_ns - half_ns, after_ns = last_ns + half_ns;
	return add_stretch(lane, id, request->from_ns, before_ns < to_ns ? before_ns : to_ns,
			   err) &&
	       add_stretch(lane, id, after_ns > request->from_ns ? after_ns : request->from_ns,
			   to_ns, err);
}

static bool plan(struct history_download *download, const struct history_request *request,
		 struct error *err)
{
	const struct instrument_table *table = download->venues->instruments;
	for (instrument_id id = 1; id <= instrument_count(table); id++) {
		struct public_venue *venue =
			public_venues_find(download->venues, instrument_get(table, id)->venue);
		if (!venue || venue->phase != PUBLIC_VENUE_UP || instrument_is_retired(table, id) ||
		    !instrument_latest(table, id)->funding.pays ||
		    (request->wanted && !request->wanted(request->user, table, id)))
			continue;
		if (!add_market(&download->lanes[venue - download->venues->venues], id, request,
				err))
			return false;
	}
	return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void ask(void *user);

static void finish_stretch(struct download_lane *lane)
{
	const struct stretch *stretch = &lane->stretches[lane->at++];
	if (stretch->next_ns <= stretch->until_ns)
		lane->download->done +=
			(uint64_t)((stretch->until_ns - stretch->next_ns) / stretch->interval_ns) +
			1;
	lane->tries = 0;
}

static void give_up(struct download_lane *lane, const char *why)
{
	const struct instrument_table *table = lane->download->venues->instruments;
	char name[INSTRUMENT_NAME_MAX];
	log_write(LOG_ALARM, "history", "%s: %s",
		  instrument_name(table, lane->stretches[lane->at].instrument, name, sizeof(name)),
		  why);
	lane->download->failed++;
	finish_stretch(lane);
}

static void take(struct download_lane *lane, const struct read_result *result)
{
	struct history_download *download = lane->download;
	struct stretch *stretch = &lane->stretches[lane->at];
	instrument_id own = 0;
	/* Only markets with settlements enter the history. */
	if (result->u.funding.count > 0 &&
	    !(own = funding_history_instrument(download->history, download->venues->instruments,
					       stretch->instrument, &download->failure)))
		return;
	for (size_t i = 0; i < result->u.funding.count; i++)
		if (!funding_history_add(download->history, own, &result->u.funding.events[i],
					 &download->failure))
			return;
	download->done +=
		(uint64_t)((lane->piece_until_ns - stretch->next_ns) / stretch->interval_ns) + 1;
	stretch->next_ns = lane->piece_until_ns + stretch->interval_ns;
	lane->tries = 0;
	if (stretch->next_ns > stretch->until_ns)
		finish_stretch(lane);
}

static void answered(void *user, const struct read_result *result)
{
	struct download_lane *lane = user;
	struct scheduler *scheduler = lane->download->venues->scheduler;
	int64_t wait_ns = 0;
	if (lane->at == lane->count)
		return; /* stopped */
	switch (result->outcome) {
	case READ_VALUE:
		take(lane, result);
		break;
	case READ_ABSENT:
		give_up(lane, "the venue does not know this market");
		break;
	case READ_UNKNOWN:
		if (++lane->tries == TRIES)
			give_up(lane, "its settlements could not be read; run it again to go on");
		else
			wait_ns = AGAIN_NS << (lane->tries - 1);
		break;
	}
	lane->again = scheduler_after(scheduler, wait_ns, SCHEDULE_TIMER, ask, lane);
}

static void ask(void *user)
{
	struct download_lane *lane = user;
	struct history_download *download = lane->download;
	lane->again = 0;
	if (lane->at == lane->count || download->failure.category != ERROR_NONE)
		return;
	const struct stretch *stretch = &lane->stretches[lane->at];
	int64_t piece_ns = (PIECE_INTERVALS - 1) * stretch->interval_ns;
	lane->piece_until_ns = stretch->until_ns - stretch->next_ns > piece_ns
				       ? stretch->next_ns + piece_ns
				       : stretch->until_ns;
	/* Stamps are late: what belongs to the piece's last boundary comes up to half an interval
	 * after it, and is in this piece. */
	struct read_request request = {.kind = READ_FUNDING_HISTORY,
				       .instrument = stretch->instrument,
				       .since_ns = stretch->next_ns,
				       .until_ns = lane->piece_until_ns + stretch->interval_ns - 1};
	exchange_read(lane->venue->client, &request,
		      scheduler_now(download->venues->scheduler) + READ_PATIENCE_NS, answered,
		      lane);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct history_download *history_download_begin(struct public_venues *venues,
						struct funding_history *history,
						const struct history_request *request,
						struct error *err)
{
	struct history_download *download = calloc(1, sizeof(*download));
	if (!download) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	download->venues = venues;
	download->history = history;
	for (size_t i = 0; i < venues->count; i++)
		download->lanes[i] =
			(struct download_lane){.download = download, .venue = &venues->venues[i]};
	if (!plan(download, request, err)) {
		history_download_free(download);
		return NULL;
	}
	for (size_t i = 0; i < venues->count; i++)
		download->lanes[i].again = scheduler_after(venues->scheduler, 0, SCHEDULE_TIMER,
							   ask, &download->lanes[i]);
	return download;
}

void history_download_stop(struct history_download *download)
{
	for (size_t i = 0; i < CONFIG_VENUES_MAX; i++) {
		if (!download->lanes[i].download)
			continue;
		scheduler_cancel(download->venues->scheduler, download->lanes[i].again);
		download->lanes[i].again = 0;
		download->lanes[i].at = download->lanes[i].count;
	}
}

void history_download_free(struct history_download *download)
{
	if (!download)
		return;
	for (size_t i = 0; i < CONFIG_VENUES_MAX; i++)
		free(download->lanes[i].stretches);
	free(download);
}

bool history_download_finished(void *user)
{
	const struct history_download *download = user;
	if (download->failure.category != ERROR_NONE)
		return true;
	for (size_t i = 0; i < download->venues->count; i++)
		if (download->lanes[i].at < download->lanes[i].count)
			return false;
	return true;
}

uint64_t history_download_total(const struct history_download *download)
{
	return download->total;
}

uint64_t history_download_done(const struct history_download *download)
{
	return download->done;
}

size_t history_download_failed(const struct history_download *download)
{
	return download->failed;
}

bool history_download_error(const struct history_download *download, struct error *err)
{
	if (download->failure.category == ERROR_NONE)
		return false;
	*err = download->failure;
	return true;
}
