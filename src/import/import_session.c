#include "src/import/import_session.h"

#include "exchanges/binance/binance_codec.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const KIND_NAMES[IMPORT_KINDS] = {
	[IMPORT_BINANCE_RAW] = "binance-raw",
	[IMPORT_CANDLES_FUNDING] = "candles-funding",
	[IMPORT_FUNDING] = "funding-csv",
	[IMPORT_HYPERLIQUID_FUNDING] = "hyperliquid-funding-csv",
};

static const char *const ROW_NAMES[IMPORT_ROWS] = {
	[ROW_DEPTH] = "depthUpdate", [ROW_BOOK_TICKER] = "bookTicker",
	[ROW_TRADE] = "trade",	     [ROW_MARK_PRICE] = "markPriceUpdate",
	[ROW_SNAPSHOT] = "snapshot", [ROW_OTHER] = "other",
	[ROW_CANDLE] = "candle",     [ROW_FUNDING] = "funding",
};

static const char *const DROP_NAMES[IMPORT_DROPS] = {
	[DROP_STAMP] = "no receive time of 16 or 19 digits",
	[DROP_BACKWARDS] = "receive time runs backwards by more than 1 s (files out of order?)",
	[DROP_NOT_JSON] = "not JSON",
	[DROP_MISSING_FIELD] = "a field is missing",
	[DROP_REPEATED_FIELD] = "a field stands twice",
	[DROP_BAD_VALUE] = "a field has a wrong value",
	[DROP_INEXACT_PRICE] = "price needs more decimals: use --price-decimals",
	[DROP_INEXACT_QUANTITY] = "quantity needs more decimals: use --quantity-decimals",
	[DROP_TOO_LARGE] = "a number does not fit 64 bits",
	[DROP_TOO_MANY_LEVELS] = "too many levels in one message",
	[DROP_OTHER_SYMBOL] = "another symbol than the file's",
	[DROP_COLUMNS] = "wrong number of columns",
	[DROP_REPEATED_ROW] = "the same series and time twice",
};

const char *import_kind_name(enum import_kind kind)
{
	return KIND_NAMES[kind];
}

bool import_kind_of_name(const char *name, enum import_kind *kind)
{
	for (int i = 0; i < IMPORT_KINDS; i++) {
		if (strcmp(name, KIND_NAMES[i]) == 0) {
			*kind = (enum import_kind)i;
			return true;
		}
	}
	return false;
}

const char *import_row_name(enum import_row row)
{
	return ROW_NAMES[row];
}

const char *import_drop_name(enum import_drop drop)
{
	return DROP_NAMES[drop];
}

struct import_options import_defaults(void)
{
	return (struct import_options){
		.price_decimals = -1,
		.quantity_decimals = -1,
		.recording = recording_defaults(),
	};
}

uint64_t import_dropped(const struct import_counts *counts)
{
	uint64_t dropped = 0;
	for (int i = 0; i < IMPORT_DROPS; i++)
		dropped += counts->dropped[i];
	return dropped;
}

/* Room for one more element; an import without memory for its report cannot go on. */
static void *one_more(void *array, size_t count, size_t element)
{
	void *grown = realloc(array, (count + 1) * element);
	if (grown == NULL)
		abort();
	memset((char *)grown + count * element, 0, element);
	return grown;
}

size_t import_session_stream(struct import_session *session, const char *venue, const char *symbol)
{
	struct import_report *report = session->report;
	for (size_t i = 0; i < report->stream_count; i++) {
		if (strcmp(report->streams[i].venue, venue) == 0 &&
		    strcmp(report->streams[i].symbol, symbol) == 0)
			return i;
	}
	report->streams = one_more(report->streams, report->stream_count, sizeof(*report->streams));
	struct import_stream *stream = &report->streams[report->stream_count];
	strncpy(stream->venue, venue, sizeof(stream->venue) - 1);
	strncpy(stream->symbol, symbol, sizeof(stream->symbol) - 1);
	return report->stream_count++;
}

size_t import_session_venue(struct import_session *session, const char *venue)
{
	struct import_report *report = session->report;
	for (size_t i = 0; i < report->venue_count; i++) {
		if (strcmp(report->venues[i].name, venue) == 0)
			return i;
	}
	report->venues = one_more(report->venues, report->venue_count, sizeof(*report->venues));
	strncpy(report->venues[report->venue_count].name, venue, NAME_MAX_LENGTH);
	return report->venue_count++;
}

bool import_session_instrument(struct import_session *session, size_t index,
			       const struct scale_terms *scale, struct error *err)
{
	struct import_stream *stream = &session->report->streams[index];
	struct instrument_table *table = session->instruments;
	venue_id venue = instrument_table_find_venue(table, stream->venue);
	instrument_id id = venue == 0 ? 0 : instrument_find(table, venue, stream->symbol);
	if (id == 0) {
		struct instrument terms;
		struct instrument_revision revision;
		if (!instrument_terms_default(table, stream->venue, stream->symbol, scale, &terms,
					      &revision, err))
			return false;
		id = instrument_table_add(table, &terms, &revision, err);
		if (id == 0)
			return false;
	} else {
		stream->price_inferred = false;
		stream->quantity_inferred = false;
	}
	const struct instrument *terms = instrument_get(table, id);
	const struct order_rules *rules = &instrument_latest(table, id)->rules;
	stream->instrument = id;
	stream->scale = (struct scale_terms){
		.price_decimals = terms->price_decimals,
		.quantity_decimals = terms->quantity_decimals,
		.tick_units = rules->tick.units,
		.lot_units = rules->lot.units,
	};
	return true;
}

/* Two imports of the same markets and beginning get the same name: nothing here is random. */
static uint32_t run_of(const struct import_report *report, int64_t start_ns)
{
	uint32_t hash = 2166136261u ^ (uint32_t)start_ns ^ (uint32_t)(start_ns >> 32);
	for (size_t i = 0; i < report->stream_count; i++) {
		const char *const names[2] = {report->streams[i].venue, report->streams[i].symbol};
		for (int n = 0; n < 2; n++) {
			for (const char *at = names[n]; *at != '\0'; at++)
				hash = (hash ^ (unsigned char)*at) * 16777619u;
		}
	}
	return hash;
}

bool import_session_start(struct import_session *session, int64_t start_ns, struct error *err)
{
	session->writer = recording_writer_create(
		session->options->out, start_ns, run_of(session->report, start_ns),
		session->instruments, session->state, &session->options->recording, err);
	return session->writer != NULL;
}

void import_session_event(struct import_session *session, const struct market_event *event)
{
	if (session->failed)
		return;
	market_state_apply(session->state, event);
	if (recording_writer_event(session->writer, event, &session->error))
		session->report->events++;
	else
		session->failed = true;
}

static bool directory_is_free(const char *path, struct error *err)
{
	DIR *directory = opendir(path);
	if (directory == NULL) {
		if (errno == ENOENT)
			return true;
		return error_set(err, ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
	}
	bool free_of_segments = true;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		size_t length = strlen(entry->d_name);
		if (length > 4 && strcmp(entry->d_name + length - 4, ".far") == 0)
			free_of_segments = false;
	}
	closedir(directory);
	if (!free_of_segments)
		return error_set(
			err, ERROR_CONFIGURATION,
			"%s already holds a recording (*.far): name another --out directory, "
			"or remove those files first",
			path);
	return true;
}

/* All instruments of another recording, with their terms. */
static bool load_terms(struct import_session *session, const char *path, struct error *err)
{
	struct recording_reader *reader = recording_reader_open(path, session->instruments, err);
	if (reader == NULL)
		return false;
	struct market_event event;
	enum recording_read read;
	do
		read = recording_reader_next(reader, &event, err);
	while (read == RECORDING_EVENT);
	recording_reader_free(reader);
	return read == RECORDING_FINISHED;
}

static void add_counts(struct import_counts *sum, const struct import_counts *counts)
{
	sum->lines += counts->lines;
	sum->stamps_held += counts->stamps_held;
	for (int i = 0; i < IMPORT_ROWS; i++)
		sum->rows[i] += counts->rows[i];
	for (int i = 0; i < IMPORT_DROPS; i++)
		sum->dropped[i] += counts->dropped[i];
	if (counts->first_ns != 0 && (sum->first_ns == 0 || counts->first_ns < sum->first_ns))
		sum->first_ns = counts->first_ns;
	if (counts->last_ns > sum->last_ns)
		sum->last_ns = counts->last_ns;
}

static void sum_up(struct import_report *report)
{
	for (size_t i = 0; i < report->file_count; i++) {
		const struct import_file *file = &report->files[i];
		add_counts(&report->total, &file->counts);
		if (report->kind == IMPORT_BINANCE_RAW)
			add_counts(&report->streams[file->stream].counts, &file->counts);
	}
}

static struct import_report *report_create(const struct import_options *options)
{
	struct import_report *report = calloc(1, sizeof(*report));
	if (report == NULL)
		abort();
	report->kind = options->kind;
	report->file_count = options->file_count;
	report->files = calloc(options->file_count + 1, sizeof(*report->files));
	if (report->files == NULL)
		abort();
	for (size_t i = 0; i < options->file_count; i++) {
		report->files[i].path = strdup(options->files[i]);
		if (report->files[i].path == NULL)
			abort();
	}
	return report;
}

void import_report_free(struct import_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->file_count; i++)
		free(report->files[i].path);
	free(report->files);
	free(report->streams);
	free(report->venues);
	free(report);
}

bool import_run(const struct import_options *options, struct import_report **report,
		struct error *err)
{
	struct import_session session = {.options = options};
	*report = NULL;
	if (options->file_count == 0)
		return error_set(err, ERROR_CONFIGURATION, "no file is named");
	if (!directory_is_free(options->out, err))
		return false;
	session.report = report_create(options);
	session.instruments = instrument_table_create();
	if (session.instruments == NULL)
		abort();
	session.state = market_state_create(session.instruments);
	if (session.state == NULL)
		abort();
	bool good = options->terms_from == NULL || load_terms(&session, options->terms_from, err);
	if (good)
		good = options->kind == IMPORT_BINANCE_RAW ? import_binance_raw(&session, err)
							   : import_csv(&session, err);
	struct error close_error = {0};
	if (session.writer != NULL && !recording_writer_close(session.writer, &close_error) &&
	    good) {
		good = false;
		*err = close_error;
	}
	if (good) {
		sum_up(session.report);
		*report = session.report;
	} else {
		import_report_free(session.report);
	}
	market_state_free(session.state);
	instrument_table_free(session.instruments);
	return good;
}
