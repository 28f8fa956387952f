/*
 * Raw captures of Binance: one message a line behind its receive time. Files of one (venue, symbol)
 * are one stream, in the order in which they are named; streams are merged by receive time.
 */
#include "core/base/utc.h"
#include "exchanges/binance/binance_stream.h"
#include "src/import/import_session.h"
#include "src/import/line_source.h"
#include "src/import/scale_inference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX   65536u
#define SURVEY_LINES 20000u
#define SURVEY_BYTES (64u << 20) /* of a pipe, which cannot be read twice */
#define BACKWARDS_NS NS_PER_SECOND
/* A venue's own clients take a stream that is silent for so long for dead. */
#define END_OF_STREAM_NS (5 * NS_PER_SECOND)
#define PROGRESS_LINES	 4096u

struct raw_stream {
	struct raw_import *import;
	size_t index; /* in the report's streams */
	enum binance_market market;
	struct binance_scale scale;
	struct clock_estimate *clock;
	venue_id venue;
	uint16_t connection;
	struct binance_stream *books;
	struct scale_inference inference;

	size_t file; /* in the report's files: the one being read, or to be opened next */
	struct line_source *source;
	const char *line;
	size_t length;
	int64_t local_ns; /* of line */
	int64_t last_ns;  /* of the line before; 0 = none */
	bool started, ended;
	int64_t down_ns; /* after its end: when its silence is noticed; INT64_MAX = done */
};

struct raw_import {
	struct import_session *session;
	struct raw_stream *streams;
	size_t stream_count;
	struct line_source **opened; /* by file: pipes that the survey has begun to read */
	struct binance_levels levels;
	int64_t next_down_ns;
	uint64_t bytes_passed; /* in files read to their end */
	uint64_t lines;
};

/* --- a line --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "1723161255030314667 {...": false if there is no stamp of 16 (µs) or 19 (ns) digits. */
static bool read_stamp(const char *line, size_t length, int64_t *local_ns, size_t *message_at)
{
	size_t digits = 0;
	uint64_t stamp = 0;
	while (digits < length && digits < 20 && is_digit(line[digits]))
		stamp = stamp * 10 + (uint64_t)(line[digits++] - '0');
	if ((digits != 16 && digits != 19) || digits == length || line[digits] != ' ')
		return false;
	if (digits == 16)
		stamp *= NS_PER_US;
	if (stamp == 0 || stamp > (uint64_t)INT64_MAX)
		return false;
	*local_ns = (int64_t)stamp;
	*message_at = digits + 1;
	return true;
}

static enum import_drop drop_of(enum binance_result result)
{
	switch (result) {
	case BINANCE_OK:
	case BINANCE_NOT_JSON:
		return DROP_NOT_JSON;
	case BINANCE_MISSING_FIELD:
		return DROP_MISSING_FIELD;
	case BINANCE_REPEATED_FIELD:
		return DROP_REPEATED_FIELD;
	case BINANCE_BAD_VALUE:
		return DROP_BAD_VALUE;
	case BINANCE_INEXACT_PRICE:
		return DROP_INEXACT_PRICE;
	case BINANCE_INEXACT_QUANTITY:
		return DROP_INEXACT_QUANTITY;
	case BINANCE_TOO_LARGE:
		return DROP_TOO_LARGE;
	case BINANCE_TOO_MANY_LEVELS:
		return DROP_TOO_MANY_LEVELS;
	}
	return DROP_NOT_JSON;
}

static enum import_row row_of(enum binance_kind kind)
{
	switch (kind) {
	case BINANCE_DEPTH:
		return ROW_DEPTH;
	case BINANCE_BOOK_TICKER:
		return ROW_BOOK_TICKER;
	case BINANCE_TRADE:
		return ROW_TRADE;
	case BINANCE_MARK_PRICE:
		return ROW_MARK_PRICE;
	case BINANCE_SNAPSHOT:
		return ROW_SNAPSHOT;
	case BINANCE_OTHER:
		return ROW_OTHER;
	}
	return ROW_OTHER;
}

/* --- the survey: whose file is it, how fine are its prices --- */

static bool market_of_file(const struct import_options *options, const char *path,
			   enum binance_market *market, struct error *err)
{
	static const struct {
		const char *prefix;
		enum binance_market market;
	} prefixes[] = {
		{"usdm_", BINANCE_USDM}, {"coinm_", BINANCE_COINM}, {"spot_", BINANCE_SPOT}};
	if (options->venue != NULL) {
		if (binance_market_of_venue(options->venue, market))
			return true;
		return error_set(err, ERROR_CONFIGURATION,
				 "--venue %s: expected binance-usdm, binance-coinm or binance-spot",
				 options->venue);
	}
	const char *name = strrchr(path, '/');
	name = name == NULL ? path : name + 1;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(name, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0) {
			*market = prefixes[i].market;
			return true;
		}
	}
	return error_set(err, ERROR_CONFIGURATION,
			 "%s: the name does not begin with usdm_, coinm_ or spot_, so say which "
			 "market it is: --venue binance-usdm, binance-coinm or binance-spot",
			 path);
}

static void infer_level(struct scale_inference *inference, const struct book_level *level)
{
	scale_inference_price(inference, level->price.units);
	scale_inference_quantity(inference, level->quantity.units);
}

static void infer(struct scale_inference *inference, const struct binance_message *message,
		  const struct binance_levels *levels)
{
	switch (message->kind) {
	case BINANCE_DEPTH:
	case BINANCE_SNAPSHOT:
		for (uint32_t i = 0; i < message->u.levels.bid_count; i++)
			infer_level(inference, &levels->bids[i]);
		for (uint32_t i = 0; i < message->u.levels.ask_count; i++)
			infer_level(inference, &levels->asks[i]);
		break;
	case BINANCE_BOOK_TICKER:
		infer_level(inference, &message->u.ticker.bid);
		infer_level(inference, &message->u.ticker.ask);
		break;
	case BINANCE_TRADE:
		scale_inference_price(inference, message->u.trade.price.units);
		scale_inference_quantity(inference, message->u.trade.quantity.units);
		break;
	case BINANCE_MARK_PRICE:
	case BINANCE_OTHER:
		break;
	}
}

struct survey {
	char symbol[NAME_MAX_LENGTH + 1];
	struct scale_inference inference;
	int64_t first_ns;
};

/*
 * Reads on until the symbol is known and prices have been seen enough of: a whole snapshot, or
 * SURVEY_LINES, or all of the file.
 */
static bool survey_lines(struct raw_import *import, enum binance_market market,
			 struct line_source *source, bool all, struct survey *survey,
			 struct error *err)
{
	const struct binance_scale scale = {SCALE_INFERENCE_DECIMALS, SCALE_INFERENCE_DECIMALS};
	bool enough = false;
	const char *line;
	size_t length;
	for (uint64_t lines = 0; all || lines < SURVEY_LINES; lines++) {
		if ((enough && survey->symbol[0] != '\0') || line_source_kept_full(source))
			break;
		enum line_result read = line_source_next(source, &line, &length, err);
		if (read == LINE_FAILED)
			return false;
		if (read != LINE_READ)
			break; /* damage is met again, and reported, when the file is imported */
		struct binance_message message;
		size_t at;
		int64_t local_ns;
		if (!read_stamp(line, length, &local_ns, &at))
			continue;
		if (survey->first_ns == 0)
			survey->first_ns = local_ns;
		if (binance_decode(market, line + at, length - at, &scale, &import->levels,
				   &message) != BINANCE_OK)
			continue;
		infer(&survey->inference, &message, &import->levels);
		if (message.kind == BINANCE_SNAPSHOT)
			enough = !all;
		if (survey->symbol[0] == '\0' && message.symbol.length > 0 &&
		    message.symbol.length <= NAME_MAX_LENGTH)
			memcpy(survey->symbol, message.symbol.text, message.symbol.length);
	}
	return true;
}

static bool survey_file(struct raw_import *import, size_t file, enum binance_market market,
			struct survey *survey, struct error *err)
{
	const struct import_options *options = import->session->options;
	const char *path = import->session->report->files[file].path;
	struct line_source *source = line_source_open(path, err);
	memset(survey, 0, sizeof(*survey));
	if (source == NULL)
		return false;
	/* Standard input has moved on even where it is a file. */
	bool twice = line_source_size(source) > 0 && strcmp(path, "-") != 0;
	if (!twice)
		line_source_keep(source, SURVEY_BYTES);
	bool good = survey_lines(import, market, source, options->survey_all && twice, survey, err);
	if (good && !twice) {
		line_source_rewind(source);
		import->opened[file] = source;
	} else {
		line_source_close(source);
	}
	if (good && survey->symbol[0] == '\0')
		good = error_set(err, ERROR_INPUT,
				 "%s: no Binance message with a symbol in its first %u lines; "
				 "expected lines `LOCAL_NS {\"stream\":...,\"data\":{...}}`",
				 path, SURVEY_LINES);
	return good;
}

/* Puts a file at the end of its stream; streams keep the order of their first files. */
static void join_stream(struct raw_import *import, size_t file, enum binance_market market,
			const struct survey *survey)
{
	struct import_session *session = import->session;
	size_t index = import_session_stream(session, binance_venue_name(market), survey->symbol);
	session->report->files[file].stream = index;
	if (index == import->stream_count) {
		struct raw_stream *grown =
			realloc(import->streams, (index + 1) * sizeof(*import->streams));
		if (grown == NULL)
			abort();
		import->streams = grown;
		import->stream_count++;
		memset(&import->streams[index], 0, sizeof(*import->streams));
		import->streams[index].index = index;
		import->streams[index].market = market;
		import->streams[index].file = file;
		import->streams[index].inference = survey->inference;
	} else if (session->options->survey_all) {
		scale_inference_add(&import->streams[index].inference, &survey->inference);
	}
}

/* --- events --- */

static void on_event(void *user, const struct market_event *event)
{
	struct raw_stream *stream = user;
	struct import_session *session = stream->import->session;
	import_session_event(session, event);
	if (event->kind != EVENT_BOOK || (event->flags & EVENT_FLAG_SNAPSHOT))
		return;
	const struct book_state *book = market_state_book(session->state, event->instrument);
	if (book->synced && order_book_crossed(book->book))
		session->report->streams[stream->index].crossings++;
}

static void connection_event(struct raw_stream *stream, int64_t local_ns,
			     enum connection_state state)
{
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = local_ns;
	event.venue = stream->venue;
	event.connection = stream->connection;
	event.kind = EVENT_CONNECTION;
	event.u.connection.state = state;
	import_session_event(stream->import->session, &event);
}

static void take_time(struct raw_stream *stream, int64_t event_ns)
{
	struct clock_estimate *clock = stream->clock;
	if (event_ns == 0 || !clock_estimate_sample(clock, event_ns, stream->local_ns))
		return;
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.local_ns = stream->local_ns;
	event.venue = stream->venue;
	event.connection = stream->connection;
	event.kind = EVENT_CLOCK;
	event.u.clock.offset_ns = clock->offset_ns;
	event.u.clock.uncertainty_ns = clock->uncertainty_ns;
	import_session_event(stream->import->session, &event);
}

static void drop(struct raw_stream *stream, enum import_drop reason, enum binance_kind kind)
{
	stream->import->session->report->files[stream->file].counts.dropped[reason]++;
	if (kind == BINANCE_DEPTH)
		binance_stream_lost(stream->books, stream->local_ns);
}

static bool same_symbol(const struct raw_stream *stream, const struct binance_text *symbol)
{
	const char *own = stream->import->session->report->streams[stream->index].symbol;
	return symbol->length == 0 ||
	       (strlen(own) == symbol->length && memcmp(own, symbol->text, symbol->length) == 0);
}

static void take_line(struct raw_stream *stream)
{
	struct raw_import *import = stream->import;
	struct import_report *report = import->session->report;
	struct binance_message message;
	if (!stream->started) {
		stream->started = true;
		connection_event(stream, stream->local_ns, CONNECTION_UP);
	}
	enum binance_result result = binance_decode(stream->market, stream->line, stream->length,
						    &stream->scale, &import->levels, &message);
	if (result != BINANCE_OK) {
		drop(stream, drop_of(result), message.kind);
		return;
	}
	if (!same_symbol(stream, &message.symbol)) {
		drop(stream, DROP_OTHER_SYMBOL, BINANCE_OTHER);
		return;
	}
	report->files[stream->file].counts.rows[row_of(message.kind)]++;
	if (message.kind == BINANCE_TRADE && message.u.trade.off_market)
		report->streams[stream->index].off_market++;
	take_time(stream, message.event_ns);
	binance_stream_message(stream->books, stream->local_ns, &message, &import->levels);
}

/* --- streams of lines, and their merge --- */

static size_t next_file_of(const struct raw_import *import, size_t stream, size_t from)
{
	const struct import_report *report = import->session->report;
	while (from < report->file_count && report->files[from].stream != stream)
		from++;
	return from;
}

/* Opens the stream's next file; false with session->failed unset: there is none. */
static bool open_file(struct raw_stream *stream)
{
	struct raw_import *import = stream->import;
	struct import_session *session = import->session;
	if (stream->file == session->report->file_count)
		return false;
	stream->source = import->opened[stream->file];
	import->opened[stream->file] = NULL;
	if (stream->source == NULL)
		stream->source = line_source_open(session->report->files[stream->file].path,
						  &session->error);
	session->failed = stream->source == NULL;
	return !session->failed;
}

static void close_file(struct raw_stream *stream)
{
	stream->import->bytes_passed += line_source_position(stream->source);
	line_source_close(stream->source);
	stream->source = NULL;
	stream->file = next_file_of(stream->import, stream->index, stream->file + 1);
}

/* Finds the stream's next line with a sound stamp; sets ended if there is none. */
static void advance(struct raw_stream *stream)
{
	struct import_session *session = stream->import->session;
	for (;;) {
		if (stream->source == NULL && !open_file(stream)) {
			stream->ended = true;
			return;
		}
		struct import_file *file = &session->report->files[stream->file];
		struct error error = {0};
		enum line_result read =
			line_source_next(stream->source, &stream->line, &stream->length, &error);
		if (read == LINE_FAILED) {
			session->error = error;
			session->failed = true;
			stream->ended = true;
			return;
		}
		if (read != LINE_READ) {
			file->damaged = read == LINE_DAMAGED;
			if (file->damaged)
				file->damage = error;
			close_file(stream);
			continue;
		}
		file->counts.lines++;
		size_t at;
		if (!read_stamp(stream->line, stream->length, &stream->local_ns, &at)) {
			file->counts.dropped[DROP_STAMP]++;
			continue;
		}
		stream->line += at;
		stream->length -= at;
		if (stream->local_ns < stream->last_ns - BACKWARDS_NS) {
			file->counts.dropped[DROP_BACKWARDS]++;
			continue;
		}
		if (file->counts.first_ns == 0)
			file->counts.first_ns = stream->local_ns;
		file->counts.last_ns = stream->local_ns;
		if (stream->local_ns < stream->last_ns) {
			stream->local_ns = stream->last_ns;
			file->counts.stamps_held++;
		}
		stream->last_ns = stream->local_ns;
		return;
	}
}

/* The ended stream whose silence is noticed next; NULL: none. */
static struct raw_stream *next_silent(struct raw_import *import)
{
	struct raw_stream *next = NULL;
	for (size_t i = 0; i < import->stream_count; i++) {
		struct raw_stream *stream = &import->streams[i];
		if (stream->ended && stream->down_ns != INT64_MAX &&
		    (next == NULL || stream->down_ns < next->down_ns))
			next = stream;
	}
	return next;
}

/* A stream that ended while others go on is a lost connection, noticed as in real life. */
static void note_silence(struct raw_import *import, int64_t now_ns)
{
	struct raw_stream *stream;
	while ((stream = next_silent(import)) != NULL && stream->down_ns < now_ns) {
		connection_event(stream, stream->down_ns, CONNECTION_DOWN);
		stream->down_ns = INT64_MAX;
	}
	import->next_down_ns = stream == NULL ? INT64_MAX : stream->down_ns;
}

static void show_progress(struct raw_import *import)
{
	if (!import->session->options->progress || import->lines % PROGRESS_LINES != 0)
		return;
	uint64_t done = import->bytes_passed;
	for (size_t i = 0; i < import->stream_count; i++) {
		if (import->streams[i].source != NULL)
			done += line_source_position(import->streams[i].source);
	}
	progress_at(&import->session->progress, done);
}

/* The stream whose line comes first; of equal times the one whose file is named first. */
static struct raw_stream *earliest(struct raw_import *import, int64_t *runner_up_ns)
{
	struct raw_stream *first = NULL;
	*runner_up_ns = INT64_MAX;
	for (size_t i = 0; i < import->stream_count; i++) {
		struct raw_stream *stream = &import->streams[i];
		if (stream->ended)
			continue;
		if (first == NULL || stream->local_ns < first->local_ns ||
		    (stream->local_ns == first->local_ns && stream->file < first->file)) {
			if (first != NULL)
				*runner_up_ns = first->local_ns;
			first = stream;
		} else if (stream->local_ns < *runner_up_ns) {
			*runner_up_ns = stream->local_ns;
		}
	}
	return first;
}

static void merge(struct raw_import *import)
{
	struct import_session *session = import->session;
	struct raw_stream *stream;
	int64_t until_ns;
	import->next_down_ns = INT64_MAX;
	while (!session->failed && (stream = earliest(import, &until_ns)) != NULL) {
		/* It stays the earliest until another stream's line is due. */
		do {
			if (stream->local_ns > import->next_down_ns)
				note_silence(import, stream->local_ns);
			take_line(stream);
			advance(stream);
			import->lines++;
			show_progress(import);
		} while (!stream->ended && stream->local_ns < until_ns && !session->failed);
		if (stream->ended) {
			stream->down_ns = stream->last_ns + END_OF_STREAM_NS;
			if (stream->down_ns < import->next_down_ns)
				import->next_down_ns = stream->down_ns;
		}
	}
}

/* --- the whole --- */

static bool survey_all_files(struct raw_import *import, struct error *err)
{
	struct import_report *report = import->session->report;
	for (size_t file = 0; file < report->file_count; file++) {
		enum binance_market market;
		struct survey survey;
		if (!market_of_file(import->session->options, report->files[file].path, &market,
				    err) ||
		    !survey_file(import, file, market, &survey, err))
			return false;
		join_stream(import, file, market, &survey);
	}
	return true;
}

static bool prepare_stream(struct raw_import *import, struct raw_stream *stream, struct error *err)
{
	struct import_session *session = import->session;
	struct import_stream *entry = &session->report->streams[stream->index];
	struct scale_terms known = scale_terms_known(entry->venue, entry->symbol);
	struct scale_terms scale =
		scale_inference_terms(&stream->inference, &known, session->options->price_decimals,
				      session->options->quantity_decimals);
	entry->price_inferred = session->options->price_decimals < 0;
	entry->quantity_inferred = session->options->quantity_decimals < 0;
	if (!import_session_instrument(session, stream->index, &scale, err))
		return false;
	stream->import = import;
	stream->scale.price_decimals = entry->scale.price_decimals;
	stream->scale.quantity_decimals = entry->scale.quantity_decimals;
	stream->venue = instrument_get(session->instruments, entry->instrument)->venue;
	stream->connection = (uint16_t)(stream->index + 1);
	stream->books = binance_stream_create(stream->market, stream->venue, entry->instrument,
					      stream->connection, on_event, stream);
	if (stream->books == NULL)
		abort();
	return true;
}

static bool prepare_streams(struct raw_import *import, struct error *err)
{
	struct import_report *report = import->session->report;
	if (import->stream_count > UINT16_MAX - 1)
		return error_set(err, ERROR_LIMIT, "more than %d streams", UINT16_MAX - 1);
	for (size_t i = 0; i < import->stream_count; i++) {
		if (!prepare_stream(import, &import->streams[i], err))
			return false;
		import_session_venue(import->session, report->streams[i].venue);
	}
	int64_t start_ns = INT64_MAX;
	for (size_t i = 0; i < import->stream_count; i++) {
		struct raw_stream *stream = &import->streams[i];
		/* The venues' array is complete: pointers into it stay good. */
		size_t venue = import_session_venue(import->session, report->streams[i].venue);
		stream->clock = &report->venues[venue].clock;
		stream->down_ns = INT64_MAX;
		advance(stream);
		if (import->session->failed) {
			*err = import->session->error;
			return false;
		}
		if (!stream->ended && stream->local_ns < start_ns)
			start_ns = stream->local_ns;
	}
	if (start_ns == INT64_MAX)
		return error_set(err, ERROR_INPUT, "no line with a receive time in any file");
	return import_session_start(import->session, start_ns, err);
}

static void finish_streams(struct raw_import *import)
{
	for (size_t i = 0; i < import->stream_count; i++) {
		struct raw_stream *stream = &import->streams[i];
		struct import_stream *entry = &import->session->report->streams[i];
		if (stream->books != NULL) {
			const struct binance_stream_counts *counts =
				binance_stream_counts(stream->books);
			entry->depth_levels = counts->depth_levels;
			entry->snapshot_levels = counts->snapshot_levels;
			entry->stale = counts->stale;
			entry->repeated = counts->repeated;
			entry->gaps = counts->gaps;
			entry->snapshots_too_old = counts->snapshots_too_old;
			entry->snapshots_not_needed = counts->snapshots_not_needed;
			entry->synced_at_end =
				binance_stream_book(stream->books) == BINANCE_BOOK_SYNCED;
		}
		binance_stream_free(stream->books);
		line_source_close(stream->source);
	}
}

static uint64_t bytes_of_files(const struct raw_import *import)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < import->session->report->file_count; i++) {
		struct line_source *source = import->opened[i];
		struct error ignored;
		if (source != NULL)
			return 0; /* a pipe's size is not known, so the sum is not */
		source = line_source_open(import->session->report->files[i].path, &ignored);
		if (source != NULL)
			bytes += line_source_size(source);
		line_source_close(source);
	}
	return bytes;
}

bool import_binance_raw(struct import_session *session, struct error *err)
{
	struct raw_import import = {.session = session};
	import.opened = calloc(session->report->file_count, sizeof(struct line_source *));
	import.levels.bids = malloc(LEVELS_MAX * sizeof(struct book_level));
	import.levels.asks = malloc(LEVELS_MAX * sizeof(struct book_level));
	import.levels.capacity = LEVELS_MAX;
	if (import.opened == NULL || import.levels.bids == NULL || import.levels.asks == NULL)
		abort();
	bool good = survey_all_files(&import, err);
	if (good && session->options->progress)
		progress_start(&session->progress, "importing", bytes_of_files(&import));
	good = good && prepare_streams(&import, err);
	if (good) {
		merge(&import);
		good = !session->failed;
		if (!good)
			*err = session->error;
	}
	if (session->options->progress)
		progress_end(&session->progress);
	finish_streams(&import);
	for (size_t i = 0; i < session->report->file_count; i++)
		line_source_close(import.opened[i]);
	free(import.opened);
	free(import.streams);
	free(import.levels.bids);
	free(import.levels.asks);
	return good;
}
