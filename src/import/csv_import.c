/*
 * Histories in CSV: settled funding rates and candles. They know venue times only, so their events
 * carry EVENT_FLAG_VENUE_TIME; a file is sorted by series, a recording by time, so the rows are
 * held in memory (bounded) and sorted.
 */
#include "core/base/decimal.h"
#include "core/base/utc.h"
#include "src/import/csv_row.h"
#include "src/import/funding_series.h"
#include "src/import/import_session.h"
#include "src/import/line_source.h"
#include "src/import/scale_inference.h"

#include <stdlib.h>
#include <string.h>

enum csv_form { FORM_RATES, FORM_RATES_WITH_INTERVAL, FORM_HYPERLIQUID, FORM_CANDLES };

static const struct {
	enum csv_form form;
	enum import_kind kind;
	const char *header;
	size_t columns;
} FORMS[] = {
	{FORM_RATES, IMPORT_FUNDING, "venue,symbol,time_ms,rate", 4},
	{FORM_RATES_WITH_INTERVAL, IMPORT_FUNDING,
	 "venue,instrument,boundary_ms,interval_hours,rate,source", 6},
	{FORM_HYPERLIQUID, IMPORT_HYPERLIQUID_FUNDING, "venue,symbol,time_ms,rate,premium", 5},
	{FORM_CANDLES, IMPORT_CANDLES_FUNDING,
	 "funding_time_ms,venue,pair,contract,span_start_ms,span_end_ms,open,high,low,close,volume,"
	 "funding_rate",
	 12},
};
#define FORM_COUNT (sizeof(FORMS) / sizeof(FORMS[0]))

struct rate_row {
	size_t stream, file;
	struct funding_settlement settlement;
};

struct candle_row {
	size_t stream, file;
	int64_t start_ns, end_ns;
	int64_t open, high, low, close; /* units of 10^-SCALE_INFERENCE_DECIMALS */
	struct money volume;
};

/* What one event will be made of, in the order of venue time. */
struct due {
	int64_t venue_ns;
	enum { DUE_REVISION, DUE_RATE, DUE_CANDLE } kind;
	size_t index; /* of rates or candles; of a revision: of its stream */
	size_t schedule;
};

struct csv_import {
	struct import_session *session;
	struct scale_inference *scales; /* by stream */
	struct funding_series *series;	/* by stream; schedule_count 0 = no rates */
	struct rate_row *rates;
	size_t rate_count, rate_capacity;
	struct candle_row *candles;
	size_t candle_count, candle_capacity;
	struct due *due;
	size_t due_count;
};

static void *grown(void *array, size_t count, size_t *capacity, size_t element)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity * 2 + 1024;
	array = realloc(array, *capacity * element);
	if (array == NULL)
		abort();
	return array;
}

static size_t stream_of(struct csv_import *import, const char *venue, const char *symbol)
{
	size_t before = import->session->report->stream_count;
	size_t stream = import_session_stream(import->session, venue, symbol);
	if (stream == before) {
		import->scales = realloc(import->scales, (before + 1) * sizeof(*import->scales));
		if (import->scales == NULL)
			abort();
		memset(&import->scales[before], 0, sizeof(*import->scales));
		import_session_venue(import->session, venue);
	}
	return stream;
}

/* --- rows --- */

static void add_rate(struct csv_import *import, const struct rate_row *row)
{
	import->rates = grown(import->rates, import->rate_count, &import->rate_capacity,
			      sizeof(*import->rates));
	import->rates[import->rate_count++] = *row;
}

static bool rate_of(const struct csv_row *row, size_t column, struct rate *rate)
{
	return decimal_parse_i64(row->text[column], row->length[column], MONEY_DECIMALS,
				 &rate->e18) == DECIMAL_OK;
}

/* venue, symbol, time [, hours], rate ... */
static enum import_drop take_rate(struct csv_import *import, const struct csv_row *row, size_t file,
				  enum csv_form form, const char *venue)
{
	char symbol[NAME_MAX_LENGTH + 1];
	bool stated = form == FORM_RATES_WITH_INTERVAL;
	struct rate_row rate = {.file = file};
	int64_t hours = 0;
	if (!csv_row_text(row, 1, symbol, sizeof(symbol)) ||
	    !csv_row_time(row, 2, &rate.settlement.stamp_ns) ||
	    !rate_of(row, stated ? 4 : 3, &rate.settlement.rate))
		return DROP_BAD_VALUE;
	if (stated && (decimal_parse_i64(row->text[3], row->length[3], 0, &hours) != DECIMAL_OK ||
		       hours < 1 || hours > 24 * 366))
		return DROP_BAD_VALUE;
	rate.settlement.stated_interval_ns = hours * NS_PER_HOUR;
	rate.stream = stream_of(import, venue, symbol);
	add_rate(import, &rate);
	return IMPORT_DROPS;
}

static enum import_drop candle_price(struct csv_import *import, const struct csv_row *row,
				     size_t column, size_t stream, int64_t *units)
{
	switch (decimal_parse_i64(row->text[column], row->length[column], SCALE_INFERENCE_DECIMALS,
				  units)) {
	case DECIMAL_OK:
		break;
	case DECIMAL_SYNTAX:
		return DROP_BAD_VALUE;
	case DECIMAL_INEXACT:
		return DROP_INEXACT_PRICE;
	case DECIMAL_RANGE:
		return DROP_TOO_LARGE;
	}
	if (*units <= 0)
		return DROP_BAD_VALUE;
	scale_inference_price(&import->scales[stream], *units);
	return IMPORT_DROPS;
}

static enum import_drop take_candle(struct csv_import *import, const struct csv_row *row,
				    size_t file, const char *venue)
{
	char symbol[NAME_MAX_LENGTH + 1];
	struct candle_row candle = {.file = file};
	struct rate_row rate = {.file = file};
	if (!csv_row_text(row, 2, symbol, sizeof(symbol)) ||
	    !csv_row_time(row, 0, &rate.settlement.stamp_ns) ||
	    !csv_row_time(row, 4, &candle.start_ns) || !csv_row_time(row, 5, &candle.end_ns) ||
	    candle.start_ns >= candle.end_ns ||
	    decimal_parse_i128(row->text[10], row->length[10], MONEY_DECIMALS,
			       &candle.volume.e18) != DECIMAL_OK ||
	    (row->length[11] > 0 && !rate_of(row, 11, &rate.settlement.rate)))
		return DROP_BAD_VALUE;
	candle.stream = stream_of(import, venue, symbol);
	int64_t *const prices[4] = {&candle.open, &candle.high, &candle.low, &candle.close};
	for (size_t i = 0; i < 4; i++) {
		enum import_drop drop = candle_price(import, row, 6 + i, candle.stream, prices[i]);
		if (drop != IMPORT_DROPS)
			return drop;
	}
	import->candles = grown(import->candles, import->candle_count, &import->candle_capacity,
				sizeof(*import->candles));
	import->candles[import->candle_count++] = candle;
	if (row->length[11] > 0) {
		rate.stream = candle.stream;
		add_rate(import, &rate);
	}
	return IMPORT_DROPS;
}

static void take_row(struct csv_import *import, size_t file, size_t form, const char *line,
		     size_t length)
{
	const char *only_venue = import->session->options->venue;
	struct import_counts *counts = &import->session->report->files[file].counts;
	char venue[NAME_MAX_LENGTH + 1];
	struct csv_row row;
	enum import_drop drop;
	bool candles = FORMS[form].form == FORM_CANDLES;
	if (!csv_row_split(&row, line, length) || row.columns != FORMS[form].columns)
		drop = DROP_COLUMNS;
	else if (!csv_row_text(&row, candles ? 1 : 0, venue, sizeof(venue)))
		drop = DROP_BAD_VALUE;
	else if (only_venue != NULL && strcmp(venue, only_venue) != 0)
		return;
	else if (candles)
		drop = take_candle(import, &row, file, venue);
	else
		drop = take_rate(import, &row, file, FORMS[form].form, venue);
	if (drop != IMPORT_DROPS)
		counts->dropped[drop]++;
}

/* --- files --- */

static bool find_form(const struct import_session *session, const char *path, const char *line,
		      size_t length, size_t *form, struct error *err)
{
	const char *expected = "";
	for (size_t i = 0; i < FORM_COUNT; i++) {
		bool same = strlen(FORMS[i].header) == length &&
			    memcmp(FORMS[i].header, line, length) == 0;
		bool own = FORMS[i].kind == session->options->kind;
		if (same && own) {
			*form = i;
			return true;
		}
		if (same)
			return error_set(err, ERROR_INPUT, "%s: by its header this is --from %s",
					 path, import_kind_name(FORMS[i].kind));
		if (own)
			expected = FORMS[i].header;
	}
	return error_set(err, ERROR_INPUT, "%s: the header is \"%.*s\", expected \"%s\"", path,
			 (int)(length > 100 ? 100 : length), line, expected);
}

static bool read_file(struct csv_import *import, size_t file, struct error *err)
{
	struct import_session *session = import->session;
	struct import_file *entry = &session->report->files[file];
	struct line_source *source = line_source_open(entry->path, err);
	if (source == NULL)
		return false;
	size_t form = FORM_COUNT;
	const char *line;
	size_t length;
	bool good = true;
	enum line_result read;
	while (good && (read = line_source_next(source, &line, &length, err)) == LINE_READ) {
		entry->counts.lines++;
		if (form == FORM_COUNT)
			good = find_form(session, entry->path, line, length, &form, err);
		else
			take_row(import, file, form, line, length);
		if (import->rate_count + import->candle_count > IMPORT_CSV_ROWS_MAX)
			good = error_set(err, ERROR_LIMIT,
					 "more than %d rows: import fewer files at a time",
					 IMPORT_CSV_ROWS_MAX);
	}
	if (good && read == LINE_DAMAGED) {
		entry->damaged = true;
		entry->damage = *err;
	} else if (good && read == LINE_FAILED) {
		good = false;
	} else if (good && form == FORM_COUNT) {
		good = error_set(err, ERROR_INPUT, "%s: is empty", entry->path);
	}
	line_source_close(source);
	return good;
}

/* --- series --- */

static int by_time_of_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_rates(const void *a, const void *b)
{
	const struct rate_row *left = a, *right = b;
	if (left->stream != right->stream)
		return left->stream < right->stream ? -1 : 1;
	return by_time_of_number(left->settlement.stamp_ns, right->settlement.stamp_ns);
}

static int compare_candles(const void *a, const void *b)
{
	const struct candle_row *left = a, *right = b;
	if (left->stream != right->stream)
		return left->stream < right->stream ? -1 : 1;
	return by_time_of_number(left->end_ns, right->end_ns);
}

static void note_time(struct import_counts *counts, int64_t ns)
{
	if (counts->first_ns == 0 || ns < counts->first_ns)
		counts->first_ns = ns;
	if (ns > counts->last_ns)
		counts->last_ns = ns;
}

static void count_row(struct csv_import *import, size_t stream, size_t file, enum import_row row,
		      int64_t ns)
{
	struct import_report *report = import->session->report;
	report->files[file].counts.rows[row]++;
	report->streams[stream].counts.rows[row]++;
	note_time(&report->files[file].counts, ns);
	note_time(&report->streams[stream].counts, ns);
}

static void drop_repeated(struct csv_import *import, size_t stream, size_t file)
{
	struct import_report *report = import->session->report;
	report->files[file].counts.dropped[DROP_REPEATED_ROW]++;
	report->streams[stream].counts.dropped[DROP_REPEATED_ROW]++;
}

/* Sorts by series and time; of rows with equal time the first stays. */
static void sort_rows(struct csv_import *import)
{
	size_t kept = 0;
	if (import->rate_count > 0)
		qsort(import->rates, import->rate_count, sizeof(*import->rates), compare_rates);
	for (size_t i = 0; i < import->rate_count; i++) {
		const struct rate_row *row = &import->rates[i];
		if (kept > 0 && compare_rates(&import->rates[kept - 1], row) == 0) {
			drop_repeated(import, row->stream, row->file);
			continue;
		}
		count_row(import, row->stream, row->file, ROW_FUNDING, row->settlement.stamp_ns);
		import->rates[kept++] = *row;
	}
	import->rate_count = kept;
	kept = 0;
	if (import->candle_count > 0)
		qsort(import->candles, import->candle_count, sizeof(*import->candles),
		      compare_candles);
	for (size_t i = 0; i < import->candle_count; i++) {
		const struct candle_row *row = &import->candles[i];
		if (kept > 0 && compare_candles(&import->candles[kept - 1], row) == 0) {
			drop_repeated(import, row->stream, row->file);
			continue;
		}
		count_row(import, row->stream, row->file, ROW_CANDLE, row->end_ns);
		import->candles[kept++] = *row;
	}
	import->candle_count = kept;
}

static bool enter_instruments(struct csv_import *import, struct error *err)
{
	struct import_session *session = import->session;
	const struct import_options *options = session->options;
	for (size_t i = 0; i < session->report->stream_count; i++) {
		struct import_stream *stream = &session->report->streams[i];
		struct scale_terms known = scale_terms_known(stream->venue, stream->symbol);
		struct scale_terms scale =
			scale_inference_terms(&import->scales[i], &known, options->price_decimals,
					      options->quantity_decimals);
		stream->price_inferred = options->price_decimals < 0;
		stream->quantity_inferred = options->quantity_decimals < 0;
		if (!import_session_instrument(session, i, &scale, err))
			return false;
	}
	return true;
}

/* The terms' schedule becomes the first of the series, if it says another one than usual. */
static bool set_first_schedule(struct csv_import *import, size_t stream, struct error *err)
{
	struct instrument_table *table = import->session->instruments;
	instrument_id id = import->session->report->streams[stream].instrument;
	const struct funding_schedule *first = &import->series[stream].schedules[0];
	struct instrument_revision revision = *instrument_latest(table, id);
	if (revision.funding.interval_ns == first->interval_ns &&
	    revision.funding.phase_ns == first->phase_ns)
		return true;
	revision.funding.interval_ns = first->interval_ns;
	revision.funding.phase_ns = first->phase_ns;
	return instrument_table_revise(table, id, &revision, err);
}

static bool analyse_series(struct csv_import *import, struct error *err)
{
	struct import_report *report = import->session->report;
	struct funding_settlement *series = malloc((import->rate_count + 1) * sizeof(*series));
	if (series == NULL)
		abort();
	bool good = true;
	for (size_t at = 0, end; good && at < import->rate_count; at = end) {
		size_t index = import->rates[at].stream;
		struct import_stream *stream = &report->streams[index];
		const struct funding_terms *usual =
			&instrument_latest(import->session->instruments, stream->instrument)
				 ->funding;
		for (end = at; end < import->rate_count && import->rates[end].stream == index;
		     end++)
			series[end - at] = import->rates[end].settlement;
		if (!usual->pays) {
			good = error_set(err, ERROR_INPUT,
					 "%s:%s: a spot or delivery market with funding rates",
					 stream->venue, stream->symbol);
			break;
		}
		struct funding_series *found = &import->series[index];
		funding_series_analyse(series, end - at, usual, found);
		for (size_t i = at; i < end; i++) {
			import->rates[i].settlement = series[i - at];
			stream->rate_sum_e18 += series[i - at].rate.e18;
		}
		stream->settlements = end - at;
		stream->late = found->late;
		stream->extra = found->extra;
		stream->missing = found->missing;
		stream->latest_ns = found->latest_ns;
		stream->schedule_changes = found->schedule_count - 1;
		stream->interval_ns = found->schedules[0].interval_ns;
		stream->last_interval_ns = found->schedules[found->schedule_count - 1].interval_ns;
		good = set_first_schedule(import, index, err);
	}
	free(series);
	return good;
}

/* --- events, in the order of venue time --- */

static int compare_due(const void *a, const void *b)
{
	const struct due *left = a, *right = b;
	if (left->venue_ns != right->venue_ns)
		return left->venue_ns < right->venue_ns ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static void list_due(struct csv_import *import)
{
	size_t streams = import->session->report->stream_count;
	size_t most = import->rate_count + import->candle_count;
	for (size_t i = 0; i < streams; i++)
		most += import->series[i].schedule_count;
	import->due = malloc((most + 1) * sizeof(*import->due));
	if (import->due == NULL)
		abort();
	struct due *next = import->due;
	for (size_t i = 0; i < import->rate_count; i++)
		*next++ = (struct due){import->rates[i].settlement.stamp_ns, DUE_RATE, i, 0};
	for (size_t i = 0; i < import->candle_count; i++)
		*next++ = (struct due){import->candles[i].end_ns, DUE_CANDLE, i, 0};
	for (size_t i = 0; i < streams; i++) {
		for (size_t s = 1; s < import->series[i].schedule_count; s++)
			*next++ = (struct due){import->series[i].schedules[s].effective_from_ns,
					       DUE_REVISION, i, s};
	}
	import->due_count = (size_t)(next - import->due);
	if (import->due_count > 0)
		qsort(import->due, import->due_count, sizeof(*import->due), compare_due);
}

static struct market_event venue_event(const struct csv_import *import, size_t stream,
				       int64_t venue_ns, enum market_event_kind kind)
{
	const struct import_session *session = import->session;
	instrument_id id = session->report->streams[stream].instrument;
	struct market_event event;
	memset(&event, 0, sizeof(event));
	event.exch_ns = venue_ns;
	event.instrument = id;
	event.venue = instrument_get(session->instruments, id)->venue;
	event.kind = (uint8_t)kind;
	event.flags = EVENT_FLAG_VENUE_TIME;
	return event;
}

static bool emit_revision(struct csv_import *import, const struct due *due, struct error *err)
{
	struct instrument_table *table = import->session->instruments;
	instrument_id id = import->session->report->streams[due->index].instrument;
	const struct funding_schedule *schedule =
		&import->series[due->index].schedules[due->schedule];
	struct instrument_revision revision = *instrument_latest(table, id);
	revision.effective_from_ns = schedule->effective_from_ns;
	revision.funding.interval_ns = schedule->interval_ns;
	revision.funding.phase_ns = schedule->phase_ns;
	if (!instrument_table_revise(table, id, &revision, err))
		return false;
	struct market_event event =
		venue_event(import, due->index, due->venue_ns, EVENT_INSTRUMENT);
	import_session_event(import->session, &event);
	return true;
}

static void emit_rate(struct csv_import *import, const struct rate_row *row)
{
	const struct funding_settlement *settlement = &row->settlement;
	struct market_event event =
		venue_event(import, row->stream, settlement->stamp_ns, EVENT_FUNDING);
	const struct instrument_revision *in_force = instrument_revision_at(
		import->session->instruments, event.instrument, settlement->boundary_ns);
	event.u.funding.kind = FUNDING_SETTLED;
	event.u.funding.rate = settlement->rate;
	event.u.funding.boundary_ns = settlement->stamp_ns;
	if (settlement->stated_interval_ns > 0 ||
	    settlement->interval_ns != in_force->funding.interval_ns)
		event.u.funding.interval_ns = settlement->interval_ns;
	import_session_event(import->session, &event);
}

/* False: the decimals cannot express it. */
static bool candle_units(int64_t units, unsigned decimals, struct price *price)
{
	for (; decimals < SCALE_INFERENCE_DECIMALS; decimals++) {
		if (units % 10 != 0)
			return false;
		units /= 10;
	}
	for (; decimals > SCALE_INFERENCE_DECIMALS; decimals--) {
		if (__builtin_mul_overflow(units, 10, &units))
			return false;
	}
	price->units = units;
	return true;
}

/* A price that given decimals (--price-decimals, --terms-from) cannot express costs the row. */
static void drop_candle(struct csv_import *import, const struct candle_row *row)
{
	struct import_report *report = import->session->report;
	struct import_counts *const counts[2] = {&report->files[row->file].counts,
						 &report->streams[row->stream].counts};
	for (int i = 0; i < 2; i++) {
		counts[i]->rows[ROW_CANDLE]--;
		counts[i]->dropped[DROP_INEXACT_PRICE]++;
	}
}

static void emit_candle(struct csv_import *import, const struct candle_row *row)
{
	unsigned decimals = import->session->report->streams[row->stream].scale.price_decimals;
	struct market_event event = venue_event(import, row->stream, row->end_ns, EVENT_CANDLE);
	event.u.candle.start_ns = row->start_ns;
	event.u.candle.end_ns = row->end_ns;
	event.u.candle.available_ns = row->end_ns;
	event.u.candle.volume = row->volume;
	if (candle_units(row->open, decimals, &event.u.candle.open) &&
	    candle_units(row->high, decimals, &event.u.candle.high) &&
	    candle_units(row->low, decimals, &event.u.candle.low) &&
	    candle_units(row->close, decimals, &event.u.candle.close))
		import_session_event(import->session, &event);
	else
		drop_candle(import, row);
}

static bool emit_all(struct csv_import *import, struct error *err)
{
	struct import_session *session = import->session;
	if (import->due_count == 0)
		return error_set(err, ERROR_INPUT, "no row could be read");
	if (!import_session_start(session, import->due[0].venue_ns, err))
		return false;
	for (size_t i = 0; i < import->due_count && !session->failed; i++) {
		const struct due *due = &import->due[i];
		switch (due->kind) {
		case DUE_REVISION:
			if (!emit_revision(import, due, err))
				return false;
			break;
		case DUE_RATE:
			emit_rate(import, &import->rates[due->index]);
			break;
		case DUE_CANDLE:
			emit_candle(import, &import->candles[due->index]);
			break;
		}
	}
	if (session->failed)
		*err = session->error;
	return !session->failed;
}

bool import_csv(struct import_session *session, struct error *err)
{
	struct csv_import import = {.session = session};
	bool good = true;
	for (size_t file = 0; good && file < session->report->file_count; file++)
		good = read_file(&import, file, err);
	if (good) {
		sort_rows(&import);
		import.series = calloc(session->report->stream_count + 1, sizeof(*import.series));
		if (import.series == NULL)
			abort();
		good = enter_instruments(&import, err) && analyse_series(&import, err);
	}
	if (good) {
		list_due(&import);
		good = emit_all(&import, err);
	}
	free(import.scales);
	free(import.series);
	free(import.rates);
	free(import.candles);
	free(import.due);
	return good;
}
