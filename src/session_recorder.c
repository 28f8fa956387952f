#include "src/session_recorder.h"

#include "core/base/log.h"
#include "core/base/utc.h"
#include "exchanges/recorded_read.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EARLY_EVENTS_MAX 65536 /* before the strategy begins nothing busy is subscribed */
#define DEPTH_CAP	 200

struct session_recorder {
	const struct config *config;
	struct scheduler *scheduler;
	const struct instrument_table *instruments;
	const struct market_state *market;
	struct recording_writer *writer; /* NULL before the beginning, and when given up */
	bool over;			 /* given up */
	struct market_event *early;
	size_t early_count, early_capacity;
	struct recorded_read room;
};

static int64_t now_of(const struct session_recorder *recorder)
{
	return scheduler_now(recorder->scheduler);
}

static void give_up(struct session_recorder *recorder, const struct error *err)
{
	struct error ignored = {0};
	log_write(LOG_ALARM, "record", "%s: recording ends here", err->text);
	recording_writer_close(recorder->writer, &ignored);
	recorder->writer = NULL;
	recorder->over = true;
}

struct session_recorder *session_recorder_create(const struct config *config,
						 struct scheduler *scheduler,
						 const struct instrument_table *instruments,
						 const struct market_state *market,
						 struct error *err)
{
	const char *folder = config->record_folder;
	if ((mkdir(folder, 0755) != 0 && errno != EEXIST) || access(folder, W_OK | X_OK) != 0) {
		error_set(err, ERROR_CONFIGURATION, "%s: [record] folder %s: %s", config->path,
			  folder, strerror(errno));
		return NULL;
	}
	struct session_recorder *recorder = calloc(1, sizeof(*recorder));
	if (!recorder) {
		error_set(err, ERROR_LIMIT, "out of memory");
		return NULL;
	}
	recorder->config = config;
	recorder->scheduler = scheduler;
	recorder->instruments = instruments;
	recorder->market = market;
	return recorder;
}

void session_recorder_free(struct session_recorder *recorder)
{
	struct error err = {0};
	if (!recorder)
		return;
	if (recorder->writer && !recording_writer_close(recorder->writer, &err))
		log_write(LOG_ALARM, "record", "%s", err.text);
	recorded_read_clear(&recorder->room);
	free(recorder->early);
	free(recorder);
}

/* ---- before the beginning -------------------------------------------------------------------- */

static void keep_early(struct session_recorder *recorder, const struct market_event *event)
{
	/* A book that is there before the beginning stands in the first keyframe. */
	if (event->kind == EVENT_BOOK || recorder->over)
		return;
	if (recorder->early_count == EARLY_EVENTS_MAX) {
		struct error err = {0};
		error_set(&err, ERROR_LIMIT, "more than %d events before anything is subscribed",
			  EARLY_EVENTS_MAX);
		give_up(recorder, &err);
		return;
	}
	if (recorder->early_count == recorder->early_capacity) {
		size_t capacity = recorder->early_capacity ? recorder->early_capacity * 2 : 256;
		struct market_event *grown = realloc(recorder->early, capacity * sizeof(*grown));
		if (!grown)
			abort();
		recorder->early = grown;
		recorder->early_capacity = capacity;
	}
	recorder->early[recorder->early_count++] = *event;
}

static bool open_writer(struct session_recorder *recorder, struct error *err)
{
	struct recording_options options = recording_defaults();
	int64_t start_ns =
		recorder->early_count > 0 ? recorder->early[0].local_ns : now_of(recorder);
	options.codec = RECORDING_ZLIB;
	options.depth_cap = DEPTH_CAP;
	options.sync_worker = true;
	recorder->writer = recording_writer_create(
		recorder->config->record_folder, start_ns, (uint32_t)(start_ns / NS_PER_SECOND),
		recorder->instruments, recorder->market, &options, err);
	bool good = recorder->writer != NULL;
	for (size_t i = 0; i < recorder->early_count && good; i++)
		good = recording_writer_event(recorder->writer, &recorder->early[i], err);
	free(recorder->early);
	recorder->early = NULL;
	recorder->early_count = recorder->early_capacity = 0;
	return good;
}

static bool write_mark(struct session_recorder *recorder, enum session_phase phase,
		       uint32_t next_client_id, struct error *err)
{
	const struct recorded_session session = {
		.phase = phase,
		.local_ns = now_of(recorder),
		.seed = recorder->config->seed,
		.next_client_id = next_client_id,
		.mode = config_mode_text(recorder->config->mode),
		.program = "fundarb " FUNDARB_VERSION,
	};
	return recording_writer_session(recorder->writer, &session, err);
}

void session_recorder_begin(struct session_recorder *recorder, uint32_t next_client_id)
{
	struct error err = {0};
	if (recorder->over || recorder->writer)
		return;
	if (!open_writer(recorder, &err) ||
	    !write_mark(recorder, SESSION_BEGAN, next_client_id, &err))
		give_up(recorder, &err);
}

/* ---- the session ----------------------------------------------------------------------------- */

void session_recorder_mark(struct session_recorder *recorder, enum session_phase phase)
{
	struct error err = {0};
	if (recorder->writer && !write_mark(recorder, phase, 0, &err))
		give_up(recorder, &err);
}

void session_recorder_market(struct session_recorder *recorder, const struct market_event *event)
{
	struct error err = {0};
	if (!recorder->writer)
		keep_early(recorder, event);
	else if (!recording_writer_event(recorder->writer, event, &err))
		give_up(recorder, &err);
}

void session_recorder_account(struct session_recorder *recorder, const struct account_event *event)
{
	struct error err = {0};
	struct account_event stamped = *event;
	stamped.local_ns = now_of(recorder);
	if (recorder->writer && !recording_writer_account(recorder->writer, &stamped, &err))
		give_up(recorder, &err);
}

static void answered(void *user, venue_id venue, int64_t requested_ns,
		     const struct read_result *result)
{
	struct session_recorder *recorder = user;
	struct recorded_answer answer;
	struct error err = {0};
	if (!recorder->writer)
		return;
	recorded_read_pack(result, venue, &recorder->room, &answer);
	answer.requested_ns = requested_ns;
	answer.received_ns = now_of(recorder);
	if (!recording_writer_answer(recorder->writer, &answer, &err))
		give_up(recorder, &err);
}

static void commanded(void *user, venue_id venue, int64_t requested_ns, enum command_kind kind,
		      instrument_id instrument, const struct command_result *result)
{
	struct session_recorder *recorder = user;
	const struct recorded_command command = {
		.venue = venue,
		.instrument = instrument,
		.kind = (uint8_t)kind,
		.outcome = (uint8_t)result->outcome,
		.reason = (uint8_t)result->reason,
		.client_id = result->client_id,
		.requested_ns = requested_ns,
		.received_ns = now_of(recorder),
		.texts = {result->venue_order_id, result->venue_code, result->venue_text},
	};
	struct error err = {0};
	if (recorder->writer && !recording_writer_command(recorder->writer, &command, &err))
		give_up(recorder, &err);
}

struct session_tap_sink session_recorder_sink(struct session_recorder *recorder)
{
	return (struct session_tap_sink){answered, commanded, recorder};
}

void session_recorder_flush(struct session_recorder *recorder)
{
	struct error err = {0};
	if (recorder->writer && !recording_writer_flush(recorder->writer, &err))
		log_write(LOG_ALARM, "record", "%s", err.text);
}
