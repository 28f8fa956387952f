#include "src/market_recorder.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "core/market/funding_schedule.h"
#include "core/store/recording.h"
#include "src/recording_folder.h"
#include <stdlib.h>
#include <string.h>

#define DEPTH_CAP	     200
#define FLUSH_EVERY_NS	     NS_PER_SECOND
#define START_AGAIN_NS	     (15 * NS_PER_SECOND)
#define CHOOSE_SOON_NS	     NS_PER_SECOND /* new markets come in bursts */
#define OTHERS_PATIENCE_NS   (20 * NS_PER_SECOND)
#define SETTLED_EVERY_NS     (2 * NS_PER_SECOND)
#define SETTLED_WAIT_NS	     (2 * NS_PER_MINUTE) /* the adapters' own streams come first */
#define SETTLED_TRIES	     3
#define READ_PATIENCE_NS     (20 * NS_PER_SECOND)
#define SETTLED_LOOK_BACK_NS (100 * NS_PER_HOUR)

struct recorded_venue {
	struct market_recorder *recorder;
	struct public_venue *venue;
	bool told_down, sizes_awaited;
	schedule_id again;
	instrument_id settled_asked; /* 0: no request is out */
};

/* Of one instrument. */
struct recorded_market {
	bool subscribed;
	int64_t settled_boundary_ns; /* which one was asked for last */
	unsigned settled_tries;
};

struct market_recorder {
	struct public_venues *venues;
	struct market_recorder_options options;
	char *folder;
	struct recording_writer *writer;
	uint32_t run;
	int64_t local_ns, started_ns;
	struct error failure; /* ERROR_NONE: all is well */
	struct recorded_venue recorded[CONFIG_VENUES_MAX];
	struct recorded_market *markets; /* by instrument, INSTRUMENTS_MAX + 1 */
	struct market_size *sizes;	 /* by instrument */
	bool *usable;			 /* by instrument */
	bool chosen[ASSETS_MAX + 1];
	struct market_recorder_status status;
	schedule_id flush, choose, settled;
};

/* ---- writing --------------------------------------------------------------------------------- */

static void watch(struct market_recorder *recorder, const struct market_event *event)
{
	struct market_recorder_status *status = &recorder->status;
	status->events++;
	if (event->kind == EVENT_CONNECTION && (event->u.connection.state == CONNECTION_GAP ||
						event->u.connection.state == CONNECTION_DOWN))
		status->gaps++;
	struct clock_state clock = market_state_clock(recorder->venues->market, event->venue);
	if (event->kind != EVENT_BOOK || event->exch_ns == 0 || !clock.known)
		return;
	int64_t lag_ns = event->local_ns + clock.offset_ns - event->exch_ns;
	if (!status->lag_known || lag_ns > status->lag_ns)
		status->lag_ns = lag_ns;
	status->lag_known = true;
}

static void choose_soon(struct market_recorder *recorder);

static void record(void *user, const struct market_event *event)
{
	struct market_recorder *recorder = user;
	struct market_event ordered = *event;
	if (recorder->failure.category != ERROR_NONE)
		return;
	/* Two connections' events of one wake-up may be stamped a little out of turn. */
	if (ordered.local_ns < recorder->local_ns)
		ordered.local_ns = recorder->local_ns;
	recorder->local_ns = ordered.local_ns;
	if (!recording_writer_event(recorder->writer, &ordered, &recorder->failure))
		return;
	watch(recorder, &ordered);
	if (event->kind == EVENT_INSTRUMENT)
		choose_soon(recorder);
}

static void flush(void *user)
{
	struct market_recorder *recorder = user;
	struct scheduler *scheduler = recorder->venues->scheduler;
	recorder->flush = scheduler_after(scheduler, FLUSH_EVERY_NS, SCHEDULE_TIMER, flush, user);
	if (recorder->failure.category == ERROR_NONE)
		recording_writer_flush(recorder->writer, &recorder->failure);
}

/* What the venue's own client did not say: applied and recorded as if it had. */
static void tell(struct market_recorder *recorder, const struct market_event *event)
{
	market_state_apply(recorder->venues->market, event);
	record(recorder, event);
}

/* ---- which markets --------------------------------------------------------------------------- */

static void subscribed(void *user, bool ok, const char *why)
{
	struct recorded_venue *recorded = user;
	if (!ok)
		log_write(LOG_WARNING, recorded->venue->config->name, "a subscription failed: %s",
			  why);
}

static struct recorded_venue *recorded_of(struct market_recorder *recorder, venue_id id)
{
	for (size_t i = 0; i < recorder->venues->count; i++)
		if (recorder->venues->venues[i].id == id)
			return &recorder->recorded[i];
	return NULL;
}

static bool may_record(struct market_recorder *recorder, instrument_id id)
{
	const struct instrument_table *table = recorder->venues->instruments;
	struct recorded_venue *recorded = recorded_of(recorder, instrument_get(table, id)->venue);
	enum market_status status = instrument_latest(table, id)->rules.status;
	return recorded && recorded->venue->phase == PUBLIC_VENUE_UP &&
	       !instrument_is_retired(table, id) &&
	       (status == MARKET_TRADING || status == MARKET_REDUCE_ONLY);
}

static void choose_named(struct market_recorder *recorder)
{
	const struct market_recorder_options *options = &recorder->options;
	for (size_t i = 0; i < options->coin_count; i++) {
		asset_id coin = instrument_table_find_asset(recorder->venues->instruments,
							    options->coins[i]);
		if (coin != 0)
			recorder->chosen[coin] = true;
	}
}

static bool sizes_are_awaited(const struct market_recorder *recorder)
{
	bool patient = scheduler_now(recorder->venues->scheduler) - recorder->started_ns <
		       OTHERS_PATIENCE_NS;
	for (size_t i = 0; i < recorder->venues->count; i++)
		if (recorder->recorded[i].sizes_awaited ||
		    (patient && recorder->venues->venues[i].phase == PUBLIC_VENUE_STARTING))
			return true;
	return false;
}

static void choose(void *user)
{
	struct market_recorder *recorder = user;
	const struct instrument_table *table = recorder->venues->instruments;
	unsigned channels = CHANNEL_BOOK | CHANNEL_BBO | CHANNEL_FUNDING |
			    (recorder->options.trades ? CHANNEL_TRADES : 0);
	recorder->choose = 0;
	if (recorder->options.coin_count == 0 && sizes_are_awaited(recorder)) {
		choose_soon(recorder);
		return;
	}
	for (instrument_id id = 1; id <= instrument_count(table); id++)
		recorder->usable[id] = may_record(recorder, id);
	if (recorder->options.coin_count > 0)
		choose_named(recorder);
	else
		market_choose_shared(table, recorder->sizes, recorder->usable,
				     recorder->options.most, recorder->chosen);
	for (instrument_id id = 1; id <= instrument_count(table); id++) {
		const struct instrument *instrument = instrument_get(table, id);
		struct recorded_venue *recorded = recorded_of(recorder, instrument->venue);
		if (!recorder->usable[id] || recorder->markets[id].subscribed ||
		    !recorder->chosen[instrument->canonical])
			continue;
		recorder->markets[id].subscribed = true;
		recorder->status.instruments++;
		exchange_subscribe(recorded->venue->client, id, channels, subscribed, recorded);
	}
}

static void choose_soon(struct market_recorder *recorder)
{
	if (recorder->choose == 0)
		recorder->choose = scheduler_after(recorder->venues->scheduler, CHOOSE_SOON_NS,
						   SCHEDULE_TIMER, choose, recorder);
}

static void sizes_answered(void *user, const struct read_result *result)
{
	struct recorded_venue *recorded = user;
	struct market_recorder *recorder = recorded->recorder;
	recorded->sizes_awaited = false;
	choose_soon(recorder);
	if (result->outcome != READ_VALUE)
		return;
	for (size_t i = 0; i < result->u.funding.count; i++) {
		const struct market_event *event = &result->u.funding.events[i];
		struct market_size *size = &recorder->sizes[event->instrument];
		const struct instrument *instrument =
			instrument_get(recorder->venues->instruments, event->instrument);
		if (event->kind == EVENT_MARK && (event->u.mark.fields & MARK_HAS_MARK))
			size->mark = event->u.mark.mark;
		else if (event->kind == EVENT_OPEN_INTEREST)
			size->interest.e18 =
				event->u.open_interest.quantity.units *
				i128_power_of_ten(MONEY_DECIMALS - instrument->quantity_decimals);
	}
}

/* ---- venues come and go ---------------------------------------------------------------------- */

static void start_again(void *user)
{
	struct recorded_venue *recorded = user;
	recorded->again = 0;
	public_venue_start(recorded->venue);
}

static void venue_is_up(struct recorded_venue *recorded)
{
	struct market_recorder *recorder = recorded->recorder;
	struct read_request request = {.kind = READ_OVERVIEW};
	recorded->told_down = false;
	recorded->sizes_awaited = true;
	exchange_read(recorded->venue->client, &request,
		      scheduler_now(recorder->venues->scheduler) + READ_PATIENCE_NS, sizes_answered,
		      recorded);
	choose_soon(recorder);
}

static void phase_changed(void *user, struct public_venue *venue)
{
	struct market_recorder *recorder = user;
	struct recorded_venue *recorded = &recorder->recorded[venue - recorder->venues->venues];
	struct scheduler *scheduler = recorder->venues->scheduler;
	if (venue->phase == PUBLIC_VENUE_UP) {
		venue_is_up(recorded);
		return;
	}
	log_write(recorded->told_down ? LOG_WARNING : LOG_ALARM, venue->config->name,
		  "is not there: %s; next try in %d s", venue->why,
		  (int)(START_AGAIN_NS / NS_PER_SECOND));
	recorded->again =
		scheduler_after(scheduler, START_AGAIN_NS, SCHEDULE_TIMER, start_again, recorded);
	if (recorded->told_down)
		return;
	recorded->told_down = true;
	struct market_event event = {.local_ns = scheduler_now(scheduler),
				     .venue = venue->id,
				     .kind = EVENT_CONNECTION,
				     .u.connection = {CONNECTION_DOWN}};
	tell(recorder, &event);
}

/* ---- settled rates that no stream brought ---------------------------------------------------- */

static void settled_answered(void *user, const struct read_result *result)
{
	struct recorded_venue *recorded = user;
	struct market_recorder *recorder = recorded->recorder;
	recorded->settled_asked = 0;
	if (result->outcome != READ_VALUE)
		return;
	for (size_t i = 0; i < result->u.funding.count; i++) {
		struct market_event event = result->u.funding.events[i];
		const struct funding_state *known =
			market_state_funding(recorder->venues->market, event.instrument);
		if (event.u.funding.kind != FUNDING_SETTLED ||
		    (known->settled_known &&
		     event.u.funding.boundary_ns <= known->settled_boundary_ns))
			continue;
		event.local_ns = scheduler_now(recorder->venues->scheduler);
		tell(recorder, &event);
	}
}

/* The boundary whose rate should be known by now and is not; 0: none. */
static int64_t overdue(struct market_recorder *recorder, instrument_id id, int64_t venue_ns)
{
	const struct funding_terms *terms =
		&instrument_latest(recorder->venues->instruments, id)->funding;
	const struct funding_state *known = market_state_funding(recorder->venues->market, id);
	const struct recorded_market *market = &recorder->markets[id];
	if (!terms->pays)
		return 0;
	int64_t boundary_ns = funding_last_boundary(terms, venue_ns);
	int64_t wait_ns =
		terms->interval_ns / 2 < SETTLED_WAIT_NS ? terms->interval_ns / 2 : SETTLED_WAIT_NS;
	if (venue_ns < boundary_ns + wait_ns ||
	    (known->settled_known && known->settled_boundary_ns >= boundary_ns) ||
	    (market->settled_boundary_ns == boundary_ns && market->settled_tries >= SETTLED_TRIES))
		return 0;
	return boundary_ns;
}

static void ask_settled(struct recorded_venue *recorded, instrument_id id, int64_t boundary_ns)
{
	struct market_recorder *recorder = recorded->recorder;
	struct recorded_market *market = &recorder->markets[id];
	const struct funding_state *known = market_state_funding(recorder->venues->market, id);
	struct read_request request = {.kind = READ_FUNDING_HISTORY, .instrument = id};
	request.since_ns = boundary_ns;
	if (known->settled_known && known->settled_boundary_ns > boundary_ns - SETTLED_LOOK_BACK_NS)
		request.since_ns = known->settled_boundary_ns + NS_PER_SECOND;
	if (market->settled_boundary_ns != boundary_ns)
		market->settled_tries = 0;
	market->settled_boundary_ns = boundary_ns;
	market->settled_tries++;
	recorded->settled_asked = id;
	exchange_read(recorded->venue->client, &request,
		      scheduler_now(recorder->venues->scheduler) + READ_PATIENCE_NS,
		      settled_answered, recorded);
}

static void look_for_settled(void *user)
{
	struct market_recorder *recorder = user;
	struct public_venues *venues = recorder->venues;
	int64_t now_ns = scheduler_now(venues->scheduler);
	recorder->settled = scheduler_after(venues->scheduler, SETTLED_EVERY_NS, SCHEDULE_TIMER,
					    look_for_settled, recorder);
	for (instrument_id id = 1; id <= instrument_count(venues->instruments); id++) {
		venue_id venue = instrument_get(venues->instruments, id)->venue;
		struct recorded_venue *recorded = recorded_of(recorder, venue);
		if (!recorder->markets[id].subscribed || !recorded ||
		    recorded->settled_asked != 0 || recorded->venue->phase != PUBLIC_VENUE_UP)
			continue;
		int64_t boundary_ns = overdue(
			recorder, id, market_state_venue_time(venues->market, venue, now_ns));
		if (boundary_ns != 0)
			ask_settled(recorded, id, boundary_ns);
	}
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_writer(struct market_recorder *recorder, struct error *err)
{
	struct recording_options options = recording_defaults();
	options.codec = RECORDING_ZLIB;
	options.depth_cap = DEPTH_CAP;
	options.sync_worker = true;
	/* Another number for each start, also for two within a second. */
	recorder->run = (uint32_t)(recorder->started_ns / NS_PER_MS);
	recorder->writer = recording_writer_create(recorder->folder, recorder->started_ns,
						   recorder->run, recorder->venues->instruments,
						   recorder->venues->market, &options, err);
	return recorder->writer != NULL;
}

static void free_all(struct market_recorder *recorder)
{
	free(recorder->folder);
	free(recorder->markets);
	free(recorder->sizes);
	free(recorder->usable);
	free(recorder);
}

struct market_recorder *market_recorder_create(struct public_venues *venues,
					       const struct market_recorder_options *options,
					       struct error *err)
{
	struct market_recorder *recorder = calloc(1, sizeof(*recorder));
	if (!recorder) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	recorder->venues = venues;
	recorder->options = *options;
	recorder->started_ns = recorder->local_ns = scheduler_now(venues->scheduler);
	recorder->folder = strdup(options->folder);
	recorder->markets = calloc(INSTRUMENTS_MAX + 1, sizeof(*recorder->markets));
	recorder->sizes = calloc(INSTRUMENTS_MAX + 1, sizeof(*recorder->sizes));
	recorder->usable = calloc(INSTRUMENTS_MAX + 1, sizeof(*recorder->usable));
	for (size_t i = 0; i < venues->count; i++)
		recorder->recorded[i] =
			(struct recorded_venue){.recorder = recorder, .venue = &venues->venues[i]};
	if (!recorder->folder || !recorder->markets || !recorder->sizes || !recorder->usable)
		error_set(err, ERROR_LIMIT, "out of memory");
	else if (open_writer(recorder, err)) {
		venues->on_market = record;
		venues->on_phase = phase_changed;
		venues->user = recorder;
		flush(recorder);
		look_for_settled(recorder);
		return recorder;
	}
	free_all(recorder);
	return NULL;
}

bool market_recorder_failed(const struct market_recorder *recorder, struct error *err)
{
	if (recorder->failure.category == ERROR_NONE)
		return false;
	*err = recorder->failure;
	return true;
}

struct market_recorder_status market_recorder_status(struct market_recorder *recorder)
{
	struct market_recorder_status status = recorder->status;
	status.bytes = recording_folder_bytes(recorder->folder, recorder->run);
	recorder->status.lag_known = false;
	return status;
}

bool market_recorder_close(struct market_recorder *recorder, struct error *err)
{
	struct public_venues *venues = recorder->venues;
	struct error late = {0};
	scheduler_cancel(venues->scheduler, recorder->flush);
	scheduler_cancel(venues->scheduler, recorder->choose);
	scheduler_cancel(venues->scheduler, recorder->settled);
	for (size_t i = 0; i < venues->count; i++)
		scheduler_cancel(venues->scheduler, recorder->recorded[i].again);
	venues->on_market = NULL;
	venues->on_phase = NULL;
	/* Reads under way would answer into what is freed here. */
	for (size_t i = 0; i < venues->count; i++) {
		exchange_client_free(venues->venues[i].client);
		venues->venues[i].client = NULL;
		venues->venues[i].id = 0;
	}
	bool closed = recording_writer_close(recorder->writer, &late);
	bool failed = market_recorder_failed(recorder, err);
	if (!failed && !closed)
		*err = late;
	free_all(recorder);
	return closed && !failed;
}
